"""The rooms of the tests: the core and its tests stand without the adapters, whose folders may be deleted."""

import ast
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parents[1]
#: Whose tests are about attaching, or about all that is installed.
WITH_ADAPTERS = {"adapters", "attacks", "benchmarks", "integrations", "mutation", "packaging"}
FILES = [path for file in sorted(TESTS.rglob("*.py")) if (path := file.relative_to(TESTS)).parts[0] not in WITH_ADAPTERS]


def imported(source: str) -> Iterator[str]:
    """The packages that a program imports, in functions too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield str(node.module).partition(".")[0]


def test_what_is_imported_is_seen() -> None:
    program = "import a.b, c as d\ndef f():\n    from e.f import g\nfrom . import h\n"
    assert [*imported(program)] == ["a", "c", "e"]


def test_adapters_are_imported_by_their_own_tests_alone() -> None:
    """Others ask for them by `pytest.importorskip("pure_schedules_torch")`."""
    assert {path.parts[0] for path in FILES} >= {"laws", "library", "documents", "support", "peers"}
    assert [
        str(path) for path in FILES if "pure_schedules_torch" in imported((TESTS / path).read_text(encoding="utf-8"))
    ] == []
