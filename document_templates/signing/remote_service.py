"""Speaking with a remote signing service (CSC API 2.0.0.2). Pure: nothing is kept.

OAuth 2 is oauthlib's; the requests of the API itself are few and stand here.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeVar

import aiohttp
from oauthlib.oauth2 import BackendApplicationClient, OAuth2Error, WebApplicationClient
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.csc_signer import (
    CSCServiceSessionInfo,
    fetch_certs_in_csc_credential,
)

from document_templates.listed_hosts import HostNotListed, listed_session
from document_templates.signature_reading import UNREADABLE
from document_templates.signing.remote_credentials import Credential, ReleaseBy
from tenants.language import _

SECONDS: Final = 30
SHA256: Final = "2.16.840.1.101.3.4.2.1"
MOST_CREDENTIALS: Final = 20
_VERIFIER_LENGTH: Final = 64

Answer = TypeVar("Answer")


class RemoteSigningFailed(RuntimeError):
    """The service made no signature; the German message says why and what the person can do.

    ``field`` names the entry that it is about.
    """

    def __init__(self, message: str, field: str = "user") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Service:
    """A remote signing service.

    ``url`` is what comes before ``/csc/v2``, ``oauth_url`` what comes before ``/oauth2``;
    ``release_by`` says where a person releases the key.
    """

    name: str
    url: str
    client_id: str
    client_secret: str = field(repr=False)
    release_by: ReleaseBy = "pin"
    oauth_url: str = ""

    @property
    def login_url(self) -> str:
        """What comes before ``/oauth2``."""
        return self.oauth_url or self.url


@dataclass(frozen=True, slots=True)
class Departure:
    """Where a person is sent, and what must be known of it when she comes back."""

    url: str
    state: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Return:
    """With what a person comes back from the pages of the service, and to where."""

    code: str = field(repr=False)
    verifier: str = field(repr=False)
    redirect_uri: str


def depart(
    service: Service,
    redirect_uri: str,
    scope: Literal["service", "credential"],
    **details: str,
) -> Departure:
    """Return the way to the pages of the service (CSC API 8.4.2, RFC 7636 with S256).

    ``details`` are what the scope ``credential`` has to say of key and hashes.
    """
    client = WebApplicationClient(service.client_id)
    verifier = client.create_code_verifier(_VERIFIER_LENGTH)
    state = client.create_code_verifier(_VERIFIER_LENGTH)
    url = client.prepare_request_uri(
        f"{service.login_url}/oauth2/authorize",
        redirect_uri=redirect_uri,
        scope=scope,
        state=state,
        code_challenge=client.create_code_challenge(verifier, "S256"),
        code_challenge_method="S256",
        lang="de-DE",
        **details,
    )
    return Departure(url, state, verifier)


def details_of_release(credential_id: str, digest: bytes) -> dict[str, str]:
    """Return for what key and hash the scope ``credential`` is asked (CSC API 8.4.2)."""
    return {
        "credentialID": credential_id,
        "numSignatures": "1",
        "hashes": base64.urlsafe_b64encode(digest).decode(),
        "hashAlgorithmOID": SHA256,
    }


def ask(
    service: Service,
    hosts: frozenset[str],
    question: Callable[[Client], Coroutine[None, None, Answer]],
) -> Answer:
    """Ask the service something, and return its answer.

    ``hosts`` are those that may be reached, with TLS alone. Raises `RemoteSigningFailed`.
    """

    async def asked() -> Answer:
        async with listed_session(hosts, only_tls=True) as session:
            return await question(Client(session, service))

    try:
        return asyncio.run(asked())
    except HostNotListed as error:
        raise RemoteSigningFailed(
            _("Den Signaturdienst „{name}“ hat die Betreiberin nicht freigegeben.").format(
                name=service.name
            )
        ) from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise RemoteSigningFailed(
            _(
                "Der Signaturdienst „{name}“ antwortet nicht. Versuchen Sie es später noch einmal,"
                " oder unterschreiben Sie die heruntergeladene Datei."
            ).format(name=service.name)
        ) from error
    except SigningError as error:
        raise RemoteSigningFailed(_not_released(service)) from error
    except UNREADABLE as error:
        raise RemoteSigningFailed(unusable(service)) from error


class Client:
    """What pyHanko leaves to its callers: access tokens, credentials, the release."""

    def __init__(self, session: aiohttp.ClientSession, service: Service, token: str = "") -> None:
        self.session, self.service, self.token = session, service, token

    def session_info(self, credential_id: str) -> CSCServiceSessionInfo:
        """Return what pyHanko needs to know of service and credential."""
        return CSCServiceSessionInfo(self.service.url, credential_id, self.token, api_ver="v2")

    async def log_in(self) -> None:
        """Get an access token for this product (CSC API 8.4, client credentials)."""
        client = BackendApplicationClient(self.service.client_id)
        self.token = await self._fetch_token(
            client.prepare_request_body(
                include_client_id=True, client_secret=self.service.client_secret
            ),
            _(
                "Der Signaturdienst „{name}“ kennt diese Plattform nicht. Die Betreiberin prüft die"
                " Zugangsdaten."
            ),
        )

    async def redeem(self, back: Return) -> None:
        """Get the access token for which a person came back (CSC API 8.4.3)."""
        client = WebApplicationClient(self.service.client_id)
        self.token = await self._fetch_token(
            client.prepare_request_body(
                code=back.code,
                redirect_uri=back.redirect_uri,
                code_verifier=back.verifier,
                client_secret=self.service.client_secret,
            ),
            _not_released(self.service),
        )

    async def _fetch_token(self, body: str, refused: str) -> str:
        timeout = aiohttp.ClientTimeout(total=SECONDS)
        async with self.session.post(
            f"{self.service.login_url}/oauth2/token",
            data=body,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            timeout=timeout,
            allow_redirects=False,
        ) as response:
            if 400 <= response.status < 500:
                raise RemoteSigningFailed(refused.format(name=self.service.name))
            response.raise_for_status()
            text = await response.text() if response.status == 200 else ""
        try:
            token = WebApplicationClient("").parse_request_body_response(text)
        except OAuth2Error as error:
            raise RemoteSigningFailed(unusable(self.service)) from error
        return str(token["access_token"])

    async def find_credentials(self, user_id: str = "") -> list[Credential]:
        """Return the credentials of a person (CSC API 11.4), by default of whom the token is for.

        Those whose answer cannot be read are left out.
        """
        whose = {"userID": user_id} if user_id else {}
        answer = await self._post(
            "credentials/list",
            {**whose, "onlyValid": True, "maxResults": MOST_CREDENTIALS},
            refused=_(
                "Der Signaturdienst „{name}“ kennt diese Kennung nicht. Prüfen Sie, wie Sie dort"
                " angemeldet sind."
            ),
        )
        found = answer.get("credentialIDs")
        if not isinstance(found, list) or not found:
            raise RemoteSigningFailed(
                _(
                    "Unter dieser Kennung hat der Signaturdienst „{name}“ kein gültiges Zertifikat"
                    " zum Unterschreiben."
                ).format(name=self.service.name)
            )
        read = [await self._read(str(one)) for one in found[:MOST_CREDENTIALS]]
        if not any(read):
            raise RemoteSigningFailed(unusable(self.service))
        return [one for one in read if one is not None]

    async def _read(self, credential_id: str) -> Credential | None:
        """Read certificate and algorithms of a credential (CSC API 11.5)."""
        try:
            info = await fetch_certs_in_csc_credential(
                self.session, self.session_info(credential_id), timeout=SECONDS
            )
            return Credential.of(credential_id, info)
        except SigningError as error:
            if isinstance(error.__cause__, aiohttp.ClientError):
                raise error.__cause__ from error
            return None
        except UNREADABLE:
            return None

    async def authorize(
        self, credential_id: str, hashes: list[str], secrets: Mapping[str, str]
    ) -> Mapping[str, object]:
        """Let the service release the key for these hashes (CSC API 11.6)."""
        return await self._post(
            "credentials/authorize",
            {
                "credentialID": credential_id,
                "numSignatures": len(hashes),
                "hashes": hashes,
                "hashAlgorithmOID": SHA256,
                "authData": [{"id": key, "value": one} for key, one in secrets.items() if one],
            },
            refused=_(
                "Der Signaturdienst „{name}“ lehnt PIN oder TAN ab. Prüfen Sie beide; nach mehreren"
                " falschen Versuchen sperrt er sie."
            ),
            field="pin",
        )

    async def _post(
        self, endpoint: str, question: Mapping[str, object], *, refused: str, field: str = "user"
    ) -> Mapping[str, object]:
        info = self.session_info("")
        async with self.session.post(
            f"{self.service.url}/csc/v2/{endpoint}",
            json=question,
            headers=info.auth_headers,
            timeout=aiohttp.ClientTimeout(total=SECONDS),
            allow_redirects=False,
        ) as response:
            if 400 <= response.status < 500:
                raise RemoteSigningFailed(refused.format(name=self.service.name), field)
            response.raise_for_status()
            answer = await response.json() if response.status == 200 else None
        if not isinstance(answer, dict):
            raise RemoteSigningFailed(unusable(self.service))
        return answer


def refusal_words(service: Service, error: str) -> str:
    """Return in German with what a person was sent back from the pages (RFC 6749, 4.1.2.1)."""
    words = {
        "access_denied": _(
            "Sie haben beim Signaturdienst „{name}“ abgebrochen, oder er hat die Freigabe"
            " abgelehnt. Ihre Unterschrift steht weiter aus; Sie können es noch einmal versuchen."
        ),
        "temporarily_unavailable": _busy(),
        "server_error": _busy(),
    }
    other = _(
        "Der Signaturdienst „{name}“ nimmt die Anfrage dieser Plattform nicht an. Sagen Sie der"
        " Betreiberin Bescheid, oder unterschreiben Sie die heruntergeladene Datei."
    )
    return words.get(error, other).format(name=service.name)


def _busy() -> str:
    return _(
        "Der Signaturdienst „{name}“ ist gerade gestört. Versuchen Sie es später noch einmal, oder"
        " unterschreiben Sie die heruntergeladene Datei."
    )


def unusable(service: Service) -> str:
    """Say that the service answers with something else than the API wants."""
    return _(
        "Die Antwort des Signaturdienstes „{name}“ ist nicht zu verwenden. Unterschreiben Sie die"
        " heruntergeladene Datei, und sagen Sie der Betreiberin Bescheid."
    ).format(name=service.name)


def _not_released(service: Service) -> str:
    if service.release_by == "pages":
        return _(
            "Der Signaturdienst „{name}“ hat die Freigabe nicht angenommen; sie ist abgelaufen oder"
            " galt nicht für dieses Dokument. Beginnen Sie noch einmal."
        ).format(name=service.name)
    return _(
        "Der Signaturdienst „{name}“ hat die Freigabe nicht angenommen; sie ist abgelaufen"
        " oder galt nicht für dieses Dokument. Geben Sie PIN und TAN neu ein."
    ).format(name=service.name)
