"""Trees of hyperparameters: a schedule as nested dicts, lists and numbers.

`Schedule.hyperparameters` returns such a tree. This module takes it out of a schedule, merges it into one, compares,
prints, and finds the arrays in it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from ._arrays import counted, is_array, is_number, same, source_of

#: A tree of hyperparameters, or a part of one.
Tree: TypeAlias = Mapping[Any, Any]
#: Makes a node from a factory, the hyperparameters, and the names of the changed ones.
Make: TypeAlias = Callable[[Any, dict[str, Any], Iterable[str]], Any]


class Node:
    """A formula together with its hyperparameters, kept as a value or made for one evaluation."""

    __slots__ = ()

    factory: Any
    #: The validated hyperparameters by name: children as schedules, lists as tuples, None for a missing one.
    arguments: Any
    #: Of a schedule: the formula with its hyperparameters, as a function of a validated step, not below 0.
    run: Any
    #: Of a schedule: the length in steps.
    steps: Any
    #: Of a recipe: the composition that it returned.
    composition: Any
    #: Of a kept schedule: how many levels it has, itself included.
    depth: int

    @property
    def hyperparameters(self) -> dict[str, Any]:
        """The hyperparameters as a plain tree of dicts, lists and numbers, new at each call.

        Each child is a tree of its own. Entries without numbers (a function, a missing argument) are left out.
        """
        return tree_of(self)

    def replace(self, hyperparameters: Tree | None = None, /, **changes: Any) -> Any:
        """A copy with other hyperparameters; this one is unchanged.

        Args:
            hyperparameters: a tree like `hyperparameters`, or a part of it; a list may be addressed by index.
            changes: hyperparameters by name.

        Example:
            >>> from pure_schedules import linear
            >>> linear(start=0.0, end=1.0, steps=10).replace(steps=20)
            linear(start=0.0, end=1.0, steps=20)
        """
        tree = self.checked_tree({} if hyperparameters is None else hyperparameters, "schedule.replace({})")
        return merged(self, {**tree, **changes}, lambda factory, values, _: factory.bind(values))

    def checked_tree(self, tree: Any, call: str) -> Tree:
        """The tree, checked to be a dict by name; `call` is the call shown in the message."""
        if isinstance(tree, Mapping):
            return tree
        name = next(iter(tree_of(self)), "name")
        meant = call.format(f"{{{name!r}: ...}}")
        raise TypeError(f"{self.factory.name}: hyperparameters must be a dict of them by name, got {tree!r}; write {meant}")

    def __repr__(self) -> str:
        written_: str = self.factory.written(self.arguments)
        return written_

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Node):
            return NotImplemented
        return equal(self, other)

    def __hash__(self) -> int:
        return hash((self.factory.name, *map(hashed, self.arguments.values())))


# Taken out -----------------------------------------------------------------------------------------------------------


def tree_of(node: Node) -> dict[str, Any]:
    """The hyperparameters as a plain tree of dicts, lists and numbers, new at each call.

    Entries without numbers (a function, a missing argument) are left out.
    """
    return {name: _branch(value) for name, value in node.arguments.items() if _stands_in_a_tree(value)}


def _stands_in_a_tree(value: Any) -> bool:
    return isinstance(value, (tuple, Node)) or is_number(value) or is_array(value)


def _branch(value: Any) -> Any:
    if isinstance(value, Node):
        return tree_of(value)
    if isinstance(value, tuple):
        # A plain function keeps its place in a list, so that indices in the tree and in the list agree.
        return [_branch(item) for item in value]
    return {} if callable(value) else value


def children_of(values: Any) -> Iterator[Callable[[Any], Any]]:
    """Every schedule and function among these hyperparameters, also those in lists."""
    for value in values:
        if isinstance(value, (tuple, list)):
            yield from children_of(value)
        elif callable(value):
            yield value


def arrays_in(arguments: Mapping[str, Any], path: str) -> dict[str, Any]:
    """Every tensor or array among hyperparameters, also those of children, by path."""
    found: dict[str, Any] = {}
    for name, value in arguments.items():
        if not (is_number(value) or value is None):
            found.update(_arrays(value, f"{path}.{name}"))
    return found


def _arrays(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Node):
        yield from arrays_in(value.arguments, path).items()
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            if not is_number(item):
                yield from _arrays(item, f"{path}[{index}]")
    elif is_array(value):
        yield path, value


# Merged --------------------------------------------------------------------------------------------------------------


def merged(node: Node, changes: Tree, make: Make, path: str = "") -> Any:
    """The node that `make` makes, with some hyperparameters changed."""
    values = {**node.arguments}
    here = path or node.factory.name
    for name, change in changes.items():
        if name not in values:
            raise TypeError(f"{here}: {node.factory.unknown(name)}")
        old = values[name]
        simple = is_number(old) and not isinstance(change, Mapping)
        values[name] = change if simple else _changed(old, change, make, f"{here}.{name}")
    return make(node.factory, values, changes)


def _changed(old: Any, change: Any, make: Make, path: str) -> Any:
    if isinstance(old, Node) and isinstance(change, Mapping):
        return merged(old, change, make, path)
    if isinstance(old, tuple) and isinstance(change, Mapping):
        for index in change:
            if not (type(index) is int and 0 <= index < len(old)):
                raise TypeError(f"{path}: there is no item {index!r}; it has {len(old)}, counted from 0")
        return tuple(
            _changed(item, change[index], make, f"{path}[{index}]") if index in change else item
            for index, item in enumerate(old)
        )
    if isinstance(old, tuple) and isinstance(change, (list, tuple)) and any(map(callable, old)):
        if len(change) == len(old):
            pairs = enumerate(zip(old, change, strict=True))
            return tuple(_changed(item, new, make, f"{path}[{index}]") for index, (item, new) in pairs)
        if any(isinstance(item, Mapping) for item in change):
            raise TypeError(f"{path}: {len(change)} items were given for {len(old)}; give as many, or a dict by index")
    if isinstance(change, Mapping):
        if callable(old) and not change:
            return old
        kind = "schedule" if callable(old) else "number"
        raise TypeError(f"{path}: a dict was given, and there is nothing below it; give a {kind}")
    return change


def structure_of(tree: Any, numbers: list[float]) -> Any:
    """A tree without its numbers, which are appended to `numbers`; None if it holds anything but plain numbers."""
    names: list[Any] = []
    items = tree.items() if isinstance(tree, Mapping) else enumerate(tree)
    for name, item in items:
        if type(item) is float or type(item) is int:
            numbers.append(item)
            names.append(name)
        elif isinstance(item, (Mapping, list, tuple)):
            inside = structure_of(item, numbers)
            if inside is None:
                return None
            names.append((name, inside))
        else:
            return None
    return tuple(names) if isinstance(tree, Mapping) else (list, *names)


def filled(structure: Any, numbers: Iterator[Any]) -> Any:
    """A structure as a tree again, with these numbers."""
    is_list = bool(structure) and structure[0] is list
    tree = {
        (part[0] if isinstance(part, tuple) else part): (
            filled(part[1], numbers) if isinstance(part, tuple) else next(numbers)
        )
        for part in (structure[1:] if is_list else structure)
    }
    return list(tree.values()) if is_list else tree


def has_numbers(tree: Any) -> bool:
    """Whether a tree holds a plain number or an empty list, which a rule must check."""
    if isinstance(tree, Mapping):
        return any(map(has_numbers, tree.values()))
    if isinstance(tree, (list, tuple)):
        return not tree or any(map(has_numbers, tree))
    return not (is_array(tree) or callable(tree))


def as_tensors(tree: Any, like: Any, at: Any) -> Any:
    """A tree with its plain numbers as tensors, so that a compiler treats them as variables.

    `at` is the node that the tree belongs to: a number that a formula counts by stays a Python int.
    """
    if isinstance(tree, Mapping):
        return {name: as_tensors(item, like, _below(at, name)) for name, item in tree.items()}
    if isinstance(tree, (list, tuple)):
        return [as_tensors(item, like, _below(at, index)) for index, item in enumerate(tree)]
    return counted(tree, like) if is_number(tree) and at is not Counted else tree


class Counted:
    """Marks a number that a formula counts by."""


def _below(at: Any, name: Any) -> Any:
    """The entry of a node or list under a name or index."""
    if isinstance(at, Node):
        rule = at.factory.rules.get(name)
        return Counted if rule is not None and rule.is_whole else at.arguments.get(name)
    return at[name] if isinstance(at, tuple) and type(name) is int and name < len(at) else None


def with_plain_numbers(tree: Any) -> Any:
    """A tree with its one-element tensors and arrays as plain numbers."""
    if isinstance(tree, Mapping):
        return {name: with_plain_numbers(item) for name, item in tree.items()}
    if isinstance(tree, (list, tuple)):
        return [with_plain_numbers(item) for item in tree]
    return tree.item() if is_array(tree) else tree


# Compared and printed ------------------------------------------------------------------------------------------------


def equal(a: Any, b: Any) -> bool:
    """Whether two hyperparameters are equal by value."""
    pairs = [(a, b)]
    while pairs:
        a, b = pairs.pop()
        if isinstance(a, Node) and isinstance(b, Node):
            if a.factory is not b.factory or a.arguments.keys() != b.arguments.keys():
                return False
            if a is not b:
                pairs += [(value, b.arguments[name]) for name, value in a.arguments.items()]
        elif isinstance(a, tuple) and isinstance(b, tuple):
            if len(a) != len(b):
                return False
            pairs += zip(a, b, strict=True)
        elif not same(a, b):
            return False
    return True


def hashed(value: Any) -> Any:
    """A hyperparameter as something hashable."""
    if isinstance(value, tuple):
        return tuple(map(hashed, value))
    if is_array(value):
        return tuple(value.shape)
    try:
        return hash(value)
    except TypeError:  # an unhashable callable, which compares by value: equal ones must hash alike
        return None


def identity(value: Any) -> Any:
    """A key that is equal for two hyperparameters or schedules that are equal and will stay so.

    Numbers are compared by value; a tensor, which may be learnt, and a function, which may change, by identity.
    """
    if isinstance(value, Node):
        return id(value.factory), *map(identity, value.arguments.values())
    if isinstance(value, tuple):
        return tuple(map(identity, value))
    return value if value is None or is_number(value) or isinstance(value, str) else ("the one", id(value))


def written(value: Any) -> str:
    """A hyperparameter as code."""
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(map(written, value))}]"
    if is_array(value):
        return source_of(value)
    if isinstance(value, Node):
        code: str = value.factory.written(value.arguments)
        return code
    if not callable(value):
        return repr(value)
    return getattr(value, "__qualname__", None) or repr(value)


def shown(value: Any, as_text: Callable[[Any], str] = repr, most: int | None = None) -> str:
    """A value as a message shows it: cut to `most` characters, and safe whatever its own code does."""
    try:
        text = as_text(value[:most] if isinstance(value, str) else value)
    except ValueError:  # Python refuses to print a number with too many digits, also within a list
        text = "a number of thousands of digits"
    except Exception:  # any error of a foreign __repr__
        text = f"a {type(value).__name__}"
    return text if most is None or len(text) <= most else f"{text[: most - 3]}..."


def briefly(value: Any) -> str:
    """A value as a message shows it if it may be long."""
    return shown(value, most=62)
