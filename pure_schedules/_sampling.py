"""What pictures, queries and averages ask a curve for: its values at some steps, and its length.

A curve that gives no numbers, and a step that is no whole number, are refused in the name of the function that asked.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import Any, NoReturn, TypeAlias

from ._arrays import as_number, is_array, is_number
from ._schedule import length_of
from .checks import Refused, a_schedule

__all__ = ["Curve", "check_curve", "exact_sum", "length_as_float", "nearest_float", "samples", "update_index", "values"]

#: A schedule, or any function of the step.
Curve: TypeAlias = Callable[[Any], Any]


def check_curve(name: str, schedule: Any) -> None:
    """That this is a schedule or a function of the step; `name` is that of the function that asks."""
    try:
        a_schedule(schedule)
    except Refused as refused:
        raise TypeError(f"{name}: schedule {refused.rule}, got {schedule!r}; {refused.advice}") from None


def update_index(name: str, which: str, value: Any) -> int:
    """A whole number from 0 on, such as the first update that is asked about; `which` is its own name."""
    number = as_number(value)
    if type(number) is not int:
        raise TypeError(f"{name}: {which} must be a whole number, got {which}={value!r}; updates are counted 0, 1, 2 ...")
    if number < 0:
        raise ValueError(f"{name}: {which} must not be negative, got {which}={value!r}; the first update is 0")
    return number


def values(name: str, schedule: Curve, steps: Iterable[float]) -> Iterator[Any]:
    """The values at these steps as they come: numbers, or the arrays that hyperparameters which are arrays make of them."""
    for step in steps:
        value = as_number(schedule(step))
        if not is_array(value):
            value = _as_float(name, schedule, value, step)
            if value != value:
                _refuse_nan(name, schedule, step)
        yield value


def samples(name: str, schedule: Curve, steps: Iterable[float]) -> Iterator[float]:
    """The values at these steps, each of them a number; `name` is that of the function that asks for them."""
    for step in steps:
        value = schedule(step)
        if type(value) is not float:
            value = _as_float(name, schedule, value, step)
        if value != value:
            _refuse_nan(name, schedule, step)
        yield value


def _as_float(name: str, schedule: Curve, value: Any, step: float) -> float:
    given = value
    value = as_number(value)
    if is_array(value):
        if math.prod(value.shape) != 1:
            raise TypeError(
                f"{name}: a schedule must give one number at each step, got {math.prod(value.shape)} at step {step!r}; "
                "its hyperparameters are batched: ask about each row, with hyperparameters that are single numbers"
            )
        value = value.item()
    if not is_number(value):
        raise TypeError(
            f"{name}: a schedule must give one real number at each step, got {given!r} from {schedule!r} at step {step!r}; "
            "return a float"
        )
    return float(value)


def _refuse_nan(name: str, schedule: Curve, step: float) -> NoReturn:
    raise ValueError(
        f"{name}: a schedule must give a number at each step, got nan from {schedule!r} at step {step!r}; "
        "ask about the updates before it, or mend the function"
    )


def exact_sum(name: str, read: Callable[[], Iterable[float]]) -> float | Fraction:
    """The sum of the values that `read` gives, each time from the first on, rounded once or not at all."""
    try:
        return math.fsum(read())
    except (OverflowError, ValueError):  # too large on the way, or infinite both ways
        exact, infinite = Fraction(), set[float]()
        for value in read():
            if math.isinf(value):
                infinite.add(value)
            else:
                exact += Fraction(value)
    if len(infinite) == 2:
        raise ValueError(
            f"{name}: a schedule must not be infinite both ways to be summed, got inf and -inf; "
            "ask about the updates between them, or mend the function"
        )
    return infinite.pop() if infinite else exact


def nearest_float(exact: float | Fraction) -> float:
    """A number as a float, infinite where it is larger than all of them."""
    try:
        return float(exact)
    except OverflowError:
        return math.inf if exact > 0 else -math.inf


def length_as_float(name: str, schedule: Curve) -> float:
    """The length in steps, infinite where there is no end; `name` is that of the function that asks for it."""
    length = length_of(schedule)
    if is_array(length):
        if math.prod(length.shape) != 1:
            raise TypeError(
                f"{name}: the schedule has {math.prod(length.shape)} lengths, and one is needed; "
                "its hyperparameters are batched: ask about each row, with hyperparameters that are single numbers"
            )
        length = length.item()
    return float(length)
