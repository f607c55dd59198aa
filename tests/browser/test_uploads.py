"""Uploading files in a real Chromium, with JavaScript and without, at both widths."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Site
from tests.browser.test_journey import inspect
from tests.support.chromium import Person, Watch, open_page
from tests.support.form_documents import field, form, page, row_field, section
from tests.support.installation import PASSWORD
from tests.support.upload_files import EXE, PDF, PNG

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

FORM = form(
    page(
        "nachweise",
        section(
            "a",
            field("text", "name", label="Name der Einrichtung"),
            field("file", "belege", label="Nachweise über die Ausgaben", kinds=["pdf", "png"],
                  maximum=3, help="Rechnungen und Quittungen, möglichst zusammengefasst."),
            field("yes_no", "posten", label="Gibt es einzelne Posten?"),
            field("repeat", "kosten", label="Kosten", display="cards", item_label="Posten",
                  fields=[row_field("kosten", "file", "beleg", label="Beleg")]),
        ),
    ),
    key="nachweise",
)  # fmt: skip


@pytest.fixture(scope="module")
def published(site: Site) -> Site:
    site.installation.publish(site.tenant, FORM)
    return site


def choose(window: Page, *files: tuple[str, bytes], field_id: str = "f-belege") -> None:
    """Choose files; with a script they are sent at once."""
    window.locator(f"#{field_id} input[type=file]").set_input_files(
        [
            {"name": name, "mimeType": "application/octet-stream", "buffer": content}
            for name, content in files
        ]
    )


@pytest.mark.parametrize(("width", "script"), [(1280, True), (360, True), (1280, False)])
def test_files_are_uploaded_refused_and_taken_away(
    published: Site, browser: Browser, watch: Watch, *, width: int, script: bool
) -> None:
    _context, window = open_page(browser, watch, width=width, script=script)
    person = Person(window, published.base_url, script=script)
    person.sign_in(published.provider.email, PASSWORD)
    person.begin(published.tenant.slug, "nachweise")
    window.get_by_label("Name der Einrichtung").fill("Haus Morgentau")
    files = window.locator("#f-belege")
    inspect(window, width, script)

    def upload() -> None:
        if not script:
            files.get_by_role("button", name="Hochladen").click()

    choose(window, ("Rechnung Mai.pdf", PDF), ("Quittung.png", PNG))
    upload()
    expect(files.get_by_role("listitem")).to_have_count(2)
    expect(window.get_by_label("Name der Einrichtung")).to_have_value("Haus Morgentau")
    choose(window, ("programm.pdf", EXE))
    upload()
    expect(files).to_contain_text("wird nicht angenommen")
    expect(files.get_by_role("listitem")).to_have_count(2)
    inspect(window, width, script)
    if script:
        # A refresh sends no file and takes no chosen one away.
        window.get_by_role("radio", name="Ja").check()
        person.refresh()
        expect(files.get_by_role("listitem")).to_have_count(2)
        expect(files).to_contain_text("wird nicht angenommen")
        assert window.evaluate("document.activeElement.id") != ""
    files.locator("li", has_text="Quittung.png").get_by_role("button").click()
    expect(window.locator("#f-belege li")).to_have_count(1)
    window.locator("main").get_by_role("button", name="Posten hinzufügen").click()
    expect(window.locator("#f-kosten-0-beleg")).to_be_visible()
    choose(window, ("Beleg.pdf", PDF), field_id="f-kosten-0-beleg")
    if not script:
        window.locator("#f-kosten-0-beleg").get_by_role("button", name="Hochladen").click()
    expect(window.locator("#f-kosten-0-beleg li")).to_have_count(1)
    window.locator("main").get_by_role("button", name="Speichern und weiter").last.click()
    expect(window.get_by_role("heading", name="Prüfen und absenden")).to_be_visible()
    expect(window.locator("main")).to_contain_text("Rechnung Mai.pdf")
    inspect(window, width, script)
