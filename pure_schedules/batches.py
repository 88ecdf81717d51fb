"""A batch that grows in place of a falling rate: the same samples in fewer updates."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import accumulate, groupby, pairwise
from typing import Any

from ._factory import Factory, composed
from ._sampling import samples
from ._schedule import Child, length_of
from .bundles import Bundle, bundle
from .checks import Condition, Rule, at_least, can_be_asked, finite, non_negative, such, whole
from .checks import schedule as one_schedule
from .clocks import finite_schedule, on_clock
from .combinators import multiply
from .knots import consumed, piecewise_constant

__all__ = ["grow_batch"]


def _is_of_whole_steps(schedule: Any, _: Any) -> Any:
    length = length_of(schedule)
    return length % 1 == 0 if can_be_asked(length) else True


#: What is said of a schedule that is no run, or not as long as was meant.
_CUT = "write stretch_to(..., steps=T, from_steps=T) for a run of its first T steps"
#: A schedule that is as long as a run.
_of_a_run = Rule(
    finite_schedule.admit,
    (
        *(replace(condition, advice=_CUT) for condition in finite_schedule.conditions),
        Condition(_is_of_whole_steps, "must be a whole number of steps long", _CUT),
    ),
)

#: How many times as large a batch is as the one before it.
_twice_or_more = replace(
    whole,
    conditions=(*whole.conditions, such(lambda value: value > 1, "must be above 1", "write 2 for a batch that doubles")),
)


def _composes(**rules: Rule) -> Callable[[Callable[..., Bundle]], Factory[..., Bundle]]:
    return lambda function: Factory(function, composed, rules=rules, otherwise=(one_schedule, finite), made=Bundle)


@_composes(
    schedule=_of_a_run,
    batch_size=whole,
    factor=_twice_or_more,
    power=non_negative,
    largest=replace(whole, conditions=(*whole.conditions, at_least("batch_size").conditions[-1])),
)
def grow_batch(
    schedule: Child,
    target: Child | None = None,
    *,
    batch_size: int,
    factor: int = 2,
    power: float = 0.5,
    largest: int | None = None,
) -> Bundle:
    """The plan of a run as a bundle, ``lr`` and ``batch_size``, in which the batch grows where the rate would fall.

        batch_size(t) = batch_size * r,    r = the largest power of factor, from 1 on, with batch_size * r <= target(s)
        lr(t)         = schedule(s) * r ** power
        s             = samples taken before update t / batch_size, which is the update of the schedule's own run

    The samples of the run are those of the schedule's own, ``batch_size * schedule.steps``, to the last one. Each size
    begins at most one of its updates later than `target` allows it, so that all updates are whole; where not one of them
    fits before the end, the largest size that fits is taken.

    The usual target is ``batch_size * highest / schedule(s)``, where `highest` is the highest rate up to `s`: with every
    fall by `factor` the batch grows by it, and the rate falls by the root of it (Seesaw). Other targets:

    * a late switch is ``piecewise_constant(values=[256, 1024], boundaries=[7500])``: 1024 from update 7500 on;
    * a critical batch size is a curve through what was measured, such as ``piecewise_linear(...)``: the batch doubles
      where the curve has doubled. The rate then rises with the root of the batch.

    Both schedules in it are compositions of `on_clock`, `consumed` and `piecewise_constant`. ``consumed_by(batch_size)`` is
    the clock in samples.

    Args:
        schedule: the rate of a run with one batch size, not negative; its length is that of the run.
        target: to what size a batch may grow, a schedule on the clock of the other one; see above if left out.
        batch_size: size of the first batch, and what all others are a multiple of, a whole number above 0 [1].
        factor: how many times as large a batch is as the one before it, a whole number above 1 [1].
        power: how the rate grows with the batch: 1/2 for Adam, 1 for SGD, 0 not at all; not negative [1].
        largest: size that no batch exceeds, at least `batch_size`; without a bound if left out [1].

    Raises:
        TypeError: `schedule` or `target` is no schedule, or gives something else than one real number.
        ValueError: the schedule has no end, or one that is not a whole number, or is negative; a size is not a whole number
            above 0; a value of `target` is negative; `factor` is not above 1; `power` is negative; `largest` is below
            `batch_size`; a value is nan.

    Example:
        >>> from pure_schedules import grow_batch, linear
        >>> plan = grow_batch(linear(start=1.0, end=0.0, steps=8), batch_size=10)
        >>> [plan["batch_size"].whole(step) for step in range(plan.steps)]  # 80 samples in 6 updates, not in 8
        [10, 10, 10, 10, 20, 20]
        >>> [round(plan["lr"](step), 3) for step in range(plan.steps)]
        [1.0, 0.875, 0.75, 0.625, 0.707, 0.354]

    Source: Meterez et al. 2025, Seesaw, algorithm 1, https://arxiv.org/abs/2510.14717; with ``power=1`` Smith et al. 2018,
    Don't Decay the Learning Rate, https://arxiv.org/abs/1711.00489. Targets: Merrill et al. 2025, Critical Batch Size
    Revisited, section 4.1, https://arxiv.org/abs/2505.23971; Wang et al. 2026, Fast Catch-Up, Late Switching,
    https://arxiv.org/abs/2602.14208.
    """
    steps = int(length_of(schedule))
    wanted = _by_the_decay(schedule, steps) if target is None else _by_the_target(target, steps, batch_size)
    most = steps if largest is None else min(steps, largest // batch_size)
    stages = _whole_stages([_power_within(ratio, factor, most) for ratio in wanted], factor)
    ratios = [ratio for ratio, _ in stages]
    boundaries = list(accumulate(count for _, count in stages[:-1]))
    return bundle(
        lr=multiply(
            [
                on_clock(schedule, consumed(sizes=ratios, boundaries=boundaries)),
                piecewise_constant(values=[float(ratio) ** power for ratio in ratios], boundaries=boundaries),
            ]
        ),
        batch_size=piecewise_constant(values=[batch_size * ratio for ratio in ratios], boundaries=boundaries),
    )


# Where the batch grows, in multiples of the first -----------------------------------------------------------------------


def _by_the_decay(schedule: Child, steps: int) -> Iterator[float]:
    """By how much the rate has fallen from its highest value so far, at each update."""
    highest = 0.0
    for step, rate in enumerate(samples("schedule", schedule, range(steps))):
        if rate < 0:
            raise ValueError(
                f"the schedule must not be negative, got {rate!r} at step {step} from {schedule!r}; "
                "write clip(..., low=0.0) around it"
            )
        highest = max(highest, rate)
        yield highest / rate if rate else math.inf if highest else 1.0


def _by_the_target(target: Child, steps: int, batch_size: int) -> Iterator[float]:
    for step, size in enumerate(samples("target", target, range(steps))):
        if size < 0:
            raise ValueError(
                f"the target must not be negative, for it is a batch size, got {size!r} at step {step} from {target!r}; "
                "write clip(..., low=0.0) around it"
            )
        yield size / batch_size


#: What roundings may take from a fall of the rate that is meant to be a power of the factor.
ROUNDINGS = 1e-9


def _power_within(ratio: float, factor: int, most: int) -> int:
    """The largest power of the factor, from 1 on, that is neither above the ratio nor above `most`."""
    found = 1
    while found * factor <= min(ratio * (1 + ROUNDINGS), most):
        found *= factor
    return found


def _whole_stages(ratios: Iterable[int], factor: int) -> list[tuple[int, int]]:
    """Each ratio in turn, and for how many updates, of which each takes as many of the given ones as its ratio says.

    They are counted out from the end. What is left there of a stage, less than one of its updates, falls to the one
    before it, and so on to the first, whose ratio is 1. A stage too short for any of its updates has smaller ones.
    """
    # The first ratio is 1, and takes what is left.
    runs = [(1, 0), (1, 0), *((ratio, len(list(run))) for ratio, run in groupby(ratios))]
    stages: list[tuple[int, int]] = []
    left = 0
    for (before, _), (ratio, length) in reversed([*pairwise(runs)]):
        left += length
        while True:
            count, left = divmod(left, ratio)
            if count and stages and stages[-1][0] == ratio:
                count += stages.pop()[1]
            if count:
                stages.append((ratio, count))
            if count or ratio <= before * factor:
                break
            ratio //= factor
    return stages[::-1]
