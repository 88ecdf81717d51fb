"""What a parameter under `like` is where it is left out: what the peer itself takes for it, or the number in the paper.

The signatures of torch, Transformers, optax, ignite and fvcore are asked for live. Those of the other peers were read from
their sources once (see golden/defaults.md). Papers have no signatures: a table says which numbers they state, and where.
"""

import importlib
import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pure_schedules import like

REQUIRED = inspect.Parameter.empty
NONE = object()

GOLDEN = {
    (function["peer"], function["name"]): {**dict.fromkeys(function["required"], REQUIRED), **function["defaults"]}
    for function in json.loads((Path(__file__).parent / "golden" / "defaults.json").read_text())
}
LIVE = {
    "fvcore": ("fvcore.common.param_scheduler",),
    "ignite": ("ignite.handlers.param_scheduler", "ignite.handlers.state_param_scheduler"),
    "optax": ("optax",),
    "torch": ("torch.optim.lr_scheduler", "torch.optim.swa_utils"),
    "transformers": ("transformers.optimization",),
}
#: Whose schedules stand in the module of another peer here.
GUESTS = {"fvcore": "detectron2", "transformers": "diffusers"}
#: Where one scheduler of the peer is two schedules here.
TWINS = {
    "CyclicLR_momentum": "CyclicLR",
    "OneCycleLR_momentum": "OneCycleLR",
    "OneCycleMomentum": "OneCycle",
}

#: Parameters that the peer does not have: what they are if left out, and what they stand for.
OWN = {
    ("*", "*", "lr"): (1.0, "the rate that the peer reads from its optimizer; 1 makes the schedule a factor of it"),
    **{
        (peer, name, "lr"): (None, "the same, for a schedule that takes other rates: beside them it must be given")
        for peer, names in {
            "deepspeed": ["WarmupLR"],
            "nemo": [name for name in like.nemo.__all__ if name != "T5InverseSquareRootAnnealing"],
            "timm": [name for name in like.timm.__all__ if name != "create_scheduler_v2"],
            "torch": ["CosineAnnealingLR", "CosineAnnealingWarmRestarts"],
            "transformers": [
                "get_cosine_with_min_lr_schedule_with_warmup",
                "get_cosine_with_min_lr_schedule_with_warmup_lr_rate",
                "get_polynomial_decay_schedule_with_warmup",
            ],
        }.items()
        for name in names
    },
    ("timm", "create_scheduler_v2", "lr"): (REQUIRED, "the same; but its warmup begins at a rate, and so it is no factor"),
    ("transformers", "get_scheduler", "lr"): (None, "the same; the schedule that it makes says whether it must be given"),
    ("transformers", "get_scheduler", "warmup_ratio"): (None, "the warmup as a part of the run, of TrainingArguments"),
    ("torch", "SWALR", "lr"): (REQUIRED, "the same; but it goes to a rate, and so it is no factor"),
    ("torch", "MultiplicativeLR", "steps"): (REQUIRED, "how many factors to multiply"),
    ("fvcore", "*", "max_iter"): (REQUIRED, "the length of the run, of which the peer is told which part is over"),
    ("fvcore", "MultiStepParamScheduler", "max_iter"): (None, "the same; `num_updates` may stand for it"),
    ("megatron", "*", "increment"): (1, "by how much the peer's clock goes on; 1 counts updates, and not samples"),
}
#: Parameters with another default here: what it is, that of the peer, and the reason.
DIFFERENT = {
    ("nemo", "WarmupAnnealHoldPolicy", "max_steps"): (REQUIRED, None, "the peer counts back from it, and stops at None"),
}

#: What reads a peer's configuration, and is no function of the peer's.
READERS = ("mmengine", "ultralytics")

FUNCTIONS = [
    (peer, name)
    for peer in like.__all__
    if peer not in ("papers", *READERS)
    for name in importlib.import_module(f"pure_schedules.like.{peer}").__all__
]


def ours(peer: str, name: str) -> dict[str, Any]:
    """Each parameter with its default."""
    function = getattr(importlib.import_module(f"pure_schedules.like.{peer}"), name)
    return {each.name: each.default for each in inspect.signature(function).parameters.values()}


def theirs(peer: str, name: str) -> dict[str, Any]:
    """The same of the original."""
    name = TWINS.get(name, name)
    for origin in (peer, GUESTS.get(peer, peer)):
        if (origin, name) in GOLDEN:
            return GOLDEN[origin, name]
    modules = [pytest.importorskip(module) for module in LIVE[peer]]
    return live(next(getattr(module, name) for module in modules if hasattr(module, name)))


def live(original: Callable[..., Any]) -> dict[str, Any]:
    """Of a function, or of a class; and where one class hands on what it does not know, of the class below it too."""
    functions = [each.__init__ for each in inspect.getmro(original)] if inspect.isclass(original) else [original]
    unknown = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}
    found: dict[str, Any] = {}
    for function in functions:
        parameters = inspect.signature(function).parameters.values()
        found = {each.name: each.default for each in parameters if each.kind not in unknown} | found
        if all(each.kind not in unknown for each in parameters):
            break
    return found


def alike(one: Any, other: Any) -> bool:
    """Whether two defaults are the same, as 0 and 0.0 are, and as 0 and False are not."""
    one, other = (list(each) if isinstance(each, tuple) else each for each in (one, other))
    return one == other and isinstance(one, bool) == isinstance(other, bool)


@pytest.mark.parametrize(("peer", "name"), FUNCTIONS)
def test_what_is_left_out_is_what_the_peer_takes(peer: str, name: str) -> None:
    original = theirs(peer, name)
    for parameter, default in ours(peer, name).items():
        place, expected = (peer, name, parameter), original.get(parameter, NONE)
        if place in DIFFERENT:
            assert (default, expected) == DIFFERENT[place][:2]
            continue
        if expected is NONE:
            known = [OWN[each] for each in (place, (peer, "*", parameter), ("*", "*", parameter)) if each in OWN]
            assert known, f"{parameter} is no parameter of the peer's, and is not listed here"
            expected = known[0][0]
        assert alike(default, expected), place


# Papers --------------------------------------------------------------------------------------------------------------

#: Where each number stands is said under *Source* in the docstring of the function.
PAPERS = {
    "adafactor_beta2": {"power": 0.8},
    "adafactor_relative_step": {"cap": 1e-2},
    "ademamix_beta3": {"start": 0.9, "beta3": 0.9999},  # from beta_1
    "bert": {"peak": 1e-4, "warmup_steps": 10_000, "total_steps": 1_000_000},
    "byol_momentum": {"start": 0.996},
    "clr_exp_range": {"low": 0.001, "high": 0.006, "step_size": 2000, "gamma": 0.99994},
    "clr_triangular": {"low": 0.001, "high": 0.006, "step_size": 2000},
    "clr_triangular2": {"low": 0.001, "high": 0.006, "step_size": 2000},
    "deepseek_multi_step": {"peak": 4.2e-4, "warmup_steps": 2000},  # of 7 billion parameters
    "eden": {"peak": 0.045, "timescale": 7500, "epochs": 3.5, "warmup_steps": 500, "start_fraction": 0.5},
    "edm2": {"peak": 0.01, "warmup_steps": 10_000_000 / 2048, "decay_steps": 70_000},  # 10 million images
    "ema_inverse_gamma": {"inv_gamma": 1.0, "power": 2 / 3, "min_value": 0.0, "max_value": 1.0},  # for a million updates
    "fixmatch": {"peak": 0.03, "total_steps": 2**20},
    "gpt3": {"peak": 0.6e-4, "warmup_tokens": 375e6, "decay_tokens": 260e9, "floor_fraction": 0.1},  # of 175 billion
    "htd": {"floor": 0.0, "lower": -6.0, "upper": 3.0},
    "imagenet_in_one_hour": {"batch_size": 8192},
    "infinite_cosine": {"peak": 3e-4, "plateau": 1.65e-4, "floor": 3e-5},
    "infinite_inverse_sqrt": {"peak": 3e-4, "plateau": 1.65e-4, "floor": 3e-5},
    "k_decay": {"floor": 0.0},
    "knee": {"warmup_steps": 0},  # no warmup, where the paper does not speak of one
    "llama": {"peak": 3e-4, "warmup_steps": 2000, "floor_fraction": 0.1},  # of 7 and 13 billion parameters
    "minicpm_wsd": {"peak": 0.01, "half_life": 5000},
    "muon_momentum": {"start": 0.85, "end": 0.95, "steps": 300},
    "power_scheduler": {"batch_size": 1024, "warmup_tokens": 1e9, "eta_max": 0.02, "a": 4.0, "b": -0.51},
    "relora": {"restart_warmup_steps": 50},  # the lower end of 50 to 100
    "scaling_vit": {"warmup_steps": 10_000, "cooldown_steps": 50_000, "timescale": 10_000},  # the last of its code
    "sgdr": {"peak": 0.05, "floor": 0.0, "growth": 2.0},
    "snapshot_ensembles": {"peak": 0.1},
    "super_convergence": {"low": 0.1, "high": 3.0, "step_size": 5000},
    "t5": {"warmup_steps": 10_000},
    "transformer": {"d_model": 512, "warmup_steps": 4000},
    "ulmfit": {"peak": 0.01, "cut_frac": 0.1, "ratio": 32},
    "untuned_linear": {"beta2": 0.999},
    "wsd_1_sqrt": {"warmup_steps": 300, "decay_fraction": 0.2},
    "wsd_s": {"decay_fraction": 0.1, "floor_fraction": 0.1},
}


@pytest.mark.parametrize("name", like.papers.__all__)
def test_what_is_left_out_is_what_the_paper_says(name: str) -> None:
    stated = PAPERS.get(name, {})
    for parameter, default in ours("papers", name).items():
        assert alike(default, stated.get(parameter, REQUIRED)), parameter
