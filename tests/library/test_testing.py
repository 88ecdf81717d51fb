"""`pure_schedules.testing`: every mistake that one can make in four lines is caught, and nothing that is right is.

The laws hold for the catalogue and for random compositions, so what `check` says is not said of a schedule that is right.
Beside that stand schedules with one planted mistake each, and what is said of them.
"""

import math
import subprocess
import sys
from importlib.util import find_spec
from random import Random
from typing import Any

import pytest
import torch
from catalogue import CASES, Case
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

import pure_schedules as ps
from pure_schedules import testing
from pure_schedules.checks import (
    above,
    as_many_as,
    flag,
    increasing,
    non_negative,
    numbers,
    one_fewer_than,
    one_of,
    positive,
    schedules,
    whole,
)
from pure_schedules.numeric import cos, minimum, progress, remaining, sqrt, where
from pure_schedules.testing import strategies
from pure_schedules.testing.laws import LAWS

# What torch's compiler says of itself while it compiles is not about schedules.
pytestmark = pytest.mark.filterwarnings("ignore")

#: What takes long, and is looked at in the files of these laws.
SLOW = ("one compilation", "arrays of JAX")


#: What is looked at where the adapters are installed.
ATTACHED = ("the rate of an optimizer", "resume")
NOT_HERE = () if find_spec("pure_schedules_torch") else ATTACHED


# What is right -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_nothing_is_said_of_the_catalogue(case: Case) -> None:
    elsewhere = ("vmap", "a value")  # laws 12 and 9, by the same assertions
    checked = testing.check(case.schedule, leave_out=[*SLOW, *elsewhere])
    assert len(checked.held) + len(checked.left_out) == len(LAWS)
    assert set(checked.left_out) <= {*SLOW, *elsewhere, *NOT_HERE, "the end holds", "peak"}


@given(strategies.schedules(depth=2))
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
def test_nothing_is_said_of_compositions(schedule: ps.Schedule) -> None:
    testing.check(schedule, leave_out=[*SLOW, "gradients"])  # gradients: law 11, at steps that no corner is near


def test_every_law_is_looked_at() -> None:
    checked = testing.check(ps.warmup_cosine(peak=1e-3, warmup_steps=10, total_steps=100))
    assert checked.held == [law for law in LAWS if law not in NOT_HERE]
    assert f": {len(checked.held)} laws hold" in str(checked)


def test_without_the_adapters_the_laws_of_schedules_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pure_schedules_torch", None)
    checked = testing.check(ps.linear(start=0.0, end=1.0, steps=4), leave_out=SLOW)
    missing = {law: reason for law, reason in checked.left_out.items() if law not in (*SLOW, "peak")}
    assert missing == dict.fromkeys(ATTACHED, "pure_schedules_torch is not installed")


def test_a_period_that_is_rounded_in_single_precision_is_no_mistake() -> None:
    for schedule in (
        ps.sinusoid(start=1.0, end=0.0, period=33.7),
        ps.jagged_restarts(ps.constant(value=1.0), every=4 / 3, warmup_steps=1),
    ):
        assert "precision" in testing.check(schedule, leave_out=[*SLOW, "gradients"]).held


@ps.schedule(period=positive)
def wave(step, *, peak, period):
    return peak * (1 + cos(2 * math.pi * step / period)) / 2


@ps.schedule(steps=positive, length=lambda **_: math.inf)
def trying(step, *, peak, steps):
    try:
        return peak * minimum(1.0, steps / step)
    except ZeroDivisionError:
        return peak


@pytest.mark.parametrize(
    "schedule",
    [
        *(wave(peak=1.0, period=period) for period in (1 / 3, 3, 100, 33.7)),
        *(ps.sinusoid(start=1.0, end=0.0, period=period) for period in (1, 7, 100, 4 / 3)),
        ps.jagged_restarts(ps.cosine(start=1.0, steps=10**7), every=1000, warmup_steps=10),
        ps.jagged_restarts(ps.constant(value=1.0), every=100 / 3, warmup_steps=1),
        ps.exponential_decay(start=1e-7, rate=1.1),
        ps.exponential(start=1e-7, end=10.0, steps=100),
        ps.like.deepspeed.LRRangeTest(),
    ],
    ids=repr,
)
def test_what_is_right_as_far_as_its_type_can_tell_is_no_mistake(schedule: ps.Schedule) -> None:
    checked = testing.check(schedule, leave_out=["one compilation", "resume"])
    assert {"finite", "pure", "precision", "arrays of JAX"} <= {*checked.held}


def test_an_exception_that_a_formula_expects_is_no_mistake() -> None:
    without_slope = ["gradients", "hyperparameters of 0"]  # in a tensor, it has none at step 0
    checked = testing.check(trying(peak=1.0, steps=10), leave_out=[*SLOW, *without_slope])
    assert {"finite", "pure", "precision"} <= {*checked.held}
    assert list(trying(peak=1.0, steps=10).boundaries(last=30)) == [10.0]


def test_what_is_skipped_is_told() -> None:
    grows = testing.check(ps.exponential_decay(start=1e-7, rate=1.1), leave_out=SLOW)
    assert grows.in_part["finite"] == "from step 1002 on it is above 1e+18, and overflows later"
    assert "\n  tested in part: finite: from step 1002 on" in str(grows)
    refused = testing.check(ps.exponential(start=1.0, end=0.1, steps=10), leave_out=SLOW)
    assert refused.in_part["hyperparameters of 0"] == "refused when it is bound: start, end"
    many = testing.check(
        ps.piecewise_constant(values=[1.0 / (1 + k) for k in range(41)], boundaries=list(range(1, 41))),
        leave_out=[*SLOW, "resume"],
    )
    assert many.in_part["gradients"] == many.in_part["pure"] == "12 of 81 numbers"


def test_what_is_no_number_is_called_so() -> None:
    @ps.schedule
    def nothing(step, *, peak):
        return peak * step * math.nan

    for assertion, said in (
        (testing.check, "finite: .* is nan at step 0; it must be a finite float"),
        (testing.assert_differentiable, "is nan for a tensor of step 0; it must be finite"),
    ):
        with pytest.raises(AssertionError, match=said):
            assertion(nothing(peak=1.0))
    with pytest.raises(AssertionError, match="ends with nan, at step 11; it must be a finite float"):
        testing.assert_holds_end(lambda step: math.nan, steps=10)


def test_what_is_not_looked_at_is_told_with_the_reason() -> None:
    checked = testing.check(ps.constant(value=1.0), leave_out=["pure", *SLOW])
    assert checked.left_out["pure"] == "as asked"
    assert "  not tested: the end holds: it has no end" in str(checked)


# Mistakes in a formula -----------------------------------------------------------------------------------------------

counted: list[Any] = []


@ps.schedule
def rebounding(step, *, peak, steps):
    return peak * (1 + cos(math.pi * step / steps)) / 2


@ps.schedule
def undeclared(step, *, peak, total_steps):
    return peak * remaining(step, total_steps)


@ps.schedule
def asking(step, *, peak, steps):
    return peak * step / steps if step < steps else peak * 1.0


@ps.schedule
def counting(step, *, peak):
    counted.append(step)
    return peak / len(counted) + 0.0 * step


@ps.schedule
def altering(step, *, peak, steps):
    step -= 0.5  # of a number this makes another one, and of a tensor the same
    return peak * progress(step, steps)


@ps.schedule(steps=non_negative)
def dividing(step, *, peak, steps):
    return peak * where(step < steps, step / steps, 1.0)


@ps.schedule
def through_math(step, *, peak, steps):
    return peak * math.sqrt(float(remaining(step, steps)))


@ps.schedule
def truncating(step, *, peak, steps):
    return peak * remaining(int(step) if isinstance(step, int | float) else step, steps) ** 2


@ps.schedule
def steep(step, *, peak, steps):
    return peak * sqrt(remaining(step, steps))


@ps.schedule
def detached(step, *, peak, steps):
    done = progress(step, steps)
    return peak * (done.detach() if isinstance(done, torch.Tensor) else done)


@ps.schedule
def whole_batch(step, *, peak, steps):
    return peak * (step / step.max() if isinstance(step, torch.Tensor) and step.dim() else progress(step, steps))


@ps.schedule
def single_precision(step, *, peak, steps):
    done = progress(step, steps)
    return peak * (done.float().double() if isinstance(done, torch.Tensor) else done)


@ps.schedule
def overflowing(step, *, rate):
    return rate**step


@ps.schedule
def unguarded(step, *, peak, warmup):
    return peak * minimum(step / warmup, 1)


kept: dict[float, float] = {}


@ps.schedule
def keeping(step, *, peak, steps):
    """It keeps what it has computed for a number, by the step alone."""
    if not isinstance(step, int | float):
        return peak * progress(step, steps)
    if step not in kept:
        kept[step] = peak * progress(step, steps)
    return kept[step]


@ps.schedule(length=lambda steps, **_: steps + 1)
def longer_by_one(step, *, peak, steps):
    return peak * progress(step, steps)


@ps.schedule(length=lambda steps, **_: steps * 10)
def ten_times_longer(step, *, peak, steps):
    return peak * remaining(step, steps) ** 2


@ps.schedule(
    warmup_steps=non_negative,
    total_steps=non_negative,
    length=lambda total_steps, **_: total_steps,
)
def overlapping(step, *, peak, warmup_steps, total_steps):
    return peak * minimum(progress(step, warmup_steps), 1 - progress(step - warmup_steps, total_steps - warmup_steps))


@ps.schedule(start=positive, steps=positive)
def powers(step, *, start, end, steps):
    return start * (end / start) ** progress(step, steps)


@ps.schedule
def quotient(step, *, start, end, steps):
    return end * progress(step, steps) + end / start


@ps.schedule(steps=positive)
def hole(step, *, peak, steps):
    return where(step == 37.0, math.nan, peak * progress(step, steps))


@ps.schedule(steps=positive)
def spike(step, *, peak, steps):
    return where(step == 37.0, 10 * peak, peak * progress(step, steps))


@ps.schedule(steps=positive)
def spike_of_tensors(step, *, peak, steps):
    return peak * progress(where(step == 61.0, 60.0, step) if isinstance(step, torch.Tensor) else step, steps)


@ps.schedule(steps=positive)
def spike_after_the_end(step, *, peak, steps):
    return peak * progress(step, steps) + where(step == steps + 61.0, 1e-3, 0.0)


@ps.schedule(timescale=positive)
def narrow(step, *, peak, timescale):
    counted = step.to(torch.int32).to(step.dtype) if isinstance(step, torch.Tensor) else step
    return peak * sqrt(timescale / (timescale + counted))


MISTAKES: dict[str, tuple[ps.Schedule, str, str]] = {
    "it rises again after its end": (
        rebounding(peak=1.0, steps=10),
        "the end holds",
        "ends with 0.0 at step 10, and is 0.024",
    ),
    "its length is not declared": (undeclared(peak=1.0, total_steps=10), "the end holds", "say @schedule(length="),
    "an if asks the step": (asking(peak=1.0, steps=10), "vmap", "choose with where(...), not with if"),
    "it counts its calls": (counting(peak=1.0), "pure", "when its formula is asked again"),
    "it alters the steps that it is given": (altering(peak=1.0, steps=10), "closed", "write step = step - x"),
    "it divides by a length that may be 0": (
        dividing(peak=1.0, steps=10),
        "hyperparameters of 0",
        "with steps=0 has the gradient nan at step 0",
    ),
    "it goes through math": (through_math(peak=1.0, steps=10), "precision", "cannot take a tensor of torch.int64"),
    "it truncates a number and not a tensor": (
        truncating(peak=1.0, steps=10),
        "pure",
        "must not depend on the type of the step",
    ),
    "its slope is infinite at the end": (
        steep(peak=1.0, steps=10),
        "gradients",
        "the gradient -inf over the step at step 10",
    ),
    "its slope is lost": (detached(peak=1.0, steps=10), "gradients", "and finite differences give 0.1"),
    "it looks at the whole batch": (whole_batch(peak=1.0, steps=10), "precision", "for a tensor of torch.int64"),
    "it is computed in single precision": (single_precision(peak=1.0, steps=7), "precision", "at step"),
    "it divides by a length of another name": (
        unguarded(peak=1.0, warmup=10),
        "hyperparameters of 0",
        "with warmup=0: ZeroDivisionError: division by zero at step 0; refuse it, @schedule(warmup=positive)",
    ),
    "it keeps values by the step alone": (keeping(peak=1.0, steps=10), "pure", "with another peak is "),
    "it is not as long as it says, by one": (
        longer_by_one(peak=1.0, steps=10),
        "the end holds",
        "is constant from step 10 on, and declares a length of 11 steps",
    ),
    "it is not as long as it says, by far": (
        ten_times_longer(peak=1.0, steps=10),
        "the end holds",
        "is constant from step 10 on, and declares a length of 100 steps",
    ),
    "its total may be shorter than its warmup": (
        overlapping(peak=1.0, warmup_steps=10, total_steps=20),
        "errors teach",
        'takes total_steps=5.0 with warmup_steps=10; write total_steps=at_least("warmup_steps")',
    ),
    "an end of 0 breaks a power": (powers(start=1.0, end=0.1, steps=10), "hyperparameters of 0", "with end=0 has"),
    "it divides by a start of 0": (quotient(start=1.0, end=0.1, steps=10), "hyperparameters of 0", "with start=0: ZeroDiv"),
    "one update is no number": (hole(peak=1.0, steps=100), "finite", "is nan at step 37"),
    "one update is above its peak": (spike(peak=1.0, steps=100), "peak", "is 10.0 at step 37, above its peak=1.0"),
    "one update of a tensor is another": (
        spike_of_tensors(peak=1.0, steps=100),
        "precision",
        "is 0.61 at step 61, and 0.6 for a tensor",
    ),
    "one update after the end is another": (spike_after_the_end(peak=1.0, steps=100), "the end holds", "at step 161"),
    "it counts in 32 bits": (narrow(peak=1.0, timescale=10**9), "precision", "for a tensor of torch.int64"),
    "it grows for ever": (overflowing(rate=2.0), "finite", "raises OverflowError at step 10000"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_planted_mistake_is_caught(mistake: str) -> None:
    schedule, law, said = MISTAKES[mistake]
    counted.clear()
    kept.clear()
    with pytest.raises(AssertionError) as caught:
        testing.check(schedule, leave_out=SLOW)
    first, *lines = str(caught.value).splitlines()
    assert first.startswith(repr(schedule))
    assert any(law in line.partition(": ")[0] and said in line for line in lines), str(caught.value)


def test_a_mistake_that_breaks_many_laws_is_told_once() -> None:
    with pytest.raises(AssertionError) as caught:
        testing.check(through_math(peak=1.0, steps=10), leave_out=SLOW)
    laws = str(caught.value).splitlines()[1:]
    assert len({line.partition(": ")[2] for line in laws}) == len(laws)


def test_what_is_compiled_for_each_step_is_caught() -> None:
    @ps.schedule
    def by_number(step, *, peak, steps):
        return peak * progress(float(step), steps)

    with pytest.raises(AssertionError, match=r"is compiled \d+ times for|cannot be compiled whole"):
        testing.assert_compiles_once(by_number(peak=1.0, steps=10))


def test_what_is_no_schedule_is_refused() -> None:
    for given_instead, hint in ((ps.linear, "give its hyperparameters"), (math.sin, "put @schedule over it")):
        with pytest.raises(TypeError, match=f"check: a schedule is needed, got .*; {hint}"):
            testing.check(given_instead)  # type: ignore[arg-type]
    with pytest.raises(
        TypeError, match=r"leave_out names a law that is not one, got \['compilation'\]; the laws are finite, "
    ):
        testing.check(ps.constant(value=1.0), leave_out=["compilation"])
    with pytest.raises(TypeError, match=r"hyperparameters must be plain numbers, got a tensor at scale\.schedule\.end"):
        testing.check(ps.scale(RISE.replace(end=torch.tensor(2.0)), factor=0.5))


# Assertions ----------------------------------------------------------------------------------------------------------

RISE = ps.linear(start=0.0, end=1.0, steps=10)


def refused(assertion: Any, *arguments: Any, **options: Any) -> str:
    with pytest.raises(AssertionError) as caught:
        assertion(*arguments, **options)
    return str(caught.value).partition(") ")[2]


def test_a_value_is_reached_or_missed() -> None:
    testing.assert_reaches(RISE, 0.5, at=5)
    testing.assert_reaches(RISE, 0.5000001, at=5, abs_tol=1e-6)
    assert refused(testing.assert_reaches, RISE, 0.6, at=5) == "is 0.5 at step 5, and not 0.6; it is 0.6 at step 6"
    assert refused(testing.assert_reaches, RISE, 7.0, at=0) == "is 0.0 at step 0, and not 7.0"


def test_bounds_are_kept_or_not() -> None:
    testing.assert_bounded(RISE, low=0.0, high=1.0)
    testing.assert_bounded(RISE, high=0.5, stop=6)
    assert refused(testing.assert_bounded, RISE, high=0.55) == "is 0.6 at step 6, above 0.55; its largest is 1.0, at step 10"
    assert refused(testing.assert_bounded, RISE, low=0.1) == "is 0.0 at step 0, below 0.1; its smallest is 0.0, at step 0"


def test_a_turn_is_found() -> None:
    testing.assert_monotonic(RISE)
    testing.assert_monotonic(RISE, rising=True)
    testing.assert_monotonic(ps.constant(value=1.0), rising=False, stop=9)
    assert refused(testing.assert_monotonic, RISE, rising=False) == "should never rise, and rises from 0.0 to 0.1 at step 1"
    tent = ps.join([ps.linear(start=1.0, end=0.0, steps=5), RISE])
    assert "falls, and then rises from 0.0 to 0.1 at step 6" in refused(testing.assert_monotonic, tent)


def test_a_jump_is_found() -> None:
    testing.assert_continuous(RISE)
    steps = ps.step_decay(start=1.0, factor=0.5, every=10)
    testing.assert_continuous(steps, at=15)
    assert refused(testing.assert_continuous, steps, at=20) == "jumps from 0.5 to 0.25 at step 20.0"
    said = refused(testing.assert_continuous, steps, stop=51)
    assert said.startswith(
        "jumps from 1 to 0.5 at step 10.0, from 0.5 to 0.25 at step 20.0, from 0.25 to 0.125 at step 30.0"
    )
    assert said.endswith(" and 2 times more")


def test_an_end_is_held_or_not() -> None:
    testing.assert_holds_end(RISE)
    testing.assert_holds_end(lambda step: min(step, 10), steps=10)
    assert "has no end that is known; say @schedule(length=...)" in refused(testing.assert_holds_end, ps.constant(value=1.0))
    with pytest.raises(AssertionError, match="ends with 10 at step 10, and is 11 at step 11"):
        testing.assert_holds_end(lambda step: step, steps=10)


def test_another_curve_is_like_it_or_not() -> None:
    testing.assert_like(RISE, lambda step: min(step / 10, 1.0), steps=30)
    testing.assert_like(RISE, [step / 10 for step in range(11)].__getitem__, steps=11)
    late = "is 0.0 at step 1, and the other is 0.1; of 30 steps 10 differ, most at step "
    assert refused(testing.assert_like, ps.shift(RISE, steps=1), RISE, steps=30).endswith(
        "; it is the other one 1 step late"
    )
    assert refused(testing.assert_like, ps.shift(RISE, steps=2), RISE, steps=30).endswith(
        "; it is the other one 2 steps late"
    )
    assert late in refused(testing.assert_like, ps.shift(RISE, steps=1), RISE, steps=30)
    assert "early" not in refused(testing.assert_like, ps.scale(RISE, factor=0.5), RISE, steps=range(3, 9))


def test_what_cannot_come_back_says_on_which_way() -> None:
    testing.assert_round_trips(rebounding(peak=1.0, steps=10))

    @ps.schedule
    def local(step, *, peak):
        return peak * 1.0

    assert "does not come back by pickle" in refused(testing.assert_round_trips, local(peak=1.0))


def test_functions_of_the_step_are_looked_at_too() -> None:
    testing.assert_pure(math.cos)

    def wave(step: Any) -> Any:
        return cos(step * 0.01)

    testing.assert_batches(wave)
    testing.assert_compiles_once(wave)
    testing.assert_differentiable(wave)
    values = iter(range(100))
    with pytest.raises(AssertionError, match="when it is asked again; it must keep no state between calls"):
        testing.assert_pure(lambda step: next(values))


# Strategies ----------------------------------------------------------------------------------------------------------


def test_every_public_schedule_can_be_drawn() -> None:
    public = {case.schedule.factory for case in CASES}
    assert set(strategies.FACTORIES) == public
    assert public < {getattr(ps, name) for name in ps.__all__}


@pytest.mark.parametrize("factory", strategies.FACTORIES, ids=lambda factory: factory.__name__)
def test_one_family_is_drawn_where_it_is_named(factory: Any) -> None:
    few = settings(max_examples=40, database=None, phases=[Phase.generate])
    drawn = find(strategies.schedules(factory, depth=1), lambda lr: lr.factory is factory, settings=few, random=Random(0))
    assert math.isfinite(drawn(3))


@ps.schedule(crest=positive & above("trough"), hold_steps=positive, soft=flag, parts=whole, unit=one_of("lr", "1"))
def swell(step, *, crest, trough, hold_steps, soft, parts, unit="lr"):
    return where(step < hold_steps, crest, trough) * (parts if soft else 1)


@ps.schedule(schedules=schedules, shares=numbers & as_many_as("schedules"), knots=increasing & one_fewer_than("shares"))
def shared(step, schedules, *, shares, knots):
    return sum(share * schedule(step) for share, schedule in zip(shares, schedules, strict=True))


@given(strategies.schedules(swell, shared, depth=2))
def test_schedules_of_ones_own_are_drawn_by_their_rules(schedule: ps.Schedule) -> None:
    assert schedule.factory in (swell, shared)
    assert schedule.replace(**schedule.arguments) == schedule


def test_what_they_have_is_all_drawn() -> None:
    own = strategies.schedules(swell, shared, depth=1)
    assert find(own, lambda lr: lr.factory is swell and lr.arguments["soft"]).arguments["unit"] == "lr"
    assert find(own, lambda lr: lr.factory is shared and len(lr.arguments["knots"]) == 2).arguments["shares"] != ()


@pytest.mark.parametrize(
    "likely",
    [
        lambda lr: lr.factory is ps.linear and lr.arguments["steps"] == 0,
        lambda lr: lr.factory is ps.linear and lr.arguments["steps"] == 100 / 3,
        lambda lr: lr.factory is ps.linear and lr.arguments["start"] == lr.arguments["end"],
        lambda lr: (
            lr.factory is ps.piecewise_linear and len(set(lr.arguments["boundaries"])) < len(lr.arguments["boundaries"])
        ),
        lambda lr: lr.factory is ps.repeat and lr.arguments["growth"] == 1.001,
        lambda lr: lr.factory is ps.warmup_linear and lr.arguments["warmup_steps"] == lr.arguments["total_steps"],
    ],
)
def test_what_goes_wrong_first_is_likely(likely: Any) -> None:
    few = strategies.schedules(ps.linear, ps.piecewise_linear, ps.warmup_linear, ps.repeat, depth=1)
    find(few, likely, settings=settings(max_examples=2000, database=None), random=Random(0))


def test_they_are_found_by_the_type_without_an_import() -> None:
    program = (
        "{first}\n"
        "from hypothesis import find, strategies as st\n"
        "from pure_schedules import Schedule\n"
        "print(find(st.from_type(Schedule), lambda lr: lr(3) != lr(0)).steps)"
    )
    for first in ("", "from pure_schedules.testing.strategies import schedules", "import pure_schedules, hypothesis"):
        command = [sys.executable, "-W", "error", "-c", program.format(first=first)]
        assert float(subprocess.run(command, capture_output=True, text=True, check=True).stdout) >= 0


def test_hypothesis_reads_no_torch_because_of_them() -> None:
    program = "import hypothesis, sys; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "False\n"


def test_what_fails_shrinks_to_something_that_can_be_read() -> None:
    rises = find(strategies.schedules(), lambda lr: lr(10) > lr(0))
    assert len(repr(rises)) < 80
    joined = find(strategies.schedules(ps.linear, ps.join), lambda lr: lr.factory is ps.join and lr(5) != lr(0))
    assert len(repr(joined)) < 120


def test_depth_is_bounded() -> None:
    def depth(value: Any) -> int:
        if isinstance(value, tuple):
            return max(map(depth, value), default=0)
        return 1 + max(map(depth, value.arguments.values()), default=0) if isinstance(value, ps.Schedule) else 0

    @given(st.integers(0, 3).flatmap(lambda most: st.tuples(st.just(most), strategies.schedules(depth=most))))
    def at_most(drawn: tuple[int, ps.Schedule]) -> None:
        assert depth(drawn[1]) <= drawn[0] + 2  # clocks and weights are schedules too

    at_most()


@given(strategies.schedules(depth=1), st.data())
def test_trees_of_hyperparameters_are_admitted(schedule: ps.Schedule, data: Any) -> None:
    tree = data.draw(strategies.hyperparameters(schedule))
    step = data.draw(strategies.steps(schedule))
    assert schedule.replace(tree)(step) == schedule(step, tree)


def test_steps_are_likely_at_boundaries() -> None:
    lr = ps.warmup_cosine(peak=1.0, warmup_steps=1234, total_steps=98765)
    for step in (0, 1233, 1234, 1235, 98765, 98766):
        assert find(strategies.steps(lr), lambda drawn, step=step: drawn == step) == step


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(ValueError, match="a function such as linear or join is needed, got 3"):
        strategies.schedules(3)
    with pytest.raises(ValueError, match=r"a function such as linear or join is needed, got .*reduce_on_plateau"):
        strategies.schedules(ps.reactive.reduce_on_plateau)

    @ps.schedule(mode=one_of("up", "down"))
    def either(step, *, peak, mode):
        return peak

    said = r"what either may be given for mode cannot be drawn; write a strategy: st.builds\(either, mode=...\)"
    with pytest.raises(ValueError, match=said):
        strategies.schedules(either)
    with pytest.raises(ValueError, match="depth must not be negative, got depth=-1"):
        strategies.schedules(depth=-1)
