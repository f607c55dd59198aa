"""The retention classes of the tenant in scope: shipped, decided, and which form has which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from document_templates.models import DocumentTemplate, TemplateVersion
from document_templates.retention.beginning import (
    BY_HAND,
    CONCLUDED,
    RECEIVED,
    begin_with_field,
    day_fields,
)
from document_templates.retention.classes import (
    DEFAULT_CLASSES,
    LOCKED_DATA,
    RetentionClass,
    months_after,
)
from document_templates.retention.models import FormRetention, RetentionSetting
from forms.models import Form
from forms.publishing import definition_of, latest_version
from forms.surroundings import today_in_berlin
from tenants.audit import record
from tenants.language import _

BERLIN = ZoneInfo("Europe/Berlin")
LONGEST_MONTHS = 1200


class RetentionRefused(ValueError):
    """A class cannot be kept like this (German message); ``field`` names the entry."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Decision:
    """What a tenant may decide of a class."""

    start_event: str
    months: int
    basis: str
    locks: bool
    offers_archive: bool


def retention_classes(session: Session) -> dict[str, RetentionClass]:
    """Return the classes of the tenant in scope by key."""
    decided = {one.key: one for one in session.scalars(select(RetentionSetting))}
    return {
        key: _decided(shipped, decided[key]) if key in decided else shipped
        for key, shipped in DEFAULT_CLASSES.items()
    }


def _decided(shipped: RetentionClass, setting: RetentionSetting) -> RetentionClass:
    return replace(
        shipped,
        start_event=setting.start_event,
        months=setting.months,
        basis=setting.basis,
        locks=setting.locks,
        offers_archive=setting.offers_archive,
    )


def decide_class(session: Session, key: str, decision: Decision) -> None:
    """Keep what the tenant decides of a class. Raises `RetentionRefused`."""
    shipped = DEFAULT_CLASSES.get(key)
    if shipped is None:
        raise RetentionRefused(_("Diese Löschklasse gibt es nicht."), "key")
    if not decision.start_event.strip():
        raise RetentionRefused(_("Geben Sie an, womit die Frist beginnt."), "start_event")
    if not 0 <= decision.months <= LONGEST_MONTHS:
        raise RetentionRefused(
            _("Die Frist liegt zwischen 0 und {most} Monaten.").format(most=LONGEST_MONTHS),
            "months",
        )
    if shipped.is_statutory and decision.months != shipped.months:
        raise RetentionRefused(
            _(
                "Die Frist dieser Klasse steht im Gesetz ({basis}) und lässt sich nicht ändern."
            ).format(basis=shipped.basis),
            "months",
        )
    if not decision.basis.strip():
        raise RetentionRefused(_("Geben Sie an, worauf die Frist beruht."), "basis")
    setting = session.scalars(
        select(RetentionSetting).where(RetentionSetting.key == key).with_for_update()
    ).first()
    if setting is None:
        setting = RetentionSetting(key=key)
        session.add(setting)
    setting.start_event = decision.start_event.strip()[:200]
    setting.months = decision.months
    setting.basis = decision.basis.strip()[:200]
    setting.locks = decision.locks
    setting.offers_archive = decision.offers_archive
    session.flush()
    record(session, "retention.decided", "retention_setting", setting.id, key=key)


@dataclass(frozen=True, slots=True)
class FormClass:
    """A form with the key of its class, empty for none, and the event that begins the time."""

    form: Form
    key: str
    begins: str
    days: tuple[tuple[str, str], ...]
    """Key and label of its answers that are days, as its latest version asks for them."""

    @property
    def choices(self) -> frozenset[str]:
        """The events that may be chosen for it."""
        fields = (begin_with_field(key) for key, _label in self.days)
        return frozenset((BY_HAND, RECEIVED, CONCLUDED, self.begins, *fields))


def form_classes(session: Session) -> list[FormClass]:
    """Return every form with its class."""
    chosen = {one.form_id: one for one in session.scalars(select(FormRetention))}
    found = []
    for form in session.scalars(select(Form).order_by(Form.title)):
        version = latest_version(session, form.id)
        days = tuple(day_fields(definition_of(version))) if version is not None else ()
        setting = chosen.get(form.id)
        key, begins = (setting.key, setting.begins) if setting is not None else ("", BY_HAND)
        found.append(FormClass(form, key, begins, days))
    return found


def assign_classes(
    session: Session, chosen: Mapping[str, str], begins: Mapping[str, str] | None = None
) -> int:
    """Give forms their classes and events by form id; return how many changed.

    Unknown ones are left out. What is registered keeps its class; the event counts for all.
    """
    changed = 0
    kept = {one.form_id: one for one in session.scalars(select(FormRetention).with_for_update())}
    for one in form_classes(session):
        form = one.form
        key = chosen.get(form.id, one.key)
        event = (begins or {}).get(form.id, one.begins) if key else BY_HAND
        if (key, event) == (one.key, one.begins):
            continue
        if (key and key not in DEFAULT_CLASSES) or event not in one.choices:
            continue
        if not key:
            session.delete(kept[form.id])
        elif form.id in kept:
            kept[form.id].key, kept[form.id].begins = key, event
        else:
            session.add(FormRetention(form_id=form.id, key=key, begins=event))
        changed += 1
        record(session, "retention.assigned", "form", form.id, key=key, begins=event)
    session.flush()
    return changed


def class_of_template(session: Session, template_version_id: str) -> RetentionClass | None:
    """Return the class of documents that a template version makes, None if nobody chose one."""
    key = session.scalars(
        select(FormRetention.key)
        .join(
            DocumentTemplate,
            (DocumentTemplate.tenant_id == FormRetention.tenant_id)
            & (DocumentTemplate.form_id == FormRetention.form_id),
        )
        .join(
            TemplateVersion,
            (TemplateVersion.tenant_id == DocumentTemplate.tenant_id)
            & (TemplateVersion.template_id == DocumentTemplate.id),
        )
        .where(TemplateVersion.id == template_version_id)
    ).first()
    return retention_classes(session)[key] if key else None


def lock_until(kept: RetentionClass | None, data_class: str, moment: datetime) -> datetime | None:
    """Return until when a file that is stored at ``moment`` is locked, None for no lock.

    The time of a class begins with or after the sealing of a document: a lock of that length from
    now on never outlasts the day on which it may be erased. Data that is more sensitive than K2 is
    never locked: it must be erasable at any time (§ 84 SGB X, Art. 17 DSGVO).
    """
    if kept is None or not kept.locks or data_class not in LOCKED_DATA:
        return None
    return datetime.combine(months_after(today_in_berlin(moment), kept.months), time(), BERLIN)
