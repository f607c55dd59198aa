"""Which templates are in a frame, which of them in an older version of it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from document_templates.frames.keeping import newest_frame_version
from document_templates.frames.models import Frame, FrameVersion
from document_templates.models import DocumentTemplate, TemplateVersion


def templates_in(session: Session, frame: Frame) -> list[tuple[TemplateVersion, FrameVersion]]:
    """Return the published versions of templates in a frame, by title of the template."""
    rows = session.execute(
        select(TemplateVersion, FrameVersion)
        .join(
            FrameVersion,
            (FrameVersion.tenant_id == TemplateVersion.tenant_id)
            & (FrameVersion.id == TemplateVersion.frame_version_id),
        )
        .join(
            DocumentTemplate,
            (DocumentTemplate.tenant_id == TemplateVersion.tenant_id)
            & (DocumentTemplate.id == TemplateVersion.template_id),
        )
        .where(FrameVersion.frame_id == frame.id, TemplateVersion.state == "published")
        .order_by(DocumentTemplate.title, TemplateVersion.number.desc())
    )
    return [(version, held) for version, held in rows]


def frame_version_of(session: Session, version: TemplateVersion) -> FrameVersion | None:
    """Return the version of the frame that a template was put in, None without one."""
    if version.frame_version_id is None:
        return None
    return session.get(FrameVersion, (version.tenant_id, version.frame_version_id))


def outdated_frame(session: Session, version: TemplateVersion) -> str:
    """Return the title of the frame of which ``version`` brings an older state than there is.

    Empty if it brings none: what a published version of the template has is not brought by it.
    """
    held = frame_version_of(session, version)
    if held is None:
        return ""
    newest = newest_frame_version(session, held.frame_id)
    if newest is None or newest.id == held.id:
        return ""
    in_use = session.scalars(
        select(TemplateVersion.id)
        .where(
            TemplateVersion.template_id == version.template_id,
            TemplateVersion.state == "published",
            TemplateVersion.frame_version_id == held.id,
        )
        .limit(1)
    ).first()
    return "" if in_use else held.frame.title
