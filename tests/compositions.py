"""Random schedules and compositions of them, for hypothesis."""

from typing import Any

from hypothesis import strategies as st

import pure_schedules as ps

#: Numbers as people write them, and a few that they do not.
rates = st.one_of(st.sampled_from([1e-6, 1e-4, 3e-4, 1e-3, 0.1, 1.0]), st.floats(1e-6, 1.0))
rates_or_zero = st.one_of(st.just(0.0), rates)
# Subnormal numbers are left out: JAX computes them as 0.
lengths = st.one_of(st.integers(0, 40), st.floats(0.0, 40.0, allow_subnormal=False))
positive_lengths = st.one_of(st.integers(1, 40), st.floats(0.5, 40.0))
factors = st.floats(0.1, 3.0)

shapes: st.SearchStrategy[ps.Schedule] = st.one_of(
    st.builds(ps.constant, value=rates_or_zero),
    st.builds(ps.linear, start=rates_or_zero, end=rates_or_zero, steps=lengths),
    st.builds(ps.cosine, start=rates_or_zero, end=rates_or_zero, steps=lengths),
    st.builds(ps.polynomial, start=rates_or_zero, end=rates_or_zero, steps=lengths, power=factors),
    st.builds(ps.exponential, start=rates, end=rates, steps=lengths),
    st.builds(ps.exponential_decay, start=rates, rate=st.floats(0.5, 1.0), every=positive_lengths),
    st.builds(ps.step_decay, start=rates, factor=st.floats(0.1, 1.0), every=positive_lengths),
    st.builds(ps.inverse_sqrt, peak=rates, timescale=positive_lengths),
    st.builds(ps.noam, d_model=st.integers(1, 1024), warmup_steps=lengths, factor=factors),
    st.integers(1, 4).flatmap(
        lambda count: st.builds(
            ps.piecewise_constant,
            values=st.lists(rates, min_size=count, max_size=count),
            boundaries=st.lists(lengths, min_size=count - 1, max_size=count - 1).map(sorted),
        )
    ),
    st.integers(1, 4).flatmap(
        lambda count: st.builds(
            ps.piecewise_linear,
            values=st.lists(rates, min_size=count, max_size=count),
            boundaries=st.lists(lengths, min_size=count - 1, max_size=count - 1).map(sorted),
        )
    ),
    *(
        st.integers(1, 4).flatmap(
            lambda count, factory=factory: st.builds(
                factory,
                values=st.lists(rates, min_size=count, max_size=count),
                boundaries=st.lists(st.integers(0, 40), min_size=count - 1, max_size=count - 1).map(sorted),
            )
        )
        for factory in (ps.piecewise_cosine, ps.piecewise_cubic)
    ),
    st.builds(ps.harmonic, start=rates, end=rates, steps=lengths),
    st.builds(ps.one_minus_power, start=rates, end=rates_or_zero, steps=lengths, power=factors),
    st.builds(ps.rex, start=rates, end=rates_or_zero, steps=lengths, beta=factors),
    st.builds(ps.hyperbolic_tangent, start=rates, end=rates_or_zero, steps=lengths),
    st.builds(ps.affine_exponential, start=rates, end=rates_or_zero, steps=lengths, factor=st.floats(0.1, 0.9)),
    st.builds(ps.mirror_cosine, start=rates, end=rates_or_zero, steps=lengths),
    st.builds(ps.circular, start=rates, end=rates_or_zero, steps=lengths, power=factors),
    st.builds(ps.hyperbolic, start=rates, end=rates_or_zero, steps=lengths, upper_bound=st.floats(41.0, 100.0)),
    st.builds(ps.logarithmic, start=rates_or_zero, end=rates, steps=lengths),
    st.builds(ps.inverse_decay, start=rates, timescale=positive_lengths, power=factors),
    st.builds(ps.capped_power, cap=rates, factor=rates, power=st.floats(-2.0, -0.3)),
    st.builds(ps.exponential_approach, start=rates_or_zero, end=rates_or_zero, timescale=positive_lengths),
    st.builds(ps.sinusoid, start=rates_or_zero, end=rates_or_zero, period=positive_lengths),
    st.builds(ps.table, values=st.lists(rates, min_size=1, max_size=4), every=st.integers(1, 20)),
    st.builds(ps.uniform_noise, low=st.just(1e-6), high=rates, seed=st.integers(0, 10**6), every=st.integers(1, 20)),
    st.builds(
        ps.triangular_cycles, low=st.just(1e-6), high=rates, rise_steps=st.integers(1, 20), factor=st.floats(0.5, 1.0)
    ),
    st.builds(ps.infinite, peak=rates, plateau=rates, warmup_steps=lengths, cooldown_steps=lengths),
    st.builds(ps.warmup_constant, peak=rates, warmup_steps=lengths),
    st.tuples(lengths, lengths, rates, rates_or_zero).flatmap(
        lambda given: st.sampled_from([ps.warmup_linear, ps.warmup_cosine]).map(
            lambda factory: factory(
                peak=given[2], warmup_steps=given[0], total_steps=given[0] + given[1], floor=min(given[2], given[3])
            )
        )
    ),
    st.builds(
        lambda warmup, stable, decay, peak: ps.warmup_stable_decay(
            peak=peak, warmup_steps=warmup, decay_steps=decay, total_steps=warmup + stable + decay
        ),
        st.integers(0, 20),
        st.integers(0, 20),
        st.integers(0, 20),
        rates,
    ),
    st.builds(ps.one_cycle, peak=rates, total_steps=positive_lengths, warmup_fraction=st.floats(0.0, 1.0)),
    st.builds(
        ps.cosine_restarts, peak=rates, steps=positive_lengths, cycles=st.integers(1, 4), growth=st.sampled_from([1, 1.5, 2])
    ),
)


@st.composite
def _joined(draw: Any, children: st.SearchStrategy[ps.Schedule]) -> ps.Schedule:
    schedules = draw(st.lists(children, min_size=1, max_size=3))
    boundaries = draw(st.lists(lengths, min_size=len(schedules) - 1, max_size=len(schedules) - 1).map(sorted))
    return ps.join(schedules, boundaries=boundaries)


def _combined(children: st.SearchStrategy[ps.Schedule]) -> st.SearchStrategy[ps.Schedule]:
    lists = st.lists(children, min_size=1, max_size=3)
    return st.one_of(
        _joined(children),
        st.builds(ps.scale, children, factor=factors),
        st.builds(lambda child, low, more: ps.clip(child, low=low, high=low + more), children, rates, rates),
        *(st.builds(combinator, lists) for combinator in (ps.multiply, ps.add, ps.mean, ps.maximum, ps.minimum)),
        st.builds(ps.mix, children, children, st.builds(ps.linear, start=st.just(0.0), end=st.just(1.0), steps=lengths)),
        st.builds(ps.raise_to, children, power=factors),
        st.builds(ps.remap, children, low=st.just(0.0), high=st.just(1.0), to_low=rates, to_high=rates),
        st.builds(ps.vary, st.builds(ps.cosine, start=rates, steps=lengths), children, hyperparameter=st.just("start")),
        st.builds(ps.warp, children, power=factors, steps=positive_lengths),
        st.builds(ps.mirror, children, steps=lengths),
        st.builds(
            lambda child, start, more: ps.window(child, start=start, end=start + more, outside=1e-3),
            children,
            lengths,
            lengths,
        ),
        st.builds(ps.warmup, children, steps=lengths, rise=st.sampled_from([ps.linear, ps.cosine, ps.logarithmic])),
        st.builds(ps.cool_down, children, at=lengths, steps=lengths, decay=st.sampled_from([ps.linear, ps.one_minus_power])),
        st.builds(ps.rewarm, children, at=lengths, peak=rates, warmup_steps=lengths, decay_steps=lengths),
        st.builds(
            ps.repeat,
            children,
            every=positive_lengths,
            times=st.one_of(st.none(), st.integers(1, 3)),
            growth=st.sampled_from([1, 1.5, 2]),
            factor=st.floats(0.3, 1.0),
        ),
        st.builds(ps.shift, children, steps=st.integers(-20, 20)),
        st.builds(ps.stretch, children, factor=factors),
        st.builds(ps.repeat, children, every=positive_lengths, times=st.one_of(st.none(), st.integers(1, 3))),
        st.builds(ps.count_from_one, children),
    )


#: Schedules nested up to about five deep.
compositions = st.recursive(shapes, _combined, max_leaves=6)

#: Steps near everything above, as integers and as fractions, and a few far away.
steps = st.one_of(st.integers(0, 130), st.floats(0.0, 130.0, allow_subnormal=False), st.sampled_from([10**6, 10**9]))
