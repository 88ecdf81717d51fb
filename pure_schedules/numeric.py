"""Arithmetic for numbers, tensors and arrays alike: what formulas are written with.

A formula is written once and read three ways: a plain Python number stays a plain number and never touches torch; a
torch tensor goes through torch; anything that implements the array API (NumPy, JAX, CuPy) goes through its own
namespace. This is the one module that knows the difference, so no formula needs an ``isinstance`` or a branch on its
step. The operators ``+ - * / ** // %`` and the comparisons need no help and are used as they are.
"""

import math
import numbers
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from torch import Tensor

    #: A number, or a tensor or array of them: what a formula is given and what it gives.
    Value: TypeAlias = float | Tensor
else:
    Value = float

__all__ = [
    "between",
    "broadcast",
    "clamp",
    "cos",
    "exp",
    "floor",
    "lerp",
    "line",
    "log",
    "maximum",
    "minimum",
    "piecewise",
    "power",
    "product_up_to",
    "progress",
    "remaining",
    "sin",
    "sqrt",
    "take",
    "where",
]


# Which library reads these values ------------------------------------------------------------------------------------


def is_number(value: Any) -> bool:
    """Whether this is a plain Python number, which is computed without any library."""
    return type(value) is float or type(value) is int


def is_tensor(value: Any) -> bool:
    """Whether this is a torch tensor; torch is looked for and never imported."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def is_array(value: Any) -> bool:
    """Whether this is a tensor, or an array that implements the array API."""
    return is_tensor(value) or hasattr(value, "__array_namespace__")


def is_traced(value: Any) -> bool:
    """Whether this stands, in a trace, for a number that is not known yet."""
    return not is_number(value) and hasattr(library(value), "record_call")


def library(*values: Any) -> Any:
    """The module whose functions take these values: torch, an array's own namespace, or None for plain numbers."""
    for value in values:
        if is_number(value):
            continue
        if is_tensor(value):
            return sys.modules["torch"]
        if hasattr(value, "__array_namespace__"):
            return value.__array_namespace__()
    return None


def _is_torch(namespace: Any) -> bool:
    return namespace is sys.modules.get("torch")


# The functions of one value ------------------------------------------------------------------------------------------


def _of_one(function: Callable[[Any], Any], x: Value) -> Any:
    """A function of `math`, or its namesake in the library of an array."""
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
    """e to the power of `x`.

    Example:
        >>> exp(0.0)
        1.0
    """
    return _of_one(math.exp, x)


def log(x: Value) -> Any:
    """The natural logarithm.

    Example:
        >>> log(1.0)
        0.0
    """
    return _of_one(math.log, x)


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
    """The largest whole number that is not above `x`.

    Example:
        >>> floor(2.5)
        2
    """
    return _of_one(math.floor, x)


# Choosing between values ---------------------------------------------------------------------------------------------


def minimum(x: Value, y: Value) -> Any:
    """The smaller of two values.

    Example:
        >>> minimum(1.0, 2.0)
        1.0
    """
    namespace = library(x, y)
    if namespace is None:
        return y if y < x else x
    if not _is_torch(namespace):
        return namespace.minimum(x, y)
    if is_number(y):
        return namespace.clamp(x, max=y)
    return namespace.clamp(y, max=x) if is_number(x) else namespace.minimum(x, y)


def maximum(x: Value, y: Value) -> Any:
    """The larger of two values.

    Example:
        >>> maximum(1.0, 2.0)
        2.0
    """
    namespace = library(x, y)
    if namespace is None:
        return y if y > x else x
    if not _is_torch(namespace):
        return namespace.maximum(x, y)
    if is_number(y):
        return namespace.clamp(x, min=y)
    return namespace.clamp(y, min=x) if is_number(x) else namespace.maximum(x, y)


def clamp(x: Value, low: Value, high: Value) -> Any:
    """`x`, but never below `low` nor above `high`.

    Example:
        >>> clamp(5.0, 0.0, 2.0)
        2.0
    """
    if is_number(low) and is_number(high) and not is_number(x):
        namespace = library(x)
        # One kernel instead of two.
        return namespace.clamp(x, low, high) if _is_torch(namespace) else namespace.clip(x, low, high)
    return minimum(maximum(x, low), high)


def where(condition: Any, x: Value, y: Value) -> Any:
    """`x` where the condition holds, else `y`. Both are computed: each must be finite wherever it is not chosen.

    Example:
        >>> where(3 > 2, 1.0, 0.0)
        1.0
    """
    namespace = library(condition, x, y)
    if namespace is None or isinstance(condition, bool):
        return x if condition else y
    if _is_torch(namespace) and is_number(x) and is_number(y):
        # Two numbers alone would come out in torch's default type, which may be a narrow one.
        x = namespace.full((), x, dtype=_widest(condition.device), device=condition.device)
    return namespace.where(condition, x, y)


def broadcast(value: Value, step: Value) -> Any:
    """`value`, with the shape that it has together with `step`.

    Example:
        >>> broadcast(0.5, 100)
        0.5
    """
    namespace = library(step)
    if namespace is None:
        return value
    return namespace.full_like(step, value) if is_number(value) else value + namespace.zeros_like(step)


# Where a step stands in a segment ------------------------------------------------------------------------------------


def progress(step: Value, steps: Value) -> Any:
    """How much of a segment lies behind: 0 at its start, 1 from its end on; 1 at once in a segment of no steps.

    Example:
        >>> progress(25, 100), progress(100, 100), progress(500, 100), progress(0, 0)
        (0.25, 1.0, 1.0, 1.0)
    """
    if is_number(steps):
        return clamp(step, 0, steps) / steps if steps > 0 else broadcast(1.0, step)
    length = where(steps > 0, steps, 1)  # never a division by zero: a branch that is not taken still has a gradient
    return where(steps > 0, clamp(step, 0, steps) / length, 1.0)


def remaining(step: Value, steps: Value) -> Any:
    """How much of a segment lies ahead: 1 at its start, 0 from its end on; 0 at once in a segment of no steps.

    It is ``1 - progress``, with all its digits: the subtraction comes before the division, so that the last steps of a
    long run are as exact as the first.

    Example:
        >>> remaining(25, 100), remaining(100, 100), remaining(500, 100), remaining(0, 0)
        (0.75, 0.0, 0.0, 0.0)
    """
    if is_number(steps):
        return (steps - clamp(step, 0, steps)) / steps if steps > 0 else broadcast(0.0, step)
    return (steps - clamp(step, 0, steps)) / where(steps > 0, steps, 1)


def lerp(start: Value, end: Value, weight: Value) -> Any:
    """From `start` (at weight 0) to `end` (at weight 1) in a straight line, exact at both ends and never outside them.

    Example:
        >>> lerp(2.0, 4.0, 0.25)
        2.5
    """
    if is_number(start) and start == 0:
        return end * weight
    namespace = library(start, end, weight)
    if _is_torch(namespace) and is_tensor(weight):
        return namespace.lerp(*_alike(start, end, weight))
    value = start * (1 - weight) + end * weight
    return between(value, start, end)


def between(value: Value, start: Value, end: Value) -> Any:
    """`value`, which a rounding may have put past `start` or `end`, held between the two; its slope stays its own.

    Example:
        >>> between(1.0000000000000002, 1.0, 0.5), between(0.75, 1.0, 0.5)
        (1.0, 0.75)
    """
    low, high = minimum(start, end), maximum(start, end)
    if is_number(value) or is_traced(value):
        return clamp(value, low, high)
    # Not clamped: where start, end and value are the same, libraries share the slope out among them.
    return where(value > high, high, where(value < low, low, value))


def line(start: Value, end: Value, step: Value, steps: Value) -> Any:
    """From `start` to `end` over `steps` steps in a straight line, with all digits also where it comes down to 0.

    Example:
        >>> line(0.0, 1.0, 25, 100), line(1.0, 0.0, 25, 100)
        (0.25, 0.75)
    """
    if is_number(end) and end == 0:
        return start * remaining(step, steps)
    return lerp(start, end, progress(step, steps))


def power(base: Value, exponent: Value) -> Any:
    """``base ** exponent`` for a base that is not negative and a positive exponent, with a finite slope at 0.

    A root is infinitely steep at 0, and there infinity times the zero slope of a schedule that has ended is nan; so
    the slope at 0 counts as 0.

    Example:
        >>> power(4.0, 0.5), power(0.0, 0.5)
        (2.0, 0.0)
    """
    if library(base) is None or (is_number(exponent) and exponent >= 1):
        return raised(base, exponent)
    return where(base > 0, where(base > 0, base, 1.0) ** exponent, 0.0)


def raised(base: Value, exponent: Value) -> Any:
    """``base ** exponent`` for a base that is not negative, and infinity where a float cannot hold it, as in a tensor.

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
        value = float(base) ** exponent  # of a whole number Python would compute every digit
    except (OverflowError, ZeroDivisionError):
        return math.inf
    return value if type(value) is float else math.nan  # a root of a negative number is complex


def piecewise(step: Value, functions: Sequence[Callable[[Any], Any]], boundaries: Sequence[Value]) -> Any:
    """One function after another: each from its boundary on, on a clock of its own that starts there at 0.

    With a number only the function in charge is called. With a tensor all of them are, and each is given only steps
    that it could meet: never one before its boundary, nor one past the next.

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
    value = None
    for index, function in enumerate(functions):
        start = boundaries[index - 1] if index else 0
        local = step - start if index else step
        if index < len(boundaries):
            local = clamp(local, 0, maximum(boundaries[index] - start, 0))
        elif index:
            local = maximum(local, 0)
        piece = function(local)
        value = piece if value is None else where(step >= start, piece, value)
    return value


def take(values: Sequence[Value], index: Any) -> Any:
    """The value at a whole-numbered index, which must be within the list.

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
        # Values that vary are chosen from one by one: that broadcasts and has gradients in every library.
        first = broadcast(values[0], index)
        return reduce(lambda chosen, pair: where(index >= pair[0], pair[1], chosen), enumerate(values[1:], 1), first)
    if _is_torch(namespace):
        table = namespace.tensor(values, dtype=_widest(index.device), device=index.device)
        # Not table[index]: a compiler would ask an index without dimensions for its value.
        return namespace.index_select(table, 0, index.long().reshape(-1)).reshape(index.shape)
    whole = namespace.astype(index, namespace.asarray(0).dtype)
    return namespace.take(namespace.asarray(values, dtype=namespace.asarray(0.5).dtype), whole, axis=0)


def product_up_to(function: Callable[[Any], Any], step: Any, steps: int) -> Any:
    """``function(1) * function(2) * ... * function(step)``, with no factor after the `steps`-th.

    Example:
        >>> product_up_to(lambda step: step, 4, 10)
        24.0
    """
    namespace = library(step)
    if namespace is None:
        return math.prod((function(index) for index in range(1, min(math.floor(step), steps) + 1)), start=1.0)
    if hasattr(namespace, "record_call"):  # a trace
        return namespace.record_call(lambda number: product_up_to(function, number, steps), step)
    # A table of the products along a new first dimension, from which each step takes its own.
    step = step + function(step) * 0
    place = {"device": step.device} if _is_torch(namespace) else {}
    numbers = namespace.arange(1, steps + 1, dtype=step.dtype, **place).reshape((-1, *[1] * len(step.shape)))
    factors = broadcast(function(numbers), numbers) + namespace.zeros_like(step)
    first = namespace.ones_like(step)[None]
    products = namespace.cumprod(namespace.concat([first, factors], axis=0), axis=0)
    index = clamp(floor(step), 0, steps)[None]
    if _is_torch(namespace):
        return namespace.take_along_dim(products, index.long(), dim=0)[0]
    return namespace.take_along_axis(products, namespace.astype(index, namespace.asarray(0).dtype), axis=0)[0]


def call(function: Callable[[Any], Any], step: Value) -> Any:
    """A user's own function of the step: called as it is, and in a trace only noted down."""
    namespace = library(step)
    return namespace.record_call(function, step) if hasattr(namespace, "record_call") else function(step)


# At the door: what comes in as a step or a hyperparameter, and what goes out -----------------------------------------


def as_number(value: Any) -> Any:
    """A real number of any kind (NumPy scalars, fractions) as the Python number it stands for; anything else as is."""
    if is_number(value) or isinstance(value, bool) or not isinstance(value, numbers.Real):
        return value
    return int(value) if isinstance(value, numbers.Integral) else float(value)


def wide(value: Any) -> Any:
    """A tensor or array of integers as floating point, as wide as its device has; of floating point, as it is."""
    namespace = library(value)
    if _is_torch(namespace):
        if value.is_floating_point():
            return value
        return value.to(_widest(value.device))
    if namespace.isdtype(value.dtype, "real floating"):
        return value
    # What this library makes of a Python float: double precision in NumPy, what JAX was configured for in JAX.
    return namespace.astype(value, namespace.asarray(0.5).dtype)


def kind_of_elements(value: Any) -> str:
    """In a word, what a tensor or array holds: 'integer', 'float', 'half', 'bool' or 'complex'."""
    if is_tensor(value):
        if value.is_complex() or value.dtype == sys.modules["torch"].bool:
            return "complex" if value.is_complex() else "bool"
        floating, size = value.is_floating_point(), value.element_size()
    else:
        dtype, namespace = value.dtype, library(value)
        if namespace.isdtype(dtype, ("bool", "complex floating")):
            return "bool" if namespace.isdtype(dtype, "bool") else "complex"
        floating, size = namespace.isdtype(dtype, "real floating"), dtype.itemsize
    return "integer" if not floating else "float" if size >= 4 else "half"


def admitted(step: Any) -> Any:
    """A step that can be computed with, made of what was given for one."""
    step = as_number(step)
    if is_number(step):
        return step
    if not is_array(step):
        advice = "give the index of the update, counted from 0"
        if hasattr(step, "__array__"):
            advice = "arrays of NumPy are taken from NumPy 2 on, which has the array API"
        raise TypeError(
            f"a step must be a real number or a tensor of them, got {step!r} of type {type(step).__name__}; {advice}"
        )
    if is_traced(step):
        return step
    kind = kind_of_elements(step)
    if kind == "half":
        raise TypeError(
            f"a step must not be of half precision, which cannot count past {256 if 'bf' in str(step.dtype) else 2048}, "
            f"got {step.dtype}; count in int64 and give that"
        )
    if kind in ("bool", "complex"):
        raise TypeError(f"a step must be real, got a tensor of {step.dtype}; count in int64 and give that")
    return wide(step)


def among(step: Any, arrays: Sequence[Any]) -> Any:
    """A number as an array in the company of these: on their device, in the widest precision there."""
    namespace = library(*arrays)
    if not _is_torch(namespace):
        return namespace.asarray(step, dtype=namespace.asarray(0.5).dtype)
    device = next(array.device for array in arrays if is_tensor(array))
    return counted(step, namespace.zeros((), dtype=_widest(device), device=device))


def counted(number: Any, like: Any = None) -> Any:
    """A number as a tensor without dimensions, with the type and device of another tensor or else in double precision.

    It is added to a zero and not filled in: a compiler takes the sum as something that varies, the other as a constant
    to be compiled for anew at each value.
    """
    torch = sys.modules["torch"]
    zero = like.new_zeros(()) if is_tensor(like) else torch.zeros((), dtype=torch.float64)
    return zero + number


def check_shapes(arrays: Mapping[str, Any]) -> None:
    """That these arrays broadcast together; `arrays` says what each of them is."""
    shape: list[int] = []
    for array in arrays.values():
        if is_number(array) or not len(array.shape):
            continue
        own = list(array.shape)
        length = max(len(shape), len(own))
        pairs = list(zip([1] * (length - len(shape)) + shape, [1] * (length - len(own)) + own, strict=True))
        if any(mine != theirs and 1 not in (mine, theirs) for mine, theirs in pairs):
            shapes = ", ".join(f"{name} {tuple(a.shape)}" for name, a in arrays.items() if not is_number(a))
            raise ValueError(
                f"the step and the hyperparameters must broadcast together, got {shapes}; "
                "give each batch a dimension of its own, such as peak[:, None] for one curve in each row"
            )
        shape = [theirs if mine == 1 else mine for mine, theirs in pairs]


def shaped(result: Any, step: Any) -> Any:
    """A result as an array with the shape of the step broadcast with whatever shape the result already has."""
    namespace = library(step)
    if not is_array(result):
        result = broadcast(result, step)
    elif result.shape != step.shape:
        result = result + namespace.zeros_like(step)
    return result if _is_torch(namespace) else namespace.asarray(result)  # NumPy makes scalars of what has no dimensions


def typed(result: Any, arrays: Sequence[Any]) -> Any:
    """A result in the type that these arrays have together."""
    namespace = library(*arrays)
    if _is_torch(namespace):
        return result.to(reduce(namespace.promote_types, [array.dtype for array in arrays]))
    dtype = namespace.result_type(*arrays)
    return result if result.dtype == dtype else namespace.astype(result, dtype)


def compiling() -> bool:
    """Whether torch.compile is reading this code now."""
    torch = sys.modules.get("torch")
    return torch is not None and torch.compiler.is_dynamo_compiling()


def same(a: Any, b: Any) -> bool:
    """Whether two hyperparameters are equal: numbers by value; arrays by type, shape and every element."""
    if is_array(a) != is_array(b):
        return False
    if not is_array(a):
        return bool(a == b)
    return type(a) is type(b) and a.dtype == b.dtype and a.shape == b.shape and bool((a == b).all())


def source_of(value: Any) -> str:
    """Code that makes this tensor or array again."""
    if is_tensor(value):
        return f"torch.tensor({value.tolist()!r}, dtype={value.dtype})"
    return repr(value)


def _widest(device: Any) -> Any:
    torch = sys.modules["torch"]
    return torch.float32 if device.type == "mps" else torch.float64


def _alike(*values: Any) -> list[Any]:
    """These values as tensors of one type on one device, by torch's rule: those without dimensions follow the others."""
    torch = sys.modules["torch"]
    tensors = [value for value in values if is_tensor(value)]
    leading = [tensor for tensor in tensors if tensor.dim()] or tensors
    dtype = reduce(torch.promote_types, [tensor.dtype for tensor in leading])
    return [
        value.to(dtype) if is_tensor(value) else torch.full((), value, dtype=dtype, device=leading[0].device)
        for value in values
    ]
