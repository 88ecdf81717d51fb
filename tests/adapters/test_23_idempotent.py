"""Law 23: idempotent and explicit. Twice is once; a skipped update is a step not taken; nothing warns."""

import warnings

import torch
from training import optimizer_of, update

import pure_schedules as ps
from pure_schedules_torch import lambda_lr, param_group_setter

UP = ps.linear(start=0.0, end=1.0, steps=10)


def test_twice_is_once_and_the_order_is_free() -> None:
    optimizer = optimizer_of(2, lr=torch.tensor(0.5))
    set_step = param_group_setter(optimizer, lr=UP, momentum=UP)
    for step in (3, 3, 7, 1, 1, 10**9, 3):
        set_step(step)
        assert [float(group["lr"]) for group in optimizer.param_groups] == [torch.tensor(UP(step)).item()] * 2
        assert [group["momentum"] for group in optimizer.param_groups] == [UP(step)] * 2


def test_it_keeps_no_step() -> None:
    optimizer = optimizer_of()
    set_step = param_group_setter(optimizer, lr=UP)
    set_step(5)
    assert not hasattr(set_step, "__dict__")
    assert not hasattr(set_step, "state_dict")


def test_a_mixed_precision_loop_whose_first_updates_are_skipped_warns_of_nothing() -> None:
    """The gradients overflow three times, so the scaler skips three updates; the schedule waits with it."""
    for adapter in ("setter", "scheduler"):
        optimizer = optimizer_of()
        scaler = torch.amp.GradScaler("cpu", init_scale=2.0**10)
        (parameter,) = optimizer.param_groups[0]["params"]
        used = []
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            attached = lambda_lr(optimizer, UP) if adapter == "scheduler" else param_group_setter(optimizer, lr=UP)
            step = 0
            for attempt in range(8):
                if adapter == "setter":
                    attached(step)
                optimizer.zero_grad()
                loss = parameter.sum() * (float("inf") if attempt < 3 else 1.0)
                scaler.scale(loss).backward()
                before = scaler.get_scale()
                rate = optimizer.param_groups[0]["lr"]
                scaler.step(optimizer)
                scaler.update()
                if scaler.get_scale() >= before:  # the update was taken
                    used.append(rate)
                    step += 1
                    if adapter == "scheduler":
                        attached.step()
        assert used == [UP(step) for step in range(5)]


def test_stepping_a_scheduler_before_any_update_warns_of_nothing() -> None:
    optimizer = optimizer_of()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scheduler = lambda_lr(optimizer, UP)
        for _ in range(3):
            scheduler.step()
        scheduler.step(6)
    assert update(optimizer) == [UP(6)]
