"""Law 9: a value, not a secret. It prints as the code that makes it, compares by value, and goes through every copier."""

import copy
import functools
import json
import math
import pickle
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from catalogue import CASES, Case
from compositions import compositions
from hypothesis import given

import pure_schedules as ps
from pure_schedules._partials import Partial, partial_of
from pure_schedules.data import plain_data
from pure_schedules.testing import assert_round_trips


@ps.schedule
def parabola(step, *, peak, steps):
    """A user's own, at the top of a module, where pickle finds it."""
    return peak * (step / steps) ** 2


@ps.recipe
def parabola_then_constant(*, peak, steps):
    return ps.join([parabola(peak=peak, steps=steps), ps.constant(value=peak)], boundaries=[steps])


def assert_a_value(schedule: ps.Schedule) -> None:
    assert_round_trips(schedule)
    assert eval(repr(schedule), {**vars(ps), "partial": functools.partial}) == schedule
    assert ps.differences(schedule, schedule) == []
    assert ps.differences(schedule, plain_data(schedule)) == []
    assert vars(schedule) == {}


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_every_schedule_is_a_value(case: Case) -> None:
    assert_a_value(case.schedule)


@given(compositions)
def test_every_composition_is_a_value(schedule: ps.Schedule) -> None:
    assert_a_value(schedule)


def test_a_users_own_schedule_is_a_value() -> None:
    for schedule in (parabola(peak=1.0, steps=10), parabola_then_constant(peak=1.0, steps=10)):
        assert pickle.loads(pickle.dumps(schedule)) == schedule
        names = {"parabola": parabola, "parabola_then_constant": parabola_then_constant}
        assert ps.parse(repr(schedule), names) == schedule == eval(repr(schedule), names)


@given(compositions, compositions)
def test_two_differ_exactly_where_they_are_not_equal(one: ps.Schedule, other: ps.Schedule) -> None:
    assert (ps.differences(one, other) == []) == (one == other)


def test_different_schedules_differ() -> None:
    schedules = [case.schedule for case in CASES]
    assert len(set(schedules)) == len(schedules)
    linear = ps.linear(start=0.0, end=1.0, steps=10)
    assert linear != ps.linear(start=0.0, end=1.0, steps=11)
    assert linear != "linear(start=0.0, end=1.0, steps=10)"
    assert linear == ps.linear(start=0, end=1, steps=10.0)


def test_a_recipe_prints_as_itself() -> None:
    lr = ps.warmup_stable_decay(peak=3e-4, warmup_steps=10, decay_steps=20, total_steps=100, decay=ps.cosine)
    assert repr(lr) == (
        "warmup_stable_decay(peak=0.0003, warmup_steps=10, decay_steps=20, total_steps=100, "
        "start=0.0, floor=0.0, decay=cosine)"
    )


def test_it_says_where_two_differ() -> None:
    a = ps.join([ps.linear(start=0.0, end=1.0, steps=10), ps.cosine(start=1.0, steps=90)])
    assert ps.differences(a, a.replace({"schedules": {1: {"steps": 190}}})) == [
        "join.schedules[1]: cosine.steps was 90, is 190"
    ]
    assert ps.differences(a, ps.scale(a, factor=2.0)) == ["the schedule was join, is scale"]
    assert ps.differences(a, a.replace(boundaries=[20])) == ["join.boundaries was left out, is [20]"]
    assert ps.differences(a, ps.join([a, a])) == [
        "join.schedules[0] was linear, is join",
        "join.schedules[1] was cosine, is join",
    ]
    assert ps.differences(ps.scale(a, factor=1.0), ps.scale(a.replace(boundaries=[20]), factor=2.0)) == [
        "scale.schedule: join.boundaries was left out, is [20]",
        "scale.factor was 1.0, is 2.0",
    ]
    assert ps.differences(ps.scale(math.sin, factor=1.0), ps.scale(math.cos, factor=1.0)) == [
        "scale.schedule was sin, is cos"
    ]
    f, g = (lambda step: 1.0), (lambda step: 2.0)
    name = f.__qualname__
    assert ps.differences(ps.scale(f, factor=1.0), ps.scale(g, factor=1.0)) == [
        f"scale.schedule was {name}, is another {name}"
    ]
    assert ps.differences(ps.scale(f, factor=1.0), ps.scale(f, factor=1.0)) == []
    assert ps.differences(ps.join([a]), a) == ["join.schedules had 1 items, has 2"]
    assert ps.differences(a, ps.join([a])) == ["join.schedules had 2 items, has 1"]


def test_replace_makes_a_changed_copy() -> None:
    lr = ps.warmup_cosine(peak=1e-3, warmup_steps=10, total_steps=100)
    changed = lr.replace({"warmup_steps": 20}, peak=2e-3)
    assert changed == ps.warmup_cosine(peak=2e-3, warmup_steps=20, total_steps=100)
    assert lr == ps.warmup_cosine(peak=1e-3, warmup_steps=10, total_steps=100)
    joined = ps.join([lr, ps.constant(value=1.0)], boundaries=[50])
    assert joined.replace({"schedules": {1: ps.constant(value=2.0)}}) == ps.join(
        [lr, ps.constant(value=2.0)], boundaries=[50]
    )
    assert joined.replace({"schedules": [{"peak": 0.5}, {}], "boundaries": {0: 60}}) == ps.join(
        [lr.replace(peak=0.5), ps.constant(value=1.0)], boundaries=[60]
    )


def test_the_tree_holds_dicts_lists_and_numbers_alone() -> None:
    lr = ps.join([ps.linear(start=0.0, end=1.0, steps=10), math.sqrt, ps.constant(value=0.5)], boundaries=[10, 20])
    assert lr.hyperparameters == {
        "schedules": [{"start": 0.0, "end": 1.0, "steps": 10}, {}, {"value": 0.5}],
        "boundaries": [10, 20],
    }
    # What was left out, and a function that is a hyperparameter, hold no number.
    assert ps.clip(ps.constant(value=0.5), low=0.1).hyperparameters == {"schedule": {"value": 0.5}, "low": 0.1}
    stable = ps.warmup_stable_decay(peak=1.0, warmup_steps=1, decay_steps=1, total_steps=5)
    assert "decay" not in stable.hyperparameters


def test_it_cannot_be_altered() -> None:
    lr = ps.linear(start=0.0, end=1.0, steps=10)
    with pytest.raises(AttributeError, match="make a changed copy: "):
        lr.steps = 20  # type: ignore[misc]
    with pytest.raises(AttributeError, match="cannot be altered"):
        del lr.steps
    with pytest.raises(TypeError, match="is made by a function such as"):
        ps.Schedule()
    with pytest.raises(TypeError, match="has no subclasses"):
        type("Mine", (ps.Schedule,), {})


def test_tensors_among_the_hyperparameters_are_compared_and_written_by_value() -> None:
    one = ps.linear(start=torch.tensor([0.0, 0.1]), end=1.0, steps=10)
    assert one == ps.linear(start=torch.tensor([0.0, 0.1]), end=1.0, steps=10)
    assert hash(one) == hash(ps.linear(start=torch.tensor([0.0, 0.2]), end=1.0, steps=10))
    assert one != ps.linear(start=torch.tensor([0.0, 0.2]), end=1.0, steps=10)
    assert one != ps.linear(start=0.0, end=1.0, steps=10)
    assert eval(repr(one), {**vars(ps), "torch": torch}) == one == copy.deepcopy(one) == pickle.loads(pickle.dumps(one))


def test_a_factory_says_what_it_is() -> None:
    import inspect

    assert ps.linear.__name__ == "linear"
    assert str(inspect.signature(ps.linear)).startswith("(*, start: float, end: float, steps: float)")
    assert "A straight line" in (ps.linear.__doc__ or "")
    assert ps.linear.formula(5, start=0.0, end=1.0, steps=10) == 0.5
    assert ps.linear(start=0.0, end=1.0, steps=10).factory is ps.linear


def test_a_shape_with_parameters_is_a_value() -> None:
    def stable(decay: Any) -> ps.Schedule:
        return ps.warmup_stable_decay(peak=1.0, warmup_steps=0, decay_steps=4, total_steps=4, decay=decay)

    lr = stable(functools.partial(ps.polynomial, power=2))
    assert lr(2) == 0.25
    assert repr(lr).endswith("decay=partial(polynomial, power=2))")
    readings = (
        eval(repr(lr), {**vars(ps), "partial": functools.partial}),
        ps.parse(repr(lr)),
        ps.from_data(json.loads(json.dumps(ps.to_data(lr)))),
        pickle.loads(pickle.dumps(lr)),
        copy.deepcopy(lr),
        stable(functools.partial(functools.partial(ps.polynomial), power=2)),
        stable(functools.partial(lr.arguments["decay"])),
        stable(lr.arguments["decay"]),
    )
    for other in readings:
        assert other == lr
        assert hash(other) == hash(lr)
    assert lr != stable(functools.partial(ps.polynomial, power=3)) != stable(ps.linear) != lr
    assert ps.differences(lr, lr.replace({"decay": {"power": 3}})) == [
        "warmup_stable_decay.decay: polynomial.power was 2, is 3"
    ]


def test_the_numbers_of_a_shape_are_hyperparameters() -> None:
    decay = functools.partial(ps.polynomial, power=2.0)
    lr = ps.warmup_stable_decay(peak=1.0, warmup_steps=0, decay_steps=4, total_steps=4, decay=decay)
    assert lr.hyperparameters["decay"] == {"power": 2.0}
    assert lr(2, {"decay": {"power": 3.0}}) == lr.replace({"decay": {"power": 3.0}})(2) == 0.125
    assert lr.replace(decay=ps.linear)(2) == 0.5
    powers = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
    step = torch.tensor(2)
    curves = torch.func.vmap(lambda power: lr(step, {"decay": {"power": power}}))(powers)
    assert curves.tolist() == [0.5, 0.25, 0.125]
    slope = torch.func.grad(lambda power: lr(step, {"decay": {"power": power}}))(powers[1])
    assert slope.item() == pytest.approx(0.25 * math.log(0.5), rel=1e-12)


@pytest.mark.parametrize(
    ("decay", "kind", "message"),
    [
        (functools.partial(ps.polynomial, pwer=2), TypeError, "polynomial: there is no hyperparameter 'pwer'; did you mean"),
        (functools.partial(ps.polynomial, power="2"), TypeError, "polynomial: power must be a number, not text, got power="),
        (functools.partial(ps.polynomial, power=-1), ValueError, "polynomial: power must be positive, got power=-1; give"),
        (
            ps.polynomial,
            TypeError,
            "polynomial: power is missing; write polynomial(start=",
        ),
        (
            functools.partial(ps.cosine, end=0.1),
            TypeError,
            "cosine: end is given by the schedule whose shape this is; leave it out of partial(cosine, ...)",
        ),
        (
            ps.cosine(start=1.0, steps=2),
            TypeError,
            "warmup_stable_decay: decay must be a function that makes a schedule, got",
        ),
    ],
)
def test_a_shape_is_looked_at_when_it_is_bound(decay: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind) as caught:
        ps.warmup_stable_decay(peak=1.0, warmup_steps=0, decay_steps=4, total_steps=4, decay=decay)
    assert str(caught.value).startswith(message)


def test_a_shape_is_no_schedule() -> None:
    with pytest.raises(TypeError, match=r"scale: schedule must be a schedule, and this is a function that makes one, got"):
        ps.scale(partial_of(functools.partial(ps.polynomial, power=2)), factor=2.0)
    with pytest.raises(TypeError, match=r"a Partial is made by functools\.partial\(polynomial, power=1\.5\)"):
        Partial()


# What a schedule holds and does not own: the tensor or function itself -------------------------------------------------


def with_leaves(tree, of_leaf):
    """A tree with something else at each of its leaves."""
    if isinstance(tree, dict):
        return {name: with_leaves(item, of_leaf) for name, item in tree.items()}
    return [with_leaves(item, of_leaf) for item in tree] if isinstance(tree, list) else of_leaf(tree)


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_a_tensor_that_is_learnt_in_place_is_read_at_each_call(case: Case) -> None:
    """Also by what a recipe computes of it: as a schedule that is made anew of the same tensors."""
    tree = case.schedule.hyperparameters
    learnt = case.schedule.replace(
        with_leaves(tree, lambda leaf: torch.tensor(leaf, dtype=torch.float64) if type(leaf) is float else leaf)
    )
    steps = torch.tensor(case.steps_of_interest())
    learnt(steps)
    for tensor in learnt.arrays.values():
        tensor.mul_(0.5)
    made_anew = learnt.factory(**learnt.arguments)
    assert torch.equal(learnt(steps), made_anew(steps))
    assert learnt.composition == made_anew.composition
    for step in steps.tolist():
        assert learnt(step) == made_anew(step)


def test_a_tensor_that_is_learnt_by_gradients_has_them_again_after_each_update() -> None:
    peak = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    lr = ps.one_cycle(peak=peak, total_steps=100)
    for value in (1.0, 0.5):
        with torch.no_grad():
            peak.fill_(value)
        assert lr(0).item() == pytest.approx(value / 25)
        (slope,) = torch.autograd.grad(lr(0), peak)
        assert slope.item() == pytest.approx(1 / 25)


@dataclass
class Falling:
    """A function of the step of a class that compares by value, and so has no hash."""

    start: float

    def __call__(self, step: float) -> float:
        return self.start / (1 + step)


def test_a_child_of_any_class_can_be_hashed_and_compared() -> None:
    def made(start: float) -> list[ps.Schedule]:
        child = Falling(start)
        return [ps.scale(child, factor=0.5), ps.join([child, child], boundaries=[3]), ps.shift(child, steps=2)]

    for one, equal, other in zip(made(8.0), made(8.0), made(4.0), strict=True):
        assert one == equal != other
        assert hash(one) == hash(equal)
        assert {one, equal, other} == {one, other}
    assert hash(ps.bundle(lr=ps.scale(Falling(8.0), factor=0.5))) == hash(ps.bundle(lr=ps.scale(Falling(8.0), factor=0.5)))
