"""The surroundings in which declarations of a tenant are evaluated, now and once submitted."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from sqlalchemy.orm import Session

from forms.models import Submission
from forms.publishing import definition_of
from forms.rates.keeping import rate_tables_named
from forms.surroundings import Surroundings, read_surroundings, today_in_berlin
from tenants.context import current_scope, current_tenant_id
from tenants.lands import land_code
from tenants.models import Tenant


def current_surroundings(
    session: Session, rate_keys: Collection[str] = (), organisation_id: str | None = None
) -> Surroundings:
    """Return place and day of the tenant in scope at this moment, and the tables named.

    The rates are those of ``organisation_id``, by default of the Träger that acts.
    """
    tenant = session.get_one(Tenant, current_tenant_id())
    return Surroundings(
        today=today_in_berlin(),
        land=land_code(tenant.land),
        municipality=tenant.ags,
        rates=rate_tables_named(
            session, rate_keys, organisation_id or current_scope().organisation_id
        ),
    )


def surroundings_of(session: Session, submission: Submission) -> Surroundings:
    """Return those that a declaration was submitted with; a draft lives in the current ones.

    A declaration without kept surroundings used neither rates nor Feiertage; its day is the
    one on which it was submitted.
    """
    if submission.state != "draft" and submission.surroundings is not None:
        return read_surroundings(submission.surroundings)
    rate_keys = definition_of(submission.form_version).rate_keys
    surroundings = current_surroundings(session, rate_keys, submission.organisation_id)
    if submission.submitted_at is not None:
        return replace(surroundings, today=today_in_berlin(submission.submitted_at))
    return surroundings
