"""The schedules of fvcore 0.1.5 and of detectron2's solver, under their names, parameters and defaults.

Clock: an fvcore schedule is a function of `where`, the fraction of the run that is done, from 0 up to but not including
1. detectron2 passes ``update / max_iter``, with updates counted from 0. Here a schedule takes the update, and has
`max_iter`, or `num_updates` where fvcore has that. fvcore adds 1e-6 to `where` before comparisons, so that rounding
makes no stair late. So boundaries are a millionth of the run early here too.

fvcore's schedules are not defined after their end. Here formulas continue where that makes sense, as in fvcore; the
others hold their last value.

Values are absolute; for detectron2's `LRMultiplier`, which multiplies the rate of the optimizer, use `scale`. Under
detectron2's own names `lr` is that rate: with 1.0 the schedule is a factor, else the rate itself.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any

from pure_schedules import clocks, combinators, decays, knots, shapes
from pure_schedules._arrays import is_number
from pure_schedules._schedule import Schedule, value_at
from pure_schedules.checks import (
    Condition,
    Refused,
    Rule,
    as_many_as,
    can_be_asked,
    each,
    every,
    finite,
    flag,
    fraction,
    increasing,
    non_negative,
    not_empty,
    numbers,
    one_of,
    positive,
    schedules,
    whole,
)
from pure_schedules.numeric import Value, floor, maximum, minimum, where

from ._peer import peer
from ._settings import Default, Settings, length_of_run

__all__ = [
    "CompositeParamScheduler",
    "ConstantParamScheduler",
    "CosineParamScheduler",
    "ExponentialParamScheduler",
    "LinearParamScheduler",
    "MultiStepParamScheduler",
    "PolynomialDecayParamScheduler",
    "StepParamScheduler",
    "StepWithFixedGammaParamScheduler",
    "WarmupCosineLR",
    "WarmupMultiStepLR",
    "WarmupParamScheduler",
    "WarmupPolyLR",
    "build_lr_scheduler",
]


# What several share --------------------------------------------------------------------------------------------------


def _begins(part: Value, max_iter: Value) -> Any:
    """The step at which a part of the run begins, a millionth of the run early, as fvcore guards against rounding."""
    return maximum((part - 1e-6) * max_iter, 0)


def _rescaled(schedule: Callable[[Any], Any], start: Value, length: Value, max_iter: Value) -> Schedule:
    """A schedule for the whole run, compressed to a part of it."""
    length = where(length > 0, length, 1)  # a part of 0 steps is skipped
    return clocks.shift(clocks.stretch(schedule, factor=length), steps=start * max_iter)


def _ramp(warmup_method: str, start: Value, end: Value, steps: Value) -> Schedule:
    """The shape of a warmup."""
    return shapes.constant(value=start) if warmup_method == "constant" else shapes.linear(start=start, end=end, steps=steps)


def _overlay(warmup_factor: Value, warmup_iters: Value, warmup_method: str) -> Schedule:
    """A warmup as a factor of the schedule, 1 after it."""
    ramp = _ramp(warmup_method, warmup_factor, 1.0, warmup_iters)
    return combinators.join([ramp, shapes.constant(value=1.0)], boundaries=[warmup_iters])


def _some_scalings(value: Any) -> tuple[str, ...]:
    """A list of 'rescaled' and 'fixed', one for the clock of each schedule."""
    items = value if isinstance(value, Sequence) and not isinstance(value, str) else ()
    if not items or any(item not in ("rescaled", "fixed") for item in items):
        raise Refused("must be a list of 'rescaled' and 'fixed'", "give one of them for each of schedulers")
    return tuple(items)


_about_one = Rule(
    numbers.admit,
    (
        Condition(
            lambda value, _: not all(map(is_number, value)) or abs(sum(value) - 1) < 1e-3,
            "must have a sum of 1",
            "write 0.3 for 30 percent",
        ),
    ),
)
_warmup_rules = {
    "warmup_factor": non_negative,
    "warmup_iters": non_negative,
    "warmup_method": one_of("linear", "constant"),
}


# fvcore --------------------------------------------------------------------------------------------------------------


@peer()
def ConstantParamScheduler(*, value: Value) -> Schedule:
    """The same value at every step.

        constant(value)

    Args:
        value: the value [lr].

    Differs:
        It is endless and has no `max_iter`; fvcore raises RuntimeError from the end of the run on.

    Raises:
        ValueError: `value` is not finite.

    Example:
        >>> from pure_schedules.like.fvcore import ConstantParamScheduler
        >>> ConstantParamScheduler(value=0.1)(100)
        0.1

    Source: fvcore 0.1.5.post20221221, `ConstantParamScheduler` in `fvcore/common/param_scheduler.py`.
    """
    return shapes.constant(value=value)


@peer(max_iter=positive)
def CosineParamScheduler(*, start_value: Value, end_value: Value, max_iter: Value) -> Schedule:
    """Half a cosine wave from `start_value` to `end_value` over the run, and back after it.

        sinusoid(start_value, end_value, 2 * max_iter)

    Args:
        start_value: value at step 0 [lr].
        end_value: value at `max_iter` [lr].
        max_iter: length of the run, positive [steps].

    Raises:
        ValueError: `max_iter` is not positive.

    Example:
        >>> from pure_schedules.like.fvcore import CosineParamScheduler
        >>> lr = CosineParamScheduler(start_value=1.0, end_value=0.2, max_iter=100)
        >>> [round(lr(step), 9) for step in (0, 50, 100, 150)]
        [1.0, 0.6, 0.2, 0.6]

    Source: fvcore 0.1.5.post20221221, `CosineParamScheduler` in `fvcore/common/param_scheduler.py`.
    """
    return decays.sinusoid(start=start_value, end=end_value, period=2 * max_iter)


@peer(decay=positive, max_iter=positive)
def ExponentialParamScheduler(*, start_value: Value, decay: Value, max_iter: Value) -> Schedule:
    """Multiply by `decay` over each length of the run, continuously; endless.

        exponential_decay(start_value, decay, max_iter)

    Args:
        start_value: value at step 0 [lr].
        decay: factor over the whole run, positive [1].
        max_iter: length of the run, positive [steps].

    Raises:
        ValueError: `decay` or `max_iter` is not positive.

    Example:
        >>> from pure_schedules.like.fvcore import ExponentialParamScheduler
        >>> lr = ExponentialParamScheduler(start_value=2.0, decay=0.25, max_iter=100)
        >>> [lr(step) for step in (0, 50, 100)]
        [2.0, 1.0, 0.5]

    Source: fvcore 0.1.5.post20221221, `ExponentialParamScheduler` in `fvcore/common/param_scheduler.py`.
    """
    return decays.exponential_decay(start=start_value, rate=decay, every=max_iter)


@peer(max_iter=positive)
def LinearParamScheduler(*, start_value: Value, end_value: Value, max_iter: Value) -> Schedule:
    """A straight line from `start_value` to `end_value` over the run, then `end_value`.

        linear(start_value, end_value, max_iter)

    Args:
        start_value: value at step 0 [lr].
        end_value: value from `max_iter` on [lr].
        max_iter: length of the run, positive [steps].

    Differs:
        It holds `end_value` after the run; fvcore's line continues, below 0 if it falls.

    Raises:
        ValueError: `max_iter` is not positive.

    Example:
        >>> from pure_schedules.like.fvcore import LinearParamScheduler
        >>> lr = LinearParamScheduler(start_value=0.5, end_value=1.0, max_iter=100)
        >>> [lr(step) for step in (0, 50, 100, 150)]
        [0.5, 0.75, 1.0, 1.0]

    Source: fvcore 0.1.5.post20221221, `LinearParamScheduler` in `fvcore/common/param_scheduler.py`.
    """
    return shapes.linear(start=start_value, end=end_value, steps=max_iter)


def _are_within_the_run(value: Any, others: Mapping[str, Any]) -> Any:
    places = value if others["num_updates"] is None else (*value, others["num_updates"])
    if not can_be_asked(*places):
        return True
    return every(before < after for before, after in pairwise((0, *places)))


_within_the_run = Rule(
    increasing.admit,
    (
        Condition(
            _are_within_the_run,
            "must rise from above 0, each before the next and before num_updates",
            "leave out what lies at the end of the run or beyond it",
        ),
    ),
)


@peer(values=numbers & not_empty, num_updates=positive, milestones=increasing & _within_the_run, max_iter=positive)
def MultiStepParamScheduler(
    *,
    values: Sequence[Value],
    num_updates: Value | None = None,
    milestones: Sequence[Value] | None = None,
    max_iter: Value | None = None,
) -> Schedule:
    """One value after another, each from its milestone on.

        piecewise_constant(values, [milestone * max_iter / num_updates for milestone in milestones])

    with each boundary a millionth of the run early. One of `num_updates` and `milestones` is optional: without
    `num_updates` the last milestone is the end of the run; without `milestones` all values have the same length.

    Args:
        values: the values, one more than milestones, or as many if the last of those is the end of the run [lr].
        num_updates: length of the run in the units of `milestones`, positive.
        milestones: where each value after the first begins, rising, and before `num_updates`.
        max_iter: length of the run, positive; by default `num_updates` [steps].

    Differs:
        It holds the last value after the run; fvcore raises RuntimeError.

    Raises:
        ValueError: the lists do not match in length; the milestones do not rise, or lie beyond the run; a length is not
            positive; neither `num_updates` nor `milestones` is given.

    Example:
        >>> from pure_schedules.like.fvcore import MultiStepParamScheduler
        >>> lr = MultiStepParamScheduler(values=[1.0, 0.1, 0.01], milestones=[3, 6, 9], max_iter=90)
        >>> [lr(step) for step in (0, 29, 30, 60, 100)]
        [1.0, 1.0, 0.1, 0.01, 0.01]

    Source: fvcore 0.1.5.post20221221, `MultiStepParamScheduler` in `fvcore/common/param_scheduler.py`.
    """
    if num_updates is None:
        if not milestones:
            raise ValueError("num_updates or milestones must be given; write num_updates=... with the length of the run")
        *milestones, num_updates = milestones
    elif milestones is None:
        width = -floor(-num_updates / len(values))
        milestones = [width * index for index in range(1, len(values))]
    length = num_updates if max_iter is None else max_iter
    boundaries = [_begins(milestone / num_updates, length) for milestone in milestones]
    return knots.piecewise_constant(values=values, boundaries=boundaries)


@peer(power=positive, max_iter=positive)
def PolynomialDecayParamScheduler(*, base_value: Value, power: Value, max_iter: Value) -> Schedule:
    """A power of the remaining fraction of the run, then 0.

        polynomial(base_value, 0, max_iter, power)

    Args:
        base_value: value at step 0 [lr].
        power: exponent, positive; 1 is a straight line [1].
        max_iter: length of the run, positive [steps].

    Differs:
        It is 0 after the run; fvcore is then negative, complex or rising, depending on the power.

    Raises:
        ValueError: `power` or `max_iter` is not positive.

    Example:
        >>> from pure_schedules.like.fvcore import PolynomialDecayParamScheduler
        >>> lr = PolynomialDecayParamScheduler(base_value=1.0, power=2, max_iter=100)
        >>> [lr(step) for step in (0, 50, 100, 150)]
        [1.0, 0.25, 0.0, 0.0]

    Source: fvcore 0.1.5.post20221221, `PolynomialDecayParamScheduler` in `fvcore/common/param_scheduler.py`.
    """
    return shapes.polynomial(start=base_value, end=0.0, steps=max_iter, power=power)


@peer(num_updates=positive, values=numbers & not_empty)
def StepParamScheduler(*, num_updates: Value, values: Sequence[Value]) -> Schedule:
    """One value after another, of equal length, over the run.

        piecewise_constant(values, [num_updates * i / len(values) for i in range(1, len(values))])

    with each boundary a millionth of the run early.

    Args:
        num_updates: length of the run, positive [steps].
        values: the values, at least one [lr].

    Differs:
        It holds the last value after the run; fvcore raises IndexError, detectron2 after its last update too.

    Raises:
        ValueError: `values` is empty; `num_updates` is not positive.

    Example:
        >>> from pure_schedules.like.fvcore import StepParamScheduler
        >>> lr = StepParamScheduler(values=[0.1, 0.01, 0.001, 0.0001], num_updates=120)
        >>> [lr(step) for step in (0, 29, 30, 60, 119, 120)]
        [0.1, 0.1, 0.01, 0.001, 0.0001, 0.0001]

    Source: fvcore 0.1.5.post20221221, `StepParamScheduler` in `fvcore/common/param_scheduler.py`.
    """
    parts = [index / len(values) for index in range(1, len(values))]
    return knots.piecewise_constant(values=values, boundaries=[_begins(part, num_updates) for part in parts])


@peer(base_value=positive, num_decays=whole, gamma=positive, num_updates=positive)
def StepWithFixedGammaParamScheduler(*, base_value: Value, num_decays: int, gamma: Value, num_updates: Value) -> Schedule:
    """Stairs of equal length over the run, each multiplied by `gamma`.

        multi_step(base_value, gamma, [num_updates * i / (num_decays + 1) for i in range(1, num_decays + 1)])

    with each boundary a millionth of the run early.

    Args:
        base_value: value at step 0, positive [lr].
        num_decays: number of multiplications, a whole number above 0 [1].
        gamma: ratio of each stair to the one before, positive [1].
        num_updates: length of the run, positive [steps].

    Differs:
        It holds the last value after the run; fvcore raises IndexError, detectron2 after its last update too.

    Raises:
        ValueError: `base_value`, `gamma` or `num_updates` is not positive; `num_decays` is not a whole number above 0.

    Example:
        >>> from pure_schedules.like.fvcore import StepWithFixedGammaParamScheduler
        >>> lr = StepWithFixedGammaParamScheduler(base_value=1.0, num_decays=3, gamma=0.5, num_updates=120)
        >>> [lr(step) for step in (0, 29, 30, 60, 90, 200)]
        [1.0, 1.0, 0.5, 0.25, 0.125, 0.125]

    Source: fvcore 0.1.5.post20221221, `StepWithFixedGammaParamScheduler` in `fvcore/common/param_scheduler.py`.
    """
    parts = [index / (num_decays + 1) for index in range(1, num_decays + 1)]
    boundaries = [_begins(part, num_updates) for part in parts]
    return knots.multi_step(start=base_value, factor=gamma, boundaries=boundaries)


@peer(
    schedulers=schedules,
    lengths=each(non_negative) & as_many_as("schedulers") & _about_one,
    interval_scaling=Rule(_some_scalings, as_many_as("schedulers").conditions),
    max_iter=positive,
)
def CompositeParamScheduler(
    schedulers: Sequence[Callable[[Any], Any]],
    *,
    lengths: Sequence[Value],
    interval_scaling: Sequence[str],
    max_iter: Value,
) -> Schedule:
    """One schedule after another, each for a part of the run, compressed to it or cut out.

        switch([shift(stretch(schedulers[i], factor=lengths[i]), steps=start[i] * max_iter), ...],
               boundaries=[start[i] * max_iter, ...]),
        start[i] = lengths[0] + ... + lengths[i - 1],    or schedulers[i] itself where interval_scaling[i] is "fixed"

    with each boundary a millionth of the run early.

    Args:
        schedulers: the schedules in their order, each made for the whole run: with the same `max_iter`.
        lengths: part of the run that each of them takes, not negative, with sum 1 [1].
        interval_scaling: for each of them "rescaled", to compress the whole schedule to its part, or "fixed", to cut
            its part out.
        max_iter: length of the run, positive [steps].

    Differs:
        A last schedule of no length, which begins after the run, is as it is from its beginning on; fvcore divides by 0
        if it is to be rescaled.

    Raises:
        ValueError: the lists do not match in length; `lengths` are negative, or their sum is not 1; `max_iter` is not
            positive.
        TypeError: `interval_scaling` holds an unknown word.

    Example:
        >>> from pure_schedules.like.fvcore import CompositeParamScheduler, ConstantParamScheduler, LinearParamScheduler
        >>> lr = CompositeParamScheduler(
        ...     [ConstantParamScheduler(value=0.5), LinearParamScheduler(start_value=0.5, end_value=0.0, max_iter=100)],
        ...     lengths=[0.2, 0.8],
        ...     interval_scaling=["rescaled", "rescaled"],
        ...     max_iter=100,
        ... )
        >>> [round(lr(step), 9) for step in (0, 19, 20, 60, 100)]
        [0.5, 0.5, 0.5, 0.25, 0.0]

    Source: fvcore 0.1.5.post20221221, `CompositeParamScheduler` in `fvcore/common/param_scheduler.py`.
    """
    starts = [0.0, *accumulate(lengths[:-1])]
    parts = [
        schedule if scaling == "fixed" else _rescaled(schedule, start, length, max_iter)
        for schedule, scaling, start, length in zip(
            schedulers, interval_scaling, starts, (*lengths[:-1], 1 - starts[-1]), strict=True
        )
    ]
    return combinators.switch(parts, boundaries=[_begins(start, max_iter) for start in starts[1:]])


# detectron2 ----------------------------------------------------------------------------------------------------------


@peer(
    warmup_factor=finite,
    warmup_length=fraction,
    warmup_method=one_of("linear", "constant"),
    rescale_interval=flag,
    max_iter=positive,
)
def WarmupParamScheduler(
    scheduler: Callable[[Any], Any],
    *,
    warmup_factor: Value,
    warmup_length: Value,
    warmup_method: str = "linear",
    rescale_interval: bool = False,
    max_iter: Value,
) -> Schedule:
    """A warmup that replaces the beginning of a schedule; or comes before all of it, compressed to the rest of the run.

        switch([linear(warmup_factor * scheduler(0), scheduler(steps), steps), scheduler], boundaries=[steps]),
        steps = warmup_length * max_iter

    With rescale_interval the line goes to ``scheduler(0)``, and the schedule is compressed to the rest of the run.

    Args:
        scheduler: the schedule, made for the whole run: with the same `max_iter`.
        warmup_factor: start of the warmup, as a factor of the value at step 0 [1].
        warmup_length: part of the run that the warmup takes, from 0 to 1 [1].
        warmup_method: "linear", or "constant" for one value during the warmup.
        rescale_interval: begin the schedule after the warmup.
        max_iter: length of the run, positive [steps].

    Differs:
        A warmup as long as the run, with `rescale_interval`, is followed by the schedule as it is from its beginning on;
        detectron2 divides by 0 after its last update.

    Raises:
        ValueError: `warmup_length` is not from 0 to 1, or `max_iter` is not positive; the method is unknown.

    Example:
        >>> from pure_schedules.like.fvcore import CosineParamScheduler, WarmupParamScheduler
        >>> cosine = CosineParamScheduler(start_value=1.0, end_value=0.0, max_iter=90)
        >>> lr = WarmupParamScheduler(cosine, warmup_factor=0.25, warmup_length=1 / 3, max_iter=90)
        >>> [round(lr(step), 9) for step in (0, 15, 30, 60, 90)]
        [0.25, 0.5, 0.75, 0.25, 0.0]

    Source: detectron2 02b5c4e, `WarmupParamScheduler` in `detectron2/solver/lr_scheduler.py`.
    """
    steps = warmup_length * max_iter
    first = value_at(scheduler, 0)
    ramp = _ramp(warmup_method, warmup_factor * first, first if rescale_interval else value_at(scheduler, steps), steps)
    rest = _rescaled(scheduler, warmup_length, 1 - warmup_length, max_iter) if rescale_interval else scheduler
    return combinators.switch([ramp, rest], boundaries=[_begins(warmup_length, max_iter)])


@peer(
    lr_scheduler_name=one_of("WarmupMultiStepLR", "WarmupCosineLR", "WarmupStepWithFixedGammaLR"),
    max_iter=positive,
    base_lr=positive,
    base_lr_end=non_negative,
    gamma=positive,
    steps=increasing,
    num_decays=whole,
    **_warmup_rules,
    rescale_interval=flag,
)
def build_lr_scheduler(
    *,
    lr_scheduler_name: str = "WarmupMultiStepLR",
    max_iter: Value = 40000,
    base_lr: Value = 0.001,
    base_lr_end: Value = 0.0,
    gamma: Value = 0.1,
    steps: Sequence[Value] = (30000,),
    num_decays: int = 3,
    warmup_factor: Value = 0.001,
    warmup_iters: Value = 1000,
    warmup_method: str = "linear",
    rescale_interval: bool = False,
) -> Schedule:
    """The schedule of the part `SOLVER` of a detectron2 configuration; the parameters are its keys in lower case.

        scale(WarmupParamScheduler(scheduler, warmup_factor, min(warmup_iters / max_iter, 1), warmup_method,
                                   rescale_interval, max_iter), factor=base_lr)

    where the scheduler is ``MultiStepParamScheduler``, ``CosineParamScheduler`` or ``StepWithFixedGammaParamScheduler``.

    Args:
        lr_scheduler_name: "WarmupMultiStepLR", "WarmupCosineLR" or "WarmupStepWithFixedGammaLR".
        max_iter: length of the run, warmup included; positive [steps].
        base_lr: the highest rate, positive; 1.0 for a factor of the optimizer's [lr].
        base_lr_end: end of a cosine, not negative [lr].
        gamma: ratio of each stair to the one before, positive [1].
        steps: where the stairs of "WarmupMultiStepLR" begin, in order [steps].
        num_decays: number of stairs of "WarmupStepWithFixedGammaLR" after the first, a whole number above 0 [1].
        warmup_factor: start of the warmup, as a factor of `base_lr`, not negative [1].
        warmup_iters: length of the warmup, not negative [steps].
        warmup_method: "linear", or "constant" for one value during the warmup.
        rescale_interval: compress the schedule to the rest of the run after the warmup; without it the warmup replaces
            its beginning.

    Differs:
        Stairs hold their last value after the run, where detectron2 raises RuntimeError or IndexError, and with a warmup as
        long as the run ZeroDivisionError or IndexError.

    Raises:
        ValueError: a length or rate is not positive, or negative where 0 is a value; `steps` are not in order; the name or
            method is unknown.

    Example:
        >>> from pure_schedules.like.fvcore import build_lr_scheduler
        >>> lr = build_lr_scheduler(max_iter=90, steps=[60, 80], base_lr=1.0, warmup_iters=10, warmup_factor=0.5)
        >>> [round(lr(step), 9) for step in (0, 5, 10, 59, 60, 80, 100)]
        [0.5, 0.75, 1.0, 1.0, 0.1, 0.01, 0.01]

    Source: detectron2 02b5c4e, `build_lr_scheduler` in `detectron2/solver/build.py`, defaults in
    `detectron2/config/defaults.py`.
    """
    if lr_scheduler_name == "WarmupMultiStepLR":
        values = [gamma**index for index in range(len(steps) + 1)]
        multiplier = MultiStepParamScheduler(values=values, milestones=steps, num_updates=max_iter)
    elif lr_scheduler_name == "WarmupCosineLR":
        multiplier = CosineParamScheduler(start_value=1.0, end_value=base_lr_end / base_lr, max_iter=max_iter)
    else:
        multiplier = StepWithFixedGammaParamScheduler(
            base_value=1.0, num_decays=num_decays, gamma=gamma, num_updates=max_iter
        )
    with_warmup = WarmupParamScheduler(
        multiplier,
        warmup_factor=warmup_factor,
        warmup_length=minimum(warmup_iters / max_iter, 1.0),
        warmup_method=warmup_method,
        rescale_interval=rescale_interval,
        max_iter=max_iter,
    )
    return combinators.scale(with_warmup, factor=base_lr)


@peer(milestones=increasing, gamma=non_negative, **_warmup_rules)
def WarmupMultiStepLR(
    *,
    milestones: Sequence[Value],
    gamma: Value = 0.1,
    warmup_factor: Value = 0.001,
    warmup_iters: Value = 1000,
    warmup_method: str = "linear",
    lr: Value = 1.0,
) -> Schedule:
    """Stairs, multiplied by a warmup: the class, not the name in a configuration (`build_lr_scheduler`).

        multiply([join([linear(warmup_factor, 1, warmup_iters), constant(1)], boundaries=[warmup_iters]),
                  multi_step(lr, gamma, milestones)])

    Args:
        milestones: the steps at which a stair begins, in order; a repeated one counts twice [steps].
        gamma: ratio of each stair to the one before, not negative [1].
        warmup_factor: start of the warmup, as a factor of `lr`, not negative [1].
        warmup_iters: length of the warmup, not negative [steps].
        warmup_method: "linear", or "constant" for `warmup_factor` all through the warmup.
        lr: the rate of the optimizer; with 1.0 the schedule is a factor [lr].

    Raises:
        ValueError: a milestone is negative, or they are not in order; another number is negative; the method is unknown.

    Example:
        >>> from pure_schedules.like.fvcore import WarmupMultiStepLR
        >>> lr = WarmupMultiStepLR(milestones=[60, 80], warmup_factor=0.5, warmup_iters=10)
        >>> [round(lr(step), 9) for step in (0, 5, 10, 60, 80)]
        [0.5, 0.75, 1.0, 0.1, 0.01]

    Source: detectron2 02b5c4e, `WarmupMultiStepLR` in `detectron2/solver/lr_scheduler.py`.
    """
    stairs = knots.multi_step(start=lr, factor=gamma, boundaries=milestones)
    return combinators.multiply([_overlay(warmup_factor, warmup_iters, warmup_method), stairs])


@peer(max_iters=positive, **_warmup_rules)
def WarmupCosineLR(
    *,
    max_iters: Value,
    warmup_factor: Value = 0.001,
    warmup_iters: Value = 1000,
    warmup_method: str = "linear",
    lr: Value = 1.0,
) -> Schedule:
    """Half a cosine wave over the run, and back after it, multiplied by a warmup: the class of this name.

        multiply([join([linear(warmup_factor, 1, warmup_iters), constant(1)], boundaries=[warmup_iters]),
                  sinusoid(lr, 0, 2 * max_iters)])

    Args:
        max_iters: length of the run, warmup included; positive [steps].
        warmup_factor: start of the warmup, as a factor of `lr`, not negative [1].
        warmup_iters: length of the warmup, not negative [steps].
        warmup_method: "linear", or "constant" for `warmup_factor` all through the warmup.
        lr: the rate of the optimizer; with 1.0 the schedule is a factor [lr].

    Raises:
        ValueError: `max_iters` is not positive; another number is negative; the method is unknown.

    Example:
        >>> from pure_schedules.like.fvcore import WarmupCosineLR
        >>> lr = WarmupCosineLR(max_iters=90, warmup_factor=0.5, warmup_iters=60)
        >>> [round(lr(step), 9) for step in (0, 30, 60, 90)]
        [0.5, 0.5625, 0.25, 0.0]

    Source: detectron2 02b5c4e, `WarmupCosineLR` in `detectron2/solver/lr_scheduler.py`.
    """
    wave = decays.sinusoid(start=lr, end=0.0, period=2 * max_iters)
    return combinators.multiply([_overlay(warmup_factor, warmup_iters, warmup_method), wave])


@peer(max_iters=positive, **_warmup_rules, power=positive, constant_ending=non_negative)
def WarmupPolyLR(
    *,
    max_iters: Value,
    warmup_factor: Value = 0.001,
    warmup_iters: Value = 1000,
    warmup_method: str = "linear",
    power: Value = 0.9,
    constant_ending: Value = 0.0,
    lr: Value = 1.0,
) -> Schedule:
    """A power of the remaining fraction of the run, multiplied by a warmup and, after it, never below a floor.

        switch([multiply([linear(warmup_factor, 1, warmup_iters), decay]), clip(decay, low=lr * constant_ending)],
               boundaries=[warmup_iters]),
        decay = polynomial(lr, 0, max_iters, power)

    Args:
        max_iters: length of the run, warmup included; positive [steps].
        warmup_factor: start of the warmup, as a factor of `lr`, not negative [1].
        warmup_iters: length of the warmup, not negative [steps].
        warmup_method: "linear", or "constant" for `warmup_factor` all through the warmup.
        power: exponent, positive; 1 is a straight line [1].
        constant_ending: the floor after the warmup, as a factor of `lr`, not negative [1].
        lr: the rate of the optimizer; with 1.0 the schedule is a factor [lr].

    Differs:
        It holds the floor after the run; detectron2 raises ValueError, or is negative or rises where the power is whole.
        The floor is for after the warmup; with a `warmup_factor` of 1.0 detectron2 has it in the warmup too.

    Raises:
        ValueError: `max_iters` or `power` is not positive; another number is negative; the method is unknown.

    Example:
        >>> from pure_schedules.like.fvcore import WarmupPolyLR
        >>> lr = WarmupPolyLR(max_iters=100, warmup_factor=0.5, warmup_iters=50, power=2.0, constant_ending=0.01)
        >>> [round(lr(step), 9) for step in (0, 50, 80, 90, 100, 200)]
        [0.5, 0.25, 0.04, 0.01, 0.01, 0.01]

    Source: detectron2 02b5c4e, `WarmupPolyLR` in `projects/DeepLab/deeplab/lr_scheduler.py`.
    """
    decay = shapes.polynomial(start=lr, end=0.0, steps=max_iters, power=power)
    ramp = _ramp(warmup_method, warmup_factor, 1.0, warmup_iters)
    return combinators.switch(
        [combinators.multiply([ramp, decay]), combinators.clip(decay, low=lr * constant_ending)], boundaries=[warmup_iters]
    )


# From a file ---------------------------------------------------------------------------------------------------------

_BESIDE_THE_CURVE = {
    *("AMP", "BACKBONE_MULTIPLIER", "BIAS_LR_FACTOR", "CHECKPOINT_PERIOD", "CLIP_GRADIENTS", "IMS_PER_BATCH", "MOMENTUM"),
    *("NESTEROV", "OPTIMIZER", "WEIGHT_DECAY", "WEIGHT_DECAY_BIAS", "WEIGHT_DECAY_EMBED", "WEIGHT_DECAY_NORM"),
}


def from_config(config: Mapping[str, Any], *, total_steps: int | None = None) -> Schedule:
    """The rate of a configuration of detectron2: its part `SOLVER`, with detectron2's defaults for missing keys.

    "WarmupPolyLR" is the one of the projects DeepLab and Panoptic-DeepLab. Steps after the run are ignored, as in
    detectron2.

    Args:
        config: the content of the file, as `yaml.safe_load` returns it, with that of `_BASE_` merged in.
        total_steps: updates in the run, if the file has no `SOLVER.MAX_ITER`; by default 40,000, as in detectron2.

    Raises:
        TypeError: `config` is not a mapping.
        ValueError: a value is not allowed, or a key is unknown; the base is not merged in; the lengths are for another
            number of processes (`REFERENCE_WORLD_SIZE`).

    Example:
        >>> from pure_schedules.like.fvcore import from_config
        >>> lr = from_config({"SOLVER": {"BASE_LR": 0.02, "STEPS": "(60000, 80000)", "MAX_ITER": 90000}})
        >>> [round(lr(step), 9) for step in (0, 500, 1000, 60000, 80000)]
        [2e-05, 0.01001, 0.02, 0.002, 0.0002]

    Source: detectron2 02b5c4e, `build_lr_scheduler` in `detectron2/solver/build.py`, defaults in
    `detectron2/config/defaults.py`; `projects/DeepLab/deeplab/build_solver.py`.
    """
    settings = Settings("like.fvcore.from_config", config)
    if "_BASE_" in settings:
        settings.refuse("_BASE_", "names another file; merge its content into this one, as the command line does")
    solver = settings.section("SOLVER")
    poly = ("POLY_LR_POWER", "POLY_LR_CONSTANT_ENDING")
    known = {parameter.upper() for parameter in build_lr_scheduler.parameters}
    solver.only({*known, *poly, "REFERENCE_WORLD_SIZE", *_BESIDE_THE_CURVE}, "SOLVER")
    if solver.number("REFERENCE_WORLD_SIZE", 0):
        solver.refuse("REFERENCE_WORLD_SIZE", "scales the lengths by the number of processes; take it out, and scale them")
    given = length_of_run(settings.owner, "total_steps", total_steps)
    length = solver.agreed("MAX_ITER", "total_steps", given) or solver.take("MAX_ITER", 40_000)
    warmup: dict[str, Any] = {
        "warmup_factor": solver.number("WARMUP_FACTOR", Default(0.001)),
        "warmup_iters": solver.whole_number("WARMUP_ITERS", Default(1_000)),
        "warmup_method": solver.word("WARMUP_METHOD", Default("linear")),
    }
    base_lr = solver.number("BASE_LR", Default(0.001))
    keys = {parameter: parameter.upper() for parameter in build_lr_scheduler.parameters}
    name = solver.word("LR_SCHEDULER_NAME", Default("WarmupMultiStepLR"))

    def of(names: str, default: Any) -> Any:
        """A default of the tool, if these schedulers use it."""
        return Default(default) if name in names.split() else default

    if name == "WarmupPolyLR":
        keys |= {"max_iters": "MAX_ITER", "lr": "BASE_LR", "power": poly[0], "constant_ending": poly[1]}
        ends = {"power": solver.number(poly[0], Default(0.9)), "constant_ending": solver.number(poly[1], Default(0.0))}
        return solver.make(WarmupPolyLR, keys, max_iters=length, lr=base_lr, **ends, **warmup)
    return solver.make(
        build_lr_scheduler,
        keys,
        lr_scheduler_name=name,
        max_iter=length,
        base_lr=base_lr,
        base_lr_end=solver.number("BASE_LR_END", of("WarmupCosineLR", 0.0)),
        gamma=solver.number("GAMMA", of("WarmupMultiStepLR WarmupStepWithFixedGammaLR", 0.1)),
        steps=[step for step in solver.numbers("STEPS", of("WarmupMultiStepLR", [30_000])) if step <= length],
        num_decays=solver.parts("NUM_DECAYS", of("WarmupStepWithFixedGammaLR", 3)),
        rescale_interval=solver.flag("RESCALE_INTERVAL", False),
        **warmup,
    )
