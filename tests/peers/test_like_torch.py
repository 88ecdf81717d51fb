"""`like.torch` against torch 2.13.0 itself, live: a real SGD, its rate read before each update, to 1e-12 of the peak.

Every update of the run and 50 beyond it, except that OneCycleLR cannot be stepped so far.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
import torch
from torch.optim import SGD, Adam, lr_scheduler, swa_utils
from training import LR, deviation, rates

from pure_schedules import Schedule, join
from pure_schedules.like import torch as like

TOLERANCE = 1e-12
BEYOND = 50

Make = Callable[[Any], Any]


class Case(NamedTuple):
    """A schedule, the scheduler that it is like, and the updates over which they are compared."""

    name: str
    schedule: Schedule
    make: Make
    updates: int
    key: str = "lr"

    def __repr__(self) -> str:
        return self.name


def named(name: str, updates: int, **arguments: Any) -> Case:
    """A case of a scheduler that multiplies the optimizer's rate."""
    original = getattr(swa_utils if name == "SWALR" else lr_scheduler, name)
    written = ", ".join(f"{key}={getattr(value, '__name__', value)}" for key, value in arguments.items())
    schedule = getattr(like, name)(**arguments, lr=LR)
    return Case(f"{name}({written})", schedule, lambda optimizer: original(optimizer, **arguments), updates)


LENGTHS = (1, 2, 3, 23, 97)


def multiplying() -> Iterator[Case]:
    for length in LENGTHS:
        updates = 2 * length + BEYOND
        for gamma in (0.1, 0.5, 0.97, 1.0, 1.03):
            yield named("StepLR", updates, step_size=length, gamma=gamma)
        for factor in (0.1, 1 / 3, 1.0):
            yield named("ConstantLR", updates, factor=factor, total_iters=length)
        for start, end in ((1 / 3, 1.0), (1.0, 0.0), (1e-4, 0.5), (1.0, 0.1), (0.5, 0.5)):
            yield named("LinearLR", updates, start_factor=start, end_factor=end, total_iters=length)
        for power in (0.5, 0.9, 1.0, 2.0, 3):
            yield named("PolynomialLR", updates, total_iters=length, power=power)
        for floor in (0.0, 1e-3, 0.1, LR, 0.5):
            yield named("CosineAnnealingLR", 5 * length + BEYOND, T_max=length, eta_min=floor)
            for growth in (1, 2, 3, 10):
                yield named("CosineAnnealingWarmRestarts", 14 * length + BEYOND, T_0=length, T_mult=growth, eta_min=floor)
        for strategy in ("cos", "linear"):
            for end in (0.0, 0.05, 1.0):
                yield named("SWALR", updates, swa_lr=end, anneal_epochs=length, anneal_strategy=strategy)
    for milestones in ([], [0], [1], [2, 3], [5, 5, 9], [0, 4, 4, 4], [10, 23, 97]):
        for gamma in (0.1, 0.5, 1.2):
            yield named("MultiStepLR", 147, milestones=milestones, gamma=gamma)
    for gamma in (0.1, 0.9, 0.95, 0.999, 1.0, 1.01):
        yield named("ExponentialLR", 200, gamma=gamma)
    yield named("ConstantLR", 60)
    yield named("LinearLR", 60)
    yield named("PolynomialLR", 60)
    yield named("StepLR", 60, step_size=7)
    yield named("MultiStepLR", 60, milestones=[7, 11])
    for strategy in ("cos", "linear"):
        yield named("SWALR", 60, swa_lr=0.1, anneal_epochs=0, anneal_strategy=strategy)


def warming(step: float) -> float:
    return 1 + 1 / (step + 2)


def factors() -> Iterator[Case]:
    for length in LENGTHS:
        schedule = like.MultiplicativeLR(lr_lambda=warming, steps=length + BEYOND, lr=LR)
        yield Case(
            f"MultiplicativeLR(steps={length})",
            schedule,
            lambda o: lr_scheduler.MultiplicativeLR(o, lr_lambda=warming),
            length + BEYOND,
        )


def cyclic() -> Iterator[Case]:
    def case(**arguments: Any) -> Iterator[Case]:
        updates = 4 * (arguments["step_size_up"] + (arguments.get("step_size_down") or 0)) + BEYOND
        written = ", ".join(f"{key}={getattr(value, '__name__', value)}" for key, value in arguments.items())
        for momenta in ({}, {"base_momentum": 0.3, "max_momentum": 0.99}):

            def make(optimizer: Any, momenta: Any = momenta) -> Any:
                return lr_scheduler.CyclicLR(optimizer, base_lr=0.01, max_lr=0.7, **arguments, **momenta)

            yield Case(f"CyclicLR({written})", like.CyclicLR(base_lr=0.01, max_lr=0.7, **arguments), make, updates)
            momentum = like.CyclicLR_momentum(**arguments, **momenta)
            yield Case(f"CyclicLR_momentum({written})", momentum, make, updates, "momentum")

    for up in (1, 2, 3, 23):
        for down in (None, 0, 1, 4, 31):
            for mode in ({}, {"mode": "triangular2"}, {"mode": "exp_range", "gamma": 0.99}):
                yield from case(step_size_up=up, step_size_down=down, **mode)
            yield from case(step_size_up=up, step_size_down=down, scale_fn=warming, scale_mode="cycle")
            yield from case(step_size_up=up, step_size_down=down, scale_fn=warming, scale_mode="iterations")


def one_cycle() -> Iterator[Case]:
    for length in (4, 5, 10, 23, 97, 100):
        for part in (0.26, 0.3, 0.5, 0.75, 0.9):
            for phases in (False, True):
                for strategy in ("cos", "linear"):
                    # What torch computes of them where the last phase has no steps is in a test of its own.
                    arguments: dict[str, Any] = {"pct_start": part, "anneal_strategy": strategy, "three_phase": phases}
                    written = f"(total_steps={length}, {part}, {strategy}, three_phase={phases})"

                    def make(optimizer: Any, length: int = length, arguments: Any = arguments) -> Any:
                        return lr_scheduler.OneCycleLR(optimizer, max_lr=0.7, total_steps=length, **arguments)

                    schedule = like.OneCycleLR(max_lr=0.7, total_steps=length, **arguments)
                    yield Case(f"OneCycleLR{written}", schedule, make, length)
                    momentum = like.OneCycleLR_momentum(total_steps=length, **arguments)
                    yield Case(f"OneCycleLR_momentum{written}", momentum, make, length, "momentum")

    def other(optimizer: Any) -> Any:
        return lr_scheduler.OneCycleLR(
            optimizer,
            max_lr=0.7,
            epochs=3,
            steps_per_epoch=11,
            div_factor=10.0,
            final_div_factor=0.5,
            base_momentum=0.2,
            max_momentum=0.8,
        )

    cycle = {"epochs": 3, "steps_per_epoch": 11}
    yield Case("OneCycleLR(epochs)", like.OneCycleLR(max_lr=0.7, div_factor=10.0, final_div_factor=0.5, **cycle), other, 33)
    momentum = like.OneCycleLR_momentum(base_momentum=0.2, max_momentum=0.8, **cycle)
    yield Case("OneCycleLR_momentum(epochs)", momentum, other, 33, "momentum")


def sequences() -> Iterator[Case]:
    torch_ones: dict[str, Make] = {
        "constant": lambda o: lr_scheduler.ConstantLR(o, factor=0.5, total_iters=4),
        "linear": lambda o: lr_scheduler.LinearLR(o, start_factor=0.1, total_iters=6),
        "exponential": lambda o: lr_scheduler.ExponentialLR(o, gamma=0.9),
        "step": lambda o: lr_scheduler.StepLR(o, step_size=3, gamma=0.5),
        "multi": lambda o: lr_scheduler.MultiStepLR(o, milestones=[2, 5]),
        "polynomial": lambda o: lr_scheduler.PolynomialLR(o, total_iters=12, power=2.0),
        "cosine": lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=9, eta_min=0.02),
        "restarts": lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, T_0=5, T_mult=2),
    }
    ours: dict[str, Schedule] = {
        "constant": like.ConstantLR(factor=0.5, total_iters=4, lr=LR),
        "linear": like.LinearLR(start_factor=0.1, total_iters=6, lr=LR),
        "exponential": like.ExponentialLR(gamma=0.9, lr=LR),
        "step": like.StepLR(step_size=3, gamma=0.5, lr=LR),
        "multi": like.MultiStepLR(milestones=[2, 5], lr=LR),
        "polynomial": like.PolynomialLR(total_iters=12, power=2.0, lr=LR),
        "cosine": like.CosineAnnealingLR(T_max=9, eta_min=0.02, lr=LR),
        "restarts": like.CosineAnnealingWarmRestarts(T_0=5, T_mult=2, lr=LR),
    }
    plans = [([a, b], [at]) for a in ours for b in ours for at in (0, 1, 6)]
    plans += [(["linear", "constant", "cosine"], at) for at in ([6, 20], [6, 6], [0, 0], [0, 7], [3, 23])]
    plans += [(["linear", "step", "restarts", "exponential"], [2, 11, 40])]
    for names, milestones in plans:

        def make(optimizer: Any, names: Any = names, milestones: Any = milestones) -> Any:
            return lr_scheduler.SequentialLR(optimizer, [torch_ones[name](optimizer) for name in names], milestones)

        schedule = like.SequentialLR(schedulers=[ours[name] for name in names], milestones=milestones)
        yield Case(f"SequentialLR({names}, {milestones})", schedule, make, milestones[-1] + BEYOND)


CHAINED: dict[str, tuple[Make, Schedule]] = {
    "constant": (
        lambda o: lr_scheduler.ConstantLR(o, factor=0.5, total_iters=4),
        like.ConstantLR(factor=0.5, total_iters=4),
    ),
    "linear": (lambda o: lr_scheduler.LinearLR(o, start_factor=0.1), like.LinearLR(start_factor=0.1)),
    "exponential": (lambda o: lr_scheduler.ExponentialLR(o, gamma=0.98), like.ExponentialLR(gamma=0.98)),
    "step": (lambda o: lr_scheduler.StepLR(o, step_size=3, gamma=0.9), like.StepLR(step_size=3, gamma=0.9)),
    "multi": (lambda o: lr_scheduler.MultiStepLR(o, milestones=[2, 5]), like.MultiStepLR(milestones=[2, 5])),
    "polynomial": (lambda o: lr_scheduler.PolynomialLR(o, total_iters=60), like.PolynomialLR(total_iters=60)),
    "cosine": (lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=70), like.CosineAnnealingLR(T_max=70)),
    "multiplicative": (
        lambda o: lr_scheduler.MultiplicativeLR(o, lr_lambda=warming),
        like.MultiplicativeLR(lr_lambda=warming, steps=100),
    ),
}


def chains() -> Iterator[Case]:
    plans = [[a, b] for a in CHAINED for b in CHAINED] + [[a] for a in CHAINED] + [list(CHAINED)]
    for names in plans:

        def make(optimizer: Any, names: Any = names) -> Any:
            return lr_scheduler.ChainedScheduler([CHAINED[name][0](optimizer) for name in names])

        schedule = like.ChainedScheduler(schedulers=[CHAINED[name][1] for name in names], lr=LR)
        yield Case(f"ChainedScheduler({names})", schedule, make, 70)


CASES = [*multiplying(), *factors(), *cyclic(), *one_cycle(), *sequences(), *chains()]


def test_the_version_is_the_one_that_is_named() -> None:
    assert torch.__version__.startswith("2.13.0")


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_every_update_uses_the_rate_that_torch_uses(case: Case) -> None:
    assert deviation(case.schedule, rates(case.make, case.updates, case.key)) <= TOLERANCE


def test_every_scheduler_of_torch_that_only_counts_is_there() -> None:
    counting = {
        name
        for module in (lr_scheduler, swa_utils)
        for name, kind in vars(module).items()
        if isinstance(kind, type) and issubclass(kind, lr_scheduler.LRScheduler) and name[0] != "_"
    }
    here = {name for name in like.__all__ if not name.endswith("_momentum")}
    assert counting - here == {"LRScheduler", "LambdaLR", "ReduceLROnPlateau"}
    assert here <= counting


def test_the_first_beta_of_adam_follows_the_momentum() -> None:
    optimizer = Adam([torch.nn.Parameter(torch.ones(1))])
    scheduler = lr_scheduler.OneCycleLR(optimizer, max_lr=0.1, total_steps=20)
    beta = like.OneCycleLR_momentum(total_steps=20)
    for step in range(20):
        assert optimizer.param_groups[0]["betas"][0] == pytest.approx(beta(step), rel=TOLERANCE)
        optimizer.step()
        scheduler.step()


@pytest.mark.parametrize(("length", "growth"), [(1, 2), (7, 3), (10, 10), (23, 1)])
def test_restarts_far_out_are_at_the_peak(length: int, growth: int) -> None:
    def make(optimizer: Any) -> Any:
        return lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=length, T_mult=growth)

    schedule = like.CosineAnnealingWarmRestarts(T_0=length, T_mult=growth, lr=LR)
    start = 0
    for restart in range(12):
        assert schedule(start) == LR
        start += length * growth**restart
    assert deviation(schedule, rates(make, 3000)) <= TOLERANCE


def test_weight_averaging_goes_on_from_the_main_schedule() -> None:
    optimizer = SGD([torch.nn.Parameter(torch.ones(1))], lr=LR)
    main = lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
    averaging = swa_utils.SWALR(optimizer, swa_lr=0.05, anneal_epochs=7)
    used = []
    for epoch in range(90):
        used.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        (main if epoch < 30 else averaging).step()
    ours = like.ExponentialLR(gamma=0.9, lr=LR)
    schedule = join([ours, like.SWALR(swa_lr=0.05, anneal_epochs=7, lr=ours(30))], boundaries=[30])
    assert deviation(schedule, used) <= TOLERANCE


# What differs, and by how much ---------------------------------------------------------------------------------------


def test_nothing_lasts_for_no_steps() -> None:
    assert rates(lambda o: lr_scheduler.ConstantLR(o, 0.5, total_iters=0), 5, lr=1.0) == [0.5] * 5
    assert [like.ConstantLR(factor=0.5, total_iters=0)(step) for step in range(5)] == [1.0] * 5
    assert rates(lambda o: lr_scheduler.LinearLR(o, 0.5, total_iters=0), 5, lr=1.0) == [0.5] * 5
    assert [like.LinearLR(start_factor=0.5, total_iters=0)(step) for step in range(5)] == [1.0] * 5
    assert rates(lambda o: lr_scheduler.PolynomialLR(o, total_iters=0), 5, lr=1.0) == [1.0] * 5
    assert [like.PolynomialLR(total_iters=0)(step) for step in range(5)] == [0.0] * 5


def test_a_constant_of_0_ends() -> None:
    with pytest.raises(ZeroDivisionError):
        rates(lambda o: lr_scheduler.ConstantLR(o, 0.0, total_iters=3), 5)
    schedule = like.ConstantLR(factor=0.0, total_iters=3, lr=LR)
    assert [schedule(step) for step in range(5)] == [0.0, 0.0, 0.0, LR, LR]


def test_factors_that_torch_cannot_multiply() -> None:
    for arguments in ({"start_factor": 0.0}, {"start_factor": 2.0}, {"start_factor": 0.5, "end_factor": 2.0}):
        with pytest.raises(ValueError, match="factor expected to be"):
            rates(lambda o, arguments=arguments: lr_scheduler.LinearLR(o, total_iters=4, **arguments), 1)
    assert [like.LinearLR(start_factor=0.0, total_iters=4)(step) for step in range(6)] == [0.0, 0.25, 0.5, 0.75, 1.0, 1.0]
    assert like.LinearLR(start_factor=2.0, total_iters=4)(2) == 1.5
    with pytest.raises(ValueError, match="factor expected to be"):
        rates(lambda o: lr_scheduler.ConstantLR(o, factor=2.0), 1)
    assert like.ConstantLR(factor=2.0)(0) == 2.0


def test_a_factor_of_0_is_refused() -> None:
    assert rates(lambda o: lr_scheduler.StepLR(o, 2, gamma=0.0), 4, lr=1.0) == [1.0, 1.0, 0.0, 0.0]
    assert rates(lambda o: lr_scheduler.ExponentialLR(o, gamma=0.0), 3, lr=1.0) == [1.0, 0.0, 0.0]
    with pytest.raises(ValueError, match=r"like\.torch\.StepLR: gamma must be positive, got gamma=0\.0"):
        like.StepLR(step_size=2, gamma=0.0)
    with pytest.raises(ValueError, match=r"like\.torch\.ExponentialLR: gamma must be positive, got gamma=0\.0"):
        like.ExponentialLR(gamma=0.0)
    assert rates(lambda o: lr_scheduler.PolynomialLR(o, total_iters=2, power=0.0), 5, lr=1.0) == [1.0] * 5
    with pytest.raises(ValueError, match=r"like\.torch\.PolynomialLR: power must be positive, got power=0\.0"):
        like.PolynomialLR(total_iters=2, power=0.0)


def test_a_wave_of_no_length_is_refused_before_the_run() -> None:
    with pytest.raises(ZeroDivisionError):
        rates(lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=0), 2)
    with pytest.raises(ValueError, match=r"like\.torch\.CosineAnnealingLR: T_max must be positive, got T_max=0"):
        like.CosineAnnealingLR(T_max=0)


def test_cycles_without_a_rise_begin_at_the_top() -> None:
    with pytest.raises(ZeroDivisionError):
        rates(lambda o: lr_scheduler.CyclicLR(o, 0.0, 1.0, step_size_up=0, step_size_down=4), 1)
    lengths = {"step_size_up": 0, "step_size_down": 4}
    schedule = like.CyclicLR(base_lr=0.0, max_lr=1.0, **lengths)
    momentum = like.CyclicLR_momentum(base_momentum=0.5, max_momentum=1.0, **lengths)
    assert [schedule(step) for step in range(6)] == [1.0, 0.75, 0.5, 0.25, 1.0, 0.75]
    assert [momentum(step) for step in range(6)] == [0.5, 0.625, 0.75, 0.875, 0.5, 0.625]
    with pytest.raises(ValueError, match="must be positive"):
        like.CyclicLR(base_lr=0.0, max_lr=1.0, step_size_up=0)


@pytest.mark.parametrize(("strategy", "left"), [("cos", 0.04951936798652623), ("linear", -0.14285257142857133)])
def test_one_cycle_stays_at_its_end(strategy: Any, left: float) -> None:
    def make(optimizer: Any) -> Any:
        return lr_scheduler.OneCycleLR(optimizer, max_lr=1.0, total_steps=10, anneal_strategy=strategy)

    used = rates(make, 10)
    with pytest.raises(ValueError, match="Tried to step 11 times"):
        rates(make, 11)
    optimizer = SGD([torch.nn.Parameter(torch.ones(1))], lr=1.0, momentum=0.9)
    scheduler = make(optimizer)
    for _ in range(10):
        optimizer.step()
        scheduler.step()
    assert optimizer.param_groups[0]["lr"] == pytest.approx(left)
    schedule = like.OneCycleLR(max_lr=1.0, total_steps=10, anneal_strategy=strategy)
    assert [schedule(step) for step in (9, 10, 60)] == [pytest.approx(4e-6)] * 3
    assert used[9] == pytest.approx(4e-6)


def test_one_cycle_with_a_rise_of_less_than_a_step_has_its_peak() -> None:
    def make(part: float, length: int, phases: bool = False) -> Make:
        return lambda o: lr_scheduler.OneCycleLR(
            o, max_lr=1.0, total_steps=length, pct_start=part, anneal_strategy="linear", three_phase=phases
        )

    def ours(part: float, length: int, phases: bool = False) -> Schedule:
        return like.OneCycleLR(max_lr=1.0, total_steps=length, pct_start=part, anneal_strategy="linear", three_phase=phases)

    # Torch starts 1 - part * length steps after the peak, on a fall that is as much longer.
    assert rates(make(0.0, 10), 1) == [pytest.approx(0.9, abs=1e-5)]
    assert ours(0.0, 10)(0) == 1.0
    assert ours(0.0, 10)(9) == pytest.approx(4e-6)
    with pytest.raises(ZeroDivisionError):
        rates(make(0.1, 10), 1)
    assert ours(0.1, 10)(0) == 1.0
    # In three phases the peak falls out in both, and torch has left the first value behind as well.
    assert rates(make(0.25, 2, phases=True), 1) == [pytest.approx(0.04 * 0.5, abs=1e-5)]
    assert ours(0.25, 2, phases=True)(0) == 0.04
    # One update gets the end in both.
    assert rates(make(0.3, 1), 1) == [pytest.approx(4e-6)]
    assert ours(0.3, 1)(0) == pytest.approx(4e-6)


@pytest.mark.parametrize(
    ("given", "theirs"),
    [
        ({"total_steps": 5, "pct_start": 1.0}, 1.0),
        ({"total_steps": 3, "pct_start": 2 / 3, "three_phase": True}, 0.04),
    ],
)
def test_one_cycle_without_steps_for_its_last_phase_still_ends(given: dict[str, Any], theirs: float) -> None:
    schedule = like.OneCycleLR(max_lr=1.0, **given)
    last = given["total_steps"] - 1
    used = rates(lambda o: lr_scheduler.OneCycleLR(o, max_lr=1.0, **given), last)
    assert deviation(schedule, used) <= TOLERANCE
    optimizer = SGD([torch.nn.Parameter(torch.ones(1))], lr=1.0, momentum=0.9)
    scheduler = lr_scheduler.OneCycleLR(optimizer, max_lr=1.0, **given)
    for _ in range(last):
        optimizer.step()
        scheduler.step()
    assert optimizer.param_groups[0]["lr"] == pytest.approx(theirs)
    assert schedule(last) == pytest.approx(4e-6)


def test_a_product_ends_with_its_run() -> None:
    used = rates(lambda o: lr_scheduler.MultiplicativeLR(o, lambda step: 0.5), 8, lr=1.0)
    schedule = like.MultiplicativeLR(lr_lambda=lambda step: 0.5, steps=5)
    assert [schedule(step) for step in range(8)] == [*used[:6], used[5], used[5]]
    assert used[7] == 0.5**7


def test_in_a_sequence_every_schedule_is_what_it_is_alone() -> None:
    # A OneCycleLR divides the rate of the warmup before it by 25.
    def cycle(optimizer: Any) -> Any:
        warmup = lr_scheduler.LinearLR(optimizer, start_factor=0.5, total_iters=4)
        return lr_scheduler.SequentialLR(
            optimizer, [warmup, lr_scheduler.OneCycleLR(optimizer, max_lr=1.0, total_steps=6)], [4]
        )

    warmup = like.LinearLR(start_factor=0.5, total_iters=4)
    schedule = like.SequentialLR(schedulers=[warmup, like.OneCycleLR(max_lr=1.0, total_steps=6)], milestones=[4])
    used = rates(cycle, 9, lr=1.0)
    assert used[:4] == pytest.approx([0.02, 0.025, 0.03, 0.035])
    assert [schedule(step) for step in range(4)] == [0.5, 0.625, 0.75, 0.875]
    assert used[4:] == pytest.approx([schedule(step) for step in range(4, 9)], rel=1e-12)

    # A MultiplicativeLR begins at what it finds, times its factor for 0.
    def product(optimizer: Any) -> Any:
        half = lr_scheduler.ConstantLR(optimizer, factor=0.5, total_iters=30)
        tenths = lr_scheduler.MultiplicativeLR(optimizer, lambda step: 0.9)
        return lr_scheduler.SequentialLR(optimizer, [half, tenths], [4])

    half = like.ConstantLR(factor=0.5, total_iters=30)
    tenths = like.MultiplicativeLR(lr_lambda=lambda step: 0.9, steps=20)
    schedule = like.SequentialLR(schedulers=[half, tenths], milestones=[4])
    assert rates(product, 6, lr=1.0)[3:] == pytest.approx([0.5, 0.45, 0.405])
    assert [schedule(step) for step in (3, 4, 5)] == [0.5, 1.0, 0.9]


def test_sequences_and_chains_nest() -> None:
    def inner_chain(optimizer: Any) -> Any:
        return lr_scheduler.ChainedScheduler([lr_scheduler.ExponentialLR(optimizer, 0.9)])

    def inner_sequence(optimizer: Any) -> Any:
        return lr_scheduler.SequentialLR(optimizer, [lr_scheduler.ExponentialLR(optimizer, 0.9)], [])

    for inner in (inner_chain, inner_sequence):
        with pytest.raises(NotImplementedError):
            rates(
                lambda o, inner=inner: lr_scheduler.SequentialLR(
                    o, [lr_scheduler.ConstantLR(o, 0.5, total_iters=4), inner(o)], [4]
                ),
                6,
            )
    chain = like.ChainedScheduler(schedulers=[like.ExponentialLR(gamma=0.5)], lr=LR)
    inside = like.SequentialLR(schedulers=[chain], milestones=[])
    schedule = like.SequentialLR(schedulers=[like.ConstantLR(total_iters=9, lr=LR), inside], milestones=[4])
    assert [schedule(step) for step in (4, 5)] == [LR, LR / 2]


def test_a_chain_is_a_product_in_any_order() -> None:
    def restarts(optimizer: Any) -> Any:
        return lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=4)

    def halves(optimizer: Any) -> Any:
        return lr_scheduler.ExponentialLR(optimizer, gamma=0.5)

    def chained(*makes: Make) -> list[float]:
        return rates(lambda o: lr_scheduler.ChainedScheduler([make(o) for make in makes]), 9, lr=1.0)

    wave = like.CosineAnnealingWarmRestarts(T_0=4)
    schedule = like.ChainedScheduler(schedulers=[wave, like.ExponentialLR(gamma=0.5)])
    # In torch the decay vanishes in one order, and in the other there is one factor of it and no more.
    assert chained(halves, restarts)[8] == 1.0
    assert chained(restarts, halves)[8] == 0.5
    assert schedule(8) == pytest.approx(0.5**8)

    # A cosine multiplies until its minimum, and adds a part of the rate at first behind it.
    wave = like.CosineAnnealingLR(T_max=4)
    schedule = like.ChainedScheduler(schedulers=[wave, like.ExponentialLR(gamma=0.5)])
    used = chained(lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=4), halves)
    assert used[:5] == pytest.approx([schedule(step) for step in range(5)], abs=1e-15)
    assert used[6] == pytest.approx(0.125)
    assert schedule(6) == pytest.approx(0.5 * 0.5**6)


def test_a_cycle_needs_a_length() -> None:
    for cycle in (like.OneCycleLR_momentum, lambda **given: like.OneCycleLR(max_lr=1.0, **given)):
        for given in ({}, {"epochs": 3}, {"steps_per_epoch": 10}):
            with pytest.raises(TypeError, match=r"total_steps is missing; give total_steps=\.\.\., or epochs=\.\.\. and"):
                cycle(**given)
        assert cycle(epochs=3, steps_per_epoch=10) == cycle(total_steps=30)


def test_words_that_torch_does_not_know_are_refused() -> None:
    with pytest.raises(ValueError, match=r"like\.torch\.SWALR: anneal_strategy must be one of 'cos', 'linear'"):
        like.SWALR(swa_lr=0.1, anneal_strategy="cosine", lr=1.0)
    with pytest.raises(ValueError, match=r"like\.torch\.CyclicLR: mode must be one of"):
        like.CyclicLR(base_lr=0.1, max_lr=1.0, mode="triangle")
