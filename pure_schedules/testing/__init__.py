"""The laws of this library for your own tests: assertions, `check`, and a record of what an optimizer really used.

The strategies for hypothesis are in `pure_schedules.testing.strategies`; they need the extra ``testing``, which brings
hypothesis. With it installed, ``st.from_type(Schedule)`` works without an import.
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
    """A name is looked for when it is asked for: whoever imports hypothesis imports this, and torch comes with the rest."""
    if name in __all__:
        for module in ("assertions", "laws", "training"):
            found = import_module(f"{__name__}.{module}")
            if name in found.__all__:
                return getattr(found, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """The names, also those that nobody has asked for."""
    return __all__
