"""Match schedules to the parameter groups of optimizers."""

import numbers
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from inspect import isroutine
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, TypeAlias

from torch import Tensor

from pure_schedules import Factory, Schedule, scale
from pure_schedules._reading import nearest
from pure_schedules._schedule import together
from pure_schedules._trees import identity
from pure_schedules.data import fingerprint_of

from ._words import as_code, named, taught

#: A schedule, or any function of the step; None leaves that value unchanged.
Scheduled: TypeAlias = Callable[[Any], Any] | None
Group: TypeAlias = dict[str, Any]


class ByGroup:
    """A rule that gives each parameter group its schedule."""

    __slots__ = ("rule",)

    def __init__(self, rule: Callable[[Mapping[str, Any]], Any]) -> None:
        self.rule = rule

    def __repr__(self) -> str:
        return f"by_group({as_code(self.rule)})"


@taught("by_group(lambda group: ...)")
def by_group(rule: Callable[[Mapping[str, Any]], Any]) -> ByGroup:
    """Choose the schedule of each parameter group by a rule, also for groups added later.

    Args:
        rule: a function of the group (a dict) that returns a schedule; None to leave the group unchanged; or a tuple of
            these for a tuple such as `betas`. It is called once for each group, when it is first seen. With several
            optimizers, ``group["optimizer"]`` is the optimizer of the group.

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
    """A schedule that multiplies the value a group had when it was first seen."""

    __slots__ = ("schedule",)

    def __init__(self, schedule: Callable[[Any], Any]) -> None:
        self.schedule = schedule

    def __repr__(self) -> str:
        return f"relative({as_code(self.schedule)})"


@taught("relative(schedule)")
def relative(schedule: Callable[[Any], Any]) -> Relative:
    """Make a schedule a factor of the value that each group has when an adapter first sees it; 0 stays 0.

    Use it wherever a schedule is accepted: for all groups, in a list, in a tuple, and as the result of a rule.

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


if TYPE_CHECKING:
    OfGroup: TypeAlias = Scheduled | Relative | Sequence[Scheduled | Relative]
    OfOptimizer: TypeAlias = OfGroup | ByGroup | Sequence[OfGroup]
    #: What an adapter accepts for a hyperparameter.
    Setting: TypeAlias = OfOptimizer | Mapping[str, OfOptimizer]
else:
    Setting = Any


class Seat(NamedTuple):
    """The position of a parameter group.

    Attributes:
        group: the group.
        optimizer: its optimizer.
        number: the index of that optimizer among several.
        place: the index of the group in that optimizer.
        which: the name of that optimizer in errors.
    """

    group: Group
    optimizer: Any
    number: int
    place: int
    which: str = "the optimizer"

    @property
    def where(self) -> str:
        """The position, for errors."""
        return f"param_groups[{self.place}]" + ("" if self.which == "the optimizer" else f" of {self.which}")


def seats_of(owner: str, optimizers: Sequence[Any], names: Sequence[Any] = ()) -> list[Seat]:
    """The current parameter groups of these optimizers, in order."""
    seats: list[Seat] = []
    for number_, optimizer in enumerate(optimizers):
        own = getattr(optimizer, "param_groups", None)
        if not isinstance(own, Iterable) or isinstance(own, str | Mapping):
            raise TypeError(
                f"{owner}: an optimizer must have param_groups, got {named(optimizer)}; give the optimizer itself"
            )
        which = f"optimizer {names[number_] if names else number_}" if len(optimizers) > 1 else "the optimizer"
        seats += [Seat(group, optimizer, number_, index, which) for index, group in enumerate(own)]
    if not seats:
        raise ValueError(f"{owner}: the optimizer has no parameter groups; give it parameters first")
    return seats


class ByOptimizer:
    """One setting for each of several optimizers."""

    __slots__ = ("specs",)

    def __init__(self, specs: Mapping[Any, Any]) -> None:
        self.specs = specs

    def __repr__(self) -> str:
        return as_code(self.specs)


def dealt(owner: str, key: str, spec: Any, names: Sequence[Any]) -> Any:
    """The setting of a hyperparameter; a dict by optimizer name becomes one setting for each optimizer."""
    if not isinstance(spec, Mapping):
        return spec
    if not names:
        raise TypeError(
            f"{owner}: {key} is a dict, which has a schedule for each optimizer by its name, and there are no names; "
            f"write {owner}({{'a': ..., 'b': ...}}, {key}={{'a': ..., 'b': ...}}), or for groups by their names "
            f"{key}=by_group(lambda group: schedules[group['name']])"
        )
    if set(spec) != set(names):
        raise ValueError(
            f"{owner}: {key} has schedules for {', '.join(map(str, spec)) or 'none'}, and the optimizers are "
            f"{', '.join(map(str, names))}; give one for each, None to leave one unchanged"
        )
    return ByOptimizer({name: spec[name] for name in names})


class Distinct:
    """The distinct schedules of an adapter, as one function that returns all their values."""

    __slots__ = ("_function", "_has_formulas", "_places", "owner", "schedules")

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.schedules: list[Callable[[Any], Any]] = []
        self._places: dict[Any, int] = {}
        self._function: Callable[[float], list[Any]] | None = None
        self._has_formulas = False

    def place(self, schedule: Callable[[Any], Any]) -> int:
        """The index of this schedule in the list. Schedules that are equal and will stay so share an index."""
        place = self._places.setdefault(identity(schedule), len(self.schedules))
        if place == len(self.schedules):
            self.schedules.append(schedule)
            self._function = None
        return place

    def try_at(self, step: Any) -> None:
        """See that they give numbers. A plain function that fails may have been meant as a rule for groups."""
        try:
            self.values(step)
        except Exception as error:
            if any(map(isroutine, self.schedules)):
                _note(
                    error, f"{self.owner}: a function of the step was expected; for a rule for groups write by_group(rule)"
                )
            raise

    def values(self, step: Any) -> list[Any]:
        """Their values at a step: floats, or detached tensors."""
        if type(step) is int or type(step) is float:
            try:
                return (self._function or self._first_number())(step)
            except ArithmeticError:  # the formula may handle it: evaluate each one directly
                pass
        return [value_of(schedule, step, self.owner) for schedule in self.schedules]

    def _first_number(self) -> Callable[[float], list[Any]]:
        self._function, self._has_formulas = together(self.schedules, partial(value_of, owner=self.owner))
        return self._function

    def are_floats(self, values: Sequence[Any]) -> bool:
        """Whether all of these values are floats, as formulas return for a number."""
        return type(values[0]) is float if values and self._has_formulas else all(type(value) is float for value in values)

    def at(self, place: Any) -> Any:
        """The schedules at an index: one, a tuple of them, or None."""
        return _taken(self.schedules, place, tuple)

    def fingerprints(self, places: Sequence[Any]) -> list[Any]:
        """The schedules at these indices, as plain data."""
        data = list(map(fingerprint_of, self.schedules))
        return [_taken(data, place, list) for place in places]


def value_of(schedule: Callable[[Any], Any], step: Any, owner: str) -> Any:
    """The value of one schedule at a step: a float, or a detached tensor."""
    value = schedule(step)
    if type(value) is float:
        return value
    if isinstance(value, Tensor) and value.numel() == 1:
        return value.detach().reshape(())
    if isinstance(value, numbers.Real):
        return float(value)
    meant = "by_group(rule), if this is a rule" if callable(value) else "one whose hyperparameters are single numbers"
    raise TypeError(
        f"{owner}: a schedule must give one real number, got {value!r} from {schedule!r} at step {step!r}; give {meant}"
    )


def _taken(items: Sequence[Any], place: Any, several: Callable[[Iterable[Any]], Any]) -> Any:
    """The item of a list at an index, several for a tuple of indices, or None."""
    if isinstance(place, tuple):
        return several(_taken(items, inner, several) for inner in place)
    return None if place is None else items[place]


def answer_for(
    owner: str, key: str, spec: Any, seats: Sequence[Seat], place: int, first: Mapping[str, Any], new: bool
) -> Any:
    """The configuration of a group: a schedule, a tuple of schedules, or None.

    Args:
        owner: the name of the adapter in errors.
        key: the hyperparameter.
        spec: its setting.
        seats: all groups.
        place: the index of the group among them.
        first: its values when it was first seen, which the rule receives.
        new: whether it was added after the setting, so that a list has no schedule for it.
    """
    seat = seats[place]
    served = seats
    if isinstance(spec, ByOptimizer):
        spec, place = list(spec.specs.values())[seat.number], seat.place
        served = [other for other in seats if other.number == seat.number] if isinstance(spec, list) else seats
    if isinstance(spec, ByGroup):
        group = {**seat.group, **first} if first else seat.group
        several = seats[-1].number > 0
        return _said_of(
            {"optimizer": seat.optimizer, **group} if several else group, spec.rule, f"{owner}: {key} of {seat.where}"
        )
    if isinstance(spec, list):
        if new or len(spec) != len(served):
            _refuse_length(owner, key, spec, place if new else len(spec), served)
        return spec[place]
    return spec


def _said_of(group: Mapping[str, Any], rule: Callable[[Mapping[str, Any]], Any], where: str) -> Any:
    """The result of a rule for a group; an error names the group."""
    try:
        return rule(group)
    except KeyError as error:
        raise ValueError(
            f"{where}: the rule raised {error!r}; the group has {_names_in(group)}; "
            "write group.get(...) for what only some groups have"
        ) from error
    except Exception as error:
        _note(error, f"{where}: this was raised by the rule")
        raise


def _note(error: Exception, text: str) -> None:
    note = getattr(error, "add_note", None)  # from Python 3.11 on
    if note is not None:
        note(text)


def _names_in(group: Mapping[str, Any]) -> str:
    return ", ".join(str(name) for name in group if name not in ("params", "optimizer"))


def _refuse_length(owner: str, key: str, spec: Any, index: int, served: Sequence[Seat]) -> NoReturn:
    """Refuse a list of another length; the group at `index`, if there is one, has no schedule."""
    several = len({seat.number for seat in served})
    each = f" or one for each optimizer, by name: {owner}({{'a': ..., 'b': ...}}, {key}={{'a': ..., 'b': ...}}),"
    raise ValueError(
        f"{owner}: {key} lists {len(spec)} schedules, and "
        + (f"the {several} optimizers have" if several > 1 else f"{served[0].which} has")
        + f" {len(served)} parameter groups"
        + (f"; param_groups[{index}] has none" if index < len(served) and several == 1 else "")
        + f"; give one for each,{each if several > 1 else ''} None to leave one unchanged, "
        "or by_group(rule) to serve groups that come later"
    )


def place_of(where: str, key: str, answer: Any, group: Group, first: Mapping[str, Any], distinct: Distinct) -> Any:
    """The index of a group's schedule among the distinct ones, a tuple of indices, or None.

    Args:
        where: the beginning of errors.
        key: the hyperparameter.
        answer: a schedule, a tuple of them, or None.
        group: the group.
        first: its values when it was first seen.
        distinct: the list to add them to.
    """
    if answer is None:
        return None
    if key not in group:
        near = nearest(key, [name for name in group if name != "params"])
        meant = f"; did you mean {near!r}?" if near else ";"
        raise ValueError(f"{where}: there is no such hyperparameter, got {key!r}{meant} the group has {_names_in(group)}")
    current = group[key]
    base = first.get(key, current)
    if isinstance(answer, tuple):
        if not isinstance(current, tuple | list):
            raise TypeError(f"{where} is {current!r}, one value, and a tuple of schedules was given; give one schedule")
        if len(answer) != len(current):
            raise ValueError(
                f"{where} has {len(current)} values, and {len(answer)} schedules were given; "
                "give one for each, None to leave one unchanged"
            )
        bases = base if isinstance(base, tuple | list) and len(base) == len(current) else current
        return tuple(
            None if item is None else _index(f"{where}, at {position}", item, current[position], bases[position], distinct)
            for position, item in enumerate(answer)
        )
    if isinstance(current, tuple | list):
        raise TypeError(
            f"{where} is {current!r}, and one schedule was given; give a tuple as long, None to leave a value unchanged"
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
    refuse_unwritable(where, current)
    return distinct.place(factor if schedule is factor else scale(factor, factor=number(base)))


def refuse_unwritable(where: str, current: Any) -> None:
    """Refuse a value that cannot be scheduled."""
    if current is None:
        raise TypeError(
            f"{where} is None, so the optimizer finds a value itself; "
            "build the optimizer with a number, and Adafactor with relative_step=False"
        )
    if isinstance(current, bool | str) or (isinstance(current, Tensor) and current.numel() != 1):
        raise TypeError(f"{where} is {current!r}, which is not one number; only numbers can be scheduled")
    if isinstance(current, Tensor) and not current.is_floating_point():
        raise TypeError(
            f"{where} is a tensor of {current.dtype}, which cannot hold a rate, got {current!r}; "
            f"write torch.tensor({abs(complex(current)) if current.is_complex() else float(current)})"
        )


def base_in(answer: Any, first: Any) -> Any:
    """The base that a configured schedule multiplies: a number, None, or a tuple of these."""
    if isinstance(answer, tuple):
        bases = tuple(map(base_in, answer, first))
        return bases if any(base is not None for base in bases) else None
    return number(first) if isinstance(answer, Relative) else None


def number(value: Any) -> float:
    """A hyperparameter as a float."""
    return float(value.detach() if isinstance(value, Tensor) else value)


def schedules_by_group(
    groups: Sequence[Group], hyperparameter: str, schedules: Any, *, owner: str = "schedules_by_group"
) -> list[Any]:
    """The schedule of each parameter group: for each group a schedule, a tuple of schedules, or None.

    Args:
        groups: the `param_groups` of an optimizer.
        hyperparameter: its name, such as ``"lr"``.
        schedules: as for `param_group_setter`: a schedule, a list with one for each group, `by_group(rule)`, or a tuple.
        owner: the name at the beginning of errors.

    Raises:
        TypeError: a value is not a schedule, or the hyperparameter is not a number.
        ValueError: a group has no such hyperparameter; a list or a tuple has another length.

    Example:
        >>> from pure_schedules import constant
        >>> from pure_schedules_torch import schedules_by_group
        >>> schedules_by_group([{"lr": 0.1}, {"lr": 0.2}], "lr", [constant(value=0.5), None])
        [constant(value=0.5), None]
    """
    distinct = Distinct(owner)
    seats = [Seat(group, None, 0, index) for index, group in enumerate(groups)]
    served: list[Any] = []
    for place, seat in enumerate(seats):
        answer = answer_for(owner, hyperparameter, schedules, seats, place, {}, new=False)
        where = f"{owner}: {hyperparameter} of {seat.where}"
        served.append(distinct.at(place_of(where, hyperparameter, answer, seat.group, {}, distinct)))
    return served
