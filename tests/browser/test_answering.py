"""A questionnaire in a browser: accessible, narrow, by keyboard alone, from right to left."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update
from sqlalchemy.orm import Session

from forms.building.drafting import open_draft
from forms.packages import read_package
from forms.surveys.evaluating import make_result
from forms.surveys.inviting import issue_codes
from forms.surveys.models import SurveyWave
from forms.surveys.paper import capture_sheet
from forms.surveys.retention import months_later
from forms.surveys.waves import (
    WavePlan,
    add_group,
    add_wave,
    complete_wave,
    create_survey,
    find_wave,
    today,
)
from tenants.context import Scope
from tests.browser.conftest import Site
from tests.support.chromium import Person, Watch, open_page, violations
from tests.support.installation import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
PACKAGE = "elternfragebogen-kindertagespflege"
NARROW = {"width": 320, "height": 640}


@pytest.fixture(scope="module")
def survey(site: Site) -> dict[str, str]:
    """Return a survey with a wave that is open and two that are completed."""
    version = site.installation.publish(site.tenant, read_package(PACKAGE).form_document)

    def write(session: Session) -> dict[str, str]:
        made = create_survey(session, version, title="Elternbefragung", contact="Kim Muster")
        waves = [
            add_wave(
                session, made, version,
                WavePlan(title=title, access="invitation", opens_on=months_later(today(), -1),
                         closes_on=months_later(today(), 1)),
            )
            for title in ("Herbst 2024", "Herbst 2025", "Herbst 2026")
        ]  # fmt: skip
        for place, wave in enumerate(waves):
            group = add_group(session, wave, "Haus Ahorn")
            issue_codes(session, wave, group, 60, threshold=5)
            if place == 2:
                continue
            for number in range(40):
                said = {
                    "stadtteil": ("mitte", "wanne", "eickel")[number % 3],
                    "betreuungsform": ("haushalt_ktpp", "grosstagespflege")[number % 2],
                    "raeume": (number + place) % 4 + 1, "vertretung": number % 3 + 1,
                    "eingewoehnung": 1 if number % 20 else 6,
                }  # fmt: skip
                capture_sheet(session, wave, group if number % 3 else None, said, is_evaluable=True)
            session.execute(
                update(SurveyWave)
                .where(SurveyWave.id == wave.id)
                .values(opens_on=months_later(today(), -2), closes_on=months_later(today(), -1))
            )
            session.expire(wave)
            complete_wave(session, find_wave(session, wave.id), today())
            make_result(session, wave, today(), 5)
        open_draft(session, version.form_id)
        return {
            "form": version.form_id, "survey": made.id, "first": waves[0].id,
            "open": waves[2].id, "group": group.id,
            "code": issue_codes(session, waves[2], group, 5, threshold=5)[0],
        }  # fmt: skip

    return site.installation.in_scope(Scope(tenant_id=site.tenant.id), write)


def narrow_enough(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_a_parent_answers_with_the_keyboard_alone_on_a_narrow_screen(
    site: Site, survey: dict[str, str], browser: Browser, watch: Watch
) -> None:
    context, page = open_page(browser, watch)
    page.set_viewport_size(NARROW)
    page.goto(site.url(f"/befragung/einladung/{survey['code']}"))
    assert survey["code"] not in page.url
    assert violations(page) == []
    assert narrow_enough(page)
    press_until(page, "Fragebogen beginnen")
    page.keyboard.press("Enter")
    for heading in ("Die Betreuung Ihres Kindes", "Ihre Erfahrungen", "Zum Schluss"):
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        assert violations(page) == []
        assert narrow_enough(page)
        while not page.evaluate("document.activeElement.type === 'radio'"):
            page.keyboard.press("Tab")
        page.keyboard.press("Space")
        press_until(page, "Weiter")
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Prüfen und absenden")
    assert violations(page) == []
    press_until(page, "Absenden")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Vielen Dank")
    assert violations(page) == []
    page.goto(site.url(f"/befragung/einladung/{survey['code']}"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Vielen Dank")
    context.close()


def press_until(page: Page, name: str) -> None:
    """Move the focus with the tabulator until it is on the control ``name``."""
    for _press in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText.trim()") == name:
            return
    raise AssertionError(name)


@pytest.mark.parametrize("language", ["العربية", "Leichte Sprache"])
def test_every_language_is_accessible(
    site: Site, survey: dict[str, str], browser: Browser, watch: Watch, language: str
) -> None:
    """400 percent on a screen of 1280 dots are 320."""
    context, page = open_page(browser, watch)
    page.set_viewport_size(NARROW)
    code = new_code(site, survey)
    page.goto(site.url(f"/befragung/einladung/{code}"))
    page.get_by_role("link", name=language).click()
    assert violations(page) == []
    assert narrow_enough(page)
    page.locator(".siegel-actions button").first.click()
    expect(page.get_by_role("button", name=language)).to_have_attribute("aria-current", "true")
    assert violations(page) == []
    assert narrow_enough(page)
    context.close()


def new_code(site: Site, survey: dict[str, str]) -> str:
    return site.installation.in_scope(
        Scope(tenant_id=site.tenant.id),
        lambda session: issue_codes(
            session, find_wave(session, survey["open"], lock=True), None, 1, threshold=5
        )[0],
    )


def test_what_is_typed_is_saved_while_typing(
    site: Site, survey: dict[str, str], browser: Browser, watch: Watch
) -> None:
    context, page = open_page(browser, watch)
    page.goto(site.url(f"/befragung/einladung/{new_code(site, survey)}"))
    page.get_by_role("button", name="Fragebogen beginnen").click()
    page.get_by_label("Herne-Mitte").check()
    expect(page.get_by_text("Gespeichert.")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Herne-Mitte")).to_be_checked()
    context.close()


def test_the_pages_of_the_office_are_accessible(
    site: Site, survey: dict[str, str], browser: Browser, watch: Watch
) -> None:
    context, page = open_page(browser, watch)
    Person(page, site.base_url).sign_in(site.clerk.email, PASSWORD)
    paths = (
        "/befragungen/", "/befragungen/neu", f"/befragungen/{survey['survey']}",
        f"/befragungen/welle/{survey['open']}", f"/befragungen/welle/{survey['first']}",
        f"/befragungen/welle/{survey['open']}/papier",
        f"/befragungen/welle/{survey['first']}/auswertung",
        f"/befragungen/{survey['survey']}/vergleich",
        f"/befragungen/welle/{survey['open']}/gruppe/{survey['group']}",
    )  # fmt: skip
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        for path in paths:
            page.goto(site.url(path))
            assert violations(page) == [], (width, path)
            assert narrow_enough(page), (width, path)
    context.close()


@pytest.mark.parametrize("width", [1280, 360])
def test_the_page_of_translations_is_accessible(
    site: Site, survey: dict[str, str], browser: Browser, watch: Watch, width: int
) -> None:
    context, page = open_page(browser, watch)
    page.set_viewport_size({"width": width, "height": 900})
    Person(page, site.base_url).sign_in(site.administrator.email, PASSWORD)
    page.goto(site.url(f"/baukasten/{survey['form']}/uebersetzungen?sprache=ar"))
    expect(page.get_by_text("Alle Texte sind übersetzt.")).to_be_visible()
    assert violations(page) == []
    assert narrow_enough(page)
    context.close()


def test_sheets_are_typed_in_with_digits(
    site: Site, survey: dict[str, str], browser: Browser, watch: Watch
) -> None:
    context, page = open_page(browser, watch)
    Person(page, site.base_url).sign_in(site.clerk.email, PASSWORD)
    page.goto(site.url(f"/befragungen/welle/{survey['open']}/papier"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Bogen 1")
    for digit in "2103123412345":
        page.keyboard.press(digit)
    expect(page.get_by_label("In anderen Räumen")).to_be_checked()
    recommend = page.get_by_role("radiogroup", name="Wie wahrscheinlich")
    expect(recommend.get_by_label("4", exact=True)).to_be_checked()
    page.get_by_role("button", name="Speichern und nächster Bogen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Bogen 2")
    context.close()
