"""The shapes: schedules made of one formula.

Each is laid out like its paper. ``progress`` and ``remaining`` say where the step stands, the rest is the curve.
"""

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

from . import numeric
from ._schedule import schedule
from .checks import increasing, non_negative, numbers, one_more_than, positive
from .numeric import Value, broadcast, clamp, floor, lerp, line, maximum, minimum, piecewise, progress, remaining, sin, sqrt

__all__ = [
    "constant",
    "cosine",
    "exponential",
    "exponential_decay",
    "inverse_sqrt",
    "linear",
    "noam",
    "piecewise_constant",
    "piecewise_linear",
    "polynomial",
    "step_decay",
]


@schedule
def constant(step: Value, *, value: Value) -> Any:
    """The same value at every step.

        lr(t) = value

    Args:
        value: the value [lr].

    Raises:
        ValueError: `value` is not finite.

    Example:
        >>> from pure_schedules import constant
        >>> constant(value=0.1)(1000)
        0.1

    Source: the usual default; `Constant` in most libraries.
    """
    return broadcast(value, step)


@schedule(steps=non_negative)
def linear(step: Value, *, start: Value, end: Value, steps: Value) -> Any:
    """A straight line from `start` to `end` over `steps` steps, then `end`.

        lr(t) = start + (end - start) * min(t / steps, 1)

    Args:
        start: value at step 0 [lr].
        end: value from `steps` on [lr].
        steps: length, not negative; 0 means `end` at once [steps].

    Raises:
        ValueError: `steps` is a number and negative.

    Example:
        >>> from pure_schedules import linear
        >>> warmup = linear(start=0.0, end=1.0, steps=4)
        >>> [warmup(step) for step in (0, 1, 2, 4, 100)]
        [0.0, 0.25, 0.5, 1.0, 1.0]

    Source: Goyal et al. 2017, Accurate, Large Minibatch SGD, section 2.2, https://arxiv.org/abs/1706.02677 (as a warmup).
    """
    return line(start, end, step, steps)


@schedule(steps=non_negative)
def cosine(step: Value, *, start: Value, end: Value = 0.0, steps: Value) -> Any:
    """Half a cosine wave from `start` to `end` over `steps` steps, then `end`.

        lr(t) = end + (start - end) * (1 + cos(pi * min(t / steps, 1))) / 2

    computed as the square of a sine of what remains, which is the same and keeps its digits down to the last step.

    Args:
        start: value at step 0 [lr].
        end: value from `steps` on [lr].
        steps: length, not negative; 0 means `end` at once [steps].

    Raises:
        ValueError: `steps` is a number and negative.

    Example:
        >>> from pure_schedules import cosine
        >>> decay = cosine(start=2.0, end=0.0, steps=90)
        >>> [round(decay(step), 9) for step in (0, 30, 45, 60, 90, 1000)]
        [2.0, 1.5, 1.0, 0.5, 0.0, 0.0]

    Source: Loshchilov & Hutter 2017, SGDR, eq. 5, https://arxiv.org/abs/1608.03983 (without restarts).
    """
    wave = sin(math.pi / 2 * remaining(step, steps))
    return lerp(end, start, wave * wave)


@schedule(steps=non_negative, power=positive)
def polynomial(step: Value, *, start: Value, end: Value, steps: Value, power: Value) -> Any:
    """A power of what remains, from `start` to `end` over `steps` steps, then `end`.

        lr(t) = end + (start - end) * (1 - min(t / steps, 1)) ** power

    Args:
        start: value at step 0 [lr].
        end: value from `steps` on [lr].
        steps: length, not negative; 0 means `end` at once [steps].
        power: exponent, positive; 1 is a straight line [1].

    Raises:
        ValueError: `steps` is a number and negative, or `power` is a number and not positive.

    Example:
        >>> from pure_schedules import polynomial
        >>> decay = polynomial(start=1.0, end=0.0, steps=4, power=2)
        >>> [decay(step) for step in (0, 1, 2, 3, 4)]
        [1.0, 0.5625, 0.25, 0.0625, 0.0]

    Source: Chen et al. 2017, DeepLab, section 4.1 ("poly"), https://arxiv.org/abs/1606.00915.
    """
    return lerp(end, start, numeric.power(remaining(step, steps), power))


@schedule(start=positive, end=positive, steps=non_negative)
def exponential(step: Value, *, start: Value, end: Value, steps: Value) -> Any:
    """From `start` to `end` over `steps` steps by equal factors, straight on a logarithmic axis, then `end`.

        lr(t) = start * (end / start) ** min(t / steps, 1)

    Args:
        start: value at step 0, positive [lr].
        end: value from `steps` on, positive [lr].
        steps: length, not negative; 0 means `end` at once [steps].

    Raises:
        ValueError: `start` or `end` is a number and not positive, or `steps` is a number and negative.

    Example:
        >>> from pure_schedules import exponential
        >>> sweep = exponential(start=1.0, end=100.0, steps=4)
        >>> [round(sweep(step), 9) for step in (0, 2, 4)]
        [1.0, 10.0, 100.0]

    Source: Smith 2017, Cyclical Learning Rates, section 3.3 (as a range test), https://arxiv.org/abs/1506.01186.
    """
    value = start * (end / start) ** progress(step, steps)
    return clamp(value, minimum(start, end), maximum(start, end))  # rounding may step over an end by one unit


@schedule(rate=positive, every=positive)
def exponential_decay(step: Value, *, start: Value, rate: Value, every: Value = 1) -> Any:
    """Multiplied by `rate` over each `every` steps, smoothly and without an end.

        lr(t) = start * rate ** (t / every)

    Args:
        start: value at step 0 [lr].
        rate: factor over each `every` steps, positive [1].
        every: over how many steps the factor is reached, positive [steps].

    Raises:
        ValueError: `rate` or `every` is a number and not positive.

    Example:
        >>> from pure_schedules import exponential_decay
        >>> exponential_decay(start=8.0, rate=0.5, every=10)(20)
        2.0

    Source: `ExponentialLR` in torch, `exponential_decay` in optax.
    """
    return start * rate ** (step / every)


@schedule(factor=positive, every=positive)
def step_decay(step: Value, *, start: Value, factor: Value, every: Value) -> Any:
    """Multiplied by `factor` once in every `every` steps, and constant between; without an end.

        lr(t) = start * factor ** floor(t / every)

    Args:
        start: value at step 0 [lr].
        factor: what each stair is of the one before, positive [1].
        every: length of a stair, positive [steps].

    Raises:
        ValueError: `factor` or `every` is a number and not positive.

    Example:
        >>> from pure_schedules import step_decay
        >>> stairs = step_decay(start=1.0, factor=0.5, every=10)
        >>> [stairs(step) for step in (0, 9, 10, 29)]
        [1.0, 1.0, 0.5, 0.25]

    Source: He et al. 2016, Deep Residual Learning, section 4.2, https://arxiv.org/abs/1512.03385; `StepLR` in torch.
    """
    return start * factor ** floor(step / every)


@schedule(timescale=positive)
def inverse_sqrt(step: Value, *, peak: Value, timescale: Value) -> Any:
    """Falls like one over the square root of the step, from `peak`, without an end.

        lr(t) = peak * sqrt(timescale / (timescale + t))

    Args:
        peak: value at step 0 [lr].
        timescale: how long it stays near the peak; at 3 times this it is half of the peak; positive [steps].

    Raises:
        ValueError: `timescale` is a number and not positive.

    Example:
        >>> from pure_schedules import inverse_sqrt
        >>> decay = inverse_sqrt(peak=1.0, timescale=100)
        >>> decay(0), decay(300)
        (1.0, 0.5)

    Source: Zhai et al. 2022, Scaling Vision Transformers, section 3.5, https://arxiv.org/abs/2106.04560.
    """
    return peak * sqrt(timescale / (timescale + step))


@schedule(d_model=positive, warmup_steps=non_negative)
def noam(step: Value, *, d_model: Value, warmup_steps: Value, factor: Value = 1.0) -> Any:
    """The schedule of the Transformer: a straight rise over the warmup, then one over the square root of the step.

        lr(t) = factor * d_model ** -0.5 * min(n ** -0.5, n * warmup_steps ** -1.5),    n = t + 1

    The paper counts updates from 1, so update t, counted from 0, is its update n. The peak is at n = `warmup_steps`.

    Args:
        d_model: width of the model, positive [1].
        warmup_steps: length of the rise, not negative [steps].
        factor: multiplies the whole [1].

    Raises:
        ValueError: `d_model` is a number and not positive, or `warmup_steps` is a number and negative.

    Example:
        >>> from pure_schedules import noam
        >>> lr = noam(d_model=64, warmup_steps=4)
        >>> lr(0), lr(3), lr(15)
        (0.015625, 0.0625, 0.03125)

    Source: Vaswani et al. 2017, Attention Is All You Need, section 5.3, https://arxiv.org/abs/1706.03762.
    """
    n = step + 1
    # The first update is already past a warmup of less than one step, and 0 ** -1.5 is not a number.
    rise = maximum(warmup_steps, 1) ** -1.5
    return factor * (d_model**-0.5 * minimum(n**-0.5, n * rise))


def _last_boundary(boundaries: Sequence[Any], **_: Any) -> Any:
    return boundaries[-1] if boundaries else 0


@schedule(values=numbers & one_more_than("boundaries"), boundaries=increasing, length=_last_boundary)
def piecewise_constant(step: Value, *, values: Sequence[Value], boundaries: Sequence[Value]) -> Any:
    """One value after another, each from its boundary on.

        lr(t) = values[i],    i = how many of the boundaries are at or before t

    Args:
        values: the values, one more than boundaries [lr].
        boundaries: the step at which each value after the first begins, not falling [steps].

    Raises:
        ValueError: the counts do not fit; the boundaries are negative or fall.

    Example:
        >>> from pure_schedules import piecewise_constant
        >>> stairs = piecewise_constant(values=[1.0, 0.1, 0.01], boundaries=[30, 60])
        >>> [stairs(step) for step in (0, 29, 30, 60, 90)]
        [1.0, 1.0, 0.1, 0.01, 0.01]

    Source: `PiecewiseConstantDecay` in Keras, `MultiStepParamScheduler` in fvcore.
    """
    return piecewise(step, [partial(constant.formula, value=value) for value in values], boundaries)


@schedule(values=numbers & one_more_than("boundaries"), boundaries=increasing, length=_last_boundary)
def piecewise_linear(step: Value, *, values: Sequence[Value], boundaries: Sequence[Value]) -> Any:
    """Straight lines between knots: the first value at step 0, each other one at its boundary, then the last.

        lr(t) = values[i] + (values[i + 1] - values[i]) * (t - b[i]) / (b[i + 1] - b[i]),    b = [0, *boundaries]

    Args:
        values: value at step 0 and at each boundary, one more than boundaries [lr].
        boundaries: the step at which each value after the first is reached, not falling [steps].

    Raises:
        ValueError: the counts do not fit; the boundaries are negative or fall.

    Example:
        >>> from pure_schedules import piecewise_linear
        >>> lr = piecewise_linear(values=[0.0, 1.0, 0.5], boundaries=[10, 20])
        >>> [lr(step) for step in (0, 5, 10, 15, 20, 99)]
        [0.0, 0.5, 1.0, 0.75, 0.5, 0.5]

    Source: `PiecewiseLinear` in ignite; Howard & Ruder 2018, ULMFiT, section 3.2 (as a slanted triangle).
    """
    starts = (0, *boundaries)
    lines = [
        partial(linear.formula, start=here, end=there, steps=stop - start)
        for here, there, start, stop in zip(values[:-1], values[1:], starts[:-1], boundaries, strict=True)
    ]
    return piecewise(step, [*lines, partial(constant.formula, value=values[-1])], boundaries)
