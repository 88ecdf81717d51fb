"""A factor that reacts to a metric, at an optimizer: a followed schedule, or a tensor that is filled in place."""

import pytest
import torch
from training import optimizer_of, update

import pure_schedules as ps
from pure_schedules.reactive import reduce_on_plateau
from pure_schedules_torch import lambda_lr, param_group_setter

SCHEDULE = ps.warmup_cosine(peak=1e-3, warmup_steps=10, total_steps=100)
EPOCH = 5
LOSSES = [3.0, 2.0, 2.0, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
RULE = reduce_on_plateau(factor=0.5, patience=1)


def expected_rates() -> list[float]:
    """The rate of each update: the schedule at k times the factor that the epochs before have left in force."""
    state, factors = RULE.init(), [1.0]
    for loss in LOSSES:
        state, factor = RULE.update(state, loss)
        factors.append(factor)
    assert len(set(factors)) > 3
    return [factors[k // EPOCH] * SCHEDULE(k) for k in range(EPOCH * len(LOSSES))]


@pytest.mark.parametrize("adapter", ["setter", "scheduler"])
def test_an_adapter_follows_each_factor(adapter: str) -> None:
    optimizer = optimizer_of(2)
    state, used, k = RULE.init(), [], 0
    set_step, scheduler = param_group_setter(optimizer, lr=SCHEDULE), lambda_lr(optimizer, SCHEDULE)
    for loss in LOSSES:
        for _ in range(EPOCH):
            if adapter == "setter":
                set_step(k)
            used.append(update(optimizer)[1])
            k += 1
            if adapter == "scheduler":
                scheduler.step()
        state, factor = RULE.update(state, loss)
        followed = ps.scale(SCHEDULE, factor=factor)
        set_step.follow(lr=followed) if adapter == "setter" else scheduler.follow(followed)
    assert used == expected_rates()


def test_warmup_times_cosine_times_plateau() -> None:
    """Two schedules and a plateau multiplied, and a weight decay that keeps in step with the rate."""
    warm = ps.linear(start=0.0, end=1.0, steps=5)
    fall = ps.cosine(start=0.5, end=0.05, steps=EPOCH * len(LOSSES))
    rate = ps.multiply([warm, fall])
    optimizer = optimizer_of(2)
    set_step = param_group_setter(optimizer, lr=rate, weight_decay=ps.scale(rate, factor=0.1))
    state, factor, k = RULE.init(), 1.0, 0
    for loss in LOSSES:
        for _ in range(EPOCH):
            set_step(k)
            expected = factor * (warm(k) * fall(k))
            assert update(optimizer) == [expected, expected]
            assert optimizer.param_groups[1]["weight_decay"] == pytest.approx(0.1 * expected, rel=1e-15)
            k += 1
        state, factor = RULE.update(state, loss)
        now = ps.scale(rate, factor=factor)
        set_step.follow(lr=now, weight_decay=ps.scale(now, factor=0.1))
    assert factor < 0.5


@pytest.mark.parametrize("adapter", ["setter", "scheduler"])
def test_with_a_factor_in_a_tensor_that_is_filled_in_place(adapter: str) -> None:
    """One adapter for the whole run: the factor is a hyperparameter, and a tensor is read at each step."""
    optimizer = optimizer_of(2)
    factor = torch.tensor(1.0, dtype=torch.float64)
    schedule = ps.scale(SCHEDULE, factor=factor)
    set_step = param_group_setter(optimizer, lr=schedule)
    scheduler = lambda_lr(optimizer, schedule)
    state, used, k = RULE.init(), [], 0
    for loss in LOSSES:
        for _ in range(EPOCH):
            if adapter == "setter":
                set_step(k)
            used.append(update(optimizer)[1])
            k += 1
            if adapter == "scheduler":
                scheduler.step()
        state, new = RULE.update(state, loss)
        factor.fill_(new)
        if adapter == "scheduler":
            scheduler.step(k)  # its rate was written before the loss was known: written again
    assert used == expected_rates()
