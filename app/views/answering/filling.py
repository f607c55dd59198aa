"""Filling in a questionnaire page by page; each step saves, in every language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask import Response as FlaskResponse
from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import database
from app.security.access import public
from app.views.answering.held import Held, held_for, hold, in_language
from app.views.answering.room import (
    FOUND,
    Page,
    answering,
    closed_page,
    draft_of,
    frame,
    is_open,
    languages_of,
    sheet_of,
    speak,
    wave_of,
)
from forms.input import InputError, PageInput, read_page
from forms.presentation import ErrorLink, present_page
from forms.rows import apply_row_operation
from forms.surveys.answering import Sheet, save_page
from forms.surveys.models import SurveyDraft, SurveyWave
from tenants.database import new_id

_LANGUAGE = "language:"


@answering.get("/<wave_key>/seite/<page_key>")
@public
def page(wave_key: str, page_key: str) -> Page:
    """Show a page with what was saved of it."""
    wave = wave_of(wave_key)
    held = held_for(wave)
    draft = draft_of(wave, held)
    elsewhere = way_out(wave, held, draft)
    if elsewhere is not None or draft is None:
        return elsewhere or abort(404)
    sheet = sheet_of(wave, draft, held)
    if page_key not in page_keys(sheet):
        abort(404)
    return _page(wave, held, draft, sheet, page_key, strict="pruefen" in request.args)


def way_out(wave: SurveyWave, held: Held, draft: SurveyDraft | None) -> Page | None:
    """Return where somebody belongs who has nothing to fill in here; None if there is."""
    if draft is not None and draft.is_sent:
        return redirect(url_for("answering.thanks", wave_key=wave.public_key), FOUND)
    if not is_open(wave):
        return closed_page(wave, held)
    if draft is None:
        return redirect(url_for("answering.start", wave_key=wave.public_key), FOUND)
    return None


@answering.post("/<wave_key>/seite/<page_key>")
@public
def save(wave_key: str, page_key: str) -> Page:
    """Save a page and go where its button leads; errors are shown on the page itself."""
    wave = wave_of(wave_key)
    held = held_for(wave)
    draft = draft_of(wave, held, lock=True)
    elsewhere = way_out(wave, held, draft)
    if elsewhere is not None or draft is None:
        return elsewhere or abort(404)
    action = request.form.get("__action", "next")
    entry = _store(wave, held, draft, page_key, is_complete=action == "next")
    if action.startswith(_LANGUAGE):
        held = in_language(held, action.removeprefix(_LANGUAGE), languages_of(wave))
        speak(held.language)
        return hold(redirect(_url(wave, page_key), FOUND), wave, held)
    if entry.operation is not None:
        return redirect(_url(wave, page_key), FOUND)
    return _next_page(wave, held, draft, page_key, action, entry.errors)


def _store(
    wave: SurveyWave, held: Held, draft: SurveyDraft, page_key: str, *, is_complete: bool
) -> PageInput:
    """Read the posted page into the draft and commit it. 404 for another page."""
    sheet = sheet_of(wave, draft, held)
    wanted = sheet.form.page(page_key)
    if wanted is None:
        abort(404)
    entry = read_page(
        sheet.form,
        page_key,
        {name: values for name, values in request.form.lists()},
        draft.answers,
        new_row_id=new_id,
        file_names=tuple(request.files),
    )
    if entry.operation is not None:
        answers, invalid = apply_row_operation(
            sheet.form, entry.answers, entry.invalid, entry.operation, new_id
        )
        entry = replace(entry, answers=answers, invalid=invalid)
    save_page(
        database.session(),
        draft,
        answers=entry.answers,
        invalid=entry.invalid,
        page_paths=frozenset(field.key for field in sheet.form.fields_of(wanted)),
        completed_page=page_key if is_complete and entry.operation is None else None,
    )
    database.session.commit()
    return entry


def _next_page(
    wave: SurveyWave,
    held: Held,
    draft: SurveyDraft,
    page_key: str,
    action: str,
    refused: Sequence[InputError],
) -> Page:
    sheet = sheet_of(wave, draft, held)
    keys = page_keys(sheet)
    position = keys.index(page_key) if page_key in keys else 0
    if action == "back" and position:
        return redirect(_url(wave, keys[position - 1]), FOUND)
    if action in ("back", "refresh"):
        return redirect(_url(wave, page_key), FOUND)
    faulty = any(message.page_key == page_key for message in sheet.strict.errors)
    if faulty or refused:
        return _page(wave, held, draft, sheet, page_key, strict=True, refused=refused), 422
    if position + 1 < len(keys):
        return redirect(_url(wave, keys[position + 1]), FOUND)
    return redirect(url_for("answering.review", wave_key=wave.public_key), FOUND)


@answering.post("/<wave_key>/seite/<page_key>/sichern")
@public
def autosave(wave_key: str, page_key: str) -> Response:
    """Save a page in the background; says nothing but whether that was possible."""
    wave = wave_of(wave_key)
    held = held_for(wave)
    draft = draft_of(wave, held, lock=True)
    if way_out(wave, held, draft) is not None or draft is None:
        return FlaskResponse(status=409)
    _store(wave, held, draft, page_key, is_complete=False)
    return FlaskResponse(status=204)


def page_keys(sheet: Sheet) -> list[str]:
    """Return the keys of the pages that are asked, in their order."""
    return [one.key for one in sheet.form.pages if f"page:{one.key}" in sheet.lenient.visible]


def _url(wave: SurveyWave, page_key: str) -> str:
    return url_for("answering.page", wave_key=wave.public_key, page_key=page_key)


def _page(
    wave: SurveyWave,
    held: Held,
    draft: SurveyDraft,
    sheet: Sheet,
    page_key: str,
    *,
    strict: bool,
    refused: Sequence[InputError] = (),
) -> str:
    evaluation = sheet.strict if strict else sheet.lenient
    view = present_page(sheet.form, page_key, evaluation, draft.invalid)
    shown = {link.path for link in view.errors}
    homeless = [ErrorLink(path="", html_id="", text=one.text) for one in refused
                if one.path not in shown]  # fmt: skip
    wanted = sheet.form.page(page_key)
    return render_template(
        "answering/page.html",
        **frame(wave, held),
        view=replace(view, errors=(*homeless, *view.errors)),
        has_errors=bool(view.errors or homeless),
        has_conditions=any(
            section.visible is not None or any(field.visible for field in section.fields)
            for section in (wanted.sections if wanted else ())
        ),
        autosave_url=url_for("answering.autosave", wave_key=wave.public_key, page_key=page_key),
    )
