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
        # Where the wave crosses the bounds: cos(pi t / 210) = 58 / 99 and -62 / 99.
        (62.89, 150.29, 210),
    ),
    Case("multiply", ps.multiply([UP, DOWN]), of_each(mp.fprod, UP_ORACLE, DOWN_ORACLE), (90, 210), peak=1e-6),
    Case("add", ps.add([UP, DOWN]), of_each(mp.fsum, UP_ORACLE, DOWN_ORACLE), (90, 210), peak=2e-3),
    Case("maximum", ps.maximum([UP, DOWN]), of_each(max, UP_ORACLE, DOWN_ORACLE), (69.32, 90, 210)),
    Case("minimum", ps.minimum([UP, DOWN]), of_each(min, UP_ORACLE, DOWN_ORACLE), (69.32, 90, 210)),
    Case("shift", ps.shift(UP, steps=25), lambda t: UP_ORACLE(max(t - 25, mpf(0))), (25, 115)),
    Case("shift back", ps.shift(UP, steps=-25), lambda t: UP_ORACLE(t + 25), (65,)),
    Case("stretch", ps.stretch(UP, factor=2.5), lambda t: UP_ORACLE(t / mpf(2.5)), (225,)),
    Case("repeat", ps.repeat(DOWN), lambda t: DOWN_ORACLE(t - 210 * mp.floor(t / mpf(210))), (210, 420)),
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
        "cosine_restarts",
        ps.cosine_restarts(peak=1e-3, steps=20, cycles=3, growth=2, factor=0.5, floor=1e-5),
        joined((0, cosine(1e-3, 1e-5, 20)), (20, cosine(5e-4, 1e-5, 40)), (60, cosine(2.5e-4, 1e-5, 80))),
        (20, 60, 140),
    ),
]
