"""Learning-rate schedules, and those of any other hyperparameter, as pure functions of the step."""

from ._schedule import Factory, Schedule, recipe, schedule
from .combinators import add, clip, count_from_one, join, maximum, minimum, multiply, repeat, scale, shift, stretch
from .recipes import cosine_restarts, one_cycle, warmup_constant, warmup_cosine, warmup_linear, warmup_stable_decay
from .shapes import (
    constant,
    cosine,
    exponential,
    exponential_decay,
    inverse_sqrt,
    linear,
    noam,
    piecewise_constant,
    piecewise_linear,
    polynomial,
    step_decay,
)
from .text import difference, parse

__version__ = "0.1.0"

__all__ = [
    "Factory",
    "Schedule",
    "add",
    "clip",
    "constant",
    "cosine",
    "cosine_restarts",
    "count_from_one",
    "difference",
    "exponential",
    "exponential_decay",
    "inverse_sqrt",
    "join",
    "linear",
    "maximum",
    "minimum",
    "multiply",
    "noam",
    "one_cycle",
    "parse",
    "piecewise_constant",
    "piecewise_linear",
    "polynomial",
    "recipe",
    "repeat",
    "scale",
    "schedule",
    "shift",
    "step_decay",
    "stretch",
    "warmup_constant",
    "warmup_cosine",
    "warmup_linear",
    "warmup_stable_decay",
]
