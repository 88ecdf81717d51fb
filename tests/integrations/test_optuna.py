"""Law 26 for Optuna: a search over the hyperparameters of a schedule finds a better one, and each trial has its own."""

from types import SimpleNamespace
from typing import Any

import pure_schedules as ps


def test_a_search_finds_a_better_schedule(page: Any) -> None:
    run = SimpleNamespace(**page("optuna").run())
    assert len(run.study.trials) == 10
    assert run.default == ps.warmup_cosine(peak=0.01, warmup_steps=5, total_steps=20)  # no trial has changed it
    assert run.loss(run.best) < run.loss(run.default) / 10
    for trial in run.study.trials:
        assert run.loss(ps.parse(trial.user_attrs["schedule"])) == trial.value
