"""`from_torch`: a live scheduler of torch, at whatever step, becomes the schedule of the rates that it writes.

Each is compared with a scheduler that is built anew and stepped, at every update of the run and 50 beyond it, to 1e-12
of the highest rate: torch computes most rates from the one before, and gathers some 1e-13 of rounding over these runs.
"""

import functools
import math
import random
import re
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
import torch
from torch.optim import SGD, Adam, lr_scheduler, swa_utils
from training import LR, deviation, optimizer_of, rates, update

import pure_schedules as ps
from pure_schedules.like import torch as like
from pure_schedules.like import transformers as like_transformers
from pure_schedules_torch import from_torch, lambda_lr, param_group_setter, step_of

TOLERANCE = 1e-12
BEYOND = 50

Make = Callable[[Any], Any]

# Composite schedulers are stepped by each other's constructors, before any update; the warning of that is torch's own.
# So is the one of the epoch that SequentialLR gives at a milestone, in older releases.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Detected call of `lr_scheduler.step:UserWarning"),
    pytest.mark.filterwarnings("ignore:The epoch parameter in `scheduler.step:UserWarning"),
]


def sgd(lr: Any = LR) -> SGD:
    return SGD([torch.nn.Parameter(torch.ones(1))], lr=lr, momentum=0.5)


def stepped(make: Make, steps: int, lr: Any = LR) -> Any:
    """A live scheduler that has come so far."""
    optimizer = sgd(lr)
    scheduler = make(optimizer)
    for _ in range(steps):
        optimizer.step()
        scheduler.step()
    return scheduler


class Case(NamedTuple):
    """How a scheduler is made, how long its run is, and how far it can be stepped."""

    name: str
    make: Make
    run: int
    updates: int

    def __repr__(self) -> str:
        return self.name


def warming(step: float) -> float:
    return 1 + 1 / (step + 2)


# One scheduler -------------------------------------------------------------------------------------------------------


def case(name: str, run: int, beyond: int = BEYOND, **arguments: Any) -> Case:
    kind = getattr(swa_utils if name == "SWALR" else lr_scheduler, name)
    written = ", ".join(f"{key}={getattr(value, '__name__', value)}" for key, value in arguments.items())
    written = re.sub(r" at 0x\w+", "", written)  # a name is the same in every process
    return Case(f"{name}({written})", lambda optimizer: kind(optimizer, **arguments), run, run + beyond)


def single() -> Iterator[Case]:
    for length in (1, 2, 3, 23):
        for gamma in (0.1, 0.97, 1.03):
            yield case("StepLR", 3 * length, step_size=length, gamma=gamma)
        for factor in (0.1, 1.0):
            yield case("ConstantLR", length, factor=factor, total_iters=length)
        for start, end in ((1 / 3, 1.0), (1.0, 0.0), (1e-4, 0.5)):
            yield case("LinearLR", length, start_factor=start, end_factor=end, total_iters=length)
        for power in (0.5, 1.0, 3):
            yield case("PolynomialLR", length, total_iters=length, power=power)
        for floor in (0.0, 0.1, 0.5):
            yield case("CosineAnnealingLR", length, T_max=length, eta_min=floor)
            for growth in (1, 3):
                yield case("CosineAnnealingWarmRestarts", 4 * length, T_0=length, T_mult=growth, eta_min=floor)
        for strategy in ("cos", "linear"):
            yield case("SWALR", length, swa_lr=0.05, anneal_epochs=length, anneal_strategy=strategy)
        for down in (None, 0, 4):
            up_and_down = {"base_lr": 0.01, "max_lr": 0.7, "step_size_up": length, "step_size_down": down}
            for height in ({}, {"mode": "triangular2"}, {"mode": "exp_range", "gamma": 0.99}):
                yield case("CyclicLR", 2 * length, **up_and_down, **height)
            for unit in ("cycle", "iterations"):
                yield case("CyclicLR", 2 * length, **up_and_down, scale_fn=warming, scale_mode=unit)
        yield case("MultiplicativeLR", length, lr_lambda=warming)
        yield case("LambdaLR", length, lr_lambda=warming)
        yield case("LambdaLR", length, lr_lambda=[warming])
    for milestones in ([], [0], [5, 5, 9], [0, 4, 4, 4]):
        yield case("MultiStepLR", 10, milestones=milestones, gamma=0.5)
    for gamma in (0.1, 0.999, 1.01):
        yield case("ExponentialLR", 100, gamma=gamma)
    for total in (5, 23, 100):
        for part in (0.3, 0.5, 0.9):
            for phases in (False, True):
                for strategy in ("cos", "linear"):
                    cycle = {"pct_start": part, "three_phase": phases, "anneal_strategy": strategy}
                    # It raises an error if it is stepped once more than total_steps.
                    yield case("OneCycleLR", total, 0, max_lr=0.7, total_steps=total, **cycle)
    yield case("OneCycleLR", 33, 0, max_lr=0.7, epochs=3, steps_per_epoch=11, div_factor=10.0, final_div_factor=0.5)
    yield case("OneCycleLR", 33, 0, max_lr=0.7, total_steps=33, final_div_factor=math.inf)
    yield case("OneCycleLR", 33, 0, max_lr=0.0, total_steps=33)
    # Settings with which torch's own never get anywhere.
    yield case("ConstantLR", 0, factor=0.5, total_iters=0)
    yield case("LinearLR", 0, start_factor=0.5, total_iters=0)
    yield case("PolynomialLR", 0, total_iters=0)
    yield case("PolynomialLR", 9, total_iters=9, power=0)
    yield case("SWALR", 0, swa_lr=0.05, anneal_epochs=0)


SINGLE = list(single())


@pytest.mark.parametrize("case", SINGLE, ids=repr)
def test_every_update_has_the_rate_that_torch_writes(case: Case) -> None:
    schedule = from_torch(stepped(case.make, 0))
    used = rates(case.make, case.updates)
    assert max(abs(schedule(step) - rate) for step, rate in enumerate(used)) <= TOLERANCE * max(used)


@pytest.mark.parametrize("case", SINGLE, ids=repr)
def test_the_step_that_it_has_reached_makes_no_difference(case: Case) -> None:
    at_first = from_torch(stepped(case.make, 0))
    for steps in (1, 7, case.updates):
        if steps <= case.updates:
            assert from_torch(stepped(case.make, steps)) == at_first


def test_every_class_of_torch_is_converted_or_refused() -> None:
    counting = {
        kind
        for module in (lr_scheduler, swa_utils)
        for name, kind in vars(module).items()
        if isinstance(kind, type) and issubclass(kind, lr_scheduler.LRScheduler) and name[0] != "_"
    }
    together = {lr_scheduler.SequentialLR, lr_scheduler.ChainedScheduler}  # below
    refused = {lr_scheduler.LRScheduler, lr_scheduler.ReduceLROnPlateau}
    assert {type(stepped(case.make, 0)) for case in SINGLE} == counting - together - refused


def test_what_it_is_made_of_prints_and_reads_back() -> None:
    for case in SINGLE:
        schedule = from_torch(stepped(case.make, 0))
        if "warming" not in repr(schedule):
            assert ps.parse(repr(schedule)) == schedule
    one_cycle = stepped(lambda o: lr_scheduler.OneCycleLR(o, max_lr=0.1, total_steps=30), 7)
    assert from_torch(one_cycle) == like.OneCycleLR(max_lr=0.1, total_steps=30)
    shares = {"pct_start": 0.7, "div_factor": 3.0, "final_div_factor": 7.0}
    one_cycle = stepped(lambda o: lr_scheduler.OneCycleLR(o, max_lr=0.1, total_steps=33, **shares), 7)
    assert from_torch(one_cycle) == like.OneCycleLR(max_lr=0.1, total_steps=33, **shares)
    cyclic = stepped(lambda o: lr_scheduler.CyclicLR(o, 0.1, 0.7, step_size_up=7, step_size_down=3), 7)
    assert from_torch(cyclic) == like.CyclicLR(base_lr=0.1, max_lr=0.7, step_size_up=7, step_size_down=3)
    assert from_torch(stepped(lambda o: lr_scheduler.StepLR(o, 30), 7)) == ps.step_decay(start=LR, factor=0.1, every=30)
    plain = from_torch(stepped(lambda o: lr_scheduler.LambdaLR(o, warming), 7))
    assert plain == ps.scale(warming, factor=LR)
    assert repr(plain) == "scale(warming, factor=0.37)"


@pytest.mark.parametrize(("up", "down"), [(1, 48), (14, 11), (15, 29), (2.5, 1.25), (3, 0.5)])
def test_the_lengths_of_cycles_are_those_that_were_given(up: float, down: float) -> None:
    """Torch keeps one as a part of their sum, and rounds; still no length is 4.999999999999999 in what is printed."""
    cyclic = stepped(lambda o: lr_scheduler.CyclicLR(o, 0.1, 0.7, step_size_up=up, step_size_down=down), 1)
    assert from_torch(cyclic) == like.CyclicLR(base_lr=0.1, max_lr=0.7, step_size_up=up, step_size_down=down)


@pytest.mark.parametrize("total", [10, 33, 777])
@pytest.mark.parametrize("part", [0.25, 0.3, 0.9, 1 / 3])
@pytest.mark.parametrize("factors", [(25.0, 1e4), (3.0, 7.0), (10.0, 0.5), (1.7, 123.0), (1 / 3, 0.01)])
def test_the_parts_of_one_cycle_are_those_that_were_given(total: int, part: float, factors: tuple[float, float]) -> None:
    given = {"pct_start": part, "div_factor": factors[0], "final_div_factor": factors[1]}
    one_cycle = stepped(lambda o: lr_scheduler.OneCycleLR(o, 0.1, total, **given), 1)
    assert from_torch(one_cycle) == like.OneCycleLR(max_lr=0.1, total_steps=total, **given)


def test_one_cycle_holds_its_end_where_torch_goes_on() -> None:
    def make(optimizer: Any) -> Any:
        return lr_scheduler.OneCycleLR(optimizer, max_lr=1.0, total_steps=10)

    schedule = from_torch(stepped(make, 10))
    assert [schedule(step) for step in (9, 10, 60)] == [pytest.approx(4e-6)] * 3
    assert stepped(make, 10).optimizer.param_groups[0]["lr"] > 0.04  # which no update should ever use


def test_a_product_is_followed_so_far_and_no_further() -> None:
    def make(optimizer: Any) -> Any:
        return lr_scheduler.MultiplicativeLR(optimizer, lambda step: 0.5)

    schedule = from_torch(stepped(make, 4), steps=5)
    assert [schedule(step) for step in (0, 4, 5, 6)] == [LR, LR / 16, LR / 32, LR / 32]
    assert from_torch(stepped(make, 5), steps=5)(9) == LR / 32
    with pytest.raises(ValueError) as error:
        from_torch(stepped(make, 6), steps=5)
    assert str(error.value) == (
        "from_torch: a MultiplicativeLR is followed for steps=5, and this one is at 6; "
        "give the length of the run: from_torch(scheduler, steps=...)"
    )


def test_a_product_is_followed_for_100_000_updates_or_as_long_as_it_is_in_charge() -> None:
    def followed(steps: int, lr: float) -> ps.Schedule:
        return like.MultiplicativeLR(lr_lambda=warming, steps=steps, lr=lr)

    assert from_torch(stepped(PARTS["product"], 3)) == followed(100_000, LR)
    parts = from_torch(stepped(sequence([5], PARTS["product"], PARTS["step"]), 3)).arguments["schedules"]
    assert parts[0] == followed(5, LR)


# Momentum ------------------------------------------------------------------------------------------------------------

CYCLING: dict[str, tuple[Make, int]] = {
    "one cycle": (lambda o: lr_scheduler.OneCycleLR(o, max_lr=0.7, total_steps=30, pct_start=0.4), 30),
    "its own range": (lambda o: lr_scheduler.OneCycleLR(o, 0.7, 30, base_momentum=0.2, max_momentum=0.8), 30),
    "cyclic": (lambda o: lr_scheduler.CyclicLR(o, 0.1, 0.7, step_size_up=7, step_size_down=3, mode="triangular2"), 80),
    "by a function": (lambda o: lr_scheduler.CyclicLR(o, 0.1, 0.7, step_size_up=7, scale_fn=warming), 80),
}


@pytest.mark.parametrize("name", CYCLING)
def test_the_momentum_that_is_cycled_beside_the_rate(name: str) -> None:
    make, updates = CYCLING[name]
    for steps in (0, 7):
        momentum = from_torch(stepped(make, steps), key="momentum")
        assert deviation(momentum, rates(make, updates, "momentum")) <= TOLERANCE


def test_rate_and_momentum_are_set_together() -> None:
    theirs, ours = (Adam([torch.nn.Parameter(torch.ones(1))]) for _ in range(2))
    scheduler = lr_scheduler.OneCycleLR(theirs, max_lr=0.1, total_steps=20)
    momentum = from_torch(scheduler, key="momentum")
    set_step = param_group_setter(ours, lr=from_torch(scheduler), betas=(momentum, None))
    for step in range(20):
        set_step(step)
        for key in ("lr", "betas"):
            assert ours.param_groups[0][key] == pytest.approx(theirs.param_groups[0][key], rel=TOLERANCE)
        theirs.step()
        scheduler.step()


# Schedulers of schedulers --------------------------------------------------------------------------------------------

PARTS: dict[str, Make] = {
    "step": lambda o: lr_scheduler.StepLR(o, 3, 0.5),
    "multi": lambda o: lr_scheduler.MultiStepLR(o, [2, 2, 5], 0.7),
    "constant": lambda o: lr_scheduler.ConstantLR(o, 0.5, 4),
    "linear": lambda o: lr_scheduler.LinearLR(o, 0.1, total_iters=6),
    "exponential": lambda o: lr_scheduler.ExponentialLR(o, 0.95),
    "polynomial": lambda o: lr_scheduler.PolynomialLR(o, 12, 2.0),
    "cosine": lambda o: lr_scheduler.CosineAnnealingLR(o, 9),
    "floored": lambda o: lr_scheduler.CosineAnnealingLR(o, 9, 0.02),
    "restarts": lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 5, 2),
    "cyclic": lambda o: lr_scheduler.CyclicLR(o, 0.01, 0.5, 4, mode="triangular2"),
    "one cycle": lambda o: lr_scheduler.OneCycleLR(o, 0.9, total_steps=200),
    "averaging": lambda o: swa_utils.SWALR(o, 0.05, 7),
    "product": lambda o: lr_scheduler.MultiplicativeLR(o, warming),
    "function": lambda o: lr_scheduler.LambdaLR(o, warming),
}


def sequence(milestones: list[int], *makes: Make) -> Make:
    return lambda o: lr_scheduler.SequentialLR(o, [make(o) for make in makes], milestones)


def chain(*makes: Make) -> Make:
    return lambda o: lr_scheduler.ChainedScheduler([make(o) for make in makes])


def assert_equal(make: Make, updates: int = 40 + BEYOND) -> ps.Schedule:
    schedule = from_torch(stepped(make, 0))
    assert deviation(schedule, rates(make, updates)) <= TOLERANCE
    for steps in (1, 7, 40):
        assert from_torch(stepped(make, steps)) == schedule
    return schedule


#: What goes on, at a milestone, from the rate that it finds there.
FINDING = ("averaging", "product")


@pytest.mark.parametrize("first", PARTS)
@pytest.mark.parametrize("second", PARTS)
def test_one_after_another(first: str, second: str) -> None:
    for milestone in (1, 6):
        make = sequence([milestone], PARTS[first], PARTS[second])
        if second in FINDING:
            with pytest.raises(
                ValueError, match=r"schedulers\[1\] of the SequentialLR: a .* continues from the current rate"
            ):
                from_torch(stepped(make, 0))
        elif second == "one cycle" and first not in ("one cycle", "cyclic"):
            with pytest.raises(ValueError, match="something has changed initial_lr between, as OneCycleLR does"):
                from_torch(stepped(make, 0))
        else:
            assert_equal(make)


@pytest.mark.parametrize("milestones", [[6, 20], [1, 2], [3, 23]])
def test_three_after_one_another(milestones: list[int]) -> None:
    assert_equal(sequence(milestones, PARTS["averaging"], PARTS["linear"], PARTS["floored"]))


@pytest.mark.parametrize("name", PARTS)
def test_one_alone_in_a_sequence_or_chain(name: str) -> None:
    alone = from_torch(stepped(PARTS[name], 0))
    assert assert_equal(sequence([], PARTS[name])) == alone
    assert assert_equal(chain(PARTS[name])) == alone


@pytest.mark.parametrize("milestones", [[0], [6, 6], [1, 4, 4], [9, 3], [-1], [2.5]])
def test_a_sequence_in_which_one_has_no_turn_is_refused(milestones: list[Any]) -> None:
    live = stepped(sequence(milestones, *[PARTS["linear"]] * (len(milestones) + 1)), 0)
    with pytest.raises(ValueError) as error:
        from_torch(live)
    assert str(error.value) == (
        f"from_torch: the milestones of a SequentialLR must be whole numbers above 0 that rise, got {milestones}: releases "
        "of torch differ in what a scheduler without a turn does; leave out what never has its turn"
    )


MULTIPLYING = ("step", "multi", "constant", "linear", "exponential", "polynomial", "product")


@pytest.mark.parametrize("first", MULTIPLYING)
@pytest.mark.parametrize("second", MULTIPLYING)
def test_one_times_another(first: str, second: str) -> None:
    assert_equal(chain(PARTS[first], PARTS[second]))
    assert_equal(chain(PARTS[first], PARTS["constant"], PARTS[second]))


@pytest.mark.parametrize("name", PARTS)
def test_a_cosine_times_another(name: str) -> None:
    """It rises again by adding to 0: a product, if the other is at rest by then, at 1."""
    for makes in ((PARTS["cosine"], PARTS[name]), (PARTS[name], PARTS["cosine"])):
        if name in ("constant", "linear"):
            assert_equal(chain(*makes))
        else:
            with pytest.raises(ValueError, match=r"ChainedScheduler.*; .*put them together with (join or )?multiply"):
                from_torch(stepped(chain(*makes), 0))


@pytest.mark.parametrize(("length", "refused"), [(8, False), (9, False), (10, True)])
def test_a_warmup_beside_a_cosine_must_end_before_that_rises(length: int, refused: bool) -> None:
    warmup = functools.partial(lr_scheduler.LinearLR, start_factor=0.25, total_iters=length)
    if refused:
        with pytest.raises(ValueError, match="this CosineAnnealingLR rises again from update 9 on"):
            from_torch(stepped(chain(warmup, PARTS["cosine"]), 0))
    else:
        assert_equal(chain(warmup, PARTS["cosine"]))


def test_a_product_of_factors_is_written_as_one() -> None:
    schedule = assert_equal(chain(PARTS["constant"], PARTS["exponential"]))
    factors = [like.ConstantLR(factor=0.5, total_iters=4), like.ExponentialLR(gamma=0.95)]
    assert schedule == like.ChainedScheduler(schedulers=factors, lr=LR)


def trees(seed: int) -> Make:
    """A scheduler of schedulers, built by chance; some of them are of others in turn."""
    chance = random.Random(seed)

    def tree(depth: int) -> Make:
        if chance.random() > (1.0, 0.1, 0.1)[depth]:
            return PARTS[chance.choice(list(PARTS))]
        inner = [tree(depth + 1) if depth < 2 else PARTS["step"] for _ in range(chance.choice([1, 2, 2, 3]))]
        milestones = sorted(chance.choice([0, 1, 2, 3, 6, 11]) for _ in inner[1:])
        return sequence(milestones, *inner) if chance.random() < 0.5 else chain(*inner)

    return tree(0)


@pytest.mark.parametrize("decade", range(40))
def test_any_of_them_is_equal_or_refused(decade: int) -> None:
    for seed in range(10 * decade, 10 * decade + 10):
        make = trees(seed)
        try:
            live = stepped(make, 0)
        except (NotImplementedError, TypeError):  # torch's, at a milestone that it cannot pass
            continue
        try:
            used = rates(make, 45)
        except (NotImplementedError, TypeError):
            used = None
        try:
            schedule = from_torch(live)
        except ValueError as error:
            refusal = str(error)
        else:
            assert used is not None, seed
            assert deviation(schedule, used) <= TOLERANCE, seed
            assert from_torch(stepped(make, 30)) == schedule, seed
            continue
        assert re.search("; .*(put them together with (join|multiply)|leave out what never has its turn)", refusal)


def test_logarithmic_warmup_then_any_scheduler_of_torch() -> None:
    for name in PARTS:
        live = stepped(PARTS[name], 3)
        lr = ps.join([ps.exponential(start=1e-6, end=LR, steps=20), from_torch(live)])
        used = rates(PARTS[name], 60)
        assert [lr(step) for step in (0, 10)] == [1e-6, pytest.approx(math.sqrt(1e-6 * LR))]
        assert [lr(20 + step) for step in range(60)] == pytest.approx(used, abs=TOLERANCE * max(used))
        # As in a sequence of torch's own, if that is given the warmup as a function.
        warmup = ps.scale(ps.exponential(start=1e-6, end=LR, steps=20), factor=1 / LR)
        if name not in ("averaging", "product", "one cycle"):  # which there go on from the warmup, or change its rate
            theirs = rates(sequence([20], lambda o, warmup=warmup: lr_scheduler.LambdaLR(o, warmup), PARTS[name]), 80)
            assert deviation(lr, theirs) <= TOLERANCE


# Groups, tensors, and what is left alone -----------------------------------------------------------------------------


def two_groups(first: Any = 0.5, second: Any = 0.25) -> SGD:
    return SGD([{"params": [torch.nn.Parameter(torch.ones(1))], "lr": lr} for lr in (first, second)], momentum=0.5)


def test_groups_with_one_curve_have_one_schedule() -> None:
    scheduler = lr_scheduler.ExponentialLR(optimizer_of(3), 0.9)
    assert from_torch(scheduler) == from_torch(scheduler, group=2) == like.ExponentialLR(gamma=0.9, lr=0.125)


def test_groups_with_different_curves() -> None:
    scheduler = lr_scheduler.ExponentialLR(two_groups(), 0.9)
    assert from_torch(scheduler, group=1) == like.ExponentialLR(gamma=0.9, lr=0.25)
    with pytest.raises(ValueError) as error:
        from_torch(scheduler)
    assert str(error.value) == (
        "from_torch: the parameter groups have different curves: exponential_decay(start=0.5, rate=0.9, every=1) in group "
        "0, exponential_decay(start=0.25, rate=0.9, every=1) in group 1; write from_torch(scheduler, group=0) for one of "
        "them, or [from_torch(scheduler, group=index) for index in range(2)] for the list that the adapters take"
    )
    for group in (2, -1, True, 0.0):
        with pytest.raises(ValueError) as error:
            from_torch(scheduler, group=group)  # type: ignore[arg-type]
        assert str(error.value) == f"from_torch: group must be from 0 to 1, got group={group!r}; the scheduler has 2"


@pytest.mark.parametrize(
    "make",
    [
        *PARTS.values(),
        lambda o: lr_scheduler.LambdaLR(o, [warming, lambda step: 0.5]),
        lambda o: lr_scheduler.MultiplicativeLR(o, [warming, lambda step: 0.5]),
        lambda o: lr_scheduler.OneCycleLR(o, [0.5, 1.0], total_steps=100),
        lambda o: lr_scheduler.CyclicLR(o, [0.1, 0.2], [0.5, 1.0], 9),
        lambda o: swa_utils.SWALR(o, [0.1, 0.2]),
        sequence([6], PARTS["linear"], PARTS["floored"]),
        chain(PARTS["constant"], PARTS["exponential"]),
    ],
)
def test_the_list_of_all_groups_goes_into_the_adapters(make: Make) -> None:
    theirs = two_groups()
    scheduler = make(theirs)
    ours = two_groups(1.0, 1.0)
    set_step = param_group_setter(ours, lr=[from_torch(scheduler, group=index) for index in range(2)])
    for step in range(30):
        set_step(step)
        assert update(ours) == pytest.approx(update(theirs), rel=TOLERANCE, abs=TOLERANCE)
        scheduler.step()


def test_groups_that_were_added_later_are_not_served() -> None:
    optimizer = optimizer_of(1)
    scheduler = lr_scheduler.ExponentialLR(optimizer, 0.9)
    optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(1))], "lr": 7.0})
    assert from_torch(scheduler) == like.ExponentialLR(gamma=0.9, lr=0.125)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", PARTS)
def test_tensor_rates_become_numbers(name: str, dtype: torch.dtype) -> None:
    rate = torch.tensor(LR, dtype=dtype)
    used = rates(PARTS[name], 30, lr=rate.clone())
    for steps in (0, 7):
        schedule = from_torch(stepped(PARTS[name], steps, lr=rate.clone()))
        assert type(schedule(3)) is float
        # In float32 torch's own rates are off by that much.
        assert deviation(schedule, used) <= (TOLERANCE if dtype is torch.float64 else 1e-5)


@pytest.mark.parametrize("steps", [0, 7])
def test_tensor_rates_of_several_schedulers(steps: int) -> None:
    rate = torch.tensor(LR, dtype=torch.float64)
    make = chain(PARTS["linear"], PARTS["step"])
    assert deviation(from_torch(stepped(make, steps, lr=rate.clone())), rates(make, 30, lr=rate.clone())) <= TOLERANCE
    make = sequence([5], PARTS["linear"], PARTS["cosine"])
    if torch.__version__ < "2.10":
        with pytest.raises(ValueError, match="overwrites the tensor that holds its initial rate"):
            from_torch(stepped(make, steps, lr=rate.clone()))
    else:
        assert deviation(from_torch(stepped(make, steps, lr=rate.clone())), rates(make, 30, lr=rate.clone())) <= TOLERANCE


@pytest.mark.parametrize("version", ["2.6.0", "2.9.1+cpu"])
def test_a_sequence_of_tensor_rates_is_refused_before_torch_2_10(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    monkeypatch.setattr(torch, "__version__", type(torch.__version__)(version))
    live = stepped(sequence([5], PARTS["linear"], PARTS["cosine"]), 0, lr=torch.tensor(LR))
    with pytest.raises(ValueError) as error:
        from_torch(live)
    assert str(error.value) == (
        f"from_torch: in torch {version} a SequentialLR overwrites the tensor that holds its initial rate, in torch 2.10 no "
        "longer; build the optimizer with a number for lr"
    )


def everything(live: Any) -> str:
    """All that scheduler and optimizer have, those within others too, as text."""
    own = lr_scheduler.LRScheduler.state_dict(live)
    within = [everything(inner) for inner in own.get("_schedulers", ())]
    return repr((own, within, live.optimizer.state_dict(), list(vars(live.optimizer))))


@pytest.mark.parametrize("lr", [LR, torch.tensor(LR)])
@pytest.mark.parametrize("name", [*PARTS, "sequence", "chain"])
def test_scheduler_and_optimizer_are_left_as_they_were(name: str, lr: Any) -> None:
    several = {
        "sequence": sequence([6], PARTS["linear"], PARTS["cosine"]),
        "chain": chain(PARTS["linear"], PARTS["step"]),
    }
    if name == "sequence" and isinstance(lr, torch.Tensor) and torch.__version__ < "2.10":
        lr = LR  # a sequence of tensors is refused there
    live = stepped({**PARTS, **several}[name], 7, lr=lr.clone() if isinstance(lr, torch.Tensor) else lr)
    optimizer = live.optimizer
    step, group, own = optimizer.step, optimizer.param_groups[0], optimizer.param_groups[0]["lr"]
    before = everything(live)
    from_torch(live)
    assert everything(live) == before
    assert optimizer.step == step
    assert optimizer.param_groups[0] is group
    assert group["lr"] is own


@pytest.mark.parametrize("name", ["exponential", "sequence"])
def test_an_initial_lr_that_a_checkpoint_has_lost_is_not_missed(name: str) -> None:
    make = {**PARTS, "sequence": sequence([6], PARTS["linear"], PARTS["step"])}[name]
    live = stepped(make, 7)
    schedule = from_torch(live)
    del live.optimizer.param_groups[0]["initial_lr"]
    assert from_torch(live) == schedule


def test_an_initial_lr_that_another_has_put_there_since_is_not_read() -> None:
    live = stepped(PARTS["exponential"], 7)
    live.optimizer.param_groups[0]["initial_lr"] = 77.0
    assert from_torch(live) == like.ExponentialLR(gamma=0.95, lr=LR)


def test_a_rate_of_0_gives_0() -> None:
    for name in MULTIPLYING:
        schedule = from_torch(stepped(PARTS[name], 3, lr=0.0))
        assert [schedule(step) for step in (0, 5, 100)] == [0.0] * 3


# Schedulers of this library, and subclasses --------------------------------------------------------------------------


def test_a_scheduler_of_lambda_lr_gives_its_schedule_back() -> None:
    schedule = ps.warmup_cosine(peak=0.1, warmup_steps=5, total_steps=50)
    assert from_torch(lambda_lr(sgd(), schedule)) == schedule
    assert from_torch(lambda_lr(sgd(), schedule, last_epoch=6)) == schedule
    factor = lambda_lr(sgd(), schedule, relative=True)
    assert from_torch(factor) == ps.scale(schedule, factor=LR)
    by_group = lambda_lr(two_groups(), [schedule, None])
    assert from_torch(by_group, group=0) == schedule
    with pytest.raises(ValueError) as error:
        from_torch(by_group, group=1)
    assert str(error.value) == "from_torch: param_groups[1] is not scheduled by this scheduler; choose another group"


def test_a_schedule_under_torchs_own_lambda_lr() -> None:
    schedule = ps.warmup_cosine(peak=1.0, warmup_steps=5, total_steps=50)
    assert from_torch(lr_scheduler.LambdaLR(sgd(1.0), schedule)) == schedule
    assert from_torch(lr_scheduler.LambdaLR(sgd(), schedule)) == ps.scale(schedule, factor=LR)


def test_a_function_at_a_rate_of_1_becomes_a_schedule_too() -> None:
    assert from_torch(lr_scheduler.LambdaLR(sgd(1.0), warming)) == ps.scale(warming, factor=1.0)


def test_a_subclass_that_computes_nothing_else_is_what_it_is_a_subclass_of() -> None:
    class Named(lr_scheduler.StepLR):
        def __init__(self, optimizer: Any) -> None:
            super().__init__(optimizer, step_size=7)

        def state_dict(self) -> dict[str, Any]:
            return {**super().state_dict(), "name": "mine"}

        def describe(self) -> str:
            return "mine"

    assert from_torch(Named(sgd())) == like.StepLR(step_size=7, lr=LR)


# What is refused -----------------------------------------------------------------------------------------------------


class Halving(lr_scheduler.LRScheduler):
    def get_lr(self) -> list[Any]:
        return [base / 2**self.last_epoch for base in self.base_lrs]


class Slower(lr_scheduler.StepLR):
    def get_lr(self) -> list[Any]:
        return [base / (1 + self.last_epoch) for base in self.base_lrs]


REFUSED: dict[str, tuple[Make, type[Exception], str]] = {
    "a metric": (
        lr_scheduler.ReduceLROnPlateau,
        TypeError,
        "from_torch: ReduceLROnPlateau follows a metric, and is not a function of the step; multiply a schedule with the "
        "factor of pure_schedules.reactive.reduce_on_plateau instead",
    ),
    "a class of one's own": (
        Halving,
        TypeError,
        "from_torch: Halving is not one of torch's own schedulers, so only its code knows its rates; write "
        "a function of the step, and give that to lambda_lr, to param_group_setter or to join",
    ),
    "a method of one's own": (
        lambda o: Slower(o, 7),
        TypeError,
        "from_torch: Slower is a StepLR with get_lr of its own: only that code knows its rates; write a "
        "function of the step, and give that to lambda_lr, to param_group_setter or to join",
    ),
    "within others": (
        sequence([4], PARTS["linear"], Halving),
        TypeError,
        "from_torch: schedulers[1] of the SequentialLR: Halving is not one of torch's own schedulers, so only its code "
        "knows its rates; write a function of the step, and give that to lambda_lr, to param_group_setter or to join",
    ),
    "a sequence within a chain": (
        chain(PARTS["step"], sequence([4], PARTS["linear"], PARTS["step"])),
        ValueError,
        "from_torch: schedulers[1] of the ChainedScheduler: a SequentialLR within another scheduler does not have the curve "
        "that it has alone, and releases of torch differ in it; convert the schedulers one by one, and put them together "
        "with join or multiply",
    ),
    "a chain within a sequence": (
        sequence([4], chain(PARTS["step"]), PARTS["step"]),
        ValueError,
        "from_torch: schedulers[0] of the SequentialLR: a ChainedScheduler within another scheduler does not have the curve "
        "that it has alone, and releases of torch differ in it; convert the schedulers one by one, and put them together "
        "with join or multiply",
    ),
    "no scheduler": (
        lambda o: "cosine",
        TypeError,
        "from_torch: this must be a scheduler of torch.optim.lr_scheduler, got 'cosine'; "
        "if it wraps one, give the one that it wraps",
    ),
    "a number that is out of range here": (
        lambda o: lr_scheduler.ExponentialLR(o, 0.0),
        ValueError,
        "from_torch: like.torch.ExponentialLR: gamma must be positive, got gamma=0.0; give a number above 0",
    ),
    "a division by 0": (
        lambda o: lr_scheduler.ConstantLR(o, 0.0, 5),
        ValueError,
        "from_torch: a ConstantLR with factor 0 divides by zero at its total_iters; write join([...]) instead",
    ),
    **{
        f"{name} of no steps at a milestone": (
            sequence([3], PARTS["step"], functools.partial(getattr(lr_scheduler, name), total_iters=0)),
            ValueError,
            f"from_torch: schedulers[1] of the SequentialLR: a {name} with total_iters=0 has no rate of its own at a "
            "milestone; leave it out",
        )
        for name in ("ConstantLR", "LinearLR", "PolynomialLR")
    },
    **{
        f"{name} at a milestone": (
            sequence([3], PARTS["step"], PARTS[part]),
            ValueError,
            f"from_torch: schedulers[1] of the SequentialLR: a {name} continues from the current rate at its milestone, "
            "and releases of torch differ in how; convert the schedulers one by one, and put them together with join",
        )
        for name, part in (("SWALR", "averaging"), ("MultiplicativeLR", "product"))
    },
    "a rise of no steps": (
        lambda o: lr_scheduler.OneCycleLR(o, 1.0, 30, pct_start=0.01),
        ValueError,
        "from_torch: the rise of this OneCycleLR takes less than one step, and torch begins behind its peak; "
        "raise pct_start",
    ),
    "a fall of no steps": (
        lambda o: lr_scheduler.OneCycleLR(o, 1.0, 30, pct_start=1.0),
        ValueError,
        "from_torch: the last phase of this OneCycleLR has no steps, and torch does not come to its end; lower pct_start",
    ),
    "a changed rate under a cosine": (
        sequence([3], PARTS["cosine"], PARTS["one cycle"]),
        ValueError,
        "from_torch: the schedulers of this SequentialLR begin from different rates, [0.036000000000000004, 0.37]: "
        "something has changed initial_lr between, as OneCycleLR does; build the schedulers on optimizers of their own, "
        "convert each, and put them together with join or multiply",
    ),
    "a cycle after another": (
        lambda o: [PARTS["step"](o), PARTS["cyclic"](o)][1],
        ValueError,
        "from_torch: this CyclicLR was built where another scheduler had been, whose rate 0.37 it takes for its own until "
        "it is stepped; build it on an optimizer of its own",
    ),
    "a rate that is written and then multiplied": (
        chain(PARTS["restarts"], PARTS["exponential"]),
        ValueError,
        "from_torch: schedulers[0] of the ChainedScheduler: this CosineAnnealingWarmRestarts writes over the rate, whatever "
        "the others have multiplied; convert the schedulers one by one, and put them together with multiply",
    ),
    "a rate that is multiplied and then written": (
        chain(PARTS["exponential"], PARTS["function"]),
        ValueError,
        "from_torch: schedulers[1] of the ChainedScheduler: this LambdaLR writes over the rate, whatever the others have "
        "multiplied; convert the schedulers one by one, and put them together with multiply",
    ),
    "a sum in a product": (
        chain(PARTS["linear"], PARTS["floored"]),
        ValueError,
        "from_torch: schedulers[1] of the ChainedScheduler: this CosineAnnealingLR goes to a rate of its own, and does not "
        "only multiply; convert the schedulers one by one, and put them together with multiply",
    ),
    "two that rise from 0": (
        chain(PARTS["cosine"], PARTS["cosine"]),
        ValueError,
        "from_torch: schedulers[0] of the ChainedScheduler: this CosineAnnealingLR rises again from update 9 on, and torch "
        "drops there what the others have multiplied; convert the schedulers one by one, and put them together with "
        "multiply",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_converted_is_refused_with_a_reason(name: str) -> None:
    make, kind, message = REFUSED[name]
    with pytest.raises(kind) as error:
        from_torch(make(sgd()))
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("make", "key", "message"),
    [
        (PARTS["step"], "momentum", "only OneCycleLR and CyclicLR have a momentum, and this is a StepLR; leave key out"),
        (
            lambda o: lr_scheduler.OneCycleLR(o, 0.1, 30, cycle_momentum=False),
            "momentum",
            "this OneCycleLR leaves the momentum unchanged, since cycle_momentum is False; leave key out",
        ),
        (PARTS["step"], "betas", "key must be 'lr' or 'momentum', got key='betas'; nothing else is scheduled by torch"),
    ],
)
def test_a_momentum_that_is_not_there_is_refused(make: Make, key: Any, message: str) -> None:
    with pytest.raises(ValueError) as error:
        from_torch(make(sgd()), key=key)
    assert str(error.value) == f"from_torch: {message}"


@pytest.mark.parametrize("lr", [LR, 1e-9, 1e9])
def test_a_rate_that_something_else_has_written_is_refused(lr: float) -> None:
    live = stepped(PARTS["exponential"], 3, lr)
    live.optimizer.param_groups[0]["lr"] = written = 1.25 * lr
    live.optimizer.step()
    live.step()
    with pytest.raises(ValueError) as error:
        from_torch(live)
    assert str(error.value) == (
        f"from_torch: this ExponentialLR has written the rate {written * 0.95!r} for update 4, where its own curve has "
        f"{from_torch(stepped(PARTS['exponential'], 0, lr))(4)!r}: something else has written the rate that it multiplies, "
        "be it another scheduler or a resume; build it again, on a new optimizer that has not been stepped"
    )


def test_a_resume_that_torch_has_put_on_another_curve_is_refused() -> None:
    """By the book: the optimizer's state first, then `last_epoch`. The stair of update 9 is then taken twice."""
    saved = stepped(PARTS["step"], 9).optimizer.state_dict()
    optimizer = sgd()
    optimizer.load_state_dict(saved)
    with pytest.raises(
        ValueError, match=r"this StepLR has written the rate 0\.023125 for update 9, where its own curve has"
    ):
        from_torch(lr_scheduler.StepLR(optimizer, 3, 0.5, last_epoch=8))


def test_weight_averaging_that_goes_on_from_another_scheduler() -> None:
    optimizer = sgd()
    main, averaging = PARTS["exponential"](optimizer), PARTS["averaging"](optimizer)
    used = []
    for step in range(60):
        used.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        (main if step < 30 else averaging).step()
        if step == 33:  # at its end nothing would tell from which rate it came
            with pytest.raises(ValueError, match=r"join what main schedule there is with like\.torch\.SWALR$"):
                from_torch(averaging)
    before = from_torch(main)
    lr = ps.join([before, like.SWALR(swa_lr=0.05, anneal_epochs=7, lr=before(30))], boundaries=[30])
    assert deviation(lr, used) <= TOLERANCE


# Transformers --------------------------------------------------------------------------------------------------------

RUN = {"num_warmup_steps": 5, "num_training_steps": 40}
GETTERS: dict[str, list[dict[str, Any]]] = {
    "get_constant_schedule": [{}],
    "get_constant_schedule_with_warmup": [{"num_warmup_steps": 0}, {"num_warmup_steps": 5}],
    "get_linear_schedule_with_warmup": [RUN, {"num_warmup_steps": 5, "num_training_steps": 3}],
    "get_cosine_schedule_with_warmup": [RUN, {**RUN, "num_cycles": 1.5}],
    "get_cosine_with_hard_restarts_schedule_with_warmup": [RUN, {**RUN, "num_cycles": 3}],
    "get_polynomial_decay_schedule_with_warmup": [RUN, {**RUN, "lr_end": 0.01, "power": 2.0}],
    "get_inverse_sqrt_schedule": [{"num_warmup_steps": 5}, {"num_warmup_steps": 5, "timescale": 50}],
    "get_cosine_with_min_lr_schedule_with_warmup": [{**RUN, "min_lr": 0.01}, {**RUN, "min_lr_rate": 0.25}],
    "get_cosine_with_min_lr_schedule_with_warmup_lr_rate": [
        {**RUN, "min_lr": 0.01},
        {**RUN, "min_lr_rate": 0.25, "warmup_lr_rate": 0.5},
    ],
    "get_wsd_schedule": [
        {**RUN, "num_decay_steps": 9},
        {"num_warmup_steps": 5, "num_stable_steps": 7, "num_decay_steps": 9, "decay_type": "1-sqrt", "min_lr_ratio": 0.1},
    ],
}


@pytest.fixture(scope="module")
def optimization() -> Any:
    """The original; it warns of others while it is imported."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pytest.importorskip("transformers")
        from transformers import optimization

    return optimization


@pytest.mark.parametrize("name", GETTERS)
def test_a_schedule_of_transformers_is_known_by_its_name(optimization: Any, name: str) -> None:
    for arguments in GETTERS[name]:
        make = functools.partial(getattr(optimization, name), **arguments)
        schedule = assert_equal(make)
        assert ps.parse(repr(schedule)) == schedule
        like_it = getattr(like_transformers, name)(**arguments, lr=LR)
        assert [schedule(step) for step in range(90)] == pytest.approx([like_it(step) for step in range(90)], rel=TOLERANCE)


def test_a_long_run_of_transformers_is_known_too(optimization: Any) -> None:
    run = {"num_warmup_steps": 300, "num_training_steps": 10_001}
    schedule = from_torch(stepped(functools.partial(optimization.get_linear_schedule_with_warmup, **run), 0))
    assert schedule == like_transformers.get_linear_schedule_with_warmup(**run, lr=LR)


def test_every_schedule_of_transformers_that_only_counts_is_known(optimization: Any) -> None:
    getters = {name for name in vars(optimization) if re.fullmatch("get_.*schedule.*", name)} - {"get_scheduler"}
    reacting = {"get_reduce_on_plateau_schedule", "get_greedy_schedule", "get_adafactor_schedule"}
    assert getters - reacting == set(GETTERS)


def test_an_absolute_floor_is_one_of_the_rate_that_the_optimizer_was_built_with(optimization: Any) -> None:
    optimizer = SGD([{"params": [torch.nn.Parameter(torch.ones(1))], "lr": lr} for lr in (0.5, 0.125)], lr=0.5)
    scheduler = optimization.get_polynomial_decay_schedule_with_warmup(optimizer, 5, 40, lr_end=0.02)
    schedules = [from_torch(scheduler, group=index) for index in range(2)]
    assert [schedule(40) for schedule in schedules] == pytest.approx([0.02, 0.005], rel=TOLERANCE)
    assert [ps.parse(repr(schedule)) for schedule in schedules] == schedules
    for step in range(60):
        assert [schedule(step) for schedule in schedules] == pytest.approx(update(optimizer), rel=TOLERANCE)
        scheduler.step()


def test_where_the_values_differ_the_function_is_kept(optimization: Any) -> None:
    # Transformers rounds, and is at the bottom of the wave before the restart at update 29; the named schedule is not.
    make = functools.partial(
        optimization.get_cosine_with_hard_restarts_schedule_with_warmup,
        num_warmup_steps=0,
        num_training_steps=50,
        num_cycles=50,
    )
    live = stepped(make, 3)
    assert from_torch(live) == ps.scale(live.lr_lambdas[0], factor=LR)
    assert deviation(from_torch(live), rates(make, 60)) <= TOLERANCE


def of_the_same_name(name: str, function: Callable[..., float], **arguments: Any) -> Any:
    """A function that calls itself as one of Transformers does, given to torch as they give it."""

    def named(step: int, **given: Any) -> float:
        return function(step, **given)

    named.__name__ = name
    return functools.partial(named, **arguments)


def dividing_by_zero(step: int, **given: Any) -> float:
    return like_transformers.get_linear_schedule_with_warmup(**RUN, lr=1.0)(step) / (step != 4)


@pytest.mark.parametrize("lr", [LR, 1e-9])
@pytest.mark.parametrize(
    "function",
    [
        of_the_same_name("_get_linear_schedule_with_warmup_lr_lambda", lambda step, **given: 0.5, **RUN),
        of_the_same_name("_get_linear_schedule_with_warmup_lr_lambda", dividing_by_zero, **RUN),
        of_the_same_name("_get_constant_schedule_with_warmup_lr_lambda", lambda step, **given: 0.5, length=5),
        of_the_same_name("_get_constant_schedule_with_warmup_lr_lambda", lambda step, **given: 0.5, num_warmup_steps=-5),
        of_the_same_name("_get_constant_lambda", lambda step, **given: 0.5),
    ],
)
def test_another_function_of_the_same_name_is_kept(function: Any, lr: float) -> None:
    assert from_torch(lr_scheduler.LambdaLR(sgd(lr), function)) == ps.scale(function, factor=lr)


def test_at_a_rate_of_0_all_of_one_name_and_arguments_are_the_same() -> None:
    function = of_the_same_name("_get_linear_schedule_with_warmup_lr_lambda", lambda step, **given: 0.5, **RUN)
    named = like_transformers.get_linear_schedule_with_warmup(**RUN, lr=0.0)
    assert from_torch(lr_scheduler.LambdaLR(sgd(0.0), function)) == named


# Long runs, of which not every update is looked at, and a short one of which every update is.
LONG: list[tuple[str, str, dict[str, Any], list[int]]] = [
    (
        "get_linear_schedule_with_warmup",
        "_get_linear_schedule_with_warmup_lr_lambda",
        {"num_warmup_steps": 313, "num_training_steps": 10_007},
        [0, 1, 312, 313, 314, 10_006, 10_007, 10_008],
    ),
    (
        "get_wsd_schedule",
        "_get_wsd_scheduler_lambda",
        {"num_warmup_steps": 313, "num_stable_steps": 7_001, "num_decay_steps": 3_003},
        [0, 1, 312, 313, 314, 7_313, 7_314, 7_315, 10_316, 10_317, 10_318],
    ),
    (
        "get_cosine_with_hard_restarts_schedule_with_warmup",
        "_get_cosine_with_hard_restarts_schedule_with_warmup_lr_lambda",
        {"num_warmup_steps": 313, "num_training_steps": 10_007, "num_cycles": 4},
        [0, 1, 312, 313, 314, *(313 + round(9_694 * part / 4) + near for part in (1, 2, 3) for near in (-1, 0, 1)), 10_007],
    ),
    ("get_linear_schedule_with_warmup", "_get_linear_schedule_with_warmup_lr_lambda", RUN, list(range(60))),
]


@pytest.mark.parametrize(("getter", "name", "arguments", "steps"), LONG, ids=["linear", "stable", "restarts", "short"])
def test_a_function_that_differs_at_one_update_about_a_beginning_or_end_is_kept(
    getter: str, name: str, arguments: dict[str, Any], steps: list[int]
) -> None:
    """The same name, the same arguments, and all but one of the same values: so it would be with a correction of theirs."""
    theirs = getattr(like_transformers, getter)(**arguments, lr=1.0)
    different = [-1]

    def function(step: int, **given: Any) -> float:
        return theirs(step) + (0.01 if step == different[0] else 0.0)

    live = lr_scheduler.LambdaLR(sgd(1.0), of_the_same_name(name, function, **arguments))
    assert from_torch(live) == theirs
    for different[0] in steps:
        assert from_torch(live) == ps.scale(live.lr_lambdas[0], factor=1.0), different


def test_a_plateau_of_transformers_is_refused(optimization: Any) -> None:
    with pytest.raises(TypeError, match="follows a metric"):
        from_torch(optimization.get_reduce_on_plateau_schedule(sgd()))
    with pytest.raises(TypeError, match="AdafactorSchedule is a LambdaLR with get_lr of its own"):
        from_torch(optimization.get_adafactor_schedule(optimization.Adafactor([torch.nn.Parameter(torch.ones(1))])))


# Checkpoints ---------------------------------------------------------------------------------------------------------

SAVED: dict[str, Make] = {
    **PARTS,
    "sequence": sequence([6], PARTS["linear"], PARTS["cosine"]),
    "chain": chain(PARTS["constant"], PARTS["exponential"]),
    "ours": lambda o: lambda_lr(o, ps.constant(value=0.1)),
}


@pytest.mark.parametrize("name", SAVED)
def test_a_checkpoint_of_torch_tells_the_step_at_which_to_go_on(name: str) -> None:
    for steps in (0, 7, 30):
        live = stepped(SAVED[name], steps)
        assert step_of(live.state_dict()) == steps
        # So goes a run over: with the schedule that the old scheduler had, from the update that is next.
        schedule, optimizer = from_torch(live), sgd(1.0)
        resumed = lambda_lr(optimizer, schedule, last_epoch=step_of(live.state_dict()) - 1)
        for _ in range(20):
            assert update(optimizer)[0] == schedule(resumed.last_epoch)
            assert update(live.optimizer)[0] == pytest.approx(schedule(resumed.last_epoch), abs=TOLERANCE)
            resumed.step()
            live.step()


def test_the_state_of_torch_can_be_loaded_as_it_is() -> None:
    live = stepped(SAVED["sequence"], 9)
    resumed = lambda_lr(sgd(1.0), from_torch(live))
    resumed.load_state_dict(live.state_dict())
    assert resumed.get_last_lr() == [from_torch(live)(9)]


def test_what_is_no_state_of_a_scheduler_is_refused() -> None:
    optimizer = sgd()
    parts = [lr_scheduler.StepLR(optimizer, 3), lr_scheduler.ExponentialLR(optimizer, 0.9)]
    together = lr_scheduler.ChainedScheduler(parts)
    optimizer.step()
    parts[0].step()
    for state, kind, message in (
        (
            optimizer.state_dict(),
            ValueError,
            "step_of: this is not the state of a scheduler, which has a last_epoch, got ['state', 'param_groups']; "
            "give what scheduler.state_dict() gave",
        ),
        (
            together.state_dict(),
            ValueError,
            "step_of: the schedulers in this ChainedScheduler are at different steps, [0, 1]; "
            "some were stepped by themselves, so say yourself which update is next",
        ),
        (7, TypeError, "step_of: the state must be a dict, got 7; give what scheduler.state_dict() gave"),
    ):
        with pytest.raises(kind) as error:
            step_of(state)  # type: ignore[arg-type]
        assert str(error.value) == message
