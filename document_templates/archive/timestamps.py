"""Time stamps of a trust-service provider (RFC 3161), where the installation has one.

Nobody else can say that something existed at a time: a tenant's own seal proves who, and of when
only what that tenant claims.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from pyhanko.sign.timestamps.api import TimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError
from pyhanko.sign.timestamps.requests_client import HTTPTimeStamper

from tenants.language import _


class TimestampUnavailable(RuntimeError):
    """The provider gave no time stamp; the same question may be answered later."""


class TimestampAuthority(Protocol):
    """Who confirms that a digest existed now."""

    def stamp(self, sha256: bytes) -> bytes:
        """Return a time stamp token (DER) over a SHA-256. Raises `TimestampUnavailable`."""
        ...


class HttpTimestampAuthority:
    """A provider that is asked over HTTP (RFC 3161, 3.4)."""

    def __init__(self, url: str, seconds: int = 10) -> None:
        # pyHanko declares no types for it.
        self._client: TimeStamper = HTTPTimeStamper(url, timeout=seconds)  # type: ignore[no-untyped-call]

    def stamp(self, sha256: bytes) -> bytes:
        """Return a time stamp token; see `TimestampAuthority`."""
        try:
            token = asyncio.run(self._client.async_timestamp(sha256, md_algorithm="sha256"))
        except (TimestampRequestError, OSError) as problem:
            raise TimestampUnavailable(
                _("Der Zeitstempeldienst antwortet nicht; es wird von selbst weiter versucht.")
            ) from problem
        dumped: bytes = token.dump()
        return dumped
