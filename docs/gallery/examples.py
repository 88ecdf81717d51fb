"""Which schedules the pages show, in what order, and an example of each: for the gallery, the explorer and the reference.

A new schedule is on all of them by itself. Its example is a call with `TYPICAL` values, since a hyperparameter has the same
meaning in each; one with a name that is not there is shown as the example of its docstring has it. What would not show
well so stands in `OWN`.
"""

import ast
import doctest
import inspect
import re
from types import ModuleType
from typing import Any

import pure_schedules as ps
from pure_schedules import changes, clocks, combinators, decays, knots, noise, recipes, shapes, spaces

#: The rooms of the schedules, in the order of the pages; each has a page in `docs/reference/`.
ROOMS: tuple[ModuleType, ...] = (shapes, decays, knots, noise, combinators, clocks, spaces, recipes, changes)

RISE = "linear(start=0, end=3e-4, steps=1_000)"
FALL = "cosine(start=3e-4, steps=10_000)"

#: What is given for a hyperparameter of this name.
TYPICAL: dict[str, str] = {
    "value": "3e-4",
    "start": "3e-4",
    "end": "3e-5",
    "peak": "3e-4",
    "floor": "1e-4",
    "low": "1e-4",
    "high": "2.5e-4",
    "multiple": "5e-5",
    "values": "[3e-4, 1e-4, 3e-5]",
    "sizes": "[64, 128, 256]",
    "steps": "10_000",
    "total_steps": "10_000",
    "warmup_steps": "1_000",
    "decay_steps": "2_000",
    "at": "6_000",
    "first": "2_000",
    "stop": "8_000",
    "every": "2_000",
    "period": "4_000",
    "timescale": "1_000",
    "upper_bound": "12_000",
    "boundaries": "[4_000, 8_000]",
    "samples": "[256_000, 768_000]",
    "fractions": "[0.1, 0.9]",
    "factor": "0.5",
    "rate": "0.5",
    "power": "2",
    "beta2": "0.999",
    "d_model": "512",
    "schedule": FALL,
    "other": "linear(start=1e-4, end=0, steps=10_000)",
    "schedules": f"[{RISE}, {FALL}]",
    "weight": "linear(start=0, end=1, steps=5_000)",
}

#: Examples of those that need other numbers to be seen for what they are.
OWN: tuple[str, ...] = (
    # A rise.
    RISE,
    "logarithmic(start=0, end=3e-4, steps=1_000)",
    # Of averages, of batch sizes, of factors.
    "half_life(start=0.9, end=0.999, steps=10_000)",
    "round_to(linear(start=128, end=1_024, steps=10_000), multiple=128)",
    "round_down(linear(start=128, end=1_024, steps=10_000), multiple=128)",
    "raise_to(cosine(start=1, steps=10_000), power=3)",
    "remap(warmup_cosine(peak=3e-4, warmup_steps=1_000, total_steps=10_000), low=0, high=3e-4, to_low=0.95, to_high=0.85)",
    "consumed_by(batch_size_ramp(sizes=[64, 128, 256], samples=[256_000, 768_000]))",
    "running_product(linear(start=1, end=0.99, steps=500), times=1_000)",
    "multiply([linear(start=0, end=1, steps=1_000), cosine(start=3e-4, steps=10_000)])",
    "chain([exponential(start=3e-4, end=1e-4, steps=5_000), cosine(start=1, steps=5_000)])",
    "sequence([linear(start=0, end=3e-4, steps=1), cosine(start=3e-4, steps=1)], fractions=[0.1, 0.9], total_steps=10_000)",
    # One boundary, and three.
    f"switch([{RISE}, {FALL}], boundaries=[1_000])",
    "piecewise_linear(values=[0, 3e-4, 1e-4, 0], boundaries=[1_000, 6_000, 10_000])",
    "piecewise_cosine(values=[0, 3e-4, 1e-4, 0], boundaries=[1_000, 6_000, 10_000])",
    "piecewise_cubic(values=[0, 3e-4, 1e-4, 0], boundaries=[1_000, 6_000, 10_000])",
    "table(values=[3e-4, 2e-4, 2.5e-4, 1e-4], every=1_000)",
    "consumed(sizes=[64, 128, 256], boundaries=[2_000, 5_000])",
    # What is seldom left out, although it may be.
    "exponential_decay(start=3e-4, rate=0.5, every=2_000)",
    "uniform_noise(low=0.9, high=1.1, every=100)",
    "normal_noise(mean=1, deviation=0.05, every=100)",
    "repeat(cosine(start=3e-4, steps=1_000), times=4, growth=1.5, factor=0.8)",
    "cosine_restarts(peak=3e-4, every=1_500, times=3, growth=2, factor=0.8)",
    "interpolate(cosine(start=0, end=1, steps=1), start=3e-4, end=3e-6, steps=10_000, space=logarithm)",
    "jagged_restarts(cosine(start=3e-4, steps=10_000), every=2_000, warmup_steps=100, decay_steps=100)",
    "triangular_cycles(peak=3e-4, floor=3e-5, warmup_steps=1_000, factor=0.7)",
    # On another clock.
    "shift(cosine(start=3e-4, steps=8_000), steps=2_000)",
    "stretch_to(warmup_cosine(peak=3e-4, warmup_steps=100, total_steps=1_000), steps=10_000)",
    "count_from_one(linear(start=0, end=3e-4, steps=10))",
    "on_clock(cosine(start=3e-4, steps=1_000_000), consumed(sizes=[64, 256], boundaries=[4_000]))",
    # With what goes on, or up and down.
    "capped_power(peak=3e-4, timescale=1_000, power=-0.5)",
    "add([cosine(start=2e-4, steps=10_000), sinusoid(start=5e-5, end=0, period=2_000)])",
    "maximum([cosine(start=3e-4, steps=8_000), constant(value=5e-5)])",
    "clip(warmup_cosine(peak=3e-4, warmup_steps=1_000, total_steps=10_000), low=3e-5, high=2.5e-4)",
    'vary(sinusoid(start=3e-4, end=0, period=2_000), linear(start=3e-4, end=5e-5, steps=10_000), hyperparameter="start")',
    "cool_down(constant(value=3e-4), at=8_000, decay_steps=2_000)",
    "extend(cosine(start=3e-4, steps=8_000), at=4_000, total_steps=16_000)",
    "branch(inverse_sqrt(peak=3e-4, timescale=1_000), cosine(start=1, steps=4_000), at=6_000)",
)


def schedules_in(room: ModuleType) -> list[Any]:
    """The functions of a room that make schedules, in its order."""
    factories = [getattr(room, name) for name in room.__all__ if isinstance(getattr(room, name), ps.Factory)]
    return sorted(factories, key=lambda factory: factory.formula.__code__.co_firstlineno)


def listed(page: str) -> str:
    """A page of the reference, with the entry of each schedule where it says ``.. schedules:: ROOM``."""

    def entries(match: re.Match[str]) -> str:
        (room,) = (room for room in ROOMS if room.__name__.endswith(f".{match[1]}"))
        return "\n\n".join(f".. autofunction:: pure_schedules.{factory.__name__}" for factory in schedules_in(room))

    return re.sub(r"^\.\. schedules:: (\w+)$", entries, page, flags=re.MULTILINE)


def example_of(factory: Any) -> str:
    """The text of a schedule that this makes."""
    own = {text.partition("(")[0]: text for text in OWN}
    return own.get(factory.__name__) or usual(factory)


def usual(factory: Any) -> str:
    """The text with the typical value for each hyperparameter that must be given."""
    needed = [p for p in factory.parameters.values() if p.default is p.empty]
    if any(p.name not in TYPICAL for p in needed):
        return repr(exemplified(factory))
    arguments = [TYPICAL[p.name] if p.name in factory.positional else f"{p.name}={TYPICAL[p.name]}" for p in needed]
    return f"{factory.__name__}({', '.join(arguments)})"


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


#: The example of each schedule by its name, in the order of the pages.
EXAMPLES: dict[str, str] = {factory.__name__: example_of(factory) for room in ROOMS for factory in schedules_in(room)}
