"""The recipes: compositions under the names that people already know."""

from collections.abc import Callable
from typing import Any

from ._schedule import recipe
from .checks import at_least, factory, fraction, non_negative, positive, whole
from .combinators import join
from .numeric import Value
from .shapes import constant, cosine, linear

__all__ = [
    "cosine_restarts",
    "one_cycle",
    "warmup_constant",
    "warmup_cosine",
    "warmup_linear",
    "warmup_stable_decay",
]


@recipe(warmup_steps=non_negative)
def warmup_constant(*, peak: Value, warmup_steps: Value, start: Value = 0.0) -> Any:
    """A straight rise from `start` to `peak` over the warmup, then `peak`.

        join([linear(start, peak, warmup_steps), constant(peak)])

    Args:
        peak: value from `warmup_steps` on [lr].
        warmup_steps: length of the rise, not negative [steps].
        start: value at step 0 [lr].

    Raises:
        ValueError: `warmup_steps` is a number and negative.

    Example:
        >>> from pure_schedules import warmup_constant
        >>> lr = warmup_constant(peak=1.0, warmup_steps=10)
        >>> [lr(step) for step in (0, 5, 10, 100)]
        [0.0, 0.5, 1.0, 1.0]

    Source: Goyal et al. 2017, Accurate, Large Minibatch SGD, section 2.2, https://arxiv.org/abs/1706.02677.
    """
    return join([linear(start=start, end=peak, steps=warmup_steps), constant(value=peak)])


@recipe(warmup_steps=non_negative, total_steps=non_negative & at_least("warmup_steps"))
def warmup_linear(*, peak: Value, warmup_steps: Value, total_steps: Value, start: Value = 0.0, floor: Value = 0.0) -> Any:
    """A straight rise to `peak` over the warmup, then a straight fall to `floor` at `total_steps`.

        join([linear(start, peak, warmup_steps), linear(peak, floor, total_steps - warmup_steps)])

    Args:
        peak: value at `warmup_steps` [lr].
        warmup_steps: length of the rise, not negative [steps].
        total_steps: length of the whole, warmup included [steps].
        start: value at step 0 [lr].
        floor: value from `total_steps` on [lr].

    Raises:
        ValueError: `warmup_steps` is a number and negative, or longer than `total_steps`.

    Example:
        >>> from pure_schedules import warmup_linear
        >>> lr = warmup_linear(peak=1.0, warmup_steps=10, total_steps=30)
        >>> [lr(step) for step in (0, 5, 10, 20, 30, 100)]
        [0.0, 0.5, 1.0, 0.5, 0.0, 0.0]

    Source: Devlin et al. 2019, BERT, appendix A.2, https://arxiv.org/abs/1810.04805.
    """
    return join(
        [
            linear(start=start, end=peak, steps=warmup_steps),
            linear(start=peak, end=floor, steps=total_steps - warmup_steps),
        ]
    )


@recipe(warmup_steps=non_negative, total_steps=non_negative & at_least("warmup_steps"))
def warmup_cosine(*, peak: Value, warmup_steps: Value, total_steps: Value, start: Value = 0.0, floor: Value = 0.0) -> Any:
    """A straight rise to `peak` over the warmup, then half a cosine wave down to `floor` at `total_steps`.

        join([linear(start, peak, warmup_steps), cosine(peak, floor, total_steps - warmup_steps)])

    Args:
        peak: value at `warmup_steps` [lr].
        warmup_steps: length of the rise, not negative [steps].
        total_steps: length of the whole, warmup included [steps].
        start: value at step 0 [lr].
        floor: value from `total_steps` on [lr].

    Raises:
        ValueError: `warmup_steps` is a number and negative, or longer than `total_steps`.

    Example:
        >>> from pure_schedules import warmup_cosine
        >>> lr = warmup_cosine(peak=1.0, warmup_steps=10, total_steps=110)
        >>> [round(lr(step), 9) for step in (0, 5, 10, 60, 110, 1000)]
        [0.0, 0.5, 1.0, 0.5, 0.0, 0.0]

    Source: Loshchilov & Hutter 2017, SGDR, eq. 5, https://arxiv.org/abs/1608.03983, after the warmup of Goyal et al. 2017.
    """
    return join(
        [
            linear(start=start, end=peak, steps=warmup_steps),
            cosine(start=peak, end=floor, steps=total_steps - warmup_steps),
        ]
    )


@recipe(
    warmup_steps=non_negative,
    decay_steps=non_negative,
    total_steps=non_negative & at_least("warmup_steps + decay_steps"),
    decay=factory,
)
def warmup_stable_decay(
    *,
    peak: Value,
    warmup_steps: Value,
    decay_steps: Value,
    total_steps: Value,
    start: Value = 0.0,
    floor: Value = 0.0,
    decay: Callable[..., Any] = linear,
) -> Any:
    """A straight rise to `peak`, a plateau there, then a fall to `floor` over the last `decay_steps` of the run.

        join([linear(start, peak, warmup_steps), constant(peak), decay(peak, floor, decay_steps)],
             boundaries=[warmup_steps, total_steps - decay_steps])

    Args:
        peak: value from `warmup_steps` to the beginning of the fall [lr].
        warmup_steps: length of the rise, not negative [steps].
        decay_steps: length of the fall, not negative [steps].
        total_steps: length of the whole, warmup and decay included [steps].
        start: value at step 0 [lr].
        floor: value from `total_steps` on [lr].
        decay: what the fall looks like: `linear`, `cosine`, or any function of `start`, `end` and `steps` that makes a
            schedule.

    Raises:
        ValueError: a length is a number and negative, or warmup and decay together are longer than `total_steps`.

    Example:
        >>> from pure_schedules import warmup_stable_decay
        >>> lr = warmup_stable_decay(peak=1.0, warmup_steps=10, decay_steps=20, total_steps=100)
        >>> [lr(step) for step in (5, 10, 80, 90, 100)]
        [0.5, 1.0, 1.0, 0.5, 0.0]

    Source: Hu et al. 2024, MiniCPM, section 4, https://arxiv.org/abs/2404.06395; Haegele et al. 2024, Scaling Laws and
    Compute-Optimal Training Beyond Fixed Training Durations, https://arxiv.org/abs/2405.18392.
    """
    return join(
        [
            linear(start=start, end=peak, steps=warmup_steps),
            constant(value=peak),
            decay(start=peak, end=floor, steps=decay_steps),
        ],
        boundaries=[warmup_steps, total_steps - decay_steps],
    )


@recipe(total_steps=positive, warmup_fraction=fraction)
def one_cycle(
    *,
    peak: Value,
    total_steps: Value,
    warmup_fraction: Value = 0.3,
    start_factor: Value = 0.04,
    end_factor: Value = 4e-6,
) -> Any:
    """Up to `peak` over the first part of the run and down to almost nothing over the rest, both in half cosine waves.

        join([cosine(peak * start_factor, peak, warmup_fraction * total_steps),
              cosine(peak, peak * end_factor, (1 - warmup_fraction) * total_steps)])

    Args:
        peak: highest value, at `warmup_fraction * total_steps` [lr].
        total_steps: length of the whole, positive [steps].
        warmup_fraction: which part of the whole the rise takes, from 0 to 1 [1].
        start_factor: value at step 0, as a multiple of the peak [1].
        end_factor: value from `total_steps` on, as a multiple of the peak [1].

    Raises:
        ValueError: `total_steps` is a number and not positive, or `warmup_fraction` is one and not from 0 to 1.

    Example:
        >>> from pure_schedules import one_cycle
        >>> lr = one_cycle(peak=1.0, total_steps=100, warmup_fraction=0.25, start_factor=0.5, end_factor=0.0)
        >>> [round(lr(step), 9) for step in (0, 25, 100, 1000)]
        [0.5, 1.0, 0.0, 0.0]

    Source: Smith & Topin 2018, Super-Convergence, https://arxiv.org/abs/1708.07120; waves and factors as in torch.
    """
    rise = warmup_fraction * total_steps
    return join(
        [
            cosine(start=peak * start_factor, end=peak, steps=rise),
            cosine(start=peak, end=peak * end_factor, steps=total_steps - rise),
        ]
    )


@recipe(steps=positive, cycles=whole, growth=positive, factor=positive)
def cosine_restarts(
    *,
    peak: Value,
    steps: Value,
    cycles: int,
    growth: Value = 1.0,
    factor: Value = 1.0,
    floor: Value = 0.0,
) -> Any:
    """Half cosine waves from the peak to `floor`, one after another, each `growth` times as long as the one before it.

        join([cosine(peak * factor ** i, floor, steps * growth ** i) for i in range(cycles)])

    It holds `floor` after the last. For equal cycles without an end write ``repeat(cosine(...))``.

    Args:
        peak: value at step 0 [lr].
        steps: length of the first cycle, positive [steps].
        cycles: how many cycles, a whole number above 0 [1].
        growth: how many times as long each cycle is as the one before it, positive [1].
        factor: what each cycle's peak is of the one before it, positive [1].
        floor: what each cycle falls towards, and the value after the last [lr].

    Raises:
        ValueError: `steps`, `growth` or `factor` is a number and not positive; `cycles` is not a whole number above 0.

    Example:
        >>> from pure_schedules import cosine_restarts
        >>> lr = cosine_restarts(peak=1.0, steps=10, cycles=3, growth=2, factor=0.5)
        >>> [round(lr(step), 9) for step in (0, 5, 10, 20, 30, 70)]
        [1.0, 0.5, 0.5, 0.25, 0.25, 0.0]

    Source: Loshchilov & Hutter 2017, SGDR, https://arxiv.org/abs/1608.03983.
    """
    return join(
        [cosine(start=peak * factor**cycle, end=floor, steps=steps * growth**cycle) for cycle in range(cycles)],
    )
