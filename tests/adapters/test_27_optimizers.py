"""Law 27: every optimizer. Each of `torch.optim` trains under both adapters, and sees the scheduled rate at each update."""

from typing import Any

import pytest
import torch
from training import OPTIMIZERS

import pure_schedules as ps
from pure_schedules_torch import lambda_lr, param_group_setter

# LBFGS of torch 2.8 warns, once in a process, of how it reads the loss itself.
pytestmark = pytest.mark.filterwarnings("ignore:Converting a tensor with requires_grad=True to a scalar:UserWarning")

SCHEDULE = ps.warmup_cosine(peak=1e-2, warmup_steps=4, total_steps=20, start=1e-4, floor=1e-5)


def test_the_list_is_complete() -> None:
    assert {"Adam", "AdamW", "SGD", "LBFGS", "SparseAdam", "Adafactor"} <= set(OPTIMIZERS)


def trained(name: str, adapter: str, **options: Any) -> tuple[list[float], list[float]]:
    """The rates seen inside each update, and the losses."""
    torch.manual_seed(0)
    model: torch.nn.Module
    if name == "SparseAdam":
        model, inputs = torch.nn.Embedding(5, 3, sparse=True), torch.tensor([0, 2, 4])
    else:
        model, inputs = torch.nn.Linear(4, 3, bias=name != "Muon"), torch.randn(8, 4)
    optimizer = getattr(torch.optim, name)(model.parameters(), lr=0.5, **options)
    attached = lambda_lr(optimizer, SCHEDULE) if adapter == "scheduler" else param_group_setter(optimizer, lr=SCHEDULE)
    rates, losses = [], []

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = (model(inputs) ** 2).mean()
        loss.backward()
        return loss

    def seen(optimizer: torch.optim.Optimizer, args: Any, kwargs: Any) -> None:
        rates.append(float(optimizer.param_groups[0]["lr"]))

    optimizer.register_step_pre_hook(seen)
    for step in range(25):
        if adapter == "setter":
            attached(step)
        losses.append(optimizer.step(closure).item())
        if adapter == "scheduler":
            attached.step()
    return rates, losses


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_it_trains_and_sees_the_scheduled_rate(name: str) -> None:
    rates, losses = trained(name, "setter")
    assert rates == [SCHEDULE(step) for step in range(25)]
    assert losses[-1] < losses[0]
    assert trained(name, "scheduler") == (rates, losses)
