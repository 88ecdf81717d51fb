"""The README keeps its word: its first example, pasted into a shell, prints what it says. (The others are doctests.)"""

import pathlib
import re
import subprocess
import sys

import pytest

README = (pathlib.Path(__file__).parents[2] / "README.md").read_text()


def test_the_first_example_pasted_into_a_shell_prints_what_it_says() -> None:
    pytest.importorskip("pure_schedules_torch")
    (example,) = re.findall(r"```python\n(import .*?)```", README, re.DOTALL)
    promised = [line.split("#")[1].strip() for line in example.splitlines() if "#" in line]
    assert len(promised) == 2
    # A blank line ends a block in a shell, and a block is only run when it has ended.
    pasted = subprocess.run([sys.executable, "-i", "-q", "-c", ""], input=example + "\n\n", capture_output=True, text=True)
    assert pasted.stdout.split("\n")[:-1] == promised
    assert "Error" not in pasted.stderr


def test_the_two_commands_come_right_after_it() -> None:
    (_, install), (_, example), (language, commands), *_ = re.findall(r"```(\w*)\n(.*?)```", README, re.DOTALL)
    assert install == "pip install pure-schedules\n"
    assert example.startswith("import torch")
    assert not language
    assert [line.split("#")[0].strip() for line in commands.splitlines()] == ["make demo", "make test"]


def test_it_can_be_read_at_once() -> None:
    assert len(README.splitlines()) <= 150


def test_every_link_to_a_file_leads_to_one() -> None:
    root = pathlib.Path(__file__).parents[2]
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if not link.startswith("http")]
    assert links
    assert [link for link in links if not (root / link.partition("#")[0]).exists()] == []
