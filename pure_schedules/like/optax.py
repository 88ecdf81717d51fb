"""The schedules of optax 0.2.8, under its names, parameters and defaults.

Clock: an optax schedule is a function of the number of updates made so far, which is 0 at the first one, as everywhere
here. `warmup_steps`, `decay_steps` and `transition_steps` are counted in updates; in a warmup-cosine schedule
`decay_steps` is the length of the run, warmup included. Values are the rates themselves: optax multiplies nothing.

optax computes in single precision unless JAX is told otherwise; the schedules here in double precision.
"""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

from pure_schedules import clocks, combinators, decays, knots, recipes, shapes
from pure_schedules._arrays import is_number
from pure_schedules._schedule import Schedule
from pure_schedules.checks import (
    Condition,
    Refused,
    Rule,
    at_least,
    finite,
    flag,
    fraction,
    increasing,
    non_negative,
    one_fewer_than,
    one_of,
    positive,
    schedules,
)
from pure_schedules.numeric import Value, floor, maximum, minimum, where

from ._peer import peer

__all__ = [
    "constant_schedule",
    "cosine_decay_schedule",
    "cosine_onecycle_schedule",
    "exponential_decay",
    "join_schedules",
    "linear_onecycle_schedule",
    "linear_schedule",
    "piecewise_constant_schedule",
    "piecewise_interpolate_schedule",
    "polynomial_schedule",
    "sgdr_schedule",
    "warmup_constant_schedule",
    "warmup_cosine_decay_schedule",
    "warmup_exponential_decay_schedule",
]


# Rules ---------------------------------------------------------------------------------------------------------------


def _a_dict_of_scales(value: Any) -> dict[Any, Any]:
    """Factors by the step at which each one comes in, in the order of the steps."""
    if not isinstance(value, Mapping):
        raise Refused("must be a dict of factors by step", "write {100: 0.1, 200: 0.1}")
    for step in value:
        if not is_number(step):
            raise Refused(f"must have steps as its keys, not {step!r}", "write {100: 0.1, 200: 0.1}")
    return {step: finite.admit(value[step]) for step in sorted(value)}


def _cycles(value: Any) -> tuple[dict[str, Any], ...]:
    """What each cycle is called with, one dict for each."""
    items = value if isinstance(value, Sequence) and not isinstance(value, str) else ()
    if not items or not all(isinstance(item, Mapping) for item in items):
        raise Refused("must be a list of dicts", "give for each cycle what warmup_cosine_decay_schedule takes")
    return tuple(dict(item) for item in items)


_scales = Rule(
    _a_dict_of_scales,
    (
        Condition(lambda value, _: all(step >= 0 for step in value), "must not begin before step 0", "give steps from 0 on"),
        Condition(
            lambda value, _: all(not is_number(factor) or factor >= 0 for factor in value.values()),
            "must hold factors that are not negative",
            "give factors of 0 or above",
        ),
    ),
)


# Schedules -----------------------------------------------------------------------------------------------------------


@peer()
def constant_schedule(*, value: Value) -> Schedule:
    """The same value at every step.

        constant(value)

    Args:
        value: the value [lr].

    Raises:
        ValueError: `value` is not finite.

    Example:
        >>> from pure_schedules.like.optax import constant_schedule
        >>> constant_schedule(value=5.0)(100)
        5.0

    Source: optax 0.2.8, `constant_schedule` in `optax/schedules/_schedule.py`.
    """
    return shapes.constant(value=value)


@peer(power=positive, transition_steps=non_negative, transition_begin=non_negative)
def polynomial_schedule(
    *, init_value: Value, end_value: Value, power: Value, transition_steps: Value, transition_begin: Value = 0
) -> Schedule:
    """A power of the remaining fraction, from `init_value` to `end_value` over `transition_steps` steps, after a delay.

        shift(polynomial(init_value, end_value, transition_steps, power), transition_begin)

    Args:
        init_value: value up to `transition_begin` [lr].
        end_value: value from `transition_begin + transition_steps` on [lr].
        power: exponent, positive [1].
        transition_steps: length of the transition, not negative [steps].
        transition_begin: delay before the transition, not negative [steps].

    Differs:
        ``transition_steps=0`` gives `end_value` at once. optax logs a line and returns `init_value` forever.

    Raises:
        ValueError: `power` is not positive, or one of the lengths is negative. optax treats a negative
            `transition_begin` as 0.

    Example:
        >>> from pure_schedules.like.optax import polynomial_schedule
        >>> lr = polynomial_schedule(init_value=1.0, end_value=0.0, power=2, transition_steps=4, transition_begin=10)
        >>> [lr(step) for step in (0, 10, 11, 12, 14, 100)]
        [1.0, 1.0, 0.5625, 0.25, 0.0, 0.0]

    Source: optax 0.2.8, `polynomial_schedule` in `optax/schedules/_schedule.py`.
    """
    curve = shapes.polynomial(start=init_value, end=end_value, steps=transition_steps, power=power)
    return clocks.shift(curve, steps=transition_begin)


@peer(transition_steps=non_negative, transition_begin=non_negative)
def linear_schedule(
    *, init_value: Value, end_value: Value, transition_steps: Value, transition_begin: Value = 0
) -> Schedule:
    """A straight line from `init_value` to `end_value` over `transition_steps` steps, after a delay.

        shift(linear(init_value, end_value, transition_steps), transition_begin)

    Args:
        init_value: value up to `transition_begin` [lr].
        end_value: value from `transition_begin + transition_steps` on [lr].
        transition_steps: length of the transition, not negative [steps].
        transition_begin: delay before the transition, not negative [steps].

    Differs:
        ``transition_steps=0`` gives `end_value` at once. optax logs a line and returns `init_value` forever.

    Raises:
        ValueError: a length is negative. optax treats a negative `transition_begin` as 0.

    Example:
        >>> from pure_schedules.like.optax import linear_schedule
        >>> lr = linear_schedule(init_value=0.0, end_value=1.0, transition_steps=4, transition_begin=10)
        >>> [lr(step) for step in (0, 10, 11, 14, 100)]
        [0.0, 0.0, 0.25, 1.0, 1.0]

    Source: optax 0.2.8, `linear_schedule` in `optax/schedules/_schedule.py`.
    """
    line = shapes.linear(start=init_value, end=end_value, steps=transition_steps)
    return clocks.shift(line, steps=transition_begin)


@peer(boundaries_and_scales=_scales)
def piecewise_constant_schedule(*, init_value: Value, boundaries_and_scales: Mapping[int, Value] | None = None) -> Schedule:
    """A value that is multiplied by a factor at each of some steps.

        piecewise_constant([init_value, init_value * s1, init_value * s1 * s2, ...], [b1, b2, ...])

    Args:
        init_value: value before the first of the steps [lr].
        boundaries_and_scales: factors [1] by the step at which each comes in [steps]; the factors multiply up. None
            of them if left out.

    Raises:
        TypeError: `boundaries_and_scales` is not a dict of numbers.
        ValueError: a step or a factor is negative.

    Example:
        >>> from pure_schedules.like.optax import piecewise_constant_schedule
        >>> lr = piecewise_constant_schedule(init_value=1.0, boundaries_and_scales={100: 0.5, 200: 0.1})
        >>> [lr(step) for step in (0, 99, 100, 200)]
        [1.0, 1.0, 0.5, 0.05]

    Source: optax 0.2.8, `piecewise_constant_schedule` in `optax/schedules/_schedule.py`.
    """
    scales = boundaries_and_scales or {}
    return knots.piecewise_constant(values=_multiplied_up(init_value, scales), boundaries=list(scales))


@peer(
    transition_steps=positive,
    decay_rate=positive,
    transition_begin=non_negative,
    staircase=flag,
)
def exponential_decay(
    *,
    init_value: Value,
    transition_steps: Value,
    decay_rate: Value,
    transition_begin: Value = 0,
    staircase: bool = False,
    end_value: Value | None = None,
) -> Schedule:
    """Multiply by `decay_rate` over each `transition_steps` steps, after a delay, and not beyond `end_value`.

        clip(shift(exponential_decay(init_value, decay_rate, transition_steps), transition_begin), low=end_value)

    with `step_decay` in its place for a staircase, and with an upper bound in place of the lower one for a rate that
    does not fall.

    Args:
        init_value: value up to `transition_begin` [lr].
        transition_steps: the number of steps for one factor, positive [steps].
        decay_rate: factor over each `transition_steps` steps, positive [1].
        transition_begin: delay before the transition, not negative [steps].
        staircase: multiply once every `transition_steps` steps, constant in between.
        end_value: a lower bound where `decay_rate` is below 1, and else an upper bound; by default none [lr].

    Differs:
        A stair begins at its step. optax, compiled in single precision, begins some of them one update late, such as
        those of 41, 47 or 97 steps, where a quotient that should be 1 comes out below it.

    Raises:
        ValueError: `transition_steps` or `decay_rate` is not positive, or `transition_begin` is negative. optax returns
            `init_value` forever in the first two cases, and treats a negative begin as 0.

    Example:
        >>> from pure_schedules.like.optax import exponential_decay
        >>> lr = exponential_decay(init_value=8.0, transition_steps=10, decay_rate=0.5, end_value=1.5)
        >>> [lr(step) for step in (0, 10, 20, 30, 1000)]
        [8.0, 4.0, 2.0, 1.5, 1.5]

    Source: optax 0.2.8, `exponential_decay` in `optax/schedules/_schedule.py`.
    """
    if staircase:
        decay = decays.step_decay(start=init_value, factor=decay_rate, every=transition_steps)
    else:
        decay = decays.exponential_decay(start=init_value, rate=decay_rate, every=transition_steps)
    delayed = clocks.shift(decay, steps=transition_begin)
    if end_value is None:
        return delayed
    falls = decay_rate < 1
    # The other bound is one that the decay cannot reach.
    return combinators.clip(
        delayed,
        low=where(falls, end_value, minimum(init_value, end_value)),
        high=where(falls, maximum(init_value, end_value), end_value),
    )


@peer(decay_steps=non_negative, exponent=positive)
def cosine_decay_schedule(*, init_value: Value, decay_steps: Value, alpha: Value = 0.0, exponent: Value = 1.0) -> Schedule:
    """Half a cosine wave to a power, from `init_value` to `alpha * init_value` over `decay_steps` steps.

        remap(raise_to(cosine(1, 0, decay_steps), exponent), 0, 1, alpha * init_value, init_value)

    Args:
        init_value: value at step 0 [lr].
        decay_steps: length, not negative [steps].
        alpha: value from `decay_steps` on, as a multiple of `init_value` [1].
        exponent: power to which the wave between 1 and 0 is raised, positive [1].

    Differs:
        ``decay_steps=0`` gives the end at once, where optax raises a ValueError.

    Raises:
        ValueError: `decay_steps` is negative, or `exponent` is not positive.

    Example:
        >>> from pure_schedules.like.optax import cosine_decay_schedule
        >>> lr = cosine_decay_schedule(init_value=1.0, decay_steps=100, alpha=0.5)
        >>> [round(lr(step), 9) for step in (0, 50, 100, 1000)]
        [1.0, 0.75, 0.5, 0.5]

    Source: optax 0.2.8, `cosine_decay_schedule` in `optax/schedules/_schedule.py`.
    """
    return _cosine_to_a_power(init_value, alpha * init_value, decay_steps, exponent)


@peer(interpolate_type=one_of("linear", "cosine"), boundaries_and_scales=_scales)
def piecewise_interpolate_schedule(
    *, interpolate_type: str, init_value: Value, boundaries_and_scales: Mapping[int, Value] | None = None
) -> Schedule:
    """Straight lines or half cosine waves between knots whose values are multiplied up.

        piecewise_linear([init_value, init_value * s1, init_value * s1 * s2, ...], [b1, b2, ...])

    or `piecewise_cosine` with the same.

    Args:
        interpolate_type: ``"linear"`` or ``"cosine"``.
        init_value: value at step 0 [lr].
        boundaries_and_scales: factors [1] by the step at which the product of those up to it is reached [steps].

    Raises:
        TypeError: `boundaries_and_scales` is not a dict of numbers.
        ValueError: a step or a factor is negative; `interpolate_type` is not one of these words.

    Example:
        >>> from pure_schedules.like.optax import piecewise_interpolate_schedule
        >>> lr = piecewise_interpolate_schedule(
        ...     interpolate_type="linear", init_value=1.0, boundaries_and_scales={4: 0.5, 8: 0.1}
        ... )
        >>> [lr(step) for step in (0, 2, 4, 8, 100)]
        [1.0, 0.75, 0.5, 0.05, 0.05]

    Source: optax 0.2.8, `piecewise_interpolate_schedule` in `optax/schedules/_schedule.py`.
    """
    between = {"linear": knots.piecewise_linear, "cosine": knots.piecewise_cosine}[interpolate_type]
    scales = boundaries_and_scales or {}
    return between(values=_multiplied_up(init_value, scales), boundaries=list(scales))


@peer(
    transition_steps=positive,
    pct_start=fraction,
    pct_final=fraction,
    div_factor=positive,
    final_div_factor=positive,
)
def linear_onecycle_schedule(
    *,
    transition_steps: Value,
    peak_value: Value,
    pct_start: Value = 0.3,
    pct_final: Value = 0.85,
    div_factor: Value = 25.0,
    final_div_factor: Value = 1e4,
) -> Schedule:
    """Linear from the first value to the peak, back to the first value, and on to almost 0.

        piecewise_linear([peak / div, peak, peak / div, peak / (div * final_div)],
                         [floor(pct_start * steps), floor(pct_final * steps), steps])

    Args:
        transition_steps: length of the run, positive [steps].
        peak_value: highest value [lr].
        pct_start: part of the run that the rise takes, from 0 to 1 [1].
        pct_final: part of the run after which it is back at its first value, from 0 to 1 [1].
        div_factor: ratio of the peak to the first value, positive [1].
        final_div_factor: ratio of the first value to the last one, positive [1].

    Differs:
        Two knots that fall on one step, as in runs of a single step or with ``pct_final=1.0``, are both kept. optax
        holds them by step in a dict, loses the first of them, and ends at another value.

    Raises:
        ValueError: `transition_steps` or one of the factors is not positive; `pct_start` or `pct_final` is not from 0 to 1;
            `pct_final` comes before `pct_start`.

    Example:
        >>> from pure_schedules.like.optax import linear_onecycle_schedule
        >>> lr = linear_onecycle_schedule(
        ...     transition_steps=100, peak_value=1.0, pct_start=0.25, pct_final=0.75, div_factor=2.0, final_div_factor=5.0
        ... )
        >>> [lr(step) for step in (0, 25, 50, 75, 100, 1000)]
        [0.5, 1.0, 0.75, 0.5, 0.1, 0.1]

    Source: optax 0.2.8, `linear_onecycle_schedule` in `optax/schedules/_schedule.py`, whose own documentation gives
    another last value than its code.
    """
    first = peak_value / div_factor
    return knots.piecewise_linear(
        values=[first, peak_value, first, first / final_div_factor],
        boundaries=[floor(pct_start * transition_steps), floor(pct_final * transition_steps), transition_steps],
    )


@peer(transition_steps=positive, pct_start=fraction, div_factor=positive, final_div_factor=positive)
def cosine_onecycle_schedule(
    *,
    transition_steps: Value,
    peak_value: Value,
    pct_start: Value = 0.3,
    div_factor: Value = 25.0,
    final_div_factor: Value = 1e4,
) -> Schedule:
    """A cosine rise to the peak, and a cosine decay to almost 0.

        piecewise_cosine([peak / div, peak, peak / (div * final_div)], [floor(pct_start * steps), steps])

    Args:
        transition_steps: length of the run, positive [steps].
        peak_value: highest value [lr].
        pct_start: part of the run that the rise takes, from 0 to 1 [1].
        div_factor: ratio of the peak to the first value, positive [1].
        final_div_factor: ratio of the first value to the last one, positive [1].

    Differs:
        With ``pct_start=1.0`` the peak and the end fall on one step, and it ends at its last value. optax holds the
        knots by step in a dict, loses the peak, and never rises.

    Raises:
        ValueError: `transition_steps` or one of the factors is not positive; `pct_start` is not from 0 to 1.

    Example:
        >>> from pure_schedules.like.optax import cosine_onecycle_schedule
        >>> lr = cosine_onecycle_schedule(
        ...     transition_steps=100, peak_value=1.0, pct_start=0.5, div_factor=2.0, final_div_factor=5.0
        ... )
        >>> [round(lr(step), 9) for step in (0, 25, 50, 75, 100, 1000)]
        [0.5, 0.75, 1.0, 0.55, 0.1, 0.1]

    Source: optax 0.2.8, `cosine_onecycle_schedule` in `optax/schedules/_schedule.py`.
    """
    first = peak_value / div_factor
    return knots.piecewise_cosine(
        values=[first, peak_value, first / final_div_factor],
        boundaries=[floor(pct_start * transition_steps), transition_steps],
    )


@peer(warmup_steps=non_negative)
def warmup_constant_schedule(*, init_value: Value, peak_value: Value, warmup_steps: Value) -> Schedule:
    """A linear warmup from `init_value` to `peak_value` over the warmup, then `peak_value`.

        warmup_constant(peak_value, warmup_steps, init_value)

    Args:
        init_value: value at step 0 [lr].
        peak_value: value from `warmup_steps` on [lr].
        warmup_steps: length of the warmup, not negative [steps].

    Differs:
        ``warmup_steps=0`` gives `peak_value`. optax gives `init_value` forever.

    Raises:
        ValueError: `warmup_steps` is negative.

    Example:
        >>> from pure_schedules.like.optax import warmup_constant_schedule
        >>> lr = warmup_constant_schedule(init_value=0.0, peak_value=1.0, warmup_steps=4)
        >>> [lr(step) for step in (0, 1, 4, 100)]
        [0.0, 0.25, 1.0, 1.0]

    Source: optax 0.2.8, `warmup_constant_schedule` in `optax/schedules/_schedule.py`.
    """
    return recipes.warmup_constant(peak=peak_value, warmup_steps=warmup_steps, start=init_value)


@peer(warmup_steps=non_negative, decay_steps=non_negative & at_least("warmup_steps"), exponent=positive)
def warmup_cosine_decay_schedule(
    *,
    init_value: Value,
    peak_value: Value,
    warmup_steps: Value,
    decay_steps: Value,
    end_value: Value = 0.0,
    exponent: Value = 1.0,
) -> Schedule:
    """A linear warmup to `peak_value`, then half a cosine wave to a power down to `end_value` at `decay_steps`.

        join([linear(init_value, peak_value, warmup_steps),
              remap(raise_to(cosine(1, 0, decay_steps - warmup_steps), exponent), 0, 1, end_value, peak_value)])

    Args:
        init_value: value at step 0 [lr].
        peak_value: value at `warmup_steps` [lr].
        warmup_steps: length of the warmup, not negative [steps].
        decay_steps: length of the run, warmup included [steps].
        end_value: value from `decay_steps` on [lr].
        exponent: power to which the wave between 1 and 0 is raised, positive [1].

    Differs:
        ``decay_steps == warmup_steps`` leaves out the wave, where optax raises a ValueError. With ``peak_value=0``
        optax forgets `end_value` and stays at 0.

    Raises:
        ValueError: `warmup_steps` is negative, or longer than `decay_steps`; `exponent` is not positive.

    Example:
        >>> from pure_schedules.like.optax import warmup_cosine_decay_schedule
        >>> lr = warmup_cosine_decay_schedule(init_value=0.0, peak_value=1.0, warmup_steps=10, decay_steps=110)
        >>> [round(lr(step), 9) for step in (0, 5, 10, 60, 110, 1000)]
        [0.0, 0.5, 1.0, 0.5, 0.0, 0.0]

    Source: optax 0.2.8, `warmup_cosine_decay_schedule` in `optax/schedules/_schedule.py`.
    """
    return combinators.join(
        [
            shapes.linear(start=init_value, end=peak_value, steps=warmup_steps),
            _cosine_to_a_power(peak_value, end_value, decay_steps - warmup_steps, exponent),
        ]
    )


@peer(
    warmup_steps=non_negative,
    transition_steps=positive,
    decay_rate=positive,
    transition_begin=non_negative,
    staircase=flag,
)
def warmup_exponential_decay_schedule(
    *,
    init_value: Value,
    peak_value: Value,
    warmup_steps: Value,
    transition_steps: Value,
    decay_rate: Value,
    transition_begin: Value = 0,
    staircase: bool = False,
    end_value: Value | None = None,
) -> Schedule:
    """A linear warmup to `peak_value`, then the `exponential_decay` of this module from there.

        join([linear(init_value, peak_value, warmup_steps), exponential_decay(peak_value, ...)])

    Args:
        init_value: value at step 0 [lr].
        peak_value: value at `warmup_steps`, and for `transition_begin` more steps [lr].
        warmup_steps: length of the warmup, not negative [steps].
        transition_steps: the number of steps for one factor, positive [steps].
        decay_rate: factor over each `transition_steps` steps, positive [1].
        transition_begin: delay after the warmup, not negative [steps].
        staircase: multiply once every `transition_steps` steps, constant in between.
        end_value: a lower bound where `decay_rate` is below 1, and else an upper bound; by default none [lr].

    Raises:
        ValueError: as in `exponential_decay`, or `warmup_steps` is negative.

    Example:
        >>> from pure_schedules.like.optax import warmup_exponential_decay_schedule
        >>> lr = warmup_exponential_decay_schedule(
        ...     init_value=0.0, peak_value=8.0, warmup_steps=4, transition_steps=10, decay_rate=0.5
        ... )
        >>> [lr(step) for step in (0, 2, 4, 14, 24)]
        [0.0, 4.0, 8.0, 4.0, 2.0]

    Source: optax 0.2.8, `warmup_exponential_decay_schedule` in `optax/schedules/_schedule.py`.
    """
    rise = shapes.linear(start=init_value, end=peak_value, steps=warmup_steps)
    decay = exponential_decay(
        init_value=peak_value,
        transition_steps=transition_steps,
        decay_rate=decay_rate,
        transition_begin=transition_begin,
        staircase=staircase,
        end_value=end_value,
    )
    return combinators.join([rise, decay])


@peer(cosine_kwargs=Rule(_cycles))
def sgdr_schedule(*, cosine_kwargs: Sequence[Mapping[str, Value]]) -> Schedule:
    """One `warmup_cosine_decay_schedule` after another.

        join([warmup_cosine_decay_schedule(**cycle) for cycle in cosine_kwargs])

    Args:
        cosine_kwargs: for each cycle a dict of the arguments of `warmup_cosine_decay_schedule`.

    Raises:
        TypeError: `cosine_kwargs` is not a list of dicts, or a dict has an unknown name.
        ValueError: as in `warmup_cosine_decay_schedule`.

    Example:
        >>> from pure_schedules.like.optax import sgdr_schedule
        >>> lr = sgdr_schedule(
        ...     cosine_kwargs=[
        ...         {"init_value": 0.0, "peak_value": 1.0, "warmup_steps": 2, "decay_steps": 10},
        ...         {"init_value": 0.0, "peak_value": 0.5, "warmup_steps": 2, "decay_steps": 20},
        ...     ]
        ... )
        >>> [round(lr(step), 9) for step in (1, 2, 6, 10, 12, 30)]
        [0.5, 1.0, 0.5, 0.0, 0.5, 0.0]

    Source: optax 0.2.8, `sgdr_schedule` in `optax/schedules/_schedule.py`.
    """
    return combinators.join([warmup_cosine_decay_schedule(**cycle) for cycle in cosine_kwargs])


@peer(schedules=schedules, boundaries=increasing & one_fewer_than("schedules"))
def join_schedules(schedules: Sequence[Schedule], *, boundaries: Sequence[Value]) -> Schedule:
    """One schedule after another, each from its boundary on, counting steps from 0 there.

        join(schedules, boundaries)

    Args:
        schedules: the schedules in their order.
        boundaries: the step at which each one after the first begins, in order [steps].

    Raises:
        ValueError: there must be one boundary fewer than schedules, in order. optax drops surplus schedules, and those
            whose boundary is out of order.

    Example:
        >>> from pure_schedules.like.optax import constant_schedule, join_schedules, linear_schedule
        >>> rise = linear_schedule(init_value=0.0, end_value=1.0, transition_steps=4)
        >>> lr = join_schedules([rise, constant_schedule(value=0.5)], boundaries=[4])
        >>> [lr(step) for step in (0, 3, 4, 100)]
        [0.0, 0.75, 0.5, 0.5]

    Source: optax 0.2.8, `join_schedules` in `optax/schedules/_join.py`.
    """
    return combinators.join(schedules, boundaries=boundaries)


# What several of them share ------------------------------------------------------------------------------------------


def _multiplied_up(first: Value, scales: Mapping[int, Value]) -> list[Value]:
    return list(accumulate(scales.values(), lambda product, factor: product * factor, initial=first))


def _cosine_to_a_power(start: Value, end: Value, steps: Value, exponent: Value) -> Schedule:
    wave = combinators.raise_to(shapes.cosine(start=1.0, end=0.0, steps=steps), power=exponent)
    return combinators.remap(wave, low=0.0, high=1.0, to_low=end, to_high=start)
