"""Law 24: any hyperparameter. Rate, weight decay and the first of the betas together; what is not named stays as it is."""

import copy
from typing import Any

import pytest
import torch
from training import optimizer_of, update

import pure_schedules as ps
from pure_schedules_torch import by_group, param_group_setter

RATE = ps.warmup_cosine(peak=1e-3, warmup_steps=3, total_steps=10)
DECAY = ps.linear(start=0.1, end=0.0, steps=10)
MOMENTUM = ps.linear(start=0.85, end=0.95, steps=10)


def test_several_at_once_and_nothing_else() -> None:
    optimizer = optimizer_of(2, kind=torch.optim.AdamW, betas=(0.9, 0.98), eps=1e-9)
    before = [{key: copy.copy(value) for key, value in group.items()} for group in optimizer.param_groups]
    set_step = param_group_setter(optimizer, lr=RATE, weight_decay=[None, DECAY], betas=(MOMENTUM, None))
    for step in range(12):
        set_step(step)
        update(optimizer)
        for index, (group, old) in enumerate(zip(optimizer.param_groups, before, strict=True)):
            assert group["lr"] == RATE(step)
            assert group["weight_decay"] == (DECAY(step) if index else old["weight_decay"])
            assert group["betas"] == (MOMENTUM(step), 0.98)
            assert type(group["betas"]) is tuple
            assert list(group) == list(old)
            for key in group.keys() - {"params", "lr", "weight_decay", "betas"}:
                assert group[key] == old[key]
                assert type(group[key]) is type(old[key])


def test_tuples_by_group() -> None:
    optimizer = optimizer_of(3, kind=torch.optim.Adam, betas=(0.9, 0.98))
    param_group_setter(optimizer, betas=[(MOMENTUM, None), None, (None, MOMENTUM)])(5)
    assert [group["betas"] for group in optimizer.param_groups] == [(MOMENTUM(5), 0.98), (0.9, 0.98), (0.9, MOMENTUM(5))]
    param_group_setter(optimizer, betas=by_group(lambda group: (None, DECAY)))(5)
    assert [group["betas"][1] for group in optimizer.param_groups] == [DECAY(5)] * 3


def test_a_list_where_torch_has_a_tuple_stays_a_list() -> None:
    optimizer = optimizer_of(1, kind=torch.optim.Adam)
    optimizer.param_groups[0]["betas"] = [0.9, 0.98]
    param_group_setter(optimizer, betas=(MOMENTUM, None))(0)
    assert optimizer.param_groups[0]["betas"] == [0.85, 0.98]


@pytest.mark.parametrize("key", ["momentum", "dampening", "weight_decay"])
def test_of_other_optimizers_too(key: str) -> None:
    optimizer = optimizer_of(1, kind=torch.optim.SGD)
    schedules: dict[str, Any] = {key: MOMENTUM}
    param_group_setter(optimizer, **schedules)(10)
    assert optimizer.param_groups[0][key] == 0.95


def test_a_key_of_the_users_own() -> None:
    optimizer = optimizer_of(2)
    for group in optimizer.param_groups:
        group["ema_decay"] = 0.5
    param_group_setter(optimizer, ema_decay=MOMENTUM)(10)
    assert [group["ema_decay"] for group in optimizer.param_groups] == [0.95, 0.95]
