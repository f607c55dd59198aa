"""The table of a form and its evaluation in a browser: accessible, also without JavaScript."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.models import Form, FormVersion, Submission
from tenants.context import Scope
from tenants.database import now
from tests.browser.conftest import PACKAGE, Site
from tests.support.chromium import Person, Watch, open_page, violations
from tests.support.installation import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def hand_in(site: Site) -> None:
    """Put twelve submissions of the office into the shipped form."""

    def write(session: Session) -> None:
        version = session.scalars(
            select(FormVersion)
            .join(Form, Form.id == FormVersion.form_id)
            .where(Form.key == PACKAGE)
        ).one()
        for place in range(12):
            session.add(
                Submission(
                    form_version_id=version.id, account_id=site.clerk.account_id,
                    state="submitted", number=f"Z-{place:03}", answers={},
                    submitted_at=now() - timedelta(days=place),
                )
            )  # fmt: skip

    site.installation.in_scope(
        Scope(tenant_id=site.tenant.id, account_id=site.clerk.account_id), write
    )


def test_table_and_evaluation_are_accessible_and_work_without_script(
    site: Site, browser: Browser, watch: Watch
) -> None:
    hand_in(site)
    context, page = open_page(browser, watch, script=False)
    Person(page, site.base_url, script=False).sign_in(site.clerk.email, PASSWORD)
    page.goto(site.url(f"/einreichungen/vordruck/{PACKAGE}/"))
    page.get_by_text("Filter und Reihenfolge").click()
    page.get_by_role("group", name="Eingang").get_by_label("von", exact=True).fill("1.1.2020")
    page.locator(".siegel-actions").get_by_role("button", name="Anzeigen").click()
    expect(page.get_by_role("status").filter(has_text="Einreichungen")).to_be_visible()
    page.get_by_role("link", name="Auswerten", exact=True).click()
    page.get_by_label("Gliedern nach").select_option(label="Jahr des Eingangs")
    page.get_by_role("button", name="Auswerten").click()
    expect(page.get_by_role("img", name="Anzahl der Einreichungen nach Jahr")).to_be_visible()
    context.close()

    context, page = open_page(browser, watch)
    Person(page, site.base_url).sign_in(site.clerk.email, PASSWORD)
    for path in (
        f"/einreichungen/vordruck/{PACKAGE}/",
        f"/einreichungen/vordruck/{PACKAGE}/spalten",
        "/auswertungen/",
        f"/auswertungen/{PACKAGE}?zeilen=jahr",
        f"/auswertungen/{PACKAGE}?von=gestern",
    ):
        page.goto(site.url(path))
        for width in (1280, 360, 320):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
            if width != 320:
                assert violations(page) == [], path
    context.close()


def test_a_file_is_made_in_the_background_while_the_page_follows(
    site: Site, browser: Browser, watch: Watch
) -> None:
    context, page = open_page(browser, watch)
    Person(page, site.base_url).sign_in(site.clerk.email, PASSWORD)
    page.goto(site.url(f"/einreichungen/vordruck/{PACKAGE}/"))
    page.get_by_role("link", name="Große Dateien im Hintergrund erstellen").click()
    assert violations(page) == []
    page.get_by_label("CSV, alle Spalten").check()
    page.get_by_role("button", name="Datei erstellen").click()
    expect(page.get_by_text("Die Datei ist fertig.")).to_be_visible()
    assert violations(page) == []
    with page.expect_download() as found:
        page.get_by_role("link", name="Herunterladen").click()
    assert found.value.suggested_filename.endswith(".csv")
    assert "Vorgangsnummer" in found.value.path().read_text(encoding="utf-8-sig")
    page.locator("summary", has_text="Löschen").click()
    page.get_by_role("button", name="Datei löschen").click()
    expect(page.get_by_text("Die Datei wird gelöscht.")).to_be_visible()
    context.close()
