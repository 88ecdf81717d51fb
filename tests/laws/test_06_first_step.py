"""Law 6: the first step. It begins at `start` and is at `peak` after the warmup, exactly; (t + 1) / W has its own name."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import pure_schedules as ps

rates = st.floats(1e-9, 10.0)


@given(rates, rates, rates, st.integers(0, 10**6), st.integers(1, 10**6))
def test_it_begins_at_start_and_is_at_the_peak_after_the_warmup(
    start: float, peak: float, floor: float, warmup: int, decay: int
) -> None:
    given = {"peak": peak, "start": start, "warmup_steps": warmup}
    total = warmup + decay
    for schedule in (
        ps.warmup_constant(**given),
        ps.warmup_linear(**given, floor=floor, total_steps=total),
        ps.warmup_cosine(**given, floor=floor, total_steps=total),
        ps.warmup_stable_decay(**given, floor=floor, total_steps=total, decay_steps=decay),
        ps.warmup_stable_decay(**given, floor=floor, total_steps=total, decay_steps=decay, decay=ps.cosine),
        ps.warmup_stable_decay(**given, floor=floor, total_steps=total, decay_steps=decay, decay=ps.exponential),
    ):
        first, top = (start if warmup else peak), peak
        assert (schedule(0), schedule(warmup)) == (first, top)
        assert schedule(torch.tensor([0, warmup])).tolist() == [first, top]
        in_single = schedule(torch.tensor([0.0, warmup]))
        if warmup < 2**24:
            assert in_single.tolist() == torch.tensor([first, top]).tolist()


@given(rates, st.integers(1, 1000), st.floats(0.0, 0.999))
def test_one_cycle_begins_low_and_is_at_the_peak_where_it_says(peak: float, total: int, fraction: float) -> None:
    cycle = ps.one_cycle(peak=peak, total_steps=total, warmup_fraction=fraction)
    assert cycle(0) == (peak * 0.04 if fraction * total > 0 else peak)
    assert cycle(fraction * total) == peak


def test_counting_from_one_is_the_other_convention_by_its_name() -> None:
    peak, warmup = 3e-4, 7
    lr = ps.count_from_one(ps.warmup_constant(peak=peak, warmup_steps=warmup))
    for step in range(warmup):
        assert lr(step) == pytest.approx(peak * (step + 1) / warmup, rel=1e-15)
    assert lr(warmup - 1) == lr(warmup) == peak
