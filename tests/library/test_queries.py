"""Questions about a schedule, against the plain loops that anyone would write, and against what is known of its joints."""

import math
import re
import sys
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from compositions import compositions
from hypothesis import given
from hypothesis import strategies as st

import pure_schedules as ps
from pure_schedules import queries

UP = ps.linear(start=0.0, end=1.0, steps=10)
ENDLESS = ps.constant(value=1.0)
#: The questions that take nothing but a schedule and a span, or to which something harmless can be added.
ASKED: dict[str, Callable[..., Any]] = {
    "integral": queries.integral,
    "average": queries.average,
    "largest": queries.largest,
    "smallest": queries.smallest,
    "first_at_or_below": lambda schedule, **span: queries.first_at_or_below(schedule, value=0.5, **span),
    "first_at_or_above": lambda schedule, **span: queries.first_at_or_above(schedule, value=0.5, **span),
    "largest_difference": lambda schedule, **span: queries.largest_difference(schedule, UP, **span),
    "is_within": queries.is_within,
    "is_monotonic": queries.is_monotonic,
    "jumps": queries.jumps,
    "is_continuous": queries.is_continuous,
}
NOT_OF_NOTHING = ("average", "largest", "smallest", "largest_difference")


def test_every_question_is_asked_here() -> None:
    assert set(ASKED) == {name for name in queries.__all__ if name.islower()}


# Against plain loops -------------------------------------------------------------------------------------------------


@given(compositions, st.integers(0, 60), st.integers(1, 60), st.floats(0.0, 1.5))
def test_sums_and_values_are_those_of_a_loop(schedule: ps.Schedule, start: int, count: int, level: float) -> None:
    span: dict[str, Any] = {"first": start, "stop": start + count}
    values = {step: schedule(step) for step in range(start, start + count)}
    assert queries.integral(schedule, **span) == math.fsum(values.values())
    assert queries.average(schedule, **span) == math.fsum(values.values()) / count
    high, low = max(values.values()), min(values.values())
    assert queries.largest(schedule, **span) == (next(step for step in values if values[step] == high), high)
    assert queries.smallest(schedule, **span) == (next(step for step in values if values[step] == low), low)
    below = [step for step in values if values[step] <= level]
    above = [step for step in values if values[step] >= level]
    assert queries.first_at_or_below(schedule, value=level, **span) == (below[0] if below else None)
    assert queries.first_at_or_above(schedule, value=level, **span) == (above[0] if above else None)
    assert queries.is_within(schedule, low=low, high=high, **span)
    assert not queries.is_within(schedule, high=math.nextafter(high, -math.inf), **span)
    assert not queries.is_within(schedule, low=math.nextafter(low, math.inf), **span)
    pairs = list(pairwise(values.values()))
    rises, falls = all(a <= b for a, b in pairs), all(a >= b for a, b in pairs)
    assert queries.is_monotonic(schedule, rising=True, **span) == rises
    assert queries.is_monotonic(schedule, rising=False, **span) == falls
    assert queries.is_monotonic(schedule, **span) == (rises or falls)


@given(compositions, compositions, st.integers(0, 60), st.integers(1, 60))
def test_the_largest_difference_is_that_of_a_loop(a: ps.Schedule, b: ps.Schedule, start: int, count: int) -> None:
    distances = [abs(a(step) - b(step)) for step in range(start, start + count)]
    found = queries.largest_difference(a, b, first=start, stop=start + count)
    assert found == (start + distances.index(max(distances)), max(distances))
    assert queries.largest_difference(a, a, first=start, stop=start + count) == (start, 0.0)


#: Any float, and often the largest and smallest there are.
FLOATS = st.one_of(
    st.sampled_from([sys.float_info.max, 1e308, -1e308, 5e-324, math.inf, -math.inf]), st.floats(allow_nan=False)
)


@given(st.lists(FLOATS, min_size=1, max_size=12), st.lists(FLOATS, min_size=12, max_size=12))
def test_of_any_floats_the_answers_are_those_of_exact_arithmetic(values: list[float], others: list[float]) -> None:
    """Whatever is infinite is larger than every float, and no other error comes out than of inf beside -inf."""
    curve, stop = values.__getitem__, len(values)
    infinite = {value for value in values if math.isinf(value)}
    if len(infinite) == 2:
        for question in (queries.integral, queries.average):
            with pytest.raises(
                ValueError, match=f"{question.__name__}: a schedule must not be infinite both ways to be sum"
            ):
                question(curve, stop=stop)
    else:
        total = infinite.pop() if infinite else sum(map(Fraction, values))
        assert queries.integral(curve, stop=stop) == as_float(total)
        # Rounded twice where a float holds the sum.
        assert queries.average(curve, stop=stop) == pytest.approx(as_float(total / stop), rel=4e-16, abs=5e-324)
    assert queries.largest(curve, stop=stop) == (values.index(max(values)), max(values))
    assert queries.smallest(curve, stop=stop) == (values.index(min(values)), min(values))
    apart = [distance(x, y) for x, y in zip(values, others, strict=False)]
    found = queries.largest_difference(curve, others.__getitem__, stop=stop)
    assert found.value == as_float(max(apart))
    assert as_float(apart[found.step]) == found.value
    assert queries.is_monotonic(curve, rising=True, stop=stop) == (values == sorted(values))
    assert queries.is_within(curve, low=min(values), high=max(values), stop=stop)
    for jump in queries.jumps(lambda step: values[round(step)], stop=stop):
        assert jump.before != jump.after


def distance(x: float, y: float) -> Any:
    """How far two floats are apart, exactly; one of them may be infinite."""
    return 0 if x == y else math.inf if math.isinf(x) or math.isinf(y) else abs(Fraction(x) - Fraction(y))


def as_float(exact: Any) -> float:
    """The nearest float, infinite beyond all of them."""
    limit = Fraction(2**1024 - 2**970)  # from here on the nearest is infinite
    return math.inf if exact >= limit else -math.inf if exact <= -limit else float(exact)


@given(compositions)
def test_without_a_stop_a_run_is_summed_and_all_else_holds_for_ever(schedule: ps.Schedule) -> None:
    if schedule.steps > 10_000:  # rounds that grow can take millions of updates, each of which is asked about
        return
    length = math.ceil(schedule.steps)
    assert queries.integral(schedule) == math.fsum(map(schedule, range(length)))
    long_after = [*range(length + 200), 10**6, 10**9]
    values = list(map(schedule, long_after))
    assert queries.largest(schedule).value == max(values)
    assert queries.smallest(schedule).value == min(values)
    assert queries.is_within(schedule, low=min(values), high=max(values))
    pairs = list(pairwise(values))
    assert queries.is_monotonic(schedule, rising=True) == all(a <= b for a, b in pairs)


@pytest.mark.parametrize("question", ASKED)
def test_a_first_that_is_left_out_is_update_0(question: str) -> None:
    ask = ASKED[question]
    high, low = (lambda step: 9.0 if step < 0.5 else 1 + step / 8), (lambda step: 0.25 if step < 0.5 else 1.0)
    if question == "is_within":
        ask = partial(ask, low=0.5, high=2.0)
    assert [ask(curve, stop=5) for curve in (high, low)] == [ask(curve, first=0, stop=5) for curve in (high, low)]
    assert [ask(curve, stop=5) for curve in (high, low)] != [ask(curve, first=1, stop=5) for curve in (high, low)]


def test_without_a_stop_the_end_is_looked_at_and_one_update_after_it() -> None:
    asked: list[float] = []

    @ps.schedule
    def listening(step, *, steps):
        asked.append(float(step))  # a question that no trace can answer: it is called as it is
        return 1.0

    for steps, run in ((10, 10), (9.5, 10), (0, 0)):
        for question, ask in ASKED.items():
            if question.startswith("first") or (question == "average" and not run):
                continue  # one stops where it has found what it looks for, the other has nothing to look at
            asked.clear()
            ask(listening(steps=steps), **({"stop": None} if question != "is_within" else {"low": 0.0}))
            length = 12 if question == "largest_difference" else run if question in ("integral", "average") else run + 2
            assert {*filter(float.is_integer, asked)} == {*map(float, range(length))}


def test_a_budget_is_exact() -> None:
    tenths = ps.constant(value=0.1)
    assert queries.integral(tenths, stop=10) == 1.0  # added one by one they give 0.9999999999999999
    assert queries.integral(lambda step: 1e16 if step == 0 else 1.0, stop=3) == 1e16 + 2
    assert queries.integral(UP, first=3, stop=3) == 0.0
    assert queries.average(ps.cosine(start=1.0, steps=1000)) == pytest.approx(0.5005, rel=1e-12)


def test_what_is_asked_of_a_child_may_be_any_function_and_any_number() -> None:
    assert queries.largest(lambda step: 3 - step, stop=3) == (0, 3.0)
    assert queries.integral(lambda step: np.float32(0.5), stop=4) == 2.0
    assert queries.integral(lambda step: torch.tensor([0.5]), stop=4) == 2.0
    assert queries.integral(UP, first=np.int64(2), stop=np.int64(4)) == 0.5
    assert type(queries.largest(lambda step: 3 - step, stop=3).value) is float


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_hyperparameters_may_be_tensors(dtype: torch.dtype) -> None:
    decay = ps.cosine(start=torch.tensor(1.0, dtype=dtype, requires_grad=True), steps=torch.tensor(100, dtype=dtype))
    plain = ps.cosine(start=1.0, steps=100)
    assert queries.integral(decay) == pytest.approx(queries.integral(plain), rel=1e-6)
    assert queries.first_at_or_below(decay, value=0.5) == pytest.approx(50, abs=1)
    assert queries.smallest(decay) == (100, 0.0)
    assert queries.is_monotonic(decay, rising=False)
    assert queries.is_continuous(decay)
    assert [jump.step for jump in queries.jumps(ps.repeat(decay), stop=250)] == [100.0, 200.0]


def test_an_interval_ends_where_it_was_asked_to() -> None:
    asked: list[float] = []

    def one(step: float) -> float:
        asked.append(step)
        return 1.0

    queries.integral(one, first=5, stop=8)
    assert asked == [5, 6, 7]
    asked.clear()
    assert queries.jumps(one, first=5, stop=8) == []
    assert min(asked) == 5
    assert max(asked) == 7
    assert queries.first_at_or_below(lambda step: 1 / (10 - step), value=1.0, stop=10) == 0
    assert queries.first_at_or_above(lambda step: 1 / (10 - step), value=0.5, stop=100) == 8  # it looks no further


# Jumps ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("boundaries", [[10, 25], [10.3, 25.7], [0.1, 0.4], [10, 10.5], [1 / 3, 1000 / 3]])
@pytest.mark.parametrize("shape", [ps.linear, ps.cosine, ps.exponential])
def test_a_jump_is_found_at_every_boundary_that_jumps(shape: Any, boundaries: list[float]) -> None:
    parts = [shape(start=1.0, end=0.5, steps=30), shape(start=0.125, end=0.5, steps=9), ps.constant(value=0.25)]
    joined = ps.join(parts, boundaries=boundaries)
    found = queries.jumps(joined, stop=400)
    assert [jump.step for jump in found] == boundaries
    for jump in found:
        assert jump.after == joined(jump.step)
        assert jump.before == joined(math.nextafter(jump.step, 0))
    assert not queries.is_continuous(joined, stop=400)
    assert queries.is_continuous(joined, first=math.ceil(boundaries[-1]), stop=400)


def test_values_near_the_largest_of_a_float_jump_where_they_do() -> None:
    for value in (1e305, 3e307, sys.float_info.max):
        assert queries.jumps(ps.constant(value=value), stop=5) == []
        assert queries.jumps(ps.cosine(start=value, steps=7)) == []
        [jump] = queries.jumps(ps.step_decay(start=value, factor=0.5, every=4), stop=6)
        assert jump == (4.0, value, value / 2)
    assert queries.is_continuous(ps.linear(start=-1e308, end=1e308, steps=10))


@given(
    st.lists(st.tuples(st.floats(0.1, 1.0), st.floats(0.1, 1.0), st.floats(0.2, 20.0)), min_size=1, max_size=4),
    st.sampled_from([ps.linear, ps.cosine, ps.exponential]),
)
def test_jumps_of_random_joins(parts: list[tuple[float, float, float]], shape: Any) -> None:
    schedules = [shape(start=start, end=end, steps=steps) for start, end, steps in parts]
    joined = ps.join(schedules)
    ends, expected = 0.0, []
    for (_, end, steps), (start, _, _) in pairwise(parts):
        ends += steps
        if abs(end - start) > 1e-3:
            expected.append(ends)
    found = [jump for jump in queries.jumps(joined) if abs(jump.after - jump.before) > 1e-3]
    assert [jump.step for jump in found] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("every", [7, 2.5, 1, 0.5, 0.25])
def test_stairs(every: float) -> None:
    stairs = ps.step_decay(start=1.0, factor=0.8, every=every)
    found = queries.jumps(stairs, stop=22)
    assert [jump.step for jump in found] == [every * k for k in range(1, math.floor(21 / every) + 1)]
    assert all(jump.after == pytest.approx(0.8 * jump.before) for jump in found)


def test_stairs_of_one_height_within_one_step() -> None:
    stairs = ps.piecewise_constant(values=[3.0, 2.0, 1.0], boundaries=[4.25, 4.75])
    assert queries.jumps(stairs, stop=10) == [(4.25, 3.0, 2.0), (4.75, 2.0, 1.0)]


@pytest.mark.parametrize("slope", [1e-3, 1.0])
@pytest.mark.parametrize("height", [-1e-3, 1e-3, -1e-5, 1e-5])
@pytest.mark.parametrize("place", [40.0, 40.3, 40.5])
def test_a_small_jump_against_a_climb(slope: float, height: float, place: float) -> None:
    """Also one that goes the other way than the curve, and so makes the step that it is in a smaller one."""
    found = queries.jumps(lambda step: slope * step + height * (step >= place), stop=100)
    assert [jump.step for jump in found] == [place]


def test_values_of_one_point_only() -> None:
    """A function that has a value at one step alone goes there and back."""
    found = queries.jumps(lambda step: float(step == 5), stop=10)
    assert found == [(5.0, 0.0, 1.0), (math.nextafter(5.0, 6), 1.0, 0.0)]


CONTINUOUS = [
    ps.polynomial(start=1.0, end=0.0, steps=100_000, power=0.5),
    ps.polynomial(start=1.0, end=0.0, steps=100_000, power=0.1),
    ps.polynomial(start=1e-6, end=0.0, steps=33.3, power=0.5),
    ps.shift(ps.polynomial(start=1.0, end=0.0, steps=100_000, power=0.5), steps=-99_990),
    ps.warmup_cosine(peak=1e-3, warmup_steps=2000, total_steps=100_000),
    ps.warmup_stable_decay(peak=1.0, warmup_steps=0.5, decay_steps=0.01, total_steps=10),
    ps.one_cycle(peak=1.0, total_steps=1000),
    ps.piecewise_linear(values=[0.0, 1.0, 0.1, 0.1], boundaries=[0.3, 5, 7.7]),
    ps.stretch(ps.cosine(start=1.0, steps=10), factor=0.1),
    ps.maximum([ps.linear(start=1.0, end=0.0, steps=100), ps.linear(start=0.0, end=1.0, steps=77)]),
    ps.exponential(start=1.0, end=1e-12, steps=1000),
]


@pytest.mark.parametrize("schedule", CONTINUOUS, ids=repr)
def test_no_jump_in_what_is_continuous(schedule: ps.Schedule) -> None:
    assert queries.jumps(schedule) == []
    assert queries.is_continuous(schedule)


@pytest.mark.parametrize(
    "schedule",
    [
        ps.inverse_sqrt(peak=1.0, timescale=1e-3),
        ps.noam(d_model=64, warmup_steps=0),
        ps.noam(d_model=64, warmup_steps=100),
        ps.exponential_decay(start=1.0, rate=0.5, every=0.1),
        lambda step: math.sqrt(step),
        lambda step: 1e6 + step**0.3,
        lambda step: math.sin(step * 2),
    ],
)
def test_no_jump_in_what_is_steep(schedule: Any) -> None:
    assert queries.jumps(schedule, stop=1000) == []


def test_far_from_the_beginning() -> None:
    tokens = ps.join([ps.linear(start=1.0, end=0.0, steps=10**12), ps.constant(value=0.5)], boundaries=[9 * 10**11])
    found = queries.jumps(tokens, first=9 * 10**11 - 50, stop=9 * 10**11 + 50)
    assert [jump.step for jump in found] == [9e11]
    end = ps.polynomial(start=1.0, end=0.0, steps=10**12, power=0.5)
    assert queries.jumps(end, first=10**12 - 50, stop=10**12 + 50) == []


def test_the_smallest_jump_that_is_one_is_found_wherever_it_is() -> None:
    for place in (40.0, 40.1, 40.3, 40.5, 40.6, 40.9):
        for height in (0.5, -0.5, 0.625):
            curve = partial(lambda step, place, height: 1.0 + height * (step >= place), place=place, height=height)
            assert [jump.step for jump in queries.jumps(curve, stop=50, tolerance=0.5)] == [place]
            assert queries.jumps(curve, stop=50, tolerance=0.6251) == []
    # Up and down again between two quarters of a step, where the point beside them sees it.
    bump = queries.jumps(lambda step: float(40.3 <= step < 40.45), stop=50, tolerance=0.75)
    assert bump == [(40.3, 0.0, 1.0), (40.45, 1.0, 0.0)]


@pytest.mark.parametrize("start", [0, 5])
def test_in_a_curve_that_is_0_at_every_update_any_height_is_a_jump(start: int) -> None:
    assert queries.jumps(ps.constant(value=0.0), first=start, stop=9) == []
    assert queries.jumps(lambda step: 1e-30 * (6.25 <= step < 6.75), first=start, stop=9) == [
        (6.25, 0.0, 1e-30),
        (6.75, 1e-30, 0.0),
    ]
    assert queries.jumps(ps.constant(value=0.0), first=start, stop=start) == []


@pytest.mark.parametrize(
    ("dtype", "found", "missed"),
    [(torch.float64, 1e-6, 1e-11), (torch.float32, 1e-3, 1e-6), (torch.float16, 0.5, 0.1), (torch.bfloat16, 0.5, 0.1)],
)
def test_a_jump_is_told_from_a_rounding(dtype: torch.dtype, found: float, missed: float) -> None:
    for height in (found, missed):
        values = [torch.tensor(value, dtype=dtype) for value in (1.0, 1.0 - height)]
        jumps = queries.jumps(ps.piecewise_constant(values=values, boundaries=[5]), stop=10)
        assert [jump.step for jump in jumps] == ([5.0] if height == found else [])


@pytest.mark.parametrize(
    "curve", [lambda t: 2.0, lambda t: 3 - t, lambda t: t * t - 5.0 * t, lambda t: t**3 - 7.0 * t**2 + t, lambda t: -(t**3)]
)
def test_a_cubic_is_smooth_at_first_sight(curve: Callable[[float], float]) -> None:
    """Between two updates it is asked for four more values, and no interval is halved again."""
    asked: list[float] = []

    def listening(step: float) -> float:
        asked.append(step)
        return curve(step)

    assert queries.jumps(listening, first=3, stop=13) == []
    assert sum(step not in range(3, 13) for step in asked) == 9 * 4
    # The quarters, and a place that nobody would choose.
    assert {round(step % 1, 3) for step in asked} == {0.0, 0.25, 0.5, 0.75, 0.382}


def test_a_tolerance_says_what_counts() -> None:
    stairs = ps.piecewise_constant(values=[1.0, 0.9, 0.2], boundaries=[3, 6])
    assert [jump.step for jump in queries.jumps(stairs)] == [3.0, 6.0]
    assert [jump.step for jump in queries.jumps(stairs, tolerance=0.5)] == [6.0]
    assert queries.is_continuous(stairs, tolerance=0.8)


# Errors --------------------------------------------------------------------------------------------------------------

BATCHED = ps.linear(start=0.0, end=torch.ones(3), steps=10)

MISTAKES: list[tuple[Any, type[Exception], str]] = [
    (
        lambda: queries.integral(ENDLESS),
        ValueError,
        "integral: the schedule is endless, so stop must be given; write stop=1000 for updates 0 to 999",
    ),
    (
        lambda: queries.largest_difference(UP, math.sqrt),
        ValueError,
        "largest_difference: the schedule is endless, so stop must be given; write stop=1000 for updates 0 to 999",
    ),
    (
        lambda: queries.largest(BATCHED),
        TypeError,
        "largest: a schedule must give one number at each step, got 3 at step 0; "
        "its hyperparameters are batched: ask about each row, with hyperparameters that are single numbers",
    ),
    (
        lambda: queries.jumps(ps.linear(start=0.0, end=1.0, steps=torch.ones(3))),
        TypeError,
        "jumps: the schedule has 3 lengths, and one is needed; its hyperparameters are batched: "
        "ask about each row, with hyperparameters that are single numbers",
    ),
    (
        lambda: queries.average(0.1, stop=3),  # type: ignore[arg-type]
        TypeError,
        "average: schedule must be a schedule, not a number, got 0.1; write constant(value=0.1)",
    ),
    (
        lambda: queries.smallest(UP, stop=2.5),  # type: ignore[arg-type]
        TypeError,
        "smallest: stop must be a whole number, got stop=2.5; updates are counted 0, 1, 2 ...",
    ),
    (
        lambda: queries.smallest(UP, first=-1),
        ValueError,
        "smallest: first must not be negative, got first=-1; the first update is 0",
    ),
    (
        lambda: queries.is_monotonic(UP, first=5, stop=4),
        ValueError,
        "is_monotonic: stop must be at least first, got stop=4; raise it, or lower first",
    ),
    (
        lambda: queries.average(UP, first=10),
        ValueError,
        "average: the span holds no update, got first=10, stop=10; raise stop, or lower first",
    ),
    (
        lambda: queries.is_monotonic(UP, rising="up"),  # type: ignore[arg-type]
        TypeError,
        "is_monotonic: rising must be True, False or None, got rising='up'; leave it out for either",
    ),
    (
        lambda: queries.is_within(UP, low=1.0, high=0.0),
        ValueError,
        "is_within: high must be at least low, got high=0.0; raise it, or lower low",
    ),
    (
        lambda: queries.first_at_or_below(UP, value="0.1"),  # type: ignore[arg-type]
        TypeError,
        "first_at_or_below: value must be a number, got value='0.1'; give an int or a float",
    ),
    (
        lambda: queries.first_at_or_above(UP, value=math.nan),
        ValueError,
        "first_at_or_above: value must be a number, got value=nan; nothing compares with it",
    ),
    (
        lambda: queries.jumps(UP, tolerance=0.0),
        ValueError,
        "jumps: tolerance must be positive, got tolerance=0.0; give the smallest jump that counts",
    ),
    (
        lambda: queries.integral(lambda step: math.nan if step == 2 else 1.0, stop=3),
        ValueError,
        "integral: a schedule must give a number at each step, got nan from <function <lambda> at 0x...> at step 2; "
        "ask about the updates before it, or mend the function",
    ),
    (
        lambda: queries.integral(lambda step: None, stop=3),
        TypeError,
        "integral: a schedule must give one real number at each step, got None from <function <lambda> at 0x...> at step 0; "
        "return a float",
    ),
]


@pytest.mark.parametrize(("mistake", "kind", "message"), MISTAKES, ids=[message[:60] for _, _, message in MISTAKES])
def test_the_message_in_full(mistake: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind) as caught:
        mistake()
    assert type(caught.value) is kind
    said = re.sub(r"<function .*?<lambda> at 0x\w+>", "<function <lambda> at 0x...>", str(caught.value))
    assert said == message


NOT_SCHEDULES: list[Any] = [0.1, "linear", None, [UP], ps.linear]
NOT_WHOLE: list[Any] = [1.5, True, "3", torch.tensor(3)]


@pytest.mark.parametrize("question", ASKED)
def test_every_question_refuses_the_same_mistakes(question: str) -> None:
    ask = ASKED[question]
    ask(ENDLESS, stop=5)
    ask(UP)
    for wrong in NOT_SCHEDULES:
        with pytest.raises(TypeError, match=f"^{question}: schedule must be "):
            ask(wrong, stop=5)
    with pytest.raises(TypeError, match=f"^{question}: a schedule must give one number at each step, got 3 at step 0; its"):
        ask(BATCHED, stop=5)
    for wrong in NOT_WHOLE:
        with pytest.raises(TypeError, match=f"^{question}: first must be a whole number, got first="):
            ask(UP, first=wrong)
    with pytest.raises(ValueError, match=f"^{question}: the schedule is endless"):
        ask(ENDLESS)
    with pytest.raises(ValueError, match=f"^{question}: a schedule must give a number at each step, got nan"):
        ask(lambda step: math.nan, stop=5)
    if question in NOT_OF_NOTHING:
        with pytest.raises(ValueError, match=f"^{question}: the span holds no update, got first=3, stop=3"):
            ask(UP, first=3, stop=3)
    else:
        ask(UP, first=3, stop=3)
