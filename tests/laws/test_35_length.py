"""Law 35: the length is where the value stops changing, for every combinator and every peer."""

import doctest
import importlib
import inspect
import math
from collections.abc import Iterator
from typing import Any

import pytest
from catalogue import CASES

import pure_schedules as ps
from pure_schedules import like
from pure_schedules._factory import is_constant


def of_the_peers() -> Iterator[tuple[str, ps.Schedule]]:
    """The schedules that the examples under `like` make."""
    for peer in like.__all__:
        module = importlib.import_module(f"pure_schedules.like.{peer}")
        for name in module.__all__:
            names: dict[str, Any] = {}
            for example in doctest.DocTestParser().get_examples(inspect.getdoc(getattr(module, name)) or ""):
                exec(example.source, names)  # noqa: S102 - this repository's own
            for variable, value in names.items():
                children = value.items() if isinstance(value, ps.Bundle) else [("", value)]
                for key, child in children:
                    if isinstance(child, ps.Schedule):
                        yield f"{peer}.{name}: {variable}{key and f'[{key}]'}", child


SCHEDULES = {case.name: case.schedule for case in CASES} | dict(of_the_peers())
FINITE = {name: schedule for name, schedule in SCHEDULES.items() if schedule.steps < math.inf}
ENDLESS = {name: schedule for name, schedule in SCHEDULES.items() if schedule.steps == math.inf}
#: Where a value that changes for ever is cut, or one is 0 from some step on that goes on to be multiplied, or comes so near
#: to its limit that no float lies between: the formula goes on, and no formula says from which step on it does not show.
DOES_NOT_SHOW = {
    "radam_warmup",
    "optax.exponential_decay: lr",
    "papers.ema_inverse_gamma: decay",
    "papers.relora: lr",
}


def test_every_peer_is_looked_at() -> None:
    looked_at = {name.split(":")[0] for name in SCHEDULES}
    for peer in like.__all__:
        names = importlib.import_module(f"pure_schedules.like.{peer}").__all__
        assert [
            name for name in names if f"{peer}.{name}" not in looked_at and "onstant" not in name and "Lambda" not in name
        ] == []


@pytest.mark.parametrize("name", FINITE)
def test_it_does_not_change_after_its_length(name: str) -> None:
    schedule = FINITE[name]
    last = schedule(schedule.steps)
    assert all(schedule(schedule.steps + more) == last for more in (1e-6, 0.5, 1, 2, 10, 100, 12345.5, 10**6, 10**9))


@pytest.mark.parametrize("name", [name for name, schedule in FINITE.items() if schedule.knows_boundaries and schedule.steps])
def test_it_changes_its_formula_at_its_length(name: str) -> None:
    schedule = FINITE[name]
    *_, last = schedule.boundaries(last=schedule.steps + 1)
    assert last == pytest.approx(schedule.steps, rel=1e-12)


@pytest.mark.parametrize("name", ENDLESS)
def test_an_endless_one_changes_for_ever(name: str) -> None:
    schedule = ENDLESS[name]
    changes = len({schedule(1000 * step + step / 7) for step in range(1, 1000)}) > 1
    assert is_constant(schedule) or changes != (name in DOES_NOT_SHOW)


def test_what_ends_in_a_constant_has_come_to_its_end() -> None:
    up, flat = ps.linear(start=0.0, end=1.0, steps=10), ps.constant(value=1.0)
    assert flat.steps == ps.scale(flat, factor=2.0).steps == ps.add([flat, flat]).steps == math.inf
    assert ps.join([up, flat]).steps == ps.join([up, ps.clip(flat, low=0.5)]).steps == ps.add([up, flat]).steps == 10
    assert ps.switch([up, flat], boundaries=[25]).steps == 25
    assert ps.warmup_constant(peak=1.0, warmup_steps=10).steps == 10
    assert ps.bundle(lr=up, momentum=flat).steps == 10
    assert ps.join([up, ps.repeat(flat, every=5, factor=0.5)]).steps == math.inf
    # So it can be put into what needs an end.
    there_and_back = ps.mirror(ps.warmup_constant(peak=1.0, warmup_steps=10))
    assert [there_and_back(step) for step in (0, 5, 10)] == [1.0, 0.5, 0.0]
    with pytest.raises(ValueError, match=r"join: boundaries must be given where a schedule is endless"):
        ps.join([flat, up])


def test_a_clock_is_read_back() -> None:
    samples = ps.consumed(sizes=[100, 50, 200], boundaries=[10, 15])
    for length, steps in ((0, 0), (900, 9), (1000, 10), (1100, 12), (1450, 16), (1550, 16.5)):
        on_samples = ps.on_clock(ps.linear(start=1.0, end=0.0, steps=length), samples)
        assert on_samples.steps == steps
        assert on_samples(steps) == 0.0
    ramp = ps.batch_size_ramp(sizes=[16, 320, 1536], samples=[1000, 40_000])
    clock = ps.consumed_by(ramp)
    assert [clock(step) for step in range(200)] == [sum(map(ramp, range(step))) for step in range(200)]
    assert ps.on_clock(ps.linear(start=1.0, end=0.0, steps=10**6), clock).steps == pytest.approx(
        185 + (10**6 - 40_048) / 1536
    )


def test_sizes_are_no_clock() -> None:
    ramp = ps.batch_size_ramp(sizes=[16, 320], samples=[1000])
    said = r"on_clock: clock must count what was consumed so far, not give the size of each batch, got .*; write consumed_by"
    with pytest.raises(ValueError, match=said):
        ps.on_clock(ps.linear(start=1.0, end=0.0, steps=10), ramp)
