"""What every function under `like` has in common: its arguments are looked at, and its mistakes are told under its name."""

import importlib
import pkgutil
import re
import subprocess
import sys
from collections.abc import Callable

import pytest

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


def test_a_peer_is_read_only_when_it_is_asked_for() -> None:
    program = "import sys\nfrom pure_schedules import like\n"
    program += "like.keras\nprint(*sorted(name for name in sys.modules if name.startswith('pure_schedules.like.')))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["pure_schedules.like._peer", "pure_schedules.like.keras"]
    with pytest.raises(AttributeError, match=r"module 'pure_schedules\.like' has no attribute 'tensorflow'"):
        _ = like.tensorflow
