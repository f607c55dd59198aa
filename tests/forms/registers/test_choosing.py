"""What the database offers to choose from, to whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TypeVar

import pytest
from sqlalchemy.orm import Session

from forms.expressions.nodes import Json
from forms.fields.picked import PickedField
from forms.fields.register_columns import RegisterColumn
from forms.picking.checking import picked_fields
from forms.picking.choices import Choice, Wish, meant_by
from forms.registers.choosing import TenantChoices
from forms.registers.keeping import (
    EntryContent,
    RegisterShape,
    add_entry,
    create_register,
    find_register,
)
from forms.registers.table_file import read_table_file
from forms.registers.transfer import take_in_table
from tenants.context import Scope
from tests.support.form_documents import field, parsed
from tests.support.installation import Installation

T = TypeVar("T")
TODAY = date(2027, 3, 1)
SHAPE = RegisterShape(
    title="Einrichtungen",
    columns=(
        RegisterColumn("raum", "Raum", "text"),
        RegisterColumn("plaetze", "Plätze", "integer"),
    ),
)


class Office:
    """A tenant with two Träger, a register, and people on every side."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.tenant = installation.found_tenant()
        self.first = installation.found_organisation(self.tenant, name="Erster Träger")
        self.second = installation.found_organisation(self.tenant, name="Zweiter Träger")
        installation.found_organisation(installation.found_tenant(), name="Von anderswo")
        self.do(lambda session: create_register(session, "einrichtungen", SHAPE))

    def do(self, work: Callable[[Session], T], organisation_id: str | None = None) -> T:
        scope = Scope(tenant_id=self.tenant.id, organisation_id=organisation_id)
        return self.installation.in_scope(scope, work)

    def add(self, label: str, **more: object) -> None:
        content = EntryContent(label=label, **more)  # type: ignore[arg-type]
        self.do(lambda s: add_entry(s, find_register(s, "einrichtungen"), "", content))

    def fill(self, count: int) -> None:
        table = "Name;Raum\n" + "\n".join(
            f"Haus {number:04};{'Nord' if number % 2 else 'Süd'}" for number in range(count)
        )
        sheet = read_table_file(table.encode())
        self.do(lambda s: take_in_table(s, find_register(s, "einrichtungen"), sheet))

    def asked(
        self, work: Callable[[TenantChoices], T], organisation_id: str | None = None,
        *, of: str | None = None,
    ) -> T:  # fmt: skip
        """Ask the lists while acting for ``organisation_id`` on a declaration of ``of``."""
        return self.do(
            lambda s: work(TenantChoices(s, TODAY, of or organisation_id)), organisation_id
        )

    def names(
        self, target: PickedField, wish: Wish = Wish(), organisation_id: str | None = None,  # noqa: B008
        *, of: str | None = None,
    ) -> list[str]:  # fmt: skip
        found = self.asked(lambda c: c.search(target, wish, 500), organisation_id, of=of)
        assert found.total == len(found.choices)
        return [one.name for one in found.choices]


@pytest.fixture
def office(installation: Installation) -> Office:
    return Office(installation)


def target(type_: str = "register", **settings: Json) -> PickedField:
    made: dict[str, Json] = {"register": "einrichtungen"} if type_ == "register" else {}
    return picked_fields(parsed(field(type_, "x", **(made | settings))))[0]


@pytest.mark.parametrize("more", [0, 250])
def test_what_holds_today_is_offered_of_short_and_long_lists(office: Office, more: int) -> None:
    office.add("Kita Nord", values={"raum": "Mitte", "plaetze": 85})
    office.add("Kita Alt", valid_until=date(2027, 3, 1))
    office.add("Kita Neu", valid_from=date(2027, 3, 2))
    office.fill(more)
    assert office.names(target(), Wish("kita")) == ["Kita Nord"]
    assert office.names(target(), Wish("MITTE nord")) == ["Kita Nord"]
    assert office.names(target(), Wish("ki\0ta nord")) == ["Kita Nord"]
    assert office.names(target(), Wish("%")) == []
    known = office.asked(lambda c: c.with_keys(target(), {"kita-nord", "kita-alt", "nirgends"}))
    assert set(known) == {"kita-nord", "kita-alt"}
    assert known["kita-nord"].cells == {"raum": "Mitte", "plaetze": 85}
    found = office.asked(lambda c: c.with_texts(target(), {"KITA alt", "kita-neu", "Haus 0007"}))
    assert office.asked(lambda c: c.with_texts(target(), meant_by("kita\0-neu")))
    wanted = {"Kita Alt", "Kita Neu"} | ({"Haus 0007"} if more else set())
    assert {one.name for one in found} == wanted


def test_a_long_list_is_cut_and_counted(office: Office) -> None:
    office.fill(300)
    found = office.asked(lambda c: c.search(target(), Wish("haus"), 20))
    assert (len(found.choices), found.total) == (20, 300)


@pytest.mark.parametrize("count", [10, 250])
def test_a_filter_leaves_what_the_column_says(office: Office, count: int) -> None:
    office.fill(count)
    made = parsed(
        field("radio", "raum", options={"n": "Nord"}),
        field(
            "register", "x", register="einrichtungen", filter={"column": "raum", "field": "raum"}
        ),
    )
    (one,) = picked_fields(made)
    assert len(office.names(one, Wish("", frozenset({"nord"})))) == count // 2
    assert office.names(one, Wish("", frozenset({"west"}))) == []


@pytest.mark.parametrize("more", [0, 250])
def test_own_entries_are_those_of_the_declaring_traeger(office: Office, more: int) -> None:
    office.fill(more)
    office.add("Gemeinsam")
    office.add("Vom Ersten", owner_organisation_id=office.first.id)
    office.add("Vom Zweiten", owner_organisation_id=office.second.id)
    own = target(own_entries=True)
    first = office.first.id
    assert office.names(own, organisation_id=first) == ["Vom Ersten"]
    assert office.names(own, of=first) == ["Vom Ersten"]
    assert set(office.names(target(), Wish("vom"), first)) == {"Vom Ersten"}
    assert set(office.names(target(), Wish("vom"))) == {"Vom Ersten", "Vom Zweiten"}
    known = office.asked(lambda c: c.with_keys(own, {"vom-zweiten", "gemeinsam"}), of=first)
    assert {key: one.is_own for key, one in known.items()} == {
        "vom-zweiten": False, "gemeinsam": False,
    }  # fmt: skip
    assert "vom-zweiten" not in office.asked(
        lambda c: c.with_keys(own, {"vom-zweiten"}), organisation_id=first
    )


def test_an_unknown_register_offers_nothing(office: Office) -> None:
    other = target(register="gibt_es_nicht")
    assert office.names(other) == []
    assert office.asked(lambda c: c.with_keys(other, {"x"})) == {}
    assert office.asked(lambda c: c.with_texts(other, {"x"})) == []


def test_the_office_chooses_among_its_partners_and_a_traeger_itself(office: Office) -> None:
    partner = target("organisation")
    assert office.names(partner) == ["Erster Träger", "Zweiter Träger"]
    assert office.names(partner, organisation_id=office.second.id) == ["Zweiter Träger"]
    own = target("organisation", own_organisation=True)
    assert office.names(own, of=office.first.id) == ["Erster Träger"]
    foreign = office.asked(
        lambda c: c.with_keys(partner, {office.first.id}), organisation_id=office.second.id
    )
    assert foreign == {}


def test_a_person_of_two_organisations_sees_the_one_it_acts_for(office: Office) -> None:
    """Row-level security shows somebody all its organisations; a list shows one."""
    person = office.installation.person(organisation=office.first, role="traeger_leitung")
    from tenants.founding import appoint_in_organisation

    office.installation.as_owner(
        Scope(organisation_id=office.second.id),
        lambda s: appoint_in_organisation(
            s, office.second.id, person.account_id, "traeger_leitung"
        ),
    )
    scope = Scope(office.tenant.id, office.first.id, person.account_id)
    found = office.installation.in_scope(
        scope,
        lambda s: TenantChoices(s, TODAY, office.first.id).search(
            target("organisation"), Wish(), 9
        ),
    )
    assert [one.name for one in found.choices] == ["Erster Träger"]


def people(office: Office, organisation_id: str | None, **settings: Json) -> list[Choice]:
    one = target("person", **settings)
    return list(office.asked(lambda c: c.search(one, Wish(), 99), organisation_id).choices)


def test_people_are_names_and_functions(office: Office) -> None:
    office.installation.person(tenant=office.tenant, role="fachkraft")
    office.installation.person(tenant=office.tenant, role="wjh")
    office.installation.person(organisation=office.first, role="traeger_leitung")
    office.installation.person(organisation=office.second, role="traeger_fachkraft")
    first = office.first.id
    functions = lambda found: sorted(str(one.cells["funktion"]) for one in found)  # noqa: E731
    both = ["Fachkraft im Jugendamt", "Wirtschaftliche Jugendhilfe"]
    assert functions(people(office, None, side="office")) == both
    assert functions(people(office, first, side="office")) == both
    assert functions(people(office, None, side="own")) == both
    assert functions(people(office, first, side="own")) == ["Träger-Leitung"]
    assert functions(people(office, first, side="office", roles=["wjh"])) == both[1:]
    (one,) = people(office, office.second.id, side="own")
    assert one.name == "Kim Muster" and set(one.cells) == {"funktion"}
    assert "@" not in one.key
