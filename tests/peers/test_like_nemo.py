"""`like.nemo` beside NeMo, commit 8cfedd7, from golden values; tolerance 1e-12 of the highest rate."""

from typing import Any

import pytest
import torch
from golden_cases import Case, cases, compare

import pure_schedules as ps
from pure_schedules.like import nemo as like

CASES = cases("nemo")
FALLS = ("WarmupHoldAnnealOneMinusSquareRoot", "WarmupHoldAnnealLinear", "PolynomialHoldDecayAnnealing")


def ours(case: Case, **changes: Any) -> ps.Schedule:
    arguments = {"lr": 1.0, **case.arguments, **changes}  # the optimizer's own is 1
    if case.name == "T5InverseSquareRootAnnealing":
        del arguments["lr"]  # the original does not look at it
    return getattr(like, case.name)(**arguments)


def is_given_twice(case: Case) -> bool:
    return {"warmup_steps", "warmup_ratio"} <= case.arguments.keys()


def forgets_the_warmup(case: Case) -> bool:
    """Whether there is a warmup, and the plateau after it is left out."""
    return (
        case.name in FALLS and "warmup_steps" in case.arguments and not {"hold_steps", "hold_ratio"} & case.arguments.keys()
    )


@pytest.mark.parametrize("case", [c for c in CASES if not (c.error or is_given_twice(c) or forgets_the_warmup(c))], ids=str)
def test_every_update(case: Case) -> None:
    compare(ours(case), case.rates)
    assert ps.parse(repr(ours(case))) == ours(case)


@pytest.mark.parametrize("case", [c for c in CASES if is_given_twice(c)], ids=str)
def test_a_warmup_given_twice_is_refused(case: Case) -> None:
    assert case.rates == ["AssertionError"]
    with pytest.raises(ValueError, match="warmup_ratio must not be given beside warmup_steps"):
        ours(case)


@pytest.mark.parametrize("case", [c for c in CASES if forgets_the_warmup(c) and not is_given_twice(c)], ids=str)
def test_a_plateau_left_out_is_one_of_no_steps(case: Case) -> None:
    """The original begins its fall at update 0 then, and jumps into it after the warmup."""
    warm, end = case.arguments["warmup_steps"], case.arguments["max_steps"]
    # One of the three also takes the warmup from the length of the fall.
    length = end - warm if case.name == "PolynomialHoldDecayAnnealing" else end
    without_warmup = ours(case, max_steps=length, warmup_steps=0)
    assert ours(case) == ours(case, hold_steps=0)
    compare(ours(case), case.rates[: warm + 1])
    compare(without_warmup, case.rates[warm + 1 :], first=warm + 1)
    if case.arguments["min_lr"] < case.rates[warm]:
        assert ours(case)(warm + 1) > 1.1 * case.rates[warm + 1]


@pytest.mark.parametrize("case", [c for c in CASES if c.error == "ZeroDivisionError" and c.name in FALLS], ids=str)
def test_a_plateau_up_to_the_end_is_followed_by_the_floor(case: Case) -> None:
    assert len(case.numbers) == case.arguments["max_steps"]
    compare(ours(case), case.numbers)
    assert [ours(case)(len(case.numbers) + step) for step in (0, 1, 50)] == [case.arguments["min_lr"]] * 3


@pytest.mark.parametrize(
    "case", [c for c in CASES if c.error and c.name == "CosineAnnealing" and not is_given_twice(c)], ids=str
)
def test_cosine_where_the_original_stops(case: Case) -> None:
    if case.error == "ValueError":
        assert len(case.numbers) == case.arguments["warmup_steps"] + 1  # it looks only after the warmup
        with pytest.raises(ValueError, match="lr must be at least min_lr"):
            ours(case)
    else:
        assert case.rates == ["ZeroDivisionError"]
        assert [ours(case)(step) for step in (0, 1, 50)] == [1.0, case.arguments["min_lr"], case.arguments["min_lr"]]


@pytest.mark.parametrize("case", [c for c in CASES if c.error == "ValueError" and c.name.startswith("Noam")], ids=str)
def test_noam_refuses_what_the_original_refuses(case: Case) -> None:
    """It refuses `lr` below `min_lr` at once, and a warmup of no steps when the plateau is over."""
    with pytest.raises(ValueError, match=r"lr must be at least min_lr|warmup_steps"):
        ours(case)


@pytest.mark.parametrize(
    "case", [c for c in CASES if c.error and c.name == "WarmupHoldPolicy" and not is_given_twice(c)], ids=str
)
def test_a_plateau_without_an_end(case: Case) -> None:
    assert (case.error, len(case.numbers)) == ("TypeError", 7)
    compare(ours(case), case.numbers)
    assert [ours(case)(step) for step in (7, 8, 1000)] == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("case", [c for c in CASES if c.error and c.name == "T5InverseSquareRootAnnealing"], ids=str)
def test_t5_where_the_original_stops(case: Case) -> None:
    assert case.numbers == []
    if "constant_ratio" in case.arguments:
        assert case.error == "TypeError"
        assert ours(case) == like.T5InverseSquareRootAnnealing(max_steps=23, constant_steps=5)
    else:
        with pytest.raises(ValueError, match="constant_steps"):
            ours(case)


def test_every_error_is_accounted_for() -> None:
    """Every run that the original did not finish is one of those above."""
    named = ("CosineAnnealing", "NoamAnnealing", "NoamHoldAnnealing", "WarmupHoldPolicy", "T5InverseSquareRootAnnealing")
    assert {c.name for c in CASES if c.error and not is_given_twice(c)} == {*named, *FALLS}


def test_a_ratio_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="warmup_ratio must be a ratio of max_steps"):
        like.WarmupPolicy(warmup_ratio=0.1)


def test_the_rates_may_be_tensors() -> None:
    steps = torch.arange(30)
    arguments = {"max_steps": 20, "warmup_steps": 4, "min_lr": 1e-5}
    both = like.CosineAnnealing(**arguments, lr=torch.tensor([1e-3, 3e-4], dtype=torch.float64)[:, None])(steps)
    for lr, curve in zip((1e-3, 3e-4), both, strict=True):
        torch.testing.assert_close(curve, like.CosineAnnealing(**arguments, lr=lr)(steps), rtol=1e-12, atol=0)
