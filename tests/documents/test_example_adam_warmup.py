"""The project's example says true things, about a run short enough for a test; and would say if they were not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

pytest.importorskip("pure_schedules_torch")

PROGRAM = Path(__file__).parents[2] / "docs" / "examples" / "adam_warmup.py"

FACTS = [
    "the rates of updates 0 to 19 are the schedule's: yes",
    "the rates of updates 10 to 19 are the schedule's: yes",
    "the losses equal those of the uninterrupted run, to the bit: yes",
    "the losses equal those of the setter, to the bit: yes",
]


def run(*command: object, encoding: str = "utf-8") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, command)],
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    out = tmp_path_factory.mktemp("example") / "made" / "by the program"
    return run(PROGRAM, "--steps", 20, "--out", out), out


def test_it_ends_well_and_writes_nothing_but_its_report(short):
    done, _ = short
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("fact", FACTS)
def test_it_confirms(short, fact):
    assert fact in short[0].stdout


def test_it_confirms_for_both_adapters(short):
    assert short[0].stdout.count(": yes\n") == 5
    assert ": NO\n" not in short[0].stdout


def test_it_compares_three_losses_on_held_out_text(short):
    lines = short[0].stdout.splitlines()
    first = lines.index("Loss on the held-out text, in nats per byte") + 1
    losses = dict(line.strip().rsplit(maxsplit=1) for line in lines[first : first + 3])
    assert list(losses) == ["unigram model", "constant rate", "scheduled rate"]
    for other in ("unigram model", "constant rate"):
        verdict = "beats" if float(losses["scheduled rate"]) < float(losses[other]) else "does not beat"
        assert f"The scheduled rate {verdict} the {other}." in lines


def test_it_draws_the_schedule_in_braille(short):
    assert any("\u2801" <= character <= "\u28ff" for character in short[0].stdout)


def test_it_writes_a_picture(short):
    done, out = short
    picture = out / "adam_warmup.png"
    assert picture.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert str(picture) in done.stdout


def test_it_writes_a_checkpoint_and_leaves_no_other_file(short):
    out = short[1]
    checkpoint = torch.load(out / "checkpoint.pt", weights_only=True)
    assert checkpoint["step"] == 10
    assert checkpoint["schedule"]["lr"][0]["schedule"] == "noam"
    assert sorted(path.name for path in out.iterdir()) == ["adam_warmup.png", "checkpoint.pt"]


def test_it_says_the_same_each_time(short, tmp_path):
    done, out = short
    again = run(PROGRAM, "--steps", 20, "--out", tmp_path)
    assert again.stdout.replace(str(tmp_path), "") == done.stdout.replace(str(out), "")


def test_a_schedule_is_given_by_name(tmp_path):
    done = run(PROGRAM, "--steps", 20, "--out", tmp_path, "--schedule", "warmup_cosine")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Schedule  warmup_cosine(peak=0.008839, warmup_steps=4, total_steps=20, start=0.0, floor=0.0)\n" in done.stdout


def test_a_schedule_is_given_as_text_and_shown_as_a_table_where_braille_cannot_be_written(tmp_path):
    text = "linear(start=0, end=1e-2, steps=20)"
    done = run(PROGRAM, "--steps", 20, "--out", tmp_path, "--schedule", text, encoding="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Schedule  linear(start=0, end=0.01, steps=20)\n" in done.stdout
    assert "  update  rate\n       0  0.00e+00\n       1  5.00e-04\n" in done.stdout
    assert "      19  9.50e-03\n" in done.stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--schedule", "noma"], "argument --schedule: parse: there is no schedule or number 'noma'; did you mean 'noam'?"),
        (["--schedule", "constant(value=-1)"], "argument --schedule: a rate must be a number and not negative, got -1.0"),
        (["--steps", "1"], "argument --steps: there must be 2 or more, to stop between them, got 1"),
        (["--out", str(PROGRAM)], "argument --out: "),
    ],
    ids=["unknown name", "negative rate", "one step", "a file in the way"],
)
def test_what_cannot_be_is_refused_as_a_command_refuses(options, message):
    done = run(PROGRAM, *options)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_it_says_no_where_the_answer_is_no(tmp_path):
    """The one adapter is made to give other rates than the schedule's, so that the confirmations could come out false."""
    wrong = (
        "import runpy, sys, pure_schedules as ps, pure_schedules_torch as adapters\n"
        "right = adapters.lambda_lr\n"
        "adapters.lambda_lr = lambda optimizer, schedule: right(optimizer, ps.scale(schedule, factor=1.01))\n"
        "sys.argv = sys.argv[1:]\n"
        "runpy.run_path(sys.argv[0], run_name='__main__')\n"
    )
    done = run("-c", wrong, PROGRAM, "--steps", 20, "--out", tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    assert "the rates of updates 0 to 19 are the schedule's: NO\n" in done.stdout
    assert "the losses equal those of the setter, to the bit: NO\n" in done.stdout
    assert "the losses equal those of the uninterrupted run, to the bit: yes\n" in done.stdout
