"""The learning rate of a torchtitan run from the text of a schedule; `T` is the number of steps."""

from dataclasses import dataclass
from typing import Any

from torchtitan.components.optimizer.lr_scheduler import LRSchedulersContainer

from pure_schedules import Schedule, parse
from pure_schedules_torch import lambda_lr

__all__ = ["TextLRSchedulers"]


class TextLRSchedulers(LRSchedulersContainer):
    """One scheduler for each optimizer of the run, all with one schedule.

    Example:
        `Trainer.Config(lr_scheduler=TextLRSchedulers.Config(text="warmup_linear(peak=1e-3, warmup_steps=0.1 * T, ...)"))`
    """

    @dataclass(kw_only=True, slots=True)
    class Config(LRSchedulersContainer.Config):
        """`total_steps` is torchtitan's: it overrides `T`. The other settings are not read."""

        text: str
        """The schedule, as `pure_schedules.parse` reads it."""

        relative: bool = False
        """Make the schedule a factor of the configured rate of each optimizer."""

        def build(self, *, optimizers: Any, training_steps: int) -> "TextLRSchedulers":
            length = training_steps if self.total_steps is None else self.total_steps
            return TextLRSchedulers(optimizers, parse(self.text, {"T": length}), relative=self.relative)

    def __init__(self, optimizers: Any, schedule: Schedule, *, relative: bool = False) -> None:
        self.schedulers = [lambda_lr(optimizer, schedule, relative=relative) for optimizer in optimizers]

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        for scheduler in self.schedulers:
            scheduler.load_state_dict(state_dict)
