"""The decorator of every function under `like`: a peer's parameters are looked at, and a composition is returned."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec

from pure_schedules._schedule import Definition, Schedule
from pure_schedules.checks import Rule

P = ParamSpec("P")


def peer(**rules: Rule) -> Callable[[Callable[P, Schedule]], Callable[P, Schedule]]:
    """Give a function that composes a schedule the rules of its parameters; a finite number if nothing is said.

    What it returns is the composition itself: under its own name a peer's schedule is known only here.
    """

    def decorated(composition: Callable[P, Schedule]) -> Callable[P, Schedule]:
        definition = Definition(composition, 0, None, rules)
        definition.name = ".".join([*composition.__module__.split(".")[1:], composition.__name__])

        @wraps(composition)
        def composed(*args: P.args, **kwargs: P.kwargs) -> Schedule:
            values: dict[str, Any] = definition.admitted(definition.arguments(args, kwargs))
            try:
                return definition.expanded(values)
            except ValueError as error:
                raise ValueError(f"{definition.name}: {error}") from None

        return composed

    return decorated
