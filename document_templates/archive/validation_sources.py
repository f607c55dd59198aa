"""Fetching what a signature is validated with later: OCSP responses, revocation lists, issuers.

Where to ask stands in the certificates, so a stranger could name any address. Asked are only hosts
that the operator has listed; nothing else is reached, not by way of a redirection either.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Final

import aiohttp
from aiohttp import ClientHandlerType, ClientRequest, ClientResponse
from cryptography import x509
from pyhanko.keys import load_certs_from_pemder_data
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.fetchers.aiohttp_fetchers import AIOHttpFetcherBackend
from pyhanko_certvalidator.fetchers.api import FetchLimits

from document_templates.certificates import certificate_pem

SECONDS: Final = 10
LARGEST_ANSWER: Final = 20 * 1024**2
_LIMITS: Final = FetchLimits(max_requests=60, max_cert_requests=20)


class HostNotListed(aiohttp.ClientError):
    """A certificate names a host that the operator does not allow to be asked."""


@asynccontextmanager
async def fetching_context(
    roots: Iterable[x509.Certificate], hosts: frozenset[str]
) -> AsyncIterator[ValidationContext]:
    """Yield a context that trusts ``roots``, asks ``hosts`` alone and insists on revocation data.

    ``hosts`` are names, or ``name:port`` for another than the usual port, in lower case.
    """

    async def ask_listed(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
        host = (request.url.host or "").lower()
        named = host if request.url.is_default_port() else f"{host}:{request.url.port}"
        if named not in hosts:
            raise HostNotListed(named)
        response = await handler(request)
        if (response.content_length or 0) > LARGEST_ANSWER:
            response.close()
            raise aiohttp.ClientPayloadError("the answer is too large")
        return response

    async with aiohttp.ClientSession(middlewares=(ask_listed,)) as session:
        yield ValidationContext(
            trust_roots=[
                one for root in roots for one in load_certs_from_pemder_data(certificate_pem(root))
            ],
            allow_fetching=True,
            revocation_mode="require",
            fetcher_backend=AIOHttpFetcherBackend(
                session, per_request_timeout=SECONDS, limits=_LIMITS
            ),
        )
