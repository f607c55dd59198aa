"""How values of the administration are written for people."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from app.security.roles import ROLE_NAMES
from tenants.language import _
from tenants.models import TENANT_KINDS

_BERLIN = ZoneInfo("Europe/Berlin")


def day_text(value: object) -> str:
    """Return a date as 31.12.2026, empty for none."""
    return value.strftime("%d.%m.%Y") if isinstance(value, date) else ""


def moment_text(value: object) -> str:
    """Return date and time of Berlin, empty for none."""
    if not isinstance(value, datetime):
        return ""
    return value.astimezone(_BERLIN).strftime("%d.%m.%Y, %H:%M:%S Uhr")


def role_text(value: object) -> str:
    """Return the name of a role."""
    return ROLE_NAMES.get(str(value), str(value))


def kind_text(value: object) -> str:
    """Return the name of a kind of tenant."""
    return TENANT_KINDS.get(str(value), str(value))


def yes_no_text(value: object) -> str:
    """Return a switch in words."""
    return _("Ja") if value else _("Nein")


ACTIONS = {
    "webhook.created": _("Empfänger von Nachrichten eingetragen"),
    "webhook.deleted": _("Empfänger von Nachrichten gelöscht"),
    "api_token.created": _("Zugang für ein Programm angelegt"),
    "api_token.revoked": _("Zugang für ein Programm widerrufen"),
    "cooperation.changed": _("Zusammenarbeit geändert"),
    "cooperation.started": _("Zusammenarbeit begonnen"),
    "register.day_sealed": _("Register des Tages gesiegelt"),
    "retention.started": _("Beginn der Frist eingetragen"),
    "retention.held": _("Dokument gegen Löschen gesperrt"),
    "retention.hold_lifted": _("Sperre gegen Löschen aufgehoben"),
    "erasure.planned": _("Löschlauf geplant"),
    "erasure.released": _("Löschlauf freigegeben"),
    "erasure.discarded": _("Löschlauf verworfen"),
    "erasure.finished": _("Löschlauf beendet"),
    "document.erased": _("Dokument gelöscht"),
    "retention.decided": _("Löschklasse geändert"),
    "retention.assigned": _("Löschklasse eines Vordrucks gewählt"),
    "integrity.alarm": _("Alarm: Datei oder Register nicht unversehrt"),
    "integrity.alarm_closed": _("Alarm als erledigt eingetragen"),
    "deadline.reminded": _("An die Frist erinnert"),
    "document.damaged": _("Datei beschädigt vorgefunden"),
    "document.downloaded": _("Dokument heruntergeladen"),
    "document.requested": _("Dokument angefordert"),
    "document.retried": _("Dokument erneut angefordert"),
    "document.sealed": _("Dokument gesiegelt"),
    "form.published": _("Vordruck veröffentlicht"),
    "form.release_requested": _("Veröffentlichung beantragt"),
    "form.release_returned": _("Veröffentlichung zurückgegeben"),
    "form.release_withdrawn": _("Antrag auf Veröffentlichung zurückgezogen"),
    "form.readers_reminded": _("An die Kenntnisnahme einer Fassung erinnert"),
    "form.version_read": _("Fassung zur Kenntnis genommen"),
    "form.version_closed": _("Annahmeschluss einer Fassung gesetzt"),
    "form.version_locked": _("Fassung gesperrt"),
    "form.version_retired": _("Fassung abgekündigt"),
    "form.version_unlocked": _("Sperre einer Fassung aufgehoben"),
    "bulk_run.cancelled": _("Serienlauf abgebrochen"),
    "bulk_run.composed": _("Entwurf eines Serienlaufs angelegt"),
    "bulk_run.discarded": _("Entwurf eines Serienlaufs verworfen"),
    "bulk_run.forgotten": _("Angaben der Empfänger eines Serienlaufs gelöscht"),
    "bulk_run.given_out": _("Dokumente eines Serienlaufs heruntergeladen"),
    "bulk_run.paused": _("Serienlauf angehalten"),
    "bulk_run.prepared": _("Aufträge eines Serienlaufs vorbereitet"),
    "bulk_run.previewed": _("Vorschau eines Serienlaufs heruntergeladen"),
    "bulk_run.printed": _("Druckdatei eines Serienlaufs heruntergeladen"),
    "bulk_run.repeated": _("Fehlgeschlagenes eines Serienlaufs wiederholt"),
    "bulk_run.resumed": _("Serienlauf fortgesetzt"),
    "bulk_run.started": _("Serienlauf gestartet"),
    "membership.added": _("Rolle vergeben"),
    "membership.changed": _("Rolle geändert"),
    "attachment.damaged": _("Datei beschädigt"),
    "attachment.downloaded": _("Datei heruntergeladen"),
    "attachment.erased": _("Datei gelöscht"),
    "attachment.infected": _("Schadsoftware in einer Datei"),
    "attachment.refused": _("Datei nicht prüfbar"),
    "attachment.scan_asked": _("Datei erneut zu prüfen"),
    "attachment.uploaded": _("Datei hochgeladen"),
    "membership.deleted": _("Rolle entzogen"),
    "membership.given": _("Rolle vergeben"),
    "rate.added": _("Satz hinzugefügt"),
    "rate_table.created": _("Satztabelle angelegt"),
    "register.changed": _("Verzeichnis geändert"),
    "register.created": _("Verzeichnis angelegt"),
    "register.entry_added": _("Eintrag eines Verzeichnisses hinzugefügt"),
    "register.entry_changed": _("Eintrag eines Verzeichnisses geändert"),
    "register.entry_ended": _("Eintrag eines Verzeichnisses beendet"),
    "register.given_out": _("Verzeichnis heruntergeladen"),
    "register.table_taken_in": _("Tabelle in ein Verzeichnis übernommen"),
    "seal.issued": _("Siegel ausgestellt"),
    "submission.carried": _("Entwurf in eine neue Fassung übernommen"),
    "document.withdrawn": _("Dokument zurückgezogen"),
    "report.dispensed": _("Bericht entbehrlich"),
    "report.extension_granted": _("Fristverlängerung gewährt"),
    "report.extension_refused": _("Fristverlängerung abgelehnt"),
    "report.extension_requested": _("Fristverlängerung beantragt"),
    "report.requested": _("Bericht angefordert"),
    "submission.accept": _("Abgenommen"),
    "submission.answer": _("Nachgereicht"),
    "submission.check": _("In Prüfung genommen"),
    "submission.continued": _("Bearbeitung begonnen"),
    "submission.correct": _("Berichtigt"),
    "submission.discarded": _("Entwurf verworfen"),
    "evaluation.deleted": _("Auswertung gelöscht"),
    "evaluation.frozen": _("Auswertung festgehalten"),
    "evaluation.saved": _("Auswertung gespeichert"),
    "submission.exported": _("Einreichungen heruntergeladen"),
    "submission.evaluate": _("Ausgewertet"),
    "submission.inquire": _("Rückfrage gestellt"),
    "submission.outdated": _("Übernommene Angaben sind dort berichtigt"),
    "submission.recall": _("Rückfrage zurückgenommen"),
    "submission.reject": _("Abgelehnt"),
    "submission.resubmit": _("Wieder eingereicht"),
    "submission.review": _("Fachlich geprüft"),
    "submission.started": _("Entwurf begonnen"),
    "submission.step": _("Schritt übergeben"),
    "submission.submitted": _("Eingereicht"),
    "submission.withdraw": _("Zurückgenommen"),
    "frame.created": _("Rahmen angelegt"),
    "frame.draft_discarded": _("Entwurf eines Rahmens verworfen"),
    "frame.draft_kept": _("Entwurf eines Rahmens gespeichert"),
    "frame.publication_requested": _("Veröffentlichung eines Rahmens beantragt"),
    "frame.publication_returned": _("Entwurf eines Rahmens zurückgegeben"),
    "frame.publication_withdrawn": _("Antrag zu einem Rahmen zurückgezogen"),
    "frame.published": _("Rahmen veröffentlicht"),
    "template.bound": _("Vorlage für neue Fassung des Vordrucks geprüft"),
    "template.published": _("Vorlage veröffentlicht"),
    "template.uploaded": _("Vorlage hochgeladen"),
    "tenant.changed": _("Angaben des Mandanten geändert"),
    "tenant.founded": _("Mandant eingerichtet"),
}


def action_text(value: object) -> str:
    """Return an act of the audit trail in words."""
    return ACTIONS.get(str(value), str(value))


SUBJECTS = {
    "attachment": _("Datei"),
    "account": _("Konto"),
    "api_token": _("Zugang"),
    "webhook": _("Empfänger von Nachrichten"),
    "bulk_item": _("Empfänger eines Serienlaufs"),
    "bulk_run": _("Serienlauf"),
    "frame": _("Rahmen"),
    "cooperation": _("Zusammenarbeit"),
    "document": _("Dokument"),
    "document_request": _("Auftrag"),
    "document_version": _("Fassung eines Dokuments"),
    "evaluation": _("Auswertung"),
    "form": _("Vordruck"),
    "membership": _("Rolle"),
    "organisation": _("Träger"),
    "report_request": _("Anforderung"),
    "rate_table": _("Satztabelle"),
    "register": _("Verzeichnis"),
    "seal_certificate": _("Siegelzertifikat"),
    "submission": _("Einreichung"),
    "template_version": _("Fassung einer Vorlage"),
    "tenant": _("Mandant"),
}


def subject_text(value: object) -> str:
    """Return in words what kind of thing an act of the audit trail was about."""
    return SUBJECTS.get(str(value), str(value))
