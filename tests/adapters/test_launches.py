"""What a write asks of a device: as many operations for a thousand tensors as for two, and none that waits for it.

There need not be a GPU: each operation that torch dispatches is counted, which on a GPU is a launch, or for many tensors
a launch for about each hundred of them. `make bench-gpu` holds the same on a GPU, by its clock and by torch's own watch.
"""

from collections import Counter
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from training import optimizer_of

import pure_schedules as ps
from pure_schedules_torch import lambda_lr, param_group_setter

UP = ps.linear(start=0.0, end=1.0, steps=8)
THREE = [UP, ps.scale(UP, factor=2.0), ps.constant(value=0.5)]


class Counted(TorchDispatchMode):
    """Counts what torch is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.operations: Counter[str] = Counter()

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.operations[function.overloadpacket.__name__] += 1
        return function(*args, **(kwargs or {}))

    @property
    def launches(self) -> Counter[str]:
        """Those that are work for a device: a view of what is there is none."""
        views = {"detach", "view", "unbind", "unsqueeze", "_unsafe_view", "alias"}
        return Counter({name: count for name, count in self.operations.items() if name not in views})


def with_tensors(groups: int, **options: Any) -> torch.optim.Optimizer:
    optimizer = optimizer_of(groups)
    for group in optimizer.param_groups:
        group["lr"] = torch.full((), 0.5, **options)
    return optimizer


def schedules(kind: str, groups: int) -> Any:
    return UP if kind == "one" else [THREE[index % 3] for index in range(groups)]


def launches_of(groups: int, kind: str, adapter: str, step: Any, options: dict[str, Any]) -> Counter[str]:
    optimizer = with_tensors(groups, **options)
    given = schedules(kind, groups)
    attached = lambda_lr(optimizer, given) if adapter == "scheduler" else param_group_setter(optimizer, lr=given)
    before = [group["lr"] for group in optimizer.param_groups]
    with Counted() as counted:
        attached.step() if adapter == "scheduler" else attached(step)
    assert all(group["lr"] is rate for group, rate in zip(optimizer.param_groups, before, strict=True))
    return counted.launches


# No memory of theirs is written by NumPy: the one because of its type, the other because it has none.
PLACES: dict[str, dict[str, Any]] = {"half": {"dtype": torch.float16}, "meta": {"device": "meta"}}


@pytest.mark.parametrize("kind", ["one", "three"])
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("adapter", ["scheduler", "setter"])
def test_a_number_is_written_into_any_count_of_tensors_by_two_operations(adapter: str, place: str, kind: str) -> None:
    for groups in (3, 64, 1000):
        assert launches_of(groups, kind, adapter, 3, PLACES[place]) == {"_foreach_zero_": 1, "_foreach_add_": 1}


@pytest.mark.parametrize("kind", ["one", "three"])
@pytest.mark.parametrize("place", PLACES)
def test_a_tensor_step_takes_as_many_operations_for_a_thousand_groups(place: str, kind: str) -> None:
    step = torch.full((), 3.0, dtype=torch.float64, device=PLACES[place].get("device"))
    few, many = (launches_of(groups, kind, "setter", step, PLACES[place]) for groups in (3, 1000))
    assert few == many
    assert many["_foreach_copy_"] == 1
    assert many.total() < (20 if kind == "one" else 40)
    assert not many.keys() & {"_local_scalar_dense", "copy_", "fill_"}


def test_tensors_of_two_kinds_are_written_kind_by_kind() -> None:
    optimizer = with_tensors(64, dtype=torch.float16)
    for group in optimizer.param_groups[::2]:
        group["lr"] = torch.full((), 0.5, device="meta")
    set_step = param_group_setter(optimizer, lr=UP, weight_decay=UP)
    with Counted() as counted:
        set_step(2)
    assert counted.launches == {"_foreach_zero_": 2, "_foreach_add_": 2}
    assert [group["lr"].item() for group in optimizer.param_groups[1::2]] == [0.25] * 32


@pytest.mark.parametrize("step", [3, torch.tensor(3), torch.tensor(3.0)], ids=["number", "int64", "float32"])
@pytest.mark.parametrize("shape", [(), (1,)])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_each_tensor_has_the_value_of_its_own_schedule(dtype: torch.dtype, shape: tuple[int, ...], step: Any) -> None:
    optimizer = optimizer_of(7)
    for index, group in enumerate(optimizer.param_groups):
        group["lr"] = torch.full(shape, [0.5, torch.nan, torch.inf][index % 3], dtype=dtype)
    param_group_setter(optimizer, lr=schedules("three", 7))(step)
    assert [group["lr"].item() for group in optimizer.param_groups] == [[0.375, 0.75, 0.5][index % 3] for index in range(7)]


def test_a_state_asks_nothing_of_a_device() -> None:
    scheduler = lambda_lr(with_tensors(64, device="meta"), UP)
    scheduler.step()
    with Counted() as counted:
        scheduler.state_dict()
    assert not counted.operations
