"""The table on a real PostgreSQL: who sees what, every filter, and pages that miss nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

from forms.lists import searching
from forms.lists.columns import NUMBER, ORGANISATION, RECEIVED, STATE
from forms.lists.filters import Filter, View, read_conditions
from forms.lists.overview import find_submissions
from forms.lists.saving import (
    ViewUnknown,
    delete_view,
    find_view,
    last_view,
    named_views,
    remember_view,
    save_view,
)
from forms.lists.searching import (
    FormTable,
    Found,
    SearchTooSlow,
    Turn,
    bounded,
    every_row,
    find_rows,
    open_table,
)
from forms.models import Submission
from forms.viewer import Viewer
from tenants.context import Scope, acting_as
from tenants.database import new_id
from tenants.models import Organisation, Tenant
from tests.support.form_documents import Document, field, form, page, section
from tests.support.installation import Installation

FIRST = datetime(2026, 1, 1, 12, tzinfo=UTC)
OFFICE = Viewer(frozenset({"fachkraft"}))
TRAEGER = Viewer(frozenset({"traeger"}))
COUNT = 23


def report(*, amount_key: str = "betrag") -> Document:
    """Return the form; in its second version the amount has another key."""
    amount = field("money", "betrag", label="Betrag") | {"key": amount_key}
    return form(
        page(
            "seite",
            section(
                "alle",
                field("text", "name", label="Name"),
                amount,
                field("date", "beginn", label="Beginn"),
                field("radio", "ort", label="Ort", options={"n": "Nord", "s": "Süd"}),
                field("checkboxes", "themen", label="Themen", options={"x": "X", "y": "Y"}),
                field("yes_no", "einig", label="Einig"),
            ),
            section(
                "amt",
                field("text", "vermerk", label="Vermerk"),
                visible_to=["fachkraft"],
            ),
        ),
        key=f"bericht{new_id()[:8]}",
    )


@dataclass(frozen=True)
class Office:
    """A tenant with 23 submissions of two Träger to two versions, and a draft."""

    installation: Installation
    tenant: Tenant
    organisations: tuple[Organisation, Organisation]
    accounts: tuple[int, int]
    form_id: str

    def ask(
        self,
        work: Callable[[Session, FormTable], object],
        *,
        organisation: int | None = None,
        viewer: Viewer = OFFICE,
    ) -> object:
        """Do ``work`` as a person of the office or of a Träger."""
        scope = Scope(
            tenant_id=self.tenant.id,
            account_id=self.accounts[organisation or 0],
            organisation_id=None if organisation is None else self.organisations[organisation].id,
        )
        return self.installation.in_scope(
            scope, lambda session: work(session, open_table(session, self.form_id, viewer))
        )

    def numbers(
        self, *filters: tuple[str, Filter], organisation: int | None = None, own: bool = False
    ) -> list[int]:
        """Return the numbers of what is found; filters by label."""

        def work(session: Session, table: FormTable) -> list[int]:
            ids = {column.label: column.id for column in table.columns.values()}
            view = View(filters=tuple(replace(one, column=ids[label]) for label, one in filters))
            return _numbers(_find(session, table, view, own_only=own, size=100))

        found = self.ask(work, organisation=organisation)
        assert isinstance(found, list)
        return found


def _find(
    session: Session,
    table: FormTable,
    view: View,
    turn: Turn | None = None,
    *,
    own_only: bool = False,
    size: int = 5,
) -> Found:
    reading = read_conditions(view.filters, table.columns)
    assert reading.mistakes == []
    return find_rows(
        session, table, view, reading.conditions, own_only=own_only, turn=turn or Turn(), size=size
    )


def _numbers(found: Found) -> list[int]:
    return [int(row.number) for row in found.rows]


@pytest.fixture(scope="module")
def office(installation: Installation) -> Office:
    tenant = installation.found_tenant()
    organisations = (
        installation.found_organisation(tenant, name="Anker"),
        installation.found_organisation(tenant, name="Brücke"),
    )
    accounts = tuple(
        installation.person(organisation=one, role="traeger_leitung").account_id
        for one in organisations
    )
    first_document = report()
    first = installation.publish(tenant, first_document)
    second = installation.publish(
        tenant, report(amount_key="gesamt") | {"key": first_document["key"]}
    )
    assert first.form_id == second.form_id

    def submission(place: int) -> Submission:
        old = place < 12
        side = place % 2
        moment = FIRST + timedelta(days=place // 2)
        answers: dict[str, object] = {
            "name": f"Kind {place:02}", "betrag" if old else "gesamt": f"{place * 10}.50",
            "beginn": f"2026-02-{place + 1:02}", "ort": "ns"[place % 2],
            "themen": ["x", "y"] if place % 3 == 0 else ["y"], "einig": place % 4 == 0,
        }  # fmt: skip
        return Submission(
            form_version_id=(first if old else second).id, organisation_id=organisations[side].id,
            organisation_name=organisations[side].name, account_id=accounts[side],
            state="submitted", number=f"{place:03}", answers=answers, submitted_at=moment,
        )  # fmt: skip

    installation.in_scope(
        Scope(tenant_id=tenant.id),
        lambda session: session.add_all([submission(place) for place in range(COUNT)]),
    )
    installation.in_scope(
        Scope(tenant_id=tenant.id, organisation_id=organisations[0].id, account_id=accounts[0]),
        lambda session: session.add(
            Submission(
                form_version_id=second.id,
                organisation_id=organisations[0].id,
                account_id=accounts[0],
                answers={"name": "Entwurf"},
            )
        ),
    )
    return Office(installation, tenant, organisations, (accounts[0], accounts[1]), first.form_id)


def test_the_database_gives_each_submission_its_form(office: Office) -> None:
    def forms(session: Session, table: FormTable) -> set[str]:
        return {one.form_id for one in session.query(Submission)}

    assert office.ask(forms) == {office.form_id}


def test_newest_first_and_never_a_draft(office: Office) -> None:
    found = office.numbers()
    assert sorted(found) == list(range(COUNT))
    assert found[0] in (22,) and found[-1] in (0, 1)


def test_a_traeger_sees_its_own_alone_and_a_colleague_only_his(office: Office) -> None:
    assert {number % 2 for number in office.numbers(organisation=1)} == {1}
    assert office.numbers(organisation=0, own=True) == office.numbers(organisation=0)

    def as_colleague(session: Session, table: FormTable) -> Found:
        return _find(session, table, View(), own_only=True)

    colleague = office.installation.person(
        organisation=office.organisations[0], role="traeger_fachkraft"
    )
    scope = Scope(office.tenant.id, office.organisations[0].id, colleague.account_id)
    found = office.installation.in_scope(
        scope, lambda session: as_colleague(session, open_table(session, office.form_id, TRAEGER))
    )
    assert found.rows == []


def test_what_a_viewer_may_not_see_is_no_column(office: Office) -> None:
    def labels(_session: Session, table: FormTable) -> set[str]:
        return {column.label for column in table.columns.values()}

    assert "Vermerk" in set(office.ask(labels))  # type: ignore[call-overload]
    assert "Vermerk" not in set(  # type: ignore[call-overload]
        office.ask(labels, organisation=0, viewer=TRAEGER)
    )


FILTERS: list[tuple[str, Filter, Callable[[int], bool]]] = [
    ("Name", Filter("", text="kind 1"), lambda place: 10 <= place < 20),
    ("Name", Filter("", text="KIND 07", is_exact=True), lambda place: place == 7),
    ("Name", Filter("", text="%"), lambda place: False),
    ("Betrag", Filter("", since="100,50", until="130,5"), lambda place: 10 <= place <= 13),
    ("Beginn", Filter("", since="05.02.2026", until="6.2.26"), lambda place: place in (4, 5)),
    ("Ort", Filter("", values=("s",)), lambda place: place % 2 == 1),
    ("Ort", Filter("", values=("n", "s")), lambda place: True),
    ("Themen", Filter("", values=("x",)), lambda place: place % 3 == 0),
    ("Themen", Filter("", values=("x", "y")), lambda place: True),
    ("Einig", Filter("", values=("true",)), lambda place: place % 4 == 0),
    ("Eingang", Filter("", since="3.1.2026", until="4.1.2026"), lambda place: 4 <= place <= 7),
    ("Träger", Filter("", text="brü"), lambda place: place % 2 == 1),
    ("Stand", Filter("", values=("submitted",)), lambda place: True),
    ("Vorgangsnummer", Filter("", text="02"), lambda place: place in (2, 20, 21, 22)),
    ("Fassung", Filter("", since="2"), lambda place: place >= 12),
]  # fmt: skip


@pytest.mark.parametrize(("label", "wanted", "matches"), FILTERS)
def test_every_filter_finds_across_versions(
    office: Office, label: str, wanted: Filter, matches: Callable[[int], bool]
) -> None:
    expected = [place for place in range(COUNT) if matches(place)]
    assert sorted(office.numbers((label, wanted))) == expected


def test_filters_narrow_together(office: Office) -> None:
    found = office.numbers(("Ort", Filter("", values=("n",))), ("Betrag", Filter("", since="150")))
    assert sorted(found) == [16, 18, 20, 22]


@pytest.mark.parametrize("sort", [RECEIVED, NUMBER, ORGANISATION, STATE, "Betrag", "Name", "Ort"])
@pytest.mark.parametrize("is_ascending", [True, False])
def test_pages_show_each_row_once_in_order_forth_and_back(
    office: Office, sort: str, is_ascending: bool
) -> None:
    """Many rows share a moment, a Träger, a state: the id keeps them in order."""

    def turn_pages(session: Session, table: FormTable) -> tuple[list[list[int]], list[list[int]]]:
        ids = {column.label: column.id for column in table.columns.values()}
        view = View(sort=ids.get(sort, sort), is_ascending=is_ascending)
        forth, back = [], []
        found = _find(session, table, view)
        assert (found.count, found.is_more, found.has_previous) == (COUNT, False, False)
        forth.append(_numbers(found))
        while found.has_next:
            found = _find(session, table, view, Turn("after", found.rows[-1].id))
            forth.append(_numbers(found))
        back.append(_numbers(found))
        while found.has_previous:
            found = _find(session, table, view, Turn("before", found.rows[0].id))
            back.append(_numbers(found))
        every = [int(row.number) for row in every_row(session, table, view, [], own_only=False)]
        assert every == [number for part in forth for number in part]
        return forth, back

    forth, back = office.ask(turn_pages)  # type: ignore[misc]
    assert sorted(number for part in forth for number in part) == list(range(COUNT))
    assert back == forth[::-1]
    if sort in ("Betrag", "Name", NUMBER):
        every = [number for part in forth for number in part]
        assert every == sorted(every, reverse=not is_ascending)


def test_a_page_after_something_unknown_begins_anew(office: Office) -> None:
    def ask(session: Session, table: FormTable) -> tuple[Found, Found]:
        return (
            _find(session, table, View()),
            _find(session, table, View(), Turn("after", new_id())),
        )

    first, lost = office.ask(ask)  # type: ignore[misc]
    assert lost.rows == first.rows
    assert not lost.has_previous


def test_counting_stops_where_nobody_reads_further(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "COUNTED", 10)
    found = office.ask(lambda session, table: _find(session, table, View()))
    assert isinstance(found, Found)
    assert (found.count, found.is_more) == (10, True)


def test_a_search_that_takes_too_long_says_how_to_narrow_it(office: Office) -> None:
    wait = text("SELECT pg_sleep(30)")
    with acting_as(Scope(tenant_id=office.tenant.id)), office.installation.sessions() as session:
        with pytest.raises(SearchTooSlow, match="Grenzen Sie den Eingang"), bounded(session, 1):
            session.execute(wait, execution_options={"tenant_guarded": True})
        # The connection is fit for further work, within the same tenant.
        assert len(open_table(session, office.form_id, OFFICE).versions) == 2


def test_what_was_set_for_a_search_is_set_back(office: Office) -> None:
    def settings(session: Session) -> tuple[str, ...]:
        query = text("SELECT current_setting('statement_timeout'), current_setting('enable_sort')")
        return tuple(session.execute(query, execution_options={"tenant_guarded": True}).one())

    def look(session: Session, _table: FormTable) -> tuple[tuple[str, ...], ...]:
        before = settings(session)
        with bounded(session, 7, by_index=True):
            inside = settings(session)
        return before, inside, settings(session)

    before, inside, after = office.ask(look)
    assert inside == ("7s", "off")
    assert before == after != inside


def test_the_list_of_all_forms_reads_no_answers(office: Office) -> None:
    def unread(session: Session, _table: FormTable) -> set[str]:
        found = find_submissions(session, own_only=False, size=5)
        return set.intersection(*(inspect(one).unloaded for one in found.submissions))

    assert {"answers", "invalid", "surroundings"} <= office.ask(unread)


def test_the_first_page_of_a_form_comes_from_its_index(office: Office) -> None:
    """Without the hint PostgreSQL sorts everything: the row rules spoil its estimates."""

    def explain(session: Session, table: FormTable) -> str:
        with bounded(session, by_index=True):
            rows = session.execute(
                text(
                    "EXPLAIN SELECT id FROM submission WHERE form_id = :form"
                    " AND submitted_at IS NOT NULL AND state <> 'draft'"
                    " ORDER BY submitted_at DESC, id DESC LIMIT 51"
                ),
                {"form": table.form_id},
                execution_options={"tenant_guarded": True},
            )
            return "\n".join(row[0] for row in rows)

    plan = str(office.ask(explain))
    assert "Backward using ix_submission_form" in plan
    assert "Sort" not in plan


def test_views_are_kept_by_person_and_shared_on_one_side_only(office: Office) -> None:
    form_id = office.form_id

    def save(session: Session, _table: FormTable) -> None:
        remember_view(session, form_id, View(sort=NUMBER))
        remember_view(session, form_id, View(sort=STATE))
        save_view(session, form_id, "Meine", View(), is_shared=False)
        save_view(session, form_id, "  Unsere   Liste ", View(is_ascending=True), is_shared=True)

    def look(session: Session, _table: FormTable) -> tuple[str, list[tuple[str, bool]]]:
        views = named_views(session, form_id)
        last = last_view(session, form_id)
        return last.sort if last else "", [(one.name, one.is_own) for one in views]

    office.ask(save, organisation=0)
    assert office.ask(look, organisation=0) == (STATE, [("Meine", True), ("Unsere Liste", True)])
    # The same person for the office, another Träger, the office: nothing.
    assert office.ask(look) == ("", [])
    assert office.ask(look, organisation=1) == ("", [])

    colleague = office.installation.person(
        organisation=office.organisations[0], role="traeger_fachkraft"
    )
    scope = Scope(office.tenant.id, office.organisations[0].id, colleague.account_id)

    def as_colleague(session: Session) -> None:
        (shared,) = named_views(session, form_id)
        assert (shared.name, shared.is_own, shared.view.is_ascending) == (
            "Unsere Liste", False, True,
        )  # fmt: skip
        with pytest.raises(ViewUnknown):
            delete_view(session, form_id, shared.id)

    office.installation.in_scope(scope, as_colleague)

    def delete(session: Session, _table: FormTable) -> None:
        for one in named_views(session, form_id):
            delete_view(session, form_id, one.id)
            with pytest.raises(ViewUnknown):
                find_view(session, form_id, one.id)

    office.ask(delete, organisation=0)
    assert office.ask(look, organisation=0) == (STATE, [])
