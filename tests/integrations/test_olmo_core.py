"""Law 26 in OLMo-core: each update has its rate, from every step on, in steps and tokens, for numbers and tensors."""

from types import SimpleNamespace
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("olmo_core", reason="OLMo-core is not installed")

UPDATES = 12
pytestmark = pytest.mark.filterwarnings("ignore::ImportWarning")  # of Google's client, which OLMo-core imports


@pytest.fixture
def run(page: Any) -> SimpleNamespace:
    return SimpleNamespace(**page("olmo-core").run())


def taken(run: SimpleNamespace, used: Any, scheduler: Any, first: int, optimizer: Any) -> list[list[float]]:
    """Take the updates from this one on, as a train module does whose trainer was loaded there."""
    rates = used(optimizer)
    for step in range(first, UPDATES):
        trainer = SimpleNamespace(
            global_step=step + 1, max_steps=UPDATES, global_train_tokens_seen=64 * (step + 1), max_tokens=64 * UPDATES
        )
        for group in optimizer.param_groups:
            scheduler.set_lr(group, trainer)
        optimizer.step()
    return rates


@pytest.mark.parametrize("first", range(UPDATES))
@pytest.mark.parametrize("relative", [False, True])
def test_each_update_has_its_rate_from_every_step_on(run: SimpleNamespace, used: Any, first: int, relative: bool) -> None:
    optimizer = run.AdamWConfig(lr=0.1).build(torch.nn.Linear(4, 1))
    scheduler = run.TextScheduler(text=run.scheduler.text, relative=relative)
    expected = [[(0.1 if relative else 1) * run.rate(step)] for step in range(first, UPDATES)]
    assert taken(run, used, scheduler, first, optimizer) == expected


def test_in_tokens_the_update_is_among_those_seen(run: SimpleNamespace, used: Any) -> None:
    optimizer = run.AdamWConfig(lr=0.1).build(torch.nn.Linear(4, 1))
    rates = taken(run, used, run.TextScheduler(text=run.scheduler.text, units="tokens"), 0, optimizer)
    assert rates == [[pytest.approx(run.rate(step + 1), rel=1e-12, abs=1e-18)] for step in range(UPDATES)]


def test_a_tensor_is_written_in_place(run: SimpleNamespace) -> None:
    rate = torch.tensor(0.1)
    group = {"lr": rate, "initial_lr": 0.1, "params": []}
    run.scheduler.set_lr(group, SimpleNamespace(global_step=4, max_steps=UPDATES))
    assert group["lr"] is rate
    assert rate.item() == pytest.approx(run.rate(3), rel=1e-6)


def test_the_registered_name(run: SimpleNamespace) -> None:
    scheduler = pytest.importorskip("olmo_core.optim").Scheduler
    assert scheduler.get_registered_class("text") is run.TextScheduler
