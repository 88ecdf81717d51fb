"""The door: what comes in as a step or a hyperparameter, and what goes out, of each library."""

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from catalogue import CASES, Case

import pure_schedules as ps
from pure_schedules._arrays import as_number, check_shapes, kind_of_elements, same


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
    assert kind_of_elements(torch.zeros(2, dtype=getattr(torch, dtype))) == kind
    if dtype != "bfloat16":
        assert kind_of_elements(np.zeros(2, dtype=dtype)) == kind


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
    assert check_shapes({"number": 1.0}) is None
    if together:
        torch.broadcast_shapes(*shapes)
        check_shapes({"number": 1.0, **arrays})
    else:
        said = ", ".join(f"x{index} {shape}" for index, shape in enumerate(shapes))
        with pytest.raises(ValueError, match="must broadcast together, got ") as error:
            check_shapes({"number": 1.0, **arrays})
        assert f"got {said};" in str(error.value)


def test_a_number_of_any_kind_is_the_number_that_it_stands_for() -> None:
    for given, number in (
        (np.float32(0.5), 0.5),
        (np.float64(2.75), 2.75),
        (Fraction(1, 4), 0.25),
        (np.int64(2**62 + 1), 2**62 + 1),
        (np.uint8(7), 7),
    ):
        seen = as_number(given)
        assert seen == number
        assert type(seen) is type(number)
    assert as_number(True) is True


def test_a_number_among_tensors_is_counted_in_double_precision() -> None:
    lr = ps.linear(start=torch.tensor(0.0), end=torch.tensor(1.0), steps=2**24 + 2)
    assert lr(2**24 + 1).dtype == torch.float32
    assert lr(2**24 + 1) == torch.tensor((2**24 + 1) / (2**24 + 2)) < lr(2**24 + 2)
    assert lr(2**23 + 1) == lr(torch.tensor(2**23 + 1)) == 0.5
    assert lr(2**22, {"steps": torch.tensor(2**24)}) == 0.25


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_number_among_arrays_gives_an_array_of_their_type(dtype: str) -> None:
    lr = ps.linear(start=np.asarray(0.0, dtype=dtype), end=np.asarray([1.0, 2.0], dtype=dtype), steps=10)
    assert lr(5).tolist() == [0.5, 1.0]
    assert lr(5).dtype == dtype
    single = ps.linear(start=0.0, end=np.asarray(1.0, dtype=dtype), steps=10)
    for step in (5, np.asarray(5)):
        assert type(single(step)) is np.ndarray
        assert single(step) == 0.5
    assert single(5).dtype == dtype


def test_an_array_of_an_old_library_is_told_from_something_else() -> None:
    class Old:
        def __array__(self) -> None:
            """What every array has, of whatever library; one that can be computed with has a namespace, too."""

    lr = ps.constant(value=1.0)
    with pytest.raises(TypeError, match=r"got .*Old object.* of type Old; NumPy arrays need NumPy 2 or newer"):
        lr(Old())
    with pytest.raises(TypeError, match=r"got \[0, 1\] of type list; give the index of the update, counted from 0"):
        lr([0, 1])


def test_an_array_of_numpy_is_written_as_numpy_writes_it() -> None:
    assert repr(ps.constant(value=np.asarray([1.0, 2.5]))) == "constant(value=array([1. , 2.5]))"


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_a_value_is_computed_where_its_step_lives(case: Case) -> None:
    """On a device that holds no numbers at all: nothing is asked for its value on the way."""
    for shape in ((), (3,), (2, 3)):
        value = case.schedule(torch.zeros(shape, device="meta", dtype=torch.int64))
        assert value.device.type == "meta"
        assert value.shape == shape
        assert value.dtype == torch.float64


def test_hyperparameters_are_equal_by_type_shape_and_value() -> None:
    one = torch.tensor([1.0, 2.0])
    assert same(one, one.clone())
    assert same(1, 1.0)
    assert not same(1.0, 2.0)
    for other in (
        torch.tensor([1.0, 3.0]),
        one.double(),
        one[None],
        torch.tensor([1.0, 2.0, 3.0]),
        one.numpy(),
        torch.nn.Parameter(one),
        1.0,
    ):
        assert not same(one, other)
        assert not same(other, one)


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


@pytest.mark.parametrize(
    "array",
    [
        np.asarray(None),
        np.asarray([None, 1]),
        np.asarray("2020-01-01", dtype="datetime64[D]"),
        np.asarray(["a"]),
        np.asarray(b"5"),
    ],
    ids=lambda array: str(array.dtype),
)
def test_an_array_that_holds_no_numbers_is_refused(array: Any) -> None:
    said = re.escape(f"constant: value must hold real numbers, not {array.dtype}, got value=")
    with pytest.raises(TypeError, match=f"^{said}.*; give an array of floats$"):
        ps.constant(value=array)
    with pytest.raises(TypeError, match=f"^{said}"):
        ps.constant(value=1.0)(5, {"value": array})
    with pytest.raises(
        TypeError, match=f"^a step must be real, got a tensor of {re.escape(str(array.dtype))}; count in int64"
    ):
        ps.constant(value=1.0)(array)


@pytest.mark.filterwarnings("ignore:the matrix subclass")
def test_a_matrix_is_no_array() -> None:
    matrix = np.asmatrix([[1.0, 2.0]])
    with pytest.raises(TypeError, match=r"^constant: value must be an array, not a matrix, .*; write np.asarray\(...\)$"):
        ps.constant(value=matrix)
    with pytest.raises(TypeError, match=r"^a step must be a number or an array, got a matrix of NumPy; give np.asarray"):
        ps.constant(value=1.0)(matrix)


def test_tensors_and_arrays_are_not_mixed() -> None:
    said = r"must be of one library, got a tensor of torch for {} and numpy.ndarray for {}; write torch.as_tensor\(...\)$"
    for value in (np.asarray(1.0), np.asarray([1.0, 2.0])):
        line = ps.linear(start=0.0, end=value, steps=10)
        with pytest.raises(TypeError, match=said.format("step", "linear.end")):
            line(torch.tensor(1.0))
        with pytest.raises(TypeError, match=said.format("linear.end", "step")):
            ps.linear(start=0.0, end=torch.tensor(1.0), steps=10)(value)
        with pytest.raises(TypeError, match=said.format("linear.start", "linear.end")):
            line(1, {"start": torch.tensor(0.0)})
        assert line(torch.tensor(1.0), {"end": torch.tensor(1.0)}) == np.float32(0.1)


# Tensors that are spread over a mesh, and the standard to the letter -----------------------------------------------------

STEPS = [0.0, 3.0, 7.0, 50.0, 200.0]


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    import torch.distributed as dist
    from torch.distributed.device_mesh import init_device_mesh

    met = (tmp_path_factory.mktemp("group") / "met").as_uri()
    dist.init_process_group("gloo", init_method=met, rank=0, world_size=1)
    yield init_device_mesh("cpu", (1,))
    dist.destroy_process_group()


@pytest.mark.skipif(not torch.distributed.is_available(), reason="this torch has no torch.distributed")
@pytest.mark.filterwarnings("ignore")  # torch's own, about a group of one process
@pytest.mark.parametrize("case", CASES, ids=repr)
def test_steps_may_be_spread_over_a_mesh(case: Case, mesh: Any) -> None:
    from torch.distributed.tensor import DTensor, Replicate, Shard, distribute_tensor

    steps = torch.tensor(STEPS, dtype=torch.float64)
    for placement in (Replicate(), Shard(0)):
        spread = case.schedule(distribute_tensor(steps, mesh, [placement]))
        assert isinstance(spread, DTensor)
        torch.testing.assert_close(spread.full_tensor(), case.schedule(steps), rtol=1e-13, atol=0)


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_nothing_is_asked_of_an_array_but_what_the_standard_has(case: Case) -> None:
    strict = pytest.importorskip("array_api_strict")
    for steps in (
        strict.asarray(STEPS),
        strict.asarray([int(step) for step in STEPS]),
        strict.asarray(3.0),
        strict.asarray([STEPS[:2], STEPS[2:4]]),
    ):
        values = case.schedule(steps)
        assert type(values) is type(steps)
        np.testing.assert_allclose(np.asarray(values), case.schedule(np.asarray(steps)), rtol=1e-13)
