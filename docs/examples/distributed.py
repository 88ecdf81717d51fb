"""How do I train on several processes, be killed at any moment, and go on, perhaps with another number of processes?

    torchrun --standalone --nproc-per-node 2 docs/examples/distributed.py

The same command goes on where the last one was stopped. A schedule needs little for that: every process computes its value
from the step, and the step is in the checkpoint. Here a tiny network is trained on the CPU with gloo, in three ways that
`--kind` names: DistributedDataParallel, the same with ZeroRedundancyOptimizer, and FSDP2. Each process writes the rates of
each of its updates to a file of its own, and `--kill` ends one of them in the middle, so that all this can be looked at.
"""

import argparse
import json
import os
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import torch
import torch.distributed as dist
import torch.distributed.checkpoint as dcp
from torch import Tensor, nn
from torch.distributed.checkpoint.state_dict import (
    get_model_state_dict,
    get_state_dict,
    set_model_state_dict,
    set_state_dict,
)
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.optim import ZeroRedundancyOptimizer
from torch.nn.parallel import DistributedDataParallel

import pure_schedules as ps
from pure_schedules_torch import lambda_lr, param_group_setter

BATCH = 12  # of all processes together: 1, 2, 3, 4, 6 or 12 of them share it evenly


# What is trained, and on what -----------------------------------------------------------------------------------------


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(8, 24), nn.Tanh(), nn.Linear(24, 1))


def share_of_batch(step: int) -> tuple[Tensor, Tensor]:
    """This process's part of batch `step`. The batch is a function of the step, whoever and however many there are."""
    random = Random(step)
    rows = [[random.gauss(0, 1) for _ in range(8)] for _ in range(BATCH)][dist.get_rank() :: dist.get_world_size()]
    inputs = torch.tensor(rows)
    return inputs, inputs.prod(dim=1, keepdim=True).sign()


# Three ways of sharing the work ---------------------------------------------------------------------------------------


@dataclass
class Run:
    """A model and its optimizer, each in the wrapper of its kind, and how they are written and read."""

    model: nn.Module
    optimizer: torch.optim.Optimizer

    def rates(self) -> list[float]:
        """The rates that the update just taken has used."""
        # ZeroRedundancyOptimizer passes its groups on to the optimizer of this process's share, and that takes the update.
        one_that_updates = getattr(self.optimizer, "optim", self.optimizer)
        return [group["lr"] for group in one_that_updates.param_groups]

    def write(self, folder: Path) -> None:
        """Every process writes its part of the model and of the optimizer's state into the folder."""
        if isinstance(self.optimizer, ZeroRedundancyOptimizer):
            # Which process has the state of which parameter, torch.distributed.checkpoint cannot know: one writes it all.
            dcp.save({"model": get_model_state_dict(self.model)}, checkpoint_id=folder)
            self.optimizer.consolidate_state_dict(to=0)
            if dist.get_rank() == 0:
                with open(folder / "optimizer.pt", "wb") as file:
                    torch.save(self.optimizer.state_dict(), file)
                    file.flush()
                    os.fsync(file.fileno())
        else:
            model, optimizer = get_state_dict(self.model, self.optimizer)
            dcp.save({"model": model, "optimizer": optimizer}, checkpoint_id=folder)

    def read(self, folder: Path) -> None:
        """Every process reads its part from the folder, whatever the number of processes that wrote it."""
        if isinstance(self.optimizer, ZeroRedundancyOptimizer):
            state = {"model": get_model_state_dict(self.model)}
            dcp.load(state, checkpoint_id=folder)
            set_model_state_dict(self.model, state["model"])
            self.optimizer.load_state_dict(torch.load(folder / "optimizer.pt", weights_only=True))
        else:
            model, optimizer = get_state_dict(self.model, self.optimizer)
            state = {"model": model, "optimizer": optimizer}
            dcp.load(state, checkpoint_id=folder)
            set_state_dict(self.model, self.optimizer, model_state_dict=state["model"], optim_state_dict=state["optimizer"])


def new_run(kind: str) -> Run:
    model = network()
    if kind == "fsdp":
        fully_shard(model, mesh=init_device_mesh("cpu", (dist.get_world_size(),)))
    else:
        model = DistributedDataParallel(model)
    # Biases are in a group of their own, as they are where weights decay.
    groups = [
        {"params": [parameter for name, parameter in model.named_parameters() if name.endswith(ending)]}
        for ending in ("weight", "bias")
    ]
    if kind == "zero":
        return Run(model, ZeroRedundancyOptimizer(groups, optimizer_class=torch.optim.Adam, lr=0.0))
    return Run(model, torch.optim.Adam(groups, lr=0.0))


# Checkpoints that are complete or not there ---------------------------------------------------------------------------


def save(run: Run, facts: dict[str, Any], options: argparse.Namespace) -> None:
    """Write under a temporary name, wait for the disk, rename: one who is killed leaves the last one as it was."""
    finished = options.out / f"step-{facts['step']:08}"
    unfinished = finished.with_suffix(".unfinished")
    if dist.get_rank() == 0:
        shutil.rmtree(unfinished, ignore_errors=True)  # of one who was killed
        unfinished.mkdir()
    dist.barrier()
    run.write(unfinished)
    dist.barrier()  # now all of it is written
    if dist.get_rank() == 0:
        with open(unfinished / "run.json", "w") as file:
            json.dump(facts, file)
            file.flush()
            os.fsync(file.fileno())
        die_if("save", facts["step"], 0, options)
        sync(unfinished)
        os.replace(unfinished, finished)
        sync(options.out)


def sync(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, as `os.fsync` does for what is in a file."""
    descriptor = os.open(folder, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def newest(out: Path) -> Path | None:
    """The newest complete checkpoint. One process looks, so that all go on from the same."""
    found: list[Any] = [None]
    if dist.get_rank() == 0:
        out.mkdir(parents=True, exist_ok=True)
        found[0] = max((path for path in out.glob("step-*") if not path.suffix), default=None)
    dist.broadcast_object_list(found, src=0)
    return found[0]


# Training -------------------------------------------------------------------------------------------------------------


def train(schedule: ps.Schedule, options: argparse.Namespace) -> None:
    run, first = new_run(options.kind), 0
    set_step = param_group_setter(run.optimizer, lr=schedule)
    if folder := newest(options.out):
        run.read(folder)
        saved = json.loads((folder / "run.json").read_text())
        first = saved["step"]
        say(f"Going on with update {first}, from a checkpoint of {saved['processes']} processes.")
        for change in set_step.differences(saved["schedule"]):
            say(f"Since then {change}.")

    # A scheduler of torch is built when the step is known. The checkpoint is the same, whichever of the two writes the rate.
    scheduler = lambda_lr(run.optimizer, schedule, last_epoch=first - 1) if options.adapter == "lambda_lr" else None
    facts = {"schedule": set_step.fingerprint(), "processes": dist.get_world_size()}

    with open(options.out / f"rank-{dist.get_rank()}.jsonl", "a", buffering=1) as log:  # written line by line
        for step in range(first, options.steps):
            if step > first and step % options.every == 0:
                save(run, {**facts, "step": step}, options)
            die_if("update", step, dist.get_world_size() - 1, options)
            inputs, targets = share_of_batch(step)
            loss = (run.model(inputs) - targets).square().mean()
            run.optimizer.zero_grad()
            loss.backward()
            if scheduler is None:
                set_step(step)
            run.optimizer.step()
            log.write(json.dumps({"step": step, "rates": run.rates(), "loss": loss.item()}) + "\n")
            if scheduler is not None:
                scheduler.step()
    if first < options.steps:
        save(run, {**facts, "step": options.steps}, options)
    say(f"Done: {options.steps} updates.")


def say(text: str) -> None:
    if dist.get_rank() == 0:
        print(text, flush=True)


def die_if(where: str, step: int, rank: int, options: argparse.Namespace) -> None:
    """This process ends at once, as by a power cut, if it was asked to; but not again when torchrun has restarted it."""
    asked = options.kill == [where, str(step)] and os.environ["TORCHELASTIC_RESTART_COUNT"] == "0"
    if asked and dist.get_rank() == rank:
        os.kill(os.getpid(), signal.SIGKILL)


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Train a tiny network on several processes. Run it with torchrun.")
    add = parser.add_argument
    add("--kind", default="ddp", choices=["ddp", "zero", "fsdp"], help="how the work is shared (default: %(default)s)")
    add("--adapter", default="setter", choices=["setter", "lambda_lr"], help="what writes the rate (default: %(default)s)")
    add("--steps", default=40, type=int, metavar="N", help="updates (default: %(default)s)")
    add("--every", default=10, type=int, metavar="N", help="updates between checkpoints (default: %(default)s)")
    add("--out", default=Path("out/distributed"), type=Path, metavar="DIR", help="for checkpoints and rates")
    add("--kill", default=[], nargs=2, metavar=("WHERE", "STEP"), help="die at this step: `update 25` or `save 30`")
    options = parser.parse_args()
    if options.kill and options.kill[0] not in ("update", "save"):
        parser.error(f"argument --kill: WHERE must be update or save, got {options.kill[0]}")
    return options


def main() -> None:
    options = read_options()
    torch.set_num_threads(1)
    dist.init_process_group("gloo")
    train(ps.warmup_cosine(peak=0.02, warmup_steps=options.steps // 5, total_steps=options.steps), options)
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
