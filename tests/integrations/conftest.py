"""What the tests of the frameworks share: a page of the docs as a program, and the rates that an optimizer really used.

Each page in docs/frameworks is run as it stands. Its blocks of Python are one program, from the first to the last; a
block with a title is a file; a block of shell is commands, run where the files are. What a page says that it prints, it
has to print.
"""

import contextlib
import io
import os
import pathlib
import re
import shlex
import subprocess
import sys
import types
from collections.abc import Callable
from typing import Any

import pytest

# Before any framework is imported: no network, no telemetry, no progress bars, and one thread for each process.
os.environ.update(
    {
        "ACCELERATE_USE_CPU": "true",
        "CUDA_VISIBLE_DEVICES": "",
        "DO_NOT_TRACK": "1",
        "DS_ACCELERATOR": "cpu",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": "1",
    }
)

PAGES = pathlib.Path(__file__).parents[2] / "docs" / "frameworks"


class Page:
    """A page of the docs, and the folder in which its files stand and its program runs."""

    def __init__(self, name: str, folder: pathlib.Path) -> None:
        self.name = name
        self.folder = folder
        self.program = ""
        self.commands: list[str] = []
        for language, title, body in re.findall(
            r"^```(\w+)(?: title=(\S+))?\n(.*?)^```$", (PAGES / f"{name}.md").read_text(), re.DOTALL | re.MULTILINE
        ):
            if title:
                (folder / title).write_text(body)
            elif language == "python":
                self.program += body
            elif language == "sh":
                self.commands.extend(body.splitlines())

    def run(self) -> dict[str, Any]:
        """Run the program, see that it prints what it says, and give the names that it has defined."""
        module = types.ModuleType(f"page_{self.name}")
        sys.modules[module.__name__] = module  # where what is pickled is looked for
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(self.program, f"{self.name}.md", "exec"), vars(module))  # noqa: S102 - the page itself
        self.check(printed.getvalue())
        return vars(module)

    def run_apart(self) -> None:
        """Run the program in a process of its own, and see that it prints what it says."""
        (self.folder / "page.py").write_text(self.program)
        self.check(self.shell("python page.py"))

    def check(self, printed: str) -> None:
        """See that it has printed what the comments behind its prints say. What else is printed is the framework's."""
        lines = [line for line in self.program.splitlines() if line.lstrip().startswith("print(")]
        promised = [line.split("  # ", 1)[1] for line in lines]
        assert [line for line in printed.splitlines() if line in promised] == promised

    def command(self, index: int, **environment: str) -> str:
        """Run a command of the page, see that it succeeds, and give what it has printed."""
        return self.shell(self.commands[index], **environment)

    def write(self, name: str, program: str) -> None:
        """Put a program of the test's own beside the page's. It leaves as soon as it is done.

        Python's own way out may abort a process that has reduced gradients: a thread of gloo that lets go of its last work
        when the interpreter is already closing is ended in the middle of C++ ("terminate called without an active
        exception"). To destroy the process group is no help, because DDP in torch 2.13 keeps its threads alive.
        """
        (self.folder / name).write_text(program + "\nimport os\n\nos._exit(0)\n")

    def shell(self, line: str, **environment: str) -> str:
        """Run a command where the page's files stand, with the programs of this Python."""
        program, *arguments = shlex.split(line)
        finished = subprocess.run(
            [str(pathlib.Path(sys.executable).parent / program), *arguments],
            cwd=self.folder,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert finished.returncode == 0, finished.stdout + finished.stderr
        return finished.stdout


@pytest.fixture
def page(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Page]:
    monkeypatch.chdir(tmp_path)
    return lambda name: Page(name, tmp_path)


@pytest.fixture
def used() -> Callable[..., list[list[float]]]:
    """For an optimizer, a list that grows by the values of its groups whenever an update begins."""

    def watch(optimizer: Any, key: str = "lr") -> list[list[float]]:
        rates: list[list[float]] = []
        optimizer.register_step_pre_hook(lambda *_: rates.append([float(group[key]) for group in optimizer.param_groups]))
        return rates

    return watch
