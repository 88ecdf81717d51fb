"""A peer's schedule under the peer's own name and parameters, as a composition of the schedules here.

Each module is a peer, each function one of its schedules: ``like.torch.OneCycleLR(max_lr=0.1, total_steps=100)``. What it
returns prints as what it is made of, so it also shows how to write a variant that the peer does not have.

Where people write the schedule into a file, the module has a `from_config` beside them, which reads such a file:
``like.transformers.from_config(yaml.safe_load(text), total_steps=10_000)``.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import (
        axolotl,
        deepspeed,
        fvcore,
        ignite,
        keras,
        megatron,
        mmengine,
        nemo,
        optax,
        papers,
        timm,
        torch,
        torchtitan,
        transformers,
        ultralytics,
    )

__all__ = [
    "axolotl",
    "deepspeed",
    "fvcore",
    "ignite",
    "keras",
    "megatron",
    "mmengine",
    "nemo",
    "optax",
    "papers",
    "timm",
    "torch",
    "torchtitan",
    "transformers",
    "ultralytics",
]


def __getattr__(name: str) -> Any:
    """A peer is read only when it is asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(f"{__name__}.{name}")


def __dir__() -> list[str]:
    """The peers, also those that nobody has asked for."""
    return __all__
