"""Validation of steps and hyperparameters, conversion of results, and which library computes them.

A plain Python number stays plain and uses no library. A torch tensor goes through torch. Anything that implements the
array API (NumPy, JAX, CuPy) goes through its own namespace, and so does a symbol of a trace. Only this module knows the
difference; formulas use ``numeric``, which calls it.
"""

import numbers
import sys
from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

# Which library reads these values ------------------------------------------------------------------------------------


def is_number(value: Any) -> bool:
    """Whether this is a plain Python number, which needs no library."""
    return type(value) is float or type(value) is int


def is_tensor(value: Any) -> bool:
    """Whether this is a torch tensor; torch is never imported for the check."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def is_array(value: Any) -> bool:
    """Whether this is a tensor, or an array that implements the array API."""
    return is_tensor(value) or hasattr(value, "__array_namespace__")


def is_traced(value: Any) -> bool:
    """Whether this is a symbol of a trace, which stands for a number not known yet."""
    return not is_number(value) and hasattr(library(value), "record_call")


def library(*values: Any) -> Any:
    """The module whose functions accept these values: torch, an array's own namespace, or None for plain numbers."""
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


# Validation of steps, and conversion of results -----------------------------------------


def as_number(value: Any) -> Any:
    """A real number of any kind (NumPy scalar, Fraction) as a Python number; anything else unchanged."""
    if is_number(value) or isinstance(value, bool) or not isinstance(value, numbers.Real):
        return value
    return int(value) if isinstance(value, numbers.Integral) else float(value)


def wide(value: Any) -> Any:
    """An integer tensor or array as the widest floating point of its device; a floating-point one unchanged."""
    namespace = library(value)
    if is_torch(namespace):
        return value if value.is_floating_point() else in_full(value)
    return value if namespace.isdtype(value.dtype, "real floating") else in_full(value)


#: The compiler of torch 2.6 cannot read it off `sys` inside a compiled function.
_EPSILON = sys.float_info.epsilon


def unit_of_rounding(*values: Any) -> float:
    """The distance from 1 to the next number, in the dtype that these values are computed in."""
    namespace = library(*values)
    if namespace is None or hasattr(namespace, "record_call"):
        return _EPSILON
    return max(float(namespace.finfo(wide(value).dtype).eps) for value in values if not is_number(value))


def divides_exactly(value: Any) -> bool:
    """Whether dividing this by a number follows IEEE 754, instead of multiplying by a reciprocal."""
    namespace = library(value)
    if namespace is None or is_traced(value):
        return True
    if is_torch(namespace):
        return value.device.type == "cpu" and not compiling()
    return namespace is sys.modules.get("numpy")


def in_full(value: Any) -> Any:
    """A tensor or array in the widest floating point of its library or device."""
    namespace = library(value)
    if is_torch(namespace):
        return value.to(widest(value.device))
    # The dtype that this library gives a Python float: float64 in NumPy, the configured one in JAX.
    return namespace.astype(value, namespace.asarray(0.5).dtype)


def without_slope(value: Any) -> Any:
    """An array as what it is now: it does not vary with anything that a gradient is taken over."""
    namespace = library(value)
    if is_torch(namespace):
        return value.detach()
    return sys.modules["jax"].lax.stop_gradient(value) if is_jax(namespace) else value


def as_integers(value: Any) -> Any:
    """A tensor or array of whole numbers with an integer dtype."""
    namespace = library(value)
    return value.long() if is_torch(namespace) else namespace.astype(value, namespace.asarray(0).dtype)


def is_narrow(value: Any) -> bool:
    """Whether this is a tensor or array of less than double precision."""
    if is_number(value):
        return False
    namespace = library(value)
    widest_here = widest(value.device) if is_torch(namespace) else namespace.asarray(0.5).dtype
    return bool(value.dtype != widest_here)


def kind_of_elements(value: Any) -> str:
    """The kind of a tensor's or array's elements: 'integer', 'float', 'half', 'bool', 'complex', or 'no numbers'."""
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
    """A validated step, in a type that can be computed with."""
    step = as_number(step)
    if is_number(step):
        if step != step:
            raise ValueError("a step must be a number, got nan; give the index of the update, counted from 0")
        return step
    if not is_array(step):
        advice = "give the index of the update, counted from 0"
        if hasattr(step, "__array__"):
            advice = "NumPy arrays need NumPy 2 or newer, which has the array API"
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
    """A number as an array on the device of these arrays, in the widest precision there."""
    namespace = library(*arrays)
    if not is_torch(namespace):
        return namespace.asarray(step, dtype=namespace.asarray(0.5).dtype)
    device = next(array.device for array in arrays if is_tensor(array))
    return counted(step, namespace.zeros((), dtype=widest(device), device=device))


def counted(number: Any, like: Any = None) -> Any:
    """A number as a 0-d tensor, with the dtype and device of another tensor or else in double precision.

    It is added to a zero tensor: a compiler treats the sum as a variable, but `full` as a constant to compile anew for
    each value.
    """
    torch = sys.modules["torch"]
    zero = like.new_zeros(()) if is_tensor(like) else torch.zeros((), dtype=torch.float64)
    return zero + number


def check_shapes(arrays: Mapping[str, Any]) -> None:
    """Raise unless these arrays belong to one library and broadcast together; the keys name them in messages."""
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
    """A result as an array, with its shape broadcast with that of the step."""
    namespace = library(step)
    if not is_array(result):
        result = namespace.full_like(step, result)
    elif result.shape != step.shape:
        result = result + namespace.zeros_like(step)
    return result if is_torch(namespace) else namespace.asarray(result)  # NumPy turns 0-d arrays into scalars


def typed(result: Any, arrays: Sequence[Any]) -> Any:
    """A result in the common dtype of these arrays."""
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
    """Numbers and 0-d arrays as one array, in the library, dtype and device of another one."""
    namespace = library(like)
    arrays = [value for value in values if not is_number(value)]
    if not is_torch(namespace):
        dtype = reduce(namespace.result_type, [like.dtype, *arrays]) if arrays else like.dtype
        if not arrays:
            return namespace.asarray(values, dtype=dtype)
        return namespace.stack([namespace.asarray(value, dtype=dtype) for value in values])
    if not arrays:
        return namespace.tensor(values, dtype=like.dtype, device=like.device)
    # torch's rule: 0-d tensors follow the others.
    dtype = like.dtype if like.dim() else reduce(namespace.promote_types, [array.dtype for array in arrays], like.dtype)
    return namespace.stack(
        [
            value.to(dtype) if is_tensor(value) else namespace.full((), value, dtype=dtype, device=like.device)
            for value in values
        ]
    )


def on_the_mesh_of(index: Any, table: Any) -> Any:
    """A tensor that every process holds, as a DTensor on the mesh of another one."""
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
        return bool(a.device == b.device)  # on device "meta" there are no elements to compare
    return bool((a == b).all())


def source_of(value: Any) -> str:
    """Code that rebuilds this tensor or array."""
    if is_tensor(value):
        if value.is_meta:
            return f"torch.empty({tuple(value.shape)}, dtype={value.dtype}, device='meta')"
        return f"torch.tensor({value.tolist()!r}, dtype={value.dtype})"
    return repr(value)


def widest(device: Any) -> Any:
    torch = sys.modules["torch"]
    return torch.float32 if device.type == "mps" else torch.float64


def as_tensors_alike(*values: Any) -> list[Any]:
    """These values as tensors of one dtype on one device, by torch's rule: 0-d tensors follow the others."""
    torch = sys.modules["torch"]
    dtype, device = _common_type(values), next(value.device for value in _leading(values))
    return [value.to(dtype) if is_tensor(value) else torch.full((), value, dtype=dtype, device=device) for value in values]


def as_one_type(result: Any, *values: Any) -> Any:
    """A result in the common dtype of these values, by the rule of their library."""
    namespace = library(*values)
    if is_torch(namespace):
        return result.to(_common_type(values))
    return namespace.astype(result, namespace.result_type(*values))


def _leading(values: Sequence[Any]) -> list[Any]:
    """The tensors whose dtype and device the others follow: those with dimensions, if any."""
    tensors = [value for value in values if is_tensor(value)]
    return [tensor for tensor in tensors if tensor.dim()] or tensors


def _common_type(values: Sequence[Any]) -> Any:
    return reduce(sys.modules["torch"].promote_types, [tensor.dtype for tensor in _leading(values)])
