"""Plot schedules with matplotlib, for a program and for a notebook.

Matplotlib is imported when a picture is made, without `pyplot`: no current figure is changed, and none must be closed.
"""

import math
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from ._curves import FEWEST_STEPS, labelled, last_step, log_limits, marks, points
from ._labels import curve_label, number_label, step_label
from ._sampling import Curve
from ._schedule import Schedule

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["picture_of", "plot"]

#: The approximate width of a letter in the legend, and of the line beside a label.
POINTS_A_LETTER, POINTS_BESIDE = 5.0, 35.0


def plot(
    schedule: Curve | Sequence[Curve] | Mapping[str, Curve], steps: float | None = None, ax: Any = None, *, log: bool = False
) -> "Axes":
    """Draw a schedule, or several in one plot, on matplotlib axes.

    Dotted lines mark boundaries, where one schedule follows another. In a short run each update is a dot.

    Args:
        schedule: a schedule or function of the step; or a list of them; or a dict of them by label.
        steps: the last step shown; by default a little more than the longest length, or enough to see the shape of an
            endless schedule [steps].
        ax: axes to draw on; by default new ones in a new figure.
        log: use a logarithmic axis for the values; values of 0 and below are then not shown.

    Returns:
        The axes. ``plot(lr).figure.savefig("lr.png")`` saves them to a file.

    Raises:
        ImportError: matplotlib is not installed.
        TypeError: something is not a schedule, or does not return one real number.
        ValueError: `steps` is negative or not finite; there is nothing to draw, or nothing positive for a logarithmic axis.

    Example:
        >>> from pure_schedules import warmup_cosine
        >>> ax = plot(warmup_cosine(peak=3e-4, warmup_steps=1_000, total_steps=10_000))
        >>> ax.get_xlabel(), ax.get_ylabel(), float(ax.get_xlim()[1])
        ('step', 'lr', 10500.0)
    """
    curves = labelled(schedule)
    last = last_step(list(curves.values()), steps)
    drawn = {label: points(curve, last) for label, curve in curves.items()}
    if log:
        log_limits([value for had in drawn.values() for _, value in had])  # refused before anything is drawn
    if ax is None:
        ax = _new_axes()
        where: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0.0, 1.0), "borderaxespad": 0.2, "frameon": False}
    else:
        where = {"loc": "best", "frameon": True, "framealpha": 0.8}
    _draw(ax, curves, drawn, last, log)
    ax.legend(**where, fontsize="small", handlelength=1.5)
    return ax  # type: ignore[no-any-return]


def as_html(schedule: Schedule) -> str | None:
    """What a notebook shows for a schedule: its code and its picture; None if no picture can be made.

    The picture is in an <img>, so that the styles of the page and of other pictures do not affect it.
    """
    try:
        picture = picture_of(plot({curve_label(schedule): schedule}), "svg")
    except Exception:  # no matplotlib, a batch of hyperparameters, a failing formula: show only the code
        return None
    from base64 import b64encode
    from html import escape

    code = escape(repr(schedule))
    return (
        f'<pre style="white-space: pre-wrap">{code}</pre>'
        f'<img alt="the curve of {code}" src="data:image/svg+xml;base64,{b64encode(picture).decode()}"/>'
    )


#: `Schedule` is defined in a lower module, which cannot import this one; so this sets how a notebook shows it.
Schedule._repr_html_ = as_html


def picture_of(ax: "Axes", kind: str) -> bytes:
    """The figure of these axes as the bytes of a file, reproducible."""
    from io import BytesIO

    with _matplotlib():
        import matplotlib
    stream, figure = BytesIO(), cast(Any, ax.figure)
    metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {}}[kind]
    with matplotlib.rc_context({"svg.hashsalt": "pure-schedules"}):
        figure.savefig(stream, format=kind, metadata=metadata)
    return stream.getvalue()


# On axes of matplotlib -----------------------------------------------------------------------------------------------


@contextmanager
def _matplotlib() -> Generator[None]:
    """Import matplotlib, or say what to install."""
    try:
        yield
    except ImportError as error:
        raise ImportError(
            f"plot: matplotlib is needed for a picture, and it cannot be imported ({error}); "
            "write pip install 'pure-schedules[plot]', or look at it without: python -m pure_schedules plot EXPRESSION"
        ) from None


def _new_axes() -> Any:
    with _matplotlib():
        from matplotlib.figure import Figure
    figure: Any = Figure(figsize=(7.2, 4.0), dpi=150, layout="constrained")
    axes = figure.subplots()
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    return axes


def _draw(
    ax: Any, curves: Mapping[str, Curve], drawn: Mapping[str, list[tuple[float, float]]], last: float, log: bool
) -> None:
    from textwrap import fill

    with _matplotlib():
        from matplotlib.ticker import MaxNLocator

    each_update = last <= FEWEST_STEPS
    # Keep what is on these axes already in view.
    farthest, reach = (max(ax.get_xlim()[1], last), ax.get_ylim()) if ax.has_data() else (last, None)
    room = max(16, int((ax.get_window_extent().width * 72 / ax.figure.dpi - POINTS_BESIDE) / POINTS_A_LETTER))
    for label, had in drawn.items():
        steps, values = [step for step, _ in had], [value for _, value in had]
        every = [index for index, step in enumerate(steps) if step == int(step)] if each_update else []
        said = (
            fill(label, room) if not label.startswith("_") else f" {label}"
        )  # matplotlib leaves labels that begin with _ out of the legend
        (line,) = ax.plot(steps, values, label=said, marker="." if every else "", markevery=every or None)
        for mark in marks(curves[label], last):
            ax.axvline(mark, color=line.get_color(), linestyle=":", linewidth=1, alpha=0.6, zorder=1)
    everything = [value for had in drawn.values() for _, value in had]
    if log:
        low, high, hidden = log_limits(everything)
        ax.set_yscale("log")
        low, high = low / 1.5, high * 1.5
        ax.set_ylim((low, high) if reach is None else (min(low, max(reach[0], low / 100)), max(high, reach[1])))
        ax.yaxis.set_minor_formatter("")
        if hidden:
            below = {"xycoords": "axes fraction", "textcoords": "offset points", "ha": "right", "va": "top"}
            ax.annotate(hidden, (1, 0), xytext=(0, -20), fontsize="x-small", color="dimgrey", **below)
    if ax.get_xscale() == "linear":
        # A line on the frame is hard to see, so leave a margin before the first step.
        ax.set_xlim(-farthest / 50 if farthest else -1, farthest or 1)
        locator = ax.xaxis.get_major_locator()
        if farthest >= 1 and isinstance(locator, MaxNLocator):
            locator.set_params(integer=True)
    ax.xaxis.set_major_formatter(lambda step, _: step_label(step))
    ax.yaxis.set_major_formatter(lambda value, _: _on_axis(value, max(map(abs, ax.get_ylim())), log))
    if not ax.get_xlabel():
        ax.set_xlabel("step")
    if not ax.get_ylabel():
        ax.set_ylabel("lr, logarithmic" if log else "lr")


def _on_axis(value: float, largest: float, log: bool) -> str:
    """The label of a value on its axis: all with powers of ten if the axis is small, so that their form agrees."""
    return number_label(value, below=1e-2 if log else math.inf if largest < 0.011 else 1e-3)
