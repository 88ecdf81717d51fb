"""What a release uploads: the wheel holds core and adapters and nothing else, and the sdist builds that very wheel."""

import email
import pathlib
import shutil
import subprocess
import tarfile
import zipfile
from typing import Any

import pytest

ROOT = pathlib.Path(__file__).parents[2]
ADAPTERS = sorted((ROOT / "adapters").glob("pure_schedules_*"))
SOURCES = {folder.name: folder for folder in (ROOT / "pure_schedules", *ADAPTERS)}


def contents(wheel: pathlib.Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def sources() -> dict[str, bytes]:
    """The files of all packages as they stand in the tree, under the names that they have when installed."""
    return {
        f"{package}/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for package, folder in SOURCES.items()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_the_core_and_its_adapters_and_nothing_else(distributions: Any) -> None:
    held = contents(distributions.wheel)
    about = {name for name in held if ".dist-info/" in name}
    assert {name: data for name, data in held.items() if name not in about} == sources()
    told = {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE"}  # the entry point is one of hypothesis
    assert {name.partition(".dist-info/")[2] for name in about} == told
    assert len({name.partition("/")[0] for name in about}) == 1


def test_all_packages_say_that_they_are_typed(distributions: Any) -> None:
    held = contents(distributions.wheel)
    assert {f"{package}/py.typed" for package in SOURCES} <= held.keys()


def test_the_licence_and_the_metadata_are_those_of_the_tree(distributions: Any) -> None:
    held = contents(distributions.wheel)
    (metadata,) = (data for name, data in held.items() if name.endswith(".dist-info/METADATA"))
    (licence,) = (data for name, data in held.items() if name.endswith("licenses/LICENSE"))
    told = email.message_from_bytes(metadata)
    assert licence == (ROOT / "LICENSE").read_bytes()
    assert (told["Name"], told["License-Expression"], told["Requires-Python"]) == ("pure-schedules", "Apache-2.0", ">=3.10")
    needed = [line for line in told.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert needed == ["torch>=2.6"]  # its one dependency
    assert told.get_payload(decode=True) == (ROOT / "README.md").read_bytes()


def test_the_sdist_builds_the_wheel_that_the_tree_builds(distributions: Any) -> None:
    assert contents(distributions.wheel) == contents(distributions.wheel_of_the_tree)


@pytest.mark.skipif(shutil.which("git") is None or not (ROOT / ".git").exists(), reason="not a checkout of git")
def test_the_sdist_holds_nothing_that_the_tree_only_made(distributions: Any) -> None:
    with tarfile.open(distributions.sdist) as archive:
        held = [name.partition("/")[2] for name in archive.getnames()]
    assert "pure_schedules/__init__.py" in held
    ignored = subprocess.run(
        ["git", "check-ignore", "--stdin"], cwd=ROOT, input="\n".join(held), capture_output=True, text=True
    )
    assert ignored.stdout.splitlines() == []
