"""Says in JSON what the adapters do where they are installed: floats and tensors as rates, both adapters, a resume.

No `assert`: it is run under `python -O` too. The tests judge.
"""

import importlib.util
import json
import pkgutil
from importlib import import_module

import torch

import pure_schedules as ps
import pure_schedules_torch
from pure_schedules_torch import from_torch, lambda_lr, param_group_setter

modules = [f"pure_schedules_torch.{found.name}" for found in pkgutil.iter_modules(pure_schedules_torch.__path__)]
for name in modules:
    import_module(name)

LR = ps.warmup_cosine(peak=1.0, warmup_steps=4, total_steps=12)


def optimizer_of(lr):
    parameters = [{"params": [torch.nn.Parameter(torch.ones(1))]} for _ in range(2)]
    return torch.optim.SGD(parameters, lr=lr, momentum=0.5)


def update(optimizer):
    """The rates of both groups at this update."""
    for group in optimizer.param_groups:
        group["params"][0].grad = torch.ones(1)
    used = [float(group["lr"]) for group in optimizer.param_groups]
    optimizer.step()
    return used


def by_setter(lr):
    optimizer = optimizer_of(lr)
    set_step = param_group_setter(optimizer, lr=[LR, ps.scale(LR, factor=0.5)])
    used = []
    for step in range(15):
        set_step(step)
        used.append(update(optimizer))
    return used


def by_scheduler(lr):
    """Stopped after the fifth update, saved, and resumed with everything built again."""
    optimizer, used = optimizer_of(lr), []
    scheduler = lambda_lr(optimizer, [LR, ps.scale(LR, factor=0.5)])
    for step in range(15):
        if step == 5:
            saved = optimizer.state_dict(), scheduler.state_dict()
            optimizer = optimizer_of(lr)
            scheduler = lambda_lr(optimizer, [LR, ps.scale(LR, factor=0.5)])
            optimizer.load_state_dict(saved[0])
            scheduler.load_state_dict(saved[1])
        used.append(update(optimizer))
        scheduler.step()
    return used


def keeps_the_tensor():
    rate = torch.tensor(0.5)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=rate)
    place = rate.data_ptr()
    param_group_setter(optimizer, lr=LR)(2)
    return optimizer.param_groups[0]["lr"] is rate and rate.data_ptr() == place and rate.item() == 0.5


torchs_own = torch.optim.lr_scheduler.StepLR(optimizer_of(0.5), step_size=3)
told = {
    "file": pure_schedules_torch.__file__,
    "modules": modules,
    "setter": by_setter(0.125),
    "setter on tensors": by_setter(torch.tensor(0.125, dtype=torch.float64)),
    "scheduler": by_scheduler(0.125),
    "scheduler on tensors": by_scheduler(torch.tensor(0.125, dtype=torch.float64)),
    "keeps the tensor": keeps_the_tensor(),
    "tensor of steps": LR(torch.arange(15)).tolist(),
    "slope": torch.func.grad(lambda peak: LR(2, {"peak": peak}))(torch.tensor(1.0)).item(),
    "from torch": repr(from_torch(torchs_own)),
    "numpy": importlib.util.find_spec("numpy") is not None,
}
print(json.dumps(told))
