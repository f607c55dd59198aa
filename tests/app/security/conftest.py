"""Tenants with people of every kind, and an object of every kind to ask for."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from document_templates.archive.models import IntegrityAlarm
from document_templates.archive_offers.models import ArchiveOffer, ArchiveOfferItem
from document_templates.bulk_runs.models import BulkItem, BulkRun
from document_templates.clauses.content import ClauseContent, Variant
from document_templates.clauses.keeping import (
    approve_publication,
    create_clause,
    request_publication,
)
from document_templates.cleaning import clean_docx
from document_templates.frames.keeping import (
    approve_frame,
    composed_frame,
    create_frame,
    request_frame,
)
from document_templates.framing.composing import FrameParts
from document_templates.models import (
    Document,
    DocumentRequest,
    DocumentTemplate,
    DocumentVersion,
    Proof,
    TemplateVersion,
)
from document_templates.pictures import blank_png
from document_templates.retention.models import ErasureRun
from document_templates.signing.models import Signatory, Signature, Signing, SigningParty
from forms.attachments.models import Attachment
from forms.building.drafting import open_draft
from forms.building.trial_keeping import keep_trial
from forms.exports.models import SubmissionExport
from forms.lists.models import SavedView
from forms.models import Submission
from forms.procedure.models import Handover, Inquiry, ReportRequest
from forms.rates.keeping import create_rate_table
from forms.registers.keeping import EntryContent, RegisterShape, add_entry, create_register
from forms.statistics.models import EvaluationResult, SavedEvaluation
from forms.statistics.tables import dump_table, result_table
from forms.surveys.models import Survey, SurveyGroup, SurveyWave
from forms.versions.models import FormRelease
from forms.versions.validities import validity_of
from forms.versions.validity import berlin_day
from tenants.api_tokens import create_token
from tenants.context import Scope, current_scope
from tenants.database import new_id, now
from tenants.key_ring import open_tenant_key
from tenants.models import Organisation, Tenant
from tenants.storage.objects import ObjectStore
from tenants.storage.tenant_store import TenantStore
from tenants.webhooks import add_webhook
from tests.support.docx_files import docx_of
from tests.support.form_documents import field, form, identity, page, section
from tests.support.installation import Installation, Person
from tests.support.web import Visitor

SECRET_WORDS = ("Geheimplan Ahornweg", "Haus Morgentau", "Kim Geheimnis", "G-2026-00042")


OBJECTS = (
    "draft", "submission", "document", "version", "request", "view", "report", "evaluation",
    "result", "release", "attachment", "wave", "survey", "group", "run", "item", "alarm",
    "signing", "signatory", "erasure", "offer",
)  # fmt: skip


@dataclass(frozen=True)
class Objects:
    """Identifiers of one tenant's objects, all of the first Träger and its Leitung."""

    tenant: Tenant
    organisation: Organisation
    other_organisation: Organisation
    people: dict[str, Person]
    draft: str
    submission: str
    document: str
    version: str
    open_request: str
    template_version: str
    view: str
    form_id: str
    trial: str
    evaluation: str
    result: str
    form_key: str
    page_key: str
    code: str
    report: str
    rate_key: str
    release: str
    attachment: str
    survey: str
    wave: str
    group: str
    token: str
    webhook: str
    register_key: str
    register_entry: str
    template: str
    run: str
    item: str
    alarm: str
    signing: str
    signatory: str
    clause: str
    frame: str
    export: str
    erasure: str
    offer: str


def write_export_row(session: Session, form_id: str) -> str:
    """Write a finished export of who acts."""
    scope = current_scope()
    export = SubmissionExport(
        form_id=form_id, organisation_id=scope.organisation_id, account_id=scope.account_id or 0,
        format="csv", is_own_only=False, rows_asked=1, state="ready",
    )  # fmt: skip
    session.add(export)
    session.flush()
    return export.id


def write_frame(session: Session, store: ObjectStore) -> str:
    """Publish a frame with a logo."""
    parts = FrameParts([blank_png(), blank_png()], head=SECRET_WORDS[0])
    content, name = composed_frame(parts), SECRET_WORDS[2]
    draft = create_frame(session, store, SECRET_WORDS[0], content, person_name=name)
    request_frame(session, draft.frame, person_name=name)
    approve_frame(session, draft.frame, four_eyes=False, person_name=name)
    return draft.frame_id


def write_clause(session: Session) -> str:
    """Publish a clause whose wording templates may change."""
    content = ClauseContent(
        "adaptable", SECRET_WORDS[0], "", (Variant("alle", "Alle", "", SECRET_WORDS[2]),)
    )
    name = SECRET_WORDS[2]
    draft = create_clause(session, "geheim", SECRET_WORDS[0], person_name=name, content=content)
    request_publication(session, draft.clause, person_name=name)
    approve_publication(session, draft.clause, four_eyes=False, person_name=name)
    return draft.clause_id


def make_objects(installation: Installation) -> Objects:
    """Found a tenant with one object of every kind; each title is one of `SECRET_WORDS`."""
    tenant = installation.found_tenant(with_seal=True)
    organisation = installation.found_organisation(tenant, name=SECRET_WORDS[1])
    other = installation.found_organisation(tenant)
    people = {
        "tenant_admin": installation.person(tenant=tenant, role="tenant_admin"),
        "fachkraft": installation.person(tenant=tenant, role="fachkraft"),
        "leitung": installation.person(organisation=organisation, role="traeger_leitung"),
        "colleague": installation.person(organisation=organisation, role="traeger_fachkraft"),
        "other_leitung": installation.person(organisation=other, role="traeger_leitung"),
    }
    document = form(
        page("angaben", section("a", field("text", "name"), field("file", "anlage")))
    ) | {"title": SECRET_WORDS[0]}
    form_version = installation.publish(tenant, document)
    ids = {name: new_id() for name in OBJECTS}
    code = uuid.uuid4().hex.upper()[:26]

    def submission(name: str, number: str | None) -> Submission:
        return Submission(
            id=ids[name],
            form_version_id=form_version.id,
            organisation_id=organisation.id,
            organisation_name=organisation.name,
            account_id=people["leitung"].account_id,
            person_name=SECRET_WORDS[2],
            state="submitted" if number else "draft",
            number=number,
            submitted_at=now() if number else None,
            step=1 if number else 0,
            handover_number=2 if number else 0,
        )

    def write(session: Session) -> tuple[str, str]:
        submissions = [submission("submission", SECRET_WORDS[3])]
        template = DocumentTemplate(
            id=new_id(), form_id=form_version.form_id, key="v", title=SECRET_WORDS[0]
        )
        # What a preview is filled from, and what stands for every other file.
        content = clean_docx(docx_of("{{ name }}")).data
        sha256 = hashlib.sha256(content).hexdigest()
        store = TenantStore(installation.store, tenant.id)
        stored = store.put(
            store.key(new_id()), content, content_type="application/pdf", sha256=sha256
        )
        letter = clean_docx(docx_of(SECRET_WORDS[0])).data
        kept = store.put(
            store.key(new_id()),
            letter,
            content_type="application/octet-stream",
            sha256=hashlib.sha256(letter).hexdigest(),
        )
        version = TemplateVersion(
            id=new_id(),
            template_id=template.id,
            form_version_id=form_version.id,
            number=1,
            state="published",
            object_key=kept.key,
            object_version=kept.version_id,
            sha256=hashlib.sha256(letter).hexdigest(),
        )
        requests = [
            DocumentRequest(
                id=request_id,
                submission_id=ids[name],
                template_version_id=version.id,
                organisation_id=organisation.id,
                number=f"{SECRET_WORDS[3]}-{place}",
                verification_code=f"{code}{place}",
                state="failed",
            )
            for place, (request_id, name) in enumerate(
                ((ids["request"], "draft"), (new_id(), "submission"))
            )
        ]
        made = Document(
            id=ids["document"],
            number=SECRET_WORDS[3],
            title=SECRET_WORDS[0],
            submission_id=ids["submission"],
            organisation_id=organisation.id,
            organisation_name=organisation.name,
        )
        document_version = DocumentVersion(
            id=ids["version"],
            document_id=made.id,
            request_id=requests[1].id,
            template_version_id=version.id,
            organisation_id=organisation.id,
            number=1,
            context_sha256="",
            docx_key=stored.key,
            docx_object_version=stored.version_id,
            docx_sha256=sha256,
            docx_size=len(content),
            pdf_key=stored.key,
            pdf_object_version=stored.version_id,
            pdf_sha256=sha256,
            pdf_size=len(content),
            certificate_sha256="",
            sealed_at=now(),
            chain_position=1,
            previous_hash="",
            chain_hash="",
        )
        proof = Proof(
            code=code,
            document_version_id=document_version.id,
            pdf_sha256=sha256,
            sealed_at=now(),
            sealed_by=tenant.name,
            certificate_issuer="i",
            certificate_sha256="",
        )
        for rows in (submissions, [template], [version], requests, [made], [document_version]):
            session.add_all(rows)
            session.flush()
        session.add(proof)
        session.add_all(
            Handover(
                submission_id=ids["submission"], organisation_id=organisation.id, number=number,
                reason="submit" if number == 1 else "answer",
                answers={"name": SECRET_WORDS[2]}, content_sha256="",
                person_name=SECRET_WORDS[2],
            )
            for number in (1, 2)
        )  # fmt: skip
        session.add(
            Inquiry(
                submission_id=ids["submission"], organisation_id=organisation.id, number=1,
                field_ids=[], text=SECRET_WORDS[0], due_on=date(2030, 1, 2), state="answered",
            )
        )  # fmt: skip
        session.add(
            ReportRequest(
                id=ids["report"], form_id=form_version.form_id,
                organisation_id=organisation.id, organisation_name=organisation.name,
                period="2029", first_due_on=date(2030, 1, 2), due_on=date(2030, 1, 2),
                note=SECRET_WORDS[0],
            )
        )  # fmt: skip
        evaluation = SavedEvaluation(
            id=ids["evaluation"],
            form_id=form_version.form_id,
            account_id=people["fachkraft"].account_id,
            title=SECRET_WORDS[0],
        )
        session.add(evaluation)
        session.flush()
        shown = result_table({}, [], [], headings=("", "", ""), threshold=5)
        result = EvaluationResult(
            id=ids["result"],
            evaluation_id=evaluation.id,
            account_id=people["fachkraft"].account_id,
            submissions=0,
            table=dump_table(shown),
        )
        session.add(result)
        today = berlin_day(now())
        for rows in (
            [
                Survey(
                    id=ids["survey"], form_id=form_version.form_id, title=SECRET_WORDS[0],
                    created_on=today,
                )
            ],
            [
                SurveyWave(
                    id=ids["wave"], survey_id=ids["survey"], form_version_id=form_version.id,
                    number=1, title=SECRET_WORDS[0], access="link", public_key=ids["wave"][:8],
                    opens_on=today, closes_on=today,
                )
            ],
            [SurveyGroup(id=ids["group"], wave_id=ids["wave"], number=1, title=SECRET_WORDS[1])],
        ):  # fmt: skip
            session.add_all(rows)
            session.flush()
        session.add(
            FormRelease(
                id=ids["release"],
                form_id=form_version.form_id,
                document=document,
                draft_revision=0,
                base_version_id=form_version.id,
                name=SECRET_WORDS[3],
                binding_from=berlin_day(now()),
                requested_by=people["tenant_admin"].account_id,
                requested_by_name=SECRET_WORDS[2],
            )
        )
        validity_of(session, form_version.id).must_be_read = True
        session.add(
            IntegrityAlarm(
                id=ids["alarm"], finding="missing", subject="pdf", subject_id=document_version.id
            )
        )
        session.add(
            ErasureRun(
                id=ids["erasure"], day=date(2030, 1, 2), needs_two=True, documents=[made.id],
                counts={"LK-F": 1}, planned_name=SECRET_WORDS[2],
            )
        )  # fmt: skip
        session.add(
            ArchiveOffer(id=ids["offer"], offered_name=SECRET_WORDS[2], answer_by=date(2030, 7, 2))
        )
        session.flush()
        session.add(ArchiveOfferItem(offer_id=ids["offer"], document_id=made.id))
        write_run(session, template, version, document_version)
        write_signing(
            session, document_version, ids["signing"], ids["signatory"], people["leitung"], code
        )
        return version.id, template.id

    def write_run(
        session: Session,
        template: DocumentTemplate,
        version: TemplateVersion,
        made: DocumentVersion,
    ) -> None:
        """Write a run with one recipient, whose document is made."""
        run = BulkRun(
            id=ids["run"], title=SECRET_WORDS[0], template_id=template.id, source="table",
            source_title=SECRET_WORDS[0], columns=["Name"], mapping={"name": "Name"},
            label_column="Name", state="running", person_name=SECRET_WORDS[2],
        )  # fmt: skip
        item = BulkItem(
            id=ids["item"], run_id=run.id, position=1, label=SECRET_WORDS[2],
            template_version_id=version.id, cells={"Name": SECRET_WORDS[2]},
            answers={"name": SECRET_WORDS[2]},
        )  # fmt: skip
        request = DocumentRequest(
            id=new_id(), bulk_item_id=item.id, template_version_id=version.id,
            number=f"{SECRET_WORDS[3]}-S", verification_code=f"{code}S", state="done",
        )  # fmt: skip
        document = Document(
            id=new_id(), number=f"{SECRET_WORDS[3]}-S", title=SECRET_WORDS[0],
            recipient=SECRET_WORDS[2],
        )  # fmt: skip
        letter = DocumentVersion(
            id=new_id(), document_id=document.id, request_id=request.id,
            template_version_id=version.id, number=1, context_sha256="", docx_key=made.docx_key,
            docx_object_version=made.docx_object_version, docx_sha256=made.docx_sha256,
            docx_size=made.docx_size, pdf_key=made.pdf_key,
            pdf_object_version=made.pdf_object_version, pdf_sha256=made.pdf_sha256,
            pdf_size=made.pdf_size, certificate_sha256="", sealed_at=now(), chain_position=2,
            previous_hash="", chain_hash="",
        )  # fmt: skip
        for row in (run, item, request, document, letter):
            session.add(row)
            session.flush()
        session.add(
            Proof(
                code=f"{code}S", document_version_id=letter.id, pdf_sha256="", sealed_at=now(),
                sealed_by=tenant.name, certificate_issuer="i", certificate_sha256="",
            )
        )  # fmt: skip

    # Only the side that writes a draft may touch it.
    installation.in_scope(
        Scope(tenant_id=tenant.id, organisation_id=organisation.id),
        lambda session: session.add(submission("draft", None)),
    )

    def attach(session: Session) -> None:
        content = b"%PDF-1.7"
        sha256 = hashlib.sha256(content).hexdigest()
        store = TenantStore(installation.store, tenant.id)
        stored = store.put(
            store.key("attachments", ids["attachment"]),
            content,
            content_type="application/pdf",
            sha256=sha256,
        )
        session.add(
            Attachment(
                id=ids["attachment"],
                submission_id=ids["draft"],
                organisation_id=organisation.id,
                field_id=identity("field anlage"),
                file_name=SECRET_WORDS[0],
                media_type="application/pdf",
                size=len(content),
                sha256=sha256,
                object_key=stored.key,
                object_version=stored.version_id,
                state="clean",
            )
        )

    installation.in_scope(Scope(tenant_id=tenant.id, organisation_id=organisation.id), attach)
    installation.in_scope(
        Scope(tenant.id, organisation.id, people["leitung"].account_id),
        lambda session: session.add(
            SavedView(
                id=ids["view"],
                form_id=form_version.form_id,
                organisation_id=organisation.id,
                account_id=people["leitung"].account_id,
                name=SECRET_WORDS[0],
                is_shared=False,
            )
        ),
    )
    template_version, template = installation.in_scope(Scope(tenant_id=tenant.id), write)
    rate_key = f"satz_{uuid.uuid4().hex}"
    installation.in_scope(
        Scope(tenant_id=tenant.id),
        lambda session: create_rate_table(session, key=rate_key, title=SECRET_WORDS[0]),
    )

    register_key = f"v_{uuid.uuid4().hex}"

    def register(session: Session) -> str:
        made = create_register(session, register_key, RegisterShape(title=SECRET_WORDS[0]))
        content = EntryContent(label=SECRET_WORDS[2], owner_organisation_id=organisation.id)
        return add_entry(session, made, "", content).id

    register_entry = installation.in_scope(Scope(tenant_id=tenant.id), register)

    def build(session: Session) -> str:
        draft = open_draft(session, form_version.form_id)
        draft.import_report = {
            "source": "Paket", "at": now().isoformat(), "person": SECRET_WORDS[2],
            "carried": [{"name": SECRET_WORDS[0], "kind": "text", "key": "name"}], "refused": [],
        }  # fmt: skip
        return keep_trial(session, form_version.form_id, SECRET_WORDS[0], {}, {}, ()).id

    trial = installation.in_scope(Scope(tenant_id=tenant.id), build)
    token = installation.in_scope(
        Scope(tenant.id, organisation.id, people["leitung"].account_id),
        lambda session: create_token(
            session, name=SECRET_WORDS[0], scopes=frozenset({"forms:read"}),
            participant="traeger", days=1,
        )[0].id,
    )  # fmt: skip
    webhook = installation.in_scope(
        Scope(tenant.id, None, people["tenant_admin"].account_id),
        lambda session: add_webhook(
            session, open_tenant_key(session, installation.master_key),
            url="https://example.org/geheimplan-ahornweg",
            events=frozenset({"form.published"}), allows_private=False,
        )[0].id,
    )  # fmt: skip
    return Objects(
        tenant, organisation, other, people, ids["draft"], ids["submission"], ids["document"],
        ids["version"], ids["request"], template_version, ids["view"], form_version.form_id, trial,
        ids["evaluation"], ids["result"], "pruefbogen", "angaben", code, ids["report"], rate_key,
        ids["release"], ids["attachment"], ids["survey"], ids["wave"], ids["group"], token,
        webhook, register_key, register_entry,
        template, ids["run"], ids["item"], ids["alarm"], ids["signing"], ids["signatory"],
        installation.in_scope(Scope(tenant_id=tenant.id), write_clause),
        installation.in_scope(
            Scope(tenant_id=tenant.id),
            lambda session: write_frame(session, installation.store),
        ),
        installation.in_scope(
            Scope(tenant.id, organisation.id, people["leitung"].account_id),
            lambda session: write_export_row(session, form_version.form_id),
        ),
        ids["erasure"],
        ids["offer"],
    )  # fmt: skip


def write_signing(
    session: Session,
    signed: DocumentVersion,
    signing_id: str,
    signatory_id: str,
    person: Person,
    code: str,
) -> None:
    """Write that the first Träger's Leitung is asked to sign the document."""
    organisation_id = signed.organisation_id
    assert organisation_id is not None
    signatory = Signatory(
        id=signatory_id, organisation_id=organisation_id, name=SECRET_WORDS[2],
        capacity="representative", account_id=person.account_id,
        valid_from=berlin_day(now()),
    )  # fmt: skip
    signing = Signing(
        id=signing_id, document_id=signed.document_id, version_id=signed.id,
        title=SECRET_WORDS[0], number=SECRET_WORDS[3], level="L1", note=SECRET_WORDS[0],
        organisation_ids=[organisation_id], verification_code=f"{code}U",
        pdf_key=signed.pdf_key, pdf_object_version=signed.pdf_object_version,
        pdf_sha256=signed.pdf_sha256, pdf_size=signed.pdf_size,
        signed_pdf_key=signed.pdf_key, signed_pdf_object_version=signed.pdf_object_version,
        signed_pdf_sha256=signed.pdf_sha256, scan_key=signed.pdf_key,
        scan_object_version=signed.pdf_object_version, scan_sha256=signed.pdf_sha256,
        state="completed",
    )  # fmt: skip
    party = SigningParty(
        id=new_id(), signing_id=signing.id, position=0,
        party_organisation_id=organisation_id, name=SECRET_WORDS[1], rule="single",
    )  # fmt: skip
    signature = Signature(
        id=new_id(), signing_id=signing.id, party_id=party.id, position=0,
        party_organisation_id=organisation_id, signatory_id=signatory.id,
        account_id=person.account_id, name=SECRET_WORDS[2],
        capacity="representative",
    )  # fmt: skip
    for row in (signatory, signing, party, signature):
        session.add(row)
        session.flush()


@pytest.fixture(scope="session")
def objects(installation: Installation) -> Objects:
    return make_objects(installation)


@pytest.fixture(scope="session")
def sign_in(app: Flask) -> Callable[[Person], Visitor]:
    """Return the one signed-in visitor of each person: signing in is dear on purpose."""
    visitors: dict[int, Visitor] = {}

    def enter(person: Person) -> Visitor:
        if person.account_id not in visitors:
            visitors[person.account_id] = Visitor(app, person)
        return visitors[person.account_id]

    return enter
