"""Exports too large to wait for: asked for, written by a worker, fetched, erased."""

from __future__ import annotations

import csv
import dataclasses
import io
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from forms.exports import background
from forms.exports.background import ERASE_EXPORT, MAKE_EXPORT, ExportBusy, make_export
from forms.exports.models import SubmissionExport
from forms.models import Submission
from tenants.audit import AuditEntry
from tenants.context import Scope, acting_as
from tenants.models import Tenant
from tenants.outbox import Task
from tests.support.form_documents import field, form, page, row_field, section
from tests.support.installation import Installation, Person
from tests.support.web import Visitor
from tests.support.web_forms import form_of, text_of
from workers.handlers import perform_task
from workers.runtime import Runtime

LIMIT = 10
ROWS = 1200


@dataclass(frozen=True)
class Office:
    installation: Installation
    tenant: Tenant
    specialist: Person
    colleague: Person
    manager: Person
    organisation_id: str

    @property
    def table(self) -> str:
        return f"/{self.tenant.slug}/einreichungen/vordruck/viele"

    @property
    def page(self) -> str:
        return f"{self.table}/export/"

    def scope(self, person: Person, organisation_id: str | None = None) -> Scope:
        return Scope(self.tenant.id, organisation_id, person.account_id)

    def tasks(self, kind: str, scope: Scope | None = None) -> list[Task]:
        def read(session: Session) -> list[Task]:
            query = select(Task).where(Task.kind == kind).order_by(Task.created_at)
            return list(session.scalars(query))

        return self.installation.in_scope(scope or Scope(self.tenant.id), read)

    def exports(self, person: Person) -> list[SubmissionExport]:
        return self.installation.in_scope(
            self.scope(person), lambda session: list(session.scalars(select(SubmissionExport)))
        )


@pytest.fixture(scope="module")
def office(installation: Installation) -> Office:
    tenant = installation.found_tenant()
    organisation = installation.found_organisation(tenant, name="Anker")
    document = form(
        page(
            "seite",
            section(
                "abschnitt",
                field("text", "name", label="Name", required=True),
                field("repeat", "kurse", label="Kurse", display="cards", item_label="Kurs",
                      fields=[row_field("kurse", "text", "titel", label="Titel")]),
            ),
            section("amt", field("text", "vermerk", label="Vermerk"), visible_to=["fachkraft"]),
        ),
        key="viele",
    )  # fmt: skip
    version = installation.publish(tenant, document)
    manager = installation.person(organisation=organisation, role="traeger_leitung")
    first = datetime(2026, 1, 1, 8, tzinfo=UTC)

    def write(session: Session) -> None:
        for place in range(ROWS):
            answers = {
                "name": f"Kind {place}", "vermerk": "nur intern",
                "kurse": [{"_id": "1", "titel": "A"}, {"_id": "2", "titel": "B"}],
            }  # fmt: skip
            session.add(
                Submission(
                    form_version_id=version.id, organisation_id=organisation.id,
                    organisation_name=organisation.name, account_id=manager.account_id,
                    state="submitted", number=f"V-{place:04}", answers=answers,
                    submitted_at=first + timedelta(minutes=place),
                )
            )  # fmt: skip

    installation.in_scope(Scope(tenant.id, organisation.id, manager.account_id), write)
    specialist = installation.person(tenant=tenant, role="fachkraft")
    colleague = installation.person(tenant=tenant, role="fachkraft")
    return Office(installation, tenant, specialist, colleague, manager, organisation.id)


@pytest.fixture
def visitor(app: Flask, office: Office, monkeypatch: pytest.MonkeyPatch) -> Visitor:
    siegel = app.extensions["siegel"]
    small = dataclasses.replace(siegel.settings, export_rows=LIMIT)
    monkeypatch.setitem(app.extensions, "siegel", dataclasses.replace(siegel, settings=small))
    return Visitor(app, office.specialist)


@pytest.fixture(autouse=True)
def forgotten(office: Office) -> Iterator[None]:
    """Leave no export behind, whatever became of the test."""
    yield
    sides = [(office.specialist, None), (office.colleague, None),
             (office.manager, office.organisation_id)]  # fmt: skip
    for person, organisation_id in sides:
        office.installation.in_scope(
            office.scope(person, organisation_id),
            lambda session: session.execute(delete(SubmissionExport)),
        )
    office.installation.in_scope(
        Scope(office.tenant.id),
        lambda session: session.execute(update(Task).values(state="done")),
    )


@pytest.fixture(scope="module")
def runtime(installation: Installation) -> Iterator[Runtime]:
    with Runtime.from_settings(installation.settings) as opened:
        yield opened


def ask(visitor: Visitor, office: Office, file: str) -> None:
    sent = form_of(visitor.get(office.page), "//main//form[@action]")
    answer = visitor.post(office.page, sent.filled({"datei": file}))
    assert answer.location == office.page, text_of(answer)


def work(office: Office, runtime: Runtime, kind: str = MAKE_EXPORT) -> None:
    for task in office.tasks(kind):
        if task.state == "ready":
            perform_task(runtime, task.id)


def download(visitor: Visitor, office: Office) -> bytes:
    shown = visitor.get(office.page)
    assert "Die Datei ist fertig" in text_of(shown)
    (export,) = [one for one in office.exports(office.specialist) if one.state == "ready"]
    answer = visitor.get(f"{office.page}{export.id}")
    assert answer.status_code == 200
    data = answer.get_data()
    assert answer.content_length == len(data)
    return data


def discard(visitor: Visitor, office: Office, runtime: Runtime) -> None:
    for export in office.exports(office.specialist):
        if export.state != "discarded":
            visitor.get(office.page)
            visitor.post(f"{office.page}{export.id}/verwerfen")
    work(office, runtime, ERASE_EXPORT)
    assert office.exports(office.specialist) == []


def test_a_large_file_is_written_by_a_worker_and_fetched(
    visitor: Visitor, office: Office, runtime: Runtime
) -> None:
    offered = visitor.get(f"{office.table}/export/csv?umfang=alle")
    assert offered.location == f"{office.page}?datei=csv-alle"
    page = visitor.get(offered.location)
    assert "zu groß für einen sofortigen Abruf" in text_of(page)
    assert form_of(page, "//main//form[@action]").filled()["datei"] == ["csv-alle"]
    ask(visitor, office, "csv-alle")
    assert "wartet darauf" in text_of(visitor.get(office.page))
    work(office, runtime)
    rows = list(
        csv.DictReader(io.StringIO(download(visitor, office).decode("utf-8-sig")), delimiter=";")
    )
    assert len(rows) == ROWS
    assert (rows[0]["Vorgangsnummer"], rows[-1]["Name"]) == ("V-1199", "Kind 0")
    assert rows[0]["Vermerk"] == "nur intern"
    seen = office.installation.in_scope(
        office.scope(office.specialist),
        lambda session: [
            (entry.action, entry.account_id)
            for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.at))
            if entry.action in ("export.requested", "submission.exported", "export.fetched")
        ],
    )
    who = office.specialist.account_id
    assert seen == [
        ("export.requested", who), ("submission.exported", who), ("export.fetched", who),
    ]  # fmt: skip
    discard(visitor, office, runtime)


def test_a_workbook_comes_in_parts_and_whole(
    visitor: Visitor, office: Office, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "PART_BYTES", 4096)
    ask(visitor, office, "xlsx-alle")
    work(office, runtime)
    (export,) = office.exports(office.specialist)
    assert len(export.parts) > 3
    book = load_workbook(io.BytesIO(download(visitor, office)), read_only=True)
    assert book.sheetnames == ["Einreichungen", "Kurse"]
    assert sum(1 for _row in book["Kurse"].iter_rows()) == 2 * ROWS + 1
    discard(visitor, office, runtime)
    keys = [str(one["key"]) for one in export.parts if isinstance(one, dict)]
    assert [runtime.workshop.store.stat(key) for key in keys] == [None] * len(keys)


def test_one_at_a_time_and_only_the_own(
    app: Flask, visitor: Visitor, office: Office, runtime: Runtime
) -> None:
    ask(visitor, office, "csv")
    sent = form_of(visitor.get(f"{office.table}/spalten"), "//main//form")
    refused = visitor.post(office.page, {**sent.filled(), "datei": "json"})
    assert refused.status_code == 422
    assert "entsteht schon eine Datei" in text_of(refused)
    colleague = Visitor(app, office.colleague)
    assert "Ihre Datei" not in text_of(colleague.get(office.page))
    ask(colleague, office, "csv")
    work(office, runtime)
    (export,) = office.exports(office.specialist)
    assert colleague.get(f"{office.page}{export.id}").status_code == 404
    assert colleague.post(f"{office.page}{export.id}/verwerfen").status_code == 404
    # The next one takes the place of what is ready.
    ask(visitor, office, "json")
    assert {one.state for one in office.exports(office.specialist)} == {"discarded", "waiting"}
    work(office, runtime)
    discard(visitor, office, runtime)


def test_the_worker_sees_no_more_than_who_asked(
    app: Flask, visitor: Visitor, office: Office, runtime: Runtime
) -> None:
    manager = Visitor(app, office.manager)
    sent = form_of(manager.get(office.page), "//main//form[@action]")
    manager.post(office.page, sent.filled({"datei": "csv-alle"}))
    scope = office.scope(office.manager, office.organisation_id)
    for task in office.tasks(MAKE_EXPORT, scope):
        if task.state == "ready":
            perform_task(runtime, task.id)
    (export,) = office.installation.in_scope(
        scope, lambda session: list(session.scalars(select(SubmissionExport)))
    )
    data = manager.get(f"{office.page}{export.id}").get_data().decode("utf-8-sig")
    assert "Kind 7" in data and "Vermerk" not in data
    assert office.exports(office.specialist) == []


def test_it_can_be_broken_off_while_it_is_written(
    visitor: Visitor, office: Office, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(visitor, office, "csv")
    seen: list[str] = []
    noted = background._Work.note

    def note(self: background._Work, rows: int) -> None:
        noted(self, rows)
        if rows == 500:
            seen.append(text_of(visitor.get(office.page)))
            (export,) = office.exports(office.specialist)
            visitor.post(f"{office.page}{export.id}/verwerfen")

    monkeypatch.setattr(background._Work, "note", note)
    work(office, runtime)
    assert "500 Einreichungen geschrieben" in seen[0]
    assert office.tasks(MAKE_EXPORT)[-1].state == "done"
    work(office, runtime, ERASE_EXPORT)
    assert office.exports(office.specialist) == []


def test_a_second_worker_waits_and_takes_over_what_was_left(
    visitor: Visitor, office: Office, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(visitor, office, "csv")
    task = office.tasks(MAKE_EXPORT)[-1]
    workshop = runtime.workshop
    noted = background._Work.note

    def note(self: background._Work, rows: int) -> None:
        noted(self, rows)
        if rows == 500:
            with pytest.raises(ExportBusy):
                make_export(
                    workshop.sessions, workshop.store, task_id=task.id, export_id=self.export_id
                )
            raise MemoryError

    monkeypatch.setattr(background._Work, "note", note)
    with acting_as(office.scope(office.specialist)), pytest.raises(MemoryError):
        make_export(
            workshop.sessions, workshop.store, task_id=task.id,
            export_id=task.payload["export_id"],
        )  # fmt: skip
    monkeypatch.setattr(background._Work, "note", noted)
    work(office, runtime)
    assert len(download(visitor, office).splitlines()) == ROWS + 1
    discard(visitor, office, runtime)


def test_after_a_day_it_is_gone(visitor: Visitor, office: Office, runtime: Runtime) -> None:
    ask(visitor, office, "csv")
    work(office, runtime)
    download(visitor, office)
    (export,) = office.exports(office.specialist)
    erasing = office.tasks(ERASE_EXPORT)[-1]
    assert erasing.available_at == export.expires_at
    office.installation.in_scope(
        office.scope(office.specialist),
        lambda session: session.execute(
            update(SubmissionExport).values(expires_at=datetime(2026, 1, 1, tzinfo=UTC))
        ),
    )
    assert visitor.get(f"{office.page}{export.id}").status_code == 404
    assert "Ihre Datei" not in text_of(visitor.get(office.page))
    perform_task(runtime, erasing.id)
    assert office.exports(office.specialist) == []


def test_what_was_given_up_says_why_and_can_be_asked_for_anew(
    visitor: Visitor, office: Office, runtime: Runtime
) -> None:
    ask(visitor, office, "csv")
    task = office.tasks(MAKE_EXPORT)[-1]
    office.installation.in_scope(
        Scope(office.tenant.id),
        lambda session: session.execute(
            update(Task).where(Task.id == task.id).values(state="failed", failure="Kein Platz.")
        ),
    )
    assert "Kein Platz." in text_of(visitor.get(office.page))
    ask(visitor, office, "csv")
    work(office, runtime)
    download(visitor, office)
    discard(visitor, office, runtime)


def test_memory_does_not_grow_with_the_file(
    visitor: Visitor, office: Office, runtime: Runtime
) -> None:
    ask(visitor, office, "csv-alle")
    tracemalloc.start()
    work(office, runtime)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 24 * 1024 * 1024
    discard(visitor, office, runtime)
