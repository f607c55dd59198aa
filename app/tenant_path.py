"""The tenant in the address: ``/hilden/formulare`` is the page ``/formulare`` of Hilden.

The first segment moves to SCRIPT_NAME, so that every address the application builds within a
tenant stays within it, also those of libraries that know nothing of tenants.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SLUG_KEY = "siegel.tenant_slug"
_SLUG = re.compile(r"^/([a-z][a-z0-9-]{1,39})(/.*|$)", re.DOTALL)

# First segments that are pages of the platform; no tenant may have such a slug.
PLATFORM_SEGMENTS = frozenset(
    {
        "abmelden",
        "anmelden",
        "api",
        "barrierefreiheit",
        "betrieb",
        "gesundheit",
        "hilfe",
        "konto",
        "pruefen",
        "start",
        "static",
    }
)


class TenantPath:
    """WSGI middleware that takes the tenant's slug out of the path."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        match = _SLUG.match(environ.get("PATH_INFO", ""))
        if match and match.group(1) not in PLATFORM_SEGMENTS:
            environ[SLUG_KEY] = match.group(1)
            environ["SCRIPT_NAME"] = f"{environ.get('SCRIPT_NAME', '')}/{match.group(1)}"
            environ["PATH_INFO"] = match.group(2) or "/"
        return self._application(environ, start_response)
