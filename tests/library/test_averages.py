"""Weights of checkpoints: they sum to 1 exactly, and what they average is what a decay makes of the same updates."""

import math
import random
import re
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from catalogue import CASES, Case
from hypothesis import given
from hypothesis import strategies as st

import pure_schedules as ps
from pure_schedules import averages
from pure_schedules.averages import decay_weights, half_life_weights, schedule_free_weights

ULP = 2.0**-52
SHAPES = [ps.linear, ps.cosine, ps.one_minus_power, ps.rex, ps.exponential, ps.mirror_cosine, ps.hyperbolic_tangent]


def settled(case: Case) -> tuple[int, int]:
    """From where on a schedule of the catalogue only falls, and up to where it is looked at."""
    stop = int(min(case.schedule.steps, 300))
    values = [case.schedule(step) for step in range(stop)]
    first = max((step + 1 for step, (before, after) in enumerate(pairwise(values)) if after > before), default=0)
    return first, stop


FALLING = [
    case
    for case in CASES
    for first, stop in [settled(case)]
    if first + 1 < stop and case.schedule(first) > 0 <= case.schedule(stop)
]


def check(weights: dict[int, Any]) -> None:
    """That these are weights: none negative, and of the sum 1, in whatever order they are added."""
    values = list(weights.values())
    assert min(values) >= 0
    assert sum(map(Fraction, values)) == 1
    for _ in range(3):
        random.Random(0).shuffle(values)
        assert sum(values) == 1.0
    assert list(weights) == sorted(weights)


@st.composite
def decays(draw: st.DrawFn) -> tuple[ps.Schedule, int]:
    """A decay of any shape, and a distance between checkpoints that divides its length."""
    every, count = draw(st.integers(1, 9)), draw(st.integers(1, 40))
    start = draw(st.floats(1e-8, 1e3))
    end = start * draw(st.floats(1e-3, 1.0))
    return draw(st.sampled_from(SHAPES))(start=start, end=end, steps=every * count), every


@st.composite
def averaged(draw: st.DrawFn) -> dict[int, Any]:
    """The weights of any average."""
    every, count = draw(st.integers(1, 9)), draw(st.integers(1, 40))
    kind = draw(st.integers(0, 2))
    if kind == 0:
        schedule, every = draw(decays())
        return decay_weights(schedule, every=every)
    if kind == 1:
        return half_life_weights(fraction=draw(st.floats(1e-6, 1.0)), stop=every * count, every=every)
    peak, warmup = draw(st.floats(1e-8, 1e3)), draw(st.integers(0, 100))
    powers = {"power": draw(st.floats(0, 4)), "step_power": draw(st.floats(0, 4))}
    rates = ps.warmup_constant(peak=peak, warmup_steps=warmup, start=peak / 2)
    return schedule_free_weights(rates, stop=every * count, every=every, **powers)


# What all have in common ---------------------------------------------------------------------------------------------


@given(averaged())
def test_weights_sum_to_one_exactly(weights: dict[int, Any]) -> None:
    check(weights)


@given(averaged())
def test_a_checkpoint_is_every_so_many_updates(weights: dict[int, Any]) -> None:
    steps = list(weights)
    assert len({after - before for before, after in pairwise([0, *steps])}) == 1


def test_most_of_the_catalogue_is_a_decay_somewhere() -> None:
    assert len(FALLING) > 60


@pytest.mark.parametrize("case", FALLING, ids=repr)
def test_every_schedule_that_falls_is_an_average(case: Case) -> None:
    first, stop = settled(case)
    weights = decay_weights(case.schedule, first=first, stop=stop)
    check(weights)
    assert list(weights) == list(range(first + 1, stop + 1))
    for step in range(first, stop):
        later = math.fsum(weight for saved, weight in weights.items() if saved > step)
        assert later == pytest.approx(case.schedule(step) / case.schedule(first), rel=0, abs=ULP)


# Decays --------------------------------------------------------------------------------------------------------------


@given(decays(), st.integers(0, 2**32))
def test_the_merged_model_is_the_decayed_one(decay: tuple[ps.Schedule, int], seed: int) -> None:
    """On updates that were recorded, in exact fractions: only the weights are rounded."""
    schedule, every = decay
    drawn = random.Random(seed)
    updates = [Fraction(drawn.uniform(-1, 1)) for _ in range(int(schedule.steps))]
    model, models = Fraction(1), {}
    for step, change in enumerate(updates):
        model += change
        models[step + 1] = model
    stairs = ps.staircase(schedule, every=every)
    decayed = 1 + sum(Fraction(stairs(step)) / Fraction(schedule(0)) * change for step, change in enumerate(updates))
    merged = sum(Fraction(weight) * models[step] for step, weight in decay_weights(schedule, every=every).items())
    assert abs(merged - decayed) <= 2 * ULP * sum(map(abs, updates))


def test_a_straight_decay_is_the_mean_and_a_constant_one_is_the_last() -> None:
    assert decay_weights(ps.linear(start=3.0, end=0.0, steps=8), every=2) == {2: 0.25, 4: 0.25, 6: 0.25, 8: 0.25}
    assert decay_weights(ps.constant(value=3.0), stop=4) == {1: 0.0, 2: 0.0, 3: 0.0, 4: 1.0}
    assert decay_weights(ps.linear(start=4.0, end=1.0, steps=4))[4] == 0.4375  # the last update counts 1.75 of 4


def test_a_decay_is_that_at_the_end_of_a_run() -> None:
    run = ps.warmup_stable_decay(peak=0.3, warmup_steps=10, decay_steps=20, total_steps=50)
    of_run = decay_weights(run, first=30, every=5)
    assert of_run == decay_weights(ps.shift(ps.linear(start=1.0, end=0.0, steps=20), steps=30), first=30, stop=50, every=5)
    assert of_run == {35: 0.25, 40: 0.25, 45: 0.25, 50: 0.25}
    # An earlier first only finds that nothing has fallen yet.
    assert decay_weights(run, first=10, every=5) == {15: 0.0, 20: 0.0, 25: 0.0, 30: 0.0, **of_run}


def test_a_decay_of_a_run_that_is_not_constant_is_a_quotient() -> None:
    stable = ps.inverse_sqrt(peak=0.5, timescale=10)
    decayed = ps.multiply([stable, ps.shift(ps.linear(start=1.0, end=0.0, steps=4), steps=40)])
    assert decay_weights(ps.divide(decayed, stable), first=40, stop=44) == dict.fromkeys((41, 42, 43, 44), 0.25)


def test_a_length_that_is_no_whole_number_ends_with_its_last_update() -> None:
    assert list(decay_weights(ps.linear(start=1.0, end=0.0, steps=2.5))) == [1, 2, 3]


def test_what_is_level_and_rounded_does_not_rise() -> None:
    level = iter([1.0, 0.5, math.nextafter(0.5, 1), 0.5, 0.25])
    check(decay_weights(lambda step: next(level), stop=5))
    assert min(decay_weights(ps.divide(ps.constant(value=0.3), ps.constant(value=0.1)), stop=4).values()) == 0.0


# Half-lives ----------------------------------------------------------------------------------------------------------


@given(st.floats(0.01, 1.0), st.integers(1, 60))
def test_half_lives_are_those_of_a_moving_average(fraction: float, count: int) -> None:
    expected = {1: 1.0}
    for t in range(2, count + 1):
        keep = 2 ** (-1 / (fraction * t))
        expected = {**{step: weight * keep for step, weight in expected.items()}, t: 1 - keep}
    found = half_life_weights(fraction=fraction, stop=7 * count, every=7)
    assert list(found) == [7 * t for t in expected]
    assert list(found.values()) == pytest.approx(list(expected.values()), rel=0, abs=1e-14)


def test_half_of_an_average_is_from_the_last_half_life_of_a_long_run() -> None:
    weights = half_life_weights(fraction=0.01, stop=10_000)
    assert sum(weight for step, weight in weights.items() if step > 9_900) == pytest.approx(0.5, abs=0.005)
    decay = decay_weights(ps.one_minus_power(start=1.0, steps=10_000, power=math.log(2) / 0.01))
    assert list(weights.values()) == pytest.approx(list(decay.values()), rel=0, abs=0.01 * max(weights.values()))


# Schedule-free -------------------------------------------------------------------------------------------------------


@given(st.floats(0, 3), st.floats(0, 3), st.integers(0, 20), st.integers(1, 40))
def test_a_schedule_free_optimizer_averages_like_this(power: float, step_power: float, warmup: int, count: int) -> None:
    """Its own recurrence: each new model enters with its share of all weights so far."""
    rates = ps.warmup_constant(peak=0.01, warmup_steps=warmup, start=0.001)
    expected, largest, total = dict[int, float](), 0.0, 0.0
    for k in range(count):
        largest = max(largest, rates(k))
        weight = (k + 1) ** step_power * largest**power
        total += weight
        share = weight / total
        expected = {**{step: other * (1 - share) for step, other in expected.items()}, k + 1: share}
    found = schedule_free_weights(rates, stop=count, power=power, step_power=step_power)
    assert list(found) == list(expected)
    assert list(found.values()) == pytest.approx(list(expected.values()), rel=0, abs=1e-14)


def test_a_model_that_is_not_saved_counts_with_the_next_one() -> None:
    each = schedule_free_weights(ps.warmup_constant(peak=1.0, warmup_steps=4), stop=6, power=1.0)
    pairs = schedule_free_weights(ps.warmup_constant(peak=1.0, warmup_steps=4), stop=6, every=2, power=1.0)
    assert each[1] == 0.0  # at a rate of 0 nothing was learned
    assert pairs == {2: each[1] + each[2], 4: each[3] + each[4], 6: each[5] + each[6]}


def test_powers_of_small_rates_are_not_lost() -> None:
    check(schedule_free_weights(ps.warmup_constant(peak=1e-200, warmup_steps=4), stop=6))


# Tensors -------------------------------------------------------------------------------------------------------------


def of_tensor(end: Any) -> dict[int, Any]:
    return decay_weights(ps.polynomial(start=1.0, end=end, steps=5, power=1.5))


AVERAGES_OF_NUMBER: dict[str, Callable[[Any], dict[int, Any]]] = {
    "decay": of_tensor,
    "half-life": lambda fraction: half_life_weights(fraction=fraction, stop=5),
    "schedule-free": lambda start: schedule_free_weights(ps.warmup_constant(peak=1.0, warmup_steps=4, start=start), stop=5),
    "power": lambda power: schedule_free_weights(ps.linear(start=1.0, end=3.0, steps=4), stop=5, power=power),
}


@pytest.mark.parametrize("average", AVERAGES_OF_NUMBER.values(), ids=AVERAGES_OF_NUMBER)
def test_tensors_give_tensors_with_gradients(average: Callable[[Any], dict[int, Any]]) -> None:
    at = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
    found, plain = average(at), average(0.3)
    assert list(found) == list(plain)
    for step, weight in plain.items():
        assert found[step].item() == pytest.approx(weight, rel=0, abs=4 * ULP)
        (slope,) = torch.autograd.grad(found[step], at, retain_graph=True)
        near = (average(0.3 + 1e-6)[step] - average(0.3 - 1e-6)[step]) / 2e-6
        assert slope.item() == pytest.approx(near, rel=1e-5, abs=1e-8)


@pytest.mark.parametrize("average", AVERAGES_OF_NUMBER.values(), ids=AVERAGES_OF_NUMBER)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_sums_are_exact_in_tensors_of_any_precision(average: Callable[[Any], dict[int, Any]], dtype: torch.dtype) -> None:
    batch = torch.tensor([0.05, 0.3, 0.7], dtype=dtype)
    weights = average(batch)
    assert all(weight.dtype == dtype for weight in weights.values())
    assert sum(weights.values()).tolist() == [1.0] * 3
    assert sum(reversed(weights.values())).tolist() == [1.0] * 3


def test_arrays_give_arrays() -> None:
    weights = decay_weights(ps.linear(start=np.asarray([1.0, 2.0]), end=np.asarray([0.0, 1.0]), steps=4))
    assert [weights[step].tolist() for step in (1, 4)] == [[0.25, 0.125], [0.25, 0.625]]


# Errors --------------------------------------------------------------------------------------------------------------

DOWN = ps.linear(start=1.0, end=0.0, steps=10)


def broken(step: float) -> float:
    return math.nan if step else 1.0


MISTAKES: list[tuple[Any, type[Exception], str]] = [
    (
        lambda: decay_weights(ps.constant(value=1.0)),
        ValueError,
        "decay_weights: the schedule is endless, so stop must be given; "
        "write stop=1000 to average checkpoints up to that of step 1000",
    ),
    (
        lambda: decay_weights(ps.warmup_linear(peak=1.0, warmup_steps=4, total_steps=8, start=0.5), every=2),
        ValueError,
        "decay_weights: the schedule must not rise, got 0.5 at step 0 and 0.75 at step 2; a weight would be negative: "
        "give as first the step from which on it only falls",
    ),
    (
        lambda: decay_weights(ps.warmup_linear(peak=1.0, warmup_steps=4, total_steps=8)),
        ValueError,
        "decay_weights: the schedule must be positive and finite at its first update, got 0.0 at step 0; "
        "give as first the step at which the decay begins, and not that of a warmup",
    ),
    (
        lambda: decay_weights(ps.linear(start=1.0, end=-1.0, steps=8), every=2),
        ValueError,
        "decay_weights: the schedule must not be negative, got -0.5 at step 6; a weight would be negative: "
        "write clip(schedule, low=0.0)",
    ),
    (
        lambda: decay_weights(DOWN, every=3),
        ValueError,
        "decay_weights: stop must be a number of times every=3 after first=0, got stop=10; "
        "checkpoints are those of steps 3, 6 ...",
    ),
    (
        lambda: decay_weights(DOWN, first=10),
        ValueError,
        "decay_weights: stop must be a number of times every=1 after first=10, got stop=10; "
        "checkpoints are those of steps 11, 12 ...",
    ),
    (
        lambda: decay_weights(DOWN, every=0),
        ValueError,
        "decay_weights: every must be above 0, got every=0; write 1 for a checkpoint after each update",
    ),
    (
        lambda: decay_weights(DOWN, first=2.5),  # type: ignore[arg-type]
        TypeError,
        "decay_weights: first must be a whole number, got first=2.5; updates are counted 0, 1, 2 ...",
    ),
    (
        lambda: decay_weights(0.1),  # type: ignore[arg-type]
        TypeError,
        "decay_weights: schedule must be a schedule, not a number, got 0.1; write constant(value=0.1)",
    ),
    (
        lambda: decay_weights(broken, stop=3),
        ValueError,
        "decay_weights: a schedule must give a number at each step, got nan from <function broken at 0x...> at step 1; "
        "ask about the updates before it, or mend the function",
    ),
    (
        lambda: half_life_weights(fraction=0.0, stop=10),
        ValueError,
        "half_life_weights: fraction must be positive, got fraction=0.0; give a number above 0",
    ),
    (
        lambda: half_life_weights(fraction=6.25, stop=10),
        ValueError,
        "half_life_weights: fraction must be a fraction, from 0 to 1, got fraction=6.25; write 0.3 for 30 percent",
    ),
    (
        lambda: half_life_weights(fraction="0.1", stop=10),  # type: ignore[arg-type]
        TypeError,
        "half_life_weights: fraction must be a number, not text, got fraction='0.1'; write it without the quotes",
    ),
    (
        lambda: half_life_weights(fraction=0.1, stop=None),  # type: ignore[arg-type]
        TypeError,
        "half_life_weights: stop must be a whole number, got stop=None; updates are counted 0, 1, 2 ...",
    ),
    (
        lambda: schedule_free_weights(ps.constant(value=0.0), stop=5),
        ValueError,
        "schedule_free_weights: the schedule must be above 0 somewhere before step 5, got 0 at each update; "
        "no model differs from another: give a later stop",
    ),
    (
        lambda: schedule_free_weights(ps.constant(value=-1.0), stop=5),
        ValueError,
        "schedule_free_weights: the schedule must not be negative, got -1.0 at step 0; a weight would be negative: "
        "write clip(schedule, low=0.0)",
    ),
    (
        lambda: schedule_free_weights(ps.constant(value=1.0), stop=5, power=-1),
        ValueError,
        "schedule_free_weights: power must not be negative, got power=-1; give 0 or a number above it",
    ),
]


@pytest.mark.parametrize(("mistake", "error", "message"), MISTAKES, ids=[message for *_, message in MISTAKES])
def test_errors_teach(mistake: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error) as refused:
        mistake()
    assert re.sub("0x[0-9a-f]+", "0x...", str(refused.value)) == message


def test_powers_of_many_steps_are_not_lost() -> None:
    assert averages.schedule_free_weights(ps.constant(value=0.1), stop=2, step_power=2000.0) == {1: 0.0, 2: 1.0}
    some = averages.schedule_free_weights(ps.constant(value=0.1), stop=2000, every=500, step_power=100)
    assert sum(some.values()) == 1.0
    with pytest.raises(ValueError, match="schedule_free_weights: the schedule must be finite, got inf before step 2"):
        averages.schedule_free_weights(lambda step: math.inf if step else 1.0, stop=2)


@pytest.mark.parametrize("average", [averages.decay_weights, averages.schedule_free_weights])
def test_none_is_no_schedule(average: Any) -> None:
    with pytest.raises(TypeError, match=r"schedule must be a schedule, .*got None"):
        average(None)


def test_every_average_is_tried_here() -> None:
    assert set(averages.__all__) == {"decay_weights", "half_life_weights", "schedule_free_weights"}
    assert {message.split(":")[0] for *_, message in MISTAKES} == set(averages.__all__)
