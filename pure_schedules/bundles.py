"""Bundles: schedules for several hyperparameters on one clock, as one value."""

import inspect
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any, NoReturn, ParamSpec, TypeAlias, final

from . import numeric
from ._factory import Factory, Value, is_constant, kept, length_of
from ._schedule import Child, Schedule
from ._trees import hashed, written
from .checks import Refused, a_schedule
from .checks import schedule as one_schedule

__all__ = ["Bundle", "bundle"]

P = ParamSpec("P")

if TYPE_CHECKING:
    #: The schedule of one hyperparameter; for a tuple such as `betas` one for each value, None to leave it unchanged.
    Scheduled: TypeAlias = Child | Sequence[Child | None]
else:
    Scheduled = Any


@final
class Bundle(Value, Mapping[str, Schedule]):
    """Schedules by hyperparameter: a mapping from name to schedule, and a function of the step.

    `bundle` makes it. ``both["lr"]`` is a schedule; a tuple of schedules, as for `betas`, stays a tuple. A bundle is a
    value like a schedule: it prints as code that `parse` reads, compares, hashes, pickles,
    converts to data, and is immutable.

    Example:
        >>> from pure_schedules import bundle, constant, linear
        >>> both = bundle(lr=linear(start=1.0, end=0.0, steps=10), momentum=constant(value=0.9))
        >>> both.replace({"lr": {"steps": 20}}, momentum=constant(value=0.8))(10)
        {'lr': 0.5, 'momentum': 0.8}
    """

    __slots__ = Value.SLOTS

    noun = "bundle"

    def __new__(cls, *args: Any, **kwargs: Any) -> "Bundle":
        raise TypeError("a Bundle is made by pure_schedules.bundle(lr=...)")

    def __call__(self, step: Any) -> dict[str, Any]:
        """The value of each hyperparameter at `step`."""
        return self._each(lambda schedule: schedule(step))

    def map(self, change: Callable[[Child], Child]) -> "Bundle":
        """Apply one change to every schedule, so that they stay on one clock.

        Args:
            change: a function from schedule to schedule, such as ``lambda s: stretch(s, factor=2)``.

        Example:
            >>> from pure_schedules import bundle, constant, linear, stretch
            >>> both = bundle(lr=linear(start=1.0, end=0.0, steps=10), momentum=constant(value=0.9))
            >>> both.map(lambda schedule: stretch(schedule, factor=2))(10)
            {'lr': 0.5, 'momentum': 0.9}
        """
        return bundle.bind(self._each(change))

    def _each(self, change: Callable[[Any], Any]) -> dict[str, Any]:
        return {
            name: _each(child, lambda item: None if item is None else change(item))
            for name, child in self._arguments.items()
        }

    @property
    def steps(self) -> float:
        """The length in steps of the longest schedule; `math.inf` if one is endless."""
        schedules = list(self._schedules())
        changing = [schedule for schedule in schedules if not is_constant(schedule)]
        return reduce(numeric.maximum, map(length_of, changing), 0 if changing or not schedules else math.inf)

    def boundaries(self, first: float = 0, last: float | None = None) -> Iterator[float]:
        """The steps at which the formula of one or more of them changes: see `Schedule.boundaries`.

        Args:
            first: search after this step [steps].
            last: search up to this step; by default the length of each schedule [steps].

        Raises:
            ValueError: `last` is missing, and one of them is endless.
        """
        found = [child.boundaries(first, last) for child in self._schedules() if isinstance(child, Schedule)]
        return iter(sorted({place for places in found for place in places}))

    def _schedules(self) -> Iterator[Any]:
        for child in self._arguments.values():  # a schedule, or a tuple of schedules and None
            yield from (item for item in (child if isinstance(child, tuple) else (child,)) if item is not None)

    def __getitem__(self, name: str) -> Schedule:
        schedule: Schedule = self._arguments[name]
        return schedule

    def __iter__(self) -> Iterator[str]:
        return iter(self._arguments)

    def __len__(self) -> int:
        return len(self._arguments)

    def __hash__(self) -> int:  # independent of the order of names
        return hash(frozenset((name, hashed(child)) for name, child in self.items()))

    def __init_subclass__(cls) -> NoReturn:
        raise TypeError("Bundle has no subclasses: it is a mapping of schedules, made by bundle(lr=...)")


def _each(child: Any, change: Callable[[Any], Any]) -> Any:
    """Apply a change to each item of a tuple, or to a single schedule."""
    return tuple(map(change, child)) if isinstance(child, tuple) else change(child)


class _Bundling(Factory[P, Bundle]):
    """The factory of bundles: its hyperparameters are schedules under any names."""

    def __init__(self, function: Callable[P, Any]) -> None:
        super().__init__(function, _bundled, rules={}, otherwise=(one_schedule, one_schedule), skipped=1, made=Bundle)
        self.__signature__ = inspect.signature(function).replace(return_annotation=Bundle)

    def named(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        if args:
            raise TypeError(f"bundle: schedules are given by name, got {args[0]!r} by position; write bundle(lr=...)")
        return dict(kwargs)

    def admitted(self, given: Mapping[str, Any]) -> dict[str, Any]:
        if not given:
            raise ValueError("bundle: there must be at least one schedule; write bundle(lr=...)")
        admitted = {name: tuple(child) if isinstance(child, list) else child for name, child in given.items()}
        for name, child in admitted.items():
            for index, item in enumerate(child if isinstance(child, tuple) else (child,)):
                if item is None:
                    continue
                try:
                    a_schedule(item)
                except Refused as refused:
                    place = f"[{index}]" if isinstance(child, tuple) else ""
                    raise TypeError(self.message(name, child, refused.rule, refused.advice, place)) from None
        return admitted

    def written(self, values: Mapping[str, Any]) -> str:
        return f"bundle({', '.join(f'{name}={written(child)}' for name, child in values.items())})"

    def unknown(self, name: Any, value: Any = None) -> str:
        return f"there is no schedule {name!r} in it; add one by bundle(**old, {name}=...)"


def _bundled(factory: Factory[..., Any], arguments: dict[str, Any]) -> Bundle:
    return kept(Bundle, factory, arguments)


@_Bundling
def bundle(**schedules: Scheduled) -> Any:
    """Schedules for several hyperparameters on one clock, evaluated and attached together.

        bundle(lr=f, momentum=g)(t) = {"lr": f(t), "momentum": g(t)}

    It is a mapping, so attach it as ``param_group_setter(optimizer, **bundle(lr=..., weight_decay=...))``. Derive one
    schedule from another: ``remap(lr, ...)`` for a momentum that mirrors the rate, ``scale(lr, ...)`` for a weight
    decay proportional to it.

    Args:
        schedules: a schedule for each hyperparameter. For a tuple such as `betas`, give a tuple of schedules; None
            leaves that value unchanged.

    Raises:
        TypeError: an argument is not a schedule.
        ValueError: no schedule is given.

    Example:
        >>> from pure_schedules import bundle, linear, remap
        >>> lr = linear(start=0.0, end=0.5, steps=10)
        >>> both = bundle(lr=lr, momentum=remap(lr, low=0.0, high=0.5, to_low=1.0, to_high=0.5))
        >>> both(5)
        {'lr': 0.25, 'momentum': 0.75}

    Source: the paired schedules of fastai, MMEngine and ParameterSchedulers.jl.
    """
