"""The entry point that hypothesis calls on import, to register a strategy for `Schedule`.

The strategies are imported when one is drawn: they import hypothesis, which is not ready at this point.
"""

from typing import Any

from .._schedule import Schedule

__all__ = ["register"]


def register() -> None:
    """Register the strategy for `Schedule`."""
    from hypothesis import strategies as st

    st.register_type_strategy(Schedule, _any_schedule)


def _any_schedule(_: type[Schedule]) -> Any:
    from .strategies import schedules

    return schedules()
