"""The content of a plot, for any renderer: labels, last step, points and marks.

``_plot`` draws it on matplotlib axes, ``_terminal`` with braille dots.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import count, islice, takewhile
from typing import Any

from . import checks
from ._arrays import as_number, is_number
from ._factory import is_constant
from ._labels import curve_label, number_label
from ._sampling import Curve, length_as_float, samples
from ._schedule import Schedule
from .combinators import join

__all__ = ["FEWEST_STEPS", "labelled", "last_step", "log_limits", "marks", "points", "values"]

# As many points as a large picture has dots across. The whole steps of a short run would be too few.
MOST_POINTS = 2000
FEWEST_STEPS = 40
#: The steps shown of a schedule that never changes, and of one without length.
FLAT = 100
#: How far the axis extends beyond the end, to show the final value.
BEYOND = 1.05
#: How many boundaries are marked; more would hide the curve.
MOST_MARKS = 24
#: The lowest value on a logarithmic axis, as a fraction of the highest: a wave falls far below any value of interest.
LOWEST_SHOWN = 1e-5
GOLDEN_SECTION = 0.6180339887498949
#: Beyond every run: the last step in the search for the span of an endless schedule.
FARTHEST = 2.0**60


def labelled(schedule: Any) -> dict[str, Any]:
    """The curves by label."""
    if isinstance(schedule, Mapping):
        curves: dict[str, Any] = {str(label): curve for label, curve in schedule.items()}
    elif isinstance(schedule, Sequence) and not isinstance(schedule, str | bytes):
        curves = {}
        for curve in schedule:
            label = name = curve_label(curve)
            for number in count(2):
                if name not in curves:
                    break
                name = f"{label} ({number})"
            curves[name] = curve
    else:
        curves = {curve_label(schedule): schedule}
    if not curves:
        raise ValueError("plot: there must be something to draw, got no schedule; give one, a list or a dict of them")
    for curve in curves.values():
        try:
            checks.a_schedule(curve)
        except checks.Refused as refused:
            raise TypeError(f"plot: schedule {refused.rule}, got {curve!r}; {refused.advice}") from None
    return curves


def last_step(curves: Sequence[Curve], steps: Any = None) -> float:
    """The last step shown."""
    if steps is None:
        ends = [end for end in map(_end, curves) if 0 < end < math.inf]
        if ends and max(ends) >= FARTHEST:
            raise ValueError(
                f"plot: more than 1e18 steps cannot be shown, got {max(ends):.3g}; give steps, the last one to show"
            )
        # The finite schedules give the length of the run; without any, each is shown far enough to see its shape.
        return float(math.ceil(max(ends) * BEYOND)) if ends else max(map(_settled, curves)) or FLAT
    number = as_number(steps)
    if not is_number(number):
        raise TypeError(f"plot: steps must be a number, got steps={steps!r}; give the last step to show")
    if not 0 <= number < FARTHEST:
        raise ValueError(f"plot: steps must be from 0 to 1e18, got steps={steps!r}; give the last step to show")
    return float(number)


def _end(curve: Curve) -> float:
    """The length of the run that a schedule was made for; unknown for one that ends in a constant."""
    return math.inf if _ends_in_a_constant(curve) else length_as_float("plot", curve)


def _ends_in_a_constant(curve: Curve) -> bool:
    if not isinstance(curve, Schedule):
        return False
    if curve.composition is not curve:
        return _ends_in_a_constant(curve.composition)
    last = curve.arguments["schedules"][-1] if curve.factory is join else None
    return is_constant(last) or (last is not None and _ends_in_a_constant(last))


def _settled(curve: Curve) -> float:
    """A step by which the shape of an endless schedule can be seen; 0 if it never changes.

    Counted from its last boundary, the span doubles until its second half adds little, or until the curve repeats.
    """
    first = math.ceil(max(marks(curve, FARTHEST), default=0))
    low = high = next(values(curve, [first]))
    span, recurred = 2.0, 0
    while span < FARTHEST:
        try:
            had = list(values(curve, list(_between(first + span / 2 - 1, first + span, 64))))
        except (ArithmeticError, ValueError):  # it overflows: show what comes before
            return first + span / 2
        before, low, high = high - low, min(low, *had), max(high, *had)
        height, change = high - low, max(had) - min(had)
        recurred = recurred + 1 if change >= height / 2 > 0 and height - before <= height / 10 else 0
        if recurred == 2:
            return first + max(span, FLAT)
        if height > 0 and change <= height / 5:
            return first + span
        span *= 2
    return 2 * first


def points(curve: Curve, last: float, most: int = MOST_POINTS) -> list[tuple[float, float]]:
    """Steps and values up to the last step: every update, or as many as there is room for."""
    steps = [int(last)] if last == int(last) else [last]
    if last <= FEWEST_STEPS and isinstance(curve, Schedule):
        steps += [last * index / most for index in range(most)]  # also between the updates
    steps += list(_between(-1, last, most))
    for mark in marks(curve, last):
        steps += [math.ceil(mark) - 1, math.ceil(mark)]
    steps = sorted({step for step in steps if step <= last})
    return list(zip(steps, values(curve, steps), strict=True))


def _between(first: float, last: float, most: int) -> Iterator[int]:
    """Whole steps after the first and up to the last: all, or at most `most`.

    Their distances vary, so that a periodic curve is not always sampled at the same phase.
    """
    width = last - first
    if width <= most:
        yield from range(math.floor(first) + 1, math.floor(last) + 1)
        return
    for index in range(most):
        yield math.floor(first + width * (index + (index * GOLDEN_SECTION) % 1) / most) + 1


def values(curve: Curve, steps: Sequence[float]) -> Iterator[float]:
    """The values at these steps, checked to be finite."""
    for step, value in zip(steps, samples("plot", curve, steps), strict=True):
        if not math.isfinite(value):
            raise ValueError(f"plot: a schedule must have finite values, got {value} from {curve!r} at step {step!r}")
        yield value


def log_limits(everything: Sequence[float]) -> tuple[float, float, str]:
    """The limits of a logarithmic axis, and a note on the values outside it."""
    positive = [value for value in everything if value > 0]
    if not positive:
        raise ValueError("plot: a logarithmic axis needs values above 0, and there is none; leave log out")
    low, high = max(min(positive), max(positive) * LOWEST_SHOWN), max(positive)
    hidden = ""
    if len(positive) < len(everything):
        hidden = "0 and below not shown"
    elif min(positive) < low:
        hidden = f"below {number_label(low)} not shown"
    return low, high, hidden


# Boundaries ----------------------------------------------------------------------------------------------------------


def marks(curve: Curve, last: float) -> list[float]:
    """The boundaries before the end; none if they are too many to tell apart."""
    if not isinstance(curve, Schedule):
        return []
    end = _end(curve)
    before_the_end = takewhile(lambda place: place < end, curve.boundaries(last=last))
    found = list(islice(before_the_end, MOST_MARKS + 1))
    return found if len(found) <= MOST_MARKS else []
