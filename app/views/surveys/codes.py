"""Codes of a wave, handed out once: as a page to print, or as a list for the serial letter."""

from __future__ import annotations

import csv
import io

import segno
from flask import Response, render_template, request, url_for
from markupsafe import Markup

from app import database
from app.security.access import requires
from app.views.surveys.room import (
    Page,
    group_of,
    public_url,
    surveys,
    threshold,
    typed,
    typed_number,
    wave_of,
)
from app.views.surveys.waves import refused_page
from forms.german import format_date
from forms.surveys.inviting import issue_codes
from forms.surveys.models import SurveyWave
from forms.surveys.waves import SurveyRefused
from tenants.language import _

MOST_PRINTED = 500
"""Codes of one page to print: a browser lays out no more in good time."""


@surveys.post("/welle/<uuid:wave_id>/codes")
@requires("can_edit", "Surveys")
def issue(wave_id: object) -> Page:
    """Make codes and hand them out; nobody can show them again, because only hashes are kept."""
    found = wave_of(wave_id, lock=True)
    group = group_of(found, request.form["group_id"]) if typed("group_id") else None
    as_file = typed("format") == "csv"
    count = typed_number("count")
    try:
        # A page that was sent twice: the codes of the first time are on paper already.
        if typed("issued_before") != str(found.issued_codes):
            raise SurveyRefused(
                "count",
                _(
                    "Inzwischen wurden Codes ausgegeben. Bitte sehen Sie nach, ob Sie noch weitere"
                    " brauchen."
                ),
            )
        if not as_file and count > MOST_PRINTED:
            raise SurveyRefused(
                "count",
                _("Zum Drucken höchstens {most} auf einmal. Für mehr nehmen Sie die Liste.").format(
                    most=MOST_PRINTED
                ),
            )
        codes = issue_codes(database.session(), found, group, count, threshold=threshold())
    except SurveyRefused as refused:
        return refused_page(wave_id, refused, "count")
    database.session.commit()
    title = group.title if group is not None else ""
    return _csv(found, codes, title) if as_file else _print_page(found, codes, title)


def _csv(found: SurveyWave, codes: list[str], group: str) -> Response:
    """Return the list, as German spreadsheets open it."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerow([_("Code"), _("Link")])
    for code in codes:
        writer.writerow([code, public_url(f"einladung/{code}")])
    response = Response("\ufeff" + buffer.getvalue(), mimetype="text/csv")
    name = f"codes-welle-{found.number}-{len(codes)}.csv"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _print_page(found: SurveyWave, codes: list[str], group: str) -> str:
    return render_template(
        "surveys/codes.html",
        survey={"title": found.survey.title, "until": format_date(found.closes_on)},
        wave={"title": found.title},
        group=group,
        entry_url=public_url(""),
        codes=[{"code": code, "picture": _picture(code)} for code in codes],
        urls={"wave": url_for("surveys.wave", wave_id=found.id)},
    )


def _picture(code: str) -> Markup:
    """Return the QR code of an invitation as a picture within the page."""
    made = segno.make(public_url(f"einladung/{code}"), error="m", micro=False, boost_error=False)
    # Made by a library from our own address: nothing in it was typed.
    return Markup(made.svg_inline(scale=3, border=2, svgclass="codes-picture", lineclass=None))  # noqa: S704
