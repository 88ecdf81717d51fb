"""What a schedule is: the one class, and the two decorators that make it.

The contract
------------

A **formula** is a pure function of the step and of hyperparameters::

    def linear(step, *, start, end, steps):
        return lerp(start, end, progress(step, steps))

It has no state, asks its step no questions (no ``if`` on it), and is never given a step below 0. ``@schedule`` turns it
into a **factory** of the same name and signature without the step. To call the factory is to bind::

    warmup = linear(start=0.0, end=1e-3, steps=1000)

What it returns is a **Schedule**: a formula together with its hyperparameters, and nothing else. It is a value. It can
be called with a step, called with a step and other hyperparameters, printed, compared, hashed, pickled and changed into
another one; it cannot be altered, and it remembers nothing between calls. The checkpoint of a schedule is the step.

    warmup(250)                  its value at step 250
    warmup(250, {"end": x})      the value that the formula has there with another end
    warmup.hyperparameters       a plain tree of dicts, lists and numbers, made for torch.func

A **combinator** is a formula with schedules among its hyperparameters: those come first and by position, numbers follow
by keyword. A child may be any function of the step. A **recipe** has no step: ``@recipe`` is for a function that returns
a composition under a name and hyperparameters of its own.

What may be given for a hyperparameter is declared beside its name (see ``checks``) and looked at when it is bound, so
an error is raised where it was made and never in mid-training.

What every schedule promises, so that no formula has to:

* before step 0 it has its value at 0;
* a number gives a Python float; a tensor gives a tensor, of the shape of the step broadcast with the hyperparameters;
  integers are computed in double precision, a floating-point tensor keeps its type, half precision is refused;
* a number is answered without torch, by the composition traced into one flat function the first time it is asked.
"""

import inspect
import math
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Concatenate, NoReturn, ParamSpec, Protocol, TypeAlias, final, overload

from . import checks, numeric
from ._trace import flat

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Factory", "Schedule", "recipe", "schedule"]

P = ParamSpec("P")
Tree = Mapping[Any, Any]

if TYPE_CHECKING:
    #: A schedule, or any function of the step.
    Child: TypeAlias = Callable[[Any], Any]
else:
    Child = Callable[[int], float]


@final
class Schedule:
    """A formula together with its hyperparameters: a pure function of the step.

    Schedules are made by the functions that `@schedule` and `@recipe` return, such as `linear` or `join`.

    Example:
        >>> from pure_schedules import linear
        >>> warmup = linear(start=0.0, end=0.001, steps=1000)
        >>> warmup(250), warmup(250, {"end": 0.002})
        (0.00025, 0.0005)
        >>> warmup
        linear(start=0.0, end=0.001, steps=1000)
    """

    # Torch copies the __dict__ of a callable into checkpoints and writes into it when it loads one: it is there for
    # that, and nothing is ever kept in it.
    __slots__ = ("__dict__", "__weakref__", "_arrays", "_definition", "_expansion", "_given", "_on_number", "_run")

    _definition: "Definition"
    _given: Mapping[str, Any]
    #: The composition that a recipe stands for; None in a schedule with a formula of its own.
    _expansion: "Schedule | None"
    #: The composition as a function of a step that has passed the door.
    _run: Callable[[Any], Any]
    #: The tensors and arrays among the hyperparameters, by the path that leads to each.
    _arrays: Mapping[str, Any]
    _on_number: Callable[[float], float] | None

    def __new__(cls, *args: Any, **kwargs: Any) -> "Schedule":
        raise TypeError("a Schedule is made by a function such as pure_schedules.linear, or by your own under @schedule")

    @overload
    def __call__(self, step: float, hyperparameters: None = None) -> float: ...
    @overload
    def __call__(self, step: "Tensor", hyperparameters: Tree | None = None) -> "Tensor": ...
    @overload
    def __call__(self, step: Any, hyperparameters: Tree | None = None) -> Any: ...
    def __call__(self, step: Any, hyperparameters: Tree | None = None) -> Any:
        """The value at `step`, with other `hyperparameters` where some are given.

        Args:
            step: index, from 0, of the optimizer update about to be taken: a number, or a tensor or array of them. Any
                real number will do: fractions of epochs, or tokens [steps].
            hyperparameters: a tree like `hyperparameters`, or a part of it, with numbers or tensors at its leaves.

        Raises:
            TypeError: the step is not a real number, or of half precision; the tree has a name that does not exist.
        """
        if hyperparameters is not None:
            if numeric.compiling():
                hyperparameters = _tensors(hyperparameters, like=numeric.admitted(step))
            return self.replace(hyperparameters)(step)
        if type(step) is int or type(step) is float:
            return (self._on_number or self._first_number())(step)
        return _evaluate(self._run, self._arrays, step)

    def _first_number(self) -> Callable[[float], float]:
        """The function that answers for numbers, made when the first number is asked for."""
        evaluate = partial(_evaluate, self._run, self._arrays)
        if self._arrays or numeric.compiling():
            return evaluate
        torch = sys.modules.get("torch")
        under_compiler = None if torch is None else torch.compiler.is_dynamo_compiling
        try:
            function = flat(partial(_from_zero, self._run), unless=under_compiler, instead=evaluate)
        except Exception:  # the formula may do anything with a symbol that is not a number: it is called as it is
            function = evaluate
        object.__setattr__(self, "_on_number", function)
        return function

    @property
    def factory(self) -> "Factory[...]":
        """The function that made this schedule."""
        return self._definition.factory

    @property
    def given(self) -> dict[str, Any]:
        """The hyperparameters as they were given: children as the schedules they are, lists as tuples."""
        return dict(self._given)

    @property
    def hyperparameters(self) -> dict[str, Any]:
        """The hyperparameters as a plain tree of dicts, lists and numbers, new at each call.

        Children stand in it as their own trees; what holds no number (a function, an argument left out) is absent.
        """
        return {name: _tree(value) for name, value in self._given.items() if _has_numbers(value)}

    @property
    def composition(self) -> "Schedule":
        """What a recipe stands for, one recipe deep; a schedule with a formula of its own stands for itself.

        Example:
            >>> from pure_schedules import warmup_constant
            >>> warmup_constant(peak=1.0, warmup_steps=10).composition
            join([linear(start=0.0, end=1.0, steps=10), constant(value=1.0)])
        """
        return self if self._expansion is None else self._expansion

    @property
    def steps(self) -> Any:
        """The length in steps, after which the value does not change any more; `math.inf` for one without an end."""
        return self._definition.length(self._given) if self._expansion is None else self._expansion.steps

    def replace(self, hyperparameters: Tree | None = None, /, **changes: Any) -> "Schedule":
        """The same schedule with other hyperparameters; this one stays as it is.

        Args:
            hyperparameters: a tree like `hyperparameters`, or a part of it; a list may be addressed by index.
            changes: hyperparameters by name.

        Example:
            >>> from pure_schedules import linear
            >>> linear(start=0.0, end=1.0, steps=10).replace(steps=20)
            linear(start=0.0, end=1.0, steps=20)
        """
        return self._definition.bind(_merged(self, {**(hyperparameters or {}), **changes}, ""))

    def __repr__(self) -> str:
        return self._definition.written(self._given)

    #: What a notebook shows: the code and the curve. Pictures stand above this room, and `_plot` sets it.
    _repr_html_: ClassVar[Callable[["Schedule"], str | None]]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Schedule):
            return NotImplemented
        return self._definition is other._definition and _same(self._given, other._given)

    def __hash__(self) -> int:
        return hash((self._definition.name, *map(_hashed, self._given.values())))

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (self.factory, dict(self._given))

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise AttributeError(f"a schedule cannot be altered; make a changed copy: schedule.replace({name}=...)")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("a schedule cannot be altered")

    def __init_subclass__(cls) -> NoReturn:
        raise TypeError("Schedule has no subclasses: write a function of the step and put @schedule over it")


# Evaluation ----------------------------------------------------------------------------------------------------------


def _from_zero(run: Callable[[Any], Any], step: Any) -> Any:
    return run(numeric.maximum(step, 0))


def _evaluate(run: Callable[[Any], Any], arrays: Mapping[str, Any], step: Any) -> Any:
    """The value at a step of any kind; `arrays` are those among the hyperparameters."""
    step = numeric.admitted(step)
    if arrays:
        if not numeric.compiling():
            numeric.check_shapes({"step": step, **arrays})
        if numeric.is_number(step):
            # Counting takes double precision; the result has the type of the hyperparameters.
            step = numeric.among(step, list(arrays.values()))
            return numeric.typed(numeric.shaped(_from_zero(run, step), step), list(arrays.values()))
        return numeric.shaped(_from_zero(run, step), step)
    if not numeric.is_number(step):
        return numeric.typed(numeric.shaped(_from_zero(run, step), step), [step])
    if numeric.compiling():
        # Inside compiled code there are no Python numbers: they would be compiled for one by one.
        step = numeric.counted(step)
        return numeric.shaped(_from_zero(run, step), step)
    return float(_from_zero(run, step))


# Factories -----------------------------------------------------------------------------------------------------------


class Factory(Protocol[P]):
    """A function that binds hyperparameters and gives a `Schedule`."""

    __name__: str
    #: The function as it was written: with `@schedule`, the bare formula ``(step, ...) -> value``.
    formula: Callable[..., Any]

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Schedule: ...


@overload
def schedule(formula: Callable[Concatenate[Any, P], Any], /) -> Factory[P]: ...
@overload
def schedule(
    *, length: Callable[..., Any] | None = None, **rules: checks.Rule
) -> Callable[[Callable[Concatenate[Any, P], Any]], Factory[P]]: ...
def schedule(formula: Any = None, /, *, length: Callable[..., Any] | None = None, **rules: checks.Rule) -> Any:
    """Make a factory of schedules from a formula ``(step, *, hyperparameters) -> value``.

    Args:
        formula: a pure function. Its first parameter is the step; further positional ones are schedules; those by
            keyword are numbers. What it computes with is in `pure_schedules.numeric` where an operator will not do.
        length: how many steps it takes until the value does not change any more, as a function of the hyperparameters.
            Without it: the hyperparameter `steps`, or else the longest of the children, or else no end.
        rules: what may be given for a hyperparameter, from `pure_schedules.checks`; a finite number if nothing is said.

    Example:
        >>> from pure_schedules.checks import positive
        >>> @schedule(every=positive)
        ... def halving(step, *, start, every):
        ...     return start * 0.5 ** (step / every)
        >>> halving(start=8.0, every=10)(20)
        2.0
    """
    if formula is None:
        return partial(_decorated, skipped=1, length=length, rules=rules)
    return _decorated(formula, skipped=1, length=length, rules=rules)


@overload
def recipe(composition: Callable[P, Schedule], /) -> Factory[P]: ...
@overload
def recipe(**rules: checks.Rule) -> Callable[[Callable[P, Schedule]], Factory[P]]: ...
def recipe(composition: Any = None, /, **rules: checks.Rule) -> Any:
    """Give a composition a name and hyperparameters of its own.

    Args:
        composition: a function of hyperparameters that returns a schedule. It is called once, when they are bound.
        rules: what may be given for a hyperparameter, from `pure_schedules.checks`; a finite number if nothing is said.

    Example:
        >>> from pure_schedules import constant, join, linear
        >>> @recipe
        ... def warm(*, peak):
        ...     return join([linear(start=0.0, end=peak, steps=10), constant(value=peak)])
        >>> warm(peak=4.0), warm(peak=4.0)(5)
        (warm(peak=4.0), 2.0)
    """
    if composition is None:
        return partial(_decorated, skipped=0, length=None, rules=rules)
    return _decorated(composition, skipped=0, length=None, rules=rules)


def _decorated(body: Callable[..., Any], *, skipped: int, length: Callable[..., Any] | None, rules: Any) -> Any:
    definition = Definition(body, skipped, length, rules)

    def bound(*args: Any, **kwargs: Any) -> Schedule:
        return definition.bind(definition.arguments(args, kwargs))

    factory: Any = bound
    for attribute in ("__module__", "__name__", "__qualname__", "__doc__"):
        setattr(factory, attribute, getattr(body, attribute))
    factory.__signature__ = definition.signature
    factory.__annotations__ = {**body.__annotations__, "return": Schedule}
    factory.formula = body
    factory.bind_hyperparameters = definition.bind
    definition.factory = factory
    return factory


class Definition:
    """What a decorated function declares: its parameters, what may be given for each, and how long it takes."""

    __slots__ = ("body", "factory", "is_recipe", "name", "parameters", "rules", "signature", "stated_length")

    factory: Factory[...]

    def __init__(
        self, body: Callable[..., Any], skipped: int, length: Callable[..., Any] | None, rules: Mapping[str, checks.Rule]
    ) -> None:
        if not hasattr(body, "__name__"):
            raise TypeError(
                f"{'schedule' if skipped else 'recipe'}: a function with a name is needed, got {body!r}; use def"
            )
        signature = inspect.signature(body)
        parameters = list(signature.parameters.values())[skipped:]
        self.body = body
        self.name = body.__name__
        self.is_recipe = not skipped
        self.stated_length = length
        self.signature = signature.replace(parameters=parameters, return_annotation=Schedule)
        self.parameters = {parameter.name: parameter for parameter in parameters}
        for name in rules:
            if name not in self.parameters:
                raise TypeError(f"{self.name}: a rule is declared for {name!r}, which is not one of its hyperparameters")
        for parameter in parameters:
            if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
                raise TypeError(f"{self.name}: hyperparameters are named one by one, without * or /; got {parameter}")
        self.rules = {
            parameter.name: rules.get(parameter.name)
            or (checks.finite if parameter.kind is parameter.KEYWORD_ONLY else checks.schedule)
            for parameter in parameters
        }

    def arguments(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """What was given by position and by name, as one dict; the names are looked at, the values not."""
        for name in kwargs:
            if name not in self.parameters:
                raise TypeError(f"{self.name}: {self.unknown(name)}")
        positional = [p.name for p in self.parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
        if len(args) > len(positional):
            extra = args[len(positional)]
            raise TypeError(
                f"{self.name}: numbers are given by name, got {checks.shown(extra)} by position; "
                f"write {self.name}({self.call()})"
            )
        for name in positional[: len(args)]:
            if name in kwargs:
                raise TypeError(f"{self.name}: {name} is given twice, by position and by name; give it once")
        return {**dict(zip(positional, args, strict=False)), **kwargs}

    def bind(self, given: Mapping[str, Any]) -> Schedule:
        """A schedule with these hyperparameters, once they have been looked at."""
        values = self.admitted(given)
        new: Schedule = object.__new__(Schedule)
        # A frozen object is filled from outside, once.
        fill = object.__setattr__
        fill(new, "_definition", self)
        fill(new, "_given", values)
        expansion = self.expanded(values) if self.is_recipe else None
        fill(new, "_expansion", expansion)
        fill(new, "_run", expansion._run if expansion is not None else self.runner(values))
        fill(new, "_arrays", dict(_arrays(values.items(), self.name)))
        fill(new, "_on_number", None)
        return new

    def admitted(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """What was given for each hyperparameter, or its default, once its rule has been asked."""
        values: dict[str, Any] = {}
        for name, parameter in self.parameters.items():
            if name in given:
                value = given[name]
            elif parameter.default is not parameter.empty:
                value = parameter.default
            else:
                raise TypeError(f"{self.name}: {name} is missing; write {self.name}({self.call()})")
            if value is None and parameter.default is None:
                values[name] = None
                continue
            try:
                values[name] = self.rules[name].admit(value)
            except checks.Refused as refused:
                raise TypeError(self.message(name, value, refused.rule, refused.advice, refused.place)) from None
        for name, value in values.items():
            if value is not None:
                for condition in self.rules[name].conditions:
                    if not condition.holds(value, values):
                        raise ValueError(self.message(name, value, condition.rule, condition.advice))
        return values

    def expanded(self, values: Mapping[str, Any]) -> Schedule:
        """What a recipe returns for these hyperparameters."""
        expansion = self.body(**{name: value for name, value in values.items() if value is not None})
        if not isinstance(expansion, Schedule):
            raise TypeError(f"{self.name}: a recipe must return a schedule, got {expansion!r}; return what join gives")
        return expansion

    def runner(self, values: Mapping[str, Any]) -> Callable[[Any], Any]:
        """The formula with its hyperparameters, as a function of a step that has passed the door."""
        complete = dict(values)
        for name, rule in self.rules.items():
            if values[name] is None and rule.missing is not None:
                try:
                    complete[name] = rule.missing(values)
                except ValueError as error:
                    raise ValueError(f"{self.name}: {error}") from None
        return partial(
            self.body,
            **{name: value if self.rules[name].whole_schedule else _runnable(value) for name, value in complete.items()},
        )

    def length(self, values: Mapping[str, Any]) -> Any:
        """How many steps it takes until the value does not change any more."""
        if self.stated_length is not None:
            return self.stated_length(**values)
        if "steps" in values:
            return values["steps"]
        lengths = [length_of(child) for child in _children(values.values())]
        longest = lengths[0] if lengths else math.inf
        for length in lengths[1:]:
            longest = numeric.maximum(longest, length)
        return longest

    def call(self) -> str:
        """How it is called, in short: what must be given."""
        return ", ".join(
            p.name if p.kind is p.POSITIONAL_OR_KEYWORD else f"{p.name}=..."
            for p in self.parameters.values()
            if p.default is p.empty
        )

    def message(self, name: str, value: Any, rule: str, advice: str, place: str = "") -> str:
        return f"{self.name}: {name}{place} {rule}, got {name}={checks.shown(value, _written)}; {advice}"

    def unknown(self, name: Any) -> str:
        from difflib import get_close_matches

        near = get_close_matches(str(name), self.parameters, n=1)
        return (
            f"there is no hyperparameter {name!r}{f'; did you mean {near[0]!r}?' if near else ';'} "
            f"{self.name} has {', '.join(self.parameters) or 'none'}"
        )

    def written(self, values: Mapping[str, Any]) -> str:
        """The call that makes this schedule."""
        arguments = [
            _written(value)
            if self.parameters[name].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
            else f"{name}={_written(value)}"
            for name, value in values.items()
            if value is not None
        ]
        return f"{self.name}({', '.join(arguments)})"


# Trees of hyperparameters --------------------------------------------------------------------------------------------


def length_of(child: Callable[[Any], Any]) -> Any:
    """The length of a schedule in steps; a plain function has no end that one could know of."""
    return child.steps if isinstance(child, Schedule) else math.inf


def value_at(child: Callable[[Any], Any], step: Any) -> Any:
    """The value of a schedule at a step, asked for once while something is composed of it: too seldom for a trace."""
    return _evaluate(child._run, child._arrays, step) if isinstance(child, Schedule) else child(step)


def _runnable(value: Any) -> Any:
    """What a formula is given for a hyperparameter: children as functions of a step that has passed the door."""
    if isinstance(value, Schedule):
        return value._run
    if isinstance(value, tuple):
        return tuple(map(_runnable, value))
    return partial(numeric.call, value) if callable(value) else value


def _children(values: Any) -> Iterator[Callable[[Any], Any]]:
    for value in values:
        if isinstance(value, tuple):
            yield from _children(value)
        elif callable(value):
            yield value


def _arrays(items: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every tensor or array among these hyperparameters and those of their children, with the path that leads to it."""
    for name, value in items:
        here = f"{path}.{name}" if isinstance(name, str) else f"{path}[{name}]"
        if isinstance(value, tuple):
            yield from _arrays(enumerate(value), here)
        elif isinstance(value, Schedule):
            for inner, array in value._arrays.items():
                yield here + inner.removeprefix(value._definition.name), array
        elif numeric.is_array(value):
            yield here, value


def _has_numbers(value: Any) -> bool:
    """Whether something of this value can stand in a tree of numbers."""
    return isinstance(value, tuple | Schedule) or numeric.is_number(value) or numeric.is_array(value)


def _tree(value: Any) -> Any:
    if isinstance(value, Schedule):
        return value.hyperparameters
    if isinstance(value, tuple):
        # A plain function among children keeps its place, so that an index means the same in the tree as in the list.
        return [_tree(item) for item in value]
    return {} if callable(value) else value


def _tensors(tree: Any, like: Any) -> Any:
    """A tree with its plain numbers as tensors, for a compiler to take as varying and not as constants."""
    if isinstance(tree, Mapping):
        return {name: _tensors(item, like) for name, item in tree.items()}
    if isinstance(tree, list | tuple):
        return [_tensors(item, like) for item in tree]
    return numeric.counted(tree, like) if numeric.is_number(tree) else tree


def _merged(old: Schedule, changes: Tree, path: str) -> dict[str, Any]:
    """The hyperparameters of a schedule with some of them changed."""
    merged = dict(old._given)
    for name, change in changes.items():
        if name not in merged:
            raise TypeError(f"{path or old._definition.name}: {old._definition.unknown(name)}")
        merged[name] = _changed(merged[name], change, f"{path}.{name}" if path else f"{old._definition.name}.{name}")
    return merged


def _changed(old: Any, change: Any, path: str) -> Any:
    if isinstance(old, Schedule) and isinstance(change, Mapping):
        return old._definition.bind(_merged(old, change, path))
    if isinstance(old, tuple) and isinstance(change, Mapping):
        for index in change:
            if not (type(index) is int and 0 <= index < len(old)):
                raise TypeError(f"{path}: there is no item {index!r}; it has {len(old)}, counted from 0")
        return tuple(
            _changed(item, change[index], f"{path}[{index}]") if index in change else item for index, item in enumerate(old)
        )
    if isinstance(old, tuple) and isinstance(change, list | tuple) and any(map(callable, old)):
        if len(change) == len(old):
            return tuple(_changed(*both, f"{path}[{index}]") for index, both in enumerate(zip(old, change, strict=True)))
        if any(isinstance(item, Mapping) for item in change):
            raise TypeError(f"{path}: {len(change)} items were given for {len(old)}; give as many, or a dict by index")
    if isinstance(change, Mapping):
        if callable(old) and not change:
            return old
        raise TypeError(
            f"{path}: a dict was given, and there is nothing below it; give a {'schedule' if callable(old) else 'number'}"
        )
    return change


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, Mapping):
        return all(_same(value, b[name]) for name, value in a.items())
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(_same, a, b))
    return numeric.same(a, b)


def _hashed(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_hashed, value))
    return value if not numeric.is_array(value) else tuple(value.shape)


def _written(value: Any) -> str:
    """A hyperparameter as code."""
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(_written, value))}]"
    if numeric.is_array(value):
        return numeric.source_of(value)
    if isinstance(value, Schedule) or not callable(value):
        return repr(value)
    return getattr(value, "__qualname__", None) or repr(value)


def _rebuilt(factory: Any, given: Mapping[str, Any]) -> Schedule:
    made: Schedule = factory.bind_hyperparameters(given)
    return made
