"""A batch that grows in place of a falling rate: the same samples, the same rate for each of them, fewer updates."""

import json
import math
from itertools import pairwise

import pytest
import torch
from catalogue import CASES
from hypothesis import given
from hypothesis import strategies as st

import pure_schedules as ps
from pure_schedules import queries


def sizes_of(plan: ps.Bundle) -> list[int]:
    """The size of each batch of a plan."""
    return [plan["batch_size"].whole(step) for step in range(int(plan.steps))]


def falls(case: object) -> bool:
    """Whether this is a rate that `grow_batch` takes: with an end after whole updates, and not negative."""
    schedule = case.schedule  # type: ignore[attr-defined]
    length = schedule.steps
    return 0 < length < 10_000 and length % 1 == 0 and queries.smallest(schedule).value >= 0


DECAYS = [pytest.param(case.schedule, id=case.name) for case in CASES if falls(case)]

decays = st.one_of(
    st.builds(ps.linear, start=st.floats(0.1, 10.0), end=st.floats(0.0, 1.0), steps=st.integers(1, 300)),
    st.builds(ps.cosine, start=st.floats(0.1, 10.0), end=st.just(0.0), steps=st.integers(1, 300)),
    st.builds(
        lambda rates: ps.table(values=[*rates, rates[-1]], every=1),
        st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.5, 1.0, 2.0]), min_size=1, max_size=60),
    ),
)


def check_plan(plan: ps.Bundle, schedule: ps.Schedule, batch_size: int, power: float = 0.5) -> None:
    """What holds for every plan: its samples, and the rate of each of them."""
    sizes = sizes_of(plan)
    assert sum(sizes) == batch_size * schedule.steps
    assert all(size % batch_size == 0 for size in sizes)
    taken = ps.consumed_by(plan["batch_size"])
    for step, size in enumerate(sizes):
        assert taken(step) == sum(sizes[:step])
        beside = schedule(sum(sizes[:step]) / batch_size)
        assert plan["lr"](step) == pytest.approx(beside * (size / batch_size) ** power, rel=1e-12, abs=1e-300)


@pytest.mark.parametrize("schedule", DECAYS)
def test_every_decay_keeps_its_samples_and_the_rate_of_each(schedule: ps.Schedule) -> None:
    plan = ps.grow_batch(schedule, batch_size=16)
    check_plan(plan, schedule, 16)
    # A plan is a value like every other.
    assert ps.parse(repr(plan)) == plan
    assert ps.from_data(json.loads(json.dumps(ps.to_data(plan)))) == plan
    steps = torch.arange(int(plan.steps))
    assert plan["lr"](steps).tolist() == pytest.approx([plan["lr"](step) for step in steps.tolist()], rel=1e-9, abs=1e-15)


@given(decays, st.integers(1, 64), st.integers(2, 4), st.sampled_from([0.0, 0.5, 1.0]))
def test_samples_are_exact_for_any_decay(schedule: ps.Schedule, batch_size: int, factor: int, power: float) -> None:
    check_plan(ps.grow_batch(schedule, batch_size=batch_size, factor=factor, power=power), schedule, batch_size, power)


@given(decays, st.integers(2, 4))
def test_the_batch_grows_with_the_fall_of_the_rate_and_no_further(schedule: ps.Schedule, factor: int) -> None:
    plan = ps.grow_batch(schedule, batch_size=1, factor=factor)
    sizes, highest = sizes_of(plan), 0.0
    fallen = []
    for step in range(schedule.steps):
        highest = max(highest, schedule(step))
        fallen.append(highest / schedule(step) if schedule(step) else math.inf if highest else 1.0)
    taken = 0
    for step, size in enumerate(sizes):
        assert math.log(size, factor) == pytest.approx(round(math.log(size, factor)), abs=1e-9)
        # Of the updates that it stands for, or of those shortly before them, which were too few for a batch of their own.
        assert size <= max(fallen[: taken + 1]) * (1 + 1e-9)
        assert plan["lr"](step) <= highest * (1 + 1e-9)
        taken += size


def test_the_rate_falls_by_the_root_where_it_would_fall_by_two() -> None:
    """Algorithm 1 of the paper, for a rate that falls in stairs."""
    stairs = ps.multi_step(start=0.8, factor=0.5, boundaries=[400, 600, 800])
    plan = ps.grow_batch(stairs, batch_size=8)
    assert plan["batch_size"] == ps.piecewise_constant(values=[8, 16, 32], boundaries=[400, 500])
    assert plan.steps == 400 + 200 // 2 + 200 // 4
    assert [plan["lr"](step) for step in (0, 399, 400, 499, 500, 549)] == pytest.approx(
        [0.8 / math.sqrt(size) for size in (1, 1, 2, 2, 4, 4)], rel=1e-15
    )


def test_as_many_updates_as_the_paper_says() -> None:
    """A batch that follows a quarter of a cosine wave needs 2 / pi of the updates; one that doubles, a little more."""
    quarter = ps.sinusoid(start=1.0, end=-1.0, period=40_000)
    decay = ps.window(quarter, first=0, stop=10_000)
    plan = ps.grow_batch(decay, batch_size=1)
    areas = [math.acos(0.5**power) / (math.pi / 2) for power in range(30)]
    doubling = sum((stop - start) / 2**power for power, (start, stop) in enumerate(pairwise(areas)))
    assert plan.steps / 10_000 == pytest.approx(doubling, abs=2e-3)
    assert 2 / math.pi < doubling < 0.79


def test_a_late_switch() -> None:
    lr = ps.warmup_cosine(peak=1.0, warmup_steps=100, total_steps=1000)
    late = ps.piecewise_constant(values=[16, 64], boundaries=[750])
    plan = ps.grow_batch(lr, late, batch_size=16)
    check_plan(plan, lr, 16)
    # 250 is no multiple of 4: two updates of the stage are taken before it.
    assert plan["batch_size"] == ps.piecewise_constant(values=[16, 64], boundaries=[752])
    assert plan.steps == 752 + 248 // 4
    assert ps.grow_batch(lr, late, batch_size=16, factor=4) == plan
    assert ps.grow_batch(lr, late, batch_size=16, power=0)["lr"](752) == lr(752)


def test_doubling_by_a_critical_batch_size() -> None:
    """1024 documents, 2048 from where the curve reaches that, and 4096: the rate rises by the root of 2 each time."""
    lr = ps.warmup_stable_decay(peak=0.5, warmup_steps=10, decay_steps=10, total_steps=608)
    critical = ps.piecewise_linear(values=[500, 2048, 4096], boundaries=[168, 504])
    plan = ps.grow_batch(lr, critical, batch_size=1024)
    check_plan(plan, lr, 1024)
    assert plan["batch_size"] == ps.piecewise_constant(values=[1024, 2048, 4096], boundaries=[168, 168 + 336 // 2])
    assert plan["lr"](168) == 0.5 * math.sqrt(2)
    assert plan["lr"](168 + 336 // 2) == 0.5 * 2


def test_a_rate_without_an_end_is_cut_as_the_message_says() -> None:
    """A constant rate with a late switch, as in its paper; and a root, whose fall takes the place of the end."""
    flat = ps.stretch_to(ps.warmup_constant(peak=0.5, warmup_steps=10), steps=100, from_steps=100)
    plan = ps.grow_batch(flat, ps.piecewise_constant(values=[8, 32], boundaries=[75]), batch_size=8, power=0)
    check_plan(plan, flat, 8, power=0)
    assert plan.steps == 76 + 24 // 4
    root = ps.stretch_to(ps.inverse_sqrt(peak=1.0, timescale=10), steps=100, from_steps=100)
    assert sizes_of(ps.grow_batch(root, batch_size=1)) == [*[1] * 30, *[2] * 35]


def test_the_batch_starts_as_it_is_told_and_stays_within_the_largest() -> None:
    lr = ps.linear(start=1.0, end=0.0, steps=1000)
    assert max(sizes_of(ps.grow_batch(lr, batch_size=3, largest=13))) == 12
    assert set(sizes_of(ps.grow_batch(lr, batch_size=3, largest=3))) == {3}
    # A target that is large at once leaves what does not come out even to the beginning.
    sizes = sizes_of(ps.grow_batch(ps.linear(start=1.0, end=0.0, steps=11), lambda step: 40.0, batch_size=10))
    assert sizes == [10, 10, 10, 40, 40]


def test_a_rate_that_rises_again_has_smaller_batches_again() -> None:
    lr = ps.cosine_restarts(peak=1.0, every=100, times=2)
    plan = ps.grow_batch(lr, batch_size=1)
    check_plan(plan, lr, 1)
    sizes = sizes_of(plan)
    half = next(step for step, _ in enumerate(sizes) if sum(sizes[:step]) >= 100)
    assert sizes[half - 1] > sizes[half + 1] == 1


def test_a_learnt_peak_moves_the_rate_and_not_the_plan() -> None:
    peak = torch.tensor(0.5, requires_grad=True)
    plan = ps.grow_batch(ps.linear(start=peak, end=0.0, steps=8), batch_size=10)
    assert sizes_of(plan) == [10, 10, 10, 10, 20, 20]
    (slope,) = torch.autograd.grad(plan["lr"](4), peak)
    assert slope.item() == pytest.approx(0.5 * math.sqrt(2))


LINE = ps.linear(start=1.0, end=0.0, steps=8)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            lambda: ps.grow_batch(ps.constant(value=1.0), batch_size=8),
            "grow_batch: schedule must have an end, and a length above 0, got schedule=constant(value=1.0); "
            "write stretch_to(..., steps=T, from_steps=T) for a run of its first T steps",
        ),
        (
            lambda: ps.grow_batch(ps.linear(start=1.0, end=0.0, steps=8.5), batch_size=8),
            "grow_batch: schedule must be a whole number of steps long, got "
            "schedule=linear(start=1.0, end=0.0, steps=8.5); "
            "write stretch_to(..., steps=T, from_steps=T) for a run of its first T steps",
        ),
        (
            lambda: ps.grow_batch(LINE, batch_size=3.5),
            "grow_batch: batch_size must be a whole number above 0, got batch_size=3.5; count them: 1, 2, 3 ...",
        ),
        (
            lambda: ps.grow_batch(LINE, batch_size=8, largest=4),
            "grow_batch: largest must be at least batch_size, got largest=4; raise it, or lower batch_size",
        ),
        (
            lambda: ps.grow_batch(LINE, batch_size=8, factor=1.5),
            "grow_batch: factor must be a whole number above 0, got factor=1.5; count them: 1, 2, 3 ...",
        ),
        (
            lambda: ps.grow_batch(LINE, batch_size=8, factor=1),
            "grow_batch: factor must be above 1, got factor=1; write 2 for a batch that doubles",
        ),
        (
            lambda: ps.grow_batch(ps.linear(start=1.0, end=-1.0, steps=8), batch_size=8),
            "grow_batch: the schedule must not be negative, got -0.25 at step 5 from "
            "linear(start=1.0, end=-1.0, steps=8); write clip(..., low=0.0) around it",
        ),
    ],
)
def test_what_is_refused_is_refused_by_name(wrong: object, said: str) -> None:
    with pytest.raises(ValueError, match=r"^grow_batch") as refused:
        wrong()  # type: ignore[operator]
    assert str(refused.value) == said


@pytest.mark.parametrize("last", [3e-3, 1e-3, 1e-9, 0.0])
def test_a_size_that_no_longer_fits_gives_way_to_the_largest_that_does(last: float) -> None:
    """Of 300 updates 256 are one, and a rate that falls further never has a longer run."""
    run = ps.window(ps.piecewise_constant(values=[1.0, last], boundaries=[700]), first=0, stop=1000)
    plan = ps.grow_batch(run, batch_size=2)
    check_plan(plan, run, 2)
    assert plan.steps == 745
    assert ps.grow_batch(run, batch_size=2, largest=512) == plan


def test_a_target_is_not_negative() -> None:
    with pytest.raises(ValueError, match=r"^grow_batch: the target must not be negative, .*, got -3\.0 at step 0"):
        ps.grow_batch(LINE, ps.constant(value=-3.0), batch_size=8)


def test_a_target_is_a_schedule() -> None:
    with pytest.raises(
        TypeError, match=r"grow_batch: target must be a schedule, not a number, got target=64; write constant"
    ):
        ps.grow_batch(LINE, 64, batch_size=8)  # type: ignore[arg-type]
