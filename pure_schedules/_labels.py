"""Labels of curves, numbers and steps, for pictures and terminals."""

import math
from inspect import Parameter
from typing import Any

from ._arrays import is_array, is_number, same
from ._schedule import Schedule
from ._trees import shown

__all__ = ["curve_label", "number_label", "step_label"]

LONGEST_LABEL = 150


def curve_label(curve: Any) -> str:
    """The label of a curve: its code, without defaults, shortened."""
    return shown(curve, _in_short, LONGEST_LABEL)


def _in_short(value: Any) -> str:
    if isinstance(value, Schedule):
        parameters = value.factory.parameters
        arguments = [
            _in_short(item) if parameters[name].kind is Parameter.POSITIONAL_OR_KEYWORD else f"{name}={_in_short(item)}"
            for name, item in value.arguments.items()
            if item is not None and not same(item, parameters[name].default)
        ]
        return f"{value.factory.__name__}({', '.join(arguments)})"
    if isinstance(value, tuple):
        shown = [*map(_in_short, value[:5]), *(["..."] if len(value) > 5 else [])]
        return f"[{', '.join(shown)}]"
    if is_number(value):
        return number_label(value)
    if is_array(value):
        return number_label(value.item()) if math.prod(value.shape) == 1 else "[...]"
    return getattr(value, "__qualname__", None) or repr(value)


def number_label(value: float, below: float = 1e-2) -> str:
    """A number in at most six digits, with a power of ten below `below` and from ten million on."""
    if value == 0:
        return "0"
    if math.isinf(value):
        return str(value)
    if below <= abs(value) < 1e7:
        return f"{value:.6g}" if abs(value) < 999_999.5 else f"{value:.0f}"  # which six digits would round to 1e+06
    digits, _, exponent = f"{value:.5e}".partition("e")
    return f"{digits.rstrip('0').rstrip('.')}e{int(exponent)}"


def step_label(step: float) -> str:
    """A step, with commas between the thousands."""
    return f"{step:,.0f}" if step == int(step) and abs(step) < 1e7 else number_label(step, below=1e-4)
