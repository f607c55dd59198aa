"""Certificates for seals: a demonstration authority, seal certificates, revocation lists.

A production tenant brings the certificate of a trust service provider; what is made here
says „Demo“ in its name, so that nobody takes it for more. Keys are RSA with 3072 bits, which
BSI TR-02102-1 accepts beyond 2030. The functions return plain objects in the clear: whoever
stores a private key encrypts it first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from tenants.language import _

KEY_BITS = 3072
COUNTRY = "DE"
DEMO_AUTHORITY = "Brief & Siegel – Demo-Zertifizierungsstelle"
SEAL_SUFFIX = " – Siegel (Demo)"
# ub-common-name and ub-organization-name of RFC 5280, appendix A.1; counted in bytes, because
# some implementations count them so.
LONGEST_NAME = 64
AUTHORITY_LIFETIME = timedelta(days=3650)
SEAL_LIFETIME = timedelta(days=1095)
LIST_LIFETIME = timedelta(days=30)
CLOCK_TOLERANCE = timedelta(minutes=5)


class UnreadableKey(ValueError):
    """A PEM block is no certificate or key that can be used here; the message is German."""


@dataclass(frozen=True)
class KeyAndCertificate:
    """A certificate together with its private key, in the clear."""

    private_key: rsa.RSAPrivateKey
    certificate: x509.Certificate


@dataclass(frozen=True)
class Revocation:
    """A certificate that must not be trusted from ``revoked_at`` on."""

    serial_number: int
    revoked_at: datetime
    reason: x509.ReasonFlags = x509.ReasonFlags.unspecified


def create_demo_authority(
    now: datetime, *, name: str = DEMO_AUTHORITY, lifetime: timedelta = AUTHORITY_LIFETIME
) -> KeyAndCertificate:
    """Make the self-signed authority of a demonstration; ``name`` has to contain „Demo“.

    ``now`` is an aware datetime. Raises ``ValueError`` for a name that hides what it is.
    """
    if "demo" not in name.lower():
        raise ValueError("a demonstration authority has to say so in its name")
    key = _new_key()
    subject = _subject("Brief & Siegel", name)
    certificate = (
        _builder(subject, subject, key.public_key(), key.public_key(), now, lifetime)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    return KeyAndCertificate(key, certificate)


def issue_seal_certificate(
    authority: KeyAndCertificate,
    tenant_name: str,
    now: datetime,
    *,
    lifetime: timedelta = SEAL_LIFETIME,
    revocation_list_url: str | None = None,
) -> KeyAndCertificate:
    """Make key and certificate of „<tenant> – Siegel (Demo)“ and sign it by ``authority``.

    The key usage is digitalSignature and contentCommitment alone, as ETSI EN 319 412-2
    (4.3.2) has it for signatures over content. A name longer than X.509 allows is
    shortened. ``now`` is an aware datetime; ``ValueError`` for an empty name.
    """
    if not tenant_name.strip():
        raise ValueError("a seal certificate needs the name of the tenant")
    key = _new_key()
    issuer = authority.certificate
    builder = (
        _builder(
            _subject(tenant_name, seal_name(tenant_name)),
            issuer.subject,
            key.public_key(),
            authority.private_key.public_key(),
            now,
            min(lifetime, issuer.not_valid_after_utc - now),
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(digital_signature=True, content_commitment=True), critical=True)
    )
    if revocation_list_url is not None:
        point = x509.DistributionPoint(
            [x509.UniformResourceIdentifier(revocation_list_url)], None, None, None
        )
        builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
    return KeyAndCertificate(key, builder.sign(authority.private_key, hashes.SHA256()))


def create_revocation_list(
    authority: KeyAndCertificate,
    revocations: Iterable[Revocation],
    number: int,
    now: datetime,
    *,
    lifetime: timedelta = LIST_LIFETIME,
) -> x509.CertificateRevocationList:
    """Make the signed list of revoked certificates; ``number`` has to grow (RFC 5280, 5.2.3)."""
    issuer_key = authority.private_key.public_key()
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(now)
        .next_update(now + lifetime)
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False
        )
    )
    for revocation in revocations:
        entry = (
            x509.RevokedCertificateBuilder()
            .serial_number(revocation.serial_number)
            .revocation_date(revocation.revoked_at)
        )
        if revocation.reason is not x509.ReasonFlags.unspecified:
            # RFC 5280, 5.3.1: the reason „unspecified“ is left out, not written.
            entry = entry.add_extension(x509.CRLReason(revocation.reason), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(authority.private_key, hashes.SHA256())


def seal_name(tenant_name: str) -> str:
    """Return the common name of a tenant's seal, at most 64 bytes in UTF-8, suffix kept."""
    room = LONGEST_NAME - len(SEAL_SUFFIX.encode())
    return _shortened(tenant_name.strip(), room) + SEAL_SUFFIX


def fingerprint(certificate: x509.Certificate) -> str:
    """Return the SHA-256 of the certificate as 64 lower-case hexadecimal digits."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def certificate_pem(certificate: x509.Certificate | x509.CertificateRevocationList) -> bytes:
    """Return the certificate or revocation list as PEM."""
    return certificate.public_bytes(serialization.Encoding.PEM)


def private_key_pem(private_key: rsa.RSAPrivateKey) -> bytes:
    """Return the key as PKCS #8 PEM without encryption; never store it like that."""
    return private_key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def read_certificates(pem: bytes) -> list[x509.Certificate]:
    """Return all certificates of a PEM file; raise :class:`UnreadableKey` if there is none."""
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise UnreadableKey(_("Die Datei enthält kein lesbares Zertifikat (PEM).")) from error


def read_private_key(pem: bytes) -> rsa.RSAPrivateKey:
    """Return the RSA key of a PEM file; raise :class:`UnreadableKey` for anything else."""
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise UnreadableKey(
            _("Die Datei enthält keinen lesbaren, unverschlüsselten Schlüssel (PEM).")
        ) from error
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < KEY_BITS:
        raise UnreadableKey(
            _("Der Schlüssel muss ein RSA-Schlüssel mit mindestens {bits} Bit sein.").format(
                bits=KEY_BITS
            )
        )
    return key


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)


def _subject(organisation: str, common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, COUNTRY),
            x509.NameAttribute(
                NameOID.ORGANIZATION_NAME, _shortened(organisation.strip(), LONGEST_NAME)
            ),
            x509.NameAttribute(NameOID.COMMON_NAME, _shortened(common_name, LONGEST_NAME)),
        ]
    )


def _shortened(text: str, length: int) -> str:
    encoded = text.encode()
    if len(encoded) <= length:
        return text
    mark = "…"
    return encoded[: length - len(mark.encode())].decode(errors="ignore").rstrip() + mark


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    public_key: rsa.RSAPublicKey,
    issuer_key: rsa.RSAPublicKey,
    now: datetime,
    lifetime: timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_TOLERANCE)
        .not_valid_after(now + lifetime)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False
        )
    )


def _key_usage(
    *,
    digital_signature: bool = False,
    content_commitment: bool = False,
    key_cert_sign: bool = False,
    crl_sign: bool = False,
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=content_commitment,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )
