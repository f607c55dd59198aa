"""The verdict on a file: the register outweighs, and nothing changed ever passes for genuine."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from document_templates.examining.inspecting import revision_hashes
from document_templates.examining.judging import Verdict, judge
from document_templates.examining.report import (
    FileFinding,
    SignatureFinding,
    dump_finding,
    load_finding,
)
from document_templates.models import PROOF_STATES
from document_templates.proofs import PublicProof

HASHES = st.sampled_from(["a" * 64, "b" * 64, "c" * 64])
MOMENT = datetime(2031, 2, 3, 4, 5, tzinfo=UTC)
SIGNATURES = st.builds(
    SignatureFinding,
    signer=st.text(max_size=5), issuer=st.text(max_size=5), fingerprint=HASHES,
    signed_at=st.none() | st.just(MOMENT), is_timestamp=st.booleans(), accepted=st.booleans(),
    intact=st.booleans(), trusted=st.booleans(), covers_whole_file=st.booleans(),
    changes_permitted=st.booleans(), level=st.sampled_from(["", "PAdES B-B"]),
    message=st.text(max_size=5),
)  # fmt: skip
FINDINGS = st.builds(
    FileFinding,
    sha256=HASHES,
    revisions=st.lists(HASHES, max_size=3).map(tuple),
    signatures=st.lists(SIGNATURES, max_size=3).map(tuple),
    refusal=st.sampled_from(["", "kaputt"]),
)
PROOFS = st.builds(
    PublicProof,
    code=st.just("c"), pdf_sha256=HASHES, sealed_at=st.just(MOMENT), sealed_by=st.just("Stadt"),
    certificate_issuer=st.just("i"), certificate_sha256=HASHES, level=st.just("PAdES B-B"),
    state=st.sampled_from(sorted(PROOF_STATES)), is_demo=st.booleans(),
)  # fmt: skip
GOOD = {Verdict.GENUINE, Verdict.SIGNED_LATER}


@given(FINDINGS)
def test_a_finding_crosses_the_border_unchanged(finding: FileFinding) -> None:
    assert load_finding(dump_finding(finding)) == finding


@given(FINDINGS, st.none() | PROOFS)
def test_what_is_good_is_registered_current_and_whole(
    finding: FileFinding, proof: PublicProof | None
) -> None:
    verdict = judge(finding, proof)
    if verdict not in GOOD:
        return
    assert proof is not None and proof.state == "valid" and not finding.refusal
    if proof.pdf_sha256 != finding.sha256:
        assert verdict is Verdict.SIGNED_LATER
        assert finding.signatures
        assert all(one.intact and one.changes_permitted for one in finding.signatures)


@given(FINDINGS, PROOFS)
def test_the_register_outweighs_what_a_certificate_says(
    finding: FileFinding, proof: PublicProof
) -> None:
    if finding.refusal or proof.pdf_sha256 != finding.sha256:
        return
    expected = {
        "valid": Verdict.GENUINE,
        "superseded": Verdict.SUPERSEDED,
        "signed": Verdict.SUPERSEDED,
        "withdrawn": Verdict.WITHDRAWN,
    }
    assert judge(finding, proof) is expected[proof.state]


@given(
    st.lists(st.binary(max_size=20), min_size=1, max_size=5), st.sampled_from([b"", b"\n", b"\r\n"])
)
def test_every_state_of_a_file_is_found_again(parts: list[bytes], newline: bytes) -> None:
    states, so_far = [], b""
    for part in parts:
        so_far += part + b"%%EOF" + newline
        states.append(hashlib.sha256(so_far).hexdigest())
    found = revision_hashes(so_far)
    assert set(states) <= set(found)
    assert found[-1] == states[-1]
