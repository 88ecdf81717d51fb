"""Curves through knots, beside the cases of the catalogue: any knots that one could give."""

import itertools
import random
from collections.abc import Callable

import catalogue
import pytest
import torch
from mpmath import mpf

import pure_schedules as ps

#: Knots whose ends each meet a rule of the monotone cubic: a slope cut to three times that of the line, cut to 0, kept.
CORNERS = [
    ([0.0, 1.0, -20.0], [1, 2]),
    ([0.0, 1.0, -3.0], [1, 2]),
    ([0.0, 1.0, 0.0], [10, 11]),
    ([0.0, 1.0, 50.0], [10, 11]),
    ([0.0, 1.0, 1.0], [10, 50]),
    ([1.0, 1.0, 0.0], [10, 50]),
    ([0.0, 1.0, -3.0, -3.0, 2.0], [3, 4, 9, 30]),
]


def random_knots(seed: int) -> tuple[list[float], list[int]]:
    generator = random.Random(seed)
    steps = sorted(generator.sample(range(1, 60), generator.randint(2, 6)))
    return [generator.choice([0.0, 0.25, 1.0, generator.random()]) for _ in [0, *steps]], steps


@pytest.mark.parametrize(("values", "boundaries"), [*CORNERS, *map(random_knots, range(40))])
def test_a_monotone_cubic_through_any_knots(values: list[float], boundaries: list[int]) -> None:
    lr = ps.piecewise_cubic(values=values, boundaries=boundaries)
    oracle = catalogue.pchip(values, boundaries)
    for quarter in range(4 * boundaries[-1] + 8):
        assert lr(quarter / 4) == pytest.approx(float(oracle(mpf(quarter) / 4)), rel=0, abs=1e-14 * max(map(abs, values)))


def test_a_table_has_a_value_for_each_step_unless_told_otherwise() -> None:
    assert [ps.table(values=[1.0, 3.0, 2.0])(step) for step in (0, 1, 2, 3)] == [1.0, 3.0, 2.0, 2.0]


@pytest.mark.parametrize("through", [ps.piecewise_constant, ps.piecewise_linear, ps.piecewise_cosine, ps.piecewise_cubic])
def test_knots_are_as_long_as_their_last_boundary(through: Callable[..., ps.Schedule]) -> None:
    assert through(values=[1.0, 2.0, 4.0], boundaries=[3, 7]).steps == 7
    alone = through(values=[3.0], boundaries=[])
    assert alone.steps == 0
    assert [alone(step) for step in (0, 1, 100)] == [3.0] * 3
    assert ps.multi_step(start=1.0, factor=0.5, boundaries=[]).steps == 0
    assert ps.table(values=[1.0, 2.0]).steps == 1


def test_a_cubic_between_two_knots_is_a_straight_line() -> None:
    lr = ps.piecewise_cubic(values=[1.0, 3.0], boundaries=[8])
    assert [lr(step) for step in range(10)] == [1.0, 1.25, 1.5, 1.75, 2.0, 2.25, 2.5, 2.75, 3.0, 3.0]


def test_the_unit_of_the_steps_does_not_bend_a_cubic() -> None:
    values, boundaries = [0.0, 1.0, 1.5, 0.25], [1, 3, 4]
    lr = ps.piecewise_cubic(values=values, boundaries=boundaries)
    quick = ps.piecewise_cubic(values=values, boundaries=[place / 4 for place in boundaries])
    assert [quick(step / 16) for step in range(20)] == pytest.approx([lr(step / 4) for step in range(20)], rel=1e-14)


def test_a_cubic_may_jump_where_two_knots_are_at_one_step() -> None:
    lr = ps.piecewise_cubic(values=[1.0, 2.0, 4.0, 3.0], boundaries=[4, 4, 8])
    assert lr(3.999) == pytest.approx(2.0, rel=1e-3)
    assert [lr(4), lr(8)] == [4.0, 3.0]
    assert 3.0 < lr(6) < 4.0


@pytest.mark.parametrize("seed", range(60))
def test_knots_at_one_step_are_the_limit_of_knots_that_come_together(seed: int) -> None:
    """Whatever the unit of the steps; at random, two or three of them at the beginning, in the middle and at the end."""
    generator = random.Random(seed)
    count = generator.randint(2, 6)
    boundaries = sorted(generator.choice([0, 8, 16, 24, 40]) for _ in range(count))
    values = [generator.choice([0.0, 1.0, 1.0, 0.25, 2.0, 3.0]) for _ in range(count + 1)]
    lr = ps.piecewise_cubic(values=values, boundaries=boundaries)
    apart = [boundary + 1e-9 * place for place, boundary in enumerate(boundaries, 1)]
    limit = ps.piecewise_cubic(values=values, boundaries=apart)
    in_thousands = ps.piecewise_cubic(values=values, boundaries=[boundary / 1000 for boundary in boundaries])
    for step in range(1, 44, 2):
        assert lr(step) == pytest.approx(limit(step), abs=1e-7), step
        assert lr(step) == pytest.approx(in_thousands(step / 1000), abs=1e-13), step


@pytest.mark.parametrize("values", [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0], [0.5, 1.0, 1.0], [0.5, 0.5, 1.0, 1.0]])
def test_the_slopes_of_a_cubic_over_equal_knots_are_those_of_a_curve_beside_it(values: list[float]) -> None:
    boundaries = [10 * place for place in range(1, len(values))]

    def slopes(step: float, knots: list[float]) -> list[float]:
        at = torch.tensor(step, dtype=torch.float64)
        curve = lambda given: ps.piecewise_cubic(values=list(given), boundaries=boundaries)(at)  # noqa: E731
        return torch.func.grad(curve)(torch.tensor(knots, dtype=torch.float64)).tolist()  # type: ignore[no-any-return]

    for step in (2.0, 5.0, 12.0, 17.0):
        beside = [
            slopes(step, [value + 1e-9 * change for value, change in zip(values, changes, strict=True)])
            for changes in itertools.product((-1, 0, 1), repeat=len(values))
        ]
        assert any(slopes(step, values) == pytest.approx(other, abs=1e-6) for other in beside if any(other[1:])), step
    if set(values) == {1.0}:
        assert slopes(5.0, values)[:2] == pytest.approx([0.3125, 0.75])


def test_stairs_print_under_their_own_name() -> None:
    lr = ps.multi_step(start=1.0, factor=0.5, boundaries=[3])
    assert repr(lr) == "multi_step(start=1.0, factor=0.5, boundaries=[3])"
