"""Pictures: what is drawn, over which steps, with which words; what cannot be drawn; and no state anywhere."""

import base64
import math
import re
import subprocess
import sys
from importlib import import_module
from itertools import pairwise
from typing import Any

import matplotlib
import pytest
import torch
from catalogue import CASES, Case
from compositions import compositions
from hypothesis import given
from matplotlib.figure import Figure

import pure_schedules as ps
from pure_schedules import plot as plot_function
from pure_schedules._curves import MOST_POINTS, _between, labelled, last_step, log_limits, marks, points
from pure_schedules._labels import curve_label, number_label, step_label
from pure_schedules._plot import picture_of
from pure_schedules._terminal import braille

LR = ps.warmup_cosine(peak=3e-4, warmup_steps=1_000, total_steps=10_000)


def curve(ax: Any, index: int = 0) -> list[tuple[float, float]]:
    """What is drawn for one of the schedules."""
    lines = [line for line in ax.get_lines() if len(line.get_xdata()) != 2 or line.get_linestyle() != ":"]
    return list(zip(lines[index].get_xdata(), lines[index].get_ydata(), strict=True))


def dotted(ax: Any) -> list[float]:
    return [line.get_xdata()[0] for line in ax.get_lines() if line.get_linestyle() == ":"]


def legend(ax: Any) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()]


def assert_nothing_cut(ax: Any) -> None:
    """Every word of the picture lies within it."""
    figure = ax.figure
    figure.draw_without_rendering()
    width, height = figure.canvas.get_width_height()
    seen = [*ax.get_legend().get_texts(), *ax.texts, ax.xaxis.label, ax.yaxis.label]
    for axis in (ax.xaxis, ax.yaxis):
        low, high = axis.get_view_interval()
        seen += [tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
    for text in seen:
        if text.get_text():
            box = text.get_window_extent()
            inside = box.x0 >= -1 and box.y0 >= -1 and box.x1 <= width + 1 and box.y1 <= height + 1
            assert inside, (text, box, width, height)


def test_boundaries_are_marked() -> None:
    assert dotted(ps.plot(LR)) == [1000]
    up, down = ps.linear(start=0.0, end=1.0, steps=10), ps.linear(start=1.0, end=0.0, steps=20)
    joined = ps.join([up, down, ps.join([up, down])])
    for schedule, expected in [
        (joined, [10, 30, 40]),
        (ps.scale(joined, factor=2.0), [10, 30, 40]),
        (ps.stretch(joined, factor=2.0), [20, 60, 80]),
        (ps.shift(joined, steps=5), [5, 15, 35, 45]),
        (ps.shift(joined, steps=-15), [15, 25]),
        (ps.repeat(ps.join([up, down]), times=2), [10, 30, 40]),
        (ps.repeat(up, every=10, times=3, growth=2.0), [10, 30]),
        (ps.switch([up, down], boundaries=[7]), [7]),
        (ps.chain([down, down], boundaries=[15]), [15]),
        (ps.sequence([up, down], fractions=[0.1, 0.9], total_steps=100), [10]),
        (ps.join([up, joined], boundaries=[5]), [5, 15, 35, 45]),
        (ps.join([joined, up], boundaries=[35]), [10, 30, 35]),
        (ps.join([up, ps.constant(value=torch.tensor(1.0))], boundaries=[torch.tensor(5)]), [5]),
        (ps.repeat(ps.join([up, down]), growth=2.0, times=2), [10, 30, 50]),
        (ps.repeat(ps.join([up, down]), every=10, times=2), [10]),
        (ps.repeat(ps.join([up, down]), every=11, times=2), [10, 11, 21]),
        (ps.shift(joined, steps=15), [15, 25, 45, 55]),
        (ps.stretch_to(ps.join([up, down]), steps=60), [20]),
        (ps.extend(ps.join([up, down]), at=5, total_steps=55), [5, 15]),
        (ps.join([up.replace(steps=1), down, ps.join([up.replace(steps=0.5), down])]), [1, 21, 21.5]),
        (ps.shift(ps.join([up.replace(steps=0.5), down]), steps=2), [2, 2.5]),
        (ps.repeat(ps.join([up.replace(steps=1), down]), times=2), [1, 21, 22]),
        (ps.clip(ps.multiply([joined, ps.join([up.replace(steps=15), down])]), high=1.0), [10, 15, 30, 35, 40]),
        (up, []),
        (math.sin, []),
    ]:
        assert marks(schedule, 1000) == expected
    assert marks(joined, 35) == [10, 30]
    assert marks(joined, 30) == [10, 30]
    for schedule, expected in [
        (ps.repeat(up), [10, 20]),
        (ps.repeat(ps.join([up, down]), growth=2.0), [10]),
        (ps.shift(joined, steps=-15), [15]),
        (ps.shift(joined, steps=5), [5, 15]),
        (ps.stretch(joined, factor=2.0), [20]),
        (ps.join([up, joined]), [10, 20]),
    ]:
        assert marks(schedule, 20) == expected  # not those beyond it
    # Those before are not walked through one by one.
    # (On a clock that shows 10**15 floats are 1/8 of a step apart.)
    assert [math.ceil(mark) for mark in marks(ps.shift(ps.repeat(up), steps=-(10**15)), 25)] == [10, 20]
    assert len(marks(ps.shift(ps.repeat(up, growth=1.0000001), steps=-(10**12)), 300_000)) == 3
    assert marks(ps.repeat(up, growth=1e300), 1e9) == [10]
    assert len(marks(ps.repeat(up, times=25), 10_000)) == 24
    assert marks(ps.repeat(up, times=26), 10_000) == []  # more would hide the curve
    assert marks(ps.repeat(up), 10_000) == []


@pytest.mark.parametrize("growth", [1.0, 1.5, 2.0, 3.0])
@pytest.mark.parametrize("every", [25.0, 30.0, 50.0])
def test_what_is_shifted_has_its_boundaries_earlier(growth: float, every: float) -> None:
    """Also where its beginning lies far before the first step, in any round of one that repeats itself."""
    child = ps.join([ps.linear(start=0.0, end=1.0, steps=10), ps.linear(start=1.0, end=0.0, steps=20)])
    again = ps.repeat(child, every=every, growth=growth)
    for schedule in (again, ps.stretch(again, factor=0.5)):
        whole = marks(schedule, 150)
        assert 3 <= len(whole) <= 24
        for earlier in (1, 5, 10, 11, 30, 31, 49, 80, 100, 140):
            expected = [mark - earlier for mark in whole if mark > earlier]
            assert marks(ps.shift(schedule, steps=-earlier), 150 - earlier) == pytest.approx(expected)


def test_several_over_each_other() -> None:
    other = ps.cosine(start=3e-4, steps=10_000)
    ax = ps.plot([LR, other, other])
    assert legend(ax) == [
        "warmup_cosine(peak=3e-4, warmup_steps=1000, total_steps=10000)",
        "cosine(start=3e-4, steps=10000)",
        "cosine(start=3e-4, steps=10000) (2)",
    ]
    assert [curve(ax, index)[-1][0] for index in range(3)] == [10_500] * 3
    assert legend(ps.plot({"with warmup": LR, "without": other})) == ["with warmup", "without"]
    assert legend(ps.plot((LR, math.cos), steps=3))[1] == "cos"
    assert_nothing_cut(ax)


def test_axes_that_are_given_are_drawn_on() -> None:
    figure = Figure()
    ax = figure.subplots()
    ax.set_ylabel("momentum")
    assert ps.plot(LR, ax=ax) is ax
    assert ax.get_ylabel() == "momentum"
    assert ps.plot({"steeper": LR.replace(peak=1e-3, total_steps=20_000)}, ax=ax) is ax
    assert ax.get_ylim()[1] >= 1e-3
    assert ax.get_xlim()[1] >= 20_000
    assert ps.plot({"_short": ps.cosine(start=1e-4, steps=5)}, ax=ax) is ax
    assert ax.get_ylim()[1] >= 1e-3
    assert ax.get_xlim()[1] >= 20_000
    assert [label.replace("\n", " ") for label in legend(ax)] == [curve_label(LR), "steeper", " _short"]
    assert_nothing_cut(ax)


def test_what_is_on_logarithmic_axes_stays_in_sight() -> None:
    for values in ([1e-4, 1e-2], [1e-2, 1e-4]):
        ax = Figure().subplots()
        for value in values:
            ps.plot(ps.constant(value=value), ax=ax, log=True)
        low, high = ax.get_ylim()
        assert low < 1e-4 < 1e-2 < high
    reaching_below_0 = ps.plot(ps.linear(start=-1.0, end=1.0, steps=10))
    low, high = ps.plot(ps.constant(value=0.5), ax=reaching_below_0, log=True).get_ylim()
    assert 0 < low < 0.5 < 1 <= high


def test_labels_are_as_wide_as_the_axes_that_are_given() -> None:
    for ax in Figure(figsize=(9, 4)).subplots(1, 3):
        assert_nothing_cut(ps.plot(LR, ax=ax))


def test_a_long_label_takes_the_width_that_there_is() -> None:
    for label in ("0123456789" * 30, "warmup_" * 30):
        ax = ps.plot({label: LR})
        assert_nothing_cut(ax)
        (text,) = ax.get_legend().get_texts()
        assert text.get_window_extent().x1 > 0.8 * ax.figure.canvas.get_width_height()[0]


def test_the_legend_hides_no_curve() -> None:
    """Above axes of its own; on those that are given, where there is most room, and on a ground to be read from."""
    ax = ps.plot(LR)
    ax.figure.draw_without_rendering()
    box, axes = ax.get_legend().get_window_extent(), ax.get_window_extent()
    assert 0 < box.y0 - axes.y1 < 20
    assert 0 < box.x0 - axes.x0 < 20
    assert not ax.get_legend().get_frame_on()
    assert ps.plot(LR, ax=Figure().subplots()).get_legend().get_frame_on()


def test_axes_of_another_kind_stay_so() -> None:
    ax = Figure().subplots()
    ax.set_xscale("log")
    ax.set_xlabel("updates")
    assert ps.plot(LR, ax=ax, steps=100).get_xlabel() == "updates"


def ticks(ax: Any) -> list[float]:
    """The steps beside their axis, as many as are seen."""
    low, high = ax.get_xlim()
    return [float(step) for step in ax.get_xticks() if low <= step <= high]


def test_steps_are_whole_where_there_is_one() -> None:
    for steps in (1, 1.5, 2, 3, 7, 1_000):
        assert all(step == int(step) for step in ticks(ps.plot(LR, steps=steps)))
    assert len(ticks(ps.plot(LR, steps=0.5))) > 3
    ax = Figure().subplots()
    ax.set_xticks([0.5, 2.5])
    assert ticks(ps.plot(LR, steps=3, ax=ax)) == [0.5, 2.5]  # as somebody wants them


def test_the_first_steps_are_a_little_way_from_the_frame() -> None:
    for steps in (0.5, 3, 1_000, None):
        low, high = ps.plot(LR, steps=steps).get_xlim()
        assert -0.05 * high < low < 0
    low, high = ps.plot(LR, steps=0).get_xlim()
    assert low == -high  # a single one is in the middle


def test_labels_say_the_hyperparameters_in_short() -> None:
    assert curve_label(ps.linear(start=0.0, end=1e-5, steps=2_000_000)) == "linear(start=0, end=1e-5, steps=2000000)"
    assert curve_label(ps.warmup(LR, warmup_steps=10, rise=ps.cosine)) == (
        "warmup(warmup_cosine(peak=3e-4, warmup_steps=1000, total_steps=10000), warmup_steps=10, rise=cosine)"
    )
    assert curve_label(ps.table(values=[0.1] * 100)) == "table(values=[0.1, 0.1, 0.1, 0.1, 0.1, ...])"
    assert curve_label(ps.constant(value=torch.tensor(0.25))) == "constant(value=0.25)"
    nested = ps.multiply([LR, LR, LR, LR])
    assert len(curve_label(nested)) == 150
    assert curve_label(nested).endswith("...")
    assert_nothing_cut(ps.plot([nested, LR]))
    assert curve_label(ps.table(values=[0.1] * 5)) == "table(values=[0.1, 0.1, 0.1, 0.1, 0.1])"
    assert curve_label(ps.table(values=[0.1] * 6)) == "table(values=[0.1, 0.1, 0.1, 0.1, 0.1, ...])"
    assert curve_label(ps.constant(value=torch.tensor([0.25]))) == "constant(value=0.25)"
    assert curve_label(ps.constant(value=torch.tensor([0.25, 0.5]))) == "constant(value=[...])"
    for length, shown in [(150, "f" * 150), (151, "f" * 147 + "...")]:
        assert curve_label(type("f" * length, (), {})) == shown


@pytest.mark.parametrize(
    ("schedule", "last"),
    [
        (ps.constant(value=1e-3), 100),
        (ps.linear(start=0.0, end=1.0, steps=0), 100),
        (ps.linear(start=0.0, end=1.0, steps=1), 2),
        (ps.linear(start=0.0, end=1.0, steps=0.5), 1),
        (ps.warmup_constant(peak=1e-3, warmup_steps=500), 1000),
        (ps.warmup_cosine(peak=1.0, warmup_steps=2e9, total_steps=1e12), 1.05e12),
        (lambda step: 0.5, 100),
    ],
)
def test_how_far_it_is_shown(schedule: Any, last: float) -> None:
    assert last_step([schedule]) == last


@pytest.mark.parametrize(
    ("schedule", "fewest", "most"),
    [
        (ps.exponential_decay(start=1.0, rate=0.999), 2_000, 10_000),
        (ps.exponential_decay(start=1.0, rate=0.5, every=30), 60, 300),
        (ps.step_decay(start=1.0, factor=0.1, every=30), 60, 150),
        (ps.inverse_sqrt(peak=1.0, timescale=10_000), 40_000, 200_000),
        (ps.noam(d_model=512, warmup_steps=4000), 16_000, 80_000),
        (ps.join([ps.linear(start=0.0, end=1.0, steps=10), ps.inverse_sqrt(peak=1.0, timescale=1e5)]), 4e5, 2e6),
        (ps.sinusoid(start=0.0, end=1.0, period=200), 400, 1_000),
        (lambda step: [1.0, 0.5][step % 2], 50, 200),  # takes whole steps alone
        (ps.repeat(ps.cosine(start=1.0, steps=1_000)), 2_000, 10_000),
        (ps.uniform_noise(low=0.0, high=1.0), 50, 500),
        (ps.shift(ps.exponential_decay(start=1.0, rate=0.99), steps=5_000), 5_300, 20_000),
        (lambda step: 2.0 ** min(step, 2_000), 500, 1_023),  # until it overflows
        (ps.exponential_decay(start=1.0, rate=2.0), 500, 1_023),
    ],
)
def test_an_endless_schedule_is_shown_as_far_as_it_takes_to_know_it(schedule: Any, fewest: float, most: float) -> None:
    assert fewest <= last_step([schedule]) <= most


def lowest_and_highest(schedule: Any, first: float, last: float) -> tuple[float, float]:
    had = [schedule(first + (last - first) * part / 200) for part in range(201)]
    return min(had), max(had)


@pytest.mark.parametrize("length", [3, 5, 10, 14, 20, 27, 30, 55, 100, 130, 1_000, 1_300])
def test_what_settles_is_shown_until_the_second_half_adds_a_fifth_at_most(length: int) -> None:
    for schedule in (ps.exponential_decay(start=1.0, rate=0.5, every=length), ps.inverse_sqrt(peak=1.0, timescale=length)):

        def added(last: float, schedule: ps.Schedule = schedule) -> float:
            """The part of the whole height that the second half has."""
            low, high = lowest_and_highest(schedule, last / 2, last)
            lowest, highest = lowest_and_highest(schedule, 0, last)
            return (high - low) / (highest - lowest)

        last = last_step([schedule])
        assert added(last) < 0.21  # it is looked at here and there
        assert added(last / 2) > 0.2
    assert last_step([lambda step: [0.0, 4.0, 5.0][min(step, 2)]]) == 2  # exactly a fifth


@pytest.mark.parametrize("period", [64, 100, 150, 200, 300, 450, 700, 1_000, 1_400, 2_000, 3_000, 10_000])
def test_what_repeats_itself_is_shown_a_few_times(period: int) -> None:
    up_and_down = ps.sinusoid(start=0.0, end=1.0, period=period)
    down = ps.repeat(ps.cosine(start=1.0, steps=period))
    assert 1.5 < last_step([up_and_down]) / period < 4
    assert 3 < last_step([down]) / period < 7


@pytest.mark.parametrize(
    "schedule",
    [
        ps.exponential_decay(start=1.0, rate=0.5, every=30),
        ps.inverse_sqrt(peak=1.0, timescale=1_000),
        ps.sinusoid(start=0.0, end=1.0, period=200),
        ps.sinusoid(start=0.0, end=1.0, period=10),
        ps.repeat(ps.cosine(start=1.0, steps=700)),
        ps.exponential_decay(start=1.0, rate=2.0),
    ],
    ids=repr,
)
def test_how_far_is_counted_from_the_last_boundary_and_knows_no_unit(schedule: ps.Schedule) -> None:
    last = last_step([schedule])

    def plain(step: Any) -> Any:
        return schedule(step)

    assert last_step([plain]) == last
    assert last_step([ps.scale(plain, factor=1e-3)]) == last
    assert last_step([ps.add([plain, ps.constant(value=7.0)])]) == last
    up = ps.linear(start=0.0, end=1.0, steps=10)
    for before, steps in [
        (up.replace(steps=1), 1),
        (up, 10),
        (up.replace(steps=1_000), 1_000),
        (ps.repeat(up, times=24), 240),  # as many boundaries as are marked
    ]:
        assert last_step([ps.join([before, plain])]) == steps + last


def test_beside_one_with_an_end_an_endless_one_is_shown_as_far() -> None:
    assert last_step([LR, ps.noam(d_model=512, warmup_steps=4000), ps.constant(value=1.0)]) == 10_500
    assert last_step([LR], 7) == 7


def test_points_are_updates_and_those_around_boundaries() -> None:
    assert [step for step, _ in points(LR, 100)] == list(range(101))
    many = [step for step, _ in points(LR, 1_000_000)]
    assert len(many) <= MOST_POINTS + 10
    assert {0, 999, 1000, 1_000_000} <= set(many)
    assert all(type(step) is int for step in many)
    few = [step for step, _ in points(LR, 10)]
    assert set(range(11)) <= set(few)
    assert len(few) > 1000
    assert [step for step, _ in points(math.cos, 10)] == list(range(11))  # a function of updates, it may be
    assert [step for step, _ in points(LR, 0)] == [0]


@pytest.mark.parametrize(
    ("first", "last", "most"), [(-1, 100, 2_000), (-1, 5_000, 2_000), (10, 10_010, 64), (499, 100_000, 7)]
)
def test_steps_between_two_are_whole_and_nowhere_far_apart(first: int, last: int, most: int) -> None:
    steps = list(_between(first, last, most))
    assert steps == sorted(set(steps))
    assert len(steps) == min(most, last - first)
    assert steps[0] == first + 1
    assert steps[-1] <= last
    assert all(type(step) is int for step in steps)
    distance = (last - first) / most
    assert all(after - before <= max(2 * distance, 1) for before, after in pairwise([*steps, last]))


def test_what_repeats_itself_is_not_always_seen_at_the_same_place() -> None:
    wave = ps.repeat(ps.linear(start=0.0, end=1.0, steps=1_000))
    seen = [value for _, value in points(wave, 2_000_000)]
    assert min(seen) < 0.05
    assert max(seen) > 0.95


@given(compositions)
def test_every_composition_has_a_span_boundaries_and_points(schedule: ps.Schedule) -> None:
    last = last_step([schedule])
    assert 0 < last < math.inf
    assert all(0 < mark <= last for mark in marks(schedule, last))
    drawn = points(schedule, last)
    assert [step for step, _ in drawn] == sorted({step for step, _ in drawn})
    assert (drawn[0][0], drawn[-1][0]) == (0, last)
    assert len(braille({"it": drawn}, last=last, width=40, height=5).splitlines()) == 8
    assert len(curve_label(schedule)) <= 150


def test_each_update_of_a_short_run_is_a_dot() -> None:
    for steps in (1, 10, 40):
        (line,) = ps.plot(ps.cosine(start=1.0, steps=10), steps=steps).get_lines()
        assert line.get_marker() == "."
        assert [line.get_xdata()[index] for index in line.get_markevery()] == list(range(steps + 1))
        assert len(line.get_xdata()) > 1_000  # and the formula is drawn between them
    (line,) = ps.plot(ps.cosine(start=1.0, steps=10), steps=41).get_lines()
    assert line.get_marker() == ""
    assert list(line.get_xdata()) == list(range(42))


def test_one_step_and_none() -> None:
    one = ps.plot(LR, steps=1)
    assert [step for step, _ in curve(one) if step in (0, 1)] == [0, 1]
    none = ps.plot(LR, steps=0)
    assert curve(none) == [(0, 0.0)]
    for ax in (one, none):
        assert_nothing_cut(ax)


def test_a_logarithmic_axis() -> None:
    ax = ps.plot(LR, log=True)
    assert (ax.get_yscale(), ax.get_ylabel()) == ("log", "lr, logarithmic")
    assert 0 < ax.get_ylim()[0] < 3e-9 * 1.01
    assert ax.get_ylim()[1] > 3e-4
    (note,) = ax.texts
    assert note.get_text() == "0 and below not shown"
    ax.figure.draw_without_rendering()
    assert note.get_window_extent().y1 < ax.get_window_extent().y0  # it lies below the axes, not on the curve
    assert ps.plot(LR).get_yscale() == "linear"
    low, high = ps.plot(ps.exponential(start=1.0, end=1e-3, steps=100), log=True).get_ylim()
    assert 0.5e-3 < low < 1e-3  # a little way from the frame
    assert 1 < high < 2
    assert not ps.plot(ps.exponential_decay(start=1.0, rate=0.9), log=True).texts
    wave = ps.plot(ps.cosine(start=1.0, end=1e-9, steps=100), log=True)
    assert [text.get_text() for text in wave.texts] == ["below 1e-5 not shown"]
    assert_nothing_cut(ps.plot(ps.constant(value=1e-3), log=True))
    some = ps.plot(ps.linear(start=-1.0, end=1.0, steps=100), log=True)
    assert some.get_ylim()[0] > 0
    assert_nothing_cut(some)


@pytest.mark.parametrize(
    ("values", "low", "high", "hidden"),
    [
        ([0.1, 10.0], 0.1, 10.0, ""),
        ([3.0], 3.0, 3.0, ""),
        ([0.0, 0.1, 10.0], 0.1, 10.0, "0 and below not shown"),
        ([10.0, -5.0, 0.1], 0.1, 10.0, "0 and below not shown"),
        ([1e-5, 1.0], 1e-5, 1.0, ""),
        ([1e-9, 1.0], 1e-5, 1.0, "below 1e-5 not shown"),
        ([1e-9, 2e-3], 2e-8, 2e-3, "below 2e-8 not shown"),
        ([0.0, 1e-9, 1.0], 1e-5, 1.0, "0 and below not shown"),
    ],
)
def test_what_a_logarithmic_axis_shows(values: list[float], low: float, high: float, hidden: str) -> None:
    """Five powers of ten below the highest value, or as many as there are."""
    assert log_limits(values) == (pytest.approx(low, rel=1e-12), high, hidden)


def test_negative_values() -> None:
    ax = ps.plot(ps.linear(start=-1.0, end=-2.0, steps=100))
    assert ax.get_ylim()[0] < -2
    assert ax.get_ylim()[1] > -1


MISTAKES: list[tuple[Any, type[Exception], str]] = [
    (
        lambda: ps.plot(ps.linear),
        TypeError,
        "plot: schedule must be a schedule, and this is a function that makes one, got linear; ",
    ),
    (lambda: ps.plot(0.1), TypeError, "plot: schedule must be a schedule, not a number, got 0.1; write constant(value=0.1)"),
    (
        lambda: ps.plot([LR, 0.1]),
        TypeError,
        "plot: schedule must be a schedule, not a number, got 0.1; write constant(value=",
    ),
    (lambda: ps.plot("cosine"), TypeError, "plot: schedule must be a schedule, not str, got 'cosine'; "),
    (lambda: ps.plot([]), ValueError, "plot: there must be something to draw, got no schedule; give one, a list or a dict"),
    (lambda: ps.plot({}), ValueError, "plot: there must be something to draw, got no schedule; give one, a list or a dict"),
    (lambda: ps.plot(LR, -1), ValueError, "plot: steps must be from 0 to 1e18, got steps=-1; give the last step"),
    (lambda: ps.plot(LR, math.inf), ValueError, "plot: steps must be from 0 to 1e18, got steps=inf; give the last"),
    (lambda: ps.plot(LR, math.nan), ValueError, "plot: steps must be from 0 to 1e18, got steps=nan; give the last"),
    (lambda: ps.plot(LR, 1e30), ValueError, "plot: steps must be from 0 to 1e18, got steps=1e+30; give the last"),
    (lambda: ps.plot(LR, "10"), TypeError, "plot: steps must be a number, got steps='10'; give the last step to show"),
    (
        lambda: ps.plot(ps.constant(value=0.0), log=True),
        ValueError,
        "plot: a logarithmic axis needs values above 0, and there is none; leave log out",
    ),
    (
        lambda: ps.plot(ps.constant(value=torch.tensor([1.0, 2.0]))),
        TypeError,
        "plot: a schedule must give one number at each step, got 2 at step 0; its hyperparameters are batched",
    ),
    (lambda: ps.plot(lambda step: "x"), TypeError, "plot: a schedule must give one real number at each step, got 'x' from"),
    (lambda: ps.plot(lambda step: math.nan), ValueError, "plot: a schedule must give a number at each step, got nan from"),
    (lambda: ps.plot(lambda step: math.inf), ValueError, "plot: a schedule must have finite values, got inf from"),
]


@pytest.mark.parametrize(("wrong", "kind", "message"), MISTAKES, ids=[f"{index}" for index in range(len(MISTAKES))])
def test_what_cannot_be_drawn(wrong: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind) as raised:
        wrong()
    assert str(raised.value).startswith(message)


def test_an_error_draws_nothing() -> None:
    ax = Figure().subplots()
    with pytest.raises(ValueError, match="logarithmic"):
        ps.plot([ps.constant(value=0.0)], ax=ax, log=True)
    assert not ax.has_data()


def test_numbers_as_one_reads_them() -> None:
    for number, text in [(0, "0"), (3e-4, "3e-4"), (1.25e-5, "1.25e-5"), (0.05, "0.05"), (1.0, "1"), (-2e-7, "-2e-7"),
                         (1234567, "1234567"), (1e12, "1e12"), (-0.0, "0"), (1 / 3, "0.333333"), (0.01, "0.01"),
                         (0.0099, "9.9e-3"), (123456.7, "123457"), (999_999.4, "999999"), (999_999.5, "1000000"),
                         (1e6, "1000000"), (9_999_999, "9999999"), (1e7, "1e7"), (math.inf, "inf"),
                         (-math.inf, "-inf")]:  # fmt: skip
        assert number_label(number) == text
    for step, text in [(0, "0"), (12_345, "12,345"), (9_999_999, "9,999,999"), (1e7, "1e7"), (1e9, "1e9"), (0.5, "0.5"),
                       (1234.5, "1234.5"), (1e-4, "0.0001"), (2e-5, "2e-5")]:  # fmt: skip
        assert step_label(step) == text


def test_small_rates_are_readable() -> None:
    ax = ps.plot(LR)
    ax.figure.draw_without_rendering()
    words = [label.get_text() for label in ax.get_yticklabels()]
    assert {"1e-4", "2e-4", "3e-4", "0"} <= set(words)
    assert len(words) == len(set(words))
    assert ax.yaxis.get_offset_text().get_text() == ""


def words_beside(ax: Any) -> set[str]:
    """The values beside their axis."""
    ax.figure.draw_without_rendering()
    return {label.get_text() for label in ax.get_yticklabels()}


def test_all_values_of_an_axis_have_one_form() -> None:
    assert {"0.005", "0.01", "0.015", "0.02"} <= words_beside(ps.plot(ps.linear(start=0.0, end=0.02, steps=100)))
    assert {"2e-3", "4e-3", "1e-2"} <= words_beside(ps.plot(ps.linear(start=0.0, end=0.01, steps=100)))
    assert {"0.2", "0.4", "1"} <= words_beside(ps.plot(ps.linear(start=0.0, end=1.0, steps=100)))
    assert {"1e-3", "0.01", "0.1", "1"} <= words_beside(ps.plot(ps.exponential(start=1.0, end=1e-3, steps=100), log=True))


# Every schedule ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_every_schedule_has_a_picture(case: Case) -> None:
    ax = ps.plot(case.schedule)
    drawn = curve(ax)
    assert 2 <= len(drawn) <= 2 * MOST_POINTS + 100
    assert all(case.schedule(step) == value for step, value in drawn[:: max(1, len(drawn) // 20)])
    assert drawn[0][0] == 0
    last = drawn[-1][0]
    assert ax.get_xlim()[1] == last
    if math.isfinite(case.schedule.steps):
        ends_in_a_plateau = case.name in ("join early", "warmup_constant", "infinite")  # of which as much again is seen
        assert case.schedule.steps <= last <= (2 if ends_in_a_plateau else 1.05) * case.schedule.steps + 1
    if case.schedule.factory is not ps.constant:
        assert len({value for _, value in drawn}) > 1  # an endless one is shown as far as it takes to see its shape
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("step", "lr")
    assert_nothing_cut(ax)


# Notebooks and files -------------------------------------------------------------------------------------------------


def test_a_notebook_shows_code_and_picture() -> None:
    shown = LR._repr_html_()
    assert shown is not None
    assert shown.startswith(
        f'<pre style="white-space: pre-wrap">{LR!r}</pre><img alt="the curve of {LR!r}" src="data:image/'
    )
    picture = base64.b64decode(re.findall(r'base64,([^"]*)"', shown)[0])
    assert picture.startswith(b"<?xml")
    assert b"<svg" in picture
    assert LR._repr_html_() == shown  # the same whenever it is asked, as any answer of a value
    assert vars(LR) == {}
    nasty = ps.vary(LR, LR, hyperparameter="peak")
    assert "<script" not in str(nasty._repr_html_())


def test_a_notebook_shows_the_code_alone_where_there_is_no_picture() -> None:
    assert ps.constant(value=torch.tensor([1.0, 2.0]))._repr_html_() is None
    assert ps.scale(lambda step: math.nan, factor=1.0)._repr_html_() is None


def test_a_picture_is_the_same_whenever_it_is_made() -> None:
    for kind, start in (("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")):
        picture = picture_of(ps.plot(LR), kind)
        assert picture.startswith(start)
        assert picture == picture_of(ps.plot(LR), kind)


def test_nothing_is_left_behind() -> None:
    before = dict(matplotlib.rcParams)
    figures = ps.plot(LR).figure, ps.plot(LR).figure
    assert figures[0] is not figures[1]
    LR._repr_html_()
    assert dict(matplotlib.rcParams) == before


ALONE = """
import sys
import pure_schedules as ps
lr = ps.cosine(start=1.0, steps=10)
assert "matplotlib" not in sys.modules
{missing}
{code}
assert "matplotlib.pyplot" not in sys.modules, "pyplot"
assert "torch" not in sys.modules, "torch"
"""


def run(code: str, missing: str = "") -> str:
    done = subprocess.run(
        [sys.executable, "-c", ALONE.format(code=code, missing=missing)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_matplotlib_is_read_when_a_picture_is_made_and_never_pyplot() -> None:
    run("ps.plot(lr).figure.savefig(__import__('io').BytesIO()); assert lr._repr_html_()")


def test_it_says_what_to_install() -> None:
    said = run(
        "try: ps.plot(lr)\nexcept ImportError as error: print(error, lr._repr_html_(), repr(lr))",
        missing='sys.modules["matplotlib"] = sys.modules["matplotlib.figure"] = None',
    )
    assert said.startswith("plot: matplotlib is needed for a picture, and it cannot be imported (")
    assert "write pip install 'pure-schedules[plot]', or look at it without: python -m pure_schedules plot" in said
    assert said.endswith(" None cosine(start=1.0, end=0.0, steps=10)\n")


def test_there_is_a_function_and_no_module_of_its_name() -> None:
    assert plot_function is ps.plot
    assert labelled(LR) == {curve_label(LR): LR}
    with pytest.raises(ModuleNotFoundError):
        import_module("pure_schedules.plot")
