"""Structured logs on standard error: one JSON object a line, without personal data."""

from __future__ import annotations

import logging
import sys

import structlog

# pyHanko tells of every certificate that it looks at, fontTools of every table that it leaves
# out; what matters to people is in our own findings. Flask-AppBuilder's base filters look at
# every column of a model, whatever a view searches by, and tell at each start of the UUIDs.
NOISY_LIBRARIES = (
    "pyhanko",
    "pyhanko_certvalidator",
    "fontTools",
    "flask_appbuilder.models.filters",
)


def quieten_libraries() -> None:
    """Let libraries that chatter speak of errors only."""
    for name in NOISY_LIBRARIES:
        logging.getLogger(name).setLevel(logging.ERROR)


def write_structured_logs(level: int = logging.INFO) -> None:
    """Send the logs of this process to standard error as JSON lines."""
    quieten_libraries()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
