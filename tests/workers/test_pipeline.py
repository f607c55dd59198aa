"""From the submission to the register, through real processes, and with each of them killed."""

from __future__ import annotations

import io
import os
import signal
import zipfile
from datetime import date
from pathlib import Path

import pikepdf
import pytest
from lxml import etree
from redis import Redis
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.embedded.valkey import EmbeddedValkey
from document_templates.conversion.fonts import installed_fonts
from document_templates.pdfa import check_pdfa
from document_templates.produced_pdf import making_of
from document_templates.proofs import find_proof
from document_templates.register import list_documents
from document_templates.requesting import request_documents
from document_templates.seal_keys import trust_roots
from document_templates.sealed_pdf import inspect_sealed_pdf
from forms.models import Submission
from forms.procedure.deciding import decide
from forms.procedure.inquiries import ask
from forms.procedure.working import begin_work, hand_over_work
from forms.publishing import definition_of
from forms.submitting import SavedDraft, draft_at, save_draft
from forms.viewer import Viewer
from tenants.context import Scope
from tenants.outbox import Task
from tests.support.installation import Installation
from tests.support.pipeline import (
    ORGANISATION,
    Asked,
    Case,
    assert_chain_is_whole,
    assert_made_once,
    crashing_workers,
    pipeline,
    read_request,
    read_task,
    stored_files,
    wait_until_done,
)
from tests.support.processes import is_alive, wait_until
from workers.dispatcher import Dispatcher

pytestmark = pytest.mark.usefixtures("empty_outbox")

STEPS = ("fill", "convert", "seal", "check", "store", "register")


def test_a_submission_becomes_a_sealed_registered_document(
    workplace: Installation, case: Case, empty_queue: Redis, tmp_path: Path
) -> None:
    asked = case.submit()

    with pipeline(workplace, tmp_path):
        wait_until_done(workplace, [asked])

    (version,) = assert_made_once(workplace, [asked])
    pdf = workplace.store.get(version.pdf_key, version.pdf_object_version, version.pdf_sha256)
    assert check_pdfa(pdf) == []
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert str(opened.Root.Lang) == "de-DE"
        assert opened.Root.MarkInfo.Marked
        assert "/StructTreeRoot" in opened.Root
    roots = workplace.in_scope(asked.scope, trust_roots)
    sealed = inspect_sealed_pdf(pdf, roots)
    assert sealed.certificate_sha256 == version.certificate_sha256
    assert case.tenant.name in sealed.signer
    assert version.converter.startswith("LibreOffice ")
    assert version.fonts_sha256 == installed_fonts().sha256
    assert version.fonts == list(making_of(pdf).fonts) != []
    code = read_request(workplace, asked).verification_code
    proof = find_proof(workplace.sessions, code)
    assert proof is not None
    assert (proof.pdf_sha256, proof.sealed_by) == (version.pdf_sha256, case.tenant.name)
    assert ORGANISATION in document_text(workplace, asked)
    assert len(stored_files(workplace.settings.data_directory, asked)) == 2


def document_text(workplace: Installation, asked: Asked) -> str:
    (version,) = assert_made_once(workplace, [asked])
    docx = workplace.store.get(version.docx_key, version.docx_object_version, version.docx_sha256)
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        body = etree.fromstring(archive.read("word/document.xml"))
    return "".join(body.itertext())


def test_a_worker_killed_at_any_point_leaves_one_document(
    workplace: Installation,
    case: Case,
    dispatcher: Dispatcher,
    empty_queue: Redis,
    tmp_path: Path,
) -> None:
    wanted = {}
    with crashing_workers(workplace, tmp_path) as workers:
        for step in (*STEPS, "during-convert"):
            wanted[step] = case.submit()
            assert dispatcher.dispatch_once() == 1
            workers.begin(step)
            office = workers.office() if step == "during-convert" else 0
            assert workers.exit_code() == -signal.SIGKILL, step
            wait_until_gone(office)
            # Nothing but the killed one may have had a part in it.
            state = read_request(workplace, wanted[step]).state
            assert state == ("done" if step == "register" else "working"), step
    everything = list(wanted.values())

    with pipeline(workplace, tmp_path):
        wait_until_done(workplace, everything)

    assert_made_once(workplace, everything)
    for step, asked in wanted.items():
        assert len(stored_files(workplace.settings.data_directory, asked)) == 2, step
        assert read_request(workplace, asked).fence == (1 if step == "register" else 2), step


def wait_until_gone(pid: int) -> None:
    wait_until(lambda: not is_alive(pid), "LibreOffice goes with its worker")


def test_a_worker_that_wakes_up_late_does_not_finish_a_second_time(
    workplace: Installation,
    case: Case,
    dispatcher: Dispatcher,
    empty_queue: Redis,
    tmp_path: Path,
) -> None:
    asked = case.submit()
    with crashing_workers(workplace, tmp_path) as workers:
        assert dispatcher.dispatch_once() == 1
        hung = workers.begin("hang-fill")
        stat = Path(f"/proc/{hung}/stat")
        wait_until(lambda: stat.read_text().rpartition(")")[2].split()[0] == "T", "worker hangs")

        with pipeline(workplace, tmp_path):
            wait_until_done(workplace, [asked])
        os.kill(hung, signal.SIGCONT)
        assert workers.exit_code() == 0

    assert "task.overtaken" in (tmp_path / "crashing.log").read_text()
    assert_made_once(workplace, [asked])
    assert read_request(workplace, asked).fence == 2


def test_a_queue_that_forgets_everything_loses_no_document(
    workplace: Installation,
    case: Case,
    queue_server: EmbeddedValkey,
    empty_queue: Redis,
    tmp_path: Path,
) -> None:
    wanted = case.submit_many(6)
    with pipeline(workplace, tmp_path) as processes:
        wait_until(lambda: read_request(workplace, wanted[0]).step != "", "the first is begun")
        assert read_task(workplace, wanted[-1]).state == "dispatched"
        empty_queue.flushall()
        wait_until_done(workplace, wanted[:1])

        wanted += case.submit_many(2)
        wait_until(
            lambda: any(read_request(workplace, one).state == "working" for one in wanted),
            "another is begun",
        )
        queue_server.process.kill()
        wanted.append(case.submit())
        queue_server.start()
        wait_until_done(workplace, wanted)

        # Neither needed anybody to start it again.
        assert [process.poll() for process in processes] == [None, None]
    assert_made_once(workplace, wanted)


def test_a_correction_becomes_the_next_version_of_the_document(
    workplace: Installation, case: Case, empty_queue: Redis, tmp_path: Path
) -> None:
    first = case.submit()
    with pipeline(workplace, tmp_path):
        wait_until_done(workplace, [first])
        second = corrected(workplace, case, first)
        wait_until_done(workplace, [second])

    old, new = read_request(workplace, first), read_request(workplace, second)
    assert (old.number, old.version) == (new.number, 1)
    assert new.version == 2

    def versions(session: Session) -> list[tuple[int, str]]:
        (document,) = list_documents(session, own_only=False, text=new.number)
        return [(one.number, one.proof.state) for one in document.versions]

    assert workplace.in_scope(first.scope, versions) == [(2, "valid"), (1, "superseded")]
    for code, state in ((old.verification_code, "superseded"), (new.verification_code, "valid")):
        proof = find_proof(workplace.sessions, code)
        assert proof is not None and proof.state == state
    assert_chain_is_whole(workplace, case.tenant.id)


def corrected(workplace: Installation, case: Case, first: Asked) -> Asked:
    """Let the office ask about the name of the offer, and the Träger answer."""
    submission_id = read_request(workplace, first).submission_id
    office, traeger = Viewer(frozenset({"fachkraft"})), Viewer(frozenset({"traeger"}))

    def subject(session: Session) -> Submission:
        return session.scalars(select(Submission).where(Submission.id == submission_id)).one()

    def ask_about(session: Session) -> None:
        submission = subject(session)
        decide(session, submission, "check", viewer=office)
        named = definition_of(submission.form_version).fields["angebot"].id
        ask(
            session, submission, kind="inquiry", field_ids=[named], text="Welches Angebot?",
            due_on=date(2099, 1, 2), viewer=office, person_name="Kim Amt",
        )  # fmt: skip

    def answer(session: Session) -> Asked:
        submission = subject(session)
        work = begin_work(session, submission, viewer=traeger, person_name="Kim Muster")
        saved = save_draft(
            session, work, base=draft_at(session, work, 0),
            answers={**work.answers, "angebot": "Berichtigtes Angebot"}, invalid={},
            page_paths=frozenset(),
        )  # fmt: skip
        assert isinstance(saved, SavedDraft)
        hand_over_work(
            session, work, submission, viewer=traeger, person_name="Kim Muster",
            warnings_confirmed=True,
        )  # fmt: skip
        (request,) = request_documents(session, submission)
        task = session.scalars(
            select(Task).where(Task.payload["request_id"].astext == request.id)
        ).one()
        return Asked(case.tenant.id, request.id, task.id)

    workplace.in_scope(Scope(tenant_id=case.tenant.id), ask_about)
    scope = Scope(
        tenant_id=case.tenant.id,
        organisation_id=case.organisation.id,
        account_id=case.person.account_id,
    )
    return workplace.in_scope(scope, answer)
