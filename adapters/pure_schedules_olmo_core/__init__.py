"""A scheduler of OLMo-core that is the text of a schedule, with `T` for the length of the run."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from olmo_core.optim import Scheduler
from olmo_core.optim.scheduler import SchedulerUnits

from pure_schedules import parse

__all__ = ["TextScheduler"]

_bound = lru_cache(maxsize=64)(lambda text, length: parse(text, {"T": length}))


@Scheduler.register("text")
@dataclass
class TextScheduler(Scheduler):
    """The schedule at the index of the update, or at the tokens seen where `units` says so.

    OLMo-core counts an update before it takes it: its first step is 1, where a schedule begins at 0. Its tokens are those
    that have been seen when the update is taken, the update's own among them.

    Args:
        text: the schedule as `pure_schedules.parse` reads it.
        relative: whether the schedule is a factor of the rate that each group was configured with.
    """

    text: str = ""
    relative: bool = False

    def get_lr(self, initial_lr: Any, current: int, t_max: int) -> Any:
        rate = _bound(self.text, t_max)(current - (self.units == SchedulerUnits.steps))
        return initial_lr * rate if self.relative else rate
