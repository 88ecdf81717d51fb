"""What stands in a parameter group is written in its own kind: numbers as floats, tensors in place, tuples item by item."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from training import optimizer_of

import pure_schedules as ps
from pure_schedules_torch import lambda_lr, param_group_setter

UP = ps.linear(start=0.0, end=1.0, steps=8)
DOWN = ps.linear(start=1.0, end=0.0, steps=8)


class Marked(torch.Tensor):
    """A tensor of somebody's own class."""


RATES: dict[str, Callable[[], Any]] = {
    "a float": lambda: 0.5,
    "an int": lambda: 1,
    "float32": lambda: torch.tensor(0.5),
    "float64": lambda: torch.tensor(0.5, dtype=torch.float64),
    "float16": lambda: torch.tensor(0.5, dtype=torch.float16),
    "bfloat16": lambda: torch.tensor(0.5, dtype=torch.bfloat16),
    "one element": lambda: torch.tensor([0.5]),
    "with a gradient": lambda: torch.tensor(0.5, requires_grad=True),
    "a parameter": lambda: torch.nn.Parameter(torch.tensor(0.5)),
    "of a subclass": lambda: torch.tensor(0.5).as_subclass(Marked),
}
#: What a schedule gives for it, which is exact in every one of these types.
STEPS: dict[str, Callable[[int], Any]] = {
    "a number": lambda step: step,
    "a tensor": lambda step: torch.tensor(step),
    "float32": lambda step: torch.tensor(float(step)),
}


def with_rates(*rates: Any) -> torch.optim.Optimizer:
    """An optimizer with these rates in its groups, as somebody might have put them there."""
    optimizer = optimizer_of(len(rates))
    for group, rate in zip(optimizer.param_groups, rates, strict=True):
        group["lr"] = rate
    return optimizer


def rates_of(optimizer: torch.optim.Optimizer) -> list[Any]:
    return [group["lr"] for group in optimizer.param_groups]


def number(rate: Any) -> float:
    return float(rate.detach() if isinstance(rate, torch.Tensor) else rate)


@pytest.mark.parametrize("step_of", STEPS.values(), ids=STEPS)
@pytest.mark.parametrize("second", RATES)
@pytest.mark.parametrize("first", RATES)
def test_any_two_kinds_beside_each_other(first: str, second: str, step_of: Callable[[int], Any]) -> None:
    """One schedule for both, one for each, and one that leaves a group alone."""
    for spec in (UP, [UP, DOWN], [UP, None], [None, DOWN]):
        optimizer = with_rates(RATES[first](), RATES[second]())
        before, values = rates_of(optimizer), list(map(number, rates_of(optimizer)))
        set_step = param_group_setter(optimizer, lr=spec)
        for step in (3, 6):
            set_step(step_of(step))
            for index, (old, now) in enumerate(zip(before, rates_of(optimizer), strict=True)):
                schedule = spec[index] if isinstance(spec, list) else spec
                assert number(now) == (values[index] if schedule is None else schedule(step))
                if isinstance(old, torch.Tensor):
                    assert now is old
                    assert now.is_leaf
                elif schedule is not None:
                    assert type(now) is float


@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
@pytest.mark.parametrize("kind", RATES)
def test_a_value_may_be_a_tensor_of_any_shape_with_one_element(kind: str, shape: tuple[int, ...]) -> None:
    optimizer = with_rates(RATES[kind]())
    (before,) = rates_of(optimizer)
    set_step = param_group_setter(optimizer, lr=lambda step: torch.full(shape, UP(step), requires_grad=True))
    set_step(2)
    (after,) = rates_of(optimizer)
    assert number(after) == 0.25
    assert after is before if isinstance(before, torch.Tensor) else type(after) is float
    assert lambda_lr(optimizer, lambda step: torch.full(shape, 0.5)).get_lr()[0].shape == ()


@pytest.mark.parametrize("adapter", ["scheduler", "setter"])
def test_a_tensor_whose_memory_only_its_device_can_write(adapter: str) -> None:
    optimizer = with_rates(*(torch.tensor(0.5, device="meta") for _ in range(2)))
    attached = lambda_lr(optimizer, [UP, DOWN]) if adapter == "scheduler" else param_group_setter(optimizer, lr=[UP, DOWN])
    before = rates_of(optimizer)
    attached.step(3) if adapter == "scheduler" else attached(3)
    assert all(now is old for now, old in zip(rates_of(optimizer), before, strict=True))
    assert [rate.device.type for rate in rates_of(optimizer)] == ["meta", "meta"]


def test_tensors_are_written_without_numpy_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(tensor: torch.Tensor) -> Any:
        raise RuntimeError("Numpy is not available")

    monkeypatch.setattr(torch.Tensor, "numpy", missing)
    optimizer = with_rates(torch.tensor(0.5), torch.tensor(0.5))
    before = rates_of(optimizer)
    param_group_setter(optimizer, lr=[UP, DOWN])(2)
    assert rates_of(optimizer) == [0.25, 0.75]
    assert all(now is old for now, old in zip(rates_of(optimizer), before, strict=True))


def test_a_group_without_the_hyperparameter_may_be_left_alone() -> None:
    """Behind it too, tensors that several groups share are taken apart."""
    adam, sgd = optimizer_of(1, kind=torch.optim.Adam), optimizer_of(2)
    shared = torch.tensor(0.5)
    for group in sgd.param_groups:
        group["momentum"] = shared
    param_group_setter([adam, sgd], momentum=[None, UP, DOWN])(2)
    assert "momentum" not in adam.param_groups[0]
    assert [group["momentum"] for group in sgd.param_groups] == [0.25, 0.75]


# What somebody has changed by hand -----------------------------------------------------------------------------------


@pytest.mark.parametrize("keep_tensors", [False, True])
@pytest.mark.parametrize("betas", [(0.9, 0.99, 0.999), (0.9,)])
def test_a_tuple_that_has_become_longer_or_shorter_is_not_cut(betas: tuple[float, ...], keep_tensors: bool) -> None:
    optimizer = optimizer_of(1, kind=torch.optim.Adam, betas=(torch.tensor(0.9), torch.tensor(0.99)))
    (group,) = optimizer.param_groups
    set_step = param_group_setter(optimizer, keep_tensors=keep_tensors, betas=(UP, None))
    group["betas"] = betas
    with pytest.raises(ValueError, match="argument"):
        set_step(3)
    assert group["betas"] == betas


@pytest.mark.parametrize("by_hand", [7.0, torch.tensor(7.0)], ids=["number", "tensor"])
def test_with_keep_tensors_the_tensor_comes_back_at_the_next_write(by_hand: Any) -> None:
    optimizer = with_rates(torch.tensor(0.5), torch.tensor(0.5))
    kept = rates_of(optimizer)
    set_step = param_group_setter(optimizer, keep_tensors=True, lr=[UP, DOWN])
    optimizer.param_groups[0]["lr"] = by_hand
    set_step(2)
    assert all(now is tensor for now, tensor in zip(rates_of(optimizer), kept, strict=True))
    assert rates_of(optimizer) == [0.25, 0.75]
    set_step.follow(lr=DOWN)
    set_step(2)
    assert all(now is tensor for now, tensor in zip(rates_of(optimizer), kept, strict=True))
    assert rates_of(optimizer) == [0.75, 0.75]


# What a load has brought ---------------------------------------------------------------------------------------------

BETAS: dict[str, Callable[[], Any]] = {
    "numbers": lambda: (0.5, 0.99),
    "a tensor and a number": lambda: (torch.tensor(0.5), 0.99),
    "tensors": lambda: (torch.tensor(0.5), torch.tensor(0.99)),
    "a list": lambda: [0.5, 0.99],
    "a list of tensors": lambda: [torch.tensor(0.5), torch.tensor(0.99)],
}


def with_betas(betas: Any) -> torch.optim.Optimizer:
    optimizer = optimizer_of(1, lr=0.5, kind=torch.optim.Adam)
    optimizer.param_groups[0]["betas"] = betas
    return optimizer


@pytest.mark.parametrize("saved", BETAS)
@pytest.mark.parametrize("here", BETAS)
def test_with_keep_tensors_what_was_a_number_is_what_the_load_brought(here: str, saved: str) -> None:
    optimizer = with_betas(BETAS[here]())
    (before,) = (group["betas"] for group in optimizer.param_groups)
    set_step = param_group_setter(optimizer, keep_tensors=True, betas=(UP, DOWN), lr=UP)
    brought = BETAS[saved]()
    optimizer.load_state_dict(copy.deepcopy(with_betas(brought).state_dict()))
    set_step(2)
    (after,) = (group["betas"] for group in optimizer.param_groups)
    assert type(after) is type(brought)
    assert [float(value) for value in after] == [0.25, 0.75]
    for old, new, now in zip(before, brought, after, strict=True):
        assert now is old if isinstance(old, torch.Tensor) else type(now) is type(new)
    assert type(optimizer.param_groups[0]["lr"]) is float


def test_with_keep_tensors_a_loaded_tuple_of_another_length_is_not_cut() -> None:
    optimizer = with_betas((torch.tensor(0.5), 0.99))
    set_step = param_group_setter(optimizer, keep_tensors=True, betas=(UP, None))
    optimizer.load_state_dict(copy.deepcopy(with_betas((0.5, 0.99, 0.999)).state_dict()))
    with pytest.raises(ValueError, match=r"betas of param_groups\[0\] has 3 values, and 2 schedules were given"):
        set_step(2)


@pytest.mark.parametrize("adapter", ["scheduler", "setter"])
@pytest.mark.parametrize("saved", [0.75, torch.tensor(0.75, dtype=torch.float64)], ids=["number", "tensor"])
def test_without_keep_tensors_the_rate_is_of_the_kind_that_the_load_brought(saved: Any, adapter: str) -> None:
    optimizer = with_rates(torch.tensor(0.5))
    (before,) = rates_of(optimizer)
    attached = lambda_lr(optimizer, UP) if adapter == "scheduler" else param_group_setter(optimizer, lr=UP)
    optimizer.load_state_dict(copy.deepcopy(with_rates(saved).state_dict()))
    attached.step(2) if adapter == "scheduler" else attached(2)
    (after,) = rates_of(optimizer)
    assert after == 0.25
    assert after is not before
    assert type(after) is type(saved)
    assert getattr(after, "dtype", None) == getattr(saved, "dtype", None)


# Before the first write ----------------------------------------------------------------------------------------------


def test_schedules_are_asked_for_the_value_at_the_first_step_before_anything_is_written() -> None:
    asked: list[int] = []

    def nothing_at_first(step: int) -> float | None:
        asked.append(step)
        return 0.5 if step else None

    optimizer = optimizer_of(2)
    with pytest.raises(TypeError, match=r"a schedule must give one real number, got None from .* at step 0;"):
        param_group_setter(optimizer, lr=nothing_at_first)
    set_step = param_group_setter(optimizer, lr=UP)
    with pytest.raises(TypeError, match=r"a schedule must give one real number, got None from .* at step 0;"):
        set_step.follow(lr=nothing_at_first)
    assert asked == [0, 0]
    lambda_lr(optimizer, nothing_at_first, last_epoch=6)
    assert set(asked[2:]) == {7}
