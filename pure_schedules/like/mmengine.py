"""The `param_scheduler` of MMEngine 0.10.7: a list of schedulers in one configuration, each in a window of its own.

**Clock.** The schedule at k is the rate of update k, counted from 0. A scheduler with ``by_epoch=True`` moves once after
each epoch of `epoch_length` updates, unless it is converted to updates by ``convert_to_iter_based=True``.

**Windows.** MMEngine's schedulers change the current rate between `begin` and `end`, and leave it unchanged outside. So
a list of them is a product, except for one that falls to a floor (`CosineAnnealingLR`, `PolyLR`): it starts from the
rate reached when it begins, and no other may change it meanwhile, unless its floor is 0. A window of length L has L
values, so a scheduler is at its end one step before its window is over.

**lr.** This is the rate of the optimizer, which MMEngine multiplies; without it the schedule is a factor, if every
floor is 0 or a ratio. ``ReduceOnPlateauLR`` follows a metric and is not a function of the step.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from pure_schedules import clocks, combinators, decays, knots, shapes
from pure_schedules._schedule import Schedule, value_at
from pure_schedules.checks import Refused, Rule, positive
from pure_schedules.numeric import Value

from .._trees import briefly
from . import torch
from ._peer import peer
from ._settings import MOST_PARTS, Settings, length_of_run, refuse_two_lengths

__all__ = ["param_scheduler"]

#: MMEngine's default for the end of a window.
_NEVER = 10**9


@dataclass(frozen=True)
class _Window:
    """One scheduler: its parameters, its first update, and the number and length of its own steps."""

    name: str
    given: Mapping[str, Any]
    begin: Value
    length: int
    step: Value

    @property
    def end(self) -> Value:
        return self.begin + self.length * self.step

    def placed(self, curve: Schedule, *, before: Value = 1.0, last: int | None = None) -> Schedule:
        """A curve of its own steps, on the run's clock: another value before its first step, constant after its last."""
        last = self.length - 1 if last is None else last
        if self.length < _NEVER // 2:
            curve = clocks.on_clock(curve, combinators.clip(knots.consumed(sizes=[1], boundaries=[]), high=last))
        if self.step != 1:
            curve = clocks.staircase(clocks.stretch(curve, factor=self.step), every=self.step)
        return (
            curve if self.begin == 0 else combinators.join([shapes.constant(value=before), curve], boundaries=[self.begin])
        )


def _some_configurations(value: Any) -> Any:
    """A list of dicts, or one of them."""
    several = [value] if isinstance(value, Mapping) else value
    if not isinstance(several, Sequence) or not several or not all(isinstance(each, Mapping) for each in several):
        raise Refused("must be a list of dicts", "write [dict(type='MultiStepLR', milestones=[8, 11])]")
    return tuple(dict(each) for each in several)


#: The parameters of each scheduler besides those of its window, with their defaults; `...` where it must be given.
_PARAMETERS: Mapping[str, Mapping[str, Any]] = {
    "ConstantLR": {"factor": 1 / 3},
    "CosineAnnealingLR": {"T_max": None, "eta_min": None, "eta_min_ratio": None},
    "CosineRestartLR": {"periods": ..., "restart_weights": (1,), "eta_min": None, "eta_min_ratio": None},
    "ExponentialLR": {"gamma": ...},
    "LinearLR": {"start_factor": 1 / 3, "end_factor": 1.0},
    "MultiStepLR": {"milestones": ..., "gamma": 0.1},
    "OneCycleLR": {
        "eta_max": ...,
        "total_steps": ...,
        "pct_start": 0.3,
        "anneal_strategy": "cos",
        "div_factor": 25.0,
        "final_div_factor": 1e4,
        "three_phase": False,
    },
    "PolyLR": {"eta_min": 0, "power": 1.0},
    "StepLR": {"step_size": ..., "gamma": 0.1},
}
_OF_THE_WINDOW = {"type", "begin", "end", "by_epoch", "convert_to_iter_based", "verbose"}
#: Lengths, which are converted with the window.
_LENGTHS = ("T_max", "milestones", "periods", "step_size")


def _window(config: Mapping[str, Any], epoch_length: Value, ends: Mapping[bool, Value | None]) -> _Window:
    name = str(config.get("type")).rpartition(".")[2]
    if name not in _PARAMETERS:
        raise ValueError(f"there is no scheduler {config.get('type')!r}; there are {', '.join(_PARAMETERS)}")
    known = _PARAMETERS[name]
    for each in config:
        if each not in known and each not in _OF_THE_WINDOW:
            raise ValueError(f"{name} has no {each!r}; it has {', '.join(sorted([*known, *_OF_THE_WINDOW]))}")
    given = {each: config.get(each, default) for each, default in known.items()}
    for each, value in given.items():
        if value is ...:
            raise ValueError(f"{name} needs {each}; write dict(type={name!r}, {each}=...)")
    by_epoch = config.get("by_epoch", True)
    begin, end = config.get("begin", 0), config.get("end", ends[by_epoch])
    end = _NEVER if end is None else end
    if end <= begin:
        raise ValueError(f"{name}: end must be above begin, got begin={begin!r} and end={end!r}; raise end")
    converted = by_epoch and config.get("convert_to_iter_based", False)
    step = epoch_length if by_epoch and not converted else 1
    unit = epoch_length if converted else 1
    for each in _LENGTHS:
        length = given.get(each)
        if length is not None:
            given[each] = [part * unit for part in length] if isinstance(length, Sequence) else length * unit
    length = end - begin if end == _NEVER else int(end * unit) - int(begin * unit)
    return _Window(name, given, int(begin * unit) * step, length, step)


def _factor(window: _Window) -> Schedule:
    """What a scheduler multiplies the rate by, without a floor."""
    given, last = window.given, window.length - 1
    make: Mapping[str, Callable[[], Schedule]] = {
        "ConstantLR": lambda: knots.piecewise_constant(
            values=[given["factor"], 1.0] if last else [given["factor"]], boundaries=[last] if last else []
        ),
        "CosineAnnealingLR": partial(_fall, window, 1.0, 0.0),
        "ExponentialLR": lambda: decays.exponential_decay(start=1.0, rate=given["gamma"]),
        "LinearLR": lambda: shapes.linear(
            start=given["start_factor"], end=given["end_factor"] if last else given["start_factor"], steps=last
        ),
        "MultiStepLR": lambda: knots.multi_step(start=1.0, factor=given["gamma"], boundaries=sorted(given["milestones"])),
        "PolyLR": partial(_fall, window, 1.0, 0.0),
        "StepLR": lambda: decays.step_decay(start=1.0, factor=given["gamma"], every=given["step_size"]),
    }
    return window.placed(make[window.name]())


def _fall(window: _Window, start: Value, end: Value) -> Schedule:
    """The curve of a scheduler that goes to a floor, in its own steps."""
    last = window.length - 1
    if window.name == "PolyLR":
        return shapes.polynomial(start=start, end=end if last else start, steps=last, power=window.given["power"])
    length = window.given["T_max"] or window.length
    if last > length:
        return decays.sinusoid(start=start, end=end, period=2 * length)
    return shapes.cosine(start=start, end=end, steps=length)


def _absolute(window: _Window, lr: Value) -> Schedule:
    """A scheduler that overwrites the rate."""
    given = window.given
    if window.name == "OneCycleLR":
        cycle = {each: value for each, value in given.items() if each != "eta_max"}
        return window.placed(torch.OneCycleLR(max_lr=given["eta_max"], **cycle), before=lr)
    periods, weights = given["periods"], given["restart_weights"]
    if len(periods) != len(weights):
        raise ValueError(f"CosineRestartLR: restart_weights must be as many as periods, got {weights!r} and {periods!r}")
    floor = _floor(window, lr)
    waves = [shapes.cosine(start=lr * w, end=floor, steps=n) for n, w in zip(periods, weights, strict=True)]
    return window.placed(combinators.join(waves), before=lr, last=min(sum(periods), window.length) - 1)


def _floor(window: _Window, lr: Value) -> Any:
    rate, ratio = window.given.get("eta_min"), window.given.get("eta_min_ratio")
    if rate is not None and ratio is not None:
        raise ValueError(f"{window.name}: eta_min and eta_min_ratio are the same; give one of them")
    return lr * ratio if ratio is not None else 0 if rate is None else rate


@peer(
    schedulers=Rule(_some_configurations),
    epoch_length=positive,
    max_epochs=positive,
    max_iters=positive,
)
def param_scheduler(
    *,
    schedulers: Sequence[Mapping[str, Any]],
    epoch_length: Value,
    max_epochs: Value | None = None,
    max_iters: Value | None = None,
    lr: Value | None = None,
) -> Schedule:
    """The rate of a list of schedulers, as in `param_scheduler` of MMDetection or MMPretrain.

        multiply([constant(lr), a factor for each scheduler, 1 before it begins and held after it ends])

    Args:
        schedulers: the dicts of the configuration, each with its `type`; or one of them.
        epoch_length: updates in an epoch, positive [steps].
        max_epochs: length of the run in epochs, positive: the default `end` of a window in epochs [1].
        max_iters: the same for a window in updates; `max_epochs` of them if left out [steps].
        lr: the rate of the optimizer; without it the schedule is a factor, if each floor is 0 or a ratio [lr].

    Differs:
        Schedulers that move while another falls to a floor above 0 are refused; MMEngine lets each change what the
        other has left. So is a cosine that climbs again after its end from another rate than the optimizer's.

    Raises:
        ValueError: a scheduler is unknown, has an unknown parameter, or lacks one; a window is empty; a rate stands beside
            a factor; two of them move at once as said above.

    Example:
        >>> from pure_schedules.like.mmengine import param_scheduler
        >>> lr = param_scheduler(  # schedule_1x of MMDetection
        ...     schedulers=[
        ...         {"type": "LinearLR", "start_factor": 0.001, "by_epoch": False, "begin": 0, "end": 500},
        ...         {"type": "MultiStepLR", "begin": 0, "end": 12, "milestones": [8, 11], "gamma": 0.1},
        ...     ],
        ...     epoch_length=7330,
        ...     max_epochs=12,
        ...     lr=0.02,
        ... )
        >>> [round(lr(step), 9) for step in (0, 499, 7330 * 8 - 1, 7330 * 8, 7330 * 11)]
        [2e-05, 0.02, 0.02, 0.002, 0.0002]

    Source: MMEngine 0.10.7, `mmengine/optim/scheduler/param_scheduler.py`, `mmengine/runner/runner.py` and
        `mmengine/hooks/param_scheduler_hook.py`.
    """
    iterations = max_iters if max_iters is not None or max_epochs is None else max_epochs * epoch_length
    windows = [_window(config, epoch_length, {True: max_epochs, False: iterations}) for config in schedulers]
    for window in windows:
        rates = [each for each in ("eta_min", "eta_max") if window.given.get(each)]
        if lr is None and rates:
            raise ValueError(
                f"{window.name}: {rates[0]} is a rate, and without lr the schedule is a factor of one; "
                "write lr=..., the rate that the optimizer was built with"
            )
    base = 1.0 if lr is None else lr
    if any(window.name in ("OneCycleLR", "CosineRestartLR") for window in windows):
        if len(windows) > 1:
            raise ValueError("OneCycleLR and CosineRestartLR set the rate, whatever the others do; give such a one alone")
        return _absolute(windows[0], base)
    factors = [(window, _factor(window)) for window in windows if not _floor(window, base)]

    def product(step: Value, *, without: _Window) -> Any:
        others = [factor for window, factor in factors if window is not without]
        return value_at(combinators.multiply([shapes.constant(value=1.0), *others]), step)

    rate = shapes.constant(value=base)
    for window in sorted(windows, key=lambda each: each.begin):
        floor, turn = _floor(window, base), window.given.get("T_max")
        found = value_at(rate, window.begin) * product(window.begin, without=window)
        if turn and window.length - 1 > turn:
            later = value_at(rate, window.begin) * product(window.begin + turn * window.step, without=window)
            if not found == later == base:
                raise ValueError(f"{window.name} climbs again after T_max, and not from the optimizer's rate; lower its end")
        if not floor:
            continue
        for other in windows:
            if other is not window and other.begin < window.end and window.begin < other.end - other.step:
                raise ValueError(
                    f"{other.name} moves while {window.name} falls to {floor!r}; let one begin where the other ends"
                )
        by = product(window.begin, without=window)
        placed = window.placed(_fall(window, value_at(rate, window.begin), floor / by))
        rate = placed if window.begin == 0 else combinators.switch([rate, placed], boundaries=[window.begin])
    return combinators.multiply([rate, *(factor for _, factor in factors)])


# From a file ---------------------------------------------------------------------------------------------------------


def from_config(
    config: Mapping[str, Any], *, total_steps: int | None = None, batches_per_epoch: int | None = None
) -> Schedule:
    """The rate of a configuration of MMEngine: of its `param_scheduler`, `optim_wrapper` and `train_cfg`.

    Momentum schedulers are ignored. Give a configuration in Python as the mapping that it defines, as
    ``Config.fromfile(...).to_dict()``, or dumped as JSON.

    Args:
        config: the content of the file.
        total_steps: updates in the run, if `train_cfg` has no `max_iters`.
        batches_per_epoch: length of the loader, for lengths in epochs; with `max_epochs`, `total_steps` gives it too.

    Raises:
        TypeError: `config` is not a mapping.
        ValueError: a key is missing and no argument gives it; a value is not allowed; a key is unknown; a scheduler follows
            a metric; the rate is scaled by the batch size (`auto_scale_lr`), or gradients accumulate.

    Example:
        >>> from pure_schedules.like.mmengine import from_config
        >>> config = {
        ...     "optim_wrapper": {"optimizer": {"type": "SGD", "lr": 0.02}},
        ...     "param_scheduler": [{"type": "MultiStepLR", "milestones": [8, 11], "gamma": 0.1}],
        ...     "train_cfg": {"max_epochs": 12},
        ... }
        >>> lr = from_config(config, batches_per_epoch=100)
        >>> [round(lr(step), 9) for step in (0, 799, 800, 1100)]
        [0.02, 0.02, 0.002, 0.0002]

    Source: MMEngine 0.10.7, `mmengine/runner/runner.py` and `mmengine/optim/scheduler/param_scheduler.py`.
    """
    settings = Settings("like.mmengine.from_config", config)
    total = length_of_run(settings.owner, "total_steps", total_steps)
    batches = length_of_run(settings.owner, "batches_per_epoch", batches_per_epoch)
    if settings.section("auto_scale_lr").flag("enable", False):
        settings.refuse(
            "auto_scale_lr.enable", "scales lr by the size of the batch; turn it off, and put the scaled rate there"
        )
    wrapper, trained = settings.section("optim_wrapper"), settings.section("train_cfg")
    if wrapper.whole_number("accumulative_counts", 1) > 1:
        wrapper.refuse("accumulative_counts", "makes an update of several iterations, which MMEngine counts; take it out")
    configured = settings.get("param_scheduler")
    if configured is None:
        settings.refuse("param_scheduler", "is not in the file; the rate is then the optimizer's")
    several = [configured] if isinstance(configured, Mapping) else configured
    if not isinstance(several, Sequence) or isinstance(several, str) or len(several) > MOST_PARTS:
        settings.refuse("param_scheduler", f"must be a list of schedulers, got {briefly(configured)}")
    epochs, iterations = trained.whole_number("max_epochs", None), trained.agreed("max_iters", "total_steps", total)
    if epochs and batches:
        refuse_two_lengths(settings, total, epochs * batches, f"max_epochs={epochs}")
    if epochs and total and batches is None and total % epochs == 0:
        batches = total // epochs
    read = [_read(settings, scheduler, index) for index, scheduler in enumerate(several)]
    schedulers = [each for each in read if not each["type"].endswith("Momentum")]
    if batches is None and any(each.get("by_epoch", True) for each in schedulers):
        settings.refuse("param_scheduler", "goes by epochs, whose length is not in the file; give batches_per_epoch=...")
    open_ends = {each.get("by_epoch", True) for each in schedulers if "end" not in each}
    if True in open_ends and epochs is None:
        trained.refuse("max_epochs", "is not in the file, and a scheduler of epochs has no end; put it there")
    if False in open_ends and iterations is None and (batches is None or epochs is None):
        trained.refuse("max_iters", "is not in the file, and a scheduler of iterations has no end; give total_steps=...")
    return settings.make(
        param_scheduler,
        {"schedulers": "param_scheduler", "lr": "optim_wrapper.optimizer.lr", "max_epochs": "train_cfg.max_epochs"},
        schedulers=schedulers,
        epoch_length=batches or 1,
        max_epochs=epochs if batches else None,
        max_iters=iterations,
        lr=wrapper.section("optimizer").number("lr"),
    )


def _read(settings: Settings, scheduler: Any, index: int) -> dict[str, Any]:
    """One scheduler of the list, with its values checked."""
    entry = Settings(settings.owner, scheduler, f"param_scheduler[{index}].")
    kind = entry.word("type").rpartition(".")[2]
    if kind.startswith("ReduceOnPlateau"):
        entry.refuse("type", f"is {kind!r}, which follows a metric and is not a function of the step; see reactive")
    if not kind.endswith("Momentum"):
        entry.one_of("type", _PARAMETERS, kind)
    if kind in _PARAMETERS:
        entry.only({*_PARAMETERS[kind], *_OF_THE_WINDOW}, kind)
    for key, default in {**_PARAMETERS.get(kind, {}), **({"by_epoch": True} if kind in _PARAMETERS else {})}.items():
        if key not in entry and default not in (None, ...):
            entry.take(key, default)
    read: dict[str, Any] = {"type": kind}
    for key in entry if kind in _PARAMETERS else ():
        if key in ("by_epoch", "convert_to_iter_based", "verbose", "three_phase"):
            read[key] = entry.flag(key, False)
        elif key in ("milestones", "periods", "restart_weights"):
            read[key] = entry.numbers(key)
        elif key == "anneal_strategy":
            read[key] = entry.word(key)
        elif key in ("begin", "end", "T_max", "step_size", "total_steps"):
            read[key] = entry.whole_number(key)
        elif key != "type":
            read[key] = entry.number(key)
    return read
