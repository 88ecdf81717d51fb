"""Law 25: safe checkpoints. The state of an adapter is plain data, and survives every way of saving."""

import io
import json
import pickle
from typing import Any

import pytest
import torch
from catalogue import CASES, Case
from training import by_scheduler, optimizer_of, update

import pure_schedules as ps
from pure_schedules_torch import lambda_lr, param_group_setter


def through_torch(state: Any) -> Any:
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    return torch.load(file, weights_only=True)


ROUND_TRIPS = [through_torch, lambda state: json.loads(json.dumps(state)), lambda state: pickle.loads(pickle.dumps(state))]


def assert_plain(state: Any) -> None:
    assert type(state) in (int, float, str, list, dict, type(None))
    for item in state.values() if isinstance(state, dict) else state if isinstance(state, list) else ():
        assert_plain(item)


@pytest.mark.parametrize("relative", [False, True])
@pytest.mark.parametrize("case", CASES, ids=repr)
def test_the_state_of_a_scheduler(case: Case, relative: bool) -> None:
    for lr in (0.5, torch.tensor(0.5)):
        optimizer = optimizer_of(2, lr=lr)
        scheduler = lambda_lr(optimizer, [case.schedule, None], relative=relative)
        by_scheduler(optimizer, scheduler, range(4))
        state = scheduler.state_dict()
        assert_plain(state)
        for round_trip in ROUND_TRIPS:
            loaded = round_trip(state)
            assert loaded == state
            resumed_optimizer = optimizer_of(2, lr=0.5)
            resumed = lambda_lr(resumed_optimizer, [case.schedule, None], relative=relative)
            resumed.load_state_dict(loaded)
            assert resumed.differences(loaded) == []
            assert update(resumed_optimizer) == [(0.5 if relative else 1.0) * case.schedule(4), 0.5]


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_the_fingerprint_of_a_setter(case: Case) -> None:
    set_step = param_group_setter(optimizer_of(2), lr=case.schedule, weight_decay=[None, case.schedule])
    assert_plain(set_step.fingerprint())
    for round_trip in ROUND_TRIPS:
        assert set_step.differences(round_trip(set_step.fingerprint())) == []


def test_schedules_that_hold_tensors_or_functions() -> None:
    held = ps.scale(ps.join([lambda step: 1.0, ps.constant(value=torch.tensor(0.5))], boundaries=[3]), factor=2.0)
    scheduler = lambda_lr(optimizer_of(), held)
    assert_plain(scheduler.state_dict())
    assert through_torch(scheduler.state_dict()) == scheduler.state_dict()
