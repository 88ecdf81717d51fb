"""Law 17: configuration is not state. A load changes no hyperparameter; a changed schedule is followed at once."""

import copy

import pytest
import torch
from training import ORDERS, by_scheduler, by_setter, optimizer_of, rebuilt, update

import pure_schedules as ps
from pure_schedules_torch import by_group, lambda_lr, param_group_setter

OLD = ps.warmup_cosine(peak=1e-3, warmup_steps=3, total_steps=10)
DOWN = ps.linear(start=1.0, end=0.0, steps=8)
NEW = ps.warmup_cosine(peak=2e-3, warmup_steps=3, total_steps=20)


def saved_by_scheduler(steps: int = 4):
    optimizer = optimizer_of()
    scheduler = lambda_lr(optimizer, OLD)
    by_scheduler(optimizer, scheduler, range(steps))
    return copy.deepcopy({"optimizer": optimizer.state_dict(), "adapter": scheduler.state_dict()})


@pytest.mark.parametrize("order", ORDERS)
def test_the_new_schedule_is_followed_from_the_very_next_update(order: str) -> None:
    optimizer, scheduler = rebuilt(order, lambda opt, **options: lambda_lr(opt, NEW, **options), saved_by_scheduler(), 4)
    assert by_scheduler(optimizer, scheduler, range(4, 20)) == [[NEW(step)] for step in range(4, 20)]


def test_the_setter_follows_the_new_schedule_too() -> None:
    saved = saved_by_scheduler()
    optimizer = optimizer_of()
    set_step = param_group_setter(optimizer, lr=NEW)
    optimizer.load_state_dict(saved["optimizer"])
    assert by_setter(optimizer, set_step, range(4, 20)) == [[NEW(step)] for step in range(4, 20)]


def test_the_difference_is_told_by_name() -> None:
    saved = saved_by_scheduler()
    scheduler = lambda_lr(optimizer_of(), NEW)
    assert scheduler.differences(saved["adapter"]) == [
        "lr[0]: warmup_cosine.peak was 0.001, is 0.002",
        "lr[0]: warmup_cosine.total_steps was 10, is 20",
    ]
    assert lambda_lr(optimizer_of(), OLD).differences(saved["adapter"]) == []

    before = param_group_setter(optimizer_of(2), lr=OLD, momentum=[None, ps.constant(value=0.9)]).fingerprint()
    after = param_group_setter(optimizer_of(2), lr=[OLD, NEW], momentum=[None, ps.constant(value=0.9)])
    assert after.differences(before) == [
        "lr[1]: warmup_cosine.peak was 0.001, is 0.002",
        "lr[1]: warmup_cosine.total_steps was 10, is 20",
    ]
    assert param_group_setter(optimizer_of(), weight_decay=OLD).differences({"lr": before["lr"]}) == [
        "lr was [warmup_cosine, warmup_cosine], is left out",
        "weight_decay was left out, is [warmup_cosine]",
    ]


@pytest.mark.parametrize("held", [lambda f: f, lambda f: ps.scale(f, factor=0.5)], ids=["alone", "within"])
@pytest.mark.parametrize("adapter", ["scheduler", "setter"])
def test_what_cannot_be_compared_is_said_to_be_so(adapter: str, held) -> None:
    def with_(function):
        optimizer = optimizer_of()
        attached = lambda_lr(optimizer, held(function)) if adapter == "scheduler" else None
        return attached or param_group_setter(optimizer, lr=held(function))

    before, after = with_(lambda step: 1e-3), with_(lambda step: 1.0)
    saved = before.state_dict() if adapter == "scheduler" else before.fingerprint()
    (said,) = after.differences(saved)
    assert "is a plain function, " in said
    assert said.endswith(", of which nothing but the name can be compared; put @schedule over it")
    with pytest.raises(ValueError, match="these are not known to be the schedules of the checkpoint: lr"):
        after.require_same(saved)


def test_an_error_may_be_asked_for_instead() -> None:
    saved = saved_by_scheduler()
    lambda_lr(optimizer_of(), OLD).require_same(saved["adapter"])
    changed = "lr[0]: warmup_cosine.peak was 0.001, is 0.002; lr[0]: warmup_cosine.total_steps was 10, is 20"
    for adapter, given in (
        (lambda_lr(optimizer_of(), NEW), saved["adapter"]),
        (param_group_setter(optimizer_of(), lr=NEW), {"lr": saved["adapter"]["fingerprint"]}),
    ):
        with pytest.raises(ValueError) as caught:
            adapter.require_same(given)
        assert str(caught.value).split(": ", 1)[1] == (
            f"these are not known to be the schedules of the checkpoint: {changed}; "
            "build what it was written under, or go on without asking for the same"
        )


@pytest.mark.parametrize("relative", [False, True])
def test_another_schedule_is_followed_in_the_middle_of_a_run(relative: bool) -> None:
    optimizer = optimizer_of(2, lr=1.0)
    scheduler = lambda_lr(optimizer, OLD, relative=relative)
    assert by_scheduler(optimizer, scheduler, range(4)) == [[OLD(step)] * 2 for step in range(4)]
    scheduler.follow(ps.cool_down(OLD, at=4, decay_steps=4))
    cooled = ps.cool_down(OLD, at=4, decay_steps=4)
    assert by_scheduler(optimizer, scheduler, range(4, 12)) == [[cooled(step)] * 2 for step in range(4, 12)]
    with pytest.raises(TypeError, match="must be given a schedule"):
        scheduler.follow(0.5)
    assert scheduler.get_last_lr() == [cooled(12)] * 2  # what was refused has changed nothing

    set_step = param_group_setter(optimizer, lr=OLD, momentum=ps.constant(value=0.5))
    set_step.follow(lr=[NEW, None])
    set_step(5)
    assert [group["lr"] for group in optimizer.param_groups] == [NEW(5), cooled(12)]
    assert [group["momentum"] for group in optimizer.param_groups] == [0.5, 0.5]
    with pytest.raises(ValueError, match="there is no such hyperparameter, got 'rate'"):
        set_step.follow(rate=OLD)
    set_step(6)
    assert optimizer.param_groups[0]["lr"] == NEW(6)


def test_a_changed_base_rate_is_not_overwritten_either() -> None:
    optimizer = optimizer_of(lr=0.5)
    scheduler = lambda_lr(optimizer, ps.linear(start=1.0, end=0.0, steps=10), relative=True)
    by_scheduler(optimizer, scheduler, range(4))
    saved = copy.deepcopy(scheduler.state_dict())
    optimizer = optimizer_of(lr=2.0)
    scheduler = lambda_lr(optimizer, ps.linear(start=1.0, end=0.0, steps=10), relative=True)
    scheduler.load_state_dict(saved)
    assert update(optimizer) == [2.0 * (1 - 4 / 10)]


def test_a_state_of_torchs_own_scheduler_brings_its_step() -> None:
    optimizer = optimizer_of()
    theirs = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 10)
    by_scheduler(optimizer, theirs, range(6))
    scheduler = lambda_lr(optimizer_of(), NEW)
    scheduler.load_state_dict(theirs.state_dict())
    assert scheduler.get_last_lr() == [NEW(6)]


def test_a_relative_state_of_torchs_own_brings_its_base_rates_too() -> None:
    schedule = ps.linear(start=1.0, end=0.0, steps=10)
    optimizer = optimizer_of(lr=0.5)
    theirs = torch.optim.lr_scheduler.LambdaLR(optimizer, schedule)
    by_scheduler(optimizer, theirs, range(6))
    loaded = optimizer_of(lr=77.0)
    loaded.load_state_dict(optimizer.state_dict())
    scheduler = lambda_lr(loaded, schedule, relative=True)
    scheduler.load_state_dict(theirs.state_dict())
    assert by_scheduler(loaded, scheduler, range(6, 12)) == by_scheduler(optimizer, theirs, range(6, 12))


def test_a_state_without_a_step_is_refused() -> None:
    with pytest.raises(
        ValueError, match="this is not the state of a scheduler, which has a last_epoch, got \\['epoch'\\]; give"
    ):
        lambda_lr(optimizer_of(), NEW).load_state_dict({"epoch": 3})


@pytest.mark.parametrize("adapter", ["scheduler", "setter"])
def test_a_rule_is_asked_once_for_a_group_when_it_is_first_seen(adapter: str) -> None:
    asked: list[int] = []

    def rule(group):
        asked.append(len(group["params"]))
        return ps.scale(DOWN, factor=group["lr"])

    optimizer = optimizer_of(2, lr=0.5)
    attached = (
        lambda_lr(optimizer, by_group(rule)) if adapter == "scheduler" else param_group_setter(optimizer, lr=by_group(rule))
    )
    write = attached.step if adapter == "scheduler" else attached
    for step in range(6):
        write(step)
        optimizer.load_state_dict(optimizer.state_dict())
        if step == 2:
            optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(1)) for _ in range(3)], "lr": 0.25})
    write(6)
    assert asked == [1, 1, 3]
    assert [group["lr"] for group in optimizer.param_groups] == [0.5 * DOWN(6), 0.5 * DOWN(6), 0.25 * DOWN(6)]


@pytest.mark.parametrize("adapter", ["scheduler", "setter"])
def test_a_group_that_is_loaded_with_a_value_of_its_schedule_is_not_asked_about_it(adapter: str) -> None:
    rule = by_group(lambda group: DOWN if group["weight_decay"] else None)
    optimizer = optimizer_of(2)
    optimizer.param_groups[0]["weight_decay"] = 0.5
    write = lambda_lr(optimizer, rule).step if adapter == "scheduler" else param_group_setter(optimizer, lr=rule)
    saved = copy.deepcopy(optimizer.state_dict())
    saved["param_groups"][0]["weight_decay"] = 0.0
    saved["param_groups"][1]["weight_decay"] = 0.5
    optimizer.load_state_dict(saved)
    write(3)
    assert [group["lr"] for group in optimizer.param_groups] == [DOWN(3), 0.125]


@pytest.mark.parametrize("adapter", ["scheduler", "setter"])
def test_another_rule_sees_the_groups_as_they_were_when_they_were_first_seen(adapter: str) -> None:
    optimizer = optimizer_of(2, lr=0.5)
    attached = lambda_lr(optimizer, DOWN) if adapter == "scheduler" else param_group_setter(optimizer, lr=DOWN)
    write = attached.step if adapter == "scheduler" else attached
    write(4)
    rule = by_group(lambda group: ps.scale(DOWN, factor=group["lr"]))
    attached.follow(rule) if adapter == "scheduler" else attached.follow(lr=rule)
    write(4)
    assert [group["lr"] for group in optimizer.param_groups] == [0.5 * DOWN(4)] * 2
