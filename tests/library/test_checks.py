"""Rules for hyperparameters, where they are joined and at the edge of what they admit."""

import math
import re
import sys
from dataclasses import FrozenInstanceError
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch

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


# Every rule at the edge of what it admits ----------------------------------------------------------------------------

LEAST = sys.float_info.min * sys.float_info.epsilon
UP = ps.linear(start=0.0, end=1.0, steps=10)
TENSOR = torch.tensor([-5.0, 3.0])


def bound(rule: checks.Rule, value: Any, **others: Any) -> ps.Schedule:
    """A schedule whose hyperparameter `x` has this rule, and beside it others that have none."""
    anything = checks.Rule(lambda value: tuple(value) if isinstance(value, list) else value)

    @ps.schedule(x=rule, **dict.fromkeys(("a", "b", "child"), anything))
    def own(step, *, x, a=None, b=None, child=None):
        return 0.0

    return own(x=value, **others)


EDGES: list[tuple[checks.Rule, list[Any], list[Any], str]] = [
    (checks.finite, [0, -1.5, sys.float_info.max], [math.inf, -math.inf, math.nan, 10**400], "must be finite"),
    (checks.numbers, [[], [0, -1.5], TENSOR, np.asarray([1.0])], [[1.0, math.inf], [math.nan]], "must be finite"),
    (checks.positive, [LEAST, 1, TENSOR], [0, 0.0, -LEAST, -1], "must be positive"),
    (checks.positive, [], [math.inf, math.nan], "must be finite"),
    (checks.non_negative, [0, 0.0, 0.5, TENSOR], [-LEAST, -1], "must not be negative"),
    (checks.fraction, [0, 0.0, 0.5, 1, 1.0, TENSOR], [-LEAST, math.nextafter(1, 2), 30], "must be a fraction, from 0 to 1"),
    (checks.whole, [1, 2, 10**12], [0, -1, 1.0, 2.5], "must be a whole number above 0"),
    (checks.increasing, [[], [0], [0, 0, 3], [0.5, 0.5], TENSOR], [[-LEAST, 1], [2, 1], [0, 5, 4]], "must rise from 0 on"),
    (checks.parts, [1, 100_000], [0, 1.5, 100_001], "must be "),
    (checks.below_one, [math.nextafter(1, 0), 0, -3, TENSOR], [1, 1.0, 1.5], "must be below 1"),
    (checks.other_than_one, [0, 2, math.nextafter(1, 2), TENSOR], [1, 1.0], "must not be 1"),
    (checks.negative, [-LEAST, -1, TENSOR], [0, 0.0, 1], "must be negative"),
    (checks.one_or_more, [1, 1.0, 1.5, 7, TENSOR], [math.nextafter(1, 0), 0, -1], "must be 1 or more"),
    (checks.one_or_more, [], [math.inf], "must be finite"),
    (checks.summing_to_one, [[1], [0.25, 0.75], [0.1] * 10, TENSOR], [[0.5], [0.5, 0.6], [], [2.0]], "must have a sum of 1"),
    (checks.summing_to_one, [[LEAST, 1]], [[0, 1], [-0.5, 1.5]], "must be positive"),
    (checks.not_empty, [[0.0], TENSOR], [[], ()], "must not be empty"),
    (checks.one_of("up", "down"), ["up", "down"], ["left", ""], "must be one of 'up', 'down'"),
]


@pytest.mark.parametrize(("rule", "admitted", "refused", "said"), EDGES, ids=[said for *_, said in EDGES])
def test_a_rule_at_its_edge(rule: checks.Rule, admitted: list[Any], refused: list[Any], said: str) -> None:
    for value in admitted:
        bound(rule, value)
    for value in refused:
        with pytest.raises(ValueError, match=f"^own: x {re.escape(said)}"):
            bound(rule, value)


#: The rule, what the others are, and which values it admits beside them and which not.
BESIDE_OTHERS: list[tuple[checks.Rule, dict[str, Any], list[Any], list[Any], str]] = [
    (checks.at_least("a"), {"a": 2}, [2, 2.0, 5, TENSOR], [math.nextafter(2, 0), 0], "must be at least a"),
    (checks.at_least("a"), {"a": TENSOR}, [-9, 9], [], ""),
    (checks.at_least("a + b"), {"a": 2, "b": 3}, [5, 6], [math.nextafter(5, 0), 3], "must be at least a + b"),
    (checks.at_least("a + b"), {"a": 2, "b": TENSOR}, [1, 9], [], ""),
    (checks.above("a"), {"a": 2}, [math.nextafter(2, 3), 5, TENSOR], [2, 2.0, 1], "must be above a"),
    (checks.above("a"), {"a": TENSOR}, [-9, 9], [], ""),
    (checks.different_from("a"), {"a": 2}, [math.nextafter(2, 3), 1, TENSOR], [2, 2.0], "must differ from a"),
    (checks.different_from("a"), {"a": TENSOR}, [-9, 3.0], [], ""),
    (checks.as_many_as("a"), {"a": [7, 8]}, [[1, 2], TENSOR], [[1], [1, 2, 3]], "must be as many as a"),
    (checks.one_fewer_than("a"), {"a": [7, 8]}, [[1]], [[], [1, 2], [1, 2, 3]], "must be one fewer than a"),
    (checks.one_more_than("a"), {"a": [7, 8]}, [[1, 2, 3]], [[1], [1, 2], [1, 2, 3, 4]], "must be one more than a"),
    (checks.name_in("child"), {"child": UP}, ["start", "steps"], ["value", "name", ""], "must be the name of a number"),
    (checks.name_in("child"), {"child": ps.scale(UP, factor=TENSOR)}, ["factor"], ["schedule"], "must be the name of a"),
]


@pytest.mark.parametrize(("rule", "others", "admitted", "refused", "said"), BESIDE_OTHERS)
def test_a_rule_beside_other_hyperparameters(
    rule: checks.Rule, others: dict[str, Any], admitted: list[Any], refused: list[Any], said: str
) -> None:
    for value in admitted:
        bound(rule, value, **others)
    for value in refused:
        with pytest.raises(ValueError, match=f"^own: x {re.escape(said)}"):
            bound(rule, value, **others)


KINDS: list[tuple[checks.Rule, list[Any], dict[str, list[Any]]]] = [
    (
        checks.finite,
        [1, Fraction(1, 2), np.float32(0.5), TENSOR, torch.tensor(3), np.asarray([1, 2])],
        {
            "must be a number, not bool": [True],
            "must be a number, not NoneType": [None],
            "must be a number, not list": [[1.0]],
            "must be a number, not text": ["1"],
            "must be a number, not a schedule": [UP, ps.linear, math.sin],
            "must hold real numbers, not bool": [torch.tensor([True])],
            "must hold real numbers, not complex": [torch.tensor(1j), np.asarray([1j])],
        },
    ),
    (
        checks.numbers,
        [[], (1, 2.5), TENSOR, np.asarray([1, 2]), [TENSOR, 1], range(3)],
        {
            "must be a list of numbers": [5, "12", b"12", {1: 2}, None, torch.tensor(1.0), np.asarray(1.0)],
            "[1] must be a number, not text": [[1, "2"], [1, "2", "3"]],
            "[0] must be a number, not list": [[[1.0]]],
        },
    ),
    (
        checks.schedule,
        [UP, math.sin, lambda step: 1.0],
        {
            "must be a schedule, and this is a function that makes one": [ps.linear, ps.warmup_cosine],
            "must be a schedule, not a number": [0.1, 3, Fraction(1, 2), np.float32(0.5)],
            "must be one schedule, not a list": [[UP], (UP,)],
            "must be a schedule, not str": ["linear"],
            "must be a schedule, not bytes": [b"linear"],
            "must be a schedule, not NoneType": [None],
        },
    ),
    (
        checks.schedules,
        [[UP], (UP, math.sin)],
        {
            "must be a list of schedules": [UP, 3, "up", b"up", {UP}],
            "must hold at least one schedule": [[], ()],
            "[1] must be a schedule, not a number": [[UP, 0.1]],
        },
    ),
    (
        checks.factory,
        [ps.linear, ps.warmup_cosine, math.sin],
        {"must be a function that makes a schedule": [UP, 3, "linear", None]},
    ),
    (
        checks.bound_schedule,
        [UP, ps.scale(math.sin, factor=2.0)],
        {
            "must be a schedule of this library": [math.sin],
            "must be a schedule, not a number": [3],
            "must be a schedule, and this is a function that makes one": [ps.linear],
        },
    ),
    (checks.one_of("up"), ["up"], {"must be a word, not int": [3], "must be a word, not bytes": [b"up"]}),
    (checks.flag, [True, False], {"must be True or False": [0, 1, "True", None]}),
]


@pytest.mark.parametrize(("rule", "admitted", "refused"), KINDS, ids=[rule.admit.__name__ for rule, *_ in KINDS])
def test_a_rule_and_the_kinds_of_values(rule: checks.Rule, admitted: list[Any], refused: dict[str, list[Any]]) -> None:
    for value in admitted:
        bound(rule, value)
    for said, values in refused.items():
        for value in values:
            with pytest.raises(TypeError, match=f"^own: x{'' if said[0] == '[' else ' '}{re.escape(said)}(,|;| got)"):
                bound(rule, value)


def test_rules_are_joined_in_their_order() -> None:
    both = checks.finite & checks.negative & checks.below_one.or_else(lambda given: -2.0)
    assert [condition.rule for condition in both.conditions] == ["must be finite", "must be negative", "must be below 1"]
    assert both.missing is not None
    assert both.missing({}) == -2.0
    assert both.prepared is None
    assert checks.bound_schedule.prepared is not None


def test_rules_of_two_kinds_are_not_joined() -> None:
    for one, other, kinds in (
        (checks.positive, checks.increasing, "a number and some numbers"),
        (checks.increasing, checks.positive, "some numbers and a number"),
        (checks.schedule, checks.flag, "a schedule and a flag"),
    ):
        with pytest.raises(TypeError, match=rf"^rules joined by & must be of one kind, got {kinds}; join conditions of one"):
            one & other


def test_a_rule_for_each_of_a_list() -> None:
    rates = checks.each(checks.positive) & checks.not_empty
    bound(rates, [1, 2.5])
    for refused, said in (([1, 0], "must be positive"), ([1, math.inf], "must be finite"), ([], "must not be empty")):
        with pytest.raises(ValueError, match=rf"^own: x {said}"):
            bound(rates, refused)
    with pytest.raises(TypeError, match=r"^own: x must be a list of numbers"):
        bound(rates, 1.0)


def test_a_rule_cannot_be_altered() -> None:
    """It is shared by every schedule that has it."""
    for shared in (checks.positive, checks.positive.conditions[0]):
        for name in vars(shared):
            with pytest.raises(FrozenInstanceError):
                setattr(shared, name, None)


def test_a_number_that_python_will_not_write_is_told_in_words() -> None:
    with pytest.raises(
        ValueError, match=r"^constant: value must be finite, got value=a number of thousands of digits; give"
    ):
        ps.constant(value=10**5000)
