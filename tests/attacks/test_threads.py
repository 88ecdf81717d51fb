"""Threads: one schedule, evaluated from many threads while others do everything else with it, gives the bits of one thread.

There is no lock in the library, for nothing is shared that changes, but for the flat function that the first number
makes: two threads may both make it, and either is right. The threads here change hands every microsecond.
"""

import ast
import copy
import pickle
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from threading import Barrier
from typing import Any

import pytest
import torch
from attacks.edits import random_compositions
from catalogue import CASES
from training import optimizer_of

import pure_schedules as ps
import pure_schedules_torch
from pure_schedules_torch import lambda_lr, param_group_setter

THREADS = 16
STEPS = [0, 1, 2, 7.5, 10, 33, 100, 101, 320, 10**6]
SCHEDULES = [*(case.schedule for case in CASES), *random_compositions(60)]


@pytest.fixture(autouse=True)
def change_hands_often() -> Iterator[None]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


def together(jobs: list[Callable[[], Any]]) -> list[Any]:
    """What these give, all begun at once, each in a thread of its own."""
    barrier = Barrier(len(jobs))

    def begun(job: Callable[[], Any]) -> Any:
        barrier.wait()
        return job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(begun, jobs))


def never_asked() -> list[ps.Schedule]:
    """Copies that have no flat function yet."""
    return copy.deepcopy(SCHEDULES)


def curves(schedules: list[ps.Schedule], order: list[int]) -> list[list[str]]:
    """The bits of every schedule at every step, asked in this order."""
    values: dict[int, list[str]] = {index: [schedules[index](step).hex() for step in STEPS] for index in order}
    return [values[index] for index in range(len(schedules))]


def tensor_curves(schedules: list[ps.Schedule], order: list[int]) -> list[list[str]]:
    clock = torch.tensor(STEPS, dtype=torch.float64)
    values = {index: [value.hex() for value in schedules[index](clock).tolist()] for index in order}
    return [values[index] for index in range(len(schedules))]


# What the others do meanwhile: each gives a schedule that is equal to the one that it was given.
OTHERS: list[Callable[[ps.Schedule], ps.Schedule]] = [
    lambda schedule: schedule.replace(schedule.hyperparameters),
    lambda schedule: pickle.loads(pickle.dumps(schedule)),
    copy.deepcopy,
    lambda schedule: ps.parse(repr(schedule)),
    lambda schedule: ps.from_data(ps.to_data(schedule)),
    lambda schedule: {schedule: schedule}[copy.copy(schedule)],  # by hash, and then compared
]


@pytest.mark.parametrize("seed", range(3))
def test_everything_at_once_gives_the_bits_of_one_thread(seed: int) -> None:
    everyone = list(range(len(SCHEDULES)))
    expected, expected_of_tensors = curves(never_asked(), everyone), tensor_curves(never_asked(), everyone)
    shared = never_asked()

    def order(thread: int) -> list[int]:
        return Random(f"{seed} {thread}").sample(everyone, len(everyone))

    def numbers(thread: int) -> list[list[str]]:
        return curves(shared, order(thread))

    def tensors(thread: int) -> list[list[str]]:
        return tensor_curves(shared, order(thread))

    def other(thread: int) -> list[list[str]]:
        made = {index: OTHERS[thread % len(OTHERS)](shared[index]) for index in order(thread)}
        assert [made[index] for index in everyone] == shared
        assert ps.differences(made[0], shared[0]) == []
        return curves([made[index] for index in everyone], everyone)

    kinds = [numbers] * 8 + [tensors] * 2 + [other] * 6
    assert len(kinds) == THREADS
    results = together([lambda kind=kind, thread=thread: kind(thread) for thread, kind in enumerate(kinds)])
    for kind, result in zip(kinds, results, strict=True):
        assert result == (expected_of_tensors if kind is tensors else expected)


def test_the_first_number_asked_by_all_at_once() -> None:
    for schedule in SCHEDULES[::5]:
        expected = copy.deepcopy(schedule)(33).hex()
        fresh = copy.deepcopy(schedule)
        assert together([lambda fresh=fresh: fresh(33).hex()] * THREADS) == [expected] * THREADS


def test_adapters_of_one_schedule_in_threads_of_their_own() -> None:
    updates = range(3_000)
    schedule = ps.join([ps.linear(start=0.0, end=1e-3, steps=1_000), ps.cosine(start=1e-3, steps=2_000)])
    expected = [copy.deepcopy(schedule)(step) for step in updates]

    def by_setter() -> list[float]:
        optimizer = optimizer_of(2)
        set_step, rates = param_group_setter(optimizer, lr=schedule), []
        for step in updates:
            set_step(step)
            rates.append(optimizer.param_groups[1]["lr"])
        return rates

    def by_scheduler() -> list[float]:
        optimizer = optimizer_of(2)
        scheduler, rates = lambda_lr(optimizer, schedule), []
        for _ in updates:
            rates.append(optimizer.param_groups[1]["lr"])
            scheduler.step()
        return rates

    assert together([by_setter, by_scheduler] * 2) == [expected] * 4


def test_there_is_no_lock_in_the_library() -> None:
    sources = [
        source
        for package in (ps, pure_schedules_torch)
        for source in Path(str(package.__file__)).parent.rglob("*.py")
        if "testing" not in source.parts  # for users' tests, and not for training
    ]
    assert len(sources) > 30
    with_locks = {"threading", "_thread", "multiprocessing", "queue", "asyncio"}
    for source in sources:
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Import | ast.ImportFrom):
                modules = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
                assert not {module.split(".")[0] for module in modules} & with_locks, source
            if isinstance(node, ast.Name | ast.Attribute):
                assert "lock" not in (node.id if isinstance(node, ast.Name) else node.attr).lower().split("_"), source
