"""A training loop small enough to be run thousands of times, which notes the rate that each update really used."""

import copy
import inspect
from collections.abc import Callable, Iterable
from typing import Any

import torch

#: Each optimizer of torch, by its name.
OPTIMIZERS = sorted(
    name
    for name, kind in vars(torch.optim).items()
    if inspect.isclass(kind) and issubclass(kind, torch.optim.Optimizer) and kind is not torch.optim.Optimizer
)
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


def update_if_torch_can(optimizer: torch.optim.Optimizer) -> list[float]:
    """One update, and its rates; or those alone: before torch 2.8 no update takes a rate that is a tensor of one element."""
    if torch.__version__ < "2.8" and any(getattr(group["lr"], "ndim", 0) for group in optimizer.param_groups):
        return [float(group["lr"]) for group in optimizer.param_groups]
    return update(optimizer)


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


# A run that is stopped and goes on -----------------------------------------------------------------------------------

#: In which orders a run can be put back: an adapter must be there to be loaded.
ORDERS = ["load build adapter", "build load adapter", "build adapter load", "build adapter", "load build"]


def rebuilt(order: str, build: Callable[..., Any], saved: dict[str, Any], step: int) -> tuple[torch.optim.Optimizer, Any]:
    """A new optimizer and scheduler, put back to where they were, in this order; left out is what is not restored."""
    optimizer, scheduler = optimizer_of(), None
    for action in order.split():
        if action == "load":
            optimizer.load_state_dict(copy.deepcopy(saved["optimizer"]))
        elif action == "build":
            # Without the scheduler's own state, it is told where the run stands.
            scheduler = build(optimizer) if "adapter" in order else build(optimizer, last_epoch=step - 1)
        else:
            scheduler.load_state_dict(copy.deepcopy(saved["adapter"]))
    return optimizer, scheduler


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
