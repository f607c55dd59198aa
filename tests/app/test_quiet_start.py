"""The web application starts without a word of its libraries about what is as it should be."""

from __future__ import annotations

import logging
import warnings

import pytest

from app.factory import create_app
from tenants.logs import quieten_libraries
from tests.support.installation import Installation


def test_starting_says_nothing(
    installation: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    logging.getLogger("flask_appbuilder.models.filters").setLevel(logging.NOTSET)
    quieten_libraries()
    with caplog.at_level(logging.WARNING), warnings.catch_warnings():
        warnings.simplefilter("error")
        application = create_app(installation.settings)
    application.extensions["siegel"].engine.dispose()
    assert [record.getMessage() for record in caplog.records] == []
