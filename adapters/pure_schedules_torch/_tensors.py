"""Tensors in parameter groups: their memory, and the optimizer they belong to."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from weakref import WeakValueDictionary

import torch
from torch import Tensor

#: The optimizer of each tensor that an adapter writes into, by the tensor's address.
_HOMES: "WeakValueDictionary[Any, Any]" = WeakValueDictionary()


def address(tensor: Tensor) -> Any:
    """A key that two tensors share if they share memory."""
    try:
        place = tensor.data_ptr()
    except RuntimeError:  # no memory
        place = 0
    return ("address", str(tensor.device), place) if place else ("object", id(tensor))


def tensors_in(value: Any) -> Iterator[Tensor]:
    """The tensors in a hyperparameter."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from tensors_in(item)


def addresses_in(groups: Iterable[dict[str, Any]], without: Iterable[str] = ()) -> set[Any]:
    """The addresses of all tensor hyperparameters in these groups, except some names."""
    names = {"params", *without}
    return {address(t) for group in groups for name, value in group.items() if name not in names for t in tensors_in(value)}


def settle(optimizer: Any, value: Any) -> None:
    """Record that the tensors of a hyperparameter belong to this optimizer."""
    for tensor in tensors_in(value):
        try:
            _HOMES[address(tensor)] = optimizer
        except TypeError:  # an object other than a torch optimizer may not allow weak references
            return


def of_others(value: Any, optimizers: Sequence[Any]) -> set[Any]:
    """The addresses of the tensors of a hyperparameter that belong to other optimizers."""
    found: set[Any] = set()
    for tensor in tensors_in(value):
        place = address(tensor)
        home = _HOMES.get(place)
        if home is not None and all(home is not one for one in optimizers) and place in addresses_in(home.param_groups):
            found.add(place)
    return found


def unshared(value: Any, seen: set[Any]) -> Any:
    """The value, or a copy if this tensor's memory is used elsewhere too, or is read-only."""
    if isinstance(value, tuple | list):
        items = [unshared(item, seen) for item in value]
        return value if all(new is old for new, old in zip(items, value, strict=True)) else remade(value, items)
    if not isinstance(value, Tensor):
        return value
    if address(value) in seen or value.is_inference():
        with torch.inference_mode(False):
            value = value.detach().clone()
    seen.add(address(value))
    return value


def remade(several: Any, items: Iterable[Any]) -> Any:
    """A tuple, named tuple or list of the same class, with other items."""
    return type(several)(*items) if hasattr(several, "_fields") else type(several)(items)
