"""Choosing entries of lists in the browser, without a script, up to the declaration."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TypeVar

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from forms.expressions.nodes import Json
from forms.fields.register_columns import RegisterColumn
from forms.models import Submission
from forms.registers.keeping import (
    EntryContent,
    RegisterShape,
    add_entry,
    change_entry,
    create_register,
    end_entry,
    find_register,
    list_entries,
)
from forms.registers.models import RegisterEntry
from forms.registers.table_file import read_table_file
from forms.registers.transfer import take_in_table
from forms.surroundings import today_in_berlin
from tenants.context import Scope
from tests.app.pages.conftest import Office
from tests.support.form_documents import field, form, page, section
from tests.support.web import Visitor
from tests.support.web_forms import document_of, error_links, form_of, text_of

T = TypeVar("T")


class Room:
    """A form that asks for a facility and a person, and the register behind it."""

    def __init__(self, app: Flask, office: Office) -> None:
        self.app, self.office = app, office
        self.register = f"v_{uuid.uuid4().hex[:8]}"
        shape = RegisterShape(
            title="Einrichtungen", columns=(RegisterColumn("plaetze", "Plätze", "integer"),)
        )
        self.do(lambda s: create_register(s, self.register, shape))
        self.add("Kita Nord", plaetze=85)
        self.add("Kita Süd", plaetze=40)
        self.key = f"f{uuid.uuid4().hex[:8]}"
        takes: list[Json] = [{"key": "plaetze", "label": "Plätze", "type": "integer"}]
        document = form(
            page(
                "seite",
                section(
                    "a",
                    field("register", "haus", label="Haus", register=self.register, takes=takes,
                          required=True),
                    field("person", "kraft", label="Fachkraft", side="office",
                          roles=["fachkraft"]),
                    field("calculated", "doppelt", result="integer", value="haus.plaetze * 2"),
                ),
            ),
            key=self.key,
        )  # fmt: skip
        office.installation.publish(office.tenant, document)
        self.visitor = Visitor(app, office.specialist)

    def do(self, work: Callable[[Session], T]) -> T:
        return self.office.installation.in_scope(Scope(tenant_id=self.office.tenant.id), work)

    def add(self, label: str, **values: Json) -> None:
        content = EntryContent(label=label, values=values)
        self.do(lambda s: add_entry(s, find_register(s, self.register), "", content))

    def fill(self, count: int) -> None:
        sheet = read_table_file(
            ("Name\n" + "\n".join(f"Haus {n:03}" for n in range(count))).encode()
        )
        self.do(lambda s: take_in_table(s, find_register(s, self.register), sheet))

    def entry(self, label: str) -> RegisterEntry:
        def work(session: Session) -> RegisterEntry:
            found, _total = list_entries(session, find_register(session, self.register), text=label)
            return found[0]

        return self.do(work)

    def begin(self) -> TestResponse:
        """Begin a draft and return its page."""
        path = f"{self.office.path}/vordrucke/{self.key}"
        self.visitor.get(path)
        started = self.visitor.post(f"{path}/beginnen")
        assert started.status_code == 302, text_of(started)
        return self.visitor.get(started.location, follow_redirects=True)

    def send(self, shown: TestResponse, action: str = "next", **typed: str) -> TestResponse:
        sent = form_of(shown)
        changes = {name.replace("__pick", ".__pick"): value for name, value in typed.items()}
        return self.visitor.post(sent.action, sent.filled(changes, __action=action))

    def submission(self) -> Submission:
        found = self.office.installation.in_scope(
            Scope(tenant_id=self.office.tenant.id, account_id=self.office.specialist.account_id),
            lambda s: s.scalars(select(Submission).order_by(Submission.created_at.desc())).first(),
        )
        assert found is not None
        return found


@pytest.fixture
def room(app: Flask, office: Office) -> Room:
    return Room(app, office)


def options(shown: TestResponse, name: str) -> list[str]:
    return [str(one) for one in document_of(shown).xpath(f"//select[@name='{name}']/option/text()")]


def test_a_short_list_is_chosen_from_and_recorded(room: Room) -> None:
    shown = room.begin()
    assert options(shown, "haus") == ["Bitte wählen", "Kita Nord", "Kita Süd"]
    people = options(shown, "kraft")
    assert len(people) > 1 and all("Fachkraft im Jugendamt" in one for one in people[1:])
    review = room.send(shown, haus="kita-nord")
    assert review.status_code == 302 and review.location.endswith("/pruefen")
    words = text_of(room.visitor.get(review.location))
    assert "Kita Nord" in words and "170" in words
    assert "Plätze: 85" in text_of(room.visitor.get(str(form_of(shown).action)))


def test_an_empty_choice_is_asked_for(room: Room) -> None:
    response = room.send(room.begin())
    assert response.status_code == 422
    assert list(error_links(response).values()) == ["#f-haus"]
    assert "Bitte wählen Sie bei „Haus“ etwas aus" in text_of(response)


@pytest.mark.parametrize("typed", ["fremd", "00000000-0000-4000-8000-000000000000", "Kita"])
def test_what_is_no_entry_is_refused_and_kept(room: Room, typed: str) -> None:
    response = room.send(room.begin(), haus=typed)
    assert response.status_code == 422
    assert "nicht zur Auswahl" in text_of(response)
    assert room.submission().invalid == {"haus": typed}


def test_entries_and_people_of_another_tenant_are_unknown(room: Room) -> None:
    installation = room.office.installation
    other = installation.found_tenant()
    installation.person(tenant=other, role="fachkraft")
    foreign = installation.in_scope(
        Scope(tenant_id=other.id),
        lambda s: (
            add_entry(
                s,
                create_register(s, room.register, RegisterShape(title="x")),
                "fremde-kita",
                EntryContent(label="Fremde Kita"),
            ).key
        ),
    )
    shown = room.begin()
    assert len(options(shown, "kraft")) == 2
    response = room.send(shown, haus=foreign)
    assert response.status_code == 422
    assert "haus" not in room.submission().answers


def test_a_long_list_is_searched_without_a_script(room: Room) -> None:
    room.fill(120)
    shown = room.begin()
    assert options(shown, "haus") == []
    found = room.send(shown, "search", haus="kita")
    assert found.status_code == 422
    radios = document_of(found).xpath("//input[@name='haus.__pick']/@value")
    assert radios == ["kita-nord", "kita-sued", ""]
    assert form_of(found).fields["haus"] == ["kita"]
    chosen = room.send(found, haus__pick="kita-sued")
    assert chosen.status_code == 302
    stored = room.submission().answers["haus"]
    assert stored == {"schluessel": "kita-sued", "name": "Kita Süd", "plaetze": 40}
    again = room.visitor.get(form_of(shown).action)
    assert form_of(again).fields["haus"] == ["Kita Süd"]
    assert room.send(again).status_code == 302
    many = room.send(again, "search", haus="Haus")
    assert "Weitere passende Einträge: 100" in text_of(many)


def test_searching_while_typing_answers_with_options(room: Room) -> None:
    room.fill(120)
    shown = room.begin()
    address = document_of(shown).xpath("//form[@id='formular']/@data-choices")[0]
    sent = form_of(shown).filled({"haus": "kita nord"})
    answer = room.visitor.post(f"{address}?feld=haus", sent)
    assert answer.status_code == 200
    assert document_of(answer).xpath("//li[@role='option']/@data-text") == ["Kita Nord"]
    assert "85" in text_of(answer, "//li")
    assert "haus" not in room.submission().answers
    for path in ("doppelt", "gibt_es_nicht", "", "haus.name", "haus[0].x"):
        assert room.visitor.post(f"{address}?feld={path}", sent).status_code == 404
    stranger = Visitor(room.app, room.office.manager)
    stranger.get(f"{room.office.path}/uebersicht")
    assert stranger.post(f"{address}?feld=haus", {"haus": "kita"}).status_code == 404


def submitted(room: Room) -> tuple[str, Submission]:
    """Choose, review and submit; return the address of the declaration."""
    review = room.send(room.begin(), haus="kita-nord")
    shown = room.visitor.get(review.location)
    sent = form_of(shown, "//form[contains(@action, '/pruefen')]")
    done = room.visitor.post(sent.action, sent.filled({"__acknowledged": "1"}))
    assert done.status_code == 302, text_of(done)
    submission = room.submission()
    return f"{room.office.path}/einreichungen/{submission.id}", submission


def test_what_was_submitted_stays_as_it_was_recorded(room: Room) -> None:
    address, submission = submitted(room)
    recorded = {"schluessel": "kita-nord", "name": "Kita Nord", "plaetze": 85}
    assert submission.answers["haus"] == recorded

    def rename(session: Session) -> None:
        register = find_register(session, room.register)
        entry = session.merge(room.entry("Kita Nord"))
        change_entry(session, register, entry, EntryContent(label="Palast", values={"plaetze": 1}))
        end_entry(session, register, entry, today_in_berlin())

    room.do(rename)
    words = text_of(room.visitor.get(address))
    assert "Kita Nord" in words and "Palast" not in words
    assert room.submission().answers["haus"] == recorded


def test_until_then_the_list_says_what_the_columns_say(room: Room) -> None:
    review = room.send(room.begin(), haus="kita-nord")

    def grow(session: Session) -> None:
        register = find_register(session, room.register)
        entry = session.merge(room.entry("Kita Nord"))
        content = EntryContent(label="Kita Nordlicht", values={"plaetze": 100})
        change_entry(session, register, entry, content)

    room.do(grow)
    words = text_of(room.visitor.get(review.location))
    assert "Kita Nordlicht" in words and "200" in words


def test_an_ended_entry_stops_the_declaration_with_its_reason(room: Room) -> None:
    review = room.send(room.begin(), haus="kita-nord")

    def end(session: Session) -> None:
        register = find_register(session, room.register)
        end_entry(session, register, session.merge(room.entry("Kita Nord")), today_in_berlin())

    room.do(end)
    shown = room.visitor.get(review.location)
    assert "gilt seit dem" in text_of(shown)
    sent = form_of(shown, "//form[contains(@action, '/pruefen')]")
    refused = room.visitor.post(sent.action, sent.filled({"__acknowledged": "1"}))
    assert refused.status_code == 422
    assert "Kita Nord (nicht mehr zur Auswahl)" in options(
        room.visitor.get(review.location.replace("/pruefen", "/seite/seite")), "haus"
    )
