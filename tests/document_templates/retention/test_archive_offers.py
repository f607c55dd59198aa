"""H11.7: agreements are offered to the archive before they are erased; what it takes it gets."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

import bagit
import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from document_templates.archive_offers.models import ArchiveOffer
from document_templates.archive_offers.offering import (
    OfferRefused,
    confirm_receipt,
    find_offer,
    make_offer,
    note_decision,
    release_offer,
    waiting_documents,
)
from document_templates.archive_offers.transferring import (
    check_package,
    folder_of,
    open_package,
)
from document_templates.clauses.models import AgreementTerm
from document_templates.models import Document, DocumentRequest, DocumentVersion, Proof
from document_templates.retention.beginning import RECEIVED
from document_templates.retention.due import (
    due_documents,
    hold,
    kept_document,
    over_documents,
)
from document_templates.retention.keeping import assign_classes
from forms.models import Submission
from forms.surroundings import today_in_berlin
from tenants.context import Scope
from tenants.database import new_id
from tenants.outbox import Task
from tenants.storage.objects import ObjectMissing
from tenants.storage.tenant_store import TenantStore
from tests.document_templates.archive.conftest import Archive, local_archive  # noqa: F401
from tests.document_templates.retention.test_erased_submissions import erase_what_is_due
from tests.support.pipeline import Asked, open_case
from tests.support.web import Visitor
from tests.support.web_forms import form_of, text_of
from workers.handlers import perform_task

LONG_AGO = datetime(2000, 5, 31, 12, 0, tzinfo=UTC)
T = TypeVar("T")


@pytest.fixture
def archive(local_archive: Archive) -> Archive:  # noqa: F811
    return replace(local_archive, case=open_case(local_archive.case.installation))


def agreements(archive: Archive, count: int) -> list[str]:
    """Register agreements whose time is over; they share the files of one, return their ids."""
    case = archive.case
    form_id = case.form.form_id
    case.installation.in_scope(
        archive.scope,
        lambda session: assign_classes(session, {form_id: "LK-G"}, {form_id: RECEIVED}),
    )
    first = archive.make_document()
    made = [first.document_id]
    for place, asked in enumerate(case.submit_many(count - 1), start=2):
        made.append(in_office(archive, 1, lambda s, a=asked, p=place: registered(s, first, a, p)))
    case.installation.in_scope(
        archive.scope,
        lambda session: session.execute(update(Submission).values(submitted_at=LONG_AGO)),
    )
    return made


def registered(session: Session, first: DocumentVersion, asked: Asked, place: int) -> str:
    """Register the document of a request with the files of another: no office is needed for it."""
    request = session.scalars(
        select(DocumentRequest).where(DocumentRequest.id == asked.request_id)
    ).one()
    request.state = "done"
    document = Document(
        id=new_id(), number=request.number, title="Vereinbarung",
        submission_id=request.submission_id, organisation_id=request.organisation_id,
    )  # fmt: skip
    session.add(document)
    session.flush()
    columns = {one.key for one in DocumentVersion.__table__.columns}
    copied = {key: getattr(first, key) for key in columns - {"created_at"}}
    version = DocumentVersion(
        **{
            **copied, "id": new_id(), "document_id": document.id, "request_id": request.id,
            "chain_position": first.chain_position + place,
        }
    )  # fmt: skip
    session.add(version)
    session.flush()
    session.add(
        Proof(
            code=request.verification_code, document_version_id=version.id,
            pdf_sha256=version.pdf_sha256, sealed_at=version.sealed_at, sealed_by="Amt",
            certificate_issuer="Demo", certificate_sha256=version.certificate_sha256,
        )
    )  # fmt: skip
    return document.id


def in_office(archive: Archive, account_id: int, work: Callable[[Session], T]) -> T:
    scope = Scope(tenant_id=archive.case.tenant.id, account_id=account_id)
    return archive.case.installation.in_scope(scope, work)


def due_ids(archive: Archive) -> set[str]:
    today = today_in_berlin()
    return in_office(
        archive, 1, lambda session: {one.document.id for one in due_documents(session, today)}
    )


def offered(archive: Archive) -> ArchiveOffer:
    today = today_in_berlin()
    return in_office(archive, 1, lambda session: make_offer(session, today, person_name="Erste"))


def found(archive: Archive, offer_id: str) -> ArchiveOffer:
    return in_office(archive, 1, lambda session: find_offer(session, offer_id))


def pack(archive: Archive, offer_id: str) -> ArchiveOffer:
    task_id = in_office(
        archive,
        1,
        lambda session: session.scalars(
            select(Task.id)
            .where(Task.payload["offer_id"].astext == offer_id)
            .order_by(Task.created_at.desc())
        ).first(),
    )
    assert task_id is not None
    perform_task(archive.runtime, task_id)
    return found(archive, offer_id)


def test_h11_7_the_archive_takes_some_and_the_others_go(archive: Archive) -> None:
    ids = agreements(archive, 120)
    # Due by their time, and not before the archive was asked.
    assert due_ids(archive) == set()
    offer = offered(archive)
    assert {one.document_id for one in found(archive, offer.id).items} == set(ids)
    with pytest.raises(OfferRefused):
        offered(archive)
    taken = set(ids[:8])
    in_office(archive, 1, lambda s: note_decision(s, offer.id, taken, person_name="Erste"))
    assert due_ids(archive) == set()
    with pytest.raises(OfferRefused, match="zweite Person"):
        in_office(archive, 1, lambda s: release_offer(s, offer.id, person_name="Erste"))
    in_office(archive, 2, lambda s: release_offer(s, offer.id, person_name="Zweite"))
    # What the archive does not want is due now, what it takes stays until the archive has it.
    assert due_ids(archive) == set(ids) - taken
    assert len(due_ids(archive)) == 112
    packed = pack(archive, offer.id)
    assert packed.state == "packed"
    store = TenantStore(archive.runtime.workshop.store, archive.case.tenant.id)
    package = open_package(store, packed)
    check_package(package)
    _check_contents(archive, package, taken)
    run = erase_what_is_due(archive)
    assert (run.skipped, run.counts, run.submission_counts) == (0, {"LK-G": 112}, {"LK-G": 112})
    assert due_ids(archive) == set()
    in_office(
        archive,
        1,
        lambda s: confirm_receipt(s, archive.runtime.workshop.store, offer.id, person_name="Erste"),
    )
    assert due_ids(archive) == taken
    with pytest.raises(ObjectMissing):
        open_package(store, packed)


def _check_contents(archive: Archive, package: bytes, taken: set[str]) -> None:
    def rows(session: Session) -> list[tuple[str, str]]:
        query = select(Document, DocumentVersion.pdf_sha256).join(
            DocumentVersion, DocumentVersion.document_id == Document.id
        )
        return [
            (folder_of(document), sha256)
            for document, sha256 in session.execute(query)
            if document.id in taken
        ]

    expected = in_office(archive, 1, rows)
    with zipfile.ZipFile(io.BytesIO(package)) as bag:
        names = set(bag.namelist())
        table = list(
            csv.DictReader(
                io.StringIO(bag.read("abgabe/data/uebersicht.csv").decode("utf-8-sig")),
                delimiter=";",
            )
        )
        manifest = bag.read("abgabe/manifest-sha256.txt").decode()
    assert len(table) == len(expected) == len(taken)
    for folder, sha256 in expected:
        path = f"{folder}/fassung-1/dokument.pdf"
        assert f"abgabe/data/{path}" in names
        # The checksum of the bag is the one of the register.
        assert f"{sha256}  data/{path}" in manifest


@pytest.mark.parametrize("part", ["abgabe/data/uebersicht.csv", "abgabe/manifest-sha512.txt"])
def test_a_package_that_was_changed_is_not_valid(archive: Archive, part: str) -> None:
    ids = agreements(archive, 1)
    offer = offered(archive)
    in_office(archive, 1, lambda s: note_decision(s, offer.id, ids, person_name="Erste"))
    in_office(archive, 2, lambda s: release_offer(s, offer.id, person_name="Zweite"))
    packed = pack(archive, offer.id)
    store = TenantStore(archive.runtime.workshop.store, archive.case.tenant.id)
    changed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(open_package(store, packed))) as bag,
        zipfile.ZipFile(changed, "w") as other,
    ):
        for name in bag.namelist():
            other.writestr(name, bag.read(name) + (b"x" if name == part else b""))
    with pytest.raises(bagit.BagError):
        check_package(changed.getvalue())


def test_nothing_taken_closes_the_offer_and_a_missing_file_is_told(archive: Archive) -> None:
    ids = agreements(archive, 1)
    offer = offered(archive)
    in_office(archive, 1, lambda s: note_decision(s, offer.id, ids, person_name="Erste"))
    in_office(archive, 2, lambda s: release_offer(s, offer.id, person_name="Zweite"))
    in_office(
        archive,
        1,
        lambda s: s.execute(
            update(Document).where(Document.id == ids[0]).values(number=f"X-{new_id()}")
        ),
    )
    version = in_office(
        archive,
        1,
        lambda s: s.scalars(
            select(DocumentVersion).where(DocumentVersion.document_id == ids[0])
        ).one(),
    )
    archive.overwrite(version.pdf_key, b"changed")
    failed = pack(archive, offer.id)
    assert failed.state == "packing" and "X-" in failed.failure
    assert due_ids(archive) == set()

    second = agreements(archive, 1)
    other = offered(archive)
    assert [one.document_id for one in found(archive, other.id).items] == second
    in_office(archive, 1, lambda s: note_decision(s, other.id, (), person_name="Erste"))
    in_office(archive, 2, lambda s: release_offer(s, other.id, person_name="Zweite"))
    assert found(archive, other.id).state == "closed"
    assert due_ids(archive) == set(second)


def test_the_pages_lead_from_the_offer_to_the_receipt(app: Flask, archive: Archive) -> None:
    (document_id,) = agreements(archive, 1)
    case = archive.case
    admins = [
        Visitor(app, case.installation.person(tenant=case.tenant, role="tenant_admin"))
        for _number in range(2)
    ]
    page = admins[0].get(f"/{case.tenant.slug}/archivangebot/")
    offer = form_of(page, "//form[contains(@action, 'anbieten')]")
    shown = admins[0].post(offer.action, offer.filled()).location
    listed = admins[0].get(f"{shown}/liste.csv")
    assert b"Nummer;Titel" in listed.data
    decision = form_of(admins[0].get(shown), "//form[contains(@action, 'entscheidung')]")
    admins[0].post(decision.action, decision.filled({"taken": document_id}))
    assert "Eine zweite Person" in text_of(admins[0].get(shown))
    released = form_of(admins[1].get(shown), "//form[contains(@action, 'freigeben')]")
    admins[1].post(released.action, released.filled())
    pack(archive, shown.rpartition("/")[2])
    ready = admins[1].get(shown)
    assert "Das Paket liegt bereit" in text_of(ready)
    check_package(admins[1].get(f"{shown}/paket.zip").data)
    received = form_of(ready, "//form[contains(@action, 'empfang')]")
    admins[1].post(received.action, received.filled())
    assert "abgeschlossen" in text_of(admins[0].get(shown))
    assert admins[0].get(f"{shown}/paket.zip").status_code == 302
    # A Träger finds none of it.
    assert Visitor(app, case.person).get(shown).status_code == 404


def test_an_agreement_stays_as_long_as_its_nachtrag(archive: Archive) -> None:
    agreement, amendment = agreements(archive, 2)

    def amend(session: Session) -> None:
        version = session.scalars(
            select(DocumentVersion).where(DocumentVersion.document_id == amendment)
        ).one()
        session.add(
            AgreementTerm(
                document_version_id=version.id, is_amendment=True, begins_on=LONG_AGO.date(),
                amends_id=agreement,
            )
        )  # fmt: skip

    def over(session: Session) -> set[str]:
        return {one.document.id for one in over_documents(session, today_in_berlin())}

    def keep(session: Session) -> None:
        document = session.get_one(Document, (archive.case.tenant.id, amendment))
        hold(session, kept_document(session, document), reason="Klage", person_name="Kim")

    in_office(archive, 1, amend)
    assert in_office(archive, 1, over) == {agreement, amendment}
    in_office(archive, 1, keep)
    assert in_office(archive, 1, over) == set()


def test_what_waits_is_offered_once(archive: Archive) -> None:
    ids = agreements(archive, 2)
    today = today_in_berlin()

    def waiting(session: Session) -> set[str]:
        return {one.document.id for one in waiting_documents(session, today)}

    assert in_office(archive, 1, waiting) == set(ids)
    offered(archive)
    assert in_office(archive, 1, waiting) == set()
