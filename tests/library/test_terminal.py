"""Curves of braille dots, read back dot by dot as Unicode names them; what stands beside them; and tables of text."""

import math
import re
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pure_schedules._terminal import braille, columns

Dot = tuple[int, int]

#: Where the dots of a braille character stand that Unicode counts from 1 to 8: across and down.
NUMBERED = {"1": (0, 0), "2": (0, 1), "3": (0, 2), "7": (0, 3), "4": (1, 0), "5": (1, 1), "6": (1, 2), "8": (1, 3)}

BLANK = "\u2800"

# On these axes, with values from 0 to 19 and steps from 0 to 31, every whole value and step is a dot of its own.
ACROSS, HEIGHT = 16, 5
WIDTH = len("15 ┤") + ACROSS
LAST, MOST = 2 * ACROSS - 1, 4 * HEIGHT - 1


def dots(picture: str) -> set[Dot]:
    """Where there are dots, counted across and down from the corner."""
    rows = [re.split("[┤│]", line)[1] for line in picture.splitlines() if "┤" in line or "│" in line]
    found = set()
    for row, line in enumerate(rows):
        for column, character in enumerate(line):
            if character not in (" ", BLANK):
                numbers = unicodedata.name(character).removeprefix("BRAILLE PATTERN DOTS-")
                found |= {(2 * column + NUMBERED[each][0], 4 * row + NUMBERED[each][1]) for each in numbers}
    return found


def labels(picture: str) -> dict[int, str]:
    """The values beside their axis, by row."""
    rows = [line for line in picture.splitlines() if "┤" in line or "│" in line]
    return {row: line.partition("┤")[0].strip() for row, line in enumerate(rows) if "┤" in line}


def without_colours(picture: str) -> str:
    return re.sub("\x1b\\[[0-9]*m", "", picture)


# Curves --------------------------------------------------------------------------------------------------------------


def test_a_straight_line() -> None:
    assert braille({"up": [(0, 0.0), (15, 6.0)]}, last=15, width=24, height=4).splitlines() == [
        "⠒⠒⠒⠒ up",
        "6 ┤                ⣀⡠⠔⠒⠉",
        "4 ┤          ⢀⣀⠤⠒⠊⠉",
        "2 ┤     ⣀⡠⠤⠒⠉⠁",
        "0 ┤⣀⠤⠔⠊⠉",
        "  └┬────────────┬───────",
        "   0           10",
    ]


@given(
    st.lists(st.integers(1, LAST - 1), max_size=6, unique=True),
    st.lists(st.integers(0, MOST), min_size=6, max_size=6),
    st.booleans(),
)
def test_every_value_has_its_dot_and_those_between_are_on_the_line(
    between: list[int], values: list[int], falls: bool
) -> None:
    steps = [0, *sorted(between), LAST]
    rising = [0, *sorted(values[: len(between)]), MOST]
    points = list(zip(steps, reversed(rising) if falls else rising, strict=True))
    drawn = dots(braille({"it": points}, last=LAST, width=WIDTH, height=HEIGHT))
    corners = [(step, MOST - value) for step, value in points]
    assert set(corners) <= drawn
    longer = [max(abs(x1 - x0), abs(y1 - y0)) for (x0, y0), (x1, y1) in pairwise(corners)]
    assert len(drawn) == 1 + sum(longer)  # no dot is missing, and the line is one dot thick

    def is_between(dot: Dot, start: Dot, end: Dot, longer: int) -> bool:
        """Whether a dot is half a dot from the straight line at most."""
        (x, y), (x0, y0), (x1, y1) = dot, start, end
        inside = x0 <= x <= x1 and min(y0, y1) <= y <= max(y0, y1)
        return inside and 2 * abs((x - x0) * (y1 - y0) - (y - y0) * (x1 - x0)) <= longer

    for dot in drawn:
        assert any(is_between(dot, start, end, far) for (start, end), far in zip(pairwise(corners), longer, strict=True))


def test_a_logarithmic_axis_shows_what_is_geometric_as_a_straight_line() -> None:
    geometric = braille({"it": [(0, 1e-4), (LAST, 1.0)]}, last=LAST, log=True, width=WIDTH + 2, height=HEIGHT)
    assert dots(geometric) == dots(braille({"it": [(0, 0.0), (LAST, 1.0)]}, last=LAST, width=WIDTH + 1, height=HEIGHT))
    assert labels(geometric) == {0: "1", 2: "0.01", 4: "1e-4"}


def test_where_a_logarithmic_axis_cannot_show_a_value_the_curve_is_interrupted() -> None:
    points = [(0, 0.0), (5, 1.0), (10, 0.0), (20, 0.1), (LAST, 1.0)]
    drawn = braille({"it": points}, last=LAST, log=True, width=WIDTH + 1, height=HEIGHT)
    assert {step for step, _ in dots(drawn)} == {5, *range(20, LAST + 1)}
    assert (20, MOST) in dots(drawn)  # the lowest of all is on the axis
    assert drawn.splitlines()[-1] == "0 and below not shown"


@pytest.mark.parametrize(
    ("value", "log", "beside"),
    [
        (2.0, False, ["3", "2", "1"]),
        (-2.0, False, ["-1", "-2", "-3"]),
        (0.0, False, ["0.5", "0", "-0.5"]),
        (2.0, True, ["2", "1"]),
    ],
)
def test_what_never_changes_is_a_line_in_the_middle(value: float, log: bool, beside: list[str]) -> None:
    drawn = braille({"it": [(0, value), (1, value)]}, last=1, log=log, width=20, height=5)
    assert list(labels(drawn).values()) == beside
    assert {down // 4 for _, down in dots(drawn)} == {2}


@pytest.mark.parametrize("points", [[(0, 0.0)], [(0, -1.0), (1, -1.0)], [(0, 1e300), (5, -1e300)], [(0, 5e-324), (1, 0.0)]])
def test_odd_curves_are_drawn(points: list[tuple[float, float]]) -> None:
    drawn = braille({"odd": points}, last=points[-1][0], width=30, height=4)
    assert len(drawn.splitlines()) == 7
    assert dots(drawn)


# Several curves ------------------------------------------------------------------------------------------------------

SEVEN = {f"at {level}": [(0, float(level)), (1, float(level))] for level in range(7)}
#: What is drawn of the first curves, again and again.
STYLES = {"solid": "•", "dashed": "•••   ", "dotted": "•   ", "dashed and dotted": "••••••  • "}


def test_curves_are_told_apart_by_their_dots() -> None:
    picture = braille(SEVEN, last=1, width=62, height=7)
    drawn = dots(picture)
    across = 2 * len(picture.splitlines()[-2].partition("└")[2])
    for index, (label, style) in enumerate(zip(SEVEN, [*STYLES.values()] * 2, strict=False)):
        row = 6 - index
        along = "".join("•" if any((x, 4 * row + y) in drawn for y in range(4)) else " " for x in range(across))
        assert along == (style * across)[:across]
        sample, _, said = picture.splitlines()[index].partition(" ")
        assert said == label
        assert {x for x, _ in dots(f"┤{sample}")} == {x for x, dot in enumerate(along[:8]) if dot == "•"}
        assert len(sample) == 4


def test_curves_are_told_apart_by_their_colours() -> None:
    picture = braille(SEVEN, last=1, width=62, height=7, colour=True)
    assert without_colours(picture) == braille(SEVEN, last=1, width=62, height=7)
    lines = picture.splitlines()
    colours = []
    for index in range(7):
        (beside,) = set(re.findall("\x1b\\[([1-9][0-9]*)m", lines[index]))
        (along,) = set(re.findall("\x1b\\[([1-9][0-9]*)m", lines[7 + 6 - index]))
        assert beside == along
        colours.append(int(beside))
    assert len(set(colours)) == 6
    assert colours[6] == colours[0]
    assert set(colours) <= set(range(31, 37))  # neither black nor white, one of which is the colour of the page
    assert not re.search("m[┤│─└0-9]", picture.replace("\x1b[0m", ""))  # the axes have none


# Beside the curves ---------------------------------------------------------------------------------------------------


def test_the_size() -> None:
    lines = braille({"it": [(0, 0.0), (1, 1.0)]}, last=1).splitlines()
    assert len(lines) == 1 + 20 + 2
    assert max(map(len, lines)) == 80


@given(st.floats(-20, 20), st.floats(1e-3, 1e3), st.integers(3, 60))
def test_values_beside_their_axis_are_round_and_in_the_row_of_their_dot(below: float, width: float, height: int) -> None:
    low = below * width
    beside = labels(braille({"it": [(0, low), (1, low + width)]}, last=1, width=60, height=height))
    values = sorted(map(float, beside.values()))
    assert 2 <= len(values) <= max(4, height // 4 + 1)
    distances = {float(f"{after - before:.4g}") for before, after in pairwise(values)}
    if len(values) > 2:  # two may be the ends, where no round numbers fit
        assert len(distances) == 1
        assert f"{distances.pop():e}"[0] in "125"
    for row, label in beside.items():
        down = (low + width - float(label)) / width * (4 * height - 1)
        assert abs(down - (4 * row + 1.5)) <= 2.5 + 1e-3 * height


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (1e-5, 1.0, ["1", "0.01", "1e-4"]),
        (0.1, 1.0, ["1", "0.5", "0.2", "0.1"]),
        (0.04, 3.0, ["3", "1", "0.3", "0.1"]),
        (1e-9, 1e-3, ["1e-4", "1e-6", "1e-8"]),
    ],
)
def test_a_logarithmic_axis_has_powers_of_ten_and_round_parts_of_them(low: float, high: float, expected: list[str]) -> None:
    picture = braille({"it": [(0, low), (1, high)]}, last=1, log=True, width=40, height=12)
    assert list(labels(picture).values()) == expected


@pytest.mark.parametrize("last", [0.5, 1, 2, 2.5, 3, 21, 40, 105, 10_500, 12_345, 2_000_000, 1.05e12])
def test_steps_below_their_axis_are_round_and_stand_at_their_marks(last: float) -> None:
    for width in range(20, 100):
        *_, axis, below = braille({"it": [(0, 0.0), (last, 1.0)]}, last=last, width=width, height=3).splitlines()
        start, across = axis.index("└") + 1, len(axis) - axis.index("└") - 1
        marked = [mark.start() - start for mark in re.finditer("┬", axis)]
        found = [(word.start() - start, word.group()) for word in re.finditer(r"\S+", below)]
        assert len(marked) == len(found) >= 2
        assert found[0] == (0, "0")
        assert len(below) <= len(axis)
        if len(found) > 2:  # two may be the ends, where no round numbers fit
            distances = {float(f"{after - before:.4g}") for before, after in pairwise(map(_step, found))}
            assert len(distances) == 1
            assert f"{distances.pop():e}"[0] in "125"
        for mark, (place, label) in zip(marked, found, strict=True):
            assert abs(_step((0, label)) / last * (across - 0.5) - mark) <= 1  # half a character, or the dot beside it
            assert mark in range(place, place + len(label))
        assert all(len(gap) >= 2 for gap in re.findall(r"(?<=\S) +(?=\S)", below))


def _step(found: tuple[int, str]) -> float:
    return float(found[1].replace(",", ""))


def test_where_there_is_hardly_room_steps_are_apart_all_the_same() -> None:
    picture = braille({"it": [(0, -1.23e-300), (1e12, 1.23e-300)]}, last=1.23457e12, width=20, height=3)
    assert picture.splitlines()[-1].split() == ["0", "1e12"]


def test_a_label_that_is_too_long_is_cut() -> None:
    fits = "abcdefghijklmnopqrstuvwxy"
    for label, shown in [(fits, fits), (f"{fits}z", "abcdefghijklmnopqrstuv...")]:
        first = braille({label: [(0, 0.0)]}, last=1, width=30, height=3).splitlines()[0]
        assert first == f"⠒⠒⠒⠒ {shown}"
        assert len(first) == 30


# Tables --------------------------------------------------------------------------------------------------------------


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert list(columns(["step", "(1)"], [["0", "0.125"], ["10,000", "1"]])) == [
        "  step    (1)",
        "     0  0.125",
        "10,000      1",
    ]
    assert list(columns(["a", ""], [])) == ["a"]
    for row in (["0"], ["0", "1", "2"]):
        with pytest.raises(ValueError, match="argument 2 is"):
            list(columns(["step", "value"], [row]))


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize(
    "values", [(1e308, 1e308), (-1.7e308, 1.7e308), (1.79e308, 1.79e308), (1.0, 1.79e308), (5e-324, 5e-324)]
)
def test_values_near_the_largest_float_are_drawn(values: tuple[float, float], log: bool) -> None:
    if log and min(values) <= 0:
        return
    picture = braille({"curve": [(0.0, values[0]), (31.0, values[1])]}, last=31.0, width=40, height=5, log=log)
    assert dots(picture)
    assert all(math.isfinite(float(label)) for label in labels(picture).values())
