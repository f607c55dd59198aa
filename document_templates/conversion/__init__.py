"""DOCX becomes PDF/A-2b here, in a LibreOffice that is kept running and reaches nothing.

A :class:`Converter` owns one office process with a profile directory of its own. Between
the two stands ``bridge.py``, a small script for the system's Python, because only that one
has the ``uno`` module. Bridge and office share a process group that can open no network
connection (see ``isolation.py``); whoever dies first takes the others along.
"""

from document_templates.conversion.converter import (
    ConversionFailed,
    ConversionTimeout,
    Converter,
    ConverterUnavailable,
)
from document_templates.conversion.installation import (
    OfficeInstallation,
    OfficeMissing,
    find_office,
)

__all__ = [
    "ConversionFailed",
    "ConversionTimeout",
    "Converter",
    "ConverterUnavailable",
    "OfficeInstallation",
    "OfficeMissing",
    "find_office",
]
