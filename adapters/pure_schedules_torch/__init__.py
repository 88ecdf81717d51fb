"""Attach pure schedules to any torch optimizer: as a real `LambdaLR`, or as a per-step setter of its groups."""

from ._groups import ByGroup, by_group
from ._lambda_lr import ScheduleLR, lambda_lr
from ._setter import ParamGroupSetter, param_group_setter

__all__ = ["ByGroup", "ParamGroupSetter", "ScheduleLR", "by_group", "lambda_lr", "param_group_setter"]
