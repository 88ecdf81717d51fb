"""A scheduler that a file names by its path, with its text: its rates at every update and after a resume."""

import copy
import importlib
import pickle
from typing import Any

import pytest
import torch
from torch.optim.lr_scheduler import LambdaLR

import pure_schedules as ps
from pure_schedules_torch import TextLR

TEXT = "warmup_cosine(peak=0.1, warmup_steps=0.2 * T, total_steps=T, floor=low)"


def optimizer() -> torch.optim.Optimizer:
    return torch.optim.SGD([torch.nn.Parameter(torch.ones(2))], lr=0.5)


def used(scheduler: Any, updates: int) -> list[float]:
    """The rates of so many updates."""
    rates = []
    for _ in range(updates):
        rates.append(scheduler.optimizer.param_groups[0]["lr"])
        scheduler.optimizer.step()
        scheduler.step()
    return rates


def test_a_tool_that_knows_its_path_builds_it_from_keyword_arguments() -> None:
    config = {"path": "pure_schedules_torch.TextLR", "text": TEXT, "T": 20, "low": 0.01}
    module, _, name = config.pop("path").rpartition(".")  # type: ignore[union-attr]
    scheduler = getattr(importlib.import_module(module), name)(optimizer(), **config)
    assert isinstance(scheduler, LambdaLR)
    by_hand = ps.warmup_cosine(peak=0.1, warmup_steps=0.2 * 20, total_steps=20, floor=0.01)
    assert used(scheduler, 25) == [by_hand(step) for step in range(25)]


def test_it_goes_on_after_a_resume_and_as_a_copy() -> None:
    by_hand = ps.parse(TEXT, {"T": 20, "low": 0.0})
    first = TextLR(optimizer(), TEXT, T=20, low=0.0)
    used(first, 7)
    resumed = TextLR(optimizer(), TEXT, T=20, low=0.0)
    resumed.load_state_dict(first.state_dict())
    again = TextLR(optimizer(), TEXT, last_epoch=6, T=20, low=0.0)
    for scheduler in (resumed, again, copy.deepcopy(first), pickle.loads(pickle.dumps(first))):
        assert used(scheduler, 15) == [by_hand(step) for step in range(7, 22)]
        assert not scheduler.differences(first.state_dict())


def test_relative_is_a_factor_of_each_groups_rate() -> None:
    scheduler = TextLR(optimizer(), "linear(start=1, end=0, steps=T)", relative=True, T=4)
    assert used(scheduler, 5) == [0.5, 0.375, 0.25, 0.125, 0.0]


@pytest.mark.parametrize(
    ("text", "numbers", "message"),
    [
        (TEXT, {"T": 20}, "TextLR: there is no schedule or number 'low'; write TextLR(optimizer, text, low=...)"),
        ("linaer(start=1)", {}, "TextLR: there is no schedule 'linaer'; did you mean 'linear'?"),
        (TEXT, {"T": "20", "low": 0}, "TextLR: T must be a number, got T='20'; write it without quotes"),
    ],
)
def test_a_wrong_text_leaves_the_optimizer_as_it_was(text: str, numbers: dict[str, float], message: str) -> None:
    plain = optimizer()
    with pytest.raises((ValueError, TypeError)) as caught:
        TextLR(plain, text, **numbers)
    assert str(caught.value).startswith(message)
    assert plain.param_groups[0]["lr"] == 0.5
    assert "initial_lr" not in plain.param_groups[0]
