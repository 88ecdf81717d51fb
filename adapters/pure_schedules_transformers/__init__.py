"""A Trainer of Transformers or TRL that builds its schedule from text when it knows the number of updates."""

from typing import Any, TypeVar, cast

from pure_schedules import parse
from pure_schedules_torch import lambda_lr

__all__ = ["scheduled"]

Trainer = TypeVar("Trainer")


def scheduled(trainer: type[Trainer], text: str, **numbers: float) -> type[Trainer]:
    """A trainer class whose learning rate is the schedule of this text; `T` is the number of updates.

    A scheduler given to the trainer (`optimizers=`) takes precedence.

    Args:
        trainer: `transformers.Trainer`, or a class derived from it, such as `trl.SFTTrainer`.
        text: the schedule, as `pure_schedules.parse` reads it.
        numbers: the other named numbers in the text.

    Raises:
        ValueError: when training begins: the text is not a schedule; a name in it has no value.

    Example:
        `scheduled(Trainer, "warmup_cosine(peak=1e-4, warmup_steps=0.03 * T, total_steps=T)")(model, arguments, ...)`
    """

    def create_scheduler(self: Any, num_training_steps: int, optimizer: Any = None) -> Any:
        if self.lr_scheduler is None:
            schedule = parse(text, {**numbers, "T": num_training_steps})
            self.lr_scheduler = lambda_lr(optimizer or self.optimizer, schedule)
            self._created_lr_scheduler = True  # so that another `train()`, of another length, builds it again
        return self.lr_scheduler

    members = {"create_scheduler": create_scheduler, "__module__": trainer.__module__}
    return cast("type[Trainer]", type(trainer.__name__, (trainer,), members))
