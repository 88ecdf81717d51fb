"""Imports run one way in truth: beside the contract in ``pyproject.toml``, what that cannot see.

No room uses a name that is private to another one, and none imports a module by a string, which hides the import. The
door of a package (its ``__init__``) may read one of its own modules by its name, for that cannot lead upwards.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import pure_schedules
import pure_schedules.testing

CORE = Path(pure_schedules.__path__[0])
PACKAGES = [CORE, *CORE.parent.glob("adapters/pure_schedules_*")]
SOURCES = {
    str(path.relative_to(package.parent)): (path, package.parent)
    for package in PACKAGES
    for path in sorted(package.rglob("*.py"))
}
#: The ends of the names of functions that import what a string names.
BY_STRING = ("import_module", "__import__")


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


def is_module(root: Path, dotted: str) -> bool:
    """Whether this is a module below a source root."""
    path = root.joinpath(*dotted.split("."))
    return path.with_suffix(".py").exists() or path.is_dir()


def imported(node: ast.Import | ast.ImportFrom, package: str) -> Iterator[tuple[str, str, str]]:
    """What an import binds: the local name, the module it comes from, and its name there ('' for the module itself)."""
    for alias in node.names:
        if isinstance(node, ast.Import):
            yield alias.asname or alias.name, alias.name, ""
        else:
            parts = package.split(".")
            base = ".".join([*parts[: len(parts) - node.level + 1], *([node.module] if node.module else [])])
            yield alias.asname or alias.name, base if node.level else str(node.module), alias.name


def hidden(source: str, package: str, root: Path, *, is_door: bool = False) -> list[str]:
    """Each use of another room's private name in this text, and each import by a string."""
    found: list[str] = []
    modules: set[str] = set()
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for local, module, name in imported(node, package):
                if not name or is_module(root, f"{module}.{name}"):
                    modules.add(local)
                elif is_private(name):
                    found.append(f"line {node.lineno}: {name} of {module}")
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=value, attr=name) if is_private(name) and ast.unparse(value) in modules:
                # Torch has no other name for its functions of many tensors at once; tests/adapters/test_19 names them.
                if not ast.unparse(node).startswith("torch._foreach_"):
                    found.append(f"line {node.lineno}: {name} of {ast.unparse(value)}")
            case ast.Call(func=function, args=[given, *_]) if ast.unparse(function).endswith(BY_STRING):
                by_a_user = ast.unparse(node) == "importlib.import_module(path)"  # --import of the command line
                if not (by_a_user or (is_door and ast.unparse(given).startswith("f'{__name__}."))):
                    found.append(f"line {node.lineno}: {ast.unparse(node)}")
    return found


@pytest.mark.parametrize(("path", "root"), SOURCES.values(), ids=SOURCES)
def test_no_import_is_hidden_and_no_private_name_leaves_its_room(path: Path, root: Path) -> None:
    package = ".".join(path.relative_to(root).parent.parts)
    assert hidden(path.read_text(encoding="utf-8"), package, root, is_door=path.stem == "__init__") == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from .clocks import _times", "line 1: _times of pure_schedules.clocks"),
        ("from pure_schedules.clocks import _times as times", "line 1: _times of pure_schedules.clocks"),
        ("from . import clocks\nclocks._times(1)", "line 2: _times of clocks"),
        ("import pure_schedules.clocks\npure_schedules.clocks._times", "line 2: _times of pure_schedules.clocks"),
        ("from importlib import import_module\nimport_module('like')", "line 2: import_module('like')"),
        ("import importlib as i\ni.import_module(name)", "line 2: i.import_module(name)"),
        ("__import__('pure_schedules')", "line 1: __import__('pure_schedules')"),
    ],
)
def test_what_is_hidden_is_found(source: str, found: str) -> None:
    assert hidden(source, "pure_schedules", CORE.parent) == [found]


@pytest.mark.parametrize("source", ["from . import __version__", "from . import _trace", "from ._trace import flat", "a._b"])
def test_what_may_be_imported_is(source: str) -> None:
    assert hidden(source, "pure_schedules", CORE.parent) == []


@pytest.mark.parametrize(
    ("package", "names"),
    [
        (pure_schedules, {*pure_schedules.__all__, "averages", "like", "queries", "reactive"}),
        (pure_schedules.like, set(pure_schedules.like.__all__)),
        (pure_schedules.testing, set(pure_schedules.testing.__all__)),
    ],
    ids=lambda part: getattr(part, "__name__", ""),
)
def test_what_is_read_late_is_listed(package: ModuleType, names: set[str]) -> None:
    assert set(dir(package)) >= names


def test_a_name_that_is_not_there_is_not_looked_for() -> None:
    for package in (pure_schedules, pure_schedules.like, pure_schedules.testing):
        with pytest.raises(AttributeError, match=f"module {package.__name__!r} has no attribute 'schedulers'"):
            package.schedulers  # noqa: B018
