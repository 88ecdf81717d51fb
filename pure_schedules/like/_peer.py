"""The decorator of every function under `like`: a peer's parameters are looked at, and a composition is returned."""

from collections.abc import Callable, Mapping
from typing import Any, ParamSpec

from pure_schedules._factory import Factory, Rule
from pure_schedules._schedule import Schedule
from pure_schedules.checks import finite
from pure_schedules.checks import schedule as one_schedule

P = ParamSpec("P")


def peer(**rules: Rule) -> Callable[[Callable[P, Schedule]], Factory[P, Schedule]]:
    """Give a function that composes a schedule the rules of its parameters; a finite number if nothing is said.

    What it returns is the composition itself: under its own name a peer's schedule is known only here.
    """

    def decorated(composition: Callable[P, Schedule]) -> Factory[P, Schedule]:
        name = ".".join([*composition.__module__.split(".")[1:], composition.__name__])
        return Factory(composition, _composed, rules=rules, otherwise=(one_schedule, finite), name=name, made=Schedule)

    return decorated


def _composed(factory: Factory[..., Any], arguments: Mapping[str, Any]) -> Schedule:
    try:
        composition: Schedule = factory.composed(arguments)
    except ValueError as error:
        raise ValueError(f"{factory.name}: {error}") from None
    return composition
