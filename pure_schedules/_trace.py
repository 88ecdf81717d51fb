"""Tracing: a composition as one flat Python function of numbers.

The step, and each hyperparameter that becomes an argument, is replaced by a symbol that records its operators. The
functions of ``numeric`` are recorded too: a symbol is an array whose namespace is the record. The record is compiled
into one Python function without calls, keyword arguments or checks, so a number costs what a handwritten function
costs. The operations and their order are those of the formulas, so the values agree to the last bit.

The record also gives the decisions at a step: which piece is active, on which side of a bound a value is, how many
cycles are complete. Two steps with the same decisions are in the same piece of the curve.

A formula that needs the value of a symbol (``if step > 10``, ``str(step)``) cannot be traced. It is called directly
instead.
"""

import math
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from types import CodeType, FunctionType
from typing import Any, TypeAlias

from ._arrays import admitted, is_number
from .numeric import product_up_to, raised


class Untraceable(BaseException):
    """A formula needed the value of a symbol. No ``except Exception`` in a formula catches it."""


INFINITY = math.inf
#: How deep an expression nests before a part of it gets a name: Python parses at most 200 parentheses.
DEEPEST = 30


def flat(
    formula: Callable[..., Any],
    arguments: Sequence[str] = (),
    refuse: Callable[..., Any] | None = None,
    unless: Callable[[], bool] | None = None,
    instead: Callable[[Any], Any] | None = None,
) -> Callable[..., float]:
    """`formula` as one flat function of the step and of further numbers.

    If a check of a number fails, `refuse` is called; if `unless` is given and holds, `instead` is called.
    """
    record = Record(("step", *arguments), refuse)
    if unless is not None:
        record.say(f"if {record.name(unless)}(): return {record.name(instead)}(step)")
    value = formula(*record.symbols)
    # Always a float, also where integers gave an integer.
    if is_number(value):
        return record.function(float(value))
    return record.function(value if is_float(value) else record.note("{0} + 0.0", value))


def flat_together(
    formulas: Sequence[Callable[[Any], Any] | None],
    calls: Sequence[Callable[[Any], Any]],
    unless: Callable[[], bool] | None,
    instead: Callable[[Any], Any],
) -> tuple[Callable[[float], list[Any]], bool]:
    """These formulas as one flat function of the step that returns all values; and whether all were traced to floats.

    Common parts are computed once. If a formula is None or cannot be traced, its function in `calls` is called. If
    `unless` holds, `instead` is called.
    """
    record = Record()
    if unless is not None:
        record.say(f"if {record.name(unless)}(): return {record.name(instead)}(step)")
    (step,) = record.symbols
    all_flat, values = True, []
    for formula, call in zip(formulas, calls, strict=True):
        value = None if formula is None else record.attempted(formula, step)
        if value is None:
            all_flat, value = False, record.note(record.name(call) + "({0})", step)
        elif is_number(value):
            value = record.note(record.name(float(value)))  # a list of numbers alone would be folded into a constant
        elif not is_float(value):
            value = record.note("{0} + 0.0", value)
        values.append(value)
    places = ", ".join(f"{{{place}}}" for place in range(len(values)))
    return record.function(record.note(f"[{places}]", *values)), all_flat


def decisions(formula: Callable[[Any], Any]) -> tuple[Callable[[float], list[Any]], bool]:
    """A function of the step that returns the decisions of the formula: equal lists within one piece of the curve.

    Also returns whether these are all decisions: those of a plain function are not known.
    """
    record = Record(watched=True)
    record.say("taken = []")
    formula(*record.symbols)
    record.say("return taken")
    return record.function(0), record.sees_all


class Operation:
    """One operation of a record: its code, with places for its operands (numbers and operations)."""

    __slots__ = ("branches", "code", "form", "height", "name", "operands", "uses")

    def __init__(self, form: Any, code: str, operands: tuple[Any, ...] = (), name: str | None = None) -> None:
        #: Identifies what it computes: operations of one form have one value, also in different branches.
        self.form = form
        self.code = code
        self.operands = operands
        #: How often its result is used: a result used once needs no name; an unused one is left out.
        self.uses = 0
        self.name = name
        #: How deep its expression nests; 0 once it has a name.
        self.height = 0
        #: For pieces: the lines and the value of each half.
        self.branches: list[tuple[list[Any], Any]] = []


class Record:
    """The recorded operations; also the array namespace of its symbols."""

    def __init__(
        self,
        arguments: Sequence[str] = ("step",),
        refuse: Callable[..., Any] | None = None,
        watched: bool = False,
    ) -> None:
        self.arguments = ", ".join(arguments)
        self.inputs = [Operation(name, name, name=name) for name in arguments]
        self.refuse = refuse
        self.watched = watched
        #: Whether no opaque function was called.
        self.sees_all = True
        #: The operations and lines of the current branch.
        self.block: list[Any] = []
        # Operations already computed, by form, so that each is computed once: one dict for each open branch.
        self.known: list[dict[Any, Operation]] = [{}]
        #: A number for each form; a form is a code and the forms of its operands.
        self.forms: dict[Any, int] = {}
        self.names: dict[str, Any] = {"__builtins__": {}}
        #: The name of each object, by identity; the object is kept alive, so that its identity stays unique.
        self.named: dict[int, tuple[str, Any]] = {}
        self.numbers: list[float] = []

    @property
    def symbols(self) -> "list[Symbol]":
        """The arguments. A record stores no symbols, because each symbol holds the record."""
        return [Symbol(operation, self) for operation in self.inputs]

    def note(
        self, code: str, *operands: Any, low: float = -INFINITY, high: float = INFINITY, is_float: bool = False
    ) -> "Symbol":
        """Record one operation, with its operands in the places of `code`, and what is known of its result."""
        form = self.form_of(code, *operands)
        operation = self.found(form)
        if operation is None:
            operation = self.known[-1][form] = Operation(form, code, self.used(code, operands))
            self.block.append(operation)
        return Symbol(operation, self, low, high, is_float)

    def form_of(self, *parts: Any) -> int:
        """The number of a form with these parts, which are codes, numbers and symbols."""
        return self.forms.setdefault(tuple(map(_identity, parts)), len(self.forms))

    def found(self, form: int) -> Operation | None:
        """The recorded operation of this form that is available in the current branch."""
        return next((scope[form] for scope in self.known if form in scope), None)

    def attempted(self, formula: Callable[[Any], Any], step: "Symbol") -> Any:
        """The value of a formula; None, and nothing recorded, if it cannot be traced."""
        block, length, known = self.block, len(self.block), len(self.known[0])
        try:
            return formula(step)
        except (Exception, Untraceable):  # a formula may do anything with a symbol
            self.block = block
            del block[length:], self.known[1:]
            while len(self.known[0]) > known:
                self.known[0].popitem()
            return None

    def say(self, code: str, *operands: Any) -> None:
        """Record a line."""
        self.block.append((code, self.used(code, operands)))

    def used(self, code: str, operands: tuple[Any, ...]) -> tuple[Any, ...]:
        """The operands of a piece of code, after counting their uses."""
        inside: list[Any] = []
        for place, operand in enumerate(operands):
            if isinstance(operand, Symbol):
                operand = operand.operation
                operand.uses += code.count(f"{{{place}}}")
            elif not is_number(operand):
                raise Untraceable
            inside.append(operand)
        return tuple(inside)

    def name(self, thing: Any, made_of: Any = None) -> str:
        """The name of an object that is not a number: one name for one object, or for `made_of`."""
        origin = thing if made_of is None else made_of
        if id(origin) not in self.named:
            name = f"c{len(self.names)}"
            self.names[name] = thing
            self.named[id(origin)] = name, origin
        return self.named[id(origin)][0]

    def require(self, condition: Any) -> None:
        """Record that the function is valid only if this condition holds."""
        if self.refuse is not None and ("required", condition.operation) not in self.known[0]:
            self.known[0]["required", condition.operation] = condition.operation
            self.names["refuse"] = self.refuse
            self.say(f"if not {{0}}: return refuse({self.arguments})", condition)

    def decide(self, code: str, *operands: Any) -> None:
        """Record a decision, if decisions are wanted."""
        if self.watched:
            self.say(f"taken.append({code})", *operands)

    @contextmanager
    def unwatched(self) -> Generator[None]:
        """A block whose decisions do not show in the curve."""
        watched, self.watched = self.watched, False
        yield
        self.watched = watched

    # What was written down, as a function ----------------------------------------------------------------------------

    def function(self, value: Any) -> Callable[..., Any]:
        """The recorded lines as a function that returns this value."""
        code, places = code_of(self.source(value))
        constants = list(code.co_consts)
        for constant, number in places:
            constants[constant] = self.numbers[number]
        return FunctionType(code.replace(co_consts=tuple(constants)), self.names, "schedule")

    def source(self, value: Any) -> str:
        """The source of that function, with placeholders for numbers."""
        lines = [f"def schedule({self.arguments}):"]
        (result,) = self.used("{0}", (value,))
        self.write(self.block, " ", 0, lines, result)
        if not (isinstance(result, Operation) and result.branches):
            lines.append(f" return {self.text(result)}")
        return "\n".join(lines)

    def write(self, block: Sequence[Any], indent: str, count: int, lines: list[str], result: Any = None) -> int:
        """Write the lines of a block, where `count` names are taken; `result` is what the function returns."""
        for entry in block:
            if isinstance(entry, tuple):
                code, operands = entry
                lines.append(indent + code.format(*map(self.text, operands)))
                continue
            if not entry.uses and not (entry.branches and self.watched):
                continue
            if entry.branches:
                if entry is not result:
                    count += 1
                    entry.name = f"v{count}"
                self.write_pieces(entry, "return " if entry is result else f"{entry.name} = ", indent, count, lines)
                continue
            inside = [operand for operand in entry.operands if isinstance(operand, Operation)]
            entry.height = 1 + max([operand.height for operand in inside], default=0)
            if entry.uses != 1 or entry.height > DEEPEST:
                count += 1
                lines.append(f"{indent}v{count} = {self.expression(entry)}")
                entry.name, entry.height = f"v{count}", 0
        return count

    def write_pieces(self, pieces: Operation, put: str, indent: str, count: int, lines: list[str]) -> None:
        """Write both halves of some pieces; each assigns or returns its value by `put`."""
        for line, (block, value) in zip((f"if {self.expression(pieces)}:", "else:"), pieces.branches, strict=True):
            lines.append(indent + line)
            inner = value if isinstance(value, Operation) and value.branches and value in block else None
            if inner is not None:
                block = [entry for entry in block if entry is not inner]
            # Both branches use the same names: a function with many names is slow to enter.
            taken = self.write(block, indent + " ", count, lines)
            if inner is not None:
                self.write_pieces(inner, put, indent + " ", taken, lines)
            else:
                lines.append(f"{indent} {put}{self.text(value)}")

    def expression(self, operation: Operation) -> str:
        return operation.code.format(*map(self.text, operation.operands))

    def text(self, value: Any) -> str:
        """An operation or number as a part of an expression."""
        if isinstance(value, Operation):
            return value.name or f"({self.expression(value)})"
        if not math.isfinite(value):
            return self.name(value)
        if value in (0, 1, 2):
            return repr(value) if math.copysign(1, value) > 0 else f"({value!r})"
        # A placeholder, replaced by the number after the code is compiled.
        self.numbers.append(value)
        return f"{len(self.numbers)}e250"

    # The namespace functions that `numeric` calls.

    def sqrt(self, x: Any) -> Any:
        return self.apply(math.sqrt, x)

    def exp(self, x: Any) -> Any:
        return self.apply(math.exp, x)

    def expm1(self, x: Any) -> Any:
        return self.apply(math.expm1, x)

    def log(self, x: Any) -> Any:
        return self.apply(math.log, x)

    def log1p(self, x: Any) -> Any:
        return self.apply(math.log1p, x)

    def sin(self, x: Any) -> Any:
        return self.apply(math.sin, x)

    def cos(self, x: Any) -> Any:
        return self.apply(math.cos, x)

    def floor(self, x: Any) -> Any:
        low = bounds(x)[0]
        floored = self.apply(math.floor, x, low=math.floor(low) if math.isfinite(low) else low)
        self.decide("{0}", floored)
        return floored

    # Known bounds of a symbol settle many of these: a child that join keeps in its segment need not clamp again.

    def minimum(self, x: Any, y: Any) -> Any:
        (low_x, high_x), (low_y, high_y) = bounds(x), bounds(y)
        if high_x <= low_y or high_y <= low_x:
            return x if high_x <= low_y else y
        self.decide("{0} >= {1}", x, y)
        code = self.first_if("<=", x, y)
        return self.note(code, x, y, low=min(low_x, low_y), high=min(high_x, high_y))

    def maximum(self, x: Any, y: Any) -> Any:
        (low_x, high_x), (low_y, high_y) = bounds(x), bounds(y)
        if low_x >= high_y or low_y >= high_x:
            return x if low_x >= high_y else y
        self.decide("{0} >= {1}", x, y)
        code = self.first_if(">=", x, y)
        return self.note(code, x, y, low=max(low_x, low_y), high=max(high_x, high_y))

    def first_if(self, compared: str, x: Any, y: Any) -> str:
        """Code for the first of two values if the comparison holds, else the second; nan if a symbol is nan."""
        if is_number(y):
            return f"{{0}} if not {{1}} {compared[0]} {{0}} else {{1}}"
        return f"{{0}} if {{0}} {compared} {{1}}{'' if is_number(x) else ' or {0} != {0}'} else {{1}}"

    def clip(self, x: Any, low: Any, high: Any) -> Any:
        return self.minimum(self.maximum(x, low), high)

    def where(self, condition: Any, x: Any, y: Any) -> Any:
        (low_x, high_x), (low_y, high_y) = bounds(x), bounds(y)
        self.decide("{0}", condition)
        return self.note("{1} if {0} else {2}", condition, x, y, low=min(low_x, low_y), high=max(high_x, high_y))

    def full_like(self, step: Any, value: Any) -> Any:
        return value

    def apply(self, function: Callable[[Any], Any], x: Any, low: float = -INFINITY) -> Any:
        self.names.setdefault(function.__name__, function)
        return self.note(function.__name__ + "({0})", x, low=low, is_float=function is not math.floor)

    # Functions of `numeric` that no namespace has, each recorded in its own way.

    def record_raised(self, base: Any, exponent: Any) -> Any:
        """A power: by the faster operator if the result is known to fit a float."""
        (low, high), (lowest, highest) = bounds(base), bounds(exponent)
        if (low >= 0 and high <= 1 and lowest >= 0) or (low >= 1 and highest <= 0):
            return base**exponent
        self.names.setdefault("raised", raised)
        return self.note("raised({0}, {1})", base, exponent, is_float=True)

    def record_call(self, function: Callable[[Any], Any], step: Any) -> Any:
        self.sees_all = False
        self.names.setdefault("float", float)
        return self.note(f"float({self.name(function)}({{0}}))", step, is_float=True)

    def record_from_zero(self, step: Any) -> Any:
        """The step, and 0 before 0; nan is refused."""
        self.decide("{0} >= 0", step)
        self.names.setdefault("before", before_zero)
        return self.note("{0} if {0} >= 0 else before({0})", step, low=0)

    def record_product(self, function: Callable[[Any], Any], step: Any, steps: Any) -> Any:
        float(function(1))  # made of numbers alone: a symbol in it would need its value at every call
        return self.note(self.name(lambda number: product_up_to(function, number, steps)) + "({0})", step)

    def record_take(self, values: Sequence[Any], index: Any) -> Any:
        if not all(map(is_number, values)):
            raise Untraceable
        return self.note(
            self.name(tuple(map(float, values)), values) + "[{0}]", index, low=min(values), high=max(values), is_float=True
        )

    def record_piecewise(self, step: Any, functions: Sequence[Callable[[Any], Any]], boundaries: Sequence[Any]) -> Any:
        """A tree of conditions: finding the active function takes logarithmic time."""
        if not isinstance(step, Symbol):
            step = self.note("{0}", step)
        return self.pieces(step, functions, (0, *boundaries), 0)

    def pieces(self, step: Any, functions: Sequence[Callable[[Any], Any]], starts: Sequence[Any], first: int) -> Any:
        """The value of these functions, each from its start on; `first` is the index of the first among all."""
        if len(functions) == 1:
            self.decide(str(first))
            return functions[0](step if is_number(starts[0]) and starts[0] == 0 else step - starts[0])
        middle = len(functions) // 2
        low, high = bounds(starts[middle])
        before, after = step.within(-INFINITY, high), step.within(low, INFINITY)
        return self.fork(
            ("{0} < {1}", step, starts[middle]),
            lambda: self.pieces(before, functions[:middle], starts[:middle], first),
            lambda: self.pieces(after, functions[middle:], starts[middle:], first + middle),
        )

    def record_either(self, condition: Any, holds: Callable[[], Any], fails: Callable[[], Any]) -> Any:
        return self.fork(("{0}", condition), holds, fails)

    def fork(self, question: tuple[Any, ...], *answers: Callable[[], Any]) -> Any:
        """Two branches, chosen by a condition."""
        code, *operands = question
        branches: list[tuple[list[Any], Any]] = []
        values: list[Any] = []
        outside = self.block
        for answer in answers:
            self.block = []
            self.known.append({})
            value = answer()
            self.known.pop()
            branches.append((self.block, value))
            values.append(value)
        self.block = outside
        form = self.form_of("pieces", code, *operands, *values)
        # The decisions and checks of a branch are not part of its value.
        is_value = not self.watched and self.refuse is None
        operation = self.found(form) if is_value else None
        if operation is None:
            operation = Operation(form, code, self.used(code, tuple(operands)))
            operation.branches = [(block, *self.used("{0}", (value,))) for block, value in branches]
            outside.append(operation)
            if is_value:
                self.known[-1][form] = operation
        low, high = min(bounds(value)[0] for value in values), max(bounds(value)[1] for value in values)
        return Symbol(operation, self, low, high, all(map(is_float, values)))


def before_zero(step: Any) -> int:
    """The step for one before 0."""
    return 0 if admitted(step) < 0 else step


def _identity(operand: Any) -> Any:
    if isinstance(operand, Symbol):
        return operand.operation.form
    return (type(operand), operand) if operand else repr(operand)  # there are two zeros


@lru_cache(maxsize=1024)
def code_of(source: str) -> tuple[CodeType, list[tuple[int, int]]]:
    """The code of the function that a source defines, and which constants are placeholders for which numbers.

    The source holds no numbers of a schedule, so schedules of equal structure share the compiled code.
    """
    (code,) = (item for item in compile(source, "<schedule>", "exec").co_consts if isinstance(item, CodeType))
    stand_ins = enumerate(code.co_consts)
    return code, [(place, round(item / 1e250) - 1) for place, item in stand_ins if type(item) is float and item >= 1e250]


def bounds(value: Any) -> tuple[float, float]:
    """The known bounds of a symbol or number; unbounded where infinity minus infinity made a bound nan."""
    low, high = (value.low, value.high) if isinstance(value, Symbol) else (value, value)
    return (low, high) if low <= high else ANYTHING


def is_float(value: Any) -> bool:
    """Whether a symbol or number is known to be a float."""
    return value.is_float if isinstance(value, Symbol) else type(value) is float


# The bounds of an operator's result, given those of its operands; infinite where unknown.

Bounds: TypeAlias = tuple[float, float]
ANYTHING: Bounds = (-INFINITY, INFINITY)


def _of_sum(x: Bounds, y: Bounds) -> Bounds:
    return x[0] + y[0], x[1] + y[1]


def _of_difference(x: Bounds, y: Bounds) -> Bounds:
    return x[0] - y[1], x[1] - y[0]


def _of_product(x: Bounds, y: Bounds) -> Bounds:
    positive_and_finite = x[0] >= 0 and y[0] >= 0 and x[1] < INFINITY and y[1] < INFINITY
    return (x[0] * y[0], x[1] * y[1]) if positive_and_finite else ANYTHING


def _of_quotient(x: Bounds, y: Bounds) -> Bounds:
    return (x[0] / y[0], x[1] / y[0]) if y[0] == y[1] > 0 else ANYTHING


def _vanishes(x: Any, y: Any) -> bool:
    """Whether the product is 0 for every value of its symbol, which is positive and finite."""
    low, high = bounds(y)
    return is_number(x) and x == 0 and low >= 0 and high < INFINITY


def _adds_nothing(x: Any, y: Any) -> bool:
    """Whether the sum equals the second operand, also in type."""
    return is_number(x) and x == 0 and (type(x) is int or is_float(y))


def _operator(
    code: str,
    result: Callable[[Bounds, Bounds], Bounds] = lambda x, y: ANYTHING,
    always_float: bool = False,
) -> tuple[Any, Any]:
    """An operator and its reflected form, with the symbol on the right."""

    def noted(x: Any, y: Any) -> Any:
        record = (x if isinstance(x, Symbol) else y).record
        low, high = result(bounds(x), bounds(y))
        return record.note(code, x, y, low=low, high=high, is_float=always_float or is_float(x) or is_float(y))

    def added(x: Any, y: Any) -> Any:
        return y if _adds_nothing(x, y) else x if _adds_nothing(y, x) else noted(x, y)

    def multiplied(x: Any, y: Any) -> Any:
        return 0.0 if (_vanishes(x, y) or _vanishes(y, x)) and (is_float(x) or is_float(y)) else noted(x, y)

    def around(x: Any, y: Any) -> Any:
        (x if isinstance(x, Symbol) else y).record.decide("{0} // {1}", x, y)
        return noted(x, y)

    def compared(x: Any, y: Any) -> Any:
        # One decision for each comparison: with two joined by &, both sides of an interval would look the same.
        (x if isinstance(x, Symbol) else y).record.decide(code, x, y)
        return noted(x, y)

    operations = {"+": added, "*": multiplied, "%": around, "//": around, **dict.fromkeys(("<", ">", "<=", ">="), compared)}
    operation = operations.get(code[4:-4], noted)
    return operation, lambda self, other: operation(other, self)


class Symbol:
    """A number not known yet: an argument, or the result of a recorded operation."""

    __slots__ = ("high", "is_float", "low", "operation", "record")

    def __init__(
        self,
        operation: Operation,
        record: Record,
        low: float = -INFINITY,
        high: float = INFINITY,
        is_float: bool = False,
    ) -> None:
        self.operation = operation
        self.record = record
        self.low = low
        self.high = high
        self.is_float = is_float

    def within(self, low: float, high: float) -> "Symbol":
        """The same symbol with narrower bounds."""
        return Symbol(self.operation, self.record, max(low, self.low), min(high, self.high), self.is_float)

    def __array_namespace__(self, api_version: Any = None) -> Record:
        return self.record

    def unknown(self, *_: Any) -> Any:
        raise Untraceable

    __bool__ = __hash__ = __repr__ = __str__ = __format__ = __reduce__ = unknown

    def __neg__(self) -> Any:
        return self.record.note("-{0}", self, is_float=self.is_float)

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        if self.low >= 0:
            return self
        self.record.decide("{0} >= 0", self)
        return self.record.note("{0} if {0} >= 0 else -{0}", self, low=0, is_float=self.is_float)

    __add__, __radd__ = _operator("{0} + {1}", _of_sum)
    __sub__, __rsub__ = _operator("{0} - {1}", _of_difference)
    __mul__, __rmul__ = _operator("{0} * {1}", _of_product)
    __truediv__, __rtruediv__ = _operator("{0} / {1}", _of_quotient, always_float=True)
    __floordiv__, __rfloordiv__ = _operator("{0} // {1}")
    __mod__, __rmod__ = _operator("{0} % {1}")
    __pow__, __rpow__ = _operator("{0} ** {1}")
    __and__, __rand__ = _operator("{0} & {1}")
    __or__, __ror__ = _operator("{0} | {1}")
    __lt__, __gt__ = _operator("{0} < {1}")[0], _operator("{0} > {1}")[0]
    __le__, __ge__ = _operator("{0} <= {1}")[0], _operator("{0} >= {1}")[0]
    __eq__, __ne__ = _operator("{0} == {1}")[0], _operator("{0} != {1}")[0]


# Anything else that a number can do needs its value; a constant answer would be wrong at other steps.
for _name in {*dir(int), *dir(float)}.difference(dir(object), vars(Symbol)):
    setattr(Symbol, _name, Symbol.unknown if _name.startswith("__") else property(Symbol.unknown))
