"""A DOCX that names pictures elsewhere makes nobody fetch them."""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from document_templates.conversion import Converter, isolation, office_process
from document_templates.conversion.isolation import Isolation, network_isolation
from tests.document_templates.pdf.samples import letter_with_linked_picture


class Listener:
    """Accepts connections on loopback and remembers what was asked."""

    def __init__(self) -> None:
        self.requests: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _address = self._socket.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                self.requests.append(connection.recv(1000))
                connection.sendall(b"HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n")

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(10)


@pytest.fixture
def listener() -> Iterator[Listener]:
    open_listener = Listener()
    yield open_listener
    open_listener.close()


def picture_address(listener: Listener) -> str:
    return f"http://127.0.0.1:{listener.port}/bild.png"


def without_isolation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office_process, "network_isolation", lambda _python: Isolation())


@pytest.fixture(autouse=True)
def forget_the_walls_of_a_test() -> Iterator[None]:
    yield
    network_isolation.cache_clear()


def walls_of(converter: Converter) -> Isolation:
    assert converter.office is not None
    return converter.office.isolation


def without_hardening(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office_process, "write_profile", lambda directory: directory.mkdir())


def test_a_careless_office_would_ask(
    tmp_path: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: without all walls the request arrives, so the tests below can fail."""
    without_isolation(monkeypatch)
    without_hardening(monkeypatch)
    with Converter(directory=tmp_path) as converter:
        converter.convert(letter_with_linked_picture(picture_address(listener)))
    assert listener.requests


def test_the_profile_alone_keeps_the_office_from_asking(
    tmp_path: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_isolation(monkeypatch)
    with Converter(directory=tmp_path) as converter:
        converter.convert(letter_with_linked_picture(picture_address(listener)))
    assert listener.requests == []


def test_the_network_namespace_alone_keeps_the_office_from_asking(
    tmp_path: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_hardening(monkeypatch)
    monkeypatch.setattr(isolation, "CONFINEMENT", tmp_path / "missing.py")
    network_isolation.cache_clear()
    with Converter(directory=tmp_path) as converter:
        converter.convert(letter_with_linked_picture(picture_address(listener)))
        walls = walls_of(converter)
    if not walls.namespace:
        pytest.skip("this machine lets nobody make a network namespace")
    assert not walls.socket_filter
    assert listener.requests == []


def test_the_socket_filter_alone_keeps_the_office_from_asking(
    tmp_path: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a container whose runtime forbids namespaces."""
    without_hardening(monkeypatch)
    monkeypatch.setattr(isolation, "NAMESPACE_WAYS", ())
    network_isolation.cache_clear()
    with Converter(directory=tmp_path) as converter:
        pdf = converter.convert(letter_with_linked_picture(picture_address(listener)))
        walls = walls_of(converter)
    assert pdf.startswith(b"%PDF-")
    assert (walls.namespace, walls.socket_filter, walls.without_network) == (False, True, True)
    assert listener.requests == []


def test_files_of_the_machine_are_not_drawn_into_the_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "geheim.png"
    Image.new("RGB", (64, 64), "red").save(secret)
    docx = letter_with_linked_picture(secret.as_uri())

    def pictures(pdf: bytes) -> int:
        with pikepdf.open(io.BytesIO(pdf)) as document:
            return sum(len(page.get_images()) for page in document.pages)

    with Converter(directory=tmp_path) as converter:
        assert pictures(converter.convert(docx)) == 0
    without_hardening(monkeypatch)
    with Converter(directory=tmp_path) as careless:
        assert pictures(careless.convert(docx)) == 1
