"""Story H2, items 2 to 4: an agreement of the Stadt with eight Träger, signed by twelve people."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import docx
import pikepdf
import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cli import siegel
from document_templates.certificates import certificate_pem
from document_templates.findings import TemplateRefused
from document_templates.models import DocumentVersion
from document_templates.pdfa import check_pdfa
from document_templates.publishing import publish_template, upload_template
from document_templates.seals import MetadataKeepingWriter
from document_templates.signature_validation import validate_pdf
from document_templates.signing.models import Signatory
from document_templates.signing.requesting import PartyWish, SigningWish, request_signatures
from document_templates.signing.rules import Rule
from forms.models import FormVersion
from forms.packages import read_package
from forms.surroundings import today_in_berlin
from tenants.context import Scope
from tenants.database import new_id
from tests.support.installation import Installation, Person
from tests.support.pipeline import PACKAGE
from tests.support.signing_office import SigningOffice, open_office
from tests.support.trust_services import TrustService, sign_outside
from tests.support.web import Visitor
from tests.support.web_forms import text_of

INTERNAL = [f"Interne Notiz {number:02} der Verhandlung" for number in range(1, 18)]
AUTHOR = "Toni Verhandlerin"
STRUCK = "gestrichener Satz zum Preis"


@dataclass(frozen=True)
class Signer:
    """A person who signs for a party, with a browser and a certificate of her own."""

    name: str
    party: str
    visitor: Visitor
    signatory_id: str


@dataclass
class Agreement:
    """The parties with who signs for each, and where the agreement is signed."""

    office: SigningOffice
    service: TrustService
    signers: list[Signer] = field(default_factory=list)
    path: str = ""

    @property
    def parties(self) -> dict[str, Visitor]:
        """One browser for each party."""
        return {one.party: one.visitor for one in self.signers}

    def sign(self, signer: Signer) -> None:
        """Sign the current file as the person's own program does, and hand it in."""
        current = signer.visitor.get(f"{self.path}/dokument").get_data()
        given, _space, surname = signer.name.partition(" ")
        holder = self.service.certify(signer.name, given_name=given, surname=surname)
        signed = sign_outside(
            current, holder, self.service, self.field_of(signer), writer=MetadataKeepingWriter
        )
        answer = signer.visitor.post(
            f"{self.path}/datei",
            {"file": (io.BytesIO(signed), "vereinbarung.pdf")},
            content_type="multipart/form-data",
        )
        assert answer.status_code == 302, text_of(answer)

    def field_of(self, signer: Signer) -> str:
        words = text_of(signer.visitor.get(self.path))
        found = re.search(r"Unterschrift \d+", words)
        assert found is not None, words
        return found[0]


def talkative_template(*, with_changes: bool) -> bytes:
    """Return the shipped template as negotiators left it: comments, names, tracked changes."""
    document = docx.Document(io.BytesIO(read_package(PACKAGE).template_bytes))
    properties = document.core_properties
    properties.author = properties.last_modified_by = AUTHOR
    runs = next(one.runs for one in document.paragraphs if one.runs)
    for text in INTERNAL:
        document.add_comment(runs, text=text, author=AUTHOR, initials="TV")
    paragraph = document.add_paragraph("Es gilt der neue Satz.")._p
    namespace = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    for change in (
        f'<w:del {namespace} w:id="901" w:author="{AUTHOR}" w:date="2026-01-01T00:00:00Z"><w:r>'
        f"<w:delText>{STRUCK}</w:delText></w:r></w:del>",
        f'<w:ins {namespace} w:id="902" w:author="{AUTHOR}" w:date="2026-01-01T00:00:00Z"><w:r>'
        "<w:t>Ein Zusatz.</w:t></w:r></w:ins>",
    ):
        if with_changes:
            paragraph.append(docx.oxml.parse_xml(change))
    saved = io.BytesIO()
    document.save(saved)
    return saved.getvalue()


@pytest.fixture(scope="module")
def agreement(
    app: Flask, installation: Installation, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Agreement]:
    service = TrustService.open(datetime.now(UTC).replace(microsecond=0))
    folder = tmp_path_factory.mktemp("listen")
    (folder / "de.xml").write_bytes(service.trust_list())
    (folder / "signer.pem").write_bytes(certificate_pem(service.list_signer.certificate))
    loaded = CliRunner(env=installation.environment).invoke(
        siegel,
        ["trust", "load", str(folder / "de.xml"), "--certificate", str(folder / "signer.pem")],
    )
    assert loaded.exit_code == 0, loaded.output
    with open_office(app, installation) as office:
        made = Agreement(office, service)
        prepare(app, made)
        yield made


def prepare(app: Flask, agreement: Agreement) -> None:
    """Let T1 to T3 sign with two each, T4 to T8 and the Stadt with one, and ask for it."""
    office = agreement.office
    installation, tenant = office.installation, office.case.tenant
    wishes = []
    for number in range(1, 9):
        association = number <= 3
        name = f"T{number} e. V." if association else f"T{number} gGmbH"
        organisation = installation.found_organisation(tenant, name=name)
        people = [
            installation.person(organisation=organisation, role="traeger_leitung")
            for _person in range(2 if association else 1)
        ]
        signers = [
            add_signer(app, agreement, name, organisation.id, person, f"{place}{number}")
            for place, person in enumerate(people)
        ]
        rule = Rule("joint", 2) if association else Rule("single")
        wishes.append(PartyWish(organisation.id, name, rule, tuple(signers)))
    mayor = installation.person(tenant=tenant, role="koordination")
    head = add_signer(app, agreement, tenant.name, None, mayor, "Stadt")
    wishes.append(PartyWish(None, tenant.name, Rule("head"), (head,)))
    replace_template(agreement)
    version_id = office.make_document()

    def ask(session: Session) -> str:
        version = session.get_one(DocumentVersion, (tenant.id, version_id))
        wish = SigningWish("L3", tuple(wishes))
        signing = request_signatures(
            session, version, wish, person_name="Kim Muster", today=today_in_berlin()
        )
        return signing.id

    agreement.path = f"{office.path}/unterschriften/{installation.in_scope(office.scope, ask)}"
    office.complete(agreement.path)


def add_signer(
    app: Flask, agreement: Agreement, party: str, organisation_id: str | None, person: Person,
    surname: str,
) -> str:  # fmt: skip
    installation = agreement.office.installation
    scope = Scope(tenant_id=agreement.office.case.tenant.id, organisation_id=organisation_id)
    signatory_id = new_id()

    def add(session: Session) -> None:
        session.add(
            Signatory(
                id=signatory_id, organisation_id=organisation_id, name=f"Alex Z{surname}",
                function="Vorstand", account_id=person.account_id, valid_from=today_in_berlin(),
                capacity="representative" if organisation_id else "head",
            )
        )  # fmt: skip

    installation.in_scope(scope, add)
    agreement.signers.append(Signer(f"Alex Z{surname}", party, Visitor(app, person), signatory_id))
    return signatory_id


def replace_template(agreement: Agreement) -> None:
    """Publish what the negotiators left as the next version of the template."""
    office = agreement.office

    def refuse(session: Session) -> None:
        form = session.get_one(FormVersion, (office.case.tenant.id, office.case.form.id))
        with pytest.raises(TemplateRefused, match="nachverfolgte Änderungen"):
            upload_template(
                session, office.installation.store, form,
                title=read_package(PACKAGE).template_title, file_name="vorlage.docx",
                data=talkative_template(with_changes=True),
            )  # fmt: skip

    def publish(session: Session) -> None:
        form = session.get_one(FormVersion, (office.case.tenant.id, office.case.form.id))
        template = upload_template(
            session, office.installation.store, form,
            title=read_package(PACKAGE).template_title, file_name="vorlage.docx",
            data=talkative_template(with_changes=False),
        )  # fmt: skip
        publish_template(session, template)

    office.installation.in_scope(office.scope, refuse)
    office.installation.in_scope(office.scope, publish)


def test_twelve_sign_for_nine_parties(agreement: Agreement, tmp_path: Path) -> None:
    office, signers = agreement.office, agreement.signers
    assert len(signers) == 12
    assert len(agreement.parties) == 9
    for number, signer in enumerate(signers, 1):
        signing = office.signing(agreement.path)
        assert signing.state == "open", f"with {number - 1} signatures"
        if number == 12:
            assert "in Zeichnung" in text_of(office.clerk.get(agreement.path))
        agreement.sign(signer)
    assert office.signing(agreement.path).state == "completing"
    office.complete(agreement.path)
    signing = office.signing(agreement.path)
    assert signing.state == "completed"
    times = [one.signed_at for party in signing.parties for one in party.signatures]
    assert len(times) == 12
    assert None not in times
    assert "unterzeichnet" in text_of(office.clerk.get(agreement.path))

    # All parties get the very same file, and every signature in it holds after the last one.
    files = {
        party: visitor.get(f"{agreement.path}/unterschrieben").get_data()
        for party, visitor in agreement.parties.items()
    }
    assert len(files) == 9
    (content,) = set(files.values())
    version = office.installation.in_scope(
        office.scope,
        lambda session: session.scalars(
            select(DocumentVersion).where(DocumentVersion.signing_id == signing.id)
        ).one(),
    )
    assert version.pdf_sha256 == signing.signed_pdf_sha256
    seal, *signatures = validate_pdf(content, [agreement.service.authority.certificate])
    assert len(signatures) == 12
    assert all(one.accepted for one in signatures)
    assert seal.intact
    assert seal.changes_permitted
    assert check_pdfa(content) == []
    with pikepdf.open(io.BytesIO(content)) as document:
        assert str(document.Root.Lang) == "de-DE"
        assert bool(document.Root.MarkInfo.Marked)
        assert "/StructTreeRoot" in document.Root
        metadata = document.open_metadata()
        assert metadata["pdfaid:part"] == "2"
        assert metadata["pdfaid:conformance"] == "B"

    # Nothing of the negotiation is in what T5 gets, and nothing in the DOCX behind it.
    names = [AUTHOR.encode(), STRUCK.encode(), b"Interne Notiz"]
    found = everything_in(files["T5 gGmbH"])
    assert b"de-DE" in found
    docx_file = office.installation.store.get(
        version.docx_key, version.docx_object_version, version.docx_sha256
    )
    with zipfile.ZipFile(io.BytesIO(docx_file)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert "der neue Satz." in docx.Document(io.BytesIO(docx_file)).paragraphs[-1].text or any(
        b"der neue Satz." in part for part in parts.values()
    )
    assert not [name for name in parts if "comments" in name or "people" in name]
    for name in names:
        assert name not in found
        assert not [part for part, content in parts.items() if name in content]
    for mark in (b"<w:ins ", b"<w:del ", b"<w:delText", b"w:author="):
        assert not [part for part, content in parts.items() if mark in content]


def everything_in(pdf: bytes) -> bytes:
    """Return all streams and texts of a PDF, unpacked."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        unpacked = io.BytesIO()
        document.save(unpacked, stream_decode_level=pikepdf.StreamDecodeLevel.generalized, qdf=True)
    return unpacked.getvalue()
