"""The steps at which a schedule is tested, and the numbers among its hyperparameters."""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias, TypeVar

from .._arrays import as_number, is_array, is_number
from .._curves import marks
from .._sampling import Curve
from .._schedule import Schedule, length_of

#: The names and indices that lead to one number in a tree.
Path: TypeAlias = tuple[Any, ...]
Item = TypeVar("Item")

# How far an endless schedule is tested beyond its last boundary, and a finite one beyond its end.
FAR = (1, 10, 1000, 10**6, 10**9, 3 * 10**9)
# At most this many boundaries and numbers are tested, evenly chosen from all; more would take long.
MOST_CORNERS = 12
MOST_NUMBERS = 12
# Every update of a run up to this length is tested; of a longer run as many, at distances that are not round numbers.
MOST_UPDATES = 4000
GOLDEN_SECTION = 0.6180339887498949


def places(curve: Curve, steps: Iterable[float] | None = None) -> list[float]:
    """The given steps; by default the first ones, each corner with its neighbours, some between, and some far beyond."""
    if steps is not None:
        return list(steps)
    corners = corners_of(curve)
    last = max((math.ceil(corner) for corner in corners), default=100)
    near = [math.floor(corner) + offset for corner in corners for offset in (-1, 0, 1)]
    exactly = [corner for corner in corners if corner != math.floor(corner)]
    between = [last // 3, last // 2, 0.37 * last, 0.71 * last]
    return sorted({step for step in (0, 1, 2, *near, *exactly, *between, *(last + more for more in FAR)) if step >= 0})


def corners_of(curve: Curve) -> list[float]:
    """The end, the boundaries, and every hyperparameter within the run, which may be a step."""
    length = end_of(curve)
    farthest = length if length < math.inf else 1000.0
    numbers = [float(number) for _, number in leaves(hyperparameters_of(curve)) if 1 <= number <= farthest]
    found: list[float] = sorted({*numbers, *marks(curve, farthest), *([length] if length < math.inf else [])})
    return evenly(found, MOST_CORNERS)


def updates(curve: Curve) -> list[int]:
    """The updates of a run and some beyond it: all of a short run, to find an error at a single one."""
    last = max((math.ceil(corner) for corner in corners_of(curve)), default=100) + 100
    if last < MOST_UPDATES:
        return list(range(last + 1))
    return sorted({int(last * (k + k * GOLDEN_SECTION % 1) / MOST_UPDATES) for k in range(MOST_UPDATES)})


def evenly(items: list[Item], most: int) -> list[Item]:
    """All of these, or `most` of them, evenly from the first to the last."""
    count = len(items)
    return items if count <= most else [items[index * (count - 1) // (most - 1)] for index in range(most)]


def end_of(curve: Curve) -> float:
    """The length in steps; infinite if it is endless or unknown."""
    length = length_of(curve)
    return float(length) if is_number(as_number(length)) or is_array(length) else math.inf


def hyperparameters_of(curve: Curve) -> dict[str, Any]:
    """The tree of a schedule's hyperparameters; a plain function has none."""
    return curve.hyperparameters if isinstance(curve, Schedule) else {}


# Trees of numbers ----------------------------------------------------------------------------------------------------


def leaves(tree: Any, path: Path = ()) -> Iterator[tuple[Path, float]]:
    """Each plain number in a tree, with its path."""
    if isinstance(tree, Mapping):
        for name, item in tree.items():
            yield from leaves(item, (*path, name))
    elif isinstance(tree, list):
        for index, item in enumerate(tree):
            yield from leaves(item, (*path, index))
    elif is_number(tree):
        yield path, tree


def measured(schedule: Schedule) -> list[tuple[Path, float]]:
    """The numbers that may take any real value, at most a fixed count; those that count parts are left out."""
    some = evenly(list(leaves(schedule.hyperparameters)), MOST_NUMBERS)
    return [(path, number) for path, number in some if not _counts(schedule, path, number)]


def _counts(schedule: Schedule, path: Path, number: float) -> bool:
    """Whether this number must be an int: then the equal float is refused."""
    if type(number) is float:
        return False
    try:
        schedule.replace(only(path, float(number)))
    except (TypeError, ValueError):
        return True
    return False


def only(path: Path, value: Any) -> Any:
    """A tree that changes this one number."""
    for part in reversed(path):
        value = {part: value}
    return value


def dotted(path: Path) -> str:
    """A path as code: ``schedules[1].end``."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
