"""The program `docs/examples/population.py`, at a reduced size: it runs, what it claims is so, and it draws its picture."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import pure_schedules as ps

pytest.importorskip("pure_schedules_torch")

PROGRAM = Path(__file__).parents[2] / "docs" / "examples" / "population.py"
MEMBERS, STEPS = 6, 60


def run(*options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(PROGRAM), *map(str, options)], capture_output=True, text=True)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("population")


@pytest.fixture(scope="module")
def printed(out: Path) -> str:
    done = run("--members", MEMBERS, "--steps", STEPS, "--out", out)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_a_member_of_the_population_is_the_member_trained_alone(printed: str) -> None:
    assert re.findall(r"(yes|NO)$", printed, re.MULTILINE) == ["yes", "yes"]
    # So short a training does not let rounding grow: all of them are the same, alone and nudged.
    assert re.findall(r"in (\d+) of (\d+) members", printed) == [(str(MEMBERS), str(MEMBERS))] * 2


def test_both_ways_are_timed(printed: str) -> None:
    together, alone = (
        tuple(map(float, times)) for times in re.findall(r"wall time (\S+) s, processor time (\S+) s", printed)
    )
    (ratios,) = re.findall(r"that is (\S+) and (\S+) times as long", printed)
    half = 0.005001  # of the last digit printed
    for slow, fast, ratio in zip(alone, together, map(float, ratios), strict=True):
        assert (slow - half) / (fast + half) - 0.05001 <= ratio <= (slow + half) / (fast - half) + 0.05001


def test_the_best_has_learned_and_is_the_best(printed: str) -> None:
    rows = dict(re.findall(r"^(best|median|worst) +(.*)$", printed, re.MULTILINE))
    losses = [float(rows[name].split()[0]) for name in ("best", "median", "worst")]
    assert losses == sorted(losses)
    assert float(rows["best"].split()[1].rstrip("%")) > 50  # of guessing it would be 10


def test_the_best_schedule_is_printed_as_code(printed: str) -> None:
    (written,) = re.findall(r"^The best: (.*)$", printed, re.MULTILINE)
    (row,) = re.findall(r"^best +(.*)$", printed, re.MULTILINE)
    best = ps.parse(written).hyperparameters
    assert best["total_steps"] == STEPS
    assert row.split()[2:] == [f"{best['peak']:.4f}", str(best["warmup_steps"]), str(best["decay_steps"])]


def test_the_picture_is_drawn(printed: str, out: Path) -> None:
    picture = (out / "population.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) > 20_000
    assert str(out / "population.png") in printed


def test_sizes_that_make_no_sense_are_refused() -> None:
    refused = run("--members", 1)
    assert refused.returncode == 2
    assert "--members and --steps must be at least 2" in refused.stderr
