"""Shapes: formulas that go from one value to another over a number of steps, and then hold it.

Each is written as in its paper. ``progress`` and ``remaining`` locate the step; the rest is the curve. Every shape
takes ``start``, ``end`` and ``steps``, so one can replace another (``decay=cosine``).
"""

import math
from typing import Any

from . import numeric
from ._factory import same_for_ever
from ._schedule import schedule
from .checks import at_least, below_one, non_negative, other_than_one, positive
from .numeric import (
    Value,
    between,
    broadcast,
    either,
    exp,
    expm1,
    lerp,
    line,
    log,
    log1p,
    maximum,
    minimum,
    progress,
    remaining,
    sin,
    sqrt,
    where,
)

__all__ = [
    "affine_exponential",
    "circular",
    "constant",
    "cosine",
    "exponential",
    "half_life",
    "harmonic",
    "hyperbolic",
    "hyperbolic_tangent",
    "linear",
    "logarithmic",
    "mirror_cosine",
    "one_minus_power",
    "polynomial",
    "rex",
]


@schedule(length=same_for_ever)
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
        steps: length, not negative; with 0 the value is `end` everywhere [steps].

    Raises:
        ValueError: `steps` is negative.

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

    computed as the squared sine of the remaining fraction, which is the same and accurate down to the last step.

    Args:
        start: value at step 0 [lr].
        end: value from `steps` on [lr].
        steps: length, not negative; with 0 the value is `end` everywhere [steps].

    Raises:
        ValueError: `steps` is negative.

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
    """A power of the remaining fraction, from `start` to `end` over `steps` steps, then `end`.

        lr(t) = end + (start - end) * (1 - min(t / steps, 1)) ** power

    Args:
        start: value at step 0 [lr].
        end: value from `steps` on [lr].
        steps: length, not negative; with 0 the value is `end` everywhere [steps].
        power: exponent, positive; 1 is a straight line [1].

    Raises:
        ValueError: `steps` is negative, or `power` is not positive.

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
    """Geometric, a straight line on a logarithmic axis, from `start` to `end` over `steps` steps, then `end`.

        lr(t) = start * (end / start) ** min(t / steps, 1)

    Args:
        start: value at step 0, positive [lr].
        end: value from `steps` on, positive [lr].
        steps: length, not negative; with 0 the value is `end` everywhere [steps].

    Raises:
        ValueError: `start` or `end` is not positive, or `steps` is negative.

    Example:
        >>> from pure_schedules import exponential
        >>> sweep = exponential(start=1.0, end=100.0, steps=4)
        >>> [round(sweep(step), 9) for step in (0, 2, 4)]
        [1.0, 10.0, 100.0]

    Source: Smith 2017, Cyclical Learning Rates, section 3.3 (as a range test), https://arxiv.org/abs/1506.01186.
    """
    done, ratio = progress(step, steps), end / start
    ordinary = _is_ordinary(ratio)

    def in_halves() -> Any:
        root = (sqrt(end) / sqrt(start)) ** done
        return start * root * root

    value = either(ordinary, lambda: start * where(ordinary, ratio, 1.0) ** done, in_halves)
    return between(value, start, end)


@schedule(start=positive, end=positive, steps=non_negative)
def harmonic(step: Value, *, start: Value, end: Value, steps: Value) -> Any:
    """From `start` to `end` over `steps` steps with a linear inverse, then `end`.

        lr(t) = 1 / (1 / start + (1 / end - 1 / start) * min(t / steps, 1))

    Args:
        start: value at step 0, positive [lr].
        end: value from `steps` on, positive [lr].
        steps: length, not negative; with 0 the value is `end` everywhere [steps].

    Raises:
        ValueError: `start` or `end` is not positive, or `steps` is negative.

    Example:
        >>> from pure_schedules import harmonic
        >>> decay = harmonic(start=1.0, end=0.25, steps=3)
        >>> [round(decay(step), 9) for step in (0, 1, 2, 3)]
        [1.0, 0.5, 0.333333333, 0.25]

    Source: Wen et al. 2024, Understanding Warmup-Stable-Decay Learning Rates (WSD-S), https://arxiv.org/abs/2410.05192.
    """
    done, ratio = progress(step, steps), start / end
    ordinary = _is_ordinary(ratio)
    value = either(
        ordinary,
        lambda: start / lerp(1.0, where(ordinary, ratio, 1.0), done),
        lambda: maximum(start, end) / lerp(end, start, done) * minimum(start, end),
    )
    return between(value, start, end)


def _is_ordinary(ratio: Value) -> Any:
    """Whether this is far from overflow and underflow, also in single precision."""
    return (ratio > 1e-30) & (ratio < 1e30)


@schedule(start=positive & below_one, end=positive & below_one, steps=non_negative)
def half_life(step: Value, *, start: Value, end: Value, steps: Value) -> Any:
    """A decay factor from `start` to `end` over `steps` steps with a linear half-life, then `end`.

        lr(t) = 0.5 ** (1 / h),    h = h(start) + (h(end) - h(start)) * min(t / steps, 1),    h(b) = log(0.5) / log(b)

    For the factors of moving averages (`betas`, EMA).

    Args:
        start: value at step 0, a factor between 0 and 1 [lr].
        end: value from `steps` on, a factor between 0 and 1 [lr].
        steps: length, not negative; with 0 the value is `end` everywhere [steps].

    Raises:
        ValueError: `start` or `end` is not between 0 and 1, or `steps` is negative.

    Example:
        >>> from pure_schedules import half_life
        >>> beta = half_life(start=0.5, end=0.5**0.2, steps=4)  # a half-life from 1 to 5
        >>> round(beta(2), 9) == round(0.5 ** (1 / 3), 9)
        True

    Source: Pagliardini et al. 2024, The AdEMAMix Optimizer, section 3 and appendix A.1, https://arxiv.org/abs/2409.03137.
    """
    lives = lerp(1 / log(start), 1 / log(end), progress(step, steps))  # half-lives, up to a constant factor
    return between(exp(1 / lives), start, end)


@schedule(steps=non_negative, power=positive)
def one_minus_power(step: Value, *, start: Value, end: Value = 0.0, steps: Value, power: Value = 0.5) -> Any:
    """From `start` to `end` over `steps` steps by a power of the progress, then `end`.

        lr(t) = end + (start - end) * (1 - min(t / steps, 1) ** power)

    A power of 0.5 is the "1-sqrt" of many cooldowns, 2 is "1-square". `polynomial` uses a power of the remaining fraction.

    Args:
        start: value at step 0 [lr].
        end: value from `steps` on [lr].
        steps: length, not negative; with 0 the value is `end` everywhere [steps].
        power: exponent, positive; 1 is a straight line [1].

    Raises:
        ValueError: `steps` is negative, or `power` is not positive.

    Example:
        >>> from pure_schedules import one_minus_power
        >>> decay = one_minus_power(start=1.0, steps=100)
        >>> [round(decay(step), 9) for step in (0, 1, 25, 100)]
        [1.0, 0.9, 0.5, 0.0]

    Source: Haegele et al. 2024, Scaling Laws and Compute-Optimal Training Beyond Fixed Training Durations, section 3.2,
    https://arxiv.org/abs/2405.18392.
    """
    return lerp(start, end, numeric.power(progress(step, steps), power))


@schedule(steps=non_negative, beta=positive)
def rex(step: Value, *, start: Value, end: Value = 0.0, steps: Value, beta: Value = 0.5) -> Any:
    """From `start` to `end` over `steps` steps, slowly at first and fast at the end, then `end`.

        lr(t) = end + (start - end) * z / (beta + (1 - beta) * z),    z = 1 - min(t / steps, 1)

    Args:
        start: value at step 0 [lr].
        end: value from `steps` on [lr].
        steps: length, not negative; with 0 the value is `end` everywhere [steps].
        beta: how late it moves: 1 is a straight line, the paper uses 0.5, near 0 it holds `start` to the end; positive [1].

    Raises:
        ValueError: `steps` is negative, or `beta` is not positive.

    Example:
        >>> from pure_schedules import rex
        >>> decay = rex(start=1.5, steps=2)
        >>> decay(0), decay(1), decay(2)
        (1.5, 1.0, 0.0)

    Source: Chen et al. 2021, REX: Revisiting Budgeted Training with an Improved Schedule, https://arxiv.org/abs/2107.04197.
    """
    ahead = remaining(step, steps)
    return lerp(end, start, ahead / (beta + (1 - beta) * ahead))


@schedule(steps=non_negative)
def hyperbolic_tangent(
    step: Value, *, start: Value, end: Value = 0.0, steps: Value, lower: Value = -7.0, upper: Value = 3.0
) -> Any:
    """A piece of a hyperbolic tangent, from almost `start` to almost `end` over `steps` steps, then constant.

        lr(t) = end + (start - end) * (1 - tanh(lower + (upper - lower) * min(t / steps, 1))) / 2

    A wider piece comes closer to both. With the paper's -7 and 3, it starts 8e-7 of the way below `start` and ends
    1/400 of it above `end`.

    Args:
        start: upper limit of the tangent, almost its first value [lr].
        end: lower limit of the tangent, almost its last value [lr].
        steps: length, not negative; with 0 it has its last value everywhere [steps].
        lower: where the piece begins on the axis of the tangent [1].
        upper: where the piece ends [1].

    Raises:
        ValueError: `steps` is negative.

    Example:
        >>> from pure_schedules import hyperbolic_tangent
        >>> decay = hyperbolic_tangent(start=1.0, steps=10)
        >>> [round(decay(step), 4) for step in (0, 7, 10)]
        [1.0, 0.5, 0.0025]

    Source: Hsueh et al. 2019, Stochastic Gradient Descent with Hyperbolic-Tangent Decay, https://arxiv.org/abs/1806.01593.
    """
    # (1 - tanh(x)) / 2 = 1 / (1 + exp(2 x)), accurate where the tangent is near 1.
    return lerp(end, start, 1 / (1 + exp(2 * lerp(lower, upper, progress(step, steps)))))


@schedule(steps=non_negative, factor=positive & other_than_one)
def affine_exponential(step: Value, *, start: Value, end: Value = 0.0, steps: Value, factor: Value = 0.5) -> Any:
    """An exponential, shifted and scaled to reach `end`, which may be 0, after `steps` steps, then `end`.

        lr(t) = end + (start - end) * (factor ** u - factor) / (1 - factor),    u = min(t / steps, 1)

    Args:
        start: value at step 0 [lr].
        end: value from `steps` on [lr].
        steps: length, not negative; with 0 the value is `end` everywhere [steps].
        factor: value of the unshifted exponential after `steps` steps, positive and not 1 [1].

    Raises:
        ValueError: `steps` is negative, or `factor` is not positive, or 1.

    Example:
        >>> from pure_schedules import affine_exponential
        >>> decay = affine_exponential(start=3.0, steps=2, factor=0.25)
        >>> decay(0), decay(1), decay(2)
        (3.0, 1.0, 0.0)

    Source: the exponential decays of Megatron-LM (factor 1/2) and dolomite-engine (factor 1/e).
    """
    # factor ** u - factor = factor ** u * (1 - factor ** (1 - u)), which is accurate for a factor near 1.
    ahead, rate = remaining(step, steps), log(factor)
    return lerp(end, start, factor ** progress(step, steps) * (expm1(ahead * rate) / expm1(rate)))


@schedule(steps=non_negative)
def mirror_cosine(step: Value, *, start: Value, end: Value = 0.0, steps: Value) -> Any:
    """Half a cosine wave mirrored at the straight line from `start` to `end`: steep, then flat, then steep.

        lr(t) = 2 * linear(t) - cosine(t)

    Args:
        start: value at step 0 [lr].
        end: value from `steps` on [lr].
        steps: length, not negative; with 0 the value is `end` everywhere [steps].

    Raises:
        ValueError: `steps` is negative.

    Example:
        >>> from pure_schedules import mirror_cosine
        >>> decay = mirror_cosine(start=3.0, steps=3)
        >>> [round(decay(step), 9) for step in (0, 1, 2, 3)]
        [3.0, 1.75, 1.25, 0.0]

    Source: Haegele et al. 2024, Scaling Laws and Compute-Optimal Training Beyond Fixed Training Durations, appendix,
    https://arxiv.org/abs/2405.18392.
    """
    ahead = remaining(step, steps)
    wave = sin(math.pi / 2 * ahead)
    return lerp(end, start, 2 * ahead - wave * wave)


@schedule(steps=non_negative, power=positive)
def circular(step: Value, *, start: Value, end: Value = 0.0, steps: Value, power: Value = 0.5) -> Any:
    """A quarter of a circle, or a power of it, from `start` to `end` over `steps` steps, then `end`.

        lr(t) = end + (start - end) * (1 - min(t / steps, 1) ** 2) ** power

    Args:
        start: value at step 0 [lr].
        end: value from `steps` on [lr].
        steps: length, not negative; with 0 the value is `end` everywhere [steps].
        power: exponent, positive; 0.5 is the circle [1].

    Raises:
        ValueError: `steps` is negative, or `power` is not positive.

    Example:
        >>> from pure_schedules import circular
        >>> decay = circular(start=1.0, steps=10)
        >>> [round(decay(step), 9) for step in (0, 6, 8, 10)]
        [1.0, 0.8, 0.6, 0.0]

    Source: the square-root family of init2winit.
    """
    ahead = remaining(step, steps)
    return lerp(end, start, numeric.power(ahead * (2 - ahead), power))  # 1 - u**2 = (1 - u) (1 + u)


@schedule(steps=non_negative, upper_bound=positive & at_least("steps"))
def hyperbolic(step: Value, *, start: Value, end: Value = 0.0, steps: Value, upper_bound: Value) -> Any:
    """An arc of a hyperbola from `start` to `end` over `steps` steps; its first part hardly depends on `steps`.

        lr(t) = end + (start - end) * h(t) / h(0),    h(t) = sqrt((N - t) / U * (2 - (N + t) / U)),
        N = steps,    U = upper_bound

    Args:
        start: value at step 0 [lr].
        end: value from `steps` on [lr].
        steps: length, not negative; with 0 the value is `end` everywhere [steps].
        upper_bound: the longest run considered, not below `steps`; the closer to `steps`, the straighter [steps].

    Raises:
        ValueError: `steps` is negative, or `upper_bound` is not positive or below `steps`.

    Example:
        >>> from pure_schedules import hyperbolic
        >>> hyperbolic(start=1.0, steps=100, upper_bound=100)(25)
        0.75

    Source: Kim 2024, HyperbolicLR: Epoch Insensitive Learning Rate Scheduler, https://arxiv.org/abs/2407.15200.
    """
    ahead = remaining(step, steps)
    share, rest = steps / upper_bound, 2 * (upper_bound - steps) / upper_bound
    return lerp(end, start, numeric.power(ahead * ((rest + share * ahead) / (rest + share)), 0.5))


@schedule(steps=non_negative)
def logarithmic(step: Value, *, start: Value, end: Value, steps: Value) -> Any:
    """Logarithmic, fast at first and then slow, from `start` to `end` over `steps` steps, then `end`.

        lr(t) = start + (end - start) * log(1 + min(t, steps)) / log(1 + steps)

    Args:
        start: value at step 0 [lr].
        end: value from `steps` on [lr].
        steps: length, not negative; with 0 the value is `end` everywhere [steps].

    Raises:
        ValueError: `steps` is negative.

    Example:
        >>> from pure_schedules import logarithmic
        >>> warmup = logarithmic(start=0.0, end=3.0, steps=7)
        >>> [round(warmup(step), 9) for step in (0, 1, 3, 7)]
        [0.0, 1.0, 2.0, 3.0]

    Source: `WarmupLR` of DeepSpeed.
    """
    return lerp(start, end, progress(log1p(step), log1p(steps)))
