"""Fills a draft, when it is begun, with what is known already; never across organisations."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.models import Form, FormVersion, Submission
from forms.procedure.prefill import LAST_YEAR, MASTER_DATA, Answered, Source, prefilled
from forms.procedure.states import FROZEN
from forms.procedure.viewing import Task, editable_keys, readable_form
from forms.publishing import definition_of
from forms.viewer import Viewer
from tenants.context import current_scope, current_tenant_id
from tenants.database import new_id
from tenants.language import _
from tenants.models import Organisation, Tenant


def prefill_draft(session: Session, draft: Submission, viewer: Viewer, *, own_only: bool) -> None:
    """Put what the form wants to take over into an empty draft, with its origin.

    Answers come only from accepted submissions of the side that begins the draft, with
    ``own_only`` only from those of the same person, and only from what ``viewer`` may read.
    """
    definition = definition_of(draft.form_version)
    wanted = editable_keys(definition, viewer, Task())
    fields = {key: field for key, field in definition.fields.items() if key in wanted}
    if not any(field.prefill for field in fields.values()):
        return

    def answered(source: Source) -> Answered | None:
        return _answered(session, draft, source, viewer, own_only=own_only)

    answers, origins = prefilled(fields, _master_data(session, draft), answered, new_id)
    draft.answers = {**answers, **draft.answers}
    draft.origins = {key: origin.dump() for key, origin in origins.items()}
    session.flush()


def _master_data(session: Session, draft: Submission) -> dict[str, str]:
    tenant = session.get_one(Tenant, current_tenant_id())
    data = {f"mandant.{name}": str(getattr(tenant, name)) for name in MASTER_DATA["mandant"]}
    data["person.name"] = draft.person_name
    data["anforderung.zeitraum"] = draft.period
    organisation = (
        session.get(Organisation, draft.organisation_id) if draft.organisation_id else None
    )
    if organisation is not None:
        data |= {
            f"organisation.{name}": str(getattr(organisation, name))
            for name in MASTER_DATA["organisation"]
        }
    return data


def _answered(
    session: Session, draft: Submission, source: Source, viewer: Viewer, *, own_only: bool
) -> Answered | None:
    query = (
        select(Submission)
        .join(
            FormVersion,
            (FormVersion.tenant_id == Submission.tenant_id)
            & (FormVersion.id == Submission.form_version_id),
        )
        .where(
            Submission.state.in_(FROZEN),
            Submission.organisation_id.is_not_distinct_from(draft.organisation_id),
        )
        .order_by(Submission.submitted_at.desc())
        .limit(1)
    )
    if own_only:
        query = query.where(Submission.account_id == current_scope().account_id)
    if source.kind == LAST_YEAR:
        query = query.where(FormVersion.form_id == draft.form_version.form_id)
        if draft.period.isdecimal():
            query = query.where(Submission.period == str(int(draft.period) - 1))
    else:
        form = session.scalars(select(Form).where(Form.key == source.form_key)).first()
        if form is None:
            return None
        query = query.where(FormVersion.form_id == form.id)
    found = session.scalars(query).first()
    if found is None:
        return None
    return Answered(
        submission_id=found.id,
        handover=found.handover_number,
        text=_("übernommen aus {title}, {number}").format(
            title=" ".join(filter(None, (found.form_version.form.title, found.period))),
            number=found.number or "",
        ),
        fields=readable_form(definition_of(found.form_version), viewer).fields,
        answers=found.answers,
    )
