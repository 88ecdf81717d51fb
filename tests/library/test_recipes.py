"""Recipes beside their cases in the catalogue: what they are where an argument is left out."""

import pytest
from catalogue import CASES

import pure_schedules as ps
from pure_schedules import recipes


@pytest.mark.parametrize("name", recipes.__all__)
def test_a_recipe_prints_under_its_own_name(name: str) -> None:
    assert any(repr(case.schedule).startswith(f"{name}(") for case in CASES)


def test_a_restart_comes_without_a_fall_before_it_unless_told_otherwise() -> None:
    """The schedule is used as it is up to the very restart, and goes down to 0 there at once."""
    peak = ps.constant(value=1.0)
    lr = ps.jagged_restarts(peak, every=100, warmup_steps=10)
    assert [lr(step) for step in (0, 99, 99.999, 100, 110, 199.999, 200)] == [1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 0.0]
    annealed = ps.jagged_restarts(peak, every=100, warmup_steps=10, decay_steps=4)
    assert [annealed(step) for step in (96, 97, 98, 99, 100, 197)] == [1.0, 0.75, 0.5, 0.25, 0.0, 0.75]


def test_one_cycle_takes_the_numbers_of_torch_unless_told_otherwise() -> None:
    lr = ps.one_cycle(peak=1.0, total_steps=100)
    assert [lr(0), lr(30), lr(100)] == [1 / 25, 1.0, 1 / 25 / 1e4]


def test_the_slanted_triangle_takes_the_numbers_of_its_paper_unless_told_otherwise() -> None:
    lr = ps.slanted_triangular(peak=1.0, total_steps=100)
    assert [lr(0), lr(10), lr(100)] == [1 / 32, 1.0, 1 / 32]


def test_restarts_are_alike_and_fall_to_0_unless_told_otherwise() -> None:
    lr = ps.cosine_restarts(peak=1.0, every=10, times=3)
    assert [round(lr(step), 9) for step in (0, 5, 10, 15, 20, 25, 30, 99)] == [1.0, 0.5, 1.0, 0.5, 1.0, 0.5, 0.0, 0.0]


def test_triangles_are_alike_and_fall_as_they_rise_unless_told_otherwise() -> None:
    lr = ps.triangular_cycles(floor=1.0, peak=3.0, warmup_steps=2)
    assert [lr(step) for step in range(9)] == [1.0, 2.0, 3.0, 2.0, 1.0, 2.0, 3.0, 2.0, 1.0]


def test_what_warms_up_begins_at_0_and_what_falls_ends_there_unless_told_otherwise() -> None:
    lengths = {"warmup_steps": 2, "total_steps": 10}
    for lr in (
        ps.warmup_linear(peak=1.0, **lengths),
        ps.warmup_cosine(peak=1.0, **lengths),
        ps.warmup_stable_decay(peak=1.0, **lengths, decay_steps=4),
    ):
        assert [lr(0), lr(2), lr(10), lr(99)] == [0.0, 1.0, 0.0, 0.0]
    for lr in (
        ps.warmup(ps.constant(value=1.0), warmup_steps=2),
        ps.warmup_constant(peak=1.0, warmup_steps=2),
        ps.infinite(peak=1.0, floor=0.5, warmup_steps=2, decay_steps=4),
    ):
        assert [lr(0), lr(1), lr(2)] == [0.0, 0.5, 1.0]
