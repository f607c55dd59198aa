"""The end of a questionnaire: everything once more, sent, thanked for."""

from __future__ import annotations

from collections.abc import Iterable

from flask import abort, redirect, render_template, request, url_for

from app import database
from app.security.access import public
from app.views.answering.filling import page_keys, way_out
from app.views.answering.held import Held, held_for
from app.views.answering.room import (
    FOUND,
    Page,
    answering,
    closed_page,
    draft_of,
    frame,
    sheet_of,
    wave_of,
)
from forms.constraints import Message
from forms.review import review as review_pages
from forms.surveys.answering import (
    InvitationMissing,
    InvitationUsed,
    Sheet,
    SheetIncomplete,
    WarningsUnconfirmed,
    WaveNotOpen,
    hand_in,
)
from forms.surveys.models import SurveyDraft, SurveyWave
from forms.surveys.waves import today


@answering.route("/<wave_key>/pruefen", methods=["GET", "POST"])
@public
def review(wave_key: str) -> Page:
    """Show all answers and, on POST, send them. Sending twice sends once."""
    wave = wave_of(wave_key)
    held = held_for(wave)
    draft = draft_of(wave, held, lock=request.method == "POST")
    elsewhere = way_out(wave, held, draft)
    if elsewhere is not None or draft is None:
        return elsewhere or abort(404)
    if request.method == "GET":
        return _review_page(wave, held, draft)
    try:
        hand_in(
            database.session(),
            wave,
            draft,
            held.code,
            today(),
            warnings_confirmed=request.form.get("__acknowledged") == "1",
        )
    except WaveNotOpen:
        database.session.rollback()
        return closed_page(wave_of(wave_key), held)
    except (InvitationMissing, InvitationUsed):
        database.session.rollback()
        return closed_page(wave_of(wave_key), held, "used")
    except (SheetIncomplete, WarningsUnconfirmed):
        database.session.rollback()
        wave = wave_of(wave_key)
        draft = draft_of(wave, held)
        return _review_page(wave, held, draft, has_errors=True) if draft else abort(404), 422
    database.session.commit()
    return redirect(url_for("answering.thanks", wave_key=wave_key), FOUND)


def _review_page(
    wave: SurveyWave, held: Held, draft: SurveyDraft, *, has_errors: bool = False
) -> str:
    sheet = sheet_of(wave, draft, held)
    pages = page_keys(sheet)
    return render_template(
        "answering/review.html",
        **frame(wave, held),
        review=[
            {"page": one, "url": _page_url(wave, one.key) if one.key in pages else ""}
            for one in review_pages(sheet.form, sheet.strict, draft.invalid)
        ],
        errors=_links(wave, sheet, sheet.strict.errors),
        warnings=_links(wave, sheet, sheet.strict.warnings),
        back_url=_page_url(wave, pages[-1]) if pages else "",
        has_errors=has_errors,
    )


def _page_url(wave: SurveyWave, page_key: str) -> str:
    return url_for("answering.page", wave_key=wave.public_key, page_key=page_key)


def _links(wave: SurveyWave, sheet: Sheet, messages: Iterable[Message]) -> list[dict[str, str]]:
    pages = page_keys(sheet)
    return [
        {
            "text": one.text,
            "url": f"{_page_url(wave, one.page_key)}?pruefen=1" if one.page_key in pages else "",
        }
        for one in messages
    ]


@answering.get("/<wave_key>/danke")
@public
def thanks(wave_key: str) -> Page:
    """Thank, and say what happens with the answers. Who has sent nothing is led to the start."""
    wave = wave_of(wave_key)
    held = held_for(wave)
    draft = draft_of(wave, held)
    if draft is None or not draft.is_sent:
        return redirect(url_for("answering.start", wave_key=wave.public_key), FOUND)
    return render_template(
        "answering/thanks.html", **frame(wave, held), may_repeat=wave.access == "link"
    )
