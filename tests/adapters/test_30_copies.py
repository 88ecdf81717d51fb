"""Law 30: a copy of an optimizer and its adapter is a run of its own, which writes to its own groups and tensors."""

import copy
import io
import pickle
from collections.abc import Callable
from typing import Any

import pytest
import torch
from training import optimizer_of, update, update_if_torch_can

import pure_schedules as ps
from pure_schedules_torch import by_group, lambda_lr, param_group_setter, relative

LINE = ps.linear(start=1.0, end=0.0, steps=8)
HALF = ps.scale(LINE, factor=0.5)


def through_torch(things: Any) -> Any:
    file = io.BytesIO()
    torch.save(things, file)
    file.seek(0)
    return torch.load(file, weights_only=False)


COPIES = {
    "deepcopy": copy.deepcopy,
    "pickle": lambda things: pickle.loads(pickle.dumps(things)),
    "torch.save": through_torch,
}
ADAPTERS: dict[str, Callable[..., Any]] = {
    "setter": lambda optimizer, spec: param_group_setter(optimizer, lr=spec),
    "keeping": lambda optimizer, spec: param_group_setter(optimizer, keep_tensors=True, lr=spec),
    "scheduler": lambda_lr,
}
RATES: dict[str, Callable[[], Any]] = {
    "float": lambda: 0.25,
    "float32": lambda: torch.tensor(0.25),
    "float64": lambda: torch.tensor(0.25, dtype=torch.float64),
    "one element": lambda: torch.tensor([0.25]),
}


def always(group: Any) -> ps.Schedule:
    """A rule that can be pickled."""
    return LINE


def write(adapter: Any, step: int) -> None:
    adapter.step(step) if hasattr(adapter, "step") else adapter(step)


def rates(optimizer: Any) -> list[float]:
    return [float(group["lr"]) for group in optimizer.param_groups]


@pytest.mark.parametrize("adapter_first", [False, True])
@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize("way", COPIES)
def test_a_copy_writes_to_its_own_groups(way: str, adapter: str, rate: str, count: int, adapter_first: bool) -> None:
    for spec in (LINE, [LINE, HALF, None][:count]):
        optimizer = optimizer_of(count, lr=RATES[rate]())
        attached = ADAPTERS[adapter](optimizer, spec)
        write(attached, 1)
        before = rates(optimizer)
        if adapter_first:
            other_attached, other = COPIES[way]((attached, optimizer))
        else:
            other, other_attached = COPIES[way]((optimizer, attached))
        write(other_attached, 4)
        expected = [0.5, 0.5, 0.5] if spec is LINE else [0.5, 0.25, 0.25]
        assert rates(other) == expected[:count] == update_if_torch_can(other)
        assert rates(optimizer) == before
        write(attached, 6)
        assert rates(other) == expected[:count]


@pytest.mark.parametrize("way", COPIES)
def test_a_copied_scheduler_hears_of_the_loads_and_the_groups_of_its_own_optimizer(way: str) -> None:
    optimizer = optimizer_of(1)
    other, scheduler = COPIES[way]((optimizer, lambda_lr(optimizer, LINE, last_epoch=3)))
    other.load_state_dict(copy.deepcopy(optimizer_of(1, lr=77.0).state_dict()))
    assert update(other) == [0.5]
    other.add_param_group({"params": [torch.nn.Parameter(torch.ones(1))], "lr": 77.0})
    used: list[float] = []
    other.register_step_pre_hook(lambda its, *_: used.extend(rates(its)))
    update(other)
    assert used == [0.5, 0.5]
    assert scheduler.last_epoch == 4


def test_a_copy_knows_what_a_rule_has_said_and_what_a_factor_was_of() -> None:
    optimizer = optimizer_of(2, lr=0.5)
    rule = param_group_setter(optimizer, lr=by_group(lambda group: ps.scale(LINE, factor=group["lr"])))
    factor = param_group_setter(optimizer, momentum=relative(LINE))
    for group in optimizer.param_groups:
        group["momentum"] = 0.5
    factor = param_group_setter(optimizer, momentum=relative(LINE))
    rule(4)
    factor(4)
    other, other_rule, other_factor = copy.deepcopy((optimizer, rule, factor))
    other.param_groups.reverse()
    other_rule(2)
    other_factor(2)
    assert [(group["lr"], group["momentum"]) for group in other.param_groups] == [(0.375, 0.375)] * 2


def test_of_two_copied_adapters_the_one_that_wrote_last_speaks_in_the_copy_too() -> None:
    for order in ((0, 1), (1, 0)):
        optimizer = optimizer_of(1)
        adapters = [lambda_lr(optimizer, LINE, last_epoch=3), lambda_lr(optimizer, HALF, last_epoch=3)]
        for index in order:
            adapters[index].step(4)
        other, *copied = copy.deepcopy((optimizer, *adapters))
        other.load_state_dict(copy.deepcopy(optimizer_of(1, lr=77.0).state_dict()))
        assert rates(other) == [[0.5, 0.25][order[-1]]]
        assert len(copied) == 2


@pytest.mark.parametrize("way", COPIES)
@pytest.mark.parametrize("kind", ["list", "rule"])
def test_a_copy_has_met_no_group_that_the_original_has_not(way: str, kind: str) -> None:
    """It tells the same of itself, and refuses or meets the group when the original would."""
    optimizer = optimizer_of(1)
    spec = [LINE] if kind == "list" else by_group(always)
    scheduler = lambda_lr(optimizer, spec)
    optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(1))]})
    other, copied = COPIES[way]((optimizer, scheduler))
    assert copied.state_dict() == scheduler.state_dict()
    if kind == "list":
        with pytest.raises(ValueError, match=r"param_groups\[1\] has none"):
            copied.step()
    else:
        copied.step()
        assert rates(other) == [0.875, 0.875]


@pytest.mark.parametrize("way", COPIES)
def test_a_tensor_that_is_kept_for_one_group_and_stands_in_another_is_copied_with_its_value(way: str) -> None:
    optimizer = optimizer_of(2)
    set_step = param_group_setter(optimizer, keep_tensors=True, lr=LINE)
    first, second = (torch.tensor(0.25), torch.tensor(0.5))
    optimizer.param_groups[0]["lr"], optimizer.param_groups[1]["lr"] = first, second
    set_step(0)
    gone = optimizer.param_groups.pop()
    set_step(0)
    optimizer.param_groups[0]["lr"] = 0.125  # and the tensor that is kept for it is put into the other one
    gone["lr"] = first
    optimizer.param_groups.append(gone)
    optimizer, set_step = COPIES[way]((optimizer, set_step))
    assert [float(group["lr"]) for group in optimizer.param_groups] == [0.125, 1.0]
