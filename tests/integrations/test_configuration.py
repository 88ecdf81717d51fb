"""Law 26 for configuration: every schedule of the catalogue is built from a file, by Hydra, jsonargparse and as text.

And by Lightning's command line, with the rates of the runs that it starts.
"""

import csv
import json
import pathlib
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from catalogue import CASES, Case
from hydra.utils import instantiate
from jsonargparse import ArgumentParser, set_parsing_settings
from omegaconf import OmegaConf

import pure_schedules as ps
from pure_schedules.spaces import Space


def test_the_page(page: Any) -> None:
    page("configuration").run_apart()  # it changes the settings of jsonargparse, which are global


def path_of(function: Any) -> str:
    return f"{function.__module__}.{function.__qualname__}"


def for_hydra(value: Any) -> Any:
    """A schedule as it is written in a file for Hydra."""
    if isinstance(value, ps.Schedule):
        return {"_target_": path_of(value.factory)} | {name: for_hydra(item) for name, item in value.arguments.items()}
    if isinstance(value, Space):
        return {"_target_": "hydra.utils.get_object", "path": f"pure_schedules.{value.name}"}
    if isinstance(value, tuple):
        return [for_hydra(item) for item in value]
    return {"_target_": "hydra.utils.get_method", "path": path_of(value)} if callable(value) else value


def for_jsonargparse(value: Any) -> Any:
    """A schedule as it is written in a file for jsonargparse."""
    if isinstance(value, ps.Schedule):
        arguments = {name: for_jsonargparse(item) for name, item in value.arguments.items()}
        return {"class_path": path_of(value.factory), "init_args": arguments}
    if isinstance(value, tuple):
        return [for_jsonargparse(item) for item in value]
    return path_of(value) if callable(value) else value


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_hydra_builds_every_schedule(case: Case) -> None:
    text = yaml.safe_dump(for_hydra(case.schedule))
    for convert in ("none", "all"):
        assert instantiate(OmegaConf.create(text), _convert_=convert) == case.schedule


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_jsonargparse_builds_every_schedule(case: Case) -> None:
    if case.schedule.arguments.get("space") is not None:
        pytest.skip("an axis is an object that jsonargparse cannot name; the text of such a schedule is read below")
    set_parsing_settings(subclasses_enabled=[ps.Schedule])
    parser = ArgumentParser(exit_on_error=False)
    parser.add_argument("--lr", type=Callable[[int], float])
    parsed = parser.parse_string(yaml.safe_dump({"lr": for_jsonargparse(case.schedule)}))
    assert parser.instantiate(parsed).lr == case.schedule
    # The configuration that it would save is one that it reads.
    assert parser.instantiate(parser.parse_string(parser.dump(parsed))).lr == case.schedule


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_text_in_a_file_is_read_as_every_schedule(case: Case) -> None:
    assert ps.parse(yaml.safe_load(yaml.safe_dump({"lr": repr(case.schedule)}))["lr"]) == case.schedule


WATCHED = """
import json
from train import LightningCLI, Model

class Watched(Model):
    def configure_optimizers(self):
        configured = super().configure_optimizers()
        self.used = []
        hook = lambda optimizer, *_: self.used.append(optimizer.param_groups[0]["lr"])
        configured["optimizer"].register_step_post_hook(hook)
        return configured

    def on_fit_end(self):
        with open(f"used-{self.global_rank}.json", "w") as file:
            json.dump(self.used, file)

LightningCLI(Watched)
"""


def rate(factor: float) -> ps.Schedule:
    return ps.scale(ps.warmup_cosine(peak=0.02, warmup_steps=4, total_steps=12), factor=factor)


@pytest.mark.parametrize(("command", "factor"), [(0, 0.5), (1, 1.0)])
def test_the_command_line_of_lightning_follows_the_file(
    page: Any, tmp_path: pathlib.Path, command: int, factor: float
) -> None:
    page("configuration").command(command)
    (log,) = tmp_path.glob("logs/**/metrics.csv")
    logged = [float(row["lr-AdamW"]) for row in csv.DictReader(log.read_text().splitlines()) if row["lr-AdamW"]]
    assert logged == [rate(factor)(step) for step in range(12)]


def test_the_file_that_lightning_saves_is_the_same_run_in_two_processes(page: Any, tmp_path: pathlib.Path) -> None:
    the_page = page("configuration")
    the_page.command(1)
    (saved,) = tmp_path.glob("logs/**/config.yaml")
    (tmp_path / "watched.py").write_text(WATCHED)
    the_page.shell(f"python watched.py fit --config {saved} --trainer.devices 2 --trainer.strategy ddp")
    for rank in range(2):
        used = json.loads((tmp_path / f"used-{rank}.json").read_text())
        assert used == [rate(1.0)(step) for step in range(12)]
