"""Convert a live scheduler of torch to the equal pure schedule.

Each function converts one parameter group. Some of torch's schedulers multiply the current rate of the group (`StepLR`,
`LinearLR` and so on); the others overwrite it (`LambdaLR`, `OneCycleLR`). A scheduler on its own has the same curve
either way. A `ChainedScheduler` is a product only of the first kind.

A `SequentialLR` or a `ChainedScheduler` is converted, since torch's users write a warmup that way. One within another
is refused: releases of torch differ in the result, and no release follows its parts.

The code reads public attributes and `LRScheduler.state_dict`, which is documented to hold every variable except the
optimizer. The method of the base class is called, because those of subclasses leave out functions and inner schedulers.
"""

import math
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any, Literal, NoReturn

import torch
from torch.optim import lr_scheduler as theirs
from torch.optim.lr_scheduler import LRScheduler
from torch.optim.swa_utils import SWALR

from pure_schedules import Schedule, constant, scale
from pure_schedules.like import torch as like
from pure_schedules.like import transformers

from ._lambda_lr import ScheduleLR

# The relative error of torch's recursions in float32 is below this; a rate from elsewhere differs by more.
_STRAYING = 1e-2
# A rate below this fraction of the highest one counts as 0.
_NOTHING = 1e-6


def from_torch(
    lr_scheduler: LRScheduler,
    *,
    group: int | None = None,
    key: Literal["lr", "momentum"] = "lr",
    steps: int = 100_000,
) -> Schedule:
    """The pure schedule with the values that a live scheduler of torch writes, from update 0 on.

    The result does not depend on the step that the scheduler has reached; scheduler and optimizer are not changed. A
    step is one call of the scheduler's ``step()``. The schedulers of Transformers are converted too. The function of a
    `LambdaLR`, `MultiplicativeLR` or `CyclicLR` becomes a child of the schedule. A scheduler of `lambda_lr` returns its
    own schedule.

    Args:
        lr_scheduler: the scheduler. Nothing else may have changed the rates that it multiplies.
        group: index of the parameter group; optional if all groups have the same curve.
        key: "momentum" for the momentum, or the first of ``betas``, that `OneCycleLR` and `CyclicLR` cycle.
        steps: length of a `MultiplicativeLR`, the only one without a formula; then the value is constant [steps].

    Raises:
        TypeError: `lr_scheduler` is not a scheduler of torch; it follows a metric; it computes its rates by code of its
            own.
        ValueError: the groups have different curves and `group` is missing; torch itself fails, or has no formula for
            the curve; something else has changed the rate.

    Example:
        >>> import torch
        >>> from pure_schedules import exponential, join
        >>> from pure_schedules_torch import from_torch
        >>> optimizer = torch.optim.SGD(torch.nn.Linear(2, 2).parameters(), lr=0.1)
        >>> cosine = from_torch(torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=100))
        >>> cosine
        sinusoid(start=0.1, end=0.0, period=200)
        >>> lr = join([exponential(start=0.001, end=0.1, steps=20), cosine])
        >>> [round(lr(step), 9) for step in (0, 10, 20, 70, 120)]
        [0.001, 0.01, 0.1, 0.05, 0.0]
    """
    if key not in ("lr", "momentum"):
        raise ValueError(f"from_torch: key must be 'lr' or 'momentum', got key={key!r}; nothing else is scheduled by torch")
    _refuse_unknown(lr_scheduler, "from_torch")
    count = _group_count(lr_scheduler)
    if group is not None and (isinstance(group, bool) or not isinstance(group, int) or not 0 <= group < count):
        raise ValueError(f"from_torch: group must be from 0 to {count - 1}, got group={group!r}; the scheduler has {count}")
    curves: list[Schedule] = []
    for index in range(count) if group is None else [group]:
        curve = _momentum(lr_scheduler, index) if key == "momentum" else _rate(lr_scheduler, index, steps)
        if curves and curve != curves[0]:
            raise ValueError(
                f"from_torch: the parameter groups have different curves: {curves[0]!r} in group 0, {curve!r} in "
                f"group {index}; write from_torch(scheduler, group=0) for one of them, or "
                f"[from_torch(scheduler, group=index) for index in range({count})] for the list that the adapters take"
            )
        curves.append(curve)
    return curves[0]


# The whole -----------------------------------------------------------------------------------------------------------


def _rate(scheduler: LRScheduler, group: int, steps: int) -> Schedule:
    """The schedule of the rate of a group."""
    leaves = [scheduler] if hasattr(scheduler, "base_lrs") else _within(scheduler)
    if _is(scheduler, theirs.SequentialLR):
        schedule = _sequence(scheduler, group, steps)
    elif _is(scheduler, theirs.ChainedScheduler):
        schedule = _chain(scheduler, group, steps)
    else:
        schedule = _leaf(scheduler, _Turn(group, _base(scheduler, group), False, steps, "from_torch"))
    if not all(_kind(leaf)[0] in _WRITING for leaf in leaves):
        _confirm(scheduler, group, schedule)
    return schedule


def _confirm(scheduler: LRScheduler, group: int, schedule: Schedule) -> None:
    """Refuse a scheduler that multiplies a rate changed by something else: its curve is not what it writes."""
    counting = scheduler if hasattr(scheduler, "last_epoch") else _within(scheduler)[0]  # a ChainedScheduler has no count
    step = counting.last_epoch
    expected, found = schedule(step), float(scheduler.get_last_lr()[group])
    highest = max(abs(_base(_first(scheduler), group)), abs(expected))
    if not math.isclose(found, expected, rel_tol=_STRAYING, abs_tol=_NOTHING * highest):
        _refuse(
            "from_torch",
            f"this {type(scheduler).__name__} has written the rate {found!r} for update {step}, where its own curve has "
            f"{expected!r}: something else has written the rate that it multiplies, be it another scheduler or a resume; "
            "build it again, on a new optimizer that has not been stepped"
            + (", and join what main schedule there is with like.torch.SWALR" if _is(scheduler, SWALR) else ""),
        )


def _momentum(scheduler: Any, group: int) -> Schedule:
    """The schedule of the momentum."""
    where, name = "from_torch", type(scheduler).__name__
    if not (_is(scheduler, theirs.OneCycleLR) or _is(scheduler, theirs.CyclicLR)):
        _refuse(where, f"only OneCycleLR and CyclicLR have a momentum, and this is a {name}; leave key out")
    if not scheduler.cycle_momentum:
        _refuse(where, f"this {name} leaves the momentum unchanged, since cycle_momentum is False; leave key out")
    if _is(scheduler, theirs.CyclicLR):
        low, high = scheduler.base_momentums[group], scheduler.max_momentums[group]
        return like.CyclicLR_momentum(base_momentum=low, max_momentum=high, **_cycles(scheduler))
    entries = scheduler.optimizer.param_groups[group]
    low, high = entries["base_momentum"], entries["max_momentum"]
    return like.OneCycleLR_momentum(base_momentum=low, max_momentum=high, **_cycle(scheduler, where))


# What schedulers there are -------------------------------------------------------------------------------------------

# The methods that a subclass may override without changing the rates.
_HARMLESS = {"state_dict", "load_state_dict", "get_last_lr", "print_lr"}


def _kind(scheduler: LRScheduler) -> tuple[type | None, list[str]]:
    """The class of torch that this scheduler is, and the methods that it overrides."""
    overridden: list[str] = []
    for kind in type(scheduler).__mro__:
        if kind in _LEAVES or kind in (theirs.SequentialLR, theirs.ChainedScheduler, theirs.ReduceLROnPlateau):
            return kind, [name for name in overridden if hasattr(kind, name)]
        overridden += [name for name in vars(kind) if not name.startswith("__") and name not in _HARMLESS]
    return None, []


def _refuse_unknown(scheduler: Any, where: str) -> None:
    """Refuse a scheduler that is not a known function of the step."""
    if not isinstance(scheduler, LRScheduler):
        raise TypeError(
            f"{where}: this must be a scheduler of torch.optim.lr_scheduler, got {scheduler!r}; "
            "if it wraps one, give the one that it wraps"
        )
    kind, overridden = _kind(scheduler)
    name = type(scheduler).__name__
    instead = "write a function of the step, and give that to lambda_lr, to param_group_setter or to join"
    if kind is theirs.ReduceLROnPlateau:
        raise TypeError(
            f"{where}: {name} follows a metric, and is not a function of the step; "
            "multiply a schedule with the factor of pure_schedules.reactive.reduce_on_plateau instead"
        )
    if kind is None:
        raise TypeError(f"{where}: {name} is not one of torch's own schedulers, so only its code knows its rates; {instead}")
    if overridden:
        raise TypeError(
            f"{where}: {name} is a {kind.__name__} with {' and '.join(overridden)} of its own: "
            f"only that code knows its rates; {instead}"
        )


def _refuse(where: str, reason: str) -> NoReturn:
    raise ValueError(f"{where}: {reason}")


def _state(scheduler: LRScheduler) -> dict[str, Any]:
    return LRScheduler.state_dict(scheduler)


def _within(scheduler: LRScheduler) -> list[LRScheduler]:
    """The schedulers in a SequentialLR or ChainedScheduler; no public attribute has them."""
    return list(_state(scheduler)["_schedulers"])


def _is(scheduler: LRScheduler, kind: type) -> bool:
    return _kind(scheduler)[0] is kind


def _first(scheduler: LRScheduler) -> LRScheduler:
    """The scheduler, or its first innermost one."""
    while not hasattr(scheduler, "base_lrs"):
        scheduler = _within(scheduler)[0]
    return scheduler


def _group_count(scheduler: LRScheduler) -> int:
    """The number of groups that the scheduler was built for; it ignores groups added later."""
    return len(_first(scheduler).base_lrs)


def _base(scheduler: LRScheduler, group: int) -> float:
    """The rate that the scheduler starts from."""
    return float(scheduler.base_lrs[group])


# One scheduler -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Turn:
    """The position of a scheduler: its group, base rate and length."""

    group: int
    #: The rate that it multiplies; 1.0 in a chain, for a factor.
    rate: float
    #: Whether it begins at a milestone, where a SequentialLR lets it overwrite the last rate with its rate at 0.
    later: bool
    #: The number of steps it is active for.
    length: int
    where: str


def _refuse_later(scheduler: Any, turn: _Turn, reason: str) -> None:
    if turn.later:
        _refuse(turn.where, f"a {type(scheduler).__name__} {reason}")


def _shortest(value: float, holds: Callable[[float], bool]) -> float:
    """The short number that a value was computed from, if there is one."""
    shorter = (float(f"{value:.{digits}g}") for digits in range(1, 17))
    return next((number for number in shorter if holds(number)), value)


def _step(scheduler: Any, turn: _Turn) -> Schedule:
    return like.StepLR(step_size=scheduler.step_size, gamma=scheduler.gamma, lr=turn.rate)


def _multi_step(scheduler: Any, turn: _Turn) -> Schedule:
    return like.MultiStepLR(milestones=sorted(scheduler.milestones.elements()), gamma=scheduler.gamma, lr=turn.rate)


_NO_STEPS = "with total_iters=0 has no rate of its own at a milestone; leave it out"


def _constant(scheduler: Any, turn: _Turn) -> Schedule:
    if scheduler.total_iters <= 0:  # torch never reaches its end then
        _refuse_later(scheduler, turn, _NO_STEPS)
        return constant(value=turn.rate * scheduler.factor)
    if scheduler.factor == 0:
        _refuse(turn.where, "a ConstantLR with factor 0 divides by zero at its total_iters; write join([...]) instead")
    return like.ConstantLR(factor=scheduler.factor, total_iters=scheduler.total_iters, lr=turn.rate)


def _linear(scheduler: Any, turn: _Turn) -> Schedule:
    if scheduler.total_iters == 0:  # torch never reaches its end then
        _refuse_later(scheduler, turn, _NO_STEPS)
        return constant(value=turn.rate * scheduler.start_factor)
    return like.LinearLR(
        start_factor=scheduler.start_factor,
        end_factor=scheduler.end_factor,
        total_iters=scheduler.total_iters,
        lr=turn.rate,
    )


def _exponential(scheduler: Any, turn: _Turn) -> Schedule:
    return like.ExponentialLR(gamma=scheduler.gamma, lr=turn.rate)


def _polynomial(scheduler: Any, turn: _Turn) -> Schedule:
    length, power = scheduler.total_iters, scheduler.power
    if length == 0:
        _refuse_later(scheduler, turn, _NO_STEPS)
    if length == 0 or power == 0:  # torch keeps the rate then
        return constant(value=turn.rate)
    return like.PolynomialLR(total_iters=length, power=power, lr=turn.rate)


def _cosine(scheduler: Any, turn: _Turn) -> Schedule:
    return like.CosineAnnealingLR(T_max=scheduler.T_max, eta_min=scheduler.eta_min, lr=turn.rate)


def _restarts(scheduler: Any, turn: _Turn) -> Schedule:
    return like.CosineAnnealingWarmRestarts(
        T_0=scheduler.T_0, T_mult=scheduler.T_mult, eta_min=scheduler.eta_min, lr=turn.rate
    )


def _cycles(scheduler: Any) -> dict[str, Any]:
    """The arguments that the rate and the momentum of a CyclicLR share."""
    size = scheduler.total_size
    # torch stores the rise only as a fraction of the cycle: restore a whole number.
    up = size * scheduler.step_ratio
    up = round(up) if math.isclose(up, round(up), rel_tol=1e-9) else up
    lengths = {"step_size_up": up, "step_size_down": size - up}
    # No public attribute has the custom function.
    custom = _state(scheduler)["_scale_fn_custom"]
    if custom is None:
        return {**lengths, "mode": scheduler.mode, "gamma": scheduler.gamma}
    return {**lengths, "scale_fn": custom, "scale_mode": scheduler.scale_mode}


def _cyclic(scheduler: Any, turn: _Turn) -> Schedule:
    low, high = _base(scheduler, turn.group), float(scheduler.max_lrs[turn.group])
    begun = scheduler.optimizer.param_groups[turn.group].get("initial_lr", low)
    if turn.where == "from_torch" and not math.isclose(float(begun), low, rel_tol=_STRAYING):
        _refuse(
            turn.where,
            f"this CyclicLR was built where another scheduler had been, whose rate {float(begun)!r} it takes for its own "
            "until it is stepped; build it on an optimizer of its own",
        )
    return like.CyclicLR(base_lr=low, max_lr=high, **_cycles(scheduler))


def _cycle(scheduler: Any, where: str) -> dict[str, Any]:
    """The arguments that the rate and the momentum of a OneCycleLR share."""
    # No public attribute has its phases and its curve.
    state, total = _state(scheduler), scheduler.total_steps
    phases = state["_schedule_phases"]
    rise = phases[0]["end_step"]
    if rise < 0:
        _refuse(
            where, "the rise of this OneCycleLR takes less than one step, and torch begins behind its peak; raise pct_start"
        )
    if phases[-2]["end_step"] == total - 1:
        _refuse(where, "the last phase of this OneCycleLR has no steps, and torch does not come to its end; lower pct_start")
    return {
        "total_steps": total,
        "pct_start": _shortest((rise + 1) / total, lambda part: float(part * total) - 1 == rise),
        "anneal_strategy": state["_anneal_func_type"],
        "three_phase": len(phases) == 3,
    }


def _one_cycle(scheduler: Any, turn: _Turn) -> Schedule:
    group = scheduler.optimizer.param_groups[turn.group]  # torch stores its rates here
    peak, start, end = (float(group[name]) for name in ("max_lr", "initial_lr", "min_lr"))
    if start == 0:
        return constant(value=0.0)
    return like.OneCycleLR(
        max_lr=peak,
        div_factor=_shortest(peak / start, lambda factor: peak / factor == start),
        # Infinity is refused, but the largest float gives 0 too, or the smallest float.
        final_div_factor=_shortest(start / end, lambda factor: start / factor == end) if end else sys.float_info.max,
        **_cycle(scheduler, turn.where),
    )


_FROM_WHAT_IT_FINDS = (
    "continues from the current rate at its milestone, and releases of torch differ in how; convert the schedulers one "
    "by one, and put them together with join"
)


def _averaging(scheduler: Any, turn: _Turn) -> Schedule:
    _refuse_later(scheduler, turn, _FROM_WHAT_IT_FINDS)
    return like.SWALR(
        swa_lr=float(scheduler.optimizer.param_groups[turn.group]["swa_lr"]),
        anneal_epochs=scheduler.anneal_epochs,
        # No public attribute has its name, but one has the function.
        anneal_strategy="linear" if scheduler.anneal_func(0.25) == 0.25 else "cos",
        lr=turn.rate,
    )


def _product(scheduler: Any, turn: _Turn) -> Schedule:
    _refuse_later(scheduler, turn, _FROM_WHAT_IT_FINDS)
    if scheduler.last_epoch > turn.length:
        _refuse(
            turn.where,
            f"a MultiplicativeLR is followed for steps={turn.length}, and this one is at {scheduler.last_epoch}; "
            "give the length of the run: from_torch(scheduler, steps=...)",
        )
    return like.MultiplicativeLR(lr_lambda=scheduler.lr_lambdas[turn.group], steps=turn.length, lr=turn.rate)


def _function(scheduler: Any, turn: _Turn) -> Schedule:
    function, base = scheduler.lr_lambdas[turn.group], _base(scheduler, turn.group)
    if function is None:  # only in a scheduler of lambda_lr
        _refuse(turn.where, f"param_groups[{turn.group}] is not scheduled by this scheduler; choose another group")
    named = _of_transformers(function, base)
    if named is not None:
        return named
    return function if isinstance(function, Schedule) and base == 1.0 else scale(function, factor=base)


_LEAVES: dict[type, Callable[[Any, _Turn], Schedule]] = {
    theirs.StepLR: _step,
    theirs.MultiStepLR: _multi_step,
    theirs.ConstantLR: _constant,
    theirs.LinearLR: _linear,
    theirs.ExponentialLR: _exponential,
    theirs.PolynomialLR: _polynomial,
    theirs.CosineAnnealingLR: _cosine,
    theirs.CosineAnnealingWarmRestarts: _restarts,
    theirs.CyclicLR: _cyclic,
    theirs.OneCycleLR: _one_cycle,
    SWALR: _averaging,
    theirs.MultiplicativeLR: _product,
    theirs.LambdaLR: _function,
    ScheduleLR: _function,
}


# The schedulers that multiply the current rate, and so are factors in a chain.
_FACTORS = {
    theirs.StepLR,
    theirs.MultiStepLR,
    theirs.ConstantLR,
    theirs.LinearLR,
    theirs.ExponentialLR,
    theirs.PolynomialLR,
    theirs.MultiplicativeLR,
}
# The schedulers that overwrite the rate at every update.
_WRITING = {theirs.CosineAnnealingWarmRestarts, theirs.CyclicLR, theirs.OneCycleLR, theirs.LambdaLR, ScheduleLR}


def _leaf(scheduler: LRScheduler, turn: _Turn) -> Schedule:
    """A single scheduler as a schedule of rates; of factors, if the rate it multiplies is 1."""
    _refuse_unknown(scheduler, turn.where)
    kind = _kind(scheduler)[0]
    if kind not in _LEAVES:
        _refuse(
            turn.where,
            f"a {type(scheduler).__name__} within another scheduler does not have the curve that it has alone, and releases "
            "of torch differ in it; convert the schedulers one by one, and put them together with join or multiply",
        )
    try:
        return _LEAVES[kind](scheduler, turn)
    except ValueError as error:  # a schedule that accepts less than torch
        message = str(error)
        raise ValueError(message if message.startswith("from_torch") else f"{turn.where}: {message}") from None


# Schedulers of schedulers --------------------------------------------------------------------------------------------


def _refuse_other_bases(scheduler: LRScheduler, group: int) -> None:
    """Refuse schedulers with different base rates: torch's result depends on which was built last."""
    leaves = [leaf for leaf in _within(scheduler) if hasattr(leaf, "base_lrs") and not _is(leaf, theirs.CyclicLR)]
    bases = sorted({_base(leaf, group) for leaf in leaves})  # a CyclicLR has its own
    if len(bases) > 1:
        _refuse(
            "from_torch",
            f"the schedulers of this {type(scheduler).__name__} begin from different rates, {bases}: something has changed "
            "initial_lr between, as OneCycleLR does; build the schedulers on optimizers of their own, convert each, and "
            "put them together with join or multiply",
        )


def _sequence(scheduler: LRScheduler, group: int, steps: int) -> Schedule:
    """Each scheduler from its milestone on: the first starts from initial_lr, the others write their own rate there."""
    # No public attribute has its milestones.
    milestones = list(_state(scheduler)["_milestones"])
    starts = [0, *milestones]
    if any(end <= start or end % 1 for start, end in pairwise(starts)):
        _refuse(
            "from_torch",
            f"the milestones of a SequentialLR must be whole numbers above 0 that rise, got {milestones}: releases of torch "
            "differ in what a scheduler without a turn does; leave out what never has its turn",
        )
    _refuse_other_bases(scheduler, group)
    if torch.__version__ < "2.10" and isinstance(_first(scheduler).base_lrs[group], torch.Tensor):
        _refuse(
            "from_torch",
            f"in torch {torch.__version__} a SequentialLR overwrites the tensor that holds its initial rate, in torch 2.10 "
            "no longer; build the optimizer with a number for lr",
        )
    pieces: list[Schedule] = []
    for index, leaf in enumerate(_within(scheduler)):
        length = min(steps, starts[index + 1] - starts[index]) if index < len(milestones) else steps
        where = f"from_torch: schedulers[{index}] of the SequentialLR"
        pieces.append(_leaf(leaf, _Turn(group, _base(_first(leaf), group), index > 0, int(length), where)))
    return pieces[0] if len(pieces) == 1 else like.SequentialLR(schedulers=pieces, milestones=milestones)


def _chain(scheduler: LRScheduler, group: int, steps: int) -> Schedule:
    """The product of the schedulers in a chain."""
    leaves = _within(scheduler)
    _refuse_other_bases(scheduler, group)
    base = _base(_first(scheduler), group)
    places = [f"from_torch: schedulers[{index}] of the ChainedScheduler" for index in range(len(leaves))]
    if len(leaves) == 1:
        return _leaf(leaves[0], _Turn(group, base, False, steps, places[0]))
    factors = [_leaf(leaf, _Turn(group, 1.0, False, steps, where)) for leaf, where in zip(leaves, places, strict=True)]
    for index, where in enumerate(places):
        _refuse_no_factor(leaves[index], factors[:index] + factors[index + 1 :], where)
    return like.ChainedScheduler(schedulers=factors, lr=base)


def _refuse_no_factor(scheduler: Any, others: list[Schedule], where: str) -> None:
    kind, instead = _kind(scheduler)[0], "convert the schedulers one by one, and put them together with multiply"
    name = type(scheduler).__name__
    if kind in _WRITING:
        _refuse(where, f"this {name} writes over the rate, whatever the others have multiplied; {instead}")
    if kind is theirs.CosineAnnealingLR and scheduler.eta_min == 0:
        # From 0 it rises by addition, which drops the factors of the others.
        length = scheduler.T_max
        if any(other.steps > length or other(length) != 1.0 for other in others):
            _refuse(
                where,
                f"this {name} rises again from update {length} on, and torch drops there what the others have multiplied; "
                f"{instead}",
            )
    elif kind not in _FACTORS:
        _refuse(where, f"this {name} goes to a rate of its own, and does not only multiply; {instead}")


# Transformers --------------------------------------------------------------------------------------------------------

# The functions of Transformers' schedules, recognised by name without an import.
_OF_TRANSFORMERS: dict[str, Callable[..., Schedule]] = {
    "_get_constant_lambda": transformers.get_constant_schedule,
    "_get_constant_schedule_with_warmup_lr_lambda": transformers.get_constant_schedule_with_warmup,
    "_get_linear_schedule_with_warmup_lr_lambda": transformers.get_linear_schedule_with_warmup,
    "_get_cosine_schedule_with_warmup_lr_lambda": transformers.get_cosine_schedule_with_warmup,
    "_get_cosine_with_hard_restarts_schedule_with_warmup_lr_lambda": (
        transformers.get_cosine_with_hard_restarts_schedule_with_warmup
    ),
    "_get_polynomial_decay_schedule_with_warmup_lr_lambda": transformers.get_polynomial_decay_schedule_with_warmup,
    "_get_inverse_sqrt_schedule_lr_lambda": transformers.get_inverse_sqrt_schedule,
    "_get_cosine_with_min_lr_schedule_with_warmup_lr_rate_lambda": (
        transformers.get_cosine_with_min_lr_schedule_with_warmup_lr_rate
    ),
    "_get_wsd_scheduler_lambda": transformers.get_wsd_schedule,
}
# The tolerance for equal factors.
_ROUNDING = 1e-12


def _of_transformers(function: Any, lr: float) -> Schedule | None:
    """The schedule of Transformers that this function is, judged by its name, arguments and values."""
    arguments = dict(function.keywords) if isinstance(function, partial) and not function.args else {}
    make = _OF_TRANSFORMERS.get(getattr(getattr(function, "func", function), "__name__", ""))
    if make is None:
        return None
    if "min_lr_rate" in arguments and make is transformers.get_cosine_schedule_with_warmup:
        make = transformers.get_cosine_with_min_lr_schedule_with_warmup  # both have functions of the same name
    # An absolute floor is divided by the rate that the optimizer was built with, which may differ from the group's.
    built_with = arguments.pop("lr_init", None)
    if built_with is not None and built_with != lr:
        arguments["lr_end"] = arguments["lr_end"] / built_with * lr
    try:
        named = make(**arguments, lr=lr)
        same = all(abs(named(step) - lr * function(step)) <= _ROUNDING * abs(lr) for step in _telling_steps(arguments))
    except (TypeError, ValueError, ArithmeticError):  # another version of Transformers, or a foreign function
        return None
    return named if same else None


def _telling_steps(arguments: Mapping[str, Any]) -> Iterator[int]:
    """Steps throughout a run, and those around each beginning and end."""
    lengths = [length for name, length in arguments.items() if name.endswith("_steps") and length is not None]
    ends = [sum(lengths[:count]) for count in range(len(lengths) + 1)] + lengths
    # Restarts are equidistant; rounding may put one of them a step late.
    warmup, total = arguments.get("num_warmup_steps", 0), arguments.get("num_training_steps") or 0
    cycles = arguments.get("num_cycles", 0)
    ends += [warmup + (total - warmup) * cycle / cycles for cycle in range(math.ceil(min(cycles, 1000)))]
    for end in ends:
        yield from (step for step in range(math.floor(end) - 1, math.ceil(end) + 2) if step >= 0)
    yield from range(0, math.ceil(max(ends)) + 50, max(1, math.ceil(max(ends)) // 200))
