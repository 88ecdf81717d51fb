"""Which schedule serves which place in an optimizer's parameter groups."""

import numbers
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NoReturn, TypeAlias

from torch import Tensor

from pure_schedules import Factory, Schedule, scale
from pure_schedules._schedule import together
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
            these for a hyperparameter that is one, such as `betas`. It is asked once for a group, when it is first seen.

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


class Relative:
    """A schedule that is a factor of what stood in its place when the group was first seen."""

    __slots__ = ("schedule",)

    def __init__(self, schedule: Callable[[Any], Any]) -> None:
        self.schedule = schedule

    def __repr__(self) -> str:
        return f"relative({self.schedule!r})"


def relative(schedule: Callable[[Any], Any]) -> Relative:
    """Make a schedule a factor of what each group has when an adapter first sees it; what is 0 stays 0.

    It stands wherever a schedule can: for all groups, in a list, in a tuple, and as what a rule gives.

    Args:
        schedule: the factor, a schedule or any function of the step.

    Raises:
        TypeError: `schedule` is not a function of the step.

    Example:
        >>> import torch
        >>> from pure_schedules import linear
        >>> from pure_schedules_torch import param_group_setter, relative
        >>> weights, biases = ([torch.nn.Parameter(torch.ones(2))] for _ in range(2))
        >>> groups = [{"params": weights, "weight_decay": 0.1}, {"params": biases, "weight_decay": 0.0}]
        >>> optimizer = torch.optim.AdamW(groups)
        >>> set_step = param_group_setter(optimizer, weight_decay=relative(linear(start=1.0, end=0.0, steps=4)))
        >>> set_step(2)
        >>> [group["weight_decay"] for group in optimizer.param_groups]
        [0.05, 0.0]
    """
    if isinstance(schedule, Factory) or not callable(schedule):
        raise TypeError(f"relative: a schedule must be given, got {schedule!r}; for all groups write relative(linear(...))")
    return Relative(schedule)


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
    """The schedules that an adapter writes, each of them once, as one function that gives the values of all."""

    __slots__ = ("_function", "_has_formulas", "_places", "owner", "schedules")

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.schedules: list[Callable[[Any], Any]] = []
        self._places: dict[Any, int] = {}
        self._function: Callable[[float], list[Any]] | None = None
        self._has_formulas = False

    def place(self, schedule: Callable[[Any], Any]) -> int:
        """Where this schedule stands in the list. Schedules are found by value, other functions by identity."""
        name: Any = id(schedule)
        if isinstance(schedule, Schedule):
            try:
                hash(schedule)
                name = schedule
            except TypeError:  # a function in it has no hash
                pass
        place = self._places.setdefault(name, len(self.schedules))
        if place == len(self.schedules):
            self.schedules.append(schedule)
            self._function = None
        return place

    def values(self, step: Any) -> list[Any]:
        """What each of them gives at a step: floats, or tensors without history."""
        if type(step) is int or type(step) is float:
            try:
                return (self._function or self._first_number())(step)
            except ArithmeticError:  # which a formula may expect: it is asked as it is
                pass
        return [value_of(schedule, step, self.owner) for schedule in self.schedules]

    def _first_number(self) -> Callable[[float], list[Any]]:
        self._function, self._has_formulas = together(self.schedules, partial(value_of, owner=self.owner))
        return self._function

    def are_floats(self, values: Sequence[Any]) -> bool:
        """Whether all of these values are: formulas give floats for a number, and none for a tensor."""
        return type(values[0]) is float if values and self._has_formulas else all(type(value) is float for value in values)

    def at(self, place: Any) -> Any:
        """The schedules at a place: one, a tuple of them, or None."""
        if isinstance(place, tuple):
            return tuple(map(self.at, place))
        return None if place is None else self.schedules[place]


def value_of(schedule: Callable[[Any], Any], step: Any, owner: str) -> Any:
    """What one schedule gives at a step: a float, or a tensor without history."""
    value = schedule(step)
    if type(value) is float:
        return value
    if isinstance(value, Tensor) and value.numel() == 1:
        return value.detach().reshape(())
    if isinstance(value, numbers.Real):
        return float(value)
    raise TypeError(
        f"{owner}: a schedule must give one real number, got {value!r} from {schedule!r} at step {step!r}; "
        "give one whose hyperparameters are single numbers"
    )


def answer_for(spec: Any, group: Group, first: Mapping[str, Any], index: int) -> Any:
    """What was configured for a group: a schedule, a tuple of them, or None.

    Args:
        spec: what was given for the hyperparameter.
        group: the group.
        first: what stood in it when it was first seen, which is what a rule is shown.
        index: where the group stands in a list.
    """
    if isinstance(spec, ByGroup):
        return spec.rule({**group, **first} if first else group)
    return spec[index] if isinstance(spec, list) else spec


def refuse_length(owner: str, key: str, spec: Any, index: int, count: int) -> NoReturn:
    """Refuse a list for so many groups; the one at `index`, if there is one, has nothing in it."""
    raise ValueError(
        f"{owner}: {key} lists {len(spec)} schedules, and the optimizer has {count} parameter groups"
        + (f"; param_groups[{index}] has none" if index < count else "")
        + "; give one for each, None to leave one alone, or by_group(rule) to serve groups that come later"
    )


def place_of(where: str, key: str, answer: Any, group: Group, first: Mapping[str, Any], distinct: Distinct) -> Any:
    """Where the schedules of a group stand among the distinct ones: an index, a tuple of them, or None.

    Args:
        where: what errors begin with.
        key: the hyperparameter.
        answer: a schedule, a tuple of them, or None.
        group: the group.
        first: what stood in it when it was first seen.
        distinct: the list that they are put into.
    """
    if answer is None:
        return None
    if key not in group:
        known = ", ".join(name for name in group if name != "params")
        raise ValueError(f"{where}: there is no such hyperparameter, got {key!r}; the group has {known}")
    current = group[key]
    base = first.get(key, current)
    if isinstance(answer, tuple):
        if not isinstance(current, tuple | list):
            raise TypeError(f"{where} is {current!r}, one value, and a tuple of schedules was given; give one schedule")
        if len(answer) != len(current):
            raise ValueError(
                f"{where} has {len(current)} values, and {len(answer)} schedules were given; "
                "give one for each, None to leave one alone"
            )
        bases = base if isinstance(base, tuple | list) and len(base) == len(current) else current
        return tuple(
            None if item is None else _index(f"{where}, at {position}", item, current[position], bases[position], distinct)
            for position, item in enumerate(answer)
        )
    if isinstance(current, tuple | list):
        raise TypeError(
            f"{where} is {current!r}, and one schedule was given; give a tuple as long, None to leave a value alone"
        )
    return _index(where, answer, current, current if isinstance(base, tuple | list) else base, distinct)


def _index(where: str, schedule: Any, current: Any, base: Any, distinct: Distinct) -> int:
    factor = schedule.schedule if isinstance(schedule, Relative) else schedule
    if isinstance(factor, Factory):
        raise TypeError(
            f"{where} must be given a schedule, and this is a function that makes one, got {factor.__name__}; "
            f"give its hyperparameters: {factor.__name__}(...)"
        )
    if not callable(factor):
        raise TypeError(
            f"{where} must be given a schedule, a function of the step, or None, "
            f"got {factor!r}; for a fixed value write constant(value=...)"
        )
    if isinstance(current, bool | str) or (isinstance(current, Tensor) and current.numel() != 1):
        raise TypeError(f"{where} is {current!r}, which is not one number; only numbers can be scheduled")
    return distinct.place(factor if schedule is factor else scale(factor, factor=number(base)))


def number(value: Any) -> float:
    """A hyperparameter as a float, whatever it is."""
    return float(value.detach() if isinstance(value, Tensor) else value)


def schedules_data(distinct: Distinct, place: Any) -> Any:
    """The schedules at a place as plain data."""
    if isinstance(place, tuple):
        return [schedules_data(distinct, item) for item in place]
    return None if place is None else plain_data(distinct.schedules[place])


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
    if isinstance(schedules, list) and len(schedules) != len(groups):
        refuse_length(owner, hyperparameter, schedules, len(schedules), len(groups))
    return [
        distinct.at(place_of(where, hyperparameter, answer, group, {}, distinct))
        for index, group in enumerate(groups)
        for where in [f"{owner}: {hyperparameter} of param_groups[{index}]"]
        for answer in [answer_for(schedules, group, {}, index)]
    ]
