"""Several hyperparameters on one clock."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

from ._schedule import Child
from .checks import Refused, a_schedule

__all__ = ["Bundle", "bundle"]


class Bundle(Mapping[str, Any]):
    """Schedules by the name of what they schedule: a mapping, and a function of the step like each of them."""

    __slots__ = ("_schedules",)

    _schedules: dict[str, Any]

    def __init__(self, schedules: Mapping[str, Any]) -> None:
        admitted: dict[str, Any] = {}
        for name, child in schedules.items():
            try:
                admitted[name] = _each(child, lambda item: None if item is None else a_schedule(item))
            except Refused as refused:
                raise TypeError(f"bundle: {name} {refused.rule}, got {name}={child!r}; {refused.advice}") from None
        if not admitted:
            raise ValueError("bundle: there must be at least one schedule; write bundle(lr=...)")
        object.__setattr__(self, "_schedules", admitted)

    def __call__(self, step: Any) -> dict[str, Any]:
        """The value of each hyperparameter at `step`."""
        return {
            name: _each(child, lambda item: None if item is None else item(step)) for name, child in self._schedules.items()
        }

    def map(self, change: Callable[[Child], Child]) -> "Bundle":
        """The same change to every one of them, so that they stay on one clock.

        Args:
            change: what is made of each schedule, such as ``lambda s: stretch(s, factor=2)``.

        Example:
            >>> from pure_schedules import bundle, constant, linear, stretch
            >>> both = bundle(lr=linear(start=1.0, end=0.0, steps=10), momentum=constant(value=0.9))
            >>> both.map(lambda schedule: stretch(schedule, factor=2))(10)
            {'lr': 0.5, 'momentum': 0.9}
        """
        return Bundle(
            {
                name: _each(child, lambda item: None if item is None else change(item))
                for name, child in self._schedules.items()
            }
        )

    def __getitem__(self, name: str) -> Any:
        return self._schedules[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._schedules)

    def __len__(self) -> int:
        return len(self._schedules)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Bundle) and self._schedules == other._schedules

    def __hash__(self) -> int:
        return hash(frozenset(self._schedules.items()))

    def __repr__(self) -> str:
        return f"bundle({', '.join(f'{name}={child!r}' for name, child in self._schedules.items())})"

    def __reduce__(self) -> tuple[Any, ...]:
        return Bundle, (self._schedules,)

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise AttributeError("a bundle cannot be altered; make another one: bundle(**{**old, 'lr': ...})")


def _each(child: Any, change: Callable[[Any], Any]) -> Any:
    """The same for each item of a tuple, or for the one that there is."""
    return tuple(map(change, child)) if isinstance(child, tuple) else change(child)


def bundle(**schedules: Any) -> Bundle:
    """Schedules of several hyperparameters on one clock, asked together and attached together.

        bundle(lr=f, momentum=g)(t) = {"lr": f(t), "momentum": g(t)}

    It is a mapping, so it attaches as ``param_group_setter(optimizer, **bundle(lr=..., weight_decay=...))``. One that
    follows another is made from it: ``remap(lr, ...)`` for a momentum that mirrors the rate, ``scale(lr, ...)`` for a
    weight decay in proportion to it.

    Args:
        schedules: a schedule for each hyperparameter; or, for one that is a tuple such as `betas`, a tuple of them, with
            None for what is left alone.

    Raises:
        TypeError: one of them is not a schedule.
        ValueError: there are none.

    Example:
        >>> from pure_schedules import bundle, linear, remap
        >>> lr = linear(start=0.0, end=0.5, steps=10)
        >>> both = bundle(lr=lr, momentum=remap(lr, low=0.0, high=0.5, to_low=1.0, to_high=0.5))
        >>> both(5)
        {'lr': 0.25, 'momentum': 0.75}

    Source: the paired schedules of fastai, MMEngine and ParameterSchedulers.jl.
    """
    return Bundle(schedules)
