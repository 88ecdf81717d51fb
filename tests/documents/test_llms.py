"""The page for programs that write programs: it is what the docstrings say, and has every public name."""

import re
from pathlib import Path
from types import ModuleType

import pytest
from programs import module_at

import pure_schedules as ps
from pure_schedules._reading import functions_of, names_of_peers

pure_schedules_torch = pytest.importorskip("pure_schedules_torch")

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    return module_at(DOCS / "llms.py", "llms")


def test_it_is_what_the_docstrings_say(maker: ModuleType) -> None:
    assert (DOCS / "llms.txt").read_text(encoding="utf-8") == maker.text()


def test_every_public_name_is_in_it(maker: ModuleType) -> None:
    listed = set(re.findall(r"^- `([\w.]+)", maker.text(), re.MULTILINE))
    modules = {name for name in ps.__all__ if isinstance(getattr(ps, name), ModuleType)}
    assert {*ps.__all__, *pure_schedules_torch.__all__} - modules - listed == set()
    peers = {f"like.{peer}.{name}" for peer in names_of_peers() for name in functions_of(peer)}
    assert peers - listed == set()


def test_every_schedule_has_its_units_and_an_example(maker: ModuleType) -> None:
    found = re.findall(r"^- `(\w+)\((.*)\)`: .*\n((?:      .*\n)*)", maker.text(), re.MULTILINE)
    entries = {name: (signature, example) for name, signature, example in found}
    for name in ps.__all__:
        factory = getattr(ps, name)
        if isinstance(factory, ps.Factory) and factory.made is ps.Schedule:
            signature, example = entries[name]
            assert ">>>" in example, name
            for parameter, rule in factory.rules.items():
                if rule.admit.__name__ == "a_number":
                    assert re.search(rf"\b{parameter} \[\w+\]", signature), (name, parameter)
