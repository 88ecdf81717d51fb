"""Law 3: exact boundaries. At a boundary the next schedule is at its 0; the step before is still the previous one's."""

import itertools
import math
from typing import Any

import pytest
import torch
from catalogue import CASES, Case
from compositions import compositions
from hypothesis import given
from hypothesis import strategies as st

import pure_schedules as ps
from pure_schedules import numeric
from pure_schedules._trace import decisions


@given(compositions, compositions, st.integers(1, 200))
def test_at_a_boundary_the_next_one_is_at_its_0(a: ps.Schedule, b: ps.Schedule, boundary: int) -> None:
    joined = ps.join([a, b], boundaries=[boundary])
    assert joined(boundary) == b(0)
    assert joined(boundary + 3) == b(3)
    assert joined(boundary - 1) == a(boundary - 1)


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_tensors_change_over_at_the_same_steps(case: Case) -> None:
    above = 2 * case.peak
    marked = ps.join([case.schedule, ps.constant(value=above), ps.scale(case.schedule, factor=-1.0)], boundaries=[13, 29])
    values = marked(torch.arange(60))
    assert bool((values[:13] < above).all())
    assert bool((values[13:29] == above).all())
    assert bool((values[29:] <= 0).all())


def test_a_child_sees_only_steps_of_its_own_share() -> None:
    seen: dict[str, list[float]] = {"first": [], "second": []}

    def child(name: str):
        def schedule(step):
            seen[name].extend(step.tolist() if isinstance(step, torch.Tensor) else [step])
            return step * 1.0

        return schedule

    joined = ps.join([child("first"), child("second"), ps.constant(value=0.0)], boundaries=[10, 25])
    joined(torch.arange(-50, 200))
    for step in range(-5, 60):
        joined(step)
    assert min(seen["first"]) == 0
    assert max(seen["first"]) == 10
    assert min(seen["second"]) == 0
    assert max(seen["second"]) == 15


def test_lengths_stand_for_boundaries() -> None:
    pieces = [ps.linear(start=0.0, end=1.0, steps=10), ps.cosine(start=1.0, steps=2.5), ps.constant(value=3.0)]
    joined, explicit = ps.join(pieces), ps.join(pieces, boundaries=[10, 12.5])
    assert all(joined(step) == explicit(step) for step in (0, 5, 9.5, 10, 11, 12, 12.5, 13))
    # They follow when a length is changed.
    assert joined.replace({"schedules": {0: {"steps": 20}}})(20) == 1.0


def test_lengths_are_known_through_every_combinator() -> None:
    up, down = ps.linear(start=0.0, end=1.0, steps=10), ps.cosine(start=1.0, steps=20)
    assert ps.join([up, down]).steps == 30
    assert ps.join([up, down], boundaries=[4]).steps == 24
    assert ps.scale(up, factor=2.0).steps == ps.clip(up, low=0.1).steps == 10
    assert ps.multiply([up, down]).steps == ps.add([down, up]).steps == 20
    assert ps.shift(up, steps=5).steps == 15
    assert ps.shift(up, steps=-25).steps == 0
    assert ps.stretch(up, factor=3).steps == 30
    assert ps.repeat(up, times=4).steps == 40
    assert ps.repeat(up).steps == math.inf
    assert ps.count_from_one(up).steps == 9
    assert ps.staircase(up, every=4).steps == 12
    assert ps.staircase(ps.constant(value=1.0), every=4).steps == math.inf
    assert ps.vary(ps.cosine(start=1.0, steps=10), up, hyperparameter="start").steps == 10
    assert ps.vary(ps.cosine(start=1.0, steps=10), down, hyperparameter="steps").steps == 20
    assert ps.warp(up, power=2).steps == ps.mirror(up).steps == ps.stretch_to(down, steps=10).steps == 10
    assert ps.repeat(up, times=3, growth=2).steps == 70
    assert ps.table(values=[1.0, 2.0, 3.0], every=5).steps == 10
    assert ps.extend(up, at=5, total_steps=50).steps == 50
    assert ps.scale(lambda step: 1.0, factor=2.0).steps == math.inf
    assert ps.warmup_cosine(peak=1.0, warmup_steps=3, total_steps=50).steps == 50


@pytest.mark.parametrize(
    ("boundaries", "message"),
    [
        ([], "join: boundaries must be one fewer than schedules, got boundaries=[]; "),
        ([1, 2], "join: boundaries must be one fewer than schedules, got boundaries=[1, 2]; "),
        ([-1], "join: boundaries must rise from 0 on, never falling, got boundaries=[-1]; "),
        ([math.nan], "join: boundaries must be finite, got boundaries=[nan]; "),
        ([math.inf], "join: boundaries must be finite, got boundaries=[inf]; "),
    ],
)
def test_wrong_boundaries_are_refused_when_built(boundaries: list[float], message: str) -> None:
    with pytest.raises(ValueError) as caught:
        ps.join([ps.constant(value=1.0), ps.constant(value=2.0)], boundaries=boundaries)
    assert str(caught.value).startswith(message)


def test_falling_boundaries_are_refused_when_built() -> None:
    with pytest.raises(ValueError, match="must rise from 0 on"):
        ps.join([ps.constant(value=1.0)] * 3, boundaries=[10, 5])


# Where a schedule changes its formula --------------------------------------------------------------------------------

UP, DOWN = ps.linear(start=0.0, end=1.0, steps=10), ps.cosine(start=1.0, steps=20)


def is_corner(case: Case, place: float) -> bool:
    """Whether the catalogue has a corner there, or one that comes again and again from one that it has."""
    return any(
        abs(place - corner) <= 0.01 or (case.every is not None and place > corner and (place - corner) % case.every == 0)
        for corner in (0, *case.corners)
    )


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_a_schedule_says_where_it_turns(case: Case) -> None:
    last = max(case.corners, default=100)
    found = list(case.schedule.boundaries(last=last + 0.01))
    assert all(before < after for before, after in itertools.pairwise(found))
    assert all(type(place) is float and 0 < place <= last + 0.01 for place in found)
    assert [place for place in found if not is_corner(case, place)] == []
    for corner in case.corners:
        near = [place for place in found if abs(place - corner) <= 0.01]
        assert len(near) == 1, corner
        assert corner != int(corner) or near == [corner]


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_nothing_turns_after_the_end(case: Case) -> None:
    end = case.schedule.steps
    if end < math.inf:
        assert all(place <= end for place in case.schedule.boundaries(last=3 * end + 10))


@pytest.mark.parametrize("length", [29, 0.3, 1e6 / 7])
def test_a_clock_that_runs_back_does_not_turn_at_the_first_step(length: float) -> None:
    back = ps.mirror(ps.stretch_to(ps.linear(start=0.0, end=1.0, steps=7), steps=length))
    assert list(back.boundaries()) == [pytest.approx(length, rel=1e-14)]


@ps.schedule
def users_own(step: Any, *, peak: Any, steps: Any) -> Any:
    held = numeric.where(step < steps / 3, 0.5, numeric.clamp(step / steps, 0.0, 1.0))
    return peak * abs(held - 0.75)


def test_boundaries_of_every_combinator() -> None:
    joined = ps.join([UP, DOWN])
    for schedule, last, expected in (
        (joined, None, [10, 30]),
        (ps.window(joined, first=5, stop=25), 40, [5, 10, 25]),
        (ps.staircase(joined, every=8), None, [8, 16, 24, 32]),
        (ps.mirror(joined), None, [20, 30]),
        (ps.warp(joined, power=0.5), None, [30 / 9, 30]),
        (ps.on_clock(joined, ps.consumed(sizes=[2, 4], boundaries=[3])), 20, [3, 4, 9]),
        (ps.interpolate(ps.join([UP, UP]), start=1.0, end=2.0, steps=10, space=ps.logarithm), None, [10]),
        (ps.switch([UP, DOWN], boundaries=[7]), None, [7, 20]),
        (ps.sequence([UP, DOWN], fractions=[0.25, 0.75], total_steps=40), None, [10, 40]),
        (ps.stretch_to(joined, steps=60), None, [20, 60]),
        (ps.repeat(UP, times=3), None, [10, 20, 30]),
        (ps.repeat(UP, times=3, growth=2), None, [10, 30, 70]),
        (ps.repeat(joined, times=2, growth=1.5, factor=0.5), None, [10, 30, 45, 75]),
        (ps.repeat(UP, every=6, times=2), None, [6, 12]),
        (ps.shift(joined, steps=-15), None, [15]),
        (ps.shift(joined, steps=5), None, [5, 15, 35]),
        (ps.join([ps.repeat(UP, times=2), DOWN], boundaries=[50]), None, [10, 20, 50, 70]),
        (ps.clip(ps.sinusoid(start=1.0, end=0.0, period=100), high=0.5), 200, [25, 75, 125, 175]),
        (ps.join([DOWN, ps.constant(value=torch.tensor(1.0))], boundaries=[torch.tensor(5)]), 30, [5]),
        (ps.warmup_cosine(peak=torch.tensor(1.0), warmup_steps=10, total_steps=100), None, [10, 100]),
        (users_own(peak=1.0, steps=30), 100, [10, 22.5, 30]),
        (ps.sinusoid(start=1.0, end=0.0, period=7), 100, []),
        (ps.constant(value=1.0), 100, []),
        (ps.scale(lambda step: 1.0 if step < 5 else 2.0, factor=2.0), 100, []),
    ):
        assert list(schedule.boundaries(last=last)) == pytest.approx(expected, rel=1e-14), schedule


def test_boundaries_between_two_steps() -> None:
    joined = ps.join([UP, DOWN, UP])
    assert list(joined.boundaries(10)) == [30, 40]
    assert list(joined.boundaries(9.5, 30)) == [10, 30]
    assert list(joined.boundaries(10, 29.5)) == []
    assert list(ps.repeat(UP).boundaries(10**9, 10**9 + 25)) == [10**9 + 10, 10**9 + 20]


def test_a_short_piece_of_a_long_run_is_found() -> None:
    ramp = ps.linear(start=0.0, end=1.0, steps=1_000_000)
    assert list(ps.window(ramp, first=500_100, stop=500_200).boundaries()) == [500_100, 500_200]
    assert list(ps.join([ramp, DOWN, ramp]).boundaries()) == [1_000_000, 1_000_020, 2_000_020]
    cut = ps.clip(ps.sinusoid(start=0.0, end=1.0, period=20), high=0.5)
    waves = ps.join([ramp, cut, ramp], boundaries=[1_000_000, 1_000_100])
    assert list(waves.boundaries()) == [1_000_000, *range(1_000_005, 1_000_100, 10), 1_000_100, 2_000_100]


def test_an_endless_one_gives_as_many_as_one_takes() -> None:
    for schedule, expected in (
        (ps.repeat(UP), [10, 20, 30, 40]),
        (ps.repeat(UP, growth=2), [10, 30, 70, 150]),
        (ps.step_decay(start=1.0, factor=0.5, every=7), [7, 14, 21, 28]),
    ):
        assert list(itertools.islice(schedule.boundaries(last=1e12), 4)) == expected


def test_the_last_step_of_an_endless_one_must_be_given() -> None:
    with pytest.raises(ValueError) as raised:
        ps.repeat(UP).boundaries()
    assert str(raised.value) == (
        "repeat: last must be given where the schedule is endless; write boundaries(last=...) with the last step to look at"
    )


@given(compositions)
def test_between_two_boundaries_nothing_is_decided(schedule: ps.Schedule) -> None:
    """A composition decides alike from one boundary to the next: there its formula is one piece."""
    decided, _ = decisions(lambda step: schedule.run(numeric.maximum(step, 0)))
    last = min(100.0, float(schedule.steps))
    places = [0.0, *itertools.islice(schedule.boundaries(last=last), 100)]
    for before, after in itertools.pairwise(places if len(places) > 100 else [*places, last]):
        width = after - before
        if width > 1e-9:
            inside = [decided(before + width * part) for part in (1e-6, 0.1, 0.25, 0.5, 0.75, 0.9, 1 - 1e-6)]
            assert all(each == inside[0] for each in inside), (before, after)
