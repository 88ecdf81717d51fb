"""The per-step setter: a function of the step that writes hyperparameters into parameter groups."""

from collections.abc import Iterable, Mapping
from typing import Any, overload

from ._attachment import Attachment
from ._checkpoints import bases_of, differences_of, refuse_differences
from ._groups import Setting, dealt
from ._words import as_code, taught


class ParamGroupSetter:
    """The function that `param_group_setter` returns: call it with the step, before the update."""

    __slots__ = ("__weakref__", "_attachment", "_name", "_names")

    def __init__(self, name: str, optimizers: Any, schedules: Mapping[str, Any], keep_tensors: bool) -> None:
        self._name = name
        if hasattr(optimizers, "param_groups") or not isinstance(optimizers, Iterable):
            optimizers = [optimizers]
        by_name = dict(optimizers) if isinstance(optimizers, Mapping) else {}
        self._names = list(by_name)
        several = list(by_name.values()) if by_name else list(optimizers)
        self._attachment = Attachment(name, several, self._dealt(schedules), keep_tensors=keep_tensors, names=self._names)

    def _dealt(self, schedules: Mapping[str, Any]) -> dict[str, Any]:
        return {key: dealt(self._name, key, spec, self._names) for key, spec in schedules.items()}

    def __call__(self, step: Any) -> None:
        """Write the value of every scheduled hyperparameter at `step`.

        Args:
            step: 0-based index of the optimizer update about to be taken: a number, or a tensor. With a tensor
                hyperparameter a tensor step needs no device sync [steps].

        Raises:
            ValueError: a group was added for which there is no schedule.
        """
        self._attachment.write(step)

    @taught("set_step.follow(lr=schedule)")
    def follow(self, **schedules: Setting) -> None:
        """Switch to other schedules mid-run, from the next call on, such as one with a new factor from a plateau.

        Args:
            schedules: as for `param_group_setter`; other hyperparameters keep their schedules.

        Raises:
            TypeError: as for `param_group_setter`; nothing is changed.
            ValueError: as above.

        Example:
            >>> import torch
            >>> from pure_schedules import constant, cool_down
            >>> from pure_schedules_torch import param_group_setter
            >>> optimizer = torch.optim.SGD(torch.nn.Linear(2, 2).parameters())
            >>> run = constant(value=0.1)
            >>> set_step = param_group_setter(optimizer, lr=run)
            >>> set_step.follow(lr=cool_down(run, at=100, decay_steps=50))
            >>> set_step(125)
            >>> optimizer.param_groups[0]["lr"]
            0.05
        """
        self._attachment.follow(self._dealt(schedules), 0)

    def fingerprint(self) -> dict[str, Any]:
        """The schedules as plain data, to save beside the step."""
        return self._attachment.fingerprint()

    def differences(self, fingerprint: Mapping[str, Any]) -> list[str]:
        """List how the schedules differ from those of a saved fingerprint, or from what `to_data` gave, and what cannot be
        compared."""
        return differences_of(self._name, fingerprint, self.fingerprint())

    def require_same(self, fingerprint: Mapping[str, Any]) -> None:
        """Raise unless the schedules are those of a saved fingerprint.

        Raises:
            ValueError: they differ, or cannot be compared; the message says where.
        """
        refuse_differences(self._name, self.differences(fingerprint))

    def rebase(self, fingerprint: Mapping[str, Any]) -> None:
        """Restore the bases of `relative` schedules from a saved fingerprint.

        The bases are the values that the groups had when the setter was built. A setter built after the optimizer was loaded
        has found the last written values instead.

        Raises:
            ValueError: a group lacks that number; nothing is changed.

        Example:
            >>> import torch
            >>> from pure_schedules import linear
            >>> from pure_schedules_torch import param_group_setter, relative
            >>> def optimizer_with(lr):
            ...     return torch.optim.SGD(torch.nn.Linear(2, 2).parameters(), lr=lr)
            >>> factor = relative(linear(start=1.0, end=0.0, steps=10))
            >>> saved = param_group_setter(optimizer_with(lr=0.5), lr=factor).fingerprint()
            >>> loaded = optimizer_with(lr=0.25)  # as the sixth update left it
            >>> set_step = param_group_setter(loaded, lr=factor)
            >>> set_step.rebase(saved)
            >>> set_step(6)
            >>> loaded.param_groups[0]["lr"]
            0.2
        """
        self._attachment.look(None)
        bases = {key: self._attachment.bases(key) for key in self._attachment.schedules}
        self._attachment.rebase(
            {
                key: bases_of(self._name, key, fingerprint, own, self._names)
                for key, own in bases.items()
                if any(base is not None for base in own)
            }
        )

    def __repr__(self) -> str:
        return f"{self._name}({', '.join(f'{key}={as_code(spec)}' for key, spec in self._attachment.schedules.items())})"


# Two, so that a checker does not take a schedule of ``**bundle(...)`` for `keep_tensors`.
@overload
def param_group_setter(optimizer: Any, **schedules: Setting) -> ParamGroupSetter: ...
@overload
def param_group_setter(optimizer: Any, *, keep_tensors: bool, **schedules: Setting) -> ParamGroupSetter: ...
@taught("param_group_setter(optimizer, lr=schedule)")
def param_group_setter(optimizer: Any, *, keep_tensors: Any = False, **schedules: Setting) -> ParamGroupSetter:
    """Make a function of the step that writes hyperparameters into every parameter group.

    The function has no state: the caller owns the step, and a checkpoint of the step is a checkpoint of the schedule.
    Calling it twice equals calling it once. To skip an update, do not call it.

    Args:
        optimizer: an optimizer, or any object with `param_groups`; or several on one clock, as a list or as a dict by
            name.
        keep_tensors: keep the tensors that are in the groups now, and put them back after a load has replaced them. A
            captured graph needs this: it always reads the same memory.
        schedules: for each hyperparameter a schedule for all groups; a list with one for each group; `by_group(rule)`;
            a tuple for a tuple such as `betas`; or a dict of any of these by optimizer name. None leaves that value
            unchanged. `relative(schedule)` multiplies the value that the group had when it was first seen.

    Raises:
        TypeError: `optimizer` has no param_groups; a value is not a schedule; a tuple is given for a number, or the
            reverse.
        ValueError: there are no groups; a group lacks the hyperparameter; a list or tuple has another length.

    Example:
        >>> import torch
        >>> from pure_schedules import warmup_cosine
        >>> from pure_schedules_torch import param_group_setter
        >>> optimizer = torch.optim.Adam(torch.nn.Linear(2, 2).parameters())
        >>> set_step = param_group_setter(optimizer, lr=warmup_cosine(peak=1e-3, warmup_steps=100, total_steps=1000))
        >>> set_step(50)
        >>> optimizer.param_groups[0]["lr"]
        0.0005
    """
    name = "param_group_setter"
    if not schedules:
        raise ValueError(f"{name}: no schedule was given; write param_group_setter(optimizer, lr=...)")
    return ParamGroupSetter(name, optimizer, schedules, keep_tensors)
