"""`like.fvcore` against fvcore 0.1.5.post20221221, live, and detectron2 02b5c4e, golden, to 1e-12 of the peak."""

import cmath
import json
from itertools import product
from pathlib import Path

import pytest
import torch

import pure_schedules as ps
from pure_schedules.like import fvcore as like

PEAK = 0.1
GOLDEN = json.loads((Path(__file__).parent / "golden" / "detectron2.json").read_text())

LENGTHS = (1, 2, 3, 23, 40, 97)
#: By name, what the original is made with; and what the schedule is made with besides.
CASES = {
    "ConstantParamScheduler": [({"value": 0.3}, {})],
    "CosineParamScheduler": [
        ({"start_value": start, "end_value": end}, {"max_iter": length})
        for (start, end), length in product(((1.0, 0.0), (0.1, 0.4)), LENGTHS)
    ],
    "ExponentialParamScheduler": [
        ({"start_value": 2.0, "decay": decay}, {"max_iter": length}) for decay, length in product((0.02, 1.0, 3.0), LENGTHS)
    ],
    "LinearParamScheduler": [
        ({"start_value": start, "end_value": end}, {"max_iter": length})
        for (start, end), length in product(((1.0, 0.0), (0.1, 0.4)), LENGTHS)
    ],
    "MultiStepParamScheduler": [
        ({"values": [1.0, 0.1, 0.01], **lengths}, {"max_iter": length})
        for lengths, length in product(
            (
                {"num_updates": 90, "milestones": [30, 60]},
                {"num_updates": 10},
                {"milestones": [3, 6, 9]},
                {"milestones": [1, 22, 23]},
            ),
            LENGTHS,
        )
    ]
    + [
        ({"values": [1.0, 0.1, 0.01], "num_updates": 90, "milestones": [7, 60]}, {}),
        ({"values": [0.5], "num_updates": 3, "milestones": []}, {}),
        ({"values": [0.4, 0.3, 0.2, 0.1], "num_updates": 97}, {}),
    ],
    "PolynomialDecayParamScheduler": [
        ({"base_value": 0.5, "power": power}, {"max_iter": length}) for power, length in product((0.5, 0.9, 1, 2), LENGTHS)
    ],
    "StepParamScheduler": [
        ({"values": values, "num_updates": length}, {})
        for values, length in product(([0.3], [0.3, 0.2], [0.4, 0.1, 0.2], [0.1] * 3 + [0.2] * 4), LENGTHS)
    ],
    "StepWithFixedGammaParamScheduler": [
        ({"base_value": 0.5, "gamma": 0.3, "num_decays": decays, "num_updates": length}, {})
        for decays, length in product((1, 3, 6), LENGTHS)
    ],
}


@pytest.fixture(scope="module")
def originals():
    return pytest.importorskip("fvcore.common.param_scheduler")


def length_of(arguments, others):
    return others.get("max_iter") or arguments.get("num_updates", 10)


@pytest.mark.parametrize("name", like.__all__)
def test_every_schedule_is_compared(name):
    separately = ("CompositeParamScheduler", "WarmupParamScheduler")  # the second within build_lr_scheduler
    assert name in CASES or name in {case["name"] for case in GOLDEN} or name in separately


# fvcore --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CASES)
def test_it_gives_the_values_of_fvcore_during_the_run(originals, name):
    for arguments, others in CASES[name]:
        schedule, original = getattr(like, name)(**arguments, **others), getattr(originals, name)(**arguments)
        assert ps.parse(repr(schedule)) == schedule
        length = length_of(arguments, others)
        for step in range(length):
            value = original(step / length)
            assert abs(schedule(step) - value) <= 1e-12 * max(abs(original(0.0)), 1.0), (arguments, others, step)


@pytest.mark.parametrize("name", ["CosineParamScheduler", "ExponentialParamScheduler"])
def test_after_the_run_it_goes_on_as_fvcore_does(originals, name):
    for arguments, others in CASES[name]:
        schedule, original = getattr(like, name)(**arguments, **others), getattr(originals, name)(**arguments)
        length = others["max_iter"]
        for step in range(length, length + 50):
            value = original(step / length)
            assert abs(schedule(step) - value) <= 1e-12 * max(abs(value), 1.0), (arguments, others, step)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("ConstantParamScheduler", RuntimeError),
        ("MultiStepParamScheduler", RuntimeError),
        ("StepParamScheduler", IndexError),
        ("StepWithFixedGammaParamScheduler", IndexError),
    ],
)
def test_differs_where_fvcore_raises_after_the_run(originals, name, error):
    for arguments, others in CASES[name]:
        schedule, original = getattr(like, name)(**arguments, **others), getattr(originals, name)(**arguments)
        length = length_of(arguments, others)
        last = schedule(10**9)
        for step in range(length, length + 50):
            if name == "MultiStepParamScheduler" and step == length:
                assert original(1.0) == last
            else:
                with pytest.raises(error):
                    original(step / length)
            assert schedule(step) == last


def test_differs_linear_after_the_run(originals):
    for arguments, others in CASES["LinearParamScheduler"]:
        schedule, original = like.LinearParamScheduler(**arguments, **others), originals.LinearParamScheduler(**arguments)
        length, start, end = others["max_iter"], arguments["start_value"], arguments["end_value"]
        for step in range(length, length + 50):
            straight_on = start + (end - start) * step / length
            assert abs(original(step / length) - straight_on) <= 1e-12 * max(abs(straight_on), 1.0)
            assert schedule(step) == end


def test_differs_polynomial_after_the_run(originals):
    for arguments, others in CASES["PolynomialDecayParamScheduler"]:
        schedule = like.PolynomialDecayParamScheduler(**arguments, **others)
        original = originals.PolynomialDecayParamScheduler(**arguments)
        length = others["max_iter"]
        for step in range(length, length + 50):
            mirrored = 0.5 * cmath.rect(1.0, cmath.pi * arguments["power"]) * (step / length - 1) ** arguments["power"]
            assert abs(original(step / length) - mirrored) <= 1e-12 * max(abs(mirrored), 1.0)
            assert schedule(step) == 0.0


@pytest.mark.parametrize("length", [999_999, 1_000_000, 3_000_000])
def test_a_millionth_of_a_long_run_is_many_updates_and_the_same_as_in_fvcore(originals, length):
    arguments = {"values": [1.0, 0.1, 0.01], "num_updates": 9, "milestones": [3, 6]}
    schedule, original = (
        like.MultiStepParamScheduler(**arguments, max_iter=length),
        originals.MultiStepParamScheduler(**arguments),
    )
    for step in (*range(length // 3 - 10, length // 3 + 10), *range(length * 2 // 3 - 10, length * 2 // 3 + 10)):
        assert schedule(step) == original(step / length)


SCALINGS = list(product(("rescaled", "fixed"), repeat=3))


@pytest.mark.parametrize("scaling", SCALINGS, ids="-".join)
@pytest.mark.parametrize(
    "lengths", [(0.3, 0.3, 0.4), (0.1, 0.2, 0.7), (0.0, 0.25, 0.75), (0.5, 0.0, 0.5), (0.3, 0.3, 0.3996)]
)
def test_composite_gives_the_values_of_fvcore(originals, scaling, lengths):
    for length in LENGTHS:
        original = originals.CompositeParamScheduler(
            [
                originals.LinearParamScheduler(0.1, 0.5),
                originals.CosineParamScheduler(0.5, 0.2),
                originals.MultiStepParamScheduler([0.4, 0.3], milestones=[7, 10]),
            ],
            list(lengths),
            scaling,
        )
        schedule = like.CompositeParamScheduler(
            [
                like.LinearParamScheduler(start_value=0.1, end_value=0.5, max_iter=length),
                like.CosineParamScheduler(start_value=0.5, end_value=0.2, max_iter=length),
                like.MultiStepParamScheduler(values=[0.4, 0.3], milestones=[7, 10], max_iter=length),
            ],
            lengths=lengths,
            interval_scaling=scaling,
            max_iter=length,
        )
        assert ps.parse(repr(schedule)) == schedule
        for step in range(length):
            assert abs(schedule(step) - original(step / length)) <= 1e-12, (length, step)


def test_composite_goes_on_after_the_run_as_its_last_schedule_does(originals):
    length = 40
    original = originals.CompositeParamScheduler(
        [originals.LinearParamScheduler(0.1, 0.5), originals.CosineParamScheduler(0.5, 0.2)],
        [0.25, 0.75],
        ["fixed", "rescaled"],
    )
    schedule = like.CompositeParamScheduler(
        [
            like.LinearParamScheduler(start_value=0.1, end_value=0.5, max_iter=length),
            like.CosineParamScheduler(start_value=0.5, end_value=0.2, max_iter=length),
        ],
        lengths=[0.25, 0.75],
        interval_scaling=["fixed", "rescaled"],
        max_iter=length,
    )
    for step in range(length, length + 50):
        assert abs(schedule(step) - original(step / length)) <= 1e-12


def test_differs_composite_with_a_last_schedule_of_no_length(originals):
    original = originals.CompositeParamScheduler(
        [originals.LinearParamScheduler(0.1, 0.5), originals.LinearParamScheduler(0.5, 0.0)], [1.0, 0.0], ["rescaled"] * 2
    )
    schedule = like.CompositeParamScheduler(
        [
            like.LinearParamScheduler(start_value=0.1, end_value=0.5, max_iter=40),
            like.LinearParamScheduler(start_value=0.5, end_value=0.0, max_iter=40),
        ],
        lengths=[1.0, 0.0],
        interval_scaling=["rescaled", "rescaled"],
        max_iter=40,
    )
    with pytest.raises(ZeroDivisionError):
        original(1.0)
    assert [schedule(step) for step in (40, 60, 80)] == [0.5, 0.25, 0.0]


def test_the_lengths_of_a_composite_may_be_tensors():
    given = {"interval_scaling": ["rescaled", "rescaled"], "max_iter": 40}
    children = [
        like.LinearParamScheduler(start_value=0.1, end_value=0.5, max_iter=40),
        like.LinearParamScheduler(start_value=0.5, end_value=0.0, max_iter=40),
    ]
    lengths = torch.tensor([0.25, 0.75], dtype=torch.float64)
    ours = like.CompositeParamScheduler(children, lengths=list(lengths), **given)
    numbers = like.CompositeParamScheduler(children, lengths=[0.25, 0.75], **given)
    assert [float(ours(step)) for step in range(50)] == pytest.approx([numbers(step) for step in range(50)], rel=1e-12)


# detectron2 ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rescale_interval", "after"), [(False, [0.4, 0.375]), (True, [0.5, 0.46875])])
def test_a_warmup_begins_at_a_factor_of_the_first_value(rescale_interval, after):
    line = like.LinearParamScheduler(start_value=0.5, end_value=0.0, max_iter=20)
    schedule = like.WarmupParamScheduler(
        line, warmup_factor=0.25, warmup_length=0.2, rescale_interval=rescale_interval, max_iter=20
    )
    assert [schedule(step) for step in (0, 4, 5, 20)] == pytest.approx([0.125, *after, 0.0], rel=1e-12)


@pytest.mark.parametrize("name", ["WarmupMultiStepLR", "WarmupCosineLR", "WarmupStepWithFixedGammaLR"])
def test_a_warmup_longer_than_the_run_is_one_as_long_as_the_run(name):
    shared = {"lr_scheduler_name": name, "max_iter": 20, "steps": [5, 10], "rescale_interval": True}
    longer, whole = (like.build_lr_scheduler(**shared, warmup_iters=steps) for steps in (50, 20))
    assert [longer(step) for step in range(30)] == [whole(step) for step in range(30)]


def made(case):
    arguments = dict(case["arguments"])
    if case["name"] == "build_lr_scheduler":
        return like.build_lr_scheduler(base_lr=PEAK, **arguments)
    return getattr(like, case["name"])(**arguments, lr=PEAK)


def after_the_error(case):
    """What the schedule is to give in place of an error of detectron2, from which on it trains no more."""
    arguments = case["arguments"]
    if case["name"] == "WarmupPolyLR":
        return [PEAK * arguments.get("constant_ending", 0.0)] * 50
    if arguments["rescale_interval"] and arguments["warmup_iters"] == arguments["max_iter"]:
        return [PEAK]  # the schedule from its beginning on
    stairs = len(arguments.get("steps", range(arguments.get("num_decays", 3))))
    return [PEAK * arguments.get("gamma", 0.1) ** stairs] * 50


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: f"{case['name']}-{case['arguments']}")
def test_it_gives_the_rates_of_detectron2(case):
    schedule = made(case)
    assert ps.parse(repr(schedule)) == schedule
    rates, run = case["rates"], case["steps_run"]
    raised = isinstance(rates[-1], str)
    for step, rate in enumerate(rates[:-1] if raised else rates):
        if case["name"] == "WarmupPolyLR" and step > run:
            # A whole power of what is below 0: 1 goes on falling, 2 rises, in the end above the floor.
            goes_on = PEAK * (1 - step / run) ** case["arguments"]["power"]
            floor = PEAK * case["arguments"].get("constant_ending", 0.0)
            assert abs(rate - (max(goes_on, floor) if floor else goes_on)) <= 1e-12 * PEAK
            rate = floor
        if case["arguments"].get("warmup_factor") == 1.0 and step < case["arguments"]["warmup_iters"]:
            # A warmup that is over at once, to detectron2: its floor is at half of the peak.
            rest = PEAK * (1 - step / run) ** 2
            assert abs(rate - max(rest, PEAK / 2)) <= 1e-12 * PEAK
            rate = rest
        assert abs(schedule(step) - rate) <= 1e-12 * PEAK, step
    if raised:
        assert rates[-1] in ("RuntimeError", "IndexError", "ValueError", "ZeroDivisionError")
        assert len(rates) == 1 or len(rates) - 1 >= run, "only after the last update of the run"
        for step, rate in enumerate(after_the_error(case), start=max(len(rates) - 1, run)):
            assert abs(schedule(step) - rate) <= 1e-12 * PEAK, step


def test_the_golden_errors_are_those_that_differ():
    errors = {(case["name"], case["rates"][-1]) for case in GOLDEN if isinstance(case["rates"][-1], str)}
    assert errors == {
        ("WarmupPolyLR", "ValueError"),
        ("build_lr_scheduler", "IndexError"),
        ("build_lr_scheduler", "RuntimeError"),
        ("build_lr_scheduler", "ZeroDivisionError"),
    }


@pytest.mark.parametrize(
    ("name", "arguments", "error", "message"),
    [
        ("CosineParamScheduler", {"start_value": 1.0, "end_value": 0.0, "max_iter": 0}, ValueError, "must be positive"),
        ("CosineParamScheduler", {"start_value": 1.0, "endvalue": 0.0}, TypeError, "did you mean 'end_value'"),
        ("MultiStepParamScheduler", {"values": [1.0, 0.1]}, ValueError, "num_updates or milestones must be given"),
        ("MultiStepParamScheduler", {"values": [1.0], "num_updates": 9, "milestones": [3]}, ValueError, "must be one more"),
        ("StepParamScheduler", {"values": [], "num_updates": 9}, ValueError, "must not be empty"),
        ("WarmupMultiStepLR", {"milestones": [9], "warmup_method": "cosine"}, ValueError, "must be one of"),
        ("build_lr_scheduler", {"lr_scheduler_name": "WarmupPolyLR"}, ValueError, "must be one of"),
    ],
)
def test_what_it_refuses(name, arguments, error, message):
    with pytest.raises(error, match=message):
        getattr(like, name)(**arguments)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"lengths": [0.2, 0.7]}, ValueError, "lengths must have a sum of 1"),
        ({"lengths": [1.0]}, ValueError, "lengths must be as many as schedulers"),
        ({"lengths": [1.5, -0.5]}, ValueError, "lengths must not be negative"),
        ({"interval_scaling": ["fixed"]}, ValueError, "interval_scaling must be as many as schedulers"),
        ({"interval_scaling": ["fixed", "squeezed"]}, TypeError, "must be a list of 'rescaled' and 'fixed'"),
        ({"interval_scaling": "fixed"}, TypeError, "interval_scaling must be a list of 'rescaled' and 'fixed'"),
        ({"interval_scaling": 2}, TypeError, "interval_scaling must be a list of 'rescaled' and 'fixed'"),
    ],
)
def test_what_a_composite_refuses(changes, error, message):
    children = [like.ConstantParamScheduler(value=0.5), like.ConstantParamScheduler(value=0.1)]
    usual = {"lengths": [0.5, 0.5], "interval_scaling": ["fixed", "fixed"], "max_iter": 10}
    with pytest.raises(error, match=message):
        like.CompositeParamScheduler(children, **{**usual, **changes})
