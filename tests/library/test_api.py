"""The public names: each in the catalogue, each explained, each importable from where the promises say."""

import inspect
import re
import subprocess
import sys

import pytest
from catalogue import CASES

import pure_schedules as ps
from pure_schedules import (
    changes,
    checks,
    clocks,
    combinators,
    data,
    decays,
    knots,
    noise,
    numeric,
    recipes,
    shapes,
    spaces,
    text,
)

FACTORIES = {
    name: getattr(ps, name)
    for module in (shapes, decays, knots, noise, spaces, combinators, clocks, recipes, changes)
    for name in module.__all__
    if isinstance(getattr(ps, name, None), ps.Factory)
}

CHILDREN = {"schedule", "schedules", "weight", "curve", "clock", "by", "other"}
NOT_NUMBERS = {"decay", "rise", "space", "hyperparameter"}

PROMISED = {
    *("Schedule", "schedule", "recipe", "parse", "constant", "linear", "cosine", "polynomial", "exponential"),
    *("exponential_decay", "step_decay", "inverse_sqrt", "noam", "piecewise_constant", "piecewise_linear", "join", "scale"),
    *("clip", "multiply", "add", "maximum", "minimum", "shift", "stretch", "repeat", "warmup_constant", "warmup_linear"),
    *("warmup_cosine", "warmup_stable_decay", "one_cycle", "cosine_restarts"),
}


def test_the_promised_names_are_there() -> None:
    assert set(ps.__all__) >= PROMISED


@pytest.mark.parametrize(
    "module",
    [
        *(ps, shapes, decays, knots, noise, spaces, combinators, clocks, recipes, changes),
        *(numeric, checks, data, text),
    ],
)
def test_all_is_sorted_and_true(module) -> None:
    assert list(module.__all__) == sorted(module.__all__)
    assert all(hasattr(module, name) for name in module.__all__)


def test_every_schedule_is_in_the_catalogue() -> None:
    assert {case.schedule.factory.__name__ for case in CASES} == set(FACTORIES)
    assert set(FACTORIES) <= set(ps.__all__)


@pytest.mark.parametrize("name", FACTORIES)
def test_every_schedule_is_explained(name: str) -> None:
    factory = FACTORIES[name]
    described = inspect.getdoc(factory) or ""
    first, *_ = described.splitlines()
    assert first.endswith(".")
    assert re.search(r"^    (lr\(t\) = |[a-z_]+\()", described, re.MULTILINE), "the formula"
    for section in ("Args:", "Raises:", "Example:", "Source:"):
        assert section in described
    arguments = described[described.index("Args:") : described.index("Raises:")]
    for parameter in inspect.signature(factory).parameters.values():
        entry = re.search(rf"^    {parameter.name}: (.*?)(?=^    \w|\Z)", arguments, re.MULTILINE | re.DOTALL)
        assert entry, parameter.name
        if parameter.kind is parameter.KEYWORD_ONLY and parameter.name not in NOT_NUMBERS:
            assert re.search(r"\[(lr|steps|1)\]\.$", entry[1].strip()), f"{parameter.name} has a unit"
        assert parameter.annotation is not parameter.empty


def test_children_come_first_and_numbers_by_name() -> None:
    for factory in FACTORIES.values():
        for parameter in inspect.signature(factory).parameters.values():
            is_child = parameter.name in CHILDREN
            assert parameter.kind is (parameter.POSITIONAL_OR_KEYWORD if is_child else parameter.KEYWORD_ONLY)


@pytest.mark.parametrize("module", [data, numeric, text])
def test_every_function_has_an_example(module) -> None:
    for name in module.__all__:
        assert ">>> " in (inspect.getdoc(getattr(module, name)) or ""), name


def test_the_version_has_one_place() -> None:
    from importlib.metadata import version

    assert version("pure-schedules") == ps.__version__


def test_a_signature_shows_a_shape_by_its_name() -> None:
    assert "decay: collections.abc.Callable[..., typing.Any] = linear)" in str(inspect.signature(ps.warmup_stable_decay))
    for name in ps.__all__:
        if isinstance(made := getattr(ps, name), ps.Factory):
            assert " at 0x" not in str(inspect.signature(made))
            assert "<" not in str(inspect.signature(made))


def test_help_shows_names_and_types() -> None:
    shown = subprocess.run(
        [sys.executable, "-c", "import pure_schedules as ps; help(ps.join)"], capture_output=True, text=True, check=True
    ).stdout
    assert "join(schedules: collections.abc.Sequence[collections.abc.Callable[[int], float]], *, boundaries:" in shown
    assert "One schedule after another" in shown
    assert all(f"{name}:" in shown for name in ps.join.parameters)
    signature = str(inspect.signature(ps.join))
    assert signature.startswith(
        "(schedules: collections.abc.Sequence[collections.abc.Callable[[int], float]], *, boundaries:"
    )
