"""`lambda_lr`: what a `LambdaLR` shows, where it begins, what its state holds, and what it hears of a load."""

import copy
import re
import warnings
from typing import Any

import pytest
import torch
from training import optimizer_of, update

import pure_schedules as ps
from pure_schedules_torch import by_group, lambda_lr

FALL = ps.linear(start=1.0, end=0.0, steps=4)
UP = ps.linear(start=0.0, end=1.0, steps=8)


# What it shows -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "relative", "bases", "functions", "rates"),
    [
        (FALL, False, [1.0, 1.0], [FALL, FALL], [0.5, 0.5]),
        ([UP, None], False, [1.0, 1.0], [UP, None], [0.25, 0.5]),
        (by_group(lambda group: None if group["lr"] == 0.2 else FALL), False, [1.0, 1.0], [None, FALL], [0.2, 0.5]),
        (FALL, True, [0.2, 0.5], [FALL, FALL], [0.1, 0.25]),
        ([None, UP], True, [0.2, 0.5], [None, UP], [0.2, 0.125]),
    ],
    ids=["one", "a list", "a rule", "relative", "a relative list"],
)
def test_the_rates_the_functions_and_what_they_are_factors_of(
    spec: Any, relative: bool, bases: list[float], functions: list[Any], rates: list[float]
) -> None:
    optimizer = optimizer_of(2, lr=0.2)
    optimizer.param_groups[1]["lr"] = 0.5
    scheduler = lambda_lr(optimizer, spec, relative=relative)
    scheduler.step(2)
    assert scheduler.get_lr() == scheduler.get_last_lr() == rates == update(optimizer)
    assert scheduler.base_lrs == bases
    assert scheduler.lr_lambdas == functions


@pytest.mark.parametrize("last_epoch", [-1, 0, 2])
def test_it_begins_with_the_update_after_the_last_one(last_epoch: int) -> None:
    optimizer = optimizer_of()
    scheduler = lambda_lr(optimizer, FALL, last_epoch=last_epoch)
    assert (scheduler.last_epoch, update(optimizer)) == (last_epoch + 1, [FALL(last_epoch + 1)])
    scheduler.step()
    assert (scheduler.last_epoch, update(optimizer)) == (last_epoch + 2, [FALL(last_epoch + 2)])


@pytest.mark.parametrize("last_epoch", [-2, True, False, 1.0, "1", None])
def test_a_last_update_is_a_whole_number(last_epoch: Any) -> None:
    with pytest.raises(ValueError) as error:
        lambda_lr(optimizer_of(), FALL, last_epoch=last_epoch)
    assert str(error.value) == (
        f"lambda_lr: last_epoch must be a whole number from -1 on, got last_epoch={last_epoch!r}; "
        "to continue with update k write last_epoch=k - 1"
    )


# Its state -----------------------------------------------------------------------------------------------------------


def test_the_state_has_the_rates_only_where_they_are_needed() -> None:
    optimizer = optimizer_of(2, lr=0.5)
    absolute = lambda_lr(optimizer, FALL, last_epoch=0).state_dict()
    assert list(absolute) == ["last_epoch", "fingerprint"]
    optimizer = optimizer_of(2, lr=0.5)
    relative = lambda_lr(optimizer, FALL, last_epoch=0, relative=True).state_dict()
    assert relative == {
        "last_epoch": 1,
        "fingerprint": relative["fingerprint"],
        "base_lrs": [0.5, 0.5],
        "last_lrs": [0.375, 0.375],
    }


def test_a_rate_that_gradients_flow_into_is_read_without_a_warning() -> None:
    optimizer = optimizer_of()
    optimizer.param_groups[0]["lr"] = torch.tensor(0.5, requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scheduler = lambda_lr(optimizer, FALL, last_epoch=0, relative=True)
        assert (scheduler.state_dict()["base_lrs"], scheduler.state_dict()["last_lrs"]) == ([0.5], [0.375])


@pytest.mark.parametrize(("base_rates", "last_rates"), [([0.2, 0.4], [0.1, 0.2]), ([0.2], [0.1, 0.2]), ([0.2, 0.4], [0.1])])
def test_a_relative_state_of_other_groups_restores_the_bases_that_are_here(
    base_rates: list[float], last_rates: list[float]
) -> None:
    optimizer = optimizer_of(lr=0.1)  # as a load of the optimizer leaves it: the scheduled rate, and not the base
    scheduler = lambda_lr(optimizer, FALL, relative=True)
    scheduler.load_state_dict({"last_epoch": 2, "base_lrs": base_rates, "last_lrs": last_rates})
    assert scheduler.base_lrs == [0.2]
    assert scheduler.get_last_lr() == [0.1]


NUMBERS = [[None], [1.0, "1"], [b"1"], [bytearray(b"x")], [torch.ones(2)], [10**400], {0.5: 1}, torch.ones(1), "12", 3]


@pytest.mark.parametrize("name", ["base_lrs", "last_lrs", "_last_lr"])
@pytest.mark.parametrize("wrong", NUMBERS, ids=repr)
def test_rates_in_a_state_are_a_list_of_numbers(name: str, wrong: Any) -> None:
    scheduler = lambda_lr(optimizer_of(), FALL, relative=True)
    with pytest.raises(ValueError, match=re.escape(f"lambda_lr: {name} must be a list of finite numbers, got {name}=")):
        scheduler.load_state_dict({"last_epoch": 2, name: wrong})
    assert scheduler.last_epoch == 0


def test_rates_in_a_state_may_be_any_numbers() -> None:
    optimizer = optimizer_of(2, lr=0.125)
    scheduler = lambda_lr(optimizer, FALL, relative=True)
    scheduler.load_state_dict({"last_epoch": 2, "base_lrs": (torch.tensor(0.25), 1), "last_lrs": [0.125, 0.125]})
    assert scheduler.base_lrs == [0.25, 1.0]
    assert scheduler.get_last_lr() == [0.125, 0.5]


# What it hears of a load ---------------------------------------------------------------------------------------------


class Wrapper(torch.optim.Optimizer):
    """An optimizer by class that has not called torch's constructor, such as Accelerate's; what it wraps is in it."""

    def __init__(self, inner: Any) -> None:
        self.optimizer = inner

    @property
    def param_groups(self) -> list[dict[str, Any]]:  # type: ignore[override]
        return self.optimizer.param_groups

    @param_groups.setter
    def param_groups(self, groups: list[dict[str, Any]]) -> None:
        self.optimizer.param_groups = groups


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_the_rate_is_there_again_when_what_is_wrapped_has_been_loaded(depth: int) -> None:
    inner = optimizer_of()
    wrapped: Any = inner
    for _ in range(depth):
        wrapped = Wrapper(wrapped)
    scheduler = lambda_lr(wrapped, FALL)
    scheduler.step(2)
    inner.load_state_dict(copy.deepcopy(optimizer_of(lr=77.0).state_dict()))
    assert update(inner) == [0.5]


def test_a_wrapper_of_something_that_says_nothing_of_a_load_is_served_at_each_step() -> None:
    class Groups:
        param_groups = optimizer_of().param_groups

    for nothing in (Groups(), type("Unnamed", (), {"param_groups": Groups.param_groups, "optimizer": None})()):
        scheduler = lambda_lr(Wrapper(nothing), FALL)
        scheduler.step()
        assert scheduler.get_last_lr() == [0.75]
        del scheduler


def test_what_a_load_calls_does_nothing_where_the_scheduler_is_gone() -> None:
    optimizer = optimizer_of()
    scheduler = lambda_lr(optimizer, FALL)
    (after_load,) = optimizer._optimizer_load_state_dict_post_hooks.values()
    del scheduler
    optimizer.param_groups[0]["lr"] = 7.0
    after_load(optimizer)
    assert optimizer.param_groups[0]["lr"] == 7.0
