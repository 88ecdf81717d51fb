"""A training loop small enough to be run thousands of times, which notes the rate that each update really used."""

from collections.abc import Callable, Iterable
from typing import Any

import torch

#: A rate that no schedule comes to by chance.
LR = 0.37


def optimizer_of(groups: int = 1, lr: Any = 0.125, kind: Any = torch.optim.SGD, **options: Any) -> torch.optim.Optimizer:
    """An optimizer over so many groups of one parameter each."""
    parameters = [{"params": [torch.nn.Parameter(torch.ones(1))]} for _ in range(groups)]
    return kind(parameters, lr=lr, **options)


def update(optimizer: torch.optim.Optimizer) -> list[float]:
    """One update of every parameter, with a gradient of ones; gives the rates that it used."""
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            parameter.grad = torch.ones_like(parameter)
    used = [float(group["lr"]) for group in optimizer.param_groups]
    optimizer.step()
    return used


def by_setter(optimizer: torch.optim.Optimizer, set_step: Callable[[int], None], steps: Iterable[int]) -> list[list[float]]:
    """The rates of these updates, with a setter before each."""
    used = []
    for step in steps:
        set_step(step)
        used.append(update(optimizer))
    return used


def by_scheduler(optimizer: torch.optim.Optimizer, scheduler: Any, steps: Iterable[int]) -> list[list[float]]:
    """The rates of these updates, with a scheduler after each."""
    used = []
    for _ in steps:
        used.append(update(optimizer))
        scheduler.step()
    return used


# Schedulers of other makers ------------------------------------------------------------------------------------------


def rates(make: Callable[[Any], Any], updates: int, key: str = "lr", lr: Any = LR) -> list[float]:
    """What a new scheduler has each of these updates use."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=lr, momentum=0.5)
    scheduler = make(optimizer)
    used: list[float] = []
    for _ in range(updates):
        used.append(float(optimizer.param_groups[0][key]))
        optimizer.step()
        scheduler.step()
    return used


def deviation(schedule: Callable[[Any], Any], used: list[float]) -> float:
    """The largest difference of a schedule from the rates that were used, as a part of the largest of them."""
    return max(abs(schedule(step) - rate) for step, rate in enumerate(used)) / max(map(abs, used))
