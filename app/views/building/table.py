"""Labels, keys, duty and data class of all fields in one table, changed together."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for

from app.security.access import requires
from app.views.building.conflicts import conflict_rows
from app.views.building.outline import kind_word, shown_name
from app.views.building.region import Problem, room_urls
from app.views.building.room import Page, Unsaved, building, draft_of, save
from app.views.forms import DATA_CLASSES
from forms.building.conflicts import Conflict
from forms.building.document_tree import Place, element_id, element_name, places
from forms.building.models import FormDraft
from forms.building.operations import Change, ChangeProperties, Operation, RenameKey
from tenants.language import _

Row = dict[str, object]
_COLUMNS = ("label", "key", "required", "data_class")


@building.route("/<uuid:form_id>/tabelle", methods=["GET", "POST"])
@requires("can_edit", "Forms")
def table(form_id: object) -> Page:
    """Show every field as a row; save all rows that were changed as one operation."""
    draft = draft_of(form_id)
    if request.method == "GET":
        return _page(draft)
    try:
        operations = _operations(draft)
        for operation in operations:
            save(draft, operation)
    except Unsaved as unsaved:
        return _page(draft, unsaved.problem, unsaved.conflicts), unsaved.status
    flash(
        _("Die Änderungen sind gespeichert.") if operations else _("Es war nichts zu speichern."),
        "success" if operations else "info",
    )
    return redirect(url_for("building.table", form_id=form_id))


def _fields(draft: FormDraft) -> list[Place]:
    return [place for place in places(draft.document) if place.list_name == "fields"]


def _operations(draft: FormDraft) -> list[Operation]:
    """Return one operation for labels, duty and classes of all rows, and one for each new key."""
    changes: list[Change] = []
    renamings: list[Operation] = []
    for place in _fields(draft):
        identity = element_id(place.element)
        for name in _COLUMNS:
            posted = request.form.get(f"{identity}.{name}", "").strip()
            before = request.form.get(f"was:{identity}.{name}")
            if before is None or posted == before:
                continue
            if name == "key":
                renamings.append(RenameKey(identity, posted))
            elif name == "required":
                changes.append(Change(identity, name, True if posted else None))
            elif name == "label":
                changes.append(Change(identity, name, posted))
            else:
                changes.append(Change(identity, name, posted or None))
    return [*([ChangeProperties(tuple(changes))] if changes else []), *renamings]


def _page(
    draft: FormDraft,
    problem: Problem | None = None,
    conflicts: tuple[Conflict, ...] = (),
) -> str:

    return render_template(
        "building/table.html",
        form={"title": element_name(draft.document), "is_open": draft.state == "open"},
        revision=draft.revision,
        rows=[_row(place) for place in _fields(draft)],
        data_classes=DATA_CLASSES,
        problem=problem,
        conflicts=conflict_rows(draft.document, conflicts),
        has_errors=problem is not None,
        urls=room_urls(draft.form_id),
    )


def _row(place: Place) -> Row:
    element = place.element
    identity = element_id(element)
    required = element.get("required")
    stored = {
        "label": str(element.get("label", "")),
        "key": str(element.get("key", "")),
        "required": "true" if required is True else "",
        "data_class": str(element.get("data_class", "")),
    }
    return {
        "id": identity,
        "name": shown_name(element),
        "path": " › ".join(filter(None, (shown_name(one) for one in place.ancestors[1:]))),
        "word": kind_word(element, "fields"),
        "stored": stored,
        # After a refused save the page shows what was typed; an empty box posts nothing.
        "shown": {name: request.form.get(f"{identity}.{name}", "") for name in stored}
        if f"was:{identity}.label" in request.form
        else stored,
        "takes_required": element.get("type") not in ("info", "calculated"),
        "conditional": isinstance(required, str),
    }
