"""Law 3: exact boundaries. At a boundary the next schedule is at its 0; the step before is still the previous one's."""

import math

import pytest
import torch
from catalogue import CASES, Case
from compositions import compositions
from hypothesis import given
from hypothesis import strategies as st

import pure_schedules as ps


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
    assert ps.join([up, ps.constant(value=1.0)]).steps == math.inf
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
