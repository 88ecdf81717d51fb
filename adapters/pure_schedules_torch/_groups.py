"""Which schedule serves which place in an optimizer's parameter groups."""

import numbers
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from torch import Tensor

from pure_schedules import Factory, Schedule, scale
from pure_schedules.data import plain_data

#: A schedule, or any function of the step; None leaves the place alone.
Scheduled: TypeAlias = Callable[[Any], Any] | None
Group: TypeAlias = dict[str, Any]


class ByGroup:
    """A rule that gives each parameter group its schedule."""

    __slots__ = ("rule",)

    def __init__(self, rule: Callable[[Mapping[str, Any]], Any]) -> None:
        self.rule = rule


def by_group(rule: Callable[[Mapping[str, Any]], Any]) -> ByGroup:
    """Give each parameter group the schedule that a rule finds for it, also to groups that are added later.

    Args:
        rule: a function of the group, a dict, that returns a schedule; or None to leave the group alone; or a tuple of
            these for a hyperparameter that is one, such as `betas`.

    Raises:
        TypeError: `rule` is not a function, or is a schedule.

    Example:
        >>> import torch
        >>> from pure_schedules import constant, scale
        >>> from pure_schedules_torch import by_group, param_group_setter
        >>> body, head = torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)
        >>> groups = [{"params": body.parameters(), "depth": 1}, {"params": head.parameters(), "depth": 0}]
        >>> optimizer = torch.optim.SGD(groups, lr=0.0)
        >>> rate = constant(value=0.1)
        >>> set_step = param_group_setter(optimizer, lr=by_group(lambda group: scale(rate, factor=0.5 ** group["depth"])))
        >>> set_step(0)
        >>> [group["lr"] for group in optimizer.param_groups]
        [0.05, 0.1]
    """
    if isinstance(rule, Schedule) or not callable(rule):
        raise TypeError(
            f"by_group: rule must be a function of a parameter group, got {rule!r}; write by_group(lambda group: ...)"
        )
    return ByGroup(rule)


def groups_of(owner: str, optimizers: Sequence[Any]) -> list[Group]:
    """The parameter groups of these optimizers, one after another, as they are now."""
    groups: list[Group] = []
    for optimizer in optimizers:
        own = getattr(optimizer, "param_groups", None)
        if not isinstance(own, Iterable) or isinstance(own, str | Mapping):
            raise TypeError(f"{owner}: an optimizer must have param_groups, got {optimizer!r}; give the optimizer itself")
        groups.extend(own)
    if not groups:
        raise ValueError(f"{owner}: the optimizer has no parameter groups; give it parameters first")
    return groups


class Distinct:
    """The schedules that an adapter writes, each of them once, so that it is evaluated once per step."""

    __slots__ = ("_places", "owner", "schedules")

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.schedules: list[Callable[[Any], Any]] = []
        self._places: dict[Any, int] = {}

    def place(self, schedule: Callable[[Any], Any]) -> int:
        """Where this schedule stands in the list. Schedules are found by value, other functions by identity."""
        place = self._places.setdefault(schedule if isinstance(schedule, Schedule) else id(schedule), len(self.schedules))
        if place == len(self.schedules):
            self.schedules.append(schedule)
        return place

    def values(self, step: Any) -> list[Any]:
        """What each of them gives at a step: floats, or tensors without history."""
        return [
            value if type(value := schedule(step)) is float else self.checked(value, schedule, step)
            for schedule in self.schedules
        ]

    def checked(self, value: Any, schedule: Callable[[Any], Any], step: Any) -> Any:
        if isinstance(value, Tensor) and value.numel() == 1:
            return value.detach().reshape(())
        if isinstance(value, numbers.Real):
            return float(value)
        raise TypeError(
            f"{self.owner}: a schedule must give one real number, got {value!r} from {schedule!r} at step {step!r}; "
            "give one whose hyperparameters are single numbers"
        )


class Plan:
    """For one hyperparameter, the schedule of every group.

    `places` has for each group where its schedule stands among the distinct ones: an index, a tuple of them, or None.
    With `bases` each group's schedule is a factor of the base at the same place in that list.
    """

    __slots__ = ("_bases", "distinct", "key", "places")

    def __init__(
        self, key: str, spec: Any, groups: Sequence[Group], distinct: Distinct, bases: Sequence[float] | None = None
    ) -> None:
        self.key = key
        self.distinct = distinct
        self._bases = bases
        if isinstance(spec, list) and len(spec) != len(groups):
            raise ValueError(
                f"{distinct.owner}: {key} lists {len(spec)} schedules, and the optimizer has {len(groups)} parameter groups"
                + (f"; param_groups[{len(spec)}] has none" if len(spec) < len(groups) else "")
                + "; give one for each, None to leave one alone, or by_group(rule) to serve groups that come later"
            )
        self.places = [
            self.place(
                f"{distinct.owner}: {key} of param_groups[{index}]",
                spec[index] if isinstance(spec, list) else spec.rule(group) if isinstance(spec, ByGroup) else spec,
                group,
                index,
            )
            for index, group in enumerate(groups)
        ]

    def place(self, where: str, schedule: Any, group: Group, index: int) -> Any:
        if schedule is None:
            return None
        if self.key not in group:
            known = ", ".join(name for name in group if name != "params")
            raise ValueError(f"{where}: there is no such hyperparameter, got {self.key!r}; the group has {known}")
        current = group[self.key]
        if isinstance(schedule, tuple):
            if not isinstance(current, tuple | list):
                raise TypeError(f"{where} is {current!r}, one value, and a tuple of schedules was given; give one schedule")
            if len(schedule) != len(current):
                raise ValueError(
                    f"{where} has {len(current)} values, and {len(schedule)} schedules were given; "
                    "give one for each, None to leave one alone"
                )
            return tuple(
                None if item is None else self.index(f"{where}, at {position}", item, current[position])
                for position, item in enumerate(schedule)
            )
        if isinstance(current, tuple | list):
            raise TypeError(
                f"{where} is {current!r}, and one schedule was given; give a tuple as long, None to leave a value alone"
            )
        base = None if self._bases is None else self._bases[index]
        return self.index(where, schedule, current, base)

    def index(self, where: str, schedule: Any, current: Any, base: float | None = None) -> int:
        if isinstance(schedule, Factory):
            raise TypeError(
                f"{where} must be given a schedule, and this is a function that makes one, got {schedule.__name__}; "
                f"give its hyperparameters: {schedule.__name__}(...)"
            )
        if not callable(schedule):
            raise TypeError(
                f"{where} must be given a schedule, a function of the step, or None, "
                f"got {schedule!r}; for a fixed value write constant(value=...)"
            )
        if isinstance(current, bool | str) or (isinstance(current, Tensor) and current.numel() != 1):
            raise TypeError(f"{where} is {current!r}, which is not one number; only numbers can be scheduled")
        return self.distinct.place(schedule if base is None else scale(schedule, factor=base))

    def data(self) -> list[Any]:
        """The schedules of all groups as plain data."""

        def of(place: Any) -> Any:
            if isinstance(place, tuple):
                return [of(item) for item in place]
            return None if place is None else plain_data(self.distinct.schedules[place])

        return [of(place) for place in self.places]


def schedules_by_group(
    groups: Sequence[Group], hyperparameter: str, schedules: Any, *, owner: str = "schedules_by_group"
) -> list[Any]:
    """Which schedule serves each parameter group: for each group a schedule, a tuple of them, or None.

    Args:
        groups: the `param_groups` of an optimizer.
        hyperparameter: what is scheduled, such as ``"lr"``.
        schedules: as for `param_group_setter`: a schedule, a list with one for each group, `by_group(rule)`, or a tuple.
        owner: the name that errors begin with.

    Raises:
        TypeError: something else than a schedule was given, or the hyperparameter is not a number.
        ValueError: a group has no such hyperparameter; a list or a tuple has another length.

    Example:
        >>> from pure_schedules import constant
        >>> from pure_schedules_torch import schedules_by_group
        >>> schedules_by_group([{"lr": 0.1}, {"lr": 0.2}], "lr", [constant(value=0.5), None])
        [constant(value=0.5), None]
    """
    distinct = Distinct(owner)

    def of(place: Any) -> Any:
        if isinstance(place, tuple):
            return tuple(map(of, place))
        return None if place is None else distinct.schedules[place]

    return [of(place) for place in Plan(hyperparameter, schedules, groups, distinct).places]
