"""`like.keras` against Keras 3.15.1, golden (see golden/keras.md), to 1e-6 of the peak: Keras has single precision."""

import json
from pathlib import Path

import pytest

import pure_schedules as ps
from pure_schedules.like import keras as like

GOLDEN = json.loads((Path(__file__).parent / "golden" / "keras.json").read_text())


@pytest.mark.parametrize("name", like.__all__)
def test_every_schedule_is_compared(name):
    assert name in {case["name"] for case in GOLDEN}


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: f"{case['name']}-{case['arguments']}")
def test_it_gives_the_rates_of_keras(case):
    schedule = getattr(like, case["name"])(**case["arguments"])
    assert ps.parse(repr(schedule)) == schedule
    if case["rates"] == ["IndexError"]:
        assert case["arguments"]["boundaries"] == []
        assert schedule(0) == schedule(50) == case["arguments"]["values"][0]
        return
    tolerance = 1e-6 * max(case["rates"])
    for step, rate in enumerate(case["rates"]):
        if case["arguments"].get("t_mul") == 7.0 and step == 80:
            # The first update after a wave of 10 and one of 70, which Keras takes for the last of the second.
            assert abs(rate - 0.1 * case["arguments"]["alpha"]) <= tolerance
            rate = 0.1
        assert abs(schedule(step) - rate) <= tolerance, step


@pytest.mark.parametrize("t_mul", [1, 2, 3, 5, 7])
def test_every_wave_begins_at_its_peak(t_mul):
    for first in range(1, 12):
        lr = like.CosineDecayRestarts(initial_learning_rate=1.0, first_decay_steps=first, t_mul=t_mul, m_mul=0.5)
        for index in range(8):
            assert lr(sum(first * t_mul**before for before in range(index))) == 0.5**index


@pytest.mark.parametrize(
    ("name", "arguments", "error", "message"),
    [
        ("ExponentialDecay", {"decay_steps": 0, "decay_rate": 0.9}, ValueError, "decay_steps must be positive"),
        ("ExponentialDecay", {"decay_steps": 9, "decayrate": 0.9}, TypeError, "did you mean 'decay_rate'"),
        ("PolynomialDecay", {"decay_steps": 9, "cycle": 1}, TypeError, "must be True or False"),
        ("CosineDecay", {"decay_steps": 9, "warmup_steps": -1}, ValueError, "warmup_steps must not be negative"),
        ("CosineDecayRestarts", {"first_decay_steps": 9, "t_mul": 0.5}, ValueError, "t_mul must be 1 or more"),
    ],
)
def test_what_it_refuses(name, arguments, error, message):
    with pytest.raises(error, match=message):
        getattr(like, name)(initial_learning_rate=0.1, **arguments)


def test_it_refuses_values_that_do_not_fit():
    with pytest.raises(ValueError, match="values must be one more than boundaries"):
        like.PiecewiseConstantDecay(boundaries=[3], values=[0.5])
