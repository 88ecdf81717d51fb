"""The program `docs/examples/hypergradient.py`, at a reduced size: it runs, its claims are so, and it draws its picture."""

import re
import runpy
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch
from programs import module_at, run

param_group_setter = pytest.importorskip("pure_schedules_torch").param_group_setter

DOCS = Path(__file__).parents[2] / "docs"
PROGRAM, PAGE = DOCS / "examples" / "hypergradient.py", DOCS / "hypergradient.md"
STEPS, OUTER = 16, 4


def searched(out: Path) -> subprocess.CompletedProcess[str]:
    return run(PROGRAM, "--steps", STEPS, "--outer", OUTER, "--seed", 1, "--out", out)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hypergradient") / "made" / "by the program"


@pytest.fixture(scope="module")
def printed(out: Path) -> str:
    done = searched(out)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.fixture(scope="module")
def program() -> ModuleType:
    return module_at(PROGRAM, "hypergradient")


def rows(printed: str) -> dict[str, list[float]]:
    """The numbers of the table: peak, warmup, power; losses and accuracy in the runs of the searches; and in new ones."""
    found = re.findall(r"^   (start|grid|learnt) +(.*)$", printed, re.MULTILINE)
    return {name: [float(number.rstrip("%")) for number in row.split()] for name, row in found}


def test_the_gradient_is_that_of_central_differences(printed: str) -> None:
    pairs = re.findall(r"^   (?:log|logit)_\w+ +(\S+) +(\S+)$", printed, re.MULTILINE)
    assert len(pairs) == 3
    for gradient, difference in pairs:
        assert float(gradient) != 0
        assert float(gradient) == pytest.approx(float(difference), rel=1e-5)
    (error,) = re.findall(r"the largest relative difference is (\S+)", printed)
    assert float(error) < 1e-5


def test_both_searches_have_the_same_budget(printed: str) -> None:
    (gradients, price, points) = re.findall(r"Budget: (\d+) gradients, counted as (\S+) runs each; .* (\d+) runs", printed)[
        0
    ]
    assert int(gradients) == OUTER
    assert 0.7 * OUTER * float(price) < int(points) <= OUTER * float(price)  # of so few points not any number is a grid


def test_a_grid_spends_what_it_may_and_never_more(program: ModuleType) -> None:
    assert program.grid_sides(100) == [5, 5, 4]
    for budget in range(7, 200):
        sides = program.grid_sides(budget)
        assert torch.tensor(sides).prod() <= budget
        assert all(torch.tensor(sides).prod() // side * (side + 1) > budget for side in sides)


def test_both_find_better_than_the_start(printed: str) -> None:
    table = rows(printed)
    assert list(table) == ["start", "grid", "learnt"]
    assert table["start"][:3] == [0.1, 4.3, 1.0]
    for name in ("grid", "learnt"):
        assert table[name][3] < table["start"][3]  # in the runs that were searched with
        assert table[name][6] < table["start"][6]  # in new ones


def test_the_verdict_is_that_of_the_table(printed: str) -> None:
    table = rows(printed)
    (lower, better) = re.findall(r"Lower validation loss: (\w+)\. Lower test loss: gradient in (\d+) of 32", printed)[0]
    assert lower == ("gradient" if table["learnt"][3] < table["grid"][3] else "grid")
    assert 0 <= int(better) <= 32


def test_a_second_time_it_prints_and_draws_the_same(printed: str, out: Path) -> None:
    def but_times(text: str) -> str:
        return re.sub(r"^A gradient took.*$", "", text, flags=re.MULTILINE)

    picture = (out / "hypergradient.png").read_bytes()
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    assert len(picture) > 20_000
    assert but_times(searched(out).stdout) == but_times(printed)
    assert (out / "hypergradient.png").read_bytes() == picture


def test_the_run_as_a_function_is_the_run_of_an_optimizer(program: ModuleType) -> None:
    task = program.Task(runs=2, steps=STEPS, seed=0, split=0)
    point = program.tensors({"log_peak": -1.0, "logit_warmup": -0.5, "log_power": 0.5})
    trained = task.trained(point)
    numbers = {name: value.item() for name, value in task.hyperparameters(point).items()}
    images, labels = task.train
    for member in range(2):
        task.model.load_state_dict({name: weight[member] for name, weight in task.weights.items()})
        optimizer = torch.optim.SGD(task.model.parameters(), momentum=program.MOMENTUM)
        set_step = param_group_setter(optimizer, lr=task.schedule.replace(numbers))
        for step, batch in enumerate(task.batches[member]):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(task.model(images[batch]), labels[batch]).backward()
            set_step(step)
            optimizer.step()
        for name, weight in task.model.named_parameters():
            torch.testing.assert_close(trained[name][member], weight.detach(), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("option", ["--steps=2", "--outer=2", "--seed=-1"])
def test_too_little_is_refused(program: ModuleType, option: str, monkeypatch, capsys) -> None:
    monkeypatch.setattr(sys, "argv", ["hypergradient.py", option])
    with pytest.raises(SystemExit):
        program.main()
    assert "must be at least 3" in capsys.readouterr().err


def test_the_lines_on_the_page_differentiate_a_run(tmp_path: Path) -> None:
    (lines,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    batches = torch.linspace(-1, 1, 80, dtype=torch.float64)
    first = {"w": torch.ones((), dtype=torch.float64)}
    namespace = {"first_weights": first, "batches": batches, "held_out": torch.tensor(0.3, dtype=torch.float64)}
    namespace["loss_of"] = lambda weights, batch: (weights["w"] - batch) ** 2
    script = tmp_path / "lines.py"
    script.write_text(lines)
    made = runpy.run_path(str(script), namespace)
    slopes, loss, at = made["slopes"], made["validation_loss"], made["at"]
    assert list(slopes) == ["peak", "warmup_steps"]
    for name, slope in slopes.items():
        above, below = (loss({**at, name: at[name] + shift}) for shift in (1e-4, -1e-4))
        assert slope.item() == pytest.approx((above - below).item() / 2e-4, rel=1e-4)


def test_the_page_shows_the_picture() -> None:
    (picture,) = re.findall(r"!\[[^\]]+\]\((.*?)\)", PAGE.read_text())
    assert (DOCS / picture).read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
