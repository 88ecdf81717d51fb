"""The decays where their formulas turn a corner."""

from itertools import pairwise

import pytest

import pure_schedules as ps


def test_a_warmup_of_one_update_or_none_has_the_peak_of_noam_at_once() -> None:
    for warmup_steps in (0, 1):
        lr = ps.noam(d_model=4, warmup_steps=warmup_steps)
        assert [lr(0), lr(3)] == [0.5, 0.25]


@pytest.mark.parametrize("beta2", [0.61, 0.65, 0.7, 0.9, 0.999])
def test_the_warmup_of_radam_has_a_rate_from_the_first_update_on_and_ends_at_its_peak(beta2: float) -> None:
    lr = ps.radam_warmup(peak=2.0, beta2=beta2)
    curve = [lr(step) for step in range(20_000)]
    assert 0 < curve[0] < 1
    assert all(before <= after for before, after in pairwise(curve))
    assert curve[-1] == pytest.approx(2.0, rel=1e-6)


@pytest.mark.parametrize("beta2", [0.6, 0.5, 0.0, -0.9])
def test_a_second_moment_without_a_memory_is_no_warmup(beta2: float) -> None:
    """The rectification of RAdam would never let it have a rate."""
    with pytest.raises(ValueError, match=r"radam_warmup: beta2 must be above 0\.6"):
        ps.radam_warmup(peak=1.0, beta2=beta2)


def test_a_decay_has_its_factor_at_every_step_unless_told_otherwise() -> None:
    lr = ps.exponential_decay(start=8.0, rate=0.5)
    assert [lr(step) for step in range(4)] == [8.0, 4.0, 2.0, 1.0]
