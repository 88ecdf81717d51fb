"""Law 26 in Transformers' Trainer and TRL: one curve, accumulated, in two processes, from each checkpoint on, in the log."""

import importlib
import json
import pathlib
from types import SimpleNamespace
from typing import Any

import pytest

import pure_schedules as ps
from pure_schedules_torch import step_of
from pure_schedules_transformers import scheduled

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


# As text: the length is the trainer's ---------------------------------------------------------------------------------


def curve(length: int) -> ps.Schedule:
    return ps.warmup_cosine(peak=0.01, warmup_steps=length / 3, total_steps=length)


@pytest.mark.parametrize("epochs", [1, 2, 3])
def test_a_text_is_bound_to_the_updates_of_the_run(run: SimpleNamespace, rates_of: Any, epochs: int) -> None:
    trainer = scheduled(run.Trainer, run.TEXT)(run.Model(), run.arguments(epochs), train_dataset=run.data)
    assert rates_of(trainer) == [[curve(6 * epochs)(step)] * 2 for step in range(6 * epochs)]


def test_a_text_goes_on_at_every_checkpoint(run: SimpleNamespace, rates_of: Any) -> None:
    for cut in range(1, UPDATES):
        trainer = scheduled(run.Trainer, run.TEXT)(run.Model(), run.arguments(2), train_dataset=run.data)
        rates = rates_of(trainer, resume_from_checkpoint=f"run-of-text/checkpoint-{cut}")
        assert rates == [[curve(UPDATES)(step)] * 2 for step in range(cut, UPDATES)], cut


def test_a_second_training_of_another_length_asks_again(run: SimpleNamespace, rates_of: Any) -> None:
    trainer = scheduled(run.Trainer, run.TEXT)(run.Model(), run.arguments(1), train_dataset=run.data)
    trainer.train()
    trainer.args.num_train_epochs = 3
    assert rates_of(trainer) == [[curve(18)(step)] * 2 for step in range(18)]


def test_a_scheduler_that_is_given_has_precedence(run: SimpleNamespace) -> None:
    given = run.trainer(UPDATES)
    optimizers = (given.optimizer, given.lr_scheduler)
    trainer = scheduled(run.Trainer, run.TEXT)(given.model, run.arguments(1), train_dataset=run.data, optimizers=optimizers)
    assert trainer.create_scheduler(6) is given.lr_scheduler


def test_names_of_ones_own_and_one_that_is_missing(run: SimpleNamespace, rates_of: Any) -> None:
    text = "warmup_linear(peak=P, warmup_steps=2, total_steps=T)"
    trainer = scheduled(run.Trainer, text, P=0.5)(run.Model(), run.arguments(1), train_dataset=run.data)
    expected = ps.warmup_linear(peak=0.5, warmup_steps=2, total_steps=6)
    assert rates_of(trainer) == [[expected(step)] * 2 for step in range(6)]
    with pytest.raises(ValueError, match="P"):
        scheduled(run.Trainer, text)(run.Model(), run.arguments(1), train_dataset=run.data).train()


@pytest.fixture
def rates_of(used: Any) -> Any:
    """Train, and give the rates that the updates used, of both groups that `Trainer` makes."""

    def train(trainer: Any, **how: Any) -> list[list[float]]:
        trainer.create_optimizer()
        rates = used(getattr(trainer.optimizer, "optimizer", trainer.optimizer))  # Accelerate's, from the second time on
        trainer.train(**how)
        return rates

    return train


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")  # of TRL's own settings
def test_trl_trains_by_a_text(tmp_path: pathlib.Path, rates_of: Any) -> None:
    trl = pytest.importorskip("trl")
    datasets = pytest.importorskip("datasets")
    transformers = pytest.importorskip("transformers")
    shape = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "vocab_size": 16}
    words = {f"w{number}": number for number in range(14)} | {"<pad>": 14, "<eos>": 15}
    tokens = importlib.import_module("tokenizers")
    model_of_words = tokens.Tokenizer(tokens.models.WordLevel(words, unk_token="<pad>"))
    model_of_words.pre_tokenizer = tokens.pre_tokenizers.Whitespace()
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=model_of_words, pad_token="<pad>", eos_token="<eos>")
    data = datasets.Dataset.from_dict({"text": ["w1 w2 w3 w4"] * 24})
    text = "warmup_cosine(peak=0.01, warmup_steps=T / 3, total_steps=T)"
    for resumed_from in (None, 5):
        arguments = trl.SFTConfig(
            output_dir=str(tmp_path / "sft"),
            num_train_epochs=1,
            per_device_train_batch_size=2,
            save_steps=1,
            report_to=[],
            use_cpu=True,
            bf16=False,
            disable_tqdm=True,
            dataset_num_proc=None,
        )
        model = transformers.LlamaForCausalLM(transformers.LlamaConfig(**shape))
        trainer = scheduled(trl.SFTTrainer, text)(model, arguments, train_dataset=data, processing_class=tokenizer)
        checkpoint = resumed_from and str(tmp_path / "sft" / f"checkpoint-{resumed_from}")
        rates = rates_of(trainer, resume_from_checkpoint=checkpoint)
        assert rates == [[curve(12)(step)] * 2 for step in range(resumed_from or 0, 12)]
