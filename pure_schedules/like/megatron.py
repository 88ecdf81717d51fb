"""The rate, the weight decay and the batch size of Megatron-LM at commit d98e8a6 (Megatron Core 0.20).

Clock: Megatron-LM counts samples and adds the global batch size, the `increment`, after each update, so its lengths are
in samples. Left at 1, `increment` makes them lengths in updates. For a batch size that changes leave it at 1, give the
lengths in samples and put the schedule on a clock of samples: ``on_clock(get_lr(...), consumed(sizes, boundaries))``.

Values are the rates themselves: nothing is multiplied. The defaults are those of its command line.
"""

import re
from collections.abc import Callable
from typing import Any

from pure_schedules import combinators, decays, knots, shapes
from pure_schedules._schedule import Schedule
from pure_schedules.checks import Condition, Rule, a_word, at_least, non_negative, one_of, positive, whole
from pure_schedules.numeric import Value, floor, maximum

from ._peer import peer

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
    """A straight rise from `init_lr` to `max_lr`, then one of five decays to `min_lr` at `lr_decay_steps`.

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
        lr_warmup_steps: length of the rise, not negative [steps * increment].
        lr_decay_style: "constant", "linear", "cosine", "inverse-square-root" or "WSD".
        wsd_decay_steps: length of the fall of "WSD", not negative; must be given there [steps * increment].
        lr_wsd_decay_style: what the fall of "WSD" looks like: "exponential", "linear", "cosine" or "minus_sqrt".
        increment: what one update adds to the clock: 1, or the global batch size for lengths in samples [1].

    Differs:
        A warmup as long as the whole is allowed; Megatron-LM stops at it with an AssertionError. Warmup and fall of
        "WSD" must fit beside each other; in Megatron-LM the rate jumps, after the warmup, down into the fall. A fall of
        no steps is at `min_lr` at `lr_decay_steps`, in Megatron-LM at the next update.

    Raises:
        ValueError: a length, `min_lr` or `increment` is a number and negative or 0 where it must not be; `max_lr` is
            below `min_lr` or `init_lr`; the lengths do not fit into `lr_decay_steps`; a style is none of those named; "WSD"
            has no `wsd_decay_steps`.

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
        wd_incr_steps: length of the rise, not negative [steps * increment].
        wd_incr_style: "constant", "linear" or "cosine".
        increment: what one update adds to the clock: 1, or the global batch size for lengths in samples [1].

    Differs:
        A rise of no steps is at `end_wd` at once; Megatron-LM stops at it with a ZeroDivisionError. "constant" does not
        look at `start_wd`; Megatron-LM stops with an AssertionError where it is not `end_wd`.

    Raises:
        ValueError: `start_wd` or a length is a number and negative, `end_wd` is below `start_wd`, or `wd_incr_style` is
            none of the three.

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
