"""Curves through knots, beside the cases of the catalogue: any knots that one could give."""

import random
from collections.abc import Callable

import catalogue
import pytest
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


def test_stairs_print_under_their_own_name() -> None:
    lr = ps.multi_step(start=1.0, factor=0.5, boundaries=[3])
    assert repr(lr) == "multi_step(start=1.0, factor=0.5, boundaries=[3])"
