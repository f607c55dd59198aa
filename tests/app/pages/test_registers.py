"""Keeping registers in the browser, without a script."""

from __future__ import annotations

import io
import uuid

import pytest
from flask import Flask
from openpyxl import load_workbook
from werkzeug.test import TestResponse

from forms.building.drafting import create_form
from forms.exchange.package_archive import PackageContent, write_package
from forms.expressions.nodes import Json
from tenants.context import Scope
from tests.app.pages.conftest import Office
from tests.support.form_documents import field, identity, one_page
from tests.support.web import Visitor
from tests.support.web_forms import Fields, document_of, error_links, form_of, text_of

MAIN_FORM = "//main//form[@novalidate]"


@pytest.fixture
def administrator(app: Flask, office: Office) -> Visitor:
    return Visitor(app, office.administrator)


@pytest.fixture
def path(administrator: Visitor, office: Office) -> str:
    """Create a register with two columns and return the path of its page."""
    key = f"v_{uuid.uuid4().hex[:10]}"
    response = create(administrator, office, key)
    assert response.status_code == 302, text_of(response)
    return f"{office.path}/verzeichnisse/{key}"


def create(visitor: Visitor, office: Office, key: str, **typed: str) -> TestResponse:
    sent = form_of(visitor.get(f"{office.path}/verzeichnisse/neu"), MAIN_FORM)
    fields: Fields = sent.filled({"title": "Einrichtungen", "key": key, **typed})
    fields["column_label"] = ["Plätze", "Ort", ""]
    fields["column_key"] = ["plaetze", "ort", ""]
    fields["column_type"] = ["integer", "text", "text"]
    return visitor.post(sent.action, fields)


def add(visitor: Visitor, path: str, **typed: str) -> TestResponse:
    sent = form_of(visitor.get(f"{path}/eintraege/neu"), MAIN_FORM)
    changes = {name.replace("spalte_", "spalte-"): value for name, value in typed.items()}
    return visitor.post(sent.action, sent.filled(changes))


def take_in(visitor: Visitor, path: str, data: bytes, name: str = "t.csv") -> TestResponse:
    visitor.get(f"{path}/uebernehmen")
    return visitor.post(f"{path}/uebernehmen", {"file": (io.BytesIO(data), name)})


def test_empty_states_lead_on(
    app: Flask, office: Office, administrator: Visitor, path: str
) -> None:
    assert "Noch kein Eintrag" in text_of(administrator.get(path))
    book = load_workbook(io.BytesIO(administrator.get(f"{path}/ausgabe.xlsx").data))
    assert [cell.value for cell in book.worksheets[0][1]] == [
        "Schlüssel", "Name", "Plätze", "Ort", "Träger", "Gültig ab", "Gilt bis vor den",
    ]  # fmt: skip


def test_an_entry_is_added_changed_and_ended(administrator: Visitor, path: str) -> None:
    response = add(administrator, path, label="Kita Nord", spalte_plaetze="85", spalte_ort="Hilden")
    assert response.status_code == 302
    page = administrator.get(path)
    words = text_of(page)
    for word in ("Kita Nord", "kita-nord", "85", "Hilden", "gilt"):
        assert word in words
    (address,) = document_of(page).xpath("//main//tbody//th/a/@href")
    sent = form_of(administrator.get(address), MAIN_FORM)
    assert sent.fields["spalte-plaetze"] == ["85"]
    response = administrator.post(sent.action, sent.filled({"spalte-plaetze": "90"}))
    assert response.status_code == 302
    assert "90" in text_of(administrator.get(path))
    administrator.get(address)
    assert administrator.post(f"{address}/beenden").status_code == 302
    words = text_of(administrator.get(path))
    assert "beendet" in words and "Kita Nord" in words
    assert "Ab heute beenden" not in text_of(administrator.get(address))


def test_an_entry_is_erased(administrator: Visitor, path: str) -> None:
    add(administrator, path, label="Erika Beispiel", spalte_ort="Ahornweg 3")
    (address,) = document_of(administrator.get(path)).xpath("//main//tbody//th/a/@href")
    page = administrator.get(address)
    assert "endgültig löschen" in text_of(page)
    erased = administrator.post(form_of(page, "//form[contains(@action, 'loeschen')]").action)
    assert erased.location == path
    assert "Erika" not in text_of(administrator.get(path))
    assert administrator.get(address).status_code == 404


@pytest.mark.parametrize(
    ("typed", "place", "said"),
    [
        ({"label": ""}, "#label", "einen Namen"),
        ({"label": "Kita", "spalte_plaetze": "viele"}, "#spalte-plaetze", "Plätze"),
        ({"label": "Kita", "valid_from": "bald"}, "#valid_from", "kein Tag"),
        ({"label": "Kita", "key": "a b"}, "#key", "Schlüssel"),
        ({"label": "Kita", "spalte_ort": "x" * 501}, "#spalte-ort", "500"),
        ({"label": "Kita", "owner": "niemand"}, "#owner", "Träger"),
        (
            {"label": "Kita", "valid_from": "2.1.2027", "valid_until": "1.1.2027"},
            "#valid_until",
            "Ende",
        ),
    ],
)
def test_what_does_not_fit_is_said_and_nothing_typed_is_lost(
    administrator: Visitor, path: str, typed: dict[str, str], place: str, said: str
) -> None:
    response = add(administrator, path, **typed)
    assert response.status_code == 422
    ((text, link),) = error_links(response).items()
    assert link == place and said in text
    kept = form_of(response, MAIN_FORM).fields
    for name, value in typed.items():
        if name != "owner":
            assert kept[name.replace("spalte_", "spalte-")] == [value]
    assert "Noch kein Eintrag" in text_of(administrator.get(path))


@pytest.mark.parametrize(
    ("typed", "place"),
    [({"title": ""}, "#title"), ({"key": "Groß"}, "#key"), ({"key": ""}, "#key")],
)
def test_a_register_needs_title_and_key(
    administrator: Visitor, office: Office, typed: dict[str, str], place: str
) -> None:
    values = {"title": "Neu", "key": "neu_hier", **typed}
    response = create(administrator, office, values["key"], title=values["title"])
    assert response.status_code == 422
    assert list(error_links(response).values()) == [place]
    assert form_of(response, MAIN_FORM).fields["column_key"][:2] == ["plaetze", "ort"]


def test_columns_are_added_renamed_and_taken_out(administrator: Visitor, path: str) -> None:
    add(administrator, path, label="Kita Nord", spalte_plaetze="85")
    sent = form_of(administrator.get(f"{path}/bearbeiten"), MAIN_FORM)
    fields = sent.filled({"title": "Häuser"})
    fields["column_label"] = ["Betreuungsplätze", "Ort", "Seit", "", ""]
    fields["column_key"] = ["plaetze", "ort", "seit", "", ""]
    fields["column_type"] = ["integer", "text", "date", "text", "text"]
    fields["column_drop"] = ["ort"]
    assert administrator.post(sent.action, fields).status_code == 302
    page = administrator.get(path)
    headings = [one.text_content() for one in document_of(page).xpath("//main//thead//th")]
    assert headings == ["Name", "Betreuungsplätze", "Seit", "Träger", "Stand"]
    fields["column_type"][0] = "text"
    response = administrator.post(sent.action, fields)
    assert response.status_code == 422
    assert list(error_links(response).values()) == ["#columns"]


def test_searching_and_turning_pages(administrator: Visitor, path: str) -> None:
    table = "Name;Ort\n" + "\n".join(f"Haus {n:03};{'Haan' if n % 2 else ''}" for n in range(101))
    assert take_in(administrator, path, table.encode()).status_code == 302
    page = administrator.get(path)
    assert "101 Einträge" in text_of(page) and "Seite 1 von 3" in text_of(page)
    (following,) = document_of(page).xpath("//main//a[@rel='next']/@href")
    assert "Haus 050" in text_of(administrator.get(following))
    administrator.get(path)
    response = administrator.post(f"{path}/suche", {"text": "haan 01"})
    assert "haan" not in response.location
    words = text_of(administrator.get(path))
    assert "Haus 013" in words and "Haus 012" not in words
    administrator.post(f"{path}/suche", {"text": "gibt es nicht"})
    assert "Nichts gefunden" in text_of(administrator.get(path))
    administrator.get(f"{path}/suche/zuruecksetzen")
    assert "101 Einträge" in text_of(administrator.get(path))


def test_a_table_is_given_out_and_taken_in_again(administrator: Visitor, path: str) -> None:
    add(administrator, path, label="=Kita", spalte_plaetze="85")
    for ending in ("csv", "xlsx"):
        sent = administrator.get(f"{path}/ausgabe.{ending}")
        assert "attachment" in sent.headers["Content-Disposition"]
        assert take_in(administrator, path, sent.data).status_code == 302
        assert "0 neu, 0 geändert, 1 unverändert" in text_of(administrator.get(path))


def test_a_wrong_table_names_the_row(administrator: Visitor, path: str) -> None:
    response = take_in(administrator, path, "Name;Plätze\nA;1\nB;viele".encode())
    assert response.status_code == 422
    assert list(error_links(response).values()) == ["#file"]
    cells = [one.text_content() for one in document_of(response).xpath("//main//td")]
    assert cells[0] == "3" and "Plätze" in cells[1]
    assert "Noch kein Eintrag" in text_of(administrator.get(path))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04kaputt", b"\x00"])
def test_what_is_no_table_is_refused(administrator: Visitor, path: str, data: bytes) -> None:
    response = take_in(administrator, path, data)
    assert response.status_code == 422
    assert list(error_links(response).values()) == ["#file"]


@pytest.mark.parametrize("role", ["specialist", "manager"])
def test_others_do_not_find_the_room(app: Flask, office: Office, path: str, role: str) -> None:
    visitor = Visitor(app, getattr(office, role))
    for address in (f"{office.path}/verzeichnisse/", path, f"{path}/ausgabe.csv"):
        assert visitor.get(address).status_code == 404


def test_an_entry_of_another_register_is_not_found(
    administrator: Visitor, office: Office, path: str
) -> None:
    add(administrator, path, label="Kita Nord")
    (address,) = document_of(administrator.get(path)).xpath("//main//tbody//th/a/@href")
    create(administrator, office, "andere")
    other = address.replace(path, f"{office.path}/verzeichnisse/andere")
    assert other != address
    assert administrator.get(other).status_code == 404


def test_a_form_is_built_on_a_register(administrator: Visitor, office: Office, path: str) -> None:
    key = path.rpartition("/")[2]
    document = one_page(
        field("radio", "raum", options={"a": "A"}),
        field("register", "haus", register="gibt_es_nicht"),
    )
    document |= {"key": f"f_{key}"}
    draft = office.installation.in_scope(
        Scope(tenant_id=office.tenant.id, account_id=office.administrator.account_id),
        lambda session: create_form(session, document).form_id,
    )
    address = f"{office.path}/baukasten/{draft}/?element={identity('field haus')}"
    page = administrator.get(address)
    assert "„gibt_es_nicht“ gibt es hier nicht" in text_of(page)
    choosing = "//form[.//select[@name='register']]"
    sent = form_of(page, choosing)
    assert administrator.post(sent.action, sent.filled({"register": key})).status_code in (200, 302)
    page = administrator.get(address)
    assert "gibt es hier nicht" not in text_of(page)
    sent = form_of(page, choosing)
    lines = document_of(page).xpath("//input[@name='takes']/@value")
    filters = document_of(page).xpath("//select[@name='filter']/option/@value")
    assert len(lines) == 2 and "ort|raum" in filters
    changes: dict[str, str | list[str] | None] = {"takes": [lines[0]], "filter": "ort|raum"}
    administrator.post(sent.action, sent.filled(changes))
    sent = form_of(administrator.get(address), choosing)
    assert sent.fields["takes"] == [lines[0]] and sent.fields["filter"] == ["ort|raum"]


def test_an_imported_form_says_which_register_is_missing(
    administrator: Visitor, office: Office
) -> None:
    takes: list[Json] = [{"key": "plaetze", "label": "Plätze", "type": "integer"}]
    document = one_page(field("register", "haus", register="gibt_es_nicht", takes=takes))
    package = write_package(document, PackageContent(), version="1.0.0", author="Niemand")
    administrator.get(f"{office.path}/baukasten/uebernehmen")
    sent = {"file": (io.BytesIO(package), "a.vordruck.zip"), "target": "new"}
    response = administrator.post(f"{office.path}/baukasten/uebernehmen", sent)
    assert response.status_code == 302, text_of(response)
    words = text_of(administrator.get(response.location))
    assert "„gibt_es_nicht“ gibt es hier nicht" in words and "plaetze (Ganze Zahl)" in words
