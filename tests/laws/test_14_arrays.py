"""Law 14: arrays of other libraries. NumPy and JAX steps give their own arrays, and JAX transforms them."""

from collections.abc import Iterator
from contextlib import contextmanager

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from catalogue import CASES, Case
from compositions import compositions
from hypothesis import given, settings
from leaves import mapped, measured

import pure_schedules as ps


@contextmanager
def double_precision() -> Iterator[None]:
    jax.config.update("jax_enable_x64", True)
    try:
        yield
    finally:
        jax.config.update("jax_enable_x64", False)


CLOCK = [0, 1, 2, 13, 30, 40, 50, 71, 89, 90, 97, 130, 190, 211, 5000]


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_numpy(case: Case) -> None:
    expected = [case.schedule(step) for step in CLOCK]
    for dtype, close in ((np.int64, 1e-15), (np.int32, 1e-15), (np.float64, 1e-15), (np.float32, 3e-7)):
        values = case.schedule(np.asarray(CLOCK, dtype=dtype))
        assert isinstance(values, np.ndarray)
        assert values.dtype == (np.float32 if dtype is np.float32 else np.float64)
        np.testing.assert_allclose(values, expected, rtol=0, atol=close * max(case.condition, 1) * case.peak)
    assert case.schedule(np.zeros((2, 3))).shape == (2, 3)
    assert isinstance(case.schedule(np.asarray(3)), np.ndarray)
    # A single number of NumPy's is a number.
    assert type(case.schedule(np.int64(13))) is float
    assert case.schedule(np.int64(13)) == case.schedule(np.float64(13)) == case.schedule(13)


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_numpy_hyperparameters(case: Case) -> None:
    tree = measured(case.schedule.hyperparameters)
    stacked = mapped(lambda leaf: np.asarray([[leaf], [leaf]], dtype=float), tree)
    values = case.schedule(np.asarray(CLOCK), stacked)
    assert values.shape == (2, len(CLOCK))
    np.testing.assert_allclose(
        values[1], [case.schedule(step) for step in CLOCK], rtol=0, atol=1e-15 * max(case.condition, 1) * case.peak
    )


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_jax(case: Case) -> None:
    expected = [case.schedule(step) for step in CLOCK]
    # JAX computes in single precision unless told otherwise. Its compiler also multiplies by a reciprocal where the
    # formula divides, so a step right at a jump could fall on the other side: here none does.
    for values in (case.schedule(jnp.asarray(CLOCK)), jax.jit(case.schedule)(jnp.asarray(CLOCK, dtype=jnp.float32))):
        assert isinstance(values, jax.Array)
        assert values.dtype == jnp.float32
        np.testing.assert_allclose(values, expected, rtol=0, atol=2e-6 * max(case.condition, 1) * case.peak)
    batched = jax.vmap(case.schedule)(jnp.asarray(CLOCK))
    np.testing.assert_allclose(batched, expected, rtol=0, atol=2e-6 * max(case.condition, 1) * case.peak)


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_jax_in_double_precision_and_its_gradients(case: Case) -> None:
    with double_precision():
        values = case.schedule(jnp.asarray(CLOCK))
        assert values.dtype == jnp.float64
        np.testing.assert_allclose(
            values, [case.schedule(step) for step in CLOCK], rtol=0, atol=1e-15 * max(case.condition, 1) * case.peak
        )
        tree = measured(case.schedule.hyperparameters)
        for step in (0.0, 17.7, 61.2, 97.0, 5000.0):
            gradients = jax.grad(case.schedule, argnums=(0, 1))(step, mapped(float, tree))
            assert all(np.isfinite(leaf) for leaf in jax.tree.leaves(gradients))
        slope = jax.grad(case.schedule)(61.2)
        h = 1e-4
        difference = (case.schedule(61.2 + h) - case.schedule(61.2 - h)) / (2 * h)
        assert float(slope) == pytest.approx(difference, rel=1e-6, abs=1e-9 * case.peak)


@given(compositions)
@settings(max_examples=50)
def test_compositions(schedule: ps.Schedule) -> None:
    steps = np.asarray([0, 1, 7, 20, 33.5, 60, 1e4])
    expected = [schedule(step) for step in steps.tolist()]
    np.testing.assert_allclose(schedule(steps), expected, rtol=1e-12, atol=1e-15)


@given(compositions)
@settings(max_examples=15)
def test_compositions_in_jax(schedule: ps.Schedule) -> None:
    with double_precision():
        steps = jnp.asarray([0, 1, 7, 20, 33.5, 60, 1e4])
        np.testing.assert_allclose(
            jax.vmap(schedule)(steps), [schedule(step) for step in steps.tolist()], rtol=1e-12, atol=1e-15
        )
        assert np.isfinite(jax.vmap(jax.grad(schedule))(steps)).all()


def test_a_schedule_is_handed_to_optax_as_it_is() -> None:
    case = next(case for case in CASES if case.name == "warmup_cosine")
    # optax.sgd subtracts rate times gradient: what the parameter loses at each update is the rate that was used.
    optimizer = optax.sgd(case.schedule)
    parameters = {"w": jnp.zeros(())}
    state = optimizer.init(parameters)

    @jax.jit
    def update(parameters, state):
        updates, state = optimizer.update({"w": jnp.ones(())}, state, parameters)
        return updates, optax.apply_updates(parameters, updates), state

    for step in range(60):
        updates, parameters, state = update(parameters, state)
        assert -float(updates["w"]) == pytest.approx(case.schedule(step), rel=1e-6, abs=2e-6 * case.peak)
    adam = optax.adam(case.schedule)
    adam.update({"w": jnp.ones(())}, adam.init(parameters), parameters)
