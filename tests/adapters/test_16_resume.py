"""Law 16: resume identity. Wherever a run is cut and in whatever order it is rebuilt, every rate is the uninterrupted one's.

`load optimizer`, `build adapter` and `load adapter` can be done in three orders, for an adapter must be there to be loaded.
"""

import copy
from typing import Any

import pytest
import torch
from catalogue import CASES, Case
from compositions import compositions
from hypothesis import given, settings
from training import ORDERS, by_scheduler, by_setter, optimizer_of, rebuilt

import pure_schedules as ps
from pure_schedules_torch import lambda_lr, param_group_setter

STEPS = 9


def check_scheduler(schedule: ps.Schedule, relative: bool = False) -> None:
    def build(optimizer: torch.optim.Optimizer, **options: Any) -> Any:
        return lambda_lr(optimizer, schedule, relative=relative, **options)

    optimizer = optimizer_of()
    scheduler = build(optimizer)
    uninterrupted = by_scheduler(optimizer, scheduler, range(STEPS))
    factor = 0.125 if relative else 1.0
    assert uninterrupted == [[factor * schedule(step)] for step in range(STEPS)]
    for cut in range(STEPS):
        optimizer = optimizer_of()
        scheduler = build(optimizer)
        by_scheduler(optimizer, scheduler, range(cut))
        saved = {"optimizer": optimizer.state_dict(), "adapter": scheduler.state_dict()}
        for order in ORDERS:
            if relative and order == "load build":
                continue  # what the base rates were is then known to nobody
            optimizer, scheduler = rebuilt(order, build, saved, cut)
            assert by_scheduler(optimizer, scheduler, range(cut, STEPS)) == uninterrupted[cut:], (order, cut)


def check_setter(schedule: ps.Schedule) -> None:
    optimizer = optimizer_of()
    uninterrupted = by_setter(optimizer, param_group_setter(optimizer, lr=schedule), range(STEPS))
    assert uninterrupted == [[schedule(step)] for step in range(STEPS)]
    for cut in range(STEPS):
        optimizer = optimizer_of()
        by_setter(optimizer, param_group_setter(optimizer, lr=schedule), range(cut))
        saved = optimizer.state_dict()
        for order in ("load build", "build load", "build"):
            optimizer = optimizer_of()
            for action in order.split():
                if action == "load":
                    optimizer.load_state_dict(copy.deepcopy(saved))
                else:
                    set_step = param_group_setter(optimizer, lr=schedule)
            assert by_setter(optimizer, set_step, range(cut, STEPS)) == uninterrupted[cut:], (order, cut)


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_every_schedule(case: Case) -> None:
    # The interesting part of the curve is brought into the first few steps.
    schedule = ps.stretch(case.schedule, factor=STEPS / 2 / max(case.corners, default=50.0))
    check_scheduler(schedule)
    check_scheduler(schedule, relative=True)
    check_setter(schedule)


@given(compositions)
@settings(max_examples=200)
def test_200_random_compositions(schedule: ps.Schedule) -> None:
    check_scheduler(schedule)
    check_setter(schedule)


def test_a_bare_lambda_lr_of_torch_saves_and_loads_a_schedule_harmlessly() -> None:
    schedule = ps.warmup_cosine(peak=1.0, warmup_steps=3, total_steps=9)
    optimizer = optimizer_of()
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, schedule)
    for _ in range(4):
        optimizer.step()
        scheduler.step()
    state = copy.deepcopy(scheduler.state_dict())
    assert state["lr_lambdas"] == [{}]
    other = ps.constant(value=1.0)
    loaded = torch.optim.lr_scheduler.LambdaLR(optimizer_of(), other)
    loaded.load_state_dict(state)
    assert other == ps.constant(value=1.0)
    assert loaded.last_epoch == 4
