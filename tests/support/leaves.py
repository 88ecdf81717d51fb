"""The numbers of a tree of hyperparameters, one by one: to be differentiated, batched and put back."""

from collections.abc import Iterator
from typing import Any

import torch

from pure_schedules.testing import _places
from pure_schedules.testing._places import Path, only

__all__ = ["COUNTS", "Path", "flatten", "leaves", "mapped", "measured", "only", "tensors"]

#: Hyperparameters that are counted and not measured: the composition itself has that many parts, or noise is made of it.
COUNTS = {"times", "seed"}


def leaves(tree: Any) -> Iterator[tuple[Path, float]]:
    """Each number that is measured, as a float, with the names and indices that lead to it."""
    return ((path, float(number)) for path, number in _places.leaves(tree) if COUNTS.isdisjoint(path))


def measured(tree: Any) -> Any:
    """The tree without what is counted."""
    if isinstance(tree, dict):
        return {name: measured(item) for name, item in tree.items() if name not in COUNTS}
    return [measured(item) for item in tree] if isinstance(tree, list) else tree


def tensors(tree: Any, dtype: torch.dtype = torch.float64) -> Any:
    """The tree with a tensor for each number."""
    if isinstance(tree, dict):
        return {name: tensors(item, dtype) for name, item in tree.items() if name not in COUNTS}
    if isinstance(tree, list):
        return [tensors(item, dtype) for item in tree]
    return torch.tensor(float(tree), dtype=dtype)


def flatten(tree: Any) -> list[torch.Tensor]:
    if isinstance(tree, dict):
        return [leaf for item in tree.values() for leaf in flatten(item)]
    if isinstance(tree, list):
        return [leaf for item in tree for leaf in flatten(item)]
    return [tree]


def mapped(function: Any, tree: Any) -> Any:
    if isinstance(tree, dict):
        return {name: mapped(function, item) for name, item in tree.items()}
    if isinstance(tree, list):
        return [mapped(function, item) for item in tree]
    return function(tree)
