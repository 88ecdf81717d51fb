"""`like.deepspeed` beside DeepSpeed, commit edaa722, from golden values; tolerance 1e-12 of the highest value."""

import inspect

import pytest
import torch
from golden_cases import Case, cases, compare

import pure_schedules as ps
from pure_schedules.like import deepspeed as like

CASES = cases("deepspeed")


def ours(case: Case) -> ps.Schedule:
    """The schedule; the original makes rate and momentum with one call, here each has its own arguments."""
    factory = getattr(like, case.name)
    return factory(
        **{name: value for name, value in case.arguments.items() if name in inspect.signature(factory).parameters}
    )


def starts_elsewhere(case: Case) -> bool:
    """Whether the original gives update 0 a value that is not on its curve."""
    return case.name == "OneCycleMomentum" or "warmup_min_ratio" in case.arguments


def is_of_no_known_type(case: Case) -> bool:
    return case.arguments.get("warmup_type", "log") not in ("log", "linear")


@pytest.mark.parametrize("case", [c for c in CASES if not (starts_elsewhere(c) or is_of_no_known_type(c))], ids=str)
def test_every_update(case: Case) -> None:
    compare(ours(case), case.rates)
    assert ps.parse(repr(ours(case))) == ours(case)


@pytest.mark.parametrize("case", [c for c in CASES if c.name == "OneCycleMomentum"], ids=str)
def test_the_momentum_begins_where_its_cycle_does(case: Case) -> None:
    low, high = case.arguments.get("cycle_min_mom", 0.8), case.arguments.get("cycle_max_mom", 0.9)
    assert (case.rates[0], ours(case)(0)) == (low, high)
    compare(ours(case), case.rates[1:], first=1)


@pytest.mark.parametrize("case", [c for c in CASES if "warmup_min_ratio" in c.arguments], ids=str)
def test_the_warmup_begins_where_it_is_told_to(case: Case) -> None:
    start = case.arguments["lr"] * case.arguments["warmup_min_ratio"]
    assert (case.rates[0], ours(case)(0)) == (0.0, start)
    compare(ours(case), case.rates[1:], first=1)


@pytest.mark.parametrize("case", [c for c in CASES if is_of_no_known_type(c)], ids=str)
def test_an_unknown_type_is_refused(case: Case) -> None:
    with pytest.raises(ValueError, match="warmup_type must be one of 'log', 'linear'"):
        ours(case)
    compare(like.WarmupLR(warmup_num_steps=case.arguments["warmup_num_steps"]), case.rates)


@pytest.mark.parametrize(("steps", "stairs"), [(9, 7), (49, 49), (23, 15), (5, 8), (100, 30), (997, 31)])
def test_stairs_are_met_exactly(steps: int, stairs: int) -> None:
    """A stair begins at the first step at or after its place, and the peak is reached, whatever the lengths."""
    lr = like.OneCycle(
        cycle_min_lr=0.0,
        cycle_max_lr=float(stairs),
        cycle_first_step_size=steps,
        cycle_first_stair_count=stairs,
    )
    up = [step * stairs // steps for step in range(steps + 1)]
    assert [lr(step) for step in range(2 * steps + 1)] == pytest.approx([*up, *up[-2::-1]], rel=1e-12)


def test_the_rates_may_be_tensors() -> None:
    steps = torch.arange(30)
    arguments = {"total_num_steps": 20, "warmup_num_steps": 4}
    both = like.WarmupDecayLR(**arguments, warmup_max_lr=torch.tensor([1e-3, 3e-4], dtype=torch.float64)[:, None])(steps)
    for lr, curve in zip((1e-3, 3e-4), both, strict=True):
        torch.testing.assert_close(curve, like.WarmupDecayLR(**arguments, warmup_max_lr=lr)(steps), rtol=1e-12, atol=0)
