"""Fills a shipped package's template with a sample, as the worker would."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import segno

from document_templates.clauses.choosing import choose_clauses
from document_templates.clauses.resolving import resolve_clauses
from document_templates.clauses.shipped import package_clauses
from document_templates.cleaning import CleanedDocx, clean_docx
from document_templates.compiling import compile_template
from document_templates.document_context import (
    DocumentDetails,
    PartnerDetails,
    SenderDetails,
    system_context,
)
from forms.conditions import Conditions
from forms.context import template_context
from forms.definition import parse_definition
from forms.evaluation import evaluate
from forms.packages import Package, Sample, read_demo_tenants

LOGOS = Path(__file__).resolve().parents[2] / "app" / "static" / "logos"
MOMENT = datetime(2026, 9, 21, 8, 30, tzinfo=UTC)


def sample_context(package: Package, sample: Sample) -> dict[str, object]:
    """Return the whole context of ``sample``: its fields and the system groups."""
    definition = parse_definition(package.form_document)
    evaluation = evaluate(
        definition, sample.data, stage="submission", surroundings=package.shipped_surroundings
    )
    tenant, organisation = _actors(package, sample)
    details = DocumentDetails(
        title=definition.title,
        number=f"{str(tenant['slug'])[:2].upper()}-51/2026-00042",
        version=1,
        requested_at=MOMENT,
        submission_number="E-2026-00017",
        submitted_at=MOMENT,
        person="Finja Oellers",
        template_title=str(package.manifest["title"]),
        template_number=1,
        form_title=definition.title,
        form_number=1,
        verification_code="K7QM2XWT9RHD",
        public_url="https://siegel.example.org",
    )
    sender = SenderDetails(
        name=tenant["name"],
        office=tenant["office"],
        street=tenant["street"],
        city=tenant["city"],
        telephone=tenant["telephone"],
        email=tenant["email"],
        website=tenant["website"],
        land=tenant["land"],
        committee=tenant["committee"],
        members=tuple(tenant["members"]),
        is_demo=True,
    )
    partner = PartnerDetails(
        name=organisation["name"],
        street=organisation["street"],
        city=organisation["city"],
        represented_by=organisation["represented_by"],
    )
    holds = Conditions(definition, evaluation, str(tenant["land"])).hold
    return {
        **template_context(definition, evaluation),
        "baustein": choose_clauses(package_clauses(package), holds, frozenset()),
        **system_context(sender, partner, details),
    }


def resolved_template(package: Package) -> CleanedDocx:
    """Return the package's template with its clauses in their places."""
    resolved = resolve_clauses(clean_docx(package.template_bytes), package_clauses(package))
    assert resolved.findings == ()
    return resolved.cleaned


def sample_pictures(package: Package, sample: Sample) -> dict[str, bytes]:
    """Return the tenant's logo and a QR code."""
    tenant, _organisation = _actors(package, sample)
    drawn = io.BytesIO()
    segno.make("https://siegel.example.org/pruefen/K7QM2XWT9RHD", error="m").save(
        drawn, kind="png", scale=6, border=2
    )
    return {
        "mandant.logo": (LOGOS / str(tenant["logo"])).read_bytes(),
        "pruefung.qr": drawn.getvalue(),
    }


def fill_sample(package: Package, sample: Sample) -> bytes:
    """Return the package's template filled with ``sample``."""
    compiled = compile_template(resolved_template(package))
    wanted = compiled.picture_names
    pictures = {k: v for k, v in sample_pictures(package, sample).items() if k in wanted}
    return compiled.fill(sample_context(package, sample), pictures)


def _actors(package: Package, sample: Sample) -> tuple[Any, Any]:
    """Return the tenant and the organisation of ``sample`` as they stand in tenants.json."""
    library: Any = read_demo_tenants()
    manifest: Any = package.manifest
    slug = manifest["demo"]["tenants"][0]
    tenant = next(entry for entry in library["tenants"] if entry["slug"] == slug)
    organisation = next(
        entry for entry in library["organisations"] if entry["key"] == sample.organisation
    )
    return tenant, organisation
