"""Keeps the drafts of forms: begins them, applies operations, takes them back.

Permission of every verb: Tenant-Admin. The database lets only the tenant's staff write here.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from forms.building.conflicts import Conflict, LoggedOperation, find_conflicts
from forms.building.models import FormDraft, FormOperation
from forms.building.operation_documents import operation_from_json, operation_to_json
from forms.building.operations import (
    ChangeProperties,
    Operation,
    Outcome,
    RenameKey,
    ReplaceDocument,
    apply,
)
from forms.building.structure import StructureBroken, check_element
from forms.building.undoing import Stacks, Step, stacks_of, still_stands
from forms.models import Answers, Form
from forms.publishing import get_version, latest_version
from tenants.audit import record
from tenants.context import current_scope
from tenants.language import _


class DraftUnknown(LookupError):
    """The tenant in scope has no such form or draft."""


class DraftLocked(ValueError):
    """The draft is being reviewed and must not change meanwhile (German message)."""


class FormKeyTaken(ValueError):
    """Another form of the tenant has this key already (German message)."""


class ChangeConflict(ValueError):
    """Somebody else changed the same meanwhile; ``conflicts`` say who, what, and both values."""

    def __init__(self, conflicts: Sequence[Conflict]) -> None:
        super().__init__(_("Inzwischen hat jemand anderes dasselbe geändert."))
        self.conflicts = tuple(conflicts)


class NothingToUndo(ValueError):
    """There is no operation of this person to take back or do again (German message)."""


def create_form(session: Session, document: Answers, *, package: str = "") -> FormDraft:
    """Begin a new form with ``document`` as its draft; nobody can fill it in yet.

    Raises `FormKeyTaken` when the tenant has a form with its key, and
    `forms.building.structure.StructureBroken` when the document has no pages, sections, fields.
    """
    check_element(document, "")
    key = str(document["key"])
    if session.scalars(select(Form.id).where(Form.key == key)).first() is not None:
        raise FormKeyTaken(
            _("Einen Vordruck mit dem Schlüssel „{key}“ gibt es schon.").format(key=key)
        )
    form = Form(key=key, package=package, state="draft")
    _describe(form, document)
    session.add(form)
    session.flush()
    draft = FormDraft(form_id=form.id, document=dict(document))
    session.add(draft)
    session.flush()
    record(session, "form.created", "form", form.id)
    return draft


def open_draft(session: Session, form_id: str) -> FormDraft:
    """Return the draft of a form; without one, begin it from the latest version.

    Raises `DraftUnknown` when the tenant has no such form, or one without any version.
    """
    draft = find_draft(session, form_id)
    if draft is not None:
        return draft
    version = latest_version(session, form_id)
    if version is None:
        raise DraftUnknown(_("Diesen Vordruck gibt es hier nicht."))
    draft = FormDraft(
        form_id=form_id, base_version_id=version.id, document=dict(version.definition)
    )
    session.add(draft)
    session.flush()
    record(session, "form.draft_opened", "form", form_id, version=version.number)
    return draft


def find_draft(session: Session, form_id: str) -> FormDraft | None:
    """Return the draft of a form of the tenant in scope with its document, None without one."""
    return session.scalars(
        select(FormDraft).where(FormDraft.form_id == form_id).options(undefer(FormDraft.document))
    ).first()


def all_drafts(session: Session) -> list[FormDraft]:
    """Return every draft of the tenant in scope, without documents."""
    return list(session.scalars(select(FormDraft)))


def apply_operation(
    session: Session,
    draft: FormDraft,
    base_revision: int,
    operation: Operation,
    *,
    person_name: str = "",
) -> FormOperation:
    """Apply one operation that was made for ``base_revision`` of the draft, and log it.

    Raises `ChangeConflict` when somebody changed the same since then, `DraftLocked` during the
    review, `ElementUnknown` and `StructureBroken` for an operation that does not fit.
    """
    locked = _locked(session, draft)
    since = _since(session, locked, base_revision) if base_revision < locked.revision else []
    conflicts = find_conflicts(locked.document, operation, since) if since else []
    if conflicts:
        raise ChangeConflict(conflicts)
    _check_form_key(session, locked, operation)
    return _write(session, locked, apply(locked.document, operation), person_name)


def undo_operation(session: Session, draft: FormDraft, *, person_name: str = "") -> FormOperation:
    """Take back the last operation of the acting person that still stands.

    Raises `NothingToUndo` without one, or when somebody else built on it meanwhile.
    """
    return _take_back(session, draft, again=False, person_name=person_name)


def redo_operation(session: Session, draft: FormDraft, *, person_name: str = "") -> FormOperation:
    """Do again what the acting person took back last. Raises `NothingToUndo`."""
    return _take_back(session, draft, again=True, person_name=person_name)


def undo_stacks(session: Session, draft: FormDraft) -> Stacks:
    """Return what the acting person may take back and do again in this draft."""
    rows = session.execute(
        select(FormOperation.revision, FormOperation.undoes)
        .where(
            FormOperation.draft_id == draft.id,
            FormOperation.account_id == current_scope().account_id,
        )
        .order_by(FormOperation.revision)
    )
    return stacks_of([Step(revision, undoes) for revision, undoes in rows])


def restart_draft(
    session: Session, draft: FormDraft, version_id: str, *, person_name: str = ""
) -> FormOperation:
    """Make the draft equal to a version again; one operation, which can be taken back.

    Raises `forms.publishing.FormUnknown` for a version of another form or tenant.
    """
    version = get_version(session, version_id)
    if version.form_id != draft.form_id:
        raise DraftUnknown(_("Diese Fassung gehört zu einem anderen Vordruck."))
    operation = ReplaceDocument(dict(version.definition))
    done = apply_operation(session, draft, draft.revision, operation, person_name=person_name)
    draft.base_version_id = version.id
    session.flush()
    return done


def operations_of(session: Session, draft: FormDraft, *, limit: int) -> list[FormOperation]:
    """Return the newest operations of a draft, the last one first."""
    return list(
        session.scalars(
            select(FormOperation)
            .where(FormOperation.draft_id == draft.id)
            .order_by(FormOperation.revision.desc())
            .limit(limit)
        )
    )


def _locked(session: Session, draft: FormDraft) -> FormDraft:
    """Return the draft as it is now; nobody else changes it until the transaction ends."""
    locked = session.scalars(
        select(FormDraft)
        .where(FormDraft.id == draft.id)
        .options(undefer(FormDraft.document))
        .with_for_update(of=FormDraft)
        .execution_options(populate_existing=True)
    ).first()
    if locked is None:
        raise DraftUnknown(_("Diesen Entwurf gibt es nicht mehr."))
    if locked.state != "open":
        raise DraftLocked(
            _("Der Entwurf ist in Prüfung. Ändern können Sie ihn, wenn er zurückgegeben ist.")
        )
    return locked


def _since(session: Session, draft: FormDraft, revision: int) -> list[LoggedOperation]:
    rows = session.scalars(
        select(FormOperation)
        .where(FormOperation.draft_id == draft.id, FormOperation.revision > revision)
        .order_by(FormOperation.revision)
    )
    return [
        LoggedOperation(
            row.revision,
            row.person_name,
            row.at,
            frozenset((element, name) for element, name in row.touched),
        )
        for row in rows
    ]


def _take_back(
    session: Session, draft: FormDraft, *, again: bool, person_name: str
) -> FormOperation:
    locked = _locked(session, draft)
    stacks = undo_stacks(session, locked)
    waiting = stacks.redo if again else stacks.undo
    if not waiting:
        raise NothingToUndo(
            _("Es gibt nichts zu wiederholen.")
            if again
            else _("Es gibt nichts rückgängig zu machen.")
        )
    done = session.scalars(
        select(FormOperation).where(
            FormOperation.draft_id == locked.id, FormOperation.revision == waiting[-1]
        )
    ).one()
    operation, inverse = operation_from_json(done.operation), operation_from_json(done.inverse)
    if not still_stands(locked.document, operation, inverse):
        raise NothingToUndo(
            _("Das lässt sich nicht mehr zurücknehmen: Inzwischen wurde dort weitergearbeitet.")
        )
    outcome = apply(locked.document, inverse)
    return _write(session, locked, outcome, person_name, undoes=done.revision)


def _write(
    session: Session,
    draft: FormDraft,
    outcome: Outcome,
    person_name: str,
    undoes: int | None = None,
) -> FormOperation:
    draft.document = outcome.document
    draft.revision += 1
    draft.updated_by = person_name
    if draft.form.state == "draft":
        draft.form.key = str(outcome.document["key"])
        _describe(draft.form, outcome.document)
    row = FormOperation(
        draft_id=draft.id,
        revision=draft.revision,
        account_id=current_scope().account_id,
        person_name=person_name,
        operation=operation_to_json(outcome.applied),
        inverse=operation_to_json(outcome.inverse),
        touched=[list(pair) for pair in sorted(outcome.touched)],
        undoes=undoes,
    )
    session.add(row)
    session.flush()
    return row


def _describe(form: Form, document: Answers) -> None:
    form.title = str(document["title"])[:200]
    form.description = str(document.get("description") or "")[:1000]
    form.data_class = str(document.get("data_class") or "K1")[:2]


def _check_form_key(session: Session, draft: FormDraft, operation: Operation) -> None:
    key = _wanted_form_key(draft.document, operation)
    if key is None or key == draft.form.key:
        return
    if draft.form.state != "draft":
        raise StructureBroken(
            _("Der Schlüssel eines veröffentlichten Vordrucks bleibt, wie er ist.")
        )
    other = select(Form.id).where(Form.key == key, Form.id != draft.form_id)
    if len(key) > 80 or session.scalars(other).first() is not None:
        raise FormKeyTaken(_("Der Schlüssel „{key}“ ist schon vergeben.").format(key=key[:80]))


def _wanted_form_key(document: Answers, operation: Operation) -> str | None:
    match operation:
        case RenameKey(element, key) if element == document["id"]:
            return key
        case ChangeProperties(changes):
            for change in changes:
                if (change.element, change.property) == (document["id"], "key"):
                    return str(change.value)
        case ReplaceDocument(replacement):
            return str(replacement["key"])
    return None
