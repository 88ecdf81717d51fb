"""Law 26 in MLX: each update uses its rate, from every saved state on, and compiled; and every schedule takes its arrays."""

from types import SimpleNamespace
from typing import Any

import pytest
from catalogue import CASES, Case

mx = pytest.importorskip("mlx.core", reason="MLX is not installed")
optim = pytest.importorskip("mlx.optimizers")
utils = pytest.importorskip("mlx.utils")

UPDATES = 14
SINGLE = 1e-6  # MLX computes in single precision: a few units in the last place


@pytest.fixture
def run(page: Any) -> SimpleNamespace:
    return SimpleNamespace(**page("mlx").run())


def taken(run: SimpleNamespace, optimizer: Any, updates: int) -> list[float]:
    """Take so many updates, and give the rate of each."""
    rates = []
    for _ in range(updates):
        optimizer.update(run.model, {"weight": mx.ones((1, 4)), "bias": mx.ones((1,))})
        rates.append(optimizer.learning_rate.item())
    return rates


@pytest.mark.parametrize("kind", ["SGD", "RMSprop", "Adam", "AdamW", "Lion", "Adagrad", "AdaDelta", "Adamax", "Muon"])
def test_each_update_uses_its_rate_from_every_state_on(run: SimpleNamespace, kind: str) -> None:
    expected = [pytest.approx(run.rate(step), rel=SINGLE, abs=1e-9) for step in range(UPDATES)]
    for cut in range(UPDATES):
        first = getattr(optim, kind)(learning_rate=run.rate)
        rates = taken(run, first, cut)
        second = getattr(optim, kind)(learning_rate=run.rate)
        second.state = utils.tree_unflatten(utils.tree_flatten(first.state))
        assert rates + taken(run, second, UPDATES - cut) == expected, cut


def test_a_compiled_update_uses_its_rate(run: SimpleNamespace) -> None:
    assert run.rates == [pytest.approx(run.rate(step), rel=SINGLE, abs=1e-9) for step in range(7, 12)]


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_every_schedule_takes_a_step_of_mlx(case: Case) -> None:
    for step in (0, 1, 7, 100):
        value = case.schedule(mx.array(step, mx.uint64))
        assert isinstance(value, mx.array)
        assert value.item() == pytest.approx(case.schedule(step), rel=1e-4, abs=1e-6)
