"""What saved states tell: the step at which the run goes on, and the schedules that it was saved under."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pure_schedules.text import difference


def step_of(state_dict: Mapping[str, Any]) -> int:
    """The step at which a run goes on, from the state that a scheduler of torch, or of `lambda_lr`, has saved.

    Args:
        state_dict: what ``scheduler.state_dict()`` gave.

    Raises:
        ValueError: it is not such a state; the schedulers of a `ChainedScheduler` have not been stepped together.

    Example:
        >>> import torch
        >>> from pure_schedules_torch import step_of
        >>> optimizer = torch.optim.SGD(torch.nn.Linear(2, 2).parameters(), lr=0.1)
        >>> scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=30)
        >>> for update in range(3):
        ...     optimizer.step()
        ...     scheduler.step()
        >>> step_of(scheduler.state_dict())
        3
    """
    if not isinstance(state_dict, Mapping):
        raise TypeError(f"step_of: the state must be a dict, got {state_dict!r}; give what scheduler.state_dict() gave")
    if "last_epoch" in state_dict:
        return int(state_dict["last_epoch"])
    # A ChainedScheduler counts nothing; those in it do. Torch saves their states under this key.
    inner = {step_of(state) for state in state_dict.get("_schedulers", ())}
    if not inner:
        raise ValueError(
            f"step_of: this is not the state of a scheduler, which has a last_epoch, got {list(state_dict)}; "
            "give what scheduler.state_dict() gave"
        )
    if len(inner) > 1:
        raise ValueError(
            f"step_of: the schedulers in this ChainedScheduler are at different steps, {sorted(inner)}; "
            "some were stepped by themselves, so say yourself which update is next"
        )
    return inner.pop()


def as_text(fingerprint: Any) -> str:
    """The schedules of a state as one string: checkpoints that store every number under a key of its own would else ask a
    changed configuration for the keys of the old one."""
    return json.dumps(fingerprint)


def differences_of(saved: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """In words, how the schedules of now differ from those that were saved, as text or as data."""
    read = {key: json.loads(value) if isinstance(value, str) else value for key, value in saved.items()}
    return difference(read, dict(now))


def refuse_differences(owner: str, differences: Sequence[str]) -> None:
    """An error that tells these differences, if there are any."""
    if differences:
        raise ValueError(
            f"{owner}: the checkpoint was written under other schedules: {'; '.join(differences)}; "
            "build what it was written under, or go on without asking for the same"
        )
