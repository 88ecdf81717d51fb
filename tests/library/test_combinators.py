"""Combinators beside their cases in the catalogue: arguments that are left out, and both ends of an axis."""

import copy
import math
from dataclasses import FrozenInstanceError
from typing import Any

import pytest
import torch

import pure_schedules as ps
from pure_schedules.spaces import Space


def test_a_curve_with_no_axis_is_drawn_as_it_is() -> None:
    curve = ps.cosine(start=0.0, end=1.0, steps=1)
    drawn, shape = ps.interpolate(curve, start=3.0, end=1.0, steps=8), ps.cosine(start=3.0, end=1.0, steps=8)
    assert [drawn(step) for step in range(12)] == pytest.approx([shape(step) for step in range(12)], rel=1e-15)


@pytest.mark.parametrize("space", [ps.logarithm, ps.reciprocal, ps.half_lives])
@pytest.mark.parametrize("start", [0.9, 0.3, 1e-3 / 3, 0.7])
def test_a_curve_on_an_axis_is_at_its_ends_exactly(space: Space, start: float) -> None:
    lr = ps.interpolate(ps.linear(start=0.0, end=1.0, steps=1), start=start, end=0.1, steps=7, space=space)
    assert (lr(0), lr(7), lr(100)) == (start, 0.1, 0.1)


@pytest.mark.parametrize(
    ("space", "shape"),
    [(ps.logarithm, ps.exponential), (ps.reciprocal, ps.harmonic), (ps.half_lives, ps.half_life)],
)
def test_shapes_with_names_are_straight_lines_on_an_axis(space: Space, shape: Any) -> None:
    straight = ps.linear(start=0.0, end=1.0, steps=1)
    drawn, named = ps.interpolate(straight, start=0.9, end=0.1, steps=8, space=space), shape(start=0.9, end=0.1, steps=8)
    assert [drawn(step) for step in range(12)] == pytest.approx([named(step) for step in range(12)], rel=1e-14)


@pytest.mark.parametrize(
    ("space", "value", "place"),
    [
        (ps.logarithm, 1.0, 0.0),
        (ps.logarithm, math.e, 1.0),
        (ps.reciprocal, 4.0, 0.25),
        (ps.reciprocal, -0.5, -2.0),
        (ps.half_lives, 0.5, 1.0),
        (ps.half_lives, 0.25, 0.5),
        (ps.half_lives, 0.5**0.1, 10.0),
    ],
)
def test_where_a_value_stands_on_an_axis(space: Space, value: float, place: float) -> None:
    """A half-life counts the updates after which half is left."""
    assert space.place(value) == pytest.approx(place, rel=1e-14)
    assert space.inverse(place) == pytest.approx(value, rel=1e-14)


@pytest.mark.parametrize(
    ("space", "nowhere"),
    [
        (ps.logarithm, [0.0, -1.0]),
        (ps.reciprocal, [0.0]),
        (ps.half_lives, [0.0, 1.0, -0.5]),
        (Space("endless", lambda value: value * math.inf, lambda place: place), [1.0, 0.0]),
    ],
)
def test_a_value_that_has_no_place_on_an_axis_is_refused(space: Space, nowhere: list[float]) -> None:
    curve = ps.linear(start=0.0, end=1.0, steps=1)
    for value in nowhere:
        for ends in ({"start": value, "end": 0.5}, {"start": 0.5, "end": value}):
            with pytest.raises(ValueError, match=r"^interpolate: (start|end) must have a place on the axis of space, got "):
                ps.interpolate(curve, **ends, steps=8, space=space)
        ps.interpolate(curve, start=value, end=value, steps=8)  # on a straight axis every value has one
    for other in (math.log, "logarithm"):
        with pytest.raises(TypeError, match="interpolate: space must be an axis, got space="):
            ps.interpolate(curve, start=1.0, end=2.0, steps=8, space=other)  # type: ignore[arg-type]


def test_an_axis_is_a_value() -> None:
    assert copy.deepcopy(ps.logarithm) == ps.logarithm != ps.reciprocal
    with pytest.raises(FrozenInstanceError):
        ps.logarithm.name = "decades"  # type: ignore[misc]


def test_what_varies_for_ever_has_no_end() -> None:
    varied = ps.vary(ps.cosine(start=1.0, steps=9), ps.step_decay(start=1.0, factor=0.5, every=10), hyperparameter="start")
    assert varied.steps == math.inf


@pytest.mark.parametrize(
    ("schedule", "steps"),
    [
        (ps.chain([ps.linear(start=1.0, end=0.5, steps=10), ps.linear(start=1.0, end=0.5, steps=5)]), 15),
        (ps.chain([ps.constant(value=1.0), ps.cosine(start=1.0, steps=5)], boundaries=[7]), 12),
        (ps.join([ps.cosine(start=1.0, steps=5)]), 5),
        (ps.running_product(ps.constant(value=0.5), times=4), 4),
        (ps.vary(ps.cosine(start=1.0, steps=10), ps.linear(start=10, end=30, steps=5), hyperparameter="steps"), 30),
        (ps.vary(ps.cosine(start=1.0, steps=10), ps.linear(start=30, end=10, steps=25), hyperparameter="steps"), 25),
    ],
    ids=repr,
)
def test_the_length_that_a_combinator_makes(schedule: ps.Schedule, steps: float) -> None:
    assert schedule.steps == steps
    assert schedule(steps) == schedule(steps + 1) == schedule(10 * steps)


def test_it_is_the_peak_that_varies_unless_told_otherwise() -> None:
    lr = ps.vary(ps.warmup_constant(peak=1.0, warmup_steps=2), ps.linear(start=4.0, end=0.0, steps=4))
    assert [lr(step) for step in range(6)] == [0.0, 1.5, 2.0, 1.0, 0.0, 0.0]


def test_a_plain_function_is_chained_at_the_value_reached() -> None:
    lr = ps.chain([ps.linear(start=1.0, end=0.5, steps=10), lambda step: 4.0 - step], boundaries=[10])
    assert [lr(step) for step in (0, 10, 12)] == [1.0, 0.5, 0.25]
    with pytest.raises(ValueError, match="must not begin at 0 after the first"):
        ps.chain([ps.constant(value=1.0), lambda step: step], boundaries=[10])


def test_dividing_by_a_schedule_undoes_multiplying_by_it() -> None:
    lr = ps.cosine(start=1.0, end=0.125, steps=50)
    again = ps.divide(ps.multiply([lr, lr]), lr)
    assert [again(step) for step in (0, 7, 25, 50, 100)] == pytest.approx([lr(step) for step in (0, 7, 25, 50, 100)])


def test_where_there_is_nothing_to_divide_by_it_is_nothing() -> None:
    """A rate of 0 decays nothing, and a product of 0 and infinity would be no number; nor is the gradient."""
    rise = ps.linear(start=0.0, end=1.0, steps=4)
    decay = ps.divide(ps.constant(value=0.5), rise)
    assert decay(0) == 0.0
    assert decay(torch.arange(5)).tolist() == [0.0, 2.0, 1.0, 2 / 3, 0.5]
    step = torch.tensor([0.0, 2.0], dtype=torch.float64, requires_grad=True)
    decay(step).sum().backward()
    assert step.grad is not None
    assert step.grad.tolist() == [0.0, -0.5]
