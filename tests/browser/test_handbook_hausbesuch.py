"""Does exactly what docs/handbuch/vordruck-bauen.md says, in its order and by its words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.building.models import FormDraft, FormTrial
from forms.definition import parse_definition
from forms.models import Form
from tenants.context import Scope
from tests.browser.conftest import Site
from tests.support.chromium import Person, Watch, open_page, violations
from tests.support.installation import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
HANDBOOK = Path(__file__).resolve().parents[2] / "docs" / "handbuch" / "vordruck-bauen.md"


class Reader:
    """A person who does what the handbook says; every word used must stand in it."""

    def __init__(self, page: Page, site: Site) -> None:
        self.page = page
        self.site = site
        self.text = HANDBOOK.read_text(encoding="utf-8")

    def said(self, *words: str) -> None:
        """Fail unless the handbook says each of ``words``."""
        missing = [word for word in words if word not in self.text]
        assert missing == []

    def settled(self) -> None:
        """Wait as a person does: until the page says that it is saved."""
        expect(self.page.locator("#speicherstand")).to_contain_text("Gespeichert")

    def add(self, kind: str, label: str, where: str = "") -> None:
        """„Hinzufügen“: choose what, name it, press the button."""
        self.said(f"`{kind}`" if f"`{kind}`" in self.text else f"| {kind} |", f"`{label}`")
        self.page.get_by_label("Was?").select_option(label=kind)
        if where:
            self.said(f"`{where}`")
            self.page.get_by_label("Wohin?").select_option(label=where)
        self.page.get_by_label("Beschriftung").first.fill(label)
        self.page.get_by_role("button", name="Hinzufügen", exact=True).click()
        expect(self.page.locator("#eigenschaften .builder-panel__what strong")).to_have_text(label)

    def choose(self, label: str) -> None:
        """Choose an element in the outline."""
        self.said(f"`{label}`")
        link = self.page.locator("#gliederung a").filter(
            has=self.page.locator(".builder-node__label", has_text=re.compile(f"^{label}$"))
        )
        link.click()
        expect(self.page.locator("#eigenschaften .builder-panel__what strong")).to_have_text(label)

    def enter(self, title: str, *labels: str) -> None:
        """Write entries into „Neu: …“, one in each line."""
        self.said(title, *(f"`{label}`" for label in labels))
        group = self.page.get_by_role("group", name=title, exact=True)
        group.get_by_label(f"Neu: {title}").fill("\n".join(labels))
        group.get_by_role("button", name="Einfügen").click()
        expect(group.get_by_role("textbox").nth(0)).to_be_visible()
        last = group.locator("li").last.get_by_role("textbox").first
        expect(last).to_have_value(labels[-1])

    def delete(self, title: str, label: str) -> None:
        """Delete an entry by its bin."""
        group = self.page.get_by_role("group", name=title, exact=True)
        group.get_by_role("button", name=f"{label}: Löschen", exact=True).click()
        expect(group.get_by_role("button", name=f"{label}: Löschen", exact=True)).to_have_count(0)

    def replace_options(self, *labels: str) -> None:
        """Put other choices in place of the two examples."""
        self.enter("Möglichkeiten", *labels)
        for example in ("Möglichkeit 1", "Möglichkeit 2"):
            self.delete("Möglichkeiten", example)

    def change(self, label: str, value: str) -> None:
        """Change a property and leave the control."""
        self.said(label, f"`{value}`")
        control = self.page.locator("#eigenschaften").get_by_label(label, exact=True)
        control.fill(value)
        with self.page.expect_response(lambda answer: "/aendern" in answer.url):
            control.blur()
        self.settled()


def test_the_handbook_builds_the_hausbesuchsprotokoll(
    site: Site, browser: Browser, watch: Watch
) -> None:
    context, page = open_page(browser, watch)
    Person(page, site.base_url).sign_in(site.administrator.email, PASSWORD)
    reader = Reader(page, site)
    page.goto(site.url("/uebersicht"))
    create(reader)
    first_page(reader)
    checklist(reader)
    defects(reader)
    assert violations(page) == []
    page.get_by_role("link", name="Befunde").click()
    expect(page.locator("main")).to_contain_text("Keine Befunde")
    try_out(reader)
    context.close()
    check_result(site)


def create(reader: Reader) -> None:
    page = reader.page
    page.get_by_role("navigation").get_by_role("link", name="Baukasten").click()
    page.get_by_role("link", name="Neuer Vordruck").first.click()
    reader.said("`Hausbesuchsprotokoll`", "`K3 – personenbezogen`", "`einem leeren Vordruck`")
    page.get_by_label("Titel").fill("Hausbesuchsprotokoll")
    page.get_by_label("Schutzklasse").select_option(label="K3 – personenbezogen")
    page.get_by_label("Beginnen mit").select_option(label="einem leeren Vordruck")
    page.get_by_role("button", name="Vordruck anlegen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hausbesuchsprotokoll")


def first_page(reader: Reader) -> None:
    page = reader.page
    for kind, label in (
        ("Kurzer Text", "Kindertagespflegeperson"),
        ("Eine von wenigen", "Anlass"),
        ("Ja oder Nein", "Angekündigt"),
        ("Datum", "Termin"),
        ("Ganze Zahl", "Anwesende Kinder"),
        ("Ganze Zahl", "Erlaubte Kinder"),
        ("Hinweistext", "Mehr Kinder als erlaubt"),
    ):
        reader.add(kind, label)
    reader.choose("Anlass")
    for example in ("Möglichkeit 1", "Möglichkeit 2"):
        reader.delete("Möglichkeiten", example)
    reader.enter("Möglichkeiten", "Erstprüfung", "Regelbesuch", "Beschwerde", "Verlängerung")
    reader.choose("Kindertagespflegeperson")
    with page.expect_response(lambda answer: "/aendern" in answer.url):
        page.locator("#eigenschaften").get_by_label("Ja", exact=True).check()
    reader.change("Hilfetext", "Name, wie er in der Pflegeerlaubnis steht.")
    reader.choose("Mehr Kinder als erlaubt")
    reader.change("Text", "Bitte melden Sie das der Aufsicht.")
    page.get_by_role("link", name="Bedingung bearbeiten").click()
    page.get_by_label("Feld", exact=True).select_option(label="Anwesende Kinder")
    page.get_by_label("Vergleich").select_option(label="größer als")
    page.wait_for_load_state()
    page.get_by_label("oder ein anderes Feld").select_option(label="Erlaubte Kinder")
    page.get_by_role("button", name="Bedingung speichern").click()
    sentence = "wenn „Anwesende Kinder“ größer als „Erlaubte Kinder“"
    reader.said(sentence)
    expect(page.locator("#eigenschaften")).to_contain_text(sentence)


def checklist(reader: Reader) -> None:
    page = reader.page
    reader.add("Seite", "Checkliste")
    reader.add("Matrix", "Räume und Sicherheit")
    reader.enter(
        "Zeilen", "Rückzug und Schlafen", "Spiel und Anregung", "Hygiene", "Unfallverhütung"
    )
    reader.delete("Zeilen", "Zeile 1")
    column = page.get_by_role("group", name="Spalten", exact=True).get_by_label("Spalte 1")
    column.first.fill("Bewertung")
    with page.expect_response(lambda answer: "/aendern" in answer.url):
        column.first.blur()
    reader.enter("Auswahl je Zelle", "teilweise", "nicht geprüft")


def defects(reader: Reader) -> None:
    page = reader.page
    reader.add("Seite", "Mängel und Ergebnis")
    reader.add("Wiederholgruppe", "Mängel")
    reader.change("So heißt ein Eintrag", "Mangel")
    reader.add("Kurzer Text", "Beschreibung", "in „Mängel“")
    reader.add("Eine von wenigen", "Schwere")
    reader.replace_options("gering", "hoch")
    reader.add("Datum", "Frist")
    page.get_by_role("link", name="Prüfregel hinzufügen").click()
    page.get_by_role("button", name="Als Ausdruck bearbeiten").click()
    rule = "zeile.schwere != 'hoch' or tage(termin, zeile.frist) <= 14"
    message = "Bei hoher Schwere endet die Frist spätestens nach 14 Tagen."
    reader.said(rule, message)
    page.get_by_label("Ausdruck").fill(rule)
    page.get_by_label("Meldung, wenn das nicht zutrifft").fill(message)
    page.get_by_role("button", name="Bedingung speichern").click()
    reader.choose("Mängel")
    reader.add("Mehrere ankreuzen", "Gesprächsthemen", "nach „Mängel“")
    reader.replace_options("Schlafen", "Ernährung", "Zusammenarbeit mit Eltern")
    reader.add("Eine von wenigen", "Ergebnis")
    reader.replace_options("ohne Beanstandung", "mit Auflagen", "weitere Prüfung", "sofort handeln")
    reader.add("Langer Text", "Stellungnahme der Kindertagespflegeperson")


def try_out(reader: Reader) -> None:
    page = reader.page
    page.get_by_role("link", name="Probeläufe").click()
    page.get_by_role("link", name="Neuer Probelauf").first.click()
    reader.said("`Ada Beispiel`", "`6`", "`5`", "`Zu viele Kinder`")
    page.get_by_label("Kindertagespflegeperson", exact=True).fill("Ada Beispiel")
    page.get_by_label(re.compile("^Anwesende Kinder")).fill("6")
    page.get_by_label(re.compile("^Erlaubte Kinder")).fill("5")
    page.locator("main").get_by_role("button", name="Berechnen", exact=True).last.click()
    expect(page.locator("main")).to_contain_text("Bitte melden Sie das der Aufsicht.")
    page.get_by_label("Name des Probelaufs").fill("Zu viele Kinder")
    page.get_by_role("button", name="Mit diesem Ergebnis speichern").click()
    page.get_by_role("link", name="Alle Probeläufe ausführen").click()
    expect(page.locator("main")).to_contain_text("1 von 1 bestanden")


def check_result(site: Site) -> None:
    """The draft is a usable form with what C.22 asks for."""

    def read(session: Session) -> tuple[FormDraft, FormTrial]:
        form = session.scalars(select(Form).where(Form.key == "hausbesuchsprotokoll")).one()
        draft = session.scalars(select(FormDraft).where(FormDraft.form_id == form.id)).one()
        assert draft.document
        trial = session.scalars(select(FormTrial).where(FormTrial.form_id == draft.form_id)).one()
        return draft, trial

    draft, trial = site.installation.in_scope(Scope(tenant_id=site.tenant.id), read)
    definition = parse_definition(draft.document)
    assert list(definition.fields) == [
        "kindertagespflegeperson", "anlass", "angekuendigt", "termin", "anwesende_kinder",
        "erlaubte_kinder", "mehr_kinder_als_erlaubt", "raeume_und_sicherheit", "maengel",
        "gespraechsthemen", "ergebnis", "stellungnahme_der_kindertagespflegeperson",
    ]  # fmt: skip
    assert [page.title for page in definition.pages] == [
        "Angaben", "Checkliste", "Mängel und Ergebnis",
    ]  # fmt: skip
    assert trial.answers["anwesende_kinder"] == 6
