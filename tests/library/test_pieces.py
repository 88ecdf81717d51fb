"""Pieces that are one formula with other numbers: evaluated at once, they give what each gives by itself."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from leaves import flatten, tensors

import pure_schedules as ps
from pure_schedules import numeric
from pure_schedules.numeric import FEWEST_GATHERED, Pieces

LENGTHS = (3, 0, 5.5, 1, 7)


def lines(count: int) -> list[ps.Schedule]:
    return [ps.linear(start=1.0 + i % 7, end=0.5 + i % 3, steps=LENGTHS[i % 5]) for i in range(count)]


def alternating(count: int) -> list[ps.Schedule]:
    waves = [ps.cosine(start=2.0 + i % 5, end=0.25, steps=LENGTHS[i % 4]) for i in range(count)]
    return [wave if i % 2 else line for i, (wave, line) in enumerate(zip(waves, lines(count), strict=True))]


def nested(count: int) -> list[ps.Schedule]:
    return [ps.scale(ps.cosine(start=1.0 + i % 3, end=0.1, steps=LENGTHS[i % 5]), factor=1.0 + i % 4) for i in range(count)]


def with_tensors(count: int) -> list[ps.Schedule]:
    return [ps.linear(start=torch.tensor(1.0 + i % 7).double(), end=0.5, steps=LENGTHS[i % 5]) for i in range(count)]


def mostly_zero(count: int) -> list[ps.Schedule]:
    """A formula is shorter where a number is 0: these are two."""
    return [ps.linear(start=0.0 if i % 2 else 1.0, end=1.0 - i % 2, steps=4) for i in range(count)]


FAMILIES: dict[str, Callable[[int], list[ps.Schedule]]] = {
    "lines": lines,
    "alternating": alternating,
    "nested": nested,
    "tensors": with_tensors,
    "zeros": mostly_zero,
}


def in_twos(schedules: list[ps.Schedule]) -> ps.Schedule:
    """The same joined two by two, where nothing is gathered."""
    while len(schedules) > 1:
        pairs = [schedules[index : index + 2] for index in range(0, len(schedules), 2)]
        schedules = [ps.join(pair) for pair in pairs]
    return schedules[0]


def clock(schedule: ps.Schedule) -> list[float]:
    """Each boundary and beside it, between two, and far beyond."""
    last = float(schedule.steps)
    places = np.cumsum([0.0, *(float(child.steps) for child in schedule.arguments["schedules"])]).tolist()
    near = [place + offset for place in places for offset in (-0.5, 0, 0.25, 1)]
    return sorted({*(step for step in near if step >= 0), last * 2, 1e6})


@pytest.fixture
def gathered(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pieces were gathered, each time that some were."""
    counts: list[int] = []
    original = Pieces.gathered

    def counted(self: Pieces, *arguments: Any) -> Any:
        counts.append(len(self))
        return original(self, *arguments)

    monkeypatch.setattr(Pieces, "gathered", counted)
    return counts


@pytest.mark.parametrize("count", [FEWEST_GATHERED, 8, 50, 200])
@pytest.mark.parametrize("family", FAMILIES)
def test_each_step_has_the_value_of_its_own_piece(family: str, count: int, gathered: list[int]) -> None:
    joined, pairs = ps.join(FAMILIES[family](count)), in_twos(FAMILIES[family](count))
    steps = clock(joined)
    alone = [float(joined(step)) for step in steps] if family != "tensors" else [float(pairs(step)) for step in steps]
    gathered.clear()
    double = torch.tensor(steps, dtype=torch.float64)
    assert joined(double).tolist() == pytest.approx(alone, rel=3e-16)
    assert gathered == [count]
    assert joined(double).dtype == torch.float64
    assert joined(double.reshape(1, -1, 1)).reshape(-1).tolist() == joined(double).tolist()
    assert [float(joined(step)) for step in double[::17]] == joined(double).tolist()[::17]
    whole = torch.tensor([int(step) for step in steps])
    assert joined(whole).tolist() == pytest.approx([float(pairs(int(step))) for step in steps], rel=3e-16)
    if family != "tensors":
        single = torch.tensor(steps, dtype=torch.float32)
        assert joined(single).dtype == torch.float32
        torch.testing.assert_close(joined(single), pairs(single), rtol=2e-7, atol=0.0)
        assert joined(np.asarray(steps)).tolist() == pytest.approx(alone, rel=3e-16)
        assert joined(np.asarray(steps, dtype=np.float32)).dtype == np.float32


@pytest.mark.parametrize("count", [8, 50])
@pytest.mark.parametrize("family", ["lines", "alternating", "nested", "zeros"])
def test_and_in_jax(family: str, count: int) -> None:
    jax = pytest.importorskip("jax")
    joined, pairs = ps.join(FAMILIES[family](count)), in_twos(FAMILIES[family](count))
    steps = jax.numpy.asarray(clock(joined))
    expected = np.asarray(pairs(steps))
    np.testing.assert_allclose(np.asarray(joined(steps)), expected, rtol=1e-6)
    np.testing.assert_allclose(np.asarray(jax.jit(joined)(steps)), expected, rtol=1e-6)
    np.testing.assert_allclose(np.asarray(jax.vmap(joined)(steps)), expected, rtol=1e-6)


@pytest.mark.parametrize("family", FAMILIES)
def test_slopes_are_those_of_the_pieces(family: str) -> None:
    children = FAMILIES[family](12)
    joined = ps.join(children)
    steps = torch.tensor(clock(joined)[1::3], dtype=torch.float64) + 0.0625
    tree = tensors(joined.hyperparameters)

    def by_pairs(step: Any, tree: Any) -> Any:
        schedules = [child.replace(given) for child, given in zip(children, tree["schedules"], strict=True)]
        return in_twos(schedules)(step)

    for argument in (0, 1):
        mine = torch.func.vmap(torch.func.grad(joined, argnums=argument), in_dims=(0, None))(steps, tree)
        theirs = torch.func.vmap(torch.func.grad(by_pairs, argnums=argument), in_dims=(0, None))(steps, tree)
        for one, other in zip(flatten([mine]), flatten([theirs]), strict=True):
            torch.testing.assert_close(one, other, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("family", ["lines", "alternating", "nested"])
def test_a_batch_of_any_hyperparameter(family: str) -> None:
    joined = ps.join(FAMILIES[family](9))
    steps = torch.tensor(clock(joined), dtype=torch.float64)
    for name, number in _numbers(joined.hyperparameters["schedules"][1]):
        batch = torch.tensor([number, number + 0.5, number * 2 + 1], dtype=torch.float64)
        tree = partial(_tree, name)
        values = torch.func.vmap(lambda item, tree=tree: joined(steps, tree(item)))(batch)
        for row, item in zip(values, batch.tolist(), strict=True):
            torch.testing.assert_close(row, joined.replace(tree(item))(steps), rtol=1e-15, atol=1e-15)


def _numbers(tree: dict[str, Any]) -> list[tuple[str, float]]:
    return [(name, float(number)) for name, number in tree.items() if isinstance(number, int | float)]


def _tree(name: str, item: Any) -> dict[str, Any]:
    return {"schedules": {1: {name: item}}}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("family", FAMILIES)
def test_compiled_it_is_the_same(family: str) -> None:
    joined = ps.join(FAMILIES[family](12))
    steps = torch.tensor(clock(joined), dtype=torch.float64)
    torch._dynamo.reset()
    compiled = torch.compile(joined, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(steps), joined(steps), rtol=1e-15, atol=0.0)


@pytest.mark.parametrize("kind", [torch.tensor, np.asarray])
def test_boundaries_that_are_equal_leave_a_piece_no_step(kind: Any) -> None:
    joined = ps.join(lines(8), boundaries=[0, 0, 2, 2, 2, 5, 5])
    steps = [0, 1, 2, 3, 4, 5, 9]
    assert joined(kind(steps)).tolist() == pytest.approx([joined(step) for step in steps], rel=3e-16)


def test_boundaries_that_are_tensors_are_those_of_numbers() -> None:
    numbers = [2.0, 4.0, 4.0, 7.5, 9.0, 12.0, 13.0]
    joined = ps.join(lines(8), boundaries=numbers)
    with_tensor = ps.join(lines(8), boundaries=[torch.tensor(number).double() for number in numbers])
    steps = torch.arange(0.0, 15.0, 0.25, dtype=torch.float64)
    assert with_tensor(steps).tolist() == joined(steps).tolist()
    rows = joined(steps, {"boundaries": [torch.tensor([[number], [number + 1]]).double() for number in numbers]})
    assert rows[0].tolist() == joined(steps).tolist()
    assert rows[1].tolist() == joined.replace(boundaries=[number + 1 for number in numbers])(steps).tolist()


@pytest.mark.parametrize("kind", [torch.tensor, np.asarray])
def test_a_formula_is_asked_once_for_all_its_pieces(kind: Any) -> None:
    asked: list[Any] = []

    @ps.schedule
    def noted(step: Any, *, peak: Any) -> Any:
        asked.append(peak)
        return peak * step

    joined = ps.join([noted(peak=float(index + 1)) for index in range(10)], boundaries=list(range(2, 20, 2)))
    steps = [0.0, 1.0, 3.0, 19.0, 30.0]
    assert joined(kind(steps)).tolist() == [0.0, 1.0, 2.0, 10.0, 120.0]
    assert len(asked) == 1


def test_few_pieces_and_many_formulas_are_not_gathered(gathered: list[int]) -> None:
    steps = torch.arange(9)
    shapes = [ps.linear, ps.cosine, ps.mirror_cosine, ps.circular, ps.one_minus_power, ps.rex, ps.hyperbolic_tangent]
    for children in (lines(FEWEST_GATHERED - 1), [shape(start=1.0, end=0.5, steps=3) for shape in shapes]):
        ps.join(children)(steps)
        ps.join([lambda step, i=i: step * i for i in range(9)], boundaries=list(range(1, 9)))(steps)
    assert gathered == []


def test_functions_of_ones_own_among_the_pieces() -> None:
    own = [lambda step: step * 2.0, lambda step: step * 3.0]
    children = [*lines(8), own[0], *lines(4), own[1], own[0]]
    joined = ps.join(children, boundaries=[3.0 * index for index in range(1, len(children))])
    steps = torch.arange(0.0, 60.0, 0.5, dtype=torch.float64)
    assert joined(steps).tolist() == pytest.approx([joined(step) for step in steps.tolist()], rel=3e-16)


@pytest.mark.parametrize("count", [7, 60])
def test_every_schedule_that_has_pieces(count: int) -> None:
    values = [1.0 + index % 5 for index in range(count)]
    boundaries = [2 * index + index % 2 for index in range(1, count)]
    steps = [step / 2 for step in range(4 * count + 8)]
    for schedule in (
        ps.piecewise_constant(values=values, boundaries=boundaries),
        ps.piecewise_linear(values=values, boundaries=boundaries),
        ps.piecewise_cosine(values=values, boundaries=boundaries),
        ps.piecewise_cubic(values=values, boundaries=boundaries),
        ps.consumed(sizes=values, boundaries=boundaries),
        ps.batch_size_ramp(sizes=values, samples=boundaries),
        ps.multi_step(start=1.0, factor=0.9, boundaries=boundaries),
        ps.cosine_restarts(peak=1.0, every=3, times=count),
        ps.chain(lines(count)),
        ps.sequence([ps.cosine(start=1.0, steps=3)] * count, fractions=[1 / count] * count, total_steps=2 * count),
        ps.switch(alternating(count), boundaries=boundaries),
    ):
        expected = [schedule(step) for step in steps]
        for array in (torch.tensor(steps, dtype=torch.float64), np.asarray(steps)):
            assert schedule(array).tolist() == pytest.approx(expected, rel=1e-14, abs=1e-16), schedule


def test_numbers_that_make_up_a_formula_stay_its_own() -> None:
    """A whole number that decides how a formula is made is a part of it: two of them are two formulas."""
    products = [ps.running_product(ps.linear(start=1.0, end=0.5, steps=4), times=3 + index % 2) for index in range(8)]
    noises = [ps.uniform_noise(low=0.0, high=1.0, seed=10**9 + index, every=2) for index in range(8)]
    for children in (products, noises):
        joined = ps.join(children, boundaries=[4 * index for index in range(1, 8)])
        expected = [joined(step) for step in range(40)]
        for steps in (torch.arange(40), np.arange(40)):
            assert joined(steps).tolist() == pytest.approx(expected, rel=1e-15)


def test_pieces_are_a_sequence() -> None:
    functions = [partial(numeric.broadcast, 1.0), partial(numeric.broadcast, 2.0)]
    pieces = Pieces(functions)
    assert list(pieces) == functions
    assert pieces[1] is functions[1]
    assert pieces[:1] == (functions[0],)
    assert len(pieces) == 2
    assert (pieces.formula_of, pieces.row_of) == ([0, 0], [0, 1])
    assert [rows for _, rows in pieces.formulas] == [[[1.0], [2.0]]]
