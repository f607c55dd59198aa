"""The session cookie, encrypted: who holds it cannot read in it.

Flask signs its cookie but leaves it readable. Ours remembers what a person searched for, and
that may be a name; on a shared computer the cookie file must not tell it.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import zlib
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask.json.tag import TaggedJSONSerializer
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import BadPayload, URLSafeTimedSerializer

if TYPE_CHECKING:
    from flask import Flask

_NONCE_BYTES = 12
_PURPOSE = b"brief-und-siegel session"


class EncryptedJson:
    """Turns a session into ciphertext (AES-256-GCM) and back."""

    def __init__(self, secret_key: str) -> None:
        derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE)
        self._cipher = AESGCM(derive.derive(secret_key.encode()))
        self._json = TaggedJSONSerializer()

    def dumps(self, value: object) -> str:
        """Return ``value`` encrypted, as text."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        plain = zlib.compress(self._json.dumps(value).encode())
        sealed = nonce + self._cipher.encrypt(nonce, plain, _PURPOSE)
        return base64.urlsafe_b64encode(sealed).decode("ascii")

    def loads(self, text: str) -> object:
        """Return what was encrypted. Raises `itsdangerous.BadPayload`."""
        try:
            data = base64.urlsafe_b64decode(text)
            nonce, sealed = data[:_NONCE_BYTES], data[_NONCE_BYTES:]
            plain = zlib.decompress(self._cipher.decrypt(nonce, sealed, _PURPOSE))
        except (InvalidTag, ValueError) as error:
            raise BadPayload("the session cannot be decrypted") from error
        return self._json.loads(plain.decode())


class EncryptedSessions(SecureCookieSessionInterface):
    """Flask's cookie sessions with an encrypted content, signed with SHA-256."""

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return what signs and encrypts the cookie with the application's secret."""
        if not app.secret_key:
            return None
        return URLSafeTimedSerializer(
            app.secret_key,
            salt=self.salt,
            serializer=EncryptedJson(str(app.secret_key)),
            signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
        )
