"""Registers in the database: kept, ended, taken in from tables, apart from other Träger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TypeVar

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.orm import Session

from forms.exports.csv_file import write_csv
from forms.fields.register_columns import RegisterColumn
from forms.registers.keeping import (
    EntryContent,
    RegisterRefused,
    RegisterShape,
    RegisterUnknown,
    add_entry,
    change_entry,
    change_register,
    create_register,
    end_entry,
    erase_entry,
    find_entry,
    find_register,
    free_entry_key,
    list_entries,
    list_registers,
)
from forms.registers.models import Register, RegisterEntry
from forms.registers.table_file import read_table_file
from forms.registers.table_reading import TableRefused, headings
from forms.registers.transfer import TableOutcome, table_rows, take_in_table
from tenants.audit import AuditEntry
from tenants.context import Scope
from tenants.models import Organisation, Tenant
from tests.support.installation import Installation

T = TypeVar("T")
COLUMNS = (
    RegisterColumn("plaetze", "Plätze", "integer"),
    RegisterColumn("ort", "Ort", "text"),
    RegisterColumn("seit", "Besteht seit", "date"),
)
SHAPE = RegisterShape(title="Einrichtungen", columns=COLUMNS)


class Office:
    """A tenant with two Träger that keeps registers."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.tenant: Tenant = installation.found_tenant()
        self.first: Organisation = installation.found_organisation(self.tenant)
        self.second: Organisation = installation.found_organisation(self.tenant)

    def do(self, work: Callable[[Session], T], organisation_id: str | None = None) -> T:
        scope = Scope(tenant_id=self.tenant.id, organisation_id=organisation_id)
        return self.installation.in_scope(scope, work)

    def create(self, key: str = "einrichtungen", shape: RegisterShape = SHAPE) -> None:
        self.do(lambda session: create_register(session, key, shape))

    def add(self, label: str, key: str = "", **more: object) -> str:
        content = EntryContent(label=label, **more)  # type: ignore[arg-type]
        return self.do(lambda s: add_entry(s, register_in(s), key, content).key)

    def labels(self, text: str = "", organisation_id: str | None = None) -> list[str]:
        def work(session: Session) -> list[str]:
            found, total = list_entries(session, register_in(session), text=text)
            assert total == len(found)
            return [entry.label for entry in found]

        return self.do(work, organisation_id)

    def take_in(self, text: str) -> TableOutcome:
        sheet = read_table_file(text.encode())
        return self.do(lambda s: take_in_table(s, register_in(s), sheet))

    def written(self) -> str:
        """Return the register as CSV."""
        import io

        def work(session: Session) -> str:
            target = io.StringIO(newline="")
            register = register_in(session)
            write_csv(target, headings(register), table_rows(session, register))
            return target.getvalue()

        return self.do(work)


def register_in(session: Session) -> Register:
    return find_register(session, "einrichtungen", lock=False)


@pytest.fixture
def office(installation: Installation) -> Office:
    made = Office(installation)
    made.create()
    return made


def test_a_register_is_kept_and_found(office: Office) -> None:
    office.add("Kita Nord", values={"plaetze": 85})
    office.create("leer", RegisterShape(title="Ansprechpersonen"))
    listed = office.do(lambda s: [(one.title, count) for one, count in list_registers(s)])
    assert listed == [("Ansprechpersonen", 0), ("Einrichtungen", 1)]
    with pytest.raises(RegisterUnknown, match="gibt_es_nicht"):
        office.do(lambda s: find_register(s, "gibt_es_nicht"))


@pytest.mark.parametrize(
    ("key", "shape", "place"),
    [
        ("Einrichtungen", SHAPE, "key"),
        ("", SHAPE, "key"),
        ("einrichtungen", SHAPE, "key"),
        ("neu", RegisterShape(title=""), "title"),
        ("neu", RegisterShape(title="x", columns=(COLUMNS[0], COLUMNS[0])), "columns"),
    ],
)
def test_what_is_no_register(office: Office, key: str, shape: RegisterShape, place: str) -> None:
    with pytest.raises(RegisterRefused) as refused:
        office.create(key, shape)
    assert refused.value.place == place


def test_a_column_keeps_its_type_and_may_go(office: Office) -> None:
    office.add("Kita Nord", values={"plaetze": 85, "ort": "Hilden"})
    other = RegisterColumn("plaetze", "Plätze", "text")
    with pytest.raises(RegisterRefused, match="Art der Spalte „Plätze“"):
        office.do(
            lambda s: change_register(s, register_in(s), RegisterShape(title="x", columns=(other,)))
        )
    fewer = RegisterShape(title="Häuser", columns=COLUMNS[:1], is_shared=True)
    office.do(lambda s: change_register(s, register_in(s), fewer))
    assert office.written().splitlines()[1] == "kita-nord;Kita Nord;85;;;"


@pytest.mark.parametrize(
    ("label", "key", "more", "place"),
    [
        ("", "", {}, "label"),
        ("Kita", "kita nord", {}, "key"),
        ("Kita", "-", {}, "key"),
        ("Kita", "x" * 65, {}, "key"),
        ("Kita", "kita-nord", {}, "key"),
        ("Kita", "", {"owner_organisation_id": "00000000-0000-4000-8000-000000000000"}, "owner"),
        ("Kita", "", {"valid_from": date(1800, 1, 1)}, "valid_from"),
        ("Kita", "", {"valid_from": date(2027, 1, 2), "valid_until": date(2027, 1, 1)},
         "valid_until"),
    ],
)  # fmt: skip
def test_what_is_no_entry(
    office: Office, label: str, key: str, more: dict[str, object], place: str
) -> None:
    office.add("Kita Nord")
    with pytest.raises(RegisterRefused) as refused:
        office.add(label, key, **more)
    assert refused.value.place == place
    assert office.labels() == ["Kita Nord"]


def test_keys_come_from_names(office: Office) -> None:
    keys = [office.add(name) for name in ("Kita Löwenzahn & Söhne", "Kita Löwenzahn & Söhne", "§")]
    assert keys == ["kita-loewenzahn-soehne", "kita-loewenzahn-soehne-2", "eintrag"]
    assert free_entry_key("Straße 7", {"strasse-7"}) == "strasse-7-2"


def test_entries_are_searched_in_every_column(office: Office) -> None:
    office.add("Kita Nord", values={"ort": "Hilden", "plaetze": 85})
    office.add("Kita Süd", values={"ort": "Haan_100%"})
    assert office.labels("nord") == ["Kita Nord"]
    assert office.labels("kita hild") == ["Kita Nord"]
    assert office.labels("0%") == ["Kita Süd"]
    assert office.labels("_") == ["Kita Süd"]
    assert office.labels("plaetze") == []


def test_pages_of_a_long_list(office: Office) -> None:
    office.take_in("Name\n" + "\n".join(f"Haus {number:03}" for number in range(120)))

    def page(number: int) -> tuple[list[str], int]:
        found, total = office.do(lambda s: list_entries(s, register_in(s), page=number, size=50))
        return [entry.label for entry in found], total

    assert page(1) == ([f"Haus {number:03}" for number in range(50)], 120)
    assert page(3) == ([f"Haus {number:03}" for number in range(100, 120)], 120)
    assert page(9) == ([], 120)


def test_an_entry_ends_and_stays(office: Office) -> None:
    office.add("Kita Nord", valid_from=date(2027, 1, 1))

    def end(session: Session, day: date) -> RegisterEntry:
        register = register_in(session)
        (entry,), _total = list_entries(session, register)
        end_entry(session, register, entry, day)
        return entry

    entry = office.do(lambda s: end(s, date(2027, 6, 1)))
    assert entry.is_valid(date(2027, 5, 31)) and not entry.is_valid(date(2027, 6, 1))
    assert office.do(lambda s: end(s, date(2027, 9, 1))).valid_until == date(2027, 6, 1)
    assert not office.do(lambda s: end(s, date(2026, 1, 1))).is_valid(date(2027, 3, 1))
    assert office.labels() == ["Kita Nord"]


@pytest.mark.parametrize("table", [Register, RegisterEntry])
def test_the_database_deletes_nothing(office: Office, table: type[Register]) -> None:
    office.add("Kita Nord")
    with pytest.raises(ProgrammingError, match="permission denied"):
        office.do(lambda s: s.execute(delete(table)))


def test_the_database_refuses_a_second_key(office: Office) -> None:
    office.add("Kita Nord", "nord")
    office.add("Kita Süd", "sued")
    with pytest.raises(IntegrityError):
        office.do(
            lambda s: s.execute(
                update(RegisterEntry).where(RegisterEntry.key == "sued").values(key="nord")
            )
        )


def test_a_traeger_sees_its_own_and_the_common_entries(office: Office) -> None:
    office.add("Gemeinsam")
    office.add("Vom Ersten", owner_organisation_id=office.first.id)
    office.add("Vom Zweiten", owner_organisation_id=office.second.id)
    assert office.labels(organisation_id=office.first.id) == ["Gemeinsam", "Vom Ersten"]
    assert office.labels(organisation_id=office.second.id) == ["Gemeinsam", "Vom Zweiten"]
    assert len(office.labels()) == 3
    shared = RegisterShape(title="x", columns=COLUMNS, is_shared=True)
    office.do(lambda s: change_register(s, register_in(s), shared))
    assert len(office.labels(organisation_id=office.first.id)) == 3


def test_a_traeger_writes_nothing(office: Office) -> None:
    office.add("Vom Ersten", owner_organisation_id=office.first.id)
    changed = office.do(
        lambda s: s.execute(update(RegisterEntry).values(label="x")), office.first.id
    )
    assert changed.rowcount == 0  # type: ignore[attr-defined]
    with pytest.raises(ProgrammingError, match="row-level security"):
        office.do(
            lambda s: add_entry(s, register_in(s), "", EntryContent(label="Neu")), office.first.id
        )


def test_another_tenant_finds_nothing(office: Office, installation: Installation) -> None:
    key = office.add("Kita Nord")
    entry = office.do(lambda s: s.scalars(select(RegisterEntry)).one())
    other = Office(installation)
    other.create()
    assert other.labels() == []
    with pytest.raises(RegisterUnknown):
        other.do(lambda s: find_entry(s, register_in(s), entry.id))
    assert other.add("Kita Nord") == key


def test_a_table_adds_changes_and_leaves_alone(office: Office) -> None:
    office.add("Kita Nord", values={"plaetze": 80, "ort": "Hilden"})
    office.add("Kita Süd")
    office.add("Bleibt")
    outcome = office.take_in(
        "Schlüssel;Name;Plätze;Ort;Träger;Gültig ab;Gilt bis vor den\n"
        f"kita-nord;Kita Nordlicht;85;Hilden;{office.first.name.upper()};01.08.2027;1.8.2030\n"
        ";Kita Süd;;;;;\n"
        ";Kita West;1.020;;;;\n"
    )
    assert outcome == TableOutcome(added=1, changed=1, unchanged=1)
    assert office.written().splitlines()[1:] == [
        "bleibt;Bleibt;;;;;;",
        f"kita-nord;Kita Nordlicht;85;Hilden;;{office.first.name};01.08.2027;01.08.2030",
        "kita-sued;Kita Süd;;;;;;",
        "kita-west;Kita West;1020;;;;;",
    ]


def test_what_was_given_out_is_taken_in_unchanged(office: Office) -> None:
    office.add("=Kita", values={"plaetze": 3, "ort": "@Hilden", "seit": "1999-12-31"})
    office.add("Vom Ersten", owner_organisation_id=office.first.id, valid_from=date(2020, 2, 29))
    office.add("-1", valid_until=date(2030, 1, 1))
    assert office.take_in(office.written()) == TableOutcome(unchanged=3)


@pytest.mark.parametrize(
    ("table", "row", "said"),
    [
        ("Name;Größe\nA;1", 0, "„Größe“ gibt es in diesem Verzeichnis nicht"),
        ("Plätze\n1", 0, "Es fehlt die Spalte „Name“"),
        ("Name;name\nA;B", 0, "steht doppelt"),
        ("Name;Plätze\nA;1\nB;viele", 3, "Plätze"),
        ("Name;Träger\nA;Niemand e. V.", 2, "Niemand e. V."),
        ("Name;Gültig ab\nA;bald", 2, "kein Tag"),
        ("Name;Schlüssel\nA;a\nB;a", 3, "steht schon in Zeile 2"),
        ("Name;Schlüssel\nA;a b", 2, "Schlüssel besteht"),
        ("Name;Ort\n;Hilden", 2, "einen Namen"),
        ("Name\nKita Doppelt", 2, "gibt es mehrmals"),
        (f"Name\n{'x' * 201}", 2, "200 Zeichen"),
        ("Name;Gültig ab;Gilt bis vor den\nA;2.1.2027;1.1.2027", 2, "Ende liegt vor"),
    ],
)
def test_a_wrong_table_changes_nothing(office: Office, table: str, row: int, said: str) -> None:
    office.add("Kita Doppelt")
    office.add("Kita Doppelt")
    before = office.written()
    with pytest.raises(TableRefused) as refused:
        office.take_in(table)
    (problem,) = refused.value.problems
    assert problem.row == row and said in problem.text
    assert office.written() == before


def test_every_wrong_row_is_named(office: Office) -> None:
    with pytest.raises(TableRefused) as refused:
        office.take_in("Name;Plätze\nA;x\nB;2\nC;y")
    assert [one.row for one in refused.value.problems] == [2, 4]


def test_a_register_is_full_some_day(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forms.registers.keeping.MAXIMUM_ENTRIES", 2)
    monkeypatch.setattr("forms.registers.transfer.MAXIMUM_ENTRIES", 2)
    with pytest.raises(TableRefused, match="nicht übernommen"):
        office.take_in("Name\nA\nB\nC")
    office.take_in("Name\nA\nB")
    with pytest.raises(RegisterRefused, match="höchstens 2 Einträge"):
        office.add("C")


def test_what_was_done_stands_in_the_audit_trail_without_names(office: Office) -> None:
    office.add("Kim Geheimnis")

    def rename(session: Session) -> None:
        register = register_in(session)
        (entry,), _total = list_entries(session, register)
        change_entry(session, register, entry, EntryContent(label="Kim Anders"))

    office.do(rename)
    office.take_in("Name\nKim Neu")
    entries = office.do(
        lambda s: [
            (one.action, str(one.detail))
            for one in s.scalars(select(AuditEntry))
            if one.subject_kind == "register"
        ]
    )
    actions = {action for action, _detail in entries}
    assert actions == {
        "register.created",
        "register.entry_added",
        "register.entry_changed",
        "register.table_taken_in",
    }
    assert not any("im" in detail.lower() and "kim" in detail.lower() for _a, detail in entries)


def test_an_erased_entry_leaves_no_word_behind(installation: Installation) -> None:
    """Art. 17 DSGVO: not in the row, not in a list, a search, a table or the audit trail."""
    office = Office(installation)
    office.create()
    office.add("Erika Beispiel", "erika-beispiel", values={"ort": "Ahornweg 3"})
    office.add("Kita Nord")

    def erase(session: Session) -> str:
        register = register_in(session)
        (entry,), _total = list_entries(session, register, text="Erika")
        erase_entry(session, register, entry, date(2026, 7, 1))
        return entry.id

    identity = office.do(erase)
    assert office.labels() == ["Kita Nord"]
    assert office.labels("Ahornweg") == office.labels("geloescht") == []
    with pytest.raises(RegisterUnknown):
        office.do(lambda session: find_entry(session, register_in(session), identity))
    assert office.do(lambda session: len(list(table_rows(session, register_in(session))))) == 1

    def every_word(session: Session) -> str:
        row = session.get_one(RegisterEntry, (office.tenant.id, identity))
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action.like("register.%")))
        said = [f"{one.action} {one.subject_id} {one.detail}" for one in entries]
        assert any("register.entry_erased" in one and identity in one for one in said)
        return f"{row.key} {row.label} {row.values} {said}"

    words = office.do(every_word).lower()
    assert not any(word in words for word in ("erika", "beispiel", "ahornweg"))
    # Its key is free again, for somebody else.
    assert office.add("Erika Beispiel", "erika-beispiel") == "erika-beispiel"
