"""Factories, which make schedules: the hyperparameters of a formula, their rules, and the length.

A decorator of ``_schedule`` turns a function into a **factory**. The factory checks the hyperparameters by the declared
rules (see ``checks``) and explains what is wrong. The decorator says what it makes of them: a `Schedule`, a transition,
or under ``like`` the composition itself. While a schedule is evaluated with other hyperparameters nothing is kept, and
a factory makes a `Reading`.
"""

import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial
from itertools import takewhile
from operator import methodcaller
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NoReturn, ParamSpec, TypeVar

from . import numeric
from ._arrays import admitted, compiling, is_number, is_traced, library
from ._trees import Node, Tree, children_of, merged, shown, written

if TYPE_CHECKING:
    from typing_extensions import Self

#: How deep schedules, their text and their data may nest: far more than a person writes, and within Python's stack.
DEEPEST = 100

P = ParamSpec("P")
Made = TypeVar("Made", covariant=True)


# Rules ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Condition:
    """A condition on a value and the other hyperparameters; the rule in words; what to write instead.

    The advice may quote, in braces, the hyperparameter (`name`), its value (`value`) and another one, by its name.

    For a symbol in a trace `holds` returns a symbol, and the traced function checks it for every number.
    """

    holds: Callable[[Any, Mapping[str, Any]], Any]
    rule: str
    advice: str


@dataclass(frozen=True)
class Rule:
    """The rule for one hyperparameter. Rules of the same kind are joined with ``&``."""

    admit: Callable[[Any], Any]
    conditions: tuple[Condition, ...] = ()
    #: Computes a missing hyperparameter from the others.
    missing: Callable[[Mapping[str, Any]], Any] | None = None
    #: Converts the validated value to what the formula receives; by default children become functions of the step.
    prepared: Callable[[Any], Any] | None = None
    #: Whether the formula needs a Python int, for which no tensor can stand.
    is_whole: bool = False

    def __and__(self, other: "Rule") -> "Rule":
        if self.admit is not other.admit:
            raise TypeError(
                f"rules joined by & must be of one kind, got {_kind(self)} and {_kind(other)}; "
                "join conditions of one kind, such as positive & below_one, or numbers & not_empty"
            )
        conditions = self.conditions + tuple(item for item in other.conditions if item not in self.conditions)
        return replace(
            self,
            conditions=conditions,
            missing=self.missing or other.missing,
            prepared=self.prepared or other.prepared,
            is_whole=self.is_whole or other.is_whole,
        )

    def or_else(self, missing: Callable[[Mapping[str, Any]], Any]) -> "Rule":
        """The same rule for an optional hyperparameter, which is computed from the others when it is missing."""
        return replace(self, missing=missing)


def _kind(rule: Rule) -> str:
    return rule.admit.__name__.strip("_").replace("_", " ")


class Refused(TypeError):
    """A value of the wrong kind: the rule it breaks, what to write instead, and its index if it is in a list."""

    def __init__(self, rule: str, advice: str, place: str = "") -> None:
        super().__init__(rule, advice, place)
        self.rule = rule
        self.advice = advice
        self.place = place


# Evaluation without construction -------------------------------------------------------------------------------------


class Making(Enum):
    """Whether factories make values to keep, or readings for one evaluation.

    For one evaluation, changed numbers are checked (ASKING); if only tensors changed, nothing is (TRUSTING).
    """

    KEEPING = 0
    ASKING = 1
    TRUSTING = 2


_making: ContextVar[Making] = ContextVar("making", default=Making.KEEPING)


def making() -> Making:
    """The mode that factories are in now. Compiled code keeps nothing."""
    return Making.TRUSTING if compiling() else _making.get()


class Reading(Node):
    """A formula with the hyperparameters of one evaluation: a function of the step that is not kept."""

    # No slots: torch's compiler cannot read the slots of an object created in compiled code.

    def __init__(self, factory: "Factory[..., Any]", arguments: Mapping[str, Any], how: Making) -> None:
        self.factory = factory
        self.arguments = arguments
        self.composition = self._composed(how) if factory.is_recipe else self
        self.run = self.composition.run if factory.is_recipe else factory.runner(arguments)

    def _composed(self, how: Making) -> Any:
        if compiling():
            return self.factory.composed(self.arguments)
        before = _making.set(how)
        try:
            return self.factory.composed(self.arguments)
        finally:
            _making.reset(before)

    def __call__(self, step: Any) -> Any:
        return self.run(numeric.from_zero(admitted(step)))

    @property
    def steps(self) -> Any:
        return self.composition.steps if self.factory.is_recipe else self.factory.length_with(self.arguments)


def read_with(node: Node, changes: Tree, how: Making = Making.TRUSTING) -> Reading:
    """A node with some hyperparameters changed, for one evaluation."""
    reading: Reading = merged(node, changes, partial(_read, how))
    return reading


def _read(how: Making, factory: "Factory[..., Any]", values: dict[str, Any], changed: Iterable[str]) -> Any:
    for name in changed:
        values[name] = factory.admit(name, values[name])
    if how is Making.ASKING:
        factory.ask(values)
    return factory.read(values, how)


def length_of(child: Callable[[Any], Any]) -> Any:
    """The length of a schedule in steps; a plain function counts as endless."""
    return child.steps if isinstance(child, Node) else math.inf


def same_for_ever(**_: Any) -> float:
    """The length of a schedule with the same value at every step: endless."""
    return math.inf


def is_constant(child: Any) -> bool:
    """Whether a schedule is a constant, or composed of constants alone on one clock."""
    if not isinstance(child, Node):
        return False
    factory, arguments = child.factory, child.arguments
    if factory.is_recipe:
        return is_constant(child.composition)
    if factory.length is not None or "steps" in arguments:
        return factory.length is same_for_ever
    children = list(children_of(arguments.values()))
    return bool(children) and all(map(is_constant, children))


def settled_at(child: Callable[[Any], Any]) -> Any:
    """The step from which a child is constant: its length, or 0 for a constant."""
    return 0 if is_constant(child) else length_of(child)


def runnable(value: Any) -> Any:
    """What the formula receives for a hyperparameter: children become functions of a validated step, not below 0."""
    if isinstance(value, Node):
        return value.run
    if type(value) is int:
        # An int too large for 32 bits becomes a float, exact up to 2**53: a library may count in 32 bits.
        return value if -(2**31) <= value < 2**31 or abs(value) >= 2**1023 else float(value)
    if isinstance(value, (tuple, list)):
        return tuple([runnable(item) for item in value])
    return partial(numeric.call, value) if callable(value) else value


# Factories -----------------------------------------------------------------------------------------------------------


class _LikeAFunction(type):
    """The type of `Factory`.

    Configuration readers such as jsonargparse take the signature of ``Class.__call__`` for that of every object, if it
    is a function. Here it is a property, so they use the signature of the factory.
    """

    if not TYPE_CHECKING:

        def __init__(cls, *args):
            super().__init__(*args)
            # One for each class, since torch's compiler guards on its identity.
            cls.construct = partial(type.__call__, cls)

        __call__ = property(lambda cls: cls.construct)


class Factory(Generic[P, Made], metaclass=_LikeAFunction):
    """A function that binds hyperparameters.

    Args:
        formula: the decorated function: with `@schedule`, the bare formula ``(step, ...) -> value``.
        make: makes the value from the factory and the validated hyperparameters.
        rules: the rules of hyperparameters, by name.
        otherwise: the default rules: of positional hyperparameters, and of keyword ones.
        skipped: how many leading parameters of the formula are not hyperparameters: 1 for the step.
        length: a function of the hyperparameters that returns the number of steps after which the value is constant.
        name: its name in messages; by default that of the function.
        made: the type of the values it makes.
    """

    __name__: str
    __qualname__: str

    def __init__(
        self,
        formula: Callable[..., Any],
        make: "Callable[[Factory[..., Any], dict[str, Any]], Made]",
        *,
        rules: Mapping[str, Rule],
        otherwise: tuple[Rule, Rule],
        skipped: int = 0,
        length: Callable[..., Any] | None = None,
        name: str | None = None,
        made: Any = None,
    ) -> None:
        self.name = name or formula.__name__
        self.formula = formula
        self.make = make
        self.made = made
        self.is_recipe = not skipped
        self.length = length
        signature = inspect.signature(formula)
        parameters = list(signature.parameters.values())[skipped:]
        self.parameters = {parameter.name: parameter for parameter in parameters}
        self.defaults = {p.name: p.default for p in parameters if p.default is not p.empty}
        for rule in rules:
            if rule not in self.parameters:
                raise TypeError(f"{self.name}: a rule is declared for {rule!r}, which is not one of its hyperparameters")
        for parameter in parameters:
            if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
                raise TypeError(f"{self.name}: hyperparameters are named one by one, without * or /; got {parameter}")
        children, numbers = otherwise
        self.positional = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
        self.rules = {p.name: rules.get(p.name) or (children if p.name in self.positional else numbers) for p in parameters}
        whole = frozenset(name for name, rule in self.rules.items() if rule.is_whole)
        if whole:  # read by `numeric`, which collects the numbers of formulas and knows no factory
            noted: Any = formula
            noted.whole_numbers = whole
        # Python's tools (help, doctest, Sphinx, editors) treat it as the function it decorates.
        for attribute in ("__module__", "__name__", "__qualname__", "__doc__"):
            setattr(self, attribute, getattr(formula, attribute))
        self.__wrapped__ = formula
        self.__signature__ = signature.replace(parameters=parameters, return_annotation=made)
        self.__annotations__ = {**formula.__annotations__, "return": made}

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Made:
        return self.bind(self.named(args, kwargs))

    def bind(self, arguments: Mapping[str, Any]) -> Made:
        """Make the value from these hyperparameters, by name, after checking them."""
        trusted = making() is Making.TRUSTING
        return self.make(self, {**self.defaults, **arguments} if trusted else self.admitted(arguments))

    def read(self, arguments: Mapping[str, Any], how: Making) -> Any:
        """Make the value for one evaluation, after checking the changed hyperparameters."""
        return Reading(self, arguments, how)

    def __reduce__(self) -> Any:
        return self.__qualname__

    def __repr__(self) -> str:
        return self.__name__  # as code, in which it is a default such as decay=linear

    def __get__(self, instance: Any, owner: Any = None) -> "Factory[P, Made]":
        # A class attribute stays a factory. Having `__get__` makes it a routine for `inspect`, and so for `help`,
        # Sphinx and configuration readers.
        return self

    # What it is given ------------------------------------------------------------------------------------------------

    def named(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Positional and named arguments as one dict; names are checked, values are not."""
        for name in kwargs:
            if name not in self.parameters:
                raise TypeError(f"{self.name}: {self.unknown(name, kwargs[name])}")
        if not args:
            return dict(kwargs)
        if len(args) > len(self.positional):
            raise TypeError(f"{self.name}: {self.misplaced(args, kwargs)}")
        for name in self.positional[: len(args)]:
            if name in kwargs:
                raise TypeError(f"{self.name}: {name} is given twice, by position and by name; give it once")
        return {**dict(zip(self.positional, args, strict=False)), **kwargs}

    def admitted(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The value of each hyperparameter, or its default, checked by its rule."""
        given = {**self.defaults, **given}
        values: dict[str, Any] = {}
        for name in self.rules:
            if name not in given:
                raise TypeError(f"{self.name}: {name} is missing; write {self.usage()}")
            values[name] = self.admit(name, given[name])
        self.ask(values)
        return values

    def admit(self, name: str, value: Any) -> Any:
        """The value of one hyperparameter, checked to be of the right kind."""
        if value is None and self.defaults.get(name, ...) is None:
            return None
        try:
            return self.rules[name].admit(value)
        except Refused as refused:
            advice = refused.advice
            if name in self.positional and is_number(value) and not self.__module__.startswith("pure_schedules"):
                advice += f", or, where a number is meant, def {self.name}(step, *, {name}, ...)"
            raise TypeError(self.message(name, value, refused.rule, advice, refused.place)) from None

    def ask(self, values: Mapping[str, Any]) -> None:
        """Raise where a condition on a hyperparameter does not hold."""
        for name, value in values.items():
            if value is None:
                continue
            for condition in self.rules[name].conditions:
                verdict = condition.holds(value, values)
                if verdict is True:
                    continue
                if is_traced(verdict):
                    library(verdict).require(verdict)
                elif not verdict:
                    raise ValueError(self.message(name, value, condition.rule, _quoting(condition.advice, name, values)))

    # What it computes ------------------------------------------------------------------------------------------------

    def runner(self, values: Mapping[str, Any]) -> Callable[[Any], Any]:
        """The formula with its hyperparameters bound: a function of a validated step, not below 0."""
        complete: dict[str, Any] = {}
        for name, rule in self.rules.items():
            value = self.completed(name, values)
            if rule.prepared is not None:
                complete[name] = rule.prepared(value)
            else:
                complete[name] = value if type(value) is float else runnable(value)
        return partial(self.formula, **complete)

    def completed(self, name: str, values: Mapping[str, Any]) -> Any:
        """A hyperparameter, made from the others where it was left out and can be."""
        value, missing = values[name], self.rules[name].missing
        if value is not None or missing is None:
            return value
        try:
            return missing(values)
        except ValueError as error:
            raise ValueError(f"{self.name}: {error}") from None

    def derives(self, values: Mapping[str, Any]) -> bool:
        """Whether something is computed from these hyperparameters when they are bound, before any step."""
        made = (rule.prepared or (values[name] is None and rule.missing) for name, rule in self.rules.items())
        return self.is_recipe or any(map(callable, made))

    def composed(self, values: Mapping[str, Any]) -> Any:
        """The schedule that a recipe returns for these hyperparameters."""
        complete = {name: self.completed(name, values) for name in self.rules}
        composition = self.formula(**{name: value for name, value in complete.items() if value is not None})
        if not isinstance(composition, Node):
            raise TypeError(f"{self.name}: a recipe must return a schedule, got {composition!r}; return what join gives")
        return composition

    def length_with(self, values: Mapping[str, Any]) -> Any:
        """The number of steps after which the value is constant."""
        if self.length is not None:
            return self.length(**values)
        if "steps" in values:
            return values["steps"]
        lengths = [length_of(child) for child in children_of(values.values()) if not is_constant(child)]
        longest = lengths[0] if lengths else math.inf
        for length in lengths[1:]:
            longest = numeric.maximum(longest, length)
        return longest

    # What it says ----------------------------------------------------------------------------------------------------

    def usage(self, given: Mapping[str, Any] | None = None) -> str:
        """A short call: the required hyperparameters, and the given ones by name."""
        shown_of = {name: shown(value) for name, value in (given or {}).items()}
        names = [
            p.name if p.name in self.positional else f"{p.name}={shown_of.get(p.name, '...')}"
            for p in self.parameters.values()
            if p.default is p.empty or p.name in shown_of
        ]
        return f"{self.name}({', '.join(names)})"

    def misplaced(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
        """What is wrong with too many positional arguments, and the call that was meant."""
        first, extra = self.positional[:1], args[len(self.positional) :]
        numbers = [p for p in self.parameters.values() if p.name not in self.positional and p.name not in kwargs]
        # Required hyperparameters come first.
        numbers.sort(key=lambda parameter: parameter.default is not parameter.empty)
        names = [parameter.name for parameter in numbers]
        if first and _kind(self.rules[first[0]]) == "some schedules" and callable(args[0]):
            items = list(takewhile(callable, args)) if names else list(args)
            letters = [
                letter if callable(item) else f"constant(value={shown(item)})"
                for letter, item in zip("abcd", items, strict=False)
            ]
            listed = ", ".join([*letters, "..."] if len(items) > len(letters) else letters)
            by_name = {**dict(zip(names, args[len(items) :], strict=False)), **kwargs}
            meant = self.usage(by_name).replace(f"({first[0]}", f"([{listed}]", 1)
            return f"{first[0]} takes one list, got {len(items)} by position; write {meant}"
        if callable(extra[0]):
            return f"{len(self.positional)} may be given by position, got {len(args)}; write {self.usage(kwargs)}"
        by_name = {**dict(zip(names, extra, strict=False)), **kwargs}
        return f"numbers are given by name, got {shown(extra[0])} by position; write {self.usage(by_name)}"

    def message(self, name: str, value: Any, rule: str, advice: str, place: str = "") -> str:
        return f"{self.name}: {name}{place} {rule}, got {name}={shown(value, written)}; {advice}"

    def unknown(self, name: Any, value: Any = None) -> str:
        from difflib import get_close_matches

        of_a_ratio = f"{str(name).removesuffix('_ratio')}_steps"
        if str(name).endswith("_ratio") and {of_a_ratio, "total_steps"} <= self.parameters.keys() and is_number(value):
            return f"there is no hyperparameter {name!r}; write {of_a_ratio}={shown(value)} * total_steps"
        near = get_close_matches(str(name), self.parameters, n=1)
        return (
            f"there is no hyperparameter {name!r}{f'; did you mean {near[0]!r}?' if near else ';'} "
            f"{self.name} has {', '.join(self.parameters) or 'none'}"
        )

    def written(self, values: Mapping[str, Any]) -> str:
        """The call that rebuilds this."""
        arguments = [
            written(value) if name in self.positional else f"{name}={written(value)}"
            for name, value in values.items()
            if value is not None
        ]
        return f"{self.name}({', '.join(arguments)})"


def _quoting(advice: str, name: str, values: Mapping[str, Any]) -> str:
    """The advice with what stands in its braces."""
    if "{" not in advice:
        return advice
    return advice.format_map(
        {key: shown(value, written) for key, value in {**values, "value": values[name]}.items()} | {"name": name}
    )


def composed(factory: Factory[..., Any], arguments: Mapping[str, Any]) -> Any:
    """What a factory makes whose name is not kept: the composition itself, which its function returns."""
    try:
        return factory.composed(arguments)
    except ValueError as error:
        raise ValueError(f"{factory.name}: {error}") from None


# Values --------------------------------------------------------------------------------------------------------------


class Value(Node):
    """What a factory makes to be kept. It prints as the call that rebuilds it, compares, hashes and
    pickles by value, and is immutable."""

    __slots__ = ()

    #: The slots of each kind of value; torch's compiler reads only the slots of an object's own class. Torch copies the
    #: __dict__ of a callable into checkpoints, and writes into it on load: the slot exists for that and stays empty.
    SLOTS = ("__dict__", "__weakref__", "_arguments", "_made_by")

    #: The word for it in messages.
    noun: ClassVar[str]

    #: The factory, in a tuple: torch's compiler takes an object with a `__get__` for a property.
    _made_by: "tuple[Factory[..., Any]]"
    _arguments: Mapping[str, Any]

    @property
    def factory(self) -> "Factory[..., Any]":
        """The function that made it."""
        return self._made_by[0]

    @property
    def arguments(self) -> dict[str, Any]:
        """The hyperparameters as given: children as schedules, lists as tuples."""
        return dict(self._arguments)

    if TYPE_CHECKING:

        def replace(self, hyperparameters: Tree | None = None, /, **changes: Any) -> "Self": ...

    def __reduce__(self) -> tuple[Any, ...]:
        return methodcaller("bind", self.arguments), (self.factory,)

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise AttributeError(f"a {self.noun} cannot be altered; make a changed copy: {self.noun}.replace({name}=...)")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a {self.noun} cannot be altered")


Kept = TypeVar("Kept", bound=Value)


def kept(kind: type[Kept], factory: Factory[..., Any], arguments: Mapping[str, Any], **fields: Any) -> Kept:
    """A new value of this kind, with its fields set once."""
    new: Kept = object.__new__(kind)
    for name, field in {"_made_by": (factory,), "_arguments": arguments, **fields}.items():
        object.__setattr__(new, name, field)
    return new
