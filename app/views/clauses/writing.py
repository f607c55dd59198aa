"""Writing a clause: a new one, its draft with heading and variants, throwing a draft away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask import flash, redirect, render_template, request, url_for

from app import database
from app.security.access import current_actor, requires
from app.views.clauses.room import Page, clause_of, clauses, state_badge, urls_of
from document_templates.clauses.content import (
    CLAUSE_KINDS,
    KEY,
    MAX_VARIANTS,
    ClauseContent,
    ContentFinding,
    ContentUnreadable,
    Variant,
    content_findings,
    read_content,
)
from document_templates.clauses.keeping import (
    ClauseConflict,
    ClauseRefused,
    begin_draft,
    create_clause,
    discard_draft,
    open_version,
    save_draft,
)
from document_templates.clauses.models import Clause, ClauseVersion
from document_templates.four_eyes import ReleaseRefused
from forms.building.starting import key_of
from forms.conditions import OFFICE_NAMES
from tenants.language import _

_Errors = list[dict[str, str]]
_KIND_TEXTS = {
    "fixed": _("Der Wortlaut ist überall derselbe."),
    "adaptable": _("Eine Vorlage darf ihn mit Begründung anders fassen."),
    "optional": _("Er steht nur in Dokumenten, für die ihn jemand wählt."),
}


@clauses.route("/neu", methods=["GET", "POST"])
@requires("can_edit", "Clauses")
def create() -> Page:
    """Begin a clause; lead to its draft."""
    title = " ".join(request.form.get("title", "").split())[:200]
    key = request.form.get("key", "").strip()[:60] or key_of(title, "baustein")[:24].rstrip("_")
    if request.method == "GET":
        return _create_page("", "", [])
    try:
        draft = create_clause(database.session(), key, title, person_name=current_actor().name)
    except ClauseRefused as refused:
        database.session.rollback()
        html_id = "key" if title else "title"
        errors = [{"html_id": html_id, "text": str(refused)}]
        return _create_page(title, request.form.get("key", "")[:60], errors), 422
    database.session.commit()
    return redirect(url_for("clauses.edit", clause_id=draft.clause_id))


def _create_page(title: str, key: str, errors: _Errors) -> str:
    return render_template(
        "clauses/new.html",
        title=title,
        key=key,
        errors=errors,
        has_errors=bool(errors),
        urls={"save": url_for("clauses.create"), "overview": url_for("clauses.index")},
    )


@clauses.post("/<uuid:clause_id>/entwurf")
@requires("can_edit", "Clauses")
def begin(clause_id: object) -> Page:
    """Begin a draft from the version in use; lead to it."""
    clause = clause_of(clause_id)
    begin_draft(database.session(), clause, person_name=current_actor().name)
    database.session.commit()
    return redirect(url_for("clauses.edit", clause_id=clause_id))


@clauses.get("/<uuid:clause_id>/bearbeiten")
@requires("can_edit", "Clauses")
def edit(clause_id: object) -> Page:
    """Show the draft."""
    clause = clause_of(clause_id)
    draft = open_version(database.session(), clause)
    if draft is None:
        return redirect(url_for("clauses.show", clause_id=clause.id))
    if draft.state != "draft":
        return redirect(url_for("clauses.review", clause_id=clause.id))
    return _edit_page(clause, draft, draft.content, clause.title, draft.note)


@clauses.post("/<uuid:clause_id>/bearbeiten")
@requires("can_edit", "Clauses")
def save(clause_id: object) -> Page:
    """Keep what was typed, whatever is wrong with it; then do what the button says."""
    clause = clause_of(clause_id)
    title, note = request.form.get("title", "")[:200], request.form.get("note", "")[:1000]
    action = request.form.get("aktion", "speichern")
    content = _shaped(_typed_content(), action)
    try:
        read_content(content.as_json())
    except ContentUnreadable as error:
        return _not_saved(str(clause_id), content, title, note, error)
    try:
        draft = save_draft(
            database.session(),
            clause,
            content,
            title=title,
            note=note,
            revision=_number(request.form.get("revision", "")),
            person_name=current_actor().name,
        )
    except (ClauseConflict, ClauseRefused) as error:
        return _not_saved(str(clause_id), content, title, note, error)
    database.session.commit()
    if action == "pruefen":
        return redirect(url_for("clauses.review", clause_id=clause.id))
    if action == "speichern":
        flash(_("Der Entwurf ist gespeichert."), "success")
        return redirect(url_for("clauses.edit", clause_id=clause.id))
    return _edit_page(clause, draft, content, title, note)


def _not_saved(
    clause_id: str, content: ClauseContent, title: str, note: str, error: Exception
) -> Page:
    """Show what was typed once more; nothing of it is lost."""
    database.session.rollback()
    clause = clause_of(clause_id)
    draft = open_version(database.session(), clause)
    if draft is None:
        draft = begin_draft(database.session(), clause, person_name=current_actor().name)
        database.session.commit()
    text = str(error) or _(
        "{name} hat den Entwurf inzwischen geändert. Ihr Text steht noch hier; wenn Sie ihn"
        " speichern, ersetzt er den anderen."
    ).format(name=draft.changed_by_name)
    return _edit_page(clause, draft, content, title, note, problem=text), 409


def _typed_content() -> ClauseContent:
    """Return what was typed, too long or not: `read_content` says so."""
    form = request.form
    count = min(_number(form.get("varianten", "1")) or 1, MAX_VARIANTS)
    kind = form.get("kind", "")
    return ClauseContent(
        kind if kind in CLAUSE_KINDS else "fixed",
        " ".join(form.get("heading", "").split()),
        form.get("condition", "").strip(),
        tuple(_typed_variant(number) for number in range(1, count + 1)),
    )


def _typed_variant(number: int) -> Variant:
    key, title, condition, text = (
        request.form.get(f"v{number}-{name}", "") for name in ("key", "title", "condition", "text")
    )
    return Variant(
        key if KEY.fullmatch(key) else f"variante_{number}",
        " ".join(title.split()),
        condition.strip(),
        text.replace("\r\n", "\n"),
    )


def _shaped(content: ClauseContent, action: str) -> ClauseContent:
    """Return the content after a button that adds, removes or moves a variant."""
    name, _dash, place = action.partition("-")
    variants, at = list(content.variants), _number(place) - 1
    if name == "variante" and len(variants) < MAX_VARIANTS:
        variants.insert(len(variants) - 1, _new_variant(variants))
    elif name == "entfernen" and len(variants) > 1 and 0 <= at < len(variants):
        del variants[at]
    elif name == "hoch" and 0 < at < len(variants):
        variants[at - 1], variants[at] = variants[at], variants[at - 1]
    return replace(content, variants=tuple(variants))


def _new_variant(variants: Sequence[Variant]) -> Variant:
    taken = {one.key for one in variants}
    number = 2
    while f"variante_{number}" in taken:
        number += 1
    return Variant(f"variante_{number}", _("Variante {number}").format(number=number), "", "")


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0


def _edit_page(
    clause: Clause,
    draft: ClauseVersion,
    content: ClauseContent,
    title: str,
    note: str,
    problem: str = "",
) -> str:
    findings = content_findings(content) if draft.revision > 1 or problem else []
    errors = [_error(content, finding) for finding in findings]
    last = len(content.variants)
    return render_template(
        "clauses/edit.html",
        clause={"title": clause.title, "key": clause.key},
        draft={
            "number": draft.number,
            "revision": draft.revision,
            "state": state_badge(draft),
            "comment": draft.decision_comment,
            "commented_by": draft.decided_by_name,
        },
        title=title,
        note=note,
        heading=content.heading,
        condition=content.condition,
        kinds=[
            {
                "value": value,
                "label": label,
                "text": _KIND_TEXTS[value],
                "selected": value == content.kind,
            }
            for value, label in CLAUSE_KINDS.items()
        ],
        variants=[
            {
                "number": number,
                "key": one.key,
                "title": one.title,
                "condition": one.condition,
                "text": one.text,
                "is_last": number == last,
            }
            for number, one in enumerate(content.variants, start=1)
        ],
        may_add=last < MAX_VARIANTS,
        office_names=OFFICE_NAMES,
        problem=problem,
        errors=([{"html_id": "", "text": problem}] if problem else []) + errors,
        has_errors=bool(problem),
        urls={
            **urls_of(clause),
            "save": url_for("clauses.save", clause_id=clause.id),
            "discard": url_for("clauses.discard", clause_id=clause.id),
        },
    )


def _error(content: ClauseContent, finding: ContentFinding) -> dict[str, str]:
    for number, variant in enumerate(content.variants, start=1):
        if finding.variant == variant.key:
            text = f"{variant.title or number}: {finding.message}"
            return {"html_id": f"v{number}-{finding.entry}", "text": text}
    return {"html_id": finding.entry, "text": finding.message}


@clauses.post("/<uuid:clause_id>/verwerfen")
@requires("can_edit", "Clauses")
def discard(clause_id: object) -> Page:
    """Throw the draft away."""
    clause = clause_of(clause_id)
    try:
        is_gone = discard_draft(database.session(), clause)
    except ReleaseRefused as refused:
        database.session.rollback()
        flash(str(refused), "danger")
        return redirect(url_for("clauses.show", clause_id=clause_id))
    database.session.commit()
    flash(_("Der Entwurf ist verworfen."), "success")
    if is_gone:
        return redirect(url_for("clauses.index"))
    return redirect(url_for("clauses.show", clause_id=clause_id))
