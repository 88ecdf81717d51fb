"""Law 21: groups. One schedule, a list, a rule; None leaves a group alone; what comes later is scheduled or refused."""

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
    assert len(param_group_setter(optimizer_of(2), lr=[UP.replace({}), UP.replace({})])._writer.distinct.schedules) == 1


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
