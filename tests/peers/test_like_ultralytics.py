"""`like.ultralytics` against the loop of ultralytics 8.4.190, written out here from `ultralytics/engine/trainer.py`."""

import itertools
import math
from typing import Any

import numpy as np
import pytest
import torch

import pure_schedules as ps
from pure_schedules.like import ultralytics as like

DEFAULTS = {
    "epochs": 100,
    "lr0": 0.01,
    "lrf": 0.01,
    "momentum": 0.937,
    "warmup_epochs": 3.0,
    "warmup_momentum": 0.8,
    "warmup_bias_lr": 0.1,
    "cos_lr": False,
}


def trainer(nb: int, **given: Any) -> dict[str, list[float]]:
    """What each batch of the run finds in the groups, as `_do_train` sets it."""
    args = {**DEFAULTS, **given}
    epochs, lrf = args["epochs"], args["lrf"]

    def lf(x: float) -> float:
        if args["cos_lr"]:
            return max((1 - math.cos(x * math.pi / epochs)) / 2, 0) * (lrf - 1) + 1
        return max(1 - x / epochs, 0) * (1.0 - lrf) + lrf

    warmup_epochs = min(args["warmup_epochs"], max(epochs - 1, 0))
    nw = round(warmup_epochs * nb) if warmup_epochs > 0 else 0
    seen: dict[str, list[float]] = {"lr": [], "bias_lr": [], "momentum": []}
    momentum = args["momentum"]
    for epoch in range(epochs):
        rates = {"lr": args["lr0"] * lf(epoch), "bias_lr": args["lr0"] * lf(epoch)}
        for i in range(nb):
            ni = i + nb * epoch
            if ni < nw:
                for name, first in (("lr", 0.0), ("bias_lr", args["warmup_bias_lr"])):
                    rates[name] = float(np.interp(ni, [0, nw], [first, args["lr0"] * lf(epoch)]))
                momentum = float(np.interp(ni, [0, nw], [args["warmup_momentum"], args["momentum"]]))
            else:
                rates = {name: args["lr0"] * lf(epoch) for name in rates}
                momentum = args["momentum"]
            for name, value in {**rates, "momentum": momentum}.items():
                seen[name].append(value)
    return seen


@pytest.mark.parametrize(
    ("batches", "epochs", "warmup", "cosine"), [*itertools.product((1, 7, 40), (1, 3, 20), (0, 0.4, 3.0, 50), (False, True))]
)
def test_every_batch(batches: int, epochs: int, warmup: float, cosine: bool) -> None:
    given = {"epochs": epochs, "warmup_epochs": warmup, "cos_lr": cosine, "lr0": 0.02, "lrf": 0.05}
    curves = like.BaseTrainer(batches_per_epoch=batches, **given)
    assert ps.parse(repr(curves)) == curves
    steps = torch.arange(batches * epochs)
    for name, expected in trainer(batches, **given).items():
        assert curves[name](steps).tolist() == pytest.approx(expected, rel=0, abs=1e-12 * max(expected))
        assert [curves[name](step) for step in range(len(expected))] == pytest.approx(
            expected, rel=0, abs=1e-12 * max(expected)
        )


def test_what_is_left_out_is_what_stands_in_the_file() -> None:
    curves = like.BaseTrainer(batches_per_epoch=5)
    for name, expected in trainer(5).items():
        assert [curves[name](step) for step in range(500)] == pytest.approx(expected, rel=0, abs=1e-12 * max(expected))


@pytest.mark.parametrize(
    "config",
    [
        *({}, {"cos_lr": True}, {"epochs": 7}, {"lr0": "1e-3"}, {"lrf": 0.2}, {"momentum": 0.9}, {"warmup_epochs": 0}),
        *(
            {"warmup_epochs": 0.4},
            {"warmup_momentum": 0.5},
            {"warmup_bias_lr": 0.0},
            {"lr0": 0.001, "batch": 16, "box": 7.5},
        ),
    ],
    ids=str,
)
def test_a_file(config: dict[str, Any]) -> None:
    curves = like.from_config({"optimizer": "SGD", **config}, batches_per_epoch=5)
    given = {key: float(value) if isinstance(value, str) else value for key, value in config.items()}
    for name, expected in trainer(5, **given).items():
        assert [curves[name](step) for step in range(len(expected))] == pytest.approx(expected, rel=0, abs=1e-13)
    assert like.from_config({"optimizer": "SGD", **config}, total_steps=5 * config.get("epochs", 100)) == curves
