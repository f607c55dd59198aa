"""Signed files: trust lists, certificates of signatures, scans of what was signed on paper"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_TEXTS = {
    "signature": {
        "field": (40, ""),
        "method": (20, ""),
        "certificate_sha256": (64, ""),
        "certificate_name": (200, ""),
        "certificate_issuer": (200, ""),
    },
    "signing": {
        "scan_key": (400, ""),
        "scan_object_version": (200, ""),
        "scan_sha256": (64, ""),
        "scan_state": (20, "none"),
        "original_location": (500, ""),
    },
}


def _create_trust_lists() -> None:
    op.create_table(
        "trust_list",
        sa.Column("territory", sa.String(length=8), nullable=False),
        sa.Column("xml", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_update", sa.DateTime(timezone=True), nullable=True),
        sa.Column("services", sa.Integer(), nullable=False),
        sa.Column(
            "loaded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("territory", name=op.f("pk_trust_list")),
    )
    op.execute("GRANT SELECT ON trust_list TO siegel_app")


def upgrade() -> None:
    _create_trust_lists()
    for table, columns in _TEXTS.items():
        for name, (length, default) in columns.items():
            op.add_column(
                table,
                sa.Column(name, sa.String(length=length), nullable=False, server_default=default),
            )
            op.alter_column(table, name, server_default=None)
    op.add_column(
        "signing",
        sa.Column(
            "scan_problems",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            server_default=sa.text("'[]'::jsonb"),
        ),
    )
    op.alter_column("signing", "scan_problems", server_default=None)
    op.create_check_constraint(
        op.f("ck_signing_scan_state"),
        "signing",
        "scan_state IN ('none', 'checking', 'whole', 'refused')",
    )
    # What was signed before there was another way.
    op.execute("UPDATE signature SET method = 'password' WHERE state = 'signed'")
