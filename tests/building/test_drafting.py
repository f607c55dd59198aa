"""Drafts of forms in the database: saving, conflicts, taking back, and who may reach them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from forms.building.document_tree import find_place
from forms.building.drafting import (
    ChangeConflict,
    DraftLocked,
    DraftUnknown,
    FormKeyTaken,
    NothingToUndo,
    apply_operation,
    create_form,
    find_draft,
    open_draft,
    operations_of,
    redo_operation,
    restart_draft,
    undo_operation,
)
from forms.building.models import FormDraft, FormOperation
from forms.building.operations import Change, ChangeProperties, Operation, RemoveElement, RenameKey
from forms.building.starting import empty_form
from forms.building.structure import StructureBroken
from forms.models import Form
from tenants.context import Scope, acting_as
from tenants.models import Tenant
from tests.support.form_documents import field, form, identity, page, section
from tests.support.installation import Installation, Person
from tests.support.large_form import large_form

ART = identity("field art")


@pytest.fixture(scope="module")
def tenant(installation: Installation) -> Tenant:
    return installation.found_tenant()


@pytest.fixture(scope="module")
def people(installation: Installation, tenant: Tenant) -> tuple[Person, Person]:
    return (
        installation.person(tenant=tenant, role="tenant_admin"),
        installation.person(tenant=tenant, role="tenant_admin"),
    )


def small_form(key: str) -> dict:  # type: ignore[type-arg]
    return form(
        page("seite", section("teil", field("text", "art"), field("text", "grund"))), key=key
    )


def label(value: str, name: str = "label") -> Operation:
    return ChangeProperties((Change(ART, name, value),))


class Desk:
    """A person at work on one draft."""

    def __init__(self, installation: Installation, tenant: Tenant, person: Person, form_id: str):
        self._installation = installation
        self.scope = Scope(tenant_id=tenant.id, account_id=person.account_id)
        self.form_id = form_id
        self.name = person.email

    def do(self, work: Callable[[Session, FormDraft], object]) -> object:
        return self._installation.in_scope(
            self.scope, lambda session: work(session, open_draft(session, self.form_id))
        )

    def apply(self, operation: Operation, base: int) -> FormOperation:
        done = self.do(
            lambda session, draft: apply_operation(
                session, draft, base, operation, person_name=self.name
            )
        )
        assert isinstance(done, FormOperation)
        return done

    def undo(self) -> None:
        self.do(lambda session, draft: undo_operation(session, draft, person_name=self.name))

    def redo(self) -> None:
        self.do(lambda session, draft: redo_operation(session, draft, person_name=self.name))

    def document(self) -> dict:  # type: ignore[type-arg]
        found = self.do(lambda _session, draft: draft.document)
        assert isinstance(found, dict)
        return found


@pytest.fixture
def desks(
    installation: Installation,
    tenant: Tenant,
    people: tuple[Person, Person],
    request: pytest.FixtureRequest,
) -> tuple[Desk, Desk]:
    """Two people at the draft of one new form."""
    key = f"k{abs(hash(request.node.name)):x}"
    created = installation.in_scope(
        Scope(tenant_id=tenant.id, account_id=people[0].account_id),
        lambda session: create_form(session, small_form(key)).form_id,
    )
    first, second = (Desk(installation, tenant, person, created) for person in people)
    return first, second


@contextmanager
def statements(installation: Installation) -> Iterator[list[str]]:
    """Collect every SQL statement of the application's role, the announced scope included."""
    engine = installation.sessions.kw["bind"]
    found: list[str] = []

    def note(_connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        found.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_changes_of_two_people_are_both_kept(desks: tuple[Desk, Desk]) -> None:
    first, second = desks
    first.apply(label("Von der einen"), 0)
    second.apply(label("Von der anderen", "help"), 0)
    found = find_place(second.document(), ART).element
    assert (found["label"], found["help"]) == ("Von der einen", "Von der anderen")


def test_the_same_property_changed_twice_is_a_conflict_with_both_values(
    desks: tuple[Desk, Desk],
) -> None:
    first, second = desks
    first.apply(label("Von der einen"), 0)
    with pytest.raises(ChangeConflict) as refused:
        second.apply(label("Von der anderen"), 0)
    (conflict,) = refused.value.conflicts
    assert conflict.by is not None
    assert (conflict.by.person_name, conflict.by.revision) == (first.name, 1)
    assert (conflict.mine, conflict.theirs) == ("Von der anderen", "Von der einen")
    second.apply(label("Von der anderen"), 1)
    assert find_place(first.document(), ART).element["label"] == "Von der anderen"


def test_working_in_what_was_removed_names_who_removed_it(desks: tuple[Desk, Desk]) -> None:
    first, second = desks
    first.apply(RemoveElement(ART), 0)
    with pytest.raises(ChangeConflict) as refused:
        second.apply(label("Zu spät"), 0)
    (conflict,) = refused.value.conflicts
    assert (conflict.property, conflict.mine) == ("exists", "Zu spät")
    assert conflict.by is not None
    assert conflict.by.person_name == first.name


def test_removing_what_somebody_works_on_is_a_conflict(desks: tuple[Desk, Desk]) -> None:
    first, second = desks
    first.apply(label("Wichtig"), 0)
    with pytest.raises(ChangeConflict):
        second.apply(RemoveElement(identity("section teil")), 0)


def test_each_person_takes_back_their_own(desks: tuple[Desk, Desk]) -> None:
    first, second = desks
    first.apply(label("Von der einen"), 0)
    second.apply(label("Hilfe", "help"), 1)
    first.undo()
    found = find_place(first.document(), ART).element
    assert (found["label"], found["help"]) == ("Art", "Hilfe")
    with pytest.raises(NothingToUndo):
        first.undo()
    first.redo()
    assert find_place(first.document(), ART).element["label"] == "Von der einen"
    second.apply(label("Noch anders"), 4)
    with pytest.raises(NothingToUndo, match="weitergearbeitet"):
        first.undo()


def test_the_log_only_grows(installation: Installation, desks: tuple[Desk, Desk]) -> None:
    first, _second = desks
    first.apply(label("Eins"), 0)
    first.undo()
    rows = first.do(lambda session, draft: operations_of(session, draft, limit=10))
    assert isinstance(rows, list)
    assert [(row.revision, row.undoes) for row in rows] == [(2, 1), (1, None)]

    def change(session: Session) -> None:
        session.scalars(select(FormOperation)).first().person_name = "Andere"  # type: ignore[union-attr]

    with pytest.raises(ProgrammingError, match="permission denied"):
        installation.in_scope(first.scope, change)


def test_a_new_form_is_called_as_its_draft_says(
    installation: Installation, desks: tuple[Desk, Desk]
) -> None:
    first, _second = desks
    root = str(first.document()["id"])
    first.apply(ChangeProperties((Change(root, "title", "Neuer Name"),)), 0)
    first.apply(RenameKey(root, f"{first.document()['key']}_neu"), 1)
    stored = installation.in_scope(
        first.scope,
        lambda session: session.scalars(select(Form).where(Form.id == first.form_id)).one(),
    )
    assert (stored.title, stored.key[-4:], stored.state) == ("Neuer Name", "_neu", "draft")


def test_keys_of_forms_stay_apart(installation: Installation, desks: tuple[Desk, Desk]) -> None:
    first, _second = desks
    taken = str(first.document()["key"])
    with pytest.raises(FormKeyTaken):
        installation.in_scope(
            first.scope, lambda session: create_form(session, empty_form("X", taken, "K1"))
        )
    other = installation.in_scope(
        first.scope,
        lambda session: create_form(session, empty_form("X", f"{taken}_x", "K1")).form_id,
    )

    def rename(session: Session) -> object:
        draft = open_draft(session, other)
        return apply_operation(session, draft, 0, RenameKey(str(draft.document["id"]), taken))

    with pytest.raises(FormKeyTaken):
        installation.in_scope(first.scope, rename)


def test_a_published_form_gets_its_draft_from_the_latest_version(
    installation: Installation, tenant: Tenant, people: tuple[Person, Person]
) -> None:
    version = installation.publish(tenant, small_form("veroeffentlicht"))
    desk = Desk(installation, tenant, people[0], version.form_id)
    base = desk.do(lambda _session, draft: draft.base_version_id)
    assert base == version.id
    desk.apply(label("Anders"), 0)
    with pytest.raises(StructureBroken, match="Schlüssel"):
        desk.apply(RenameKey(str(desk.document()["id"]), "anders"), 1)
    desk.do(lambda session, draft: restart_draft(session, draft, version.id))
    assert desk.document() == small_form("veroeffentlicht")
    desk.undo()
    assert find_place(desk.document(), ART).element["label"] == "Anders"


def test_a_draft_in_review_does_not_change(desks: tuple[Desk, Desk]) -> None:
    first, _second = desks

    def lock(_session: Session, draft: FormDraft) -> None:
        draft.state = "in_review"

    first.do(lock)
    with pytest.raises(DraftLocked):
        first.apply(label("Doch noch"), 0)


def test_one_change_of_a_large_form_takes_few_statements(
    installation: Installation, tenant: Tenant, people: tuple[Person, Person]
) -> None:
    scope = Scope(tenant_id=tenant.id, account_id=people[0].account_id)
    document = large_form(500, 5)
    created = installation.in_scope(scope, lambda session: create_form(session, document).form_id)
    desk = Desk(installation, tenant, people[0], created)
    element = identity("field zahl_1")
    with statements(installation) as found:
        desk.apply(ChangeProperties((Change(element, "label", "Neu"),)), 0)
    assert 3 < len(found) <= 10, found
    with statements(installation) as found:
        desk.apply(RenameKey(element, "anzahl"), 1)
    assert len(found) <= 10
    assert find_place(desk.document(), identity("field betrag_2")).element["visible"] == (
        "(wahl_0 == 'ja' and anzahl > 3) or anzahl in [1, 2]"
    )
    with statements(installation) as found:
        desk.undo()
    assert len(found) <= 10


def test_other_tenants_and_traeger_reach_no_draft(
    installation: Installation, tenant: Tenant, desks: tuple[Desk, Desk]
) -> None:
    first, _second = desks
    first.apply(label("Geheim"), 0)
    stranger = installation.found_tenant()
    organisation = installation.found_organisation(tenant)
    for scope in (
        Scope(tenant_id=stranger.id),
        Scope(tenant_id=tenant.id, organisation_id=organisation.id),
    ):
        with acting_as(scope), installation.sessions() as session:
            assert find_draft(session, first.form_id) is None
            assert session.scalars(select(FormOperation)).all() == []
    with pytest.raises(DraftUnknown):
        installation.in_scope(
            Scope(tenant_id=stranger.id), lambda session: open_draft(session, first.form_id)
        )
    with pytest.raises(ProgrammingError, match="row-level security"):
        installation.in_scope(
            Scope(tenant_id=tenant.id, organisation_id=organisation.id),
            lambda session: session.add(FormDraft(form_id=first.form_id, document={})),
        )
