"""Law 26 in Axolotl: its trainer takes the plugin's scheduler, at the length of the run and from a checkpoint on.

Axolotl cannot be installed beside the other frameworks, which it pins. Where it is not, the tests are skipped and say so.
"""

from types import SimpleNamespace
from typing import Any

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytest.importorskip("axolotl", reason="Axolotl is not installed: it pins other versions of Transformers and TRL")
pytestmark = pytest.mark.filterwarnings("ignore:.*trl.experimental.*:UserWarning", "ignore::FutureWarning")


@pytest.fixture
def run(page: Any) -> SimpleNamespace:
    return SimpleNamespace(**page("axolotl").run())


class Model(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(4, 1)

    def forward(self, inputs: Any) -> dict[str, Any]:
        return {"loss": self.layer(inputs).square().mean()}


def trained(used: Any, **how: Any) -> list[list[float]]:
    mixin = pytest.importorskip("axolotl.core.trainers.mixins.scheduler").SchedulerMixin
    arguments = transformers.TrainingArguments(
        "run", num_train_epochs=2, per_device_train_batch_size=2, save_steps=1, report_to=[], use_cpu=True, disable_tqdm=True
    )
    for name in ("lr_quadratic_warmup", "cosine_min_lr_ratio", "jagged_restart_steps"):
        setattr(arguments, name, None)  # what Axolotl adds to them
    trainer = mixin(Model(), arguments, train_dataset=[{"inputs": torch.randn(4)} for _ in range(12)])
    rates = used(trainer.create_optimizer())
    trainer.train(**how)
    return rates


def test_axolotls_trainer_uses_the_curve_and_goes_on_by_it(run: SimpleNamespace, used: Any) -> None:
    assert trained(used) == [[run.rate(step)] * 2 for step in range(12)]
    for cut in (1, 5, 11):
        rates = trained(used, resume_from_checkpoint=f"run/checkpoint-{cut}")
        assert rates == [[run.rate(step)] * 2 for step in range(cut, 12)], cut


def test_without_a_text_axolotl_makes_its_own(run: SimpleNamespace) -> None:
    (plugin,) = run.plugins.plugins.values()
    assert plugin.create_lr_scheduler(run.DictDefault({}), None, run.optimizer, 12) is None


def test_the_key_is_one_that_the_file_may_have(run: SimpleNamespace) -> None:
    (path,) = run.plugins.get_input_args()
    module, _, name = path.rpartition(".")
    assert getattr(pytest.importorskip(module), name)(schedule=run.config.schedule).schedule == run.config.schedule
