"""What people see and keep while the server is away, overloaded or broken."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import PACKAGE, Site
from tests.browser.test_building import new_form
from tests.browser.test_journey import inspect
from tests.support.chromium import Person, Watch, open_page
from tests.support.installation import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

Outage = Callable[[Route], None]


def answer(status: int) -> Outage:
    return lambda route: route.fulfill(status=status, body="", content_type="text/html")


def cut(route: Route) -> None:
    route.abort("internetdisconnected")


def stop_changes(page: Page, outage: Outage) -> None:
    """Let every change of the builder fail; reading still works."""
    page.route(
        "**/baukasten/**",
        lambda route: outage(route) if route.request.method == "POST" else route.continue_(),
    )


@pytest.mark.parametrize(
    ("outage", "said"),
    [
        (cut, "keine Verbindung"),
        (answer(503), "überlastet oder wird gerade gewartet"),
        (answer(500), "Dort ist ein Fehler aufgetreten"),
        (answer(400), "Ihre Sitzung ist abgelaufen"),
    ],
    ids=["offline", "busy", "fault", "old-token"],
)
def test_the_builder_keeps_changes_until_the_server_takes_them(
    site: Site, browser: Browser, outage: Outage, said: str
) -> None:
    # Requests that fail are the matter of this test: the console may say so.
    context, page = open_page(browser, Watch(site.base_url))
    Person(page, site.base_url).sign_in(site.administrator.email, PASSWORD)
    new_form(page, site, f"Ausfall {said.split()[0]} {said.split()[-1]}")
    page.get_by_label("Beschriftung").first.fill("Ort")
    page.get_by_role("button", name="Hinzufügen", exact=True).click()
    expect(page.locator("#speicherstand")).to_contain_text("Gespeichert")

    stop_changes(page, outage)
    page.locator("#e-help").fill("Wie im Bescheid")
    page.locator("#e-help").blur()
    notice = page.locator("#stoerung")
    expect(notice).to_be_visible()
    expect(notice).to_contain_text(said)
    expect(page.locator("#speicherstand")).to_have_text("Noch nicht gespeichert")
    inspect(page, 1280, True)
    # Nobody is led away from a text that only stands here.
    page.locator("#gliederung a").first.click()
    expect(page.locator("#e-help")).to_have_value("Wie im Bescheid")
    page.locator("#e-label").fill("Ort der Einrichtung")
    # What came first is tried first, again in vain.
    with page.expect_request(lambda one: one.method == "POST"):
        page.locator("#e-label").blur()
    expect(notice).to_be_visible()

    page.unroute_all()
    if outage is cut:
        page.evaluate("window.dispatchEvent(new Event('online'))")
    else:
        page.get_by_role("button", name="Noch einmal versuchen").dispatch_event("click")
    expect(notice).to_be_hidden()
    expect(page.locator("#gliederung")).to_contain_text("Ort der Einrichtung")
    expect(page.locator("#speicherstand")).to_contain_text("Gespeichert")
    page.reload()
    page.locator("#gliederung a", has_text="Ort der Einrichtung").click()
    expect(page.locator("#e-label")).to_have_value("Ort der Einrichtung")
    expect(page.locator("#e-help")).to_have_value("Wie im Bescheid")
    context.close()


@pytest.mark.parametrize(
    "outage", [cut, answer(503), answer(500)], ids=["offline", "busy", "fault"]
)
def test_filling_in_keeps_what_was_typed(site: Site, browser: Browser, outage: Outage) -> None:
    context, page = open_page(browser, Watch(site.base_url))
    person = Person(page, site.base_url)
    person.sign_in(site.provider.email, PASSWORD)
    person.begin(site.tenant.slug, PACKAGE)
    first = page.locator("#felder input[type=text]").first
    address, name = page.url, first.get_attribute("name")

    page.route(
        f"**/{site.tenant.slug}/ausfuellen/**",
        lambda route: outage(route) if route.request.method == "POST" else route.continue_(),
    )
    first.fill("Haus Morgenlicht")
    page.locator("#seitentitel").focus()
    status = page.locator("[data-autosave-status]")
    expect(status).to_have_text(
        re.compile("Ihre Eingaben sind noch da|Ihre Eingaben bleiben|gleich noch einmal"),
        timeout=20_000,
    )
    expect(first).to_have_value("Haus Morgenlicht")
    # Whoever sends the page nevertheless, and comes back, is offered what was typed.
    page.get_by_role("button", name="Speichern und weiter").last.click()
    page.unroute_all()
    page.goto(address)
    offered = page.get_by_role("button", name="Eingaben wiederherstellen")
    answered = page.locator(f'[name="{name}"]')
    expect(offered.or_(answered).first).to_be_visible()
    if offered.is_visible():
        offered.click()
    expect(answered).to_have_value("Haus Morgenlicht")
    context.close()
