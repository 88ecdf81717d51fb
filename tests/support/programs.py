"""How tests run the programs of the documentation, and take them in as modules."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

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
    spec.loader.exec_module(module)
    return module
