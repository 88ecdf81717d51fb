"""The parameter schedulers of pytorch-ignite 0.5.5 (`ignite.handlers`) that only count events.

**Clock.** A `ParamScheduler` is attached to ``Events.ITERATION_STARTED``, and gives its value at 0 to the first update:
the schedule at k is the value of update k. A `StateParamScheduler` counts before it computes, so its first value is the
one at 1: the schedule at k is the value of its call k, counted from 0. On ``Events.ITERATION_STARTED`` that is update
k; on ``Events.ITERATION_COMPLETED``, the default, update k + 1.

**lr.** ignite sets absolute values, of the rate or of any other parameter.

`LRScheduler` wraps a scheduler of torch: see `like.torch`. `ParamGroupScheduler` gives each group a schedule of its
own, as `param_group_setter` does.
"""

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

from pure_schedules import clocks, combinators, decays, knots, shapes
from pure_schedules._arrays import is_number
from pure_schedules._schedule import Child, Schedule, value_at
from pure_schedules.checks import (
    Condition,
    Refused,
    Rule,
    can_be_asked,
    each,
    every,
    finite,
    flag,
    increasing,
    non_negative,
    one_fewer_than,
    one_or_more,
    positive,
    schedule,
    schedules,
    some_numbers,
    whole,
)
from pure_schedules.numeric import Value, where

from ._peer import counted, peer

__all__ = [
    "ConcatScheduler",
    "CosineAnnealingScheduler",
    "ExpStateScheduler",
    "LambdaStateScheduler",
    "LinearCyclicalScheduler",
    "MultiStepStateScheduler",
    "PiecewiseLinear",
    "PiecewiseLinearStateScheduler",
    "StepStateScheduler",
    "create_lr_scheduler_with_warmup",
]


# Cycles --------------------------------------------------------------------------------------------------------------


def _triangle(*, start: Value, end: Value, steps: Value) -> Schedule:
    return combinators.join(
        [shapes.linear(start=start, end=end, steps=steps / 2), shapes.linear(start=end, end=start, steps=steps / 2)]
    )


def _cycles(
    shape: Callable[..., Schedule],
    *,
    start_value: Value,
    end_value: Value,
    cycle_size: Value,
    cycle_mult: Value,
    start_value_mult: Value,
    end_value_mult: Value,
    warmup_duration: Value,
) -> Schedule:
    """The part of the start value and the part of the end value, each multiplied from cycle to cycle by its own factor."""
    from_start = combinators.join(
        [
            shape(start=start_value, end=0.0, steps=cycle_size),
            shapes.linear(start=0.0, end=start_value * start_value_mult, steps=warmup_duration),
        ]
    )
    from_end = combinators.join(
        [
            shape(start=0.0, end=end_value, steps=cycle_size),
            shapes.linear(start=end_value, end=0.0, steps=warmup_duration),
        ]
    )
    return combinators.add(
        [
            clocks.repeat(from_start, growth=cycle_mult, factor=start_value_mult),
            clocks.repeat(from_end, growth=cycle_mult, factor=end_value_mult),
        ]
    )


_only_monotonic = Rule(
    finite.admit,
    (
        Condition(
            lambda value, others: others["monotonic"] or (is_number(value) and value == 0),
            "must be 0 where a cycle comes back to its start",
            "write monotonic=True, or leave it out",
        ),
    ),
)


@peer(
    cycle_size=positive,
    cycle_mult=one_or_more,
    start_value_mult=positive,
    end_value_mult=positive,
    warmup_duration=non_negative & _only_monotonic,
    monotonic=flag,
)
def LinearCyclicalScheduler(
    *,
    start_value: Value,
    end_value: Value,
    cycle_size: Value,
    cycle_mult: Value = 1.0,
    start_value_mult: Value = 1.0,
    end_value_mult: Value = 1.0,
    warmup_duration: Value = 0,
    monotonic: bool = False,
) -> Schedule:
    """Straight lines from the start value to the end value in each cycle, and back unless `monotonic`; endless.

        add([repeat(there and back from start_value to 0, growth=cycle_mult, factor=start_value_mult),
             repeat(there and back from 0 to end_value, growth=cycle_mult, factor=end_value_mult)])

    Args:
        start_value: value at the start of the first cycle [lr].
        end_value: value in the middle of the first cycle, or at its end if `monotonic` [lr].
        cycle_size: length of the first cycle, positive [steps].
        cycle_mult: ratio of each cycle's length to that of the one before, not below 1 [1].
        start_value_mult: ratio of each start value to the one before, positive [1].
        end_value_mult: ratio of each end value to the one before, positive [1].
        warmup_duration: length of a straight line after the first cycle to the start of the next; not negative, and only
            with `monotonic` [steps].
        monotonic: end a cycle at the end value, without returning.

    Differs:
        With a fractional `cycle_mult`, ignite truncates the length of each cycle, and computes the next from that; here
        lengths are exact. A `cycle_mult` below 1 is refused; in ignite the cycles shrink to no length, and it divides
        by zero. A cycle of one step is not refused.

    Raises:
        ValueError: `cycle_size` or one of the last two factors is not positive; `cycle_mult` is below 1; `warmup_duration`
            is negative, or not 0 without `monotonic`.

    Example:
        >>> from pure_schedules.like.ignite import LinearCyclicalScheduler
        >>> lr = LinearCyclicalScheduler(start_value=0.0, end_value=1.0, cycle_size=4, end_value_mult=0.5)
        >>> [lr(step) for step in range(9)]
        [0.0, 0.5, 1.0, 0.5, 0.0, 0.25, 0.5, 0.25, 0.0]

    Source: `LinearCyclicalScheduler` in pytorch-ignite 0.5.5, ignite/handlers/param_scheduler.py.
    """
    return _cycles(
        shapes.linear if monotonic else _triangle,
        start_value=start_value,
        end_value=end_value,
        cycle_size=cycle_size,
        cycle_mult=cycle_mult,
        start_value_mult=start_value_mult,
        end_value_mult=end_value_mult,
        warmup_duration=warmup_duration,
    )


@peer(
    cycle_size=positive,
    cycle_mult=one_or_more,
    start_value_mult=positive,
    end_value_mult=positive,
    warmup_duration=non_negative,
)
def CosineAnnealingScheduler(
    *,
    start_value: Value,
    end_value: Value,
    cycle_size: Value,
    cycle_mult: Value = 1.0,
    start_value_mult: Value = 1.0,
    end_value_mult: Value = 1.0,
    warmup_duration: Value = 0,
) -> Schedule:
    """Half a cosine wave from the start value to the end value in each cycle; endless.

        add([repeat(join([cosine(start_value, 0, cycle_size), linear(0, next start value, warmup_duration)]),
                    growth=cycle_mult, factor=start_value_mult),
             repeat(join([cosine(0, end_value, cycle_size), linear(end_value, 0, warmup_duration)]),
                    growth=cycle_mult, factor=end_value_mult)])

    Args:
        start_value: value at the start of the first cycle [lr].
        end_value: value at the end of the first cycle [lr].
        cycle_size: length of the first cycle, positive [steps].
        cycle_mult: ratio of the length of each cycle, and of the line to it, to that of the one before, not below 1 [1].
        start_value_mult: ratio of each start value to the one before, positive [1].
        end_value_mult: ratio of each end value to the one before, positive [1].
        warmup_duration: length of a straight line after the first cycle to the start of the next, not negative [steps].

    Differs:
        With a fractional `cycle_mult`, ignite truncates the length of each cycle, and computes the next from that; here
        lengths are exact. A `cycle_mult` below 1 is refused; in ignite the cycles shrink to no length, and it divides
        by zero. A cycle of one step is not refused.

    Raises:
        ValueError: `cycle_size` or one of the last two factors is not positive; `cycle_mult` is below 1; `warmup_duration`
            is negative.

    Example:
        >>> from pure_schedules.like.ignite import CosineAnnealingScheduler
        >>> lr = CosineAnnealingScheduler(start_value=1.0, end_value=0.0, cycle_size=4, start_value_mult=0.5)
        >>> [round(lr(step), 9) for step in (0, 2, 4, 6, 8)]
        [1.0, 0.5, 0.5, 0.25, 0.25]

    Source: `CosineAnnealingScheduler` in pytorch-ignite 0.5.5, ignite/handlers/param_scheduler.py.
    """
    return _cycles(
        shapes.cosine,
        start_value=start_value,
        end_value=end_value,
        cycle_size=cycle_size,
        cycle_mult=cycle_mult,
        start_value_mult=start_value_mult,
        end_value_mult=end_value_mult,
        warmup_duration=warmup_duration,
    )


# Knots, and schedules of others --------------------------------------------------------------------------------------


def _pairs_of_numbers(value: Any) -> Any:
    """A list of milestones with their values, with at least one in it."""
    refused = Refused("must be a list of pairs of numbers", "write [(milestone, value), ...]")
    try:
        pairs = tuple(map(some_numbers, value))
    except TypeError:
        raise refused from None
    if not pairs or any(len(pair) != 2 for pair in pairs):
        raise refused
    return pairs


_pairs = Rule(
    _pairs_of_numbers,
    (
        Condition(
            lambda pairs, _: every(milestone % 1 == 0 for milestone, _ in pairs if can_be_asked(milestone)),
            "must have whole numbers for milestones",
            "write [(10, value), ...]",
        ),
    ),
)


@peer(milestones_values=_pairs)
def PiecewiseLinear(*, milestones_values: Sequence[tuple[Value, Value]]) -> Schedule:
    """Straight lines between milestones, constant before the first and after the last.

        piecewise_linear(values=[values[0], *values], boundaries=milestones)

    Args:
        milestones_values: the steps, in order, each with the value reached there [steps, lr].

    Raises:
        TypeError: `milestones_values` is not a list of pairs of numbers.
        ValueError: a milestone is negative, or they are not in order.

    Example:
        >>> from pure_schedules.like.ignite import PiecewiseLinear
        >>> lr = PiecewiseLinear(milestones_values=[(2, 1.0), (6, 0.5)])
        >>> [lr(step) for step in (0, 2, 4, 6, 100)]
        [1.0, 1.0, 0.75, 0.5, 0.5]

    Source: `PiecewiseLinear` in pytorch-ignite 0.5.5, ignite/handlers/param_scheduler.py.
    """
    milestones, values = zip(*milestones_values, strict=True)
    return knots.piecewise_linear(values=[values[0], *values], boundaries=milestones)


@peer(schedulers=schedules, durations=each(non_negative & counted) & one_fewer_than("schedulers"))
def ConcatScheduler(*, schedulers: Sequence[Child], durations: Sequence[Value]) -> Schedule:
    """One schedule after another, each from its beginning and for its duration; the last one is endless.

        join(schedulers, boundaries=[durations[0], durations[0] + durations[1], ...])

    Args:
        schedulers: the schedules in their order.
        durations: length of each one but the last, not negative [steps].

    Differs:
        A schedule with a duration of 0 is skipped. In ignite it gets one step, unless it is the first.

    Raises:
        ValueError: the lists do not match in length; a duration is negative.

    Example:
        >>> from pure_schedules import constant
        >>> from pure_schedules.like.ignite import ConcatScheduler
        >>> lr = ConcatScheduler(schedulers=[constant(value=value) for value in (1.0, 2.0, 3.0)], durations=[2, 3])
        >>> [lr(step) for step in range(7)]
        [1.0, 1.0, 2.0, 2.0, 2.0, 3.0, 3.0]

    Source: `ConcatScheduler` in pytorch-ignite 0.5.5, ignite/handlers/param_scheduler.py.
    """
    return combinators.join(schedulers, boundaries=list(accumulate(durations)))


@peer(lr_scheduler=schedule, warmup_duration=whole)
def create_lr_scheduler_with_warmup(
    *,
    lr_scheduler: Child,
    warmup_start_value: Value,
    warmup_duration: int,
    warmup_end_value: Value | None = None,
) -> Schedule:
    """A linear warmup whose last update, the one before `warmup_duration`, has the end value; then the schedule.

        join([linear(warmup_start_value, warmup_end_value, warmup_duration - 1), lr_scheduler],
             boundaries=[warmup_duration - 1])

    If the schedule begins at another value than the end of the warmup, it begins one step later.

    Args:
        lr_scheduler: the schedule after the rise.
        warmup_start_value: value at step 0 [lr].
        warmup_duration: number of updates of the rise, its two ends included; a whole number above 0 [steps].
        warmup_end_value: end of the warmup; by default the first value of the schedule [lr].

    Differs:
        Without `warmup_end_value`, ignite rises to the rate of the optimizer, at which torch's schedulers begin; for
        ignite's own schedulers, give that rate. A `warmup_duration` of 1 is allowed: a warmup of one update is at its
        end.

    Raises:
        ValueError: `warmup_duration` is not a whole number above 0.

    Example:
        >>> from pure_schedules import linear
        >>> from pure_schedules.like.ignite import create_lr_scheduler_with_warmup
        >>> main = linear(start=1.0, end=0.0, steps=4)
        >>> lr = create_lr_scheduler_with_warmup(lr_scheduler=main, warmup_start_value=0.0, warmup_duration=3)
        >>> [lr(step) for step in range(7)]
        [0.0, 0.5, 1.0, 0.75, 0.5, 0.25, 0.0]
        >>> lr = create_lr_scheduler_with_warmup(
        ...     lr_scheduler=main, warmup_start_value=0.0, warmup_duration=3, warmup_end_value=0.5
        ... )
        >>> [lr(step) for step in range(5)]
        [0.0, 0.25, 0.5, 1.0, 0.75]

    Source: `create_lr_scheduler_with_warmup` in pytorch-ignite 0.5.5, ignite/handlers/param_scheduler.py.
    """
    first = value_at(lr_scheduler, 0)
    end = first if warmup_end_value is None else warmup_end_value
    rise = shapes.linear(start=warmup_start_value, end=end, steps=warmup_duration - 1)
    return combinators.join([rise, lr_scheduler], boundaries=[where(end == first, warmup_duration - 1, warmup_duration)])


# State parameters, counted from 1 ------------------------------------------------------------------------------------


@peer(gamma=positive)
def ExpStateScheduler(*, initial_value: Value, gamma: Value) -> Schedule:
    """Multiply by `gamma` at every step, the first included.

        count_from_one(exponential_decay(start=initial_value, rate=gamma))

    Args:
        initial_value: value before step 0 [lr].
        gamma: ratio of each value to the one before, positive [1].

    Differs:
        A `gamma` of 0, or below, is refused; in ignite the value is then 0 or changes its sign.

    Raises:
        ValueError: `gamma` is not positive.

    Example:
        >>> from pure_schedules.like.ignite import ExpStateScheduler
        >>> value = ExpStateScheduler(initial_value=8.0, gamma=0.5)
        >>> [value(step) for step in (0, 1, 2)]
        [4.0, 2.0, 1.0]

    Source: `ExpStateScheduler` in pytorch-ignite 0.5.5, ignite/handlers/state_param_scheduler.py.
    """
    return clocks.count_from_one(decays.exponential_decay(start=initial_value, rate=gamma))


@peer(gamma=positive, step_size=positive)
def StepStateScheduler(*, initial_value: Value, gamma: Value, step_size: Value) -> Schedule:
    """Multiply by `gamma` once every `step_size` steps, first at `step_size` - 1.

        count_from_one(step_decay(start=initial_value, factor=gamma, every=step_size))

    Args:
        initial_value: value of the first stair, which is one step shorter than the others [lr].
        gamma: ratio of each stair to the one before, positive [1].
        step_size: length of a stair, positive [steps].

    Differs:
        A `gamma` of 0, or below, is refused; in ignite the value is then 0 or changes its sign.

    Raises:
        ValueError: `gamma` or `step_size` is not positive.

    Example:
        >>> from pure_schedules.like.ignite import StepStateScheduler
        >>> value = StepStateScheduler(initial_value=8.0, gamma=0.5, step_size=3)
        >>> [value(step) for step in range(6)]
        [8.0, 8.0, 4.0, 4.0, 4.0, 2.0]

    Source: `StepStateScheduler` in pytorch-ignite 0.5.5, ignite/handlers/state_param_scheduler.py.
    """
    return clocks.count_from_one(decays.step_decay(start=initial_value, factor=gamma, every=step_size))


@peer(milestones=increasing)
def MultiStepStateScheduler(*, initial_value: Value, gamma: Value, milestones: Sequence[Value]) -> Schedule:
    """Multiply by `gamma` one step before each milestone.

        count_from_one(multi_step(start=initial_value, factor=gamma, boundaries=milestones))

    Args:
        initial_value: value of the first stair [lr].
        gamma: ratio of each stair to the one before [1].
        milestones: the calls, counted from 1, at which a new stair begins, in order [steps].

    Raises:
        ValueError: a milestone is negative, or they are not in order.

    Example:
        >>> from pure_schedules.like.ignite import MultiStepStateScheduler
        >>> value = MultiStepStateScheduler(initial_value=8.0, gamma=0.5, milestones=[3, 5])
        >>> [value(step) for step in range(6)]
        [8.0, 8.0, 4.0, 4.0, 2.0, 2.0]

    Source: `MultiStepStateScheduler` in pytorch-ignite 0.5.5, ignite/handlers/state_param_scheduler.py.
    """
    return clocks.count_from_one(knots.multi_step(start=initial_value, factor=gamma, boundaries=milestones))


@peer(milestones_values=_pairs)
def PiecewiseLinearStateScheduler(*, milestones_values: Sequence[tuple[Value, Value]]) -> Schedule:
    """Straight lines between milestones, each reached one step before its number.

        count_from_one(piecewise_linear(values=[values[0], *values], boundaries=milestones))

    Args:
        milestones_values: the calls, counted from 1 and not falling, each with the value reached there [steps, lr].

    Raises:
        TypeError: `milestones_values` is not a list of pairs of numbers.
        ValueError: a milestone is negative, or they are not in order.

    Example:
        >>> from pure_schedules.like.ignite import PiecewiseLinearStateScheduler
        >>> value = PiecewiseLinearStateScheduler(milestones_values=[(2, 1.0), (6, 0.5)])
        >>> [value(step) for step in (0, 1, 3, 5, 100)]
        [1.0, 1.0, 0.75, 0.5, 0.5]

    Source: `PiecewiseLinearStateScheduler` in pytorch-ignite 0.5.5, ignite/handlers/state_param_scheduler.py.
    """
    return clocks.count_from_one(PiecewiseLinear(milestones_values=milestones_values))


@peer(lambda_obj=schedule)
def LambdaStateScheduler(*, lambda_obj: Child) -> Schedule:
    """Any function of the number of the call, counted from 1.

        count_from_one(lambda_obj)

    Args:
        lambda_obj: a schedule, or any function of the step.

    Raises:
        TypeError: `lambda_obj` is not a function of the step.

    Example:
        >>> from pure_schedules.like.ignite import LambdaStateScheduler
        >>> LambdaStateScheduler(lambda_obj=lambda event_index: event_index * 10.0)(0)
        10.0

    Source: `LambdaStateScheduler` in pytorch-ignite 0.5.5, ignite/handlers/state_param_scheduler.py.
    """
    return clocks.count_from_one(lambda_obj)
