"""One clock: rate, weight decay, momentum and the decay of an average, kept in a `bundle` and attached together."""

import copy
import io
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.optim import SGD, lr_scheduler
from training import LR, optimizer_of, update

import pure_schedules as ps
from pure_schedules.like import torch as like
from pure_schedules_torch import lambda_lr, param_group_setter

STEPS = 12
RATE = ps.warmup_cosine(peak=1e-3, warmup_steps=3, total_steps=STEPS)
CLOCK = ps.bundle(
    lr=RATE,
    weight_decay=ps.scale(RATE, factor=100.0),
    momentum=ps.remap(RATE, low=0.0, high=1e-3, to_low=0.95, to_high=0.85),
    ema_decay=ps.linear(start=0.5, end=0.99, steps=STEPS),
)


def sgd() -> torch.optim.Optimizer:
    optimizer = optimizer_of(2, momentum=0.5)
    for group in optimizer.param_groups:
        group["ema_decay"] = 0.0
    return optimizer


def adam() -> torch.optim.Optimizer:
    optimizer = optimizer_of(2, kind=torch.optim.AdamW, betas=(0.9, 0.98))
    for group in optimizer.param_groups:
        group["ema_decay"] = 0.0
    return optimizer


def of_sgd(clock: ps.Bundle) -> dict[str, Any]:
    return dict(clock)


def of_adam(clock: ps.Bundle) -> dict[str, Any]:
    """What SGD calls momentum is the first of Adam's betas."""
    return {**{name: clock[name] for name in clock if name != "momentum"}, "betas": (clock["momentum"], None)}


def seen(group: dict[str, Any]) -> dict[str, Any]:
    """What stands in a group, by the names of the bundle."""
    momentum = group["betas"][0] if "betas" in group else group["momentum"]
    return {"momentum": momentum, **{name: group[name] for name in ("lr", "weight_decay", "ema_decay")}}


BOTH = pytest.mark.parametrize(("new", "names"), [(sgd, of_sgd), (adam, of_adam)], ids=["sgd", "adam"])


@BOTH
def test_every_update_sees_all_of_them_at_its_step(
    new: Callable[[], torch.optim.Optimizer], names: Callable[[ps.Bundle], dict[str, Any]]
) -> None:
    optimizer = new()
    set_step = param_group_setter(optimizer, **names(CLOCK))
    for step in [*range(STEPS + 3), 2, 10**9]:
        set_step(step)
        update(optimizer)
        assert [seen(group) for group in optimizer.param_groups] == [CLOCK(step)] * 2
    assert all(group.get("betas", (None, 0.98))[1] == 0.98 for group in optimizer.param_groups)


@BOTH
def test_wherever_a_run_is_cut_the_step_alone_brings_all_of_them_back(
    new: Callable[[], torch.optim.Optimizer], names: Callable[[ps.Bundle], dict[str, Any]]
) -> None:
    def trained(optimizer: torch.optim.Optimizer, steps: range) -> list[torch.Tensor]:
        set_step = param_group_setter(optimizer, **names(CLOCK))
        for step in steps:
            set_step(step)
            update(optimizer)
            assert [seen(group) for group in optimizer.param_groups] == [CLOCK(step)] * 2
        return [group["params"][0].detach().clone() for group in optimizer.param_groups]

    uninterrupted = trained(new(), range(STEPS))
    for cut in range(STEPS):
        optimizer = new()
        weights = trained(optimizer, range(cut))
        file = io.BytesIO()
        torch.save({"step": cut, "weights": weights, "optimizer": optimizer.state_dict()}, file)
        file.seek(0)
        saved = torch.load(file, weights_only=True)
        optimizer = new()
        optimizer.load_state_dict(saved["optimizer"])
        with torch.no_grad():
            for group, weight in zip(optimizer.param_groups, saved["weights"], strict=True):
                group["params"][0].copy_(weight)
        # Momentum and decay went into the weights, so these are the same to the bit only if those were.
        assert trained(optimizer, range(saved["step"], STEPS)) == uninterrupted, cut


def test_an_average_of_the_weights_follows_its_decay() -> None:
    """Torch's own `AveragedModel`, which reads its decay where the setter wrote it, against the recurrence by hand."""
    model = torch.nn.Linear(3, 1, dtype=torch.float64)
    optimizer = torch.optim.SGD([{"params": model.parameters(), "ema_decay": 0.0}], lr=0.0, momentum=0.5)
    average = torch.optim.swa_utils.AveragedModel(
        model, avg_fn=lambda mean, weight, _: torch.lerp(mean, weight, 1 - optimizer.param_groups[0]["ema_decay"])
    )
    set_step = param_group_setter(optimizer, **CLOCK)
    by_hand: list[torch.Tensor] = []
    for step in range(STEPS):
        model(torch.ones(3, dtype=torch.float64)).sum().backward()
        set_step(step)
        optimizer.step()
        optimizer.zero_grad()
        average.update_parameters(model)
        decay = CLOCK["ema_decay"](step)
        weights = [parameter.detach().clone() for parameter in model.parameters()]
        # The first average is the weights themselves.
        by_hand = [mean * decay + weight * (1 - decay) for mean, weight in zip(by_hand or weights, weights, strict=True)]
        for mean, expected in zip(average.module.parameters(), by_hand, strict=True):
            torch.testing.assert_close(mean.detach(), expected, rtol=1e-13, atol=1e-15)


def test_the_same_change_to_all_of_them_keeps_them_together() -> None:
    longer = CLOCK.map(lambda schedule: ps.stretch(schedule, factor=2))
    optimizer = adam()
    set_step = param_group_setter(optimizer, **of_adam(longer))
    for step in range(STEPS):
        set_step(2 * step)
        assert [seen(group) for group in optimizer.param_groups] == [CLOCK(step)] * 2


def test_what_follows_the_rate_follows_it() -> None:
    for step in range(STEPS + 1):
        now = CLOCK(step)
        assert now["weight_decay"] == 100.0 * now["lr"]
        assert now["momentum"] == pytest.approx(0.95 - 0.1 * now["lr"] / 1e-3, rel=1e-15)
    assert CLOCK(3)["momentum"] == pytest.approx(0.85, rel=1e-15)  # lowest where the rate is highest


def test_several_optimizers_on_one_clock() -> None:
    pair = [sgd(), sgd()]
    set_step = param_group_setter(pair, **CLOCK)
    for step in (0, 5, 5, 3):
        set_step(step)
        for optimizer in pair:
            assert [seen(group) for group in optimizer.param_groups] == [CLOCK(step)] * 2


def test_a_scheduler_writes_the_rate_and_a_setter_the_others() -> None:
    """For frameworks that step a scheduler of torch: its `last_epoch` is the clock of the others."""
    optimizer = sgd()
    scheduler = lambda_lr(optimizer, CLOCK["lr"])
    set_others = param_group_setter(optimizer, **{name: CLOCK[name] for name in CLOCK if name != "lr"})
    for step in range(STEPS):
        set_others(scheduler.last_epoch)
        update(optimizer)
        assert [seen(group) for group in optimizer.param_groups] == [CLOCK(step)] * 2
        scheduler.step()


def test_a_saved_fingerprint_says_which_of_them_changed() -> None:
    saved = copy.deepcopy(param_group_setter(sgd(), **CLOCK).fingerprint())
    changed = ps.bundle(**{**CLOCK, "ema_decay": CLOCK["ema_decay"].replace(end=0.5)})
    assert param_group_setter(sgd(), **changed).differences(saved) == [
        "ema_decay[0]: linear.end was 0.99, is 0.5",
        "ema_decay[1]: linear.end was 0.99, is 0.5",
    ]


def test_a_bundle_attaches_as_it_is() -> None:
    rate = ps.warmup_cosine(peak=0.4, warmup_steps=10, total_steps=100)
    both = ps.bundle(lr=rate, momentum=ps.remap(rate, low=0.0, high=0.4, to_low=0.95, to_high=0.85))
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(()))], lr=1.0, momentum=0.9)
    set_step = param_group_setter(optimizer, **both)
    for step in (0, 5, 10, 55, 100):
        set_step(step)
        group = optimizer.param_groups[0]
        assert {"lr": group["lr"], "momentum": group["momentum"]} == both(step)
    adam = torch.optim.Adam([torch.nn.Parameter(torch.zeros(()))])
    clock = ps.bundle(lr=rate, betas=(both["momentum"], None))
    param_group_setter(adam, **clock.map(lambda schedule: ps.stretch(schedule, factor=2)))(20)
    assert adam.param_groups[0]["lr"] == 0.4
    assert adam.param_groups[0]["betas"] == (pytest.approx(0.85), 0.999)


def test_rate_and_momentum_are_set_as_torchs_one_cycle_sets_them() -> None:
    theirs, ours = (SGD([torch.nn.Parameter(torch.ones(1))], lr=LR, momentum=0.5) for _ in range(2))
    cycle: dict[str, Any] = {"total_steps": 20, "pct_start": 0.4, "anneal_strategy": "linear"}
    scheduler = lr_scheduler.OneCycleLR(theirs, max_lr=0.1, **cycle)
    set_step = param_group_setter(ours, lr=like.OneCycleLR(max_lr=0.1, **cycle), momentum=like.OneCycleLR_momentum(**cycle))
    for step in range(20):
        set_step(step)
        for key in ("lr", "momentum"):
            assert ours.param_groups[0][key] == pytest.approx(theirs.param_groups[0][key], rel=1e-12)
        theirs.step()
        scheduler.step()
