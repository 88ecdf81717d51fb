"""Clocks at their edges: rounds of one step, and a ramp of batch sizes in which one update passes several thresholds."""

import math

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


@pytest.mark.parametrize(
    ("schedule", "steps"),
    [
        (ps.shift(ps.linear(start=0.0, end=1.0, steps=40), steps=-41), 0),
        (ps.stretch(ps.linear(start=0.0, end=1.0, steps=40), factor=2.5), 100),
        (ps.staircase(ps.linear(start=0.0, end=1.0, steps=45), every=10), 50),
        (ps.staircase(ps.linear(start=0.0, end=1.0, steps=torch.tensor(45.0)), every=10), 50),
        (ps.repeat(ps.linear(start=0.0, end=1.0, steps=8), every=5, times=3, growth=2.0), 5 + 10 + 20),
        (ps.warp(ps.linear(start=0.0, end=1.0, steps=40), power=2, steps=30), 30),
        (ps.mirror(ps.constant(value=1.0), steps=30), 30),
        (ps.window(ps.constant(value=1.0), first=10, stop=20), 20),
        (ps.consumed(sizes=[1, 2], boundaries=[10]), math.inf),
        (ps.batch_size_ramp(sizes=[50, 100], samples=[1000]), 20),
    ],
    ids=repr,
)
def test_the_length_that_a_changed_clock_makes(schedule: ps.Schedule, steps: float) -> None:
    assert schedule.steps == steps


def test_outside_of_its_window_a_schedule_is_0_unless_told_otherwise() -> None:
    lr = ps.window(ps.constant(value=1.0), first=10, stop=20)
    assert [lr(step) for step in (0, 9, 10, 19, 20, 1000)] == [0.0, 0.0, 1.0, 1.0, 0.0, 0.0]


def test_a_clock_that_is_negative_reads_0() -> None:
    lr = ps.on_clock(lambda step: step + 7.0, ps.linear(start=-2.0, end=2.0, steps=4))
    assert [lr(step) for step in range(5)] == [7.0, 7.0, 7.0, 8.0, 9.0]


def test_a_round_of_no_steps_in_a_batch_leaves_the_others_their_gradients() -> None:
    lr = ps.repeat(ps.linear(start=1.0, end=0.0, steps=8), growth=2.0)
    lengths = torch.tensor([0.0, 8.0], dtype=torch.float64, requires_grad=True)
    values = lr(torch.tensor(5.0), {"every": lengths})
    (gradient,) = torch.autograd.grad(values.sum(), lengths)
    assert values.tolist()[1] == lr(5)
    assert gradient.isfinite().all()


def test_rounds_that_grow_are_as_high_as_the_first_unless_told_otherwise() -> None:
    lr = ps.repeat(ps.linear(start=1.0, end=0.0, steps=4), growth=2)
    assert [lr(step) for step in (0, 1, 4, 6, 11, 12, 20, 28)] == [1.0, 0.75, 1.0, 0.75, 0.125, 1.0, 0.5, 1.0]
    assert lr(torch.tensor([4, 6, 11, 12])).tolist() == [1.0, 0.75, 0.125, 1.0]


def test_equal_rounds_in_a_batch_of_growths_have_a_slope() -> None:
    lr = ps.repeat(ps.linear(start=1.0, end=0.0, steps=8))
    growths = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(lr(torch.tensor(21.0), {"growth": growths}).sum(), growths)
    assert gradient.isfinite().all()


def test_what_takes_no_steps_cannot_be_stretched() -> None:
    with pytest.raises(ValueError, match="from_steps must be given where the schedule has no length"):
        ps.stretch_to(ps.linear(start=0.0, end=1.0, steps=0), steps=10)
