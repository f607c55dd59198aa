"""Preparing a run in parts: cut off, doubled, cancelled, with recipients that no longer fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from document_templates.bulk_runs import starting
from document_templates.bulk_runs.composing import RunPlan, RunRefused, compose_run
from document_templates.bulk_runs.fitting import targets_of
from document_templates.bulk_runs.forgetting import FORGET_RECIPIENTS
from document_templates.bulk_runs.leftovers import latest_of_run
from document_templates.bulk_runs.models import BulkItem, BulkRun
from document_templates.bulk_runs.progress import RunProgress, progress_of
from document_templates.bulk_runs.recipients import Recipient
from document_templates.bulk_runs.running import cancel_run, pause_run, repeat_failed
from document_templates.bulk_runs.starting import PREPARE_RUN, start_run
from document_templates.models import DocumentRequest, TemplateVersion
from document_templates.publishing import publish_template, upload_template
from forms.models import Submission
from forms.publishing import definition_of
from tenants.context import Scope, acting_as
from tenants.database import now
from tenants.models import Tenant
from tenants.outbox import Task, enqueue, fail_task
from tests.support.docx_files import docx_of
from tests.support.form_documents import field, one_page
from tests.support.installation import Installation
from tests.support.pipeline import Case
from workers.handlers import perform_task
from workers.runtime import Runtime

T = TypeVar("T")
COUNT = 7


@dataclass
class Runs:
    """A tenant with a template, and what tests do with its runs."""

    installation: Installation
    tenant: Tenant
    version: TemplateVersion
    runtime: Runtime

    def do(self, work: Callable[[Session], T]) -> T:
        return self.installation.in_scope(Scope(tenant_id=self.tenant.id), work)

    def compose(self, recipients: Iterator[Recipient] | None = None) -> str:
        """Write a draft; of the ordinary recipients the third has no name."""

        def write(session: Session) -> str:
            plan = RunPlan(
                title="Lauf", template_id=self.version.template_id, source="table",
                source_title="kinder.xlsx", person_name="Kim", columns=("Kind",),
                mapping={"kind": "Kind"}, label_column="Kind",
                targets=targets_of(definition_of(self.version.form_version)), used={"kind"},
            )  # fmt: skip
            rows = recipients or (
                Recipient(
                    template_version_id=self.version.id, row=place + 1,
                    cells={"Kind": f"Kind {place}" if place != 3 else ""},
                )
                for place in range(1, COUNT + 1)
            )  # fmt: skip
            return compose_run(session, plan, rows, most_recipients=100).id

        return self.do(write)

    def start(self, run_id: str) -> str:
        """Start a run; return the task that shall prepare it."""
        self.do(lambda session: start_run(session, run_id, most_runs=100))
        return self.do(lambda session: latest_of_run(session, PREPARE_RUN, run_id)[0].id)

    def prepare(self, task_id: str, run_id: str) -> None:
        with acting_as(Scope(tenant_id=self.tenant.id)):
            starting.prepare_run(self.runtime.workshop.sessions, task_id, run_id)

    def progress(self, run_id: str) -> RunProgress:
        return self.do(
            lambda session: progress_of(session, session.get_one(BulkRun, (self.tenant.id, run_id)))
        )

    def state(self, run_id: str) -> str:
        return self.do(lambda session: session.get_one(BulkRun, (self.tenant.id, run_id)).state)

    def requests(self, run_id: str) -> list[tuple[int, str, str]]:
        """Return place, number and task's state of each request, by place."""

        def read(session: Session) -> list[tuple[int, str, str]]:
            rows = session.execute(
                select(BulkItem.position, DocumentRequest.number, Task.state)
                .join(DocumentRequest, DocumentRequest.bulk_item_id == BulkItem.id)
                .join(Task, Task.id == BulkItem.task_id)
                .where(BulkItem.run_id == run_id)
                .order_by(BulkItem.position)
            )
            return [tuple(row) for row in rows]

        return self.do(read)


@pytest.fixture(scope="module")
def runs(workplace: Installation, runtime: Runtime) -> Runs:
    tenant = workplace.found_tenant()
    form_version = workplace.publish(
        tenant, one_page(field("text", "kind", label="Kind", required=True))
    )

    def publish(session: Session) -> TemplateVersion:
        version = upload_template(
            session, workplace.store, form_version, title="Bescheid", file_name="b.docx",
            data=docx_of("Betreuung von {{ kind }}"),
        )  # fmt: skip
        publish_template(session, version)
        _ = version.form_version.definition
        return version

    version = workplace.in_scope(Scope(tenant_id=tenant.id), publish)
    return Runs(workplace, tenant, version, runtime)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "PART", 2)


class _Killed(BaseException):
    """The worker's end, as nothing catches it."""


def interrupt_after(monkeypatch: pytest.MonkeyPatch, parts: int) -> None:
    """Let the preparing end without a word before the part after ``parts``."""
    prepare_part, done = starting._prepare_part, []

    def counted(session: Session, run_id: str) -> bool:
        if len(done) == parts:
            raise _Killed
        done.append(run_id)
        return prepare_part(session, run_id)

    monkeypatch.setattr(starting, "_prepare_part", counted)


def assert_asked_once(runs: Runs, run_id: str) -> None:
    found = runs.requests(run_id)
    assert [place for place, _number, _state in found] == [1, 2, 4, 5, 6, 7]
    assert len({number for _place, number, _state in found}) == COUNT - 1
    assert [number for _place, number, _state in found] == sorted(
        number for _place, number, _state in found
    )
    assert runs.state(run_id) == "running"


def test_starting_only_asks_and_preparing_gives_everybody_who_fits_a_request(runs: Runs) -> None:
    run_id = runs.compose()
    task_id = runs.start(run_id)
    assert (runs.state(run_id), runs.requests(run_id)) == ("preparing", [])
    assert runs.progress(run_id).ready == COUNT - 1
    runs.prepare(task_id, run_id)
    assert_asked_once(runs, run_id)
    assert {state for _place, _number, state in runs.requests(run_id)} == {"ready"}
    assert runs.progress(run_id).unfit == 1


@pytest.mark.parametrize("parts", [0, 1, 2, 3])
def test_a_worker_that_dies_loses_nothing_and_doubles_nothing(
    runs: Runs, monkeypatch: pytest.MonkeyPatch, parts: int
) -> None:
    run_id = runs.compose()
    task_id = runs.start(run_id)
    with monkeypatch.context() as patched:
        interrupt_after(patched, parts)
        with pytest.raises(_Killed):
            runs.prepare(task_id, run_id)
    assert len(runs.requests(run_id)) == min(2 * parts, COUNT - 1)
    assert runs.state(run_id) == "preparing"
    runs.prepare(task_id, run_id)
    assert_asked_once(runs, run_id)
    runs.prepare(task_id, run_id)
    assert_asked_once(runs, run_id)


def test_two_workers_at_once_prepare_each_recipient_once(runs: Runs) -> None:
    run_id = runs.compose()
    task_id = runs.start(run_id)
    with ThreadPoolExecutor(2) as pool:
        for work in [pool.submit(runs.prepare, task_id, run_id) for _worker in range(2)]:
            work.result()
    assert_asked_once(runs, run_id)


def test_a_run_is_cancelled_while_it_is_prepared(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = runs.compose()
    task_id = runs.start(run_id)
    with monkeypatch.context() as patched:
        interrupt_after(patched, 1)
        with pytest.raises(_Killed):
            runs.prepare(task_id, run_id)
    runs.do(lambda session: cancel_run(session, run_id))
    runs.prepare(task_id, run_id)
    assert len(runs.requests(run_id)) == 2
    progress = runs.progress(run_id)
    assert (progress.cancelled, progress.ready, progress.unfit) == (COUNT - 1, 0, 1)
    assert not progress.is_busy
    task = runs.do(lambda session: session.get_one(Task, (runs.tenant.id, task_id)))
    assert task.state == "done"


def test_a_preparation_that_was_given_up_goes_on_with_another_start(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = runs.compose()
    first = runs.start(run_id)
    assert runs.start(run_id) == first
    with monkeypatch.context() as patched:
        interrupt_after(patched, 1)
        with pytest.raises(_Killed):
            runs.prepare(first, run_id)
    runs.do(lambda session: fail_task(session.get_one(Task, (runs.tenant.id, first)), "Aus."))
    second = runs.start(run_id)
    assert second != first
    runs.prepare(second, run_id)
    assert_asked_once(runs, run_id)


def test_recipients_that_no_longer_fit_are_told_and_the_others_get_theirs(
    runs: Runs, case: Case
) -> None:
    submitted = [case.submit() for _number in range(3)]
    work = Runs(runs.installation, case.tenant, runs.version, runs.runtime)

    def versions(session: Session) -> list[tuple[str, str]]:
        rows = session.execute(
            select(DocumentRequest.submission_id, DocumentRequest.template_version_id).where(
                DocumentRequest.id.in_([one.request_id for one in submitted])
            )
        )
        return [(str(row[0]), str(row[1])) for row in rows]

    found = work.do(versions)
    plan_version = work.do(
        lambda session: session.get_one(TemplateVersion, (case.tenant.id, found[0][1]))
    )

    def write(session: Session) -> str:
        plan = RunPlan(
            title="Lauf", template_id=plan_version.template_id, source="submissions",
            source_title="", person_name="Kim",
        )  # fmt: skip
        rows = (Recipient("E", submission, version) for submission, version in found)
        return compose_run(session, plan, rows, most_recipients=10).id

    run_id = work.do(write)
    gone = found[1][0]
    work.do(
        lambda session: session.execute(
            update(Submission)
            .where(Submission.id == gone)
            .values(state="withdrawn", updated_at=now() + timedelta(seconds=1))
        )
    )
    runs_task = work.start(run_id)
    work.prepare(runs_task, run_id)
    assert [place for place, _number, _state in work.requests(run_id)] == [1, 3]
    problems = work.do(
        lambda session: session.scalars(
            select(BulkItem.problems).where(BulkItem.run_id == run_id, BulkItem.position == 2)
        ).one()
    )
    assert "zurückgenommen oder storniert" in problems[0]
    assert work.progress(run_id).unfit == 1

    replaced = work.do(write)
    work.do(
        lambda session: session.execute(
            update(TemplateVersion)
            .where(TemplateVersion.id == plan_version.id)
            .values(state="retired")
        )
    )
    work.prepare(work.start(replaced), replaced)
    assert work.requests(replaced) == []
    assert (work.state(replaced), work.progress(replaced).unfit) == ("running", 3)
    work.do(
        lambda session: session.execute(
            update(TemplateVersion)
            .where(TemplateVersion.id == plan_version.id)
            .values(state="published")
        )
    )


def rest(runs: Runs, run_id: str, days: int) -> None:
    """Let a run have rested for so many days, and forget what is due."""

    def age(session: Session) -> str:
        session.execute(
            update(BulkRun)
            .where(BulkRun.id == run_id)
            .values(changed_at=now() - timedelta(days=days))
        )
        return enqueue(session, FORGET_RECIPIENTS, {}).id

    perform_task(runs.runtime, runs.do(age))


def items(runs: Runs, run_id: str) -> list[BulkItem]:
    return runs.do(
        lambda session: list(
            session.scalars(
                select(BulkItem).where(BulkItem.run_id == run_id).order_by(BulkItem.position)
            )
        )
    )


def end_requests(runs: Runs, run_id: str, state: str, places: list[int]) -> None:
    runs.do(
        lambda session: session.execute(
            update(DocumentRequest)
            .where(
                DocumentRequest.bulk_item_id.in_(
                    select(BulkItem.id).where(
                        BulkItem.run_id == run_id, BulkItem.position.in_(places)
                    )
                )
            )
            .values(state=state)
        )
    )


def test_a_resting_run_forgets_its_recipients_and_keeps_ids_and_counts(runs: Runs) -> None:
    run_id = runs.compose()
    runs.prepare(runs.start(run_id), run_id)
    rest(runs, run_id, 91)
    assert items(runs, run_id)[0].cells == {"Kind": "Kind 1"}, "documents are still to come"
    end_requests(runs, run_id, "done", [1, 2, 4, 5, 6])
    end_requests(runs, run_id, "failed", [7])
    before = runs.progress(run_id)
    rest(runs, run_id, 89)
    assert items(runs, run_id)[0].cells == {"Kind": "Kind 1"}, "the time is not over"
    rest(runs, run_id, 91)
    found = items(runs, run_id)
    assert all((one.cells, one.answers, one.formulas) == ({}, {}, []) for one in found)
    assert [one.label for one in found] == [
        "Kind 1", "Kind 2", "", "Kind 4", "Kind 5", "Kind 6", "",
    ]  # fmt: skip
    assert runs.progress(run_id) == before
    assert "Kind" not in str(found[2].problems)
    with pytest.raises(RunRefused):
        runs.do(lambda session: repeat_failed(session, run_id))


def test_a_draft_nobody_started_goes_whole_and_a_held_run_is_cancelled(runs: Runs) -> None:
    draft, held = runs.compose(), runs.compose()
    runs.prepare(runs.start(held), held)
    runs.do(lambda session: pause_run(session, held))
    rest(runs, draft, 91)
    rest(runs, held, 91)
    assert runs.do(lambda session: session.get(BulkRun, (runs.tenant.id, draft))) is None
    assert items(runs, draft) == []
    assert runs.state(held) == "cancelled"
    assert {one.label for one in items(runs, held)} == {""}
