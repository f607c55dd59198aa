"""Exports in the background: asked for, written by a worker in parts, fetched, erased after a day.

The worker acts as the person who asked, within what that person might see then. It holds no more
in memory than one part of the file, and tells how far it is. One person has one export of a form
at a time; a new one takes the place of the old.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import BinaryIO, cast

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from forms.exports.exporting import FORMATS, Selection, write_export
from forms.exports.models import SubmissionExport
from forms.exports.workbook import SheetFull
from forms.lists.conditions import FormTable, matches
from forms.lists.filters import dump_view, load_view, read_conditions
from forms.lists.searching import SearchTooSlow, bounded, open_table, visible_submissions
from forms.models import Form, Submission
from forms.viewer import Viewer
from tenants.audit import record
from tenants.context import current_scope, current_tenant_id
from tenants.database import now
from tenants.language import _
from tenants.outbox import Task, enqueue, finish_task
from tenants.storage.objects import ObjectStore, content_hash
from tenants.storage.tenant_store import TenantStore

MAKE_EXPORT = "make_export"
ERASE_EXPORT = "erase_export"
KEPT = timedelta(days=1)
LEASE = timedelta(minutes=10)
"""Longer than any step after which a worker says that it is there, as packing a workbook."""
SECONDS = 1800
PART_BYTES = 8 * 1024 * 1024
NOTED_ROWS = 500
"""After so many rows the export tells how far it is."""
UNDER_WAY = ("waiting", "working")


class ExportRefused(ValueError):
    """The export cannot be asked for; the message is German."""


class ExportUnknown(LookupError):
    """The person in scope has no such export."""


class ExportBusy(RuntimeError):
    """Another worker is writing it."""


class _Discarded(Exception):
    """Whoever asked does not want it any more, or another worker took it up."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the file in the object storage."""

    key: str
    version_id: str
    sha256: str
    size: int


def count_rows(session: Session, selection: Selection, most: int) -> int:
    """Return how many submissions are selected, counted up to ``most`` + 1.

    Raises `forms.lists.searching.SearchTooSlow`.
    """
    matching = [
        *visible_submissions(selection.table, own_only=selection.own_only),
        *(matches(selection.table, condition) for condition in selection.conditions),
    ]
    some = select(Submission.id).where(*matching).limit(most + 1).subquery()
    with bounded(session):
        return session.scalar(select(func.count()).select_from(some)) or 0


def request_export(
    session: Session,
    selection: Selection,
    viewer: Viewer,
    *,
    kind: str,
    group_number: int | None,
    rows: int,
) -> SubmissionExport:
    """Ask for an export of about ``rows`` submissions; it takes the place of the former one.

    Raises `ExportRefused` while one of the same form is under way. Permission: can_list
    Submissions.
    """
    former = own_exports(session, selection.form.id)
    if any(one.state in UNDER_WAY for one in former):
        raise ExportRefused(_under_way())
    for one in former:
        discard_export(session, one)
    scope = current_scope()
    export = SubmissionExport(
        form_id=selection.form.id,
        organisation_id=scope.organisation_id,
        account_id=scope.account_id or 0,
        format=kind,
        group_number=group_number,
        view=dump_view(selection.view),
        columns=[column.id for column in selection.columns],
        roles=sorted(viewer.roles),
        is_own_only=selection.own_only,
        rows_asked=rows,
    )
    session.add(export)
    try:
        session.flush()
    except IntegrityError as error:
        session.rollback()
        raise ExportRefused(_under_way()) from error
    task = enqueue(session, MAKE_EXPORT, _payload(export), organisation_id=scope.organisation_id)
    export.task_id = task.id
    record(session, "export.requested", "form", selection.form.id, format=kind)
    return export


def _under_way() -> str:
    return _(
        "Für diesen Vordruck entsteht schon eine Datei für Sie. Warten Sie, bis sie fertig ist,"
        " oder brechen Sie sie ab."
    )


def _payload(export: SubmissionExport) -> dict[str, str]:
    return {
        "export_id": export.id,
        "organisation_id": export.organisation_id or "",
        "account_id": str(export.account_id),
    }


def own_exports(session: Session, form_id: str) -> list[SubmissionExport]:
    """Return the exports of a form that the person in scope asked for, the newest first."""
    exports = session.scalars(
        select(SubmissionExport)
        .where(
            SubmissionExport.form_id == form_id,
            SubmissionExport.account_id == (current_scope().account_id or 0),
            SubmissionExport.state != "discarded",
        )
        .order_by(SubmissionExport.created_at.desc())
    ).all()
    for one in exports:
        if one.state in UNDER_WAY:
            _settle(session, one)
    return [one for one in exports if one.expires_at is None or one.expires_at > now()]


def _settle(session: Session, export: SubmissionExport) -> None:
    """Let an export have failed whose task was given up."""
    task = session.scalars(select(Task).where(Task.id == export.task_id)).first()
    if task is not None and task.state == "failed":
        export.state, export.failure = "failed", task.failure[:500]
        session.flush()


def find_export(session: Session, form_id: str, export_id: str) -> SubmissionExport:
    """Return one of the person's own exports. Raises `ExportUnknown`."""
    for one in own_exports(session, form_id):
        if one.id == export_id:
            return one
    raise ExportUnknown("no such export")


def discard_export(session: Session, export: SubmissionExport) -> None:
    """Give an export up: it is written no further, and what there is of it is erased."""
    export.state = "discarded"
    session.flush()
    enqueue(session, ERASE_EXPORT, _payload(export), organisation_id=export.organisation_id)
    record(session, "export.discarded", "form", export.form_id)


def export_parts(export: SubmissionExport) -> list[Part]:
    """Return the pieces of a finished file in their order."""
    return [
        Part(str(one["key"]), str(one["version_id"]), str(one["sha256"]), int(str(one["size"])))
        for one in export.parts
        if isinstance(one, dict)
    ]


def read_parts(store: ObjectStore, parts: list[Part]) -> Iterator[bytes]:
    """Yield a file piece by piece. Raises the errors of the object store."""
    tenant_store = TenantStore(store, current_tenant_id())
    for part in parts:
        yield tenant_store.get(part.key, part.version_id, part.sha256)


def make_export(
    sessions: sessionmaker[Session], store: ObjectStore, *, task_id: str, export_id: str
) -> None:
    """Write an export and finish its task. Harmless to repeat.

    Raises `ExportBusy` while another worker is at it, and the errors of the object store.
    """
    fence = _take_up(sessions, task_id, export_id)
    if fence is None:
        return
    work = _Work(sessions, TenantStore(store, current_tenant_id()), export_id, fence)
    try:
        work.erase()
        with tempfile.TemporaryFile() as target:
            file = cast(BinaryIO, target)
            work.write(file)
            parts = work.store_parts(file)
    except _Discarded:
        work.erase()
        _finish(sessions, task_id)
    except (SearchTooSlow, SheetFull) as problem:
        work.end("failed", failure=str(problem), task_id=task_id)
    except BaseException:
        work.let_go()
        raise
    else:
        work.end("ready", parts=parts, task_id=task_id)


def _take_up(sessions: sessionmaker[Session], task_id: str, export_id: str) -> int | None:
    with sessions.begin() as session:
        export = _locked(session, export_id)
        if export is None or export.state not in UNDER_WAY:
            _finish_in(session, task_id)
            return None
        if export.lease_until is not None and export.lease_until > now():
            raise ExportBusy
        export.state, export.rows_done = "working", 0
        export.fence += 1
        export.lease_until = now() + LEASE
        return export.fence


def _locked(session: Session, export_id: str) -> SubmissionExport | None:
    return session.scalars(
        select(SubmissionExport).where(SubmissionExport.id == export_id).with_for_update()
    ).first()


def _finish(sessions: sessionmaker[Session], task_id: str) -> None:
    with sessions.begin() as session:
        _finish_in(session, task_id)


def _finish_in(session: Session, task_id: str) -> None:
    task = session.scalars(select(Task).where(Task.id == task_id).with_for_update()).one()
    if task.state != "done":
        finish_task(task)


@dataclass(frozen=True, slots=True)
class _Work:
    """The writing of one export by one worker; the fence tells it from a later one."""

    sessions: sessionmaker[Session]
    store: TenantStore
    export_id: str
    fence: int

    def write(self, target: BinaryIO) -> None:
        """Write the whole file."""
        with self.sessions() as session:
            export = session.get_one(SubmissionExport, (current_tenant_id(), self.export_id))
            selection = _selection(session, export)
            write_export(
                session,
                selection,
                FORMATS[export.format],
                target,
                group_number=export.group_number,
                seconds=SECONDS,
                note=self.note,
            )
            session.commit()

    def note(self, rows: int) -> None:
        """Tell how far it is, and stop when nobody wants it any more."""
        if rows % NOTED_ROWS:
            return
        with self.sessions.begin() as session:
            export = self._still(session)
            export.rows_done = rows
            export.lease_until = now() + LEASE

    def _still(self, session: Session) -> SubmissionExport:
        export = _locked(session, self.export_id)
        if export is None or export.state != "working" or export.fence != self.fence:
            raise _Discarded
        return export

    def store_parts(self, source: BinaryIO) -> list[Part]:
        """Put the file into the object storage piece by piece."""
        source.seek(0)
        parts: list[Part] = []
        while data := source.read(PART_BYTES):
            with self.sessions.begin() as session:
                self._still(session).lease_until = now() + LEASE
            stored = self.store.put(
                self._key(len(parts)),
                data,
                content_type="application/octet-stream",
                sha256=content_hash(data),
            )
            parts.append(Part(stored.key, stored.version_id, stored.sha256, stored.size))
        return parts

    def _key(self, number: int) -> str:
        return _part_key(self.store, self.export_id, number)

    def erase(self) -> None:
        """Erase what lies in the object storage of the export."""
        _erase_parts(self.store, self.export_id)

    def let_go(self) -> None:
        """Leave the export to whoever takes it up next."""
        with self.sessions.begin() as session:
            export = _locked(session, self.export_id)
            if export is not None and export.fence == self.fence:
                export.lease_until = None

    def end(
        self, state: str, *, task_id: str, failure: str = "", parts: list[Part] | None = None
    ) -> None:
        """Say how it ended; a finished file is erased after `KEPT`."""
        with self.sessions.begin() as session:
            export = _locked(session, self.export_id)
            _finish_in(session, task_id)
            if export is None or export.state != "working" or export.fence != self.fence:
                return
            export.state, export.failure, export.lease_until = state, failure[:500], None
            export.parts = [
                {"key": one.key, "version_id": one.version_id, "sha256": one.sha256,
                 "size": one.size}
                for one in parts or []
            ]  # fmt: skip
            export.expires_at = now() + KEPT
            enqueue(
                session,
                ERASE_EXPORT,
                _payload(export),
                organisation_id=export.organisation_id,
                available_at=export.expires_at,
            )


def _selection(session: Session, export: SubmissionExport) -> Selection:
    form = session.get_one(Form, (current_tenant_id(), export.form_id))
    table: FormTable = open_table(session, form.id, Viewer(frozenset(export.roles)))
    view = load_view(export.view)
    return Selection(
        form=form,
        table=table,
        view=replace(view, columns=tuple(export.columns)),
        conditions=read_conditions(view.filters, table.columns).conditions,
        columns=[table.columns[one] for one in export.columns if one in table.columns],
        own_only=export.is_own_only,
    )


def erase_export(
    sessions: sessionmaker[Session], store: ObjectStore, *, task_id: str, export_id: str
) -> None:
    """Erase the file of an export and its row, and finish the task. Harmless to repeat.

    Raises the errors of the object store.
    """
    _erase_parts(TenantStore(store, current_tenant_id()), export_id)
    with sessions.begin() as session:
        export = _locked(session, export_id)
        if export is not None:
            session.delete(export)
        _finish_in(session, task_id)


def _part_key(store: TenantStore, export_id: str, number: int) -> str:
    """Return where a part lies: an export has a key of its own, which erasing destroys."""
    return store.case_key(export_id, "exports", f"{number:05}")


def _erase_parts(store: TenantStore, export_id: str) -> None:
    number = 0
    while versions := store.versions(_part_key(store, export_id, number)):
        for one in versions:
            store.delete(one.key, one.version_id)
        number += 1
