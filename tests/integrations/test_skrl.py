"""Law 26 in skrl: each epoch of learning uses the rate of its number, also resumed."""

from types import SimpleNamespace
from typing import Any

import pytest

import pure_schedules as ps

pytest.importorskip("skrl", reason="skrl is not installed")
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:gymnasium")  # skrl asks it for what it has no more

EPOCHS, PER_ROUND, ROLLOUT, BATCHES = 20, 2, 16, 4
TEXTS = [
    "warmup_cosine(peak=0.01, warmup_steps=0.25 * T, total_steps=T, floor=0.001)",
    "warmup_stable_decay(peak=0.01, warmup_steps=3, decay_steps=0.5 * T, total_steps=T)",
    "step_decay(start=0.01, factor=0.5, every=7)",
]


@pytest.fixture
def run(page: Any) -> SimpleNamespace:
    return SimpleNamespace(**page("skrl").run())


def expected(text: str, epochs: range) -> list[list[float]]:
    rate = ps.parse(text, {"T": EPOCHS})
    return [[rate(epoch)] for epoch in epochs for _ in range(BATCHES)]


@pytest.mark.parametrize("text", TEXTS)
def test_each_epoch_uses_its_rate(run: SimpleNamespace, used: Any, text: str) -> None:
    agent = run.ppo(text, T=EPOCHS)
    rates = used(agent.optimizer)
    run.train(agent, ROLLOUT * EPOCHS // PER_ROUND)
    assert rates == expected(text, range(EPOCHS))


def test_from_every_round_on_the_rates_are_those_of_the_uninterrupted_run(
    run: SimpleNamespace, used: Any, tmp_path: Any
) -> None:
    text = TEXTS[0]
    for done in range(PER_ROUND, EPOCHS, PER_ROUND):
        first, second = run.ppo(text, T=EPOCHS), run.ppo(text, T=EPOCHS)
        run.train(first, ROLLOUT * done // PER_ROUND)
        first.save(tmp_path / "agent.pt")
        second.load(tmp_path / "agent.pt")
        rates = used(second.optimizer)
        run.train(second, ROLLOUT * (EPOCHS - done) // PER_ROUND)
        assert rates == expected(text, range(done, EPOCHS)), done
