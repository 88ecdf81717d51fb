"""The decays where their formulas turn a corner."""

import pure_schedules as ps


def test_a_warmup_of_one_update_or_none_has_the_peak_of_noam_at_once() -> None:
    for warmup_steps in (0, 1):
        lr = ps.noam(d_model=4, warmup_steps=warmup_steps)
        assert [lr(0), lr(3)] == [0.5, 0.25]
