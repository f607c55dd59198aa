"""A form gets a new version under four eyes while a Träger's draft is open, with each policy."""

from __future__ import annotations

import copy

import pytest
from playwright.sync_api import Browser, Page, expect

from forms.building.drafting import open_draft
from forms.models import FormVersion
from tenants.context import Scope
from tests.browser.conftest import Site
from tests.support.chromium import Person, Watch, open_page, violations
from tests.support.form_documents import Document, field, form, page, section
from tests.support.installation import PASSWORD
from tests.support.installation import Person as Account

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


POLICY_LABELS = {
    "keep": "Behalten",
    "lift": "Anheben, wo verträglich",
    "carry": "Übertragen mit Durchsicht",
}


def visit_form(key: str, *more: Document, name: str = "Name des Kindes") -> Document:
    """Return a form of one question on each of two pages, and ``more`` questions."""
    return form(
        page(
            "kind",
            section(
                "kind",
                field("text", "name", label=name, required=True, help="Vor- und Nachname."),
                *more,
            ),
            title="Kind",
        ),
        page("besuch", section("besuch", field("date", "tag", label="Tag des Besuchs")),
             title="Besuch"),
        key=key,
    ) | {"title": f"Hausbesuch ({key})"}  # fmt: skip


SPARE = field("text", "spitzname", label="Spitzname")


def look(one: Page) -> None:
    """Check what holds for every page, wide and narrow."""
    for width in (1280, 360):
        one.set_viewport_size({"width": width, "height": 800})
        assert violations(one) == [], (one.url, width)
        assert one.evaluate("document.documentElement.scrollWidth") <= width, (one.url, width)
    one.set_viewport_size({"width": 1280, "height": 800})


def change_draft(site: Site, version: FormVersion, document: Document) -> None:
    """Put a document into the builder's draft."""

    def work(session: object) -> None:
        draft = open_draft(session, version.form_id)  # type: ignore[arg-type]
        draft.document = copy.deepcopy(document)

    site.installation.in_scope(Scope(tenant_id=site.tenant.id), work)


def signed_in(site: Site, browser: Browser, watch: Watch, account: Account) -> Page:
    _context, one = open_page(browser, watch)
    Person(one, site.base_url).sign_in(account.email, PASSWORD)
    return one


@pytest.mark.parametrize("policy", list(POLICY_LABELS))
def test_a_draft_goes_on_when_its_form_gets_a_new_version(
    site: Site, browser: Browser, watch: Watch, policy: str
) -> None:
    key = f"hausbesuch_{policy}"
    version = site.installation.publish(site.tenant, visit_form(key, SPARE))
    provider = signed_in(site, browser, watch, site.provider)
    provider.goto(site.url(f"/vordrucke/{key}"))
    provider.get_by_role("button", name="Jetzt beginnen").click()
    provider.get_by_label("Name des Kindes").fill("Alex Muster")
    provider.get_by_label("Spitzname").fill("Lexi")
    provider.get_by_role("button", name="Speichern und weiter").last.click()
    provider.wait_for_url("**/seite/besuch")
    draft_url = provider.url.rpartition("/seite/")[0]

    is_compatible = policy == "lift"
    second = (
        visit_form(key, SPARE, name="Vollständiger Name des Kindes")
        if is_compatible
        else visit_form(key, field("text", "gruppe", label="Gruppe", required=True))
    )
    change_draft(site, version, second)
    publish(site, browser, watch, version, policy)

    provider.goto(draft_url)
    if policy == "keep":
        expect(provider).to_have_url(f"{draft_url}/seite/besuch")
        provider.goto(f"{draft_url}/neue-fassung")
    if policy != "lift":
        look(provider)
        expect(provider.locator("main")).to_contain_text("Spitzname")
        expect(provider.locator("main")).to_contain_text("Lexi")
        provider.get_by_role("button", name="Angaben übernehmen und weiter").click()
        expect(provider).to_have_url(f"{draft_url}/seite/kind")
        expect(provider.locator("main")).to_contain_text("Neu: Feld „Gruppe“ (Pflicht)")
        look(provider)
        provider.get_by_role("link", name="Neu: Feld „Gruppe“ (Pflicht)").click()
        provider.get_by_label("Gruppe").fill("Sonnenkäfer")
    else:
        expect(provider).to_have_url(f"{draft_url}/seite/kind")
        expect(provider.locator("main")).to_contain_text("Ihr Entwurf ist jetzt in Fassung 1.0.1")
        expect(provider.get_by_label("Vollständiger Name des Kindes")).to_have_value("Alex Muster")
    provider.get_by_role("button", name="Speichern und weiter").last.click()
    provider.wait_for_url("**/seite/besuch")
    provider.get_by_role("button", name="Speichern und weiter").last.click()
    provider.wait_for_url("**/pruefen")
    expect(provider.locator("main")).to_contain_text("Alex Muster")
    look(provider)
    provider.get_by_role("button", name="Verbindlich absenden").click()
    provider.wait_for_url("**/eingang")
    provider.context.close()


def publish(site: Site, browser: Browser, watch: Watch, version: FormVersion, policy: str) -> None:
    """Ask for the new version as one person and let it out as another."""
    room = site.url(f"/baukasten/{version.form_id}")
    asking = signed_in(site, browser, watch, site.administrator)
    asking.goto(f"{room}/veroeffentlichen")
    look(asking)
    asking.get_by_role("radio", name=POLICY_LABELS[policy], exact=True).check()
    asking.get_by_label("Was ist neu?").fill("Wir fragen jetzt genauer.")
    asking.get_by_role("button", name="Freigabe beantragen").click()
    expect(asking.locator("main")).to_contain_text("Freigeben muss sie eine andere Person")
    look(asking)
    asking.context.close()

    other = site.installation.person(tenant=site.tenant, role="tenant_admin")
    deciding = signed_in(site, browser, watch, other)
    deciding.goto(site.url("/uebersicht"))
    deciding.get_by_role("link", name="Ansehen und entscheiden").click()
    look(deciding)
    deciding.get_by_role("button", name="Freigeben und veröffentlichen").click()
    expect(deciding).to_have_url(f"{room}/fassungen")
    look(deciding)
    deciding.get_by_role("button", name="Vergleichen").click()
    expect(deciding.locator("h1")).to_be_visible()
    look(deciding)
    deciding.goto(f"{room}/fassungen/1")
    look(deciding)
    deciding.context.close()
