"""Installed from the wheel or the sdist, far from the repository: it works there as it works here.

Under `-O`, `-OO` and `-W error`, without torch, without NumPy, out of a zip file, and where nothing can be written.
"""

import ctypes
import os
import pathlib
import re
import resource
import shutil
import sys
from typing import Any

import pytest

ROOT = pathlib.Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
#: Torch says this as soon as it is imported where there is no NumPy. It cannot be imported there under a bare `-W error`.
OF_TORCH_WITHOUT_NUMPY = ("-W", "ignore:Failed to initialize NumPy")
MODES = [(), ("-O",), ("-OO",), ("-W", "error"), ("-OO", "-W", "error")]


@pytest.fixture(params=["wheel", "sdist"])
def installed(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(f"from_{request.param}")


# Installed -----------------------------------------------------------------------------------------------------------


def test_all_of_it_works_and_comes_from_there(installed: Any) -> None:
    assert pathlib.Path(installed.core()["file"]) == installed.packages / "pure_schedules" / "__init__.py"
    assert pathlib.Path(installed.adapters()["file"]) == installed.packages / "pure_schedules_torch" / "__init__.py"


def test_pip_finds_nothing_amiss(installed: Any) -> None:
    assert installed.pip("check").strip() == "No broken requirements found."


def test_the_first_example_of_the_readme_prints_what_it_says(installed: Any) -> None:
    (example,) = re.findall(r"```python\n(import .*?)```", README, re.DOTALL)
    promised = [line.split("#")[1].strip() for line in example.splitlines() if "#" in line]
    assert installed.prints("-c", example).splitlines() == promised


def test_the_command_line(installed: Any) -> None:
    said = installed.prints("-m", "pure_schedules", "table", "warmup_cosine(peak=1, warmup_steps=2, total_steps=4)")
    assert [line.split() for line in said.splitlines()[1:]] == [
        ["step", "value"],
        ["0", "0"],
        ["1", "0.5"],
        ["2", "1"],
        ["3", "0.5"],
        ["4", "0"],
    ]


def test_without_torch_the_core_and_the_command_line_work(without_torch: Any) -> None:
    assert without_torch.run("-c", "import torch").returncode == 1
    without_torch.core()
    without_torch.core("-W", "error")
    said = without_torch.prints("-m", "pure_schedules", "describe", "step_decay(start=1.0, factor=0.5, every=10)")
    assert "continuous:" in said
    refused = without_torch.run("-c", "import pure_schedules_torch").stderr.splitlines()[-1]
    assert refused == "ModuleNotFoundError: No module named 'torch'"


# Modes of the interpreter --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: " ".join(mode) or "plain")
def test_the_modes_of_the_interpreter(with_numpy: Any, mode: tuple[str, ...]) -> None:
    with_numpy.core(*mode)
    assert with_numpy.adapters(*mode)["numpy"] is True


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: " ".join(mode) or "plain")
def test_the_assertions_for_users_are_not_skipped(with_numpy: Any, mode: tuple[str, ...]) -> None:
    with_numpy.asserting(*mode)


def test_hypothesis_finds_the_strategies_and_is_not_made_to_import_torch(environment_with: Any, distributions: Any) -> None:
    """Hypothesis calls its plugins whenever it is imported, in projects too that have nothing to do with this library."""
    environment = environment_with("testing", "-c", "constraints.txt", f"{distributions.wheel}[testing]")
    imported = "import hypothesis, sys; print('torch' in sys.modules)"
    found = "from hypothesis import strategies as st; from pure_schedules import Schedule; st.from_type(Schedule).validate()"
    environment.prints("-c", found)
    assert environment.prints("-W", "error", "-c", imported).strip() == "False"


# Without NumPy -------------------------------------------------------------------------------------------------------


def test_without_numpy_torch_warns_and_the_library_does_not(from_wheel: Any) -> None:
    assert from_wheel.adapters("-W", "error", *OF_TORCH_WITHOUT_NUMPY)["numpy"] is False
    # The day that torch can be imported there under a bare -W error, the exception above has lost its reason.
    refused = from_wheel.run("-W", "error", "-c", "import torch")
    assert "Failed to initialize NumPy" in refused.stderr


def test_the_laws_of_the_adapters_hold_without_numpy(
    environment_with: Any, distributions: Any, tmp_path: pathlib.Path
) -> None:
    """Run by the repository's own tests, copied to where only the installed library can be found."""
    environment = environment_with("laws", "-c", "constraints.txt", f"{distributions.wheel}[testing]", "pytest", "mpmath")
    assert environment.run("-c", "import numpy").returncode == 1
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "tests", tmp_path / "tests", ignore=shutil.ignore_patterns("__pycache__", "packaging"))
    laws = sorted(str(path) for law in range(16, 26) for path in (tmp_path / "tests" / "adapters").glob(f"test_{law}_*.py"))
    assert len(laws) == 10
    # Of what is compiled nothing is asked here: torch's compiler wants NumPy.
    told = environment.prints(
        *("-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "not compile", *OF_TORCH_WITHOUT_NUMPY, *laws),
        cwd=tmp_path,
    )
    assert re.fullmatch(r"\d+ passed(, \d+ deselected)? in .*", told.splitlines()[-1]), told


# From a zip file, and where nothing can be written -------------------------------------------------------------------


def test_out_of_the_wheel_as_a_zip_file(torch_alone: Any, distributions: Any) -> None:
    there = {"PYTHONPATH": str(distributions.wheel)}
    assert torch_alone.core(variables=there)["file"] == str(distributions.wheel / "pure_schedules" / "__init__.py")
    told = torch_alone.adapters(variables=there)
    assert told["file"] == str(distributions.wheel / "pure_schedules_torch" / "__init__.py")
    said = torch_alone.prints("-m", "pure_schedules", "table", "--csv", "constant(value=1)", variables=there)
    assert said.splitlines()[1].startswith("0,1")


def powerless() -> None:
    """Give up writing: any byte into any file, and, for root, what it may do to files that are closed to it.

    It is not enough to be another user: that one could not read an interpreter in root's home, and could write to the
    temporary folder.
    """
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    if os.geteuid() == 0:
        drop_from_the_bounding_set, own, override, own_as_owner = 24, 0, 1, 3  # PR_CAPBSET_DROP, CAP_CHOWN and so on
        for capability in (own, override, own_as_owner):
            assert ctypes.CDLL(None).prctl(drop_from_the_bounding_set, capability, 0, 0, 0) == 0


#: Tries to write beside the library, over it, and into a folder that anybody may write to.
TRIES = """
import pathlib, pure_schedules
library = pathlib.Path(pure_schedules.__file__)
for place in (library.with_name("new.py"), library, pathlib.Path.cwd() / "new.py"):
    try:
        place.write_text("written")
    except OSError as error:
        print(error.strerror)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="what a process may write is taken from it in the ways of Linux")
def test_where_nothing_can_be_written(environment_with: Any, distributions: Any) -> None:
    environment = environment_with("read-only", "--no-compile", str(distributions.wheel))
    everything = [environment.folder, *environment.folder.rglob("*")]
    before = {path: path.lstat().st_mtime_ns for path in everything}
    for path in everything:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & ~0o222)
    options: dict[str, Any] = {
        "preexec_fn": powerless,
        # Whoever builds an optimizer has torch look for a folder for its compiler, and it fails where it can write to none.
        "variables": {"HOME": "/nonexistent", "TORCHINDUCTOR_CACHE_DIR": str(environment.folder)},
    }
    try:
        tried = environment.prints("-c", TRIES, **options)
        assert tried.splitlines() == ["Permission denied", "Permission denied", "File too large"]
        environment.core(**options)
        environment.adapters(**options)
        said = environment.prints("-m", "pure_schedules", "table", "--csv", "constant(value=1)", **options)
        assert said.splitlines()[1].startswith("0,1")
        after = {path: path.lstat().st_mtime_ns for path in [environment.folder, *environment.folder.rglob("*")]}
        assert after == before  # no compiled module either, though -B was not given
    finally:
        for path in everything:
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | 0o200)
