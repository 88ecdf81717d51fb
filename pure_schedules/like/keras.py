"""The schedules of Keras 3.15.1, under its names, parameters and defaults.

Clock: a Keras schedule is a function of the optimizer's `iterations`, which is 0 at the first update, as everywhere here.
Values are the rates themselves: Keras multiplies nothing, and `alpha` is a factor of the highest rate.

Keras computes in single precision; the schedules here in double precision. `ReduceLROnPlateau`, which follows a metric,
is not a function of the step.
"""

from collections.abc import Sequence

from pure_schedules import clocks, combinators, decays, knots, shapes
from pure_schedules._schedule import Schedule
from pure_schedules.checks import flag, increasing, non_negative, numbers, one_more_than, one_or_more, positive
from pure_schedules.numeric import Value, floor

from ._peer import peer

__all__ = [
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
]


@peer(decay_steps=positive, decay_rate=positive, staircase=flag)
def ExponentialDecay(
    *, initial_learning_rate: Value, decay_steps: Value, decay_rate: Value, staircase: bool = False
) -> Schedule:
    """Multiply by `decay_rate` over each `decay_steps` steps, smoothly or at once; endless.

        exponential_decay(initial_learning_rate, decay_rate, decay_steps),
        or step_decay(initial_learning_rate, decay_rate, decay_steps) with staircase

    Args:
        initial_learning_rate: value at step 0 [lr].
        decay_steps: the number of steps for one factor, positive [steps].
        decay_rate: factor over each `decay_steps` steps, positive [1].
        staircase: change only at the end of each `decay_steps` steps.

    Raises:
        ValueError: `decay_steps` or `decay_rate` is not positive.

    Example:
        >>> from pure_schedules.like.keras import ExponentialDecay
        >>> lr = ExponentialDecay(initial_learning_rate=8.0, decay_steps=10, decay_rate=0.25)
        >>> [lr(step) for step in (0, 5, 10)]
        [8.0, 4.0, 2.0]

    Source: Keras 3.15.1, `ExponentialDecay` in `keras/src/optimizers/schedules/learning_rate_schedule.py`.
    """
    if staircase:
        return decays.step_decay(start=initial_learning_rate, factor=decay_rate, every=decay_steps)
    return decays.exponential_decay(start=initial_learning_rate, rate=decay_rate, every=decay_steps)


@peer(boundaries=increasing, values=numbers & one_more_than("boundaries"))
def PiecewiseConstantDecay(*, boundaries: Sequence[Value], values: Sequence[Value]) -> Schedule:
    """One value after another, each from the step after its boundary.

        piecewise_constant(values, [floor(boundary) + 1 for boundary in boundaries])

    At a boundary Keras still has the value before it; most libraries have the new one.

    Args:
        boundaries: the last step of each value but the last, in order [steps].
        values: the values, one more than boundaries [lr].

    Differs:
        Without boundaries it is the one value; Keras raises IndexError when it is called.

    Raises:
        ValueError: the lists do not match in length; a boundary is negative, or they are not in order.

    Example:
        >>> from pure_schedules.like.keras import PiecewiseConstantDecay
        >>> lr = PiecewiseConstantDecay(boundaries=[10, 20], values=[1.0, 0.5, 0.25])
        >>> [lr(step) for step in (0, 10, 11, 20, 21)]
        [1.0, 1.0, 0.5, 0.5, 0.25]

    Source: Keras 3.15.1, `PiecewiseConstantDecay` in `keras/src/optimizers/schedules/learning_rate_schedule.py`.
    """
    return knots.piecewise_constant(values=values, boundaries=[floor(boundary) + 1 for boundary in boundaries])


@peer(decay_steps=positive, power=positive, cycle=flag)
def PolynomialDecay(
    *,
    initial_learning_rate: Value,
    decay_steps: Value,
    end_learning_rate: Value = 0.0001,
    power: Value = 1.0,
    cycle: bool = False,
) -> Schedule:
    """A power of the remaining fraction, once, or in cycles that each start at a lower rate.

        polynomial(initial_learning_rate, end_learning_rate, decay_steps, power)

    and with cycle, in cycle n, which is the updates after ``(n - 1) * decay_steps`` up to ``n * decay_steps``,

        end_learning_rate + (initial_learning_rate - end_learning_rate) * (1 - t / (n * decay_steps)) ** power

    Args:
        initial_learning_rate: value at step 0 [lr].
        decay_steps: length of the fall, positive; with `cycle` a whole number [steps].
        end_learning_rate: value from `decay_steps` on, or at the last update of each cycle [lr].
        power: exponent, positive; 1 is a straight line [1].
        cycle: rise again after each `decay_steps` steps.

    Raises:
        ValueError: `decay_steps` or `power` is not positive.

    Example:
        >>> from pure_schedules.like.keras import PolynomialDecay
        >>> lr = PolynomialDecay(initial_learning_rate=1.0, decay_steps=10, end_learning_rate=0.0, cycle=True)
        >>> [round(lr(step), 9) for step in (0, 5, 10, 15, 20, 25, 30)]
        [1.0, 0.5, 0.0, 0.25, 0.0, 0.166666667, 0.0]

    Source: Keras 3.15.1, `PolynomialDecay` in `keras/src/optimizers/schedules/learning_rate_schedule.py`.
    """
    if not cycle:
        return shapes.polynomial(start=initial_learning_rate, end=end_learning_rate, steps=decay_steps, power=power)
    # Update n * decay_steps is the last of cycle n, so a round lasts from one update after that to the next such.
    fall = clocks.count_from_one(
        shapes.polynomial(start=initial_learning_rate - end_learning_rate, end=0.0, steps=decay_steps, power=power)
    )
    peaks = clocks.staircase(decays.inverse_decay(start=1.0, timescale=decay_steps, power=power), every=decay_steps)
    rounds = combinators.add(
        [shapes.constant(value=end_learning_rate), combinators.multiply([clocks.repeat(fall, every=decay_steps), peaks])]
    )
    return combinators.join([shapes.constant(value=initial_learning_rate), rounds], boundaries=[1])


@peer(decay_steps=positive, decay_rate=positive, staircase=flag)
def InverseTimeDecay(
    *, initial_learning_rate: Value, decay_steps: Value, decay_rate: Value, staircase: bool = False
) -> Schedule:
    """Falls like one over the step, smoothly or at once at the end of each `decay_steps` steps; endless.

        inverse_decay(initial_learning_rate, decay_steps / decay_rate),
        and with staircase, staircase(that, decay_steps)

    Args:
        initial_learning_rate: value at step 0 [lr].
        decay_steps: the number of steps in which the divisor of the rate grows by `decay_rate`, positive [steps].
        decay_rate: growth of the divisor, positive [1].
        staircase: change only at the end of each `decay_steps` steps.

    Raises:
        ValueError: `decay_steps` or `decay_rate` is not positive.

    Example:
        >>> from pure_schedules.like.keras import InverseTimeDecay
        >>> lr = InverseTimeDecay(initial_learning_rate=1.0, decay_steps=10, decay_rate=0.5)
        >>> [lr(step) for step in (0, 20, 60)]
        [1.0, 0.5, 0.25]

    Source: Keras 3.15.1, `InverseTimeDecay` in `keras/src/optimizers/schedules/learning_rate_schedule.py`.
    """
    decay = decays.inverse_decay(start=initial_learning_rate, timescale=decay_steps / decay_rate)
    return clocks.staircase(decay, every=decay_steps) if staircase else decay


@peer(decay_steps=positive, warmup_steps=non_negative)
def CosineDecay(
    *,
    initial_learning_rate: Value,
    decay_steps: Value,
    alpha: Value = 0.0,
    warmup_target: Value | None = None,
    warmup_steps: Value = 0,
) -> Schedule:
    """Half a cosine wave down to a part of the highest rate, after a linear warmup to it if there is a `warmup_target`.

        cosine(initial_learning_rate, alpha * initial_learning_rate, decay_steps),
        or join([linear(initial_learning_rate, warmup_target, warmup_steps),
                 cosine(warmup_target, alpha * warmup_target, decay_steps)])

    Args:
        initial_learning_rate: value at step 0 [lr].
        decay_steps: length of the fall, the warmup not included; positive [steps].
        alpha: value at the end, as a factor of the highest rate [1].
        warmup_target: value at the end of the warmup; by default no warmup [lr].
        warmup_steps: length of the warmup, not negative; of no meaning without a `warmup_target` [steps].

    Raises:
        ValueError: `decay_steps` is not positive, or `warmup_steps` is negative.

    Example:
        >>> from pure_schedules.like.keras import CosineDecay
        >>> lr = CosineDecay(initial_learning_rate=0.0, decay_steps=100, warmup_target=1.0, warmup_steps=10)
        >>> [round(lr(step), 9) for step in (0, 5, 10, 60, 110, 1000)]
        [0.0, 0.5, 1.0, 0.5, 0.0, 0.0]

    Source: Keras 3.15.1, `CosineDecay` in `keras/src/optimizers/schedules/learning_rate_schedule.py`.
    """
    if warmup_target is None:
        return shapes.cosine(start=initial_learning_rate, end=alpha * initial_learning_rate, steps=decay_steps)
    return combinators.join(
        [
            shapes.linear(start=initial_learning_rate, end=warmup_target, steps=warmup_steps),
            shapes.cosine(start=warmup_target, end=alpha * warmup_target, steps=decay_steps),
        ]
    )


@peer(first_decay_steps=positive, t_mul=one_or_more, m_mul=positive)
def CosineDecayRestarts(
    *,
    initial_learning_rate: Value,
    first_decay_steps: Value,
    t_mul: Value = 2.0,
    m_mul: Value = 1.0,
    alpha: Value = 0.0,
) -> Schedule:
    """Half cosine waves one after another, each longer and lower than the one before it; endless.

        add([constant(alpha * initial_learning_rate),
             repeat(cosine((1 - alpha) * initial_learning_rate, 0, first_decay_steps), growth=t_mul, factor=m_mul)])

    Args:
        initial_learning_rate: value at step 0 [lr].
        first_decay_steps: length of the first wave, positive [steps].
        t_mul: ratio of each wave's length to that of the one before, 1 or more [1].
        m_mul: ratio of each wave's height above the floor to that of the one before, positive [1].
        alpha: end of every wave, as a factor of `initial_learning_rate` [1].

    Differs:
        A wave begins at its peak. Keras finds its number by a logarithm in single precision, and is one wave behind at the
        first update of some: with waves of 10, 70, 490 ... (``t_mul=7.0``) it is at the floor at update 80.

    Raises:
        ValueError: `first_decay_steps` or `m_mul` is not positive; `t_mul` is below 1.

    Example:
        >>> from pure_schedules.like.keras import CosineDecayRestarts
        >>> lr = CosineDecayRestarts(initial_learning_rate=1.0, first_decay_steps=10, m_mul=0.5)
        >>> [round(lr(step), 9) for step in (0, 5, 10, 20, 30)]
        [1.0, 0.5, 0.5, 0.25, 0.25]

    Source: Keras 3.15.1, `CosineDecayRestarts` in `keras/src/optimizers/schedules/learning_rate_schedule.py`.
    """
    wave = shapes.cosine(start=(1 - alpha) * initial_learning_rate, end=0.0, steps=first_decay_steps)
    return combinators.add(
        [shapes.constant(value=alpha * initial_learning_rate), clocks.repeat(wave, growth=t_mul, factor=m_mul)]
    )
