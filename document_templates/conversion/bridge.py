"""Runs one LibreOffice for the product; started by the system's Python, which has ``uno``.

Uses the standard library and ``uno`` alone and imports nothing of the product. Requests
come on standard input and replies go to standard output, each as four bytes of length (big
endian) and a JSON object in UTF-8. The only command line argument is a JSON object:
``program``, ``profile``, ``directory`` (removed at the end), ``allocator`` (a library, or an
empty string), ``pipe``, ``sockets`` (files that the office leaves when it is killed), ``memory``
and ``file_size`` (limits in bytes).

Requests: ``{"source", "target", "title"}`` with absolute paths.
Replies: ``{"state": "ready", "office", "version"}`` once, then per request ``{"state":
"converted", "memory"}`` or ``{"state": "refused", "detail", "memory"}`` (the document's
fault). A lost office ends the bridge. So does the end of standard input, which is how a
killed parent shows: the office is killed and waited for, its files are removed.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import queue
import resource
import select
import shutil
import signal
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, NoReturn

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException
from com.sun.star.lang import DisposedException, Locale
from com.sun.star.uno import Exception as UnoException

LENGTH = struct.Struct(">I")
PR_SET_PDEATHSIG = 1
# LibreOffice ends with this code when it has made its profile and wants to be started again.
RESTART_WANTED = 81
CONNECT_INTERVAL = 0.02
PARENT_INTERVAL_MILLISECONDS = 1000

LIBC = ctypes.CDLL(None, use_errno=True)


class OfficeGone(Exception):
    """The office process ended or its connection broke."""


class Office:
    """The LibreOffice process and everything that has to vanish with it."""

    def __init__(self, order: dict[str, Any]) -> None:
        self.order = order
        self.parent = os.getppid()
        self.ending = threading.Lock()
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        profile = Path(self.order["profile"]).as_uri()
        command = [
            self.order["program"],
            f"-env:UserInstallation={profile}",
            "--headless",
            "--invisible",
            "--norestore",
            "--nologo",
            "--nodefault",
            "--nofirststartwizard",
            f"--accept=pipe,name={self.order['pipe']};urp;",
        ]
        return subprocess.Popen(  # noqa: S603 - the program was chosen by the operator
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env=self._environment(),
            preexec_fn=self._confine,
        )

    def _environment(self) -> dict[str, str]:
        allocator = self.order["allocator"]
        if not allocator:
            return dict(os.environ)
        # Like MALLOC_ARENA_MAX: few arenas, because the limit counts their address space.
        return {**os.environ, "LD_PRELOAD": allocator, "MALLOC_CONF": "narenas:2"}

    def _confine(self) -> None:
        # The office dies with the bridge even when the bridge is killed without a word.
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        for kind, limit in (
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_AS, self.order["memory"]),
            (resource.RLIMIT_FSIZE, self.order["file_size"]),
        ):
            _soft, hard = resource.getrlimit(kind)
            allowed = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
            resource.setrlimit(kind, (allowed, allowed))

    def connect(self) -> Any:
        """Return the office's component context; raise OfficeGone if it ended before."""
        local = uno.getComponentContext()
        resolver = local.ServiceManager.createInstanceWithContext(
            "com.sun.star.bridge.UnoUrlResolver", local
        )
        address = f"uno:pipe,name={self.order['pipe']};urp;StarOffice.ComponentContext"
        while True:
            try:
                return resolver.resolve(address)
            except NoConnectException:
                code = self.process.poll()
                if code == RESTART_WANTED:
                    self.process = self._start()
                elif code is not None:
                    raise OfficeGone(f"LibreOffice ended with {code}") from None
                time.sleep(CONNECT_INTERVAL)

    def memory(self) -> int:
        """Return the resident memory in bytes, 0 when the process is gone."""
        with contextlib.suppress(OSError):
            status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
            for line in status.splitlines():
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) * 1024
        return 0

    def end(self, code: int) -> NoReturn:
        """Kill and reap the office, remove its files, leave at once."""
        with self.ending:
            self.process.kill()
            self.process.wait()
            for socket in self.order["sockets"]:
                Path(socket).unlink(missing_ok=True)
            shutil.rmtree(self.order["directory"], ignore_errors=True)
            # Without the interpreter's tidying up: another thread may sit in a UNO call
            # that never returns.
            os._exit(code)


def property_value(name: str, value: object) -> Any:
    """Return a UNO property."""
    item = PropertyValue()
    item.Name = name
    item.Value = value
    return item


LOAD = (
    property_value("Hidden", True),
    property_value("ReadOnly", True),
    # Named, because LibreOffice would open any garbage as plain text.
    property_value("FilterName", "MS Word 2007 XML"),
    property_value("MacroExecutionMode", 0),
    property_value("UpdateDocMode", 0),
)
# PDFUACompliance makes better tags; what LibreOffice 7.4 leaves undone then, finishing.py does.
PDF_OPTIONS = (
    property_value("SelectPdfVersion", 2),
    property_value("UseTaggedPDF", True),
    property_value("PDFUACompliance", True),
    property_value("ExportBookmarks", True),
    property_value("DisplayPDFDocumentTitle", True),
    property_value("ExportFormFields", False),
)


def convert(context: Any, desktop: Any, request: dict[str, str]) -> str:
    """Write the target as PDF/A-2b; return an empty string, or why the document is refused."""
    document = None
    try:
        document = desktop.loadComponentFromURL(Path(request["source"]).as_uri(), "_blank", 0, LOAD)
        if document is None:
            return "LibreOffice cannot open the document"
        prepare(document, request["title"])
        # Into memory: what LibreOffice writes to a file of its own naming waits for the disk
        # twice. The source is no stream, because what has no place on a disk counts as trusted.
        written = context.ServiceManager.createInstanceWithContext(
            "com.sun.star.io.SequenceOutputStream", context
        )
        document.storeToURL(
            "private:stream",
            (
                property_value("OutputStream", written),
                property_value("FilterName", "writer_pdf_Export"),
                property_value(
                    "FilterData",
                    uno.Any("[]com.sun.star.beans.PropertyValue", PDF_OPTIONS),
                ),
            ),
        )
        Path(request["target"]).write_bytes(written.getWrittenBytes().value)
    except DisposedException as error:
        raise OfficeGone(error.Message) from error
    except UnoException as error:
        return f"{type(error).__name__}: {error.Message}"
    except OSError as error:
        return str(error)
    finally:
        if document is not None:
            with contextlib.suppress(UnoException):
                document.close(True)
    return ""


def prepare(document: Any, title: str) -> None:
    """Give the document the language de-DE and, if it has none, the title."""
    defaults = document.createInstance("com.sun.star.text.Defaults")
    # Setting what is set already would cost a second layout, an eighth of the whole time.
    if (defaults.CharLocale.Language, defaults.CharLocale.Country) != ("de", "DE"):
        defaults.CharLocale = Locale("de", "DE", "")
    properties = document.getDocumentProperties()
    if not properties.Title.strip():
        properties.Title = title


def version(context: Any) -> str:
    """Return LibreOffice's version as it is shown to people, such as 7.4.7.2."""
    provider = context.ServiceManager.createInstanceWithContext(
        "com.sun.star.configuration.ConfigurationProvider", context
    )
    node = property_value("nodepath", "/org.openoffice.Setup/Product")
    access = provider.createInstanceWithArguments(
        "com.sun.star.configuration.ConfigurationAccess", (node,)
    )
    return str(access.getByName("ooSetupVersionAboutBox"))


def send(replies: int, message: dict[str, Any]) -> None:
    """Write one framed message; raises BrokenPipeError when nobody listens any more."""
    body = json.dumps(message).encode()
    data = memoryview(LENGTH.pack(len(body)) + body)
    while data:
        data = data[os.write(replies, data) :]


def read_exactly(requests: int, count: int, parent: int) -> bytes:
    """Read ``count`` bytes; raise EOFError at the end of the pipe or of the parent."""
    # A fork of the parent may hold the other end of the pipe open, so its end alone is no
    # proof that the parent lives.
    poll = select.poll()
    poll.register(requests, select.POLLIN)
    data = b""
    while len(data) < count:
        if os.getppid() != parent:
            raise EOFError
        if poll.poll(PARENT_INTERVAL_MILLISECONDS):
            chunk = os.read(requests, count - len(data))
            if not chunk:
                raise EOFError
            data += chunk
    return data


def listen(requests: int, waiting: queue.SimpleQueue[dict[str, Any]], office: Office) -> None:
    """Put every request into ``waiting``; end everything when the parent is gone."""
    try:
        while True:
            (length,) = LENGTH.unpack(read_exactly(requests, LENGTH.size, office.parent))
            waiting.put(json.loads(read_exactly(requests, length, office.parent)))
    except (EOFError, OSError):
        office.end(0)


def serve(office: Office, requests: int, replies: int) -> None:
    """Answer requests until the office or the parent is gone."""
    waiting: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=listen, args=(requests, waiting, office), daemon=True).start()
    context = office.connect()
    desktop = context.ServiceManager.createInstanceWithContext(
        "com.sun.star.frame.Desktop", context
    )
    ready = {"state": "ready", "office": office.process.pid, "version": version(context)}
    send(replies, ready)
    while True:
        request = waiting.get()
        detail = convert(context, desktop, request)
        state = "refused" if detail else "converted"
        send(replies, {"state": state, "detail": detail, "memory": office.memory()})


def main() -> NoReturn:
    """Take the two pipes away from everybody else, start the office, serve."""
    requests, replies = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    office = Office(json.loads(sys.argv[1]))
    signal.signal(signal.SIGTERM, lambda *_arguments: office.end(0))
    try:
        serve(office, requests, replies)
    except (OfficeGone, OSError, UnoException) as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
    office.end(1)


if __name__ == "__main__":
    main()
