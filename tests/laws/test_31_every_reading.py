"""Law 31: every reading, one number. Stairs, rounds and boundaries fall on the same step in all of them.

The judge is exact arithmetic (`fractions`): which stair a step is on, and how far it is in its round. The values asked for
are whole numbers, or powers of two, so that a right answer is right to the last bit in single precision, too.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from importlib.util import find_spec
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from catalogue import CASES, Case

import pure_schedules as ps

WIDTHS = range(1, 301)
#: Beyond this whole numbers are not exact in single precision.
LARGEST = 2**24
#: Its value is its step.
CLOCK = ps.linear(start=0.0, end=float(LARGEST), steps=LARGEST)


# What is judged ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Law:
    """A schedule of one width, and what it is by exact arithmetic, given the stair and the place in it."""

    build: Callable[[Any], ps.Schedule]
    #: Of the step, the width, the number of the stair, and how far the step is in it.
    exactly: Callable[[Any, Any, int, Any], Any]
    #: By which name the width is a hyperparameter, where it is one.
    name: str = "every"
    #: Up to which step it is exact in single precision.
    largest: int = LARGEST


def in_rounds_twice_as_long(step: Any, width: Any, *_: Any) -> Any:
    """How far it is in a round each of which is twice as long as the one before, in the time of the first."""
    index = math.floor(step / width + 1).bit_length() - 1
    return (step - width * (2**index - 1)) / 2**index


FEW = [2.0**-index for index in range(40)]
NOISE = ps.uniform_noise(low=0.0, high=1.0, seed=7)
LAWS = {
    "step_decay": Law(
        lambda w: ps.step_decay(start=1.0, factor=0.5, every=w), lambda k, w, i, r: Fraction(1, 2 ** min(i, 1100))
    ),
    "staircase": Law(lambda w: ps.staircase(CLOCK, every=w), lambda k, w, i, r: i * w),
    "table": Law(lambda w: ps.table(values=FEW, every=w), lambda k, w, i, r: FEW[min(i, 39)]),
    "uniform_noise": Law(lambda w: NOISE.replace(every=w), lambda k, w, i, r: NOISE(i)),
    "repeat": Law(lambda w: ps.repeat(CLOCK, every=w), lambda k, w, i, r: r),
    "repeat three times": Law(lambda w: ps.repeat(CLOCK, every=w, times=3), lambda k, w, i, r: r if i < 3 else w),
    "repeat two and a half times": Law(
        lambda w: ps.repeat(CLOCK, every=w, times=2.5), lambda k, w, i, r: r if k < w * Fraction(5, 2) else w / Fraction(2)
    ),
    "repeat lower": Law(lambda w: ps.repeat(CLOCK, every=w, factor=0.5), lambda k, w, i, r: r / Fraction(2 ** min(i, 1100))),
    "repeat longer": Law(lambda w: ps.repeat(CLOCK, every=w, growth=2), in_rounds_twice_as_long, largest=2**18),
    "piecewise_constant": Law(
        lambda w: ps.piecewise_constant(values=FEW[:4], boundaries=[w, 2 * w, 3 * w]), lambda k, w, i, r: FEW[min(i, 3)], ""
    ),
    "join": Law(
        lambda w: ps.join([CLOCK] * 8, boundaries=[w * i for i in range(1, 8)]),
        lambda k, w, i, r: k - w * min(i, 7),
        "",
    ),
    "window": Law(
        lambda w: ps.window(CLOCK, first=w, stop=3 * w, outside=-1.0), lambda k, w, i, r: k if 1 <= i < 3 else -1, ""
    ),
    # What is computed is a multiple where roundings may have put it below one, so far less can be told apart.
    "round_down": Law(lambda w: ps.round_down(CLOCK, multiple=w), lambda k, w, i, r: i * w, "multiple", 2**18),
    "round_to": Law(lambda w: ps.round_to(CLOCK, multiple=w), lambda k, w, i, r: (i + (2 * r >= w)) * w, "multiple", 2**18),
    "jagged_restarts": Law(
        lambda w: ps.jagged_restarts(ps.constant(value=1.0), every=w, warmup_steps=w, decay_steps=0),
        lambda k, w, i, r: 1 if i == 0 else Fraction(r) / w,
        "",
    ),
}
#: Those whose values are no whole numbers, or too small for single precision.
ROUNDED = {"step_decay", "uniform_noise", "jagged_restarts", "repeat longer", "repeat lower"}


def around_multiples(width: int, largest: int) -> list[int]:
    """Steps at multiples of a width, and one before and after: the first ones, some later, and the last there are."""
    many = [0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 31, 63, 64, 100, 127, 255, 1000, 4095]
    multiples = [*many, *(largest // width - behind for behind in (1, 2, 3)), largest // width // 2]
    near = [min(max(0, m * width + d), largest - 1) for m in multiples for d in (-1, 0, 1)]
    return [*near, width // 2, width // 2 + 1, 5 * width // 2, 5 * width // 2 + 1]


def judged(law: Law, width: Any, steps: list[int]) -> Any:
    """The right values, rounded once."""
    right: list[float] = []
    for step in map(Fraction, steps):
        stair = math.floor(step / width)
        right.append(float(law.exactly(step, width, stair, step - stair * width)))
    return np.asarray(right)


# How it is read ------------------------------------------------------------------------------------------------------


@contextmanager
def double_precision() -> Iterator[None]:
    jax.config.update("jax_enable_x64", True)
    try:
        yield
    finally:
        jax.config.update("jax_enable_x64", False)


def in_double_precision(lr: ps.Schedule, steps: list[int]) -> Any:
    with double_precision():
        return np.asarray(lr(jnp.asarray(steps)))


def by_mlx(lr: ps.Schedule, steps: list[int]) -> Any:
    import mlx.core as mx

    return np.asarray(lr(mx.array(steps)))


READINGS: dict[str, Callable[[ps.Schedule, list[int]], Any]] = {
    "number": lambda lr, steps: [lr(step) for step in steps],
    "number, not traced": lambda lr, steps: [lr.run(step) for step in steps],
    "float": lambda lr, steps: [lr(float(step)) for step in steps],
    "int64 tensor": lambda lr, steps: lr(torch.tensor(steps)).numpy(),
    "float64 tensor": lambda lr, steps: lr(torch.tensor(steps, dtype=torch.float64)).numpy(),
    "float32 tensor": lambda lr, steps: lr(torch.tensor(steps, dtype=torch.float32)).numpy(),
    "int32 array": lambda lr, steps: lr(np.asarray(steps, dtype=np.int32)),
    "float32 array": lambda lr, steps: lr(np.asarray(steps, dtype=np.float32)),
    "JAX": lambda lr, steps: np.asarray(lr(jnp.asarray(steps))),
    "JAX in float32": lambda lr, steps: np.asarray(lr(jnp.asarray(steps, dtype=jnp.float32))),
    "JAX in double precision": in_double_precision,
}
if torch.cuda.is_available():
    for dtype in (torch.int64, torch.float64, torch.float32):
        READINGS[f"CUDA in {dtype}"] = lambda lr, steps, dtype=dtype: (
            lr(torch.tensor(steps, dtype=dtype, device="cuda")).cpu().numpy()
        )
if find_spec("mlx"):
    READINGS["MLX"] = by_mlx


def assert_right(found: Any, right: Any, steps: list[int], *what: Any, rtol: float = 0.0) -> None:
    found = np.asarray(found, dtype=float)
    wrong = [(steps[i], found[i], right[i]) for i in np.flatnonzero(~np.isclose(found, right, rtol=rtol, atol=1e-30))]
    assert not wrong, (*what, wrong[:5])


# The law -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LAWS)
def test_whole_widths(name: str) -> None:
    law = LAWS[name]
    for width in WIDTHS:
        steps, schedule = around_multiples(width, law.largest), law.build(width)
        right = judged(law, width, steps)
        for reading, read in READINGS.items():
            assert_right(read(schedule, steps), right, steps, reading, width, rtol=3e-6 if name in ROUNDED else 0)


@pytest.mark.parametrize("parts", [3, 7, 10])
@pytest.mark.parametrize("name", LAWS)
def test_widths_that_are_parts_of_whole_numbers(name: str, parts: int) -> None:
    """A third has been rounded: its stairs begin at the whole steps that they begin at by exact arithmetic."""
    law = LAWS[name]
    for number in range(1, 301, 13):
        width = Fraction(number, parts)
        steps, schedule = around_multiples(number, 2**16), law.build(number / parts)
        right = judged(law, width, steps)
        for reading, read in READINGS.items():
            found = np.asarray(read(schedule, steps), dtype=float)
            narrow = np.float32 if "32" in reading or reading in ("JAX", "MLX") else float
            # A place in a round is the small difference of large numbers.
            far = 64 * np.finfo(narrow).eps * np.asarray(steps)
            wrong = np.flatnonzero(np.abs(found - right) > far + 3e-6 * np.abs(right))
            assert not len(wrong), (reading, width, [(steps[i], found[i], right[i]) for i in wrong[:5]])


@pytest.mark.parametrize("name", [name for name, law in LAWS.items() if law.name])
def test_widths_that_are_tensors_and_arrays(name: str) -> None:
    """All widths are one batch, of which nothing is known to be whole."""
    law = LAWS[name]
    steps = np.stack([around_multiples(width, law.largest) for width in WIDTHS])
    right = np.stack([judged(law, width, row.tolist()) for width, row in zip(WIDTHS, steps, strict=True)])
    schedule = law.build(1)
    first = [schedule(3 * width, {law.name: torch.tensor(float(width))}).item() for width in WIDTHS]
    threes = [judged(law, width, [3 * width]).item() for width in WIDTHS]
    assert_right(first, np.asarray(threes), [3 * width for width in WIDTHS], "number and tensor", rtol=3e-6)
    of_torch = torch.tensor([*WIDTHS])[:, None]
    for reading, found in {
        "float64 tensors": schedule(torch.tensor(steps), {law.name: of_torch}),
        "float32 tensors": schedule(torch.tensor(steps, dtype=torch.float32), {law.name: of_torch.float()}),
        "float32 arrays": schedule(steps.astype(np.float32), {law.name: np.asarray(WIDTHS, dtype=np.float32)[:, None]}),
        "JAX": schedule(jnp.asarray(steps), {law.name: jnp.asarray(WIDTHS)[:, None]}),
        "JAX, jitted": jax.jit(lambda k, w: schedule(k, {law.name: w}))(jnp.asarray(steps), jnp.asarray(WIDTHS)[:, None]),
    }.items():
        rtol = 3e-6 if name in ROUNDED else 0
        assert_right(np.asarray(found).reshape(-1), right.reshape(-1), steps.reshape(-1).tolist(), reading, rtol=rtol)


#: Widths whose stairs begin one step late where a division by them is a product with their reciprocal.
RECIPROCALS = (41, 49, 82)


@pytest.mark.parametrize("name", LAWS)
def test_widths_that_a_compiler_knows(name: str) -> None:
    law = LAWS[name]
    for width in RECIPROCALS:
        steps, schedule = around_multiples(width, law.largest), law.build(width)
        found = jax.jit(schedule)(jnp.asarray(steps))
        assert_right(found, judged(law, width, steps), steps, width, rtol=3e-6 if name in ROUNDED else 0)


def test_compiled_by_torch() -> None:
    names = ["step_decay", "staircase", "table", "repeat", "repeat longer", "round_down"]
    schedules = {name: LAWS[name].build(41) for name in names}
    steps = {name: around_multiples(41, LAWS[name].largest) for name in names}

    @torch.compile(fullgraph=True)
    def all_of_them(clocks: list[torch.Tensor]) -> list[torch.Tensor]:
        return [schedules[name](clock) for name, clock in zip(names, clocks, strict=True)]

    found = all_of_them([torch.tensor(steps[name], dtype=torch.float32) for name in names])
    for name, values in zip(names, found, strict=True):
        right = judged(LAWS[name], 41, steps[name])
        assert_right(values, right, steps[name], name, rtol=3e-6 if name in ROUNDED else 0)


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_every_schedule_at_its_corners(case: Case) -> None:
    """What jumps does it at the same step in every reading; what does not is the same number to its precision."""
    corners = [corner + (case.every or 0) * more for corner in case.corners for more in range(8)]
    steps = sorted({max(0, math.floor(corner) + d) for corner in [0, *corners] for d in (-1, 0, 1, 2)})
    right = np.asarray([case.schedule(step) for step in steps])
    for reading, read in READINGS.items():
        narrow = "32 " in reading or reading in ("JAX", "JAX in float32", "MLX")
        found = np.asarray(read(case.schedule, steps), dtype=float)
        close = (2e-6 if narrow else 2e-15) * max(case.condition, 1) * case.peak
        np.testing.assert_allclose(found, right, rtol=0, atol=close, err_msg=reading)


@pytest.mark.parametrize(
    "schedule",
    [
        ps.linear(start=0.0, end=1.0, steps=3 * 10**9),
        ps.warmup_cosine(peak=1.0, warmup_steps=10**10, total_steps=10**12),
        ps.join([ps.constant(value=1.0), ps.constant(value=2.0)], boundaries=[3 * 10**9]),
        ps.piecewise_linear(values=[0.0, 1.0, 2.0], boundaries=[20, 10**11]),
        ps.join([ps.linear(start=0.0, end=1.0, steps=10**9)] * 7),
        ps.window(ps.constant(value=1.0), first=3 * 10**9, stop=5 * 10**9),
        ps.repeat(ps.linear(start=0.0, end=1.0, steps=10**9), times=5),
        ps.repeat(ps.linear(start=0.0, end=1.0, steps=2 * 10**9), times=3, growth=2),
        ps.step_decay(start=1.0, factor=0.5, every=3 * 10**9),
        ps.table(values=[1.0, 2.0], every=3 * 10**9),
        ps.staircase(ps.linear(start=0.0, end=1.0, steps=10**10), every=10**10),
        ps.stretch_to(ps.linear(start=0.0, end=1.0, steps=10**10), steps=10**11),
        ps.mirror(ps.linear(start=0.0, end=1.0, steps=10**10)),
        ps.uniform_noise(low=0.0, high=1.0, seed=10**10),
        ps.on_clock(ps.linear(start=0.0, end=1.0, steps=10**11), ps.consumed(sizes=[4 * 10**6], boundaries=[])),
    ],
    ids=lambda schedule: schedule.factory.name,
)
def test_lengths_that_32_bits_do_not_hold(schedule: ps.Schedule) -> None:
    """Tokens, in JAX as it is by default: what its whole numbers do not hold its floats do."""
    for step in (0, 7, 10**6):
        for value in (schedule(jnp.asarray(step)), jax.jit(schedule)(jnp.asarray(step))):
            assert float(value) == pytest.approx(schedule(step), rel=1e-6, abs=1e-30)


# Outside the domain --------------------------------------------------------------------------------------------------


def test_what_is_no_number_is_no_step() -> None:
    for schedule in (CLOCK, ps.cosine(start=1.0, steps=10), ps.join([CLOCK, ps.inverse_sqrt(peak=1.0, timescale=10)])):
        for call in (
            schedule,
            lambda step, lr=schedule: lr(step, lr.hyperparameters),
            lambda step, lr=schedule: lr.replace({})(step),
        ):
            with pytest.raises(ValueError, match=r"a step must be a number, got nan; give the index of the update"):
                call(math.nan)


@np.errstate(all="ignore")
def test_nan_is_not_lost() -> None:
    lost = lambda step: math.nan  # noqa: E731 - a child
    for combinator in (ps.minimum, ps.maximum, ps.add, ps.multiply, ps.mean):
        for children in (
            [ps.constant(value=1.0), lost],
            [lost, ps.constant(value=1.0)],
            [lost, lost],
            [CLOCK, lost],
            [lost, CLOCK],
        ):
            assert math.isnan(combinator(children)(5))
            assert math.isnan(combinator(children).run(5))
    assert math.isnan(ps.clip(lost, low=0.0, high=1.0)(5))
    negative = ps.raise_to(ps.linear(start=-1.0, end=1.0, steps=10), power=0.5)
    for value in (
        negative(0),
        negative.run(0),
        negative(torch.tensor(0)),
        negative(np.asarray(0)),
        negative(jnp.asarray(0)),
    ):
        assert math.isnan(value)


@pytest.mark.parametrize(
    ("schedule", "limit"),
    [
        (ps.step_decay(start=1.0, factor=0.5, every=7), 0.0),
        (ps.step_decay(start=1.0, factor=0.5, every=1 / 3), 0.0),
        (ps.table(values=[1.0, 2.0, 3.0], every=7), 3.0),
        (ps.staircase(ps.linear(start=1.0, end=0.25, steps=10), every=3), 0.25),
        (ps.repeat(ps.linear(start=1.0, end=0.25, steps=10), times=2.5, factor=0.5), 0.15625),
        (ps.round_down(ps.linear(start=1.0, end=4.5, steps=10), multiple=1), 4.0),
        (ps.hyperbolic_tangent(start=1.0, steps=10, lower=-400.0, upper=400.0), 0.0),
    ],
    ids=lambda value: value.factory.name if isinstance(value, ps.Schedule) else "",
)
@np.errstate(all="ignore")
def test_in_the_limit(schedule: ps.Schedule, limit: float) -> None:
    """At the largest step, infinity, every reading has the limit, where there is one."""
    for value in (
        schedule(math.inf),
        schedule.run(math.inf),
        schedule(torch.tensor(math.inf)),
        schedule(np.asarray(math.inf)),
    ):
        assert value == limit


def test_a_number_gives_a_float_whatever_a_child_gives() -> None:
    for given in (1, np.float64(1.0), np.float32(1.0), np.asarray(1.0), torch.tensor(1.0), torch.tensor(1)):
        child = lambda step, given=given: given  # noqa: E731
        for schedule in (ps.scale(child, factor=2.0), ps.add([child, child]), ps.shift(child, steps=1)):
            assert type(schedule(5)) is type(schedule.run(5)) is float
    with pytest.raises(TypeError, match="complex"):
        ps.shift(lambda step: 1j, steps=1)(5)


def test_numbers_too_large_for_a_float_are_said_to_be() -> None:
    with pytest.raises(ValueError, match=r"piecewise_constant: values must be finite"):
        ps.multi_step(start=1.0, factor=1e300, boundaries=[1, 2, 3])
