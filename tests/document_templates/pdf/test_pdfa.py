"""The preflight passes what LibreOffice writes and rejects what breaks PDF/A-2b."""

from __future__ import annotations

import io
from collections.abc import Callable

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name, Pdf, String

from document_templates.pdfa import check_pdfa
from tests.document_templates.pdf.samples import changed


def messages(pdf: bytes, language: str = "de-DE") -> str:
    return "\n".join(finding.message for finding in check_pdfa(pdf, language=language))


def plain_pdf() -> bytes:
    target = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(target)
    return target.getvalue()


def test_a_plain_pdf_lacks_everything() -> None:
    found = messages(plain_pdf())
    for expected in ("XMP-Metadaten", "Farbprofil", "Sprache", "Tags"):
        assert expected in found


def test_saving_again_alone_breaks_nothing(archived_pdf: bytes) -> None:
    """The control for all tests below: what they reject comes from the change they make."""
    assert check_pdfa(changed(archived_pdf, lambda document: None)) == []


def add_stamp(document: Pdf) -> None:
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Courier)
    form = document.make_stream(
        b"BT /F1 12 Tf (Kopie) Tj ET",
        Type=Name.XObject,
        Subtype=Name.Form,
        BBox=Array([0, 0, 100, 20]),
        Resources=Dictionary(Font=Dictionary(F1=font)),
    )
    document.pages[-1].obj.Annots = document.make_indirect(
        Array(
            [
                Dictionary(
                    Type=Name.Annot,
                    Subtype=Name.Stamp,
                    Rect=Array([0, 0, 100, 20]),
                    F=4,
                    AP=Dictionary(N=form),
                )
            ]
        )
    )


def add_script(document: Pdf) -> None:
    document.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))


def add_named_script(document: Pdf) -> None:
    script = Dictionary(S=Name.JavaScript, JS=String("1"))
    document.Root.Names = Dictionary(
        JavaScript=Dictionary(Names=Array([String("a"), document.make_indirect(script)]))
    )


def add_script_named_elsewhere(document: Pdf) -> None:
    named = document.make_indirect(Name.JavaScript)
    document.Root.OpenAction = document.make_indirect(Dictionary(S=named, JS=String("1")))


def change_colours_in_printing(document: Pdf) -> None:
    state = Dictionary(Type=document.make_indirect(Name.ExtGState), TR=Name.Identity)
    document.Root.PieceInfo = document.make_indirect(Array([Array([state])]))


def add_nested_launch(document: Pdf) -> None:
    document.pages[0].obj.Annots = Array(
        [
            Dictionary(
                Type=Name.Annot,
                Subtype=Name.Link,
                Rect=Array([0, 0, 9, 9]),
                F=4,
                A=Dictionary(S=Name.URI, URI=String("https://example.org"), Next=Dictionary(
                    S=Name.Launch, F=String("rm"))),
            )
        ]
    )  # fmt: skip


def add_attachment(document: Pdf) -> None:
    document.attachments["notiz.txt"] = b"geheim"


def add_external_stream(document: Pdf) -> None:
    document.Root.Extra = document.make_stream(b"x", F=String("http://example.org/x"))


def add_hidden_annotation(document: Pdf) -> None:
    document.pages[0].obj.Annots = Array(
        [Dictionary(Type=Name.Annot, Subtype=Name.Square, Rect=Array([0, 0, 9, 9]), F=2)]
    )


def demand_appearances(document: Pdf) -> None:
    document.Root.AcroForm = Dictionary(Fields=Array([]), NeedAppearances=True)


def use_xfa(document: Pdf) -> None:
    document.Root.AcroForm = Dictionary(Fields=Array([]), XFA=document.make_stream(b"<xdp/>"))


def drop_output_intent(document: Pdf) -> None:
    del document.Root.OutputIntents


def drop_tags(document: Pdf) -> None:
    del document.Root.StructTreeRoot


def contradict_title(document: Pdf) -> None:
    document.docinfo.Title = String("Etwas anderes")


def replaced_metadata(old: bytes, new: bytes) -> Callable[[Pdf], None]:
    def replace(document: Pdf) -> None:
        data = document.Root.Metadata.read_bytes()
        assert old in data
        document.Root.Metadata = document.make_stream(
            data.replace(old, new), Type=Name.Metadata, Subtype=Name.XML
        )

    return replace


@pytest.mark.parametrize(
    ("change", "clause", "expected"),
    [
        (add_stamp, "6.2.11.4.1", "Seite 2: Die Schrift „Courier“ ist nicht eingebettet."),
        (add_script, "6.5.1", "JavaScript"),
        (add_named_script, "6.5.1", "JavaScript"),
        (add_script_named_elsewhere, "6.5.1", "JavaScript"),
        (change_colours_in_printing, "6.2.5", "Transferfunktion"),
        (add_nested_launch, "6.5.1", "Launch"),
        (add_attachment, "6.8", "eingebettete Dateien"),
        (add_external_stream, "6.1.7.1", "außerhalb der Datei"),
        (add_hidden_annotation, "6.3.2", "verborgen"),
        (demand_appearances, "6.4.1", "ohne fertige Darstellung"),
        (use_xfa, "6.4.2", "XFA"),
        (drop_output_intent, "6.2.3", "Farbprofil"),
        (drop_tags, "6.7.2", "Tags"),
        (contradict_title, "6.6.3", "„Titel“"),
        (replaced_metadata(b"<pdfaid:part>2<", b"<pdfaid:part>1<"), "6.6.4", "PDF/A-1b"),
        (replaced_metadata(b"/pdfa/ns/id/", b"/other/"), "6.6.4", "nicht als PDF/A"),
        (
            replaced_metadata(
                b"namespaceURI>http://www.aiim.org/pdfua/", b"namespaceURI>http://x/"
            ),
            "6.6.2.3.1",
            "http://www.aiim.org/pdfua/ns/id/",
        ),
        (replaced_metadata(b"pdfuaid:part>1<", b"pdfuaid:part>2<"), "14289-1, 5", "PDF/UA-1"),
        (replaced_metadata(b"<rdf:li xml:lang", b"<rdf:xx xml:lang"), "6.6.2.1", "nicht lesbar"),
        (replaced_metadata(b">Vereinbarung<", b"> <"), "6.6.2.3", "Titel"),
    ],
)
def test_what_breaks_the_archive_file_is_named(
    archived_pdf: bytes, change: Callable[[Pdf], None], clause: str, expected: str
) -> None:
    findings = check_pdfa(changed(archived_pdf, change))
    assert any(finding.clause == clause and expected in finding.message for finding in findings), (
        findings
    )


def test_lzw_is_named(archived_pdf: bytes) -> None:
    def use_lzw(document: Pdf) -> None:
        stream = document.make_stream(b"")
        stream.write(b"\x80\x0b\x60\x50\x22\x0c\x0c\x85\x01", filter=Name.LZWDecode)
        document.Root.Extra = stream

    # Otherwise saving would replace the old compression by a better one.
    as_it_is = {
        "stream_decode_level": pikepdf.StreamDecodeLevel.none,
        "compress_streams": False,
    }
    assert "LZW" in messages(changed(archived_pdf, use_lzw, **as_it_is))


def test_another_language_is_named(archived_pdf: bytes) -> None:
    def speak_english(document: Pdf) -> None:
        document.Root.Lang = String("en-US")

    assert "„en-US“" in messages(changed(archived_pdf, speak_english))
    assert messages(changed(archived_pdf, speak_english), language="en-US") == ""


@pytest.mark.parametrize("password", ["", "geheim"])
def test_encryption_is_the_one_thing_said_about_it(archived_pdf: bytes, password: str) -> None:
    locked = changed(
        archived_pdf,
        lambda document: None,
        encryption=pikepdf.Encryption(owner="eigentum", user=password),
    )
    assert messages(locked) == "Die Datei ist verschlüsselt; das ist in PDF/A nicht erlaubt."


def test_data_behind_the_end_is_named(archived_pdf: bytes) -> None:
    assert "Hinter dem Ende" in messages(archived_pdf + b"<html>mehr</html>")


@pytest.mark.parametrize("broken", [b"", b"Hallo", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"])
def test_what_is_no_pdf_is_a_finding(broken: bytes) -> None:
    assert "keine lesbare PDF-Datei" in messages(broken)


@settings(deadline=None)
@given(data=st.data())
def test_damaged_files_never_raise(archived_pdf: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(archived_pdf) - 1))
    noise = data.draw(st.binary(min_size=1, max_size=40))
    check_pdfa(archived_pdf[:start] + noise + archived_pdf[start + len(noise) :])
