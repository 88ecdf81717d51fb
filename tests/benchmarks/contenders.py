"""What the library is measured against: the same curves written by hand, and by the peers that are installed."""

import math
from collections.abc import Callable
from typing import Any

import torch

PEAK = 1e-3


# By hand, for a number: the lines that a person writes into a training script. ---------------------------------------


def warmup_cosine(warmup: int, total: int) -> Callable[[float], float]:
    def by_hand(step: float) -> float:
        if step < warmup:
            return PEAK * step / warmup
        if step >= total:
            return 0.0
        return PEAK * 0.5 * (1 + math.cos(math.pi * (step - warmup) / (total - warmup)))

    return by_hand


def warmup_stable_decay(warmup: int, decay: int, total: int) -> Callable[[float], float]:
    def by_hand(step: float) -> float:
        if step < warmup:
            return PEAK * step / warmup
        if step < total - decay:
            return PEAK
        if step >= total:
            return 0.0
        return PEAK * (total - step) / decay

    return by_hand


def noam(d_model: int, warmup: int) -> Callable[[float], float]:
    def by_hand(step: float) -> float:
        n = step + 1
        return d_model**-0.5 * min(n**-0.5, n * warmup**-1.5)

    return by_hand


def stairs_of_lines(segments: int, length: int) -> Callable[[float], float]:
    """So many falling lines, one after another: what a join of as many segments is."""

    def by_hand(step: float) -> float:
        index, local = divmod(step, length)
        if index >= segments:
            return 0.0
        return PEAK * (1 - local / length)

    return by_hand


def warmup_cosine_with_arguments(step: float, peak: float, warmup: int, total: int) -> float:
    if step < warmup:
        return peak * step / warmup
    if step >= total:
        return 0.0
    return peak * 0.5 * (1 + math.cos(math.pi * (step - warmup) / (total - warmup)))


# By hand, for tensors and arrays. ------------------------------------------------------------------------------------


def warmup_cosine_of_tensors(warmup: int, total: int) -> Callable[[torch.Tensor], torch.Tensor]:
    def by_hand(step: torch.Tensor) -> torch.Tensor:
        progress = torch.clamp((step - warmup) / (total - warmup), 0, 1)
        return torch.where(step < warmup, PEAK * step / warmup, PEAK * 0.5 * (1 + torch.cos(math.pi * progress)))

    return by_hand


def warmup_cosine_of_a_peak(warmup: int, total: int) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
    def by_hand(step: torch.Tensor, peak: torch.Tensor) -> torch.Tensor:
        progress = torch.clamp((step - warmup) / (total - warmup), 0, 1)
        return torch.where(step < warmup, peak * step / warmup, peak * 0.5 * (1 + torch.cos(math.pi * progress)))

    return by_hand


def population_of_tensors(step: torch.Tensor, tree: dict[str, torch.Tensor]) -> torch.Tensor:
    """The same with a tensor for every hyperparameter, written to broadcast: members in rows, steps in columns."""
    peak, warmup, total = (tree[name][:, None] for name in ("peak", "warmup_steps", "total_steps"))
    progress = torch.clamp((step - warmup) / (total - warmup), 0, 1)
    return torch.where(step < warmup, peak * step / warmup, peak * 0.5 * (1 + torch.cos(math.pi * progress)))


def warmup_cosine_of_arrays(np: Any, warmup: int, total: int) -> Callable[[Any], Any]:
    """In NumPy, in the type of the step."""

    def by_hand(step: Any) -> Any:
        progress = np.clip((step - warmup) / step.dtype.type(total - warmup), 0, 1)
        wave = step.dtype.type(0.5 * PEAK) * (1 + np.cos(step.dtype.type(math.pi) * progress))
        return np.where(step < warmup, step.dtype.type(PEAK / warmup) * step, wave)

    return by_hand
