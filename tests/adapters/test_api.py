"""The public names of the adapters: those that are promised are there, and the list of them is true."""

import pure_schedules_torch


def test_the_promised_names_are_there() -> None:
    assert {"lambda_lr", "param_group_setter", "by_group"} <= set(pure_schedules_torch.__all__)


def test_all_is_sorted_and_true() -> None:
    assert list(pure_schedules_torch.__all__) == sorted(pure_schedules_torch.__all__)
    assert all(hasattr(pure_schedules_torch, name) for name in pure_schedules_torch.__all__)
