"""Law 18: independent of `initial_lr`. It is neither read nor written; of two schedules attached in turn the second wins."""

import pytest
import torch
from training import by_scheduler, by_setter, optimizer_of

import pure_schedules as ps
from pure_schedules_torch import lambda_lr, param_group_setter

FIRST = ps.warmup_linear(peak=1e-3, warmup_steps=3, total_steps=10)
SECOND = ps.warmup_cosine(peak=1e-5, warmup_steps=2, total_steps=8)


def attached(kind: str, optimizer: torch.optim.Optimizer, schedule: ps.Schedule, steps: range):
    if kind == "setter":
        return by_setter(optimizer, param_group_setter(optimizer, lr=schedule), steps)
    return by_scheduler(optimizer, lambda_lr(optimizer, schedule, last_epoch=steps.start - 1), steps)


@pytest.mark.parametrize("kind", ["setter", "scheduler"])
def test_it_is_not_written(kind: str) -> None:
    optimizer = optimizer_of()
    attached(kind, optimizer, FIRST, range(10))
    assert "initial_lr" not in optimizer.param_groups[0]


@pytest.mark.parametrize("kind", ["setter", "scheduler"])
def test_it_is_not_read(kind: str) -> None:
    for corrupt in (lambda group: group.update(initial_lr=77.0), lambda group: group.pop("initial_lr", None)):
        optimizer = optimizer_of()
        torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0)  # leaves an initial_lr
        corrupt(optimizer.param_groups[0])
        assert attached(kind, optimizer, FIRST, range(4, 10)) == [[FIRST(step)] for step in range(4, 10)]


@pytest.mark.parametrize("kind", ["setter", "scheduler"])
def test_a_checkpoint_that_drops_it_changes_nothing(kind: str) -> None:
    optimizer = optimizer_of()
    attached(kind, optimizer, FIRST, range(4))
    state = optimizer.state_dict()
    state["param_groups"] = [{key: group[key] for key in group if key != "initial_lr"} for group in state["param_groups"]]
    resumed = optimizer_of()
    resumed.load_state_dict(state)
    assert attached(kind, resumed, FIRST, range(4, 10)) == [[FIRST(step)] for step in range(4, 10)]


@pytest.mark.parametrize("first", ["setter", "scheduler"])
@pytest.mark.parametrize("second", ["setter", "scheduler"])
def test_of_two_schedules_the_second_wins_fully(first: str, second: str) -> None:
    optimizer = optimizer_of()
    attached(first, optimizer, FIRST, range(5))
    assert attached(second, optimizer, SECOND, range(8)) == [[SECOND(step)] for step in range(8)]


def test_of_two_schedulers_that_both_live_the_second_wins_over_a_load() -> None:
    optimizer = optimizer_of()
    first = lambda_lr(optimizer, FIRST, last_epoch=2)
    second = lambda_lr(optimizer, SECOND, last_epoch=2)
    optimizer.load_state_dict(optimizer.state_dict())
    assert optimizer.param_groups[0]["lr"] == SECOND(3)
    assert (first.last_epoch, second.last_epoch) == (3, 3)
