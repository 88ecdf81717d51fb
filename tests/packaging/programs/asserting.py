"""Says in JSON whether the assertions of `pure_schedules.testing` pass what is right and catch what is wrong.

No `assert`: it is run under `python -O` too, where those of Python are skipped. The tests judge.
"""

import json
import pkgutil
from importlib import import_module

import pure_schedules as ps
from pure_schedules import testing

# Not the strategies of hypothesis, which the extra `testing` brings.
modules = [f"pure_schedules.testing.{found.name}" for found in pkgutil.iter_modules(testing.__path__)]
for name in modules:
    if not name.endswith(".strategies"):
        import_module(name)

LR = ps.warmup_cosine(peak=1.0, warmup_steps=4, total_steps=12)


def early(step):
    """One step ahead of the schedule."""
    return LR(step + 1)


def caught(mine, theirs):
    try:
        testing.assert_like(mine, theirs, range(15))
    except AssertionError:
        return True
    return False


print(json.dumps({"modules": modules, "right": caught(LR, LR), "wrong": caught(LR, early)}))
