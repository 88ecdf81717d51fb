"""What a peer refuses is refused under `like`, too: fractions of a step where it counts, and places beyond the run. Live."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from pure_schedules import constant, like

CONSTANTS = [constant(value=1.0), constant(value=0.5)]


def optimizer() -> torch.optim.Optimizer:
    return torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1)


def of_torch(name: str, **arguments: Any) -> Any:
    module = torch.optim.swa_utils if name == "SWALR" else torch.optim.lr_scheduler
    return getattr(module, name)(optimizer(), **arguments)


def of_ignite(name: str, **arguments: Any) -> Any:
    handlers = pytest.importorskip("ignite.handlers.param_scheduler")
    if name == "ConcatScheduler":
        cycles = [
            handlers.LinearCyclicalScheduler(made_for, "lr", start_value=1.0, end_value=0.0, cycle_size=10)
            for made_for in [optimizer()] * 2
        ]
        return handlers.ConcatScheduler(schedulers=cycles, durations=arguments["durations"])
    return getattr(handlers, name)(optimizer(), "lr", **arguments)


def of_fvcore(name: str, **arguments: Any) -> Any:
    arguments.pop("max_iter", None)
    return getattr(pytest.importorskip("fvcore.common.param_scheduler"), name)(**arguments)


CASES = [
    (of_torch, like.torch.SWALR, {"swa_lr": 0.05}, {"lr": 0.1}, "anneal_epochs", 4, 1.7),
    (of_torch, like.torch.CosineAnnealingWarmRestarts, {}, {}, "T_0", 4, 1.7),
    (of_torch, like.torch.OneCycleLR, {"max_lr": 1.0}, {}, "total_steps", 10, 10.5),
    (of_torch, like.torch.OneCycleLR, {"max_lr": 1.0, "epochs": 3}, {}, "steps_per_epoch", 10, 10.5),
    (of_torch, like.torch.OneCycleLR, {"max_lr": 1.0, "steps_per_epoch": 9}, {}, "epochs", 10, 10.5),
    (of_ignite, like.ignite.PiecewiseLinear, {}, {}, "milestones_values", [(1, 1.0), (3, 0.5)], [(1, 1.0), (2.5, 0.5)]),
    (of_ignite, like.ignite.ConcatScheduler, {}, {"schedulers": CONSTANTS}, "durations", [3], [2.5]),
    (of_fvcore, like.fvcore.MultiStepParamScheduler, {"values": [1.0, 0.1], "num_updates": 9}, {}, "milestones", [8], [9]),
    (of_fvcore, like.fvcore.MultiStepParamScheduler, {"values": [1.0, 0.1], "num_updates": 9}, {}, "milestones", [8], [90]),
    (of_fvcore, like.fvcore.MultiStepParamScheduler, {"values": [1.0, 0.1, 0.2]}, {}, "milestones", [3, 6, 9], [3, 9, 9]),
    (of_fvcore, like.fvcore.MultiStepParamScheduler, {"values": [1.0, 0.1, 0.2]}, {}, "milestones", [3, 6, 9], [6, 3, 9]),
    (of_fvcore, like.fvcore.MultiStepParamScheduler, {"values": [1.0, 0.1, 0.2]}, {}, "milestones", [3, 6, 9], [0, 3, 9]),
]


@pytest.mark.parametrize(("peer", "ours", "both", "alone", "name", "good", "bad"), CASES)
def test_what_the_peer_refuses_is_refused(
    peer: Callable[..., Any],
    ours: Callable[..., Any],
    both: dict[str, Any],
    alone: dict[str, Any],
    name: str,
    good: Any,
    bad: Any,
) -> None:
    peer(ours.__name__, **both, **{name: good})
    ours(**both, **alone, **{name: good})
    with pytest.raises((ValueError, TypeError)):
        peer(ours.__name__, **both, **{name: bad})
    with pytest.raises(ValueError, match=f"like.*{ours.__name__}: {name} must "):
        ours(**both, **alone, **{name: bad})
