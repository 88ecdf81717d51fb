"""Reactive schedules against the peers that have them: the same factor after every epoch, exactly.

Torch, Transformers and optax run beside ours over random metrics. Keras and SpeechBrain were run once (golden/*.md).
Where a peer has a defect, the very difference is asserted.
"""

import inspect
import itertools
import json
import math
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.optim.lr_scheduler import ReduceLROnPlateau

from pure_schedules import reactive
from pure_schedules.reactive import Transition

EPOCHS = 200
GOLDEN = Path(__file__).parent / "golden"


def metrics(seed: int, nan: float = 0.0) -> list[float]:
    """A loss that falls in places, rests in places, is repeated exactly now and then, and is noisy otherwise."""
    draw = random.Random(seed)
    level, values = 4.0, []
    for _ in range(EPOCHS):
        level *= draw.choice([0.9, 0.97, 0.999, 1.0, 1.0, 1.0, 1.02])
        value = level * draw.uniform(0.97, 1.03) if draw.random() < 0.5 else level
        values.append(math.nan if draw.random() < nan else value)
    return values


def factors(transition: Transition, values: Sequence[float]) -> list[float]:
    state = transition.init()
    found = []
    for value in values:
        state, factor = transition.update(state, value)
        found.append(factor)
    return found


def expanded(changes: list[list[Any]], length: int) -> list[float]:
    """The rate after each epoch, from the epochs at which it changed."""
    after = dict(map(tuple, changes))
    rates, rate = [], 1.0
    for epoch in range(length):
        rate = after.get(epoch, rate)
        rates.append(rate)
    return rates


def rate_of_one() -> torch.optim.Optimizer:
    return torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=1.0)


# Torch ---------------------------------------------------------------------------------------------------------------

#: What torch calls each of ours by; its eps is off, or else no rate below it would ever change.
TORCH: list[dict[str, Any]] = [
    dict(zip(("factor", "patience", "cooldown", "threshold", "threshold_mode", "mode", "min_lr"), values, strict=True))
    for values in itertools.product(
        (0.1, 0.7), (0, 1, 3, 10), (0, 1, 4), (0.0, 1e-4, 0.05), ("rel", "abs"), ("min", "max"), (0.0, 0.003)
    )
]


def ours_as_torch(settings: dict[str, Any]) -> Transition:
    relative = settings["threshold_mode"] == "rel"
    return reactive.reduce_on_plateau(
        factor=settings["factor"],
        patience=settings["patience"],
        cooldown=settings["cooldown"],
        relative_threshold=settings["threshold"] if relative else 0.0,
        absolute_threshold=0.0 if relative else settings["threshold"],
        lowest_factor=settings["min_lr"],
        maximize=settings["mode"] == "max",
    )


def by_torch(values: Sequence[float], eps: float = 0.0, **settings: Any) -> list[float]:
    optimizer = rate_of_one()
    scheduler = ReduceLROnPlateau(optimizer, eps=eps, **settings)
    found = []
    for value in values:
        scheduler.step(value)
        found.append(optimizer.param_groups[0]["lr"])
    return found


@pytest.mark.parametrize("nan", [0.0, 0.1])
@pytest.mark.parametrize("seed", [0, 1])
def test_torch(seed: int, nan: float) -> None:
    values = metrics(seed, nan)
    for settings in TORCH:
        assert factors(ours_as_torch(settings), values) == by_torch(values, **settings), settings


def defaults_of(kind: Any) -> dict[str, Any]:
    return {name: given.default for name, given in inspect.signature(kind).parameters.items()}


def test_left_out_they_are_what_torch_takes() -> None:
    assert reactive.reduce_on_plateau() == ours_as_torch(defaults_of(ReduceLROnPlateau))
    for seed in range(4):
        assert factors(reactive.reduce_on_plateau(factor=0.9), metrics(seed)) == by_torch(metrics(seed), factor=0.9)


def test_torch_with_negative_metrics_and_absolute_thresholds() -> None:
    values = [1.0 - value for value in metrics(5)]
    for settings in TORCH:
        if settings["threshold_mode"] == "abs" or settings["threshold"] == 0.0:
            assert factors(ours_as_torch(settings), values) == by_torch(values, **settings), settings


def test_torch_defect_relative_thresholds_below_zero() -> None:
    """With a best of -10 and a threshold of a tenth torch asks for less than -9, which -9.5 is, and which is worse."""
    settings: dict[str, Any] = {"factor": 0.5, "patience": 0, "threshold": 0.1, "threshold_mode": "rel", "mode": "min"}
    values = [-10.0, -9.5, -9.0, -8.5, -12.0]
    assert by_torch(values, **settings) == [1.0, 1.0, 1.0, 1.0, 1.0]
    transition = ours_as_torch({**settings, "cooldown": 0, "min_lr": 0.0})
    assert factors(transition, values) == [1.0, 0.5, 0.25, 0.125, 0.125]
    # As if the same losses were counted from another zero, with the threshold that stands for a tenth of the best.
    assert factors(transition.replace(relative_threshold=0.0, absolute_threshold=1.0), values) == factors(transition, values)


def test_torch_defect_small_changes_are_left_out() -> None:
    """Torch's eps of 1e-8 is a rate: nothing below it is reduced any more. Here no change is too small."""
    settings: dict[str, Any] = {"factor": 0.1, "patience": 0, "threshold": 0.0, "threshold_mode": "rel", "mode": "min"}
    stuck = by_torch([1.0] * 12, eps=1e-8, **settings)
    ours = factors(ours_as_torch({**settings, "cooldown": 0, "min_lr": 0.0}), [1.0] * 12)
    assert stuck[:8] == ours[:8]
    assert stuck[8:] == pytest.approx([1e-8] * 4)
    assert ours[8:] == pytest.approx([1e-8, 1e-9, 1e-10, 1e-11])


# optax ---------------------------------------------------------------------------------------------------------------

OPTAX: list[dict[str, Any]] = [
    dict(zip(("factor", "patience", "cooldown", "tolerances", "accumulation_size", "min_scale"), values, strict=True))
    for values in itertools.product(
        (0.1, 0.7), (1, 2, 5), (0, 1, 4), ((1e-4, 0.0), (0.0, 0.01), (0.02, 0.03)), (1, 3), (0.0, 0.01)
    )
]


def ours_as_optax(settings: dict[str, Any]) -> Transition:
    relative, absolute = settings["tolerances"]
    return reactive.reduce_on_plateau(
        factor=settings["factor"],
        patience=settings["patience"] - 1,
        cooldown=settings["cooldown"],
        relative_threshold=relative,
        absolute_threshold=absolute,
        average_over=settings["accumulation_size"],
        lowest_factor=settings["min_scale"],
    )


@pytest.fixture
def double_precision() -> Iterator[None]:
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    try:
        yield
    finally:
        jax.config.update("jax_enable_x64", False)


def by_optax(values: Sequence[float], all_settings: list[dict[str, Any]]) -> list[list[float]]:
    """The scales that optax has after each metric, for many settings; all of one factor are computed at once."""
    jax = pytest.importorskip("jax")
    contrib = pytest.importorskip("optax.contrib")
    found: dict[int, list[float]] = {}
    # What optax looks at when it is built is given as a number, what it computes with is batched.
    for fixed in dict.fromkeys((settings["factor"], settings["tolerances"]) for settings in all_settings):
        places = [i for i, settings in enumerate(all_settings) if (settings["factor"], settings["tolerances"]) == fixed]

        def run(batched: dict[str, Any], factor: float = fixed[0], tolerances: Any = fixed[1]) -> Any:
            transform = contrib.reduce_on_plateau(factor, rtol=tolerances[0], atol=tolerances[1], **batched)
            parameters = jax.numpy.zeros(())

            def update(state: Any, value: Any) -> Any:
                _, state = transform.update(parameters, state, value=value)
                return state, state.scale

            return jax.lax.scan(update, transform.init(parameters), jax.numpy.asarray(values))[1]

        batch = {
            name: jax.numpy.asarray([all_settings[place][name] for place in places])
            for name in ("patience", "cooldown", "accumulation_size", "min_scale")
        }
        for place, scales in zip(places, jax.jit(jax.vmap(run))(batch).tolist(), strict=True):
            found[place] = scales
    return [found[place] for place in range(len(all_settings))]


@pytest.mark.usefixtures("double_precision")
@pytest.mark.parametrize("nan", [0.0, 0.1])
@pytest.mark.parametrize("seed", [0, 1])
def test_optax(seed: int, nan: float) -> None:
    values = metrics(seed, nan)
    for settings, expected in zip(OPTAX, by_optax(values, OPTAX), strict=True):
        assert factors(ours_as_optax(settings), values) == expected, settings


@pytest.mark.usefixtures("double_precision")
def test_optax_defect_relative_thresholds_below_zero() -> None:
    base = {"factor": 0.5, "patience": 1, "cooldown": 0, "tolerances": (0.1, 0.0), "accumulation_size": 1, "min_scale": 0.0}
    values = [-10.0, -9.5, -9.0, -8.5, -12.0]
    assert by_optax(values, [base])[0] == [1.0, 1.0, 1.0, 1.0, 1.0]
    assert factors(ours_as_optax(base), values) == [1.0, 0.5, 0.25, 0.125, 0.125]


# Transformers --------------------------------------------------------------------------------------------------------

GREEDY: list[dict[str, Any]] = [
    dict(
        zip(
            ("factor", "patience", "pauses", "threshold", "threshold_mode", "mode", "bounds", "window", "reset_start"),
            values,
            strict=True,
        )
    )
    for values in itertools.product(
        (0.5, 0.95),
        (0, 1, 4),
        ((0, 0), (2, 3)),
        (1e-6, 0.02),
        ("rel", "abs"),
        ("min", "max"),
        ((0.05, 4.0), (0.6, 1.1)),
        (1, 7),
        (1, 3, 500),
    )
]


def ours_as_greedy(settings: dict[str, Any]) -> Transition:
    relative = settings["threshold_mode"] == "rel"
    return reactive.greedy(
        lowest_factor=settings["bounds"][0],
        highest_factor=settings["bounds"][1],
        factor=settings["factor"],
        patience=settings["patience"],
        cooldown=settings["pauses"][0],
        warmup=settings["pauses"][1],
        relative_threshold=settings["threshold"] if relative else 0.0,
        absolute_threshold=0.0 if relative else settings["threshold"],
        average_over=settings["window"],
        reset_after=settings["reset_start"],
        maximize=settings["mode"] == "max",
    )


def test_left_out_they_are_what_transformers_takes() -> None:
    """But for its new beginning after 500 reductions at the floor: ours is asked for."""
    optimization = pytest.importorskip("transformers.optimization")
    if not hasattr(optimization, "GreedyLR"):
        pytest.skip("this version of Transformers has no GreedyLR")
    theirs = defaults_of(optimization.GreedyLR)
    pauses, window = (theirs["cooldown"], theirs["warmup"]), theirs["window_size"] if theirs["smooth"] else 1
    left_out = {"pauses": pauses, "bounds": (0.1, 2.0), "window": window, "reset_start": None}
    assert reactive.greedy(lowest_factor=0.1, highest_factor=2.0) == ours_as_greedy({**theirs, **left_out})


def by_transformers(values: Sequence[float], settings: dict[str, Any]) -> list[float]:
    optimization = pytest.importorskip("transformers.optimization")
    if not hasattr(optimization, "GreedyLR"):
        pytest.skip("this version of Transformers has no GreedyLR")
    optimizer = rate_of_one()
    scheduler = optimization.GreedyLR(
        optimizer,
        **{name: settings[name] for name in ("mode", "factor", "patience", "threshold", "threshold_mode", "reset_start")},
        cooldown=settings["pauses"][0],
        warmup=settings["pauses"][1],
        min_lr=settings["bounds"][0],
        max_lr=settings["bounds"][1],
        eps=0.0,
        smooth=settings["window"] > 1,
        window_size=settings["window"],
    )
    found = []
    for value in values:
        scheduler.step(value)
        found.append(optimizer.param_groups[0]["lr"])
    return found


@pytest.mark.parametrize("nan", [0.0, 0.1])
@pytest.mark.parametrize("seed", [0, 1])
def test_transformers(seed: int, nan: float) -> None:
    values = metrics(seed, nan)
    for settings in GREEDY:
        if not nan or settings["window"] == 1:
            assert factors(ours_as_greedy(settings), values) == by_transformers(values, settings), settings


def test_transformers_defect_a_mean_is_spoiled_for_ever() -> None:
    """One nan stays in the running sum of GreedyLR, and every later metric is a bad one; ours leaves it out."""
    settings = {
        "factor": 0.5,
        "patience": 1,
        "pauses": (0, 0),
        "threshold": 1e-6,
        "threshold_mode": "abs",
        "mode": "min",
        "bounds": (0.125, 4.0),
        "window": 2,
        "reset_start": 500,
    }
    values = [5.0, math.nan, 4.0, 3.0, 2.0, 1.0]
    assert by_transformers(values, settings) == [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]
    assert factors(ours_as_greedy(settings), values) == [1.0, 1.0, 1.0, 2.0, 2.0, 4.0]


# Keras ---------------------------------------------------------------------------------------------------------------


def golden(name: str) -> tuple[dict[str, list[float]], list[dict[str, Any]]]:
    data = json.loads((GOLDEN / name).read_text())
    sequences = {key: [math.nan if value is None else value for value in values] for key, values in data["metrics"].items()}
    return sequences, data["runs"]


def ours_as_keras(settings: dict[str, Any]) -> Transition:
    return reactive.reduce_on_plateau(
        factor=settings["factor"],
        patience=settings["patience"] - 1,
        cooldown=max(settings["cooldown"] - 1, 0),
        relative_threshold=0.0,
        absolute_threshold=settings["min_delta"],
        lowest_factor=settings["min_lr"],
        maximize=settings["mode"] == "max",
    )


def test_keras() -> None:
    sequences, runs = golden("keras_plateau.json")
    assert len(runs) > 250
    for run in runs:
        values = sequences[run["metrics"]]
        if run["metrics"] != "nan first":
            expected = expanded(run["changes"], len(values))
            assert factors(ours_as_keras(run["settings"]), values) == expected, run["settings"]


def test_keras_defect_nothing_is_better_than_a_first_metric_of_nan() -> None:
    """Keras takes the first metric for the best one whatever it is, and reduces for ever when that is nan."""
    sequences, runs = golden("keras_plateau.json")
    (run,) = [run for run in runs if run["metrics"] == "nan first"]
    values, patience = sequences["nan first"], run["settings"]["patience"]
    assert [epoch for epoch, _ in run["changes"]] == list(range(patience, EPOCHS, patience))
    assert factors(ours_as_keras(run["settings"]), values)[1:] == factors(ours_as_keras(run["settings"]), values[1:])


# SpeechBrain ---------------------------------------------------------------------------------------------------------


def ours_as_newbob(settings: dict[str, Any]) -> Transition:
    return reactive.newbob(
        factor=settings["annealing_factor"],
        relative_threshold=settings["improvement_threshold"],
        patience=settings["patient"],
    )


def test_speechbrain() -> None:
    sequences, runs = golden("newbob.json")
    compared = [run for run in runs if all(value > 0 for value in sequences[run["metrics"]])]
    assert len(compared) == 27
    for run in compared:
        values = sequences[run["metrics"]]
        assert factors(ours_as_newbob(run["settings"]), values) == expanded(run["changes"], len(values)), run["settings"]


def newbob_run(name: str) -> tuple[list[float], list[float], list[float]]:
    """The metrics of a golden run with a threshold of 0.0025 and no patience, theirs and ours."""
    sequences, runs = golden("newbob.json")
    wanted = {"annealing_factor": 0.8, "improvement_threshold": 0.0025, "patient": 0}
    (run,) = [run for run in runs if run["metrics"] == name and run["settings"] == wanted]
    values = sequences[name]
    return values, expanded(run["changes"], len(values)), factors(ours_as_newbob(wanted), values)


def reductions(rates: Sequence[float]) -> list[bool]:
    return [rate < before for before, rate in itertools.pairwise([1.0, *rates])]


def test_speechbrain_defect_negative_metrics() -> None:
    """They divide by the previous metric with its sign: below 0 they reduce when it gets better."""
    values, theirs, ours = newbob_run("negative")
    for before, now, their_reduction, reduction in zip(
        values, values[1:], reductions(theirs)[1:], reductions(ours)[1:], strict=False
    ):
        assert their_reduction == ((before - now) / before < 0.0025)
        assert reduction == ((before - now) / abs(before) < 0.0025)
    assert reductions(theirs) != reductions(ours)


def test_speechbrain_defect_changes_from_zero() -> None:
    """Any change from 0 counts as none there: here one for the better is an improvement."""
    values, theirs, ours = newbob_run("from zero")
    assert values == [4.0, 0.0, 1.0, 0.5, 0.0, -1.0, -2.0]
    assert reductions(theirs) == [False, False, True, False, False, True, True]  # the last two are better each time
    assert reductions(ours) == [False, False, True, False, False, False, False]


def test_speechbrain_defect_nan_counts_as_an_improvement() -> None:
    values, theirs, ours = newbob_run("nan")
    assert values[:2] == [4.0, 2.0]
    assert math.isnan(values[2])
    assert values[3:] == [3.0, 3.0]
    assert reductions(theirs) == [False, False, False, False, True]
    assert reductions(ours) == [False, False, True, True, True]  # nan is bad, and 3.0 is compared with 2.0


# skrl and rl_games ----------------------------------------------------------------------------------------------------


def by_skrl(values: Sequence[float], rate: float, threshold: float, factor: float, least: float, most: float) -> list[float]:
    """The rate after each divergence, as `KLAdaptiveLR` of skrl 2.1.1 has it; rl_games has a factor of 1.5."""
    found = []
    for value in values:
        if value > threshold * 2:
            rate = max(rate / factor, least)
        elif value < threshold / 2:
            rate = min(rate * factor, most)
        found.append(rate)
    return found


@pytest.mark.parametrize("factor", [1.5, 1.2, 2.0])
@pytest.mark.parametrize("threshold", [0.008, 0.016, 0.05])
def test_kl_adaptive_is_that_of_skrl(factor: float, threshold: float) -> None:
    draw = random.Random(f"{factor} {threshold}")
    values = [threshold * 2 ** draw.uniform(-2.5, 2.5) for _ in range(EPOCHS)]
    rate, least, most = 3e-4, 1e-6, 1e-2
    rule = reactive.kl_adaptive(
        lowest_factor=least / rate, highest_factor=most / rate, threshold=threshold, margin=2, factor=1 / factor
    )
    assert [rate * part for part in factors(rule, values)] == pytest.approx(
        by_skrl(values, rate, threshold, factor, least, most), rel=1e-12
    )
