"""Keys of seals in a token: a smart card, an HSM or what speaks for one (PKCS#11, OASIS 3.1).

The key never leaves the token; here are only its name and the PIN, and which library speaks to the
token says the installation alone: a library is code that runs in the worker.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pkcs11
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from pkcs11.exceptions import (
    MultipleObjectsReturned,
    MultipleTokensReturned,
    NoSuchKey,
    NoSuchToken,
    PinIncorrect,
    PinLenRange,
    PinLocked,
    PKCS11Error,
)

from tenants.language import _


class TokenAway(RuntimeError):
    """The token does not answer; it may later. The message is German."""


class TokenRefused(RuntimeError):
    """The token does not seal until a person has mended it; the German message says what."""


class TokenPinRefused(TokenRefused):
    """The token refused the PIN: after a few more tries it would lock itself for good."""


@dataclass(frozen=True, slots=True)
class TokenKey:
    """An RSA key in a token, by the labels of token and key; every signature opens the token."""

    library: str
    token: str
    label: str
    pin: str = field(repr=False)
    key_size: int = 3072

    def sign(self, data: bytes) -> bytes:
        """Return the PKCS #1 v1.5 signature with SHA-256 over ``data``.

        Raises `TokenAway` and `TokenRefused`.
        """
        with self._opened() as session:
            try:
                key = session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=self.label)
            except (NoSuchKey, MultipleObjectsReturned) as problem:
                raise self._no_key() from problem
            if not isinstance(key, pkcs11.SignMixin):
                raise self._no_key()
            signature: bytes = key.sign(data, mechanism=pkcs11.Mechanism.SHA256_RSA_PKCS)
            return signature

    def _no_key(self) -> TokenRefused:
        return TokenRefused(
            _(
                "Im Token „{token}“ gibt es nicht genau einen privaten Schlüssel „{label}“, der"
                " unterschreibt. Binden Sie das Siegel mit „siegel seal token“ neu."
            ).format(token=self.token, label=self.label)
        )

    def fits(self, public_key: rsa.RSAPublicKey) -> bool:
        """Say whether the key is the private one to ``public_key``, by letting it sign."""
        probe = b"brief-und-siegel"
        try:
            public_key.verify(self.sign(probe), probe, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return False
        return True

    @contextmanager
    def _opened(self) -> Iterator[pkcs11.Session]:
        if not self.library:
            raise TokenRefused(
                _(
                    "Der Schlüssel des Siegels liegt in einem Token, aber SIEGEL_PKCS11_LIBRARY ist"
                    " nicht eingestellt."
                )
            )
        try:
            with self._found().open(user_pin=self.pin) as session:
                yield session
        except (PinIncorrect, PinLenRange, PinLocked) as problem:
            raise TokenPinRefused(
                _(
                    "Der Token „{token}“ lehnt die PIN ab. Damit er sich nicht sperrt, wird sie"
                    " nicht noch einmal versucht. Binden Sie das Siegel mit „siegel seal token“"
                    " neu."
                ).format(token=self.token)
            ) from problem
        except PKCS11Error as problem:
            raise TokenAway(
                _(
                    "Der Token „{token}“ antwortet nicht ({fault}); es wird von selbst weiter"
                    " versucht."
                ).format(token=self.token, fault=type(problem).__name__)
            ) from problem

    def _found(self) -> pkcs11.Token:
        try:
            library = pkcs11.lib(self.library)
        except (RuntimeError, PKCS11Error) as problem:
            raise TokenRefused(
                _(
                    "Die Bibliothek „{library}“ lässt sich nicht laden. Prüfen Sie"
                    " SIEGEL_PKCS11_LIBRARY."
                ).format(library=self.library)
            ) from problem
        try:
            try:
                return library.get_token(token_label=self.token)
            except NoSuchToken:
                # What was plugged in since the library was loaded is seen after this alone.
                library.reinitialize()
                return library.get_token(token_label=self.token)
        except (NoSuchToken, MultipleTokensReturned) as problem:
            raise TokenAway(
                _(
                    "Der Token „{token}“ ist nicht da. Stecken Sie ihn ein oder stellen Sie die"
                    " Verbindung her; es wird von selbst weiter versucht."
                ).format(token=self.token)
            ) from problem
