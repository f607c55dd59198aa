"""A small browser without JavaScript: pages, cookies, forms. For the demonstration's journey."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

from lxml import html

Fields = list[tuple[str, str]]
TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class WebPage:
    """An answer of the server: where it came from, its status and its content."""

    url: str
    status: int
    content: bytes
    content_type: str

    @property
    def document(self) -> html.HtmlElement:
        """The parsed page."""
        return html.document_fromstring(self.content.decode("utf-8"))

    def links(self) -> list[str]:
        """Return the absolute addresses of all links."""
        return [urljoin(self.url, link) for link in self.document.xpath("//a/@href")]

    def errors(self) -> list[str]:
        """Return the texts of the error summary."""
        found = self.document.xpath("//*[contains(@class, 'siegel-error-summary')]//li")
        return [" ".join(item.text_content().split()) for item in found]

    def form(self, action_part: str) -> WebForm:
        """Return the form whose target contains ``action_part``. Raises `LookupError`."""
        for element in self.document.forms:
            target = urljoin(self.url, element.get("action") or "")
            if action_part in target and (element.method or "").upper() == "POST":
                return WebForm(target, element)
        raise LookupError(f"no form for {action_part} on {self.url}")


@dataclass(frozen=True)
class WebForm:
    """A form of a page with its input elements."""

    target: str
    element: html.HtmlElement = field(repr=False)

    def entries(self) -> Fields:
        """Return what the form would send as it stands, without buttons."""
        return [(name, str(value)) for name, value in self.element.form_values()]

    def names(self) -> set[str]:
        """Return the names of all input elements, ticked or not."""
        return {one.name for one in self.element.inputs if one.name and one.get("type") != "submit"}

    def options(self, name: str) -> set[str]:
        """Return the values that boxes with ``name`` offer; empty for a text input."""
        return set(
            self.element.xpath(
                ".//input[@name=$name and (@type='checkbox' or @type='radio')]/@value", name=name
            )
        )

    def filled(self, answers: Mapping[str, Iterable[str]]) -> Fields:
        """Return what the form sends when ``answers`` are typed, ticked and chosen in it."""
        offered = {name: list(values) for name, values in answers.items() if name in self.names()}
        kept = [(name, value) for name, value in self.entries() if name not in offered]
        return kept + [(name, value) for name, values in offered.items() for value in values]


class Browser:
    """Keeps cookies and follows redirects."""

    def __init__(self) -> None:
        self._opener: OpenerDirector = build_opener(HTTPCookieProcessor(CookieJar()))

    def get(self, url: str) -> WebPage:
        """Fetch a page; a status of 4xx or 5xx is an answer too."""
        return self._open(Request(url))  # noqa: S310 - the caller's own server

    def post(self, url: str, fields: Fields) -> WebPage:
        """Send a form."""
        body = urlencode(fields).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._open(Request(url, data=body, headers=headers))  # noqa: S310 - own server

    def _open(self, request: Request) -> WebPage:
        try:
            with self._opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
                return WebPage(
                    answer.geturl(), answer.status, answer.read(),
                    answer.headers.get_content_type(),
                )  # fmt: skip
        except HTTPError as error:
            with error:
                return WebPage(
                    error.geturl() or request.full_url, error.code, error.read(),
                    error.headers.get_content_type(),
                )  # fmt: skip
