"""An attachment: what both adapters know of the groups of their optimizers, and the one write that they do.

What was configured is kept for each group and found again by the group's parameters, so it stays true when groups are
loaded, added, removed and reordered. What was read out of the groups for speed is compared with what stands there at
each write, and is left behind by a copy.
"""

import weakref
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext, suppress
from operator import is_
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.graph import increment_version

from pure_schedules import Schedule
from pure_schedules._arrays import compiling

from ._groups import Distinct, Group, Relative, answer_for, base_in, place_of, refuse_unwritable, seats_of
from ._tensors import address, addresses_in, of_others, remade, settle, unshared

# What is known of a group ---------------------------------------------------------------------------------------------


class Known:
    """What is known of a group since it was first seen.

    Attributes:
        first: what stood in it then, by hyperparameter.
        answers: what was configured for it, by hyperparameter.
        kept: the tensors that are to stay in it, by hyperparameter.
    """

    __slots__ = ("answers", "first", "kept")

    def __init__(self, first: dict[str, Any], answers: dict[str, Any], kept: dict[str, Any]) -> None:
        self.first = first
        self.answers = answers
        self.kept = kept

    def copy(self) -> "Known":
        """The same for a group that was taken apart from this one, with tensors of its own."""
        return Known(dict(self.first), dict(self.answers), {})


class Roll:
    """The groups that were ever seen, found by their parameters, which are held weakly."""

    __slots__ = ("_entries",)

    def __init__(self) -> None:
        self._entries: dict[int, tuple[Any, Known]] = {}

    def find(self, group: Group) -> Known | None:
        """What is known of a group: of the one in which most of its parameters stood."""
        found: Counter[int] = Counter()
        known: dict[int, Known] = {}
        for mark in _marks(group):
            entry = self._entries.get(id(mark))
            if entry is not None and entry[0]() is mark:
                found[id(entry[1])] += 1
                known[id(entry[1])] = entry[1]
        return known[found.most_common(1)[0][0]] if found else None

    def enter(self, group: Group, known: Known) -> None:
        """Find this from now on by the parameters of the group."""
        for mark in _marks(group):
            self._entries[id(mark)] = _reference(mark), known

    def forget(self, keys: Iterable[str]) -> None:
        """What was configured for these hyperparameters, also of groups that are not there now."""
        for _, known in self._entries.values():
            for key in keys:
                known.answers.pop(key, None)

    def __getstate__(self) -> list[tuple[Any, Known]]:
        alive = ((reference(), known) for reference, known in self._entries.values())
        return [(mark, known) for mark, known in alive if mark is not None]

    def __setstate__(self, state: list[tuple[Any, Known]]) -> None:
        self._entries = {id(mark): (_reference(mark), known) for mark, known in state}


def _marks(group: Group) -> Sequence[Any]:
    """What a group is recognised by: its parameters, or if it has none the object that is to hold them."""
    parameters = group.get("params", group)
    return parameters if isinstance(parameters, list | tuple) and parameters else [parameters]


def _reference(mark: Any) -> Any:
    """A function that gives it back, and None when it is gone."""
    try:
        return weakref.ref(mark)
    except TypeError:
        return lambda: mark


# Who speaks -----------------------------------------------------------------------------------------------------------

#: For each optimizer and hyperparameter those that have written it, the last one last.
_WRITERS: "weakref.WeakKeyDictionary[Any, dict[str, list[weakref.ref[Attachment]]]]" = weakref.WeakKeyDictionary()


def wrapped_in(optimizer: Any) -> list[Any]:
    """An optimizer and those that it wraps, such as Accelerate's wraps another, down to the innermost."""
    found: list[Any] = []
    while optimizer is not None and all(optimizer is not one for one in found):
        found.append(optimizer)
        optimizer = getattr(optimizer, "optimizer", None)
    return found


def _innermost(optimizer: Any) -> Any:
    return [one for one in wrapped_in(optimizer) if hasattr(one, "param_groups")][-1]


def _alive(writers: "list[weakref.ref[Attachment]]") -> "list[Attachment]":
    return [one for reference in writers if (one := reference()) is not None]


def _writers_of(optimizer: Any) -> dict[str, list[Any]]:
    try:
        return _WRITERS.setdefault(_innermost(optimizer), {})
    except TypeError:  # it cannot be held weakly, or has no hash
        return {}


# The plan and the write -----------------------------------------------------------------------------------------------


class Memory(NamedTuple):
    """Tensors and their memory through NumPy: a write to it takes a tenth of the time of `fill_`, which torch dispatches."""

    tensors: list[Tensor]
    addresses: list[int]
    views: list[Any]
    places: list[int]


class Row:
    """The write of one hyperparameter.

    Attributes:
        key: the hyperparameter.
        places: for each group where its schedule stands among the distinct ones: an index, a tuple of them, or None.
        only: this index, where it is the same for all groups.
        left: what stood in each group after the last write, for others may have put something in its place since.
        memory: the tensors that are to be written, where they are all that is and NumPy can write them.
    """

    __slots__ = ("key", "left", "memory", "only", "places")

    def __init__(self, key: str, places: list[Any], keep_tensors: bool) -> None:
        self.key = key
        self.places = places
        same = not keep_tensors and type(places[0]) is int and all(place == places[0] for place in places)
        self.only = places[0] if same else None
        self.left: list[Any] = []
        self.memory: Memory | None = None


class Attachment:
    """Writes the values that schedules have at a step into the groups of optimizers.

    What can be refused is refused before anything is touched.
    """

    __slots__ = (
        "__weakref__",
        "_groups",
        "_owner",
        "_roll",
        "_rows",
        "_writers",
        "_wrote_last",
        "distinct",
        "keep_tensors",
        "known",
        "names",
        "optimizers",
        "relative",
        "schedules",
    )

    #: Whether nobody has written since it did.
    _wrote_last: bool

    #: What is configured and remembered; all else is read out of the optimizers.
    KEPT = ("_owner", "_roll", "keep_tensors", "names", "optimizers", "relative", "schedules")

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
        self.optimizers = optimizers
        self.names = names
        self.keep_tensors = keep_tensors
        self.relative = relative
        self._adopt(schedules, schedules, step)

    def follow(self, schedules: Mapping[str, Any], step: Any) -> None:
        """Go on by other schedules for these hyperparameters, once they have been found to give numbers at a step."""
        self._adopt({**self.schedules, **schedules}, schedules, step)

    def look(self, step: Any) -> list[Group]:
        """Plan again if the groups are others than were planned for; gives those that it was not planned for."""
        if not self.is_stale():
            return []
        before = set(map(id, self._groups))
        new = [seat.group for seat in seats_of(self._owner, self.optimizers) if id(seat.group) not in before]
        self._adopt(self.schedules, (), step)
        return new

    def bases(self, key: str) -> list[Any]:
        """Of what the schedule of each group is a factor: a number, None, or a tuple of these."""
        return [base_in(known.answers[key], known.first.get(key)) for known in self.known]

    def rebase(self, bases: Mapping[str, Sequence[Any]]) -> None:
        """Take these for what stood in the groups when they were first seen, wherever `bases` has a number."""
        for key, of_groups in bases.items():
            for known, base in zip(self.known, of_groups, strict=True):
                first: Any = known.first.get(key)
                if isinstance(base, tuple):
                    known.first[key] = remade(
                        first, [old if new is None else new for new, old in zip(base, first, strict=True)]
                    )
                elif base is not None:
                    known.first[key] = base
        self._adopt(self.schedules, ())

    def is_stale(self) -> bool:
        """Whether the groups are others than were planned for, or in another order."""
        groups = self._now()
        return len(groups) != len(self._groups) or not all(map(is_, groups, self._groups))

    def write(self, step: Any) -> None:
        """Write every value for a step; all of them are there before the first write."""
        groups = self._now()
        if len(groups) != len(self._groups) or not all(map(is_, groups, self._groups)):
            self.look(step)
        values = self.distinct.values(step)
        for row in self._rows:
            if row.only is None or type(value := values[row.only]) is not float:
                self._write(row, values)
                continue
            key = row.key
            for group in self._groups:
                if type(group[key]) is not float:
                    self._write(row, values)
                    break
                group[key] = value
        if not self._wrote_last:
            self._take_over()

    def write_new(self, step: Any) -> bool:
        """Write the groups that have come since the last write, unless another adapter has written since.

        Returns:
            Whether the groups are others than they were.
        """
        if not self.is_stale() or not self.speaks():
            return False
        new = set(map(id, self.look(step)))
        values = self.distinct.values(step)
        for row in self._rows:
            for group, place in zip(self._groups, row.places, strict=True):
                if id(group) in new and place is not None:
                    group[row.key] = written(group[row.key], place, values)
        return True

    def speaks(self) -> bool:
        """Whether it was the last to write, of those that there still are."""
        return all(_alive(writers)[-1:] == [self] for writers in self._writers)

    def _take_over(self) -> None:
        """Be the one that wrote last."""
        if compiling():
            return
        for writers in self._writers:
            others = [one for one in _alive(writers) if one is not self]
            for other in others:
                other._wrote_last = False
            writers[:] = [*map(weakref.ref, others), weakref.ref(self)]
        self._wrote_last = True

    def values(self, step: Any) -> list[Any]:
        """What each group has at a step of the only hyperparameter, or what stands there if it is left alone."""
        self.look(step)
        values, (row,) = self.distinct.values(step), self._rows
        return [
            group[row.key] if place is None else values[place] for group, place in zip(self._groups, row.places, strict=True)
        ]

    def scheduled(self, key: str) -> list[Any]:
        """The schedule of each group."""
        return [self.distinct.at(place) for row in self._rows if row.key == key for place in row.places]

    def fingerprint(self) -> dict[str, Any]:
        """The schedules of every group as plain data."""
        with suppress(TypeError, ValueError):  # of a group that is refused: a state can be saved before the next write tells
            self.look(None)
        return {row.key: self.distinct.fingerprints(row.places) for row in self._rows}

    # The plan --------------------------------------------------------------------------------------------------------

    def _now(self) -> Sequence[Group]:
        if len(self.optimizers) == 1:
            groups: Sequence[Group] = self.optimizers[0].param_groups
            return groups
        return [group for optimizer in self.optimizers for group in optimizer.param_groups]

    def _adopt(self, schedules: Mapping[str, Any], asked: Iterable[str], step: Any = None) -> None:
        """Plan for these schedules. Those of the hyperparameters in `asked` are asked for anew, the others where a group
        has no answer yet; they are tried at a step, if one is given."""
        seats = seats_of(self._owner, self.optimizers, self.names)
        groups = [seat.group for seat in seats]
        known = self._known_of(groups)
        distinct = Distinct(self._owner)
        answers: list[dict[str, Any]] = [{} for _ in groups]
        rows: list[Row] = []
        for key, spec in schedules.items():
            places: list[Any] = []
            for index, (group, one) in enumerate(zip(groups, known, strict=True)):
                if key not in asked and key in one.answers:
                    answer = one.answers[key]
                else:
                    answer = answer_for(self._owner, key, spec, seats, index, one.first, new=key not in asked)
                    if self.relative and answer is not None and not isinstance(answer, Relative):
                        answer = Relative(answer)
                answers[index][key] = answer
                where = f"{self._owner}: {key} of {seats[index].where}"
                places.append(place_of(where, key, answer, group, one.first, distinct))
            rows.append(Row(key, places, self.keep_tensors))
        if step is not None:
            distinct.values(step)
        # From here on nothing is refused.
        self._roll.forget(asked)
        for group, one, given in zip(groups, known, answers, strict=True):
            one.answers.update(given)
            for key in schedules:
                if key in group and key not in one.first:
                    one.first[key] = _still(group[key])
            self._roll.enter(group, one)
        self.schedules, self.distinct, self.known = dict(schedules), distinct, known
        self._groups, self._rows = groups, rows
        self._own()
        self._meet()

    def _meet(self) -> None:
        """Find those who have written the same hyperparameters."""
        keys = self.schedules
        self._writers = [_writers_of(optimizer).setdefault(key, []) for optimizer in self.optimizers for key in keys]
        self._wrote_last = False

    def _known_of(self, groups: Sequence[Group]) -> list[Known]:
        """What is known of each group; of a group that was taken apart, each part has it as its own."""
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

        Torch puts the one that it was given into all groups; and one may be a hyperparameter of a schedule, which must
        not be written into.
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
        homes = [home for home in optimizers for _ in home.param_groups]
        for row in self._rows:
            key = row.key
            for index, (group, one) in enumerate(zip(self._groups, self.known, strict=True)):
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
                settle(homes[index], own)
                if own is not current:
                    group[key] = own
                if self.keep_tensors:
                    one.kept[key] = own
            row.left = [group.get(key) for group in self._groups]
            row.memory = _mapped(row)

    def _reinstall(self, group: Group, key: str, known: Known) -> None:
        """Put the tensors that a captured graph knows back, where a load has put others or numbers in their place."""
        buffer, current = known.kept.get(key), group[key]
        if isinstance(buffer, Tensor):
            group[key] = _refilled(buffer, current)
        elif isinstance(buffer, tuple | list) and any(isinstance(item, Tensor) for item in buffer):
            kept = [
                _refilled(old, new) if isinstance(old, Tensor) else new for old, new in zip(buffer, current, strict=True)
            ]
            group[key] = remade(current, kept)

    # The write -------------------------------------------------------------------------------------------------------

    def _write(self, row: Row, values: Sequence[Any]) -> None:
        key = row.key
        if compiling():
            for group, place in zip(self._groups, row.places, strict=True):
                if place is not None:
                    group[key] = written(group[key], place, values)
            return
        standing = [group.get(key) for group in self._groups]
        if not all(map(is_, standing, row.left)):
            self._own()
            standing = row.left
        memory = row.memory
        if (
            memory is not None
            and all(type(value) is float for value in values)
            and list(map(Tensor.data_ptr, memory.tensors)) == memory.addresses
        ):
            for view, place in zip(memory.views, memory.places, strict=True):
                view[()] = values[place]
            increment_version(memory.tensors)  # autograd is told, as it is by fill_
            return
        for index, (group, place, current) in enumerate(zip(self._groups, row.places, standing, strict=True)):
            if type(current) is float and type(place) is int:
                group[key] = standing[index] = float(values[place])
            elif place is not None:
                group[key] = standing[index] = written(current, place, values)
        row.left = standing

    # A copy ----------------------------------------------------------------------------------------------------------

    def __getstate__(self) -> dict[str, Any]:
        return {**{name: getattr(self, name) for name in self.KEPT}, "speaks": self.speaks()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name in self.KEPT:
            setattr(self, name, state[name])
        self._groups, self._rows, self.known, self.distinct = [], [], [], Distinct(self._owner)
        self._meet()
        with suppress(TypeError, ValueError):  # of groups that it is to meet yet: the next write tells
            self._adopt(self.schedules, ())
        if state["speaks"]:
            self._take_over()
        else:
            for writers in self._writers:
                writers.insert(0, weakref.ref(self))


def _mapped(row: Row) -> Memory | None:
    """The tensors that are to be written, if NumPy can write them all."""
    memory = Memory([], [], [], [])
    for value, place in zip(row.left, row.places, strict=True):
        if place is None:
            continue
        if type(value) is not Tensor or value.device.type != "cpu" or value.requires_grad or value.is_inference():
            return None
        if value.dim() or value.dtype not in (torch.float32, torch.float64):
            return None
        try:
            memory.views.append(value.numpy())
        except RuntimeError:  # there is no NumPy, or the memory cannot be shared
            return None
        memory.tensors.append(value)
        memory.addresses.append(value.data_ptr())
        memory.places.append(place)
    return memory if memory.tensors else None


def _with_places(place: Any, current: Any) -> Iterable[tuple[Any, Any]]:
    return zip(place, current, strict=True) if isinstance(place, tuple) else [(place, current)]


def written(current: Any, place: Any, values: Sequence[Any]) -> Any:
    """What stands in a group after the write: the same tensor with another value in it, or a number."""
    if place is None:
        return current
    if isinstance(place, tuple):
        items = [written(item, item_place, values) for item, item_place in zip(current, place, strict=True)]
        return remade(current, items)
    value = values[place]
    if not isinstance(current, Tensor):
        return float(value)
    with torch.no_grad() if current.requires_grad else nullcontext():
        return current.copy_(value) if isinstance(value, Tensor) else current.fill_(value)


def _refilled(buffer: Tensor, current: Any) -> Tensor:
    """The tensor that is kept, with the value that stands in its place until the next write."""
    if current is not buffer:
        with torch.no_grad():
            buffer.copy_(current.reshape(buffer.shape)) if isinstance(current, Tensor) else buffer.fill_(current)
    return buffer


def _still(value: Any) -> Any:
    """The value, with copies of its tensors."""
    if isinstance(value, tuple | list):
        return remade(value, map(_still, value))
    return value.detach().clone() if isinstance(value, Tensor) else value
