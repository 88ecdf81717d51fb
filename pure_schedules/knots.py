"""Knots and tables: schedules given by values at certain steps, and the sample counts of batch sizes."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from ._schedule import Child, recipe, schedule
from .checks import Condition, Rule, bound_schedule, each, increasing, not_empty, numbers, one_more_than, positive
from .numeric import (
    Value,
    alike,
    between,
    clamp,
    completed,
    floor,
    lerp,
    maximum,
    minimum,
    piecewise,
    progress,
    raised,
    remainder,
    take,
    where,
)
from .shapes import constant, cosine, linear

__all__ = [
    "accumulated",
    "batch_size_ramp",
    "consumed",
    "consumed_by",
    "multi_step",
    "piecewise_constant",
    "piecewise_cosine",
    "piecewise_cubic",
    "piecewise_linear",
    "table",
]


#: The batch size of each update.
batch_sizes = each(positive)


def _last_boundary(boundaries: Sequence[Any], **_: Any) -> Any:
    return boundaries[-1] if boundaries else 0


@schedule(values=numbers & one_more_than("boundaries"), boundaries=increasing, length=_last_boundary)
def piecewise_constant(step: Value, *, values: Sequence[Value], boundaries: Sequence[Value]) -> Any:
    """One value after another, each from its boundary on.

        lr(t) = values[i],    i = the number of boundaries at or before t

    Args:
        values: the values, one more than boundaries [lr].
        boundaries: the step at which each value after the first begins, in order [steps].

    Raises:
        ValueError: the lists do not match in length; a boundary is negative, or they are not in order.

    Example:
        >>> from pure_schedules import piecewise_constant
        >>> stairs = piecewise_constant(values=[1.0, 0.1, 0.01], boundaries=[30, 60])
        >>> [stairs(step) for step in (0, 29, 30, 60, 90)]
        [1.0, 1.0, 0.1, 0.01, 0.01]

    Source: `PiecewiseConstantDecay` in Keras, `MultiStepParamScheduler` in fvcore.
    """
    return piecewise(step, alike(constant.formula, value=values), boundaries)


@schedule(values=numbers & one_more_than("boundaries"), boundaries=increasing, length=_last_boundary)
def piecewise_linear(step: Value, *, values: Sequence[Value], boundaries: Sequence[Value]) -> Any:
    """Straight lines between knots: the first value at step 0, each other one at its boundary, then the last.

        lr(t) = values[i] + (values[i + 1] - values[i]) * (t - b[i]) / (b[i + 1] - b[i]),    b = [0, *boundaries]

    Args:
        values: value at step 0 and at each boundary, one more than boundaries [lr].
        boundaries: the step at which each value after the first is reached, in order [steps].

    Raises:
        ValueError: the lists do not match in length; a boundary is negative, or they are not in order.

    Example:
        >>> from pure_schedules import piecewise_linear
        >>> lr = piecewise_linear(values=[0.0, 1.0, 0.5], boundaries=[10, 20])
        >>> [lr(step) for step in (0, 5, 10, 15, 20, 99)]
        [0.0, 0.5, 1.0, 0.75, 0.5, 0.5]

    Source: `PiecewiseLinear` in ignite; Howard & Ruder 2018, ULMFiT, section 3.2 (as a slanted triangle).
    """
    return _between_knots(linear.formula, step, values, boundaries)


@schedule(values=numbers & one_more_than("boundaries"), boundaries=increasing, length=_last_boundary)
def piecewise_cosine(step: Value, *, values: Sequence[Value], boundaries: Sequence[Value]) -> Any:
    """Half cosine waves between knots: the first value at step 0, each other one at its boundary, then the last.

        lr(t) = cosine from values[i] to values[i + 1] over b[i] to b[i + 1],    b = [0, *boundaries]

    Args:
        values: value at step 0 and at each boundary, one more than boundaries [lr].
        boundaries: the step at which each value after the first is reached, in order [steps].

    Raises:
        ValueError: the lists do not match in length; a boundary is negative, or they are not in order.

    Example:
        >>> from pure_schedules import piecewise_cosine
        >>> lr = piecewise_cosine(values=[0.0, 1.0, 0.5], boundaries=[10, 20])
        >>> [round(lr(step), 9) for step in (0, 5, 10, 15, 20, 99)]
        [0.0, 0.5, 1.0, 0.75, 0.5, 0.5]

    Source: `combined_cos` in fastai; `OneCycleLR` in torch with three phases is one of three waves.
    """
    return _between_knots(cosine.formula, step, values, boundaries)


@schedule(values=numbers & one_more_than("boundaries"), boundaries=increasing, length=_last_boundary)
def piecewise_cubic(step: Value, *, values: Sequence[Value], boundaries: Sequence[Value]) -> Any:
    """A smooth curve through knots that rises and falls only where they do (PCHIP), then the last value.

        lr(t) = the cubic on each interval with the values and the slopes at its ends; the slope at a knot is the
        weighted harmonic mean of the slopes of the lines on both sides, or 0 where these differ in sign

    Args:
        values: value at step 0 and at each boundary, one more than boundaries [lr].
        boundaries: the step at which each value after the first is reached, in order [steps].

    Raises:
        ValueError: the lists do not match in length; a boundary is negative, or they are not in order.

    Example:
        >>> from pure_schedules import piecewise_cubic
        >>> lr = piecewise_cubic(values=[0.0, 1.0, 0.0], boundaries=[10, 20])
        >>> [lr(step) for step in (0, 5, 10, 15, 20, 99)]
        [0.0, 0.75, 1.0, 0.75, 0.0, 0.0]

    Source: Fritsch & Butland 1984, A Method for Constructing Local Monotone Piecewise Cubic Interpolants, SIAM J. Sci. Stat.
    Comput. 5(2); `PchipInterpolator` in SciPy, which has the same slopes at the two ends.
    """
    slopes = _monotone_slopes(values, boundaries)
    return _between_knots(_cubic, step, values, boundaries, first=[*slopes[:-1], 0.0], last=[*slopes[1:], 0.0])


@recipe(boundaries=increasing)
def multi_step(*, start: Value, factor: Value, boundaries: Sequence[Value]) -> Any:
    """Multiply by `factor` at each boundary, constant in between.

        piecewise_constant([start * factor ** i for i in range(len(boundaries) + 1)], boundaries)

    Args:
        start: value at step 0 [lr].
        factor: ratio of each stair to the one before [1].
        boundaries: the steps at which a stair begins, in order; a repeated one counts twice [steps].

    Raises:
        ValueError: a boundary is negative, or they are not in order.

    Example:
        >>> from pure_schedules import multi_step
        >>> lr = multi_step(start=1.0, factor=0.5, boundaries=[30, 60])
        >>> [lr(step) for step in (0, 29, 30, 60, 1000)]
        [1.0, 1.0, 0.5, 0.25, 0.25]

    Source: `MultiStepLR` in torch; He et al. 2016, Deep Residual Learning, section 3.4, https://arxiv.org/abs/1512.03385.
    """
    return piecewise_constant(
        values=[start * raised(factor, index) for index in range(len(boundaries) + 1)], boundaries=boundaries
    )


@schedule(values=numbers & not_empty, every=positive, length=lambda values, every: every * (len(values) - 1))
def table(step: Value, *, values: Sequence[Value], every: Value = 1) -> Any:
    """The values one after another, each for `every` steps, then the last.

        lr(t) = values[min(floor(t / every), len(values) - 1)]

    Args:
        values: the values, at least one [lr].
        every: length of each value, positive [steps].

    Raises:
        ValueError: `values` is empty; `every` is not positive.

    Example:
        >>> from pure_schedules import table
        >>> lr = table(values=[0.1, 0.2, 0.3], every=10)
        >>> [lr(step) for step in (0, 9, 10, 29, 1000)]
        [0.1, 0.1, 0.2, 0.3, 0.3]

    Source: the precomputed schedules of DINO, and every log of an earlier run.
    """
    return take(values, clamp(completed(step, every), 0, len(values) - 1))


@schedule(sizes=batch_sizes & one_more_than("boundaries"), boundaries=increasing, length=lambda sizes, boundaries: math.inf)
def consumed(step: Value, *, sizes: Sequence[Value], boundaries: Sequence[Value]) -> Any:
    """The number of samples (or tokens) consumed before a step, with a batch size that changes.

        lr(t) = sizes[0] * (t in the first stage) + sizes[1] * (t in the second) + ...

    Args:
        sizes: batch size from step 0 and from each boundary on, positive, one more than boundaries [1].
        boundaries: the step at which each size after the first begins, in order [steps].

    Raises:
        ValueError: a size is not positive; the lists do not match in length; a boundary is negative, or they are not in
            order.

    Example:
        >>> from pure_schedules import consumed
        >>> samples = consumed(sizes=[100, 200], boundaries=[10])
        >>> [samples(step) for step in (0, 1, 10, 11)]
        [0.0, 100.0, 1000.0, 1200.0]

    Source: the sample counts of Megatron-LM, exact through a ramp of the batch size.
    """
    taken: list[Any] = [0.0]
    for size, steps in zip(sizes[:-1], _widths(boundaries), strict=True):
        taken.append(taken[-1] + size * steps)
    return piecewise(step, alike(_counted, taken=taken, size=sizes), boundaries)


def _counted(step: Value, *, taken: Value, size: Value) -> Any:
    return taken + size * step


def _updates_in_an_epoch(given: Mapping[str, Any]) -> Any:
    """The updates in an epoch, counting a last one for the remaining batches."""
    return -floor(-given["batches"] / given["accumulate"])


@schedule(batches=positive, accumulate=positive, every=positive.or_else(_updates_in_an_epoch), length=lambda **_: math.inf)
def accumulated(step: Value, *, batches: Value, accumulate: Value, every: Value | None = None) -> Any:
    """The number of batches consumed before a step, with gradient accumulation that restarts at each epoch.

        lr(t) = batches * floor(t / every) + min(accumulate * (t mod every), batches)

    The remaining batches of an epoch make an update of their own. If the loop drops them, write ``every=batches //
    accumulate``. If it carries them over into the next epoch, every update takes the same number of batches: write
    ``consumed(sizes=[accumulate], boundaries=[])``.

    Args:
        batches: batches in an epoch, positive [1].
        accumulate: batches in an update, positive [1].
        every: updates in an epoch, positive; by default ``batches / accumulate``, rounded up [steps].

    Raises:
        ValueError: a number is not positive.

    Example:
        >>> from pure_schedules import accumulated, cosine, on_clock
        >>> batch = accumulated(batches=10, accumulate=4)
        >>> [batch(step) for step in (0, 1, 2, 3, 4)]
        [0.0, 4.0, 8.0, 10.0, 14.0]
        >>> in_batches = cosine(start=1.0, steps=20)  # two epochs
        >>> on_clock(in_batches, batch)(3) == in_batches(10)
        True

    Source: the loops of Transformers and Lightning, which take the last batches of an epoch as an update.
    """
    assert every is not None  # made when bound
    return batches * completed(step, every) + minimum(accumulate * remainder(step, every), batches)


@recipe(sizes=batch_sizes & one_more_than("samples"), samples=increasing)
def batch_size_ramp(*, sizes: Sequence[Value], samples: Sequence[Value]) -> Any:
    """The batch size of each update, when it changes after given numbers of samples.

        piecewise_constant(sizes, boundaries),    boundaries[i] = the first step at which samples[i] have been taken

    `consumed_by` this schedule is the clock in samples, exact through the ramp.

    Args:
        sizes: batch sizes in their order, positive, one more than samples [1].
        samples: the number of samples after which each size after the first begins, in order [1].

    Raises:
        ValueError: a size is not positive; the lists do not match in length; a sample count is negative, or they are not in
            order.

    Example:
        >>> from pure_schedules import batch_size_ramp
        >>> batch_size_ramp(sizes=[32, 64], samples=[1000]).composition
        piecewise_constant(values=[32, 64], boundaries=[32])

    Source: `--step-batch-size-schedule` of Megatron-LM.
    """
    boundaries: list[Any] = []
    step: Any = 0
    taken: Any = 0
    for size, threshold in zip(sizes[:-1], samples, strict=True):
        missing = maximum(threshold - taken, 0)
        more = completed(missing, size)
        more = where(more * size < missing, more + 1, more)  # the update that reaches it still has this size
        step, taken = step + more, taken + more * size
        boundaries.append(step)
    return piecewise_constant(values=sizes, boundaries=boundaries)


def _is_of_sizes(value: Any, _: Any) -> bool:
    return value.composition.factory is piecewise_constant


#: A schedule of batch sizes, one after another.
_sizes_in_turn = Rule(
    bound_schedule.admit,
    (
        Condition(
            _is_of_sizes, "must be a schedule of sizes", "give batch_size_ramp(...), or piecewise_constant(...) of the sizes"
        ),
    ),
    prepared=bound_schedule.prepared,
)


@recipe(schedule=_sizes_in_turn)
def consumed_by(schedule: Child) -> Any:
    """The number of samples (or tokens) consumed before a step, with the batch sizes of a schedule.

        consumed(sizes, boundaries),    of the piecewise_constant that the schedule is

    It is the clock for schedules in samples: pass it to `on_clock`.

    Args:
        schedule: the batch sizes, such as a `batch_size_ramp`.

    Raises:
        TypeError: `schedule` is a plain function.
        ValueError: `schedule` is not a schedule of batch sizes.

    Example:
        >>> from pure_schedules import batch_size_ramp, consumed_by
        >>> ramp = batch_size_ramp(sizes=[32, 64], samples=[1000])
        >>> [consumed_by(ramp)(step) for step in (0, 1, 32, 33)]
        [0.0, 32.0, 1024.0, 1088.0]

    Source: `consumed_train_samples` of Megatron-LM under `--rampup-batch-size`.
    """
    stairs: Any = schedule
    sizes = stairs.composition.arguments
    return consumed(sizes=sizes["values"], boundaries=sizes["boundaries"])


# Between knots -------------------------------------------------------------------------------------------------------


def _widths(boundaries: Sequence[Any]) -> list[Any]:
    return [stop - start for start, stop in pairwise((0, *boundaries))]


def _between_knots(curve: Any, step: Value, values: Sequence[Any], boundaries: Sequence[Any], **more: Sequence[Any]) -> Any:
    """A curve from each value to the next, then the last value, as a curve of 0 steps."""
    knots = alike(curve, start=values, end=[*values[1:], values[-1]], steps=[*_widths(boundaries), 0], **more)
    return piecewise(step, knots, boundaries)


def _cubic(step: Value, *, start: Value, end: Value, first: Value, last: Value, steps: Value) -> Any:
    """The cubic with these end values and end slopes, limited to the range of the values."""
    done = progress(step, steps)
    rest = 1 - done
    bend = steps * done * rest * (first * rest - last * done)
    value = lerp(start, end, done * done * (3 - 2 * done)) + bend
    return between(value, start, end)


def _monotone_slopes(values: Sequence[Any], boundaries: Sequence[Any]) -> list[Any]:
    """The slope at each knot."""
    widths = _widths(boundaries)
    rises = [there - here for here, there in pairwise(values)]
    if len(rises) < 2:
        return [rise / where(width > 0, width, 1) for rise, width in zip(rises, widths, strict=True) for _ in range(2)] or [
            0.0
        ]
    signs = [where(rise > 0, 1, where(rise < 0, -1, 0)) for rise in rises]
    lines = [*zip(rises, signs, widths, strict=True)]
    inner = [_between_lines(*pair) for pair in pairwise(lines)]
    first, last = _at_an_end(*lines[:2]), _at_an_end(*lines[:-3:-1])
    return [first, *inner, last]


def _between_lines(line: tuple[Any, Any, Any], other: tuple[Any, Any, Any]) -> Any:
    """The slope at the knot between two lines; a line over 0 steps is infinitely steep."""
    (before, sign_before, width_before), (after, sign_after, width_after) = line, other
    first, second = 2 * width_after + width_before, width_after + 2 * width_before
    # The slope between two lines over 0 steps is never used.
    agree = sign_before * sign_after * first > 0
    steepness = first * (width_before / where(agree, before, 1.0)) + second * (width_after / where(agree, after, 1.0))
    return where(agree, (first + second) / where(agree, steepness, 1.0), 0.0)


def _at_an_end(line: tuple[Any, Any, Any], other: tuple[Any, Any, Any]) -> Any:
    """The slope at the first or last knot, from the line there and the next one."""
    (rise, sign, own_width), (next_rise, next_sign, next_width) = line, other
    width = where(own_width > 0, own_width, 1)  # the slope of a line over 0 steps is never used
    own, beside = rise / width, next_rise / where(next_width > 0, next_width, 1e-12 * width)
    slope = ((2 * width + next_width) * own - width * beside) / (width + next_width)
    limited = where(abs(slope) > 3 * abs(own), 3 * own, slope)
    goes_as_the_line = where(slope > 0, 1, where(slope < 0, -1, 0)) == sign
    return where(goes_as_the_line, where(sign * next_sign < 0, limited, slope), 0.0)
