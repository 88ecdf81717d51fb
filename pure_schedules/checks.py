"""What a hyperparameter may be: rules declared beside its name, and run when it is bound.

A rule has a kind (a number, several numbers, a schedule ...) and conditions. Conditions look at plain numbers only: a
tensor may be traced, batched or on another device, and is trusted.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .numeric import as_number, is_array, is_number, is_traced, kind_of_elements, wide

__all__ = [
    "Condition",
    "Refused",
    "Rule",
    "above",
    "as_many_as",
    "at_least",
    "below_one",
    "bound_schedule",
    "different_from",
    "factory",
    "finite",
    "flag",
    "fraction",
    "increasing",
    "name_in",
    "negative",
    "non_negative",
    "not_empty",
    "numbers",
    "one_fewer_than",
    "one_more_than",
    "one_of",
    "one_or_more",
    "other_than_one",
    "positive",
    "schedule",
    "schedules",
    "summing_to_one",
    "whole",
]


@dataclass(frozen=True)
class Condition:
    """What must hold for a value, given the other hyperparameters; how to say it; what to write instead."""

    holds: Callable[[Any, Mapping[str, Any]], bool]
    rule: str
    advice: str


@dataclass(frozen=True)
class Rule:
    """What one hyperparameter may be. Rules are joined with ``&``."""

    admit: Callable[[Any], Any]
    conditions: tuple[Condition, ...] = ()
    #: What stands for a hyperparameter that was left out, made from the others.
    missing: Callable[[Mapping[str, Any]], Any] | None = None
    #: Whether a formula is given the schedule itself, to change its hyperparameters, and not only its values.
    whole_schedule: bool = False

    def __and__(self, other: "Rule") -> "Rule":
        return replace(self, conditions=self.conditions + other.conditions, missing=self.missing or other.missing)

    def or_else(self, missing: Callable[[Mapping[str, Any]], Any]) -> "Rule":
        """The same rule for a hyperparameter that may be left out and is then made from the others."""
        return replace(self, missing=missing)


class Refused(TypeError):
    """A value of the wrong kind: the rule it breaks, what to write instead, and its place if it is one of several."""

    def __init__(self, rule: str, advice: str, place: str = "") -> None:
        super().__init__(rule, advice, place)
        self.rule = rule
        self.advice = advice
        self.place = place


def shown(value: Any, written: Callable[[Any], str] = repr) -> str:
    """A value as a message has it, also where Python refuses to write it."""
    try:
        return written(value)
    except ValueError:
        return "a number of thousands of digits"


# Kinds ---------------------------------------------------------------------------------------------------------------


def a_number(value: Any) -> Any:
    """A real number, or a tensor or array of them."""
    value = as_number(value)
    if is_number(value) or is_traced(value):
        return value
    if is_array(value):
        if kind_of_elements(value) in ("bool", "complex"):
            raise Refused(f"must hold real numbers, not {kind_of_elements(value)}", "convert it to floating point")
        return wide(value)
    if callable(value):
        raise Refused("must be a number, not a schedule", "give the number itself")
    if isinstance(value, str):
        raise Refused("must be a number, not text", "write it without the quotes")
    raise Refused(f"must be a number, not {type(value).__name__}", "give an int, a float or a tensor of them")


def some_numbers(value: Any) -> tuple[Any, ...]:
    """A list of real numbers; a tensor or array of one dimension is one too."""
    if (is_array(value) and len(value.shape) == 0) or (not is_array(value) and not _is_list(value)):
        raise Refused("must be a list of numbers", "put it in brackets: [...]")
    return _each(a_number, value)


def a_schedule(value: Any) -> Any:
    """A schedule, or any function of the step."""
    if hasattr(value, "bind_hyperparameters"):
        raise Refused(
            "must be a schedule, and this is a function that makes one", f"give its hyperparameters: {value.__name__}(...)"
        )
    if callable(value):
        return value
    if is_number(as_number(value)):
        raise Refused("must be a schedule, not a number", f"write constant(value={shown(value)})")
    if _is_list(value):
        raise Refused("must be one schedule, not a list", "give the schedule itself, without brackets")
    raise Refused(f"must be a schedule, not {type(value).__name__}", "give a schedule or a function of the step")


def some_schedules(value: Any) -> tuple[Any, ...]:
    """A list of schedules, with at least one in it."""
    if not _is_list(value):
        raise Refused("must be a list of schedules", "put them in brackets: [...]")
    if not len(value):
        raise Refused("must hold at least one schedule", "put one in")
    return _each(a_schedule, value)


def a_factory(value: Any) -> Any:
    """A function that makes a schedule from hyperparameters, such as `linear` itself."""
    if not callable(value) or hasattr(value, "hyperparameters"):
        raise Refused(
            "must be a function that makes a schedule", "write the name alone, without hyperparameters, such as decay=cosine"
        )
    return value


def a_bound_schedule(value: Any) -> Any:
    """A schedule with hyperparameters of its own, and not just any function."""
    if not hasattr(a_schedule(value), "hyperparameters"):
        raise Refused("must be a schedule of this library", "put @schedule over the function")
    return value


def a_word(value: Any) -> Any:
    """A word, such as the name of a hyperparameter."""
    if not isinstance(value, str):
        raise Refused(f"must be a word, not {type(value).__name__}", "write it in quotes")
    return value


def a_flag(value: Any) -> Any:
    """True or False."""
    if not isinstance(value, bool):
        raise Refused("must be True or False", "write True or False")
    return value


def _each(admit: Callable[[Any], Any], items: Any) -> tuple[Any, ...]:
    admitted: list[Any] = []
    for index, item in enumerate(items):
        try:
            admitted.append(admit(item))
        except Refused as refused:
            raise Refused(refused.rule, refused.advice, f"[{index}]") from None
    return tuple(admitted)


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


# Conditions ----------------------------------------------------------------------------------------------------------


def _plain(*values: Any) -> bool:
    return all(is_number(value) for value in values)


def _among_numbers(holds: Callable[[Any], bool]) -> Callable[[Any, Mapping[str, Any]], bool]:
    """A condition on one number, that holds for a list if it does for each, and is not asked of tensors."""

    def each(value: Any, _: Mapping[str, Any]) -> bool:
        return all(holds(item) for item in (value if isinstance(value, tuple) else (value,)) if is_number(item))

    return each


def _rises(value: Any, _: Mapping[str, Any]) -> bool:
    return not _plain(*value) or all(a <= b for a, b in zip((0, *value), value, strict=False))


_LARGEST = sys.float_info.max

_is_finite = Condition(
    _among_numbers(lambda value: -_LARGEST <= value <= _LARGEST), "must be finite", "give a finite number"
)

#: A finite number: what every hyperparameter is unless it says otherwise.
finite = Rule(a_number, (_is_finite,))
#: A list of finite numbers.
numbers = Rule(some_numbers, (_is_finite,))
#: A list of schedules.
schedules = Rule(some_schedules)
#: A function that makes schedules.
factory = Rule(a_factory)

#: True or False.
flag = Rule(a_flag)

#: What every child is.
schedule = Rule(a_schedule)

#: A schedule whose hyperparameters the formula changes.
bound_schedule = Rule(a_bound_schedule, whole_schedule=True)

positive = Rule(
    a_number, (_is_finite, Condition(_among_numbers(lambda value: value > 0), "must be positive", "give a number above 0"))
)
non_negative = Rule(
    a_number,
    (_is_finite, Condition(_among_numbers(lambda value: value >= 0), "must not be negative", "give 0 or a number above it")),
)
fraction = Rule(
    a_number,
    (
        _is_finite,
        Condition(
            _among_numbers(lambda value: 0 <= value <= 1), "must be a fraction, from 0 to 1", "write 0.3 for 30 percent"
        ),
    ),
)
whole = Rule(
    a_number,
    (
        Condition(
            lambda value, _: type(value) is int and value > 0, "must be a whole number above 0", "count them: 1, 2, 3 ..."
        ),
    ),
)
increasing = Rule(
    some_numbers,
    (_is_finite, Condition(_rises, "must rise from 0 on, never falling", "sort them; the first boundary is not negative")),
)


def name_in(other: str) -> Rule:
    """The name of a hyperparameter, a number, of the schedule that another hyperparameter is."""

    def holds(value: Any, others: Mapping[str, Any]) -> bool:
        number = others[other].hyperparameters.get(value)
        return is_number(number) or is_array(number)

    return Rule(
        a_word,
        (
            Condition(
                holds, f"must be the name of a number among the hyperparameters of {other}", "print the schedule to see them"
            ),
        ),
    )


def one_of(*choices: str) -> Rule:
    """One of these words."""

    return Rule(
        a_word,
        (
            Condition(
                lambda value, _: value in choices,
                f"must be one of {', '.join(map(repr, choices))}",
                "write one of these",
            ),
        ),
    )


#: Joined to a kind: ``positive & below_one``.
below_one = Rule(
    a_number, (Condition(_among_numbers(lambda value: value < 1), "must be below 1", "write 0.999, and not 1"),)
)
other_than_one = Rule(
    a_number, (Condition(_among_numbers(lambda value: value != 1), "must not be 1", "for a straight line use linear"),)
)
negative = Rule(a_number, (Condition(_among_numbers(lambda value: value < 0), "must be negative", "give a number below 0"),))
one_or_more = Rule(
    a_number,
    (
        _is_finite,
        Condition(_among_numbers(lambda value: value >= 1), "must be 1 or more", "give a number from 1 on"),
    ),
)
summing_to_one = Rule(
    some_numbers,
    (
        Condition(_among_numbers(lambda value: value > 0), "must be positive", "leave out what takes no part"),
        Condition(
            lambda value, _: not _plain(*value) or abs(sum(value) - 1) < 1e-9,
            "must have a sum of 1",
            "write 0.3 for 30 percent",
        ),
    ),
)
not_empty = Rule(some_numbers, (Condition(lambda value, _: len(value) > 0, "must not be empty", "put a number in"),))


def at_least(other: str) -> Rule:
    """A number that is not below another hyperparameter, or below the sum of several joined by ``+``."""

    def holds(value: Any, others: Mapping[str, Any]) -> bool:
        bounds = [others[name] for name in other.split(" + ")]
        return not _plain(value, *bounds) or value >= sum(bounds)

    return Rule(a_number, (Condition(holds, f"must be at least {other}", f"raise it, or lower {other}"),))


def above(other: str) -> Rule:
    """A number that is above another hyperparameter."""
    return Rule(
        a_number,
        (
            Condition(
                lambda value, others: not _plain(value, others[other]) or value > others[other],
                f"must be above {other}",
                f"raise it, or lower {other}",
            ),
        ),
    )


def different_from(other: str) -> Rule:
    """A number that is not equal to another hyperparameter."""
    return Rule(
        a_number,
        (
            Condition(
                lambda value, others: not _plain(value, others[other]) or value != others[other],
                f"must differ from {other}",
                "give two different values",
            ),
        ),
    )


def as_many_as(other: str) -> Rule:
    """A list with as many items as another."""
    return Rule(
        some_numbers,
        (
            Condition(
                lambda value, others: len(value) == len(others[other]),
                f"must be as many as {other}",
                f"give one for each of {other}",
            ),
        ),
    )


def one_fewer_than(other: str) -> Rule:
    """A list with one item fewer than another: what lies between its items."""
    return Rule(
        some_numbers,
        (
            Condition(
                lambda value, others: len(value) + 1 == len(others[other]),
                f"must be one fewer than {other}",
                f"give one number for each place where one of {other} follows another",
            ),
        ),
    )


def one_more_than(other: str) -> Rule:
    """A list with one item more than another: what its items lie between."""
    return Rule(
        some_numbers,
        (
            Condition(
                lambda value, others: len(value) == len(others[other]) + 1,
                f"must be one more than {other}",
                f"give a value before the first of {other}, and one from each of them on",
            ),
        ),
    )
