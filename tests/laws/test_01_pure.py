"""Law 1: pure and order-free. No order, repetition or thread changes a bit; no argument is changed; no optimizer needed."""

import copy
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from catalogue import CASES, Case
from compositions import compositions, steps
from hypothesis import given

import pure_schedules as ps


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_any_order_gives_the_same_bits(case: Case) -> None:
    clock = [*case.steps_of_interest(), 0.5, 17.25]
    expected = {step: case.schedule(step) for step in clock}
    shuffled = clock * 3
    random.Random(0).shuffle(shuffled)
    assert [case.schedule(step) for step in shuffled] == [expected[step] for step in shuffled]
    # A copy that was never asked anything before agrees.
    fresh = copy.deepcopy(case.schedule)
    assert [fresh(step) for step in reversed(clock)] == [expected[step] for step in reversed(clock)]


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_its_own_hyperparameters_change_nothing(case: Case) -> None:
    tree = case.schedule.hyperparameters
    before = copy.deepcopy(tree)
    for step in case.steps_of_interest():
        assert case.schedule(step, tree) == case.schedule(step)
        tensor = torch.tensor(step, dtype=torch.float64)
        assert torch.equal(case.schedule(tensor, tree), case.schedule(tensor))
    assert tree == before


@given(compositions, steps)
def test_its_own_hyperparameters_change_nothing_in_compositions(schedule: ps.Schedule, step: float) -> None:
    assert schedule(step, schedule.hyperparameters) == schedule(step)


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_the_step_and_the_hyperparameters_given_are_left_as_they_are(case: Case) -> None:
    step = torch.arange(-2.0, 300.0, dtype=torch.float64)
    before = step.clone()
    case.schedule(step)
    assert torch.equal(step, before)
    tree = case.schedule.hyperparameters
    next(iter(tree.values()))  # there is something in it
    tree.clear()
    assert case.schedule.hyperparameters  # and it was the caller's own


def test_threads_see_the_same_bits() -> None:
    def curve(_: int) -> list[list[float]]:
        schedules = [copy.deepcopy(case.schedule) for case in CASES]
        return [[schedule(step) for step in range(0, 320, 7)] for schedule in schedules]

    shared = [case.schedule for case in CASES]

    def shared_curve(_: int) -> list[list[float]]:
        return [[schedule(step) for step in range(0, 320, 7)] for schedule in shared]

    expected = curve(0)
    with ThreadPoolExecutor(16) as pool:
        assert all(result == expected for result in pool.map(curve, range(16)))
        assert all(result == expected for result in pool.map(shared_curve, range(64)))


IMPORTS = "import sys, pure_schedules as ps; {extra}; print(ps.noam(d_model=64, warmup_steps=4)(3), 'torch' in sys.modules)"


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_the_core_imports_no_torch() -> None:
    assert run(IMPORTS.format(extra="pass")) == "0.0625 False"


def test_the_test_that_the_core_imports_no_torch_can_fail() -> None:
    assert run(IMPORTS.format(extra="import torch")) == "0.0625 True"
