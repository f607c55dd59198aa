"""A real Chromium in front of the product: watched for complaints, and able to fill in a form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    Locator,
    Page,
    Request,
    expect,
    sync_playwright,
)

from app.demo.participant import posted_answers
from forms.packages import JsonObject

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "app" / "static" / "vendor" / "axe" / "axe.min.js"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
SECONDS = 60_000
"""How long a page may take, in milliseconds: far beyond the usual, for busy machines."""

# Kept when a calculation that began after all that was typed is on the page: one that was under
# way knows less.
CALCULATED = """form => new Promise(resolve => {
    let last = null;
    form.addEventListener('htmx:config:request', event => { last = event.detail.ctx; });
    form.addEventListener('htmx:finally:request', event => {
        if (event.detail.ctx === last) {
            resolve();
        }
    });
    form.dispatchEvent(new Event('change'));
})"""


@contextmanager
def open_chromium() -> Iterator[Browser]:
    """Start Chromium, and end it with the block."""
    expect.set_options(timeout=SECONDS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Watch:
    """What a browser had to complain about, and where it went that is not ours."""

    base_url: str
    complaints: list[str] = field(default_factory=list)

    def follow(self, page: Page) -> None:
        """Note script errors, refused content and every request to another host."""
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on("console", self._note_message)
        page.on("request", self._note_request)

    def _note_message(self, message: Any) -> None:
        # Chromium reports each answer of 4xx here; those that matter are asserted by status.
        if message.type == "error" and "the server responded with a status of" not in message.text:
            self.complaints.append(message.text)

    def _note_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("data", "blob"):
            return
        if address.netloc != urlsplit(self.base_url).netloc:
            self.complaints.append(f"request to {request.url}")


def violations(page: Page) -> list[str]:
    """Return axe's findings on ``page``, one line each."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[dict[str, object]] = page.evaluate(
        "tags => axe.run(document, {runOnly: tags}).then(result => result.violations.map("
        "rule => ({id: rule.id, nodes: rule.nodes.map(node => node.html.slice(0, 200))})))",
        AXE_TAGS,
    )
    return [f"{rule['id']}: {rule['nodes']}" for rule in found]


def german_texts(data: JsonObject) -> dict[str, list[str]]:
    """Return stored answers as a person types them: path → texts."""
    texts: dict[str, list[str]] = {}
    for path, values in posted_answers(data).items():
        texts[path] = [_typed(value) for value in values]
    return texts


def _typed(value: str) -> str:
    if date := re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", value):
        return f"{date[3]}.{date[2]}.{date[1]}"
    if re.fullmatch(r"\d+\.\d+", value):
        return value.replace(".", ",")
    return value


class Person:
    """Somebody at a browser, signed in or not, with or without JavaScript."""

    def __init__(self, page: Page, base_url: str, *, script: bool = True) -> None:
        self.page = page
        self.base_url = base_url
        self.script = script

    def sign_in(self, email: str, password: str) -> None:
        """Sign in on the page that asks for it."""
        self.page.goto(f"{self.base_url}/anmelden")
        self.page.get_by_label("E-Mail-Adresse").fill(email)
        self.page.get_by_label("Passwort").fill(password)
        self.page.locator("main").get_by_role("button", name="Anmelden").click()
        self.page.wait_for_url("**/start")

    def begin(self, tenant: str, form_key: str) -> None:
        """Begin a form."""
        self.page.goto(f"{self.base_url}/{tenant}/vordrucke/{form_key}")
        self.page.get_by_role("button", name=re.compile("beginnen")).click()
        self.page.wait_for_url("**/seite/*")

    def fill_page(self, data: JsonObject) -> None:
        """Answer every question of the page that ``data`` answers, rows and reveals included."""
        texts = german_texts(data)
        self._add_rows(data)
        answered: set[str] = set()
        while todo := [path for path in self._offered(texts) if path not in answered]:
            self._answer(todo, texts)
            answered.update(todo)
            self._add_rows(data)

    def go_on(self) -> None:
        """Save the page and go on."""
        before = self.page.url
        self.page.locator("form#formular .siegel-actions").get_by_role(
            "button", name="Speichern und weiter"
        ).click()
        self.page.wait_for_url(lambda url: url != before)

    def refresh(self) -> None:
        """Have the page calculated, by leaving the field or by the button."""
        if self.script:
            self.page.locator("#seitentitel").focus()
            self.page.locator("form#formular").evaluate(CALCULATED)
        else:
            self.page.get_by_role("button", name="Seite aktualisieren").click()

    def _answer(self, paths: list[str], texts: Mapping[str, list[str]]) -> None:
        for path in paths:
            self._answer_one(path, texts[path])
        self.refresh()

    def _answer_one(self, path: str, texts: list[str]) -> None:
        controls = self.page.locator(f'#felder [name="{path}"]')
        first = controls.first
        kind = first.evaluate("one => one.type || one.tagName")
        if kind in ("radio", "checkbox"):
            for text in texts:
                self.page.locator(f'#felder [name="{path}"][value="{text}"]').check()
        elif kind == "select-one":
            first.select_option(texts[0])
        else:
            first.fill(texts[0])

    def _offered(self, texts: Mapping[str, list[str]]) -> list[str]:
        names = self.page.locator("#felder").evaluate(
            "box => [...new Set([...box.querySelectorAll('[name]')]"
            ".filter(one => one.type !== 'hidden').map(one => one.name))]"
        )
        return [name for name in names if name in texts]

    def _add_rows(self, data: JsonObject, prefix: str = "") -> None:
        for key, value in data.items():
            if not isinstance(value, list) or not value or not isinstance(value[0], dict):
                continue
            group = prefix + key
            button = self.page.locator(f'button[name="{group}.__add"]')
            while button.count() and self._rows(group).count() < len(value):
                wanted = self._rows(group).count() + 1
                button.click()
                self._rows(group).nth(wanted - 1).wait_for(state="attached", timeout=SECONDS)
            for index, row in enumerate(value):
                if isinstance(row, dict):
                    self._add_rows(row, f"{group}[{index}].")

    def _rows(self, group: str) -> Locator:
        """Return what carries the id of each row of ``group``, not of groups inside its rows."""
        number = f"substring-after(@name, '{group}[')"
        return self.page.locator(
            f"xpath=//input[starts-with(@name, '{group}[') "
            f"and substring-after({number}, ']') = '._id']"
        )


def open_page(
    browser: Browser, watch: Watch, *, width: int = 1280, height: int = 900, script: bool = True
) -> tuple[BrowserContext, Page]:
    """Return a fresh German browser window that ``watch`` follows."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        locale="de-DE",
        timezone_id="Europe/Berlin",
        java_script_enabled=script,
    )
    context.set_default_timeout(SECONDS)
    context.on("page", watch.follow)
    page = context.new_page()
    return context, page
