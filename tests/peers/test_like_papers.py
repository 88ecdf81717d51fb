"""`like.papers` beside slow, plain twins, written from each paper with `math` and an `if` where the paper has one.

Tolerance: 1e-12 of the highest value of the twin, in double precision, at every update of a run and at 50 beyond its end.
The twins of the curves with an exponential or a tangent in them compute with 40 digits (mpmath). Where a paper counts
updates from 1, its twin is asked for t + 1; beyond the end of the run, where a paper says nothing, a twin holds the value.
"""

import math
from collections.abc import Callable
from itertools import product
from typing import Any

import mpmath
import pytest
import torch

import pure_schedules as ps
from pure_schedules.like import papers as like

BEYOND = 50
Twin = Callable[[int], Any]

mpmath.mp.dps = 40


# The twins -----------------------------------------------------------------------------------------------------------


def transformer(d_model: float = 512, warmup_steps: float = 4000) -> Twin:
    def rate(t: int) -> float:
        step_num = t + 1
        if warmup_steps == 0:
            return d_model**-0.5 * step_num**-0.5
        return d_model**-0.5 * min(step_num**-0.5, step_num * warmup_steps**-1.5)

    return rate


def up_and_straight_down(peak: float, warmup_steps: float, total_steps: float) -> Twin:
    def rate(t: int) -> float:
        if t < warmup_steps:
            return peak * t / warmup_steps
        if t < total_steps:
            return peak * (total_steps - t) / (total_steps - warmup_steps)
        return 0.0

    return rate


def bert(peak: float = 1e-4, warmup_steps: float = 10_000, total_steps: float = 1_000_000) -> Twin:
    return up_and_straight_down(peak, warmup_steps, total_steps)


d2z = up_and_straight_down


def llama(peak: float = 3e-4, warmup_steps: float = 2000, total_steps: float = 0, floor_fraction: float = 0.1) -> Twin:
    def rate(t: int) -> float:
        if t < warmup_steps:
            return peak * t / warmup_steps
        if t >= total_steps:
            return floor_fraction * peak
        cosine = (1 + math.cos(math.pi * (t - warmup_steps) / (total_steps - warmup_steps))) / 2
        return floor_fraction * peak + (1 - floor_fraction) * peak * cosine

    return rate


def gpt3(peak: float = 6e-5, warmup_tokens: float = 375e6, decay_tokens: float = 260e9, floor_fraction: float = 0.1) -> Twin:
    return llama(peak, warmup_tokens, decay_tokens, floor_fraction)


def imagenet_in_one_hour(steps_per_epoch: float, batch_size: float = 8192) -> Twin:
    def rate(t: int) -> float:
        peak = 0.1 * batch_size / 256
        epoch = t / steps_per_epoch
        if epoch < 5:
            return 0.1 + (peak - 0.1) * epoch / 5
        if epoch < 30:
            return peak
        if epoch < 60:
            return peak / 10
        if epoch < 80:
            return peak / 100
        return peak / 1000

    return rate


def t5(warmup_steps: float = 10_000) -> Twin:
    return lambda t: 1 / math.sqrt(max(t, warmup_steps))


def scaling_vit(
    peak: float, total_steps: float, warmup_steps: float = 10_000, cooldown_steps: float = 50_000, timescale: float = 10_000
) -> Twin:
    def main(t: float) -> float:
        if t < warmup_steps:
            return peak * t / warmup_steps
        return peak / math.sqrt(1 + (t - warmup_steps) / timescale)

    def rate(t: int) -> float:
        if t >= total_steps:
            return 0.0
        return main(t) * min(1.0, (total_steps - t) / cooldown_steps) if cooldown_steps else main(t)

    return rate


def eden(
    steps_per_epoch: float,
    peak: float = 0.045,
    timescale: float = 7500,
    epochs: float = 3.5,
    warmup_steps: float = 500,
    start_fraction: float = 0.5,
) -> Twin:
    """As `Eden` of icefall has it, whose loop sets `batch` to the number of this one, from 1, and `epoch` to one less."""

    def rate(t: int) -> float:
        batch, epoch = t + 1, t // steps_per_epoch
        factor = ((batch**2 + timescale**2) / timescale**2) ** -0.25 * ((epoch**2 + epochs**2) / epochs**2) ** -0.25
        warm = 1.0 if batch >= warmup_steps else start_fraction + (1.0 - start_fraction) * (batch / warmup_steps)
        return peak * factor * warm

    return rate


def deepseek_multi_step(total_steps: float, peak: float = 4.2e-4, warmup_steps: float = 2000) -> Twin:
    def rate(t: int) -> float:
        if t < warmup_steps:
            return peak * t / warmup_steps
        if t < 0.8 * total_steps:
            return peak
        if t < 0.9 * total_steps:
            return 0.316 * peak
        return 0.1 * peak

    return rate


def budgeted_linear(peak: float, total_steps: float) -> Twin:
    return lambda t: peak * (1 - t / total_steps) if t < total_steps else 0.0


def wav2vec2(peak: float, total_steps: float) -> Twin:
    def rate(t: int) -> float:
        if t < 0.1 * total_steps:
            return peak * t / (0.1 * total_steps)
        if t < 0.5 * total_steps:
            return peak
        if t < total_steps:
            return peak * (total_steps - t) / (0.5 * total_steps)
        return 0.0

    return rate


def trapezoid(peak: float, warmup_steps: float, decay_steps: float, total_steps: float) -> Twin:
    def rate(t: int) -> float:
        if t < warmup_steps:
            return peak * t / warmup_steps
        if t < total_steps - decay_steps:
            return peak
        if t < total_steps:
            return peak * (total_steps - t) / decay_steps
        return 0.0

    return rate


def knee(peak: float, explore_steps: float, total_steps: float, warmup_steps: float = 0) -> Twin:
    return trapezoid(peak, warmup_steps, total_steps - warmup_steps - explore_steps, total_steps)


def minicpm_wsd(warmup_steps: float, decay_start: float, peak: float = 0.01, half_life: float = 5000) -> Twin:
    def rate(t: int) -> Any:
        if t < warmup_steps:
            return peak * t / warmup_steps
        if t < decay_start:
            return peak
        return peak * mpmath.mpf(0.5) ** (mpmath.mpf(t - decay_start) / half_life)

    return rate


def wsd_1_sqrt(peak: float, total_steps: float, warmup_steps: float = 300, decay_fraction: float = 0.2) -> Twin:
    def rate(t: int) -> float:
        decay_steps = decay_fraction * total_steps
        if t < warmup_steps:
            return peak * t / warmup_steps
        if t < total_steps - decay_steps:
            return peak
        if t < total_steps:
            return peak * (1 - math.sqrt((t - (total_steps - decay_steps)) / decay_steps))
        return 0.0

    return rate


def wsd_s(
    peak: float, warmup_steps: float, checkpoints: list[float], decay_fraction: float = 0.1, floor_fraction: float = 0.1
) -> Twin:
    def rate(t: int) -> float:
        if t < warmup_steps:
            return peak * t / warmup_steps
        for checkpoint in checkpoints:
            if t < checkpoint:
                decay_steps = decay_fraction * checkpoint
                if t < checkpoint - decay_steps:
                    return peak
                u = (t - (checkpoint - decay_steps)) / decay_steps
                return 1 / (u / (floor_fraction * peak) + (1 - u) / peak)
        return floor_fraction * peak

    return rate


def infinite(cooldown: Callable[[float, float, float], Any]) -> Callable[..., Twin]:
    def twin(
        warmup_steps: float,
        cooldown_steps: float,
        plateau_steps: float,
        annealing_steps: float,
        peak: float = 3e-4,
        plateau: float = 1.65e-4,
        floor: float = 3e-5,
        alpha: float = 0.0,
    ) -> Twin:
        def rate(t: int) -> Any:
            if t < warmup_steps:
                return peak * t / warmup_steps
            if t < warmup_steps + cooldown_steps:
                x = (t - warmup_steps) / cooldown_steps
                return plateau + (peak - plateau) * cooldown(x, alpha, 1)
            annealing = t - warmup_steps - cooldown_steps - plateau_steps
            if annealing < 0:
                return plateau
            if annealing < annealing_steps:
                return plateau * mpmath.mpf(floor / plateau) ** (mpmath.mpf(annealing) / annealing_steps)
            return floor

        return rate

    return twin


def h(x: float, alpha: float) -> float:
    return 1 / math.sqrt(1 + alpha * x) - 1


infinite_cosine = infinite(lambda x, alpha, _: (1 + math.cos(math.pi * x)) / 2)
infinite_inverse_sqrt = infinite(lambda x, alpha, _: 1 - h(x, alpha) / h(1, alpha))


def power_scheduler(
    decay_tokens: float,
    total_tokens: float,
    batch_size: float = 1024,
    warmup_tokens: float = 1e9,
    eta_max: float = 0.02,
    a: float = 4.0,
    b: float = -0.51,
) -> Twin:
    def power(n: float) -> Any:
        return eta_max if n == 0 else min(mpmath.mpf(eta_max), batch_size * a * mpmath.mpf(n) ** b)

    def rate(n: int) -> Any:
        if n < warmup_tokens:
            return n / warmup_tokens * power(warmup_tokens)
        if n < total_tokens - decay_tokens:
            return power(n)
        if n < total_tokens:
            u = mpmath.mpf(n - total_tokens + decay_tokens) / decay_tokens
            return power(total_tokens - decay_tokens) * (mpmath.exp(1 - u) - 1) / (mpmath.e - 1)
        return 0.0

    return rate


def sgdr(steps: float, peak: float = 0.05, floor: float = 0.0, growth: float = 2.0) -> Twin:
    def rate(t: int) -> float:
        current, length = float(t), float(steps)
        while current >= length:
            current -= length
            length *= growth
        return floor + (peak - floor) * (1 + math.cos(math.pi * current / length)) / 2

    return rate


def snapshot_ensembles(total_steps: int, cycles: int, peak: float = 0.1) -> Twin:
    def rate(t: int) -> float:
        iteration, length = t + 1, math.ceil(total_steps / cycles)
        return peak / 2 * (math.cos(math.pi * ((iteration - 1) % length) / length) + 1)

    return rate


def swa_cyclical(high: float, low: float, cycle_steps: int) -> Twin:
    def rate(t: int) -> float:
        i = t + 1
        part = ((i - 1) % cycle_steps + 1) / cycle_steps
        return (1 - part) * high + part * low

    return rate


def triangle(t: int, step_size: float) -> tuple[float, int]:
    """The listing of the paper: how high in the cycle, and which one, from 1."""
    cycle = math.floor(1 + t / (2 * step_size))
    return max(0.0, 1 - abs(t / step_size - 2 * cycle + 1)), cycle


def clr_triangular(low: float = 0.001, high: float = 0.006, step_size: float = 2000) -> Twin:
    return lambda t: low + (high - low) * triangle(t, step_size)[0]


def clr_triangular2(low: float = 0.001, high: float = 0.006, step_size: float = 2000) -> Twin:
    def rate(t: int) -> float:
        height, cycle = triangle(t, step_size)
        return low + (high - low) * height / 2 ** (cycle - 1)

    return rate


def clr_exp_range(low: float = 0.001, high: float = 0.006, step_size: float = 2000, gamma: float = 0.99994) -> Twin:
    def rate(t: int) -> Any:
        lower, upper = (bound * mpmath.mpf(gamma) ** t for bound in (low, high))
        return lower + (upper - lower) * triangle(t, step_size)[0]

    return rate


def super_convergence(
    total_steps: float, final: float, low: float = 0.1, high: float = 3.0, step_size: float = 5000
) -> Twin:
    def rate(t: int) -> float:
        if t < step_size:
            return low + (high - low) * t / step_size
        if t < 2 * step_size:
            return high - (high - low) * (t - step_size) / step_size
        if t < total_steps:
            return low - (low - final) * (t - 2 * step_size) / (total_steps - 2 * step_size)
        return final

    return rate


def ulmfit(total_steps: int, peak: float = 0.01, cut_frac: float = 0.1, ratio: float = 32) -> Twin:
    """Equation 3 as it is printed."""

    def rate(t: int) -> float:
        cut = math.floor(total_steps * cut_frac)
        p = t / cut if t < cut else 1 - (t - cut) / (cut * (1 / cut_frac - 1))
        return peak * (1 + p * (ratio - 1)) / ratio

    return lambda t: rate(min(t, total_steps))


def relora(peak: float, warmup_steps: float, total_steps: float, reset_steps: int, restart_warmup_steps: int = 50) -> Twin:
    wave = llama(peak, warmup_steps, total_steps, 0.0)

    def rate(t: int) -> float:
        if t < reset_steps or t % reset_steps >= restart_warmup_steps:
            return wave(t)
        return wave(t) * (t % reset_steps) / restart_warmup_steps

    return rate


def rex(peak: float, total_steps: float) -> Twin:
    def rate(t: int) -> float:
        z = 1 - min(t / total_steps, 1.0)
        return peak * z / (1 / 2 + 1 / 2 * z)

    return rate


def k_decay(peak: float, total_steps: float, k: float, floor: float = 0.0) -> Twin:
    def rate(t: int) -> Any:
        t = min(t, total_steps)
        return floor + (peak - floor) / 2 * (1 + mpmath.cos(mpmath.pi * mpmath.mpf(t) ** k / mpmath.mpf(total_steps) ** k))

    return rate


def htd(peak: float, total_steps: float, floor: float = 0.0, lower: float = -6.0, upper: float = 3.0) -> Twin:
    def rate(t: int) -> Any:
        t = min(t, total_steps)
        return floor + (peak - floor) / 2 * (1 - mpmath.tanh(lower + (upper - lower) * mpmath.mpf(t) / total_steps))

    return rate


def hyperbola(n: float, longest: float, bound: float) -> Any:
    n = min(n, longest)
    return mpmath.sqrt(mpmath.mpf(longest - n) / bound * (2 - mpmath.mpf(longest + n) / bound))


def hyperbolic_lr(peak: float, infimum: float, total_steps: float, upper_bound: float) -> Twin:
    def rate(t: int) -> Any:
        drop = hyperbola(t, total_steps, upper_bound) - hyperbola(0, total_steps, upper_bound)
        return peak + (peak - infimum) * drop

    return rate


def exp_hyperbolic_lr(peak: float, infimum: float, total_steps: float, upper_bound: float) -> Twin:
    def rate(t: int) -> Any:
        drop = hyperbola(t, total_steps, upper_bound) - hyperbola(0, total_steps, upper_bound)
        return peak * (mpmath.mpf(peak) / infimum) ** drop

    return rate


def fixmatch(peak: float = 0.03, total_steps: float = 2**20) -> Twin:
    return lambda t: peak * math.cos(7 * math.pi * min(t, total_steps) / (16 * total_steps))


def edm2(peak: float = 0.01, warmup_steps: float = 10e6 / 2048, decay_steps: float = 70_000) -> Twin:
    def rate(t: int) -> float:
        rise = min(t / warmup_steps, 1.0) if warmup_steps else 1.0
        return peak / math.sqrt(max(t / decay_steps, 1.0)) * rise

    return rate


def untuned_linear(peak: float, beta2: float = 0.999) -> Twin:
    return lambda t: peak * min(1.0, (1 - beta2) / 2 * (t + 1))


def byol_momentum(total_steps: float, start: float = 0.996) -> Twin:
    return lambda t: 1 - (1 - start) * (math.cos(math.pi * min(t, total_steps) / total_steps) + 1) / 2


def ema_inverse_gamma(inv_gamma: float = 1.0, power: float = 2 / 3, min_value: float = 0.0, max_value: float = 1.0) -> Twin:
    return lambda t: max(min_value, min(max_value, 1 - (1 + mpmath.mpf(t) / inv_gamma) ** -power))


def adafactor_beta2(power: float = 0.8) -> Twin:
    return lambda t: 1 - mpmath.mpf(t + 1) ** -power


def adafactor_relative_step(cap: float = 0.01) -> Twin:
    return lambda t: min(cap, 1 / math.sqrt(t + 1))


def ademamix_alpha(steps: float, alpha: float) -> Twin:
    return lambda t: min(t * alpha / steps, alpha)


def ademamix_beta3(steps: float, start: float = 0.9, beta3: float = 0.9999) -> Twin:
    def factor(t: int) -> Any:
        a, b, x = mpmath.log(start), mpmath.log(beta3), mpmath.mpf(t) / steps
        return min(mpmath.exp(a * b / ((1 - x) * b + x * a)), beta3) if t < steps else beta3

    return factor


def muon_momentum(start: float = 0.85, end: float = 0.95, steps: float = 300) -> Twin:
    def momentum(t: int) -> float:
        part = min(t / steps, 1)
        return (1 - part) * start + part * end

    return momentum


# The settings: name, hyperparameters, and the last update of the run --------------------------------------------------


def settings() -> list[tuple[str, dict[str, Any], int]]:
    runs: list[tuple[str, dict[str, Any], int]] = []

    def add(name: str, length: int, **hyperparameters: Any) -> None:
        runs.append((name, hyperparameters, length))

    for width, warmup in product((1, 64, 512), (0, 1, 2, 3, 23, 97)):
        add("transformer", 4 * warmup, d_model=width, warmup_steps=warmup)
    for warmup, total in ((0, 1), (1, 1), (0, 2), (1, 3), (0, 23), (10, 97), (23, 23), (97, 300)):
        for name in ("bert", "d2z"):
            add(name, total, peak=3e-4, warmup_steps=warmup, total_steps=total)
        add("llama", total, peak=3e-4, warmup_steps=warmup, total_steps=total)
        add("llama", total, peak=1.5e-4, warmup_steps=warmup, total_steps=total, floor_fraction=0.0)
        add("gpt3", total, peak=6e-4, warmup_tokens=warmup, decay_tokens=total)
        add("deepseek_multi_step", total, warmup_steps=warmup, total_steps=total)
    for epoch, batch in product((1, 3, 10.5), (256, 64, 8192)):
        add("imagenet_in_one_hour", math.ceil(90 * epoch), steps_per_epoch=epoch, batch_size=batch)
    for warmup in (1, 2, 3, 23, 97):
        add("t5", 4 * warmup, warmup_steps=warmup)
        add("eden", 4 * warmup, warmup_steps=warmup, steps_per_epoch=7, timescale=20)
        add("eden", 300, warmup_steps=warmup, steps_per_epoch=41, epochs=2.5, peak=1.0, start_fraction=0.1)
    for warmup, cooldown, total in ((0, 0, 1), (0, 1, 1), (1, 1, 2), (0, 23, 23), (10, 50, 97), (23, 0, 97), (23, 74, 97)):
        for timescale in (1, 10, 1000):
            lengths = {"warmup_steps": warmup, "cooldown_steps": cooldown, "total_steps": total}
            add("scaling_vit", total, peak=1e-3, timescale=timescale, **lengths)
        add("trapezoid", total, peak=1e-3, warmup_steps=warmup, decay_steps=cooldown, total_steps=total)
        explore = total - cooldown - warmup
        add("knee", total, peak=0.1, explore_steps=explore, total_steps=total, warmup_steps=warmup)
        add("minicpm_wsd", total, warmup_steps=warmup, decay_start=total - cooldown, half_life=7)
    for total in (1, 2, 3, 10, 23, 97, 100):
        for name in ("budgeted_linear", "wav2vec2", "rex", "htd", "fixmatch"):
            add(name, total, peak=3e-2, total_steps=total)
        add("htd", total, peak=1.0, total_steps=total, floor=0.1, lower=-4.0, upper=4.0)
        for k in (0.5, 1, 1.5, 3):
            add("k_decay", total, peak=0.1, floor=1e-3, total_steps=total, k=k)
        for bound in (total, total + 1, 3 * total, 250.5):
            for name in ("hyperbolic_lr", "exp_hyperbolic_lr"):
                add(name, total, peak=0.1, infimum=1e-6, total_steps=total, upper_bound=bound)
        add("byol_momentum", total, total_steps=total)
        add("byol_momentum", total, total_steps=total, start=0.9)
        for name in ("ademamix_beta3", "muon_momentum"):
            add(name, total, steps=total)
        add("ademamix_alpha", total, alpha=8.0, steps=total)
        add("ademamix_beta3", total, steps=total, start=0.5, beta3=0.999999)
        for warmup, fraction in ((0, 0.2), (0, 1.0), (total // 2, 0.25), (total // 2, 0.0)):
            if warmup + fraction * total <= total:
                add("wsd_1_sqrt", total, peak=1e-3, total_steps=total, warmup_steps=warmup, decay_fraction=fraction)
        for cycles in (1, 2, 3, 5):
            add("snapshot_ensembles", total, total_steps=total, cycles=cycles)
    for warmup, checkpoints in ((0, [100]), (10, [100, 200]), (10, [23, 97, 200]), (0, [50, 100, 200]), (3, [7])):
        for fraction in (0.1, 0.25):
            add("wsd_s", checkpoints[-1], peak=1e-3, warmup_steps=warmup, checkpoints=checkpoints, decay_fraction=fraction)
    for warmup, cooldown, plateau, annealing in ((10, 50, 30, 20), (0, 1, 0, 0), (1, 23, 97, 3), (0, 97, 0, 23)):
        phases = {"warmup_steps": warmup, "cooldown_steps": cooldown, "plateau_steps": plateau, "annealing_steps": annealing}
        add("infinite_cosine", sum(phases.values()), **phases)
        add("infinite_inverse_sqrt", sum(phases.values()), alpha=10.0, **phases)
        add("infinite_inverse_sqrt", sum(phases.values()), alpha=3.0, peak=1.0, plateau=0.1, floor=0.01, **phases)
    for warmup, decay, total in ((0, 0, 1), (0, 23, 97), (10, 0, 97), (10, 50, 200), (3, 1, 4)):
        for batch, cap in ((1024, 0.02), (1, 1.0), (1, 100.0)):
            lengths = {"warmup_tokens": warmup, "decay_tokens": decay, "total_tokens": total}
            add("power_scheduler", total, batch_size=batch, eta_max=cap, **lengths)
    for steps, growth in product((1, 2, 3, 10, 23), (1, 1.5, 2, 3)):
        add("sgdr", 250, steps=steps, growth=growth, floor=1e-4)
    for cycle in (1, 2, 3, 10, 23):
        add("swa_cyclical", 100, high=0.05, low=0.01, cycle_steps=cycle)
    for size in (1, 2, 3, 10, 23, 97):
        for name in ("clr_triangular", "clr_triangular2", "clr_exp_range"):
            add(name, 5 * size, step_size=size)
        add("super_convergence", 2 * size + 23, step_size=size, total_steps=2 * size + 23, final=1e-4)
        add("super_convergence", 2 * size, step_size=size, total_steps=2 * size, final=1e-4)
    for total in (10, 20, 50, 100, 230):
        add("ulmfit", total, total_steps=total)
        add("ulmfit", total, total_steps=total, cut_frac=0.5, ratio=4, peak=1.0)
    for warmup, total, reset, restart in (
        (10, 97, 20, 5),
        (0, 23, 23, 3),
        (5, 200, 50, 50),
        (20, 100, 10, 2),
        (0, 97, 1, 1),
    ):
        lengths = {"warmup_steps": warmup, "total_steps": total, "reset_steps": reset, "restart_warmup_steps": restart}
        add("relora", total, peak=1e-3, **lengths)
    for warmup, plateau in ((0, 1), (1, 1), (10, 50), (97, 23)):
        add("edm2", 200, warmup_steps=warmup, decay_steps=plateau)
    for beta2 in (0.5, 0.9, 0.95, 0.99, 0.98):
        add("untuned_linear", 200, peak=1e-3, beta2=beta2)
    for gamma, power in ((1.0, 2 / 3), (1.0, 1.0), (20.0, 0.75)):
        add("ema_inverse_gamma", 200, inv_gamma=gamma, power=power, max_value=0.95)
        add("ema_inverse_gamma", 200, inv_gamma=gamma, power=power, min_value=0.25)
    for power in (0.8, 0.5):
        add("adafactor_beta2", 200, power=power)
    for cap in (0.01, 0.1, 1.0):
        add("adafactor_relative_step", 200, cap=cap)
    # With the numbers of the papers themselves.
    for name in ("transformer", "t5", "clr_triangular", "clr_triangular2", "clr_exp_range", "muon_momentum"):
        add(name, 500)
    for name in ("adafactor_beta2", "adafactor_relative_step", "ema_inverse_gamma", "edm2", "bert", "fixmatch", "gpt3"):
        add(name, 500)
    return runs


RUNS = settings()


@pytest.mark.parametrize("name", sorted(like.__all__))
def test_beside_its_twin(name: str) -> None:
    runs = [run for run in RUNS if run[0] == name]
    assert runs
    for _, hyperparameters, length in runs:
        ours, twin = getattr(like, name)(**hyperparameters), globals()[name](**hyperparameters)
        expected = [float(twin(step)) for step in range(length + BEYOND + 1)]
        tolerance = 1e-12 * max(map(abs, expected))
        for step, value in enumerate(expected):
            assert abs(ours(step) - value) <= tolerance, (ours, step, ours(step), value)
        assert ps.parse(repr(ours)) == ours


@pytest.mark.parametrize("name", sorted(like.__all__))
def test_takes_tensors(name: str) -> None:
    _, hyperparameters, length = max((run for run in RUNS if run[0] == name), key=lambda run: len(run[1]))
    leaves: list[torch.Tensor] = []

    def tensor(value: float) -> torch.Tensor:
        leaves.append(torch.tensor(value, dtype=torch.float64, requires_grad=True))
        return leaves[-1]

    given = {
        key: value if key == "cycles" else list(map(tensor, value)) if isinstance(value, list) else tensor(value)
        for key, value in hyperparameters.items()
    }
    ours, values = getattr(like, name)(**hyperparameters), getattr(like, name)(**given)(torch.arange(length + BEYOND))
    assert values.tolist() == pytest.approx([ours(step) for step in range(length + BEYOND)], rel=1e-9, abs=1e-15)
    for gradient in torch.autograd.grad(values.sum(), leaves, allow_unused=True):
        assert gradient is None or gradient.isfinite()


@pytest.mark.parametrize(
    ("name", "hyperparameters", "places"),
    [
        ("bert", {}, range(0, 1_100_000, 9973)),
        ("gpt3", {}, range(0, 300_000_000_000, 2_999_999_999)),
        ("llama", {"total_steps": 250_000}, range(0, 260_000, 997)),
        ("scaling_vit", {"peak": 8e-4, "total_steps": 500_000}, range(0, 510_000, 1999)),
        ("deepseek_multi_step", {"total_steps": 217_000}, range(0, 230_000, 499)),
        ("minicpm_wsd", {"warmup_steps": 1000, "decay_start": 260_000}, range(0, 300_000, 997)),
        ("fixmatch", {}, range(0, 2**20 + 9999, 9973)),
        ("edm2", {}, range(0, 2**20, 9973)),
        ("power_scheduler", {"decay_tokens": 100e9, "total_tokens": 1e12}, range(0, 10**12, 9_999_999_937)),
        ("ademamix_beta3", {"steps": 256_000}, range(0, 260_000, 997)),
        ("clr_exp_range", {}, range(0, 70_000, 499)),
        ("super_convergence", {"total_steps": 12_000, "final": 1e-3}, range(0, 12_050, 49)),
        ("snapshot_ensembles", {"total_steps": 78_200, "cycles": 5}, range(0, 80_000, 499)),
    ],
)
def test_at_the_size_of_the_paper(name: str, hyperparameters: dict[str, Any], places: range) -> None:
    ours, twin = getattr(like, name)(**hyperparameters), globals()[name](**hyperparameters)
    expected = [float(twin(step)) for step in places]
    assert [ours(step) for step in places] == pytest.approx(expected, rel=0, abs=1e-12 * max(expected))


# What differs --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("total", [13, 19, 23, 97, 105, 1055])
def test_differs_from_the_slanted_triangle_where_the_cut_is_not_whole(total: int) -> None:
    ours, printed = like.ulmfit(peak=1.0, total_steps=total), ulmfit(peak=1.0, total_steps=total)
    cut = math.floor(0.1 * total)
    assert [ours(step) for step in range(cut + 1)] == pytest.approx([printed(step) for step in range(cut + 1)], rel=1e-12)
    for step in range(cut, total + 1):  # down over what is left of the run, and not over 9 times the rise
        p = (total - step) / (total - cut)
        assert ours(step) == pytest.approx((1 + p * 31) / 32, rel=1e-12)
    assert printed(total) < 1 / 32 == ours(total) == ours(total + BEYOND)
    assert (printed(total) < 0) == (total < 1000)


def test_differs_from_the_slanted_triangle_in_runs_too_short_for_a_rise() -> None:
    with pytest.raises(ZeroDivisionError):
        ulmfit(total_steps=9)(0)
    lr = like.ulmfit(peak=1.0, total_steps=9)
    assert [lr(0), lr(9), lr(59)] == [1.0, 1 / 32, 1 / 32]


def test_differs_from_the_decay_that_minicpm_prints() -> None:
    # 0.5 ** ((s - S) / T) with s < S would be above 1; with S where the decay begins it halves over each T.
    lr = like.minicpm_wsd(peak=1.0, warmup_steps=0, decay_start=100, half_life=10)
    assert [lr(99), lr(100), lr(110), lr(120)] == [1.0, 1.0, 0.5, 0.25]
