"""What type checkers must accept, and what they must refuse: checked by `make check`, never run.

Each line that ends in `type: ignore` holds a mistake. The checkers are told to complain of an ignore that nothing needs,
so a mistake that went unseen fails the check.
"""

from typing import Any

import torch
from typing_extensions import assert_type

import pure_schedules as ps
from pure_schedules.checks import positive
from pure_schedules.numeric import Value, progress

warmup = ps.linear(start=0.0, end=1e-3, steps=1000)
assert_type(warmup, ps.Schedule)
assert_type(warmup(3), float)
assert_type(warmup(0.5), float)
assert_type(warmup(torch.arange(10)), torch.Tensor)
assert_type(ps.join([warmup, lambda step: 0.1 * step], boundaries=[1000]), ps.Schedule)
assert_type(ps.linear(start=torch.zeros(()), end=1, steps=10), ps.Schedule)
assert_type(ps.warmup_stable_decay(peak=1, warmup_steps=1, decay_steps=1, total_steps=9, decay=ps.cosine), ps.Schedule)
assert_type(ps.parse("constant(value=1)"), ps.Schedule)
assert_type(ps.bundle(lr=ps.constant(value=1.0)), ps.Bundle)
assert_type(ps.bundle(lr=ps.constant(value=1.0)).replace({"lr": {"value": 2.0}}), ps.Bundle)
assert_type(ps.bundle(lr=ps.constant(value=1.0))(0), dict[str, Any])
assert_type(warmup.hyperparameters, dict[str, Any])
ps.bundle(lr=warmup, betas=(warmup, None))

ps.linear(strat=0.0, end=1.0, steps=10)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
ps.linear(start=0.0, end=1.0)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
ps.linear(0.0, 1.0, 10)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
ps.linear(start="0", end=1.0, steps=10)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
ps.scale(0.5, factor=2.0)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
ps.join(warmup)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
assert_type(warmup.steps, float)
assert_type(ps.bundle(lr=warmup)["lr"], ps.Schedule)
ps.bundle(lr=0.1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
ps.parse(3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
warmup.steps = 3  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


@ps.schedule(every=positive)
def halving(step: Value, *, start: Value, every: Value) -> Any:
    return start * 0.5 ** (step / every)


@ps.schedule
def eased(step: Value, *, steps: Value) -> Any:
    return progress(step, steps) ** 2


@ps.recipe
def eased_then_halving(*, peak: Value) -> ps.Schedule:
    return ps.join([ps.scale(eased(steps=10), factor=peak), halving(start=peak, every=5)])


assert_type(halving(start=1.0, every=10)(3), float)
assert_type(eased_then_halving(peak=1.0), ps.Schedule)
halving(start=1.0, evry=10)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
eased_then_halving(peek=1.0)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
