"""Law 26 in Accelerate: with the recipe of the page, one and two processes have one curve, and go on with it at a resume.

Each test is a program of its own, started by `accelerate launch` or by `torchrun`, for Accelerate keeps what it is in
variables that are global. Every process writes down what it saw.
"""

import json
import pathlib
from typing import Any

import pytest

import pure_schedules as ps

RATE = ps.warmup_cosine(peak=0.01, warmup_steps=4, total_steps=12)
#: How a program is started, in so many processes.
LAUNCHERS = {1: "accelerate launch --cpu", 2: "torchrun --standalone --nproc-per-node 2"}

# Trains to the end, stopping and going on at some updates, and the same again with the page's other way.
RESUMED = """
import json, sys
from accelerate import Accelerator
import train, train_with_setter

seen = {}
for module in (train, train_with_setter):
    for cut in (None, 1, 5, 11):
        rates = seen[f"{module.__name__} {cut}"] = []
        if cut is None:
            module.train(Accelerator(gradient_accumulation_steps=2), 12, seen=rates.append)
            continue
        accelerator = Accelerator(gradient_accumulation_steps=2)
        module.train(accelerator, cut, seen=rates.append)
        accelerator.save_state(f"checkpoint-{module.__name__}-{cut}")
        accelerator.wait_for_everyone()
        again = Accelerator(gradient_accumulation_steps=2)
        module.train(again, 12, resume=f"checkpoint-{module.__name__}-{cut}", seen=rates.append)

with open(f"seen-{accelerator.process_index}.json", "w") as file:
    json.dump([accelerator.num_processes, seen], file)
"""

# The scheduler is given to `prepare`, which the page warns of, or tells how to make harmless.
PREPARED = """
import json, sys
import torch
from accelerate import Accelerator
from pure_schedules_torch import lambda_lr
from train import rate

seen = {}
for linked in (True, False):
    accelerator = Accelerator(gradient_accumulation_steps=2, step_scheduler_with_optimizer=linked)
    model = torch.nn.Linear(4, 1)
    optimizer = torch.optim.AdamW(model.parameters())
    model, optimizer, scheduler = accelerator.prepare(model, optimizer, lambda_lr(optimizer, rate))
    rates = seen[linked] = []
    for _ in range(12):
        with accelerator.accumulate(model):
            accelerator.backward(model(torch.ones(2, 4)).square().mean())
            optimizer.step()
            optimizer.zero_grad()
        if accelerator.sync_gradients:
            rates.append(optimizer.param_groups[0]["lr"])
            scheduler.step()
    accelerator.save_state("checkpoint")
    accelerator.wait_for_everyone()
    scheduler.step(0)
    accelerator.load_state("checkpoint")
    rates.append(optimizer.param_groups[0]["lr"])
with open(f"seen-{accelerator.process_index}.json", "w") as file:
    json.dump([accelerator.num_processes, seen], file)
"""

# The optimizer is wrapped first, and the scheduler is built around the wrapper.
AROUND_THE_WRAPPER = """
import copy, json
import torch
from accelerate import Accelerator
from pure_schedules_torch import lambda_lr
from train import rate

accelerator = Accelerator()
model = torch.nn.Linear(4, 1)
model, optimizer = accelerator.prepare(model, torch.optim.AdamW(model.parameters()))
scheduler = lambda_lr(optimizer, rate)
rates = []
for step in range(12):
    rates.append(optimizer.param_groups[0]["lr"])
    optimizer.step()
    scheduler.step()
    if step == 5:
        saved = copy.deepcopy(optimizer.state_dict())
optimizer.load_state_dict(saved)  # with the rate of update 5 in it
rates.append(optimizer.param_groups[0]["lr"])
with open(f"seen-{accelerator.process_index}.json", "w") as file:
    json.dump([accelerator.num_processes, rates], file)
"""


def seen_by_every_process(page: Any, processes: int, program: str, folder: pathlib.Path) -> list[Any]:
    the_page = page("accelerate")
    the_page.write("program.py", program)
    the_page.shell(f"{LAUNCHERS[processes]} program.py")
    written = [json.loads(path.read_text()) for path in sorted(folder.glob("seen-*.json"))]
    assert [counted for counted, _ in written] == [processes] * processes
    return [seen for _, seen in written]


@pytest.mark.parametrize("processes", LAUNCHERS)
def test_the_commands_of_the_page(page: Any, processes: int) -> None:
    the_page = page("accelerate")
    assert the_page.commands == [f"{launcher} train.py" for launcher in LAUNCHERS.values()]
    assert [float(line) for line in the_page.command(processes - 1).split()] == [RATE(step) for step in range(6)]


@pytest.mark.parametrize("processes", LAUNCHERS)
def test_every_process_sees_one_curve_before_and_after_a_resume(page: Any, tmp_path: pathlib.Path, processes: int) -> None:
    for by_case in seen_by_every_process(page, processes, RESUMED, tmp_path):
        assert len(by_case) == 8
        for case, rates in by_case.items():
            assert rates == [RATE(step) for step in range(12)], case


def test_a_prepared_scheduler_runs_as_fast_as_there_are_processes(page: Any, tmp_path: pathlib.Path) -> None:
    for by_case in seen_by_every_process(page, 2, PREPARED, tmp_path):
        assert by_case["true"] == [RATE(2 * step) for step in range(7)]
        assert by_case["false"] == [RATE(step) for step in range(7)]


def test_a_scheduler_may_be_built_around_the_prepared_optimizer(page: Any, tmp_path: pathlib.Path) -> None:
    assert seen_by_every_process(page, 1, AROUND_THE_WRAPPER, tmp_path) == [[RATE(step) for step in range(13)]]
