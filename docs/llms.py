"""Writes `llms.txt`: every public name on one page of text, for programs that write programs.

    python docs/llms.py          writes docs/llms.txt
    python docs/llms.py --check  fails if that is not what the docstrings say

Each name has its signature with the unit of every number, the first sentence of its docstring, and its example.
"""

import inspect
import re
import runpy
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pure_schedules as ps
import pure_schedules_torch
from pure_schedules import averages, checks, numeric, queries, reactive, testing
from pure_schedules._reading import ROOMS, functions_of, names_of_peers

FILE = Path(__file__).parent / "llms.txt"
ARGUMENTS_IN = runpy.run_path(str(FILE.parent / "docstrings.py"))["arguments"]
START = """\
# pure-schedules

> Learning-rate schedules for PyTorch, written as pure functions of the step. A schedule has no state and no optimizer:
> `lr(step)` is its value, `lr(step, {"peak": 2e-3})` its value with another hyperparameter, and the checkpoint is the step.

- Import schedules from `pure_schedules` (as `ps`), adapters from `pure_schedules_torch`.
- Hyperparameters are given by name; schedules that are composed come first, by position.
- Units stand in brackets: [lr] is the unit of the scheduled value, [steps] counts updates from 0, [1] is a pure number.
- A schedule takes a number, or a tensor or array of steps, and works under torch.func, torch.compile, JAX and NumPy.
- Attach with `lambda_lr(optimizer, lr)` and call `scheduler.step()` after each `optimizer.step()`; or with
  `set_step = param_group_setter(optimizer, lr=lr)` and call `set_step(k)` before update k.
"""


def text() -> str:
    """The whole page."""
    return START + "".join(f"\n## {title}\n\n{''.join(map(entry, names.items()))}" for title, names in sections())


def sections() -> Iterator[tuple[str, dict[str, Any]]]:
    """The parts of the page: a title, and what it lists by name."""
    listed: set[str] = set()
    for room in ROOMS:
        names = {name: getattr(room, name) for name in room.__all__ if hasattr(ps, name)}
        listed |= names.keys()
        yield _title(room), names
    rest = {name: getattr(ps, name) for name in ps.__all__ if name not in listed}
    yield "Schedules as values", {name: thing for name, thing in rest.items() if not isinstance(thing, ModuleType)}
    yield "pure_schedules_torch: attach to an optimizer", _public(pure_schedules_torch)
    yield "pure_schedules.queries: questions about a schedule", _public(queries, "queries.")
    yield "pure_schedules.averages: weights of checkpoints in the place of a decay", _public(averages, "averages.")
    yield "pure_schedules.reactive: rules that look at a metric", _public(reactive, "reactive.")
    yield "pure_schedules.testing: test a schedule of your own", _public(testing, "testing.")
    yield "pure_schedules.numeric: arithmetic for formulas of your own", _public(numeric, "numeric.")
    yield "pure_schedules.checks: rules for hyperparameters of your own", _public(checks, "checks.")
    for peer in names_of_peers():
        yield f"pure_schedules.like.{peer}", {f"like.{peer}.{name}": made for name, made in functions_of(peer).items()}


def _title(room: ModuleType) -> str:
    return (room.__doc__ or "").partition("\n")[0].rstrip(".").partition(":")[0]


def _public(module: ModuleType, prefix: str = "") -> dict[str, Any]:
    return {f"{prefix}{name}": getattr(module, name) for name in module.__all__}


def entry(named: tuple[str, Any]) -> str:
    """One name: how it is called, what it is, and an example."""
    name, thing = named
    documented = inspect.getdoc(thing) if callable(thing) else None
    if documented is None:  # a value, such as an axis or a rule
        return f"- `{name}`\n"
    summary = re.sub(r"\s+", " ", documented.partition("\n\n")[0])
    lines = [f"- `{name}{_signature(thing, documented)}`: {summary}\n"]
    lines += [f"      {line}\n" for line in _example(documented)]
    return "".join(lines)


def _signature(thing: Callable[..., Any], documented: str) -> str:
    try:
        parameters = inspect.signature(thing).parameters.values()
    except (TypeError, ValueError):
        return ""
    if inspect.isclass(thing):
        return ""
    units = {name: unit for name, (_, unit) in ARGUMENTS_IN(documented).items() if unit}
    return f"({', '.join([_parameter(parameter, units) for parameter in parameters])})"


def _parameter(parameter: inspect.Parameter, units: dict[str, str]) -> str:
    stars = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
    unit = f" [{units[parameter.name]}]" if parameter.name in units else ""
    if parameter.default is parameter.empty:
        return f"{stars}{parameter.name}{unit}"
    default = getattr(parameter.default, "__name__", None) or repr(parameter.default)
    return f"{parameter.name}{unit}={re.sub(r' at 0x[0-9a-f]+', '', default)}"


def _example(documented: str) -> list[str]:
    """The lines of the example, without the imports that the page begins with."""
    found = re.search(r"^Example:\n((?: +.*\n|\n)+)", documented + "\n", re.MULTILINE)
    lines = [line[4:] for line in found[1].rstrip().split("\n")] if found else []
    return [line for line in lines if not re.match(r">>> (from|import) (pure_schedules|torch)", line)]


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(FILE.read_text() != text() and f"{FILE.name} is not what the docstrings say: run python docs/llms.py")
    FILE.write_text(text())
