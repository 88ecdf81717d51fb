"""Law 5: segments of no steps contribute nothing: a finite value, a finite gradient, no warning, the limit from above."""

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch

import pure_schedules as ps

#: Schedules of a length, with the length at which they are degenerate.
DEGENERATE: dict[str, tuple[Callable[[Any], ps.Schedule], float]] = {
    "linear": (lambda n: ps.linear(start=0.2, end=0.7, steps=n), 0),
    "cosine": (lambda n: ps.cosine(start=0.2, end=0.7, steps=n), 0),
    "polynomial": (lambda n: ps.polynomial(start=0.2, end=0.7, steps=n, power=0.5), 0),
    "exponential": (lambda n: ps.exponential(start=0.2, end=0.7, steps=n), 0),
    "noam": (lambda n: ps.noam(d_model=64, warmup_steps=n), 0),
    "piecewise_constant": (lambda n: ps.piecewise_constant(values=[1.0, 2.0, 3.0], boundaries=[5, 5 + n]), 0),
    "piecewise_linear": (lambda n: ps.piecewise_linear(values=[1.0, 2.0, 3.0], boundaries=[5, 5 + n]), 0),
    "warmup_constant": (lambda n: ps.warmup_constant(peak=0.7, warmup_steps=n), 0),
    "warmup_linear, no warmup": (lambda n: ps.warmup_linear(peak=0.7, warmup_steps=n, total_steps=9), 0),
    "warmup_linear, no decay": (lambda n: ps.warmup_linear(peak=0.7, warmup_steps=9, total_steps=9 + n, floor=0.1), 0),
    "warmup_linear, neither": (lambda n: ps.warmup_linear(peak=0.7, warmup_steps=n, total_steps=2 * n, floor=0.1), 0),
    "warmup_cosine, no warmup": (lambda n: ps.warmup_cosine(peak=0.7, warmup_steps=n, total_steps=9), 0),
    "warmup_cosine, no decay": (lambda n: ps.warmup_cosine(peak=0.7, warmup_steps=9, total_steps=9 + n, floor=0.1), 0),
    "warmup_stable_decay": (
        lambda n: ps.warmup_stable_decay(peak=0.7, warmup_steps=n, decay_steps=n, total_steps=9, floor=0.1),
        0,
    ),
    "warmup_stable_decay, nothing stable": (
        lambda n: ps.warmup_stable_decay(peak=0.7, warmup_steps=4, decay_steps=5, total_steps=9 + n, floor=0.1),
        0,
    ),
    "one_cycle, no rise": (lambda n: ps.one_cycle(peak=0.7, total_steps=9, warmup_fraction=n), 0),
    "one_cycle, all rise": (lambda n: ps.one_cycle(peak=0.7, total_steps=9, warmup_fraction=1 - n), 0),
    "join": (
        lambda n: ps.join([ps.linear(start=0.1, end=0.2, steps=n), ps.linear(start=0.7, end=0.4, steps=9)]),
        0,
    ),
    "join, in the middle": (
        lambda n: ps.join(
            [ps.linear(start=0.1, end=0.2, steps=4), ps.cosine(start=9.0, steps=n), ps.linear(start=0.7, end=0.4, steps=9)]
        ),
        0,
    ),
}


@pytest.mark.parametrize("name", DEGENERATE)
def test_the_value_is_the_limit(name: str) -> None:
    make, length = DEGENERATE[name]
    degenerate, nearly = make(length), make(length + 1e-12)
    for step in [1, 2, 3, 6, 8, 20, 10**6]:
        assert math.isclose(degenerate(step), nearly(step), rel_tol=1e-9, abs_tol=1e-9), step
        assert degenerate(torch.tensor(step)).item() == pytest.approx(degenerate(step), rel=1e-15)
    # At 0 and where something jumps, the limit is of steps just above as well.
    for step in (0, 4, 5, 9):
        assert math.isclose(degenerate(step), nearly(step + 1e-9), rel_tol=1e-7, abs_tol=1e-7), step


@pytest.mark.parametrize("name", DEGENERATE)
def test_value_and_gradient_are_finite_in_tensors(name: str) -> None:
    make, length = DEGENERATE[name]
    if name.startswith("one_cycle, all"):
        length = 0.0

    def value(step: torch.Tensor, n: torch.Tensor) -> torch.Tensor:
        return make(n)(step)

    for step in (0.0, 1.0, 4.0, 5.0, 9.0, 20.0):
        arguments = torch.tensor(step, dtype=torch.float64), torch.tensor(float(length), dtype=torch.float64)
        result = value(*arguments)
        assert result.item() == pytest.approx(make(length)(step), rel=1e-14, abs=1e-15)
        for gradient in torch.func.grad(value, argnums=(0, 1))(*arguments):
            assert math.isfinite(gradient.item())


def test_a_segment_of_no_steps_is_passed_over_even_in_the_middle() -> None:
    joined = ps.join([ps.linear(start=0.0, end=1.0, steps=0), ps.constant(value=5.0)], boundaries=[0])
    assert joined(0) == 5.0
    three = ps.join([ps.constant(value=1.0), ps.constant(value=2.0), ps.constant(value=3.0)], boundaries=[4, 4])
    assert [three(step) for step in (3, 4)] == [1.0, 3.0]
    assert three(torch.tensor([3, 4])).tolist() == [1.0, 3.0]


def test_a_length_of_0_means_the_end_at_once() -> None:
    for shape in (ps.linear, ps.cosine):
        assert shape(start=1.0, end=0.25, steps=0)(0) == 0.25
    assert ps.exponential(start=1.0, end=0.25, steps=0)(0) == 0.25
    assert ps.polynomial(start=1.0, end=0.25, steps=0, power=2)(0) == 0.25


@pytest.mark.parametrize("shape", [ps.linear, ps.cosine, ps.exponential])
def test_a_negative_length_is_refused_when_built(shape: Callable[..., ps.Schedule]) -> None:
    with pytest.raises(ValueError, match="steps must not be negative, got steps=-1"):
        shape(start=1.0, end=0.5, steps=-1)
