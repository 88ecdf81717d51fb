"""Attachments, which both adapters share: what is known of parameter groups, and the write at each step.

The configuration of a group is found by the group's parameters, so it survives loading, adding, removing and reordering
groups. Values cached from the groups for speed are compared with the groups at each write, and are not copied.
"""

import weakref
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext, suppress
from itertools import compress
from operator import is_, itemgetter
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.graph import increment_version

from pure_schedules import Schedule
from pure_schedules._arrays import compiling

from ._groups import Distinct, Group, Relative, Seat, answer_for, base_in, place_of, refuse_unwritable, seats_of
from ._tensors import address, addresses_in, of_others, remade, settle, tensors_in, unshared

# What is known of a group ---------------------------------------------------------------------------------------------


class Known:
    """What is known of a group from when it was first seen.

    Attributes:
        first: its values then, by hyperparameter.
        answers: its configured schedules, by hyperparameter.
        kept: the tensors that must stay in it, by hyperparameter.
    """

    __slots__ = ("answers", "first", "kept")

    def __init__(self, first: dict[str, Any], answers: dict[str, Any], kept: dict[str, Any]) -> None:
        self.first = first
        self.answers = answers
        self.kept = kept

    def copy(self) -> "Known":
        """A copy for a group that was split from this one, with tensors of its own."""
        return Known(dict(self.first), dict(self.answers), {})


class Roll:
    """All groups seen so far, by their parameters, which are held weakly."""

    __slots__ = ("_entries",)

    def __init__(self) -> None:
        self._entries: dict[int, tuple[Any, Known]] = {}

    def find(self, group: Group) -> Known | None:
        """What is known of a group: of the earlier group that held most of its parameters."""
        found: Counter[int] = Counter()
        known: dict[int, Known] = {}
        for mark in _marks(group):
            entry = self._entries.get(id(mark))
            if entry is not None and entry[0]() is mark:
                found[id(entry[1])] += 1
                known[id(entry[1])] = entry[1]
        return known[found.most_common(1)[0][0]] if found else None

    def enter(self, group: Group, known: Known) -> None:
        """Store this under the parameters of the group."""
        for mark in _marks(group):
            self._entries[id(mark)] = _reference(mark), known

    def forget(self, keys: Iterable[str]) -> None:
        """Drop the configuration of these hyperparameters, also for groups that are absent now."""
        for _, known in self._entries.values():
            for key in keys:
                known.answers.pop(key, None)

    def __getstate__(self) -> list[tuple[Any, Known]]:
        alive = ((reference(), known) for reference, known in self._entries.values())
        return [(mark, known) for mark, known in alive if mark is not None]

    def __setstate__(self, state: list[tuple[Any, Known]]) -> None:
        self._entries = {id(mark): (_reference(mark), known) for mark, known in state}


def _marks(group: Group) -> Sequence[Any]:
    """What identifies a group: its parameters, or if it has none the list that will hold them."""
    parameters = group.get("params", group)
    return parameters if isinstance(parameters, list | tuple) and parameters else [parameters]


def _reference(mark: Any) -> Any:
    """A function that returns the object, or None when it is gone."""
    try:
        return weakref.ref(mark)
    except TypeError:
        return lambda: mark


# Who speaks -----------------------------------------------------------------------------------------------------------

#: For each optimizer and hyperparameter, the attachments that have written it.
_WRITERS: "weakref.WeakKeyDictionary[Any, dict[str, list[weakref.ref[Attachment]]]]" = weakref.WeakKeyDictionary()


def wrapped_in(optimizer: Any) -> list[Any]:
    """An optimizer and those that it wraps (as Accelerate's does), down to the innermost."""
    found: list[Any] = []
    while optimizer is not None and all(optimizer is not one for one in found):
        found.append(optimizer)
        optimizer = getattr(optimizer, "optimizer", None)
    return found


def _innermost(optimizer: Any) -> Any:
    return [one for one in wrapped_in(optimizer) if hasattr(one, "param_groups")][-1]


def _alive(writers: "list[weakref.ref[Attachment]]") -> "list[Attachment]":
    return [one for reference in writers if (one := reference()) is not None]


def _turn_of(other: "Attachment") -> int:
    return other._turn


def _writers_of(optimizer: Any) -> dict[str, list[Any]]:
    try:
        return _WRITERS.setdefault(_innermost(optimizer), {})
    except TypeError:  # no weak references, or not hashable
        return {}


# The plan and the write -----------------------------------------------------------------------------------------------


class Batch:
    """Tensors of one kind, written together: on a GPU in a fixed number of kernel launches.

    Attributes:
        tensors: the tensors.
        places: the index of each tensor's schedule among the distinct ones.
        distinct: these indices, each once.
        views: NumPy views of their memory, if possible: writing these takes a tenth of the time of `fill_`.
        addresses: the addresses of that memory.
    """

    __slots__ = ("addresses", "distinct", "places", "tensors", "views")

    def __init__(self) -> None:
        self.tensors: list[Tensor] = []
        self.places: list[int] = []
        self.distinct: list[int] = []
        self.views: list[Any] = []
        self.addresses: list[int] = []

    def complete(self) -> None:
        """Prepare the write, after all tensors are added."""
        self.distinct = sorted(set(self.places))
        like = self.tensors[0]
        if like.device.type == "cpu" and not like.dim() and like.dtype in (torch.float32, torch.float64):
            with suppress(RuntimeError):  # no NumPy, or memory that cannot be shared
                self.views = [tensor.numpy() for tensor in self.tensors]
                self.addresses = [tensor.data_ptr() for tensor in self.tensors]

    def is_there(self) -> bool:
        """Whether the memory has not moved."""
        return not self.views or list(map(Tensor.data_ptr, self.tensors)) == self.addresses

    def write(self, values: Sequence[Any]) -> None:
        tensors, places = self.tensors, self.places
        if any(isinstance(values[place], Tensor) for place in self.distinct):
            with torch.no_grad():
                torch._foreach_copy_(tensors, self._brought(values))  # pyright: ignore[reportPrivateImportUsage]
        elif self.views:
            for view, place in zip(self.views, places, strict=True):
                view[()] = values[place]
            increment_version(tensors)  # tell autograd, as fill_ does
        else:
            with torch.no_grad():
                torch._foreach_zero_(tensors)  # pyright: ignore[reportPrivateImportUsage]
                torch._foreach_add_(  # pyright: ignore[reportPrivateImportUsage]
                    tensors, [values[place] for place in places]
                )

    def _brought(self, values: Sequence[Any]) -> list[Tensor]:
        """The value for each tensor, in its dtype; distinct values are moved to the device once, together."""
        like = self.tensors[0]
        brought = [
            # A copy to a device need not wait; a copy to the CPU must.
            value.to(like.device, non_blocking=value.device.type == "cpu")
            if isinstance(value, Tensor)
            else torch.full((), value, dtype=like.dtype, device=like.device)
            for value in map(values.__getitem__, self.distinct)
        ]
        stacked = torch.stack(brought).to(like.dtype).reshape(-1, *like.shape)
        of_place = dict(zip(self.distinct, stacked.unbind(), strict=True))
        return [of_place[place] for place in self.places]


def _kind(value: Any) -> Any:
    """A key for tensors that are written together; None for a value that is written alone."""
    if type(value) not in (Tensor, torch.nn.Parameter) or not value.is_floating_point() or value.is_inference():
        return None
    return value.device, value.dtype, value.shape, value.requires_grad


class Row:
    """The write of one hyperparameter.

    Attributes:
        key: the hyperparameter.
        places: for each group the index of its schedule among the distinct ones, a tuple of indices, or None.
        numbers: the groups whose value is a number to write.
        chosen: the index of the schedule of each of these.
        only: this index, if all have the same.
        pick: a function that selects their values from all values.
        watched: all other groups, since their values may be replaced.
        left: the value in each of these after the last write.
        apart: those of them that are written alone, by index, with the index of their schedule.
    """

    __slots__ = ("apart", "chosen", "key", "left", "numbers", "only", "pick", "places", "watched")

    def __init__(self, key: str, places: list[Any]) -> None:
        self.key = key
        self.places = places

    def sort(self, groups: Sequence[Group], batches: dict[Any, Batch]) -> None:
        """Choose how to write each group, by its current value."""
        key = self.key
        is_number = [
            place is not None and not isinstance(group[key], Tensor | tuple | list)
            for group, place in zip(groups, self.places, strict=True)
        ]
        self.numbers = list(compress(groups, is_number))
        self.chosen: list[int] = list(compress(self.places, is_number))
        self.only = self.chosen[0] if len(set(self.chosen)) == 1 else None
        self.pick = _picking(self.chosen)
        others = [(group, place) for group, place, number in zip(groups, self.places, is_number, strict=True) if not number]
        if all(place is None for _, place in others):
            others = []
        self.watched = [group for group, _ in others]
        self.left: list[Any] = [group.get(key) for group in self.watched]
        self.apart: list[tuple[int, Any]] = []
        for index, (current, (_, place)) in enumerate(zip(self.left, others, strict=True)):
            if place is None:
                continue
            kind = _kind(current)
            if kind is None:
                self.apart.append((index, place))
            else:
                batch = batches.setdefault(kind, Batch())
                batch.tensors.append(current)
                batch.places.append(place)

    def stands(self) -> bool:
        """Whether the numbers to write are still floats, and all other values are unchanged since the last write."""
        key = self.key
        for group in self.numbers:
            if type(group[key]) is not float:
                return False
        return not self.watched or all(map(is_, [group.get(key) for group in self.watched], self.left))

    def write(self, values: Sequence[Any], are_floats: bool) -> None:
        """Write everything except the batches."""
        key, floats = self.key, values
        if not are_floats:
            needed = set(self.chosen)
            floats = [float(value) if place in needed else 0.0 for place, value in enumerate(values)]
        if self.only is not None:
            value = floats[self.only]
            for group in self.numbers:
                group[key] = value
        elif self.chosen:
            for group, value in zip(self.numbers, self.pick(floats), strict=True):
                group[key] = value
        for index, place in self.apart:
            self.watched[index][key] = self.left[index] = rewritten(self.left[index], place, values)


def _picking(places: list[int]) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """A function that selects the items at these indices."""
    if places == list(range(len(places))):
        return itemgetter(slice(len(places)))
    return itemgetter(*places)


class Plan(NamedTuple):
    """The write planned for the current groups.

    Attributes:
        seats: the groups and their positions.
        known: what is known of each group.
        answers: the configuration of each group, by hyperparameter.
        distinct: the schedules.
        rows: the write of each hyperparameter.
    """

    seats: Sequence[Seat]
    known: list[Known]
    answers: list[dict[str, Any]]
    distinct: Distinct
    rows: list[Row]

    def first(self, key: str) -> list[Any]:
        """The value of each group when it was first seen; the current value of a new group."""
        return [one.first.get(key, seat.group.get(key)) for seat, one in zip(self.seats, self.known, strict=True)]


class Attachment:
    """Writes the values of schedules at a step into the groups of optimizers.

    It validates everything before it changes anything.
    """

    __slots__ = (
        "__weakref__",
        "_batches",
        "_groups",
        "_homes",
        "_owner",
        "_roll",
        "_rows",
        "_turn",
        "_watches",
        "_writers",
        "_wrote_last",
        "distinct",
        "keep_tensors",
        "names",
        "optimizers",
        "plan",
        "relative",
        "schedules",
    )

    #: Whether it was the last to write.
    _wrote_last: bool
    #: The order of its last write among all attachments; 0 before the first.
    _turn: int

    #: The configuration and memory; everything else is derived from the optimizers.
    KEPT = ("_owner", "_roll", "_turn", "keep_tensors", "names", "optimizers", "relative", "schedules")

    def __init__(
        self,
        owner: str,
        optimizers: Sequence[Any],
        schedules: Mapping[str, Any],
        *,
        keep_tensors: bool = False,
        relative: bool = False,
        step: Any = 0,
        names: Sequence[Any] = (),
    ) -> None:
        self._owner = owner
        self._roll = Roll()
        self._turn = 0
        self.optimizers = optimizers
        self.names = names
        self.keep_tensors = keep_tensors
        self.relative = relative
        self._adopt(schedules, schedules, step)

    def follow(self, schedules: Mapping[str, Any], step: Any) -> None:
        """Switch these hyperparameters to other schedules, after checking their values at a step."""
        self._adopt({**self.schedules, **schedules}, schedules, step)

    def look(self, step: Any) -> list[Group]:
        """Plan again if the groups changed; return the new groups."""
        if not self.is_stale():
            return []
        before = set(map(id, self._groups))
        new = [seat.group for seat in seats_of(self._owner, self.optimizers) if id(seat.group) not in before]
        self._adopt(self.schedules, (), step)
        return new

    def first(self, key: str) -> list[Any]:
        """The value of each group when it was first seen."""
        return self._told().first(key)

    def bases(self, key: str) -> list[Any]:
        """The base that the schedule of each group multiplies: a number, None, or a tuple of these."""
        plan = self._told()
        return [base_in(answers[key], first) for answers, first in zip(plan.answers, plan.first(key), strict=True)]

    def rebase(self, bases: Mapping[str, Sequence[Any]]) -> None:
        """Set the first values of the groups to these bases, where `bases` holds a number."""
        for key, of_groups in bases.items():
            for known, base in zip(self.plan.known, of_groups, strict=True):
                first: Any = known.first.get(key)
                if isinstance(base, tuple):
                    known.first[key] = remade(
                        first, [old if new is None else new for new, old in zip(base, first, strict=True)]
                    )
                elif base is not None:
                    known.first[key] = base
        self._adopt(self.schedules, ())

    def is_stale(self) -> bool:
        """Whether the groups, or their order, changed since the last plan."""
        groups = self._now()
        return len(groups) != len(self._groups) or not all(map(is_, groups, self._groups))

    def write(self, step: Any) -> None:
        """Write every value for a step; all are computed before the first write."""
        groups = self._now()
        if len(groups) != len(self._groups) or not all(map(is_, groups, self._groups)):
            self.look(step)
        values = self.distinct.values(step)
        if not self._stands():
            if compiling():
                self._write_one_by_one(values)
                return
            self._own()
        are_floats = self.distinct.are_floats(values)
        for row in self._rows:
            row.write(values, are_floats)
        for batch in self._batches:
            batch.write(values)
        if not self._wrote_last:
            self._take_over()

    def write_new(self, step: Any) -> bool:
        """Write the groups added since the last write, unless another adapter has written since.

        Returns:
            Whether the groups changed.
        """
        if not self.is_stale() or not self.speaks():
            return False
        new = set(map(id, self.look(step)))
        values = self.distinct.values(step)
        for row in self._rows:
            for group, place in zip(self._groups, row.places, strict=True):
                if id(group) in new and place is not None:
                    group[row.key] = rewritten(group[row.key], place, values)
        return True

    def speaks(self) -> bool:
        """Whether it was the last to write, among the attachments still alive."""
        return all(max(_alive(writers), key=_turn_of, default=None) is self for writers in self._writers)

    def _take_over(self) -> None:
        """Mark this attachment as the last writer."""
        if compiling():
            return
        self._turn = 0
        for writers in self._writers:
            others = [one for one in _alive(writers) if one is not self]
            for other in others:
                other._wrote_last = False
                self._turn = max(self._turn, other._turn)
            writers[:] = [*map(weakref.ref, others), weakref.ref(self)]
        self._turn += 1
        self._wrote_last = True

    def values(self, step: Any) -> list[Any]:
        """The value of the only hyperparameter of each group at a step, or its current value if it is not scheduled."""
        plan = self._planned()
        values, (row,) = plan.distinct.values(step), plan.rows
        return [
            seat.group[row.key] if place is None else values[place]
            for seat, place in zip(plan.seats, row.places, strict=True)
        ]

    def scheduled(self, key: str) -> list[Any]:
        """The schedule of each group."""
        plan = self._told()
        return [plan.distinct.at(place) for row in plan.rows if row.key == key for place in row.places]

    def fingerprint(self) -> dict[str, Any]:
        """The schedules of every group as plain data."""
        plan = self._told()
        data = {row.key: plan.distinct.fingerprints(row.places) for row in plan.rows}
        return {key: self._by_name(plan.seats, items) for key, items in data.items()} if self.names else data

    def _by_name(self, seats: Sequence[Seat], items: Sequence[Any]) -> dict[str, list[Any]]:
        """What there is for each group, by the name of its optimizer: in whatever order they are given."""
        named: dict[str, list[Any]] = {str(name): [] for name in self.names}
        for seat, item in zip(seats, items, strict=True):
            named[str(self.names[seat.number])].append(item)
        return named

    # The plan --------------------------------------------------------------------------------------------------------

    def _now(self) -> Sequence[Group]:
        if len(self.optimizers) == 1:
            groups: Sequence[Group] = self.optimizers[0].param_groups
            return groups
        return [group for optimizer in self.optimizers for group in optimizer.param_groups]

    def _planned(self) -> Plan:
        """The plan for the current groups. Reading it changes nothing: a group counts as seen when it is first written."""
        return self._plan(self.schedules, ()) if self.is_stale() else self.plan

    def _told(self) -> Plan:
        """The same for a reader; if a group is invalid, the last plan, since the next write raises."""
        try:
            return self._planned()
        except (TypeError, ValueError):
            return self.plan

    def _plan(
        self, schedules: Mapping[str, Any], asked: Iterable[str], step: Any = None, among: Sequence[Group] | None = None
    ) -> Plan:
        """Plan these schedules for the current groups, or for some of them.

        The hyperparameters in `asked` are configured anew, the others only for groups without a configuration. If a
        step is given, the schedules are tried at it.
        """
        seats = seats_of(self._owner, self.optimizers, self.names)
        if among is not None:
            planned = set(map(id, among))
            seats = [seat for seat in seats if id(seat.group) in planned]
        known = self._known_of([seat.group for seat in seats])
        distinct = Distinct(self._owner)
        answers: list[dict[str, Any]] = [{} for _ in seats]
        rows: list[Row] = []
        for key, spec in schedules.items():
            places: list[Any] = []
            for index, (seat, one) in enumerate(zip(seats, known, strict=True)):
                if key not in asked and key in one.answers:
                    answer = one.answers[key]
                else:
                    answer = answer_for(self._owner, key, spec, seats, index, one.first, new=key not in asked)
                    if self.relative and answer is not None and not isinstance(answer, Relative):
                        answer = Relative(answer)
                answers[index][key] = answer
                where = f"{self._owner}: {key} of {seat.where}"
                places.append(place_of(where, key, answer, seat.group, one.first, distinct))
            rows.append(Row(key, places))
        if step is not None:
            distinct.try_at(step)
        return Plan(seats, known, answers, distinct, rows)

    def _adopt(
        self,
        schedules: Mapping[str, Any],
        asked: Iterable[str],
        step: Any = None,
        among: Sequence[Group] | None = None,
    ) -> None:
        """Make such a plan, use it from the next write on, and store the configuration of each group."""
        plan = self._plan(schedules, asked, step, among)
        # From here on nothing raises.
        self._roll.forget(asked)
        for seat, one, given in zip(plan.seats, plan.known, plan.answers, strict=True):
            one.answers.update(given)
            for key in schedules:
                if key in seat.group and key not in one.first:
                    one.first[key] = _still(seat.group[key])
            self._roll.enter(seat.group, one)
        self.schedules = dict(schedules)
        self._take(plan)

    def _take(self, plan: Plan) -> None:
        """Make this the plan of the next write, and keep at hand what each write reads of it."""
        self.plan = plan
        self.distinct, self._rows = plan.distinct, plan.rows
        self._groups = [seat.group for seat in plan.seats]
        self._homes = [_innermost(seat.optimizer) for seat in plan.seats]
        self._own()
        self._meet()

    def _meet(self) -> None:
        """Find the attachments that have written the same hyperparameters."""
        keys = self.schedules
        self._writers = [_writers_of(optimizer).setdefault(key, []) for optimizer in self.optimizers for key in keys]
        self._wrote_last = False

    def _known_of(self, groups: Sequence[Group]) -> list[Known]:
        """What is known of each group; each part of a split group gets its own copy."""
        found: list[Known] = []
        for group in groups:
            one = self._roll.find(group)
            if one is None:
                one = Known({}, {}, {})
            elif any(one is other for other in found):
                one = one.copy()
            found.append(one)
        return found

    def _own(self) -> None:
        """Give every group tensors of its own, and keep them.

        torch puts one given tensor into all groups. A tensor may also be a hyperparameter of a schedule, which must not
        be overwritten.
        """
        seen = {
            address(array)
            for schedule in self.distinct.schedules
            if isinstance(schedule, Schedule)
            for array in schedule.arrays.values()
            if isinstance(array, Tensor)
        }
        seen |= addresses_in(self._groups, without=self.schedules)
        optimizers = list(map(_innermost, self.optimizers))
        if self.keep_tensors:
            self._take_apart()
        for row in self._rows:
            key = row.key
            for index, (group, one) in enumerate(zip(self._groups, self.plan.known, strict=True)):
                if key not in group:
                    continue
                if self.keep_tensors:
                    self._reinstall(group, key, one)
                current = group[key]
                for place, value in _with_places(row.places[index], current):
                    if place is not None:
                        refuse_unwritable(f"{self._owner}: {key} of param_groups[{index}]", value)
                seen |= of_others(current, optimizers)
                own = unshared(current, seen)
                settle(self._homes[index], own)
                if own is not current:
                    group[key] = own
                if self.keep_tensors:
                    one.kept[key] = own
        batches: dict[Any, Batch] = {}
        for row in self._rows:
            row.sort(self._groups, batches)
        self._batches, self._watches = list(batches.values()), any(row.watched for row in self._rows)
        for batch in self._batches:
            batch.complete()

    def _take_apart(self) -> None:
        """Copy a tensor in one group that another group keeps, and is about to get back."""
        known = {id(group): one for group, one in zip(self._groups, self.plan.known, strict=True)}
        keepers: dict[Any, tuple[Known | None, str]] = {}
        for one in known.values():
            for key, kept in one.kept.items():
                keepers.update((address(tensor), (one, key)) for tensor in tensors_in(kept))
        for group in self._now():
            for key in self.schedules.keys() & group.keys():
                own = known.get(id(group)), key
                foreign = {place for place in map(address, tensors_in(group[key])) if keepers.get(place, own) != own}
                group[key] = unshared(group[key], foreign)

    def _reinstall(self, group: Group, key: str, known: Known) -> None:
        """Put back the tensors that a captured graph reads, where a load replaced them."""
        buffer, current = known.kept.get(key), group[key]
        if isinstance(buffer, Tensor):
            group[key] = _refilled(buffer, current)
        elif isinstance(buffer, tuple | list) and any(isinstance(item, Tensor) for item in buffer):
            kept = [
                _refilled(old, new) if isinstance(old, Tensor) else new for old, new in zip(buffer, current, strict=True)
            ]
            group[key] = remade(current, kept)

    # The write -------------------------------------------------------------------------------------------------------

    def _stands(self) -> bool:
        """Whether all values in the groups are unchanged since the last write, in the same memory."""
        if self._watches and compiling():
            return False
        for row in self._rows:
            if not row.stands():
                return False
        return not self._batches or all(batch.is_there() for batch in self._batches)

    def _write_one_by_one(self, values: Sequence[Any]) -> None:
        """The write in a form that a compiler can trace."""
        for row in self._rows:
            for group, place in zip(self._groups, row.places, strict=True):
                if place is not None:
                    group[row.key] = rewritten(group[row.key], place, values)

    # A copy ----------------------------------------------------------------------------------------------------------

    def __getstate__(self) -> dict[str, Any]:
        kept = {name: getattr(self, name) for name in self.KEPT}
        return {**kept, "groups": list(self._groups)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name in self.KEPT:
            setattr(self, name, state[name])
        self._take(Plan([], [], [], Distinct(self._owner), [Row(key, []) for key in self.schedules]))
        with suppress(TypeError, ValueError):  # groups that changed since: the next write raises
            self._adopt(self.schedules, (), among=state["groups"])
        if self._turn:
            for writers in self._writers:
                writers.append(weakref.ref(self))


def _with_places(place: Any, current: Any) -> Iterable[tuple[Any, Any]]:
    return zip(place, current, strict=True) if isinstance(place, tuple) else [(place, current)]


def rewritten(current: Any, place: Any, values: Sequence[Any]) -> Any:
    """The value of a group after the write: the same tensor, overwritten, or a number."""
    if place is None:
        return current
    if isinstance(place, tuple):
        items = [rewritten(item, item_place, values) for item, item_place in zip(current, place, strict=True)]
        return remade(current, items)
    value = values[place]
    if not isinstance(current, Tensor):
        return float(value)
    with torch.no_grad() if current.requires_grad else nullcontext():
        return current.copy_(value) if isinstance(value, Tensor) else current.fill_(value)


def _refilled(buffer: Tensor, current: Any) -> Tensor:
    """The kept tensor, with the value of what replaced it until the next write."""
    if current is not buffer:
        with torch.no_grad():
            buffer.copy_(current.reshape(buffer.shape)) if isinstance(current, Tensor) else buffer.fill_(current)
    return buffer


def _still(value: Any) -> Any:
    """The value with its tensors copied."""
    if isinstance(value, tuple | list):
        return remade(value, map(_still, value))
    return value.detach().clone() if isinstance(value, Tensor) else value
