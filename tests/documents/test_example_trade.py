"""The program `docs/examples/trade.py`, at a reduced size: what it says of its runs is so, and would be said otherwise.

With several processes it is run by `tests/integrations/test_example_trade.py`.
"""

import re
import sys
from pathlib import Path
from statistics import fmean
from types import ModuleType
from typing import Any

import pytest
import torch
from programs import module_at, run

import pure_schedules as ps

pytest.importorskip("pure_schedules_torch")

PROGRAM = Path(__file__).parents[2] / "docs" / "examples" / "trade.py"
SAMPLES, BATCHES, SEEDS = 160, (2, 8), 2
NAMES = ["fixed batch", "seesaw", "seesaw in stairs", "late switch", "critical size", "twice the batch"]
DIGIT = 1.0001e-4  # two roundings of the last one that is printed


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("trade") / "made" / "by the program"


@pytest.fixture(scope="module")
def printed(out: Path) -> str:
    done = run(PROGRAM, "--samples", SAMPLES, "--batches", *BATCHES, "--seeds", SEEDS, "--peaks", 0.02, "--out", out)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.fixture(scope="module")
def program() -> ModuleType:
    return module_at(PROGRAM, "trade_example")


@pytest.fixture
def decay(program: ModuleType) -> ps.Schedule:
    return ps.parse(program.DEFAULT, {"STEPS": 40, "PEAK": 0.02})


def rows(printed: str, batch: int) -> dict[str, list[float]]:
    """The numbers beside each plan, in the table of a batch."""
    table = printed.partition(f"    batch {batch} ")[2].partition(f"    batch {batch} ")[2].partition("    Seesaw")[0]
    cells = (re.fullmatch(r"    (\D+?) +([\d.].*)", line) for line in table.splitlines()[1:])
    return {line[1]: [float(cell.rstrip("%")) for cell in line[2].split()] for line in cells if line}


# What it prints --------------------------------------------------------------------------------------------------------


def test_a_run_is_its_plan_and_a_resumed_run_the_uninterrupted_one(printed: str) -> None:
    assert re.findall(r"(yes|NO)$", printed, re.MULTILINE) == ["yes"] * 3


@pytest.mark.parametrize("batch", BATCHES)
def test_the_tables_follow_from_the_plans_and_the_losses(printed: str, batch: int, program: ModuleType) -> None:
    steps = SAMPLES // batch
    plans = program.plans(ps.parse(program.DEFAULT, {"STEPS": steps, "PEAK": 0.02}), batch)
    table = rows(printed, batch)
    assert list(table) == NAMES == list(plans)
    for name, (updates, fewer, loss, difference, *by_seed) in table.items():
        assert updates == plans[name].steps
        assert fewer == pytest.approx(100 * (1 - updates / steps), abs=0.051)
        assert difference == pytest.approx(loss - table["fixed batch"][2], abs=DIGIT)
        assert difference == pytest.approx(fmean(by_seed), abs=DIGIT)
        assert len(by_seed) == SEEDS


def test_the_verdict_follows_from_the_losses(printed: str) -> None:
    said = re.findall(r"off by (\S+) .*\n    the seeds of the fixed batch spread over (\d\.\d+)\.", printed)
    held = [str(batch) for batch, (off, spread) in zip(BATCHES, said, strict=True) if abs(float(off)) <= float(spread)]
    assert f"The claim held here with {len(held)} of 2 batches" in printed
    assert f"within the spread of the seeds with {', '.join(held) or 'none'}." in printed


def test_it_draws_a_picture_and_leaves_no_other_file(printed: str, out: Path) -> None:
    picture = out / "trade.png"
    assert list(out.iterdir()) == [picture]
    assert picture.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert picture.stat().st_size > 20_000
    assert str(picture) in printed


def test_it_says_no_where_the_answer_is_no(
    program: ModuleType, decay: ps.Schedule, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program.one_thread()
    runs = {name: [program.trained(name, decay, 1, 0)] for name in ("fixed batch", "seesaw")}
    comparison = program.Comparison(1, decay, runs)
    assert program.print_facts(comparison, 0, tmp_path)
    assert capsys.readouterr().out.count(": yes\n") == 3
    runs["fixed batch"][0].samples[3] = [4]
    runs["fixed batch"][0].rates[3] += 1e-15
    runs["seesaw"][0].train_losses[-1] += 1e-6
    assert not program.print_facts(comparison, 0, tmp_path)
    assert re.findall(r"(yes|NO)$", capsys.readouterr().out, re.MULTILINE) == ["NO"] * 3


# The plans, the sampler, and resuming ----------------------------------------------------------------------------------


def test_every_plan_takes_the_samples_of_the_decay(program: ModuleType, decay: ps.Schedule) -> None:
    for plan in program.plans(decay, 8).values():
        batches = list(program.Batches(plan["batch_size"], 0, plan.steps))
        assert [number for batch in batches for number in batch] == list(range(40 * 8))
        assert ps.parse(repr(plan)) == plan


def test_stairs_are_the_decay_rounded_up_to_halves_of_its_peak(program: ModuleType, decay: ps.Schedule) -> None:
    stairs = program.stairs(decay)
    top = max(range(40), key=decay)
    assert stairs.steps == 40
    for step in range(40):
        if step <= top:
            assert stairs(step) == decay(step)
        else:
            assert decay(step) <= stairs(step) < 2 * decay(step) * (1 + 1e-9)
            assert stairs(step) / 0.02 in {0.5**power for power in range(20)}


@pytest.mark.parametrize("processes", [2, 4])
def test_processes_share_each_batch_evenly(program: ModuleType, decay: ps.Schedule, processes: int) -> None:
    plan = program.plans(decay, 8)["seesaw"]
    alone = list(program.Batches(plan["batch_size"], 5, plan.steps))
    shares = [list(program.Batches(plan["batch_size"], 5, plan.steps, rank, processes)) for rank in range(processes)]
    for batch, *parts in zip(alone, *shares, strict=True):
        assert sorted(number for part in parts for number in part) == batch
        assert {len(part) for part in parts} == {len(batch) // processes}


@pytest.mark.parametrize("at", [1, 17, 27])
def test_a_run_resumed_from_a_file_is_the_same_to_the_bit(
    at: int, program: ModuleType, decay: ps.Schedule, tmp_path: Path
) -> None:
    """In the warmup, before the batch grows, and in the midst of where it does: losses, samples and weights."""
    program.one_thread()
    plan = program.plans(decay, 2)["seesaw"]
    whole = program.Run(0).train(plan, plan.steps)
    program.Run(0).train(plan, at).save(tmp_path / "saved.pt", plan)
    resumed = program.Run(0)
    for parameter in resumed.model.parameters():
        torch.nn.init.zeros_(parameter)  # what is right must come from the file
    resumed.load(tmp_path / "saved.pt", plan).train(plan, plan.steps)
    assert resumed.record.train_losses == whole.record.train_losses[at:]
    assert resumed.record.samples == whole.record.samples[at:]
    assert resumed.record.rates == whole.record.rates[at:]
    for mine, theirs in zip(resumed.model.parameters(), whole.model.parameters(), strict=True):
        assert torch.equal(mine, theirs)


def test_a_checkpoint_of_another_plan_is_refused(program: ModuleType, decay: ps.Schedule, tmp_path: Path) -> None:
    plans = program.plans(decay, 2)
    program.Run(0).save(tmp_path / "saved.pt", plans["seesaw"])
    said = r"saved.pt was made by another plan, which took other samples: bundle.lr: .*; bundle.batch_size: "
    with pytest.raises(SystemExit, match=said):
        program.Run(0).load(tmp_path / "saved.pt", plans["late switch"])


# What it refuses -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ["--decay", "constant(value=0.1)"],
            "grow_batch: schedule must have an end, and a length above 0, got schedule=constant",
        ),
        (
            ["--decay", "linear(start=1.0, end=0.0, steps=STEPS / 7)"],
            "grow_batch: schedule must be a whole number of steps long",
        ),
        (["--decay", "cosine(start=PEAK, end=-1.0, steps=STEPS)"], "grow_batch: the schedule must not be negative"),
        (["--decay", "cosin(start=1.0, steps=9)"], "cosin"),
        (["--batches", "2.5"], "grow_batch: batch_size must be a whole number above 0, got batch_size=2.5"),
        (["--batches", "0"], "grow_batch: batch_size must be a whole number above 0, got batch_size=0"),
        (["--batches", "7"], "argument --samples: must be a multiple of each batch, got 1920 and 7"),
        (["--seeds", "0"], "argument --seeds: there must be at least one, got 0"),
    ],
)
def test_bad_input_is_refused_by_name_before_anything_is_trained(
    options: list[str],
    said: str,
    program: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def train(*_: Any) -> None:
        raise AssertionError("it trained")

    monkeypatch.setattr(program.Run, "train", train)
    monkeypatch.setattr(sys, "argv", ["trade.py", "--out", str(tmp_path / "made"), *options])
    with pytest.raises(SystemExit, match="2"):
        program.main()
    assert said in capsys.readouterr().err
    assert not (tmp_path / "made").exists()


def test_more_processes_than_share_a_batch_are_refused(
    program: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setattr(sys, "argv", ["trade.py", "--batches", "4", "1", "--plan", "seesaw"])
    with pytest.raises(SystemExit, match="2"):
        program.main()
    assert "argument --batches: must be multiples of the 2 processes, got 1" in capsys.readouterr().err
