"""Whether a form can be answered by people who stay unknown. Pure."""

from __future__ import annotations

from forms.definition import FormDefinition
from forms.definition_names import all_fields
from tenants.language import _

FIT_TYPES = frozenset(
    {
        "calculated", "checkboxes", "date", "date_range", "datetime", "decimal", "declaration",
        "district", "hours", "info", "integer", "long_text", "matrix", "money", "norm", "percent",
        "postcode", "radio", "repeat", "scale", "select", "text", "time", "yes_no",
    }
)  # fmt: skip
"""Types of fields that say nothing of who answers, as long as nobody writes it there."""
_PERSONAL_CLASSES = frozenset({"K4", "K5"})


def survey_obstacles(definition: FormDefinition) -> list[str]:
    """Return in German why the form is no anonymous questionnaire; empty when it may be one."""
    found = [
        _(
            "„{label}“ fragt nach etwas, das eine Person erkennbar machen kann: Die Antwort wäre"
            " nicht mehr anonym."
        ).format(label=field.label)
        for field in all_fields(definition.pages)
        if field.type not in FIT_TYPES
    ]
    found += [
        _("„{label}“ wird aus Stammdaten vorbelegt: Wer antwortet, ist aber unbekannt.").format(
            label=field.label
        )
        for field in all_fields(definition.pages)
        if field.prefill is not None
    ]
    found += [
        _("„{label}“ hat die Schutzklasse {data_class}: Solche Daten gehören in keine Befragung.")
        .format(label=field.label, data_class=field.data_class)
        for field in all_fields(definition.pages)
        if field.data_class in _PERSONAL_CLASSES
    ]  # fmt: skip
    if definition.data_class in _PERSONAL_CLASSES:
        found.append(_("Der Vordruck enthält Sozialdaten: Er ist keine Befragung."))
    if definition.procedure.steps:
        found.append(_("Der Vordruck hat einen Ablauf mit mehreren Schritten."))
    if definition.rate_keys:
        found.append(_("Der Vordruck rechnet mit Sätzen."))
    return list(dict.fromkeys(found))
