"""Attach pure schedules to any torch optimizer, as a real `LambdaLR` or a per-step setter; convert torch's schedulers."""

from ._checkpoints import step_of
from ._from_torch import from_torch
from ._groups import ByGroup, Relative, by_group, relative, schedules_by_group
from ._lambda_lr import ScheduleLR, lambda_lr
from ._setter import ParamGroupSetter, param_group_setter
from ._text_lr import TextLR

__all__ = [
    "ByGroup",
    "ParamGroupSetter",
    "Relative",
    "ScheduleLR",
    "TextLR",
    "by_group",
    "from_torch",
    "lambda_lr",
    "param_group_setter",
    "relative",
    "schedules_by_group",
    "step_of",
]
