"""The main job as people do it: each fills in its step, the document is fetched and proved."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.demo.browser import Browser, WebPage
from app.demo.participant import JourneyFailed, Participant
from forms.definition import FormDefinition
from forms.packages import JsonObject

DOCUMENT_SECONDS = 180
POLL_SECONDS = 0.5


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


def travel(
    definition: FormDefinition,
    data: JsonObject,
    sender: Participant,
    person_of: Callable[[str], Participant],
) -> JourneyResult:
    """Let ``sender`` submit ``data`` and each later step be done by the person of its role.

    ``person_of`` is asked for the roles of the office. The sender fetches the document.
    Raises `JourneyFailed`.
    """
    receipt = sender.submit_form(definition, data)
    submission_url = _first(link for link in receipt.links() if _is_submission(link))
    for step in definition.procedure.steps[1:]:
        person = sender if step.role == "traeger" else person_of(step.role)
        person.do_step(submission_url, definition, data)
    return _collect(sender, receipt, submission_url)


def _is_submission(link: str) -> bool:
    return "/einreichungen/" in link and link[-1] != "/"


def _collect(sender: Participant, receipt: WebPage, submission_url: str) -> JourneyResult:
    links = sender.visit(submission_url).links()
    document_url = _first(link for link in links if "/dokumente/" in link and link[-1] != "/")
    copy_url = _first(link for link in receipt.links() if link.endswith("/kopie"))
    page = _wait_for_document(sender, document_url)
    proof_url = _first(link for link in page.links() if "/pruefen/" in link[:-1])
    number = receipt.document.xpath("string(//*[@data-nummer])")
    return JourneyResult(
        submission_number=" ".join(str(number).split()),
        document_url=page.url,
        pdf=sender.visit(_first(link for link in page.links() if link.endswith("/pdf"))).content,
        docx=sender.visit(_first(link for link in page.links() if link.endswith("/docx"))).content,
        proof_url=proof_url,
        proof_page=Browser().get(proof_url),
        copy=sender.visit(copy_url).content,
    )


def _wait_for_document(sender: Participant, url: str) -> WebPage:
    deadline = time.monotonic() + DOCUMENT_SECONDS
    while time.monotonic() < deadline:
        page = sender.visit(url)
        if any(link.endswith("/pdf") for link in page.links()):
            return page
        if b"Fehlgeschlagen" in page.content:
            raise JourneyFailed(f"Das Dokument ist fehlgeschlagen: {_main_text(page)}")
        time.sleep(POLL_SECONDS)
    raise JourneyFailed(f"Das Dokument war nach {DOCUMENT_SECONDS} Sekunden nicht fertig.")


def _first(links: Iterator[str]) -> str:
    for link in links:
        return link
    raise JourneyFailed("Auf der Seite fehlt der erwartete Verweis.")


def _main_text(page: WebPage) -> str:
    return " ".join(page.document.xpath("string(//main)").split())[:400]
