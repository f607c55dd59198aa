"""Taking over, handing out and printing in a real Chromium: accessible in every state."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import PACKAGE, Site
from tests.browser.test_journey import inspect
from tests.support.chromium import Person, Watch, open_page
from tests.support.installation import PASSWORD
from tests.support.workbooks import xlsform

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

WORKBOOK = xlsform(
    [
        {"type": "begin_group", "name": "besuch", "label": "Hausbesuch"},
        {"type": "text", "name": "ort", "label": "Wo war der Besuch?"},
        {"type": "geopoint", "name": "standort", "label": "Standort"},
        {"type": "date", "name": "tag", "label": "Wann?", "constraint": "pulldata('x')"},
        {"type": "end_group"},
    ],
    settings={"form_title": "Hausbesuch aus Excel", "form_id": "hausbesuch"},
)


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_every_state_of_taking_over_and_handing_out(
    site: Site, browser: Browser, watch: Watch, width: int, script: bool, tmp_path: Path
) -> None:
    context, page = open_page(browser, watch, width=width, script=script)
    Person(page, site.base_url, script=script).sign_in(site.administrator.email, PASSWORD)
    page.goto(site.url("/baukasten/"))
    page.get_by_role("link", name="Aus Datei übernehmen").click()
    inspect(page, width, script)
    page.get_by_role("button", name="Übernehmen").click()
    expect(page.locator("#fehler")).to_contain_text("Wählen Sie eine Datei aus.")
    inspect(page, width, script)
    file = tmp_path / "hausbesuch.xlsx"
    file.write_bytes(WORKBOOK)
    page.get_by_label("Datei").set_input_files(file)
    page.get_by_role("button", name="Übernehmen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hausbesuch aus Excel")
    inspect(page, width, script)
    page.get_by_role("link", name="Entwurf ansehen").click()
    expect(page.locator("main")).to_contain_text("Wo war der Besuch?")
    page.goto(site.url("/baukasten/"))
    page.get_by_role("link", name=re.compile(r"Ausgeben ?: Hausbesuch")).first.click()
    inspect(page, width, script)
    page.goto(site.url(f"/vordrucke/{PACKAGE}"))
    page.get_by_role("button", name="Leeren Vordruck als PDF").click()
    expect(page.locator("#druck")).to_contain_text(re.compile("gerade hergestellt|ist fertig"))
    inspect(page, width, script)
    if script:
        # The page asks by itself how far it is.
        expect(page.get_by_role("link", name="PDF herunterladen")).to_be_visible(timeout=60_000)
        inspect(page, width, script)
    context.close()
