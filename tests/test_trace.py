"""The trace: one flat function for a number, equal to the formulas to the bit, and given up where it cannot be had."""

import math
import operator
from functools import partial

import pytest
from catalogue import CASES, Case
from compositions import compositions
from hypothesis import given
from hypothesis import strategies as st

import pure_schedules as ps
from pure_schedules import numeric
from pure_schedules._schedule import _from_zero
from pure_schedules._trace import Untraceable, flat


def assert_equal_to_the_formulas(schedule: ps.Schedule, steps: list[float]) -> None:
    formulas = partial(_from_zero, schedule._run)
    traced = flat(formulas)
    for step in steps:
        expected, value = float(formulas(step)), traced(step)
        assert type(value) is float
        assert value == expected
        assert math.copysign(1, value) == math.copysign(1, expected) or value == 0


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_every_schedule(case: Case) -> None:
    assert_equal_to_the_formulas(case.schedule, [-3, -0.5, *range(300), 0.25, 17.7, 96.999, 10**9])


@given(compositions, st.lists(st.one_of(st.integers(-5, 200), st.floats(-5, 200)), min_size=1, max_size=30))
def test_compositions(schedule: ps.Schedule, steps: list[float]) -> None:
    assert_equal_to_the_formulas(schedule, steps)


def test_a_thousand_segments_are_found_in_a_tree() -> None:
    many = ps.join([ps.linear(start=float(i), end=i + 0.5, steps=7) for i in range(1000)])
    assert_equal_to_the_formulas(many, [*range(0, 7100, 3), 6999, 7000])


def test_bounds_and_signs_that_a_trace_could_get_wrong() -> None:
    values = [-1.0, -0.5, 0.0, 0.25, 2]

    @ps.schedule
    def awkward(step, *, a, b):
        x = numeric.minimum(numeric.maximum(step * a, b), step - b)
        y = numeric.clamp(a - step, numeric.minimum(a, b), numeric.maximum(a, b))
        return abs(x) + (-y) * b - (+x) / 3 + numeric.where(step >= b, x, y) + (b - x) * (y - a) + step // 2 + step % 3

    for a in values:
        for b in values:
            assert_equal_to_the_formulas(awkward(a=a, b=b), [0, 1, 2, 3.5, 10, 0.125])


@pytest.mark.parametrize("factor", [0.5, 1, 3.0])
@pytest.mark.parametrize("bound", [0.0, 1.0, 4.0, 20.0, 40.0])
@pytest.mark.parametrize("grown", [operator.mul, operator.truediv, operator.sub, lambda x, factor: factor - x])
def test_bounds_of_what_is_computed(grown, bound: float, factor: float) -> None:
    def bounded(low):
        x = partial(numeric.clamp, low=low, high=10)
        return ps.schedule(
            lambda step: (
                numeric.minimum(grown(x(step), factor), bound) + 100 * numeric.maximum(grown(x(step), factor), bound)
            )
        )()

    assert_equal_to_the_formulas(bounded(low=0), [0, 1, 2, 3.5, 9, 10, 11])
    assert_equal_to_the_formulas(bounded(low=2), [0, 1, 2, 3.5, 9, 10, 11])


@pytest.mark.parametrize("compared", [operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne])
def test_every_comparison(compared) -> None:
    chosen = ps.schedule(
        lambda step: numeric.where(compared(step, 3), 1.0, 2.0) + numeric.where(compared(3, step), 10.0, 20.0)
    )
    assert_equal_to_the_formulas(chosen(), [0, 2, 3, 4])


def test_infinity_may_stand_in_a_formula() -> None:
    endless = ps.schedule(lambda step: 1.0 / (1.0 + numeric.where(step < 3, step, math.inf)))
    assert_equal_to_the_formulas(endless(), [0, 1, 2.5, 3, 10])


def test_whole_numbers_become_floats() -> None:
    for schedule in (
        ps.schedule(lambda step: step)(),
        ps.schedule(lambda step: step // 2 + 1)(),
        ps.schedule(lambda step: numeric.floor(step) * 2)(),
        ps.constant(value=1),
        ps.scale(lambda step: 3, factor=2),
        ps.piecewise_constant(values=[1, 2], boundaries=[3]),
    ):
        assert {type(schedule(step)) for step in (0, 3, 7.5)} == {float}


@pytest.mark.parametrize(
    "question",
    [
        lambda step: 1.0 if step > 3 else 2.0,
        lambda step: float(step),
        lambda step: int(step) * 2.0,
        lambda step: math.cos(step),
        lambda step: {0: 1.0, 5: 2.0}[step],
        lambda step: [1.0] * 6 and step in (1, 2),
        lambda step: f"{step}",
    ],
)
def test_a_formula_that_asks_a_question_is_not_traced(question) -> None:
    formula = ps.schedule(lambda step: question(step))()
    with pytest.raises((Untraceable, TypeError, KeyError)):
        flat(formula._run)
    if question(5) != "5":
        assert formula(5) == float(question(5))


def test_a_formula_that_fails_fails_as_itself() -> None:
    @ps.schedule
    def broken(step, *, value):
        raise LookupError("no rate today")

    with pytest.raises(LookupError, match="no rate today"):
        broken(value=1.0)(3)


def test_a_formula_is_asked_once_for_all_numbers() -> None:
    asked = []

    @ps.schedule
    def remembered(step, *, peak):
        asked.append(step)
        return peak * step

    schedule = remembered(peak=2.0)
    assert [schedule(step) for step in (1, 2.5, 3)] == [2.0, 5.0, 6.0]
    assert len(asked) == 1
