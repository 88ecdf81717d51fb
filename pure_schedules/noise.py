"""Noise as a pure function of the step: the same step always gives the same value.

The step is scrambled as in a block cipher: two numbers below a prime, mixed in rounds by a cube (a Feistel network over
MiMC, Albrecht et al. 2016, https://arxiv.org/abs/1605.09817). The prime is small enough for every product to be exact
in single precision, so numbers, tensors and arrays of any library give the same noise.
"""

import math
from typing import Any

from ._schedule import schedule
from .checks import at_least, finite, non_negative, number, positive, such
from .numeric import Value, completed, cos, floor, lerp, log, sqrt

__all__ = ["normal_noise", "uniform_noise"]

PRIME = 4091
#: One for each round: the decimals of pi, four at a time.
KEYS = (1415, 9265, 3589, 7932, 3846, 2643, 3832, 7950, 2884, 1971, 6939, 9375)


def _digits(number: Any, count: int) -> list[Any]:
    """The last digits of a whole number in base `prime`, the last one first."""
    digits: list[Any] = []
    for _ in range(count):
        digit = number % PRIME
        # Exact, also where a compiler multiplies by a reciprocal instead of dividing.
        number = floor((number - digit) / PRIME + 0.5)
        digits.append(digit)
    return digits


def _unit(index: Any, seed: Any, stream: int) -> Any:
    """A number strictly between 0 and 1, determined by the index, the seed and the stream."""
    left, right, *higher = _digits(index, 4)
    low, high, *more = _digits(seed, 5)
    salts = [low, high, *higher, stream]
    for turn, key in enumerate(KEYS):
        mixed = (left + (salts[turn % len(salts)] + (key + more[turn % len(more)])) % PRIME) % PRIME
        square = mixed * mixed % PRIME
        left, right = (right + square * mixed % PRIME) % PRIME, left
    return (left + (right + 0.5) / PRIME) / PRIME


#: Whole numbers that a float holds exactly; each one gives different noise.
a_seed = non_negative & number(such(lambda value: value <= 2**53, f"must be at most {2**53}", "give a smaller whole number"))


@schedule(high=finite & at_least("low"), seed=a_seed, every=positive)
def uniform_noise(step: Value, *, low: Value, high: Value, seed: Value = 0, every: Value = 1) -> Any:
    """Uniform noise between `low` and `high`, with a new value every `every` steps, reproducible from the seed.

        lr(t) = low + (high - low) * u,    u = a number in (0, 1) made of floor(t / every) and the seed

    To add 10 percent of noise to a schedule write ``multiply([schedule, uniform_noise(low=0.9, high=1.1)])``.

    Args:
        low: lowest value [lr].
        high: highest value, not below `low` [lr].
        seed: a whole number, from 0 to 2**53; each one gives different noise [1].
        every: length of each value, positive [steps].

    Raises:
        ValueError: `high` is below `low`; `seed` is negative or above 2**53; `every` is not positive.

    Example:
        >>> from pure_schedules import uniform_noise
        >>> noise = uniform_noise(low=-1.0, high=1.0, seed=3)
        >>> noise(5) == noise(5), noise(5) == noise(6), abs(sum(map(noise, range(10_000))) / 10_000) < 0.02
        (True, False, True)

    Source: the `noise_range` of timm's schedulers.
    """
    return lerp(low, high, _unit(completed(step, every), floor(seed), 0))


@schedule(deviation=non_negative, seed=a_seed, every=positive)
def normal_noise(step: Value, *, mean: Value, deviation: Value, seed: Value = 0, every: Value = 1) -> Any:
    """Normally distributed noise, with a new value every `every` steps, reproducible from the seed.

        lr(t) = mean + deviation * sqrt(-2 * log(u)) * cos(2 * pi * v),    u, v = two numbers in (0, 1) as in `uniform_noise`

    It stays within 6 deviations of the mean; for a tighter bound use `clip`.

    Args:
        mean: mean of the values [lr].
        deviation: standard deviation of the values, not negative [lr].
        seed: a whole number, from 0 to 2**53; each one gives different noise [1].
        every: length of each value, positive [steps].

    Raises:
        ValueError: `deviation` or `seed` is negative or above 2**53; `every` is not positive.

    Example:
        >>> from pure_schedules import normal_noise
        >>> noise = normal_noise(mean=1.0, deviation=0.1)
        >>> noise(5) == noise(5), noise(5) == noise(6), round(sum(map(noise, range(10_000))) / 10_000, 2)
        (True, False, 1.0)

    Source: Box & Muller 1958, A Note on the Generation of Random Normal Deviates; the noise of timm's schedulers.
    """
    index, seed = completed(step, every), floor(seed)
    radius = sqrt(-2 * log(_unit(index, seed, 1)))
    return mean + deviation * (radius * cos(2 * math.pi * _unit(index, seed, 2)))
