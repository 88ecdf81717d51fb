"""Law 26 in ignite: one curve as a setter, as a scheduler and in ignite's own wrapper, from every update on."""

import pathlib
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from ignite.engine import Events
from ignite.handlers import Checkpoint, DiskSaver, LRScheduler

from pure_schedules_torch import lambda_lr, param_group_setter

UPDATES = 12


@pytest.fixture
def run(page: Any) -> SimpleNamespace:
    return SimpleNamespace(**page("ignite").run())


def ready(run: SimpleNamespace, way: str) -> tuple[Any, Any, dict[str, Any]]:
    """An engine of the page under two schedules, its optimizer, and what is to be saved."""
    if way == "scheduler":
        return run.with_scheduler(groups=2)
    trainer, model, optimizer = run.supervised(groups=2)
    saved = {"trainer": trainer, "model": model, "optimizer": optimizer}
    schedules = [run.rate, run.scale(run.rate, factor=0.5)]
    if way == "setter":
        set_step = param_group_setter(optimizer, lr=schedules)
        trainer.add_event_handler(
            Events.ITERATION_STARTED, lambda: set_step((trainer.state.iteration - 1) // run.accumulated)
        )
    else:
        handler = saved["scheduler"] = LRScheduler(lambda_lr(optimizer, schedules))
        begins_update = Events.ITERATION_STARTED(event_filter=lambda engine, count: count % run.accumulated == 1)
        trainer.add_event_handler(begins_update, handler)
    return trainer, optimizer, saved


@pytest.mark.parametrize("way", ["setter", "scheduler", "ignite's LRScheduler"])
def test_each_update_uses_its_rate_also_after_a_resume_at_any_update(
    run: SimpleNamespace, used: Any, tmp_path: pathlib.Path, way: str
) -> None:
    expected = [[run.rate(step), run.rate(step) * 0.5] for step in range(UPDATES)]
    trainer, optimizer, saved = ready(run, way)
    rates = used(optimizer)
    saver = Checkpoint(saved, DiskSaver(str(tmp_path / "every"), require_empty=False), n_saved=None)
    trainer.add_event_handler(Events.ITERATION_COMPLETED(every=run.accumulated), saver)
    trainer.run(run.data, max_epochs=3)
    assert rates == expected
    for cut in range(1, UPDATES):
        trainer, optimizer, saved = ready(run, way)
        rates = used(optimizer)
        Checkpoint.load_objects(saved, torch.load(tmp_path / "every" / f"checkpoint_{cut * run.accumulated}.pt"))
        trainer.run(run.data, max_epochs=3)
        assert rates == expected[cut:], cut


def test_ignite_can_tell_the_curve_in_advance_and_changes_nothing_by_it(run: SimpleNamespace) -> None:
    _, _, optimizer = run.supervised()
    scheduler = lambda_lr(optimizer, run.rate)
    told = LRScheduler.simulate_values(UPDATES, scheduler)
    assert told == [[step, run.rate(step)] for step in range(UPDATES)]
    assert scheduler.last_epoch == 0
    assert scheduler.get_last_lr() == [run.rate(0)]
