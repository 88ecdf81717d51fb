"""Clocks at their edges: rounds of one step, and a ramp of batch sizes in which one update passes several thresholds."""

import pytest
import torch

import pure_schedules as ps


@pytest.mark.parametrize("steps", [1, 0.5])
def test_a_round_may_be_as_short_as_a_step(steps: float) -> None:
    lr = ps.repeat(ps.linear(start=1.0, end=0.0, steps=steps), times=2)
    assert [lr(step) for step in (0, steps / 2, steps, 1.5 * steps, 2 * steps)] == [1.0, 0.5, 1.0, 0.5, 0.0]


def test_rounds_that_grow_by_tensors_are_those_that_grow_by_numbers() -> None:
    lr = ps.repeat(ps.linear(start=1.0, end=0.0, steps=8), every=4, times=5, factor=0.5)
    growths, lengths, clock = [1.0, 1.5, 2.0, 3.0], [0.5, 1.0, 4.0], torch.arange(0, 200, dtype=torch.float64)
    grown = lr(clock, {"growth": torch.tensor(growths, dtype=torch.float64)[:, None]})
    longer = lr(clock, {"every": torch.tensor(lengths, dtype=torch.float64)[:, None], "growth": 2.0})
    for row, growth in zip(grown.tolist(), growths, strict=True):
        assert row == pytest.approx([lr.replace(growth=growth)(step) for step in clock.tolist()], rel=1e-14)
    for row, every in zip(longer.tolist(), lengths, strict=True):
        assert row == pytest.approx([lr.replace(every=every, growth=2.0)(step) for step in clock.tolist()], rel=1e-14)


def test_an_update_that_passes_two_thresholds_skips_a_size() -> None:
    sizes = ps.batch_size_ramp(sizes=[100, 200, 300], samples=[10, 20])
    assert [sizes(step) for step in (0, 1, 2)] == [100.0, 300.0, 300.0]
    sizes = ps.batch_size_ramp(sizes=[100, 200], samples=[0])
    assert [sizes(step) for step in (0, 1)] == [200.0, 200.0]
