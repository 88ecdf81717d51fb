"""Law 21: groups. One schedule, a list, a rule; None leaves a group alone; what comes later is scheduled or refused."""

import copy
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from training import by_scheduler, by_setter, optimizer_of, update

import pure_schedules as ps
from pure_schedules_torch import by_group, lambda_lr, param_group_setter

UP = ps.linear(start=0.0, end=1.0, steps=10)
DOWN = ps.cosine(start=1.0, steps=10)


def rates(optimizer: Any) -> list[float]:
    return [group["lr"] for group in optimizer.param_groups]


def new_group(**options: Any) -> dict[str, Any]:
    return {"params": [torch.nn.Parameter(torch.ones(1))], **options}


def both(optimizer: Any, spec: Any) -> list[Any]:
    """What writes step k, for each of the two adapters."""
    scheduler = lambda_lr(optimizer, spec)
    return [scheduler.step, param_group_setter(optimizer, lr=spec)]


@pytest.mark.parametrize("adapter", [0, 1])
def test_one_for_all_a_list_and_none(adapter: int) -> None:
    for spec, expected in (
        (UP, [UP(3), UP(3), UP(3)]),
        ([UP, None, DOWN], [UP(3), 0.125, DOWN(3)]),
        ([None, None, lambda step: 2], [0.125, 0.125, 2.0]),
        (by_group(lambda group: group["own"]), [UP(3), 0.125, DOWN(3)]),
    ):
        optimizer = optimizer_of(3)
        for group, own in zip(optimizer.param_groups, (UP, None, DOWN), strict=True):
            group["own"] = own
        both(optimizer, spec)[adapter](3)
        assert rates(optimizer) == expected
        assert [type(rate) for rate in rates(optimizer)] == [float] * 3


def test_a_factor_for_each_group_is_a_scaled_schedule() -> None:
    optimizer = optimizer_of(3)
    decay = 0.75
    set_step = param_group_setter(optimizer, lr=[ps.scale(DOWN, factor=decay**depth) for depth in (2, 1, 0)])
    set_step(4)
    assert rates(optimizer) == [decay**depth * DOWN(4) for depth in (2, 1, 0)]


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_of_another_length_is_refused_naming_both(count: int) -> None:
    for attach in (lambda_lr, lambda optimizer, spec: param_group_setter(optimizer, lr=spec)):
        with pytest.raises(ValueError, match=f"lr lists {count} schedules, and the optimizer has 2 parameter groups"):
            attach(optimizer_of(2), [UP] * count)


@pytest.mark.parametrize("adapter", [0, 1])
def test_a_group_added_later_is_scheduled_from_the_next_write(adapter: int) -> None:
    for spec in (DOWN, by_group(lambda group: DOWN)):
        optimizer = optimizer_of(2)
        write = both(optimizer, spec)[adapter]
        write(1)
        optimizer.add_param_group(new_group(lr=77.0))
        write(2)
        assert rates(optimizer) == [DOWN(2)] * 3


@pytest.mark.parametrize("adapter", [0, 1])
def test_a_group_added_later_to_a_list_is_refused_by_its_number(adapter: int) -> None:
    optimizer = optimizer_of(2)
    write = both(optimizer, [UP, DOWN])[adapter]
    optimizer.add_param_group(new_group(lr=77.0))
    with pytest.raises(
        ValueError, match=r"param_groups\[2\] has none; .* or by_group\(rule\) to serve groups that come later"
    ):
        write(2)
    assert rates(optimizer)[2] == 77.0


def test_a_group_added_later_has_its_own_base_rate() -> None:
    optimizer = optimizer_of(1, lr=0.5)
    scheduler = lambda_lr(optimizer, DOWN, relative=True)
    by_scheduler(optimizer, scheduler, range(2))
    optimizer.add_param_group(new_group(lr=8.0))
    scheduler.step()
    assert rates(optimizer) == [0.5 * DOWN(3), 8.0 * DOWN(3)]


def test_each_distinct_schedule_is_evaluated_once_per_step() -> None:
    calls = []

    def counting(step: int) -> float:
        calls.append(step)
        return 0.5

    optimizer = optimizer_of(5)
    calls.clear()
    set_step = param_group_setter(optimizer, lr=[counting] * 5, momentum=counting)
    calls.clear()
    set_step(3)
    assert calls == [3]
    scheduler = lambda_lr(optimizer, [counting] * 5)
    calls.clear()
    scheduler.step()
    assert calls == [1]
    # Equal schedules are one schedule.
    assert len(param_group_setter(optimizer_of(2), lr=[UP.replace({}), UP.replace({})])._attachment.distinct.schedules) == 1


def test_several_optimizers_on_one_step() -> None:
    first, second = optimizer_of(2), optimizer_of(1, kind=torch.optim.Adam)
    param_group_setter([first, second], lr=DOWN)(4)
    assert rates(first) + rates(second) == [DOWN(4)] * 3
    param_group_setter((first, second), lr=[UP, None, DOWN], weight_decay=UP)(5)
    assert rates(first) + rates(second) == [UP(5), DOWN(4), DOWN(5)]
    assert [group["weight_decay"] for group in first.param_groups + second.param_groups] == [0.5] * 3
    set_step = param_group_setter([first, second], lr=DOWN)
    second.add_param_group(new_group())
    set_step(1)
    assert rates(second) == [DOWN(1)] * 2


def test_anything_with_param_groups_will_do_for_the_setter() -> None:
    class Wrapper:
        def __init__(self, optimizer: torch.optim.Optimizer) -> None:
            self.optimizer = optimizer

        @property
        def param_groups(self) -> list[dict[str, Any]]:
            return self.optimizer.param_groups

    inner = optimizer_of(2)
    set_step = param_group_setter(Wrapper(inner), lr=DOWN)
    set_step(2)
    assert rates(inner) == [DOWN(2)] * 2
    # The groups are looked up at every write: a load replaces them all.
    inner.load_state_dict(inner.state_dict())
    inner.param_groups = [dict(group) for group in inner.param_groups]
    assert by_setter(inner, set_step, [3]) == [[DOWN(3)] * 2]


def test_the_groups_of_a_loaded_optimizer_are_written_to() -> None:
    optimizer = optimizer_of(2)
    scheduler, set_step = lambda_lr(optimizer, [UP, DOWN]), param_group_setter(optimizer, momentum=UP)
    optimizer.load_state_dict(optimizer.state_dict())
    scheduler.step()
    set_step(4)
    assert update(optimizer) == [UP(1), DOWN(1)]
    assert [group["momentum"] for group in optimizer.param_groups] == [UP(4)] * 2


def used_by(optimizer: Any) -> list[float]:
    """The rates that an update really uses: what stands in the groups after every hook of the optimizer has run."""
    used: list[float] = []
    handle = optimizer.register_step_pre_hook(lambda its, *_: used.extend(float(group["lr"]) for group in its.param_groups))
    update(optimizer)
    handle.remove()
    return used


@pytest.mark.parametrize("rate", [77.0, torch.tensor(77.0)], ids=["float", "tensor"])
@pytest.mark.parametrize("spec", [DOWN, by_group(lambda group: DOWN)], ids=["one", "rule"])
def test_a_group_that_comes_in_mid_run_takes_its_first_update_at_the_scheduled_rate(spec: Any, rate: Any) -> None:
    optimizer = optimizer_of(1, lr=1e-3)
    scheduler = lambda_lr(optimizer, spec)
    by_scheduler(optimizer, scheduler, range(3))
    optimizer.add_param_group(new_group(lr=rate))
    assert used_by(optimizer) == pytest.approx([DOWN(3)] * 2)
    scheduler.step()
    assert used_by(optimizer) == pytest.approx([DOWN(4)] * 2)
    assert [function(2) for function in scheduler.lr_lambdas] == [DOWN(2)] * 2


def test_a_group_that_comes_to_a_list_in_mid_run_is_refused_at_its_first_update() -> None:
    optimizer = optimizer_of(1)
    scheduler = lambda_lr(optimizer, [DOWN])
    optimizer.add_param_group(new_group(lr=77.0))
    with pytest.raises(ValueError, match=r"lr lists 1 schedules, and the optimizer has 2 .*; param_groups\[1\] has none"):
        update(optimizer)
    assert scheduler.last_epoch == 0


def test_a_group_that_comes_while_another_adapter_writes_is_left_to_it() -> None:
    optimizer = optimizer_of(1)
    scheduler, set_step = lambda_lr(optimizer, DOWN), param_group_setter(optimizer, lr=UP)
    set_step(5)
    optimizer.add_param_group(new_group(lr=77.0))
    assert used_by(optimizer) == [UP(5), 77.0]
    scheduler.step(4)
    optimizer.add_param_group(new_group(lr=77.0))
    assert used_by(optimizer) == [DOWN(4)] * 3


READINGS: list[Any] = [
    lambda scheduler: scheduler.state_dict(),
    lambda scheduler: scheduler.get_lr(),
    lambda scheduler: scheduler.differences(scheduler.state_dict()),
    repr,
]


@pytest.mark.parametrize("read", READINGS, ids=["state_dict", "get_lr", "differences", "repr"])
def test_to_read_a_scheduler_changes_nothing(read: Any) -> None:
    """A group that has come is first seen when it is written: a factor is of what stands there then, saved or not."""
    rates = []
    for looked in (False, True):
        optimizer = optimizer_of(1, lr=1.0)
        scheduler = lambda_lr(optimizer, DOWN, relative=True)
        other = param_group_setter(optimizer, lr=DOWN)
        other(1)
        optimizer.add_param_group(new_group(lr=0.25))
        if looked:
            read(scheduler)
        optimizer.param_groups[1]["lr"] = 0.5
        scheduler.step(4)
        rates.append([group["lr"] for group in optimizer.param_groups])
    assert rates[0] == rates[1]
    assert rates[1][1] == 0.5 * DOWN(4)


@pytest.mark.parametrize("adapter", [0, 1])
@pytest.mark.parametrize(
    "spec",
    [[UP, DOWN, None], by_group(lambda group: {"up": UP, "down": DOWN, "none": None}[group["name"]])],
    ids=["list", "rule"],
)
def test_groups_keep_their_schedules_wherever_they_stand(adapter: int, spec: Any) -> None:
    def named(optimizer: Any) -> dict[str, float]:
        return {group["name"]: group["lr"] for group in optimizer.param_groups}

    optimizer = optimizer_of(3)
    for group, name in zip(optimizer.param_groups, ("up", "down", "none"), strict=True):
        group["name"] = name
    write = both(optimizer, spec)[adapter]
    write(1)
    optimizer.param_groups.reverse()
    write(2)
    assert named(optimizer) == {"up": UP(2), "down": DOWN(2), "none": 0.125}
    optimizer.param_groups[:] = [dict(group) for group in reversed(optimizer.param_groups)]
    write(3)
    assert named(optimizer) == {"up": UP(3), "down": DOWN(3), "none": 0.125}
    gone = optimizer.param_groups.pop(0)
    write(4)
    assert named(optimizer) == {"down": DOWN(4), "none": 0.125}
    optimizer.param_groups.append(gone)
    optimizer.load_state_dict(optimizer.state_dict())
    write(5)
    assert named(optimizer) == {"down": DOWN(5), "none": 0.125, "up": UP(5)}


@pytest.mark.parametrize("adapter", [0, 1])
def test_one_group_in_the_place_of_another_is_a_new_group(adapter: int) -> None:
    optimizer = optimizer_of(2)
    write = both(optimizer, [UP, DOWN])[adapter]
    write(1)
    del optimizer.param_groups[0]
    optimizer.add_param_group(new_group(lr=77.0))
    with pytest.raises(ValueError, match=r"param_groups\[1\] has none"):
        write(2)
    assert rates(optimizer) == [DOWN(1), 77.0]  # nothing is changed
    optimizer = optimizer_of(2)
    optimizer.param_groups[0]["own"], optimizer.param_groups[1]["own"] = UP, DOWN
    write = both(optimizer, by_group(lambda group: group["own"]))[adapter]
    optimizer.param_groups[0] = {**optimizer.param_groups[0], **new_group(own=None, lr=77.0)}
    write(2)
    assert rates(optimizer) == [77.0, DOWN(2)]


def test_a_group_that_is_taken_apart_is_served_as_before_in_each_part() -> None:
    parameters = [torch.nn.Parameter(torch.ones(1)) for _ in range(4)]
    groups = [{"params": parameters[:3], "own": UP, "lr": torch.tensor(0.5)}, {"params": parameters[3:], "own": DOWN}]
    optimizer = torch.optim.SGD(groups, lr=0.5)
    set_step = param_group_setter(optimizer, keep_tensors=True, lr=by_group(lambda group: group["own"]))
    (first, second) = optimizer.param_groups
    apart = {**first, "params": [first["params"].pop(0)], "own": None}
    second["params"].append(first["params"].pop(0))
    optimizer.param_groups.append(apart)
    set_step(2)
    assert rates(optimizer) == pytest.approx([UP(2), DOWN(2), UP(2)])
    set_step(3)
    assert rates(optimizer) == pytest.approx([UP(3), DOWN(3), UP(3)])


def test_groups_without_parameters_keep_their_schedules_too() -> None:
    optimizer = optimizer_of(3)
    for group in optimizer.param_groups:
        group["params"] = []
    set_step = param_group_setter(optimizer, lr=[UP, DOWN, None])
    optimizer.param_groups.reverse()
    optimizer.load_state_dict(optimizer.state_dict())
    set_step(2)
    assert rates(optimizer) == [0.125, DOWN(2), UP(2)]


@dataclass
class Falling:
    """It can be compared, and so has no hash."""

    start: float

    def __call__(self, step: int) -> float:
        return self.start / (1 + step)


@pytest.mark.parametrize("adapter", [0, 1])
@pytest.mark.parametrize(
    ("make", "of"),
    [
        (lambda held: ps.warmup_cosine(peak=held, warmup_steps=0, total_steps=8), torch.tensor),
        (lambda held: ps.one_cycle(peak=held, total_steps=8), torch.tensor),
        (lambda held: ps.scale(held, factor=0.5), Falling),
        (lambda held: held, Falling),
    ],
    ids=["shape", "recipe", "child", "function"],
)
def test_what_is_equal_today_and_learnt_apart_is_told_apart(make: Any, of: Any, adapter: int) -> None:
    one, two = of(1.0), of(1.0)
    schedules = [make(one), make(two), make(one)]
    optimizer = optimizer_of(3)
    write = both(optimizer, schedules)[adapter]
    write(2)
    before = rates(optimizer)
    assert before[0] == before[1] == before[2]
    if isinstance(two, torch.Tensor):
        two.fill_(5.0)
    else:
        two.start = 5.0
    write(2)
    assert rates(optimizer) == pytest.approx([before[0], 5.0 * before[0], before[0]])


@pytest.mark.parametrize("adapter", [0, 1])
def test_functions_of_any_class_are_found_by_identity(adapter: int) -> None:
    one, other = Falling(8.0), Falling(8.0)
    for spec, expected in (
        (one, [2.0, 2.0]),
        ([one, other], [2.0, 2.0]),
        (ps.scale(one, factor=0.5), [1.0, 1.0]),
        ([ps.scale(one, factor=0.5), ps.scale(other, factor=0.25)], [1.0, 0.5]),
    ):
        optimizer = optimizer_of(2)
        both(optimizer, spec)[adapter](3)
        assert rates(optimizer) == expected
    optimizer = optimizer_of(2, lr=0.5)
    scheduler = lambda_lr(optimizer, one, relative=True)
    scheduler.step(3)
    assert rates(optimizer) == [1.0, 1.0]


@pytest.mark.parametrize("adapter", [0, 1])
def test_a_group_that_comes_back_after_a_change_of_plan_follows_the_new_one(adapter: int) -> None:
    optimizer = optimizer_of(2)
    attached: Any = (lambda_lr(optimizer, UP), param_group_setter(optimizer, lr=UP))[adapter]
    gone = optimizer.param_groups.pop(0)
    attached.follow(DOWN) if adapter == 0 else attached.follow(lr=DOWN)
    optimizer.param_groups.append(gone)
    attached.step(3) if adapter == 0 else attached(3)
    assert rates(optimizer) == [DOWN(3), DOWN(3)]


# Several optimizers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("copied", [False, True])
def test_several_optimizers_have_their_schedules_by_name(copied: bool) -> None:
    muon, adam = optimizer_of(1), optimizer_of(2)
    set_step = param_group_setter(
        {"muon": muon, "adam": adam},
        lr={"muon": UP, "adam": [DOWN, None]},
        momentum={"muon": by_group(lambda group: DOWN), "adam": None},
        weight_decay=DOWN,
    )
    if copied:
        muon, adam, set_step = copy.deepcopy((muon, adam, set_step))
    set_step(3)
    assert (rates(muon), rates(adam)) == ([UP(3)], [DOWN(3), 0.125])
    assert [group["momentum"] for group in muon.param_groups + adam.param_groups] == [DOWN(3), 0, 0]
    muon.add_param_group(new_group())
    muon.param_groups.reverse()
    set_step(4)
    assert (rates(muon), rates(adam)) == ([UP(4)] * 2, [DOWN(4), 0.125])
    assert [group["momentum"] for group in muon.param_groups] == [DOWN(4)] * 2
    assert [group["weight_decay"] for group in muon.param_groups + adam.param_groups] == [DOWN(4)] * 4
    set_step.follow(lr={"muon": DOWN, "adam": UP})
    set_step(5)
    assert (rates(muon), rates(adam)) == ([DOWN(5)] * 2, [UP(5)] * 2)
    with pytest.raises(ValueError, match="lr has schedules for muon, and the optimizers are muon, adam; give one for each"):
        set_step.follow(lr={"muon": UP})
    adam.add_param_group(new_group())
    set_step.follow(lr={"muon": DOWN, "adam": [UP, DOWN, None]})
    adam.add_param_group(new_group())
    with pytest.raises(ValueError, match=r"lr lists 3 schedules, and optimizer adam has 4 .*; param_groups\[3\] has none"):
        set_step(6)


@pytest.mark.parametrize("together", [list, lambda several: dict(zip("ab", several, strict=True))])
def test_a_rule_sees_which_of_several_optimizers_a_group_belongs_to(together: Any) -> None:
    first, second = optimizer_of(1), optimizer_of(2)
    rule = by_group(lambda group: UP if group["optimizer"] is first else DOWN)
    set_step = param_group_setter(together([first, second]), lr=rule)
    set_step(3)
    first.add_param_group(new_group())
    set_step(4)
    assert (rates(first), rates(second)) == ([UP(4)] * 2, [DOWN(4)] * 2)
    assert all("optimizer" not in group for group in first.param_groups)


def test_a_rule_that_fails_says_for_which_group_and_changes_nothing() -> None:
    optimizer = optimizer_of(2)
    optimizer.param_groups[0]["depth"] = 0

    def rule(group: Any) -> ps.Schedule:
        if group["depth"] > 1:
            raise RuntimeError("too deep")
        return UP

    with pytest.raises(
        ValueError, match=r"lr of param_groups\[1\]: the rule raised KeyError\('depth'\); the group has lr, "
    ):
        lambda_lr(optimizer, by_group(rule))
    optimizer.param_groups[1]["depth"] = 1
    scheduler = lambda_lr(optimizer, by_group(rule))
    before = rates(optimizer)
    optimizer.add_param_group(new_group(depth=2, lr=77.0))
    with pytest.raises(RuntimeError, match="too deep") as raised:
        scheduler.step()
    if hasattr(raised.value, "__notes__"):
        assert raised.value.__notes__ == ["lambda_lr: lr of param_groups[2]: this was raised by the rule"]
    assert rates(optimizer) == [*before, 77.0]
    assert scheduler.last_epoch == 0
