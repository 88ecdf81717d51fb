"""`param_group_setter` as a value: how it is built, what it prints, and what it tells of itself."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from training import optimizer_of

import pure_schedules as ps
from pure_schedules.data import plain_data
from pure_schedules_torch import by_group, lambda_lr, param_group_setter, relative

UP = ps.linear(start=0.0, end=1.0, steps=8)
HALF = ps.constant(value=0.5)


def half_of(step: float) -> float:
    return step / 2


def by_depth(group: Any) -> ps.Schedule:
    return ps.scale(UP, factor=0.5 ** group["depth"])


@pytest.mark.parametrize(
    ("spec", "printed"),
    [
        (by_group(by_depth), "by_group(by_depth)"),
        (by_group(lambda group: UP), "by_group(test_.<lambda>)"),
        (half_of, "half_of"),
        ([half_of, None], "[half_of, None]"),
        (relative(half_of), "relative(half_of)"),
        ([relative(HALF), None], "[relative(constant(value=0.5)), None]"),
        (ps.scale(half_of, factor=2.0), "scale(half_of, factor=2.0)"),
    ],
)
def test_an_adapter_prints_what_it_was_given_and_no_address(spec: Any, printed: str) -> None:
    def optimizer() -> torch.optim.Optimizer:
        made = optimizer_of(2)
        for group in made.param_groups:
            group["depth"] = 1
        return made

    printed = printed.replace("test_.", "")
    assert repr(param_group_setter(optimizer(), lr=spec)) == f"param_group_setter(lr={printed})"
    scheduler = lambda_lr(optimizer(), spec)
    assert repr(scheduler) == f"lambda_lr({printed}, last_epoch=-1)"
    scheduler.step()
    assert repr(scheduler) == f"lambda_lr({printed}, last_epoch=0)"
    assert repr(lambda_lr(optimizer(), UP, relative=True)) == f"lambda_lr({UP!r}, relative=True, last_epoch=-1)"
    several = param_group_setter({"a": optimizer(), "b": optimizer()}, lr={"a": spec, "b": None})
    assert repr(several) == f"param_group_setter(lr={{'a': {printed}, 'b': None}})"


def test_it_prints_as_it_was_written() -> None:
    optimizer = optimizer_of(2, kind=torch.optim.Adam)
    set_step = param_group_setter(optimizer, lr=[UP, None], betas=(HALF, None))
    assert repr(set_step) == (
        "param_group_setter(lr=[linear(start=0.0, end=1.0, steps=8), None], betas=(constant(value=0.5), None))"
    )
    set_step.follow(lr=HALF)
    assert repr(set_step) == "param_group_setter(lr=constant(value=0.5), betas=(constant(value=0.5), None))"


class Several:
    """Has groups of its own, and can be iterated over besides, as a list of modules can."""

    def __init__(self, optimizer: torch.optim.Optimizer) -> None:
        self.param_groups = optimizer.param_groups

    def __iter__(self) -> Iterator[str]:
        return iter(["not", "optimizers"])


@pytest.mark.parametrize("together", [list, tuple, iter, lambda optimizers: dict(zip("ab", optimizers, strict=True))])
def test_one_optimizer_or_any_collection_of_them(together: Any) -> None:
    first, second = optimizer_of(1), optimizer_of(2)
    param_group_setter(together([first, second]), lr=UP)(2)
    assert [group["lr"] for group in first.param_groups + second.param_groups] == [0.25] * 3
    param_group_setter(Several(first), lr=UP)(4)
    assert first.param_groups[0]["lr"] == 0.5


NO_OPTIMIZERS: list[tuple[Any, str]] = [
    (None, "None"),
    (5, "5"),
    ("adam", "'a'"),  # which is a collection of letters
    ([optimizer_of(), 5], "5"),
    (type("Odd", (), {"param_groups": None, "__repr__": lambda self: "odd"})(), "odd"),
    (type("Odd", (), {"param_groups": {}, "__repr__": lambda self: "odd"})(), "odd"),
    (type("Odd", (), {"param_groups": "abc", "__repr__": lambda self: "odd"})(), "odd"),
]


@pytest.mark.parametrize(("given", "named"), NO_OPTIMIZERS)
def test_what_has_no_groups_is_named(given: Any, named: str) -> None:
    with pytest.raises(TypeError) as error:
        param_group_setter(given, lr=UP)
    assert str(error.value) == (
        f"param_group_setter: an optimizer must have param_groups, got {named}; give the optimizer itself"
    )


@pytest.mark.parametrize("rule", [UP, None, 0.5, [UP]])
def test_a_rule_is_a_function_and_no_schedule(rule: Any) -> None:
    with pytest.raises(TypeError, match="by_group: rule must be a function of a parameter group, got "):
        by_group(rule)


@pytest.mark.parametrize("current", [True, "fast", torch.ones(2), torch.ones(0)], ids=repr)
def test_what_is_not_one_number_cannot_be_scheduled(current: Any) -> None:
    optimizer = optimizer_of()
    optimizer.param_groups[0]["mine"] = current
    with pytest.raises(TypeError) as error:
        param_group_setter(optimizer, mine=UP)
    assert str(error.value) == (
        f"param_group_setter: mine of param_groups[0] is {current!r}, which is not one number; only numbers can be scheduled"
    )


def test_the_groups_of_a_fingerprint() -> None:
    optimizer = optimizer_of(2, kind=torch.optim.Adam)
    set_step = param_group_setter(optimizer, lr=[UP, None], betas=[(HALF, None), None])
    up, half = plain_data(UP), plain_data(HALF)
    assert set_step.fingerprint() == {"lr": [up, None], "betas": [[half, None], None]}
