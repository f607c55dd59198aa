"""A Tenant-Admin keeps a register in the browser, by keyboard and on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Site
from tests.support.chromium import Person, Watch, open_page, violations
from tests.support.installation import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

TABLE = "Name;Plätze;Sozialraum\n" + "\n".join(
    f"Tageseinrichtung Haus Nummer {number};{20 + number};Nord" for number in range(1, 61)
)


def check(page: Page, name: str) -> None:
    """Fail unless the page is accessible and fits at both widths."""
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        assert violations(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    page.set_viewport_size({"width": 1280, "height": 900})


def test_a_register_is_made_filled_and_searched(site: Site, browser: Browser, watch: Watch) -> None:
    context, page = open_page(browser, watch)
    Person(page, site.base_url).sign_in(site.administrator.email, PASSWORD)
    page.goto(site.url("/uebersicht"))
    page.get_by_role("link", name="Verzeichnisse").click()
    # Another test on the same site may have made one already.
    page.get_by_role("link", name="Verzeichnis anlegen").first.click()
    page.get_by_label("Titel").fill("Einrichtungen")
    page.get_by_label("Name, Spalte 1").fill("Plätze")
    page.get_by_role("button", name="Anlegen").press("Enter")
    expect(page.locator("#fehler")).to_be_focused()
    check(page, "anlegen-fehler")
    page.get_by_label("Schlüssel", exact=True).fill("einrichtungen")
    page.get_by_label("Beschreibung").fill("Alle Einrichtungen in Hilden, gepflegt vom Fachdienst.")
    page.get_by_label("Schlüssel, Spalte 1").fill("plaetze")
    page.get_by_label("Art, Spalte 1").select_option("integer")
    page.get_by_label("Name, Spalte 2").fill("Sozialraum")
    page.get_by_label("Schlüssel, Spalte 2").fill("sozialraum")
    page.get_by_role("button", name="Anlegen").press("Enter")
    expect(page.get_by_role("heading", name="Noch kein Eintrag")).to_be_visible()
    check(page, "ohne-eintrag")
    page.get_by_role("link", name="Eintrag hinzufügen").click()
    page.get_by_label("Name").fill("Kita Löwenzahn")
    page.get_by_label("Plätze").fill("viele")
    page.get_by_label("Sozialraum").fill("Süd")
    page.get_by_label("Gehört zu").select_option(label=site.organisation.name)
    page.get_by_role("button", name="Speichern").press("Enter")
    expect(page.locator("#fehler")).to_contain_text("Plätze")
    check(page, "eintrag-fehler")
    page.get_by_label("Plätze").fill("85")
    page.get_by_role("button", name="Speichern").press("Enter")
    page.get_by_role("link", name="Kita Löwenzahn").press("Enter")
    check(page, "eintrag")
    page.get_by_role("button", name="Ab heute beenden").press("Enter")
    expect(page.get_by_role("row").filter(has_text="Kita Löwenzahn")).to_contain_text("beendet")
    page.get_by_role("link", name="Aus Tabelle übernehmen").click()
    check(page, "uebernehmen")
    page.get_by_label("Datei").set_input_files(
        {"name": "t.csv", "mimeType": "text/csv", "buffer": (TABLE + "\n;x;").encode()}
    )
    page.get_by_role("button", name="Übernehmen").press("Enter")
    expect(page.get_by_role("cell", name="62")).to_be_visible()
    check(page, "uebernehmen-fehler")
    page.get_by_label("Datei").set_input_files(
        {"name": "t.csv", "mimeType": "text/csv", "buffer": TABLE.encode()}
    )
    page.get_by_role("button", name="Übernehmen").press("Enter")
    expect(page.get_by_role("status").filter(has_text="61 Einträge")).to_be_visible()
    check(page, "voll")
    page.get_by_label("Suche nach").fill("nummer 17")
    page.get_by_label("Suche nach").press("Enter")
    expect(page.get_by_role("row")).to_have_count(2)
    page.goto(site.url("/verzeichnisse/"))
    check(page, "liste")
    page.get_by_role("link", name="Einrichtungen").click()
    page.get_by_role("link", name="Spalten und Titel ändern").click()
    check(page, "spalten")
    context.close()
