"""Says in JSON what the core does where it is installed. Its input is a list of schedules as text.

No `assert`: it is run under `python -O` too. The tests judge.
"""

import json
import pickle
import pkgutil
import sys
from importlib import import_module

import pure_schedules as ps
from pure_schedules import like, queries

# Those of `testing` are about torch, and run by another program.
modules = [f"pure_schedules.{found.name}" for found in pkgutil.iter_modules(ps.__path__) if found.name != "testing"]
modules += [f"pure_schedules.like.{found.name}" for found in pkgutil.iter_modules(like.__path__)]
for name in modules:
    import_module(name)

STEPS = [*range(0, 320, 7), 0.25, 96.999, 10**9]
texts = json.load(sys.stdin)
schedules = [ps.parse(text) for text in texts]

try:
    refused = str(ps.parse("cosine(start=1.0, steps=-1)"))
except ValueError as error:
    refused = str(error)

told = {
    "file": ps.__file__,
    "modules": modules,
    "values": [[schedule(step).hex() for step in STEPS] for schedule in schedules],
    "texts": [repr(schedule) for schedule in schedules],
    "through data": [ps.from_data(json.loads(json.dumps(ps.to_data(schedule)))) == schedule for schedule in schedules],
    "through pickle": [pickle.loads(pickle.dumps(schedule)) == schedule for schedule in schedules],
    "refused": refused,
    "like": repr(like.torch.StepLR(step_size=3, lr=0.5)),
    "integral": queries.integral(ps.linear(start=0.0, end=1.0, steps=10)),
    "heavy": sorted({"torch", "numpy", "matplotlib", "jax"} & sys.modules.keys()),
}
print(json.dumps(told))
