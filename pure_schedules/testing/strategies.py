"""Strategies for hypothesis: schedules of every family, compositions of them, trees of hyperparameters, and steps.

What is likely to go wrong is likely to be drawn: lengths of 0 and 1, a start that equals the end, steps at a boundary and
beside it. What fails shrinks to few parts and small whole numbers. With hypothesis installed, ``st.from_type(Schedule)``
finds them by itself; the module needs the extra ``testing``.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeAlias

try:
    from hypothesis import strategies as st
except ImportError as error:  # said as what to do about it
    raise ImportError("pure_schedules.testing.strategies needs hypothesis: pip install 'pure-schedules[testing]'") from error

import pure_schedules as ps

from .._sampling import Curve
from .._schedule import Schedule
from ._places import leaves, places

__all__ = ["hyperparameters", "schedules", "steps"]

Schedules: TypeAlias = st.SearchStrategy[Schedule]

# Numbers as people write them, and a few that they do not. Of several the first is the one to shrink to.
rates = st.one_of(st.sampled_from([1.0, 0.1, 1e-3, 3e-4, 1e-4, 1e-6]), st.floats(1e-6, 1.0))
rates_or_zero = st.one_of(st.just(0.0), rates)
lengths = st.one_of(st.integers(0, 40), st.floats(0.01, 40.0))
positive_lengths = st.one_of(st.integers(1, 40), st.floats(0.5, 40.0))
whole_lengths = st.integers(1, 20)
factors = st.floats(0.1, 3.0)
below_one = st.floats(0.3, 1.0)
growths = st.sampled_from([1, 1.5, 2])


def _rising(count: int, numbers: st.SearchStrategy[Any] = lengths) -> st.SearchStrategy[list[Any]]:
    return st.lists(numbers, min_size=count, max_size=count).map(sorted)


def _over(factory: Any, values: str, boundaries: str = "boundaries", among: Any = lengths, fewer: int = 1) -> Schedules:
    """A schedule of several values and the boundaries between them."""
    return st.integers(1, 4).flatmap(
        lambda count: st.builds(
            factory,
            **{
                values: st.lists(rates, min_size=count, max_size=count),
                boundaries: _rising(count - fewer, among),
            },
        )
    )


def _with_a_peak(factory: Any) -> Schedules:
    return st.builds(
        lambda warmup, decay, peak, floor: factory(
            peak=peak, warmup_steps=warmup, total_steps=warmup + decay, floor=min(peak, floor)
        ),
        lengths,
        lengths,
        rates,
        rates_or_zero,
    )


def _between(factory: Any, **others: Any) -> Schedules:
    """A shape that goes from a start to an end."""
    return st.builds(factory, start=rates, end=rates_or_zero, steps=lengths, **others)


#: How each schedule without children is drawn. A new one joins by a line here.
LEAVES: dict[Any, Schedules] = {
    ps.constant: st.builds(ps.constant, value=rates_or_zero),
    ps.linear: st.builds(ps.linear, start=rates_or_zero, end=rates_or_zero, steps=lengths),
    ps.cosine: st.builds(ps.cosine, start=rates_or_zero, end=rates_or_zero, steps=lengths),
    ps.polynomial: st.builds(ps.polynomial, start=rates_or_zero, end=rates_or_zero, steps=lengths, power=factors),
    ps.exponential: st.builds(ps.exponential, start=rates, end=rates, steps=lengths),
    ps.harmonic: st.builds(ps.harmonic, start=rates, end=rates, steps=lengths),
    ps.half_life: st.builds(ps.half_life, start=st.floats(0.1, 0.9), end=st.floats(0.1, 0.9), steps=lengths),
    ps.one_minus_power: _between(ps.one_minus_power, power=factors),
    ps.rex: _between(ps.rex, beta=factors),
    ps.hyperbolic_tangent: _between(ps.hyperbolic_tangent),
    ps.affine_exponential: _between(ps.affine_exponential, factor=st.floats(0.1, 0.9)),
    ps.mirror_cosine: _between(ps.mirror_cosine),
    ps.circular: _between(ps.circular, power=factors),
    ps.hyperbolic: _between(ps.hyperbolic, upper_bound=st.floats(41.0, 100.0)),
    ps.logarithmic: st.builds(ps.logarithmic, start=rates_or_zero, end=rates, steps=lengths),
    ps.exponential_decay: st.builds(ps.exponential_decay, start=rates, rate=st.floats(0.5, 1.0), every=positive_lengths),
    ps.step_decay: st.builds(ps.step_decay, start=rates, factor=st.floats(0.1, 1.0), every=positive_lengths),
    ps.inverse_sqrt: st.builds(ps.inverse_sqrt, peak=rates, timescale=positive_lengths),
    ps.inverse_decay: st.builds(ps.inverse_decay, start=rates, timescale=positive_lengths, power=factors),
    ps.capped_power: st.builds(ps.capped_power, peak=rates, timescale=positive_lengths, power=st.floats(-2.0, -0.3)),
    ps.exponential_approach: st.builds(
        ps.exponential_approach, start=rates_or_zero, end=rates_or_zero, timescale=positive_lengths
    ),
    ps.sinusoid: st.builds(ps.sinusoid, start=rates_or_zero, end=rates_or_zero, period=positive_lengths),
    ps.noam: st.builds(ps.noam, d_model=st.integers(1, 1024), warmup_steps=lengths, factor=factors),
    ps.radam_warmup: st.builds(ps.radam_warmup, peak=rates, beta2=st.sampled_from([0.9, 0.99, 0.999])),
    ps.piecewise_constant: _over(ps.piecewise_constant, "values"),
    ps.piecewise_linear: _over(ps.piecewise_linear, "values"),
    ps.piecewise_cosine: _over(ps.piecewise_cosine, "values", among=st.integers(0, 40)),
    ps.piecewise_cubic: _over(ps.piecewise_cubic, "values", among=st.integers(0, 40)),
    ps.multi_step: st.builds(ps.multi_step, start=rates, factor=below_one, boundaries=st.integers(1, 3).flatmap(_rising)),
    ps.table: st.builds(ps.table, values=st.lists(rates, min_size=1, max_size=4), every=whole_lengths),
    ps.uniform_noise: st.builds(
        ps.uniform_noise, low=st.just(1e-6), high=rates, seed=st.integers(0, 10**6), every=whole_lengths
    ),
    ps.normal_noise: st.builds(
        ps.normal_noise, mean=rates, deviation=rates, seed=st.integers(0, 10**6), every=whole_lengths
    ),
    ps.consumed: _over(ps.consumed, "sizes"),
    ps.batch_size_ramp: _over(ps.batch_size_ramp, "sizes", "samples"),
    ps.warmup_constant: st.builds(ps.warmup_constant, peak=rates, warmup_steps=lengths),
    ps.warmup_linear: _with_a_peak(ps.warmup_linear),
    ps.warmup_cosine: _with_a_peak(ps.warmup_cosine),
    ps.warmup_stable_decay: st.builds(
        lambda warmup, stable, decay, peak: ps.warmup_stable_decay(
            peak=peak, warmup_steps=warmup, decay_steps=decay, total_steps=warmup + stable + decay
        ),
        *[st.integers(0, 20)] * 3,
        rates,
    ),
    ps.one_cycle: st.builds(ps.one_cycle, peak=rates, total_steps=positive_lengths, warmup_fraction=st.floats(0.0, 1.0)),
    ps.cosine_restarts: st.builds(
        ps.cosine_restarts, peak=rates, every=positive_lengths, times=st.integers(1, 4), growth=growths
    ),
    ps.infinite: st.builds(ps.infinite, peak=rates, floor=rates, warmup_steps=lengths, decay_steps=lengths),
    ps.slanted_triangular: st.builds(
        ps.slanted_triangular, peak=rates, total_steps=positive_lengths, warmup_fraction=st.floats(0.0, 1.0)
    ),
    ps.triangular_cycles: st.builds(
        ps.triangular_cycles, peak=rates, floor=st.just(1e-6), warmup_steps=whole_lengths, factor=st.floats(0.5, 1.0)
    ),
}


def _several(factory: Any, children: Schedules) -> Schedules:
    return st.builds(factory, st.lists(children, min_size=1, max_size=3))


def _with_boundaries(factory: Any, children: Schedules) -> Schedules:
    return st.lists(children, min_size=1, max_size=3).flatmap(
        lambda drawn: st.builds(partial(factory, drawn), boundaries=_rising(len(drawn) - 1))
    )


#: How each combinator is drawn, given a strategy for its children.
COMBINATORS: dict[Any, Callable[[Schedules], Schedules]] = {
    **{f: partial(_with_boundaries, f) for f in (ps.join, ps.switch)},
    ps.chain: lambda child: _with_boundaries(ps.chain, child.filter(lambda of: of(0) > 0)),
    **{f: partial(_several, f) for f in (ps.multiply, ps.add, ps.mean, ps.maximum, ps.minimum)},
    ps.scale: lambda child: st.builds(ps.scale, child, factor=factors),
    ps.clip: lambda child: st.builds(lambda of, low, more: ps.clip(of, low=low, high=low + more), child, rates, rates),
    ps.mix: lambda child: st.builds(
        ps.mix, child, child, st.builds(ps.linear, start=st.just(0.0), end=st.just(1.0), steps=lengths)
    ),
    ps.raise_to: lambda child: st.builds(ps.raise_to, child, power=factors),
    ps.remap: lambda child: st.builds(ps.remap, child, low=st.just(0.0), high=st.just(1.0), to_low=rates, to_high=rates),
    ps.round_to: lambda child: st.builds(ps.round_to, child, multiple=rates),
    ps.round_down: lambda child: st.builds(ps.round_down, child, multiple=rates),
    ps.running_product: lambda child: st.builds(ps.running_product, child, times=st.integers(1, 8)),
    ps.vary: lambda child: st.builds(
        ps.vary, st.builds(ps.cosine, start=rates, steps=lengths), child, hyperparameter=st.just("start")
    ),
    ps.interpolate: lambda child: st.builds(
        ps.interpolate,
        st.builds(ps.cosine, start=st.just(0.0), end=st.just(1.0), steps=positive_lengths),
        start=rates,
        end=rates,
        steps=positive_lengths,
        space=st.sampled_from([None, ps.logarithm, ps.reciprocal]),
    ),
    ps.shift: lambda child: st.builds(ps.shift, child, steps=st.integers(-20, 20)),
    ps.stretch: lambda child: st.builds(ps.stretch, child, factor=factors),
    ps.stretch_to: lambda child: st.builds(ps.stretch_to, _finite(child), steps=positive_lengths),
    ps.repeat: lambda child: st.builds(
        ps.repeat,
        child,
        every=positive_lengths,
        times=st.one_of(st.none(), st.integers(1, 3)),
        growth=growths,
        factor=below_one,
    ),
    ps.count_from_one: lambda child: st.builds(ps.count_from_one, child),
    ps.staircase: lambda child: st.builds(ps.staircase, child, every=positive_lengths),
    ps.warp: lambda child: st.builds(ps.warp, child, power=factors, steps=positive_lengths),
    ps.mirror: lambda child: st.builds(ps.mirror, child, steps=lengths),
    ps.window: lambda child: st.builds(
        lambda of, first, more: ps.window(of, first=first, stop=first + more, outside=1e-3), child, lengths, lengths
    ),
    ps.on_clock: lambda child: st.builds(ps.on_clock, child, LEAVES[ps.consumed]),
    ps.sequence: lambda child: st.lists(_finite(child), min_size=1, max_size=3).flatmap(
        lambda drawn: st.builds(
            partial(ps.sequence, drawn, fractions=[1 / len(drawn)] * len(drawn)), total_steps=positive_lengths
        )
    ),
    ps.warmup: lambda child: st.builds(
        ps.warmup, child, warmup_steps=lengths, rise=st.sampled_from([ps.linear, ps.cosine, ps.logarithmic])
    ),
    ps.jagged_restarts: lambda child: st.builds(
        lambda of, every, warmup: ps.jagged_restarts(of, every=every + warmup, warmup_steps=warmup),
        child,
        positive_lengths,
        lengths,
    ),
    ps.cool_down: lambda child: st.builds(
        ps.cool_down, child, at=lengths, decay_steps=lengths, decay=st.sampled_from([ps.linear, ps.one_minus_power])
    ),
    ps.extend: lambda child: st.builds(
        lambda of, fraction, more: ps.extend(of, at=fraction * of.steps, total_steps=of.steps + more),
        _finite(child),
        st.floats(0.0, 0.9, allow_subnormal=False),
        lengths,
    ),
    ps.branch: lambda child: st.builds(
        ps.branch, child, st.builds(ps.cosine, start=rates, steps=positive_lengths), at=lengths
    ),
    ps.rewarm: lambda child: st.builds(ps.rewarm, child, at=lengths, peak=rates, warmup_steps=lengths, decay_steps=lengths),
}


def _finite(children: Schedules) -> Schedules:
    return children.filter(lambda child: 0 < child.steps < float("inf"))


def schedules(*factories: Any, depth: int = 3) -> Schedules:
    """Schedules, and compositions of them nested at most so deep.

    Args:
        factories: which schedules and combinators to make them of, such as `linear` and `join`; all if none is named.
            Where no schedule without children is among them, those are straight lines.
        depth: how many combinators at most stand around a schedule [1].

    Raises:
        ValueError: it is none of the library's; `depth` is negative.

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
        if factory not in LEAVES and factory not in COMBINATORS:
            raise ValueError(
                f"schedules: a function such as linear or join is needed, got {factory!r}; see pure_schedules.__all__"
            )
    if depth < 0:
        raise ValueError(f"schedules: depth must not be negative, got depth={depth}")
    chosen = factories or (*LEAVES, *COMBINATORS)
    leaves_of = tuple(factory for factory in chosen if factory in LEAVES) or (ps.linear,)
    return _nested(leaves_of, (*leaves_of, *(factory for factory in chosen if factory in COMBINATORS)), depth)


@st.composite
def _nested(draw: Any, leaves_of: Sequence[Any], chosen: Sequence[Any], depth: int) -> Schedule:
    """Drawn from the outside in; what comes first among the chosen is what a failing example shrinks to."""
    factory = draw(st.sampled_from(chosen if depth else leaves_of))
    made: Schedule = draw(
        LEAVES[factory] if factory in LEAVES else COMBINATORS[factory](_nested(leaves_of, chosen, depth - 1))
    )
    return made


def steps(schedule: Curve | None = None) -> st.SearchStrategy[float]:
    """Steps: the first ones, those at boundaries and beside them, whole ones, fractions, and a few far away.

    Args:
        schedule: whose boundaries are likely; without one, any step up to some hundred.

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
    """Trees like a schedule's own, with other numbers that it may have.

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
        # A whole number stays one: it may count something.
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
