"""The per-step setter: a function of the step that writes hyperparameters into parameter groups."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from torch import Tensor

from pure_schedules.text import difference

from ._groups import Distinct, Group, Plan, groups_of, unshared, written


class ParamGroupSetter:
    """What `param_group_setter` returns: call it with the step, before the update."""

    __slots__ = (
        "__weakref__",
        "_buffers",
        "_distinct",
        "_keep_tensors",
        "_name",
        "_optimizers",
        "_plans",
        "_schedules",
        "_seen",
    )

    def __init__(self, name: str, optimizers: Sequence[Any], schedules: Mapping[str, Any], keep_tensors: bool) -> None:
        self._name = name
        self._optimizers = optimizers
        self._schedules = dict(schedules)
        self._keep_tensors = keep_tensors
        self._buffers: dict[tuple[int, str], Tensor] = {}
        # Everything that can be refused is refused here, before anything is touched.
        self._plan()
        self._distinct.values(0)
        self._unshare()

    def __call__(self, step: Any) -> None:
        """Write the value that every scheduled hyperparameter has at `step`.

        Args:
            step: index, from 0, of the optimizer update about to be taken: a number, or a tensor, which is not
                waited for where the hyperparameter is a tensor too [steps].

        Raises:
            ValueError: a group was added since, for which nothing was said.
        """
        for optimizer, groups, length in self._seen:
            # A load replaces the list of groups, and an added group lengthens it: only then is it looked at again.
            if optimizer.param_groups is not groups or len(groups) != length:
                self._plan()
                self._unshare()
                break
        values = self._distinct.values(step)  # all of them before the first write
        for plan in self._plans:
            key, single = plan.key, plan.single
            if single is not None and type(value := values[single]) is float:
                for optimizer, _, _ in self._seen:
                    for group in optimizer.param_groups:
                        group[key] = value
                continue
            for index, (group, place) in enumerate(zip(self._walk(), plan.places, strict=True)):
                if place is not None:
                    if self._keep_tensors:
                        self._reinstall(index, group, key)
                    group[key] = written(group[key], place, values)

    def fingerprint(self) -> dict[str, Any]:
        """Which schedules it writes, as plain data to be saved beside the step."""
        return {plan.key: plan.data() for plan in self._plans}

    def differences(self, fingerprint: Mapping[str, Any]) -> list[str]:
        """In words, how these schedules differ from those of a saved fingerprint; nothing if they do not."""
        return difference(dict(fingerprint), self.fingerprint())

    def __repr__(self) -> str:
        return f"{self._name}({', '.join(f'{key}={spec!r}' for key, spec in self._schedules.items())})"

    def _walk(self) -> Iterator[Group]:
        """The groups that were planned for, as they are now."""
        return chain.from_iterable(optimizer.param_groups for optimizer, _, _ in self._seen)

    def _plan(self) -> None:
        groups = groups_of(self._name, self._optimizers)
        distinct = Distinct(self._name)
        self._plans = [Plan(key, spec, groups, distinct) for key, spec in self._schedules.items()]
        self._distinct = distinct
        self._seen = [(optimizer, optimizer.param_groups, len(optimizer.param_groups)) for optimizer in self._optimizers]

    def _unshare(self) -> None:
        """Give every group tensors of its own: torch puts the one it was given into all of them."""
        for plan in self._plans:
            seen: set[int] = set()
            for index, group in enumerate(self._walk()):
                if plan.key in group:
                    if self._keep_tensors:
                        self._reinstall(index, group, plan.key)
                    current = group[plan.key]
                    own = unshared(current, seen)
                    if own is not current:
                        group[plan.key] = own
                    if self._keep_tensors and isinstance(own, Tensor):
                        self._buffers[index, plan.key] = own

    def _reinstall(self, index: int, group: Group, key: str) -> None:
        """Put the tensor that a captured graph knows back, where a load has put another or a float in its place."""
        buffer = self._buffers.get((index, key))
        if buffer is not None and group[key] is not buffer:
            group[key] = buffer


def param_group_setter(optimizer: Any, *, keep_tensors: bool = False, **schedules: Any) -> ParamGroupSetter:
    """Make a function that writes hyperparameters into every parameter group for a step.

    The function has no state: the caller owns the step, and a checkpoint of it is a checkpoint of the schedule. To call
    it twice is to call it once; to skip an update is not to call it.

    Args:
        optimizer: an optimizer, or anything else that has `param_groups`, or a list of these.
        keep_tensors: own the tensors that are in the groups now, and put them back when a load has replaced them: for
            graphs that were captured with them, which read the same memory for ever.
        schedules: for each hyperparameter a schedule for all groups; or a list, with one for each group; or
            `by_group(rule)`; or, for a hyperparameter that is a tuple such as `betas`, a tuple. None leaves a place alone.

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
    several = isinstance(optimizer, Iterable) and not hasattr(optimizer, "param_groups")
    return ParamGroupSetter(name, list(optimizer) if several else [optimizer], schedules, keep_tensors)
