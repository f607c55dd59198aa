"""A Fachkraft writes to everybody of a table, by keyboard and on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from document_templates.publishing import publish_template, upload_template
from tenants.context import Scope
from tests.browser.conftest import Site
from tests.support.chromium import Person, Watch, open_page, violations
from tests.support.docx_files import docx_of
from tests.support.form_documents import field, form, page, section
from tests.support.installation import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

TABLE = (
    "Nachname;Rufname;Beitrag\nMuster;Kim;120,50\nÖztürk;Jo;1.250,00\n;Nina;5\nBeispiel;Ulla;viel"
)
LETTER = docx_of("An {{ vorname }} {{ nachname }}", "Ihr Beitrag: {{ beitrag|euro }}")


def check(page: Page, name: str) -> None:
    """Fail unless the page is accessible and fits at both widths."""
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        assert violations(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    page.set_viewport_size({"width": 1280, "height": 900})


@pytest.fixture(scope="module")
def letter(site: Site) -> None:
    """A published template that prints three answers."""
    document = form(
        page(
            "angaben",
            section(
                "a",
                field("text", "nachname", label="Nachname", required=True),
                field("text", "vorname", label="Vorname"),
                field("money", "beitrag", label="Beitrag"),
            ),
        ),
        key="elternbeitrag",
    ) | {"title": "Elternbeitrag"}
    form_version = site.installation.publish(site.tenant, document)

    def publish(session: Session) -> None:
        version = upload_template(
            session, site.installation.store, form_version, title="Beitragsbescheid",
            file_name="b.docx", data=LETTER,
        )  # fmt: skip
        publish_template(session, version)

    site.installation.in_scope(Scope(tenant_id=site.tenant.id), publish)


def test_a_table_becomes_sealed_documents(
    site: Site, browser: Browser, watch: Watch, letter: None
) -> None:
    context, page = open_page(browser, watch)
    Person(page, site.base_url).sign_in(site.clerk.email, PASSWORD)
    page.goto(site.url("/uebersicht"))
    page.get_by_role("link", name="Serienläufe").click()
    expect(page.get_by_role("heading", name="Noch kein Serienlauf")).to_be_visible()
    check(page, "leer")
    page.get_by_role("link", name="Serienlauf vorbereiten").click()
    page.get_by_role("button", name="Weiter").press("Enter")
    expect(page.locator("#fehler")).to_be_focused()
    check(page, "neu-fehler")
    page.get_by_label("Vorlage").select_option(label="Beitragsbescheid (Elternbeitrag)")
    page.get_by_label("Tabelle").check()
    page.get_by_role("button", name="Weiter").press("Enter")
    expect(page.get_by_role("heading", name="Empfänger wählen")).to_be_visible()
    check(page, "empfaenger")
    page.get_by_label("Tabelle").set_input_files(
        {"name": "familien.csv", "mimeType": "text/csv", "buffer": TABLE.encode()}
    )
    page.get_by_role("button", name="Empfänger prüfen").press("Enter")
    expect(page.get_by_text("Zeile 4: „Nachname“ fehlt.")).to_be_visible()
    check(page, "entwurf")
    page.get_by_role("link", name="Spalten zuordnen").press("Enter")
    page.get_by_label("Vorname").select_option("Rufname")
    check(page, "zuordnung")
    page.get_by_role("button", name="Zuordnen und neu prüfen").press("Enter")
    page.get_by_role("link", name="Muster").press("Enter")
    expect(page.get_by_role("cell", name="Rufname")).to_be_visible()
    check(page, "vorschau")
    page.get_by_role("button", name="Als PDF ansehen").press("Enter")
    expect(page.get_by_text("Die Vorschau ist fertig.")).to_be_visible(timeout=60_000)
    page.get_by_role("navigation", name="Sie sind hier").get_by_role("link").nth(1).press("Enter")
    page.get_by_role("button", name="2 Dokumente erstellen").press("Enter")
    expect(page.get_by_text("Der Serienlauf beginnt.")).to_be_visible()
    check(page, "laeuft")
    # The page that watches the run turns to its end by itself.
    expect(page.get_by_role("heading", name="Herunterladen und drucken")).to_be_visible(
        timeout=90_000
    )
    expect(page.get_by_text("2 von 2 Dokumenten fertig")).to_be_visible()
    check(page, "fertig")
    page.goto(site.url("/serienlaeufe/"))
    check(page, "liste")
    context.close()
