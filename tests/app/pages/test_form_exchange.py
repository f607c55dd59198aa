"""Taking forms over and handing them out on the pages, by who builds forms and nobody else."""

from __future__ import annotations

import io
from collections.abc import Mapping

import docx
import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from forms.building.models import FormDraft
from forms.exchange.package_archive import read_package
from forms.exchange.xlsform_reading import read_xlsform
from forms.models import Form
from tenants.context import Scope
from tests.app.pages.conftest import Office
from tests.support.fim_files import data_field, schema, structure
from tests.support.form_documents import Document
from tests.support.web import Visitor
from tests.support.web_forms import error_links, form_of, text_of
from tests.support.workbooks import xlsform

UPLOAD = "//main//form[@enctype='multipart/form-data']"


@pytest.fixture
def administrator(app: Flask, office: Office) -> Visitor:
    return Visitor(app, office.administrator)


def upload(visitor: Visitor, office: Office, data: bytes, target: str = "new") -> TestResponse:
    sent = form_of(visitor.get(f"{office.path}/baukasten/uebernehmen"), UPLOAD)
    fields: Mapping[str, object] = sent.filled({"target": target, "file": None})
    file = {"file": (io.BytesIO(data), "vordruck")} if data else {}
    return visitor.post(sent.action, {**fields, **file}, content_type="multipart/form-data")


def draft_of(office: Office, key: str) -> Document:
    def read(session: Session) -> Document:
        found = session.scalars(
            select(FormDraft).join(
                Form, (Form.tenant_id == FormDraft.tenant_id) & (Form.id == FormDraft.form_id)
            ).where(Form.key == key)
        ).one()  # fmt: skip
        return dict(found.document)

    return office.installation.in_scope(Scope(tenant_id=office.tenant.id), read)


def workbook(form_id: str, label: str) -> bytes:
    return xlsform(
        [
            {"type": "text", "name": "name", "label": label},
            {"type": "geopoint", "name": "standort", "label": "Wo?"},
        ],
        settings={"form_title": "Aus Excel", "form_id": form_id},
    )


def text_of_docx(data: bytes) -> str:
    return "".join(part.text for part in docx.Document(io.BytesIO(data)).paragraphs)


def test_a_workbook_becomes_a_draft_with_a_report(administrator: Visitor, office: Office) -> None:
    page = upload(administrator, office, workbook("aus_excel", "Wie heißt es?"))
    assert page.status_code == 200
    words = text_of(page)
    assert "Nicht übernommen (1)" in words
    assert "standort" in words
    assert "Karten und Standorte gibt es nicht." in words
    assert draft_of(office, "aus_excel")["title"] == "Aus Excel"
    assert "Aus Excel" in text_of(administrator.get(f"{office.path}/baukasten/"))
    # Nobody can fill it in before it is published.
    assert "Aus Excel" not in text_of(administrator.get(f"{office.path}/vordrucke/"))


def test_the_same_file_again_is_another_form_or_replaces_the_draft(
    administrator: Visitor, office: Office
) -> None:
    upload(administrator, office, workbook("zweimal", "Erst so"))
    upload(administrator, office, workbook("zweimal", "Noch einer"))
    assert draft_of(office, "zweimal_2")["key"] == "zweimal_2"

    def identity(session: Session) -> str:
        return str(session.scalars(select(Form.id).where(Form.key == "zweimal")).one())

    form_id = office.installation.in_scope(Scope(tenant_id=office.tenant.id), identity)
    page = upload(administrator, office, workbook("zweimal", "Jetzt so"), target=form_id)
    assert page.status_code == 200
    document = draft_of(office, "zweimal")
    assert document["pages"][0]["sections"][0]["fields"][0]["label"] == "Jetzt so"  # type: ignore[index, call-overload]


def test_fim_keeps_its_provenance(administrator: Visitor, office: Office) -> None:
    page = upload(administrator, office, schema(3, [structure("1:1", data_field("F1", "Alter"))]))
    assert page.status_code == 200
    assert "XDatenfelder 3" in text_of(page)
    document = draft_of(office, "antrag_tagespflege")
    assert document["provenance"] == {"source": "FIM", "id": "S00000777", "version": "1.3"}


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"", "Wählen Sie eine Datei aus."), (b"%PDF-1.7", "weder ein Paket"),
     (b'<!DOCTYPE a [<!ENTITY b "c">]><a/>', "DTD")],
)  # fmt: skip
def test_what_is_no_form_is_said_at_the_file(
    administrator: Visitor, office: Office, data: bytes, words: str
) -> None:
    page = upload(administrator, office, data)
    assert page.status_code == 422
    [(text, place)] = error_links(page).items()
    assert words in text
    assert place == "#file"


def test_an_unknown_draft_is_not_found(administrator: Visitor, office: Office) -> None:
    data = workbook("wohin", "Wohin?")
    assert upload(administrator, office, data, target=office.version.id).status_code == 404


def test_a_published_form_is_handed_out_and_comes_back(
    administrator: Visitor, office: Office
) -> None:
    path = f"{office.path}/baukasten/{office.version.form_id}/ausgeben"
    assert "Paket herunterladen" in text_of(administrator.get(path))
    package = administrator.get(f"{path}/paket.zip")
    assert "antrag.vordruck.zip" in package.headers["Content-Disposition"]
    imported = read_package(package.get_data())
    document = dict(imported.form.document)
    document.pop("provenance")
    assert document == office.version.definition
    assert imported.manifest["author"] == office.tenant.name
    assert imported.content.template is not None
    assert "{{ nachname }}" in text_of_docx(imported.content.template)
    workbook = administrator.get(f"{path}/xlsform.xlsx")
    assert read_xlsform(workbook.get_data()).document == office.version.definition
    again = upload(administrator, office, package.get_data())
    assert "Laden Sie die Vorlage hoch" in text_of(again)
    assert draft_of(office, "antrag_2")["provenance"]


@pytest.mark.parametrize("role", ["specialist", "manager"])
def test_who_does_not_build_forms_finds_nothing(app: Flask, office: Office, role: str) -> None:
    visitor = Visitor(app, getattr(office, role))
    for path in ("uebernehmen", f"{office.version.form_id}/ausgeben",
                 f"{office.version.form_id}/ausgeben/paket.zip"):  # fmt: skip
        assert visitor.get(f"{office.path}/baukasten/{path}").status_code == 404
