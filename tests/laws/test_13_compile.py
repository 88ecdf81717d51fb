"""Law 13: compiles once. The whole of it, with no break, once for a tensor step and twice for whole or floating numbers."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch
from catalogue import CASES, Case
from compositions import compositions
from hypothesis import given, settings
from leaves import flatten, leaves, mapped, measured, tensors
from torch._dynamo.utils import counters

import pure_schedules as ps

# What torch's compiler says of itself while it compiles is not about schedules.
pytestmark = pytest.mark.filterwarnings("ignore")


def compilations(function: Callable[..., Any], calls: Sequence[tuple[Any, ...]], backend: str = "aot_eager") -> int:
    """How often `function` is compiled for these calls, each of which must give what it gives uncompiled."""
    torch._dynamo.reset()
    counters.clear()
    compiled = torch.compile(function, fullgraph=True, backend=backend)
    for arguments in calls:
        result, expected = (list(map(float, flatten(each(*arguments)))) for each in (compiled, function))
        assert result == pytest.approx(expected, rel=1e-6 if backend == "inductor" else 1e-12, abs=1e-15), arguments
    return counters["stats"]["unique_graphs"]


def clock(case: Case) -> list[int]:
    return [*range(12), *case.steps_of_interest()]


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_once_with_a_tensor_step(case: Case) -> None:
    assert compilations(case.schedule, [(torch.tensor(step),) for step in clock(case)]) == 1
    assert compilations(lambda step: case.schedule(step), [(torch.tensor(float(step)),) for step in clock(case)]) == 1


@pytest.fixture(scope="module")
def inductor() -> str:
    """The compiler that torch uses unless told otherwise. It needs a C++ compiler, which not every machine has."""
    try:
        torch.compile(torch.sin)(torch.ones(8))
    except Exception as error:
        pytest.skip(f"torch cannot compile C++ here: {type(error).__name__}")
    return "inductor"


@pytest.mark.parametrize("cases", [CASES[index::8] for index in range(8)], ids=lambda cases: f"{cases[0]!r} and so on")
def test_once_with_a_tensor_step_by_the_compiler_that_people_use(cases: list[Case], inductor: str) -> None:
    """Several schedules in one function: most of the time of one alone goes into starting the compiler of C++."""
    steps = sorted({step for case in cases for step in case.steps_of_interest()})
    calls = [(torch.tensor(step, dtype=torch.float64),) for step in steps]
    assert compilations(lambda step: [case.schedule(step) for case in cases], calls, backend=inductor) == 1


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_twice_at_most_with_a_number_for_the_step(case: Case) -> None:
    one = torch.ones((), dtype=torch.float64)
    case.schedule(0)  # whether a number was asked for before makes no difference
    assert compilations(lambda x, step: x * case.schedule(step), [(one, step) for step in clock(case)]) <= 2
    # Torch 2.7 compiles anew for each floating number, whatever is done with it: a product by hand as well.
    if not (torch.__version__ >= "2.7" and torch.__version__ < "2.8"):
        fresh = case.schedule.replace({})
        assert compilations(lambda x, step: x * fresh(step), [(one, step + 0.5) for step in clock(case)]) <= 2


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_twice_at_most_when_floating_hyperparameters_change(case: Case) -> None:
    tree = measured(case.schedule.hyperparameters)
    tree.pop("fractions", None)  # numbers that must have a sum of 1 cannot be changed all alike
    calls = [
        (torch.tensor(17.0, dtype=torch.float64), mapped(lambda leaf, change=change: leaf * change * 1.0, tree))
        for change in (1.01, 1.02, 1.03, 1.04, 1.05)
    ]
    assert compilations(lambda step, given: case.schedule(step, given), calls) <= 2


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_batches_of_gradients_compile(case: Case) -> None:
    tree = tensors(case.schedule.hyperparameters)
    steps = torch.tensor([0.0, 5.3, 17.7, 61.2, 111.3, 250.7, 1e6], dtype=torch.float64)
    slopes = torch.func.vmap(torch.func.grad(case.schedule, argnums=(0, 1)), in_dims=(0, None))
    torch._dynamo.reset()
    compiled = torch.compile(slopes, fullgraph=True, backend="aot_eager")(steps, tree)
    for one, other in zip(flatten(list(compiled)), flatten(list(slopes(steps, tree))), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-11, atol=1e-16)


@given(compositions)
@settings(max_examples=10)
def test_compositions_compile_once(schedule: ps.Schedule) -> None:
    assert compilations(schedule, [(torch.tensor(step),) for step in (0, 1, 7, 20, 100, 10**6)]) == 1


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_it_exports(case: Case) -> None:
    class Module(torch.nn.Module):
        def forward(self, step: torch.Tensor) -> torch.Tensor:
            return case.schedule(step)

    steps = torch.arange(0.0, 250.0, dtype=torch.float64)
    exported = torch.export.export(Module(), (steps,)).module()
    torch.testing.assert_close(exported(steps + 7), case.schedule(steps + 7), rtol=1e-13, atol=1e-17)


def test_products_compile_within_what_scales_by_a_value_reached() -> None:
    product, fall = ps.running_product(ps.linear(start=1.0, end=0.5, steps=9), times=5), ps.cosine(start=1.0, steps=30)
    schedule = ps.branch(product, ps.chain([ps.running_product(lambda step: 0.5, times=2), fall], boundaries=[4]), at=3)
    for step in (torch.tensor, int):
        assert compilations(schedule, [(step(number),) for number in (0, 3, 5, 8, 10, 100)]) <= 2


def test_what_takes_from_a_table_exports_with_any_number_of_steps() -> None:
    class Curve(torch.nn.Module):
        def __init__(self, schedule: ps.Schedule) -> None:
            super().__init__()
            self.schedule = schedule

        def forward(self, steps: torch.Tensor) -> torch.Tensor:
            return self.schedule(steps)

    for schedule in (ps.running_product(ps.linear(start=1.0, end=0.5, steps=9), times=5), ps.table(values=[0.5, 0.1])):
        of_any_size = ({0: torch.export.Dim("steps", min=2, max=1000)},)
        exported = torch.export.export(Curve(schedule), (torch.arange(3.0),), dynamic_shapes=of_any_size).module()
        assert exported(torch.arange(12.0)).tolist() == schedule(torch.arange(12.0)).tolist()


def test_a_users_own_four_lines_compile_too() -> None:
    @ps.schedule
    def parabola(step: Any, *, peak: float, steps: float) -> Any:
        return peak * (step / steps) ** 2

    warm = ps.join([parabola(peak=1.0, steps=10), ps.cosine(start=1.0, steps=20)])
    assert list(leaves(warm.hyperparameters))
    assert compilations(warm, [(torch.tensor(step),) for step in range(32)]) == 1


@pytest.mark.parametrize(
    "make",
    [
        lambda peak: ps.one_cycle(peak=peak, total_steps=100),
        lambda peak: ps.scale(ps.cosine_restarts(peak=peak, every=10, times=3), factor=0.5),
    ],
    ids=["recipe", "nested"],
)
def test_once_where_a_tensor_is_learnt_in_place(make: Callable[[Any], ps.Schedule]) -> None:
    peak = torch.tensor(1.0, dtype=torch.float64)
    schedule = make(peak)
    torch._dynamo.reset()
    counters.clear()
    compiled = torch.compile(lambda step: schedule(step), fullgraph=True, backend="aot_eager")
    for value in (1.0, 2.0, 0.5):
        peak.fill_(value)
        for step in map(torch.tensor, (0, 3, 40)):
            assert compiled(step).item() == pytest.approx(make(peak)(step).item(), rel=1e-12)
    assert counters["stats"]["unique_graphs"] == 1
