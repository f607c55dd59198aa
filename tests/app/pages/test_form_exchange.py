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

from document_templates.clauses.keeping import approve_publication, request_publication
from document_templates.clauses.models import ClauseVersion, TemplateClause
from document_templates.models import TemplateVersion
from forms.building.models import FormDraft
from forms.exchange.package_archive import PackageContent, read_package, write_package
from forms.exchange.xlsform_reading import read_xlsform
from forms.models import Form
from tenants.context import Scope
from tests.app.pages.conftest import Office
from tests.support.docx_files import docx_of
from tests.support.fim_files import data_field, schema, structure
from tests.support.form_documents import Document
from tests.support.web import Visitor
from tests.support.web_forms import document_of, error_links, form_of, text_of
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


def report_of(visitor: Visitor, answered: TestResponse) -> TestResponse:
    """Follow to the report of what was taken over."""
    assert answered.status_code == 302, text_of(answered)
    return visitor.get(answered.location)


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
    answered = upload(administrator, office, workbook("aus_excel", "Wie heißt es?"))
    words = text_of(report_of(administrator, answered))
    assert "Nicht übernommen (1)" in words
    assert "standort" in words
    assert "Karten und Standorte gibt es nicht." in words
    # A reload shows the report again and takes nothing over.
    assert text_of(administrator.get(answered.location)) == words
    assert "aus_excel_2" not in text_of(administrator.get(f"{office.path}/baukasten/"))
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
    upload(administrator, office, workbook("zweimal", "Jetzt so"), target=form_id)
    document = draft_of(office, "zweimal")
    assert document["pages"][0]["sections"][0]["fields"][0]["label"] == "Jetzt so"  # type: ignore[index, call-overload]


def test_fim_keeps_its_provenance(administrator: Visitor, office: Office) -> None:
    data = schema(3, [structure("1:1", data_field("F1", "Alter"))])
    page = report_of(administrator, upload(administrator, office, data))
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
    again = report_of(administrator, upload(administrator, office, package.get_data()))
    assert "Die Vorlage ist mit übernommen" in text_of(again)
    assert draft_of(office, "antrag_2")["provenance"]


def form_id_of(office: Office, key: str) -> str:
    return office.installation.in_scope(
        Scope(tenant_id=office.tenant.id),
        lambda session: str(session.scalars(select(Form.id).where(Form.key == key)).one()),
    )


def packed(office: Office, administrator: Visitor) -> tuple[Document, bytes]:
    """Return the office's form under another key, with its template."""
    path = f"{office.path}/baukasten/{office.version.form_id}/ausgeben/paket.zip"
    content = read_package(administrator.get(path).get_data()).content
    assert content.template is not None
    return dict(office.version.definition), content.template


def test_a_template_that_came_along_waits_for_its_form(
    app: Flask, administrator: Visitor, office: Office
) -> None:
    document, template = packed(office, administrator)
    data = write_package(
        {**document, "key": "mit_vorlage", "title": "Mit Vorlage"},
        PackageContent(template, "Bescheid dazu"), version="1.0.0", author="Andere Stadt",
    )  # fmt: skip
    report = report_of(administrator, upload(administrator, office, data))
    assert "Nicht übernommen (0)" in text_of(report)
    [findings_url] = document_of(report).xpath("//main//a[text()='Befunde zur Vorlage']/@href")
    page = administrator.get(findings_url)
    assert "wartet auf ihren Vordruck" in text_of(page)
    publish = f"{findings_url}/veroeffentlichen"
    assert publish not in document_of(page).xpath("//form/@action")
    # Nor by hand, before there is a version that it could be checked for.
    administrator.post(publish, {})
    words = text_of(administrator.get(f"{office.path}/vorlagen/"))
    assert "Bescheid dazu Mit Vorlage" in words
    assert "Wartet auf den Vordruck" in words

    build = f"{office.path}/baukasten/{form_id_of(office, 'mit_vorlage')}"
    form = form_of(administrator.get(f"{build}/veroeffentlichen"), "//main//form[@novalidate]")
    asked = administrator.post(f"{build}/veroeffentlichen", form.filled())  # type: ignore[arg-type]
    second = Visitor(app, office.installation.person(tenant=office.tenant, role="tenant_admin"))
    second.get(asked.location)
    published = second.post(asked.location, {"action": "approve"})
    told = text_of(second.get(published.location), "//body")
    assert "Die Vorlage „Bescheid dazu“ ist geprüft." in told
    second.post(publish, {})
    assert "Veröffentlicht" in text_of(second.get(findings_url))


def test_clauses_come_along_as_drafts_and_stand_in_the_template_once_published(
    app: Flask, administrator: Visitor, office: Office
) -> None:
    document, _template = packed(office, administrator)
    clause: Document = {
        "title": "Haftung", "kind": "fixed", "heading": "Haftung", "condition": "hat_kosten",
        "variants": [{"key": "a", "title": "A", "condition": "", "text": "Jeder haftet selbst."}],
    }  # fmt: skip
    data = write_package(
        {**document, "key": "mit_baustein", "title": "Mit Baustein"},
        PackageContent(
            docx_of("{{ nachname }}", "{{ baustein.haftung }}"), "Vertrag dazu",
            clauses={"haftung": clause, "kaputt": {"title": "Kaputt", "variants": []}},
        ),
        version="1.0.0", author="Andere Stadt",
    )  # fmt: skip
    report = text_of(report_of(administrator, upload(administrator, office, data)))
    assert "Nicht übernommen (1)" in report
    assert "Kaputt" in report

    def published(session: Session) -> list[str]:
        draft = session.scalars(select(ClauseVersion)).one()
        assert draft.state == "draft"
        request_publication(session, draft.clause, person_name="Kim")
        approve_publication(session, draft.clause, four_eyes=False, person_name="Kim")
        return [draft.clause.key]

    scope = Scope(tenant_id=office.tenant.id)
    assert office.installation.in_scope(scope, published) == ["haftung"]
    build = f"{office.path}/baukasten/{form_id_of(office, 'mit_baustein')}"
    form = form_of(administrator.get(f"{build}/veroeffentlichen"), "//main//form[@novalidate]")
    asked = administrator.post(f"{build}/veroeffentlichen", form.filled())  # type: ignore[arg-type]
    second = Visitor(app, office.installation.person(tenant=office.tenant, role="tenant_admin"))
    second.get(asked.location)
    answer = second.post(asked.location, {"action": "approve"})
    assert "Die Vorlage „Vertrag dazu“ ist geprüft." in text_of(
        second.get(answer.location), "//body"
    )

    def held(session: Session) -> tuple[str, bool]:
        pin = session.scalars(select(TemplateClause)).one()
        version = session.get_one(TemplateVersion, (office.tenant.id, pin.template_version_id))
        return pin.clause_version.clause.key, version.source_sha256 not in ("", version.sha256)

    assert office.installation.in_scope(scope, held) == ("haftung", True)
    # It goes out as it came in: with the slot, and the clause beside it.
    path = f"{office.path}/vorlagen/"
    second.get(path)
    [publish] = [
        link
        for link in document_of(second.get(path)).xpath("//main//a[text()='Vertrag dazu']/@href")
    ]
    second.get(publish)
    second.post(f"{publish}/veroeffentlichen", {})
    content = read_package(second.get(f"{build}/ausgeben/paket.zip").get_data()).content
    assert content.template is not None
    assert "{{ baustein.haftung }}" in text_of_docx(content.template)
    assert content.clauses == {"haftung": clause}


def test_a_template_that_is_none_is_named_and_the_form_is_taken_over(
    administrator: Visitor, office: Office
) -> None:
    document, _template = packed(office, administrator)
    data = write_package(
        {**document, "key": "ohne_vorlage"},
        PackageContent(b"MZ kein Word", "Kein Word"), version="1.0.0", author="Andere Stadt",
    )  # fmt: skip
    words = text_of(report_of(administrator, upload(administrator, office, data)))
    assert "Nicht übernommen (1)" in words
    assert "Kein WordVorlage" in words
    assert draft_of(office, "ohne_vorlage")
    assert "Kein Word" not in text_of(administrator.get(f"{office.path}/vorlagen/"))


def test_only_a_form_that_was_taken_over_has_a_report(
    administrator: Visitor, office: Office
) -> None:
    path = f"{office.path}/baukasten/{office.version.form_id}/uebernommen"
    assert administrator.get(path).status_code == 404


@pytest.mark.parametrize("role", ["specialist", "manager"])
def test_who_does_not_build_forms_finds_nothing(app: Flask, office: Office, role: str) -> None:
    visitor = Visitor(app, getattr(office, role))
    for path in ("uebernehmen", f"{office.version.form_id}/ausgeben",
                 f"{office.version.form_id}/ausgeben/paket.zip"):  # fmt: skip
        assert visitor.get(f"{office.path}/baukasten/{path}").status_code == 404
