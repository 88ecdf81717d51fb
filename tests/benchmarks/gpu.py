"""What it costs to write tensor rates on a GPU, and to have a schedule in a captured training step: `make bench-gpu`.

It takes two minutes. First it holds, by torch's own watch over synchronisation, that no write waits for the device.
"""

import argparse
import sys
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import contenders
import torch
from graphs import captured
from measuring import in_turns, said
from torch.optim.lr_scheduler import LambdaLR

import pure_schedules as ps
from pure_schedules_torch import lambda_lr, param_group_setter

WARMUP, TOTAL = 1_000, 1_000_000
OURS = ps.warmup_cosine(peak=contenders.PEAK, warmup_steps=WARMUP, total_steps=TOTAL)
BY_HAND = contenders.warmup_cosine(WARMUP, TOTAL)
#: What the setter is to cost at most, of torch's `LambdaLR`, by the number of groups; and a captured step, of one without.
AIMS, AIM_OF_A_CAPTURED_STEP = {64: 1 / 40, 1000: 1 / 80}, 1.03
#: So often in a row, before the device is waited for.
CALLS = 20


def waiting(calls: Mapping[str, Callable[[], Any]], device: str) -> dict[str, Callable[[], None]]:
    """Each many times, and then until the device has done it."""

    def many(call: Callable[[], Any]) -> None:
        for _ in range(CALLS):
            call()
        if device == "cuda":
            torch.cuda.synchronize()

    return {name: lambda call=call: many(call) for name, call in calls.items()}


def measured(calls: Mapping[str, Callable[[], Any]], device: str, rounds: int = 21) -> dict[str, float]:
    return {name: seconds / CALLS for name, seconds in in_turns(waiting(calls, device), rounds=rounds).items()}


def optimizer_of(groups: int, device: str, lr: float = 0.0) -> Any:
    """An optimizer with a tensor rate of its own in each group."""
    made = [
        {"params": [torch.nn.Parameter(torch.zeros(1, device=device))], "lr": torch.tensor(lr, device=device)}
        for _ in range(groups)
    ]
    return torch.optim.AdamW(made, lr=torch.tensor(lr, device=device), capturable=device == "cuda")


def nothing_waits(device: str) -> None:
    """Refuse whatever waits for the device: writes by number and by tensor, a scheduler's step and its state."""
    step = torch.full((), 5.0, dtype=torch.float64, device=device)
    schedules = [ps.scale(OURS, factor=1 + index / 64) for index in range(64)]
    setter, scheduler = (
        param_group_setter(optimizer_of(64, device), lr=schedules),
        lambda_lr(optimizer_of(64, device), schedules),
    )
    torch.cuda.set_sync_debug_mode("error")
    try:
        for _ in range(3):
            setter(7)
            setter(step)
            scheduler.step()
            scheduler.state_dict()
    finally:
        torch.cuda.set_sync_debug_mode("default")
    print("no write, no scheduler.step() and no state_dict() waits for the device")


def writes(groups: int, device: str) -> dict[str, Any]:
    """One write of all rates: by number, by a tensor that counts on the device, and what could be written by hand."""
    rates = [torch.zeros((), device=device) for _ in range(groups)]
    stacked, values = torch.zeros(groups, device=device), torch.full((groups,), 0.5, device=device)
    apart = list(values.unbind())
    step = torch.full((), 5_000.0, dtype=torch.float64, device=device)
    setter, by_tensor = (param_group_setter(optimizer_of(groups, device), lr=OURS) for _ in range(2))
    schedules = [ps.scale(OURS, factor=1 + index / groups) for index in range(groups)]
    factors = param_group_setter(optimizer_of(groups, device), lr=schedules)
    rows = measured(
        {
            "torch LambdaLR, by hand": LambdaLR(optimizer_of(groups, device, 1.0), BY_HAND).step,
            "param_group_setter": lambda: setter(5_000),
            "param_group_setter, a factor each": lambda: factors(5_000),
            "param_group_setter, a tensor step": lambda: by_tensor(step),
            "lambda_lr": lambda_lr(optimizer_of(groups, device), OURS).step,
            "by hand: fill_ for each": lambda: [rate.fill_(0.5) for rate in rates],
            "by hand: foreach": lambda: torch._foreach_copy_(rates, apart),
            "by hand: one copy": lambda: stacked.copy_(values),
        },
        device,
        rounds=11,
    )
    table = said(f"One write of {groups} tensor rates on {device}", rows, ["torch LambdaLR, by hand", "by hand: foreach"])
    reached = rows["torch LambdaLR, by hand"] / rows["param_group_setter"]
    print(f"  param_group_setter, of torch LambdaLR: 1/{reached:.1f}, aimed at 1/{1 / AIMS[groups]:.0f} or less")
    return table


def step_with(schedule: Callable[[Any], Any] | None) -> Callable[[], None]:
    """A training step in a CUDA graph, with a schedule inside that counts on the device, or with none."""
    torch.manual_seed(0)
    layers = [layer for _ in range(3) for layer in (torch.nn.Linear(1024, 1024), torch.nn.ReLU())]
    model = torch.nn.Sequential(*layers).cuda()
    optimizer = torch.optim.AdamW(model.parameters(), lr=torch.tensor(1e-3, device="cuda"), capturable=True)
    inputs, step = torch.randn(64, 1024, device="cuda"), torch.zeros((), dtype=torch.int64, device="cuda")
    set_step = None if schedule is None else param_group_setter(optimizer, lr=schedule)

    def train() -> None:
        if set_step is not None:
            set_step(step)
        optimizer.zero_grad(set_to_none=True)
        model(inputs).square().mean().backward()
        optimizer.step()
        step.add_(1)

    return captured(train).replay


def captured_steps() -> None:
    replays = {
        "without a schedule": step_with(None),
        "with the schedule": step_with(OURS),
        "with the schedule compiled": step_with(torch.compile(OURS)),
    }
    rows = measured(replays, "cuda")
    said("A captured training step: AdamW, 3 layers", rows, ["without a schedule"])
    reached = rows["with the schedule compiled"] / rows["without a schedule"]
    print(f"  with the schedule compiled: {reached:.3f}, aimed at {AIM_OF_A_CAPTURED_STEP} or less")


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench-gpu", description=__doc__)
    parser.add_argument("--device", default="cuda", choices=["cuda", "cpu"], help="cpu to try the program without a GPU")
    device = parser.parse_args().device
    warnings.filterwarnings("ignore", message="Detected call of `lr_scheduler.step")  # nothing is trained by these
    if device == "cuda" and not torch.cuda.is_available():
        print("SKIPPED: there is no GPU here, and nothing was measured")
        sys.exit()
    print(f"torch {torch.__version__}, {torch.cuda.get_device_name() if device == 'cuda' else 'the CPU'}")
    if device == "cuda":
        nothing_waits(device)
    for groups in AIMS:
        writes(groups, device)
    if device == "cuda":
        captured_steps()


if __name__ == "__main__":
    main()
