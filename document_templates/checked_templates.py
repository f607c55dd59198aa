"""A template file checked for a form, with the clauses that were written into its slots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from document_templates.checking import check_template
from document_templates.clauses.choosing import GROUP, Clauses, trial_choices
from document_templates.clauses.fitting import asked_paths, choice_paths, condition_problems
from document_templates.clauses.resolving import resolve_clauses
from document_templates.cleaning import CleanedDocx, ContentRefused, clean_docx
from document_templates.compiling import compile_template
from document_templates.conversion.fonts import installed_fonts
from document_templates.edge_data import edge_context, trial_render, value_kinds
from document_templates.findings import Finding, TemplateRefused, has_errors
from document_templates.template_fonts import font_findings
from document_templates.verification_block import ensure_verification_block
from forms.context import placeholder_paths
from forms.definition import FormDefinition

NO_CLAUSES: Clauses = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class CheckedTemplate:
    """A cleaned template with everything that was found in it.

    ``source`` is the file with its slots, ``cleaned`` the one with ``clauses`` in their place, of
    which documents are made.
    """

    source: CleanedDocx
    cleaned: CleanedDocx
    clauses: Clauses
    findings: tuple[Finding, ...]

    @property
    def usable(self) -> bool:
        """Whether it may be published."""
        return not has_errors(self.findings)


def check_upload(
    data: bytes, definition: FormDefinition, known: Clauses = NO_CLAUSES
) -> CheckedTemplate:
    """Clean an uploaded file, write the ``known`` clauses into it and check it against the form.

    Raises `document_templates.findings.TemplateRefused` for a file that is no safe DOCX.
    """
    cleaned = clean_upload(data, definition, known)
    return check_source(ensure_verification_block(cleaned), definition, known)


def clean_upload(data: bytes, definition: FormDefinition, known: Clauses) -> CleanedDocx:
    """Clean an uploaded file; whoever has to mend it learns at once all that is wrong with it.

    Raises `document_templates.findings.TemplateRefused` for a file that is no safe DOCX.
    """
    try:
        return clean_docx(data)
    except ContentRefused as refused:
        resolved = resolve_clauses(refused.rest, known)
        further = fit_findings(resolved.cleaned, resolved.clauses, definition, resolved.missing)
        found = [*refused.findings, *resolved.findings, *further]
        raise TemplateRefused(dict.fromkeys(found)) from refused


def check_source(
    source: CleanedDocx, definition: FormDefinition, known: Clauses
) -> CheckedTemplate:
    """Write clauses into a cleaned file, check it against the form and fill it with edge data."""
    resolved = resolve_clauses(source, known)
    findings = (
        *source.findings,
        *resolved.findings,
        *fit_findings(resolved.cleaned, resolved.clauses, definition, resolved.missing),
        *font_findings(resolved.cleaned, installed_fonts()),
    )
    return CheckedTemplate(source, resolved.cleaned, resolved.clauses, findings)


def fit_findings(
    cleaned: CleanedDocx,
    clauses: Clauses,
    definition: FormDefinition,
    missing: frozenset[str] = frozenset(),
) -> list[Finding]:
    """Return what is found when a template with its clauses is checked and filled for a form.

    ``missing`` are slots of clauses that do not exist, of which is told already.
    """
    paths = placeholder_paths(definition)
    choices = choice_paths(clauses) | {f"{GROUP}.{key}" for key in missing}
    findings = [
        *condition_problems(clauses, definition),
        *check_template(cleaned, paths, choices=choices, asked=asked_paths(clauses)),
    ]
    if not missing and not has_errors(findings):
        contexts = trial_contexts(frozenset(paths), cleaned, clauses)
        findings += trial_render(compile_template(cleaned), contexts)
    return findings


def trial_contexts(
    paths: frozenset[str], cleaned: CleanedDocx, clauses: Clauses
) -> Iterator[Mapping[str, object]]:
    """Yield edge data for a template, with every variant of its clauses among them."""
    contexts = edge_context(paths, value_kinds(cleaned))
    for turn, choice in enumerate(trial_choices(clauses, len(contexts))):
        yield {**contexts[turn % len(contexts)], GROUP: choice}
