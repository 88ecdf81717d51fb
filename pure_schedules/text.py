"""A schedule in words: read from text, as plain data for a checkpoint, and two of them compared."""

import ast
import operator
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any, NoReturn

from . import numeric
from ._schedule import Schedule
from .spaces import Space

__all__ = ["difference", "parse", "plain_data"]

# Far above what a person writes, far below what would exhaust a machine.
LONGEST_TEXT = 100_000
DEEPEST = 50
LARGEST_EXPONENT = 400


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


def difference(before: Any, after: Any) -> list[str]:
    """In words, where two schedules differ; nothing if they are equal.

    Args:
        before: a schedule, or the plain data of one.
        after: the same.

    Example:
        >>> from pure_schedules import cosine
        >>> difference(cosine(start=1.0, steps=100), cosine(start=1.0, steps=200))
        ['cosine.steps was 100, is 200']
    """
    return list(_differences(_as_data(before), _as_data(after), ""))


def _as_data(schedule: Any) -> Any:
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
        return str(data.get("schedule", data.get("function")))
    if isinstance(data, list):
        return f"[{', '.join(map(_named, data))}]"
    return "left out" if data is None else repr(data)


# From text -----------------------------------------------------------------------------------------------------------


def parse(text: str, names: Mapping[str, Any] | None = None) -> Schedule:
    """Read a schedule from what `repr` writes, or from what a person would type.

    Nothing is evaluated: the text may hold the names of schedules, numbers, lists, and ``+ - * / **`` between numbers.

    Args:
        text: the call that makes the schedule, such as ``"linear(start=0, end=1e-3, steps=2_000)"``.
        names: schedules of your own, by the name that they have in the text.

    Raises:
        ValueError: the text is not such a call; the message points at the place.
        TypeError: a schedule is given a hyperparameter that it does not have.

    Example:
        >>> parse("linear(start=0, end=3e-4, steps=2 * 500)")
        linear(start=0, end=0.0003, steps=1000)
    """
    if not isinstance(text, str):
        raise TypeError(f"parse: the text must be a str, got {type(text).__name__}; decode it first")
    return _Reader(text, names or {}).read()


def known_names() -> dict[str, Any]:
    """What a text may name: every schedule, and the axes of `interpolate`."""
    import pure_schedules

    everything = {name: getattr(pure_schedules, name) for name in pure_schedules.__all__}
    return {
        name: thing
        for name, thing in everything.items()
        if hasattr(thing, "bind_hyperparameters") or isinstance(thing, Space)
    }


_OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


class _Reader:
    def __init__(self, text: str, names: Mapping[str, Any]) -> None:
        self.text = text
        self.names = {**known_names(), **names}

    def read(self) -> Schedule:
        if len(self.text) > LONGEST_TEXT:
            raise ValueError(f"parse: the text has {len(self.text)} characters, and {LONGEST_TEXT} is the most that is read")
        try:
            tree = ast.parse(self.text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            column = getattr(error, "offset", None)
            raise ValueError(
                f"parse: this is not an expression: {getattr(error, 'msg', error)}{self.pointer(column)}"
            ) from None
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
                return number
            case ast.Constant(value=None | bool() | str() as word):
                return word
            case ast.Name(id=name):
                return self.named(node, name)
            case ast.List(elts=items) | ast.Tuple(elts=items):
                return [self.value(item, depth) for item in items]
            case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=operand):
                number = self.number(operand, depth)
                return -number if isinstance(sign, ast.USub) else number
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                return self.computed(node, _OPERATORS[type(op)], self.number(left, depth), self.number(right, depth))
            case ast.Call(func=ast.Name() | ast.Attribute() as func, args=args, keywords=keywords):
                factory, name = self.maker(func)
                given: dict[str, Any] = {}
                for keyword in keywords:
                    if keyword.arg is None:
                        self.refuse(keyword.value, "** is not read here; write the hyperparameters out")
                    given[keyword.arg] = self.value(keyword.value, depth)
                made = factory(*[self.value(arg, depth) for arg in args], **given)
                if not isinstance(made, Schedule):
                    self.refuse(node, f"{name} does not make a schedule")
                return made
            case _:
                self.refuse(node, "only names of schedules, numbers and lists are read here")

    def maker(self, node: ast.Name | ast.Attribute) -> tuple[Any, str]:
        """What a call calls, and its name: a schedule, or a peer's under `like`."""
        match node:
            case ast.Name(id=name):
                return self.named(node, name), name
            case ast.Attribute(value=ast.Attribute(value=ast.Name(id="like"), attr=peer), attr=name):
                peers = import_module("pure_schedules.like")  # only now: it is long, and most texts have none
                module = self.chosen(node, peer, {known: getattr(peers, known) for known in peers.__all__}, "peer")
                known_there = {known: getattr(module, known) for known in module.__all__}
                return self.chosen(node, name, known_there, f"schedule in like.{peer}"), f"like.{peer}.{name}"
            case _:
                self.refuse(node, "the only names with a dot are those of peers, such as like.torch.OneCycleLR")

    def named(self, node: ast.AST, name: str) -> Any:
        return self.chosen(node, name, self.names, "schedule")

    def chosen(self, node: ast.AST, name: str, known: Mapping[str, Any], kind: str) -> Any:
        if name not in known:
            from difflib import get_close_matches

            near = get_close_matches(name, known, n=1)
            self.refuse(node, f"there is no {kind} {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
        return known[name]

    def number(self, node: ast.AST, depth: int) -> Any:
        value = self.value(node, depth)
        if not numeric.is_number(value):
            self.refuse(node, "a number was expected")
        return value

    def computed(self, node: ast.AST, operation: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
        if operation is operator.pow and (abs(right) > LARGEST_EXPONENT or abs(left) > 1e100):
            self.refuse(node, f"the power is too large; exponents go up to {LARGEST_EXPONENT}")
        try:
            result = operation(left, right)
        except (ArithmeticError, ValueError) as error:
            self.refuse(node, f"this cannot be computed: {error}")
        if not numeric.is_number(result):
            self.refuse(node, f"this gives {result!r}, which is not a real number")
        return result

    def refuse(self, node: ast.AST, problem: str) -> NoReturn:
        raise ValueError(f"parse: {problem}{self.pointer(getattr(node, 'col_offset', 0) + 1)}")

    def pointer(self, column: int | None) -> str:
        """The text around a column, with a mark under it."""
        if column is None:
            return ""
        text = self.text.strip().replace("\n", " ")
        first = max(0, column - 40)
        return f"\n    {text[first : column + 40]}\n    {' ' * (column - 1 - first)}^"
