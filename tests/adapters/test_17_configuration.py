"""Law 17: configuration is not state. A load changes no hyperparameter; a changed schedule is followed at once."""

import copy
import json
from typing import Any

import pytest
import torch
from training import ORDERS, by_scheduler, by_setter, optimizer_of, rebuilt, update

import pure_schedules as ps
from pure_schedules_torch import by_group, lambda_lr, param_group_setter, relative

OLD = ps.warmup_cosine(peak=1e-3, warmup_steps=3, total_steps=10)
DOWN = ps.linear(start=1.0, end=0.0, steps=8)
UP = ps.linear(start=0.0, end=1.0, steps=8)
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


def test_the_data_of_a_plan_are_compared_too() -> None:
    """Where the checkpoint has the step and `to_data(plan)`: as one schedule, by name, or as a bundle."""
    plan = json.loads(json.dumps(ps.to_data(OLD)))
    changed = ["warmup_cosine.peak was 0.001, is 0.002", "warmup_cosine.total_steps was 10, is 20"]
    for adapter in (lambda_lr(optimizer_of(2), NEW), param_group_setter(optimizer_of(2), lr=NEW)):
        assert adapter.differences(plan) == [f"lr[{group}]: {change}" for group in (0, 1) for change in changed]
    for saved in ({"lr": plan}, ps.to_data(ps.bundle(lr=OLD))):
        assert param_group_setter(optimizer_of(2), lr=OLD).differences(saved) == []
    both = param_group_setter(optimizer_of(1), lr=OLD, momentum=OLD)
    with pytest.raises(ValueError, match=r"one schedule for 2 hyperparameters; write \{'lr': \.\.\., 'momentum': \.\.\.\}"):
        both.differences(plan)


def test_the_schedules_of_several_optimizers_are_compared_by_name() -> None:
    """Whatever the order in which they are given."""

    def setter(**schedules: Any) -> Any:
        return param_group_setter({name: optimizer_of(2) for name in schedules}, lr=schedules)

    low = ps.scale(OLD, factor=0.1)
    saved = json.loads(json.dumps(setter(muon=OLD, adam=low).fingerprint()))
    assert setter(adam=low, muon=OLD).differences(saved) == []
    changed = "[{}] was warmup_cosine, is scale"
    assert setter(adam=low, muon=low).differences(saved) == [f"lr.muon{changed.format(group)}" for group in (0, 1)]
    assert setter(adam=low, muon=OLD).differences({"lr": {"muon": ps.to_data(OLD), "adam": [ps.to_data(low)] * 2}}) == []

    factor = relative(ps.linear(start=1.0, end=0.0, steps=10))
    before = param_group_setter({"a": optimizer_of(1, lr=0.5), "b": optimizer_of(1, lr=0.25)}, lr=factor).fingerprint()
    loaded = {"b": optimizer_of(1, lr=3.0), "a": optimizer_of(1, lr=3.0)}
    set_step = param_group_setter(loaded, lr=factor)
    set_step.rebase(before)
    set_step(5)
    assert [optimizer.param_groups[0]["lr"] for optimizer in loaded.values()] == [0.125, 0.25]


def test_the_data_of_a_plan_for_each_group_are_compared_too() -> None:
    plans = [OLD, ps.scale(OLD, factor=0.1)]
    set_step = param_group_setter(optimizer_of(2), lr=plans)
    assert set_step.differences({"lr": [ps.to_data(plan) for plan in plans]}) == []
    assert set_step.differences({"lr": [ps.to_data(OLD)] * 2}) == ["lr[1] was warmup_cosine, is scale"]


def test_what_holds_no_schedules_is_not_compared() -> None:
    rate = param_group_setter(optimizer_of(), lr=OLD)
    for saved in ({"step": 40, "plan": ps.to_data(OLD)}, lambda_lr(optimizer_of(), OLD).state_dict()):
        with pytest.raises(ValueError, match=r"(step|last_epoch) holds no schedules, got \d+; give the result of set_step"):
            rate.differences(saved)
    optimizer = optimizer_of()
    foreign = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5).state_dict()
    (said,) = lambda_lr(optimizer, OLD).differences(foreign)
    assert said == "the schedules cannot be compared: the state has no fingerprint, so it is not one of lambda_lr"


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
    assert said.endswith(", and only its name can be compared; put @schedule over it")
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
            "build the schedules it was saved with, or continue without require_same"
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


# What a factor is of, in a state ---------------------------------------------------------------------------------------

SPECS = {
    "one": lambda: relative(DOWN),
    "list": lambda: [relative(DOWN), DOWN, relative(DOWN)],
    "rule": lambda: by_group(lambda group: relative(DOWN) if group["momentum"] else DOWN),
}
BASES = (0.5, 0.25, 2.0)


def with_bases(scale: float = 1.0, kind: Any = torch.optim.SGD) -> torch.optim.Optimizer:
    optimizer = optimizer_of(3, kind=kind)
    for group, base in zip(optimizer.param_groups, BASES, strict=True):
        group["lr"] = group["weight_decay"] = scale * base
        group["momentum"] = 0.0 if base == 0.25 else 0.5
        group["pair"] = (scale * base, 0.5)
    return optimizer


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("order", ["load build adapter", "build adapter load", "build load adapter"])
def test_the_bases_of_a_scheduler_are_in_its_state(order: str, spec: str) -> None:
    optimizer = with_bases()
    scheduler = lambda_lr(optimizer, SPECS[spec]())
    by_scheduler(optimizer, scheduler, range(3))
    optimizer.param_groups.reverse()
    saved = copy.deepcopy((optimizer.state_dict(), scheduler.state_dict()))
    used = by_scheduler(optimizer, scheduler, range(3, 6))

    resumed = with_bases()
    resumed.param_groups.reverse()
    again: Any = None
    for action in order.split():
        if action == "load":
            resumed.load_state_dict(saved[0])
        elif action == "build":
            # A list is written for the groups in their order now.
            given = SPECS[spec]()
            again = lambda_lr(resumed, given[::-1] if isinstance(given, list) else given)
        else:
            again.load_state_dict(saved[1])
    assert by_scheduler(resumed, again, range(3, 6)) == used


@pytest.mark.parametrize("spec", SPECS)
def test_one_base_that_happens_to_be_a_scheduled_rate_is_not_taken_for_a_loaded_one(spec: str) -> None:
    scheduler = lambda_lr(with_bases(), SPECS[spec]())
    scheduler.step(4)
    changed = with_bases(scale=2.0)
    changed.param_groups[0]["lr"] = 0.5 * DOWN(4)  # what the first group had at its last update
    again = lambda_lr(changed, SPECS[spec]())
    again.load_state_dict(scheduler.state_dict())
    factors = [0.5 * DOWN(4), 1.0 if spec != "one" else 0.5, 4.0]
    assert update(changed) == [factor * DOWN(4) for factor in factors]


@pytest.mark.parametrize("spec", SPECS)
def test_the_bases_of_a_setter_are_in_its_fingerprint(spec: str) -> None:
    def built(optimizer: Any) -> Any:
        factor = SPECS[spec]()
        return param_group_setter(
            optimizer, lr=factor, weight_decay=relative(DOWN), pair=(relative(DOWN), None), momentum=UP
        )

    optimizer = with_bases()
    set_step = built(optimizer)
    set_step(3)
    fingerprint = json.loads(json.dumps(set_step.fingerprint()))
    loaded = with_bases()
    loaded.load_state_dict(optimizer.state_dict())
    for group, left in zip(loaded.param_groups, BASES, strict=True):
        group["momentum"] = 0.0 if left == 0.25 else 0.5  # what the rule looks at
    again = built(loaded)
    again.rebase(fingerprint)
    for step in (3, 5):
        set_step(step)
        again(step)
        assert [{**group, "params": 0} for group in loaded.param_groups] == [
            {**group, "params": 0} for group in optimizer.param_groups
        ]
    assert again.differences(fingerprint) == []


def test_a_fingerprint_without_the_bases_is_refused() -> None:
    set_step = param_group_setter(with_bases(), lr=relative(DOWN))
    other = with_bases()
    for fingerprint, said in (
        ({}, "the fingerprint must have lr of 3 parameter groups, got None; give what set_step.fingerprint\\(\\) gave"),
        (3, "the fingerprint must have lr of 3 parameter groups, got None"),
        ({"lr": [None]}, "the fingerprint must have lr of 3 parameter groups, got \\[None\\]"),
        (
            param_group_setter(other, lr=[relative(DOWN), DOWN, None]).fingerprint(),
            "lr of param_groups\\[1\\] was not relative to a number when it was saved, got {'schedule': 'linear', ",
        ),
        (
            {"lr": [{"schedule": "scale", "hyperparameters": {"factor": "x"}}] * 3},
            "lr of param_groups\\[0\\] was not relative",
        ),
    ):
        with pytest.raises(ValueError, match=f"^param_group_setter: {said}"):
            set_step.rebase(fingerprint)  # type: ignore[arg-type]
    set_step(4)
    assert [group["lr"] for group in set_step._attachment.optimizers[0].param_groups] == [base * 0.5 for base in BASES]
