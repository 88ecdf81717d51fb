"""The third reading of a formula: a bound composition as one flat function of a number.

The step is replaced by a symbol whose operators write themselves down; the functions of ``numeric`` do the same, for
the symbol is an array whose namespace is the record. What was written down is compiled into one Python function
without calls, keyword arguments or checks: a number then costs what a function written by hand costs. The operations
and their order are those of the formulas, so the values are the same to the last bit.

A formula that asks the symbol something that only a number can answer (``if step > 10``) cannot be traced. It is
called as it is instead.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

from .numeric import is_number


class Untraceable(Exception):
    """The step was asked for its value."""


def flat(
    formula: Callable[[Any], Any],
    unless: Callable[[], bool] | None = None,
    instead: Callable[[Any], Any] | None = None,
) -> Callable[[float], float]:
    """`formula` as one flat function of a number; where `unless` is given and holds, `instead` answers for it."""
    record = Record()
    result = record.text(formula(Symbol("step", record)))
    lines = [*record.lines, f"return {result} + 0.0"]  # a float, also where whole numbers gave a whole number
    if unless is not None:
        lines = [f"if {record.name(unless)}():", f" return {record.name(instead)}(step)", *lines]
    source = "def schedule(step):\n" + "".join(f" {line}\n" for line in lines)
    exec(compile(source, "<schedule>", "exec"), record.names)  # noqa: S102 - the text was made here, above
    function: Callable[[float], float] = record.names.pop("schedule")
    return function


class Record:
    """What has been asked of a symbol, as lines of code; also the namespace of functions that a symbol goes through."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.names: dict[str, Any] = {"__builtins__": {}}
        self.indent = ""
        self.count = 0
        # What is computed already, to be computed once: one dict for each branch that is open.
        self.known: list[dict[str, str]] = [{}]

    def name(self, thing: Any) -> str:
        """A name for something that cannot be written as a number."""
        name = getattr(thing, "__name__", "thing")
        name = f"{name if name.isidentifier() else 'thing'}_{len(self.names)}"
        self.names[name] = thing
        return name

    def text(self, value: Any) -> str:
        """A symbol or number as code."""
        if isinstance(value, Symbol):
            return value.name
        if not is_number(value):
            raise Untraceable
        if not math.isfinite(value):
            return self.name(value)
        text = repr(value)
        return f"({text})" if text.startswith("-") else text

    def note(self, code: str, *operands: Any) -> "Symbol":
        """Write down one operation, its operands put into the places of `code`."""
        code = code.format(*map(self.text, operands))
        for scope in self.known:
            if code in scope:
                return Symbol(scope[code], self)
        target = self.fresh()
        self.lines.append(f"{self.indent}{target} = {code}")
        self.known[-1][code] = target
        return Symbol(target, self)

    def fresh(self) -> str:
        self.count += 1
        return f"v{self.count}"

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
        return self.apply(math.floor, x)

    def minimum(self, x: Any, y: Any) -> Any:
        return self.note("{1} if {1} < {0} else {0}", x, y)

    def maximum(self, x: Any, y: Any) -> Any:
        return self.note("{1} if {1} > {0} else {0}", x, y)

    def clip(self, x: Any, low: Any, high: Any) -> Any:
        return self.note("{1} if {0} < {1} else {2} if {0} > {2} else {0}", x, low, high)

    def where(self, condition: Any, x: Any, y: Any) -> Any:
        return self.note("{1} if {0} else {2}", condition, x, y)

    def full_like(self, step: Any, value: Any) -> Any:
        return value

    def apply(self, function: Callable[[Any], Any], x: Any) -> Any:
        self.names.setdefault(function.__name__, function)
        return self.note(function.__name__ + "({0})", x)

    def record_call(self, function: Callable[[Any], Any], step: Any) -> Any:
        return self.note(self.name(function) + "({0})", step)

    def record_piecewise(self, step: Any, functions: Sequence[Callable[[Any], Any]], boundaries: Sequence[Any]) -> Any:
        """A tree of conditions: the cost of finding the function in charge grows with the logarithm of their number."""
        target = self.fresh()
        self.branches(step, functions, (0, *boundaries), target)
        return Symbol(target, self)

    def branches(self, step: Any, functions: Sequence[Callable[[Any], Any]], starts: Sequence[Any], target: str) -> None:
        if len(functions) == 1:
            value = functions[0](step - starts[0] if starts[0] else step)
            self.lines.append(f"{self.indent}{target} = {self.text(value)}")
            return
        middle = len(functions) // 2
        condition = f"if {step.name} < {self.text(starts[middle])}:"
        for line, half in ((condition, slice(None, middle)), ("else:", slice(middle, None))):
            self.lines.append(self.indent + line)
            self.indent += " "
            self.known.append({})
            self.branches(step, functions[half], starts[half], target)
            self.known.pop()
            self.indent = self.indent[:-1]


def _operator(code: str) -> Any:
    return lambda self, other: self.record.note(code, self, other)


class Symbol:
    """A number not known yet, under the name that it has in the record."""

    __slots__ = ("name", "record")

    def __init__(self, name: str, record: Record) -> None:
        self.name = name
        self.record = record

    def __array_namespace__(self, api_version: Any = None) -> Record:
        return self.record

    def __bool__(self) -> bool:
        raise Untraceable

    def __hash__(self) -> int:
        raise Untraceable

    def __neg__(self) -> Any:
        return self.record.note("-{0}", self)

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return self.record.note("{0} if {0} >= 0 else -{0}", self)

    __add__, __radd__ = _operator("{0} + {1}"), _operator("{1} + {0}")
    __sub__, __rsub__ = _operator("{0} - {1}"), _operator("{1} - {0}")
    __mul__, __rmul__ = _operator("{0} * {1}"), _operator("{1} * {0}")
    __truediv__, __rtruediv__ = _operator("{0} / {1}"), _operator("{1} / {0}")
    __floordiv__, __rfloordiv__ = _operator("{0} // {1}"), _operator("{1} // {0}")
    __mod__, __rmod__ = _operator("{0} % {1}"), _operator("{1} % {0}")
    __pow__, __rpow__ = _operator("{0} ** {1}"), _operator("{1} ** {0}")
    __lt__, __le__ = _operator("{0} < {1}"), _operator("{0} <= {1}")
    __gt__, __ge__ = _operator("{0} > {1}"), _operator("{0} >= {1}")
    __eq__, __ne__ = _operator("{0} == {1}"), _operator("{0} != {1}")
