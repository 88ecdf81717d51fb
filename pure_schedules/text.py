"""A schedule in words: read from text, as plain data for a file or a checkpoint, and two of them compared."""

import ast
import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from typing import Any, NoReturn

from . import numeric
from ._schedule import Schedule
from .combinators import running_product
from .recipes import cosine_restarts
from .spaces import Space, a_space

__all__ = ["difference", "from_data", "parse", "plain_data", "to_data"]

# Far above what a person writes, far below what would exhaust a machine.
LONGEST_TEXT = 100_000
DEEPEST = 100
LARGEST_EXPONENT = 400
LARGEST_NUMBER = 1.7976931348623157e308
MOST_VALUES = 1_000_000
# A short text can ask for much: a recipe has as many parts as it is told, a product as many factors, and both nest.
MOST_PARTS = 10_000
MOST_WORK = 2_000_000
#: The hyperparameters that say how many parts a schedule under `like` has; here `times` does, of `cosine_restarts`.
COUNTS_OF_PARTS = frozenset({"cycles", "num_cycles", "cycle_limit", "num_decays"})

#: What the data of `to_data` is like: raised when a release writes what an earlier one could not read.
VERSION = 1


# As plain data -------------------------------------------------------------------------------------------------------


def plain_data(schedule: Callable[[Any], Any]) -> Any:
    """A schedule as dicts, lists, numbers and strings: what a checkpoint can hold, and `difference` can compare.

    Args:
        schedule: a schedule, or any function of the step, of which only the name can be told.

    Example:
        >>> from pure_schedules import constant
        >>> plain_data(constant(value=0.1))
        {'schedule': 'constant', 'hyperparameters': {'value': 0.1}}
    """
    if not isinstance(schedule, Schedule):
        return {"function": getattr(schedule, "__qualname__", type(schedule).__qualname__)}
    return {
        "schedule": schedule.factory.__name__,
        "hyperparameters": {name: _plain(value) for name, value in schedule.given.items() if value is not None},
    }


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if numeric.is_array(value):
        return value.tolist()
    if callable(value):
        return plain_data(value)
    return value if isinstance(value, int | float | str | None) else repr(value)


def to_data(schedule: Schedule) -> dict[str, Any]:
    """A schedule as data that JSON and YAML can hold, and that `from_data` of this and of later releases reads.

    Args:
        schedule: a schedule whose hyperparameters are numbers, words, and schedules.

    Raises:
        TypeError: it is not a schedule, or has a function or a tensor in it, which data cannot hold.
        ValueError: it has a number that is not finite, is nested too deep, or has too many values.

    Example:
        >>> from pure_schedules import linear
        >>> to_data(linear(start=0.0, end=1.0, steps=10))
        {'version': 1, 'schedule': 'linear', 'hyperparameters': {'start': 0.0, 'end': 1.0, 'steps': 10}}
    """
    if not isinstance(schedule, Schedule):
        raise TypeError(f"to_data: a schedule is needed, got {_shown(schedule)}; put @schedule over a function of the step")
    names, maker = known_names(), _Maker()
    for count, (path, value, depth) in enumerate(_parts_of(schedule, schedule.factory.__name__, 0)):
        problem = _not_in_data(value, names)
        if problem is not None:
            kind, rule, advice = problem
            raise kind(f"to_data: {path} {rule}, got {_shown(value)}; {advice}")
        if depth > DEEPEST or count > MOST_VALUES:
            raise ValueError(
                f"to_data: data is at most {DEEPEST} deep and has {MOST_VALUES} values, and this is more at {path}; "
                "write a @recipe that composes it, and only its hyperparameters are data"
            )
        if isinstance(value, Schedule):
            maker.account(value.factory, (), value.given)  # what could not be read is not written
    return {"version": VERSION, **plain_data(schedule)}


def _parts_of(value: Any, path: str, depth: int) -> Iterator[tuple[str, Any, int]]:
    """Everything in a schedule, with the path that leads to it and how deep it is."""
    yield path, value, depth
    if isinstance(value, Schedule):
        for name, item in value.given.items():
            yield from _parts_of(item, f"{path}.{name}", depth + 1)
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _parts_of(item, f"{path}[{index}]", depth + 1)


def _not_in_data(value: Any, names: Mapping[str, Any]) -> tuple[type[Exception], str, str] | None:
    """What speaks against a value in data, if anything does: the kind of error, the rule, and what to write instead."""
    maker = value.factory if isinstance(value, Schedule) else value
    name = maker.name if isinstance(maker, Space) else getattr(maker, "__name__", None)
    if isinstance(maker, Space) or hasattr(maker, "bind_hyperparameters"):
        if names.get(str(name), maker) == maker:  # a copy of an axis is that axis
            return None
        return ValueError, f"has the name {name!r}, which the library has for another one", "rename it"
    if numeric.is_array(value):
        return TypeError, "must not hold a tensor", "replace it by numbers: schedule.replace(...)"
    if callable(value):
        return TypeError, "must not be a function, which data cannot hold", "put @schedule over it, or @recipe"
    if numeric.is_number(value) and not -LARGEST_NUMBER <= value <= LARGEST_NUMBER:
        return ValueError, "must be finite", "give a finite number"
    if not (value is None or isinstance(value, int | float | str | tuple)):
        return TypeError, "must be a number, a word, a schedule or a list of these", "replace it by one of them"
    return None


def from_data(data: Mapping[str, Any], names: Mapping[str, Any] | None = None) -> Schedule:
    """The schedule that `to_data` wrote down.

    Args:
        data: a dict, as `to_data` returns it, and as JSON or YAML give it back.
        names: schedules of your own, by the name that they have in the data.

    Raises:
        ValueError: it has another version, an unknown name, or more in it than a schedule has.
        TypeError: a part of it is of the wrong kind, or names a hyperparameter that does not exist.

    Example:
        >>> import json
        >>> from pure_schedules import linear
        >>> written = json.dumps(to_data(linear(start=0.0, end=1.0, steps=10)))
        >>> from_data(json.loads(written))
        linear(start=0.0, end=1.0, steps=10)
    """
    if not isinstance(data, Mapping):
        raise TypeError(f"from_data: data must be a dict, got {_shown(data)}; read JSON first: from_data(json.loads(text))")
    version = data.get("version")
    if type(version) is not int or not 1 <= version <= VERSION:
        said = f"got version={_shown(version)}" if "version" in data else "and it has none"
        raise ValueError(
            f"from_data: data must have a version that this release reads, 1 to {VERSION}, {said}; "
            "write it with to_data, or read it with the release that wrote it"
        )
    return _DataReader(names or {}).schedule({name: item for name, item in data.items() if name != "version"}, "data", 0)


class _DataReader:
    def __init__(self, names: Mapping[str, Any]) -> None:
        self.names = all_names("from_data", names)
        self.maker = _Maker()
        self.values = 0

    def schedule(self, data: Mapping[str, Any], path: str, depth: int) -> Schedule:
        if set(data) != {"schedule", "hyperparameters"} or not isinstance(data["hyperparameters"], Mapping):
            raise ValueError(
                f"from_data: {path} must be a schedule, with 'schedule' and a dict of 'hyperparameters', "
                f"got {_shown(dict(data))}; write it with to_data"
            )
        factory = self.named(data["schedule"], path)
        if not hasattr(factory, "bind_hyperparameters"):
            raise ValueError(
                f"from_data: {path} must name a schedule, got {_shown(data['schedule'])}; "
                "it is an axis, which is a hyperparameter of a schedule"
            )
        rules = factory.bind_hyperparameters.__self__.rules
        given: dict[str, Any] = {}
        for name, item in data["hyperparameters"].items():
            if not isinstance(name, str):
                raise TypeError(f"from_data: {path} must have words as names, got {_shown(name)}; write it with to_data")
            here = _within(path, f".{name}" if len(name) <= 40 else f".{name[:37]}...")
            an_axis = name in rules and rules[name].admit is a_space and isinstance(item, str)
            given[name] = self.named(item, here) if an_axis else self.value(item, here, depth + 1)
        try:
            return self.maker.make(factory, (), given)
        except (TypeError, ValueError) as error:
            raise type(error)(f"from_data: {path}: {_shortened(error)}") from None

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
            if not hasattr(function, "bind_hyperparameters"):
                raise ValueError(f"from_data: {path} must name a schedule, got {_shown(data['function'])}; write 'linear'")
            return function
        if isinstance(data, list | tuple):
            return [self.value(item, _within(path, f"[{index}]"), depth + 1) for index, item in enumerate(data)]
        if isinstance(data, int | float) and abs(data) > LARGEST_NUMBER:
            raise ValueError(f"from_data: {path} must be finite, and is too large for a float; give a finite number")
        if not isinstance(data, int | float | str | None):
            raise TypeError(
                f"from_data: {path} must be a number, a word, a dict or a list, got {_shown(data)}; write it with to_data"
            )
        return data

    def named(self, name: Any, path: str) -> Any:
        if not isinstance(name, str):
            raise TypeError(f"from_data: {path} must have its name as a word, got {_shown(name)}; write it with to_data")
        if name not in self.names:
            raise ValueError(
                f"from_data: {path}: {unknown('schedule', name, self.names)}"
                f"{';' if nearest(name, self.names) is None else ''} give your own as from_data(data, names={{...}})"
            )
        return self.names[name]


def _within(path: str, place: str) -> str:
    """The path of a place within another, without the middle where it leads deep."""
    return f"{path}{place}" if len(path) <= 200 else f"{path[:80]} ... {path[-80:]}{place}"


# Two compared --------------------------------------------------------------------------------------------------------


def difference(before: Any, after: Any) -> list[str]:
    """In words, where two schedules differ; nothing if they are equal.

    Args:
        before: a schedule, or the plain data of one.
        after: the same.

    Raises:
        ValueError: the data is nested too deep to be that of a schedule.

    Example:
        >>> from pure_schedules import cosine
        >>> difference(cosine(start=1.0, steps=100), cosine(start=1.0, steps=200))
        ['cosine.steps was 100, is 200']
    """
    try:
        return list(_differences(_as_data(before), _as_data(after), ""))
    except RecursionError:
        raise ValueError(
            "difference: this is nested too deep to be a schedule; give what plain_data or to_data gave"
        ) from None


def _as_data(schedule: Any) -> Any:
    if isinstance(schedule, Mapping) and set(schedule) == {"version", "schedule", "hyperparameters"}:
        return {name: item for name, item in schedule.items() if name != "version"}
    return plain_data(schedule) if callable(schedule) else schedule


def _differences(before: Any, after: Any, path: str) -> Iterator[str]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        if _is_schedule(before) and _is_schedule(after) and before["schedule"] == after["schedule"]:
            name = _named(after)
            yield from _differences(before["hyperparameters"], after["hyperparameters"], f"{path}: {name}" if path else name)
        elif not _stands_for_one(before) and not _stands_for_one(after):
            for name in dict.fromkeys([*before, *after]):
                yield from _differences(before.get(name), after.get(name), f"{path}.{name}" if path else name)
        elif before != after:
            yield f"{path or 'the schedule'} was {_named(before)}, is {_named(after)}"
    elif isinstance(before, list) and isinstance(after, list):
        if len(before) != len(after):
            yield f"{path} had {len(before)} items, has {len(after)}"
            return
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from _differences(old, new, f"{path}[{index}]")
    elif before != after:
        yield f"{path or 'the schedule'} was {_named(before)}, is {_named(after)}"


def _is_schedule(data: Mapping[str, Any]) -> bool:
    return set(data) == {"schedule", "hyperparameters"}


def _stands_for_one(data: Mapping[str, Any]) -> bool:
    """Whether this is the data of one schedule or function, and not of several by name."""
    return _is_schedule(data) or set(data) == {"function"}


def _named(data: Any) -> str:
    if isinstance(data, Mapping) and _stands_for_one(data):
        name = data.get("schedule", data.get("function"))
        return name if isinstance(name, str) and len(name) <= 62 else _shown(name)
    if isinstance(data, list):
        return f"[{', '.join(map(_named, data[:10]))}{', ...' if len(data) > 10 else ''}]"
    return "left out" if data is None else _shown(data)


# Names, and what they make -------------------------------------------------------------------------------------------


def known_names() -> dict[str, Any]:
    """What a text may name: every schedule, and the axes of `interpolate`."""
    package = import_module("pure_schedules")
    everything = {name: getattr(package, name) for name in package.__all__}
    return {
        name: thing
        for name, thing in everything.items()
        if hasattr(thing, "bind_hyperparameters") or isinstance(thing, Space)
    }


def all_names(reader: str, own: Mapping[str, Any]) -> dict[str, Any]:
    """What is known, and a user's own names, which come before."""
    for name, thing in own.items():
        if not callable(thing) and not isinstance(thing, Space):
            raise TypeError(
                f"{reader}: names must be schedules, or functions that make them, got {_shown(thing)} for {name!r}; "
                "put @schedule over a function of the step"
            )
    return {**known_names(), **own}


def peers() -> dict[str, dict[str, Callable[..., Schedule]]]:
    """What is under `like`: each peer, and what its functions are called."""
    return {peer: _functions_of(peer) for peer in import_module("pure_schedules.like").__all__}


def _functions_of(peer: str) -> dict[str, Callable[..., Schedule]]:
    module = import_module(f"pure_schedules.like.{peer}")
    return {name: getattr(module, name) for name in module.__all__}


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The one that was meant, if one is near enough."""
    from difflib import get_close_matches

    by_lower_case = {candidate.lower(): candidate for candidate in known}
    near = get_close_matches(name.lower(), by_lower_case, n=1)
    return by_lower_case[near[0]] if near else None


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """That there is no such name, and which one is near."""
    near = nearest(name, known)
    return f"there is no {kind} {_shown(name)}" + (f"; did you mean {near!r}?" if near else "")


def _shown(value: Any) -> str:
    """A value as a message has it: short, also where it is long, and whatever its own code would print."""
    try:
        text = repr(value[:61] if isinstance(value, str) else value)
    except Exception:  # a number of too many digits, data within itself, or whatever a stranger's __repr__ raises
        text = f"a {type(value).__name__}"
    return text if len(text) <= 62 else f"{text[:59]}..."


def _shortened(error: Exception) -> str:
    """What an error says, without the middle where it quotes much."""
    said = str(error)
    return said if len(said) <= 600 else f"{said[:400]} ... {said[-180:]}"


class _Maker:
    """Makes what a text or data names, and keeps account of what that takes."""

    def __init__(self) -> None:
        self.parts = 0
        self.work = 0
        #: What one value of each schedule costs, by its identity; the schedule is kept, so that the identity is its own.
        self.costs: dict[int, tuple[Schedule, int]] = {}

    def make(self, factory: Callable[..., Schedule], args: Iterable[Any], given: Mapping[str, Any]) -> Schedule:
        args = tuple(args)
        self.account(factory, args, given)
        try:
            return factory(*args, **given)
        except (ArithmeticError, RecursionError) as error:
            raise ValueError(f"{_shown_name(factory)}: this cannot be computed: {error}") from None

    def account(self, factory: Callable[..., Schedule], args: tuple[Any, ...], given: Mapping[str, Any]) -> None:
        """Add what this call takes, and refuse it where that is too much."""
        self.parts += 1
        counts = {"times"} if factory is cosine_restarts else COUNTS_OF_PARTS
        for name in counts & given.keys():
            self.parts += max(0, given[name]) if type(given[name]) is int else 0
        factors = given.get("times") if factory is running_product else 1
        self.work += (factors if type(factors) is int else 1) * self.cost_of((*args, *given.values()))
        if self.parts > MOST_PARTS or self.work > MOST_WORK:
            raise ValueError(
                f"{_shown_name(factory)}: a text or data may ask for {MOST_PARTS} schedules and {MOST_WORK} evaluations "
                "in all, and this is more; compose it in Python"
            )

    def cost_of(self, value: Any) -> int:
        """About how many formulas are evaluated for one value."""
        if isinstance(value, list | tuple):
            return sum(map(self.cost_of, value))
        if not isinstance(value, Schedule):
            return 0
        if id(value) not in self.costs:
            factors = value.given["times"] if value.factory is running_product else 1
            cost = 1 + factors * self.cost_of(tuple(value.given.values()))
            self.costs[id(value)] = value, cost
        return self.costs[id(value)][1]


def _shown_name(factory: Any) -> str:
    return str(getattr(factory, "__name__", "schedule"))


# From text -----------------------------------------------------------------------------------------------------------


def parse(text: str, names: Mapping[str, Any] | None = None) -> Schedule:
    """Read a schedule from what `repr` writes, or from what a person would type.

    Nothing is evaluated: the text may hold the names of schedules, numbers, lists, and ``+ - * / **`` between numbers.

    Args:
        text: the call that makes the schedule, such as ``"linear(start=0, end=1e-3, steps=2_000)"``; in as many lines as
            you like, and in quotes or with a comma after it where a file or a shell has left them.
        names: schedules of your own, by the name that they have in the text.

    Raises:
        ValueError: the text is not such a call; the message points at the place.
        TypeError: a schedule is given a hyperparameter that it does not have.

    Example:
        >>> parse("linear(start=0, end=3e-4, steps=2 * 500)")
        linear(start=0, end=0.0003, steps=1000)
        >>> parse("like.torch.StepLR(step_size=30, lr=0.1)")
        step_decay(start=0.1, factor=0.1, every=30)
    """
    if not isinstance(text, str):
        raise TypeError(f"parse: the text must be a str, got {type(text).__name__}; decode it first")
    return _Reader(text, names or {}).read()


_OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}

# What Python reads, with a warning that would go to nobody: an escape that is none, and a keyword stuck to a number.
_WARNED_OF = re.compile(r"\\|(?<![\w.])[\d_.]+(?:and|else|for|if|in|is|not|or)\b")
# More digits than any float has before its point; Python refuses some thousands in words of its own.
_TOO_LONG = re.compile(r"(?<![\w.])\d[\d_]{400,}")
#: Which hyperparameter the message of a factory is about.
_ABOUT = re.compile(r"[\w.]+: (?:there is no hyperparameter ')?(\w+)")


class _Reader:
    def __init__(self, text: str, names: Mapping[str, Any]) -> None:
        self.names = all_names("parse", names)
        self.maker = _Maker()
        self.text = text

    def read(self) -> Schedule:
        if len(self.text) > LONGEST_TEXT:
            raise ValueError(f"parse: the text has {len(self.text)} characters, and {LONGEST_TEXT} is the most that is read")
        self.text = _without_wrapping(self.text)
        for problem, place in (
            ("there is nothing to read", None if self.text else 0),
            ("the text cannot hold a null character", self.text.find("\0") if "\0" in self.text else None),
            ("the number is too large; a float holds up to 1.8e308", _start(_TOO_LONG.search(self.text))),
            ("only names of schedules, numbers and lists are read here", _start(_WARNED_OF.search(self.text))),
        ):
            if place is not None:
                before = self.text[:place].split("\n")
                raise ValueError(f"parse: {problem}{self.pointer(len(before), len(before[-1]) + 1)}")
        try:
            tree = ast.parse(self.text, mode="eval").body
        except SyntaxError as error:
            raise ValueError(
                f"parse: this is not an expression: {error.msg}{self.pointer(error.lineno, error.offset)}"
            ) from None
        except (ValueError, RecursionError, MemoryError) as error:
            raise ValueError(f"parse: this is not an expression: {str(error) or 'nested too deep'}") from None
        made = self.value(tree, 0)
        if not isinstance(made, Schedule):
            name = getattr(made, "__name__", "constant")
            self.refuse(tree, f"a schedule has its hyperparameters beside its name: {name}(...)")
        return made

    def value(self, node: ast.AST, depth: int) -> Any:
        if depth > DEEPEST:
            self.refuse(node, f"nested deeper than {DEEPEST}")
        depth += 1
        match node:
            case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
                return self.in_range(node, number)
            case ast.Constant(value=None | bool() | str() as word):
                return word
            case ast.Name(id=name):
                return self.named(node, name)
            case ast.Attribute(value=ast.Name(id="ps" | "pure_schedules"), attr=name):
                return self.named(node, name)
            case ast.List(elts=items) | ast.Tuple(elts=items):
                return [self.value(item, depth) for item in items]
            case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=operand):
                number = self.number(operand, depth)
                return -number if isinstance(sign, ast.USub) else number
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                return self.computed(node, _OPERATORS[type(op)], self.number(left, depth), self.number(right, depth))
            case ast.Call(func=ast.Name() | ast.Attribute() as func, args=args, keywords=keywords):
                return self.made(node, func, args, keywords, depth)
            case _:
                self.refuse(node, "only names of schedules, numbers and lists are read here")

    def made(
        self, node: ast.AST, func: ast.Name | ast.Attribute, args: list[ast.expr], keywords: list[ast.keyword], depth: int
    ) -> Schedule:
        """What a call makes."""
        factory, name = self.maker_of(func)
        if not _makes_schedules(factory):
            self.refuse(node, f"{name} does not make a schedule; put @schedule or @recipe over your own function")
        given: dict[str, Any] = {}
        for keyword in keywords:
            if keyword.arg is None:
                self.refuse(keyword.value, "** is not read here; write the hyperparameters out")
            if keyword.arg in given:
                self.refuse(keyword, f"{name}: {keyword.arg} is given twice; give it once")
            given[keyword.arg] = self.value(keyword.value, depth)
        values = [self.value(arg, depth) for arg in args]
        try:
            made = self.maker.make(factory, values, given)
        except (TypeError, ValueError) as error:
            about = _ABOUT.match(str(error))
            at_fault = next((keyword for keyword in keywords if about and keyword.arg == about[1]), node)
            raise type(error)(f"{_shortened(error)}{self.pointer_to(at_fault)}") from None
        return made

    def maker_of(self, node: ast.Name | ast.Attribute) -> tuple[Any, str]:
        """What a call calls, and its name: a schedule, or a peer's under `like`."""
        path = _dotted(node)
        if path is not None and len(path) > 1 and path[0] in ("ps", "pure_schedules"):
            path = path[1:]
        match path:
            case [name]:
                return self.named(node, name), name
            case ["like", peer, name]:
                known = dict.fromkeys(import_module("pure_schedules.like").__all__)
                self.chosen(node, peer, known, "peer")
                return self.chosen(node, name, _functions_of(peer), f"schedule in like.{peer}"), f"like.{peer}.{name}"
            case _:
                self.refuse(node, "the only names with a dot are those of peers, such as like.torch.OneCycleLR")

    def named(self, node: ast.AST, name: str) -> Any:
        return self.chosen(node, name, self.names, "schedule")

    def chosen(self, node: ast.AST, name: str, known: Mapping[str, Any], kind: str) -> Any:
        if name in known:
            return known[name]
        theirs: list[str] = []
        if kind == "schedule":
            theirs = [f"like.{peer}.{name}" for peer, functions in peers().items() if name in functions]
        if theirs:
            self.refuse(node, f"there is no schedule {_shown(name)}; did you mean {' or '.join(map(repr, theirs))}?")
        self.refuse(node, unknown(kind, name, [*known, "True", "False", "None"] if kind == "schedule" else known))

    def number(self, node: ast.AST, depth: int) -> Any:
        value = self.value(node, depth)
        if isinstance(value, Schedule):
            self.refuse(node, "a number was expected; of schedules write scale(...), add([...]) or multiply([...])")
        if not numeric.is_number(value):
            self.refuse(node, "a number was expected")
        return value

    def computed(self, node: ast.AST, operation: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
        if operation is operator.pow and (abs(right) > LARGEST_EXPONENT or abs(left) > 1e100):
            self.refuse(node, f"the power is too large; exponents go up to {LARGEST_EXPONENT}")
        try:
            result = operation(left, right)
        except ArithmeticError as error:
            self.refuse(node, f"this cannot be computed: {error}")
        if not numeric.is_number(result):
            self.refuse(node, f"this gives {result!r}, which is not a real number")
        return self.in_range(node, result)

    def in_range(self, node: ast.AST, number: Any) -> Any:
        if not abs(number) <= LARGEST_NUMBER:
            self.refuse(node, "the number is too large; a float holds up to 1.8e308")
        return number

    def refuse(self, node: ast.AST, problem: str) -> NoReturn:
        raise ValueError(f"parse: {problem}{self.pointer_to(node)}")

    def pointer_to(self, node: ast.AST) -> str:
        line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        # Python counts the columns of a tree in bytes.
        return self.pointer(line, len(self.line(line).encode()[:column].decode(errors="ignore")) + 1)

    def line(self, number: int) -> str:
        lines = self.text.split("\n")
        return lines[min(number, len(lines)) - 1]

    def pointer(self, line: int | None, column: int | None) -> str:
        """The text around a place, with a mark under it; both are counted from 1."""
        if line is None or column is None:
            return ""
        # A tab would put the mark elsewhere; what cannot be printed would not be seen.
        text = "".join(character if character.isprintable() else " " for character in self.line(line))
        column = min(max(column, 1), len(text) + 1)
        first = max(0, column - 40)
        return f"\n    {text[first : column + 40]}\n    {' ' * (column - 1 - first)}^"


def _without_wrapping(text: str) -> str:
    """The expression in a text from a file or a shell: without the quotes around it and a comma after it."""
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").strip()
    for quote in ('"', "'"):
        if len(text) > 1 and text[0] == quote == text[-1] and quote not in text[1:-1]:
            text = text[1:-1].strip()
    return text.removesuffix(",").rstrip()


def _start(match: re.Match[str] | None) -> int | None:
    return None if match is None else match.start()


def _dotted(node: ast.AST) -> list[str] | None:
    """The names of ``a.b.c``; None where something else than names is in it."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.insert(0, node.attr)
        node = node.value
    return [node.id, *names] if isinstance(node, ast.Name) else None


def _makes_schedules(thing: Any) -> bool:
    """Whether this is a factory, or a function under `like`: nothing else is called for a text."""
    if hasattr(thing, "bind_hyperparameters"):
        return True
    package, _, peer = str(getattr(thing, "__module__", "")).rpartition(".")
    if package != "pure_schedules.like" or peer not in import_module(package).__all__:
        return False
    return _functions_of(peer).get(getattr(thing, "__name__", "")) is thing
