"""Uploading files to a form: what is taken and refused, who gets them, when they are erased."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from forms.attachments.keeping import ERASE_OBJECT, SCAN_ATTACHMENT
from forms.attachments.models import Attachment
from forms.attachments.scanner import Clamd
from forms.attachments.tending import TEND_FILES
from forms.models import DraftRevision, Submission
from tenants.context import Scope
from tenants.models import Organisation, Tenant
from tenants.outbox import Task, enqueue, fail_task
from tests.support.clamd import EICAR, LoopbackClamd, loopback_clamd
from tests.support.form_documents import field, form, page, row_field, section
from tests.support.installation import Installation, Person
from tests.support.upload_files import EXE, PDF, PNG
from tests.support.web import Visitor
from tests.support.web_forms import SentForm, document_of, error_links, form_of, text_of
from workers.handlers import perform_task
from workers.runtime import Runtime

FORM = form(
    page(
        "nachweise",
        section(
            "a",
            field("text", "name", label="Name"),
            field("file", "belege", label="Belege", kinds=["pdf", "png"], maximum=3,
                  maximum_megabytes=1, required=True),
            field("repeat", "kosten", label="Kosten", display="cards", item_label="Posten",
                  fields=[row_field("kosten", "text", "zweck"),
                          row_field("kosten", "file", "beleg", label="Beleg")]),
            field("inspection_note", "vermerk", label="Vermerk"),
        ),
    )
)  # fmt: skip


@pytest.fixture(scope="module")
def clamd() -> Iterator[LoopbackClamd]:
    with loopback_clamd() as server:
        yield server


@pytest.fixture(scope="module")
def runtime(installation: Installation, clamd: LoopbackClamd) -> Iterator[Runtime]:
    with Runtime.from_settings(installation.settings) as opened:
        opened.scanner = Clamd(clamd.address)
        yield opened


@dataclass
class Upload:
    """A draft of a Träger with what one does to its files."""

    installation: Installation
    tenant: Tenant
    organisation: Organisation
    person: Person
    visitor: Visitor
    id: str

    @property
    def url(self) -> str:
        return f"/{self.tenant.slug}/ausfuellen/{self.id}"

    @property
    def scope(self) -> Scope:
        return Scope(self.tenant.id, self.organisation.id, self.person.account_id)

    def page(self) -> TestResponse:
        return self.visitor.get(f"{self.url}/seite/nachweise")

    def send(
        self, files: dict[str, list[tuple[str, bytes]]], changes: dict[str, str] | None = None,
        *, sent: SentForm | None = None, **button: str,
    ) -> TestResponse:  # fmt: skip
        """Send the page as a browser does, an untouched input as an empty part."""
        fields = (sent or form_of(self.page())).filled(
            changes, **(button or {"__action": "upload"})
        )
        data: MultiDict[str, object] = MultiDict()
        for name, values in fields.items():
            if name != "csrf_token" and not name.startswith("__files:"):
                data.setlist(name, list(values))
        for name in files or {"__files:belege": []}:
            sends = files.get(name) or [("", b"")]
            data.setlist(name, [(io.BytesIO(content), called) for called, content in sends])
        data["csrf_token"] = fields["csrf_token"][0]
        return self.visitor._remember(
            self.visitor.client.post(
                f"{self.url}/seite/nachweise", data=data, content_type="multipart/form-data"
            )
        )

    def stored(self) -> Submission:
        return self.installation.in_scope(
            self.scope,
            lambda session: session.scalars(
                select(Submission).where(Submission.id == self.id)
            ).one(),
        )

    def attachments(self) -> list[Attachment]:
        query = select(Attachment).where(Attachment.submission_id == self.id)
        return self.installation.in_scope(
            self.scope,
            lambda session: list(session.scalars(query.order_by(Attachment.uploaded_at))),
        )

    def tasks(self, kind: str) -> list[str]:
        return self.installation.in_scope(
            Scope(tenant_id=self.tenant.id),
            lambda session: list(
                session.scalars(select(Task.id).where(Task.kind == kind, Task.state == "ready"))
            ),
        )

    def work(self, runtime: Runtime, kind: str = SCAN_ATTACHMENT) -> None:
        for task in self.tasks(kind):
            perform_task(runtime, task)

    def submit(self) -> TestResponse:
        sent = form_of(self.visitor.get(f"{self.url}/pruefen"), "//main//form")
        return self.visitor.post(sent.action, sent.filled())


@pytest.fixture
def upload(app: Flask, installation: Installation) -> Upload:
    tenant = installation.found_tenant()
    organisation = installation.found_organisation(tenant)
    installation.publish(tenant, FORM)
    person = installation.person(organisation=organisation, role="traeger_leitung")
    visitor = Visitor(app, person)
    base = f"/{tenant.slug}/vordrucke/pruefbogen"
    visitor.get(base)
    draft = visitor.post(f"{base}/beginnen").location.rpartition("/")[2]
    return Upload(installation, tenant, organisation, person, visitor, draft)


def test_files_are_taken_with_everything_else_of_the_page(upload: Upload) -> None:
    response = upload.send(
        {"__files:belege": [("ordner/Rechnung Mai.pdf", PDF), ("bild.exe", PNG)]},
        {"name": "Kim Muster"},
    )
    assert response.status_code == 302, text_of(response)
    assert response.location.endswith("#f-belege")
    stored = upload.stored()
    assert stored.answers["name"] == "Kim Muster"
    one, two = upload.attachments()
    assert [(file.file_name, file.media_type, file.state) for file in (one, two)] == [
        ("Rechnung Mai.pdf", "application/pdf", "quarantine"),
        ("bild.exe.png", "image/png", "quarantine"),
    ]
    assert stored.answers["belege"] == [
        {"_id": file.id, "name": file.file_name, "sha256": file.sha256} for file in (one, two)
    ]
    words = text_of(upload.page())
    assert "Rechnung Mai.pdf" in words
    assert "wird auf Schadsoftware geprüft" in words


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("harmlos.pdf", EXE, "keine Datei der Art PDF, PNG"),
        ("leer.pdf", b"", "ist leer"),
        ("gross.pdf", PDF + b" " * 1024 * 1024, "größer als 1 MB"),
    ],
)
def test_a_refused_file_loses_nothing(
    upload: Upload, name: str, content: bytes, reason: str
) -> None:
    response = upload.send(
        {"__files:belege": [("gut.pdf", PDF), (name, content)]}, {"name": "Kim Muster"}
    )
    assert response.status_code == 422
    links = error_links(response)
    assert any(name in text and reason in text for text in links), links
    assert "#f-belege" in links.values()
    assert reason in text_of(response, "//*[@id='f-belege']")
    assert upload.stored().answers["name"] == "Kim Muster"
    assert [file.file_name for file in upload.attachments()] == ["gut.pdf"]


def test_no_more_files_than_the_field_takes(upload: Upload) -> None:
    response = upload.send({"__files:belege": [(f"{n}.pdf", PDF) for n in range(4)]})
    assert response.status_code == 422
    assert any("höchstens 3 Dateien" in text for text in error_links(response))
    assert len(upload.attachments()) == 3
    assert not document_of(upload.page()).xpath("//input[@name='__files:belege']")


def test_files_of_rows_go_with_their_rows(upload: Upload) -> None:
    for _row in range(2):
        sent = form_of(upload.page())
        upload.send({}, sent=sent, **{"kosten.__add": "1"})
    sent = form_of(upload.page())
    swapped = dict(sent.fields)
    response = upload.send(
        {"__files:kosten[1].beleg": [("zweiter.pdf", PDF)]}, {"kosten[1].zweck": "Miete"},
        sent=SentForm(sent.action, swapped),
    )  # fmt: skip
    assert response.location.endswith("#f-kosten-1-beleg")
    (file,) = upload.attachments()
    first, second = upload.stored().answers["kosten"]  # type: ignore[misc]
    assert "beleg" not in first
    assert (second["zweck"], second["beleg"][0]["name"]) == ("Miete", "zweiter.pdf")
    assert file.row_id == second["_id"]
    upload.send({}, **{"kosten[1].__up": "1"})
    assert upload.stored().answers["kosten"][0]["beleg"][0]["_id"] == file.id  # type: ignore[index]


@pytest.mark.parametrize("name", ["__files:vermerk", "vermerk", "__files:name", "vermerk.datei"])
def test_no_other_field_takes_a_file(upload: Upload, name: str) -> None:
    response = upload.send({name: [("zeugnis.pdf", PDF)]})
    assert response.status_code == 422
    expected = "§ 72a" if "vermerk" in name else "nimmt keine Dateien an"
    assert any(expected in text for text in error_links(response))
    assert upload.attachments() == []


def test_what_is_typed_names_no_file(upload: Upload) -> None:
    response = upload.send({}, {"belege": "[object File]"}, __action="save")
    assert response.status_code == 422
    assert "belege" not in upload.stored().answers


def test_two_windows_lose_no_file(upload: Upload) -> None:
    earlier = form_of(upload.page())
    upload.send({"__files:belege": [("erste.pdf", PDF)]})
    upload.send({"__files:belege": [("zweite.pdf", PDF)]}, sent=earlier)
    names = {str(file["name"]) for file in upload.stored().answers["belege"]}  # type: ignore[union-attr, index, call-overload]
    assert names == {"erste.pdf", "zweite.pdf"}


def test_taking_a_file_away_and_discarding_erases_it(upload: Upload, runtime: Runtime) -> None:
    upload.send({"__files:belege": [("eins.pdf", PDF), ("zwei.pdf", PDF)]})
    one, two = upload.attachments()
    response = upload.send({}, {"name": "bleibt"}, **{"belege.__drop": one.id})
    assert response.status_code == 302
    assert upload.stored().answers["name"] == "bleibt"
    assert [file["_id"] for file in upload.stored().answers["belege"]] == [two.id]  # type: ignore[union-attr, index, call-overload]
    assert [file.id for file in upload.attachments()] == [two.id]
    upload.visitor.get(f"{upload.url}/seite/nachweise")
    upload.visitor.post(f"{upload.url}/verwerfen")
    upload.work(runtime)
    upload.work(runtime, ERASE_OBJECT)
    upload.work(runtime, ERASE_OBJECT)
    store = upload.installation.store
    assert [store.stat(file.object_key) for file in (one, two)] == [None, None]


def test_a_clean_file_is_handed_out_to_its_sides_alone(
    app: Flask, upload: Upload, runtime: Runtime
) -> None:
    upload.send({"__files:belege": [("beleg.pdf", PDF)]})
    (file,) = upload.attachments()
    address = f"/{upload.tenant.slug}/anlagen/{file.id}"
    assert upload.visitor.get(address).status_code == 404
    installation = upload.installation
    office = Visitor(app, installation.person(tenant=upload.tenant, role="fachkraft"))
    stranger = installation.found_organisation(upload.tenant)
    other = Visitor(app, installation.person(organisation=stranger, role="traeger_leitung"))
    upload.work(runtime)
    upload.work(runtime)
    response = upload.visitor.get(address)
    assert response.get_data() == PDF
    assert response.headers["Content-Disposition"] == "attachment; filename=beleg.pdf"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert [one.get(address).status_code for one in (office, other)] == [404, 404]
    assert upload.submit().location.endswith("/eingang")
    assert [one.get(address).status_code for one in (office, other)] == [200, 404]
    shown = office.get(f"/{upload.tenant.slug}/einreichungen/{upload.id}")
    assert document_of(shown).xpath(f"//a[@href='{address}']")


def test_malware_is_never_handed_out(
    app: Flask, upload: Upload, runtime: Runtime, clamd: LoopbackClamd
) -> None:
    upload.send({"__files:belege": [("boese.pdf", PDF + EICAR)]})
    (file,) = upload.attachments()
    upload.work(runtime)
    assert PDF + EICAR in clamd.seen
    (file,) = upload.attachments()
    assert (file.state, file.finding) == ("infected", "Eicar-Test-Signature")
    assert "Schadsoftware gefunden" in text_of(upload.page())
    refused = upload.submit()
    assert refused.status_code == 422
    assert any("Schadsoftware gefunden" in text for text in error_links(refused))
    assert upload.stored().state == "draft"
    assert upload.visitor.get(f"/{upload.tenant.slug}/anlagen/{file.id}").status_code == 404


def test_malware_found_after_submitting_is_said_and_locked(
    app: Flask, upload: Upload, runtime: Runtime
) -> None:
    upload.send({"__files:belege": [("boese.pdf", PDF + EICAR)]})
    assert upload.submit().location.endswith("/eingang")
    upload.work(runtime)
    (file,) = upload.attachments()
    office = Visitor(app, upload.installation.person(tenant=upload.tenant, role="fachkraft"))
    shown = office.get(f"/{upload.tenant.slug}/einreichungen/{upload.id}")
    assert "Schadsoftware gefunden" in text_of(shown)
    address = f"/{upload.tenant.slug}/anlagen/{file.id}"
    assert not document_of(shown).xpath(f"//a[@href='{address}']")
    for visitor in (office, upload.visitor):
        assert visitor.get(address).status_code == 404


def test_a_file_too_large_for_the_scanner_has_to_be_replaced(
    upload: Upload, runtime: Runtime, clamd: LoopbackClamd
) -> None:
    upload.send({"__files:belege": [("gross.pdf", PDF + b" " * 300_000)]})
    clamd.largest, usual = 100_000, clamd.largest
    try:
        upload.work(runtime)
    finally:
        clamd.largest = usual
    assert upload.attachments()[0].state == "refused"
    assert any("nicht auf Schadsoftware prüfen" in text for text in error_links(upload.submit()))


@pytest.mark.parametrize(("accepts", "state"), [(False, "quarantine"), (True, "clean")])
def test_without_a_scanner(
    upload: Upload, installation: Installation, *, accepts: bool, state: str
) -> None:
    upload.send({"__files:belege": [("beleg.pdf", PDF)]})
    with Runtime.from_settings(installation.settings) as bare:
        assert bare.scanner is None
        assert bare.accepts_unscanned is False
        bare.accepts_unscanned = accepts
        upload.work(bare)
    assert upload.attachments()[0].state == state
    assert upload.tasks(SCAN_ATTACHMENT) == []


def test_a_scanner_that_is_away_is_asked_again(upload: Upload, runtime: Runtime) -> None:
    upload.send({"__files:belege": [("beleg.pdf", PDF)]})
    (task,) = upload.tasks(SCAN_ATTACHMENT)
    scanner, runtime.scanner = runtime.scanner, Clamd("/nicht/da.sock")
    try:
        perform_task(runtime, task)
    finally:
        runtime.scanner = scanner
    assert upload.attachments()[0].state == "quarantine"

    def failure(session: Session) -> tuple[str, str]:
        row = session.scalars(select(Task).where(Task.id == task)).one()
        return row.state, row.failure

    state, reason = upload.installation.in_scope(Scope(tenant_id=upload.tenant.id), failure)
    assert state == "ready"
    assert "Virenscanner" in reason
    perform_task(runtime, task)
    assert upload.attachments()[0].state == "clean"


def run_job(upload: Upload, runtime: Runtime) -> None:
    """Carry out the hourly job of the tenant, as a worker does."""
    task = upload.installation.in_scope(
        Scope(tenant_id=upload.tenant.id),
        lambda session: enqueue(session, TEND_FILES, {}, is_bulk=True).id,
    )
    perform_task(runtime, task)


def give_up(upload: Upload) -> None:
    """End the scan as a worker does whose scanner stayed away."""

    def fail(session: Session) -> None:
        task = session.scalars(select(Task).where(Task.kind == SCAN_ATTACHMENT)).one()
        fail_task(task, "Der Virenscanner war nicht erreichbar.")

    upload.installation.in_scope(Scope(tenant_id=upload.tenant.id), fail)


def test_a_scan_that_was_given_up_is_asked_for_again_by_hand(
    app: Flask, upload: Upload, runtime: Runtime
) -> None:
    upload.send({"__files:belege": [("beleg.pdf", PDF)]})
    assert upload.submit().status_code == 302
    submission = f"/{upload.tenant.slug}/einreichungen/{upload.id}"
    office = Visitor(app, upload.installation.person(tenant=upload.tenant, role="fachkraft"))
    again = "//main//form[contains(@action, '/pruefung')]"
    assert not document_of(office.get(submission)).xpath(again)
    give_up(upload)
    page = office.get(submission)
    assert "konnte noch nicht auf Schadsoftware geprüft werden" in text_of(page)
    (asked,) = document_of(page).xpath(again)
    assert office.post(asked.get("action")).location == submission
    assert "wird erneut geprüft" in text_of(office.get(submission), "//body")
    # Once is enough.
    assert not document_of(office.get(submission)).xpath(again)
    office.post(asked.get("action"))
    upload.work(runtime)
    assert upload.attachments()[0].state == "clean"
    assert upload.tasks(SCAN_ATTACHMENT) == []


def test_the_hourly_job_repeats_scans_that_were_given_up(
    upload: Upload, installation: Installation, runtime: Runtime
) -> None:
    upload.send({"__files:belege": [("beleg.pdf", PDF)]})
    with Runtime.from_settings(installation.settings) as bare:
        upload.work(bare)
    assert (upload.attachments()[0].state, upload.tasks(SCAN_ATTACHMENT)) == ("quarantine", [])
    run_job(upload, runtime)
    upload.work(runtime)
    assert upload.attachments()[0].state == "clean"


def test_the_hourly_job_erases_files_of_rows_that_were_deleted(
    upload: Upload, runtime: Runtime
) -> None:
    upload.send({}, None, **{"kosten.__add": "1"})
    upload.send({"__files:kosten[0].beleg": [("alt.pdf", PDF)]}, {"kosten[0].zweck": "Taxi"})
    upload.send({"__files:belege": [("bleibt.pdf", PDF)]})
    assert len(upload.attachments()) == 2
    upload.send({}, None, **{"kosten[0].__remove": "1"})
    assert not upload.stored().answers.get("kosten")
    run_job(upload, runtime)
    # Somebody may still hold a page that names it.
    assert len(upload.attachments()) == 2

    def age(session: Session) -> None:
        for one in session.scalars(select(Attachment)):
            one.uploaded_at -= timedelta(days=2)
        for state in session.scalars(select(DraftRevision)):
            state.saved_at -= timedelta(days=2)

    upload.installation.in_scope(upload.scope, age)
    run_job(upload, runtime)
    assert [one.file_name for one in upload.attachments()] == ["bleibt.pdf"]
    assert len(upload.tasks(ERASE_OBJECT)) == 1
    upload.work(runtime, ERASE_OBJECT)
    run_job(upload, runtime)
    assert upload.tasks(ERASE_OBJECT) == []


def test_an_invented_file_cannot_be_submitted(upload: Upload) -> None:
    def invent(session: Session) -> None:
        draft = session.scalars(select(Submission).where(Submission.id == upload.id)).one()
        draft.answers = {
            "belege": [{"_id": "0" * 8 + "-0000-0000-0000-" + "0" * 12, "name": "x.pdf",
                        "sha256": "0" * 64}]
        }  # fmt: skip

    upload.installation.in_scope(upload.scope, invent)
    assert any("gibt es nicht mehr" in text for text in error_links(upload.submit()))
