"""Law 2: closed composition. A composition is a schedule like any other, and the algebra of joins and products holds."""

import copy
import functools
import inspect
import math
import pickle
import re
import sys
from collections.abc import Callable
from typing import Any

import pytest
import torch
from catalogue import CASES, Case
from compositions import compositions, factors, steps
from hypothesis import given
from leaves import tensors
from torch.fx.experimental.proxy_tensor import make_fx

import pure_schedules as ps
from pure_schedules import numeric

COMBINED = [
    lambda s: ps.join([s, s], boundaries=[23]),
    lambda s: ps.scale(s, factor=0.3),
    lambda s: ps.clip(s, low=1e-5, high=5e-4),
    lambda s: ps.multiply([s, s]),
    lambda s: ps.add([s, s]),
    lambda s: ps.maximum([s, ps.constant(value=2e-4)]),
    lambda s: ps.minimum([s, ps.constant(value=2e-4)]),
    lambda s: ps.shift(s, steps=7),
    lambda s: ps.stretch(s, factor=1.5),
    lambda s: ps.repeat(s, every=41),
    lambda s: ps.count_from_one(s),
    lambda s: ps.chain([ps.constant(value=0.5), ps.add([s, ps.constant(value=1e-4)])], boundaries=[19]),
    lambda s: ps.mean([s, s]),
    lambda s: ps.mix(s, ps.constant(value=2e-4), ps.linear(start=0.0, end=1.0, steps=30)),
    lambda s: ps.raise_to(s, power=1.1),
    lambda s: ps.remap(s, low=0.0, high=1e-3, to_low=1e-5, to_high=1e-3),
    lambda s: ps.round_to(s, multiple=1e-5),
    lambda s: ps.round_down(s, multiple=1e-6),
    lambda s: ps.running_product(s, times=3),
    lambda s: ps.vary(ps.cosine(start=1.0, steps=60), s, hyperparameter="start"),
    lambda s: ps.interpolate(s, start=1e-3, end=1e-5, steps=50, space=ps.reciprocal),
    lambda s: ps.repeat(s, every=41, growth=2, factor=0.9),
    lambda s: ps.staircase(s, every=7),
    lambda s: ps.warp(s, power=2, steps=50),
    lambda s: ps.mirror(s, steps=50),
    lambda s: ps.window(s, first=5, stop=70, outside=1e-5),
    lambda s: ps.on_clock(s, ps.consumed(sizes=[2, 3], boundaries=[20])),
    lambda s: ps.on_clock(ps.cosine(start=1e-3, steps=1), s),
    lambda s: ps.switch([s, s], boundaries=[29]),
    lambda s: ps.sequence([ps.shift(ps.linear(start=0.0, end=1e-3, steps=5), steps=2)], fractions=[1], total_steps=20),
    lambda s: ps.warmup(s, warmup_steps=20, rise=ps.cosine),
    lambda s: ps.jagged_restarts(s, every=31, warmup_steps=5),
    lambda s: ps.cool_down(s, at=40, decay_steps=20),
    lambda s: ps.branch(s, ps.exponential_decay(start=1.0, rate=0.9), at=40),
    lambda s: ps.rewarm(s, at=40, peak=1e-3, warmup_steps=5, decay_steps=20),
]


@given(compositions, compositions, compositions, steps)
def test_joins_flatten(a: ps.Schedule, b: ps.Schedule, c: ps.Schedule, step: float) -> None:
    nested = ps.join([ps.join([a, b], boundaries=[11]), c], boundaries=[37])
    right = ps.join([a, ps.join([b, c], boundaries=[26])], boundaries=[11])
    flat = ps.join([a, b, c], boundaries=[11, 37])
    assert nested(step) == flat(step)
    assert math.isclose(
        right(step), flat(step), rel_tol=1e-9, abs_tol=1e-12
    )  # step - 11 - 26 may round where step - 37 does not
    if isinstance(step, int):
        assert right(step) == flat(step)


@given(compositions, steps)
def test_a_join_of_one_is_that_one(schedule: ps.Schedule, step: float) -> None:
    assert ps.join([schedule])(step) == schedule(step) == ps.join([schedule], boundaries=[])(step)


@given(compositions, factors, factors, steps)
def test_scaling_twice_multiplies(schedule: ps.Schedule, a: float, b: float, step: float) -> None:
    twice = ps.scale(ps.scale(schedule, factor=a), factor=b)(step)
    assert math.isclose(twice, ps.scale(schedule, factor=a * b)(step), rel_tol=4e-16)  # three roundings against two
    assert math.isclose(twice, ps.multiply([schedule, ps.constant(value=a * b)])(step), rel_tol=4e-16)


@given(compositions, compositions, steps)
def test_the_pointwise_ones_are_pointwise_and_commute(a: ps.Schedule, b: ps.Schedule, step: float) -> None:
    for combinator, of in (
        (ps.multiply, lambda x, y: x * y),
        (ps.add, lambda x, y: x + y),
        (ps.maximum, max),
        (ps.minimum, min),
    ):
        assert combinator([a, b])(step) == combinator([b, a])(step) == of(a(step), b(step))


#: What is refused for the values that a schedule has, and not for what it is: a branch from 0, a clock of sizes.
REFUSED_FOR_VALUES = re.compile(r"at must be a step at which the schedule is not 0|clock must count what was consumed")


def put_into(combinator: Callable[[ps.Schedule], ps.Schedule], schedule: ps.Schedule) -> ps.Schedule:
    """The schedule in a combinator; as it is, where its values are refused there."""
    try:
        return combinator(schedule)
    except ValueError as error:
        if REFUSED_FOR_VALUES.search(str(error)):
            return schedule
        raise


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_any_combinator_nests_in_any_other_five_deep(case: Case) -> None:
    for first in range(len(COMBINED)):
        schedule = case.schedule
        for depth in range(5):
            schedule = put_into(COMBINED[(first + depth * 8) % len(COMBINED)], schedule)
        for step in (0, 7, 41, 100, 10**6):
            assert math.isfinite(schedule(step))
        assert eval(repr(schedule), {**vars(ps), "partial": functools.partial}) == schedule


#: Those of one child, but for a product, which asks it for each factor.
ONE_CHILD = [
    combined
    for combined in COMBINED
    if repr(combined(ps.constant(value=7.5))).count("7.5") == 1
    and combined(ps.constant(value=7.5)).factory is not ps.running_product
]


@pytest.mark.parametrize("combined", ONE_CHILD)
@pytest.mark.parametrize("step", [7, torch.tensor(7.0)], ids=["number", "tensor"])
def test_what_a_composition_costs_grows_with_its_depth_and_not_by_powers(combined: Callable[[Any], Any], step: Any) -> None:
    """Also where tensors are given for all of its numbers, so that nothing that is made of them is known before."""
    evaluations: list[Any] = []

    @ps.schedule(length=lambda value: 50)
    def counted(step: Any, *, value: float) -> Any:
        evaluations.append(step)
        return numeric.broadcast(value, step)

    schedule = counted(value=1e-3)
    for depth in range(1, 8):
        schedule = combined(schedule)
        given = tensors(schedule.hyperparameters)
        evaluations.clear()
        schedule(step, given)
        assert len(evaluations) <= 3 * depth


def nested(combined: Callable[[Any], Any]) -> ps.Schedule:
    """As deep as may be built, and an error that says where it ends."""
    schedule: Any = ps.linear(start=1e-3, end=2e-4, steps=50)
    for _ in range(200):
        try:
            schedule = combined(schedule)
        except ValueError as error:
            assert re.fullmatch(  # noqa: PT017
                r"\w+: schedules nest at most 100 deep, and this is deeper; write the nested schedules as one list, "
                r"such as join\(\[a, b, c\]\), or as one function under @schedule",
                str(error),
            )
            return schedule  # type: ignore[no-any-return]
    raise AssertionError("there is no end to it")


@pytest.mark.parametrize("combined", ONE_CHILD)
def test_all_works_to_the_depth_that_can_be_built(combined: Callable[[Any], Any]) -> None:
    """With Python's own limit to recursion, of which a program needs a third for itself."""
    assert sys.getrecursionlimit() == 1000
    schedule, other = nested(combined), nested(combined)

    def works() -> None:
        assert schedule == other
        assert hash(schedule) == hash(other)
        assert schedule.steps == other.steps
        value = schedule(7)
        assert schedule(7, schedule.hyperparameters) == value == pickle.loads(pickle.dumps(schedule))(7)
        assert schedule(torch.tensor([7])).item() == pytest.approx(value, rel=1e-9)
        assert schedule(torch.tensor([7]), schedule.hyperparameters).item() == pytest.approx(value, rel=1e-9)
        assert schedule.replace(schedule.hyperparameters) == schedule == copy.deepcopy(schedule)
        assert ps.differences(schedule, other) == []
        next(schedule.boundaries(last=10), None)
        assert repr(schedule) == repr(other)

    def after(frames: int) -> None:
        works() if not frames else after(frames - 1)

    after(330 - len(inspect.stack()))


def test_a_child_may_be_any_function_of_the_step() -> None:
    joined = ps.join([lambda step: 1, ps.linear(start=1.0, end=0.0, steps=10)], boundaries=[5])
    assert [joined(step) for step in (0, 4, 5, 10, 20)] == [1.0, 1.0, 1.0, 0.5, 0.0]
    assert ps.scale(lambda step: step**2, factor=0.5)(4) == 8.0


def test_a_users_own_schedule_composes_as_a_built_in_does() -> None:
    @ps.schedule
    def parabola(step: float, *, peak: float, steps: float) -> float:
        return peak * (step / steps) ** 2

    warm = ps.join([parabola(peak=1.0, steps=10), ps.cosine(start=1.0, steps=20)])
    assert repr(warm) == "join([parabola(peak=1.0, steps=10), cosine(start=1.0, end=0.0, steps=20)])"
    assert [warm(step) for step in (0, 5, 10, 30)] == [0.0, 0.25, 1.0, 0.0]
    assert warm(5, {"schedules": {0: {"peak": 2.0}}}) == 0.5


def test_a_formula_that_asks_its_step_questions_is_called_as_it_is() -> None:
    asked = []

    @ps.schedule
    def stair(step: float, *, at: float) -> float:
        asked.append(step)
        return 1.0 if step < at else 0.5

    lr = ps.scale(stair(at=3), factor=2.0)
    assert [lr(step) for step in (0, 2, 3, 100)] == [2.0, 2.0, 1.0, 1.0]
    assert asked[-4:] == [0, 2, 3, 100]


def test_a_users_own_four_lines_are_a_schedule_like_any_other() -> None:
    """They compose, trace, batch and print; see also laws 9, 13 and 20."""

    @ps.schedule
    def parabola(step, *, peak, steps):
        return peak * (step / steps) ** 2

    warm = ps.join([parabola(peak=1.0, steps=10), ps.cosine(start=1.0, steps=20)])
    assert [warm(step) for step in (0, 5, 10, 30)] == [0.0, 0.25, 1.0, 0.0]
    assert warm(torch.tensor([0, 5, 10])).tolist() == [0.0, 0.25, 1.0]
    assert torch.func.grad(lambda peak: warm(5, {"schedules": {0: {"peak": peak}}}))(torch.tensor(1.0)) == 0.25
    graph = make_fx(warm)(torch.tensor(5.0))
    assert graph(torch.tensor(10.0)) == 1.0
    # Asked for a number, the composition is one flat function: none of the formulas is called again.
    assert warm._flat.__code__.co_name == "schedule"
    assert str(warm) == "join([parabola(peak=1.0, steps=10), cosine(start=1.0, end=0.0, steps=20)])"
