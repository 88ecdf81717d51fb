"""Law 27 with the optimizers of other packages: under both adapters each update sees the scheduled rate, and uses it.

The judge is the same training with the rates written by hand, which ends with the same parameters; and so that this tells
something, a training at one constant rate, which has to end with others. Of pytorch-optimizer every optimizer that it
offers is tested, but those that are named here with the reason.
"""

from collections.abc import Callable
from typing import Any

import bitsandbytes
import lion_pytorch
import lion_pytorch.cautious_lion
import lion_pytorch.foreach
import prodigyopt
import pytest
import pytorch_optimizer
import schedulefree
import torch

import pure_schedules as ps
from pure_schedules.averages import schedule_free_weights
from pure_schedules_torch import lambda_lr, param_group_setter

STEPS = 20
SCHEDULE = ps.warmup_cosine(peak=1e-2, warmup_steps=4, total_steps=16, start=1e-4, floor=1e-5)
Build = Callable[[torch.nn.Module], Any]

pytestmark = [
    # Torch warns of what optimizers that look at second derivatives must do.
    pytest.mark.filterwarnings("ignore:Using backward.* with create_graph=True:UserWarning"),
]


def of(kind: Any, **options: Any) -> Build:
    """How most optimizers are built."""
    return lambda model: kind(model.parameters(), lr=0.5, **options)


def around(wrapper: Any, kind: Any = torch.optim.AdamW) -> Build:
    """How one that wraps another is built."""
    return lambda model: wrapper(kind(model.parameters(), lr=0.5))


def with_muon(kind: Any) -> Build:
    """How those are built that orthogonalize matrices and leave the rest to Adam."""
    return lambda model: kind(
        [{"params": [model.weight], "use_muon": True}, {"params": [model.bias], "use_muon": False}], lr=0.5
    )


# pytorch-optimizer ---------------------------------------------------------------------------------------------------

LEFT_OUT = {
    "a2grad": "it has no rate",
    "alig": "it has no rate but a largest one, max_lr",
    "lomo": "it updates within backward, and is given the rate there",
    "adalomo": "it updates within backward, and is given the rate there",
    "demo": "it wants several processes",
    "distributedmuon": "it wants several processes",
    "lbfgs": "it is torch's, as tested with the others of torch",
}
MUONS = {"adago", "adamuon", "muon", "muonclip", "normuon"}
SECOND_ORDER = {"adahessian", "sophiah"}
SPECIAL: dict[str, Build] = {
    "adafactor": of(pytorch_optimizer.AdaFactor, relative_step=False),  # else it makes rates of its own
    "adammini": lambda model: pytorch_optimizer.AdamMini(model, lr=0.5),
    "apollodqn": of(pytorch_optimizer.ApolloDQN, warmup_steps=0),  # else it makes 500 rates of its own
    "bsam": of(pytorch_optimizer.BSAM, num_data=8, foreach=False),  # in groups it fails by itself
    "ranger21": of(pytorch_optimizer.Ranger21, num_iterations=STEPS, disable_lr_scheduler=True),
    "sara": of(pytorch_optimizer.load_optimizer("sara"), threshold=10.0),  # it trains the numbers below a threshold
    "spectralsphere": lambda model: pytorch_optimizer.SpectralSphere([model.weight], lr=0.5),
}


def from_pytorch_optimizer(name: str) -> Build:
    kind = pytorch_optimizer.load_optimizer(name)
    return with_muon(kind) if name in MUONS else SPECIAL.get(name) or of(kind)


# All of them ---------------------------------------------------------------------------------------------------------

BUILDS: dict[str, Build] = {
    **{
        f"pytorch_optimizer {name}": from_pytorch_optimizer(name)
        for name in pytorch_optimizer.get_supported_optimizers()
        if name not in LEFT_OUT
    },
    "lion_pytorch Lion": of(lion_pytorch.Lion),
    "lion_pytorch Lion foreach": of(lion_pytorch.foreach.Lion),
    "lion_pytorch Lion cautious": of(lion_pytorch.cautious_lion.Lion),
    "prodigyopt Prodigy": of(prodigyopt.Prodigy),
    "schedulefree AdamW": of(schedulefree.AdamWScheduleFree),
    "schedulefree AdamW foreach": of(schedulefree.AdamWScheduleFree, foreach=True),
    "schedulefree RAdam": of(schedulefree.RAdamScheduleFree),
    "schedulefree SGD": of(schedulefree.SGDScheduleFree),
    "schedulefree AdamW closure": of(schedulefree.AdamWScheduleFreeClosure),
    "schedulefree RAdam closure": of(schedulefree.RAdamScheduleFreeClosure),
    "schedulefree SGD closure": of(schedulefree.SGDScheduleFreeClosure),
    **{
        f"bitsandbytes {name}": of(getattr(bitsandbytes.optim, name))
        for name in ("Adam", "Adam8bit", "AdamW", "AdamW8bit", "AdEMAMix", "AdEMAMix8bit", "Adagrad8bit", "LAMB8bit")
    },
    **{f"bitsandbytes {name}": of(getattr(bitsandbytes.optim, name)) for name in ("Lion", "Lion8bit", "RMSprop8bit")},
    "bitsandbytes SGD8bit": of(bitsandbytes.optim.SGD8bit, momentum=0.9),
}
WRAPPERS: dict[str, Build] = {
    "pytorch_optimizer Lookahead": around(pytorch_optimizer.Lookahead),
    "pytorch_optimizer OrthoGrad": around(pytorch_optimizer.OrthoGrad),
    "pytorch_optimizer TRAC": around(pytorch_optimizer.TRAC),
    "pytorch_optimizer ScheduleFreeWrapper": around(pytorch_optimizer.ScheduleFreeWrapper),
    "pytorch_optimizer SAM": lambda model: pytorch_optimizer.SAM(model.parameters(), torch.optim.AdamW, lr=0.5),
    "schedulefree ScheduleFreeWrapper": around(schedulefree.ScheduleFreeWrapper, torch.optim.SGD),
    "schedulefree ScheduleFreeWrapperReference": around(schedulefree.ScheduleFreeWrapperReference, torch.optim.SGD),
}


def trained(name: str, build: Build, way: str) -> tuple[list[float], list[list[float]]]:
    """The rates that the updates began with, and the parameters at the end."""
    torch.manual_seed(0)
    # Of bitsandbytes, 8 bits are for tensors of 4096 numbers and more.
    model = torch.nn.Linear(64, 64) if "bitsandbytes" in name else torch.nn.Linear(4, 3)
    inputs = torch.randn(8, model.in_features)
    optimizer = build(model)
    if hasattr(optimizer, "train"):
        optimizer.train()
    if way == "setter":
        set_step = param_group_setter(optimizer, lr=SCHEDULE)
    elif way == "scheduler":
        scheduler = lambda_lr(optimizer, SCHEDULE)
    rates = []

    def closure() -> Any:
        optimizer.zero_grad()
        loss = (model(inputs) ** 2).mean()
        loss.backward(create_graph=name.split()[-1] in SECOND_ORDER)
        return loss

    for step in range(STEPS):
        if way == "setter":
            set_step(step)
        elif way in ("by hand", "constant"):
            for group in optimizer.param_groups:
                group["lr"] = SCHEDULE(step if way == "by hand" else 5)
        rates.append(optimizer.param_groups[0]["lr"])
        closure()
        if "closure" in name or name.split()[-1] in ("SAM", "bsam"):
            optimizer.step(closure)  # these look at the loss from another place too
        else:
            optimizer.step()
        if way == "scheduler":
            scheduler.step()
    return rates, [parameter.flatten().tolist() for parameter in model.parameters()]


#: Trained by hand twice with the same seed, it does not end with the same bits every time.
ROUNDS_AT_RANDOM = {"pytorch_optimizer kron"}


@pytest.mark.parametrize("way", ["setter", "scheduler"])
@pytest.mark.parametrize("name", BUILDS | WRAPPERS)
def test_each_update_sees_and_uses_the_scheduled_rate(name: str, way: str) -> None:
    build = (BUILDS | WRAPPERS)[name]
    if way == "scheduler" and not isinstance(build(torch.nn.Linear(4, 3)), torch.optim.Optimizer):
        with pytest.raises(TypeError, match="for anything else that has param_groups, use param_group_setter"):
            trained(name, build, way)
        return
    by_hand = trained(name, build, "by hand")
    rates, parameters = trained(name, build, way)
    assert rates == by_hand[0] == [SCHEDULE(step) for step in range(STEPS)]
    assert parameters == (
        by_hand[1] if name not in ROUNDS_AT_RANDOM else [pytest.approx(row, rel=1e-4) for row in by_hand[1]]
    )
    assert trained(name, build, "constant")[1] != by_hand[1]


@pytest.mark.parametrize("powers", [{}, {"r": 1.0}, {"r": 0.5, "weight_lr_power": 1.0}])
@pytest.mark.parametrize("kind", [schedulefree.SGDScheduleFree, schedulefree.AdamWScheduleFree])
def test_a_schedule_free_optimizer_averages_by_our_weights(kind: Any, powers: dict[str, float]) -> None:
    """What it evaluates is the average of the models that it moved, each with its weight."""
    torch.manual_seed(0)
    model, moved = torch.nn.Linear(4, 3).double(), {}
    optimizer = kind(model.parameters(), lr=0.5, weight_decay=0.0, **powers)
    optimizer.train()
    set_step = param_group_setter(optimizer, lr=SCHEDULE)
    inputs = torch.randn(8, 4).double()
    for step in range(STEPS):
        set_step(step)
        optimizer.zero_grad()
        (model(inputs) ** 2).mean().backward()
        optimizer.step()
        moved[step + 1] = optimizer.state[model.weight]["z"].clone()
    optimizer.eval()
    names = {"r": "step_power", "weight_lr_power": "power"}
    weights = schedule_free_weights(SCHEDULE, stop=STEPS, **{names[name]: value for name, value in powers.items()})
    average = sum(weight * moved[step] for step, weight in weights.items())
    torch.testing.assert_close(average, model.weight.detach(), rtol=1e-12, atol=1e-12)


def test_what_is_left_out_is_offered_at_all() -> None:
    assert set(LEFT_OUT) | MUONS | SECOND_ORDER | set(SPECIAL) <= set(pytorch_optimizer.get_supported_optimizers())
