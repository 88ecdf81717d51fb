"""The schedules of Hugging Face Transformers 5.23.0, under its names, parameters and defaults.

Clock: update k, counted from 0, takes the value at k. `num_training_steps` is the length of the run, warmup included;
a warmup as long as the run, or longer, is not refused.

In Transformers a schedule is a factor of the optimizer's rate. Here `lr` is that rate: with it the schedule is the rate
itself; without it the schedule is the factor. With an absolute floor (`lr_end`, `min_lr`) other than 0, `lr` is
required.

The cosines rise again after their end, as in Transformers; `warmup_cosine` and `cosine_restarts` stay down. The one
schedule of diffusers that Transformers lacks is here too. Schedulers that follow a metric (`reduce_lr_on_plateau`,
`greedy`) are not functions of the step.
"""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from pure_schedules import clocks, combinators, decays, knots, recipes, shapes
from pure_schedules._factory import Factory
from pure_schedules._schedule import Schedule
from pure_schedules.checks import (
    Condition,
    Refused,
    Rule,
    a_word,
    at_least,
    finite,
    fraction,
    non_negative,
    one_of,
    positive,
    whole,
)
from pure_schedules.numeric import Value, floor, maximum, where

from .._trees import briefly
from . import deepspeed
from ._peer import peer, rate_beside
from ._settings import Default, Settings, length_of_run, refuse_two_lengths

__all__ = [
    "get_constant_schedule",
    "get_constant_schedule_with_warmup",
    "get_cosine_schedule_with_warmup",
    "get_cosine_with_hard_restarts_schedule_with_warmup",
    "get_cosine_with_min_lr_schedule_with_warmup",
    "get_cosine_with_min_lr_schedule_with_warmup_lr_rate",
    "get_inverse_sqrt_schedule",
    "get_linear_schedule_with_warmup",
    "get_piecewise_constant_schedule",
    "get_polynomial_decay_schedule_with_warmup",
    "get_scheduler",
    "get_wsd_schedule",
]


# What several share --------------------------------------------------------------------------------------------------


def _after_warmup(schedule: Schedule, lr: Value, num_warmup_steps: Value) -> Schedule:
    """A linear warmup from 0 to `lr`, then a schedule on its own clock."""
    return combinators.join([shapes.linear(start=0.0, end=lr, steps=num_warmup_steps), schedule])


def _waves(start: Value, end: Value, steps: Value, num_cycles: Value) -> Schedule:
    """A cosine with `num_cycles` waves in `steps` steps, endless; 0 steps count as 1."""
    return decays.sinusoid(start=start, end=end, period=maximum(steps, 1) / num_cycles)


def _floor(lr: Value, min_lr: Value | None, min_lr_rate: Value | None) -> Value:
    """The floor, from the one of the two that was given."""
    if min_lr is None and min_lr_rate is not None:
        return lr * min_lr_rate
    if min_lr is not None and min_lr_rate is None:
        return min_lr
    raise ValueError(
        f"one of min_lr and min_lr_rate must be given, and not both, got min_lr={min_lr!r} and min_lr_rate={min_lr_rate!r}; "
        "write min_lr_rate=0.1 for a floor at a tenth of the peak"
    )


_NUMBER = r"\s*\d*\.?\d+(?:e-?\d+)?\s*"
_step_rules = Rule(
    a_word,
    (
        Condition(
            lambda value, _: re.fullmatch(rf"(?:{_NUMBER}:\s*\d+\s*,)*{_NUMBER}", value) is not None,
            "must be factors with the step at which each ends, and the last alone",
            "write '1:10,0.1:20,0.01'",
        ),
    ),
)


# Schedules -----------------------------------------------------------------------------------------------------------


@peer()
def get_constant_schedule(*, lr: Value = 1.0) -> Schedule:
    """The same rate at every step.

        constant(lr)

    Args:
        lr: the rate of the optimizer; with 1.0 the schedule is a factor [lr].

    Raises:
        ValueError: `lr` is not finite.

    Example:
        >>> from pure_schedules.like.transformers import get_constant_schedule
        >>> get_constant_schedule(lr=0.1)(100)
        0.1

    Source: Transformers 5.23.0, `get_constant_schedule` in `transformers/optimization.py`.
    """
    return shapes.constant(value=lr)


@peer(num_warmup_steps=non_negative)
def get_constant_schedule_with_warmup(*, num_warmup_steps: Value, lr: Value = 1.0) -> Schedule:
    """A linear warmup from 0, then constant.

        join([linear(0, lr, num_warmup_steps), constant(lr)])

    Args:
        num_warmup_steps: length of the warmup, not negative [steps].
        lr: the rate of the optimizer; with 1.0 the schedule is a factor [lr].

    Raises:
        ValueError: `num_warmup_steps` is negative.

    Example:
        >>> from pure_schedules.like.transformers import get_constant_schedule_with_warmup
        >>> lr = get_constant_schedule_with_warmup(num_warmup_steps=10)
        >>> [lr(step) for step in (0, 5, 10, 100)]
        [0.0, 0.5, 1.0, 1.0]

    Source: Transformers 5.23.0, `get_constant_schedule_with_warmup` in `transformers/optimization.py`.
    """
    return _after_warmup(shapes.constant(value=lr), lr, num_warmup_steps)


@peer(num_warmup_steps=non_negative, num_training_steps=non_negative)
def get_linear_schedule_with_warmup(*, num_warmup_steps: Value, num_training_steps: Value, lr: Value = 1.0) -> Schedule:
    """A linear warmup from 0, then a linear decay to 0 at the end of the run.

        join([linear(0, lr, num_warmup_steps), linear(lr, 0, max(num_training_steps - num_warmup_steps, 0))])

    Args:
        num_warmup_steps: length of the warmup, not negative [steps].
        num_training_steps: length of the run, warmup included [steps].
        lr: the rate of the optimizer; with 1.0 the schedule is a factor [lr].

    Raises:
        ValueError: a length is negative.

    Example:
        >>> from pure_schedules.like.transformers import get_linear_schedule_with_warmup
        >>> lr = get_linear_schedule_with_warmup(num_warmup_steps=10, num_training_steps=30)
        >>> [lr(step) for step in (0, 5, 10, 20, 30, 100)]
        [0.0, 0.5, 1.0, 0.5, 0.0, 0.0]

    Source: Transformers 5.23.0, `get_linear_schedule_with_warmup` in `transformers/optimization.py`.
    """
    decay = shapes.linear(start=lr, end=0.0, steps=maximum(num_training_steps - num_warmup_steps, 0))
    return _after_warmup(decay, lr, num_warmup_steps)


@peer(num_warmup_steps=non_negative, num_training_steps=non_negative, num_cycles=positive)
def get_cosine_schedule_with_warmup(
    *, num_warmup_steps: Value, num_training_steps: Value, num_cycles: Value = 0.5, lr: Value = 1.0
) -> Schedule:
    """A linear warmup from 0, then cosine waves between `lr` and 0 that continue after the run.

        join([linear(0, lr, num_warmup_steps),
              sinusoid(lr, 0, max(num_training_steps - num_warmup_steps, 1) / num_cycles)])

    With the default of half a wave it is at 0 at the end of the run, and from there on rises again.

    Args:
        num_warmup_steps: length of the warmup, not negative [steps].
        num_training_steps: length of the run, warmup included [steps].
        num_cycles: number of waves from the warmup to the end of the run, positive; 0.5 only falls [1].
        lr: the rate of the optimizer; with 1.0 the schedule is a factor [lr].

    Raises:
        ValueError: a length is negative, or `num_cycles` is not positive.

    Example:
        >>> from pure_schedules.like.transformers import get_cosine_schedule_with_warmup
        >>> lr = get_cosine_schedule_with_warmup(num_warmup_steps=10, num_training_steps=110)
        >>> [round(lr(step), 9) for step in (0, 5, 10, 60, 110, 160)]
        [0.0, 0.5, 1.0, 0.5, 0.0, 0.5]

    Source: Transformers 5.23.0, `get_cosine_schedule_with_warmup` in `transformers/optimization.py`.
    """
    return _after_warmup(_waves(lr, 0.0, num_training_steps - num_warmup_steps, num_cycles), lr, num_warmup_steps)


@peer(num_warmup_steps=non_negative, num_training_steps=non_negative, num_cycles=whole)
def get_cosine_with_hard_restarts_schedule_with_warmup(
    *, num_warmup_steps: Value, num_training_steps: Value, num_cycles: int = 1, lr: Value = 1.0
) -> Schedule:
    """A linear warmup from 0, then equal half cosine waves from `lr` to 0, then 0.

        join([linear(0, lr, num_warmup_steps), *[cosine(lr, 0, rest / num_cycles)] * num_cycles],
             boundaries=[num_warmup_steps + rest * i / num_cycles for i in range(num_cycles)]),
        rest = max(num_training_steps - num_warmup_steps, 1)

    Args:
        num_warmup_steps: length of the warmup, not negative [steps].
        num_training_steps: length of the run, warmup included [steps].
        num_cycles: number of waves, a whole number above 0 [1].
        lr: the rate of the optimizer; with 1.0 the schedule is a factor [lr].

    Differs:
        A restart that falls on an update is at the peak there. Transformers rounds, and is at the bottom of the wave
        before it at some of them, if there are many: at update 29 of 50 in 50 waves.

    Raises:
        ValueError: a length is negative, or `num_cycles` is not a whole number above 0.

    Example:
        >>> from pure_schedules.like.transformers import get_cosine_with_hard_restarts_schedule_with_warmup
        >>> lr = get_cosine_with_hard_restarts_schedule_with_warmup(
        ...     num_warmup_steps=10, num_training_steps=50, num_cycles=2
        ... )
        >>> [round(lr(step), 9) for step in (5, 10, 20, 30, 40, 50)]
        [0.5, 1.0, 0.5, 1.0, 0.5, 0.0]

    Source: Transformers 5.23.0, `get_cosine_with_hard_restarts_schedule_with_warmup` in `transformers/optimization.py`.
    """
    rest = maximum(num_training_steps - num_warmup_steps, 1)
    waves = [shapes.cosine(start=lr, end=0.0, steps=rest / num_cycles)] * num_cycles
    return combinators.join(
        [shapes.linear(start=0.0, end=lr, steps=num_warmup_steps), *waves],
        boundaries=[num_warmup_steps + rest * index / num_cycles for index in range(num_cycles)],
    )


@peer(
    num_warmup_steps=non_negative,
    num_training_steps=non_negative,
    lr_end=non_negative & rate_beside("lr"),
    power=positive,
    lr=finite & at_least("lr_end"),
)
def get_polynomial_decay_schedule_with_warmup(
    *, num_warmup_steps: Value, num_training_steps: Value, lr_end: Value = 1e-7, power: Value = 1.0, lr: Value | None = None
) -> Schedule:
    """A linear warmup from 0, then a power of the remaining fraction of the run, down to `lr_end`.

        join([linear(0, lr, num_warmup_steps),
              polynomial(lr, lr_end, max(num_training_steps - num_warmup_steps, 0), power)])

    Args:
        num_warmup_steps: length of the warmup, not negative [steps].
        num_training_steps: length of the run, warmup included [steps].
        lr_end: value from `num_training_steps` on, not above `lr` [lr].
        power: exponent, positive; 1 is a straight line [1].
        lr: the rate of the optimizer, required unless `lr_end` is 0 [lr].

    Differs:
        A warmup as long as the run ends at `lr_end`. Transformers divides by zero at that update.

    Raises:
        ValueError: a length is negative, `power` is not positive, or `lr_end` is above `lr`.

    Example:
        >>> from pure_schedules.like.transformers import get_polynomial_decay_schedule_with_warmup
        >>> lr = get_polynomial_decay_schedule_with_warmup(
        ...     num_warmup_steps=10, num_training_steps=30, lr_end=0.0, power=2.0, lr=0.4
        ... )
        >>> [lr(step) for step in (5, 10, 20, 30, 100)]
        [0.2, 0.4, 0.1, 0.0, 0.0]

    Source: Transformers 5.23.0, `get_polynomial_decay_schedule_with_warmup` in `transformers/optimization.py`.
    """
    lr = 1.0 if lr is None else lr
    rest = maximum(num_training_steps - num_warmup_steps, 0)
    return _after_warmup(shapes.polynomial(start=lr, end=lr_end, steps=rest, power=power), lr, num_warmup_steps)


@peer(num_warmup_steps=non_negative, timescale=positive)
def get_inverse_sqrt_schedule(*, num_warmup_steps: Value, timescale: Value | None = None, lr: Value = 1.0) -> Schedule:
    """A linear warmup from 0, then one over the square root of the step; endless.

        join([linear(0, lr, num_warmup_steps), inverse_sqrt(lr, timescale)])

    Args:
        num_warmup_steps: length of the warmup, not negative [steps].
        timescale: how long it stays near the peak, positive; by default the length of the warmup, or 10,000 without one
            [steps].
        lr: the rate of the optimizer; with 1.0 the schedule is a factor [lr].

    Raises:
        ValueError: `num_warmup_steps` is negative, or `timescale` is not positive.

    Example:
        >>> from pure_schedules.like.transformers import get_inverse_sqrt_schedule
        >>> lr = get_inverse_sqrt_schedule(num_warmup_steps=100)
        >>> [lr(step) for step in (50, 100, 400)]
        [0.5, 1.0, 0.5]

    Source: Transformers 5.23.0, `get_inverse_sqrt_schedule` in `transformers/optimization.py`.
    """
    usual = where(num_warmup_steps > 0, num_warmup_steps, 10_000)
    decay = decays.inverse_sqrt(peak=lr, timescale=usual if timescale is None else timescale)
    return _after_warmup(decay, lr, num_warmup_steps)


@peer(
    num_warmup_steps=non_negative,
    num_training_steps=non_negative,
    num_cycles=positive,
    min_lr=non_negative & rate_beside("lr"),
    min_lr_rate=non_negative,
)
def get_cosine_with_min_lr_schedule_with_warmup(
    *,
    num_warmup_steps: Value,
    num_training_steps: Value,
    num_cycles: Value = 0.5,
    min_lr: Value | None = None,
    min_lr_rate: Value | None = None,
    lr: Value | None = None,
) -> Schedule:
    """A linear warmup from 0, then cosine waves between `lr` and a floor that continue after the run.

        join([linear(0, lr, num_warmup_steps),
              sinusoid(lr, floor, max(num_training_steps - num_warmup_steps, 1) / num_cycles)]),
        floor = min_lr, or lr * min_lr_rate

    Args:
        num_warmup_steps: length of the warmup, not negative [steps].
        num_training_steps: length of the run, warmup included [steps].
        num_cycles: number of waves from the warmup to the end of the run, positive; 0.5 only falls [1].
        min_lr: the floor as a rate, not negative; with it `lr` must be given [lr].
        min_lr_rate: the floor as a factor of `lr`, not negative; give exactly one of the two [1].
        lr: the rate of the optimizer; with 1.0 the schedule is a factor [lr].

    Raises:
        ValueError: a length or a floor is negative, or `num_cycles` is not positive; neither floor is given, or both.

    Example:
        >>> from pure_schedules.like.transformers import get_cosine_with_min_lr_schedule_with_warmup
        >>> lr = get_cosine_with_min_lr_schedule_with_warmup(
        ...     num_warmup_steps=10, num_training_steps=110, min_lr_rate=0.2
        ... )
        >>> [round(lr(step), 9) for step in (0, 5, 10, 60, 110, 160)]
        [0.0, 0.5, 1.0, 0.6, 0.2, 0.6]

    Source: Transformers 5.23.0, `get_cosine_with_min_lr_schedule_with_warmup` in `transformers/optimization.py`.
    """
    lr = 1.0 if lr is None else lr
    floor = _floor(lr, min_lr, min_lr_rate)
    return _after_warmup(_waves(lr, floor, num_training_steps - num_warmup_steps, num_cycles), lr, num_warmup_steps)


@peer(
    num_warmup_steps=non_negative,
    num_training_steps=non_negative,
    num_cycles=positive,
    min_lr=non_negative & rate_beside("lr"),
    min_lr_rate=non_negative,
    warmup_lr_rate=non_negative,
)
def get_cosine_with_min_lr_schedule_with_warmup_lr_rate(
    *,
    num_warmup_steps: Value,
    num_training_steps: Value,
    num_cycles: Value = 0.5,
    min_lr: Value | None = None,
    min_lr_rate: Value | None = None,
    warmup_lr_rate: Value | None = None,
    lr: Value | None = None,
) -> Schedule:
    """A rise to `lr` at the last update of the warmup, then cosine waves from `lr` to a floor, counted from 1.

        join([rise, count_from_one(sinusoid(lr, floor, max(num_training_steps - num_warmup_steps, 1) / num_cycles))],
             boundaries=[num_warmup_steps]),
        rise = linear(lr * warmup_lr_rate, lr, max(num_warmup_steps - 1, 1)),
               or count_from_one(linear(0, lr, num_warmup_steps)) without a warmup_lr_rate,
        floor = min_lr, or lr * min_lr_rate

    Unlike in the other schedules of Transformers the rate is `lr` at update ``num_warmup_steps - 1``, already one step
    below it at the next, and on the floor at the last update of the run. Then it rises again.

    Args:
        num_warmup_steps: length of the warmup, not negative [steps].
        num_training_steps: length of the run, warmup included [steps].
        num_cycles: number of waves from the warmup to the end of the run, positive; 0.5 only falls [1].
        min_lr: the floor as a rate, not negative; with it `lr` must be given [lr].
        min_lr_rate: the floor as a factor of `lr`, not negative; give exactly one of the two [1].
        warmup_lr_rate: start of the warmup, as a factor of `lr`, not negative; one step of it if left out [1].
        lr: the rate of the optimizer; with 1.0 the schedule is a factor [lr].

    Raises:
        ValueError: a length or a factor is negative, or `num_cycles` is not positive; neither floor is given, or both.

    Example:
        >>> from pure_schedules.like.transformers import get_cosine_with_min_lr_schedule_with_warmup_lr_rate
        >>> lr = get_cosine_with_min_lr_schedule_with_warmup_lr_rate(
        ...     num_warmup_steps=10, num_training_steps=110, min_lr_rate=0.2
        ... )
        >>> [round(lr(step), 9) for step in (0, 4, 9, 59, 109, 159)]
        [0.1, 0.5, 1.0, 0.6, 0.2, 0.6]

    Source: Transformers 5.23.0, `get_cosine_with_min_lr_schedule_with_warmup_lr_rate` in `transformers/optimization.py`.
    """
    lr = 1.0 if lr is None else lr
    rise = (
        clocks.count_from_one(shapes.linear(start=0.0, end=lr, steps=num_warmup_steps))
        if warmup_lr_rate is None
        else shapes.linear(start=lr * warmup_lr_rate, end=lr, steps=maximum(num_warmup_steps - 1, 1))
    )
    waves = _waves(lr, _floor(lr, min_lr, min_lr_rate), num_training_steps - num_warmup_steps, num_cycles)
    return combinators.join([rise, clocks.count_from_one(waves)], boundaries=[num_warmup_steps])


@peer(
    num_warmup_steps=non_negative,
    num_decay_steps=non_negative,
    num_training_steps=at_least("num_warmup_steps + num_decay_steps"),
    num_stable_steps=non_negative,
    warmup_type=one_of("linear", "cosine", "1-sqrt"),
    decay_type=one_of("linear", "cosine", "1-sqrt"),
    min_lr_ratio=non_negative,
    num_cycles=positive,
)
def get_wsd_schedule(
    *,
    num_warmup_steps: Value,
    num_decay_steps: Value,
    num_training_steps: Value | None = None,
    num_stable_steps: Value | None = None,
    warmup_type: str = "linear",
    decay_type: str = "cosine",
    min_lr_ratio: Value = 0,
    num_cycles: Value = 0.5,
    lr: Value = 1.0,
) -> Schedule:
    """A rise to `lr` from a floor, a plateau there, a fall back to the floor, and the floor.

        join([rise, constant(lr), fall, constant(floor)],
             boundaries=[num_warmup_steps, num_warmup_steps + stable, num_warmup_steps + stable + num_decay_steps]),
        floor = lr * min_lr_ratio,    stable = num_stable_steps, or what the other two leave of num_training_steps

    where rise is `linear`, `cosine` or ``polynomial(..., power=0.5)`` for "1-sqrt", and fall is `linear`, `sinusoid` (a
    whole number of half waves ends where the floor begins) or ``one_minus_power(..., power=0.5)``.

    Args:
        num_warmup_steps: length of the warmup, not negative [steps].
        num_decay_steps: length of the fall, not negative [steps].
        num_training_steps: length of the run, from which that of the plateau is made where it is not given [steps].
        num_stable_steps: length of the plateau, not negative; if both are given, this one counts [steps].
        warmup_type: "linear", "cosine" or "1-sqrt".
        decay_type: "linear", "cosine" or "1-sqrt".
        min_lr_ratio: the floor as a factor of `lr`, not negative; the rise begins there too [1].
        num_cycles: number of waves of a cosine fall, positive; 0.5 only falls [1].
        lr: the rate of the optimizer; with 1.0 the schedule is a factor [lr].

    Raises:
        ValueError: a length or the ratio is negative, or `num_cycles` is not positive; the type is unknown;
            `num_training_steps` leaves no room, or neither it nor `num_stable_steps` is given.

    Example:
        >>> from pure_schedules.like.transformers import get_wsd_schedule
        >>> lr = get_wsd_schedule(num_warmup_steps=10, num_decay_steps=20, num_training_steps=100, min_lr_ratio=0.2)
        >>> [round(lr(step), 9) for step in (0, 5, 10, 80, 90, 100, 1000)]
        [0.2, 0.6, 1.0, 1.0, 0.6, 0.2, 0.2]

    Source: Transformers 5.23.0, `get_wsd_schedule` in `transformers/optimization.py`.
    """
    if num_stable_steps is None:
        if num_training_steps is None:
            raise ValueError("num_training_steps or num_stable_steps must be given; write num_training_steps=...")
        num_stable_steps = num_training_steps - num_warmup_steps - num_decay_steps
    floor = lr * min_lr_ratio
    rise = {
        "linear": shapes.linear(start=floor, end=lr, steps=num_warmup_steps),
        "cosine": shapes.cosine(start=floor, end=lr, steps=num_warmup_steps),
        "1-sqrt": shapes.polynomial(start=floor, end=lr, steps=num_warmup_steps, power=0.5),
    }[warmup_type]
    fall = {
        "linear": shapes.linear(start=lr, end=floor, steps=num_decay_steps),
        "cosine": _waves(lr, floor, num_decay_steps, num_cycles),
        "1-sqrt": shapes.one_minus_power(start=lr, end=floor, steps=num_decay_steps, power=0.5),
    }[decay_type]
    plateau_end = num_warmup_steps + num_stable_steps
    return combinators.join(
        [rise, shapes.constant(value=lr), fall, shapes.constant(value=floor)],
        boundaries=[num_warmup_steps, plateau_end, plateau_end + num_decay_steps],
    )


@peer(step_rules=_step_rules)
def get_piecewise_constant_schedule(*, step_rules: str, lr: Value = 1.0) -> Schedule:
    """One factor of `lr` after another, written as text: each with the step at which it ends, and the last alone.

        piecewise_constant([lr * factor for each rule], [the step of each rule but the last])

    This one is in diffusers, which has most of the others too.

    Args:
        step_rules: such as "1:10,0.1:20,0.01", which is 1 before step 10, 0.1 before step 20, then 0.01.
        lr: the rate of the optimizer; with 1.0 the schedule is a factor [lr].

    Raises:
        ValueError: `step_rules` does not read like that.

    Example:
        >>> from pure_schedules.like.transformers import get_piecewise_constant_schedule
        >>> lr = get_piecewise_constant_schedule(step_rules="1:10,0.1:20,0.01")
        >>> [lr(step) for step in (0, 9, 10, 20, 100)]
        [1.0, 1.0, 0.1, 0.01, 0.01]

    Source: diffusers 58eb52c, `get_piecewise_constant_schedule` in `src/diffusers/optimization.py`.
    """
    *rules, last = step_rules.split(",")
    # As in diffusers the rules are sorted, and of two for the same step the later one counts.
    factors = dict(sorted({int(step): float(factor) for factor, step in (rule.split(":") for rule in rules)}.items()))
    return knots.piecewise_constant(
        values=[lr * factor for factor in (*factors.values(), float(last))], boundaries=list(factors)
    )


# By name -------------------------------------------------------------------------------------------------------------

_BY_NAME: dict[str, Factory[..., Schedule]] = {
    "linear": get_linear_schedule_with_warmup,
    "cosine": get_cosine_schedule_with_warmup,
    "cosine_with_restarts": get_cosine_with_hard_restarts_schedule_with_warmup,
    "polynomial": get_polynomial_decay_schedule_with_warmup,
    "constant": get_constant_schedule,
    "constant_with_warmup": get_constant_schedule_with_warmup,
    "inverse_sqrt": get_inverse_sqrt_schedule,
    "cosine_with_min_lr": get_cosine_with_min_lr_schedule_with_warmup,
    "cosine_warmup_with_min_lr": get_cosine_with_min_lr_schedule_with_warmup_lr_rate,
    "warmup_stable_decay": get_wsd_schedule,
}
#: The schedules that do not take the length of the run.
_ENDLESS = ("constant", "constant_with_warmup", "inverse_sqrt")


def _some_keywords(value: Any) -> Any:
    """Keyword arguments, as a dict."""
    if not isinstance(value, Mapping):
        raise Refused(f"must be a dict, not {type(value).__name__}", "write {'num_cycles': 2}")
    return dict(value)


@peer(
    name=one_of(*_BY_NAME),
    num_warmup_steps=non_negative,
    num_training_steps=non_negative,
    scheduler_specific_kwargs=Rule(_some_keywords),
    warmup_ratio=fraction,
)
def get_scheduler(
    name: str,
    *,
    num_warmup_steps: Value | None = None,
    num_training_steps: Value | None = None,
    scheduler_specific_kwargs: Mapping[str, Any] | None = None,
    warmup_ratio: Value | None = None,
    lr: Value | None = None,
) -> Schedule:
    """The schedule with a name of ``lr_scheduler_type``, with a warmup in steps or as a ratio of the run.

        get_cosine_schedule_with_warmup(num_warmup_steps, num_training_steps, **scheduler_specific_kwargs), for one,
        num_warmup_steps = ceil(num_training_steps * warmup_ratio), where it is a ratio

    Args:
        name: 'linear', 'cosine', 'cosine_with_restarts', 'polynomial', 'constant', 'constant_with_warmup',
            'inverse_sqrt', 'cosine_with_min_lr', 'cosine_warmup_with_min_lr' or 'warmup_stable_decay'.
        num_warmup_steps: length of the warmup, not negative [steps].
        num_training_steps: length of the run, warmup included [steps].
        scheduler_specific_kwargs: its further arguments, such as ``{"num_cycles": 2}``.
        warmup_ratio: the warmup as a ratio of the whole, from 0 to 1, instead of `num_warmup_steps`; Transformers 5
            writes it as a `warmup_steps` below 1 [1].
        lr: the rate of the optimizer; without it the schedule is a factor [lr].

    Differs:
        'reduce_lr_on_plateau' and 'greedy' follow a metric: they are in `pure_schedules.reactive`.

    Raises:
        TypeError: the schedule does not take one of `scheduler_specific_kwargs`.
        ValueError: the name is unknown; a length that the schedule needs is missing, or the warmup is given twice.

    Example:
        >>> from pure_schedules.like.transformers import get_scheduler
        >>> lr = get_scheduler("cosine", warmup_ratio=0.03, num_training_steps=110)  # 3.3 steps, rounded up to 4
        >>> [lr(step) for step in (0, 2, 4, 57, 110)]
        [0.0, 0.5, 1.0, 0.5, 0.0]

    Source: Transformers 5.23.0, `get_scheduler` in `transformers/optimization.py`; `TrainingArguments.get_warmup_steps` in
        `transformers/training_args.py`.
    """
    given = {**(scheduler_specific_kwargs or {}), **({} if lr is None else {"lr": lr})}
    if name == "constant":
        return get_constant_schedule(**({} if lr is None else {"lr": lr}))
    if warmup_ratio is not None:
        if num_warmup_steps is not None or num_training_steps is None:
            raise ValueError("warmup_ratio is a part of num_training_steps; give both of them, and no num_warmup_steps")
        num_warmup_steps = -floor(-(num_training_steps * warmup_ratio))
    if num_warmup_steps is None:
        raise ValueError(
            f"num_warmup_steps is missing, which {name!r} needs; write num_warmup_steps=... or warmup_ratio=..."
        )
    given["num_warmup_steps"] = num_warmup_steps
    if name not in _ENDLESS:
        if num_training_steps is None and name != "warmup_stable_decay":
            raise ValueError(f"num_training_steps is missing, which {name!r} needs; write num_training_steps=...")
        given["num_training_steps"] = num_training_steps
    return _BY_NAME[name](**given)


# From a file ---------------------------------------------------------------------------------------------------------

_BY_METRIC = ("greedy", "reduce_lr_on_plateau")
_READ = {"learning_rate", "lr_scheduler_type", "lr_scheduler_kwargs", "warmup_steps", "warmup_ratio"}
#: Names that only Axolotl, and only LLaMA-Factory uses.
_OF_AXOLOTL = ("lr_scheduler", "num_epochs", "micro_batch_size")
_OF_LLAMA_FACTORY = ("finetuning_type", "stage", "template")

#: Words in a key of a training configuration that affect the curve.
ABOUT_THE_CURVE = r"lr|learning_rate|warmup|warm_up|schedul\w*|anneal\w*|decay_(?:steps|ratio|type)|jagged"
#: Keys with such a word that only give some parameters a rate of their own.
OF_SOME_PARAMETERS = {
    *("embedding_lr", "embedding_lr_scale", "lr_groups", "loraplus_lr_ratio", "loraplus_lr_embedding", "dion_lr"),
    "dion_learning_rate",
}


class Run(Protocol):
    """The length of a run and of its warmup, computed only when needed."""

    @property
    def given(self) -> int | None: ...
    @property
    def total(self) -> int: ...
    @property
    def warmup(self) -> int: ...


def from_config(
    config: Mapping[str, Any], *, total_steps: int | None = None, batches_per_epoch: int | None = None
) -> Schedule:
    """The rate that a file trains with: the keys of TrainingArguments, as Transformers, TRL, the alignment handbook and
    LLaMA-Factory have them in their YAML.

    A warmup below 1 is a part of the run, rounded up. LLaMA-Factory has its own defaults for "warmup_stable_decay". A
    scheduler under `deepspeed` takes precedence, as in Transformers. For Axolotl, which has other names and rounding,
    see `like.axolotl.from_config`.

    Args:
        config: the content of the file, as `yaml.safe_load` returns it.
        total_steps: updates in the run, if the file has no `max_steps`.
        batches_per_epoch: batches of one process in an epoch; with `num_train_epochs` and
            `gradient_accumulation_steps` they make `total_steps`.

    Raises:
        TypeError: `config` is not a mapping.
        ValueError: a key is missing and no argument gives it; a value is not allowed; a key is unknown and may change the
            curve; the scheduler follows a metric.

    Example:
        >>> from pure_schedules.like.transformers import from_config
        >>> from_config({"learning_rate": "2e-4", "lr_scheduler_type": "linear", "warmup_ratio": 0.03}, total_steps=1_001)
        warmup_linear(peak=0.0002, warmup_steps=31, total_steps=1001, start=0.0, floor=0.0)

    Source: Transformers 5.23.0, `TrainingArguments.get_warmup_steps`, `Trainer.create_scheduler` and
    `set_initial_training_values`, `HfTrainerDeepSpeedConfig`; until version 5 `warmup_ratio`; LLaMA-Factory ff6d4d1,
    `create_custom_scheduler` in `src/llamafactory/train/trainer_utils.py`.
    """
    settings = Settings("like.transformers.from_config", config)
    if "log_history" in settings and "global_step" in settings:
        settings.refuse(
            "log_history", "is of a trainer_state.json; the schedule is in the training arguments, so give those"
        )
    run = _Run(settings, total_steps, batches_per_epoch)
    for key in _OF_AXOLOTL:
        if key in config:
            settings.refuse(key, "is a key of Axolotl; read its file with like.axolotl.from_config")
    settings.no_other(ABOUT_THE_CURVE, _READ | OF_SOME_PARAMETERS)
    lr = settings.number("learning_rate", Default(5e-5))
    by_deepspeed = scheduled_by_deepspeed(settings, run, lr)
    if by_deepspeed is not None:
        return by_deepspeed
    name = settings.word("lr_scheduler_type", Default("linear"))
    usual: dict[str, Any] = {}
    if name == "warmup_stable_decay" and any(key in config for key in _OF_LLAMA_FACTORY):
        rest = run.total - run.warmup
        usual = {"num_stable_steps": rest // 3, "num_decay_steps": rest - rest // 3}
    return scheduled_by_name(settings, "lr_scheduler_type", name, run, lr, usual)


class _Run:
    """A run of the Trainer."""

    def __init__(self, settings: Settings, total_steps: int | None, batches_per_epoch: int | None):
        self.settings = settings
        self.given = length_of_run(settings.owner, "total_steps", total_steps)
        self.batches = length_of_run(settings.owner, "batches_per_epoch", batches_per_epoch)
        if settings.number("max_steps", -1) > 0:
            self.given = settings.agreed("max_steps", "total_steps", self.given)
        elif self.given is not None and self.batches is not None:
            refuse_two_lengths(settings, self.given, self._of_epochs, "num_train_epochs")

    @property
    def total(self) -> int:
        return self._of_epochs if self.given is None else self.given

    @property
    def _of_epochs(self) -> int:
        settings = self.settings
        epochs = settings.number("num_train_epochs", Default(3.0))
        if self.batches is None:
            said = f"only num_train_epochs, {epochs}" if "num_train_epochs" in settings else "nor is num_train_epochs"
            settings.refuse("max_steps", f"is not there, {said}; give total_steps=..., or batches_per_epoch=...")
        accumulated = max(settings.whole_number("gradient_accumulation_steps", Default(1)), 1)
        return settings.length("num_train_epochs", math.ceil(epochs * math.ceil(self.batches / accumulated)))

    @property
    def warmup(self) -> int:
        if "warmup_steps" not in self.settings and "warmup_ratio" not in self.settings:
            return int(self.settings.take("warmup_steps", 0))
        return part_of_run(self.settings, "warmup_steps", lambda: self.total) or part_of_run(
            self.settings, "warmup_ratio", lambda: self.total
        )


def part_of_run(settings: Settings, key: str, total: Callable[[], int]) -> int:
    """A length in steps; below 1 it is a part of the run, rounded up."""
    steps = settings.number(key, 0)
    if steps < 0 or (key == "warmup_ratio" and steps > 1):
        settings.refuse(key, f"must be {'from 0 to 1' if key == 'warmup_ratio' else '0 or more'}, got {steps}")
    if steps >= 1 and key != "warmup_ratio":
        return int(settings.length(key, int(steps)))
    return math.ceil(total() * steps) if steps else 0


def scheduled_by_name(
    settings: Settings, key: str, name: str, run: Run, lr: Any, usual: Mapping[str, Any] | None = None
) -> Schedule:
    """The schedule of `get_scheduler` for a name, with the arguments under lr_scheduler_kwargs."""
    if name in _BY_METRIC:
        settings.refuse(key, f"is {name!r}, which follows a metric and is not a function of the step; see reactive")
    settings.one_of(key, _BY_NAME, name)
    schedule, more = _BY_NAME[name], settings.section("lr_scheduler_kwargs")
    arguments: dict[str, Any] = dict(usual or {})
    if name not in ("constant", "constant_with_warmup"):  # Transformers passes these no arguments
        own = {"lr", "num_warmup_steps", "num_training_steps"}
        more.only([parameter for parameter in schedule.parameters if parameter not in own], name)
        for parameter in more:
            if parameter in ("warmup_type", "decay_type"):
                arguments[parameter] = more.word(parameter)
            elif (parameter, name) == ("num_cycles", "cosine_with_restarts"):
                arguments[parameter] = more.parts(parameter)
            else:
                arguments[parameter] = more.number(parameter)
    if name != "constant":
        arguments["num_warmup_steps"] = run.warmup
    if "num_training_steps" in schedule.parameters and "num_stable_steps" not in arguments:
        arguments["num_training_steps"] = run.total
    keys = {"num_warmup_steps": "warmup_steps", "num_training_steps": "max_steps", "lr": "learning_rate"}
    keys |= {parameter: f"lr_scheduler_kwargs.{parameter}" for parameter in schedule.parameters if parameter not in keys}
    return _of_one_run(settings.make(schedule, keys, **arguments, lr=lr), name, {**arguments, "lr": lr})


def _of_one_run(schedule: Schedule, name: str, arguments: Mapping[str, Any]) -> Schedule:
    """The same schedule up to the end of the run, then constant, as the shortest composition."""
    lr, warmup, total = arguments["lr"], arguments.get("num_warmup_steps", 0), arguments.get("num_training_steps")
    if total is None or warmup > total:
        return schedule
    if name == "linear":
        return recipes.warmup_linear(peak=lr, warmup_steps=warmup, total_steps=total)
    if name in ("cosine", "cosine_with_min_lr") and arguments.get("num_cycles", 0.5) == 0.5 and warmup < total:
        floor = _floor(lr, arguments.get("min_lr"), arguments.get("min_lr_rate")) if name == "cosine_with_min_lr" else 0.0
        return recipes.warmup_cosine(peak=lr, floor=floor, warmup_steps=warmup, total_steps=total)
    if schedule.steps == math.inf:
        return combinators.join([schedule, shapes.constant(value=schedule(total))], boundaries=[total])
    return schedule


def scheduled_by_deepspeed(settings: Settings, run: Run, lr: Any) -> Schedule | None:
    """The scheduler in DeepSpeed's configuration, if it has one, with the values of Transformers for "auto"."""
    config = settings.get("deepspeed")
    if isinstance(config, str):
        settings.refuse("deepspeed", f"names a file, {briefly(config)}, which may have a scheduler; put its content there")
    if config is None or "scheduler" not in settings.section("deepspeed"):
        return None
    scheduler = settings.section("deepspeed").section("scheduler")
    params = scheduler.section("params")
    of_optimizer = settings.section("deepspeed").section("optimizer").section("params")
    for section, key in ((params, "warmup_max_lr"), (of_optimizer, "lr")):
        if section.get(key) not in (None, "auto") and section.number(key) != lr:
            section.refuse(key, f"is not the learning_rate, {briefly(lr)}, and Transformers refuses that; make it auto")
    if run.given is not None and params.get("total_num_steps") not in (None, "auto", run.total):
        params.refuse("total_num_steps", f"is not the length of the run, {run.total}; make it auto")
    has_length = "total_num_steps" in params or scheduler.get("type") in ("WarmupCosineLR", "WarmupDecayLR")
    return deepspeed.from_config(
        config,
        total_steps=run.total if has_length and params.get("total_num_steps") in (None, "auto") else None,
        warmup_steps=max(1, run.warmup) if params.get("warmup_num_steps") == "auto" else None,
        lr=lr,
    )
