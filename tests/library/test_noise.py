"""Noise as a pure function of the step: the same everywhere, different for every seed, and distributed as it says."""

import jax.numpy as jnp
import numpy as np
import pytest
import torch
from scipy import stats

import pure_schedules as ps

STEPS = 20_000
#: Seeds that differ in one digit to the base of the cipher, whichever that is.
SEEDS = (
    *range(8),
    4091,
    8182,
    10**9,
    *(3 + many * 4091**place for place in (2, 3, 4) for many in (1, 2, 17)),
    2**53 - 1,
    2**53,
)


def curve(schedule: ps.Schedule, steps: int = STEPS) -> np.ndarray:
    return schedule(np.arange(steps))


@pytest.mark.parametrize("seed", [0, 1, 2, 4090, 4091, 10**6])
def test_the_distribution(seed: int) -> None:
    # The noise is the same at every run of this test; the bounds are those of one test in ten thousand.
    uniform = curve(ps.uniform_noise(low=-1.0, high=3.0, seed=seed))
    assert stats.kstest(uniform, stats.uniform(-1, 4).cdf).pvalue > 1e-4
    normal = curve(ps.normal_noise(mean=2.0, deviation=0.5, seed=seed))
    assert stats.kstest(normal, stats.norm(2, 0.5).cdf).pvalue > 1e-4
    assert abs(normal - 2).max() < 6 * 0.5


@pytest.mark.parametrize("lag", [1, 2, 3, 7, 100, 4091])
def test_one_value_tells_nothing_of_another(lag: int) -> None:
    noise = curve(ps.uniform_noise(low=-1.0, high=1.0, seed=5))
    assert abs(np.corrcoef(noise[:-lag], noise[lag:])[0, 1]) < 4 / STEPS**0.5
    pairs = np.histogram2d(noise[:-lag], noise[lag:], bins=10)[0]
    assert stats.chisquare(pairs.ravel()).pvalue > 1e-4


def test_another_seed_is_other_noise() -> None:
    noises = [curve(ps.uniform_noise(low=-1.0, high=1.0, seed=seed), 2000) for seed in SEEDS]
    correlations = np.corrcoef(noises) - np.eye(len(noises))
    assert abs(correlations).max() < 5 / 2000**0.5
    assert len({noise[0] for noise in noises}) == len(noises)


def test_it_does_not_repeat() -> None:
    noise = ps.uniform_noise(low=0.0, high=1.0)
    far = np.concatenate([np.arange(start, start + 3000) for start in (0, 4091, 4091**2, 4091**3, 2**52)])
    assert len(set(noise(far).tolist())) > len(far) * 0.998  # of 17 million values, two may be the same


def test_the_same_for_numbers_tensors_and_arrays_of_every_precision() -> None:
    for noise in (
        ps.uniform_noise(low=0.5, high=1.5, seed=3, every=2),
        ps.normal_noise(mean=1.0, deviation=0.1, seed=3, every=2),
    ):
        clock = [0, 1, 2, 3, 1000, 4091, 123_456, 2**24 - 2]
        expected = [noise(step) for step in clock]
        assert noise(torch.tensor(clock)).tolist() == pytest.approx(expected, rel=1e-14)
        assert noise(np.asarray(clock)).tolist() == pytest.approx(expected, rel=1e-14)
        # Single precision counts these steps exactly, and so is every product on the way: only the result is rounded.
        assert noise(torch.tensor(clock, dtype=torch.float32)).tolist() == pytest.approx(expected, rel=3e-6)
        assert noise(jnp.asarray(clock, dtype=jnp.float32)).tolist() == pytest.approx(expected, rel=3e-6)


def test_a_batch_of_seeds() -> None:
    noise = ps.uniform_noise(low=0.0, high=1.0)
    seeds = torch.arange(5)
    batched = torch.func.vmap(lambda seed: noise(7, {"seed": seed}))(seeds)
    assert batched.tolist() == [noise.replace(seed=seed)(7) for seed in range(5)]


def test_it_multiplies_a_schedule() -> None:
    smooth = ps.linear(start=1.0, end=0.0, steps=1000)
    noisy = ps.multiply([smooth, ps.uniform_noise(low=0.9, high=1.1)])
    ratio = noisy(np.arange(1000)) / smooth(np.arange(1000))
    assert 0.9 <= ratio.min() < 0.901
    assert 1.099 < ratio.max() <= 1.1
    assert [noisy(step) for step in (3, 2, 3)] == [noisy(3), noisy(2), noisy(3)]


def test_noise_is_that_of_seed_0_and_new_at_every_step_unless_told_otherwise() -> None:
    assert ps.uniform_noise(low=0.0, high=1.0) == ps.uniform_noise(low=0.0, high=1.0, seed=0, every=1)
    assert ps.normal_noise(mean=0.0, deviation=1.0) == ps.normal_noise(mean=0.0, deviation=1.0, seed=0, every=1)
