"""What ``text`` and ``data`` share to read a schedule: the known names, the limits, and how it is built.

Programs that list the known names use it too.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from . import changes, clocks, combinators, decays, knots, noise, recipes, shapes, spaces
from ._factory import DEEPEST, Factory
from ._schedule import Schedule
from ._trees import briefly
from .bundles import bundle
from .combinators import running_product
from .recipes import cosine_restarts
from .spaces import Space

__all__ = [
    "DEEPEST",
    "LARGEST_NUMBER",
    "Maker",
    "all_names",
    "briefly",
    "functions_of",
    "known_names",
    "names_of_peers",
    "nearest",
    "peers",
    "shortened",
    "unknown",
]

LARGEST_NUMBER = 1.7976931348623157e308
# A short text can demand much work: a recipe can have many parts, a product many factors, and both nest.
MOST_PARTS = 10_000
MOST_WORK = 2_000_000
#: The hyperparameters that set the number of parts of a schedule under `like`; `times` does for `cosine_restarts`.
COUNTS_OF_PARTS = frozenset({"cycles", "num_cycles", "cycle_limit", "num_decays"})
#: The modules that define schedules.
ROOMS = (shapes, decays, knots, noise, spaces, combinators, clocks, recipes, changes)


# Names ---------------------------------------------------------------------------------------------------------------


def known_names() -> dict[str, Any]:
    """Every name that a text may use: all schedules, and the axes of `interpolate`."""
    everything = {name: getattr(room, name) for room in ROOMS for name in room.__all__}
    return {name: thing for name, thing in sorted(everything.items()) if isinstance(thing, Factory | Space)}


def all_names(reader: str, own: Mapping[str, Any]) -> dict[str, Any]:
    """The known names, `bundle`, and a user's own names, which take precedence."""
    numbers = "numbers, " if reader == "parse" else ""
    for name, thing in own.items():
        if not callable(thing) and not isinstance(thing, Space):
            raise TypeError(
                f"{reader}: names must be {numbers}schedules, or functions that make them, "
                f"got {briefly(thing)} for {name!r}; put @schedule over a function of the step"
            )
    return {**known_names(), bundle.name: bundle, **own}


def peers() -> dict[str, dict[str, Callable[..., Schedule]]]:
    """The functions under `like`, by peer and name."""
    return {peer: functions_of(peer) for peer in names_of_peers()}


def names_of_peers() -> list[str]:
    """The names of the peers, without importing them."""
    from . import like

    return like.__all__


def functions_of(peer: str) -> dict[str, Callable[..., Schedule]]:
    """The functions of one peer, by name."""
    from . import like  # imported only when needed: most programs name no peer

    module = getattr(like, peer)
    return {name: getattr(module, name) for name in module.__all__}


# Words for what is refused -------------------------------------------------------------------------------------------


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The closest known name, if one is close enough."""
    from difflib import get_close_matches

    by_lower_case = {candidate.lower(): candidate for candidate in known}
    near = get_close_matches(name.lower(), by_lower_case, n=1)
    return by_lower_case[near[0]] if near else None


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """The message for an unknown name, with the closest known one."""
    near = nearest(name, known)
    return f"there is no {kind} {briefly(name)}" + (f"; did you mean {near!r}?" if near else "")


def shortened(error: Exception) -> str:
    """The message of an error, without its middle if it is long."""
    said = str(error)
    return said if len(said) <= 600 else f"{said[:400]} ... {said[-180:]}"


# Making --------------------------------------------------------------------------------------------------------------


class Maker:
    """Builds what a text or data names, and counts the work."""

    def __init__(self) -> None:
        self.parts = 0
        self.work = 0
        #: The cost of one value of each schedule, by identity; the schedule is kept alive, so that it stays unique.
        self.costs: dict[int, tuple[Schedule, int]] = {}

    def make(self, factory: Callable[..., Schedule], args: Iterable[Any], given: Mapping[str, Any]) -> Schedule:
        args = tuple(args)
        self.account(factory, args, given)
        try:
            return factory(*args, **given)
        except (ArithmeticError, RecursionError) as error:
            raise ValueError(f"{_name_of(factory)}: this cannot be computed: {error}") from None

    def account(self, factory: Callable[..., Schedule], args: tuple[Any, ...], given: Mapping[str, Any]) -> None:
        """Add the cost of this call, and refuse it if the total is too much."""
        self.parts += 1
        counts = {"times"} if factory is cosine_restarts else COUNTS_OF_PARTS
        for name in counts & given.keys():
            self.parts += max(0, given[name]) if type(given[name]) is int else 0
        factors = given.get("times") if factory is running_product else 1
        self.work += (factors if type(factors) is int else 1) * self.cost_of((*args, *given.values()))
        if self.parts > MOST_PARTS or self.work > MOST_WORK:
            raise ValueError(
                f"{_name_of(factory)}: a text or data may ask for {MOST_PARTS} schedules and {MOST_WORK} evaluations "
                "in all, and this is more; compose it in Python"
            )

    def cost_of(self, value: Any) -> int:
        """About how many formulas one value evaluates."""
        if isinstance(value, list | tuple):
            return sum(map(self.cost_of, value))
        if not isinstance(value, Schedule):
            return 0
        if id(value) not in self.costs:
            factors = value.arguments["times"] if value.factory is running_product else 1
            cost = 1 + factors * self.cost_of(tuple(value.arguments.values()))
            self.costs[id(value)] = value, cost
        return self.costs[id(value)][1]


def _name_of(factory: Any) -> str:
    return str(getattr(factory, "__name__", "schedule"))
