"""Somebody unknown who answers a questionnaire reaches nothing else of a tenant full of things."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy import table as sql_table
from sqlalchemy.orm import Session

from app.metadata import all_metadata
from tenants.context import Scope, participant_scope
from tests.app.security.conftest import Objects
from tests.support.installation import Installation

# What a form is made of, and the survey itself: all of it published or said to who answers.
OPEN = {
    "form", "form_version", "version_validity", "rate", "rate_table", "survey", "survey_wave",
    "survey_group",
}  # fmt: skip


def tenant_tables() -> list[str]:
    return sorted(
        table.name
        for metadata in all_metadata()
        for table in metadata.sorted_tables
        if "tenant_id" in table.columns
    )


def test_a_participant_sees_no_row_beyond_the_questionnaire(
    installation: Installation, objects: Objects
) -> None:
    def seen(scope: Scope) -> dict[str, int]:
        def count(session: Session) -> dict[str, int]:
            counts = {}
            for name in tenant_tables():
                query = select(func.count()).select_from(sql_table(name))
                counts[name] = session.scalar(query) or 0
            return counts

        return installation.in_scope(scope, count)

    office = seen(Scope(tenant_id=objects.tenant.id))
    assert sum(count > 0 for count in office.values()) > 20, "there is something to see"
    found = {name for name, count in seen(participant_scope(objects.tenant.id)).items() if count}
    assert found <= OPEN
    assert found >= {"form", "survey_wave"}
