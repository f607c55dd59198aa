"""The pipeline from submission to register for tests: cases, processes, and what must hold."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from document_templates.chain import first_break
from document_templates.models import (
    FIRST_HASH,
    ChainHead,
    Document,
    DocumentRequest,
    DocumentVersion,
    Proof,
)
from document_templates.registering import register_facts
from document_templates.requesting import request_documents
from forms.models import FormVersion
from forms.packages import read_package
from forms.submitting import SavedDraft, draft_at, save_draft, start_submission, submit_answers
from tenants.context import Scope
from tenants.models import Organisation, Tenant
from tenants.outbox import Task
from tests.support.installation import Installation, Person
from tests.support.processes import wait_until

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "fachleistungsstunde"
ORGANISATION = "Müller & Söhne <gGmbH>"
STOP_SECONDS = 30
SECONDS = 240.0
"""How long the documents of a test may take at most: far beyond the usual, for busy machines."""


@dataclass(frozen=True)
class Asked:
    """A document that was asked for: by its request and the task that shall make it."""

    tenant_id: str
    request_id: str
    task_id: str

    @property
    def scope(self) -> Scope:
        return Scope(tenant_id=self.tenant_id)


@dataclass(frozen=True)
class Case:
    """A tenant with a seal, a shipped form with its template, and a Träger's person."""

    installation: Installation
    tenant: Tenant
    form: FormVersion
    organisation: Organisation
    person: Person

    def submit(self) -> Asked:
        """Fill in and submit the form as the Träger's person does."""
        scope = Scope(
            tenant_id=self.tenant.id,
            organisation_id=self.organisation.id,
            account_id=self.person.account_id,
        )
        answers = read_package(PACKAGE).samples[0].data

        def work(session: Session) -> Asked:
            submission = start_submission(
                session, self.form, person_name="Kim Muster", organisation_name=ORGANISATION
            )
            saved = save_draft(
                session, submission, base=draft_at(session, submission, 0), answers=dict(answers),
                invalid={}, page_paths=frozenset(),
            )  # fmt: skip
            assert isinstance(saved, SavedDraft)
            submit_answers(session, submission, warnings_confirmed=True)
            (request,) = request_documents(session, submission)
            task = session.scalars(
                select(Task).where(Task.payload["request_id"].astext == request.id)
            ).one()
            return Asked(self.tenant.id, request.id, task.id)

        return self.installation.in_scope(scope, work)

    def submit_many(self, count: int) -> list[Asked]:
        return [self.submit() for _number in range(count)]


def open_case(installation: Installation, *, with_seal: bool = True) -> Case:
    """Found a tenant with the shipped form, and a Träger with a name full of traps."""
    tenant = installation.found_tenant(with_seal=with_seal)
    form = installation.publish_package(tenant, PACKAGE)
    organisation = installation.found_organisation(tenant, name=ORGANISATION)
    person = installation.person(organisation=organisation, role="traeger_leitung")
    return Case(installation, tenant, form, organisation, person)


def read_request(installation: Installation, asked: Asked) -> DocumentRequest:
    """Return the request as it stands in the database."""
    return installation.in_scope(
        asked.scope,
        lambda session: session.scalars(
            select(DocumentRequest).where(DocumentRequest.id == asked.request_id)
        ).one(),
    )


def read_task(installation: Installation, asked: Asked) -> Task:
    """Return the task as it stands in the database."""
    return installation.in_scope(
        asked.scope,
        lambda session: session.scalars(select(Task).where(Task.id == asked.task_id)).one(),
    )


def wait_for_step(
    installation: Installation, asked: Asked, step: str, seconds: float = 180
) -> None:
    """Wait until the request has been taken as far as ``step``."""
    wait_until(
        lambda: read_request(installation, asked).step == step,
        f"request reaches step {step}",
    )


def wait_until_done(
    installation: Installation, wanted: list[Asked], seconds: float = 240.0
) -> None:
    """Wait until every one of ``wanted`` is registered."""

    waiting = list(wanted)

    def all_done() -> bool:
        # One question at a time: the processes that do the work need the processor more.
        while waiting and read_request(installation, waiting[0]).state == "done":
            waiting.pop(0)
        return not waiting

    try:
        wait_until(all_done, "documents are registered", SECONDS)
    except AssertionError as error:
        left = [read_request(installation, asked) for asked in waiting]
        unfinished = [(one.state, one.step, one.failure) for one in left]
        raise AssertionError(f"{error}; unfinished: {unfinished}") from error


def assert_made_once(installation: Installation, wanted: list[Asked]) -> list[DocumentVersion]:
    """Assert that each request became one stored, registered, chained document; return them."""
    made = []
    for asked in wanted:

        def work(session: Session, asked: Asked = asked) -> DocumentVersion:
            version = session.scalars(
                select(DocumentVersion).where(DocumentVersion.request_id == asked.request_id)
            ).one()
            documents = session.scalar(
                select(func.count())
                .select_from(Document)
                .join(
                    DocumentRequest,
                    (DocumentRequest.tenant_id == Document.tenant_id)
                    & (DocumentRequest.submission_id == Document.submission_id),
                )
                .where(DocumentRequest.id == asked.request_id)
            )
            assert documents == 1
            proof = session.scalars(
                select(Proof).where(Proof.document_version_id == version.id)
            ).one()
            assert proof.pdf_sha256 == version.pdf_sha256
            return version

        version = installation.in_scope(asked.scope, work)
        assert version.number == 1
        assert len(installation.store.versions(version.pdf_key)) == 1
        for key, object_version, sha256, size in (
            (version.docx_key, version.docx_object_version, version.docx_sha256, version.docx_size),
            (version.pdf_key, version.pdf_object_version, version.pdf_sha256, version.pdf_size),
        ):
            # Reading checks the content against the hash.
            assert len(installation.store.get(key, object_version, sha256)) == size
        request, task = read_request(installation, asked), read_task(installation, asked)
        assert (request.state, request.lease_until) == ("done", None)
        assert task.state == "done"
        made.append(version)
    for tenant_id in {asked.tenant_id for asked in wanted}:
        assert_chain_is_whole(installation, tenant_id)
    return made


def assert_chain_is_whole(installation: Installation, tenant_id: str) -> None:
    """Assert that the tenant's register is one unbroken chain without gaps."""

    def work(session: Session) -> None:
        versions = session.scalars(
            select(DocumentVersion).order_by(DocumentVersion.chain_position)
        ).all()
        head = session.scalars(select(ChainHead)).one()
        assert [one.chain_position for one in versions] == list(range(1, len(versions) + 1))
        assert first_break(FIRST_HASH, [(facts_of(one), one.chain_hash) for one in versions]) == -1
        assert (head.position, head.hash) == (len(versions), versions[-1].chain_hash)

    installation.in_scope(Scope(tenant_id=tenant_id), work)


def facts_of(version: DocumentVersion) -> Mapping[str, str | int]:
    """Return what the chain covers of a registered version."""
    return register_facts(
        position=version.chain_position,
        document_id=version.document_id,
        number=version.number,
        request_id=version.origin_id,
        docx_sha256=version.docx_sha256,
        pdf_sha256=version.pdf_sha256,
        pdf_object_version=version.pdf_object_version,
        certificate_sha256=version.certificate_sha256,
        sealed_at=version.sealed_at,
    )


def stored_files(directory: Path, asked: Asked) -> list[str]:
    """Return the names of the objects in a local store that belong to the request."""
    found = (path for path in directory.rglob("*=") if asked.request_id in str(path))
    return sorted(path.name.removesuffix("=") for path in found)


@contextmanager
def module_process(
    installation: Installation, log: Path, module: str, *arguments: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``python -m module`` with pipes for its input and output; end it afterwards."""
    with (
        log.open("ab") as errors,
        subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            env={**os.environ, **installation.environment},
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if module != "workers" else errors,
            stderr=errors,
        ) as process,
    ):
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    process.kill()


@contextmanager
def pipeline(
    installation: Installation, directory: Path
) -> Iterator[tuple[subprocess.Popen[bytes], subprocess.Popen[bytes]]]:
    """Run a dispatcher and a worker as processes."""
    with (
        module_process(installation, directory / "dispatcher.log", "workers", "dispatcher") as one,
        module_process(installation, directory / "worker.log", "workers", "worker") as other,
    ):
        yield one, other


class CrashingWorkers:
    """Workers that are killed or stopped where a test wants it (`crashing_worker`)."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._input, self._output = process.stdin, process.stdout

    def begin(self, step: str) -> int:
        """Start a worker that ends with ``step``; return its process id."""
        self._input.write(f"{step}\n".encode())
        self._input.flush()
        return self._answer("pid")

    def office(self) -> int:
        """Wait until LibreOffice works; return its process id. Only for ``during-convert``."""
        return self._answer("office")

    def exit_code(self) -> int:
        """Wait for the end of the worker; return its exit code, negative for a signal."""
        return self._answer("code")

    def _answer(self, kind: str) -> int:
        for line in self._output:
            word, _space, number = line.decode().partition(" ")
            if word == kind:
                return int(number)
        raise AssertionError("the crashing workers ended")


@contextmanager
def crashing_workers(installation: Installation, directory: Path) -> Iterator[CrashingWorkers]:
    """Open `CrashingWorkers`."""
    log = directory / "crashing.log"
    with module_process(installation, log, "tests.support.crashing_worker") as process:
        yield CrashingWorkers(process)
