"""`like.optax` beside optax 0.2.8 itself, at every update of a run and at 50 beyond its end.

Tolerance: 1e-12 of the highest value where JAX computes in double precision (enabled within these tests), and 1e-6 of it
in single precision, which is its default. Where single precision itself is further off than that, the call says so. optax
schedules are functions of the step, so no optimizer takes part; that its optimizers ask for 0 at the first update is
tested once, below.
"""

from itertools import product
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import torch

import pure_schedules as ps
from pure_schedules.like import optax as like

BEYOND = 50
LENGTHS = (1, 2, 3, 23, 97, 100)
#: One shape for every run, so that JAX compiles each operation once.
CLOCK = np.arange(256)


def values_of(peer: Any, steps: int, *, double: bool = True) -> Any:
    """What optax gives at each step below `steps`."""
    with jax.enable_x64(double):
        return np.asarray(jax.vmap(lambda count: jnp.asarray(peer(count)))(jnp.asarray(CLOCK)), dtype=np.float64)[:steps]


def compare(ours: ps.Schedule, make_peer: Any, steps: int, single: float | None = 1e-6) -> None:
    """That both agree at every step below `steps`, in double and in single precision, and that ours reads its print."""
    assert steps <= len(CLOCK)
    mine = np.asarray([ours(step) for step in range(steps)])
    for double, tolerance in ((True, 1e-12), (False, single)):
        if tolerance is not None:
            with jax.enable_x64(double):
                theirs = values_of(make_peer(), steps, double=double)
            np.testing.assert_allclose(mine, theirs, rtol=0, atol=tolerance * np.abs(theirs).max())
    assert ps.parse(repr(ours)) == ours


def check(name: str, arguments: dict[str, Any], length: int, single: float | None = 1e-6) -> None:
    compare(getattr(like, name)(**arguments), lambda: getattr(optax, name)(**arguments), length + BEYOND + 1, single)


def after_a_power(power: float) -> float:
    """Single precision leaves 6e-8 of a run that is over, and a power below 1 makes more of it."""
    return 1e-6 ** min(power, 1.0)


def after_a_decay(decay: dict[str, Any]) -> float | None:
    """A hundred powers of a growing rate are off by 1e-5; and a stair may be one update late (see what differs, below)."""
    return None if decay["staircase"] else 1e-6 if decay["decay_rate"] <= 1 else 1e-5


@pytest.mark.parametrize("value", [0.0, 5, 3e-4])
def test_constant_schedule(value: float) -> None:
    check("constant_schedule", {"value": value}, 0)


@pytest.mark.parametrize(("steps", "begin"), list(product(LENGTHS, (0, 1, 7))))
def test_linear_and_polynomial_schedule(steps: int, begin: int) -> None:
    for start, end in ((0.0, 1.0), (3e-4, 0.0), (1.0, 0.25)):
        arguments = {"init_value": start, "end_value": end, "transition_steps": steps, "transition_begin": begin}
        check("linear_schedule", arguments, begin + steps)
        for power in (0.5, 1, 2.0, 3.7):
            check("polynomial_schedule", {**arguments, "power": power}, begin + steps, after_a_power(power))


SCALES: list[dict[int, float] | None] = [
    None,
    {},
    {10: 0.1},
    {0: 0.5, 1: 0.5},
    {20: 0.1, 5: 3.0},  # out of order
    {3: 0.5, 23: 0.0, 40: 2.0},
    {1: 2.0, 97: 0.25},
]


@pytest.mark.parametrize("scales", SCALES)
def test_piecewise_schedules(scales: dict[int, float] | None) -> None:
    length = max(scales or {0: 0})
    check("piecewise_constant_schedule", {"init_value": 3e-4, "boundaries_and_scales": scales}, length)
    for kind in ("linear", "cosine"):
        arguments = {"interpolate_type": kind, "init_value": 3e-4, "boundaries_and_scales": scales}
        check("piecewise_interpolate_schedule", arguments, length)


DECAYS = [
    {"transition_steps": steps, "decay_rate": rate, "transition_begin": begin, "staircase": staircase, "end_value": end}
    for steps, rate, begin, staircase in product((1, 3, 23, 97), (0.5, 0.99, 1.0, 1.02), (0, 7), (False, True))
    for end in (None, 0.2, 1.5)
]


@pytest.mark.parametrize("decay", DECAYS)
def test_exponential_decay(decay: dict[str, Any]) -> None:
    check("exponential_decay", {"init_value": 1.0, **decay}, 100, after_a_decay(decay))


@pytest.mark.parametrize("decay", DECAYS[::5])
@pytest.mark.parametrize("warmup", [1, 2, 10, 23])
def test_warmup_exponential_decay_schedule(decay: dict[str, Any], warmup: int) -> None:
    arguments = {"init_value": 0.1, "peak_value": 1.0, "warmup_steps": warmup, **decay}
    check("warmup_exponential_decay_schedule", arguments, 100, after_a_decay(decay))


@pytest.mark.parametrize("steps", LENGTHS)
def test_cosine_decay_schedule(steps: int) -> None:
    for alpha, exponent in product((0.0, 0.1, 1.0, 1.5), (1.0, 0.5, 2, 3.3)):
        arguments = {"init_value": 3e-4, "decay_steps": steps, "alpha": alpha, "exponent": exponent}
        check("cosine_decay_schedule", arguments, steps, after_a_power(exponent))


@pytest.mark.parametrize("warmup", [1, 2, 3, 10, 23])
@pytest.mark.parametrize("decay", [1, 2, 23, 97])
def test_warmup_cosine_decay_schedule(warmup: int, decay: int) -> None:
    for start, end, exponent in ((0.0, 0.0, 1.0), (1e-5, 3e-5, 1.0), (1e-3, 1e-4, 0.5), (0.0, 1e-4, 2)):
        arguments = {"init_value": start, "peak_value": 3e-4, "warmup_steps": warmup, "decay_steps": warmup + decay}
        arguments |= {"end_value": end, "exponent": exponent}
        check("warmup_cosine_decay_schedule", arguments, warmup + decay, after_a_power(exponent))


def test_warmup_cosine_decay_schedule_without_warmup() -> None:
    arguments = {"init_value": 0.0, "peak_value": 1.0, "warmup_steps": 0, "decay_steps": 23}
    check("warmup_cosine_decay_schedule", arguments, 23)


@pytest.mark.parametrize("warmup", LENGTHS)
def test_warmup_constant_schedule(warmup: int) -> None:
    check("warmup_constant_schedule", {"init_value": 0.1, "peak_value": 1.0, "warmup_steps": warmup}, warmup)


@pytest.mark.parametrize("steps", [2, 3, 7, 23, 97, 100])
def test_onecycle_schedules(steps: int) -> None:
    for start, final in ((0.3, 0.85), (0.25, 0.75), (0.0, 0.5), (0.1, 0.9)):
        arguments = {"transition_steps": steps, "peak_value": 0.4, "pct_start": start}
        for factors in ({}, {"div_factor": 2.0, "final_div_factor": 10}):
            check("cosine_onecycle_schedule", arguments | factors, steps)
            if len({int(start * steps), int(final * steps), steps}) == 3:
                check("linear_onecycle_schedule", arguments | factors | {"pct_final": final}, steps)


def test_sgdr_schedule() -> None:
    cycles = [
        {"init_value": 0.0, "peak_value": 1.0, "warmup_steps": 3, "decay_steps": 23},
        {"init_value": 0.1, "peak_value": 0.5, "warmup_steps": 1, "decay_steps": 40, "end_value": 0.1},
        {"init_value": 0.1, "peak_value": 0.25, "warmup_steps": 10, "decay_steps": 11, "exponent": 2.0},
    ]
    for number in (1, 2, 3):
        check("sgdr_schedule", {"cosine_kwargs": cycles[:number]}, sum(int(c["decay_steps"]) for c in cycles[:number]))


def test_join_schedules() -> None:
    pieces = [
        ("linear_schedule", {"init_value": 0.0, "end_value": 1.0, "transition_steps": 10}),
        ("constant_schedule", {"value": 0.5}),
        ("exponential_decay", {"init_value": 1.0, "transition_steps": 5, "decay_rate": 0.9}),
    ]
    for boundaries in ([10, 30], [0, 0], [0, 7], [3, 3], [23, 97]):
        compare(
            like.join_schedules([getattr(like, name)(**given) for name, given in pieces], boundaries=boundaries),
            lambda boundaries=boundaries: optax.join_schedules(
                [getattr(optax, name)(**given) for name, given in pieces], boundaries
            ),
            150,
        )


def test_every_schedule_of_optax_is_there() -> None:
    listed = {
        name for name in dir(optax.schedules) if name[0] != "_" and name.endswith(("_schedule", "_schedules", "_decay"))
    }
    assert set(like.__all__) == listed


def test_optax_asks_for_0_at_the_first_update() -> None:
    optimizer = optax.sgd(optax.linear_schedule(init_value=1.0, end_value=0.0, transition_steps=4))
    ours = like.linear_schedule(init_value=1.0, end_value=0.0, transition_steps=4)
    parameter = jnp.zeros(())
    state = optimizer.init(parameter)
    for step in range(6):
        update, state = optimizer.update(jnp.ones(()), state)
        assert float(update) == pytest.approx(-ours(step), abs=1e-6)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("cosine_decay_schedule", {"init_value": 1.0, "decay_steps": 23, "alpha": 0.1, "exponent": 0.5}),
        ("cosine_onecycle_schedule", {"transition_steps": 23, "peak_value": 0.4}),
        ("exponential_decay", {"init_value": 1.0, "transition_steps": 10, "decay_rate": 0.5, "end_value": 0.2}),
        ("linear_onecycle_schedule", {"transition_steps": 23, "peak_value": 0.4}),
        ("polynomial_schedule", {"init_value": 1.0, "end_value": 0.1, "transition_steps": 23, "power": 0.5}),
        (
            "warmup_cosine_decay_schedule",
            {"init_value": 0.0, "peak_value": 1.0, "warmup_steps": 5, "decay_steps": 23, "end_value": 0.1, "exponent": 2.0},
        ),
    ],
)
def test_takes_tensors(name: str, given: dict[str, float]) -> None:
    leaves = {key: torch.tensor(value, dtype=torch.float64, requires_grad=True) for key, value in given.items()}
    ours, values = getattr(like, name)(**given), getattr(like, name)(**leaves)(torch.arange(80))
    assert values.tolist() == pytest.approx([ours(step) for step in range(80)], rel=1e-12)
    for gradient in torch.autograd.grad(values.sum(), list(leaves.values()), allow_unused=True):
        assert gradient is None or gradient.isfinite()


# What differs --------------------------------------------------------------------------------------------------------


def test_differs_in_a_transition_of_no_steps() -> None:
    line = {"init_value": 0.25, "end_value": 1.0, "transition_steps": 0}
    for name, arguments in (("linear_schedule", line), ("polynomial_schedule", {**line, "power": 2})):
        assert set(values_of(getattr(optax, name)(**arguments), 60)) == {0.25}
        assert {getattr(like, name)(**arguments)(step) for step in range(60)} == {1.0}
    warmup = {"init_value": 0.25, "peak_value": 1.0, "warmup_steps": 0}
    assert set(values_of(optax.warmup_constant_schedule(**warmup), 60)) == {0.25}
    assert {like.warmup_constant_schedule(**warmup)(step) for step in range(60)} == {1.0}


def test_differs_in_stairs_compiled_in_single_precision() -> None:
    for steps in (41, 47, 97):
        arguments = {"init_value": 1.0, "transition_steps": steps, "decay_rate": 0.5, "staircase": True}
        peer, ours = jax.jit(optax.exponential_decay(**arguments)), like.exponential_decay(**arguments)
        assert [float(peer(step)) for step in (steps - 1, steps, steps + 1)] == [1.0, 1.0, 0.5]
        assert [ours(step) for step in (steps - 1, steps, steps + 1)] == [1.0, 0.5, 0.5]


def test_differs_in_a_decay_of_no_steps() -> None:
    with pytest.raises(ValueError, match="positive decay_steps"):
        optax.cosine_decay_schedule(init_value=1.0, decay_steps=0)
    assert {like.cosine_decay_schedule(init_value=1.0, decay_steps=0, alpha=0.5)(step) for step in range(60)} == {0.5}
    whole = {"init_value": 0.0, "peak_value": 1.0, "warmup_steps": 10, "decay_steps": 10, "end_value": 0.5}
    with pytest.raises(ValueError, match="positive decay_steps"):
        optax.warmup_cosine_decay_schedule(**whole)
    lr = like.warmup_cosine_decay_schedule(**whole)
    assert [lr(step) for step in range(60)] == [step / 10 for step in range(10)] + [0.5] * 50


def test_differs_at_a_peak_of_0() -> None:
    arguments = {"init_value": 0.0, "peak_value": 0.0, "warmup_steps": 10, "decay_steps": 20, "end_value": 0.5}
    assert set(values_of(optax.warmup_cosine_decay_schedule(**arguments), 70)) == {0.0}
    lr = like.warmup_cosine_decay_schedule(**arguments)
    assert [round(lr(step), 12) for step in (0, 10, 15, 20, 69)] == [0.0, 0.0, 0.25, 0.5, 0.5]


@pytest.mark.parametrize(
    ("arguments", "theirs", "ours"),
    [
        # One update: the knots of the rise and of the fall are both at 0, and only the factor of the latter is left.
        ({"transition_steps": 1}, [0.25, 0.025, 0.025], [0.5, 0.05, 0.05]),
        # The knot at the end is there twice, and the factor that takes it back to the start is lost.
        (
            {"transition_steps": 4, "pct_start": 0.5, "pct_final": 1.0},
            [0.5, 0.75, 1.0, 0.55, 0.1],
            [0.5, 0.75, 1.0, 0.75, 0.05],
        ),
    ],
)
def test_differs_where_two_knots_of_a_cycle_are_on_one_step(
    arguments: dict[str, Any], theirs: list[float], ours: list[float]
) -> None:
    arguments = {"peak_value": 1.0, "div_factor": 2.0, "final_div_factor": 10.0, **arguments}
    assert values_of(optax.linear_onecycle_schedule(**arguments), len(theirs)) == pytest.approx(theirs, rel=1e-12)
    lr = like.linear_onecycle_schedule(**arguments)
    assert [lr(step) for step in range(len(ours))] == pytest.approx(ours, rel=1e-12)


def test_differs_in_a_cycle_that_only_rises() -> None:
    arguments = {"transition_steps": 4, "peak_value": 1.0, "pct_start": 1.0, "div_factor": 2.0, "final_div_factor": 10.0}
    peer = values_of(optax.cosine_onecycle_schedule(**arguments), 6)
    assert peer.max() == 0.5  # the first value; the peak is lost
    lr = like.cosine_onecycle_schedule(**arguments)
    assert [round(lr(step), 9) for step in (0, 2, 4, 5)] == [0.5, 0.75, 0.05, 0.05]
    assert lr(3.999) > 0.999


def test_refuses_what_optax_repairs_or_drops() -> None:
    constant = like.constant_schedule(value=1.0)
    for refused, given in (
        (like.linear_schedule, {"init_value": 0.0, "end_value": 1.0, "transition_steps": -1}),
        (like.linear_schedule, {"init_value": 0.0, "end_value": 1.0, "transition_steps": 4, "transition_begin": -1}),
        (like.exponential_decay, {"init_value": 1.0, "transition_steps": 0, "decay_rate": 0.5}),
        (like.exponential_decay, {"init_value": 1.0, "transition_steps": 10, "decay_rate": 0}),
        (like.piecewise_constant_schedule, {"init_value": 1.0, "boundaries_and_scales": {10: -1.0}}),
        (like.piecewise_constant_schedule, {"init_value": 1.0, "boundaries_and_scales": {-10: 1.0}}),
        (like.piecewise_interpolate_schedule, {"interpolate_type": "cubic", "init_value": 1.0}),
        (like.join_schedules, {"schedules": [constant] * 3, "boundaries": [10]}),
        (like.join_schedules, {"schedules": [constant] * 3, "boundaries": [10, 5]}),
    ):
        with pytest.raises(ValueError, match=rf"like\.optax\.{refused.__name__}: "):
            refused(**given)
    for refused, given in (
        (like.piecewise_constant_schedule, {"init_value": 1.0, "boundaries_and_scales": [10, 0.5]}),
        (like.piecewise_constant_schedule, {"init_value": 1.0, "boundaries_and_scales": {"10": 0.5}}),
        (like.sgdr_schedule, {"cosine_kwargs": []}),
        (like.sgdr_schedule, {"cosine_kwargs": [3]}),
        (like.sgdr_schedule, {"cosine_kwargs": 3}),
        (like.exponential_decay, {"init_value": 1.0, "transition_steps": 10, "decay_rate": 0.5, "staircase": 1}),
    ):
        with pytest.raises(TypeError, match=rf"like\.optax\.{refused.__name__}: {next(reversed(given))} must "):
            refused(**given)
