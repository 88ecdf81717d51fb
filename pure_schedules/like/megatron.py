"""The rate, the weight decay and the batch size of Megatron-LM at commit d98e8a6 (Megatron Core 0.20).

Clock: Megatron-LM counts samples and adds the global batch size, the `increment`, after each update, so its lengths are
in samples. Left at 1, `increment` makes them lengths in updates. For a batch size that changes leave it at 1, give the
lengths in samples and put the schedule on a clock of samples: ``on_clock(get_lr(...), consumed(sizes, boundaries))``.

Values are the rates themselves: nothing is multiplied. The defaults are those of its command line.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from pure_schedules import clocks, combinators, decays, knots, shapes
from pure_schedules._schedule import Schedule
from pure_schedules.checks import Condition, Rule, a_word, at_least, non_negative, one_of, positive, whole
from pure_schedules.numeric import Value, floor, maximum

from ._peer import peer
from ._settings import MOST_PARTS, Default, Settings, length_of_run

__all__ = ["get_lr", "get_wd", "step_batch_size_schedule"]

_WSD_DECAYS: dict[str, Callable[..., Schedule]] = {
    "exponential": shapes.affine_exponential,
    "linear": shapes.linear,
    "cosine": shapes.cosine,
    "minus_sqrt": shapes.one_minus_power,
}
_RISES: dict[str, Callable[..., Schedule]] = {"linear": shapes.linear, "cosine": shapes.cosine}
_THOUSANDS = {"": 1, "K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}
_STAGE = re.compile(r"(\d+\.?\d*)([KMBT]?):(\d+\.?\d*)([KMBT]?)", re.IGNORECASE)


def _texts(schedule: str) -> list[str]:
    return schedule.replace(",", " ").split()


def _stages(schedule: str, seq_length: int | None) -> list[tuple[int, int]]:
    """Where each batch size begins, in samples, and the size; in their order."""
    stages: list[tuple[int, int]] = []
    for threshold, threshold_unit, size, size_unit in _STAGE.findall(schedule.upper()):
        begin = int(float(threshold) * _THOUSANDS[threshold_unit]) // (seq_length or 1)
        stages.append((begin, int(float(size) * _THOUSANDS[size_unit])))
    return sorted(stages)


def _is_well_formed(schedule: Any, _: Any) -> bool:
    return all(map(_STAGE.fullmatch, _texts(schedule)))


def _begins_and_rises(schedule: Any, others: Any) -> bool:
    begins = [begin for begin, _ in _stages(schedule, others["seq_length"])]
    return begins[:1] == [0] and len(set(begins)) == len(begins)


def _has_sizes(schedule: Any, others: Any) -> bool:
    return all(size > 0 for _, size in _stages(schedule, others["seq_length"]))


_stage_string = Rule(
    a_word,
    (
        Condition(
            _is_well_formed, "must be pairs of threshold and size", 'write "0:768 250B:1536", without a space in a pair'
        ),
        Condition(_begins_and_rises, "must begin at 0 and go on at other thresholds", 'write "0:..." first'),
        Condition(_has_sizes, "must have sizes above 0", "give each stage a batch size"),
    ),
)


@peer(
    max_lr=at_least("min_lr") & at_least("init_lr"),
    min_lr=non_negative,
    lr_warmup_steps=non_negative,
    lr_decay_steps=positive & at_least("lr_warmup_steps") & at_least("lr_warmup_steps + wsd_decay_steps"),
    lr_decay_style=one_of("constant", "linear", "cosine", "inverse-square-root", "WSD"),
    wsd_decay_steps=non_negative,
    lr_wsd_decay_style=one_of(*_WSD_DECAYS),
    increment=positive,
)
def get_lr(
    *,
    max_lr: Value,
    lr_decay_steps: Value,
    min_lr: Value = 0.0,
    init_lr: Value = 0.0,
    lr_warmup_steps: Value = 0,
    lr_decay_style: str = "linear",
    wsd_decay_steps: Value | None = None,
    lr_wsd_decay_style: str = "exponential",
    increment: Value = 1,
) -> Schedule:
    """A linear warmup from `init_lr` to `max_lr`, then one of five decays to `min_lr` at `lr_decay_steps`.

    After ``linear(init_lr, max_lr, lr_warmup_steps)``, with the lengths divided by `increment`:

        "constant":             constant(max_lr), without an end
        "linear", "cosine":     linear or cosine(max_lr, min_lr, lr_decay_steps - lr_warmup_steps)
        "inverse-square-root":  clip(inverse_sqrt(max_lr, lr_warmup_steps), low=min_lr), and constant(min_lr) after
                                lr_decay_steps
        "WSD":                  constant(max_lr) up to lr_decay_steps - wsd_decay_steps, then, over wsd_decay_steps,
                                affine_exponential, linear, cosine or one_minus_power(max_lr, min_lr)

    The inverse square root jumps to `min_lr` after `lr_decay_steps`, as in Megatron-LM. Without a warmup it begins to
    fall after one sample, so there its curve depends on the batch size.

    Args:
        max_lr: value after the warmup [lr].
        lr_decay_steps: end of the decay, warmup included, positive [steps * increment].
        min_lr: value at the end of the decay and after it, not negative [lr].
        init_lr: value at step 0 where there is a warmup [lr].
        lr_warmup_steps: length of the warmup, not negative [steps * increment].
        lr_decay_style: "constant", "linear", "cosine", "inverse-square-root" or "WSD".
        wsd_decay_steps: length of the fall of "WSD", not negative; must be given there [steps * increment].
        lr_wsd_decay_style: shape of the decay of "WSD": "exponential", "linear", "cosine" or "minus_sqrt".
        increment: the increment of the clock per update: 1, or the global batch size for lengths in samples [1].

    Differs:
        A warmup as long as the whole is allowed; Megatron-LM stops at it with an AssertionError. Warmup and fall of
        "WSD" must fit beside each other; in Megatron-LM the rate jumps, after the warmup, down into the fall. A fall of
        no steps is at `min_lr` at `lr_decay_steps`, in Megatron-LM at the next update.

    Raises:
        ValueError: a length, `min_lr` or `increment` is negative or 0 where it must not be; `max_lr` is below `min_lr` or
            `init_lr`; the lengths do not fit into `lr_decay_steps`; a style is unknown; "WSD" has no
            `wsd_decay_steps`.

    Example:
        >>> from pure_schedules.like.megatron import get_lr
        >>> lr = get_lr(max_lr=1.0, lr_warmup_steps=1000, lr_decay_steps=5000, increment=100)
        >>> [lr(step) for step in (0, 5, 10, 30, 50, 100)]
        [0.0, 0.5, 1.0, 0.5, 0.0, 0.0]

    Source: Megatron-LM, commit d98e8a6, `OptimizerParamScheduler.get_lr` in
    `megatron/core/optimizer_param_scheduler.py`; defaults from `megatron/training/config/training_config.py`.
    """
    rise, end = lr_warmup_steps / increment, lr_decay_steps / increment
    warmup = shapes.linear(start=init_lr, end=max_lr, steps=rise)
    plateau = shapes.constant(value=max_lr)
    if lr_decay_style == "constant":
        return combinators.join([warmup, plateau])
    if lr_decay_style == "inverse-square-root":
        first = maximum(lr_warmup_steps, 1) / increment
        decay = combinators.clip(decays.inverse_sqrt(peak=max_lr, timescale=first), low=min_lr)
        return combinators.join(
            [warmup, plateau, decay, shapes.constant(value=min_lr)], boundaries=[rise, first, floor(end) + 1]
        )
    if lr_decay_style == "WSD":
        if wsd_decay_steps is None:
            raise ValueError('wsd_decay_steps is missing; "WSD" needs the length of its fall')
        fall = wsd_decay_steps / increment
        decay = _WSD_DECAYS[lr_wsd_decay_style](start=max_lr, end=min_lr, steps=fall)
        return combinators.join([warmup, plateau, decay], boundaries=[rise, end - fall])
    return combinators.join([warmup, _RISES[lr_decay_style](start=max_lr, end=min_lr, steps=end - rise)])


@peer(
    start_wd=non_negative,
    end_wd=at_least("start_wd"),
    wd_incr_steps=non_negative,
    wd_incr_style=one_of("constant", *_RISES),
    increment=positive,
)
def get_wd(
    *,
    start_wd: Value,
    end_wd: Value,
    wd_incr_steps: Value,
    wd_incr_style: str = "constant",
    increment: Value = 1,
) -> Schedule:
    """The weight decay, from `start_wd` to `end_wd` over `wd_incr_steps`, then `end_wd`.

        linear or cosine(start_wd, end_wd, wd_incr_steps / increment), or constant(end_wd)

    Args:
        start_wd: weight decay at step 0, not negative [1].
        end_wd: weight decay from `wd_incr_steps` on, not below `start_wd` [1].
        wd_incr_steps: length of the warmup, not negative [steps * increment].
        wd_incr_style: "constant", "linear" or "cosine".
        increment: the increment of the clock per update: 1, or the global batch size for lengths in samples [1].

    Differs:
        A rise of no steps is at `end_wd` at once; Megatron-LM stops at it with a ZeroDivisionError. "constant" does not
        look at `start_wd`; Megatron-LM stops with an AssertionError where it is not `end_wd`.

    Raises:
        ValueError: `start_wd` or a length is negative, `end_wd` is below `start_wd`, or `wd_incr_style` is not one of the
            three.

    Example:
        >>> from pure_schedules.like.megatron import get_wd
        >>> decay = get_wd(start_wd=0.0, end_wd=0.4, wd_incr_steps=100, wd_incr_style="linear")
        >>> [decay(step) for step in (0, 50, 100, 1000)]
        [0.0, 0.2, 0.4, 0.4]

    Source: Megatron-LM, commit d98e8a6, `OptimizerParamScheduler.get_wd` in
    `megatron/core/optimizer_param_scheduler.py`; default from `megatron/training/config/training_config.py`.
    """
    if wd_incr_style == "constant":
        return shapes.constant(value=end_wd)
    return _RISES[wd_incr_style](start=start_wd, end=end_wd, steps=wd_incr_steps / increment)


@peer(schedule=_stage_string, seq_length=whole)
def step_batch_size_schedule(*, schedule: str, seq_length: int | None = None) -> Schedule:
    """The global batch size of each update, from a text such as ``"0:768 250B:1536"``.

        batch_size_ramp(sizes, samples)

    where samples[i] is the threshold of sizes[i + 1]. `get_lr` follows it on the clock
    ``consumed(sizes, boundaries)``, with the boundaries of the ramp.

    Args:
        schedule: pairs of a threshold and the batch size from there on, the first at 0, divided by spaces or commas;
            either may end in K, M, B or T for a thousand to a trillion.
        seq_length: tokens in a sample, a whole number above 0, where the thresholds are in tokens; they are in samples if
            it is left out [1].

    Raises:
        ValueError: `schedule` is not made of such pairs, does not begin at 0, has a threshold twice or a size of 0;
            `seq_length` is not a whole number above 0.

    Example:
        >>> from pure_schedules.like.megatron import step_batch_size_schedule
        >>> size = step_batch_size_schedule(schedule="0:50 1K:100 3K:200")
        >>> [size(step) for step in (0, 19, 20, 39, 40, 1000)]
        [50.0, 50.0, 100.0, 100.0, 200.0, 200.0]

    Source: Megatron-LM, commit d98e8a6, `StepBatchsizeNumMicroBatchesCalculator` in
    `megatron/core/num_microbatches_calculator.py`, behind ``--step-batch-size-schedule``.
    """
    stages = _stages(schedule, seq_length)
    return knots.batch_size_ramp(sizes=[size for _, size in stages], samples=[begin for begin, _ in stages[1:]])


# From a file ---------------------------------------------------------------------------------------------------------

_READ = {
    *("lr", "min_lr", "lr_decay_style", "lr_warmup_init", "lr_warmup_fraction", "lr_wsd_decay_style"),
    *("lr_decay_iters", "lr_warmup_iters", "lr_wsd_decay_iters", "lr_decay_samples", "lr_warmup_samples"),
    "lr_wsd_decay_samples",
}
_OF_SOME_PARAMETERS = {"decoupled_lr", "decoupled_min_lr", "head_lr_mult"}
_BESIDE_THE_CURVE = {
    *("dino_warmup_teacher_temp", "dino_warmup_teacher_temp_epochs", "ft_num_warmup_iters", "step_batch_size_schedule"),
    *("override_opt_param_scheduler", "use_checkpoint_opt_param_scheduler", "override_lr_scheduler"),
    "use_checkpoint_lr_scheduler",
}


def from_config(config: Mapping[str, Any], *, total_steps: int | None = None) -> Schedule:
    """The rate that these arguments of Megatron-LM make, as a mapping, under the names of its command line.

    Where lengths are in samples, update k, counted from 0, gets the rate at the samples that the updates before it took,
    whatever the batch sizes: `rampup_batch_size`, until April 2026, or `step_batch_size_schedule`.

    Args:
        config: ``{"lr": 6e-5, "train_samples": 300_000_000, ...}``; with underscores or as ``--train-samples``.
        total_steps: updates in the run, where neither `train_iters` nor `train_samples` says it.

    Raises:
        TypeError: `config` is not a mapping.
        ValueError: a key is missing and no argument gives it; a value is not allowed; a key is unknown and may change the
            curve; it is of the other way to count.

    Example:
        >>> from pure_schedules.like.megatron import from_config
        >>> lr = from_config({"lr": 1.0, "train_samples": 4_000, "lr_warmup_samples": 1_000, "global_batch_size": 100})
        >>> [lr(step) for step in (0, 5, 10, 25, 40)]
        [0.0, 0.5, 1.0, 0.5, 0.0]

    Source: Megatron-LM, commit d98e8a6, `get_optimizer_param_scheduler` in `megatron/training/training.py` and
    `validate_args` in `megatron/training/arguments.py`; the linear ramp, commit 0b9bc20,
    `RampupBatchsizeNumMicroBatchesCalculator` in `megatron/core/num_microbatches_calculator.py`.
    """
    owner = "like.megatron.from_config"
    given = Settings(owner, config)
    settings = Settings(owner, {_python_name(key): value for key, value in given.values.items()})
    settings.no_other(r"lr|warmup|schedul\w*|decay_style|anneal\w*", _READ | _OF_SOME_PARAMETERS | _BESIDE_THE_CURVE)
    steps = length_of_run(owner, "total_steps", total_steps)
    unit = "samples" if settings.whole_number("train_samples", 0) else "iters"
    if unit == "samples" and steps is not None:
        settings.refuse("train_samples", "says how long the run is; leave total_steps out")
    total = (
        settings.agreed("train_iters", "total_steps", steps) if unit == "iters" else settings.whole_number("train_samples")
    )
    if not total:
        settings.refuse("train_iters", "is not there, and train_samples is not; give total_steps=...")
    other = "iters" if unit == "samples" else "samples"
    for key in (f"lr_decay_{other}", f"lr_warmup_{other}", f"lr_wsd_decay_{other}", f"train_{other}"):
        if settings.number(key, 0):
            settings.refuse(key, f"counts {other}, and train_{unit} counts {unit}; give all lengths in {unit}")
    end = settings.whole_number(f"lr_decay_{unit}", None) or settings.take(f"lr_decay_{unit}", total)
    part = settings.number("lr_warmup_fraction", None)
    warmup = settings.whole_number(f"lr_warmup_{unit}", Default(0) if part is None else 0)
    if part is not None and warmup:
        settings.refuse("lr_warmup_fraction", f"must not be given beside lr_warmup_{unit}; take one of them out")
    fall = settings.whole_number(f"lr_wsd_decay_{unit}", None)
    sizes, boundaries = _batch_sizes(settings, unit)
    style = settings.word("lr_decay_style", Default("linear"))
    # In updates the size of the batch is divided out; only the inverse square root looks at one sample.
    size = sizes[-1] if unit == "iters" and style == "inverse-square-root" and sizes else 1
    if unit == "iters" and style == "inverse-square-root" and not sizes:
        settings.refuse("global_batch_size", "is not there, and this decay begins after one sample of it")
    keys = {
        "max_lr": "lr",
        "init_lr": "lr_warmup_init",
        "lr_decay_steps": f"lr_decay_{unit}",
        "wsd_decay_steps": f"lr_wsd_decay_{unit}",
        "lr_warmup_steps": f"lr_warmup_{unit}",
    }
    curve = settings.make(
        get_lr,
        keys if part is None else {**keys, "lr_warmup_steps": "lr_warmup_fraction"},
        max_lr=settings.number("lr"),
        min_lr=settings.number("min_lr", Default(0.0)),
        init_lr=settings.number("lr_warmup_init", 0.0),
        lr_decay_steps=end * size,
        lr_warmup_steps=(warmup if part is None else part * end) * size,
        lr_decay_style=style,
        wsd_decay_steps=None if fall is None else fall * size,
        lr_wsd_decay_style=settings.word("lr_wsd_decay_style", Default("exponential") if style == "WSD" else "exponential"),
        increment=sizes[0] if unit == "samples" and len(sizes) == 1 else size,
    )
    return curve if not boundaries else clocks.on_clock(curve, knots.consumed(sizes=sizes, boundaries=boundaries))


def _python_name(key: Any) -> Any:
    return key.removeprefix("--").replace("-", "_") if isinstance(key, str) else key


def _batch_sizes(settings: Settings, unit: str) -> tuple[list[int], list[int]]:
    """The global batch sizes in turn, and the updates at which each but the first begins."""
    size = settings.whole_number("global_batch_size", None)
    changing = [key for key in ("rampup_batch_size", "step_batch_size_schedule") if key in settings]
    if not changing:
        if unit == "samples" and not size:
            settings.refuse("global_batch_size", "is not there, and the lengths are in samples; put it there")
        return [size] if size else [], []
    if unit == "iters":
        settings.refuse(changing[0], "changes what an update is; give the lengths in samples, with train_samples")
    if "step_batch_size_schedule" in settings:
        if size:
            settings.refuse("global_batch_size", "must not be given beside step_batch_size_schedule; take it out")
        ramp = settings.make(
            step_batch_size_schedule,
            {"schedule": "step_batch_size_schedule"},
            schedule=settings.word("step_batch_size_schedule"),
            seq_length=settings.whole_number("seq_length"),
        )
    else:
        ramp = _linear_ramp(settings, size)
    steps = ramp.composition.arguments
    return list(steps["values"]), list(steps["boundaries"])


def _linear_ramp(settings: Settings, size: int | None) -> Schedule:
    """From the first size by equal increments to the global one, each after an equal part of the samples of the ramp."""
    numbers = settings.numbers("rampup_batch_size")
    if len(numbers) != 3 or not size:
        settings.refuse("rampup_batch_size", "must be three numbers: size, increment and samples, beside global_batch_size")
    first, increment, samples = (settings.length("rampup_batch_size", number) for number in numbers)
    if not 0 < first <= size or increment <= 0 or (size - first) % increment:
        settings.refuse("rampup_batch_size", f"must lead from {first} by {increment} to global_batch_size, {size}")
    stages = (size - first) // increment
    if stages > MOST_PARTS:
        settings.refuse("rampup_batch_size", f"must have at most {MOST_PARTS:,} stages, got {stages:,}")
    return knots.batch_size_ramp(
        sizes=[first + increment * stage for stage in range(stages + 1)],
        samples=[samples * stage / stages for stage in range(1, stages + 1)],
    )
