"""Writes the interactive explorer as static files, its formulas traced from the library.

    python docs/explorer/build.py OUT        writes OUT/index.html, explorer.js, language.js, schedules.js, explorer.css

The page needs no server and no network. What it computes comes from the library itself: every formula is called here once
with a symbol for the step and a symbol for each hyperparameter, by the protocol by which the library traces its own
compositions (``pure_schedules/_trace.py``), and what it does with them is written down as a JavaScript function. Their
names, order, defaults, rules, units and first sentences come from the library as well.
`tests/documents/test_explorer.py` compares the two.

A formula is traced once for each form that its hyperparameters can have: a list for each length up to `LONGEST_LIST`, an
optional one given or left out, an axis for each axis. Such a form is written as a key, one word for each hyperparameter:

    n  a number            d  a number that is the default, for all that have one        -  left out
    3  a list of three     =2  a whole number that decides how many parts there are      logarithm  the axis of that name
    *  a schedule, a function that makes one, or a word
"""

import inspect
import json
import math
import re
import runpy
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import product
from pathlib import Path
from typing import Any

import pure_schedules as ps
from pure_schedules import checks
from pure_schedules._arrays import is_number
from pure_schedules.spaces import Space, a_space

HERE = Path(__file__).parent
#: The longest list that the page takes; the library has no such bound.
LONGEST_LIST = 10
SPACES: dict[str, Space] = {name: getattr(ps, name) for name in ps.__all__ if isinstance(getattr(ps, name), Space)}

#: What the page shows for each schedule when it is chosen.
EXAMPLES: dict[str, str] = runpy.run_path(str(HERE.parent / "gallery" / "examples.py"))["EXAMPLES"]
ARGUMENTS_IN = runpy.run_path(str(HERE.parent / "docstrings.py"))["arguments"]


# The record: what a formula does, as JavaScript ----------------------------------------------------------------------


class Record:
    """The operations asked of symbols, as lines of JavaScript; also the namespace that the functions of `numeric` use."""

    def __init__(self) -> None:
        #: What does not depend on the step, which is computed once, and what does.
        self.settled: list[str] = []
        self.lines: list[str] = []
        self.indent = ""
        self.count = 0
        # What is computed already, to be computed once: one dict for each branch that is open.
        self.known: list[dict[str, str]] = [{}]

    def text(self, value: Any) -> str:
        if isinstance(value, Symbol):
            if not value.name:
                raise TypeError("a formula calls a function that takes only numbers, which cannot be traced")
            return value.name
        if not is_number(value):
            raise TypeError(f"a formula computes with {value!r}, which is neither a number nor a symbol")
        if not math.isfinite(value):
            return "Infinity" if value > 0 else "-Infinity" if value < 0 else "NaN"
        return f"({value!r})" if value < 0 else repr(value)

    def note(self, code: str, *operands: Any) -> "Symbol":
        """Write down one operation, its operands put into the places of `code`."""
        code = code.format(*map(self.text, operands))
        depends = any(isinstance(operand, Symbol) and operand.depends for operand in operands)
        for scope in self.known:
            if code in scope:
                return Symbol(scope[code], self, depends)
        target = self.fresh()
        if depends:
            self.lines.append(f"{self.indent}const {target} = {code};")
        else:
            self.settled.append(f"const {target} = {code};")
        self.known[-1 if depends else 0][code] = target
        return Symbol(target, self, depends)

    def fresh(self) -> str:
        self.count += 1
        return f"t{self.count}"

    def sqrt(self, x: Any) -> Any:
        return self.note("Math.sqrt({0})", x)

    def exp(self, x: Any) -> Any:
        return self.note("Math.exp({0})", x)

    def expm1(self, x: Any) -> Any:
        return self.note("Math.expm1({0})", x)

    def log(self, x: Any) -> Any:
        return self.note("Math.log({0})", x)

    def log1p(self, x: Any) -> Any:
        return self.note("Math.log1p({0})", x)

    def sin(self, x: Any) -> Any:
        return self.note("Math.sin({0})", x)

    def cos(self, x: Any) -> Any:
        return self.note("Math.cos({0})", x)

    def floor(self, x: Any) -> Any:
        return self.note("Math.floor({0})", x)

    def minimum(self, x: Any, y: Any) -> Any:
        return self.note("Math.min({0}, {1})", x, y)

    def maximum(self, x: Any, y: Any) -> Any:
        return self.note("Math.max({0}, {1})", x, y)

    def clip(self, x: Any, low: Any, high: Any) -> Any:
        return self.minimum(self.maximum(x, low), high)

    def where(self, condition: Any, x: Any, y: Any) -> Any:
        if not isinstance(condition, Symbol):
            return x if condition else y
        return self.note("{0} ? {1} : {2}", condition, x, y)

    # An array of no dimensions, of the one type that there is in JavaScript.

    def full_like(self, step: Any, value: Any) -> Any:
        return value

    def zeros_like(self, step: Any) -> Any:
        return 0

    def asarray(self, value: Any, dtype: Any = None) -> "Symbol":
        return value if isinstance(value, Symbol) else Symbol(self.text(value), self)

    def result_type(self, *arrays: Any) -> str:
        return Symbol.dtype

    # What a trace is asked for instead of arrays.

    def require(self, condition: Any) -> None:
        """Nothing is written: the page has the rules as text, and looks at its numbers itself."""

    def decide(self, code: str, *operands: Any) -> None:
        """Nothing is written: the page draws the curve, and does not mark where it turns."""

    def unwatched(self) -> AbstractContextManager[None]:
        """A stretch whose decisions do not show in the curve, as none do here."""
        return nullcontext()

    def record_call(self, function: Callable[[Any], Any], step: Any) -> "Symbol":
        """A function that takes only numbers: a rule may ask one, and the page asks the rule itself."""
        return Symbol("", self)

    def record_product(self, function: Callable[[Any], Any], step: Any, steps: Any) -> Any:
        """As many factors are multiplied as there are steps."""
        self.known.append({})
        outer, self.lines, self.indent = (self.lines, self.indent), [], self.indent + " "
        factor = self.text(function(Symbol("n", self, depends=True)))
        body, (self.lines, self.indent) = self.lines, outer
        self.known.pop()
        products, target = self.fresh(), self.fresh()
        self.settled.append(f"const {products} = [1];")
        opening = f"const {target} = productUpTo({products}, {self.text(step)}, {self.text(steps)}, (n) => {{"
        self.lines += [self.indent + opening, *body, f"{self.indent} return {factor};", f"{self.indent}}});"]
        return Symbol(target, self, depends=True)

    def record_take(self, values: Sequence[Any], index: Any) -> Any:
        return self.note(f"[{', '.join(map(self.text, values))}][{{0}}]", index)  # the values themselves do not depend on it

    def record_piecewise(self, step: Any, functions: Sequence[Callable[[Any], Any]], boundaries: Sequence[Any]) -> Any:
        if not boundaries:
            return functions[0](step)
        pieces = zip(functions, (0, *boundaries), strict=True)
        values = [
            lambda function=function, start=start, index=index: function(step - start if index else step)
            for index, (function, start) in enumerate(pieces)
        ]
        return self.branches([f"{self.text(step)} < {self.text(boundary)}" for boundary in boundaries], values)

    def record_either(self, condition: Any, holds: Callable[[], Any], fails: Callable[[], Any]) -> Any:
        return self.branches([self.text(condition)], [holds, fails])

    def branches(self, questions: Sequence[str], values: Sequence[Callable[[], Any]]) -> Any:
        """The first value whose question is answered by yes, or the last one."""
        target = self.fresh()
        self.lines.append(f"{self.indent}let {target};")
        for index, value in enumerate(values):
            opening = f"if ({questions[index]}) {{" if index < len(questions) else "{"
            self.lines.append(f"{self.indent}{'} else ' if index else ''}{opening}")
            self.indent += " "
            self.known.append({})
            self.lines.append(f"{self.indent}{target} = {self.text(value())};")
            self.known.pop()
            self.indent = self.indent[:-1]
        self.lines.append(f"{self.indent}}}")
        return Symbol(target, self, depends=True)


def _operator(code: str) -> tuple[Any, Any]:
    """An operator and its reflection, which has the symbol on the right."""

    def noted(x: Any, y: Any) -> Any:
        return (x if isinstance(x, Symbol) else y).record.note(code, x, y)

    return noted, lambda self, other: noted(other, self)


class Symbol:
    """A number that the page will know, under the name that it has there."""

    shape = ()
    dtype = "number"

    def __init__(self, name: str, record: Record, depends: bool = False) -> None:
        self.name = name
        self.record = record
        #: Whether it depends on the step.
        self.depends = depends

    def __array_namespace__(self, api_version: Any = None) -> Record:
        return self.record

    def __bool__(self) -> bool:
        raise TypeError("a formula branches in Python on a symbol; it must use numeric.where")

    def __neg__(self) -> Any:
        return self.record.note("-{0}", self)

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return self.record.note("Math.abs({0})", self)

    def __add__(self, other: Any) -> Any:
        return self if type(other) is int and other == 0 else self.record.note("{0} + {1}", self, other)

    def __radd__(self, other: Any) -> Any:
        return self if type(other) is int and other == 0 else self.record.note("{0} + {1}", other, self)

    __hash__ = None  # type: ignore[assignment]
    __sub__, __rsub__ = _operator("{0} - {1}")
    __mul__, __rmul__ = _operator("{0} * {1}")
    __truediv__, __rtruediv__ = _operator("{0} / {1}")
    __floordiv__, __rfloordiv__ = _operator("floorDivide({0}, {1})")
    __mod__, __rmod__ = _operator("modulo({0}, {1})")
    __pow__, __rpow__ = _operator("{0} ** {1}")
    __and__, __rand__ = _operator("{0} && {1}")
    __or__, __ror__ = _operator("{0} || {1}")
    __lt__, __gt__ = _operator("{0} < {1}")[0], _operator("{0} > {1}")[0]
    __le__, __ge__ = _operator("{0} <= {1}")[0], _operator("{0} >= {1}")[0]
    __eq__, __ne__ = _operator("{0} === {1}")[0], _operator("{0} !== {1}")[0]


#: What Python computes otherwise than JavaScript, and the one loop.
ARITHMETIC = """\
function modulo(x, y) {
  const rest = x % y;
  return rest !== 0 && rest < 0 !== y < 0 ? rest + y : rest;
}

function floorDivide(x, y) {
  const quotient = (Number.isFinite(x) ? x - modulo(x, y) : x) / y; // the stairs of what has no end have none
  const whole = Math.floor(quotient);
  return quotient - whole > 0.5 ? whole + 1 : whole;
}

// factor(1) * factor(2) * ... * factor(step); the products are kept, so that a curve costs no more than its last point.
function productUpTo(products, step, steps, factor) {
  const last = Math.min(Math.floor(step), steps);
  for (let n = products.length; n <= last; n++) products.push(products[n - 1] * factor(n));
  return products[last];
}
"""


# What stands for a schedule, and for a function that makes one, while a formula is traced ---------------------------

word = checks.Rule(checks.a_word)


@ps.schedule(place=word, steps=checks.finite)
def child(step: Any, *, place: Any, steps: Any) -> Any:
    """A schedule that the page will know, where `place` says."""
    return steps.record.note(f"{place}.at({{0}})", step)


@ps.schedule(place=word, steps=checks.finite, length=lambda place, value, steps: _varied_length(place, value, steps))
def varied(step: Any, *, place: Any, value: Any, steps: Any) -> Any:
    """A schedule that the page will know, with one of its hyperparameters still open."""
    return steps.record.note(f"{place}.varied(hyperparameter, {{0}}).at({{1}})", value, step)


def _varied_length(place: str, value: Any, steps: Symbol) -> Any:
    return steps.record.note(f"{place}.varied(hyperparameter, {{0}}).settled", value)


def maker(place: str) -> Any:
    """A function from start, end and steps to a schedule, that the page will know."""

    @ps.schedule(steps=checks.finite)
    def made(step: Any, *, start: Any, end: Any, steps: Any) -> Any:
        return step.record.note(f"{place}({{0}}, {{1}}, {{2}}).at({{3}})", start, end, steps, step)

    return made


# Each schedule in all its forms --------------------------------------------------------------------------------------


#: What reads the hyperparameters of a schedule that it is given, and not only its values: the page has no trace of that.
LEFT_OUT = {"consumed_by"}


def factories() -> dict[str, Any]:
    """Every public function that makes a schedule, by name, but for those that are left out."""
    everything = {name: getattr(ps, name) for name in ps.__all__ if name not in LEFT_OUT}
    return {name: thing for name, thing in everything.items() if isinstance(thing, ps.Factory) and thing.made is ps.Schedule}


def forms(factory: Any) -> Iterator[tuple[str, ...]]:
    """Every form that the hyperparameters can have together."""
    has_defaults = any(is_number(parameter.default) for parameter in factory.parameters.values())
    for at_defaults in (False, True) if has_defaults else (False,):
        for size in range(LONGEST_LIST + 2):
            choices = [list(_words(factory, name, at_defaults, size)) for name in factory.parameters]
            if size > 0 and not any(_is_list(rule) for rule in factory.rules.values()):
                break
            yield from product(*choices)


def _words(factory: Any, name: str, at_defaults: bool, size: int) -> Iterator[str]:
    rule, default = factory.rules[name], factory.parameters[name].default
    if default is None:
        yield "-"
    if _is_list(rule):
        length = _length_beside_others(rule, size)
        if 0 <= length <= LONGEST_LIST:
            yield str(length)
    elif rule.admit is a_space:
        yield from SPACES
    elif rule.is_whole and factory.is_recipe:
        yield from (f"={count}" for count in range(1, LONGEST_LIST + 1))
    elif rule.admit is checks.a_number:
        yield "d" if at_defaults and is_number(default) else "n"
    else:
        yield "*"


def _is_list(rule: Any) -> bool:
    return rule.admit in (checks.some_numbers, checks.some_schedules)


def _length_beside_others(rule: Any, size: int) -> int:
    """How long a list is where those whose length is their own have `size` items."""
    for condition in rule.conditions:
        if condition.rule.startswith("must be one fewer than"):
            return size - 1
        if condition.rule.startswith("must be one more than"):
            return size + 1
    return size


def bound(factory: Any, form: tuple[str, ...], record: Record) -> ps.Schedule:
    """The schedule with symbols for hyperparameters."""
    given: dict[str, Any] = {}
    for word_, (name, rule) in zip(form, factory.rules.items(), strict=True):
        admit = rule.admit
        if word_ == "-":
            given[name] = None
        elif word_ == "d":
            given[name] = factory.parameters[name].default
        elif word_ == "n":
            # How many factors are multiplied must be a number to be bound, and the formula takes a symbol as well.
            given[name] = 1 if rule.is_whole else Symbol(name, record)
        elif word_.startswith("="):
            given[name] = int(word_[1:])
        elif word_ in SPACES:
            given[name] = SPACES[word_]
        elif admit is checks.some_numbers:
            given[name] = [Symbol(f"{name}[{index}]", record) for index in range(int(word_))]
        elif admit is checks.some_schedules:
            given[name] = [_child(f"{name}[{index}]", record) for index in range(int(word_))]
        elif admit is checks.a_bound_schedule:
            given[name] = varied(place=name, value=1.0, steps=Symbol(f"{name}.settled", record))
        elif admit is checks.a_schedule:
            given[name] = _child(name, record)
        elif admit is checks.a_factory:
            given[name] = maker(name)
        elif admit is checks.a_word:
            given[name] = "value"  # the hyperparameter of `varied`
        else:
            raise TypeError(f"{factory.name}: the explorer does not know what may be given for {name}")
    made: ps.Schedule = factory.bind(given)
    return made


def _child(place: str, record: Record) -> ps.Schedule:
    return child(place=place, steps=Symbol(f"{place}.settled", record))


def traced(factory: Any, form: tuple[str, ...]) -> list[str] | None:
    """The lines of a function of the hyperparameters that gives the formula and the length; None if the form is refused."""
    record = Record()
    try:
        schedule = bound(factory, form, record)
    except (TypeError, ValueError):
        if "0" in form:  # a list that must not be empty
            return None
        raise
    # Where a recipe asked a composition of its own for a value, those lines are needed for the value and for the length.
    before, known = list(record.lines), dict(record.known[0])
    rules = factory.rules
    wholes = [name for word_, name in zip(form, rules, strict=True) if word_ == "n" and rules[name].is_whole]
    value = schedule.run(Symbol("step", record, depends=True), **{name: Symbol(name, record) for name in wholes})
    at = [*record.lines, f"return {record.text(value)};"]
    record.lines, record.known = before, [known]
    length = Symbol(wholes[0], record) if wholes else schedule.steps
    steps = [*record.lines, f"return {record.text(length)};"]
    needed = _needed([*record.settled, "return {", "at(step) {", *at, "},", "steps() {", *steps, "},", "};"])
    text = "\n".join([*record.settled, *at, *steps])
    names = [name for name in rules if re.search(rf"(?<![.\w]){name}\b", text)]
    return [f'"{",".join(form)}"({{{", ".join(names)}}}) {{', *needed, "},"]


def _needed(lines: list[str]) -> list[str]:
    """The lines without those whose result no later line uses."""
    while True:
        kept: list[str] = []
        for index, line in enumerate(lines):
            target = re.match(r" *const (t\d+) = (?!productUpTo)", line)
            if target is None or any(re.search(rf"\b{target[1]}\b", later) for later in lines[index + 1 :]):
                kept.append(line)
        if len(kept) == len(lines):
            return kept
        lines = kept


# What is said of each schedule ---------------------------------------------------------------------------------------


def described(name: str, factory: Any) -> dict[str, Any]:
    """What the page shows and checks of a schedule, as plain data."""
    text = inspect.cleandoc(factory.__doc__ or "")
    arguments = ARGUMENTS_IN(text)
    return {
        "module": factory.__module__.rpartition(".")[2],
        "summary": text.split("\n\n")[0].replace("\n", " "),
        "formula": _formula(text),
        "example": EXAMPLES[name],
        "makes": _stands_for_shapes(factory),
        "asLongAsChildren": factory.length is None and "steps" not in factory.parameters and not factory.is_recipe,
        "parameters": [
            {
                "name": parameter.name,
                "kind": factory.rules[parameter.name].admit.__name__,
                "whole": factory.rules[parameter.name].is_whole,
                "positional": parameter.kind is parameter.POSITIONAL_OR_KEYWORD,
                **_default(parameter.default),
                "fromOthers": factory.rules[parameter.name].missing is not None,
                "about": arguments[parameter.name][0],
                "unit": arguments[parameter.name][1],
                "rules": [[condition.rule, condition.advice] for condition in factory.rules[parameter.name].conditions],
            }
            for parameter in factory.parameters.values()
        ],
    }


def _default(default: Any) -> dict[str, Any]:
    if default is inspect.Parameter.empty:
        return {"required": True}
    return {"required": False, "default": default.__name__ if callable(default) else default}


def _stands_for_shapes(factory: Any) -> bool:
    """Whether start, end and steps are all that it must be given, so that it may stand for `decay=` and the like."""
    needed = [p.name for p in factory.parameters.values() if p.default is p.empty]
    return {"start", "end", "steps"} <= set(factory.parameters) and set(needed) <= {"start", "end", "steps"}


def _formula(text: str) -> str:
    """The indented lines under the first paragraph."""
    lines: list[str] = []
    for line in text.split("\n")[1:]:
        if line.startswith("    "):
            lines.append(line[4:])
        elif (line and lines) or line.startswith(("Args:", "Raises:", "Example:")):
            break
    return "\n".join(lines).strip()


#: Something of every kind that a text can give, to see what each rule says of it.
SAMPLES: dict[str, Any] = {
    "number": 12345.678,
    "list": [],
    "schedule": ps.linear(start=0.0, end=1.0, steps=10),
    "maker": ps.linear,
    "word": "word",
    "flag": True,
    "none": None,
    "space": ps.logarithm,
}


def refusals() -> dict[str, dict[str, list[str]]]:
    """What each kind of hyperparameter says of a value of another kind: the rule, and what to write instead."""
    kinds = {rule.admit for factory in factories().values() for rule in factory.rules.values()}
    table: dict[str, dict[str, list[str]]] = {}
    for admit in sorted(kinds, key=lambda kind: kind.__name__):
        table[admit.__name__] = {}
        for what, sample in SAMPLES.items():
            try:
                admit(sample)
            except checks.Refused as refused:
                texts = [
                    refused.rule.replace("not float", "not {number}"),
                    refused.advice.replace("12345.678", "{value}").replace("linear(", "{value}("),
                ]
                table[admit.__name__][what] = texts
    return table


# The files -----------------------------------------------------------------------------------------------------------


def schedules_js() -> str:
    """Every formula, and what is said of it, as one script."""
    parts = [
        "// Generated by docs/explorer/build.py from pure_schedules "
        f"{ps.__version__}: the formulas of the library. For each form of the "
        "hyperparameters a function of them gives the functions that give the value at a step, and the length.",
        '"use strict";',
        "",
        "(function () {",
        ARITHMETIC,
        "const formulas = {};",
        "",
    ]
    said: dict[str, Any] = {}
    for name, factory in sorted(factories().items()):
        said[name] = described(name, factory)
        parts += [f"// {said[name]['summary']}", f"formulas.{name} = {{"]
        for form in forms(factory):
            parts += traced(factory, form) or []
        parts += ["};", ""]
    data = {"schedules": said, "refusals": refusals(), "longestList": LONGEST_LIST}
    parts += [
        f"const library = {json.dumps(data, indent=1, allow_nan=False)};",
        "library.spaces = {",
        *(f"{name}(value) {{\n{space_js(space)}\n}}," for name, space in sorted(SPACES.items())),
        "};",
        "library.formulas = formulas;",
        'if (typeof module === "object") module.exports = library;',
        "else globalThis.PureSchedules = library;",
        "})();",
        "",
    ]
    return "\n".join(parts)


def space_js(space: Space) -> str:
    """Where a value stands on an axis."""
    record = Record()
    place = space.place(Symbol("value", record))
    return "\n".join([*record.settled, f"return {record.text(place)};"])


def index_html() -> str:
    """The page around the fragment."""
    page = (HERE / "page.html").read_text(encoding="utf-8")
    return page.replace("<!-- fragment -->", (HERE / "fragment.html").read_text(encoding="utf-8"))


def build(out: Path) -> dict[str, int]:
    """Write the files into a folder; give the size of each."""
    files: Mapping[str, str] = {
        "schedules.js": schedules_js(),
        "index.html": index_html(),
        **{name: (HERE / name).read_text(encoding="utf-8") for name in ("language.js", "explorer.js", "explorer.css")},
    }
    out.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (out / name).write_text(text, encoding="utf-8", newline="\n")
    return {name: len(text.encode()) for name, text in files.items()}


def main() -> None:
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        raise SystemExit("build: the folder to write into is missing; write python docs/explorer/build.py OUT")
    out = Path(sys.argv[1])
    for name, size in build(out).items():
        print(f"{out / name}: {size} bytes")


if __name__ == "__main__":
    main()
