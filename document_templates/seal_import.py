"""Taking the seal of a trust-service provider into use: a PKCS#12 file becomes the tenant's seal.

The private key is decrypted once, checked, and kept as ciphertext under the tenant's key.
"""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from sqlalchemy.orm import Session

from document_templates.certificates import (
    KeyAndCertificate,
    UnreadableKey,
    certificate_pem,
    fingerprint,
    private_key_pem,
    read_private_key,
)
from document_templates.models import SealCertificate, TrustRoot
from document_templates.seal_keys import activate_seal
from tenants.audit import record
from tenants.database import now
from tenants.keys import TenantKey
from tenants.language import _

MOST_ISSUERS = 10


class SealRefused(RuntimeError):
    """The file holds no seal that can be used; the message is German and says what to do."""


def import_seal(
    session: Session, content: bytes, password: str, tenant_key: TenantKey
) -> SealCertificate:
    """Make the seal of a PKCS#12 file the active one of the tenant in scope.

    Needs the operator's database role: the topmost certificate of the file becomes a root that
    the platform recognises. Raises `SealRefused`.
    """
    seal, chain = read_pkcs12(content, password)
    certificate = seal.certificate
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if not begin <= now() <= end:
        raise SealRefused(
            _("Das Siegelzertifikat gilt nur vom {begin} bis zum {end}.").format(
                begin=begin.strftime("%d.%m.%Y"), end=end.strftime("%d.%m.%Y")
            )
        )
    row = activate_seal(session, seal, chain, tenant_key)
    root = chain[-1]
    if session.get(TrustRoot, fingerprint(root)) is None:
        session.add(
            TrustRoot(sha256=fingerprint(root), certificate=certificate_pem(root).decode("ascii"))
        )
        session.flush()
    record(session, "seal.imported", "seal_certificate", row.id)
    return row


def read_pkcs12(content: bytes, password: str) -> tuple[KeyAndCertificate, list[x509.Certificate]]:
    """Return the seal of a PKCS#12 file and the certificates above it, the topmost last.

    Raises `SealRefused` unless key and certificate are there, fit, may sign, and every
    certificate is signed by the next one.
    """
    try:
        key, certificate, others = pkcs12.load_key_and_certificates(content, password.encode())
    except (ValueError, TypeError) as error:
        raise SealRefused(
            _("Die Datei ist keine PKCS#12-Datei (.p12, .pfx), oder das Passwort stimmt nicht.")
        ) from error
    if key is None or certificate is None:
        raise SealRefused(_("Der Datei fehlt der private Schlüssel oder das Zertifikat dazu."))
    if not isinstance(key, rsa.RSAPrivateKey):
        raise SealRefused(_("Der Schlüssel muss ein RSA-Schlüssel mit mindestens 3072 Bit sein."))
    try:
        checked = read_private_key(private_key_pem(key))
    except UnreadableKey as error:
        raise SealRefused(str(error)) from error
    _check_use(certificate)
    return KeyAndCertificate(checked, certificate), _chain(certificate, others)


def _check_use(certificate: x509.Certificate) -> None:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return
    if not (usage.digital_signature or usage.content_commitment):
        raise SealRefused(_("Das Zertifikat ist nicht zum Signieren oder Siegeln ausgestellt."))


def _chain(certificate: x509.Certificate, others: list[x509.Certificate]) -> list[x509.Certificate]:
    chain: list[x509.Certificate] = []
    current, waiting = certificate, list(others)
    while len(chain) < MOST_ISSUERS:
        issuer = next((one for one in waiting if _is_issuer(current, one)), None)
        if issuer is None:
            break
        waiting.remove(issuer)
        chain.append(issuer)
        current = issuer
    if not chain:
        raise SealRefused(
            _(
                "Der Datei fehlen die Zertifikate des Ausstellers. Exportieren Sie das Siegel mit"
                " der ganzen Zertifikatskette."
            )
        )
    return chain


def _is_issuer(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    if certificate.issuer != issuer.subject:
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
