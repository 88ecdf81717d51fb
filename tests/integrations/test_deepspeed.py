"""Law 26 in DeepSpeed, without ZeRO and with its first stage: one curve in one process and in two, from every update on.

Each test is a program of its own, and every process writes down what it saw. Where DeepSpeed is not installed, the tests
are skipped and say so.
"""

import importlib
import json
import pathlib
from typing import Any

import pytest
import torch

import pure_schedules as ps
from pure_schedules import like
from pure_schedules_torch import step_of

pytest.importorskip("deepspeed", reason="DeepSpeed is not installed")

RATE = ps.warmup_cosine(peak=0.01, warmup_steps=4, total_steps=12)

# DeepSpeed compiles an all-reduce in C++ when it starts, which takes a minute or more. What is reduced how is no matter
# to a schedule: torch's own does it here.
START = """
import runpy, sys
import deepspeed.ops
deepspeed.ops.__compatible_ops__["deepspeed_shm_comm"] = False
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""

BY_TEXT = """
import json
import torch
from train import train
from train_by_text import engine_by_text

seen = {}
for cut in (1, 5, 11):
    used = seen[cut] = []
    for until in (cut, 12):
        engine = engine_by_text(12)
        engine.basic_optimizer.register_step_post_hook(lambda optimizer, *_: used.append(optimizer.param_groups[0]["lr"]))
        if used:
            engine.load_checkpoint(f"checkpoints-by-text-{cut}")
        train(engine, until)
        if until == cut:
            engine.save_checkpoint(f"checkpoints-by-text-{cut}")
with open("seen-by-text.json", "w") as file:
    json.dump(seen, file)
"""

RESUMED = """
import json, os
import torch
from train import engine_of, param_group_setter, rate, scale, train

seen = {}
for stage in (0, 1):
    for way in ("scheduler", "setter"):
        for cut in (None, 1, 5, 11):
            used = seen[f"{stage} {way} {cut}"] = []
            for until in (12,) if cut is None else (cut, 12):
                engine = engine_of(stage, with_scheduler=way == "scheduler")
                # What really updates: below ZeRO, it is the optimizer that was given.
                hook = lambda optimizer, *_: used.append([optimizer.param_groups[0][key] for key in ("lr", "weight_decay")])
                engine.basic_optimizer.register_step_post_hook(hook)
                if used:
                    engine.load_checkpoint(f"checkpoints-{stage}-{way}-{cut}")
                schedules = {"weight_decay": scale(rate, factor=0.1)} | ({"lr": rate} if way == "setter" else {})
                train(engine, until, param_group_setter(engine.optimizer, **schedules))
                if until == cut:
                    engine.save_checkpoint(f"checkpoints-{stage}-{way}-{cut}")
with open(f"seen-{os.environ['RANK']}.json", "w") as file:
    json.dump([torch.distributed.get_world_size(), seen], file)
"""


def run(page: Any, command: str) -> str:
    the_page = page("deepspeed")
    (the_page.folder / "start.py").write_text(START)
    the_page.write("resumed.py", RESUMED)
    the_page.write("by_text.py", BY_TEXT)
    return the_page.shell(
        command.replace(" train", " start.py train")
        .replace(" resumed", " start.py resumed")
        .replace(" by_text", " start.py by_text")
    )


@pytest.mark.parametrize("index", range(4))
def test_the_commands_of_the_page(page: Any, index: int) -> None:
    command = page("deepspeed").commands[index]
    printed = run(page, command)
    assert printed.count("True") == (4 if "2" in command else 2)  # perhaps on one line, where two processes print
    assert "False" not in printed


@pytest.mark.parametrize("processes", [1, 2])
def test_every_process_sees_one_curve_before_and_after_a_resume(page: Any, tmp_path: pathlib.Path, processes: int) -> None:
    run(page, f"torchrun --standalone --nproc-per-node {processes} resumed.py")
    written = [json.loads(path.read_text()) for path in sorted(tmp_path.glob("seen-*.json"))]
    assert [counted for counted, _ in written] == [processes] * processes
    for _, by_case in written:
        assert len(by_case) == 16
        for case, used in by_case.items():
            assert used == [[RATE(step), RATE(step) * 0.1] for step in range(12)], case


def test_a_function_of_the_optimizer_is_called_and_has_the_curve(page: Any, tmp_path: pathlib.Path) -> None:
    run(page, "torchrun --standalone --nproc-per-node 1 by_text.py")
    for cut, used in json.loads((tmp_path / "seen-by-text.json").read_text()).items():
        assert used == [RATE(step) for step in range(12)], cut


@pytest.mark.parametrize("kind", ["WarmupLR", "WarmupDecayLR", "WarmupCosineLR", "OneCycle", "LRRangeTest"])
def test_the_step_of_its_own_schedulers_and_the_rates_of_its_file(kind: str) -> None:
    """`step_of` reads what the scheduler saves; the reader of `ds_config.json` has its rates, before and after a resume."""
    schedules = importlib.import_module("deepspeed.runtime.lr_schedules")
    params = {
        "WarmupLR": {"warmup_max_lr": 0.1, "warmup_num_steps": 5},
        "WarmupDecayLR": {"warmup_max_lr": 0.1, "warmup_num_steps": 5, "total_num_steps": 20},
        "WarmupCosineLR": {"warmup_num_steps": 5, "total_num_steps": 20},
        "OneCycle": {"cycle_min_lr": 0.01, "cycle_max_lr": 0.1, "cycle_first_step_size": 8, "cycle_momentum": False},
        "LRRangeTest": {"lr_range_test_min_lr": 0.01, "lr_range_test_step_size": 4},
    }[kind]
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    scheduler = getattr(schedules, kind)(optimizer, **params)
    config = {"scheduler": {"type": kind, "params": params}, "optimizer": {"params": {"lr": 0.1}}}
    rate = like.deepspeed.from_config(config)
    for update in range(30):
        assert step_of(scheduler.state_dict()) == update
        assert optimizer.param_groups[0]["lr"] == pytest.approx(rate(update), rel=1e-12, abs=1e-15)
        optimizer.step()
        scheduler.step()
