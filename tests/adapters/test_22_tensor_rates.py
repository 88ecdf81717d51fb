"""Law 22: tensor rates. Written in place, never shared between groups, kept over a load; compiled updates stay compiled."""

import copy
from typing import Any, NamedTuple

import pytest
import torch
from torch._dynamo.utils import counters
from training import optimizer_of, update, update_if_torch_can

import pure_schedules as ps
from pure_schedules_torch import by_group, lambda_lr, param_group_setter

ONE, TWO = ps.constant(value=0.1), ps.constant(value=0.2)
UP = ps.linear(start=0.0, end=1.0, steps=10)


def tensor_optimizer(dtype: torch.dtype = torch.float32, groups: int = 2) -> torch.optim.Optimizer:
    return optimizer_of(groups, lr=torch.tensor(0.5, dtype=dtype))


@pytest.mark.parametrize("adapter", ["scheduler", "setter"])
def test_a_tensor_that_torch_put_into_two_groups_is_unshared(adapter: str) -> None:
    optimizer = tensor_optimizer()
    first, second = optimizer.param_groups
    assert first["lr"] is second["lr"]
    if adapter == "scheduler":
        lambda_lr(optimizer, [ONE, TWO])
    else:
        param_group_setter(optimizer, lr=[ONE, TWO])(0)
    assert (first["lr"].item(), second["lr"].item()) == (pytest.approx(0.1), pytest.approx(0.2))


def test_a_group_that_is_left_alone_keeps_its_rate_where_it_shared_the_tensor() -> None:
    optimizer = tensor_optimizer()
    param_group_setter(optimizer, lr=[ONE, None])(0)
    assert [group["lr"].item() for group in optimizer.param_groups] == [pytest.approx(0.1), 0.5]
    optimizer = tensor_optimizer()
    param_group_setter(optimizer, lr=[None, ONE])(0)
    assert [group["lr"].item() for group in optimizer.param_groups] == [0.5, pytest.approx(0.1)]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("shape", [(), (1,)])
@pytest.mark.parametrize("step_of", [int, torch.tensor], ids=["number", "tensor"])
def test_the_tensor_stays_the_same_tensor(dtype: torch.dtype, shape: tuple[int, ...], step_of: Any) -> None:
    optimizer = optimizer_of(1, lr=torch.full(shape, 0.5, dtype=dtype))
    rate = optimizer.param_groups[0]["lr"]
    pointer = rate.data_ptr()
    set_step, scheduler = param_group_setter(optimizer, lr=UP), lambda_lr(optimizer, UP)
    for step in range(12):
        for write in (lambda step=step: set_step(step_of(step)), scheduler.step):
            write()
            current = optimizer.param_groups[0]["lr"]
            assert current is rate
            assert (current.data_ptr(), current.dtype, current.shape) == (pointer, dtype, shape)
    assert rate.item() == 1.0


def test_a_float_stays_a_float_when_the_step_is_a_tensor() -> None:
    optimizer = optimizer_of(2)
    param_group_setter(optimizer, lr=UP)(torch.tensor(5))
    assert [group["lr"] for group in optimizer.param_groups] == [0.5, 0.5]
    assert type(optimizer.param_groups[0]["lr"]) is float


def test_a_rate_that_gradients_flow_into_is_written_without_history() -> None:
    rate = torch.tensor(0.5, requires_grad=True)
    optimizer = optimizer_of(1, lr=0.1)
    optimizer.param_groups[0]["lr"] = rate
    set_step = param_group_setter(optimizer, lr=lambda step: torch.tensor(2.0, requires_grad=True) * 3)
    for _ in range(3):
        set_step(0)
    assert rate.item() == 6.0
    assert rate.is_leaf
    assert optimizer.param_groups[0]["lr"] is rate


def test_what_is_read_for_a_log_does_not_change_under_the_reader() -> None:
    optimizer = tensor_optimizer()
    scheduler = lambda_lr(optimizer, UP)
    log = [scheduler.get_last_lr()[0]]
    for _ in range(3):
        scheduler.step()
        log.append(scheduler.get_last_lr()[0])
    assert [rate.item() for rate in log] == pytest.approx([0.0, 0.1, 0.2, 0.3])


@pytest.mark.parametrize("checkpoint", ["float", "tensor"])
def test_with_keep_tensors_the_memory_stays_the_same_over_a_load(checkpoint: str) -> None:
    other = (
        optimizer_of(2, lr=0.75) if checkpoint == "float" else optimizer_of(2, lr=torch.tensor(0.75, dtype=torch.float64))
    )
    optimizer = tensor_optimizer()
    set_step = param_group_setter(optimizer, keep_tensors=True, lr=[UP, TWO])
    rates = [group["lr"] for group in optimizer.param_groups]
    pointers = [rate.data_ptr() for rate in rates]
    set_step(3)
    for step in (4, 5):
        optimizer.load_state_dict(copy.deepcopy(other.state_dict()))
        set_step(step)
        assert all(group["lr"] is rate for group, rate in zip(optimizer.param_groups, rates, strict=True))
        assert [group["lr"].data_ptr() for group in optimizer.param_groups] == pointers
        assert [group["lr"].dtype for group in optimizer.param_groups] == [torch.float32] * 2
        assert [rate.item() for rate in rates] == pytest.approx([UP(step), 0.2])


def test_tensors_in_a_tuple_are_kept_too() -> None:
    betas = (torch.tensor(0.9), torch.tensor(0.999))
    optimizer = optimizer_of(2, kind=torch.optim.Adam)
    for group in optimizer.param_groups:
        group["betas"] = betas
    set_step = param_group_setter(optimizer, betas=[(UP, None), (ONE, None)])
    set_step(5)
    first, second = (group["betas"] for group in optimizer.param_groups)
    assert [value.item() for value in (*first, *second)] == pytest.approx([0.5, 0.999, 0.1, 0.999])
    assert first[0] is betas[0]


@pytest.mark.parametrize("checkpoint", ["float", "tensor"])
def test_with_keep_tensors_those_in_a_tuple_stay_over_a_load_too(checkpoint: str) -> None:
    def of(betas: tuple[Any, Any]) -> torch.optim.Optimizer:
        made = optimizer_of(2, kind=torch.optim.Adam)
        for group in made.param_groups:
            group["betas"] = betas
        return made

    other = of((0.5, 0.99)) if checkpoint == "float" else of((torch.tensor(0.5), 0.99))
    optimizer = of((torch.tensor(0.9), 0.999))
    set_step = param_group_setter(optimizer, keep_tensors=True, betas=(UP, None))
    kept = [group["betas"][0] for group in optimizer.param_groups]
    for step in (4, 5):
        optimizer.load_state_dict(copy.deepcopy(other.state_dict()))
        set_step(step)
        assert all(group["betas"][0] is tensor for group, tensor in zip(optimizer.param_groups, kept, strict=True))
        assert [tensor.item() for tensor in kept] == pytest.approx([UP(step)] * 2)
        assert [group["betas"][1] for group in optimizer.param_groups] == [0.99] * 2  # what is not scheduled is the load's


@pytest.mark.parametrize("adapter", ["scheduler", "setter"])
def test_autograd_hears_of_every_write(adapter: str) -> None:
    """A gradient through an update whose rate has been written over since is refused, as after any write in place."""
    optimizer = tensor_optimizer(groups=1)
    attached = lambda_lr(optimizer, UP) if adapter == "scheduler" else param_group_setter(optimizer, lr=UP)
    weight = torch.ones((), requires_grad=True)
    updated = weight * optimizer.param_groups[0]["lr"]
    attached.step() if adapter == "scheduler" else attached(3)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        updated.backward()


def test_a_tensor_that_was_replaced_by_hand_is_written_from_then_on() -> None:
    optimizer = tensor_optimizer()
    set_step = param_group_setter(optimizer, lr=UP)
    set_step(1)
    old = optimizer.param_groups[0]["lr"]
    new = optimizer.param_groups[0]["lr"] = torch.tensor(7.0)
    optimizer.param_groups[1]["lr"] = 7.0
    set_step(5)
    assert (new.item(), old.item()) == (0.5, pytest.approx(0.1))
    assert optimizer.param_groups[0]["lr"] is new
    assert optimizer.param_groups[1]["lr"] == 0.5


# What torch's compiler says of itself while it compiles is not about schedules.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("kind", "lr", "most"),
    [
        # Not SGD with a float: torch compiles its update for every float anew, also where a plain loop writes it.
        (torch.optim.AdamW, 0.0, 2),
        (torch.optim.Adam, 0.0, 2),
        (torch.optim.AdamW, torch.tensor(0.0), 1),
        (torch.optim.SGD, torch.tensor(0.0), 1),
    ],
)
@pytest.mark.parametrize("adapter", ["scheduler", "setter"])
def test_a_compiled_optimizer_stays_compiled(kind: Any, lr: Any, most: int, adapter: str) -> None:
    # The curve meets 0, 1 and the plateau between: values that an int could stand for.
    schedule = ps.warmup_stable_decay(peak=1.0, warmup_steps=50, decay_steps=50, total_steps=180)
    optimizer = optimizer_of(2, lr=lr, kind=kind)
    attached = lambda_lr(optimizer, schedule) if adapter == "scheduler" else param_group_setter(optimizer, lr=schedule)
    # The update of a few steps before, so that state that is made on the first is not counted as a change of the rate.
    for _ in range(3):
        update(optimizer)
    torch._dynamo.reset()
    counters.clear()
    compiled = torch.compile(optimizer.step, backend="aot_eager")
    used = []
    for step in range(200):
        attached.step(step) if adapter == "scheduler" else attached(step)
        used.append(float(optimizer.param_groups[0]["lr"]))
        compiled()
    assert used == pytest.approx([schedule(step) for step in range(200)], rel=1e-6)
    assert counters["stats"]["unique_graphs"] <= most


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("groups", [1, 3])
@pytest.mark.parametrize("adapter", ["scheduler", "setter"])
def test_a_tensor_of_the_schedule_itself_is_never_written_into(adapter: str, groups: int, dtype: torch.dtype) -> None:
    optimizer = optimizer_of(groups, lr=torch.tensor(1.0, dtype=dtype))
    rate = optimizer.param_groups[0]["lr"]
    for held in (rate, rate.detach()):  # the tensor, and another one with its memory
        optimizer.param_groups[0]["lr"] = rate
        line = ps.linear(start=held, end=0.0, steps=8)
        attached = lambda_lr(optimizer, line) if adapter == "scheduler" else param_group_setter(optimizer, lr=line)
        used = []
        for step in range(4):
            attached.step(step) if adapter == "scheduler" else attached(step)
            used.append([float(group["lr"]) for group in optimizer.param_groups])
        assert used == [[1.0] * groups, [0.875] * groups, [0.75] * groups, [0.625] * groups]
        assert rate == 1.0


def test_a_tensor_of_the_schedule_that_is_put_into_a_group_later_is_not_written_into_either() -> None:
    peak = torch.tensor(1.0)
    optimizer = optimizer_of(2)
    set_step = param_group_setter(optimizer, lr=ps.linear(start=peak, end=0.0, steps=8))
    optimizer.param_groups[1]["lr"] = peak
    for step in (2, 4):
        set_step(step)
        assert [float(group["lr"]) for group in optimizer.param_groups] == [1 - step / 8] * 2
    assert peak == 1.0


@pytest.mark.parametrize("before", [0.5, torch.tensor(0.5)], ids=["float", "tensor"])
@pytest.mark.parametrize("groups", [1, 3])
@pytest.mark.parametrize("adapter", ["scheduler", "setter"])
def test_a_tensor_that_is_put_into_a_group_later_stays_there(adapter: str, groups: int, before: Any) -> None:
    optimizer = optimizer_of(groups, lr=before)
    attached = lambda_lr(optimizer, UP) if adapter == "scheduler" else param_group_setter(optimizer, lr=UP)
    new = optimizer.param_groups[-1]["lr"] = torch.tensor(7.0)
    for step in (2, 5):
        attached.step(step) if adapter == "scheduler" else attached(step)
        assert optimizer.param_groups[-1]["lr"] is new
        assert [float(group["lr"]) for group in optimizer.param_groups] == pytest.approx([UP(step)] * groups)


@pytest.mark.parametrize("spec", [[UP, ONE, None], [None, ONE, UP], UP], ids=["first", "last", "one"])
def test_a_tensor_that_is_put_into_several_groups_later_is_given_to_each_as_its_own(spec: Any) -> None:
    optimizer = optimizer_of(3)
    set_step = param_group_setter(optimizer, lr=spec)
    set_step(1)
    new = torch.tensor(0.75)
    for group in optimizer.param_groups:
        group["lr"] = new
    set_step(5)
    of_each = spec if isinstance(spec, list) else [spec] * 3
    expected = [0.75 if schedule is None else schedule(5) for schedule in of_each]
    assert [float(group["lr"]) for group in optimizer.param_groups] == pytest.approx(expected)
    assert optimizer.param_groups[0]["lr"] is new


def test_a_tensor_whose_memory_has_moved_is_written_where_it_is_now() -> None:
    optimizer = tensor_optimizer()
    set_step = param_group_setter(optimizer, lr=UP)
    rate = optimizer.param_groups[0]["lr"]
    rate.data = torch.tensor(7.0)
    set_step(5)
    assert optimizer.param_groups[0]["lr"] is rate
    assert rate.item() == 0.5


def test_with_keep_tensors_a_group_that_is_left_alone_has_what_a_load_has_brought() -> None:
    optimizer = tensor_optimizer()
    set_step = param_group_setter(optimizer, keep_tensors=True, lr=[UP, None])
    kept = [group["lr"] for group in optimizer.param_groups]
    optimizer.load_state_dict(copy.deepcopy(optimizer_of(2, lr=0.75).state_dict()))
    set_step(5)
    assert all(group["lr"] is tensor for group, tensor in zip(optimizer.param_groups, kept, strict=True))
    assert [tensor.item() for tensor in kept] == [0.5, 0.75]


# Tensors that stand in several places, or cannot be written ------------------------------------------------------------


def two_optimizers(
    rate: Any, other: Any, kind: Any = torch.optim.Adam
) -> tuple[torch.optim.Optimizer, torch.optim.Optimizer]:
    return optimizer_of(lr=rate, kind=kind), optimizer_of(lr=other, kind=kind)


@pytest.mark.parametrize("adapter", ["scheduler", "setter", "one setter"])
@pytest.mark.parametrize("view", [lambda rate: rate, lambda rate: rate.detach(), lambda rate: rate.view(1)])
def test_a_tensor_that_stands_in_two_optimizers_is_given_to_each_as_its_own(view: Any, adapter: str) -> None:
    rate = torch.tensor(0.5)
    first, second = two_optimizers(rate, view(rate))
    if adapter == "one setter":
        param_group_setter([first, second], lr=[ONE, TWO])(0)
    elif adapter == "setter":
        setters = param_group_setter(first, lr=ONE), param_group_setter(second, lr=TWO)
        for set_step in setters:
            set_step(0)
    else:
        schedulers = lambda_lr(first, ONE), lambda_lr(second, TWO)
        for scheduler in schedulers:
            scheduler.step()
    assert (update(first), update_if_torch_can(second)) == (pytest.approx([0.1]), pytest.approx([0.2]))
    assert first.param_groups[0]["lr"] is rate


def test_a_tensor_that_an_optimizer_has_left_stays_the_same_in_the_next() -> None:
    rate = torch.tensor(0.5)
    first, second = two_optimizers(rate, rate)
    param_group_setter(first, lr=ONE)(0)
    first.param_groups[0]["lr"] = 0.5
    param_group_setter(second, lr=TWO)(0)
    assert second.param_groups[0]["lr"] is rate


@pytest.mark.parametrize("adapter", ["scheduler", "setter"])
@pytest.mark.parametrize("also", ["rate", "decay", "both"])
def test_a_tensor_that_stands_in_two_hyperparameters_is_given_to_each_as_its_own(also: str, adapter: str) -> None:
    shared = torch.tensor(0.5)
    optimizer = optimizer_of(2)
    for group in optimizer.param_groups:
        group["lr"], group["weight_decay"] = shared, shared.detach()
    if also != "decay":
        lambda_lr(optimizer, ONE) if adapter == "scheduler" else param_group_setter(optimizer, lr=ONE)(0)
    if also != "rate":
        param_group_setter(optimizer, weight_decay=TWO)(0)
    expected = (0.5 if also == "decay" else 0.1), (0.5 if also == "rate" else 0.2)
    assert [tuple(map(float, (g["lr"], g["weight_decay"]))) for g in optimizer.param_groups] == [pytest.approx(expected)] * 2


def test_with_several_optimizers_each_keeps_its_tensors_when_a_group_is_added_to_the_first() -> None:
    first, second = two_optimizers(torch.tensor(0.5), torch.tensor(0.5))
    set_step = param_group_setter([first, second], keep_tensors=True, lr=by_group(lambda group: UP))
    kept = [optimizer.param_groups[0]["lr"] for optimizer in (first, second)]
    set_step(1)
    first.add_param_group({"params": [torch.nn.Parameter(torch.ones(1))]})
    for _ in range(2):
        set_step(5)
        assert [optimizer.param_groups[0]["lr"] for optimizer in (first, second)] == [0.5, 0.5]
        assert all(o.param_groups[0]["lr"] is rate for o, rate in zip((first, second), kept, strict=True))
        second.load_state_dict(copy.deepcopy(second.state_dict()))


@pytest.mark.parametrize("adapter", ["scheduler", "setter"])
@pytest.mark.parametrize("made_in", [True, False])
def test_a_tensor_made_in_inference_is_replaced_by_one_that_can_be_written(made_in: bool, adapter: str) -> None:
    with torch.inference_mode():
        rate = torch.tensor(0.5)
    optimizer = optimizer_of(2, lr=rate)
    with torch.inference_mode(made_in):
        attached = lambda_lr(optimizer, UP) if adapter == "scheduler" else param_group_setter(optimizer, lr=UP)
    for step in (2, 5):
        attached.step(step) if adapter == "scheduler" else attached(step)
        assert update(optimizer) == pytest.approx([UP(step)] * 2)


class Betas(NamedTuple):
    slow: Any
    fast: Any


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize("value", [0.5, torch.tensor(0.5)], ids=["float", "tensor"])
def test_a_tuple_with_names_keeps_them(value: Any, keep: bool) -> None:
    optimizer = optimizer_of(2, kind=torch.optim.Adam)
    for group in optimizer.param_groups:
        group["betas"] = Betas(value, 0.999)
    set_step = param_group_setter(optimizer, keep_tensors=keep, betas=(UP, None))
    for step in (2, 5):
        optimizer.load_state_dict(copy.deepcopy(optimizer.state_dict()))
        set_step(step)
        for group in optimizer.param_groups:
            assert isinstance(group["betas"], Betas)
            assert (float(group["betas"].slow), group["betas"].fast) == (pytest.approx(UP(step)), 0.999)
        update(optimizer)


WITHOUT_FRACTIONS = [
    torch.tensor(0),
    torch.tensor([3]),
    torch.tensor(True),
    torch.tensor(1, dtype=torch.uint8),
    torch.tensor(1j),
]


@pytest.mark.parametrize("rate", WITHOUT_FRACTIONS, ids=repr)
@pytest.mark.parametrize("adapter", ["scheduler", "setter"])
def test_a_tensor_that_cannot_hold_a_rate_is_refused_when_it_is_seen(adapter: str, rate: torch.Tensor) -> None:
    def attach(optimizer: Any, spec: Any) -> Any:
        return lambda_lr(optimizer, spec) if adapter == "scheduler" else param_group_setter(optimizer, lr=spec)

    optimizer = optimizer_of(2, lr=0.5)
    optimizer.param_groups[1]["lr"] = rate
    said = rf"lr of param_groups\[1\] is a tensor of {rate.dtype}, which cannot hold a rate, got .*; write torch.tensor\("
    with pytest.raises(TypeError, match=said):
        attach(optimizer, UP)
    assert optimizer.param_groups[0]["lr"] == 0.5
    attach(optimizer, [UP, None])  # a group that is left alone may have what it likes
    optimizer.param_groups[1]["lr"] = 0.5
    attached = attach(optimizer, UP)
    optimizer.param_groups[1]["lr"] = rate
    before = rate.clone()
    with pytest.raises(TypeError, match=said):
        attached.step() if adapter == "scheduler" else attached(5)
    assert torch.equal(rate, before)
