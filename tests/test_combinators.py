"""Combinators beside their cases in the catalogue: arguments that are left out, and both ends of an axis."""

import math
from typing import Any

import pytest

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


def test_what_varies_for_ever_has_no_end() -> None:
    varied = ps.vary(ps.cosine(start=1.0, steps=9), ps.step_decay(start=1.0, factor=0.5, every=10), hyperparameter="start")
    assert varied.steps == math.inf
