"""Draws the gallery: a picture of every public schedule and combinator, and the page that shows them.

Those under `like` are drawn as well, as their examples have them; they are shown in the reference.

The build of the site calls `make` (see `conf.py`). By hand: ``python docs/gallery/make.py DIRECTORY``. `EXAMPLES` is the
list of what is drawn; a test holds it to the public names.
"""

import argparse
import ast
import doctest
import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pure_schedules as ps

#: The two that most combinators are shown on: dashed in the picture, and named in the text.
RISE = "linear(start=1e-4, end=1e-3, steps=60)"
FALL = "cosine(start=1e-3, end=0, steps=100)"


@dataclass(frozen=True)
class Example:
    """What is drawn: the text of a schedule, what is shown dashed beside it, and how far, where it has no end."""

    text: str
    beside: tuple[str, ...] = ()
    steps: float | None = None
    #: For a hyperparameter that is no rate, or a schedule of which the last part is small.
    label: str = "learning rate"
    log: bool = False

    @property
    def schedule(self) -> ps.Schedule:
        return ps.parse(self.text)

    @property
    def name(self) -> str:
        return self.text.partition("(")[0]


GROUPS: dict[str, tuple[str, list[Example]]] = {
    "Shapes": (
        "From a start to an end over so many steps, then the end for ever.",
        [
            Example("constant(value=1e-3)", steps=100),
            Example("linear(start=0, end=1e-3, steps=100)"),
            Example("cosine(start=1e-3, end=0, steps=100)"),
            Example("polynomial(start=1e-3, end=0, steps=100, power=3)"),
            Example("exponential(start=1e-3, end=1e-5, steps=100)"),
            Example("one_minus_power(start=1e-3, end=0, steps=100)"),
            Example("harmonic(start=1e-3, end=1e-4, steps=100)"),
            Example("half_life(start=0.5, end=0.95, steps=100)", label="decay of an average"),
            Example("logarithmic(start=0, end=1e-3, steps=100)"),
            Example("rex(start=1e-3, end=0, steps=100)"),
            Example("circular(start=1e-3, end=0, steps=100)"),
            Example("mirror_cosine(start=1e-3, end=0, steps=100)"),
            Example("hyperbolic(start=1e-3, end=1e-5, steps=100, upper_bound=120)"),
            Example("hyperbolic_tangent(start=1e-3, end=0, steps=100)"),
            Example("affine_exponential(start=1e-3, end=0, steps=100)"),
        ],
    ),
    "Decays and waves": (
        "Without an end of their own: cut them with `join`, `window` or `cool_down`.",
        [
            Example("exponential_decay(start=1e-3, rate=0.97)", steps=150),
            Example("step_decay(start=1e-3, factor=0.5, every=30)", steps=140),
            Example("inverse_sqrt(peak=1e-3, timescale=20)", steps=150),
            Example("inverse_decay(start=1e-3, timescale=20)", steps=150),
            Example("capped_power(peak=1e-3, timescale=25, power=-0.5)", steps=150),
            Example("noam(d_model=512, warmup_steps=40)", steps=150),
            Example("exponential_approach(start=1e-3, end=1e-4, timescale=30)", steps=150),
            Example("radam_warmup(peak=1e-3, beta2=0.98)", steps=150),
            Example("sinusoid(start=1e-3, end=1e-4, period=50)", steps=150),
        ],
    ),
    "Knots and tables": (
        "Given by their values at certain steps.",
        [
            Example("piecewise_constant(values=[1e-3, 5e-4, 1e-4], boundaries=[40, 80])", steps=120),
            Example("piecewise_linear(values=[0, 1e-3, 4e-4, 0], boundaries=[20, 60, 100])"),
            Example("piecewise_cosine(values=[0, 1e-3, 4e-4, 0], boundaries=[20, 60, 100])"),
            Example("piecewise_cubic(values=[0, 1e-3, 4e-4, 0], boundaries=[20, 60, 100])"),
            Example("multi_step(start=1e-3, factor=0.3, boundaries=[40, 80])", steps=120),
            Example("table(values=[1e-4, 1e-3, 8e-4, 5e-4, 3e-4, 0], every=20)"),
        ],
    ),
    "Noise": (
        "Noise that is the same whenever it is asked: a pure function of the step and a seed.",
        [
            Example("uniform_noise(low=1e-4, high=1e-3, seed=1, every=5)", steps=99),
            Example("normal_noise(mean=5e-4, deviation=1e-4, seed=1)", steps=100),
        ],
    ),
    "One after another": (
        "Schedules in an order, each from a step on.",
        [
            Example(f"join([{RISE}, {FALL}])"),
            Example(f"chain([{FALL}, exponential_decay(start=1, rate=0.97)], boundaries=[40])", steps=120),
            Example(f"switch([{RISE}, {FALL}], boundaries=[60])", beside=(RISE, FALL)),
            Example(f"sequence([{RISE}, {FALL}], fractions=[0.2, 0.8], total_steps=200)"),
        ],
    ),
    "Combinators of values": (
        "What is done to the values of one schedule or several. Dashed: the schedules themselves.",
        [
            Example(f"scale({FALL}, factor=0.5)", beside=(FALL,)),
            Example(f"clip({FALL}, low=2e-4, high=8e-4)", beside=(FALL,)),
            Example(f"remap({FALL}, low=0, high=1e-3, to_low=0.95, to_high=0.85)", label="momentum for that rate"),
            Example(
                f"raise_to(scale({FALL}, factor=1000), power=2)", beside=(f"scale({FALL}, factor=1000)",), label="factor"
            ),
            Example(f"round_to({FALL}, multiple=2e-4)", beside=(FALL,)),
            Example(f"round_down({FALL}, multiple=2e-4)", beside=(FALL,)),
            Example(f"multiply([linear(start=0, end=1, steps=20), {FALL}])", beside=(FALL,)),
            Example(f"add([{FALL}, constant(value=2e-4)])", beside=(FALL,), steps=120),
            Example(f"mean([{RISE}, {FALL}])", beside=(RISE, FALL)),
            Example(f"maximum([{RISE}, {FALL}])", beside=(RISE, FALL)),
            Example(f"minimum([{RISE}, {FALL}])", beside=(RISE, FALL)),
            Example(f"mix({RISE}, {FALL}, linear(start=0, end=1, steps=100))", beside=(RISE, FALL)),
        ],
    ),
    "Combinators of time": (
        "What is done to the clock of a schedule. Dashed: the schedule on its own clock.",
        [
            Example(f"shift({FALL}, steps=30)", beside=(FALL,)),
            Example(f"stretch({FALL}, factor=1.5)", beside=(FALL,)),
            Example(f"stretch_to({FALL}, steps=60)", beside=(FALL,), steps=115),
            Example(f"repeat({FALL}, times=3, growth=1.5, factor=0.7)", beside=(FALL,)),
            Example(f"count_from_one({RISE})", beside=(RISE,), steps=12),
            Example(f"staircase({FALL}, every=10)", beside=(FALL,)),
            Example(f"warp({FALL}, power=2)", beside=(FALL,)),
            Example(f"mirror({FALL})", beside=(FALL,)),
            Example(f"window({FALL}, first=20, stop=70)", beside=(FALL,), steps=100),
            Example(
                f"on_clock(stretch({FALL}, factor=100), consumed(sizes=[50, 200], boundaries=[60]))",
                beside=(FALL,),
                steps=120,
            ),
        ],
    ),
    "Any axis, any hyperparameter": (
        "A curve on another axis; a hyperparameter that is itself a schedule; factor by factor.",
        [
            Example(
                "interpolate(cosine(start=0, end=1, steps=1), start=1e-3, end=1e-6, steps=100, space=logarithm)", log=True
            ),
            Example(f"vary({FALL}, linear(start=1e-3, end=5e-4, steps=50), hyperparameter='start')", beside=(FALL,)),
            Example("running_product(linear(start=1, end=0.9, steps=50), times=100)", label="factor"),
        ],
    ),
    "Samples and tokens": (
        "How many samples were taken before each update, and how large each batch is; exact through a ramp.",
        [
            Example("consumed(sizes=[32, 64, 128], boundaries=[40, 80])", steps=120, label="samples taken"),
            Example("batch_size_ramp(sizes=[32, 64, 128], samples=[1280, 3840])", steps=120, label="batch size"),
        ],
    ),
    "Recipes": (
        "The names that people know. Each is a composition of those above.",
        [
            Example("warmup(inverse_sqrt(peak=1e-3, timescale=20), warmup_steps=20)", steps=150),
            Example("warmup_constant(peak=1e-3, warmup_steps=20)", steps=100),
            Example("warmup_linear(peak=1e-3, warmup_steps=20, total_steps=100)"),
            Example("warmup_cosine(peak=1e-3, warmup_steps=20, total_steps=100)"),
            Example("warmup_stable_decay(peak=1e-3, warmup_steps=20, decay_steps=30, total_steps=100)"),
            Example("one_cycle(peak=1e-3, total_steps=100)"),
            Example("cosine_restarts(peak=1e-3, every=20, times=3, growth=2, factor=0.8)"),
            Example("triangular_cycles(floor=1e-4, peak=1e-3, warmup_steps=20)", steps=150),
            Example("slanted_triangular(peak=1e-3, total_steps=100)"),
            Example(
                f"jagged_restarts(stretch({FALL}, factor=2), every=50, warmup_steps=10)",
                beside=(f"stretch({FALL}, factor=2)",),
                steps=220,
            ),
            Example("infinite(peak=1e-3, floor=4e-4, warmup_steps=20, decay_steps=40)", steps=150),
        ],
    ),
    "Changes to a run": (
        "The old schedule up to a step, and on from the value it has there. Dashed: the old schedule.",
        [
            Example("cool_down(constant(value=1e-3), at=60, decay_steps=40)", beside=("constant(value=1e-3)",)),
            Example(f"extend({FALL}, at=50, total_steps=150)", beside=(FALL,)),
            Example(f"branch(constant(value=1e-3), {FALL}, at=50)", beside=("constant(value=1e-3)",)),
            Example(f"rewarm({FALL}, at=80, peak=8e-4, warmup_steps=20, decay_steps=60)", beside=(FALL,)),
        ],
    ),
}

EXAMPLES: dict[str, Example] = {example.name: example for _, examples in GROUPS.values() for example in examples}

#: A line in the colours of the light theme, and what each becomes in the dark one.
DARK = {"#1f4e9c": "#8ab4f8", "#c2410c": "#fdba74", "#333333": "#cfd0d0", "#d4d4d4": "#3f4347"}
CURVE, BESIDE, INK, GRID = DARK


# Pictures ------------------------------------------------------------------------------------------------------------


def draw(
    schedule: ps.Schedule,
    path: Path,
    *,
    beside: Sequence[ps.Schedule] = (),
    steps: float | None = None,
    label: str = "learning rate",
    log: bool = False,
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
    axes.set_ylabel(label, color=INK)
    ps.plot({str(place): curve for place, curve in enumerate([*beside, schedule])}, steps=steps, ax=axes, log=log)
    axes.get_legend().remove()
    axes.xaxis.get_major_locator().set_params(nbins=6)  # large numbers beside each other would touch
    if not log:
        axes.margins(y=0.08)
        if label == "learning rate":
            axes.update_datalim([(0, 0)])  # a rate is seen against 0, also one that stays far from it
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
    """The schedules under `like`, each as the example of its docstring has it."""
    found = {}
    for peer in ps.like.__all__:
        module = getattr(ps.like, peer)
        for name in module.__all__:
            found[f"like.{peer}.{name}"] = exemplified(getattr(module, name))
    return found


def exemplified(factory: Any) -> ps.Schedule:
    """The schedule that the example in a docstring makes: the first call of the function in it."""
    names: dict[str, Any] = {}
    for example in doctest.DocTestParser().get_examples(inspect.getdoc(factory) or ""):
        for node in ast.walk(ast.parse(example.source)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == factory.__name__:
                made: ps.Schedule = eval(ast.unparse(node), names)  # noqa: S307 - this library's own, and a doctest
                return made
        exec(example.source, names)  # noqa: S102
    raise ValueError(f"the docstring of {factory.__name__} has no example that calls it")


# The page ------------------------------------------------------------------------------------------------------------


def page() -> str:
    """The gallery as a page of cards, one for each example."""
    lines = [
        "# Gallery",
        "",
        "A picture of every schedule and combinator, with the text that draws it: `ps.parse` reads the text, and Python",
        "does after `from pure_schedules import *`. Each name leads to its formula and hyperparameters.",
        "",
    ]
    for title, (about, examples) in GROUPS.items():
        lines += [f"## {title}", "", about, "", "::::{grid} 1 2 2 2", ":gutter: 3", ""]
        for example in examples:
            first, *_ = (inspect.getdoc(getattr(ps, example.name)) or "").splitlines()
            lines += [
                f":::{{grid-item-card}} {{py:func}}`{example.name} <pure_schedules.{example.name}>`",
                "",
                *pictures(example.name),
                "",
                first,
                "",
                f"`{example.text}`",
                ":::",
                "",
            ]
        lines += ["::::", ""]
    return "\n".join(lines)


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
        for name, example in EXAMPLES.items():
            beside = [ps.parse(other) for other in example.beside]
            length = example.steps or 1.15 * example.schedule.steps  # an end is only seen where something comes after it
            picture = directory / "pictures" / f"{name}.svg"
            draw(example.schedule, picture, beside=beside, steps=length, label=example.label, log=example.log)
        for name, schedule in of_peers().items():
            length = last_step([schedule])
            draw(schedule, directory / "pictures" / f"{name}.svg", steps=max(length, 8), label="value")
    (directory / "index.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Draw a picture of every public schedule and combinator.")
    parser.add_argument("directory", type=Path, help="where the page and the pictures go")
    make(parser.parse_args().directory)
