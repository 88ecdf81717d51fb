"""Law 4: it holds its end. For ever, to one unit in the last place, never negative, never above the declared peak."""

import math

import pytest
import torch
from catalogue import CASES, Case
from compositions import compositions
from hypothesis import given

import pure_schedules as ps

FINITE = [case for case in CASES if case.schedule.steps < math.inf]
#: Whose end nobody declared: it is a product of many.
COMPUTED = ("chain", "running_product")
BEYOND = (0, 1, 2, 10, 1000, 10**6, 10**9)


@pytest.mark.parametrize("case", FINITE, ids=repr)
def test_the_end_value_is_the_declared_one(case: Case) -> None:
    length = case.schedule.steps
    expected = float(case.oracle(length))
    units = 8 if case.name in COMPUTED else 1
    assert abs(case.schedule(length) - expected) <= units * math.ulp(expected)
    assert len({case.schedule(length + more) for more in BEYOND}) == 1
    steps = torch.tensor([length + more for more in BEYOND], dtype=torch.float64)
    assert len(set(case.schedule(steps).tolist())) == 1
    assert abs(case.schedule(steps)[0].item() - expected) <= units * math.ulp(expected)


@given(compositions)
def test_a_composition_holds_its_end(schedule: ps.Schedule) -> None:
    if schedule.steps < math.inf:
        length = math.ceil(schedule.steps)  # the clocks of children may round where the length is not whole
        assert len({schedule(length + 1 + more) for more in BEYOND}) == 1


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_never_negative_and_never_above_the_peak(case: Case) -> None:
    clock = torch.cat([torch.arange(0, 2000), torch.tensor([10**6, 10**9, 10**12])])
    for values in (
        case.schedule(clock),
        torch.tensor([case.schedule(step) for step in clock.tolist()], dtype=torch.float64),
    ):
        assert bool((values >= 0).all())
        assert bool((values <= case.peak).all())


@pytest.mark.parametrize("floor", [0.0, 1e-7, 1e-3 / 3, 1e-3])
def test_every_length_and_every_split_of_it(floor: float) -> None:
    peak = 1e-3
    for total in range(21):
        for warmup in range(total + 1):
            made = [
                ps.warmup_linear(peak=peak, warmup_steps=warmup, total_steps=total, floor=floor),
                ps.warmup_cosine(peak=peak, warmup_steps=warmup, total_steps=total, floor=floor),
            ]
            made += [
                ps.warmup_stable_decay(
                    peak=peak, warmup_steps=warmup, decay_steps=decay, total_steps=total, floor=floor, decay=shape
                )
                for decay in range(total - warmup + 1)
                for shape in (ps.linear, ps.cosine)
            ]
            for schedule in made:
                assert schedule(total) == schedule(total + 10**9) == floor
                assert all(0 <= schedule(step) <= peak for step in range(total + 2))
            if total:
                cycle = ps.one_cycle(peak=peak, total_steps=total, warmup_fraction=warmup / total)
                assert cycle(total) == cycle(total + 10**9) == peak * 4e-6
                assert all(0 <= cycle(step) <= peak for step in range(total + 2))


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_before_0_it_has_its_value_at_0(case: Case) -> None:
    for before in (-1, -0.5, -(10**9)):
        assert case.schedule(before) == case.schedule(0)
    values = case.schedule(torch.tensor([-(10**9), -1, 0]))
    assert values[0] == values[1] == values[2]


@given(compositions)
def test_a_composition_before_0_has_its_value_at_0(schedule: ps.Schedule) -> None:
    assert schedule(-3) == schedule(-0.25) == schedule(0)
