"""Submissions are erased as well, their time begins by itself, and a journal says what went"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "form_retention",
        sa.Column("begins", sa.String(length=100), nullable=False, server_default=sa.text("''")),
    )
    op.alter_column("form_retention", "begins", server_default=None)
    for name, empty in (("submissions", "'[]'"), ("submission_counts", "'{}'")):
        op.add_column(
            "erasure_run",
            sa.Column(
                name,
                postgresql.JSONB(astext_type=sa.Text()),
                nullable=False,
                server_default=sa.text(empty),
            ),
        )
        op.alter_column("erasure_run", name, server_default=None)
    op.alter_column("erasure_entry", "document_id", nullable=True)
    op.add_column("erasure_entry", sa.Column("submission_id", sa.Uuid(as_uuid=False)))
    op.add_column("erasure_entry", sa.Column("form_id", sa.Uuid(as_uuid=False)))
    op.add_column("erasure_entry", sa.Column("received_in", sa.Integer()))
    op.add_column("erasure_entry", sa.Column("journal_position", sa.BigInteger()))
    op.create_unique_constraint(
        op.f("uq_erasure_entry_tenant_id_submission_id"),
        "erasure_entry",
        ["tenant_id", "submission_id"],
    )
    op.create_check_constraint(
        op.f("ck_erasure_entry_subject"),
        "erasure_entry",
        "num_nonnulls(document_id, submission_id) = 1",
    )
    op.drop_constraint(op.f("ck_document_request_origin"), "document_request")
    op.create_check_constraint(
        op.f("ck_document_request_origin"),
        "document_request",
        "submission_id IS NOT NULL OR bulk_item_id IS NOT NULL OR state IN ('done', 'cancelled')",
    )
