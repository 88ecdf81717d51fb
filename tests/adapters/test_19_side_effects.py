"""Law 19: no side effects. A failed attach leaves the groups as they were; `optimizer.step` is never wrapped; no cycles."""

import ast
import pathlib
import subprocess
import sys
from typing import Any

import pytest
import torch
from training import by_scheduler, by_setter, optimizer_of

import pure_schedules as ps
import pure_schedules_torch
from pure_schedules_torch import by_group, lambda_lr, param_group_setter

CONSTANT = ps.constant(value=1.0)


def failing(step: float) -> float:
    raise RuntimeError("not today")


def snapshot(optimizer: Any) -> Any:
    """Every group with its keys in their order, and the very objects in it."""
    return [[(key, id(value), repr(value)) for key, value in group.items()] for group in optimizer.param_groups]


@pytest.mark.parametrize("lr", [0.125, "tensor"])
@pytest.mark.parametrize(
    "attach",
    [
        lambda optimizer: lambda_lr(optimizer, [CONSTANT]),
        lambda optimizer: lambda_lr(optimizer, [CONSTANT] * 3),
        lambda optimizer: lambda_lr(optimizer, 0.1),
        lambda optimizer: lambda_lr(optimizer, ps.linear),
        lambda optimizer: lambda_lr(optimizer, (CONSTANT, CONSTANT)),
        lambda optimizer: lambda_lr(optimizer, failing),
        lambda optimizer: lambda_lr(optimizer, CONSTANT, last_epoch=-2),
        lambda optimizer: lambda_lr(optimizer, [CONSTANT, failing]),
        lambda optimizer: lambda_lr(optimizer, by_group(lambda group: failing)),
        lambda optimizer: lambda_lr(optimizer, ps.constant(value=torch.ones(2))),
        lambda optimizer: param_group_setter(optimizer),
        lambda optimizer: param_group_setter(optimizer, lr=[CONSTANT]),
        lambda optimizer: param_group_setter(optimizer, lr=CONSTANT, rho=CONSTANT),
        lambda optimizer: param_group_setter(optimizer, lr=CONSTANT, betas=CONSTANT),
        lambda optimizer: param_group_setter(optimizer, lr=CONSTANT, betas=(CONSTANT,)),
        lambda optimizer: param_group_setter(optimizer, lr=(CONSTANT, None)),
        lambda optimizer: param_group_setter(optimizer, amsgrad=CONSTANT),
        lambda optimizer: param_group_setter(optimizer, lr=CONSTANT, weight_decay=failing),
        lambda optimizer: param_group_setter(optimizer, lr=lambda step: None),
        lambda optimizer: param_group_setter(optimizer, lr=by_group(lambda group: 0.5)),
        lambda optimizer: param_group_setter([optimizer, object()], lr=CONSTANT),
    ],
)
def test_an_attach_that_fails_leaves_the_optimizer_as_it_was(attach: Any, lr: Any) -> None:
    optimizer = optimizer_of(2, lr=torch.tensor(0.125) if lr == "tensor" else lr, kind=torch.optim.Adam)
    groups, before, attributes = optimizer.param_groups, snapshot(optimizer), dict(vars(optimizer))
    with pytest.raises((TypeError, ValueError, RuntimeError)):
        attach(optimizer)
    assert snapshot(optimizer) == before
    assert optimizer.param_groups is groups
    assert vars(optimizer) == attributes
    assert not optimizer._optimizer_load_state_dict_post_hooks


def test_building_schedules_touches_no_optimizer() -> None:
    optimizer = optimizer_of(2)
    before = snapshot(optimizer)
    ps.join([ps.warmup_cosine(peak=1.0, warmup_steps=1, total_steps=2), CONSTANT], boundaries=[5])(torch.arange(9))
    assert snapshot(optimizer) == before


@pytest.mark.parametrize("kind", [torch.optim.SGD, torch.optim.Adam])
def test_the_step_of_the_optimizer_is_never_wrapped(kind: Any) -> None:
    optimizer = optimizer_of(kind=kind)
    before = dict(vars(optimizer))
    scheduler = lambda_lr(optimizer, CONSTANT)
    by_scheduler(optimizer, scheduler, range(3))
    by_setter(optimizer, param_group_setter(optimizer, lr=CONSTANT), range(3))
    assert "step" not in vars(optimizer)
    assert optimizer.step.__func__ is kind.step
    assert vars(optimizer).keys() == before.keys()


def test_a_compiled_step_is_no_obstacle() -> None:
    optimizer = optimizer_of()
    optimizer.step = torch.compile(optimizer.step, backend="eager")  # torch's own schedulers fail on this
    scheduler = lambda_lr(optimizer, ps.linear(start=0.0, end=1.0, steps=4))
    assert by_scheduler(optimizer, scheduler, range(3)) == [[0.0], [0.25], [0.5]]


CYCLES = """
import gc, weakref
import torch
import pure_schedules as ps
from pure_schedules_torch import lambda_lr, param_group_setter
from training import by_scheduler, by_setter, optimizer_of

def use():
    optimizer = optimizer_of(2, lr=torch.tensor(0.5))
    schedule = ps.warmup_cosine(peak=1.0, warmup_steps=2, total_steps=8)
    scheduler = lambda_lr(optimizer, schedule)
    set_step = param_group_setter(optimizer, lr=[schedule, None], momentum=schedule)
    by_scheduler(optimizer, scheduler, range(3))
    by_setter(optimizer, set_step, range(3))
    return [weakref.ref(thing) for thing in (scheduler, set_step, schedule, optimizer)]

use()  # what torch makes once and keeps
gc.collect()
gc.disable()
dropped = use()
print([reference() for reference in dropped], gc.collect())
"""


def test_a_dropped_adapter_leaves_no_reference_cycle() -> None:
    # In a process of its own: what other tests have compiled leaves cycles of torch's behind.
    support = str(pathlib.Path(__file__).parents[1] / "support")
    output = subprocess.run([sys.executable, "-c", CYCLES], capture_output=True, text=True, check=True, cwd=support).stdout
    assert output == "[None, None, None, None] 0\n"


def test_a_scheduler_that_is_gone_leaves_nothing_in_the_optimizer() -> None:
    optimizer = optimizer_of()
    scheduler = lambda_lr(optimizer, CONSTANT)
    assert len(optimizer._optimizer_load_state_dict_post_hooks) == 1
    del scheduler
    assert not optimizer._optimizer_load_state_dict_post_hooks


def test_the_adapters_touch_no_private_attribute_of_torch() -> None:
    """Every attribute with an underscore that they name is one that they define.

    But for the functions of many tensors at once, which torch gives no other name: each is one launch on a GPU.
    """
    sources = [ast.parse(path.read_text()) for path in pathlib.Path(pure_schedules_torch.__file__).parent.glob("*.py")]
    nodes = [node for source in sources for node in ast.walk(source)]
    attributes = [node for node in nodes if isinstance(node, ast.Attribute) and node.attr.startswith("_")]
    own = {node.attr for node in attributes if isinstance(node.ctx, ast.Store)}
    own |= {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
    # They are reached through `self`, or through another adapter of this library: one that a weak reference gave back.
    for node in attributes:
        of_many_tensors = ast.unparse(node) in ("torch._foreach_add_", "torch._foreach_copy_", "torch._foreach_zero_")
        if not node.attr.startswith("__") and not of_many_tensors:
            assert node.attr in own
            assert isinstance(node.value, ast.Name)
            assert node.value.id in ("self", "alive", "other")
