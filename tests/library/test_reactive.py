"""Schedules that react to a metric: pure transitions, states of plain data, and factors for any schedule."""

import copy
import io
import json
import math
import pickle
import re
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import pure_schedules as ps
from pure_schedules import checks, reactive
from pure_schedules.reactive import State, Transition, greedy, kl_adaptive, newbob, reduce_on_plateau, transition

TRANSITIONS = [
    reduce_on_plateau(),
    reduce_on_plateau(
        factor=0.5, patience=1, cooldown=2, relative_threshold=0.0, absolute_threshold=0.1, lowest_factor=0.01
    ),
    reduce_on_plateau(factor=0.5, patience=0, average_over=3, maximize=True),
    greedy(lowest_factor=0.1, highest_factor=10.0),
    greedy(
        lowest_factor=0.25, highest_factor=4.0, factor=0.5, patience=1, cooldown=1, warmup=2, average_over=3, reset_after=2
    ),
    greedy(
        lowest_factor=0.5,
        highest_factor=1.5,
        factor=0.9,
        patience=0,
        relative_threshold=0.1,
        reset_after=None,
        maximize=True,
    ),
    kl_adaptive(lowest_factor=0.01, highest_factor=10.0),
    kl_adaptive(lowest_factor=0.5, highest_factor=1.0, threshold=1.0, margin=1.0, factor=0.9),
    newbob(),
    newbob(factor=0.8, relative_threshold=0.1, patience=2, lowest_factor=0.05, maximize=True),
]
METRICS = st.lists(
    st.one_of(st.sampled_from([0.0, -0.0, 1.0, -1.0, math.nan, math.inf, -math.inf, 1e308, -1e308]), st.floats(-5, 5)),
    max_size=60,
)
SCHEDULE = ps.warmup_cosine(peak=1e-3, warmup_steps=10, total_steps=100)


def run(rule: Transition, metrics: Any, state: State | None = None) -> tuple[list[State], list[float]]:
    """The state and the factor after each metric."""
    state = rule.init() if state is None else state
    states, factors = [], []
    for metric in metrics:
        state, factor = rule.update(state, metric)
        states.append(state)
        factors.append(factor)
    return states, factors


# Laws ----------------------------------------------------------------------------------------------------------------


def is_plain(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(is_plain, value))
    return value is None or (type(value) in (int, float) and math.isfinite(value))


@pytest.mark.parametrize("rule", TRANSITIONS, ids=repr)
@given(METRICS)
def test_update_is_pure_and_its_states_are_plain_data(rule: Transition, metrics: list[float]) -> None:
    state = rule.init()
    for metric in metrics:
        before = copy.deepcopy(state)
        once, again = rule.update(state, metric), rule.update(state, metric)
        assert once == again
        assert state == before
        assert once[0] is not state
        state, factor = once
        assert type(state) is dict
        assert all(map(is_plain, state.values()))
        assert list(state) == list(rule.init())
        assert type(factor) is float
        assert factor == state["factor"]
        assert rule.hyperparameters.get("lowest_factor", 0.0) <= factor <= rule.hyperparameters.get("highest_factor", 1.0)


@pytest.mark.parametrize("rule", TRANSITIONS, ids=repr)
@given(METRICS, st.integers(0, 60))
def test_a_run_goes_on_from_a_saved_state(rule: Transition, metrics: list[float], place: int) -> None:
    """In JSON, in a checkpoint that is loaded with weights_only, and with the transition rebuilt from its repr."""
    expected = run(rule, metrics)[1]
    first, rest = metrics[:place], metrics[place:]
    states, factors = run(rule, first)
    state = states[-1] if states else rule.init()
    assert state == json.loads(json.dumps(state, allow_nan=False))
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    loaded = torch.load(file, weights_only=True)
    rebuilt = eval(repr(rule), dict(vars(reactive)))
    for saved in (json.loads(json.dumps(state, allow_nan=False)), loaded):
        assert factors + run(rebuilt, rest, saved)[1] == expected


def test_states_share_nothing() -> None:
    rule = greedy(lowest_factor=0.1, highest_factor=2.0, average_over=3)
    before = rule.init()
    after, _ = rule.update(before, 1.0)
    after["window"].append(5.0)
    assert before["window"] == rule.init()["window"] == []
    again, _ = rule.update({**rule.init(), "window": (3.0, 4.0)}, 5.0)
    assert again["window"] == [3.0, 4.0, 5.0]


@pytest.mark.parametrize("rule", TRANSITIONS, ids=repr)
def test_a_transition_is_a_value(rule: Transition) -> None:
    for other in (
        eval(repr(rule), dict(vars(reactive))),
        pickle.loads(pickle.dumps(rule)),
        copy.deepcopy(rule),
        rule.replace(),
        rule.replace(factor=0.3).replace(factor=rule.hyperparameters["factor"]),
    ):
        assert other == rule
        assert hash(other) == hash(rule)
        assert repr(other) == repr(rule)
    assert rule.replace(factor=0.3) != rule
    assert rule != repr(rule)
    assert [other for other in TRANSITIONS if other == rule] == [rule]
    with pytest.raises(AttributeError, match=r"make a changed copy: transition.replace\(factor=...\)"):
        rule.factor = 0.5
    with pytest.raises(AttributeError):
        del rule._given
    rule.hyperparameters["factor"] = 0.123
    assert rule.hyperparameters["factor"] != 0.123


def test_two_rules_with_the_same_hyperparameters_are_two() -> None:
    def of(name: str) -> Transition:
        def rule(state: State, metric: float, *, limit: float) -> State:
            return state

        rule.__name__ = name
        return transition({"factor": 1.0})(rule)(limit=2.0)

    assert of("halve") != of("double")
    halve = of("halve")
    assert halve == halve.replace()


@pytest.mark.parametrize("rule", TRANSITIONS, ids=repr)
@pytest.mark.parametrize(
    "kind",
    [
        torch.tensor,
        lambda x: torch.tensor([x], requires_grad=True),
        np.float64,
        np.asarray,
        np.float32,
        lambda x: np.array([x]),
    ],
)
def test_a_metric_may_be_any_one_real_number(rule: Transition, kind: Any) -> None:
    metrics = [2.0, 1.0, 1.0, 1.5, 0.5, 0.5, 0.5]
    assert run(rule, map(kind, metrics)) == run(rule, metrics)
    assert run(rule, map(int, metrics))[1] == run(rule, [float(int(metric)) for metric in metrics])[1]


# Behaviour that is not a peer's ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("spoiled", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("maximize", [False, True])
def test_what_is_not_finite_counts_as_bad_and_is_forgotten(spoiled: float, maximize: bool) -> None:
    for rule in (
        reduce_on_plateau(factor=0.5, patience=0, maximize=maximize),
        greedy(factor=0.5, patience=0, lowest_factor=0.1, highest_factor=1.0, maximize=maximize, average_over=2),
        newbob(factor=0.5, relative_threshold=0.0, maximize=maximize),
    ):
        sign = -1 if maximize else 1
        values = [3.0, 2.0, spoiled, 1.0, 0.5]
        factors = [1.0, *run(rule, [sign * value for value in values])[1]]
        changed = [after < before for before, after in pairwise(factors)]
        assert changed == [False, False, True, False, False], rule


@given(st.lists(st.floats(-5, 5), max_size=60), st.sampled_from([0.0, 0.01, 0.3]))
def test_a_maximum_is_the_minimum_of_the_opposite(metrics: list[float], threshold: float) -> None:
    opposite = [-metric for metric in metrics]
    for rule in (
        reduce_on_plateau(factor=0.5, patience=1, relative_threshold=threshold),
        greedy(factor=0.5, patience=1, lowest_factor=0.1, highest_factor=8.0, relative_threshold=threshold),
        newbob(relative_threshold=threshold),
    ):
        assert run(rule.replace(maximize=True), opposite)[1] == run(rule, metrics)[1]


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=60), st.sampled_from([0.01, 0.3, 1.0]))
def test_a_worse_metric_is_never_better(metrics: list[float], threshold: float) -> None:
    """Also below 0, where a relative threshold that does not mind the sign makes it one."""
    rule = reduce_on_plateau(patience=0, relative_threshold=threshold)
    best = math.inf
    for state in run(rule, metrics)[0]:
        assert state["best"] <= best
        best = state["best"]


def test_averages_are_looked_at_when_they_are_complete() -> None:
    rule = reduce_on_plateau(factor=0.5, patience=0, average_over=2)
    states, factors = run(rule, [5.0, 3.0, 4.0, 4.0, 1.0, 2.0])
    assert [state["best"] for state in states] == [None, 4.0, 4.0, 4.0, 4.0, 1.5]
    assert factors == [1.0, 1.0, 1.0, 0.5, 0.5, 0.5]
    # One that is not finite spoils the average it is in, and no other.
    states, factors = run(rule, [5.0, 3.0, math.nan, 1.0, 1.0, 1.0])
    assert factors == [1.0, 1.0, 1.0, 0.5, 0.5, 0.5]
    assert states[-1]["best"] == 1.0


def test_the_ends_of_what_a_factor_may_be() -> None:
    for bounds in ({"lowest_factor": 0.0}, {"lowest_factor": 1.0}):
        assert reduce_on_plateau(**bounds).hyperparameters["lowest_factor"] == bounds["lowest_factor"]
    assert greedy(lowest_factor=1.0, highest_factor=1.0).hyperparameters["highest_factor"] == 1.0
    for wrong in (0.0, 1.0, -0.5, 1.5):
        with pytest.raises(ValueError, match=f"newbob: factor must lie between 0 and 1, got factor={wrong}"):
            newbob(factor=wrong)


def test_a_transition_of_ones_own() -> None:
    @transition({"factor": 1.0, "worst": None, "seen": 0}, limit=checks.positive)
    def halve_on_records(state: State, metric: float, *, limit: float) -> State:
        record = metric > limit and (state["worst"] is None or metric > state["worst"])
        return {
            "factor": state["factor"] / 2 if record else state["factor"],
            "worst": metric if record else state["worst"],
            "seen": state["seen"] + 1,
        }

    rule = halve_on_records(limit=1.0)
    assert run(rule, [0.5, 3.0, 2.0, 4.0])[1] == [1.0, 0.5, 0.5, 0.25]
    assert repr(rule) == "halve_on_records(limit=1.0)"
    assert halve_on_records.formula({"factor": 1.0, "worst": None, "seen": 0}, 0.0, limit=1.0)["seen"] == 1
    with pytest.raises(ValueError, match=r"halve_on_records: limit must be positive, got limit=-1\.0"):
        halve_on_records(limit=-1.0)


# With schedules ------------------------------------------------------------------------------------------------------

LOSSES = [3.0, 2.0, 2.0, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
RULE = reduce_on_plateau(factor=0.5, patience=1)


def test_a_factor_does_not_mind_what_the_schedule_is() -> None:
    """The metric's state and the schedule's step are kept apart, so either may be changed in mid-run."""
    _, factors = run(RULE, LOSSES)
    schedules: list[Any] = [ps.constant(value=0.1), SCHEDULE, lambda step: 1.0 / (1 + step)]
    for schedule in schedules:
        assert ps.scale(schedule, factor=factors[-1])(7) == factors[-1] * schedule(7)


# Errors --------------------------------------------------------------------------------------------------------------

PLATEAU = reduce_on_plateau()
MISTAKES: list[tuple[Any, type[Exception], str]] = [
    (
        lambda: reduce_on_plateau(patiance=3),  # type: ignore[call-arg]
        TypeError,
        "reduce_on_plateau: there is no hyperparameter 'patiance'; did you mean 'patience'? reduce_on_plateau has factor, "
        "patience, cooldown, relative_threshold, absolute_threshold, lowest_factor, average_over, maximize",
    ),
    (
        lambda: reduce_on_plateau(0.5),  # type: ignore[call-arg]
        TypeError,
        "reduce_on_plateau: numbers are given by name, got 0.5 by position; write reduce_on_plateau(factor=0.5)",
    ),
    (
        lambda: greedy(lowest_factor=0.1),  # type: ignore[call-arg]
        TypeError,
        "greedy: highest_factor is missing; write greedy(lowest_factor=..., highest_factor=...)",
    ),
    (
        lambda: reduce_on_plateau(factor=1.0),
        ValueError,
        "reduce_on_plateau: factor must lie between 0 and 1, got factor=1.0; write 0.5 to halve the rate at each reduction",
    ),
    (
        lambda: newbob(patience=-1),
        ValueError,
        "newbob: patience must be a whole number, 0 or more, got patience=-1; count them: 0, 1, 2 ...",
    ),
    (
        lambda: newbob(patience=1.5),  # type: ignore[arg-type]
        ValueError,
        "newbob: patience must be a whole number, 0 or more, got patience=1.5; count them: 0, 1, 2 ...",
    ),
    (
        lambda: newbob(patience=None),  # type: ignore[arg-type]
        TypeError,
        "newbob: patience must be a number, not NoneType, got patience=None; give an int or a float",
    ),
    (
        lambda: reduce_on_plateau(lowest_factor=2.0),
        ValueError,
        "reduce_on_plateau: lowest_factor must be a factor, from 0 to 1, got lowest_factor=2.0; "
        "it is the smallest factor of the schedule: lowest rate / first rate",
    ),
    (
        lambda: greedy(lowest_factor=0.1, highest_factor=0.5),
        ValueError,
        "greedy: highest_factor must be a factor, 1 or more, got highest_factor=0.5; "
        "it is the largest factor of the schedule: highest rate / first rate",
    ),
    (
        lambda: greedy(lowest_factor=0.1, highest_factor=math.inf),
        ValueError,
        "greedy: highest_factor must be finite, got highest_factor=inf; give a finite number",
    ),
    (
        lambda: reduce_on_plateau(absolute_threshold=-0.1),
        ValueError,
        "reduce_on_plateau: absolute_threshold must not be negative, got absolute_threshold=-0.1; "
        "give 0 or a number above it",
    ),
    (
        lambda: reduce_on_plateau(average_over=0),
        ValueError,
        "reduce_on_plateau: average_over must be a whole number above 0, got average_over=0; count them: 1, 2, 3 ...",
    ),
    (
        lambda: reduce_on_plateau(maximize="max"),  # type: ignore[arg-type]
        TypeError,
        "reduce_on_plateau: maximize must be True or False, got maximize='max'; write True or False",
    ),
    (
        lambda: reduce_on_plateau(factor=torch.tensor(0.5)),  # type: ignore[arg-type]
        TypeError,
        "reduce_on_plateau: factor must be a plain number, not a tensor or array, "
        "got factor=torch.tensor(0.5, dtype=torch.float32); take the number out of it: .item()",
    ),
    (
        lambda: PLATEAU.update(PLATEAU.init(), "0.5"),
        TypeError,
        "reduce_on_plateau: metric must be one real number, got '0.5'; "
        "give the loss of the epoch, averaged if there are several",
    ),
    (
        lambda: PLATEAU.update(PLATEAU.init(), torch.ones(2)),
        TypeError,
        "reduce_on_plateau: metric must be one real number, got tensor([1., 1.]); "
        "give the loss of the epoch, averaged if there are several",
    ),
    (
        lambda: PLATEAU.update(1.0, PLATEAU.init()),  # type: ignore[arg-type]
        TypeError,
        "reduce_on_plateau: state must be a dict, got 1.0; begin with what init() gives",
    ),
    (
        lambda: PLATEAU.update(newbob().init(), 1.0),
        ValueError,
        "reduce_on_plateau: state must have factor, best, bad, cooldown, count, average, "
        "got one with factor, previous, bad; give what init() or update() of this transition gave",
    ),
    (
        lambda: PLATEAU.update({}, 1.0),
        ValueError,
        "reduce_on_plateau: state must have factor, best, bad, cooldown, count, average, got one with nothing in it; "
        "give what init() or update() of this transition gave",
    ),
    (
        lambda: PLATEAU.update({**PLATEAU.init(), "bad": -1}, 1.0),
        ValueError,
        "reduce_on_plateau: state['bad'] must be a whole number, 0 or more, got -1; "
        "give what init() or update() of this transition gave, as it was",
    ),
    (
        lambda: PLATEAU.update({**PLATEAU.init(), "best": "low"}, 1.0),
        ValueError,
        "reduce_on_plateau: state['best'] must be a finite number or None, got 'low'; "
        "give what init() or update() of this transition gave, as it was",
    ),
    (
        lambda: PLATEAU.update({**PLATEAU.init(), "factor": math.nan}, 1.0),
        ValueError,
        "reduce_on_plateau: state['factor'] must be a finite number, got nan; "
        "give what init() or update() of this transition gave, as it was",
    ),
    (
        lambda: TRANSITIONS[3].update({**TRANSITIONS[3].init(), "window": [None]}, 1.0),
        ValueError,
        "greedy: state['window'] must be a list of finite numbers, got [None]; "
        "give what init() or update() of this transition gave, as it was",
    ),
    (
        lambda: PLATEAU.replace(factors=0.5),
        TypeError,
        "reduce_on_plateau: there is no hyperparameter 'factors'; did you mean 'factor'? reduce_on_plateau has factor, "
        "patience, cooldown, relative_threshold, absolute_threshold, lowest_factor, average_over, maximize",
    ),
    (
        lambda: transition({"scale": 1.0}),
        ValueError,
        "transition: the initial state must have a factor of 1.0, got {'scale': 1.0}; add 'factor': 1.0",
    ),
    (
        lambda: transition({"factor": 1.0}, limt=checks.positive)(lambda state, metric, *, limit: state),
        TypeError,
        "<lambda>: a rule is declared for 'limt', which is not one of its hyperparameters",
    ),
    (
        Transition,
        TypeError,
        "a Transition is made by a function such as reactive.reduce_on_plateau, or by one of your own under @transition",
    ),
]


@pytest.mark.parametrize(("mistake", "kind", "message"), MISTAKES, ids=[message[:70] for _, _, message in MISTAKES])
def test_the_message_in_full(mistake: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind) as caught:
        mistake()
    assert type(caught.value) is kind
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "wrong", [None, "1", True, 1j, [1.0], object(), torch.ones(3), torch.tensor(True), torch.tensor(1j)]
)
@pytest.mark.parametrize("rule", TRANSITIONS, ids=repr)
def test_a_refused_metric_leaves_the_state_as_it_was(rule: Transition, wrong: Any) -> None:
    state = run(rule, [3.0, 2.0, 2.0])[0][-1]
    before = copy.deepcopy(state)
    with pytest.raises(TypeError, match=re.escape(": metric must be one real number, got ")):
        rule.update(state, wrong)
    assert state == before


def test_what_newbob_makes_of_a_metric_after_one_of_zero() -> None:
    rule = reactive.newbob(factor=0.5, relative_threshold=0.1)
    for metric, factor in ((-1.0, 1.0), (0.0, 0.5), (1.0, 0.5)):
        assert run(rule, [0.0, metric])[1] == [1.0, factor]
    assert run(reactive.newbob(factor=0.5, relative_threshold=0.1, maximize=True), [0.0, 1.0])[1] == [1.0, 1.0]


def test_greedy_counts_no_bad_metric_while_it_rests() -> None:
    rule = reactive.greedy(lowest_factor=0.01, highest_factor=1.0, factor=0.5, patience=1, cooldown=2)
    assert run(rule, [1.0] * 10)[1] == [1.0, 1.0, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25]


def test_nobody_inherits() -> None:
    with pytest.raises(TypeError, match="Transition has no subclasses"):
        type("Mine", (Transition,), {})
