"""The credentials that a remote signing service keeps for a person: which can sign now. Pure.

A credential is a certificate with its key at the service (CSC API 11.5). People are shown plain
names of those that can sign this document today, and never one that the check of the signed file
would refuse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Self
from zoneinfo import ZoneInfo

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.x509.oid import NameOID
from pyhanko.sign.signers.csc_signer import CSCCredentialInfo

from document_templates.signing.qualified_signatures import (
    bears_name,
    bears_pseudonym,
    is_for_seals,
)
from tenants.language import _

ReleaseBy = Literal["pin", "pages"]
"""Whether people release their key with a PIN that they type here, or on pages of the service."""
RELEASES: Final[tuple[ReleaseBy, ...]] = ("pin", "pages")
_MODES: Final[dict[ReleaseBy, str]] = {"pin": "explicit", "pages": "oauth2code"}
"""What the service calls them (CSC API 11.5, ``auth/mode``)."""
_BERLIN: Final = ZoneInfo("Europe/Berlin")
_LONGEST: Final = 120


@dataclass(frozen=True, slots=True)
class Credential:
    """A certificate with its chain, and what the service says of the key."""

    id: str
    chain: tuple[bytes, ...]
    """In DER, the person's own certificate first."""
    mechanisms: frozenset[str]
    needs_hash: bool
    description: str = ""
    status: str = "valid"
    key_status: str = "enabled"
    mode: str = ""

    @classmethod
    def of(cls, credential_id: str, info: CSCCredentialInfo) -> Self:
        """Take over what pyHanko read; raises what `UNREADABLE` names if that is no certificate."""
        data = info.response_data
        found = cls(
            credential_id,
            tuple(one.dump() for one in (info.signing_cert, *info.chain)),
            info.supported_mechanisms,
            info.hash_pinning_required,
            str(data.get("description") or "")[:_LONGEST].strip(),
            str(data["cert"].get("status") or "valid"),
            str(data["key"].get("status") or "enabled"),
            str((data.get("auth") or {}).get("mode") or ""),
        )
        found.certificate.subject.rfc4514_string()
        return found

    @property
    def certificate(self) -> x509.Certificate:
        """The certificate of the person."""
        return x509.load_der_x509_certificate(self.chain[0])

    @property
    def info(self) -> CSCCredentialInfo:
        """Return it as pyHanko wants it."""
        own, *others = (asn1_x509.Certificate.load(one) for one in self.chain)
        return CSCCredentialInfo(
            signing_cert=own,
            chain=others,
            supported_mechanisms=self.mechanisms,
            max_batch_size=1,
            hash_pinning_required=self.needs_hash,
            response_data={},
        )

    @property
    def name(self) -> str:
        """Return whose it is and who issued it."""
        certificate = self.certificate
        return _("{name}, ausgestellt von {issuer}").format(
            name=_one(certificate.subject), issuer=_one(certificate.issuer)
        )

    @property
    def title(self) -> str:
        """Return how people recognise it among those that can sign: also until when it is valid."""
        words = _("{certificate}, gültig bis {end}").format(
            certificate=self.name, end=_end(self.certificate)
        )
        return f"{words} ({self.description})" if self.description else words


def obstacle(
    credential: Credential, release_by: ReleaseBy, recorded_name: str, moment: datetime
) -> str:
    """Return in German why the credential cannot sign for that person at ``moment``, or nothing."""
    certificate = credential.certificate
    if moment >= certificate.not_valid_after_utc:
        return _("abgelaufen am {day}").format(day=_end(certificate))
    if moment < certificate.not_valid_before_utc:
        begin = certificate.not_valid_before_utc.astimezone(_BERLIN)
        return _("gilt erst ab {day}").format(day=begin.strftime("%d.%m.%Y"))
    if credential.status != "valid":
        words = {"revoked": _("gesperrt"), "suspended": _("vorläufig gesperrt")}
        return words.get(credential.status, _("beim Dienst nicht gültig"))
    if credential.key_status != "enabled":
        return _("Schlüssel beim Dienst abgeschaltet")
    if credential.mode and credential.mode != _MODES[release_by]:
        return _("lässt sich hier nicht freigeben")
    if is_for_seals(certificate):
        return _("ein Siegel, keine Unterschrift")
    if bears_pseudonym(certificate):
        return _("lautet auf ein Pseudonym")
    if not bears_name(certificate, recorded_name):
        return _("lautet nicht auf „{name}“").format(name=recorded_name)
    return ""


def usable_credentials(
    credentials: Sequence[Credential],
    release_by: ReleaseBy,
    recorded_name: str,
    moment: datetime,
) -> tuple[list[Credential], list[str]]:
    """Return those that can sign, and of every other its name and what stands against it."""
    found = [(one, obstacle(one, release_by, recorded_name, moment)) for one in credentials]
    return (
        [one for one, why in found if not why],
        [f"{one.name}: {why}" for one, why in found if why],
    )


def _one(name: x509.Name) -> str:
    for kind in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        for attribute in name.get_attributes_for_oid(kind):
            return str(attribute.value)
    return _("ohne Namen")


def _end(certificate: x509.Certificate) -> str:
    return certificate.not_valid_after_utc.astimezone(_BERLIN).strftime("%d.%m.%Y")
