"""Hypothesis strategies: schedules of every family, compositions, trees of hyperparameters, and steps.

They draw edge cases often: lengths of 0, 1 and thirds, equal start and end, two boundaries at one step, steps at and
beside a boundary. Failing examples shrink to few parts and small whole numbers. With hypothesis installed,
``st.from_type(Schedule)`` works without an import; the module needs the extra ``testing``.

A strategy is derived from the factory: names of hyperparameters give ranges, and rules filter the drawn values. So new
schedules, and your own, need no extra code.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache, partial
from graphlib import TopologicalSorter
from inspect import Parameter
from itertools import product
from typing import Any, TypeAlias

try:
    from hypothesis import strategies as st
except ImportError as error:  # say what to install
    raise ImportError("pure_schedules.testing.strategies needs hypothesis: pip install 'pure-schedules[testing]'") from error

import pure_schedules as ps

from .. import checks, spaces
from .._arrays import is_number
from .._factory import Factory, Rule
from .._reading import known_names
from .._sampling import Curve
from .._schedule import Schedule
from ..spaces import Space
from ._places import leaves, places

__all__ = ["hyperparameters", "schedules", "steps"]

Drawn: TypeAlias = st.SearchStrategy[Any]
Schedules: TypeAlias = st.SearchStrategy[Schedule]

#: Every public function that makes a schedule; failing examples shrink to the first.
FACTORIES: tuple[Factory[..., Schedule], ...] = tuple(
    dict.fromkeys([ps.constant, ps.linear, *(thing for thing in known_names().values() if isinstance(thing, Factory))])
)


# What a hyperparameter may be, by its name ---------------------------------------------------------------------------

# Numbers as people write them, and a few others. Examples shrink to the first of several.
rates = st.one_of(st.sampled_from([1.0, 0.1, 1e-3, 3e-4, 1e-4, 1e-6]), st.floats(1e-6, 1.0))
rates_or_zero = st.one_of(st.just(0.0), rates)
# Whole numbers, thirds, and hundredths. Arbitrary floats could lie one rounding apart.
lengths = st.one_of(
    st.integers(0, 40),
    st.sampled_from([1 / 3, 10 / 3, 100 / 3]),
    st.integers(1, 120).map(lambda third: third / 3),
    st.integers(1, 4000).map(lambda part: part / 100),
)
factors = st.floats(0.1, 3.0)

#: The values for a name, in every schedule; a name that ends in ``_steps`` is a length too.
NAMED: dict[str, Drawn] = {
    **dict.fromkeys(["value", "start", "end", "floor", "outside", "mean", "deviation", "low", "high"], rates_or_zero),
    **dict.fromkeys(["peak", "multiple", "values", "sizes", "to_low", "to_high"], rates),
    **dict.fromkeys(["steps", "every", "timescale", "period", "at", "first", "stop", "boundaries", "samples"], lengths),
    **dict.fromkeys(["start_factor", "end_factor", "warmup_fraction"], st.floats(0.0, 1.0)),
    "power": factors,
    "beta": factors,
    "beta2": st.sampled_from([0.9, 0.99, 0.999]),
    "d_model": st.integers(1, 1024),
    "factor": st.floats(0.1, 1.0),  # above 1, applied repeatedly, it overflows
    "fractions": st.integers(1, 5),  # shares, divided by their sum
    "growth": st.sampled_from([1, 1.5, 2, 1.1, 1.001]),
    "lower": st.floats(-8.0, 0.0),
    "upper": st.floats(0.0, 8.0),
    "rate": st.floats(0.5, 1.0),
    "ratio": st.floats(1.0, 64.0),
    "seed": st.integers(0, 10**6),
    "times": st.integers(1, 4),
    "upper_bound": st.floats(41.0, 100.0),  # above every length: at its bound the curve is infinitely steep
    # Children with a special role: a weight, from 0 to 1, and a clock, which never goes back.
    "weight": st.builds(ps.linear, start=st.just(0.0), end=st.just(1.0), steps=lengths),
    "curve": st.builds(ps.cosine, start=st.just(0.0), end=st.just(1.0), steps=st.integers(1, 40)),
    "clock": st.deferred(lambda: _drawn(ps.consumed, st.nothing())),
}
#: A number of which only the rules are known.
UNNAMED = st.one_of(st.sampled_from([1.0, 0.0, 0.5, 2.0, 1, 10, -1.0]), st.floats(0.0, 40.0, allow_subnormal=False))

#: Exceptions for one schedule.
ELSEWHERE: dict[tuple[Any, str], Drawn] = {
    # Applied once, a factor may be above 1.
    **{(factory, "factor"): factors for factory in (ps.scale, ps.stretch, ps.noam)},
    # Near 1 the formula cancels.
    (ps.affine_exponential, "factor"): st.floats(0.1, 0.9),
    # A decay, not a rise.
    (ps.capped_power, "power"): st.floats(-2.0, -0.3),
    # Two close values magnify rounding errors.
    (ps.remap, "low"): st.just(0.0),
    (ps.remap, "high"): st.just(1.0),
    # The half-life of a factor near 1 is unbounded.
    **{(ps.half_life, name): st.floats(0.1, 0.9) for name in ("start", "end")},
}

#: The factories drawn for a shape, such as `decay` or `rise`.
SHAPES = st.sampled_from([ps.linear, ps.cosine, ps.logarithmic, partial(ps.polynomial, power=1.5)])
SPACES = st.sampled_from([thing for thing in known_names().values() if isinstance(thing, Space)])
#: A schedule whose hyperparameters may be any number, for combinators that change them.
OPEN = st.builds(ps.cosine, start=rates, end=rates_or_zero, steps=lengths)


def _numbers(factory: Any, name: str, rule: Rule) -> Drawn:
    """The numbers that a hyperparameter, or an item of a list, is drawn from."""
    if (factory, name) in ELSEWHERE:
        return ELSEWHERE[factory, name]
    unnamed = st.integers(1, 4) if rule.is_whole else UNNAMED
    return NAMED.get(name, lengths if name.endswith("_steps") else unnamed)


def _list_of(name: str, numbers: Drawn, size: int) -> Drawn:
    items = st.lists(numbers, min_size=size, max_size=size)
    if name == "fractions":
        return items.map(lambda shares: tuple(share / sum(shares) for share in shares))
    if name in ("boundaries", "samples"):
        doubled = st.lists(st.booleans(), min_size=size, max_size=size)
        return st.builds(_rising, items, doubled)
    return items.map(tuple)


def _rising(places: Sequence[Any], doubled: Sequence[bool]) -> tuple[Any, ...]:
    """Boundaries in order, some equal to the one before."""
    rising = sorted(places)
    for index, again in enumerate(doubled[1:], 1):
        if again:
            rising[index] = rising[index - 1]
    return tuple(rising)


# What a factory declares ---------------------------------------------------------------------------------------------

LISTS = (checks.some_numbers, checks.some_schedules)
CHILDREN = (checks.a_schedule, checks.a_bound_schedule, checks.some_schedules)
KNOWN = {*LISTS, *CHILDREN, checks.a_number, checks.a_factory, checks.a_flag, spaces.a_space}


def _kinds(factory: Factory[..., Any]) -> set[Any]:
    return {rule.admit for rule in factory.rules.values()}


def _cannot_be_drawn(factory: Factory[..., Any]) -> list[str]:
    """The required hyperparameters of an unknown kind, such as a word without known choices."""
    known = {*KNOWN, checks.a_word} if checks.a_bound_schedule in _kinds(factory) else KNOWN
    rules, parameters = factory.rules, factory.parameters
    return [name for name in rules if rules[name].admit not in known and parameters[name].default is Parameter.empty]


class _Asked(dict[str, Any]):
    """Hyperparameters that exist as soon as a rule reads one; no rule can decide on them."""

    def __missing__(self, name: str) -> Any:
        self[name] = ()
        return ()


@cache
def _asked_by(rule: Rule) -> tuple[str, ...]:
    """The other hyperparameters that a rule compares with."""
    asked = _Asked()
    for condition in rule.conditions:
        with suppress(Exception):
            condition.holds((), asked)
    return tuple(asked)


@cache
def _in_order(factory: Factory[..., Any]) -> list[str]:
    """The hyperparameters, each after those that its rule compares with; mutual ones in declared order."""
    after: dict[str, list[str]] = {}
    for name, rule in factory.rules.items():
        after[name] = [other for other in _asked_by(rule) if other in after or name not in _asked_by(factory.rules[other])]
    return list(TopologicalSorter(after).static_order())


@cache
def _sizes(factory: Factory[..., Any]) -> dict[str, int]:
    """How many items more than others each list has, found by trying its rules."""
    lists = [name for name, rule in factory.rules.items() if rule.admit in LISTS]
    for more in product((0, -1, 1), repeat=len(lists)):
        values = {name: (None,) * (2 + extra) for name, extra in zip(lists, more, strict=True)}
        if all(_holds(factory.rules[name], value, values) for name, value in values.items()):
            return dict(zip(lists, more, strict=True))
    return dict.fromkeys(lists, 0)


def _holds(rule: Rule, value: Any, others: Mapping[str, Any]) -> bool:
    """Whether no condition of a rule refuses a value."""
    for condition in rule.conditions:
        with suppress(Exception):  # the other hyperparameter is missing, or cannot be compared
            if not condition.holds(value, others):
                return False
    return True


# How a schedule is drawn ---------------------------------------------------------------------------------------------


def _drawn(factory: Factory[..., Schedule], children: Schedules) -> Schedules:
    """The schedules of a factory, given a strategy for children."""
    return _arguments(factory, children).map(partial(_made, factory)).filter(lambda made: made is not None)


def _made(factory: Factory[..., Schedule], arguments: Mapping[str, Any]) -> Any:
    try:
        return factory.bind(arguments)
    except (TypeError, ValueError, ArithmeticError):
        return None


@st.composite
def _arguments(draw: Any, factory: Factory[..., Any], children: Schedules) -> dict[str, Any]:
    drawn: dict[str, Any] = {}
    sizes = _sizes(factory)
    count = draw(st.integers(1, 4)) if sizes else 0
    for name in _in_order(factory):
        one = _one(factory, name, children, drawn, count + sizes.get(name, 0))
        default = factory.parameters[name].default
        if default is not Parameter.empty and (default is None or _holds(factory.rules[name], default, drawn)):
            one = st.one_of(st.just(default), one)
        drawn[name] = draw(one)
    return drawn


def _one(factory: Factory[..., Any], name: str, children: Schedules, drawn: Mapping[str, Any], size: int) -> Drawn:
    """The values of one hyperparameter, given those drawn already; `size` is the length of a list."""
    rule = factory.rules[name]
    holds = partial(_holds, rule, others=drawn)
    kind: Any = rule.admit
    match kind:
        case checks.a_number:
            # Most comparisons give a lower bound.
            below = sum(drawn[other] for other in _asked_by(rule) if is_number(drawn.get(other)))
            raised = _numbers(factory, name, rule).map(lambda number: number if holds(number) else number + below)
            return raised.filter(holds)
        case checks.some_numbers:
            return _list_of(name, _numbers(factory, name, rule), size).filter(holds)
        case checks.some_schedules:
            return st.lists(children.filter(lambda child: _holds(rule, (child,), {})), min_size=size, max_size=size)
        case checks.a_schedule:
            return NAMED.get(name, children).filter(holds)
        case checks.a_bound_schedule:
            return OPEN if factory is not ps.consumed_by else _drawn(ps.batch_size_ramp, st.nothing())
        case checks.a_word:
            return st.sampled_from(["start", "end"]).filter(holds)
        case checks.a_factory:
            return SHAPES
        case checks.a_flag:
            return st.booleans()
        case spaces.a_space:
            return SPACES
        case _:
            return st.nothing()


def schedules(*factories: Any, depth: int = 3) -> Schedules:
    """Schedules, and compositions of them, nested at most `depth` deep.

    Args:
        factories: the schedules and combinators to use, such as `linear` and `join`, or your own; by default all of the
            library. If all of them need children, the children are straight lines.
        depth: the largest number of nested combinators [1].

    Raises:
        ValueError: a factory makes no schedules, or needs a value that cannot be drawn, such as a word; `depth` is
            negative.

    Example:
        >>> from hypothesis import given
        >>> from pure_schedules import cosine, join, linear
        >>> from pure_schedules.testing.strategies import schedules
        >>> @given(schedules(linear, cosine, join))
        ... def test_never_negative(schedule):
        ...     assert schedule(10) >= 0
        >>> test_never_negative()
    """
    for factory in factories:
        if not isinstance(factory, Factory) or factory.made is not Schedule:
            raise ValueError(
                f"schedules: a function such as linear or join is needed, got {factory!r}; see pure_schedules.__all__, "
                "or put @schedule over your own"
            )
        for name in _cannot_be_drawn(factory):
            raise ValueError(
                f"schedules: what {factory.name} may be given for {name} cannot be drawn; "
                f"write a strategy: st.builds({factory.name}, {name}=...)"
            )
    if depth < 0:
        raise ValueError(f"schedules: depth must not be negative, got depth={depth}")
    chosen = factories or FACTORIES
    combinators = [factory for factory in chosen if _kinds(factory).intersection(CHILDREN)]
    simple = [factory for factory in chosen if factory not in combinators] or [ps.linear]
    return _nested(simple, [*simple, *combinators], depth)


@st.composite
def _nested(draw: Any, simple: Sequence[Any], chosen: Sequence[Any], depth: int) -> Schedule:
    """Drawn from the outside in; failing examples shrink to the first of the chosen factories."""
    factory = draw(st.sampled_from(chosen if depth else simple))
    made: Schedule = draw(_drawn(factory, _nested(simple, chosen, depth - 1)))
    return made


def steps(schedule: Curve | None = None) -> st.SearchStrategy[float]:
    """Steps: the first ones, those at and beside boundaries, whole numbers, fractions, and a few far away.

    Args:
        schedule: the schedule whose boundaries are drawn often; without one, steps up to a few hundred.

    Example:
        >>> from hypothesis import given
        >>> from pure_schedules import linear
        >>> from pure_schedules.testing.strategies import steps
        >>> @given(steps(linear(start=0.0, end=1.0, steps=10)))
        ... def test_never_above_the_end(step):
        ...     assert linear(start=0.0, end=1.0, steps=10)(step) <= 1.0
        >>> test_never_above_the_end()
    """
    likely = places(schedule) if schedule is not None else [0, 1, 10**6, 10**9]
    last = max([step for step in likely if step < 10**6] or [100])
    return st.one_of(
        st.sampled_from(likely),
        st.integers(0, int(last) + 30),
        st.floats(0.0, float(last) + 30.0, allow_subnormal=False),
    )


def hyperparameters(schedule: Schedule) -> st.SearchStrategy[dict[str, Any]]:
    """Trees of valid hyperparameters for a schedule, like its own but with other numbers.

    Args:
        schedule: the schedule.

    Example:
        >>> from hypothesis import given
        >>> from pure_schedules import linear
        >>> from pure_schedules.testing.strategies import hyperparameters
        >>> lr = linear(start=0.0, end=1.0, steps=10)
        >>> @given(hyperparameters(lr))
        ... def test_it_reaches_its_end(tree):
        ...     assert lr(10**6, tree) == tree["end"]
        >>> test_it_reaches_its_end()
    """
    count = len(list(leaves(schedule.hyperparameters)))
    changes = st.lists(st.one_of(st.just(1.0), st.floats(0.5, 2.0)), min_size=count, max_size=count)
    return changes.map(partial(_changed, schedule)).filter(partial(_is_admitted, schedule))


def _changed(schedule: Schedule, changes: Sequence[float]) -> dict[str, Any]:
    remaining = iter(changes)

    def of(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: of(item) for name, item in value.items()}
        if isinstance(value, list):
            return [of(item) for item in value]
        # An int stays an int: it may be a count.
        changed = value * next(remaining)
        return round(changed) if type(value) is int else changed

    tree: dict[str, Any] = of(schedule.hyperparameters)
    return tree


def _is_admitted(schedule: Schedule, tree: dict[str, Any]) -> bool:
    try:
        schedule.replace(tree)
    except (TypeError, ValueError):
        return False
    return True
