"""The main job in a real Chromium: from the login to the verified PDF."""

from __future__ import annotations

import copy
import hashlib
import re
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from forms.packages import JsonObject, read_package
from tests.browser.conftest import PACKAGE, Site
from tests.support.chromium import Person, Watch, open_page, violations
from tests.support.installation import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

DOCUMENT_MILLISECONDS = 120_000
RATE = "64,95\N{NO-BREAK SPACE}€"


def sample() -> JsonObject:
    """Return the calculation of story H1 with two of its twelve activities."""
    data = copy.deepcopy(dict(read_package(PACKAGE).samples[0].data))
    activities = data["bestandteile"]
    assert isinstance(activities, list)
    data["bestandteile"] = activities[:2]
    return data


def inspect(page: Page, width: int, script: bool) -> None:
    """Check what holds for every page: accessible, German, no wider than the window."""
    expect(page.locator("h1")).to_have_count(1)
    assert page.locator("html").get_attribute("lang") == "de"
    assert page.title().endswith("Brief & Siegel"), page.title()
    # The root's own width cannot be asked without script; its box can.
    box = page.locator("body").bounding_box()
    assert box is not None and box["width"] <= width, page.url
    if script:
        assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
        assert violations(page) == [], page.url


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_from_login_to_verified_pdf(
    site: Site, browser: Browser, watch: Watch, tmp_path: Path, width: int, script: bool
) -> None:
    context, page = open_page(browser, watch, width=width, script=script)
    person = Person(page, site.base_url, script=script)

    page.goto(f"{site.base_url}/anmelden")
    inspect(page, width, script)
    person.sign_in(site.provider.email, PASSWORD)
    inspect(page, width, script)
    for path in ("/uebersicht", "/vordrucke/", f"/vordrucke/{PACKAGE}"):
        page.goto(site.url(path))
        inspect(page, width, script)
    person.begin(site.tenant.slug, PACKAGE)
    fill_all_pages(person, width)

    inspect(page, width, script)
    expect(page.locator("main")).to_contain_text(RATE)
    expect(page.locator("main")).to_contain_text("Müller & Söhne Jugendhilfe gGmbH")
    page.get_by_role("button", name="Verbindlich absenden").click()
    page.wait_for_url("**/eingang")
    inspect(page, width, script)
    number = page.locator("[data-nummer]").inner_text()
    assert re.fullmatch(r"E-\d{4}-\d{5}", number)

    with page.expect_download() as copied:
        page.get_by_role("link", name="Kopie herunterladen").click()
    assert RATE in Path(copied.value.path()).read_text(encoding="utf-8")
    page.get_by_role("link", name="Zum Dokument").click()
    wait_for_document(page, script)
    inspect(page, width, script)

    with page.expect_download() as downloaded:
        page.get_by_role("link", name=re.compile("PDF herunterladen")).click()
    pdf = tmp_path / "document.pdf"
    downloaded.value.save_as(pdf)
    assert hashlib.sha256(pdf.read_bytes()).hexdigest() in page.content()
    for path in ("/dokumente/", "/einreichungen/"):
        page.goto(site.url(path))
        inspect(page, width, script)
        expect(page.locator("main")).to_contain_text(number)
    page.get_by_role("link", name=re.compile("Fachleistungsstunde")).first.click()
    inspect(page, width, script)
    context.close()
    verify(site, browser, watch, pdf, width=width, script=script)


def fill_all_pages(person: Person, width: int) -> None:
    """Fill in page by page and watch the rate appear before anything is saved."""
    data = sample()
    page = person.page
    while "/seite/" in page.url:
        key = page.url.rpartition("/")[2]
        person.fill_page(data)
        if key == "satz":
            expect(page.locator("#f-fls_satz output")).to_have_text(RATE)
        if person.script:
            inspect(page, width, True)
        person.go_on()


def wait_for_document(page: Page, script: bool) -> None:
    """Wait as a person does: the page brings itself up to date, or one asks it to."""
    ready = page.get_by_role("link", name=re.compile("PDF herunterladen"))
    if script:
        expect(ready).to_be_visible(timeout=DOCUMENT_MILLISECONDS)
        return
    while not ready.count():
        again = page.get_by_role("link", name="Stand aktualisieren")
        expect(again.or_(ready)).to_be_visible()
        if again.count():
            again.click()


def printed_link(pdf: Path) -> str:
    """Return the address of the proof as it is printed on the document."""
    text = subprocess.run(
        ["pdftotext", "-raw", str(pdf), "-"], capture_output=True, text=True, check=True
    ).stdout
    found = re.search(r"https?://\S+/pruefen/[0-9a-z-]+", text)
    assert found is not None, text
    return found.group()


def verify(
    site: Site, browser: Browser, watch: Watch, pdf: Path, *, width: int, script: bool
) -> None:
    """Follow the printed link without an account and compare the file."""
    context, page = open_page(browser, watch, width=width, script=script)
    answer = page.goto(printed_link(pdf))
    assert answer is not None and answer.status == 200
    inspect(page, width, script)
    main = page.locator("main")
    expect(main.get_by_role("heading", level=1)).to_have_text("Dieses Dokument ist echt")
    expect(main).to_contain_text(hashlib.sha256(pdf.read_bytes()).hexdigest())
    assert "Müller" not in main.inner_text()
    if script:
        compare_files(page, pdf)
        inspect(page, width, script)
    context.close()


def compare_files(page: Page, pdf: Path) -> None:
    """The right file is recognised, and one with a single changed bit is not."""
    changed = pdf.with_name("changed.pdf")
    content = bytearray(pdf.read_bytes())
    content[len(content) // 2] ^= 1
    changed.write_bytes(bytes(content))
    result = page.locator("[data-hash-result]")
    page.locator("input[type=file]").set_input_files(pdf)
    expect(result).to_contain_text("Das ist genau dieses Dokument.")
    drop(page, changed)
    expect(result).to_contain_text("Das ist nicht dieses Dokument.")
    drop(page, pdf)
    expect(result).to_contain_text("Das ist genau dieses Dokument.")


def drop(page: Page, path: Path) -> None:
    """Drop a file on the page as from the desktop."""
    files = page.evaluate_handle(
        """([name, bytes]) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([new Uint8Array(bytes)], name, {type: "application/pdf"}));
            return transfer;
        }""",
        [path.name, list(path.read_bytes())],
    )
    page.locator("[data-hash-check]").dispatch_event("drop", {"dataTransfer": files})


def test_the_code_can_be_typed(site: Site, browser: Browser, watch: Watch) -> None:
    context, page = open_page(browser, watch, width=360)
    page.goto(f"{site.base_url}/pruefen/")
    inspect(page, 360, True)
    page.get_by_label("Prüfcode").fill("kein Code")
    page.get_by_role("button", name="Code prüfen").click()
    expect(page.locator("#fehler")).to_be_focused()
    assert page.title().startswith("Fehler:")
    expect(page.get_by_label("Prüfcode")).to_have_value("kein Code")
    inspect(page, 360, True)
    page.goto(f"{site.base_url}/pruefen/ej454-z5fyk-p0cmn-5sg9s-7azr0-6")
    expect(page.get_by_role("heading", level=1)).to_contain_text("steht kein Dokument")
    inspect(page, 360, True)
    context.close()


def test_a_wrong_password_is_said_and_the_name_kept(
    site: Site, browser: Browser, watch: Watch
) -> None:
    context, page = open_page(browser, watch, width=360)
    page.goto(f"{site.base_url}/anmelden")
    page.get_by_label("E-Mail-Adresse").fill(site.clerk.email)
    page.get_by_label("Passwort").fill("falsch")
    page.locator("main").get_by_role("button", name="Anmelden").click()
    expect(page.locator("#fehler")).to_contain_text("Passwort stimmt nicht")
    expect(page.locator("#fehler")).to_be_focused()
    expect(page.get_by_label("E-Mail-Adresse")).to_have_value(site.clerk.email)
    inspect(page, 360, True)
    context.close()
