"""The axes on which `interpolate` draws a curve: a function and its inverse."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ._arrays import is_number
from .checks import Condition, Refused, Rule, finite
from .numeric import exp, log

__all__ = ["Space", "half_lives", "logarithm", "reciprocal"]


@dataclass(frozen=True)
class Space:
    """An axis: where a value stands on it, and which value stands at a place.

    Args:
        name: what it is called in the text of a schedule.
        place: where a value stands.
        inverse: which value stands at a place.

    Example:
        >>> from pure_schedules import logarithm
        >>> logarithm.place(1.0), logarithm.inverse(0.0)
        (0.0, 1.0)
    """

    name: str
    place: Callable[[Any], Any]
    inverse: Callable[[Any], Any]

    def __repr__(self) -> str:
        return self.name


def _inverse_of(value: Any) -> Any:
    return 1 / value


def _updates_to_half(factor: Any) -> Any:
    return _LOG_OF_HALF / log(factor)


def _factor_for(half_life: Any) -> Any:
    return exp(_LOG_OF_HALF / half_life)


_LOG_OF_HALF = log(0.5)

#: Equal distances are equal factors: for rates that range over powers of ten. Values are positive.
logarithm = Space("logarithm", log, exp)
#: Equal distances are equal differences of 1 / value. Values are not 0.
reciprocal = Space("reciprocal", _inverse_of, _inverse_of)
#: Equal distances are equal differences of the half-life, for the factors of moving averages. Values are between 0 and 1.
half_lives = Space("half_lives", _updates_to_half, _factor_for)


def a_space(value: Any) -> Any:
    """One of the axes above, or your own."""
    if not isinstance(value, Space):
        raise Refused("must be an axis", "write logarithm, reciprocal or half_lives, or leave it out for a straight one")
    return value


#: What the axis of an interpolation may be.
space = Rule(a_space)


def on_axis(other: str) -> Rule:
    """A number that has a place on the axis that another hyperparameter is."""

    def holds(value: Any, others: Mapping[str, Any]) -> bool:
        axis = others[other]
        if axis is None or not is_number(value):
            return True
        try:
            return math.isfinite(axis.place(value))
        except (ArithmeticError, ValueError):
            return False

    return Rule(
        finite.admit,
        (
            *finite.conditions,
            Condition(holds, f"must have a place on the axis of {other}", "a logarithm needs positive values"),
        ),
    )
