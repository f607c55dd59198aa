"""Uploading templates: what is wrong is said, what is good may be published."""

from __future__ import annotations

import io
from collections.abc import Mapping

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.app.pages.conftest import TEMPLATE, Office
from tests.support.docx_files import docx_of, paragraph, plain_members, zipped
from tests.support.web import Visitor
from tests.support.web_forms import document_of, error_links, form_of, text_of

UPLOAD = "//main//form[@enctype='multipart/form-data']"


@pytest.fixture
def administrator(app: Flask, office: Office) -> Visitor:
    return Visitor(app, office.administrator)


def upload(visitor: Visitor, office: Office, data: bytes | None, **changes: str) -> TestResponse:
    """Fill in the upload page as a browser does."""
    sent = form_of(visitor.get(f"{office.path}/vorlagen/hochladen"), UPLOAD)
    fields: Mapping[str, object] = sent.filled(
        {"title": "Bescheid über Kosten", "form": office.version.id, "file": None, **changes}
    )
    file = {} if data is None else {"file": (io.BytesIO(data), "bescheid.docx")}
    return visitor.post(sent.action, {**fields, **file}, content_type="multipart/form-data")


def test_a_good_template_is_checked_and_published(administrator: Visitor, office: Office) -> None:
    answer = upload(administrator, office, TEMPLATE)
    assert answer.status_code == 302
    page = administrator.get(answer.location)
    words = text_of(page)
    assert "Geprüft, nicht veröffentlicht" in words
    assert "kann noch nicht veröffentlicht werden" not in words
    sent = form_of(page, "//main//form[contains(@action, 'veroeffentlichen')]")
    assert administrator.post(sent.action, sent.filled()).status_code == 302
    assert "Die Vorlage ist veröffentlicht." in text_of(
        administrator.get(f"{office.path}/vorlagen/")
    )


def test_the_newer_version_replaces_the_former(administrator: Visitor, office: Office) -> None:
    pages = []
    for _version in range(2):
        location = upload(administrator, office, TEMPLATE, title="Mit Nachfolge").location
        sent = form_of(
            administrator.get(location), "//main//form[contains(@action, 'veroeffentlichen')]"
        )
        administrator.post(sent.action, sent.filled())
        pages.append(location)
    assert "Abgelöst" in text_of(administrator.get(pages[0]))
    assert "Veröffentlicht" in text_of(administrator.get(pages[1]))
    assert "Fassung 2" in text_of(administrator.get(pages[1]))


def test_an_unknown_placeholder_names_paragraph_and_way_out(
    administrator: Visitor, office: Office
) -> None:
    answer = upload(administrator, office, docx_of("Antrag von {{ nachnahme }}"), title="Vertippt")
    page = administrator.get(answer.location)
    words = text_of(page)
    assert "eint" in words
    assert "„nachname“" in words
    assert "Antrag von {{ nachnahme }}" in words
    assert "kann noch nicht veröffentlicht werden" in words
    assert document_of(page).xpath("//main//form[contains(@action, 'veroeffentlichen')]") == []
    # Nor may it be published by hand.
    publish = answer.location + "/veroeffentlichen"
    assert administrator.post(publish).location == answer.location
    assert "noch Fehler" in text_of(administrator.get(answer.location))


def test_a_template_of_another_form_is_not_publishable(
    administrator: Visitor, office: Office
) -> None:
    from forms.packages import read_package

    foreign = read_package("hilfebericht").template_bytes
    answer = upload(administrator, office, foreign, title="Falscher Vordruck")
    assert "kann noch nicht veröffentlicht werden" in text_of(administrator.get(answer.location))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"Kein Word", "kein Word-Dokument"),
        (b"PK\x03\x04kaputt", "beschädigt"),
        (zipped(plain_members("<w:p><w:r><w:object/></w:r></w:p>")), "Objekte"),
        (zipped({"[Content_Types].xml": b"0" * 60_000_000}), "zu groß"),
    ],
    ids=["text", "truncated", "object", "bomb"],
)
def test_a_hostile_file_is_refused_with_a_reason(
    administrator: Visitor, office: Office, data: bytes, expected: str
) -> None:
    answer = upload(administrator, office, data, title="Böse Datei")
    assert answer.status_code == 422
    words = text_of(answer)
    assert "Nicht angenommen" in words
    assert expected in words
    assert "Böse Datei" not in text_of(administrator.get(f"{office.path}/vorlagen/"))


@pytest.mark.parametrize(
    ("changes", "target", "expected"),
    [
        ({"title": " "}, "#title", "Geben Sie der Vorlage einen Titel."),
        ({"form": ""}, "#form", "Wählen Sie den Vordruck"),
        ({"form": "kein-vordruck"}, "#form", "Wählen Sie den Vordruck"),
        (
            {"form": "00000000-0000-4000-8000-000000000000"},
            "#form",
            "Wählen Sie den Vordruck",
        ),
    ],
)
def test_what_is_missing_is_said_and_the_rest_kept(
    administrator: Visitor, office: Office, changes: dict[str, str], target: str, expected: str
) -> None:
    answer = upload(administrator, office, TEMPLATE, **changes)
    assert answer.status_code == 422
    ((text, place),) = error_links(answer).items()
    assert text.startswith(expected)
    assert place == target
    if "form" in changes:
        assert form_of(answer, UPLOAD).fields["title"] == ["Bescheid über Kosten"]
    else:
        assert form_of(answer, UPLOAD).fields["form"] == [office.version.id]


@pytest.mark.parametrize("data", [None, b""])
def test_a_file_is_needed(administrator: Visitor, office: Office, data: bytes | None) -> None:
    answer = upload(administrator, office, data)
    assert answer.status_code == 422
    assert error_links(answer) == {"Wählen Sie eine DOCX-Datei aus.": "#file"}


def test_a_file_above_the_limit_is_told(administrator: Visitor, office: Office) -> None:
    answer = upload(administrator, office, b"PK\x03\x04" + b"\0" * 10 * 1024 * 1024)
    assert answer.status_code == 422
    assert "größer als 10 MB" in text_of(answer)
    far = upload(administrator, office, b"PK\x03\x04" + b"\0" * 13 * 1024 * 1024)
    assert far.status_code == 413
    assert "zu groß" in text_of(far)


def test_a_broken_upload_is_told(administrator: Visitor, office: Office) -> None:
    administrator.get(f"{office.path}/vorlagen/hochladen")
    answer = administrator.client.post(
        f"{office.path}/vorlagen/hochladen",
        data=b"--grenze\r\nContent-Disposition: form-data; name=file; filename=a\r\n\r\nPK",
        content_type="multipart/form-data; boundary=grenze",
    )
    assert answer.status_code == 400
    assert "main" in answer.get_data(as_text=True)


def test_a_template_can_be_fetched_again(administrator: Visitor, office: Office) -> None:
    listing = administrator.get(f"{office.path}/vorlagen/")
    (link, *_more) = document_of(listing).xpath("//main//a[contains(@href, '/datei')]/@href")
    response = administrator.get(link)
    assert response.status_code == 200
    assert response.get_data()[:2] == b"PK"
    assert "attachment" in response.headers["Content-Disposition"]


def test_the_placeholders_of_the_form_are_listed(administrator: Visitor, office: Office) -> None:
    listing = administrator.get(f"{office.path}/vorlagen/platzhalter")
    (link, *_more) = document_of(listing).xpath("//main//table//th/a/@href")
    words = text_of(administrator.get(link))
    for path in ("nachname", "kosten", "gesamt"):
        assert path in words


def test_nobody_else_comes_near_templates(app: Flask, office: Office) -> None:
    for person in (office.specialist, office.manager):
        visitor = Visitor(app, person)
        for rest in ("/vorlagen/", "/vorlagen/hochladen", "/vorlagen/platzhalter"):
            assert visitor.get(office.path + rest).status_code == 404


def _first_form(administrator: Visitor, office: Office) -> str:
    listing = administrator.get(f"{office.path}/vorlagen/platzhalter")
    (link, *_more) = document_of(listing).xpath("//main//table//th/a/@href")
    return str(link)


def test_the_starter_can_be_uploaded_as_it_is(administrator: Visitor, office: Office) -> None:
    started = administrator.get(f"{_first_form(administrator, office)}/vorlage.docx")
    assert started.status_code == 200
    answer = upload(administrator, office, started.get_data(), title="Angefangen")
    words = text_of(administrator.get(answer.location))
    assert "Die Vorlage ist in Ordnung" in words
    sheet = administrator.get(f"{_first_form(administrator, office)}/platzhalter.docx")
    assert sheet.get_data()[:2] == b"PK"


def test_a_preview_is_asked_for_and_waited_for(administrator: Visitor, office: Office) -> None:
    location = upload(administrator, office, TEMPLATE, title="Zum Ansehen").location
    page = administrator.get(f"{location}/vorschau")
    assert "Wählen Sie, womit" in text_of(page)
    sent = form_of(page, "//main//form[contains(@action, 'vorschau')]")
    answer = administrator.post(sent.action, sent.filled({"daten": "lang"}))
    assert "werden gerade gezeichnet" in text_of(administrator.get(answer.location))
    assert administrator.get(f"{location}/vorschau/1.png?daten=lang").status_code == 302
    for wrong in ("x", "00000000-0000-4000-8000-000000000000"):
        assert administrator.get(f"{location}/vorschau?daten={wrong}").status_code == 404


def test_the_difference_to_the_version_in_use_is_told(
    administrator: Visitor, office: Office
) -> None:
    first = upload(administrator, office, docx_of("Frau {{ nachname }}"), title="Verglichen")
    publish = form_of(
        administrator.get(first.location), "//main//form[contains(@action, 'veroeffentlichen')]"
    )
    administrator.post(publish.action, publish.filled())
    second = upload(administrator, office, docx_of("Herr {{ nachname }}"), title="Verglichen")
    page = administrator.get(second.location)
    assert "gegenüber der benutzten Fassung 1" in text_of(page)
    main = document_of(page)
    assert main.xpath("string(//main//del)").strip() == "Frau"
    assert main.xpath("string(//main//ins)").strip() == "Herr"
    (link,) = main.xpath("//main//a[contains(@href, '/vergleich/')]/@href")
    assert "Von Fassung 1 zu Fassung 2" in text_of(administrator.get(link))
    assert "sind gleich" in text_of(administrator.get(f"{second.location}/vergleich/2"))
    assert administrator.get(f"{second.location}/vergleich/9").status_code == 404


def test_what_was_mended_is_told_apart_from_mistakes(
    administrator: Visitor, office: Office
) -> None:
    data = docx_of("Frau {{ nachname|default(„–“) }}")
    page = administrator.get(upload(administrator, office, data, title="Gebessert").location)
    words = text_of(page)
    assert "Beim Hochladen geändert" in words
    assert "Typografische Zeichen im Platzhalter wurden ersetzt" in words


def tracked(text: str) -> bytes:
    """A file in which somebody wrote with tracked changes, and mistyped a placeholder as well."""
    change = "<w:p><w:ins w:author='A' w:id='1'><w:r><w:t>sechs</w:t></w:r></w:ins></w:p>"
    return zipped(plain_members(change + paragraph(text)))


def test_a_refused_file_tells_at_once_all_that_is_wrong(
    administrator: Visitor, office: Office
) -> None:
    page = upload(administrator, office, tracked("Antrag von {{ nachnahme }}"), title="Geändert")
    words = text_of(page)
    assert page.status_code == 422
    assert "Der Absatz enthält nachverfolgte Änderungen." in words
    assert "Unbekannter Platzhalter „nachnahme“" in words
    assert "2 Stellen müssen geändert werden." in words
    assert "Geändert" not in text_of(administrator.get(f"{office.path}/vorlagen/"))


def test_a_better_file_is_asked_for_under_the_same_title(
    administrator: Visitor, office: Office
) -> None:
    pages = [
        upload(administrator, office, tracked("Text"), title="Immer derselbe"),
        administrator.get(
            upload(
                administrator, office, docx_of("{{ nachnahme }}"), title="Immer derselbe"
            ).location
        ),
    ]
    for page in pages:
        (again,) = document_of(page).xpath("//main//a[contains(@href, 'hochladen')]/@href")
        sent = form_of(administrator.get(again), UPLOAD).filled({"file": None})
        assert (sent["title"], sent["form"]) == (["Immer derselbe"], [office.version.id])


def test_answers_that_are_not_written_are_named_as_the_form_names_them(
    administrator: Visitor, office: Office
) -> None:
    page = administrator.get(upload(administrator, office, docx_of("Text"), title="Leer").location)
    assert "„Nachname“" in text_of(page)
