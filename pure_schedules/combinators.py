"""The combinators: verbs that make schedules of schedules.

Each is a formula like any other, with children among its hyperparameters. A child is any function of the step.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any, TypeAlias

from . import numeric
from ._schedule import length_of, recipe, schedule
from .checks import at_least, finite, increasing, one_fewer_than, positive, schedules
from .numeric import Value, clamp, piecewise, where

if TYPE_CHECKING:
    #: A schedule, or any function of the step.
    Child: TypeAlias = Callable[[Any], Any]
else:
    Child = Callable[[int], float]

__all__ = ["add", "clip", "count_from_one", "join", "maximum", "minimum", "multiply", "repeat", "scale", "shift", "stretch"]


def _ends(given: Mapping[str, Any]) -> tuple[Any, ...]:
    """Where each schedule but the last ends, when each begins where the one before it ended."""
    ends: list[Any] = []
    for index, child in enumerate(given["schedules"][:-1]):
        length = length_of(child)
        if numeric.is_number(length) and not math.isfinite(length):
            raise ValueError(
                f"boundaries must be given where a schedule has no end of its own, got schedules[{index}]={child!r}; "
                "write boundaries=[...] with the step at which each next one begins"
            )
        ends.append(ends[-1] + length if ends else length)
    return tuple(ends)


def _joined_length(schedules: Sequence[Any], boundaries: Sequence[Any] | None) -> Any:
    starts = (0, *(_ends({"schedules": schedules}) if boundaries is None else boundaries))
    return starts[-1] + length_of(schedules[-1])


@schedule(schedules=schedules, boundaries=(increasing & one_fewer_than("schedules")).or_else(_ends), length=_joined_length)
def join(step: Value, schedules: Sequence[Child], *, boundaries: Sequence[Value] | None = None) -> Any:
    """One schedule after another, each from its boundary on and on its own clock, which starts there at 0.

        lr(t) = schedules[i](t - b[i]),    i = how many of the boundaries are at or before t,    b = [0, *boundaries]

    Args:
        schedules: the schedules in their order.
        boundaries: the step at which each one after the first begins, not falling; where they are left out, each begins
            where the one before it ends [steps].

    Raises:
        ValueError: the counts do not fit; the boundaries are negative or fall; they are left out, and a schedule
            that another one follows has no end.

    Example:
        >>> from pure_schedules import join, linear
        >>> lr = join([linear(start=0.0, end=1.0, steps=10), linear(start=1.0, end=0.0, steps=20)])
        >>> [lr(step) for step in (0, 5, 10, 20, 30, 1000)]
        [0.0, 0.5, 1.0, 0.5, 0.0, 0.0]

    Source: `join_schedules` in optax, `SequentialLR` in torch.
    """
    assert boundaries is not None  # made when bound
    return piecewise(step, schedules, boundaries)


@schedule
def scale(step: Value, schedule: Child, *, factor: Value) -> Any:
    """A schedule multiplied by a number.

        lr(t) = factor * schedule(t)

    Args:
        schedule: the schedule.
        factor: what it is multiplied by [1].

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
    """A schedule that is never below `low` nor above `high`.

        lr(t) = min(max(schedule(t), low), high)

    Args:
        schedule: the schedule.
        low: lower bound, none if left out [lr].
        high: upper bound, none if left out; not below `low` [lr].

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
        TypeError: it is not a list of schedules.

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
        TypeError: it is not a list of schedules.

    Example:
        >>> from pure_schedules import add, constant, linear
        >>> add([constant(value=0.5), linear(start=0.0, end=1.0, steps=4)])(1)
        0.75

    Source: `ComposedLrScheduler` in burn.
    """
    return reduce(lambda total, child: total + child(step), schedules[1:], schedules[0](step))


@schedule(schedules=schedules)
def maximum(step: Value, schedules: Sequence[Child]) -> Any:
    """The largest of schedules at each step, all on the same clock.

        lr(t) = max(schedules[0](t), schedules[1](t), ...)

    Args:
        schedules: the schedules, at least one.

    Raises:
        TypeError: it is not a list of schedules.

    Example:
        >>> from pure_schedules import constant, linear, maximum
        >>> maximum([constant(value=0.5), linear(start=0.0, end=1.0, steps=4)])(3)
        0.75

    Source: `MaxScheduler` in OLMo.
    """
    return reduce(lambda largest, child: numeric.maximum(largest, child(step)), schedules[1:], schedules[0](step))


@schedule(schedules=schedules)
def minimum(step: Value, schedules: Sequence[Child]) -> Any:
    """The smallest of schedules at each step, all on the same clock.

        lr(t) = min(schedules[0](t), schedules[1](t), ...)

    Args:
        schedules: the schedules, at least one.

    Raises:
        TypeError: it is not a list of schedules.

    Example:
        >>> from pure_schedules import constant, linear, minimum
        >>> minimum([constant(value=0.5), linear(start=0.0, end=1.0, steps=4)])(1)
        0.25

    Source: the two branches of Vaswani et al. 2017, section 5.3, https://arxiv.org/abs/1706.03762.
    """
    return reduce(lambda smallest, child: numeric.minimum(smallest, child(step)), schedules[1:], schedules[0](step))


@schedule(length=lambda schedule, steps: numeric.maximum(length_of(schedule) + steps, 0))
def shift(step: Value, schedule: Child, *, steps: Value) -> Any:
    """A schedule that begins so many steps later, at its value at 0 until then.

        lr(t) = schedule(max(t - steps, 0))

    Args:
        schedule: the schedule.
        steps: how much later; a negative number begins inside the schedule, that much earlier [steps].

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
    """A schedule that takes so many times as long.

        lr(t) = schedule(t / factor)

    Args:
        schedule: the schedule.
        factor: how many times as long, positive; below 1 it is shortened [1].

    Raises:
        ValueError: `factor` is a number and not positive.

    Example:
        >>> from pure_schedules import linear, stretch
        >>> stretch(linear(start=0.0, end=1.0, steps=10), factor=2)(10)
        0.5

    Source: the scale schedule ratio of Composer.
    """
    return schedule(step / factor)


def _period(given: Mapping[str, Any]) -> Any:
    length = length_of(given["schedule"])
    if numeric.is_number(length) and not 0 < length < math.inf:
        problem = "no end of its own" if length else "no length"
        raise ValueError(
            f"every must be given where the schedule has {problem}, got schedule={given['schedule']!r}; "
            "write every=... with the length of a round"
        )
    return length


def _repeated_length(schedule: Any, every: Any, times: Any) -> Any:
    return math.inf if times is None else times * (_period({"schedule": schedule}) if every is None else every)


@schedule(every=positive.or_else(_period), times=positive, length=_repeated_length)
def repeat(step: Value, schedule: Child, *, every: Value | None = None, times: Value | None = None) -> Any:
    """A schedule over and over again, from its beginning at every round.

        lr(t) = schedule(t mod every) before times * every, and schedule(every) from there on

    Args:
        schedule: the schedule.
        every: length of a round, positive; the length of the schedule if left out [steps].
        times: how many rounds, positive; without an end if left out [1].

    Raises:
        ValueError: `every` or `times` is a number and not positive; `every` is left out, and the schedule has no end.

    Example:
        >>> from pure_schedules import linear, repeat
        >>> lr = repeat(linear(start=1.0, end=0.0, steps=4), times=2)
        >>> [lr(step) for step in (0, 1, 3, 4, 5, 8, 100)]
        [1.0, 0.75, 0.25, 1.0, 0.75, 0.0, 0.0]

    Source: `Loop` in ParameterSchedulers.jl; Loshchilov & Hutter 2017, SGDR, https://arxiv.org/abs/1608.03983.
    """
    assert every is not None  # made when bound
    length = where(every > 0, every, 1) if numeric.is_array(every) else every
    local = step % length
    return schedule(local if times is None else where(step < length * times, local, clamp(step, 0, length)))


@recipe
def count_from_one(schedule: Child) -> Any:
    """A schedule as those read it who count updates from 1: the first update gets its value at 1.

        lr(t) = schedule(t + 1)

    So a warmup ``linear(start=0, end=peak, steps=W)`` becomes ``peak * (t + 1) / W``, which is not 0 at the first
    update and is at the peak one update earlier.

    Args:
        schedule: the schedule.

    Raises:
        TypeError: it is not a schedule.

    Example:
        >>> from pure_schedules import count_from_one, linear
        >>> lr = count_from_one(linear(start=0.0, end=1.0, steps=4))
        >>> [lr(step) for step in (0, 1, 3, 4)]
        [0.25, 0.5, 1.0, 1.0]

    Source: the warmups of torchtitan, open_clip and nanochat.
    """
    return shift(schedule, steps=-1)
