"""The builder in a real Chromium: accessible in every state, usable by keyboard alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from forms.packages import read_package
from tests.browser.conftest import PACKAGE, Site
from tests.browser.test_journey import inspect
from tests.support.chromium import Person, Watch, open_page
from tests.support.installation import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def new_form(page: Page, site: Site, title: str, base: str = "einem leeren Vordruck") -> str:
    """Make a form, and return the address of its builder."""
    page.goto(site.url("/baukasten/neu"))
    page.get_by_label("Titel").fill(title)
    page.get_by_label("Schutzklasse").select_option("K3")
    page.get_by_label("Beginnen mit").select_option(label=base)
    page.get_by_role("button", name="Vordruck anlegen").click()
    page.wait_for_url("**/baukasten/*-*/")
    return page.url


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_every_state_of_the_builder(
    site: Site, browser: Browser, watch: Watch, width: int, script: bool
) -> None:
    context, page = open_page(browser, watch, width=width, script=script)
    Person(page, site.base_url, script=script).sign_in(site.administrator.email, PASSWORD)
    for path in ("/baukasten/", "/baukasten/neu"):
        page.goto(site.url(path))
        inspect(page, width, script)
    page.get_by_role("button", name="Vordruck anlegen").click()
    inspect(page, width, script)
    empty = new_form(page, site, f"Leer {width} {script}")
    for path in ("", "tabelle", "befunde", "probelaeufe"):
        page.goto(empty + path)
        inspect(page, width, script)
    title = str(read_package(PACKAGE).manifest["title"])
    full = new_form(page, site, f"Voll {width} {script}", title)
    seen: set[str] = set()
    for link in page.locator("#gliederung a").evaluate_all(
        "links => links.map("
        "one => [one.querySelector('.builder-node__word').textContent, one.href])"
    ):
        word = link[0].split(" ·")[0].strip()
        if word not in seen:
            seen.add(word)
            page.goto(link[1])
            expect(page.locator("#eigenschaften")).to_contain_text(word)
            inspect(page, width, script)
    assert {"Seite", "Abschnitt", "Wiederholgruppe", "Berechnung", "Eine von wenigen"} <= seen
    for path in ("tabelle", "befunde", "probelaeufe?lauf=1", "probelauf"):
        page.goto(full + path)
        inspect(page, width, script)
    page.goto(full)
    page.get_by_role("link", name=re.compile("Sachkostenpauschale")).first.click()
    page.get_by_role("link", name=re.compile("Bedingung bearbeiten")).click()
    inspect(page, width, script)
    context.close()
