"""The chart, rendered once by Helm's engine for each value set that it accepts."""

from __future__ import annotations

import pytest

from tools.chart_check import (
    ACCEPTED_SETS,
    BASE_SET,
    VALUE_SETS,
    Manifest,
    Values,
    read_values,
    render_chart,
)


@pytest.fixture(scope="session")
def minimal_values() -> Values:
    """The least that an operator has to say."""
    return read_values(VALUE_SETS / f"{BASE_SET}.yaml")


@pytest.fixture(scope="session")
def minimal(minimal_values: Values) -> list[Manifest]:
    """The manifests of the smallest installation."""
    return render_chart(minimal_values)


@pytest.fixture(scope="session")
def production() -> list[Manifest]:
    """The manifests of an installation that uses every option."""
    return render_chart(read_values(VALUE_SETS / "production.yaml"))


@pytest.fixture(scope="session", params=ACCEPTED_SETS)
def manifests(request: pytest.FixtureRequest) -> list[Manifest]:
    """The manifests of each accepted value set in turn."""
    return render_chart(read_values(VALUE_SETS / f"{request.param}.yaml"))
