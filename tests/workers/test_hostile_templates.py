"""H12.3 and H12.4 at the job: what a check at upload would refuse stops the worker all the same.

The template in the store is exchanged for one that nobody checked, as if a check had failed.
"""

from __future__ import annotations

import io
import zipfile

import pytest
from sqlalchemy import select, update

from document_templates.cleaning import clean_docx
from document_templates.models import DocumentVersion, TemplateVersion
from tenants.storage.objects import content_hash
from tests.support.docx_files import docx_of
from tests.support.installation import Installation
from tests.support.pipeline import Asked, assert_made_once, open_case, read_request, read_task
from tests.workers.test_handlers import tenant_part
from workers.handlers import perform_task
from workers.runtime import Runtime


def exchange_template(workplace: Installation, asked: Asked, *paragraphs: str) -> None:
    """Let the document be made of a template with these paragraphs."""
    data = clean_docx(docx_of(*paragraphs)).data
    sha256 = content_hash(data)
    stored = workplace.store.put(
        f"{tenant_part(workplace, asked)}/{sha256}.docx", data,
        content_type="application/octet-stream", sha256=sha256,
    )  # fmt: skip
    workplace.in_scope(
        asked.scope,
        lambda session: session.execute(
            update(TemplateVersion).values(
                object_key=stored.key, object_version=stored.version_id, sha256=sha256
            )
        ),
    )


@pytest.mark.parametrize(
    ("paragraph", "named"),
    [
        ("{{ formular.__class__.__mro__[1].__subclasses__() }}", "Aufrufe mit Klammern"),
        # A missing value is no blank: it ends the job, which names field and place.
        ("{{ formular.gibtesnicht }}", "„gibtesnicht“ fehlt ein Wert"),
        ("{{ gibtesauchnicht }}", "„gibtesauchnicht“ fehlt ein Wert"),
    ],
)
def test_the_job_ends_with_field_and_place(
    workplace: Installation, runtime: Runtime, paragraph: str, named: str
) -> None:
    own = open_case(workplace)
    asked = own.submit()
    exchange_template(workplace, asked, "Guten Tag", paragraph)
    perform_task(runtime, asked.task_id)
    request, task = read_request(workplace, asked), read_task(workplace, asked)
    assert (request.state, task.state) == ("failed", "failed")
    assert named in request.failure
    assert f"Absatz „{paragraph[:30]}" in request.failure
    made = workplace.in_scope(
        asked.scope, lambda session: session.scalars(select(DocumentVersion)).all()
    )
    assert made == []


def test_what_looks_like_markup_or_a_template_is_printed_as_it_is(
    workplace: Installation, runtime: Runtime
) -> None:
    own = open_case(workplace)
    asked = own.submit()
    exchange_template(workplace, asked, "An {{ traeger.name }} wegen {{ dokument.nummer }}")
    perform_task(runtime, asked.task_id)
    (version,) = assert_made_once(workplace, [asked])
    docx = workplace.store.get(version.docx_key, version.docx_object_version, version.docx_sha256)
    with zipfile.ZipFile(io.BytesIO(docx)) as opened:
        text = opened.read("word/document.xml").decode()
    assert "An Müller &amp; Söhne &lt;gGmbH&gt; wegen" in text
