"""Compiled and captured training: the schedule evaluated from a tensor step inside the step of the training itself."""

import copy
from collections.abc import Callable
from types import SimpleNamespace

import pytest
import torch
from benchmarks.graphs import captured
from torch._dynamo.utils import counters

import pure_schedules as ps
from pure_schedules_torch import param_group_setter

RATE = ps.warmup_stable_decay(peak=1e-2, warmup_steps=50, decay_steps=50, total_steps=180)
INPUTS = torch.linspace(-1, 1, 32).reshape(8, 4)

# What torch's compiler says of itself while it compiles is not about schedules.
pytestmark = pytest.mark.filterwarnings("ignore")


def counted(function: Callable[..., object], **options: object) -> Callable[..., object]:
    """A compiled function, with the count of compilations set to 0."""
    torch._dynamo.reset()
    counters.clear()
    return torch.compile(function, backend="aot_eager", **options)


def test_forward_backward_and_update_are_one_graph() -> None:
    """A step written with torch.func, with momentum: compiled whole, once, for all steps of the run."""
    torch.manual_seed(0)
    model = torch.nn.Linear(4, 1)
    begin = {name: value.detach().clone() for name, value in model.named_parameters()}

    def train(parameters, momentum, step):
        def loss(parameters):
            return torch.func.functional_call(model, parameters, (INPUTS,)).square().mean()

        slopes = torch.func.grad(loss)(parameters)
        rate = RATE(step).to(torch.float32)
        momentum = {name: 0.9 * momentum[name] + slopes[name] for name in parameters}
        return {name: value - rate * momentum[name] for name, value in parameters.items()}, momentum

    compiled = counted(train, fullgraph=True)
    fast = slow = (begin, {name: torch.zeros_like(value) for name, value in begin.items()})
    for step in range(200):
        fast = compiled(*fast, torch.tensor(step))
        slow = train(*slow, torch.tensor(step))
    assert counters["stats"]["unique_graphs"] == 1
    assert not counters["graph_break"]
    for name in begin:
        torch.testing.assert_close(fast[0][name], slow[0][name])


@pytest.mark.xfail(
    torch.__version__ < "2.7", raises=torch._dynamo.exc.Unsupported, reason="its compiler cannot compare two dicts by `is`"
)
def test_the_setter_is_one_graph() -> None:
    # Not an optimizer of torch: its compiler puts `capturable` into the groups of those, and compiles once more for that.
    optimizer = SimpleNamespace(param_groups=[{"lr": torch.tensor(0.0)}, {"lr": torch.tensor(0.0)}])
    set_step = param_group_setter(optimizer, lr=[RATE, ps.scale(RATE, factor=0.5)])
    rate = optimizer.param_groups[0]["lr"]
    compiled = counted(set_step, fullgraph=True)
    for step in range(200):
        compiled(torch.tensor(step))
        assert rate.item() == pytest.approx(RATE(step), rel=1e-6, abs=1e-12)
    assert optimizer.param_groups[0]["lr"] is rate
    assert counters["stats"]["unique_graphs"] == 1
    assert not counters["graph_break"]


@pytest.mark.parametrize("kind", [torch.optim.AdamW, torch.optim.SGD, torch.optim.RMSprop])
def test_the_setter_and_an_optimizer_of_torch_compile_together(kind: type[torch.optim.Optimizer]) -> None:
    """Torch itself breaks the graph on the way into every `optimizer.step`; after the first updates nothing is compiled."""

    def training() -> tuple[torch.nn.Module, torch.optim.Optimizer, Callable[[torch.Tensor], None]]:
        torch.manual_seed(0)
        model = torch.nn.Linear(4, 1)
        optimizer = kind(model.parameters(), lr=torch.tensor(0.0))
        set_step = param_group_setter(optimizer, lr=RATE)

        def update(step: torch.Tensor) -> None:
            set_step(step)
            optimizer.step()

        return model, optimizer, update

    def train(model: torch.nn.Module, optimizer: torch.optim.Optimizer, update: Callable[..., object], step: int) -> None:
        optimizer.zero_grad()
        model(INPUTS).square().mean().backward()
        update(torch.tensor(step))

    slow, fast = training(), training()
    for each in (slow, fast):
        train(*each, 0)  # the state of the optimizer is made by its first update
    model, optimizer, update = fast
    compiled = counted(update)
    seen = []
    for step in range(1, 200):
        train(*slow, step)
        train(model, optimizer, compiled, step)
        seen.append(counters["stats"]["unique_graphs"])
        assert optimizer.param_groups[0]["lr"].item() == pytest.approx(RATE(step), rel=1e-6, abs=1e-12)
    assert seen[2] == seen[-1]
    for one, other in zip(model.parameters(), slow[0].parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
@pytest.mark.parametrize("loaded", [False, True], ids=["", "after a load"])
def test_a_captured_step_replays_with_the_rate_advancing_on_the_device(loaded: bool) -> None:
    """Forward, backward, schedule, update and the count of steps in one CUDA graph, 1000 times without asking the host."""
    torch.manual_seed(0)
    replays = 1000
    schedule = ps.warmup_cosine(peak=1e-2, warmup_steps=100, total_steps=900)
    model = torch.nn.Linear(4, 1).cuda()
    optimizer = torch.optim.AdamW(model.parameters(), lr=torch.tensor(0.0, device="cuda"), capturable=True)
    set_step = param_group_setter(optimizer, keep_tensors=True, lr=schedule)
    inputs = INPUTS.cuda()
    step = torch.zeros((), dtype=torch.int64, device="cuda")
    used = torch.zeros(replays + 8, dtype=torch.float64, device="cuda")

    def train() -> None:
        set_step(step)
        used.index_copy_(0, step.reshape(1), optimizer.param_groups[0]["lr"].double().reshape(1))
        optimizer.zero_grad(set_to_none=False)
        model(inputs).square().mean().backward()
        optimizer.step()
        step.add_(1)

    graph = captured(train)
    if loaded:
        optimizer.load_state_dict(copy.deepcopy(optimizer.state_dict()))
        set_step(step)  # puts the tensors that the graph knows back
    step.zero_()
    torch.cuda.synchronize()
    torch.cuda.set_sync_debug_mode("error")
    try:
        for _ in range(replays):
            graph.replay()
    finally:
        torch.cuda.set_sync_debug_mode("default")
    expected = torch.tensor([schedule(k) for k in range(replays)], dtype=torch.float64)
    torch.testing.assert_close(used[:replays].cpu(), expected, rtol=1e-6, atol=1e-10)
    assert step.item() == replays
