"""Several schedules as one function of a number: the values of all, to the bit, and what they share computed once."""

import dis
import math
from collections.abc import Callable
from typing import Any

import pytest
from catalogue import CASES
from compositions import compositions
from hypothesis import given
from hypothesis import strategies as st

import pure_schedules as ps
from pure_schedules import numeric
from pure_schedules._schedule import together

RATE = ps.warmup_cosine(peak=1.0, warmup_steps=10, total_steps=100)


def ask(function: Callable[[Any], Any], step: Any) -> Any:
    return function(step)


def assert_each_is_its_own(functions: list[Any], steps: list[float]) -> None:
    all_of_them, _ = together(functions, ask)
    for step in steps:
        for value, function in zip(all_of_them(step), functions, strict=True):
            assert type(value) is float
            assert value.hex() == function(step).hex() or value == function(step) == 0


def operations_of(functions: list[Any]) -> int:
    return len(list(dis.get_instructions(together(functions, ask)[0])))


def test_the_catalogue() -> None:
    schedules = [case.schedule for case in CASES]
    assert together(schedules, ask)[1]
    assert_each_is_its_own(schedules, [-3, -0.5, *range(120), 0.25, 17.7, 96.999, 10**6])


@given(st.lists(compositions, min_size=1, max_size=6), st.lists(st.integers(-5, 200) | st.floats(-5, 200), min_size=1))
def test_compositions_and_a_factor_of_each(schedules: list[ps.Schedule], steps: list[float]) -> None:
    assert_each_is_its_own([*schedules, *(ps.scale(one, factor=3.0) for one in schedules)], steps)


@pytest.mark.parametrize(
    "rate",
    [
        RATE,
        ps.repeat(ps.cosine(start=1.0, end=0.0, steps=7), growth=1.5),
        ps.multi_step(start=1.0, factor=0.5, boundaries=[3, 7]),
        ps.join([ps.linear(start=0.0, end=float(i), steps=5) for i in range(20)]),
    ],
    ids=["cosine", "restarts", "stairs", "join"],
)
def test_a_factor_of_a_rate_costs_one_more_operation(rate: ps.Schedule) -> None:
    factors = [ps.scale(rate, factor=1 + index / 64) for index in range(64)]
    assert_each_is_its_own(factors, [*range(60), 0.5, 1e6])
    assert operations_of(factors) < operations_of(factors[:1]) + 64 * 4


def test_schedules_that_are_equal_and_were_made_apart_are_one() -> None:
    made = [
        ps.scale(ps.warmup_cosine(peak=1.0, warmup_steps=10, total_steps=100), factor=float(index)) for index in range(2, 9)
    ]
    assert operations_of(made) < operations_of(made[:1]) + 7 * 4


def test_what_stands_in_a_branch_is_not_used_outside_of_it() -> None:
    """The same piece, in charge of some steps here and of all there."""
    line = ps.linear(start=1.0, end=3.0, steps=50)
    pieces = [
        ps.join([ps.constant(value=0.5), line], boundaries=[10]),
        line,
        ps.join([line, ps.shift(line, steps=5)], boundaries=[20]),
        ps.shift(line, steps=10),
    ]
    for order in (pieces, pieces[::-1]):
        assert_each_is_its_own(order, [*range(80), 9.5, 10.5])


def test_the_two_zeros_stay_apart() -> None:
    values, _ = together([ps.scale(RATE, factor=factor) for factor in (0.0, -0.0)], ask)
    assert [math.copysign(1, value) for value in values(5)] == [1, -1]


def test_numbers_alone() -> None:
    for count in range(1, 6):
        constants = [ps.constant(value=float(value)) for value in range(count)]
        assert together(constants, ask)[0](3) == [float(value) for value in range(count)]
    assert together([], ask)[0](3) == []


def test_what_has_no_formula_is_called() -> None:
    @ps.schedule
    def asking(step):
        return 1.0 if step > 3 else 2.0

    @ps.schedule
    def failing(step, *, start):
        return numeric.piecewise(step, [lambda step: start * step, lambda step: 1 / 0], [5])

    calls: list[Any] = []

    def plain(step: Any) -> Any:
        calls.append(step)
        return "whatever"

    functions = [RATE, asking(), plain, ps.scale(plain_number, factor=2.0), failing(start=2.0), ps.scale(RATE, factor=2.0)]
    all_of_them, from_formulas = together(functions, ask)
    assert not from_formulas
    assert calls == []
    assert all_of_them(4) == [RATE(4), 1.0, "whatever", 8.0, 8.0, 2 * RATE(4)]
    assert calls == [4]


def plain_number(step: Any) -> Any:
    return step


def test_a_plain_function_that_several_share_is_called_once() -> None:
    calls: list[Any] = []

    def plain(step: Any) -> Any:
        calls.append(step)
        return 2.0 * step

    all_of_them, from_formulas = together([ps.scale(plain, factor=float(factor)) for factor in range(1, 5)], ask)
    assert all_of_them(3) == [6.0, 12.0, 18.0, 24.0]
    assert calls == [3]
    assert from_formulas


def test_an_error_of_one_is_an_error_of_all() -> None:
    """Who calls it asks each by itself then: in a part that is not taken it may be expected."""
    steep = ps.step_decay(start=1.0, factor=0.5, every=5e-324)
    with pytest.raises(ArithmeticError):
        together([RATE, steep], ask)[0](5)
