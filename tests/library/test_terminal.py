"""Curves of braille dots, read back dot by dot as Unicode names them; what stands beside them; and tables of text."""

import math
import re
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pure_schedules._labels import step_label
from pure_schedules._terminal import braille, columns

Dot = tuple[int, int]

#: Where the dots of a braille character stand that Unicode counts from 1 to 8: across and down.
NUMBERED = {"1": (0, 0), "2": (0, 1), "3": (0, 2), "7": (0, 3), "4": (1, 0), "5": (1, 1), "6": (1, 2), "8": (1, 3)}

BLANK = "\u2800"

# On these axes, with values from 0 to 19 and steps from 0 to 31, every whole value and step is a dot of its own.
ACROSS, HEIGHT = 16, 5
WIDTH = len("9.5 ┤") + ACROSS
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
        "  │          ⢀⣀⠤⠒⠊⠉",
        "2 ┤     ⣀⡠⠤⠒⠉⠁",
        "0 ┤⣀⠤⠔⠊⠉",
        "  └─────────────────────",
        "   0        7.5       15",
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
    geometric = braille({"it": [(0, 1e-4), (LAST, 1.0)]}, last=LAST, log=True, width=WIDTH + 1, height=HEIGHT)
    assert dots(geometric) == dots(braille({"it": [(0, 0.0), (LAST, 1.0)]}, last=LAST, width=WIDTH, height=HEIGHT))
    assert labels(geometric) == {0: "1", 2: "0.01", 4: "1e-4"}


def test_where_a_logarithmic_axis_cannot_show_a_value_the_curve_is_interrupted() -> None:
    points = [(0, 0.0), (5, 1.0), (10, 0.0), (20, 0.1), (LAST, 1.0)]
    drawn = braille({"it": points}, last=LAST, log=True, width=WIDTH + 2, height=HEIGHT)
    assert {step for step, _ in dots(drawn)} == {5, *range(20, LAST + 1)}
    assert (20, MOST) in dots(drawn)  # the lowest of all is on the axis
    assert drawn.splitlines()[-1] == "0 and below not shown"


@pytest.mark.parametrize(
    ("value", "log", "beside"),
    [
        (2.0, False, ["3", "2", "1"]),
        (-2.0, False, ["-1", "-2", "-3"]),
        (0.0, False, ["0.5", "0", "-0.5"]),
        (2.0, True, ["4", "2", "1"]),
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
    across = 2 * picture.count("─")
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


@pytest.mark.parametrize(("height", "number"), [(3, 3), (5, 3), (8, 3), (12, 4), (18, 5), (20, 6), (41, 11)])
def test_values_beside_their_axis(height: int, number: int) -> None:
    """From the first line to the last, at distances that are as equal as whole lines can be."""
    beside = labels(braille({"it": [(0, 0.0), (1, height - 1.0)]}, last=1, width=40, height=height))
    assert beside == {row: f"{height - 1 - row}" for row in beside}
    assert len(beside) == number
    rows = list(beside)
    assert (rows[0], rows[-1]) == (0, height - 1)
    distances = [after - before for before, after in pairwise(rows)]
    assert max(distances) - min(distances) <= 1


@pytest.mark.parametrize("last", [0.5, 1, 2, 2.5, 3, 21, 40, 105, 10_500, 12_345, 2_000_000, 1.05e12])
def test_steps_below_their_axis(last: float) -> None:
    for width in range(20, 100):
        *_, axis, below = braille({"it": [(0, 0.0), (last, 1.0)]}, last=last, width=width, height=3).splitlines()
        start, across = axis.index("└") + 1, axis.count("─")
        found = [(word.start() - start, word.group()) for word in re.finditer(r"\S+", below)]
        assert found[0] == (0, "0")
        assert found[-1][1] == step_label(last)
        if across > len(step_label(last)) + 1:
            assert len(below) == len(axis)  # it ends where the axis does
        if len(found) == 3:
            at, middle = found[1]
            assert abs(at + len(middle) / 2 - across / 2) <= 0.5
            step = float(middle.replace(",", ""))
            assert abs(step - last / 2) / last * 2 * across <= 0.5  # less than a dot from there
            assert re.fullmatch(r" +0  +\S+  +\S+", below)
        else:
            assert len(found) == 2
            assert across < 2 * (len(step_label(last)) + 2) + len(step_label(round(last / 2)))  # there is no room for it


def test_where_there_is_hardly_room_steps_are_apart_all_the_same() -> None:
    picture = braille({"it": [(0, -1.23e-300), (1e12, 1.23e-300)]}, last=1.23457e12, width=20, height=3)
    assert picture.splitlines()[-1].split("  ")[-1] == "0 1.23457e12"


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
