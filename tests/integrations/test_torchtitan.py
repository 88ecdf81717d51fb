"""Law 26 in torchtitan: what its trainer builds, steps and saves has one curve, in several optimizers and after a resume."""

import copy
from types import SimpleNamespace
from typing import Any

import pytest

import pure_schedules as ps

torch = pytest.importorskip("torch")
pytest.importorskip("torchtitan", reason="torchtitan is not installed")

UPDATES = 12


@pytest.fixture
def run(page: Any) -> SimpleNamespace:
    return SimpleNamespace(**page("torchtitan").run())


def trained(run: SimpleNamespace, used: Any, updates: int, state: Any = None, **settings: Any) -> tuple[Any, Any]:
    """Build and load as the trainer does, and take so many updates; the state, and the rates by optimizer."""
    model = torch.nn.Linear(4, 1)
    optimizers = run.OptimizersContainer.Config(param_groups=run.groups, implementation="for-loop").build(
        model_parts=[model]
    )
    config = run.TextLRSchedulers.Config(text=run.lr_scheduler.text, **settings)
    schedulers = config.build(optimizers=optimizers, training_steps=UPDATES)
    if state:
        optimizers.load_state_dict(state["optimizer"])
        schedulers.load_state_dict(state["lr_scheduler"])
    rates = [used(optimizer) for optimizer in optimizers]
    for _ in range(updates):
        model(torch.randn(2, 4)).square().mean().backward()
        optimizers.step()
        schedulers.step()
    seen = copy.deepcopy(rates)  # torch takes an update at rate 0 to make the state of an optimizer that has none
    return copy.deepcopy({"optimizer": optimizers.state_dict(), "lr_scheduler": schedulers.state_dict()}), seen


@pytest.mark.parametrize("relative", [False, True])
def test_every_optimizer_has_the_curve_from_every_checkpoint_on(run: SimpleNamespace, used: Any, relative: bool) -> None:
    own = sorted([0.1, 0.2]) if relative else [1.0, 1.0]
    for cut in range(UPDATES):
        state, before = trained(run, used, cut, relative=relative)
        _, after = trained(run, used, UPDATES - cut, state, relative=relative)
        seen = sorted(([rate for (rate,) in first + then] for first, then in zip(before, after, strict=True)), key=max)
        assert seen == [[base * run.rate(step) for step in range(UPDATES)] for base in own], cut


def test_the_curve_may_be_longer_than_the_run(run: SimpleNamespace, used: Any) -> None:
    rate = ps.warmup_cosine(peak=0.01, warmup_steps=8, total_steps=24)
    _, rates = trained(run, used, UPDATES, total_steps=24)
    assert rates == [[[rate(step)] for step in range(UPDATES)]] * 2


def test_the_configuration_is_one_that_the_trainer_takes(run: SimpleNamespace) -> None:
    config = pytest.importorskip("torchtitan.components.optimizer.lr_scheduler").LRSchedulersContainer.Config
    assert isinstance(run.lr_scheduler, config)
    assert run.lr_scheduler.to_dict()["text"] == run.lr_scheduler.text
