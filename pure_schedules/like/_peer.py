"""What every function under `like` has: a peer's parameters are looked at, and a composition is returned.

`peer` is the decorator. `rate_beside` is the rule of a rate that stands beside the optimizer's own, `counted` that of a
length which the peer refuses where it is no whole number.
"""

from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar

from pure_schedules._arrays import is_number, is_traced
from pure_schedules._factory import Factory, Rule, Value, composed
from pure_schedules.checks import Condition, finite, number, such
from pure_schedules.checks import schedule as one_schedule

P = ParamSpec("P")
Made = TypeVar("Made", bound=Value)


def peer(**rules: Rule) -> Callable[[Callable[P, Made]], Factory[P, Made]]:
    """Give a function that composes a schedule the rules of its parameters; a finite number if nothing is said.

    What it returns is the composition itself: under its own name a peer's schedule is known only here.
    """

    def decorated(composition: Callable[P, Made]) -> Factory[P, Made]:
        name = ".".join([*composition.__module__.split(".")[1:], composition.__name__])
        made = composition.__annotations__["return"]
        return Factory(composition, composed, rules=rules, otherwise=(one_schedule, finite), name=name, made=made)

    return decorated


def rate_beside(*peaks: str) -> Rule:
    """A rate that is a floor or a start: unless it is 0, one of these must be given too.

    Without them the schedule is a factor, and what the optimizer multiplies would be a rate times a rate.
    """
    names = " or ".join(peaks)

    def has_a_peak(value: Any, others: Mapping[str, Any]) -> Any:
        if any(others[peak] is not None for peak in peaks):
            return True
        return value == 0 if is_number(value) or is_traced(value) else False

    return number(
        Condition(
            has_a_peak,
            f"is a rate, and without {names} the schedule is a factor of one",
            f"write {names}=..., the rate that the optimizer was built with",
        )
    )


#: A length of which the peer takes no fraction.
counted = number(such(lambda value: value % 1 == 0, "must be a whole number", "count the steps: 1, 2, 3 ..."))
