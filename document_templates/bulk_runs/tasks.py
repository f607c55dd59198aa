"""The tasks that make the documents of a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import insert
from sqlalchemy.orm import Session

from document_templates.requesting import MAKE_DOCUMENT
from tenants.context import current_tenant_id
from tenants.outbox import Task

OPEN: Final = ("waiting", "working")
"""States of a request whose document is still to come."""


def write_tasks(session: Session, wanted: Mapping[str, str], state: str) -> None:
    """Write a task for each request, in their order; ``wanted`` is the task's id by request."""
    tasks = [
        {
            "tenant_id": current_tenant_id(),
            "id": task_id,
            "kind": MAKE_DOCUMENT,
            "payload": {"request_id": request_id},
            "is_bulk": True,
            "state": state,
        }
        for request_id, task_id in wanted.items()
    ]
    session.execute(insert(Task), tasks)
