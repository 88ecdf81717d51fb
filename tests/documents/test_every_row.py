"""The page of every row, docs/every-row.md: what it says to write runs, and is the formula of its row.

The formulas are written out here once more, in plain Python and from the sources that the rows name, never from the
library: a peak of P, a floor of F, a warmup of W steps in a run of T, of which D are left after the warmup. They stand in
the order in which the page has its code, row by row.
"""

import math
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from originals import ORIGINALS, READ, Original

import pure_schedules as ps
from pure_schedules import like, reactive

PAGE = (Path(__file__).parents[2] / "docs" / "every-row.md").read_text()
STEPS = range(151)
#: Further steps for rows with a cap that is only met there.
FAR = {"U5": [10_000, 40_000], "H4": [100_000, 2_000_000]}

ROWS = [
    *["Wa", "Wa'", "Wa''", "Wb", "Wc", "Wd", "We", "Wf", "Wg", "Wh", "Wi", "Wj", "Wk", "Wl", "Wm", "Wn", "Wo", "Wp"],
    *["B1", "B2", "B3", "B3'", "B4", "B4w", "B4e", "B4k", "B4h", "B4q", "B4x", "B4d", "B5", "B6", "B7", "B8", "B9", "B10"],
    *["B11", "B12", "B13", "B14", "B14'", "B15", "B16", "B17"],
    *["U1", "U2", "U3", "U3s", "U4", "U4w", "U5", "U6", "U7", "U8", "U9"],
    *(f"P{number}" for number in range(1, 8)),
    *(f"C{number}" for number in range(1, 10)),
    *["N1", "N2", "N3", "N4", "N4'", "N4''", "N5", "N5m", *(f"N{number}" for number in range(6, 17))],
    *(f"R{number}" for number in range(1, 6)),
    *(f"H{number}" for number in range(1, 11)),
    *(f"S{number}" for number in range(1, 17)),
    *(f"K{number}" for number in range(1, 32)),
]
MODES = ["mode 1", "mode 2", "mode 3", "mode 4", "W = 0"]
HABITS = ["index", "length", "floor", "after the end", "boundary", "stairs", "units"]

# The page ------------------------------------------------------------------------------------------------------------


#: A row and its variants: what stands in the first column, in the second and in the third, line by line.
Lines = list[list[str]]


def rows_of_the_page() -> tuple[dict[str, Lines], dict[str, str]]:
    """The rows of the tables by their number, a habit by its name; and what was read of each original."""
    rows: dict[str, Lines] = {}
    read: dict[str, str] = {}
    for line in PAGE.splitlines():
        if not line.startswith("| ") or line.startswith(("| what ", "| original ")):
            continue
        first, *rest = (cell.strip() for cell in line.removeprefix("| ").removesuffix("|").split(" | "))
        if first.startswith("↳ "):
            [*rows.values()][-1].append([first, *rest])
        elif first.startswith("**"):
            about = first.partition("<br>")[0]
            number = re.search(r"\(([^()]+)\)$", about) if len(rest) == 2 else re.match(r"\*\*(.+?)\*\*", about)
            assert number, f"the row has no number: {line}"
            assert number[1] not in rows, f"the page has two rows {number[1]}"
            rows[number[1]] = [[first, *rest]]
        else:
            (read[first],) = rest
    return rows, read


ALL_ROWS, SOURCES = rows_of_the_page()
#: What leads to each piece of code of a row: the line below its description, or what the variant is.
LABELS = {
    row: [line[0].removeprefix("↳ ") if place else line[0].partition("<br>")[2] for place, line in enumerate(lines)]
    for row, lines in ALL_ROWS.items()
}
#: The code of each row, and whether it is marked as more than `parse` reads.
CODE = {
    row: [
        (bool(re.search(r"\b[iI]n Python$", label)), line[1].strip("`"))
        for label, line in zip(LABELS[row], lines, strict=True)
    ]
    for row, lines in ALL_ROWS.items()
}
#: What else is in backticks beside the code: the names of things.
NAMES = {name for labels in LABELS.values() for label in labels for name in re.findall(r"`([^`]+)`", label)} - {"like"}


def an_optimizer() -> torch.optim.Optimizer:
    """Two groups with names and depths: a body below a head."""
    body, head = torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)
    return torch.optim.AdamW(
        [
            {"params": list(body.parameters()), "name": "body", "depth": 1},
            {"params": list(head.parameters()), "name": "head", "depth": 0},
        ],
        lr=0.5,
    )


def evaluated(code: str, optimizer: Any = None) -> Any:
    """What code of the page gives that holds more than `parse` reads."""
    names = {name: getattr(ps, name) for name in ps.__all__}
    pure_schedules_torch = pytest.importorskip("pure_schedules_torch")
    adapters = {name: getattr(pure_schedules_torch, name) for name in pure_schedules_torch.__all__}
    return eval(code, {**names, **adapters, "like": like, "reactive": reactive, "math": math, "optimizer": optimizer})


def made(marked: bool, code: str) -> Any:
    return evaluated(code, an_optimizer()) if marked else ps.parse(code)


# The formulas --------------------------------------------------------------------------------------------------------

Formula = Callable[[int], float]

P, F, W, T, D = 1e-3, 1e-5, 10, 100, 90
E = math.exp(1)


def hold(u: float) -> float:
    return min(max(u, 0.0), 1.0)


def lerp(a: float, b: float, x: float) -> float:
    return a + (b - a) * x


def cosw(x: float) -> float:
    return (1 + math.cos(math.pi * x)) / 2


def line(a: float, b: float, n: float, t: float) -> float:
    return lerp(a, b, hold(t / n))


def wave(a: float, b: float, n: float, t: float) -> float:
    """Half a cosine from a to b, held."""
    return b + (a - b) * cosw(hold(t / n))


def counted_from_one(formula: Formula) -> Formula:
    """What update t gets of those who call it t + 1."""
    return lambda t: formula(t + 1)


def warm(rest: Formula, peak: float = P, steps: int = W) -> Formula:
    """A warmup, and a curve that begins after it."""
    return lambda t: peak * t / steps if t < steps else rest(t - steps)


def wsd(fall: Callable[[float], float], start: float = 0.0, steps: int = 20, total: int = T) -> Formula:
    """Warmup, plateau, and a fall, a function from 0 to 1 of what is done of it."""
    return lambda t: lerp(start, P, t / W) if t < W else P if t < total - steps else fall(hold((t - total + steps) / steps))


def knots(shape: Callable[[float], float], *points: tuple[float, float]) -> Formula:
    """A curve from 0 to 1 between each two of these points, held before the first and after the last."""

    def value(t: float) -> float:
        if t <= points[0][0]:
            return points[0][1]
        for (here, a), (there, b) in pairwise(points):
            if t <= there:
                return lerp(a, b, shape((t - here) / (there - here)))
        return points[-1][1]

    return value


def straight(x: float) -> float:
    return x


def bent(x: float) -> float:
    return 1 - cosw(x)


def counted(values: list[float], boundaries: list[float], t: float) -> float:
    """The value after as many boundaries as are at or before the step."""
    return values[sum(boundary <= t for boundary in boundaries)]


def growing(t: int) -> tuple[int, float]:
    """Cycles of 20, 40, 80 ... steps: the number of the cycle, and how much of it is done."""
    begin, length, cycle = 0, 20, 0
    while t >= begin + length:
        begin, length, cycle = begin + length, 2 * length, cycle + 1
    return cycle, (t - begin) / length


def triangle(t: float, up: float = 20, down: float = 20) -> float:
    """From 0 up to 1 and down again."""
    q = t % (up + down)
    return q / up if q <= up else 1 - (q - up) / down


def radam(t: int, beta2: float = 0.999) -> float:
    longest = 2 / (1 - beta2) - 1

    def length(s: int) -> float:
        return longest - 2 * s * beta2**s / (1 - beta2**s)

    offset = next(s for s in range(1, 100) if length(s) > 4)
    r = length(t + offset)
    return math.sqrt((r - 4) * (r - 2) * longest / ((longest - 4) * (longest - 2) * r))


def noam(n: float, d: float = 64) -> float:
    return 0.0 if n == 0 else d**-0.5 * min(n**-0.5, n * W**-1.5)


def arc(t: float, n: float = 100, upper: float = 250) -> float:
    """h(0) - h(t) of the hyperbolic curve."""

    def h(x: float) -> float:
        return math.sqrt((n - x) / upper * (2 - (n + x) / upper))

    return h(0) - h(min(t, n))


def pchip(points: list[tuple[float, float]], t: float) -> float:
    """The monotone cubic of Fritsch and Butland, with SciPy's slopes at the ends; held outside."""
    x, y = zip(*points, strict=True)
    h = [b - a for a, b in pairwise(x)]
    m = [(b - a) / w for a, b, w in zip(y[:-1], y[1:], h, strict=True)]

    def end(h0: float, h1: float, m0: float, m1: float) -> float:
        d = ((2 * h0 + h1) * m0 - h0 * m1) / (h0 + h1)
        if d * m0 <= 0:
            return 0.0
        return 3 * m0 if m0 * m1 <= 0 and abs(d) > 3 * abs(m0) else d

    slopes = [end(h[0], h[1], m[0], m[1])]
    for k in range(1, len(h)):
        w1, w2 = 2 * h[k] + h[k - 1], h[k] + 2 * h[k - 1]
        slopes.append(0.0 if m[k - 1] * m[k] <= 0 else (w1 + w2) / (w1 / m[k - 1] + w2 / m[k]))
    slopes.append(end(h[-1], h[-2], m[-1], m[-2]))
    if t <= x[0] or t >= x[-1]:
        return y[0] if t <= x[0] else y[-1]
    k = max(index for index in range(len(h)) if x[index] <= t)
    s = (t - x[k]) / h[k]
    return (
        y[k] * (1 + 2 * s) * (1 - s) ** 2
        + h[k] * slopes[k] * s * (1 - s) ** 2
        + y[k + 1] * s**2 * (3 - 2 * s)
        + h[k] * slopes[k + 1] * s**2 * (s - 1)
    )


def chebyshev(t: int) -> float:
    permutation = [0]
    while len(permutation) < 8:
        last = 2 * len(permutation) - 1
        permutation = [index for k in permutation for index in (k, last - k)]
    k = permutation[min(max(t - 2, 0), 7)]
    high, low = 1.0, 0.05
    return P / ((high + low) / 2 - (high - low) / 2 * math.cos((k + 0.5) * math.pi / 8))


def ramped(t: int) -> int:
    """The batch size of update t: 32, then 48 from 1000 samples on, then 64 from 3000 on."""
    taken = 0
    for _ in range(t):
        taken += 32 if taken < 1000 else 48 if taken < 3000 else 64
    return 32 if taken < 1000 else 48 if taken < 3000 else 64


def images(t: int, sizes: tuple[int, int] = (32, 64), boundary: int = 50) -> int:
    return sum(sizes[step >= boundary] for step in range(t))


def life(x: float, b1: float = 0.9, b3: float = 0.9999) -> float:
    """From one factor to another by their half-lives."""

    def f(b: float) -> float:
        return math.log(0.5) / math.log(b) - 1

    return 0.5 ** (1 / ((1 - x) * f(b1) + x * f(b3) + 1))


def jagged(t: int) -> float:
    q = t % 30
    if t < 30 - 5:
        return 1.0
    return q / 5 if t >= 30 and q < 5 else (30 - q) / 5 if q > 25 else 1.0


# What recurs, with the numbers of the page.


def rise(t: float) -> float:
    return P * min(t / W, 1)


def cosine_F(t: float) -> float:
    return wave(P, F, T, t)


def cosine_0(t: float) -> float:
    return wave(P, 0, T, t)


warm_cosine = warm(lambda s: wave(P, F, D, s))
warm_cosine_0 = warm(lambda s: wave(P, 0, D, s))
rsqrt_10 = warm(lambda s: P * math.sqrt(W / (s + W)))
rsqrt_40 = warm(lambda s: P * math.sqrt(40 / (s + 40)))
one_cycle_torch = knots(bent, (0, P / 25), (29, P), (99, P / 25e4))
one_cycle_optax = knots(bent, (0, P / 25), (30, P), (100, P / 25e4))
three_phases = knots(bent, (0, P / 25), (29, P), (58, P / 25), (99, P / 25e4))


def stairs(t: float) -> float:
    return P * 0.1 ** ((t >= 30) + (t >= 60))


def exp_range(t: float) -> float:
    return 1e-4 + (P - 1e-4) * triangle(t) * 0.99**t


def deepspeed_cycle(t: float) -> float:
    return 1e-4 + (P - 1e-4) * triangle(t) if t < 40 else 1e-4 / (1 + 0.1 * (t - 40) / 10)


def cosine_from_one(t: float) -> float:
    return P * (t + 1) / W if t < W else F + (P - F) * cosw((t - W + 1) / D)


def slanted(t: float) -> float:
    up = t / 10 if t < 10 else 1 - hold((t - 10) / 90)
    return P * (1 + up * (32 - 1)) / 32


def to_a_plateau(t: float) -> float:
    return P * t / W if t < W else wave(P, 5e-4, 20, t - W)


def to_a_plateau_by_a_root(t: float) -> float:
    def h(x: float) -> float:
        return 1 / math.sqrt(1 + 3 * x) - 1

    return P * t / W if t < W else P + (5e-4 - P) / h(1) * h(hold((t - W) / 20))


def annealed(plateau: Formula) -> Formula:
    return lambda t: plateau(t) if t < 70 else 5e-4 * (F / 5e-4) ** hold((t - 70) / 30)


def harmonic(a: float, b: float, x: float) -> float:
    return 1 / (x / b + (1 - x) / a)


def levanter_cycles(t: int) -> float:
    q = t % 50
    if q >= 30:
        return line(P, 1e-4, 20, q - 30)
    return line(0, P, 10, q) if t < 50 else line(1e-4, P, 5, q)


def wsd_s(t: int) -> float:
    """Decays of a tenth of all steps so far before 50 and 100, the next period on the peak again."""
    if t < W:
        return P * t / W
    if t < 50:
        return harmonic(P, 1e-4, hold((t - 45) / 5))
    return harmonic(P, 1e-4, hold((t - 90) / 10))


def power_and_line(t: float) -> float:
    """A power of the step, and a straight line from the value that it has at 80."""
    power = warm(lambda s: P * ((s + W) / W) ** -0.51)
    return power(t) if t < 80 else power(80) * (1 - hold((t - 80) / 20))


def larger_of_two(t: float) -> float:
    """A cosine to a tenth and an inverse square root, which share a warmup that begins at a tenth."""
    if t < W:
        return P * (0.1 + 0.9 * t / W)
    return max(wave(P, 0.1 * P, D, t - W), P * math.sqrt(W / t))


def silver(t: int) -> float:
    n, divided = min(t, 6) + 1, 0
    while n % 2 == 0:
        n, divided = n // 2, divided + 1
    return 1 + (1 + math.sqrt(2)) ** (divided - 1)


def of_the_head(t: int) -> float:
    return warm(lambda s: P * (1 - hold(s / 90)) ** 0.9)(t)


def of_the_backbone(t: int) -> float:
    return 0.0 if t < 20 else warm(lambda s: P * (1 - hold(s / 70)) ** 0.9)(t - 20)


FORMULAS: dict[str, list[Formula | None]] = {
    # Where libraries differ
    "index": [lambda t: wave(P, F, D, t + 1)],
    "length": [lambda t: wave(P, F, 99, t)],
    "floor": [lambda t: line(P, 1e-4, T, t), lambda t: max(P * (1 - t / T), 1e-4)],
    "after the end": [cosine_F, lambda t: cosine_F(t) if t < T else 0.0, lambda t: F + (P - F) * cosw(t / T)],
    "boundary": [stairs, lambda t: P * 0.1 ** ((t > 30) + (t > 60))],
    "stairs": [lambda t: wave(P, F, T, t // 10 * 10)],
    "units": [lambda t: wave(P, F, D, t), lambda t: wave(P, F, 4800, images(t))],
    # Warmups
    "Wa": [rise, lambda t: line(1e-4, P, W, t), rise],
    "Wa'": [lambda t: P * t / W if t <= W else P] * 2,
    "Wa''": [lambda t: min(1, t / W) * cosine_F(t), lambda t: min(1, 0.1 + t * (1 - 0.1) / W) * cosine_F(t)],
    "Wb": [
        lambda t: P * (t + 1) / W if t < W else P,
        lambda t: P * (t + 1) / W if t < W else wave(P, F, D, t - W),
    ],
    "Wc": [
        lambda t: P * (t + 1) / (W + 1) if t < W else P,
        lambda t: P * (t + 1) / (W + 1) if t < W else wave(P, F, D, t - W),
        lambda t: P * (t + 1) / (W + 1) if t <= W else P,
    ],
    "Wd": [
        lambda t: P * t / (W - 1) if t < W else P,
        lambda t: P * t / (W - 1) if t < W else wave(P, F, D, t - W),
        lambda t: P * t / (W - 1) if t < W - 1 else wave(P, F, D, t - W + 1),
    ],
    "We": [lambda t: P * max(1, t) / W if t < W else P],
    "Wf": [
        lambda t: P * math.log(t + 1) / math.log(W) if t < W else P,
        lambda t: P * math.log(max(t - 1, 0) + 1) / math.log(W) if t - 1 < W else P,
    ],
    "Wg": [lambda t: P * (t / W) ** 2 if t < W else P],
    "Wh": [
        lambda t: P * (1 - math.cos(math.pi * t / W)) / 2 if t < W else P,
        lambda t: P * (1 - math.cos(math.pi * t / W)) / 2 if t < W else line(P, 0, D, t - W),
    ],
    "Wi": [lambda t: P * (1 - math.sqrt(1 - t / W)) if t < W else P],
    "Wj": [lambda t: P * 0.01 ** (1 - t / W) if t < W else P],
    "Wk": [lambda t: P * (1 - math.exp(-(t + 1) / W)), lambda t: P * (1 - math.exp(-5 * t / W)) if t < W else P],
    "Wl": [lambda t: P * radam(t)],
    "Wm": [
        lambda t: P * min(1, (t + 1) / int(2 / (1 - 0.9))),
        lambda t: P * (1 - math.exp(-(t + 1) / int(1 / (1 - 0.9)))),
    ],
    "Wn": [lambda t: 0.1 * P if t < W else P] * 2,
    "Wo": [
        lambda t: 0.0 if t < 20 else P * min((t - 20) / W, 1),
        lambda t: 0.0 if t < 20 else line(1e-4, P, W, t - 20),
    ],
    "Wp": [lambda t: P * (1 + (8 - 1) * min(t / W, 1))],
    "mode 1": [warm_cosine] * 2,
    "mode 2": [lambda t: P * t / W if t < W else cosine_F(t)] * 2
    + [lambda t: cosine_F(W) * t / W if t < W else cosine_F(t)] * 2,
    "mode 3": [
        lambda t: min(1, t / W) * P * math.sqrt(40 / (t + 40)),
        lambda t: P * min(1, t / W) / math.sqrt(max(t, W)),
    ],
    "mode 4": [lambda t: P * t / W if t < W else cosine_F((t - W) / (T - W) * T)] * 2,
    "W = 0": [cosine_F, lambda t: P * max(1 - t / T, 0)],
    # Curves between two values
    "B1": [lambda t: P] * 2,
    "B2": [
        lambda t: P + (F - P) * hold(t / T),
        warm(lambda s: P + (F - P) * hold(s / D)),
        lambda t: P + (F - P) * hold(t / (T - 1)),
        lambda t: P * (1 - t / T),
        lambda t: P * (1 + (0.01 - 1) * hold(t / T)),
    ],
    "B3": [
        lambda t: F + (P - F) * (1 - hold(t / T)) ** 2,
        lambda t: max(P * (1 - hold(t / T)) ** 2, F),
        warm(lambda s: F + (P - F) * (1 - hold(s / (T - W + 1))) ** 2),
        lambda t: F + (P - F) * (1 - hold(t / T) ** 2) ** 0.5,
        lambda t: P * (1 - hold(t / T)) ** 2,
    ],
    "B3'": [lambda t: P + (F - P) * hold(t / T) ** 3],
    "B4": [
        cosine_F,
        lambda t: F + (P - F) * cosw(t / T),
        lambda t: F + (P - F) * cosw(hold(t / (T - 1))),
        warm(lambda s: F + (P - F) * cosw(hold(s / (T - W + 1)))),
        lambda t: P * t / W if t < W else F + (P - F) * cosw(hold((t - W + 1) / (T - W))),
        lambda t: P * ((1 - 0.01) * cosw(min(t, T) / T) + 0.01),
        lambda t: F + (P - F) * cosw(t / T),
    ],
    "B4w": [
        lambda t: P * max(0, cosw(2 * 2 * t / T)),
        warm(lambda s: P * max(0, cosw(2 * 2 * s / D))),
        warm(lambda s: P * max(0, cosw(2 * 2 * s / D))),
    ],
    "B4e": [
        lambda t: F + (P - F) * cosw(hold(t / T)) ** 3,
        lambda t: P * ((1 - 0.01) * cosw(min(t, T) / T) ** 3 + 0.01),
    ],
    "B4k": [lambda t: F + (P - F) * cosw(hold(t**2 / T**2))] * 2,
    "B4h": [
        counted_from_one(
            lambda n: (
                (F + (P - F) / 2) * n / W
                if n < W
                else F + (P - F) * (1 + math.cos(math.pi * (min(n - W, D) + D) / (2 * D))) / 2
            )
        )
    ],
    "B4q": [
        lambda t: P * max(0, math.cos(7 * math.pi * t / T / 16)),
        lambda t: P * math.cos(7 * math.pi * hold(t / T) / 16),
        lambda t: P * math.cos(math.pi * t / (2 * T)),
    ],
    "B4x": [counted_from_one(lambda n: F + (1 - hold(n / T)) * (P - F) * cosw(hold(n / T)))],
    "B4d": [
        lambda t: F + (P - F) * (cosw(min(t, 99) / 104) - cosw(99 / 104)) / (1 - cosw(99 / 104)),
        lambda t: F + (P - F) * cosw(min(t, T) / T),
    ],
    "B5": [lambda t: math.exp(lerp(math.log(P), math.log(F), hold(t / T))), lambda t: P * (F / P) ** (t / T)],
    "B6": [
        lambda t: F + (P - F) * (2 * 0.5 ** hold(t / T) - 1),
        lambda t: F + (P - F) * (E ** (1 - hold(t / T)) - 1) / (E - 1),
        lambda t: F + (P - F) * (E ** (1 - t / T) - 1) / (E - 1),
    ],
    "B7": [
        lambda t: harmonic(P, F, hold(t / T)),
        lambda t: max(F, P / ((P / F - 1) * max(t, 1) / T + 1)),
    ],
    "B8": [lambda t: F + (P - F) * (1 - math.sqrt(hold(t / T))), lambda t: max(F, P * (1 - math.sqrt(hold(t / T))))],
    "B9": [lambda t: F + (P - F) * (1 - hold(t / T) ** 2)],
    "B10": [lambda t: 2 * line(P, F, T, t) - wave(P, F, T, t)],
    "B11": [lambda t: P * math.sqrt(1 - hold(t / T) ** 2), lambda t: P * math.sqrt(1 - hold(t / T) ** 2) ** 3],
    "B12": [
        lambda t: F + (P - F) * (1 - hold(t / T)) / (1 - hold(t / T) / 2),
        lambda t: F + (P - F) * (1 - hold((t + 1) / T)) / (0.1 + 0.9 * (1 - hold((t + 1) / T))),
        lambda t: F + (P - F) * (1 - hold(t / T)) / (1 - hold(t / T) * (1 - 0.9)),
        lambda t: P * (1 - hold(t // 10 / 10)) / (1 - hold(t // 10 / 10) / 2),
        lambda t: P * (1 - hold(t / T)) / (1 - hold(t / T) / 2),
    ],
    "B13": [
        lambda t: F + 0.5 * (P - F) * (1 - math.tanh(-7 * (1 - hold(t / T)) + 3 * hold(t / T))),
        lambda t: F + 0.5 * (P - F) * (1 - math.tanh(-7 * (1 - t / T) + 3 * t / T)) if t < T else F,
    ],
    "B14": [lambda t: P - (P - F) * arc(t)] * 2,
    "B14'": [lambda t: P * (P / F) ** -arc(t)] * 2,
    "B15": [chebyshev],
    "B16": [lambda t: F + (P - F) * abs(math.sin(math.pi * t / 40))],
    "B17": [
        lambda t: pchip([(10, 1e-3), (40, 6e-4), (70, 3e-4), (100, 1e-5)], t),
        knots(straight, (10, 1e-3), (40, 6e-4), (70, 3e-4), (100, 1e-5)),
    ],
    # Decays without an end
    "U1": [
        lambda t: P * 0.5 ** (t / 20),
        lambda t: P * 0.5 ** (t // 20),
        lambda t: max(P * 0.5 ** (max(t - 10, 0) / 20), F),
        lambda t: P * math.exp(-0.05 * t),
        lambda t: P * math.exp(-0.693 * t / T),
        counted_from_one(lambda n: P * 0.5 ** (max(n - 50 + 10, 0) // 10)),
        lambda t: min(F * 1.05**t, P),
        lambda t: P * 0.95**t,
        lambda t: P * 0.5 ** (t // 20),
    ],
    "U2": [
        lambda t: P / (1 + 0.5 * t / 10),
        lambda t: P * (1 + 0.5 * t / 10) ** -0.75,
        lambda t: P / (1 + 0.5 * (t // 10)),
        lambda t: P / (1 + 0.5 * t / 10),
    ],
    "U3": [
        lambda t: P * t / W if t < W else P * math.sqrt(W / t),
        lambda t: P * t / W if t < W else max(P * math.sqrt(W / t), 3e-4),
        counted_from_one(lambda n: P * n / W if n < W else F + (P - F) * math.sqrt(W / n)),
        lambda t: P * t / W if t < W else P * (W / t) ** 0.7,
        lambda t: P * t / W if t <= W else max(F, P * math.sqrt(W / t)) if t <= T else F,
        lambda t: P * t / W if t < W else P * math.sqrt(W / t),
    ],
    "U3s": [
        rsqrt_40,
        lambda t: min(1, t / W) * P / math.sqrt(1 + (max(t, W) + 20 - W) / 40),
        lambda t: P * t / W if t < W else P * min(1, math.sqrt(40 / max(t, 1))),
        lambda t: P * math.sqrt(40 / (t + 40)),
        rsqrt_40,
    ],
    "U4": [
        lambda t: noam(t + 1),
        lambda t: noam(max(t, 1)),
        noam,
        lambda t: min(t * W**-1.5, t**-0.5) if t else 0.0,
        lambda t: noam(min(t + 1, 80)),
        counted_from_one(lambda n: P * W**0.5 * min(n**-0.5, n * W**-1.5)),
        lambda t: noam(t + 1),
        lambda t: noam(max(t, 1)),
    ],
    "U4w": [
        counted_from_one(lambda n: noam(n) * 0.5 ** ((n > 40) + (n > 80))),
        counted_from_one(lambda n: noam(n) * 0.5 ** (max(n - 40 + 20, 0) // 20)),
    ],
    "U5": [
        lambda t: 1 / math.sqrt(max(t, 25)),
        lambda t: 1 / math.sqrt(max(t, 25)),
        lambda t: min(1e-2, 1 / math.sqrt(t + 1)),
        lambda t: min(1e-6 * (t + 1), 1 / math.sqrt(t + 1)),
        lambda t: min((t + 1) * W**-1.5, (t + 1) ** -0.5),
        lambda t: min(1e-2, 1 / math.sqrt(t + 1)),
    ],
    "U6": [
        counted_from_one(lambda n: P * n / W if n < W else P * (n / W) ** -0.51),
        lambda t: min(P, 4e-3 * t**-0.51) if t else P,
        lambda t: min(P, 0.1 * (512 * t) ** -0.51) if t else P,
        lambda t: P * max(t, 1) ** -0.5,
    ],
    "U7": [lambda t: P / math.sqrt(max(t / 40, 1)) * min(t / W, 1)] * 3,
    "U8": [
        lambda t: P * t / W if t < W else P if t < W + 40 else P * W / (t - 40),
        lambda t: (
            P * (t + 1) / (W + 1) if t <= W else P if t < W + 40 else max(F, P * W**0.5 / (t - 40) ** 0.5) if t <= T else F
        ),
    ],
    "U9": [
        lambda t: (
            P
            * ((t + 1) ** 2 / 50**2 + 1) ** -0.25
            * ((t // 20) ** 2 / 2**2 + 1) ** -0.25
            * (0.5 + 0.5 * min((t + 1) / W, 1))
        )
    ],
    # Steps, knots, tables
    "P1": [
        lambda t: P * 0.1 ** (t // 30),
        lambda t: max(P * 0.1 ** (max(t - 1, 0) // 30), F),
        lambda t: P * 0.1 ** ((t + 1) // 30),
        lambda t: P * t / W if t < W else P * 0.1 ** ((t - W) // 30),
        lambda t: P * 0.1 ** (t // 30),
    ],
    "P2": [
        stairs,
        lambda t: P * 0.1 ** ((t + 1 >= 30) + (t + 1 >= 60)),
        lambda t: P * 0.1 ** ((t > 30) + (t > 60)),
        stairs,
        lambda t: P * 0.1 ** ((t + 1 >= 30) + (t + 1 >= 60)),
    ],
    "P3": [
        lambda t: counted([1e-3, 3e-4, 1e-4], [30, 60], t),
        lambda t: 1e-3 if t <= 30 else 3e-4 if t <= 60 else 1e-4,
        lambda t: 1e-3 if t <= 30 else 3e-4 if t <= 60 else 1e-4,
        lambda t: 1e-3 if t < 30 else 3e-4 if t < 60 else 1e-4,
        lambda t: [1e-3, 8e-4, 5e-4][t // 10] if t // 10 < 3 else 5e-4 * 0.5 ** (t // 10 + 1 - 3),
        lambda t: P * t / W if t < W else P * counted([1, 0.316, 0.1], [80, 90], t),
    ],
    "P4": [lambda t: [1e-3, 3e-4, 1e-4, 3e-5][min(int(t / T * 4 + 1e-9), 3)]] * 2
    + [lambda t: P * 0.1 ** min(int(t / T * 4 + 1e-9), 3)],
    "P5": [
        knots(straight, (0, 0), (10, P), (100, F)),
        knots(straight, (10, P), (50, 5e-4), (100, F)),
        knots(straight, (10, P), (50, 5e-4), (100, F)),
        knots(straight, (0, P), (40, P * 0.5), (100, P * 0.5 * 0.1)),
    ],
    "P6": [knots(bent, (0, P), (40, 5e-4), (100, 0)), knots(bent, (0, P), (40, P * 0.5), (100, P * 0.5 * 0.1))],
    "P7": [
        lambda t: [1e-3, 8e-4, 5e-4, 2e-4, 0.0][min(t, 4)],
        lambda t: [1e-3, 8e-4, 5e-4, 2e-4, 0.0][min(t // 20, 4)],
    ],
    # Cycles
    "C1": [
        lambda t: F + (P - F) * cosw(growing(t)[1]),
        lambda t: 0.5 ** growing(t)[0] * (F + (P - F) * cosw(growing(t)[1])),
        lambda t: F + (P * 0.5 ** growing(t)[0] - F) * cosw(growing(t)[1]) if t < 140 else F,
        lambda t: F + (P - F) * 0.5 ** growing(t)[0] * cosw(growing(t)[1]),
        lambda t: P * (t % 20) / 5 if t % 20 < 5 else wave(P, F, 15, t % 20 - 5),
        lambda t: wave(P, F, 30, t) if t < 30 else wave(5e-4, F, 70, min(t, 99) - 30),
        counted_from_one(lambda n: F + (P - F) * cosw(((n - 1) % 20 + 1) / 20)),
        lambda t: F + (P - F) * cosw(growing(t)[1]),
        lambda t: P * ((1 - 0.01) * 0.5 ** growing(t)[0] * cosw(growing(t)[1]) + 0.01),
        lambda t: F + (P * 0.5 ** growing(t)[0] - F) * cosw(growing(t)[1]) if t < 140 else F,
    ],
    "C2": [warm(lambda s: P * cosw((3 * s / D) % 1) if s < D else 0.0)] * 2,
    "C3": [
        lambda t: F + (P - F) * cosw(t % 25 / 25),
        lambda t: F + (P - F) * cosw(t / 25),
        lambda t: F + (P * 0.5 ** (t // 25) - F) * cosw(t % 25 / 25) if t < T else F,
        lambda t: F + (cosine_F(t // 25 * 25) - F) * cosw(t % 25 / 25),
    ],
    "C4": [
        lambda t: 1e-4 + (P - 1e-4) * triangle(t),
        lambda t: 1e-4 + (P - 1e-4) * triangle(t, 10, 30),
        lambda t: 1e-4 + (P - 1e-4) * triangle(t) / 2 ** (t // 40),
        exp_range,
        lambda t: 1e-4 + (P * 0.5 ** (t // 40) - 1e-4) * triangle(t),
        lambda t: 1e-4 + (P - 1e-4) * triangle(t + 1),
        exp_range,
    ],
    "C5": [
        lambda t: knots(bent, (0, 1e-4), (16, P), (40, 1e-8))(t % 40),
        lambda t: P * abs(math.sin(math.pi * t / 20)) / (2 ** (t // 20)) if t % 20 else 0.0,
    ],
    "C6": [
        lambda t: P + (F - P) * (t % 20) / 20,
        lambda t: P + (F - P) * (t % 20) / 19,
        lambda t: F + (P - F) * (1 - t / (40 * max(1, math.ceil(t / 40)))) ** 2,
    ],
    "C7": [
        lambda t: warm_cosine_0(t) * jagged(t),
        counted_from_one(lambda n: warm_cosine_0(n) * (jagged(n) * (1 - 0.1) + 0.1)),
    ],
    "C8": [lambda t: wave(P, 0, 60, t) if t < 60 else warm(lambda s: wave(5e-4, 0, 35, s), 5e-4, 5)(t - 60)],
    "C9": [levanter_cycles],
    # Compositions with a name
    "N1": [rise] * 2,
    "N2": [
        warm_cosine,
        warm(lambda s: P * (1 - hold(s / D))),
        warm(lambda s: F + (P - F) * (1 - hold(s / D)) ** 2),
        warm(lambda s: P * 0.5 ** (s / 20)),
        warm_cosine,
        warm_cosine,
        lambda t: P * t / W if t < W else P * max(0, (T - t) / (T - W)),
    ],
    "N3": [cosine_from_one] * 2,
    "N4": [
        one_cycle_optax,
        one_cycle_torch,
        knots(bent, (0, P / 25), (25, P), (100, P / 1e5)),
        knots(straight, (0, P / 25), (29, P), (99, P / 25e4)),
        one_cycle_torch,
        one_cycle_optax,
    ],
    "N4'": [
        three_phases,
        three_phases,
        knots(straight, (0, P / 25), (30, P), (85, P / 25), (100, P / 25e4)),
    ],
    "N4''": [deepspeed_cycle] * 2,
    "N5": [
        wsd(lambda x: lerp(P, F, x)),
        wsd(lambda x: F + (P - F) * (1 - math.sqrt(x))),
        wsd(lambda x: F + (P - F) * cosw(x)),
        wsd(lambda x: P * (F / P) ** x, start=F),
        wsd(lambda x: harmonic(P, F, x)),
        wsd(lambda x: P * ((1 - 0.01) * cosw(x) + 0.01), start=F),
        lambda t: P * (t + 1) / W if t < W else P if t < T + 1 - 20 else line(P, F, 20, t + 1 - (T + 1 - 20)),
        wsd(lambda x: F + (P - F) * (2 * 0.5**x - 1)),
        lambda t: P if t < 75 else wave(P, P / 1e5, 25, t - 75),
    ],
    "N5m": [lambda t: P * t / W if t < W else P if t < 80 else P * 0.5 ** ((t - 80) / 10)] * 2,
    "N6": [
        lambda t: P * t / W if t < W else P * (1 - hold((t % 50 - 40) / 10)),
        counted_from_one(lambda n: P * n / W if n < W else P * (1 - hold(((n - 1) % 50 + 1 - 40) / 10))),
        wsd_s,
    ],
    "N7": [
        to_a_plateau,
        annealed(to_a_plateau),
        annealed(to_a_plateau_by_a_root),
        annealed(to_a_plateau),
        annealed(to_a_plateau_by_a_root),
    ],
    "N8": [
        counted_from_one(power_and_line),
        *[lambda t: rsqrt_40(t) * hold((T - t) / 20)] * 2,
    ],
    "N9": [
        counted_from_one(
            lambda n: warm(lambda s: wave(P, 1e-4, D, s))(n) if n < 80 else wave(P, 1e-4, D, 70) * (1 - hold((n - 80) / 20))
        ),
        warm(lambda s: wave(P, 1e-4, 70, s)),
        lambda t: P * t / W if t < W else P if t < 50 else wave(P, 1e-4, 30, t - 50) if t < 90 else 3e-5,
        lambda t: warm(lambda s: wave(P, 1e-4, 70, s))(t) if t < 80 else 0.0,
        lambda t: P * t / W if t <= W else wave(P, 1e-4, 70, t - W),
    ],
    "N10": [slanted, lambda t: slanted(t + 1), slanted],
    "N11": [
        lambda t: 1e-7 * (1 / 1e-7) ** hold(t / T),
        lambda t: 1e-7 + (1 - 1e-7) * hold(t / T),
        lambda t: 1e-5 * (1 + 1.0 * (t // 20)),
        lambda t: 1e-7 * (1 / 1e-7) ** hold((t + 1) / T) if t > 0 else 1e-7,
        lambda t: 1e-7 if t <= 0 else 1e-7 * (1 / 1e-7) ** ((t - 1) / (T - 1)) if t < T else 1.0,
    ],
    "N12": [
        lambda t: warm_cosine_0(t) if t < 60 else wave(warm_cosine_0(60), 5e-4, 20, t - 60),
        lambda t: lerp(P, 5e-4, 1 - cosw(hold(t / 20))),
    ],
    "N13": [
        lambda t: P * t / 10 if t < 10 else wave(P, 2e-4, 60, t - 10) if t < 70 else line(2e-4, 0, 30, t - 70),
        lambda t: P * t / 10 if t < 10 else wave(P, 2e-4, 60, t - 10) if t < 70 else line(2e-4, 0, 30, t - 70),
    ],
    "N14": [of_the_head, of_the_backbone, None],
    "N15": [counted_from_one(larger_of_two)],
    "N16": [
        lambda t: P * min((t + 1) / W, 1),
        lambda t: (t + 1) * (P * min((t + 1) / W, 1)) ** 2,
    ],
    # What reacts to a metric
    "R1": [None, None, None],
    "R2": [None],
    "R3": [None],
    "R5": [None],
    "R4": [lambda t: min(1e-2, 1 / math.sqrt(t + 1))],
    # Other hyperparameters than the rate
    "H1": [
        knots(bent, (0, 0.95), (30, 0.85), (100, 0.95)),
        lambda t: 0.9 - (0.9 - 0.8) * triangle(t),
        knots(bent, (0, 0.95), (29, 0.85), (99, 0.95)),
        knots(bent, (0, 0.95), (29, 0.85), (99, 0.95)),
        lambda t: 0.9 - (0.9 - 0.8) * triangle(t),
        lambda t: 0.95 - (0.95 - 0.95 / 10) * (t / 30 if t < 30 else 1 - hold((t - 30) / 70)),
    ],
    "H2": [
        lambda t: line(0.85, 0.95, 30, t),
        knots(straight, (0, 0.85), (30, 0.95), (90, 0.95), (100, 0.85)),
        lambda t: line(0.85, 0.95, 30, t),
    ],
    "H3": [
        lambda t: wave(0.04, 0.4, T, t),
        lambda t: 0.04 + 0.5 * (math.cos(math.pi * (1 - hold(t / T))) + 1) * (0.4 - 0.04),
        lambda t: 0.1 * cosw(hold(t / T)),
        lambda t: 0.1 * warm_cosine_0(t) / P,
        lambda t: 1e-4 / warm_cosine(t) if t > 0 else 0.0,
    ],
    "H4": [
        lambda t: 1 - (1 - 0.996) * cosw(hold(t / T)),
        lambda t: line(0.996, 1.0, T, t),
        lambda t: 0.9999 * (1 - math.exp(-(t + 1) / 2000)),
        lambda t: min(1 - (1 + t) ** (-2 / 3), 0.9999),
        lambda t: min(0.9999, (1 + t) / (10 + t)) if t > 0 else 0.0,
        lambda t: (1 - 1 / (t + 1)) ** (1 + 6.94),
        lambda t: 1 / (t + 1),
        lambda t: 1 - (1 - 0.996) * cosw(hold(t / T)),
        lambda t: min(1 - (1 + t) ** (-2 / 3), 0.9999),
    ],
    "H5": [
        lambda t: 1 - (t + 1) ** -0.8,
        lambda t: min(0.95, 1 - (t + 1) ** -0.8),
        lambda t: max(0.9, 1 - max(t, 1) ** -0.8),
        lambda t: 1 - (t + 1) ** -0.8,
    ],
    "H6": [
        lambda t: line(0, 5, T, t),
        lambda t: life(hold(t / T)),
        lambda t: life(hold(t / T)),
        lambda t: line(0, 5, T, t),
        lambda t: life(hold(t / T)),
    ],
    "H7": [
        lambda t: line(0.04, 0.07, 30 - 1, t),
        knots(straight, (0, 1), (30, 0.5), (60, 0.5), (100, 0)),
        lambda t: 0.0 if t < 20 else cosine_F(t),
    ],
    "H8": [
        ramped,
        ramped,
        lambda t: math.floor(math.floor(math.sqrt(hold(t / T)) * (64 - 8) + 8 + 1e-9) / 8) * 8,
        lambda t: min(1.05**t, 32),
        lambda t: cosine_F(t) * math.sqrt(ramped(t) / 32),
        # Three stairs of 40 batches of 32, whose last two are taken 2 and 4 at a time.
        lambda t: P if t < 40 else P / math.sqrt(2) if t < 60 else P / 2 if t < 70 else P / 4,
        lambda t: 32 if t < 40 else 64 if t < 60 else 128,
    ],
    "H9": [
        lambda t: math.floor(lerp(100, 1024, hold(t / T)) / 128) * 128,
        lambda t: [128, 256, 512, 1024][min(t // 25, 3)],
        lambda t: max(128, math.floor(lerp(100, 1024, hold(t / T)) / 128) * 128),
    ],
    "H10": [counted_from_one(lambda n: 0.1 if n <= 10 else 1.0)],
    # Since 2024, and in single tools
    "S1": [lambda t: P * (1 - hold(t / T)) ** (2 * 1.2 - 1)],
    "S2": [wsd(lambda x: 1e-4 + (P - 1e-4) * (1 - x) ** 1.5)],
    "S3": [lambda t: P * math.sqrt(20 / (t + 20)), lambda t: 2 ** (-1 / (0.1 * (min(t, T) + 1)))],
    "S4": [lambda t: 1 - 8 / (8 + t), lambda t: 0.1 * 8 / (8 + t)],
    "S5": [lambda t: 0.1 * (warm_cosine_0(t) / P) ** 2],
    "S6": [silver],
    "S7": [lambda t: math.exp(-5 * (1 - hold(t / T)) ** 2)],
    "S8": [lambda t: 0.9 * (1 - (1 - hold(t / T)) ** 3)],
    "S9": [lambda t: lerp(F, P, hold(t))],
    "S10": [lambda t: P * t / W if t < W else P if t <= W + 1 else wave(P, F, T, t - W - 1)],
    "S11": [lambda t: 1e-4 + (P - 1e-4) * t / W if t < W else P if t < 30 else wave(P, 0, 70, t - 30)],
    "S12": [lambda t: P / (1 + math.exp(0.1 * (t - 50)))],
    "S13": [lambda t: min(P, 1e-4 + (P - 1e-4) * t / W) if t < 20 else wave(P, F, T, t // 20 * 20)],
    "S14": [lambda t: P * (F / P) ** hold((t - W + 1) / D) * min(1.0, 0.2 + 0.8 * t / W)],
    "S15": [warm(lambda s: P * (1 - hold(s / D)))],
    "S16": [lambda t: (10 + t) ** -0.5, lambda t: (10 + t) ** -0.2],
    # What makes schedules of schedules
    "K1": [warm_cosine, lambda t: 1e-4 if t < 10 else P if t < 50 else wave(P, F, 50, t - 50), warm_cosine, warm_cosine],
    "K2": [lambda t: line(P, 5e-4, 40, t) if t < 40 else 5e-4 * 0.5 ** ((t - 40) / 20)],
    "K3": [
        lambda t: P * t / 25 if t < 25 else wave(P, F, 75, t - 25),
        lambda t: P * t / 25 if t < 25 else cosine_F(t),
        lambda t: P * t / 25 if t < 25 else cosine_F(t),
    ],
    "K4": [lambda t: line(1e-4, P, 10, t) if t < 10 else P if t < 50 else line(P, 0, 50, t - 50)] * 2,
    "K5": [lambda t: P * min(1, t / W) * math.sqrt(40 / (t + 40))] * 2,
    "K6": [lambda t: 1e-4 + cosine_F(t), lambda t: (1e-4 + cosine_F(t)) / 2],
    "K7": [lambda t: max(1e-4, cosine_F(t)), lambda t: min(1e-4, cosine_F(t))],
    "K8": [
        warm(lambda s: P * 0.1 ** (s // 30)),
        lambda t: F * (P / F) ** (t / W) if t < W else P * 0.1 ** ((t - W) // 30),
    ],
    "K9": [lambda t: P * (1 - t / T) if 20 <= t < 60 else P],
    "K10": [lambda t: wave(P, F, 80, max(t - 20, 0)), lambda t: cosine_F(t + 20)],
    "K11": [
        lambda t: wave(P, F, 50, t / 2),
        lambda t: wave(P, F, 50, t / 2),
        warm(lambda s: wave(P, F, 45, s / 2)),
        lambda t: wave(P, F, 50, t // 2),
    ],
    "K12": [lambda t: P + (F - P) * hold(t / T) ** 2],
    "K13": [
        lambda t: P + (F - P) * (t % 20) / 20,
        lambda t: 0.5 ** growing(t)[0] * (P + (F - P) * growing(t)[1]) if t < 140 else F / 4,
    ],
    "K14": [
        lambda t: wave(P, F, 50, 50 - min(t, 50)),
        lambda t: wave(P, F, 50, t if t < 50 else 100 - min(t, 100)),
        lambda t: P + (F - P) * (1 - abs(t % 40 - 20) / 20),
    ],
    "K15": [None, None],  # bounds are all that can be said beforehand: see below
    "K16": [lambda t: max(P * 0.5 ** (t / 20), 1e-4), lambda t: min(max(F * 2 ** (t / 20), 2e-5), P)],
    "K17": [
        lambda t: P * (0.01 + (1 - 0.01) * cosw(hold(t / T))),
        lambda t: P * (cosw(hold(t / T)) * (1 - 0.01) + 0.01),
    ],
    "K18": [lambda t: cosine_F(t // 10 * 10)],
    "K19": [None, None, None],
    "K20": [None, None, lambda t: lerp(0.01, 0.1, (cosine_F(t) - F) / (P - F))],
    "K21": [lambda t: line(P, 5e-4, 50, t) * cosw(hold(t / T))],
    "K22": [
        lambda t: warm(lambda s: wave(P, 0, 990, s))(t) if t < 60 else wave(P, 0, 990, 50) * (1 - hold((t - 60) / 40)),
        lambda t: rise(t) if t < 60 else P * (0.1 + 0.9 * cosw(hold((t - 60) / 40))),
    ],
    "K23": [lambda t: wave(P, F, 50, t // 2)],
    "K24": [cosine_F],
    "K25": [lambda t: 2 * cosine_F(t), lambda t: math.sqrt(2) * cosine_F(t)],
    "K26": [lambda t: cosine_F(min(t, 60)), lambda t: cosine_F(t) if t < 60 else 0.0],
    "K27": [lambda t: lerp(0.8, 0.9, (cosine_F(t) - F) / (P - F))],
    "K28": [
        lambda t: math.floor(line(16, 64, T, t) / 16 + 0.5) * 16,
        lambda t: math.floor(line(16, 64, T, t) / 7) * 7,
    ],
    "K29": [lambda t: P * min(1, t / W), lambda t: P],
    "K30": [None],
    "K31": [lambda t: math.prod([P, *(0.99 if k < 50 else 0.9 for k in range(1, min(t, T) + 1))])] * 2,
}

#: Rows of which nothing is a function of the step alone.
NOT_OF_THE_STEP = {"R1", "R2", "R3", "R5", "K15", "K19", "K30"}


#: Who says so where no value can be compared: by other tests than those of values, or because the row is our own.
OTHERWISE = {
    "K9": ["MMEngine"],
    "K15": ["its bounds"],
    "K19": ["what each group gets"],
    "K20": ["what each group gets"],
    "K24": ["SpeechBrain"],
    "K26": ["the curve it cuts"],
    "K30": ["its first state"],
    "N7": ["the paper"],
    "N14": ["what each group gets"],
    **{f"S{number}": ["the paper"] for number in range(1, 9)},
    "R1": ["torch", "Keras", "optax"],
    "R2": ["Transformers"],
    "R3": ["SpeechBrain"],
    "R5": ["rl_games", "skrl"],
}
#: Who counts from 1, or begins with the value at 1, though no piece of the row is that project's.
MORE_FROM_ONE = {
    "Wb": ["torchtitan"],
    "Wc": ["NeMo"],
    "N3": ["Transformers"],
    "N5": ["torchtitan"],
    "U4": ["WeNet"],
    "B4": ["DeepSpeed", "tinygrad"],
    "H4": ["JEPA"],
    "P2": ["timm"],
}
#: The names of the modules under `like`, as the page writes them.
PEERS = {
    "deepspeed": "DeepSpeed",
    "fvcore": "fvcore",
    "ignite": "ignite",
    "keras": "Keras",
    "megatron": "Megatron-LM",
    "mmengine": "MMEngine",
    "nemo": "NeMo",
    "optax": "optax",
    "papers": "the paper",
    "timm": "timm",
    "torch": "torch",
    "torchtitan": "torchtitan",
    "transformers": "Transformers",
    "ultralytics": "ultralytics",
}


def held_against(row: str) -> list[str]:
    """Whose arithmetic the row is compared with: written out in `originals`, or run in tests/peers."""
    written_out = [original.name for original in ORIGINALS if original.row == row]
    run = [PEERS[peer] for _, code in CODE[row] for peer in re.findall(r"like\.(\w+)\.", code)]
    return sorted({*written_out, *run, *OTHERWISE.get(row, [])}, key=str.casefold)


def from_one(row: str) -> list[str]:
    counting = {original.name for original in ORIGINALS if original.row == row and original.counts_from_one}
    return sorted({*counting, *MORE_FROM_ONE.get(row, [])}, key=str.casefold)


# The tests -----------------------------------------------------------------------------------------------------------


def test_the_page_has_every_row_once_and_in_order() -> None:
    modes = ROWS.index("Wp") + 1
    assert list(ALL_ROWS) == HABITS + ROWS[:modes] + MODES + ROWS[modes:]


def test_every_piece_of_code_has_a_formula_beside_it() -> None:
    assert {row: len(pieces) for row, pieces in CODE.items()} == {row: len(formulas) for row, formulas in FORMULAS.items()}
    assert {row for row, formulas in FORMULAS.items() if not any(formulas)} == NOT_OF_THE_STEP


@pytest.mark.parametrize("row", CODE)
def test_what_is_written_is_the_formula_of_its_row(row: str) -> None:
    for (marked, code), formula in zip(CODE[row], FORMULAS[row], strict=True):
        if formula is None:
            continue
        schedule = made(marked, code)
        expected = {step: float(formula(step)) for step in (*STEPS, *FAR.get(row, ()))}
        tolerance = 1e-12 * max(map(abs, expected.values()))
        for step, value in expected.items():
            assert schedule(step) == pytest.approx(value, rel=0, abs=tolerance), f"{code} at step {step}"


@pytest.mark.parametrize("original", ORIGINALS, ids=repr)
def test_what_is_written_is_the_arithmetic_of_the_original_at_its_own_index(original: Original) -> None:
    schedule = made(*CODE[original.row][original.place])
    if original.bare:
        schedule = ps.count_from_one(schedule)
    expected = [float(original.value(update + original.first)) for update in range(original.until)]
    tolerance = 1e-12 * max(map(abs, expected))
    for update, value in enumerate(expected):
        assert schedule(update) == pytest.approx(value, rel=0, abs=tolerance), f"update {update}"


def test_the_page_says_whom_each_row_is_held_against_and_who_counts_from_one() -> None:
    """Every row is held against something, but the habits, which are what the others differ in."""
    for row, (first, *variants) in ALL_ROWS.items():
        if row in HABITS:
            continue
        assert held_against(row), row
        counting = f"; counting from 1: {', '.join(from_one(row))}" if from_one(row) else ""
        assert first[2] == f"{', '.join(held_against(row))}{counting}", row
        assert not any(variant[2] for variant in variants), row


def test_a_cell_has_one_expression_and_a_row_leads_with_words() -> None:
    for row, lines in ALL_ROWS.items():
        for first, code, *_ in lines:
            assert re.fullmatch(r"`[^`]+`", code), f"{row}: {code}"
            assert re.match(r"(\*\*|↳ ).", first), f"{row}: {first}"


def test_the_page_says_what_was_read() -> None:
    assert {original.name for original in ORIGINALS} <= set(READ)
    assert SOURCES == READ


@pytest.mark.parametrize("row", CODE)
def test_numbers_and_a_tensor_of_steps_give_the_same(row: str) -> None:
    for marked, code in CODE[row]:
        schedule = made(marked, code)
        if not isinstance(schedule, ps.Schedule):
            assert marked or isinstance(schedule, ps.Bundle)
            continue
        numbers = torch.tensor([schedule(step) for step in STEPS], dtype=torch.float64)
        assert numbers.isfinite().all(), code
        tolerance = 1e-12 * float(numbers.abs().max())
        torch.testing.assert_close(schedule(torch.tensor(STEPS)), numbers, rtol=0, atol=tolerance, msg=code)


@pytest.mark.parametrize("code", [code for pieces in CODE.values() for marked, code in pieces if marked])
def test_what_is_marked_is_more_than_a_text_can_say(code: str) -> None:
    with pytest.raises(ValueError, match="parse"):
        ps.parse(code)


def test_single_names_are_those_of_things_that_exist() -> None:
    pure_schedules_torch = pytest.importorskip("pure_schedules_torch")
    exist = {*ps.__all__, *pure_schedules_torch.__all__, *dir(reactive.newbob()), "None"}
    assert not NAMES - exist


def test_a_bundle_gives_each_hyperparameter_its_value() -> None:
    both = made(*CODE["K20"][0])
    momentum = knots(bent, (0, 0.95), (30, 0.85), (100, 0.95))
    for step in STEPS:
        assert both(step) == pytest.approx({"lr": one_cycle_optax(step), "momentum": momentum(step)}, rel=0, abs=1e-12)


@pytest.mark.parametrize(
    ("row", "place", "expected"),
    [
        ("N14", 2, [{"lr": of_the_backbone}, {"lr": of_the_head}]),
        ("K19", 0, [{"lr": lambda t: cosine_0(t) / 10}, {"lr": cosine_0}]),
        ("K19", 1, [{"lr": lambda t: 0.38 * slanted(t)}, {"lr": slanted}]),
        ("K20", 1, [{"lr": cosine_0, "weight_decay": lambda t: line(0.1, 0, T, t)}] * 2),
    ],
)
def test_a_setter_writes_what_each_group_is_to_have(row: str, place: int, expected: list[dict[str, Formula]]) -> None:
    optimizer = an_optimizer()
    set_step = evaluated(CODE[row][place][1], optimizer)
    for step in STEPS:
        set_step(step)
        for group, formulas in zip(optimizer.param_groups, expected, strict=True):
            for name, formula in formulas.items():
                assert group[name] == pytest.approx(formula(step), rel=0, abs=1e-15)


def test_a_group_that_has_no_schedule_is_left_alone() -> None:
    optimizer = an_optimizer()
    assert isinstance(evaluated(CODE["K19"][2][1], optimizer), torch.optim.lr_scheduler.LambdaLR)
    assert [group["lr"] for group in optimizer.param_groups] == [0.5, P]


@pytest.mark.parametrize(
    ("row", "place", "factors"),
    [
        # The metric is at its best at index 1. Torch reduces after more than two bad ones, Keras and optax at two.
        ("R1", 0, [1, 1, 1, 1, 0.1, 0.1, 0.1, 0.01]),
        ("R1", 1, [1, 1, 1, 0.1, 0.1, 0.01, 0.01, 0.001]),
        ("R1", 2, [1, 1, 1, 1, 1, 1, 1, 1]),  # three metrics count as one
        ("R2", 0, [1, 1, 1, 1, 0.95, 0.95, 0.95, 0.95**2]),
        ("R5", 0, [2 / 3, 4 / 9, 8 / 27, 16 / 81, 32 / 243, 64 / 729, 128 / 2187, 256 / 6561]),
        ("R3", 0, [1, 1, 0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625]),
    ],
)
def test_a_transition_reacts_as_its_row_says(row: str, place: int, factors: list[float]) -> None:
    transition = made(*CODE[row][place])
    state, given = transition.init(), []
    for metric in (2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0):
        state, factor = transition.update(state, metric)
        given.append(factor)
    assert given == pytest.approx(factors)


def test_a_first_state_is_plain_data() -> None:
    state = made(*CODE["K30"][0])
    assert all(value is None or type(value) in (int, float) for value in state.values())


def test_noise_keeps_its_bounds_and_is_no_constant() -> None:
    even, normal = (made(*piece) for piece in CODE["K15"])
    of_even, of_normal = ([noisy(step) / cosine_F(step) for step in range(T)] for noisy in (even, normal))
    assert all(0.9 <= part <= 1.1 for part in of_even)
    assert len(set(of_even)) == T
    assert of_normal[:50] == pytest.approx([1] * 50)
    assert all(0.33 * (1 - 1e-12) <= part <= 1.67 * (1 + 1e-12) for part in of_normal[50:])
    assert len(set(of_normal[50:])) > 10
