"""Which answers of the form a template does not write: perhaps meant so, perhaps forgotten."""

from __future__ import annotations

from document_templates.findings import Finding
from document_templates.placeholders import SYSTEM_PLACEHOLDERS, KnownPlaceholders
from tenants.language import _

_MOST = 40
_INNER_QUOTES = str.maketrans("„“", "‚‘")
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
    rest = len(missing) > _MOST
    return [
        Finding(
            "warning",
            _("Diese Angaben des Vordrucks kommen in der Vorlage nicht vor: {names}.").format(
                names=", ".join(_named(path, known) for path in missing[:_MOST])
                + (_(" und {count} weitere").format(count=len(missing) - _MOST) if rest else "")
            ),
        )
    ]


def _named(path: str, known: KnownPlaceholders) -> str:
    label = known.labels.get(path, "").translate(_INNER_QUOTES)
    return f"„{label}“" if label else path


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
