"""Which answers of the form a template does not write: perhaps meant so, perhaps forgotten."""

from __future__ import annotations

from document_templates.findings import Finding
from document_templates.placeholders import SYSTEM_PLACEHOLDERS, KnownPlaceholders
from tenants.language import _

_COMPANIONS = ("_text", "_spalten", "_summe")


def unused_fields(known: KnownPlaceholders, used: frozenset[str]) -> list[Finding]:
    """Return a warning that names the fields of the form which no path in ``used`` names."""
    missing = sorted(
        path
        for path in known.form_paths - SYSTEM_PLACEHOLDERS
        if path not in used
        and path + "_text" not in used
        and path.rpartition(".")[0] + "_text" not in used
        and not path.endswith("[]")
        and not any(piece.endswith(_COMPANIONS) for piece in path.split("."))
        and not _is_matrix_detail(path, used)
        and all(table in used for table in _tables_around(path))
    )
    if not missing:
        return []
    return [
        Finding(
            "warning",
            _("Diese Felder des Formulars kommen in der Vorlage nicht vor: {names}.").format(
                names=", ".join(missing[:40]) + (" …" if len(missing) > 40 else "")
            ),
        )
    ]


def _tables_around(path: str) -> list[str]:
    """Return the tables a path stands in: of ``a[].b[].c`` these are ``a`` and ``a[].b``."""
    pieces = path.split("[]")
    return ["[]".join(pieces[:count]) for count in range(1, len(pieces))]


def _is_matrix_detail(path: str, used: frozenset[str]) -> bool:
    """Tell whether a path is a technical part of a matrix that is printed some other way."""
    if not path.endswith((".key", ".spalte", ".wert", ".text", ".zellen")):
        return False
    root = path.partition("[")[0]
    return any(other.startswith(root + "[") or other == root for other in used)
