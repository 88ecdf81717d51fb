"""Runs the tests under another Python, torch and NumPy, and prints the row of docs/versions.md that this makes.

    python tests/packaging/versions.py python3.10 --torch 2.6.0 --numpy "1.26.*"
    python tests/packaging/versions.py python3.13

The first makes a virtual environment in a temporary folder, with these releases and what the tests import beside them,
and runs the tests there on a copy of the working tree; other options are given to pytest. torch from PyPI brings several
gigabytes of CUDA packages on Linux; they are removed with the folder. The second, without a torch, installs the
wheel alone: every schedule of the catalogue has to have, to the bit, the values that it has in the Python that runs this
program, which needs the library and the tests' own packages.
"""

import argparse
import datetime
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
#: What the tests import: `test` and `examples` of pyproject.toml, and JAX. None is pinned, for each Python has its newest.
BESIDE = ["pytest", "pytest-xdist", "hypothesis", "mpmath", "setuptools", "jax", "optax", "matplotlib", "tqdm", "plotille"]
BESIDE += ["scikit-learn", "scipy"]
#: Every law, everything that touches torch, and the programs of the documentation. What is left out has nothing to do
#: with the release: other libraries, text, pictures, documents.
CHOSEN = [
    "tests/laws",
    "tests/adapters",
    *(
        f"tests/documents/test_example_{name}.py"
        for name in ("adam_warmup", "budget", "hypergradient", "loss_law", "population", "trade")
    ),
]
STEPS = [*range(0, 320, 7), 0.25, 96.999, 10**9]
#: So that nothing is found but what is installed there.
VARIABLES = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}


def run(arguments: Sequence[str], where: Path, text: str = "") -> str:
    """What a command prints; where it cannot be carried out, the end of this program."""
    done = subprocess.run(arguments, cwd=where, env=VARIABLES, input=text, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(arguments)}\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    return done.stdout


def environment(python: str, folder: Path) -> str:
    """The Python of a fresh virtual environment in that folder."""
    run([python, "-m", "venv", str(folder / "environment")], folder)
    own = str(folder / "environment" / "bin" / "python")
    run([own, "-m", "pip", "install", "--quiet", "--upgrade", "pip"], folder)
    return own


def with_torch(python: str, releases: Sequence[str], options: Sequence[str], folder: Path) -> list[str]:
    """How many tests passed, failed and were skipped there, and of which revision; they are printed as they run."""
    own = environment(python, folder)
    tree = folder / "tree"
    revision = run(["git", "rev-parse", "--short=7", "HEAD"], ROOT).strip()
    run(["git", "archive", "--output", str(folder / "tree.tar"), revision], ROOT)
    with tarfile.open(folder / "tree.tar") as archive:
        archive.extractall(tree, filter="data")
    run([own, "-m", "pip", "install", "--quiet", "--no-cache-dir", *releases, *BESIDE], folder)
    run([own, "-m", "pip", "install", "--quiet", "--no-deps", "--editable", str(tree)], folder)
    tests = [own, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=short", "-rfE", *CHOSEN, *options]
    last = ""
    with subprocess.Popen(tests, cwd=tree, env=VARIABLES, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for last in process.stdout:
            print(last, end="", flush=True)
    counts = {outcome: int(count) for count, outcome in re.findall(r"(\d+) (passed|failed|skipped|errors?)", last)}
    failed = counts.get("failed", 0) + counts.get("error", 0) + counts.get("errors", 0)
    return [str(counts.get("passed", 0)), str(failed), str(counts.get("skipped", 0)), revision]


def alone(python: str, folder: Path) -> list[str]:
    """How many schedules there are, how many have the same values there, and how many modules were imported."""
    sys.path.insert(0, str(ROOT / "tests" / "support"))
    from catalogue import CASES

    own = environment(python, folder)
    run([own, "-m", "pip", "install", "--quiet", "--no-deps", str(ROOT)], folder)
    told = json.loads(
        run([own, str(HERE / "programs" / "core.py")], folder, json.dumps([repr(case.schedule) for case in CASES]))
    )
    run([own, "-m", "pure_schedules", "plot", "warmup_cosine(peak=1, warmup_steps=10, total_steps=100)"], folder)
    same = sum(
        values == [case.schedule(step).hex() for step in STEPS] for case, values in zip(CASES, told["values"], strict=True)
    )
    return [str(len(CASES)), str(same), str(len(told["modules"]))]


def versions_of(python: str) -> list[str]:
    """The versions of Python, torch and NumPy there."""
    code = (
        "import importlib.metadata as m, platform\n"
        "found = {d.name.lower(): d.version for d in m.distributions()}\n"
        "print(platform.python_version(), found.get('torch', 'none'), found.get('numpy', 'none'))"
    )
    return run([python, "-c", code], HERE).split()


def main() -> None:
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    read.add_argument("python", help="the interpreter, such as python3.10")
    read.add_argument("--torch", help="the release of torch; left out, the core is run alone")
    read.add_argument("--numpy", help="the release of NumPy, or the newest")
    given, options = read.parse_known_args()
    with tempfile.TemporaryDirectory(prefix="versions-") as name:
        folder = Path(name)
        if given.torch:
            releases = [f"torch=={given.torch}", f"numpy=={given.numpy}" if given.numpy else "numpy"]
            counts = with_torch(given.python, releases, options, folder)
        else:
            counts = alone(given.python, folder)
        found = versions_of(str(folder / "environment" / "bin" / "python"))
        row = [*(found if given.torch else found[:1]), *counts, datetime.date.today().isoformat()]
    print(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    main()
