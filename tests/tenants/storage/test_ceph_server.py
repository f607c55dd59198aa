"""The throw-away Ceph itself: several at once, gone and back, nothing left behind."""

from __future__ import annotations

import contextlib
import socket
import uuid
from pathlib import Path

import pytest

from tenants.storage.object_keys import tenant_key
from tenants.storage.objects import content_hash
from tenants.storage.s3 import S3ObjectStore
from tests.support import ceph
from tests.support.ceph import CephFailed, CephServer


def running(process_ids: list[int]) -> list[int]:
    return [process for process in process_ids if Path(f"/proc/{process}").exists()]


def belonging_to(directory: Path) -> list[int]:
    """Find all processes whose environment names the directory, as a second witness."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"{directory}/ceph.conf".encode() in (process / "environ").read_bytes():
                found.append(int(process.name))
    return found


def test_two_servers_run_beside_each_other_and_end(ceph_server: CephServer, tmp_path: Path) -> None:
    key = tenant_key(uuid.uuid4(), "a")
    with CephServer(tmp_path / "second") as second:
        processes = second.process_ids()
        assert len(running(processes)) == 3
        assert second.port != ceph_server.port
        store = S3ObjectStore(second.settings("bucket"))
        store.put(key, b"data", content_type="a/b", sha256=content_hash(b"data"))
        with second.stopped():
            assert len(running(processes)) == 2

    assert S3ObjectStore(ceph_server.settings("bucket")).stat(key) is None
    assert running(processes) == []
    assert belonging_to(tmp_path / "second") == []
    assert second.process_ids() == []


def test_a_start_that_fails_halfway_leaves_no_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free_ports = ceph._free_ports
    monkeypatch.setattr(ceph, "ATTEMPTS", 1)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
        monkeypatch.setattr(ceph, "_free_ports", lambda _count: [*free_ports(2), port])

        with pytest.raises(CephFailed, match="gateway ended"), CephServer(tmp_path / "ceph"):
            pytest.fail("the port is taken")

    assert belonging_to(tmp_path / "ceph") == []


def test_a_taken_port_is_tried_once_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free_ports = ceph._free_ports
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
        answers = iter([[*free_ports(2), port]])
        monkeypatch.setattr(
            ceph, "_free_ports", lambda count: next(answers, None) or free_ports(count)
        )

        with CephServer(tmp_path / "ceph") as server:
            assert server.port != port
            assert S3ObjectStore(server.settings("bucket")).probe().usable


def test_a_missing_program_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with (
        pytest.raises(CephFailed, match=r"radosgw not found; apt-get install"),
        CephServer(tmp_path / "ceph"),
    ):
        pytest.fail("nothing is installed there")
