"""The writes: what both adapters do to the parameter groups of their optimizers."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from itertools import chain
from typing import Any, TypeAlias

import torch
from torch import Tensor
from torch.autograd.graph import increment_version

from pure_schedules._arrays import compiling

from ._groups import Distinct, Group, Plan, groups_of

#: What the schedules of these groups are factors of; None where they are the rates themselves.
Bases: TypeAlias = Callable[[Sequence[Group]], Sequence[float] | None]


class Writer:
    """Writes the values that schedules have at a step into the groups of optimizers.

    The groups are looked up at every write, for a load replaces them; what can be settled beforehand is settled when it
    finds them replaced. What can be refused is refused before anything is touched.
    """

    __slots__ = ("_buffers", "_owner", "_seen", "_writes", "distinct", "keep_tensors", "optimizers", "plans", "schedules")

    def __init__(
        self,
        owner: str,
        optimizers: Sequence[Any],
        schedules: Mapping[str, Any],
        *,
        keep_tensors: bool = False,
        step: Any = 0,
        bases: Bases | None = None,
    ) -> None:
        self._owner = owner
        self.optimizers = optimizers
        self.keep_tensors = keep_tensors
        #: What stood in a group when it was first seen, where that is to be kept.
        self._buffers: dict[tuple[int, str], Any] = {}
        self.follow(schedules, step, bases)

    def follow(
        self,
        schedules: Mapping[str, Any],
        step: Any = 0,
        bases: Bases | None = None,
    ) -> None:
        """Plan for these schedules, once they have been found to give numbers at a step."""
        groups = groups_of(self._owner, self.optimizers)
        distinct = Distinct(self._owner)
        base_of_each = None if bases is None else bases(groups)
        plans = [Plan(key, spec, groups, distinct, base_of_each) for key, spec in schedules.items()]
        distinct.values(step)
        self.schedules, self.distinct, self.plans = dict(schedules), distinct, plans
        self._seen = [(optimizer, optimizer.param_groups, len(optimizer.param_groups)) for optimizer in self.optimizers]
        for plan in plans:
            self._own(plan)
        self._writes = [self._way(plan) for plan in plans]

    def is_stale(self) -> bool:
        """Whether the groups are others than were planned for: a load replaces their list, an added one lengthens it."""
        for optimizer, groups, length in self._seen:  # noqa: SIM110 - twice as quick as any()
            if optimizer.param_groups is not groups or len(groups) != length:
                return True
        return False

    def write(self, step: Any) -> None:
        """Write all of them, or none: every value is there before the first write."""
        values = self.distinct.values(step)
        for way, plan, known in self._writes:
            way(self, plan, known, values)

    def fingerprint(self) -> dict[str, Any]:
        """The schedules of every group as plain data."""
        return {plan.key: plan.data() for plan in self.plans}

    def walk(self) -> Iterator[Group]:
        """The groups that were planned for, as they are now."""
        return chain.from_iterable(optimizer.param_groups for optimizer, _, _ in self._seen)

    # Before the first write ------------------------------------------------------------------------------------------

    def _own(self, plan: Plan) -> None:
        """Give every group tensors of its own, for torch puts the one it was given into all of them; and keep them."""
        seen: set[int] = set()
        for index, group in enumerate(self.walk()):
            if plan.key not in group:
                continue
            if self.keep_tensors:
                self.reinstall(index, group, plan.key)
            current = group[plan.key]
            own = unshared(current, seen)
            if own is not current:
                group[plan.key] = own
            if self.keep_tensors:
                self._buffers[index, plan.key] = own

    def reinstall(self, index: int, group: Group, key: str) -> None:
        """Put the tensors that a captured graph knows back, where a load has put others or numbers in their place."""
        buffer, current = self._buffers.get((index, key)), group[key]
        if isinstance(buffer, Tensor):
            if current is not buffer:
                group[key] = buffer
        elif isinstance(buffer, tuple | list) and any(isinstance(item, Tensor) for item in buffer):
            kept = [old if isinstance(old, Tensor) else new for old, new in zip(buffer, current, strict=True)]
            group[key] = type(current)(kept)

    def _way(self, plan: Plan) -> tuple[Callable[..., None], Plan, Any]:
        """The quickest of the ways below to write what stands in the groups, and what it needs to know."""
        standing = [group.get(plan.key) for group in self.walk()]
        first = plan.places[0]
        if all(isinstance(place, int) for place in plan.places) and all(type(value) in (int, float) for value in standing):
            same = all(place == first for place in plan.places)
            return (_one_number, plan, first) if same else (_numbers, plan, None)
        if all(
            place is None or (isinstance(place, int) and _has_a_view(value))
            for place, value in zip(plan.places, standing, strict=True)
        ):
            tensors = [None if place is None else value for place, value in zip(plan.places, standing, strict=True)]
            return _memory, plan, _Memory(tensors)
        return _anything, plan, None


# The ways to write ---------------------------------------------------------------------------------------------------


def _one_number(writer: Writer, plan: Plan, place: int, values: Sequence[Any]) -> None:
    value, key = values[place], plan.key
    if type(value) is not float:
        return _anything(writer, plan, None, values)
    for optimizer in writer.optimizers:
        for group in optimizer.param_groups:
            group[key] = value


def _numbers(writer: Writer, plan: Plan, _: None, values: Sequence[Any]) -> None:
    key = plan.key
    for group, place in zip(writer.walk(), plan.places, strict=True):
        group[key] = float(values[place])


def _memory(writer: Writer, plan: Plan, memory: "_Memory", values: Sequence[Any]) -> None:
    if compiling() or any(type(value) is not float for value in values) or not memory.stands_in(writer, plan.key):
        return _anything(writer, plan, None, values)
    for place, view in zip(plan.places, memory.views, strict=True):
        if view is not None:
            view[()] = values[place]
    increment_version(memory.written)  # autograd is told, as it is by fill_


def _anything(writer: Writer, plan: Plan, _: None, values: Sequence[Any]) -> None:
    key = plan.key
    for index, (group, place) in enumerate(zip(writer.walk(), plan.places, strict=True)):
        if place is not None:
            if writer.keep_tensors:
                writer.reinstall(index, group, key)
            group[key] = written(group[key], place, values)


class _Memory:
    """The tensors of all groups through the memory that torch shares with NumPy.

    A write to it takes a tenth of the time of `fill_`, which torch dispatches.
    """

    __slots__ = ("tensors", "views", "written")

    def __init__(self, tensors: Sequence[Tensor | None]) -> None:
        self.tensors = tensors
        self.views = [None if tensor is None else tensor.numpy() for tensor in tensors]
        self.written = [tensor for tensor in tensors if tensor is not None]

    def stands_in(self, writer: Writer, key: str) -> bool:
        """Whether these tensors are still the ones in the groups."""
        for group, tensor in zip(writer.walk(), self.tensors, strict=True):
            if tensor is not None and group[key] is not tensor:
                return False
        return True


def _has_a_view(value: Any) -> bool:
    """Whether this is a tensor whose memory NumPy can write."""
    if type(value) is not Tensor or value.device.type != "cpu" or value.requires_grad or value.is_inference():
        return False
    if value.dim() or value.dtype not in (torch.float32, torch.float64):
        return False
    try:
        value.numpy()
    except RuntimeError:  # there is no NumPy, or the memory cannot be shared
        return False
    return True


def written(current: Any, place: Any, values: Sequence[Any]) -> Any:
    """What stands in a group after the write: the same tensor with another value in it, or a number."""
    if place is None:
        return current
    if isinstance(place, tuple):
        items = [written(item, item_place, values) for item, item_place in zip(current, place, strict=True)]
        return type(current)(items)
    value = values[place]
    if not isinstance(current, Tensor):
        return float(value)
    with torch.no_grad() if current.requires_grad else nullcontext():
        return current.copy_(value) if isinstance(value, Tensor) else current.fill_(value)


def unshared(value: Any, seen: set[int]) -> Any:
    """The value, or a copy of it if this very tensor stands in another place too."""
    if isinstance(value, tuple | list):
        items = [unshared(item, seen) for item in value]
        return value if all(new is old for new, old in zip(items, value, strict=True)) else type(value)(items)
    if not isinstance(value, Tensor):
        return value
    if id(value) in seen:
        value = value.detach().clone()
    seen.add(id(value))
    return value
