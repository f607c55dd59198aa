"""What a person declared by signing, in one spelling, and its hash. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from document_templates.chain import canonical_json

BY_PASSWORD = "password"  # noqa: S105 - the name of a way to confirm
"""Confirmed with the password of the account, entered for this very signature."""
BY_CERTIFICATE = "certificate"
"""A qualified signature, made outside and embedded in the file."""
ON_PAPER = "paper"
"""Ink on the print; a person compared the original."""


@dataclass(frozen=True, slots=True)
class Statement:
    """Who signed what, as what, when and how. ``signed_at`` is aware, to the second."""

    signing_id: str
    signature_id: str
    document_number: str
    pdf_sha256: str
    name: str
    function: str
    addition: str
    party: str
    level: str
    method: str
    signed_at: datetime

    @property
    def sha256(self) -> str:
        """The hash that the Nachweisseite shows; anybody who has the record can make it anew."""
        return hashlib.sha256(
            canonical_json(
                {
                    "signing": self.signing_id,
                    "signature": self.signature_id,
                    "document": self.document_number,
                    "algorithm": "SHA-256",
                    "pdf": self.pdf_sha256,
                    "name": self.name,
                    "function": self.function,
                    "addition": self.addition,
                    "party": self.party,
                    "level": self.level,
                    "method": self.method,
                    "signed": self.signed_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                }
            )
        ).hexdigest()
