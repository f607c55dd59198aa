"""Keeping views of a form's table: what somebody looked at last, and views with a name."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from forms.lists.filters import View, dump_view, load_view
from forms.lists.models import SavedView
from tenants.context import current_scope
from tenants.language import _

LONGEST_NAME = 80
MOST_VIEWS = 50


class ViewUnknown(LookupError):
    """There is no such view that the acting person may use."""


class ViewRefused(ValueError):
    """The view cannot be kept like this; the message says why."""


@dataclass(frozen=True, slots=True)
class NamedView:
    """A view with a name; only its owner may change or delete it."""

    id: str
    name: str
    is_shared: bool
    is_own: bool
    view: View


def last_view(session: Session, form_id: str) -> View | None:
    """Return what the acting person looked at last in the table of the form, None at first."""
    row = _own_row(session, form_id, "")
    return load_view(row.settings) if row else None


def remember_view(session: Session, form_id: str, view: View) -> None:
    """Keep what the acting person looks at now."""
    _keep(session, form_id, "", view, is_shared=False)


def save_view(session: Session, form_id: str, name: str, view: View, *, is_shared: bool) -> None:
    """Keep ``view`` under ``name``; an own view of that name is replaced.

    Raises `ViewRefused`.
    """
    name = " ".join(name.split())
    if not name:
        raise ViewRefused(_("Geben Sie der Ansicht einen Namen."))
    if len(name) > LONGEST_NAME:
        raise ViewRefused(
            _("Der Name darf höchstens {limit} Zeichen haben.").format(limit=LONGEST_NAME)
        )
    if len(named_views(session, form_id)) >= MOST_VIEWS and not _own_row(session, form_id, name):
        raise ViewRefused(_("Es gibt schon zu viele Ansichten. Löschen Sie erst eine."))
    _keep(session, form_id, name, view, is_shared=is_shared)


def named_views(session: Session, form_id: str) -> list[NamedView]:
    """Return the own and the shared views of the acting person's side, by name."""
    rows = session.scalars(
        select(SavedView)
        .where(SavedView.form_id == form_id, SavedView.name != "", _of_this_side())
        .order_by(SavedView.name, SavedView.id)
    )
    return [_named(row) for row in rows]


def find_view(session: Session, form_id: str, view_id: str) -> NamedView:
    """Return an own or shared view. Raises `ViewUnknown`."""
    row = session.scalars(
        select(SavedView).where(
            SavedView.id == view_id,
            SavedView.form_id == form_id,
            SavedView.name != "",
            _of_this_side(),
        )
    ).first()
    if row is None:
        raise ViewUnknown(_("Diese Ansicht gibt es nicht."))
    return _named(row)


def delete_view(session: Session, form_id: str, view_id: str) -> None:
    """Delete an own view. Raises `ViewUnknown`, for views of others too."""
    view = find_view(session, form_id, view_id)
    if not view.is_own:
        raise ViewUnknown(_("Diese Ansicht gehört jemand anderem."))
    row = session.scalars(select(SavedView).where(SavedView.id == view_id)).one()
    session.delete(row)
    session.flush()


def _keep(session: Session, form_id: str, name: str, view: View, *, is_shared: bool) -> None:
    scope = current_scope()
    row = _own_row(session, form_id, name)
    if row is None:
        row = SavedView(
            form_id=form_id,
            organisation_id=scope.organisation_id,
            account_id=scope.account_id,
            name=name,
        )
        session.add(row)
    row.settings = dump_view(view)
    row.is_shared = is_shared
    session.flush()


def _own_row(session: Session, form_id: str, name: str) -> SavedView | None:
    return session.scalars(
        select(SavedView).where(
            SavedView.form_id == form_id,
            SavedView.account_id == current_scope().account_id,
            SavedView.name == name,
            _of_this_side(),
        )
    ).first()


def _of_this_side() -> ColumnElement[bool]:
    """The database says the same (policy ``own_views``); here it makes the index useful."""
    return SavedView.organisation_id.is_not_distinct_from(current_scope().organisation_id)


def _named(row: SavedView) -> NamedView:
    return NamedView(
        id=row.id,
        name=row.name,
        is_shared=row.is_shared,
        is_own=row.account_id == current_scope().account_id,
        view=load_view(row.settings),
    )
