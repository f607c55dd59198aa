"""Compares what the templates of a form print with the fields that it has."""

from __future__ import annotations

from collections.abc import Iterator

from forms.building.document_tree import Place, element_id, element_name
from forms.building.findings import BuildingFinding, about
from forms.building.lint_cycles import step_name
from forms.building.linted_draft import LintedDraft
from forms.definition_names import SYSTEM_GROUPS
from tenants.language import _


def placeholders(draft: LintedDraft, printed: set[str]) -> Iterator[BuildingFinding]:
    """Yield placeholders without field and fields that no template prints."""
    fields = {step_name(place): place for place in draft.fields if step_name(place)}
    used = {path.replace("[]", "") for path in printed}
    for path in sorted(used):
        if path.partition(".")[0] not in SYSTEM_GROUPS and not _field_of(path, fields):
            # No error: only a published form can be given a template that fits it.
            yield BuildingFinding(
                "warning",
                "placeholder_without_field",
                element_id(draft.document),
                _(
                    "Die Vorlage druckt „{name}“; dieses Feld gibt es nicht. Nach dem"
                    " Veröffentlichen ist sie nachzubessern, vorher entsteht aus ihr kein Dokument."
                ).format(name=path),
            )
    reached = {_field_of(path, fields) for path in used}
    for name, place in fields.items():
        group = name.rpartition(".")[0] or name
        if name in reached or place.element.get("type") == "info" or group not in reached | {name}:
            continue
        yield about(
            place,
            "warning",
            "field_without_placeholder",
            _("„{label}“ wird in keiner Vorlage gedruckt.").format(
                label=element_name(place.element)
            ),
        )


_DERIVED = ("_text", "_summe", "_spalten")


def _field_of(path: str, fields: dict[str, Place]) -> str:
    """Return the name of the field that a path of a template prints, empty for none."""
    first, _dot, rest = path.partition(".")
    group = _underived(first, fields)
    if group not in fields:
        return ""
    if not rest or fields[group].element.get("type") != "repeat":
        return group
    column = _underived(f"{group}.{rest.partition('.')[0]}", fields)
    return column if column in fields else ""


def _underived(name: str, fields: dict[str, Place]) -> str:
    if name in fields:
        return name
    return next((name.removesuffix(suffix) for suffix in _DERIVED if name.endswith(suffix)), name)
