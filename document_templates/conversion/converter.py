"""The converter: DOCX in, tagged PDF/A-2b out, whatever happens to LibreOffice in between."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from document_templates.alternative_texts import texts_that_get_lost
from document_templates.conversion.finishing import Unfinishable, finish_pdf
from document_templates.conversion.fonts import installed_fonts
from document_templates.conversion.installation import (
    OfficeInstallation,
    OfficeMissing,
    find_office,
)
from document_templates.conversion.office_process import (
    DocumentRefused,
    OfficeGreedy,
    OfficeHung,
    OfficeLost,
    OfficeProcess,
)
from document_templates.production_record import ProductionRecord
from tenants.language import _

ATTEMPTS = 2
ZIP_START = b"PK\x03\x04"
PDF_START = b"%PDF-"


class ConversionFailed(Exception):
    """The document could not be turned into a PDF; the message is German and for people."""


class ConversionTimeout(ConversionFailed):
    """The conversion took too long, twice."""


class ConverterUnavailable(ConversionFailed):
    """LibreOffice is missing, does not start or cannot write: not the document's fault."""


class Converter:
    """Turns DOCX into PDF/A-2b with one LibreOffice that is kept running.

    The office is started by the first document, replaced after ``documents_per_office``
    documents, when it holds more than ``memory_limit`` bytes, and whenever it hangs or dies.
    Threads may share a converter; it converts one document at a time. A forked process may
    use the object too and gets an office of its own. Close it, or use it in a ``with``;
    when the process is killed, office and files vanish all the same.
    """

    def __init__(
        self,
        installation: OfficeInstallation | None = None,
        *,
        directory: Path | None = None,
        timeout: float = 60.0,
        start_timeout: float = 60.0,
        documents_per_office: int = 300,
        memory_limit: int = 600 * 1024**2,
        most_memory: int | None = None,
    ) -> None:
        """Remember how to convert; start nothing yet.

        ``timeout`` and ``start_timeout`` are seconds, for each of the two attempts. An office
        is ended in the middle of a document that takes ``most_memory`` bytes, by default twice
        ``memory_limit``.
        ``directory`` is where profile and documents lie while they are needed, by default
        the system's temporary directory.
        """
        self._installation = installation
        self._directory = directory
        self._timeout = timeout
        self._start_timeout = start_timeout
        self._documents_per_office = documents_per_office
        self._memory_limit = memory_limit
        self._most_memory = 2 * memory_limit if most_memory is None else most_memory
        self._lock = threading.Lock()
        self._owner = os.getpid()
        self._office: OfficeProcess | None = None
        self._closed = False

    @property
    def office(self) -> OfficeProcess | None:
        """The office that runs at the moment, for monitoring."""
        return self._office

    def convert(self, docx: bytes, *, title: str = "Dokument") -> bytes:
        """Return ``docx`` as PDF/A-2b and PDF/UA-1, with bookmarks, language de-DE and a title.

        ``title`` is used when the document's properties have none (ISO 14289-1, 7.1 wants
        one). An office that hangs or dies is replaced and the document tried once more.

        Raises :class:`ConversionFailed` when LibreOffice refuses the document, takes too much
        memory for it or dies of it twice, :class:`ConversionTimeout` when it hangs twice, and
        :class:`ConverterUnavailable` when there is no usable LibreOffice.
        """
        if not docx.startswith(ZIP_START):
            raise ConversionFailed(_("Die Datei ist kein Word-Dokument im Format DOCX."))
        self._own()
        with self._lock:
            failure = ConversionFailed()
            for _attempt in range(ATTEMPTS):
                try:
                    return self._convert_once(docx, title)
                except OfficeHung:
                    self._end_office()
                    failure = self._timed_out()
                except OfficeLost as error:
                    self._end_office()
                    failure = _died(str(error))
            raise failure

    def _convert_once(self, docx: bytes, title: str) -> bytes:
        office = self._running_office()
        try:
            pdf = office.convert(
                docx, title=title, timeout=self._timeout, most_memory=self._most_memory
            )
        except DocumentRefused as error:
            # What a broken document leaves in the office is not ours to find out.
            self._end_office()
            raise ConversionFailed(
                _("LibreOffice kann das Dokument nicht in PDF umwandeln ({reason}).").format(
                    reason=error
                )
            ) from error
        except OfficeGreedy as error:
            # Not tried again: it would take as much once more.
            self._end_office()
            raise ConversionFailed(
                _(
                    "Die Umwandlung in PDF braucht mehr Speicher als {megabytes} MB und wurde "
                    "abgebrochen. Verkleinern Sie die Bilder des Dokuments."
                ).format(megabytes=self._most_memory // 1024**2)
            ) from error
        except OSError as error:
            self._end_office()
            raise _cannot_write(error) from error
        except BaseException:
            # Broken off from outside (RQ's time limit): the office would answer the next
            # document, perhaps another tenant's, with the PDF of this one.
            self._end_office()
            raise
        if office.documents >= self._documents_per_office or office.memory > self._memory_limit:
            self._end_office()
        if not pdf.startswith(PDF_START):
            raise ConversionFailed(_("LibreOffice hat keine PDF-Datei geschrieben."))
        record = ProductionRecord(f"LibreOffice {office.version}", installed_fonts().sha256)
        try:
            return finish_pdf(pdf, record, lambda: texts_that_get_lost(docx))
        except Unfinishable as error:
            raise ConversionFailed(
                _("Die PDF-Datei von LibreOffice ist nicht barrierefrei ({reason}).").format(
                    reason=error
                )
            ) from error

    def _running_office(self) -> OfficeProcess:
        if self._closed:
            raise ConverterUnavailable(_("Der Konverter ist schon geschlossen."))
        if self._office is None:
            self._office = self._start_office()
        return self._office

    def _start_office(self) -> OfficeProcess:
        installation = self._installation or find_office()
        if isinstance(installation, OfficeMissing):
            raise ConverterUnavailable(installation.message)
        try:
            return OfficeProcess(
                installation, parent_directory=self._directory, timeout=self._start_timeout
            )
        except (OfficeHung, OfficeLost) as error:
            raise ConverterUnavailable(
                _("LibreOffice lässt sich nicht starten. {reason}").format(reason=error).strip()
            ) from error
        except OSError as error:
            raise _cannot_write(error) from error

    def _timed_out(self) -> ConversionTimeout:
        return ConversionTimeout(
            _(
                "Die Umwandlung in PDF wurde nach {seconds:g} Sekunden abgebrochen, auch im "
                "zweiten Versuch. Bitte prüfen Sie, ob das Dokument ungewöhnlich groß ist."
            ).format(seconds=self._timeout)
        )

    def _end_office(self) -> None:
        office, self._office = self._office, None
        if office is not None:
            office.end()

    def _own(self) -> None:
        if self._owner == os.getpid():
            return
        # We are a fork: the lock may be held by a thread that does not exist here, and the
        # office answers our parent.
        self._lock = threading.Lock()
        self._owner = os.getpid()
        if self._office is not None:
            self._office.forget()
            self._office = None

    def close(self) -> None:
        """End the office after the document it works on; later conversions are refused."""
        self._own()
        with self._lock:
            self._closed = True
            self._end_office()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _died(reason: str) -> ConversionFailed:
    return ConversionFailed(
        _("LibreOffice ist bei diesem Dokument abgestürzt, auch im zweiten Versuch. {reason}")
        .format(reason=reason)
        .strip()
    )


def _cannot_write(error: OSError) -> ConverterUnavailable:
    return ConverterUnavailable(
        _("Der Konverter kann seine Dateien nicht schreiben: {reason}").format(reason=error)
    )
