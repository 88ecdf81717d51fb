"""The trace: one flat function for a number, equal to the formulas to the bit, and given up where it cannot be had."""

import copy
import itertools
import math
import operator
import pickle
import random
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

import numpy as np
import pytest
from catalogue import CASES, Case
from compositions import compositions
from hypothesis import given
from hypothesis import strategies as st

import pure_schedules as ps
from pure_schedules import numeric
from pure_schedules._schedule import _from_zero
from pure_schedules._trace import Record, Symbol, Untraceable, bounds, flat, is_float
from pure_schedules.numeric import between, clamp, floor, maximum, minimum, piecewise, raised, sqrt, take, where


def assert_equal_to_the_formulas(schedule: ps.Schedule, steps: list[float]) -> None:
    formulas = partial(_from_zero, schedule.run)
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


@pytest.mark.parametrize(
    "formula",
    [
        lambda step: maximum(where(step < 3, -1.0, step / math.inf), -0.5),
        lambda step: minimum(where(step < 3, 1.0, math.inf - step), 2.5),
        lambda step: maximum(where(step < 3, -1.0, step - math.inf), -0.5),
        lambda step: minimum(where(step < 3, 1.0, step + math.inf), 2.5),
        lambda step: minimum(clamp(step, 0, 9) * where(step < 3, math.inf, step), -1),
        lambda step: minimum(where(step < 3, math.inf, step) * clamp(step, 0, 9), -1),
        lambda step: minimum(where(step < 3, math.inf, step) * 0, -1),
    ],
)
def test_a_clamp_stays_where_infinity_hides_what_is_known(formula) -> None:
    """Infinity less infinity, or infinity times 0, is nan: nothing is known of that, and a trace must not claim it."""
    traced = flat(partial(_from_zero, formula))
    for step in (0, 1, 3, 5, 20):
        assert traced(step) == pytest.approx(formula(step), rel=0, abs=0, nan_ok=True)


# What is known of a symbol -------------------------------------------------------------------------------------------


def traced(formula: Callable[[Any], Any]) -> tuple[Any, list[str]]:
    """What a formula of a step that is not negative comes to in a trace, and the lines that were written down for it."""
    record = Record()
    value = formula(record.symbols[0].within(0, math.inf))
    return value, record.source(value).split("\n")[1:]


to_10 = partial(clamp, low=0, high=10)
to_4 = partial(clamp, low=2, high=4)


@pytest.mark.parametrize(
    ("formula", "low", "high"),
    [
        (lambda step: step, 0, math.inf),
        (lambda step: minimum(step, 7), 0, 7),
        (lambda step: maximum(step, 7), 7, math.inf),
        (lambda step: to_10(step) + 1, 1, 11),
        (lambda step: 1 + to_10(step), 1, 11),
        (lambda step: to_10(step) + to_4(step), 2, 14),
        (lambda step: to_10(step) - 3, -3, 7),
        (lambda step: 3 - to_10(step), -7, 3),
        (lambda step: to_10(step) - to_4(step), -4, 8),
        (lambda step: to_10(step) * 2, 0, 20),
        (lambda step: 2 * to_10(step), 0, 20),
        (lambda step: to_10(step) * to_4(step), 0, 40),
        (lambda step: to_4(step) * (to_4(step) + 1), 6, 20),
        # What may be negative may be anything, and so what may be infinite.
        (lambda step: clamp(step - 5, -3, 4) * to_4(step), -math.inf, math.inf),
        (lambda step: to_4(step) * clamp(step - 5, -3, 4), -math.inf, math.inf),
        (lambda step: to_4(step) * step, -math.inf, math.inf),
        (lambda step: to_10(step) / to_4(step), -math.inf, math.inf),
        (lambda step: to_10(step) / -2, -math.inf, math.inf),
        (lambda step: to_10(step) / 4, 0, 2.5),
        (lambda step: to_4(step) / 0.5, 4, 8),
        (lambda step: to_4(step) / 1, 2, 4),
        (lambda step: floor(clamp(step, 2.5, 10)), 2, math.inf),
        (lambda step: where(step < 3, to_10(step), to_4(step) * 5), 0, 20),
        (lambda step: where(step < 3, to_4(step) * 5, to_10(step)), 0, 20),
        (lambda step: take([3.0, 1, 2.0], to_4(step)), 1, 3),
        (lambda step: piecewise(step, [lambda t: t, lambda t: -1.0], [5]), -1, 5),
        (lambda step: piecewise(step, [lambda t: 1.0, lambda t: t, lambda t: 2.0], [5, 8]), 0, 3),
        (lambda step: piecewise(step, [lambda t: 9.0, lambda t: t], [5]), 0, math.inf),
    ],
)
def test_between_what_a_result_is_known_to_lie(formula, low: float, high: float) -> None:
    assert bounds(traced(formula)[0]) == (low, high)


@pytest.mark.parametrize(
    ("clamped", "kept"),
    [
        (lambda x: minimum(x, 12), lambda x: x),
        (lambda x: minimum(x, 10), lambda x: x),
        (lambda x: minimum(10, x), lambda x: x),
        (lambda x: minimum(x, 0), lambda x: 0),
        (lambda x: minimum(0, x), lambda x: 0),
        (lambda x: minimum(-2, x), lambda x: -2),
        (lambda x: maximum(x, -2), lambda x: x),
        (lambda x: maximum(x, 0), lambda x: x),
        (lambda x: maximum(0, x), lambda x: x),
        (lambda x: maximum(x, 10), lambda x: 10),
        (lambda x: maximum(10, x), lambda x: 10),
        (lambda x: maximum(12, x), lambda x: 12),
        (lambda x: clamp(x, 0, 10), lambda x: x),
        (lambda x: clamp(x, -1, 11), lambda x: x),
        (lambda x: between(x, 10, 0), lambda x: x),
        (lambda x: maximum(x - 10, 0), lambda x: 0),
        (
            lambda x: piecewise(x, [partial(minimum, 5), lambda t: 0.0], [5]),
            lambda x: piecewise(x, [lambda t: t, lambda t: 0.0], [5]),
        ),
    ],
)
def test_a_clamp_that_can_do_nothing_is_left_out(clamped, kept) -> None:
    """A number then costs nothing for it. `x` is known to lie from 0 to 10."""
    value, lines = traced(lambda step: clamped(to_10(step)))
    expected, without = traced(lambda step: kept(to_10(step)))
    assert bounds(value) == bounds(expected)
    assert [line for line in lines if " if " in line] == [line for line in without if " if " in line]
    assert_equal_to_the_formulas(ps.schedule(lambda step: clamped(to_10(step)))(), [0, 3, 5, 10, 11])
    assert_equal_to_the_formulas(ps.schedule(lambda step: kept(to_10(step)))(), [0, 3, 5, 10, 11])


@pytest.mark.parametrize(
    ("base", "exponent", "seen"),
    [
        ((0, 1), (0, 5), True),
        ((0.5, 0.5), (0, math.inf), True),
        ((1, math.inf), (-5, 0), True),
        ((1, math.inf), (0, 1), False),
        ((0, 1), (-1, 5), False),
        ((0, 2), (0, math.inf), False),
        ((0.5, math.inf), (-math.inf, 0), False),
        ((-1, 1), (0, 0.5), False),
        ((2, 2), (0, math.inf), False),
        ((0, math.inf), (2, 2), False),
        ((-1, 0), (-1, 0), False),
    ],
)
def test_a_power_is_an_operator_where_it_can_be_seen_that_a_float_holds_it(base, exponent, seen: bool) -> None:
    def power(step):
        return raised(clamp(step - 1, *base), clamp((3 - step) * 100, *exponent))

    assert any("raised" in line for line in traced(power)[1]) != seen
    flatly = flat(power)
    for step in (0, 0.5, 1, 2, 3, 4, 5000):
        assert flatly(step) == pytest.approx(power(step), rel=0, abs=0, nan_ok=True)


def test_a_whole_number_too_large_for_a_float_is_infinite_as_a_base() -> None:
    root = flat(lambda step: raised(maximum(step, 1), 0.5))
    assert root(16) == 4.0
    assert root(10**400) == math.inf == raised(10**400, 0.5)


@pytest.mark.parametrize(
    ("formula", "known"),
    [
        (lambda step: step / 2, True),
        (lambda step: 2 / (step + 1), True),
        (lambda step: step + 1.0, True),
        (lambda step: 1.0 - step, True),
        (lambda step: step / 2 * 3, True),
        (lambda step: 3 * (step / 2), True),
        (lambda step: sqrt(step), True),
        (lambda step: take([1, 2], clamp(step, 0, 1)), True),
        (lambda step: raised(step, 3), True),
        (lambda step: piecewise(step, [lambda t: 1.0, lambda t: t / 2], [5]), True),
        (lambda step: piecewise(step, [lambda t: 1.0, lambda t: t], [5]), False),
        (lambda step: step, False),
        (lambda step: step + 1, False),
        (lambda step: step // 2, False),
        (lambda step: floor(step), False),
        (lambda step: minimum(step, 3.0), False),
        (lambda step: where(step < 3, step, 2.0), False),
        (lambda step: -step, False),
    ],
)
def test_what_is_known_to_be_a_float_is_not_made_one_again(formula, known: bool) -> None:
    assert is_float(traced(formula)[0]) == known
    for step in (0, 1, 4, 7):
        assert type(flat(formula)(step)) is float
        assert flat(formula)(step) == formula(step)


def test_what_is_computed_twice_is_written_down_once() -> None:
    assert traced(lambda step: (step * 2 + 1) * (step * 2 + 1))[1] == [" v1 = (step * 2) + 1", " return (v1 * v1)"]
    # Within a branch what came before it is known, and what stands in another branch is not.
    pieces = [lambda t: sqrt(t) + t * 3, lambda t: t * 3 + 1, lambda t: 7.0 + sqrt(t)]
    assert_equal_to_the_formulas(
        ps.schedule(lambda step: sqrt(step) * piecewise(step, pieces, [5, 9]) + step * 3)(), [0, 2, 5, 7.5, 9, 30]
    )


numbers = st.sampled_from([-3, -1.5, -1, 0, 0.0, 0.25, 1, 2.5, 4])
symbols = st.recursive(
    st.one_of(
        st.just(lambda step: step),
        st.tuples(numbers, numbers).map(lambda pair: lambda step: clamp(step, min(pair), max(pair))),
        st.tuples(numbers, numbers).map(lambda pair: lambda step: clamp(step - 5, min(pair), max(pair))),
    ),
    lambda inner: st.one_of(
        *(
            st.tuples(st.sampled_from([operator.add, operator.sub, operator.mul, minimum, maximum]), one, other).map(
                lambda made: lambda step: made[0](made[1](step), made[2](step))
            )
            for one, other in (
                (inner, inner),
                (inner, numbers.map(lambda number: lambda step: number)),
                (numbers.map(lambda number: lambda step: number), inner),
            )
        ),
        st.tuples(inner, numbers.filter(bool)).map(lambda made: lambda step: made[0](step) / made[1]),
        inner.map(lambda x: lambda step: floor(x(step))),
        inner.map(lambda x: lambda step: abs(x(step))),
        inner.map(lambda x: lambda step: -x(step)),
        inner.map(lambda x: lambda step: sqrt(maximum(x(step), 0.25))),
        inner.map(lambda x: lambda step: take([2.0, -1, 0.5], clamp(floor(x(step)), 0, 2))),
        st.tuples(inner, inner, numbers).map(lambda made: lambda step: where(made[0](step) < made[2], made[1](step), step)),
        st.tuples(inner, inner).map(lambda made: lambda step: piecewise(step, [made[0], made[1], made[0]], [2, 7.5])),
    ),
    max_leaves=6,
)


@given(symbols)
def test_a_value_lies_where_it_is_known_to_lie_and_is_that_of_the_formula(formula) -> None:
    value, _ = traced(formula)
    low, high = bounds(value)
    flatly = flat(partial(_from_zero, formula))
    for step in (0, 0.5, 1, 2, 3, 5, 7.25, 7.5, 12, 100):
        assert flatly(step) == formula(step)
        assert low <= formula(step) <= high


@pytest.mark.parametrize(
    "formula",
    [
        lambda x: -x,
        lambda x: abs(x - 5),
        sqrt,
        numeric.exp,
        lambda x: numeric.log(x + 0.125),
        numeric.sin,
        numeric.cos,
        lambda x: x // 3,
        lambda x: x % 3,
        lambda x: x**2,
        lambda x: numeric.call(lambda t: 20 - 3 * t, x),
    ],
)
def test_what_clamps_a_function_stays(formula) -> None:
    """Of these hardly anything is known, whatever is known of their arguments."""
    for clamping, bound in itertools.product((minimum, maximum), (-5, -0.5, 0.25, 0.5, 2, 5, 15)):

        def clamped(step, clamping=clamping, bound=bound):
            return clamping(formula(to_10(step)), bound)

        flatly = flat(partial(_from_zero, clamped))
        assert all(flatly(step) == clamped(step) for step in (0, 0.5, 1, 2, 3.5, 5, 8, 10, 12))


def test_numbers_below_zero_are_written_in_brackets() -> None:
    signed = ps.schedule(lambda step: (-2.0) ** (step // 1) + 5 - (-3) * step + (-1) ** (step // 1))
    assert_equal_to_the_formulas(signed(), [0, 1, 2, 3])


def test_a_branch_that_is_not_taken_may_divide_by_zero() -> None:
    assert flat(lambda step: piecewise(step, [lambda t: 1.0, lambda t: t / 0], [10]))(5) == 1.0


def test_another_function_may_answer_in_its_place() -> None:
    asked = {"instead": False}
    function = flat(lambda step: step * 2.0, unless=lambda: asked["instead"], instead=lambda step: -1.0)
    assert function(3) == 6.0
    asked["instead"] = True
    assert function(3) == -1.0


def test_values_that_vary_are_not_taken_from_in_a_trace() -> None:
    values = [np.asarray([0.5]), np.asarray([0.25]), 0.125]
    with pytest.raises(Untraceable):
        flat(lambda step: take(values, clamp(step, 0, 2)))
    taken = ps.schedule(lambda step: take(values, clamp(step, 0, 2)).item())()
    assert [taken(step) for step in (0, 1)] == [0.5, 0.25]


# What cannot be traced -----------------------------------------------------------------------------------------------


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
        flat(formula.run)
    if question(5) != "5":
        assert formula(5) == float(question(5))


ASKED = {
    "str": lambda step: len(str(step)),
    "repr": lambda step: len(repr(step)),
    "format": lambda step: len(f"{step:.3f}"),
    "percent": lambda step: len("%s" % step),  # noqa: UP031
    "a dict": lambda step: {0: 1.0, 5: 2.0}.get(step, 3.0),
    "a dict by words": lambda step: {"0": 0.5}.get(str(step), 0.1),
    "a set": lambda step: float(step in {0, 5}),
    "a random number": lambda step: random.Random(f"3:{step}").random(),
    "a cache": lambda step: lru_cache(lambda step: step * 2.0)(step),
    "pickle": lambda step: len(pickle.dumps(step)),
    "copy": lambda step: copy.deepcopy(step) * 2.0,
    "round": lambda step: round(step),
    "floor": lambda step: math.floor(step),
    "ceil": lambda step: math.ceil(step),
    "trunc": lambda step: math.trunc(step),
    "divmod": lambda step: divmod(step, 3)[1],
    "complex": lambda step: complex(step).real,
    "bits": lambda step: step ^ 3,
    "shift": lambda step: 1 << step,
    "real": lambda step: step.real,
    "ratio": lambda step: step.as_integer_ratio()[0],
    "is_integer": lambda step: float((step / 2).is_integer()),
}


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_a_symbol_answers_nothing_that_would_be_the_same_at_every_step(ask: Callable[[Any], Any]) -> None:
    """Not even a formula that catches whatever is raised takes the answer of a symbol for that of a number."""

    @ps.schedule
    def asking(step, *, otherwise):
        try:
            return ask(step)
        except Exception:
            return otherwise

    schedule = asking(otherwise=-1.0)
    assert [schedule(step) for step in (0, 5, 9)] == [ask(step) for step in (0, 5, 9)]
    assert [schedule(step, {"otherwise": -2.0}) for step in (0, 5, 9)] == [ask(step) for step in (0, 5, 9)]


@pytest.mark.parametrize("name", sorted({*dir(int), *dir(float)} - {*dir(object)}))
def test_a_symbol_has_whatever_a_number_has(name: str) -> None:
    """So that no look at what it has tells it from a number."""
    assert hasattr(Symbol, name)


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
