"""Letting a remote signing service sign a file with a person's key (CSC API 2.0.0.2). Pure.

The service keeps the key of the person, and lets it sign for whoever knows PIN and TAN: they are
passed on, for this one hash, and kept nowhere. What comes back is judged like any signed file.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import aiohttp
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.signers.csc_signer import (
    CSCAuthorizationInfo,
    CSCAuthorizationManager,
    CSCCredentialInfo,
    CSCServiceSessionInfo,
    CSCSigner,
    fetch_certs_in_csc_credential,
)

from document_templates.listed_hosts import HostNotListed, listed_session
from document_templates.seals import DIGEST, MetadataKeepingWriter
from document_templates.signature_reading import UNREADABLE
from tenants.language import _

SECONDS: Final = 30
SHA256: Final = "2.16.840.1.101.3.4.2.1"
_ROOM: Final = 2 * 24 * 1024
"""Hexadecimal digits for signature and certificates."""
_MOST_CREDENTIALS: Final = 20


class RemoteSigningFailed(RuntimeError):
    """The service made no signature; the German message says why and what the person can do.

    ``field`` names the entry that it is about.
    """

    def __init__(self, message: str, field: str = "user") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Service:
    """A remote signing service. ``url`` is what comes before ``/csc/v2`` and ``/oauth2``."""

    name: str
    url: str
    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Release:
    """With what a person lets the service sign: who she is there, PIN and TAN if there are any."""

    user_id: str
    pin: str = field(repr=False)
    one_time_password: str = field(default="", repr=False)


def sign_remotely(
    pdf: bytes, field_name: str, service: Service, release: Release, hosts: frozenset[str]
) -> bytes:
    """Return ``pdf`` signed in ``field_name`` with the person's key at the service.

    ``hosts`` are those that may be reached, with TLS alone. Raises `RemoteSigningFailed`.
    """
    try:
        return asyncio.run(_signed(pdf, field_name, service, release, hosts))
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
        raise RemoteSigningFailed(
            _(
                "Der Signaturdienst „{name}“ hat die Freigabe nicht angenommen; sie ist abgelaufen"
                " oder galt nicht für dieses Dokument. Geben Sie PIN und TAN neu ein."
            ).format(name=service.name)
        ) from error
    except UNREADABLE as error:
        raise RemoteSigningFailed(_unusable(service)) from error


async def _signed(
    pdf: bytes, field_name: str, service: Service, release: Release, hosts: frozenset[str]
) -> bytes:
    async with listed_session(hosts, only_tls=True) as session:
        client = _Client(session, service)
        await client.log_in()
        info = client.session_info(await client.find_credential(release.user_id))
        credential = await _read_credential(session, info, service)
        manager = _Release(info, credential, client, release)
        signer = _Signer(session, manager, sign_timeout=SECONDS)
        metadata = PdfSignatureMetadata(
            field_name=field_name, md_algorithm=DIGEST, subfilter=SigSeedSubFilter.PADES
        )
        output = io.BytesIO()
        await PdfSigner(metadata, signer).async_sign_pdf(
            MetadataKeepingWriter(io.BytesIO(pdf)),
            existing_fields_only=True,
            bytes_reserved=_ROOM,
            output=output,
        )
    return output.getvalue()


async def _read_credential(
    session: aiohttp.ClientSession, info: CSCServiceSessionInfo, service: Service
) -> CSCCredentialInfo:
    """Read certificate and algorithms of a credential (CSC API 11.5)."""
    try:
        return await fetch_certs_in_csc_credential(session, info, timeout=SECONDS)
    except SigningError as error:
        if isinstance(error.__cause__, aiohttp.ClientError):
            raise error.__cause__ from error
        raise RemoteSigningFailed(_unusable(service)) from error


class _Client:
    """What pyHanko leaves to its callers: the access token, the credentials, the release."""

    def __init__(self, session: aiohttp.ClientSession, service: Service) -> None:
        self._session, self._service = session, service
        self._token = ""

    async def log_in(self) -> None:
        """Get an access token for this product (CSC API 8.4, client credentials)."""
        answer = await self._post(
            f"{self._service.url}/oauth2/token",
            data={
                "grant_type": "client_credentials",
                "client_id": self._service.client_id,
                "client_secret": self._service.client_secret,
            },
            refused=_(
                "Der Signaturdienst „{name}“ kennt diese Plattform nicht. Die Betreiberin prüft die"
                " Zugangsdaten."
            ),
        )
        self._token = str(answer.get("access_token", ""))

    def session_info(self, credential_id: str) -> CSCServiceSessionInfo:
        """Return what pyHanko needs to know of service and credential."""
        return CSCServiceSessionInfo(self._service.url, credential_id, self._token, api_ver="v2")

    async def find_credential(self, user_id: str) -> str:
        """Return the one usable credential of a person (CSC API 11.4)."""
        answer = await self._post(
            f"{self._service.url}/csc/v2/credentials/list",
            json={"userID": user_id, "onlyValid": True, "maxResults": _MOST_CREDENTIALS},
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
                ).format(name=self._service.name)
            )
        return str(found[0])

    async def authorize(
        self, credential_id: str, hashes: list[str], release: Release
    ) -> Mapping[str, object]:
        """Let the service release the key for these hashes (CSC API 11.6)."""
        secrets = {"PIN": release.pin, "OTP": release.one_time_password}
        return await self._post(
            f"{self._service.url}/csc/v2/credentials/authorize",
            json={
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
        self,
        url: str,
        *,
        refused: str,
        field: str = "user",
        json: Mapping[str, object] | None = None,
        data: Mapping[str, str] | None = None,
    ) -> Mapping[str, object]:
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        timeout = aiohttp.ClientTimeout(total=SECONDS)
        async with self._session.post(
            url, json=json, data=data, headers=headers, timeout=timeout, allow_redirects=False
        ) as response:
            if 400 <= response.status < 500:
                raise RemoteSigningFailed(refused.format(name=self._service.name), field)
            response.raise_for_status()
            answer = await response.json() if response.status == 200 else None
        if not isinstance(answer, dict):
            raise RemoteSigningFailed(_unusable(self._service))
        return answer


class _Release(CSCAuthorizationManager):
    """Gets the activation data for the very hash that is to be signed."""

    def __init__(
        self,
        info: CSCServiceSessionInfo,
        credential: CSCCredentialInfo,
        client: _Client,
        release: Release,
    ) -> None:
        super().__init__(info, credential)
        self._client, self._release = client, release

    async def authorize_signature(self, hash_b64s: list[str]) -> CSCAuthorizationInfo:
        answer = await self._client.authorize(
            self.csc_session_info.credential_id, hash_b64s, self._release
        )
        return self.parse_csc_auth_response(dict(answer))


class _Signer(CSCSigner):
    """Speaks version 2 of the API, in which pyHanko's request has other names."""

    async def format_csc_signing_req(
        self, tbs_hashes: list[str], digest_algorithm: str
    ) -> dict[str, object]:
        request = await super().format_csc_signing_req(tbs_hashes, digest_algorithm)
        request["hashes"] = request.pop("hash")
        request["hashAlgorithmOID"] = request.pop("hashAlgo")
        return request


def _unusable(service: Service) -> str:
    return _(
        "Die Antwort des Signaturdienstes „{name}“ ist nicht zu verwenden. Unterschreiben Sie die"
        " heruntergeladene Datei, und sagen Sie der Betreiberin Bescheid."
    ).format(name=service.name)
