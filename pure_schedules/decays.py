"""Endless schedules: decays without a last step, waves, and RAdam's warmup."""

import math
from typing import Any

from ._schedule import schedule
from .checks import below_one, negative, non_negative, number, positive, such
from .numeric import (
    Value,
    clamp,
    completed,
    cos,
    exp,
    expm1,
    lerp,
    log,
    maximum,
    minimum,
    raised,
    remainder,
    seamless,
    sqrt,
    where,
)

__all__ = [
    "capped_power",
    "exponential_approach",
    "exponential_decay",
    "inverse_decay",
    "inverse_sqrt",
    "noam",
    "radam_warmup",
    "sinusoid",
    "step_decay",
]


@schedule(rate=positive, every=positive)
def exponential_decay(step: Value, *, start: Value, rate: Value, every: Value = 1) -> Any:
    """Multiply by `rate` over each `every` steps, continuously; endless.

        lr(t) = start * rate ** (t / every)

    Args:
        start: value at step 0 [lr].
        rate: factor over each `every` steps, positive [1].
        every: the number of steps for one factor, positive [steps].

    Raises:
        ValueError: `rate` or `every` is not positive.

    Example:
        >>> from pure_schedules import exponential_decay
        >>> exponential_decay(start=8.0, rate=0.5, every=10)(20)
        2.0

    Source: `ExponentialLR` in torch, `exponential_decay` in optax.
    """
    return start * raised(rate, step / every)


@schedule(factor=positive, every=positive)
def step_decay(step: Value, *, start: Value, factor: Value, every: Value) -> Any:
    """Multiply by `factor` once every `every` steps, constant in between; endless.

        lr(t) = start * factor ** floor(t / every)

    Args:
        start: value at step 0 [lr].
        factor: ratio of each stair to the one before, positive [1].
        every: length of a stair, positive [steps].

    Raises:
        ValueError: `factor` or `every` is not positive.

    Example:
        >>> from pure_schedules import step_decay
        >>> stairs = step_decay(start=1.0, factor=0.5, every=10)
        >>> [stairs(step) for step in (0, 9, 10, 29)]
        [1.0, 1.0, 0.5, 0.25]

    Source: He et al. 2016, Deep Residual Learning, section 4.2, https://arxiv.org/abs/1512.03385; `StepLR` in torch.
    """
    return start * raised(factor, completed(step, every))


@schedule(timescale=positive)
def inverse_sqrt(step: Value, *, peak: Value, timescale: Value) -> Any:
    """Decay from `peak` with one over the square root of the step; endless.

        lr(t) = peak * sqrt(timescale / (timescale + t))

    Args:
        peak: value at step 0 [lr].
        timescale: how long it stays near the peak; at three times this step it is half the peak; positive [steps].

    Raises:
        ValueError: `timescale` is not positive.

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
    """The schedule of the Transformer: a linear warmup, then one over the square root of the step.

        lr(t) = factor * d_model ** -0.5 * min(n ** -0.5, n * warmup_steps ** -1.5),    n = t + 1

    The paper counts updates from 1, so update t, counted from 0, is its update n. The peak is at n = `warmup_steps`.

    Args:
        d_model: width of the model, positive [1].
        warmup_steps: length of the rise, not negative [steps].
        factor: multiplies every value [1].

    Raises:
        ValueError: `d_model` is not positive, or `warmup_steps` is negative.

    Example:
        >>> from pure_schedules import noam
        >>> lr = noam(d_model=64, warmup_steps=4)
        >>> lr(0), lr(3), lr(15)
        (0.015625, 0.0625, 0.03125)

    Source: Vaswani et al. 2017, Attention Is All You Need, section 5.3, https://arxiv.org/abs/1706.03762.
    """
    n = step + 1
    # The first update is past a warmup of less than one step, and 0 ** -1.5 is infinite.
    rise = maximum(warmup_steps, 1) ** -1.5
    return factor * (d_model**-0.5 * minimum(n**-0.5, n * rise))


@schedule(timescale=positive)
def inverse_decay(step: Value, *, start: Value, timescale: Value, power: Value = 1.0) -> Any:
    """Decay from `start` with one over a power of the step; endless.

        lr(t) = start * (1 + t / timescale) ** -power

    A power of 1 is inverse-time decay, 0.5 is `inverse_sqrt`; with a negative power it grows.

    Args:
        start: value at step 0 [lr].
        timescale: at this step it is `start * 2 ** -power`; positive [steps].
        power: exponent [1].

    Raises:
        ValueError: `timescale` is not positive.

    Example:
        >>> from pure_schedules import inverse_decay
        >>> decay = inverse_decay(start=1.0, timescale=10)
        >>> decay(0), decay(10), decay(90)
        (1.0, 0.5, 0.1)

    Source: `InverseTimeDecay` in Keras, `inv` in Caffe.
    """
    return start * raised(1 + step / timescale, -power)


@schedule(timescale=positive, power=negative)
def capped_power(step: Value, *, peak: Value, timescale: Value, power: Value) -> Any:
    """A negative power of the step, at most `peak`; endless.

        lr(t) = min(peak, c * t ** power),    c = peak / timescale ** power

    It is at the peak for `timescale` steps. For a known c, `timescale` is ``(c / peak) ** (-1 / power)``.

    Args:
        peak: the highest value, held at first [lr].
        timescale: length of the peak, positive [steps].
        power: exponent, negative [1].

    Raises:
        ValueError: `timescale` is not positive, or `power` is not negative.

    Example:
        >>> from pure_schedules import capped_power
        >>> lr = capped_power(peak=0.5, timescale=4, power=-0.5)  # 1 / sqrt(t), but never above 0.5
        >>> lr(0), lr(4), lr(100)
        (0.5, 0.5, 0.1)

    Source: Shen et al. 2024, Power Scheduler, section 3, https://arxiv.org/abs/2408.13359; Raffel et al. 2020, T5,
    section 3.1.2 (power -0.5), https://arxiv.org/abs/1910.10683.
    """
    return peak * maximum(step / timescale, 1) ** power


@schedule(timescale=positive)
def exponential_approach(step: Value, *, start: Value, end: Value, timescale: Value) -> Any:
    """Approach `end` exponentially from `start`; endless.

        lr(t) = end + (start - end) * exp(-t / timescale)

    Args:
        start: value at step 0 [lr].
        end: the limit, never reached [lr].
        timescale: the number of steps in which the distance to `end` shrinks to 37 percent (1 / e); positive [steps].

    Raises:
        ValueError: `timescale` is not positive.

    Example:
        >>> from pure_schedules import exponential_approach
        >>> lr = exponential_approach(start=0.0, end=1.0, timescale=100)
        >>> [round(lr(step), 4) for step in (0, 100, 1000)]
        [0.0, 0.6321, 1.0]

    Source: Ma & Yarats 2021, On the Adequacy of Untuned Warmup for Adaptive Optimization, section 5,
    https://arxiv.org/abs/1910.04209.
    """
    return lerp(end, start, exp(-step / timescale))


@schedule(period=positive)
def sinusoid(step: Value, *, start: Value, end: Value, period: Value) -> Any:
    """A cosine wave from `start` to `end` and back in each `period`; endless.

        lr(t) = end + (start - end) * (1 + cos(2 * pi * t / period)) / 2

    With a period of twice the run it is the cosine that rises again after its end, as in torch and Transformers.

    Args:
        start: value at step 0 and after each period [lr].
        end: value at half of each period [lr].
        period: length of a whole wave, positive [steps].

    Raises:
        ValueError: `period` is not positive.

    Example:
        >>> from pure_schedules import sinusoid
        >>> wave = sinusoid(start=2.0, end=0.0, period=120)
        >>> [round(wave(step), 9) for step in (0, 20, 30, 60, 120)]
        [2.0, 1.5, 1.0, 0.0, 2.0]

    Source: `CosineAnnealingLR` in torch beyond its end; `Sin` in ParameterSchedulers.jl.
    """
    # Take the remainder first: the cosine of a large angle is inaccurate.
    half = seamless(step, lambda: cos(math.pi * (remainder(step, period) / period)))
    return lerp(end, start, half * half)


_above_six_tenths = number(
    such(
        lambda value: value > 0.6,
        "must be above 0.6",
        "at or below 0.6 there is nothing to rectify: give 0.999, or write constant",
    )
)


@schedule(beta2=_above_six_tenths & below_one)
def radam_warmup(step: Value, *, peak: Value, beta2: Value) -> Any:
    """RAdam's rectification as a warmup: how reliable Adam's second moment is at each update.

        lr(t) = peak * sqrt((r - 4) * (r - 2) * R / ((R - 4) * (R - 2) * r)),    R = 2 / (1 - beta2) - 1,
        r = R - 2 * n * beta2 ** n / (1 - beta2 ** n),    n = t + n0

    where n0 is the first n with r above 4, so that the first update has a rate.

    Args:
        peak: the limit [lr].
        beta2: decay factor of the second moment, above 0.6 and below 1; at or below 0.6, r is never above 4 [1].

    Raises:
        ValueError: `beta2` is not above 0.6 and below 1.

    Example:
        >>> from pure_schedules import radam_warmup
        >>> lr = radam_warmup(peak=1.0, beta2=0.999)
        >>> [round(lr(step), 3) for step in (0, 100, 10_000)]
        [0.017, 0.221, 1.0]

    Source: Liu et al. 2020, On the Variance of the Adaptive Learning Rate and Beyond, algorithm 2,
    https://arxiv.org/abs/1908.03265; the shift to n0 as in `RAdamWarmup` of pytorch_warmup.
    """
    rate = -log(beta2)
    longest = 2 / (1 - beta2) - 1

    def length(n: Any) -> Any:
        """The length of a simple average that would be as good as the moving one after `n` updates."""
        age = n * rate
        # At first r is the difference of two numbers near 2 / rate, so their remainder is computed instead.
        early = n + _beyond_a_pole(rate) - n * _beyond_a_pole(minimum(age, 0.5))
        late = -maximum(age, 0.5)
        return where(age < 0.5, early, longest + 2 * n * exp(late) / expm1(late))

    first: Any = 1
    for n in range(1, 16):  # it is 5 for every beta2 in use, and 11 at 0.61
        first = first + where(length(n) > 4, 0 * beta2, 1.0)  # a zero of the type of beta2
    now = maximum(length(step + first), 4)
    rectified = (now - 4) * (now - 2) * longest / ((longest - 4) * (longest - 2) * now)
    return peak * sqrt(clamp(rectified, 0, 1))


def _beyond_a_pole(x: Value) -> Any:
    """``1 / tanh(x / 2) - 2 / x`` for x up to about 0.5, with all its digits."""
    square = x * x
    # By Taylor: twice a Bernoulli number over a factorial each.
    terms = (1 / 6, -1 / 360, 1 / 15120, -1 / 604800, 1 / 23950080, -691 / 653837184000, 1 / 37362124800)
    total: Any = -3617 / 5335311421440000
    for term in reversed(terms):
        total = total * square + term
    return total * x
