"""Read a schedule from text: from its `repr`, or as a person types it. The text is never evaluated."""

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NoReturn

from ._arrays import as_number, is_number
from ._factory import Factory
from ._partials import partial_of
from ._reading import (
    DEEPEST,
    LARGEST_NUMBER,
    Maker,
    all_names,
    functions_of,
    names_of_peers,
    peers,
    shortened,
    unknown,
)
from ._schedule import Schedule
from ._trees import briefly
from .bundles import Bundle

__all__ = ["parse"]

# Far above what people write, far below what would exhaust a machine.
LONGEST_TEXT = 100_000
LARGEST_EXPONENT = 400


def parse(text: str, names: Mapping[str, Any] | None = None) -> Schedule:
    """Read a schedule from text: from its `repr`, or as a person types it.

    The text is never evaluated. It may contain names of schedules, numbers, lists, the operators ``+ - * / // % **``
    between numbers, and `ceil`, `floor`, `round`, `min`, `max` of numbers. A shape with parameters is
    ``partial(polynomial, power=1.5)``.

    Args:
        text: a call such as ``"linear(start=0, end=1e-3, steps=2_000)"``, on one or more lines. Surrounding quotes and
            a trailing comma, left by a file or a shell, are ignored.
        names: numbers and schedules by their name in the text: the length of the run, such as ``{"T": 10_000}``, and
            schedules of your own.

    Returns:
        The schedule; a `Bundle` if the text is a `bundle(...)`.

    Raises:
        ValueError: the text is not such a call; the message marks the place.
        TypeError: a hyperparameter does not exist.

    Example:
        >>> parse("linear(start=0, end=3e-4, steps=2 * 500)")
        linear(start=0, end=0.0003, steps=1000)
        >>> parse("like.torch.StepLR(step_size=30, lr=0.1)")
        step_decay(start=0.1, factor=0.1, every=30)
        >>> parse("warmup_cosine(peak=3e-4, warmup_steps=ceil(0.03 * T), total_steps=T)", {"T": 10_000})
        warmup_cosine(peak=0.0003, warmup_steps=300, total_steps=10000, start=0.0, floor=0.0)
    """
    return read(text, names or {}, lambda name: f"give your own as parse(text, names={{{briefly(name)}: ...}})")


def read(text: str, names: Mapping[str, Any], own: Callable[[str], str]) -> Schedule:
    """The same for a caller who has another way to give a name: `own` is the advice where one is unknown."""
    if not isinstance(text, str):
        raise TypeError(f"parse: the text must be a str, got {type(text).__name__}; decode it first")
    made: Schedule = _Reader(text, names, own).read()  # or, rarely, a bundle
    return made


_OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
#: Functions of numbers by their Python name, with the least and the largest number of arguments.
_FUNCTIONS: dict[str, tuple[Callable[..., Any], int, float]] = {
    "ceil": (math.ceil, 1, 1),
    "floor": (math.floor, 1, 1),
    "round": (round, 1, 1),
    "min": (min, 2, math.inf),
    "max": (max, 2, math.inf),
}

# Text that Python reads with only a warning: an invalid escape, and a keyword directly after a number.
_WARNED_OF = re.compile(r"\\|(?<![\w.])[\d_.]+(?:and|else|for|if|in|is|not|or)\b")
# More digits than any float has before its point; Python refuses thousands of digits with a message of its own.
_TOO_LONG = re.compile(r"(?<![\w.])\d[\d_]{400,}")
#: Finds the hyperparameter in the message of a factory.
_ABOUT = re.compile(r"[\w.]+: (?:there is no hyperparameter ')?(\w+)")


class _Reader:
    def __init__(self, text: str, names: Mapping[str, Any], own: Callable[[str], str]) -> None:
        self.numbers = {name: as_number(value) for name, value in names.items() if is_number(as_number(value))}
        for name, number in self.numbers.items():
            if not abs(number) <= LARGEST_NUMBER:
                raise ValueError(f"parse: {name} must be finite, got {name}={briefly(number)}; give a finite number")
        things = {name: thing for name, thing in names.items() if name not in self.numbers}
        self.names = {"partial": partial, **all_names("parse", things)}
        self.own = own
        self.maker = Maker()
        self.text = text

    def read(self) -> Any:
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
        if not isinstance(made, Schedule | Bundle):
            name = getattr(getattr(made, "factory", made), "__name__", "constant")
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
                return self.numbers[name] if name in self.numbers else self.named(node, name, "schedule or number")
            case ast.Attribute(value=ast.Name(id="ps" | "pure_schedules"), attr=name):
                return self.named(node, name)
            case ast.List(elts=items) | ast.Tuple(elts=items):
                return [self.value(item, depth) for item in items]
            case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=operand):
                number = self.number(operand, depth)
                return -number if isinstance(sign, ast.USub) else number
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                return self.computed(node, _OPERATORS[type(op)], self.number(left, depth), self.number(right, depth))
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS and name not in self.names:
                function, least, most = _FUNCTIONS[name]
                if not least <= len(args) <= most:
                    takes = "one number" if most == 1 else f"{least} numbers or more"
                    self.refuse(node, f"{name} takes {takes}, got {len(args)}")
                return self.computed(node, function, *(self.number(arg, depth) for arg in args))
            case ast.Call(func=ast.Name() | ast.Attribute() as func, args=args, keywords=keywords):
                return self.made(node, func, args, keywords, depth)
            case _:
                self.refuse(node, "only names of schedules, numbers and lists are read here")

    def made(
        self, node: ast.AST, func: ast.Name | ast.Attribute, args: list[ast.expr], keywords: list[ast.keyword], depth: int
    ) -> Any:
        """The value that a call makes."""
        factory, name = self.maker_of(func)
        is_partial = factory is partial
        if is_partial:
            if not args:
                self.refuse(node, "partial needs the name of a schedule first: partial(polynomial, power=1.5)")
            factory, args = self.value(args[0], depth), args[1:]
            name = getattr(factory, "__name__", "this")
        if not isinstance(factory, Factory):
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
            made = partial_of(partial(factory, *values, **given)) if is_partial else self.maker.make(factory, values, given)
        except (TypeError, ValueError) as error:
            about = _ABOUT.match(str(error))
            at_fault = next((keyword for keyword in keywords if about and keyword.arg == about[1]), node)
            raise type(error)(f"{shortened(error)}{self.pointer_to(at_fault)}") from None
        return made

    def maker_of(self, node: ast.Name | ast.Attribute) -> tuple[Any, str]:
        """The function that a call names, and its name: a schedule, or one under `like`."""
        path = _dotted(node)
        if path is not None and len(path) > 1 and path[0] in ("ps", "pure_schedules"):
            path = path[1:]
        match path:
            case [name]:
                return self.named(node, name), name
            case ["like", peer, name]:
                known = dict.fromkeys(names_of_peers())
                self.chosen(node, peer, known, "peer")
                return self.chosen(node, name, functions_of(peer), f"schedule in like.{peer}"), f"like.{peer}.{name}"
            case _:
                self.refuse(node, "the only names with a dot are those of peers, such as like.torch.OneCycleLR")

    def named(self, node: ast.AST, name: str, kind: str = "schedule") -> Any:
        if name in self.names:
            return self.names[name]
        theirs = [f"like.{peer}.{name}" for peer, functions in peers().items() if name in functions]
        if theirs:
            self.refuse(node, f"there is no schedule {briefly(name)}; did you mean {' or '.join(map(repr, theirs))}?")
        said = unknown(kind, name, [*self.names, *self.numbers, *_FUNCTIONS, "True", "False", "None"])
        if not said.endswith("?"):
            said += f"; {self.own(name)}"
        self.refuse(node, said)

    def chosen(self, node: ast.AST, name: str, known: Mapping[str, Any], kind: str) -> Any:
        if name not in known:
            self.refuse(node, unknown(kind, name, known))
        return known[name]

    def number(self, node: ast.AST, depth: int) -> Any:
        value = self.value(node, depth)
        if isinstance(value, Schedule):
            self.refuse(node, "a number was expected; of schedules write scale(...), add([...]) or multiply([...])")
        if not is_number(value):
            self.refuse(node, "a number was expected")
        return value

    def computed(self, node: ast.AST, operation: Callable[..., Any], *numbers: Any) -> Any:
        if operation is operator.pow and (abs(numbers[1]) > LARGEST_EXPONENT or abs(numbers[0]) > 1e100):
            self.refuse(node, f"the power is too large; exponents go up to {LARGEST_EXPONENT}")
        try:
            result = operation(*numbers)
        except ArithmeticError as error:
            self.refuse(node, f"this cannot be computed: {error}")
        if not is_number(result):
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
        # Python counts columns of a syntax tree in bytes.
        return self.pointer(line, len(self.line(line).encode()[:column].decode(errors="ignore")) + 1)

    def line(self, number: int) -> str:
        lines = self.text.split("\n")
        return lines[min(number, len(lines)) - 1]

    def pointer(self, line: int | None, column: int | None) -> str:
        """The text around a place, with a mark under it; line and column are counted from 1."""
        if line is None or column is None:
            return ""
        # A tab would shift the mark; an unprintable character would be invisible.
        text = "".join(character if character.isprintable() else " " for character in self.line(line))
        column = min(max(column, 1), len(text) + 1)
        first = max(0, column - 40)
        return f"\n    {text[first : column + 40]}\n    {' ' * (column - 1 - first)}^"


def _without_wrapping(text: str) -> str:
    """The expression in a text from a file or a shell: without surrounding quotes and trailing comma."""
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").strip()
    for quote in ('"', "'"):
        if len(text) > 1 and text[0] == quote == text[-1] and quote not in text[1:-1]:
            text = text[1:-1].strip()
    return text.removesuffix(",").rstrip()


def _start(match: re.Match[str] | None) -> int | None:
    return None if match is None else match.start()


def _dotted(node: ast.AST) -> list[str] | None:
    """The names in ``a.b.c``; None if anything but names is in it."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.insert(0, node.attr)
        node = node.value
    return [node.id, *names] if isinstance(node, ast.Name) else None
