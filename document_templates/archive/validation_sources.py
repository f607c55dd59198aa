"""Fetching what a signature is validated with later: OCSP responses, revocation lists, issuers.

Where to ask stands in the certificates, so a stranger could name any address. Asked are only hosts
that the operator has listed; nothing else is reached, not by way of a redirection either.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Final

from cryptography import x509
from pyhanko.keys import load_certs_from_pemder_data
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.fetchers.aiohttp_fetchers import AIOHttpFetcherBackend
from pyhanko_certvalidator.fetchers.api import FetchLimits

from document_templates.certificates import certificate_pem
from document_templates.listed_hosts import listed_session

SECONDS: Final = 10
_LIMITS: Final = FetchLimits(max_requests=60, max_cert_requests=20)


@asynccontextmanager
async def fetching_context(
    roots: Iterable[x509.Certificate], hosts: frozenset[str]
) -> AsyncIterator[ValidationContext]:
    """Yield a context that trusts ``roots``, asks ``hosts`` alone and insists on revocation data.

    ``hosts`` are those of `document_templates.listed_hosts.listed_session`.
    """

    async with listed_session(hosts) as session:
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
