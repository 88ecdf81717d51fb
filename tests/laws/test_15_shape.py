"""Law 15: shape, type and device. The result has the shape of the step broadcast with the hyperparameters."""

import pytest
import torch
from catalogue import CASES, Case
from compositions import compositions
from hypothesis import given, settings
from leaves import leaves, mapped, only, tensors

import pure_schedules as ps


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_the_shape_is_that_of_the_step(case: Case) -> None:
    for shape in ((), (1,), (7,), (2, 3), (0,), (2, 1, 4)):
        for dtype in (torch.int64, torch.int32, torch.uint8, torch.float32, torch.float64):
            result = case.schedule(torch.zeros(shape, dtype=dtype))
            assert result.shape == shape
            assert result.dtype == (dtype if dtype.is_floating_point else torch.float64)
            assert result.device.type == "cpu"


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_the_shape_is_broadcast_with_the_hyperparameters(case: Case) -> None:
    steps = torch.arange(0.0, 250.0, 25.0, dtype=torch.float64)
    for path, number in leaves(case.schedule.hyperparameters):
        batch = torch.full((3, 1), number, dtype=torch.float64)
        for step, shape in ((steps, (3, 10)), (torch.tensor(17), (3, 1)), (17, (3, 1)), (0.5, (3, 1)), (10**6, (3, 1))):
            result = case.schedule(step, only(path, batch))
            assert result.shape == shape, path
        expected = case.schedule(steps).expand(3, 10)
        torch.testing.assert_close(case.schedule(steps, only(path, batch)), expected, rtol=1e-13, atol=1e-17)


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_a_number_gives_a_float_and_tensors_give_their_type(case: Case) -> None:
    assert {type(case.schedule(step)) for step in [*case.steps_of_interest(), 0.5]} == {float}
    for dtype in (torch.float32, torch.float64):
        result = case.schedule(17, tensors(case.schedule.hyperparameters, dtype))
        assert result.dtype == dtype
        assert result.item() == pytest.approx(case.schedule(17), rel=1e-6 if dtype == torch.float32 else 1e-14)
    in_single = case.schedule(torch.arange(5.0), tensors(case.schedule.hyperparameters, torch.float64))
    assert in_single.dtype == torch.float32  # tensors without dimensions follow the others, as everywhere in torch


def test_a_formula_that_forgets_its_step_still_has_its_shape() -> None:
    @ps.schedule
    def forgetful(step: float, *, value: float) -> float:
        return value / 2

    assert forgetful(value=1.0)(torch.arange(4)).tolist() == [0.5] * 4
    assert torch.func.vmap(forgetful(value=1.0))(torch.arange(4)).tolist() == [0.5] * 4
    joined = ps.join([forgetful(value=1.0), lambda step: 2.0], boundaries=[2])
    assert joined(torch.arange(4)).tolist() == [0.5, 0.5, 2.0, 2.0]
    assert joined(torch.arange(4.0)).dtype == torch.float32


@given(compositions)
@settings(max_examples=50)
def test_compositions(schedule: ps.Schedule) -> None:
    steps = torch.arange(0.0, 60.0, 7.0, dtype=torch.float64)
    curve = schedule(steps)
    assert curve.shape == steps.shape
    torch.testing.assert_close(
        curve, torch.tensor([schedule(step) for step in steps.tolist()], dtype=torch.float64), rtol=1e-12, atol=1e-15
    )
    stacked = mapped(lambda leaf: leaf.expand(2, 1), tensors(schedule.hyperparameters))
    assert schedule(steps, stacked).shape == (2, len(steps))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_steps_are_refused(dtype: torch.dtype) -> None:
    with pytest.raises(TypeError, match="must not be of half precision, which cannot count past"):
        ps.constant(value=1.0)(torch.zeros(3, dtype=dtype))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
@pytest.mark.parametrize("case", CASES, ids=repr)
def test_the_result_lives_where_its_tensors_live(case: Case) -> None:
    steps = torch.arange(0, 300)
    on_device = case.schedule(steps.cuda())
    assert on_device.device.type == "cuda"
    torch.testing.assert_close(on_device.cpu(), case.schedule(steps), rtol=1e-12, atol=1e-17)
    tree = mapped(torch.Tensor.cuda, tensors(case.schedule.hyperparameters))
    with torch.cuda.device(0):
        torch.cuda.set_sync_debug_mode("error")
        try:
            result = case.schedule(steps[7].cuda(non_blocking=True), tree)
        finally:
            torch.cuda.set_sync_debug_mode("default")
    assert result.item() == pytest.approx(case.schedule(7), rel=1e-12)
