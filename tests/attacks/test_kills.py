"""Kills: a training process is killed again and again, also while it writes a checkpoint, and no rate is another for it.

Where it is killed is decided by what it has said, or by how many bytes of a checkpoint it has written: never by the clock.
"""

import inspect
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
from attacks import train

EVERY_DAY, FULL = 6, 50
#: More than any life lives to, so that none comes to the end before it is killed.
UPDATES_OF_A_LIFE = 17
DOCS = Path(__file__).parents[2] / "docs"


@dataclass
class Life:
    said: list[list[str]]
    #: How many bytes of a checkpoint that never was completed it has left; None if it was not writing one.
    unfinished: int | None


def stamp(path: Path) -> tuple[int, int]:
    """When this file was last written, and its size; zeros if it is not there."""
    try:
        there = path.stat()
    except FileNotFoundError:
        return 0, 0
    return there.st_mtime_ns, there.st_size


def begin(folder: Path, updates: int, adapter: str) -> "subprocess.Popen[str]":
    command = [sys.executable, train.__file__, str(folder), str(updates), *adapter.split()]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def to_the_end(folder: Path, updates: int, adapter: str) -> Life:
    said, _ = (process := begin(folder, updates, adapter)).communicate()
    assert process.returncode == 0
    return Life([line.split() for line in said.splitlines()], None)


def until_killed(folder: Path, updates: int, adapter: str, random: Random) -> Life:
    """One life, up to some line that it says and a little beyond, or up to some byte of some checkpoint that it writes."""
    unfinished = folder / "checkpoint.pt.unfinished"
    left_before = stamp(unfinished)
    process = begin(folder, updates, adapter)
    assert process.stdout is not None
    lines: list[str] = []
    if random.random() < 0.5:
        lines += [process.stdout.readline() for _ in range(random.randint(0, 20))]
        for _ in range(random.choice([0, 100, 10_000, 1_000_000])):
            pass
    else:
        for _ in range(random.randint(1, 3)):
            lines.append(process.stdout.readline())
            while not lines[-1].startswith("saves"):
                lines.append(process.stdout.readline())
        before, size = stamp(folder / "checkpoint.pt"), random.randint(1, train.PADDING)
        while process.poll() is None and stamp(folder / "checkpoint.pt") == before:
            now = stamp(unfinished)
            if now != left_before and now[1] >= size:
                break
    process.send_signal(signal.SIGKILL)
    rest, _ = process.communicate()
    assert process.returncode == -signal.SIGKILL
    left = stamp(unfinished)
    said = [line.split() for line in [*lines, *rest.splitlines()]]
    return Life(said, None if left in (left_before, (0, 0)) else left[1])


def told(life: Life, word: str) -> list[list[str]]:
    return [rest for first, *rest in life.said if first == word]


@pytest.mark.parametrize("adapter", ["setter", "lambda_lr", "setter changes", "lambda_lr changes"])
def test_killed_again_and_again(adapter: str, full: bool, figures: Callable[[dict[str, Any]], None], tmp_path: Path) -> None:
    kills = FULL if full else EVERY_DAY
    updates = UPDATES_OF_A_LIFE * kills
    (tmp_path / "whole").mkdir()
    (tmp_path / "killed").mkdir()
    whole = to_the_end(tmp_path / "whole", updates, adapter)
    expected = {int(step): (rate, loss) for step, rate, loss in told(whole, "update")}
    schedule = train.schedule_for(updates)
    if "changes" in adapter:
        schedule = train.cooled(schedule, updates)
    assert [rate for rate, _ in expected.values()] == [schedule(step).hex() for step in range(updates)]

    random = Random(f"{adapter} {kills}")
    lives = [until_killed(tmp_path / "killed", updates, adapter, random) for _ in range(kills)]
    lives.append(to_the_end(tmp_path / "killed", updates, adapter))

    # Every update of every life had the rate and the loss of the run that was never killed, to the bit.
    saved = 0
    for life in lives:
        for (begun,) in told(life, "begins"):
            # From the last checkpoint that it said to be complete, or from one that it was killed before saying so.
            assert saved <= int(begun) <= saved + train.EVERY
        for step, rate, loss in told(life, "update"):
            assert (rate, loss) == expected[int(step)]
        saved = max([saved, *(int(step) for (step,) in told(life, "saved")), *(int(s) for (s,) in told(life, "begins"))])
    taken = [int(step) for life in lives for step, _, _ in told(life, "update")]
    assert set(taken) == set(range(updates))
    assert told(lives[-1], "ends") == told(whole, "ends")  # and so have the parameters

    in_writes = [life.unfinished for life in lives if life.unfinished is not None]
    figures(
        {
            "kills": kills,
            "before the first update of a life": sum(not told(life, "update") for life in lives[:-1]),
            "while a checkpoint was written": len(in_writes),
            "of these, with a part of it in the file": sum(size < train.PADDING for size in in_writes),
            "updates": updates,
            "updates taken by all lives": len(taken),
        }
    )
    assert len(in_writes) >= kills // 6


def shown_in(page: str) -> list[str]:
    """The lines of Python that a page shows."""
    return re.findall(r"^(?:>>>|\.\.\.) (.*)$", (DOCS / page).read_text(), re.MULTILINE)


def test_the_program_saves_by_the_recipe_of_the_docs() -> None:
    shown = shown_in("distributed.md")
    recipe = shown[shown.index("def save(checkpoint, path):") : shown.index("import tempfile")]
    assert inspect.getsource(train.save).splitlines() == recipe


def test_the_program_saves_its_plan_by_the_recipe_of_the_docs() -> None:
    shown, program = "\n".join(shown_in("longer-run.md")), inspect.getsource(train.main)
    for line in ('from_data(checkpoint["plan"]) if checkpoint else', '"plan": to_data(plan)}', "set_step.follow(lr=plan)"):
        assert line in shown
        assert line in program.replace("ps.", "")
