"""The program `docs/examples/distributed.py`, by the commands of its page: real processes, killed, and going on.

`torchrun` starts them. What is compared are the rates that each process noted after each of its updates.
"""

import json
import os
import re
import shlex
import signal
import statistics
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed.checkpoint as dcp
from torch.distributed.checkpoint.state_dict import get_state_dict, set_state_dict

import pure_schedules as ps
from pure_schedules_torch import lambda_lr, param_group_setter

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "distributed.md").read_text()
PROGRAM = "docs/examples/distributed.py"

CHAIN, (RESTARTED,) = (
    [line for line in block.splitlines() if line] for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
)
SCHEDULE = ps.warmup_cosine(peak=0.02, warmup_steps=8, total_steps=40)

pytestmark = pytest.mark.skipif(not torch.distributed.is_available(), reason="this torch was built without processes")
KINDS = pytest.mark.parametrize("kind", ["ddp", "zero", "fsdp"])


def run(command: str, *options: object) -> subprocess.CompletedProcess[str]:
    """A command of the page, with more options. It names `torchrun`, and here the one of this Python is meant."""
    words = shlex.split(command)
    given = dict(word.split("=") for word in words if re.match(r"[A-Z_]+=", word))
    rest = words[words.index("torchrun") + 1 :]
    return subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", *rest, *map(str, options)],
        cwd=ROOT,
        # As many threads as torchrun would give them, which would tell of it.
        env={**os.environ, "OMP_NUM_THREADS": "1", **given},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def killed(done: subprocess.CompletedProcess[str], rank: int) -> bool:
    """Whether this process was killed, and torchrun gave up for that reason."""
    cause = done.stderr.partition("Root Cause")[2]
    return done.returncode != 0 and f"rank      : {rank} " in cause and f"exitcode  : -{signal.SIGKILL:d} " in cause


def noted(out: Path, rank: int) -> list[dict[str, Any]]:
    """What this process noted after each of its updates."""
    return [json.loads(line) for line in (out / f"rank-{rank}.jsonl").read_text().splitlines()]


def follow(lines: Iterable[dict[str, Any]], schedule: ps.Schedule) -> bool:
    """Whether both parameter groups had the schedule's rate, to the bit, in each of these updates."""
    return all(line["rates"] == [schedule(line["step"])] * 2 for line in lines)


def folders(out: Path) -> list[str]:
    return sorted(path.name for path in out.iterdir() if path.is_dir())


@KINDS
def test_killed_twice_and_with_2_then_3_then_1_processes_every_rate_is_the_schedules(kind: str, tmp_path: Path) -> None:
    two, three, one = (command.replace(PROGRAM, f"{PROGRAM} --kind {kind} --out {tmp_path}") for command in CHAIN)

    assert killed(run(two), rank=1)
    assert folders(tmp_path) == ["step-00000010", "step-00000020"]
    of_two = [noted(tmp_path, rank) for rank in (0, 1)]
    for lines in of_two:
        assert [line["step"] for line in lines] == [*range(25)]

    # A checkpoint of step 30 is written, and the one who was to rename it is dead.
    assert killed(run(three, "--adapter", "lambda_lr"), rank=0)
    assert folders(tmp_path) == ["step-00000010", "step-00000020", "step-00000030.unfinished"]
    assert (tmp_path / "step-00000030.unfinished" / ".metadata").exists()
    of_three = [noted(tmp_path, 0)[25:], noted(tmp_path, 1)[25:], noted(tmp_path, 2)]
    for lines in of_three:
        assert [line["step"] for line in lines] == [*range(20, 30)]

    done = run(one)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "Going on with update 20, from a checkpoint of 2 processes.",
        "Done: 40 updates.",
    ]
    assert folders(tmp_path) == ["step-00000010", "step-00000020", "step-00000030", "step-00000040"]
    of_one = [noted(tmp_path, 0)[35:]]
    assert [line["step"] for line in of_one[0]] == [*range(20, 40)]

    for lines in (*of_two, *of_three, *of_one):
        assert follow(lines, SCHEDULE)
    # Model and optimizer went on too: whoever shares a batch, its loss is the same but for rounding.
    for step in range(20, 25):
        losses = [
            statistics.mean(line["loss"] for lines in these for line in lines if line["step"] == step)
            for these in (of_two, of_three, of_one)
        ]
        assert losses == pytest.approx([losses[0]] * 3, rel=1e-4)


@KINDS
def test_restarted_by_torchrun_itself_it_takes_the_same_updates_again(kind: str, tmp_path: Path) -> None:
    adapter = "lambda_lr" if kind == "fsdp" else "setter"
    done = run(RESTARTED, "--kind", kind, "--adapter", adapter, "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Going on with update 20, from a checkpoint of 2 processes." in done.stdout
    for rank in (0, 1):
        lines = noted(tmp_path, rank)
        assert [line["step"] for line in lines] == [*range(25), *range(20, 40)]
        assert follow(lines, SCHEDULE)
        assert lines[20:25] == lines[25:30]  # the losses to the bit as well: nothing was lost with the process


def test_a_changed_schedule_is_followed_from_the_next_update_and_said(tmp_path: Path) -> None:
    command = CHAIN[-1]
    for steps in (10, 15):
        done = run(command, "--steps", steps, "--every", 5, "--out", tmp_path)
        assert done.returncode == 0, done.stderr
    assert "Since then lr[0]: warmup_cosine.warmup_steps was 2, is 3." in done.stdout
    assert re.sub(r"\d+", "N", done.stdout.splitlines()[1]) in re.sub(r"\d+", "N", PAGE)
    lines = noted(tmp_path, 0)
    assert follow(lines[:10], ps.warmup_cosine(peak=0.02, warmup_steps=2, total_steps=10))
    assert [line["step"] for line in lines[10:]] == [*range(10, 15)]
    assert follow(lines[10:], ps.warmup_cosine(peak=0.02, warmup_steps=3, total_steps=15))


def test_the_middle_of_the_program_is_on_the_page() -> None:
    (shown,) = re.findall(r"```python\n(for .*?)```", PAGE, re.DOTALL)
    program = [line.strip() for line in (ROOT / PROGRAM).read_text().splitlines()]
    places = [program.index(line.strip()) for line in shown.splitlines()]
    assert places == sorted(places)


def test_a_wrong_place_to_die_at_is_refused() -> None:
    done = subprocess.run([sys.executable, PROGRAM, "--kill", "load", "3"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert "argument --kill: WHERE must be update or save, got load" in done.stderr


# Of a file, and in one process ----------------------------------------------------------------------------------------


def test_a_process_killed_while_it_saves_leaves_the_last_checkpoint_as_it_was(tmp_path: Path) -> None:
    """Pickling the second checkpoint kills the process when half of it is written."""
    shown = re.findall(r"^(?:>>>|\.\.\.) (.*)$", PAGE, re.MULTILINE)
    function = "\n".join(shown[: shown.index("import tempfile")])
    assert "def save(checkpoint, path):" in function
    path = tmp_path / "checkpoint.pt"
    program = f"""{function}

class Deadly:
    def __reduce__(self):
        os.kill(os.getpid(), {signal.SIGKILL:d})

save({{"step": 10}}, {str(path)!r})
save({{"step": 20, "deadly": Deadly()}}, {str(path)!r})
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert torch.load(path, weights_only=True) == {"step": 10}
    assert sorted(file.name for file in tmp_path.iterdir()) == ["checkpoint.pt", "checkpoint.pt.unfinished"]


# torch.distributed.checkpoint tells of it whenever it works in one process only.
ONE_PROCESS = pytest.mark.filterwarnings("ignore:torch.distributed is disabled, unavailable or uninitialized:UserWarning")


@ONE_PROCESS
@pytest.mark.parametrize("lr", [0.5, torch.tensor(0.5)], ids=["float", "tensor"])
@pytest.mark.parametrize("order", ["build load", "load build"])
def test_a_setter_and_a_distributed_checkpoint(order: str, lr: Any, tmp_path: Path) -> None:
    """Such a checkpoint takes groups apart into named entries. All that was scheduled, and its type, is back after it."""
    schedules = {"lr": SCHEDULE, "betas": (ps.linear(start=0.8, end=0.9, steps=40), None), "ema_decay": SCHEDULE}

    def new() -> tuple[torch.nn.Module, torch.optim.Optimizer]:
        model = torch.nn.Linear(2, 2)
        groups = [{"params": [parameter], "ema_decay": 0.5} for parameter in model.parameters()]
        return model, torch.optim.AdamW(groups, lr=lr, betas=(0.9, 0.98))

    model, optimizer = new()
    set_step = param_group_setter(optimizer, **schedules)
    for step in range(4):
        model(torch.ones(2)).sum().backward()
        set_step(step)
        optimizer.step()
        optimizer.zero_grad()
    parts = dict(zip(("model", "optimizer"), get_state_dict(model, optimizer), strict=True))
    dcp.save({**parts, "step": 4}, checkpoint_id=tmp_path / "saved")

    model, optimizer = new()
    for action in order.split():
        if action == "build":
            set_step = param_group_setter(optimizer, **schedules)
            continue
        parts = dict(zip(("model", "optimizer"), get_state_dict(model, optimizer), strict=True))
        state = {**parts, "step": 0}
        dcp.load(state, checkpoint_id=tmp_path / "saved")
        set_state_dict(model, optimizer, model_state_dict=state["model"], optim_state_dict=state["optimizer"])
    set_step(state["step"])
    rates = [group["lr"] for group in optimizer.param_groups]
    assert [type(rate) for rate in rates] == [type(lr)] * 2
    assert rates == [torch.tensor(SCHEDULE(4)) if isinstance(lr, torch.Tensor) else SCHEDULE(4)] * 2
    for group in optimizer.param_groups:
        assert group["betas"] == (ps.linear(start=0.8, end=0.9, steps=40)(4), 0.98)
        assert group["ema_decay"] == SCHEDULE(4)


@ONE_PROCESS
@pytest.mark.parametrize("relative", [False, True])
@pytest.mark.parametrize(
    "changed",
    [
        SCHEDULE,
        SCHEDULE.replace(peak=0.04),
        # Of another shape: this kind of checkpoint stores each number under a key of its own, and asks for the same keys.
        ps.join([ps.linear(start=0.0, end=0.1, steps=3), ps.cosine(start=0.1, steps=30)]),
    ],
)
def test_a_scheduler_in_a_distributed_checkpoint(changed: ps.Schedule, relative: bool, tmp_path: Path) -> None:
    """It is a `Stateful`, so it is given as it is; with another schedule it goes on at the step with its own."""

    def new(schedule: ps.Schedule) -> Any:
        return lambda_lr(torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.5), schedule, relative=relative)

    scheduler = new(SCHEDULE)
    for _ in range(4):
        scheduler.optimizer.step()
        scheduler.step()
    dcp.save({"scheduler": scheduler}, checkpoint_id=tmp_path / "saved")
    resumed = new(changed)
    dcp.load({"scheduler": resumed}, checkpoint_id=tmp_path / "saved")
    assert resumed.last_epoch == 4
    assert resumed.get_last_lr() == [(0.5 if relative else 1.0) * changed(4)]
