"""The schedules of other libraries, under their own names and parameters, as compositions of the schedules here.

Each module is a library, each function one of its schedules: ``like.torch.OneCycleLR(max_lr=0.1, total_steps=100)``.
The result prints as its composition, which you can adapt to a variant of your own.

If a tool configures its schedule in a file, the module has a `from_config` that reads it:
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
    """Import a module when it is used."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(f"{__name__}.{name}")


def __dir__() -> list[str]:
    """All modules, also those not imported yet."""
    return __all__
