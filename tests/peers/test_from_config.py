"""The readers of files under `like` beside the originals' own code, at every update of the run; tolerance 1e-12.

The settings of the golden values are written as a file has them. Those of Transformers are asked for live.
"""

import math
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from golden_cases import Case, cases, compare

import pure_schedules as ps
from pure_schedules import like

#: As many settings for each tool at least.
ENOUGH = 10


def compared(schedule: ps.Schedule, rates: list[float]) -> None:
    compare(schedule, rates)
    assert ps.parse(repr(schedule)) == schedule


def has_numbers(case: Case) -> bool:
    return len(case.numbers) >= case.steps_run


# The tools with golden values ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", cases("axolotl"), ids=str)
def test_axolotl(case: Case) -> None:
    compared(like.axolotl.from_config(**case.arguments), case.rates)


@pytest.mark.parametrize("case", cases("megatron_config"), ids=str)
def test_megatron(case: Case) -> None:
    compared(like.megatron.from_config(**case.arguments), case.rates)


def of_deepspeed() -> Iterator[tuple[dict[str, Any], list[float]]]:
    for case in cases("deepspeed"):
        arguments = dict(case.arguments)
        lr = arguments.pop("lr", 1.0)
        known_type = arguments.get("warmup_type", "log") in ("log", "linear")
        if case.name != "OneCycleMomentum" and not case.error and known_type and not arguments.get("warmup_min_ratio"):
            params = {"scheduler": {"type": case.name, "params": arguments}, "optimizer": {"params": {"lr": lr}}}
            yield params, case.rates


@pytest.mark.parametrize(("config", "rates"), list(of_deepspeed()), ids=str)
def test_deepspeed(config: dict[str, Any], rates: list[float]) -> None:
    compared(like.deepspeed.from_config(config), rates)


def of_detectron2() -> Iterator[tuple[dict[str, Any], list[float]]]:
    for case in cases("detectron2"):
        if case.name == "build_lr_scheduler" and has_numbers(case):
            solver = {key.upper(): value for key, value in case.arguments.items()}
            if "STEPS" in solver:
                solver["STEPS"] = str(tuple(solver["STEPS"]))  # as its YAML has them
            yield {"SOLVER": {"BASE_LR": 0.1, **solver}}, case.numbers[: case.steps_run]


@pytest.mark.parametrize(("config", "rates"), list(of_detectron2()), ids=str)
def test_detectron2(config: dict[str, Any], rates: list[float]) -> None:
    compared(like.fvcore.from_config(config), rates)


def of_nemo() -> Iterator[tuple[dict[str, Any], list[float]]]:
    for case in cases("nemo"):
        arguments = dict(case.arguments)
        lr, total = arguments.pop("lr", 1.0), arguments.pop("max_steps", None)
        twice = {"warmup_steps", "warmup_ratio"} <= arguments.keys()
        no_plateau = not {"hold_steps", "hold_ratio"} & arguments.keys() and case.name in (
            *("WarmupHoldAnnealOneMinusSquareRoot", "WarmupHoldAnnealLinear", "PolynomialHoldDecayAnnealing"),
        )
        if case.error or twice or no_plateau or total is None or case.name == "WarmupAnnealHoldPolicy":
            continue
        optim = {"lr": str(lr), "sched": {"name": case.name, "last_epoch": -1, **arguments}}
        yield {"model": {"optim": optim}, "trainer": {"max_steps": total}}, case.rates[: total + 1]


@pytest.mark.parametrize(("config", "rates"), list(of_nemo()), ids=str)
def test_nemo(config: dict[str, Any], rates: list[float]) -> None:
    compared(like.nemo.from_config(config), rates)


def of_torchtitan() -> Iterator[tuple[dict[str, Any], list[float]]]:
    for case in cases("torchtitan"):
        arguments = {key: value for key, value in case.arguments.items() if value is not None}
        config = {"optimizer": {"lr": arguments.pop("lr")}, "training": {"steps": arguments.pop("training_steps")}}
        yield {**config, "lr_scheduler": arguments}, case.rates[: case.steps_run + 1]


@pytest.mark.parametrize(("config", "rates"), list(of_torchtitan()), ids=str)
def test_torchtitan(config: dict[str, Any], rates: list[float]) -> None:
    compared(like.torchtitan.from_config(config), rates)


def of_mmengine() -> Iterator[tuple[dict[str, Any], list[float]]]:
    for case in cases("mmengine"):
        config = {
            "optim_wrapper": {"type": "OptimWrapper", "optimizer": {"type": "SGD", "lr": 0.02}},
            "param_scheduler": case.arguments["schedulers"],
            "train_cfg": {"max_epochs": case.arguments["max_epochs"]},
        }
        yield {"config": config, "batches_per_epoch": case.arguments["epoch_length"]}, case.rates


@pytest.mark.parametrize(("given", "rates"), list(of_mmengine()), ids=str)
def test_mmengine(given: dict[str, Any], rates: list[float]) -> None:
    compared(like.mmengine.from_config(**given), rates)


@pytest.mark.parametrize("settings", [of_deepspeed, of_mmengine, of_detectron2, of_nemo, of_torchtitan])
def test_there_are_enough_settings(settings: Any) -> None:
    assert len(list(settings())) >= ENOUGH


# Transformers, live --------------------------------------------------------------------------------------------------

COSINE = {"learning_rate": 2e-4, "lr_scheduler_type": "cosine"}
OF_TRANSFORMERS: list[dict[str, Any]] = [
    {},
    COSINE,
    {**COSINE, "warmup_ratio": 0.03},
    {**COSINE, "warmup_steps": 0.1},
    {**COSINE, "warmup_steps": 17, "warmup_ratio": 0.5},
    {**COSINE, "warmup_steps": 200},
    {**COSINE, "lr_scheduler_kwargs": {"num_cycles": 1.25}, "warmup_ratio": 0.1},
    {**COSINE, "lr_scheduler_type": "linear", "warmup_ratio": 0.1},
    {**COSINE, "lr_scheduler_type": "linear", "warmup_steps": 151},
    {**COSINE, "lr_scheduler_type": "cosine_with_restarts", "lr_scheduler_kwargs": {"num_cycles": 3}, "warmup_steps": 1},
    {**COSINE, "lr_scheduler_type": "polynomial", "lr_scheduler_kwargs": {"power": 2.0, "lr_end": 1e-6}},
    {**COSINE, "lr_scheduler_type": "constant", "warmup_ratio": 0.1},
    {**COSINE, "lr_scheduler_type": "constant_with_warmup", "warmup_ratio": 0.1},
    {**COSINE, "lr_scheduler_type": "inverse_sqrt", "warmup_steps": 10},
    {**COSINE, "lr_scheduler_type": "cosine_with_min_lr", "lr_scheduler_kwargs": {"min_lr_rate": 0.1}, "warmup_ratio": 0.1},
    {**COSINE, "lr_scheduler_type": "cosine_with_min_lr", "lr_scheduler_kwargs": {"min_lr": 1e-5}},
    {
        **COSINE,
        "lr_scheduler_type": "cosine_warmup_with_min_lr",
        "lr_scheduler_kwargs": {"min_lr_rate": 0.1, "warmup_lr_rate": 0.2},
        "warmup_steps": 9,
    },
    {
        **COSINE,
        "lr_scheduler_type": "warmup_stable_decay",
        "lr_scheduler_kwargs": {"num_decay_steps": 40, "decay_type": "1-sqrt"},
        "warmup_steps": 9,
    },
]


@pytest.mark.parametrize("config", OF_TRANSFORMERS, ids=str)
def test_transformers(config: dict[str, Any]) -> None:
    """`TrainingArguments.get_warmup_steps` and `get_scheduler` themselves; `warmup_ratio` is from before version 5."""
    transformers = pytest.importorskip("transformers")
    total = 151
    part = SimpleNamespace(warmup_steps=config.get("warmup_steps", 0) or config.get("warmup_ratio", 0))
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=config.get("learning_rate", 5e-5))
    scheduler = transformers.get_scheduler(
        config.get("lr_scheduler_type", "linear"),
        optimizer,
        transformers.TrainingArguments.get_warmup_steps(part, total),
        total,
        scheduler_specific_kwargs=config.get("lr_scheduler_kwargs"),
    )
    rates = [scheduler.base_lrs[0] * scheduler.lr_lambdas[0](step) for step in range(total)]
    compared(like.transformers.from_config(config, total_steps=total), rates)
    assert like.transformers.from_config({**config, "max_steps": total}) == like.transformers.from_config(
        config, total_steps=total
    )


def test_llama_factory_has_a_default_of_its_own() -> None:
    """A third of what the warmup leaves is stable, as `create_custom_scheduler` has it; the rest falls."""
    config = {"learning_rate": 1.0, "lr_scheduler_type": "warmup_stable_decay", "warmup_steps": 10}
    schedule = like.transformers.from_config({**config, "stage": "sft"}, total_steps=111)
    usual = {"num_stable_steps": 101 // 3, "num_decay_steps": 101 - 101 // 3}
    assert schedule == like.transformers.get_wsd_schedule(num_warmup_steps=10, **usual)
    with pytest.raises(ValueError, match="num_decay_steps"):
        like.transformers.from_config(config, total_steps=111)


# Lengths -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("batches", "accumulated", "epochs", "total"), [(11, 2, 3, 18), (10, 4, 2.5, 8), (3, 8, 1, 1)])
def test_the_run_of_a_trainer_is_rounded_up(batches: int, accumulated: int, epochs: float, total: int) -> None:
    assert total == math.ceil(epochs * math.ceil(batches / accumulated))
    config = {"gradient_accumulation_steps": accumulated, "num_train_epochs": epochs, "warmup_ratio": 0.5}
    counted = like.transformers.from_config(config, batches_per_epoch=batches)
    assert counted == like.transformers.from_config(config, total_steps=total)


@pytest.mark.parametrize(
    ("trainer", "updates"),
    [
        ({"max_epochs": 5}, 5 * 37),
        ({"max_epochs": 5, "accumulate_grad_batches": 4}, 5 * 10),
        ({"max_epochs": 5, "limit_train_batches": 10}, 5 * 10),
        ({"max_epochs": 5, "limit_train_batches": 0.5, "accumulate_grad_batches": 4}, 5 * 5),
    ],
)
def test_the_run_of_nemo(trainer: dict[str, Any], updates: int) -> None:
    """As `compute_max_steps`: batches are cut off, updates of an epoch rounded up."""
    model = {"optim": {"lr": 1.0, "sched": {"name": "WarmupAnnealing", "warmup_ratio": 0.1}}}
    counted = like.nemo.from_config({"model": model, "trainer": {"max_steps": -1, **trainer}}, batches_per_epoch=37)
    assert counted == like.nemo.WarmupAnnealing(max_steps=updates, warmup_ratio=0.1)
    by_epoch = {"optim": {"lr": 1.0, "sched": {"name": "ExponentialLR", "gamma": 0.5}}}
    stairs = like.nemo.from_config({"model": by_epoch, "trainer": trainer}, batches_per_epoch=37)
    assert [stairs(updates // 5 - 1), stairs(updates // 5)] == [1.0, 0.5]


def test_a_ramp_of_the_batch_size() -> None:
    """That of GPT-3's shape: from 16 by 304 to 1536 samples; the values were read from Megatron-LM's own loop."""
    config = {
        "lr": 6e-5,
        "min_lr": 6e-6,
        "lr_decay_style": "cosine",
        "lr_warmup_fraction": 0.001,
        "train_samples": 430_000 * 1536,
        "global_batch_size": 1536,
        "rampup_batch_size": [16, 304, 5_859_375],
    }
    lr = like.megatron.from_config(config)
    assert lr.arguments["clock"].arguments["boundaries"] == (73243, 76906, 78784, 80047, 80998)
    assert [lr(step) for step in (430, 41_280, 250_000, 499_999)] == pytest.approx(
        [6.25e-7, 6e-5, 4.124e-5, 6.037e-6], rel=1e-3
    )
    dashed = {f"--{key.replace('_', '-')}": value for key, value in config.items()}
    assert like.megatron.from_config(dashed) == lr


def test_deepspeed_within_transformers() -> None:
    """What is "auto" is filled in as `HfTrainerDeepSpeedConfig` does; a file is not opened here."""
    params = {"warmup_min_lr": "auto", "warmup_max_lr": "auto", "warmup_num_steps": "auto", "total_num_steps": "auto"}
    own = {"zero_optimization": {}, "scheduler": {"type": "WarmupDecayLR", "params": params}}
    config = {"learning_rate": "1e-3", "warmup_ratio": 0.1, "deepspeed": own}
    expected = like.deepspeed.WarmupDecayLR(total_num_steps=95, warmup_max_lr=1e-3, warmup_num_steps=10)
    assert like.transformers.from_config(config, total_steps=95) == expected
    no_length = {"type": "WarmupLR", "params": {"warmup_max_lr": 1e-3, "warmup_num_steps": 10}}
    endless = like.transformers.from_config({**config, "deepspeed": {"scheduler": no_length}})
    assert endless == like.deepspeed.WarmupLR(warmup_max_lr=1e-3, warmup_num_steps=10)
    with pytest.raises(ValueError, match=r"deepspeed.scheduler.params.warmup_max_lr is not the learning_rate, 1.0, and Tra"):
        like.transformers.from_config({"learning_rate": 1.0, "deepspeed": {"scheduler": no_length}})
    assert like.transformers.from_config({**config, "deepspeed": {}}, total_steps=95) == ps.warmup_linear(
        peak=1e-3, warmup_steps=10, total_steps=95
    )
