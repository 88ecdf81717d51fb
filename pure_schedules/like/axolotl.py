"""The schedules in Axolotl files, at commit 067b021; Axolotl shares its other schedules with Transformers.

Clock: update k, counted from 0, takes the value at k. "rex" counts from 1, and so does every schedule with jagged
restarts; "rex" with jagged restarts counts from 2.
"""

import math
from collections.abc import Mapping
from typing import Any

from pure_schedules import clocks, combinators, knots, recipes, shapes
from pure_schedules._schedule import Schedule

from .._trees import briefly
from . import torch
from ._settings import Default, Settings, length_of_run
from .transformers import ABOUT_THE_CURVE, OF_SOME_PARAMETERS, Run, scheduled_by_deepspeed, scheduled_by_name

__all__: list[str] = []  # no schedules under names of its own

_READ = {
    *("learning_rate", "lr_scheduler", "lr_scheduler_kwargs", "warmup_steps", "warmup_ratio", "cosine_min_lr_ratio"),
    *("cosine_constant_lr_ratio", "lr_quadratic_warmup", "jagged_restart_steps", "jagged_restart_warmup_steps"),
    "jagged_restart_anneal_steps",
}
#: Kinds of `rl` that draw their data as they go, so that the length of the run is not known when the warmup is made.
_OPEN_ENDED = ("ebft", "grpo")


def from_config(config: Mapping[str, Any], *, total_steps: int | None = None) -> Schedule:
    """The rate that a file of Axolotl trains with.

    By default the warmup is 0.03 of the run, at most 100 updates. A ratio is rounded down, and a warmup of 1 update has
    2. A scheduler under `deepspeed` takes precedence.

    Args:
        config: the content of the file, as `yaml.safe_load` returns it.
        total_steps: updates that the data last for, which Axolotl logs. If the file has `max_steps`, the default is
            that.

    Raises:
        TypeError: `config` is not a mapping.
        ValueError: a key is missing and no argument gives it; a value is not allowed; a key is unknown and may change the
            curve; the scheduler follows a metric, or may come from a plugin.

    Example:
        >>> from pure_schedules.like.axolotl import from_config
        >>> from_config({"learning_rate": 2e-4, "lr_scheduler": "linear", "warmup_ratio": 0.03}, total_steps=1_001)
        warmup_linear(peak=0.0002, warmup_steps=30, total_steps=1001, start=0.0, floor=0.0)

    Source: Axolotl, commit 067b021, `src/axolotl/core/builders/base.py`, `src/axolotl/core/trainers/mixins/scheduler.py`
    and `src/axolotl/utils/schedulers.py`.
    """
    settings = Settings("like.axolotl.from_config", config)
    run = _Run(settings, total_steps)
    settings.no_other(ABOUT_THE_CURVE, _READ | OF_SOME_PARAMETERS)
    plugins = settings.get("plugins")
    for plugin in plugins if isinstance(plugins, list) else [plugins]:
        if plugin is not None and not str(briefly(plugin)).startswith("'axolotl.integrations."):
            settings.refuse("plugins", f"has {briefly(plugin)}, which may make a scheduler of its own")
    lr = settings.number("learning_rate")
    by_deepspeed = scheduled_by_deepspeed(settings, run, lr)
    if by_deepspeed is not None:
        return by_deepspeed
    schedule = _scheduled(settings, run, lr)
    every = settings.whole_number("jagged_restart_steps", 0)
    if every and settings.get("lr_scheduler") == "one_cycle":
        settings.refuse("jagged_restart_steps", "stops a run of one_cycle with an error at its end; take one of them out")
    if every:
        schedule = clocks.count_from_one(combinators.multiply([schedule, _jags(settings, every)]))
    # The restarts begin one update later than the schedule; "rex" itself begins one late.
    return clocks.count_from_one(schedule) if settings.get("lr_scheduler") == "rex" else schedule


class _Run:
    """A run of Axolotl."""

    def __init__(self, settings: Settings, total_steps: int | None):
        self.settings = settings
        self.given = length_of_run(settings.owner, "total_steps", total_steps)

    @property
    def total(self) -> int:
        most = self.settings.whole_number("max_steps", 0) or self.given
        if most is None:
            self.settings.refuse("max_steps", "is not there; give total_steps=..., which Axolotl makes of the data and logs")
        return int(most)

    @property
    def warmup(self) -> int:
        settings = self.settings
        steps, ratio = settings.whole_number("warmup_steps", None), settings.number("warmup_ratio", None)
        if steps and ratio:
            settings.refuse("warmup_ratio", "must not be given beside warmup_steps; take one of them out")
        if ratio is not None and not 0 <= ratio <= 1:
            settings.refuse("warmup_ratio", f"must be from 0 to 1, got {briefly(ratio)}")
        if steps is None and settings.get("rl") in _OPEN_ENDED:
            ratio = settings.take("warmup_ratio", 0.03) if ratio is None else ratio
            return math.ceil(self.total * ratio) if ratio != 1 else 2  # 1 is no ratio there
        if steps is None and ratio is not None:
            steps = int(ratio * self._counted)
        elif steps is None:
            steps = settings.take("warmup_steps", min(int(0.03 * self._counted), 100))
        return 2 if steps == 1 else steps

    @property
    def _counted(self) -> int:
        """The updates that a ratio is of: those of the data, up to `max_steps`; but all of them for preferences."""
        if "rl" not in self.settings:
            return self.total if self.given is None else min(self.given, self.total)
        if self.given is None:
            self.settings.refuse(
                "max_steps", "does not shorten the warmup with rl; give total_steps=..., which Axolotl logs"
            )
        return self.given


def _scheduled(settings: Settings, run: Run, lr: Any) -> Schedule:
    """The schedule, "rex" from its step 1 on."""
    name = settings.word("lr_scheduler", Default("cosine"))
    least, until = settings.number("cosine_min_lr_ratio", 0.0), settings.number("cosine_constant_lr_ratio", 0.0)
    for key, ratio in (("cosine_min_lr_ratio", least), ("cosine_constant_lr_ratio", until)):
        if not 0 <= ratio <= 1:
            settings.refuse(key, f"must be from 0 to 1, got {briefly(ratio)}")
    if name == "one_cycle":
        return _one_cycle(settings, run, lr)
    if name == "rex":
        total, warmup = run.total, run.warmup
        if warmup > total:
            settings.refuse("warmup_steps", f"must not be longer than the run, got {warmup} of {total}")
        return _warmed(lr, warmup, shapes.rex(start=lr, end=lr * least, steps=total - warmup, beta=0.1))
    if name == "cosine" and settings.flag("lr_quadratic_warmup", False):
        if "rl" in settings:
            settings.refuse("lr_quadratic_warmup", "is not handed on with rl; take it out")
        rise = shapes.polynomial(start=lr, end=0.0, steps=run.warmup, power=2)
        fall = shapes.cosine(start=lr, end=0.0, steps=max(run.total - run.warmup, 1))
        return combinators.join([clocks.mirror(rise, steps=run.warmup), fall], boundaries=[run.warmup])
    if name == "cosine" and least:
        if until:
            end = int(run.total * until) - run.warmup
            if end <= 0:
                settings.refuse(
                    "cosine_constant_lr_ratio", f"must end after the warmup of {run.warmup}, got {briefly(until)}"
                )
            return _warmed(lr, run.warmup, shapes.cosine(start=lr, end=lr * least, steps=end))
        if run.warmup <= run.total:
            return recipes.warmup_cosine(peak=lr, floor=lr * least, warmup_steps=run.warmup, total_steps=run.total)
        return shapes.linear(start=0.0, end=lr, steps=run.warmup)
    return scheduled_by_name(settings, "lr_scheduler", name, run, lr)


def _warmed(lr: Any, steps: int, schedule: Schedule) -> Schedule:
    return combinators.join([shapes.linear(start=0.0, end=lr, steps=steps), schedule])


def _one_cycle(settings: Settings, run: Run, lr: Any) -> Schedule:
    """The one of torch, with the warmup as its rise."""
    more = settings.section("lr_scheduler_kwargs")
    numbers = ("pct_start", "div_factor", "final_div_factor")
    more.only((*numbers, "anneal_strategy", "three_phase", "cycle_momentum", "base_momentum", "max_momentum"), "one_cycle")
    arguments: dict[str, Any] = {key: more.number(key) for key in numbers if key in more}
    arguments.setdefault("pct_start", run.warmup / run.total)
    arguments["anneal_strategy"] = more.word("anneal_strategy", "cos")
    arguments["three_phase"] = more.flag("three_phase", False)
    keys = {argument: f"lr_scheduler_kwargs.{argument}" for argument in more} | {"max_lr": "learning_rate"}
    return settings.make(torch.OneCycleLR, keys, **arguments, max_lr=lr, total_steps=run.total)


def _jags(settings: Settings, every: int) -> Schedule:
    """What takes a schedule down before each restart, and up again after it."""
    rise = settings.whole_number("jagged_restart_warmup_steps", 0) or 10
    anneal = settings.get("jagged_restart_anneal_steps")
    fall = (settings.whole_number("jagged_restart_anneal_steps", 0) if anneal is not False else 0) or 1
    least = settings.number("cosine_min_lr_ratio", 0.0) or 0.001
    if rise + fall > every:
        settings.refuse("jagged_restart_steps", f"must hold the warmup and the anneal, {rise} and {fall} steps, got {every}")
    first = knots.piecewise_linear(values=[1.0, 1.0, least], boundaries=[every - fall, every])
    later = knots.piecewise_linear(values=[least, 1.0, 1.0, least], boundaries=[rise, every - fall, every])
    return combinators.join([first, clocks.repeat(later)], boundaries=[every])
