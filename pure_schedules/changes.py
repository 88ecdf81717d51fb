"""Changes mid-run: each keeps the old schedule up to a step, and continues from its value there."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ._schedule import Child, length_of, recipe, schedule, value_at
from ._trees import Node
from .checks import Condition, Rule, above, can_be_asked, factory, non_negative, positive
from .clocks import finite_schedule
from .combinators import chain, join
from .numeric import Value, where
from .shapes import cosine, linear

__all__ = ["branch", "cool_down", "extend", "rewarm"]


def _is_before(step: Any, end: Any) -> Any:
    return step < end if can_be_asked(step, end) else True


#: A finite schedule that the formula receives as a schedule, not only as a function.
with_its_length = replace(finite_schedule, prepared=lambda schedule: schedule)

#: A step before the end of the schedule.
before_the_end = Rule(
    non_negative.admit,
    (
        Condition(
            lambda value, others: _is_before(value, length_of(others["schedule"])),
            "must be before the end of the schedule",
            "give a step at which there is something left to stretch",
        ),
    ),
)

#: A total length, for which the added length might be given by mistake.
beyond_at = Rule(
    positive.admit,
    (replace(above("at").conditions[-1], advice="it is the new total length, not the remaining or the added one"),),
)


@recipe(at=non_negative, decay_steps=non_negative, decay=factory)
def cool_down(
    schedule: Child, *, at: Value, decay_steps: Value, floor: Value = 0.0, decay: Callable[..., Any] = linear
) -> Any:
    """The schedule up to a step, then a decay to `floor`.

        join([schedule, decay(schedule(at), floor, decay_steps)], boundaries=[at])

    Args:
        schedule: the schedule of the run.
        at: first step of the decay, still with the schedule's value [steps].
        decay_steps: length of the decay, not negative [steps].
        floor: value from `at + decay_steps` on [lr].
        decay: shape of the decay: `linear`, `one_minus_power`, or any function of `start`, `end` and `steps` that makes
            a schedule.

    Raises:
        ValueError: `at` or `decay_steps` is negative.

    Example:
        >>> from pure_schedules import constant, cool_down
        >>> lr = cool_down(constant(value=1.0), at=100, decay_steps=20)
        >>> [lr(step) for step in (0, 100, 110, 120, 1000)]
        [1.0, 1.0, 0.5, 0.0, 0.0]

    Source: Haegele et al. 2024, Scaling Laws and Compute-Optimal Training Beyond Fixed Training Durations,
    https://arxiv.org/abs/2405.18392; `OverrideDecay` in OLMo-core; `SWALR` in torch.
    """
    return join([schedule, decay(start=value_at(schedule, at), end=floor, steps=decay_steps)], boundaries=[at])


@schedule(
    schedule=with_its_length,
    at=non_negative & before_the_end,
    total_steps=positive & beyond_at,
    length=lambda schedule, at, total_steps: total_steps,
)
def extend(step: Value, schedule: Child, *, at: Value, total_steps: Value) -> Any:
    """The schedule up to a step, then the rest of it, stretched so that the run is `total_steps` long.

        lr(t) = schedule(t) before at,    schedule(at + (t - at) * (N - at) / (total_steps - at)) from there on,
        N = the schedule's own length

    It stretches every part of the rest: in a `warmup_stable_decay` the plateau and the decay become longer. To lengthen
    only the plateau, write ``schedule.replace(total_steps=...)``, which moves the decay to the new end and keeps
    its length. A `total_steps` below the schedule's own length shortens the run.

    Args:
        schedule: the schedule of the run, not endless.
        at: the step at which the length changes, before its end [steps].
        total_steps: the new length of the run, counted from step 0; beyond `at` [steps].

    Raises:
        ValueError: the schedule is endless; `at` is negative, or not before its end; `total_steps` is not beyond `at`.

    Example:
        >>> from pure_schedules import extend, linear
        >>> lr = extend(linear(start=1.0, end=0.0, steps=100), at=50, total_steps=250)
        >>> [lr(step) for step in (0, 50, 150, 250)]
        [1.0, 0.5, 0.25, 0.0]

    Source: `override_opt_param_scheduler` in Megatron-LM, made continuous.
    """
    assert isinstance(schedule, Node)  # by its rule
    length = schedule.steps
    # Multiply first, and take the end exactly: a whole step stays whole, and the last step stays the last.
    further = at + (step - at) * (length - at) / (total_steps - at)
    return schedule.run(where(step < at, step, where(step < total_steps, further, length)))


def _is_above_nothing(at: Any, others: Mapping[str, Any]) -> Any:
    reached = value_at(others["schedule"], at) if can_be_asked(at) else at
    return reached != 0 if can_be_asked(at, reached) else True


#: A step at which the schedule is not 0, so that the other one can be scaled to it.
_where_it_is_not_0 = Rule(
    non_negative.admit,
    (
        *non_negative.conditions,
        Condition(
            _is_above_nothing,
            "must be a step at which the schedule is not 0",
            "nothing can be scaled to 0: write join, and the value that the other one starts from",
        ),
    ),
)


@recipe(at=_where_it_is_not_0)
def branch(schedule: Child, other: Child, *, at: Value) -> Any:
    """The schedule up to a step, then another one, scaled to begin at the value reached.

        chain([schedule, other], boundaries=[at])

    Args:
        schedule: the schedule of the run.
        other: the next schedule, counting steps from 0 at `at`; its first value is not 0.
        at: first step of the other one [steps].

    Raises:
        ValueError: `at` is negative; the schedule is 0 at `at`; the other one begins at 0.

    Example:
        >>> from pure_schedules import branch, constant, linear
        >>> lr = branch(constant(value=0.5), linear(start=1.0, end=0.0, steps=100), at=10)
        >>> [lr(step) for step in (0, 10, 60, 110)]
        [0.5, 0.5, 0.25, 0.0]

    Source: `SequentialScheduler` in OLMo-core.
    """
    return chain([schedule, other], boundaries=[at])


@recipe(at=non_negative, warmup_steps=non_negative, decay_steps=non_negative, decay=factory)
def rewarm(
    schedule: Child,
    *,
    at: Value,
    peak: Value,
    warmup_steps: Value,
    decay_steps: Value,
    floor: Value = 0.0,
    decay: Callable[..., Any] = cosine,
) -> Any:
    """The schedule up to a step, then a linear warmup to another peak, and a decay to `floor`.

        join([schedule, linear(schedule(at), peak, warmup_steps), decay(peak, floor, decay_steps)],
             boundaries=[at, at + warmup_steps])

    Args:
        schedule: the schedule of the run.
        at: first step of the warmup, still with the schedule's value [steps].
        peak: value at `at + warmup_steps` [lr].
        warmup_steps: length of the warmup, not negative [steps].
        decay_steps: length of the second decay, not negative [steps].
        floor: value from the end of that decay on [lr].
        decay: shape of that decay: `cosine`, or any function of `start`, `end` and `steps` that makes a schedule.

    Raises:
        ValueError: `at` or a length is negative.

    Example:
        >>> from pure_schedules import constant, rewarm
        >>> lr = rewarm(constant(value=0.5), at=100, peak=1.0, warmup_steps=10, decay_steps=20)
        >>> [round(lr(step), 9) for step in (99, 100, 105, 110, 120, 130)]
        [0.5, 0.5, 0.75, 1.0, 0.5, 0.0]

    Source: Ibrahim et al. 2024, Simple and Scalable Strategies to Continually Pre-train Large Language Models, section 6,
    https://arxiv.org/abs/2403.08763.
    """
    return join(
        [
            schedule,
            linear(start=value_at(schedule, at), end=peak, steps=warmup_steps),
            decay(start=peak, end=floor, steps=decay_steps),
        ],
        boundaries=[at, at + warmup_steps],
    )
