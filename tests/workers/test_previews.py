"""Previews of templates: drawn page by page, erased again when they show answers of people."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from document_templates.conversion import ConversionFailed
from document_templates.models import TemplateVersion
from document_templates.previewing.previews import (
    Preview,
    failure_of,
    find_page,
    find_pages,
    is_under_way,
    request_preview,
)
from forms.attachments.keeping import ERASE_OBJECT
from tenants.context import Scope
from tenants.database import now
from tenants.outbox import Task
from tests.support.installation import Installation
from tests.support.pipeline import Case, read_request
from workers.handlers import perform_task
from workers.runtime import Runtime


def _preview(workplace: Installation, case: Case, data: str) -> Preview:
    def work(session: Session) -> str:
        return str(session.scalars(select(TemplateVersion.id)).first())

    return Preview(workplace.in_scope(Scope(tenant_id=case.tenant.id), work), data)


def _ask(workplace: Installation, case: Case, preview: Preview) -> str:
    def work(session: Session) -> str:
        assert not find_pages(session, workplace.store, preview)
        return request_preview(session, preview).id

    return workplace.in_scope(Scope(tenant_id=case.tenant.id), work)


def _pages(workplace: Installation, case: Case, preview: Preview) -> list[bytes | None]:
    def work(session: Session) -> list[bytes | None]:
        count = find_pages(session, workplace.store, preview)
        return [
            find_page(session, workplace.store, preview, number) for number in range(1, count + 2)
        ]

    return workplace.in_scope(Scope(tenant_id=case.tenant.id), work)


def test_invented_answers_are_drawn_once_and_stay(
    workplace: Installation, case: Case, runtime: Runtime
) -> None:
    preview = _preview(workplace, case, "muster")
    task = _ask(workplace, case, preview)
    assert _ask(workplace, case, preview) == task
    perform_task(runtime, task)
    *pages, none = _pages(workplace, case, preview)
    assert pages
    assert none is None
    assert all(page is not None and page.startswith(b"\x89PNG") for page in pages)
    perform_task(runtime, task)
    assert _erasures(workplace, case) == []


def test_answers_of_people_are_erased_within_the_hour(
    workplace: Installation, case: Case, runtime: Runtime
) -> None:
    submission = read_request(workplace, case.submit()).submission_id
    preview = _preview(workplace, case, submission)
    perform_task(runtime, _ask(workplace, case, preview))
    drawn = _pages(workplace, case, preview)
    assert len(drawn) > 1
    erasures = _erasures(workplace, case)
    # Every page and the list of them.
    assert len(erasures) == len(drawn)
    assert all(one.available_at <= now() + timedelta(hours=1) for one in erasures)
    for one in erasures:
        perform_task(runtime, one.id)
    assert _pages(workplace, case, preview) == [None]


def _erasures(workplace: Installation, case: Case) -> list[Task]:
    def work(session: Session) -> list[Task]:
        return list(session.scalars(select(Task).where(Task.kind == ERASE_OBJECT)))

    return workplace.in_scope(Scope(tenant_id=case.tenant.id), work)


def test_what_cannot_be_drawn_says_why(
    workplace: Installation, case: Case, runtime: Runtime
) -> None:
    class Broken:
        def convert(self, docx: bytes, *, title: str) -> bytes:
            raise ConversionFailed("Das geht gerade nicht.")

    preview = _preview(workplace, case, "leer")
    task = _ask(workplace, case, preview)
    broken = Runtime(replace(runtime.workshop, converter=Broken()), runtime.engine)  # type: ignore[arg-type]
    perform_task(broken, task)

    def state(session: Session) -> tuple[str, bool]:
        return failure_of(session, preview), is_under_way(session, preview)

    told = workplace.in_scope(Scope(tenant_id=case.tenant.id), state)
    assert told == ("Das geht gerade nicht.", False)
