"""A live scheduler of torch as the equal pure schedule.

What is said of a scheduler here is said of one parameter group. Some of torch's schedulers multiply the rate that they
find in the group (`StepLR`, `LinearLR` and so on); the others write over it (`LambdaLR`, `OneCycleLR`). Alone that makes no
difference. A `ChainedScheduler` is a product only of the first kind.

A `SequentialLR` or `ChainedScheduler` within another is refused: releases of torch differ in what they make of it, and none
makes of it what its parts say.

Public attributes are read, and `LRScheduler.state_dict`, which by its documentation has an entry for every variable but
the optimizer. Called by that name, and not as the method that its subclasses put in its place, it has the functions and
the schedulers within others too, which those leave out.
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

# Torch's recursions in float32 stray by less than this part of the rate; what somebody else has written is further off.
_STRAYING = 1e-2
# Below this part of the highest rate there is nothing left to compare: it has gone down to 0.
_NOTHING = 1e-6


def from_torch(
    lr_scheduler: LRScheduler,
    *,
    group: int | None = None,
    key: Literal["lr", "momentum"] = "lr",
    steps: int = 100_000,
) -> Schedule:
    """The pure schedule that has, from update 0 on, the values that a live scheduler of torch writes.

    It is the same whatever step the scheduler has reached, and neither it nor its optimizer is changed. The step is
    counted as the scheduler counts: in calls of its ``step()``. What it is made of is under `pure_schedules.like`, and
    for the schedulers of Transformers too; the function of a `LambdaLR`, a `MultiplicativeLR` or a `CyclicLR` becomes a
    child of the schedule, and for a scheduler of `lambda_lr` its own schedule is given back.

    Args:
        lr_scheduler: the scheduler. Nothing else may have written the rates that it multiplies.
        group: index of the parameter group; it may be left out where all groups have the same curve.
        key: "momentum" for the momentum, or the first of ``betas``, that `OneCycleLR` and `CyclicLR` cycle beside the rate.
        steps: how far a `MultiplicativeLR` is followed, which alone has no formula; then the value is held [steps].

    Raises:
        TypeError: it is not a scheduler of torch; it follows a metric; only its own code knows its rates.
        ValueError: the groups have different curves and none was chosen; torch itself fails on it, or computes what no
            formula here has; the rate has been written by something else.

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
    """The schedule of a group's rate."""
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
    """Refuse a scheduler that multiplies a rate which another hand has changed: its curve is not what it does."""
    counting = scheduler if hasattr(scheduler, "last_epoch") else _within(scheduler)[0]  # a ChainedScheduler does not count
    step = counting.last_epoch
    expected, found = schedule(step), float(scheduler.get_last_lr()[group])
    highest = max(abs(_base(_first(scheduler), group)), abs(expected))
    if not math.isclose(found, expected, rel_tol=_STRAYING, abs_tol=_NOTHING * highest):
        _refuse(
            "from_torch",
            f"this {type(scheduler).__name__} has written the rate {found!r} for update {step}, where its own curve has "
            f"{expected!r}: something else has written the rate that it multiplies, be it another scheduler or a resume; "
            "build it anew, on an optimizer of its own that has not been stepped"
            + (", and join what main schedule there is with like.torch.SWALR" if _is(scheduler, SWALR) else ""),
        )


def _momentum(scheduler: Any, group: int) -> Schedule:
    """The schedule of the momentum that is cycled beside the rate."""
    where, name = "from_torch", type(scheduler).__name__
    if not (_is(scheduler, theirs.OneCycleLR) or _is(scheduler, theirs.CyclicLR)):
        _refuse(where, f"only OneCycleLR and CyclicLR have a momentum, and this is a {name}; leave key out")
    if not scheduler.cycle_momentum:
        _refuse(where, f"this {name} leaves the momentum alone, for cycle_momentum is False; leave key out")
    if _is(scheduler, theirs.CyclicLR):
        low, high = scheduler.base_momentums[group], scheduler.max_momentums[group]
        return like.CyclicLR_momentum(base_momentum=low, max_momentum=high, **_cycles(scheduler))
    entries = scheduler.optimizer.param_groups[group]
    low, high = entries["base_momentum"], entries["max_momentum"]
    return like.OneCycleLR_momentum(base_momentum=low, max_momentum=high, **_cycle(scheduler, where))


# What schedulers there are -------------------------------------------------------------------------------------------

# What a subclass may define and still be the scheduler that it is a subclass of.
_HARMLESS = {"state_dict", "load_state_dict", "get_last_lr", "print_lr"}


def _kind(scheduler: LRScheduler) -> tuple[type | None, list[str]]:
    """The scheduler of torch that this one is, and which of its methods it overrides."""
    overridden: list[str] = []
    for kind in type(scheduler).__mro__:
        if kind in _LEAVES or kind in (theirs.SequentialLR, theirs.ChainedScheduler, theirs.ReduceLROnPlateau):
            return kind, [name for name in overridden if hasattr(kind, name)]
        overridden += [name for name in vars(kind) if not name.startswith("__") and name not in _HARMLESS]
    return None, []


def _refuse_unknown(scheduler: Any, where: str) -> None:
    """Refuse what is no function of the step, or none that one could know."""
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
            f"{where}: {name} follows a metric, and is no function of the step; "
            "multiply a schedule with the factor of pure_schedules.reactive.reduce_on_plateau instead"
        )
    if kind is None:
        raise TypeError(
            f"{where}: {name} is not one of torch's own schedulers: what its get_lr gives is known to its code alone; "
            f"{instead}"
        )
    if overridden:
        raise TypeError(
            f"{where}: {name} is a {kind.__name__} with {' and '.join(overridden)} of its own: "
            f"what that gives is known to its code alone; {instead}"
        )


def _refuse(where: str, reason: str) -> NoReturn:
    raise ValueError(f"{where}: {reason}")


def _state(scheduler: LRScheduler) -> dict[str, Any]:
    return LRScheduler.state_dict(scheduler)


def _within(scheduler: LRScheduler) -> list[LRScheduler]:
    """The schedulers in a SequentialLR or ChainedScheduler, of which there is no public attribute."""
    return list(_state(scheduler)["_schedulers"])


def _is(scheduler: LRScheduler, kind: type) -> bool:
    return _kind(scheduler)[0] is kind


def _first(scheduler: LRScheduler) -> LRScheduler:
    """The scheduler, or the first of those that it is made of."""
    while not hasattr(scheduler, "base_lrs"):
        scheduler = _within(scheduler)[0]
    return scheduler


def _group_count(scheduler: LRScheduler) -> int:
    """How many groups the scheduler was built for: it does not serve those that were added since."""
    return len(_first(scheduler).base_lrs)


def _base(scheduler: LRScheduler, group: int) -> float:
    """The rate with which the scheduler begins, and which it then multiplies if it does."""
    return float(scheduler.base_lrs[group])


# One scheduler -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Turn:
    """How a scheduler comes to its first update, in one group."""

    group: int
    #: The rate that it multiplies; or 1.0 in a chain, for a factor.
    rate: float
    #: Whether that is at a milestone, where a SequentialLR has it write its rate at 0 over that of the update before.
    later: bool
    #: For how many steps it is in charge, or is followed.
    length: int
    where: str


def _refuse_later(scheduler: Any, turn: _Turn, reason: str) -> None:
    if turn.later:
        _refuse(turn.where, f"a {type(scheduler).__name__} {reason}")


def _shortest(value: float, holds: Callable[[float], bool]) -> float:
    """A number that was computed from the one that somebody gave: that one, which is short, if it can be told."""
    shorter = (float(f"{value:.{digits}g}") for digits in range(1, 17))
    return next((number for number in shorter if holds(number)), value)


def _step(scheduler: Any, turn: _Turn) -> Schedule:
    return like.StepLR(step_size=scheduler.step_size, gamma=scheduler.gamma, lr=turn.rate)


def _multi_step(scheduler: Any, turn: _Turn) -> Schedule:
    return like.MultiStepLR(milestones=sorted(scheduler.milestones.elements()), gamma=scheduler.gamma, lr=turn.rate)


_NO_STEPS = "with total_iters=0 has no rate of its own at a milestone; leave it out"


def _constant(scheduler: Any, turn: _Turn) -> Schedule:
    if scheduler.total_iters <= 0:  # torch's own never reaches its end then
        _refuse_later(scheduler, turn, _NO_STEPS)
        return constant(value=turn.rate * scheduler.factor)
    if scheduler.factor == 0:
        _refuse(turn.where, "a ConstantLR with factor 0 divides by zero at its total_iters; write join([...]) instead")
    return like.ConstantLR(factor=scheduler.factor, total_iters=scheduler.total_iters, lr=turn.rate)


def _linear(scheduler: Any, turn: _Turn) -> Schedule:
    if scheduler.total_iters == 0:  # torch's own never reaches its end then
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
    if length == 0 or power == 0:  # torch's own stays where it is then
        return constant(value=turn.rate)
    return like.PolynomialLR(total_iters=length, power=power, lr=turn.rate)


def _cosine(scheduler: Any, turn: _Turn) -> Schedule:
    return like.CosineAnnealingLR(T_max=scheduler.T_max, eta_min=scheduler.eta_min, lr=turn.rate)


def _restarts(scheduler: Any, turn: _Turn) -> Schedule:
    return like.CosineAnnealingWarmRestarts(
        T_0=scheduler.T_0, T_mult=scheduler.T_mult, eta_min=scheduler.eta_min, lr=turn.rate
    )


def _cycles(scheduler: Any) -> dict[str, Any]:
    """What the rate and the momentum of a CyclicLR have in common."""
    size = scheduler.total_size
    # The length of the way up is kept only as a part of the whole: where it was a whole number it becomes one again.
    up = size * scheduler.step_ratio
    up = round(up) if math.isclose(up, round(up), rel_tol=1e-9) else up
    lengths = {"step_size_up": up, "step_size_down": size - up}
    # Of its own function there is no public attribute: the public method says only what it gives.
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
    """What the rate and the momentum of a OneCycleLR have in common."""
    # Its phases and its curve have no public attribute.
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
    group = scheduler.optimizer.param_groups[turn.group]  # where torch's own keeps its rates
    peak, start, end = (float(group[name]) for name in ("max_lr", "initial_lr", "min_lr"))
    if start == 0:
        return constant(value=0.0)
    return like.OneCycleLR(
        max_lr=peak,
        div_factor=_shortest(peak / start, lambda factor: peak / factor == start),
        # An infinite one is no finite number, but this one gives 0 as well, or what is next to it.
        final_div_factor=_shortest(start / end, lambda factor: start / factor == end) if end else sys.float_info.max,
        **_cycle(scheduler, turn.where),
    )


_FROM_WHAT_IT_FINDS = (
    "goes on from the rate that it finds at its milestone, and releases of torch differ in how; convert the schedulers one "
    "by one, and put them together with join"
)


def _averaging(scheduler: Any, turn: _Turn) -> Schedule:
    _refuse_later(scheduler, turn, _FROM_WHAT_IT_FINDS)
    return like.SWALR(
        swa_lr=float(scheduler.optimizer.param_groups[turn.group]["swa_lr"]),
        anneal_epochs=scheduler.anneal_epochs,
        # Of its name there is no public attribute, but of the function there is.
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
    if function is None:  # only in one of lambda_lr
        _refuse(turn.where, f"param_groups[{turn.group}] is left alone by this scheduler; choose another group")
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


# What multiplies the rate that it finds, and so is a factor wherever it stands in a chain.
_FACTORS = {
    theirs.StepLR,
    theirs.MultiStepLR,
    theirs.ConstantLR,
    theirs.LinearLR,
    theirs.ExponentialLR,
    theirs.PolynomialLR,
    theirs.MultiplicativeLR,
}
# What writes over the rate at every update, whatever it finds.
_WRITING = {theirs.CosineAnnealingWarmRestarts, theirs.CyclicLR, theirs.OneCycleLR, theirs.LambdaLR, ScheduleLR}


def _leaf(scheduler: LRScheduler, turn: _Turn) -> Schedule:
    """A scheduler that is made of no others, as a schedule of rates; or of factors, where the rate it multiplies is 1."""
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
    except ValueError as error:  # of a schedule that takes less than torch does
        message = str(error)
        raise ValueError(message if message.startswith("from_torch") else f"{turn.where}: {message}") from None


# Schedulers of schedulers --------------------------------------------------------------------------------------------


def _refuse_other_bases(scheduler: LRScheduler, group: int) -> None:
    """Refuse schedulers that begin from different rates: which one the first multiplies depends on what was built last."""
    leaves = [leaf for leaf in _within(scheduler) if hasattr(leaf, "base_lrs") and not _is(leaf, theirs.CyclicLR)]
    bases = sorted({_base(leaf, group) for leaf in leaves})  # a CyclicLR has one of its own
    if len(bases) > 1:
        _refuse(
            "from_torch",
            f"the schedulers of this {type(scheduler).__name__} begin from different rates, {bases}: something has changed "
            "initial_lr between, as OneCycleLR does; build the schedulers on optimizers of their own, convert each, and "
            "put them together with join or multiply",
        )


def _sequence(scheduler: LRScheduler, group: int, steps: int) -> Schedule:
    """Each scheduler from its milestone on: the first goes on from initial_lr, the others write their own rate there."""
    # Its milestones have no public attribute.
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
    """The product of schedulers that multiply."""
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
        # From 0 it rises by adding, and so drops what the others have multiplied.
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

# The function that each schedule of Transformers gives a LambdaLR, which is not imported to be recognised.
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
# A factor is the same if it differs by no more than what rounding makes of it.
_ROUNDING = 1e-12


def _of_transformers(function: Any, lr: float) -> Schedule | None:
    """The schedule of Transformers that this function is, if its name, its arguments and its values are those of one."""
    arguments = dict(function.keywords) if isinstance(function, partial) and not function.args else {}
    make = _OF_TRANSFORMERS.get(getattr(getattr(function, "func", function), "__name__", ""))
    if make is None:
        return None
    if "min_lr_rate" in arguments and make is transformers.get_cosine_schedule_with_warmup:
        make = transformers.get_cosine_with_min_lr_schedule_with_warmup  # the two have functions of the same name
    # One floor is absolute, and then divided by the rate that the optimizer was built with, which need not be the group's.
    built_with = arguments.pop("lr_init", None)
    if built_with is not None and built_with != lr:
        arguments["lr_end"] = arguments["lr_end"] / built_with * lr
    try:
        named = make(**arguments, lr=lr)
        same = all(abs(named(step) - lr * function(step)) <= _ROUNDING * abs(lr) for step in _telling_steps(arguments))
    except (TypeError, ValueError, ArithmeticError):  # another version of Transformers, or somebody else's function
        return None
    return named if same else None


def _telling_steps(arguments: Mapping[str, Any]) -> Iterator[int]:
    """Steps all over a run, and those about which something begins or ends."""
    lengths = [length for name, length in arguments.items() if name.endswith("_steps") and length is not None]
    ends = [sum(lengths[:count]) for count in range(len(lengths) + 1)] + lengths
    # Restarts come at equal distances, and rounding may put one of them a step late.
    warmup, total = arguments.get("num_warmup_steps", 0), arguments.get("num_training_steps") or 0
    cycles = arguments.get("num_cycles", 0)
    ends += [warmup + (total - warmup) * cycle / cycles for cycle in range(math.ceil(min(cycles, 1000)))]
    for end in ends:
        yield from (step for step in range(math.floor(end) - 1, math.ceil(end) + 2) if step >= 0)
    yield from range(0, math.ceil(max(ends)) + 50, max(1, math.ceil(max(ends)) // 200))
