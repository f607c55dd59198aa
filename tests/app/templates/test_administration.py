"""Flask-AppBuilder's own views, drawn by our templates: real FAB, real browser, no exceptions."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import ClassVar

import pytest
from flask import Flask, Response
from flask_appbuilder import AppBuilder, ModelView
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.sqla.models import Role
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.pool import StaticPool
from werkzeug.serving import make_server

from tests.app.templates.conftest import APP, CONTENT_SECURITY_POLICY
from tests.app.templates.example_pages import SHELL
from tests.app.templates.test_pages import violations

pytestmark = pytest.mark.browser

# Flask-AppBuilder's select boxes carry a style attribute (trap F18): allowed here and only here.
POLICY = f"{CONTENT_SECURITY_POLICY}; style-src-attr 'unsafe-inline'"


class RoleView(ModelView):  # type: ignore[misc]
    """Any model will do; roles need no further tables."""

    datamodel = SQLAInterface(Role)
    list_title = "Rollen"
    add_title = "Rolle anlegen"
    show_title = "Rolle"
    edit_title = "Rolle ändern"
    list_columns: ClassVar[list[str]] = ["name"]
    add_columns: ClassVar[list[str]] = ["name", "permissions"]
    edit_columns: ClassVar[list[str]] = ["name"]
    show_columns: ClassVar[list[str]] = ["name"]
    label_columns: ClassVar[dict[str, str]] = {"name": "Name", "permissions": "Rechte"}


@pytest.fixture(scope="module")
def administration_url() -> Iterator[str]:
    app = Flask("administration", root_path=str(APP))
    app.config.update(
        SECRET_KEY="secret-for-this-test-only-0123456789",
        SQLALCHEMY_DATABASE_URI="sqlite://",
        SQLALCHEMY_ENGINE_OPTIONS={
            "poolclass": StaticPool,
            "connect_args": {"check_same_thread": False},
        },
        FAB_BASE_TEMPLATE="administration/base.html",
        BABEL_DEFAULT_LOCALE="de",
        AUTH_ROLE_PUBLIC="Admin",
    )
    CSRFProtect(app)
    database = SQLAlchemy(app)

    @app.context_processor
    def shell() -> dict[str, object]:
        return {"shell": SHELL}

    @app.get("/theme.css")
    def theme() -> Response:
        return Response("", mimetype="text/css")

    @app.after_request
    def secure(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        return response

    with app.app_context():
        builder = AppBuilder(app, database.session)
        builder.add_view(RoleView, "Rollen")
        builder.sm.add_role("Fachkraft <Jugendamt>")
    server = make_server("127.0.0.1", 0, app)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/roleview"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def tab(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="de-DE")
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("path", ["list/", "add", "show/1", "edit/1"])
def test_views_are_accessible(
    path: str, tab: Page, administration_url: str, axe_source: str
) -> None:
    complaints: list[str] = []
    tab.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    for width in (1280, 320):
        tab.set_viewport_size({"width": width, "height": 900})
        response = tab.goto(f"{administration_url}/{path}")
        assert response is not None and response.status == 200
        assert violations(tab, axe_source) == []
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert complaints == []
    assert tab.locator("script:not([src])").count() == 0
    assert tab.evaluate("[...document.scripts].every(s => !s.src.includes('appbuilder'))")


def test_a_record_is_added_shown_and_deleted_without_script(
    browser: Browser, administration_url: str
) -> None:
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(f"{administration_url}/list/")
    tab.get_by_role("link", name="Neu anlegen").click()
    tab.get_by_label("Name").fill("Leitung & Söhne")
    tab.get_by_role("button", name="Speichern").click()
    row = tab.get_by_role("row", name="Leitung & Söhne")
    expect(row).to_be_visible()
    row.locator("summary").click()
    row.get_by_role("button", name="Endgültig löschen").click()
    expect(tab.get_by_role("row", name="Leitung & Söhne")).to_have_count(0)
    expect(tab.get_by_role("row", name="Fachkraft <Jugendamt>")).to_be_visible()
    context.close()
