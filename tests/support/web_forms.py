"""Forms of a page as a browser without JavaScript sends them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lxml import html
from lxml.html import FormElement, HtmlElement
from werkzeug.test import TestResponse

Fields = dict[str, list[str]]


@dataclass(frozen=True)
class SentForm:
    """Where a form goes and what it sends before anybody touches it, without its buttons."""

    action: str
    fields: Fields

    def filled(
        self, changes: Mapping[str, str | list[str] | None] | None = None, **button: str
    ) -> Fields:
        """Return the fields with ``changes`` (None takes one away) and the pressed button."""
        fields = dict(self.fields)
        for name, value in {**(changes or {}), **button}.items():
            if value is None:
                fields.pop(name, None)
            else:
                fields[name] = value if isinstance(value, list) else [value]
        return fields


def document_of(response: TestResponse) -> HtmlElement:
    """Return the parsed page."""
    return html.fromstring(response.get_data())


def text_of(response: TestResponse, path: str = "//main") -> str:
    """Return the words of a part of a page with single spaces."""
    return " ".join(
        " ".join(node.text_content() for node in document_of(response).xpath(path)).split()
    )


def form_of(response: TestResponse, path: str = "//form[@id='formular']") -> SentForm:
    """Return a form of the page; the page must have it."""
    found = document_of(response).xpath(path)
    assert found, text_of(response)[:400]
    form: FormElement = found[0]
    fields: Fields = {}
    for name, value in form.form_values():
        fields.setdefault(name, []).append(value)
    return SentForm(str(form.get("action")), fields)


def buttons_of(response: TestResponse) -> list[str]:
    """Return the names of all buttons of a page."""
    return [str(name) for name in document_of(response).xpath("//main//button/@name")]


def error_links(response: TestResponse) -> dict[str, str]:
    """Return the error summary: text to the place it leads to, empty for none."""
    items = document_of(response).xpath("//*[@id='fehler']//li")
    return {
        " ".join(item.text_content().split()): str((item.xpath(".//a/@href") or [""])[0])
        for item in items
    }
