"""Several hyperparameters on one clock, and clocks that count samples."""

import copy
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
    with pytest.raises(AttributeError, match="a bundle cannot be altered"):
        BOTH.lr = RATE  # type: ignore[attr-defined]


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
