"""Law 34: one word, one unit. What a hyperparameter is called says what it is, throughout the library.

The units are read from the docstrings, where each hyperparameter that is a number has one: [lr] is the unit of the value
that is scheduled, [steps] counts updates, [1] is a pure number, [metric] the unit of what is measured. What is under
`like` keeps the words of its originals.
"""

import inspect
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from catalogue import CASES, Case

import pure_schedules as ps
from pure_schedules import testing
from pure_schedules.testing import strategies

attaching = pytest.importorskip("pure_schedules_torch")

UNITS = {"lr", "steps", "1", "metric"}
#: What is no number: schedules, functions that make one, words, flags, axes, and what the tools take.
NOT_NUMBERS = {
    *(
        "schedule",
        "schedules",
        "other",
        "weight",
        "curve",
        "clock",
        "target",
        "by",
        "decay",
        "rise",
        "space",
        "hyperparameter",
    ),
    *("rising", "maximize", "log", "ax", "text", "data", "names", "before", "after", "mine", "theirs", "leave_out"),
    *(
        "backend",
        "factories",
        "optimizer",
        "relative",
        "keep_tensors",
        "rule",
        "lr_scheduler",
        "group",
        "groups",
        "owner",
        "key",
        "state_dict",
    ),
    *("formula", "composition", "initial", "rules", "length"),
}


def public() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every public function, by name; those under `like` have the words of their originals."""
    for module in (ps, ps.averages, ps.queries, ps.reactive, testing, strategies, attaching):
        for name in module.__all__:
            function = getattr(module, name)
            if callable(function) and not isinstance(function, type):
                yield f"{module.__name__}.{name}", function


def arguments(function: Callable[..., Any]) -> Iterator[tuple[str, str | None]]:
    """The arguments that a docstring explains, each with its unit, if it has one."""
    described = inspect.getdoc(function) or ""
    section = re.search(r"^Args:\n((?: .*\n|\n)*)", f"{described}\n", re.MULTILINE)
    for name, meaning in re.findall(r"^    (\w+): ((?:.|\n(?!    \w+: ))*)", section[1] if section else "", re.MULTILINE):
        unit = re.search(r"\[(\w+)\]\.$", meaning.rstrip())
        yield name, unit and unit[1]


def test_a_name_has_one_unit() -> None:
    found: dict[str, dict[str | None, set[str]]] = defaultdict(lambda: defaultdict(set))
    for where, function in public():
        for name, unit in arguments(function):
            found[name][unit].add(where)
    assert {name: dict(units) for name, units in found.items() if len(units) > 1} == {}
    assert {unit for units in found.values() for unit in units} == {*UNITS, None}
    assert {name for name, units in found.items() if None in units} == NOT_NUMBERS


def test_every_number_has_a_unit() -> None:
    factories = [(where, function) for where, function in public() if isinstance(function, ps.Factory)]
    assert len(factories) > 75
    for where, factory in factories:
        explained = dict(arguments(factory))
        for name in inspect.signature(factory).parameters:
            assert explained[name] in UNITS or name in NOT_NUMBERS, f"{where}: {name}"


# Lengths -------------------------------------------------------------------------------------------------------------


def is_whole(value: Any) -> bool:
    """Whether no number in it is a float but those that are values and pure numbers."""
    if isinstance(value, list | tuple):
        return all(map(is_whole, value))
    return type(value) is int


def lengths_in(schedule: ps.Schedule) -> Iterator[tuple[str, Any]]:
    """The hyperparameters of a schedule, and of its children, that are steps, or that stretch them."""
    units = dict(arguments(schedule.factory))
    for name, value in schedule.arguments.items():
        if value is not None and (
            units[name] == "steps"
            or (name == "growth" and value != 1)
            or (name, schedule.factory) in (("factor", ps.stretch), ("sizes", ps.consumed))
        ):
            yield name, value
        for child in value if isinstance(value, tuple) else (value,):
            if isinstance(child, ps.Schedule):
                yield from lengths_in(child)


WHOLE = [
    case for case in CASES if case.schedule.steps != math.inf and all(is_whole(it) for _, it in lengths_in(case.schedule))
]


@pytest.mark.parametrize("case", WHOLE, ids=repr)
def test_a_length_made_of_whole_numbers_is_one(case: Case) -> None:
    assert type(case.schedule.steps) is int


def test_none_is_left_out() -> None:
    """But three, which have fractions in the catalogue; they are below."""
    endless = {case.schedule.factory for case in CASES if case.schedule.steps == math.inf}
    left = {case.schedule.factory for case in CASES} - endless - {case.schedule.factory for case in WHOLE}
    assert left == {ps.stretch, ps.interpolate, ps.on_clock}


SEVEN = ps.linear(start=0.0, end=1.0, steps=7)


@pytest.mark.parametrize(
    ("schedule", "length"),
    [
        (ps.stretch_to(SEVEN, steps=29), 29),
        (ps.on_clock(ps.linear(start=1.0, end=0.0, steps=2000), ps.consumed(sizes=[100, 200], boundaries=[10])), 15),
        (ps.extend(SEVEN, at=3, total_steps=29), 29),
        (ps.extend(ps.warmup_cosine(peak=1.0, warmup_steps=1000, total_steps=10_000), at=2000, total_steps=5000), 5000),
        (ps.stretch(SEVEN, factor=3), 21),
        (ps.interpolate(ps.linear(start=0.0, end=1.0, steps=1), start=0.0, end=1.0, steps=7), 7),
        (ps.shift(SEVEN, steps=-2), 5),
        (ps.staircase(SEVEN, every=2), 8),
        (ps.repeat(SEVEN, times=3), 21),
        (ps.repeat(SEVEN, times=3, growth=2), 49),
        (ps.chain([ps.mirror(SEVEN), ps.mirror(SEVEN)]), 14),
        (ps.sequence([SEVEN, ps.mirror(SEVEN)], fractions=[0.3, 0.7], total_steps=90), 90),
        (ps.cosine_restarts(peak=1.0, every=7, times=3), 21),
        (ps.one_cycle(peak=1.0, total_steps=70), 70),
        (ps.slanted_triangular(peak=1.0, total_steps=77), 77),
        (ps.cool_down(SEVEN, at=3, decay_steps=9), 12),
        (ps.warmup(SEVEN, warmup_steps=9), 16),
    ],
    ids=repr,
)
def test_lengths(schedule: ps.Schedule, length: int) -> None:
    assert (schedule.steps, type(schedule.steps)) == (length, int)


@pytest.mark.parametrize("own", [1, 3, 7, 10, 49, 97])
@pytest.mark.parametrize("steps", [1, 3, 29, 83, 1000, 2.5])
def test_a_length_that_was_asked_for_is_had_and_met(own: int, steps: float) -> None:
    """It is the length, and there the schedule is at its end; a third or a seventh of a whole number is no reason."""
    schedule = ps.linear(start=0.25, end=1.0, steps=own)
    for made in (
        ps.stretch_to(schedule, steps=steps),
        ps.extend(ps.shift(schedule, steps=5), at=5, total_steps=5 + steps),
        ps.sequence([schedule, schedule, schedule], fractions=[1 / 3, 1 / 3, 1 / 3], total_steps=steps),
    ):
        assert made.steps == steps + 5 * (made.factory is ps.extend)
        assert made(made.steps) == 1.0
        assert made(math.nextafter(made.steps, 0) - 0.1 * steps) < 1.0


def test_every_steps_but_that_of_shift_is_the_length() -> None:
    """`steps` is the length of that very piece, `total_steps` a length that has others in it: both are had."""
    named = 0
    for case in CASES:
        for name in ("steps", "total_steps"):
            if case.schedule.arguments.get(name) is not None and case.schedule.factory is not ps.shift:
                assert case.schedule.steps == case.schedule.arguments[name], case.name
                named += 1
    assert named > 25


@pytest.mark.parametrize(
    ("old", "now"),
    [
        (lambda: ps.extend(SEVEN, at=3, steps=9), "did you mean 'total_steps'?"),
        (lambda: ps.cool_down(SEVEN, at=3, steps=9), "did you mean 'decay_steps'?"),
        (lambda: ps.warmup(SEVEN, steps=9), "warmup has schedule, warmup_steps, start, rise"),
        (lambda: ps.window(SEVEN, start=1, end=3), "window has schedule, first, stop, outside"),
        (
            lambda: ps.cosine_restarts(peak=1.0, every=9, cycles=3),
            "cosine_restarts has peak, every, times, growth, factor, ",
        ),
        (lambda: ps.infinite(peak=1.0, plateau=0.5), "infinite has peak, floor, warmup_steps, decay_steps, start, decay"),
        (lambda: ps.reactive.newbob(floor=0.1), "newbob has factor, relative_threshold, patience, lowest_factor, maximize"),
    ],
)
def test_another_word_is_refused_and_the_right_one_named(old: Callable[[], Any], now: str) -> None:
    with pytest.raises(TypeError, match="there is no hyperparameter ") as refused:
        old()
    assert now in str(refused.value)
