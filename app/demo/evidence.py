"""Runs the demonstration's journeys and keeps what they prove."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import click

from app.demo.journey import JourneyResult, travel
from app.demo.loading import release_demo_claims
from app.demo.material import DemoMaterial, DemoTenant, read_material
from app.demo.participant import OWN_OFFICE, JourneyFailed, Participant
from app.demo.stack import demo_password, run_demo_stack
from app.embedded.stack import read_running_environment
from app.embedded.stack_settings import Environment
from app.verifying import VerificationResult, verify_file
from document_templates.pdfa import check_pdfa
from forms.definition import parse_definition
from forms.evaluation_document import evaluation_document
from forms.packages import Package, Sample, read_package
from tenants.settings import load_settings


@dataclass(frozen=True)
class Proof:
    """Everything that was checked of one document; empty ``faults`` mean it holds."""

    result: JourneyResult
    verification: VerificationResult
    faults: tuple[str, ...]


def run_demonstration(out: Path, data_directory: Path, port: int) -> int:
    """Run every journey and write its files below ``out``; 0 when all were verified."""

    def journeys(environment: Environment) -> int:
        return _run_journeys(out, data_directory, environment)

    running = read_running_environment(data_directory)
    if running is not None:
        return journeys(running)
    return run_demo_stack(port, data_directory, journeys)


def _run_journeys(out: Path, data_directory: Path, environment: Environment) -> int:
    password = demo_password(data_directory / "secrets" / "demo.password")
    material = read_material()
    failures = 0
    release_demo_claims(load_settings(environment))
    for tenant in material.tenants:
        for name in tenant.packages:
            package = read_package(name)
            if not package.template_bytes:
                continue
            for sample in package.samples:
                failures += _run_sample(
                    out, environment, material, tenant, package, sample, password
                )
    return 1 if failures else 0


def _run_sample(
    out: Path,
    environment: Environment,
    material: DemoMaterial,
    tenant: DemoTenant,
    package: Package,
    sample: Sample,
    password: str,
) -> int:
    title = f"{tenant.slug}: {package.name}, {sample.description}"
    try:
        result = _travel(environment, material, tenant, package, sample, password)
    except (JourneyFailed, LookupError) as error:
        click.echo(f"✗ {title}\n  {error}")
        return 1
    proof = _examine(environment, package, sample, result)
    _write(out / tenant.slug, f"{package.name}-{sample.number}", package, sample, proof)
    if proof.faults:
        click.echo(f"✗ {title}\n  " + "\n  ".join(proof.faults))
        return 1
    click.echo(f"✓ {title}: {result.submission_number}, SHA-256 {result.pdf_sha256[:16]}…")
    return 0


def _travel(
    environment: Environment,
    material: DemoMaterial,
    tenant: DemoTenant,
    package: Package,
    sample: Sample,
    password: str,
) -> JourneyResult:
    base_url = environment["SIEGEL_PUBLIC_URL"]

    def seat(email: str, capacity: str) -> Participant:
        person = Participant(base_url, tenant.slug, email, password)
        person.act_for(capacity)
        return person

    organisation = material.organisation(sample.organisation)
    return travel(
        parse_definition(package.form_document),
        sample.data,
        seat(material.person_of(organisation.key).email, organisation.id),
        lambda role: seat(material.person_in_office(tenant.slug, role).email, OWN_OFFICE),
    )


def _examine(
    environment: Environment, package: Package, sample: Sample, result: JourneyResult
) -> Proof:
    verification = verify_file(result.pdf, environment.get("SIEGEL_DATABASE_URL", ""))
    faults = [f"PDF/A: {finding.message}" for finding in check_pdfa(result.pdf)]
    if not verification.accepted:
        faults.append("Das Siegel wird nicht anerkannt: " + verification.as_text())
    if verification.register is None:
        faults.append("Das Register kennt die Datei nicht.")
    if (
        result.proof_page.status != 200
        or result.pdf_sha256 not in result.proof_page.content.decode()
    ):
        faults.append("Die Prüfseite nennt die Prüfsumme der Datei nicht.")
    definition = parse_definition(package.form_document)
    values = evaluation_document(definition, sample.data, package.shipped_surroundings)["values"]
    for path, expected in sample.expected.items():
        found = values.get(path) if isinstance(values, dict) else None
        if found != expected:
            faults.append(f"{path} ist {found!r} statt {expected!r}.")
    return Proof(result, verification, tuple(faults))


def _write(directory: Path, name: str, package: Package, sample: Sample, proof: Proof) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    (directory / f"{name}.docx").write_bytes(proof.result.docx)
    (directory / f"{name}.pdf").write_bytes(proof.result.pdf)
    path = directory / "evidence.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    known[name] = {
        "package": package.name,
        "sample": sample.description,
        "submission": proof.result.submission_number,
        "proof_url": proof.result.proof_url,
        "expected": sample.expected,
        "verification": proof.verification.as_json(),
        "faults": list(proof.faults),
        "verified": not proof.faults,
    }
    path.write_text(json.dumps(known, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
