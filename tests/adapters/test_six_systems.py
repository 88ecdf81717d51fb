"""The six systems that people write by hand today, each beside a composition of the pieces, update by update.

The judges are in ``six_systems``. Each drives one optimizer and the library drives its twins, one with `lambda_lr` and
one with `param_group_setter`; what is compared is the rate that each parameter group has when `optimizer.step()` is
entered, at every update, and the parameters at the end. Where nothing is said, equal means equal to the last bit.
"""

import io
import math
import re
from functools import partial
from pathlib import Path

import mpmath
import pytest
import six_systems
import torch
from torch.optim import SGD, Adam, lr_scheduler

import pure_schedules as ps
from pure_schedules_torch import lambda_lr, param_group_setter

UPDATES = 20_000

# Older torch warns of its own call when SequentialLR hands over.
pytestmark = pytest.mark.filterwarnings("ignore:The epoch parameter in `scheduler.step")


def optimizer_with(kind, *rates, start=0.5, **options):
    """An optimizer with one parameter group, of one number, for each of these rates."""
    groups = []
    for rate in rates:
        parameter = torch.nn.Parameter(torch.tensor([start], dtype=torch.float64))
        parameter.grad = torch.zeros_like(parameter)
        groups.append({"params": [parameter], "lr": rate})
    return kind(groups, **options)


paper_adam = partial(optimizer_with, Adam, betas=(0.9, 0.98), eps=1e-9)


def parameters(optimizer):
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]


def run(optimizer, update, updates=range(UPDATES)):
    """The rates that all groups had at each of these updates. The gradient is another one each time."""
    used = []
    hook = optimizer.register_step_pre_hook(lambda *_: used.append([group["lr"] for group in optimizer.param_groups]))
    gradients = [parameter.grad for parameter in parameters(optimizer)]
    for step in updates:
        for gradient in gradients:
            gradient.fill_(math.cos(step))
        update(step)
    hook.remove()
    assert len(used) == len(updates)
    return used


# The originals and ours, each as a function of the optimizer that gives a function of the step, to be called once for
# every update.


def by_hand(rate):
    def attach(optimizer):
        def update(step):
            for group in optimizer.param_groups:
                group["lr"] = rate(step)
            optimizer.step()

        return update

    return attach


def with_scheduler(make):
    def attach(optimizer):
        scheduler = make(optimizer)

        def update(step):
            optimizer.step()
            scheduler.step()

        return update

    return attach


def with_wrapper(make):
    def attach(optimizer):
        wrapper = make(optimizer)
        return lambda step: wrapper.step()

    return attach


def with_lambda_lr(schedule, **options):
    return with_scheduler(lambda optimizer: lambda_lr(optimizer, schedule, **options))


def with_setter(schedule):
    def attach(optimizer):
        set_step = param_group_setter(optimizer, lr=schedule)

        def update(step):
            set_step(step)
            optimizer.step()

        return update

    return attach


def both(schedule):
    return [with_lambda_lr(schedule), with_setter(schedule)]


def check(original, ours, make, *, rtol=0.0, atol=0.0, updates=UPDATES):
    """That each of `ours` uses the rates of the original and leads to its parameters."""
    judge = make()
    expected = run(judge, original(judge), range(updates))
    for attach in ours:
        twin = make()
        used = run(twin, attach(twin), range(updates))
        assert_same(used, expected, rtol=rtol, atol=atol)
        # The rates of a run add up to a few units, and the parameters are apart by what the rates are, added up.
        apart = 1e-11 if rtol or atol else 0.0
        for mine, theirs in zip(parameters(twin), parameters(judge), strict=True):
            assert (mine - theirs).abs().item() <= apart
    return expected


def assert_same(used, expected, *, rtol=0.0, atol=0.0):
    assert len(used) == len(expected)
    for step, (mine, theirs) in enumerate(zip(used, expected, strict=True)):
        if mine != theirs:
            for a, b in zip(mine, theirs, strict=True):
                assert abs(a - b) <= atol + rtol * abs(b), f"at update {step}: {a!r}, and the original used {b!r}"
        assert all(type(rate) is float for rate in mine)


# a. The formula of the paper ------------------------------------------------------------------------------------------


def paper(d_model, warmup_steps):
    return by_hand(lambda step: six_systems.paper_rate(step + 1, d_model, warmup_steps))


def test_the_formula_of_the_paper():
    # The rate that Adam is built with never takes part.
    check(paper(512, 4000), both(ps.noam(d_model=512, warmup_steps=4000)), partial(paper_adam, 1.0))


@pytest.mark.parametrize(("d_model", "warmup_steps"), [(512, 1), (768, 30_000), (1, 4001)])
def test_the_formula_of_the_paper_at_other_numbers(d_model, warmup_steps):
    schedule = ps.noam(d_model=d_model, warmup_steps=warmup_steps)
    check(paper(d_model, warmup_steps), [with_lambda_lr(schedule)], partial(optimizer_with, SGD, 0.0))


def test_the_formula_of_the_paper_from_smaller_pieces():
    # A straight rise and one over the square root, counted from 1. Where the paper has two powers and a minimum there
    # are a quotient and a root here: a few roundings each.
    peak = 512**-0.5 * 4000**-0.5
    pieces = ps.count_from_one(
        ps.join([ps.linear(start=0.0, end=peak, steps=4000), ps.inverse_sqrt(peak=peak, timescale=4000)])
    )
    for step in range(UPDATES):
        assert pieces(step) == pytest.approx(six_systems.paper_rate(step + 1, 512, 4000), rel=1e-15, abs=0)


# b. A subclass of LRScheduler -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("original", "warmup", "make"),
    [
        (six_systems.NoamLR, 4000, paper_adam),
        (six_systems.NoamLRByStepCount, 4000, partial(optimizer_with, SGD)),
        (six_systems.NoamLR, 1, partial(optimizer_with, SGD)),
        (six_systems.NoamLR, 30_000, partial(optimizer_with, SGD)),
    ],
)
def test_a_subclass_of_lr_scheduler(original, warmup, make):
    check(
        with_scheduler(lambda optimizer: original(optimizer, 512, warmup)),
        both(ps.noam(d_model=512, warmup_steps=warmup)),
        partial(make, 0.1),
    )


def test_a_subclass_of_lr_scheduler_that_multiplies_the_groups_own_rates():
    factor = ps.noam(d_model=512, warmup_steps=4000)
    check(
        with_scheduler(lambda optimizer: six_systems.RelativeNoamLR(optimizer, 512, 4000)),
        [
            with_lambda_lr(factor, relative=True),
            with_lambda_lr([ps.scale(factor, factor=1.0), ps.scale(factor, factor=0.3)]),
            with_setter([ps.scale(factor, factor=1.0), ps.scale(factor, factor=0.3)]),
        ],
        partial(optimizer_with, SGD, 1.0, 0.3),
    )


# c and d. A wrapper of the optimizer, without and with a factor -------------------------------------------------------


@pytest.mark.parametrize(
    ("warmup", "make"),
    [
        (4000, partial(paper_adam, 0.0, 1.0)),  # into all groups
        (1, partial(optimizer_with, SGD, 1.0)),
        (30_000, partial(optimizer_with, SGD, 1.0)),
    ],
)
def test_an_optimizer_wrapper(warmup, make):
    check(
        with_wrapper(lambda optimizer: six_systems.NoamOpt(512, warmup, optimizer)),
        both(ps.noam(d_model=512, warmup_steps=warmup)),
        make,
    )


@pytest.mark.parametrize(
    ("factor", "warmup", "make"),
    [
        (2, 4000, partial(paper_adam, 0)),  # the standard setting: built with lr=0, an int
        (0.7, 1, partial(optimizer_with, SGD, 0)),
        (5.0, 30_000, partial(optimizer_with, SGD, 0)),
    ],
)
def test_an_optimizer_wrapper_with_a_factor(factor, warmup, make):
    check(
        with_wrapper(lambda optimizer: six_systems.NoamOptWithFactor(512, factor, warmup, optimizer)),
        [
            with_lambda_lr(ps.noam(d_model=512, warmup_steps=warmup, factor=factor)),
            with_setter(ps.scale(ps.noam(d_model=512, warmup_steps=warmup), factor=factor)),
        ],
        make,
    )


# State ----------------------------------------------------------------------------------------------------------------

RESUMED = 5_000
STOPS = [1, 2_500, 4_000]


def wrapper_c(optimizer):
    return six_systems.NoamOpt(512, 4000, optimizer)


def wrapper_d(optimizer):
    return six_systems.NoamOptWithFactor(512, 2, 4000, optimizer)


SCHEDULES = {
    wrapper_c: ps.noam(d_model=512, warmup_steps=4000),
    wrapper_d: ps.noam(d_model=512, warmup_steps=4000, factor=2),
}

wrappers = pytest.mark.parametrize("wrapper", SCHEDULES)


def saved_and_loaded(state):
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    return torch.load(file, weights_only=True)


def values(optimizer):
    return [parameter.detach().clone() for parameter in parameters(optimizer)]


def rebuilt(checkpoint):
    """An optimizer made anew, with another rate and other parameters, and then loaded."""
    optimizer = paper_adam(0.123, start=-9.0)
    optimizer.load_state_dict(checkpoint["optimizer"])
    with torch.no_grad():
        for parameter, value in zip(parameters(optimizer), checkpoint["parameters"], strict=True):
            parameter.copy_(value)
    return optimizer


def resumed_with_lambda_lr(optimizer, schedule, step):
    return with_lambda_lr(schedule, last_epoch=step - 1)(optimizer)


def resumed_with_setter(optimizer, schedule, step):
    return with_setter(schedule)(optimizer)


@pytest.fixture(scope="module")
def uninterrupted():
    """What each of the wrappers does in a run that is never stopped."""
    result = {}
    for wrapper in SCHEDULES:
        optimizer = paper_adam(0)
        result[wrapper] = (run(optimizer, with_wrapper(wrapper)(optimizer), range(RESUMED)), values(optimizer))
    return result


@wrappers
@pytest.mark.parametrize("stop", STOPS)
def test_a_stopped_wrapper_goes_on_from_its_state(wrapper, stop, uninterrupted):
    optimizer = paper_adam(0)
    system = wrapper(optimizer)
    before = run(optimizer, lambda step: system.step(), range(stop))
    checkpoint = saved_and_loaded(
        {"system": system.state_dict(), "optimizer": optimizer.state_dict(), "parameters": values(optimizer)}
    )

    optimizer = rebuilt(checkpoint)
    system = wrapper(optimizer)
    system.load_state_dict(checkpoint["system"])
    after = run(optimizer, lambda step: system.step(), range(stop, RESUMED))

    rates, end = uninterrupted[wrapper]
    assert_same(before + after, rates)
    assert values(optimizer) == end


@wrappers
@pytest.mark.parametrize("stop", STOPS)
@pytest.mark.parametrize("resume", [resumed_with_lambda_lr, resumed_with_setter])
def test_ours_goes_on_from_the_step_alone(wrapper, stop, resume, uninterrupted):
    schedule = SCHEDULES[wrapper]
    optimizer = paper_adam(0)
    before = run(optimizer, resume(optimizer, schedule, 0), range(stop))
    checkpoint = saved_and_loaded({"step": stop, "optimizer": optimizer.state_dict(), "parameters": values(optimizer)})

    optimizer = rebuilt(checkpoint)
    after = run(optimizer, resume(optimizer, schedule, checkpoint["step"]), range(checkpoint["step"], RESUMED))

    rates, end = uninterrupted[wrapper]
    assert_same(before + after, rates)
    assert values(optimizer) == end


@wrappers
@pytest.mark.parametrize("resume", [resumed_with_lambda_lr, resumed_with_setter])
def test_ours_goes_on_from_the_state_of_the_wrapper(wrapper, resume, uninterrupted):
    # A run begun with the wrapper is ended with the library: the count of updates taken is the index of the next.
    optimizer = paper_adam(0)
    system = wrapper(optimizer)
    before = run(optimizer, lambda step: system.step(), range(2_500))
    checkpoint = saved_and_loaded({"optimizer": optimizer.state_dict(), "parameters": values(optimizer)})
    state = system.state_dict()
    taken = state["_step"] if "_step" in state else state["step"]

    optimizer = rebuilt(checkpoint)
    after = run(optimizer, resume(optimizer, SCHEDULES[wrapper], taken), range(taken, RESUMED))

    rates, end = uninterrupted[wrapper]
    assert_same(before + after, rates)
    assert values(optimizer) == end


@pytest.mark.parametrize(
    ("original", "schedule"),
    [
        (lambda optimizer: six_systems.NoamLR(optimizer, 512, 40), ps.noam(d_model=512, warmup_steps=40)),
        (
            lambda optimizer: six_systems.linear_warmup_linear_decay(optimizer, 40, 200),
            ps.warmup_linear(peak=0.1, warmup_steps=40, total_steps=200),
        ),
        (
            lambda optimizer: six_systems.log_warmup_then(optimizer, 8, lambda o: lr_scheduler.StepLR(o, 50, 0.5)),
            ps.join([lambda step: 0.1 * 10 ** -(8 - step), ps.step_decay(start=0.1, factor=0.5, every=50)], boundaries=[8]),
        ),
    ],
    ids=["b", "e", "f"],
)
@pytest.mark.parametrize("stop", [1, 8, 39, 40, 150])
def test_the_state_of_a_torch_scheduler_loads_as_it_is(original, schedule, stop):
    optimizer = optimizer_with(SGD, 0.1)
    rates = run(optimizer, with_scheduler(original)(optimizer), range(250))

    optimizer = optimizer_with(SGD, 0.1)
    scheduler = original(optimizer)
    for _ in range(stop):
        optimizer.step()
        scheduler.step()
    before = scheduler.state_dict()

    optimizer = optimizer_with(SGD, 0.7)
    scheduler = lambda_lr(optimizer, schedule)
    scheduler.load_state_dict(before)
    after = run(optimizer, lambda step: (optimizer.step(), scheduler.step()), range(stop, 250))
    assert_same(after, rates[stop:])


@pytest.mark.parametrize("stop", [1, 39, 40, 150])
def test_a_relative_subclass_goes_on_with_ours_built_before_the_optimizer_is_loaded(stop):
    optimizer = optimizer_with(SGD, 1.0, 0.3)
    scheduler = six_systems.RelativeNoamLR(optimizer, 512, 40)
    run(optimizer, lambda step: (optimizer.step(), scheduler.step()), range(stop))
    checkpoint = saved_and_loaded(optimizer.state_dict())
    expected = run(optimizer, lambda step: (optimizer.step(), scheduler.step()), range(stop, 250))

    optimizer = optimizer_with(SGD, 1.0, 0.3)
    scheduler = lambda_lr(optimizer, ps.noam(d_model=512, warmup_steps=40), relative=True, last_epoch=stop - 1)
    optimizer.load_state_dict(checkpoint)
    assert_same(run(optimizer, lambda step: (optimizer.step(), scheduler.step()), range(stop, 250)), expected)


@pytest.mark.parametrize(
    "build",
    [
        lambda optimizer, warmup: six_systems.NoamLR(optimizer, 512, warmup),
        lambda optimizer, warmup: six_systems.NoamOpt(512, warmup, optimizer),
    ],
    ids=["b", "c"],
)
def test_the_originals_load_their_configuration_with_their_state(build):
    system = build(optimizer_with(SGD, 0.1), 8000)
    system.load_state_dict(build(optimizer_with(SGD, 0.1), 4000).state_dict())
    assert system.warmup == 4000


def test_ours_keeps_the_configuration_that_it_was_built_with():
    state = lambda_lr(optimizer_with(SGD, 0.1), ps.noam(d_model=512, warmup_steps=4000)).state_dict()
    schedule = ps.noam(d_model=512, warmup_steps=8000)
    scheduler = lambda_lr(optimizer_with(SGD, 0.1), schedule)
    scheduler.load_state_dict(state)
    assert scheduler.get_last_lr() == [schedule(0)]
    assert scheduler.differences(state) == ["lr[0]: noam.warmup_steps was 4000, is 8000"]


def test_torch_s_own_lambda_lr_stays_at_zero_where_the_optimizer_was_built_with_zero():
    optimizer = paper_adam(0)
    scheduler = lr_scheduler.LambdaLR(optimizer, ps.noam(d_model=512, warmup_steps=4000, factor=2))
    assert run(optimizer, lambda step: (optimizer.step(), scheduler.step()), range(10)) == [[0.0]] * 10


# e. Linear warmup and linear decay ------------------------------------------------------------------------------------


def warmup_and_decay(peak, warmup_steps, total_steps):
    return ps.warmup_linear(peak=peak, warmup_steps=warmup_steps, total_steps=total_steps)


def test_linear_warmup_and_linear_decay():
    check(
        with_scheduler(lambda optimizer: six_systems.linear_warmup_linear_decay(optimizer, 1000, 20_000)),
        [
            with_lambda_lr(warmup_and_decay(1.0, 1000, 20_000), relative=True),
            with_lambda_lr([warmup_and_decay(rate, 1000, 20_000) for rate in (5e-5, 3e-3)]),
            with_setter([warmup_and_decay(rate, 1000, 20_000) for rate in (5e-5, 3e-3)]),
        ],
        partial(optimizer_with, SGD, 5e-5, 3e-3),
        updates=UPDATES + 100,
    )


@pytest.mark.parametrize(
    ("warmup_steps", "total_steps"),
    [(0, 15_000), (1, 19_999), (30_000, 40_000), (20_000, 20_000)],
)
def test_linear_warmup_and_linear_decay_at_other_lengths(warmup_steps, total_steps):
    # Some updates more than the longest that ends here: past the end the original's factor is the int 0, ours is 0.0.
    expected = check(
        with_scheduler(lambda optimizer: six_systems.linear_warmup_linear_decay(optimizer, warmup_steps, total_steps)),
        [with_setter(warmup_and_decay(5e-5, warmup_steps, total_steps))],
        partial(optimizer_with, SGD, 5e-5),
        updates=UPDATES + 100,
    )
    assert (expected[-1] == [0.0]) == (total_steps <= UPDATES)


def test_a_warmup_longer_than_the_total_length():
    # The original rises to the end of its warmup and then drops to 0; the recipe refuses it when it is built.
    with pytest.raises(ValueError, match="total_steps"):
        ps.warmup_linear(peak=1.0, warmup_steps=30_000, total_steps=20_000)
    check(
        with_scheduler(lambda optimizer: six_systems.linear_warmup_linear_decay(optimizer, 20_050, 20_000)),
        both(ps.join([ps.linear(start=0.0, end=5e-5, steps=20_050), ps.constant(value=0.0)])),
        partial(optimizer_with, SGD, 5e-5),
        updates=UPDATES + 100,
    )


# f. Logarithmic warmup, then any scheduler of torch -------------------------------------------------------------------

BASE = 3e-4


def log_warmup(W):
    return ps.exponential(start=BASE * 10**-W, end=BASE, steps=W)


def log_warmup_cosine(W, T_max, eta_min=0.0):
    return lambda optimizer: six_systems.log_warmup_cosine(optimizer, W, T_max, eta_min)


@pytest.mark.parametrize("W", [1, 5, 8])
def test_logarithmic_warmup_then_cosine(W):
    # Torch computes each rate of the cosine from the one before it: after 20 000 of them 1e-14 has gathered. With a
    # floor the wave may be followed to its end, which is the last of these updates.
    floor = BASE / 100
    expected = check(
        with_scheduler(log_warmup_cosine(W, UPDATES, floor)),
        both(ps.join([log_warmup(W), ps.cosine(start=BASE, end=floor, steps=UPDATES)])),
        partial(optimizer_with, SGD, BASE),
        rtol=1e-12,
        updates=W + UPDATES + 1,
    )
    assert expected[W] == [BASE]
    assert expected[-1] == pytest.approx([floor], rel=1e-12)


def test_logarithmic_warmup_then_a_cosine_that_outlasts_the_run():
    check(
        with_scheduler(log_warmup_cosine(5, 30_000)),
        both(ps.join([log_warmup(5), ps.cosine(start=BASE, steps=30_000)])),
        partial(optimizer_with, SGD, BASE),
        rtol=1e-12,  # as above
    )


def test_logarithmic_warmup_then_cosine_down_to_zero():
    # The 1 + cos(x) of torch has lost its digits where it comes close to 0: a part of 4e-9 at the last update before the
    # end, though nothing beside the peak. So the last updates are compared beside the peak, and after that with truth.
    schedule = ps.join([log_warmup(5), ps.cosine(start=BASE, steps=UPDATES)])
    expected = check(
        with_scheduler(log_warmup_cosine(5, UPDATES)),
        both(schedule),
        partial(optimizer_with, SGD, BASE),
        rtol=1e-12,
        atol=BASE * 1e-13,
        updates=5 + UPDATES + 1,
    )
    assert expected[-1] == [schedule(5 + UPDATES)] == [0.0]

    with mpmath.workdps(50):
        truth = mpmath.mpf(BASE) * (1 + mpmath.cos(mpmath.pi * (UPDATES - 1) / UPDATES)) / 2
        assert abs(schedule(5 + UPDATES - 1) - truth) < 1e-14 * truth
        assert abs(expected[-2][0] - truth) > 1e-10 * truth


def test_past_its_end_torch_s_cosine_climbs_again_and_ours_holds():
    schedule = ps.join([log_warmup(5), ps.cosine(start=BASE, end=BASE / 100, steps=1000)])
    original, ours = optimizer_with(SGD, BASE), optimizer_with(SGD, BASE)
    climbing = run(original, with_scheduler(log_warmup_cosine(5, 1000, BASE / 100))(original), range(2006))
    holding = run(ours, with_lambda_lr(schedule)(ours), range(2006))
    assert_same(holding[:1006], climbing[:1006], rtol=1e-12)  # up to the end itself
    assert climbing[2005] == pytest.approx([BASE])
    assert holding[1005:] == [[BASE / 100]] * 1001


def with_the_lambda(W):
    warmup = ps.scale(lambda step: 10 ** -(W - step), factor=BASE)
    return ps.join([warmup, ps.cosine(start=BASE, steps=100)], boundaries=[W])


@pytest.mark.parametrize("W", [1, 5, 8])
def test_the_lambda_of_the_warmup_can_stay_as_it_is(W):
    # A child may be any function of the step; then the warmup is torch's to the last bit, and so is the handover.
    check(
        with_scheduler(log_warmup_cosine(W, 100)),
        both(with_the_lambda(W)),
        partial(optimizer_with, SGD, BASE),
        updates=W + 1,
    )


def test_a_logarithmic_warmup_longer_than_the_run():
    # 10 ** -(W - step) is 0 until 324 decades are left, and no line on a logarithmic axis begins at 0: the lambda does.
    with pytest.raises(ValueError, match="start"):
        log_warmup(UPDATES + 100)
    check(
        with_scheduler(log_warmup_cosine(UPDATES + 100, 100)),
        both(with_the_lambda(UPDATES + 100)),
        partial(optimizer_with, SGD, BASE),
    )


# What torch has for the second place, and the piece that it is. All of torch's are recursions, each rate made from the
# one before it, so that roundings gather: StepLR, MultiStepLR and ConstantLR multiply a few times in a run, ExponentialLR,
# LinearLR and PolynomialLR at every update.
FOLLOWERS = {
    "StepLR": (
        lambda optimizer: lr_scheduler.StepLR(optimizer, 3000, gamma=0.1),
        ps.step_decay(start=BASE, factor=0.1, every=3000),
        {"rtol": 1e-14},
    ),
    "MultiStepLR": (
        lambda optimizer: lr_scheduler.MultiStepLR(optimizer, [3000, 9000], gamma=0.1),
        ps.piecewise_constant(values=[BASE, BASE * 0.1, BASE * 0.1**2], boundaries=[3000, 9000]),
        {"rtol": 1e-14},
    ),
    "ConstantLR": (
        lambda optimizer: lr_scheduler.ConstantLR(optimizer, factor=0.5, total_iters=3000),
        ps.piecewise_constant(values=[BASE * 0.5, BASE], boundaries=[3000]),
        {"rtol": 1e-14},
    ),
    "ExponentialLR": (
        lambda optimizer: lr_scheduler.ExponentialLR(optimizer, gamma=0.9997),
        ps.exponential_decay(start=BASE, rate=0.9997),
        {"rtol": 1e-12},
    ),
    "LinearLR": (
        lambda optimizer: lr_scheduler.LinearLR(optimizer, start_factor=1.0, end_factor=0.01, total_iters=15_000),
        ps.linear(start=BASE, end=BASE * 0.01, steps=15_000),
        {"rtol": 1e-12},
    ),
    "PolynomialLR": (
        lambda optimizer: lr_scheduler.PolynomialLR(optimizer, total_iters=15_000, power=2.0),
        ps.polynomial(start=BASE, end=0.0, steps=15_000, power=2.0),
        {"rtol": 1e-12},
    ),
    # A closed formula with the 1 + cos(x) of the cosine above: exact beside the peak, not as a part of the last rates.
    "CosineAnnealingWarmRestarts": (
        lambda optimizer: lr_scheduler.CosineAnnealingWarmRestarts(optimizer, 5000),
        ps.repeat(ps.cosine(start=BASE, steps=5000)),
        {"rtol": 1e-12, "atol": BASE * 1e-14},
    ),
}


@pytest.mark.parametrize("name", FOLLOWERS)
def test_logarithmic_warmup_then_another_scheduler(name):
    follower, piece, tolerance = FOLLOWERS[name]
    check(
        with_scheduler(lambda optimizer: six_systems.log_warmup_then(optimizer, 6, follower)),
        [with_lambda_lr(ps.join([log_warmup(6), piece]))],
        partial(optimizer_with, SGD, BASE),
        updates=UPDATES + 6,
        **tolerance,
    )


# The page -------------------------------------------------------------------------------------------------------------


def test_the_page_shows_the_lines_that_are_tested_here():
    tested = Path(six_systems.__file__).read_text(encoding="utf-8")
    page = (Path(__file__).parents[2] / "docs" / "coming-from.md").read_text(encoding="utf-8")
    shown = [block for block in re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL) if ">>>" not in block]
    assert len(shown) == 6
    for block in shown:
        assert block in tested, block
