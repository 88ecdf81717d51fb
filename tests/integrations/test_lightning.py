"""Law 26 in Lightning: one curve under accumulation, from every checkpoint on, in its monitor, and in several processes."""

import csv
import pathlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

UPDATES = 12
pytestmark = [
    # Lightning asks torch in a way that torch has deprecated, and has advice about workers, loggers and folders.
    pytest.mark.filterwarnings("ignore:.*LeafSpec.*:FutureWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning:lightning.*"),
]


@pytest.fixture
def run(page: Any) -> SimpleNamespace:
    """What the page defines. An epoch has 5 batches, and an update takes two of them, or the one that is left over."""
    return SimpleNamespace(**page("lightning").run())


@pytest.fixture
def fit(run: SimpleNamespace, used: Any) -> Callable[..., Any]:
    """A function that trains up to an update, and gives what each update used, and the trainer."""

    def fit(updates: int, kind: Any = None, key: str = "lr", checkpoint: Any = None) -> tuple[list[list[float]], Any]:
        seen = []

        class Watched(kind or run.Model):  # type: ignore[misc]
            def configure_optimizers(self) -> Any:
                configured = super().configure_optimizers()
                seen.append(used(configured["optimizer"] if isinstance(configured, dict) else configured, key))
                return configured

        trainer = run.trainer(updates)
        trainer.fit(Watched(), run.batches, ckpt_path=checkpoint)
        return seen[0], trainer

    return fit


def test_each_update_uses_its_rate_under_accumulation(run: SimpleNamespace, fit: Any) -> None:
    used, trainer = fit(UPDATES)
    assert used == [[run.rate(step) * 0.5, run.rate(step)] for step in range(UPDATES)]
    assert trainer.fit_loop.total_batch_idx + 1 == 20  # and not 24: each of the 4 epochs had one update of one batch


@pytest.mark.parametrize("kind", ["Model", "Decayed"])
def test_from_every_checkpoint_on_the_rates_are_those_of_the_uninterrupted_run(
    run: SimpleNamespace, fit: Any, tmp_path: pathlib.Path, kind: str
) -> None:
    for old in tmp_path.glob("checkpoints/*"):  # those of the page
        old.unlink()
    uninterrupted, _ = fit(UPDATES, getattr(run, kind))
    assert [rates[-1] for rates in uninterrupted] == [run.rate(step) for step in range(UPDATES)]
    saved = {int(path.stem.split("step=")[1]): path for path in tmp_path.glob("checkpoints/*")}
    assert sorted(saved) == list(range(1, UPDATES + 1))
    for cut in range(1, UPDATES):
        again, _ = fit(UPDATES, getattr(run, kind), checkpoint=saved[cut])
        assert again == uninterrupted[cut:], cut


def test_the_monitor_logs_the_rate_of_each_group(run: SimpleNamespace, fit: Any) -> None:
    _, trainer = fit(UPDATES)
    with open(f"{trainer.logger.log_dir}/metrics.csv") as file:
        logged = [row for row in csv.DictReader(file) if row["lr-AdamW/pg1"]]
    # One line for each batch, under the number of the update that it is part of.
    assert sorted({int(row["step"]) for row in logged}) == list(range(UPDATES))
    for row in logged:
        step = int(row["step"])
        assert [float(row["lr-AdamW/pg1"]), float(row["lr-AdamW/pg2"])] == [run.rate(step) * 0.5, run.rate(step)]


def test_the_setter_schedules_weight_decay_too(run: SimpleNamespace, fit: Any) -> None:
    assert fit(UPDATES, run.Decayed, "weight_decay")[0] == [[run.rate(step) * 0.1] for step in range(UPDATES)]
