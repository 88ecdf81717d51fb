"""Rules for hyperparameters, where they are joined and at the edge of what they admit."""

import sys

import pytest

import pure_schedules as ps
from pure_schedules import checks


def test_a_rule_with_a_stand_in_keeps_it_when_it_is_joined_with_another() -> None:
    @ps.schedule(cap=checks.positive.or_else(lambda given: 2 * given["peak"]) & checks.finite)
    def capped(step, *, peak, cap=None):
        return min(peak * 3, cap)

    assert capped(peak=1.0)(0) == 2.0
    assert capped(peak=1.0, cap=1.5)(0) == 1.5


def test_the_largest_floats_are_finite() -> None:
    largest = sys.float_info.max
    assert ps.constant(value=largest)(0) == largest
    assert ps.constant(value=-largest)(0) == -largest


def test_a_flag_is_true_or_false() -> None:
    @ps.schedule(late=checks.flag)
    def either(step, *, late):
        return 2.0 if late else 1.0

    assert [either(late=late)(0) for late in (True, False)] == [2.0, 1.0]
    with pytest.raises(TypeError, match=r"either: late must be True or False, got late=1; write True or False"):
        either(late=1)
