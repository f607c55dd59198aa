"""Publishing forms: what was published never changes; a change is a new version."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forms.definition import DefinitionError, FormDefinition, content_sha256, parse_definition
from forms.languages import GERMAN
from forms.models import Answers, Form, FormVersion
from forms.rates.keeping import missing_rate_tables
from forms.translations import translate_document
from forms.versions.diff import compare_forms
from forms.versions.models import VersionValidity
from forms.versions.validities import (
    ReleasePlan,
    next_announced,
    put_in_force,
    validities_of_form,
    validity_of,
    version_in_use,
)
from tenants.audit import record
from tenants.context import current_scope, current_tenant_id
from tenants.database import now
from tenants.language import _
from tenants.webhooks import announce

AT_ONCE = ReleasePlan()
FIRST_NAME = "1.0.0"
_CAPACITY = 300


class FormUnknown(LookupError):
    """The tenant in scope has no such form, or no published version of it."""


class _ParsedVersions:
    """Parsed definitions by content hash and language; immutable, hence shared by requests."""

    def __init__(self) -> None:
        self._parsed: OrderedDict[tuple[str, str], FormDefinition] = OrderedDict()
        self._lock = Lock()

    def get(self, version: FormVersion, language: str) -> FormDefinition:
        key = (version.content_sha256, language)
        with self._lock:
            known = self._parsed.get(key)
            if known is not None:
                self._parsed.move_to_end(key)
                return known
        document = version.definition
        parsed = parse_definition(
            document if language == GERMAN else translate_document(document, language)
        )
        with self._lock:
            self._parsed[key] = parsed
            while len(self._parsed) > _CAPACITY:
                self._parsed.popitem(last=False)
        return parsed


_parsed_versions = _ParsedVersions()


def definition_of(version: FormVersion, language: str = GERMAN) -> FormDefinition:
    """Return the parsed definition of a published version, its texts in ``language``.

    Ids, keys and rules are the same in every language: what was answered in one is understood in
    all.
    """
    return _parsed_versions.get(version, language)


def publish_form(
    session: Session, document: Answers, *, package: str = "", plan: ReleasePlan = AT_ONCE
) -> FormVersion:
    """Publish ``document`` as the next version of the form with its key, as ``plan`` says.

    The same content again is no new version. Raises `forms.definition.DefinitionError` when
    the document is no usable form, or asks for rates that the tenant does not keep.
    Permission: Tenant-Admin.
    """
    definition = parse_definition(document)
    findings = missing_rate_tables(session, definition.rate_keys)
    if findings:
        raise DefinitionError(tuple(findings))
    digest = content_sha256(document)
    form = session.scalars(select(Form).where(Form.key == definition.key)).first()
    if form is None:
        form = Form(key=definition.key, package=package)
        session.add(form)
    form.title = definition.title
    form.description = definition.description or ""
    form.data_class = definition.data_class
    form.state = "published"
    session.flush()
    latest = latest_version(session, form.id)
    if latest is not None and latest.content_sha256 == digest:
        return latest
    version = FormVersion(
        form_id=form.id,
        number=(latest.number if latest else 0) + 1,
        definition=dict(document),
        content_sha256=digest,
        published_by=current_scope().account_id,
    )
    session.add(version)
    session.flush()
    put_in_force(session, version, plan.name or _next_name(session, latest, document), plan)
    record(session, "form.published", "form", form.id, version=version.number)
    announce(session, "form.published", form.id)
    return version


def _next_name(session: Session, latest: FormVersion | None, document: Answers) -> str:
    """Return the name that the changes suggest for the version after ``latest``."""
    if latest is None:
        return FIRST_NAME
    step = compare_forms(latest.definition, document).step
    return step.after(validity_of(session, latest.id).name)


def latest_version(session: Session, form_id: str) -> FormVersion | None:
    """Return the newest published version of a form of the tenant in scope."""
    return session.scalars(
        select(FormVersion)
        .where(FormVersion.form_id == form_id)
        .order_by(FormVersion.number.desc())
        .limit(1)
    ).first()


def published_forms(session: Session) -> list[FormVersion]:
    """Return the newest version of every published form of the tenant in scope, by title."""
    newest = (
        select(FormVersion.form_id, func.max(FormVersion.number).label("number"))
        .group_by(FormVersion.form_id)
        .subquery()
    )
    return list(
        session.scalars(
            select(FormVersion)
            .join(
                newest,
                (newest.c.form_id == FormVersion.form_id) & (newest.c.number == FormVersion.number),
            )
            .join(
                Form, (Form.tenant_id == FormVersion.tenant_id) & (Form.id == FormVersion.form_id)
            )
            .where(Form.state == "published")
            .order_by(Form.title)
        )
    )


@dataclass(frozen=True, slots=True)
class FormInUse:
    """A published form: the version that may be begun now, and the one that comes next."""

    form: Form
    current: VersionValidity | None
    announced: VersionValidity | None
    versions: tuple[VersionValidity, ...]
    """Every version, the newest first."""


def find_form(session: Session, key: str) -> FormInUse:
    """Return the published form with ``key`` as it is used now. Raises `FormUnknown`."""
    form = session.scalars(select(Form).where(Form.key == key, Form.state == "published")).first()
    if form is None:
        raise FormUnknown(_("Den Vordruck „{key}“ gibt es hier nicht.").format(key=key))
    moment = now()
    versions = tuple(validities_of_form(session, form.id))
    return FormInUse(
        form, version_in_use(versions, moment), next_announced(versions, moment), versions
    )


def get_version(session: Session, version_id: str) -> FormVersion:
    """Return a form version of the tenant in scope by id. Raises `FormUnknown`."""
    version = session.get(FormVersion, (current_tenant_id(), version_id))
    if version is None:
        raise FormUnknown(_("Diese Fassung des Vordrucks gibt es hier nicht."))
    return version
