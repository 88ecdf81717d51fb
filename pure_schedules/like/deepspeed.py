"""The schedules of DeepSpeed at commit edaa722 (version 0.19.6), under their names, parameters and defaults.

Clock: DeepSpeed's schedulers count from -1, and set the rate of the first update when they are built. In `LRRangeTest`
and `OneCycle`, update t, counted from 0, gets the value at t. In the warmups, update t gets the value at t - 1, and
updates 0 and 1 both get the value at 0.

Values are absolute rates, except in `WarmupCosineLR`, which DeepSpeed multiplies by the rate of the optimizer, `lr`.
"""

from collections.abc import Mapping
from typing import Any

from pure_schedules import clocks, combinators, decays, knots, shapes
from pure_schedules._factory import Factory
from pure_schedules._schedule import Schedule
from pure_schedules.checks import flag, fraction, non_negative, one_of, positive
from pure_schedules.numeric import Value, maximum

from ._peer import peer, rate_beside
from ._settings import Default, Settings, length_of_run

__all__ = ["LRRangeTest", "OneCycle", "OneCycleMomentum", "WarmupCosineLR", "WarmupDecayLR", "WarmupLR"]


# What the schedules share --------------------------------------------------------------------------------------------


def _by_rate(value: Value, rate: Value, step_size: Value, power: float) -> Schedule:
    """``value * (1 + rate * t / step_size) ** power``; a rate or a step size of 0 switches it off, as in DeepSpeed."""
    if not (rate and step_size):
        return shapes.constant(value=value)
    return decays.inverse_decay(start=value, timescale=step_size / rate, power=-power)


def _up(low: Value, high: Value, steps: Value, stairs: Value) -> Schedule:
    """A straight line from `low` to `high`, or `stairs` equal stairs; 0 means a line."""
    if not (stairs and steps):
        return shapes.linear(start=low, end=high, steps=steps)
    # On a clock that is `stairs` times as fast, a stair is a whole number of ticks, and so exact.
    stairway = clocks.staircase(shapes.linear(start=low, end=high, steps=steps * stairs), every=steps)
    return clocks.on_clock(stairway, knots.consumed(sizes=[stairs], boundaries=[]))


def _warmed(warmup_type: str, start: Value, end: Value, warmup_num_steps: Value, fall: Schedule) -> Schedule:
    """The warmup, over at least two steps, and then the fall; all of it one update late."""
    steps = maximum(warmup_num_steps, 2)
    rise = {
        "log": shapes.logarithmic(start=start, end=end, steps=steps - 1),
        "linear": shapes.linear(start=start, end=end, steps=steps),
    }
    return clocks.shift(combinators.join([rise[warmup_type], fall], boundaries=[steps]), steps=1)


# Schedules -----------------------------------------------------------------------------------------------------------


@peer(
    lr_range_test_min_lr=non_negative,
    lr_range_test_step_size=positive,
    lr_range_test_step_rate=non_negative,
    lr_range_test_staircase=flag,
)
def LRRangeTest(
    *,
    lr_range_test_min_lr: Value = 1e-3,
    lr_range_test_step_size: Value = 2000,
    lr_range_test_step_rate: Value = 1.0,
    lr_range_test_staircase: bool = False,
) -> Schedule:
    """A straight line upwards, or stairs; endless.

        inverse_decay(lr_range_test_min_lr, timescale=lr_range_test_step_size / lr_range_test_step_rate, power=-1),
        and with stairs  staircase(..., every=lr_range_test_step_size)

    that is ``lr_range_test_min_lr * (1 + lr_range_test_step_rate * t / lr_range_test_step_size)``.

    Args:
        lr_range_test_min_lr: value at step 0, not negative [lr].
        lr_range_test_step_size: the number of steps in which one rate is added, positive [steps].
        lr_range_test_step_rate: what is added over a step size, as a multiple of the first value; not negative [1].
        lr_range_test_staircase: add it at once, at the end of each step size.

    Raises:
        ValueError: the step size is not positive, or the first value or the rate is negative.

    Example:
        >>> from pure_schedules.like.deepspeed import LRRangeTest
        >>> lr = LRRangeTest(lr_range_test_min_lr=1.0, lr_range_test_step_size=4, lr_range_test_step_rate=2.0)
        >>> [lr(step) for step in (0, 1, 4, 40)]
        [1.0, 1.5, 3.0, 21.0]

    Source: DeepSpeed, commit edaa722, `deepspeed/runtime/lr_schedules.py`; Smith 2018, A disciplined approach to neural
    network hyper-parameters, part 1, https://arxiv.org/abs/1803.09820.
    """
    line = _by_rate(lr_range_test_min_lr, lr_range_test_step_rate, lr_range_test_step_size, power=1.0)
    return clocks.staircase(line, every=lr_range_test_step_size) if lr_range_test_staircase else line


@peer(
    cycle_first_step_size=positive,
    cycle_second_step_size=non_negative,
    cycle_first_stair_count=non_negative,
    cycle_second_stair_count=non_negative,
    decay_step_size=non_negative,
    decay_lr_rate=non_negative,
)
def OneCycle(
    *,
    cycle_min_lr: Value,
    cycle_max_lr: Value,
    decay_lr_rate: Value = 0.0,
    cycle_first_step_size: Value = 2000,
    cycle_second_step_size: Value | None = None,
    cycle_first_stair_count: Value = 0,
    cycle_second_stair_count: Value | None = None,
    decay_step_size: Value = 0,
) -> Schedule:
    """The rate of 1cycle: a linear rise and fall, or stairs, then inverse-time decay.

        join([linear(cycle_min_lr, cycle_max_lr, cycle_first_step_size),
              mirror(linear(cycle_min_lr, cycle_max_lr, cycle_second_step_size)),
              inverse_decay(cycle_min_lr, timescale=decay_step_size / decay_lr_rate)])

    where n stairs replace a line as  on_clock(staircase(linear(..., steps=n * steps), every=steps), consumed([n]))

    Args:
        cycle_min_lr: value at step 0 and when the cycle is over [lr].
        cycle_max_lr: value at the peak [lr].
        decay_lr_rate: how much is added, over each `decay_step_size`, to what divides the rate; 0 for no decay [1].
        cycle_first_step_size: length of the rise, positive [steps].
        cycle_second_step_size: length of the fall, not negative; by default that of the rise [steps].
        cycle_first_stair_count: number of equal stairs of the rise; 0 for a straight line [1].
        cycle_second_stair_count: number of stairs of the fall; by default that of the rise [1].
        decay_step_size: over how many steps `decay_lr_rate` is added; 0 for no decay [steps].

    Raises:
        ValueError: the rise is not positive; another length, a count or the rate is negative.

    Example:
        >>> from pure_schedules.like.deepspeed import OneCycle
        >>> lr = OneCycle(
        ...     cycle_min_lr=1.0, cycle_max_lr=3.0, cycle_first_step_size=10, decay_step_size=5, decay_lr_rate=0.5
        ... )
        >>> [lr(step) for step in (0, 5, 10, 15, 20, 30, 50)]
        [1.0, 2.0, 3.0, 2.0, 1.0, 0.5, 0.25]

    Source: DeepSpeed, commit edaa722, `deepspeed/runtime/lr_schedules.py`; Smith 2018, A disciplined approach to neural
    network hyper-parameters, part 1, https://arxiv.org/abs/1803.09820.
    """
    rise = cycle_first_step_size
    fall = rise if cycle_second_step_size is None else cycle_second_step_size
    stairs = cycle_first_stair_count if cycle_second_stair_count is None else cycle_second_stair_count
    return combinators.join(
        [
            _up(cycle_min_lr, cycle_max_lr, rise, cycle_first_stair_count),
            clocks.mirror(_up(cycle_min_lr, cycle_max_lr, fall, stairs), steps=fall),
            _by_rate(cycle_min_lr, decay_lr_rate, decay_step_size, power=-1.0),
        ],
        boundaries=[rise, rise + fall],
    )


@peer(
    cycle_first_step_size=positive,
    cycle_second_step_size=non_negative,
    cycle_first_stair_count=non_negative,
    cycle_second_stair_count=non_negative,
    decay_step_size=non_negative,
    cycle_min_mom=fraction,
    cycle_max_mom=fraction,
    decay_mom_rate=non_negative,
)
def OneCycleMomentum(
    *,
    cycle_first_step_size: Value = 2000,
    cycle_second_step_size: Value | None = None,
    cycle_first_stair_count: Value = 0,
    cycle_second_stair_count: Value | None = None,
    decay_step_size: Value = 0,
    cycle_min_mom: Value = 0.8,
    cycle_max_mom: Value = 0.9,
    decay_mom_rate: Value = 0.0,
) -> Schedule:
    """The momentum of 1cycle: low where the rate of `OneCycle` is high, in the same lines or stairs.

        join([linear(cycle_max_mom, cycle_min_mom, cycle_first_step_size),
              mirror(linear(cycle_max_mom, cycle_min_mom, cycle_second_step_size)),
              inverse_decay(cycle_max_mom, timescale=decay_step_size / decay_mom_rate, power=-1)])

    DeepSpeed writes it to `betas[0]`, and 0.99 to `betas[1]`. After the cycle it grows without an end, past 1, unless
    `decay_mom_rate` or `decay_step_size` is 0.

    Args:
        cycle_first_step_size: length of the fall, positive [steps].
        cycle_second_step_size: length of the warmup, not negative; by default that of the fall [steps].
        cycle_first_stair_count: number of equal stairs of the fall; 0 for a straight line [1].
        cycle_second_stair_count: number of stairs of the rise; by default that of the fall [1].
        decay_step_size: over how many steps `decay_mom_rate` is added; 0 for no growth [steps].
        cycle_min_mom: momentum where the rate is highest, from 0 to 1 [1].
        cycle_max_mom: momentum at step 0 and when the cycle is over, from 0 to 1 [1].
        decay_mom_rate: how much of `cycle_max_mom` is added over each `decay_step_size`; 0 for no growth [1].

    Differs:
        Update 0 gets `cycle_max_mom`, where the cycle begins. DeepSpeed sets `cycle_min_mom` when the scheduler is made,
        so there the first update has the momentum of the peak.

    Raises:
        ValueError: the fall is not positive; another length, a count or the rate is negative; a momentum is not from 0 to 1.

    Example:
        >>> from pure_schedules.like.deepspeed import OneCycleMomentum
        >>> momentum = OneCycleMomentum(cycle_first_step_size=10, cycle_min_mom=0.75, cycle_max_mom=1.0)
        >>> [momentum(step) for step in (0, 5, 10, 15, 20, 100)]
        [1.0, 0.875, 0.75, 0.875, 1.0, 1.0]

    Source: DeepSpeed, commit edaa722, `OneCycle` in `deepspeed/runtime/lr_schedules.py`.
    """
    fall = cycle_first_step_size
    rise = fall if cycle_second_step_size is None else cycle_second_step_size
    stairs = cycle_first_stair_count if cycle_second_stair_count is None else cycle_second_stair_count
    return combinators.join(
        [
            _up(cycle_max_mom, cycle_min_mom, fall, cycle_first_stair_count),
            clocks.mirror(_up(cycle_max_mom, cycle_min_mom, rise, stairs), steps=rise),
            _by_rate(cycle_max_mom, decay_mom_rate, decay_step_size, power=1.0),
        ],
        boundaries=[fall, fall + rise],
    )


@peer(warmup_min_lr=rate_beside("warmup_max_lr", "lr"), warmup_num_steps=positive, warmup_type=one_of("log", "linear"))
def WarmupLR(
    *,
    warmup_min_lr: Value = 0.0,
    warmup_max_lr: Value | None = None,
    warmup_num_steps: Value = 1000,
    warmup_type: str = "log",
    lr: Value | None = None,
) -> Schedule:
    """A rise to `warmup_max_lr`, by the logarithm of the step or straight, and then that.

        shift(join([logarithmic(warmup_min_lr, warmup_max_lr, warmup_num_steps - 1), constant(warmup_max_lr)],
                   boundaries=[warmup_num_steps]), steps=1),    or linear(warmup_min_lr, warmup_max_lr, warmup_num_steps)

    A warmup has at least two steps, as in DeepSpeed.

    Args:
        warmup_min_lr: value at the first two updates [lr].
        warmup_max_lr: value after the warmup; `lr` if left out [lr].
        warmup_num_steps: length of the rise, positive [steps].
        warmup_type: "log" or "linear".
        lr: the rate of the optimizer, which nothing else depends on [lr].

    Raises:
        ValueError: `warmup_num_steps` is not positive, or `warmup_type` is not one of these words; DeepSpeed logs a
            line and uses "log".

    Example:
        >>> from pure_schedules.like.deepspeed import WarmupLR
        >>> lr = WarmupLR(warmup_max_lr=3.0, warmup_num_steps=8)
        >>> [round(lr(step), 9) for step in (0, 1, 2, 4, 8, 100)]
        [0.0, 0.0, 1.0, 2.0, 3.0, 3.0]

    Source: DeepSpeed, commit edaa722, `deepspeed/runtime/lr_schedules.py`.
    """
    rate = 1.0 if lr is None else lr
    top = rate if warmup_max_lr is None else warmup_max_lr
    return _warmed(warmup_type, warmup_min_lr, top, warmup_num_steps, shapes.constant(value=top))


@peer(total_num_steps=positive, warmup_num_steps=positive, warmup_type=one_of("log", "linear"))
def WarmupDecayLR(
    *,
    total_num_steps: Value,
    warmup_min_lr: Value = 0.0,
    warmup_max_lr: Value = 0.001,
    warmup_num_steps: Value = 1000,
    warmup_type: str = "log",
) -> Schedule:
    """A rise to `warmup_max_lr`, by the logarithm of the step or straight, then a linear decay to where it began.

        shift(join([logarithmic(warmup_min_lr, warmup_max_lr, warmup_num_steps - 1),
                    linear(warmup_max_lr, warmup_min_lr, total_num_steps - warmup_num_steps)],
                   boundaries=[warmup_num_steps]), steps=1),    or linear(warmup_min_lr, warmup_max_lr, warmup_num_steps)

    A warmup has at least two steps, and may be longer than the run, as in DeepSpeed.

    Args:
        total_num_steps: length of the run, warmup included, positive [steps].
        warmup_min_lr: value at the first two updates, and at the end [lr].
        warmup_max_lr: value at the peak [lr].
        warmup_num_steps: length of the rise, positive [steps].
        warmup_type: "log" or "linear".

    Raises:
        ValueError: a length is not positive, or `warmup_type` is not one of these words; DeepSpeed logs a line and uses
            "log".

    Example:
        >>> from pure_schedules.like.deepspeed import WarmupDecayLR
        >>> lr = WarmupDecayLR(total_num_steps=30, warmup_max_lr=1.0, warmup_num_steps=10, warmup_type="linear")
        >>> [lr(step) for step in (0, 1, 6, 11, 21, 31, 100)]
        [0.0, 0.0, 0.5, 1.0, 0.5, 0.0, 0.0]

    Source: DeepSpeed, commit edaa722, `deepspeed/runtime/lr_schedules.py`.
    """
    rest = maximum(total_num_steps - maximum(warmup_num_steps, 2), 0)
    fall = shapes.linear(start=warmup_max_lr, end=warmup_min_lr, steps=rest)
    return _warmed(warmup_type, warmup_min_lr, warmup_max_lr, warmup_num_steps, fall)


@peer(
    total_num_steps=positive,
    warmup_min_ratio=non_negative,
    warmup_num_steps=positive,
    cos_min_ratio=non_negative,
    warmup_type=one_of("log", "linear"),
)
def WarmupCosineLR(
    *,
    total_num_steps: Value,
    warmup_min_ratio: Value = 0.0,
    warmup_num_steps: Value = 1000,
    cos_min_ratio: Value = 0.0001,
    warmup_type: str = "log",
    lr: Value = 1.0,
) -> Schedule:
    """A rise to `lr`, by the logarithm of the step or straight, then half a cosine wave down to a fraction of it.

        shift(join([logarithmic(lr * warmup_min_ratio, lr, warmup_num_steps - 1),
                    count_from_one(cosine(lr, lr * cos_min_ratio, total_num_steps - warmup_num_steps))],
                   boundaries=[warmup_num_steps]), steps=1),    or linear(lr * warmup_min_ratio, lr, warmup_num_steps)

    The wave counts from one, as in DeepSpeed, so after a linear warmup no update is at the peak itself. A warmup has at
    least two steps, and is finished where it is longer than the whole.

    Args:
        total_num_steps: length of the run, warmup included, positive [steps].
        warmup_min_ratio: value at the first two updates, as a multiple of `lr`; not negative [1].
        warmup_num_steps: length of the rise, positive [steps].
        cos_min_ratio: value at the end, as a multiple of `lr`; not negative [1].
        warmup_type: "log" or "linear".
        lr: the rate of the optimizer [lr].

    Differs:
        Update 0 gets ``lr * warmup_min_ratio``, where the warmup begins. In DeepSpeed it has a rate of 0.

    Raises:
        ValueError: a length is not positive, a ratio is negative, or `warmup_type` is not one of these words; DeepSpeed
            logs a line and uses "log".

    Example:
        >>> from pure_schedules.like.deepspeed import WarmupCosineLR
        >>> lr = WarmupCosineLR(total_num_steps=30, warmup_num_steps=10, cos_min_ratio=0.0, warmup_type="linear")
        >>> [round(lr(step), 9) for step in (0, 1, 6, 10, 20, 30, 100)]
        [0.0, 0.0, 0.5, 0.9, 0.5, 0.0, 0.0]

    Source: DeepSpeed, commit edaa722, `deepspeed/runtime/lr_schedules.py`.
    """
    rest = maximum(total_num_steps - maximum(warmup_num_steps, 2), 0)
    fall = clocks.count_from_one(shapes.cosine(start=lr, end=lr * cos_min_ratio, steps=rest))
    return _warmed(warmup_type, lr * warmup_min_ratio, lr, warmup_num_steps, fall)


# From a file ---------------------------------------------------------------------------------------------------------

_BY_NAME: dict[str, Factory[..., Schedule]] = {
    "LRRangeTest": LRRangeTest,
    "OneCycle": OneCycle,
    "WarmupCosineLR": WarmupCosineLR,
    "WarmupDecayLR": WarmupDecayLR,
    "WarmupLR": WarmupLR,
}
#: The momentum of OneCycle, which has a schedule of its own, and what a new run has no use for.
_BESIDE_THE_RATE = {
    "OneCycle": {"cycle_momentum", "cycle_min_mom", "cycle_max_mom", "decay_mom_rate"},
}


def from_config(
    config: Mapping[str, Any], *, total_steps: int | None = None, warmup_steps: int | None = None, lr: float | None = None
) -> Schedule:
    """The rate of the `scheduler` in a DeepSpeed configuration.

    Give a value that is "auto" in the file as an argument; an "auto" `warmup_min_lr` is 0, as in Transformers.

    Args:
        config: the content of the file, as `json.load` returns it.
        total_steps: for a `total_num_steps` that is "auto" or not there.
        warmup_steps: for a `warmup_num_steps` that is "auto" or not there.
        lr: the optimizer's rate, where it is needed and `optimizer.params.lr` is "auto" or not there.

    Raises:
        TypeError: `config` is not a mapping.
        ValueError: there is no `scheduler`; a key is missing and no argument gives it; a value is not allowed; a key is
            unknown; the scheduler is none of DeepSpeed's.

    Example:
        >>> from pure_schedules.like.deepspeed import from_config
        >>> params = {"warmup_num_steps": 10, "warmup_max_lr": 1e-3, "warmup_type": "linear", "total_num_steps": "auto"}
        >>> rate = from_config({"scheduler": {"type": "WarmupDecayLR", "params": params}}, total_steps=30)
        >>> [round(rate(step), 9) for step in (0, 1, 6, 11, 21, 31)]
        [0.0, 0.0, 0.0005, 0.001, 0.0005, 0.0]

    Source: DeepSpeed, commit edaa722, `_scheduler_from_config` in `deepspeed/runtime/engine.py` and
    `deepspeed/runtime/config.py`; the values of "auto": Transformers 5.23.0, `HfTrainerDeepSpeedConfig`.
    """
    settings = Settings("like.deepspeed.from_config", config)
    total_steps = length_of_run(settings.owner, "total_steps", total_steps)
    warmup_steps = length_of_run(settings.owner, "warmup_steps", warmup_steps)
    if "scheduler" not in settings:
        settings.refuse(
            "scheduler", "is not in the file; the rate is then the optimizer's, or that of the program's scheduler"
        )
    scheduler = settings.section("scheduler")
    scheduler.only({"type", "params"}, "scheduler")
    name = scheduler.word("type")
    scheduler.one_of("type", _BY_NAME, name)
    params, schedule = scheduler.section("params"), _BY_NAME[name]
    own = [parameter for parameter in schedule.parameters if parameter != "lr"]
    params.only({*own, "last_batch_iteration", *_BESIDE_THE_RATE.get(name, ())}, name)
    if params.number("last_batch_iteration", -1) != -1:
        params.refuse("last_batch_iteration", "is for a resumed run; take it out")

    def steps(key: str, argument: str, given: int | None) -> int:
        """The length under a key; if it is "auto" or missing, the argument."""
        if params.get(key) not in (None, "auto"):
            return int(params.agreed(key, argument, given))
        if given is None:
            params.refuse(key, f"is {'auto' if key in params else 'not there'}; give {argument}=...")
        return given

    arguments: dict[str, Any] = {}
    for key in own:
        if key == "total_num_steps":
            arguments[key] = steps(key, "total_steps", total_steps)
        elif key == "warmup_num_steps" and (key in params or warmup_steps is not None):
            arguments[key] = steps(key, "warmup_steps", warmup_steps)
        elif key == "warmup_max_lr" and params.get(key) == "auto":
            arguments[key] = _rate(settings, lr)
        elif key == "warmup_min_lr" and params.get(key) == "auto":
            arguments[key] = 0.0
        elif key == "warmup_type":
            arguments[key] = params.word(key, Default("log"))
        elif key.endswith("_staircase"):
            arguments[key] = params.flag(key, False)
        elif key.endswith("_stair_count"):
            arguments[key] = params.parts(key, None)
        elif key in params or schedule.parameters[key].default is schedule.parameters[key].empty:
            arguments[key] = params.number(key)
    if arguments.get("warmup_max_lr") is not None:
        params.agree("warmup_max_lr", arguments["warmup_max_lr"], "lr", lr)
    if "lr" in schedule.parameters and arguments.get("warmup_max_lr") is None:
        arguments["lr"] = _rate(settings, lr)
    given = {key: value for key, value in arguments.items() if value is not None}
    return params.make(schedule, None, **given)


def _rate(settings: Settings, lr: Any) -> Any:
    """The rate of the optimizer, from the file or the argument."""
    params = settings.section("optimizer").section("params")
    if params.get("lr") in (None, "auto"):
        if lr is None:
            params.refuse("lr", f"is {'auto' if 'lr' in params else 'not there'}; give lr=..., the optimizer's rate")
        return lr
    params.agree("lr", params.number("lr"), "lr", lr)
    return params.number("lr")
