"""All tables of the product and of Flask-AppBuilder, for migrations and checks."""

from __future__ import annotations

from flask_appbuilder import Model
from flask_appbuilder.security.sqla import models as security_models
from sqlalchemy import MetaData, Table
from sqlalchemy.schema import SchemaItem

from document_templates import models as document_models
from document_templates import printed_files
from document_templates.archive import models as archive_models
from document_templates.archive_offers import models as offer_models
from document_templates.bulk_runs import models as bulk_run_models
from document_templates.clauses import models as clause_models
from document_templates.frames import models as frame_models
from document_templates.retention import models as retention_models
from document_templates.signing import models as signing_models
from forms import models as form_models
from forms.attachments import models as attachment_models
from forms.building import models as building_models
from forms.exports import models as export_models
from forms.lists import models as list_models
from forms.procedure import models as procedure_models
from forms.rates import models as rate_models
from forms.registers import models as register_models
from forms.statistics import models as statistics_models
from forms.surveys import models as survey_models
from forms.versions import models as version_models
from tenants import (
    api_tokens,
    audit,
    case_keys,
    kept_answers,
    notices,
    outbox,
    periodic,
    webhooks,
)
from tenants import models as tenant_models
from tenants.database import Base

MODEL_MODULES = (
    api_tokens,
    archive_models,
    audit,
    attachment_models,
    building_models,
    case_keys,
    bulk_run_models,
    clause_models,
    frame_models,
    document_models,
    export_models,
    form_models,
    kept_answers,
    list_models,
    notices,
    offer_models,
    outbox,
    periodic,
    printed_files,
    procedure_models,
    rate_models,
    register_models,
    retention_models,
    security_models,
    signing_models,
    statistics_models,
    survey_models,
    tenant_models,
    version_models,
    webhooks,
)


def all_metadata() -> list[MetaData]:
    """Return the metadata of every table that the migrations keep."""
    return [Base.metadata, Model.metadata]


def table_names() -> list[str]:
    """Return the names of every table that the migrations keep."""
    return sorted(name for metadata in all_metadata() for name in metadata.tables)


def is_ours(
    item: SchemaItem, name: str | None, kind: str, reflected: bool, _counterpart: object
) -> bool:
    """Say whether the migration check compares ``item``.

    Ties to accounts are foreign keys that only the database knows: the packages below do
    not import Flask-AppBuilder, which owns the table.
    """
    if kind == "foreign_key_constraint" and reflected:
        table = getattr(item, "referred_table", None)
        return not (
            isinstance(table, Table)
            and table.name == "ab_user"
            and name is not None
            and name.endswith("account")
        )
    return True
