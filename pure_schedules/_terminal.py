"""Curves and tables in a terminal: braille dots, eight to a character, and columns of text."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

from ._curves import labelled, last_step, log_limits, points
from ._labels import number_label, step_label
from ._sampling import Curve

__all__ = ["braille", "columns", "sketch"]

#: The dot of a braille character in each of its four rows, left and right, in Unicode's order.
DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
EMPTY = 0x2800

#: The dash pattern of each curve, in dots across, so that curves differ also without colours.
PATTERNS: Sequence[Callable[[int], bool]] = (
    lambda dot: True,
    lambda dot: dot % 6 < 3,
    lambda dot: dot % 4 == 0,
    lambda dot: dot % 10 < 6 or dot % 10 == 8,
)
COLOURS = (34, 33, 32, 35, 36, 31)

#: Beyond every rounding of the largest float, and the smallest one above 0.
LARGEST, SMALLEST = 1.797e308, 5e-324

Points = Sequence[tuple[float, float]]


def sketch(
    schedule: Curve | Sequence[Curve] | Mapping[str, Curve],
    steps: float | None = None,
    *,
    log: bool = False,
    width: int = 72,
    height: int = 12,
) -> str:
    """Draw a schedule as text, for a terminal or a log: like `plot`, without matplotlib.

    Args:
        schedule: as for `plot`: a schedule or function of the step; or a list of them; or a dict of them by label.
        steps: the last step shown; by default as for `plot` [steps].
        log: use a logarithmic axis for the values.
        width: characters in a line [1].
        height: lines of the curve [1].

    Raises:
        TypeError: something is not a schedule, or does not return one real number.
        ValueError: `steps` is negative or not finite; there is nothing to draw.

    Example:
        >>> from pure_schedules import linear, sketch
        >>> print(sketch(linear(start=0.0, end=1.0, steps=8), width=24, height=3))
        ⠒⠒⠒⠒ linear(start=0, ...
          1 ┤           ⣀⣠⠤⠖⠚⠉⠉⠉
        0.5 ┤     ⣀⣠⠤⠖⠚⠉⠁
          0 ┤⣠⠤⠖⠚⠉⠁
            └┬─────────┬────────
             0         5
    """
    curves = labelled(schedule)
    last = last_step(list(curves.values()), steps)
    return braille(
        {label: points(curve, last) for label, curve in curves.items()}, last=last, log=log, width=width, height=height
    )


def braille(
    curves: Mapping[str, Points], *, last: float, log: bool = False, width: int = 80, height: int = 20, colour: bool = False
) -> str:
    """Curves in one frame, with labels above, values at the left and steps below.

    Args:
        curves: steps and values by label, in the order of the steps.
        last: the step at the right end.
        log: use a logarithmic axis for the values.
        width: characters in a line.
        height: lines of the curves.
        colour: use the colour codes of terminals.
    """
    everything = [value for points in curves.values() for _, value in points]
    low, high, hidden = log_limits(everything) if log else (min(everything), max(everything), "")
    place = math.log if log else _quarter
    bottom, top = place(low), place(high)
    if bottom == top:  # a flat curve is drawn in the middle
        half = math.log(2) if log else (abs(bottom) or 0.25) / 2
        bottom, top = bottom - half, top + half

    def row_of(value: float) -> int:
        """The row of dots, counted from the top."""
        return round((top - place(value)) / (top - bottom) * (4 * height - 1))

    ticks = (_log_ticks if log else _ticks)(_value(bottom, log), _value(top, log), min(height, max(3, height // 4) + 1))
    labels = {row_of(tick) // 4: number_label(tick) for tick in ticks}
    margin = max(map(len, labels.values()))
    across = max(1, width - margin - 2)

    cells: dict[tuple[int, int], tuple[int, int]] = {}
    for index, curve in enumerate(curves.values()):
        pattern = PATTERNS[index % len(PATTERNS)]
        before: tuple[int, int] | None = None
        for step, value in curve:
            if log and value < low:
                before = None
                continue
            here = _column(step, last, across), row_of(value)
            for x, y in _line(before or here, here):
                if pattern(x):
                    bits, _ = cells.get((y // 4, x // 2), (0, 0))
                    cells[y // 4, x // 2] = bits | DOTS[y % 4][x % 2], index
            before = here

    def drawn(row: int) -> str:
        line = ""
        for column in range(across):
            bits, index = cells.get((row, column), (0, 0))
            line += _coloured(chr(EMPTY + bits), index, colour) if bits else " "
        return line.rstrip()

    lines = [
        f"{_coloured(_sample(index), index, colour)} {label if len(label) <= width - 5 else label[: width - 8] + '...'}"
        for index, label in enumerate(curves)
    ]
    lines += [f"{labels.get(row, ''):>{margin}} {'┤' if row in labels else '│'}{drawn(row)}" for row in range(height)]
    axis, steps = _below(last, across)
    lines += [f"{'':>{margin}} └{axis}", f"{'':>{margin + 2}}{steps}"]
    return "\n".join([*lines, hidden] if hidden else lines)


def _quarter(value: float) -> float:
    """A value on a quarter scale, where the difference of any two floats is finite."""
    return value / 4


def _value(at: float, log: bool) -> float:
    """The value at a place on the axis, as a float that is neither infinite nor, on a logarithmic axis, 0."""
    if log:
        return max(math.exp(min(at, math.log(LARGEST))), SMALLEST)
    return max(-LARGEST, min(4 * at, LARGEST))


def _column(step: float, last: float, across: int) -> int:
    """The column of dots of a step."""
    return round(step / (last or 1) * (2 * across - 1))


def _ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers at equal distances from `low` to `high`, at most so many; the two themselves if there is no room."""
    rough = high / most - low / most
    if 1e-300 < rough < 1e300:
        power = 10.0 ** math.floor(math.log10(rough))
        for step in (power, 2 * power, 5 * power, 10 * power, 20 * power):
            # A bound that is a rounding away from a tick counts as one.
            first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
            if 1 <= last - first < most:
                return [float(f"{count * step:.12g}") for count in range(first, last + 1)]
    return [low, high]


def _log_ticks(low: float, high: float, most: int) -> list[float]:
    """The same for a logarithmic axis: 1, 2 and 5 times a power of ten, 1 and 3 times, or powers of ten alone."""
    first, last = math.floor(math.log10(low)), math.floor(math.log10(high))
    for digits, apart in [((1, 2, 5), 1), ((1, 3), 1), *(((1,), apart) for apart in range(1, 400))]:
        exponents = [exponent for exponent in range(first, last + 1) if exponent % apart == 0]
        marks = [float(f"{digit}e{exponent}") for exponent in exponents for digit in digits]
        ticks = [mark for mark in marks if low * (1 - 1e-9) <= mark <= high * (1 + 1e-9)]
        if 2 <= len(ticks) <= most:
            return ticks
    return _ticks(low, high, most)


def _line(start: tuple[int, int], end: tuple[int, int]) -> Iterable[tuple[int, int]]:
    """The dots of a straight line between two dots."""
    count = max(abs(end[0] - start[0]), abs(end[1] - start[1])) or 1
    for part in range(count + 1):
        yield (
            round(start[0] + (end[0] - start[0]) * part / count),
            round(start[1] + (end[1] - start[1]) * part / count),
        )


def _sample(index: int) -> str:
    """A sample of a curve's dash pattern, for its label."""
    pattern = PATTERNS[index % len(PATTERNS)]
    return "".join(chr(EMPTY + sum(DOTS[1][side] for side in (0, 1) if pattern(2 * column + side))) for column in range(4))


def _coloured(text: str, index: int, colour: bool) -> str:
    return f"\x1b[{COLOURS[index % len(COLOURS)]}m{text}\x1b[0m" if colour else text


def _below(last: float, across: int) -> tuple[str, str]:
    """The axis of the steps with a mark at each round one that there is room for, and these steps below it."""
    for most in range(max(2, across // 10), 1, -1):
        axis, words = "─" * across, ""
        for step in _ticks(0.0, last, most) if last else [0.0]:
            label, column = step_label(step), _column(step, last, across) // 2
            place = max(0, min(column - len(label) // 2, across - len(label)))
            if words and place < len(words) + 2 and most > 2:
                break  # no room: try fewer
            axis = f"{axis[:column]}┬{axis[column + 1 :]}"
            words = f"{words}{' ' if words else ''}".ljust(place) + label
        else:
            return axis, words
    raise AssertionError  # two steps always fit, if need be beyond the axis


def columns(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterable[str]:
    """Rows of text below a header, aligned to the right in columns."""
    table = [header, *rows]
    widths = [max(map(len, cells)) for cells in zip(*table, strict=True)]
    for cells in table:
        yield "  ".join(cell.rjust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
