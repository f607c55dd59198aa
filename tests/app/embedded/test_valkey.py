"""The embedded Valkey: answers with its password only, keeps nothing, leaves nothing."""

from __future__ import annotations

import socket
import stat
from pathlib import Path

import pytest
import redis

from app.embedded.child_process import ChildEndedError
from app.embedded.valkey import EmbeddedValkey
from tests.support.ports import free_port
from tests.support.processes import processes_with_argument


def test_the_url_opens_the_server(valkey: EmbeddedValkey) -> None:
    with redis.Redis.from_url(valkey.url) as client:
        client.set("greeting", "hallo")
        assert client.get("greeting") == b"hallo"
        assert client.config_get("appendonly") == {"appendonly": "no"}
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.info("server")["server_name"] == "valkey"


def test_without_password_nothing_is_answered(valkey: EmbeddedValkey) -> None:
    with (
        redis.Redis(host="127.0.0.1", port=valkey.port) as client,
        pytest.raises(redis.AuthenticationError),
    ):
        client.ping()


def test_it_ends_forgets_and_leaves_no_process(tmp_path: Path) -> None:
    port = free_port()
    for _ in range(2):
        with EmbeddedValkey(tmp_path, port=port) as server:
            assert server.port == port
            assert stat.S_IMODE((tmp_path / "valkey.conf").stat().st_mode) == 0o600
            with redis.Redis.from_url(server.url) as client:
                assert client.dbsize() == 0
                client.set("forgotten", "1")
        assert not server.process.is_running
    assert processes_with_argument(str(tmp_path)) == []


def test_a_taken_port_is_reported_with_the_log(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = EmbeddedValkey(tmp_path, port=taken.getsockname()[1])
        with pytest.raises(ChildEndedError, match=r"(?s)Valkey wurde .*in use"):
            server.start()
