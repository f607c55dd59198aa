"""Alarms of the archive: what was found changed or lost, and what was done about it."""

from __future__ import annotations

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from app import database
from app.security.access import current_actor, requires, requires_account
from app.security.roles import PLATFORM_OPERATOR
from app.views.presenting import kilobytes, moment
from document_templates.archive.alarms import (
    AlarmUnknown,
    RemedyMissing,
    close_alarm,
    closed_alarms,
    integrity_states,
    open_alarms,
)
from document_templates.archive.models import IntegrityAlarm, IntegrityRun
from document_templates.models import DocumentVersion, TemplateVersion
from tenants.language import _
from tenants.models import Tenant

integrity = Blueprint("integrity", __name__, url_prefix="/unversehrtheit")
platform_integrity = Blueprint("platform_integrity", __name__, url_prefix="/betrieb")

RUNS = 14
CLOSED = 20
FINDING_TEXTS = {
    "missing": _("Die Datei fehlt im Objektspeicher."),
    "corrupted": _("Der Inhalt passt nicht mehr zu seiner Prüfsumme."),
    "root": _("Die gesiegelte Tageswurzel passt nicht mehr zu den Einträgen des Registers."),
    "chain": _("Die Kette des Registers ist ab Eintrag {position} unterbrochen."),
}


@integrity.get("/")
@requires("can_list", "Integrity")
def index() -> str:
    """Show open alarms, what was closed, and the last runs."""
    return _page({}, "")


@integrity.post("/<uuid:alarm_id>/erledigt")
@requires("can_list", "Integrity")
def close(alarm_id: object) -> Response | tuple[str, int]:
    """Close an alarm with a word on what was done."""
    remedy = request.form.get("remedy", "")[:1000]
    try:
        close_alarm(
            database.session(), str(alarm_id), person_name=current_actor().name, remedy=remedy
        )
    except AlarmUnknown:
        abort(404)
    except RemedyMissing as missing:
        database.session.rollback()
        return _page({str(alarm_id): str(missing)}, remedy), 422
    database.session.commit()
    flash(_("Der Alarm ist erledigt. Heute Nacht wird wieder geprüft."), "success")
    return redirect(url_for("integrity.index"))


def _page(errors: dict[str, str], typed: str) -> str:
    session = database.session()
    runs = session.scalars(
        select(IntegrityRun).order_by(IntegrityRun.started_at.desc()).limit(RUNS)
    ).all()
    return render_template(
        "integrity/show.html",
        alarms=[
            {
                **_described(alarm),
                "error": errors.get(alarm.id, ""),
                "typed": typed if alarm.id in errors else "",
                "url": url_for("integrity.close", alarm_id=alarm.id),
            }
            for alarm in open_alarms(session)
        ],
        closed=[
            {
                **_described(alarm),
                "closed_at": moment(alarm.closed_at) if alarm.closed_at else "",
                "closed_name": alarm.closed_name,
                "remedy": alarm.remedy,
            }
            for alarm in closed_alarms(session, CLOSED)
        ],
        runs=[_run(run) for run in runs],
        errors=[
            {"html_id": f"massnahme-{alarm_id}", "text": text} for alarm_id, text in errors.items()
        ],
        has_errors=bool(errors),
    )


def _run(run: IntegrityRun) -> dict[str, object]:
    if run.finished_at is None:
        status = {"kind": "info", "text": _("läuft")}
    elif run.alarms:
        status = {"kind": "danger", "text": _("{count} Fehler").format(count=run.alarms)}
    else:
        status = {"kind": "success", "text": _("alles unversehrt")}
    return {
        "started": moment(run.started_at),
        "finished": moment(run.finished_at) if run.finished_at else "",
        "entries": run.entries,
        "files": run.files,
        "size": kilobytes(run.size),
        "status": status,
    }


def _described(alarm: IntegrityAlarm) -> dict[str, object]:
    name, url = _subject(alarm)
    return {
        "id": alarm.id,
        "title": name,
        "text": FINDING_TEXTS[alarm.finding].format(position=alarm.position),
        "url_subject": url,
        "found_at": moment(alarm.found_at),
        "seen_at": moment(alarm.seen_at),
    }


def _subject(alarm: IntegrityAlarm) -> tuple[str, str]:
    """Return what an alarm is about, by number alone: who administers sees no contents."""
    session = database.session()
    if alarm.subject in ("pdf", "docx"):
        version = session.scalars(
            select(DocumentVersion)
            .where(DocumentVersion.id == alarm.subject_id)
            .options(joinedload(DocumentVersion.document))
        ).first()
        if version is None:
            return _("Ein Dokument, das es nicht mehr gibt"), ""
        return _("{kind} von Dokument {number}, Fassung {version}").format(
            kind=alarm.subject.upper(), number=version.document.number, version=version.number
        ), ""
    if alarm.subject in ("template", "source"):
        template = session.scalars(
            select(TemplateVersion).where(TemplateVersion.id == alarm.subject_id)
        ).first()
        if template is None:
            return _("Eine Vorlage, die es nicht mehr gibt"), ""
        return _("Vorlage „{title}“, Fassung {number}").format(
            title=template.template.title, number=template.number
        ), url_for("templates.show", version_id=template.id)
    if alarm.subject == "stamped":
        return _("Datei eines Dokuments mit späterem Zeitstempel"), ""
    if alarm.subject == "frame":
        return _("Rahmen {id}").format(id=alarm.subject_id[:8]), url_for("frames.index")
    if alarm.subject == "print":
        return _("Druckdatei {id}, die sich neu erstellen lässt").format(
            id=alarm.subject_id[:8]
        ), ""
    if alarm.subject == "root":
        return _("Tageswurzel des Registers"), ""
    if alarm.subject == "attachment":
        return _("Hochgeladene Datei {id}").format(id=alarm.subject_id[:8]), ""
    return _("Register der Dokumente"), ""


@platform_integrity.get("/unversehrtheit")
@requires_account
def overview() -> str:
    """Show those who run the platform how it stands with every tenant, in figures."""
    if PLATFORM_OPERATOR not in g.roles:
        abort(404)
    session = database.session()
    names = {tenant.id: tenant.name for tenant in session.scalars(select(Tenant))}
    states = sorted(
        integrity_states(session), key=lambda one: (-one.open_alarms, names.get(one.tenant_id, ""))
    )
    return render_template(
        "integrity/platform.html",
        tenants=[
            {
                "name": names.get(state.tenant_id, ""),
                "finished": moment(state.finished_at) if state.finished_at else _("noch nie"),
                "status": {"kind": "danger", "text": _alarms(state.open_alarms)}
                if state.open_alarms
                else {"kind": "success", "text": _("kein Alarm")}
                if state.finished_at
                else {"kind": "neutral", "text": _("noch nicht geprüft")},
            }
            for state in states
        ],
    )


def _alarms(count: int) -> str:
    return _("ein Alarm offen") if count == 1 else _("{count} Alarme offen").format(count=count)
