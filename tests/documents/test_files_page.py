"""The page about files of other tools: its files are written, its commands run, and what they print is what it says."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from pure_schedules import __main__ as command_line
from pure_schedules import _files

PAGE = Path(__file__).parents[2] / "docs" / "files.md"
BLOCK = re.compile(r"^```(\w+)(?: title=(\S+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def blocks() -> list[tuple[str, str, str]]:
    return BLOCK.findall(PAGE.read_text(encoding="utf-8"))


def commands() -> Iterator[tuple[list[str], str]]:
    """Each command whose output the page shows, and that output."""
    for (language, _, body), (after, _, shown) in pairwise(blocks()):
        if (language, after) == ("sh", "text"):
            yield body.split()[3:], shown


@pytest.mark.parametrize(("arguments", "shown"), list(commands()), ids=lambda value: " ".join(value) if value else "")
def test_a_command_prints_what_the_page_says(
    arguments: list[str], shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if any(argument.endswith(".toml") for argument in arguments):
        pytest.importorskip("tomllib")
    for _, title, body in blocks():
        if title:
            (tmp_path / title).write_text(body)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    command_line.main(arguments)
    said = capsys.readouterr()
    assert f"{said.err}{said.out}" == shown


def test_every_tool_has_a_section_with_a_command() -> None:
    run = " ".join(argument for arguments, _ in commands() for argument in arguments)
    for tool in _files.TOOLS:
        assert f"`like.{tool}.from_config`" in PAGE.read_text(encoding="utf-8")
    assert {Path(title).suffix for _, title, _ in blocks() if title and title in run} == {".yaml", ".yml", ".json", ".toml"}
