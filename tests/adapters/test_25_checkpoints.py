"""Law 25: safe checkpoints. The state of an adapter is plain data, and survives every way of saving."""

import io
import json
import math
import pickle
import re
from fractions import Fraction
from typing import Any

import pytest
import torch
from catalogue import CASES, Case
from training import by_scheduler, optimizer_of, update

import pure_schedules as ps
from pure_schedules_torch import lambda_lr, param_group_setter, step_of


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


def test_the_state_of_a_long_table_is_short() -> None:
    table = ps.table(values=[0.5] * 1_000_000)
    scheduler = lambda_lr(optimizer_of(3), [table, ps.scale(table, factor=0.5), None])
    state = scheduler.state_dict()
    assert len(json.dumps(state)) < 1_000
    assert scheduler.differences(state) == []
    other = lambda_lr(optimizer_of(3), [ps.table(values=[0.5] * 999_999 + [0.25]), ps.scale(table, factor=0.5), None])
    assert other.differences(state) == ["lr[0]: table.values has other values in it, 1000000 numbers"]


def test_schedules_that_hold_tensors_or_functions() -> None:
    held = ps.scale(ps.join([lambda step: 1.0, ps.constant(value=torch.tensor(0.5))], boundaries=[3]), factor=2.0)
    scheduler = lambda_lr(optimizer_of(), held)
    assert_plain(scheduler.state_dict())
    assert through_torch(scheduler.state_dict()) == scheduler.state_dict()


holding_itself: dict[str, Any] = {}
holding_itself["_schedulers"] = [holding_itself]

NO_STATES: list[tuple[Any, type[Exception], str]] = [
    (None, TypeError, "step_of: the state must be a dict, got None; give what scheduler.state_dict() gave"),
    ({"last_epoch": None}, ValueError, "step_of: last_epoch must be a whole number from -1 on, got last_epoch=None; "),
    ({"last_epoch": "3"}, ValueError, "step_of: last_epoch must be a whole number from -1 on, got last_epoch='3'; "),
    ({"last_epoch": math.nan}, ValueError, "step_of: last_epoch must be a whole number from -1 on, got last_epoch=nan"),
    ({"last_epoch": math.inf}, ValueError, "step_of: last_epoch must be a whole number from -1 on, got last_epoch=inf"),
    ({"last_epoch": 10**400}, ValueError, "step_of: last_epoch must be a whole number from -1 on, got last_epoch=1000"),
    ({"last_epoch": -2}, ValueError, "step_of: last_epoch must be a whole number from -1 on, got last_epoch=-2; "),
    ({"last_epoch": torch.ones(2)}, ValueError, "step_of: last_epoch must be a whole number from -1 on, got last_epoch=t"),
    ({"_schedulers": 3}, ValueError, "step_of: this is not the state of a scheduler, which has a last_epoch, got ['_sch"),
    (holding_itself, ValueError, "step_of: this state holds itself; give what scheduler.state_dict() gave"),
    ({"last_epoch": b"3"}, ValueError, "step_of: last_epoch must be a whole number from -1 on, got last_epoch=b'3'; "),
    ({"last_epoch": 2**53 + 1}, ValueError, "step_of: last_epoch must be a whole number from -1 on, got last_epoch=9007"),
    ({"_schedulers": []}, ValueError, "step_of: this is not the state of a scheduler, which has a last_epoch, got ['_sch"),
    (
        {"_schedulers": [{"last_epoch": 1}, {"_schedulers": [{"last_epoch": 0}]}]},
        ValueError,
        "step_of: the schedulers in this ChainedScheduler are at different steps, [0, 1]; some were stepped by themselves",
    ),
    ({"last_epoch": 1, "base_lrs": 3}, ValueError, "lambda_lr: base_lrs must be a list of finite numbers, got base_lrs=3"),
    ({"last_epoch": 1, "base_lrs": ["1"]}, ValueError, "lambda_lr: base_lrs must be a list of finite numbers, got base_l"),
    ({"last_epoch": 1, "_last_lr": [math.nan]}, ValueError, "lambda_lr: _last_lr must be a list of finite numbers, got _"),
    ({"last_epoch": 1, "last_lrs": [10**400]}, ValueError, "lambda_lr: last_lrs must be a list of finite numbers, got la"),
]


@pytest.mark.parametrize(("state", "kind", "message"), NO_STATES, ids=[f"{i}" for i in range(len(NO_STATES))])
def test_a_state_that_is_none_is_refused_and_changes_nothing(state: Any, kind: type[Exception], message: str) -> None:
    scheduler = lambda_lr(optimizer_of(2), ps.linear(start=1.0, end=0.0, steps=10), relative=True)
    scheduler.step(3)
    before = scheduler.state_dict()
    with pytest.raises(kind, match=re.escape(message)):
        scheduler.load_state_dict(state)
    assert scheduler.state_dict() == before


def test_a_step_may_have_been_saved_as_any_scalar() -> None:
    for saved, step in ((3, 3), (3.0, 3), (torch.tensor(3), 3), (-1, -1), (0, 0), (2**53, 2**53)):
        assert step_of({"last_epoch": saved}) == step


@pytest.mark.parametrize(
    ("state", "step"),
    [
        ({"last_batch_iteration": -1}, 0),  # DeepSpeed, before any update
        ({"last_batch_iteration": torch.tensor(41)}, 42),
        ({"max_lr": 1.0, "lr_decay_steps": 5000, "num_steps": 4800}, 4800),  # Megatron-LM, in samples
        ({"by_epoch": False, "last_step": 30, "_global_step": 42}, 42),  # MMEngine, in a scheduler that ended at 30
        ({"epoch": 0.5, "global_step": 42, "log_history": [{"step": 40}], "max_steps": 84}, 42),  # trainer_state.json
        ({"last_epoch": 7, "_step_count": 8, "global_step": 42}, 7),  # what torch says comes first
    ],
)
def test_the_step_of_another_tool(state: dict[str, Any], step: int) -> None:
    assert step_of(state) == step
    assert type(step_of(state)) is int
    for relative in (False, True):
        scheduler = lambda_lr(optimizer_of(), ps.harmonic(start=1.0, end=0.1, steps=50), relative=relative)
        by_hand = lambda_lr(optimizer_of(), ps.harmonic(start=1.0, end=0.1, steps=50), relative=relative)
        scheduler.load_state_dict(state)
        by_hand.step(step)
        assert scheduler.state_dict() == by_hand.state_dict()


@pytest.mark.parametrize("counter", ["last_batch_iteration", "num_steps", "_global_step", "global_step"])
def test_a_counter_of_another_tool_that_counts_nothing(counter: str) -> None:
    for count in (None, "3", math.nan, -2, 2**53 + 1, torch.ones(2)):
        with pytest.raises(ValueError, match=f"step_of: {counter} must be a whole number from -?[01] on, got {counter}="):
            step_of({counter: count})


@pytest.mark.parametrize("scheduler", ["lr_scheduler", "opt_param_scheduler"])
def test_a_whole_checkpoint_is_told_from_the_state_of_its_scheduler(scheduler: str) -> None:
    checkpoint = {"module": {}, scheduler: {"last_batch_iteration": 3}, "global_steps": 4}
    with pytest.raises(ValueError, match=f"this is a whole checkpoint; give its {scheduler}: "):
        step_of(checkpoint)


def test_a_chain_is_where_all_that_are_in_it_are() -> None:
    inner = {"_schedulers": ({"last_epoch": 4}, {"last_epoch": 4})}
    assert step_of({"_schedulers": [{"last_epoch": 4}, inner]}) == 4


def test_of_many_differences_the_first_are_told_and_how_many_there_are() -> None:
    before, after = ({f"rate{index}": ps.constant(value=value) for index in range(40)} for value in (1.0, 2.0))
    optimizer = optimizer_of()
    optimizer.param_groups[0].update(dict.fromkeys(before, 0.5))
    set_step = param_group_setter(optimizer, **after)
    saved = param_group_setter(optimizer, **before).fingerprint()
    assert len(set_step.differences(saved)) == 40
    with pytest.raises(ValueError) as error:
        set_step.require_same(saved)
    message = str(error.value)
    assert message.startswith(
        "param_group_setter: these are not known to be the schedules of the checkpoint: "
        "rate0[0]: constant.value was 1.0, is 2.0; "
    )
    assert message.endswith(
        " ... (40 differences in all); build the schedules it was saved with, or continue without require_same"
    )
    assert len(message) < 900


deep: list[Any] = []
for _ in range(100_000):
    deep = [deep]


@pytest.mark.parametrize("saved", ["{", "[" * 100_000, "1" * 5_000, deep], ids=["cut", "deep text", "digits", "deep"])
def test_a_fingerprint_that_cannot_be_read_is_told(saved: Any) -> None:
    rate = ps.constant(value=0.5)
    scheduler, set_step = lambda_lr(optimizer_of(), rate), param_group_setter(optimizer_of(), lr=rate)
    for owner, ask, state in (
        ("lambda_lr", scheduler.differences, {"fingerprint": saved}),
        ("lambda_lr", scheduler.require_same, {"fingerprint": saved}),
        ("param_group_setter", set_step.differences, {"lr": saved}),
        ("param_group_setter", set_step.require_same, {"lr": saved}),
    ):
        with pytest.raises(ValueError) as error:
            ask(state)
        assert str(error.value).startswith((f"{owner}: the saved schedules cannot be read, ", f"{owner}: the check"))
        assert len(str(error.value)) < 1_000
    with pytest.raises(TypeError, match="lambda_lr: the saved state must be a dict, got 3; give it unchanged"):
        scheduler.differences(3)  # type: ignore[arg-type]


def numbers_of_numpy() -> list[Any]:
    """Where there is NumPy: these laws are run without it, too."""
    try:
        import numpy as np
    except ImportError:
        return []
    return [np.int64(3), np.float64(3.75)]


@pytest.mark.parametrize("step", [0, 3, 3.75, 3.0, 1e-9, 2**52, Fraction(15, 4), *numbers_of_numpy()], ids=repr)
@pytest.mark.parametrize("rate", [0.5, torch.tensor(0.5, dtype=torch.float64)], ids=["float", "tensor"])
def test_a_step_is_taken_saved_and_loaded_exactly(step: Any, rate: Any) -> None:
    line = ps.linear(start=1.0, end=0.0, steps=8)
    optimizer = optimizer_of(2, lr=rate)
    scheduler = lambda_lr(optimizer, line)
    scheduler.step(step)
    assert update(optimizer) == [line(float(step))] * 2
    state = scheduler.state_dict()
    assert_plain(state)
    for round_trip in ROUND_TRIPS:
        resumed_optimizer = optimizer_of(2, lr=rate)
        resumed = lambda_lr(resumed_optimizer, line)
        resumed.load_state_dict(round_trip(state))
        assert resumed.last_epoch == float(step) == step_of(state)
        assert update(resumed_optimizer) == [line(float(step))] * 2
        resumed.step()
        assert resumed.last_epoch == float(step) + 1


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        ("3", TypeError),
        (b"3", TypeError),
        (True, TypeError),
        (torch.tensor(3), TypeError),
        (3 + 0j, TypeError),
        ([3], TypeError),
        (-7, ValueError),
        (-1e-9, ValueError),
        (math.nan, ValueError),
        (math.inf, ValueError),
        (2**53 + 1, ValueError),
        (10**400, ValueError),
    ],
    ids=repr,
)
def test_what_is_no_step_is_refused_before_anything_is_changed(step: Any, kind: type[Exception]) -> None:
    optimizer = optimizer_of(2)
    scheduler = lambda_lr(optimizer, ps.linear(start=1.0, end=0.0, steps=8))
    scheduler.step(3)
    before = scheduler.state_dict()
    with pytest.raises(kind, match="lambda_lr: epoch must be "):
        scheduler.step(step)
    assert scheduler.state_dict() == before
    scheduler.step()
    assert (scheduler.last_epoch, update(optimizer)) == (4, [0.5, 0.5])


def test_a_schedule_that_fails_at_a_step_leaves_the_scheduler_where_it_was() -> None:
    optimizer = optimizer_of()
    scheduler = lambda_lr(optimizer, lambda step: [0.5, 0.25][step])
    scheduler.step()
    with pytest.raises(IndexError):
        scheduler.step()
    assert (scheduler.last_epoch, scheduler.get_last_lr()) == (1, [0.25])


@pytest.mark.parametrize("period", [1, 2, 10])
@pytest.mark.parametrize("epoch", [0, 3, 0.25, 3.75, 13.7])
def test_the_fraction_that_torchs_restarts_were_stepped_by_is_kept(epoch: float, period: int) -> None:
    scheduler = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer_of(), period)
    scheduler.step(epoch)
    assert step_of(scheduler.state_dict()) == pytest.approx(epoch, rel=1e-12)
