"""Envelope encryption: a key per tenant, wrapped by the master key of the installation.

What is encrypted says where it belongs: tenant, table, column and row are authenticated with it
(AES-256-GCM, NIST SP 800-38D), so a value copied to another row or tenant does not decrypt. Whoever
destroys a tenant's wrapped key makes all its encrypted values unreadable, in backups too.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from contextlib import suppress
from pathlib import Path
from uuid import UUID, uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tenants.language import _

KEY_BYTES = 32
_NONCE_BYTES = 12
_TAG_BYTES = 16
_FINGERPRINT_BYTES = 8
_WRAPPED_VERSION = b"\x01"
_VALUE_VERSION = b"\x01"


class DecryptionFailed(Exception):
    """The value does not belong here, was changed, or was encrypted with another key."""


class MasterKeyUnusable(Exception):
    """The master key is missing, malformed, or readable by everybody; the message is German."""


class TenantKey:
    """The data key of one tenant. It exists in memory only; what is stored is its wrapped form.

    Each value gets a random nonce of 96 bits, so one key serves about four thousand million values
    (NIST SP 800-38D, 8.3), far more than one tenant ever writes.
    """

    def __init__(self, tenant_id: UUID | str, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"a tenant key has {KEY_BYTES} bytes")
        self.tenant_id = UUID(str(tenant_id))
        self._key = key
        self._cipher = AESGCM(key)

    def __repr__(self) -> str:
        return f"TenantKey({self.tenant_id})"

    @classmethod
    def generate(cls, tenant_id: UUID | str) -> TenantKey:
        """Return a new random key for a tenant."""
        return cls(tenant_id, os.urandom(KEY_BYTES))

    def encrypt(self, plaintext: bytes, *, table: str, column: str, row: str) -> bytes:
        """Return ``plaintext`` encrypted for exactly this place; 29 bytes longer than it."""
        nonce = os.urandom(_NONCE_BYTES)
        place = _place(_VALUE_VERSION, str(self.tenant_id), table, column, row)
        return _VALUE_VERSION + nonce + self._cipher.encrypt(nonce, plaintext, place)

    def decrypt(self, ciphertext: bytes, *, table: str, column: str, row: str) -> bytes:
        """Return what was encrypted for this place.

        Raises DecryptionFailed for another place, another tenant or changed bytes.
        """
        place = _place(_VALUE_VERSION, str(self.tenant_id), table, column, row)
        return _open(self._cipher, ciphertext, _VALUE_VERSION, place)


class MasterKey:
    """The key that wraps the tenants' keys: 32 random bytes, kept outside the database."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise MasterKeyUnusable(
                _("Der Hauptschlüssel hat {found} statt {expected} Bytes.").format(
                    found=len(key), expected=KEY_BYTES
                )
            )
        self._cipher = AESGCM(key)
        digest = hashlib.sha256(b"brief-und-siegel master key fingerprint" + key).digest()
        self.fingerprint = digest[:_FINGERPRINT_BYTES]
        """Tells master keys apart without revealing them; stored with each wrapped key."""

    def __repr__(self) -> str:
        return f"MasterKey({self.fingerprint.hex()})"

    @classmethod
    def from_text(cls, text: str) -> MasterKey:
        """Read the key from Base64, as a file or an environment variable holds it.

        Raises MasterKeyUnusable; the message does not repeat the text.
        """
        try:
            key = base64.b64decode(text.strip(), validate=True)
        except (binascii.Error, ValueError) as problem:
            raise MasterKeyUnusable(
                _("Der Hauptschlüssel ist kein Base64. Erwartet werden {bytes} Bytes.").format(
                    bytes=KEY_BYTES
                )
            ) from problem
        return cls(key)

    @classmethod
    def from_file(cls, path: Path) -> MasterKey:
        """Read the key from a file that not everybody may read.

        The group may: Kubernetes mounts secrets that way. Raises MasterKeyUnusable.
        """
        try:
            with path.open("rb") as file:
                readable_by_all = os.fstat(file.fileno()).st_mode & 0o007
                text = file.read().decode("ascii", errors="replace")
        except OSError as problem:
            raise MasterKeyUnusable(
                _("Der Hauptschlüssel {path} ist nicht lesbar: {reason}").format(
                    path=path, reason=problem.strerror
                )
            ) from problem
        if readable_by_all:
            raise MasterKeyUnusable(
                _(
                    "Der Hauptschlüssel {path} ist für alle zugänglich. Bitte beschränken Sie die "
                    "Rechte: chmod 600 {path}"
                ).format(path=path)
            )
        return cls.from_text(text)

    def wrap(self, key: TenantKey) -> bytes:
        """Return the tenant's key encrypted for the database, bound to its tenant."""
        nonce = os.urandom(_NONCE_BYTES)
        head = _WRAPPED_VERSION + self.fingerprint
        place = _place(head, "tenant-key", str(key.tenant_id))
        return head + nonce + self._cipher.encrypt(nonce, key._key, place)

    def unwrap(self, wrapped: bytes, tenant_id: UUID | str) -> TenantKey:
        """Return the tenant's key.

        Raises DecryptionFailed for another tenant, another master key, or changed bytes.
        """
        head = _WRAPPED_VERSION + self.fingerprint
        if wrapped[:1] == _WRAPPED_VERSION and wrapped[: len(head)] != head:
            raise DecryptionFailed(
                _(
                    "Der Schlüssel des Mandanten wurde mit einem anderen Hauptschlüssel verpackt "
                    "({found} statt {expected})."
                ).format(
                    found=wrapped[1 : len(head)].hex(),
                    expected=self.fingerprint.hex(),
                )
            )
        place = _place(head, "tenant-key", str(UUID(str(tenant_id))))
        return TenantKey(tenant_id, _open(self._cipher, wrapped, head, place))


def create_master_key_file(path: Path) -> MasterKey:
    """Return the master key in ``path``, which is created (0600) when it is missing.

    Of several processes that create it at once one wins and all return its key. Raises
    MasterKeyUnusable when the file cannot be written or is there and no good.
    """
    draft = path.with_name(f".{path.name}.{uuid4()}")
    try:
        if path.exists():
            return MasterKey.from_file(path)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            _write_durably(draft, base64.b64encode(os.urandom(KEY_BYTES)) + b"\n")
            # A link never replaces a file: a key that already wraps others is never lost.
            with suppress(FileExistsError):
                os.link(draft, path)
            _flush_directory(path.parent)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as problem:
        raise MasterKeyUnusable(
            _("Der Hauptschlüssel {path} lässt sich nicht anlegen: {reason}").format(
                path=path, reason=problem.strerror
            )
        ) from problem
    return MasterKey.from_file(path)


def _open(cipher: AESGCM, sealed: bytes, head: bytes, place: bytes) -> bytes:
    start = len(head) + _NONCE_BYTES
    if not sealed.startswith(head) or len(sealed) < start + _TAG_BYTES:
        raise DecryptionFailed(_("Der verschlüsselte Wert hat ein unbekanntes Format."))
    try:
        return cipher.decrypt(sealed[len(head) : start], sealed[start:], place)
    except InvalidTag as problem:
        raise DecryptionFailed(
            _(
                "Der verschlüsselte Wert gehört nicht an diese Stelle, wurde verändert oder mit "
                "einem anderen Schlüssel verschlüsselt."
            )
        ) from problem


def _place(head: bytes, *parts: str) -> bytes:
    """Return the authenticated description of a place; lengths keep ``a|b`` and ``ab|`` apart."""
    encoded = [part.encode() for part in parts]
    return head + b"".join(len(part).to_bytes(4, "big") + part for part in encoded)


def _write_durably(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush_directory(path: Path) -> None:
    directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
