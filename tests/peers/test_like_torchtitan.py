"""`like.torchtitan` beside torchtitan, commit b5bcd76, from golden values; tolerance 1e-12 of the highest rate."""

import pytest
import torch
from golden_cases import Case, cases, compare

import pure_schedules as ps
from pure_schedules.like import torchtitan as like

CASES = cases("torchtitan")


def ours(case: Case) -> ps.Schedule:
    return getattr(like, case.name)(**case.arguments)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_update_up_to_the_virtual_last_step(case: Case) -> None:
    compare(ours(case), case.rates[: case.steps_run + 1])
    assert ps.parse(repr(ours(case))) == ours(case)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_end_is_held(case: Case) -> None:
    """After the end the original goes on below it, or comes back, or stops."""
    end = case.arguments["lr"] * case.arguments.get("min_lr_factor", 0.0)
    beyond = case.rates[case.steps_run + 1 :]
    assert [ours(case)(case.steps_run + 1 + step) for step in range(50)] == pytest.approx([end] * 50, rel=1e-12, abs=1e-18)
    if beyond[0] == "AssertionError":
        assert len(beyond) == 1
    elif case.arguments.get("decay_type") == "cosine":
        assert beyond[0] > end
    else:
        assert end > beyond[0] > beyond[-1]


def test_the_rates_may_be_tensors() -> None:
    steps = torch.arange(30)
    arguments = {"training_steps": 20, "warmup_steps": 4, "decay_ratio": 0.3}
    rates = torch.tensor([1e-3, 3e-4], dtype=torch.float64)[:, None]
    both = like.build_lr_schedulers(**arguments, lr=rates)(steps)
    for lr, curve in zip((1e-3, 3e-4), both, strict=True):
        torch.testing.assert_close(curve, like.build_lr_schedulers(**arguments, lr=lr)(steps), rtol=1e-12, atol=0)
