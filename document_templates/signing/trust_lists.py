"""Trust lists of the member states (ETSI TS 119 612): who issues qualified certificates. Pure.

The operator loads a list as a file, nothing is fetched. A list is only as good as the signature
over it: it is checked with the certificates that the European list of lists (LOTL) names for the
country, or with those that the operator gives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import cast

from cryptography import x509
from lxml import etree
from pyhanko.keys import load_certs_from_pemder_data
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.qualified.eutl_parse import (
    latest_known_lotl_tlso_certs,
    trust_list_to_registry,
    trust_list_to_registry_unsafe,
    validate_and_parse_lotl,
)
from pyhanko.sign.validation.qualified.tsp import TSPRegistry, TSPServiceParsingError

from document_templates.certificates import certificate_pem
from tenants.language import _

LARGEST_LIST = 50 * 1024**2
_TSL = "{http://uri.etsi.org/02231/v2#}"


class TrustListRefused(RuntimeError):
    """The file is no trust list that can be relied on; the message is German."""


@dataclass(frozen=True, slots=True)
class TrustListFacts:
    """What a list says of itself.

    After ``next_update`` it must be replaced (ETSI TS 119 612, 5.3.15).
    """

    territory: str
    sequence: int
    issued_at: datetime
    next_update: datetime | None


def check_trust_list(
    xml: bytes, *, signers: Sequence[x509.Certificate] = (), lotl: bytes = b"",
    lotl_signers: Sequence[x509.Certificate] = (),
) -> tuple[TrustListFacts, int]:  # fmt: skip
    """Return the facts of a list whose signature holds, and how many services it could read.

    The signature must be of one of ``signers``, or of a certificate that the ``lotl`` names for
    the list's country; the LOTL itself must be signed by one of ``lotl_signers``, by default the
    last ones that are known. Raises `TrustListRefused`.
    """
    facts = _facts(xml)
    allowed = [one for certificate in signers for one in _asn1(certificate)]
    if lotl:
        allowed += _named_by_lotl(lotl, lotl_signers, facts.territory)
    if not allowed:
        raise TrustListRefused(
            _(
                "Womit die Liste geprüft werden soll, fehlt: Geben Sie die europäische Liste (LOTL)"
                " oder das Zertifikat an, mit dem die Liste signiert ist."
            )
        )
    try:
        registry, _problems = trust_list_to_registry(xml.decode("utf-8"), allowed)
    except (SignatureValidationError, TSPServiceParsingError, ValueError, TypeError) as error:
        raise TrustListRefused(
            _("Die Signatur der Vertrauensliste hält der Prüfung nicht stand ({reason}).").format(
                reason=error
            )
        ) from error
    count = len(list(registry.known_certificate_authorities))
    if not count:
        raise TrustListRefused(_("Die Liste nennt keinen Aussteller qualifizierter Zertifikate."))
    return facts, count


def _named_by_lotl(
    lotl: bytes, signers: Sequence[x509.Certificate], territory: str
) -> list[object]:
    trusted = [one for certificate in signers for one in _asn1(certificate)]
    try:
        found = validate_and_parse_lotl(
            lotl.decode("utf-8"), trusted or latest_known_lotl_tlso_certs()
        )
    except (SignatureValidationError, TSPServiceParsingError, ValueError, TypeError) as error:
        raise TrustListRefused(
            _("Die Signatur der europäischen Liste (LOTL) hält der Prüfung nicht stand.")
        ) from error
    return [
        certificate
        for reference in found.references
        if reference.territory == territory
        for certificate in reference.tlso_certs
    ]


def _asn1(certificate: x509.Certificate) -> list[object]:
    return list(load_certs_from_pemder_data(certificate_pem(certificate)))


def _facts(xml: bytes) -> TrustListFacts:
    if len(xml) > LARGEST_LIST:
        raise TrustListRefused(
            _("Die Datei ist größer als {size} MB.").format(size=LARGEST_LIST // 1024**2)
        )
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(xml, parser)
        scheme = root.find(f"{_TSL}SchemeInformation")
        if root.tag != f"{_TSL}TrustServiceStatusList" or scheme is None:
            raise ValueError("no trust list")
        next_update = scheme.findtext(f"{_TSL}NextUpdate/{_TSL}dateTime")
        return TrustListFacts(
            territory=_text(scheme, "SchemeTerritory"),
            sequence=int(_text(scheme, "TSLSequenceNumber")),
            issued_at=_moment(_text(scheme, "ListIssueDateTime")),
            next_update=_moment(next_update) if next_update else None,
        )
    except (etree.XMLSyntaxError, ValueError, UnicodeDecodeError) as error:
        raise TrustListRefused(
            _("Die Datei ist keine Vertrauensliste (XML nach ETSI TS 119 612).")
        ) from error


def _text(scheme: etree._Element, name: str) -> str:
    text = (scheme.findtext(f"{_TSL}{name}") or "").strip()
    if not text or len(text) > 40:
        raise ValueError(name)
    return text


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.strip().replace("Z", "+00:00"))


@lru_cache(maxsize=4)
def registry_of(lists: tuple[bytes, ...]) -> TSPRegistry:
    """Return the services of lists that were checked when they were loaded."""
    registry = TSPRegistry()
    for xml in lists:
        registry, _problems = cast(
            "tuple[TSPRegistry, list[object]]",
            trust_list_to_registry_unsafe(xml.decode("utf-8"), registry),
        )
    return registry
