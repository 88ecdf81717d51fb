"""Every public schedule, once: what the laws are tested over. A new schedule joins by one line in `CASES`.

Beside each stands its oracle: the formula as its paper has it, in plain steps and 50 digits (mpmath), with an `if` where
the paper has one. It shares nothing with the library.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from mpmath import mp, mpf

import pure_schedules as ps

mp.dps = 50


@dataclass(frozen=True)
class Case:
    """A schedule, what it should give, and the steps at which its value or its slope jumps."""

    name: str
    schedule: ps.Schedule
    oracle: Callable[[Any], Any]
    corners: tuple[float, ...] = ()
    #: The largest value that it may have: what precision and bounds are measured against.
    peak: float = 1e-3
    #: By how much the formula magnifies a rounding, where there is a reason: what precision is measured against, too.
    condition: float = 1.0
    #: The length after which it has a corner again and again, where that is so; `corners` has the first ones.
    every: float | None = None

    def __repr__(self) -> str:
        return self.name

    def steps_of_interest(self) -> list[int]:
        """The start, each corner, the end, with their neighbours, and far beyond."""
        last = int(max(self.corners, default=100))
        near = [int(corner) + offset for corner in self.corners for offset in (-1, 0, 1)]
        return sorted({step for step in (0, 1, 2, *near, last // 2, last // 3, 10 * last) if step >= 0})


# Oracles -------------------------------------------------------------------------------------------------------------


def constant(value: float) -> Callable[[Any], Any]:
    return lambda t: mpf(value)


def linear(start: float, end: float, steps: float) -> Callable[[Any], Any]:
    return lambda t: mpf(end) if t >= steps else mpf(start) + (mpf(end) - mpf(start)) * t / mpf(steps)


def cosine(start: float, end: float, steps: float) -> Callable[[Any], Any]:
    return lambda t: (
        mpf(end) if t >= steps else mpf(end) + (mpf(start) - mpf(end)) * (1 + mp.cos(mp.pi * t / mpf(steps))) / 2
    )


def polynomial(start: float, end: float, steps: float, power: float) -> Callable[[Any], Any]:
    return lambda t: mpf(end) if t >= steps else mpf(end) + (mpf(start) - mpf(end)) * (1 - t / mpf(steps)) ** mpf(power)


def exponential(start: float, end: float, steps: float) -> Callable[[Any], Any]:
    return lambda t: mpf(end) if t >= steps else mpf(start) * (mpf(end) / mpf(start)) ** (t / mpf(steps))


def noam(d_model: float, warmup_steps: float, factor: float) -> Callable[[Any], Any]:
    def lr(t: Any) -> Any:
        n = t + 1
        return mpf(factor) * mpf(d_model) ** mpf("-0.5") * min(n ** mpf("-0.5"), n * mpf(warmup_steps) ** mpf("-1.5"))

    return lr


def joined(*pieces: tuple[float, Callable[[Any], Any]]) -> Callable[[Any], Any]:
    """Pieces with the step at which each begins."""

    def lr(t: Any) -> Any:
        start, piece = [pair for pair in pieces if t >= pair[0]][-1]
        return piece(t - start)

    return lr


def stairs(values: Sequence[float], boundaries: Sequence[float]) -> Callable[[Any], Any]:
    return lambda t: mpf([value for value, start in zip(values, (0, *boundaries), strict=True) if t >= start][-1])


def of_each(combine: Callable[..., Any], *children: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda t: combine([child(t) for child in children])


def between(curve: Callable[..., Any], values: Sequence[float], boundaries: Sequence[float]) -> Callable[[Any], Any]:
    """A curve from knot to knot."""
    starts = [0, *boundaries]
    pieces = [(starts[i], curve(values[i], values[i + 1], starts[i + 1] - starts[i])) for i in range(len(boundaries))]
    return joined(*pieces, (starts[-1], constant(values[-1])))


def pchip(values: Sequence[float], boundaries: Sequence[float]) -> Callable[[Any], Any]:
    """The monotone cubic of Fritsch & Butland as SciPy documents it, with a test for every case."""
    x = [mpf(0), *map(mpf, boundaries)]
    y = [mpf(value) for value in values]
    h = [x[k + 1] - x[k] for k in range(len(x) - 1)]
    d = [(y[k + 1] - y[k]) / h[k] for k in range(len(h))]

    def at_an_end(h0: Any, h1: Any, d0: Any, d1: Any) -> Any:
        slope = ((2 * h0 + h1) * d0 - h0 * d1) / (h0 + h1)
        if mp.sign(slope) != mp.sign(d0):
            return mpf(0)
        if mp.sign(d0) != mp.sign(d1) and abs(slope) > 3 * abs(d0):
            return 3 * d0
        return slope

    slopes = [at_an_end(h[0], h[1], d[0], d[1])]
    for k in range(1, len(d)):
        if d[k - 1] * d[k] <= 0:
            slopes.append(mpf(0))
        else:
            w1, w2 = 2 * h[k] + h[k - 1], h[k] + 2 * h[k - 1]
            slopes.append((w1 + w2) / (w1 / d[k - 1] + w2 / d[k]))
    slopes.append(at_an_end(h[-1], h[-2], d[-1], d[-2]))

    def lr(t: Any) -> Any:
        if t >= x[-1]:
            return y[-1]
        k = max(i for i in range(len(h)) if t >= x[i])
        s = (t - x[k]) / h[k]
        return (
            (1 + 2 * s) * (1 - s) ** 2 * y[k]
            + s * (1 - s) ** 2 * h[k] * slopes[k]
            + s**2 * (3 - 2 * s) * y[k + 1]
            + s**2 * (s - 1) * h[k] * slopes[k + 1]
        )

    return lr


def shaped(start: float, end: float, steps: float, falls: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """From start to end as a function of progress that goes from 1 to 0."""
    return lambda t: mpf(end) + (mpf(start) - mpf(end)) * falls(min(mpf(t) / mpf(steps), mpf(1)))


def scaled(factor: float, child: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda t: mpf(factor) * child(t)


def rectified(beta2: float) -> Callable[[Any], Any]:
    b = mpf(beta2)
    longest = 2 / (1 - b) - 1

    def length(n: Any) -> Any:
        return longest - 2 * n * b**n / (1 - b**n)

    first = next(n for n in range(1, 100) if length(n) > 4)

    def part(t: Any) -> Any:
        r = length(t + first)
        return mp.sqrt((r - 4) * (r - 2) * longest / ((longest - 4) * (longest - 2) * r))

    return part


def scrambled(index: int, seed: int, stream: int) -> Any:
    """Twelve rounds of the cube, in whole numbers."""
    p = 4091
    digits = [index // p**k % p for k in range(4)]
    salts = [seed % p, seed // p % p, digits[2], digits[3], stream]
    left, right = digits[:2]
    decimals_of_pi = "141592653589793238462643383279502884197169399375"
    for turn in range(12):
        key = int(decimals_of_pi[4 * turn : 4 * turn + 4])
        left, right = (right + (left + salts[turn % 5] + key) ** 3) % p, left
    return (mpf(left) + (right + mpf(0.5)) / p) / p


def rounds(
    child: Callable[[Any], Any], every: float, growth: float, factor: float, times: float = mp.inf
) -> Callable[[Any], Any]:
    """One round after another, found by walking through them."""

    def lr(t: Any) -> Any:
        index, start, length = 0, mpf(0), mpf(every)
        while t >= start + length and index + 1 < times:
            index, start, length = index + 1, start + length, length * mpf(growth)
        local = min((t - start) / mpf(growth) ** index, mpf(every))
        return mpf(factor) ** index * child(local)

    return lr


# The catalogue -------------------------------------------------------------------------------------------------------

UP = ps.linear(start=1e-5, end=1e-3, steps=90)
DOWN = ps.cosine(start=1e-3, end=1e-5, steps=210)
UP_ORACLE = linear(1e-5, 1e-3, 90)
DOWN_ORACLE = cosine(1e-3, 1e-5, 210)

CASES = [
    Case("constant", ps.constant(value=1e-3), constant(1e-3)),
    Case("linear", ps.linear(start=1e-5, end=1e-3, steps=97), linear(1e-5, 1e-3, 97), (97,)),
    Case("linear down", ps.linear(start=1e-3, end=0.0, steps=97), linear(1e-3, 0.0, 97), (97,)),
    Case("cosine", ps.cosine(start=1e-3, steps=97), cosine(1e-3, 0.0, 97), (97,)),
    Case("cosine up", ps.cosine(start=1e-5, end=1e-3, steps=97), cosine(1e-5, 1e-3, 97), (97,)),
    Case("polynomial", ps.polynomial(start=1e-3, end=1e-5, steps=97, power=2.5), polynomial(1e-3, 1e-5, 97, 2.5), (97,)),
    Case("root", ps.polynomial(start=1e-3, end=0.0, steps=97, power=0.5), polynomial(1e-3, 0.0, 97, 0.5), (97,)),
    Case("exponential", ps.exponential(start=1e-3, end=1e-6, steps=97), exponential(1e-3, 1e-6, 97), (97,)),
    Case(
        "exponential_decay",
        ps.exponential_decay(start=1e-3, rate=0.7, every=13),
        lambda t: mpf(1e-3) * mpf(0.7) ** (t / mpf(13)),
    ),
    Case(
        "step_decay",
        ps.step_decay(start=1e-3, factor=0.7, every=13),
        lambda t: mpf(1e-3) * mpf(0.7) ** mp.floor(t / mpf(13)),
        (13, 26),
        every=13,
    ),
    Case("inverse_sqrt", ps.inverse_sqrt(peak=1e-3, timescale=40), lambda t: mpf(1e-3) * mp.sqrt(40 / (40 + mpf(t)))),
    Case("noam", ps.noam(d_model=512, warmup_steps=40, factor=2.0), noam(512, 40, 2.0), (39,), peak=0.014),
    Case(
        "piecewise_constant",
        ps.piecewise_constant(values=[1e-4, 1e-3, 1e-5], boundaries=[30, 71]),
        stairs([1e-4, 1e-3, 1e-5], [30, 71]),
        (30, 71),
    ),
    Case(
        "piecewise_linear",
        ps.piecewise_linear(values=[1e-4, 1e-3, 1e-5], boundaries=[30, 71]),
        joined((0, linear(1e-4, 1e-3, 30)), (30, linear(1e-3, 1e-5, 41))),
        (30, 71),
    ),
    Case("join", ps.join([UP, DOWN]), joined((0, UP_ORACLE), (90, DOWN_ORACLE)), (90, 300)),
    Case(
        "join early",
        ps.join([UP, DOWN, ps.constant(value=1e-4)], boundaries=[50, 130]),
        joined((0, UP_ORACLE), (50, DOWN_ORACLE), (130, constant(1e-4))),
        (50, 130),
    ),
    Case("scale", ps.scale(DOWN, factor=0.3), lambda t: mpf(0.3) * DOWN_ORACLE(t), (210,)),
    Case(
        "clip",
        ps.clip(DOWN, low=2e-4, high=8e-4),
        lambda t: min(max(DOWN_ORACLE(t), mpf(2e-4)), mpf(8e-4)),
        # Where the wave crosses the bounds: cos(pi t / 210) = 59 / 99 and -61 / 99.
        (62.32, 149.38, 210),
    ),
    Case("multiply", ps.multiply([UP, DOWN]), of_each(mp.fprod, UP_ORACLE, DOWN_ORACLE), (90, 210), peak=1e-6),
    Case(
        "divide",
        ps.divide(DOWN, UP),
        lambda t: DOWN_ORACLE(t) / UP_ORACLE(t),
        (90, 210),
        peak=100.0,
        condition=2,  # the roundings of two schedules, and of the quotient
    ),
    Case("add", ps.add([UP, DOWN]), of_each(mp.fsum, UP_ORACLE, DOWN_ORACLE), (90, 210), peak=2e-3),
    Case("maximum", ps.maximum([UP, DOWN]), of_each(max, UP_ORACLE, DOWN_ORACLE), (68.42, 90, 210)),
    Case("minimum", ps.minimum([UP, DOWN]), of_each(min, UP_ORACLE, DOWN_ORACLE), (68.42, 90, 210)),
    Case("shift", ps.shift(UP, steps=25), lambda t: UP_ORACLE(max(t - 25, mpf(0))), (25, 115)),
    Case("shift back", ps.shift(UP, steps=-25), lambda t: UP_ORACLE(t + 25), (65,)),
    Case("stretch", ps.stretch(UP, factor=2.5), lambda t: UP_ORACLE(t / mpf(2.5)), (225,)),
    Case("repeat", ps.repeat(DOWN), lambda t: DOWN_ORACLE(t - 210 * mp.floor(t / mpf(210))), (210, 420), every=210),
    Case(
        "repeat twice",
        ps.repeat(UP, every=50, times=2),
        lambda t: UP_ORACLE(mpf(50)) if t >= 100 else UP_ORACLE(t - 50 * mp.floor(t / mpf(50))),
        (50, 100),
    ),
    Case("count_from_one", ps.count_from_one(UP), lambda t: UP_ORACLE(t + 1), (89,)),
    Case(
        "warmup_constant",
        ps.warmup_constant(peak=1e-3, warmup_steps=40),
        joined((0, linear(0, 1e-3, 40)), (40, constant(1e-3))),
        (40,),
    ),
    Case(
        "warmup_linear",
        ps.warmup_linear(peak=1e-3, warmup_steps=40, total_steps=190, start=1e-6, floor=1e-5),
        joined((0, linear(1e-6, 1e-3, 40)), (40, linear(1e-3, 1e-5, 150))),
        (40, 190),
    ),
    Case(
        "warmup_cosine",
        ps.warmup_cosine(peak=1e-3, warmup_steps=40, total_steps=190, start=1e-6, floor=1e-5),
        joined((0, linear(1e-6, 1e-3, 40)), (40, cosine(1e-3, 1e-5, 150))),
        (40, 190),
    ),
    Case(
        "warmup_stable_decay",
        ps.warmup_stable_decay(peak=1e-3, warmup_steps=40, decay_steps=60, total_steps=190, floor=1e-5, decay=ps.cosine),
        joined((0, linear(0, 1e-3, 40)), (40, constant(1e-3)), (130, cosine(1e-3, 1e-5, 60))),
        (40, 130, 190),
    ),
    Case(
        "one_cycle",
        ps.one_cycle(peak=1e-3, total_steps=200, warmup_fraction=0.25, start_factor=0.125, end_factor=0.0078125),
        joined((0, cosine(0.125e-3, 1e-3, 50)), (50, cosine(1e-3, 1e-3 * 0.0078125, 150))),
        (50, 200),
    ),
    Case(
        "one_cycle_momentum",
        ps.one_cycle_momentum(total_steps=200, warmup_fraction=0.25),
        joined((0, cosine(0.95, 0.85, 50)), (50, cosine(0.85, 0.95, 150))),
        (50, 200),
        peak=0.95,
    ),
    Case(
        "cosine_restarts",
        ps.cosine_restarts(peak=1e-3, every=20, times=3, growth=2, factor=0.5, floor=1e-5),
        joined((0, cosine(1e-3, 1e-5, 20)), (20, cosine(5e-4, 1e-5, 40)), (60, cosine(2.5e-4, 1e-5, 80))),
        (20, 60, 140),
    ),
    # Shapes that go from one value to another.
    Case(
        "harmonic",
        ps.harmonic(start=1e-3, end=1e-5, steps=97),
        lambda t: 1 / (1 / mpf(1e-3) + (1 / mpf(1e-5) - 1 / mpf(1e-3)) * min(t / mpf(97), mpf(1))),
        (97,),
    ),
    Case(
        "half_life",
        ps.half_life(start=0.5, end=0.9, steps=97),
        lambda t: mpf(0.5) ** (1 / linear(mp.log(0.5) / mp.log(mpf(0.5)), mp.log(0.5) / mp.log(mpf(0.9)), 97)(t)),
        (97,),
        peak=1.0,
    ),
    Case(
        "one_minus_power",
        ps.one_minus_power(start=1e-3, end=1e-5, steps=97),
        shaped(1e-3, 1e-5, 97, lambda u: 1 - mp.sqrt(u)),
        (97,),
    ),
    Case(
        "one_minus_power 2",
        ps.one_minus_power(start=1e-3, steps=97, power=2.0),
        shaped(1e-3, 0.0, 97, lambda u: 1 - u**2),
        (97,),
    ),
    Case(
        "rex",
        ps.rex(start=1e-3, end=1e-5, steps=97, beta=0.1),
        shaped(1e-3, 1e-5, 97, lambda u: (1 - u) / (mpf(0.1) + (1 - mpf(0.1)) * (1 - u))),
        (97,),
    ),
    Case(
        "hyperbolic_tangent",
        ps.hyperbolic_tangent(start=1e-3, end=1e-5, steps=97),
        shaped(1e-3, 1e-5, 97, lambda u: (1 - mp.tanh(-7 * (1 - u) + 3 * u)) / 2),
        (97,),
    ),
    Case(
        "affine_exponential",
        ps.affine_exponential(start=1e-3, end=1e-5, steps=97),
        shaped(1e-3, 1e-5, 97, lambda u: 2 * mpf(0.5) ** u - 1),
        (97,),
    ),
    Case(
        "mirror_cosine",
        ps.mirror_cosine(start=1e-3, end=1e-5, steps=97),
        shaped(1e-3, 1e-5, 97, lambda u: 2 * (1 - u) - (1 + mp.cos(mp.pi * u)) / 2),
        (97,),
    ),
    Case(
        "circular", ps.circular(start=1e-3, end=1e-5, steps=97), shaped(1e-3, 1e-5, 97, lambda u: mp.sqrt(1 - u**2)), (97,)
    ),
    Case(
        "hyperbolic",
        ps.hyperbolic(start=1e-3, end=1e-5, steps=97, upper_bound=120),
        shaped(
            1e-3,
            1e-5,
            97,
            lambda u: mp.sqrt(97 * (1 - u) / 120 * (2 - 97 * (1 + u) / 120)) / mp.sqrt(mpf(97) / 120 * (2 - mpf(97) / 120)),
        ),
        (97,),
    ),
    Case(
        "logarithmic",
        ps.logarithmic(start=1e-5, end=1e-3, steps=97),
        lambda t: mpf(1e-5) + (mpf(1e-3) - mpf(1e-5)) * min(mp.log(1 + mpf(t)) / mp.log(98), mpf(1)),
        (97,),
    ),
    # Decays and waves without an end.
    Case(
        "inverse_decay",
        ps.inverse_decay(start=1e-3, timescale=40, power=1.5),
        lambda t: mpf(1e-3) * (1 + mpf(t) / 40) ** mpf(-1.5),
    ),
    Case(
        "capped_power",
        ps.capped_power(peak=1e-3, timescale=64, power=-0.5),
        lambda t: min(mpf(1e-3), mpf(8e-3) * mpf(t) ** mpf(-0.5)) if t else mpf(1e-3),
        (64,),
    ),
    Case(
        "exponential_approach",
        ps.exponential_approach(start=1e-5, end=1e-3, timescale=40),
        lambda t: mpf(1e-3) + (mpf(1e-5) - mpf(1e-3)) * mp.exp(-mpf(t) / 40),
    ),
    Case(
        "sinusoid",
        ps.sinusoid(start=1e-3, end=1e-5, period=97),
        lambda t: mpf(1e-5) + (mpf(1e-3) - mpf(1e-5)) * (1 + mp.cos(2 * mp.pi * t / 97)) / 2,
    ),
    Case(
        "radam_warmup",
        ps.radam_warmup(peak=1e-3, beta2=0.9),
        scaled(1e-3, rectified(0.9)),
        condition=100,  # the length of the average is a difference of numbers that are far larger
    ),
    # Knots and tables.
    Case(
        "piecewise_cosine",
        ps.piecewise_cosine(values=[1e-4, 1e-3, 1e-5], boundaries=[30, 71]),
        between(cosine, [1e-4, 1e-3, 1e-5], [30, 71]),
        (30, 71),
    ),
    Case(
        "piecewise_cubic",
        ps.piecewise_cubic(values=[1e-4, 1e-3, 4e-4, 3e-4, 1e-5], boundaries=[30, 71, 90, 130]),
        pchip([1e-4, 1e-3, 4e-4, 3e-4, 1e-5], [30, 71, 90, 130]),
        (30, 71, 90, 130),
    ),
    Case(
        "multi_step",
        ps.multi_step(start=1e-3, factor=0.3, boundaries=[30, 71]),
        stairs([1e-3, 1e-3 * 0.3, 1e-3 * 0.3**2], [30, 71]),
        (30, 71),
    ),
    Case(
        "table",
        ps.table(values=[1e-4, 1e-3, 5e-4, 1e-5], every=31),
        stairs([1e-4, 1e-3, 5e-4, 1e-5], [31, 62, 93]),
        (31, 62, 93),
    ),
    # Noise.
    Case(
        "uniform_noise",
        ps.uniform_noise(low=1e-5, high=1e-3, seed=7, every=29),
        lambda t: mpf(1e-5) + (mpf(1e-3) - mpf(1e-5)) * scrambled(int(t) // 29, 7, 0),
        (29, 58),
        every=29,
    ),
    Case(
        "normal_noise",
        ps.normal_noise(mean=6e-4, deviation=5e-5, seed=123456, every=29),
        lambda t: (
            mpf(6e-4)
            + mpf(5e-5)
            * mp.sqrt(-2 * mp.log(scrambled(int(t) // 29, 123456, 1)))
            * mp.cos(2 * mp.pi * scrambled(int(t) // 29, 123456, 2))
        ),
        (29, 58),
        every=29,
    ),
    # Combinators.
    Case(
        "chain",
        ps.chain([DOWN, ps.exponential_decay(start=0.3, rate=0.7, every=13), UP], boundaries=[50, 130]),
        joined(
            (0, DOWN_ORACLE),
            (50, lambda t: DOWN_ORACLE(mpf(50)) * mpf(0.7) ** (t / mpf(13))),
            (130, lambda t: DOWN_ORACLE(mpf(50)) * mpf(0.7) ** (80 / mpf(13)) * UP_ORACLE(t) / mpf(1e-5)),
        ),
        (50, 130, 220),
        peak=0.02,
    ),
    Case("mean", ps.mean([UP, DOWN]), of_each(lambda values: mp.fsum(values) / 2, UP_ORACLE, DOWN_ORACLE), (90, 210)),
    Case(
        "mix",
        ps.mix(UP, DOWN, ps.linear(start=0.0, end=1.0, steps=130)),
        lambda t: UP_ORACLE(t) + (DOWN_ORACLE(t) - UP_ORACLE(t)) * linear(0, 1, 130)(t),
        (90, 130, 210),
    ),
    Case(
        "raise_to", ps.raise_to(DOWN, power=1.5), lambda t: DOWN_ORACLE(t) ** mpf(1.5), (210,), peak=1e-3**1.5 * (1 + 1e-15)
    ),
    Case(
        "remap",
        ps.remap(UP, low=1e-5, high=1e-3, to_low=0.95, to_high=0.85),
        lambda t: mpf(0.95) + (mpf(0.85) - mpf(0.95)) * (UP_ORACLE(t) - mpf(1e-5)) / (mpf(1e-3) - mpf(1e-5)),
        (90,),
        peak=0.95,
    ),
    Case(
        "round_to",
        ps.round_to(UP, multiple=3e-4),
        lambda t: mp.floor(UP_ORACLE(t) / mpf(3e-4) + mpf(0.5)) * mpf(3e-4),
        (12.73, 40.0, 67.27, 90),
    ),
    Case(
        "round_down",
        ps.round_down(UP, multiple=3e-4),
        lambda t: mp.floor(UP_ORACLE(t) / mpf(3e-4)) * mpf(3e-4),
        (26.36, 53.64, 80.91, 90),
    ),
    Case(
        "interpolate",
        ps.interpolate(ps.cosine(start=0.0, end=1.0, steps=0.9), start=1e-3, end=1e-5, steps=97, space=ps.logarithm),
        lambda t: mp.exp(cosine(mp.log(mpf(1e-3)), mp.log(mpf(1e-5)), 97 * mpf(0.9))(t)),
        (87.3, 97),
        condition=3,  # the exponential of a number about 10
    ),
    Case(
        "vary",
        ps.vary(DOWN, UP, hyperparameter="start"),
        lambda t: mpf(1e-5) + (UP_ORACLE(t) - mpf(1e-5)) * cosine(1, 0, 210)(t),
        (90, 210),
    ),
    Case(
        "running_product",
        # No factor lies on the corner of the line, where a slope is that of one side.
        ps.running_product(ps.linear(start=1.0, end=0.9, steps=20.5), times=97),
        lambda t: mp.fprod(linear(1.0, 0.9, 20.5)(mpf(k)) for k in range(1, min(int(mp.floor(t)), 97) + 1)),
        (97,),
        every=1,
        peak=1.0,
        condition=4,  # the roundings of some sixty factors
    ),
    # Clocks.
    Case("repeat lower", ps.repeat(UP, factor=0.7), rounds(UP_ORACLE, 90, 1, 0.7), (90, 180), every=90),
    Case(
        "repeat longer",
        ps.repeat(DOWN, every=30, times=3, growth=1.5, factor=0.5),
        rounds(DOWN_ORACLE, 30, 1.5, 0.5, 3),
        (30, 75, 142.5),
    ),
    Case("stretch_to", ps.stretch_to(UP, steps=225), lambda t: UP_ORACLE(t / mpf(2.5)), (225,)),
    Case(
        "staircase", ps.staircase(DOWN, every=29), lambda t: DOWN_ORACLE(mp.floor(t / mpf(29)) * 29), (29, 58, 232), every=29
    ),
    Case("warp", ps.warp(DOWN, power=1.5), lambda t: DOWN_ORACLE(210 * min(t / mpf(210), mpf(1)) ** mpf(1.5)), (210,)),
    Case("mirror", ps.mirror(DOWN), lambda t: DOWN_ORACLE(210 - min(t, mpf(210))), (210,)),
    Case(
        "window",
        ps.window(UP, first=20, stop=70, outside=1e-4),
        lambda t: UP_ORACLE(t) if 20 <= t < 70 else mpf(1e-4),
        (20, 70),
    ),
    Case(
        "on_clock",
        ps.on_clock(DOWN, ps.consumed(sizes=[0.5, 1.5], boundaries=[40])),
        lambda t: DOWN_ORACLE(t / 2 if t < 40 else 20 + (t - 40) * 3 / 2),
        (40, 166.67),
    ),
    Case(
        "consumed",
        ps.consumed(sizes=[32, 64, 256], boundaries=[30, 71]),
        lambda t: 32 * min(t, mpf(30)) + 64 * min(max(t - 30, mpf(0)), mpf(41)) + 256 * max(t - 71, mpf(0)),
        (30, 71),
        peak=256 * 1e12,
        condition=0.0,  # whole numbers
    ),
    Case(
        "accumulated",
        ps.accumulated(batches=50, accumulate=4),
        lambda t: 50 * mp.floor(t / 13) + min(4 * (t - 13 * mp.floor(t / 13)), mpf(50)),
        (12.5, 13, 25.5, 26),
        peak=4 * 1e12,
        condition=0.0,  # whole numbers
        every=13,
    ),
    Case(
        "batch_size_ramp",
        ps.batch_size_ramp(sizes=[32, 64, 256], samples=[960, 3584]),
        stairs([32, 64, 256], [30, 71]),
        (30, 71),
        peak=256,
    ),
    Case(
        "consumed_by",
        ps.consumed_by(ps.batch_size_ramp(sizes=[32, 64, 256], samples=[960, 3584])),
        lambda t: 32 * min(t, mpf(30)) + 64 * min(max(t - 30, mpf(0)), mpf(41)) + 256 * max(t - 71, mpf(0)),
        (30, 71),
        peak=256 * 1e12,
        condition=0.0,  # whole numbers
    ),
    Case(
        "switch",
        ps.switch([ps.constant(value=1e-4), DOWN, UP], boundaries=[30, 71]),
        lambda t: mpf(1e-4) if t < 30 else DOWN_ORACLE(t) if t < 71 else UP_ORACLE(t),
        (30, 71, 90),
    ),
    Case(
        "sequence",
        ps.sequence([UP, DOWN], fractions=[0.25, 0.75], total_steps=200),
        joined((0, linear(1e-5, 1e-3, 50)), (50, cosine(1e-3, 1e-5, 150))),
        (50, 200),
    ),
    # Recipes, and changes to a run.
    Case(
        "warmup",
        ps.warmup(ps.inverse_sqrt(peak=1e-3, timescale=40), warmup_steps=40),
        joined((0, linear(0.0, 1e-3, 40)), (40, lambda t: mpf(1e-3) * mp.sqrt(40 / (40 + mpf(t))))),
        (40,),
    ),
    Case(
        "infinite",
        ps.infinite(peak=1e-3, floor=3e-4, warmup_steps=40, decay_steps=60),
        joined((0, linear(0.0, 1e-3, 40)), (40, cosine(1e-3, 3e-4, 60))),
        (40, 100),
    ),
    Case(
        "slanted_triangular",
        ps.slanted_triangular(peak=1e-3, total_steps=200, warmup_fraction=0.25),
        between(linear, [1e-3 / 32, 1e-3, 1e-3 / 32], [50, 200]),
        (50, 200),
    ),
    Case(
        "triangular_cycles",
        ps.triangular_cycles(floor=1e-5, peak=1e-3, warmup_steps=30, decay_steps=41, factor=0.5),
        lambda t: mpf(1e-5) + rounds(between(linear, [0.0, 1e-3 - 1e-5, 0.0], [30, 71]), 71, 1, 0.5)(t),
        (30, 71, 101, 142, 172, 213, 243),
        every=71,
    ),
    Case(
        "jagged_restarts",
        ps.jagged_restarts(DOWN, every=71, warmup_steps=20, decay_steps=10),
        lambda t: (
            DOWN_ORACLE(t)
            * joined(
                (0, between(linear, [1, 1, 0], [61, 71])),
                (71, rounds(between(linear, [0, 1, 1, 0], [20, 61, 71]), 71, 1, 1)),
            )(t)
        ),
        (61, 71, 91, 132, 142, 162, 203, 210, 213, 233),
        every=71,
    ),
    Case(
        "cool_down",
        ps.cool_down(DOWN, at=50, decay_steps=40),
        joined((0, DOWN_ORACLE), (50, linear(DOWN_ORACLE(mpf(50)), 0, 40))),
        (50, 90),
    ),
    Case(
        "extend",
        ps.extend(DOWN, at=50, total_steps=290),
        joined((0, DOWN_ORACLE), (50, lambda t: DOWN_ORACLE(50 + t / mpf(1.5)))),
        (50, 290),
    ),
    Case(
        "branch",
        ps.branch(UP, ps.cosine(start=2.0, steps=40), at=50),
        joined((0, UP_ORACLE), (50, cosine(UP_ORACLE(mpf(50)), 0, 40))),
        (50, 90),
    ),
    Case(
        "rewarm",
        ps.rewarm(UP, at=50, peak=1e-3, warmup_steps=20, decay_steps=60),
        joined((0, UP_ORACLE), (50, linear(UP_ORACLE(mpf(50)), 1e-3, 20)), (70, cosine(1e-3, 0, 60))),
        (50, 70, 130),
    ),
]
