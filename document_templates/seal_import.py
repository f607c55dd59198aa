"""Taking the seal of a trust-service provider into use: from a PKCS#12 file, or in a token.

A private key is decrypted once, checked, and kept as ciphertext under the tenant's key; one in a
token stays there.
"""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from sqlalchemy.orm import Session

from document_templates.certificates import (
    KEY_BITS,
    KeyAndCertificate,
    UnreadableKey,
    private_key_pem,
    read_certificates,
    read_private_key,
)
from document_templates.models import SealCertificate
from document_templates.seal_keys import activate_seal, activate_token_seal, recognise_root
from document_templates.seal_tokens import TokenAway, TokenKey, TokenRefused
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
    _check_validity(seal.certificate)
    row = activate_seal(session, seal, chain, tenant_key)
    recognise_root(session, chain[-1])
    record(session, "seal.imported", "seal_certificate", row.id)
    return row


def bind_token_seal(
    session: Session, key: TokenKey, certificates: bytes, tenant_key: TenantKey
) -> SealCertificate:
    """Make a key in a token the active seal of the tenant in scope, after it has signed once.

    ``certificates`` are PEM, that of the seal first. Needs the operator's database role. Raises
    `SealRefused`, also with what the token says.
    """
    try:
        own, *others = read_certificates(certificates)
    except UnreadableKey as error:
        raise SealRefused(str(error)) from error
    public_key = own.public_key()
    if not isinstance(public_key, rsa.RSAPublicKey) or public_key.key_size < KEY_BITS:
        raise SealRefused(_("Der Schlüssel muss ein RSA-Schlüssel mit mindestens 3072 Bit sein."))
    _check_use(own)
    _check_validity(own)
    chain = _chain(own, others)
    try:
        fits = key.fits(public_key)
    except (TokenAway, TokenRefused) as error:
        raise SealRefused(str(error)) from error
    if not fits:
        raise SealRefused(_("Der Schlüssel im Token gehört nicht zum Zertifikat."))
    row = activate_token_seal(session, key, own, chain, tenant_key)
    recognise_root(session, chain[-1])
    record(session, "seal.bound", "seal_certificate", row.id)
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


def _check_validity(certificate: x509.Certificate) -> None:
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if not begin <= now() <= end:
        raise SealRefused(
            _("Das Siegelzertifikat gilt nur vom {begin} bis zum {end}.").format(
                begin=begin.strftime("%d.%m.%Y"), end=end.strftime("%d.%m.%Y")
            )
        )


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
