"""Law 26 in stable-baselines3: each round of training uses the rate of the timesteps that are collected, also resumed."""

from types import SimpleNamespace
from typing import Any

import pytest

import pure_schedules as ps

sb3 = pytest.importorskip("stable_baselines3", reason="stable-baselines3 is not installed")

LENGTH, ROLLOUT, UPDATES = 384, 32, 2  # an update for each of two epochs


@pytest.fixture
def run(page: Any) -> SimpleNamespace:
    return SimpleNamespace(**page("stable-baselines3").run())


def expected(rate: Any, *rounds: int) -> list[list[float]]:
    return [[pytest.approx(rate(number * ROLLOUT), rel=1e-12, abs=1e-18)] for number in rounds for _ in range(UPDATES)]


def ppo(schedule: ps.Schedule, **more: Any) -> Any:
    settings = {"n_steps": ROLLOUT, "batch_size": ROLLOUT, "n_epochs": UPDATES, "device": "cpu", "seed": 0}
    return sb3.PPO("MlpPolicy", "CartPole-v1", learning_rate=schedule, **settings, **more)


RATES = [
    ps.warmup_cosine(peak=0.01, warmup_steps=96, total_steps=LENGTH, floor=0.001),
    ps.warmup_stable_decay(peak=0.01, warmup_steps=40, decay_steps=100, total_steps=LENGTH),
    ps.step_decay(start=0.01, factor=0.5, every=50),
]


@pytest.mark.parametrize("rate", RATES, ids=repr)
def test_each_round_uses_the_rate_of_its_timesteps(run: SimpleNamespace, used: Any, rate: ps.Schedule) -> None:
    model = ppo(ps.mirror(ps.stretch_to(rate, steps=1, from_steps=LENGTH)))
    rates = used(model.policy.optimizer)
    model.learn(LENGTH)
    assert rates == expected(rate, *range(1, LENGTH // ROLLOUT + 1))


def test_from_every_round_on_the_rates_are_those_of_the_uninterrupted_run(used: Any, tmp_path: Any) -> None:
    rate = RATES[0]
    for cut in range(1, LENGTH // ROLLOUT):
        model = ppo(ps.mirror(ps.stretch_to(rate, steps=1)))
        model.learn(LENGTH, callback=lambda local, _, cut=cut: local["self"].num_timesteps <= cut * ROLLOUT)
        model.num_timesteps = cut * ROLLOUT  # what was collected of the round that was cut is lost
        model.save(tmp_path / "model")
        second = sb3.PPO.load(tmp_path / "model", env=model.get_env())
        rates = used(second.policy.optimizer)
        second.learn(LENGTH - second.num_timesteps, reset_num_timesteps=False)
        assert rates == expected(rate, *range(cut + 1, LENGTH // ROLLOUT + 1)), cut


def test_a_text_has_the_length_1_and_serves_the_clip_range_too(used: Any) -> None:
    text = "warmup_cosine(peak=0.01, warmup_steps=0.25 * T, total_steps=T)"
    model = ppo(ps.mirror(ps.parse(text, {"T": 1})), clip_range=ps.mirror(ps.linear(start=0.2, end=0.1, steps=1)))
    rates = used(model.policy.optimizer)
    model.learn(LENGTH)
    assert rates == expected(ps.parse(text, {"T": LENGTH}), *range(1, LENGTH // ROLLOUT + 1))
    assert model.clip_range(0.5) == pytest.approx(0.15)
