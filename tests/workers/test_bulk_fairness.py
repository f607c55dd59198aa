"""H12.1 and H12.2: a run of 5,000 holds up no single document of another tenant, and no page.

While the run goes on, 95 of 100 pages of its own tenant come within a second.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.embedded.postgres import EmbeddedPostgres
from app.embedded.valkey import EmbeddedValkey
from app.factory import create_app
from document_templates.bulk_runs.composing import RunPlan, compose_run
from document_templates.bulk_runs.fitting import targets_of
from document_templates.bulk_runs.models import BulkItem
from document_templates.bulk_runs.recipients import Recipient
from document_templates.bulk_runs.running import cancel_run
from document_templates.bulk_runs.starting import start_run
from document_templates.models import DocumentRequest, TemplateVersion
from document_templates.publishing import publish_template, upload_template
from forms.publishing import definition_of
from tenants.context import Scope
from tenants.models import Tenant
from tests.support.docx_files import paragraph, plain_members, zipped
from tests.support.form_documents import field, one_page
from tests.support.installation import Installation, open_installation
from tests.support.pipeline import Case, module_process, open_case, wait_until_done
from tests.support.ports import free_port
from tests.support.processes import wait_until
from tests.support.web import Visitor

pytestmark = pytest.mark.timeout(1200)

CROWD = 5_000
LIMIT = 60.0
"""Seconds, as the story says."""
SINGLE_DOCUMENTS = 3
PAGES = ("uebersicht", "serienlaeufe/", "dokumente/", "einreichungen/")
PAGES_IN_A_ROW = 100
PROMPT_PAGES = 95
PROMPT = 1.0
"""Seconds: of 100 pages in a row 95 take no longer, as the story says."""
PATIENCE = 300.0


@pytest.fixture(scope="module")
def installation(
    postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    directory = tmp_path_factory.mktemp("fairness")
    with (
        EmbeddedValkey(directory / "queue", port=free_port()) as queue,
        open_installation(postgres, queue.url, directory) as opened,
    ):
        yield opened


def start_crowd(installation: Installation, tenant: Tenant) -> str:
    """Write and start a run of 5,000; return its id."""
    form_version = installation.publish(tenant, one_page(field("text", "kind", label="Kind")))

    def publish(session: Session) -> TemplateVersion:
        version = upload_template(
            session, installation.store, form_version, title="Bescheid", file_name="b.docx",
            data=zipped(plain_members(paragraph("Betreuung von {{ kind }}"))),
        )  # fmt: skip
        publish_template(session, version)
        return version

    version = installation.in_scope(Scope(tenant_id=tenant.id), publish)

    def ask(session: Session) -> str:
        plan = RunPlan(
            title="An alle", template_id=version.template_id, source="table", source_title="",
            person_name="Kim Muster", columns=("Kind",), mapping={"kind": "Kind"},
            label_column="Kind", targets=targets_of(definition_of(form_version)), used={"kind"},
        )  # fmt: skip
        rows = (
            Recipient(template_version_id=version.id, cells={"Kind": f"Kind {number}"})
            for number in range(CROWD)
        )
        run = compose_run(session, plan, rows, most_recipients=CROWD)
        start_run(session, run.id, most_runs=1)
        return run.id

    return installation.in_scope(Scope(tenant_id=tenant.id), ask)


def made_of(installation: Installation, tenant: Tenant, run_id: str) -> int:
    """Return how many documents of a run are made."""
    query = (
        select(func.count())
        .select_from(DocumentRequest)
        .join(BulkItem, BulkItem.id == DocumentRequest.bulk_item_id)
        .where(BulkItem.run_id == run_id, DocumentRequest.state == "done")
    )
    return installation.in_scope(
        Scope(tenant_id=tenant.id), lambda session: session.scalar(query) or 0
    )


class Reader(Thread):
    """A Fachkraft who looks at one page after the other while the run goes on."""

    def __init__(self, installation: Installation, tenant: Tenant, run_id: str) -> None:
        super().__init__(daemon=True)
        person = installation.person(tenant=tenant, role="fachkraft")
        self._visitor = Visitor(create_app(installation.settings), person)
        self._addresses = [f"/{tenant.slug}/{page}" for page in (*PAGES, f"serienlaeufe/{run_id}")]
        self._ended = Event()
        self.seconds: list[float] = []
        self.codes: set[int] = set()

    def run(self) -> None:
        for address in cycle(self._addresses):
            if self._ended.wait(0.05):
                return
            began = time.perf_counter()
            self.codes.add(self._visitor.get(address).status_code)
            self.seconds.append(time.perf_counter() - began)

    def reads_promptly(self) -> bool:
        """Tell whether 95 of the last 100 pages came within a second."""
        last = self.seconds[-PAGES_IN_A_ROW:]
        prompt = sum(one < PROMPT for one in last)
        return len(last) == PAGES_IN_A_ROW and prompt >= PROMPT_PAGES

    def end(self) -> None:
        """Stop reading."""
        self._ended.set()
        self.join(PATIENCE)


def test_a_single_document_overtakes_five_thousand_of_a_neighbour(
    installation: Installation, tmp_path: Path
) -> None:
    neighbour = installation.found_tenant(with_seal=True)
    case: Case = open_case(installation)
    with (
        module_process(installation, tmp_path / "dispatcher.log", "workers", "dispatcher"),
        module_process(installation, tmp_path / "worker.log", "workers", "worker"),
    ):
        run_id = start_crowd(installation, neighbour)
        wait_until(lambda: made_of(installation, neighbour, run_id) >= 5, "the run goes on", 300)
        reader = Reader(installation, neighbour, run_id)
        reader.start()
        for _turn in range(SINGLE_DOCUMENTS):
            before, began = made_of(installation, neighbour, run_id), time.monotonic()
            wait_until_done(installation, [case.submit()])
            waited = time.monotonic() - began
            overtaken = made_of(installation, neighbour, run_id) - before
            assert waited <= LIMIT
            # Those on their way go first, and one more may come in while ours is made.
            assert overtaken <= installation.settings.bulk_window + 2
        wait_until(reader.reads_promptly, "95 of 100 pages come within a second", PATIENCE)
        reader.end()
        assert reader.codes == {200}
        assert made_of(installation, neighbour, run_id) < CROWD
        installation.in_scope(
            Scope(tenant_id=neighbour.id), lambda session: cancel_run(session, run_id)
        )
