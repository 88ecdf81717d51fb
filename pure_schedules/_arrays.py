"""The door: what comes in as a step or a hyperparameter, what goes out as a value, and which library computes it.

A plain Python number stays one and touches no library. A torch tensor goes through torch. Anything that implements the
array API (NumPy, JAX, CuPy) goes through its own namespace, and so does a symbol of a trace. This is the one module that
knows the difference; formulas are written with ``numeric``, which asks it.
"""

import numbers
import sys
from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

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


def is_torch(namespace: Any) -> bool:
    return namespace is not None and namespace is sys.modules.get("torch")


def is_jax(namespace: Any) -> bool:
    return namespace is not None and namespace is sys.modules.get("jax.numpy")


# At the door: what comes in as a step or a hyperparameter, and what goes out -----------------------------------------


def as_number(value: Any) -> Any:
    """A real number of any kind (NumPy scalars, fractions) as the Python number it stands for; anything else as is."""
    if is_number(value) or isinstance(value, bool) or not isinstance(value, numbers.Real):
        return value
    return int(value) if isinstance(value, numbers.Integral) else float(value)


def wide(value: Any) -> Any:
    """A tensor or array of integers as floating point, as wide as its device has; of floating point, as it is."""
    namespace = library(value)
    if is_torch(namespace):
        return value if value.is_floating_point() else in_full(value)
    return value if namespace.isdtype(value.dtype, "real floating") else in_full(value)


def unit_of_rounding(*values: Any) -> float:
    """The distance from 1 to the next number, in the type that these values are computed in."""
    namespace = library(*values)
    if namespace is None or hasattr(namespace, "record_call"):
        return sys.float_info.epsilon
    return max(float(namespace.finfo(wide(value).dtype).eps) for value in values if not is_number(value))


def divides_exactly(value: Any) -> bool:
    """Whether this is divided by a number as IEEE 754 has it, and not multiplied by a reciprocal."""
    namespace = library(value)
    if namespace is None or is_traced(value):
        return True
    if is_torch(namespace):
        return value.device.type == "cpu" and not compiling()
    return namespace is sys.modules.get("numpy")


def in_full(value: Any) -> Any:
    """A tensor or array in the widest floating point that its library, or its device, has."""
    namespace = library(value)
    if is_torch(namespace):
        return value.to(widest(value.device))
    # What this library makes of a Python float: double precision in NumPy, what JAX was configured for in JAX.
    return namespace.astype(value, namespace.asarray(0.5).dtype)


def without_slope(value: Any) -> Any:
    """An array as what it is now: it does not vary with anything that a gradient is taken over."""
    namespace = library(value)
    if is_torch(namespace):
        return value.detach()
    return sys.modules["jax"].lax.stop_gradient(value) if is_jax(namespace) else value


def as_integers(value: Any) -> Any:
    """A tensor or array of whole numbers as one of integers."""
    namespace = library(value)
    return value.long() if is_torch(namespace) else namespace.astype(value, namespace.asarray(0).dtype)


def is_narrow(value: Any) -> bool:
    """Whether this is a tensor or array of less than the widest floating point that there is."""
    if is_number(value):
        return False
    namespace = library(value)
    widest_here = widest(value.device) if is_torch(namespace) else namespace.asarray(0.5).dtype
    return bool(value.dtype != widest_here)


def kind_of_elements(value: Any) -> str:
    """In a word, what a tensor or array holds: 'integer', 'float', 'half', 'bool', 'complex', or 'no numbers'."""
    if is_tensor(value):
        if value.is_complex() or value.dtype == sys.modules["torch"].bool:
            return "complex" if value.is_complex() else "bool"
        floating = value.is_floating_point()
    else:
        dtype, namespace = value.dtype, library(value)
        if namespace.isdtype(dtype, ("bool", "complex floating")):
            return "bool" if namespace.isdtype(dtype, "bool") else "complex"
        floating = namespace.isdtype(dtype, "real floating")
        if not floating and not namespace.isdtype(dtype, "integral"):
            return "no numbers"
    return "integer" if not floating else "float" if unit_of_rounding(value) < 1e-6 else "half"


def is_matrix(value: Any) -> bool:
    """Whether this is one of NumPy's matrices, whose ``*`` is not that of arrays."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, numpy.ndarray) and isinstance(value, numpy.matrix)


def admitted(step: Any) -> Any:
    """A step that can be computed with, made of what was given for one."""
    step = as_number(step)
    if is_number(step):
        if step != step:
            raise ValueError("a step must be a number, got nan; give the index of the update, counted from 0")
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
    if kind in ("bool", "complex", "no numbers"):
        raise TypeError(f"a step must be real, got a tensor of {step.dtype}; count in int64 and give that")
    if is_matrix(step):
        raise TypeError("a step must be a number or an array, got a matrix of NumPy; give np.asarray(step)")
    return wide(step)


def among(step: Any, arrays: Sequence[Any]) -> Any:
    """A number as an array in the company of these: on their device, in the widest precision there."""
    namespace = library(*arrays)
    if not is_torch(namespace):
        return namespace.asarray(step, dtype=namespace.asarray(0.5).dtype)
    device = next(array.device for array in arrays if is_tensor(array))
    return counted(step, namespace.zeros((), dtype=widest(device), device=device))


def counted(number: Any, like: Any = None) -> Any:
    """A number as a tensor without dimensions, with the type and device of another tensor or else in double precision.

    It is added to a zero and not filled in: a compiler takes the sum as something that varies, the other as a constant
    to be compiled for anew at each value.
    """
    torch = sys.modules["torch"]
    zero = like.new_zeros(()) if is_tensor(like) else torch.zeros((), dtype=torch.float64)
    return zero + number


def check_shapes(arrays: Mapping[str, Any]) -> None:
    """That these arrays are of one library and broadcast together; `arrays` says what each of them is."""
    tensors = [name for name, array in arrays.items() if is_tensor(array)]
    if tensors:
        for name, array in arrays.items():
            if not is_number(array) and not is_tensor(array):
                raise TypeError(
                    f"the step and the hyperparameters must be of one library, got a tensor of torch for {tensors[0]} and "
                    f"{type(array).__module__}.{type(array).__name__} for {name}; write torch.as_tensor(...)"
                )
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
        result = namespace.full_like(step, result)
    elif result.shape != step.shape:
        result = result + namespace.zeros_like(step)
    return result if is_torch(namespace) else namespace.asarray(result)  # NumPy makes scalars of what has no dimensions


def typed(result: Any, arrays: Sequence[Any]) -> Any:
    """A result in the type that these arrays have together."""
    namespace = library(*arrays)
    if is_torch(namespace):
        return result.to(reduce(namespace.promote_types, [array.dtype for array in arrays]))
    dtype = namespace.result_type(*arrays)
    return result if result.dtype == dtype else namespace.astype(result, dtype)


def compiling() -> bool:
    """Whether torch.compile is reading this code now."""
    compiler = sys.modules.get("torch.compiler")
    return compiler is not None and bool(compiler.is_dynamo_compiling())


def table_of(values: Sequence[Any], like: Any) -> Any:
    """Numbers and arrays without dimensions as one array of the library, and of the type and device, of another one."""
    namespace = library(like)
    arrays = [value for value in values if not is_number(value)]
    if not is_torch(namespace):
        dtype = reduce(namespace.result_type, [like.dtype, *arrays]) if arrays else like.dtype
        if not arrays:
            return namespace.asarray(values, dtype=dtype)
        return namespace.stack([namespace.asarray(value, dtype=dtype) for value in values])
    if not arrays:
        return namespace.tensor(values, dtype=like.dtype, device=like.device)
    # As torch has it: what has no dimensions follows what has.
    dtype = like.dtype if like.dim() else reduce(namespace.promote_types, [array.dtype for array in arrays], like.dtype)
    return namespace.stack(
        [
            value.to(dtype) if is_tensor(value) else namespace.full((), value, dtype=dtype, device=like.device)
            for value in values
        ]
    )


def on_the_mesh_of(index: Any, table: Any) -> Any:
    """A tensor that each process has, as one that can be computed with beside another: where that is spread over a mesh."""
    distributed = None if compiling() else sys.modules.get("torch.distributed.tensor")
    if distributed is None or not isinstance(index, distributed.DTensor) or isinstance(table, distributed.DTensor):
        return table
    mesh = index.device_mesh
    return distributed.DTensor.from_local(table, mesh, [distributed.Replicate()] * mesh.ndim, run_check=False)


def same(a: Any, b: Any) -> bool:
    """Whether two hyperparameters are equal: numbers by value; arrays by type, shape, device and every element."""
    if is_array(a) != is_array(b):
        return False
    if not is_array(a):
        return bool(a == b)
    if type(a) is not type(b) or a.dtype != b.dtype or a.shape != b.shape:
        return False
    if is_tensor(a) and (a.device != b.device or a.is_meta):
        return bool(a.device == b.device)  # on the device "meta" there are no elements to differ
    return bool((a == b).all())


def source_of(value: Any) -> str:
    """Code that makes this tensor or array again."""
    if is_tensor(value):
        if value.is_meta:
            return f"torch.empty({tuple(value.shape)}, dtype={value.dtype}, device='meta')"
        return f"torch.tensor({value.tolist()!r}, dtype={value.dtype})"
    return repr(value)


def widest(device: Any) -> Any:
    torch = sys.modules["torch"]
    return torch.float32 if device.type == "mps" else torch.float64


def as_tensors_alike(*values: Any) -> list[Any]:
    """These values as tensors of one type on one device, by torch's rule: those without dimensions follow the others."""
    torch = sys.modules["torch"]
    dtype, device = _common_type(values), next(value.device for value in _leading(values))
    return [value.to(dtype) if is_tensor(value) else torch.full((), value, dtype=dtype, device=device) for value in values]


def as_one_type(result: Any, *values: Any) -> Any:
    """A result in the type that these values have together by the rule of their library."""
    namespace = library(*values)
    if is_torch(namespace):
        return result.to(_common_type(values))
    return namespace.astype(result, namespace.result_type(*values))


def _leading(values: Sequence[Any]) -> list[Any]:
    """The tensors that say which type and device others follow: those with dimensions, where there are any."""
    tensors = [value for value in values if is_tensor(value)]
    return [tensor for tensor in tensors if tensor.dim()] or tensors


def _common_type(values: Sequence[Any]) -> Any:
    return reduce(sys.modules["torch"].promote_types, [tensor.dtype for tensor in _leading(values)])
