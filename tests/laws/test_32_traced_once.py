"""Law 32: traced once. A call with other hyperparameters makes no schedule; a structure is traced once for all settings."""

import copy
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from catalogue import CASES, Case
from compositions import compositions, steps
from hypothesis import given
from hypothesis import strategies as st
from leaves import COUNTS, only

import pure_schedules as ps
from pure_schedules import _schedule
from pure_schedules.testing._places import leaves
from pure_schedules.testing.strategies import hyperparameters

#: Of a kind and out of range for nearly every rule there is.
BROKEN = (-1, -0.5, 0, 0.0, 0.5, 1, 1.5, 2, 1e9, math.nan, math.inf, -math.inf)


def outcome(call: Callable[..., Any], *arguments: Any) -> Any:
    """What a call gives: its value to the bit, or the type and text of its error."""
    try:
        return repr(call(*arguments))
    except (TypeError, ValueError, ArithmeticError) as error:
        return type(error), str(error)


def replaced(schedule: ps.Schedule, step: Any, tree: Any) -> Any:
    """What the changed schedule gives."""
    return outcome(lambda: schedule.replace(tree)(step))


def changed(case: Case) -> Iterator[dict[str, Any]]:
    """The whole tree, and a tree with each of its numbers alone."""
    whole = case.schedule.hyperparameters
    yield whole
    for path, number in leaves(whole):
        yield only(path, number)
        yield only(path, number + 1 if path[-1] in COUNTS else number * 1.125)


@pytest.fixture
def nothing_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """No schedule can be made."""

    def made(*_: Any, **__: Any) -> Any:
        raise AssertionError("a schedule was made")

    monkeypatch.setattr(_schedule, "kept", made)


@pytest.fixture
def traces(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every composition that is traced from here on."""
    found: list[Any] = []
    flat = _schedule.flat

    def noted(formula: Any, *options: Any) -> Any:
        found.append(formula)
        return flat(formula, *options)

    monkeypatch.setattr(_schedule, "flat", noted)
    return found


# To the bit ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_a_number_with_other_hyperparameters_is_that_of_the_changed_schedule(case: Case) -> None:
    for tree in changed(case):
        for step in case.steps_of_interest():
            expected = replaced(case.schedule, step, tree)
            assert outcome(case.schedule, step, tree) == expected, (step, tree)


@given(st.data(), compositions, steps)
def test_and_of_any_composition(data: st.DataObject, schedule: ps.Schedule, step: float) -> None:
    tree = data.draw(hyperparameters(schedule))
    assert outcome(schedule, step, tree) == replaced(schedule, step, tree)
    assert schedule(step, schedule.hyperparameters) == schedule(step)


# Once ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_a_thousand_settings_of_one_structure_are_traced_once(case: Case, traces: list[Any]) -> None:
    schedule = copy.deepcopy(case.schedule)
    path, number = next(iter(leaves(schedule.hyperparameters)))
    trees = [only(path, number + (index if path[-1] in COUNTS else index * 1e-9)) for index in range(1000)]
    values = [outcome(schedule, 7, tree) for tree in trees]
    assert len(traces) == 1
    assert values[500] == replaced(schedule, 7, trees[500])


def test_another_structure_is_traced_by_itself(traces: list[Any]) -> None:
    lr = ps.linear(start=0.0, end=1.0, steps=10)
    for _ in range(3):
        for tree in ({"end": 2.0}, {"end": 3, "steps": 20}, {"steps": 5}):
            lr(5, tree)
    assert len(traces) == 3


def test_what_cannot_be_traced_is_tried_once(traces: list[Any]) -> None:
    @ps.schedule
    def asking(step, *, peak):
        return peak if step < 5 else peak / 2

    lr = asking(peak=1.0)
    assert [lr(step, {"peak": peak}) for step, peak in ((0, 2.0), (5, 2.0), (5, 8.0))] == [2.0, 1.0, 4.0]
    assert len(traces) == 1


# Nothing is made, nothing is altered ---------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_nothing_is_made_and_nothing_altered(case: Case, nothing_made: None) -> None:
    before = case.schedule.hyperparameters
    for tree in changed(case):
        called_and_kept(case, 7, tree)
        for as_array in (torch.tensor, np.asarray):
            called_and_kept(case, as_array([0.0, 7.0]), tree)
    for path, number in leaves(before):
        if COUNTS.isdisjoint(path):
            for as_array in (torch.tensor, np.asarray):
                called_and_kept(case, 7, only(path, as_array(float(number))))
                called_and_kept(case, as_array([0.0, 7.0]), only(path, as_array(float(number))))
    assert case.schedule.hyperparameters == before


def called_and_kept(case: Case, step: Any, tree: dict[str, Any]) -> None:
    """The call makes nothing, and the tree is afterwards what it was."""
    text = repr(tree)
    outcome(case.schedule, step, tree)
    assert repr(tree) == text


def test_that_something_is_made_would_be_seen(nothing_made: None) -> None:
    with pytest.raises(AssertionError, match="a schedule was made"):
        ps.constant(value=1.0)


# Refused as ever -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_a_number_that_breaks_a_rule_is_refused_in_the_words_of_replace(case: Case) -> None:
    for path, number in leaves(case.schedule.hyperparameters):
        case.schedule(7, only(path, number))  # its structure is traced, and was in order
        for broken in BROKEN:
            tree = only(path, broken)
            expected = replaced(case.schedule, 7, tree)
            assert outcome(case.schedule, 7, tree) == expected, tree
            if isinstance(expected, tuple) and expected[0] is not OverflowError:
                tensor = outcome(case.schedule, torch.tensor(7.0, dtype=torch.float64), tree)
                assert tensor == expected, tree


def test_a_number_is_refused_inside_children_and_lists_too() -> None:
    lr = ps.join([ps.linear(start=0.0, end=1.0, steps=10), ps.cosine(start=1.0, steps=20)])
    for tree, message in (
        ({"schedules": {1: {"steps": -1}}}, "cosine: steps must not be negative, got steps=-1; give 0 or a number above it"),
        ({"schedules": [{}, {"start": math.nan}]}, "cosine: start must be finite, got start=nan; give a finite number"),
    ):
        for _ in range(2):
            with pytest.raises(ValueError) as raised:
                lr(3, tree)
            assert str(raised.value) == message


@pytest.mark.parametrize("tree", [2.0, 0, [], [1.0], "end", (), UP := ps.linear(start=0.0, end=1.0, steps=4), ps.linear])
@pytest.mark.parametrize("step", [3, 3.5, torch.tensor(3)])
def test_what_is_no_tree_is_told_what_one_is(tree: Any, step: Any) -> None:
    with pytest.raises(TypeError) as raised:
        UP(step, tree)
    assert str(raised.value) == (
        f"linear: hyperparameters must be a dict of them by name, got {tree!r}; write schedule(step, {{'start': ...}})"
    )


def test_nothing_given_is_nothing_changed() -> None:
    assert UP(3, {}) == UP(3, None) == UP(3) == 0.75
