"""The whole check of a template file, and filling one from plain JSON without a database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from document_templates.checked_templates import NO_CLAUSES, fit_findings, trial_contexts
from document_templates.checking import check_template, used_placeholders
from document_templates.clauses.choosing import Clauses
from document_templates.clauses.resolving import resolve_clauses
from document_templates.cleaning import clean_docx
from document_templates.compiling import CompiledTemplate, compile_template
from document_templates.conversion.fonts import installed_fonts
from document_templates.edge_data import trial_render
from document_templates.findings import FillingFailed, Finding, TemplateRefused, has_errors
from document_templates.pictures import QR_PICTURE, blank_png, qr_png
from document_templates.placeholders import SYSTEM_PLACEHOLDERS
from document_templates.template_fonts import font_findings
from forms.definition import parse_definition
from forms.expressions.nodes import Json
from tenants.language import _


@dataclass(frozen=True, slots=True)
class TemplateReport:
    """The outcome of checking one file."""

    usable: bool
    findings: tuple[Finding, ...]
    used_placeholders: tuple[str, ...]

    def as_text(self) -> str:
        """Return the report as German lines, errors first."""
        titles = {"error": _("Fehler"), "warning": _("Warnung"), "notice": _("Hinweis")}
        lines = [
            f"{titles[finding.level]}: {finding.as_text()}"
            for level in titles
            for finding in self.findings
            if finding.level == level
        ]
        if self.usable:
            lines.append(
                _("Die Vorlage ist verwendbar ({count} Platzhalter).").format(
                    count=len(self.used_placeholders)
                )
            )
        else:
            lines.append(_("Die Vorlage ist so nicht verwendbar."))
        return "\n".join(lines)

    def as_json(self) -> dict[str, object]:
        """Return the report as a plain mapping for JSON output."""
        return {
            "usable": self.usable,
            "findings": [finding.as_json() for finding in self.findings],
            "used_placeholders": list(self.used_placeholders),
        }


def check_document(
    data: bytes, form_definition_document: Json, clauses: Clauses = NO_CLAUSES
) -> TemplateReport:
    """Check a file as if it were to be published, without changing anything.

    Never raises for the file's content: an unreadable file is a report too. Without a form
    only safety, syntax and the sandbox's rules are checked. ``clauses`` are those that there are
    for its slots. Raises what `forms.definition.parse_definition` raises for a wrong form document.
    """
    document = form_definition_document
    definition = None if document is None else parse_definition(document)
    try:
        source = clean_docx(data)
    except TemplateRefused as refusal:
        return TemplateReport(False, refusal.findings, ())
    resolved = resolve_clauses(source, clauses)
    cleaned = resolved.cleaned
    used = used_placeholders(cleaned)
    findings = [
        *source.findings,
        *resolved.findings,
        *font_findings(cleaned, installed_fonts()),
    ]
    if definition is not None:
        findings += fit_findings(cleaned, resolved.clauses, definition, resolved.missing)
    else:
        findings += check_template(cleaned, None)
        if not has_errors(findings):
            contexts = trial_contexts(used, cleaned, resolved.clauses)
            findings += trial_render(compile_template(cleaned), contexts)
    return TemplateReport(not has_errors(findings), tuple(findings), tuple(sorted(used)))


def fill_plain(data: bytes, json_data: Mapping[str, object]) -> bytes:
    """Clean, check, compile and fill a template from plain JSON; return the DOCX.

    What only the register knows (``pruefung``, other system groups) may be missing and is
    then empty; the QR code shows ``pruefung.url`` where that is given. Raises
    `TemplateRefused` for an unusable template, `FillingFailed` for missing or unfit data.
    """
    cleaned = clean_docx(data)
    errors = [finding for finding in check_template(cleaned, None) if finding.level == "error"]
    if errors:
        raise TemplateRefused(errors)
    compiled = compile_template(cleaned)
    context = _with_system_groups(json_data)
    return compiled.fill(context, plain_pictures(compiled, context))


def plain_pictures(compiled: CompiledTemplate, context: Mapping[str, object]) -> dict[str, bytes]:
    """Return pictures for a template: the QR code of ``pruefung.url``, else transparent ones.

    Raises `FillingFailed` when the address does not fit into a QR code.
    """
    pictures = dict.fromkeys(compiled.picture_names, blank_png())
    verification = context.get("pruefung")
    url = verification.get("url") if isinstance(verification, dict) else None
    if QR_PICTURE in pictures and isinstance(url, str) and url:
        try:
            pictures[QR_PICTURE] = qr_png(url)
        except ValueError as error:
            raise FillingFailed(Finding("error", str(error))) from error
    return pictures


def _with_system_groups(json_data: Mapping[str, object]) -> dict[str, object]:
    context: dict[str, object] = dict(json_data)
    for path in SYSTEM_PLACEHOLDERS:
        group, _dot, name = path.partition(".")
        if name.endswith("[]"):
            continue
        values = context.get(group)
        if values is None:
            values = {}
        if isinstance(values, dict):
            context[group] = {name: [] if name == "mitglieder" else None, **values}
    return context
