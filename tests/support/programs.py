"""How tests run the programs of the documentation, and take them in as modules."""

import importlib.util
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

import pytest
import torch

#: Options of Python for a program that must not warn. When it ends, torch 2.6 leaves a temporary folder of its own behind.
WARNINGS_ARE_ERRORS = ["-W", "error"]
if torch.__version__ < "2.7":
    WARNINGS_ARE_ERRORS += ["-W", "ignore:Implicitly cleaning up:ResourceWarning"]


def module_at(path: Path, name: str) -> ModuleType:
    """A program as a module, which Python knows by this name from then on."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(path.parent))  # as Python does for a program: it imports what stands beside it
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(path.parent))
    return module


def run(program: Path, *options: object) -> "subprocess.CompletedProcess[str]":
    """A program in a process of its own, in which a warning is an error."""
    command = [sys.executable, *WARNINGS_ARE_ERRORS, str(program), *map(str, options)]
    return subprocess.run(command, capture_output=True, text=True, timeout=600)


def refusal(
    program: ModuleType, options: Iterable[object], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> str:
    """What a program says when it refuses these options, before it prints anything."""
    monkeypatch.setattr(sys, "argv", [str(program.__file__), *map(str, options)])
    with pytest.raises(SystemExit) as refused:
        program.main()
    assert refused.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    return said.err
