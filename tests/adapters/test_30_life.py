"""Law 30: a life of an optimizer, in small; `make attack` lives long. The machine is in `tests/attacks/life.py`."""

from attacks.life import Life
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test


def test_a_life_of_an_optimizer() -> None:
    run_state_machine_as_test(Life, settings=settings(max_examples=60, stateful_step_count=30))
