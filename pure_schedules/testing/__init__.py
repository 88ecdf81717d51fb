"""For your own tests: assertions on schedules, all laws of this library, and a record of what an optimizer used.

Hypothesis strategies are in `pure_schedules.testing.strategies`, and need the extra ``testing``. With it installed,
``st.from_type(Schedule)`` works without an import.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .assertions import (
        assert_batches,
        assert_bounded,
        assert_compiles_once,
        assert_continuous,
        assert_differentiable,
        assert_holds_end,
        assert_like,
        assert_monotonic,
        assert_pure,
        assert_reaches,
        assert_round_trips,
    )
    from .laws import Checked, check
    from .training import Record, following, recording

__all__ = [
    "Checked",
    "Record",
    "assert_batches",
    "assert_bounded",
    "assert_compiles_once",
    "assert_continuous",
    "assert_differentiable",
    "assert_holds_end",
    "assert_like",
    "assert_monotonic",
    "assert_pure",
    "assert_reaches",
    "assert_round_trips",
    "check",
    "following",
    "recording",
]


def __getattr__(name: str) -> Any:
    """Import a name when it is used: hypothesis imports this module, and most of the rest needs torch."""
    if name in __all__:
        for module in ("assertions", "laws", "training"):
            found = import_module(f"{__name__}.{module}")
            if name in found.__all__:
                return getattr(found, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """All names, also those not imported yet."""
    return __all__
