"""HTTP to hosts that the operator has listed, and to no other, by way of a redirection either."""

from __future__ import annotations

import ssl
from typing import Final

import aiohttp
from aiohttp import ClientHandlerType, ClientRequest, ClientResponse

LARGEST_ANSWER: Final = 20 * 1024**2


class HostNotListed(aiohttp.ClientError):
    """An address leads to a host that the operator does not allow to be asked."""


def listed_session(hosts: frozenset[str], *, only_tls: bool = False) -> aiohttp.ClientSession:
    """Return a session that reaches ``hosts`` alone, with TLS alone if ``only_tls``.

    ``hosts`` are names, or ``name:port`` for another than the usual port, in lower case. To be
    opened in a running event loop. What is not listed raises `HostNotListed`.
    """

    async def ask_listed(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
        host = (request.url.host or "").lower()
        named = host if request.url.is_default_port() else f"{host}:{request.url.port}"
        if named not in hosts or (only_tls and request.url.scheme != "https"):
            raise HostNotListed(named)
        response = await handler(request)
        if (response.content_length or 0) > LARGEST_ANSWER:
            response.close()
            raise aiohttp.ClientPayloadError("the answer is too large")
        return response

    connector = aiohttp.TCPConnector(ssl=ssl.create_default_context())
    return aiohttp.ClientSession(connector=connector, middlewares=(ask_listed,))
