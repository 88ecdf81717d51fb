"""What evaluations, tables, populations, updates, compilations and imports cost: `make bench`.

Prints one table after another, and writes them as JSON and as a picture of how costs grow.
"""

import argparse
import itertools
import json
import math
import os
import pathlib
import platform
import sys
import warnings
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import contenders
import numpy as np
import torch
from measuring import in_turns, of_processes, once, said
from torch._dynamo.utils import counters
from torch.optim import SGD
from torch.optim.lr_scheduler import CosineAnnealingLR, LambdaLR, LinearLR, OneCycleLR, SequentialLR

import pure_schedules as ps
from pure_schedules_torch import lambda_lr, param_group_setter

WARMUP, TOTAL = 1_000, 1_000_000
OURS = ps.warmup_cosine(peak=contenders.PEAK, warmup_steps=WARMUP, total_steps=TOTAL)
BY_HAND = contenders.warmup_cosine(WARMUP, TOTAL)


def versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in ("pure-schedules", "torch", "numpy", "jax", "optax", "fvcore", "transformers"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


# One number ----------------------------------------------------------------------------------------------------------


def peers_of_numbers() -> dict[str, Callable[[int], Any]]:
    """The same curve by other libraries, those that are installed."""
    peers: dict[str, Callable[[int], Any]] = {}
    try:
        import jax
        import optax

        schedule = optax.warmup_cosine_decay_schedule(0.0, contenders.PEAK, WARMUP, TOTAL)
        jitted = jax.jit(schedule)
        peers["optax, jitted"] = lambda step: jitted(step).block_until_ready()
        peers["optax, eager"] = schedule
    except ImportError:
        pass
    try:
        from fvcore.common.param_scheduler import CompositeParamScheduler, CosineParamScheduler, LinearParamScheduler

        parts = [LinearParamScheduler(0.0, contenders.PEAK), CosineParamScheduler(contenders.PEAK, 0.0)]
        composite = CompositeParamScheduler(parts, [WARMUP / TOTAL, 1 - WARMUP / TOTAL], ["rescaled", "rescaled"])
        peers["fvcore"] = lambda step: composite(step / TOTAL)
    except ImportError:
        pass
    try:
        from transformers import get_cosine_schedule_with_warmup

        scheduler = get_cosine_schedule_with_warmup(SGD([torch.zeros(1)], lr=contenders.PEAK), WARMUP, TOTAL)
        peers["Transformers' lambda"] = scheduler.lr_lambdas[0]
    except ImportError:
        pass
    return peers


def numbers() -> list[dict[str, Any]]:
    tables = []
    peers = peers_of_numbers()
    flat = OURS.replace({})
    flat(0)
    for phase, step in (("in the warmup", WARMUP // 2), ("in the decay", TOTAL // 2)):
        calls: dict[str, Callable[[int], Any]] = {"by hand": BY_HAND, "warmup_cosine": OURS}
        calls["its flat function, not called as a schedule"] = flat._flat
        rows = in_turns({name: lambda call=call, step=step: call(step) for name, call in calls.items()}, 20_000)
        slow = in_turns({name: lambda call=call, step=step: call(step) for name, call in peers.items()}, 200, rounds=9)
        tables.append(said(f"One number: warmup_cosine, {phase}", rows | slow, ["by hand", "warmup_cosine"]))
    pairs: dict[str, tuple[Callable[[float], float], ps.Schedule, int]] = {
        "warmup_stable_decay": (
            contenders.warmup_stable_decay(WARMUP, TOTAL // 5, TOTAL),
            ps.warmup_stable_decay(peak=contenders.PEAK, warmup_steps=WARMUP, decay_steps=TOTAL // 5, total_steps=TOTAL),
            TOTAL - 1_000,
        ),
        "noam": (contenders.noam(512, 4_000), ps.noam(d_model=512, warmup_steps=4_000), 10_000),
    }
    for segments in (3, 10, 1000):
        lines = [ps.linear(start=contenders.PEAK, end=0.0, steps=100)] * segments
        pairs[f"join of {segments}"] = (contenders.stairs_of_lines(segments, 100), ps.join(lines), segments * 100 - 50)
    for name, (by_hand, ours, step) in pairs.items():
        assert math.isclose(by_hand(step), ours(step), rel_tol=1e-12)
        rows = in_turns({"by hand": lambda f=by_hand, k=step: f(k), name: lambda f=ours, k=step: f(k)}, 20_000)
        tables.append(said(f"One number: {name}", rows, ["by hand"]))

    def bound() -> ps.Schedule:
        return ps.warmup_cosine(peak=contenders.PEAK, warmup_steps=WARMUP, total_steps=TOTAL)

    rows = in_turns({"to bind": bound, "to bind, and the first number": lambda: bound()(5)}, 200)
    rows["the first number alone"] = rows["to bind, and the first number"] - rows["to bind"]
    tables.append(said("What a schedule of two segments costs to make", rows, ["to bind"]))
    tables.append(building())
    return tables


def parts_of(schedule: ps.Schedule) -> list[ps.Schedule]:
    """A schedule and everything that it is made of, what recipes stand for included."""
    inside = [item for value in schedule.arguments.values() for item in (value if isinstance(value, tuple) else (value,))]
    if schedule.composition is not schedule:
        inside.append(schedule.composition)
    return [schedule, *(part for item in inside if isinstance(item, ps.Schedule) for part in parts_of(item))]


def building() -> dict[str, Any]:
    """What it costs to build schedules, each with what it is made of: the dearest of the catalogue for their size."""
    sys.path.append(str(pathlib.Path(__file__).parents[1] / "support"))
    from catalogue import CASES

    def build(schedule: ps.Schedule) -> ps.Schedule:
        given = {
            name: tuple(map(again, value)) if isinstance(value, tuple) else again(value)
            for name, value in schedule.arguments.items()
        }
        return schedule.factory.bind(given)

    def again(value: Any) -> Any:
        return build(value) if isinstance(value, ps.Schedule) else value

    rows = in_turns({case.name: lambda case=case: build(case.schedule) for case in CASES}, 20, rounds=9)
    each = {case.name: rows[case.name] / len(parts_of(case.schedule)) for case in CASES}
    dearest = sorted(each, key=lambda name: -each[name])[:5]
    title = f"To build a schedule, for each node: the dearest 5 of the {len(CASES)} in the catalogue"
    return said(title, {name: each[name] for name in dearest}, [dearest[-1]])


# Other hyperparameters -----------------------------------------------------------------------------------------------


def overridden() -> list[dict[str, Any]]:
    """The same curve at other hyperparameters: a number, a tensor, and a gradient over one of them."""
    lr = ps.warmup_cosine(peak=contenders.PEAK, warmup_steps=WARMUP, total_steps=TOTAL)
    by_hand, step = contenders.warmup_cosine_with_arguments, TOTAL // 2
    assert math.isclose(lr(step, {"peak": 2e-3}), by_hand(step, peak=2e-3, warmup=WARMUP, total=TOTAL), rel_tol=1e-9)
    calls: dict[str, Callable[[], Any]] = {
        "by hand": lambda: by_hand(step, peak=2e-3, warmup=WARMUP, total=TOTAL),
        "with its own": lambda: lr(step),
        "with another peak": lambda: lr(step, {"peak": 2e-3}),
        "with all others": lambda: lr(step, {"peak": 2e-3, "warmup_steps": 500, "total_steps": 900_000}),
        "by replace": lambda: lr.replace(peak=2e-3)(step),
    }
    tables = [said("A number with other hyperparameters", in_turns(calls, 2_000), ["by hand"])]

    at, peak = torch.tensor(float(step), dtype=torch.float64), torch.tensor(2e-3, dtype=torch.float64)
    of_tensors = contenders.warmup_cosine_of_a_peak(WARMUP, TOTAL)
    torch.testing.assert_close(lr(at, {"peak": peak}), of_tensors(at, peak), rtol=1e-9, atol=0)
    calls = {
        "by hand": lambda: of_tensors(at, peak),
        "with its own": lambda: lr(at),
        "with a tensor": lambda: lr(at, {"peak": peak}),
        "with a number": lambda: lr(at, {"peak": 2e-3}),
    }
    rows = in_turns(calls, 300)
    tables.append(said("A tensor without dimensions, with other hyperparameters", rows, ["by hand", "with its own"]))

    slope, slope_by_hand = torch.func.grad(lambda p: lr(at, {"peak": p})), torch.func.grad(lambda p: of_tensors(at, p))
    rows = in_turns({"by hand": lambda: slope_by_hand(peak), "warmup_cosine": lambda: slope(peak)}, 100)
    tables.append(said("A gradient over one hyperparameter", rows, ["by hand"]))
    return tables


# A table of a million steps ------------------------------------------------------------------------------------------


def million() -> list[dict[str, Any]]:
    tables = []
    by_hand = contenders.warmup_cosine_of_tensors(WARMUP, TOTAL)
    for dtype in (torch.float32, torch.int64):
        steps = torch.arange(TOTAL, dtype=dtype)
        # Whole numbers are computed in double precision; by hand that is the first thing to write.
        mine = by_hand if dtype.is_floating_point else lambda step: by_hand(step.double())
        compiled, ours_compiled = torch.compile(mine, fullgraph=True), torch.compile(OURS, fullgraph=True)
        torch.testing.assert_close(OURS(steps), mine(steps), rtol=1e-5, atol=1e-9)
        calls: dict[str, Callable[[], Any]] = {
            "by hand, eager": lambda mine=mine, steps=steps: mine(steps),
            "warmup_cosine, eager": lambda steps=steps: OURS(steps),
            "by hand, compiled": lambda f=compiled, steps=steps: f(steps),
            "warmup_cosine, compiled": lambda f=ours_compiled, steps=steps: f(steps),
            "writing the memory": lambda steps=steps: torch.zeros(len(steps), dtype=OURS(steps[:1]).dtype),
        }
        array = steps.numpy() if dtype.is_floating_point else steps.double().numpy()
        numpy_by_hand = contenders.warmup_cosine_of_arrays(np, WARMUP, TOTAL)
        calls["NumPy, by hand"] = lambda f=numpy_by_hand, a=array: f(a)
        calls["warmup_cosine of NumPy"] = lambda a=array: OURS(a)
        try:
            import jax
            import jax.numpy as jnp
            import optax

            theirs = jax.jit(optax.warmup_cosine_decay_schedule(0.0, contenders.PEAK, WARMUP, TOTAL))
            ours_jitted, array = jax.jit(OURS), jnp.asarray(steps.numpy())
            calls["optax, jitted (single precision)"] = lambda f=theirs, a=array: f(a).block_until_ready()
            calls["warmup_cosine of JAX, jitted"] = lambda f=ours_jitted, a=array: f(a).block_until_ready()
        except ImportError:
            pass
        rows = in_turns(calls, 3, rounds=15)
        if dtype.is_floating_point:
            scheduler = LambdaLR(SGD([torch.zeros(1)], lr=1.0), BY_HAND)
            rows["a loop over torch's LambdaLR"] = once(lambda s=scheduler: [s.step() for _ in range(TOTAL // 20)]) * 20
        tables.append(said(f"A table of 10^6 steps, {dtype}", rows, ["by hand, eager", "by hand, compiled"], unit=1e-3))
    return tables


# A population --------------------------------------------------------------------------------------------------------


def population(members: int = 1000, length: int = 1000) -> list[dict[str, Any]]:
    generator = torch.Generator().manual_seed(0)
    tree = {
        "peak": torch.rand(members, generator=generator) * 1e-3,
        "warmup_steps": torch.randint(1, 200, (members,), generator=generator).float(),
        "total_steps": torch.randint(500, 1000, (members,), generator=generator).float(),
    }
    steps = torch.arange(float(length))
    lr = ps.warmup_cosine(peak=1.0, warmup_steps=10, total_steps=100)
    mapped = torch.func.vmap(lambda given: lr(steps, given))

    def broadcast(given: dict[str, torch.Tensor]) -> torch.Tensor:
        return lr(steps, {name: value[:, None] for name, value in given.items()})

    def by_hand(given: dict[str, torch.Tensor]) -> torch.Tensor:
        return contenders.population_of_tensors(steps, given)

    torch.testing.assert_close(mapped(tree), by_hand(tree), rtol=1e-4, atol=1e-8)
    calls: dict[str, Callable[[], Any]] = {
        "by hand, eager": lambda: by_hand(tree),
        "warmup_cosine, vmap, eager": lambda: mapped(tree),
        "warmup_cosine, broadcast, eager": lambda: broadcast(tree),
    }
    for name, function in {
        "by hand, compiled": by_hand,
        "warmup_cosine, vmap, compiled": mapped,
        "warmup_cosine, broadcast, compiled": broadcast,
    }.items():
        compiled = torch.compile(function, fullgraph=True)
        calls[name] = lambda f=compiled: f(tree)
    try:
        import jax
        import jax.numpy as jnp

        def in_jax(given: dict[str, Any], step: Any) -> Any:
            progress = jnp.clip((step - given["warmup_steps"]) / (given["total_steps"] - given["warmup_steps"]), 0, 1)
            rise = given["peak"] * step / given["warmup_steps"]
            return jnp.where(step < given["warmup_steps"], rise, given["peak"] * 0.5 * (1 + jnp.cos(jnp.pi * progress)))

        arrays, clock = {name: jnp.asarray(value.numpy()) for name, value in tree.items()}, jnp.asarray(steps.numpy())
        jitted = jax.jit(jax.vmap(jax.vmap(in_jax, in_axes=(None, 0)), in_axes=(0, None)))
        calls["JAX by hand, jitted"] = lambda: jitted(arrays, clock).block_until_ready()
    except ImportError:
        pass
    rows = in_turns(calls, 3, rounds=15)
    return [
        said(f"A population of {members} settings by {length} steps", rows, ["by hand, eager", "by hand, compiled"], 1e-3)
    ]


# Between two updates -------------------------------------------------------------------------------------------------


def optimizer_of(groups: int, lr: Any = contenders.PEAK) -> SGD:
    return SGD([{"params": [torch.nn.Parameter(torch.zeros(1))]} for _ in range(groups)], lr=lr)


def between_updates(groups: int) -> dict[str, Callable[[], None]]:
    """What each does between two updates of an optimizer with so many groups."""
    optimizer, clock = optimizer_of(groups), itertools.count()

    def bare() -> None:
        rate = BY_HAND(next(clock))
        for group in optimizer.param_groups:
            group["lr"] = rate

    set_step, steps = param_group_setter(optimizer_of(groups), lr=OURS), itertools.count()
    sequential = optimizer_of(groups)
    parts = [LinearLR(sequential, 1e-3, total_iters=WARMUP), CosineAnnealingLR(sequential, TOTAL)]
    return {
        "bare loop, rate by hand": bare,
        "param_group_setter": lambda: set_step(next(steps)),
        "lambda_lr": lambda_lr(optimizer_of(groups), OURS).step,
        "torch LambdaLR, by hand": LambdaLR(optimizer_of(groups, 1.0), BY_HAND).step,
        "torch CosineAnnealingLR": CosineAnnealingLR(optimizer_of(groups), TOTAL).step,
        "torch SequentialLR": SequentialLR(sequential, parts, [WARMUP]).step,
        "torch OneCycleLR": OneCycleLR(optimizer_of(groups), contenders.PEAK, TOTAL, cycle_momentum=False).step,
    }


def of_each_its_own(groups: int) -> dict[str, Callable[[], None]]:
    """The same where every group has a factor of one rate."""
    factors = [1 + index / groups for index in range(groups)]
    optimizer, clock, steps = optimizer_of(groups), itertools.count(), itertools.count()

    def bare() -> None:
        step = next(clock)
        for group, factor in zip(optimizer.param_groups, factors, strict=True):
            group["lr"] = factor * BY_HAND(step)

    def once_for_all() -> None:
        rate = BY_HAND(next(clock))
        for group, factor in zip(optimizer.param_groups, factors, strict=True):
            group["lr"] = factor * rate

    schedules = [ps.scale(OURS, factor=factor) for factor in factors]
    functions = [lambda step, factor=factor: factor * BY_HAND(step) for factor in factors]
    set_step = param_group_setter(optimizer_of(groups), lr=schedules)
    return {
        "bare loop, rate by hand": bare,
        "bare loop, rate once for all": once_for_all,
        "param_group_setter": lambda: set_step(next(steps)),
        "lambda_lr": lambda_lr(optimizer_of(groups), schedules).step,
        "torch LambdaLR, by hand": LambdaLR(optimizer_of(groups, 1.0), functions).step,
    }


def of_tensors(groups: int) -> dict[str, Callable[[], None]]:
    """The same where the rates are tensors, which are written in place."""
    steps = itertools.count()

    def made(lr: float) -> SGD:
        optimizer = optimizer_of(groups)
        for group in optimizer.param_groups:
            group["lr"] = torch.tensor(lr)
        return optimizer

    set_step = param_group_setter(made(0.0), lr=OURS)
    return {
        "param_group_setter": lambda: set_step(next(steps)),
        "lambda_lr": lambda_lr(made(0.0), OURS).step,
        "torch LambdaLR, by hand": LambdaLR(made(1.0), BY_HAND).step,
        "torch CosineAnnealingLR": CosineAnnealingLR(made(contenders.PEAK), TOTAL).step,
    }


#: What `param_group_setter` is to cost at most, by the title of the table: so much of the row that is named.
AIMS = {
    "1 parameter group": (2.5, "bare loop, rate by hand"),
    "64 parameter groups, each with a factor of one rate": (1.5, "bare loop, rate by hand"),
    "1000 parameter groups": (1.3, "bare loop, rate by hand"),
    "1000 parameter groups with tensor rates": (1 / 30, "torch LambdaLR, by hand"),
}


def updates() -> list[dict[str, Any]]:
    tables: list[dict[str, Any]] = []
    for groups in (1, 64, 1000):
        named = f"{groups} parameter group{'s' * (groups > 1)}"
        for calls, title in (
            (between_updates(groups), named),
            (of_each_its_own(groups), f"{named}, each with a factor of one rate"),
            (of_tensors(groups), f"{named} with tensor rates"),
        ):
            rows = in_turns(calls, 5 + 2000 // groups)
            against = ["bare loop, rate by hand", "bare loop, rate once for all", "param_group_setter"]
            tables.append(said(f"Between two updates, {title}", rows, against))
            if title in AIMS:
                aim, other = AIMS[title]
                reached = rows["param_group_setter"] / rows[other]
                print(f"  param_group_setter, of {other}: {reached:.3f}, aimed at {aim:.3f} or less")
                tables[-1]["aim"] = {"of": other, "at most": aim, "reached": reached}
    return tables


# Compiling and importing ---------------------------------------------------------------------------------------------


def compiling() -> list[dict[str, Any]]:
    by_hand = contenders.warmup_cosine_of_tensors(WARMUP, TOTAL)
    rows: dict[str, float] = {}
    counts: dict[str, int] = {}
    for name, function in {
        "(the first compilation of the process)": torch.sin,
        "by hand": by_hand,
        "warmup_cosine": OURS,
    }.items():
        torch._dynamo.reset()
        counters.clear()
        compiled = torch.compile(function, fullgraph=True)
        rows[name] = once(lambda f=compiled: f(torch.zeros(100)))
        for step in range(1, 100):
            compiled(torch.full((100,), float(step)))
        counts[name] = counters["stats"]["unique_graphs"]
    table = said("To compile, caches of earlier runs included", rows, ["by hand"], unit=1e-3)
    print("  compilations over 100 steps: " + ", ".join(f"{name} {count}" for name, count in counts.items()))
    return [table | {"compilations": counts}]


def compiling_segments() -> list[dict[str, Any]]:
    """To compile joins of few and of many segments of one formula."""
    steps, rows = torch.arange(1000.0, dtype=torch.float64), {}
    for segments in (2, 100):
        lr = ps.join([ps.linear(start=contenders.PEAK, end=0.0, steps=1000 / segments)] * segments)
        torch._dynamo.reset()
        compiled = torch.compile(lr, fullgraph=True)
        rows[f"join of {segments}"] = once(lambda f=compiled: f(steps))
    return [said("To compile a join, caches of earlier runs included", rows, ["join of 2"], unit=1e-3)]


def importing() -> list[dict[str, Any]]:
    rows = of_processes({"import pure_schedules": "import pure_schedules", "import torch": "import torch"})
    return [said("To import, in a fresh interpreter", rows, ["import torch"], unit=1e-3)]


# How costs grow ------------------------------------------------------------------------------------------------------


def nested(depth: int) -> ps.Schedule:
    lr = OURS
    for _ in range(depth):
        lr = ps.scale(lr, factor=0.999)
    return lr


def growth() -> dict[str, dict[str, Any]]:
    """Seconds over sizes, for each of the ways in which a schedule can grow."""
    sizes = [1, 10, 100, 1000]
    joins = {n: ps.join([ps.linear(start=contenders.PEAK, end=0.0, steps=100)] * n) for n in sizes}
    depths = {n: nested(n) for n in (1, 10, 100)}
    tables = {n: torch.arange(float(n)) for n in (10, 10**3, 10**5, 10**6)}
    segments = {n: ps.join([ps.linear(start=contenders.PEAK, end=0.0, steps=TOTAL / n)] * n) for n in (2, 20, 200)}
    long = torch.arange(200_000, dtype=torch.float64)
    setters = {n: param_group_setter(optimizer_of(n), lr=OURS) for n in sizes}
    measured = {
        "one number, over segments of a join": in_turns(
            {str(n): lambda lr=lr, n=n: lr(100 * n - 50) for n, lr in joins.items()}, 5_000
        ),
        "one number, over depth of nesting": in_turns(
            {str(n): lambda lr=lr: lr(TOTAL // 2) for n, lr in depths.items()}, 5_000
        ),
        "a table, over its steps": in_turns({str(n): lambda steps=steps: OURS(steps) for n, steps in tables.items()}, 5),
        "a table of 200 000 steps, over segments of a join": in_turns(
            {str(n): lambda lr=lr: lr(long) for n, lr in segments.items()}, 3
        ),
        "the setter, over parameter groups": in_turns({str(n): lambda s=s: s(5) for n, s in setters.items()}, 200),
    }
    for name, rows in measured.items():
        said(f"How it grows: {name}", rows, [next(iter(rows))])
    return measured


def picture(measured: dict[str, dict[str, float]], path: pathlib.Path) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot(xscale="log", yscale="log", xlabel="size", ylabel="microseconds")
    for name, rows in measured.items():
        axes.plot([int(size) for size in rows], [1e6 * seconds for seconds in rows.values()], marker="o", label=name)
    axes.set_title("How costs grow with size")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=150)


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("out"), help="folder for the JSON and the picture")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    warnings.filterwarnings("ignore", message="Detected call of `lr_scheduler.step")  # nothing is trained here
    machine = f"{platform.machine()}, {os.cpu_count()} cores, torch with {torch.get_num_threads()} threads"
    print(", ".join(f"{name} {number}" for name, number in versions().items()), machine, sep="\n")
    tables = [
        *numbers(),
        *overridden(),
        *million(),
        *population(),
        *updates(),
        *compiling(),
        *compiling_segments(),
        *importing(),
    ]
    measured = growth()
    (out / "benchmark.json").write_text(
        json.dumps({"versions": versions(), "machine": machine, "tables": tables, "growth": measured}, indent=1) + "\n"
    )
    picture(measured, out / "benchmark.png")
    print(f"\nwritten: {out / 'benchmark.json'}, {out / 'benchmark.png'}")


if __name__ == "__main__":
    main()
