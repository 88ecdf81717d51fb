"""The arithmetic of formulas: numbers, tensors and arrays, in any mix of them, give the same values."""

import itertools
import math
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

import pure_schedules as ps
from pure_schedules import numeric

KINDS = {
    "torch": lambda value: torch.tensor(value, dtype=torch.bool if isinstance(value, bool) else torch.float64),
    "numpy": lambda value: np.asarray(value, dtype=bool if isinstance(value, bool) else float),
}
SOME = (-2, -0.5, 0, 1, 2.5)
LENGTHS = (0, 0.5, 1, 2, 7)
CASES = {
    "minimum": [*itertools.product(SOME, SOME)],
    "maximum": [*itertools.product(SOME, SOME)],
    "clamp": [(x, low, low + more) for x, low, more in itertools.product(SOME, SOME, (0, 1, 3))],
    "where": [*itertools.product((True, False), SOME, SOME)],
    "lerp": [*itertools.product((0, 1.0, -2.0), (0, 3.0, 1), (0, 0.25, 1))],
    "progress": [*itertools.product((0, 0.25, 1, 2, 9), LENGTHS)],
    "remaining": [*itertools.product((0, 0.25, 1, 2, 9), LENGTHS)],
    "line": [*itertools.product((0, 1.0), (0, 1, 3.0, 0.5), (0, 0.25, 1, 9), LENGTHS)],
    "power": [*itertools.product((0, 0.25, 1, 4.0), (0.5, 1, 1.5, 2))],
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", CASES)
def test_any_mix_of_numbers_and_arrays(name: str, kind: str) -> None:
    function = getattr(numeric, name)
    for numbers in CASES[name]:
        expected = function(*numbers)
        for as_arrays in itertools.product((False, True), repeat=len(numbers)):
            if any(as_arrays):
                mixed = [KINDS[kind](n) if array else n for n, array in zip(numbers, as_arrays, strict=True)]
                if name == "where" and not as_arrays[0]:
                    continue  # a condition is made by comparing: it is of the kind of what is compared
                assert float(function(*mixed)) == pytest.approx(expected, rel=1e-15, abs=1e-300), (numbers, as_arrays)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", CASES)
def test_all_cases_at_once(name: str, kind: str) -> None:
    """Each of them is a row of a batch, and none is asked about by itself."""
    function, rows = getattr(numeric, name), CASES[name]
    columns = [KINDS[kind]([float(row[i]) for row in rows]) for i in range(len(rows[0]))]
    if name == "where":
        columns[0] = columns[0] > 0
    expected = [float(function(*row)) for row in rows]
    assert function(*columns).tolist() == pytest.approx(expected, rel=1e-15, abs=1e-300)


@pytest.mark.parametrize("pair", [*itertools.product((-1, -0.0, 0, 0.0, 1, 1.0, 2.5), repeat=2)])
def test_of_two_numbers_the_smaller_and_the_larger_are_those_of_python(pair: tuple[float, float]) -> None:
    """And so of two equal ones the first, as it is: an int or a float, 0.0 or -0.0."""
    assert repr(numeric.minimum(*pair)) == repr(min(pair))
    assert repr(numeric.maximum(*pair)) == repr(max(pair))


@pytest.mark.parametrize("kind", KINDS)
def test_a_condition_on_numbers_alone_chooses_an_array_as_it_is(kind: str) -> None:
    array, other = KINDS[kind]([0.5, 2.0]), KINDS[kind](1.0)
    assert numeric.where(3 > 2, array, other) is array
    assert numeric.where(3 < 2, array, 0.25) == 0.25


def test_two_numbers_chosen_from_by_a_tensor_are_of_double_precision() -> None:
    condition = torch.tensor([True, False])
    assert numeric.where(condition, 0.1, 3).dtype == torch.float64
    assert numeric.where(condition, 0.1, 3).tolist() == [0.1, 3.0]
    single = torch.tensor(0.1)
    for x, y in ((single, 3), (3, single), (single, single)):
        assert numeric.where(condition, x, y).dtype == torch.float32


def slopes(function, *numbers: float) -> list[float]:
    """The value's slope over each of these numbers."""
    tensors = [torch.tensor(number, dtype=torch.float64, requires_grad=True) for number in numbers]
    function(*tensors).backward()
    return [0.0 if tensor.grad is None else float(tensor.grad) for tensor in tensors]


def test_what_is_held_between_two_ends_keeps_its_slope_at_them() -> None:
    for value, start, end in ((1.0, 1.0, 1.0), (1.0, 1.0, 0.5), (0.5, 1.0, 0.5), (0.75, 1.0, 0.5), (0.75, 0.5, 1.0)):
        assert slopes(numeric.between, value, start, end) == [1.0, 0.0, 0.0]
    # Only a rounding goes beyond them: where the value then is the slope is its own as well.
    for beyond, held in ((math.nextafter(1.0, 2.0), 1.0), (math.nextafter(0.5, 0.0), 0.5)):
        assert numeric.between(torch.tensor(beyond, dtype=torch.float64), 1.0, 0.5) == held
        assert slopes(numeric.between, beyond, 1.0, 0.5) == [1.0, 0.0, 0.0]


@pytest.mark.parametrize(("exponent", "at_0", "at_4"), [(0.5, 0.0, 0.25), (1, 1.0, 1.0), (1.5, 0.0, 3.0), (2, 0.0, 8.0)])
def test_a_power_has_a_finite_slope_at_0(exponent: float, at_0: float, at_4: float) -> None:
    for given in (exponent, torch.tensor(exponent, dtype=torch.float64)):
        if exponent != 1 or given is exponent:  # an exponent that is a tensor may be a root's
            assert slopes(lambda base, given=given: numeric.power(base, given), 0.0) == [at_0]
        assert slopes(lambda base, given=given: numeric.power(base, given), 4.0) == [at_4]


def test_a_root_of_a_number_below_0_is_not_a_number() -> None:
    assert math.isnan(numeric.raised(-8.0, 0.5))
    assert numeric.raised(-2.0, 3) == -8.0
    assert numeric.raised(0.0, -1) == math.inf == numeric.raised(2, 10**6)


@pytest.mark.parametrize("kind", KINDS)
def test_a_number_takes_the_shape_of_the_step(kind: str) -> None:
    step = KINDS[kind]([[0.0, 1.0, 2.0]])
    assert numeric.broadcast(0.5, step).tolist() == [[0.5, 0.5, 0.5]]
    assert numeric.broadcast(KINDS[kind]([[1.0], [2.0]]), step).tolist() == [[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("boundaries", [[3], [0, 3], [3, 3, 5], [2.5, 4]])
def test_a_piece_is_given_only_steps_of_its_share(boundaries: list[float], kind: str) -> None:
    clock = [0.0, 0.5, 1.0, 2.5, 2.75, 3.0, 3.5, 4.0, 5.0, 9.0]
    seen: list[list[float]] = []

    def piece(index: int):
        def value(local):
            seen.append(local.tolist())
            return 100 * index + local

        return value

    indices = range(len(boundaries) + 1)
    expected = [numeric.piecewise(step, [lambda t, i=i: 100 * i + t for i in indices], boundaries) for step in clock]
    for given in (boundaries, [KINDS[kind](float(boundary)) for boundary in boundaries]):
        seen.clear()
        assert numeric.piecewise(KINDS[kind](clock), [piece(i) for i in indices], given).tolist() == expected
        shares = [end - start for start, end in itertools.pairwise([0, *boundaries, math.inf])]
        assert all(min(local) >= 0 and max(local) <= share for local, share in zip(seen, shares, strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_an_item_of_a_list_by_its_index(kind: str) -> None:
    make, values = KINDS[kind], [0.5, 2.0, 0.125]
    index = make([[0.0, 2.0], [1.0, 0.0]])
    for given in (values, [make(value) for value in values], [0.5, make(2.0), 0.125]):
        assert numeric.take(given, index).tolist() == [[0.5, 0.125], [2.0, 0.5]]
    assert [float(numeric.take([make(value) for value in values], index)) for index in range(3)] == values


@pytest.mark.parametrize("kind", KINDS)
def test_a_product_up_to_each_step_of_a_table(kind: str) -> None:
    step = KINDS[kind]([[0.0, 1.0, 2.5], [3.0, 4.0, 9.0]])
    assert numeric.product_up_to(lambda n: n, step, 4).tolist() == [[1.0, 1.0, 2.0], [6.0, 24.0, 24.0]]
    assert numeric.product_up_to(lambda n: 2.0, step, 4).tolist() == [[1.0, 2.0, 4.0], [8.0, 16.0, 16.0]]


def test_a_running_product_takes_a_function_that_gives_the_same_number_always() -> None:
    lr = ps.running_product(lambda step: 0.5, times=3)
    for step in (torch.tensor([0, 1, 2, 3, 9]), np.asarray([0, 1, 2, 3, 9])):
        assert lr(step).tolist() == [1.0, 0.5, 0.25, 0.125, 0.125] == [lr(int(number)) for number in step]
    assert float(lr(torch.tensor(2))) == 0.25


@pytest.mark.parametrize("kind", KINDS)
def test_a_running_product_asks_for_no_factor_beyond_its_last(kind: str) -> None:
    """What the factors would be at the step itself, infinite or not a number, is no part of their product."""
    make = KINDS[kind]
    growing = ps.exponential_decay(start=1.0, rate=1.5)
    for factor in (lambda n: ((1 - n / 30) / (1 - (n - 1) / 30)) ** 0.9, growing, lambda n: n, lambda n: 0.5):
        lr = ps.running_product(factor, times=30)
        steps = [0.0, 1.0, 2.5, 29.0, 30.0, 31.0, 32.0, 4000.0]
        assert lr(make(steps)).tolist() == pytest.approx([lr(step) for step in steps], rel=1e-12)
    batch, steps = make([[1.0], [2.0]]), [0.0, 3.0, 4000.0]
    for start, answers in zip((1.0, 2.0), growing_products(batch, make(steps)).tolist(), strict=True):
        assert answers == pytest.approx([growing_products(start, step) for step in steps], rel=1e-12)
    assert growing_products(make([[1.0], [2.0]]), 3.0).tolist() == [[11.390625], [91.125]]


def growing_products(start: Any, step: Any) -> Any:
    product = ps.running_product(ps.exponential_decay(start=1.0, rate=1.5), times=5)
    return product(step, {"schedule": {"start": start}})


def test_a_running_product_takes_no_more_memory_for_more_steps() -> None:
    """As many elements as there are steps and factors, and not as many as there are pairs of them."""
    largest = 0

    class Watch(TorchDispatchMode):
        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            nonlocal largest
            result = func(*args, **(kwargs or {}))
            if isinstance(result, torch.Tensor):
                largest = max(largest, result.untyped_storage().nbytes() // result.element_size())
            return result

    with Watch():
        ps.running_product(ps.linear(start=1.0, end=0.5, steps=10), times=300)(torch.arange(200))
    assert largest == 301


def test_what_lies_between_has_the_type_that_torch_would_give_it() -> None:
    for start, end, weight in itertools.product(
        (1.0, torch.tensor(1.0, dtype=torch.float64), torch.tensor([1.0]), torch.tensor([1.0], dtype=torch.float64)),
        (2.0, torch.tensor(2.0), torch.tensor([2.0], dtype=torch.float64)),
        (torch.tensor(0.5), torch.tensor([0.25, 0.5]), torch.tensor(0.5, dtype=torch.float64)),
    ):
        value, plain = numeric.lerp(start, end, weight), start + (end - start) * weight
        assert value.dtype == plain.dtype
        assert value.tolist() == plain.tolist()
