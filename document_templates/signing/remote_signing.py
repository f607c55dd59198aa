"""Letting a remote signing service sign a file with a person's key (CSC API 2.0.0.2). Pure.

The service keeps the key of the person, and lets it sign for whoever releases it for this one hash:
with PIN and TAN, which are passed on and kept nowhere, or on the service's own pages. What comes
back is judged like any signed file.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.csc_signer import (
    CSCAuthorizationInfo,
    CSCAuthorizationManager,
    CSCSigner,
    PrefetchedSADAuthorizationManager,
)

from document_templates.signature_reading import UNREADABLE
from document_templates.signing.prepared_files import PreparedFile, complete_file, prepare_file
from document_templates.signing.remote_credentials import Credential, usable_credentials
from document_templates.signing.remote_service import (
    SECONDS,
    Client,
    RemoteSigningFailed,
    Return,
    Service,
    ask,
)
from tenants.language import _

CHOICE: Final = "credential"
"""The entry with which a person chooses among several certificates."""


class ChoiceNeeded(RemoteSigningFailed):
    """The person has several certificates that can sign, and has to choose one."""

    def __init__(self, credentials: Sequence[Credential]) -> None:
        super().__init__(
            _(
                "Sie haben dort mehrere Zertifikate. Wählen Sie, womit Sie unterschreiben, und"
                " geben Sie PIN und TAN noch einmal ein."
            ),
            CHOICE,
        )
        self.credentials = tuple(credentials)


@dataclass(frozen=True, slots=True)
class Signer:
    """Whose signature is wanted, and when."""

    recorded_name: str
    moment: datetime


@dataclass(frozen=True, slots=True)
class Release:
    """With what a person lets the service sign: who she is there, PIN and TAN if there are any.

    ``credential_id`` is the certificate that she chose, empty before she was asked.
    """

    user_id: str
    pin: str = field(repr=False)
    one_time_password: str = field(default="", repr=False)
    credential_id: str = ""


def sign_remotely(
    pdf: bytes,
    field_name: str,
    service: Service,
    release: Release,
    signer: Signer,
    hosts: frozenset[str],
) -> bytes:
    """Return ``pdf`` signed in ``field_name`` with the person's key at the service.

    ``hosts`` are those that may be reached, with TLS alone. Raises `RemoteSigningFailed`, and
    `ChoiceNeeded` when the person has several certificates and named none of them.
    """

    async def question(client: Client) -> bytes:
        await client.log_in()
        found = usable(await client.find_credentials(release.user_id), service, signer)
        chosen = [one for one in found if one.id == release.credential_id]
        if not chosen and len(found) > 1:
            raise ChoiceNeeded(found)
        credential = (chosen or found)[0]
        prepared = await prepare_file(pdf, field_name, credential)
        return await complete_file(
            pdf,
            prepared,
            _Signer(client.session, _Release(client, credential, release), sign_timeout=SECONDS),
        )

    return ask(service, hosts, question)


def list_credentials(
    service: Service, back: Return, signer: Signer, hosts: frozenset[str]
) -> list[Credential]:
    """Return the certificates with which the person who came back can sign; at least one.

    Raises `RemoteSigningFailed`.
    """

    async def question(client: Client) -> list[Credential]:
        await client.redeem(back)
        return usable(await client.find_credentials(), service, signer)

    return ask(service, hosts, question)


def prepare_release(pdf: bytes, field_name: str, credential: Credential) -> PreparedFile:
    """Return what a person is asked to release: ``pdf`` made ready for her key.

    Raises `RemoteSigningFailed`.
    """
    try:
        return asyncio.run(prepare_file(pdf, field_name, credential))
    except (SigningError, *UNREADABLE) as error:
        raise RemoteSigningFailed(
            _(
                "Mit dem Zertifikat „{title}“ kann die Datei hier nicht unterschrieben werden."
                " Unterschreiben Sie die heruntergeladene Datei."
            ).format(title=credential.title)
        ) from error


def sign_released(
    pdf: bytes,
    prepared: PreparedFile,
    service: Service,
    credential: Credential,
    back: Return,
    hosts: frozenset[str],
) -> bytes:
    """Return ``pdf`` signed as it was prepared, after the person released it on the pages.

    Raises `RemoteSigningFailed`.
    """

    async def question(client: Client) -> bytes:
        await client.redeem(back)
        manager = PrefetchedSADAuthorizationManager(
            client.session_info(credential.id),
            credential.info,
            # The token for one release is both: version 2 reads the header, older ones the SAD.
            CSCAuthorizationInfo(client.token),
        )
        return await complete_file(
            pdf, prepared, _Signer(client.session, manager, sign_timeout=SECONDS)
        )

    return ask(service, hosts, question)


def usable(credentials: Sequence[Credential], service: Service, signer: Signer) -> list[Credential]:
    """Return the credentials that can sign now. Raises `RemoteSigningFailed` without any."""
    found, others = usable_credentials(
        credentials, service.release_by, signer.recorded_name, signer.moment
    )
    if not found:
        raise RemoteSigningFailed(
            _("Mit keinem Ihrer Zertifikate beim Signaturdienst können Sie hier unterschreiben.")
            + " "
            + "; ".join(others).rstrip(".")
            + "."
        )
    return found


class _Release(CSCAuthorizationManager):
    """Gets the activation data for the very hash that is to be signed."""

    def __init__(self, client: Client, credential: Credential, release: Release) -> None:
        super().__init__(client.session_info(credential.id), credential.info)
        self._client, self._release = client, release

    async def authorize_signature(self, hash_b64s: list[str]) -> CSCAuthorizationInfo:
        answer = await self._client.authorize(
            self.csc_session_info.credential_id,
            hash_b64s,
            {"PIN": self._release.pin, "OTP": self._release.one_time_password},
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
