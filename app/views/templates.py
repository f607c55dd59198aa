"""The tenant's DOCX templates: upload, findings, publishing."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from app import database
from app.security.access import requires
from app.security.manager import allowed
from app.views.presenting import day
from app.views.template_clauses import clause_rows, term_choices
from app.views.template_comparing import difference_rows, open_version
from document_templates.comparing.differences import compare_templates
from document_templates.findings import Finding, TemplateRefused
from document_templates.frames.keeping import list_frames, newest_frame_version
from document_templates.frames.models import FrameVersion
from document_templates.frames.using import frame_version_of
from document_templates.models import TemplateVersion
from document_templates.publishing import (
    TemplateUnknown,
    TemplateUnusable,
    find_template_version,
    list_templates,
    open_source,
    publish_template,
    upload_template,
    versions_of,
)
from forms.models import FormVersion
from forms.publishing import FormUnknown, get_version, published_forms
from forms.versions.models import VersionValidity
from tenants.language import _

templates = Blueprint("templates", __name__, url_prefix="/vorlagen")

LARGEST_FILE = 10 * 1024 * 1024
_DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_STATES = {
    "waiting": {"kind": "info", "text": _("Wartet auf den Vordruck")},
    "checked": {"kind": "info", "text": _("Geprüft, nicht veröffentlicht")},
    "published": {"kind": "success", "text": _("Veröffentlicht")},
    "retired": {"kind": "neutral", "text": _("Abgelöst")},
}


@templates.get("/")
@requires("can_list", "Templates")
def index() -> str:
    """List every template with its versions."""
    names = dict(
        database.session.execute(
            select(VersionValidity.form_version_id, VersionValidity.name)
        ).all()
    )
    return render_template(
        "templates/list.html",
        templates=[
            {
                "title": version.template.title,
                "form_title": version.template.form.title,
                "form_version": names.get(version.form_version_id or "", ""),
                "version": version.number,
                "published_at": day(version.published_at),
                "status": _state_with(version),
                "url": url_for("templates.show", version_id=version.id),
                "download_url": url_for("templates.download", version_id=version.id),
            }
            for version in list_templates(database.session())
        ],
        urls={
            "upload": url_for("templates.upload"),
            "placeholders": url_for("template_starting.index"),
        },
    )


@templates.route("/hochladen", methods=["GET", "POST"])
@requires("can_edit", "Templates")
def upload() -> str | BaseResponse | tuple[str, int]:
    """Take a DOCX, clean, check and try it; lead to what was found."""
    if request.method == "GET":
        return _upload_page([], request.args)
    errors = []
    title = " ".join(request.form.get("title", "").split())[:200]
    file = request.files.get("file")
    data = file.read(LARGEST_FILE + 1) if file else b""
    if not title:
        errors.append(("title", _("Geben Sie der Vorlage einen Titel.")))
    form_version = _form_version(request.form.get("form", ""))
    if form_version is None:
        errors.append(("form", _("Wählen Sie den Vordruck, für den die Vorlage gilt.")))
    if not data:
        errors.append(("file", _("Wählen Sie eine DOCX-Datei aus.")))
    elif len(data) > LARGEST_FILE:
        errors.append(("file", _("Die Datei ist größer als 10 MB. Verkleinern Sie ihre Bilder.")))
    if errors or form_version is None or file is None:
        return _upload_page(errors, request.form), 422
    try:
        version = upload_template(
            database.session(),
            current_app.extensions["siegel"].store,
            form_version,
            title=title,
            file_name=file.filename or "",
            data=data,
            frame=_frame_version(request.form.get("rahmen", "")),
        )
    except TemplateRefused as refused:
        database.session.rollback()
        again = request.form.get("rahmen") or None
        url = url_for("templates.upload", title=title, form=form_version.id, rahmen=again)
        return _refused_page(title, form_version, file.filename or "", refused, url), 422
    database.session.commit()
    return redirect(url_for("templates.show", version_id=version.id))


def _form_version(text: str) -> FormVersion | None:
    """Return the form version that was chosen, None for anything else."""
    try:
        return get_version(database.session(), str(UUID(text)))
    except (FormUnknown, ValueError):
        return None


def _frame_version(text: str) -> FrameVersion | None:
    """Return the newest version of the frame that was chosen, None for anything else."""
    try:
        return newest_frame_version(database.session(), str(UUID(text)))
    except ValueError:
        return None


def _newest_form(form_id: str) -> str:
    found = published_forms(database.session())
    return next((one.id for one in found if one.form_id == form_id), "")


def _frames(chosen: str) -> list[dict[str, object]]:
    """Return the frames that a file can be put in, none first."""
    found = [
        {"id": one.id, "title": one.title, "selected": one.id == chosen}
        for one in list_frames(database.session())
        if newest_frame_version(database.session(), one.id) is not None
    ]
    return [{"id": "", "title": _("wie in der Datei"), "selected": not chosen}, *found]


def _upload_page(errors: list[tuple[str, str]], values: Mapping[str, str]) -> str:
    selected = values.get("form", "")
    return render_template(
        "templates/upload.html",
        forms=[
            {"id": one.id, "title": one.form.title, "selected": one.id == selected}
            for one in published_forms(database.session())
        ],
        frames=_frames(values.get("rahmen", "")),
        title=values.get("title", ""),
        errors=[{"html_id": html_id, "text": text} for html_id, text in errors],
        limit="10 MB",
        has_errors=bool(errors),
        urls={
            "save": url_for("templates.upload"),
            "overview": url_for("templates.index"),
            "placeholders": url_for("template_starting.index"),
            "reference": "",
        },
    )


def _finding_rows(findings: list[dict[str, str]]) -> list[dict[str, str]]:
    return [
        {
            "level": "error" if one.get("level") == "error" else "warning",
            "place": one.get("part", ""),
            "message": one.get("message", ""),
            "excerpt": one.get("paragraph", ""),
            "suggestion": one.get("suggestion", ""),
        }
        for one in findings
    ]


def _refused_page(
    title: str, form_version: FormVersion, file_name: str, refused: TemplateRefused, url: str
) -> str:
    findings: tuple[Finding, ...] = tuple(refused.findings)
    return _findings_page(
        {
            "title": title,
            "form_title": form_version.form.title,
            "file_name": file_name,
            "version": "",
            "status": {"kind": "danger", "text": _("Nicht angenommen")},
            "is_waiting": False,
        },
        [finding.as_json() for finding in findings],
        {},
        upload_url=url,
        placeholders_url=url_for("template_starting.show", form_key=form_version.form.key),
    )


def _findings_page(
    template: dict[str, object],
    findings: list[dict[str, str]],
    urls: dict[str, str],
    *,
    upload_url: str,
    placeholders_url: str,
    **more: object,
) -> str:
    mended = [one for one in findings if one.get("level") == "notice"]
    told = [one for one in findings if one.get("level") != "notice"]
    errors = sum(one.get("level") == "error" for one in told)
    return render_template(
        "templates/findings.html",
        template=template,
        findings=_finding_rows(told),
        mended=_finding_rows(mended),
        counts={"errors": errors, "warnings": len(told) - errors},
        urls={
            "overview": url_for("templates.index"),
            "upload": upload_url,
            "placeholders": placeholders_url,
            **({} if errors else urls),
        },
        **more,
    )


@templates.get("/<uuid:version_id>")
@requires("can_list", "Templates")
def show(version_id: object) -> str:
    """Show a template version with what its check found."""
    version = _version(str(version_id))
    held = frame_version_of(database.session(), version)
    urls = {}
    if version.state != "waiting":
        urls["preview"] = url_for("template_preview.show", version_id=version.id)
    if version.state == "checked":
        urls["publish"] = url_for("templates.publish", version_id=version.id)
    others = [
        one for one in versions_of(database.session(), version) if one.number != version.number
    ]
    in_use = next((one for one in others if one.state == "published"), None)
    difference = None
    if in_use is not None and version.state == "checked":
        difference = difference_rows(compare_templates(open_version(in_use), open_version(version)))
    return _findings_page(
        {
            "title": version.template.title,
            "form_title": version.template.form.title,
            "file_name": version.file_name,
            "version": version.number,
            "status": _state_with(version),
            "is_waiting": version.state == "waiting",
            "is_published": version.state == "published",
        },
        version.findings,
        urls,
        upload_url=url_for(
            "templates.upload",
            title=version.template.title,
            form=_newest_form(version.template.form_id) or None,
            rahmen=held.frame_id if held else None,
        ),
        placeholders_url=url_for("template_starting.show", form_key=version.template.form.key),
        difference=difference,
        in_use=in_use.number if in_use else None,
        frame=_frame_row(version, held),
        may_frame=allowed("can_edit", "Templates"),
        clauses=clause_rows(version),
        term=term_choices(version) if version.form_version_id else None,
        clause_urls={
            "renew": url_for("template_clauses.renew", version_id=version.id),
            "products": url_for("template_clauses.products", version_id=version.id),
        },
        others=[
            {
                "number": one.number,
                "uploaded_at": day(one.uploaded_at),
                "published_at": day(one.published_at),
                "status": _state_with(one),
                "url": url_for("templates.show", version_id=one.id),
                "compare_url": url_for(
                    "template_comparing.show", version_id=version.id, number=one.number
                ),
            }
            for one in others
        ],
    )


def _frame_row(version: TemplateVersion, held: FrameVersion | None) -> dict[str, object] | None:
    """Return the frame that a version is in, and whether there is a newer one."""
    newest = newest_frame_version(database.session(), held.frame_id) if held else None
    if held is None or newest is None:
        return None
    return {
        "title": held.frame.title,
        "number": held.number,
        "newest": newest.number,
        "is_outdated": held.id != newest.id,
        "id": version.id,
        "url": url_for("frames.show", frame_id=held.frame_id),
        "renew_url": url_for("frames.renew", frame_id=held.frame_id),
    }


def _state_with(version: TemplateVersion) -> dict[str, str]:
    """Return the state as a badge; what has errors is not called checked."""
    if any(one.get("level") == "error" for one in version.findings):
        return {"kind": "danger", "text": _("Nicht benutzbar")}
    return _STATES[version.state]


@templates.post("/<uuid:version_id>/veroeffentlichen")
@requires("can_edit", "Templates")
def publish(version_id: object) -> BaseResponse:
    """Let the version make documents from now on."""
    version = _version(str(version_id))
    try:
        publish_template(database.session(), version)
    except TemplateUnusable as error:
        database.session.rollback()
        flash(str(error), "danger")
        return redirect(url_for("templates.show", version_id=version.id))
    database.session.commit()
    flash(_("Die Vorlage ist veröffentlicht."), "success")
    return redirect(url_for("templates.index"))


@templates.get("/<uuid:version_id>/datei")
@requires("can_list", "Templates")
def download(version_id: object) -> Response:
    """Hand out the cleaned file of a template version, with the places for its clauses."""
    version = _version(str(version_id))
    content = open_source(current_app.extensions["siegel"].store, version).data
    response = Response(content, mimetype=_DOCX_TYPE)
    name = version.file_name or f"vorlage-{version.number}.docx"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _version(version_id: str) -> TemplateVersion:
    try:
        return find_template_version(database.session(), version_id)
    except TemplateUnknown:
        abort(404)
