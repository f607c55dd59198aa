"""The pages of a template as pictures, before it is published."""

from __future__ import annotations

from uuid import UUID

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as BaseResponse

from app import database
from app.security.access import current_actor, requires
from app.security.manager import allowed
from app.views.presenting import day
from document_templates.models import TemplateVersion
from document_templates.previewing.page_pictures import MAX_PAGES
from document_templates.previewing.previews import (
    INVENTED,
    PNG,
    REAL_DATA_STAYS,
    Preview,
    failure_of,
    find_page,
    find_pages,
    is_under_way,
    request_preview,
)
from document_templates.publishing import TemplateUnknown, find_template_version
from forms.lists.overview import find_submissions
from forms.models import Submission
from forms.submitting import SubmissionUnknown, find_submission
from tenants.language import _
from tenants.storage.objects import ObjectStore

template_preview = Blueprint("template_preview", __name__, url_prefix="/vorlagen")

_KINDS = {
    "muster": _("Musterangaben"),
    "lang": _("lange und ungewöhnliche Angaben"),
    "leer": _("gar keine Angaben"),
}
_MOST_OFFERED = 20


@template_preview.get("/<uuid:version_id>/vorschau")
@requires("can_edit", "Templates")
def show(version_id: object) -> str:
    """Show the pages with the chosen data, or how far they are."""
    version = _version(version_id)
    preview = _preview(version, request.args.get("daten", "muster"))
    session, reason = database.session(), ""
    pages = find_pages(session, _store(), preview)
    if pages:
        state = "ready"
    elif is_under_way(session, preview):
        state = "working"
    else:
        reason = failure_of(session, preview)
        state = "failed" if reason else "none"
    return render_template(
        "templates/preview.html",
        template={"title": version.template.title, "version": version.number},
        choices=_choices(version, preview.data),
        state=state,
        reason=reason,
        pages=[_page_url(preview, number) for number in range(1, pages + 1)],
        is_cut=pages == MAX_PAGES,
        most_pages=MAX_PAGES,
        minutes=int(REAL_DATA_STAYS.total_seconds()) // 60 if preview.is_real else 0,
        data=preview.data,
        urls={
            "overview": url_for("templates.index"),
            "template": url_for("templates.show", version_id=version.id),
            "ask": url_for("template_preview.ask", version_id=version.id),
            "refresh": url_for("template_preview.show", version_id=version.id, daten=preview.data),
        },
    )


@template_preview.post("/<uuid:version_id>/vorschau")
@requires("can_edit", "Templates")
def ask(version_id: object) -> BaseResponse:
    """Have the pages drawn, unless they are there already."""
    preview = _preview(_version(version_id), request.form.get("daten", "muster"))
    if not find_pages(database.session(), _store(), preview):
        request_preview(database.session(), preview)
        database.session.commit()
    return redirect(
        url_for("template_preview.show", version_id=preview.version_id, daten=preview.data)
    )


@template_preview.get("/<uuid:version_id>/vorschau/<int:number>.png")
@requires("can_edit", "Templates")
def picture(version_id: object, number: int) -> BaseResponse:
    """Hand out one page; while it is not there, lead to how far the pages are."""
    preview = _preview(_version(version_id), request.args.get("daten", "muster"))
    found = find_page(database.session(), _store(), preview, number)
    if found is None:
        return redirect(
            url_for("template_preview.show", version_id=preview.version_id, daten=preview.data)
        )
    response = Response(found, mimetype=PNG)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _version(version_id: object) -> TemplateVersion:
    try:
        version = find_template_version(database.session(), str(version_id))
    except TemplateUnknown:
        abort(404)
    if version.form_version_id is None or any(
        one.get("level") == "error" for one in version.findings
    ):
        abort(404)
    return version


def _preview(version: TemplateVersion, data: str) -> Preview:
    """Return what was chosen; the answers of a submission only for those who may read it."""
    if data in INVENTED:
        return Preview(version.id, data)
    try:
        submission = find_submission(
            database.session(), str(UUID(data)), own_only=_reads_own_only()
        )
    except (SubmissionUnknown, ValueError):
        abort(404)
    if submission.state == "draft" or submission.form_version_id != version.form_version_id:
        abort(404)
    return Preview(version.id, submission.id)


def _reads_own_only() -> bool:
    return current_actor().sees_own_only or not allowed("can_list", "Submissions")


def _choices(version: TemplateVersion, chosen: str) -> list[dict[str, object]]:
    found = [(kind, text) for kind, text in _KINDS.items()]
    found += [
        (one.id, _submission_text(one))
        for one in find_submissions(
            database.session(),
            own_only=_reads_own_only(),
            size=_MOST_OFFERED,
            form_id=version.template.form_id,
        ).submissions
        if one.form_version_id == version.form_version_id
    ]
    return [{"value": value, "text": text, "selected": value == chosen} for value, text in found]


def _submission_text(submission: Submission) -> str:
    return _("Einreichung {number} vom {day}").format(
        number=submission.number or "", day=day(submission.submitted_at)
    )


def _page_url(preview: Preview, number: int) -> str:
    return url_for(
        "template_preview.picture",
        version_id=preview.version_id,
        number=number,
        daten=preview.data,
    )


def _store() -> ObjectStore:
    store: ObjectStore = current_app.extensions["siegel"].store
    return store
