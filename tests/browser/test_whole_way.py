"""The whole way of a form: built, let out by two, filled with files, asked back, evaluated.

Pages that no other test opens are looked at in both widths.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update
from sqlalchemy.orm import Session

from forms.attachments.models import Attachment
from tenants.context import Scope
from tests.browser.conftest import Site
from tests.browser.test_journey import inspect
from tests.support.chromium import Person, Watch, open_page
from tests.support.installation import PASSWORD
from tests.support.installation import Person as Account
from tests.support.upload_files import PDF

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

TITLE = "Verwendung der Fortbildungsmittel"
KEY = "verwendung_der_fortbildungsmittel"
WIDTHS = (360, 1280)


@dataclass
class Seat:
    """Somebody at a window of their own."""

    page: Page
    site: Site

    def visit(self, path: str) -> None:
        self.page.goto(self.site.url(path))
        self.look()

    def look(self) -> None:
        """Check the page in both widths."""
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 900})
            inspect(self.page, width, True)

    def press(self, name: str | re.Pattern[str]) -> None:
        self.page.locator("main").get_by_role("button", name=name).first.click()

    def saved(self) -> None:
        expect(self.page.locator("#speicherstand")).to_contain_text("Gespeichert")


@pytest.fixture
def seats(site: Site, browser: Browser, watch: Watch) -> Iterator[dict[str, Seat]]:
    """Two who build, one who fills in, one who checks."""
    second = site.installation.person(tenant=site.tenant, role="tenant_admin")
    people: dict[str, Account] = {
        "builder": site.administrator,
        "second": second,
        "provider": site.provider,
        "clerk": site.clerk,
    }
    found = {}
    for name, account in people.items():
        _context, page = open_page(browser, watch)
        Person(page, site.base_url).sign_in(account.email, PASSWORD)
        found[name] = Seat(page, site)
    yield found
    for seat in found.values():
        seat.page.context.close()


def build(builder: Seat) -> None:
    page = builder.page
    builder.visit("/baukasten/neu")
    page.get_by_label("Titel").fill(TITLE)
    page.get_by_label("Schutzklasse").select_option("K2")
    page.get_by_label("Beginnen mit").select_option(label="einem leeren Vordruck")
    builder.press("Vordruck anlegen")
    page.wait_for_url("**/baukasten/*-*/")
    for kind, label in (
        ("Kurzer Text", "Name der Fortbildung"),
        ("Geldbetrag", "Kosten der Fortbildung"),
        ("Dateien hochladen", "Rechnungen"),
    ):
        page.get_by_label("Was?").select_option(label=kind)
        page.get_by_label("Beschriftung").first.fill(label)
        page.get_by_role("button", name="Hinzufügen", exact=True).click()
        expect(page.locator("#eigenschaften .builder-panel__what strong")).to_have_text(label)
        with page.expect_response(lambda answer: "/aendern" in answer.url):
            page.locator("#eigenschaften").get_by_label("Ja", exact=True).check()
        builder.saved()
        page.locator("#e-help").fill("Was hier einzutragen ist.")
        with page.expect_response(lambda answer: "/aendern" in answer.url):
            page.locator("#e-help").blur()
        builder.saved()
    builder.look()
    for tab in ("Tabelle", "Befunde", "Probeläufe"):
        page.get_by_role("link", name=tab, exact=True).click()
        builder.look()


def ask_to_publish(builder: Seat) -> None:
    builder.page.get_by_role("link", name="Veröffentlichen", exact=True).click()
    builder.look()
    builder.press("Freigabe beantragen")
    expect(builder.page.locator("main")).to_contain_text("Eine zweite Person gibt sie frei.")
    builder.look()


def publish(second: Seat, version: str) -> None:
    page = second.page
    page.goto(second.site.url("/uebersicht"))
    page.get_by_role("link", name="Ansehen und entscheiden").first.click()
    second.look()
    if version != "1.0.0":
        expect(page.locator("main")).to_contain_text("Neu: Feld „Bemerkung“")
    page.get_by_role("link", name="Ganzen Vordruck ansehen").click()
    expect(page.locator("main")).to_contain_text("Der Entwurf ist in Prüfung")
    second.look()
    page.get_by_role("link", name="Antrag ansehen").click()
    second.press("Freigeben und veröffentlichen")
    expect(page.get_by_role("status").first).to_contain_text(f"Fassung {version} ist veröffent")
    second.look()


def hand_in(provider: Seat, site: Site) -> str:
    """Fill the form in with a file, and return the number of the submission."""
    page = provider.page
    Person(page, site.base_url).begin(site.tenant.slug, KEY)
    page.get_by_label("Name der Fortbildung").fill("Systemische Beratung")
    page.locator('[name="kosten_der_fortbildung"]').fill("1.980,00")
    files = page.locator("#f-rechnungen")
    files.locator("input[type=file]").set_input_files(
        [{"name": "Rechnung.pdf", "mimeType": "application/pdf", "buffer": PDF}]
    )
    expect(files.get_by_role("listitem")).to_have_count(1)
    expect(files).to_contain_text("wird auf Schadsoftware geprüft")
    provider.look()
    mark(site, "infected")
    page.reload()
    expect(files).to_contain_text("Schadsoftware gefunden")
    expect(files.get_by_role("link")).to_have_count(0)
    provider.look()
    mark(site, "clean")
    page.reload()
    expect(files.get_by_role("link", name="Rechnung.pdf")).to_be_visible()
    provider.press("Speichern und weiter")
    page.wait_for_url("**/pruefen")
    provider.look()
    provider.press("Verbindlich absenden")
    page.wait_for_url("**/eingang")
    # No template belongs to the form: no document is promised.
    expect(page.locator("main")).not_to_contain_text("gesiegelt")
    provider.look()
    return page.locator("[data-nummer]").inner_text()


def mark(site: Site, state: str) -> None:
    """Give the verdict of the scanner, which does not run here."""

    def verdict(session: Session) -> None:
        session.execute(update(Attachment).values(state=state))

    site.installation.in_scope(
        Scope(site.tenant.id, site.organisation.id, site.provider.account_id), verdict
    )


def ask_back(clerk: Seat) -> None:
    page = clerk.page
    page.goto(clerk.site.url("/uebersicht"))
    page.locator("main").get_by_role("link", name=re.compile(f"^{TITLE}")).first.click()
    clerk.press("In Prüfung nehmen")
    page.get_by_role("link", name="Rückfrage stellen").click()
    clerk.press("Rückfrage stellen")
    expect(page.locator("#fehler li")).to_have_count(2)
    clerk.look()
    page.get_by_label("Kosten der Fortbildung").check()
    page.get_by_label("Worum geht es?").fill("Die Rechnung lautet auf 1.890,00 €. Was stimmt?")
    page.locator("#due_on").fill("31.03.2037")
    clerk.press("Rückfrage stellen")
    expect(page.locator("main")).to_contain_text("Gefragt wird nach: Kosten der Fortbildung")
    clerk.look()


def answer(provider: Seat) -> None:
    page = provider.page
    page.goto(provider.site.url("/uebersicht"))
    page.get_by_role("link", name=re.compile(f"Rückfrage: {TITLE}")).first.click()
    provider.press("Rückfrage beantworten")
    page.wait_for_url("**/seite/*")
    expect(page.locator('[name="name_der_fortbildung"]')).to_have_count(0)
    page.locator('[name="kosten_der_fortbildung"]').fill("1.890,00")
    provider.press("Speichern und weiter")
    page.wait_for_url("**/pruefen")
    provider.press("Verbindlich absenden")
    page.wait_for_url("**/einreichungen/*")


def compare_and_accept(clerk: Seat) -> None:
    page = clerk.page
    page.reload()
    page.get_by_role("link", name=re.compile("alt und neu vergleichen")).click()
    clerk.look()
    expect(page.locator(".siegel-comparison__old")).to_contain_text("1.980,00")
    expect(page.locator(".siegel-comparison__new")).to_contain_text("1.890,00")
    page.get_by_role("link", name="Zur Einreichung").click()
    for act in ("In Prüfung nehmen", "Fachlich geprüft", "Abnehmen"):
        clerk.press(act)
    expect(page.locator("main")).to_contain_text("Die Einreichung ist abgenommen.")


def take_away(clerk: Seat, number: str, tmp_path: Path) -> None:
    """See the submission in table and evaluation, and open every kind of export."""
    page = clerk.page
    clerk.visit(f"/einreichungen/vordruck/{KEY}/")
    expect(page.locator("main tbody")).to_contain_text("Systemische Beratung")
    contents = {}
    for name in ("XLSX), alle", "CSV, alle", "JSON, alle"):
        with page.expect_download() as download:
            page.get_by_role("link", name=name).click()
        target = tmp_path / download.value.suggested_filename
        download.value.save_as(target)
        contents[target.suffix] = target.read_bytes()
    [line] = csv.DictReader(io.StringIO(contents[".csv"].decode("utf-8-sig")), delimiter=";")
    assert (line["Vorgangsnummer"], line["Kosten der Fortbildung"]) == (number, "1890,00")
    sheet = openpyxl.load_workbook(io.BytesIO(contents[".xlsx"])).worksheets[0]
    assert [cell.value for cell in sheet["A"]] == ["Vorgangsnummer", number]
    [entry] = json.loads(contents[".json"])["submissions"]
    assert entry["answers"]["kosten_der_fortbildung"] == "1890.00"
    clerk.visit(f"/auswertungen/{KEY}")
    # One alone could be recognised: there is a submission, and no figure of it.
    expect(page.locator("main")).to_contain_text("Zu wenige Einreichungen")


def test_a_form_goes_its_whole_way(site: Site, seats: dict[str, Seat], tmp_path: Path) -> None:
    builder, second = seats["builder"], seats["second"]
    build(builder)
    ask_to_publish(builder)
    publish(second, "1.0.0")
    number = hand_in(seats["provider"], site)
    ask_back(seats["clerk"])
    answer(seats["provider"])
    compare_and_accept(seats["clerk"])
    take_away(seats["clerk"], number, tmp_path)

    builder.visit("/baukasten/")
    builder.page.get_by_role("link", name=TITLE, exact=True).click()
    builder.page.locator("#gliederung a", has_text="Rechnungen").click()
    chosen = builder.page.locator("#eigenschaften .builder-panel__what strong")
    expect(chosen).to_have_text("Rechnungen")
    builder.page.get_by_label("Was?").select_option(label="Langer Text")
    builder.page.get_by_label("Beschriftung").first.fill("Bemerkung")
    builder.page.get_by_role("button", name="Hinzufügen", exact=True).click()
    expect(chosen).to_have_text("Bemerkung")
    ask_to_publish(builder)
    publish(second, "1.1.0")
    second.page.get_by_role("button", name="Vergleichen").click()
    expect(second.page.locator("main")).to_contain_text("Neu: Feld „Bemerkung“")
    second.look()
