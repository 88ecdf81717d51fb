"""Numbers at the ends of what a float holds: too large is refused when bound; what is computed is answered as a tensor is.

Each of these once ended in Python's own words, or in a computation of every digit of a number with a billion of them.
"""

import math
from collections.abc import Callable

import pytest
import torch

import pure_schedules as ps
from pure_schedules.numeric import raised

BEYOND = 10**5000  # Python itself refuses to write it


@pytest.mark.parametrize(
    ("build", "kind", "message"),
    [
        (
            lambda: ps.constant(value=BEYOND),
            ValueError,
            "constant: value must be finite, got value=a number of thousands of",
        ),
        (lambda: ps.constant(value=10**309), ValueError, "constant: value must be finite, got value=1000"),
        (
            lambda: ps.linear(start=0.0, end=1.0, steps=BEYOND),
            ValueError,
            "linear: steps must be finite, got steps=a number",
        ),
        (lambda: ps.table(values=[1, BEYOND]), ValueError, "table: values must be finite, got values=a number of thousands"),
        (
            lambda: ps.join([BEYOND]),
            TypeError,
            "join: schedules[0] must be a schedule, not a number, got schedules=a number",
        ),
        (lambda: ps.linear(BEYOND), TypeError, "linear: numbers are given by name, got a number of thousands of digits by"),
    ],
)
def test_a_number_that_no_float_holds_is_refused(build: Callable[[], object], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind) as error:
        build()
    assert str(error.value).startswith(message)


@pytest.mark.parametrize(
    ("schedule", "step", "expected"),
    [
        (ps.exponential_decay(start=1e300, rate=1e300), 5, math.inf),
        (ps.exponential_decay(start=1.0, rate=3), 10**9, math.inf),
        (ps.step_decay(start=0.1, factor=2, every=1), 10**9, math.inf),
        (ps.step_decay(start=0.1, factor=0.5, every=1), 10**9, 0.0),
        (ps.inverse_decay(start=1.0, timescale=1e-9, power=-400), 10, math.inf),
        (ps.capped_power(peak=0.001, timescale=1e-9, power=-400), 10**9, 0.0),
        (ps.raise_to(ps.constant(value=10), power=10**18), 0, math.inf),
        (ps.raise_to(ps.constant(value=10.0), power=400.5), 0, math.inf),
        (ps.repeat(ps.constant(value=1), every=1, factor=2**63), 10**9, math.inf),
        (ps.repeat(ps.constant(value=1), every=1, factor=0.5), 10**9, 0.0),
    ],
    ids=repr,
)
def test_a_power_that_is_too_large_is_infinite_for_a_number_as_for_a_tensor(
    schedule: ps.Schedule, step: int, expected: float
) -> None:
    assert schedule(step) == expected
    assert schedule(torch.tensor(step)).item() == expected


def test_the_length_of_rounds_without_number_is_infinite() -> None:
    assert ps.repeat(ps.linear(start=0.0, end=1.0, steps=10), times=10**12, growth=2).steps == math.inf


def test_a_root_of_what_is_negative_is_not_a_number() -> None:
    falling = ps.raise_to(ps.linear(start=-1.0, end=1.0, steps=10), power=1.5)
    assert math.isnan(falling(0))
    assert math.isnan(falling(torch.tensor(0.0)))
    assert falling(10) == 1.0
    assert math.isnan(raised(-1.0, 0.5))
    assert raised(0.0, -1.0) == math.inf
