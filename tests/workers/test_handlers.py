"""One task at a time, in the process of the test: races, faults, repairs, forged jobs."""

from __future__ import annotations

import resource
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from document_templates.cleaning import clean_docx
from document_templates.conversion import ConversionFailed, ConversionTimeout
from document_templates.models import DocumentRequest, SealCertificate, TemplateVersion
from document_templates.production import STEPS
from document_templates.requesting import MAKE_DOCUMENT, retry_request
from document_templates.template_cache import TemplateCache
from tenants.context import Scope, acting_as
from tenants.database import now
from tenants.models import TenantKey
from tenants.outbox import Task, enqueue
from tenants.storage.objects import content_hash
from tests.support.docx_files import docx_of
from tests.support.installation import Installation
from tests.support.pipeline import (
    Asked,
    Case,
    assert_made_once,
    open_case,
    read_request,
    read_task,
)
from workers.handlers import MOST_ATTEMPTS, MOST_CONVERSIONS, MOST_SURPRISES, perform_task
from workers.runtime import Runtime

Step = Callable[[str], None]


def with_hook(runtime: Runtime, after_step: Step, **changes: timedelta) -> Runtime:
    """Return a runtime that calls ``after_step``."""
    return Runtime(replace(runtime.workshop, after_step=after_step, **changes), runtime.engine)


def with_empty_cache(runtime: Runtime) -> Runtime:
    """Return a runtime that has not read any template yet."""
    return Runtime(replace(runtime.workshop, templates=TemplateCache()), runtime.engine)


def once_after(wanted: str, work: Callable[[], None]) -> Step:
    """Return a hook that does ``work`` when ``wanted`` is done for the first time."""
    open_ = [True]

    def after_step(step: str) -> None:
        if step == wanted and open_:
            open_.clear()
            work()

    return after_step


# --- Races ------------------------------------------------------------------------------------


def test_a_task_delivered_twice_at_once_makes_one_document(
    workplace: Installation, case: Case, runtime: Runtime
) -> None:
    asked = case.submit()
    barrier = threading.Barrier(2)

    def work() -> None:
        barrier.wait()
        perform_task(runtime, asked.task_id)

    threads = [threading.Thread(target=work) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert_made_once(workplace, [asked])
    assert read_request(workplace, asked).fence == 1


def test_a_second_delivery_meanwhile_waits_and_leaves_the_lease_alone(
    workplace: Installation, case: Case, runtime: Runtime
) -> None:
    asked = case.submit()
    seen: list[tuple[DocumentRequest, Task]] = []

    def deliver_again() -> None:
        before = read_request(workplace, asked)
        perform_task(runtime, asked.task_id)
        after, task = read_request(workplace, asked), read_task(workplace, asked)
        assert before.lease_until is not None
        assert (after.lease_until, after.failure) == (before.lease_until, "")
        seen.append((after, task))

    hook = once_after("fill", deliver_again)
    perform_task(with_hook(runtime, hook, lease=timedelta(minutes=5)), asked.task_id)

    ((_request, task),) = seen
    assert (task.state, task.attempts) == ("ready", 1)
    assert "wird von selbst weiter versucht" in task.failure
    assert_made_once(workplace, [asked])


def test_a_finished_task_delivered_again_changes_nothing(
    workplace: Installation, case: Case, runtime: Runtime
) -> None:
    asked = case.submit()
    perform_task(runtime, asked.task_id)
    before = assert_made_once(workplace, [asked])[0].chain_hash

    perform_task(runtime, asked.task_id)

    assert assert_made_once(workplace, [asked])[0].chain_hash == before
    assert read_request(workplace, asked).fence == 1


@pytest.mark.parametrize("step", STEPS[:-1])
def test_who_was_overtaken_does_not_finish_a_second_time(
    workplace: Installation, case: Case, runtime: Runtime, step: str
) -> None:
    asked = case.submit()
    hook = once_after(step, lambda: perform_task(runtime, asked.task_id))

    # The lease has always run out already, as that of a worker that hung for long.
    perform_task(with_hook(runtime, hook, lease=timedelta(seconds=-1)), asked.task_id)

    assert_made_once(workplace, [asked])
    assert read_request(workplace, asked).fence == 2


def test_who_was_overtaken_cannot_fail_the_request(
    workplace: Installation, case: Case, runtime: Runtime
) -> None:
    asked = case.submit()

    def be_overtaken_and_fail() -> None:
        def take_over(session: Session) -> None:
            session.execute(
                update(DocumentRequest)
                .where(DocumentRequest.id == asked.request_id)
                .values(fence=DocumentRequest.fence + 1, lease_until=now() + timedelta(minutes=5))
            )

        workplace.in_scope(asked.scope, take_over)
        raise ConversionFailed("Zu spät.")

    perform_task(with_hook(runtime, once_after("fill", be_overtaken_and_fail)), asked.task_id)

    request, task = read_request(workplace, asked), read_task(workplace, asked)
    assert (request.state, request.failure, request.fence) == ("working", "", 2)
    assert request.lease_until is not None and request.lease_until > now()
    assert task.state == "ready"


def test_an_address_that_changes_between_two_attempts_gets_its_own_pdf(
    workplace: Installation, runtime: Runtime
) -> None:
    """What is registered as DOCX must be what the registered PDF was made of."""
    own = open_case(workplace)
    asked = own.submit()

    def fail() -> None:
        raise ConversionFailed("Nach dem Ablegen.")

    perform_task(with_hook(runtime, once_after("store", fail)), asked.task_id)
    workplace.as_owner(
        Scope(tenant_id=own.tenant.id),
        lambda session: setattr(session.get_one(type(own.tenant), own.tenant.id), "name", "Neu"),
    )
    again = retry(workplace, asked)
    perform_task(runtime, again.task_id)

    (version,) = assert_made_once(workplace, [again])
    assert version.docx_sha256 in version.pdf_key


# --- Faults -----------------------------------------------------------------------------------


def retry(workplace: Installation, asked: Asked) -> Asked:
    """Let the failed request be tried again, as a person does on its page."""

    def work(session: Session) -> Asked:
        request = session.scalars(
            select(DocumentRequest).where(DocumentRequest.id == asked.request_id)
        ).one()
        retry_request(session, request)
        session.flush()
        task = session.scalars(
            select(Task).where(
                Task.payload["request_id"].astext == asked.request_id, Task.state == "ready"
            )
        ).one()
        return replace(asked, task_id=task.id)

    return workplace.in_scope(asked.scope, work)


def assert_failed(workplace: Installation, asked: Asked, reason: str) -> None:
    request, task = read_request(workplace, asked), read_task(workplace, asked)
    assert (request.state, task.state) == ("failed", "failed")
    assert request.lease_until is None
    assert reason in request.failure
    assert reason in task.failure


def object_file(workplace: Installation, key: str) -> Path:
    return workplace.settings.data_directory / "objects" / "objects" / f"{key}=" / "data"


def test_a_damaged_template_fails_with_its_reason_and_works_after_repair(
    workplace: Installation, runtime: Runtime
) -> None:
    own = open_case(workplace)
    asked = own.submit()
    key = workplace.in_scope(
        asked.scope, lambda session: session.scalars(select(TemplateVersion)).one().object_key
    )
    file = object_file(workplace, key)
    original = file.read_bytes()
    file.write_bytes(original[:-1] + b"x")

    perform_task(with_empty_cache(runtime), asked.task_id)
    assert_failed(workplace, asked, "passt nicht zu seiner Prüfsumme")
    # A failed task that is delivered once more stays failed.
    perform_task(with_empty_cache(runtime), asked.task_id)
    assert_failed(workplace, asked, "passt nicht zu seiner Prüfsumme")

    file.write_bytes(original)
    again = retry(workplace, asked)
    perform_task(with_empty_cache(runtime), again.task_id)
    assert_made_once(workplace, [again])


def test_an_expired_seal_fails_and_a_new_one_works(
    workplace: Installation, runtime: Runtime
) -> None:
    own = open_case(workplace)
    asked = own.submit()

    def expire(days: int) -> None:
        workplace.in_scope(
            asked.scope,
            lambda session: session.execute(
                update(SealCertificate).values(valid_until=now() + timedelta(days=days))
            ),
        )

    expire(-1)
    perform_task(runtime, asked.task_id)
    assert_failed(workplace, asked, "abgelaufen")

    expire(100)
    again = retry(workplace, asked)
    perform_task(runtime, again.task_id)
    assert_made_once(workplace, [again])


def test_without_seal_or_key_the_reason_is_german(
    workplace: Installation, runtime: Runtime
) -> None:
    own = open_case(workplace, with_seal=False)
    asked = own.submit()
    perform_task(runtime, asked.task_id)
    assert_failed(workplace, asked, "hat kein Siegel")

    workplace.in_scope(asked.scope, lambda session: session.execute(delete(TenantKey)))
    again = retry(workplace, asked)
    perform_task(runtime, again.task_id)
    assert_failed(workplace, again, "keinen Datenschlüssel")


def test_a_template_that_cannot_be_filled_names_the_place(
    workplace: Installation, runtime: Runtime
) -> None:
    own = open_case(workplace)
    asked = own.submit()
    broken = clean_docx(docx_of("Guten Tag", "{{ formular.titel | euro }}")).data
    sha256 = content_hash(broken)
    stored = workplace.store.put(
        f"{tenant_part(workplace, asked)}/{sha256}.docx", broken,
        content_type="application/octet-stream", sha256=sha256,
    )  # fmt: skip
    workplace.in_scope(
        asked.scope,
        lambda session: session.execute(
            update(TemplateVersion).values(
                object_key=stored.key, object_version=stored.version_id, sha256=sha256
            )
        ),
    )

    perform_task(runtime, asked.task_id)

    request = read_request(workplace, asked)
    assert request.state == "failed"
    assert "formular.titel" in request.failure


def tenant_part(workplace: Installation, asked: Asked) -> str:
    key = workplace.in_scope(
        asked.scope, lambda session: session.scalars(select(TemplateVersion)).one().object_key
    )
    return key.rpartition("/")[0]


def test_conversions_that_take_too_long_are_tried_a_few_times(
    workplace: Installation, case: Case, runtime: Runtime
) -> None:
    asked = case.submit()

    def time_out(step: str) -> None:
        raise ConversionTimeout("Die Umwandlung in PDF wurde abgebrochen.")

    slow = with_hook(runtime, time_out)
    for attempt in range(1, MOST_CONVERSIONS):
        perform_task(slow, asked.task_id)
        task, request = read_task(workplace, asked), read_request(workplace, asked)
        assert (task.state, task.attempts, request.state) == ("ready", attempt, "working")
        assert task.available_at > now()
        assert request.failure.startswith("Die Umwandlung")
    perform_task(slow, asked.task_id)

    assert_failed(workplace, asked, "Die Umwandlung in PDF wurde abgebrochen.")


def test_a_fault_nobody_foresaw_is_raised_and_ends_after_a_few_attempts(
    workplace: Installation, case: Case, runtime: Runtime
) -> None:
    asked = case.submit()

    def surprise(step: str) -> None:
        raise ZeroDivisionError("Müller")

    for _attempt in range(MOST_SURPRISES):
        assert read_task(workplace, asked).state == "ready"
        with pytest.raises(ZeroDivisionError):
            perform_task(with_hook(runtime, surprise), asked.task_id)

    assert_failed(workplace, asked, "Unerwarteter Fehler (ZeroDivisionError)")
    assert "Müller" not in read_request(workplace, asked).failure


def test_a_task_whose_worker_always_dies_is_given_up(
    workplace: Installation, case: Case, runtime: Runtime
) -> None:
    asked = case.submit()
    workplace.in_scope(
        asked.scope,
        lambda session: session.execute(
            update(Task).where(Task.id == asked.task_id).values(attempts=MOST_ATTEMPTS)
        ),
    )

    perform_task(runtime, asked.task_id)

    assert_failed(workplace, asked, "immer wieder abgebrochen")


@pytest.mark.parametrize("step", ["fill", "check"])
def test_a_full_disk_is_waited_out(
    workplace: Installation, case: Case, runtime: Runtime, step: str
) -> None:
    asked = case.submit()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill_disk() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))

    try:
        perform_task(with_hook(runtime, once_after(step, fill_disk)), asked.task_id)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    task, request = read_task(workplace, asked), read_request(workplace, asked)
    assert (task.state, request.state, request.lease_until) == ("ready", "working", None)
    assert "kein Platz" in task.failure
    assert "kein Platz" in request.failure

    perform_task(runtime, asked.task_id)
    assert_made_once(workplace, [asked])
    assert read_request(workplace, asked).failure == ""


# --- Forged jobs ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "task_id", ["9d0f7e3c-51d5-4f6f-8a8e-6a3f1f0b7c52", "nobody", "", "1; DROP TABLE task"]
)
def test_a_job_for_no_task_does_nothing(runtime: Runtime, task_id: str) -> None:
    perform_task(runtime, task_id)


def test_the_tenant_comes_from_the_row_whoever_asks(
    workplace: Installation, case: Case, other_case: Case, runtime: Runtime
) -> None:
    asked = other_case.submit()

    with acting_as(Scope(tenant_id=case.tenant.id)):
        perform_task(runtime, asked.task_id)

    (version,) = assert_made_once(workplace, [asked])
    assert version.tenant_id == other_case.tenant.id
    assert version.pdf_key.startswith(f"tenant/{other_case.tenant.id}/")


def test_a_task_cannot_reach_the_request_of_another_tenant(
    workplace: Installation, case: Case, other_case: Case, runtime: Runtime
) -> None:
    theirs = other_case.submit()
    scope = Scope(tenant_id=case.tenant.id)
    forged = workplace.in_scope(
        scope,
        lambda session: enqueue(session, MAKE_DOCUMENT, {"request_id": theirs.request_id}).id,
    )

    for _attempt in range(MOST_SURPRISES):
        with pytest.raises(NoResultFound):
            perform_task(runtime, forged)

    request = read_request(workplace, theirs)
    assert (request.state, request.fence) == ("waiting", 0)
    task = read_task(workplace, replace(theirs, tenant_id=case.tenant.id, task_id=forged))
    assert task.state == "failed"
    perform_task(runtime, theirs.task_id)
    assert_made_once(workplace, [theirs])
