"""Law 11: gradients, over the step and over every hyperparameter: right where the curve is smooth, finite everywhere."""

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import pytest
import torch
from catalogue import CASES, Case
from compositions import all_compositions
from hypothesis import HealthCheck, given, settings
from leaves import Path, flatten, leaves, only, tensors

import pure_schedules as ps
from pure_schedules import numeric


def smooth_steps(case: Case) -> list[float]:
    """Steps that no corner comes near when a length is changed a little."""
    return [
        step
        for step in (5.3, 17.7, 33.1, 45.9, 61.2, 111.3, 155.5, 250.7)
        if all(abs(step - corner) > 1 for corner in case.corners)
        and (case.every is None or (margin := min(1, case.every / 4)) < step % case.every < case.every - margin)
    ]


def central_difference(f, x: float) -> float:
    # Of fourth order: in double precision both the truncation and the rounding stay far below 1e-6 of the slope.
    h = 1e-4 * abs(x) if x else 1e-7
    return (8 * (f(x + h) - f(x - h)) - (f(x + 2 * h) - f(x - 2 * h))) / (12 * h)


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_over_the_step(case: Case) -> None:
    for step in smooth_steps(case):
        gradient = torch.func.grad(case.schedule)(torch.tensor(step, dtype=torch.float64)).item()
        assert gradient == pytest.approx(central_difference(case.schedule, step), rel=1e-6, abs=1e-6 * case.peak / 1000)


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_over_every_hyperparameter(case: Case) -> None:
    schedule = case.schedule
    for path, number in leaves(schedule.hyperparameters):
        if path[-1] == "growth" and number == 1:
            continue  # the edge of what it may be
        for step in smooth_steps(case):
            gradient = torch.func.grad(lambda x, path=path, step=step: schedule(step, only(path, x)))(
                torch.tensor(number, dtype=torch.float64)
            ).item()
            # By tensors, which are trusted: fractions that are changed one by one have another sum than 1.
            expected = central_difference(
                lambda x, path=path, step=step: schedule(step, only(path, torch.tensor(x, dtype=torch.float64))).item(),
                number,
            )
            scale = case.peak / abs(number) if number else 1.0
            assert gradient == pytest.approx(expected, rel=1e-6, abs=1e-7 * scale), (path, step)


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_over_all_of_them_at_once(case: Case) -> None:
    """The tree goes through torch.func as it is, and gives the gradients one by one."""
    tree = tensors(case.schedule.hyperparameters)
    step = torch.tensor(smooth_steps(case)[-1], dtype=torch.float64)
    together = torch.func.grad(case.schedule, argnums=1)(step, tree)
    for (path, _), gradient, leaf in zip(
        leaves(case.schedule.hyperparameters), flatten(together), flatten(tree), strict=True
    ):
        alone = torch.func.grad(lambda x, path=path: case.schedule(step, only(path, x)))(leaf)
        assert torch.allclose(gradient, alone, rtol=1e-12, atol=1e-18)


def assert_finite_gradients(schedule: ps.Schedule, step: float, dtype: torch.dtype = torch.float64) -> None:
    gradients = torch.func.grad(schedule, argnums=(0, 1))(
        torch.tensor(float(step), dtype=dtype), tensors(schedule.hyperparameters, dtype)
    )
    assert all(math.isfinite(leaf.item()) for leaf in [gradients[0], *flatten(gradients[1])]), step


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("case", CASES, ids=repr)
def test_finite_at_corners_and_beyond(case: Case, dtype: torch.dtype) -> None:
    for step in [-1, *case.steps_of_interest()]:
        assert_finite_gradients(case.schedule, step, dtype)


@given(all_compositions)
@settings(max_examples=40)
def test_finite_in_compositions(schedule: ps.Schedule) -> None:
    for step in (0, 1, 20, 10**6):
        assert_finite_gradients(schedule, step)


@given(all_compositions)
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_right_in_compositions_over_every_hyperparameter(schedule: ps.Schedule) -> None:
    """Wherever the curve is smooth over it, which shows in that wide and narrow differences agree, and both sides."""
    step = torch.tensor(33.1, dtype=torch.float64)
    scale = abs(schedule(33.1)) + 1e-3
    for path, number in leaves(schedule.hyperparameters):
        if "fractions" in path:
            continue  # their sum is always 1

        def of(x: float, path: Path = path) -> float:
            return schedule(step, only(path, torch.tensor(x, dtype=torch.float64))).item()  # type: ignore[no-any-return]

        h = 1e-4 * abs(number) if number else 1e-6
        before, here, after = of(number - h), of(number), of(number + h)
        wide, narrow = (after - before) / (2 * h), (of(number + h / 8) - of(number - h / 8)) / (h / 4)
        margin = 1e-4 * abs(wide) + 1e-11 * scale / h
        if max(abs(wide - narrow), abs(after - 2 * here + before) / h) < 1e-3 * abs(wide) + margin:
            x = torch.tensor(number, dtype=torch.float64)
            slope = torch.func.grad(lambda x, path=path: schedule(step, only(path, x)))(x).item()
            assert slope == pytest.approx(narrow, rel=2e-3, abs=10 * margin), path


@pytest.mark.parametrize("shape", [ps.linear, ps.exponential, ps.half_life], ids=lambda f: f.name)
@pytest.mark.parametrize("end", [0.1, 0.3])
def test_a_value_that_a_rounding_put_past_its_bounds_keeps_its_slope(shape: Any, end: float) -> None:
    """Where start and end are equal, every value between them lies at both bounds, or a rounding beyond."""
    for steps in (0, 10):
        curve = shape(start=0.1, end=end, steps=steps)
        for name, at in (("start", 0.1), ("end", end)):
            expected = central_difference(lambda x, name=name, curve=curve: curve.replace({name: x})(7.3), at)
            slope = torch.func.grad(lambda x, name=name, curve=curve: curve(7.3, {name: x}))
            assert slope(torch.tensor(at, dtype=torch.float64)).item() == pytest.approx(expected, rel=1e-6, abs=1e-9)
            slope = jax.grad(lambda x, name=name, curve=curve: curve(jnp.asarray(7.3), {name: x}))
            assert float(slope(jnp.asarray(at))) == pytest.approx(expected, rel=1e-4, abs=1e-6)


COUNTED = ps.staircase(ps.linear(start=1.0, end=0.0, steps=37), every=10)
WAVE = ps.sinusoid(start=1.0, end=0.0, period=30)
ROUNDS = ps.repeat(ps.cosine(start=1.0, steps=10), every=10)


@pytest.mark.parametrize(
    "schedule",
    [
        ps.chain([ROUNDS, ps.cosine(start=1.0, steps=50)], boundaries=[25]),
        ps.chain([WAVE, COUNTED], boundaries=[12]),
        ps.branch(WAVE, ps.cosine(start=1.0, steps=20), at=10),
        ps.branch(ROUNDS, COUNTED, at=14),
        ps.cool_down(ROUNDS, at=14, decay_steps=10),
        ps.rewarm(WAVE, at=14, peak=1.0, warmup_steps=4, decay_steps=10),
        *(
            combine(child)
            for child in (COUNTED, ps.repeat(ps.cosine(start=1.0, steps=10), every=10, times=4, growth=1.5, factor=0.5))
            for combine in (
                lambda child: ps.join([child, ps.linear(start=1.0, end=0.0, steps=5)]),
                ps.mirror,
                ps.repeat,
                lambda child: ps.warp(child, power=2.0),
                lambda child: ps.stretch_to(child, steps=80),
                lambda child: ps.extend(child, at=10, total_steps=80),
                lambda child: ps.sequence([child, child], fractions=[0.5, 0.5], total_steps=100),
                lambda child: ps.vary(child, ps.linear(start=1.0, end=2.0, steps=30), hyperparameter="every"),
                lambda child: ps.staircase(child, every=7),
                lambda child: ps.round_down(child, multiple=0.0137),
            )
        ),
    ],
    ids=lambda schedule: schedule.factory.name,
)
def test_lengths_that_are_made_of_others_have_gradients(schedule: ps.Schedule) -> None:
    """Each is a number in torch, and right: over every length of every child, one of which may decide on others."""
    for path, number in leaves(schedule.hyperparameters):
        for step in (17.3, 33.1):

            def of(x: float, path=path, step=step) -> float:
                return schedule(step, only(path, torch.tensor(x, dtype=torch.float64))).item()

            x = torch.tensor(number, dtype=torch.float64)
            gradient = torch.func.grad(lambda x, path=path, step=step: schedule(step, only(path, x)))(x).item()
            if path[-1] in ("growth", "fractions") or "fractions" in path:
                assert math.isfinite(gradient)  # at the edge of what they may be
            else:
                assert gradient == pytest.approx(central_difference(of, number), rel=1e-6, abs=1e-8), (path, step)


@pytest.mark.parametrize(("step", "slope"), [(25, 2.0), (37, 5.1)])
def test_over_a_growth_of_one(step: int, slope: float) -> None:
    rounds = ps.repeat(ps.linear(start=1.0, end=0.0, steps=10))
    gradient = torch.func.grad(lambda growth: rounds(step, {"growth": growth}))(torch.tensor(1.0, dtype=torch.float64))
    assert gradient.item() == pytest.approx(slope, rel=1e-12)
    rising = lambda growth: rounds.replace(growth=growth)(step)  # noqa: E731 - a schedule takes no growth below 1
    assert (rising(1 + 1e-7) - rising(1)) / 1e-7 == pytest.approx(slope, rel=1e-5)


def test_an_idle_branch_does_not_poison_the_gradient_of_the_active_one() -> None:
    joined = ps.join([ps.constant(value=1.0), ps.inverse_sqrt(peak=1.0, timescale=1e-30)], boundaries=[10])
    for step in (0.0, 9.0, 10.0, 11.0):
        assert math.isfinite(torch.func.grad(joined)(torch.tensor(step, dtype=torch.float64)).item())


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_jacobians_tangents_and_curvatures_agree(case: Case) -> None:
    lr, tree = case.schedule, tensors(case.schedule.hyperparameters)
    for number in smooth_steps(case)[:3]:
        step = torch.tensor(number, dtype=torch.float64)
        slope = torch.func.grad(lr)
        _, tangent = torch.func.jvp(lambda t: lr(t, tree), (step,), (torch.ones_like(step),))
        torch.testing.assert_close(tangent, slope(step), rtol=1e-11, atol=1e-18)
        forward = torch.func.jacfwd(lr, argnums=1)(step, tree)
        reverse = torch.func.jacrev(lr, argnums=1)(step, tree)
        for one, other in zip(flatten(forward), flatten(reverse), strict=True):
            torch.testing.assert_close(one, other, rtol=1e-11, atol=1e-18)
        curvature = torch.func.jacfwd(torch.func.jacrev(lr))(step).item()
        h = 1e-3
        expected = ((slope(step + h) - slope(step - h)) / (2 * h)).item()
        assert curvature == pytest.approx(expected, rel=1e-5, abs=1e-7 * case.peak)


LINE = ps.linear(start=0.0, end=1.0, steps=10)
#: A corner has two slopes. Ours is that of what stands first in `minimum` and `maximum`: the inner one where a step or value
#: is held within bounds. Each is a function of one number, with the number, and the slope there.
CORNERS: dict[str, tuple[Callable[[Any], Any], float, float]] = {
    "a boundary": (ps.join([LINE, ps.linear(start=1.0, end=3.0, steps=10)]), 10.0, 0.2),
    "lines that go on": (ps.join([LINE, ps.linear(start=1.0, end=2.0, steps=10)]), 10.0, 0.1),
    "the first step": (LINE, 0.0, 0.1),
    "the last step": (LINE, 10.0, 0.1),
    "a knot": (ps.piecewise_cubic(values=[0.0, 1.0, 2.0, 3.0], boundaries=[10, 20, 30]), 10.0, 0.1),
    "over a length": (lambda n: LINE(10 + 0 * n, {"steps": n}), 10.0, -0.1),
    "over a boundary": (lambda n: ps.join([LINE, LINE], boundaries=[n])(10 + 0 * n), 10.0, -0.1),
    "over the length of a warp": (lambda n: ps.warp(LINE, power=2.0, steps=n)(10 + 0 * n), 10.0, -0.1),
    "over where a run cools down": (lambda n: ps.cool_down(LINE, at=n, decay_steps=10)(0 * n + 5), 0.0, 0.05),
    "the first of two": (lambda x: ps.maximum([ps.constant(value=x), ps.constant(value=1.0)])(0 * x), 1.0, 1.0),
    "the second of two": (lambda x: ps.maximum([ps.constant(value=x / x), ps.constant(value=x)])(0 * x), 1.0, 0.0),
    "the smaller of two": (lambda x: ps.minimum([ps.constant(value=x), ps.constant(value=1.0)])(0 * x), 1.0, 1.0),
    "a bound that is met": (lambda x: ps.clip(ps.scale(LINE, factor=x), low=1.0, high=2.0)(0 * x + 10), 1.0, 1.0),
    "over a bound that is met": (lambda x: ps.clip(LINE, low=x)(0 * x + 10), 1.0, 0.0),
}


@pytest.mark.parametrize("name", CORNERS)
def test_a_corner_has_one_slope_in_every_library(name: str) -> None:
    function, at, slope = CORNERS[name]
    assert torch.func.grad(function)(torch.tensor(at, dtype=torch.float64)).item() == pytest.approx(slope)
    assert float(jax.grad(function)(jnp.asarray(at))) == pytest.approx(slope, rel=1e-6)


@pytest.mark.parametrize("smaller", [numeric.minimum, numeric.maximum])
def test_at_a_tie_the_slope_is_that_of_the_first_in_both_modes(smaller: Any) -> None:
    ties = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
    bound = torch.tensor(2.0, dtype=torch.float64)
    for mode in (torch.func.jacfwd, torch.func.jacrev):
        of_first = mode(lambda x: smaller(x, bound).sum())(ties)
        of_second = mode(lambda y: smaller(ties, y))(bound)
        assert of_first[1] == 1
        assert of_second[1] == 0
        assert (of_first + of_second == 1).all()
