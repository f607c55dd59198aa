"""Rewrites every template of the shipped packages: ``python -m tools.library``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from docx.document import Document

from tools.library import (
    betreuungsboerse,
    eingewoehnung,
    fachleistungsstunde,
    geldleistung,
    gespraechsleitfaden,
    hausbesuch,
    hilfebericht,
    kooperationsvereinbarung,
    kursanmeldung,
    sachbericht,
    stundennachweis,
    vertretungsmittel,
    verwendungsnachweis,
    zielvereinbarung,
)
from tools.library.packaging import docx_bytes

LIBRARY = Path(__file__).resolve().parents[2] / "forms" / "library"

BUILDERS: dict[str, Callable[[], Document]] = {
    "betreuungsboerse-eintrag": betreuungsboerse.build,
    "eingewoehnung-kindertagespflege": eingewoehnung.build,
    "fachleistungsstunde": fachleistungsstunde.build,
    "gespraechsleitfaden": gespraechsleitfaden.build,
    "hausbesuchsprotokoll": hausbesuch.build,
    "hilfebericht": hilfebericht.build,
    "kooperationsvereinbarung-kindertagespflege": kooperationsvereinbarung.build,
    "laufende-geldleistung": geldleistung.build,
    "qhb-kursanmeldung": kursanmeldung.build,
    "sachbericht-fachberatung": sachbericht.build,
    "stundennachweis": stundennachweis.build,
    "vertretungsmittel-grosstagespflege": vertretungsmittel.build,
    "verwendungsnachweis": verwendungsnachweis.build,
    "zielvereinbarung-kindertagespflege": zielvereinbarung.build,
}


def main() -> None:
    """Write all templates."""
    for name, build in BUILDERS.items():
        target = LIBRARY / name / "template.docx"
        target.write_bytes(docx_bytes(build()))
        print(f"{target.relative_to(LIBRARY.parent.parent)}: {target.stat().st_size} Bytes")


if __name__ == "__main__":
    main()
