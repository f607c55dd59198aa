"""What is to be thought of a PDF, from what it says itself and what the register says. Pure."""

from __future__ import annotations

from enum import StrEnum

from document_templates.examining.report import FileFinding
from document_templates.proofs import PublicProof


class Verdict(StrEnum):
    """The one answer that a person who hands in a file gets."""

    REFUSED = "refused"
    """It was not examined; the finding says why."""
    GENUINE = "genuine"
    """The register knows exactly this file, and it is the current version."""
    SIGNED_LATER = "signed_later"
    """It is a registered document to which only permitted signatures were added."""
    SUPERSEDED = "superseded"
    """It is genuine, and there is a newer version."""
    WITHDRAWN = "withdrawn"
    """It is genuine, and its issuer took it back."""
    CHANGED = "changed"
    """It was changed after it had been sealed or signed."""
    NOT_REGISTERED = "not_registered"
    """Its signatures hold and their issuers are known; the register does not know the file."""
    UNKNOWN_ISSUER = "unknown_issuer"
    """Its signatures hold, but nobody here knows who issued the certificates."""
    UNSIGNED = "unsigned"
    """It bears no seal and no signature, and the register does not know it."""


def judge(finding: FileFinding, proof: PublicProof | None) -> Verdict:
    """Return the verdict on a file; ``proof`` is the entry of the file or of an earlier state.

    The entry of the file itself outweighs everything: the register keeps its hash. Of a file that
    has more than the register knows, all signatures must hold and permit what was added.
    """
    if finding.refusal:
        return Verdict.REFUSED
    if proof is not None and proof.pdf_sha256 == finding.sha256:
        return _of_state(proof, Verdict.GENUINE)
    if not finding.signatures:
        return Verdict.UNSIGNED if proof is None else Verdict.CHANGED
    if not all(one.intact and one.changes_permitted for one in finding.signatures):
        return Verdict.CHANGED
    if proof is not None:
        # What only got a time stamp is the same document, whoever had it stamped.
        is_same = all(one.only_archived for one in finding.signatures)
        return _of_state(proof, Verdict.GENUINE if is_same else Verdict.SIGNED_LATER)
    if all(one.trusted for one in finding.signatures):
        return Verdict.NOT_REGISTERED
    return Verdict.UNKNOWN_ISSUER


def _of_state(proof: PublicProof, current: Verdict) -> Verdict:
    states = {
        "superseded": Verdict.SUPERSEDED,
        "signed": Verdict.SUPERSEDED,
        "withdrawn": Verdict.WITHDRAWN,
    }
    return states.get(proof.state, current)
