"""The schedulers of torch 2.13.0 (`torch.optim.lr_scheduler`, `torch.optim.swa_utils`) that only count steps.

**Clock.** torch's loop is ``optimizer.step(); scheduler.step()``. The schedule at k is the rate of update k in that
loop, counted from 0. For a scheduler stepped once an epoch, give lengths in epochs, and write
``staircase(stretch(schedule, factor=n), every=n)`` for n updates in an epoch.

**lr.** Most of torch's schedulers multiply the rate that the optimizer was built with. Here the schedule is that
factor; with `lr`, the rate of the optimizer, it is the absolute rate. `eta_min` and `swa_lr` are absolute in torch, so
unless they are 0, `lr` is required. `CyclicLR` and `OneCycleLR` have rates of their own.

**Momentum.** The two that also cycle the momentum are two schedules each: ``param_group_setter(optimizer,
lr=OneCycleLR(max_lr=0.1, **cycle), momentum=OneCycleLR_momentum(**cycle))``.

`LambdaLR` is any schedule, multiplied by `scale`. `ReduceLROnPlateau` follows the loss and is not a function of the step.
"""

from collections.abc import Callable, Mapping, Sequence

from pure_schedules import clocks, combinators, decays, knots, recipes, shapes
from pure_schedules._schedule import Child, Schedule
from pure_schedules.checks import (
    flag,
    fraction,
    increasing,
    non_negative,
    one_fewer_than,
    one_of,
    positive,
    schedule,
    schedules,
    whole,
)
from pure_schedules.numeric import Value, maximum

from ._peer import counted, peer, rate_beside

__all__ = [
    "SWALR",
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR",
    "CyclicLR_momentum",
    "ExponentialLR",
    "LinearLR",
    "MultiStepLR",
    "MultiplicativeLR",
    "OneCycleLR",
    "OneCycleLR_momentum",
    "PolynomialLR",
    "SequentialLR",
    "StepLR",
]


_ANNEALS: Mapping[str, Callable[..., Schedule]] = {"cos": shapes.cosine, "linear": shapes.linear}


# One formula ---------------------------------------------------------------------------------------------------------


@peer(step_size=positive, gamma=positive)
def StepLR(*, step_size: Value, gamma: Value = 0.1, lr: Value = 1.0) -> Schedule:
    """Multiply by `gamma` once every `step_size` steps.

        step_decay(start=lr, factor=gamma, every=step_size)

    Args:
        step_size: length of a stair, positive [steps].
        gamma: ratio of each stair to the one before, positive [1].
        lr: rate that the optimizer was built with [lr].

    Differs:
        A `gamma` of 0, or below, is refused; in torch the rate is then 0 or changes its sign.

    Raises:
        ValueError: `step_size` or `gamma` is not positive.

    Example:
        >>> from pure_schedules.like.torch import StepLR
        >>> lr = StepLR(step_size=30, gamma=0.5, lr=0.8)
        >>> [lr(step) for step in (0, 29, 30, 60)]
        [0.8, 0.8, 0.4, 0.2]

    Source: `StepLR` in torch 2.13.0, torch/optim/lr_scheduler.py.
    """
    return decays.step_decay(start=lr, factor=gamma, every=step_size)


@peer(milestones=increasing)
def MultiStepLR(*, milestones: Sequence[Value], gamma: Value = 0.1, lr: Value = 1.0) -> Schedule:
    """Multiply by `gamma` at each milestone; a repeated milestone counts twice.

        multi_step(start=lr, factor=gamma, boundaries=milestones)

    Args:
        milestones: the steps at which a new stair begins, in order [steps].
        gamma: ratio of each stair to the one before [1].
        lr: rate that the optimizer was built with [lr].

    Raises:
        ValueError: a milestone is negative, or they are not in order.

    Example:
        >>> from pure_schedules.like.torch import MultiStepLR
        >>> lr = MultiStepLR(milestones=[30, 80], gamma=0.5, lr=0.8)
        >>> [lr(step) for step in (0, 29, 30, 79, 80)]
        [0.8, 0.8, 0.4, 0.4, 0.2]

    Source: `MultiStepLR` in torch 2.13.0, torch/optim/lr_scheduler.py.
    """
    return knots.multi_step(start=lr, factor=gamma, boundaries=milestones)


@peer(total_iters=non_negative)
def ConstantLR(*, factor: Value = 1 / 3, total_iters: Value = 5, lr: Value = 1.0) -> Schedule:
    """A factor of the rate for the first steps, then the full rate.

        piecewise_constant(values=[factor * lr, lr], boundaries=[total_iters])

    Args:
        factor: factor of the rate at first [1].
        total_iters: length of the first part, not negative [steps].
        lr: rate that the optimizer was built with [lr].

    Differs:
        With `total_iters` = 0 torch keeps the factor forever; here the full rate begins at step 0. With `factor` = 0
        torch divides by zero at `total_iters`; here it is the full rate there. A `factor` above 1 is not refused.

    Raises:
        ValueError: `total_iters` is negative.

    Example:
        >>> from pure_schedules.like.torch import ConstantLR
        >>> lr = ConstantLR(factor=0.5, total_iters=4, lr=0.2)
        >>> [lr(step) for step in (0, 3, 4, 100)]
        [0.1, 0.1, 0.2, 0.2]

    Source: `ConstantLR` in torch 2.13.0, torch/optim/lr_scheduler.py.
    """
    return knots.piecewise_constant(values=[factor * lr, lr], boundaries=[total_iters])


@peer(total_iters=non_negative)
def LinearLR(*, start_factor: Value = 1 / 3, end_factor: Value = 1.0, total_iters: Value = 5, lr: Value = 1.0) -> Schedule:
    """A linear change from one factor of the rate to another, then the second factor.

        linear(start=start_factor * lr, end=end_factor * lr, steps=total_iters)

    Args:
        start_factor: factor of the rate at step 0 [1].
        end_factor: factor of the rate from `total_iters` on [1].
        total_iters: length of the line, not negative [steps].
        lr: rate that the optimizer was built with [lr].

    Differs:
        With `total_iters` = 0 torch keeps the first factor forever; here the second one begins at step 0. Factors above
        1, and a `start_factor` of 0 or below, are not refused: torch cannot multiply its way up from 0.

    Raises:
        ValueError: `total_iters` is negative.

    Example:
        >>> from pure_schedules.like.torch import LinearLR
        >>> lr = LinearLR(start_factor=0.5, total_iters=4, lr=1.0)
        >>> [lr(step) for step in (0, 1, 2, 4, 100)]
        [0.5, 0.625, 0.75, 1.0, 1.0]

    Source: `LinearLR` in torch 2.13.0, torch/optim/lr_scheduler.py.
    """
    return shapes.linear(start=start_factor * lr, end=end_factor * lr, steps=total_iters)


@peer(gamma=positive)
def ExponentialLR(*, gamma: Value, lr: Value = 1.0) -> Schedule:
    """Multiply by `gamma` at every step.

        exponential_decay(start=lr, rate=gamma)

    Args:
        gamma: ratio of each value to the one before, positive [1].
        lr: rate that the optimizer was built with [lr].

    Differs:
        A `gamma` of 0, or below, is refused; in torch the rate is then 0 or changes its sign.

    Raises:
        ValueError: `gamma` is not positive.

    Example:
        >>> from pure_schedules.like.torch import ExponentialLR
        >>> lr = ExponentialLR(gamma=0.5, lr=0.8)
        >>> [lr(step) for step in (0, 1, 2)]
        [0.8, 0.4, 0.2]

    Source: `ExponentialLR` in torch 2.13.0, torch/optim/lr_scheduler.py.
    """
    return decays.exponential_decay(start=lr, rate=gamma)


@peer(total_iters=non_negative, power=positive)
def PolynomialLR(*, total_iters: Value = 5, power: Value = 1.0, lr: Value = 1.0) -> Schedule:
    """A power of the remaining fraction, down to 0 at `total_iters`.

        polynomial(start=lr, end=0.0, steps=total_iters, power=power)

    Args:
        total_iters: length of the fall, not negative [steps].
        power: exponent, positive; 1 is a straight line [1].
        lr: rate that the optimizer was built with [lr].

    Differs:
        With `total_iters` = 0 torch stays at the rate forever; here a fall of no steps is at its end, 0, at once. A
        `power` of 0 is refused, with which torch stays at the rate too.

    Raises:
        ValueError: `total_iters` is negative, or `power` is not positive.

    Example:
        >>> from pure_schedules.like.torch import PolynomialLR
        >>> lr = PolynomialLR(total_iters=4, power=2, lr=1.6)
        >>> [lr(step) for step in (0, 1, 2, 3, 4, 100)]
        [1.6, 0.9, 0.4, 0.1, 0.0, 0.0]

    Source: `PolynomialLR` in torch 2.13.0, torch/optim/lr_scheduler.py.
    """
    return shapes.polynomial(start=lr, end=0.0, steps=total_iters, power=power)


@peer(T_max=positive, eta_min=rate_beside("lr"))
def CosineAnnealingLR(*, T_max: Value, eta_min: Value = 0.0, lr: Value | None = None) -> Schedule:
    """A cosine wave down to `eta_min` over `T_max` steps, and back up over as many; endless.

        sinusoid(start=lr, end=eta_min, period=2 * T_max)

    torch's scheduler rises again too. For one that stays down write ``cosine(start=lr, end=eta_min, steps=T_max)``.

    Args:
        T_max: length of the fall, positive [steps].
        eta_min: lowest value, at `T_max` [lr].
        lr: rate that the optimizer was built with; it must be given if `eta_min` is not 0 [lr].

    Differs:
        `T_max` = 0 is refused here; torch divides by zero after the first update.

    Raises:
        ValueError: `T_max` is not positive.

    Example:
        >>> from pure_schedules.like.torch import CosineAnnealingLR
        >>> lr = CosineAnnealingLR(T_max=10, eta_min=0.2, lr=1.0)
        >>> [round(lr(step), 9) for step in (0, 5, 10, 15, 20)]
        [1.0, 0.6, 0.2, 0.6, 1.0]

    Source: `CosineAnnealingLR` in torch 2.13.0, torch/optim/lr_scheduler.py.
    """
    lr = 1.0 if lr is None else lr
    return decays.sinusoid(start=lr, end=eta_min, period=2 * T_max)


@peer(T_0=positive & counted, T_mult=whole, eta_min=rate_beside("lr"))
def CosineAnnealingWarmRestarts(*, T_0: Value, T_mult: int = 1, eta_min: Value = 0.0, lr: Value | None = None) -> Schedule:
    """Cosine decays to `eta_min` with restarts, each `T_mult` times as long as the one before; endless.

        repeat(cosine(start=lr, end=eta_min, steps=T_0), growth=T_mult)

    Args:
        T_0: length of the first wave, a whole number, positive [steps].
        T_mult: ratio of each wave's length to that of the one before, a whole number above 0 [1].
        eta_min: end of each wave [lr].
        lr: rate that the optimizer was built with; it must be given if `eta_min` is not 0 [lr].

    Raises:
        ValueError: `T_0` is not positive, or not a whole number, or `T_mult` is not a whole number above 0.

    Example:
        >>> from pure_schedules.like.torch import CosineAnnealingWarmRestarts
        >>> lr = CosineAnnealingWarmRestarts(T_0=10, T_mult=2)
        >>> [round(lr(step), 9) for step in (0, 5, 10, 20, 30)]
        [1.0, 0.5, 1.0, 0.5, 1.0]

    Source: `CosineAnnealingWarmRestarts` in torch 2.13.0, torch/optim/lr_scheduler.py, without its ``step(epoch)``.
    """
    lr = 1.0 if lr is None else lr
    return clocks.repeat(shapes.cosine(start=lr, end=eta_min, steps=T_0), growth=T_mult)


# Cycles of rate and momentum -----------------------------------------------------------------------------------------


def _cycles(
    *,
    rest: Value,
    peak: Value,
    step_size_up: Value,
    step_size_down: Value | None,
    mode: str,
    gamma: Value,
    scale_fn: Child | None,
    scale_mode: str,
) -> Schedule:
    """Triangles from `rest` to `peak` and back, each as high as the mode says."""
    down = step_size_up if step_size_down is None else step_size_down
    cycle = step_size_up + down
    heights: Mapping[str, Child] = {
        "triangular": shapes.constant(value=1.0),
        "triangular2": decays.step_decay(start=1.0, factor=0.5, every=cycle),
        "exp_range": decays.exponential_decay(start=1.0, rate=gamma),
    }
    height = heights[mode]
    if scale_fn is not None:
        by_cycle = clocks.staircase(clocks.stretch(clocks.count_from_one(scale_fn), factor=cycle), every=cycle)
        height = by_cycle if scale_mode == "cycle" else scale_fn
    triangles = recipes.triangular_cycles(floor=0.0, peak=1.0, warmup_steps=step_size_up, decay_steps=down)
    return combinators.remap(combinators.multiply([triangles, height]), low=0.0, high=1.0, to_low=rest, to_high=peak)


_CYCLIC = {
    "step_size_up": non_negative,
    "step_size_down": non_negative,
    "mode": one_of("triangular", "triangular2", "exp_range"),
    "gamma": positive,
    "scale_fn": schedule,
    "scale_mode": one_of("cycle", "iterations"),
}


@peer(**_CYCLIC)
def CyclicLR(
    *,
    base_lr: Value,
    max_lr: Value,
    step_size_up: Value = 2000,
    step_size_down: Value | None = None,
    mode: str = "triangular",
    gamma: Value = 1.0,
    scale_fn: Child | None = None,
    scale_mode: str = "cycle",
) -> Schedule:
    """Triangles from `base_lr` to `max_lr` and back; endless.

        remap(multiply([triangular_cycles(0, 1, step_size_up, step_size_down), height]), to_low=base_lr, to_high=max_lr)

    with ``height`` 1 ("triangular"), half of it in each next cycle ("triangular2"), or ``gamma ** t`` ("exp_range").

    Args:
        base_lr: lowest value, at step 0 [lr].
        max_lr: highest value, at `step_size_up` [lr].
        step_size_up: length of the way up, not negative [steps].
        step_size_down: length of the fall, not negative; by default that of the rise [steps].
        mode: how high each triangle is: 'triangular', 'triangular2' or 'exp_range'.
        gamma: factor of the height at every step in 'exp_range', positive [1].
        scale_fn: a function that multiplies the height instead, of the cycle, counted from 1, or of the step.
        scale_mode: the argument of `scale_fn`: 'cycle' or 'iterations'.

    Differs:
        With `step_size_up` = 0 torch divides by zero when it is built; here every cycle begins at the top. The momentum,
        which torch cycles as well unless it is told not to, is `CyclicLR_momentum`.

    Raises:
        ValueError: a length is negative, or both are 0; `gamma` is not positive; `mode` or `scale_mode` is unknown.

    Example:
        >>> from pure_schedules.like.torch import CyclicLR
        >>> lr = CyclicLR(base_lr=0.0, max_lr=1.0, step_size_up=4, mode="triangular2")
        >>> [lr(step) for step in (0, 2, 4, 8, 12)]
        [0.0, 0.5, 1.0, 0.0, 0.5]

    Source: `CyclicLR` in torch 2.13.0, torch/optim/lr_scheduler.py.
    """
    return _cycles(
        rest=base_lr,
        peak=max_lr,
        step_size_up=step_size_up,
        step_size_down=step_size_down,
        mode=mode,
        gamma=gamma,
        scale_fn=scale_fn,
        scale_mode=scale_mode,
    )


@peer(**_CYCLIC)
def CyclicLR_momentum(
    *,
    base_momentum: Value = 0.8,
    max_momentum: Value = 0.9,
    step_size_up: Value = 2000,
    step_size_down: Value | None = None,
    mode: str = "triangular",
    gamma: Value = 1.0,
    scale_fn: Child | None = None,
    scale_mode: str = "cycle",
) -> Schedule:
    """The momentum of torch's `CyclicLR`: triangles from `max_momentum` down and back up.

        remap(multiply([triangular_cycles(0, 1, step_size_up, step_size_down), height]),
              to_low=max_momentum, to_high=base_momentum)

    Args:
        base_momentum: lowest value, at `step_size_up`, where the rate is highest [1].
        max_momentum: highest value, at step 0 [1].
        step_size_up: length of the rate's rise and the momentum's fall, not negative [steps].
        step_size_down: length of the fall, not negative; by default that of the rise [steps].
        mode: how high each triangle is: 'triangular', 'triangular2' or 'exp_range'.
        gamma: factor of the height at every step in 'exp_range', positive [1].
        scale_fn: a function that multiplies the height instead, of the cycle, counted from 1, or of the step.
        scale_mode: the argument of `scale_fn`: 'cycle' or 'iterations'.

    Differs:
        It is a schedule of its own, to be set as ``momentum`` or as the first of ``betas``; torch sets whichever of the
        two there is. With `step_size_up` = 0 every cycle begins at the bottom, as `CyclicLR` does at the top.

    Raises:
        ValueError: a length is negative, or both are 0; `gamma` is not positive; `mode` or `scale_mode` is unknown.

    Example:
        >>> from pure_schedules.like.torch import CyclicLR_momentum
        >>> momentum = CyclicLR_momentum(step_size_up=4)
        >>> [round(momentum(step), 9) for step in (0, 2, 4, 8)]
        [0.9, 0.85, 0.8, 0.9]

    Source: `CyclicLR` in torch 2.13.0, torch/optim/lr_scheduler.py, with its ``cycle_momentum``.
    """
    return _cycles(
        rest=max_momentum,
        peak=base_momentum,
        step_size_up=step_size_up,
        step_size_down=step_size_down,
        mode=mode,
        gamma=gamma,
        scale_fn=scale_fn,
        scale_mode=scale_mode,
    )


def _one_cycle(
    *,
    start: Value,
    peak: Value,
    end: Value,
    total_steps: Value | None,
    epochs: Value | None,
    steps_per_epoch: Value | None,
    pct_start: Value,
    anneal_strategy: str,
    three_phase: bool,
) -> Schedule:
    """From `start` to `peak`, in three phases back to `start`, and to `end`, which the last update gets."""
    if total_steps is None:
        if epochs is None or steps_per_epoch is None:
            raise TypeError(
                "like.torch: total_steps is missing; give total_steps=..., or epochs=... and steps_per_epoch=..."
            )
        total_steps = epochs * steps_per_epoch
    last = total_steps - 1
    rise = maximum(pct_start * total_steps - 1, 0)
    parts = [(start, peak, rise), (peak, end, last - rise)]
    if three_phase:
        parts = [(start, peak, rise), (peak, start, rise), (start, end, maximum(last - 2 * rise, 0))]
    anneal = _ANNEALS[anneal_strategy]
    return combinators.join([anneal(start=here, end=there, steps=steps) for here, there, steps in parts])


_ONE_CYCLE = {
    "total_steps": positive & counted,
    "epochs": positive & counted,
    "steps_per_epoch": positive & counted,
    "pct_start": fraction,
    "anneal_strategy": one_of("cos", "linear"),
    "three_phase": flag,
}


@peer(div_factor=positive, final_div_factor=positive, **_ONE_CYCLE)
def OneCycleLR(
    *,
    max_lr: Value,
    total_steps: Value | None = None,
    epochs: Value | None = None,
    steps_per_epoch: Value | None = None,
    pct_start: Value = 0.3,
    anneal_strategy: str = "cos",
    div_factor: Value = 25.0,
    final_div_factor: Value = 1e4,
    three_phase: bool = False,
) -> Schedule:
    """A rise to `max_lr`, and a fall to almost 0 by the last update.

        join([cosine(initial, max_lr, rise), cosine(max_lr, initial / final_div_factor, total_steps - 1 - rise)])

    with ``initial = max_lr / div_factor`` and ``rise = pct_start * total_steps - 1``. With three phases, the fall to
    ``initial`` is as long as the rise, and the rest of the run falls from there to the end.

    Args:
        max_lr: highest value [lr].
        total_steps: number of updates, whole and positive; the last of them gets the lowest value [steps].
        epochs: number of epochs, whole and positive; needed without `total_steps` [1].
        steps_per_epoch: updates in an epoch, whole and positive; needed without `total_steps` [steps].
        pct_start: part of the run that the rise takes, from 0 to 1 [1].
        anneal_strategy: half cosine waves, 'cos', or straight lines, 'linear'.
        div_factor: ratio of the highest value to the first, positive [1].
        final_div_factor: ratio of the first value to the last, positive [1].
        three_phase: fall to the first value first, as in the paper.

    Differs:
        After the last update it stays at its end. Torch leaves the optimizer at a value beyond it, above the end with
        'cos' and mostly negative with 'linear', and raises an error one step later. A rise of less than one step
        (`pct_start * total_steps` below 1) takes no time here, and the first update gets the value after it; torch is
        then already past the peak at the first update, and divides by zero where the product is just 1. With
        `pct_start` = 1 the fall has no steps, and the last update gets the end; in torch it gets the peak. The momentum,
        which torch cycles as well unless it is told not to, is `OneCycleLR_momentum`.

    Raises:
        TypeError: neither `total_steps` nor `epochs` with `steps_per_epoch` are given.
        ValueError: a number is not positive or not whole; `pct_start` is not from 0 to 1; `anneal_strategy` is not one of
            these words.

    Example:
        >>> from pure_schedules.like.torch import OneCycleLR
        >>> lr = OneCycleLR(max_lr=1.0, total_steps=101, pct_start=21 / 101, div_factor=2, final_div_factor=5)
        >>> [round(lr(step), 9) for step in (0, 10, 20, 60, 100, 1000)]
        [0.5, 0.75, 1.0, 0.55, 0.1, 0.1]

    Source: `OneCycleLR` in torch 2.13.0, torch/optim/lr_scheduler.py.
    """
    return _one_cycle(
        start=max_lr / div_factor,
        peak=max_lr,
        end=max_lr / div_factor / final_div_factor,
        total_steps=total_steps,
        epochs=epochs,
        steps_per_epoch=steps_per_epoch,
        pct_start=pct_start,
        anneal_strategy=anneal_strategy,
        three_phase=three_phase,
    )


@peer(**_ONE_CYCLE)
def OneCycleLR_momentum(
    *,
    base_momentum: Value = 0.85,
    max_momentum: Value = 0.95,
    total_steps: Value | None = None,
    epochs: Value | None = None,
    steps_per_epoch: Value | None = None,
    pct_start: Value = 0.3,
    anneal_strategy: str = "cos",
    three_phase: bool = False,
) -> Schedule:
    """The momentum of torch's `OneCycleLR`: it falls while the rate rises, then rises again.

        join([cosine(max_momentum, base_momentum, rise), cosine(base_momentum, max_momentum, total_steps - 1 - rise)])

    with ``rise = pct_start * total_steps - 1``. With three phases, the rise is as long as the fall.

    Args:
        base_momentum: lowest value, where the rate is highest [1].
        max_momentum: highest value, at step 0 and at the end [1].
        total_steps: number of updates, whole and positive [steps].
        epochs: number of epochs, whole and positive; needed without `total_steps` [1].
        steps_per_epoch: updates in an epoch, whole and positive; needed without `total_steps` [steps].
        pct_start: part of the run in which the rate rises, from 0 to 1 [1].
        anneal_strategy: half cosine waves, 'cos', or straight lines, 'linear'.
        three_phase: the rate has three phases.

    Differs:
        It is a schedule of its own, to be set as ``momentum`` or as the first of ``betas``; torch sets whichever of the
        two there is. After the last update it stays at `max_momentum`, and a rise of less than one step takes no time,
        as in `OneCycleLR`.

    Raises:
        TypeError: neither `total_steps` nor `epochs` with `steps_per_epoch` are given.
        ValueError: a number is not positive or not whole; `pct_start` is not from 0 to 1; `anneal_strategy` is not one of
            these words.

    Example:
        >>> from pure_schedules.like.torch import OneCycleLR_momentum
        >>> momentum = OneCycleLR_momentum(total_steps=101, pct_start=21 / 101)
        >>> [round(momentum(step), 9) for step in (0, 10, 20, 60, 100, 1000)]
        [0.95, 0.9, 0.85, 0.9, 0.95, 0.95]

    Source: `OneCycleLR` in torch 2.13.0, torch/optim/lr_scheduler.py, with its ``cycle_momentum``.
    """
    return _one_cycle(
        start=max_momentum,
        peak=base_momentum,
        end=max_momentum,
        total_steps=total_steps,
        epochs=epochs,
        steps_per_epoch=steps_per_epoch,
        pct_start=pct_start,
        anneal_strategy=anneal_strategy,
        three_phase=three_phase,
    )


# From what there was, and of others ----------------------------------------------------------------------------------


@peer(anneal_epochs=non_negative & counted, anneal_strategy=one_of("cos", "linear"))
def SWALR(*, swa_lr: Value, anneal_epochs: Value = 10, anneal_strategy: str = "cos", lr: Value) -> Schedule:
    """From the rate at the start of weight averaging to `swa_lr`, then `swa_lr`.

        cosine(start=lr, end=swa_lr, steps=anneal_epochs)

    or `linear`. After a main schedule, which is stepped for the last time before update `at`, it is
    ``join([main, SWALR(swa_lr=..., lr=main(at))], boundaries=[at])``.

    Args:
        swa_lr: value from `anneal_epochs` on [lr].
        anneal_epochs: length of the change, in calls of the scheduler's ``step()``, a whole number, not
            negative [steps].
        anneal_strategy: half a cosine wave, 'cos', or a straight line, 'linear'.
        lr: rate that the optimizer has at the beginning [lr].

    Raises:
        ValueError: `anneal_epochs` is negative, or not a whole number; `anneal_strategy` is not one of these words.

    Example:
        >>> from pure_schedules.like.torch import SWALR
        >>> lr = SWALR(swa_lr=0.2, anneal_epochs=4, lr=1.0)
        >>> [round(lr(step), 9) for step in (0, 2, 4, 100)]
        [1.0, 0.6, 0.2, 0.2]

    Source: `SWALR` in torch 2.13.0, torch/optim/swa_utils.py.
    """
    return _ANNEALS[anneal_strategy](start=lr, end=swa_lr, steps=anneal_epochs)


@peer(lr_lambda=schedule, steps=whole)
def MultiplicativeLR(*, lr_lambda: Child, steps: int, lr: Value = 1.0) -> Schedule:
    """The product of a function over the steps from 1 on, held after `steps`.

        lr(t) = lr * lr_lambda(1) * lr_lambda(2) * ... * lr_lambda(min(t, steps))

        scale(running_product(lr_lambda, times=steps), factor=lr)

    Args:
        lr_lambda: ratio of the value at each step to the one before, as a function of the step.
        steps: number of factors, a whole number above 0: the length of the run [steps].
        lr: rate that the optimizer was built with [lr].

    Differs:
        torch keeps the running product and is endless; here it is computed for a run of `steps` steps, then constant.
        Where the function is a constant, `ExponentialLR` has no end and costs nothing.

    Raises:
        ValueError: `steps` is not a whole number above 0.

    Example:
        >>> from pure_schedules.like.torch import MultiplicativeLR
        >>> lr = MultiplicativeLR(lr_lambda=lambda step: 0.5 if step == 2 else 1.0, steps=10)
        >>> [lr(step) for step in (0, 1, 2, 3)]
        [1.0, 1.0, 0.5, 0.5]

    Source: `MultiplicativeLR` in torch 2.13.0, torch/optim/lr_scheduler.py.
    """
    return combinators.scale(combinators.running_product(lr_lambda, times=steps), factor=lr)


@peer(schedulers=schedules, milestones=increasing & one_fewer_than("schedulers"))
def SequentialLR(*, schedulers: Sequence[Child], milestones: Sequence[Value]) -> Schedule:
    """One schedule after another, each from its milestone on, counting steps from 0 there.

        join(schedulers, boundaries=milestones)

    Args:
        schedulers: the schedules in order, each with an `lr` of its own.
        milestones: the step at which each one after the first begins, in order [steps].

    Differs:
        Every schedule has the same values as on its own. In torch a `OneCycleLR` among them changes the rate that all
        the others multiply; a `MultiplicativeLR` continues from the current rate, with its factor for 0 as well;
        and a `SequentialLR` or `ChainedScheduler` after a milestone raises NotImplementedError.

    Raises:
        ValueError: the lists do not match in length; a milestone is negative, or they are not in order.

    Example:
        >>> from pure_schedules.like.torch import ConstantLR, ExponentialLR, SequentialLR
        >>> lr = SequentialLR(
        ...     schedulers=[ConstantLR(factor=0.5, total_iters=20, lr=0.8), ExponentialLR(gamma=0.5, lr=0.8)],
        ...     milestones=[20],
        ... )
        >>> [lr(step) for step in (0, 19, 20, 21)]
        [0.4, 0.4, 0.8, 0.4]

    Source: `SequentialLR` in torch 2.13.0, torch/optim/lr_scheduler.py.
    """
    return combinators.join(schedulers, boundaries=milestones)


@peer(schedulers=schedules)
def ChainedScheduler(*, schedulers: Sequence[Child], lr: Value = 1.0) -> Schedule:
    """The product of schedules that are factors, and of the rate.

        scale(multiply(schedulers), factor=lr)

    Args:
        schedulers: the schedules, at least one, each without an `lr`.
        lr: rate that the optimizer was built with [lr].

    Differs: It is a product in any order. torch's is a product only of schedulers that multiply the current rate:
        `StepLR`, `MultiStepLR`, `ConstantLR`, `LinearLR`, `ExponentialLR`, `PolynomialLR`, `MultiplicativeLR`, and
        `CosineAnnealingLR` with `eta_min` = 0 up to its `T_max`. Others overwrite the rate of those before them in the
        chain.

    Raises:
        TypeError: `schedules` is not a list of schedules.

    Example:
        >>> from pure_schedules.like.torch import ChainedScheduler, ConstantLR, ExponentialLR
        >>> lr = ChainedScheduler(schedulers=[ConstantLR(factor=0.5, total_iters=2), ExponentialLR(gamma=0.5)], lr=0.8)
        >>> [lr(step) for step in (0, 1, 2, 3)]
        [0.4, 0.2, 0.2, 0.1]

    Source: `ChainedScheduler` in torch 2.13.0, torch/optim/lr_scheduler.py.
    """
    return combinators.scale(combinators.multiply(schedulers), factor=lr)
