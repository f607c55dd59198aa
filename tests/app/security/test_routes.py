"""Every route with every kind of stranger: 404, and not a word of what is there.

The routes come from the application's own map; a route with an argument that this test does
not know fails it, so that no page is added without being tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.administration.base import AdministrationView
from app.security.roles import ROLE_PERMISSIONS
from forms.models import Submission
from forms.procedure.deciding import DECISIONS
from tenants.audit import AuditEntry
from tenants.context import Scope
from tenants.database import new_id
from tenants.models import TenantMembership
from tests.app.security.conftest import SECRET_WORDS, Objects, make_objects
from tests.support.installation import Installation, Person
from tests.support.web import Visitor

SignIn = Callable[[Person], Visitor]

# Pages for whoever holds the code; nothing on them is secret (tests of the proof say more).
PUBLIC = {
    "verification.show",
    "verification.document",
    "static",
    "appbuilder.static",
    "LoginView.login",
    "LoginView.logout",
}
# Those who answer have no account: tests/app/pages/test_answering.py says what they find.
PUBLIC |= {
    f"answering.{name}"
    for name in (
        "invitation", "start", "begin", "page", "save", "autosave", "review", "thanks", "discard",
    )
}  # fmt: skip
# What everybody who may fill in here sees alike: the tenant's published forms.
OF_EVERY_TRAEGER = {
    "forms.show", "forms.begin", "form_prints.ask", "form_prints.show", "form_prints.download",
    "version_readings.show", "version_readings.confirm",
}  # fmt: skip
# The table of such a form, with the rows that the person may see: none here.
TABLES = {f"submission_table.{name}" for name in ("show", "search", "columns", "keep_view")}
BUILDING = {
    "clauses",
    "templates",
    "template_clauses",
    "template_comparing",
    "frames",
    "template_preview",
    "template_starting",
    "building",
    "form_import",
    "form_export",
    "webhooks",
    "rates",
    "registers",
    "releases",
    "form_versions",
    "version_readers",
    "integrity",
    "erasure",
    "archive_offers",
}
# What the office alone does with what a Träger handed in.
OF_THE_OFFICE = {"procedure.inquire", "reports.new", "reports.decide", "reports.dispense"}
OF_THE_OFFICE |= {
    f"signings.{name}" for name in ("new", "withdraw", "remind_all", "retry", "scan", "confirm")
}
TABLES |= {
    f"exports.{name}" for name in ("as_csv", "as_workbook", "as_json", "schema", "show", "ask")
}
# Counting a form that exists there too; saved evaluations are foreign again.
COUNTING = {"evaluations.show", "evaluations.save", "question_results.show"}
# What a template for a form that exists there too may write.
COUNTING |= {f"template_starting.{name}" for name in ("show", "starter", "sheet")}
ADMINISTRATION = {"MembershipView", "AuditView", "CooperationView", "TenantSettingsView"}


@dataclass(frozen=True)
class Call:
    """One request for one object."""

    endpoint: str
    method: str
    path: str

    def by(self, visitor: Visitor, tenant: str) -> TestResponse:
        """Send it within ``tenant``, with a valid token of the visitor's session."""
        if self.method == "GET":
            return visitor.get(f"/{tenant}{self.path}")
        visitor.get("/start")
        return visitor.post(f"/{tenant}{self.path}")


def administration_keys(installation: Installation, objects: Objects) -> dict[str, str]:
    """Return an identifier for each view of the administration."""

    def look(session: Session) -> dict[str, str]:
        membership = session.scalars(
            select(TenantMembership.id).where(TenantMembership.tenant_id == objects.tenant.id)
        ).first()
        return {
            "MembershipView": str(membership),
            "AuditView": str(session.scalars(select(AuditEntry.id)).first()),
            "CooperationView": objects.organisation.id,
            "TenantSettingsView": objects.tenant.id,
            "PlatformTenantView": objects.tenant.id,
        }

    return installation.in_scope(Scope(tenant_id=objects.tenant.id), look)


def arguments(rule: Rule, objects: Objects, keys: dict[str, str]) -> Iterator[dict[str, str]]:
    """Return the identifiers to try for a route."""
    view = rule.endpoint.partition(".")[0]
    version = objects.template_version if view.startswith("template") else objects.version
    keys_of_rooms = {
        "forms": objects.form_key,
        "rates": objects.rate_key,
        "registers": objects.register_key,
    }
    key = keys_of_rooms.get(view, objects.organisation.id)
    known = {
        "submission_id": [objects.submission]
        if view == "procedure"
        else [objects.draft, objects.submission],
        "action": sorted(DECISIONS),
        "report_id": [objects.report],
        "entry_id": [objects.register_entry],
        "attachment_id": [objects.attachment],
        "page_key": [objects.page_key],
        "document_id": [objects.document],
        "request_id": [objects.open_request],
        "version_id": [version],
        "form_key": [objects.form_key],
        "view_id": [objects.view],
        "form_id": [objects.form_id],
        "trial_id": [objects.trial],
        "token_id": [objects.token],
        "webhook_id": [objects.webhook],
        "evaluation_id": [objects.evaluation],
        "result_id": [objects.result],
        "number": ["1"],
        "kind": {"documents.download": ["pdf", "docx"], "bulk_runs.preview": ["docx", "pdf"]}.get(
            rule.endpoint, []
        ),
        "run_id": [objects.run],
        "item_id": [objects.item],
        "template_id": [objects.template],
        "way": ["einreichungen", "verzeichnis", "tabelle"],
        "act": ["starten", "anhalten", "fortsetzen", "wiederholen", "abbrechen", "verwerfen"],
        "part": ["1"],
        "sides": ["einseitig"],
        "key": [key],
        "pk": [keys.get(view, "")],
        "release_id": [objects.release],
        "survey_id": [objects.survey],
        "wave_id": [objects.wave],
        "group_id": [objects.group],
        "alarm_id": [objects.alarm],
        "export_id": [objects.export],
        "erasure_id": [objects.erasure],
        "offer_id": [objects.offer],
        "signing_id": [objects.signing],
        "signatory_id": [objects.signatory],
        "clause_id": [objects.clause],
        "frame_id": [objects.frame],
        "old": ["1"],
        "new": ["1"],
    }
    first, *rest = sorted(rule.arguments)
    for value in known[first]:
        yield {first: value, **{name: known[name][0] for name in rest}}


def calls(app: Flask, objects: Objects, keys: dict[str, str]) -> list[Call]:
    """Return a call for every route with an identifier, and every such identifier.

    The API knows no sessions; `tests/app/api` tries its routes with tokens.
    """
    adapter = app.url_map.bind("localhost")
    found = []
    for rule in app.url_map.iter_rules():
        if not rule.arguments or rule.endpoint in PUBLIC or rule.endpoint.startswith("api."):
            continue
        for values in arguments(rule, objects, keys):
            path = adapter.build(rule.endpoint, values, method=next(iter(rule.methods or ())))
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                found.append(Call(rule.endpoint, method, path))
    return found


def role_for(call: Call) -> str:
    """Return who may make a call."""
    if call.endpoint in OF_THE_OFFICE or call.endpoint.startswith(
        ("document_retention.", "evaluations.", "question_results.", "surveys.", "bulk_runs.")
    ):
        return "fachkraft"
    view = call.endpoint.partition(".")[0]
    return "tenant_admin" if view in ADMINISTRATION | BUILDING else "leitung"


@pytest.fixture(scope="module")
def all_calls(app: Flask, installation: Installation, objects: Objects) -> list[Call]:
    found = calls(app, objects, administration_keys(installation, objects))
    assert len(found) > 35
    return found


@pytest.fixture(scope="module")
def stranger_objects(installation: Installation) -> Objects:
    return make_objects(installation)


def expect_nothing(response: TestResponse, call: Call) -> None:
    """Fail unless the answer is 404 and silent."""
    assert response.status_code == 404, (call, response.status_code)
    body = response.get_data(as_text=True)
    assert [word for word in SECRET_WORDS if word in body] == [], call
    assert "Location" not in response.headers


def traces(response: TestResponse) -> list[str]:
    """Return the secret words in an answer."""
    body = response.get_data(as_text=True)
    return [word for word in SECRET_WORDS if word in body]


@pytest.mark.parametrize("role", ["tenant_admin", "fachkraft", "leitung", "colleague"])
def test_people_of_another_tenant_find_nothing(
    objects: Objects, stranger_objects: Objects, all_calls: list[Call], sign_in: SignIn, role: str
) -> None:
    visitor = sign_in(stranger_objects.people[role])
    for call in all_calls:
        expect_nothing(call.by(visitor, objects.tenant.slug), call)


@pytest.mark.parametrize("role", ["tenant_admin", "fachkraft", "leitung", "colleague"])
def test_foreign_identifiers_are_unknown_at_home(
    stranger_objects: Objects, all_calls: list[Call], sign_in: SignIn, role: str
) -> None:
    """The same form key exists there: a form is found by key, its own one."""
    visitor = sign_in(stranger_objects.people[role])
    for call in all_calls:
        if call.endpoint not in OF_EVERY_TRAEGER | TABLES | COUNTING:
            expect_nothing(call.by(visitor, stranger_objects.tenant.slug), call)


@pytest.mark.parametrize("role", ["other_leitung", "colleague"])
def test_other_people_of_the_tenant_find_nothing(
    objects: Objects, all_calls: list[Call], sign_in: SignIn, role: str
) -> None:
    """Another Träger, and a Fachkraft of the same Träger who did not write it."""
    visitor = sign_in(objects.people[role])
    for call in all_calls:
        if call.endpoint in OF_EVERY_TRAEGER | TABLES:
            continue
        if call.endpoint == "tenant.act_as" and role == "colleague":
            continue
        expect_nothing(call.by(visitor, objects.tenant.slug), call)


def test_the_administration_sees_no_content(
    objects: Objects, all_calls: list[Call], sign_in: SignIn
) -> None:
    visitor = sign_in(objects.people["tenant_admin"])
    for call in all_calls:
        if (
            call.endpoint.startswith(
                (
                    "filling.",
                    "submissions.",
                    "submission_table.",
                    "exports.",
                    "documents.",
                    "uploads.",
                    "signings.",
                )
            )
            and call.endpoint != "signings.end"
        ):
            expect_nothing(call.by(visitor, objects.tenant.slug), call)


def test_the_office_sees_no_draft_of_a_traeger(
    objects: Objects, all_calls: list[Call], sign_in: SignIn
) -> None:
    visitor = sign_in(objects.people["fachkraft"])
    drafts = [
        call for call in all_calls if objects.draft in call.path or objects.attachment in call.path
    ]
    assert drafts
    for call in drafts:
        expect_nothing(call.by(visitor, objects.tenant.slug), call)


def test_nobody_is_led_to_the_login(app: Flask, objects: Objects, all_calls: list[Call]) -> None:
    visitor = Visitor(app)
    for call in all_calls:
        visitor.get("/anmelden")
        if call.method == "GET":
            response = visitor.get(f"/{objects.tenant.slug}{call.path}")
            if response.status_code == 302:
                assert response.headers["Location"].startswith("/anmelden?next="), call
            else:
                assert response.status_code == 404, call
        else:
            response = visitor.post(f"/{objects.tenant.slug}{call.path}")
            assert response.status_code in (401, 404), (call, response.status_code)
        assert traces(response) == [], call


def test_missing_identifiers_look_the_same(
    app: Flask, objects: Objects, all_calls: list[Call], sign_in: SignIn
) -> None:
    """An answer must not tell whether there is something: foreign and missing are alike."""
    visitor = sign_in(objects.people["other_leitung"])
    for path in (
        "einreichungen/{}",
        "ausfuellen/{}",
        "dokumente/{}",
        "dokumente/auftrag/{}",
        "dokumente/fassung/{}/pdf",
        "anforderungen/{}",
        "einreichungen/{}/vergleich",
    ):
        missing = visitor.get(f"/{objects.tenant.slug}/{path.format(new_id())}")
        assert missing.status_code == 404
        for known in (
            objects.submission, objects.document, objects.version, objects.open_request,
            objects.report,
        ):  # fmt: skip
            foreign = visitor.get(f"/{objects.tenant.slug}/{path.format(known)}")
            assert foreign.get_data() == missing.get_data()


def test_own_people_are_served(objects: Objects, all_calls: list[Call], sign_in: SignIn) -> None:
    served = 0
    for call in all_calls:
        if call.method != "GET" or call.endpoint.startswith("PlatformTenantView"):
            continue
        role = role_for(call)
        response = call.by(sign_in(objects.people[role]), objects.tenant.slug)
        assert response.status_code in (200, 302), (call, response.status_code)
        served += 1
    assert served > 20


def test_nothing_was_changed_by_strangers(
    installation: Installation, objects: Objects, all_calls: list[Call], sign_in: SignIn,
    stranger_objects: Objects,
) -> None:  # fmt: skip
    def state(session: Session) -> list[tuple[str, str, int]]:
        rows = session.scalars(
            select(Submission).where(Submission.id.in_([objects.draft, objects.submission]))
        )
        return sorted((row.id, row.state, row.revision) for row in rows)

    # The scope of the organisation, which alone sees its draft.
    scope = Scope(tenant_id=objects.tenant.id, organisation_id=objects.organisation.id)
    before = installation.in_scope(scope, state)
    assert len(before) == 2
    for person in (stranger_objects.people["fachkraft"], objects.people["other_leitung"]):
        for call in all_calls:
            if call.method == "POST" and call.endpoint not in OF_EVERY_TRAEGER | TABLES:
                call.by(sign_in(person), objects.tenant.slug)
    assert installation.in_scope(scope, state) == before


def test_own_people_can_send_every_form(
    app: Flask, installation: Installation, sign_in: SignIn
) -> None:
    own = make_objects(installation)
    found = calls(app, own, administration_keys(installation, own))
    # Searching in a list needs the name of a field that has one (tests/app/pages/test_picking.py).
    searching = {"picking.choices"}
    posts = [call for call in found if call.method == "POST" and call.endpoint not in searching]
    ends = (".discard", ".delete", ".delete_trial", ".remove", ".remove_view")
    posts.sort(key=lambda call: call.endpoint.endswith(ends))
    for call in posts:
        role = role_for(call)
        response = call.by(sign_in(own.people[role]), own.tenant.slug)
        assert response.status_code in (200, 302, 409, 422), (call, response.status_code)


def test_every_route_says_who_may_enter(app: Flask) -> None:
    """A page without a mark is a page that nobody thought about."""
    views = {type(one).__name__ for one in app.appbuilder.baseviews}  # type: ignore[attr-defined]
    administration = {
        type(one).__name__
        for one in app.appbuilder.baseviews  # type: ignore[attr-defined]
        if isinstance(one, AdministrationView)
    }
    assert views == administration | {"LoginView"}
    unmarked = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "requires" not in app.view_functions[rule.endpoint].__dict__
        and rule.endpoint.partition(".")[0] not in administration
    }
    assert unmarked == {"static", "appbuilder.static", "LoginView.login", "LoginView.logout"}


def test_every_required_permission_is_somebodys(app: Flask) -> None:
    granted = {pair for pairs in ROLE_PERMISSIONS.values() for pair in pairs}
    asked = {
        function.__dict__["requires"]
        for function in app.view_functions.values()
        if "requires" in function.__dict__ and function.__dict__["requires"][0] != "token"
    } - {("public", ""), ("account", "")}
    assert asked <= granted
