"""``siegel doctor`` tells which walls stand around the conversion, and names a missing one."""

from __future__ import annotations

import pytest

from app.diagnosis import describe_isolation
from document_templates.conversion.isolation import Isolation


@pytest.mark.parametrize(
    ("isolation", "works", "said", "unsaid"),
    [
        (
            Isolation(namespace=True, socket_filter=True, foreign_processes_hidden=True),
            True,
            ("ohne Netz", "Namensraum", "seccomp", "fremde Prozesse verborgen"),
            ("Landlock",),
        ),
        (
            Isolation(socket_filter=True, foreign_processes_hidden=True),
            True,
            ("ohne Netz", "seccomp"),
            ("Namensraum", "Landlock"),
        ),
        (
            Isolation(namespace=True),
            True,
            ("ohne Netz", "Namensraum", "Landlock"),
            ("seccomp", "verborgen"),
        ),
        (Isolation(), False, ("sperren Sie es außen", "Landlock"), ("ohne Netz", "verborgen")),
    ],
    ids=["all", "no-namespace", "namespace-only", "none"],
)
def test_the_doctor_names_the_walls_that_stand(
    isolation: Isolation, works: bool, said: tuple[str, ...], unsaid: tuple[str, ...]
) -> None:
    state = describe_isolation(isolation)
    assert state.works is works
    for words in said:
        assert words in state.message
    for words in unsaid:
        assert words not in state.message
