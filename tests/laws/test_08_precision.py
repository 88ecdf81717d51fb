"""Law 8: precision, against 50 digits. A Python number is computed in double; a tensor in its own type; nothing drifts."""

import random
from collections.abc import Iterator
from functools import partial
from typing import Any

import catalogue
import numpy as np
import pytest
import torch
from catalogue import CASES, Case
from mpmath import log, mpf, sqrt, workdps

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


def by_the_paper(beta2: float, step: float) -> Any:
    """The rectification of RAdam, with the first update for which it is defined as update 0."""
    beta = mpf(beta2)
    longest = 2 / (1 - beta) - 1

    def length(n: Any) -> Any:
        return longest - 2 * n * beta**n / (1 - beta**n)

    r = length(step + next(n for n in range(1, 100) if length(n) > 4))
    return sqrt((r - 4) * (r - 2) * longest / ((longest - 4) * (longest - 2) * r))


#: Schedules by their formulas as they are written, where a hyperparameter comes near to what makes two terms equal.
NEAR = {
    "radam_warmup": lambda beta2: (ps.radam_warmup(peak=1.0, beta2=beta2), partial(by_the_paper, beta2)),
    "logarithmic": lambda near: (
        ps.logarithmic(start=0.0, end=1.0, steps=1 - near),
        lambda t: log(1 + t) / log(1 + mpf(1 - near)) if t < 1 - near else 1,
    ),
    "affine_exponential": lambda factor: (
        ps.affine_exponential(start=1.0, steps=100, factor=factor),
        lambda t: (mpf(factor) ** (t / 100) - mpf(factor)) / (1 - mpf(factor)) if t < 100 else 0,
    ),
    "hyperbolic": lambda near: (
        ps.hyperbolic(start=1.0, steps=100, upper_bound=100 / near),
        lambda t: sqrt(arc(t, 100 / near) / arc(0, 100 / near)) if t < 100 else 0,
    ),
}


def arc(t: Any, upper_bound: float) -> Any:
    return (100 - mpf(t)) / mpf(upper_bound) * (2 - (100 + mpf(t)) / mpf(upper_bound))


@pytest.mark.parametrize("near", [0.9, 0.99, 0.9999, 1 - 1e-6, 1 - 1e-9, 1 - 1e-13])
@pytest.mark.parametrize("name", NEAR)
def test_near_equals_are_not_subtracted(name: str, near: float) -> None:
    """Every value has its digits, small ones too, in double and in single precision."""
    schedule, oracle = NEAR[name](near)
    steps = [0.0, (1 - near) * 0.5, 0.5, 1.0, 10.0, 99.0, 99.99, 1000.0, 1e6]
    with workdps(60):
        expected = [oracle(mpf(step)) for step in steps]
    for values, unit in (
        (map(schedule, steps), 2.0**-53),
        (schedule(torch.tensor(steps, dtype=torch.float64)).tolist(), 2.0**-53),
        (schedule(np.asarray(steps)).tolist(), 2.0**-53),
    ):
        for step, value, right in zip(steps, values, expected, strict=True):
            assert abs(value - right) <= 30 * unit * abs(right), step
    whole = [step for step in steps if step.is_integer()]
    for step, value in zip(whole, schedule(torch.tensor(whole, dtype=torch.float32)).tolist(), strict=True):
        right = expected[steps.index(step)]
        assert abs(value - right) <= 30 * 2.0**-24 * abs(right), step


@pytest.mark.parametrize(("start", "end"), [(1e-200, 1e200), (1e200, 1e-200), (1e-160, 1e160), (1e-31, 1.0), (1e-3, 1e-33)])
def test_quotients_that_no_float_holds(start: float, end: float) -> None:
    steps = torch.arange(0, 13, dtype=torch.float64)
    given = {"start": torch.tensor(start, dtype=torch.float64), "end": torch.tensor(end, dtype=torch.float64)}
    for schedule, oracle in (
        (ps.exponential(start=start, end=end, steps=10), lambda u: mpf(start) * (mpf(end) / mpf(start)) ** u),
        (ps.harmonic(start=start, end=end, steps=10), lambda u: 1 / ((1 - u) / mpf(start) + u / mpf(end))),
    ):
        for values in (map(schedule, steps.tolist()), schedule(steps).tolist(), schedule(steps, given).tolist()):
            for step, value in zip(steps.tolist(), values, strict=True):
                right = oracle(min(mpf(step) / 10, 1))
                assert abs(value - right) <= 1e-13 * right, (schedule, step)
        slopes = torch.func.grad(lambda tree, schedule=schedule: schedule(torch.tensor(3.0, dtype=torch.float64), tree))(
            given
        )
        assert all(slope.isfinite() for slope in slopes.values()) or end / start > 1e300 or start / end > 1e300


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
