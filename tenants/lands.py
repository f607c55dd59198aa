"""The Länder by name and by the two letters of ISO 3166-2:DE."""

from __future__ import annotations

LANDS = {
    "BW": "Baden-Württemberg",
    "BY": "Bayern",
    "BE": "Berlin",
    "BB": "Brandenburg",
    "HB": "Bremen",
    "HH": "Hamburg",
    "HE": "Hessen",
    "MV": "Mecklenburg-Vorpommern",
    "NI": "Niedersachsen",
    "NW": "Nordrhein-Westfalen",
    "RP": "Rheinland-Pfalz",
    "SL": "Saarland",
    "SN": "Sachsen",
    "ST": "Sachsen-Anhalt",
    "SH": "Schleswig-Holstein",
    "TH": "Thüringen",
}


def land_code(land: str) -> str:
    """Return the two letters for a name or code of a Land, empty if it is neither."""
    wanted = land.strip().casefold()
    for code, name in LANDS.items():
        if wanted in (code.casefold(), name.casefold()):
            return code
    return ""
