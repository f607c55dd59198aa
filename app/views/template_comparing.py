"""What changed between two versions of a template, in words."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, render_template, url_for

from app import database
from app.security.access import current_actor, requires
from document_templates.cleaning import CleanedDocx
from document_templates.comparing.differences import TemplateDifference, compare_templates
from document_templates.models import TemplateVersion
from document_templates.publishing import TemplateUnknown, find_template_version, versions_of
from tenants.language import _
from tenants.storage.tenant_store import TenantStore

template_comparing = Blueprint("template_comparing", __name__, url_prefix="/vorlagen")

_KINDS = {
    "added": _("Neu"),
    "removed": _("Entfallen"),
    "changed": _("Geändert"),
    "restyled": _("Anders formatiert"),
}
MOST_SHOWN = 300


@template_comparing.get("/<uuid:version_id>/vergleich/<int:number>")
@requires("can_list", "Templates")
def show(version_id: object, number: int) -> str:
    """Compare a version with version ``number`` of the same template."""
    try:
        version = find_template_version(database.session(), str(version_id))
    except TemplateUnknown:
        abort(404)
    former = next(
        (one for one in versions_of(database.session(), version) if one.number == number), None
    )
    if former is None:
        abort(404)
    old, new = sorted((former, version), key=lambda one: one.number)
    return render_template(
        "templates/comparison.html",
        template={"title": version.template.title},
        old=old.number,
        new=new.number,
        difference=difference_rows(compare_templates(open_version(old), open_version(new))),
        urls={
            "overview": url_for("templates.index"),
            "template": url_for("templates.show", version_id=version.id),
        },
    )


def open_version(version: TemplateVersion) -> CleanedDocx:
    """Return the file of a version of the tenant in scope."""
    store = TenantStore(current_app.extensions["siegel"].store, current_actor().tenant.id)
    content = store.get(version.object_key, version.object_version, version.sha256)
    return CleanedDocx(content, ())


def difference_rows(difference: TemplateDifference) -> dict[str, object]:
    """Return a difference as its page shows it."""
    shown = difference.changes[:MOST_SHOWN]
    return {
        "is_empty": difference.is_empty,
        "frame_only": difference.frame_only and not difference.is_empty,
        "remarks": difference.remarks,
        "placeholders_added": difference.placeholders_added,
        "placeholders_removed": difference.placeholders_removed,
        "rest": len(difference.changes) - len(shown),
        "changes": [
            {
                "kind": change.kind,
                "title": _KINDS[change.kind],
                "place": f"{change.place}, {_('Tabellenzeile')}" if change.is_row else change.place,
                "marks": [{"kind": mark.kind, "text": mark.text} for mark in change.marks],
            }
            for change in shown
        ],
    }
