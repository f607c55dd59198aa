"""What a person has typed survives: a lost session, a second window, a pause, a keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import PACKAGE, Site
from tests.support.chromium import Person, Watch, open_page, violations
from tests.support.installation import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

OFFER = "Flexible Hilfen „Abendrot“ <b>"


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
def person(
    request: pytest.FixtureRequest, site: Site, browser: Browser, watch: Watch
) -> Iterator[Person]:
    """Somebody on the first page of a form just begun."""
    context, page = open_page(browser, watch, width=1280, script=request.param)
    somebody = Person(page, site.base_url, script=request.param)
    somebody.sign_in(site.provider.email, PASSWORD)
    somebody.begin(site.tenant.slug, PACKAGE)
    yield somebody
    context.close()


def sign_in_again(site: Site, page: Page) -> None:
    page.get_by_label("E-Mail-Adresse").fill(site.provider.email)
    page.get_by_label("Passwort").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Anmelden").click()


def lose_session(page: Page) -> None:
    page.context.clear_cookies()


def test_a_lost_session_carries_what_was_sent(site: Site, person: Person) -> None:
    page = person.page
    page.locator('[name="angebot"]').fill(OFFER)
    lose_session(page)
    page.get_by_role("button", name="Zwischenspeichern").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Anmelden")
    expect(page.locator("main")).to_contain_text("Ihre Sitzung ist abgelaufen")
    if person.script:
        assert violations(page) == []

    sign_in_again(site, page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Ihre Eingaben sind noch da")
    page.get_by_role("button", name="Eingaben senden und weitermachen").click()
    expect(page.locator('[name="angebot"]')).to_have_value(OFFER)
    expect(page.locator("main")).to_contain_text("Gespeichert")


@pytest.mark.parametrize("person", [True], indirect=True, ids=["script"])
def test_a_lost_session_keeps_what_was_not_sent(site: Site, person: Person) -> None:
    page = person.page
    address = page.url
    page.locator('[name="angebot"]').fill(OFFER)
    lose_session(page)
    page.locator("#seitentitel").focus()
    expect(page.locator("[data-autosave-status]")).to_contain_text("Sitzung ist abgelaufen")

    page.goto(address)
    sign_in_again(site, page)
    page.wait_for_url(address)
    expect(page.locator('[name="angebot"]')).to_have_value("")
    expect(page.locator("[data-restore] p")).to_contain_text("Es geht um „")
    expect(page.locator("[data-restore] p")).to_contain_text("ersetzt, was dort jetzt steht")
    assert violations(page) == []
    page.get_by_role("button", name="Eingaben wiederherstellen").click()
    expect(page.locator('[name="angebot"]')).to_have_value(OFFER)


def test_two_windows_end_in_a_choice(site: Site, person: Person) -> None:
    page = person.page
    other = page.context.new_page()
    other.goto(page.url)
    other.locator('[name="angebot"]').fill("Aus dem anderen Fenster")
    other.get_by_role("button", name="Zwischenspeichern").click()
    expect(other.locator("main")).to_contain_text("Gespeichert")

    page.locator('[name="angebot"]').fill(OFFER)
    page.get_by_role("button", name="Zwischenspeichern").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("inzwischen geändert")
    expect(page.locator("main")).to_contain_text(OFFER)
    expect(page.locator("main")).to_contain_text("Aus dem anderen Fenster")
    if person.script:
        assert violations(page) == []
    page.get_by_role("button", name="Auswahl übernehmen").click()
    expect(page.locator('[name="angebot"]')).to_have_value(OFFER)
    other.close()


@pytest.mark.parametrize("person", [True], indirect=True, ids=["script"])
def test_saving_happens_by_itself_and_is_said(person: Person) -> None:
    page = person.page
    page.clock.install()
    page.reload()
    page.locator('[name="angebot"]').fill(OFFER)
    page.clock.run_for(11_000)
    expect(page.locator("[data-autosave-status]")).to_contain_text(
        re.compile(r"Gespeichert: \d\d\.\d\d\.\d{4}, \d\d:\d\d Uhr")
    )
    page.reload()
    expect(page.locator('[name="angebot"]')).to_have_value(OFFER)


@pytest.mark.parametrize("person", [True], indirect=True, ids=["script"])
def test_going_on_waits_for_what_is_being_saved(person: Person) -> None:
    """The answer of the autosave is held back: its revision is not known when the button is hit."""
    page = person.page
    page.clock.install()
    page.reload()
    held: list[Route] = []
    page.route("**/sichern", lambda route: held.append(route))
    page.locator('[name="angebot"]').fill("Flex")
    with page.expect_request("**/sichern"):
        page.clock.run_for(11_000)
    page.locator('[name="angebot"]').fill(OFFER)
    answer = held[0].fetch()
    page.get_by_role("button", name="Zwischenspeichern").click()
    held[0].fulfill(response=answer)
    expect(page.locator("main")).to_contain_text("Gespeichert.")
    expect(page.get_by_role("heading", level=1)).not_to_contain_text("inzwischen geändert")
    expect(page.locator('[name="angebot"]')).to_have_value(OFFER)


@pytest.mark.parametrize("person", [True], indirect=True, ids=["script"])
def test_a_button_that_moves_under_the_hand_is_pressed(person: Person) -> None:
    """The page is calculated while the mouse button is down, and questions come or go."""
    page = person.page
    # Where nothing can be scrolled, no browser can keep the button in its place.
    page.set_viewport_size({"width": 1280, "height": 4000})
    held: list[Route] = []
    page.route("**/aktualisieren", lambda route: held.append(route))
    page.locator('[name="angebot"]').fill(OFFER)
    with page.expect_request("**/aktualisieren"):
        page.locator("#seitentitel").focus()
    button = page.get_by_role("button", name="Zwischenspeichern")
    box = button.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    answer = stopped(page, held).fetch()
    text = answer.text().replace("</h1>", "</h1>" + "<p>Eine weitere Frage</p>" * 20, 1)
    with page.expect_response("**/aktualisieren"):
        held[0].fulfill(response=answer, body=text)
    for _frame in range(20):  # time enough for the page to be drawn anew
        page.evaluate("new Promise(requestAnimationFrame)")
    page.mouse.up()
    expect(page.locator("main")).to_contain_text("Gespeichert.")
    expect(page.locator('[name="angebot"]')).to_have_value(OFFER)


@pytest.mark.parametrize("person", [True], indirect=True, ids=["script"])
@pytest.mark.parametrize("drawn", [True, False], ids=["moves", "stays"])
def test_a_press_counts_once_whatever_moves_meanwhile(person: Person, drawn: bool) -> None:
    """A message comes between pressing and lifting; the browser takes that for no click."""
    page = person.page
    page.set_viewport_size({"width": 1280, "height": 4000})
    page.locator('[name="angebot"]').fill(OFFER)
    box = page.get_by_role("button", name="Zwischenspeichern").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    if drawn:
        page.evaluate("document.querySelector('#seitentitel').append(...'Moment'.repeat(300))")
    for _frame in range(3):
        page.evaluate("new Promise(requestAnimationFrame)")
    with page.expect_navigation():
        page.mouse.up()
    expect(page.locator("main")).to_contain_text("Gespeichert.")
    expect(page.locator('[name="angebot"]')).to_have_value(OFFER)


@pytest.mark.parametrize("person", [True], indirect=True, ids=["script"])
def test_looking_at_another_window_is_no_conflict(person: Person) -> None:
    """What was saved when the window went out of sight is not somebody else's."""
    page = person.page
    page.locator('[name="angebot"]').fill("Flex")
    with page.expect_response("**/sichern"):
        hide(page)
    page.locator('[name="angebot"]').fill(OFFER)
    page.get_by_role("button", name="Zwischenspeichern").click()
    expect(page.locator("main")).to_contain_text("Gespeichert.")
    expect(page.get_by_role("heading", level=1)).not_to_contain_text("inzwischen geändert")
    expect(page.locator('[name="angebot"]')).to_have_value(OFFER)


@pytest.mark.parametrize("person", [True], indirect=True, ids=["script"])
def test_what_was_typed_after_the_last_saving_is_offered(person: Person) -> None:
    """The window is closed while it saves: the page has moved on, what came later has not."""
    page = person.page
    address = page.url
    held: list[Route] = []
    page.route("**/sichern", lambda route: held.append(route))
    page.locator('[name="angebot"]').fill("Flex")
    with page.expect_request("**/sichern"):
        hide(page)
    stopped(page, held).fetch()  # it is saved; nobody is there to hear it
    page.locator('[name="angebot"]').fill(OFFER)
    page.goto(address)
    expect(page.locator('[name="angebot"]')).to_have_value("Flex")
    page.get_by_role("button", name="Eingaben wiederherstellen").click()
    expect(page.locator('[name="angebot"]')).to_have_value(OFFER)


def stopped(page: Page, held: list[Route]) -> Route:
    """Return the first request of ``held``, which the test is told of a little after the page."""
    while not held:
        page.evaluate("null")
    return held[0]


def hide(page: Page) -> None:
    """Let the page believe that its window went out of sight."""
    page.evaluate(
        "Object.defineProperty(document, 'visibilityState', {value: 'hidden', configurable: true});"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )


@pytest.mark.parametrize("person", [True], indirect=True, ids=["script"])
def test_a_page_is_filled_in_by_keyboard_alone(person: Person) -> None:
    page = person.page
    page.reload()
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Zum Inhalt springen")
    page.keyboard.press("Enter")
    seen: list[str] = []
    while "angebot" not in seen:
        seen.append(tab(page))
        assert len(seen) < 30, seen
    page.keyboard.type(OFFER)
    assert tab(page) == "hilfearten"
    page.keyboard.press("Space")
    while seen[-1] != "regime":
        seen.append(tab(page))
        assert len(seen) < 60, seen
    page.keyboard.press("Space")
    while (name := tab(page)) != "__action":
        seen.append(name)
        if name in ("vereinbart_am", "gueltig_ab"):
            page.keyboard.type("01.07.2026")
        assert len(seen) < 90, seen
    page.keyboard.press("Enter")
    # The state of the costs was left out: the summary says so and leads to it.
    expect(page.locator("#fehler")).to_be_focused()
    assert page.title().startswith("Fehler:")
    assert violations(page) == []
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator('[name="satzstand"]')).to_be_focused()
    page.keyboard.type("Tarif, Stand 2026")
    page.keyboard.press("Enter")
    page.wait_for_url("**/seite/kosten")


def tab(page: Page) -> str:
    """Go to the next control, which must show that it has the focus, and return its name."""
    page.keyboard.press("Tab")
    focus = page.locator(":focus")
    assert focus.evaluate(
        "one => { const style = getComputedStyle(one);"
        " return style.outlineStyle !== 'none' || style.boxShadow !== 'none'; }"
    ), focus.evaluate("one => one.outerHTML.slice(0, 200)")
    return focus.get_attribute("name") or ""
