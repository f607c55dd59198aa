"""Every page in a real Chromium: accessible, narrow enough, and whole without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask, render_template
from playwright.sync_api import Browser, Page

from tests.app.templates.example_kinds import EXAMPLES, schema_types
from tests.app.templates.example_pages import PAGES, review_pages

pytestmark = pytest.mark.browser

AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def complaints() -> list[str]:
    """Return what the browser's console has against the pages: script errors, refused content."""
    return []


@pytest.fixture(scope="module")
def tab(browser: Browser, complaints: list[str]) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="de-DE")
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    yield page
    context.close()


@pytest.fixture(scope="module")
def tab_without_script(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 360, "height": 800}, java_script_enabled=False)
    page = context.new_page()
    yield page
    context.close()


def violations(page: Page, axe_source: str) -> list[str]:
    """Return axe's findings on ``page``, one line each."""
    page.evaluate(axe_source)
    found: list[dict[str, object]] = page.evaluate(
        "tags => axe.run(document, {runOnly: tags}).then(result => result.violations.map("
        "rule => ({id: rule.id, nodes: rule.nodes.map(node => node.html.slice(0, 200))})))",
        AXE_TAGS,
    )
    return [f"{rule['id']}: {rule['nodes']}" for rule in found]


def escaping_labels(tab: Page) -> list[str]:
    """Return the texts that stand outside of the button or badge that they name."""
    found: list[str] = tab.evaluate(
        """() => [...document.querySelectorAll(".kern-btn, .kern-badge")]
          .filter((one) => one.checkVisibility())
          .flatMap((one) => {
            const box = one.getBoundingClientRect();
            return [...one.querySelectorAll(".kern-label:not(.kern-sr-only)")]
              .filter((label) => {
                const text = label.getBoundingClientRect();
                return text.left < box.left - 1 || text.right > box.right + 1;
              })
              .map((label) => label.textContent.trim());
          })"""
    )
    return found


@pytest.mark.parametrize("name", PAGES)
def test_page_is_accessible_and_fits(
    name: str, tab: Page, preview_url: str, axe_source: str, complaints: list[str]
) -> None:
    complaints.clear()
    tab.set_viewport_size({"width": 1280, "height": 900})
    response = tab.goto(f"{preview_url}/{name}")
    assert response is not None and response.status == 200
    for width in (1280, 360, 320):
        tab.set_viewport_size({"width": width, "height": 900})
        assert tab.evaluate("document.documentElement.scrollWidth") <= width, width
        assert escaping_labels(tab) == [], width
        if width != 360:
            assert violations(tab, axe_source) == []
    assert complaints == []
    assert tab.title().endswith("Brief & Siegel")


@pytest.mark.parametrize("name", PAGES)
def test_page_is_whole_without_javascript(
    name: str, tab_without_script: Page, preview_url: str
) -> None:
    tab_without_script.goto(f"{preview_url}/{name}")
    assert tab_without_script.locator("h1").count() == 1
    assert tab_without_script.locator("h1").is_visible()
    # Nothing that needs a script is offered, and nothing is hidden that only a script would show.
    for control in tab_without_script.locator(".siegel-only-js").all():
        assert not control.is_visible()
    for control in tab_without_script.locator(".siegel-no-js").all():
        assert control.is_visible()


@pytest.mark.parametrize("name", PAGES)
def test_html_has_one_main_unique_ids_and_nothing_inline(name: str, preview: Flask) -> None:
    html = preview.test_client().get(f"/{name}").get_data(as_text=True)
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids)), sorted({one for one in ids if ids.count(one) > 1})
    assert html.count("<main") == 1
    assert '<html lang="de"' in html
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)", html)
    for reference in re.findall(r'aria-(?:describedby|labelledby|controls)="([^"]+)"', html):
        assert set(reference.split()) <= set(ids), reference
    for target in re.findall(r'<label[^>]* for="([^"]+)"', html):
        assert target in ids


def test_pages_load_nothing_from_elsewhere(tab: Page, preview_url: str) -> None:
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(f"{preview_url}/felder-voll")
    assert asked
    assert all(url.startswith((preview_url, "data:")) for url in asked), asked


@pytest.mark.parametrize("element", ["field", "column"])
def test_every_field_type_of_the_schema_is_drawn(element: str) -> None:
    assert set(schema_types(element)) - {"repeat"} <= set(EXAMPLES)
    answered = set(schema_types("field")) - {"calculated", "info"}
    assert {key for key, example in EXAMPLES.items() if example.answer is not None} | {
        "repeat"
    } == answered


def test_title_says_error_first(preview: Flask) -> None:
    html = preview.test_client().get("/felder-fehler").get_data(as_text=True)
    assert re.search(r"<title>Fehler: Angaben zum Träger – .* – Stadt Hilden – Brief", html)


def test_legend_of_a_matrix_names_choices_not_their_stored_values(preview: Flask) -> None:
    html = preview.test_client().get("/gruppen").get_data(as_text=True)
    legend = re.search(r'<ul class="siegel-matrix-legend">(.*?)</ul>', html, re.DOTALL)
    assert legend
    assert re.findall(r"<li>(.*?)</li>", legend.group(1)) == [
        "federführend",
        "mitwirkend",
        "wird informiert",
    ]


def test_copy_to_keep_needs_no_other_file(preview: Flask) -> None:
    with preview.test_request_context():
        html = render_template(
            "filling/copy.html",
            form={"title": "Kalkulation", "version": 3},
            submission={
                "number": "E-2026-0019",
                "received_at": "22.11.2026",
                "person": "J. Brandau",
            },
            review=review_pages(),
        )
    assert "E-2026-0019" in html
    assert "72.400,00 €" in html
    assert not re.search(r"<script|\ssrc=|\shref=|url\(|@import", html)
