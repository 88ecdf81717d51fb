"""A training program to be killed. It tells of everything it does, one line each, and saves by the recipe of the docs.

    python tests/attacks/train.py FOLDER UPDATES setter|lambda_lr [changes]

With `changes` the plan is changed in the middle of the run, and saved by the recipe of docs/longer-run.md.
The checkpoint is padded with 8 MB in pieces, so that writing it takes long enough for a kill to fall into it.
"""

import hashlib
import os
import sys
from pathlib import Path
from typing import Any

import torch
from torch import nn

import pure_schedules as ps
from pure_schedules_torch import lambda_lr, param_group_setter

EVERY = 5
PIECES, PIECE = 64, 2**17
PADDING = PIECES * PIECE


def schedule_for(updates: int) -> ps.Schedule:
    return ps.warmup_cosine(peak=1e-2, warmup_steps=updates // 10, total_steps=updates)


def cooled(plan: ps.Schedule, updates: int) -> ps.Schedule:
    return ps.cool_down(plan, at=updates // 2, decay_steps=updates // 4)


# Word for word as in docs/distributed.md, "Complete, or not there".
def save(checkpoint, path):
    unfinished = f"{path}.unfinished"
    with open(unfinished, "wb") as file:
        torch.save(checkpoint, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(unfinished, path)


def say(*words: object) -> None:
    """One line in one write, which a kill cannot cut."""
    os.write(sys.stdout.fileno(), (" ".join(map(str, words)) + "\n").encode())


def main(path: Path, updates: int, adapter: str, changes: bool) -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
    optimizer = torch.optim.Adam(model.parameters())
    checkpoint = torch.load(path, weights_only=True) if path.exists() else None
    plan = ps.from_data(checkpoint["plan"]) if checkpoint else schedule_for(updates)
    set_step = param_group_setter(optimizer, lr=plan) if adapter == "setter" else None
    scheduler = lambda_lr(optimizer, plan) if adapter == "lambda_lr" else None
    first = 0
    if checkpoint:
        model.load_state_dict(checkpoint["model"])
        optimizer.load_state_dict(checkpoint["optimizer"])
        first = checkpoint["step"]
        if set_step:
            set_step.require_same(checkpoint["schedule"])
        if scheduler:
            scheduler.load_state_dict(checkpoint["scheduler"])
            scheduler.require_same(checkpoint["scheduler"])
    say("begins", first)

    for step in range(first, updates):
        inputs = torch.randn(16, 4, generator=torch.Generator().manual_seed(step))
        loss = (model(inputs) - inputs.square().sum(1, keepdim=True)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        if changes and step == updates // 2:
            plan = cooled(plan, updates)
            set_step.follow(lr=plan) if set_step else scheduler.follow(plan)
        if set_step:
            set_step(step)
        used = optimizer.param_groups[0]["lr"]
        optimizer.step()
        if scheduler:
            scheduler.step()
        say("update", step, used.hex(), loss.item().hex())
        if (step + 1) % EVERY == 0:
            saved: dict[str, Any] = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
            saved |= {"step": step + 1, "plan": ps.to_data(plan)}
            saved["padding"] = [torch.full((PIECE,), step % 251, dtype=torch.uint8) for _ in range(PIECES)]
            if set_step:
                saved["schedule"] = set_step.fingerprint()
            if scheduler:
                saved["scheduler"] = scheduler.state_dict()
            say("saves", step + 1)
            save(saved, path)
            say("saved", step + 1)

    parameters = b"".join(parameter.detach().numpy().tobytes() for parameter in model.parameters())
    say("ends", hashlib.sha256(parameters).hexdigest())


if __name__ == "__main__":
    main(Path(sys.argv[1]) / "checkpoint.pt", int(sys.argv[2]), sys.argv[3], "changes" in sys.argv[4:])
