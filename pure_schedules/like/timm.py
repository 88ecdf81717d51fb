"""The schedules of timm 1.0.31, under its names, parameters and defaults.

Clock: `t` is the argument of timm's ``step_update(t)`` or ``step(t)``. Here it is the update, counted from 0, as with
``t_in_epochs=False``; for epochs give lengths in epochs and wrap the schedule in `staircase` or `stretch`. A warmup
with ``warmup_prefix=True`` comes before the schedule; without it, it replaces the first `warmup_t` steps.

In timm the peak is the rate of the optimizer. Here it is `lr`: without it the schedule is a factor of that rate, with
it the rate itself. `lr_min` and `warmup_lr_init` are rates, so unless both are 0, `lr` is required.

timm's noise comes from a torch generator and is not included: multiply a schedule by `normal_noise` or `uniform_noise`,
in a `window` for a range of steps. `PlateauLRScheduler` follows a metric and is not a function of the step.

timm's command line has other defaults than the classes, such as ``warmup_prefix=False``: see `create_scheduler_v2`.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from pure_schedules import clocks, combinators, decays, knots, shapes
from pure_schedules._schedule import Schedule
from pure_schedules.checks import at_least, below_one, finite, flag, increasing, non_negative, one_of, positive, whole
from pure_schedules.numeric import Value, maximum

from ._peer import peer, rate_beside

__all__ = [
    "CosineLRScheduler",
    "MultiStepLRScheduler",
    "PolyLRScheduler",
    "StepLRScheduler",
    "TanhLRScheduler",
    "WSDLRScheduler",
    "create_scheduler_v2",
]


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
    """A curve, made from its peak and length, in each cycle, and `lr_min` after the last."""
    cycles = [curve(lr * cycle_decay**index, t_initial * cycle_mul**index) for index in range(cycle_limit)]
    return combinators.join([*cycles, shapes.constant(value=lr_min)])


def _warmed_up(
    schedule: Schedule, target: Value, *, warmup_t: Value, warmup_lr_init: Value, warmup_prefix: bool
) -> Schedule:
    """A linear warmup to `target`, before a schedule or instead of its beginning."""
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
        lr_min: end of each cycle, and the value after the last; not negative [lr].
        cycle_mul: ratio of each cycle's length to that of the one before, positive [1].
        cycle_decay: ratio of each cycle's peak to that of the one before, not negative [1].
        cycle_limit: number of cycles, a whole number above 0 [1].
        warmup_t: length of the warmup, not negative [steps].
        warmup_lr_init: value at step 0 of a warmup, not negative [lr].
        warmup_prefix: begin the first cycle after the warmup; without it the warmup replaces its beginning, and the
            rate jumps from `lr` to the value of the cycle.
        k_decay: exponent of the clock within a cycle, positive: above 1 it stays up longer [1].
        lr: the rate of the optimizer; without it the schedule is a factor, if the other rates are 0 [lr].

    Differs:
        A cycle begins at its peak. timm finds its number by a logarithm, and is sometimes one cycle behind at the first
        update: with cycles of 1, 10, 100 ... it is at `lr_min` at update 111. With `cycle_mul` below 1 it is `lr_min`
        after the last cycle; timm raises ValueError from ``t_initial / (1 - cycle_mul)`` on.

    Raises:
        ValueError: `t_initial`, `cycle_mul` or `k_decay` is not positive; another number is negative; `cycle_limit` is not a
            whole number above 0.

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
        lr_min: end of each cycle, and the value after the last; not negative [lr].
        cycle_mul: ratio of each cycle's length to that of the one before, positive [1].
        cycle_decay: ratio of each cycle's peak to that of the one before, not negative [1].
        cycle_limit: number of cycles, a whole number above 0 [1].
        warmup_t: length of the warmup, not negative [steps].
        warmup_lr_init: value at step 0 of a warmup, not negative [lr].
        warmup_prefix: begin the first cycle after the warmup; without it the warmup replaces its beginning.
        lr: the rate of the optimizer; without it the schedule is a factor, if the other rates are 0 [lr].

    Differs:
        Without a warmup, update 0 has the value of the curve, a millionth below `lr`; timm has not computed it yet, and
        leaves `lr`. The first update of a later cycle, and a `cycle_mul` below 1, are as said at `CosineLRScheduler`.

    Raises:
        ValueError: `t_initial` or `cycle_mul` is not positive; another number is negative, or `ub` below `lb`; `cycle_limit`
            is not a whole number above 0.

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
    """A warmup, then stairs: multiply by `decay_rate` once every `decay_t` steps.

        join([linear(warmup_lr_init, lr, warmup_t), step_decay(lr, decay_rate, decay_t)], boundaries=[warmup_t]),
        or switch, without warmup_prefix

    Args:
        decay_t: length of a stair, positive [steps].
        decay_rate: ratio of each stair to the one before, positive [1].
        warmup_t: length of the warmup, not negative [steps].
        warmup_lr_init: value at step 0 of a warmup, not negative [lr].
        warmup_prefix: begin the stairs after the warmup; without it the warmup replaces the first of them.
        lr: the rate of the optimizer; without it the schedule is a factor, if `warmup_lr_init` is 0 [lr].

    Raises:
        ValueError: `decay_t` or `decay_rate` is not positive; another number is negative.

    This is the class with its own defaults; ``--sched step`` is `create_scheduler_v2`, without `warmup_prefix`.

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
    """A warmup, then stairs: multiply by `decay_rate` one step before each of `decay_t`.

        join([linear(warmup_lr_init, lr, warmup_t), multi_step(lr, decay_rate, [max(t - 1, 0) for t in decay_t])],
             boundaries=[warmup_t]),
        or switch, without warmup_prefix

    One step before is timm's documented rule; torch changes at the step itself.

    Args:
        decay_t: one step after each beginning of a stair, in order; a repeated one counts twice [steps].
        decay_rate: ratio of each stair to the one before, not negative [1].
        warmup_t: length of the warmup, not negative [steps].
        warmup_lr_init: value at step 0 of a warmup, not negative [lr].
        warmup_prefix: begin the stairs after the warmup; without it the warmup replaces their beginning.
        lr: the rate of the optimizer; without it the schedule is a factor, if `warmup_lr_init` is 0 [lr].

    Differs:
        Without a warmup, a stair that begins at step 0 (``decay_t=[1]``) does; timm has not computed it yet at update 0.

    Raises:
        ValueError: `decay_t` has a negative entry, or is not in order; another number is negative.

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
    """A warmup, then a power of the remaining fraction of the cycle, from the peak to `lr_min` in each, then `lr_min`.

        switch([linear(warmup_lr_init, lr, warmup_t), cycles], boundaries=[warmup_t]),  or join, with warmup_prefix,
        cycles = join([*[warp(polynomial(lr * cycle_decay ** i, lr_min, t_initial * cycle_mul ** i, power), power=k_decay)
                         for i in range(cycle_limit)],
                       constant(lr_min)])

    Args:
        t_initial: length of the first cycle, positive [steps].
        power: exponent of the remaining fraction, positive; 1 is a straight line [1].
        lr_min: end of each cycle, and the value after the last; not negative [lr].
        cycle_mul: ratio of each cycle's length to that of the one before, positive [1].
        cycle_decay: ratio of each cycle's peak to that of the one before, not negative [1].
        cycle_limit: number of cycles, a whole number above 0 [1].
        warmup_t: length of the warmup, not negative [steps].
        warmup_lr_init: value at step 0 of a warmup, not negative [lr].
        warmup_prefix: begin the first cycle after the warmup; without it the warmup replaces its beginning, and the
            rate jumps from `lr` to the value of the cycle.
        k_decay: exponent of the clock within a cycle, positive: above 1 it stays up longer [1].
        lr: the rate of the optimizer; without it the schedule is a factor, if the other rates are 0 [lr].

    Differs:
        The first update of a later cycle, and a `cycle_mul` below 1, are as said at `CosineLRScheduler`.

    Raises:
        ValueError: `t_initial`, `cycle_mul`, `power` or `k_decay` is not positive; another number is negative; `cycle_limit`
            is not a whole number above 0.

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


_STABLE = ("constant", "rsqrt", "power")
_DECAYS = ("linear", "1-sqrt", "cosine", "power", "exp")


@peer(
    t_initial=positive,
    decay_t=positive,
    lr_min=non_negative & rate_beside("lr"),
    stable_fn=one_of(*_STABLE),
    stable_timescale=positive,
    stable_power=positive,
    decay_fn=one_of(*_DECAYS),
    decay_power=positive,
    decay_ratio=positive & below_one,
    warmup_t=non_negative,
    warmup_lr_init=non_negative & rate_beside("lr"),
)
def WSDLRScheduler(
    *,
    t_initial: Value,
    decay_t: Value,
    lr_min: Value = 0.0,
    stable_fn: str = "constant",
    stable_timescale: Value | None = None,
    stable_power: Value = 0.5,
    decay_fn: str = "1-sqrt",
    decay_power: Value = 0.5,
    decay_ratio: Value = 0.1,
    warmup_t: Value = 0,
    warmup_lr_init: Value = 0.0,
    lr: Value | None = None,
) -> Schedule:
    """A warmup, a plateau or a slow decay, and over the last `decay_t` steps a fall to `lr_min`.

        join([linear(warmup_lr_init, lr, warmup_t), mix(constant(lr_min), stable, fall)]),
        stable = constant(lr), or clip(inverse_decay(lr, stable_timescale, stable_power), low=lr_min),
        fall = join([constant(1), one_minus_power(1, 0, decay_t)], boundaries=[t_initial - decay_t]), or another shape

    Args:
        t_initial: length of what comes after the warmup, positive [steps].
        decay_t: length of the fall, positive, and not above `t_initial` [steps].
        lr_min: value at the end, and the lowest before it; not negative [lr].
        stable_fn: shape between warmup and fall: 'constant', 'rsqrt' or 'power'.
        stable_timescale: how long 'rsqrt' and 'power' stay near the peak, positive; by default the warmup [steps].
        stable_power: exponent of 'power', positive [1].
        decay_fn: shape of the fall: 'linear', '1-sqrt', 'cosine', 'power' or 'exp'.
        decay_power: exponent of a fall by 'power', positive [1].
        decay_ratio: value of the unshifted exponential at its end, above 0 and below 1 [1].
        warmup_t: length of the warmup, not negative [steps].
        warmup_lr_init: value at step 0 of a warmup, not negative [lr].
        lr: the rate of the optimizer; without it the schedule is a factor, if the other rates are 0 [lr].

    Differs:
        `decay_fn` is a name; for a function of your own, write a composition.

    Raises:
        ValueError: a number is out of range; the function is unknown; the fall is longer than `t_initial`; there is neither
            a warmup nor a `stable_timescale`, and the plateau is none.

    Example:
        >>> from pure_schedules.like.timm import WSDLRScheduler
        >>> lr = WSDLRScheduler(t_initial=100, decay_t=16, warmup_t=10)
        >>> [lr(step) for step in (0, 5, 10, 94, 98, 110)]
        [0.0, 0.5, 1.0, 1.0, 0.5, 0.0]

    Source: timm 1.0.31, `WSDLRScheduler` in `timm/scheduler/wsd_lr.py`.
    """
    lr = 1.0 if lr is None else lr
    if decay_t > t_initial:
        raise ValueError(f"decay_t must not be above t_initial, got decay_t={decay_t!r}; lower it, or raise t_initial")
    falls: Mapping[str, Callable[..., Schedule]] = {
        "linear": shapes.linear,
        "1-sqrt": shapes.one_minus_power,
        "cosine": shapes.cosine,
        "power": partial(shapes.one_minus_power, power=decay_power),
        "exp": partial(shapes.affine_exponential, factor=decay_ratio),
    }
    shape = falls[decay_fn]
    falls_from = t_initial - decay_t
    rise = shapes.linear(start=warmup_lr_init, end=lr, steps=warmup_t)
    if stable_fn == "constant":
        fall = shape(start=lr, end=lr_min, steps=decay_t)
        rest = combinators.join([shapes.constant(value=lr), fall], boundaries=[falls_from])
    else:
        timescale = warmup_t if stable_timescale is None else stable_timescale
        if not timescale:
            raise ValueError("stable_timescale is missing; write stable_timescale=... where there is no warmup")
        power = stable_power if stable_fn == "power" else 0.5
        stable = combinators.clip(decays.inverse_decay(start=lr, timescale=timescale, power=power), low=lr_min)
        part = combinators.join(
            [shapes.constant(value=1.0), shape(start=1.0, end=0.0, steps=decay_t)], boundaries=[falls_from]
        )
        rest = combinators.mix(shapes.constant(value=lr_min), stable, part)
    return combinators.join([rise, rest], boundaries=[warmup_t])


# Of the command line -------------------------------------------------------------------------------------------------

_SCHEDULERS = ("cosine", "tanh", "step", "multistep", "poly", "wsd", "rsqrt", "constant", "none")


@peer(
    sched=one_of(*_SCHEDULERS),
    num_epochs=positive,
    decay_epochs=positive,
    decay_milestones=increasing,
    decay_rate=positive,
    min_lr=non_negative,
    warmup_lr=non_negative,
    warmup_epochs=non_negative,
    warmup_prefix=flag,
    cycle_mul=positive,
    cycle_decay=non_negative,
    cycle_limit=whole,
    k_decay=positive,
    decay_fn=one_of(*_DECAYS),
    stable_timescale=positive,
    step_on_epochs=flag,
    updates_per_epoch=non_negative,
)
def create_scheduler_v2(
    *,
    sched: str = "cosine",
    num_epochs: float = 300,
    decay_epochs: float | None = None,
    decay_milestones: Sequence[Value] = (90, 180, 270),
    decay_rate: Value = 0.1,
    min_lr: Value = 0.0,
    warmup_lr: Value = 1e-5,
    warmup_epochs: float = 0,
    warmup_prefix: bool = False,
    cycle_mul: Value = 1.0,
    cycle_decay: Value = 0.1,
    cycle_limit: int = 1,
    k_decay: Value = 1.0,
    decay_fn: str | None = None,
    stable_timescale: Value | None = None,
    step_on_epochs: bool = True,
    updates_per_epoch: int = 0,
    lr: Value,
) -> Schedule:
    """The schedule of timm's command line, by name and options.

        StepLRScheduler(decay_t=decay_epochs, decay_rate=decay_rate, warmup_t=warmup_epochs, warmup_lr_init=warmup_lr,
                        warmup_prefix=False, lr=lr), for one

    Its defaults differ from those of the classes: a warmup replaces the first epochs, also in "step" and "multistep",
    and each further cycle has a tenth of the height. timm's script passes every option: there, ``warmup_epochs`` is 5
    and ``cycle_decay`` 0.5 by default.

    Args:
        sched: 'cosine', 'tanh', 'step', 'multistep', 'poly', 'wsd', 'rsqrt', 'constant' or 'none'.
        num_epochs: epochs of the first cycle, positive; the warmup included unless `warmup_prefix` [steps].
        decay_epochs: length of a stair of 'step', by default 90; or of the fall of 'wsd' and 'rsqrt', below 1 as a
            fraction of the epochs after the warmup, by default 0.2; positive [steps].
        decay_milestones: one epoch after each beginning of a stair of 'multistep', in order [steps].
        decay_rate: ratio of each stair to the one before, or the power of 'poly'; positive [1].
        min_lr: the final value, not negative [lr].
        warmup_lr: value at the first epoch of a warmup, not negative [lr].
        warmup_epochs: length of the warmup, not negative [steps].
        warmup_prefix: put the warmup before `num_epochs`; 'wsd' and 'rsqrt' always begin after it.
        cycle_mul: ratio of each cycle's length to that of the one before, positive [1].
        cycle_decay: ratio of each cycle's peak to that of the one before, not negative [1].
        cycle_limit: number of cycles of 'cosine', 'tanh' and 'poly', a whole number above 0 [1].
        k_decay: exponent of the clock within a cycle of 'cosine' and 'poly', positive [1].
        decay_fn: shape of the fall of 'wsd' and 'rsqrt', as in `WSDLRScheduler`; by default '1-sqrt' and 'linear'.
        stable_timescale: timescale of 'rsqrt', positive; by default the warmup [steps].
        step_on_epochs: count steps in epochs; else in updates, and all lengths are multiplied.
        updates_per_epoch: updates in an epoch, for steps that are updates [steps].
        lr: the optimizer's rate [lr].

    Differs:
        'plateau' follows a metric and is not a function of the step; 'none' is constant. There is no noise, as in the
        other schedules.

    Raises:
        ValueError: a number is out of range; the schedule is unknown; with 'wsd' or 'rsqrt' the fall is longer than what the
            warmup leaves; with steps that are updates, `updates_per_epoch` is missing.

    Example:
        >>> from pure_schedules.like.timm import create_scheduler_v2
        >>> lr = create_scheduler_v2(sched="step", decay_epochs=2.4, decay_rate=0.97, warmup_epochs=5, lr=0.016)
        >>> [round(lr(epoch), 7) for epoch in (0, 5, 8, 100)]
        [1e-05, 0.0150544, 0.0146028, 0.0045895]

    Source: timm 1.0.31, `create_scheduler_v2` in `timm/scheduler/scheduler_factory.py`.
    """
    if not (step_on_epochs or updates_per_epoch):
        raise ValueError("updates_per_epoch is missing; write updates_per_epoch=... for steps that are updates")
    each = 1 if step_on_epochs else updates_per_epoch
    length, warmup = num_epochs * each, warmup_epochs * each
    warmup_of: dict[str, Any] = {"warmup_t": warmup, "warmup_lr_init": warmup_lr, "lr": lr}
    if sched in ("wsd", "rsqrt"):
        rest = length if warmup_prefix else length - warmup
        fall = 0.2 if decay_epochs is None else decay_epochs
        return WSDLRScheduler(
            t_initial=rest,
            decay_t=round(fall * rest if fall < 1 else fall * each),
            lr_min=min_lr,
            stable_fn="rsqrt" if sched == "rsqrt" else "constant",
            stable_timescale=None if stable_timescale is None else stable_timescale * each,
            decay_fn=decay_fn or ("linear" if sched == "rsqrt" else "1-sqrt"),
            **warmup_of,
        )
    warmup_of["warmup_prefix"] = warmup_prefix
    stairs: dict[str, Any] = {"decay_t": (90 if decay_epochs is None else decay_epochs) * each, "decay_rate": decay_rate}
    cycles: dict[str, Any] = {"t_initial": length, "lr_min": min_lr, "cycle_mul": cycle_mul, "cycle_decay": cycle_decay}
    cycles["cycle_limit"] = cycle_limit
    made: Mapping[str, Callable[[], Schedule]] = {
        "cosine": lambda: CosineLRScheduler(**cycles, **warmup_of, k_decay=k_decay),
        "tanh": lambda: TanhLRScheduler(**cycles, **warmup_of),
        "step": lambda: StepLRScheduler(**stairs, **warmup_of),
        "multistep": lambda: MultiStepLRScheduler(
            decay_t=[milestone * each for milestone in decay_milestones], decay_rate=decay_rate, **warmup_of
        ),
        "poly": lambda: PolyLRScheduler(**cycles, **warmup_of, power=decay_rate, k_decay=k_decay),
        "constant": lambda: StepLRScheduler(decay_t=1, decay_rate=1.0, **warmup_of),
        "none": lambda: shapes.constant(value=lr),
    }
    return made[sched]()
