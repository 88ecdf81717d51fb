"""Law 36: one text, any horizon. A text with named numbers, bound at three lengths, equals three schedules by hand."""

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pure_schedules as ps

HORIZONS = (1_000, 9_999, 1_234_567)
#: A text, and what a person would write for a run of T steps.
TEXTS: list[tuple[str, Callable[[int], ps.Schedule]]] = [
    (
        "warmup_cosine(peak=3e-4, warmup_steps=0.03*T, total_steps=T)",
        lambda T: ps.warmup_cosine(peak=3e-4, warmup_steps=0.03 * T, total_steps=T),
    ),
    (
        "warmup_cosine(peak=3e-4, warmup_steps=ceil(0.03 * T), total_steps=T)",
        lambda T: ps.warmup_cosine(peak=3e-4, warmup_steps=math.ceil(0.03 * T), total_steps=T),
    ),
    (
        "warmup_stable_decay(peak=1, warmup_steps=min(2_000, T // 10), decay_steps=floor(T / 5), total_steps=T)",
        lambda T: ps.warmup_stable_decay(peak=1, warmup_steps=min(2_000, T // 10), decay_steps=T // 5, total_steps=T),
    ),
    (
        "join([linear(start=0, end=1, steps=max(1, T % 7)), constant(value=1)], boundaries=[round(T / 3)])",
        lambda T: ps.join([ps.linear(start=0, end=1, steps=max(1, T % 7)), ps.constant(value=1)], boundaries=[round(T / 3)]),
    ),
]


@pytest.mark.parametrize(("text", "by_hand"), TEXTS)
@pytest.mark.parametrize("total", HORIZONS)
def test_a_text_at_any_length_is_the_schedule_written_by_hand(
    text: str, by_hand: Callable[[int], ps.Schedule], total: int
) -> None:
    read = ps.parse(text, {"T": total})
    assert read == by_hand(total)
    # What comes out is a value: nothing in it remembers the name.
    assert ps.parse(repr(read)) == read == ps.from_data(json.loads(json.dumps(ps.to_data(read))))


def test_names_may_be_numbers_and_schedules_together() -> None:
    tail = ps.cosine(start=1.0, steps=50)
    read = ps.parse("warmup(tail, warmup_steps=T / 2)", {"tail": tail, "T": 8})
    assert read == ps.warmup(tail, warmup_steps=4.0)
    # A name of one's own comes before a function of numbers.
    assert ps.parse("floor(value=1)", {"floor": ps.constant}) == ps.constant(value=1)
    assert ps.parse("constant(value=floor)", {"floor": 2.5}) == ps.constant(value=2.5)


@pytest.mark.parametrize(
    ("text", "names", "message"),
    [
        (
            "constant(value=T)",
            {},
            "parse: there is no schedule or number 'T'; give your own as parse(text, names={'T': ...})\n"
            "    constant(value=T)\n"
            "                   ^",
        ),
        (
            "constant(value=total_step)",
            {"total_steps": 5},
            "parse: there is no schedule or number 'total_step'; did you mean 'total_steps'?\n",
        ),
        ("constant(value=T)", {"T": math.inf}, "parse: T must be finite, got T=inf; give a finite number"),
        ("constant(value=T)", {"T": 10**400}, "parse: T must be finite, got T=1000000000"),
        ("constant(value=min(1))", {}, "parse: min takes 2 numbers or more, got 1\n"),
        ("constant(value=ceil(1, 2))", {}, "parse: ceil takes one number, got 2\n"),
        ("constant(value=round(linear))", {}, "parse: a number was expected\n"),
        ("constant(value=5 // 0)", {}, "parse: this cannot be computed: "),
        ("constant(value=5 % 0)", {}, "parse: this cannot be computed: "),
        ("constant(value=abs(-5))", {}, "parse: there is no schedule 'abs'"),
        ("constant(value=T ** T)", {"T": 10_000}, "parse: the power is too large; exponents go up to 400\n"),
        (
            "scale(partial(), factor=2)",
            {},
            "parse: partial needs the name of a schedule first: partial(polynomial, power=1.5)",
        ),
        ("partial(polynomial, power=2)", {}, "parse: a schedule has its hyperparameters beside its name: polynomial(...)\n"),
    ],
)
def test_what_cannot_be_bound_is_said_by_name(text: str, names: Mapping[str, Any], message: str) -> None:
    with pytest.raises(ValueError) as caught:
        ps.parse(text, names)
    assert str(caught.value).startswith(message)


numbers = st.recursive(
    st.integers(0, 10**6).map(str) | st.floats(0, 1e6).map(repr) | st.sampled_from(["T", "rate"]),
    lambda inner: (
        st.builds("({} {} {})".format, inner, st.sampled_from(["+", "-", "*", "/", "//", "%"]), inner)
        | st.builds("{}({})".format, st.sampled_from(["ceil", "floor", "round"]), inner)
        | st.builds("{}({}, {})".format, st.sampled_from(["min", "max"]), inner, inner)
        | st.builds("(-{})".format, inner)
    ),
    max_leaves=8,
)


@given(numbers, st.integers(1, 10**9), st.floats(1e-6, 1.0))
def test_arithmetic_is_that_of_python(text: str, total: int, rate: float) -> None:
    names = {"T": total, "rate": rate}
    functions = {"ceil": math.ceil, "floor": math.floor, "round": round, "min": min, "max": max}
    try:
        expected = eval(text, {"__builtins__": {}}, {**names, **functions})
    except ArithmeticError:
        with pytest.raises(ValueError, match="parse: this cannot be computed"):
            ps.parse(f"constant(value={text})", names)
        return
    assert ps.parse(f"constant(value={text})", names) == ps.constant(value=expected)
