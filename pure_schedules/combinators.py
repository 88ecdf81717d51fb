"""Combinators: join schedules one after another, or change and combine their values.

Each is a formula like any other, with schedules among its hyperparameters. A child is any function of the step. The
combinators that change a schedule's clock are in ``clocks``.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

from . import numeric
from ._arrays import is_number
from ._factory import is_constant, read_with, runnable, settled_at
from ._schedule import Child, length_of, recipe, schedule, value_at
from ._trees import Node
from .checks import (
    Condition,
    Rule,
    as_many_as,
    at_least,
    bound_schedule,
    can_be_asked,
    different_from,
    every,
    finite,
    increasing,
    name_in,
    numbers,
    one_fewer_than,
    positive,
    schedules,
    summing_to_one,
    whole,
)
from .clocks import finite_schedules, shift, stretch_to
from .numeric import Value, broadcast, in_pieces, piecewise

__all__ = [
    "add",
    "chain",
    "clip",
    "divide",
    "join",
    "maximum",
    "mean",
    "minimum",
    "mix",
    "multiply",
    "raise_to",
    "remap",
    "round_down",
    "round_to",
    "running_product",
    "scale",
    "sequence",
    "switch",
    "vary",
]


def _ends(given: Mapping[str, Any]) -> tuple[Any, ...]:
    """The step at which each schedule but the last ends, counted from the start of the first."""
    ends: list[Any] = []
    for index, child in enumerate(given["schedules"][:-1]):
        length = length_of(child)
        if is_number(length) and not math.isfinite(length):
            raise ValueError(
                f"boundaries must be given where a schedule is endless, got schedules[{index}]={child!r}; "
                "write boundaries=[...] with the step at which each next one begins"
            )
        ends.append(ends[-1] + length if ends else length)
    return tuple(ends)


def _joined_length(schedules: Sequence[Any], boundaries: Sequence[Any] | None) -> Any:
    starts = (0, *(_ends({"schedules": schedules}) if boundaries is None else boundaries))
    return starts[-1] + settled_at(schedules[-1])


def _in_turn(children: Sequence[Any]) -> Any:
    """Children as functions of the step, grouped by formula if they are many."""
    return in_pieces(runnable(children))


#: Schedules of which one is active at a time.
schedules_in_turn = replace(schedules, prepared=_in_turn)


@schedule(
    schedules=schedules_in_turn,
    boundaries=(increasing & one_fewer_than("schedules")).or_else(_ends),
    length=_joined_length,
)
def join(step: Value, schedules: Sequence[Child], *, boundaries: Sequence[Value] | None = None) -> Any:
    """One schedule after another, each from its boundary on, counting steps from 0 there.

        lr(t) = schedules[i](t - b[i]),    i = how many of the boundaries are at or before t,    b = [0, *boundaries]

    Args:
        schedules: the schedules in order.
        boundaries: the step at which each one after the first begins, in order; by default each begins where the one
            before it ends [steps].

    Raises:
        ValueError: the lists do not match in length; a boundary is negative, or they are not in order; they are missing, and
            a schedule before the last is endless.

    Example:
        >>> from pure_schedules import join, linear
        >>> lr = join([linear(start=0.0, end=1.0, steps=10), linear(start=1.0, end=0.0, steps=20)])
        >>> [lr(step) for step in (0, 5, 10, 20, 30, 1000)]
        [0.0, 0.5, 1.0, 0.5, 0.0, 0.0]

    Source: `join_schedules` in optax, `SequentialLR` in torch.
    """
    assert boundaries is not None  # made when bound
    return piecewise(step, schedules, boundaries)


def _starts_above_nothing(children: Any, _: Mapping[str, Any]) -> Any:
    return every(value != 0 for value in [value_at(child, 0) for child in children[1:]] if can_be_asked(value))


@recipe(
    schedules=schedules
    & Rule(
        schedules.admit,
        (
            Condition(
                _starts_above_nothing,
                "must not begin at 0 after the first, where nothing can be scaled to the value reached",
                "write join, and the value that the next one starts from",
            ),
        ),
    ),
    boundaries=(increasing & one_fewer_than("schedules")).or_else(_ends),
)
def chain(schedules: Sequence[Child], *, boundaries: Sequence[Value] | None = None) -> Any:
    """One schedule after another, each scaled so that it begins at the value that the one before it has reached.

        join([schedules[0], scale(schedules[1], factor=c[1]), ...], boundaries),    b = [0, *boundaries],
        c[0] = 1,    c[i + 1] = c[i] * schedules[i](b[i + 1] - b[i]) / schedules[i + 1](0)

    Args:
        schedules: the schedules in their order; none after the first begins at 0.
        boundaries: the step at which each one after the first begins, in order; by default each begins where the one
            before it ends [steps].

    Raises:
        ValueError: as for `join`; or a schedule after the first begins at 0.

    Example:
        >>> from pure_schedules import chain, linear
        >>> lr = chain([linear(start=1.0, end=0.5, steps=10), linear(start=1.0, end=0.5, steps=10)])
        >>> [lr(step) for step in (0, 10, 20)]
        [1.0, 0.5, 0.25]

    Source: `SequentialScheduler` in OLMo-core, `CombinedLearningRateScheduler` in AllenNLP.
    """
    assert boundaries is not None  # made when bound
    starts = (0, *boundaries)
    pieces: list[Child] = [schedules[0]]
    reached: Any = 1.0
    for index, child in enumerate(schedules[1:]):
        reached = reached * value_at(schedules[index], starts[index + 1] - starts[index]) / value_at(child, 0)
        pieces.append(scale(child, factor=reached))
    return join(pieces, boundaries=boundaries)


@recipe(boundaries=increasing & one_fewer_than("schedules"), schedules=schedules)
def switch(schedules: Sequence[Child], *, boundaries: Sequence[Value]) -> Any:
    """One schedule after another, each from its boundary on, all on one common clock.

        join([schedules[0], shift(schedules[1], steps=-boundaries[0]), ...], boundaries)

    Args:
        schedules: the schedules in order.
        boundaries: the step from which each one after the first is active, in order [steps].

    Raises:
        ValueError: the lists do not match in length; a boundary is negative, or they are not in order.

    Example:
        >>> from pure_schedules import constant, linear, switch
        >>> lr = switch([constant(value=2.0), linear(start=1.0, end=0.0, steps=10)], boundaries=[5])
        >>> [lr(step) for step in (4, 5, 8)]
        [2.0, 0.5, 0.2]

    Source: `WarmupParamScheduler` in detectron2; the warmups of timm without `warmup_prefix`.
    """
    later = [
        child if is_constant(child) else shift(child, steps=-start)
        for child, start in zip(schedules[1:], boundaries, strict=True)
    ]
    return join([schedules[0], *later], boundaries=boundaries)


@recipe(
    schedules=finite_schedules,
    fractions=numbers & as_many_as("schedules") & summing_to_one,
    total_steps=positive,
)
def sequence(schedules: Sequence[Child], *, fractions: Sequence[Value], total_steps: Value) -> Any:
    """One schedule after another, each stretched to its fraction of the run.

        join([stretch_to(schedules[0], steps=fractions[0] * total_steps), ...])

    Args:
        schedules: the schedules in order; none is endless.
        fractions: the part of the run that each of them takes, positive, with sum 1 [1].
        total_steps: length of the run, positive [steps].

    Raises:
        ValueError: a schedule is endless; the lists do not match in length; a fraction is not positive, or their sum is not
            1.

    Example:
        >>> from pure_schedules import linear, sequence
        >>> lr = sequence(
        ...     [linear(start=0.0, end=1.0, steps=1), linear(start=1.0, end=0.0, steps=1)],
        ...     fractions=[0.2, 0.8],
        ...     total_steps=100,
        ... )
        >>> [lr(step) for step in (0, 10, 20, 60, 100)]
        [0.0, 0.5, 1.0, 0.5, 0.0]

    Source: `CompositeParamScheduler` in fvcore, `combine_scheds` in fastai.
    """
    lengths = [part_of(total_steps, fraction) for fraction in fractions]
    if all(map(is_number, lengths)):
        lengths[-1] = total_steps - sum(
            lengths[:-1]
        )  # without rounding errors, so that the run has exactly the given length
    return join([stretch_to(child, steps=steps) for child, steps in zip(schedules, lengths, strict=True)])


def part_of(length: Value, fraction: Value) -> Any:
    """A fraction of a length; a whole number if the exact product is one."""
    part: Any = fraction * length
    return int(part) if type(length) is int and type(part) is float and part.is_integer() else part


@schedule
def scale(step: Value, schedule: Child, *, factor: Value) -> Any:
    """A schedule multiplied by a number.

        lr(t) = factor * schedule(t)

    For layer-wise rates, use one factor for each parameter group.

    Args:
        schedule: the schedule.
        factor: the number that multiplies it [1].

    Raises:
        ValueError: `factor` is not finite.

    Example:
        >>> from pure_schedules import linear, scale
        >>> scale(linear(start=0.0, end=1.0, steps=10), factor=3.0)(5)
        1.5

    Source: `scale_by_schedule` in optax; the linear scaling rule of Goyal et al. 2017, https://arxiv.org/abs/1706.02677.
    """
    return factor * schedule(step)


@schedule(high=finite & at_least("low"))
def clip(step: Value, schedule: Child, *, low: Value | None = None, high: Value | None = None) -> Any:
    """A schedule limited to the range from `low` to `high`.

        lr(t) = min(max(schedule(t), low), high)

    Args:
        schedule: the schedule.
        low: lower bound; by default none [lr].
        high: upper bound, not below `low`; by default none [lr].

    Raises:
        ValueError: `high` is below `low`.

    Example:
        >>> from pure_schedules import clip, linear
        >>> lr = clip(linear(start=1.0, end=0.0, steps=10), low=0.25)
        >>> lr(5), lr(9)
        (0.5, 0.25)

    Source: the hard floors of Megatron-LM, NeMo and MXNet (`min_lr`).
    """
    value = schedule(step)
    value = value if low is None else numeric.maximum(value, low)
    return value if high is None else numeric.minimum(value, high)


@schedule(schedules=schedules)
def multiply(step: Value, schedules: Sequence[Child]) -> Any:
    """The product of schedules, all on the same clock.

        lr(t) = schedules[0](t) * schedules[1](t) * ...

    Args:
        schedules: the schedules, at least one.

    Raises:
        TypeError: `schedules` is not a list of schedules.

    Example:
        >>> from pure_schedules import constant, linear, multiply
        >>> multiply([constant(value=0.5), linear(start=0.0, end=1.0, steps=10)])(4)
        0.2

    Source: the factor strings of t5x; `ChainedScheduler` in torch, where it is a product.
    """
    return reduce(lambda product, child: product * child(step), schedules[1:], schedules[0](step))


@schedule(schedules=schedules)
def add(step: Value, schedules: Sequence[Child]) -> Any:
    """The sum of schedules, all on the same clock.

        lr(t) = schedules[0](t) + schedules[1](t) + ...

    Args:
        schedules: the schedules, at least one.

    Raises:
        TypeError: `schedules` is not a list of schedules.

    Example:
        >>> from pure_schedules import add, constant, linear
        >>> add([constant(value=0.5), linear(start=0.0, end=1.0, steps=4)])(1)
        0.75

    Source: `ComposedLrScheduler` in burn.
    """
    return reduce(lambda total, child: total + child(step), schedules[1:], schedules[0](step))


@schedule(schedules=schedules)
def maximum(step: Value, schedules: Sequence[Child]) -> Any:
    """The largest of several schedules at each step, all on the same clock.

        lr(t) = max(schedules[0](t), schedules[1](t), ...)

    Args:
        schedules: the schedules, at least one.

    Raises:
        TypeError: `schedules` is not a list of schedules.

    Example:
        >>> from pure_schedules import constant, linear, maximum
        >>> maximum([constant(value=0.5), linear(start=0.0, end=1.0, steps=4)])(3)
        0.75

    Source: `MaxScheduler` in OLMo.
    """
    return reduce(lambda largest, child: numeric.maximum(largest, child(step)), schedules[1:], schedules[0](step))


@schedule(schedules=schedules)
def minimum(step: Value, schedules: Sequence[Child]) -> Any:
    """The smallest of several schedules at each step, all on the same clock.

        lr(t) = min(schedules[0](t), schedules[1](t), ...)

    Args:
        schedules: the schedules, at least one.

    Raises:
        TypeError: `schedules` is not a list of schedules.

    Example:
        >>> from pure_schedules import constant, linear, minimum
        >>> minimum([constant(value=0.5), linear(start=0.0, end=1.0, steps=4)])(1)
        0.25

    Source: the two branches of Vaswani et al. 2017, section 5.3, https://arxiv.org/abs/1706.03762.
    """
    return reduce(lambda smallest, child: numeric.minimum(smallest, child(step)), schedules[1:], schedules[0](step))


@schedule
def divide(step: Value, schedule: Child, by: Child) -> Any:
    """One schedule divided by another, on the same clock; 0 where the other is 0.

        lr(t) = schedule(t) / by(t),    and 0 where by(t) = 0

    torch's AdamW multiplies the weight decay by the rate: ``divide(constant(value=c), lr)`` gives a decay of c at every
    rate. Where the rate is 0, as at the first step of a warmup, the decay is 0 too.

    Args:
        schedule: the dividend.
        by: the divisor.

    Raises:
        TypeError: an argument is not a schedule.

    Example:
        >>> from pure_schedules import constant, divide, linear
        >>> weight_decay = divide(constant(value=1e-5), linear(start=0.0, end=1e-3, steps=4))
        >>> [weight_decay(step) for step in (0, 1, 4, 100)]
        [0.0, 0.04, 0.01, 0.01]

    Source: Loshchilov & Hutter 2019, Decoupled Weight Decay Regularization, https://arxiv.org/abs/1711.05101, whose decay
        does not depend on the rate.
    """
    value, divisor = schedule(step), by(step)
    is_nothing = divisor == 0
    return numeric.where(is_nothing, 0.0, value / numeric.where(is_nothing, 1.0, divisor))


@schedule(schedules=schedules)
def mean(step: Value, schedules: Sequence[Child]) -> Any:
    """The mean of schedules at each step, all on the same clock.

        lr(t) = (schedules[0](t) + schedules[1](t) + ...) / n

    Args:
        schedules: the schedules, at least one.

    Raises:
        TypeError: `schedules` is not a list of schedules.

    Example:
        >>> from pure_schedules import constant, linear, mean
        >>> mean([constant(value=0.5), linear(start=0.0, end=1.0, steps=4)])(2)
        0.5

    Source: `ComposedLrScheduler` in burn.
    """
    return reduce(lambda total, child: total + child(step), schedules[1:], schedules[0](step)) / len(schedules)


@schedule
def mix(step: Value, schedule: Child, other: Child, weight: Child) -> Any:
    """Interpolate between two schedules, by a third one as weight.

        lr(t) = schedule(t) + (other(t) - schedule(t)) * weight(t)

    Args:
        schedule: its value where the weight is 0.
        other: its value where the weight is 1.
        weight: a schedule from 0 to 1.

    Raises:
        TypeError: an argument is not a schedule.

    Example:
        >>> from pure_schedules import constant, linear, mix
        >>> lr = mix(constant(value=1.0), constant(value=3.0), linear(start=0.0, end=1.0, steps=4))
        >>> lr(0), lr(1), lr(4)
        (1.0, 1.5, 3.0)

    Source: the stages of modded-nanogpt, which are interpolated.
    """
    share = weight(step)
    return schedule(step) * (1 - share) + other(step) * share


@schedule(power=positive)
def raise_to(step: Value, schedule: Child, *, power: Value) -> Any:
    """A schedule raised to a power.

        lr(t) = schedule(t) ** power

    Args:
        schedule: the schedule, nowhere negative.
        power: exponent, positive [1].

    Raises:
        ValueError: `power` is not positive.

    Example:
        >>> from pure_schedules import linear, raise_to
        >>> raise_to(linear(start=1.0, end=0.0, steps=10), power=2)(5)
        0.25

    Source: `exponent` of `cosine_decay_schedule` in optax; rates by the square root of the batch size, Krizhevsky 2014,
    One Weird Trick, section 5, https://arxiv.org/abs/1404.5997 (power 0.5).
    """
    return numeric.power(schedule(step), power)


@schedule(high=finite & different_from("low"))
def remap(step: Value, schedule: Child, *, low: Value, high: Value, to_low: Value, to_high: Value) -> Any:
    """A schedule mapped linearly to another range: `low` becomes `to_low`, `high` becomes `to_high`.

        lr(t) = to_low + (to_high - to_low) * (schedule(t) - low) / (high - low)

    Use it where one hyperparameter follows another: momentum falls from 0.95 to 0.85 while the rate rises to its peak.

    Args:
        schedule: the schedule.
        low: a value of the schedule [lr].
        high: another value of the schedule, not equal to `low` [lr].
        to_low: the new value for `low` [lr].
        to_high: the new value for `high` [lr].

    Raises:
        ValueError: `low` and `high` are equal.

    Example:
        >>> from pure_schedules import linear, remap
        >>> momentum = remap(linear(start=0.0, end=4.0, steps=4), low=0.0, high=4.0, to_low=1.0, to_high=0.5)
        >>> [momentum(step) for step in (0, 2, 4)]
        [1.0, 0.75, 0.5]

    Source: `cycle_momentum` of `OneCycleLR` in torch; `ProportionScheduler` in pytorch_optimizer.
    """
    weight = (schedule(step) - low) / (high - low)
    return to_low * (1 - weight) + to_high * weight


@schedule(multiple=positive)
def round_to(step: Value, schedule: Child, *, multiple: Value) -> Any:
    """A schedule rounded to the nearest multiple of a number; halves round up.

        lr(t) = floor(schedule(t) / multiple + 0.5) * multiple

    Args:
        schedule: the schedule.
        multiple: the values are multiples of this number, positive [lr].

    Raises:
        ValueError: `multiple` is not positive.

    Example:
        >>> from pure_schedules import linear, round_to
        >>> batch_size = round_to(linear(start=16, end=64, steps=10), multiple=16)
        >>> [batch_size(step) for step in (0, 1, 2, 5, 10)]
        [16.0, 16.0, 32.0, 48.0, 64.0]

    Source: batch-size ramps; rounding in CoreNet's schedules.
    """
    return numeric.multiples(schedule(step) + multiple / 2, multiple) * multiple


@schedule(multiple=positive)
def round_down(step: Value, schedule: Child, *, multiple: Value) -> Any:
    """A schedule rounded down to a multiple of a number.

        lr(t) = floor(schedule(t) / multiple) * multiple

    Args:
        schedule: the schedule.
        multiple: the values are multiples of this number, positive [lr].

    Raises:
        ValueError: `multiple` is not positive.

    Example:
        >>> from pure_schedules import linear, round_down
        >>> sequence_length = round_down(linear(start=128, end=1024, steps=10), multiple=128)
        >>> [sequence_length(step) for step in (0, 1, 2, 10)]
        [128.0, 128.0, 256.0, 1024.0]

    Source: `difficulty_step` of DeepSpeed's curriculum; `keep_multiple_of` in OLMo-core.
    """
    return numeric.multiples(schedule(step), multiple) * multiple


def _varied_length(schedule: Node, by: Child, hyperparameter: str) -> Any:
    """The length, which is known once `by` has ended."""
    settled = settled_at(by)
    if is_number(settled) and settled == math.inf:
        return math.inf
    return numeric.maximum(settled, read_with(schedule, {hyperparameter: value_at(by, settled)}).steps)


@schedule(schedule=bound_schedule, hyperparameter=name_in("schedule"), length=_varied_length)
def vary(step: Value, schedule: Child, by: Child, *, hyperparameter: str = "peak") -> Any:
    """A schedule with one hyperparameter that is itself a schedule, on the same clock.

        lr(t) = schedule(t, {hyperparameter: by(t)})

    Args:
        schedule: the schedule, from this library or your own under `@schedule`.
        by: the value of the hyperparameter at each step.
        hyperparameter: its name.

    Raises:
        TypeError: `schedule` is a plain function, which has no hyperparameters.
        ValueError: `schedule` has no number of that name.

    Example:
        >>> from pure_schedules import cosine, linear, vary
        >>> lr = vary(cosine(start=1.0, steps=100), linear(start=1.0, end=0.5, steps=50), hyperparameter="start")
        >>> [round(lr(step), 9) for step in (0, 50, 100)]
        [1.0, 0.25, 0.0]

    Source: `ComposedSchedule` in ParameterSchedulers.jl.
    """
    assert isinstance(schedule, Node)  # by its rule
    value = broadcast(by(step), schedule.arguments[hyperparameter])  # in a batch, it takes the place of a batch
    return read_with(schedule, {hyperparameter: value}).run(step)


@schedule(times=whole, length=lambda schedule, times: times)
def running_product(step: Value, schedule: Child, *, times: int) -> Any:
    """The product of a schedule's values at 1, 2, 3 and so on up to the step, at most `times` of them.

        lr(t) = schedule(1) * schedule(2) * ... * schedule(min(t, times))

    It keeps no state, so it costs one call for each step before. Use a closed formula if there is one, such as
    `exponential_decay` for equal factors.

    Args:
        schedule: the factor at each step.
        times: the largest number of factors, a whole number above 0 [1].

    Raises:
        ValueError: `times` is not a whole number above 0.

    Example:
        >>> from pure_schedules import constant, running_product
        >>> lr = running_product(constant(value=0.5), times=3)
        >>> [lr(step) for step in (0, 1, 2, 3, 10)]
        [1.0, 0.5, 0.25, 0.125, 0.125]

    Source: `MultiplicativeLR` in torch.
    """
    return numeric.product_up_to(schedule, step, times)
