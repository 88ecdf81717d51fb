"""What a schedule is: the one class, how it is evaluated, and the two decorators that make it.

The contract
------------

A **formula** is a pure function of the step and of hyperparameters::

    def linear(step, *, start, end, steps):
        return lerp(start, end, progress(step, steps))

It has no state, never branches on the step (no ``if``), and is never given a step below 0. ``@schedule`` turns it into
a **factory** of the same name and signature without the step (see ``_factory``). Calling the factory binds the
hyperparameters::

    warmup = linear(start=0.0, end=1e-3, steps=1000)

The result is a **Schedule**: a formula together with its hyperparameters, and nothing else. It is an immutable value.
It can be called with a step, called with a step and other hyperparameters, printed, compared, hashed, pickled and
copied with changes. It keeps no state between calls. The checkpoint of a schedule is the step.
A tensor hyperparameter is kept by reference, so that it can be learnt: each call reads its current value.

    warmup(250)                  the value at step 250
    warmup(250, {"end": x})      the value at step 250 with another end
    warmup.hyperparameters       a plain tree of dicts, lists and numbers, ready for torch.func

A **combinator** is a formula whose hyperparameters include schedules: those come first, by position; numbers follow by
keyword. A child may be any function of the step. A **recipe** has no step: ``@recipe`` decorates a function that
returns a composition, and gives it a name and hyperparameters of its own.

A rule for each hyperparameter is declared beside its name (see ``checks``) and checked when it is bound. So an error is
raised where it was made, and never mid-training. Tensors and traced values are not checked.

Every schedule guarantees, so that no formula has to:

* before step 0, the value at step 0;
* a number gives a Python float; a tensor gives a tensor with the shape of the step broadcast with the hyperparameters;
  integers are computed in double precision, a floating-point tensor keeps its dtype, half precision is refused;
* numbers are evaluated without torch, by one flat function traced from the composition at the first call;
* a call with other hyperparameters constructs nothing: numbers are arguments of a flat function, traced once for each
  set of names; anything else is computed by the formulas directly.
"""

import inspect
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Concatenate, NoReturn, ParamSpec, TypeAlias, final, overload

from . import checks, numeric
from ._arrays import (
    admitted,
    among,
    as_number,
    check_shapes,
    compiling,
    counted,
    is_array,
    is_number,
    is_traced,
    shaped,
    typed,
)
from ._boundaries import changes_of
from ._factory import DEEPEST, Factory, Making, Reading, Rule, Value, kept, length_of, making, read_with
from ._trace import Untraceable, decisions, flat, flat_together
from ._trees import (
    Node,
    Tree,
    arrays_in,
    as_tensors,
    children_of,
    filled,
    has_numbers,
    structure_of,
    tree_of,
    with_plain_numbers,
)

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Child", "Factory", "Schedule", "length_of", "recipe", "schedule", "together", "value_at"]

P = ParamSpec("P")

if TYPE_CHECKING:
    #: A schedule, or any function of the step.
    Child: TypeAlias = Callable[[Any], Any]
else:
    Child = Callable[[int], float]


@final
class Schedule(Value):
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

    __slots__ = (*Value.SLOTS, "_composition", "_flat", "_flat_of", "arrays", "depth", "run")

    noun = "schedule"

    #: The composition as a function of a validated step, not below 0.
    run: Callable[[Any], Any]
    #: The composition that a recipe returned; None for a schedule with a formula of its own.
    _composition: "Schedule | None"
    #: The tensors and arrays among the hyperparameters, by path.
    arrays: Mapping[str, Any]
    #: The composition as one flat function of a number; None before the first call with a number.
    _flat: Callable[[float], float] | None
    #: The same with hyperparameters as arguments, by the structure of their tree; None where it cannot be traced.
    _flat_of: dict[Any, Callable[..., float] | None]

    def __new__(cls, *args: Any, **kwargs: Any) -> "Schedule":
        raise TypeError(
            "a Schedule is made by a function such as pure_schedules.linear, or by a function of your own under @schedule"
        )

    @overload
    def __call__(self, step: float, hyperparameters: None = None) -> float: ...
    @overload
    def __call__(self, step: "Tensor", hyperparameters: Tree | None = None) -> "Tensor": ...
    @overload
    def __call__(self, step: Any, hyperparameters: Tree | None = None) -> Any: ...
    def __call__(self, step: Any, hyperparameters: Tree | None = None) -> Any:
        """The value at `step`; `hyperparameters` replace some or all of its own for this call.

        Args:
            step: 0-based index of the optimizer update about to be taken: a number, or a tensor or array of numbers.
                Any real number is allowed, such as a fraction of an epoch or a count of tokens [steps].
            hyperparameters: a tree like `Schedule.hyperparameters`, or a part of it; the leaves are numbers or tensors.

        Raises:
            TypeError: the step is not a real number, or has half precision; `hyperparameters` is not a tree, or holds
                an unknown name.
            ValueError: the step is nan; a number in the tree breaks a rule.
        """
        if hyperparameters is not None:
            return self._with(step, hyperparameters)
        if type(step) is int or type(step) is float:
            try:
                return (self._flat or self._first_number())(step)
            except ArithmeticError:  # the formula may handle it: evaluate the formula itself
                pass
        return evaluated(self.run, self.arrays, step)

    def whole(self, step: Any, hyperparameters: Tree | None = None) -> Any:
        """The value as an int: for sizes, where `range`, `torch.randn` and data loaders accept no float.

        Args:
            step: as for a call [steps].
            hyperparameters: as for a call.

        Returns:
            An int for a number; an integer tensor or array for a tensor or array. Each is the integer nearest to the value.

        Raises:
            ValueError: the value at a number is not a whole number; `round_to` and `round_down` make it one.

        Example:
            >>> from pure_schedules import linear, round_down
            >>> size = round_down(linear(start=16, end=64, steps=10), multiple=16)
            >>> size.whole(0), size.whole(4), list(range(size.whole(10)))[-1]
            (16, 32, 63)
        """
        value = self(step, hyperparameters)
        nearest = numeric.nearest(value)
        if is_number(value) and abs(value - nearest) > numeric.roundings(value) * abs(value):
            raise ValueError(
                f"{self.factory.name}: the value must be a whole number, got {value!r} at step {step!r}; "
                "write round_down(..., multiple=1) or round_to(..., multiple=1) around the schedule"
            )
        return nearest

    # Evaluation, from top to bottom ----------------------------------------------------------------------------------

    def _with(self, step: Any, tree: Any) -> Any:
        """The value with other hyperparameters."""
        tree = self.checked_tree(tree, "schedule(step, {})")
        if compiling():
            tree = as_tensors(tree, admitted(step), self)
        elif type(step) is int or type(step) is float:
            numbers: list[float] = []
            structure = structure_of(tree, numbers)
            if structure is not None:
                if structure not in self._flat_of:
                    return self._first_with(step, tree, structure, numbers)
                function = self._flat_of[structure]
                if function is not None:
                    try:
                        return function(step, *numbers)
                    except ArithmeticError:  # the formula may handle it
                        pass
        return self._read(step, tree)

    def _first_with(self, step: Any, tree: Tree, structure: Any, numbers: list[float]) -> Any:
        """The value by the formulas; keeps a flat function for the next tree of this structure, if both agree."""
        value = self._read(step, tree)
        function = self._traced_with(structure, len(numbers))
        with suppress(ArithmeticError):
            if function is not None and not (function(step, *numbers) == value or value != value):
                function = None  # a formula branched on the type of a symbol
        self._flat_of[structure] = function
        return value

    def _read(self, step: Any, tree: Tree) -> Any:
        """The value by the formulas themselves, with merged hyperparameters that are not kept."""
        how = Making.TRUSTING if compiling() or not has_numbers(tree) else Making.ASKING
        reading = read_with(self, tree, how)
        return evaluated(reading.run, arrays_in(reading.arguments, self.factory.name), step)

    def _traced_with(self, structure: Any, count: int) -> Callable[..., float] | None:
        """The composition as one flat function of the step and of `count` hyperparameters."""
        names = [f"h{index}" for index in range(count)]

        def with_symbols(step: Any, *symbols: Any) -> Any:
            return _from_zero(read_with(self, filled(structure, iter(symbols)), Making.ASKING).run, step)

        def refuse(step: Any, *numbers: Any) -> Any:
            return self._read(step, filled(structure, iter(numbers)))

        return None if self.arrays else _flattened(with_symbols, names, refuse)

    def _first_number(self) -> Callable[[float], float]:
        """The function that evaluates numbers, traced at the first call with a number."""
        by_formulas = partial(evaluated, self.run, self.arrays)
        if self.arrays or compiling():
            return by_formulas
        function = _flattened(partial(_from_zero, self.run), (), None, _under_compiler(), by_formulas) or by_formulas
        object.__setattr__(self, "_flat", function)
        return function

    # What is known of it ---------------------------------------------------------------------------------------------

    @property
    def composition(self) -> "Schedule":
        """The composition that a recipe returns, expanded by one level; any other schedule returns itself.

        Example:
            >>> from pure_schedules import warmup_constant
            >>> warmup_constant(peak=1.0, warmup_steps=10).composition
            join([linear(start=0.0, end=1.0, steps=10), constant(value=1.0)])
        """
        if self._composition is None:
            return self
        composed: Schedule = self.factory.composed(self._arguments) if self.arrays else self._composition
        return composed

    @property
    def steps(self) -> float:
        """The length in steps: from this step on the value is constant; `math.inf` for an endless schedule.

        A composition that ends in a constant ends where the constant begins; a constant alone is endless. A length that
        is a tensor gives a tensor.
        """
        if self._composition is not None:
            return self.composition.steps
        length: float = self.factory.length_with(self._arguments)
        return length

    def boundaries(self, first: float = 0, last: float | None = None) -> Iterator[float]:
        """The steps at which the formula changes: the next piece, a stair, a bound reached, the next cycle.

        They are read from the formula itself, so every combinator and every function of your own under `@schedule` has
        them. A plain function of the step has none that can be read.

        Args:
            first: search after this step [steps].
            last: search up to this step; by default the length of the schedule [steps].

        Returns:
            An iterator over the steps in order. It is lazy, since an endless schedule may have many.

        Raises:
            ValueError: `last` is missing, and the schedule is endless.

        Example:
            >>> from pure_schedules import repeat, warmup_cosine
            >>> list(warmup_cosine(peak=1.0, warmup_steps=10, total_steps=100).boundaries())
            [10.0, 100.0]
        """
        if last is None:
            last = float(self.steps)
            if last == math.inf:
                raise ValueError(
                    f"{self.factory.name}: last must be given where the schedule is endless; "
                    "write boundaries(last=...) with the last step to look at"
                )
        try:
            decided, _ = self._decisions()
            end = float(self.steps)
        except (Exception, Untraceable):  # not traceable: no boundary is known
            return iter(())
        return changes_of(decided, float(first), min(float(last), end), end)

    @property
    def knows_boundaries(self) -> bool:
        """Whether `boundaries` lists all of them: no plain function and no untraceable formula is part of the schedule."""
        try:
            return self._decisions()[1]
        except (Exception, Untraceable):
            return False

    def _decisions(self) -> tuple[Callable[[float], list[Any]], bool]:
        run = read_with(self, with_plain_numbers(tree_of(self))).run if self.arrays else self.run
        decided, known = decisions(partial(_from_zero, run))
        return partial(_decided_beside, decided), known

    # A value ---------------------------------------------------------------------------------------------------------

    #: What a notebook shows: the code and the curve. `_plot`, which imports this module, sets it.
    _repr_html_: ClassVar[Callable[["Schedule"], str | None]]

    def __init_subclass__(cls) -> NoReturn:
        raise TypeError("Schedule has no subclasses: write a function of the step and put @schedule over it")


def _bound(factory: Factory[..., Any], arguments: dict[str, Any]) -> Any:
    """A schedule of these validated hyperparameters; a `Reading` while hyperparameters are replaced for one call."""
    how = making()
    if how is not Making.KEEPING:
        return Reading(factory, arguments, how)
    composition = factory.composed(arguments) if factory.is_recipe else None
    run = factory.runner(arguments) if composition is None else composition.run
    arrays = arrays_in(arguments, factory.name)
    if arrays and factory.derives(arguments):
        run = partial(_composed_anew, factory, arguments)
    depth = _depth_of(factory, arguments, composition)
    fields = {"run": run, "arrays": arrays, "depth": depth, "_composition": composition, "_flat": None, "_flat_of": {}}
    return kept(Schedule, factory, arguments, **fields)


def _depth_of(factory: Factory[..., Any], arguments: Mapping[str, Any], composition: Schedule | None) -> int:
    """How deep a schedule nests; deeper than Python's stack allows is refused."""
    deepest = 0 if composition is None else composition.depth - 1
    for child in children_of(arguments.values()):
        if isinstance(child, Schedule) and child.depth > deepest:
            deepest = child.depth
    if deepest >= DEEPEST:
        raise ValueError(
            f"{factory.name}: schedules nest at most {DEEPEST} deep, and this is deeper; write the nested schedules "
            "as one list, such as join([a, b, c]), or as one function under @schedule"
        )
    return deepest + 1


def _composed_anew(factory: Factory[..., Any], arguments: dict[str, Any], step: Any) -> Any:
    """The value, with what the tensor hyperparameters hold now: they may be learnt in place."""
    return _read_anew(factory, arguments).run(step)


def _read_anew(factory: Factory[..., Any], arguments: Mapping[str, Any]) -> Reading:
    return Reading(factory, {name: _anew(value) for name, value in arguments.items()}, Making.TRUSTING)


def _anew(value: Any) -> Any:
    """A hyperparameter as it is now: a child is composed here once, and not each time that it is asked for a value."""
    if isinstance(value, tuple):
        return tuple([_anew(item) for item in value])
    return _read_anew(value.factory, value.arguments) if isinstance(value, Schedule) and value.arrays else value


# How a step becomes a value ------------------------------------------------------------------------------------------


def _from_zero(run: Callable[[Any], Any], step: Any) -> Any:
    return run(numeric.from_zero(step))


def _decided_beside(decided: Callable[[float], list[Any]], step: float) -> list[Any]:
    """The decisions at a step; just after it where the arithmetic raises, since the formula may handle that."""
    try:
        return decided(step)
    except ArithmeticError:
        with suppress(ArithmeticError):
            return decided(math.nextafter(step, math.inf))
        return []


def evaluated(run: Callable[[Any], Any], arrays: Mapping[str, Any], step: Any) -> Any:
    """The value at a step of any kind; `arrays` are the arrays among the hyperparameters."""
    step = admitted(step)
    if arrays:
        if not compiling():
            check_shapes({"step": step, **arrays})
        if is_number(step):
            # Counting needs double precision; the result has the dtype of the hyperparameters.
            step = among(step, list(arrays.values()))
            return typed(shaped(_a_value(_from_zero(run, step), run), step), list(arrays.values()))
        return shaped(_a_value(_from_zero(run, step), run), step)
    if not is_number(step):
        return typed(shaped(_a_value(_from_zero(run, step), run), step), [step])
    if compiling():
        # In compiled code a Python number becomes a tensor: otherwise every number is compiled anew.
        step = counted(step)
        return shaped(_a_value(_from_zero(run, step), run), step)
    value = _from_zero(run, step)
    return value if type(value) is float else float(_a_value(value, run))


def _a_value(value: Any, run: Any) -> Any:
    """The result of a formula, checked to be a number, or a tensor or array of numbers."""
    if is_array(value) or is_number(value) or is_number(as_number(value)) or isinstance(value, bool):
        return value
    name = getattr(getattr(run, "func", run), "__name__", "schedule")
    advice = "call it with the step: return child(step)" if callable(value) else "return what it computes"
    raise TypeError(f"{name}: a formula must return a number, or a tensor or array of them, got {value!r}; {advice}")


def together(functions: Sequence[Child], alone: Callable[[Child, Any], Any]) -> tuple[Callable[[float], list[Any]], bool]:
    """One function of a number that returns the values of all `functions`; and whether all of them were traced to floats.

    What several schedules share, such as a common factor, is evaluated once. A function that cannot be traced is called
    by `alone(function, step)`; in compiled code all of them are.
    """
    formulas = [
        partial(_from_zero, function.run) if isinstance(function, Schedule) and not function.arrays else None
        for function in functions
    ]
    calls = [partial(alone, function) for function in functions]
    return flat_together(formulas, calls, _under_compiler(), partial(_each, calls))


def _each(calls: Sequence[Callable[[Any], Any]], step: Any) -> list[Any]:
    return [call(step) for call in calls]


def _under_compiler() -> Callable[[], bool] | None:
    """The function that tells whether torch's compiler is reading the code; None without torch."""
    torch = sys.modules.get("torch")
    return None if torch is None else torch.compiler.is_dynamo_compiling


def value_at(child: Callable[[Any], Any], step: Any) -> Any:
    """The value of a schedule at a step, needed once while a composition is built: not worth a trace."""
    if not isinstance(child, Node):
        return child(step)
    arrays = arrays_in(child.arguments, "")
    if any(map(is_traced, (step, *arrays.values()))):
        return _from_zero(child.run, step)
    return evaluated(child.run, arrays, step)


def _flattened(formula: Callable[..., Any], *options: Any) -> Callable[..., float] | None:
    """A formula as one flat function; None where it needs the value of a symbol."""
    try:
        return flat(formula, *options)
    except (Exception, Untraceable):  # a formula may do anything with a symbol: call it directly instead
        return None


# The decorators ------------------------------------------------------------------------------------------------------


@overload
def schedule(formula: Callable[Concatenate[Any, P], Any], /) -> Factory[P, Schedule]: ...
@overload
def schedule(
    *, length: Callable[..., Any] | None = None, **rules: Rule
) -> Callable[[Callable[Concatenate[Any, P], Any]], Factory[P, Schedule]]: ...
def schedule(formula: Any = None, /, *, length: Callable[..., Any] | None = None, **rules: Rule) -> Any:
    """Make a factory of schedules from a formula ``(step, *, hyperparameters) -> value``.

    Args:
        formula: a pure function. Its first parameter is the step; other positional parameters are schedules; keyword
            parameters are numbers. Where operators are not enough, it uses the functions of `pure_schedules.numeric`.
        length: a function of the hyperparameters that returns the number of steps after which the value is constant. By
            default: the hyperparameter `steps`, or else the length of the longest child, or else endless.
        rules: the rule of each hyperparameter, from `pure_schedules.checks`; by default a finite number.

    Example:
        >>> from pure_schedules.checks import positive
        >>> @schedule(every=positive)
        ... def halving(step, *, start, every):
        ...     return start * 0.5 ** (step / every)
        >>> halving(start=8.0, every=10)(20)
        2.0
    """
    decorated = partial(_decorated, skipped=1, length=length, rules=rules)
    return decorated if formula is None else decorated(formula)


@overload
def recipe(composition: Callable[P, Schedule], /) -> Factory[P, Schedule]: ...
@overload
def recipe(**rules: Rule) -> Callable[[Callable[P, Schedule]], Factory[P, Schedule]]: ...
def recipe(composition: Any = None, /, **rules: Rule) -> Any:
    """Give a composition a name and hyperparameters of its own.

    Args:
        composition: a function of hyperparameters that returns a schedule. It is called once, when they are bound.
        rules: the rule of each hyperparameter, from `pure_schedules.checks`; by default a finite number.

    Example:
        >>> from pure_schedules import constant, join, linear
        >>> @recipe
        ... def warm(*, peak):
        ...     return join([linear(start=0.0, end=peak, steps=10), constant(value=peak)])
        >>> warm(peak=4.0), warm(peak=4.0)(5)
        (warm(peak=4.0), 2.0)
    """
    decorated = partial(_decorated, skipped=0, length=None, rules=rules)
    return decorated if composition is None else decorated(composition)


def _decorated(
    function: Callable[..., Any], skipped: int, length: Callable[..., Any] | None, rules: Mapping[str, Rule]
) -> Factory[..., Schedule]:
    if not hasattr(function, "__name__"):
        kind = "schedule" if skipped else "recipe"
        raise TypeError(f"{kind}: a function with a name is needed, got {function!r}; use def")
    problem = _problem_with(function, skipped, length, rules)
    if problem is not None:
        raise TypeError(f"{function.__name__}: {problem}")
    otherwise = (checks.schedule, checks.finite)
    return Factory(function, _bound, rules=rules, otherwise=otherwise, skipped=skipped, length=length, made=Schedule)


def _problem_with(function: Callable[..., Any], skipped: int, length: Any, rules: Mapping[str, Any]) -> str | None:
    """What is wrong with a declaration, as far as can be seen before a schedule is built."""
    parameters = list(inspect.signature(function).parameters.values())
    by_position = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if len(by_position) < skipped:
        named = ", ".join(p.name for p in parameters)
        return f"a formula takes the step first, got ({named}); write def {function.__name__}(step, *, {named or '...'})"
    if length is not None and (isinstance(length, Rule) or not callable(length)):
        kind = "a rule" if isinstance(length, Rule) else repr(length)
        return (
            f"length must be a function of the hyperparameters that returns a number of steps, got {kind}; "
            "a hyperparameter of that name needs another one, such as steps"
        )
    for name, rule in rules.items():
        if not isinstance(rule, Rule):
            return (
                f"the rule of {name} must be one of pure_schedules.checks, got {rule!r}; write such(...) for one of your own"
            )
    for parameter in by_position[skipped:]:
        if is_number(as_number(parameter.default)) and parameter.name not in rules:
            return (
                f"{parameter.name} is before the *, as schedules are, but its default is a number; "
                f"write * before it: def {function.__name__}({'step, ' if skipped else ''}*, {parameter.name}, ...)"
            )
    return None
