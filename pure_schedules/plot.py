"""A schedule to look at: where its curve is drawn, what it is called there, and on axes of matplotlib.

What matplotlib has no part in, the terminal uses as well (see ``__main__``). It is imported when a picture is made, and
never `pyplot`: there is no figure that is the current one, and nothing to close.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from inspect import Parameter
from itertools import accumulate, count, islice
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from . import checks, combinators, numeric
from ._schedule import Schedule, length_of
from .clocks import repeat, shift, stretch, stretch_to

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot"]

#: A schedule, or any function of the step.
Curve: TypeAlias = Callable[[Any], Any]

# As many points as there are dots across a large picture. Of a short run the whole steps would be too few.
MOST_POINTS = 2000
FEWEST_STEPS = 40
#: What is shown of a schedule that never changes, and of one of no length.
FLAT = 100
#: How far the axis goes beyond the end, so that what is held after it is seen.
BEYOND = 1.05
#: How many boundaries are marked; more would hide the curve.
MOST_MARKS = 24
#: The lowest value that a logarithmic axis shows, as a part of the highest: a wave ends far below any that matters.
LOWEST_SHOWN = 1e-5
LONGEST_LABEL = 150
#: How wide a letter of a label is, about, and what stands beside it in the legend.
POINTS_A_LETTER, POINTS_BESIDE = 5.0, 35.0
GOLDEN_SECTION = 0.6180339887498949
#: Far beyond every run, and the last step that the span of an endless schedule is looked for at.
FARTHEST = 2.0**60


def plot(
    schedule: Curve | Sequence[Curve] | Mapping[str, Curve], steps: float | None = None, ax: Any = None, *, log: bool = False
) -> "Axes":
    """Draw a schedule, or several over each other, on axes of matplotlib.

    Boundaries, where one schedule follows another, are dotted lines. Of a short run each update is a dot.

    Args:
        schedule: a schedule or function of the step; or a list of them; or a dict of them by label.
        steps: the last step that is shown; if left out, a little more than the length of the longest, and of one without
            an end enough to see what it is like [steps].
        ax: axes to draw on; new ones, in a figure of their own, if left out.
        log: whether the axis of the values is logarithmic; values of 0 and below are then not shown.

    Returns:
        The axes. ``plot(lr).figure.savefig("lr.png")`` makes a file of them.

    Raises:
        ImportError: matplotlib is not installed.
        TypeError: something is not a schedule, or gives something else than one real number.
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
    """What a notebook shows for a schedule: its code, and its picture; None where no picture can be made.

    The picture is in an <img>: its own page, which neither the styles of this one nor those of other pictures touch.
    """
    try:
        picture = svg({short(schedule): schedule})
    except Exception:  # no matplotlib, a batch of hyperparameters, a formula that fails: its code is shown all the same
        return None
    from base64 import b64encode
    from html import escape

    code = escape(repr(schedule))
    return (
        f'<pre style="white-space: pre-wrap">{code}</pre>'
        f'<img alt="the curve of {code}" src="data:image/svg+xml;base64,{b64encode(picture).decode()}"/>'
    )


def svg(schedule: Any) -> bytes:
    """A plot as SVG."""
    return picture_of(plot(schedule), "svg")


def picture_of(ax: "Axes", kind: str) -> bytes:
    """The figure of these axes as the bytes of a file; the same ones whenever it is made."""
    from io import BytesIO

    matplotlib = _matplotlib("matplotlib")
    stream, figure = BytesIO(), cast(Any, ax.figure)
    metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {}}[kind]
    with matplotlib.rc_context({"svg.hashsalt": "pure-schedules"}):
        figure.savefig(stream, format=kind, metadata=metadata)
    return stream.getvalue()


# On axes of matplotlib -----------------------------------------------------------------------------------------------


def _matplotlib(module: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(
            f"plot: matplotlib is needed for a picture, and it cannot be imported ({error}); "
            "write pip install 'pure-schedules[plot]', or look at it without: python -m pure_schedules plot EXPRESSION"
        ) from None


def _new_axes() -> Any:
    figure = _matplotlib("matplotlib.figure").Figure(figsize=(7.2, 4.0), dpi=150, layout="constrained")
    axes = figure.subplots()
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    return axes


def _draw(
    ax: Any, curves: Mapping[str, Curve], drawn: Mapping[str, list[tuple[float, float]]], last: float, log: bool
) -> None:
    from textwrap import fill

    each_update = last <= FEWEST_STEPS
    # What is on these axes already stays in sight.
    farthest, reach = (max(ax.get_xlim()[1], last), ax.get_ylim()) if ax.has_data() else (last, None)
    room = max(16, int((ax.get_window_extent().width * 72 / ax.figure.dpi - POINTS_BESIDE) / POINTS_A_LETTER))
    for label, had in drawn.items():
        steps, values = [step for step, _ in had], [value for _, value in had]
        every = [index for index, step in enumerate(steps) if step == int(step)] if each_update else []
        said = fill(label, room) if not label.startswith("_") else f" {label}"  # what begins with _ has no place in a legend
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
        # A line on the frame is hard to see: the first steps are a little way from it, as the values are.
        ax.set_xlim(-farthest / 50 if farthest else -1, farthest or 1)
        locator = ax.xaxis.get_major_locator()
        if farthest >= 1 and isinstance(locator, _matplotlib("matplotlib.ticker").MaxNLocator):
            locator.set_params(integer=True)
    ax.xaxis.set_major_formatter(lambda step, _: as_step(step))
    ax.yaxis.set_major_formatter(lambda value, _: _on_axis(value, max(map(abs, ax.get_ylim())), log))
    if not ax.get_xlabel():
        ax.set_xlabel("step")
    if not ax.get_ylabel():
        ax.set_ylabel("lr, logarithmic" if log else "lr")


def _on_axis(value: float, largest: float, log: bool) -> str:
    """A value beside its axis: all of a small axis with powers of ten, so that none has another form than its neighbour."""
    return as_number(value, below=1e-2 if log else math.inf if largest < 0.011 else 1e-3)


# What is drawn -------------------------------------------------------------------------------------------------------


def labelled(schedule: Any) -> dict[str, Any]:
    """The curves by what they are called."""
    if isinstance(schedule, Mapping):
        curves: dict[str, Any] = {str(label): curve for label, curve in schedule.items()}
    elif isinstance(schedule, Sequence) and not isinstance(schedule, str | bytes):
        curves = {}
        for curve in schedule:
            label = name = short(curve)
            for number in count(2):
                if name not in curves:
                    break
                name = f"{label} ({number})"
            curves[name] = curve
    else:
        curves = {short(schedule): schedule}
    if not curves:
        raise ValueError("plot: there must be something to draw, got no schedule; give one, a list or a dict of them")
    for curve in curves.values():
        try:
            checks.a_schedule(curve)
        except checks.Refused as refused:
            raise TypeError(f"plot: schedule {refused.rule}, got {curve!r}; {refused.advice}") from None
    return curves


def last_step(curves: Sequence[Curve], steps: Any = None) -> float:
    """The last step that is shown."""
    if steps is None:
        ends = [end for end in map(_end_of, curves) if 0 < end < math.inf]
        # What has an end says how long the run is; without one, each is shown as far as it takes to know it.
        return float(math.ceil(max(ends) * BEYOND)) if ends else max(map(_settled, curves)) or FLAT
    number = numeric.as_number(steps)
    if not numeric.is_number(number):
        raise TypeError(f"plot: steps must be a number, got steps={steps!r}; give the last step to show")
    if not 0 <= number < FARTHEST:
        raise ValueError(f"plot: steps must be from 0 to 1e18, got steps={steps!r}; give the last step to show")
    return float(number)


def _end_of(curve: Curve) -> float:
    from . import queries  # not read before something is drawn

    return queries._length("plot", curve)


def _settled(curve: Curve) -> float:
    """A step by which one has seen what a schedule without an end is like; 0 if it never changes.

    Counted from its last boundary, the span is doubled until the second half of it adds little to the first, or until
    the same comes again and again.
    """
    places = list(islice(_boundaries(curve, 0.0, FARTHEST), MOST_MARKS + 1))
    first = max(places, default=0) if len(places) <= MOST_MARKS else 0
    low = high = next(values(curve, [first]))
    span, recurred = 2.0, 0
    while span < FARTHEST:
        try:
            had = list(values(curve, list(_between(first + span / 2 - 1, first + span, 64))))
        except (ArithmeticError, ValueError):  # it grows without bounds: what came before is what can be seen
            return first + span / 2
        before, low, high = high - low, min(low, *had), max(high, *had)
        height, change = high - low, max(had) - min(had)
        recurred = recurred + 1 if change >= height / 2 > 0 and height - before <= height / 10 else 0
        if recurred == 2:
            return first + max(span, FLAT)
        if height > 0 and change <= height / 5:
            return first + span
        span *= 2
    return 2 * first


def points(curve: Curve, last: float, most: int = MOST_POINTS) -> list[tuple[float, float]]:
    """Steps and values up to the last step: each update, or so many of them as there is room for."""
    steps = [int(last)] if last == int(last) else [last]
    if last <= FEWEST_STEPS and isinstance(curve, Schedule):
        steps += [last * index / most for index in range(most)]  # the formula between the updates as well
    steps += list(_between(-1, last, most))
    for mark in marks(curve, last):
        steps += [math.ceil(mark) - 1, math.ceil(mark)]
    steps = sorted({step for step in steps if step <= last})
    return list(zip(steps, values(curve, steps), strict=True))


def _between(first: float, last: float, most: int) -> Iterator[int]:
    """Whole steps after the first and up to the last: all, or so many.

    They are not at equal distances, so that none of what repeats itself is always seen at the same place of its round.
    """
    width = last - first
    if width <= most:
        yield from range(math.floor(first) + 1, math.floor(last) + 1)
        return
    for index in range(most):
        yield math.floor(first + width * (index + (index * GOLDEN_SECTION) % 1) / most) + 1


def values(curve: Curve, steps: Sequence[float]) -> Iterator[float]:
    """The values at these steps, each a finite number."""
    from . import queries

    for step, value in zip(steps, queries._values("plot", curve, steps), strict=True):
        if not math.isfinite(value):
            raise ValueError(f"plot: a schedule must have finite values, got {value} from {curve!r} at step {step!r}")
        yield value


def log_limits(everything: Sequence[float]) -> tuple[float, float, str]:
    """Between which values a logarithmic axis is drawn, and in words what is not on it."""
    positive = [value for value in everything if value > 0]
    if not positive:
        raise ValueError("plot: a logarithmic axis needs values above 0, and there is none; leave log out")
    low, high = max(min(positive), max(positive) * LOWEST_SHOWN), max(positive)
    hidden = "0 and below" if len(positive) < len(everything) else f"below {as_number(low)}" if min(positive) < low else ""
    return low, high, f"{hidden} not shown" if hidden else ""


# Boundaries ----------------------------------------------------------------------------------------------------------

#: The combinators whose children are on the clock of the whole.
SAME_CLOCK = (
    *(combinators.add, combinators.clip, combinators.maximum, combinators.mean, combinators.minimum, combinators.mix),
    *(combinators.multiply, combinators.raise_to, combinators.remap, combinators.round_down, combinators.round_to),
    *(combinators.scale, combinators.vary),
)


def marks(curve: Curve, last: float) -> list[float]:
    """The steps at which one schedule follows another; none if they are too many to be told apart."""
    found = list(islice(_boundaries(curve, 0.0, last), MOST_MARKS + 1))
    return sorted(set(found)) if len(found) <= MOST_MARKS else []


def _boundaries(curve: Any, first: float, last: float) -> Iterator[float]:
    """The boundaries after one step and up to another, on the clock of this curve, in no order."""
    if not isinstance(curve, Schedule):
        return
    if curve.composition is not curve:
        yield from _boundaries(curve.composition, first, last)
        return
    given: dict[str, Any] = curve.given
    if curve.factory in (combinators.join, combinators.chain):
        children = given["schedules"]
        after = accumulate(map(length_of, children[:-1])) if given["boundaries"] is None else given["boundaries"]
        starts = [0.0, *map(float, after)]
        for child, start, end in zip(children, starts, [*starts[1:], math.inf], strict=True):
            if first < start <= last:
                yield start
            inside = _boundaries(child, max(first - start, 0.0), min(end, last) - start)
            yield from (start + place for place in inside if place < end - start)
    elif curve.factory is repeat:
        every, growth = float(length_of(given["schedule"]) if given["every"] is None else given["every"]), given["growth"]
        rounds = math.inf if given["times"] is None else given["times"]
        for index in count(_round_at(first, every, float(growth))):
            start, longer = _start_of_round(index, every, float(growth))
            if start > last or index >= rounds:
                return
            if start > first:
                yield start
            inside = _boundaries(given["schedule"], max(first - start, 0.0) / longer, min(every, (last - start) / longer))
            yield from (start + place * longer for place in inside if place < every)
    elif curve.factory is shift:
        steps = float(given["steps"])
        inside = _boundaries(given["schedule"], max(first - steps, 0.0), last - steps)
        yield from (place + steps for place in inside)
    elif curve.factory is stretch:
        factor = float(given["factor"])
        yield from (place * factor for place in _boundaries(given["schedule"], first / factor, last / factor))
    elif curve.factory is stretch_to:
        child, steps = given["schedule"], float(given["steps"])
        factor = steps / float(length_of(child) if given["from_steps"] is None else given["from_steps"])
        inside = _boundaries(child, first / factor, min(last, steps) / factor)
        yield from (place * factor for place in inside)
    elif curve.factory in SAME_CLOCK:
        for value in given.values():
            for child in value if isinstance(value, tuple) else (value,):
                yield from _boundaries(child, first, last)


def _round_at(step: float, every: float, growth: float) -> int:
    """A round that begins at a step or not much before it: those before that are not walked through."""
    rounds = step / every if growth == 1 else math.log1p(step * (growth - 1) / every) / math.log(growth)
    return max(0, math.floor(rounds) - 1)


def _start_of_round(index: int, every: float, growth: float) -> tuple[float, float]:
    """Where a round begins, and how many times as long as the first one it is."""
    if growth == 1:
        return every * index, 1.0
    try:
        return every * (growth**index - 1) / (growth - 1), growth**index
    except OverflowError:
        return math.inf, math.inf


# Names and numbers ---------------------------------------------------------------------------------------------------


def short(curve: Any) -> str:
    """What a curve is called in a picture: its code, without what is left at its default, and not too long."""
    text = _short(curve)
    return text if len(text) <= LONGEST_LABEL else f"{text[: LONGEST_LABEL - 3]}..."


def _short(value: Any) -> str:
    if isinstance(value, Schedule):
        parameters = value._definition.parameters
        arguments = [
            _short(item) if parameters[name].kind is Parameter.POSITIONAL_OR_KEYWORD else f"{name}={_short(item)}"
            for name, item in value.given.items()
            if item is not None and not numeric.same(item, parameters[name].default)
        ]
        return f"{value.factory.__name__}({', '.join(arguments)})"
    if isinstance(value, tuple):
        shown = [*map(_short, value[:5]), *(["..."] if len(value) > 5 else [])]
        return f"[{', '.join(shown)}]"
    if numeric.is_number(value):
        return as_number(value)
    if numeric.is_array(value):
        return as_number(value.item()) if math.prod(value.shape) == 1 else "[...]"
    return getattr(value, "__qualname__", None) or repr(value)


def as_number(value: float, below: float = 1e-2) -> str:
    """A number as one reads it: with a power of ten below this, and from ten million on; in six digits at most."""
    if value == 0:
        return "0"
    if below <= abs(value) < 1e7:
        return f"{value:.6g}" if abs(value) < 999_999.5 else f"{value:.0f}"  # which six digits would round to 1e+06
    digits, _, exponent = f"{value:.5e}".partition("e")
    return f"{digits.rstrip('0').rstrip('.')}e{int(exponent)}"


def as_step(step: float) -> str:
    """A step beside its axis: with commas between the thousands."""
    return f"{step:,.0f}" if step == int(step) and abs(step) < 1e7 else as_number(step, below=1e-4)
