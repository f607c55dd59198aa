"""Clauses as Tenant-Admins write them, let them out, and find them again in templates."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from document_templates.clauses.models import Clause, ClauseVersion
from document_templates.models import TemplateVersion
from tenants.audit import AuditEntry
from tenants.context import Scope
from tests.app.pages.conftest import Office
from tests.support.docx_files import docx_of, text_of
from tests.support.web import Visitor
from tests.support.web_forms import document_of, error_links, form_of
from tests.support.web_forms import text_of as words_of

UPLOAD = "//main//form[@enctype='multipart/form-data']"
EDIT = "//main//form[contains(@action, 'bearbeiten')]"
DECIDE = "//main//form[contains(@action, 'freigabe')]"


@pytest.fixture(scope="module")
def administrator(app: Flask, office: Office) -> Visitor:
    return Visitor(app, office.administrator)


@pytest.fixture(scope="module")
def second(app: Flask, office: Office) -> Visitor:
    person = office.installation.person(tenant=office.tenant, role="tenant_admin")
    return Visitor(app, person)


class Writing:
    """A clause that somebody writes and another person lets out."""

    def __init__(self, office: Office, writer: Visitor, reader: Visitor, title: str) -> None:
        self.office, self.writer, self.reader = office, writer, reader
        sent = form_of(writer.get(f"{office.path}/bausteine/neu"), "//main//form")
        answer = writer.post(sent.action, sent.filled({"title": title}))
        assert answer.status_code == 302, words_of(answer)
        self.path = answer.location.removesuffix("/bearbeiten")

    def save(self, action: str = "speichern", **typed: str) -> TestResponse:
        """Fill in the draft and press a button."""
        sent = form_of(self.writer.get(f"{self.path}/bearbeiten"), EDIT)
        typed = {name.replace("_", "-", 1): value for name, value in typed.items()}
        return self.writer.post(sent.action, {**sent.filled(typed), "aktion": action})

    def decide(self, visitor: Visitor, action: str, **typed: str) -> TestResponse:
        """Press a button of the page for the release."""
        sent = form_of(visitor.get(f"{self.path}/freigabe"), DECIDE)
        return visitor.post(sent.action, {**sent.filled(), **typed, "aktion": action})

    def publish(self, **typed: str) -> None:
        """Write, ask, and let the other person publish."""
        self.save("pruefen", **typed)
        assert self.decide(self.writer, "beantragen").status_code == 302
        answer = self.decide(self.reader, "freigeben")
        assert answer.status_code == 302, words_of(answer)

    def begin(self) -> None:
        """Begin the next version."""
        sent = form_of(self.writer.get(self.path), "//main//form[contains(@action, 'entwurf')]")
        assert self.writer.post(sent.action, sent.filled()).status_code == 302


Write = Callable[[str], Writing]


@pytest.fixture
def write(office: Office, administrator: Visitor, second: Visitor) -> Write:
    return lambda title: Writing(office, administrator, second, title)


def _upload(visitor: Visitor, office: Office, title: str, *paragraphs: str) -> str:
    sent = form_of(visitor.get(f"{office.path}/vorlagen/hochladen"), UPLOAD)
    fields = sent.filled({"title": title, "form": office.version.id, "file": None})
    file = {"file": (io.BytesIO(docx_of(*paragraphs)), "v.docx")}
    answer = visitor.post(sent.action, {**fields, **file}, content_type="multipart/form-data")
    assert answer.status_code == 302, words_of(answer)
    return answer.location


def _press(visitor: Visitor, page: TestResponse, part: str) -> TestResponse:
    sent = form_of(page, f"//main//form[contains(@action, '{part}')]")
    return visitor.post(sent.action, sent.filled())


def _stored(office: Office, location: str) -> TemplateVersion:
    wanted = location.rsplit("/", 1)[1]

    def read(session: Session) -> TemplateVersion:
        return session.scalars(select(TemplateVersion).where(TemplateVersion.id == wanted)).one()

    return office.installation.in_scope(Scope(tenant_id=office.tenant.id), read)


def test_a_clause_is_written_by_one_and_published_by_another(
    write: Write, office: Office, administrator: Visitor, second: Visitor
) -> None:
    clause = write("Datenschutz")
    page = administrator.get(clause.save("variante", heading="Datenschutz").location or "/")
    sent = form_of(administrator.get(f"{clause.path}/bearbeiten"), EDIT)
    assert sent.fields["v1-key"] == ["variante_2"]
    clause.save(
        v1_title="Kosten", v1_condition="hat_kosten", v1_text="Nur bei **Kosten**.",
        v2_text="Für {{ nachname }}.\n\nAuch das.",
    )  # fmt: skip
    page = administrator.get(f"{clause.path}/freigabe")
    assert "(2)" in words_of(page)
    assert clause.decide(administrator, "beantragen").status_code == 302
    refused = clause.decide(administrator, "freigeben")
    assert refused.status_code == 422
    assert "eine andere Person" in words_of(refused)
    assert "Auf Ihre Freigabe warten" in words_of(second.get(f"{office.path}/bausteine/"))
    assert "Auf Ihre Freigabe" not in words_of(administrator.get(f"{office.path}/bausteine/"))
    notice = "Freigabe: Baustein „Datenschutz“, Fassung 1"
    assert notice in words_of(second.get(f"{office.path}/uebersicht"))
    assert notice not in words_of(administrator.get(f"{office.path}/uebersicht"))
    assert clause.decide(second, "freigeben").status_code == 302
    assert "Fassung 1, veröffentlicht am" in words_of(administrator.get(clause.path))
    acts = office.installation.in_scope(
        Scope(tenant_id=office.tenant.id),
        lambda session: set(
            session.scalars(
                select(AuditEntry.action).where(AuditEntry.subject_id == clause.path[-36:])
            )
        ),
    )
    assert acts >= {
        "clause.created", "clause.draft_saved", "clause.publication_requested", "clause.published",
    }  # fmt: skip


def test_what_is_missing_is_told_and_what_was_typed_stays(
    write: Write, administrator: Visitor
) -> None:
    clause = write("Unfertig")
    clause.save(condition="hat_kosten and", v1_text="{% if x %}")
    page = administrator.get(f"{clause.path}/bearbeiten")
    assert list(error_links(page).values()) == ["#condition", "#v1-text"]
    assert "{% if x %}" in page.get_data(as_text=True)
    review = administrator.get(f"{clause.path}/freigabe")
    assert "So kann der Baustein nicht veröffentlicht werden" in words_of(review)
    assert document_of(review).xpath(DECIDE) == []


def test_a_text_beyond_all_measure_is_not_lost(write: Write, administrator: Visitor) -> None:
    clause = write("Zu lang")
    answer = clause.save(v1_text="Wort " * 5_000 + "Ende")
    assert answer.status_code == 409
    assert "länger als 20000 Zeichen" in words_of(answer)
    assert "Wort Ende" in answer.get_data(as_text=True)


def test_two_who_write_at_once_do_not_overwrite_each_other(
    write: Write, administrator: Visitor, second: Visitor
) -> None:
    clause = write("Gleichzeitig")
    first = form_of(administrator.get(f"{clause.path}/bearbeiten"), EDIT)
    other = form_of(second.get(f"{clause.path}/bearbeiten"), EDIT)
    assert (
        administrator.post(
            first.action, {**first.filled({"v1-text": "Von der ersten"}), "aktion": "speichern"}
        ).status_code
        == 302
    )
    answer = second.post(
        other.action, {**other.filled({"v1-text": "Von der zweiten"}), "aktion": "speichern"}
    )
    assert answer.status_code == 409
    assert "inzwischen geändert" in words_of(answer)
    assert "Von der zweiten" in answer.get_data(as_text=True)
    assert "Von der ersten" in administrator.get(f"{clause.path}/bearbeiten").get_data(as_text=True)


def test_a_new_version_changes_no_published_template_until_it_is_renewed(
    write: Write, office: Office, administrator: Visitor
) -> None:
    clause = write("Haftung")
    clause.publish(heading="Haftung", v1_text="Jede Partei haftet selbst.")
    location = _upload(administrator, office, "Vertrag", "{{ baustein.haftung }}", "{{ nachname }}")
    page = administrator.get(location)
    assert "Haftung" in words_of(page)
    _press(administrator, page, "veroeffentlichen")
    before = _stored(office, location)
    clause.begin()
    clause.publish(v1_text="Jede Partei haftet für ihre Leute.")
    after = _stored(office, location)
    assert (after.sha256, after.object_version, after.state) == (
        before.sha256, before.object_version, "published",
    )  # fmt: skip
    overview = administrator.get(clause.path)
    assert "ältere Fassung" in words_of(overview)
    assert "haftet selbst" in words_of(administrator.get(f"{clause.path}/vergleich/1/2"))
    renewed = _press(administrator, overview, f"vorlagen/{before.id}/bausteine")
    page = administrator.get(renewed.location)
    assert "für ihre Leute" in words_of(page)
    _press(administrator, page, "veroeffentlichen")
    assert _stored(office, location).state == "retired"
    assert "ältere Fassung" not in words_of(administrator.get(clause.path))
    # What is downloaded to be worked on has the slot and not the text.
    file = administrator.get(f"{renewed.location}/datei")
    assert "{{ baustein.haftung }}" in text_of(file.get_data())


def test_a_version_checked_with_an_older_clause_is_not_published_unseen(
    write: Write, office: Office, administrator: Visitor
) -> None:
    clause = write("Schriftform")
    clause.publish(heading="Schriftform", v1_text="Alles schriftlich.")
    location = _upload(administrator, office, "Später", "{{ baustein.schriftform }}")
    clause.begin()
    clause.publish(v1_text="Alles in Textform.")
    _press(administrator, administrator.get(location), "veroeffentlichen")
    page = administrator.get(location)
    assert "eine neue Fassung" in words_of(page)
    assert _stored(office, location).state == "checked"
    renewed = _press(administrator, page, "bausteine")
    _press(administrator, administrator.get(renewed.location), "veroeffentlichen")
    assert _stored(office, renewed.location).state == "published"


def test_an_adaptable_clause_is_worded_differently_with_a_reason(
    write: Write, office: Office, administrator: Visitor
) -> None:
    clause = write("Laufzeit")
    clause.publish(kind="adaptable", heading="Laufzeit", v1_text="Ein Jahr.")
    location = _upload(administrator, office, "Mit eigenem Wort", "{{ baustein.laufzeit }}")
    path = f"{location}/bausteine/{clause.path[-36:]}"
    sent = form_of(administrator.get(path), "//main//form")
    typed = sent.filled({"text-grundfassung": "Zwei Jahre."})
    refused = administrator.post(sent.action, typed)
    assert refused.status_code == 422
    assert "Zwei Jahre." in refused.get_data(as_text=True)
    answer = administrator.post(sent.action, {**typed, "reason": "Beschluss des Ausschusses"})
    page = administrator.get(answer.location)
    assert "angepasst" in words_of(page)
    made = _stored(office, answer.location)
    assert made.number == 2
    # A clause that is fixed is refused the same page.
    fixed = write("Fest")
    fixed.publish(v1_text="Fest.")
    assert administrator.get(f"{location}/bausteine/{fixed.path[-36:]}").status_code == 404


def test_fachkraft_reads_clauses_and_changes_none(
    app: Flask, write: Write, office: Office, administrator: Visitor
) -> None:
    clause = write("Nur lesen")
    specialist = Visitor(app, office.specialist)
    assert "Nur lesen" in words_of(specialist.get(f"{office.path}/bausteine/"))
    # A draft is not theirs to read.
    clause.save(v1_text="Noch geheim")
    assert "Noch geheim" not in words_of(specialist.get(clause.path))
    assert specialist.get(f"{clause.path}/fassung/1").status_code == 404
    for path in ("bearbeiten", "freigabe"):
        assert specialist.get(f"{clause.path}/{path}").status_code == 404
    assert specialist.post(f"{clause.path}/verwerfen").status_code == 404
    manager = Visitor(app, office.manager)
    assert manager.get(clause.path).status_code == 404


def test_a_draft_is_thrown_away_and_a_clause_without_versions_with_it(
    write: Write, office: Office, administrator: Visitor
) -> None:
    clause = write("Vergeblich")
    page = administrator.get(f"{clause.path}/bearbeiten")
    answer = _press(administrator, page, "verwerfen")
    assert answer.location.endswith("/bausteine/")

    def left(session: Session) -> list[str]:
        return list(
            session.scalars(
                select(ClauseVersion.id)
                .join(Clause, Clause.id == ClauseVersion.clause_id)
                .where(Clause.key == "vergeblich")
            )
        )

    assert office.installation.in_scope(Scope(tenant_id=office.tenant.id), left) == []
    assert administrator.get(clause.path).status_code == 404


def test_the_day_of_the_report_is_read_as_people_write_it(
    write: Write, administrator: Visitor
) -> None:
    clause = write("Berichtet")
    page = administrator.get(f"{clause.path}/vereinbarungen?stichtag=1.7.2027")
    assert "Keine Vereinbarung in Kraft" in words_of(page)
    wrong = administrator.get(f"{clause.path}/vereinbarungen?stichtag=gestern")
    assert wrong.status_code == 422
    assert list(error_links(wrong).values()) == ["#stichtag"]
