"""Long runs: ten million updates through each adapter. Memory stays flat, no rate drifts, no update costs more than before.

The optimizer's own step is left out: it is torch's, and takes most of the time. Everything else is as in training.
"""

import gc
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from training import optimizer_of

import pure_schedules as ps
from pure_schedules_torch import lambda_lr, param_group_setter

EVERY_DAY, FULL = 10**5, 10**7
#: At so many places of each tenth the rate is compared.
PLACES = 100
#: Growth from the end of the first tenth to the end of the last. Python's own lists and caches come to less.
MOST_BLOCKS, MOST_KILOBYTES = 100, 1024


def schedules(updates: int) -> dict[str, ps.Schedule]:
    return {
        "warmup_cosine": ps.warmup_cosine(peak=3e-4, warmup_steps=updates // 100, total_steps=updates),
        "repeat": ps.repeat(ps.cosine(start=3e-4, end=1e-6, steps=500), growth=1.25, factor=0.99),
    }


def resident() -> int:
    """The memory that this process has now, in kilobytes, as Linux tells it."""
    return int(re.findall(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text())[0])


def by_setter(optimizer: Any, schedule: ps.Schedule) -> Callable[[range], None]:
    set_step = param_group_setter(optimizer, lr=schedule)

    def run(updates: range) -> None:
        for step in updates:
            set_step(step)

    return run


def by_scheduler(optimizer: Any, schedule: ps.Schedule) -> Callable[[range], None]:
    """The rate of update 0 is there from the beginning; each step brings that of the next."""
    scheduler = lambda_lr(optimizer, schedule)

    def run(updates: range) -> None:
        for _ in range(max(updates.start, 1), updates.stop):
            scheduler.step()

    return run


@pytest.mark.parametrize("attach", [by_setter, by_scheduler])
@pytest.mark.parametrize("name", ["warmup_cosine", "repeat"])
def test_ten_million_updates(name: str, attach: Any, full: bool, figures: Callable[[dict[str, Any]], None]) -> None:
    updates = FULL if full else EVERY_DAY
    schedule = schedules(updates)[name]
    anew = ps.parse(repr(schedule))  # what a new process would compute
    optimizer = optimizer_of(2)
    run = attach(optimizer, schedule)
    seconds, blocks, kilobytes = [], [], []
    stretch = updates // 10 // PLACES
    for tenth in range(10):
        took = 0.0
        for place in range(tenth * PLACES, (tenth + 1) * PLACES):
            start = time.process_time()
            run(range(place * stretch, (place + 1) * stretch))
            took += time.process_time() - start
            last = (place + 1) * stretch - 1
            assert [group["lr"].hex() for group in optimizer.param_groups] == [anew(last).hex()] * 2
        gc.collect()
        seconds.append(took)
        blocks.append(sys.getallocatedblocks())
        kilobytes.append(resident())
    assert last == updates - 1
    figures(
        {
            "updates": updates,
            "growth [blocks]": blocks[-1] - blocks[0],
            "growth [kB]": kilobytes[-1] - kilobytes[0],
            "time of an update [us], first tenth": round(1e7 * seconds[0] / updates, 3),
            "time of an update [us], last tenth": round(1e7 * seconds[-1] / updates, 3),
            "last tenth over first": round(seconds[-1] / seconds[0], 3),
        }
    )
    assert blocks[-1] - blocks[0] <= MOST_BLOCKS
    assert kilobytes[-1] - kilobytes[0] <= MOST_KILOBYTES
