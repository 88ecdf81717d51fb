"""What the packaging tests share: the wheel and the sdist, built once, and fresh virtual environments to install them in.

Everything stands in one temporary folder, which all processes of a run share and which is removed when the run ends. torch
is installed once, in an environment of its own with nothing else; the other environments find it there through a path
file, as pip does when it looks for what the library needs. The library itself is a real install in each.
"""

import fcntl
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from catalogue import CASES

import pure_schedules as ps

ROOT = pathlib.Path(__file__).parents[2]
PROGRAMS = pathlib.Path(__file__).parent / "programs"
#: Where the folder is, for the processes of pytest-xdist.
FOLDER = "PURE_SCHEDULES_PACKAGING"
#: What is run in the environments, and what is only read by type checkers.
collect_ignore = ["programs", "project"]


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="packaging-")


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop(FOLDER), ignore_errors=True)


@dataclass(frozen=True)
class Environment:
    """A virtual environment, and what is done in it: outside the repository, in an empty folder."""

    folder: pathlib.Path

    @property
    def python(self) -> str:
        return str(self.folder / "bin" / "python")

    @property
    def packages(self) -> pathlib.Path:
        return self.folder / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"

    def pip(self, *arguments: str) -> str:
        """pip of the environment that runs the tests, at work in this one."""
        done = subprocess.run(
            [sys.executable, "-m", "pip", "--python", self.python, *arguments], cwd=ROOT, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def install(self, *arguments: str) -> None:
        self.pip("install", "--quiet", *arguments)

    def run(
        self, *arguments: str, text: str = "", variables: dict[str, str] | None = None, **options: Any
    ) -> subprocess.CompletedProcess[str]:
        """This environment's Python with these arguments, in a folder with nothing in it."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "PYTEST", "COV"))}
        with tempfile.TemporaryDirectory() as nowhere:
            return subprocess.run(
                [self.python, *arguments],
                input=text,
                capture_output=True,
                text=True,
                cwd=options.pop("cwd", nowhere),
                env={**kept, **(variables or {})},
                **options,
            )

    def prints(self, *arguments: str, **options: Any) -> str:
        """What it prints, where it succeeds."""
        done = self.run(*arguments, **options)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def core(self, *arguments: str, **options: Any) -> dict[str, Any]:
        """What the core does there, once it has been seen to do what it does here, to the bit."""
        texts = [repr(case.schedule) for case in CASES]
        done = self.run(*arguments, str(PROGRAMS / "core.py"), text=json.dumps(texts), **options)
        assert (done.returncode, done.stderr) == (0, "")
        told: dict[str, Any] = json.loads(done.stdout)
        steps = [*range(0, 320, 7), 0.25, 96.999, 10**9]
        assert told["values"] == [[case.schedule(step).hex() for step in steps] for case in CASES]
        assert told["texts"] == texts
        assert told["through data"] == told["through pickle"] == [True] * len(CASES)
        assert told["refused"].startswith("cosine: steps must not be negative, got steps=-1; give 0 or a number above it")
        assert told["like"] == "step_decay(start=0.5, factor=0.1, every=3)"
        assert told["integral"] == 4.5  # of ten updates, from 0.0 to 0.9
        assert told["heavy"] == []
        assert set(told["modules"]) == modules_of(ROOT / "pure_schedules") - modules_of_testing() - {"pure_schedules"}
        return told

    def adapters(self, *arguments: str, **options: Any) -> dict[str, Any]:
        """What the adapters do there, once it has been seen to be what the schedules say."""
        done = self.run(*arguments, str(PROGRAMS / "attached.py"), **options)
        assert done.returncode == 0, done.stderr
        told: dict[str, Any] = json.loads(done.stdout)
        lr = ps.warmup_cosine(peak=1.0, warmup_steps=4, total_steps=12)
        rates = [[lr(step), lr(step) * 0.5] for step in range(15)]
        for way in ("setter", "setter on tensors", "scheduler", "scheduler on tensors"):
            assert told[way] == rates, way
        assert told["tensor of steps"] == pytest.approx([lr(step) for step in range(15)], abs=1e-15)
        assert told["slope"] == 0.5
        assert told["keeps the tensor"] is True
        assert told["from torch"] == "step_decay(start=0.5, factor=0.1, every=3)"
        assert set(told["modules"]) == modules_of(ROOT / "adapters" / "pure_schedules_torch") - {"pure_schedules_torch"}
        return told

    def asserting(self, *arguments: str) -> None:
        """The assertions of `testing` have been seen to pass what is right there, and to catch what is wrong."""
        told = json.loads(self.prints(*arguments, str(PROGRAMS / "asserting.py")))
        assert (told["right"], told["wrong"]) == (False, True)
        assert set(told["modules"]) == modules_of_testing() - {"pure_schedules.testing"}


def modules_of(package: pathlib.Path) -> set[str]:
    names = (path.relative_to(package.parent).with_suffix("") for path in package.rglob("*.py"))
    return {".".join(name.parts).removesuffix(".__init__") for name in names}


def modules_of_testing() -> set[str]:
    """Those that import torch, and so are none of the core."""
    return {name for name in modules_of(ROOT / "pure_schedules") if name.startswith("pure_schedules.testing")}


@pytest.fixture(scope="session")
def once() -> Callable[[str, Callable[[pathlib.Path], None]], pathlib.Path]:
    """A folder that is filled by the first process that asks for it, while the others wait."""

    def folder(name: str, fill: Callable[[pathlib.Path], None]) -> pathlib.Path:
        place = pathlib.Path(os.environ[FOLDER]) / name
        with open(f"{place}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not place.exists():
                unfinished = place.with_name(f"{name}.unfinished")
                fill(unfinished)
                unfinished.rename(place)
        return place

    return folder


@dataclass(frozen=True)
class Distributions:
    """What a release uploads, and the wheel that the working tree gives without the sdist between them."""

    wheel: pathlib.Path
    sdist: pathlib.Path
    wheel_of_the_tree: pathlib.Path


@pytest.fixture(scope="session")
def distributions(once: Any) -> Distributions:
    def build(folder: pathlib.Path) -> None:
        # The first makes the sdist, and the wheel from that; each in an environment with what pyproject.toml asks for.
        for arguments in ((), ("--wheel",)):
            out = folder / ("tree" if arguments else "release")
            subprocess.run(
                [sys.executable, "-m", "build", "--outdir", str(out), *arguments, str(ROOT)], check=True, capture_output=True
            )

    folder = once("distributions", build)
    (wheel,), (sdist,), (of_the_tree,) = (
        list(folder.glob(pattern)) for pattern in ("release/*.whl", "release/*.tar.gz", "tree/*.whl")
    )
    return Distributions(wheel, sdist, of_the_tree)


@pytest.fixture(scope="session")
def torch_alone(once: Any) -> Environment:
    """torch with what it needs and nothing else: no NumPy."""

    def fill(folder: pathlib.Path) -> None:
        empty(folder).install("-c", "constraints.txt", "torch")

    return Environment(once("torch", fill))


def empty(folder: pathlib.Path) -> Environment:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    return Environment(folder)


@pytest.fixture(scope="session")
def environment_with(once: Any, torch_alone: Environment) -> Callable[..., Environment]:
    """A fresh environment of that name, which finds torch, with these installed in it."""

    def make(name: str, *arguments: str) -> Environment:
        def fill(folder: pathlib.Path) -> None:
            environment = empty(folder)
            (environment.packages / "torch.pth").write_text(f"{torch_alone.packages}\n")
            environment.install(*arguments)

        return Environment(once(name, fill))

    return make


@pytest.fixture(scope="session")
def from_wheel(environment_with: Any, distributions: Distributions) -> Environment:
    """The wheel and torch, and no NumPy."""
    return environment_with("wheel", str(distributions.wheel))


@pytest.fixture(scope="session")
def from_sdist(environment_with: Any, distributions: Distributions) -> Environment:
    """The sdist, which pip builds, and torch, and no NumPy."""
    return environment_with("sdist", str(distributions.sdist))


@pytest.fixture(scope="session")
def with_numpy(environment_with: Any, distributions: Distributions) -> Environment:
    """The wheel, torch and NumPy."""
    return environment_with("numpy", "-c", "constraints.txt", str(distributions.wheel), "numpy")


@pytest.fixture(scope="session")
def without_torch(once: Any, distributions: Distributions) -> Environment:
    """The wheel and nothing else at all."""

    def fill(folder: pathlib.Path) -> None:
        empty(folder).install("--no-deps", str(distributions.wheel))

    return Environment(once("without-torch", fill))
