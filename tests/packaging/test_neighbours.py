"""Beside PyPI's `adapters` (AdapterHub), which owns the import name `adapters`: both work, and each without the other."""

import pathlib
from importlib.metadata import distributions as installed_in
from typing import Any

CONSTRAINTS = pathlib.Path(__file__).parents[2] / "constraints.txt"
#: The release of AdapterHub that was tested. It wants a Transformers older than the one of constraints.txt.
NEIGHBOUR = "adapters==1.3.0"

#: A transformer of two layers from nothing, with an adapter in it, and the gradients of one update.
ALONE = """
import os
os.environ["HF_HUB_OFFLINE"] = "1"
import adapters, torch, transformers
config = transformers.BertConfig(
    vocab_size=11, hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=16
)
model = transformers.BertForSequenceClassification(config)
adapters.init(model)
model.add_adapter("task")
model.train_adapter("task")
learning = {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}
model(input_ids=torch.arange(6)[None], labels=torch.tensor([1])).loss.backward()
print(any("adapters.task" in name for name in learning), all(".attention." not in name for name in learning))
"""

#: The same, scheduled.
TOGETHER = f"""{ALONE}
import pure_schedules as ps
from pure_schedules_torch import lambda_lr
optimizer = torch.optim.AdamW(learning.values())
scheduler = lambda_lr(optimizer, ps.warmup_linear(peak=1.0, warmup_steps=2, total_steps=4))
rates = []
for _ in range(5):
    rates.append(optimizer.param_groups[0]["lr"])
    optimizer.step()
    scheduler.step()
print(rates)
"""


def files_of(environment: Any) -> dict[str, set[str]]:
    """What each of the two has installed, where it is installed."""
    return {
        found.name: {str(file) for file in found.files or []}
        for found in installed_in(path=[str(environment.packages)])
        if found.name in ("adapters", "pure-schedules")
    }


def test_both_work_and_each_goes_on_when_the_other_is_uninstalled(
    environment_with: Any, distributions: Any, tmp_path: pathlib.Path
) -> None:
    only_torch = tmp_path / "constraints.txt"
    only_torch.write_text(
        "".join(line for line in CONSTRAINTS.read_text().splitlines(keepends=True) if line.startswith("torch=="))
    )
    both = environment_with("neighbours", "-c", str(only_torch), str(distributions.wheel), NEIGHBOUR)

    files = files_of(both)
    assert files["adapters"]
    assert files["pure-schedules"]
    assert not files["adapters"] & files["pure-schedules"]
    both.core()
    both.adapters()
    assert both.prints("-c", TOGETHER).splitlines() == ["True True", "[0.0, 0.5, 1.0, 0.5, 0.0]"]

    both.pip("uninstall", "--yes", "pure-schedules")
    assert files_of(both) == {"adapters": files["adapters"]}
    assert not list(both.packages.glob("pure_schedules*"))
    assert both.prints("-c", ALONE).splitlines() == ["True True"]

    both.install("--no-deps", str(distributions.wheel))
    both.pip("uninstall", "--yes", "adapters")
    assert files_of(both) == {"pure-schedules": files["pure-schedules"]}
    assert not list(both.packages.glob("adapters*"))
    both.core()
    both.adapters()
