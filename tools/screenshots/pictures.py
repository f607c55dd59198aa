"""The walk through the demonstration, and what is photographed on the way."""

from __future__ import annotations

import copy
import io
import re
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

from app.demo.journey import travel
from app.demo.material import read_material
from app.demo.participant import Participant
from forms.definition import parse_definition
from forms.packages import JsonObject, read_package
from tests.support.chromium import Person, Watch, open_chromium, open_page
from tools.screenshots.images import WIDTH, draw_pdf_page, draw_steps, save_picture

TENANT = "hilden"
FORM = "fachleistungsstunde"
PROVIDER = "gesa.hollmann-riedt@example.org"
CLERK = "mareike.duisberg@example.org"
ADMINISTRATOR = "konrad.amelung@example.org"
SHOWN_ACTIVITIES = 3
# A window as narrow as a step of the composition, so that its text stays readable.
STEP_WIDTH, STEP_HEIGHT = 560, 640
# One wrong letter, as it happens when somebody types a placeholder.
RIGHT, WRONG = b"dynamisierung_ab", b"dynamisirung_ab"


def take_pictures(base_url: str, password: str, out: Path) -> list[Path]:
    """Take every picture of the demonstration at ``base_url`` and return their paths."""
    _fill_register(base_url, password)
    with open_chromium() as browser, tempfile.TemporaryDirectory() as work:
        walk = _Walk(browser, base_url, password, out, Path(work))
        walk.fill_in_and_submit()
        walk.show_register()
        walk.show_proof()
        walk.show_findings()
        walk.compose()
        return walk.taken


def _fill_register(base_url: str, password: str) -> None:
    """Let other Träger submit first: an empty register shows nothing."""
    material = read_material()
    ids = {one.key: one.id for one in material.organisations}
    emails = {
        key: person.email
        for person in material.people
        for key, role in person.organisation_roles
        if role == "traeger_leitung"
    }
    for package in (read_package(FORM), read_package("hilfebericht")):
        for sample in package.samples[1:3]:
            sender = Participant(base_url, TENANT, emails[sample.organisation], password)
            sender.act_for(ids[sample.organisation])
            travel(parse_definition(package.form_document), sample.data, sender, _nobody)


def _nobody(role: str) -> Participant:
    raise LookupError(role)


class _Walk:
    def __init__(
        self, browser: Browser, base_url: str, password: str, out: Path, work: Path
    ) -> None:
        self._browser = browser
        self._base_url = base_url
        self._password = password
        self._out = out
        self._work = work
        self._steps: dict[str, bytes] = {}
        self._pdf = work / "dokument.pdf"
        self._proof_url = ""
        self.taken: list[Path] = []

    def fill_in_and_submit(self) -> None:
        data = _shown_sample()
        with self._person(PROVIDER) as person:
            page = person.page
            person.begin(TENANT, FORM)
            while "/seite/" in page.url:
                person.fill_page(data)
                if page.url.endswith("/kosten"):
                    self._shoot(page, "ausfuellen", height=1080)
                if page.url.endswith("/satz"):
                    self._shoot_step(page, "rechnen")
                person.go_on()
            self._shoot(page, "pruefen-und-absenden", height=1000)
            page.get_by_role("button", name="Verbindlich absenden").click()
            page.get_by_role("link", name="Zum Dokument").click()
            link = page.get_by_role("link", name=re.compile("PDF herunterladen"))
            link.wait_for(timeout=180_000)
            self._shoot(page, "dokument", height=1000)
            with page.expect_download() as download:
                link.click()
            download.value.save_as(self._pdf)
            proof = page.locator('a[href*="/pruefen/"]:not([href$="/pruefen/"])').first
            self._proof_url = self._base_url + (proof.get_attribute("href") or "")
        self._keep("dokument-seite", draw_pdf_page(self._pdf, self._work))
        self._steps["dokument-seite"] = draw_pdf_page(self._pdf, self._work, width=STEP_WIDTH)

    def show_register(self) -> None:
        with self._person(CLERK) as person:
            person.page.goto(f"{self._base_url}/{TENANT}/dokumente/")
            self._shoot(person.page, "register", height=800)

    def show_proof(self) -> None:
        with self._window() as page:
            page.goto(self._proof_url)
            page.locator("input[type=file]").set_input_files(self._pdf)
            page.locator("[data-hash-result] .kern-alert").wait_for()
            self._shoot(page, "pruefseite", height=1100)

    def show_findings(self) -> None:
        faulty = self._work / "schreiben.docx"
        faulty.write_bytes(_misspelt(read_package(FORM).template_bytes))
        with self._person(ADMINISTRATOR) as person:
            page = person.page
            page.goto(f"{self._base_url}/{TENANT}/vorlagen/hochladen")
            page.get_by_label("Name der Vorlage").fill("Schreiben mit Berechnungsblatt")
            page.get_by_label("Für welchen Vordruck?").select_option(
                label=read_package(FORM).form_document["title"]
            )
            page.locator("input[type=file]").set_input_files(faulty)
            page.locator("form[enctype] button[type=submit]").click()
            page.locator(".siegel-finding").first.wait_for()
            self._shoot(page, "vorlage-befunde", height=900)

    def compose(self) -> None:
        """Put the four steps of the main job side by side."""
        shots = self._steps
        steps = [
            ("Ausfüllen", "Der Träger füllt aus, der Vordruck rechnet mit.", shots["rechnen"]),
            (
                "Prüfen und absenden",
                "Die ganze Erklärung auf einen Blick, dann mit Nummer und Zeit im Eingang.",
                shots["pruefen-und-absenden"],
            ),
            (
                "Gesiegelt",
                "Aus der Word-Vorlage wird ein gesiegeltes PDF/A.",
                shots["dokument-seite"],
            ),
            ("Nachprüfbar", "Wer es in Händen hält, kann es prüfen.", shots["pruefseite"]),
        ]
        with self._window() as page:
            self._keep("ablauf", draw_steps(page, steps))

    def _shoot(self, page: Page, name: str, *, height: int) -> None:
        """Photograph the window from its top, and what it shows for the steps."""
        self._shoot_step(page, name)
        page.set_viewport_size({"width": WIDTH, "height": height})
        page.evaluate("window.scrollTo(0, 0)")
        self._keep(name, page.screenshot(animations="disabled", caret="hide"))

    def _shoot_step(self, page: Page, name: str) -> None:
        page.set_viewport_size({"width": STEP_WIDTH, "height": STEP_HEIGHT})
        page.locator("h1").evaluate(
            "one => window.scrollTo(0, one.getBoundingClientRect().top + scrollY - 40)"
        )
        self._steps[name] = page.screenshot(animations="disabled", caret="hide")

    def _keep(self, name: str, content: bytes) -> None:
        self.taken.append(save_picture(content, self._out / f"{name}.png"))

    @contextmanager
    def _window(self) -> Iterator[Page]:
        context, page = open_page(self._browser, Watch(self._base_url), width=WIDTH)
        yield page
        context.close()

    @contextmanager
    def _person(self, email: str) -> Iterator[Person]:
        with self._window() as page:
            person = Person(page, self._base_url)
            person.sign_in(email, self._password)
            yield person


def _shown_sample() -> JsonObject:
    data = copy.deepcopy(dict(read_package(FORM).samples[0].data))
    activities = data["bestandteile"]
    if isinstance(activities, list):
        data["bestandteile"] = activities[:SHOWN_ACTIVITIES]
    return data


def _misspelt(template: bytes) -> bytes:
    """Return a DOCX in which one placeholder has a letter too few."""
    changed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(template)) as source,
        zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for entry in source.infolist():
            target.writestr(entry, source.read(entry).replace(RIGHT, WRONG))
    return changed.getvalue()
