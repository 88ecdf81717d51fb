"""Changes to a run that is under way: the old schedule before the change, and its value where the new one begins."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
from catalogue import CASES, Case
from compositions import compositions
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from leaves import tensors

import pure_schedules as ps
from pure_schedules import numeric, queries

CHANGES = {
    "cool_down": lambda s, at: ps.cool_down(s, at=at, decay_steps=30, decay=ps.one_minus_power),
    "branch": lambda s, at: ps.branch(s, ps.exponential_decay(start=3.0, rate=0.9), at=at),
    "rewarm": lambda s, at: ps.rewarm(s, at=at, peak=1e-3, warmup_steps=7, decay_steps=30),
    "extend": lambda s, at: ps.extend(s, at=at, total_steps=at + 100),
}


@pytest.mark.parametrize("change", CHANGES)
@given(schedule=compositions, at=st.integers(1, 60))
@settings(suppress_health_check=[HealthCheck.filter_too_much])  # many have no end that could be put off
def test_the_old_schedule_before_and_continuous_there(change: str, schedule: ps.Schedule, at: int) -> None:
    if change == "extend":
        assume(1 < schedule.steps < math.inf)
        at = min(at, math.ceil(schedule.steps) - 1)
    if change == "branch":
        assume(schedule(at) != 0)  # it is refused there
    changed = CHANGES[change](schedule, at)
    assert [changed(step) for step in range(at)] == [schedule(step) for step in range(at)]
    assert changed(at) == pytest.approx(schedule(at), rel=1e-15)
    clock = torch.arange(at + 1)
    torch.testing.assert_close(changed(clock), schedule(clock), rtol=1e-13, atol=1e-18)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("case", [case for case in CASES if 100 < case.schedule.steps < math.inf], ids=repr)
def test_no_jump_where_it_changes(change: str, case: Case) -> None:
    at = 50.5  # where none of them has a boundary of its own
    changed = CHANGES[change](case.schedule, at)
    steep = [jump.step for jump in queries.jumps(changed, first=49, stop=52)]
    assert not [step for step in steep if abs(step - at) < 1e-6]


def test_extend_goes_through_the_rest_at_another_pace() -> None:
    old = ps.warmup_cosine(peak=1.0, warmup_steps=10, total_steps=110)
    longer = ps.extend(old, at=60, total_steps=160)
    assert longer.steps == 160
    assert [longer(60 + 2 * step) for step in range(51)] == [old(60 + step) for step in range(51)]
    shorter = ps.extend(old, at=60, total_steps=85)
    assert [shorter(60 + step) for step in range(26)] == [old(60 + 2 * step) for step in range(26)]


#: What a run that is changed again and again is asked for.
ASKED: dict[str, Callable[[ps.Schedule], Callable[[], Any]]] = {
    "a number": lambda run: partial(run, 7),
    "a tensor": lambda run: partial(run, torch.tensor(7.0)),
    "a number, with other numbers": lambda run: partial(run, 7, run.hyperparameters),
    "a number, with tensors": lambda run: partial(run, 7, tensors(run.hyperparameters)),
    "a tensor, with tensors": lambda run: partial(run, torch.tensor(7.0), tensors(run.hyperparameters)),
    "a number, of tensors": lambda run: partial(run.replace(tensors(run.hyperparameters)), 7),
}


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("later", [True, False], ids=["each later", "each earlier"])
@pytest.mark.parametrize("change", [*CHANGES, "branch to it", "chain"])
def test_a_run_that_is_changed_again_and_again_costs_as_much_more_each_time(change: str, later: bool, asked: str) -> None:
    """The first run is evaluated a few times more for each change, whatever is asked and however it is given."""
    evaluations: list[Any] = []

    @ps.schedule(length=lambda value: 1000)
    def counted(step: Any, *, value: float) -> Any:
        evaluations.append(step)
        return numeric.broadcast(value, step)

    fall = ps.exponential_decay(start=3.0, rate=0.9)
    changed = {
        **CHANGES,
        "branch to it": lambda s, at: ps.branch(fall, s, at=at),
        "chain": lambda s, at: ps.chain([s, fall], boundaries=[at]),
    }[change]
    run = counted(value=1.0)
    for count in range(8):
        run = changed(run, 10 * (count if later else 8 - count) + 1)
        ask = ASKED[asked](run)
        evaluations.clear()
        ask()
        assert len(evaluations) <= 6 * (count + 1)


@pytest.mark.parametrize("at", [100, 100.0, 101])
def test_what_is_at_its_end_has_no_rest_to_be_stretched(at: float) -> None:
    old = ps.linear(start=1.0, end=0.0, steps=100)
    with pytest.raises(ValueError, match=f"extend: at must be before the end of the schedule, got at={at}; give a step at"):
        ps.extend(old, at=at, total_steps=250)
    assert ps.extend(old, at=99.5, total_steps=250).steps == 250


def test_where_a_length_is_a_tensor_it_is_trusted() -> None:
    """Nobody waits for it, and a batch of them has no truth value: before the end the values are those of numbers."""
    step = torch.tensor(120.0, dtype=torch.float64)

    def at_120(at: torch.Tensor, length: torch.Tensor) -> torch.Tensor:
        return ps.extend(ps.linear(start=1.0, end=0.0, steps=length), at=at, total_steps=250)(step)

    at, length = (
        torch.tensor([50.0, 99.0, 60.0], dtype=torch.float64),
        torch.tensor([100.0, 100.0, 80.0], dtype=torch.float64),
    )
    together = torch.vmap(at_120)(at, length)
    for index in range(3):
        old = ps.linear(start=1.0, end=0.0, steps=length[index].item())
        assert together[index].item() == pytest.approx(
            ps.extend(old, at=at[index].item(), total_steps=250)(120.0), rel=1e-14
        )
    # One of the two a number.
    for some in (torch.tensor(100.0), 100.0):
        for other in (torch.tensor(200.0), 200.0):
            if torch.is_tensor(some) or torch.is_tensor(other):
                ps.extend(ps.linear(start=1.0, end=0.0, steps=some), at=other, total_steps=250)


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_printed_and_refused_under_its_own_name(change: str) -> None:
    old = ps.linear(start=1.0, end=0.5, steps=100)
    changed = CHANGES[change](old, 10)
    assert repr(changed).startswith(f"{change}({old!r}, ")
    assert ps.parse(repr(changed)) == changed
    assert changed.replace(at=20) == changed.replace({"at": 20})
    with pytest.raises(ValueError, match=f"^{change}: at must not be negative, got at=-1; "):
        CHANGES[change](old, -1)


def test_a_change_is_a_schedule_of_its_hyperparameters() -> None:
    """What it continues from follows when the old schedule is changed, and has a gradient."""
    changed = ps.cool_down(ps.constant(value=1.0), at=10, decay_steps=10)
    assert changed(15, {"schedule": {"value": 4.0}}) == 2.0
    slope = torch.func.grad(lambda value: changed(15, {"schedule": {"value": value}}))(torch.tensor(1.0))
    assert slope == 0.5


def test_changes_follow_one_another() -> None:
    run = ps.warmup_constant(peak=1.0, warmup_steps=10)
    run = ps.cool_down(run, at=50, decay_steps=20, floor=0.5)
    run = ps.rewarm(run, at=80, peak=1.0, warmup_steps=10, decay_steps=20)
    assert [round(run(step), 12) for step in (5, 50, 60, 70, 80, 90, 100, 110)] == [0.5, 1, 0.75, 0.5, 0.5, 1, 0.5, 0]
