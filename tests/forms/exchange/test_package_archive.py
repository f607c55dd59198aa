"""Packages out and in: deterministic, complete, hashed; the copy knows where it comes from."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from forms.definition import content_sha256
from forms.exchange.package_archive import PackageContent, read_package, write_package
from forms.exchange.report import ImportRefused
from forms.packages import read_package as read_shipped
from tests.support.workbooks import changed_member

SHIPPED = read_shipped("hilfebericht")
CONTENT = PackageContent(
    template=SHIPPED.template_bytes,
    template_title="Hilfebericht",
    samples=tuple(
        {"description": one.description, "data": one.data, "expected": one.expected}
        for one in SHIPPED.samples
    ),
    codelists={"staaten": {"values": []}},
)


def packed() -> bytes:
    return write_package(SHIPPED.form_document, CONTENT, version="1.2.0", author="Stadt Muster")


def test_the_same_content_gives_the_same_bytes() -> None:
    assert packed() == packed()


def test_a_package_says_what_it_is() -> None:
    with zipfile.ZipFile(io.BytesIO(packed())) as archive:
        names = archive.namelist()
        manifest = json.loads(archive.read("manifest.json"))
    assert names == [
        "manifest.json", "codelists/staaten.json", "form.json", "samples/1.json",
        "samples/2.json", "template.docx",
    ]  # fmt: skip
    assert manifest["version"] == "1.2.0"
    assert manifest["author"] == "Stadt Muster"
    assert manifest["license"] == "EUPL-1.2"
    assert manifest["form_sha256"] == content_sha256(SHIPPED.form_document)
    assert sorted(manifest["files"]) == sorted(names[1:])
    assert manifest["parent"] is None


def test_what_goes_in_comes_out_with_its_provenance() -> None:
    imported = read_package(packed())
    document = dict(imported.form.document)
    assert document.pop("provenance") == {
        "source": "Paket",
        "id": SHIPPED.form_document["id"],
        "version": "1.2.0",
        "sha256": content_sha256(SHIPPED.form_document),
    }
    assert document == SHIPPED.form_document
    assert imported.content == CONTENT
    assert imported.form.report.refused == []


def test_a_package_of_a_copy_names_its_parent() -> None:
    copy = read_package(packed()).form.document
    again = read_package(write_package(copy, PackageContent(), version="2.0.0", author="x"))
    assert again.manifest["parent"] == copy["provenance"]
    assert again.form.document["annotations"] == [
        f"Herkunft: Paket {SHIPPED.form_document['id']} 1.2.0"
    ]


def test_a_folder_packed_by_hand_is_a_package() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("hilfebericht/form.json", json.dumps(SHIPPED.form_document))
        archive.writestr("hilfebericht/notizen.txt", "x")
        archive.writestr("hilfebericht/samples/1.json", "[]")
    report = read_package(target.getvalue()).form.report
    assert {(entry.name, entry.kind) for entry in report.refused} == {
        ("manifest.json", "files"), ("notizen.txt", "file"), ("samples/1.json", "file"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("member", "content", "words"),
    [
        ("form.json", b"{}", "Prüfsumme"),
        ("template.docx", b"PK", "Prüfsumme"),
        ("manifest.json", b"[]", "kein JSON-Objekt"),
        ("manifest.json", b"{", "kein lesbares JSON"),
        ("manifest.json", b'{"files": {}}', "keine Prüfsumme"),
        ("manifest.json", b'{"files": {"fehlt.json": ""}}', "fehlt die Datei"),
        ("../form.json", b"{}", "unzulässigen Namen"),
    ],
)
def test_changed_packages_are_refused(member: str, content: bytes, words: str) -> None:
    with pytest.raises(ImportRefused, match=words):
        read_package(changed_member(packed(), member, lambda _former: content))


@pytest.mark.parametrize(
    ("form", "words"),
    [
        (b"[]", "kein JSON-Objekt"),
        (b'{"a": NaN}', "kein lesbares JSON"),
        (b"[" * 100_000, "kein lesbares JSON"),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, "kein lesbares JSON|nicht verwendbar|Frage"),
        (b"{}", "nicht verwendbar|Frage"),
        (b'{"pages": 3}', "nicht verwendbar|Frage"),
        (b"\xff\xfe", "kein lesbares JSON"),
    ],
)
def test_a_form_that_is_none_is_refused(form: bytes, words: str) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("form.json", form)
    with pytest.raises(ImportRefused, match=words):
        read_package(target.getvalue())


def test_versions_have_three_numbers() -> None:
    with pytest.raises(ValueError, match="drei Zahlen"):
        write_package(SHIPPED.form_document, CONTENT, version="1.2", author="x")
