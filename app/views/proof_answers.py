"""The public proof for programs: the same facts as on the page, nothing about any person."""

from __future__ import annotations

from datetime import UTC, datetime

from document_templates.examining.judging import Verdict
from document_templates.examining.report import FileFinding, SignatureFinding
from document_templates.proofs import PublicProof
from forms.expressions.nodes import Json


def proof_document(proof: PublicProof) -> dict[str, Json]:
    """Return an entry of the register."""
    return {
        "state": proof.state,
        "code": proof.code,
        "sha256": proof.pdf_sha256,
        "sealed_by": proof.sealed_by,
        "sealed_at": _moment(proof.sealed_at),
        "level": proof.level,
        "seal_kind": proof.seal_kind or None,
        "certificate": {
            "issuer": proof.certificate_issuer,
            "sha256": proof.certificate_sha256,
        },
        "is_demo": proof.is_demo,
        "signatures": [
            {
                "level": one.level,
                "party": one.party,
                "role": one.role,
                "signed_at": _moment(one.signed_at),
            }
            for one in proof.signatures
        ],
        "later_timestamps": [
            {
                "sha256": one.sha256,
                "level": one.level,
                "stamped_at": _moment(one.stamped_at),
                "valid_until": _moment(one.stamped_until),
            }
            for one in proof.stamps
        ],
    }


def file_document(
    finding: FileFinding, proof: PublicProof | None, verdict: Verdict
) -> dict[str, Json]:
    """Return what was found of a file."""
    return {
        "verdict": str(verdict),
        "refusal": finding.refusal or None,
        "sha256": finding.sha256,
        "register": proof_document(proof) if proof else None,
        "signatures": [_signature(one) for one in finding.signatures],
    }


def _signature(finding: SignatureFinding) -> dict[str, Json]:
    return {
        "kind": "timestamp" if finding.is_timestamp else "signature",
        "signer": finding.signer,
        "certificate": {"issuer": finding.issuer, "sha256": finding.fingerprint},
        "claimed_at": _moment(finding.signed_at),
        "level": finding.level or None,
        "intact": finding.intact,
        "trusted": finding.trusted,
        "changes_permitted": finding.changes_permitted,
        "covers_whole_file": finding.covers_whole_file,
        "message": finding.message,
    }


def _moment(value: datetime | None) -> str | None:
    return value.astimezone(UTC).isoformat() if value else None
