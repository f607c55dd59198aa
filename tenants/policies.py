"""Row-level security: the statements that make PostgreSQL itself keep tenants apart.

The migrations hold these statements as plain SQL; this module is where they are written down
once, for the tool that drafts a migration and for the catalogue test.
"""

from __future__ import annotations

from tenants.context import PARTICIPANT

OWNER_ROLE = "siegel_owner"
APPLICATION_ROLE = "siegel_app"
DISPATCHER_ROLE = "siegel_dispatcher"

APPEND_ONLY = frozenset(
    {
        "agreement_term",
        "audit_entry",
        "document_clause",
        "deadline_reminder",
        "document_version",
        "form_operation",
        "form_version",
        "handover",
        "rate",
        "template_clause",
        "version_reading",
        "daily_root",
        "daily_root_file",
        "inclusion_proof",
        "stamped_file",
        "erasure_entry",
    }
)
NEVER_DELETED = frozenset(
    {
        "archive_offer",
        "archive_offer_item",
        "case_key",
        "erasure_run",
        "register",
        "register_entry",
        "signatory",
    }
)
"""Tables whose rows the application changes and ends, but cannot delete."""
CLOSABLE = {"rate": "valid_until"}
"""The one column of append-only tables that the application may set later."""
NOT_FOR_PARTICIPANTS = (
    "daily_root",
    "daily_root_file",
    "clause",
    "clause_version",
    "document_template",
    "number_range",
    "proof",
    "register",
    "register_entry",
    "signing_service",
    "template_clause",
    "template_version",
    "webhook",
)
"""Tables whose rows belong to no organisation and are still nothing for somebody unknown."""
READ_ONLY = frozenset(
    {"trust_list", "trust_root", "platform_membership", "scheduled_job", "alembic_version"}
)

_FUNCTION = """
CREATE FUNCTION {name}() RETURNS {type} LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT NULLIF(current_setting('{setting}', true), '')::{type} $$
"""

# NULLIF: after the first SET LOCAL of a connection the setting is '' instead of missing.
FUNCTIONS = [
    _FUNCTION.format(name="app_tenant_id", type="uuid", setting="app.tenant_id"),
    _FUNCTION.format(name="app_organisation_id", type="uuid", setting="app.organisation_id"),
    _FUNCTION.format(name="app_account_id", type="integer", setting="app.account_id"),
    _FUNCTION.format(name="app_proof_code", type="text", setting="app.proof_code"),
    _FUNCTION.format(name="app_proof_sha256", type="text", setting="app.proof_sha256"),
    _FUNCTION.format(name="app_task_id", type="uuid", setting="app.task_id"),
]

# A scalar sub-select is evaluated once per statement and still used as index condition.
TENANT = "(SELECT app_tenant_id())"
ORGANISATION = "(SELECT app_organisation_id())"
ACCOUNT = "(SELECT app_account_id())"
OWN_TENANT = f"tenant_id = {TENANT}"
STAFF_OR_OWN = f"({ORGANISATION} IS NULL OR organisation_id = {ORGANISATION})"


def force_row_security(table: str) -> list[str]:
    """Return the statements that subject everyone, the owner too, to the table's policies."""
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
    ]


def tenant_policies(table: str, *, by_organisation: bool) -> list[str]:
    """Return the statements for a table of tenant data.

    With ``by_organisation`` a Träger acting in the tenant reaches only rows that carry its
    own ``organisation_id``: what one Träger calculates is hidden from every other
    (Betriebs- und Geschäftsgeheimnis, § 35 Abs. 4 SGB I).
    """
    statements = [
        *force_row_security(table),
        f"CREATE POLICY tenant_isolation ON {table} USING ({OWN_TENANT}) WITH CHECK ({OWN_TENANT})",
    ]
    if by_organisation:
        statements.append(
            f"CREATE POLICY organisation_isolation ON {table} AS RESTRICTIVE"
            f" USING {STAFF_OR_OWN} WITH CHECK {STAFF_OR_OWN}"
        )
    return statements


def staff_policies() -> list[str]:
    """Return the statements that keep a Träger from what only the office changes or reads.

    Forms and templates are read by every Träger that works with the tenant and written by
    its staff alone; keys, evaluations and what is still being built are nobody's but the office's.
    """
    no_traeger = f"{ORGANISATION} IS NULL"
    statements = []
    for table in (
        "form",
        "form_version",
        "version_validity",
        "document_template",
        "template_version",
        "rate_table",
        "rate",
        "webhook",
        "register",
        "register_entry",
        "clause",
        "clause_version",
        "template_clause",
        "daily_root",
        "daily_root_file",
        "inclusion_proof",
        "stamped_file",
        "signing_service",
    ):
        for command, clause in (
            ("INSERT", f"WITH CHECK ({no_traeger})"),
            ("UPDATE", f"USING ({no_traeger})"),
            ("DELETE", f"USING ({no_traeger})"),
        ):
            statements.append(
                f"CREATE POLICY staff_{command.lower()} ON {table} AS RESTRICTIVE"
                f" FOR {command} {clause}"
            )
    statements += [
        f"CREATE POLICY staff ON {table} AS RESTRICTIVE USING ({no_traeger})"
        for table in (
            "seal_certificate",
            "tenant_key",
            "case_key",
            "form_draft",
            "form_operation",
            "form_trial",
            "evaluation",
            "evaluation_result",
            "evaluation_source",
            "form_release",
            "bulk_run",
            "bulk_item",
            "clause_wording",
            "frame",
            "frame_version",
            "printed_file",
            "document_clause",
            "agreement_term",
            "integrity_run",
            "integrity_alarm",
            "document_retention",
            "erasure_run",
            "erasure_entry",
            "archive_offer",
            "archive_offer_item",
            "retention_setting",
            "form_retention",
        )
    ]
    # What the office asks a Träger it alone asks; the Träger writes its answer into the row.
    statements += [
        f"CREATE POLICY staff_{command.lower()} ON {table} AS RESTRICTIVE FOR {command} {clause}"
        for table in ("inquiry", "report_request", "deadline_reminder")
        for command, clause in (
            ("INSERT", f"WITH CHECK ({no_traeger})"),
            ("DELETE", f"USING ({no_traeger})"),
        )
    ]
    return statements


def clause_policies() -> list[str]:
    """Return the statements that keep published versions of clauses and frames as they are.

    A Träger reads only those: what is still being written is the office's. The application changes
    and deletes drafts alone.
    """
    unpublished = "state <> 'published'"
    return [
        "CREATE POLICY published ON clause_version AS RESTRICTIVE FOR SELECT"
        f" USING ({ORGANISATION} IS NULL OR state = 'published')",
        *(
            f"CREATE POLICY {name} ON {table} AS RESTRICTIVE FOR {command}"
            f" TO {APPLICATION_ROLE} USING ({unpublished}){check}"
            for table in ("clause_version", "frame_version")
            for name, command, check in (
                ("open_update", "UPDATE", " WITH CHECK (true)"),
                ("open_delete", "DELETE", ""),
            )
        ),
    ]


def draft_policies() -> list[str]:
    """Return the statements that show a draft only to the side that writes it.

    What a Träger has not submitted is none of the office's business, and the other way round.
    The owner alone is free of it on submissions, so that `draft_counting` can count.
    """
    own_side = f"organisation_id IS NOT DISTINCT FROM {ORGANISATION}"
    return [
        f"CREATE POLICY own_drafts ON submission AS RESTRICTIVE TO {APPLICATION_ROLE}"
        f" USING (state <> 'draft' OR {own_side})",
        *(
            f"CREATE POLICY own_drafts ON {table} AS RESTRICTIVE USING ({own_side})"
            for table in ("draft_revision", "carried_draft")
        ),
    ]


def attachment_policies() -> list[str]:
    """Return the statements that show an uploaded file to whoever sees its submission.

    Of a draft that is the side that writes it (`draft_policies`).
    """
    return [
        "CREATE POLICY with_submission ON attachment AS RESTRICTIVE"
        " USING (EXISTS (SELECT 1 FROM submission"
        " WHERE submission.tenant_id = attachment.tenant_id"
        " AND submission.id = attachment.submission_id))",
    ]


def register_policies() -> list[str]:
    """Return the statements that show a Träger its own and the common entries of a register.

    Those of other Träger it sees only in a register that is shared.
    """
    return [
        "CREATE POLICY own_entries ON register_entry AS RESTRICTIVE"
        f" USING ({ORGANISATION} IS NULL OR owner_organisation_id IS NULL"
        f" OR owner_organisation_id = {ORGANISATION}"
        " OR EXISTS (SELECT 1 FROM register WHERE register.tenant_id = register_entry.tenant_id"
        " AND register.id = register_entry.register_id AND register.is_shared))",
    ]


def signing_policies() -> list[str]:
    """Return the statements that show a signing to the office and to the Träger that are parties.

    The office asks for signatures; a Träger changes only what is asked of its own people, and the
    state of the signing that follows from it. A visit of the signing service is the person's alone;
    the office clears away those that have ended.
    """
    no_traeger = f"{ORGANISATION} IS NULL"
    statements = [
        "CREATE POLICY of_parties ON signing AS RESTRICTIVE"
        f" USING ({no_traeger} OR {ORGANISATION} = ANY (organisation_ids))",
        *(
            f"CREATE POLICY with_signing ON {table} AS RESTRICTIVE"
            f" USING (EXISTS (SELECT 1 FROM signing WHERE signing.tenant_id = {table}.tenant_id"
            f" AND signing.id = {table}.signing_id))"
            for table in ("signing_party", "signature")
        ),
        "CREATE POLICY own_signatures ON signature AS RESTRICTIVE FOR UPDATE"
        f" USING ({no_traeger} OR party_organisation_id = {ORGANISATION})",
        "CREATE POLICY staff_update ON signing_party AS RESTRICTIVE"
        f" FOR UPDATE USING ({no_traeger})",
    ]
    statements.append(
        "CREATE POLICY own_visits ON service_visit AS RESTRICTIVE"
        f" USING (account_id = {ACCOUNT} OR ({no_traeger} AND ends_at < now()))"
        f" WITH CHECK (account_id = {ACCOUNT})"
    )
    for table in ("signing", "signing_party", "signature"):
        statements += [
            f"CREATE POLICY staff_insert ON {table} AS RESTRICTIVE FOR INSERT"
            f" WITH CHECK ({no_traeger})",
            f"CREATE POLICY staff_delete ON {table} AS RESTRICTIVE FOR DELETE USING ({no_traeger})",
        ]
    return statements


def rate_policies() -> list[str]:
    """Return the statements that show a Träger the common rates and its own.

    What was agreed with one Träger is hidden from every other (§ 35 Abs. 4 SGB I).
    """
    return [
        "CREATE POLICY own_rates ON rate AS RESTRICTIVE FOR SELECT"
        f" USING ({ORGANISATION} IS NULL OR owner_organisation_id IS NULL"
        f" OR owner_organisation_id = {ORGANISATION})",
    ]


def people_choosing() -> list[str]:
    """Return the statements that let a form ask for a person by name and function.

    A Träger learns of the office's people no more than that, and of other Träger's people
    nothing. The function runs as the owner, who sees the ties to the tenant in scope alone.
    """
    return [
        "CREATE POLICY choosing ON tenant_membership FOR SELECT"
        f" TO {OWNER_ROLE} USING ({OWN_TENANT})",
        "CREATE FUNCTION people_to_choose()"
        " RETURNS TABLE (membership_id uuid, side text, role text, name text, valid_until date)"
        " LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$"
        " SELECT tie.id, 'office', tie.role, trim(both ' -' from"
        " concat_ws(' ', person.first_name, person.last_name)), tie.valid_until"
        " FROM tenant_membership tie JOIN ab_user person ON person.id = tie.account_id"
        f" WHERE person.active AND tie.tenant_id = {TENANT}"
        " UNION ALL"
        " SELECT tie.id, 'organisation', tie.role, trim(both ' -' from"
        " concat_ws(' ', person.first_name, person.last_name)), tie.valid_until"
        " FROM organisation_membership tie JOIN ab_user person ON person.id = tie.account_id"
        f" WHERE person.active AND {TENANT} IS NOT NULL"
        f" AND tie.organisation_id = {ORGANISATION} $$",
        "REVOKE ALL ON FUNCTION people_to_choose() FROM PUBLIC",
        f"GRANT EXECUTE ON FUNCTION people_to_choose() TO {APPLICATION_ROLE}",
    ]


def survey_policies() -> list[str]:
    """Return the statements that keep the three sides of a questionnaire apart.

    Who answers (`tenants.context.PARTICIPANT`) writes drafts and answers and marks a code as used;
    it reads no answer. The office asks and reads answers, and no draft. A Träger has no part in it.
    """
    office = f"{ORGANISATION} IS NULL"
    participant = f"{ORGANISATION} = '{PARTICIPANT}'::uuid"
    either = f"({office} OR {participant})"
    statements = [
        f"CREATE POLICY asked ON {table} AS RESTRICTIVE USING {either}"
        for table in ("survey", "survey_wave", "survey_group", "survey_invitation")
    ]
    for table in ("survey", "survey_wave", "survey_group"):
        for command, clause in (
            ("INSERT", f"WITH CHECK ({office})"),
            ("UPDATE", f"USING ({office})"),
            ("DELETE", f"USING ({office})"),
        ):
            statements.append(
                f"CREATE POLICY staff_{command.lower()} ON {table} AS RESTRICTIVE"
                f" FOR {command} {clause}"
            )
    return [
        *statements,
        "CREATE POLICY staff_insert ON survey_invitation AS RESTRICTIVE"
        f" FOR INSERT WITH CHECK ({office})",
        "CREATE POLICY staff_delete ON survey_invitation AS RESTRICTIVE"
        f" FOR DELETE USING ({office})",
        f"CREATE POLICY participant ON survey_draft AS RESTRICTIVE USING ({participant})",
        f"CREATE POLICY answering ON survey_answer AS RESTRICTIVE USING {either}",
        # The owner alone is free of these, so that `answer_shuffling` can shuffle.
        *(
            f"CREATE POLICY staff_{command.lower()} ON survey_answer AS RESTRICTIVE"
            f" FOR {command} TO {APPLICATION_ROLE} USING ({office})"
            for command in ("SELECT", "UPDATE", "DELETE")
        ),
        f"CREATE POLICY staff ON survey_result AS RESTRICTIVE USING ({office})",
        # What every Träger of a tenant may read is none of the business of somebody unknown.
        *(
            f"CREATE POLICY no_participant ON {table} AS RESTRICTIVE"
            f" USING ({ORGANISATION} IS DISTINCT FROM '{PARTICIPANT}'::uuid)"
            for table in NOT_FOR_PARTICIPANTS
        ),
    ]


def answer_shuffling() -> list[str]:
    """Return the statements for shuffling the answers of a wave.

    PostgreSQL notes at each row the transaction that wrote it, and keeps rows in the order in
    which they came. An answer written together with the mark on its invitation would be found by
    that. So whoever adds an answer has up to 200 others of the wave written anew beside it, in
    random order, under new ids. The function runs as the owner, whom the tenant's own policies
    bind as well.
    """
    return [
        "CREATE FUNCTION shuffle_survey_answers(wanted_wave_id uuid) RETURNS void"
        " LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$"
        " WITH chosen AS (SELECT tenant_id, id FROM survey_answer"
        " WHERE tenant_id = (SELECT app_tenant_id()) AND wave_id = wanted_wave_id"
        " ORDER BY random() LIMIT 200 FOR UPDATE SKIP LOCKED),"
        " taken AS (DELETE FROM survey_answer USING chosen"
        " WHERE survey_answer.tenant_id = chosen.tenant_id AND survey_answer.id = chosen.id"
        " RETURNING survey_answer.*)"
        " INSERT INTO survey_answer"
        " (tenant_id, id, wave_id, group_id, channel, is_evaluable, answers)"
        " SELECT tenant_id, gen_random_uuid(), wave_id, group_id, channel, is_evaluable, answers"
        " FROM taken ORDER BY random() $$",
        "REVOKE ALL ON FUNCTION shuffle_survey_answers(uuid) FROM PUBLIC",
        f"GRANT EXECUTE ON FUNCTION shuffle_survey_answers(uuid) TO {APPLICATION_ROLE}",
    ]


def integrity_counting() -> list[str]:
    """Return the statements that let those who run the platform see where an alarm is open.

    They learn a number for each tenant and when its files were read last, nothing of the files.
    The function runs as the owner, who sees every tenant's runs and alarms for it.
    """
    return [
        *(
            f"CREATE POLICY counting ON {table} FOR SELECT TO {OWNER_ROLE} USING (true)"
            for table in ("integrity_run", "integrity_alarm")
        ),
        "CREATE FUNCTION integrity_states()"
        " RETURNS TABLE (tenant_id uuid, open_alarms bigint, finished_at timestamptz)"
        " LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$"
        " SELECT tenant.id, (SELECT count(*) FROM integrity_alarm"
        " WHERE integrity_alarm.tenant_id = tenant.id AND closed_at IS NULL),"
        " (SELECT max(integrity_run.finished_at) FROM integrity_run"
        " WHERE integrity_run.tenant_id = tenant.id) FROM tenant $$",
        "REVOKE ALL ON FUNCTION integrity_states() FROM PUBLIC",
        f"GRANT EXECUTE ON FUNCTION integrity_states() TO {APPLICATION_ROLE}",
    ]


def draft_counting() -> list[str]:
    """Return the statements that let the office learn how many drafts of a form are open.

    It sees the number for each version and nothing of the drafts. The function runs as the
    owner, whom the tenant's own policies bind as well.
    """
    return [
        "CREATE FUNCTION count_open_drafts(wanted_form_id uuid)"
        " RETURNS TABLE (form_version_id uuid, drafts bigint)"
        " LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$"
        " SELECT submission.form_version_id, count(*) FROM submission"
        " JOIN form_version ON form_version.tenant_id = submission.tenant_id"
        " AND form_version.id = submission.form_version_id"
        " WHERE submission.tenant_id = (SELECT app_tenant_id()) AND submission.state = 'draft'"
        " AND form_version.form_id = wanted_form_id GROUP BY submission.form_version_id $$",
        "REVOKE ALL ON FUNCTION count_open_drafts(uuid) FROM PUBLIC",
        f"GRANT EXECUTE ON FUNCTION count_open_drafts(uuid) TO {APPLICATION_ROLE}",
    ]


def reading_policies() -> list[str]:
    """Return the statements that show who has read a new version to that person's side alone.

    Everybody confirms for itself. Of each Träger the office learns how many people use a form and
    how many of them have read what changed, and no name. The function runs as the owner, who sees
    ties to Träger while an office acts; it counts those of Träger that work with this one.
    (A policy cannot ask `cooperation` itself, whose own policy asks for the ties.)
    """
    own_side = f"organisation_id IS NOT DISTINCT FROM {ORGANISATION}"
    return [
        f"CREATE POLICY own_readings ON version_reading AS RESTRICTIVE TO {APPLICATION_ROLE}"
        f" USING ({own_side}) WITH CHECK ({own_side} AND account_id = {ACCOUNT})",
        "CREATE POLICY counting ON organisation_membership FOR SELECT"
        f" TO {OWNER_ROLE} USING ({TENANT} IS NOT NULL AND {ORGANISATION} IS NULL)",
        "CREATE FUNCTION count_version_readers(wanted_version_id uuid, wanted_roles text[])"
        " RETURNS TABLE (organisation_id uuid, people bigint, readers bigint)"
        " LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$"
        " SELECT tie.organisation_id, count(DISTINCT tie.account_id),"
        " count(DISTINCT reading.account_id)"
        " FROM organisation_membership tie JOIN ab_user person ON person.id = tie.account_id"
        " LEFT JOIN version_reading reading"
        f" ON reading.tenant_id = {TENANT} AND reading.form_version_id = wanted_version_id"
        " AND reading.organisation_id = tie.organisation_id"
        " AND reading.account_id = tie.account_id"
        f" WHERE {ORGANISATION} IS NULL AND person.active AND tie.role = ANY (wanted_roles)"
        " AND (tie.valid_until IS NULL OR tie.valid_until >= current_date)"
        " AND tie.organisation_id IN (SELECT partner.organisation_id FROM cooperation partner"
        f" WHERE partner.tenant_id = {TENANT} AND partner.valid_from <= current_date"
        " AND (partner.valid_until IS NULL OR partner.valid_until >= current_date))"
        " GROUP BY tie.organisation_id $$",
        "REVOKE ALL ON FUNCTION count_version_readers(uuid, text[]) FROM PUBLIC",
        f"GRANT EXECUTE ON FUNCTION count_version_readers(uuid, text[]) TO {APPLICATION_ROLE}",
    ]


def token_policies() -> list[str]:
    """Return the statements that let each side make tokens of its own alone.

    With the token of a Träger the office would read what that Träger has not submitted.
    """
    return [
        "CREATE POLICY own_tokens ON api_token AS RESTRICTIVE FOR INSERT"
        f" WITH CHECK (organisation_id IS NOT DISTINCT FROM {ORGANISATION})",
    ]


def webhook_policies() -> list[str]:
    """Return the statements that keep receivers and messages the office's alone.

    What a Träger does is told to them all the same: it learns the ids of who wants to know of an
    event, and writes messages that it cannot read. The function runs as the owner, whom the
    tenant's own policies bind as well.
    """
    office = f"{ORGANISATION} IS NULL"
    return [
        *(
            f"CREATE POLICY staff_{command.lower()} ON {table} AS RESTRICTIVE FOR {command}"
            f" TO {APPLICATION_ROLE} USING ({office})"
            for table, commands in (
                ("webhook", ("SELECT",)),
                ("webhook_delivery", ("SELECT", "UPDATE", "DELETE")),
            )
            for command in commands
        ),
        "CREATE FUNCTION webhooks_told_of(wanted_event text) RETURNS TABLE (webhook_id uuid)"
        " LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$"
        f" SELECT id FROM webhook WHERE tenant_id = {TENANT} AND events ? wanted_event"
        " ORDER BY created_at, id $$",
        "REVOKE ALL ON FUNCTION webhooks_told_of(text) FROM PUBLIC",
        f"GRANT EXECUTE ON FUNCTION webhooks_told_of(text) TO {APPLICATION_ROLE}",
    ]


def notice_policies() -> list[str]:
    """Return the statements that let the office write to people without knowing who wants none.

    Whom a notice may reach and where is asked of functions that run as the owner: people with a
    role in the office or in a Träger that works with it, as long as they want e-mails.
    """
    office = f"{TENANT} IS NOT NULL AND {ORGANISATION} IS NULL"
    today = "(tie.valid_until IS NULL OR tie.valid_until >= current_date)"
    partners = (
        "(SELECT partner.organisation_id FROM cooperation partner"
        f" WHERE partner.tenant_id = {TENANT} AND partner.valid_from <= current_date"
        " AND (partner.valid_until IS NULL OR partner.valid_until >= current_date))"
    )
    wanted = (
        "person.active AND NOT EXISTS (SELECT 1 FROM notice_refusal refusal"
        " WHERE refusal.account_id = person.id)"
    )
    own = f"account_id = {ACCOUNT}"
    return [
        f"CREATE POLICY office_alone ON notice AS RESTRICTIVE USING ({ORGANISATION} IS NULL)"
        f" WITH CHECK ({ORGANISATION} IS NULL)",
        *force_row_security("notice_refusal"),
        f"CREATE POLICY own ON notice_refusal USING ({own}) WITH CHECK ({own})",
        f"CREATE POLICY asked ON notice_refusal FOR SELECT TO {OWNER_ROLE} USING ({office})",
        "CREATE FUNCTION people_to_notify(wanted_organisation uuid, wanted_roles text[])"
        " RETURNS TABLE (account_id integer)"
        " LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$"
        " SELECT tie.account_id FROM tenant_membership tie"
        " JOIN ab_user person ON person.id = tie.account_id"
        f" WHERE {office} AND wanted_organisation IS NULL AND tie.tenant_id = {TENANT}"
        f" AND tie.role = ANY (wanted_roles) AND {today} AND {wanted}"
        " UNION"
        " SELECT tie.account_id FROM organisation_membership tie"
        " JOIN ab_user person ON person.id = tie.account_id"
        f" WHERE {office} AND tie.organisation_id = wanted_organisation"
        f" AND tie.organisation_id IN {partners}"
        f" AND tie.role = ANY (wanted_roles) AND {today} AND {wanted} $$",
        "CREATE FUNCTION address_to_notify(wanted_account integer) RETURNS text"
        " LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$"
        " SELECT person.email FROM ab_user person"
        f" WHERE {office} AND person.id = wanted_account AND {wanted} AND ("
        " EXISTS (SELECT 1 FROM tenant_membership tie WHERE tie.account_id = person.id"
        f" AND tie.tenant_id = {TENANT} AND {today})"
        " OR EXISTS (SELECT 1 FROM organisation_membership tie"
        f" WHERE tie.account_id = person.id AND {today}"
        f" AND tie.organisation_id IN {partners})) $$",
        *(
            statement
            for function in (
                "people_to_notify(uuid, text[])",
                "address_to_notify(integer)",
            )
            for statement in (
                f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC",
                f"GRANT EXECUTE ON FUNCTION {function} TO {APPLICATION_ROLE}",
            )
        ),
    ]


def view_policies() -> list[str]:
    """Return the statements that show a saved view to its owner, a shared one to its side.

    A filter says what somebody looked for: the office does not see that of a Träger, nor the
    other way round.
    """
    return [
        "CREATE POLICY own_views ON saved_view AS RESTRICTIVE"
        f" USING (organisation_id IS NOT DISTINCT FROM {ORGANISATION}"
        f" AND (is_shared OR account_id = {ACCOUNT}))",
    ]


def people_policies() -> list[str]:
    """Return the statements for tenants, organisations and the ties of people to them."""
    mine = f"account_id = {ACCOUNT}"
    staff = f"{OWN_TENANT} AND {ORGANISATION} IS NULL"
    my_organisations = (
        f"SELECT organisation_id FROM organisation_membership WHERE account_id = {ACCOUNT}"
    )
    cooperating = f"SELECT organisation_id FROM cooperation WHERE tenant_id = {TENANT}"
    return [
        *force_row_security("tenant"),
        "CREATE POLICY known ON tenant FOR SELECT USING (true)",
        f"CREATE POLICY own ON tenant FOR UPDATE USING (id = {TENANT} AND {ORGANISATION} IS NULL)",
        f"CREATE POLICY founding ON tenant FOR INSERT TO {OWNER_ROLE} WITH CHECK (true)",
        *force_row_security("tenant_membership"),
        f"CREATE POLICY known ON tenant_membership FOR SELECT USING (({staff}) OR {mine})",
        f"CREATE POLICY administered ON tenant_membership USING ({staff}) WITH CHECK ({staff})",
        *force_row_security("organisation_membership"),
        "CREATE POLICY known ON organisation_membership FOR SELECT USING"
        f" (organisation_id = {ORGANISATION} OR {mine})",
        "CREATE POLICY administered ON organisation_membership USING"
        f" (organisation_id = {ORGANISATION}) WITH CHECK (organisation_id = {ORGANISATION})",
        *force_row_security("platform_membership"),
        f"CREATE POLICY known ON platform_membership FOR SELECT USING ({mine})",
        f"CREATE POLICY appointed ON platform_membership TO {OWNER_ROLE}"
        " USING (true) WITH CHECK (true)",
        *force_row_security("cooperation"),
        "CREATE POLICY known ON cooperation FOR SELECT USING"
        f" (({staff}) OR organisation_id = {ORGANISATION}"
        f" OR organisation_id IN ({my_organisations}))",
        f"CREATE POLICY administered ON cooperation USING ({staff}) WITH CHECK ({staff})",
        *force_row_security("organisation"),
        "CREATE POLICY known ON organisation FOR SELECT USING"
        f" (id = {ORGANISATION} OR id IN ({my_organisations})"
        f" OR ({ORGANISATION} IS NULL AND id IN ({cooperating})))",
        f"CREATE POLICY own ON organisation FOR UPDATE USING (id = {ORGANISATION})",
        f"CREATE POLICY founding ON organisation FOR INSERT TO {OWNER_ROLE} WITH CHECK (true)",
    ]


def dispatcher_policies() -> list[str]:
    """Return the statements that let the dispatcher's role see the outbox of every tenant.

    A worker may see the row of the one task that was delivered to it, to learn its tenant.
    """
    return [
        "CREATE POLICY delivered ON task FOR SELECT USING (id = (SELECT app_task_id()))",
        f"CREATE POLICY dispatch ON task TO {DISPATCHER_ROLE} USING (true) WITH CHECK (true)",
        f"GRANT SELECT, INSERT, UPDATE ON task TO {DISPATCHER_ROLE}",
        f"CREATE POLICY periodic_only ON task AS RESTRICTIVE FOR INSERT TO {DISPATCHER_ROLE}"
        " WITH CHECK (is_periodic AND payload = '{}'::jsonb)",
        # For periodic jobs: every tenant by its id, and when which job begins.
        f"GRANT SELECT (id) ON tenant TO {DISPATCHER_ROLE}",
        f"GRANT SELECT, INSERT, UPDATE ON scheduled_job TO {DISPATCHER_ROLE}",
    ]


def proof_policies() -> list[str]:
    """Return the statements that open a single proof to whoever knows its code or its file.

    A Träger sees besides only the proofs of its own documents.
    """
    return [
        "CREATE POLICY with_document ON proof AS RESTRICTIVE"
        f" USING ({ORGANISATION} IS NULL OR EXISTS (SELECT 1 FROM document_version"
        " WHERE document_version.tenant_id = proof.tenant_id"
        " AND document_version.id = proof.document_version_id))",
        "CREATE POLICY printed ON proof FOR SELECT USING (code = (SELECT app_proof_code()))",
        "CREATE POLICY held ON proof FOR SELECT USING (pdf_sha256 = (SELECT app_proof_sha256()))",
    ]


def grants(tables: list[str], append_only: frozenset[str], read_only: frozenset[str]) -> list[str]:
    """Return the grants of the application's role; append-only tables know no change."""
    statements = [f"GRANT USAGE ON SCHEMA public TO {APPLICATION_ROLE}, {DISPATCHER_ROLE}"]
    for table in tables:
        rights = "SELECT, INSERT, UPDATE, DELETE"
        if table in append_only:
            rights = "SELECT, INSERT"
        if table in read_only:
            rights = "SELECT"
        if table in NEVER_DELETED:
            rights = "SELECT, INSERT, UPDATE"
        if table in CLOSABLE:
            rights += f", UPDATE ({CLOSABLE[table]})"
        statements.append(f"GRANT {rights} ON {table} TO {APPLICATION_ROLE}")
    statements.append(
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {APPLICATION_ROLE}"
    )
    return statements
