"""`like.ignite` against pytorch-ignite 0.5.5 itself, live: an engine with a real SGD, to 1e-12 of the peak.

Every update of the run and 50 beyond the last place where anything changes.
"""

from collections.abc import Callable, Iterator
from importlib.metadata import version
from typing import Any, NamedTuple

import pytest
import torch
from torch.optim import SGD, lr_scheduler

pytest.importorskip("ignite")

from ignite.engine import Engine, Events
from ignite.handlers import param_scheduler, state_param_scheduler
from training import LR, deviation

from pure_schedules import Schedule
from pure_schedules.like import ignite as like
from pure_schedules.like import torch as like_torch

TOLERANCE = 1e-12
BEYOND = 50

Make = Callable[[Any], Any]


def rates(make: Make, updates: int) -> list[float]:
    """What a scheduler has each of these updates use, attached as ignite says."""
    optimizer = SGD([torch.nn.Parameter(torch.ones(1))], lr=LR)
    used: list[float] = []

    def update(engine: Engine, batch: int) -> None:
        used.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()

    trainer = Engine(update)
    make(optimizer).attach(trainer)
    trainer.run(range(updates))
    return used


def states(make: Make, updates: int, event: Any = Events.ITERATION_STARTED) -> list[float | None]:
    """What each of these updates finds in the engine's state."""
    found: list[float | None] = []
    trainer = Engine(lambda engine, batch: found.append(engine.state.value))
    make("value").attach(trainer, event)
    trainer.run(range(updates))
    return found


class Case(NamedTuple):
    """A schedule, the scheduler that it is like, and the updates over which they are compared."""

    name: str
    schedule: Schedule
    make: Make
    updates: int
    values: Callable[[Make, int], list[Any]] = rates

    def __repr__(self) -> str:
        return self.name


def named(name: str, updates: int, **arguments: Any) -> Case:
    """A case of a scheduler with parameters of its own."""
    given = ", ".join(f"{key}={getattr(value, '__name__', value)}" for key, value in arguments.items())
    written = f"{name}({given})"
    schedule = getattr(like, name)(**arguments)
    if "State" in name:
        kind = getattr(state_param_scheduler, name)
        return Case(written, schedule, lambda key: kind(param_name=key, create_new=True, **arguments), updates, states)
    kind = getattr(param_scheduler, name)
    return Case(written, schedule, lambda optimizer: kind(optimizer, "lr", **arguments), updates)


def cycles() -> Iterator[Case]:
    factors: list[dict[str, float]] = [
        {},
        {"start_value_mult": 0.5},
        {"end_value_mult": 0.9},
        {"start_value_mult": 1.1, "end_value_mult": 0.7},
    ]
    for size in (2, 3, 4, 23, 97):
        for growth in (1.0, 2, 3):
            updates = int(size * (1 + growth + growth**2)) + BEYOND
            for start, end in ((0.7, 0.1), (0.0, 1.0)):
                given = {"start_value": start, "end_value": end, "cycle_size": size, "cycle_mult": growth}
                for factor in factors:
                    yield named("LinearCyclicalScheduler", updates, **given, **factor)
                    for warmup in (0, 1, 11):
                        more = {**given, **factor, "warmup_duration": warmup}
                        yield named("LinearCyclicalScheduler", updates, **more, monotonic=True)
                        yield named("CosineAnnealingScheduler", updates, **more)
    yield named("LinearCyclicalScheduler", 60, start_value=0.1, end_value=1.0, cycle_size=10)
    yield named("CosineAnnealingScheduler", 60, start_value=0.1, end_value=1.0, cycle_size=10)


KNOTS: list[list[tuple[int, float]]] = [
    [(0, 0.5)],
    [(7, 0.5)],
    [(0, 0.0), (10, 1.0)],
    [(1, 1.0), (3, 0.8), (5, 0.2)],
    [(10, 0.5), (20, 0.45), (21, 0.3), (30, 0.1), (40, 0.1)],
    [(3, 1.0), (3, 0.5), (9, 0.25)],
    [(0, 1.0), (23, 0.1), (97, 0.0)],
]


def knots() -> Iterator[Case]:
    for milestones in KNOTS:
        for name in ("PiecewiseLinear", "PiecewiseLinearStateScheduler"):
            yield named(name, milestones[-1][0] + BEYOND, milestones_values=milestones)


def rising(event_index: float) -> float:
    return 1.0 + event_index / 7


def state() -> Iterator[Case]:
    for gamma in (0.1, 0.5, 0.99, 1.0, 1.02):
        yield named("ExpStateScheduler", 150, initial_value=0.7, gamma=gamma)
        for size in (1, 2, 3, 23, 97):
            yield named("StepStateScheduler", 2 * size + BEYOND, initial_value=0.7, gamma=gamma, step_size=size)
        for milestones in ([], [0], [1], [2, 3], [5, 5, 9], [10, 23, 97]):
            yield named("MultiStepStateScheduler", 147, initial_value=0.7, gamma=gamma, milestones=milestones)
    yield named("LambdaStateScheduler", 60, lambda_obj=rising)


def linear_cycle(optimizer: Any) -> Any:
    return param_scheduler.LinearCyclicalScheduler(optimizer, "lr", start_value=0.0, end_value=1.0, cycle_size=8)


def cosine_cycle(optimizer: Any) -> Any:
    return param_scheduler.CosineAnnealingScheduler(
        optimizer, "lr", start_value=1.0, end_value=0.2, cycle_size=5, cycle_mult=2, start_value_mult=0.9
    )


def knotted(optimizer: Any) -> Any:
    return param_scheduler.PiecewiseLinear(optimizer, "lr", milestones_values=[(2, 0.7), (9, 0.1)])


PARTS: dict[str, tuple[Make, Schedule]] = {
    "linear": (linear_cycle, like.LinearCyclicalScheduler(start_value=0.0, end_value=1.0, cycle_size=8)),
    "cosine": (
        cosine_cycle,
        like.CosineAnnealingScheduler(start_value=1.0, end_value=0.2, cycle_size=5, cycle_mult=2, start_value_mult=0.9),
    ),
    "knotted": (knotted, like.PiecewiseLinear(milestones_values=[(2, 0.7), (9, 0.1)])),
}


def sequences() -> Iterator[Case]:
    plans = [([a, b], [length]) for a in PARTS for b in PARTS for length in (0, 1, 4, 23)]
    plans += [(list(PARTS), durations) for durations in ([4, 7], [1, 1], [0, 5], [23, 40])]
    for names, durations in plans:

        def make(optimizer: Any, names: Any = names, durations: Any = durations) -> Any:
            return param_scheduler.ConcatScheduler([PARTS[name][0](optimizer) for name in names], durations)

        schedule = like.ConcatScheduler(schedulers=[PARTS[name][1] for name in names], durations=durations)
        yield Case(f"ConcatScheduler({names}, {durations})", schedule, make, sum(durations) + BEYOND)


TORCH: dict[str, tuple[Make, Schedule]] = {
    "exponential": (lambda o: lr_scheduler.ExponentialLR(o, gamma=0.98), like_torch.ExponentialLR(gamma=0.98, lr=LR)),
    "step": (lambda o: lr_scheduler.StepLR(o, step_size=7), like_torch.StepLR(step_size=7, lr=LR)),
    "cosine": (lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=30), like_torch.CosineAnnealingLR(T_max=30, lr=LR)),
}


def warmups() -> Iterator[Case]:
    def case(name: str, make: Make, main: Schedule, **given: Any) -> Case:
        written = ", ".join(f"{key}={getattr(value, '__name__', value)}" for key, value in given.items())
        return Case(
            f"create_lr_scheduler_with_warmup({name}, {written})",
            like.create_lr_scheduler_with_warmup(lr_scheduler=main, **given),
            lambda optimizer: param_scheduler.create_lr_scheduler_with_warmup(make(optimizer), **given),
            given["warmup_duration"] + BEYOND + 20,
        )

    for length in (2, 3, 10, 23, 97):
        for start in (0.0, 0.01, 1.0):
            given = {"warmup_start_value": start, "warmup_duration": length}
            for name, (make, main) in TORCH.items():
                for end in (None, LR, 0.2):
                    yield case(name, make, main, **given, warmup_end_value=end)
            for name, (make, main) in PARTS.items():
                for end in (0.0, 0.2, 0.7, 1.0):
                    yield case(name, make, main, **given, warmup_end_value=end)


CASES = [*cycles(), *knots(), *state(), *sequences(), *warmups()]


def test_the_version_is_the_one_that_is_named() -> None:
    assert version("pytorch-ignite") == "0.5.5"


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_every_update_uses_the_value_that_ignite_sets(case: Case) -> None:
    assert deviation(case.schedule, case.values(case.make, case.updates)) <= TOLERANCE


def test_where_a_state_scheduler_is_attached_by_default_a_value_is_for_the_next_update() -> None:
    case = named("ExpStateScheduler", 9, initial_value=0.7, gamma=0.9)
    found = states(case.make, 9, Events.ITERATION_COMPLETED)
    assert found[0] is None
    assert deviation(case.schedule, found[1:]) <= TOLERANCE


# What differs, and by how much ---------------------------------------------------------------------------------------


def test_cycles_are_as_long_as_they_say() -> None:
    given = {"start_value": 1.0, "end_value": 0.0, "cycle_size": 10, "cycle_mult": 1.25}
    case = named("LinearCyclicalScheduler", 47, **given, monotonic=True)
    used = rates(case.make, 47)
    # In ignite they are 10, 12, 15 and 18 long: 12.5 is cut, and 15.625 would be the third without the cut.
    assert [step for step, rate in enumerate(used) if rate == 1.0] == [0, 10, 22, 37]
    assert used[:11] == pytest.approx([case.schedule(step) for step in range(11)], rel=TOLERANCE)
    starts = [0, 10, 22.5, 38.125]
    assert [case.schedule(step) for step in starts] == pytest.approx([1.0] * 4)
    assert [case.schedule(start + size / 2) for start, size in zip(starts, (10, 12.5, 15.625), strict=False)] == [0.5] * 3
    assert used[21] == pytest.approx(1 / 12)
    assert case.schedule(21) == pytest.approx(1.5 / 12.5)


def test_cycles_that_shrink_to_nothing_are_refused() -> None:
    given = {"start_value": 1.0, "end_value": 0.0, "cycle_size": 4, "cycle_mult": 0.5}
    for name in ("LinearCyclicalScheduler", "CosineAnnealingScheduler"):
        with pytest.raises(ZeroDivisionError):
            getattr(param_scheduler, name).simulate_values(num_events=20, param_name="lr", **given)
        with pytest.raises(ValueError, match=rf"like\.ignite\.{name}: cycle_mult must be 1 or more, got cycle_mult=0\.5"):
            getattr(like, name)(**given)


def test_a_cycle_of_one_step_is_not_refused() -> None:
    given = {"start_value": 1.0, "end_value": 0.0, "cycle_size": 1}
    for name in ("LinearCyclicalScheduler", "CosineAnnealingScheduler"):
        with pytest.raises(ValueError, match="larger than 1"):
            getattr(param_scheduler, name).simulate_values(num_events=2, param_name="lr", **given)
        assert [getattr(like, name)(**given)(step) for step in range(3)] == [1.0] * 3


def test_both_refuse_a_warmup_from_where_a_cycle_does_not_end() -> None:
    given = {"start_value": 1.0, "end_value": 0.0, "cycle_size": 4, "warmup_duration": 2}
    with pytest.raises(ValueError, match="Invalid combination"):
        param_scheduler.LinearCyclicalScheduler.simulate_values(num_events=2, param_name="lr", **given)
    with pytest.raises(ValueError, match=r"warmup_duration must be 0 where a cycle comes back to its start, got"):
        like.LinearCyclicalScheduler(**given)


def test_a_schedule_of_no_duration_is_skipped() -> None:
    values = (1.0, 2.0, 3.0)

    def make(optimizer: Any) -> Any:
        return param_scheduler.ConcatScheduler(
            [param_scheduler.PiecewiseLinear(optimizer, "lr", [(0, value)]) for value in values], [2, 0]
        )

    schedule = like.ConcatScheduler(
        schedulers=[like.PiecewiseLinear(milestones_values=[(0, value)]) for value in values], durations=[2, 0]
    )
    # In ignite the one in the middle never gives way.
    assert rates(make, 6) == [1.0, 1.0, 2.0, 2.0, 2.0, 2.0]
    assert [schedule(step) for step in range(6)] == [1.0, 1.0, 3.0, 3.0, 3.0, 3.0]


def test_a_rise_without_an_end_value_ends_where_the_schedule_begins() -> None:
    given = {"warmup_start_value": 0.0, "warmup_duration": 3}
    used = rates(lambda o: param_scheduler.create_lr_scheduler_with_warmup(cosine_cycle(o), **given), 5)
    cosine = PARTS["cosine"][1]
    schedule = like.create_lr_scheduler_with_warmup(lr_scheduler=cosine, **given)
    assert used == pytest.approx([0.0, LR / 2, LR, 1.0, cosine(1)])
    assert [schedule(step) for step in range(4)] == [0.0, 0.5, 1.0, cosine(1)]
    schedule = like.create_lr_scheduler_with_warmup(lr_scheduler=cosine, **given, warmup_end_value=LR)
    assert used == pytest.approx([schedule(step) for step in range(5)], rel=TOLERANCE)


def test_a_rise_of_one_update_is_at_its_end() -> None:
    given = {"warmup_start_value": 0.0, "warmup_duration": 1, "warmup_end_value": 0.5}
    with pytest.raises(ValueError, match="at least 2 events"):
        rates(lambda o: param_scheduler.create_lr_scheduler_with_warmup(cosine_cycle(o), **given), 1)
    schedule = like.create_lr_scheduler_with_warmup(lr_scheduler=PARTS["cosine"][1], **given)
    assert [schedule(step) for step in (0, 1)] == [0.5, 1.0]


def test_a_factor_of_0_is_refused() -> None:
    for name, more in (("ExpStateScheduler", {}), ("StepStateScheduler", {"step_size": 1})):
        kind = getattr(state_param_scheduler, name)
        make: Make = lambda key, kind=kind, more=more: kind(1.0, 0.0, param_name=key, create_new=True, **more)  # noqa: E731
        assert states(make, 2) == [0.0, 0.0]
        with pytest.raises(ValueError, match=rf"like\.ignite\.{name}: gamma must be positive, got gamma=0\.0"):
            getattr(like, name)(initial_value=1.0, gamma=0.0, **more)


def test_milestones_are_pairs() -> None:
    for wrong in ([], [1, 2], [(1, 2, 3)], 5, "text"):
        with pytest.raises(TypeError, match=r"like\.ignite\.PiecewiseLinear: milestones_values"):
            like.PiecewiseLinear(milestones_values=wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="must rise from 0 on, never falling"):
        like.PiecewiseLinear(milestones_values=[(5, 1.0), (3, 0.5)])
