"""Law 12: vmap everything. Over the step, each hyperparameter, all of them stacked, and gradients: equal to a loop."""

import pytest
import torch
from catalogue import CASES, Case
from compositions import compositions
from hypothesis import given, settings
from leaves import leaves, mapped, only, tensors

import pure_schedules as ps
from pure_schedules.testing import assert_batches

STEPS = torch.tensor([0.0, 3.0, 17.7, 39.0, 40.0, 61.2, 97.0, 155.5, 1e4], dtype=torch.float64)
CHANGES = torch.tensor([1.0, 0.97, 1.05], dtype=torch.float64)
# A vectorized power or sine may round differently from a single one.
CLOSE = {"rtol": 1e-13, "atol": 1e-17}


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_over_the_step_and_over_each_hyperparameter(case: Case) -> None:
    assert_batches(case.schedule, steps=STEPS.tolist())
    torch.testing.assert_close(case.schedule(STEPS), torch.func.vmap(case.schedule)(STEPS), **CLOSE)
    for path, number in leaves(case.schedule.hyperparameters):
        values = number * CHANGES
        by_number = torch.func.vmap(lambda x, path=path: case.schedule(17, only(path, x)))(values)
        torch.testing.assert_close(
            by_number, torch.stack([case.schedule(17, only(path, value)) for value in values]), **CLOSE
        )


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_over_all_of_them_stacked_and_over_gradients(case: Case) -> None:
    members = [
        mapped(lambda leaf, change=change: leaf * change, tensors(case.schedule.hyperparameters)) for change in CHANGES
    ]
    stacked = mapped(lambda leaf: leaf * CHANGES, tensors(case.schedule.hyperparameters))
    step = STEPS[4]
    batched = torch.func.vmap(case.schedule, in_dims=(None, 0))(step, stacked)
    torch.testing.assert_close(batched, torch.stack([case.schedule(step, member) for member in members]), **CLOSE)
    slope = torch.func.grad(case.schedule)
    batched = torch.func.vmap(torch.func.vmap(slope, in_dims=(0, None)), in_dims=(None, 0))(STEPS, stacked)
    loop = torch.stack([torch.stack([slope(step, member) for step in STEPS]) for member in members])
    torch.testing.assert_close(batched, loop, **CLOSE)


@given(compositions)
@settings(max_examples=40)
def test_compositions_over_steps_and_trees(schedule: ps.Schedule) -> None:
    tree = tensors(schedule.hyperparameters)
    stacked = mapped(lambda leaf: torch.stack([leaf, leaf]), tree)
    grid = torch.func.vmap(torch.func.vmap(schedule, in_dims=(0, None)), in_dims=(None, 0))(STEPS, stacked)
    loop = torch.stack([schedule(step, tree) for step in STEPS])
    torch.testing.assert_close(grid, torch.stack([loop, loop]), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_in_single_precision(case: Case) -> None:
    tree = tensors(case.schedule.hyperparameters, torch.float32)
    stacked = mapped(lambda leaf: leaf * CHANGES.float(), tree)
    members = [mapped(lambda leaf, change=change: leaf * change, tree) for change in CHANGES.float()]
    grid = torch.func.vmap(torch.func.vmap(case.schedule, in_dims=(0, None)), in_dims=(None, 0))(STEPS.float(), stacked)
    assert grid.dtype == torch.float32
    loop = torch.stack([torch.stack([case.schedule(step, member) for step in STEPS.float()]) for member in members])
    torch.testing.assert_close(grid, loop, rtol=1e-5, atol=1e-6 * case.peak)


def test_lengths_may_be_whole_numbers_in_a_batch() -> None:
    lr = ps.warmup_linear(peak=1.0, warmup_steps=10, total_steps=100)
    batched = torch.func.vmap(lambda n: lr(30, {"warmup_steps": n}))(torch.tensor([10, 20, 40]))
    assert batched.tolist() == [lr(30, {"warmup_steps": n}) for n in (10, 20, 40)]


def test_a_list_may_be_given_as_one_tensor() -> None:
    stairs = ps.piecewise_constant(values=[1.0, 0.1, 0.01], boundaries=[30, 60])
    values = torch.tensor([[1.0, 0.1, 0.01], [2.0, 0.2, 0.02]], dtype=torch.float64)
    assert torch.func.vmap(lambda v: stairs(45, {"values": v}))(values).tolist() == [0.1, 0.2]
    boundaries = torch.tensor([[30, 60], [10, 20]])
    assert torch.func.vmap(lambda b: stairs(45, {"boundaries": b}))(boundaries).tolist() == [0.1, 0.01]
