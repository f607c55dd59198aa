"""A Tenant-Admin keeps rates in the browser, by keyboard and on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ORGANISATION, Site
from tests.support.chromium import Person, Watch, open_page, violations
from tests.support.installation import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def check(page: Page, name: str) -> None:
    """Fail unless the page is accessible and fits at both widths."""
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        assert violations(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    page.set_viewport_size({"width": 1280, "height": 900})


def add(page: Page, value: str, valid_from: str, **more: str) -> None:
    page.get_by_label("Satz", exact=True).fill(value)
    page.get_by_label("Gültig ab").fill(valid_from)
    for label, text in more.items():
        page.get_by_label(label).fill(text)
    page.get_by_role("button", name="Hinzufügen").press("Enter")


def test_rates_are_created_added_and_corrected(site: Site, browser: Browser, watch: Watch) -> None:
    context, page = open_page(browser, watch)
    Person(page, site.base_url).sign_in(site.administrator.email, PASSWORD)
    page.goto(site.url("/uebersicht"))
    page.get_by_role("link", name="Verzeichnisse").click()
    page.get_by_role("link", name="Sätze").click()
    expect(page.get_by_role("heading", name="Noch keine Satztabelle")).to_be_visible()
    check(page, "leer")
    page.get_by_role("link", name="Satztabelle anlegen").click()
    page.get_by_label("Titel").fill("Förderung in der Kindertagespflege")
    page.get_by_role("button", name="Anlegen").press("Enter")
    expect(page.locator("#fehler")).to_contain_text("Der Schlüssel besteht aus")
    check(page, "anlegen-fehler")
    page.get_by_label("Schlüssel").fill("foerderung")
    page.get_by_label("Einheit").fill("€ je Stunde und Kind")
    page.get_by_label("Rechtsgrundlage").fill("Satzung vom 12.12.2025, § 4")
    page.get_by_role("button", name="Anlegen").press("Enter")
    expect(page.get_by_text("Es ist noch kein Satz eingetragen.")).to_be_visible()
    check(page, "ohne-satz")
    for stage, value in (("stufe_1", "2,70"), ("stufe_2", "3,10")):
        add(page, value, "01.01.2026", Stufe=stage, Rechtsgrundlage="Satzung § 4 Abs. 2")
        add(page, value.replace("0", "5"), "01.08.2027", Stufe=stage)
    add(page, "2,71", "01.01.2026", Stufe="stufe_1", Rechtsgrundlage="Berichtigung")
    expect(page.get_by_role("row").filter(has_text="berichtigt")).to_have_count(1)
    expect(page.get_by_role("row").filter(has_text="gilt heute")).to_have_count(2)
    page.get_by_label("Gilt für").select_option(label=ORGANISATION)
    add(page, "3,40", "01.01.2026", Stufe="stufe_1")
    expect(page.get_by_role("row").filter(has_text="gilt heute")).to_have_count(3)
    expect(page.get_by_role("cell", name=ORGANISATION)).to_be_visible()
    check(page, "tabelle")
    add(page, "drei", "31.02.2027")
    expect(page.locator("#fehler")).to_contain_text("als Zahl")
    expect(page.locator("#fehler")).to_be_focused()
    check(page, "fehler")
    page.goto(site.url("/saetze/"))
    expect(page.get_by_role("row").filter(has_text="stufe_1")).to_contain_text("2,71")
    check(page, "liste")
    context.close()
