"""Combinators that change a schedule's clock: later, slower, backwards, repeated, in samples or epochs."""

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

from . import checks, numeric
from ._arrays import is_array, is_number, is_traced, library
from ._factory import settled_at
from ._schedule import Child, length_of, recipe, schedule
from ._trees import Node
from .checks import Condition, Rule, at_least, can_be_asked, non_negative, one_or_more, positive, schedules
from .checks import schedule as one_schedule
from .knots import batch_size_ramp, consumed
from .numeric import (
    Value,
    clamp,
    completed,
    decided_as_one,
    either,
    expm1,
    floor,
    in_double,
    is_exact,
    log1p,
    maximum,
    minimum,
    progress,
    raised,
    remainder,
    roundings,
    seamless,
    slack,
    where,
)

__all__ = [
    "count_from_one",
    "mirror",
    "on_clock",
    "repeat",
    "shift",
    "staircase",
    "stretch",
    "stretch_to",
    "warp",
    "window",
]


def _has_an_end(child: Any, _: Mapping[str, Any]) -> Any:
    length = length_of(child)
    return checks.every((length > 0, length < math.inf)) if can_be_asked(length) else True


#: A schedule with a known, finite length.
finite_schedule = Rule(
    one_schedule.admit,
    (Condition(_has_an_end, "must have an end, and a length above 0", "give one with steps"),),
)
#: Several of them.
finite_schedules = Rule(
    schedules.admit,
    (
        Condition(
            lambda value, _: checks.every(_has_an_end(item, {}) for item in value),
            "must all have an end, and a length above 0",
            "give each of them steps, such as steps=1",
        ),
    ),
)


@schedule(length=lambda schedule, steps: numeric.maximum(length_of(schedule) + steps, 0))
def shift(step: Value, schedule: Child, *, steps: Value) -> Any:
    """A schedule that begins `steps` steps later; until then it has its value at 0.

        lr(t) = schedule(max(t - steps, 0))

    Args:
        schedule: the schedule.
        steps: the delay; a negative number skips that many first steps of the schedule [steps].

    Raises:
        ValueError: `steps` is not finite.

    Example:
        >>> from pure_schedules import linear, shift
        >>> lr = shift(linear(start=0.0, end=1.0, steps=4), steps=10)
        >>> lr(10), lr(11)
        (0.0, 0.25)

    Source: `transition_begin` in optax, `Shifted` in ParameterSchedulers.jl.
    """
    return schedule(numeric.maximum(step - steps, 0))


@schedule(factor=positive, length=lambda schedule, factor: length_of(schedule) * factor)
def stretch(step: Value, schedule: Child, *, factor: Value) -> Any:
    """A schedule that takes `factor` times as long.

        lr(t) = schedule(t / factor)

    Args:
        schedule: the schedule.
        factor: ratio of the new length to the old one, positive; below 1 shortens it [1].

    Raises:
        ValueError: `factor` is not positive.

    Example:
        >>> from pure_schedules import linear, stretch
        >>> stretch(linear(start=0.0, end=1.0, steps=10), factor=2)(10)
        0.5

    Source: the scale schedule ratio of Composer.
    """
    return schedule(step / factor)


def _own_length(name: str, meant: str, given: Mapping[str, Any], *, also_none: bool = False) -> Any:
    """The length of the schedule, as the default of the hyperparameter with this name."""
    length = length_of(given["schedule"])
    if is_traced(length) and not also_none:
        library(length).require(length > 0)
    if is_number(length) and (length == math.inf or not (length or also_none)):
        raise ValueError(
            f"{name} must be given where the schedule {'is endless' if length else 'has no length'}, "
            f"got schedule={given['schedule']!r}; write {name}=... with {meant}"
        )
    return length


_period = partial(_own_length, "every", "the length of a round")
_stretched_from = partial(_own_length, "from_steps", "the length that is stretched")
_as_it_is = partial(_own_length, "steps", "the length that is meant", also_none=True)


def _rounds(given: Mapping[str, Any]) -> Any:
    """The length of all rounds together."""
    every, times, growth = given["every"], given["times"], given["growth"]
    if times is None:
        return math.inf
    every = _period(given) if every is None else every
    length = _end_of_rounds(every, times, growth)
    # Powers are computed as floats; below 2**53 they are exact.
    are_whole = all(type(number) is int for number in (every, times, growth))
    return int(length) if are_whole and length < 2**53 else length


def _end_of_rounds(every: Any, times: Any, growth: Any) -> Any:
    if is_number(growth) and growth == 1:
        return every * times
    whole = floor(times)
    start = _start_of_round(whole, every, growth)
    return where(times > whole, start + (times - whole) * every * raised(growth, whole), start)


def _last_round(times: Any) -> Any:
    """The index of the last round, which may be partial."""
    return -floor(-times) - 1


def _start_of_round(index: Any, every: Any, growth: Any, longer: Any = None) -> Any:
    """The step at which a round begins: the sum of the lengths before it. `longer` is the power, where it is known."""
    more = growth - 1
    if is_number(growth):
        if growth == 1:
            return every * index
        if growth < NEAR_ONE:
            return _sum_by_logarithm(index, every, more)
        return every * ((raised(growth, index) if longer is None else longer) - 1) / more
    near = where(growth < NEAR_ONE, more, NEAR_ONE - 1)
    near = where(near > 0, near, 1.0)
    far = where(growth < NEAR_ONE, NEAR_ONE, growth)
    of_equals = every * (
        index + more * index * (index - 1) / 2
    )  # the first terms of the sum: they give the gradient at a growth of 1
    # A power that `where` does not choose must be finite, or its gradient is nan.
    in_near, in_far = where(growth > 1, where(growth < NEAR_ONE, index, 0.0), 0.0), where(growth < NEAR_ONE, 0.0, index)
    return where(
        growth < NEAR_ONE,
        where(growth > 1, _sum_by_logarithm(in_near, every, near), of_equals),
        every * (far**in_far - 1) / (far - 1),
    )


#: Up to this growth, the power minus 1 is inaccurate.
NEAR_ONE = 1.25


def _sum_by_logarithm(index: Any, every: Any, more: Any) -> Any:
    return every * expm1(index * log1p(more)) / more


def _missing(step: Any, every: Any, growth: Any) -> Any:
    """The relative rounding error of the start of a round."""
    return 0 if is_exact(every) and is_exact(growth) and growth >= NEAR_ONE else roundings(step, every, growth)


def _round_at(step: Any, every: Any, growth: Any, last: Any) -> Any:
    """The index of the round that a step is in; `last` is the index of the last one."""
    if is_number(growth) and growth == 1:
        index = completed(step, every)
    else:
        more = growth - 1 if is_number(growth) else where(growth > 1, growth - 1, 1.0)
        index = log1p(step / every * more) / log1p(more)
        # Correct, or one too many: the start of the round decides.
        index = floor((index if is_number(growth) else where(growth > 1, index, step / every)) + 0.5)
        start = _start_of_round(index, every, growth)
        index = where(start - step > _missing(step, every, growth) * start, index - 1, index)
    return index if last is None else minimum(index, last)


@schedule(
    times=positive,
    every=positive.or_else(_period),
    growth=one_or_more,
    factor=positive,
    length=lambda **given: _rounds(given),
)
def repeat(
    step: Value,
    schedule: Child,
    *,
    times: Value | None = None,
    every: Value | None = None,
    growth: Value = 1.0,
    factor: Value = 1.0,
) -> Any:
    """A schedule repeated in rounds, each of which may be longer and lower than the one before.

        lr(t) = factor ** i * schedule((t - s[i]) / growth ** i),    i = the index of the round,
        s[i] = every * (1 + growth + ... + growth ** (i - 1));    after the last round its last value

    Args:
        schedule: the schedule.
        times: number of rounds, positive; by default endless [1].
        every: length of the first round, positive; by default the length of the schedule [steps].
        growth: ratio of each round's length to that of the one before, 1 or more [1].
        factor: ratio of each round's values to those of the one before, positive [1].

    Raises:
        ValueError: `every`, `times` or `factor` is not positive; `growth` is below 1; `every` is missing, and the schedule
            is endless.

    Example:
        >>> from pure_schedules import linear, repeat
        >>> lr = repeat(linear(start=1.0, end=0.0, steps=4), times=2, factor=0.5)
        >>> [lr(step) for step in (0, 1, 3, 4, 5, 8, 100)]
        [1.0, 0.75, 0.25, 0.5, 0.375, 0.0, 0.0]

    Source: Loshchilov & Hutter 2017, SGDR, section 3, https://arxiv.org/abs/1608.03983; `Loop` in ParameterSchedulers.jl.
    """
    assert every is not None  # made when bound
    length = where(every > 0, every, 1) if is_array(every) else every
    # Tensors are rounds of any length.
    are_equal = checks.every((growth == 1, factor == 1)) if can_be_asked(growth, factor) else False
    if are_equal is True:
        return schedule(_in_equal_rounds(step, length, times))
    rounds = partial(_in_rounds, step, length, times, growth)
    if are_equal is False:
        index, local = rounds()
        return raised(factor, index) * schedule(local)
    # In a trace only the position within the round is decided, so that the schedule is evaluated in one place.
    local = either(are_equal, lambda: _in_equal_rounds(step, length, times), lambda: rounds()[1])
    return either(are_equal, lambda: 1.0, lambda: raised(factor, rounds()[0])) * schedule(local)


def _in_equal_rounds(step: Value, every: Value, times: Value | None) -> Any:
    """The step within its round, for rounds of equal length."""
    if times is None:
        return remainder(step, every)
    end = 1.0 * every * times  # a float: it may be more than a library counts in 32 bits
    is_before = step < end * (1 - slack(every, step))
    return where(is_before, remainder(minimum(step, end), every), every * (times - _last_round(times)))


def _in_rounds(step: Value, every: Value, times: Value | None, growth: Value) -> tuple[Any, ...]:
    """The index of the round that a step is in, and the step within it."""
    are_exact = is_exact(every) and is_number(growth) and growth == 1
    placed = partial(_placed, times=times)
    return placed(step, every, growth) if are_exact else in_double(placed, step, every, growth)


def _placed(step: Value, every: Value, growth: Value, *, times: Value | None) -> tuple[Any, Any]:
    """The index of the round that a step is in, and the step within it, scaled to the first round."""
    last = None if times is None else _last_round(times)
    index = decided_as_one(step, lambda: _round_at(step, every, growth, last))
    longer = raised(growth, index)
    start = _start_of_round(index, every, growth, longer)
    # Only rounding leaves the range of a round.
    local = seamless(step, lambda: clamp((step - start) / longer, 0, every))
    if last is None:
        return index, local
    end = _end_of_rounds(every, times, growth)
    missing = slack(every, step) if is_number(growth) and growth == 1 else _missing(step, every, growth)
    return index, where(step < end * (1 - missing), local, every * (times - last))


@recipe
def count_from_one(schedule: Child) -> Any:
    """A schedule for updates counted from 1: the first update gets its value at 1.

        lr(t) = schedule(t + 1)

    A warmup ``linear(start=0, end=peak, steps=W)`` becomes ``peak * (t + 1) / W``: it is not 0 at the first update, and
    reaches the peak one update earlier.

    Args:
        schedule: the schedule.

    Raises:
        TypeError: `schedule` is not a schedule.

    Example:
        >>> from pure_schedules import count_from_one, linear
        >>> lr = count_from_one(linear(start=0.0, end=1.0, steps=4))
        >>> [lr(step) for step in (0, 1, 3, 4)]
        [0.25, 0.5, 1.0, 1.0]

    Source: the warmups of torchtitan, open_clip and nanochat.
    """
    return shift(schedule, steps=-1)


@schedule(steps=positive, from_steps=positive.or_else(_stretched_from))
def stretch_to(step: Value, schedule: Child, *, steps: Value, from_steps: Value | None = None) -> Any:
    """A schedule stretched to `steps` steps, then constant.

        lr(t) = schedule(min(t, steps) * from_steps / steps)

    Args:
        schedule: the schedule.
        steps: its new length, positive [steps].
        from_steps: the number of its own steps that are stretched, positive; by default its length [steps].

    Raises:
        ValueError: `steps` or `from_steps` is not positive; `from_steps` is missing, and the schedule is endless, or no
            length.

    Example:
        >>> from pure_schedules import linear, stretch_to
        >>> stretch_to(linear(start=0.0, end=1.0, steps=10), steps=40)(10)
        0.25

    Source: `scale_schedule_ratio` of Composer.
    """
    assert from_steps is not None  # made when bound
    # Multiply first, and take the end exactly: a whole step stays whole, and the last step stays the last.
    return schedule(where(step < steps, step * from_steps / steps, from_steps))


def _to_the_next_stair(schedule: Any, every: Any) -> Any:
    length = length_of(schedule)
    if is_number(length) and length == math.inf:
        return length
    last = completed(length, every) * every
    return where(last < length, last + every, last)


@schedule(every=positive, length=_to_the_next_stair)
def staircase(step: Value, schedule: Child, *, every: Value) -> Any:
    """A schedule that changes only once every `every` steps: once an epoch, for instance.

        lr(t) = schedule(floor(t / every) * every)

    Args:
        schedule: the schedule.
        every: length of each stair, positive [steps].

    Raises:
        ValueError: `every` is not positive.

    Example:
        >>> from pure_schedules import linear, staircase
        >>> lr = staircase(linear(start=1.0, end=0.0, steps=40), every=10)
        >>> [lr(step) for step in (0, 9, 10, 39, 40)]
        [1.0, 1.0, 0.75, 0.25, 0.0]

    Source: `staircase` of optax and Keras; schedules that torch's users step once an epoch.
    """
    return schedule(completed(step, every) * every)


def _length_or(schedule: Any, steps: Any, **_: Any) -> Any:
    return length_of(schedule) if steps is None else steps


@schedule(power=positive, steps=positive.or_else(_as_it_is), length=_length_or)
def warp(step: Value, schedule: Child, *, power: Value, steps: Value | None = None) -> Any:
    """A schedule on a clock that runs slowly at first and fast at the end, or the reverse, then constant.

        lr(t) = schedule(steps * min(t / steps, 1) ** power)

    Args:
        schedule: the schedule.
        power: exponent of the clock, positive: above 1 it is slow at the beginning, below 1 fast [1].
        steps: length, positive; by default the length of the schedule [steps].

    Raises:
        ValueError: `power` or `steps` is not positive; `steps` is missing, and the schedule is endless.

    Example:
        >>> from pure_schedules import linear, warp
        >>> lr = warp(linear(start=1.0, end=0.0, steps=10), power=2)
        >>> [lr(step) for step in (0, 5, 10)]
        [1.0, 0.75, 0.0]

    Source: Zhang & Li 2020, k-decay: A New Method for Learning Rate Schedule, https://arxiv.org/abs/2004.05909.
    """
    assert steps is not None  # made when bound
    return schedule(steps * numeric.power(progress(step, steps), power))


@schedule(steps=non_negative.or_else(_as_it_is), length=_length_or)
def mirror(step: Value, schedule: Child, *, steps: Value | None = None) -> Any:
    """A schedule run backwards, from its end to its beginning, then constant.

        lr(t) = schedule(steps - min(t, steps))

    A schedule forth and back is ``join([schedule, mirror(schedule)])``; `repeat` makes it endless.

    Args:
        schedule: the schedule.
        steps: the step to start from, not negative; by default the length of the schedule [steps].

    Raises:
        ValueError: `steps` is negative; it is missing, and the schedule is endless.

    Example:
        >>> from pure_schedules import linear, mirror
        >>> lr = mirror(linear(start=0.0, end=1.0, steps=4))
        >>> [lr(step) for step in (0, 1, 4, 100)]
        [1.0, 0.75, 0.0, 0.0]

    Source: `reverse` and `symmetric` in ParameterSchedulers.jl.
    """
    assert steps is not None  # made when bound
    return schedule(steps - minimum(step, steps))


@schedule(first=non_negative, stop=non_negative & at_least("first"), length=lambda schedule, first, stop, outside: stop)
def window(step: Value, schedule: Child, *, first: Value, stop: Value, outside: Value = 0.0) -> Any:
    """A schedule from step `first` up to, but not including, `stop`; elsewhere the value `outside`.

        lr(t) = schedule(t) if first <= t < stop else outside

    Args:
        schedule: the schedule, not shifted to `first`.
        first: first step of the window, not negative [steps].
        stop: first step after the window, not below `first` [steps].
        outside: value before and after the window: use 0 in a sum, 1 in a product [lr].

    Raises:
        ValueError: `first` is negative; `stop` is below `first`.

    Example:
        >>> from pure_schedules import constant, window
        >>> lr = window(constant(value=0.5), first=10, stop=20, outside=1.0)
        >>> [lr(step) for step in (9, 10, 19, 20)]
        [1.0, 0.5, 0.5, 1.0]

    Source: `begin` and `end` of MMEngine's schedulers; `noise_range` in timm.
    """
    value = schedule(clamp(step, first, stop))
    return where(step < first, outside, where(step < stop, value, outside))


def _counts(clock: Any, _: Mapping[str, Any]) -> bool:
    return not (isinstance(clock, Node) and clock.factory is batch_size_ramp)


#: A clock that counts what was consumed so far, and not the size of each batch.
_clock = Rule(
    one_schedule.admit,
    (
        Condition(
            _counts,
            "must count what was consumed so far, not give the size of each batch",
            "write consumed_by(...) around the ramp",
        ),
    ),
)


def _when_it_ends(schedule: Any, clock: Any) -> Any:
    """The step at which the clock reaches the end of the schedule; the end of the clock if that cannot be found."""
    end, last = settled_at(schedule), length_of(clock)
    counted = clock.composition if isinstance(clock, Node) else None
    if counted is None or counted.factory is not consumed or (is_number(end) and end == math.inf):
        return last
    sizes, boundaries = counted.arguments["sizes"], counted.arguments["boundaries"]
    stages: list[tuple[Any, Any]] = []
    taken: Any = 0
    for size, first, stop in zip(sizes, (0, *boundaries), (*boundaries, math.inf), strict=True):
        at_end = first + (end - taken) / where(size > 0, size, 1)
        taken = taken + size * (stop - first) if stop is not math.inf else where(size > 0, math.inf, taken)
        stages.append((taken, at_end))
    for reached, at_end in reversed(stages):
        last = where(end <= reached, at_end, last)
    return int(last) if is_number(last) and type(end) is int and last % 1 == 0 else last


@schedule(clock=_clock, length=_when_it_ends)
def on_clock(step: Value, schedule: Child, clock: Child) -> Any:
    """A schedule in the units of a clock: tokens, samples, epochs, or any count that is not negative.

        lr(t) = schedule(clock(t))

    Args:
        schedule: the schedule, in the units of the clock.
        clock: the count before update t, such as `consumed`, or `consumed_by` a ramp of batch sizes.

    Raises:
        TypeError: an argument is not a schedule.
        ValueError: the clock is a ramp of batch sizes.

    Example:
        >>> from pure_schedules import consumed, linear, on_clock
        >>> samples = consumed(sizes=[100, 200], boundaries=[10])  # 100 a step, and 200 from step 10 on
        >>> lr = on_clock(linear(start=1.0, end=0.0, steps=2000), samples)
        >>> [lr(step) for step in (0, 10, 15)]
        [1.0, 0.5, 0.0]

    Source: Megatron-LM and the Power Scheduler, which count samples and tokens.
    """
    return schedule(maximum(clock(step), 0))
