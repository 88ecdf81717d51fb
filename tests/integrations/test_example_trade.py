"""The program `docs/examples/trade.py` by real processes: two share the batches of a plan, as one alone takes them.

`torchrun` starts them. What is compared are the rates, samples and losses that each process noted.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
import torch

import pure_schedules as ps

ROOT = Path(__file__).parents[2]
#: 60 updates with a batch of 4 that does not grow.
PLAN = ps.grow_batch(ps.warmup_cosine(peak=0.02, warmup_steps=3, total_steps=60), batch_size=4)
SIZE = ["--samples", "240", "--batches", "4", "--peaks", "0.01", "--plan", "seesaw"]

pytestmark = pytest.mark.skipif(not torch.distributed.is_available(), reason="this torch was built without processes")


def run(processes: int, out: Path, *options: object) -> str:
    """The program with one plan, by so many processes."""
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    done = subprocess.run(
        [sys.executable, *launcher, "docs/examples/trade.py", *SIZE, "--out", str(out), *map(str, options)],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def noted(out: Path, rank: int) -> list[dict[str, Any]]:
    """What this process noted of each of its updates."""
    return [json.loads(line) for line in (out / f"rank-{rank}.jsonl").read_text().splitlines()]


def test_two_processes_share_what_one_takes_and_one_goes_on_from_two(tmp_path: Path) -> None:
    alone, shared = tmp_path / "alone", tmp_path / "shared"
    run(1, alone)
    middle = 36  # of 41, where the batch has just grown
    assert PLAN["batch_size"](middle - 1) > PLAN["batch_size"](0)
    assert f"Updates 0 to {middle} of {PLAN.steps} by 2 processes" in run(2, shared, "--until", middle)
    assert f"Updates {middle} to {PLAN.steps} of {PLAN.steps} by 1 processes" in run(1, shared)

    whole = noted(alone, 0)
    assert [line["step"] for line in whole] == list(range(PLAN.steps))
    assert [line["rate"] for line in whole] == [PLAN["lr"](step) for step in range(PLAN.steps)]
    assert [number for line in whole for number in line["samples"]] == list(range(240))

    first, second = noted(shared, 0), noted(shared, 1)
    assert [line["step"] for line in first] == list(range(PLAN.steps))
    assert [line["step"] for line in second] == list(range(middle))
    for one, mine, other in zip(whole, first, second, strict=False):
        assert mine["rate"] == other["rate"] == one["rate"]
        assert sorted(mine["samples"] + other["samples"]) == one["samples"]
        assert len(mine["samples"]) == len(other["samples"])
    for one, mine in zip(whole[middle:], first[middle:], strict=True):
        assert (mine["rate"], mine["samples"]) == (one["rate"], one["samples"])
    # The same updates but for roundings: the gradient of a batch is the mean of those of its halves.
    losses = [fmean((mine["loss"], other["loss"])) for mine, other in zip(first, second, strict=False)]
    losses += [line["loss"] for line in first[middle:]]
    assert losses == pytest.approx([line["loss"] for line in whole], rel=1e-3)


def test_two_processes_stopped_and_going_on_are_the_same_to_the_bit(tmp_path: Path) -> None:
    run(2, tmp_path / "whole")
    run(2, tmp_path / "halves", "--until", 21)
    run(2, tmp_path / "halves")
    for rank in (0, 1):
        assert noted(tmp_path / "halves", rank) == noted(tmp_path / "whole", rank)
