"""Tensors in parameter groups: the memory that each of them has, and the optimizer that it is of."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from weakref import WeakValueDictionary

import torch
from torch import Tensor

#: The optimizer in whose groups a tensor stands that an adapter writes into, by the tensor's address.
_HOMES: "WeakValueDictionary[Any, Any]" = WeakValueDictionary()


def address(tensor: Tensor) -> Any:
    """What two tensors have in common if a write to one is a write to the other."""
    try:
        place = tensor.data_ptr()
    except RuntimeError:  # it has no memory
        place = 0
    return ("address", str(tensor.device), place) if place else ("object", id(tensor))


def tensors_in(value: Any) -> Iterator[Tensor]:
    """The tensors that a hyperparameter is made of."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from tensors_in(item)


def addresses_in(groups: Iterable[dict[str, Any]], without: Iterable[str] = ()) -> set[Any]:
    """The addresses of all hyperparameters in these groups that are tensors, but for those of some names."""
    names = {"params", *without}
    return {address(t) for group in groups for name, value in group.items() if name not in names for t in tensors_in(value)}


def settle(optimizer: Any, value: Any) -> None:
    """Note that the tensors of a hyperparameter stand in the groups of this optimizer."""
    for tensor in tensors_in(value):
        try:
            _HOMES[address(tensor)] = optimizer
        except TypeError:  # what is no optimizer of torch may not be held weakly
            return


def of_others(value: Any, optimizers: Sequence[Any]) -> set[Any]:
    """The addresses of those tensors of a hyperparameter that stand in another optimizer than these."""
    found: set[Any] = set()
    for tensor in tensors_in(value):
        place = address(tensor)
        home = _HOMES.get(place)
        if home is not None and all(home is not one for one in optimizers) and place in addresses_in(home.param_groups):
            found.add(place)
    return found


def unshared(value: Any, seen: set[Any]) -> Any:
    """The value, or a copy of it if the memory of this tensor stands in another place too, or can be written no more."""
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
    """A tuple or list of the same class with other items, of a class with names for them too."""
    return type(several)(*items) if hasattr(several, "_fields") else type(several)(items)
