"""From the submission to the register, through real processes, and with each of them killed."""

from __future__ import annotations

import io
import os
import signal
import zipfile
from pathlib import Path

import pikepdf
import pytest
from lxml import etree
from redis import Redis

from app.embedded.valkey import EmbeddedValkey
from document_templates.pdfa import check_pdfa
from document_templates.proofs import find_proof
from document_templates.seal_keys import trust_roots
from document_templates.sealed_pdf import inspect_sealed_pdf
from tests.support.installation import Installation
from tests.support.pipeline import (
    ORGANISATION,
    Asked,
    Case,
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
        wait_until_done(workplace, everything, 90)

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
        wait_until_done(workplace, wanted, 90)

        # Neither needed anybody to start it again.
        assert [process.poll() for process in processes] == [None, None]
    assert_made_once(workplace, wanted)
