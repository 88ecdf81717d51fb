"""The third reading of a formula: a composition as one flat function of numbers.

The step is replaced by a symbol whose operators write themselves down, and so is each hyperparameter that is to be an
argument. The functions of ``numeric`` do the same, for a symbol is an array whose namespace is the record. What was
written down is compiled into one Python function without calls, keyword arguments or checks: a number then costs what a
function written by hand costs. The operations and their order are those of the formulas, so the values are the same to
the last bit.

The same record can be read for its decisions: which piece is in charge, on which side of a bound a value is, how often a
clock went round. Two steps with the same decisions are in the same piece of the curve.

A formula that asks a symbol what only a number can answer (``if step > 10``, ``str(step)``) cannot be traced. It is called
as it is instead.
"""

import math
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from types import CodeType, FunctionType
from typing import Any, TypeAlias

from ._arrays import is_number
from .numeric import product_up_to, raised


class Untraceable(BaseException):
    """A symbol was asked for its value. No ``except Exception`` of a formula catches it."""


INFINITY = math.inf
#: Written into the code as they are. Other numbers have names in it, so that compositions of one structure share their code.
LITERALS = frozenset({0, 1, 2})


def flat(
    formula: Callable[..., Any],
    arguments: Sequence[str] = (),
    refuse: Callable[..., Any] | None = None,
    unless: Callable[[], bool] | None = None,
    instead: Callable[[Any], Any] | None = None,
) -> Callable[..., float]:
    """`formula` as one flat function of the step and of further numbers.

    Where a check of theirs does not hold `refuse` answers, and where `unless` is given and holds, `instead`.
    """
    record = Record(("step", *arguments), refuse)
    if unless is not None:
        record.lines.append(f"if {record.name(unless)}(): return {record.name(instead)}(step)")
    value = formula(Symbol("step", record), *(Symbol(name, record) for name in arguments))
    # A float, also where whole numbers gave a whole number.
    record.lines.append(f"return {record.text(value)}" + ("" if is_float(value) else " + 0.0"))
    return record.function()


def decisions(formula: Callable[[Any], Any]) -> Callable[[float], list[Any]]:
    """A function of the step that gives what the formula decides there: equal lists within a piece of the curve."""
    record = Record(watched=True)
    record.lines.append("taken = []")
    formula(Symbol("step", record))
    record.lines.append("return taken")
    return record.function()


class Record:
    """What has been asked of a symbol, as lines of code; also the namespace of functions that a symbol goes through."""

    def __init__(
        self,
        arguments: Sequence[str] = ("step",),
        refuse: Callable[..., Any] | None = None,
        watched: bool = False,
    ) -> None:
        self.arguments = ", ".join(arguments)
        self.lines: list[str] = []
        self.names: dict[str, Any] = {"__builtins__": {}}
        self.refuse = refuse
        self.watched = watched
        self.indent = ""
        self.count = 0
        # What is computed already, to be computed once: one dict for each branch that is open.
        self.known: list[dict[str, str]] = [{}]

    def function(self) -> Callable[..., Any]:
        """What was written down, as a function."""
        source = f"def schedule({self.arguments}):\n" + "".join(f" {line}\n" for line in self.lines)
        return FunctionType(code_of(source), self.names, "schedule")

    def name(self, thing: Any) -> str:
        """A name for something that is not written into the code."""
        name = f"c{len(self.names)}"
        self.names[name] = thing
        return name

    def text(self, value: Any) -> str:
        """A symbol or number as code."""
        if isinstance(value, Symbol):
            return value.name
        if not is_number(value):
            raise Untraceable
        if value in LITERALS:
            return repr(value)
        key = f"constant {value!r}"
        if key not in self.known[0]:
            self.known[0][key] = self.name(value)
        return self.known[0][key]

    def note(
        self, code: str, *operands: Any, low: float = -INFINITY, high: float = INFINITY, is_float: bool = False
    ) -> "Symbol":
        """Write down one operation, its operands put into the places of `code`, and what is known of its result."""
        code = code.format(*map(self.text, operands))
        for scope in self.known:
            if code in scope:
                return Symbol(scope[code], self, low, high, is_float)
        target = self.fresh()
        self.lines.append(f"{self.indent}{target} = {code}")
        self.known[-1][code] = target
        return Symbol(target, self, low, high, is_float)

    def fresh(self) -> str:
        self.count += 1
        return f"v{self.count}"

    def require(self, condition: Any) -> None:
        """Write down that the function answers only where this holds."""
        if self.refuse is not None:
            self.names["refuse"] = self.refuse
            line = f"if not {condition.name}: return refuse({self.arguments})"
            if line not in self.lines:
                self.lines.append(line)

    def decide(self, code: str, *operands: Any) -> None:
        """Write down a decision, where decisions are asked for."""
        if self.watched:
            self.lines.append(f"{self.indent}taken.append({code.format(*map(self.text, operands))})")

    @contextmanager
    def unwatched(self) -> Generator[None]:
        """A stretch whose decisions do not show in the curve."""
        watched, self.watched = self.watched, False
        yield
        self.watched = watched

    # The functions that `numeric` asks of a namespace.

    def sqrt(self, x: Any) -> Any:
        return self.apply(math.sqrt, x)

    def exp(self, x: Any) -> Any:
        return self.apply(math.exp, x)

    def log(self, x: Any) -> Any:
        return self.apply(math.log, x)

    def sin(self, x: Any) -> Any:
        return self.apply(math.sin, x)

    def cos(self, x: Any) -> Any:
        return self.apply(math.cos, x)

    def floor(self, x: Any) -> Any:
        low = bounds(x)[0]
        floored = self.apply(math.floor, x, low=math.floor(low) if math.isfinite(low) else low)
        self.decide("{0}", floored)
        return floored

    # What is known of a symbol settles many of these: a child that join keeps within its share need not clamp again.

    def minimum(self, x: Any, y: Any) -> Any:
        (low_x, high_x), (low_y, high_y) = bounds(x), bounds(y)
        if high_x <= low_y or high_y <= low_x:
            return x if high_x <= low_y else y
        self.decide("{0} >= {1}", x, y)
        return self.note("{1} if {1} < {0} else {0}", x, y, low=min(low_x, low_y), high=min(high_x, high_y))

    def maximum(self, x: Any, y: Any) -> Any:
        (low_x, high_x), (low_y, high_y) = bounds(x), bounds(y)
        if low_x >= high_y or low_y >= high_x:
            return x if low_x >= high_y else y
        self.decide("{0} >= {1}", x, y)
        return self.note("{1} if {1} > {0} else {0}", x, y, low=max(low_x, low_y), high=max(high_x, high_y))

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

    # The functions of `numeric` that are not a namespace's, and are written down in a way of their own.

    def record_raised(self, base: Any, exponent: Any) -> Any:
        """A power: the operator, which is quick, where it can be seen that the result is not too large for a float."""
        (low, high), (lowest, highest) = bounds(base), bounds(exponent)
        if (low >= 0 and high <= 1 and lowest >= 0) or (low >= 1 and highest <= 0):
            return base**exponent
        self.names.setdefault("raised", raised)
        return self.note("raised({0}, {1})", base, exponent, is_float=True)

    def record_call(self, function: Callable[[Any], Any], step: Any) -> Any:
        return self.note(self.name(function) + "({0})", step)

    def record_product(self, function: Callable[[Any], Any], step: Any, steps: Any) -> Any:
        float(function(1))  # made of numbers alone: a symbol in it would be asked for its value at every call
        return self.record_call(lambda number: product_up_to(function, number, steps), step)

    def record_take(self, values: Sequence[Any], index: Any) -> Any:
        if not all(map(is_number, values)):
            raise Untraceable
        return self.note(
            self.name(tuple(map(float, values))) + "[{0}]", index, low=min(values), high=max(values), is_float=True
        )

    def record_piecewise(self, step: Any, functions: Sequence[Callable[[Any], Any]], boundaries: Sequence[Any]) -> Any:
        """A tree of conditions: the cost of finding the function in charge grows with the logarithm of their number."""
        target = self.fresh()
        if not isinstance(step, Symbol):
            step = self.note("{0}", step)
        pieces = self.branches(step, functions, (0, *boundaries), target, 0)
        low, high = min(bounds(piece)[0] for piece in pieces), max(bounds(piece)[1] for piece in pieces)
        return Symbol(target, self, low, high, all(map(is_float, pieces)))

    def branches(
        self, step: Any, functions: Sequence[Callable[[Any], Any]], starts: Sequence[Any], target: str, first: int
    ) -> list[Any]:
        """Write down the pieces in their branches, and give what each of them came to."""
        if len(functions) == 1:
            self.decide(str(first))
            value = functions[0](step if is_number(starts[0]) and starts[0] == 0 else step - starts[0])
            self.lines.append(f"{self.indent}{target} = {self.text(value)}")
            return [value]
        middle = len(functions) // 2
        low, high = bounds(starts[middle])
        pieces: list[Any] = []
        for line, half, known, at in (
            (f"if {step.name} < {self.text(starts[middle])}:", slice(None, middle), step.within(-INFINITY, high), first),
            ("else:", slice(middle, None), step.within(low, INFINITY), first + middle),
        ):
            self.lines.append(self.indent + line)
            self.indent += " "
            self.known.append({})
            # The names of one branch are used again in the next: a function of many names takes long to enter.
            count = self.count
            pieces += self.branches(known, functions[half], starts[half], target, at)
            self.count = count
            self.known.pop()
            self.indent = self.indent[:-1]
        return pieces


@lru_cache(maxsize=1024)
def code_of(source: str) -> CodeType:
    """The code of the one function that a source defines. It holds no number of a schedule, so equal structures share it."""
    (code,) = (item for item in compile(source, "<schedule>", "exec").co_consts if isinstance(item, CodeType))
    return code


def bounds(value: Any) -> tuple[float, float]:
    """Between what a symbol or number is known to lie: anywhere, where infinity less infinity has made a bound nan."""
    low, high = (value.low, value.high) if isinstance(value, Symbol) else (value, value)
    return (low, high) if low <= high else ANYTHING


def is_float(value: Any) -> bool:
    """Whether a symbol or number is known to be a float."""
    return value.is_float if isinstance(value, Symbol) else type(value) is float


# Between what the result of an operator lies, given that of its operands. What is not known is left open.

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
    """Whether the product of these is 0 whatever the symbol among them is, which is positive and finite."""
    low, high = bounds(y)
    return is_number(x) and x == 0 and low >= 0 and high < INFINITY


def _adds_nothing(x: Any, y: Any) -> bool:
    """Whether the sum of these is the second one, in its own type."""
    return is_number(x) and x == 0 and (type(x) is int or is_float(y))


def _operator(
    code: str,
    result: Callable[[Bounds, Bounds], Bounds] = lambda x, y: ANYTHING,
    always_float: bool = False,
) -> tuple[Any, Any]:
    """An operator and its reflection, which has the symbol on the right."""

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
        # Each by itself: where two are joined by &, neither end of the stretch between them looks like it.
        (x if isinstance(x, Symbol) else y).record.decide(code, x, y)
        return noted(x, y)

    operations = {"+": added, "*": multiplied, "%": around, "//": around, **dict.fromkeys(("<", ">", "<=", ">="), compared)}
    operation = operations.get(code[4:-4], noted)
    return operation, lambda self, other: operation(other, self)


class Symbol:
    """A number not known yet, under the name that it has in the record."""

    __slots__ = ("high", "is_float", "low", "name", "record")

    def __init__(
        self, name: str, record: Record, low: float = -INFINITY, high: float = INFINITY, is_float: bool = False
    ) -> None:
        self.name = name
        self.record = record
        self.low = low
        self.high = high
        self.is_float = is_float

    def within(self, low: float, high: float) -> "Symbol":
        """The same symbol, where more is known of it."""
        return Symbol(self.name, self.record, max(low, self.low), min(high, self.high), self.is_float)

    def __array_namespace__(self, api_version: Any = None) -> Record:
        return self.record

    def unknown(self, *_: Any) -> Any:
        raise Untraceable

    __bool__ = __float__ = __int__ = __index__ = __hash__ = __repr__ = __str__ = __format__ = unknown

    def __neg__(self) -> Any:
        return self.record.note("-{0}", self, is_float=self.is_float)

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
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
    __lt__, __gt__ = _operator("{0} < {1}")[0], _operator("{0} > {1}")[0]
    __le__, __ge__ = _operator("{0} <= {1}")[0], _operator("{0} >= {1}")[0]
    __eq__, __ne__ = _operator("{0} == {1}")[0], _operator("{0} != {1}")[0]
