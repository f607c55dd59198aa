"""Signing with a login: asked for, read, signed or declined, and what becomes of the document."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pikepdf
import pytest
from flask import Flask
from lxml import html
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from document_templates.clauses.models import AgreementTerm
from document_templates.models import Document, DocumentVersion, Proof
from document_templates.pdfa import check_pdfa
from document_templates.requesting import request_documents
from document_templates.seal_keys import trust_roots
from document_templates.signature_validation import validate_pdf
from document_templates.signing.acting import statement_of
from document_templates.signing.models import Signatory, Signature
from document_templates.signing.telling import people_in_turn
from forms.models import Submission
from forms.surroundings import today_in_berlin
from tenants.audit import AuditEntry
from tenants.models import Organisation
from tenants.outbox import Task
from tests.support.installation import PASSWORD, Installation
from tests.support.signing_office import SigningOffice as Office
from tests.support.signing_office import add, open_office, own_account
from tests.support.web import Visitor
from tests.support.web_forms import document_of, form_of, text_of
from workers.handlers import perform_task

TODAY = date.today()


@pytest.fixture(scope="module")
def office(app: Flask, installation: Installation) -> Iterator[Office]:
    """An office of this module's own."""
    with open_office(app, installation) as opened:
        yield opened


def test_two_parties_sign_and_the_register_gets_the_signed_version(
    office: Office, tmp_path: Path
) -> None:
    path = office.begin()
    assert "Ihre Unterschrift fehlt" in text_of(
        office.manager.get(f"{office.path}/unterschriften/")
    )
    inbox = text_of(office.manager.get(f"{office.path}/uebersicht"))
    assert "Bitte unterschreiben" in inbox
    assert office.sign(office.manager, path).status_code == 302
    assert "Bitte unterschreiben" not in text_of(office.manager.get(f"{office.path}/uebersicht"))
    assert office.signing(path).state == "open"
    assert office.sign(office.head, path).status_code == 302
    assert "Alle haben unterschrieben" in text_of(office.clerk.get(path))
    office.complete(path)
    signing = office.signing(path)
    assert signing.state == "completed"

    files = [visitor.get(f"{path}/unterschrieben").get_data() for visitor in
             (office.manager, office.head, office.clerk)]  # fmt: skip
    assert len(set(files)) == 1
    pdf = files[0]
    assert check_pdfa(pdf) == []
    roots = office.installation.in_scope(office.scope, trust_roots)
    (report,) = validate_pdf(pdf, roots)
    assert report.accepted
    file = tmp_path / "unterschrieben.pdf"
    file.write_bytes(pdf)
    said = subprocess.run(["pdfsig", file], capture_output=True, check=False).stdout
    assert b"Signature Validation: Signature is Valid" in said
    words = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    ).stdout.decode()
    assert "Nachweis der Unterschriften" in words
    for name in ("Bürgermeisterin Beispiel", "Kim Muster", "Geschäftsführung"):
        assert name in words
    compact = "".join(words.split())
    for party in signing.parties:
        for one in party.signatures:
            assert one.statement_sha256 == statement_of(signing, one).sha256
            assert one.statement_sha256[:16] in compact

    def versions(session: Session) -> list[tuple[int, str, int]]:
        rows = session.execute(
            select(DocumentVersion.number, Proof.state, Proof.signatures)
            .join(Proof, Proof.document_version_id == DocumentVersion.id)
            .where(DocumentVersion.document_id == signing.document_id)
            .order_by(DocumentVersion.number)
        )
        return [(number, state, len(signatures)) for number, state, signatures in rows]

    assert office.installation.in_scope(office.scope, versions) == [
        (1, "signed", 0),
        (2, "valid", 2),
    ]
    page = text_of(office.clerk.get(f"{office.path}/dokumente/{signing.document_id}"))
    assert "Unterschrieben und gesiegelt" in page
    proof = Visitor(office.app).get(f"/pruefen/{signing.verification_code}")
    assert proof.status_code == 200
    public = text_of(proof, "//body")
    for party in signing.parties:
        assert party.name in public
    assert "Bestätigung mit Anmeldung" in public
    assert "Kim Muster" not in public
    former = Visitor(office.app).get(f"/pruefen/{former_code(office, signing.document_id)}")
    assert "Dieses Dokument ist echt, aber nicht die neueste Fassung" in text_of(former, "//h1")
    told = Visitor(office.app).get(f"/pruefen/{signing.verification_code}.json").get_json()
    assert [one["level"] for one in told["signatures"]] == ["L1", "L1"]
    assert {one["party"] for one in told["signatures"]} == {one.name for one in signing.parties}


def former_code(office: Office, document_id: str) -> str:
    """Return the code of the first version of a document."""
    return office.installation.in_scope(
        office.scope,
        lambda session: session.scalars(
            select(Proof.code)
            .join(DocumentVersion, Proof.document_version_id == DocumentVersion.id)
            .where(DocumentVersion.document_id == document_id, DocumentVersion.number == 1)
        ).one(),
    )


def test_the_signed_pages_are_taken_over_untouched(office: Office) -> None:
    path = office.begin()
    before = office.manager.get(f"{path}/dokument").get_data()
    for visitor in (office.manager, office.head):
        office.sign(visitor, path)
    office.complete(path)
    after = office.manager.get(f"{path}/unterschrieben").get_data()
    with pikepdf.open(io.BytesIO(before)) as old, pikepdf.open(io.BytesIO(after)) as new:
        assert len(new.pages) > len(old.pages)
        for one, other in zip(old.pages, new.pages, strict=False):
            assert one.Contents.read_raw_bytes() == other.Contents.read_raw_bytes()
        assert len(list(new.Root.StructTreeRoot.K)) > len(list(old.Root.StructTreeRoot.K))


def test_who_did_not_open_the_document_cannot_sign(office: Office) -> None:
    path = office.begin()
    sent = form_of(office.manager.get(path))
    answer = office.manager.post(sent.action, sent.filled({"read": "1", "password": PASSWORD}))
    assert answer.status_code == 422
    assert "Öffnen Sie zuerst das Dokument" in text_of(answer)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"password": "falsch"}, "Das Passwort stimmt nicht"),
        ({"password": ""}, "Geben Sie Ihr Passwort ein"),
        ({"read": None}, "Bestätigen Sie"),
        ({"sha256": "0" * 64}, "Das Dokument hat sich geändert"),
    ],
)
def test_signing_needs_all_of_it(
    office: Office, changes: dict[str, str | None], message: str
) -> None:
    path = office.begin()
    answer = office.sign(office.manager, path, **changes)
    assert answer.status_code == 422
    assert message in text_of(answer)
    assert all(
        one.state == "waiting" for party in office.signing(path).parties for one in party.signatures
    )


def test_a_wrong_password_loses_nothing_else(office: Office) -> None:
    path = office.begin()
    answer = office.sign(office.manager, path, password="falsch")
    assert document_of(answer).xpath("//input[@id='read']/@checked")


def test_wrong_passwords_are_counted(office: Office) -> None:
    """Whoever found an open screen cannot try passwords until one fits."""
    path = office.begin()
    office.manager.get(f"{path}/dokument")
    sent = form_of(office.manager.get(path))
    limiter = office.app.appbuilder.sm.limiter  # type: ignore[attr-defined]
    limiter.reset()
    try:
        answers = [
            office.manager.post(sent.action, sent.filled({"read": "1", "password": "falsch"}))
            for _attempt in range(11)
        ]
        assert [one.status_code for one in answers] == [422] * 10 + [429]
        right = office.manager.post(sent.action, sent.filled({"read": "1", "password": PASSWORD}))
        assert right.status_code == 429
    finally:
        limiter.reset()


def test_parties_sign_in_order(office: Office) -> None:
    path = office.begin({"in_order": "1"})
    assert office.head.get(path).status_code == 200
    assert "Sie sind um Ihre Unterschrift gebeten" not in text_of(office.head.get(path))
    assert office.head.post(
        f"{path}/unterschreiben",
        {"read": "1", "password": PASSWORD, "sha256": office.signing(path).pdf_sha256},
    ).status_code == 422  # fmt: skip
    assert office.sign(office.manager, path).status_code == 302
    assert "Sie sind um Ihre Unterschrift gebeten" in text_of(office.head.get(path))


def test_declining_ends_it_with_a_reason_that_all_read(office: Office) -> None:
    path = office.begin()
    assert office.manager.post(f"{path}/ablehnen", {"reason": " "}).status_code == 422
    answer = office.manager.post(f"{path}/ablehnen", {"reason": "Der Satz in § 4 fehlt."})
    assert answer.status_code == 302
    for visitor in (office.clerk, office.head, office.manager):
        words = text_of(visitor.get(path))
        assert "Der Satz in § 4 fehlt." in words
        assert "abgelehnt" in words
    assert "Sie sind um Ihre Unterschrift gebeten" not in text_of(office.head.get(path))
    # Who was not asked any more is not said to come later.
    assert "nicht mehr nötig" in text_of(office.head.get(path))
    assert "an der Reihe" not in text_of(office.head.get(path))


def test_withdrawing_needs_a_reason_and_lets_ask_again(office: Office) -> None:
    version_id = office.make_document()
    path = str(office.ask(version_id).location)
    again = office.ask(version_id)
    assert again.status_code == 422
    assert "liegt schon zur Unterschrift" in text_of(again)
    refused = office.clerk.post(f"{path}/zurueckziehen", {"withdrawal": ""})
    assert refused.status_code == 422
    done = office.clerk.post(f"{path}/zurueckziehen", {"withdrawal": "Tippfehler auf Seite 2"})
    assert done.status_code == 302
    assert "Tippfehler auf Seite 2" in text_of(office.manager.get(path))
    assert office.ask(version_id).status_code == 302


def test_reminders_reach_whose_turn_it_is_once_a_day(office: Office) -> None:
    path = office.begin({"in_order": "1"})
    office.clerk.get(path)
    assert office.clerk.post(f"{path}/erinnern").status_code == 302
    assert "Erinnerung vom" in text_of(office.manager.get(f"{office.path}/uebersicht"))
    office.clerk.post(f"{path}/erinnern")
    assert "Heute ist schon erinnert worden" in text_of(office.clerk.get(path))
    reminded = {
        one.name for party in office.signing(path).parties for one in party.signatures
        if one.reminded_at
    }  # fmt: skip
    assert reminded == {"Kim Muster"}


def test_whose_turn_to_sign_came_yesterday_is_told_this_morning(
    app: Flask, installation: Installation
) -> None:
    """The Leitung is asked first; the head only after her."""
    with open_office(app, installation) as office:
        manager, head = office.people["manager"].account_id, office.people["head"].account_id
        path = office.begin({"in_order": "1"})
        asked_on, day = today_in_berlin(office.signing(path).requested_at), timedelta(days=1)

        def told(since: date) -> set[int]:
            return office.installation.in_scope(
                office.scope, lambda session: people_in_turn(session, since, since + day)
            )

        assert (told(asked_on), told(asked_on + day)) == ({manager}, set())
        office.sign(office.manager, path)
        assert told(asked_on) == {head}


def submission_of(office: Office, path: str) -> str:
    """Return the id of the submission whose document is signed."""
    document_id = office.signing(path).document_id
    return office.installation.in_scope(
        office.scope,
        lambda session: str(
            session.scalars(select(Document.submission_id).where(Document.id == document_id)).one()
        ),
    )


def test_nobody_signs_what_the_office_has_cancelled(office: Office) -> None:
    path = office.begin()
    submission_id = submission_of(office, path)
    office.installation.in_scope(
        office.scope,
        lambda session: session.execute(
            update(Submission).where(Submission.id == submission_id).values(state="accepted")
        ),
    )
    office.head.get(path)
    done = office.head.post(f"{office.path}/einreichungen/{submission_id}/entscheidung/cancel")
    assert done.status_code == 302
    assert office.signing(path).state == "withdrawn"


def test_nobody_signs_what_the_traeger_has_taken_back(office: Office) -> None:
    path = office.begin()
    submission_id = submission_of(office, path)
    office.manager.get(path)
    taken_back = office.manager.post(
        f"{office.path}/einreichungen/{submission_id}/entscheidung/withdraw"
    )
    assert taken_back.status_code == 302
    words = text_of(office.head.get(path))
    assert "Die Einreichung ist zurückgenommen oder storniert" in words
    assert "Sie sind um Ihre Unterschrift gebeten" not in words
    assert office.signing(path).state == "withdrawn"


def test_a_correction_ends_the_signing_of_the_former_version(office: Office) -> None:
    path = office.begin()
    signing = office.signing(path)

    def overtake(session: Session) -> None:
        from document_templates.signing.overtaking import overtake_signings

        overtake_signings(session, signing.document_id)

    office.installation.in_scope(office.scope, overtake)
    assert office.signing(path).state == "overtaken"
    assert "neuere Fassung" in text_of(office.manager.get(path))
    answer = office.manager.post(
        f"{path}/unterschreiben",
        {"read": "1", "password": PASSWORD, "sha256": signing.pdf_sha256},
    )
    assert answer.status_code == 422


def test_authority_that_has_ended_is_refused(office: Office) -> None:
    def proxy(valid_until: date) -> str:
        def write(session: Session) -> str:
            row = Signatory(
                organisation_id=office.case.organisation.id, name="Pro Kura", capacity="proxy",
                authority="UR 7/2026", account_id=office.people["manager"].account_id,
                valid_from=TODAY - timedelta(days=30), valid_until=valid_until,
            )  # fmt: skip
            session.add(row)
            session.flush()
            return row.id

        return office.installation.in_scope(office.scope, write)

    organisation = office.case.organisation.id
    ended = proxy(TODAY - timedelta(days=2))
    answer = office.ask(
        office.make_document(), {f"person.{organisation}": [ended], f"rule.{organisation}": "proxy"}
    )
    assert answer.status_code == 422
    assert "Pro Kura ist heute nicht zeichnungsberechtigt" in text_of(answer)
    held = proxy(TODAY + timedelta(days=1))
    path = office.begin({f"person.{organisation}": [held], f"rule.{organisation}": "proxy"})

    def end(session: Session) -> None:
        row = session.scalars(select(Signatory).where(Signatory.id == held)).one()
        row.valid_until = TODAY - timedelta(days=3)

    office.installation.in_scope(office.scope, end)
    refused = office.sign(office.manager, path)
    assert refused.status_code == 422
    assert "Zeichnungsberechtigung gilt heute nicht" in text_of(refused)


def test_the_choice_of_people_is_checked_and_kept(office: Office) -> None:
    version_id = office.make_document()
    organisation = office.case.organisation.id
    answer = office.ask(
        version_id,
        {f"person.{organisation}": [], "note": "Bitte & danke", "due_on": "morgen"},
    )
    assert answer.status_code == 422
    sent = form_of(answer)
    assert sent.fields["note"] == ["\nBitte & danke"] or sent.fields["note"] == ["Bitte & danke"]
    assert sent.fields["due_on"] == ["morgen"]
    assert sent.fields["person.amt"] == [office.signatories["head"]]
    nobody = office.ask(version_id, {f"person.{organisation}": []})
    assert "Wählen Sie mindestens eine Person" in text_of(nobody)
    foreign = office.ask(version_id, {f"person.{organisation}": [office.signatories["head"]]})
    assert "gehört nicht zu dieser Partei" in text_of(foreign)
    past = office.ask(version_id, {"due_on": "01.01.2020"})
    assert "Vergangenheit" in text_of(past)


def test_a_request_starts_from_how_the_parties_signed_the_last_time(office: Office) -> None:
    organisation = office.case.organisation.id
    office.begin({"rule.amt": "single", f"rule.{organisation}": "single"})
    version_id = office.make_document()
    sent = form_of(office.clerk.get(f"{office.path}/unterschriften/neu/{version_id}"))
    assert sent.fields["rule.amt"] == ["single"]
    assert sent.fields["person.amt"] == [office.signatories["head"]]
    assert sent.fields[f"person.{organisation}"] == [office.signatories["manager"]]


def test_only_the_office_has_a_head(office: Office) -> None:
    organisation = office.case.organisation.id
    refused = add(office.manager, office.path, name="Kim Kopf", capacity="head")
    assert refused.status_code == 422
    assert "Wählen Sie aus, als was" in text_of(refused)
    version_id = office.make_document()
    page = document_of(office.clerk.get(f"{office.path}/unterschriften/neu/{version_id}"))
    assert page.xpath("//select[@name='rule.amt']/option[@value='head']")
    assert not page.xpath(f"//select[@name='rule.{organisation}']/option[@value='head']")
    assert office.ask(version_id, {f"rule.{organisation}": "head"}).status_code == 404


def test_parties_are_added_moved_and_removed_without_loss(office: Office) -> None:
    other = office.installation.found_organisation(office.case.tenant, name="Verein Regenbogen")
    version_id = office.make_document()
    page = office.clerk.get(f"{office.path}/unterschriften/neu/{version_id}")
    sent = form_of(page)
    added = office.clerk.post(
        sent.action, sent.filled({"note": "Hallo", "further": other.id}, add="1")
    )
    keys = form_of(added).fields["party"]
    assert keys == [office.case.organisation.id, "amt", other.id]
    assert form_of(added).fields["note"][0].strip() == "Hallo"
    moved = office.clerk.post(sent.action, form_of(added).filled(earlier="amt"))
    assert form_of(moved).fields["party"] == ["amt", office.case.organisation.id, other.id]
    removed = office.clerk.post(sent.action, form_of(moved).filled(remove=other.id))
    assert form_of(removed).fields["party"] == ["amt", office.case.organisation.id]


def stranger(office: Office, organisation: Organisation | None = None) -> Visitor:
    organisation = organisation or office.installation.found_organisation(office.case.tenant)
    person = office.installation.person(organisation=organisation, role="traeger_leitung")
    return Visitor(office.app, person)


def test_others_find_nothing(office: Office) -> None:
    path = office.begin()
    colleague = Visitor(
        office.app,
        office.installation.person(organisation=office.case.organisation, role="traeger_fachkraft"),
    )
    admin = Visitor(office.app, office.people["admin"])
    for visitor in (stranger(office), colleague, admin):
        for rest in ("", "/dokument", "/unterschrieben"):
            assert visitor.get(path + rest).status_code == 404
        for rest in (
            "/unterschreiben",
            "/ablehnen",
            "/zurueckziehen",
            "/erinnern",
            "/abschliessen",
        ):
            visitor.get(f"{office.path}/unterschriften/")
            assert visitor.post(path + rest, {"reason": "x", "withdrawal": "x"}).status_code == 404
        assert path not in visitor.get(f"{office.path}/unterschriften/").get_data(as_text=True)
    # The Träger is a party, and asks nobody.
    office.manager.get(path)
    assert office.manager.post(f"{path}/zurueckziehen", {"withdrawal": "x"}).status_code == 404
    # The office sees it, and signs for nobody.
    office.clerk.get(path)
    answer = office.clerk.post(
        f"{path}/unterschreiben",
        {"read": "1", "password": PASSWORD, "sha256": office.signing(path).pdf_sha256},
    )
    assert answer.status_code == 422
    assert "Von Ihnen ist hier keine Unterschrift erbeten" in text_of(answer)


def test_a_partner_without_the_document_sees_what_it_signs(office: Office) -> None:
    """The document is another Träger's; the signing shows it to all who sign."""
    other = office.installation.found_organisation(office.case.tenant, name="Verein Zugleich")
    visitor = stranger(office, other)
    account = own_account(visitor, office.path, "Leitung")
    assert add(
        visitor, office.path, name="Zweite Partei", capacity="representative", person=account
    ).status_code == 302  # fmt: skip

    def find(session: Session) -> str:
        return session.scalars(
            select(Signatory.id).where(Signatory.organisation_id == other.id)
        ).one()

    signatory = office.installation.in_scope(office.scope, find)
    version_id = office.make_document()
    path = str(
        office.ask(
            version_id,
            {
                "party": [office.case.organisation.id, "amt", other.id],
                f"rule.{other.id}": "single",
                f"person.{other.id}": [signatory],
            },
        ).location
    )
    assert office.sign(visitor, path).status_code == 302
    words = text_of(visitor.get(path))
    assert "Kim Muster" in words
    document_id = office.signing(path).document_id
    assert visitor.get(f"{office.path}/dokumente/{document_id}").status_code == 404
    for one in (office.manager, office.head):
        assert office.sign(one, path).status_code == 302
    office.complete(path)
    assert (
        visitor.get(f"{path}/unterschrieben").get_data()
        == office.manager.get(f"{path}/unterschrieben").get_data()
    )


def test_completing_twice_makes_one_version(office: Office) -> None:
    path = office.begin()
    for visitor in (office.manager, office.head):
        office.sign(visitor, path)
    signing = office.signing(path)

    def again(session: Session) -> str:
        from document_templates.signing.acting import request_completion

        request_completion(session, signing)
        session.flush()
        return (
            session.scalars(
                select(Task.id)
                .where(Task.payload == {"signing_id": signing.id})
                .order_by(Task.created_at.desc())
            ).first()
            or ""
        )

    second = office.installation.in_scope(office.scope, again)
    for task_id in (second, second):
        perform_task(office.runtime, task_id)
    first = office.installation.in_scope(
        office.scope,
        lambda session: session.scalars(
            select(Task.id).where(Task.payload == {"signing_id": signing.id}, Task.state == "ready")
        ).one(),
    )
    perform_task(office.runtime, first)
    numbers = office.installation.in_scope(
        office.scope,
        lambda session: session.scalars(
            select(DocumentVersion.number)
            .where(DocumentVersion.document_id == signing.document_id)
            .order_by(DocumentVersion.number)
        ).all(),
    )
    assert list(numbers) == [1, 2]


def test_every_step_is_in_the_audit_trail(office: Office) -> None:
    path = office.begin()
    for visitor in (office.manager, office.head):
        office.sign(visitor, path)
    office.complete(path)

    def actions(session: Session) -> list[str]:
        return list(
            session.scalars(
                select(AuditEntry.action)
                .where(AuditEntry.subject_id == path.rpartition("/")[2])
                .order_by(AuditEntry.at)
            )
        )

    found = office.installation.in_scope(office.scope, actions)
    assert [one for one in found if one != "signing.downloaded"] == [
        "signing.requested", "signing.opened", "signing.signed", "signing.opened",
        "signing.signed", "signing.completed",
    ]  # fmt: skip


def test_a_correction_after_signing_gets_the_next_number(office: Office) -> None:
    """The signed version has taken the number that the correction would have had."""
    path = office.begin()
    for visitor in (office.manager, office.head):
        office.sign(visitor, path)
    office.complete(path)
    signing = office.signing(path)

    def correct(session: Session) -> int:
        version = session.scalars(
            select(DocumentVersion).where(DocumentVersion.id == signing.version_id)
        ).one()
        submission = version.document.submission
        assert submission is not None
        submission.handover_number += 1
        session.flush()
        (request,) = request_documents(session, submission)
        return request.version

    assert office.installation.in_scope(office.scope, correct) == 3


def test_entries_of_signatories_are_checked(office: Office) -> None:
    refused = add(office.manager, office.path, name=" ", capacity="")
    assert refused.status_code == 422
    words = text_of(refused)
    assert "Geben Sie den Namen an" in words
    assert "Wählen Sie aus, als was" in words
    proxy = add(office.manager, office.path, name="A", capacity="proxy")
    assert "Vollmacht" in text_of(proxy)
    order = add(
        office.manager, office.path, name="A", capacity="representative",
        valid_from="02.01.2027", valid_until="01.01.2027",
    )  # fmt: skip
    assert "Der letzte Tag liegt vor dem ersten" in text_of(order)
    assert form_of(order).fields["valid_from"] == ["02.01.2027"]


def test_nobody_is_entered_who_could_not_see_what_to_sign(office: Office) -> None:
    """The planning sees figures, never a document: asked to sign, such a person finds no page."""
    office.installation.person(tenant=office.case.tenant, role="planung")
    admin = Visitor(office.app, office.people["admin"])
    page = document_of(admin.get(f"{office.path}/unterschriften/zeichnungsberechtigte/neu"))
    offered = " ".join(page.xpath("//select[@id='person']/option/text()"))
    assert "Koordination" in offered
    assert "Jugendhilfeplanung" not in offered


def test_a_side_sees_and_ends_its_own_signatories_alone(office: Office) -> None:
    visitor = stranger(office)
    base = f"{office.path}/unterschriften/zeichnungsberechtigte"
    assert "Kim Muster" not in text_of(visitor.get(base))
    assert visitor.post(f"{base}/{office.signatories['manager']}/beenden").status_code == 404
    assert "Bürgermeisterin" not in text_of(office.manager.get(base))
    admin = Visitor(office.app, office.people["admin"])
    assert "Kim Muster" in text_of(admin.get(base))
    assert Visitor(office.app, office.people["clerk"]).get(base).status_code == 404


def test_nothing_becomes_markup(office: Office) -> None:
    path = office.begin({"note": "<script>alert(1)</script>"})
    page = office.manager.get(path)
    assert not html.fromstring(page.get_data()).xpath("//main//script")


def test_signatures_carry_their_party(office: Office) -> None:
    path = office.begin()
    for visitor in (office.manager, office.head):
        office.sign(visitor, path)
    found = office.installation.in_scope(
        office.scope,
        lambda session: list(
            session.scalars(
                select(Signature).where(Signature.signing_id == path.rpartition("/")[2])
            )
        ),
    )
    assert {one.party_organisation_id for one in found} == {None, office.case.organisation.id}


def test_the_signed_version_says_the_same_of_its_term(office: Office) -> None:
    """Whoever asks what is in force finds the signed version as it found the one before."""
    path = office.begin()
    signing = office.signing(path)
    office.installation.in_scope(
        office.scope,
        lambda session: session.add(
            AgreementTerm(
                document_version_id=signing.version_id, is_amendment=False, begins_on=TODAY
            )
        ),
    )
    for visitor in (office.manager, office.head):
        office.sign(visitor, path)
    office.complete(path)

    def terms(session: Session) -> list[date]:
        return list(
            session.scalars(
                select(AgreementTerm.begins_on)
                .join(DocumentVersion, DocumentVersion.id == AgreementTerm.document_version_id)
                .where(DocumentVersion.signing_id == signing.id)
            )
        )

    assert office.installation.in_scope(office.scope, terms) == [TODAY]
