"""Time stamps of a trust-service provider (RFC 3161), where the installation has one.

Nobody else can say that something existed at a time: a tenant's own seal proves who, and of when
only what that tenant claims.
"""

from __future__ import annotations

import asyncio
import time
from typing import Final, Protocol

from asn1crypto import tsp
from pyhanko.sign.timestamps.aiohttp_client import HTTPTimeStamper
from pyhanko.sign.timestamps.api import TimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError

from tenants.language import _

REST_SECONDS: Final = 60.0
"""So long a provider that did not answer is not asked again: nothing waits for it meanwhile."""
UNUSABLE: Final = (TimestampRequestError, OSError, ValueError, TypeError, KeyError)
"""What asking raises; an answer that is none shows as any of the last three."""


class TimestampUnavailable(RuntimeError):
    """The provider gave no time stamp; the same question may be answered later."""


class TimestampAuthority(Protocol):
    """Who confirms that a digest existed now."""

    @property
    def client(self) -> TimeStamper:
        """What pyHanko asks for a time stamp; raises one of `UNUSABLE` when there is none."""
        ...

    def stamp(self, sha256: bytes) -> bytes:
        """Return a time stamp token (DER) over a SHA-256. Raises `TimestampUnavailable`."""
        ...


class _RestingClient(HTTPTimeStamper):
    """Asks a provider, but not one that has just failed to answer."""

    def __init__(self, url: str, seconds: float) -> None:
        super().__init__(url, timeout=seconds)
        self._rests_until = 0.0

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        if time.monotonic() < self._rests_until:
            raise TimestampRequestError("the provider did not answer a moment ago")
        try:
            return await super().async_request_tsa_response(req)
        except UNUSABLE:
            self._rests_until = time.monotonic() + REST_SECONDS
            raise


class HttpTimestampAuthority:
    """A provider that is asked over HTTP (RFC 3161, 3.4)."""

    def __init__(self, url: str, seconds: float = 10) -> None:
        self._client = _RestingClient(url, seconds)

    @property
    def client(self) -> TimeStamper:
        """What pyHanko asks; see `TimestampAuthority`."""
        return self._client

    def stamp(self, sha256: bytes) -> bytes:
        """Return a time stamp token; see `TimestampAuthority`."""
        try:
            token = asyncio.run(self._client.async_timestamp(sha256, md_algorithm="sha256"))
        except UNUSABLE as problem:
            raise timestamp_unavailable() from problem
        dumped: bytes = token.dump()
        return dumped


def timestamp_unavailable() -> TimestampUnavailable:
    """Return the error that says in German that the stamp comes later."""
    return TimestampUnavailable(
        _("Der Zeitstempeldienst antwortet nicht; es wird von selbst weiter versucht.")
    )
