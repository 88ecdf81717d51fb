"""The axes of `interpolate`, each a function and its inverse; and `interpolate` itself."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ._schedule import Child, schedule
from .checks import Condition, Refused, Rule, can_be_asked, finite, positive
from .numeric import Value, call, exp, log, progress

__all__ = ["Space", "half_lives", "interpolate", "logarithm", "reciprocal"]


@dataclass(frozen=True)
class Space:
    """An axis: a function from values to places on the axis, and its inverse.

    Args:
        name: its name in the text of a schedule.
        place: the place of a value on the axis.
        inverse: the value at a place.

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


#: The rule for the axis of an interpolation.
space = Rule(a_space)


def _has_a_place(axis: Space, value: float) -> bool:
    try:
        return math.isfinite(axis.place(value))
    except (ArithmeticError, ValueError):
        return False


def on_axis(other: str) -> Rule:
    """A number with a place on an axis, which is another hyperparameter."""

    def holds(value: Any, others: Mapping[str, Any]) -> Any:
        axis = others[other]
        return True if axis is None or not can_be_asked(value) else call(partial(_has_a_place, axis), value)

    return Rule(
        finite.admit,
        (
            *finite.conditions,
            Condition(holds, f"must have a place on the axis of {other}", "a logarithm needs positive values"),
        ),
    )


@schedule(start=on_axis("space"), end=on_axis("space"), steps=positive, space=space)
def interpolate(step: Value, curve: Child, *, start: Value, end: Value, steps: Value, space: Space | None = None) -> Any:
    """From `start` to `end` over `steps` steps along any curve, on any axis, then constant.

        lr(t) = the inverse of space at  space(start) + (space(end) - space(start)) * curve(min(t / steps, 1))

    Named shapes are special cases: `exponential` is a straight line on a `logarithm` axis, `harmonic` on a `reciprocal`
    axis, `half_life` on an axis of `half_lives`.

    Args:
        curve: a schedule from 0 at step 0 to 1 at step 1, such as ``cosine(start=0.0, end=1.0, steps=1)``.
        start: value at step 0 [lr].
        end: value from `steps` on [lr].
        steps: length, positive [steps].
        space: the axis: `logarithm`, `reciprocal` or `half_lives`; by default a linear one.

    Raises:
        ValueError: `steps` is not positive; `start` or `end` has no place on the axis.

    Example:
        >>> from pure_schedules import cosine, interpolate, logarithm
        >>> lr = interpolate(cosine(start=0.0, end=1.0, steps=1), start=1.0, end=1e-4, steps=100, space=logarithm)
        >>> [round(lr(step), 9) for step in (0, 50, 100, 1000)]
        [1.0, 0.01, 0.0001, 0.0001]

    Source: `ExpHyperbolicLR`, Kim 2024, https://arxiv.org/abs/2407.15200; the helpers of axlearn.
    """
    weight = curve(progress(step, steps))
    if space is None:
        return start * (1 - weight) + end * weight
    low, high = space.place(start), space.place(end)
    value = space.inverse(low * (1 - weight) + high * weight)
    # Undo the rounding of the way there and back, so that both ends are exact.
    lost_at_start, lost_at_end = start - space.inverse(low), end - space.inverse(high)
    return value + (lost_at_start * (1 - weight) + lost_at_end * weight)
