"""Read saved states: the step to resume at, and the schedules it was saved with."""

import json
import math
import numbers
from collections.abc import Mapping, Sequence
from typing import Any

from pure_schedules._trees import briefly
from pure_schedules.data import differences, is_data, without_version

# The largest count that a float holds exactly; no run reaches it.
LAST_STEP = 2**53


def counted(owner: str, name: str, step: Any) -> float:
    """A validated step: an int for a whole number, a float for a fraction."""
    if isinstance(step, bool) or not isinstance(step, numbers.Real):
        raise TypeError(f"{owner}: {name} must be a number of steps, got {name}={briefly(step)}; write int(...) around it")
    given: Any = step  # a Real can do more than its type says
    if not 0 <= given <= LAST_STEP:
        raise ValueError(
            f"{owner}: {name} must be from 0 on and finite, got {name}={briefly(step)}; give the update's index"
        )
    return int(given) if given == int(given) else float(given)


#: The counters of other tools, and how many updates to add to each.
OTHER_COUNTERS = {
    "last_batch_iteration": 1,  # DeepSpeed: the index of the last update
    "num_steps": 0,  # Megatron-LM: samples
    "_global_step": 0,  # MMEngine: updates, or epochs where it goes by epochs
    "global_step": 0,  # the Trainer of Transformers
}


def step_of(state_dict: Mapping[str, Any]) -> float:
    """The step to resume a run at, from the saved state of a scheduler of torch, of `lambda_lr`, or of another tool.

    The unit is what the scheduler counts, usually updates. It is a whole number, unless a torch scheduler was stepped
    by fractions of an epoch. DeepSpeed saves the index of the last update (`last_batch_iteration`); the step is the
    next one. Megatron-LM counts samples (`num_steps`). MMEngine counts updates, or epochs if it schedules by epoch
    (`_global_step`). The Trainer of Transformers saves its count in ``trainer_state.json`` (`global_step`).

    Args:
        state_dict: the result of ``scheduler.state_dict()``, or the content of ``trainer_state.json``.

    Raises:
        TypeError: the state is not a dict.
        ValueError: the state is not one of a scheduler, but of something else or a whole checkpoint; the schedulers of a
            `ChainedScheduler` are at different steps.

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
        >>> step_of({"last_batch_iteration": 2})
        3
    """
    if isinstance(state_dict, Mapping) and not {"last_epoch", "_schedulers"} & state_dict.keys():
        for counter, more in OTHER_COUNTERS.items():
            if counter in state_dict:
                return _saved(counter, state_dict[counter], least=-more) + more
        for scheduler in ("lr_scheduler", "opt_param_scheduler"):
            if isinstance(state_dict.get(scheduler), Mapping):
                raise ValueError(f"step_of: this is a whole checkpoint; give its {scheduler}: checkpoint[{scheduler!r}]")
    try:
        return _step_of(state_dict)
    except RecursionError:
        raise ValueError("step_of: this state holds itself; give what scheduler.state_dict() gave") from None


def _step_of(state_dict: Any) -> float:
    if not isinstance(state_dict, Mapping):
        raise TypeError(
            f"step_of: the state must be a dict, got {briefly(state_dict)}; give what scheduler.state_dict() gave"
        )
    if "last_epoch" in state_dict:
        step, within = _saved("last_epoch", state_dict["last_epoch"], least=-1), state_dict.get("T_cur")
        # torch's CosineAnnealingWarmRestarts counts whole epochs, and keeps the fraction in its position within the period.
        return step + within % 1 if isinstance(within, float) and math.isfinite(within) else step
    # A ChainedScheduler has no count; its parts do. torch saves their states under this key.
    chained = state_dict.get("_schedulers")
    inner = {_step_of(state) for state in chained} if isinstance(chained, list | tuple) else set[float]()
    if not inner:
        raise ValueError(
            f"step_of: this is not the state of a scheduler, which has a last_epoch, got {briefly(list(state_dict))}; "
            "give what scheduler.state_dict() gave"
        )
    if len(inner) > 1:
        raise ValueError(
            f"step_of: the schedulers in this ChainedScheduler are at different steps, {briefly(sorted(inner))}; "
            "some were stepped by themselves, so say yourself which update is next"
        )
    return inner.pop()


def _saved(name: str, count: Any, least: int) -> float:
    """A saved step: a number, or a scalar of any kind."""
    try:
        step: float | None = None if isinstance(count, str | bytes) else int(count)
        if step is not None and step != count:
            step = float(count)
    except (TypeError, ValueError, ArithmeticError, RuntimeError):  # any error of a foreign __int__
        step = None
    if step is None or not least <= step <= LAST_STEP:
        raise ValueError(
            f"step_of: {name} must be a whole number from {least} on, got {name}={briefly(count)}; "
            "give what scheduler.state_dict() gave"
        )
    return step


def numbers_of(state_dict: Mapping[str, Any], name: str) -> list[float]:
    """The numbers that a state holds under a name; empty if there are none."""
    values = state_dict.get(name, [])
    try:
        numbers = [float(value) for value in values if not isinstance(value, str | bytes)]
    except (TypeError, ValueError, ArithmeticError, RuntimeError):
        numbers = [math.nan]
    if not isinstance(values, list | tuple) or len(numbers) < len(values) or not all(map(math.isfinite, numbers)):
        raise ValueError(
            f"lambda_lr: {name} must be a list of finite numbers, got {name}={briefly(values)}; "
            "give what scheduler.state_dict() gave"
        )
    return numbers


def bases_of(
    owner: str, key: str, fingerprint: Mapping[str, Any], own: Sequence[Any], names: Sequence[Any] = ()
) -> list[Any]:
    """The bases of relative schedules in a fingerprint, for the schedules that are relative now."""
    saved = fingerprint.get(key) if isinstance(fingerprint, Mapping) else None
    if names and isinstance(saved, Mapping):
        saved = [item for name in names for item in saved.get(str(name), ())]
    if not isinstance(saved, list) or len(saved) != len(own):
        raise ValueError(
            f"{owner}: the fingerprint must have {key} of {len(own)} parameter groups, got {briefly(saved)}; "
            "give what set_step.fingerprint() gave"
        )
    return [
        _base_of(f"{owner}: {key} of param_groups[{index}]", *pair)
        for index, pair in enumerate(zip(own, saved, strict=True))
    ]


def _base_of(where: str, own: Any, saved: Any) -> Any:
    if isinstance(own, tuple):
        parts = saved if isinstance(saved, list) and len(saved) == len(own) else [None] * len(own)
        return tuple(_base_of(f"{where}, at {at}", *pair) for at, pair in enumerate(zip(own, parts, strict=True)))
    if own is None:
        return None
    scaled = saved.get("hyperparameters") if isinstance(saved, Mapping) and saved.get("schedule") == "scale" else None
    factor = scaled.get("factor") if isinstance(scaled, Mapping) else None
    if isinstance(factor, bool) or not isinstance(factor, int | float) or not math.isfinite(factor):
        raise ValueError(f"{where} was not relative to a number when it was saved, got {briefly(saved)}; build it again")
    return float(factor)


def as_text(fingerprint: Any) -> str:
    """The schedules of a state as one string.

    A checkpoint that stores each number under its own key would look for the old keys in a changed configuration.
    """
    return json.dumps(fingerprint)


def differences_of(owner: str, saved: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """List how the current schedules differ from the saved ones, given as text or data, and what cannot be compared."""
    if not isinstance(saved, Mapping):
        raise TypeError(f"{owner}: the saved state must be a dict, got {briefly(saved)}; give it unchanged")
    try:
        return differences(_by_group(saved, now), dict(now))
    except (ValueError, RecursionError) as error:
        raise ValueError(
            f"{owner}: the saved schedules cannot be read, {str(error)[:100]}; "
            "give the result of set_step.fingerprint(), scheduler.state_dict() or to_data"
        ) from None


def _by_group(saved: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """The saved schedules as a list for each hyperparameter: the result of `to_data` counts for every group."""
    if is_data(saved):
        if saved["schedule"] != "bundle" and len(now) > 1:
            names = ", ".join(f"{key!r}: ..." for key in now)
            raise ValueError(f"this is one schedule for {len(now)} hyperparameters; write {{{names}}}")
        saved = saved["hyperparameters"] if saved["schedule"] == "bundle" else dict.fromkeys(now, saved)
    return {key: _of_groups(key, value, now.get(key, ())) for key, value in saved.items()}


def _of_groups(where: str, saved: Any, now: Any) -> Any:
    """What was saved of one hyperparameter, in the form of a fingerprint: a list, or one for each optimizer by its name."""
    saved = json.loads(saved) if isinstance(saved, str) else saved
    if isinstance(saved, Mapping) and "schedule" in saved:
        one = without_version(saved)
        return {name: [one] * len(own) for name, own in now.items()} if isinstance(now, Mapping) else [one] * len(now)
    if isinstance(saved, Mapping):
        by_name = now if isinstance(now, Mapping) else {}
        return {name: _of_groups(f"{where} of {name}", item, by_name.get(name, ())) for name, item in saved.items()}
    if isinstance(saved, list):
        return [without_version(item) if isinstance(item, Mapping) else item for item in saved]
    if saved is not None:
        raise ValueError(f"{where} holds no schedules, got {briefly(saved)}")
    return None


def refuse_differences(owner: str, differences: Sequence[str]) -> None:
    """Raise an error that lists these differences, if there are any."""
    if differences:
        told = "; ".join(differences)
        if len(told) > 700:
            told = f"{told[:650]} ... ({len(differences)} differences in all)"
        raise ValueError(
            f"{owner}: these are not known to be the schedules of the checkpoint: {told}; "
            "build the schedules it was saved with, or continue without require_same"
        )
