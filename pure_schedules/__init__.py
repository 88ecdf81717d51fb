"""Schedules for the learning rate and any other hyperparameter, as pure functions of the step.

Hyperparameters are checked when a schedule is built, and the message says what to write instead. Tensors and traced values
are not checked, since that would wait for the device: "`steps` is negative" under *Raises* is about plain numbers.
"""

from typing import Any

from ._plot import plot
from ._schedule import Factory, Schedule, recipe, schedule
from ._terminal import sketch
from .batches import grow_batch
from .bundles import Bundle, bundle
from .changes import branch, cool_down, extend, rewarm
from .clocks import (
    count_from_one,
    mirror,
    on_clock,
    repeat,
    shift,
    staircase,
    stretch,
    stretch_to,
    warp,
    window,
)
from .combinators import (
    add,
    chain,
    clip,
    divide,
    join,
    maximum,
    mean,
    minimum,
    mix,
    multiply,
    raise_to,
    remap,
    round_down,
    round_to,
    running_product,
    scale,
    sequence,
    switch,
    vary,
)
from .data import differences, from_data, to_data
from .decays import (
    capped_power,
    exponential_approach,
    exponential_decay,
    inverse_decay,
    inverse_sqrt,
    noam,
    radam_warmup,
    sinusoid,
    step_decay,
)
from .knots import (
    accumulated,
    batch_size_ramp,
    consumed,
    consumed_by,
    multi_step,
    piecewise_constant,
    piecewise_cosine,
    piecewise_cubic,
    piecewise_linear,
    table,
)
from .noise import normal_noise, uniform_noise
from .recipes import (
    cosine_restarts,
    infinite,
    jagged_restarts,
    one_cycle,
    one_cycle_momentum,
    slanted_triangular,
    triangular_cycles,
    warmup,
    warmup_constant,
    warmup_cosine,
    warmup_linear,
    warmup_stable_decay,
)
from .shapes import (
    affine_exponential,
    circular,
    constant,
    cosine,
    exponential,
    half_life,
    harmonic,
    hyperbolic,
    hyperbolic_tangent,
    linear,
    logarithmic,
    mirror_cosine,
    one_minus_power,
    polynomial,
    rex,
)
from .spaces import half_lives, interpolate, logarithm, reciprocal
from .text import parse

__version__ = "0.1.0"

__all__ = [
    "Bundle",
    "Factory",
    "Schedule",
    "accumulated",
    "add",
    "affine_exponential",
    "batch_size_ramp",
    "branch",
    "bundle",
    "capped_power",
    "chain",
    "circular",
    "clip",
    "constant",
    "consumed",
    "consumed_by",
    "cool_down",
    "cosine",
    "cosine_restarts",
    "count_from_one",
    "differences",
    "divide",
    "exponential",
    "exponential_approach",
    "exponential_decay",
    "extend",
    "from_data",
    "grow_batch",
    "half_life",
    "half_lives",
    "harmonic",
    "hyperbolic",
    "hyperbolic_tangent",
    "infinite",
    "interpolate",
    "inverse_decay",
    "inverse_sqrt",
    "jagged_restarts",
    "join",
    "linear",
    "logarithm",
    "logarithmic",
    "maximum",
    "mean",
    "minimum",
    "mirror",
    "mirror_cosine",
    "mix",
    "multi_step",
    "multiply",
    "noam",
    "normal_noise",
    "on_clock",
    "one_cycle",
    "one_cycle_momentum",
    "one_minus_power",
    "parse",
    "piecewise_constant",
    "piecewise_cosine",
    "piecewise_cubic",
    "piecewise_linear",
    "plot",
    "polynomial",
    "radam_warmup",
    "raise_to",
    "recipe",
    "reciprocal",
    "remap",
    "repeat",
    "rewarm",
    "rex",
    "round_down",
    "round_to",
    "running_product",
    "scale",
    "schedule",
    "sequence",
    "shift",
    "sinusoid",
    "sketch",
    "slanted_triangular",
    "staircase",
    "step_decay",
    "stretch",
    "stretch_to",
    "switch",
    "table",
    "to_data",
    "triangular_cycles",
    "uniform_noise",
    "vary",
    "warmup",
    "warmup_constant",
    "warmup_cosine",
    "warmup_linear",
    "warmup_stable_decay",
    "warp",
    "window",
]


#: The modules that are imported only when they are used.
_LAZY = ("averages", "like", "queries", "reactive")


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return import_module(f"{__name__}.{name}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
