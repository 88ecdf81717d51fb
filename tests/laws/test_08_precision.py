"""Law 8: precision, against 50 digits. A Python number is computed in double; a tensor in its own type; nothing drifts."""

import random
from collections.abc import Iterator

import catalogue
import pytest
import torch
from catalogue import CASES, Case
from mpmath import mpf

import pure_schedules as ps


def long_cases(steps: int) -> list[Case]:
    """Runs of so many steps, tokens included."""
    warmup = steps // 100
    rest = steps - warmup
    rise = catalogue.linear(0, 1e-3, warmup)
    return [
        Case("linear", ps.linear(start=1e-3, end=0.0, steps=steps), catalogue.linear(1e-3, 0.0, steps), (steps,)),
        Case("cosine", ps.cosine(start=1e-3, steps=steps), catalogue.cosine(1e-3, 0.0, steps), (steps,)),
        Case(
            "polynomial",
            ps.polynomial(start=1e-3, end=1e-5, steps=steps, power=1.5),
            catalogue.polynomial(1e-3, 1e-5, steps, 1.5),
            (steps,),
        ),
        Case(
            "exponential",
            ps.exponential(start=1e-3, end=1e-6, steps=steps),
            catalogue.exponential(1e-3, 1e-6, steps),
            (steps,),
        ),
        Case(
            "noam",
            ps.noam(d_model=512, warmup_steps=warmup),
            catalogue.noam(512, warmup, 1.0),
            (warmup - 1,),
            peak=(512 * warmup) ** -0.5,
        ),
        Case(
            "warmup_linear",
            ps.warmup_linear(peak=1e-3, warmup_steps=warmup, total_steps=steps, floor=1e-5),
            catalogue.joined((0, rise), (warmup, catalogue.linear(1e-3, 1e-5, rest))),
            (warmup, steps),
        ),
        Case(
            "warmup_cosine",
            ps.warmup_cosine(peak=1e-3, warmup_steps=warmup, total_steps=steps, floor=1e-5),
            catalogue.joined((0, rise), (warmup, catalogue.cosine(1e-3, 1e-5, rest))),
            (warmup, steps),
        ),
    ]


def sampled(case: Case, steps: int) -> Iterator[int]:
    yield from (step for step in case.steps_of_interest() if step <= 2 * steps)
    generator = random.Random(steps)
    yield from (generator.randrange(steps) for _ in range(300))


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_numbers_are_within_1e_15_of_the_peak(case: Case) -> None:
    for step in [*range(500), 10.25, 96.5, 10**6]:
        assert abs(case.schedule(step) - case.oracle(mpf(step))) <= 1e-15 * case.condition * case.peak, step


@pytest.mark.parametrize("steps", [10**6, 10**12, 10**15])
def test_long_runs_are_within_1e_15_of_the_peak(steps: int) -> None:
    for case in long_cases(steps):
        for step in sampled(case, steps):
            assert abs(case.schedule(step) - case.oracle(mpf(step))) <= 1e-15 * case.peak, (case, step)


@pytest.mark.parametrize("steps", [10**4, 10**6, 10**9])
def test_a_cosine_keeps_its_digits_down_to_the_last_step(steps: int) -> None:
    schedule, oracle = ps.cosine(start=1e-3, steps=steps), catalogue.cosine(1e-3, 0.0, steps)
    last = [steps - back for back in (1, 2, 3, 10, 100, 1000)]
    for step, by_tensor in zip(last, schedule(torch.tensor(last)).tolist(), strict=True):
        expected = oracle(mpf(step))
        assert abs(schedule(step) - expected) <= 1e-14 * expected
        assert abs(by_tensor - expected) <= 1e-14 * expected


def test_float32_tensors_are_within_2_units_of_the_peak_at_1e5_steps() -> None:
    steps = 10**5
    for case in long_cases(steps):
        clock = torch.tensor(list(sampled(case, steps)), dtype=torch.float32)
        values = case.schedule(clock)
        assert values.dtype == torch.float32
        unit = torch.finfo(torch.float32).eps * case.peak
        for step, value in zip(clock.tolist(), values.tolist(), strict=True):
            assert abs(value - case.oracle(mpf(step))) <= 2 * unit, (case, step)


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_tensors_of_integers_give_what_numbers_give(case: Case) -> None:
    clock = torch.arange(0, 500)
    values = case.schedule(clock)
    assert values.dtype == torch.float64
    for step, value in zip(clock.tolist(), values.tolist(), strict=True):
        assert abs(value - case.oracle(mpf(step))) <= 1e-15 * case.condition * case.peak


def test_neighbouring_steps_have_values_of_their_own_deep_in_a_run() -> None:
    schedule = ps.linear(start=1e-3, end=0.0, steps=10**8)
    clock = range(5 * 10**7, 5 * 10**7 + 8)
    assert len({schedule(step) for step in clock}) == 8
    assert len(set(schedule(torch.tensor(list(clock))).tolist())) == 8


def test_integers_count_exactly_up_to_2_to_the_53() -> None:
    most = 2**53
    joined = ps.join(
        [ps.constant(value=1.0), ps.constant(value=2.0), ps.constant(value=3.0)], boundaries=[most - 2, most - 1]
    )
    clock = [most - 3, most - 2, most - 1, most]
    assert [joined(step) for step in clock] == joined(torch.tensor(clock)).tolist() == [1.0, 2.0, 3.0, 3.0]
    late = ps.shift(ps.linear(start=0.0, end=1.0, steps=4), steps=most - 4)
    assert [late(step) for step in range(most - 4, most + 1)] == [0.0, 0.25, 0.5, 0.75, 1.0]


def test_a_composition_ten_deep_loses_nothing_to_speak_of() -> None:
    schedule, oracle = ps.cosine(start=1e-3, end=1e-5, steps=10**6), catalogue.cosine(1e-3, 1e-5, 10**6)
    nested = schedule
    for _ in range(5):
        nested = ps.shift(ps.scale(ps.shift(ps.scale(nested, factor=0.5), steps=1000), factor=2.0), steps=-1000)
    for step in range(0, 10**6, 9973):
        assert abs(nested(step) - oracle(mpf(step))) <= 1e-15 * 1e-3


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_the_default_type_of_torch_changes_nothing(case: Case) -> None:
    clocks = [torch.arange(0, 300), torch.arange(0.0, 300.0, dtype=torch.float32), torch.tensor(7)]
    tree = {
        name: torch.tensor(value, dtype=torch.float64)
        for name, value in case.schedule.hyperparameters.items()
        if isinstance(value, float)
    }
    expected = [case.schedule(clock) for clock in clocks], case.schedule(41, tree), case.schedule(41)
    torch.set_default_dtype(torch.bfloat16)
    try:
        seen = [case.schedule(clock) for clock in clocks], case.schedule(41, tree), case.schedule(41)
    finally:
        torch.set_default_dtype(torch.float32)
    for before, after in zip(expected[0], seen[0], strict=True):
        assert before.dtype == after.dtype
        assert torch.equal(before, after)
    assert expected[1] == seen[1]
    assert expected[2] == seen[2]
