"""Seals are PAdES B-B in the eyes of OpenSSL, Poppler and the letter of the standard."""

from __future__ import annotations

import hashlib
import io
import re
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pikepdf
import pytest
from asn1crypto import cms

from document_templates.certificates import (
    KeyAndCertificate,
    certificate_pem,
    issue_seal_certificate,
    private_key_pem,
)
from document_templates.pdfa import check_pdfa
from document_templates.seals import ParsedKey, Seal, SealingFailed, seal_pdf

SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"  # RFC 5035


def seal_again(pdf: bytes, seal: Seal, at: datetime, **options: object) -> bytes:
    texts = {"reason": "Ausgefertigt", "location": "Musterstadt", "name": "Jugendamt"}
    return seal_pdf(pdf, seal, signed_at=at, **texts, **options)  # type: ignore[arg-type]


def signature_of(pdf: bytes) -> pikepdf.Dictionary:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        fields = [field for field in document.Root.AcroForm.Fields if field.FT == "/Sig"]
        signature = fields[-1].V
        copy = pikepdf.Dictionary(
            {key: signature[key] for key in ("/SubFilter", "/ByteRange", "/Contents", "/M",
                                             "/Reason", "/Location", "/Name")}
        )  # fmt: skip
        permissions = document.Root.get("/Perms")
        if permissions is not None:
            reference = permissions.DocMDP.Reference[0]
            copy.DocMDPLevel = int(reference.TransformParams.P)
    return copy


def signed_bytes(pdf: bytes) -> bytes:
    first, length, second, rest = (int(number) for number in signature_of(pdf).ByteRange)
    assert first == 0
    assert second + rest == len(pdf), "the seal covers the whole file"
    return pdf[:length] + pdf[second:]


def container(pdf: bytes) -> cms.ContentInfo:
    return cms.ContentInfo.load(bytes(signature_of(pdf).Contents))


def test_openssl_accepts_the_seal(
    sealed_pdf: bytes, authority: KeyAndCertificate, tmp_path: Path, now: datetime
) -> None:
    root, content, signature = (tmp_path / one for one in ("root.pem", "content", "cms.der"))
    root.write_bytes(certificate_pem(authority.certificate))
    signature.write_bytes(container(sealed_pdf).dump())
    command = [
        "openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", str(signature),
        "-content", str(content), "-CAfile", str(root), "-purpose", "any",
        "-attime", str(int(now.timestamp())), "-out", "/dev/null",
    ]  # fmt: skip

    def verdict(data: bytes) -> subprocess.CompletedProcess[bytes]:
        content.write_bytes(data)
        return subprocess.run(command, capture_output=True, check=False)

    whole = signed_bytes(sealed_pdf)
    accepted = verdict(whole)
    assert accepted.returncode == 0, accepted.stderr
    assert verdict(whole[:1000] + b"#" + whole[1001:]).returncode != 0


def test_poppler_accepts_the_seal(sealed_pdf: bytes, tmp_path: Path) -> None:
    path = tmp_path / "siegel.pdf"

    def verdict(data: bytes) -> str:
        path.write_bytes(data)
        done = subprocess.run(["pdfsig", str(path)], capture_output=True, text=True, check=False)
        return done.stdout

    told = verdict(sealed_pdf)
    assert "Signature is Valid." in told
    assert "Total document signed" in told
    assert "Signature Type: ETSI.CAdES.detached" in told
    assert "Signing Hash Algorithm: SHA-256" in told
    assert "CN=Jugendamt Musterstadt – Siegel (Demo)" in told
    assert "Mar 02 2026 09:30:00" in told
    changed = bytearray(sealed_pdf)
    changed[len(changed) // 3] ^= 1
    assert "Signature is Valid." not in verdict(bytes(changed))


def test_the_container_is_what_pades_wants(sealed_pdf: bytes, seal: Seal) -> None:
    """ETSI EN 319 142-1, 6.3: the baseline requirements of level B-B."""
    signature = signature_of(sealed_pdf)
    assert str(signature.SubFilter) == "/ETSI.CAdES.detached"
    assert str(signature.M).startswith("D:20260302093000")
    data = container(sealed_pdf)["content"]
    assert data["encap_content_info"]["content"].native is None, "detached"
    (signer,) = data["signer_infos"]
    attributes = {one["type"].dotted: one["values"] for one in signer["signed_attrs"]}
    named = {one["type"].native for one in signer["signed_attrs"]}
    assert {"content_type", "message_digest"} <= named
    assert "signing_time" not in named, "the time belongs into the dictionary's M"
    (digest,) = (
        one["values"][0].native for one in signer["signed_attrs"] if one["type"].native ==
        "message_digest"
    )  # fmt: skip
    assert digest == hashlib.sha256(signed_bytes(sealed_pdf)).digest()
    reference = attributes[SIGNING_CERTIFICATE_V2][0]["certs"][0]
    assert reference["cert_hash"].native.hex() == seal.fingerprint
    assert len(data["certificates"]) == 2, "the seal's and its issuer's"


def test_archive_file_and_metadata_survive_the_seal(archived_pdf: bytes, sealed_pdf: bytes) -> None:
    assert check_pdfa(sealed_pdf) == []
    assert sealed_pdf.startswith(archived_pdf), "the seal is appended, nothing is rewritten"
    with (
        pikepdf.open(io.BytesIO(archived_pdf)) as before,
        pikepdf.open(io.BytesIO(sealed_pdf)) as after,
    ):
        assert before.Root.Metadata.read_bytes() == after.Root.Metadata.read_bytes()
        assert dict(before.docinfo) == dict(after.docinfo)
        (field,) = after.Root.AcroForm.Fields
        assert str(field.T) == "Siegel"
        assert [float(edge) for edge in field.Rect] == [0, 0, 0, 0]


def test_the_reserved_space_is_tight_but_enough(sealed_pdf: bytes) -> None:
    reserved = re.search(rb"/Contents\s*<([0-9a-fA-F]+)>", sealed_pdf)
    assert reserved is not None
    used = len(container(sealed_pdf).dump())
    assert used < len(reserved[1]) // 2 < 2 * used


@pytest.mark.parametrize(("open_for_signatures", "level"), [(False, 1), (True, 2)])
def test_the_seal_says_what_may_still_change(
    archived_pdf: bytes, seal: Seal, now: datetime, open_for_signatures: bool, level: int
) -> None:
    sealed = seal_again(archived_pdf, seal, now, open_for_signatures=open_for_signatures)
    assert int(signature_of(sealed).DocMDPLevel) == level


def test_texts_of_the_seal_are_kept(archived_pdf: bytes, seal: Seal, now: datetime) -> None:
    sealed = seal_pdf(
        archived_pdf, seal, reason="Größe „A“", location="Köln", name="Müller & Söhne",
        signed_at=now,
    )  # fmt: skip
    signature = signature_of(sealed)
    texts = (str(signature.Reason), str(signature.Location), str(signature.Name))
    assert texts == ("Größe „A“", "Köln", "Müller & Söhne")


def test_a_seal_comes_from_pem(
    authority: KeyAndCertificate, now: datetime, archived_pdf: bytes
) -> None:
    issued = issue_seal_certificate(authority, "Stadt Köln", now)
    chain = certificate_pem(issued.certificate) + certificate_pem(authority.certificate)
    seal = Seal.from_pem(private_key_pem(issued.private_key), chain)
    assert seal_again(archived_pdf, seal, now).startswith(archived_pdf)
    assert "private_key" not in repr(seal)


def test_key_and_certificate_have_to_match(
    authority: KeyAndCertificate, seal: Seal, now: datetime
) -> None:
    with pytest.raises(SealingFailed, match="passen nicht zusammen"):
        Seal(ParsedKey(authority.private_key), seal.certificate).check()


def test_an_expired_certificate_does_not_seal(
    archived_pdf: bytes, seal: Seal, now: datetime
) -> None:
    for wrong in (now - timedelta(days=1), now + timedelta(days=5000)):
        with pytest.raises(SealingFailed, match=r"gilt nur vom 02\.03\.2026"):
            seal_again(archived_pdf, seal, wrong)


def test_a_time_without_zone_is_a_programming_error(archived_pdf: bytes, seal: Seal) -> None:
    with pytest.raises(ValueError, match="time zone"):
        seal_again(archived_pdf, seal, datetime(2026, 3, 2))


def test_a_final_version_takes_no_second_seal(sealed_pdf: bytes, seal: Seal, now: datetime) -> None:
    with pytest.raises(SealingFailed, match="lässt sich nicht siegeln"):
        seal_again(sealed_pdf, seal, now, field_name="Zweites")


@pytest.mark.parametrize("broken", [b"", b"Hallo", b"%PDF-1.7\nnichts"])
def test_what_is_no_pdf_is_not_sealed(seal: Seal, broken: bytes) -> None:
    with pytest.raises(SealingFailed, match="lässt sich nicht siegeln"):
        seal_again(broken, seal, datetime(2026, 3, 2, 9, 30, tzinfo=UTC))
