"""Whether the clauses of a template can be asked of the answers to a form."""

from __future__ import annotations

from collections.abc import Iterator

from document_templates.clauses.choosing import GROUP, Clauses
from document_templates.findings import Finding
from forms.conditions import condition_findings, names_in_condition
from forms.definition import FormDefinition
from tenants.language import _


def condition_problems(clauses: Clauses, definition: FormDefinition) -> Iterator[Finding]:
    """Yield an error for each condition of a clause that the form does not fit."""
    for key, content in clauses.items():
        for condition in content.conditions:
            for reason in condition_findings(definition, condition):
                yield Finding(
                    "error",
                    _("Baustein „{key}“, Bedingung „{condition}“: {reason}").format(
                        key=key, condition=condition[:80], reason=reason
                    ),
                    suggestion=_("Ändern Sie die Bedingung, oder ergänzen Sie den Vordruck."),
                )


def asked_paths(clauses: Clauses) -> frozenset[str]:
    """Return the fields that decide about clauses: a template uses them without writing them."""
    return frozenset(
        name
        for content in clauses.values()
        for condition in content.conditions
        for name in names_in_condition(condition)
    )


def choice_paths(clauses: Clauses) -> frozenset[str]:
    """Return the paths by which a template asks which variant was chosen."""
    return frozenset(f"{GROUP}.{key}" for key in clauses)
