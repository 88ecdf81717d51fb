"""The arithmetic of formulas: numbers, tensors and arrays, in any mix of them, give the same values."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
import torch

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
    "line": [*itertools.product((0, 1.0), (0, 3.0, 0.5), (0, 0.25, 1, 9), LENGTHS)],
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


def test_what_lies_between_has_the_type_that_torch_would_give_it() -> None:
    for start, end, weight in itertools.product(
        (1.0, torch.tensor(1.0, dtype=torch.float64), torch.tensor([1.0]), torch.tensor([1.0], dtype=torch.float64)),
        (2.0, torch.tensor(2.0), torch.tensor([2.0], dtype=torch.float64)),
        (torch.tensor(0.5), torch.tensor([0.25, 0.5]), torch.tensor(0.5, dtype=torch.float64)),
    ):
        value, plain = numeric.lerp(start, end, weight), start + (end - start) * weight
        assert value.dtype == plain.dtype
        assert value.tolist() == plain.tolist()


@pytest.mark.parametrize(
    ("dtype", "kind"),
    [
        ("bool", "bool"),
        ("int8", "integer"),
        ("int64", "integer"),
        ("float16", "half"),
        ("float32", "float"),
        ("float64", "float"),
        ("complex64", "complex"),
        ("bfloat16", "half"),
    ],
)
def test_what_an_array_holds(dtype: str, kind: str) -> None:
    assert numeric.kind_of_elements(torch.zeros(2, dtype=getattr(torch, dtype))) == kind
    if dtype != "bfloat16":
        assert numeric.kind_of_elements(np.zeros(2, dtype=dtype)) == kind


@pytest.mark.parametrize(
    ("shapes", "together"),
    [
        ([(3,), (3,)], True),
        ([(3,), (1,)], True),
        ([(), (3,)], True),
        ([(2, 1), (3,)], True),
        ([(3,), (2, 1), (2, 3)], True),
        ([(1,), (3,), (1,), (3,)], True),
        ([(4, 3), (3,), (1, 3)], True),
        ([(3,), (4, 3), (3,)], True),
        ([(3,), (4,)], False),
        ([(1,), (3,), (4,)], False),
        ([(3,), (1,), (4,)], False),
        ([(2, 3), (2,)], False),
        ([(2,), (2, 3)], False),
        ([(), (3,), (2,)], False),
    ],
)
def test_what_broadcasts_together(shapes: list[tuple[int, ...]], together: bool) -> None:
    arrays = {f"x{index}": torch.zeros(shape) for index, shape in enumerate(shapes)}
    assert numeric.check_shapes({"number": 1.0}) is None
    if together:
        torch.broadcast_shapes(*shapes)
        numeric.check_shapes({"number": 1.0, **arrays})
    else:
        said = ", ".join(f"x{index} {shape}" for index, shape in enumerate(shapes))
        with pytest.raises(ValueError, match="must broadcast together, got ") as error:
            numeric.check_shapes({"number": 1.0, **arrays})
        assert f"got {said};" in str(error.value)


def test_a_number_of_any_kind_is_the_number_that_it_stands_for() -> None:
    for given, number in (
        (np.float32(0.5), 0.5),
        (np.float64(2.75), 2.75),
        (Fraction(1, 4), 0.25),
        (np.int64(2**62 + 1), 2**62 + 1),
        (np.uint8(7), 7),
    ):
        seen = numeric.as_number(given)
        assert seen == number
        assert type(seen) is type(number)
    assert numeric.as_number(True) is True


def test_hyperparameters_are_equal_by_type_shape_and_value() -> None:
    one = torch.tensor([1.0, 2.0])
    assert numeric.same(one, one.clone())
    assert numeric.same(1, 1.0)
    assert not numeric.same(1.0, 2.0)
    for other in (
        torch.tensor([1.0, 3.0]),
        one.double(),
        one[None],
        torch.tensor([1.0, 2.0, 3.0]),
        one.numpy(),
        torch.nn.Parameter(one),
        1.0,
    ):
        assert not numeric.same(one, other)
        assert not numeric.same(other, one)


def test_a_step_of_half_precision_is_told_how_far_it_can_count() -> None:
    lr = ps.linear(start=0.0, end=1.0, steps=10)
    for dtype, most in ((torch.bfloat16, 256), (torch.float16, 2048)):
        with pytest.raises(TypeError, match=f"cannot count past {most}, got {dtype}"):
            lr(torch.tensor(3.0, dtype=dtype))


def test_a_formula_that_does_not_look_at_its_step_has_the_shape_of_it() -> None:
    @ps.schedule
    def flat(step, *, peak):
        return peak

    assert flat(peak=torch.tensor(0.5))(torch.arange(3)).tolist() == [0.5, 0.5, 0.5]
    assert flat(peak=torch.tensor([[0.5], [0.25]]))(torch.arange(3)).shape == (2, 3)
    assert flat(peak=0.5)(np.arange(3)).tolist() == [0.5, 0.5, 0.5]
