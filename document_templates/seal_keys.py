"""The tenant's seal in the database; its private key is ciphertext under the tenant's key."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from threading import Lock

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import select
from sqlalchemy.orm import Session

from document_templates.certificates import (
    KEY_BITS,
    KeyAndCertificate,
    UnreadableKey,
    certificate_pem,
    create_demo_authority,
    fingerprint,
    issue_seal_certificate,
    private_key_pem,
    read_certificates,
    read_private_key,
)
from document_templates.models import CertificateAuthority, SealCertificate, TrustRoot
from document_templates.seal_tokens import TokenKey
from document_templates.seals import Seal
from tenants.audit import record
from tenants.database import new_id, now
from tenants.keys import MasterKey, TenantKey
from tenants.language import _

_DEMO = "demo"
_TABLE = "seal_certificate"
# The platform's own secrets are bound to this name in place of a tenant.
PLATFORM_ID = "00000000-0000-0000-0000-000000000001"
_CAPACITY = 100


class SealMissing(RuntimeError):
    """The tenant has no valid seal; the message says in German what to do."""


def demo_authority(session: Session, master_key: MasterKey) -> KeyAndCertificate:
    """Return the platform's demonstration authority, made on first use.

    Needs the operator's database role. Its certificate becomes a trust root of the platform.
    """
    row = session.get(CertificateAuthority, _DEMO)
    if row is not None:
        return _open_authority(row, master_key)
    made = create_demo_authority(now())
    pem = certificate_pem(made.certificate).decode("ascii")
    key = TenantKey.generate(PLATFORM_ID)
    sealed = key.encrypt(
        private_key_pem(made.private_key),
        table="certificate_authority",
        column="private_key",
        row=_DEMO,
    )
    wrapped = master_key.wrap(key)
    session.add(
        CertificateAuthority(
            name=_DEMO,
            certificate=pem,
            private_key=len(wrapped).to_bytes(2) + wrapped + sealed,
        )
    )
    session.add(TrustRoot(sha256=fingerprint(made.certificate), certificate=pem, is_demo=True))
    session.flush()
    return made


def _open_authority(row: CertificateAuthority, master_key: MasterKey) -> KeyAndCertificate:
    length = int.from_bytes(row.private_key[:2])
    wrapped, sealed = row.private_key[2 : 2 + length], row.private_key[2 + length :]
    key = master_key.unwrap(wrapped, PLATFORM_ID)
    pem = key.decrypt(sealed, table="certificate_authority", column="private_key", row=_DEMO)
    certificate = read_certificates(row.certificate.encode("ascii"))[0]
    return KeyAndCertificate(read_private_key(pem), certificate)


def issue_demo_seal(
    session: Session, authority: KeyAndCertificate, tenant_name: str, tenant_key: TenantKey
) -> SealCertificate:
    """Make a demonstration seal for the tenant in scope; it becomes the active one."""
    issued = issue_seal_certificate(authority, tenant_name, now())
    row = activate_seal(session, issued, [authority.certificate], tenant_key)
    record(session, "seal.issued", "seal_certificate", row.id)
    return row


def activate_seal(
    session: Session,
    seal: KeyAndCertificate,
    chain: Sequence[x509.Certificate],
    tenant_key: TenantKey,
) -> SealCertificate:
    """Keep a seal, its key encrypted, and let it take the place of the former one.

    ``chain`` are the certificates above it. What was sealed before stays as it is.
    """
    row = _next_seal(session, seal.certificate, chain)
    row.private_key = tenant_key.encrypt(
        private_key_pem(seal.private_key), table=_TABLE, column="private_key", row=row.id
    )
    session.add(row)
    session.flush()
    return row


def activate_token_seal(
    session: Session,
    key: TokenKey,
    certificate: x509.Certificate,
    chain: Sequence[x509.Certificate],
    tenant_key: TenantKey,
) -> SealCertificate:
    """Let a seal whose key lies in a token take the place of the former one.

    Labels and PIN are kept, the PIN encrypted; which library speaks to the token is a setting.
    """
    row = _next_seal(session, certificate, chain)
    row.token, row.token_key = key.token, key.label
    row.token_pin = tenant_key.encrypt(
        key.pin.encode(), table=_TABLE, column="token_pin", row=row.id
    )
    session.add(row)
    session.flush()
    return row


def _next_seal(
    session: Session, certificate: x509.Certificate, chain: Sequence[x509.Certificate]
) -> SealCertificate:
    for former in session.scalars(select(SealCertificate).where(SealCertificate.active)):
        former.active = False
    return SealCertificate(
        id=new_id(),
        certificate=certificate_pem(certificate).decode("ascii"),
        issuer_chain="".join(certificate_pem(one).decode("ascii") for one in chain),
        certificate_sha256=fingerprint(certificate),
        valid_until=certificate.not_valid_after_utc,
    )


def note_refused_pin(session: Session) -> None:
    """Do not try the PIN of the tenant in scope again: a token locks itself after a few tries."""
    for row in session.scalars(
        select(SealCertificate).where(SealCertificate.active, SealCertificate.token != "")
    ):
        row.token_refused_at = now()
        record(session, "seal.pin_refused", "seal_certificate", row.id)


def load_seal(
    session: Session, tenant_key: TenantKey, at: datetime, *, token_library: str = ""
) -> Seal:
    """Return the active seal of the tenant in scope.

    ``token_library`` is the installation's way to tokens. Raises `SealMissing` when there is none,
    it has expired by ``at``, or its token has refused the PIN.
    """
    row = session.scalars(
        select(SealCertificate)
        .where(SealCertificate.active)
        .order_by(SealCertificate.created_at.desc())
    ).first()
    if row is None:
        raise SealMissing(
            _("Der Mandant hat kein Siegel. Die Betreiberin kann eines ausstellen lassen.")
        )
    if row.valid_until <= at:
        raise SealMissing(
            _("Das Siegel des Mandanten ist am {date} abgelaufen. Es muss erneuert werden.").format(
                date=row.valid_until.strftime("%d.%m.%Y")
            )
        )
    if row.private_key is None:
        return _seal_in_token(row, tenant_key, token_library)
    pem = tenant_key.decrypt(row.private_key, table=_TABLE, column="private_key", row=row.id)
    return _parsed_seals.get(pem, (row.certificate + row.issuer_chain).encode("ascii"))


def _seal_in_token(row: SealCertificate, tenant_key: TenantKey, library: str) -> Seal:
    if row.token_pin is None or row.token_refused_at is not None:
        raise SealMissing(
            _(
                "Der Token „{token}“ hat die PIN abgelehnt. Die Betreiberin bindet das Siegel mit"
                " „siegel seal token“ neu."
            ).format(token=row.token)
        )
    pin = tenant_key.decrypt(row.token_pin, table=_TABLE, column="token_pin", row=row.id)
    own, *chain = read_certificates((row.certificate + row.issuer_chain).encode("ascii"))
    public_key = own.public_key()
    size = public_key.key_size if isinstance(public_key, rsa.RSAPublicKey) else KEY_BITS
    key = TokenKey(library, row.token, row.token_key, pin.decode(), size)
    return Seal(key, own, tuple(chain))


class _ParsedSeals:
    """Seals by their content: checking an RSA key on reading it takes longer than sealing.

    Whoever asks has decrypted the key anew, so that a destroyed tenant key opens nothing here.
    """

    def __init__(self) -> None:
        self._parsed: OrderedDict[bytes, Seal] = OrderedDict()
        self._lock = Lock()

    def get(self, private_key: bytes, certificates: bytes) -> Seal:
        digest = hashlib.sha256(private_key + certificates).digest()
        with self._lock:
            known = self._parsed.get(digest)
            if known is not None:
                self._parsed.move_to_end(digest)
                return known
        parsed = Seal.from_pem(private_key, certificates)
        with self._lock:
            self._parsed[digest] = parsed
            while len(self._parsed) > _CAPACITY:
                self._parsed.popitem(last=False)
        return parsed


_parsed_seals = _ParsedSeals()


def recognise_root(session: Session, root: x509.Certificate) -> bool:
    """Let the platform recognise an authority; say False when it does already.

    Needs the operator's database role. Raises
    :class:`~document_templates.certificates.UnreadableKey` for a certificate that issues nothing.
    """
    try:
        issues = root.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        issues = False
    if not issues:
        raise UnreadableKey(
            _("„{name}“ ist keine Zertifizierungsstelle.").format(
                name=root.subject.rfc4514_string()
            )
        )
    if session.get(TrustRoot, fingerprint(root)) is not None:
        return False
    pem = certificate_pem(root).decode("ascii")
    session.add(TrustRoot(sha256=fingerprint(root), certificate=pem))
    session.flush()
    return True


def trust_roots(session: Session) -> list[x509.Certificate]:
    """Return the certificates of all authorities that this platform recognises."""
    pem = "".join(root.certificate for root in session.scalars(select(TrustRoot)))
    return read_certificates(pem.encode("ascii")) if pem else []
