"""The blank form on the pages: asked for, waited for, downloaded, by whoever may fill it in."""

from __future__ import annotations

import hashlib

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from document_templates.blank_form_prints import PDF_TYPE, _key
from forms.models import FormVersion
from tenants.context import Scope
from tenants.storage.tenant_store import TenantStore
from tests.app.pages.conftest import Office
from tests.support.installation import Installation
from tests.support.web import Visitor
from tests.support.web_forms import form_of, text_of

PDF = b"%PDF-1.7 blank"


@pytest.mark.parametrize("role", ["manager", "specialist", "administrator"])
def test_the_blank_form_is_asked_for_and_waited_for(app: Flask, office: Office, role: str) -> None:
    visitor = Visitor(app, getattr(office, role))
    start = visitor.get(f"{office.path}/vordrucke/antrag")
    sent = form_of(start, "//form[contains(@action, '/druck')]")
    answer = visitor.post(sent.action, sent.filled())
    assert answer.status_code == 302
    page = visitor.get(answer.location)
    assert page.status_code == 200
    assert "wird gerade hergestellt" in text_of(page)
    early = visitor.get(f"{office.path}/vordrucke/antrag/druck.pdf")
    assert early.status_code == 302


def test_a_finished_print_is_downloaded(
    app: Flask, office: Office, installation: Installation
) -> None:
    def store(session: Session) -> None:
        tenant_store = TenantStore(installation.store, office.tenant.id)
        version = session.get_one(FormVersion, (office.tenant.id, office.version.id))
        tenant_store.put(
            _key(tenant_store, session, version), PDF, content_type=PDF_TYPE,
            sha256=hashlib.sha256(PDF).hexdigest(),
        )  # fmt: skip

    installation.in_scope(Scope(tenant_id=office.tenant.id), store)
    visitor = Visitor(app, office.manager)
    page = visitor.get(f"{office.path}/vordrucke/antrag/druck")
    assert "PDF herunterladen" in text_of(page)
    answer = visitor.get(f"{office.path}/vordrucke/antrag/druck.pdf")
    assert answer.get_data() == PDF
    assert answer.mimetype == PDF_TYPE
    assert "antrag-fassung-1-leer.pdf" in answer.headers["Content-Disposition"]


def test_an_unknown_form_is_not_found(app: Flask, office: Office) -> None:
    visitor = Visitor(app, office.manager)
    assert visitor.get(f"{office.path}/vordrucke/gibtsnicht/druck").status_code == 404
