"""A schedule as text and as data: what is read, what is refused and how that is said, and that nothing is executed."""

import copy
import itertools
import json
import math
import pickle
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from catalogue import CASES, Case
from compositions import compositions
from hypothesis import given
from hypothesis import strategies as st

import pure_schedules as ps
from pure_schedules import _reading, checks, text
from pure_schedules.data import fingerprint_of, plain_data
from pure_schedules.like import _peer
from pure_schedules.spaces import Space

GOLDEN = json.loads((Path(__file__).parents[1] / "support" / "golden" / "data_version_1.json").read_text())


@ps.schedule
def parabola(step, *, peak, steps):
    return peak * (step / steps) ** 2


LR = ps.warmup_cosine(peak=3e-4, warmup_steps=2000, total_steps=100000)


# Text that people write ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    [
        "warmup_cosine(peak=3e-4, warmup_steps=2_000, total_steps=100_000)",
        "  warmup_cosine(peak=3e-4, warmup_steps=2_000, total_steps=100_000)\n",
        "warmup_cosine(\n  peak=3e-4,\n  warmup_steps=2_000,\n  total_steps=100_000,\n)\n",
        "warmup_cosine(\r\n  peak=3e-4,  # as in the paper\r\n  warmup_steps=2_000, total_steps=1e5)\r\n",
        "'warmup_cosine(peak=3e-4, warmup_steps=2_000, total_steps=100_000)'",
        '"warmup_cosine(peak=3e-4, warmup_steps=2_000, total_steps=100_000)"',
        "warmup_cosine(peak=3e-4, warmup_steps=2_000, total_steps=100_000),",
        "warmup_cosine(peak=.0003, warmup_steps=+2_000, total_steps=10 ** 5)",
        "warmup_cosine(peak=3 / 10_000, warmup_steps=2 * 1000, total_steps=(101 - 1) * 1_000)",
        "\ufeffwarmup_cosine(peak=3e-4, warmup_steps=2_000, total_steps=100_000)",
        "ps.warmup_cosine(peak=3e-4, warmup_steps=2_000, total_steps=100_000)",
        "pure_schedules.warmup_cosine(peak=3e-4, warmup_steps=2_000, total_steps=100_000)",
    ],
)
def test_what_a_person_would_type(written: str) -> None:
    assert ps.parse(written) == LR


def test_children_by_position_and_by_name() -> None:
    expected = ps.join([ps.scale(LR, factor=2), ps.constant(value=0.0)], boundaries=[10])
    for written in (f"join([scale({LR}, factor=2), constant(value=0)], boundaries=[10])", repr(expected)):
        assert ps.parse(written) == expected
    assert ps.parse(f"join(schedules=(scale(schedule={LR}, factor=2), constant(value=0)), boundaries=(10,))") == expected


def test_a_function_that_makes_schedules_may_have_the_name_of_the_package_before_it() -> None:
    numbers = "peak=1.0, warmup_steps=10, decay_steps=20, total_steps=100"
    expected = ps.warmup_stable_decay(peak=1.0, warmup_steps=10, decay_steps=20, total_steps=100, decay=ps.cosine)
    for name in ("cosine", "ps.cosine", "pure_schedules.cosine"):
        assert ps.parse(f"warmup_stable_decay({numbers}, decay={name})") == expected


def test_what_peers_call_it() -> None:
    assert ps.parse("like.torch.OneCycleLR(max_lr=0.1, total_steps=100)") == ps.like.torch.OneCycleLR(
        max_lr=0.1, total_steps=100
    )
    assert ps.parse("ps.scale(ps.like.torch.StepLR(step_size=30), factor=2)") == ps.scale(
        ps.step_decay(start=1.0, factor=0.1, every=30), factor=2
    )


def test_names_of_ones_own() -> None:
    names = {"parabola": parabola, "base": LR, "sin": math.sin, "linear": parabola, "Step": ps.like.torch.StepLR}
    assert ps.parse("join([parabola(peak=1, steps=10), base], boundaries=[10])", names) == ps.join(
        [parabola(peak=1, steps=10), LR], boundaries=[10]
    )
    assert ps.parse("Step(step_size=30)", names) == ps.like.torch.StepLR(step_size=30)
    assert ps.parse(repr(ps.scale(math.sin, factor=2)), names) == ps.scale(math.sin, factor=2)
    assert ps.parse("linear(peak=1, steps=10)", names) == parabola(peak=1, steps=10)  # one's own come before
    assert ps.parse("ps(peak=1, steps=10)", {"ps": parabola}) == parabola(peak=1, steps=10)
    axis = Space("cube", lambda value: value**3, lambda place: place ** (1 / 3))
    assert ps.parse(f"interpolate({LR}, start=1, end=2, steps=3, space=cube)", {"cube": axis}) == ps.interpolate(
        LR, start=1, end=2, steps=3, space=axis
    )
    names["peer"], names["waves"] = _peer.peer, ps.like.transformers._waves
    for name in ("sin", "peer", "waves"):
        said = f"parse: {name} does not make a schedule; put @schedule or @recipe over"
        with pytest.raises(ValueError, match=re.escape(said)):
            ps.parse(f"scale({name}(0.5), factor=2)", names)
    for name, thing, kinds in (("flag", True, "numbers, schedules"), ("word", "linear", "numbers, schedules")):
        said = f"parse: names must be {kinds}, or functions that make them, got {thing!r} for {name!r}; "
        with pytest.raises(TypeError, match=re.escape(said)):
            ps.parse(name, {name: thing})


# Errors --------------------------------------------------------------------------------------------------------------

MISTAKES = [
    (
        "linear(start=0, end=1, stesp=10)",
        TypeError,
        "linear: there is no hyperparameter 'stesp'; did you mean 'steps'? linear has start, end, steps\n"
        "    linear(start=0, end=1, stesp=10)\n"
        "                           ^",
    ),
    (
        "scale(linear(start=0,\n             end=1,\n             steps=-10), factor=2)",
        ValueError,
        "linear: steps must not be negative, got steps=-10; give 0 or a number above it\n"
        "                 steps=-10), factor=2)\n"
        "                 ^",
    ),
    (
        "join([constant(value=1), wamrup_cosine(peak=1)])",
        ValueError,
        "parse: there is no schedule 'wamrup_cosine'; did you mean 'warmup_cosine'?\n"
        "    join([constant(value=1), wamrup_cosine(peak=1)])\n"
        "                             ^",
    ),
    (
        "OneCycleLR(max_lr=0.1, total_steps=100)",
        ValueError,
        "parse: there is no schedule 'OneCycleLR'; did you mean 'like.torch.OneCycleLR'?\n"
        "    OneCycleLR(max_lr=0.1, total_steps=100)\n"
        "    ^",
    ),
    ("WarmupCosine(peak=1)", ValueError, "parse: there is no schedule 'WarmupCosine'; did you mean 'warmup_cosine'?"),
    ("like.torch.StepLRR(step_size=3)", ValueError, "parse: there is no schedule in like.torch 'StepLRR'; did you mean 'S"),
    ("like.troch.StepLR(step_size=3)", ValueError, "parse: there is no peer 'troch'; did you mean 'torch'?"),
    ("torch.nn.Linear(3)", ValueError, "parse: the only names with a dot are those of peers, such as like.torch.OneCycleLR"),
    (
        "linear(start=1, end=0, steps=10) * 0.5",
        ValueError,
        "parse: a number was expected; of schedules write scale(...), add([...]) or multiply([...])",
    ),
    ("linear(start=1, start=2, end=0, steps=10)", ValueError, "parse: linear: start is given twice; give it once"),
    ("linear(0, 1, 10)", TypeError, "linear: numbers are given by name, got 0 by position; write linear(start=0, end=1, "),
    ("warmup(warmup_steps=true)", ValueError, "parse: there is no schedule or number 'true'; did you mean 'True'?"),
    ("", ValueError, "parse: there is nothing to read\n    \n    ^"),
    ('""', ValueError, "parse: there is nothing to read\n"),
    ('"', ValueError, "parse: this is not an expression: unterminated string literal (detected at line 1)\n    \"\n"),
    ("''1'", ValueError, "parse: this is not an expression: unterminated string literal (detected at line 1)\n    ''1'\n"),
    ("'1''", ValueError, "parse: this is not an expression: unterminated string literal (detected at line 1)\n    '1''\n"),
    ("'a', 'b'", ValueError, "parse: a schedule has its hyperparameters beside its name: constant(...)\n    'a', 'b'\n"),
    ("linear", ValueError, "parse: a schedule has its hyperparameters beside its name: linear(...)\n    linear\n    ^"),
    ("1 +", ValueError, "parse: this is not an expression: invalid syntax\n    1 +\n    "),
    ("# only a comment", ValueError, "parse: this is not an expression: "),
    (
        "constant(value=1)\0",
        ValueError,
        "parse: the text cannot hold a null character\n    constant(value=1) \n                     ^",
    ),
    (
        "add([\n  constant(value=1),\n  constant(value=\\d)])",
        ValueError,
        "parse: only names of schedules, numbers and lists are read here\n"
        "      constant(value=\\d)])\n"
        "                     ^",
    ),
    (
        f"add([constant(value=1),\n{'9' * 401},\n constant(value=1)])",
        ValueError,
        f"parse: the number is too large; a float holds up to 1.8e308\n    {'9' * 41}\n    ^",
    ),
    (
        "add([constant(value=1),\tnope])",
        ValueError,
        "parse: there is no schedule or number 'nope'",
    ),
    ("constant(value='\ud800')", ValueError, "parse: this is not an expression: 'utf-8' codec can't encode character"),
    ("-" * 50_000 + "1", ValueError, "parse: this is not an expression: "),
    ("constant(value=1).replace(value=2)", ValueError, "parse: the only names with a dot are those of peers, such as"),
    ("constant(value=1e999)", ValueError, "parse: the number is too large; a float holds up to 1.8e308"),
    ("constant(value=1/0)", ValueError, "parse: this cannot be computed: division by zero"),
    ("constant(value=(-8)**0.5)", ValueError, "parse: this gives "),
    ("constant(value=1j)", ValueError, "parse: only names of schedules, numbers and lists are read here"),
    ("constant(value=b'1')", ValueError, "parse: only names of schedules, numbers and lists are read here"),
    ("join(*[constant(value=1)])", ValueError, "parse: only names of schedules, numbers and lists are read here"),
    ("constant(**{'value': 1})", ValueError, "parse: ** is not read here; write the hyperparameters out"),
    ("logarithm(1)", ValueError, "parse: logarithm does not make a schedule"),
    (
        "cosine_restarts(peak=1, every=10, times=3, growth=1e200)",
        ValueError,
        "cosine_restarts: this cannot be computed: ",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("written", "kind", "message"), MISTAKES, ids=[f"{i}" for i in range(len(MISTAKES))])
def test_an_error_points_at_the_place(written: str, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind) as raised:
        ps.parse(written)
    assert str(raised.value).startswith(message)
    lines = str(raised.value).split("\n")
    if len(lines) > 1:
        assert all(len(line) <= 85 for line in lines[1:])
        assert lines[-1].strip() == "^"


def test_a_parser_that_gives_up_without_a_word_is_given_one() -> None:
    """Python has no message where it runs out of memory for what is nested."""
    with pytest.raises(ValueError, match=r"^parse: this is not an expression: \S"):
        ps.parse("-" * 50_000 + "1")


def test_of_a_long_line_forty_characters_are_shown_on_each_side() -> None:
    children = "add([" + "constant(value=1), " * 9 + "nope, " + "constant(value=1), " * 9 + "])"
    for written in (children, children.replace(" ", "\t"), "\n" + children):
        with pytest.raises(ValueError, match="there is no schedule or number 'nope'") as raised:
            ps.parse(written)
        _, line, mark = str(raised.value).split("\n")
        place = children.index("nope")
        assert line == "    " + children[place - 39 : place + 41]
        assert mark == " " * (4 + 39) + "^"


def test_a_computation_that_fails_is_an_error_of_the_text() -> None:
    @ps.recipe
    def endless(*, value):
        return endless(value=value)

    @ps.recipe
    def steep(*, value):
        return ps.constant(value=math.exp(1e9 * value))

    for own in (endless, steep):
        name = own.__name__
        with pytest.raises(ValueError, match=rf"^{name}: this cannot be computed: .*\n    {name}\(value=1\)\n    \^$"):
            ps.parse(f"{name}(value=1)", {name: own})


def test_the_place_is_counted_in_characters() -> None:
    with pytest.raises(ValueError) as raised:
        ps.parse("vary(constant(value=1), constant(value=1), hyperparameter=['žluťoučký', nope])")
    _, line, mark = str(raised.value).split("\n")
    assert line[mark.index("^") :].startswith("nope")


# What a message quotes -----------------------------------------------------------------------------------------------


def message_of(data: Any, **names: Any) -> str:
    with pytest.raises((ValueError, TypeError)) as raised:
        ps.from_data(data, names)
    return str(raised.value)


@pytest.mark.parametrize("length", [1, 58, 59, 60, 61, 62, 63, 64, 1000])
def test_a_long_value_is_cut_and_the_cut_is_seen(length: int) -> None:
    """Of a value the first 62 characters at most, quotes and dots included; a word in quotes is one that is whole."""
    for value in ("a" * length, int("1" * length), [1] * length):
        whole = repr(value)
        quoted = whole if len(whole) <= 62 else f"{whole[:59]}..."
        assert message_of(value) == (
            f"from_data: data must be a dict, got {quoted}; read JSON first: from_data(json.loads(text))"
        )


@pytest.mark.parametrize("length", [39, 40, 41, 42, 1000])
def test_a_long_name_is_cut_to_forty_characters(length: int) -> None:
    name = "n" * length
    said = message_of({"version": 1, "schedule": "constant", "hyperparameters": {name: b""}})
    assert said.startswith(f"from_data: data.{name if length <= 40 else name[:37] + '...'} must be a number, a word, a dict")


@pytest.mark.parametrize("length", [100, 199, 200, 201, 202, 205])
def test_a_path_that_leads_deep_is_told_by_its_ends(length: int) -> None:
    """Where up to 200 characters lead to the last place, all of them; else the first 80 and the last 80."""
    names = [f"{index}".zfill(19) for index in range((length - 4) // 20)]
    names.append("x" * (length - 4 - 20 * len(names) - 1))
    names = [name for name in names if name]
    path = "data." + ".".join(names)
    data: Any = {"schedule": "constant", "hyperparameters": {"last": b""}}
    for name in reversed(names):
        data = {"schedule": "constant", "hyperparameters": {name: data}}
    told = path if len(path) <= 200 else f"{path[:80]} ... {path[-80:]}"
    assert message_of({"version": 1, **data}).startswith(f"from_data: {told}.last must be a number, a word")


@pytest.mark.parametrize("length", [1, 599, 600, 601, 602, 5000])
def test_a_long_message_is_told_by_its_ends(length: int) -> None:
    words = "".join(chr(ord("a") + index % 26) for index in range(length))

    @ps.recipe
    def verbose(*, value):
        raise ValueError(words)

    told = words if length <= 600 else f"{words[:400]} ... {words[-180:]}"
    data = {"version": 1, "schedule": "verbose", "hyperparameters": {"value": 1}}
    assert message_of(data, verbose=verbose) == f"from_data: data: {told}"


# How much may be asked for -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scales", "lists"), [(99, 0), (96, 2), (1, 49), (2, 49), (0, 50), (97, 1), (98, 1), (49, 25), (50, 25)]
)
def test_text_and_data_nest_a_hundred_deep(scales: int, lists: int) -> None:
    """A number stands within so many calls and lists: at most a hundred, here and there."""
    schedule = ps.constant(value=1)
    written = repr(schedule)
    data = plain_data(schedule)
    for number in range(max(scales, lists)):
        if number < lists:
            schedule, written = ps.add([schedule]), f"add([{written}])"
            data = {"schedule": "add", "hyperparameters": {"schedules": [data]}}
        if number < scales:
            schedule, written = ps.scale(schedule, factor=1), f"scale({written}, factor=1)"
            data = {"schedule": "scale", "hyperparameters": {"schedule": data, "factor": 1}}
    assert repr(schedule) == written
    if 1 + scales + 2 * lists <= _reading.DEEPEST == 100:
        assert ps.parse(written) == ps.from_data({"version": 1, **data}) == schedule
        assert ps.to_data(schedule) == {"version": 1, **data}
        return
    with pytest.raises(ValueError, match=r"^parse: nested deeper than 100\n"):
        ps.parse(written)
    with pytest.raises(ValueError, match=r"^from_data: data is at most 100 deep and has 1000000 values, and this is more;"):
        ps.from_data({"version": 1, **data})
    with pytest.raises(ValueError, match=r"^to_data: data is at most 100 deep and has 1000000 values, and this is more at "):
        ps.to_data(schedule)


def test_a_text_has_a_hundred_thousand_characters_at_most() -> None:
    written = "constant(value=1)"
    assert ps.parse(written + " " * (100_000 - len(written))) == ps.constant(value=1)
    with pytest.raises(ValueError, match=r"^parse: the text has 100001 characters, and 100000 is the most that is read$"):
        ps.parse(written + " " * (100_001 - len(written)))


@ps.schedule(values=checks.numbers)
def listed(step, *, values):
    return values[0]


def test_data_has_so_many_values_and_not_one_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pure_schedules.data.MOST_VALUES", 20)

    class Endless(list):
        def __len__(self) -> int:
            return 10**12

        def __iter__(self):
            raise AssertionError("a list that is too long is refused before it is gone through")

    for schedule, most in (
        (lambda count: listed(values=[1.0] * count), 19),
        (lambda count: ps.table(values=[1.0] * count), 18),
        (lambda count: ps.scale(ps.table(values=[1.0] * count), factor=2.0), 16),
        (lambda count: ps.add([ps.constant(value=1.0)] * count), 9),
    ):
        assert ps.from_data(ps.to_data(schedule(most)), {"listed": listed}) == schedule(most)
        with pytest.raises(ValueError, match=r"^to_data: data is at most 100 deep and has 20 values, and this is more at "):
            ps.to_data(schedule(most + 1))
        with pytest.raises(ValueError, match=r"^from_data: data is at most 100 deep and has 20 values, and this is more;"):
            ps.from_data({"version": 1, **plain_data(schedule(most + 1))}, {"listed": listed})
    with pytest.raises(ValueError, match=r"^from_data: data is at most 100 deep and has 20 values"):
        ps.from_data({"version": 1, "schedule": "table", "hyperparameters": {"values": Endless()}})


@ps.schedule
def counted(step, *, num_cycles):
    return num_cycles


WAVE = "like.transformers.get_cosine_schedule_with_warmup(num_warmup_steps=1, num_training_steps=9, num_cycles=0.5)"


@pytest.mark.parametrize(
    ("parts", "read", "refused"),
    [
        (12, "cosine_restarts(peak=1, every=5, times=11)", "cosine_restarts(peak=1, every=5, times=12)"),
        (12, "add([" + "constant(value=1), " * 11 + "])", "add([" + "constant(value=1), " * 12 + "])"),
        (4, f"add([{WAVE}, constant(value=1), {WAVE}])", f"add([{WAVE}, constant(value=1), {WAVE}, constant(value=1)])"),
        (3, "add([counted(num_cycles=0), counted(num_cycles=-5)])", "add([counted(num_cycles=0), counted(num_cycles=1)])"),
    ],
)
def test_so_many_parts_are_made_and_not_one_more(
    parts: int, read: str, refused: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_reading, "MOST_PARTS", parts)
    ps.parse(read, {"counted": counted})
    with pytest.raises(
        ValueError, match=rf"may ask for {parts} schedules and 2000000 evaluations in all, and this is more;"
    ):
        ps.parse(refused, {"counted": counted})


def times(count: int, schedule: str = "constant(value=1)") -> str:
    return f"running_product({schedule}, times={count})"


@pytest.mark.parametrize(
    ("work", "read", "refused"),
    [
        # A value of a product is one of its child for each factor; of anything else, one of each child.
        (50, times(50), times(51)),
        (50, "add([" + "constant(value=1), " * 50 + "])", "add([" + "constant(value=1), " * 51 + "])"),
        (48, "add([" + "scale(constant(value=1), factor=2), " * 16 + "])", None),
        (47, times(7, times(5)), times(8, times(5))),
        (47, None, "add([" + "scale(constant(value=1), factor=2), " * 16 + "])"),
        (46, None, times(7, times(5))),
    ],
)
def test_so_much_work_is_done_and_not_more(
    work: int, read: str | None, refused: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_reading, "MOST_WORK", work)
    if read is not None:
        ps.parse(read)
    if refused is not None:
        with pytest.raises(
            ValueError, match=rf"may ask for 10000 schedules and {work} evaluations in all, and this is more;"
        ):
            ps.parse(refused)


def test_numbers_go_as_far_as_floats() -> None:
    largest = sys.float_info.max
    for number in (largest, -largest):
        for schedule in (ps.parse(f"constant(value={number!r})"), ps.from_data(ps.to_data(ps.constant(value=number)))):
            assert schedule == ps.constant(value=number)
    assert ps.parse("constant(value=1**400 + 1e100**1 + 2**-400)")(0) == 1 + 1e100
    for power in ("1**401", "2**-401", "1.1e100**1", "(-1.1e100)**1"):
        with pytest.raises(ValueError, match=r"^parse: the power is too large; exponents go up to 400"):
            ps.parse(f"constant(value={power})")


# Text that is an attack ----------------------------------------------------------------------------------------------

HOSTILE = {
    "ten megabytes": "constant(value=1)" + " " * 10_000_000,
    "ten megabytes of brackets": "(" * 10_000_000,
    "as long as may be, and brackets": "(" * text.LONGEST_TEXT,
    "as long as may be, and lists": "[" * 50_000 + "]" * 50_000,
    "as long as may be, and signs": "-" * (text.LONGEST_TEXT - 1) + "1",
    "as long as may be, and sums": "1+" * (text.LONGEST_TEXT // 2 - 1) + "1",
    "as long as may be, and powers": "1**" * (text.LONGEST_TEXT // 3 - 1) + "1",
    "as long as may be, and dots": "a" + ".a" * (text.LONGEST_TEXT // 2 - 1),
    "as long as may be, and calls": "a" + "()" * (text.LONGEST_TEXT // 2 - 1),
    "as long as may be, and a name": "a" * text.LONGEST_TEXT,
    "as long as may be, and a number": "constant(value=" + "9" * 90_000 + ")",
    "as long as may be, and a hexadecimal number": "constant(value=0x" + "f" * 90_000 + ")",
    "as long as may be, and constants": "add([" + "constant(value=1)," * 5_500 + "])x",
    "as long as may be, and powers in a list": "table(values=[" + "(9**99)**400," * 7_000 + "])",
    "as long as may be, and quotes": "'" * text.LONGEST_TEXT,
    "depth 10 000": "scale(" * 10_000 + "constant(value=1)" + ", factor=1)" * 10_000,
    "depth 10 000 of what is not too long": "-(" * 10_000 + "1" + ")" * 10_000,
    "depth 150": "scale(" * 150 + "constant(value=1)" + ", factor=1)" * 150,
    "powers of powers": "constant(value=9**9**9**9)",
    "powers on the left": "constant(value=((((9**99)**99)**99)**99))",
    "a power of a float": "constant(value=1e300**300)",
    "products": "constant(value=" + "*".join(["9e99"] * 20) + ")",
    "a small number to a large power": "constant(value=2**1e300)",
    "cycles without number": "cosine_restarts(peak=1.0, every=5, times=1_000_000_000_000)",
    "cycles of a peer": "like.timm.CosineLRScheduler(lr=1, t_initial=10, cycle_limit=10**12)",
    "cycles, again and again": "add([" + "cosine_restarts(peak=1.0, every=5, times=9_000)," * 1_000 + "])",
    "products of products": (
        "cool_down(running_product(running_product(constant(value=1), times=10**6), times=10**6), at=10**6, decay_steps=1)"
    ),
    "a product for a value": "cool_down(running_product(constant(value=1), times=10**12), at=10**12, decay_steps=1)",
    "a null byte": "constant(value=1)\0",
    "half a surrogate": "constant(value='\ud800')",
    "attributes": "constant.__class__",
    "attributes of a call": "constant(value=1).__class__.__init__.__globals__",
    "attributes, called": "constant(value=1).replace(value=2)",
    "an import": "__import__('os').system('touch {canary}')",
    "eval": "eval('1')",
    "open": "open('{canary}', 'w')",
    "a class": "().__class__.__base__.__subclasses__()",
    "a dunder": "constant(value=__class__)",
    "a comprehension": "join([constant(value=x) for x in [1]])",
    "a generator": "join(constant(value=x) for x in [1])",
    "a set": "join({constant(value=1)})",
    "a dict": "join({1: constant(value=1)})",
    "a lambda": "scale(lambda step: 1, factor=1)",
    "an f-string": "vary(constant(value=1), constant(value=1), hyperparameter=f'{open}')",
    "a walrus": "constant(value=(x := 1))",
    "a star": "join(*[constant(value=1)])",
    "two stars": "constant(**dict(value=1))",
    "a keyword twice": "constant(value=1, value=2)",
    "a condition": "constant(value=1 if 1 else 2)",
    "a comparison": "constant(value=1 < 2)",
    "an index": "constant(value=[1][0])",
    "a shift": "constant(value=1 << 10**9)",
    "a string, many times": "constant(value='a' * 10**9)",
    "a list, many times": "table(values=[1] * 10**9)",
    "an assignment": "lr = constant(value=1)",
    "two of them": "constant(value=1); constant(value=2)",
    "an escape": "constant(value='\\d')",
    "a keyword at a number": "constant(value=1if 1else 2)",
    "await": "await constant(value=1)",
    "yield": "(yield constant(value=1))",
    "unbalanced": "constant(value=1))",
    "unbalanced the other way": "((constant(value=1)",
    "brackets that do not match": "join([constant(value=1)))",
    "an indent": "constant(value=1)\n  constant(value=2)",
    "a form feed": "\f\f",
}

WATCHED = """
import difflib, json, resource, sys, time, warnings
import pure_schedules as ps
from pure_schedules._reading import peers
peers()  # what is read from disk is read before it is watched
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
warnings.simplefilter("error")
texts, executed, answers = json.load(sys.stdin), [], {}
harmless = ("compile", "builtins.id", "sys._getframe", "object.__getattr__")
sys.addaudithook(lambda event, _: event in harmless or executed.append(event))
def largest():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for name, text in texts.items():
    executed.clear()
    start, memory = time.process_time(), largest()
    try:
        ps.parse(text)
        said = "none", ""
    except BaseException as error:
        said = type(error).__name__, str(error)
    answers[name] = *said, time.process_time() - start, largest() - memory, list(executed)
json.dump(answers, sys.stdout)
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What each of them comes to, in a process that may have a gigabyte and is watched at what it does."""
    canary = tmp_path_factory.mktemp("canary") / "executed"
    texts = {name: written.replace("{canary}", str(canary)) for name, written in HOSTILE.items()}
    done = subprocess.run(
        [sys.executable, "-c", WATCHED], input=json.dumps(texts), capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert not canary.exists()
    had: dict[str, Any] = json.loads(done.stdout)
    return had


@pytest.mark.parametrize("name", HOSTILE)
def test_an_attack_is_an_error_in_under_a_second(name: str, answers: dict[str, Any]) -> None:
    kind, message, seconds, kilobytes, executed = answers[name]
    assert kind in ("ValueError", "TypeError"), (kind, message)
    assert seconds < 1
    assert kilobytes < 100_000
    assert len(message) < 1_000
    assert executed == []


def test_bytes_are_decoded_by_the_one_who_has_them() -> None:
    with pytest.raises(TypeError, match="parse: the text must be a str, got bytes; decode it first"):
        ps.parse(b"\xff\xfe")  # type: ignore[arg-type]


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(written: str) -> None:
    try:
        ps.parse(written)
    except (ValueError, TypeError) as error:
        str(error).encode(errors="backslashreplace")


TOKENS = [
    *("(", ")", "[", "]", "=", ",", ".", "+", "-", "*", "**", "/", ":", "'", '"', "#", "@", "{", "}", " ", "\n", "\t", "\\"),
    *("linear", "start", "steps", "join", "constant", "value", "like", "torch", "StepLR", "lambda", "if", "for", "in", "_"),
    *("1", "1e-3", "1_000", "0x1", "1j", "True", "None", "ž"),
]


@given(st.lists(st.sampled_from(TOKENS), max_size=25).map("".join))
def test_any_row_of_tokens_is_read_or_refused(written: str) -> None:
    with suppress(ValueError, TypeError):
        ps.parse(written)


def test_counts_that_a_recipe_unfolds_are_known() -> None:
    """A short text must not ask for a million parts: the hyperparameters that count parts are those that are bounded."""
    unfolding = set()
    for factory in _reading.known_names().values():
        # Theirs is `times`, which is known by the schedule: for `repeat` it is no more work.
        if isinstance(factory, ps.Factory) and factory not in (ps.running_product, ps.cosine_restarts):
            unfolding |= {name for name, rule in factory.rules.items() if rule.is_whole}
    for function in itertools.chain(*(module.values() for module in _reading.peers().values())):
        unfolding |= {name for name, rule in function.rules.items() if rule.is_whole}
    # What is counted, and not unfolded: lengths, and the factor of one round to the next.
    lengths = {"steps", "training_steps", "total_steps", "warmup_duration", "seq_length", "T_mult", "times"}
    lengths |= {"epochs", "batches_per_epoch"}
    assert unfolding - lengths == _reading.COUNTS_OF_PARTS


# Data ----------------------------------------------------------------------------------------------------------------


def assert_round_trip(schedule: ps.Schedule, names: dict[str, Any] | None = None) -> None:
    data = ps.to_data(schedule)
    through_json = json.loads(json.dumps(data, allow_nan=False))
    assert through_json == data
    again = ps.from_data(through_json, names)
    assert again == schedule
    assert repr(again) == repr(schedule)
    assert ps.to_data(again) == data
    assert ps.differences(schedule, data) == []
    assert {"version": data.pop("version"), **plain_data(schedule)} == {"version": 1, **data}


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_every_schedule_is_data(case: Case) -> None:
    assert_round_trip(case.schedule)


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_a_copy_is_data_too(case: Case) -> None:
    for same in (copy.deepcopy(case.schedule), pickle.loads(pickle.dumps(case.schedule))):
        assert ps.to_data(same) == ps.to_data(case.schedule)


@given(compositions)
def test_every_composition_is_data(schedule: ps.Schedule) -> None:
    assert_round_trip(schedule)


def test_ones_own_are_data_by_name() -> None:
    assert_round_trip(parabola(peak=1.0, steps=10), {"parabola": parabola})
    assert_round_trip(ps.scale(parabola(peak=1.0, steps=10), factor=2.0), {"parabola": parabola})
    with pytest.raises(ValueError, match="there is no schedule 'parabola'; give your own as from_data"):
        ps.from_data(ps.to_data(parabola(peak=1.0, steps=10)))


def test_what_was_written_by_this_version_is_read_for_ever() -> None:
    """Written when the format was made. A line may be added; none may be changed or taken away."""
    assert len(GOLDEN) >= 86
    for row in GOLDEN:
        schedule = ps.from_data(row["data"])
        assert schedule == ps.parse(row["text"])
        assert ps.to_data(schedule) == row["data"]


def test_a_fingerprint_is_data_without_its_version() -> None:
    for row in GOLDEN:
        saved = {name: item for name, item in row["data"].items() if name != "version"}
        assert ps.differences(saved, ps.from_data(row["data"])) == []
        assert ps.from_data({"version": 1, **saved}) == ps.from_data(row["data"])


UP = {"schedule": "linear", "hyperparameters": {"start": 0.0, "end": 1.0, "steps": 10}}
deep: dict[str, Any] = dict(UP)
for _ in range(10_000):
    deep = {"schedule": "scale", "hyperparameters": {"schedule": deep, "factor": 1.0}}
within: dict[str, Any] = {"schedule": "scale", "hyperparameters": {"factor": 1.0}}
within["hyperparameters"]["schedule"] = within
laughs: Any = UP
for _ in range(40):
    laughs = {"schedule": "add", "hyperparameters": {"schedules": [laughs, laughs]}}


def data_with(**hyperparameters: Any) -> dict[str, Any]:
    return {
        "version": 1,
        "schedule": "linear",
        "hyperparameters": {"start": 0.0, "end": 1.0, "steps": 10, **hyperparameters},
    }


READS = "from_data: data must have a version that this release reads, 1 to 1, "

BAD_DATA: list[tuple[Any, type[Exception], str]] = [
    ("linear", TypeError, "from_data: data must be a dict, got 'linear'; read JSON first: from_data(json.loads(text))"),
    ([UP], TypeError, "from_data: data must be a dict, got ["),
    (UP, ValueError, READS + "and it has none; "),
    ({"version": 2, **UP}, ValueError, READS + "got version=2; "),
    ({"version": True, **UP}, ValueError, READS + "got version=True"),
    ({"version": "1", **UP}, ValueError, READS + "got version='1'"),
    ({"version": 10**5000, **UP}, ValueError, READS + "got version=a number of thousands of digits"),
    ({"version": 1}, ValueError, "from_data: data must be a schedule, with 'schedule' and a dict of 'hyper"),
    ({"version": 1, **UP, "more": 1}, ValueError, "from_data: data must be a schedule, with 'schedule' and a dict of"),
    ({"version": 1, "schedule": "linear", "hyperparameters": [1]}, ValueError, "from_data: data must be a schedule, with"),
    (
        {"version": 1, **UP, "schedule": "linaer"},
        ValueError,
        "from_data: data: there is no schedule 'linaer'; did you mean 'linear'? give your own",
    ),
    ({"version": 1, **UP, "schedule": ["linear"]}, TypeError, "from_data: data must have its name as a word, got ['line"),
    ({"version": 1, **UP, "schedule": "a" * 10**6}, ValueError, "from_data: data: there is no schedule 'aaaa"),
    ({"version": 1, **UP, "schedule": "logarithm"}, ValueError, "from_data: data must name a schedule, got 'logarithm'; "),
    ({"version": 1, **UP, "schedule": "__class__"}, ValueError, "from_data: data: there is no schedule '__class__'; give"),
    (data_with(strat=1), TypeError, "from_data: data: linear: there is no hyperparameter 'strat'; did you mean 'start'?"),
    (data_with(steps=-1), ValueError, "from_data: data: linear: steps must not be negative, got steps=-1; give 0 or"),
    (data_with(steps=10**5000), ValueError, "from_data: data.steps must be finite, and is too large for a float"),
    (data_with(steps=math.nan), ValueError, "from_data: data: linear: steps must be finite, got steps=nan"),
    (data_with(steps=math.inf), ValueError, "from_data: data.steps must be finite"),
    (data_with(start="0"), TypeError, "from_data: data: linear: start must be a number, not text, got start='0'"),
    (data_with(start=True), TypeError, "from_data: data: linear: start must be a number, not bool"),
    (data_with(start=b"0"), TypeError, "from_data: data.start must be a number, a word, a dict or a list, got b'0'; "),
    (data_with(start={"function": "linear"}), TypeError, "from_data: data: linear: start must be a number, not a schedule"),
    (data_with(start={"function": "open"}), ValueError, "from_data: data.start: there is no schedule 'open'; give your own"),
    (data_with(start={"function": "logarithm"}), ValueError, "from_data: data.start must name a schedule, got 'logarithm'"),
    (data_with(start=UP), TypeError, "from_data: data: linear: start must be a number, not a schedule"),
    (data_with(start={}), ValueError, "from_data: data.start must be a schedule, with 'schedule' and a dict of"),
    ({"version": 1, "schedule": "constant", "hyperparameters": {1: 1}}, TypeError, "from_data: data must have words as"),
    ({"version": 1, **deep}, ValueError, "from_data: data is at most 100 deep and has 1000000 values, and this is more"),
    ({"version": 1, **within}, ValueError, "from_data: data is at most 100 deep and has 1000000 values, and this is more"),
    ({"version": 1, **laughs}, ValueError, "from_data: data"),
    (
        {"version": 1, "schedule": "table", "hyperparameters": {"values": [1.0] * 1_000_001}},
        ValueError,
        "from_data: data is at most 100 deep and has 1000000 values, and this is more; ",
    ),
    (
        {"version": 1, "schedule": "cosine_restarts", "hyperparameters": {"peak": 1.0, "every": 5, "times": 10**12}},
        ValueError,
        "from_data: data: cosine_restarts: a text or data may ask for 10000 schedules and 2000000 evaluations in all",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("data", "kind", "message"), BAD_DATA, ids=[f"{i}" for i in range(len(BAD_DATA))])
def test_data_that_is_not_what_was_written(data: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind) as raised:
        ps.from_data(data)
    assert str(raised.value).startswith(message)
    assert len(str(raised.value)) < 1_000


def linear_of_ones_own(name: str) -> Any:
    def formula(step, *, value):
        return value

    formula.__name__ = name
    return ps.schedule(formula)


@ps.schedule(value=checks.Rule(lambda value: value))
def unbounded(step, *, value):
    return value


nested = ps.constant(value=1.0)
for _ in range(99):
    nested = ps.add([nested])

NO_DATA: list[tuple[Any, type[Exception], str]] = [
    (math.sin, TypeError, "to_data: a schedule is needed, got <built-in function sin>; put @schedule over"),
    (ps.linear, TypeError, "to_data: a schedule is needed, got linear; "),
    (
        ps.scale(math.sin, factor=2.0),
        TypeError,
        "to_data: scale.schedule must not be a function, which data cannot hold, got <built-in function sin>; "
        "put @schedule over it, or @recipe",
    ),
    (
        ps.join([LR, ps.constant(value=torch.tensor(1.0))]),
        TypeError,
        "to_data: join.schedules[1].value must not hold a tensor, got tensor(1.); "
        "replace it by numbers: schedule.replace(...)",
    ),
    (
        linear_of_ones_own("linear")(value=1.0),
        ValueError,
        "to_data: linear has the name 'linear', which the library has for another one, got linear(value=1.0); rename it",
    ),
    (
        ps.interpolate(LR, start=1.0, end=2.0, steps=3, space=Space("logarithm", abs, abs)),
        ValueError,
        "to_data: interpolate.space has the name 'logarithm', which the library has for another one",
    ),
    (
        ps.warmup(LR, warmup_steps=3, rise=lambda start, end, steps: LR),
        TypeError,
        "to_data: warmup.rise must not be a function, which data cannot hold",
    ),
    (
        unbounded(value=-math.inf),
        ValueError,
        "to_data: unbounded.value must be finite, got -inf; give a finite number",
    ),
    (unbounded(value=10**400), ValueError, "to_data: unbounded.value must be finite, got 1000"),
    (
        unbounded(value=b"1"),
        TypeError,
        "to_data: unbounded.value must be a number, a word, a schedule or a list of these, got b'1'; "
        "replace it by one of them",
    ),
    (nested, ValueError, "to_data: data is at most 100 deep and has 1000000 values, and this is more at add.schedules[0]"),
    (ps.running_product(LR, times=10**9), ValueError, "running_product: a text or data may ask for 10000 schedules and"),
]  # fmt: skip


@pytest.mark.parametrize(("schedule", "kind", "message"), NO_DATA, ids=[f"{i}" for i in range(len(NO_DATA))])
def test_what_data_cannot_hold(schedule: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind) as raised:
        ps.to_data(schedule)
    assert str(raised.value).startswith(message)


# Two compared --------------------------------------------------------------------------------------------------------

DOWN = {"schedule": "linear", "hyperparameters": {"start": 1.0, "end": 0.0, "steps": 10}}
SINE = {"function": "sin"}
UNKNOWN = "the schedule is a plain function, sin, and only its name can be compared; put @schedule over it"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (UP, DOWN, ["linear.start was 0.0, is 1.0", "linear.end was 1.0, is 0.0"]),
        (UP, {"version": 1, **UP}, []),
        ({"version": 1, **UP}, {"version": 2, **UP}, []),
        ({"version": 1, "schedule": "linear"}, {"version": 2, "schedule": "linear"}, ["version was 1, is 2"]),
        (UP, SINE, ["the schedule was linear, is sin"]),
        (SINE, UP, ["the schedule was sin, is linear"]),
        (SINE, {"function": "cos"}, ["the schedule was sin, is cos"]),
        (SINE, SINE, []),
        (UP, 0.5, ["the schedule was linear, is 0.5"]),
        (0.5, UP, ["the schedule was 0.5, is linear"]),
        (None, SINE, ["the schedule was left out, is sin"]),
        ([UP, SINE], [UP, DOWN], ["[1] was sin, is linear"]),
        ([UP], UP, ["the schedule was [linear], is linear"]),
        (UP, [UP], ["the schedule was linear, is [linear]"]),
        # Several by name, as an adapter keeps them.
        ({"lr": UP}, {"lr": DOWN}, ["lr: linear.start was 0.0, is 1.0", "lr: linear.end was 1.0, is 0.0"]),
        ({"lr": UP, "beta": SINE}, {"lr": UP}, ["beta was sin, is left out"]),
        ({"lr": UP}, {"lr": UP, "beta": SINE}, ["beta was left out, is sin"]),
        ({"lr": {"a": 1}}, {"lr": {"a": 2}}, ["lr.a was 1, is 2"]),
        ({"lr": UP}, UP, ["the schedule was {'lr': {'schedule': 'linear', 'hyperparameters': {'start': ..., is linear"]),
        (SINE, {"lr": 1}, ["the schedule was sin, is {'lr': 1}"]),
        # Lists are told up to their tenth item, and long names as long values are.
        ([1] * 10, 2, ["the schedule was [1, 1, 1, 1, 1, 1, 1, 1, 1, 1], is 2"]),
        ([*range(11)], 2, ["the schedule was [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ...], is 2"]),
        ({"function": "f" * 62}, SINE, [f"the schedule was {'f' * 62}, is sin"]),
        ({"function": "f" * 63}, SINE, [f"the schedule was '{'f' * 58}..., is sin"]),
        ({"function": 5}, SINE, ["the schedule was 5, is sin"]),
        # A plain function has a name alone, and is no factory of that name.
        ({"function": "linear"}, {"plain function": "linear"}, ["the schedule was linear, is linear, a plain function"]),
        ({"plain function": "sin"}, {"plain function": "cos"}, ["the schedule was sin, is cos"]),
        (plain_data(math.sin), plain_data(math.sin), [UNKNOWN]),
        (plain_data(math.sin), math.sin, [UNKNOWN]),
        (math.sin, math.sin, []),
    ],
)
def test_in_words_where_two_differ(before: Any, after: Any, said: list[str]) -> None:
    assert ps.differences(before, after) == said


def test_long_lists_of_numbers_are_compared_by_their_digests() -> None:
    def table(last: float, count: int = 1000) -> ps.Schedule:
        return ps.table(values=[0.5] * (count - 1) + [last])

    def batch(rows: int, last: float) -> ps.Schedule:
        return ps.constant(value=torch.tensor([0.5] * 599 + [last]).reshape(rows, -1))

    forms = (lambda schedule: schedule, plain_data, fingerprint_of)
    for one, other, said in (
        (table(0.25), table(0.125), "table.values has other values in it, 1000 numbers"),
        (table(0.25), table(0.25, 999), "table.values was 1000 numbers, is 999 numbers"),
        (table(0.25), table(0.25, 2), "table.values was 1000 numbers, is [0.5, 0.25]"),
        (batch(2, 0.25), batch(2, 0.125), "constant.value has other values in it, 2 by 300 numbers"),
        (batch(2, 0.25), batch(3, 0.25), "constant.value was 2 by 300 numbers, is 3 by 200 numbers"),
    ):
        assert ps.differences(fingerprint_of(one), fingerprint_of(other)) == [said]
        for before in forms:
            for after in forms:
                assert ps.differences(before(one), after(one)) == []
                assert len(ps.differences(before(one), after(other))) == 1
        assert len(json.dumps(fingerprint_of(one))) < 250
    # What is short, or is no list of numbers, stays as it is.
    assert fingerprint_of(table(0.25, 100)) == plain_data(table(0.25, 100))
    stairs = ps.join([ps.constant(value=float(index)) for index in range(200)], boundaries=[*range(199)])
    assert fingerprint_of(stairs)["hyperparameters"]["schedules"] == plain_data(stairs)["hyperparameters"]["schedules"]


def test_what_is_compared_may_not_be_nested_without_an_end() -> None:
    with pytest.raises(ValueError, match=r"^differences: this is nested too deep to be a schedule; give what plain_data"):
        ps.differences(deep, {**deep, "schedule": "scale"})
    with pytest.raises(ValueError, match=r"^differences: this is nested too deep"):
        ps.differences(within, within)


TENSORS = {
    "number": 1.0,
    "float64": torch.tensor(1.0, dtype=torch.float64),
    "float32": torch.tensor(1.0),
    "batch": torch.tensor([1.0]),
    "two": torch.tensor([1.0, 2.0]),
    "two others": torch.tensor([1.0, 3.0]),
    "nothing": torch.tensor(1.0, device="meta"),
    "numpy": np.asarray(1.0),
    "numpy, single": np.asarray(1.0, dtype=np.float32),
    "not a number": torch.tensor(math.nan),
}


@pytest.mark.parametrize(("one", "other"), [*itertools.product(TENSORS, TENSORS)])
def test_there_is_a_difference_where_schedules_are_not_equal_and_only_there(one: str, other: str) -> None:
    make = lambda value: ps.scale(ps.constant(value=value), factor=2.0)  # noqa: E731
    before, after = make(TENSORS[one]), make(TENSORS[other])
    assert (before == after) is (one == other and one != "not a number")
    said = ps.differences(before, after)
    assert len(said) == (before != after), said
    assert all(line.startswith("scale.schedule: constant.value") for line in said)
    assert repr(before)
