"""The list of signings, one of them, and its files."""

from __future__ import annotations

from collections.abc import Sequence

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
from werkzeug.wrappers import Response as BaseResponse

from app import database
from app.security.access import current_actor, requires
from app.security.headers import let_forms_lead_to
from app.security.manager import allowed
from app.views.paging import page_number, paging
from app.views.presenting import Row, day, kilobytes, moment
from document_templates.signing.acting import open_document, request_completion
from document_templates.signing.levels import LEVELS
from document_templates.signing.models import Signature, Signing, SigningParty
from document_templates.signing.progress import SIGNATURE_STATES, SIGNING_STATES
from document_templates.signing.reading import (
    SigningUnknown,
    completion_failure,
    find_signing,
    in_turn,
    list_signings,
    own_signature,
    progress_of,
)
from document_templates.signing.requesting import (
    SigningRefused,
    remind,
    request_preparation,
    withdraw_signing,
)
from document_templates.signing.rules import Rule
from document_templates.signing.signing_services import service_facts
from document_templates.signing.visits import find_choice
from forms.german import format_date, paragraphs
from forms.surroundings import today_in_berlin
from tenants.audit import record
from tenants.language import _
from tenants.storage.objects import ObjectCorrupted, ObjectMissing
from tenants.storage.tenant_store import TenantStore

signings = Blueprint("signings", __name__, url_prefix="/unterschriften")

Page = str | BaseResponse | tuple[str, int]
PAGE_SIZE = 50
_STATE_KINDS = {
    "preparing": "info",
    "open": "warning",
    "completing": "info",
    "completed": "success",
    "declined": "danger",
    "withdrawn": "neutral",
    "overtaken": "neutral",
}
_SIGNATURE_KINDS = {"waiting": "info", "signed": "success", "declined": "danger"}


def wanted_signing(signing_id: object, *, lock: bool = False) -> Signing:
    """Return a signing that the person may see, else 404."""
    everything = not current_actor().sees_own_only
    try:
        return find_signing(database.session(), str(signing_id), everything=everything, lock=lock)
    except SigningUnknown:
        abort(404)


def back_to(signing_id: object) -> BaseResponse:
    """Lead to the page of a signing."""
    return redirect(url_for("signings.show", signing_id=str(signing_id)))


@signings.get("/")
@requires("can_list", "Signings")
def index() -> str:
    """List the signings that concern the person, for office and Leitung all that they may see."""
    number = page_number()
    found = list_signings(
        database.session(),
        everything=not current_actor().sees_own_only,
        limit=PAGE_SIZE + 1,
        offset=(number - 1) * PAGE_SIZE,
    )
    return render_template(
        "signings/list.html",
        signings=[signing_row(one) for one in found[:PAGE_SIZE]],
        paging=paging("signings.index", number, len(found) > PAGE_SIZE),
        urls={
            "signatories": url_for("signings.signatories")
            if allowed("can_edit", "Signatories")
            else "",
            "documents": url_for("documents.index") if allowed("can_request", "Signings") else "",
        },
    )


def signing_row(signing: Signing) -> Row:
    """Return a signing as a line of a list."""
    mine = own_signature(signing)
    waits_for_me = mine is not None and mine.id in in_turn(signing) and signing.level != "L3p"
    parties = progress_of(signing).parties
    return {
        "title": signing.title,
        "number": signing.number,
        "level": LEVELS[signing.level].title,
        "progress": _("{bound} von {count} Parteien").format(
            bound=sum(one.is_bound for one in parties), count=len(parties)
        ),
        "requested": day(signing.requested_at),
        "due": format_date(signing.due_on) if signing.due_on else "",
        "status": {"kind": "warning", "text": _("Ihre Unterschrift fehlt")}
        if waits_for_me
        else signing_status(signing),
        "url": url_for("signings.show", signing_id=signing.id),
    }


def signing_status(signing: Signing) -> Row:
    """Return the state of a signing as a badge."""
    late = signing.state == "open" and signing.due_on and signing.due_on < today_in_berlin()
    if late:
        return {"kind": "danger", "text": _("Frist abgelaufen")}
    return {"kind": _STATE_KINDS[signing.state], "text": SIGNING_STATES[signing.state]}


@signings.get("/<uuid:signing_id>")
@requires("can_list", "Signings")
def show(signing_id: object) -> str:
    """Show a signing: what, by whom, how far; and the person's own part in it."""
    return signing_page(wanted_signing(signing_id))


def signing_page(
    signing: Signing,
    *,
    errors: dict[str, str] | None = None,
    typed: dict[str, str] | None = None,
    choices: Sequence[dict[str, str]] = (),
    signers: Sequence[str] = (),
) -> str:
    """Return the page of a signing, with what was typed and what is wrong with it.

    ``choices`` are certificates at the signing service, of which the person has to choose one;
    ``signers`` are the people ticked as those who signed on paper.
    """
    errors = errors or {}
    mine = own_signature(signing)
    turn = in_turn(signing)
    may_manage = allowed("can_request", "Signings")
    level = LEVELS[signing.level]
    failure = completion_failure(database.session(), signing)
    return render_template(
        "signings/show.html",
        signing={
            "title": signing.title,
            "number": signing.number,
            "level": level.title,
            "meaning": level.meaning,
            "status": signing_status(signing),
            "state": signing.state,
            "way": signing.level,
            "scan_state": signing.scan_state,
            "scan_problems": signing.scan_problems,
            "location": signing.original_location,
            "requested": moment(signing.requested_at),
            "requested_by": signing.requested_by_name,
            "due": format_date(signing.due_on) if signing.due_on else "",
            "note": paragraphs(signing.note),
            "reason": paragraphs(signing.reason),
            "ended": moment(signing.ended_at),
            "order": _("nacheinander, in der Reihenfolge der Liste")
            if signing.in_order
            else _("gleichzeitig, in beliebiger Reihenfolge"),
            "sha256": signing.pdf_sha256,
            "size": kilobytes(signing.pdf_size),
            "failure": failure,
        },
        service=_service(signing, choices) if level.key == "L3" else None,
        parties=[
            _party_row(one, turn, is_over=signing.state not in ("preparing", "open") or bound)
            for one, bound in zip(
                signing.parties,
                (party.is_bound for party in progress_of(signing).parties),
                strict=True,
            )
        ],
        mine=_own_part(signing, mine)
        if mine is not None and mine.id in turn and signing.level != "L3p"
        else None,
        typed=typed or {},
        signers=signers,
        error_texts=errors,
        errors=[{"html_id": name, "text": text} for name, text in errors.items()],
        has_errors=bool(errors),
        may_withdraw=may_manage and signing.state in ("preparing", "open"),
        may_remind=may_manage and signing.level != "L3p" and signing.state == "open" and bool(turn),
        may_scan=may_manage and signing.level == "L3p" and signing.state == "open",
        may_retry=may_manage and bool(failure),
        urls=_urls(signing),
    )


def _service(signing: Signing, choices: Sequence[dict[str, str]]) -> Row | None:
    """Return what the page says of the signing service of the tenant; None without one."""
    session = database.session()
    facts = service_facts(session)
    if facts is None:
        return None
    if not facts.origin:
        return {"name": facts.name, "has_pages": False, "choices": choices, "chosen": ""}
    let_forms_lead_to(facts.origin)
    visit = find_choice(session, signing)
    return {
        "name": facts.name,
        "has_pages": True,
        "choices": visit.choices if visit is not None else [],
        "chosen": visit.chosen if visit is not None else "",
    }


def _urls(signing: Signing) -> dict[str, str]:
    acts = {
        "document": "signings.document",
        "sign": "signings.sign",
        "decline": "signings.decline",
        "withdraw": "signings.withdraw",
        "remind": "signings.remind_all",
        "retry": "signings.retry",
        "signed": "signings.signed",
        "upload": "signings.upload",
        "remote": "signings.sign_at_service",
        "visit": "signings.visit_service",
        "choose": "signings.choose_credential",
        "scan": "signings.scan",
        "scan_file": "signings.scan_file",
        "confirm": "signings.confirm",
    }
    urls = {name: url_for(endpoint, signing_id=signing.id) for name, endpoint in acts.items()}
    if signing.state != "completed":
        urls["signed"] = ""
    if not signing.scan_key:
        urls["scan_file"] = ""
    if signing.state == "preparing":
        urls["document"] = ""
    return {**urls, "list": url_for("signings.index")}


def _party_row(party: SigningParty, turn: set[str], *, is_over: bool) -> Row:
    return {
        "name": party.name,
        "rule": Rule(party.rule, party.required).words,
        "people": [
            _person_row(one, is_next=one.id in turn, is_over=is_over) for one in party.signatures
        ],
    }


def _person_row(signature: Signature, *, is_next: bool, is_over: bool) -> Row:
    state = signature.state
    if state == "waiting" and not is_next:
        words = _("nicht mehr nötig") if is_over else _("noch nicht an der Reihe")
        status: Row = {"kind": "neutral", "text": words}
    else:
        status = {"kind": _SIGNATURE_KINDS[state], "text": SIGNATURE_STATES[state]}
    return {
        "name": " ".join(filter(None, (signature.addition, signature.name))),
        "function": signature.function,
        "authority": signature.authority,
        "id": signature.id,
        "certificate": signature.certificate_issuer,
        "is_waiting": signature.state == "waiting",
        "when": moment(signature.signed_at or signature.declined_at),
        "reminded": day(signature.reminded_at) if state == "waiting" else "",
        "reason": paragraphs(signature.reason),
        "status": status,
    }


def _own_part(signing: Signing, mine: Signature) -> Row:
    party = next(one for one in signing.parties if one.id == mine.party_id)
    return {
        "party": party.name,
        "as": ", ".join(
            filter(None, (" ".join(filter(None, (mine.addition, mine.name))), mine.function))
        ),
        "opened": moment(mine.opened_at),
        "sha256": signing.pdf_sha256,
        "field": mine.field,
    }


@signings.get("/<uuid:signing_id>/dokument")
@requires("can_list", "Signings")
def document(signing_id: object) -> Response:
    """Hand out what is to be signed; that the person asked opened it is noted."""
    signing = wanted_signing(signing_id, lock=True)
    if signing.state == "preparing":
        abort(404)
    open_document(database.session(), signing)
    if signing.level == "L3" and signing.signed_pdf_key:
        # With the signatures given so far: only that can be signed next.
        return _signed_file(signing)
    return _file(
        signing,
        signing.pdf_key,
        signing.pdf_object_version,
        signing.pdf_sha256,
        as_download=signing.level == "L3",
    )


@signings.get("/<uuid:signing_id>/unterschrieben")
@requires("can_list", "Signings")
def signed(signing_id: object) -> Response:
    """Hand out the signed document: every party gets the very same file."""
    signing = wanted_signing(signing_id)
    if signing.state != "completed":
        abort(404)
    return _signed_file(signing)


def _signed_file(signing: Signing) -> Response:
    return _file(
        signing,
        signing.signed_pdf_key,
        signing.signed_pdf_object_version,
        signing.signed_pdf_sha256,
        as_download=True,
    )


def _file(
    signing: Signing, key: str, object_version: str, sha256: str, *, as_download: bool
) -> Response:
    session = database.session()
    store = TenantStore(current_app.extensions["siegel"].store, current_actor().tenant.id)
    try:
        content = store.get(key, object_version, sha256)
    except (ObjectMissing, ObjectCorrupted) as error:
        session.rollback()
        record(session, "signing.damaged", "signing", signing.id)
        session.commit()
        return Response(str(error), status=500, mimetype="text/plain")
    record(session, "signing.downloaded", "signing", signing.id)
    name = f"{signing.number.replace('/', '-').replace(' ', '_')}.pdf"
    session.commit()
    response = Response(content, mimetype="application/pdf")
    response.headers.set(
        "Content-Disposition", "attachment" if as_download else "inline", filename=name
    )
    return response


@signings.post("/<uuid:signing_id>/zurueckziehen")
@requires("can_request", "Signings")
def withdraw(signing_id: object) -> Page:
    """Take the request back, with a reason."""
    signing = wanted_signing(signing_id, lock=True)
    reason = request.form.get("withdrawal", "")
    try:
        withdraw_signing(database.session(), signing, reason)
    except SigningRefused as refused:
        database.session.rollback()
        errors = {
            "withdrawal" if name == "reason" else name: text
            for name, text in refused.errors.items()
        }
        return signing_page(
            wanted_signing(signing_id), errors=errors, typed={"withdrawal": reason}
        ), 422
    database.session.commit()
    flash(_("Die Zeichnung ist zurückgezogen."), "success")
    return back_to(signing_id)


@signings.post("/<uuid:signing_id>/erinnern")
@requires("can_request", "Signings")
def remind_all(signing_id: object) -> BaseResponse:
    """Remind everybody whose turn it is."""
    count = remind(database.session(), wanted_signing(signing_id, lock=True))
    database.session.commit()
    if count:
        flash(_("Die Erinnerung steht jetzt auf der Übersicht der Personen."), "success")
    else:
        flash(_("Heute ist schon erinnert worden."), "info")
    return back_to(signing_id)


@signings.post("/<uuid:signing_id>/abschliessen")
@requires("can_request", "Signings")
def retry(signing_id: object) -> BaseResponse:
    """Make a file again, after what kept it from being made was repaired."""
    session = database.session()
    signing = wanted_signing(signing_id, lock=True)
    if completion_failure(session, signing):
        if signing.state == "completing":
            request_completion(session, signing)
        else:
            request_preparation(session, signing)
        session.commit()
        flash(_("Die Datei wird noch einmal erstellt."), "info")
    return back_to(signing_id)
