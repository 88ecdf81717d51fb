"""`like.transformers` against Transformers 5.23.0, live, to 1e-12 of the peak; one schedule of diffusers 58eb52c, golden."""

import json
import warnings
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

import pure_schedules as ps
from pure_schedules.like import transformers as like

PEAK = 0.1
TOLERANCE = 1e-12 * PEAK

LENGTHS = [
    {"num_warmup_steps": warmup, "num_training_steps": total}
    for warmup, total in product((0, 1, 2, 3, 7, 23), (1, 2, 3, 23, 40, 97))
]
WITHIN = [lengths for lengths in LENGTHS if lengths["num_warmup_steps"] < lengths["num_training_steps"]]
FLOORS = [{"min_lr": 0.01}, {"min_lr_rate": 0.0}, {"min_lr_rate": 0.25}]

CASES = {
    "get_constant_schedule": [{}],
    "get_constant_schedule_with_warmup": [{"num_warmup_steps": warmup} for warmup in (0, 1, 2, 23)],
    "get_linear_schedule_with_warmup": LENGTHS,
    "get_cosine_schedule_with_warmup": [
        *LENGTHS,
        *({**lengths, "num_cycles": cycles} for lengths, cycles in product(LENGTHS, (0.25, 1, 1.5))),
    ],
    "get_cosine_with_hard_restarts_schedule_with_warmup": [
        *LENGTHS,
        *({**lengths, "num_cycles": cycles} for lengths, cycles in product(LENGTHS, (2, 3, 5))),
    ],
    "get_polynomial_decay_schedule_with_warmup": [
        {**lengths, **curve}
        for lengths, curve in product(
            WITHIN, ({}, {"power": 2.0, "lr_end": 0.0}, {"power": 0.5, "lr_end": 0.02}, {"power": 3})
        )
    ],
    "get_inverse_sqrt_schedule": [
        {"num_warmup_steps": warmup, **curve}
        for warmup, curve in product((0, 1, 2, 3, 23), ({}, {"timescale": 1}, {"timescale": 50}))
    ],
    "get_cosine_with_min_lr_schedule_with_warmup": [
        {**lengths, **floor, **curve} for lengths, floor, curve in product(LENGTHS, FLOORS, ({}, {"num_cycles": 1.5}))
    ],
    "get_cosine_with_min_lr_schedule_with_warmup_lr_rate": [
        {**lengths, **floor, **curve}
        for lengths, floor, curve in product(LENGTHS, FLOORS, ({}, {"warmup_lr_rate": 0.2, "num_cycles": 1}))
    ],
    "get_wsd_schedule": [
        {"num_warmup_steps": warmup, "num_decay_steps": decay, **rest, "warmup_type": rise, "decay_type": fall}
        for warmup, decay, rest, rise, fall in product(
            (0, 1, 7),
            (0, 1, 23),
            ({"num_training_steps": 30}, {"num_stable_steps": 0, "min_lr_ratio": 0.2, "num_cycles": 1.5}),
            ("linear", "cosine", "1-sqrt"),
            ("linear", "cosine", "1-sqrt"),
        )
    ],
}
GOLDEN = json.loads((Path(__file__).parent / "golden" / "diffusers.json").read_text())


@pytest.fixture(scope="module")
def optimization():
    """The original; it warns of others while it is imported."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pytest.importorskip("transformers")
        from transformers import optimization

    return optimization


def original(optimization, name, arguments):
    """The rates that the original gives to an optimizer, read before each update."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=PEAK)
    scheduler = getattr(optimization, name)(optimizer, **arguments)
    while True:
        yield optimizer.param_groups[0]["lr"]
        optimizer.step()
        scheduler.step()


def updates(arguments):
    """Every update of the run and 50 after it."""
    run = sum(arguments.get(length, 0) for length in ("num_decay_steps", "num_stable_steps"))
    return range(max(run, arguments.get("num_training_steps", 50)) + arguments.get("num_warmup_steps", 0) + 51)


@pytest.mark.parametrize("name", like.__all__)
def test_every_schedule_is_compared(name):
    assert name in CASES or name in {case["name"] for case in GOLDEN} or name == "get_scheduler"


@pytest.mark.parametrize("name", CASES)
def test_it_gives_the_rates_of_transformers(optimization, name):
    for arguments in CASES[name]:
        schedule = getattr(like, name)(**arguments, lr=PEAK)
        assert ps.parse(repr(schedule)) == schedule
        for step, rate in zip(updates(arguments), original(optimization, name, arguments), strict=False):
            assert abs(schedule(step) - rate) <= TOLERANCE, (arguments, step)


@pytest.mark.parametrize("name", CASES)
def test_without_a_rate_it_is_a_factor(name):
    for arguments in CASES[name]:
        if not {"lr_end", "min_lr"} & set(arguments) and name != "get_polynomial_decay_schedule_with_warmup":
            factor, rate = getattr(like, name)(**arguments), getattr(like, name)(**arguments, lr=PEAK)
            assert all(abs(factor(step) * PEAK - rate(step)) <= TOLERANCE for step in updates(arguments))


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case["arguments"]["step_rules"])
def test_it_gives_the_rates_of_diffusers(case):
    schedule = getattr(like, case["name"])(**case["arguments"], lr=PEAK)
    for step, rate in enumerate(case["rates"]):
        assert abs(schedule(step) - rate) <= TOLERANCE, step


def test_differs_polynomial_with_a_warmup_as_long_as_the_run(optimization):
    arguments = {"num_warmup_steps": 23, "num_training_steps": 23, "lr_end": 0.01}
    rates = original(optimization, "get_polynomial_decay_schedule_with_warmup", arguments)
    schedule = like.get_polynomial_decay_schedule_with_warmup(**arguments, lr=PEAK)
    for step in range(23):
        assert abs(schedule(step) - next(rates)) <= TOLERANCE
    with pytest.raises(ZeroDivisionError):
        next(rates)
    assert schedule(23) == schedule(73) == 0.01


def test_polynomial_with_a_warmup_longer_than_the_run(optimization):
    arguments = {"num_warmup_steps": 23, "num_training_steps": 10, "lr_end": 0.01}
    rates = original(optimization, "get_polynomial_decay_schedule_with_warmup", arguments)
    schedule = like.get_polynomial_decay_schedule_with_warmup(**arguments, lr=PEAK)
    for step, rate in zip(range(60), rates, strict=False):
        assert abs(schedule(step) - rate) <= TOLERANCE


def test_differs_hard_restarts_where_transformers_rounds(optimization):
    arguments = {"num_warmup_steps": 0, "num_training_steps": 50, "num_cycles": 50}
    schedule = like.get_cosine_with_hard_restarts_schedule_with_warmup(**arguments, lr=PEAK)
    rates = original(optimization, "get_cosine_with_hard_restarts_schedule_with_warmup", arguments)
    for step, rate in zip(range(100), rates, strict=False):
        if step == 29:  # 50 * (29 / 50) is 28.999999999999996
            assert rate <= TOLERANCE
            rate = PEAK
        assert abs(schedule(step) - rate) <= TOLERANCE, step


@pytest.mark.parametrize(
    ("name", "arguments", "error", "message"),
    [
        (
            "get_linear_schedule_with_warmup",
            {"num_warmup_steps": -1, "num_training_steps": 9},
            ValueError,
            "not be negative",
        ),
        ("get_linear_schedule_with_warmup", {"warmup_steps": 1}, TypeError, "did you mean 'num_warmup_steps'"),
        ("get_polynomial_decay_schedule_with_warmup", {"lr_end": 2.0, "lr": 1.0}, ValueError, "lr must be at least lr_end"),
        ("get_cosine_with_min_lr_schedule_with_warmup", {}, ValueError, "one of min_lr and min_lr_rate must be given"),
        (
            "get_cosine_with_min_lr_schedule_with_warmup",
            {"min_lr": 0.1, "min_lr_rate": 0.1, "lr": 1.0},
            ValueError,
            "not both",
        ),
        ("get_cosine_with_hard_restarts_schedule_with_warmup", {"num_cycles": 0.5}, ValueError, "whole number above 0"),
        ("get_wsd_schedule", {"num_training_steps": 11}, ValueError, "at least num_warmup_steps"),
        ("get_wsd_schedule", {"num_training_steps": None}, ValueError, "num_stable_steps must be given"),
        ("get_wsd_schedule", {"decay_type": "exponential"}, ValueError, "must be one of 'linear', 'cosine', '1-sqrt'"),
        ("get_piecewise_constant_schedule", {"step_rules": "1:10"}, ValueError, "write '1:10,0.1:20,0.01'"),
    ],
)
def test_what_it_refuses(name, arguments, error, message):
    usual = {} if "step_rules" in arguments else {"num_warmup_steps": 2, "num_training_steps": 20}
    usual |= {"num_decay_steps": 10} if "wsd" in name else {}
    with pytest.raises(error, match=message):
        getattr(like, name)(**{**usual, **arguments})


# By name -------------------------------------------------------------------------------------------------------------

BY_NAME = [
    ("linear", {}),
    ("cosine", {}),
    ("cosine", {"num_cycles": 1.5}),
    ("cosine_with_restarts", {"num_cycles": 2}),
    ("polynomial", {"power": 2.0}),
    ("constant", {}),
    ("constant_with_warmup", {}),
    ("inverse_sqrt", {"timescale": 20}),
    ("cosine_with_min_lr", {"min_lr": 0.01}),
    ("cosine_warmup_with_min_lr", {"min_lr_rate": 0.1}),
    ("warmup_stable_decay", {"num_decay_steps": 9}),
]


@pytest.mark.parametrize(("name", "more"), BY_NAME)
@pytest.mark.parametrize("ratio", [0, 0.03, 0.1, 1 / 3])
@pytest.mark.parametrize("length", [29, 100])
def test_by_its_name_it_is_what_transformers_makes(optimization, name, more, ratio, length):
    """With the warmup as Transformers itself rounds a ratio."""
    from transformers import TrainingArguments

    warmup = TrainingArguments.get_warmup_steps(SimpleNamespace(warmup_steps=ratio), length)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=PEAK)
    original = optimization.get_scheduler(name, optimizer, warmup, length, more)
    for schedule in (
        like.get_scheduler(
            name, num_warmup_steps=warmup, num_training_steps=length, scheduler_specific_kwargs=more, lr=PEAK
        ),
        like.get_scheduler(name, warmup_ratio=ratio, num_training_steps=length, scheduler_specific_kwargs=more, lr=PEAK),
    ):
        for step in range(length):
            assert abs(schedule(step) - PEAK * original.lr_lambdas[0](step)) <= TOLERANCE, step


def test_every_name_is_known_or_follows_a_metric(optimization):
    names = {each.value for each in optimization.SchedulerType}
    assert {name for name, _ in BY_NAME} == names - {"reduce_lr_on_plateau", "greedy"}


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"name": "greedy"}, ValueError, "name must be one of 'linear', 'cosine', 'cosine_with_restarts'"),
        ({"name": "linear"}, ValueError, "num_warmup_steps is missing, which 'linear' needs"),
        ({"name": "linear", "num_warmup_steps": 1}, ValueError, "num_training_steps is missing, which 'linear' needs"),
        ({"name": "linear", "num_warmup_steps": 1, "warmup_ratio": 0.1}, ValueError, "give both of them, and no num_warmup"),
        ({"name": "linear", "warmup_ratio": 3}, ValueError, "warmup_ratio must be a fraction, from 0 to 1"),
        ({"name": "linear", "scheduler_specific_kwargs": 2}, TypeError, "must be a dict, not int"),
        ({"name": "polynomial", "num_warmup_steps": 1, "num_training_steps": 9}, ValueError, "lr_end is a rate"),
        (
            {"name": "inverse_sqrt", "num_warmup_steps": 1, "scheduler_specific_kwargs": {"power": 2}},
            TypeError,
            "there is no hyperparameter 'power'",
        ),
    ],
)
def test_what_is_refused_by_name(arguments, error, message):
    with pytest.raises(error, match=message):
        like.get_scheduler(**arguments)
