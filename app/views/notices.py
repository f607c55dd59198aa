"""Whether a person gets e-mails that something waits for it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import database
from app.security.access import current_actor, requires
from app.shell import sends_mail
from tenants.language import _
from tenants.notices import choose_notices, wants_notices

notices = Blueprint("notices", __name__, url_prefix="/benachrichtigungen")


@notices.get("/")
@requires("can_read", "Dashboard")
def show() -> str:
    """Show what the person has chosen."""
    return render_template(
        "notices/show.html",
        wanted=wants_notices(database.session(), current_actor().account_id),
        sends_mail=sends_mail(),
        urls={"save": url_for("notices.save"), "overview": url_for("tenant.dashboard")},
    )


@notices.post("/")
@requires("can_read", "Dashboard")
def save() -> Response:
    """Keep what the person chooses; it holds wherever the person works."""
    wanted = request.form.get("wanted") == "1"
    choose_notices(database.session(), current_actor().account_id, wanted=wanted)
    database.session.commit()
    flash(
        _("Sie bekommen E-Mails, wenn etwas auf Sie wartet.")
        if wanted
        else _("Sie bekommen keine E-Mails mehr."),
        "success",
    )
    return redirect(url_for("notices.show"))
