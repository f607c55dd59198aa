"""A Träger chooses an entry of a long list by keyboard alone, and on a phone without a script."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from forms.expressions.nodes import Json
from forms.fields.register_columns import RegisterColumn
from forms.registers.keeping import RegisterShape, create_register
from forms.registers.table_file import read_table_file
from forms.registers.transfer import take_in_table
from tenants.context import Scope
from tests.browser.conftest import Site
from tests.support.chromium import Person, Watch, open_page, violations
from tests.support.form_documents import field, form, page, section
from tests.support.installation import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

TABLE = "Name;Ort;Plätze\n" + "\n".join(
    f"Tageseinrichtung {name} {number};{place};{20 + number}"
    for name, place in (("Ahorn", "Hilden"), ("Birke", "Haan"))
    for number in range(1, 41)
)


@pytest.fixture(scope="module")
def path(site: Site) -> Iterator[str]:
    """Publish a form with a long list, a short one and people; return its path."""
    shape = RegisterShape(
        title="Häuser",
        columns=(
            RegisterColumn("ort", "Ort", "text"),
            RegisterColumn("plaetze", "Plätze", "integer"),
        ),
    )

    def keep(session: Session) -> None:
        register = create_register(session, "haeuser", shape)
        take_in_table(session, register, read_table_file(TABLE.encode()))

    takes: list[Json] = [column.document() for column in shape.columns]
    site.installation.in_scope(Scope(tenant_id=site.tenant.id), keep)
    document = form(
        page(
            "seite",
            section(
                "wahl",
                field("register", "haus", label="Einrichtung", register="haeuser", takes=takes,
                      required=True, help="Schreiben Sie einen Teil des Namens oder des Ortes."),
                field("organisation", "partner", label="Träger", own_organisation=True),
                field("person", "kraft", label="Zuständige Fachkraft", side="office",
                      roles=["fachkraft"]),
                field("calculated", "drittel", label="Ein Drittel der Plätze", result="decimal",
                      places=1, value="haus.plaetze / 3"),
            ),
        ),
        key="auswahl",
    )  # fmt: skip
    site.installation.publish(site.tenant, document)
    yield "/vordrucke/auswahl"


def check(page: Page, name: str) -> None:
    """Fail unless the page is accessible and fits at both widths."""
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        assert violations(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    page.set_viewport_size({"width": 1280, "height": 900})


def begin(page: Page, site: Site, path: str) -> None:
    Person(page, site.base_url).sign_in(site.provider.email, PASSWORD)
    page.goto(site.url(path))
    page.get_by_role("button", name="beginnen").first.click()


def test_an_entry_is_found_and_chosen_by_keyboard(
    site: Site, path: str, browser: Browser, watch: Watch
) -> None:
    context, page = open_page(browser, watch)
    begin(page, site, path)
    box = page.get_by_role("combobox", name="Einrichtung")
    expect(box).to_have_attribute("aria-expanded", "false")
    check(page, "leer")
    box.focus()
    page.keyboard.type("birke haan")
    options = page.locator("#auswahl-liste [role=option]")
    expect(options).to_have_count(20)
    expect(box).to_have_attribute("aria-expanded", "true")
    expect(page.locator("[data-live]")).to_contain_text("40 passende Einträge")
    check(page, "offen")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    active = page.locator('#auswahl-liste [aria-selected="true"]')
    expect(active).to_contain_text("Birke 10")
    assert box.get_attribute("aria-activedescendant") == active.get_attribute("id")
    expect(box).to_be_focused()
    check(page, "gewaehlt")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(active).not_to_contain_text("Birke 10")
    page.keyboard.press("Escape")
    expect(box).to_have_attribute("aria-expanded", "false")
    expect(box).to_have_value("birke haan")
    page.keyboard.press("ArrowDown")
    expect(box).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(box).to_have_value("Tageseinrichtung Birke 1")
    expect(box).to_be_focused()
    expect(page.get_by_text("Ort: Haan · Plätze: 21")).to_be_visible()
    expect(page.get_by_text("7,0")).to_be_visible()
    expect(page.get_by_role("combobox", name="Einrichtung")).to_have_attribute(
        "aria-expanded", "false"
    )
    check(page, "fertig")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Träger")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Control+a")
    page.keyboard.type("xyz")
    expect(page.get_by_text("Kein Eintrag passt dazu.").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#fehler")).to_contain_text("nicht zur Auswahl")
    expect(page.locator("#fehler")).to_be_focused()
    check(page, "fehler")
    box.fill("Tageseinrichtung Ahorn 7")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Prüfen")).to_be_visible()
    expect(page.get_by_text("Tageseinrichtung Ahorn 7")).to_be_visible()
    context.close()


def test_without_a_script_what_fits_is_offered_below(
    site: Site, path: str, browser: Browser, new_page: Callable[[], Page]
) -> None:
    page = new_page()
    begin(page, site, path)
    assert page.get_by_role("combobox", name="Einrichtung").count() == 0
    page.get_by_label("Einrichtung").fill("ahorn")
    page.get_by_role("button", name="Suchen").click()
    expect(page.get_by_role("radio")).to_have_count(21)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_role("radio", name="Ahorn 11").check()
    page.get_by_role("button", name="Zwischenspeichern").click()
    expect(page.get_by_label("Einrichtung")).to_have_value("Tageseinrichtung Ahorn 11")


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[[], Page]]:
    """Return a phone whose browser runs no script."""
    context = browser.new_context(
        viewport={"width": 360, "height": 800}, java_script_enabled=False, locale="de-DE"
    )
    yield context.new_page
    context.close()
