"""Curves through knots, beside the cases of the catalogue: any knots that one could give."""

import random

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
