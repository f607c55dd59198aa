"""One journey with the keyboard alone: a form is built, published, filled in and submitted."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Site
from tests.support.chromium import Watch, open_page
from tests.support.installation import PASSWORD
from tests.support.keyboard import Keyboard

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

TITLE = "Ohne Maus"
KEY = "ohne_maus"
RULE = '[id="r-0.{}"]'
# Word of the type, label, key.
FIELDS = (
    ("Kurzer Text", "Einrichtung", "einrichtung"),
    ("Langer Text", "Bericht", "bericht"),
    ("Ganze Zahl", "Kinder", "kinder"),
    ("Geldbetrag", "Zuschuss", "zuschuss"),
    ("Datum", "Beginn", "beginn"),
    ("Zeitraum", "Laufzeit", "laufzeit"),
    ("Ja oder Nein", "Anerkannt", "anerkannt"),
    ("Eine von wenigen", "Anlass", "anlass"),
    ("Eine aus einer Liste", "Rechtsform", "rechtsform"),
    ("Mehrere ankreuzen", "Themen", "themen"),
    ("Skala", "Zufriedenheit", "zufriedenheit"),
    ("Erklärung zum Ankreuzen", "Richtigkeit", "richtigkeit"),
)


def sign_in(keyboard: Keyboard, site: Site, email: str) -> None:
    page = keyboard.page
    page.goto(f"{site.base_url}/anmelden")
    keyboard.write("#username", email)
    keyboard.write("#password", PASSWORD)
    keyboard.press("Enter")
    page.wait_for_url("**/start")


def test_a_form_is_built_published_and_filled_in_without_a_mouse(
    site: Site, browser: Browser, watch: Watch
) -> None:
    context, page = open_page(browser, watch)
    keyboard = Keyboard(page)
    sign_in(keyboard, site, site.administrator.email)
    begin(keyboard, site)
    add_fields(keyboard)
    set_properties(keyboard)
    write_rule(keyboard)
    move_and_undo(keyboard)
    address = ask_for_release(keyboard)
    context.close()

    context, page = open_page(browser, watch)
    keyboard = Keyboard(page)
    colleague = site.installation.person(tenant=site.tenant, role="tenant_admin")
    sign_in(keyboard, site, colleague.email)
    release(keyboard, address)
    context.close()

    context, page = open_page(browser, watch)
    keyboard = Keyboard(page)
    sign_in(keyboard, site, site.provider.email)
    fill_in(keyboard, site)
    submit(keyboard)
    context.close()


# ---------------------------------------------------------------- building


def begin(keyboard: Keyboard, site: Site) -> None:
    keyboard.follow(f'main a[href*="/{site.tenant.slug}"]', f"**/{site.tenant.slug}/**")
    keyboard.follow('nav a[href$="/baukasten/"]', "**/baukasten/")
    keyboard.follow('main a[href$="/baukasten/neu"]', "**/baukasten/neu")
    keyboard.write("#title", TITLE)
    keyboard.choose("#data_class", "K3 – personenbezogen")
    keyboard.follow("main .siegel-actions button", "**/baukasten/*-*/")


def add(keyboard: Keyboard, word: str, label: str) -> None:
    """Choose what, name it, and press Enter; the focus is ready for the next."""
    keyboard.choose("#neu-art", word)
    keyboard.write("#neu-name", label)
    keyboard.press("Enter")
    expect(chosen(keyboard.page)).to_have_text(label)
    expect(keyboard.page.locator("#neu-name")).to_be_focused()
    keyboard.look()


def chosen(page: Page) -> Locator:
    return page.locator("#eigenschaften .builder-panel__what strong")


def add_fields(keyboard: Keyboard) -> None:
    for word, label, _key in FIELDS:
        add(keyboard, word, label)
    add(keyboard, "Abschnitt", "Fachkräfte")
    add(keyboard, "Wiederholgruppe", "Stellen")
    keyboard.choose("#neu-ort", "in „Stellen“")
    add(keyboard, "Kurzer Text", "Aufgabe")
    add(keyboard, "Seite", "Schluss")
    add(keyboard, "Kurzer Text", "Bemerkung")


def select_element(keyboard: Keyboard, label: str) -> None:
    """Go to an element in the outline, and choose it."""
    page = keyboard.page
    link = page.locator("#gliederung a").filter(
        has=page.locator(".builder-node__label", has_text=re.compile(f"^{label}$"))
    )
    branch = link.locator("xpath=ancestor::ul[@hidden]")
    while branch.count():  # a branch that is closed is opened by its button
        keyboard.push(f'[aria-controls="{branch.last.get_attribute("id")}"]')
    keyboard.push(f"#{link.get_attribute('id')}")
    expect(chosen(page)).to_have_text(label)
    keyboard.look()


def set_properties(keyboard: Keyboard) -> None:
    page = keyboard.page
    select_element(keyboard, "Einrichtung")
    keyboard.pick("#e-required-nein", "#e-required-true")
    expect(page.locator("#gliederung")).to_contain_text("Kurzer Text · Pflicht")
    assert keyboard.has_focus("#e-required-true"), "the focus stays where somebody works"
    keyboard.write("#e-help", "Wie im Bescheid")
    keyboard.press("Tab")
    expect(page.locator("#vorschau .siegel-hint").first).to_have_text("Wie im Bescheid")
    assert keyboard.page.evaluate("document.activeElement.closest('#eigenschaften') !== null")
    keyboard.look()


def write_rule(keyboard: Keyboard) -> None:
    page = keyboard.page
    select_element(keyboard, "Bericht")
    keyboard.follow("#e-visible", "**/bedingung**")
    # The rows follow when the list is left, not with each press of an arrow.
    keyboard.choose(RULE.format("operand"), "Kinder")
    keyboard.press("Tab")
    expect(page.locator(RULE.format("operator"))).to_be_focused()
    keyboard.choose(RULE.format("operator"), "größer als")
    keyboard.press("Tab")
    expect(page.locator(RULE.format("value"))).to_be_focused()
    keyboard.write(RULE.format("value"), "3")
    keyboard.follow('main .siegel-actions button[value="save"]', "**/baukasten/*-*/**")
    expect(page.locator("#eigenschaften")).to_contain_text("wenn „Kinder“ größer als 3")


def move_and_undo(keyboard: Keyboard) -> None:
    page = keyboard.page
    labels = page.locator("#gliederung .builder-node--fields .builder-node__label")
    select_element(keyboard, "Kinder")
    keyboard.push("#nach-oben")
    expect(labels.nth(1)).to_have_text("Kinder")
    assert keyboard.has_focus("#nach-oben")
    keyboard.look()
    keyboard.push("#nach-unten")
    expect(labels.nth(1)).to_have_text("Bericht")
    keyboard.push("#rueckgaengig")
    expect(labels.nth(1)).to_have_text("Kinder")
    keyboard.look()
    keyboard.push("#wiederholen")
    expect(labels.nth(1)).to_have_text("Bericht")
    keyboard.push("#rueckgaengig")
    expect(labels.nth(1)).to_have_text("Kinder")


def ask_for_release(keyboard: Keyboard) -> str:
    keyboard.follow('.siegel-tabs a[href$="/veroeffentlichen"]', "**/veroeffentlichen")
    keyboard.follow("main .siegel-actions button", "**/freigabe/*")
    return keyboard.page.url


def release(keyboard: Keyboard, address: str) -> None:
    keyboard.page.goto(address)
    keyboard.push('main .siegel-actions button[value="approve"]')
    expect(keyboard.page.locator("main")).to_contain_text("1.0.0")
    expect(keyboard.page.locator('main button[value="approve"]')).to_have_count(0)


# ---------------------------------------------------------------- filling in


def fill_in(keyboard: Keyboard, site: Site) -> None:
    page = keyboard.page
    keyboard.follow(f'main a[href*="/{site.tenant.slug}"]', f"**/{site.tenant.slug}/**")
    keyboard.follow('nav a[href$="/vordrucke/"]', "**/vordrucke/")
    keyboard.follow(f'main a[href$="/vordrucke/{KEY}"]', f"**/vordrucke/{KEY}")
    keyboard.follow("main .siegel-actions button", "**/seite/*")
    # Enter in a field goes on; what is missing is said, and the focus is there.
    keyboard.write("#f-kinder", "4")
    keyboard.press("Enter")
    summary = page.locator("#fehler")
    expect(summary).to_be_focused()
    keyboard.push('#fehler a[href="#f-einrichtung"]')
    expect(page.locator("#f-einrichtung")).to_be_focused()
    keyboard.look()
    keyboard.write("#f-einrichtung", "Haus Morgenlicht")
    answer(keyboard)
    rows(keyboard)
    keyboard.follow('main .siegel-actions button[value="next"]', "**/seite/*schluss*")
    keyboard.write("#f-bemerkung", "Keine")
    keyboard.follow('main .siegel-actions button[value="next"]', "**/pruefen")


def answer(keyboard: Keyboard) -> None:
    page = keyboard.page
    expect(page.locator("#f-bericht")).to_be_visible()
    keyboard.write("#f-bericht", "Zwei Kurse.")
    keyboard.write("#f-zuschuss", "48.500,00")
    keyboard.write("#f-beginn", "01.03.2026")
    keyboard.write('[name="laufzeit.von"]', "01.03.2026")
    keyboard.write('[name="laufzeit.bis"]', "31.12.2026")
    for name in ("anerkannt", "anlass", "zufriedenheit"):
        radios = f'[name="{name}"]'
        ids = page.locator(radios).evaluate_all("all => all.map(one => one.id)")
        keyboard.pick(radios, f"#{ids[1]}")
    keyboard.choose("#f-rechtsform", "Möglichkeit 2")
    for name in ("themen", "richtigkeit"):
        box = page.locator(f'input[name="{name}"]').last
        keyboard.tick(f"#{box.get_attribute('id')}")


def rows(keyboard: Keyboard) -> None:
    page = keyboard.page
    heads = page.locator("#f-stellen [data-row] [id$='-titel']")
    for number in (1, 2):
        keyboard.push("#f-stellen-neu")
        expect(heads).to_have_count(number)
        expect(heads.nth(number - 1)).to_be_focused()
        keyboard.write(f'[name="stellen[{number - 1}].aufgabe"]', f"Aufgabe {number}")
    keyboard.push('[name="stellen[1].__up"]')
    expect(page.locator('[name="stellen[0].aufgabe"]')).to_have_value("Aufgabe 2")
    expect(heads.nth(0)).to_be_focused()
    keyboard.push('[name="stellen[1].__remove"]')
    expect(heads).to_have_count(1)
    expect(heads.nth(0)).to_be_focused()


def submit(keyboard: Keyboard) -> None:
    page = keyboard.page
    expect(page.locator("main")).to_contain_text("Aufgabe 2")
    keyboard.follow("main .siegel-actions button", "**/eingang")
    expect(page.locator("[data-nummer]")).to_have_text(re.compile(r"E-\d{4}-\d{5}"))
