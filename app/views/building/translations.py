"""The texts of a form in other languages: German beside a box for the translation."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for

from app.security.access import requires
from app.views.building.conflicts import conflict_rows
from app.views.building.region import Problem, room_urls
from app.views.building.room import Page, Unsaved, building, draft_of, save
from forms.building.conflicts import Conflict
from forms.building.document_tree import element_id, element_name, find_place, places
from forms.building.lint_translations import property_label
from forms.building.models import FormDraft
from forms.building.operations import Change, ChangeProperties
from forms.expressions.nodes import Json
from forms.languages import GERMAN, LANGUAGES, language_of
from forms.translations import (
    TranslatableText,
    offered_languages,
    translatable_texts,
    with_translation,
)
from tenants.language import _

Row = dict[str, object]
_LONG = 80
"""Characters from which on a text gets several lines."""


@building.route("/<uuid:form_id>/uebersetzungen", methods=["GET", "POST"])
@requires("can_edit", "Forms")
def translations(form_id: object) -> Page:
    """Show the texts in one language; save all that were changed as one operation."""
    draft = draft_of(form_id)
    if request.method == "GET":
        return _page(draft, request.args.get("sprache", ""))
    language = request.form.get("sprache", "")
    try:
        if "hinzufuegen" in request.form:
            language = request.form.get("neue_sprache", "")
            _offer(draft, language)
        else:
            _save_texts(draft, language)
    except Unsaved as unsaved:
        page = _page(draft_of(form_id), language, unsaved.problem, unsaved.conflicts)
        return page, unsaved.status
    flash(_("Die Änderungen sind gespeichert."), "success")
    return redirect(url_for("building.translations", form_id=form_id, sprache=language))


def _offer(draft: FormDraft, language: str) -> None:
    """Offer the form in one more language."""
    if language == GERMAN or language not in LANGUAGES:
        raise Unsaved(Problem(_("Bitte wählen Sie eine Sprache.")))
    offered = offered_languages(draft.document)[1:]
    if language not in offered:
        value: list[Json] = [*offered, language]
        change = Change(element_id(draft.document), "languages", value)
        save(draft, ChangeProperties((change,)))


def _save_texts(draft: FormDraft, language: str) -> None:
    if language not in offered_languages(draft.document)[1:]:
        raise Unsaved(Problem(_("Bitte wählen Sie eine Sprache.")))
    changed: dict[str, Json] = {}
    for text in _own_texts(draft):
        name = f"{text.element_id}.{text.name}"
        posted = request.form.get(name, "").replace("\r\n", "\n").replace("\0", "").strip()
        before = request.form.get(f"was:{name}")
        if before is None or posted == before.replace("\r\n", "\n").strip():
            continue
        element = dict(find_place(draft.document, text.element_id).element)
        if text.element_id in changed:
            element["translations"] = changed[text.element_id]
        changed[text.element_id] = with_translation(element, language, text.name, posted)
    changes = [Change(identity, "translations", value) for identity, value in changed.items()]
    if changes:
        save(draft, ChangeProperties(tuple(changes)))


def _own_texts(draft: FormDraft) -> list[TranslatableText]:
    """Return the texts that stand in an element with an id: messages of rules are none."""
    known = {element_id(place.element) for place in places(draft.document)}
    return [
        text
        for text in translatable_texts(draft.document)
        if text.is_own and text.element_id in known
    ]


def _page(
    draft: FormDraft,
    wanted: str,
    problem: Problem | None = None,
    conflicts: tuple[Conflict, ...] = (),
) -> str:
    offered = offered_languages(draft.document)[1:]
    language = wanted if wanted in offered else next(iter(offered), "")
    texts = _own_texts(draft) if language else []
    missing = sum(language not in text.translated for text in texts)
    own_url = url_for("building.translations", form_id=draft.form_id)
    return render_template(
        "building/translations.html",
        form={"title": element_name(draft.document), "is_open": draft.state == "open"},
        revision=draft.revision,
        language=language_of(language) if language else None,
        languages=[
            {
                "tag": tag,
                "label": language_of(tag).german,
                "url": url_for("building.translations", form_id=draft.form_id, sprache=tag),
                "is_current": tag == language,
            }
            for tag in offered
        ],
        others=[one for tag, one in LANGUAGES.items() if tag not in (GERMAN, *offered)],
        rows=[_row(text, language) for text in texts],
        missing=missing,
        problem=problem,
        conflicts=conflict_rows(draft.document, conflicts),
        has_errors=problem is not None,
        own_url=own_url,
        urls=room_urls(draft.form_id),
    )


def _row(text: TranslatableText, language: str) -> Row:
    name = f"{text.element_id}.{text.name}"
    stored = text.translated.get(language, "")
    return {
        "name": name,
        "label": property_label(text.name),
        "german": text.german,
        "stored": stored,
        # After a refused save the page shows what was typed.
        "shown": request.form.get(name, stored),
        "is_long": len(text.german) > _LONG or "\n" in text.german,
    }
