"""What a sealed PDF is worth, and what the register says of it where it can be reached."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from cryptography import x509

from document_templates.signature_validation import Coverage, SignatureReport, validate_pdf

COVERAGE_TEXTS = {
    Coverage.WHOLE_FILE: "die ganze Datei",
    Coverage.WHOLE_REVISION: "die Fassung, die gesiegelt wurde; danach wurde etwas angefügt",
    Coverage.PARTIAL: "nur Teile der Datei",
}
BERLIN = ZoneInfo("Europe/Berlin")
STATE_TEXTS = {
    "valid": "gültig",
    "signed": "gültig, es gibt eine unterschriebene Fassung",
    "superseded": "gültig, es gibt eine neuere Fassung",
    "withdrawn": "zurückgezogen",
}


@dataclass(frozen=True)
class VerificationResult:
    """The signatures of a file and the register's answer, if it could be asked."""

    sha256: str
    signatures: Sequence[SignatureReport]
    register: dict[str, str] | None
    register_reached: bool

    @property
    def accepted(self) -> bool:
        """Whether there is a seal, every signature holds, and the document is not withdrawn.

        Trust in the issuer counts where the register was reached and could tell its roots.
        """
        if self.register is not None and self.register["state"] == "withdrawn":
            return False
        return bool(self.signatures) and all(
            one.accepted
            if self.register_reached
            else one.intact and one.valid and one.changes_permitted
            for one in self.signatures
        )

    def as_json(self) -> dict[str, object]:
        """Return the result as plain data."""
        return {
            "sha256": self.sha256,
            "accepted": self.accepted,
            "signatures": [
                {
                    "field": one.field,
                    "signer": one.signer,
                    "certificate_sha256": one.fingerprint,
                    "signing_time": one.signing_time.isoformat() if one.signing_time else None,
                    "coverage": str(one.coverage),
                    "intact": one.intact,
                    "valid": one.valid,
                    "trusted": one.trusted,
                    "modification": str(one.modification),
                    "message": one.message,
                }
                for one in self.signatures
            ],
            "register_reached": self.register_reached,
            "register": self.register,
        }

    def as_text(self) -> str:
        """Return the result in German lines."""
        lines = [f"SHA-256: {self.sha256}"]
        if not self.signatures:
            lines.append("Die Datei trägt kein Siegel und keine Unterschrift.")
        for one in self.signatures:
            lines.append(f"{one.field}: {one.message}" if one.field else one.message)
            lines.append(f"  Umfasst: {COVERAGE_TEXTS[one.coverage]}")
            if one.fingerprint:
                lines.append(f"  Zertifikat (SHA-256): {one.fingerprint}")
        lines.append(self._register_text())
        lines.append("Ergebnis: anerkannt" if self.accepted else "Ergebnis: nicht anerkannt")
        return "\n".join(lines)

    def _register_text(self) -> str:
        if not self.register_reached:
            return (
                "Register: von hier aus nicht erreichbar. Ob dem Aussteller zu trauen ist,"
                " wurde nicht geprüft; die Prüfseite sagt es."
            )
        if self.register is None:
            return "Register: kennt diese Datei nicht."
        moment = datetime.fromisoformat(self.register["sealed_at"]).astimezone(BERLIN)
        return (
            f"Register: {STATE_TEXTS[self.register['state']]}, gesiegelt von"
            f" {self.register['sealed_by']} am {moment:%d.%m.%Y um %H:%M} Uhr,"
            f" Prüfcode {self.register['code']}"
        )


def verify_file(pdf: bytes, database_url: str) -> VerificationResult:
    """Validate every signature of ``pdf`` and ask the register at ``database_url``, if given.

    Raises `document_templates.signature_reading.PdfRejected`.
    """
    sha256 = hashlib.sha256(pdf).hexdigest()
    roots, register, reached = _ask_register(pdf, database_url)
    return VerificationResult(sha256, validate_pdf(pdf, roots), register, reached)


def _ask_register(
    pdf: bytes, url: str
) -> tuple[Sequence[x509.Certificate], dict[str, str] | None, bool]:
    if not url:
        return (), None, False
    # A file is verified without a database too: on a machine that has only the file.
    from sqlalchemy.exc import SQLAlchemyError
    from sqlalchemy.orm import sessionmaker

    from document_templates.examining.inspecting import revision_hashes
    from document_templates.proofs import find_proof_of_file
    from document_templates.signing.trusting import known_authorities
    from tenants.database import create_database_engine
    from tenants.isolation import TenantSession, guard_engine

    engine = create_database_engine(url, statement_timeout_seconds=10, pool_size=1)
    guard_engine(engine)
    sessions = sessionmaker(engine, class_=TenantSession)
    try:
        with sessions() as session:
            proof = find_proof_of_file(lambda: session, revision_hashes(pdf))
            roots = known_authorities(session)
        known = (
            None
            if proof is None
            else {
                "code": proof.code,
                "state": proof.state,
                "sealed_by": proof.sealed_by,
                "sealed_at": proof.sealed_at.isoformat(),
            }
        )
        return roots, known, True
    except SQLAlchemyError:
        return (), None, False
    finally:
        engine.dispose()
