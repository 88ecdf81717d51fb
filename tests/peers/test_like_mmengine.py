"""`like.mmengine` against MMEngine 0.10.7, golden (see golden/mmengine.md), to 1e-12 of the peak."""

from typing import Any

import pytest
from golden_cases import Case, cases, compare

import pure_schedules as ps
from pure_schedules.like import mmengine as like

LR = 0.02
CASES = cases("mmengine")


@pytest.mark.parametrize("case", CASES, ids=lambda case: "-".join(each["type"] for each in case.arguments["schedulers"]))
def test_it_gives_the_rates_of_mmengine(case: Case) -> None:
    schedule = like.param_scheduler(**case.arguments, lr=LR)
    assert ps.parse(repr(schedule)) == schedule
    compare(schedule, case.rates)


def test_a_peer_without_a_rate_is_a_factor() -> None:
    schedulers = [{"type": "LinearLR", "end": 3}, {"type": "CosineAnnealingLR", "begin": 3, "eta_min_ratio": 0.1}]
    factor = like.param_scheduler(schedulers=schedulers, epoch_length=7, max_epochs=12)
    rate = like.param_scheduler(schedulers=schedulers, epoch_length=7, max_epochs=12, lr=LR)
    assert [factor(step) * LR for step in range(90)] == pytest.approx([rate(step) for step in range(90)], rel=1e-14)


def test_one_scheduler_may_stand_alone_and_have_the_name_of_its_package() -> None:
    one = {"type": "mmengine.MultiStepLR", "milestones": [2]}
    assert like.param_scheduler(schedulers=one, epoch_length=7) == like.param_scheduler(
        schedulers=[{"type": "MultiStepLR", "milestones": [2], "gamma": 0.1}], epoch_length=7
    )


COSINE = {"type": "CosineAnnealingLR", "T_max": 9, "eta_min": 1e-3, "end": 10}


@pytest.mark.parametrize(
    ("schedulers", "error", "message"),
    [
        ([], TypeError, "schedulers must be a list of dicts"),
        ([{"type": "ReduceOnPlateauLR"}], ValueError, "there is no scheduler 'ReduceOnPlateauLR'; there are ConstantLR, "),
        ([{"type": "MultiStepLR"}], ValueError, "MultiStepLR needs milestones; write dict"),
        (
            [{"type": "MultiStepLR", "milestones": [1], "factor": 2}],
            ValueError,
            "MultiStepLR has no 'factor'; it has begin, ",
        ),
        ([{"type": "LinearLR", "begin": 5, "end": 5}], ValueError, "end must be above begin, got begin=5 and end=5"),
        ([COSINE], ValueError, "eta_min is a rate, and without lr the schedule is a factor of one; write lr="),
        ([{"type": "CosineRestartLR", "periods": [3, 4]}], ValueError, "restart_weights must be as many as periods"),
        ([{**COSINE, "eta_min_ratio": 0.1}], ValueError, "eta_min is a rate"),
    ],
)
def test_what_it_refuses(schedulers: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=f"like.mmengine.param_scheduler: .*{message}"):
        like.param_scheduler(schedulers=schedulers, epoch_length=7, max_epochs=12)


@pytest.mark.parametrize(
    ("schedulers", "message"),
    [
        ([COSINE, {"type": "StepLR", "step_size": 3}], "StepLR moves while CosineAnnealingLR falls to 0.001; let one begin"),
        ([COSINE, {"type": "OneCycleLR", "eta_max": 1.0, "total_steps": 9}], "give such a one alone"),
        ([{**COSINE, "eta_min_ratio": 0.1}], "eta_min and eta_min_ratio are the same"),
        (
            [{"type": "LinearLR", "end_factor": 0.5, "end": 2}, {**COSINE, "begin": 2, "end": 13}],
            "climbs again after T_max, and not from the optimizer's rate",
        ),
        (
            [{"type": "CosineAnnealingLR", "T_max": 5, "end": 12}, {"type": "MultiStepLR", "milestones": [3]}],
            "climbs again after T_max, and not from the optimizer's rate",
        ),
    ],
)
def test_what_cannot_be_said_by_a_product(schedulers: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        like.param_scheduler(schedulers=schedulers, epoch_length=7, max_epochs=13, lr=LR)
