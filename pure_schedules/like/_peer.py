"""The decorator of every function under `like`: it checks a peer's parameters and returns a composition.

`peer` is the decorator. `rate_beside` is the rule for an absolute rate beside that of the optimizer, `counted` the rule
for a length that the peer accepts only as a whole number.
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
    """Declare the rules of a function that composes a schedule; by default a parameter is a finite number.

    The function returns the composition itself, without the peer's name.
    """

    def decorated(composition: Callable[P, Made]) -> Factory[P, Made]:
        name = ".".join([*composition.__module__.split(".")[1:], composition.__name__])
        made = composition.__annotations__["return"]
        return Factory(composition, composed, rules=rules, otherwise=(one_schedule, finite), name=name, made=made)

    return decorated


def rate_beside(*peaks: str) -> Rule:
    """A rate that is a floor or a start: unless it is 0, one of `peaks` must be given too.

    Without them the schedule is a factor, and the optimizer would multiply a rate by a rate.
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


#: A length that the peer accepts only as a whole number.
counted = number(such(lambda value: value % 1 == 0, "must be a whole number", "count the steps: 1, 2, 3 ..."))
