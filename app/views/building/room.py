"""What the pages of the builder share: the draft of the request, and how they answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import database
from app.security.access import current_actor
from app.views.building.region import Problem, region
from app.views.presenting import BERLIN
from forms.building.conflicts import Conflict
from forms.building.document_tree import ElementUnknown
from forms.building.drafting import (
    ChangeConflict,
    DraftLocked,
    FormKeyTaken,
    apply_operation,
    find_draft,
)
from forms.building.models import FormDraft, FormOperation
from forms.building.operation_documents import operation_to_json
from forms.building.operations import Operation
from forms.building.structure import StructureBroken
from forms.expressions.nodes import Json
from tenants.language import _

building = Blueprint("building", __name__, url_prefix="/baukasten")

Page = str | Response | tuple[str, int]


class Unsaved(Exception):
    """A change could not be saved; the page says why and keeps what was typed."""

    def __init__(
        self,
        problem: Problem,
        *,
        conflicts: tuple[Conflict, ...] = (),
        operation: dict[str, Json] | None = None,
        status: int = 422,
    ) -> None:
        super().__init__(problem.text)
        self.problem = problem
        self.conflicts = conflicts
        self.operation = operation
        self.status = status


def draft_of(form_id: object) -> FormDraft:
    """Return the draft of a form of this tenant. 404 when there is none."""
    draft = find_draft(database.session(), str(form_id))
    if draft is None:
        abort(404)
    return draft


def posted_revision() -> int:
    """Return the revision that the page of the person showed."""
    text = request.form.get("revision", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def save(draft: FormDraft, operation: Operation, base: int | None = None) -> FormOperation:
    """Apply one operation in the name of the acting person, and commit it.

    Raises `Unsaved` when it conflicts or does not fit.
    """
    session = database.session()
    try:
        done = apply_operation(
            session,
            draft,
            posted_revision() if base is None else base,
            operation,
            person_name=current_actor().name,
        )
    except ChangeConflict as conflict:
        session.rollback()
        raise Unsaved(
            Problem(_("Diese Änderung ist noch nicht gespeichert.")),
            conflicts=conflict.conflicts,
            operation=operation_to_json(operation),
            status=409,
        ) from conflict
    except ElementUnknown as missing:
        session.rollback()
        raise Unsaved(
            Problem(_("Dieses Element gibt es nicht mehr. Wählen Sie ein anderes.")), status=409
        ) from missing
    except (StructureBroken, FormKeyTaken, DraftLocked) as error:
        session.rollback()
        raise Unsaved(Problem(str(error))) from error
    session.commit()
    return done


def clock(value: datetime) -> str:
    """Return the time of day in Berlin, ``14:32``."""
    return value.astimezone(BERLIN).strftime("%H:%M")


def wants_region() -> bool:
    """Say whether builder.js asks for the changed part instead of a whole page."""
    return request.headers.get("X-Builder") == "region"


def answer(
    form_id: object,
    selected: str,
    *,
    unsaved: Unsaved | None = None,
    typed: Mapping[str, str] | None = None,
    said: str = "",
    anchor: str = "eigenschaften",
) -> Page:
    """Answer a change: the region for builder.js, else a redirect or the page with the problem."""
    if unsaved is None and not wants_region():
        return redirect(url_for("building.show", form_id=form_id, element=selected, _anchor=anchor))
    draft = draft_of(form_id)
    parts = region(
        draft,
        selected,
        typed=typed,
        problem=unsaved.problem if unsaved else None,
        conflicts=unsaved.conflicts if unsaved else (),
        operation=unsaved.operation if unsaved else None,
        said=said,
    )
    template = "building/_region.html" if wants_region() else "building/show.html"
    page = render_template(template, **parts)
    return (page, unsaved.status) if unsaved else page
