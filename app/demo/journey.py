"""The main job as a person does it: sign in, fill in, submit, wait, download, verify."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.demo.browser import Browser, WebForm, WebPage
from forms.definition import FormDefinition
from forms.fields.hours import format_hours
from forms.packages import Json, JsonObject

DOCUMENT_SECONDS = 180
POLL_SECONDS = 0.5
MOST_STEPS = 60


class JourneyFailed(RuntimeError):
    """The journey could not be finished; the message is German and names page and cause."""


@dataclass(frozen=True)
class JourneyResult:
    """What the journey brought back."""

    submission_number: str
    document_url: str
    pdf: bytes
    docx: bytes
    proof_url: str
    proof_page: WebPage
    copy: bytes

    @property
    def pdf_sha256(self) -> str:
        """The hash of the downloaded PDF."""
        return hashlib.sha256(self.pdf).hexdigest()


class Journey:
    """One person at one tenant."""

    def __init__(self, base_url: str, tenant_slug: str) -> None:
        self._browser = Browser()
        self._base = base_url
        self._tenant = f"{base_url}/{tenant_slug}"

    def sign_in(self, email: str, password: str) -> None:
        """Sign in at the platform. Raises `JourneyFailed`."""
        page = self._browser.get(f"{self._base}/anmelden")
        form = page.form("/anmelden")
        answered = self._browser.post(
            form.target, form.filled({"username": [email], "password": [password]})
        )
        if answered.status != 200 or "/anmelden" in answered.url:
            raise JourneyFailed(f"Die Anmeldung von {email} ist fehlgeschlagen.")

    def act_for(self, organisation_id: str) -> None:
        """Act for an organisation in the tenant."""
        self._expect(self._browser.get(f"{self._tenant}/handeln-als/{organisation_id}"))

    def run(self, definition: FormDefinition, data: JsonObject) -> JourneyResult:
        """Fill in and submit the form with ``data`` and fetch its document."""
        start = self._expect(self._browser.get(f"{self._tenant}/vordrucke/{definition.key}"))
        page = self._expect(self._send(start.form("/beginnen"), {}))
        answers = _hours_typed(definition, posted_answers(data))
        for _step in range(MOST_STEPS):
            if "/seite/" not in page.url:
                break
            page = self._fill_page(page, answers, data)
        receipt = self._submit(page)
        return self._collect(receipt)

    def _fill_page(
        self, page: WebPage, answers: Mapping[str, list[str]], data: JsonObject
    ) -> WebPage:
        known: set[str] = set()
        for _turn in range(MOST_STEPS):
            page = self._add_rows(page, answers, data)
            form = page.form("/seite/")
            if form.names() <= known:
                break
            known |= form.names()
            page = self._send(form, answers, [("__action", "refresh")])
            self._refuse_errors(page)
        answered = self._send(page.form("/seite/"), answers, [("__action", "next")])
        self._refuse_errors(answered)
        return answered

    def _add_rows(
        self, page: WebPage, answers: Mapping[str, list[str]], data: JsonObject, prefix: str = ""
    ) -> WebPage:
        for key, value in data.items():
            if not isinstance(value, list) or not value or not isinstance(value[0], dict):
                continue
            group = prefix + key
            while page.document.xpath("//button[@name=$name]", name=f"{group}.__add"):
                if _row_count(page, group) >= len(value):
                    break
                page = self._send(page.form("/seite/"), answers, [(f"{group}.__add", "1")])
                self._refuse_errors(page)
            for index, row in enumerate(value):
                if isinstance(row, dict):
                    page = self._add_rows(page, answers, row, f"{group}[{index}].")
        return page

    def _send(
        self,
        form: WebForm,
        answers: Mapping[str, list[str]],
        buttons: list[tuple[str, str]] | None = None,
    ) -> WebPage:
        return self._browser.post(form.target, form.filled(answers) + (buttons or []))

    def _submit(self, page: WebPage) -> WebPage:
        if not page.url.endswith("/pruefen"):
            raise JourneyFailed(f"Die Seite zum Prüfen wurde nicht erreicht: {page.url}")
        form = page.form("/pruefen")
        receipt = self._send(form, {"__acknowledged": ["1"]})
        self._refuse_errors(receipt)
        if not receipt.url.endswith("/eingang"):
            raise JourneyFailed(f"Das Absenden ist fehlgeschlagen: {receipt.status} {receipt.url}")
        return receipt

    def _collect(self, receipt: WebPage) -> JourneyResult:
        document_url = _first(
            link for link in receipt.links() if "/dokumente/" in link and link[-1] != "/"
        )
        copy_url = _first(link for link in receipt.links() if link.endswith("/kopie"))
        page = self._wait_for_document(document_url)
        pdf_url = _first(link for link in page.links() if link.endswith("/pdf"))
        docx_url = _first(link for link in page.links() if link.endswith("/docx"))
        proof_url = _first(link for link in page.links() if "/pruefen/" in link[:-1])
        number = receipt.document.xpath("string(//*[@data-nummer])")
        return JourneyResult(
            submission_number=" ".join(str(number).split()),
            document_url=page.url,
            pdf=self._expect(self._browser.get(pdf_url)).content,
            docx=self._expect(self._browser.get(docx_url)).content,
            proof_url=proof_url,
            proof_page=Browser().get(proof_url),
            copy=self._expect(self._browser.get(copy_url)).content,
        )

    def _wait_for_document(self, url: str) -> WebPage:
        deadline = time.monotonic() + DOCUMENT_SECONDS
        while time.monotonic() < deadline:
            page = self._expect(self._browser.get(url))
            if any(link.endswith("/pdf") for link in page.links()):
                return page
            if b"Fehlgeschlagen" in page.content:
                raise JourneyFailed(f"Das Dokument ist fehlgeschlagen: {_main_text(page)}")
            time.sleep(POLL_SECONDS)
        raise JourneyFailed(f"Das Dokument war nach {DOCUMENT_SECONDS} Sekunden nicht fertig.")

    def _expect(self, page: WebPage) -> WebPage:
        if page.status != 200:
            raise JourneyFailed(f"{page.url} antwortet mit {page.status}.")
        return page

    def _refuse_errors(self, page: WebPage) -> None:
        if page.status >= 400:
            raise JourneyFailed(f"{page.url} ({page.status}): {'; '.join(page.errors())}")


def posted_answers(data: JsonObject) -> dict[str, list[str]]:
    """Return stored answers as a browser posts them: path → texts."""
    return {path: texts for key, value in data.items() for path, texts in _posted(key, value)}


def _posted(path: str, value: Json) -> Iterator[tuple[str, list[str]]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if not key.startswith("_"):
                yield from _posted(f"{path}.{key}", inner)
    elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
        for index, row in enumerate(value):
            yield from _posted(f"{path}[{index}]", row)
    elif isinstance(value, list):
        yield path, [str(one) for one in value]
    elif isinstance(value, bool):
        yield path, ["ja" if value else "nein"]
    elif value is not None:
        yield path, [str(value)]


def _hours_typed(
    definition: FormDefinition, answers: Mapping[str, list[str]]
) -> dict[str, list[str]]:
    """Return ``answers`` with stored minutes as the hours that a person types."""
    typed = dict(answers)
    for path, texts in answers.items():
        field = definition.field_at(path)
        if field is not None and field.type == "hours":
            typed[path] = [format_hours(int(text)) for text in texts]
    return typed


def _row_count(page: WebPage, group: str) -> int:
    """Return how many rows ``group`` has, without those of groups inside its rows."""
    number = f"substring-after(@name, '{group}[')"
    return len(
        page.document.xpath(
            f"//input[starts-with(@name, '{group}[') and substring-after({number}, ']') = '._id']"
        )
    )


def _first(links: Iterator[str]) -> str:
    for link in links:
        return link
    raise JourneyFailed("Auf der Seite fehlt der erwartete Verweis.")


def _main_text(page: WebPage) -> str:
    return " ".join(page.document.xpath("string(//main)").split())[:400]
