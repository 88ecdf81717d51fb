"""Arithmetic for formulas: the same functions for numbers, tensors and arrays.

A formula is written once and evaluated three ways: a plain Python number stays plain and never touches torch; a torch
tensor uses torch; anything that implements the array API (NumPy, JAX, CuPy) uses its own namespace. No formula needs an
``isinstance`` or a branch on its step. The operators ``+ - * / ** // %`` and the comparisons are used directly.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial, reduce
from typing import TYPE_CHECKING, Any, TypeAlias

from ._arrays import (
    among,
    as_integers,
    as_one_type,
    as_tensors_alike,
    compiling,
    counted,
    divides_exactly,
    in_full,
    is_array,
    is_jax,
    is_narrow,
    is_number,
    is_tensor,
    is_torch,
    is_traced,
    library,
    on_the_mesh_of,
    table_of,
    unit_of_rounding,
    widest,
    without_slope,
)

if TYPE_CHECKING:
    from torch import Tensor

    #: A number, or a tensor or array of numbers: what a formula receives and returns.
    Value: TypeAlias = float | Tensor
else:
    Value = float

__all__ = [
    "alike",
    "between",
    "broadcast",
    "clamp",
    "completed",
    "cos",
    "decided_as_one",
    "either",
    "exp",
    "expm1",
    "floor",
    "in_double",
    "is_exact",
    "lerp",
    "line",
    "log",
    "log1p",
    "maximum",
    "minimum",
    "multiples",
    "nearest",
    "piecewise",
    "power",
    "product_up_to",
    "progress",
    "remainder",
    "remaining",
    "roundings",
    "seamless",
    "sin",
    "slack",
    "sqrt",
    "take",
    "where",
]


# The functions of one value ------------------------------------------------------------------------------------------


def _of_one(function: Callable[[Any], Any], x: Value) -> Any:
    """Call a function of `math`, or the function of the same name in the array's library."""
    namespace = library(x)
    return function(x) if namespace is None else getattr(namespace, function.__name__)(x)


def sqrt(x: Value) -> Any:
    """The square root.

    Example:
        >>> sqrt(9.0)
        3.0
    """
    return _of_one(math.sqrt, x)


def exp(x: Value) -> Any:
    """e to the power of `x`; infinity on overflow, as for a tensor.

    Example:
        >>> exp(0.0), exp(1000.0)
        (1.0, inf)
    """
    try:
        return _of_one(math.exp, x)
    except OverflowError:
        return math.inf


def expm1(x: Value) -> Any:
    """e to the power of `x`, minus 1, accurate also for `x` near 0.

    Example:
        >>> expm1(1e-20)
        1e-20
    """
    return _of_one(math.expm1, x)


def log(x: Value) -> Any:
    """The natural logarithm.

    Example:
        >>> log(1.0)
        0.0
    """
    return _of_one(math.log, x)


def log1p(x: Value) -> Any:
    """The natural logarithm of 1 + `x`, accurate also for `x` near 0.

    Example:
        >>> log1p(1e-20)
        1e-20
    """
    return _of_one(math.log1p, x)


def sin(x: Value) -> Any:
    """The sine of an angle in radians.

    Example:
        >>> sin(0.0)
        0.0
    """
    return _of_one(math.sin, x)


def cos(x: Value) -> Any:
    """The cosine of an angle in radians.

    Example:
        >>> cos(0.0)
        1.0
    """
    return _of_one(math.cos, x)


def floor(x: Value) -> Any:
    """The largest whole number not above `x`; infinity and nan stay, as for a tensor.

    Example:
        >>> floor(2.5)
        2
    """
    return x if is_number(x) and not math.isfinite(x) else _of_one(math.floor, x)


def nearest(x: Any) -> Any:
    """The whole number nearest to `x`: an int, or an integer array for an array.

    Example:
        >>> nearest(31.999999999999996)
        32
    """
    namespace = library(x)
    return round(x) if namespace is None else as_integers(namespace.round(x))


# Choosing between values ---------------------------------------------------------------------------------------------


def minimum(x: Value, y: Value) -> Any:
    """The smaller of two values; nan where one is nan. Where they are equal, it is the first, with its gradient.

    Example:
        >>> minimum(1.0, 2.0)
        1.0
    """
    namespace = library(x, y)
    if namespace is None:
        return x if x <= y or x != x else y
    if is_torch(namespace) and (is_number(x) or is_number(y)):
        return namespace.clamp(y, max=x) if is_number(x) else namespace.clamp(x, max=y)
    if is_torch(namespace) or is_jax(namespace):  # whose own functions split the gradient, or give it to both or neither
        return namespace.where((x <= y) | (x != x), x, y)
    return namespace.minimum(x, y)


def maximum(x: Value, y: Value) -> Any:
    """The larger of two values; nan where one is nan. Where they are equal, it is the first, with its gradient.

    Example:
        >>> maximum(1.0, 2.0)
        2.0
    """
    namespace = library(x, y)
    if namespace is None:
        return x if x >= y or x != x else y
    if is_torch(namespace) and (is_number(x) or is_number(y)):
        return namespace.clamp(y, min=x) if is_number(x) else namespace.clamp(x, min=y)
    if is_torch(namespace) or is_jax(namespace):
        return namespace.where((x >= y) | (x != x), x, y)
    return namespace.maximum(x, y)


def clamp(x: Value, low: Value, high: Value) -> Any:
    """`x`, limited to the range from `low` to `high`.

    Example:
        >>> clamp(5.0, 0.0, 2.0)
        2.0
    """
    namespace = library(x)
    if is_number(low) and is_number(high) and not is_number(x) and not is_jax(namespace):
        # One kernel instead of two.
        return namespace.clamp(x, low, high) if is_torch(namespace) else namespace.clip(x, low, high)
    return minimum(maximum(x, low), high)


def where(condition: Any, x: Value, y: Value) -> Any:
    """`x` where the condition holds, else `y`. Both are computed: each must be finite wherever it is not chosen.

    Example:
        >>> where(3 > 2, 1.0, 0.0)
        1.0
    """
    if isinstance(condition, bool):
        return x if condition else y
    namespace = library(condition, x, y)
    if namespace is None:
        return x if condition else y
    if is_torch(namespace) and is_number(x) and is_number(y):
        # Two plain numbers would take torch's default dtype, which may be a narrow one.
        x = namespace.full((), x, dtype=widest(condition.device), device=condition.device)
    return namespace.where(condition, x, y)


def either(condition: Any, holds: Callable[[], Any], fails: Callable[[], Any]) -> Any:
    """The result of one of two functions, chosen by a condition. Only that one is called; for arrays both are.

    Example:
        >>> either(3 > 2, lambda: 1.0, lambda: 1 / 0)
        1.0
    """
    if isinstance(condition, bool):
        return holds() if condition else fails()
    if is_traced(condition):
        return library(condition).record_either(condition, holds, fails)
    return where(condition, holds(), fails())


def seamless(step: Value, compute: Callable[[], Value]) -> Any:
    """The result of `compute`, whose decisions do not show in the curve.

    They are not listed as boundaries (`Schedule.boundaries`): a wave continues smoothly from one cycle to the next.

    Example:
        >>> seamless(5, lambda: cos(5 % 4 * 0.0))
        1.0
    """
    if not is_traced(step):
        return compute()
    with library(step).unwatched():
        return compute()


def decided_as_one(step: Value, compute: Callable[[], Value]) -> Any:
    """The result of `compute`, a whole number that it finds by several decisions.

    Only a change of that number is a boundary (`Schedule.boundaries`).

    Example:
        >>> decided_as_one(5, lambda: floor(5 / 2))
        2
    """
    value = seamless(step, compute)
    if is_traced(step):
        library(step).decide("{0}", value)
    return value


def broadcast(value: Value, step: Value) -> Any:
    """`value`, with its shape broadcast with that of `step`.

    Example:
        >>> broadcast(0.5, 100)
        0.5
    """
    namespace = library(step)
    if namespace is None:
        return value
    return namespace.full_like(step, value) if is_number(value) else value + namespace.zeros_like(step)


# Counting ------------------------------------------------------------------------------------------------------------

#: A computed or fractional number may be this many units of rounding away from the intended one.
ROUNDINGS = 8
#: A multiple of one over this number is exact: 0.25, unlike 0.1.
PARTS = 1024


def completed(step: Value, every: Value) -> Any:
    """How many lengths of `every` steps are complete at a step: ``floor(step / every)``, exact for whole numbers.

    A length such as 100 / 3 has been rounded: a step a few units of rounding before its end counts as its end.

    Example:
        >>> completed(40, 41), completed(41, 41), completed(100, 100 / 3)
        (0, 1, 3)
    """
    if is_exact(every):
        return floor(step / every) if divides_exactly(step) else _times(every, step, 0)
    missing = partial(_missing, of_length=roundings(every), of_step=roundings(step))
    return in_double(
        lambda step, every: (decided_as_one(step, lambda: _times(every, step, missing(every, step))),), step, every
    )[0]


def remainder(step: Value, every: Value) -> Any:
    """The position of a step within its length of `every` steps: ``step % every``, and 0 where `completed` counts one more.

    Example:
        >>> remainder(43, 41), remainder(100, 100 / 3)
        (2, 0)
    """
    if is_exact(every):
        return step % every  # exact in every library
    if is_number(step):
        step = broadcast(step, every)  # torch has no gradient of a number modulo a tensor
    missing = partial(_missing, of_length=roundings(every), of_step=roundings(step))
    return in_double(lambda step, every: (_rest(step, every, missing(every, step)),), step, every)[0]


def _rest(step: Value, every: Value, missing: Value) -> Any:
    rest = step % every
    return seamless(step, lambda: where(every - rest > minimum(missing * step, every / 8), rest, 0))


def _missing(every: Value, step: Value, of_length: float, of_step: float) -> Any:
    """The relative rounding error that a step may have, from the dtypes of the length and of the step.

    `of_length` and `of_step` are those of the dtypes given; `every` and `step` are already in the widest dtype. A whole
    number is exact, and so is every step in double precision.
    """
    part: Any = 0 if is_exact(every) else _of_inexact(every, max(of_length, roundings(every, step)))
    return part if of_step <= roundings(0.5) else where(floor(step) == step, part, maximum(part, of_step))


def multiples(value: Value, multiple: Value) -> Any:
    """How often a number goes into a value, even if rounding put the value just below a multiple.

    Example:
        >>> multiples(0.75, 0.25), multiples(0.7, 0.25), multiples(0.3, 0.1)
        (3, 2, 3)
    """

    def rounded() -> Any:
        quotient: Any = value / multiple
        part = roundings(value, multiple)
        namespace = library(quotient)
        if is_torch(namespace):  # one kernel less; the part is a power of two, so that its product is exact either way
            return floor(namespace.add(quotient, abs(quotient), alpha=part))
        return floor(quotient + part * abs(quotient))

    return decided_as_one(value, rounded)


def slack(length: Value, *others: Value) -> Any:
    """The relative rounding error of a sum of such lengths; 0 for an exact length.

    Example:
        >>> slack(41), slack(0.1) < 1e-14
        (0, True)
    """
    return 0 if is_exact(length) else _of_inexact(length, roundings(length, *others))


def _of_inexact(length: Value, part: float) -> Any:
    """This error, and 0 where a length in a tensor is exact."""
    return part if is_number(length) else where(floor(length * PARTS) == length * PARTS, 0.0, part)


def roundings(*values: Value) -> float:
    """The relative rounding error that a number computed from these values may have.

    Example:
        >>> 0 < roundings(0.1) < 1e-14
        True
    """
    return ROUNDINGS * unit_of_rounding(*values)


def is_exact(value: Value) -> bool:
    """Whether this number is known to be exact: a whole number, or one of few binary digits.

    Example:
        >>> is_exact(41), is_exact(2.5), is_exact(0.1)
        (True, True, False)
    """
    return is_number(value) and bool(value * PARTS % 1 == 0)


def _times(length: Value, whole: Value, missing: Value) -> Any:
    """How often a length goes into a whole that may have this relative error.

    The quotient may be rounded, or be a product with a reciprocal, so the multiples of the length decide.
    """
    nearest = floor(whole / length + 0.5)
    together = nearest * length
    is_beyond = together > whole if is_number(missing) and not missing else together - whole > missing * abs(together)
    return where(is_beyond, nearest - 1, nearest)


def in_double(compute: Callable[..., tuple[Any, ...]], *values: Value) -> tuple[Any, ...]:
    """The values that `compute` returns for others in double precision, if their library has it.

    The results keep the dtype that they would have without it.

    Example:
        >>> in_double(lambda step: (step / 2, step * 2), 3)
        (1.5, 6)
    """
    if library(*values) is None or any(map(is_traced, values)) or not any(map(is_narrow, values)):
        return compute(*values)
    wide = [value if is_number(value) else in_full(value) for value in values]
    return tuple([as_one_type(value, *values) for value in compute(*wide)])


# Where a step stands in a segment ------------------------------------------------------------------------------------


def progress(step: Value, steps: Value) -> Any:
    """The fraction of a segment that is done: 0 at its start, 1 from its end on; always 1 for 0 steps.

    Example:
        >>> progress(25, 100), progress(100, 100), progress(500, 100), progress(0, 0)
        (0.25, 1.0, 1.0, 1.0)
    """
    if is_number(steps):
        return clamp(step, 0, steps) / steps if steps > 0 else broadcast(1.0, step)
    length = where(steps > 0, steps, 1)  # never divide by zero: a branch not taken still has a gradient
    return where(steps > 0, clamp(step, 0, steps) / length, 1.0)


def remaining(step: Value, steps: Value) -> Any:
    """The fraction of a segment that remains: 1 at its start, 0 from its end on; always 0 for 0 steps.

    It is ``1 - progress`` without cancellation: the subtraction comes before the division, so the last steps of a long
    run are as accurate as the first.

    Example:
        >>> remaining(25, 100), remaining(100, 100), remaining(500, 100), remaining(0, 0)
        (0.75, 0.0, 0.0, 0.0)
    """
    if is_number(steps):
        return (steps - clamp(step, 0, steps)) / steps if steps > 0 else broadcast(0.0, step)
    return (steps - clamp(step, 0, steps)) / where(steps > 0, steps, 1)


def lerp(start: Value, end: Value, weight: Value) -> Any:
    """Linear interpolation from `start` (weight 0) to `end` (weight 1), exact at both ends and never outside them.

    Example:
        >>> lerp(2.0, 4.0, 0.25)
        2.5
    """
    if is_number(start) and start == 0:
        return end * weight
    namespace = library(start, end, weight)
    if is_torch(namespace) and is_tensor(weight):
        return namespace.lerp(*as_tensors_alike(start, end, weight))
    value = start * (1 - weight) + end * weight
    return between(value, start, end)


def between(value: Value, start: Value, end: Value) -> Any:
    """`value` limited to the range of `start` and `end`, which rounding may have left; its gradient is unchanged.

    Example:
        >>> between(1.0000000000000002, 1.0, 0.5), between(0.75, 1.0, 0.5)
        (1.0, 0.75)
    """
    low, high = minimum(start, end), maximum(start, end)
    if is_number(value) or is_traced(value):
        return seamless(value, partial(clamp, value, low, high))
    limited: Any = clamp(value, low, high)
    size: Any = abs(value)
    # A clamped value would have the slope of the bound; a correction without a slope leaves the value its own.
    return where(size < math.inf, value + without_slope(limited - value), limited)


def line(start: Value, end: Value, step: Value, steps: Value) -> Any:
    """A straight line from `start` to `end` over `steps` steps, accurate also where it falls to 0.

    Example:
        >>> line(0.0, 1.0, 25, 100), line(1.0, 0.0, 25, 100)
        (0.25, 0.75)
    """
    if is_number(end) and end == 0:
        return start * remaining(step, steps)
    done = progress(step, steps)
    if is_number(start) and start == 0:
        return end * done
    if is_number(done) or is_traced(done):
        return between(start * remaining(step, steps) + end * done, start, end)
    return lerp(start, end, done)


def power(base: Value, exponent: Value) -> Any:
    """``base ** exponent`` for a base not below 0 and a positive exponent, with a finite gradient at 0.

    A root has an infinite gradient at 0. Times the zero gradient of a schedule that has ended it would be nan, so the
    gradient at 0 is defined as 0.

    Example:
        >>> power(4.0, 0.5), power(0.0, 0.5)
        (2.0, 0.0)
    """
    if library(base) is None or is_traced(base) or (is_number(exponent) and exponent >= 1):
        return raised(base, exponent)
    return where(base == 0, 0.0, where(base == 0, 1.0, base) ** exponent)


def raised(base: Value, exponent: Value) -> Any:
    """``base ** exponent`` for a base not below 0; infinity on overflow, as for a tensor.

    Example:
        >>> raised(2.0, 10), raised(2.0, 10_000)
        (1024.0, inf)
    """
    namespace = library(base, exponent)
    if hasattr(namespace, "record_raised"):  # a trace: see _trace.py
        return namespace.record_raised(base, exponent)
    if namespace is not None:
        return base**exponent
    try:
        value = float(base) ** exponent  # for an int Python would compute every digit
    except (OverflowError, ZeroDivisionError):
        return math.inf
    return value if type(value) is float else math.nan  # Python's root of a negative number is complex


def piecewise(step: Value, functions: "Sequence[Callable[[Any], Any]] | Pieces", boundaries: Sequence[Value]) -> Any:
    """One function after another, each from its boundary on, with a step of its own that starts there at 0.

    For a number only the active function is called. For a tensor all of them are, and each receives only steps of its
    own segment: none before its boundary, none past the next. Many functions with the same formula are one call, with
    the numbers of each step's own piece.

    Example:
        >>> piecewise(12, [lambda t: 0.0, lambda t: t * 0.5], [10])
        1.0
    """
    namespace = library(step, *boundaries)
    if namespace is None:
        index = sum(bool(step >= boundary) for boundary in boundaries)
        return functions[index](step - boundaries[index - 1] if index else step)
    if hasattr(namespace, "record_piecewise"):  # a trace: see _trace.py
        return namespace.record_piecewise(step, functions, boundaries)
    functions = in_pieces(functions)
    if isinstance(functions, Pieces) and functions.are_alike() and all(map(_is_single, boundaries)):
        return functions.gathered(step, boundaries)
    value = None
    for index in range(len(functions)):
        start = boundaries[index - 1] if index else 0
        local = step - start if index else step
        if index < len(boundaries):
            local = clamp(local, 0, maximum(boundaries[index] - start, 0))
        elif index:
            local = maximum(local, 0)
        piece = functions[index](local)
        value = piece if value is None else where(step >= start, piece, value)
    return value


#: With fewer pieces than this, evaluating each is faster than looking them up.
FEWEST_GATHERED = 6


class Pieces:
    """Consecutive functions, grouped by formula.

    A formula is a `partial` without its numbers and those of its children. It has a row of numbers for each function of
    its group.
    """

    def __init__(self, functions: Sequence[Callable[[Any], Any]], read: Sequence[tuple[Any, Any, list[Any]]] = ()) -> None:
        self.functions = tuple(functions)
        known: dict[Any, int] = {}
        #: Each formula, and its rows.
        self.formulas: list[tuple[Any, list[list[Any]]]] = []
        #: For each function its formula, and its row there.
        self.formula_of: list[int] = []
        self.row_of: list[int] = []
        for key, form, numbers in read or map(_read, self.functions):
            if key not in known:
                known[key] = len(self.formulas)
                self.formulas.append((form, []))
            rows = self.formulas[known[key]][1]
            self.formula_of.append(known[key])
            self.row_of.append(len(rows))
            rows.append(numbers)

    def __getitem__(self, index: Any) -> Any:
        return self.functions[index]

    def __len__(self) -> int:
        return len(self.functions)

    def __iter__(self) -> Iterator[Callable[[Any], Any]]:
        return iter(self.functions)

    def are_alike(self) -> bool:
        """Whether evaluating each formula once is faster than evaluating each function."""
        return len(self) >= FEWEST_GATHERED and 2 * len(self.formulas) <= len(self)

    def gathered(self, step: Any, boundaries: Sequence[Value]) -> Any:
        """The value at each step, by one evaluation of each formula."""
        place = place_of(step, boundaries)
        local = step - pick(table_of([0, *boundaries], step), place)
        if len(self.formulas) == 1:
            return self.evaluated(0, place, local, step)
        formula_here = pick(table_of(self.formula_of, place), place)
        row_here = pick(table_of(self.row_of, place), place)
        value = None
        for formula in range(len(self.formulas)):
            mine = formula_here == formula
            # Where another formula is active, this one receives its first row, at its own 0.
            piece = self.evaluated(formula, where(mine, row_here, 0), where(mine, local, 0), step)
            value = piece if value is None else where(mine, piece, value)
        return value

    def evaluated(self, formula: int, row: Any, local: Any, step: Any) -> Any:
        """One formula, with the numbers of each step's row."""
        form, rows = self.formulas[formula]
        return _filled(form, [_of_each(column, row, step) for column in zip(*rows, strict=True)])(local)


def in_pieces(functions: "Sequence[Callable[[Any], Any]] | Pieces") -> "Sequence[Callable[[Any], Any]] | Pieces":
    """Consecutive functions, grouped by formula if they are many; not under a compiler, which would take long."""
    if isinstance(functions, Pieces) or len(functions) < FEWEST_GATHERED or compiling():
        return functions
    return Pieces(functions)


def alike(function: Callable[..., Any], **columns: Sequence[Value]) -> Pieces:
    """One function with different numbers in each piece, by name: pass it to `piecewise` as its functions.

    Example:
        >>> piecewise(12, alike(lambda step, *, height: height + step, height=[1.0, 5.0]), [10])
        7.0
    """
    read: list[tuple[Any, Any, list[Any]]] = []
    functions: list[Any] = []
    for place, row in enumerate(zip(*columns.values(), strict=True)):
        numbers: list[Any] = []
        named = tuple((name, _form(value, numbers)) for name, value in zip(columns, row, strict=True))
        # A batch is a piece of its own.
        key = tuple(map(_is_taken_out, row)) if all(map(_is_single, row)) else place
        read.append((key, (function, (), named), numbers))
        functions.append(partial(function, **dict(zip(columns, row, strict=True))))
    return Pieces(functions, read)


def _read(function: Callable[[Any], Any]) -> tuple[Any, Any, list[Any]]:
    """A function as a key of its formula, the formula, and the numbers in it."""
    numbers: list[Any] = []
    form = _form(function, numbers)
    return _key(form), form, numbers


class Same:
    """A part of a formula that is not a number, or a number that must stay fixed."""

    def __init__(self, value: Any) -> None:
        self.value = value


def _form(value: Any, numbers: list[Any]) -> Any:
    """A function without its numbers, which are appended to `numbers`; each is replaced by its index there."""
    if isinstance(value, partial):
        # A number that a formula counts by must stay an int.
        whole = getattr(value.func, "whole_numbers", ())
        named = ((name, Same(item) if name in whole else _form(item, numbers)) for name, item in value.keywords.items())
        return value.func, tuple(_form(item, numbers) for item in value.args), tuple(named)
    if isinstance(value, (tuple, Pieces)):
        return tuple(_form(item, numbers) for item in value)
    if _is_taken_out(value):
        numbers.append(value)
        return len(numbers) - 1
    return Same(value)


def _is_single(value: Any) -> bool:
    """Whether this is one number, plain or in a 0-d array."""
    return is_number(value) or (is_array(value) and not len(value.shape))


def _is_taken_out(value: Any) -> bool:
    # Formulas simplify where a number is 0, so zeros are part of the form.
    return _is_single(value) and not (is_number(value) and value == 0)


def _key(form: Any) -> Any:
    """A key that two equal forms share; anything but a number is compared by identity."""
    if isinstance(form, Same):
        return ("same", form.value if is_number(form.value) else id(form.value))
    return tuple(map(_key, form)) if isinstance(form, tuple) else form


def _filled(form: Any, numbers: Sequence[Any]) -> Any:
    """The function of a form, with these numbers."""
    if isinstance(form, int):
        return numbers[form]
    if isinstance(form, Same):
        return form.value
    if len(form) == 3 and callable(form[0]):
        function, args, named = form
        return partial(function, *[_filled(item, numbers) for item in args], **{n: _filled(f, numbers) for n, f in named})
    return tuple([_filled(item, numbers) for item in form])


def _of_each(column: Sequence[Any], row: Any, step: Any) -> Any:
    """The number of each step's own piece; one number if all pieces have the same."""
    first = column[0]
    if is_number(first) and all(is_number(number) and number == first for number in column):
        return first
    return pick(table_of(column, step), row)


def place_of(step: Any, boundaries: Sequence[Value]) -> Any:
    """How many boundaries are at or before each step."""
    namespace = library(step, *boundaries)
    if not all(map(is_number, boundaries)):
        return sum((step >= boundary) * 1 for boundary in boundaries)
    table = table_of(boundaries, step)
    if is_torch(namespace):
        return namespace.searchsorted(table, step, right=True)
    return namespace.searchsorted(table, step, side="right")


def pick(table: Any, index: Any) -> Any:
    """The items of a table at whole-numbered indices of any shape."""
    namespace = library(table)
    if is_torch(namespace):
        # Not table[index]: a compiler would need the value of a 0-d index.
        table = on_the_mesh_of(index, table)
        return namespace.index_select(table, 0, as_integers(index).reshape(-1)).reshape(index.shape)
    # The array API takes only by a 1-d index.
    flat = namespace.reshape(as_integers(index), (-1,))
    return namespace.reshape(namespace.take(table, flat, axis=0), index.shape)


def _pick_beside(tables: Any, index: Any) -> Any:
    """The items of a batch of tables, along their first dimension, at whole-numbered indices."""
    namespace = library(tables)
    batch, shape = tuple(tables.shape[1:]), tuple(index.shape)
    dimensions = max(len(batch), len(shape))
    tables = namespace.reshape(tables, (tables.shape[0], *[1] * (dimensions - len(batch)), *batch))
    index = as_integers(namespace.reshape(index, (1, *[1] * (dimensions - len(shape)), *shape)))
    if is_torch(namespace):
        return namespace.take_along_dim(tables, index, dim=0)[0]
    return namespace.take_along_axis(tables, index, axis=0)[0]


def take(values: Sequence[Value], index: Any) -> Any:
    """The value at an integer index, which must be within the list.

    Example:
        >>> take([0.5, 0.25, 0.125], 1)
        0.25
    """
    namespace = library(index, *values)
    if namespace is None:
        return values[int(index)]
    if hasattr(namespace, "record_take"):  # a trace: see _trace.py
        return namespace.record_take(values, index)
    if not all(map(is_number, values)):
        # Arrays are chosen one by one with `where`: that broadcasts and has gradients in every library.
        first = broadcast(values[0], index)
        return reduce(lambda chosen, pair: where(index >= pair[0], pair[1], chosen), enumerate(values[1:], 1), first)
    if is_torch(namespace):
        return pick(namespace.tensor(values, dtype=widest(index.device), device=index.device), index)
    return pick(namespace.asarray(values, dtype=namespace.asarray(0.5).dtype), index)


def product_up_to(function: Callable[[Any], Any], step: Any, steps: int) -> Any:
    """``function(1) * function(2) * ... * function(step)``, with no factor after the `steps`-th.

    Example:
        >>> product_up_to(lambda step: step, 4, 10)
        24.0
    """
    if is_number(step) and compiling():
        step = counted(step)  # a compiler would unroll the factors for each number
    namespace = library(step)
    if namespace is None:
        return math.prod((function(index) for index in range(1, min(math.floor(step), steps) + 1)), start=1.0)
    if hasattr(namespace, "record_product"):  # a trace: see _trace.py
        decided_as_one(step, lambda: minimum(floor(step), steps))
        return namespace.record_product(function, step, steps)
    # A table of the products along a new first dimension, indexed by each step; for a batch of factors, one table per
    # item.
    single = among(1, [step])
    batch = broadcast(function(single), single).shape
    place = {"device": step.device} if is_torch(namespace) else {}
    numbers = namespace.arange(1, steps + 1, dtype=step.dtype, **place)
    numbers = namespace.reshape(numbers, (steps, *[1] * len(batch)))
    factors = broadcast(function(numbers), numbers)
    # NumPy has the array API's name from 2.1 on; torch has its own.
    running = namespace.cumulative_prod if hasattr(namespace, "cumulative_prod") else namespace.cumprod
    products = running(namespace.concat([namespace.ones_like(factors[:1, ...]), factors], axis=0), axis=0)
    index = clamp(floor(step), 0, steps)
    return _pick_beside(products, index) if len(batch) else pick(products, index)


def call(function: Callable[[Any], Any], step: Value) -> Any:
    """Call a plain function of the step; in a trace, record the call. For a number the result is a float."""
    namespace = library(step)
    if namespace is None:
        return float(function(step))
    return namespace.record_call(function, step) if hasattr(namespace, "record_call") else function(step)


def from_zero(step: Value) -> Any:
    """A step, and 0 where it is before 0."""
    namespace = library(step)
    return namespace.record_from_zero(step) if hasattr(namespace, "record_from_zero") else maximum(step, 0)
