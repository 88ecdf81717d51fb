"""The schedules of timm 1.0.31, under its names, parameters and defaults.

Clock: `t` is whatever timm is told in ``step_update(t)`` or ``step(t)``. Here it is the update, counted from 0, as with
``t_in_epochs=False``; for epochs give lengths in epochs and put `staircase` or `stretch` around. A warmup with
``warmup_prefix=True`` comes before the schedule; without it, it takes the place of its first `warmup_t` steps.

In timm the peak is the optimizer's own rate. Here it is `lr`: left out, the schedule is a factor of that rate; given, it is
the rate itself. `lr_min` and `warmup_lr_init` are rates, so where one of them is not 0, `lr` must be given.

timm's noise is left out, for it is drawn from a generator of torch: multiply a schedule by `normal_noise` or
`uniform_noise`, in a `window` for a range of steps. What follows a metric (`PlateauLRScheduler`) is no function of the step.
"""

from collections.abc import Callable, Sequence

from pure_schedules import clocks, combinators, decays, knots, shapes
from pure_schedules._schedule import Schedule
from pure_schedules.checks import at_least, finite, flag, increasing, non_negative, positive, whole
from pure_schedules.numeric import Value, maximum

from ._peer import peer, rate_beside

__all__ = ["CosineLRScheduler", "MultiStepLRScheduler", "PolyLRScheduler", "StepLRScheduler", "TanhLRScheduler"]


# What several share --------------------------------------------------------------------------------------------------

_cycle_rules = {
    "t_initial": positive,
    "lr_min": non_negative & rate_beside("lr"),
    "cycle_mul": positive,
    "cycle_decay": non_negative,
    "cycle_limit": whole,
}
_warmup_rules = {
    "warmup_t": non_negative,
    "warmup_lr_init": non_negative & rate_beside("lr"),
    "warmup_prefix": flag,
}


def _cycles(
    curve: Callable[[Value, Value], Schedule],
    lr_min: Value,
    *,
    lr: Value,
    t_initial: Value,
    cycle_mul: Value,
    cycle_decay: Value,
    cycle_limit: int,
) -> Schedule:
    """A curve, made of its peak and its length, once in each cycle, and `lr_min` after the last."""
    cycles = [curve(lr * cycle_decay**index, t_initial * cycle_mul**index) for index in range(cycle_limit)]
    return combinators.join([*cycles, shapes.constant(value=lr_min)])


def _warmed_up(
    schedule: Schedule, target: Value, *, warmup_t: Value, warmup_lr_init: Value, warmup_prefix: bool
) -> Schedule:
    """A straight rise to `target`, before a schedule or in place of its beginning."""
    rise = shapes.linear(start=warmup_lr_init, end=target, steps=warmup_t)
    follow = combinators.join if warmup_prefix else combinators.switch
    return follow([rise, schedule], boundaries=[warmup_t])


# Schedules -----------------------------------------------------------------------------------------------------------


@peer(**_cycle_rules, **_warmup_rules, k_decay=positive)
def CosineLRScheduler(
    *,
    t_initial: Value,
    lr_min: Value = 0.0,
    cycle_mul: Value = 1.0,
    cycle_decay: Value = 1.0,
    cycle_limit: int = 1,
    warmup_t: Value = 0,
    warmup_lr_init: Value = 0.0,
    warmup_prefix: bool = False,
    k_decay: Value = 1.0,
    lr: Value | None = None,
) -> Schedule:
    """A warmup, then half cosine waves from the peak to `lr_min`, one for each cycle, then `lr_min`.

        switch([linear(warmup_lr_init, lr, warmup_t), cycles], boundaries=[warmup_t]),  or join, with warmup_prefix,
        cycles = join([*[warp(cosine(lr * cycle_decay ** i, lr_min, t_initial * cycle_mul ** i), power=k_decay)
                         for i in range(cycle_limit)],
                       constant(lr_min)])

    Args:
        t_initial: length of the first cycle, positive [steps].
        lr_min: what each cycle falls towards, and the value after the last; not negative [lr].
        cycle_mul: how many times as long each cycle is as the one before it, positive [1].
        cycle_decay: what each cycle's peak is of the one before it, not negative [1].
        cycle_limit: how many cycles, a whole number above 0 [1].
        warmup_t: length of the warmup, not negative [steps].
        warmup_lr_init: value at step 0 of a warmup, not negative [lr].
        warmup_prefix: whether the first cycle begins after the warmup; without it the warmup hides its beginning, and the
            rate jumps from `lr` to where the cycle is.
        k_decay: exponent of the clock within a cycle, positive: above 1 it stays up longer [1].
        lr: the optimizer's rate; left out for a factor of it, if the other rates are 0 [lr].

    Differs:
        A cycle begins at its peak. timm finds its number by a logarithm, and is sometimes one cycle behind at the first
        update: with cycles of 1, 10, 100 ... it is at `lr_min` at update 111. With `cycle_mul` below 1 it is `lr_min`
        after the last cycle; timm raises ValueError from ``t_initial / (1 - cycle_mul)`` on.

    Raises:
        ValueError: `t_initial`, `cycle_mul` or `k_decay` is a number and not positive; another number is negative;
            `cycle_limit` is not a whole number above 0.

    Example:
        >>> from pure_schedules.like.timm import CosineLRScheduler
        >>> lr = CosineLRScheduler(t_initial=20, warmup_t=10, warmup_prefix=True, lr_min=0.25, lr=1.25)
        >>> [round(lr(step), 9) for step in (0, 5, 10, 20, 30, 100)]
        [0.0, 0.625, 1.25, 0.75, 0.25, 0.25]

    Source: timm 1.0.31, `CosineLRScheduler` in `timm/scheduler/cosine_lr.py`.
    """
    lr = 1.0 if lr is None else lr
    cycles = _cycles(
        lambda peak, steps: clocks.warp(shapes.cosine(start=peak, end=lr_min, steps=steps), power=k_decay),
        lr_min,
        lr=lr,
        t_initial=t_initial,
        cycle_mul=cycle_mul,
        cycle_decay=cycle_decay,
        cycle_limit=cycle_limit,
    )
    return _warmed_up(cycles, lr, warmup_t=warmup_t, warmup_lr_init=warmup_lr_init, warmup_prefix=warmup_prefix)


@peer(**_cycle_rules, **_warmup_rules, ub=finite & at_least("lb"))
def TanhLRScheduler(
    *,
    t_initial: Value,
    lb: Value = -7.0,
    ub: Value = 3.0,
    lr_min: Value = 0.0,
    cycle_mul: Value = 1.0,
    cycle_decay: Value = 1.0,
    cycle_limit: int = 1,
    warmup_t: Value = 0,
    warmup_lr_init: Value = 0.0,
    warmup_prefix: bool = False,
    lr: Value | None = None,
) -> Schedule:
    """A warmup, then pieces of a hyperbolic tangent from the peak to `lr_min`, one for each cycle, then `lr_min`.

        switch([linear(warmup_lr_init, cycles(warmup_t), warmup_t), cycles], boundaries=[warmup_t]),
        or join([linear(warmup_lr_init, lr, warmup_t), cycles]) with warmup_prefix,
        cycles = join([*[hyperbolic_tangent(lr * cycle_decay ** i, lr_min, t_initial * cycle_mul ** i, lb, ub)
                         for i in range(cycle_limit)],
                       constant(lr_min)])

    Args:
        t_initial: length of the first cycle, positive [steps].
        lb: where the piece begins on the axis of the tangent [1].
        ub: where the piece ends, not below `lb` [1].
        lr_min: what each cycle falls towards, and the value after the last; not negative [lr].
        cycle_mul: how many times as long each cycle is as the one before it, positive [1].
        cycle_decay: what each cycle's peak is of the one before it, not negative [1].
        cycle_limit: how many cycles, a whole number above 0 [1].
        warmup_t: length of the warmup, not negative [steps].
        warmup_lr_init: value at step 0 of a warmup, not negative [lr].
        warmup_prefix: whether the first cycle begins after the warmup; without it the warmup hides its beginning.
        lr: the optimizer's rate; left out for a factor of it, if the other rates are 0 [lr].

    Differs:
        Without a warmup, update 0 has the value of the curve, a millionth below `lr`; timm has not computed it yet, and
        leaves `lr`. The first update of a later cycle, and a `cycle_mul` below 1, are as said at `CosineLRScheduler`.

    Raises:
        ValueError: `t_initial` or `cycle_mul` is a number and not positive; another number is negative, or `ub` below
            `lb`; `cycle_limit` is not a whole number above 0.

    Example:
        >>> from pure_schedules.like.timm import TanhLRScheduler
        >>> lr = TanhLRScheduler(t_initial=100, lr=1.0)
        >>> [round(lr(step), 4) for step in (0, 70, 99, 100)]
        [1.0, 0.5, 0.003, 0.0]

    Source: timm 1.0.31, `TanhLRScheduler` in `timm/scheduler/tanh_lr.py`.
    """
    lr = 1.0 if lr is None else lr
    cycles = _cycles(
        lambda peak, steps: shapes.hyperbolic_tangent(start=peak, end=lr_min, steps=steps, lower=lb, upper=ub),
        lr_min,
        lr=lr,
        t_initial=t_initial,
        cycle_mul=cycle_mul,
        cycle_decay=cycle_decay,
        cycle_limit=cycle_limit,
    )
    target = lr if warmup_prefix else cycles(warmup_t)
    return _warmed_up(cycles, target, warmup_t=warmup_t, warmup_lr_init=warmup_lr_init, warmup_prefix=warmup_prefix)


@peer(decay_t=positive, decay_rate=positive, **_warmup_rules)
def StepLRScheduler(
    *,
    decay_t: Value,
    decay_rate: Value = 1.0,
    warmup_t: Value = 0,
    warmup_lr_init: Value = 0.0,
    warmup_prefix: bool = True,
    lr: Value | None = None,
) -> Schedule:
    """A warmup, then stairs: multiplied by `decay_rate` once in every `decay_t` steps.

        join([linear(warmup_lr_init, lr, warmup_t), step_decay(lr, decay_rate, decay_t)], boundaries=[warmup_t]),
        or switch, without warmup_prefix

    Args:
        decay_t: length of a stair, positive [steps].
        decay_rate: what each stair is of the one before, positive [1].
        warmup_t: length of the warmup, not negative [steps].
        warmup_lr_init: value at step 0 of a warmup, not negative [lr].
        warmup_prefix: whether the stairs begin after the warmup; without it the warmup hides the first of them.
        lr: the optimizer's rate; left out for a factor of it, if `warmup_lr_init` is 0 [lr].

    Raises:
        ValueError: `decay_t` or `decay_rate` is a number and not positive; another number is negative.

    Example:
        >>> from pure_schedules.like.timm import StepLRScheduler
        >>> lr = StepLRScheduler(decay_t=30, decay_rate=0.5, warmup_t=10)
        >>> [lr(step) for step in (0, 5, 10, 39, 40, 70)]
        [0.0, 0.5, 1.0, 1.0, 0.5, 0.25]

    Source: timm 1.0.31, `StepLRScheduler` in `timm/scheduler/step_lr.py`.
    """
    lr = 1.0 if lr is None else lr
    stairs = decays.step_decay(start=lr, factor=decay_rate, every=decay_t)
    return _warmed_up(stairs, lr, warmup_t=warmup_t, warmup_lr_init=warmup_lr_init, warmup_prefix=warmup_prefix)


@peer(decay_t=increasing, decay_rate=non_negative, **_warmup_rules)
def MultiStepLRScheduler(
    *,
    decay_t: Sequence[Value],
    decay_rate: Value = 1.0,
    warmup_t: Value = 0,
    warmup_lr_init: Value = 0.0,
    warmup_prefix: bool = True,
    lr: Value | None = None,
) -> Schedule:
    """A warmup, then stairs: multiplied by `decay_rate` one step before each of `decay_t`.

        join([linear(warmup_lr_init, lr, warmup_t), multi_step(lr, decay_rate, [max(t - 1, 0) for t in decay_t])],
             boundaries=[warmup_t]),
        or switch, without warmup_prefix

    One step before: that is timm's rule, kept there on purpose, and not torch's.

    Args:
        decay_t: one step after each beginning of a stair, not falling; one that stands there twice counts twice [steps].
        decay_rate: what each stair is of the one before, not negative [1].
        warmup_t: length of the warmup, not negative [steps].
        warmup_lr_init: value at step 0 of a warmup, not negative [lr].
        warmup_prefix: whether the stairs begin after the warmup; without it the warmup hides their beginning.
        lr: the optimizer's rate; left out for a factor of it, if `warmup_lr_init` is 0 [lr].

    Differs:
        Without a warmup, a stair that begins at step 0 (``decay_t=[1]``) does; timm has not computed it yet at update 0.

    Raises:
        ValueError: `decay_t` falls or is negative; another number is negative.

    Example:
        >>> from pure_schedules.like.timm import MultiStepLRScheduler
        >>> lr = MultiStepLRScheduler(decay_t=[30, 60], decay_rate=0.5)
        >>> [lr(step) for step in (0, 28, 29, 58, 59)]
        [1.0, 1.0, 0.5, 0.5, 0.25]

    Source: timm 1.0.31, `MultiStepLRScheduler` in `timm/scheduler/multistep_lr.py`.
    """
    lr = 1.0 if lr is None else lr
    stairs = knots.multi_step(start=lr, factor=decay_rate, boundaries=[maximum(step - 1, 0) for step in decay_t])
    return _warmed_up(stairs, lr, warmup_t=warmup_t, warmup_lr_init=warmup_lr_init, warmup_prefix=warmup_prefix)


@peer(**_cycle_rules, **_warmup_rules, power=positive, k_decay=positive)
def PolyLRScheduler(
    *,
    t_initial: Value,
    power: Value = 0.5,
    lr_min: Value = 0.0,
    cycle_mul: Value = 1.0,
    cycle_decay: Value = 1.0,
    cycle_limit: int = 1,
    warmup_t: Value = 0,
    warmup_lr_init: Value = 0.0,
    warmup_prefix: bool = False,
    k_decay: Value = 1.0,
    lr: Value | None = None,
) -> Schedule:
    """A warmup, then a power of what remains of the cycle, from the peak to `lr_min` in each, then `lr_min`.

        switch([linear(warmup_lr_init, lr, warmup_t), cycles], boundaries=[warmup_t]),  or join, with warmup_prefix,
        cycles = join([*[warp(polynomial(lr * cycle_decay ** i, lr_min, t_initial * cycle_mul ** i, power), power=k_decay)
                         for i in range(cycle_limit)],
                       constant(lr_min)])

    Args:
        t_initial: length of the first cycle, positive [steps].
        power: exponent of what remains, positive; 1 is a straight line [1].
        lr_min: what each cycle falls to, and the value after the last; not negative [lr].
        cycle_mul: how many times as long each cycle is as the one before it, positive [1].
        cycle_decay: what each cycle's peak is of the one before it, not negative [1].
        cycle_limit: how many cycles, a whole number above 0 [1].
        warmup_t: length of the warmup, not negative [steps].
        warmup_lr_init: value at step 0 of a warmup, not negative [lr].
        warmup_prefix: whether the first cycle begins after the warmup; without it the warmup hides its beginning, and the
            rate jumps from `lr` to where the cycle is.
        k_decay: exponent of the clock within a cycle, positive: above 1 it stays up longer [1].
        lr: the optimizer's rate; left out for a factor of it, if the other rates are 0 [lr].

    Differs:
        The first update of a later cycle, and a `cycle_mul` below 1, are as said at `CosineLRScheduler`.

    Raises:
        ValueError: `t_initial`, `cycle_mul`, `power` or `k_decay` is a number and not positive; another number is
            negative; `cycle_limit` is not a whole number above 0.

    Example:
        >>> from pure_schedules.like.timm import PolyLRScheduler
        >>> lr = PolyLRScheduler(t_initial=100, power=2.0, lr=1.0)
        >>> [round(lr(step), 9) for step in (0, 50, 90, 100)]
        [1.0, 0.25, 0.01, 0.0]

    Source: timm 1.0.31, `PolyLRScheduler` in `timm/scheduler/poly_lr.py`.
    """
    lr = 1.0 if lr is None else lr
    cycles = _cycles(
        lambda peak, steps: clocks.warp(shapes.polynomial(start=peak, end=lr_min, steps=steps, power=power), power=k_decay),
        lr_min,
        lr=lr,
        t_initial=t_initial,
        cycle_mul=cycle_mul,
        cycle_decay=cycle_decay,
        cycle_limit=cycle_limit,
    )
    return _warmed_up(cycles, lr, warmup_t=warmup_t, warmup_lr_init=warmup_lr_init, warmup_prefix=warmup_prefix)
