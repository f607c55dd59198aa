"""The evidence of a submission's document for programs, the same as on the page."""

from __future__ import annotations

from flask import current_app

from app import database
from app.api.operations import Call, Operation, Result
from app.api.problems import Problem
from app.api.subjects import ID, found_submission
from document_templates.archive.evidence_package import evidence_package, package_name
from document_templates.register import version_of_submission
from tenants.audit import record
from tenants.context import current_tenant_id
from tenants.language import _
from tenants.storage.objects import ObjectCorrupted, ObjectMissing, StoreUnavailable
from tenants.storage.tenant_store import TenantStore


def hand_out(call: Call) -> Result:
    """Hand out the evidence of the newest version made of a submission.

    Documents hold everything; who only reckons and pays has no part in them.
    """
    session = database.session()
    submission = found_submission(session, call)
    version = version_of_submission(session, submission.id)
    reckons_only = call.bearer.viewer.roles == {"wjh"}
    if version is None or version.document.erased_at is not None or reckons_only:
        raise Problem(404)
    store = TenantStore(current_app.extensions["siegel"].store, current_tenant_id())
    try:
        content = evidence_package(session, store, version)
    except (ObjectMissing, ObjectCorrupted) as error:
        record(session, "document.damaged", "document_version", version.id)
        session.commit()
        raise Problem(500, str(error)) from None
    except StoreUnavailable:
        raise Problem(503) from None
    record(session, "document.downloaded", "document_version", version.id, kind="nachweis")
    session.commit()
    return Result({}, content=content, file_name=package_name(version))


EVIDENCE_OPERATIONS = (
    Operation(
        name="getEvidence", method="GET", path="/submissions/{id}/evidence",
        scope="documents:read", tag=_("Dokumente"), summary=_("Nachweispaket (ZIP) holen"),
        work=hand_out, answer="", answers_file=True, parameters=(ID,),
        description=_("Zur neuesten Fassung des Dokuments, das aus der Einreichung entstand: PDF,"
                      " Registereintrag, Zertifikate und, ab dem Tag nach dem Siegeln, die"
                      " gesiegelte Tageswurzel."),
    ),
)  # fmt: skip
