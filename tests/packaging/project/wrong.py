"""Eight mistakes. Beside each stands what mypy calls it, and then what pyright does."""

import pure_schedules as ps
from pure_schedules_torch import lambda_lr, param_group_setter

lr = ps.linear(strat=0.0, end=1.0, steps=10)  # call-arg, reportCallIssue: misspelt
lr = ps.linear(0.0, 1.0, 10)  # call-arg, reportCallIssue: by position
lr = ps.linear(start=0.0, end=1.0)  # call-arg, reportCallIssue: one is missing
lr = ps.linear(start="0", end=1.0, steps=10)  # arg-type, reportArgumentType: text for a number
lr = ps.scale(0.5, factor=2.0)  # arg-type, reportArgumentType: a number for a schedule
half: int = lr(3)  # assignment, reportAssignmentType: a value is a float
lambda_lr(lr=lr)  # call-arg, reportCallIssue: no optimizer
nothing: ps.Schedule = param_group_setter(None, lr=lr)("3")  # assignment, reportAssignmentType: a setter gives nothing
