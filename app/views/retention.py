"""Retention: how long documents are kept, and which class the documents of a form have."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import database
from app.security.access import requires
from document_templates.retention.beginning import (
    BY_HAND,
    CONCLUDED,
    RECEIVED,
    begin_with_field,
)
from document_templates.retention.classes import LOCKED_DATA, RetentionClass
from document_templates.retention.keeping import (
    Decision,
    FormClass,
    RetentionRefused,
    assign_classes,
    decide_class,
    form_classes,
    retention_classes,
)
from tenants.language import _

retention = Blueprint("retention", __name__, url_prefix="/aufbewahrung")

Page = str | Response | tuple[str, int]
Typed = dict[str, str]


@retention.get("/")
@requires("can_edit", "Retention")
def index() -> str:
    """Show the classes and the forms with theirs."""
    return _page("", {}, [])


@retention.post("/klasse")
@requires("can_edit", "Retention")
def decide() -> Page:
    """Keep what the tenant decides of a class."""
    key = request.form.get("key", "")[:10]
    typed = {name: request.form.get(name, "")[:200] for name in ("start_event", "months", "basis")}
    typed |= {name: request.form.get(name, "") for name in ("locks", "offers_archive")}
    try:
        if not typed["months"].strip().isdecimal():
            raise RetentionRefused(_("Geben Sie die Frist in ganzen Monaten an."), "months")
        decision = Decision(
            typed["start_event"], int(typed["months"][:6]), typed["basis"],
            bool(typed["locks"]), bool(typed["offers_archive"]),
        )  # fmt: skip
        decide_class(database.session(), key, decision)
    except RetentionRefused as refused:
        database.session.rollback()
        error = {"html_id": f"{refused.field}-{key}", "text": str(refused), "field": refused.field}
        return _page(key, typed, [error]), 422
    database.session.commit()
    flash(_("Die Löschklasse {key} ist geändert.").format(key=key), "success")
    return redirect(url_for("retention.index"))


@retention.post("/vordrucke")
@requires("can_edit", "Retention")
def assign() -> Response:
    """Give forms their classes; documents registered before keep theirs."""
    chosen = {
        name.removeprefix("form-"): value
        for name, value in request.form.items()
        if name.startswith("form-")
    }
    begins = {
        name.removeprefix("begins-"): value
        for name, value in request.form.items()
        if name.startswith("begins-")
    }
    changed = assign_classes(database.session(), chosen, begins)
    database.session.commit()
    flash(_("Geänderte Zuordnungen: {count}.").format(count=changed), "success")
    return redirect(url_for("retention.index"))


def _page(key: str, typed: Typed, errors: list[dict[str, str]]) -> str:
    session = database.session()
    classes = retention_classes(session)
    return render_template(
        "retention/show.html",
        classes=[
            _class(one, typed if one.key == key else {}, errors if one.key == key else [])
            for one in classes.values()
        ],
        forms=[
            {
                "name": f"form-{one.form.id}",
                "begins_name": f"begins-{one.form.id}",
                "title": one.form.title,
                "data_class": one.form.data_class,
                "locks_nothing": one.form.data_class not in LOCKED_DATA,
                "options": _options(
                    one.key,
                    [
                        ("", _("noch keine")),
                        *((kept.key, f"{kept.key}: {kept.title}") for kept in classes.values()),
                    ],
                ),
                "begins": _options(one.begins, _events(one)),
            }
            for one in form_classes(session)
        ],
        errors=errors,
        has_errors=bool(errors),
        urls={"decide": url_for("retention.decide"), "assign": url_for("retention.assign")},
    )


def _events(one: FormClass) -> list[tuple[str, str]]:
    return [
        (BY_HAND, _("von Hand eingetragen")),
        (RECEIVED, _("Tag des Eingangs")),
        (CONCLUDED, _("Tag des Abschlusses")),
        *((begin_with_field(key), _("Antwort: {label}").format(label=label))
          for key, label in one.days),
    ]  # fmt: skip


def _options(chosen: str, pairs: list[tuple[str, str]]) -> list[dict[str, object]]:
    return [{"value": value, "label": label, "selected": value == chosen} for value, label in pairs]


def _class(one: RetentionClass, typed: Typed, errors: list[dict[str, str]]) -> dict[str, object]:
    return {
        "key": one.key,
        "title": one.title,
        "start_event": typed.get("start_event", one.start_event),
        "months": typed.get("months", str(one.months)),
        "period": period(one.months),
        "basis": typed.get("basis", one.basis),
        "is_statutory": one.is_statutory,
        "locks": bool(typed["locks"]) if typed else one.locks,
        "offers_archive": bool(typed["offers_archive"]) if typed else one.offers_archive,
        "errors": {error["field"]: error["text"] for error in errors},
        "is_open": bool(errors),
    }


def period(months: int) -> str:
    """Return a time in words."""
    years, rest = divmod(months, 12)
    if months and not rest:
        return _("1 Jahr") if years == 1 else _("{count} Jahre").format(count=years)
    return _("1 Monat") if months == 1 else _("{count} Monate").format(count=months)
