"""What choices and classes of changes mean for drafts and answers, in the words of the pages."""

from __future__ import annotations

from forms.versions.changes import Grade
from tenants.language import _

POLICY_TEXTS = {
    "keep": _(
        "Wer begonnen hat, schreibt in der alten Fassung zu Ende, längstens bis zum letzten Tag der"
        " Karenz."
    ),
    "lift": _(
        "Ist jede Änderung verträglich, gehen Entwürfe beim nächsten Öffnen in die neue Fassung"
        " über. Sonst bleiben sie wie oben."
    ),
    "carry": _(
        "Beim nächsten Öffnen übernimmt die Person ihre Angaben in die neue Fassung und prüft die"
        " gekennzeichneten Fragen."
    ),
}
GRADE_TEXTS = {
    Grade.COMPATIBLE: _("Alle Antworten bleiben gültig."),
    Grade.NEEDS_DEFAULT: _("Alle Antworten bleiben; etwas ist zu ergänzen oder zu berichtigen."),
    Grade.DESTRUCTIVE: _("Antworten können entfallen oder etwas anderes bedeuten."),
}
