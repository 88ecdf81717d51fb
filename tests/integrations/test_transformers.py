"""Law 26 in Transformers' Trainer: one curve under accumulation, in two processes, from every checkpoint on, in its log."""

import json
import pathlib
from types import SimpleNamespace
from typing import Any

import pytest

from pure_schedules_torch import step_of

UPDATES = 12
IN_TWO_PROCESSES = """
import json, os

model = trainer(updates=12, callbacks=[Scheduled()])
used = []
hook = lambda optimizer, *_: used.append([optimizer.param_groups[0][key] for key in ("lr", "weight_decay")])
model.optimizer.register_step_post_hook(hook)
model.train()
with open(f"used-{os.environ['RANK']}.json", "w") as file:
    json.dump(used, file)
"""


@pytest.fixture
def run(page: Any) -> SimpleNamespace:
    """What the page defines. An epoch has 11 batches, and an update takes two of them, or the one that is left over."""
    return SimpleNamespace(**page("transformers").run())


def test_each_update_uses_its_rate_and_the_log_says_so(run: SimpleNamespace, used: Any) -> None:
    trainer = run.trainer(UPDATES)
    rates = used(trainer.optimizer)
    trainer.train()
    assert rates == [[run.rate(step)] for step in range(UPDATES)]
    logged = [(entry["step"], entry["learning_rate"]) for entry in trainer.state.log_history if "learning_rate" in entry]
    assert logged == [(step + 1, run.rate(step)) for step in range(UPDATES)]


def test_from_every_checkpoint_on_the_rates_are_those_of_the_uninterrupted_run(
    run: SimpleNamespace, used: Any, tmp_path: pathlib.Path
) -> None:
    run.trainer(UPDATES).train()
    for cut in range(1, UPDATES):
        trainer = run.trainer(UPDATES)
        rates = used(trainer.optimizer)
        trainer.train(resume_from_checkpoint=f"run/checkpoint-{cut}")
        assert rates == [[run.rate(step)] for step in range(cut, UPDATES)], cut
        state = json.loads(pathlib.Path(f"run/checkpoint-{cut}/trainer_state.json").read_text())
        assert step_of(state) == cut


def test_the_setter_writes_before_each_update_and_after_a_resume(run: SimpleNamespace, used: Any) -> None:
    expected = [[run.rate(step) * 0.1] for step in range(UPDATES)]
    for checkpoint, first in ((None, 0), ("run/checkpoint-5", 5)):
        trainer = run.trainer(UPDATES, callbacks=[run.Scheduled()])
        decays = used(trainer.optimizer, "weight_decay")
        trainer.train(resume_from_checkpoint=checkpoint)
        assert decays == expected[first:]


def test_two_processes_have_the_curve_of_one(page: Any, tmp_path: pathlib.Path) -> None:
    the_page = page("transformers")
    definitions = the_page.program.split("class Scheduled")
    program = definitions[0].split("first = ")[0] + "\n\nclass Scheduled" + definitions[1].split("trainer(updates=6")[0]
    the_page.write("two.py", program + IN_TWO_PROCESSES)
    the_page.shell("torchrun --standalone --nproc-per-node 2 two.py")
    rate = page("transformers").run()["rate"]
    for rank in range(2):
        used = json.loads((tmp_path / f"used-{rank}.json").read_text())
        assert used == [[rate(step), rate(step) * 0.1] for step in range(UPDATES)]
