"""The machinery of a schedule where no law looks: what is equal, what a change reaches, what a decorator declares."""

import inspect
import math
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import pure_schedules as ps
from pure_schedules import checks

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


def test_equal_schedules_have_one_hash() -> None:
    for make in (
        lambda: ps.constant(value=torch.tensor([1.0, 2.0])),
        lambda: ps.scale(UP, factor=torch.tensor(2.0)),
        lambda: ps.join([UP, DOWN], boundaries=[10]),
        lambda: ps.join([UP, ps.scale(math.sin, factor=2)], boundaries=[torch.tensor(5)]),
    ):
        assert make() == make()
        assert hash(make()) == hash(make())
    assert len({ps.constant(value=1.0), ps.constant(value=2.0), ps.constant(value=1), UP, DOWN}) == 4
    assert UP != "linear(start=0.0, end=1.0, steps=10)"
    assert (UP == 3) is False


# A change, and what it reaches ---------------------------------------------------------------------------------------

BOTH = ps.join([UP, DOWN])
WITH_A_FUNCTION = ps.join([UP, math.sin, DOWN], boundaries=[5, 8])
SCALED = ps.scale(math.sin, factor=2.0)


@pytest.mark.parametrize(
    ("old", "change", "new"),
    [
        (UP, {}, UP),
        (UP, {"steps": 20}, ps.linear(start=0.0, end=1.0, steps=20)),
        (BOTH, {"schedules": {1: {"steps": 50}}}, ps.join([UP, DOWN.replace(steps=50)])),
        (BOTH, {"schedules": {0: DOWN}}, ps.join([DOWN, DOWN])),
        (BOTH, {"schedules": [{}, {"steps": 50}]}, ps.join([UP, DOWN.replace(steps=50)])),
        (BOTH, {"schedules": ({"end": 2.0}, DOWN)}, ps.join([UP.replace(end=2.0), DOWN])),
        # A list of another length replaces the one that was there, where it holds schedules.
        (BOTH, {"schedules": [UP, DOWN, UP]}, ps.join([UP, DOWN, UP])),
        (BOTH, {"schedules": [DOWN]}, ps.join([DOWN])),
        (BOTH, {"boundaries": [20]}, ps.join([UP, DOWN], boundaries=[20])),
        (BOTH, {"boundaries": None}, BOTH),
        # A plain function has an empty place in the tree.
        (SCALED, {"schedule": {}}, SCALED),
        (SCALED, {"schedule": {}, "factor": 3.0}, ps.scale(math.sin, factor=3.0)),
        (SCALED, {"schedule": UP}, ps.scale(UP, factor=2.0)),
        (WITH_A_FUNCTION, {"schedules": {1: {}}}, WITH_A_FUNCTION),
        (WITH_A_FUNCTION, {"boundaries": {1: 9}}, WITH_A_FUNCTION.replace(boundaries=[5, 9])),
        (WITH_A_FUNCTION, {"boundaries": [6, 9]}, WITH_A_FUNCTION.replace(boundaries=[6, 9])),
    ],
)
def test_a_change_reaches_its_place(old: ps.Schedule, change: dict[str, Any], new: ps.Schedule) -> None:
    assert old.replace(change) == new
    for step in (0, 3, 5, 8.5, 12, 200):
        assert old(step, change) == new(step)


@pytest.mark.parametrize("schedule", [UP, BOTH, WITH_A_FUNCTION, SCALED], ids=repr)
def test_the_tree_of_a_schedule_changes_nothing(schedule: ps.Schedule) -> None:
    assert schedule.replace(schedule.hyperparameters) == schedule


@pytest.mark.parametrize(
    ("old", "change", "said"),
    [
        (UP, {"steps": {}}, "linear.steps: a dict was given, and there is nothing below it; give a number"),
        (SCALED, {"schedule": {"x": 1}}, "scale.schedule: a dict was given, and there is nothing below it; give a schedule"),
        (BOTH, {"boundaries": {0: 5}}, "join.boundaries: a dict was given, and there is nothing below it; give a number"),
        (BOTH, {"schedules": {-1: UP}}, "join.schedules: there is no item -1; it has 2, counted from 0"),
        (BOTH, {"schedules": {2: UP}}, "join.schedules: there is no item 2; it has 2, counted from 0"),
        (BOTH, {"schedules": {"0": UP}}, "join.schedules: there is no item '0'; it has 2, counted from 0"),
        (BOTH, {"schedules": {True: UP}}, "join.schedules: there is no item True; it has 2, counted from 0"),
        (BOTH, {"schedules": [UP, DOWN, {}]}, "join.schedules: 3 items were given for 2; give as many, or a dict by index"),
        (
            ps.scale(BOTH, factor=1.0),
            {"schedule": {"schedules": [{}, {"stesp": 3}]}},
            "scale.schedule.schedules[1]: there is no hyperparameter 'stesp'; did you mean 'steps'? "
            "cosine has start, end, steps",
        ),
        (
            ps.scale(BOTH, factor=1.0),
            {"schedule": {"schedules": {0: {"steps": {}}}}},
            "scale.schedule.schedules[0].steps: a dict was given, and there is nothing below it; give a number",
        ),
    ],
)
def test_a_change_that_has_no_place(old: ps.Schedule, change: dict[str, Any], said: str) -> None:
    with pytest.raises(TypeError) as raised:
        old.replace(change)
    assert str(raised.value) == said


# Lengths -------------------------------------------------------------------------------------------------------------


def test_a_schedule_is_as_long_as_the_longest_of_its_children() -> None:
    def lasting(steps: Any) -> ps.Schedule:
        return ps.linear(start=0.0, end=1.0, steps=steps)

    for lengths in ([3], [3, 7], [7, 3], [3, 9, 7], [9, 3, 7], [3, 7, 9]):
        assert ps.add([*map(lasting, lengths)]).steps == max(lengths)
    assert ps.add([lasting(3), math.sin]).steps == math.inf
    assert ps.add([lasting(3), ps.inverse_sqrt(peak=1.0, timescale=10)]).steps == math.inf
    assert ps.add([lasting(torch.tensor(3)), lasting(torch.tensor(8)), lasting(5)]).steps == 8


# What a decorator declares -------------------------------------------------------------------------------------------


@ps.schedule
def two(step, first, second, *, share=None, by=None, power):
    """Two at once."""
    return first(step) * (share or 0.5) + second(step) * power


def test_children_are_given_by_position_or_by_name() -> None:
    expected = two(UP, DOWN, power=2.0)
    for made in (two(UP, second=DOWN, power=2.0), two(first=UP, second=DOWN, power=2.0)):
        assert made == expected
        assert repr(made) == f"two({UP}, {DOWN}, power=2.0)"
    assert expected(5) == 0.5 * UP(5) + 2.0 * DOWN(5)
    for mistake, said in (
        (lambda: two(UP, power=2.0), "two: second is missing; write two(first, second, power=...)"),
        (lambda: two(UP, DOWN), "two: power is missing; write two(first, second, power=...)"),
        (
            lambda: two(UP, DOWN, 2.0),
            "two: numbers are given by name, got 2.0 by position; write two(first, second, power=2.0",
        ),
        (lambda: two(UP, DOWN, second=UP, power=1), "two: second is given twice, by position and by name; give it once"),
        (lambda: two(UP, DOWN, power=2, share=[]), "two: share must be a number, not list, got share=[]; give an int"),
        (
            lambda: two(UP, DOWN, powr=2),
            "two: there is no hyperparameter 'powr'; did you mean 'power'? two has first, second,",
        ),
    ):
        with pytest.raises(TypeError) as raised:
            mistake()
        assert str(raised.value).startswith(said)


def test_what_is_left_out_stays_out() -> None:
    assert two(UP, DOWN, share=None, power=2.0) == two(UP, DOWN, power=2.0)
    assert two(UP, DOWN, power=2.0).hyperparameters.keys() == {"first", "second", "power"}
    assert two(UP, DOWN, power=2.0).arguments["share"] is None
    assert two(UP, DOWN, share=0.25, power=2.0).hyperparameters["share"] == 0.25

    @ps.recipe
    def at(*, value, later=3.0, never=None):
        return ps.constant(value=value if never is None else never)

    assert at(value=1.0)(0) == 1.0
    assert at(value=1.0, never=2.0)(0) == 2.0
    assert repr(at(value=1.0)) == "at(value=1.0, later=3.0)"


def test_what_stands_for_an_argument_that_is_left_out_may_refuse_it() -> None:
    def from_the_peak(given: Any) -> float:
        if given["peak"] > 1:
            raise ValueError("cap must be given where peak is above 1; write cap=...")
        return 2 * given["peak"]

    @ps.schedule(cap=checks.positive.or_else(from_the_peak))
    def capped(step, *, peak, cap=None, floor=None):
        return min(step * peak, cap) if floor is None else floor

    assert [capped(peak=0.5)(step) for step in (1, 9)] == [0.5, 1.0]
    assert capped(peak=3.0, cap=1.0)(9) == 1.0
    assert capped(peak=0.5, floor=0.25)(9) == 0.25
    with pytest.raises(ValueError, match=r"^capped: cap must be given where peak is above 1; write cap=...$"):
        capped(peak=3.0)


def test_a_schedule_may_have_no_hyperparameters() -> None:
    @ps.schedule
    def one(step):
        return 1.0

    assert one()(5) == 1.0
    assert repr(one()) == "one()"
    assert one().hyperparameters == {}
    assert one().steps == math.inf
    with pytest.raises(TypeError, match=r"^one: there is no hyperparameter 'value'; one has none$"):
        one(value=1.0)


def test_a_factory_has_the_name_and_the_words_of_its_function() -> None:
    assert (two.__name__, two.__qualname__, two.__module__, two.__doc__) == ("two", "two", __name__, "Two at once.")
    assert str(inspect.signature(two)).startswith("(first, second, *, share=None, by=None, power)")
    # What a program that reads signatures is told of a child: something that takes a count and gives a number.
    assert inspect.signature(ps.scale).parameters["schedule"].annotation == Callable[[int], float]


def test_arrays_that_do_not_fit_are_told_by_their_paths() -> None:
    batched = ps.join([ps.scale(ps.constant(value=torch.ones(3)), factor=2.0), DOWN], boundaries=[torch.tensor([[5], [6]])])
    assert batched(torch.arange(3)).shape == (2, 3)
    with pytest.raises(ValueError, match="must broadcast together, got ") as raised:
        batched(torch.arange(4))
    said = "got step (4,), join.schedules[0].schedule.value (3,), join.boundaries[0] (2, 1); give each batch"
    assert said in str(raised.value)


WITHOUT = """
import sys
import pure_schedules as ps
lr = ps.join([ps.linear(start=0.0, end=1.0, steps=10), ps.cosine(start=1.0, steps=90)])
assert [lr(step) for step in (0, 5, 10, 100.0)] == [0.0, 0.5, 1.0, 0.0]
assert lr == ps.parse(repr(lr)) == ps.from_data(ps.to_data(lr)) == lr.replace({})
assert not {"torch", "numpy", "jax", "matplotlib"} & set(sys.modules)
"""


def test_numbers_are_computed_without_torch() -> None:
    """Nothing is imported until a tensor or an array arrives."""
    subprocess.run([sys.executable, "-c", WITHOUT], check=True)


def test_sizes_are_whole_numbers_where_they_are_asked_for_as_such() -> None:
    size = ps.batch_size_ramp(sizes=[16, 64], samples=[1000])
    assert size.whole(0) == 16
    assert type(size.whole(0)) is int
    assert torch.randn(size.whole(100), 2).shape == (64, 2)
    assert list(range(size.whole(0, {"sizes": [3, 4]}))) == [0, 1, 2]
    counted = size.whole(torch.tensor([0, 100]))
    assert counted.dtype == torch.int64
    assert counted.tolist() == size.whole(np.asarray([0, 100])).tolist() == [16, 64]
    # A rounding below a whole number is that number.
    third = ps.scale(ps.constant(value=1 / 49), factor=49.0)
    assert third(0) != 1
    assert third.whole(0) == 1
    with pytest.raises(ValueError, match=r"linear: the value must be a whole number, got 0\.5 at step 1; write round_down"):
        ps.linear(start=0.0, end=1.0, steps=2).whole(1)
