"""Qualified signatures made outside, and ink on paper: from the request to the register."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.cli import siegel
from document_templates.certificates import certificate_pem
from document_templates.models import DocumentVersion, Proof
from document_templates.seal_keys import trust_roots
from document_templates.signature_validation import validate_pdf
from document_templates.signing.models import TrustList
from tenants.context import NOBODY
from tests.support.installation import Installation
from tests.support.signing_office import SigningOffice, open_office
from tests.support.trust_services import Holder, TrustService, sign_outside
from tests.support.web import Visitor
from tests.support.web_forms import form_of, text_of

QES = {"level": "L3"}
PAPER = {"level": "L3p"}


@pytest.fixture(scope="module")
def office(app: Flask, installation: Installation) -> Iterator[SigningOffice]:
    with open_office(app, installation) as opened:
        yield opened


@pytest.fixture(scope="module")
def service() -> TrustService:
    return TrustService.open(datetime.now(UTC).replace(microsecond=0))


@pytest.fixture(scope="module")
def trusted(
    installation: Installation, service: TrustService, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """The list is loaded by the operator's command; what that says."""
    folder = tmp_path_factory.mktemp("listen")
    (folder / "de.xml").write_bytes(service.trust_list())
    (folder / "signer.pem").write_bytes(certificate_pem(service.list_signer.certificate))
    done = CliRunner(env=installation.environment).invoke(
        siegel,
        ["trust", "load", str(folder / "de.xml"), "--certificate", str(folder / "signer.pem")],
    )
    assert done.exit_code == 0, done.output
    return done.output


def holder(service: TrustService, name: str) -> Holder:
    given, _space, surname = name.partition(" ")
    return service.certify(name, given_name=given, surname=surname)


def send(visitor: Visitor, path: str, content: bytes, way: str = "datei") -> TestResponse:
    visitor.get(path)
    return visitor.post(
        f"{path}/{way}",
        {"file": (io.BytesIO(content), "vertrag.pdf")},
        content_type="multipart/form-data",
    )


def test_without_a_list_no_qualified_signature_can_be_asked_for(
    office: SigningOffice, installation: Installation
) -> None:
    installation.as_owner(
        NOBODY, lambda session: [session.delete(one) for one in session.scalars(select(TrustList))]
    )
    answer = office.ask(office.make_document(), QES)
    assert answer.status_code == 422
    assert "Die Betreiberin muss eine Vertrauensliste laden" in text_of(answer)


def test_the_command_loads_lists_lists_and_refuses(
    installation: Installation, service: TrustService, trusted: str, tmp_path: Path
) -> None:
    assert "Vertrauensliste DE Nr. 7 geladen: 1 Aussteller" in trusted
    run = CliRunner(env=installation.environment)
    assert run.invoke(siegel, ["trust", "list"]).output.startswith("DE\t7\t1\t")
    (tmp_path / "de.xml").write_bytes(service.trust_list())
    other = service.list_signer_for_europe()
    (tmp_path / "other.pem").write_bytes(certificate_pem(other.certificate))
    refused = run.invoke(
        siegel,
        ["trust", "load", str(tmp_path / "de.xml"), "--certificate", str(tmp_path / "other.pem")],
    )
    assert refused.exit_code == 1
    assert "hält der Prüfung nicht stand" in refused.output
    bare = run.invoke(siegel, ["trust", "load", str(tmp_path / "de.xml")])
    assert "Womit die Liste geprüft werden soll" in bare.output


@pytest.mark.usefixtures("trusted")
def test_two_qualified_signatures_make_the_signed_version(
    office: SigningOffice, service: TrustService
) -> None:
    path = office.begin(QES)
    assert "Die Datei wird vorbereitet" in text_of(office.manager.get(path))
    assert office.manager.get(f"{path}/dokument").status_code == 404
    office.complete(path)
    words = text_of(office.manager.get(path))
    assert "Unterschrift 1" in words
    first = office.manager.get(f"{path}/dokument").get_data()
    by_manager = sign_outside(first, holder(service, "Kim Muster"), service, "Unterschrift 1")
    answer = send(office.manager, path, by_manager)
    assert answer.status_code == 302, text_of(answer)
    assert "Aussteller: Beispiel Trust QES CA 1" in text_of(office.manager.get(path))

    head = holder(service, "Bürgermeisterin Beispiel")
    late = send(office.head, path, sign_outside(first, head, service, "Unterschrift 2"))
    assert late.status_code == 422
    assert "Inzwischen hat jemand anderes unterschrieben" in text_of(late)
    current = office.head.get(f"{path}/dokument").get_data()
    assert current == by_manager
    complete = sign_outside(current, head, service, "Unterschrift 2")
    assert send(office.head, path, complete).status_code == 302
    office.complete(path)
    signing = office.signing(path)
    assert signing.state == "completed"
    # What all parties get is what the last one handed in, to the byte.
    for visitor in (office.manager, office.head, office.clerk):
        assert visitor.get(f"{path}/unterschrieben").get_data() == complete
    roots = office.installation.in_scope(office.scope, trust_roots)
    reports = validate_pdf(complete, [*roots, service.authority.certificate])
    assert len(reports) == 3
    assert all(report.accepted for report in reports)

    shown = Visitor(office.app)
    shown.get("/pruefen/")
    examined = shown.post("/pruefen/datei", {"file": (io.BytesIO(complete), "vertrag.pdf")})
    assert text_of(examined, "//h1") == "Diese Datei ist echt"
    assert "Aussteller unbekannt" not in text_of(examined)

    def registered(session: Session) -> list[tuple[int, str, list[str]]]:
        rows = session.execute(
            select(DocumentVersion.number, Proof.state, Proof.signatures)
            .join(Proof, Proof.document_version_id == DocumentVersion.id)
            .where(DocumentVersion.document_id == signing.document_id)
            .order_by(DocumentVersion.number)
        )
        return [
            (number, state, [one["level"] for one in signatures])
            for number, state, signatures in rows
        ]

    assert office.installation.in_scope(office.scope, registered) == [
        (1, "signed", []), (2, "valid", ["L3", "L3"]),
    ]  # fmt: skip


@pytest.mark.usefixtures("trusted")
def test_wrong_files_are_refused_and_change_nothing(
    office: SigningOffice, service: TrustService
) -> None:
    path = office.begin(QES)
    office.complete(path)
    file = office.manager.get(f"{path}/dokument").get_data()
    pseudonym = service.certify("Adler:PN")
    for content, reason in (
        (b"", "Wählen Sie die unterschriebene Datei"),
        (file, "ohne Ihre Unterschrift"),
        (b"%PDF-1.7", "nicht die Datei"),
        (sign_outside(file, pseudonym, service, "Unterschrift 1"), "Pseudonym"),
        (sign_outside(file, holder(service, "Jo Fremd"), service, "Unterschrift 1"), "lautet auf"),
        (
            sign_outside(file, holder(service, "Kim Muster"), service, "Unterschrift 2"),
            "nicht in Ihrem Feld",
        ),
    ):
        answer = send(office.manager, path, content)
        assert answer.status_code == 422
        assert reason in text_of(answer)
    right = sign_outside(file, holder(service, "Kim Muster"), service, "Unterschrift 1")
    assert send(office.head, path, right).status_code == 422
    assert send(office.clerk, path, right).status_code == 422
    signing = office.signing(path)
    assert all(one.state == "waiting" for party in signing.parties for one in party.signatures)
    assert signing.signed_pdf_key == ""
    # Nobody gets around the qualified signature with the password.
    assert office.sign(office.manager, path, sha256=signing.pdf_sha256).status_code == 422


# ------------------------------------------------------------------------- paper


def sheets(pdf: bytes, folder: Path) -> list[Image.Image]:
    subprocess.run(
        ["pdftoppm", "-gray", "-r", "150", "-", str(folder / "s")], input=pdf, check=True
    )
    return [Image.open(file).convert("L") for file in sorted(folder.glob("s-*"))]


def scan_of(pages: list[Image.Image]) -> bytes:
    target = io.BytesIO()
    pages[0].save(target, "PDF", save_all=True, append_images=pages[1:], resolution=150)
    return target.getvalue()


def test_paper_is_printed_scanned_compared_and_filed(office: SigningOffice, tmp_path: Path) -> None:
    path = office.begin(PAPER)
    office.complete(path)
    assert "Sie sind um Ihre Unterschrift gebeten" not in text_of(office.manager.get(path))
    pages = sheets(office.clerk.get(f"{path}/dokument").get_data(), tmp_path)
    assert send(office.clerk, path, scan_of(pages[:-1]), "scan").status_code == 302
    office.complete(path)
    refused = text_of(office.clerk.get(path))
    assert f"Seite {len(pages)} des Ausdrucks fehlt im Scan" in refused
    early = office.clerk.post(f"{path}/bestaetigen", {"location": "Raum 1"})
    assert early.status_code == 422

    whole = scan_of(pages)
    assert send(office.clerk, path, whole, "scan").status_code == 302
    office.complete(path)
    page = office.clerk.get(path)
    assert "Scan vollständig" in text_of(page)
    sent = form_of(page)
    ids = [one.id for party in office.signing(path).parties for one in party.signatures]
    some = office.clerk.post(sent.action, sent.filled({"person": ids[:1], "location": "Raum 204"}))
    assert some.status_code == 422
    assert "noch nicht jede Partei gebunden" in text_of(some, "//fieldset[@id='person']")
    assert form_of(some).fields["person"] == ids[:1]
    assert form_of(some).fields["location"] == ["Raum 204"]
    nowhere = office.clerk.post(sent.action, sent.filled({"person": ids, "location": " "}))
    assert "wo das Original liegt" in text_of(nowhere)
    done = office.clerk.post(sent.action, sent.filled({"person": ids, "location": "Raum 204"}))
    assert done.status_code == 302
    office.complete(path)
    assert office.signing(path).state == "completed"
    pdf = office.manager.get(f"{path}/unterschrieben").get_data()
    words = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    ).stdout.decode()
    assert "Raum 204" in words
    assert "Unterschrift auf Papier" in words
    assert office.manager.get(f"{path}/scan").get_data() == whole


def test_only_the_office_hands_in_scans_of_open_paper_signings(office: SigningOffice) -> None:
    path = office.begin(PAPER)
    office.complete(path)
    assert send(office.manager, path, b"%PDF-1.7", "scan").status_code == 404
    assert office.manager.get(f"{path}/scan").status_code == 404
    assert send(office.clerk, path, b"", "scan").status_code == 422
    login = office.begin()
    assert send(office.clerk, login, b"%PDF-1.7", "scan").status_code == 422
    assert send(office.manager, login, b"%PDF-1.7").status_code == 422


def test_what_is_no_scan_is_told(office: SigningOffice) -> None:
    path = office.begin(PAPER)
    office.complete(path)
    send(office.clerk, path, b"kein Bild", "scan")
    office.complete(path)
    assert "weder ein lesbares PDF noch ein Bild" in text_of(office.clerk.get(path))
