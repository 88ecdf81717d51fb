"""What hypothesis calls when it is imported, by its entry point: it is told how to draw a `Schedule`.

The strategies themselves are read when one is drawn. They import hypothesis, which would not be ready for them here.
"""

from typing import Any

from .._schedule import Schedule

__all__ = ["register"]


def register() -> None:
    """Tell hypothesis of the strategy for `Schedule`."""
    from hypothesis import strategies as st

    st.register_type_strategy(Schedule, _any_schedule)


def _any_schedule(_: type[Schedule]) -> Any:
    from .strategies import schedules

    return schedules()
