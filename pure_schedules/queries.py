"""Queries about a schedule: its sum, extremes, first crossing, jumps, and the difference of two schedules.

Each takes a schedule, or any function of the step, and evaluates it at the updates from `first` up to, but not
including, `stop`, as in `range`. By default `stop` is the length of the schedule. A sum or mean covers the updates of
that length. Every other query includes the end value, so its answer holds for all later updates too.

Import the module: ``from pure_schedules import queries``.
"""

import math
from array import array
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import pairwise
from operator import itemgetter
from typing import Any, NamedTuple, TypeAlias

from ._arrays import as_number, is_number
from ._sampling import Curve, check_curve, exact_sum, length_as_float, nearest_float, samples, update_index
from ._schedule import Schedule

__all__ = [
    "At",
    "Jump",
    "average",
    "first_at_or_above",
    "first_at_or_below",
    "integral",
    "is_continuous",
    "is_monotonic",
    "is_within",
    "jumps",
    "largest",
    "largest_difference",
    "smallest",
]


class At(NamedTuple):
    """A value, and the first update that has it."""

    step: int
    value: float


class Jump(NamedTuple):
    """A discontinuity: the first step after it, and the values on both sides."""

    step: float
    before: float
    after: float


# Sums over a run -----------------------------------------------------------------------------------------------------


def integral(schedule: Curve, *, first: int = 0, stop: int | None = None) -> float:
    """The sum of the values of the updates from `first` to `stop`: how far a run can move in total.

    It is the exact sum of the values, rounded once; infinite where it is larger than every float.

    Args:
        schedule: a schedule, or a function of the step.
        first: the first update, a whole number, not negative [steps].
        stop: end before this update; by default the length of the schedule [steps].

    Raises:
        TypeError: `schedule` is not a schedule, or does not return one real number; a step is not a whole number.
        ValueError: `stop` is missing and the schedule is endless; `stop` is before `first`; a value is nan; the values
            include both inf and -inf.

    Example:
        >>> from pure_schedules import linear, queries
        >>> queries.integral(linear(start=4.0, end=0.0, steps=4))
        10.0
    """
    span = _run("integral", [schedule], first, stop)
    return nearest_float(exact_sum("integral", partial(samples, "integral", schedule, span)))


def average(schedule: Curve, *, first: int = 0, stop: int | None = None) -> float:
    """The mean of the values of the updates from `first` to `stop`.

    Args:
        schedule: a schedule, or a function of the step.
        first: the first update, a whole number, not negative [steps].
        stop: end before this update; by default the length of the schedule [steps].

    Raises:
        TypeError: `schedule` is not a schedule, or does not return one real number; a step is not a whole number.
        ValueError: `stop` is missing and the schedule is endless; the span holds no update; a value is nan; the values
            include both inf and -inf.

    Example:
        >>> from pure_schedules import linear, queries
        >>> queries.average(linear(start=4.0, end=0.0, steps=4))
        2.5
    """
    span = _not_empty("average", _run("average", [schedule], first, stop))
    return nearest_float(exact_sum("average", partial(samples, "average", schedule, span)) / len(span))


# Values and where they are had ---------------------------------------------------------------------------------------


def largest(schedule: Curve, *, first: int = 0, stop: int | None = None) -> At:
    """The largest value, and the first update that has it.

    Args:
        schedule: a schedule, or a function of the step.
        first: the first update, a whole number, not negative [steps].
        stop: end before this update; by default the end value is included [steps].

    Raises:
        TypeError: `schedule` is not a schedule, or does not return one real number; a step is not a whole number.
        ValueError: `stop` is missing and the schedule is endless; the span holds no update; a value is nan.

    Example:
        >>> from pure_schedules import queries, warmup_linear
        >>> queries.largest(warmup_linear(peak=2.0, warmup_steps=10, total_steps=20))
        At(step=10, value=2.0)
    """
    span = _not_empty("largest", _for_ever("largest", [schedule], first, stop))
    step, value = max(enumerate(samples("largest", schedule, span), span.start), key=lambda pair: pair[1])
    return At(step, value)


def smallest(schedule: Curve, *, first: int = 0, stop: int | None = None) -> At:
    """The smallest value, and the first update that has it.

    Args:
        schedule: a schedule, or a function of the step.
        first: the first update, a whole number, not negative [steps].
        stop: end before this update; by default the end value is included [steps].

    Raises:
        TypeError: `schedule` is not a schedule, or does not return one real number; a step is not a whole number.
        ValueError: `stop` is missing and the schedule is endless; the span holds no update; a value is nan.

    Example:
        >>> from pure_schedules import linear, queries
        >>> decay = linear(start=4.0, end=0.0, steps=4)
        >>> queries.smallest(decay), queries.smallest(decay, stop=4)
        (At(step=4, value=0.0), At(step=3, value=1.0))
    """
    span = _not_empty("smallest", _for_ever("smallest", [schedule], first, stop))
    step, value = min(enumerate(samples("smallest", schedule, span), span.start), key=lambda pair: pair[1])
    return At(step, value)


def first_at_or_below(schedule: Curve, *, value: float, first: int = 0, stop: int | None = None) -> int | None:
    """The first update whose value is not above `value`; None if there is none.

    Args:
        schedule: a schedule, or a function of the step.
        value: the upper limit [lr].
        first: the first update, a whole number, not negative [steps].
        stop: end before this update; by default the end value is included [steps].

    Raises:
        TypeError: `schedule` is not a schedule, or does not return one real number; `value` is not a number; a step is not a
            whole number.
        ValueError: `stop` is missing and the schedule is endless; `stop` is before `first`; a value is nan.

    Example:
        >>> from pure_schedules import linear, queries
        >>> decay = linear(start=4.0, end=0.0, steps=4)
        >>> [queries.first_at_or_below(decay, value=value) for value in (2.5, 0.0, -1.0)]
        [2, 4, None]
    """
    name = "first_at_or_below"
    limit = _plain(name, "value", value)
    span = _for_ever(name, [schedule], first, stop)
    return next((step for step, had in enumerate(samples(name, schedule, span), span.start) if had <= limit), None)


def first_at_or_above(schedule: Curve, *, value: float, first: int = 0, stop: int | None = None) -> int | None:
    """The first update whose value is not below `value`; None if there is none.

    Args:
        schedule: a schedule, or a function of the step.
        value: the lower limit [lr].
        first: the first update, a whole number, not negative [steps].
        stop: end before this update; by default the end value is included [steps].

    Raises:
        TypeError: `schedule` is not a schedule, or does not return one real number; `value` is not a number; a step is not a
            whole number.
        ValueError: `stop` is missing and the schedule is endless; `stop` is before `first`; a value is nan.

    Example:
        >>> from pure_schedules import linear, queries
        >>> queries.first_at_or_above(linear(start=0.0, end=4.0, steps=4), value=2.5)
        3
    """
    name = "first_at_or_above"
    limit = _plain(name, "value", value)
    span = _for_ever(name, [schedule], first, stop)
    return next((step for step, had in enumerate(samples(name, schedule, span), span.start) if had >= limit), None)


def largest_difference(schedule: Curve, other: Curve, *, first: int = 0, stop: int | None = None) -> At:
    """The largest difference of two schedules, and the first update that has it.

    The distance is infinite where it is larger than every float.

    Args:
        schedule: a schedule, or a function of the step.
        other: the other one.
        first: the first update, a whole number, not negative [steps].
        stop: end before this update; by default the end value of the longer one is included [steps].

    Raises:
        TypeError: one is not a schedule, or does not return one real number; a step is not a whole number.
        ValueError: `stop` is missing and a schedule is endless; the span holds no update; a value is nan.

    Example:
        >>> from pure_schedules import cosine, linear, queries
        >>> queries.largest_difference(linear(start=4.0, end=0.0, steps=4), linear(start=4.0, end=0.0, steps=2))
        At(step=2, value=2.0)
    """
    name = "largest_difference"
    span = _not_empty(name, _for_ever(name, [schedule, other], first, stop))
    both = zip(span, samples(name, schedule, span), samples(name, other, span), strict=True)
    # Differences beyond the largest float are compared by their halves.
    apart = ((_distance(x, y), _distance(x / 2, y / 2), step) for step, x, y in both)
    difference, _, step = max(apart, key=itemgetter(0, 1))
    return At(step, difference)


# What a curve is like ------------------------------------------------------------------------------------------------


def is_within(
    schedule: Curve, *, low: float = -math.inf, high: float = math.inf, first: int = 0, stop: int | None = None
) -> bool:
    """Whether no value is below `low` or above `high`.

    Args:
        schedule: a schedule, or a function of the step.
        low: lowest allowed value [lr].
        high: highest allowed value, at least `low` [lr].
        first: the first update, a whole number, not negative [steps].
        stop: end before this update; by default the end value is included [steps].

    Raises:
        TypeError: `schedule` is not a schedule, or does not return one real number; a bound is not a number; a step is not a
            whole number.
        ValueError: `stop` is missing and the schedule is endless; `high` is below `low`; a value is nan.

    Example:
        >>> from pure_schedules import linear, queries
        >>> rise = linear(start=0.0, end=4.0, steps=4)
        >>> queries.is_within(rise, low=0.0, high=4.0), queries.is_within(rise, high=3.0), queries.is_within(rise, low=1.0)
        (True, False, False)
    """
    name = "is_within"
    low, high = _plain(name, "low", low), _plain(name, "high", high)
    if high < low:
        raise ValueError(f"{name}: high must be at least low, got high={high!r}; raise it, or lower low")
    return all(low <= value <= high for value in samples(name, schedule, _for_ever(name, [schedule], first, stop)))


def is_monotonic(schedule: Curve, *, rising: bool | None = None, first: int = 0, stop: int | None = None) -> bool:
    """Whether the values only rise, or only fall; equal values are allowed.

    Args:
        schedule: a schedule, or a function of the step.
        rising: True checks that they never fall, False that they never rise; by default either.
        first: the first update, a whole number, not negative [steps].
        stop: end before this update; by default the end value is included [steps].

    Raises:
        TypeError: `schedule` is not a schedule, or does not return one real number; `rising` is not True, False or None; a
            step is not a whole number.
        ValueError: `stop` is missing and the schedule is endless; `stop` is before `first`; a value is nan.

    Example:
        >>> from pure_schedules import queries, warmup_linear
        >>> lr = warmup_linear(peak=2.0, warmup_steps=10, total_steps=20)
        >>> queries.is_monotonic(lr), queries.is_monotonic(lr, stop=10), queries.is_monotonic(lr, rising=False, first=10)
        (False, True, True)
    """
    name = "is_monotonic"
    if not (rising is None or isinstance(rising, bool)):
        raise TypeError(f"{name}: rising must be True, False or None, got rising={rising!r}; leave it out for either")
    may_rise, may_fall = rising is not False, rising is not True
    before: float | None = None
    for value in samples(name, schedule, _for_ever(name, [schedule], first, stop)):
        if before is not None:
            may_rise, may_fall = may_rise and value >= before, may_fall and value <= before
            if not (may_rise or may_fall):
                return False
        before = value
    return True


def jumps(schedule: Curve, *, first: int = 0, stop: int | None = None, tolerance: float | None = None) -> list[Jump]:
    """The discontinuities of a schedule as a function of real steps.

    Every interval between two updates that holds a boundary (`Schedule.boundaries`) is bisected until the curve in it
    is smooth. If it is not, down to neighbouring floats, and its height does not shrink with its width, it is a jump.
    For a function without known boundaries, all intervals are bisected.

    Args:
        schedule: a schedule, or a function of the step that takes fractions.
        first: the first update, a whole number, not negative [steps].
        stop: end before this update; by default the end value is included [steps].
        tolerance: the smallest jump that counts, positive; by default a billionth of the largest value in the span, or
            a hundred-thousandth in single precision [lr].

    It misses a jump up and down between two updates that does not show at the sampled points, and a jump smaller than a
    hundred-thousandth of the rise of the curve in the same step.

    Raises:
        TypeError: `schedule` is not a schedule, or does not return one real number; `tolerance` is not a number; a step is
            not a whole number.
        ValueError: `stop` is missing and the schedule is endless; `tolerance` is not positive; a value is nan.

    Example:
        >>> from pure_schedules import join, linear, queries
        >>> two = join([linear(start=4.0, end=0.0, steps=4), linear(start=2.0, end=0.0, steps=4)])
        >>> queries.jumps(two)
        [Jump(step=4.0, before=0.0, after=2.0)]
    """
    return list(_jumps("jumps", schedule, first, stop, tolerance))


def is_continuous(schedule: Curve, *, first: int = 0, stop: int | None = None, tolerance: float | None = None) -> bool:
    """Whether a schedule has no jump as a function of real steps.

    Args:
        schedule: a schedule, or a function of the step that takes fractions.
        first: the first update, a whole number, not negative [steps].
        stop: end before this update; by default the end value is included [steps].
        tolerance: the smallest jump that counts, positive; see `jumps` [lr].

    Raises:
        TypeError: `schedule` is not a schedule, or does not return one real number; `tolerance` is not a number; a step is
            not a whole number.
        ValueError: `stop` is missing and the schedule is endless; `tolerance` is not positive; a value is nan.

    Example:
        >>> from pure_schedules import cosine, queries, repeat
        >>> wave = cosine(start=1.0, steps=10)
        >>> queries.is_continuous(wave), queries.is_continuous(repeat(wave), stop=100)
        (True, False)
    """
    return next(_jumps("is_continuous", schedule, first, stop, tolerance), None) is None


# Jumps ---------------------------------------------------------------------------------------------------------------

Point: TypeAlias = tuple[float, float]

# The most bisections of an interval. A jump needs far fewer; the rest is for curves such as a square root, which near
# its end is steep at any scale.
DEEPEST = 44
# Over this many bisections the height of a square root shrinks to 1/64, that of a jump not at all.
COMPARED = 12
STAYS = 0.95
# From this depth on, the jump alone makes up the height of its interval.
FINE = 20
# A further sample for curves that look smooth at the quarters: the golden section, which no schedule uses.
ASIDE = 0.381966
# Values up to here can be multiplied and added below without an overflow.
MOST_MULTIPLIED = 1e306


def _jumps(name: str, schedule: Curve, first: Any, stop: Any, tolerance: Any) -> Iterator[Jump]:
    if tolerance is not None and not (tolerance := _plain(name, "tolerance", tolerance)) > 0:
        raise ValueError(
            f"{name}: tolerance must be positive, got tolerance={tolerance!r}; give the smallest jump that counts"
        )
    span = _for_ever(name, [schedule], first, stop)
    values = array("d", samples(name, schedule, span))
    if tolerance is None:
        largest_seen = max(filter(math.isfinite, map(abs, values)), default=0.0)
        smallest_seen = largest_seen * _precision(schedule(span.start)) if span else 0.0
        tolerance = smallest_seen or math.ulp(0.0)  # for a curve that is 0 at every update, any height counts

    def point(step: float) -> Point:
        return step, next(samples(name, schedule, (step,)))

    cells: Iterable[tuple[Point, Point]] = pairwise(zip(map(float, span), values, strict=True))
    if isinstance(schedule, Schedule) and schedule.knows_boundaries and span:
        # Between two of its boundaries a formula is smooth.
        turns = {math.ceil(place) for place in schedule.boundaries(span.start, span[-1])}
        cells = (cell for cell in cells if not turns.isdisjoint((cell[0][0], cell[1][0])))
    for left, right in cells:
        yield from _found(point, left, point(_between(left, right)), right, [], tolerance)


def _distance(x: float, y: float) -> float:
    return 0.0 if x == y else abs(x - y)  # infinity less infinity is not a number


def _between(left: Point, right: Point) -> float:
    return left[0] + (right[0] - left[0]) / 2


def _found(
    point: Callable[[float], Point], left: Point, middle: Point, right: Point, wider: list[float], tolerance: float
) -> Iterator[Jump]:
    """The jumps between two points of a curve; `wider` holds the heights of the enclosing intervals."""
    height = _distance(left[1], right[1])
    if len(wider) >= DEEPEST or not left[0] < middle[0] < right[0]:
        if wider and height >= tolerance and height >= STAYS * wider[-min(COMPARED, len(wider))]:
            yield _narrowed(point, left, right)
        return
    low, high = point(_between(left, middle)), point(_between(middle, right))
    aside = point(left[0] + (right[0] - left[0]) * ASIDE)
    if _is_smooth([value for _, value in (left, low, middle, high, right)], aside[1], tolerance):
        return
    halves = sorted((_distance(left[1], middle[1]), _distance(middle[1], right[1])))
    if len(wider) >= FINE and halves[0] > halves[1] / 4:
        return  # evenly steep: a jump would be in one half
    wider = [*wider, height]
    yield from _found(point, left, low, middle, wider, tolerance)
    yield from _found(point, middle, high, right, wider, tolerance)


def _is_smooth(quarters: list[float], aside: float, tolerance: float) -> bool:
    """Whether five equidistant values, and one more, fit a curve without a jump."""
    largest = max(map(abs, quarters))
    if largest == math.inf:
        return {*quarters} == {aside}
    if largest > MOST_MULTIPLIED:
        # By a power of two, which is exact.
        quarters, aside, tolerance = [value / 64 for value in quarters], aside / 64, tolerance / 64
    a, b, c, d, e = quarters
    # A jump shows in the fourth difference at least once, three times near the middle; for a smooth curve it falls with
    # the fourth power of the width.
    if not abs(a - 4 * b + 6 * c - 4 * d + e) <= tolerance / 2:
        return False
    x = 4 * ASIDE
    # Newton's forward differences: the cubic through the first four.
    expected = a + x * ((b - a) + (x - 1) / 2 * ((c - 2 * b + a) + (x - 2) / 3 * (d - 3 * c + 3 * b - a)))
    return abs(aside - expected) <= tolerance / 2


def _narrowed(point: Callable[[float], Point], left: Point, right: Point) -> Jump:
    """Locate a jump between two points, down to neighbouring floats."""
    while left[0] < (step := _between(left, right)) < right[0]:
        middle = point(step)
        if _distance(left[1], middle[1]) > _distance(middle[1], right[1]):
            right = middle
        else:
            left = middle
    return Jump(right[0], left[1], right[1])


def _precision(value: Any) -> float:
    """The smallest relative jump that is not a rounding error."""
    itemsize = getattr(getattr(value, "dtype", None), "itemsize", 8)
    return 1e-9 if itemsize >= 8 else 1e-5 if itemsize == 4 else 0.2


# Spans ---------------------------------------------------------------------------------------------------------------


def _plain(name: str, hyperparameter: str, value: Any) -> float:
    number = as_number(value)
    if not is_number(number):
        raise TypeError(f"{name}: {hyperparameter} must be a number, got {hyperparameter}={value!r}; give an int or a float")
    if number != number:
        raise ValueError(f"{name}: {hyperparameter} must be a number, got {hyperparameter}=nan; nothing compares with it")
    return float(number)


def _span(name: str, schedules: list[Curve], first: Any, stop: Any) -> tuple[int, int | None, float]:
    """The first update, `stop` if it was given, and the length of the longest schedule."""
    for schedule in schedules:
        check_curve(name, schedule)
    first = update_index(name, "first", first)
    if stop is None:
        length = max(length_as_float(name, schedule) for schedule in schedules)
        if length == math.inf:
            raise ValueError(f"{name}: the schedule is endless, so stop must be given; write stop=1000 for updates 0 to 999")
        return first, None, length
    stop = update_index(name, "stop", stop)
    if stop < first:
        raise ValueError(f"{name}: stop must be at least first, got stop={stop!r}; raise it, or lower first")
    return first, stop, math.nan


def _run(name: str, schedules: list[Curve], first: Any, stop: Any) -> range:
    """The updates of a run, up to the length of the schedule."""
    first, stop, length = _span(name, schedules, first, stop)
    return range(first, max(first, math.ceil(length)) if stop is None else stop)


def _for_ever(name: str, schedules: list[Curve], first: Any, stop: Any) -> range:
    """The updates of a run and those at its end, which represent all later ones."""
    first, stop, length = _span(name, schedules, first, stop)
    # One more than the first at or after the end: with a fractional length, the clock of a child may round.
    return range(first, max(first, math.ceil(length) + 1) + 1 if stop is None else stop)


def _not_empty(name: str, span: range) -> range:
    if not span:
        raise ValueError(
            f"{name}: the span holds no update, got first={span.start}, stop={span.stop}; raise stop, or lower first"
        )
    return span
