"""Keeping evaluations, and freezing their results with what they rest on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, insert, literal, select
from sqlalchemy.orm import Session, aliased

from forms.lists.conditions import FormTable
from forms.models import Submission
from forms.statistics.counting import (
    count_submissions,
    counted_submissions,
    counting_source,
    filters_of_view,
)
from forms.statistics.models import EvaluationResult, EvaluationSource, SavedEvaluation
from forms.statistics.settings import Settings, checked, dump_settings, load_settings
from forms.statistics.tables import ResultTable, dump_table, load_table
from tenants.audit import record
from tenants.context import current_scope, current_tenant_id
from tenants.isolation import GUARDED
from tenants.language import _

LONGEST_TITLE = 120


class EvaluationUnknown(LookupError):
    """There is no such evaluation or result in the tenant in scope."""


class EvaluationRefused(ValueError):
    """The evaluation cannot be kept like this; the message says why."""


@dataclass(frozen=True, slots=True)
class FrozenResult:
    """A result as it was taken. ``is_outdated``: a submission behind it says something else now."""

    id: str
    evaluation_id: str
    title: str
    taken_at: datetime
    versions: tuple[int, ...]
    submissions: int
    table: ResultTable
    is_outdated: bool


def save_evaluation(
    session: Session, table: FormTable, title: str, settings: Settings
) -> SavedEvaluation:
    """Keep settings under a title for everybody in the office; the same title is replaced.

    Raises `EvaluationRefused` and `forms.statistics.settings.SettingsRefused`.
    """
    title = " ".join(title.split())
    if not title or len(title) > LONGEST_TITLE:
        raise EvaluationRefused(
            _("Geben Sie der Auswertung einen Titel mit höchstens {limit} Zeichen.").format(
                limit=LONGEST_TITLE
            )
        )
    source = counting_source(table, settings)
    checked(settings, source.columns, source.measured)
    if settings.view_id:
        filters = filters_of_view(session, table.form_id, settings.view_id)
        settings = replace(settings, view_id="", filters=filters)
    row = session.scalars(
        select(SavedEvaluation).where(
            SavedEvaluation.form_id == table.form_id, SavedEvaluation.title == title
        )
    ).first()
    if row is None:
        row = SavedEvaluation(form_id=table.form_id, title=title)
        session.add(row)
    row.account_id = current_scope().account_id or 0
    row.settings = dump_settings(settings)
    session.flush()
    record(session, "evaluation.saved", "evaluation", row.id)
    return row


def saved_evaluations(session: Session, form_id: str | None = None) -> list[SavedEvaluation]:
    """Return the evaluations of a form, or of all forms, by title."""
    query = select(SavedEvaluation).order_by(SavedEvaluation.title, SavedEvaluation.id)
    if form_id is not None:
        query = query.where(SavedEvaluation.form_id == form_id)
    return list(session.scalars(query))


def find_evaluation(session: Session, form_id: str, evaluation_id: str) -> SavedEvaluation:
    """Return an evaluation of the form. Raises `EvaluationUnknown`."""
    row = session.scalars(
        select(SavedEvaluation).where(
            SavedEvaluation.id == evaluation_id, SavedEvaluation.form_id == form_id
        )
    ).first()
    if row is None:
        raise EvaluationUnknown(_("Diese Auswertung gibt es nicht."))
    return row


def delete_evaluation(session: Session, form_id: str, evaluation_id: str) -> None:
    """Delete an evaluation with its frozen results. Raises `EvaluationUnknown`."""
    row = find_evaluation(session, form_id, evaluation_id)
    session.delete(row)
    session.flush()
    record(session, "evaluation.deleted", "evaluation", evaluation_id)


def freeze_result(
    session: Session, table: FormTable, evaluation: SavedEvaluation, *, threshold: int
) -> EvaluationResult:
    """Take the result of an evaluation as it is now, with every submission it rests on.

    Raises what `forms.statistics.counting.count_submissions` raises.
    """
    settings = load_settings(evaluation.settings)
    shown = count_submissions(session, table, settings, threshold=threshold)
    counted = counted_submissions(session, table, settings)
    versions = session.scalars(select(Submission.form_version_id).where(*counted).distinct())
    result = EvaluationResult(
        evaluation_id=evaluation.id,
        account_id=current_scope().account_id or 0,
        versions=sorted(table.version(one).number for one in versions),
        submissions=0,
        table=dump_table(shown),
    )
    session.add(result)
    session.flush()
    sources = select(
        literal(current_tenant_id(), EvaluationSource.tenant_id.type),
        func.gen_random_uuid(),
        literal(result.id, EvaluationSource.result_id.type),
        Submission.id,
        Submission.content_sha256,
    ).where(Submission.tenant_id == current_tenant_id(), *counted)
    names = ["tenant_id", "id", "result_id", "submission_id", "content_sha256"]
    session.execute(
        insert(EvaluationSource).from_select(names, sources), execution_options={GUARDED: True}
    )
    result.submissions = (
        session.scalar(select(func.count()).where(EvaluationSource.result_id == result.id)) or 0
    )
    session.flush()
    record(
        session, "evaluation.frozen", "evaluation", evaluation.id, submissions=result.submissions
    )
    return result


def frozen_results(session: Session, evaluation_id: str) -> list[FrozenResult]:
    """Return the frozen results of an evaluation, newest first; at most 50."""
    rows = session.execute(
        select(EvaluationResult, SavedEvaluation.title)
        .join(
            SavedEvaluation,
            (SavedEvaluation.tenant_id == EvaluationResult.tenant_id)
            & (SavedEvaluation.id == EvaluationResult.evaluation_id),
        )
        .where(EvaluationResult.evaluation_id == evaluation_id)
        .order_by(EvaluationResult.taken_at.desc())
        .limit(50)
    ).all()
    outdated = _outdated(session, [row.id for row, _title in rows])
    return [_frozen(row, title, outdated) for row, title in rows]


def find_result(session: Session, evaluation_id: str, result_id: str) -> FrozenResult:
    """Return one frozen result. Raises `EvaluationUnknown`."""
    for one in frozen_results(session, evaluation_id):
        if one.id == result_id:
            return one
    raise EvaluationUnknown(_("Dieses Ergebnis gibt es nicht."))


def _frozen(row: EvaluationResult, title: str, outdated: frozenset[str]) -> FrozenResult:
    return FrozenResult(
        id=row.id,
        evaluation_id=row.evaluation_id,
        title=title,
        taken_at=row.taken_at,
        versions=tuple(row.versions),
        submissions=row.submissions,
        table=load_table(row.table),
        is_outdated=row.id in outdated,
    )


def _outdated(session: Session, result_ids: Sequence[str]) -> frozenset[str]:
    """Return the results of which a submission changed, was withdrawn or is gone.

    Looked up, not noted down: whatever corrects a submission need not know of evaluations.
    """
    if not result_ids:
        return frozenset()
    source, now = aliased(EvaluationSource), aliased(Submission)
    changed = (
        select(source.result_id)
        .outerjoin(now, (now.tenant_id == source.tenant_id) & (now.id == source.submission_id))
        .where(
            source.result_id.in_(result_ids),
            now.id.is_(None)
            | now.content_sha256.is_distinct_from(source.content_sha256)
            | now.state.in_(("draft", "withdrawn", "inquiry", "rejected")),
        )
        .distinct()
    )
    return frozenset(session.scalars(changed))
