"""The administration pages of Flask-AppBuilder as they are drawn here: accessible, no script."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Site
from tests.support.chromium import Person, Watch, open_page, violations
from tests.support.installation import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

# Words that only Flask-AppBuilder's own pages or bare database values would show.
FOREIGN = ("None", "tenant_admin", "Add Filter", "Search", "Refresh", "Record Count", "+00:00")


def test_pages_are_accessible_german_and_fit(site: Site, browser: Browser, watch: Watch) -> None:
    context, page = open_page(browser, watch)
    Person(page, site.base_url).sign_in(site.administrator.email, PASSWORD)
    paths = [
        "/uebersicht",
        "/vorlagen/",
        "/vorlagen/hochladen",
        "/vorlagen/platzhalter",
        "/verwaltung/personen/list/",
        "/verwaltung/personen/add",
        "/verwaltung/traeger/list/",
        "/verwaltung/mandant/list/",
        f"/verwaltung/mandant/show/{site.tenant.id}",
        f"/verwaltung/mandant/edit/{site.tenant.id}",
        "/schnittstellen/",
        "/schnittstellen/neu",
        "/schnittstellen/empfaenger/neu",
        "/verwaltung/protokoll/list/",
    ]
    for path in paths:
        answer = page.goto(site.url(path))
        assert answer is not None and answer.status == 200, path
        text = page.locator("main").inner_text()
        found = [line for line in text.splitlines() if any(word in line for word in FOREIGN)]
        assert found == [], (path, text[:600])
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 900})
            assert violations(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.locator("script:not([src])").count() == 0
    context.close()


def test_a_role_is_given_and_taken_without_script(
    site: Site, browser: Browser, watch: Watch
) -> None:
    newcomer = site.installation.person(role="")
    context, page = open_page(browser, watch, width=360, script=False)
    Person(page, site.base_url, script=False).sign_in(site.administrator.email, PASSWORD)
    page.goto(site.url("/verwaltung/personen/list/"))
    page.get_by_role("link", name="Neu anlegen").click()
    page.get_by_label("E-Mail-Adresse").fill(newcomer.email)
    page.get_by_label("Rolle").select_option(label="Fachkraft im Jugendamt")
    page.get_by_role("button", name="Speichern").click()
    row = page.get_by_role("row", name=newcomer.email)
    expect(row).to_contain_text("Fachkraft im Jugendamt")

    page.goto(site.url("/verwaltung/protokoll/list/"))
    expect(page.locator("main")).to_contain_text("Rolle vergeben")
    page.goto(site.url("/verwaltung/personen/list/"))
    row.locator("summary").click()
    row.get_by_role("button", name="Endgültig löschen").click()
    expect(page.get_by_role("row", name=newcomer.email)).to_have_count(0)
    context.close()


def test_a_draft_is_discarded_after_asking_back(site: Site, browser: Browser, watch: Watch) -> None:
    context, page = open_page(browser, watch, width=360, script=False)
    person = Person(page, site.base_url, script=False)
    person.sign_in(site.clerk.email, PASSWORD)
    person.begin(site.tenant.slug, "fachleistungsstunde")
    page.goto(site.url("/vordrucke/"))
    # Other tests may have left drafts of the same person; the newest stands first.
    drafts = page.get_by_role("button", name="Entwurf löschen", include_hidden=True)
    before = drafts.count()
    row = page.get_by_role("row", name="Fachleistungsstunde").first
    expect(row.get_by_role("button", name="Entwurf löschen")).to_be_hidden()
    row.locator("summary").click()
    row.get_by_role("button", name="Entwurf löschen").click()
    expect(page.locator("main")).to_contain_text("Der Entwurf ist gelöscht.")
    expect(drafts).to_have_count(before - 1)
    context.close()


def test_a_token_is_made_and_revoked_without_script(
    site: Site, browser: Browser, watch: Watch
) -> None:
    context, page = open_page(browser, watch, width=360, script=False)
    Person(page, site.base_url, script=False).sign_in(site.administrator.email, PASSWORD)
    page.goto(site.url("/schnittstellen/"))
    page.get_by_role("link", name="Zugang anlegen").click()
    page.get_by_role("button", name="Zugang anlegen").click()
    expect(page.get_by_role("group", name="Es gibt ein Problem")).to_be_visible()
    page.get_by_label("Programm").fill("Fachverfahren")
    page.get_by_label("Einreichungen lesen").check()
    page.get_by_role("button", name="Zugang anlegen").click()
    expect(page.get_by_label("Token")).to_have_value(re.compile("^bs_"))
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("link", name="Zu den Zugängen").click()
    row = page.get_by_role("row", name="Fachverfahren")
    expect(row).to_contain_text("noch nie")
    row.get_by_text("Widerrufen").first.click()
    page.get_by_role("button", name="Zugang widerrufen").click()
    expect(page.get_by_text("Der Zugang „Fachverfahren“ ist widerrufen.")).to_be_visible()
    context.close()


def test_a_receiver_is_entered_and_tried(site: Site, browser: Browser, watch: Watch) -> None:
    context, page = open_page(browser, watch, width=360)
    Person(page, site.base_url).sign_in(site.administrator.email, PASSWORD)
    page.goto(site.url("/schnittstellen/"))
    page.get_by_role("link", name="Empfänger eintragen").click()
    page.get_by_label("Adresse").fill("https://10.0.0.8/haken")
    page.get_by_label("Ein Vordruck wurde veröffentlicht").check()
    page.get_by_role("button", name="Empfänger eintragen").click()
    expect(page.get_by_role("group", name="Es gibt ein Problem")).to_contain_text("internen Netz")
    page.get_by_label("Adresse").fill("https://empfang.invalid/haken")
    page.get_by_role("button", name="Empfänger eintragen").click()
    expect(page.get_by_label("Schlüssel der Signatur")).to_have_value(re.compile("^bsw_"))
    page.get_by_role("button", name="Probe senden").click()
    row = page.get_by_role("row", name="Probe")
    expect(row).to_be_visible()
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert violations(page) == []
    page.get_by_text("Löschen").first.click()
    page.get_by_role("button", name="Empfänger löschen").click()
    expect(page.get_by_text("Der Empfänger ist gelöscht.")).to_be_visible()
    context.close()
