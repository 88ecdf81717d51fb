"""A program without a mistake: a type checker has nothing to say about it."""

import torch

import pure_schedules as ps
from pure_schedules.checks import positive
from pure_schedules.numeric import Value
from pure_schedules_torch import by_group, from_torch, lambda_lr, param_group_setter


@ps.schedule(steps=positive)
def parabola(step: Value, *, peak: Value, steps: Value) -> Value:
    return peak * (step / steps) ** 2


def curve(lr: ps.Schedule, steps: int) -> list[float]:
    return [lr(step) for step in range(steps)]


def train(model: torch.nn.Module, lr: ps.Schedule, steps: int) -> None:
    optimizer = torch.optim.AdamW(model.parameters())
    set_step = param_group_setter(optimizer, lr=lr, weight_decay=ps.linear(start=0.1, end=0.0, steps=steps))
    for step in range(steps):
        set_step(step)
        optimizer.step()


def attach(optimizer: torch.optim.Optimizer, lr: ps.Schedule) -> torch.optim.lr_scheduler.LambdaLR:
    return lambda_lr(optimizer, by_group(lambda group: lr if group["params"] else None))


lr = ps.join([parabola(peak=1.0, steps=10), ps.cosine(start=1.0, end=0.1, steps=90)])
values: torch.Tensor = lr(torch.arange(100))
halved: ps.Schedule = ps.scale(lr, factor=0.5)
again: ps.Schedule = ps.parse(repr(halved), {"parabola": parabola})
theirs: ps.Schedule = ps.like.torch.StepLR(step_size=30, lr=0.1)
taken_over: ps.Schedule = from_torch(attach(torch.optim.SGD([torch.zeros(1)]), lr))
train(torch.nn.Linear(4, 1), ps.warmup_cosine(peak=3e-4, warmup_steps=1_000, total_steps=10_000), steps=3)
print(curve(ps.linear(start=0.0, end=1.0, steps=4), 3), values, again, theirs, taken_over)
