"""`recording` and `following`: what an optimizer really used, and which mistake of a training loop it shows."""

from collections.abc import Iterable
from typing import Any

import pytest
import torch
from training import optimizer_of

import pure_schedules as ps
from pure_schedules.testing import following, recording

adapters = pytest.importorskip("pure_schedules_torch")
by_group, lambda_lr, param_group_setter = adapters.by_group, adapters.lambda_lr, adapters.param_group_setter

RATE = ps.warmup_cosine(peak=1.0, warmup_steps=4, total_steps=40)


def trained(steps: Iterable[float], **options: Any) -> None:
    """A loop that sets these steps, one for each update, where it should set 0, 1, 2 ..."""
    optimizer = optimizer_of()
    set_step = param_group_setter(optimizer, lr=RATE)
    with following(optimizer, lr=RATE, **options):
        for step in steps:
            set_step(step)
            optimizer.step()


def test_a_loop_that_is_right() -> None:
    trained(range(50))
    trained(range(7, 50), first=7)


#: Mistakes, as the steps that are set for the updates, and what is said of them.
MISTAKES = {
    "two steps for each update": (range(0, 20, 2), "the step advances by 2 for each update"),
    "a step for each of four processes": (range(0, 40, 4), "the step advances by 4 for each update"),
    "a step for every other update": ([k // 2 for k in range(20)], "the step advances once in 2 updates"),
    "a step ahead": (range(1, 20), "every update is 1 step ahead"),
    "a step behind": ([max(k - 1, 0) for k in range(20)], "every update is 1 step behind"),
    "never": ([0] * 10, "every update used 0.0: nothing writes it between the updates"),
    "begun anew": ([*range(8), *range(8)], "from update 8 on, the schedule starts over: the step was not restored"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named(mistake: str) -> None:
    steps, said = MISTAKES[mistake]
    with pytest.raises(AssertionError) as caught:
        trained(steps)
    assert str(caught.value).splitlines()[-1].startswith(said)


def test_what_no_single_mistake_explains_is_shown_alone() -> None:
    with pytest.raises(AssertionError) as caught:
        trained([0, 1, 2, 3, 9, 5, 6, 30, 31, 11])
    first, *lines = str(caught.value).splitlines()
    assert first == f"lr of param_groups[0]: 4 of 10 updates did not follow {RATE!r}"
    assert lines[0] == f"  update 4: used {RATE(9)!r}, the schedule has {RATE(4)!r} at step 4"
    assert len(lines) == 4


def test_few_of_many_are_shown() -> None:
    with pytest.raises(AssertionError, match=r"9 of 10 updates did not follow .*\n(  update .*\n){5}  and 4 more\n"):
        trained([0] * 10)


def test_a_loop_that_takes_no_update() -> None:
    with pytest.raises(AssertionError, match=r"no update was recorded: optimizer.step\(\) was not called"):
        trained([])


def test_groups_and_other_hyperparameters() -> None:
    optimizer = optimizer_of(2, kind=torch.optim.Adam)
    schedules = {
        "lr": [RATE, None],
        "weight_decay": by_group(lambda group: ps.scale(RATE, factor=0.1)),
        "betas": (ps.linear(start=0.5, end=0.9, steps=10), None),
    }
    set_step = param_group_setter(optimizer, **schedules)
    with following(optimizer, **schedules) as record:
        for step in range(12):
            set_step(step)
            optimizer.step()
    assert record.used("lr", group=1) == [0.125] * 12
    assert record.used("betas")[0] == (0.5, 0.999)
    with pytest.raises(AssertionError, match=r"betas of param_groups\[0\]\[0\]: 11 of 12 updates did not follow constant"):
        record.assert_follows(betas=(ps.constant(value=0.7), None))


def test_tensor_rates_are_recorded_as_they_were() -> None:
    optimizer = optimizer_of(lr=torch.tensor(0.5))
    scheduler = lambda_lr(optimizer, RATE)
    with recording(optimizer) as record:
        for _ in range(5):
            optimizer.step()
            scheduler.step()
    assert record.used() == [0.0, 0.25, 0.5, 0.75, 1.0]
    record.assert_follows(lr=RATE)


def test_what_is_within_a_tolerance_follows() -> None:
    optimizer = optimizer_of(lr=torch.tensor(0.5))
    third = ps.constant(value=1 / 3)
    set_step = param_group_setter(optimizer, lr=third)
    with recording(optimizer) as record:
        set_step(0)
        optimizer.step()
    record.assert_follows(lr=third, rel_tol=1e-6)
    with pytest.raises(AssertionError, match=r"used 0\.333333"):
        record.assert_follows(lr=third)


def test_skipped_updates_are_no_updates() -> None:
    """A mixed-precision scaler that skips an update does not call the optimizer; neither may the step advance."""
    optimizer = optimizer_of()
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    set_step = param_group_setter(optimizer, lr=RATE)
    step = 0
    parameter = optimizer.param_groups[0]["params"][0]
    with following(optimizer, lr=RATE) as record:
        for attempt in range(6):
            set_step(step)
            optimizer.zero_grad()
            loss = parameter.sum() * (float("inf") if attempt == 2 else 1.0)
            scaler.scale(loss).backward()
            before = scaler.get_scale()
            scaler.step(optimizer)
            scaler.update()
            step += scaler.get_scale() >= before
    assert len(record.updates) == 5


def test_an_error_in_the_loop_is_not_hidden() -> None:
    optimizer = optimizer_of()
    with pytest.raises(KeyError, match="the loop's own"), following(optimizer, lr=RATE):
        raise KeyError("the loop's own")


def test_the_hook_is_taken_away() -> None:
    optimizer = optimizer_of()
    with recording(optimizer) as record:
        optimizer.step()
    optimizer.step()
    assert len(record.updates) == 1


def test_wrappers_and_what_has_no_hooks() -> None:
    class Wrapper:
        def __init__(self, optimizer: torch.optim.Optimizer) -> None:
            self.optimizer = optimizer

    optimizer = optimizer_of()
    with recording(Wrapper(optimizer)) as record:
        optimizer.step()
    assert record.used() == [0.125]
    with (
        pytest.raises(TypeError, match="an optimizer with register_step_pre_hook is needed, got object"),
        recording(object()),
    ):
        pass


# Groups that come and go, and updates that are none --------------------------------------------------------------------


def another(**options: Any) -> dict[str, Any]:
    return {"params": [torch.nn.Parameter(torch.ones(1))], **options}


@pytest.mark.parametrize("spec", [RATE, by_group(lambda group: RATE)], ids=["one", "rule"])
def test_groups_that_come_go_and_change_places_are_looked_at(spec: Any) -> None:
    optimizer = optimizer_of(2)
    set_step = param_group_setter(optimizer, lr=spec)
    with following(optimizer, lr=spec) as record:
        for step in range(12):
            if step == 3:
                optimizer.add_param_group(another())
            if step == 6:
                del optimizer.param_groups[0]
            if step == 8:
                optimizer.param_groups.reverse()
            set_step(step)
            optimizer.step()
    assert record.used(group=2) == [*[None] * 3, *(RATE(step) for step in (3, 4, 5)), *[None] * 6]


def test_a_group_that_comes_and_is_not_scheduled_is_told() -> None:
    optimizer = optimizer_of()
    with recording(optimizer) as record:
        for step in range(8):
            optimizer.param_groups[0]["lr"] = RATE(step)
            if step == 5:
                optimizer.add_param_group(another(lr=123.0))
            optimizer.step()
    with pytest.raises(AssertionError) as caught:
        record.assert_follows(lr=RATE)
    first, *lines = str(caught.value).splitlines()
    assert first == f"lr of param_groups[1], which came at update 5: 3 of 3 updates did not follow {RATE!r}"
    assert lines[0] == f"  update 5: used 123.0, the schedule has {RATE(5)!r} at step 5"
    assert len(lines) == 3
    with pytest.raises(ValueError, match="assert_follows: lr lists 1 schedules, and the optimizer has 2 parameter groups"):
        record.assert_follows(lr=[RATE])
    record.assert_follows(lr=[RATE, None])


def test_groups_of_a_list_are_those_in_the_order_in_which_they_came() -> None:
    half = ps.scale(RATE, factor=0.5)
    optimizer = optimizer_of(2)
    set_step = param_group_setter(optimizer, lr=[RATE, half])
    with following(optimizer, lr=[RATE, half]):
        for step in range(6):
            set_step(step)
            optimizer.step()
            optimizer.param_groups.reverse()
        optimizer.param_groups[:] = [dict(group) for group in optimizer.param_groups]
        set_step(6)
        optimizer.step()


@pytest.mark.parametrize("fused", [False, True])
def test_an_update_that_is_skipped_after_an_overflow_is_none(fused: bool) -> None:
    weight = torch.nn.Parameter(torch.ones(1))
    optimizer = torch.optim.SGD([weight], lr=0.0, fused=fused)
    set_step = param_group_setter(optimizer, lr=RATE)
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    step = 0
    with following(optimizer, lr=RATE) as record:
        for factor in (1.0, float("inf"), float("inf"), 1.0, 1.0):
            set_step(step)
            optimizer.zero_grad()
            scaler.scale(weight.sum() * factor).backward()
            scale = scaler.get_scale()
            scaler.step(optimizer)
            scaler.update()
            step += scaler.get_scale() >= scale
    assert step == len(record.updates) == 3
