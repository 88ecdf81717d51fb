"""The machinery of a schedule where no law looks: lists among the hyperparameters make two schedules equal or not."""

import pytest

import pure_schedules as ps

UP, DOWN = ps.linear(start=0.0, end=1.0, steps=10), ps.cosine(start=1.0, steps=90)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ps.join([UP, DOWN]), ps.join([UP, UP])),
        (ps.join([UP, DOWN]), ps.join([UP])),
        (ps.join([UP, DOWN]), ps.join([UP, DOWN], boundaries=[10])),
        (ps.join([UP, DOWN], boundaries=[10]), ps.join([UP, DOWN], boundaries=[20])),
        (
            ps.piecewise_constant(values=[1.0, 2.0], boundaries=[5]),
            ps.piecewise_constant(values=[1.0, 3.0], boundaries=[5]),
        ),
        (
            ps.piecewise_constant(values=[1.0, 2.0], boundaries=[5]),
            ps.piecewise_constant(values=[1.0, 2.0, 3.0], boundaries=[5, 6]),
        ),
    ],
)
def test_lists_that_differ_make_schedules_that_differ(one: ps.Schedule, other: ps.Schedule) -> None:
    assert one != other
    assert other != one
    assert one == one.replace({})
