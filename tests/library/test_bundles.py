"""Several hyperparameters on one clock, and clocks that count samples."""

import copy
import json
import math
import pickle

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import pure_schedules as ps

RATE = ps.warmup_cosine(peak=0.4, warmup_steps=10, total_steps=100)
BOTH = ps.bundle(lr=RATE, momentum=ps.remap(RATE, low=0.0, high=0.4, to_low=0.95, to_high=0.85))


def test_momentum_mirrors_the_rate() -> None:
    assert BOTH(0) == {"lr": 0.0, "momentum": 0.95}
    assert BOTH(10) == {"lr": 0.4, "momentum": pytest.approx(0.85)}
    curves = BOTH(torch.arange(100))
    assert torch.allclose(curves["momentum"], 0.95 - 0.1 * curves["lr"] / 0.4)


def test_a_tuple_of_hyperparameters() -> None:
    clock = ps.bundle(lr=RATE, betas=(BOTH["momentum"], None))
    assert clock(0) == {"lr": 0.0, "betas": (0.95, None)}
    stretched = clock.map(lambda schedule: ps.stretch(schedule, factor=2))
    assert stretched(20) == {"lr": 0.4, "betas": (pytest.approx(0.85), None)}


def test_it_is_a_value() -> None:
    again = ps.bundle(momentum=BOTH["momentum"], lr=BOTH["lr"])
    assert again == BOTH
    assert hash(again) == hash(BOTH)
    assert BOTH.map(lambda schedule: ps.stretch(schedule, factor=2)) != BOTH
    assert copy.deepcopy(BOTH) == pickle.loads(pickle.dumps(BOTH)) == BOTH
    assert eval(repr(BOTH), vars(ps)) == BOTH
    assert list(BOTH) == ["lr", "momentum"]
    with pytest.raises(AttributeError, match=r"a bundle cannot be altered; make a changed copy: bundle.replace\(lr=...\)"):
        BOTH.lr = RATE  # type: ignore[attr-defined]
    with pytest.raises(TypeError, match=r"a Bundle is made by pure_schedules.bundle"):
        ps.Bundle({"lr": RATE})
    assert dict(BOTH) == BOTH.arguments != BOTH


#: One of each kind of thing that may stand under a name.
CLOCK = ps.bundle(lr=RATE, betas=(BOTH["momentum"], None), momentum=None)


def test_a_changed_copy() -> None:
    halved = CLOCK.replace({"lr": {"peak": 0.2}})
    assert halved == CLOCK.replace(lr=RATE.replace(peak=0.2)) == ps.bundle(**{**CLOCK, "lr": RATE.replace(peak=0.2)})
    assert CLOCK["lr"] is RATE
    assert CLOCK.replace({"betas": {0: {"to_low": 0.5}}})(0)["betas"] == (0.5, None)
    assert CLOCK.replace(betas=(RATE, RATE))["betas"] == (RATE, RATE)
    assert CLOCK.replace(CLOCK.hyperparameters) == CLOCK
    with pytest.raises(TypeError, match=r"bundle: there is no schedule 'rl' in it; add one by bundle\(\*\*old, rl=...\)"):
        CLOCK.replace(rl=RATE)
    with pytest.raises(TypeError, match=r"bundle\.lr: there is no hyperparameter 'paek'; did you mean 'peak'\?"):
        CLOCK.replace({"lr": {"paek": 1.0}})
    with pytest.raises(TypeError, match=r"bundle: lr must be a schedule, not a number, got lr=3\.0;"):
        CLOCK.replace(lr=3.0)
    with pytest.raises(TypeError, match=r"bundle: betas\[1\] must be a schedule, not a number, got betas="):
        CLOCK.replace(betas=(RATE, 3.0))


def test_text_and_data_bring_it_back() -> None:
    assert ps.parse(repr(CLOCK)) == CLOCK
    assert ps.from_data(json.loads(json.dumps(ps.to_data(CLOCK)))) == CLOCK
    assert ps.to_data(ps.bundle(lr=ps.constant(value=1), betas=(ps.constant(value=2), None))) == {
        "version": 1,
        "schedule": "bundle",
        "hyperparameters": {
            "lr": {"schedule": "constant", "hyperparameters": {"value": 1}},
            "betas": [{"schedule": "constant", "hyperparameters": {"value": 2}}, None],
        },
    }
    with pytest.raises(TypeError, match=r"to_data: bundle\.lr must not be a function, which data cannot hold"):
        ps.to_data(ps.bundle(lr=lambda step: 1.0))


def test_what_differs_is_said_by_name() -> None:
    other = CLOCK.replace({"lr": {"peak": 0.2}})
    assert ps.differences(CLOCK, CLOCK) == []
    assert ps.differences(CLOCK, other) == ps.differences(ps.to_data(CLOCK), other)
    assert ps.differences(CLOCK, other) == ["bundle.lr: warmup_cosine.peak was 0.4, is 0.2"]


def test_a_bundle_is_no_schedule() -> None:
    said = r"must be one schedule, not several by name, got .*; take one of them by its name: bundle\['lr'\]"
    for wrong in (lambda: ps.scale(BOTH, factor=0.5), lambda: ps.join([RATE, BOTH]), lambda: ps.bundle(both=BOTH)):
        with pytest.raises(TypeError, match=said):
            wrong()
    with pytest.raises(TypeError, match=said):
        ps.parse(f"scale({BOTH!r}, factor=0.5)")
    with pytest.raises(TypeError, match=r"bundle: schedules are given by name, got .* by position"):
        ps.bundle(RATE)


def test_its_clock() -> None:
    clock = ps.bundle(lr=RATE, betas=(ps.linear(start=1.0, end=0.0, steps=150), None))
    assert clock.steps == 150
    assert list(clock.boundaries()) == [10, 100, 150]
    assert list(clock.boundaries(first=10, last=120)) == [100]
    assert ps.bundle(lr=RATE, momentum=ps.constant(value=0.9)).steps == RATE.steps
    assert ps.bundle(momentum=ps.constant(value=0.9)).steps == math.inf
    assert ps.bundle(lr=lambda step: 1.0).steps == math.inf
    assert ps.bundle(betas=(None, None)).steps == 0


@given(
    st.lists(st.integers(1, 64), min_size=1, max_size=5),
    st.lists(st.integers(0, 40), min_size=4, max_size=4).map(sorted),
    st.integers(0, 80),
)
def test_samples_are_counted_exactly_through_a_ramp(sizes: list[int], boundaries: list[int], step: int) -> None:
    boundaries = boundaries[: len(sizes) - 1]
    batch_size = ps.piecewise_constant(values=sizes, boundaries=boundaries)
    samples = ps.consumed(sizes=sizes, boundaries=boundaries)
    assert samples(step) == sum(batch_size(earlier) for earlier in range(step))


@given(
    st.lists(st.integers(1, 64), min_size=1, max_size=5),
    st.lists(st.integers(0, 1000), min_size=4, max_size=4).map(sorted),
)
def test_a_ramp_changes_at_the_first_update_after_so_many_samples(sizes: list[int], samples: list[int]) -> None:
    samples = samples[: len(sizes) - 1]
    ramp = ps.batch_size_ramp(sizes=sizes, samples=samples)
    taken = 0
    for step in range(200):
        # As a training loop would find it: the last size whose threshold has been reached.
        stage = 0
        while stage < len(samples) and taken >= samples[stage]:
            stage += 1
        assert ramp(step) == sizes[stage]
        taken += sizes[stage]


def test_a_schedule_in_tokens_under_a_ramp() -> None:
    """Half of the tokens are half of the way, wherever the batch grew."""
    ramp = ps.batch_size_ramp(sizes=[8, 16, 32], samples=[800, 2400])
    stages = ramp.composition.hyperparameters
    tokens = ps.scale(ps.consumed(sizes=stages["values"], boundaries=stages["boundaries"]), factor=128)
    rate = ps.on_clock(ps.linear(start=1.0, end=0.0, steps=8000 * 128), tokens)
    taken = 0.0
    for step in range(400):
        assert rate(step) == pytest.approx(max(1 - taken / (8000 * 128), 0.0), abs=1e-15)
        taken += ramp(step) * 128


def test_epochs() -> None:
    by_epoch = ps.linear(start=1.0, end=0.0, steps=10)  # steps that are epochs
    smooth = ps.stretch(by_epoch, factor=50)
    stairs = ps.staircase(smooth, every=50)
    assert [smooth(step) for step in (0, 25, 50, 500)] == [1.0, 0.95, 0.9, 0.0]
    assert [stairs(step) for step in (0, 49, 50, 499, 500)] == [1.0, 1.0, 0.9, pytest.approx(0.1), 0.0]
