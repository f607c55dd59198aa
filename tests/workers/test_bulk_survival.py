"""A run of 509 documents (domain story H12.1) through everything that can go wrong meanwhile.

Two workers and a dispatcher work as processes, with a real LibreOffice each, on a slim template:
509 conversions take about a minute on two
quiet cores and five on busy ones. Two workers are killed without a word, one
LibreOffice is stopped in the middle of its work, and Valkey is killed and comes back.
"""

from __future__ import annotations

import io
import os
import signal
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.embedded.postgres import EmbeddedPostgres
from app.embedded.valkey import EmbeddedValkey
from document_templates.bulk_runs.composing import RunPlan, compose_run
from document_templates.bulk_runs.fitting import targets_of
from document_templates.bulk_runs.models import BulkItem
from document_templates.bulk_runs.recipients import Recipient
from document_templates.bulk_runs.starting import start_run
from document_templates.models import Document, DocumentRequest, DocumentVersion, TemplateVersion
from document_templates.publishing import publish_template, upload_template
from forms.publishing import definition_of
from tenants.context import Scope
from tenants.models import Tenant
from tests.support.docx_files import paragraph, plain_members, zipped
from tests.support.form_documents import field, one_page
from tests.support.installation import Installation, open_installation
from tests.support.pipeline import assert_chain_is_whole, module_process
from tests.support.ports import free_port
from tests.support.processes import offices_of, wait_until

pytestmark = pytest.mark.timeout(2000)

T = TypeVar("T")
CHILDREN = 509
SECONDS = 1800.0
"""The story's limit. Nothing is measured here: it only ends a run that stands still."""


@dataclass
class Run:
    """The run with its workers, and what a test does to them."""

    installation: Installation
    tenant: Tenant
    run_id: str
    directory: Path
    stack: ExitStack

    def worker(self) -> subprocess.Popen[bytes]:
        log = self.directory / "worker.log"
        return self.stack.enter_context(module_process(self.installation, log, "workers", "worker"))

    def done(self) -> int:
        query = (
            select(func.count())
            .select_from(DocumentRequest)
            .join(BulkItem, BulkItem.id == DocumentRequest.bulk_item_id)
            .where(BulkItem.run_id == self.run_id, DocumentRequest.state == "done")
        )
        return self.read(lambda session: session.scalar(query) or 0)

    def read(self, work: Callable[[Session], T]) -> T:
        return self.installation.in_scope(Scope(tenant_id=self.tenant.id), work)

    def wait_for(self, count: int) -> None:
        wait_until(lambda: self.done() >= count, f"{count} documents are made", SECONDS)


@pytest.fixture
def run(postgres: EmbeddedPostgres, tmp_path: Path) -> Iterator[tuple[Run, EmbeddedValkey]]:
    environment = {
        "SIEGEL_LEASE_SECONDS": "20",
        "SIEGEL_RECLAIM_SECONDS": "25",
        "SIEGEL_CONVERSION_SECONDS": "15",
    }
    with (
        EmbeddedValkey(tmp_path / "queue", port=free_port()) as queue,
        open_installation(postgres, queue.url, tmp_path, **environment) as installation,
        ExitStack() as stack,
    ):
        tenant = installation.found_tenant(with_seal=True)
        run_id = start(installation, tenant)
        stack.enter_context(
            module_process(installation, tmp_path / "dispatcher.log", "workers", "dispatcher")
        )
        yield Run(installation, tenant, run_id, tmp_path, stack), queue


def start(installation: Installation, tenant: Tenant) -> str:
    """Write and start a run with one recipient per child."""
    form_version = installation.publish(tenant, one_page(field("text", "kind", label="Kind")))
    letter = zipped(plain_members(paragraph("Betreuung von {{ kind }}, {{ dokument.nummer }}")))

    def publish(session: Session) -> TemplateVersion:
        version = upload_template(
            session, installation.store, form_version, title="Bescheid", file_name="b.docx",
            data=letter,
        )  # fmt: skip
        publish_template(session, version)
        return version

    def ask(session: Session) -> str:
        plan = RunPlan(
            title="Ein Schreiben je Kind", template_id=version.template_id, source="table",
            source_title="kinder.xlsx", person_name="Kim Muster", columns=("Kind",),
            mapping={"kind": "Kind"}, label_column="Kind",
            targets=targets_of(definition_of(form_version)), used={"kind"},
        )  # fmt: skip
        children = (
            Recipient(
                template_version_id=version.id, cells={"Kind": f"Kind {number}"}, row=number + 1
            )
            for number in range(1, CHILDREN + 1)
        )
        run = compose_run(session, plan, children, most_recipients=CHILDREN)
        start_run(session, run.id, most_runs=1)
        return run.id

    version = installation.in_scope(Scope(tenant_id=tenant.id), publish)
    return installation.in_scope(Scope(tenant_id=tenant.id), ask)


def kill(worker: subprocess.Popen[bytes]) -> None:
    """End a worker as the kernel does when memory is short."""
    worker.kill()
    worker.wait()


def stop_office(worker: subprocess.Popen[bytes]) -> int:
    """Stop the LibreOffice of a worker, as one that hangs; return its process id."""
    wait_until(lambda: bool(offices_of(worker.pid)), "the worker has a LibreOffice", 60)
    office = offices_of(worker.pid)[0]
    os.kill(office, signal.SIGSTOP)
    return office


def peak_megabytes(worker: subprocess.Popen[bytes]) -> int:
    """Return the most memory that a worker itself ever held."""
    for line in Path(f"/proc/{worker.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024
    raise AssertionError("no such worker")


def test_509_documents_are_made_once_whatever_happens(run: tuple[Run, EmbeddedValkey]) -> None:
    work, queue = run
    first, second = work.worker(), work.worker()
    work.wait_for(20)
    kill(first)
    third = work.worker()
    work.wait_for(120)
    office = stop_office(second)
    wait_until(lambda: office not in offices_of(second.pid), "the hung office is replaced", 120)
    work.wait_for(220)
    queue.process.kill()
    queue.start()
    work.wait_for(320)
    kill(third)
    fourth = work.worker()
    work.wait_for(CHILDREN)

    assert [second.poll(), fourth.poll()] == [None, None]
    assert peak_megabytes(second) < 500
    assert_made_once_for_each_child(work)
    assert_chain_is_whole(work.installation, work.tenant.id)


def assert_made_once_for_each_child(work: Run) -> None:
    """Assert that every child has one document, with its own name in it, and one number."""

    def made(session: Session) -> list[tuple[str, str, DocumentVersion]]:
        rows = session.execute(
            select(BulkItem.label, DocumentRequest.number, DocumentVersion)
            .join(DocumentRequest, DocumentRequest.bulk_item_id == BulkItem.id)
            .join(DocumentVersion, DocumentVersion.request_id == DocumentRequest.id)
            .where(BulkItem.run_id == work.run_id)
            .order_by(BulkItem.position)
        )
        return [(label, number, version) for label, number, version in rows]

    found = work.read(made)
    children = [f"Kind {number}" for number in range(1, CHILDREN + 1)]
    assert [label for label, _number, _version in found] == children
    # The numbers go on without a gap and without a double, in the order of the recipients.
    running = [int(number.rpartition("-")[2]) for _label, number, _version in found]
    assert running == list(range(running[0], running[0] + CHILDREN))
    store = work.installation.store
    for label, number, version in found:
        assert len(store.versions(version.pdf_key)) == 1
        assert len(store.get(version.pdf_key, version.pdf_object_version, version.pdf_sha256))
        docx = store.get(version.docx_key, version.docx_object_version, version.docx_sha256)
        with zipfile.ZipFile(io.BytesIO(docx)) as opened:
            text = opened.read("word/document.xml").decode()
        assert f"{label}, {number}" in text
    documents = work.read(lambda session: session.scalars(select(Document.recipient)).all())
    assert sorted(documents) == sorted(children)
