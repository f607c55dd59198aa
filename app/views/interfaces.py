"""Access for programs: tokens are made, shown once, listed and revoked."""

from __future__ import annotations

from dataclasses import dataclass

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response

from app import database
from app.administration.formats import day_text
from app.security.access import current_actor, requires
from app.security.manager import allowed
from app.views.webhooks import webhook_rows
from forms.viewer import PARTICIPANTS
from tenants.api_tokens import (
    SCOPES,
    TRAEGER_SCOPES,
    ApiToken,
    TokenInvalid,
    TokenRefused,
    create_token,
    list_tokens,
    revoke_token,
)
from tenants.database import now
from tenants.language import _

interfaces = Blueprint("interfaces", __name__, url_prefix="/schnittstellen")

Page = str | Response | tuple[str, int]
DURATIONS = {30: _("30 Tage"), 90: _("90 Tage"), 180: _("ein halbes Jahr"), 365: _("ein Jahr")}
_USUAL_DAYS = 180


@dataclass(frozen=True)
class TokenEntry:
    """A token as it is being described."""

    name: str = ""
    scopes: frozenset[str] = frozenset()
    participant: str = "fachkraft"
    days: int = _USUAL_DAYS
    error: TokenRefused | None = None


@interfaces.get("/")
@requires("can_list", "Interfaces")
def index() -> str:
    """List the tokens of the own side; the office also sees those of Träger."""
    rows = [_row(one) for one in list_tokens(database.session())]
    return render_template(
        "interfaces/list.html",
        receivers=webhook_rows() if allowed("can_edit", "Webhooks") else [],
        shows_receivers=allowed("can_edit", "Webhooks"),
        tokens=[row for row in rows if row["usable"]],
        ended=[row for row in rows if not row["usable"]],
        shows_party=current_actor().capacity.organisation_id is None,
        base=_base(),
        urls={
            "new": url_for("interfaces.new"),
            "document": url_for("api.document"),
            "new_receiver": url_for("webhooks.new"),
        },
    )


@interfaces.route("/neu", methods=["GET", "POST"])
@requires("can_list", "Interfaces")
def new() -> Page:
    """Describe a token and, on POST, make it and show it this one time."""
    if request.method == "GET":
        return _new_page(TokenEntry())
    days = request.form.get("days", "")
    participant = request.form.get("participant", "")
    actor = current_actor()
    if actor.capacity.organisation_id is not None:
        participant = "traeger"
    elif participant not in _office_participants():
        participant = "fachkraft"
    entry = TokenEntry(
        name=request.form.get("name", "").replace("\0", "").strip()[:120],
        scopes=frozenset(request.form.getlist("scopes")) & frozenset(SCOPES),
        participant=participant,
        days=int(days) if days.isdecimal() and int(days[:4]) in DURATIONS else _USUAL_DAYS,
    )
    try:
        token, text = create_token(
            database.session(), name=entry.name, scopes=entry.scopes,
            participant=entry.participant, days=entry.days,
        )  # fmt: skip
    except TokenRefused as error:
        database.session.rollback()
        refused = TokenEntry(entry.name, entry.scopes, entry.participant, entry.days, error)
        return _new_page(refused), 422
    database.session.commit()
    return render_template(
        "interfaces/made.html",
        token=_row(token),
        text=text,
        base=_base(),
        urls={"list": url_for("interfaces.index"), "document": url_for("api.document")},
    )


@interfaces.post("/<uuid:token_id>/widerrufen")
@requires("can_list", "Interfaces")
def revoke(token_id: object) -> Response:
    """End a token at once."""
    try:
        token = revoke_token(database.session(), str(token_id))
    except TokenInvalid:
        abort(404)
    database.session.commit()
    flash(_("Der Zugang „{name}“ ist widerrufen.").format(name=token.name), "success")
    return redirect(url_for("interfaces.index"))


def _base() -> str:
    return f"{current_app.extensions['siegel'].settings.public_url}/{g.tenant.slug}/api/v1"


def _office_participants() -> dict[str, str]:
    return {key: label for key, label in PARTICIPANTS.items() if key != "traeger"}


def _new_page(entry: TokenEntry) -> str:
    is_office = current_actor().capacity.organisation_id is None
    error = entry.error
    return render_template(
        "interfaces/new.html",
        entry={"name": entry.name},
        scopes=[
            {"value": key, "label": label, "ticked": key in entry.scopes}
            for key, label in SCOPES.items()
            if is_office or key in TRAEGER_SCOPES
        ],
        participants=[
            {"value": key, "label": label, "selected": key == entry.participant}
            for key, label in _office_participants().items()
        ]
        if is_office
        else [],
        durations=[
            {"value": days, "label": label, "selected": days == entry.days}
            for days, label in DURATIONS.items()
        ],
        errors=[{"html_id": error.field, "text": str(error)}] if error else [],
        refused={error.field: str(error)} if error else {},
        has_errors=error is not None,
        urls={"save": url_for("interfaces.new"), "list": url_for("interfaces.index")},
    )


def _row(token: ApiToken) -> dict[str, object]:
    return {
        "name": token.name,
        "prefix": f"bs_{token.prefix}_…",
        "scopes": [str(SCOPES[scope]) for scope in token.scopes if scope in SCOPES],
        "party": _("Träger") if token.organisation_id else _("eigenes Amt"),
        "participant": PARTICIPANTS.get(token.participant, token.participant),
        "expires": day_text(token.expires_at),
        "used": day_text(token.last_used_on) or _("noch nie"),
        "usable": token.is_usable,
        "ended": _("widerrufen am {day}").format(day=day_text(token.revoked_at))
        if token.revoked_at
        else _("abgelaufen am {day}").format(day=day_text(token.expires_at)),
        "ends_soon": token.is_usable and (token.expires_at - now()).days < 30,
        "revoke_url": url_for("interfaces.revoke", token_id=token.id),
    }
