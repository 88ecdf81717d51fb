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

Points = Sequence[tuple[float, float]]


LARGEST_LABEL = 1.79e308


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
            └───────────────────
             0       4.5       9
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
    ticks = [_tick(top + (bottom - top) * (row / (height - 1)), log) for row in range(height)]
    labels = {row: number_label(float(f"{ticks[row]:.3g}")) for row in _spread(height, max(2, height // 4))}
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
            here = (
                round(step / (last or 1) * (2 * across - 1)),
                round((top - place(value)) / (top - bottom) * (4 * height - 1)),
            )
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
    lines += [f"{'':>{margin}} └{'─' * across}", f"{'':>{margin + 2}}{_below(last, across)}"]
    return "\n".join([*lines, hidden] if hidden else lines)


def _quarter(value: float) -> float:
    """A value on an axis where the difference of any two is a float."""
    return value / 4


def _tick(at: float, log: bool) -> float:
    """The value at a place of the axis; a label of three digits is a float, too."""
    return min(max(math.exp(min(at, 709.0)) if log else 4 * at, -LARGEST_LABEL), LARGEST_LABEL)


def _spread(height: int, parts: int) -> list[int]:
    """Some lines, from the first to the last, at distances that are as equal as whole lines can be."""
    return sorted({round(part * (height - 1) / parts) for part in range(parts + 1)})


def _line(start: tuple[int, int], end: tuple[int, int]) -> Iterable[tuple[int, int]]:
    """The dots from one to another."""
    count = max(abs(end[0] - start[0]), abs(end[1] - start[1])) or 1
    for part in range(count + 1):
        yield (
            round(start[0] + (end[0] - start[0]) * part / count),
            round(start[1] + (end[1] - start[1]) * part / count),
        )


def _sample(index: int) -> str:
    """A piece of a curve, for the label beside it."""
    pattern = PATTERNS[index % len(PATTERNS)]
    return "".join(chr(EMPTY + sum(DOTS[1][side] for side in (0, 1) if pattern(2 * column + side))) for column in range(4))


def _coloured(text: str, index: int, colour: bool) -> str:
    return f"\x1b[{COLOURS[index % len(COLOURS)]}m{text}\x1b[0m" if colour else text


def _below(last: float, across: int) -> str:
    """The steps below their axis: the first, the last, and that of the middle where there is room."""
    # Half a step is told where it can be seen, as the middle of 0 to 3.
    middle = last / 2 if last < 2 * across else float(round(last / 2))
    first, half, end = "0", step_label(middle), step_label(last)
    before = (across - len(half)) // 2
    words = f"{first:<{before}}{half}" if before >= len(end) + 2 else first
    return words + f"{end:>{max(across - len(words), len(end) + 1)}}"


def columns(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterable[str]:
    """Rows of text below their header, each column as wide as its widest cell, numbers to the right."""
    table = [header, *rows]
    widths = [max(map(len, cells)) for cells in zip(*table, strict=True)]
    for cells in table:
        yield "  ".join(cell.rjust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
