"""Law 20: absolute and relative. The rate is the schedule's value, or its multiple of the rate that a group has."""

import math
from typing import Any

import pytest
import torch
from catalogue import CASES, Case
from training import by_scheduler, by_setter, optimizer_of, update

import pure_schedules as ps
from pure_schedules_torch import by_group, from_torch, lambda_lr, param_group_setter
from pure_schedules_torch import relative as ps_relative

HALVING = ps.exponential_decay(start=1.0, rate=0.5)


@pytest.mark.parametrize("lr", [0.0, 0, 1e-3, 1.0, 1, torch.tensor(0.5), torch.tensor(0.0, dtype=torch.float64)], ids=repr)
@pytest.mark.parametrize("case", CASES, ids=repr)
def test_absolute_whatever_rate_the_optimizer_was_built_with(case: Case, lr: Any) -> None:
    expected = [case.schedule(step) for step in range(6)]
    if isinstance(lr, torch.Tensor):
        expected = torch.tensor(expected, dtype=lr.dtype).tolist()
    for run in (
        by_scheduler(optimizer := optimizer_of(lr=_own(lr)), lambda_lr(optimizer, case.schedule), range(6)),
        by_setter(optimizer := optimizer_of(lr=_own(lr)), param_group_setter(optimizer, lr=case.schedule), range(6)),
    ):
        assert [rate for (rate,) in run] == expected


@pytest.mark.parametrize("lr", [0.0, 1e-3, 1, 0.3, torch.tensor(0.3)], ids=repr)
def test_relative_to_the_rate_that_each_group_has(lr: Any) -> None:
    schedule = ps.warmup_cosine(peak=1.0, warmup_steps=3, total_steps=9)
    optimizer = optimizer_of(2, lr=_own(lr))
    optimizer.param_groups[1]["lr"] = 0.7
    scheduler = lambda_lr(optimizer, schedule, relative=True)
    base = float(lr)
    for step, (first, second) in enumerate(by_scheduler(optimizer, scheduler, range(12))):
        expected = base * schedule(step)
        unit = math.ulp(expected) if not isinstance(lr, torch.Tensor) else 6e-8 * expected
        assert abs(first - expected) <= unit
        assert abs(second - 0.7 * schedule(step)) <= math.ulp(0.7 * schedule(step))


def test_the_rate_is_there_before_the_first_update_and_after_each() -> None:
    schedule = ps.linear(start=0.5, end=0.0, steps=10)
    optimizer = optimizer_of(lr=99.0)
    scheduler = lambda_lr(optimizer, schedule)
    assert optimizer.param_groups[0]["lr"] == 0.5
    for step in range(1, 15):
        optimizer.step()
        scheduler.step()
        assert optimizer.param_groups[0]["lr"] == schedule(step)
        assert scheduler.get_last_lr() == scheduler.get_lr() == [schedule(step)]
        assert scheduler.last_epoch == step


def test_it_is_a_lambda_lr_and_reads_like_one() -> None:
    schedule = ps.linear(start=0.5, end=0.0, steps=10)
    scheduler = lambda_lr(optimizer_of(), schedule)
    assert isinstance(scheduler, torch.optim.lr_scheduler.LambdaLR)
    assert isinstance(scheduler, torch.optim.lr_scheduler.LRScheduler)
    assert [base * function(4) for base, function in zip(scheduler.base_lrs, scheduler.lr_lambdas, strict=True)] == [
        schedule(4)
    ]
    assert not callable(scheduler)  # DeepSpeed takes anything callable for a factory
    scheduler.step(7)
    scheduler.step(7)
    assert scheduler.get_last_lr() == [schedule(7)]


def test_instead_of_torchs_own_sequence() -> None:
    """In torch's, the rates before the milestone would be factors of the first one that ours has."""
    optimizer = optimizer_of(lr=0.25)
    theirs = from_torch(torch.optim.lr_scheduler.ConstantLR(optimizer_of(lr=0.25), factor=0.5, total_iters=100))
    ours = ps.linear(start=0.5, end=0.25, steps=4)
    scheduler = lambda_lr(optimizer, ps.join([theirs, ours], boundaries=[2]))
    rates = [rate for (rate,) in by_scheduler(optimizer, scheduler, range(8))]
    assert rates == [0.125, 0.125, 0.5, 0.4375, 0.375, 0.3125, 0.25, 0.25]


def _own(lr: Any) -> Any:
    return lr.clone() if isinstance(lr, torch.Tensor) else lr


def test_of_a_users_own_schedule_as_of_a_built_in() -> None:
    @ps.schedule
    def parabola(step, *, peak, steps):
        return peak * (step / steps) ** 2

    warm = ps.join([parabola(peak=1.0, steps=10), ps.cosine(start=1.0, steps=20)])
    optimizer = optimizer_of(2)
    param_group_setter(optimizer, lr=warm)(5)
    assert update(optimizer) == [0.25, 0.25]
    assert by_scheduler(optimizer, lambda_lr(optimizer, warm), range(3)) == [[warm(step)] * 2 for step in range(3)]


@pytest.mark.parametrize("key", ["lr", "weight_decay"])
@pytest.mark.parametrize(
    "spec",
    [
        ps_relative(HALVING),
        [ps_relative(HALVING)] * 3,
        by_group(lambda group: ps_relative(HALVING)),
    ],
    ids=["one", "list", "rule"],
)
def test_a_factor_of_what_each_group_had_when_it_was_first_seen(key: str, spec: Any) -> None:
    optimizer = optimizer_of(3)
    for group, value in zip(optimizer.param_groups, (0.0, 0.5, torch.tensor(8.0)), strict=True):
        group[key] = value
    schedules: dict[str, Any] = {key: spec}
    set_step = param_group_setter(optimizer, **schedules)
    for step in (0, 2, 1):
        set_step(step)
        optimizer.load_state_dict(optimizer.state_dict())
        optimizer.param_groups.reverse()
        set_step(step)
        optimizer.param_groups.reverse()
        assert [float(group[key]) for group in optimizer.param_groups] == [0.0, 0.5 * 0.5**step, 8 * 0.5**step]
    if not isinstance(spec, list):
        optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(1))], key: 4.0})
        set_step(2)
        assert optimizer.param_groups[3][key] == 1.0


def test_a_factor_in_a_tuple_and_beside_a_rate() -> None:
    optimizer = optimizer_of(2, kind=torch.optim.Adam, betas=(0.8, 0.5))
    param_group_setter(optimizer, betas=(ps_relative(HALVING), HALVING))(1)
    assert [group["betas"] for group in optimizer.param_groups] == [(0.4, 0.5)] * 2
    scheduler = lambda_lr(optimizer, [ps_relative(HALVING), HALVING])
    scheduler.step(2)
    assert [group["lr"] for group in optimizer.param_groups] == [0.125 * 0.25, 0.25]


def test_a_relative_scheduler_is_a_short_way_to_say_it() -> None:
    long, short = optimizer_of(2), optimizer_of(2)
    schedulers = lambda_lr(long, ps_relative(HALVING)), lambda_lr(short, HALVING, relative=True)
    for step in range(4):
        assert update(long) == update(short) == [0.125 * 0.5**step] * 2
        for scheduler in schedulers:
            scheduler.step()


def test_what_is_no_factor_is_refused() -> None:
    for wrong in (0.5, ps.linear, None, [HALVING]):
        with pytest.raises(TypeError, match="relative: a schedule must be given, got "):
            ps_relative(wrong)  # type: ignore[arg-type]
    assert repr(ps_relative(HALVING)) == f"relative({HALVING!r})"
