"""Law 7: exact restarts. The peak at each of them, by number and by tensor, however the cycles grow."""

import math

import pytest
import torch

import pure_schedules as ps


@pytest.mark.parametrize("first", [1, 5, 10, 50, 100])
@pytest.mark.parametrize("growth", [1, 1.5, 2, 3, 5, 6, 10])
def test_the_peak_at_every_restart(first: int, growth: float) -> None:
    cycles, factor = 8, 0.75
    schedule = ps.cosine_restarts(peak=0.1, every=first, times=cycles, growth=growth, factor=factor, floor=0.01)
    start = 0.0
    for cycle in range(cycles):
        length = first * growth**cycle
        peak = 0.1 * factor**cycle
        assert schedule(start) == schedule(torch.tensor(start, dtype=torch.float64)).item() == peak
        before = start - 1e-6 * length
        if cycle:
            assert schedule(before) == pytest.approx(0.01, rel=1e-6)
        middle = schedule(start + length / 2)
        assert middle == pytest.approx((peak + 0.01) / 2, rel=1e-12)
        start += length
    assert schedule(start) == schedule(start + 10**9) == 0.01
    assert schedule.steps == start


@pytest.mark.parametrize("first", [1, 5, 10, 50, 100])
@pytest.mark.parametrize("growth", [1, 1.1, 1.5, 2, 3, 5, 6, 10])
def test_rounds_that_grow_without_an_end(first: int, growth: float) -> None:
    """The same restarts as those of the join, found from a logarithm, which the start of each round then corrects."""
    schedule = ps.repeat(ps.cosine(start=0.1, steps=first), growth=growth, factor=0.75)
    start = 0.0
    for cycle in range(14):
        peak = 0.1 * 0.75**cycle
        # Where the sum of the lengths is not a whole number, it is rounded as it is added up.
        assert schedule(start) == pytest.approx(peak, rel=1e-12)
        assert schedule(torch.tensor(start, dtype=torch.float64)).item() == pytest.approx(peak, rel=1e-12)
        if float(growth).is_integer() or growth == 1.5:
            assert (
                schedule(start)
                == schedule(torch.tensor(start, dtype=torch.float64)).item()
                == pytest.approx(peak, rel=1e-15)
            )
        if cycle:
            assert schedule(start * (1 - 1e-9)) < 1e-6 * peak
        start += first * growth**cycle


@pytest.mark.parametrize("every", [1, 3, 10, 97, 1000])
def test_equal_rounds_begin_anew_for_ever(every: int) -> None:
    schedule = ps.repeat(ps.cosine(start=0.1, steps=every))
    starts = [every * number for number in (0, 1, 2, 3, 10, 999, 10**6, 10**9)]
    assert [schedule(start) for start in starts] == [0.1] * len(starts)
    assert schedule(torch.tensor(starts)).tolist() == [0.1] * len(starts)
    if every > 1:
        assert schedule(every * 10**6 - 1) == schedule(every - 1) == schedule(torch.tensor(every * 10**6 - 1)).item()


def test_stairs_change_at_every_stair_and_not_beside_it() -> None:
    for every in (1, 3, 7, 10, 49, 1000, 0.1):
        schedule = ps.step_decay(start=1.0, factor=0.5, every=every)
        for stair in range(30):
            assert schedule(stair * every) == schedule(torch.tensor(stair * every, dtype=torch.float64)).item()
            if isinstance(every, int):
                assert schedule(stair * every) == 0.5**stair
                assert schedule(math.nextafter(stair * every, math.inf)) == 0.5**stair
                if stair:
                    assert schedule(math.nextafter(stair * every, 0)) == 0.5 ** (stair - 1)
