"""How things are measured here: all that is compared takes turns in one run, so that a slow moment meets everybody.

What is kept are medians; what is worth quoting are their ratios.
"""

import itertools
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

Seconds = dict[str, float]


def in_turns(contenders: Mapping[str, Callable[[], Any]], calls: int = 1, rounds: int = 21) -> Seconds:
    """Seconds per call of each, as medians over rounds of so many calls; the first round only warms up."""
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for name, call in itertools.chain.from_iterable([contenders.items()] * (rounds + 1)):
        begin = time.perf_counter()
        for _ in range(calls):
            call()
        times[name].append((time.perf_counter() - begin) / calls)
    return {name: statistics.median(values[1:]) for name, values in times.items()}


def once(call: Callable[[], Any]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def of_processes(statements: Mapping[str, str], rounds: int = 7) -> Seconds:
    """Seconds that statements take inside fresh interpreters, without the start of the interpreter itself."""
    timed = "import time; begin = time.perf_counter(); {}; print(time.perf_counter() - begin)"

    def seconds(statement: str) -> float:
        return float(subprocess.run([sys.executable, "-c", timed.format(statement)], capture_output=True, check=True).stdout)

    times: dict[str, list[float]] = {name: [] for name in statements}
    for name, statement in itertools.chain.from_iterable([statements.items()] * (rounds + 1)):
        times[name].append(seconds(statement))
    return {name: statistics.median(values[1:]) for name, values in times.items()}


def said(title: str, rows: Seconds, against: list[str], unit: float = 1e-6) -> dict[str, Any]:
    """Print a table of medians and ratios, and give it as plain data."""
    name_of_unit = {1e-6: "microseconds", 1e-3: "milliseconds"}[unit]
    against = [name for name in against if name in rows]
    widths = [max(len(name) + 4, 8) for name in against]
    print(
        f"\n{title}\n  {'':34}{name_of_unit:>14}"
        + "".join(f"{'of ' + n:>{w + 3}}" for n, w in zip(against, widths, strict=True))
    )
    for name, seconds in rows.items():
        ratios = "".join(f"{seconds / rows[n]:>{w + 3}.2f}" for n, w in zip(against, widths, strict=True))
        print(f"  {name:34}{seconds / unit:14.3f}{ratios}", flush=True)
    return {
        "title": title,
        "seconds": rows,
        "ratios": {name: {other: seconds / rows[other] for other in against} for name, seconds in rows.items()},
    }
