"""Frames on their pages: made, looked at, let out, put around templates, renewed."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tenants.context import Scope
from tenants.models import Tenant
from tenants.outbox import Task
from tests.app.pages.conftest import Office
from tests.app.pages.test_templates import upload
from tests.support.docx_files import docx_of
from tests.support.web import Visitor
from tests.support.web_forms import document_of, form_of, text_of
from workers.handlers import perform_task
from workers.runtime import Runtime

MAKING = "//main//form[@enctype='multipart/form-data']"
DECIDING = "//main//form[contains(@action, '/freigabe')]"


@pytest.fixture
def administrator(app: Flask, office: Office) -> Visitor:
    return Visitor(app, office.administrator)


def logo(colour: tuple[int, int, int]) -> io.BytesIO:
    stream = io.BytesIO()
    Image.new("RGB", (40, 20), colour).save(stream, "PNG")
    return io.BytesIO(stream.getvalue())


def set_four_eyes(office: Office, *, wanted: bool) -> None:
    office.installation.in_scope(
        Scope(tenant_id=office.tenant.id),
        lambda session: session.execute(
            update(Tenant).where(Tenant.id == office.tenant.id).values(four_eyes=wanted)
        ),
    )


@contextmanager
def four_eyes(office: Office) -> Iterator[None]:
    set_four_eyes(office, wanted=True)
    yield
    set_four_eyes(office, wanted=False)


@pytest.fixture(autouse=True, scope="module")
def one_person_suffices(office: Office) -> Iterator[None]:
    set_four_eyes(office, wanted=False)
    yield
    set_four_eyes(office, wanted=office.tenant.four_eyes)


RED, BLUE = (200, 0, 0), (0, 0, 200)


def make(visitor: Visitor, address: str, **given: object) -> TestResponse:
    """Send the form at ``address``."""
    sent = form_of(visitor.get(address), MAKING)
    fields = {**sent.filled(), **given}
    return visitor.post(sent.action, fields, content_type="multipart/form-data")


def decide(visitor: Visitor, review: str, action: str, comment: str = "") -> TestResponse:
    sent = form_of(visitor.get(review), DECIDING)
    fields = {**sent.filled(), "aktion": action, "comment": comment}
    return visitor.post(sent.action, fields)


def published_template(visitor: Visitor, office: Office, title: str, text: str) -> str:
    """Upload and publish a template; return its address."""
    first = upload(visitor, office, docx_of(text), title=title)
    sent = form_of(
        visitor.get(first.location), "//main//form[contains(@action, 'veroeffentlichen')]"
    )
    visitor.post(sent.action, sent.filled())
    return first.location


def published_frame(visitor: Visitor, office: Office, title: str, **given: object) -> str:
    """Make and publish a frame; return its address."""
    made = make(visitor, f"{office.path}/vorlagen/rahmen/neu", title=title, **given)
    assert made.status_code == 302, text_of(made)
    done = decide(visitor, made.location, "beantragen")
    assert done.status_code == 302
    return made.location.removesuffix("/freigabe")


def put_in(visitor: Visitor, frame: str, title: str) -> TestResponse:
    """Put a template into a frame; return the page of the new versions."""
    page = visitor.get(frame)
    (chosen,) = document_of(page).xpath(
        f"//main//label[contains(., '{title}')]/input[@name='vorlage']/@value"
    )
    made = visitor.post(f"{frame}/vorlagen", {"vorlage": [chosen]})
    assert made.status_code == 302
    return visitor.get(made.location)


def publish_all(visitor: Visitor, page: TestResponse) -> None:
    sent = form_of(page, "//main//form[contains(@action, 'veroeffentlichen')]")
    assert visitor.post(sent.action, sent.filled()).status_code == 302


def test_what_makes_no_frame_is_told_at_its_place(administrator: Visitor, office: Office) -> None:
    address = f"{office.path}/vorlagen/rahmen/neu"
    nothing = make(administrator, address, title="Leer")
    assert nothing.status_code == 422
    assert "geben Sie Logos, Kopf oder Fuß an" in text_of(nothing)
    unnamed = make(administrator, address, title=" ", kopf="Amt")
    assert "Geben Sie dem Rahmen einen Namen." in text_of(unnamed)
    of_a_form = make(administrator, address, title="Frage", kopf="{{ nachname }}")
    assert of_a_form.status_code == 422
    assert "„nachname“ ist in einem Rahmen nicht möglich" in text_of(of_a_form)
    broken = make(administrator, address, title="Logo", logos=[(io.BytesIO(b"GIF"), "a.gif")])
    assert "beschädigt oder kein PNG" in text_of(broken)
    file = make(administrator, address, title="Datei", file=(io.BytesIO(b"PK"), "a.docx"))
    assert file.status_code == 422
    listed = document_of(administrator.get(f"{office.path}/vorlagen/rahmen/"))
    titles = set(listed.xpath("//main//tbody//th/a/text()"))
    assert not titles & {"Leer", "Frage", "Logo", "Datei"}


def test_a_new_logo_touches_no_word_of_the_templates_in_a_frame(
    administrator: Visitor, office: Office
) -> None:
    template = published_template(administrator, office, "Gerahmt", "Frau {{ nachname }}")
    frame = published_frame(
        administrator, office, "Briefbogen", kopf="{{ mandant.name }}", fuss="Seite",
        logos=[(logo(RED), "a.png"), (logo(RED), "b.png")],
    )  # fmt: skip
    made = put_in(administrator, frame, "Gerahmt")
    assert "Nur Rahmen" in text_of(made)
    publish_all(administrator, made)
    assert "Abgelöst" in text_of(administrator.get(template))
    (newer,) = document_of(made).xpath("//main//table//th/a/@href")
    words = text_of(administrator.get(newer))
    assert "Briefbogen, Fassung 1 aktuell" in words and "Veröffentlicht" in words

    # The next version keeps the first logo, takes a new one, and says so.
    edit = administrator.get(f"{frame}/fassung")
    assert len(document_of(edit).xpath("//input[@name='logo' and @checked]")) == 2
    assert administrator.get(f"{frame}/logo-1").mimetype == "image/png"
    second = make(
        administrator, f"{frame}/fassung", logo=["0"], note="Neues Logo",
        logos=[(logo(BLUE), "c.png")],
    )  # fmt: skip
    assert second.status_code == 302, text_of(second)
    review = text_of(administrator.get(second.location))
    assert "Was sich gegenüber Fassung 1 ändert" in review
    assert "Eine Vorlage steht in diesem Rahmen." in review
    assert "aktuell" in text_of(administrator.get(newer))
    decide(administrator, second.location, "beantragen")

    shown = administrator.get(frame)
    assert "1 Vorlage erneuern" in text_of(shown)
    assert "ältere Fassung" in text_of(administrator.get(f"{office.path}/vorlagen/rahmen/"))
    assert "Briefbogen, Fassung 1 ältere Fassung" in text_of(administrator.get(newer))
    sent = form_of(shown, "//main//form[contains(@action, '/vorlagen') and .//table]")
    renewed = administrator.get(administrator.post(sent.action, sent.filled()).location)
    assert "Nur Rahmen" in text_of(renewed)
    publish_all(administrator, renewed)
    assert "erneuern" not in text_of(administrator.get(frame))
    comparison = text_of(administrator.get(f"{frame}/vergleich/1/2"))
    assert "Fassung" in comparison
    assert administrator.get(f"{frame}/vergleich/1/9").status_code == 404
    assert administrator.get(f"{frame}/fassungen/2.docx").data.startswith(b"PK")


def test_a_file_is_uploaded_into_a_frame_and_only_its_text_counts(
    administrator: Visitor, office: Office
) -> None:
    frame = published_frame(administrator, office, "Für Dateien", kopf="Amt im Rahmen")
    made = upload(
        administrator, office, docx_of("Herr {{ nachname }}"), title="Im Rahmen",
        rahmen=frame.rpartition("/")[2],
    )  # fmt: skip
    assert "Für Dateien, Fassung 1 aktuell" in text_of(administrator.get(made.location))


def test_a_template_in_an_old_frame_is_not_published(
    administrator: Visitor, office: Office
) -> None:
    published_template(administrator, office, "Veraltet", "Herr {{ nachname }}")
    frame = published_frame(administrator, office, "Bald alt", kopf="Amt")
    made = put_in(administrator, frame, "Veraltet")
    second = make(administrator, f"{frame}/fassung", kopf="Neues Amt")
    decide(administrator, second.location, "beantragen")
    publish_all(administrator, made)
    (address,) = document_of(made).xpath("//main//table//th/a/@href")
    page = administrator.get(address)
    assert "Geprüft, nicht veröffentlicht" in text_of(page)


def test_two_people_let_a_frame_out(app: Flask, administrator: Visitor, office: Office) -> None:
    other = Visitor(app, office.installation.person(tenant=office.tenant, role="tenant_admin"))
    with four_eyes(office):
        made = make(
            administrator, f"{office.path}/vorlagen/rahmen/neu", title="Zu zweit", kopf="Amt"
        )
        frame = made.location.removesuffix("/freigabe")
        decide(administrator, made.location, "beantragen")
        assert "eine andere Person" in text_of(administrator.get(made.location))
        refused = administrator.post(made.location, {"aktion": "freigeben"})
        assert refused.status_code == 422
        assert make(administrator, f"{frame}/fassung", kopf="Anders").status_code == 422
        assert "Zu zweit, Fassung 1" in text_of(other.get(f"{office.path}/vorlagen/rahmen/"))
        notice = "Freigabe: Rahmen „Zu zweit“, Fassung 1"
        assert notice in text_of(other.get(f"{office.path}/uebersicht"))
        assert notice not in text_of(administrator.get(f"{office.path}/uebersicht"))
        assert decide(other, made.location, "zurueckgeben").status_code == 422
        assert decide(other, made.location, "zurueckgeben", "Fuß fehlt").status_code == 302
        assert "Fuß fehlt" in text_of(administrator.get(made.location))
        make(administrator, f"{frame}/fassung", kopf="Amt", fuss="Seite")
        decide(administrator, made.location, "beantragen")
        decide(administrator, made.location, "zurueckziehen")
        decide(administrator, made.location, "beantragen")
        assert decide(other, made.location, "freigeben").status_code == 302
    assert "veröffentlicht am" in text_of(administrator.get(frame))


def test_a_draft_that_nobody_wants_is_gone(administrator: Visitor, office: Office) -> None:
    made = make(administrator, f"{office.path}/vorlagen/rahmen/neu", title="Weg", kopf="Amt")
    frame = made.location.removesuffix("/freigabe")
    assert administrator.post(f"{frame}/verwerfen").location.endswith("/rahmen/")
    assert administrator.get(frame).status_code == 404


def test_the_pages_of_a_frame_are_drawn(administrator: Visitor, office: Office) -> None:
    made = make(
        administrator, f"{office.path}/vorlagen/rahmen/neu", title="Gezeichnet",
        kopf="{{ mandant.name }}", logos=[(logo(RED), "a.png")],
    )  # fmt: skip
    assert "werden gerade gezeichnet" in text_of(administrator.get(made.location))

    def ready(session: Session) -> list[str]:
        query = select(Task.id).where(Task.state == "ready", Task.kind == "draw_frame")
        return list(session.scalars(query))

    with Runtime.from_settings(office.installation.settings) as runtime:
        for task in office.installation.in_scope(Scope(tenant_id=office.tenant.id), ready):
            perform_task(runtime, task)
    pages = document_of(administrator.get(made.location)).xpath("//main//ol//img/@src")
    assert len(pages) == 2
    for address in pages:
        with Image.open(io.BytesIO(administrator.get(address).data)) as picture:
            colours = picture.convert("RGB").getcolors(maxcolors=2**24) or []
        assert any(red > 150 and green < 60 for _count, (red, green, _blue) in colours)
