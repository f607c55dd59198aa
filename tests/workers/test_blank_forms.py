"""Printing a blank form: asked for once, made once, kept, and made anew for a new version."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from document_templates.blank_form_prints import (
    PRINT_BLANK_FORM,
    find_print,
    last_failure,
    request_print,
)
from document_templates.conversion import ConversionFailed
from tenants.context import Scope
from tenants.outbox import Task
from tests.support.installation import Installation
from tests.support.pipeline import Case
from workers.handlers import perform_task
from workers.runtime import Runtime


def ask(workplace: Installation, case: Case) -> str:
    def work(session: Session) -> str:
        return request_print(session, case.form).id

    return workplace.in_scope(Scope(tenant_id=case.tenant.id), work)


def test_a_blank_form_is_made_once_and_handed_out(
    workplace: Installation, case: Case, other_case: Case, runtime: Runtime
) -> None:
    scope = Scope(tenant_id=case.tenant.id)

    def found(session: Session) -> bytes | None:
        return find_print(session, workplace.store, case.form)

    assert workplace.in_scope(scope, found) is None
    task = ask(workplace, case)
    assert ask(workplace, case) == task
    perform_task(runtime, task)
    first = workplace.in_scope(scope, found)
    assert first is not None
    assert first.startswith(b"%PDF-")
    again = ask(workplace, case)
    assert again != task
    perform_task(runtime, again)
    perform_task(runtime, again)
    assert workplace.in_scope(scope, found) == first

    def states(session: Session) -> list[str]:
        kind = select(Task.state).where(Task.kind == PRINT_BLANK_FORM)
        return list(session.scalars(kind))

    assert workplace.in_scope(scope, states) == ["done", "done"]

    def foreign(session: Session) -> int:
        return session.scalars(
            select(func.count()).select_from(Task).where(Task.kind == PRINT_BLANK_FORM)
        ).one()

    assert workplace.in_scope(Scope(tenant_id=other_case.tenant.id), foreign) == 0


def test_a_failure_says_why(workplace: Installation, other_case: Case, runtime: Runtime) -> None:
    class Broken:
        def convert(self, docx: bytes, *, title: str) -> bytes:
            raise ConversionFailed("Das geht gerade nicht.")

    task = ask(workplace, other_case)
    broken = Runtime(replace(runtime.workshop, converter=Broken()), runtime.engine)  # type: ignore[arg-type]
    perform_task(broken, task)

    def reason(session: Session) -> str:
        return last_failure(session, other_case.form)

    scope = Scope(tenant_id=other_case.tenant.id)
    assert workplace.in_scope(scope, reason) == "Das geht gerade nicht."
    assert ask(workplace, other_case) != task
    assert workplace.in_scope(scope, reason) == ""
