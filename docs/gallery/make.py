"""Draws the gallery: a picture of every public schedule and combinator, and the page that shows them.

What is drawn, and in what order, is in ``examples.py``. Those under `like` are drawn as well, as the examples of their
docstrings have them; they are shown in the reference. The build of the site calls `make` (see `conf.py`). By hand:
``python docs/gallery/make.py DIRECTORY``.
"""

import argparse
import inspect
import math
import runpy
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pure_schedules as ps

HERE = Path(__file__).parent
examples = SimpleNamespace(**runpy.run_path(str(HERE / "examples.py")))
EXAMPLES: dict[str, str] = examples.EXAMPLES

#: A line in the colours of the light theme, and what each becomes in the dark one.
DARK = {"#1f4e9c": "#8ab4f8", "#c2410c": "#fdba74", "#333333": "#cfd0d0", "#d4d4d4": "#3f4347"}
CURVE, BESIDE, INK, GRID = DARK


# Pictures ------------------------------------------------------------------------------------------------------------


def draw(
    schedule: ps.Schedule,
    path: Path,
    *,
    beside: Sequence[ps.Schedule] = (),
    steps: float,
) -> None:
    """A picture of a schedule, for the light theme and, beside it, for the dark one."""
    from cycler import cycler
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.4, 2.5), layout="constrained")
    FigureCanvasSVG(figure)
    axes = figure.subplots()
    axes.set_prop_cycle(
        cycler(color=[BESIDE] * len(beside) + [CURVE])
        + cycler(linestyle=[(0, (4, 2))] * len(beside) + ["-"])
        + cycler(linewidth=[1.2] * len(beside) + [2])
    )
    axes.set_xlabel("step", color=INK)
    axes.set_ylabel("value", color=INK)
    ps.plot({str(place): curve for place, curve in enumerate([*beside, schedule])}, steps=steps, ax=axes)
    axes.get_legend().remove()
    axes.xaxis.get_major_locator().set_params(nbins=6)  # large numbers beside each other would touch
    axes.margins(y=0.08)
    low, high = axes.dataLim.intervaly
    if low == high or low < high / 2:
        axes.update_datalim([(0, 0)])  # seen against 0, unless it stays far from it
    axes.autoscale_view(scalex=False)
    axes.tick_params(colors=INK, which="both")
    axes.grid(color=GRID, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(INK)
    figure.savefig(path, transparent=True, metadata={"Date": None, "Creator": None})
    drawn = path.read_text(encoding="utf-8")
    for light, dark in DARK.items():
        drawn = drawn.replace(light, dark)
    path.with_name(f"{path.stem}.dark.svg").write_text(drawn, encoding="utf-8")


@cache
def of_peers() -> dict[str, ps.Schedule]:
    """The schedules under `like`, each as the example of its docstring has it; of several at once the rate."""
    found = {}
    for peer in ps.like.__all__:
        module = getattr(ps.like, peer)
        for name in module.__all__:
            made = examples.exemplified(getattr(module, name))
            found[f"like.{peer}.{name}"] = made["lr"] if isinstance(made, ps.Bundle) else made
    return found


def beside(schedule: ps.Schedule, last: float) -> list[ps.Schedule]:
    """The schedules that a combinator changes, which are shown dashed where they are of about its size.

    Those that come one after another are not shown: they begin at a step of the whole, and would be seen elsewhere.
    """
    given = schedule.arguments
    if {"boundaries", "fractions"} & given.keys():
        return []
    children = [given.get("schedule"), given.get("other"), *given.get("schedules", ())]
    size = _largest(schedule, last)
    return [child for child in children if isinstance(child, ps.Schedule) and size / 5 <= _largest(child, last) <= 5 * size]


def _largest(schedule: ps.Schedule, last: float) -> float:
    return max(abs(schedule(last * place / 64)) for place in range(65))


# The page ------------------------------------------------------------------------------------------------------------


def page() -> str:
    """The gallery as a page of cards, one for each example."""
    lines = [
        "# Gallery",
        "",
        "A picture of every schedule and combinator, with the text that draws it. `ps.parse` reads the text, and so does",
        "Python after `from pure_schedules import *`. Each name leads to its formula and hyperparameters.",
        "",
    ]
    for room in examples.ROOMS:
        title, about = titled(room.__name__.rpartition(".")[2])
        lines += [f"## {title}", "", about, "", "::::{grid} 1 2 2 2", ":gutter: 3", ""]
        for factory in examples.schedules_in(room):
            name = factory.__name__
            first, *_ = (inspect.getdoc(factory) or "").splitlines()
            lines += [
                f":::{{grid-item-card}} {{py:func}}`{name} <pure_schedules.{name}>`",
                "",
                *pictures(name),
                "",
                first,
                "",
                f"`{EXAMPLES[name]}`",
                ":::",
                "",
            ]
        lines += ["::::", ""]
    return "\n".join(lines)


def titled(room: str) -> tuple[str, str]:
    """What the reference calls a room, and says of it first."""
    title, _, _, about, *_ = (HERE.parent / "reference" / f"{room}.rst").read_text(encoding="utf-8").splitlines()
    return title, about


def pictures(name: str) -> list[str]:
    """The two pictures of a schedule in Markdown, of which the theme shows one."""
    return [
        line
        for theme, file in (("light", f"{name}.svg"), ("dark", f"{name}.dark.svg"))
        for line in (
            f"```{{image}} /gallery/pictures/{file}",
            f":alt: The curve of {name}",
            f":class: only-{theme}",
            "```",
        )
    ]


def make(directory: Path) -> None:
    """Draw what is not yet drawn, and write the page.

    Args:
        directory: where ``index.md`` and ``pictures/`` go.
    """
    import matplotlib

    from pure_schedules._curves import last_step

    (directory / "pictures").mkdir(parents=True, exist_ok=True)
    with matplotlib.rc_context({"svg.hashsalt": "pure-schedules", "font.size": 9}):
        for name, text in EXAMPLES.items():
            schedule = ps.parse(text)
            # An end is only seen where something comes after it.
            length = 1.15 * schedule.steps if schedule.steps < math.inf else last_step([schedule])
            draw(schedule, directory / "pictures" / f"{name}.svg", beside=beside(schedule, length), steps=length)
        for name, schedule in of_peers().items():
            length = last_step([schedule])
            draw(schedule, directory / "pictures" / f"{name}.svg", steps=max(length, 8))
    (directory / "index.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Draw a picture of every public schedule and combinator.")
    parser.add_argument("directory", type=Path, help="where the page and the pictures go")
    make(parser.parse_args().directory)
