"""A loopback server that draws every template with example variables, and a real browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, Response, jsonify, render_template, request
from playwright.sync_api import Browser
from werkzeug.serving import make_server

from app.theme import theme_css
from forms.german import format_integer
from tenants.language import _
from tests.app.templates.example_fields import SIMPLE, page, table_repeat
from tests.app.templates.example_pages import PAGES, SHELL, filling
from tests.support.chromium import open_chromium

APP = Path(__file__).resolve().parents[3] / "app"
AXE = APP / "static" / "vendor" / "axe" / "axe.min.js"

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


def preview_app() -> Flask:
    """Return an app whose page ``/<name>`` is the example of that name."""
    app = Flask("preview", root_path=str(APP))
    app.secret_key = "preview"
    app.jinja_env.globals.update(_=_, csrf_token=lambda: "csrf")
    app.jinja_env.filters["zahl"] = format_integer
    app.config["SAVED"] = []

    @app.after_request
    def secure(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        return response

    @app.get("/<name>")
    def example(name: str) -> str:
        template, variables = PAGES[name]
        return render_template(template, **{"shell": SHELL, **variables})

    @app.get("/theme.css")
    def theme() -> Response:
        return Response(theme_css({"brand": "#8c1d3b", "accent": "#8c1d3b"}), mimetype="text/css")

    @app.post("/refresh")
    def refresh() -> str:
        rows = sum(name.startswith("kosten[") and name.endswith("._id") for name in request.form)
        rows += "kosten.__add" in request.form
        view = page("Personalkosten", SIMPLE["money"], SIMPLE["radio"], table_repeat(rows))
        variables = filling(view)
        return render_template("filling/_fields.html", is_refresh=True, **variables)

    @app.post("/autosave")
    def autosave() -> Response:
        app.config["SAVED"].append(request.form.to_dict())
        return jsonify(saved_at="22.11.2026, 14:35 Uhr", revision=str(7 + len(app.config["SAVED"])))

    @app.get("/datei/<attachment_id>", endpoint="uploads.download")
    def file(attachment_id: str) -> str:
        return attachment_id

    @app.get("/favicon.ico")
    def favicon() -> Response:
        return Response(status=204)

    return app


@pytest.fixture(scope="session")
def preview() -> Flask:
    return preview_app()


@pytest.fixture(scope="session")
def preview_url(preview: Flask) -> Iterator[str]:
    assert AXE.exists(), "Front-end packages are missing: npm ci && npm run build in app/frontend."
    server = make_server("127.0.0.1", 0, preview, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


# For a module, not for the run: while Playwright is open, nothing else in this thread may use
# asyncio, and sealing a PDF does.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_chromium() as chromium:
        yield chromium


@pytest.fixture(scope="session")
def axe_source() -> str:
    return AXE.read_text(encoding="utf-8")
