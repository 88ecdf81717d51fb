"""What type checkers must accept of the adapters, and what they must refuse, as in `support/typing_examples.py`."""

import torch

import pure_schedules as ps
from pure_schedules_torch import by_group, lambda_lr, param_group_setter, relative

warmup = ps.linear(start=0.0, end=1e-3, steps=1000)
optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.1)
as_torchs_own: torch.optim.lr_scheduler.LambdaLR = lambda_lr(optimizer, warmup)
param_group_setter(optimizer, lr=warmup, momentum=by_group(lambda group: warmup if group["lr"] else None))(3)
param_group_setter([optimizer], betas=(warmup, None), lr=[warmup, relative(warmup), None])
param_group_setter({"a": optimizer}, lr={"a": warmup}, **ps.bundle(weight_decay=warmup)).follow(lr=lambda step: 0.1)
param_group_setter(optimizer, lr=0.1)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
param_group_setter(optimizer, betas=(warmup, 0.9))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
param_group_setter(optimizer, lr=ps.linear)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
lambda_lr(optimizer, 0.1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
lambda_lr(optimizer, warmup, absolute=True)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
