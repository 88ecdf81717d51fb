"""An OLMo-core scheduler from the text of a schedule; `T` is the length of the run."""

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
    """The schedule at the index of the update, or at the tokens seen, as `units` says.

    OLMo-core counts an update before it is made: its first step is 1, where a schedule begins at 0. Its token count
    includes the tokens of the update itself.

    Args:
        text: the schedule, as `pure_schedules.parse` reads it.
        relative: the schedule is a factor of the configured rate of each group.
    """

    text: str = ""
    relative: bool = False

    def get_lr(self, initial_lr: Any, current: int, t_max: int) -> Any:
        rate = _bound(self.text, t_max)(current - (self.units == SchedulerUnits.steps))
        return initial_lr * rate if self.relative else rate
