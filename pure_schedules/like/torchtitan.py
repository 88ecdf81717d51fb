"""The schedule of torchtitan at commit b5bcd76 (version 0.2.2), under its parameters and defaults.

Clock: torchtitan counts the updates of a phase from 1, so that no update has a rate of 0. It ends one update after the
run, at a "virtual last step".

`lr` is the rate of the optimizer, which torchtitan multiplies by its schedule; with 1 the schedule is the factor.
"""

from collections.abc import Callable, Mapping
from typing import Any

from pure_schedules import clocks, combinators, shapes
from pure_schedules._schedule import Schedule
from pure_schedules.checks import fraction, non_negative, one_of, whole
from pure_schedules.numeric import Value, minimum

from ._peer import peer
from ._settings import Default, Settings, length_of_run

__all__ = ["build_lr_schedulers"]

_DECAYS: dict[str, Callable[..., Schedule]] = {
    "linear": shapes.linear,
    "sqrt": shapes.one_minus_power,
    "cosine": shapes.cosine,
}


@peer(
    training_steps=whole,
    warmup_steps=non_negative,
    total_steps=whole,
    decay_ratio=fraction,
    decay_type=one_of(*_DECAYS),
)
def build_lr_schedulers(
    *,
    training_steps: int,
    warmup_steps: Value = 200,
    total_steps: int | None = None,
    decay_ratio: float | None = None,
    decay_type: str = "linear",
    min_lr_factor: Value = 0.0,
    lr: Value = 1.0,
) -> Schedule:
    """A linear warmup over the warmup, a plateau, and a fall over the last `decay_ratio` of the run.

        join([count_from_one(linear(0, lr, warmup_steps)),
              constant(lr),
              count_from_one(decay_type(lr, lr * min_lr_factor, decay_steps))],
             boundaries=[warmup_steps, total_steps + 1 - decay_steps]),    decay_steps = round(decay_ratio * total_steps)

    A warmup longer than the run is cut to the run, and a decay that does not fit beside the warmup is cut to the rest.

    Args:
        training_steps: length of the run, a whole number above 0 [steps].
        warmup_steps: length of the warmup, not negative [steps].
        total_steps: length of the schedule, if it is not that of the run [steps].
        decay_ratio: part of the run that the decay takes, from 0 to 1; by default the rest after the warmup [1].
        decay_type: shape of the decay: "linear", "sqrt" (one minus a square root) or "cosine".
        min_lr_factor: value that the fall ends at, as a multiple of `lr` [1].
        lr: the rate of the optimizer, and the value of the plateau [lr].

    Differs:
        After `total_steps` the value that the fall ends at is held. In torchtitan the straight line and the square root
        go on below it, to negative rates, and the cosine rises again; a fall of no steps stops the run there with an
        AssertionError.

    Raises:
        ValueError: `training_steps` or `total_steps` is not a whole number above 0, `warmup_steps` is negative,
            `decay_ratio` is not from 0 to 1, or `decay_type` is not one of the three.

    Example:
        >>> from pure_schedules.like.torchtitan import build_lr_schedulers
        >>> lr = build_lr_schedulers(training_steps=20, warmup_steps=4, decay_ratio=0.5)
        >>> [lr(step) for step in (0, 1, 3, 10, 11, 19, 20, 100)]
        [0.25, 0.5, 1.0, 1.0, 0.9, 0.1, 0.0, 0.0]

    Source: torchtitan, commit b5bcd76, `LRSchedulersContainer.Config.build` in
    `torchtitan/components/optimizer/lr_scheduler.py`; until its configuration became dataclasses, `build_lr_schedulers`
    in `torchtitan/components/lr_scheduler.py`.
    """
    steps = training_steps if total_steps is None else total_steps
    rise = minimum(warmup_steps, steps)
    fall = steps - rise if decay_ratio is None else minimum(round(decay_ratio * steps), steps - rise)
    return combinators.join(
        [
            clocks.count_from_one(shapes.linear(start=0.0, end=lr, steps=rise)),
            shapes.constant(value=lr),
            clocks.count_from_one(_DECAYS[decay_type](start=lr, end=lr * min_lr_factor, steps=fall)),
        ],
        boundaries=[rise, steps + 1 - fall],
    )


# From a file ---------------------------------------------------------------------------------------------------------


def from_config(config: Mapping[str, Any], *, total_steps: int | None = None) -> Schedule:
    """The rate of a TOML file of torchtitan, with torchtitan's defaults for missing keys.

    It had such files until February 2026; its configuration is Python since. The older `lr_min` is `min_lr_factor`.

    Args:
        config: the content of the file, as `tomllib.load` returns it.
        total_steps: updates in the run, if the file has no `training.steps`; by default 10,000, as in torchtitan.

    Raises:
        TypeError: `config` is not a mapping.
        ValueError: a value in `lr_scheduler` is not allowed, or a key is unknown; the warmup stands under `training`, as in
            the first versions.

    Example:
        >>> from pure_schedules.like.torchtitan import from_config
        >>> lr = from_config({"optimizer": {"lr": 1.0}, "lr_scheduler": {"warmup_steps": 4}, "training": {"steps": 20}})
        >>> [lr(step) for step in (0, 3, 4, 12, 20)]
        [0.25, 1.0, 1.0, 0.5, 0.0]

    Source: torchtitan, commit 238fa99, the last with such files, `build_lr_schedulers` in
    `torchtitan/components/lr_scheduler.py`, defaults in `torchtitan/config/job_config.py`.
    """
    settings = Settings("like.torchtitan.from_config", config)
    scheduler, training = settings.section("lr_scheduler"), settings.section("training")
    scheduler.only({"warmup_steps", "total_steps", "decay_ratio", "decay_type", "min_lr_factor", "lr_min"}, "lr_scheduler")
    if "warmup_steps" in training:
        training.refuse("warmup_steps", "is from the first versions of torchtitan; move it to lr_scheduler")
    least = "lr_min" if "lr_min" in scheduler else "min_lr_factor"
    given = length_of_run(settings.owner, "total_steps", total_steps)
    return scheduler.make(
        build_lr_schedulers,
        {"min_lr_factor": least},
        training_steps=training.agreed("steps", "total_steps", given) or training.take("steps", 10_000),
        warmup_steps=scheduler.whole_number("warmup_steps", Default(200)),
        total_steps=scheduler.whole_number("total_steps", None),
        decay_ratio=scheduler.number("decay_ratio", None),
        decay_type=scheduler.word("decay_type", Default("linear")),
        min_lr_factor=scheduler.number(least, Default(0.0)),
        lr=settings.section("optimizer").number("lr", Default(8e-4)),
    )
