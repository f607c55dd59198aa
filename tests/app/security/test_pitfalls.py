"""The traps of Flask-AppBuilder, F1 to F19, each with its remedy; and the attacks on filters."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version

import pytest
from flask import Flask
from flask_appbuilder.api import BaseApi
from flask_appbuilder.const import AUTH_DB
from lxml import html
from packaging.version import Version
from sqlalchemy import Engine, Uuid, event, select
from sqlalchemy.orm import Session

from app.administration.base import AdministrationView, RequestLocalFilters
from app.factory import create_app
from app.metadata import all_metadata
from tenants.audit import AuditEntry
from tenants.context import Scope, acting_as
from tenants.database import Base, TenantScoped
from tenants.founding import appoint_in_tenant
from tenants.models import Tenant, TenantMembership
from tests.app.security.conftest import Objects, make_objects
from tests.support.installation import Installation, Person
from tests.support.web import Visitor

SignIn = Callable[[Person], Visitor]


@pytest.fixture(scope="module")
def foreign(installation: Installation) -> Objects:
    return make_objects(installation)


def administration(objects: Objects, rest: str) -> str:
    """Return an address in a tenant's administration."""
    return f"/{objects.tenant.slug}/verwaltung/{rest}"


def memberships(installation: Installation, tenant: Tenant) -> dict[str, tuple[int, str]]:
    """Return account and role of every membership of a tenant."""

    def look(session: Session) -> dict[str, tuple[int, str]]:
        rows = session.scalars(
            select(TenantMembership).where(TenantMembership.tenant_id == tenant.id)
        )
        return {row.id: (row.account_id, row.role) for row in rows}

    return installation.in_scope(Scope(tenant_id=tenant.id), look)


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    """Collect the SQL that the web sends."""
    sent: list[str] = []
    engine: Engine = app.extensions["siegel"].engine

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


# F1 and the eight attacks against base_filters


ATTACKS = [
    ("GET", "personen/show/{pk}"),
    ("GET", "personen/edit/{pk}"),
    ("POST", "personen/edit/{pk}"),
    ("POST", "personen/delete/{pk}"),
    ("GET", "personen/delete/{pk}"),
    ("POST", "personen/action_post"),
    ("POST", "personen/action/delete/{pk}"),
    ("GET", "personen/action/delete/{pk}"),
    ("GET", "personen/download/{pk}"),
    ("GET", "personen/api/read"),
    ("GET", "personen/_info"),
    ("GET", "/api/v1/membership/_info"),
    ("GET", "/api/v1/membership/{pk}"),
    ("POST", "/api/v1/membership/"),
    ("GET", "traeger/show/{organisation}"),
    ("POST", "traeger/edit/{organisation}"),
    ("GET", "mandant/edit/{tenant}"),
    ("POST", "mandant/edit/{tenant}"),
    ("GET", "protokoll/show/{audit}"),
]


@pytest.mark.parametrize(("method", "path"), ATTACKS)
def test_f01_base_filters_are_not_what_isolates(
    installation: Installation, objects: Objects, foreign: Objects, sign_in: SignIn,
    method: str, path: str,
) -> None:  # fmt: skip
    before = memberships(installation, foreign.tenant)
    audit = installation.in_scope(
        Scope(tenant_id=foreign.tenant.id),
        lambda session: session.scalars(select(AuditEntry.id)).first(),
    )
    rest = path.format(
        pk=next(iter(before)),
        organisation=foreign.organisation.id,
        tenant=foreign.tenant.id,
        audit=audit,
    )
    visitor = sign_in(objects.people["tenant_admin"])
    visitor.get(administration(objects, "personen/list/"))
    outside = rest.startswith("/")
    address = f"/{objects.tenant.slug}{rest}" if outside else administration(objects, rest)
    if method == "GET":
        answer = visitor.get(address)
    else:
        fields = {"action": "delete", "rowid": next(iter(before)), "role": "fachkraft", "name": "x"}
        answer = visitor.post(address, fields)
    assert answer.status_code in (404, 405)
    body = answer.get_data(as_text=True)
    assert foreign.tenant.name not in body
    assert foreign.people["tenant_admin"].email not in body
    assert memberships(installation, foreign.tenant) == before


def test_f01_no_parameter_writes_into_another_tenant(
    installation: Installation, objects: Objects, foreign: Objects, sign_in: SignIn
) -> None:
    """The worst of the attacks: a filter in the address became a column of the new row."""
    before = memberships(installation, foreign.tenant)
    somebody = installation.person(role="")
    visitor = sign_in(objects.people["tenant_admin"])
    smuggled = {
        "tenant_id": foreign.tenant.id,
        "tenant": foreign.tenant.id,
        "id": next(iter(before)),
        "account_id": str(foreign.people["tenant_admin"].account_id),
    }
    query = "&".join(f"_flt_0_{name}={value}" for name, value in smuggled.items())
    visitor.get(administration(objects, f"personen/add?{query}"))
    answer = visitor.post(
        administration(objects, f"personen/add?{query}"),
        {**smuggled, "email": somebody.email, "role": "fachkraft"},
    )
    assert answer.status_code == 302
    assert memberships(installation, foreign.tenant) == before
    assert (somebody.account_id, "fachkraft") in memberships(installation, objects.tenant).values()


def test_f01_forms_offer_nobody_of_another_tenant(
    objects: Objects, foreign: Objects, sign_in: SignIn
) -> None:
    visitor = sign_in(objects.people["tenant_admin"])
    page = visitor.get(administration(objects, "personen/add")).get_data(as_text=True)
    for person in foreign.people.values():
        assert person.email not in page
    assert foreign.tenant.id not in page


def test_f01_who_belongs_to_two_tenants_administers_each_apart(
    app: Flask, installation: Installation, objects: Objects, foreign: Objects
) -> None:
    """One sees one's own ties everywhere; the administration shows those of its tenant alone."""
    person = installation.person(tenant=objects.tenant, role="tenant_admin")
    installation.as_owner(
        Scope(tenant_id=foreign.tenant.id),
        lambda session: appoint_in_tenant(session, person.account_id, "fachkraft"),
    )
    there = next(
        pk
        for pk, row in memberships(installation, foreign.tenant).items()
        if row == (person.account_id, "fachkraft")
    )
    visitor = Visitor(app, person)
    listing = visitor.get(administration(objects, "personen/list/?psize_MembershipView=100"))
    assert listing.status_code == 200
    assert there not in listing.get_data(as_text=True)
    for method in ("show", "edit"):
        assert visitor.get(administration(objects, f"personen/{method}/{there}")).status_code == 404
    assert visitor.post(administration(objects, f"personen/delete/{there}")).status_code == 404
    assert there in memberships(installation, foreign.tenant)


# F2


def search_at_once(app: Flask, objects: Objects, foreign: Objects) -> list[set[str]]:
    """Let two tenants search by role at the same moment; return the roles each was shown."""
    shown: list[set[str]] = [set(), set()]
    both = threading.Barrier(2, timeout=60)
    plain = AdministrationView._get_list_widget

    def meet(self: AdministrationView, **arguments: object) -> object:
        both.wait()
        return plain(self, **arguments)

    def search(place: int, there: Objects, role: str) -> None:
        visitor = Visitor(app, there.people["tenant_admin"])
        answer = visitor.get(administration(there, f"personen/list/?_flt_3_role={role}"))
        page = html.fromstring(answer.get_data(as_text=True))
        shown[place] = {cell.text_content() for cell in page.xpath("//td[@data-label='Rolle']")}

    threads = [
        threading.Thread(target=search, args=(0, objects, "tenant_admin")),
        threading.Thread(target=search, args=(1, foreign, "fachkraft")),
    ]
    AdministrationView._get_list_widget = meet  # type: ignore[method-assign]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        AdministrationView._get_list_widget = plain  # type: ignore[method-assign]
    return shown


def test_f02_searches_of_two_threads_stay_apart(
    app: Flask, objects: Objects, foreign: Objects
) -> None:
    for _round in range(5):
        assert search_at_once(app, objects, foreign) == [
            {"Tenant-Admin"},
            {"Fachkraft im Jugendamt"},
        ]


def test_f02_without_the_remedy_they_do_not(
    app: Flask, objects: Objects, foreign: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test above can fail: this is what Flask-AppBuilder does by itself."""
    shared = property(lambda self: self.__dict__["_filters_prototype"])
    monkeypatch.setattr(RequestLocalFilters, "_filters", shared)
    assert search_at_once(app, objects, foreign) != [{"Tenant-Admin"}, {"Fachkraft im Jugendamt"}]


# F3 to F8


def test_f03_permissions_cost_no_queries(
    app: Flask, installation: Installation, objects: Objects, sign_in: SignIn
) -> None:
    visitor = sign_in(objects.people["tenant_admin"])
    address = administration(objects, "personen/list/")
    visitor.get(address)
    with statements(app) as few:
        assert visitor.get(address).status_code == 200
    for _one in range(5):
        installation.person(tenant=objects.tenant, role="fachkraft")
    with statements(app) as many:
        assert visitor.get(address).status_code == 200
    assert not [one for one in many if "ab_permission" in one or "ab_role" in one]
    assert len(many) == len(few) <= 14


def test_f04_the_versions_are_those_that_work_together() -> None:
    assert Version("5.3") <= Version(version("flask-appbuilder")) < Version("5.4")
    assert Version("3.26") <= Version(version("marshmallow")) < Version("4")
    assert Version("1.4") <= Version(version("marshmallow-sqlalchemy")) < Version("1.5")


def test_f05_keys_are_text_everywhere(objects: Objects, sign_in: SignIn) -> None:
    keys = [
        column
        for metadata in all_metadata()
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, Uuid)
    ]
    assert len(keys) > 30
    assert not [column for column in keys if column.type.as_uuid]
    visitor = sign_in(objects.people["tenant_admin"])
    for rest in (
        f"mandant/show/{objects.tenant.id}",
        f"traeger/show/{objects.organisation.id}",
        f"traeger/edit/{objects.organisation.id}",
    ):
        assert visitor.get(administration(objects, rest)).status_code == 200
    for rest in ("mandant/show/1", "traeger/show/x", "personen/edit/[1]", "protokoll/show/%5B%5D"):
        assert visitor.get(administration(objects, rest)).status_code == 404


def test_f06_roles_belong_to_the_tenant(
    app: Flask, installation: Installation, objects: Objects, foreign: Objects
) -> None:
    person = installation.person(tenant=objects.tenant, role="tenant_admin")
    installation.as_owner(
        Scope(tenant_id=foreign.tenant.id),
        lambda session: appoint_in_tenant(session, person.account_id, "fachkraft"),
    )
    visitor = Visitor(app, person)
    assert visitor.get(administration(objects, "personen/list/")).status_code == 200
    assert visitor.get(administration(foreign, "personen/list/")).status_code == 404
    assert visitor.get(f"/{foreign.tenant.slug}/einreichungen/").status_code == 200
    assert visitor.get(f"/{objects.tenant.slug}/einreichungen/").status_code == 404


def test_f07_a_session_opens_no_other_tenant(
    app: Flask, objects: Objects, foreign: Objects, sign_in: SignIn
) -> None:
    visitor = sign_in(objects.people["fachkraft"])
    assert visitor.get(f"/{objects.tenant.slug}/uebersicht").status_code == 200
    thief = Visitor(app)
    held = visitor.client.get_cookie("siegel")
    assert held is not None
    thief.client.set_cookie("siegel", held.value)
    for rest in ("uebersicht", "einreichungen/", "dokumente/", "vordrucke/", "rolle"):
        assert thief.get(f"/{foreign.tenant.slug}/{rest}").status_code == 404
    bearer = {"Authorization": f"Bearer {held.value}"}
    assert Visitor(app).get(f"/{objects.tenant.slug}/uebersicht", headers=bearer).status_code == 302


def test_f08_no_route_is_spared_the_token(app: Flask) -> None:
    protection = app.extensions["csrf"]
    assert protection._exempt_views == set()
    # Programs show a token of their own with every call; a session opens nothing there.
    # Who answers a questionnaire has none either: its cookie comes from our own pages alone.
    exempt = {getattr(one, "name", one) for one in protection._exempt_blueprints}
    # A file to examine changes nothing and belongs to no session.
    assert exempt == {"api", "answering", "file_verification"}
    assert not [one for one in app.appbuilder.baseviews if isinstance(one, BaseApi)]  # type: ignore[attr-defined]
    ours = {rule.endpoint for rule in app.url_map.iter_rules() if rule.rule.startswith("/api")}
    assert {endpoint.partition(".")[0] for endpoint in ours} == {"api"}
    asked = {name: app.view_functions[name].__dict__["requires"][0] for name in ours}
    assert {name for name, what in asked.items() if what != "token"} == {"api.document"}
    assert not [rule.rule for rule in app.url_map.iter_rules() if "swagger" in rule.rule]


# F9 to F16


def test_f09_no_history_of_addresses_is_kept(objects: Objects, sign_in: SignIn) -> None:
    visitor = sign_in(objects.people["tenant_admin"])
    visitor.get(administration(objects, "personen/list/?_flt_2_role=Mustermann"))
    visitor.get(administration(objects, "personen/add"))
    with visitor.client.session_transaction() as session:
        assert "page_history" not in session
        assert "Mustermann" not in repr(dict(session))


def test_f10_a_page_is_never_the_whole_table(
    installation: Installation, objects: Objects, sign_in: SignIn
) -> None:
    installation.in_scope(
        Scope(tenant_id=objects.tenant.id),
        lambda session: session.add_all(
            AuditEntry(action="test", subject_kind="test", subject_id=str(number))
            for number in range(130)
        ),
    )
    visitor = sign_in(objects.people["tenant_admin"])
    address = administration(objects, "protokoll/list/")
    for wanted, most in (("5000", 100), ("100000", 100), ("0", 1), ("", 50), ("7", 7)):
        answer = visitor.get(f"{address}?psize_AuditView={wanted}" if wanted else address)
        rows = html.fromstring(answer.get_data(as_text=True)).xpath("//tbody/tr")
        assert len(rows) == most, wanted
    for wrong in ("psize_AuditView=-1", "psize_AuditView=x", "page_AuditView=-1", "page_X=9999999"):
        assert visitor.get(f"{address}?{wrong}").status_code == 404
    for odd in ("_oc_AuditView=tenant_id&_od_AuditView=asc", "_oc_AuditView=x&_od_AuditView=desc"):
        assert visitor.get(f"{address}?{odd}").status_code == 200
    partners = administration(objects, "traeger/list/")
    assert visitor.get(f"{partners}?_flt_9_valid_from=2026-01-01").status_code == 404
    assert visitor.get(f"{partners}?_flt_0_valid_from=gestern").status_code in (200, 404)
    assert visitor.get(f"{address}?_flt_0_nothing=x").status_code == 200


def test_f11_people_sign_in_here_and_nowhere_else(app: Flask) -> None:
    assert app.config["AUTH_TYPE"] == AUTH_DB
    assert not app.config.get("OAUTH_PROVIDERS")
    assert not app.config.get("AUTH_USER_REGISTRATION")
    rules = {rule.rule for rule in app.url_map.iter_rules()}
    assert not [rule for rule in rules if "oauth" in rule or "register" in rule or "login" in rule]


def test_f12_nobody_lists_the_accounts_of_all(app: Flask, objects: Objects) -> None:
    listed = {
        one.datamodel.obj.__tablename__
        for one in app.appbuilder.baseviews  # type: ignore[attr-defined]
        if isinstance(one, AdministrationView)
    }
    assert listed == {"tenant_membership", "cooperation", "audit_entry", "tenant"}
    for path in (
        "/users/list/",
        "/roles/list/",
        "/userstatschartview/chart/",
        "/permissions/list/",
    ):
        assert Visitor(app).get(path).status_code == 404


def test_f13_no_interface_takes_related_keys(app: Flask, objects: Objects, sign_in: SignIn) -> None:
    visitor = sign_in(objects.people["tenant_admin"])
    for path in (
        "/api/v1/security/login",
        "/api/v1/menu/",
        f"/{objects.tenant.slug}/api/v1/_openapi",
    ):
        assert visitor.get(path).status_code == 404
        assert visitor.client.post(path, json={}).status_code in (400, 404, 405)


def test_f14_keys_between_tenant_tables_carry_the_tenant() -> None:
    scoped = {
        mapper.local_table
        for mapper in Base.registry.mappers
        if issubclass(mapper.class_, TenantScoped)
    }
    checked = 0
    for table in scoped:
        for key in table.foreign_key_constraints:  # type: ignore[attr-defined]
            if key.referred_table in scoped:
                assert key.column_keys[0] == "tenant_id", (table, key)
                checked += 1
    assert checked >= 10


def test_f15_starting_writes_nothing(installation: Installation, app: Flask) -> None:
    assert app.config["FAB_CREATE_DB"] is False
    assert app.config["FAB_UPDATE_PERMS"] is False
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        other = create_app(installation.settings)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    other.extensions["siegel"].engine.dispose()
    assert sent == []


def test_f16_the_scope_outlives_a_commit(installation: Installation, objects: Objects) -> None:
    """Flask-AppBuilder commits in its methods; the next transaction has the tenant again."""
    with acting_as(Scope(tenant_id=objects.tenant.id)), installation.sessions() as session:
        for _transaction in range(3):
            assert session.scalars(select(AuditEntry)).first() is not None
            session.commit()


# F17 to F19


def test_f17_pages_have_language_landmarks_and_labels(objects: Objects, sign_in: SignIn) -> None:
    visitor = sign_in(objects.people["tenant_admin"])
    for rest in ("personen/list/", "personen/add", f"mandant/edit/{objects.tenant.id}"):
        page = html.fromstring(visitor.get(administration(objects, rest)).get_data(as_text=True))
        assert page.get("lang") == "de"
        for landmark in ("//header", "//main", "//footer", "//nav[@aria-label]"):
            assert page.xpath(landmark), (rest, landmark)
        labelled = set(page.xpath("//label/@for"))
        fields = page.xpath("//main//input[not(@type='hidden')] | //main//select")
        assert all(field.get("id") in labelled or field.get("aria-label") for field in fields)
        assert all(" ".join(link.text_content().split()) for link in page.xpath("//a"))


def test_f18_the_policy_is_strict_also_in_the_administration(
    objects: Objects, sign_in: SignIn
) -> None:
    visitor = sign_in(objects.people["tenant_admin"])
    for rest in ("personen/list/", "personen/add", f"mandant/edit/{objects.tenant.id}"):
        answer = visitor.get(administration(objects, rest))
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        page = html.fromstring(answer.get_data(as_text=True))
        assert page.xpath("//@style | //@onclick | //style | //script[not(@src)]") == []
        assert not [one for one in page.xpath("//@src | //link/@href") if "//" in one]


def test_f19_names_are_searched_by_post(objects: Objects, sign_in: SignIn) -> None:
    pages = [
        ("fachkraft", f"/{objects.tenant.slug}/einreichungen/"),
        ("fachkraft", f"/{objects.tenant.slug}/dokumente/"),
        ("tenant_admin", administration(objects, "personen/list/")),
        ("tenant_admin", administration(objects, "protokoll/list/")),
    ]
    for role, address in pages:
        visitor = sign_in(objects.people[role])
        page = html.fromstring(visitor.get(address).get_data(as_text=True))
        assert page.xpath("//form[not(@method='post')]") == [], address
    visitor = sign_in(objects.people["fachkraft"])
    visitor.get(f"/{objects.tenant.slug}/einreichungen/")
    led = visitor.post(f"/{objects.tenant.slug}/einreichungen/suche", {"text": "Mustermann"})
    assert "Mustermann" not in led.headers["Location"]
    assert "Mustermann" in visitor.get(led.headers["Location"]).get_data(as_text=True)
    visitor.get(f"/{objects.tenant.slug}/einreichungen/suche/zuruecksetzen")
