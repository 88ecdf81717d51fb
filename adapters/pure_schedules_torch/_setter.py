"""The per-step setter: a function of the step that writes hyperparameters into parameter groups."""

from collections.abc import Iterable, Mapping
from typing import Any

from ._attachment import Attachment
from ._checkpoints import bases_of, differences_of, refuse_differences
from ._groups import dealt
from ._words import taught, written


class ParamGroupSetter:
    """What `param_group_setter` returns: call it with the step, before the update."""

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
        """Write the value that every scheduled hyperparameter has at `step`.

        Args:
            step: index, from 0, of the optimizer update about to be taken: a number, or a tensor, which is not
                waited for where the hyperparameter is a tensor too [steps].

        Raises:
            ValueError: a group was added since, for which nothing was said.
        """
        self._attachment.write(step)

    def follow(self, **schedules: Any) -> None:
        """Write other schedules from the next call on: after a change of plan, or with another factor from a plateau.

        Args:
            schedules: as for `param_group_setter`; hyperparameters that are not named keep their schedules.

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
        """Which schedules it writes, as plain data to be saved beside the step."""
        return self._attachment.fingerprint()

    def differences(self, fingerprint: Mapping[str, Any]) -> list[str]:
        """In words, how these schedules differ from those of a saved fingerprint, or cannot be compared; else nothing."""
        return differences_of(self._name, fingerprint, self.fingerprint())

    def require_same(self, fingerprint: Mapping[str, Any]) -> None:
        """Refuse to go on under other schedules than those of a saved fingerprint.

        Raises:
            ValueError: they differ, or cannot be compared; the message says where.
        """
        refuse_differences(self._name, self.differences(fingerprint))

    def rebase(self, fingerprint: Mapping[str, Any]) -> None:
        """Take from a saved fingerprint what `relative` schedules are factors of.

        It is what stood in each group when the setter was built; one that is built after the optimizer was loaded has
        found there what was written last.

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
                key: bases_of(self._name, key, fingerprint, own)
                for key, own in bases.items()
                if any(base is not None for base in own)
            }
        )

    def __repr__(self) -> str:
        return f"{self._name}({', '.join(f'{key}={written(spec)}' for key, spec in self._attachment.schedules.items())})"


@taught("param_group_setter(optimizer, lr=schedule)")
def param_group_setter(optimizer: Any, *, keep_tensors: bool = False, **schedules: Any) -> ParamGroupSetter:
    """Make a function that writes hyperparameters into every parameter group for a step.

    The function has no state: the caller owns the step, and a checkpoint of it is a checkpoint of the schedule. To call
    it twice is to call it once; to skip an update is not to call it.

    Args:
        optimizer: an optimizer, or anything else that has `param_groups`; or several on one clock, as a list, or as a
            dict by name.
        keep_tensors: own the tensors that are in the groups now, and put them back when a load has replaced them: for
            graphs that were captured with them, which read the same memory for ever.
        schedules: for each hyperparameter a schedule for all groups; or a list, with one for each group; or
            `by_group(rule)`; or, for a hyperparameter that is a tuple such as `betas`, a tuple; or a dict with any of
            these for each optimizer, by the names of the optimizers. None leaves a place alone, and `relative(schedule)`
            is a factor of what stands there when the group is first seen.

    Raises:
        TypeError: there are no param_groups; a schedule is not one; a tuple meets a number, or the reverse.
        ValueError: there are no groups; a group has no such hyperparameter; a list or tuple is of another length.

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
