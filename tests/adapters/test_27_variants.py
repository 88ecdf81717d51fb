"""Law 27, the variants: each optimizer of `torch.optim` as foreach, fused, capturable and differentiable, where it has it.

With float rates and with tensor rates, in two groups under two schedules. The judge is the same training with the rates
written by hand: what the adapters write is what the kernel reads, if both end with the same parameters to the bit.
"""

import inspect
from collections.abc import Callable
from typing import Any

import pytest
import torch
from training import OPTIMIZERS

import pure_schedules as ps
from pure_schedules_torch import lambda_lr, param_group_setter

# LBFGS of torch 2.8 warns, once in a process, of how it reads the loss itself.
pytestmark = pytest.mark.filterwarnings("ignore:Converting a tensor with requires_grad=True to a scalar:UserWarning")

STEPS = 12
SCHEDULES = [
    ps.warmup_cosine(peak=1e-2, warmup_steps=4, total_steps=10, start=1e-4, floor=1e-5),
    ps.exponential_decay(start=1e-2, rate=0.5, every=3),
]
#: What the CPU has no kernel for; the tests of these are skipped where there is no GPU.
NEEDS_CUDA = {"capturable"}
#: Torch itself cannot lead a gradient through several updates of these: they change in place what it needs.
ONE_UPDATE_ONLY = {"Adamax", "Rprop"}
if torch.__version__ < "2.7":
    ONE_UPDATE_ONLY |= {"Adam", "AdamW"}
#: Options that change what the rate goes into.
OTHERS: dict[str, list[dict[str, Any]]] = {
    "AdamW": [{"amsgrad": True, "maximize": True}],
    "LBFGS": [{"line_search_fn": "strong_wolfe"}],
    "NAdam": [{"decoupled_weight_decay": True, "weight_decay": 0.1}],
    "RMSprop": [{"centered": True, "momentum": 0.9}],
    "SGD": [{"momentum": 0.9, "nesterov": True, "weight_decay": 0.1}, {"fused": True, "momentum": 0.9}],
}


def parameters_of(name: str) -> set[str]:
    return set(inspect.signature(getattr(torch.optim, name).__init__).parameters)


def variants() -> list[Any]:
    found = []
    for name in OPTIMIZERS:
        flags = [{flag: True} for flag in ("foreach", "fused", "capturable") if flag in parameters_of(name)]
        for options in [{}, *flags, *OTHERS.get(name, [])]:
            for rate in ("float", "tensor"):
                if rate == "tensor" and (name == "Muon" or (name in ("Adam", "AdamW") and "foreach" in options)):
                    continue  # torch refuses it
                found.append(pytest.param(name, options, rate, id=f"{name} {'+'.join(options)} {rate}"))
    return found


def train(name: str, options: dict[str, Any], rate: str, way: str) -> tuple[list[list[float]], list[Any]]:
    """The rates that the updates began with, and the parameters at the end."""
    torch.manual_seed(0)
    device = "cuda" if NEEDS_CUDA & set(options) else "cpu"
    models: list[torch.nn.Module]
    if name == "SparseAdam":
        models = [torch.nn.Embedding(5, 3, sparse=True, device=device) for _ in range(2)]
        inputs = torch.tensor([0, 2, 4], device=device)
    else:
        models = [torch.nn.Linear(4, 3, bias=False, device=device) for _ in range(2)]
        inputs = torch.randn(8, 4, device=device)
    lr: Any = 0.5 if rate == "float" else torch.tensor(0.5, dtype=torch.float64, device=device)
    groups: Any = [{"params": model.parameters()} for model in models]
    # LBFGS has one group only, which is under the first schedule.
    schedules = SCHEDULES[:1] if name == "LBFGS" else SCHEDULES
    if name == "LBFGS":
        groups, options = [parameter for model in models for parameter in model.parameters()], {"max_iter": 2, **options}
    optimizer = getattr(torch.optim, name)(groups, lr=lr, **options)

    write: Callable[[int], Any] | None = None
    scheduler = lambda_lr(optimizer, schedules) if way == "scheduler" else None
    if way == "setter":
        write = param_group_setter(optimizer, lr=schedules)
    elif way in ("by hand", "constant"):
        for group in optimizer.param_groups:
            group["lr"] = lr if rate == "float" else lr.clone()

        def write(step: int) -> None:
            for group, schedule in zip(optimizer.param_groups, schedules, strict=True):
                value = schedule(step if way == "by hand" else 5)
                # In place, as torch's schedulers do it: LBFGS keeps the very tensor for the size of its last step.
                group["lr"] = value if rate == "float" else group["lr"].fill_(value)

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = sum((model(inputs) ** 2).mean() for model in models)
        loss.backward()
        return loss

    rates = []
    kept = [group["lr"] for group in optimizer.param_groups]
    for step in range(STEPS):
        if write is not None:
            write(step)
        rates.append([float(group["lr"]) for group in optimizer.param_groups])
        optimizer.step(closure)
        if scheduler is not None:
            scheduler.step()
    if rate == "tensor" and way in ("setter", "scheduler"):
        now = [group["lr"] for group in optimizer.param_groups]
        assert now[0] is kept[0]  # written in place; and the second group got a tensor of its own
        assert len({id(tensor) for tensor in now}) == len(now)
    return rates, [parameter.tolist() for model in models for parameter in model.parameters()]


@pytest.mark.parametrize(("name", "options", "rate"), variants())
def test_the_kernel_uses_what_the_adapters_write(name: str, options: dict[str, Any], rate: str) -> None:
    if NEEDS_CUDA & set(options) and not torch.cuda.is_available():
        pytest.skip("torch has it for GPUs only, and there is none")
    by_hand = train(name, options, rate, "by hand")
    groups = len(by_hand[0][0])
    assert by_hand[0] == [[schedule(step) for schedule in SCHEDULES[:groups]] for step in range(STEPS)]
    assert train(name, options, rate, "setter") == by_hand
    assert train(name, options, rate, "scheduler") == by_hand
    assert train(name, options, rate, "constant")[1] != by_hand[1]  # so that the equalities tell something


@pytest.mark.parametrize("way", ["setter", "scheduler"])
@pytest.mark.parametrize("name", [name for name in OPTIMIZERS if "differentiable" in parameters_of(name)])
def test_gradients_flow_through_scheduled_differentiable_updates(name: str, way: str) -> None:
    """The gradient of the last loss by the first parameters, through every update, is the one of a run by hand."""

    def gradient(way: str) -> list[float]:
        start = torch.tensor([1.0, -2.0, 3.0], dtype=torch.float64, requires_grad=True)
        weight = start.clone()
        optimizer = getattr(torch.optim, name)([weight], lr=0.5, differentiable=True)
        set_step = param_group_setter(optimizer, lr=SCHEDULES[0])
        scheduler = lambda_lr(optimizer, SCHEDULES[0])
        for step in range(1 if name in ONE_UPDATE_ONLY else 6):
            # What was computed from the weight is kept for the gradient, while the optimizer changes the weight in place.
            (weight.grad,) = torch.autograd.grad((weight.clone() ** 3).sum(), weight, create_graph=True)
            if way == "setter":
                set_step(step)
            elif way == "by hand":
                optimizer.param_groups[0]["lr"] = SCHEDULES[0](step)
            optimizer.step()
            if way == "scheduler":
                scheduler.step()
        (by_start,) = torch.autograd.grad((weight**2).sum(), start)
        return by_start.tolist()

    by_hand = gradient("by hand")
    assert all(abs(value) < 1e3 for value in by_hand)
    assert gradient(way) == by_hand


class Wrapper:
    """Not an optimizer of torch: all that it has of one is `param_groups`, and a step."""

    def __init__(self, optimizer: torch.optim.Optimizer) -> None:
        self.inner = optimizer

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        return self.inner.param_groups

    def step(self) -> None:
        self.inner.step()


@pytest.mark.parametrize("depth", [1, 3])
def test_what_merely_has_param_groups_is_scheduled(depth: int) -> None:
    parameter = torch.nn.Parameter(torch.ones(1, dtype=torch.float64))
    inner = torch.optim.SGD([parameter], lr=0.5)
    wrapped: Any = inner
    for _ in range(depth):
        wrapped = Wrapper(wrapped)
    set_step = param_group_setter(wrapped, lr=SCHEDULES[0])
    expected = 1.0
    for step in range(STEPS):
        parameter.grad = torch.ones_like(parameter)
        set_step(step)
        wrapped.step()
        expected -= SCHEDULES[0](step)
        assert inner.param_groups[0]["lr"] == SCHEDULES[0](step)
        assert parameter.item() == expected
    inner.load_state_dict(inner.state_dict())  # which replaces the groups
    set_step(3)
    assert inner.param_groups[0]["lr"] == SCHEDULES[0](3)
