"""A live scheduler of torch as the equal pure schedule, and the step at which a checkpoint of one goes on.

What is said of a scheduler here is said of one parameter group. Torch's schedulers are of two kinds: some multiply the
rate that they find in the group (`StepLR`, `LinearLR` and so on), others write over it (`LambdaLR`, `OneCycleLR`). Alone
that makes no difference. In a `SequentialLR` or a `ChainedScheduler` it makes all of it, so there it is kept track of.

Public attributes are read, and `LRScheduler.state_dict`, which by its documentation has an entry for every variable but
the optimizer. Called by that name, and not as the method that its subclasses put in its place, it has the functions and
the schedulers within others too, which those leave out.
"""

import math
import sys
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Any, Literal, NamedTuple, NoReturn

import torch
from torch.optim import lr_scheduler as theirs
from torch.optim.lr_scheduler import LRScheduler
from torch.optim.swa_utils import SWALR

from pure_schedules import Schedule, constant, join, multiply, piecewise_constant, scale, shift
from pure_schedules.like import torch as like
from pure_schedules.like import transformers

from ._lambda_lr import ScheduleLR

# Torch's recursions in float32 stray by less than this part of the rate; what somebody else has written is further off.
_STRAYING = 1e-2
# Below this part of the highest rate there is nothing left to compare: it has gone down to 0.
_NOTHING = 1e-6
# How often a CosineAnnealingLR in a chain is followed down to 0 and up again, where it matters.
_WAVES = 16


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
    start = _start(scheduler, group)
    part = _part(scheduler, _Entry(group, start, start, "built", 0, steps, "from_torch"))
    if part.writes is not None:
        _confirm(scheduler, group, part.schedule, start)
    return part.schedule


def _confirm(scheduler: LRScheduler, group: int, schedule: Schedule, start: float) -> None:
    """Refuse a scheduler that multiplies a rate which another hand has changed: its curve is not what it does."""
    counting = scheduler
    while not hasattr(counting, "last_epoch"):  # a ChainedScheduler does not count
        counting = _within(counting)[0]
    step = counting.last_epoch
    expected, found = schedule(step), float(scheduler.get_last_lr()[group])
    highest = max(abs(start), abs(expected))
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


def _of(where: str) -> str:
    """A place, to be followed by one within it."""
    return "from_torch:" if where == "from_torch" else f"{where},"


def _state(scheduler: LRScheduler) -> dict[str, Any]:
    return LRScheduler.state_dict(scheduler)


def _within(scheduler: LRScheduler) -> list[LRScheduler]:
    """The schedulers in a SequentialLR or ChainedScheduler, of which there is no public attribute."""
    return list(_state(scheduler)["_schedulers"])


def _is(scheduler: LRScheduler, kind: type) -> bool:
    return _kind(scheduler)[0] is kind


def _group_count(scheduler: LRScheduler) -> int:
    """How many groups the scheduler was built for: it does not serve those that were added since."""
    while not hasattr(scheduler, "base_lrs"):
        scheduler = _within(scheduler)[0]
    return len(scheduler.base_lrs)


def _base(scheduler: LRScheduler, group: int) -> float:
    return float(scheduler.base_lrs[group])


def _start(scheduler: LRScheduler, group: int) -> float:
    """The rate with which the scheduler begins, and which it then multiplies if it does.

    A SequentialLR goes back to the entry that the group has, which a OneCycleLR in it changes, so one in a chain tells.
    """
    first, sequential = scheduler, _is(scheduler, theirs.SequentialLR)
    while not hasattr(first, "base_lrs"):
        sequential = sequential or any(_is(inner, theirs.SequentialLR) for inner in _within(first))
        first = _within(first)[0]
    entry = scheduler.optimizer.param_groups[group].get("initial_lr")  # which a checkpoint may have lost
    return float(entry) if sequential and entry is not None else _base(first, group)


# One scheduler -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Entry:
    """How a scheduler comes to its first update, in one group."""

    group: int
    #: The rate that it multiplies; or 1.0 in a chain, for a factor.
    rate: float
    #: The rate that the optimizer was built with.
    base: float
    #: "built": its constructor takes the first step. "reached": at a milestone, where a SequentialLR has it write its
    #: rate at 0 over that of the update before, which is `rate`. "stepped": a SequentialLR or ChainedScheduler that it
    #: is in was built, and then stepped to update 0 by the SequentialLR around that, as if it were a later one.
    how: Literal["built", "reached", "stepped"]
    #: In how many SequentialLR it is that were built after it, each of which has stepped it once.
    ahead: int
    #: For how many steps it is in charge, or is followed.
    length: int
    where: str


class _Part(NamedTuple):
    """A scheduler as a schedule, and what it does to the work of others in the same chain."""

    schedule: Schedule
    #: The updates at which it writes over the rate, and multiplies it at all others; None if it writes at every update.
    writes: tuple[int, ...] | None = ()
    #: The updates at which it adds to a rate that it has brought down to 0, and so begins anew.
    adds: tuple[int, ...] = ()
    #: Why it is no factor in a chain with others.
    alone: str = ""


def _refuse_division(scheduler: Any, entry: _Entry) -> None:
    if entry.how == "reached":
        _refuse(
            entry.where, f"a {type(scheduler).__name__} with total_iters=0 divides by zero at its milestone; leave it out"
        )


def _refuse_stepped(scheduler: Any, entry: _Entry) -> None:
    if entry.how == "stepped":
        _refuse(
            entry.where,
            f"a SequentialLR takes a step too many of a {type(scheduler).__name__} in a scheduler within it, and puts it on "
            "no curve of its kind; convert the schedulers one by one, and put them together with join",
        )


def _shortest(value: float, holds: Callable[[float], bool]) -> float:
    """A number that was computed from the one that somebody gave: that one, which is short, if it can be told."""
    shorter = (float(f"{value:.{digits}g}") for digits in range(1, 17))
    return next((number for number in shorter if holds(number)), value)


def _step(scheduler: Any, entry: _Entry) -> _Part:
    return _Part(like.StepLR(step_size=scheduler.step_size, gamma=scheduler.gamma, lr=entry.rate))


def _multi_step(scheduler: Any, entry: _Entry) -> _Part:
    milestones = sorted(scheduler.milestones.elements())
    return _Part(like.MultiStepLR(milestones=milestones, gamma=scheduler.gamma, lr=entry.rate))


def _constant(scheduler: Any, entry: _Entry) -> _Part:
    if scheduler.total_iters <= 0:  # torch's own never reaches its end then, unless it begins after it
        return _Part(constant(value=entry.rate * (1.0 if entry.how == "reached" else scheduler.factor)))
    if scheduler.factor == 0:
        _refuse(entry.where, "a ConstantLR with factor 0 divides by zero at its total_iters; write join([...]) instead")
    return _Part(like.ConstantLR(factor=scheduler.factor, total_iters=scheduler.total_iters, lr=entry.rate))


def _linear(scheduler: Any, entry: _Entry) -> _Part:
    if scheduler.total_iters == 0:
        _refuse_division(scheduler, entry)
        return _Part(constant(value=entry.rate * scheduler.start_factor))  # torch's own never reaches its end then
    return _Part(
        like.LinearLR(
            start_factor=scheduler.start_factor,
            end_factor=scheduler.end_factor,
            total_iters=scheduler.total_iters,
            lr=entry.rate,
        )
    )


def _exponential(scheduler: Any, entry: _Entry) -> _Part:
    gamma = scheduler.gamma
    return _Part(like.ExponentialLR(gamma=gamma, lr=entry.rate * (gamma if entry.how == "stepped" else 1.0)))


def _polynomial(scheduler: Any, entry: _Entry) -> _Part:
    length, power = scheduler.total_iters, scheduler.power
    if length == 0:
        _refuse_division(scheduler, entry)
    if length == 0 or power == 0:  # torch's own stays where it is then
        return _Part(constant(value=entry.rate))
    too_early = (length / (length + 1)) ** power if entry.how == "stepped" else 1.0
    return _Part(like.PolynomialLR(total_iters=length, power=power, lr=entry.rate * too_early))


def _cosine(scheduler: Any, entry: _Entry) -> _Part:
    length, floor, base = scheduler.T_max, scheduler.eta_min, _base(scheduler, entry.group)
    _refuse_stepped(scheduler, entry)
    if base != entry.base:
        _refuse(
            entry.where,
            f"this CosineAnnealingLR falls from the rate {entry.base!r} and rises to {base!r}: something has changed "
            "initial_lr between, as OneCycleLR does; build the schedulers on optimizers of their own, convert each, and "
            "put them together with join",
        )
    made = like.CosineAnnealingLR(T_max=length, eta_min=floor, lr=entry.rate)
    troughs = tuple(length * (2 * wave + 1) + 1 for wave in range(_WAVES))
    return _Part(made, adds=troughs, alone="" if floor == 0 else "its eta_min is not 0: it does not only multiply")


def _restarts(scheduler: Any, entry: _Entry) -> _Part:
    made = like.CosineAnnealingWarmRestarts(
        T_0=scheduler.T_0, T_mult=scheduler.T_mult, eta_min=scheduler.eta_min, lr=_base(scheduler, entry.group)
    )
    return _Part(made, writes=None)


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


def _cyclic(scheduler: Any, entry: _Entry) -> _Part:
    low, high = _base(scheduler, entry.group), float(scheduler.max_lrs[entry.group])
    made = like.CyclicLR(base_lr=low, max_lr=high, **_cycles(scheduler))
    begun = scheduler.optimizer.param_groups[entry.group].get("initial_lr", low)
    if entry.ahead == 0 and float(begun) != low:
        # Built where another scheduler had been, it takes that one's rate for its own until it is stepped.
        made = join([constant(value=float(begun)), shift(made, steps=-1)], boundaries=[1])
    return _Part(made, writes=None)


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


def _one_cycle(scheduler: Any, entry: _Entry) -> _Part:
    group = scheduler.optimizer.param_groups[entry.group]  # where torch's own keeps its rates
    peak, start, end = (float(group[name]) for name in ("max_lr", "initial_lr", "min_lr"))
    if start == 0:
        return _Part(constant(value=0.0), writes=None)
    made = like.OneCycleLR(
        max_lr=peak,
        div_factor=_shortest(peak / start, lambda factor: peak / factor == start),
        # An infinite one is no finite number, but this one gives 0 as well, or what is next to it.
        final_div_factor=_shortest(start / end, lambda factor: start / factor == end) if end else sys.float_info.max,
        **_cycle(scheduler, entry.where),
    )
    return _Part(made, writes=None)


def _averaging(scheduler: Any, entry: _Entry) -> _Part:
    _refuse_stepped(scheduler, entry)
    made = like.SWALR(
        swa_lr=float(scheduler.optimizer.param_groups[entry.group]["swa_lr"]),
        anneal_epochs=scheduler.anneal_epochs,
        # Of its name there is no public attribute, but of the function there is.
        anneal_strategy="linear" if scheduler.anneal_func(0.25) == 0.25 else "cos",
        lr=entry.rate,
    )
    return _Part(made, alone="it goes from the rate that it finds to its own, and does not multiply")


def _product(scheduler: Any, entry: _Entry) -> _Part:
    function = scheduler.lr_lambdas[entry.group]
    if scheduler.last_epoch > entry.length:
        _refuse(
            entry.where,
            f"a MultiplicativeLR is followed for steps={entry.length}, and this one is at {scheduler.last_epoch}; "
            "give the length of the run: from_torch(scheduler, steps=...)",
        )
    # Entered in any way but the first it is given its function at 0 as well.
    rate = entry.rate * (1.0 if entry.how == "built" else float(function(0)))
    return _Part(like.MultiplicativeLR(lr_lambda=function, steps=entry.length, lr=rate))


def _function(scheduler: Any, entry: _Entry) -> _Part:
    function, base = scheduler.lr_lambdas[entry.group], _base(scheduler, entry.group)
    if function is None:  # only in one of lambda_lr
        _refuse(entry.where, f"param_groups[{entry.group}] is left alone by this scheduler; choose another group")
    named = _of_transformers(function, base)
    if named is None:
        named = function if isinstance(function, Schedule) and base == 1.0 else scale(function, factor=base)
    return _Part(named, writes=None)


_LEAVES: dict[type, Callable[[Any, _Entry], _Part]] = {
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


# Schedulers within others --------------------------------------------------------------------------------------------


def _part(scheduler: LRScheduler, entry: _Entry) -> _Part:
    """Any scheduler as a schedule of absolute rates, or of factors where the rate that it multiplies is 1.0."""
    _refuse_unknown(scheduler, entry.where)
    if _is(scheduler, theirs.SequentialLR):
        return _sequence(scheduler, entry)
    if _is(scheduler, theirs.ChainedScheduler):
        return _chain(scheduler, entry)
    kind = _kind(scheduler)[0]
    assert kind is not None
    try:
        return _LEAVES[kind](scheduler, entry)
    except ValueError as error:  # of a schedule that takes less than torch does
        message = str(error)
        raise ValueError(message if message.startswith("from_torch") else f"{entry.where}: {message}") from None


def _sequence(scheduler: LRScheduler, entry: _Entry) -> _Part:
    """Each scheduler from its milestone on: the first goes on from initial_lr, the others write their own rate there."""
    # Its milestones have no public attribute.
    milestones = list(_state(scheduler)["_milestones"])
    if milestones != sorted(milestones):
        _refuse(
            entry.where, f"the milestones of this SequentialLR fall, and torch looks them up as if they rose: {milestones}"
        )
    if torch.__version__ < "2.13" and any(end <= start for start, end in pairwise([0, *milestones])):
        _refuse(
            entry.where,
            f"in torch {torch.__version__} a scheduler without a turn takes part in a SequentialLR, as it does not in 2.13: "
            f"{milestones}; leave out what never has its turn",
        )
    schedulers = _within(scheduler)
    # Every SequentialLR built around this one has stepped it once, so its own count runs ahead.
    begins = [milestone - entry.ahead for milestone in milestones]
    first = bisect_right(begins, 0)
    pieces: list[_Part] = []
    starts: list[int] = []
    writes: list[int] = [0] if entry.how == "built" else []
    adds: list[int] = []
    for index in range(first, len(schedulers)):
        start = 0 if index == first else begins[index - 1]
        end = begins[index] if index < len(begins) else math.inf
        if start == end:
            continue  # it never has its turn
        inner = schedulers[index]
        where = f"{_of(entry.where)} schedulers[{index}] of the SequentialLR"
        several = _is(inner, theirs.SequentialLR) or _is(inner, theirs.ChainedScheduler)
        how: Literal["built", "reached", "stepped"] = "stepped" if several or entry.how == "stepped" else "built"
        rate = entry.rate
        if index != first or (entry.how == "stepped" and first and begins[first - 1] == 0):
            how = "reached"
            if several:
                _refuse(
                    where,
                    f"at its milestone torch raises NotImplementedError for a {type(inner).__name__}; convert the "
                    "schedulers one by one, and put them together with join([...], boundaries=[...])",
                )
            if isinstance(inner, SWALR | theirs.MultiplicativeLR):  # which have no rate of their own to write there
                rate = _joined(pieces, starts)(start - 1) if pieces else entry.rate
            else:
                rate = _base(inner, entry.group)
                writes.append(start)
        length = min(entry.length, end - start)
        part = _part(inner, _Entry(entry.group, rate, rate, how, entry.ahead + 1, int(length), where))
        writes += [start + step for step in part.writes or () if step < end - start]
        adds += [start + step for step in part.adds if step < end - start]
        pieces.append(part)
        starts.append(start)
    alone = next((piece.alone for piece in pieces if piece.alone), "")
    if any(piece.writes is None for piece in pieces):
        alone = alone or "one of its schedulers writes over the rate at every update"
    always = all(piece.writes is None for piece in pieces)
    return _Part(_joined(pieces, starts), None if always else tuple(sorted({*writes})), tuple(adds), alone)


def _joined(pieces: list[_Part], starts: list[int]) -> Schedule:
    schedules = [piece.schedule for piece in pieces]
    return schedules[0] if len(schedules) == 1 else like.SequentialLR(schedulers=schedules, milestones=starts[1:])


def _links(scheduler: LRScheduler, where: str) -> Iterator[tuple[LRScheduler, str]]:
    """The schedulers of a chain, with those of a chain in it: torch steps them all, one after another."""
    for index, inner in enumerate(_within(scheduler)):
        place = f"{_of(where)} schedulers[{index}] of the ChainedScheduler"
        _refuse_unknown(inner, place)
        if _is(inner, theirs.ChainedScheduler):
            yield from _links(inner, place)
        else:
            yield inner, place


def _chain(scheduler: LRScheduler, entry: _Entry) -> _Part:
    """The product of what its schedulers are, as far as they multiply, from where one of them has written a rate last."""
    links = list(_links(scheduler, entry.where))
    if len(links) == 1:
        return _part(links[0][0], replace(entry, where=links[0][1]))
    parts: list[_Part] = []
    #: What each factor is of: a sequence has rates, and all others are factors themselves.
    units: list[float] = []
    for inner, where in links:
        units.append(entry.rate if _is(inner, theirs.SequentialLR) else 1.0)
        parts.append(_part(inner, replace(entry, rate=units[-1], where=where)))
    if parts[-1].writes is None:
        return parts[-1]  # whatever the others do
    for (inner, where), part in zip(links, parts, strict=True):
        if part.writes is None:
            _refuse(
                where,
                f"this {type(inner).__name__} writes over the rate at every update, and those behind it in the chain each "
                "multiply that by their last step alone; convert the schedulers one by one, and put them together with "
                "multiply",
            )
        if part.alone:
            _refuse(
                where,
                f"this {type(inner).__name__} is no factor: {part.alone}; convert the schedulers one by one, and put them "
                "together with multiply or join",
            )
    for index, part in enumerate(parts):
        others = {step for other in parts[:index] + parts[index + 1 :] for step in (*(other.writes or ()), *other.adds)}
        # It adds to a rate of 0, which is to write it; and that must not have been written over just now.
        if any(step in others or step - 1 in others for step in part.adds):
            _refuse(
                links[index][1],
                "this CosineAnnealingLR begins to rise where another scheduler in the chain begins anew: torch adds them; "
                "convert the schedulers one by one, and put them together with multiply",
            )
    schedules = [part.schedule for part in parts]
    boundaries, corrections = _corrections(parts, units, entry, links)
    writes = tuple(sorted({step for part in parts for step in part.writes or ()}))
    adds = tuple(sorted({step for part in parts for step in part.adds}))
    if boundaries:
        product = multiply([*schedules, piecewise_constant(values=corrections, boundaries=boundaries)])
    else:
        product = like.ChainedScheduler(schedulers=schedules, lr=corrections[0])
    return _Part(product, writes, adds)


def _corrections(
    parts: list[_Part], units: list[float], entry: _Entry, links: list[tuple[LRScheduler, str]]
) -> tuple[list[int], list[float]]:
    """What the product of the parts has to be multiplied by, and from which update on.

    Where one part writes its rate, what the others had multiplied before is lost: those in front of it in the chain
    multiply again from the next update on, those behind it from this one on.
    """
    schedules = [part.schedule for part in parts]
    values = [entry.rate / math.prod(units)]
    boundaries: list[int] = []
    events = sorted({(step, index) for index, part in enumerate(parts) for step in (*(part.writes or ()), *part.adds)})
    for step, index in events:
        lost = math.prod(
            units[other] if step == 0 and other > index else schedule(step - (other > index))
            for other, schedule in enumerate(schedules)
            if other != index
        )
        if lost == 0.0:
            _refuse(
                links[index][1],
                f"this {type(links[index][0]).__name__} begins anew at update {step}, where a factor in the chain is 0; "
                "convert the schedulers one by one, and put them together with join",
            )
        value = entry.rate / units[index] / lost
        if step == 0:
            values = [value]
        elif boundaries and boundaries[-1] == step:
            values[-1] = value  # the last in the chain to write has the say
        elif not math.isclose(value, values[-1], rel_tol=1e-14):
            boundaries.append(step)
            values.append(value)
    return boundaries, values


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
