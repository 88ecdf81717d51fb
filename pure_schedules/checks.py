"""Rules for hyperparameters, declared beside their names and checked when they are bound.

A rule has a kind (a number, a list of numbers, a schedule ...) and conditions. Conditions check plain numbers only. A
tensor may be traced, batched or on another device, so its values are not checked.
"""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from ._arrays import as_number, is_array, is_matrix, is_number, is_tensor, is_traced, kind_of_elements, wide
from ._factory import Condition, Factory, Refused, Rule
from ._partials import Shape, partial_of
from ._trees import Node, shown

__all__ = [
    "Condition",
    "Refused",
    "Rule",
    "above",
    "as_many_as",
    "at_least",
    "below_one",
    "beside",
    "bound_schedule",
    "can_be_asked",
    "different_from",
    "each",
    "every",
    "factory",
    "finite",
    "flag",
    "fraction",
    "increasing",
    "name_in",
    "negative",
    "no_ratio_of",
    "non_negative",
    "not_empty",
    "number",
    "numbers",
    "one_fewer_than",
    "one_more_than",
    "one_of",
    "one_or_more",
    "other_than_one",
    "parts",
    "positive",
    "schedule",
    "schedules",
    "such",
    "summing_to_one",
    "whole",
]


# Kinds ---------------------------------------------------------------------------------------------------------------


def a_number(value: Any) -> Any:
    """A real number, or a tensor or array of them."""
    if type(value) is float or (is_tensor(value) and value.is_floating_point()):
        return value
    value = as_number(value)
    if is_number(value) or is_traced(value):
        return value
    if is_array(value):
        kind = kind_of_elements(value)
        if kind in ("bool", "complex"):
            raise Refused(f"must hold real numbers, not {kind}", "convert it to floating point")
        if kind == "no numbers":
            raise Refused(f"must hold real numbers, not {value.dtype}", "give an array of floats")
        if is_matrix(value):
            raise Refused("must be an array, not a matrix, which multiplies as matrices do", "write np.asarray(...)")
        return wide(value)
    if callable(value):
        raise Refused("must be a number, not a schedule", "give the number itself")
    if isinstance(value, str):
        raise Refused("must be a number, not text", _unquoted(value))
    raise Refused(f"must be a number, not {type(value).__name__}", "give an int, a float or a tensor of them")


def _unquoted(text: str) -> str:
    """What to write instead of text."""
    mantissa, exponent = text.lower().partition("e")[::2]
    if exponent and mantissa.lstrip("+-").isdigit() and exponent.lstrip("+-").isdigit():
        return f"in YAML a number has a point, and a sign before its exponent: write {mantissa}.0e{int(exponent):+d}"
    return "write it without the quotes"


def some_numbers(value: Any) -> tuple[Any, ...]:
    """A list of real numbers; a 1-d tensor or array counts as one."""
    if (is_array(value) and len(value.shape) == 0) or (not is_array(value) and not _is_list(value)):
        raise Refused("must be a list of numbers", "put it in brackets: [...]")
    return _each(a_number, value)


def a_schedule(value: Any) -> Any:
    """A schedule, or any function of the step."""
    made = value.factory if isinstance(value, Shape) else value
    if isinstance(made, Factory):
        raise Refused(
            "must be a schedule, and this is a function that makes one", f"give its hyperparameters: {made.__name__}(...)"
        )
    if isinstance(value, Mapping):
        raise Refused("must be one schedule, not several by name", "take one of them by its name: bundle['lr']")
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
    """A function that makes a schedule from hyperparameters, such as `linear` itself, or a `functools.partial` of one."""
    value = partial_of(value)
    if not callable(value) or (isinstance(value, Node) and not isinstance(value, Shape)):
        raise Refused(
            "must be a function that makes a schedule", "write the name alone, without hyperparameters, such as decay=cosine"
        )
    return value


def a_bound_schedule(value: Any) -> Any:
    """A schedule with hyperparameters, not a plain function."""
    if not isinstance(a_schedule(value), Node):
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
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))


# Conditions ----------------------------------------------------------------------------------------------------------


def can_be_asked(*values: Any) -> bool:
    """Whether all of these are plain numbers, or symbols of a trace; tensors are not checked."""
    for value in values:  # noqa: SIM110 - twice as fast as all()
        if not (is_number(value) or is_traced(value)):
            return False
    return True


def every(verdicts: Iterable[Any]) -> Any:
    """Whether all of these hold; each may be a bool or a symbol."""
    together: Any = True
    for verdict in verdicts:
        if together is True or verdict is False:
            together = verdict
        elif not (verdict is True or together is False):
            together = together & verdict
    return together


def such(holds: Callable[[Any], Any], rule: str, advice: str) -> Condition:
    """A condition on one number; for a list it must hold for each."""

    def for_each(value: Any, _: Mapping[str, Any]) -> Any:
        if type(value) is float or type(value) is int:
            return holds(value)
        return every(map(holds, filter(can_be_asked, value if isinstance(value, tuple) else (value,))))

    return Condition(for_each, rule, advice)


def beside(other: str, holds: Callable[[Any, Any], Any], rule: str, advice: str) -> Condition:
    """A condition on a number and another hyperparameter, or a sum of several, written with ``+``."""
    names = other.split(" + ")

    def with_others(value: Any, others: Mapping[str, Any]) -> Any:
        bounds = [others[name] for name in names]
        return holds(value, sum(bounds[1:], bounds[0])) if can_be_asked(value, *bounds) else True

    return Condition(with_others, rule, advice)


def number(*conditions: Condition) -> Rule:
    """A finite number for which these conditions hold."""
    return Rule(a_number, (_is_finite, *conditions))


def as_long_as(other: str, more: int, rule: str, advice: str) -> Rule:
    """A list with `more` items more than another."""
    return Rule(some_numbers, (Condition(lambda value, others: len(value) == len(others[other]) + more, rule, advice),))


def _rises(value: Any, _: Mapping[str, Any]) -> Any:
    return every(before <= after for before, after in pairwise((0, *value))) if can_be_asked(*value) else True


def _counts(value: Any, _: Mapping[str, Any]) -> bool:
    return not any(is_array(item) and not is_traced(item) and kind_of_elements(item) == "half" for item in value)


def _sums_to_one(value: Any, _: Mapping[str, Any]) -> Any:
    return abs(sum(value) - 1) < 1e-9 if can_be_asked(*value) else True


_LARGEST = sys.float_info.max
_is_finite = such(lambda value: abs(value) <= _LARGEST, "must be finite", "give a finite number")
_is_whole = Condition(
    lambda value, _: type(value) is int and value > 0, "must be a whole number above 0", "count them: 1, 2, 3 ..."
)

# Rules ---------------------------------------------------------------------------------------------------------------

#: A finite number: the default rule.
finite = number()
positive = number(such(lambda value: value > 0, "must be positive", "give a number above 0"))
negative = number(such(lambda value: value < 0, "must be negative", "give a number below 0"))
non_negative = number(such(lambda value: value >= 0, "must not be negative", "give 0 or a number above it"))
fraction = number(
    such(lambda value: every((value >= 0, value <= 1)), "must be a fraction, from 0 to 1", "write 0.3 for 30 percent")
)
below_one = number(such(lambda value: value < 1, "must be below 1", "write 0.999, and not 1"))
one_or_more = number(such(lambda value: value >= 1, "must be 1 or more", "give a number from 1 on"))
other_than_one = number(such(lambda value: value != 1, "must not be 1", "for a straight line use linear"))
#: A whole number above 0, such as the number of factors of a product.
whole = Rule(a_number, (_is_whole,), is_whole=True)
#: The number of parts of a schedule, each of which takes memory.
parts = Rule(
    a_number,
    (_is_whole, such(lambda value: value <= 100_000, "must be at most 100000", "for more of them write repeat(...)")),
    is_whole=True,
)


def each(rule: Rule) -> Rule:
    """A list of numbers that each satisfy a rule."""
    return Rule(some_numbers, rule.conditions)


#: A list of finite numbers.
numbers = each(finite)
not_empty = Rule(some_numbers, (Condition(lambda value, _: len(value) > 0, "must not be empty", "put a number in"),))
increasing = Rule(
    some_numbers,
    (
        _is_finite,
        Condition(_counts, "must not be of half precision, which cannot count", "convert them to float32 or integers"),
        Condition(_rises, "must rise from 0 on, never falling", "sort them; the first boundary is not negative"),
    ),
)
summing_to_one = Rule(
    some_numbers,
    (
        such(lambda value: value > 0, "must be positive", "leave out what takes no part"),
        Condition(_sums_to_one, "must have a sum of 1", "write 0.3 for 30 percent"),
    ),
)

#: A schedule, or any function of the step.
schedule = Rule(a_schedule)
#: A list of schedules.
schedules = Rule(some_schedules)
#: A schedule whose hyperparameters the formula changes: it receives the schedule itself.
bound_schedule = Rule(a_bound_schedule, prepared=lambda schedule: schedule)
#: A function that makes schedules.
factory = Rule(a_factory, prepared=lambda factory: factory)
#: True or False.
flag = Rule(a_flag)


def at_least(other: str) -> Rule:
    """A number not below another hyperparameter, or a sum of several, written with ``+``."""
    return number(
        beside(other, lambda value, bound: value >= bound, f"must be at least {other}", f"raise it, or lower {other}")
    )


def no_ratio_of(other: str) -> Rule:
    """A length in steps, not a ratio of the total: other tools write 0.03 for 30 of a thousand steps."""
    return number(
        beside(
            other,
            lambda value, whole: (value <= 0) | (value >= 1) | (whole < 1000),
            f"must be a length in steps, not a ratio of {other}",
            f"write {{name}}={{value}} * {{{other}}}",
        )
    )


def above(other: str) -> Rule:
    """A number that is above another hyperparameter."""
    return number(beside(other, lambda value, bound: value > bound, f"must be above {other}", f"raise it, or lower {other}"))


def different_from(other: str) -> Rule:
    """A number that is not equal to another hyperparameter."""
    return number(
        beside(other, lambda value, bound: value != bound, f"must differ from {other}", "give two different values")
    )


def as_many_as(other: str) -> Rule:
    """A list with as many items as another."""
    return as_long_as(other, 0, f"must be as many as {other}", f"give one for each of {other}")


def one_fewer_than(other: str) -> Rule:
    """A list with one item fewer than another, such as the boundaries between schedules."""
    return as_long_as(
        other,
        -1,
        f"must be one fewer than {other}",
        f"give one number for each place where one of {other} follows another",
    )


def one_more_than(other: str) -> Rule:
    """A list with one item more than another, such as the values around boundaries."""
    return as_long_as(
        other,
        1,
        f"must be one more than {other}",
        f"give a value before the first of {other}, and one from each of them on",
    )


def name_in(other: str) -> Rule:
    """The name of a numeric hyperparameter of a schedule, which is another hyperparameter."""

    def holds(value: Any, others: Mapping[str, Any]) -> bool:
        named = others[other].arguments.get(value)
        return is_number(named) or is_array(named)

    rule = f"must be the name of a number among the hyperparameters of {other}"
    return Rule(a_word, (Condition(holds, rule, "print the schedule to see them"),))


def one_of(*choices: str) -> Rule:
    """One of these words."""
    rule = f"must be one of {', '.join(map(repr, choices))}"
    return Rule(a_word, (Condition(lambda value, _: value in choices, rule, "write one of these"),))
