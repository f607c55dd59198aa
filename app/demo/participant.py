"""One invented person in front of the product: signs in, fills in pages, hands over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.demo.browser import Browser, WebForm, WebPage
from forms.definition import FormDefinition
from forms.fields.hours import format_hours
from forms.fields.picked import is_picked
from forms.fields.register_columns import KEY
from forms.packages import Json, JsonObject

MOST_STEPS = 60
OWN_OFFICE = "amt"


class JourneyFailed(RuntimeError):
    """The journey could not be finished; the message is German and names page and cause."""


class Participant:
    """A person signed in at one tenant, who acts for its office or for an organisation."""

    def __init__(self, base_url: str, tenant_slug: str, email: str, password: str) -> None:
        """Sign in. Raises `JourneyFailed`."""
        self._browser = Browser()
        self._tenant = f"{base_url}/{tenant_slug}"
        page = self._browser.get(f"{base_url}/anmelden")
        form = page.form("/anmelden")
        answered = self._browser.post(
            form.target, form.filled({"username": [email], "password": [password]})
        )
        if answered.status != 200 or "/anmelden" in answered.url:
            raise JourneyFailed(f"Die Anmeldung von {email} ist fehlgeschlagen.")

    def act_for(self, capacity: str) -> None:
        """Act for an organisation, or with `OWN_OFFICE` for the tenant itself."""
        self.visit(f"{self._tenant}/handeln-als/{capacity}")

    def visit(self, url: str) -> WebPage:
        """Fetch a page. Raises `JourneyFailed` unless it is shown."""
        page = self._browser.get(url)
        if page.status != 200:
            raise JourneyFailed(f"{page.url} antwortet mit {page.status}.")
        return page

    def submit_form(self, definition: FormDefinition, data: JsonObject) -> WebPage:
        """Fill in a form with ``data``, send it, and return the receipt."""
        start = self.visit(f"{self._tenant}/vordrucke/{definition.key}")
        receipt = self._fill_and_send(self._send(start.form("/beginnen"), {}), definition, data)
        if not receipt.url.endswith("/eingang"):
            raise JourneyFailed(f"Das Absenden ist fehlgeschlagen: {receipt.status} {receipt.url}")
        return receipt

    def do_step(self, submission_url: str, definition: FormDefinition, data: JsonObject) -> None:
        """Fill in the step of a submission that is the person's turn, and hand it over."""
        page = self.visit(submission_url)
        if page.document.xpath("//form[contains(@action, '/entscheidung/check')]"):
            page = self._send(page.form("/entscheidung/check"), {})
        sent = self._fill_and_send(self._send(page.form("/bearbeiten"), {}), definition, data)
        if sent.url != submission_url:
            raise JourneyFailed(f"Die Übergabe ist fehlgeschlagen: {sent.status} {sent.url}")

    def _fill_and_send(
        self, page: WebPage, definition: FormDefinition, data: JsonObject
    ) -> WebPage:
        answers = _hours_typed(definition, posted_answers(data))
        for _step in range(MOST_STEPS):
            if "/seite/" not in page.url:
                break
            page = self._fill_page(page, answers, data)
        if not page.url.endswith("/pruefen"):
            raise JourneyFailed(f"Die Seite zum Prüfen wurde nicht erreicht: {page.url}")
        return self._send(page.form("/pruefen"), {"__acknowledged": ["1"]})

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
        return self._send(page.form("/seite/"), answers, [("__action", "next")])

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
        page = self._browser.post(form.target, form.filled(answers) + (buttons or []))
        if page.status >= 400:
            raise JourneyFailed(f"{page.url} ({page.status}): {'; '.join(page.errors())}")
        return page


def posted_answers(data: JsonObject) -> dict[str, list[str]]:
    """Return stored answers as a browser posts them: path → texts."""
    return {path: texts for key, value in data.items() for path, texts in _posted(key, value)}


def _posted(path: str, value: Json) -> Iterator[tuple[str, list[str]]]:
    if isinstance(value, dict) and is_picked(value):
        # Of a chosen entry its key is sent; what its columns say, the list says.
        yield path, [str(value[KEY])]
    elif isinstance(value, dict):
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
