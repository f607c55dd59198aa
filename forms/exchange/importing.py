"""One way in for every file: what it is, is seen from its content, never from its name."""

from __future__ import annotations

from forms.exchange.archive import ZIP_START
from forms.exchange.package_archive import ImportedPackage, PackageContent, is_package, read_package
from forms.exchange.report import ImportRefused
from forms.exchange.xdatenfelder_reading import read_xdatenfelder
from forms.exchange.xlsform_reading import read_xlsform
from tenants.language import _

_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def import_file(data: bytes) -> ImportedPackage:
    """Return the form that a file holds: a package, an XLSForm (XLSX) or XDatenfelder 2 or 3.

    Raises `ImportRefused` with a German message when nothing usable came out of it.
    """
    if data.startswith(ZIP_START):
        if is_package(data):
            return read_package(data)
        return ImportedPackage(read_xlsform(data), PackageContent(), {})
    if data.startswith(_OLD_EXCEL):
        raise ImportRefused(
            _("Das ist eine alte Excel-Datei (XLS) oder eine mit Kennwort. Speichern Sie sie als "
              "XLSX ohne Kennwort.")
        )  # fmt: skip
    if data.removeprefix(_BYTE_ORDER_MARK).lstrip()[:1] == b"<":
        return ImportedPackage(read_xdatenfelder(data), PackageContent(), {})
    raise ImportRefused(
        _("Die Datei ist weder ein Paket (ZIP) noch XLSForm (XLSX) noch XDatenfelder (XML).")
    )
