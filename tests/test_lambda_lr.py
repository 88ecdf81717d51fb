"""`lambda_lr` with states that were made for other parameter groups."""

import pytest
from training import optimizer_of

import pure_schedules as ps
from pure_schedules_torch import lambda_lr


@pytest.mark.parametrize(("base_rates", "last_rates"), [([0.2, 0.4], [0.1, 0.2]), ([0.2], [0.1, 0.2]), ([0.2, 0.4], [0.1])])
def test_a_relative_state_of_other_groups_restores_the_bases_that_are_here(
    base_rates: list[float], last_rates: list[float]
) -> None:
    optimizer = optimizer_of(lr=0.1)  # as a load of the optimizer leaves it: the scheduled rate, and not the base
    scheduler = lambda_lr(optimizer, ps.linear(start=1.0, end=0.0, steps=4), relative=True)
    scheduler.load_state_dict({"last_epoch": 2, "base_lrs": base_rates, "last_lrs": last_rates})
    assert scheduler.base_lrs == [0.2]
    assert scheduler.get_last_lr() == [0.1]
