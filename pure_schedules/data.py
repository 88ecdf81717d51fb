"""Convert a schedule to plain data for a file or a checkpoint, read it back, and compare two schedules."""

import math
from array import array
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from hashlib import sha256
from typing import Any

from ._arrays import is_array, is_number, same, source_of
from ._factory import Factory, Value
from ._partials import Partial, partial_of
from ._reading import DEEPEST, LARGEST_NUMBER, Maker, all_names, nearest, shortened, unknown
from ._schedule import Schedule
from ._trees import briefly
from .bundles import Bundle
from .spaces import Space, a_space

__all__ = ["differences", "fingerprint_of", "from_data", "plain_data", "to_data"]

MOST_VALUES = 1_000_000
#: The version of the data of `to_data`: raised when an earlier release could not read it.
VERSION = 1
#: Longer lists of numbers are compared by a digest.
LONG = 100


def plain_data(schedule: Callable[[Any], Any]) -> Any:
    """A schedule as dicts, lists, numbers and strings, for a file and for `differences`.

    Args:
        schedule: a schedule, or any function of the step, of which only the name is kept.

    Example:
        >>> from pure_schedules import constant
        >>> plain_data(constant(value=0.1))
        {'schedule': 'constant', 'hyperparameters': {'value': 0.1}}
        >>> plain_data(abs)
        {'plain function': 'abs'}
    """
    return _plain(schedule)


def fingerprint_of(schedule: Callable[[Any], Any]) -> Any:
    """The plain data of a schedule, with a digest in place of each long list of numbers: enough to detect a change.

    Args:
        schedule: as for `plain_data`.

    Example:
        >>> from pure_schedules import table
        >>> fingerprint_of(table(values=[0.5] * 1_000_000))["hyperparameters"]["values"]
        {'shape': [1000000], 'sha256': '...'}
    """
    return _plain(schedule, long=_digest)


class _Held:
    """A plain function in the data of a schedule that is being compared."""

    def __init__(self, function: Any) -> None:
        self.function = function


class _HeldArray:
    """A tensor or array in the data of a schedule that is being compared."""

    def __init__(self, array: Any) -> None:
        self.array = array

    def kind(self) -> str:
        device = getattr(self.array, "device", "cpu")
        beside = f" on {device}" if str(device) != "cpu" else ""
        return f"{self.array.dtype}{tuple(self.array.shape) or ''}{beside}"


def _elements(value: Any, long: Callable[[list[Any]], Any]) -> Any:
    """The elements of a tensor or array; for one on device meta, the code that makes it."""
    if getattr(value, "is_meta", False):
        return source_of(value)
    return long(value.tolist()) if value.ndim else value.tolist()


def _name_of(function: Any) -> str:
    name: str = getattr(function, "__qualname__", type(function).__qualname__)
    return name


def _told(function: Any) -> Any:
    return {"plain function": _name_of(function)}


def _plain(
    value: Any,
    function: Callable[[Any], Any] = _told,
    long: Callable[[list[Any]], Any] = list,
    array: Callable[[Any], Any] | None = None,
) -> Any:
    """A hyperparameter as plain data; the arguments convert plain functions, lists of numbers and arrays."""
    if isinstance(value, Value):
        hyperparameters = {
            name: _plain(item, function, long, array)
            for name, item in value.arguments.items()
            if item is not None or isinstance(value, Bundle)  # in a bundle the name alone is information
        }
        kind = "partial" if isinstance(value, Partial) else "schedule"
        return {kind: value.factory.__name__, "hyperparameters": hyperparameters}
    if isinstance(value, tuple):
        return long(list(value)) if all(map(is_number, value)) else [_plain(item, function, long, array) for item in value]
    if is_array(value):
        return _elements(value, long) if array is None else array(value)
    if isinstance(value, Factory):
        return {"function": value.__qualname__}
    if callable(value):
        return function(value)
    return value if isinstance(value, int | float | str | None) else repr(value)


def _digest(values: list[Any]) -> Any:
    """A digest of a long list of numbers; a short list unchanged."""
    shape: list[int] = []
    flat: list[Any] = values
    while flat and all(isinstance(item, list) and len(item) == len(flat[0]) for item in flat):
        shape.append(len(flat) // math.prod(shape))
        flat = [number for item in flat for number in item]
    if len(flat) <= LONG:
        return values
    try:
        digest = sha256(array("d", flat).tobytes()).hexdigest()
    except (TypeError, OverflowError):  # not all of them fit a float
        return values
    return {"shape": [*shape, len(flat) // math.prod(shape)], "sha256": digest}


def to_data(schedule: Schedule | Bundle) -> dict[str, Any]:
    """A schedule as data for JSON and YAML, which `from_data` of this and later releases reads.

    Args:
        schedule: a schedule whose hyperparameters are numbers, words and schedules; or a bundle of them.

    Raises:
        TypeError: `schedule` is not a schedule, or holds a function or a tensor, which data cannot represent.
        ValueError: a number is not finite; it is nested too deep, or has too many values.

    Example:
        >>> from pure_schedules import linear
        >>> to_data(linear(start=0.0, end=1.0, steps=10))
        {'version': 1, 'schedule': 'linear', 'hyperparameters': {'start': 0.0, 'end': 1.0, 'steps': 10}}
    """
    if not isinstance(schedule, Schedule | Bundle):
        raise TypeError(f"to_data: a schedule is needed, got {briefly(schedule)}; put @schedule over a function of the step")
    names, maker = all_names("to_data", {}), Maker()
    for count, (path, value, depth) in enumerate(_parts_of(schedule, schedule.factory.__name__, 0)):
        problem = _not_in_data(value, names)
        if problem is not None:
            kind, rule, advice = problem
            raise kind(f"to_data: {path} {rule}, got {briefly(value)}; {advice}")
        if depth > DEEPEST or count > MOST_VALUES:
            raise ValueError(
                f"to_data: data is at most {DEEPEST} deep and has {MOST_VALUES} values, and this is more at {path}; "
                "write a @recipe that composes it, and only its hyperparameters are data"
            )
        if isinstance(value, Value):
            maker.account(value.factory, (), value.arguments)  # what could not be read is not written
    return {"version": VERSION, **plain_data(schedule)}


def _parts_of(value: Any, path: str, depth: int) -> Iterator[tuple[str, Any, int]]:
    """Everything in a schedule, with the path that leads to it and how deep it is."""
    yield path, value, depth
    if isinstance(value, Value):
        for name, item in value.arguments.items():
            yield from _parts_of(item, f"{path}.{name}", depth + 1)
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _parts_of(item, f"{path}[{index}]", depth + 1)


def _maker_of(value: Any) -> Any:
    """The factory that made a value; anything else unchanged."""
    if isinstance(value, Partial):
        return value.whole
    return value.factory if isinstance(value, Value) else value


def _not_in_data(value: Any, names: Mapping[str, Any]) -> tuple[type[Exception], str, str] | None:
    """What speaks against a value in data, if anything does: the kind of error, the rule, and what to write instead."""
    maker = _maker_of(value)
    name = maker.name if isinstance(maker, Space) else getattr(maker, "__name__", None)
    if isinstance(maker, Factory | Space):
        if names.get(str(name), maker) == maker:  # a copy of an axis is that axis
            return None
        return ValueError, f"has the name {name!r}, which the library has for another one", "rename it"
    if is_array(value):
        return TypeError, "must not hold a tensor", "replace it by numbers: schedule.replace(...)"
    if callable(value):
        return TypeError, "must not be a function, which data cannot hold", "put @schedule over it, or @recipe"
    if is_number(value) and not -LARGEST_NUMBER <= value <= LARGEST_NUMBER:
        return ValueError, "must be finite", "give a finite number"
    if not (value is None or isinstance(value, int | float | str | tuple)):
        return TypeError, "must be a number, a word, a schedule or a list of these", "replace it by one of them"
    return None


def from_data(data: Mapping[str, Any], names: Mapping[str, Any] | None = None) -> Schedule:
    """The schedule that `to_data` wrote down.

    Args:
        data: a dict, as `to_data` returns it, and as JSON or YAML give it back.
        names: schedules of your own, by the name that they have in the data.

    Returns:
        The schedule; several by name where the data are those of a `bundle`.

    Raises:
        ValueError: the data has another version, an unknown name, or keys that no schedule has.
        TypeError: a part of it is of the wrong kind, or names a hyperparameter that does not exist.

    Example:
        >>> import json
        >>> from pure_schedules import linear
        >>> written = json.dumps(to_data(linear(start=0.0, end=1.0, steps=10)))
        >>> from_data(json.loads(written))
        linear(start=0.0, end=1.0, steps=10)
    """
    return read(data, names, "give your own as from_data(data, names={...})")


def read(data: Mapping[str, Any], names: Mapping[str, Any] | None, own: str) -> Schedule:
    """The same for a caller who has another way to give a name: `own` is the advice where one is unknown."""
    if not isinstance(data, Mapping):
        raise TypeError(f"from_data: data must be a dict, got {briefly(data)}; read JSON first: from_data(json.loads(text))")
    version = data.get("version")
    if type(version) is not int or not 1 <= version <= VERSION:
        said = f"got version={briefly(version)}" if "version" in data else "and it has none"
        raise ValueError(
            f"from_data: data must have a version that this release reads, 1 to {VERSION}, {said}; "
            "write it with to_data, or read it with the release that wrote it"
        )
    made: Schedule = _DataReader(names or {}, own).schedule(without_version(data), "data", 0)
    return made


def is_data(value: Any) -> bool:
    """Whether this is what `to_data` returns."""
    return isinstance(value, Mapping) and set(value) == {"version", "schedule", "hyperparameters"}


def without_version(data: Mapping[str, Any]) -> dict[str, Any]:
    """What `to_data` returned, as it is within other data."""
    return {name: item for name, item in data.items() if name != "version"}


class _DataReader:
    def __init__(self, names: Mapping[str, Any], own: str) -> None:
        self.names = all_names("from_data", names)
        self.own = own
        self.maker = Maker()
        self.values = 0

    def schedule(self, data: Mapping[str, Any], path: str, depth: int) -> Any:
        kind = "partial" if "partial" in data and depth else "schedule"
        if set(data) != {kind, "hyperparameters"} or not isinstance(data["hyperparameters"], Mapping):
            raise ValueError(
                f"from_data: {path} must be a schedule, with 'schedule' and a dict of 'hyperparameters', "
                f"got {briefly(dict(data))}; write it with to_data"
            )
        factory = self.named(data[kind], path)
        if not isinstance(factory, Factory):
            raise ValueError(
                f"from_data: {path} must name a schedule, got {briefly(data[kind])}; "
                "it is an axis, which is a hyperparameter of a schedule"
            )
        rules = factory.rules
        given: dict[str, Any] = {}
        for name, item in data["hyperparameters"].items():
            if not isinstance(name, str):
                raise TypeError(f"from_data: {path} must have words as names, got {briefly(name)}; write it with to_data")
            here = _within(path, f".{name}" if len(name) <= 40 else f".{name[:37]}...")
            an_axis = name in rules and rules[name].admit is a_space and isinstance(item, str)
            given[name] = self.named(item, here) if an_axis else self.value(item, here, depth + 1)
        try:
            if kind == "partial":
                return partial_of(partial(factory, **given))
            return self.maker.make(factory, (), given)
        except (TypeError, ValueError) as error:
            raise type(error)(f"from_data: {path}: {shortened(error)}") from None

    def value(self, data: Any, path: str, depth: int) -> Any:
        self.values += 1
        if depth > DEEPEST or self.values + (len(data) if isinstance(data, list | tuple) else 0) > MOST_VALUES:
            raise ValueError(
                f"from_data: data is at most {DEEPEST} deep and has {MOST_VALUES} values, and this is more; "
                "write it with to_data"
            )
        if isinstance(data, Mapping):
            if set(data) != {"function"}:
                return self.schedule(data, path, depth)
            function = self.named(data["function"], path)
            if not isinstance(function, Factory):
                raise ValueError(f"from_data: {path} must name a schedule, got {briefly(data['function'])}; write 'linear'")
            return function
        if isinstance(data, list | tuple):
            return [self.value(item, _within(path, f"[{index}]"), depth + 1) for index, item in enumerate(data)]
        if isinstance(data, int | float) and abs(data) > LARGEST_NUMBER:
            raise ValueError(f"from_data: {path} must be finite, and is too large for a float; give a finite number")
        if not isinstance(data, int | float | str | None):
            raise TypeError(
                f"from_data: {path} must be a number, a word, a dict or a list, got {briefly(data)}; write it with to_data"
            )
        return data

    def named(self, name: Any, path: str) -> Any:
        if not isinstance(name, str):
            raise TypeError(f"from_data: {path} must have its name as a word, got {briefly(name)}; write it with to_data")
        if name not in self.names:
            raise ValueError(
                f"from_data: {path}: {unknown('schedule', name, self.names)}"
                f"{';' if nearest(name, self.names) is None else ''} {self.own}"
            )
        return self.names[name]


def _within(path: str, place: str) -> str:
    """The path of a place within another, without the middle where it leads deep."""
    return f"{path}{place}" if len(path) <= 200 else f"{path[:80]} ... {path[-80:]}{place}"


# Two compared --------------------------------------------------------------------------------------------------------


def differences(before: Any, after: Any) -> list[str]:
    """List what changed between two schedules, in words; empty if they are equal.

    Args:
        before: a schedule, or the plain data of one.
        after: the same.

    Returns:
        One line for each change, and for each part that cannot be compared: data holds only the name of a plain function.

    Raises:
        ValueError: the data is nested too deep for a schedule.

    Example:
        >>> from pure_schedules import cosine, scale
        >>> differences(cosine(start=1.0, steps=100), cosine(start=1.0, steps=200))
        ['cosine.steps was 100, is 200']
        >>> differences(scale(lambda step: 1.0, factor=0.5), scale(lambda step: 2.0, factor=0.5))
        ['scale.schedule was <lambda>, is another <lambda>']
    """
    try:
        array = _HeldArray if callable(before) and callable(after) else None  # data does not hold dtypes
        return list(_differences(_as_data(before, array), _as_data(after, array), ""))
    except RecursionError:
        raise ValueError(
            "differences: this is nested too deep to be a schedule; give what plain_data or to_data gave"
        ) from None


def _as_data(schedule: Any, array: Callable[[Any], Any] | None) -> Any:
    if is_data(schedule):
        return without_version(schedule)
    return _plain(schedule, function=_Held, array=array) if callable(schedule) else schedule


def _differences(before: Any, after: Any, path: str) -> Iterator[str]:
    if _is_digest(before) and isinstance(after, list):
        after = _digest(after)
    elif _is_digest(after) and isinstance(before, list):
        before = _digest(before)
    here = path or "the schedule"
    if isinstance(before, _HeldArray) or isinstance(after, _HeldArray):
        yield from _of_arrays(before, after, here)
    elif _is_plain_function(before) and _is_plain_function(after):
        yield from _of_functions(before, after, here)
    elif isinstance(before, Mapping) and isinstance(after, Mapping):
        if _is_schedule(before) and _is_schedule(after) and _named(before) == _named(after):
            name = _named(after)
            yield from _differences(before["hyperparameters"], after["hyperparameters"], f"{path}: {name}" if path else name)
        elif _is_digest(before) and _is_digest(after) and before["shape"] == after["shape"]:
            if before != after:
                yield f"{here} has other values in it, {_named(after)}"
        elif not _stands_for_one(before) and not _stands_for_one(after):
            for name in dict.fromkeys([*before, *after]):
                yield from _differences(before.get(name), after.get(name), f"{path}.{name}" if path else name)
        elif before != after:
            kind = ", a plain function" if _is_plain_function(after) and _named(before) == _named(after) else ""
            yield f"{here} was {_named(before)}, is {_named(after)}{kind}"
    elif isinstance(before, list) and isinstance(after, list):
        if len(before) != len(after):
            yield f"{path} had {len(before)} items, has {len(after)}"
            return
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from _differences(old, new, f"{path}[{index}]")
    elif before != after:
        yield f"{here} was {_named(before)}, is {_named(after)}"


def _of_arrays(before: Any, after: Any, path: str) -> Iterator[str]:
    """The differences of two hyperparameters, at least one a tensor or array: in kind, or in elements."""
    kinds = [item.kind() if isinstance(item, _HeldArray) else None for item in (before, after)]
    old, new = (_elements(item.array, list) if isinstance(item, _HeldArray) else item for item in (before, after))
    if kinds[0] == kinds[1]:
        if not same(before.array, after.array):
            yield from _differences(old, new, path)
    else:
        was, now = (f"{_named(item)}{f' of {kind}' if kind else ''}" for item, kind in zip((old, new), kinds, strict=True))
        yield f"{path} was {was}, is {now}"


def _of_functions(before: Any, after: Any, path: str) -> Iterator[str]:
    """The differences of two plain functions: by equality if both are present, else by name."""
    name, other = _named(before), _named(after)
    if name != other:
        yield f"{path} was {name}, is {other}"
    elif not isinstance(before, _Held) or not isinstance(after, _Held):
        yield f"{path} is a plain function, {name}, and only its name can be compared; put @schedule over it"
    elif not same(before.function, after.function):
        yield f"{path} was {name}, is another {name}"


def _is_schedule(data: Mapping[str, Any]) -> bool:
    return set(data) in ({"schedule", "hyperparameters"}, {"partial", "hyperparameters"})


def _is_plain_function(data: Any) -> bool:
    return isinstance(data, _Held) or (isinstance(data, Mapping) and set(data) == {"plain function"})


def _is_digest(data: Any) -> bool:
    return isinstance(data, Mapping) and set(data) == {"shape", "sha256"} and isinstance(data["shape"], list)


def _stands_for_one(data: Mapping[str, Any]) -> bool:
    """Whether this is the data of one schedule, and not a dict of several."""
    return _is_schedule(data) or set(data) == {"function"} or _is_plain_function(data) or _is_digest(data)


def _named(data: Any) -> str:
    if isinstance(data, _Held):
        return _named(_told(data.function))
    if _is_digest(data):
        return f"{' by '.join(map(str, data['shape']))} numbers"
    if isinstance(data, Mapping) and _stands_for_one(data):
        name = next(data[kind] for kind in ("schedule", "partial", "function", "plain function") if kind in data)
        return name if isinstance(name, str) and len(name) <= 62 else briefly(name)
    if isinstance(data, list):
        return f"[{', '.join(map(_named, data[:10]))}{', ...' if len(data) > 10 else ''}]"
    return "left out" if data is None else briefly(data)
