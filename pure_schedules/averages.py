"""Averages of checkpoints instead of a decay: the weight of each checkpoint, by its step.

The checkpoint of step s is the model before update s, after s updates. In an average of checkpoints, the weight of an
update is the sum of the weights of all checkpoints after it. It is 1 for the first updates and falls from checkpoint to
checkpoint, like the rate of a decay. So every decay is an average, and every average a decay::

    weight of the j-th checkpoint = w_j - w_(j+1),    w_j = what the updates between it and the one before count

This is exact for the updates that a run has made. A run with a decay makes other updates, because its model differs;
docs/merge.md measures how close the two are.

Each function here gives a dict from the step of a checkpoint to its weight, ordered by step. Merge the models with it::

    merged = {name: sum(weight * checkpoint[step][name] for step, weight in weights.items()) for name in names}

Weights are rounded to whole multiples of 2**-52 (2**-23 in a tensor of single precision), and so any sum of them is exact:
``sum(weights.values()) == 1.0``, in whatever order. If a hyperparameter is a tensor, the weights are tensors and have
gradients.

Import the module: ``from pure_schedules import averages``.
"""

import math
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from typing import Any

from ._sampling import Curve, check_curve, length_as_float, update_index, values
from .checks import Refused, Rule, can_be_asked, non_negative, positive
from .checks import fraction as a_fraction
from .numeric import Value, expm1, maximum, raised

__all__ = ["decay_weights", "half_life_weights", "schedule_free_weights"]

#: The relative rise between two steps that counts as rounding in a flat part of a decay.
ROUNDING = 2.0**-50


def decay_weights(schedule: Curve, *, first: int = 0, stop: int | None = None, every: int = 1) -> dict[int, Any]:
    """The weights of checkpoints of a run at a stable rate whose average replaces a decay.

        w_j = schedule(s_(j-1)) / schedule(first),    s_j = first + j * every,    j = 1 ... k,    s_k = stop

        weight of checkpoint s_j = w_j - w_(j+1),    and w_k for the last one

    The average applies the rates of the schedule to the updates of the run, as a staircase of `every` steps from
    `first` on; with `every` of 1 it is the schedule itself. If the stable rate is not constant, give the quotient:
    ``decay_weights(divide(decayed, stable), first=..., stop=...)``.

    Args:
        schedule: the decay, or a whole run that ends with one; it does not rise from one checkpoint to the next.
        first: the first update of the decay, which still has the stable rate; a whole number, not negative [steps].
        stop: the step of the last checkpoint; by default the length of the schedule [steps].
        every: the distance from one checkpoint to the next, a whole number above 0 [steps].

    Raises:
        TypeError: `schedule` is not a schedule, or does not return one real number; a step is not a whole number.
        ValueError: `stop` is missing and the schedule is endless; `stop - first` is not a multiple of `every`; the
            schedule rises or is negative at the checkpoints, or is 0 at `first`.

    Example:
        >>> from pure_schedules import averages, linear, one_minus_power
        >>> averages.decay_weights(linear(start=3.0, end=0.0, steps=4))
        {1: 0.25, 2: 0.25, 3: 0.25, 4: 0.25}
        >>> weights = averages.decay_weights(one_minus_power(start=3.0, steps=400), every=100)
        >>> {step: round(weight, 3) for step, weight in weights.items()}
        {100: 0.5, 200: 0.207, 300: 0.159, 400: 0.134}

    Source: Tian et al. 2025, WSM: Decay-Free Learning Rate Schedule via Checkpoint Merging for LLM Pre-training,
    https://arxiv.org/abs/2507.17634.
    """
    name = "decay_weights"
    check_curve(name, schedule)
    span = _span(name, schedule, first, stop, every)
    rates = list(values(name, schedule, span))
    if can_be_asked(*rates):
        _check_decay(name, span, rates)
    counts = [rate / rates[0] for rate in rates]
    if can_be_asked(*counts):
        counts = list(accumulate(counts, min))  # a flat part may rise by rounding
    return _weights(span, counts)


def half_life_weights(*, fraction: Value, stop: int, every: int = 1) -> dict[int, Any]:
    """The weights of a moving average whose half-life is a fraction of the run so far.

        average_t = keep_t * average_(t-1) + (1 - keep_t) * checkpoint_t,    keep_t = 2 ** (-1 / (fraction * t))

    where t counts the checkpoints from 1, and the average begins as the first of them. It does not depend on the length
    of the run: the average of a longer run continues that of a shorter one. As a decay it is, for many checkpoints,
    ``one_minus_power`` over the whole run with a power of ``log(2) / fraction``.

    Args:
        fraction: the half-life, as a fraction of the steps so far; above 0 [1].
        stop: the step of the last checkpoint [steps].
        every: the distance from one checkpoint to the next, a whole number above 0; the first one is there [steps].

    Raises:
        TypeError: `fraction` is not a number, or a step is not a whole number.
        ValueError: `fraction` is not above 0 and at most 1; `stop` is not a multiple of `every`.

    Example:
        >>> from pure_schedules import averages
        >>> averages.half_life_weights(fraction=0.5, stop=200, every=100)
        {100: 0.5, 200: 0.5}
        >>> [round(weight, 3) for weight in averages.half_life_weights(fraction=0.25, stop=5).values()]
        [0.028, 0.085, 0.173, 0.287, 0.426]

    Source: Meterez et al. 2026, Anytime Pretraining: Horizon-Free Learning-Rate Schedules with Weight Averaging,
    https://arxiv.org/abs/2602.03702, where the half-life of an average is a fraction of the time so far.
    """
    name = "half_life_weights"
    fraction = _number(name, "fraction", fraction, a_fraction & positive)
    span = _span(name, None, 0, stop, every)
    # The sum of 1 / t over the checkpoints from each on to the last.
    since = list(accumulate(1 / count for count in range(len(span), 0, -1)))[::-1]
    # The first checkpoint is all of the first average: a 1 of the type of the fraction.
    return _weights(span, [fraction / fraction, *(-expm1(-math.log(2) / fraction * it) for it in since[1:])])


def schedule_free_weights(
    schedule: Curve, *, stop: int | None = None, every: int = 1, power: Value = 2.0, step_power: Value = 0.0
) -> dict[int, Any]:
    """The weights with which a schedule-free optimizer averages the models of its run.

        weight of the model after update t  ~  (t + 1) ** step_power * (largest schedule(u), u <= t) ** power

    With a constant rate all models weigh the same: a straight decay over the whole run. A model that is not saved counts
    with the next checkpoint. Such an optimizer also takes its gradients between its model and the average, which an
    average of checkpoints cannot do.

    Args:
        schedule: the rates of the run, as with a warmup.
        stop: the step of the last checkpoint; by default the length of the schedule [steps].
        every: the distance from one checkpoint to the next, a whole number above 0; the first one is there [steps].
        power: exponent of the largest rate so far, not negative [1].
        step_power: exponent of the number of updates; above 0 late models weigh more; not negative [1].

    Raises:
        TypeError: `schedule` is not one, or gives something else than a real number; an exponent is not a number; a step
            is not a whole number.
        ValueError: `stop` is left out and the schedule is endless; it is not a multiple of `every`; an exponent is
            negative; all rates are 0; a rate is negative.

    Example:
        >>> from pure_schedules import averages, constant, linear
        >>> averages.schedule_free_weights(constant(value=0.1), stop=400, every=100)
        {100: 0.25, 200: 0.25, 300: 0.25, 400: 0.25}
        >>> averages.schedule_free_weights(linear(start=1.0, end=3.0, steps=1), stop=2, power=1.0)
        {1: 0.25, 2: 0.75}

    Source: Defazio et al. 2024, The Road Less Scheduled, https://arxiv.org/abs/2405.15682; `weight_lr_power` and `r` of
    its optimizers in schedulefree.
    """
    name = "schedule_free_weights"
    power = _number(name, "power", power, non_negative)
    step_power = _number(name, "step_power", step_power, non_negative)
    check_curve(name, schedule)
    span = _span(name, schedule, 0, stop, every)
    rates = list(values(name, schedule, range(span.stop)))
    _check_non_negative(name, range(span.stop), rates)
    largest = list(accumulate(rates, maximum))
    if can_be_asked(largest[-1]) and largest[-1] == math.inf:
        raise ValueError(
            f"{name}: the schedule must be finite, got inf before step {span.stop}; write clip(schedule, high=...)"
        )
    if can_be_asked(largest[-1]) and largest[-1] == 0:
        raise ValueError(
            f"{name}: the schedule must be above 0 somewhere before step {span.stop}, got 0 at each update; "
            "no model differs from another: give a later stop"
        )
    # Beside the largest of all, so that no power is too large for a float, nor that of a small rate too small.
    masses = [raised(t / span.stop, step_power) * raised(rate / largest[-1], power) for t, rate in enumerate(largest, 1)]
    # What the updates from each one on weigh.
    since = list(accumulate(reversed(masses)))[::-1]
    return _weights(span, [since[step] / since[0] for step in span])


def _check_decay(name: str, span: range, rates: Sequence[float]) -> None:
    """That rates begin above 0, do not rise and do not fall below 0, so that no weight is negative."""
    if not 0 < rates[0] < math.inf:
        raise ValueError(
            f"{name}: the schedule must be positive and finite at its first update, got {rates[0]!r} at step {span.start}; "
            "give as first the step at which the decay begins, and not that of a warmup"
        )
    for (step, later), (rate, next_rate) in zip(pairwise(span), pairwise(rates), strict=True):
        if next_rate > rate + ROUNDING * rates[0]:
            raise ValueError(
                f"{name}: the schedule must not rise, got {rate!r} at step {step} and {next_rate!r} at step {later}; "
                "a weight would be negative: give as first the step from which on it only falls"
            )
    _check_non_negative(name, span, rates)


def _check_non_negative(name: str, steps: Iterable[int], rates: Sequence[Any]) -> None:
    for step, rate in zip(steps, rates, strict=True):
        if can_be_asked(rate) and rate < 0:
            raise ValueError(
                f"{name}: the schedule must not be negative, got {rate!r} at step {step}; "
                "a weight would be negative: write clip(schedule, low=0.0)"
            )


def _weights(span: range, counts: Sequence[Any]) -> dict[int, Any]:
    """The weight of the checkpoint at the end of each interval, from what the updates in each interval count."""
    # From 1 to 2, floats are equally far apart: differences of what this leaves, and sums of those, are exact.
    rounded = [(1 + count) - 1 for count in counts]
    falls = [before - after for before, after in pairwise(rounded)]
    return dict(zip((step + span.step for step in span), [*falls, rounded[-1]], strict=True))


def _span(name: str, schedule: Curve | None, first: Any, stop: Any, every: Any) -> range:
    """The steps at which the intervals between checkpoints begin."""
    first, every = update_index(name, "first", first), update_index(name, "every", every)
    if every == 0:
        raise ValueError(f"{name}: every must be above 0, got every=0; write 1 for a checkpoint after each update")
    if stop is None and schedule is not None:
        length = length_as_float(name, schedule)
        if length == math.inf:
            raise ValueError(
                f"{name}: the schedule is endless, so stop must be given; "
                "write stop=1000 to average checkpoints up to that of step 1000"
            )
        stop = math.ceil(length)
    stop = update_index(name, "stop", stop)
    if stop <= first or (stop - first) % every:
        raise ValueError(
            f"{name}: stop must be a number of times every={every} after first={first}, got stop={stop}; "
            f"checkpoints are those of steps {first + every}, {first + 2 * every} ..."
        )
    return range(first, stop, every)


def _number(name: str, hyperparameter: str, value: Any, rule: Rule) -> Any:
    """A number, or a tensor of them, that keeps a rule; tensors are trusted."""
    try:
        number = rule.admit(value)
    except Refused as refused:
        raise TypeError(
            f"{name}: {hyperparameter} {refused.rule}, got {hyperparameter}={value!r}; {refused.advice}"
        ) from None
    for condition in rule.conditions:
        if not condition.holds(number, {}):
            raise ValueError(
                f"{name}: {hyperparameter} {condition.rule}, got {hyperparameter}={value!r}; {condition.advice}"
            )
    return number
