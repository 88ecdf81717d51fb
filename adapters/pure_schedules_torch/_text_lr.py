"""A scheduler that takes text, for every tool that builds `module.Class` from a file."""

from typing import Any

from torch.optim import Optimizer

from pure_schedules._trees import briefly
from pure_schedules.text import read

from ._lambda_lr import ScheduleLR

__all__ = ["TextLR"]


class TextLR(ScheduleLR):
    """The scheduler of `lambda_lr`, built from the text of a schedule and the named numbers in it.

    Args:
        optimizer: the optimizer.
        text: the schedule, as `parse` reads it.
        relative: as for `lambda_lr`: the schedule is a factor of the rate that each group has [1].
        last_epoch: as for `lambda_lr`: index of the last update made, -1 to begin [steps].
        numbers: the named numbers in the text, such as the length of the run.

    Raises:
        TypeError: the text is not a str, or a value not a number; `optimizer` is not an optimizer.
        ValueError: the text is not a schedule; a name in it has no value, and the message marks the place.

    Example:
        >>> import torch
        >>> from pure_schedules_torch import TextLR
        >>> optimizer = torch.optim.SGD(torch.nn.Linear(2, 2).parameters())
        >>> scheduler = TextLR(optimizer, "warmup_cosine(peak=0.4, warmup_steps=T / 5, total_steps=T)", T=10)
        >>> optimizer.step()
        >>> scheduler.step()
        >>> scheduler.get_last_lr()
        [0.2]
    """

    def __init__(
        self, optimizer: Optimizer, text: str, *, relative: bool = False, last_epoch: int = -1, **numbers: float
    ) -> None:
        super().__init__(optimizer, _read(text, numbers), relative, last_epoch)


def _read(text: str, numbers: dict[str, float]) -> Any:
    """The schedule in a text; tools give numbers, such as the length, whether a text uses them or not."""
    for name, number in numbers.items():
        if isinstance(number, (str, bool, type(None), list, dict)):
            raise TypeError(f"TextLR: {name} must be a number, got {name}={briefly(number)}; write it without quotes")
    try:
        return read(text, numbers, "write TextLR(optimizer, text, {}=...)".format)
    except (TypeError, ValueError) as error:
        raise type(error)(f"TextLR: {str(error).removeprefix('parse: ')}") from None
