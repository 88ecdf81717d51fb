"""`like.timm` against timm 1.0.31, golden (see golden/timm.md and golden/timm_factory.md), to 1e-12 of the peak."""

import json
import math
from pathlib import Path

import golden_cases
import pytest

import pure_schedules as ps
from pure_schedules.like import timm as like

PEAK = 0.1
TOLERANCE = 1e-12 * PEAK
GOLDEN = json.loads((Path(__file__).parent / "golden" / "timm.json").read_text())


def floor(arguments):
    return arguments.get("lr_min", 0.0)


def expected(case, step, rate):
    """What is given in place of timm's rate, once it is seen that timm's is what `Differs` says."""
    name, arguments = case["name"], case["arguments"]
    if rate == "ValueError":
        # The logarithm that finds the cycle has no value any more: with cycles half as long each, after two first ones.
        assert arguments["cycle_mul"] == 0.5
        assert step >= 2 * arguments["t_initial"]
        return floor(arguments)
    if step == 0 and not arguments.get("warmup_t"):
        # Nothing is computed yet, and it is the optimizer's own.
        assert rate == PEAK
        if name == "TanhLRScheduler":
            return floor(arguments) + (PEAK - floor(arguments)) * (1 - math.tanh(arguments.get("lb", -7.0))) / 2
        if arguments.get("decay_t") == [1, 3]:
            return PEAK * arguments["decay_rate"]
    if (arguments.get("cycle_mul"), step) in ((10.0, 111), (1.2, 91)):
        # The first update of a cycle, after those of 1, 10, 100 or of 25, 30, 36; timm has the end of the one before it.
        assert rate < 0.001 * PEAK
        peak = PEAK * arguments.get("cycle_decay", 1.0) ** 3
        return peak * (1 - math.tanh(-7.0)) / 2 if name == "TanhLRScheduler" else peak
    return rate


@pytest.mark.parametrize("name", like.__all__)
def test_every_schedule_is_compared(name):
    assert name in {*(case["name"] for case in GOLDEN), *(case.name for case in OF_THE_COMMAND_LINE)}


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: f"{case['name']}-{case['arguments']}")
def test_it_gives_the_rates_of_timm(case):
    schedule = getattr(like, case["name"])(**case["arguments"], lr=PEAK)
    assert ps.parse(repr(schedule)) == schedule
    for step, rate in enumerate(case["rates"]):
        assert abs(schedule(step) - expected(case, step, rate)) <= TOLERANCE, step


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: f"{case['name']}-{case['arguments']}")
def test_without_a_rate_it_is_a_factor(case):
    absolute = {name: value for name, value in case["arguments"].items() if name in ("lr_min", "warmup_lr_init")}
    relative = {**case["arguments"], **{name: value / PEAK for name, value in absolute.items()}}
    factor = getattr(like, case["name"])(**relative, **({"lr": 1.0} if absolute else {}))
    rate = getattr(like, case["name"])(**case["arguments"], lr=PEAK)
    assert all(abs(factor(step) * PEAK - rate(step)) <= TOLERANCE for step in range(len(case["rates"])))


@pytest.mark.parametrize("multiple", [2, 3, 5, 10])
def test_every_cycle_begins_at_its_peak(multiple):
    for t_initial in range(1, 12):
        lr = like.CosineLRScheduler(t_initial=t_initial, cycle_mul=multiple, cycle_limit=8, cycle_decay=0.5)
        for index in range(8):
            assert lr(t_initial * (multiple**index - 1) // (multiple - 1)) == 0.5**index


@pytest.mark.parametrize(
    ("name", "arguments", "error", "message"),
    [
        ("CosineLRScheduler", {"t_initial": 0}, ValueError, "t_initial must be positive"),
        ("CosineLRScheduler", {"t_initial": 9, "cycle_limit": 0}, ValueError, "whole number above 0"),
        ("CosineLRScheduler", {"t_initial": 9, "warmup": 3}, TypeError, "did you mean 'warmup_t'"),
        ("PolyLRScheduler", {"t_initial": 9, "lr_min": -1.0}, ValueError, "lr_min must not be negative"),
        ("TanhLRScheduler", {"t_initial": 9, "lb": 5.0}, ValueError, "ub must be at least lb"),
        ("StepLRScheduler", {"decay_t": 9, "warmup_prefix": 1}, TypeError, "must be True or False"),
        ("MultiStepLRScheduler", {"decay_t": [9, 3]}, ValueError, "must rise from 0 on"),
    ],
)
def test_what_it_refuses(name, arguments, error, message):
    with pytest.raises(error, match=message):
        getattr(like, name)(**arguments)


# The command line ----------------------------------------------------------------------------------------------------

OF_THE_COMMAND_LINE = golden_cases.cases("timm_factory")


@pytest.mark.parametrize("case", OF_THE_COMMAND_LINE, ids=str)
def test_it_gives_the_rates_of_the_command_line(case):
    """Without a warmup timm has not computed anything yet at the first update."""
    schedule = getattr(like, case.name)(**case.arguments, lr=0.016)
    assert ps.parse(repr(schedule)) == schedule
    first = 0 if case.arguments.get("warmup_epochs") or case.arguments.get("warmup_t") else 1
    if first:
        assert case.rates[0] == 0.016
        assert schedule(0) == pytest.approx(0.016, rel=1e-6)
    golden_cases.compare(schedule, case.rates[first:], first=first)


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("create_scheduler_v2", {"sched": "plateau"}, "sched must be one of 'cosine', 'tanh'"),
        ("create_scheduler_v2", {"step_on_epochs": False}, "updates_per_epoch is missing; write updates_per_epoch="),
        ("create_scheduler_v2", {"sched": "rsqrt"}, "stable_timescale is missing"),
        (
            "create_scheduler_v2",
            {"sched": "wsd", "num_epochs": 9, "decay_epochs": 10},
            "decay_t must not be above t_initial",
        ),
        ("WSDLRScheduler", {"t_initial": 9, "decay_t": 10}, "decay_t must not be above t_initial, got decay_t=10"),
        ("WSDLRScheduler", {"t_initial": 9, "decay_t": 2, "decay_ratio": 1.0}, "decay_ratio must be below 1"),
        ("WSDLRScheduler", {"t_initial": 9, "decay_t": 2, "stable_fn": "rsqrt"}, "stable_timescale is missing"),
    ],
)
def test_what_the_command_line_refuses(name, arguments, message):
    with pytest.raises(ValueError, match=message):
        getattr(like, name)(**arguments, lr=0.016)
