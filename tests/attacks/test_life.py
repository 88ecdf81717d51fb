"""Long lives of optimizers: a hundred thousand updates, between any two of which something is done to one of them.

What can be done, and what must hold, is in `tests/attacks/life.py`; `make test` runs it small.
"""

from collections.abc import Callable
from typing import Any

import hypothesis
from attacks.life import Life
from hypothesis.stateful import run_state_machine_as_test

#: As many updates every day, and in the documented run.
EVERY_DAY, FULL = 5_000, 100_000


def test_lives_of_optimizers(full: bool, figures: Callable[[dict[str, Any]], None]) -> None:
    Life.counted.clear()
    batches = 0
    while Life.counted["updates"] < (FULL if full else EVERY_DAY):
        settings = hypothesis.settings(
            max_examples=100,
            stateful_step_count=50,
            database=None,
            deadline=None,
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        hypothesis.seed(batches)(Life)
        run_state_machine_as_test(Life, settings=settings)
        batches += 1
    figures({"seeds": batches, **dict(sorted(Life.counted.items()))})
