"""Golden values: what the original code of a peer gave once, kept in `peers/golden`, and how they are compared."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pure_schedules as ps

GOLDEN = Path(__file__).parents[1] / "peers" / "golden"


@dataclass(frozen=True)
class Case:
    """One run of the original: what it was called, and the value that each update had, or the error that ended the run."""

    name: str
    arguments: dict[str, Any]
    steps_run: int
    rates: list[Any]

    def __str__(self) -> str:
        return f"{self.name}({', '.join(f'{name}={value}' for name, value in self.arguments.items())})"

    @property
    def numbers(self) -> list[float]:
        return [rate for rate in self.rates if not isinstance(rate, str)]

    @property
    def error(self) -> str | None:
        return next((rate for rate in self.rates if isinstance(rate, str)), None)


def cases(peer: str) -> list[Case]:
    return [Case(**case) for case in json.loads((GOLDEN / f"{peer}.json").read_text())]


def compare(ours: ps.Schedule, theirs: Sequence[float], *, first: int = 0, tolerance: float = 1e-12) -> None:
    """That ours has these values from update `first` on, within a part of the highest; as numbers and as one tensor."""
    import torch

    allowed = tolerance * max((abs(rate) for rate in theirs), default=1.0)
    curve = ours(torch.arange(first, first + len(theirs))).tolist()
    for step, (rate, on_curve) in enumerate(zip(theirs, curve, strict=True), start=first):
        assert abs(ours(step) - rate) <= allowed, (step, ours(step), rate)
        assert abs(on_curve - rate) <= allowed, (step, on_curve, rate)
