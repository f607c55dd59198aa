"""Putting a run together: its draft with all recipients, before anything is made."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from document_templates.bulk_runs.fitting import RowReader, Target
from document_templates.bulk_runs.locking import lock_run
from document_templates.bulk_runs.models import LONGEST_LABEL, BulkItem, BulkRun
from document_templates.bulk_runs.parts import in_parts
from document_templates.bulk_runs.recipients import Recipient
from forms.german import format_integer
from tenants.audit import record
from tenants.context import current_scope, current_tenant_id
from tenants.database import new_id
from tenants.language import _


class RunRefused(ValueError):
    """What was asked is not possible with this run; the message is German."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlan:
    """What a run is to be, besides its recipients."""

    title: str
    template_id: str
    source: str
    source_title: str
    person_name: str
    columns: Sequence[str] = ()
    mapping: Mapping[str, str] | None = None
    label_column: str = ""
    clauses: Sequence[str] = ()
    """The keys of the optional clauses that its documents have."""
    targets: Sequence[Target] = ()
    used: Collection[str] = ()
    """The placeholders that the template prints."""


def compose_run(
    session: Session, plan: RunPlan, recipients: Iterable[Recipient], *, most_recipients: int
) -> BulkRun:
    """Write a draft with one item per recipient, in one transaction and in parts.

    Nothing is committed. Raises `RunRefused` for no recipient and for more than
    ``most_recipients``. Permission: Fachkraft, Tenant-Admin.
    """
    run = BulkRun(
        id=new_id(),
        title=plan.title,
        template_id=plan.template_id,
        source=plan.source,
        source_title=plan.source_title[:200],
        columns=list(plan.columns),
        mapping=dict(plan.mapping or {}),
        label_column=plan.label_column,
        clauses=list(plan.clauses),
        account_id=current_scope().account_id,
        person_name=plan.person_name,
    )
    session.add(run)
    session.flush()
    reader = RowReader(plan.targets, plan.used, run.mapping)
    count = 0
    for part in in_parts(islice(recipients, most_recipients + 1)):
        rows = [
            _item_row(run, reader, recipient, count + place)
            for place, recipient in enumerate(part, start=1)
        ]
        count += len(rows)
        if count > most_recipients:
            raise RunRefused(
                _(
                    "Ein Serienlauf hat höchstens {limit} Empfänger. Grenzen Sie die Auswahl ein"
                    " oder teilen Sie die Tabelle."
                ).format(limit=format_integer(most_recipients))
            )
        session.execute(insert(BulkItem), rows)
    if not count:
        raise RunRefused(_("Die Auswahl enthält niemanden. Ändern Sie Filter oder Tabelle."))
    record(session, "bulk_run.composed", "bulk_run", run.id, count=count)
    return run


def _item_row(
    run: BulkRun, reader: RowReader, recipient: Recipient, position: int
) -> dict[str, object]:
    fitted = _fitted(run, reader, recipient)
    return {
        "tenant_id": run.tenant_id,
        "id": new_id(),
        "run_id": run.id,
        "position": position,
        "row": recipient.row,
        "submission_id": recipient.submission_id,
        "template_version_id": recipient.template_version_id,
        "cells": dict(recipient.cells),
        "formulas": list(recipient.formulas),
        **fitted,
    }


def _fitted(run: BulkRun, reader: RowReader, recipient: Recipient) -> dict[str, object]:
    """Return label, answers and problems of a recipient for the mapping of its run."""
    if recipient.submission_id is not None:
        return {
            "label": recipient.label[:LONGEST_LABEL],
            "answers": {},
            "problems": list(recipient.problems),
        }
    fitted = reader.read(recipient.cells, recipient.formulas)
    label = " ".join(recipient.cells.get(run.label_column, "").split()) or _("Zeile {row}").format(
        row=recipient.row
    )
    return {
        "label": label[:LONGEST_LABEL],
        "answers": fitted.answers,
        "problems": [*recipient.problems, *fitted.problems],
    }


def map_columns(
    session: Session,
    run_id: str,
    targets: Sequence[Target],
    used: Collection[str],
    *,
    mapping: Mapping[str, str],
    label_column: str,
) -> None:
    """Let other columns fill the placeholders of a draft, and read every row anew.

    Raises `document_templates.bulk_runs.locking.RunUnknown`, and `RunRefused` once it was started.
    """
    run = lock_run(session, run_id)
    if run.state != "draft":
        raise RunRefused(_("Der Serienlauf ist schon gestartet; die Zuordnung steht fest."))
    known = set(run.columns)
    paths = {target.path for target in targets}
    run.mapping = {
        path: column for path, column in mapping.items() if path in paths and column in known
    }
    run.label_column = label_column if label_column in known else run.label_column
    session.flush()
    reader = RowReader(targets, used, run.mapping)
    items = session.execute(
        select(BulkItem.id, BulkItem.cells, BulkItem.row, BulkItem.formulas).where(
            BulkItem.run_id == run.id
        )
    )
    for part in in_parts(items):
        rows = []
        for item in part:
            recipient = Recipient(cells=item.cells, row=item.row, formulas=tuple(item.formulas))
            rows.append(
                {
                    "tenant_id": current_tenant_id(),
                    "id": item.id,
                    **_fitted(run, reader, recipient),
                }
            )
        session.execute(update(BulkItem), rows)
    session.expire_all()


def discard_run(session: Session, run_id: str) -> None:
    """Delete a draft with its recipients. Raises `RunRefused` once it was started."""
    run = lock_run(session, run_id)
    if run.state != "draft":
        raise RunRefused(_("Der Serienlauf ist schon gestartet. Brechen Sie ihn ab."))
    record(session, "bulk_run.discarded", "bulk_run", run.id)
    session.execute(delete(BulkItem).where(BulkItem.run_id == run.id))
    session.execute(delete(BulkRun).where(BulkRun.id == run.id))
