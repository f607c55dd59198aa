"""A report between Träger and office in a real Chromium, at both widths, checked by axe."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from forms.models import Submission
from forms.procedure.deciding import decide
from forms.procedure.inquiries import ask
from forms.publishing import find_form
from forms.submitting import draft_at, save_draft, start_submission, submit_answers
from forms.viewer import Viewer
from tenants.context import Scope
from tests.browser.conftest import Site
from tests.browser.test_journey import inspect
from tests.support.chromium import Person, Watch, open_page
from tests.support.form_documents import identity
from tests.support.installation import PASSWORD
from tests.support.report_form import report_answers, report_form

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def published(site: Site) -> Site:
    site.installation.publish(site.tenant, report_form())
    return site


@dataclass
class Side:
    """One of the two in front of its own window."""

    page: Page
    site: Site
    width: int

    def visit(self, path: str) -> None:
        self.page.goto(self.site.url(path))
        self.look()

    def look(self) -> None:
        inspect(self.page, self.width, True)

    def settle(self) -> None:
        """Leave the field, and wait until the page has calculated."""
        Person(self.page, self.site.base_url).refresh()

    def press(self, name: str | re.Pattern[str]) -> None:
        self.page.locator("main").get_by_role("button", name=name).first.click()


def sit_down(site: Site, browser: Browser, watch: Watch, email: str, width: int) -> Side:
    _context, page = open_page(browser, watch, width=width, script=True)
    Person(page, site.base_url, script=True).sign_in(email, PASSWORD)
    return Side(page, site, width)


@pytest.mark.parametrize("width", [1280, 360])
def test_a_report_goes_there_and_back(
    published: Site, browser: Browser, watch: Watch, width: int
) -> None:
    site = published
    office = sit_down(site, browser, watch, site.clerk.email, width)
    traeger = sit_down(site, browser, watch, site.provider.email, width)

    office.visit("/anforderungen/")
    office.visit("/anforderungen/neu")
    office.press("Anfordern")
    expect(office.page.locator("#fehler")).to_be_focused()
    office.look()
    office.page.get_by_label("Vordruck").select_option(label="Monatsbericht")
    office.page.get_by_label("Zeitraum").fill(str(2030 + width % 100))
    office.page.locator("#due_on").fill("31.03.2037")
    office.page.get_by_label("Müller & Söhne").check()
    office.page.get_by_label(re.compile("Hinweis an die Träger")).fill("Bitte mit den Zielen.")
    office.press("Anfordern")
    office.look()

    traeger.visit("/uebersicht")
    traeger.page.get_by_role("link", name=re.compile(f"Monatsbericht {2030 + width % 100}")).click()
    traeger.look()
    traeger.press("Fristverlängerung beantragen")
    traeger.look()
    traeger.page.get_by_label("Neuer Termin").fill("15.04.2037")
    traeger.page.get_by_label("Begründung").fill("Die Buchhaltung ist noch nicht so weit.")
    traeger.press("Fristverlängerung beantragen")
    traeger.look()
    office.page.get_by_role("link", name=re.compile("Monatsbericht")).first.click()
    office.look()
    office.press(re.compile("gewähren"))
    office.look()

    traeger.press("Ausfüllen")
    traeger.look()
    page = traeger.page
    page.locator('[name="berichtsjahr"]').fill("2036")
    page.locator('[name="anfang"]').fill("131")
    page.locator('[name="zugaenge"]').fill("12")
    page.locator('[name="bericht"]').fill("Es ging gut voran.")
    traeger.settle()
    page.get_by_role("button", name=re.compile("Einsatz hinzufügen")).click()
    page.locator('[name="einsaetze[0].minuten"]').fill("90")
    page.locator('[name="einsaetze[0].kurznotiz"]').fill("Gespräch mit den Eltern")
    traeger.press("Speichern und weiter")
    page.wait_for_url("**/pruefen")
    traeger.look()
    traeger.press("Verbindlich absenden")
    page.wait_for_url("**/eingang")
    page.get_by_role("link", name="Erklärung ansehen").click()
    traeger.look()
    submission = page.url.rpartition("/")[2]

    office.visit("/uebersicht")
    office.visit(f"/einreichungen/{submission}")
    office.press("In Prüfung nehmen")
    office.look()
    office.page.get_by_role("link", name="Rückfrage stellen").click()
    office.look()
    office.press("Rückfrage stellen")
    expect(office.page.locator("#fehler")).to_be_focused()
    office.look()
    for key in ("zugaenge", "einsaetze"):
        office.page.locator(f"#feld-{identity(f'field {key}')}").check()
    office.page.get_by_label("Worum geht es?").fill("Im Portal stehen 60 Zugänge. Was stimmt?")
    office.press("Rückfrage stellen")
    office.look()

    traeger.visit("/uebersicht")
    page.get_by_role("link", name=re.compile("Rückfrage: Monatsbericht")).first.click()
    traeger.look()
    assert page.url.endswith(submission)
    traeger.press("Rückfrage beantworten")
    page.wait_for_url("**/seite/bericht")
    traeger.look()
    expect(page.locator('[name="anfang"]')).to_have_count(0)
    page.locator('[name="zugaenge"]').fill("60")
    traeger.settle()
    # The question that the corrected answer opens appears at once, and takes an answer.
    page.locator('[name="grund"]').fill("Zwei neue Kurse im Herbst")
    page.locator('[name="einsaetze[0].minuten"]').fill("95")
    traeger.press("Speichern und weiter")
    page.wait_for_url("**/pruefen")
    traeger.look()
    page.get_by_label(re.compile("Bemerkung")).fill("Die erste Meldung war zu früh.")
    traeger.press("Verbindlich absenden")
    page.wait_for_url(f"**/einreichungen/{submission}")
    traeger.look()

    office.visit(f"/einreichungen/{submission}")
    office.page.get_by_role("link", name=re.compile("alt und neu vergleichen")).click()
    office.look()
    expect(office.page.locator("main")).to_contain_text("Die erste Meldung war zu früh.")
    office.visit(f"/einreichungen/{submission}")
    office.press("In Prüfung nehmen")
    office.press(re.compile("Schritt „Fachliche Bewertung“ bearbeiten"))
    office.look()
    office.page.locator('[name="bewertung"]').fill("Schlüssig und vollständig.")
    office.press("Speichern und weiter")
    office.page.wait_for_url("**/pruefen")
    office.look()
    office.press("Schritt übergeben")
    office.page.wait_for_url(f"**/einreichungen/{submission}")
    office.look()
    office.visit("/anforderungen/")
    for side in (office, traeger):
        side.page.context.close()


def asked_about(site: Site) -> str:
    """Hand a report in, ask about its Zugänge, and return the path of the submission."""
    office, traeger = Viewer(frozenset({"fachkraft"})), Viewer(frozenset({"traeger"}))

    def hand_in(session: Session) -> str:
        form = find_form(session, "monatsbericht").current
        assert form is not None
        draft = start_submission(
            session, form.form_version, person_name="Kim Muster", viewer=traeger
        )
        save_draft(
            session, draft, base=draft_at(session, draft, 0),
            answers={**draft.answers, **report_answers()}, invalid={}, page_paths=frozenset(),
        )  # fmt: skip
        return submit_answers(session, draft, warnings_confirmed=True, viewer=traeger).id

    def ask_about(session: Session) -> None:
        submission = session.get_one(Submission, (site.tenant.id, submission_id))
        decide(session, submission, "check", viewer=office)
        ask(
            session, submission, kind="inquiry", field_ids=[identity("field bericht")],
            text="Bitte genauer.", due_on=date(2099, 1, 2), viewer=office, person_name="Kim Amt",
        )  # fmt: skip

    submission_id = site.installation.in_scope(
        Scope(site.tenant.id, site.organisation.id, site.provider.account_id), hand_in
    )
    site.installation.in_scope(Scope(tenant_id=site.tenant.id), ask_about)
    return f"/einreichungen/{submission_id}"


def test_a_correction_survives_a_lost_session_and_saves_itself(
    published: Site, browser: Browser, watch: Watch
) -> None:
    traeger = sit_down(published, browser, watch, published.provider.email, 1280)
    page = traeger.page
    page.goto(published.url(asked_about(published)))
    traeger.press("Rückfrage beantworten")
    page.wait_for_url("**/seite/bericht")
    page.locator('[name="bericht"]').fill("Es ging gut voran, im Herbst kamen Kurse dazu.")
    page.context.clear_cookies()
    traeger.press("Zwischenspeichern")
    expect(page.get_by_role("heading", level=1)).to_have_text("Anmelden")
    page.get_by_label("E-Mail-Adresse").fill(published.provider.email)
    page.get_by_label("Passwort").fill(PASSWORD)
    traeger.press("Anmelden")
    traeger.press("Eingaben senden und weitermachen")
    expect(page.locator('[name="bericht"]')).to_have_value(re.compile("im Herbst"))

    page.clock.install()
    page.reload()
    page.locator('[name="bericht"]').fill("Noch genauer.")
    page.clock.run_for(11_000)
    expect(page.locator("[data-autosave-status]")).to_contain_text("Gespeichert:")
    page.reload()
    expect(page.locator('[name="bericht"]')).to_have_value("Noch genauer.")
    page.context.close()
