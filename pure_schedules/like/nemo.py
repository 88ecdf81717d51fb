"""The policies of NeMo at commit 8cfedd7 (version 2.6.0rc0), under their names, parameters and defaults.

Clock: NeMo counts updates from 0, but in the warmup the factor is ``(t + 1) / (W + 1)``. So no update has a rate of 0,
and the rate of the optimizer is reached at update `warmup_steps`. The next part takes over at the next update, as if it
had begun at `warmup_steps`. After update `max_steps` the rate is `min_lr`.

`lr` is the rate of the optimizer, which NeMo multiplies; without it the schedule is the factor. `min_lr` is a rate, not
a factor: unless it is 0, `lr` is required.

A length may be given in steps or as a ratio, for which it is ``floor(ratio * max_steps)``.
"""

import math
from collections.abc import Mapping
from typing import Any

from pure_schedules import clocks, combinators, decays, shapes
from pure_schedules._factory import Factory
from pure_schedules._schedule import Schedule
from pure_schedules.checks import Condition, Rule, at_least, flag, fraction, non_negative, positive
from pure_schedules.numeric import Value, floor, maximum

from .._trees import briefly
from ._peer import peer, rate_beside
from ._settings import Default, Settings, length_of_run, refuse_two_lengths

__all__ = [
    "CosineAnnealing",
    "InverseSquareRootAnnealing",
    "NoamAnnealing",
    "NoamHoldAnnealing",
    "PolynomialDecayAnnealing",
    "PolynomialHoldDecayAnnealing",
    "SquareAnnealing",
    "SquareRootAnnealing",
    "T5InverseSquareRootAnnealing",
    "WarmupAnnealHoldPolicy",
    "WarmupAnnealing",
    "WarmupHoldAnnealLinear",
    "WarmupHoldAnnealOneMinusSquareRoot",
    "WarmupHoldPolicy",
    "WarmupPolicy",
]


# What the policies share ---------------------------------------------------------------------------------------------


def _instead_of(steps: str) -> Rule:
    """A length as a ratio of the run, if it is not given in steps."""
    alone = Condition(lambda _, others: others[steps] is None, f"must not be given beside {steps}", "give one of the two")
    of_something = Condition(
        lambda _, others: others["max_steps"] is not None, "must be a ratio of max_steps", "give max_steps too"
    )
    return fraction & Rule(fraction.admit, (alone, of_something))


_WARMUP = {
    "max_steps": positive,
    "warmup_steps": non_negative,
    "warmup_ratio": _instead_of("warmup_steps"),
    "min_lr": non_negative & rate_beside("lr"),
}
_HOLD = {**_WARMUP, "hold_steps": non_negative, "hold_ratio": _instead_of("hold_steps")}
_CONSTANT = {**_WARMUP, "constant_steps": non_negative, "constant_ratio": _instead_of("constant_steps")}


def _length(steps: Value | None, ratio: Value | None, max_steps: Value | None) -> Any:
    """A length given in steps, or as a ratio of the run, or not at all."""
    if ratio is not None and max_steps is not None:
        return floor(ratio * max_steps)
    return 0 if steps is None else steps


def _rise(lr: Value, warmup_steps: Value) -> Schedule:
    return clocks.count_from_one(shapes.linear(start=0.0, end=lr, steps=warmup_steps + 1))


def _warmed(lr: Value, warmup_steps: Value, curve: Schedule) -> Schedule:
    """The warmup up to and including update `warmup_steps`, then the curve, on the clock of the run."""
    return combinators.switch([_rise(lr, warmup_steps), curve], boundaries=[warmup_steps + 1])


def _warmed_and_cut(lr: Value, warmup_steps: Value, curve: Schedule, last: Value, min_lr: Value) -> Schedule:
    """The same, and `min_lr` after update `last`."""
    ends = [warmup_steps + 1, maximum(warmup_steps, last) + 1]
    return combinators.switch([_rise(lr, warmup_steps), curve, shapes.constant(value=min_lr)], boundaries=ends)


def _held(lr: Value, until: Value, fall: Schedule) -> Schedule:
    return combinators.join([shapes.constant(value=lr), fall], boundaries=[until])


# Policies ------------------------------------------------------------------------------------------------------------


@peer(**_WARMUP)
def WarmupPolicy(
    *,
    warmup_steps: Value | None = None,
    warmup_ratio: Value | None = None,
    max_steps: Value | None = None,
    min_lr: Value = 0.0,
    lr: Value | None = None,
) -> Schedule:
    """A linear warmup to `lr`, then `lr`, and after the run `min_lr`.

        switch([count_from_one(linear(0, lr, warmup_steps + 1)), constant(lr), constant(min_lr)],
               boundaries=[warmup_steps + 1, max_steps + 1])

    Args:
        warmup_steps: length of the warmup, not negative [steps].
        warmup_ratio: the same as a ratio of `max_steps`, from 0 to 1 [1].
        max_steps: length of the run, positive; by default endless [steps].
        min_lr: value after the run, not negative [lr].
        lr: the rate of the optimizer, reached at update `warmup_steps` [lr].

    Raises:
        ValueError: a length or `min_lr` is negative; the warmup is given twice, or as a ratio of nothing.

    Example:
        >>> from pure_schedules.like.nemo import WarmupPolicy
        >>> lr = WarmupPolicy(warmup_steps=3, max_steps=10)
        >>> [lr(step) for step in (0, 1, 3, 10, 11)]
        [0.25, 0.5, 1.0, 1.0, 0.0]

    Source: NeMo, commit 8cfedd7, `nemo/core/optim/lr_scheduler.py`.
    """
    lr = 1.0 if lr is None else lr
    rise = _length(warmup_steps, warmup_ratio, max_steps)
    if max_steps is None:
        return _warmed(lr, rise, shapes.constant(value=lr))
    return _warmed_and_cut(lr, rise, shapes.constant(value=lr), max_steps, min_lr)


@peer(**_HOLD)
def WarmupHoldPolicy(
    *,
    warmup_steps: Value | None = None,
    warmup_ratio: Value | None = None,
    hold_steps: Value | None = None,
    hold_ratio: Value | None = None,
    max_steps: Value | None = None,
    min_lr: Value = 0.0,
    lr: Value | None = None,
) -> Schedule:
    """A linear warmup to `lr`, then `lr`, and `min_lr` when the run and the hold are over.

        switch([count_from_one(linear(0, lr, warmup_steps + 1)), constant(lr), constant(min_lr)],
               boundaries=[warmup_steps + 1, max(max_steps + 1, warmup_steps + hold_steps)])

    Args:
        warmup_steps: length of the warmup, not negative [steps].
        warmup_ratio: the same as a ratio of `max_steps`, from 0 to 1 [1].
        hold_steps: minimum length at `lr`, also beyond the run; not negative [steps].
        hold_ratio: the same as a ratio of `max_steps`, from 0 to 1 [1].
        max_steps: length of the run, positive; by default endless [steps].
        min_lr: value after the run, not negative [lr].
        lr: the rate of the optimizer, reached at update `warmup_steps` [lr].

    Differs:
        Without `max_steps` it holds `lr` forever. NeMo stops after the hold with a TypeError.

    Raises:
        ValueError: a length or `min_lr` is negative; a length is given twice, or as a ratio of nothing.

    Example:
        >>> from pure_schedules.like.nemo import WarmupHoldPolicy
        >>> lr = WarmupHoldPolicy(warmup_steps=3, hold_steps=4, max_steps=10)
        >>> [lr(step) for step in (0, 1, 3, 10, 11)]
        [0.25, 0.5, 1.0, 1.0, 0.0]

    Source: NeMo, commit 8cfedd7, `nemo/core/optim/lr_scheduler.py`.
    """
    lr = 1.0 if lr is None else lr
    rise = _length(warmup_steps, warmup_ratio, max_steps)
    if max_steps is None:
        return _warmed(lr, rise, shapes.constant(value=lr))
    until = rise + _length(hold_steps, hold_ratio, max_steps)
    return _warmed_and_cut(lr, rise, shapes.constant(value=lr), maximum(max_steps, until - 1), min_lr)


@peer(**_CONSTANT)
def WarmupAnnealHoldPolicy(
    *,
    max_steps: Value,
    warmup_steps: Value | None = None,
    warmup_ratio: Value | None = None,
    constant_steps: Value | None = None,
    constant_ratio: Value | None = None,
    min_lr: Value = 0.0,
    lr: Value | None = None,
) -> Schedule:
    """A linear warmup to `lr`, then `lr`, and `min_lr` over the last `constant_steps` of the run and after it.

        switch([count_from_one(linear(0, lr, warmup_steps + 1)), constant(lr), constant(min_lr)],
               boundaries=[warmup_steps + 1, max_steps - constant_steps + 1])

    Args:
        max_steps: length of the run, positive [steps].
        warmup_steps: length of the warmup, not negative [steps].
        warmup_ratio: the same as a ratio of `max_steps`, from 0 to 1 [1].
        constant_steps: length of the final part at `min_lr`, not negative [steps].
        constant_ratio: the same as a ratio of `max_steps`, from 0 to 1 [1].
        min_lr: value at the end of the run and after it, not negative [lr].
        lr: the rate of the optimizer, reached at update `warmup_steps` [lr].

    Raises:
        ValueError: a length or `min_lr` is negative; a length is given twice.

    Example:
        >>> from pure_schedules.like.nemo import WarmupAnnealHoldPolicy
        >>> lr = WarmupAnnealHoldPolicy(max_steps=10, warmup_steps=3, constant_steps=4)
        >>> [lr(step) for step in (0, 1, 3, 6, 7)]
        [0.25, 0.5, 1.0, 1.0, 0.0]

    Source: NeMo, commit 8cfedd7, `nemo/core/optim/lr_scheduler.py`.
    """
    lr = 1.0 if lr is None else lr
    rise = _length(warmup_steps, warmup_ratio, max_steps)
    last = max_steps - _length(constant_steps, constant_ratio, max_steps)
    return _warmed_and_cut(lr, rise, shapes.constant(value=lr), last, min_lr)


@peer(**_WARMUP)
def SquareAnnealing(
    *,
    max_steps: Value,
    min_lr: Value = 1e-5,
    warmup_steps: Value | None = None,
    warmup_ratio: Value | None = None,
    lr: Value | None = None,
) -> Schedule:
    """A linear warmup to `lr`, then the square of the remaining fraction, towards 0 but never below `min_lr`.

        switch([count_from_one(linear(0, lr, warmup_steps + 1)),
                shift(clip(polynomial(lr, 0, max_steps - warmup_steps, power=2), low=min_lr), warmup_steps)],
               boundaries=[warmup_steps + 1])

    Args:
        max_steps: length of the run, positive [steps].
        min_lr: lowest value after the warmup, not negative [lr].
        warmup_steps: length of the warmup, not negative [steps].
        warmup_ratio: the same as a ratio of `max_steps`, from 0 to 1 [1].
        lr: the rate of the optimizer, reached at update `warmup_steps` [lr].

    Raises:
        ValueError: a length or `min_lr` is negative; the warmup is given twice.

    Example:
        >>> from pure_schedules.like.nemo import SquareAnnealing
        >>> lr = SquareAnnealing(max_steps=13, warmup_steps=3, min_lr=0.125, lr=1.0)
        >>> [lr(step) for step in (0, 3, 8, 10, 13, 100)]
        [0.25, 1.0, 0.25, 0.125, 0.125, 0.125]

    Source: NeMo, commit 8cfedd7, `nemo/core/optim/lr_scheduler.py`.
    """
    lr = 1.0 if lr is None else lr
    rise = _length(warmup_steps, warmup_ratio, max_steps)
    fall = shapes.polynomial(start=lr, end=0.0, steps=maximum(max_steps - rise, 0), power=2)
    return _warmed(lr, rise, clocks.shift(combinators.clip(fall, low=min_lr), steps=rise))


@peer(**_WARMUP)
def SquareRootAnnealing(
    *,
    max_steps: Value,
    min_lr: Value = 0.0,
    warmup_steps: Value | None = None,
    warmup_ratio: Value | None = None,
    lr: Value | None = None,
) -> Schedule:
    """A linear warmup to `lr`, then the square root of the remaining fraction of the run, never below `min_lr`.

        switch([count_from_one(linear(0, lr, warmup_steps + 1)),
                clip(polynomial(lr, 0, max_steps, power=0.5), low=min_lr)],
               boundaries=[warmup_steps + 1])

    The root is taken over the whole run, warmup included, so the rate jumps down after the warmup, as in NeMo.

    Args:
        max_steps: length of the run, positive [steps].
        min_lr: lowest value after the warmup, not negative [lr].
        warmup_steps: length of the warmup, not negative [steps].
        warmup_ratio: the same as a ratio of `max_steps`, from 0 to 1 [1].
        lr: the rate of the optimizer, reached at update `warmup_steps` [lr].

    Raises:
        ValueError: a length or `min_lr` is negative; the warmup is given twice.

    Example:
        >>> from pure_schedules.like.nemo import SquareRootAnnealing
        >>> lr = SquareRootAnnealing(max_steps=16, warmup_steps=3)
        >>> [lr(step) for step in (0, 3, 7, 12, 16, 100)]
        [0.25, 1.0, 0.75, 0.5, 0.0, 0.0]

    Source: NeMo, commit 8cfedd7, `nemo/core/optim/lr_scheduler.py`.
    """
    lr = 1.0 if lr is None else lr
    rise = _length(warmup_steps, warmup_ratio, max_steps)
    fall = combinators.clip(shapes.polynomial(start=lr, end=0.0, steps=max_steps, power=0.5), low=min_lr)
    return _warmed_and_cut(lr, rise, fall, max_steps, min_lr)


@peer(**_CONSTANT, lr=at_least("min_lr"))
def CosineAnnealing(
    *,
    max_steps: Value,
    min_lr: Value = 0.0,
    warmup_steps: Value | None = None,
    warmup_ratio: Value | None = None,
    constant_steps: Value | None = None,
    constant_ratio: Value | None = None,
    lr: Value | None = None,
) -> Schedule:
    """A linear warmup to `lr`, half a cosine wave down to `min_lr`, and `min_lr` over the last `constant_steps`.

        switch([count_from_one(linear(0, lr, warmup_steps + 1)),
                shift(cosine(lr, min_lr, max_steps - warmup_steps - constant_steps), warmup_steps)],
               boundaries=[warmup_steps + 1])

    Where `constant_steps` is not 0, NeMo takes the warmup of Megatron-LM, ``linear(0, lr, warmup_steps)``, which begins
    at 0; so it is here.

    Args:
        max_steps: length of the run, positive [steps].
        min_lr: value at the end of the wave and after it, not negative [lr].
        warmup_steps: length of the warmup, not negative [steps].
        warmup_ratio: the same as a ratio of `max_steps`, from 0 to 1 [1].
        constant_steps: length of the final part at `min_lr`, not negative [steps].
        constant_ratio: the same as a ratio of `max_steps`, from 0 to 1 [1].
        lr: the rate of the optimizer, reached at update `warmup_steps`; not below `min_lr` [lr].

    Differs:
        Where neither warmup nor wave has a step, it is at `lr` at update 0 and then at `min_lr`. NeMo stops there with a
        ZeroDivisionError.

    Raises:
        ValueError: a length or `min_lr` is negative; a length is given twice; `lr` is below `min_lr`.

    Example:
        >>> from pure_schedules.like.nemo import CosineAnnealing
        >>> lr = CosineAnnealing(max_steps=13, warmup_steps=3)
        >>> [round(lr(step), 9) for step in (0, 3, 8, 13, 100)]
        [0.25, 1.0, 0.5, 0.0, 0.0]
        >>> lr = CosineAnnealing(max_steps=17, warmup_steps=4, constant_steps=3)
        >>> [round(lr(step), 9) for step in (0, 1, 4, 9, 14, 100)]
        [0.0, 0.25, 1.0, 0.5, 0.0, 0.0]

    Source: NeMo, commit 8cfedd7, `nemo/core/optim/lr_scheduler.py`.
    """
    lr = 1.0 if lr is None else lr
    rise = _length(warmup_steps, warmup_ratio, max_steps)
    rest = _length(constant_steps, constant_ratio, max_steps)
    fall = shapes.cosine(start=lr, end=min_lr, steps=maximum(max_steps - rise - rest, 0))
    warmup = shapes.linear(start=0.0, end=lr, steps=rise) if rest else _rise(lr, rise)
    return combinators.switch([warmup, clocks.shift(fall, steps=rise)], boundaries=[rise + 1])


@peer(**_WARMUP, d_model=positive, lr=at_least("min_lr"))
def NoamAnnealing(
    *,
    d_model: Value,
    warmup_steps: Value | None = None,
    warmup_ratio: Value | None = None,
    max_steps: Value | None = None,
    min_lr: Value = 0.0,
    lr: Value | None = None,
) -> Schedule:
    """The schedule of the Transformer, never below `min_lr` after the warmup; endless.

        shift(switch([noam(d_model, warmup_steps, factor=lr), clip(noam(...), low=min_lr)], boundaries=[warmup_steps]), 1)

    NeMo takes update 0 for update 1 of the paper, and so update 1: the first two updates have the same rate, and the
    peak is at update `warmup_steps`.

    Args:
        d_model: width of the model, positive [1].
        warmup_steps: length of the warmup, not negative [steps].
        warmup_ratio: the same as a ratio of `max_steps`, from 0 to 1 [1].
        max_steps: what the ratio is of, positive; not an end of the schedule [steps].
        min_lr: lowest value after the warmup, not negative [lr].
        lr: the rate of the optimizer, which multiplies the whole; not below `min_lr` [lr].

    Raises:
        ValueError: `d_model` or `max_steps` is not positive; `warmup_steps` or `min_lr` is negative; the warmup is given
            twice, or as a ratio of nothing; `lr` is below `min_lr`.

    Example:
        >>> from pure_schedules.like.nemo import NoamAnnealing
        >>> lr = NoamAnnealing(d_model=64, warmup_steps=4)
        >>> [lr(step) for step in (0, 1, 4, 16)]
        [0.015625, 0.015625, 0.0625, 0.03125]

    Source: NeMo, commit 8cfedd7, `nemo/core/optim/lr_scheduler.py`.
    """
    lr = 1.0 if lr is None else lr
    rise = _length(warmup_steps, warmup_ratio, max_steps)
    curve = decays.noam(d_model=d_model, warmup_steps=rise, factor=lr)
    return clocks.shift(combinators.switch([curve, combinators.clip(curve, low=min_lr)], boundaries=[rise]), steps=1)


@peer(**{**_HOLD, "warmup_steps": positive, "decay_rate": non_negative})
def NoamHoldAnnealing(
    *,
    max_steps: Value,
    decay_rate: Value = 0.5,
    min_lr: Value = 0.0,
    warmup_steps: Value | None = None,
    warmup_ratio: Value | None = None,
    hold_steps: Value | None = None,
    hold_ratio: Value | None = None,
    lr: Value | None = None,
) -> Schedule:
    """A linear warmup to `lr`, a plateau, then a negative power of the step, and after the run `min_lr`.

        switch([count_from_one(linear(0, lr, warmup_steps + 1)),
                join([constant(lr), clip(inverse_decay(lr, warmup_steps, decay_rate), low=min_lr)],
                     boundaries=[warmup_steps + hold_steps]),
                constant(min_lr)],
               boundaries=[warmup_steps + 1, max_steps + 1])

    Args:
        max_steps: length of the run, positive [steps].
        decay_rate: exponent of the fall, not negative: 0.5 as in Noam, 1 as in Squeezeformer [1].
        min_lr: lowest value after the warmup, and the value after the run; not negative [lr].
        warmup_steps: length of the rise; one of the two is given, and it is not 0 [steps].
        warmup_ratio: the same as a ratio of `max_steps`, from 0 to 1 [1].
        hold_steps: length of the plateau, not negative [steps].
        hold_ratio: the same as a ratio of `max_steps`, from 0 to 1 [1].
        lr: the rate of the optimizer, reached at update `warmup_steps` [lr].

    Raises:
        ValueError: there is no warmup (NeMo raises it when the plateau is over); a length, `decay_rate` or `min_lr` is
            negative; a length is given twice.

    Example:
        >>> from pure_schedules.like.nemo import NoamHoldAnnealing
        >>> lr = NoamHoldAnnealing(max_steps=30, warmup_steps=3, hold_steps=5)
        >>> [lr(step) for step in (0, 3, 8, 17, 30, 31)]
        [0.25, 1.0, 1.0, 0.5, 0.3464101615137755, 0.0]

    Source: NeMo, commit 8cfedd7, `nemo/core/optim/lr_scheduler.py`; Kim et al. 2022, Squeezeformer, appendix A.3,
    https://arxiv.org/abs/2206.00888.
    """
    lr = 1.0 if lr is None else lr
    if warmup_steps is None and warmup_ratio is None:
        raise ValueError("warmup_steps is missing; give it, or warmup_ratio")
    rise = _length(warmup_steps, warmup_ratio, max_steps)
    until = rise + _length(hold_steps, hold_ratio, max_steps)
    fall = combinators.clip(decays.inverse_decay(start=lr, timescale=rise, power=decay_rate), low=min_lr)
    return _warmed_and_cut(lr, rise, _held(lr, until, fall), maximum(max_steps, until - 1), min_lr)


@peer(**_HOLD)
def WarmupHoldAnnealOneMinusSquareRoot(
    *,
    max_steps: Value,
    min_lr: Value = 0.0,
    warmup_steps: Value | None = None,
    warmup_ratio: Value | None = None,
    hold_steps: Value | None = None,
    hold_ratio: Value | None = None,
    lr: Value | None = None,
) -> Schedule:
    """A linear warmup to `lr`, a plateau, then one minus a square root, towards 0 but never below `min_lr`.

        switch([count_from_one(linear(0, lr, warmup_steps + 1)),
                join([constant(lr), clip(one_minus_power(lr, 0, max_steps - until), low=min_lr)], boundaries=[until])],
               boundaries=[warmup_steps + 1]),    until = warmup_steps + hold_steps

    Args:
        max_steps: length of the run, positive [steps].
        min_lr: lowest value after the warmup, not negative [lr].
        warmup_steps: length of the warmup, not negative [steps].
        warmup_ratio: the same as a ratio of `max_steps`, from 0 to 1 [1].
        hold_steps: length of the plateau, not negative [steps].
        hold_ratio: the same as a ratio of `max_steps`, from 0 to 1 [1].
        lr: the rate of the optimizer, reached at update `warmup_steps` [lr].

    Differs:
        A plateau that is left out is one of no steps. NeMo then forgets the warmup too: its fall begins at update 0, and
        after the warmup the rate jumps down into it. A plateau up to `max_steps` is followed by `min_lr`; NeMo stops
        there with a ZeroDivisionError.

    Raises:
        ValueError: a length or `min_lr` is negative; a length is given twice.

    Example:
        >>> from pure_schedules.like.nemo import WarmupHoldAnnealOneMinusSquareRoot
        >>> lr = WarmupHoldAnnealOneMinusSquareRoot(max_steps=108, warmup_steps=3, hold_steps=5, min_lr=0.25, lr=1.0)
        >>> [lr(step) for step in (0, 3, 8, 33, 108, 1000)]
        [0.25, 1.0, 1.0, 0.5, 0.25, 0.25]

    Source: NeMo, commit 8cfedd7, `nemo/core/optim/lr_scheduler.py`.
    """
    lr = 1.0 if lr is None else lr
    rise = _length(warmup_steps, warmup_ratio, max_steps)
    until = rise + _length(hold_steps, hold_ratio, max_steps)
    fall = shapes.one_minus_power(start=lr, steps=maximum(max_steps - until, 0))
    return _warmed(lr, rise, _held(lr, until, combinators.clip(fall, low=min_lr)))


@peer(**_HOLD)
def WarmupHoldAnnealLinear(
    *,
    max_steps: Value,
    min_lr: Value = 0.0,
    warmup_steps: Value | None = None,
    warmup_ratio: Value | None = None,
    hold_steps: Value | None = None,
    hold_ratio: Value | None = None,
    lr: Value | None = None,
) -> Schedule:
    """A linear warmup to `lr`, a plateau, then a linear decay to `min_lr` at `max_steps`.

        switch([count_from_one(linear(0, lr, warmup_steps + 1)),
                join([constant(lr), linear(lr, min_lr, max_steps - until)], boundaries=[until])],
               boundaries=[warmup_steps + 1]),    until = warmup_steps + hold_steps

    Args:
        max_steps: length of the run, positive [steps].
        min_lr: value at the end of the fall and after it, not negative [lr].
        warmup_steps: length of the warmup, not negative [steps].
        warmup_ratio: the same as a ratio of `max_steps`, from 0 to 1 [1].
        hold_steps: length of the plateau, not negative [steps].
        hold_ratio: the same as a ratio of `max_steps`, from 0 to 1 [1].
        lr: the rate of the optimizer, reached at update `warmup_steps` [lr].

    Differs:
        A plateau that is left out is one of no steps. NeMo then forgets the warmup too: its fall begins at update 0, and
        after the warmup the rate jumps down into it. A plateau up to `max_steps` is followed by `min_lr`; NeMo stops
        there with a ZeroDivisionError.

    Raises:
        ValueError: a length or `min_lr` is negative; a length is given twice.

    Example:
        >>> from pure_schedules.like.nemo import WarmupHoldAnnealLinear
        >>> lr = WarmupHoldAnnealLinear(max_steps=18, warmup_steps=3, hold_steps=5)
        >>> [lr(step) for step in (0, 3, 8, 13, 18, 100)]
        [0.25, 1.0, 1.0, 0.5, 0.0, 0.0]

    Source: NeMo, commit 8cfedd7, `nemo/core/optim/lr_scheduler.py`.
    """
    lr = 1.0 if lr is None else lr
    rise = _length(warmup_steps, warmup_ratio, max_steps)
    until = rise + _length(hold_steps, hold_ratio, max_steps)
    fall = shapes.linear(start=lr, end=min_lr, steps=maximum(max_steps - until, 0))
    return _warmed(lr, rise, _held(lr, until, fall))


@peer(**_WARMUP)
def WarmupAnnealing(
    *,
    max_steps: Value,
    min_lr: Value = 0.0,
    warmup_steps: Value | None = None,
    warmup_ratio: Value | None = None,
    lr: Value | None = None,
) -> Schedule:
    """A linear warmup to `lr`, then a linear decay to `min_lr` at `max_steps`.

        switch([count_from_one(linear(0, lr, warmup_steps + 1)),
                shift(linear(lr, min_lr, max_steps - warmup_steps), warmup_steps)],
               boundaries=[warmup_steps + 1])

    Args:
        max_steps: length of the run, positive [steps].
        min_lr: value at the end of the fall and after it, not negative [lr].
        warmup_steps: length of the warmup, not negative [steps].
        warmup_ratio: the same as a ratio of `max_steps`, from 0 to 1 [1].
        lr: the rate of the optimizer, reached at update `warmup_steps` [lr].

    Raises:
        ValueError: a length or `min_lr` is negative; the warmup is given twice.

    Example:
        >>> from pure_schedules.like.nemo import WarmupAnnealing
        >>> lr = WarmupAnnealing(max_steps=13, warmup_steps=3)
        >>> [lr(step) for step in (0, 3, 8, 13, 100)]
        [0.25, 1.0, 0.5, 0.0, 0.0]

    Source: NeMo, commit 8cfedd7, `nemo/core/optim/lr_scheduler.py`.
    """
    lr = 1.0 if lr is None else lr
    rise = _length(warmup_steps, warmup_ratio, max_steps)
    fall = shapes.linear(start=lr, end=min_lr, steps=maximum(max_steps - rise, 0))
    return _warmed(lr, rise, clocks.shift(fall, steps=rise))


@peer(**_WARMUP)
def InverseSquareRootAnnealing(
    *,
    max_steps: Value,
    min_lr: Value = 0.0,
    warmup_steps: Value | None = None,
    warmup_ratio: Value | None = None,
    lr: Value | None = None,
) -> Schedule:
    """A linear warmup to `lr`, then one over the square root of the step, and after the run `min_lr`.

        switch([count_from_one(linear(0, lr, warmup_steps + 1)),
                shift(inverse_sqrt(lr, timescale=warmup_steps + 1), warmup_steps),
                constant(min_lr)],
               boundaries=[warmup_steps + 1, max_steps + 1])

    `min_lr` is no floor: the rate may be below it in the run, and jumps to it after update `max_steps`, as in NeMo.

    Args:
        max_steps: length of the run, positive [steps].
        min_lr: value after the run, not negative [lr].
        warmup_steps: length of the warmup, not negative [steps].
        warmup_ratio: the same as a ratio of `max_steps`, from 0 to 1 [1].
        lr: the rate of the optimizer, reached at update `warmup_steps` [lr].

    Raises:
        ValueError: a length or `min_lr` is negative; the warmup is given twice.

    Example:
        >>> from pure_schedules.like.nemo import InverseSquareRootAnnealing
        >>> lr = InverseSquareRootAnnealing(max_steps=100, warmup_steps=3)
        >>> [lr(step) for step in (0, 3, 15, 63, 101)]
        [0.25, 1.0, 0.5, 0.25, 0.0]

    Source: NeMo, commit 8cfedd7, `nemo/core/optim/lr_scheduler.py`.
    """
    lr = 1.0 if lr is None else lr
    rise = _length(warmup_steps, warmup_ratio, max_steps)
    fall = decays.inverse_sqrt(peak=lr, timescale=rise + 1)
    return _warmed_and_cut(lr, rise, clocks.shift(fall, steps=rise), max_steps, min_lr)


@peer(max_steps=positive, min_lr=non_negative, constant_steps=positive, constant_ratio=_instead_of("constant_steps"))
def T5InverseSquareRootAnnealing(
    *,
    max_steps: Value,
    min_lr: Value = 0.0,
    constant_steps: Value | None = None,
    constant_ratio: Value | None = None,
) -> Schedule:
    """One over the square root of the step, constant up to `constant_steps`, and after the run `min_lr`.

        switch([capped_power(peak=constant_steps ** -0.5, timescale=constant_steps, power=-0.5), constant(min_lr)],
               boundaries=[max_steps + 1])

    These are rates and no factors: NeMo does not look at the rate of the optimizer. After update `max_steps` the rate
    jumps to `min_lr`.

    Args:
        max_steps: length of the run, positive [steps].
        min_lr: value after the run, not negative [lr].
        constant_steps: length of the constant phase, positive; one of the two is given [steps].
        constant_ratio: the same as a ratio of `max_steps`, from 0 to 1, but at least one step [1].

    Differs:
        `constant_ratio` works. NeMo stops at it with a TypeError.

    Raises:
        ValueError: a length is not positive, or `min_lr` is negative; the constant phase is given twice, or not at all.

    Example:
        >>> from pure_schedules.like.nemo import T5InverseSquareRootAnnealing
        >>> lr = T5InverseSquareRootAnnealing(max_steps=1000, constant_steps=16)
        >>> [lr(step) for step in (0, 16, 64, 400, 1001)]
        [0.25, 0.25, 0.125, 0.05, 0.0]

    Source: NeMo, commit 8cfedd7, `nemo/core/optim/lr_scheduler.py`.
    """
    if constant_steps is None and constant_ratio is None:
        raise ValueError("constant_steps is missing; give it, or constant_ratio")
    steps = maximum(_length(constant_steps, constant_ratio, max_steps), 1)
    curve = decays.capped_power(peak=steps**-0.5, timescale=steps, power=-0.5)
    return combinators.switch([curve, shapes.constant(value=min_lr)], boundaries=[maximum(max_steps, steps) + 1])


@peer(**_WARMUP, power=positive, cycle=flag)
def PolynomialDecayAnnealing(
    *,
    max_steps: Value,
    min_lr: Value = 0.0,
    power: Value = 1.0,
    cycle: bool = False,
    warmup_steps: Value | None = None,
    warmup_ratio: Value | None = None,
    lr: Value | None = None,
) -> Schedule:
    """A linear warmup to `lr`, then a power of the remaining fraction, down to `min_lr` at `max_steps`.

        switch([count_from_one(linear(0, lr, warmup_steps + 1)),
                shift(polynomial(lr, min_lr, max_steps - warmup_steps, power), warmup_steps)],
               boundaries=[warmup_steps + 1])

    Args:
        max_steps: length of the run, positive [steps].
        min_lr: value at the end of the fall and after it, not negative [lr].
        power: exponent of the fall, positive [1].
        cycle: changes nothing, as in NeMo: a second round would begin where `min_lr` is held.
        warmup_steps: length of the warmup, not negative [steps].
        warmup_ratio: the same as a ratio of `max_steps`, from 0 to 1 [1].
        lr: the rate of the optimizer, reached at update `warmup_steps` [lr].

    Raises:
        ValueError: a length or `min_lr` is negative; `power` is not positive; the warmup is given twice.

    Example:
        >>> from pure_schedules.like.nemo import PolynomialDecayAnnealing
        >>> lr = PolynomialDecayAnnealing(max_steps=13, warmup_steps=3, power=2)
        >>> [lr(step) for step in (0, 3, 8, 13, 100)]
        [0.25, 1.0, 0.25, 0.0, 0.0]

    Source: NeMo, commit 8cfedd7, `nemo/core/optim/lr_scheduler.py`.
    """
    lr = 1.0 if lr is None else lr
    rise = _length(warmup_steps, warmup_ratio, max_steps)
    fall = shapes.polynomial(start=lr, end=min_lr, steps=maximum(max_steps - rise, 0), power=power)
    return _warmed(lr, rise, clocks.shift(fall, steps=rise))


@peer(**_HOLD, power=positive, cycle=flag)
def PolynomialHoldDecayAnnealing(
    *,
    max_steps: Value,
    min_lr: Value = 0.0,
    power: Value = 1.0,
    cycle: bool = False,
    warmup_steps: Value | None = None,
    warmup_ratio: Value | None = None,
    hold_steps: Value | None = None,
    hold_ratio: Value | None = None,
    lr: Value | None = None,
) -> Schedule:
    """A linear warmup to `lr`, a plateau, then a power of the remaining fraction, down to `min_lr` at `max_steps`.

        switch([count_from_one(linear(0, lr, warmup_steps + 1)),
                join([constant(lr), polynomial(lr, min_lr, max_steps - until, power)], boundaries=[until])],
               boundaries=[warmup_steps + 1]),    until = warmup_steps + hold_steps

    Args:
        max_steps: length of the run, positive [steps].
        min_lr: value at the end of the fall and after it, not negative [lr].
        power: exponent of the fall, positive [1].
        cycle: changes nothing, as in NeMo: a second round would begin where `min_lr` is held.
        warmup_steps: length of the warmup, not negative [steps].
        warmup_ratio: the same as a ratio of `max_steps`, from 0 to 1 [1].
        hold_steps: length of the plateau, not negative [steps].
        hold_ratio: the same as a ratio of `max_steps`, from 0 to 1 [1].
        lr: the rate of the optimizer, reached at update `warmup_steps` [lr].

    Differs:
        A plateau that is left out is one of no steps. NeMo then forgets the warmup too: its fall begins at update 0, and
        after the warmup the rate jumps down into it. A plateau up to `max_steps` is followed by `min_lr`; NeMo stops
        there with a ZeroDivisionError.

    Raises:
        ValueError: a length or `min_lr` is negative; `power` is not positive; a length is given twice.

    Example:
        >>> from pure_schedules.like.nemo import PolynomialHoldDecayAnnealing
        >>> lr = PolynomialHoldDecayAnnealing(max_steps=18, warmup_steps=3, hold_steps=5, power=2)
        >>> [lr(step) for step in (0, 3, 8, 13, 18, 100)]
        [0.25, 1.0, 1.0, 0.25, 0.0, 0.0]

    Source: NeMo, commit 8cfedd7, `nemo/core/optim/lr_scheduler.py`.
    """
    lr = 1.0 if lr is None else lr
    rise = _length(warmup_steps, warmup_ratio, max_steps)
    until = rise + _length(hold_steps, hold_ratio, max_steps)
    fall = shapes.polynomial(start=lr, end=min_lr, steps=maximum(max_steps - until, 0), power=power)
    return _warmed(lr, rise, _held(lr, until, fall))


# From a file ---------------------------------------------------------------------------------------------------------

_POLICIES: dict[str, Factory[..., Schedule]] = {
    policy.__name__: policy
    for policy in (
        *(CosineAnnealing, InverseSquareRootAnnealing, NoamAnnealing, NoamHoldAnnealing, PolynomialDecayAnnealing),
        *(PolynomialHoldDecayAnnealing, SquareAnnealing, SquareRootAnnealing, T5InverseSquareRootAnnealing),
        *(WarmupAnnealing, WarmupHoldAnnealLinear, WarmupHoldAnnealOneMinusSquareRoot, WarmupHoldPolicy, WarmupPolicy),
    )
}
#: Whose fall begins at update 0 where the plateau is left out, warmup or not.
_FORGETFUL = {"PolynomialHoldDecayAnnealing", "WarmupHoldAnnealLinear", "WarmupHoldAnnealOneMinusSquareRoot"}
_BESIDE_THE_CURVE = {"name", "_target_", "monitor", "reduce_on_plateau", "iters_per_batch", "last_epoch", "max_steps"}
#: The paths of the optimizer and the scheduler: of models, of NeMo 2, of speechlm2.
_PLACES = (
    ("model.optim", "sched"),
    ("optim", "sched"),
    ("optim.config", "lr_scheduler"),
    ("model.optimizer", "lr_scheduler"),
)


def from_config(
    config: Mapping[str, Any], *, total_steps: int | None = None, batches_per_epoch: int | None = None
) -> Schedule:
    """The rate of a configuration of NeMo: `model.optim` with its `sched`, and `trainer` for the length.

    ``${trainer.max_steps}`` stands for what is there in the file, and ``???`` for nothing. What may come from other files
    (`defaults`) is refused.

    Args:
        config: the content of the file, as `yaml.safe_load` returns it.
        total_steps: updates in the run, if the file has no `max_steps`.
        batches_per_epoch: batches of one process in an epoch; with `trainer.max_epochs`, `limit_train_batches` and
            `accumulate_grad_batches` they make `total_steps`. "ExponentialLR", which goes by epochs, needs them.

    Raises:
        TypeError: `config` is not a mapping.
        ValueError: there is no scheduler; a key is missing and no argument gives it; a value is not allowed; a key is
            unknown; the scheduler follows a metric, or is none of NeMo's.

    Example:
        >>> from pure_schedules.like.nemo import from_config
        >>> optim = {"lr": 1.0, "sched": {"name": "WarmupAnnealing", "warmup_ratio": 0.25}}
        >>> lr = from_config({"model": {"optim": optim}, "trainer": {"max_steps": 15}})
        >>> [lr(step) for step in (0, 3, 9, 15)]
        [0.25, 1.0, 0.5, 0.0]

    Source: NeMo, commit 8cfedd7, `prepare_lr_scheduler` and `compute_max_steps` in `nemo/core/optim/lr_scheduler.py`,
    `ModelPT.setup_optimization` in `nemo/core/classes/modelPT.py`.
    """
    whole = Settings("like.nemo.from_config", config, whole=config)
    _refuse_other_files(whole)
    optimizer, scheduler, key = _place(whole)
    name = scheduler.word("name", None) or (scheduler.word("_target_", None) or "").rpartition(".")[2].removesuffix(
        "Scheduler"
    )
    run = _Run(whole, scheduler, total_steps, batches_per_epoch)
    if scheduler.number("last_epoch", -1) != -1:
        scheduler.refuse("last_epoch", "is for a resumed run; take it out")
    if name == "ReduceLROnPlateau":
        scheduler.refuse("name", f"is {name!r}, which follows a metric and is not a function of the step; see reactive")
    if name in ("ExponentialLR", "StepLR"):
        steps = "step_size" if name == "StepLR" else None
        scheduler.only({"gamma", *filter(None, [steps]), *_BESIDE_THE_CURVE}, name)
        every = run.updates_per_epoch if steps is None else scheduler.whole_number(steps)
        gamma = scheduler.number("gamma", Default(0.1)) if steps else scheduler.number("gamma")
        keys = {"every": steps or "name", "factor": "gamma", "start": "lr"}
        return scheduler.make(decays.step_decay, keys, start=optimizer.number("lr"), factor=gamma, every=every)
    scheduler.one_of("name", _POLICIES, name)
    policy = _POLICIES[name]
    scheduler.only({*policy.parameters, *_BESIDE_THE_CURVE} - {"lr"}, name)
    if name in _FORGETFUL and "hold_steps" not in scheduler and "hold_ratio" not in scheduler:
        scheduler.refuse("hold_steps", "is left out, and NeMo then begins to fall at update 0; put hold_steps: 0 there")
    ratio = scheduler.number("warmup_ratio", 0.0)
    if ratio and ("max_steps" in run.model or "max_epochs" in run.model) and ratio * run.total % 1:
        scheduler.refuse("warmup_ratio", "is not rounded by models with a length of their own, GANs; give warmup_steps")
    arguments: dict[str, Any] = {}
    for key in policy.parameters:
        if key == "max_steps":
            arguments[key] = run.total
        elif key == "lr":
            arguments[key] = optimizer.number("lr")
        elif key == "cycle":
            arguments[key] = scheduler.flag(key, False)
        elif key in scheduler:
            arguments[key] = scheduler.whole_number(key) if key.endswith("_steps") else scheduler.number(key)
    return scheduler.make(policy, {}, **arguments)


class _Run:
    """A run of the trainer."""

    def __init__(self, whole: Settings, scheduler: Settings, total_steps: int | None, batches_per_epoch: int | None):
        self.trainer = whole.section("trainer")
        #: GANs have their length there.
        self.model = whole.section("model")
        self.scheduler = scheduler
        self.given = length_of_run(whole.owner, "total_steps", total_steps)
        self.batches = length_of_run(whole.owner, "batches_per_epoch", batches_per_epoch)
        if self.given is not None and self._said is None and self.batches is not None and self._epochs >= 0:
            refuse_two_lengths(whole, self.given, self._of_epochs, "trainer.max_epochs")

    @property
    def total(self) -> int:
        said = self._said
        if said is not None:
            return said
        if self.given is not None:
            return self.given
        if self.batches is None or self._epochs < 0:
            both = "" if self._epochs < 0 else ", or batches_per_epoch=..."
            self.trainer.refuse("max_steps", f"is not there, nor is it under sched; give total_steps=...{both}")
        return self._of_epochs

    @property
    def _said(self) -> int | None:
        """The updates that the file says."""
        if "max_steps" in self.model:
            return int(self.model.agreed("max_steps", "total_steps", self.given))
        if self.trainer.number("max_steps", -1) >= 0:
            return int(self.trainer.agreed("max_steps", "total_steps", self.given))
        if "max_steps" in self.scheduler:
            if self.scheduler.number("max_steps") == -1:
                self.scheduler.refuse("max_steps", "is -1, and NeMo then makes no scheduler; take it out")
            return int(self.scheduler.agreed("max_steps", "total_steps", self.given))
        return None

    @property
    def _epochs(self) -> float:
        return float(self.trainer.number("max_epochs", -1))

    @property
    def _of_epochs(self) -> int:
        return self.trainer.length("max_epochs", self.updates_per_epoch * self.trainer.whole_number("max_epochs"))

    @property
    def updates_per_epoch(self) -> int:
        if self.batches is None:
            self.scheduler.refuse("name", "goes by epochs; give batches_per_epoch=...")
        limit = self.trainer.number("limit_train_batches", 1.0)
        batches = min(self.batches, limit) if isinstance(limit, int) else int(self.batches * limit)
        updates: int = math.ceil(batches / max(self.trainer.whole_number("accumulate_grad_batches", 1), 1))
        return updates


def _place(whole: Settings) -> tuple[Settings, Settings, str]:
    """The optimizer and its scheduler."""
    for place, key in _PLACES:
        optimizer = above = whole
        for name in place.split("."):
            above, optimizer = optimizer, optimizer.section(name)
        holder = optimizer if key == "sched" else above
        if key in holder:
            return optimizer, holder.section(key), key
    return whole.refuse("model.optim.sched", "is not in the file; the rate is then the optimizer's")


def _refuse_other_files(whole: Settings) -> None:
    """Refuse a configuration composed of several files, if another one may hold the keys read here."""
    entries = whole.values.get("defaults")
    for entry in entries if isinstance(entries, list) else []:
        group = next(iter(entry), "") if isinstance(entry, Mapping) else entry
        group = group.removeprefix("optional ") if isinstance(group, str) else ""
        place = group.partition("@")[2] if "@" in group else group
        if group == "_self_" or group.startswith("override hydra"):
            continue
        parts = place.replace("/", ".").split(".")
        if len(parts) == 1 or any(f"{place.replace('/', '.')}.".startswith(f"{read}.") for read, _ in _PLACES):
            whole.refuse("defaults", f"takes {briefly(group)} from another file; put all of it into this one")
