"""What every function under `like` has in common: its arguments are looked at, and its mistakes are told under its name."""

import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from collections.abc import Callable

import pytest
import torch

import pure_schedules as ps
from pure_schedules import like

FUNCTIONS = [
    (module.name, name)
    for module in pkgutil.iter_modules(like.__path__)
    if not module.name.startswith("_")
    for name in importlib.import_module(f"pure_schedules.like.{module.name}").__all__
]


@pytest.mark.parametrize(("module", "name"), FUNCTIONS)
def test_an_argument_that_it_does_not_have_is_refused(module: str, name: str) -> None:
    function = getattr(importlib.import_module(f"pure_schedules.like.{module}"), name)
    with pytest.raises(TypeError, match=re.escape(f"like.{module}.{name}: there is no hyperparameter 'surprise'")):
        function(surprise=1)


#: What only the composition can tell, or a schedule that it is made of.
LATE = [
    (
        lambda: like.fvcore.MultiStepParamScheduler(values=[1.0]),
        "like.fvcore.MultiStepParamScheduler: num_updates or milestones must be given; ",
    ),
    (
        lambda: like.megatron.get_lr(max_lr=1.0, lr_decay_steps=9, lr_decay_style="WSD"),
        'like.megatron.get_lr: wsd_decay_steps is missing; "WSD" needs the length of its fall',
    ),
    (
        lambda: like.nemo.NoamHoldAnnealing(max_steps=9),
        "like.nemo.NoamHoldAnnealing: warmup_steps is missing; give it, or warmup_ratio",
    ),
    (
        lambda: like.nemo.T5InverseSquareRootAnnealing(max_steps=9),
        "like.nemo.T5InverseSquareRootAnnealing: constant_steps is missing; give it, or constant_ratio",
    ),
    (
        lambda: like.papers.wsd_s(peak=1.0, warmup_steps=0, checkpoints=[50, 52]),
        "like.papers.wsd_s: join: boundaries must rise from 0 on, never falling, ",
    ),
    (
        lambda: like.transformers.get_wsd_schedule(num_warmup_steps=1, num_decay_steps=1),
        "like.transformers.get_wsd_schedule: num_training_steps or num_stable_steps must be given; ",
    ),
]


@pytest.mark.parametrize(("mistake", "message"), LATE)
def test_a_mistake_that_is_found_late_is_told_under_the_name_too(mistake: Callable[[], ps.Schedule], message: str) -> None:
    with pytest.raises(ValueError, match="^" + re.escape(message)):
        mistake()


# Rates beside a factor -------------------------------------------------------------------------------------------------

#: What the functions need that have an optional `lr`, by name.
NEEDED = {
    **dict.fromkeys(("T_0", "T_max", "decay_t", "max_steps", "num_training_steps", "t_initial", "total_num_steps"), 20),
    **dict.fromkeys(("num_warmup_steps", "num_decay_steps", "warmup_steps"), 4),
    "d_model": 64,
}


def rates_of(function: Callable[..., ps.Schedule]) -> list[str]:
    """Its parameters that are rates, by the unit in its docstring."""
    return re.findall(r"^    (\w+): (?:.|\n(?!    \w+: ))*\[lr\]\.$", inspect.getdoc(function) or "", re.MULTILINE)


@pytest.mark.parametrize(("module", "name"), FUNCTIONS)
def test_a_rate_does_not_stand_beside_a_factor(module: str, name: str) -> None:
    """Without the rate of the optimizer the schedule is a factor, beside which a floor that is a rate means nothing."""
    function = getattr(importlib.import_module(f"pure_schedules.like.{module}"), name)
    parameters = inspect.signature(function).parameters
    if "lr" not in parameters or parameters["lr"].default is inspect.Parameter.empty:
        return
    others = [other for other in rates_of(function) if other not in ("lr", "warmup_max_lr")]
    assert (parameters["lr"].default is None) == bool(others) or name in (
        "get_scheduler",
        "param_scheduler",
    )  # which look themselves
    given = {each: value for each, value in NEEDED.items() if each in parameters}
    if name == "MultiStepLRScheduler":
        given["decay_t"] = [20]
    for other in others:
        rest = {each: 0.0 for each in others if each != other and parameters[each].default is not None}
        message = (
            f"like.{module}.{name}: {other} is a rate, and without .*lr the schedule is a factor of one, got {other}=0.25; "
        )
        with pytest.raises(ValueError, match=message):
            function(**given, **rest, **{other: 0.25})
        function(**given, **rest, **{other: 0.25}, lr=0.5)
        with pytest.raises(ValueError, match=f"{other} is a rate"):
            function(**given, **rest, **{other: torch.tensor(0.25)})
        if parameters[other].default is not None:
            function(**given, **rest, **{other: 0.0})


def test_a_peer_is_read_only_when_it_is_asked_for() -> None:
    program = "import sys\nfrom pure_schedules import like\n"
    program += "like.keras\nprint(*sorted(name for name in sys.modules if name.startswith('pure_schedules.like.')))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["pure_schedules.like._peer", "pure_schedules.like.keras"]
    with pytest.raises(AttributeError, match=r"module 'pure_schedules\.like' has no attribute 'tensorflow'"):
        _ = like.tensorflow
