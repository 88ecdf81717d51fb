"""An Axolotl plugin that takes the learning rate from the text of a schedule; `T` is the number of updates."""

from typing import Any

from axolotl.integrations.base import BasePlugin
from pydantic import BaseModel

from pure_schedules_torch import TextLR

__all__ = ["Arguments", "TextSchedule"]


class Arguments(BaseModel):
    """The keys that the plugin adds to Axolotl's file."""

    schedule: str | None = None
    """The schedule, as `pure_schedules.parse` reads it. Without it, Axolotl uses its own scheduler."""


class TextSchedule(BasePlugin):
    """Use it with `plugins: [pure_schedules_axolotl.TextSchedule]`, and the text under `schedule`."""

    def get_input_args(self) -> str:
        return "pure_schedules_axolotl.Arguments"

    def create_lr_scheduler(self, cfg: Any, trainer: Any, optimizer: Any, num_training_steps: int) -> TextLR | None:
        return TextLR(optimizer, cfg.schedule, T=num_training_steps) if cfg.schedule else None
