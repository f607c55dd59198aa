"""Bulk runs in the browser, without a script: chosen, looked at, made, given out."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

import pikepdf
import pytest
from flask import Flask
from openpyxl import Workbook
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from document_templates.bulk_runs.leftovers import latest_of_run
from document_templates.bulk_runs.models import BulkItem, BulkRun
from document_templates.bulk_runs.starting import PREPARE_RUN
from document_templates.models import DocumentRequest, DocumentTemplate, DocumentVersion
from document_templates.publishing import publish_template, upload_template
from forms.registers.keeping import EntryContent, RegisterShape, add_entry, create_register
from tenants.context import Scope
from tenants.outbox import Task, fail_task
from tests.app.pages.conftest import Office, begin
from tests.support.docx_files import docx_of
from tests.support.installation import Installation
from tests.support.web import Visitor
from tests.support.web_forms import document_of, error_links, form_of, text_of
from workers.handlers import perform_task
from workers.runtime import Runtime

FORM = "//main//form[@novalidate]"
LETTER = docx_of("An {{ vorname }} {{ nachname }}", "Eigenanteil {{ eigenanteil|euro }}")


@pytest.fixture(scope="module")
def template(office: Office) -> str:
    """A template of the form that prints no more than a table has."""

    def publish(session: Session) -> str:
        version = upload_template(
            session, office.installation.store, office.version, title="Anschreiben",
            file_name="brief.docx", data=LETTER,
        )  # fmt: skip
        publish_template(session, version)
        return version.template_id

    return office.installation.in_scope(Scope(tenant_id=office.tenant.id), publish)


@pytest.fixture(scope="module")
def runtime(installation: Installation) -> Iterator[Runtime]:
    with Runtime.from_settings(installation.settings) as opened:
        yield opened


@pytest.fixture
def visitor(app: Flask, office: Office) -> Visitor:
    return Visitor(app, office.specialist)


def workbook(*rows: tuple[object, ...]) -> bytes:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def send_table(visitor: Visitor, office: Office, template: str, data: bytes) -> TestResponse:
    address = f"{office.path}/serienlaeufe/neu/{template}/tabelle"
    sent = form_of(visitor.get(address), FORM)
    fields = {**sent.filled({"file": None}), "file": (io.BytesIO(data), "familien.xlsx")}
    return visitor.post(sent.action, fields, content_type="multipart/form-data")


def press(visitor: Visitor, address: str, act: str) -> TestResponse:
    """Press a button of the run's page."""
    sent = form_of(visitor.get(address), f"//main//form[contains(@action, '/{act}')]")
    return visitor.post(sent.action, sent.filled())


def work(office: Office, runtime: Runtime) -> None:
    """Carry out what is ready, and what becomes ready by it."""

    def ready(session: Session) -> list[str]:
        return list(
            session.scalars(
                select(Task.id)
                .where(Task.state == "ready", Task.kind != "erase_object")
                .order_by(Task.created_at)
            )
        )

    while tasks := office.installation.in_scope(Scope(tenant_id=office.tenant.id), ready):
        for task in tasks:
            perform_task(runtime, task)


def prepare(office: Office, runtime: Runtime, kind: str = PREPARE_RUN) -> None:
    """Carry out what is ready of one kind."""

    def ready(session: Session) -> list[str]:
        query = select(Task.id).where(Task.state == "ready", Task.kind == kind)
        return list(session.scalars(query.order_by(Task.created_at)))

    for task in office.installation.in_scope(Scope(tenant_id=office.tenant.id), ready):
        perform_task(runtime, task)


def states(office: Office, address: str) -> list[str]:
    """Return the states of the requests of the run at ``address``, by place."""
    run_id = address.rpartition("/")[2]

    def read(session: Session) -> list[str]:
        return list(
            session.scalars(
                select(DocumentRequest.state)
                .join(BulkItem, BulkItem.id == DocumentRequest.bulk_item_id)
                .where(BulkItem.run_id == run_id)
                .order_by(BulkItem.position)
            )
        )

    return office.installation.in_scope(Scope(tenant_id=office.tenant.id), read)


TABLE = workbook(
    ("Nachname", "Vorname", "Eigenanteil"),
    ("Muster", "Kim", 120.5),
    ("Öztürk & Söhne", "Jo", "1.250,50"),
    (None, "Nina", 5),
    ("Beispiel", "Ulla", "viel"),
)


def test_an_empty_list_leads_on_and_templates_are_offered(
    visitor: Visitor, office: Office, template: str
) -> None:
    assert "Noch kein Serienlauf" in text_of(visitor.get(f"{office.path}/serienlaeufe/"))
    page = visitor.get(f"{office.path}/serienlaeufe/neu")
    sent = form_of(page, FORM)
    refused = visitor.post(sent.action, sent.filled())
    assert refused.status_code == 422
    assert set(error_links(refused).values()) == {"#template", "#source-0"}
    answer = visitor.post(sent.action, sent.filled({"template": template, "source": "table"}))
    assert answer.location.endswith(f"/neu/{template}/tabelle")
    words = text_of(visitor.get(answer.location))
    assert "Nachname nachname (nötig)" in words


def test_a_table_is_reported_row_by_row_and_what_fits_is_made(
    visitor: Visitor, office: Office, template: str, runtime: Runtime
) -> None:
    address = send_table(visitor, office, template, TABLE).location
    words = text_of(visitor.get(address))
    assert "2 Dokumente erstellen" in words
    assert "Zeile 4: „Nachname“ fehlt." in words
    assert "Zeile 5:" in words and "Eigenanteil" in words
    assert states(office, address) == []

    assert press(visitor, address, "starten").status_code == 302
    assert "0 von 2 Aufträgen vorbereitet" in text_of(visitor.get(address))
    prepare(office, runtime)
    assert states(office, address) == ["waiting", "waiting"]
    # A second press of the same button changes nothing.
    visitor.post(f"{address}/starten")
    assert len(states(office, address)) == 2

    work(office, runtime)
    page = visitor.get(address)
    assert "2 von 2 Dokumenten fertig" in text_of(page)
    (archive,) = document_of(page).xpath("//main//a[contains(@href, '.zip')]/@href")
    with zipfile.ZipFile(io.BytesIO(visitor.get(archive).data)) as opened:
        listed, *names = opened.namelist()
        assert listed == "verzeichnis.csv"
        assert [name[:6] for name in names] == ["00001_", "00002_"]
        assert "Öztürk & Söhne" in opened.read(listed).decode("utf-8-sig")
        for name in names:
            assert b"ETSI.CAdES" in opened.read(name)
    document = document_of(page).xpath("//main//tbody//th/a[contains(@href, '/dokumente/')]/@href")
    shown = text_of(visitor.get(document[0]))
    assert "Muster" in shown and "Gesiegelt" in shown


def test_the_print_file_is_a_copy_that_begins_on_front_pages(
    visitor: Visitor, office: Office, template: str, runtime: Runtime
) -> None:
    address = send_table(visitor, office, template, TABLE).location
    press(visitor, address, "starten")
    work(office, runtime)
    duplex = "//main//form[contains(@action, 'druck') and .//input[@value='beidseitig']]"
    sent = form_of(visitor.get(address), duplex)
    assert visitor.post(sent.action, sent.filled()).status_code == 302
    visitor.post(sent.action, sent.filled())
    waiting = visitor.get(address)
    assert "wird erstellt" in text_of(waiting)
    (watched,) = document_of(waiting).xpath("//*[@id='ergebnis']/@hx-get")
    assert "wird erstellt" in text_of(visitor.get(watched, headers={"HX-Request": "true"}))
    work(office, runtime)
    page = visitor.get(address)
    assert document_of(page).xpath("//*[@id='ergebnis']/@hx-get") == []
    (file,) = document_of(page).xpath("//main//a[contains(@href, 'beidseitig')]/@href")
    with pikepdf.open(io.BytesIO(visitor.get(file).data)) as printed:
        assert len(printed.pages) == 4
        assert "Kopie" in str(printed.docinfo["/Title"])
        assert "/AcroForm" not in printed.Root
        with printed.open_outline() as outline:
            assert [item.title.rpartition(" – ")[2] for item in outline.root] == [
                "Muster", "Öztürk & Söhne",
            ]  # fmt: skip


def test_where_nobody_fits_the_page_leads_to_the_columns(
    visitor: Visitor, office: Office, template: str
) -> None:
    table = workbook(("email", "eigenanteil", "stunden"), ("x", "viel", "acht"))
    page = visitor.get(send_table(visitor, office, template, table).location)
    assert "Noch passt kein Empfänger" in text_of(page)
    primary = "//main//a[contains(@class, 'kern-btn--primary')]"
    assert document_of(page).xpath(primary + "/@href")[0].endswith("/zuordnung")
    (findings,) = document_of(page).xpath("//main//td[@data-label='Befund']")
    assert len(findings.xpath("br")) == 3
    (more,) = findings.xpath("a/@href")
    assert "1 weiterer Befund" in findings.text_content()
    assert "„Nachname“ fehlt." in text_of(visitor.get(more))


def test_columns_can_be_matched_and_every_row_is_read_anew(
    visitor: Visitor, office: Office, template: str
) -> None:
    data = workbook(("Familie", "Rufname"), ("Muster", "Kim"), ("Beispiel", "Ulla"))
    address = send_table(visitor, office, template, data).location
    page = visitor.get(address)
    assert "passen nicht" in text_of(page)
    sent = form_of(visitor.get(f"{address}/zuordnung"), "//main//form")
    (name,) = document_of(visitor.get(f"{address}/zuordnung")).xpath(
        "//label[text()='Nachname']/@for"
    )
    assert visitor.post(sent.action, sent.filled({name: "Familie"})).status_code == 302
    assert "2 Dokumente erstellen" in text_of(visitor.get(address))


def test_each_recipient_can_be_looked_at_before_the_start(
    visitor: Visitor, office: Office, template: str, runtime: Runtime
) -> None:
    address = send_table(visitor, office, template, TABLE).location
    (first, *_rest) = document_of(visitor.get(address)).xpath("//main//tbody//th/a/@href")
    words = text_of(visitor.get(first))
    assert "120.5" in words and "ohne Nummer, Prüfcode und Siegel" in words
    docx = visitor.get(f"{first}/vorschau.docx").data
    with zipfile.ZipFile(io.BytesIO(docx)) as opened:
        assert "An Kim Muster" in opened.read("word/document.xml").decode()
    sent = form_of(visitor.get(first), "//main//form[contains(@action, 'vorschau')]")
    visitor.post(sent.action, sent.filled())
    assert "wird gerade hergestellt" in text_of(visitor.get(first))
    work(office, runtime)
    assert "Die Vorschau ist fertig" in text_of(visitor.get(first))
    assert visitor.get(f"{first}/vorschau.pdf").data.startswith(b"%PDF-")
    assert states(office, address) == []


def test_holding_and_cancelling_may_be_pressed_twice(
    visitor: Visitor, office: Office, template: str, runtime: Runtime
) -> None:
    address = send_table(visitor, office, template, TABLE).location
    press(visitor, address, "starten")
    prepare(office, runtime)
    for _twice in range(2):
        assert visitor.post(f"{address}/anhalten").status_code == 302
    work(office, runtime)
    assert states(office, address) == ["waiting", "waiting"]
    assert "Angehalten" in text_of(visitor.get(address))
    for _twice in range(2):
        assert visitor.post(f"{address}/fortsetzen").status_code == 302
    for _twice in range(2):
        assert visitor.post(f"{address}/abbrechen").status_code == 302
    work(office, runtime)
    assert states(office, address) == ["cancelled", "cancelled"]
    page = visitor.get(address)
    assert "Abgebrochen" in text_of(page)
    assert not document_of(page).xpath("//main//form[contains(@action, 'fortsetzen')]")


def test_a_preparation_that_stopped_is_told_and_goes_on(
    visitor: Visitor, office: Office, template: str, runtime: Runtime
) -> None:
    address = send_table(visitor, office, template, TABLE).location
    press(visitor, address, "starten")
    run_id = address.rpartition("/")[2]

    def give_up(session: Session) -> None:
        fail_task(latest_of_run(session, PREPARE_RUN, run_id)[0], "Zu oft abgebrochen.")

    office.installation.in_scope(Scope(tenant_id=office.tenant.id), give_up)
    words = text_of(visitor.get(address))
    assert "Die Vorbereitung ist stehen geblieben" in words
    assert "Zu oft abgebrochen." in words
    press(visitor, address, "starten")
    assert "stehen geblieben" not in text_of(visitor.get(address))
    work(office, runtime)
    assert states(office, address) == ["done", "done"]


def test_a_run_that_is_being_prepared_can_be_cancelled_and_nothing_else(
    visitor: Visitor, office: Office, template: str, runtime: Runtime
) -> None:
    address = send_table(visitor, office, template, TABLE).location
    press(visitor, address, "starten")
    page = visitor.get(address)
    assert "Wird vorbereitet" in text_of(page)
    assert document_of(page).xpath("//main//form/@action")[-1].endswith("/abbrechen")
    assert not document_of(page).xpath("//main//form[contains(@action, 'anhalten')]")
    press(visitor, address, "abbrechen")
    work(office, runtime)
    assert states(office, address) == []
    words = text_of(visitor.get(address))
    assert "Abgebrochen" in words and "Passt nicht" in words


def test_only_what_failed_is_repeated(
    visitor: Visitor, office: Office, template: str, runtime: Runtime
) -> None:
    address = send_table(visitor, office, template, TABLE).location
    press(visitor, address, "starten")
    prepare(office, runtime)

    def break_second(session: Session) -> None:
        run_id = address.rpartition("/")[2]
        item = session.scalars(
            select(BulkItem).where(BulkItem.run_id == run_id, BulkItem.position == 2)
        ).one()
        request = session.scalars(
            select(DocumentRequest).where(DocumentRequest.bulk_item_id == item.id)
        ).one()
        task = session.scalars(select(Task).where(Task.id == item.task_id)).one()
        request.state, request.failure, task.state = "failed", "Das Siegel fehlt.", "failed"

    office.installation.in_scope(Scope(tenant_id=office.tenant.id), break_second)
    work(office, runtime)
    assert states(office, address) == ["done", "failed"]
    words = text_of(visitor.get(address))
    assert "Das Siegel fehlt." in words and "Fertig, mit Fehlern" in words
    press(visitor, address, "wiederholen")
    work(office, runtime)
    assert states(office, address) == ["done", "done"]

    def count(session: Session) -> int:
        run_id = address.rpartition("/")[2]
        query = (
            select(DocumentVersion.id)
            .join(DocumentRequest, DocumentRequest.id == DocumentVersion.request_id)
            .join(BulkItem, BulkItem.id == DocumentRequest.bulk_item_id)
            .where(BulkItem.run_id == run_id)
        )
        return len(session.scalars(query).all())

    assert office.installation.in_scope(Scope(tenant_id=office.tenant.id), count) == 2


def test_a_draft_can_be_discarded_and_a_started_run_cannot(
    visitor: Visitor, office: Office, template: str
) -> None:
    address = send_table(visitor, office, template, TABLE).location
    assert press(visitor, address, "verwerfen").location.endswith("/serienlaeufe/")
    assert visitor.get(address).status_code == 404
    address = send_table(visitor, office, template, TABLE).location
    press(visitor, address, "starten")
    visitor.post(f"{address}/verwerfen")
    page = visitor.get(address)
    assert page.status_code == 200
    assert "Brechen Sie ihn ab" in text_of(page, "//body")
    visitor.post(f"{address}/abbrechen")


def test_entries_of_a_register_become_recipients(
    visitor: Visitor, office: Office, template: str
) -> None:
    def write(session: Session) -> None:
        register = create_register(session, "eltern", RegisterShape(title="Eltern"))
        for name in ("Bär", "Adam"):
            add_entry(session, register, "", EntryContent(label=name))

    office.installation.in_scope(Scope(tenant_id=office.tenant.id), write)
    address = f"{office.path}/serienlaeufe/neu/{template}/verzeichnis"
    sent = form_of(visitor.get(address), FORM)
    assert visitor.post(sent.action, sent.filled()).status_code == 422
    made = visitor.post(sent.action, sent.filled({"register": "eltern"}))
    words = text_of(visitor.get(made.location))
    assert words.index("Adam") < words.index("Bär")
    assert "„Nachname“ fehlt." in words


def test_submissions_become_recipients_and_the_administration_sees_none(
    app: Flask, visitor: Visitor, office: Office, template: str, runtime: Runtime
) -> None:
    draft = begin(Visitor(app, office.manager), office)
    draft.complete()
    sent = form_of(draft.visitor.get(draft.url("/pruefen")), "//main//form")
    assert draft.visitor.post(sent.action, sent.filled()).status_code == 302
    address = f"{office.path}/serienlaeufe/neu/{template}/einreichungen"
    sent = form_of(visitor.get(address), FORM)
    made = visitor.post(sent.action, sent.filled({"view": "all"}))
    assert "1 Dokument erstellen" in text_of(visitor.get(made.location))
    press(visitor, made.location, "starten")
    work(office, runtime)
    assert states(office, made.location) == ["done"]
    administrator = Visitor(app, office.administrator)
    assert administrator.get(made.location).status_code == 404
    assert administrator.get(address).status_code == 404
    assert administrator.get(f"{office.path}/serienlaeufe/neu").status_code == 200
    # The letter is the office's: the Träger gets what its submission brings by itself.
    number = states_numbers(office, made.location)[0]
    assert number not in text_of(draft.visitor.get(f"{office.path}/dokumente/"))
    assert number in text_of(visitor.get(f"{office.path}/dokumente/"))


def states_numbers(office: Office, address: str) -> list[str]:
    run_id = address.rpartition("/")[2]

    def read(session: Session) -> list[str]:
        return list(
            session.scalars(
                select(DocumentRequest.number)
                .join(BulkItem, BulkItem.id == DocumentRequest.bulk_item_id)
                .where(BulkItem.run_id == run_id)
            )
        )

    return office.installation.in_scope(Scope(tenant_id=office.tenant.id), read)


def test_limits_are_said_and_nothing_is_kept(
    app: Flask, visitor: Visitor, office: Office, template: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import dataclasses

    siegel = app.extensions["siegel"]
    small = dataclasses.replace(siegel.settings, bulk_recipients=3, bulk_runs=1)
    monkeypatch.setitem(app.extensions, "siegel", dataclasses.replace(siegel, settings=small))

    def runs(session: Session) -> int:
        return len(session.scalars(select(BulkRun.id)).all())

    scope = Scope(tenant_id=office.tenant.id)
    before = office.installation.in_scope(scope, runs)
    refused = send_table(visitor, office, template, TABLE)
    assert refused.status_code == 422
    assert "höchstens 3 Empfänger" in text_of(refused)
    assert office.installation.in_scope(scope, runs) == before

    two = workbook(("Nachname",), ("A",), ("B",))
    first = send_table(visitor, office, template, two).location
    second = send_table(visitor, office, template, two).location
    press(visitor, first, "starten")
    press(visitor, second, "starten")
    assert states(office, second) == []
    assert "Es laufen schon 1 Serienläufe" in text_of(visitor.get(second), "//body")
    visitor.post(f"{first}/abbrechen")


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "Wählen Sie eine Datei aus."),
        (b"\x00\x01", "weder eine Excel-Arbeitsmappe"),
        (workbook(("Nachname",)), "Die Auswahl enthält niemanden."),
        (workbook(), "leer"),
    ],
)
def test_unusable_files_are_refused_in_words(
    visitor: Visitor, office: Office, template: str, data: bytes, word: str
) -> None:
    refused = send_table(visitor, office, template, data)
    assert refused.status_code == 422
    assert word in text_of(refused)


def test_templates_of_nobody_are_unknown(
    visitor: Visitor, office: Office, installation: Installation
) -> None:
    def unpublished(session: Session) -> str:
        template = DocumentTemplate(
            form_id=office.version.form_id, key="unpublished", title="Noch nicht"
        )
        session.add(template)
        session.flush()
        return template.id

    known = installation.in_scope(Scope(tenant_id=office.tenant.id), unpublished)
    for way in ("einreichungen", "verzeichnis", "tabelle"):
        address = f"{office.path}/serienlaeufe/neu/{known}/{way}"
        assert visitor.get(address).status_code == 404
