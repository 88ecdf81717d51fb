"""What an update and an evaluation cost, side by side in one run: `make bench`.

All that is compared takes turns, so that a slow moment of the machine meets everybody. Times are medians; what is worth
quoting are the ratios.
"""

import itertools
import math
import platform
import statistics
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch.optim import SGD
from torch.optim.lr_scheduler import CosineAnnealingLR, LambdaLR, LinearLR, OneCycleLR, SequentialLR

import pure_schedules as ps
from pure_schedules_torch import lambda_lr, param_group_setter

PEAK, WARMUP, TOTAL = 1e-3, 1_000, 1_000_000
SCHEDULE = ps.warmup_cosine(peak=PEAK, warmup_steps=WARMUP, total_steps=TOTAL)
ROUNDS = 21


def by_hand(step: int) -> float:
    """The four lines that a person writes."""
    if step < WARMUP:
        return PEAK * step / WARMUP
    if step >= TOTAL:
        return 0.0
    return PEAK * 0.5 * (1 + math.cos(math.pi * (step - WARMUP) / (TOTAL - WARMUP)))


def optimizer_of(groups: int, lr: Any = PEAK) -> SGD:
    return SGD([{"params": [torch.nn.Parameter(torch.zeros(1))]} for _ in range(groups)], lr=lr)


def medians(contenders: dict[str, Callable[[], None]], calls: int) -> dict[str, float]:
    """Seconds per call of each, measured in turns."""
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for name, call in itertools.chain.from_iterable([contenders.items()] * ROUNDS):
        begin = time.perf_counter()
        for _ in range(calls):
            call()
        times[name].append((time.perf_counter() - begin) / calls)
    return {name: statistics.median(values[1:]) for name, values in times.items()}  # the first round warms up


def updates(groups: int) -> Iterator[tuple[str, Callable[[], None]]]:
    """What each does between two updates of an optimizer with so many groups."""
    optimizer, clock = optimizer_of(groups), itertools.count()

    def bare() -> None:
        rate = by_hand(next(clock))
        for group in optimizer.param_groups:
            group["lr"] = rate

    yield "bare loop, rate by hand", bare
    set_step, steps = param_group_setter(optimizer_of(groups), lr=SCHEDULE), itertools.count()
    yield "param_group_setter", lambda: set_step(next(steps))
    yield "lambda_lr", lambda_lr(optimizer_of(groups), SCHEDULE).step
    yield "torch LambdaLR, by hand", LambdaLR(optimizer_of(groups, 1.0), by_hand).step
    yield "torch CosineAnnealingLR", CosineAnnealingLR(optimizer_of(groups), TOTAL).step
    optimizer = optimizer_of(groups)
    warmup, decay = LinearLR(optimizer, 1e-3, total_iters=WARMUP), CosineAnnealingLR(optimizer, TOTAL)
    yield "torch SequentialLR", SequentialLR(optimizer, [warmup, decay], [WARMUP]).step
    yield "torch OneCycleLR", OneCycleLR(optimizer_of(groups), PEAK, TOTAL, cycle_momentum=False).step


def table(title: str, rows: dict[str, float], against: list[str]) -> None:
    print(f"\n{title}")
    print(f"  {'':26}{'microseconds':>14}" + "".join(f"{'of ' + name:>28}" for name in against))
    for name, seconds in rows.items():
        print(f"  {name:26}{seconds * 1e6:14.3f}" + "".join(f"{seconds / rows[other]:28.2f}" for other in against))


def main() -> None:
    warnings.filterwarnings("ignore", message="Detected call of `lr_scheduler.step")  # nothing is trained here
    versions = f"Python {platform.python_version()}, torch {torch.__version__}, {platform.machine()}"
    print(f"pure-schedules {ps.__version__}, {versions}; medians of {ROUNDS - 1} rounds in turns")

    for phase, step in (("in the warmup", WARMUP // 2), ("in the decay", TOTAL // 2)):
        contenders: dict[str, Callable[[], None]] = {
            "by hand": lambda step=step: by_hand(step),
            "warmup_cosine": lambda step=step: SCHEDULE(step),
            "an empty call": lambda: None,
        }
        table(f"Evaluating a plain number, {phase}", medians(contenders, 20_000), ["by hand"])

    for groups in (1, 8, 64, 1000):
        rows = medians(dict(updates(groups)), 5 + 2000 // groups)
        table(
            f"Between two updates, {groups} parameter group{'s' * (groups > 1)}",
            rows,
            ["bare loop, rate by hand", "param_group_setter"],
        )


if __name__ == "__main__":
    main()
