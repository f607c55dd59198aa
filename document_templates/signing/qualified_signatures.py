"""Whether a signature in a PDF is a qualified one of a certain person (eIDAS-VO, Art. 3 Nr. 12).

The chain must end at a service that a trust list names, the certificate must be a qualified one
for signatures (QcStatements, ETSI EN 319 412-5) whose key lies in a qualified device, and bear the
person's name; a pseudonym is refused (§ 36a Abs. 2 Satz 3 SGB I). Pure: nothing is fetched.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import NameOID
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.qualified.assess import QualificationAssessor
from pyhanko.sign.validation.qualified.tsp import QcCertType, TSPRegistry, TSPTrustManager
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.path import ValidationPath

from document_templates.certificates import fingerprint
from document_templates.signature_messages import Trust
from document_templates.signature_reading import UNREADABLE
from document_templates.signing.names import is_same_person
from tenants.language import _

_QC_STATEMENTS = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3")
_SEAL_TYPE = bytes.fromhex("060704008e46010602")
"""The identifier id-etsi-qct-eseal in DER (ETSI EN 319 412-5, 4.2.3)."""
_PSEUDONYM = x509.ObjectIdentifier("2.5.4.65")
_PSEUDONYM_SUFFIX = ":PN"
"""How German trust service providers mark a pseudonym in the common name."""


class NotQualified(RuntimeError):
    """The signature is no qualified one of the person; the German message says what to do."""


@dataclass(frozen=True, slots=True)
class QualifiedSignature:
    """An accepted qualified signature; ``claimed_at`` is what the signature says of its time."""

    name: str
    issuer: str
    service: str
    certificate_sha256: str
    claimed_at: datetime | None


def assess_signature(
    embedded: EmbeddedPdfSignature, registry: TSPRegistry, *, recorded_name: str, moment: datetime
) -> QualifiedSignature:
    """Return the qualified signature of the person called ``recorded_name``.

    Raises `NotQualified` with the first reason that stands against it.
    """
    context = ValidationContext(
        trust_manager=TSPTrustManager(registry),
        allow_fetching=False,
        revocation_mode="soft-fail",
        moment=moment,
    )
    try:
        status = validate_pdf_signature(embedded, context)
        certificate = x509.load_der_x509_certificate(status.signing_cert.dump())
    except UNREADABLE as error:
        raise NotQualified(
            _("Die Signatur ist nicht lesbar. Unterschreiben Sie die heruntergeladene Datei neu.")
        ) from error
    if not (status.intact and status.valid):
        raise NotQualified(
            _(
                "Die Datei ist nach dem Unterschreiben verändert worden. Laden Sie die Datei so"
                " hoch, wie Ihr Signaturprogramm sie gespeichert hat."
            )
        )
    _check_trust(Trust.of(status), certificate)
    path = status.validation_path
    if not isinstance(path, ValidationPath):
        raise NotQualified(_unknown_issuer(certificate))
    service = _qualified_service(registry, path, moment, certificate)
    check_certificate(certificate, recorded_name)
    return QualifiedSignature(
        name=_one(certificate.subject, NameOID.COMMON_NAME),
        issuer=_one(certificate.issuer, NameOID.COMMON_NAME)
        or _one(certificate.issuer, NameOID.ORGANIZATION_NAME),
        service=service,
        certificate_sha256=fingerprint(certificate),
        claimed_at=status.signer_reported_dt,
    )


def _check_trust(trust: Trust, certificate: x509.Certificate) -> None:
    if trust is Trust.EXPIRED:
        raise NotQualified(
            _(
                "Das Zertifikat von „{name}“ gilt nur vom {begin} bis zum {end}. Unterschreiben Sie"
                " mit einem gültigen Zertifikat."
            ).format(
                name=_one(certificate.subject, NameOID.COMMON_NAME),
                begin=certificate.not_valid_before_utc.strftime("%d.%m.%Y"),
                end=certificate.not_valid_after_utc.strftime("%d.%m.%Y"),
            )
        )
    if trust is Trust.REVOKED:
        raise NotQualified(
            _("Das Zertifikat ist gesperrt. Unterschreiben Sie mit einem anderen Zertifikat.")
        )
    if trust is not Trust.TRUSTED:
        raise NotQualified(_unknown_issuer(certificate))


def _unknown_issuer(certificate: x509.Certificate) -> str:
    return _(
        "Der Aussteller „{issuer}“ steht auf keiner geladenen Vertrauensliste. Unterschreiben Sie"
        " mit einem qualifizierten Zertifikat; ist es eines, muss die Betreiberin die aktuelle"
        " Vertrauensliste laden."
    ).format(issuer=_one(certificate.issuer, NameOID.COMMON_NAME))


def _qualified_service(
    registry: TSPRegistry, path: ValidationPath, moment: datetime, certificate: x509.Certificate
) -> str:
    """Return the name of the trust service; raise unless the certificate is qualified to sign."""
    try:
        result = QualificationAssessor(registry).check_entity_cert_qualified(path, moment)
    except (NotImplementedError, ValueError, KeyError, TypeError) as error:
        raise NotQualified(
            _("Die Angaben zur Art des Zertifikats (QcStatements) sind nicht lesbar.")
        ) from error
    status = result.status
    name = _one(certificate.subject, NameOID.COMMON_NAME)
    if status.qc_type is QcCertType.QC_ESEAL or is_for_seals(certificate):
        raise NotQualified(_is_a_seal(certificate))
    if not status.qualified or status.qc_type is not QcCertType.QC_ESIGN:
        raise NotQualified(
            _(
                "Das Zertifikat von „{name}“ ist kein qualifiziertes. Für die Schriftform braucht"
                " es eine qualifizierte elektronische Signatur (§ 36a Abs. 2 SGB I)."
            ).format(name=name)
        )
    if not status.qc_key_security.is_qscd:
        raise NotQualified(
            _(
                "Der Schlüssel zum Zertifikat von „{name}“ liegt nicht in einer qualifizierten"
                " Signaturerstellungseinheit; damit ist die Signatur nur eine fortgeschrittene."
            ).format(name=name)
        )
    service = result.service_definition
    return service.base_info.service_name if service is not None else ""


def _is_a_seal(certificate: x509.Certificate) -> str:
    return _(
        "„{name}“ ist ein Siegel. Ein Siegel ist keine Unterschrift: Unterschreiben Sie mit dem"
        " Signaturzertifikat einer Person."
    ).format(name=_one(certificate.subject, NameOID.COMMON_NAME))


def is_for_seals(certificate: x509.Certificate) -> bool:
    """Say whether the certificate says of itself that it is for seals (QcType)."""
    found = [one for one in certificate.extensions if one.oid == _QC_STATEMENTS]
    return any(_SEAL_TYPE in one.value.public_bytes() for one in found)


def check_certificate(certificate: x509.Certificate, recorded_name: str) -> None:
    """Raise `NotQualified` if the certificate says of itself that it is not the person's.

    It may be for seals, bear a pseudonym or another name.
    """
    if is_for_seals(certificate):
        raise NotQualified(_is_a_seal(certificate))
    if bears_pseudonym(certificate):
        raise NotQualified(
            _(
                "Das Zertifikat lautet auf ein Pseudonym. Das ist hier nicht erlaubt (§ 36a Abs. 2"
                " Satz 3 SGB I): Unterschreiben Sie mit einem Zertifikat auf Ihren Namen."
            )
        )
    if not bears_name(certificate, recorded_name):
        raise NotQualified(
            _(
                "Das Zertifikat lautet auf „{found}“, erbeten ist die Unterschrift von"
                " „{expected}“. Stimmt der eingetragene Name nicht, ändert ihn, wer die"
                " Zeichnungsberechtigten pflegt."
            ).format(found=_one(certificate.subject, NameOID.COMMON_NAME), expected=recorded_name)
        )


def bears_pseudonym(certificate: x509.Certificate) -> bool:
    """Say whether the certificate names a pseudonym in place of the person."""
    subject = certificate.subject
    common_name = _one(subject, NameOID.COMMON_NAME)
    return bool(subject.get_attributes_for_oid(_PSEUDONYM)) or common_name.endswith(
        _PSEUDONYM_SUFFIX
    )


def bears_name(certificate: x509.Certificate, recorded_name: str) -> bool:
    """Say whether the certificate is for the person called ``recorded_name``."""
    return is_same_person(
        recorded_name,
        given_name=_all(certificate.subject, NameOID.GIVEN_NAME),
        surname=_all(certificate.subject, NameOID.SURNAME),
        common_name=_one(certificate.subject, NameOID.COMMON_NAME),
    )


def _one(name: x509.Name, kind: x509.ObjectIdentifier) -> str:
    return next((str(one.value) for one in name.get_attributes_for_oid(kind)), "")


def _all(name: x509.Name, kind: x509.ObjectIdentifier) -> str:
    return " ".join(str(one.value) for one in name.get_attributes_for_oid(kind))
