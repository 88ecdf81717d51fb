"""The size of the attacks, small for every day and `--full` for the figures of the page; and what they have measured."""

import json
from collections.abc import Callable
from typing import Any

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="attack at the size of docs/under-attack.md; takes an hour")


@pytest.fixture(scope="session")
def full(pytestconfig: pytest.Config) -> bool:
    return bool(pytestconfig.getoption("--full"))


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Callable[[dict[str, Any]], None]:
    """Keep what was measured, to be shown when all is done."""
    return lambda measured: request.node.user_properties.append(("figures", measured))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for report in [*terminalreporter.stats.get("passed", ()), *terminalreporter.stats.get("failed", ())]:
        for _, measured in report.user_properties:
            if report.when == "call":
                terminalreporter.section(report.nodeid.rpartition("::")[2], sep="-")
                terminalreporter.write_line(json.dumps(measured, indent=1, ensure_ascii=False))
