"""Law 10, for the adapters: what each of them says of a mistake, every message in full."""

import re
from typing import Any

import pytest
import torch
from training import by_scheduler, optimizer_of

import pure_schedules as ps
from pure_schedules_torch import by_group, from_torch, lambda_lr, param_group_setter, relative

UP = ps.linear(start=0.0, end=1.0, steps=10)


def with_rate(rate: Any) -> torch.optim.Optimizer:
    optimizer = optimizer_of()
    optimizer.param_groups[0]["lr"] = rate
    return optimizer


# What is written, the kind of error, and its message.
MISTAKES: list[tuple[Any, type[Exception], str]] = [
    (
        lambda: lambda_lr(optimizer_of(2), [UP]),
        ValueError,
        "lambda_lr: lr lists 1 schedules, and the optimizer has 2 parameter groups; param_groups[1] has none; "
        "give one for each, None to leave one unchanged, or by_group(rule) to serve groups that come later",
    ),
    (
        lambda: lambda_lr(optimizer_of(), 0.1),
        TypeError,
        "lambda_lr: lr of param_groups[0] must be given a schedule, a function of the step, or None, got 0.1; "
        "for a fixed value write constant(value=...)",
    ),
    (
        lambda: lambda_lr(optimizer_of(), ps.linear),
        TypeError,
        "lambda_lr: lr of param_groups[0] must be given a schedule, and this is a function that makes one, got linear; "
        "give its hyperparameters: linear(...)",
    ),
    (
        lambda: lambda_lr(optimizer_of(2), [UP, ps.warmup_cosine]),
        TypeError,
        "lambda_lr: lr of param_groups[1] must be given a schedule, and this is a function that makes one, "
        "got warmup_cosine; give its hyperparameters: warmup_cosine(...)",
    ),
    (
        lambda: param_group_setter(optimizer_of(), lr=ps.linear),
        TypeError,
        "param_group_setter: lr of param_groups[0] must be given a schedule, and this is a function that makes one, "
        "got linear; give its hyperparameters: linear(...)",
    ),
    (
        lambda: lambda_lr(optimizer_of(), UP, last_epoch=-5),
        ValueError,
        "lambda_lr: last_epoch must be a whole number from -1 on, got last_epoch=-5; "
        "to continue with update k write last_epoch=k - 1",
    ),
    (
        lambda: lambda_lr(object(), UP),  # type: ignore[arg-type]
        TypeError,
        r"lambda_lr: optimizer must be a torch.optim.Optimizer, got <object object at 0x...>; "
        "for several, and for anything else that has param_groups, use param_group_setter",
    ),
    (
        lambda: param_group_setter(object(), lr=UP),
        TypeError,
        "param_group_setter: an optimizer must have param_groups, got <object object at 0x...>; give the optimizer itself",
    ),
    (
        lambda: param_group_setter([], lr=UP),
        ValueError,
        "param_group_setter: the optimizer has no parameter groups; give it parameters first",
    ),
    (
        lambda: param_group_setter(optimizer_of()),
        ValueError,
        "param_group_setter: no schedule was given; write param_group_setter(optimizer, lr=...)",
    ),
    (
        lambda: param_group_setter(optimizer_of(), beta=UP),
        ValueError,
        "param_group_setter: beta of param_groups[0]: there is no such hyperparameter, got 'beta'; the group has lr, "
        "momentum, dampening, weight_decay, nesterov, maximize, foreach, differentiable, fused",
    ),
    (
        lambda: param_group_setter(optimizer_of(), nesterov=UP),
        TypeError,
        "param_group_setter: nesterov of param_groups[0] is False, which is not one number; only numbers can be scheduled",
    ),
    (
        lambda: param_group_setter(optimizer_of(kind=torch.optim.Adam), betas=UP),
        TypeError,
        "param_group_setter: betas of param_groups[0] is (0.9, 0.999), and one schedule was given; "
        "give a tuple as long, None to leave a value unchanged",
    ),
    (
        lambda: param_group_setter(optimizer_of(kind=torch.optim.Adam), betas=(UP,)),
        ValueError,
        "param_group_setter: betas of param_groups[0] has 2 values, and 1 schedules were given; "
        "give one for each, None to leave one unchanged",
    ),
    (
        lambda: param_group_setter(optimizer_of(), lr=(UP, None)),
        TypeError,
        "param_group_setter: lr of param_groups[0] is 0.125, one value, and a tuple of schedules was given; "
        "give one schedule",
    ),
    (
        lambda: param_group_setter(optimizer_of(), lr=lambda step: "fast"),
        TypeError,
        "param_group_setter: a schedule must give one real number, got 'fast' from <function <lambda> at 0x...> at step 0; "
        "give one whose hyperparameters are single numbers",
    ),
    (
        lambda: lambda_lr([optimizer_of(), optimizer_of(kind=torch.optim.Adam)], UP),  # type: ignore[arg-type]
        TypeError,
        "lambda_lr: optimizer must be a torch.optim.Optimizer, got [SGD, Adam]; "
        "for several, and for anything else that has param_groups, use param_group_setter",
    ),
    (
        lambda: param_group_setter([[optimizer_of(), optimizer_of()]], lr=UP),
        TypeError,
        "param_group_setter: an optimizer must have param_groups, got [SGD, SGD]; give the optimizer itself",
    ),
    (
        lambda: param_group_setter(optimizer_of(), UP),  # type: ignore[call-arg]
        TypeError,
        "param_group_setter: too many positional arguments; write param_group_setter(optimizer, lr=schedule)",
    ),
    (
        lambda: param_group_setter(lr=UP),  # type: ignore[call-arg]
        TypeError,
        "param_group_setter: missing a required argument: 'optimizer'; write param_group_setter(optimizer, lr=schedule)",
    ),
    (
        lambda: lambda_lr(optimizer_of(), lr=UP),  # type: ignore[call-arg]
        TypeError,
        "lambda_lr: missing a required argument: 'schedule'; write lambda_lr(optimizer, schedule)",
    ),
    (
        lambda: lambda_lr(optimizer_of(), UP, weight_decay=UP),  # type: ignore[call-arg]
        TypeError,
        "lambda_lr: got an unexpected keyword argument 'weight_decay'; write lambda_lr(optimizer, schedule)",
    ),
    (
        lambda: by_group(),  # type: ignore[call-arg]
        TypeError,
        "by_group: missing a required argument: 'rule'; write by_group(lambda group: ...)",
    ),
    (
        lambda: relative(UP, UP),  # type: ignore[call-arg]
        TypeError,
        "relative: too many positional arguments; write relative(schedule)",
    ),
    (
        lambda: param_group_setter(optimizer_of(), wieght_decay=UP),
        ValueError,
        "param_group_setter: wieght_decay of param_groups[0]: there is no such hyperparameter, got 'wieght_decay'; "
        "did you mean 'weight_decay'? the group has lr, momentum, dampening, weight_decay, nesterov, maximize, foreach, "
        "differentiable, fused",
    ),
    (
        lambda: param_group_setter(optimizer_of(), foreach=UP),
        TypeError,
        "param_group_setter: foreach of param_groups[0] is None, so the optimizer finds a value itself; "
        "build the optimizer with a number, and Adafactor with relative_step=False",
    ),
    (
        lambda: lambda_lr(with_rate(None), UP),
        TypeError,
        "lambda_lr: lr of param_groups[0] is None, so the optimizer finds a value itself; "
        "build the optimizer with a number, and Adafactor with relative_step=False",
    ),
    (
        lambda: lambda_lr(with_rate(torch.tensor(0)), UP),
        TypeError,
        "lambda_lr: lr of param_groups[0] is a tensor of torch.int64, which cannot hold a rate, got tensor(0); "
        "write torch.tensor(0.0)",
    ),
    (
        lambda: lambda_lr(optimizer_of(2), by_group(lambda group: {1: UP}[group["depth"]])),
        ValueError,
        "lambda_lr: lr of param_groups[0]: the rule raised KeyError('depth'); the group has lr, momentum, dampening, "
        "weight_decay, nesterov, maximize, foreach, differentiable, fused; write group.get(...) for what only some groups "
        "have",
    ),
    (
        lambda: param_group_setter([optimizer_of(1), optimizer_of(2)], lr=[UP, UP]),
        ValueError,
        "param_group_setter: lr lists 2 schedules, and the 2 optimizers have 3 parameter groups; give one for each, "
        "or one for each optimizer, by name: param_group_setter({'a': ..., 'b': ...}, lr={'a': ..., 'b': ...}), "
        "None to leave one unchanged, or by_group(rule) to serve groups that come later",
    ),
    (
        lambda: param_group_setter([optimizer_of(1), optimizer_of(2)], lr={"a": UP, "b": UP}),
        TypeError,
        "param_group_setter: lr is a dict, which has a schedule for each optimizer by its name, and there are no names; "
        "write param_group_setter({'a': ..., 'b': ...}, lr={'a': ..., 'b': ...}), or for groups by their names "
        "lr=by_group(lambda group: schedules[group['name']])",
    ),
    (
        lambda: lambda_lr(optimizer_of(), lambda group: UP),
        TypeError,
        "lambda_lr: a schedule must give one real number, got linear(start=0.0, end=1.0, steps=10) "
        "from <function <lambda> at 0x...> at step 0; give by_group(rule), if this is a rule",
    ),
    (
        lambda: lambda_lr(optimizer_of(), UP).follow(lr=UP),  # type: ignore[call-arg]
        TypeError,
        "follow: missing a required argument: 'schedule'; write scheduler.follow(schedule)",
    ),
    (
        lambda: param_group_setter(optimizer_of(), lr=UP).follow(UP),  # type: ignore[call-arg]
        TypeError,
        "follow: too many positional arguments; write set_step.follow(lr=schedule)",
    ),
    (
        lambda: param_group_setter({"muon": optimizer_of(1), "adam": optimizer_of(2)}, lr={"muno": UP, "adam": UP}),
        ValueError,
        "param_group_setter: lr has schedules for muno, adam, and the optimizers are muon, adam; "
        "give one for each, None to leave one unchanged",
    ),
    (
        lambda: param_group_setter({"muon": optimizer_of(1), "adam": optimizer_of(2)}, lr={"muon": UP, "adam": [UP]}),
        ValueError,
        "param_group_setter: lr lists 1 schedules, and optimizer adam has 2 parameter groups; param_groups[1] has none; "
        "give one for each, None to leave one unchanged, or by_group(rule) to serve groups that come later",
    ),
    (
        lambda: param_group_setter({"muon": optimizer_of(1), "adam": optimizer_of(2)}, lr={"muon": UP, "adam": 0.1}),
        TypeError,
        "param_group_setter: lr of param_groups[0] of optimizer adam must be given a schedule, a function of the step, or "
        "None, got 0.1; for a fixed value write constant(value=...)",
    ),
    (
        lambda: by_group(UP),
        TypeError,
        "by_group: rule must be a function of a parameter group, got linear(start=0.0, end=1.0, steps=10); "
        "write by_group(lambda group: ...)",
    ),
]


@pytest.mark.parametrize(("mistake", "kind", "message"), MISTAKES, ids=[message[:60] for _, _, message in MISTAKES])
def test_the_message_in_full(mistake: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind) as caught:
        mistake()
    assert type(caught.value) is kind
    said = re.sub(r"<function .*?<lambda> at 0x\w+>", "<function <lambda> at 0x...>", str(caught.value))
    assert re.sub(r" at 0x\w+", " at 0x...", said) == message


def theirs(optimizer: Any) -> Any:
    return torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)


def ours(optimizer: Any) -> Any:
    return lambda_lr(optimizer, UP)


def in_turn(optimizer: Any, schedulers: list[Any]) -> Any:
    return torch.optim.lr_scheduler.SequentialLR(optimizer, schedulers, [3] * (len(schedulers) - 1))


def chained(optimizer: Any, schedulers: list[Any]) -> Any:
    return torch.optim.lr_scheduler.ChainedScheduler(schedulers)


@pytest.mark.parametrize("inside", [False, True], ids=["alone", "in another"])
@pytest.mark.parametrize("makers", [[ours], [ours, ours], [ours, theirs], [theirs, ours], [theirs, theirs, ours]])
@pytest.mark.parametrize(
    ("contain", "instead"),
    [(in_turn, "SequentialLR, .*join"), (chained, "ChainedScheduler, .*multiply")],
    ids=["sequence", "chain"],
)
def test_a_container_of_torch_says_at_once_what_to_attach(contain: Any, instead: str, makers: Any, inside: bool) -> None:
    optimizer = optimizer_of(2)
    schedulers = [make(optimizer) for make in makers]
    before = [group["lr"] for group in optimizer.param_groups]
    with pytest.raises(TypeError, match=f"^lambda_lr: its scheduler must not be given to {instead}.*from_torch"):
        contain(optimizer, [contain(optimizer, schedulers), theirs(optimizer)] if inside else schedulers)
    assert [group["lr"] for group in optimizer.param_groups] == before


def test_what_the_container_says_to_attach_is_what_it_would_have_been() -> None:
    optimizer = optimizer_of(lr=0.5)
    decay = from_torch(theirs(optimizer_of(lr=0.5)))
    scheduler = lambda_lr(optimizer, ps.join([ps.linear(start=0.0, end=0.5, steps=3), decay], boundaries=[3]))
    used = by_scheduler(optimizer, scheduler, range(6))
    assert [rate for (rate,) in used] == pytest.approx([0.0, 0.5 / 3, 1.0 / 3, 0.5, 0.25, 0.125])
    assert scheduler.optimizer is optimizer
