"""Law 18: independent of `initial_lr`. It is neither read nor written; of two schedules attached in turn the second wins."""

import copy

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


def test_only_the_adapter_that_wrote_last_speaks_after_a_load() -> None:
    run, search = ps.constant(value=0.5), ps.constant(value=10.0)
    saved = copy.deepcopy(optimizer_of(lr=77.0).state_dict())

    def loaded(optimizer: torch.optim.Optimizer) -> float:
        optimizer.load_state_dict(copy.deepcopy(saved))
        return optimizer.param_groups[0]["lr"]

    # A range test that is over, and is still referenced.
    optimizer = optimizer_of()
    finder = lambda_lr(optimizer, search)
    scheduler = lambda_lr(optimizer, run)
    assert loaded(optimizer) == 0.5
    finder.step()
    assert loaded(optimizer) == 10.0
    scheduler.step()
    assert loaded(optimizer) == 0.5
    # A setter keeps no step: what is loaded stands until it is called.
    set_step = param_group_setter(optimizer, lr=run)
    assert loaded(optimizer) == 0.5
    set_step(0)
    assert loaded(optimizer) == 77.0
    # One of another hyperparameter does not concern the rate; and who is gone has nothing to say.
    scheduler.step()
    param_group_setter(optimizer, momentum=run)(0)
    assert loaded(optimizer) == 0.5
    finder.step()
    del finder
    assert loaded(optimizer) == 0.5
    param_group_setter(optimizer, lr=search)(0)
    assert loaded(optimizer) == 0.5


def test_of_an_optimizer_and_what_wraps_it_the_last_writer_is_the_same() -> None:
    class Wrapper(torch.optim.Optimizer):
        def __init__(self, inner: torch.optim.Optimizer) -> None:
            self.optimizer = inner

        @property
        def param_groups(self):  # type: ignore[override]
            return self.optimizer.param_groups

    inner = optimizer_of()
    finder = lambda_lr(Wrapper(inner), ps.constant(value=10.0))
    scheduler = lambda_lr(inner, ps.constant(value=0.5))
    inner.load_state_dict(copy.deepcopy(optimizer_of(lr=77.0).state_dict()))
    assert scheduler.get_last_lr() == finder.get_last_lr() == [0.5]
