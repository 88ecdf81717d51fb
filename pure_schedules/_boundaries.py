"""The search for the steps at which the formula of a schedule changes.

`_trace.decisions` gives the decisions at one step. Between two steps with different decisions the boundary is found by
bisection, over whole steps first, then down to neighbouring floats.
"""

import math
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

#: The search samples at least this many steps, and as many again within each piece found: a curve may turn twice
#: between two samples.
LOOKS, LOOKS_AGAIN = 64, 16
#: How many floats a decision may lie from its place in exact arithmetic.
ROUNDINGS = 16


def changes_of(
    decided: Callable[[float], Any], first: float, last: float, end: float = math.inf, looks: int = LOOKS
) -> Iterator[float]:
    """Each step after `first`, up to `last`, where the decisions differ from those just before.

    `end` is the length of the schedule: a clock that counts from it has its rounding.
    """
    before = first
    rounded = 0.0 if end == math.inf else math.ulp(end)
    for low, high in pairwise([*(first + (last - first) * look / looks for look in range(looks)), _beyond(last)]):
        for place in _halved(decided, low, decided(low), high, decided(high)):
            # Decisions of one boundary may lie some roundings apart.
            if before + ROUNDINGS * max(math.ulp(place), rounded) < place <= last + ROUNDINGS * math.ulp(last):
                yield from _within(decided, before, place, end)
                yield min(place, last)
            before = place
    if before > first:
        yield from _within(decided, before, last, end)


def _within(decided: Callable[[float], Any], before: float, after: float, end: float) -> Iterator[float]:
    """The same between two samples with equal decisions."""
    first, last = _beyond(before), after - 3 * ROUNDINGS * math.ulp(after)
    if first < last:
        yield from changes_of(decided, first, last, end, LOOKS_AGAIN)


def _beyond(place: float) -> float:
    return place + 2 * ROUNDINGS * math.ulp(place)


def _halved(decided: Callable[[float], Any], low: float, at_low: Any, high: float, at_high: Any) -> Iterator[float]:
    """The same between two steps, by bisection."""
    # Not recursive: bisecting from 1 down to the smallest float exceeds Python's recursion limit.
    spans = [(low, at_low, high, at_high)]
    while spans:
        low, at_low, high, at_high = spans.pop()
        if at_low == at_high:
            continue
        middle = low + (high - low) / 2
        if math.floor(low) + 1 < high:
            middle = float(max(math.floor(middle), math.floor(low) + 1))  # whole steps first
        if not low < middle < high:
            yield _round(high)
            continue
        at_middle = decided(middle)
        spans += [(middle, at_middle, high, at_high), (low, at_low, middle, at_middle)]


def _round(place: float) -> float:
    """The rounder number if it is some roundings away: 15 instead of 14.999999999999998."""
    rounder = float(f"{place:.14g}")
    return rounder if abs(rounder - place) <= ROUNDINGS * math.ulp(place) else place
