"""Recipes: compositions under the names that people already know."""

from collections.abc import Callable, Mapping
from typing import Any

from ._arrays import is_number
from ._schedule import Child, length_of, recipe, value_at
from .checks import Condition, Rule, at_least, factory, fraction, no_ratio_of, non_negative, parts, positive
from .checks import schedule as one_schedule
from .clocks import repeat
from .combinators import add, join, multiply, part_of
from .knots import piecewise_linear
from .numeric import Value
from .shapes import constant, cosine, linear

__all__ = [
    "cosine_restarts",
    "infinite",
    "jagged_restarts",
    "one_cycle",
    "one_cycle_momentum",
    "slanted_triangular",
    "triangular_cycles",
    "warmup",
    "warmup_constant",
    "warmup_cosine",
    "warmup_linear",
    "warmup_stable_decay",
]


def _has_something_to_rise_to(child: Any, _: Mapping[str, Any]) -> bool:
    length = length_of(child)
    return not (is_number(length) and length == 0 and is_number(first := value_at(child, 0)) and first == 0)


#: A part of a run that is `total_steps` long.
_a_length = non_negative & no_ratio_of("total_steps")

#: A schedule that a warmup can rise to: a decay to 0 without length is 0 everywhere.
_to_rise_to = Rule(
    one_schedule.admit,
    (
        Condition(
            _has_something_to_rise_to,
            "must have a value to rise to",
            "it is over at once, and 0: give it a length above 0",
        ),
    ),
)


@recipe(schedule=_to_rise_to, warmup_steps=non_negative, rise=factory)
def warmup(schedule: Child, *, warmup_steps: Value, start: Value = 0.0, rise: Callable[..., Any] = linear) -> Any:
    """A warmup to the first value of a schedule, and then that schedule.

        join([rise(start, schedule(0), warmup_steps), schedule], boundaries=[warmup_steps])

    Here the schedule begins after the warmup. Other libraries do otherwise. If the warmup replaces the first steps of
    the schedule, write ``warmup(shift(schedule, steps=-W), warmup_steps=W)``. If the schedule is shortened to the rest
    of the run, write ``warmup(stretch_to(schedule, steps=T - W), warmup_steps=W)``. If the warmup is a factor, write
    ``multiply([linear(start=0.0, end=1.0, steps=W), schedule])``. The warmup rises to the schedule's value at 0. For a
    schedule that counts from one, put `count_from_one` around the whole, or use `join`.

    Args:
        schedule: the schedule.
        warmup_steps: length of the warmup, not negative [steps].
        start: value at step 0 [lr].
        rise: shape of the warmup: `linear`, `cosine`, `logarithmic`, or any function of `start`, `end` and `steps` that
            makes a schedule.

    Raises:
        ValueError: `warmup_steps` is negative; the schedule has no length, or is 0 everywhere.

    Example:
        >>> from pure_schedules import exponential_decay, warmup
        >>> lr = warmup(exponential_decay(start=1.0, rate=0.5, every=10), warmup_steps=4)
        >>> [lr(step) for step in (0, 2, 4, 14)]
        [0.0, 0.5, 1.0, 0.5]

    Source: Goyal et al. 2017, Accurate, Large Minibatch SGD, section 2.2, https://arxiv.org/abs/1706.02677.
    """
    return join([rise(start=start, end=value_at(schedule, 0), steps=warmup_steps), schedule], boundaries=[warmup_steps])


@recipe(warmup_steps=non_negative)
def warmup_constant(*, peak: Value, warmup_steps: Value, start: Value = 0.0) -> Any:
    """A linear warmup from `start` to `peak`, then `peak`.

        join([linear(start, peak, warmup_steps), constant(peak)])

    Args:
        peak: value from `warmup_steps` on [lr].
        warmup_steps: length of the warmup, not negative [steps].
        start: value at step 0 [lr].

    Raises:
        ValueError: `warmup_steps` is negative.

    Example:
        >>> from pure_schedules import warmup_constant
        >>> lr = warmup_constant(peak=1.0, warmup_steps=10)
        >>> [lr(step) for step in (0, 5, 10, 100)]
        [0.0, 0.5, 1.0, 1.0]

    Source: Goyal et al. 2017, Accurate, Large Minibatch SGD, section 2.2, https://arxiv.org/abs/1706.02677.
    """
    return join([linear(start=start, end=peak, steps=warmup_steps), constant(value=peak)])


@recipe(warmup_steps=_a_length, total_steps=non_negative & at_least("warmup_steps"))
def warmup_linear(*, peak: Value, warmup_steps: Value, total_steps: Value, start: Value = 0.0, floor: Value = 0.0) -> Any:
    """A linear warmup to `peak`, then a linear decay to `floor` at `total_steps`.

        join([linear(start, peak, warmup_steps), linear(peak, floor, total_steps - warmup_steps)])

    Args:
        peak: value at `warmup_steps` [lr].
        warmup_steps: length of the warmup, not negative [steps].
        total_steps: length of the run, warmup included [steps].
        start: value at step 0 [lr].
        floor: value from `total_steps` on [lr].

    Raises:
        ValueError: `warmup_steps` is negative, longer than `total_steps`, or a ratio of it.

    Example:
        >>> from pure_schedules import warmup_linear
        >>> lr = warmup_linear(peak=1.0, warmup_steps=10, total_steps=30)
        >>> [lr(step) for step in (0, 5, 10, 20, 30, 100)]
        [0.0, 0.5, 1.0, 0.5, 0.0, 0.0]

    Source: Devlin et al. 2019, BERT, appendix A.2, https://arxiv.org/abs/1810.04805.
    """
    return join(
        [
            linear(start=start, end=peak, steps=warmup_steps),
            linear(start=peak, end=floor, steps=total_steps - warmup_steps),
        ]
    )


@recipe(warmup_steps=_a_length, total_steps=non_negative & at_least("warmup_steps"))
def warmup_cosine(*, peak: Value, warmup_steps: Value, total_steps: Value, start: Value = 0.0, floor: Value = 0.0) -> Any:
    """A linear warmup to `peak`, then a cosine decay to `floor` at `total_steps`.

        join([linear(start, peak, warmup_steps), cosine(peak, floor, total_steps - warmup_steps)])

    Args:
        peak: value at `warmup_steps` [lr].
        warmup_steps: length of the warmup, not negative [steps].
        total_steps: length of the run, warmup included [steps].
        start: value at step 0 [lr].
        floor: value from `total_steps` on [lr].

    Raises:
        ValueError: `warmup_steps` is negative, longer than `total_steps`, or a ratio of it.

    Example:
        >>> from pure_schedules import warmup_cosine
        >>> lr = warmup_cosine(peak=1.0, warmup_steps=10, total_steps=110)
        >>> [round(lr(step), 9) for step in (0, 5, 10, 60, 110, 1000)]
        [0.0, 0.5, 1.0, 0.5, 0.0, 0.0]

    Source: Loshchilov & Hutter 2017, SGDR, eq. 5, https://arxiv.org/abs/1608.03983, after the warmup of Goyal et al. 2017.
    """
    return join(
        [
            linear(start=start, end=peak, steps=warmup_steps),
            cosine(start=peak, end=floor, steps=total_steps - warmup_steps),
        ]
    )


@recipe(
    warmup_steps=_a_length,
    decay_steps=_a_length,
    total_steps=non_negative & at_least("warmup_steps + decay_steps"),
    decay=factory,
)
def warmup_stable_decay(
    *,
    peak: Value,
    warmup_steps: Value,
    decay_steps: Value,
    total_steps: Value,
    start: Value = 0.0,
    floor: Value = 0.0,
    decay: Callable[..., Any] = linear,
) -> Any:
    """A linear warmup to `peak`, a plateau, then a decay to `floor` over the last `decay_steps` of the run.

        join([linear(start, peak, warmup_steps), constant(peak), decay(peak, floor, decay_steps)],
             boundaries=[warmup_steps, total_steps - decay_steps])

    Args:
        peak: value from `warmup_steps` to the beginning of the decay [lr].
        warmup_steps: length of the warmup, not negative [steps].
        decay_steps: length of the decay, not negative [steps].
        total_steps: length of the run, warmup and decay included [steps].
        start: value at step 0 [lr].
        floor: value from `total_steps` on [lr].
        decay: shape of the decay: `linear`, `cosine`, or any function of `start`, `end` and `steps` that makes a
            schedule.

    Raises:
        ValueError: a length is negative, or a ratio of `total_steps`; warmup and decay together are longer than
            `total_steps`.

    Example:
        >>> from pure_schedules import warmup_stable_decay
        >>> lr = warmup_stable_decay(peak=1.0, warmup_steps=10, decay_steps=20, total_steps=100)
        >>> [lr(step) for step in (5, 10, 80, 90, 100)]
        [0.5, 1.0, 1.0, 0.5, 0.0]

    Source: Hu et al. 2024, MiniCPM, section 4, https://arxiv.org/abs/2404.06395; Haegele et al. 2024, Scaling Laws and
    Compute-Optimal Training Beyond Fixed Training Durations, https://arxiv.org/abs/2405.18392.
    """
    return join(
        [
            linear(start=start, end=peak, steps=warmup_steps),
            constant(value=peak),
            decay(start=peak, end=floor, steps=decay_steps),
        ],
        boundaries=[warmup_steps, total_steps - decay_steps],
    )


@recipe(total_steps=positive, warmup_fraction=fraction)
def one_cycle(
    *,
    peak: Value,
    total_steps: Value,
    warmup_fraction: Value = 0.3,
    start_factor: Value = 0.04,
    end_factor: Value = 4e-6,
) -> Any:
    """A cosine rise to `peak` over the first part of the run, then a cosine decay to almost 0 over the rest.

        join([cosine(peak * start_factor, peak, warmup_fraction * total_steps),
              cosine(peak, peak * end_factor, (1 - warmup_fraction) * total_steps)])

    Args:
        peak: highest value, at `warmup_fraction * total_steps` [lr].
        total_steps: length of the run, positive [steps].
        warmup_fraction: part of the run that the rise takes, from 0 to 1 [1].
        start_factor: value at step 0, as a multiple of the peak [1].
        end_factor: value from `total_steps` on, as a multiple of the peak [1].

    Raises:
        ValueError: `total_steps` is not positive, or `warmup_fraction` is not from 0 to 1.

    Example:
        >>> from pure_schedules import one_cycle
        >>> lr = one_cycle(peak=1.0, total_steps=100, warmup_fraction=0.25, start_factor=0.5, end_factor=0.0)
        >>> [round(lr(step), 9) for step in (0, 25, 100, 1000)]
        [0.5, 1.0, 0.0, 0.0]

    Source: Smith & Topin 2018, Super-Convergence, https://arxiv.org/abs/1708.07120; waves and factors as in torch.
    """
    rise = part_of(total_steps, warmup_fraction)
    return join(
        [
            cosine(start=peak * start_factor, end=peak, steps=rise),
            cosine(start=peak, end=peak * end_factor, steps=total_steps - rise),
        ]
    )


@recipe(total_steps=positive, warmup_fraction=fraction)
def one_cycle_momentum(*, total_steps: Value, warmup_fraction: Value = 0.3, start: Value = 0.95, floor: Value = 0.85) -> Any:
    """The momentum for `one_cycle`: it falls to `floor` while the rate rises, and rises while the rate falls.

        join([cosine(start, floor, warmup_fraction * total_steps),
              cosine(floor, start, (1 - warmup_fraction) * total_steps)])

    A `remap` of the rate is no substitute: the rate ends far below its start, so the momentum would leave its range.

    Args:
        total_steps: length of the run, positive [steps].
        warmup_fraction: part of the run in which the rate rises, from 0 to 1 [1].
        start: value at step 0, and from `total_steps` on [lr].
        floor: value where the rate is at its peak [lr].

    Raises:
        ValueError: `total_steps` is not positive, or `warmup_fraction` is not from 0 to 1.

    Example:
        >>> from pure_schedules import one_cycle_momentum
        >>> momentum = one_cycle_momentum(total_steps=100)
        >>> [round(momentum(step), 9) for step in (0, 15, 30, 65, 100, 1000)]
        [0.95, 0.9, 0.85, 0.9, 0.95, 0.95]

    Source: Smith & Topin 2018, Super-Convergence, https://arxiv.org/abs/1708.07120; the numbers of torch.
    """
    rise = part_of(total_steps, warmup_fraction)
    return join([cosine(start=start, end=floor, steps=rise), cosine(start=floor, end=start, steps=total_steps - rise)])


@recipe(every=positive, times=parts, growth=positive, factor=positive)
def cosine_restarts(
    *,
    peak: Value,
    every: Value,
    times: int,
    growth: Value = 1,
    factor: Value = 1.0,
    floor: Value = 0.0,
) -> Any:
    """Cosine decays from the peak to `floor`, one after another, each `growth` times as long as the one before.

        join([cosine(peak * factor ** i, floor, every * growth ** i) for i in range(times)])

    After the last one it stays at `floor`. For endless rounds of equal length write ``repeat(cosine(...))``.

    Args:
        peak: value at step 0 [lr].
        every: length of the first round, positive [steps].
        times: number of rounds, a whole number from 1 to 100000 [1].
        growth: ratio of each round's length to that of the one before, positive [1].
        factor: ratio of each round's peak to that of the one before, positive [1].
        floor: value at the end of each round, and after the last [lr].

    Raises:
        ValueError: `every`, `growth` or `factor` is not positive; `times` is not a whole number from 1 to 100000.

    Example:
        >>> from pure_schedules import cosine_restarts
        >>> lr = cosine_restarts(peak=1.0, every=10, times=3, growth=2, factor=0.5)
        >>> [round(lr(step), 9) for step in (0, 5, 10, 20, 30, 70)]
        [1.0, 0.5, 0.5, 0.25, 0.25, 0.0]

    Source: Loshchilov & Hutter 2017, SGDR, https://arxiv.org/abs/1608.03983.
    """
    return join(
        [cosine(start=peak * factor**index, end=floor, steps=every * growth**index) for index in range(times)],
    )


@recipe(warmup_steps=non_negative, decay_steps=non_negative, decay=factory)
def infinite(
    *,
    peak: Value,
    floor: Value,
    warmup_steps: Value,
    decay_steps: Value,
    start: Value = 0.0,
    decay: Callable[..., Any] = cosine,
) -> Any:
    """A linear warmup to `peak`, a decay to `floor`, then `floor` for as long as training goes on.

        join([linear(start, peak, warmup_steps), decay(peak, floor, decay_steps), constant(floor)])

    Each final model is a branch with a cooldown: ``cool_down(schedule, at=k, decay_steps=D, decay=exponential)``.

    Args:
        peak: value at `warmup_steps` [lr].
        floor: value from `warmup_steps + decay_steps` on [lr].
        warmup_steps: length of the warmup, not negative [steps].
        decay_steps: length of the decay, not negative [steps].
        start: value at step 0 [lr].
        decay: shape of the decay: `cosine`, or any function of `start`, `end` and `steps` that makes a schedule.

    Raises:
        ValueError: a length is negative.

    Example:
        >>> from pure_schedules import infinite
        >>> lr = infinite(peak=1.0, floor=0.5, warmup_steps=10, decay_steps=20)
        >>> [round(lr(step), 9) for step in (0, 10, 20, 30, 10_000)]
        [0.0, 1.0, 0.75, 0.5, 0.5]

    Source: Ibrahim et al. 2024, Simple and Scalable Strategies to Continually Pre-train Large Language Models, section 7,
    https://arxiv.org/abs/2403.08763.
    """
    return join(
        [
            linear(start=start, end=peak, steps=warmup_steps),
            decay(start=peak, end=floor, steps=decay_steps),
            constant(value=floor),
        ]
    )


@recipe(total_steps=positive, warmup_fraction=fraction, ratio=positive)
def slanted_triangular(*, peak: Value, total_steps: Value, warmup_fraction: Value = 0.1, ratio: Value = 32) -> Any:
    """A short linear rise to `peak` and a long linear decay back to the first value.

        piecewise_linear([peak / ratio, peak, peak / ratio], [warmup_fraction * total_steps, total_steps])

    Args:
        peak: highest value, at `warmup_fraction * total_steps` [lr].
        total_steps: length of the run, positive [steps].
        warmup_fraction: part of the run that the rise takes, from 0 to 1 [1].
        ratio: ratio of the peak to the lowest value, positive [1].

    Raises:
        ValueError: `total_steps` or `ratio` is not positive, or `warmup_fraction` is not from 0 to 1.

    Example:
        >>> from pure_schedules import slanted_triangular
        >>> lr = slanted_triangular(peak=1.0, total_steps=100, warmup_fraction=0.25, ratio=2)
        >>> [lr(step) for step in (0, 25, 100)]
        [0.5, 1.0, 0.5]

    Source: Howard & Ruder 2018, ULMFiT, section 3.2, https://arxiv.org/abs/1801.06146.
    """
    lowest = peak / ratio
    return piecewise_linear(values=[lowest, peak, lowest], boundaries=[part_of(total_steps, warmup_fraction), total_steps])


@recipe(warmup_steps=non_negative, decay_steps=non_negative, factor=positive)
def triangular_cycles(
    *, peak: Value, floor: Value, warmup_steps: Value, decay_steps: Value | None = None, factor: Value = 1.0
) -> Any:
    """Endless triangles from `floor` to `peak` and back, each `factor` times as high above `floor` as the one before.

        add([constant(floor), repeat(a straight line up from 0 to peak - floor, and one down, factor=factor)])

    Args:
        peak: highest value of the first round [lr].
        floor: lowest value, at the beginning of every round [lr].
        warmup_steps: length of the warmup, not negative [steps].
        decay_steps: length of the fall, not negative; by default that of the rise [steps].
        factor: ratio of each triangle's height to that of the one before, positive; 0.5 is "triangular2" [1].

    Raises:
        ValueError: a length is negative, or both are 0; `factor` is not positive.

    Example:
        >>> from pure_schedules import triangular_cycles
        >>> lr = triangular_cycles(floor=1.0, peak=3.0, warmup_steps=10, factor=0.5)
        >>> [lr(step) for step in (0, 5, 10, 20, 30)]
        [1.0, 2.0, 3.0, 1.0, 2.0]

    Source: Smith 2017, Cyclical Learning Rates for Training Neural Networks, section 3.1, https://arxiv.org/abs/1506.01186.
    """
    end = warmup_steps + (warmup_steps if decay_steps is None else decay_steps)
    triangle = piecewise_linear(values=[0.0, peak - floor, 0.0], boundaries=[warmup_steps, end])
    return add([constant(value=floor), repeat(triangle, factor=factor)])


@recipe(every=positive & at_least("warmup_steps + decay_steps"), warmup_steps=non_negative, decay_steps=non_negative)
def jagged_restarts(schedule: Child, *, every: Value, warmup_steps: Value, decay_steps: Value = 0) -> Any:
    """A schedule that falls to 0 and warms up again at every restart of the optimizer.

        multiply([schedule, join([1 down to 0 over the last decay_steps of the first `every`,
                  repeat(0 up to 1 over warmup_steps, 1, 1 down to 0 over decay_steps)])])

    Args:
        schedule: the schedule.
        every: steps from one restart to the next, positive [steps].
        warmup_steps: length of the rise after a restart, not negative [steps].
        decay_steps: length of the fall before a restart, not negative [steps].

    Raises:
        ValueError: a length is negative; `every` is shorter than the rise and the fall.

    Example:
        >>> from pure_schedules import constant, jagged_restarts
        >>> lr = jagged_restarts(constant(value=1.0), every=100, warmup_steps=10)
        >>> [lr(step) for step in (0, 99, 100, 105, 110, 200)]
        [1.0, 1.0, 0.0, 0.5, 1.0, 0.0]

    Source: Lialin et al. 2023, ReLoRA, section 3, https://arxiv.org/abs/2307.05695.
    """
    fall = every - decay_steps
    first = piecewise_linear(values=[1.0, 1.0, 0.0], boundaries=[fall, every])
    later = piecewise_linear(values=[0.0, 1.0, 1.0, 0.0], boundaries=[warmup_steps, fall, every])
    return multiply([schedule, join([first, repeat(later)], boundaries=[every])])
