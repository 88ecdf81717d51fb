"""What all doctests share: the adapters are a part that may be left out, and examples that attach are skipped without it."""

import importlib.util

import pytest

ADAPTERS = "pure_schedules_torch"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if importlib.util.find_spec(ADAPTERS) is not None:
        return
    for item in items:
        if isinstance(item, pytest.DoctestItem) and any(ADAPTERS in example.source for example in item.dtest.examples):
            item.add_marker(pytest.mark.skip(reason=f"{ADAPTERS} is not installed"))
