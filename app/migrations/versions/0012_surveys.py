"""Anonymous questionnaires"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

NOBODY = "'00000000-0000-0000-0000-000000000000'::uuid"
OFFICE = "(SELECT app_organisation_id()) IS NULL"
PARTICIPANT = f"(SELECT app_organisation_id()) = {NOBODY}"
EITHER = f"({OFFICE} OR {PARTICIPANT})"


def upgrade() -> None:
    _create_surveys()
    _create_answers()
    _secure()
    _shuffle()


def _keys() -> list[sa.Column[str]]:
    return [
        sa.Column("tenant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
    ]


def _create_surveys() -> None:
    op.create_table(
        "survey",
        *_keys(),
        sa.Column("form_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("contact", sa.String(length=500), nullable=False),
        sa.Column("created_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "form_id"],
            ["form.tenant_id", "form.id"],
            name=op.f("fk_survey_tenant_id_form_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_survey")),
    )
    op.create_table(
        "survey_wave",
        *_keys(),
        sa.Column("survey_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("form_version_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("access", sa.String(length=20), nullable=False),
        sa.Column("public_key", sa.String(length=20), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("issued_sheets", sa.Integer(), nullable=False),
        sa.Column("issued_codes", sa.Integer(), nullable=False),
        sa.Column("completed_on", sa.Date(), nullable=True),
        sa.Column("erased_on", sa.Date(), nullable=True),
        sa.Column("cross_tables", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("access IN ('link', 'invitation')", name=op.f("ck_survey_wave_access")),
        sa.CheckConstraint("closes_on >= opens_on", name=op.f("ck_survey_wave_period")),
        sa.CheckConstraint(
            "issued_sheets >= 0 AND issued_codes >= 0", name=op.f("ck_survey_wave_issued")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "survey_id"],
            ["survey.tenant_id", "survey.id"],
            name=op.f("fk_survey_wave_tenant_id_survey_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "form_version_id"],
            ["form_version.tenant_id", "form_version.id"],
            name=op.f("fk_survey_wave_tenant_id_form_version_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_survey_wave")),
        sa.UniqueConstraint(
            "tenant_id",
            "survey_id",
            "number",
            name=op.f("uq_survey_wave_tenant_id_survey_id_number"),
        ),
        sa.UniqueConstraint(
            "tenant_id", "public_key", name=op.f("uq_survey_wave_tenant_id_public_key")
        ),
    )
    op.create_table(
        "survey_group",
        *_keys(),
        sa.Column("wave_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("issued_sheets", sa.Integer(), nullable=False),
        sa.Column("issued_codes", sa.Integer(), nullable=False),
        sa.Column("informed_on", sa.Date(), nullable=True),
        sa.Column("released_on", sa.Date(), nullable=True),
        sa.Column("released_by", sa.Integer(), nullable=True),
        sa.Column("released_by_name", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "issued_sheets >= 0 AND issued_codes >= 0", name=op.f("ck_survey_group_issued")
        ),
        sa.CheckConstraint(
            "released_on IS NULL OR (informed_on IS NOT NULL AND informed_on <= released_on)",
            name=op.f("ck_survey_group_informed_first"),
        ),
        _of_wave("survey_group"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_survey_group")),
        sa.UniqueConstraint(
            "tenant_id", "wave_id", "number", name=op.f("uq_survey_group_tenant_id_wave_id_number")
        ),
        sa.UniqueConstraint(
            "tenant_id", "wave_id", "title", name=op.f("uq_survey_group_tenant_id_wave_id_title")
        ),
    )


def _of_wave(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", "wave_id"],
        ["survey_wave.tenant_id", "survey_wave.id"],
        name=op.f(f"fk_{table}_tenant_id_wave_id"),
        ondelete="CASCADE",
    )


def _create_answers() -> None:
    op.create_table(
        "survey_invitation",
        *_keys(),
        sa.Column("wave_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("code_sha256", sa.String(length=64), nullable=False),
        sa.Column("is_used", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        _of_wave("survey_invitation"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_survey_invitation")),
        sa.UniqueConstraint(
            "tenant_id", "code_sha256", name=op.f("uq_survey_invitation_tenant_id_code_sha256")
        ),
    )
    op.create_index("ix_survey_invitation_wave", "survey_invitation", ["tenant_id", "wave_id"])
    op.create_table(
        "survey_draft",
        *_keys(),
        sa.Column("wave_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("secret_sha256", sa.String(length=64), nullable=False),
        sa.Column("answers", postgresql.JSONB(), nullable=False),
        sa.Column("invalid", postgresql.JSONB(), nullable=False),
        sa.Column("completed_pages", postgresql.JSONB(), nullable=False),
        sa.Column("is_sent", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("kept_until", sa.Date(), nullable=False),
        _of_wave("survey_draft"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_survey_draft")),
        sa.UniqueConstraint(
            "tenant_id", "secret_sha256", name=op.f("uq_survey_draft_tenant_id_secret_sha256")
        ),
    )
    op.create_table(
        "survey_answer",
        *_keys(),
        sa.Column("wave_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("group_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("is_evaluable", sa.Boolean(), nullable=False),
        sa.Column("answers", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("channel IN ('web', 'paper')", name=op.f("ck_survey_answer_channel")),
        _of_wave("survey_answer"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "group_id"],
            ["survey_group.tenant_id", "survey_group.id"],
            name=op.f("fk_survey_answer_tenant_id_group_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_survey_answer")),
    )
    op.create_index("ix_survey_answer_wave", "survey_answer", ["tenant_id", "wave_id"])
    op.create_index("ix_survey_answer_group", "survey_answer", ["tenant_id", "group_id"])
    op.create_table(
        "survey_result",
        *_keys(),
        sa.Column("wave_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("kept_until", sa.Date(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        _of_wave("survey_result"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_survey_result")),
        sa.UniqueConstraint(
            "tenant_id", "wave_id", name=op.f("uq_survey_result_tenant_id_wave_id")
        ),
    )


def _secure() -> None:
    tables = (
        "survey", "survey_wave", "survey_group", "survey_invitation", "survey_draft",
        "survey_answer", "survey_result",
    )  # fmt: skip
    for table in tables:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"""
            CREATE POLICY tenant_isolation ON {table} USING (tenant_id = (SELECT
            app_tenant_id())) WITH CHECK (tenant_id = (SELECT app_tenant_id()))
        """)
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO siegel_app")
    for table in ("survey", "survey_wave", "survey_group", "survey_invitation"):
        op.execute(f"CREATE POLICY asked ON {table} AS RESTRICTIVE USING {EITHER}")
        op.execute(f"""
            CREATE POLICY staff_insert ON {table} AS RESTRICTIVE FOR INSERT WITH CHECK ({OFFICE})
        """)
        op.execute(f"""
            CREATE POLICY staff_delete ON {table} AS RESTRICTIVE FOR DELETE USING ({OFFICE})
        """)
    for table in ("survey", "survey_wave", "survey_group"):
        op.execute(f"""
            CREATE POLICY staff_update ON {table} AS RESTRICTIVE FOR UPDATE USING ({OFFICE})
        """)
    op.execute(f"CREATE POLICY participant ON survey_draft AS RESTRICTIVE USING ({PARTICIPANT})")
    op.execute(f"CREATE POLICY answering ON survey_answer AS RESTRICTIVE USING {EITHER}")
    for command in ("SELECT", "UPDATE", "DELETE"):
        op.execute(f"""
            CREATE POLICY staff_{command.lower()} ON survey_answer AS RESTRICTIVE
            FOR {command} TO siegel_app USING ({OFFICE})
        """)
    op.execute(f"CREATE POLICY staff ON survey_result AS RESTRICTIVE USING ({OFFICE})")
    for table in (
        "document_template", "number_range", "register", "register_entry", "template_version",
    ):  # fmt: skip
        op.execute(f"""
            CREATE POLICY no_participant ON {table} AS RESTRICTIVE
            USING ((SELECT app_organisation_id()) IS DISTINCT FROM {NOBODY})
        """)  # noqa: S608


def _shuffle() -> None:
    # Else the transaction that PostgreSQL notes at each row would join invitation and answer.
    op.execute("""
        CREATE FUNCTION shuffle_survey_answers(wanted_wave_id uuid) RETURNS void
        LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        WITH chosen AS (SELECT tenant_id, id FROM survey_answer
            WHERE tenant_id = (SELECT app_tenant_id()) AND wave_id = wanted_wave_id
            ORDER BY random() LIMIT 200 FOR UPDATE SKIP LOCKED),
        taken AS (DELETE FROM survey_answer USING chosen
            WHERE survey_answer.tenant_id = chosen.tenant_id AND survey_answer.id = chosen.id
            RETURNING survey_answer.*)
        INSERT INTO survey_answer
            (tenant_id, id, wave_id, group_id, channel, is_evaluable, answers)
        SELECT tenant_id, gen_random_uuid(), wave_id, group_id, channel, is_evaluable, answers
            FROM taken ORDER BY random() $$
    """)
    op.execute("REVOKE ALL ON FUNCTION shuffle_survey_answers(uuid) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION shuffle_survey_answers(uuid) TO siegel_app")
