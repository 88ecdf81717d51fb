"""Type checkers at their strictest, in a project that uses the installed wheel: right is right and wrong is wrong."""

import json
import pathlib
import re
import shutil
import subprocess
import sys
from typing import Any

import pytest

PROJECT = pathlib.Path(__file__).parent / "project"
#: What pyright adds to a mistake at its own line: that it cannot know the type of what was made by mistake.
FOLLOWS = "reportUnknownVariableType"


@pytest.fixture
def project(tmp_path: pathlib.Path) -> pathlib.Path:
    """The project, copied to where the repository cannot be found."""
    return pathlib.Path(shutil.copytree(PROJECT, tmp_path / "project"))


def expected(column: int) -> list[tuple[int, str]]:
    """The lines of the wrong program and what the checker of that column has to call each mistake."""
    lines = enumerate((PROJECT / "wrong.py").read_text().splitlines(), start=1)
    return [(number, re.split(r"[,:] ", line.partition("  # ")[2])[column]) for number, line in lines if "  # " in line]


def mypy(environment: Any, project: pathlib.Path, program: str) -> list[tuple[int, str]]:
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--python-executable", environment.python, "--no-incremental", program],
        cwd=project,
        capture_output=True,
        text=True,
    )
    found = re.findall(r"^(\S+):(\d+): error: .*\[([\w-]+)\]$", done.stdout, re.MULTILINE)
    assert done.returncode == bool(found), done.stdout + done.stderr
    assert {file for file, _, _ in found} <= {program}
    return [(int(line), kind) for _, line, kind in found]


def pyright(environment: Any, project: pathlib.Path, program: str) -> list[tuple[int, str]]:
    done = subprocess.run(
        [sys.executable, "-m", "basedpyright", "--pythonpath", environment.python, "--outputjson", program],
        cwd=project,
        capture_output=True,
        text=True,
    )
    told = json.loads(done.stdout)
    assert told["summary"]["filesAnalyzed"] == 1, done.stdout
    assert {pathlib.Path(found["file"]).name for found in told["generalDiagnostics"]} <= {program}
    return [
        (found["range"]["start"]["line"] + 1, found["rule"])
        for found in told["generalDiagnostics"]
        if found["rule"] != FOLLOWS
    ]


@pytest.mark.parametrize("check", [mypy, pyright])
def test_the_right_program_is_clean(from_wheel: Any, project: pathlib.Path, check: Any) -> None:
    assert check(from_wheel, project, "right.py") == []


@pytest.mark.parametrize("check", [mypy, pyright])
def test_the_wrong_program_has_its_mistakes_and_no_others(from_wheel: Any, project: pathlib.Path, check: Any) -> None:
    found = check(from_wheel, project, "wrong.py")
    assert sorted(set(found)) == expected(0 if check is mypy else 1)  # pyright may say two things about one mistake
    assert len(expected(0)) == 8


def test_the_right_program_runs(from_wheel: Any) -> None:
    said = from_wheel.prints(str(PROJECT / "right.py"))
    assert said.startswith("[0.0, 0.25, 0.5] tensor(")
