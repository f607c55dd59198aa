"""Rows inside rows in a real Chromium: worked by name and keyboard, with and without JavaScript."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from sqlalchemy.orm import Session

from forms.models import Submission
from forms.submitting import find_submission
from tenants.context import Scope
from tests.browser.conftest import Site
from tests.browser.test_journey import inspect
from tests.support.chromium import Person, Watch, open_page
from tests.support.installation import PASSWORD
from tests.support.nested_forms import (
    course_answers,
    course_form,
    invoice_answers,
    invoice_form,
)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_visits_of_a_case(
    site: Site, browser: Browser, watch: Watch, width: int, script: bool
) -> None:
    site.installation.publish(site.tenant, invoice_form("table" if width > 1000 else "cards"))
    context, page = open_page(browser, watch, width=width, script=script)
    person = Person(page, site.base_url, script=script)
    person.sign_in(site.clerk.email, PASSWORD)
    person.begin(site.tenant.slug, "fls_rechnung")
    person.fill_page(invoice_answers())
    expect(page.locator("#f-gesamt output")).to_have_text("206,14\N{NO-BREAK SPACE}€")
    inspect(page, width, script)

    press(page, "Fall 1: Einsatz hinzufügen")
    title = page.locator("#f-faelle-0-einsaetze-2-titel")
    expect(title).to_be_focused()
    assert "Fall 1, Einsatz 3" in " ".join((title.text_content() or "").split())
    page.locator("#f-faelle-0-einsaetze-2-minuten").fill("sechzig")
    press(page, "Fall 1, Einsatz 3: Nach oben")
    expect(page.locator("#f-faelle-0-einsaetze-1-titel")).to_be_focused()
    expect(page.locator("#f-faelle-0-einsaetze-1-minuten")).to_have_value("sechzig")
    press(page, "Fall 1: Nach unten")
    expect(page.locator("#f-faelle-1-titel")).to_be_focused()
    expect(page.locator("#f-faelle-1-einsaetze-1-minuten")).to_have_value("sechzig")

    person.page.locator("form#formular .siegel-actions").get_by_role(
        "button", name="Speichern und weiter"
    ).click()
    missing = page.get_by_role("link", name="Fall 2, Einsatz 2: Bitte füllen Sie „Datum“ aus.")
    missing.click()
    expect(page.locator("#f-faelle-1-einsaetze-1-datum")).to_be_focused()
    inspect(page, width, script)

    press(page, "Fall 2, Einsatz 2: Entfernen")
    expect(page.locator("#f-faelle-1-einsaetze-1-titel")).to_be_focused()
    expect(page.locator("#f-faelle-1-einsaetze-1-minuten")).to_have_value("45")
    person.go_on()
    inspect(page, width, script)
    first = page.get_by_role("group", name="Fall 1", exact=True)
    expect(first.get_by_role("group", name="Fall 1: Einsätze")).to_contain_text("60,00")
    page.get_by_role("button", name="Verbindlich absenden").click()
    page.wait_for_url("**/eingang")
    context.close()
    assert submitted(site) == moved(invoice_answers())


def test_a_refresh_does_not_end_what_a_row_button_asked_for(
    site: Site, browser: Browser, watch: Watch
) -> None:
    """The button's request is held back until a refresh has come due meanwhile."""
    site.installation.publish(site.tenant, invoice_form())
    context, page = open_page(browser, watch)
    person = Person(page, site.base_url)
    person.sign_in(site.clerk.email, PASSWORD)
    person.begin(site.tenant.slug, "fls_rechnung")
    person.fill_page(invoice_answers())
    page.clock.install()
    held: list[Route] = []
    page.route("**/aktualisieren", lambda route: held.append(route))
    page.locator("#f-faelle-0-name").fill("51.2-C")
    with page.expect_request("**/aktualisieren"):
        press(page, "Fall 1: Nach unten")
    page.clock.run_for(2_000)
    assert len(held) == 1
    held[0].continue_()
    page.unroute("**/aktualisieren")
    page.clock.resume()
    expect(page.locator("#f-faelle-1-name")).to_have_value("51.2-C")
    expect(page.locator("#f-faelle-0-name")).to_have_value("51.2-B")
    context.close()


def submitted(site: Site) -> Any:
    """Return the answers of the newest declaration, without the ids of rows."""

    def answers(session: Session) -> Any:
        newest = session.query(Submission).order_by(Submission.created_at.desc()).first()
        assert newest is not None
        return find_submission(session, newest.id).answers

    scope = Scope(tenant_id=site.tenant.id, account_id=site.clerk.account_id)
    return without_ids(site.installation.in_scope(scope, answers)["faelle"])


def moved(answers: Any) -> Any:
    """Return the cases the other way round."""
    return without_ids(answers["faelle"][::-1])


def without_ids(value: Any) -> Any:
    """Return stored rows without ids and without what the server computes."""
    if isinstance(value, list):
        return [without_ids(one) for one in value]
    if isinstance(value, dict):
        computed = ("_id", "betrag", "summe")
        return {key: without_ids(one) for key, one in value.items() if key not in computed}
    return value


@pytest.mark.parametrize("width", [1280, 360])
def test_three_levels(site: Site, browser: Browser, watch: Watch, width: int) -> None:
    site.installation.publish(site.tenant, course_form())
    context, page = open_page(browser, watch, width=width)
    person = Person(page, site.base_url)
    person.sign_in(site.clerk.email, PASSWORD)
    person.begin(site.tenant.slug, "kursprogramm")
    person.fill_page(course_answers())
    expect(page.locator("#f-kosten output")).to_have_text("720,00\N{NO-BREAK SPACE}€")
    inspect(page, width, True)
    press(page, "Kurs 1, Modul 1, Termin 2: Nach oben")
    expect(page.locator("#f-kurse-0-module-0-termine-0-titel")).to_be_focused()
    expect(page.locator("#f-kurse-0-module-0-termine-0-ue")).to_have_value("4")
    person.go_on()
    inspect(page, width, True)
    context.close()
