"""A throw-away Ceph with its S3 gateway, for tests that want a real object store.

One monitor, one OSD that keeps everything in memory, and one RADOS gateway on loopback ports,
from Debian's packages ``radosgw ceph-mon ceph-osd ceph-common``. No ceph-mgr is needed: nothing
here asks for statistics. Everything lies in one directory, several servers run beside each other.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType

from tenants.storage.s3_connection import S3Settings

PROGRAMS = ("ceph", "ceph-authtool", "ceph-mon", "ceph-osd", "monmaptool", "radosgw")
START_SECONDS = 60.0
STOP_SECONDS = 10.0
POLL_SECONDS = 0.02
ATTEMPTS = 3

CAPABILITIES = {
    "mon.": {"mon": "allow *"},
    "client.admin": {"mon": "allow *", "osd": "allow *", "mgr": "allow *"},
    "client.rgw.a": {"mon": "allow rw", "osd": "allow rwx", "mgr": "allow rw"},
    "osd.0": {"mon": "allow profile osd", "osd": "allow *", "mgr": "allow profile osd"},
}

CONFIGURATION = """\
[global]
fsid = {fsid}
mon_initial_members = a
mon_host = {monitor}
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
auth_cluster_required = cephx
auth_service_required = cephx
auth_client_required = cephx
auth_allow_insecure_global_id_reclaim = false
keyring = {directory}/keyring
run_dir = {directory}/run
admin_socket =
log_file = {directory}/log/$name.log
crash_dir = {directory}/log
mon_data_avail_warn = 1
mon_data_avail_crit = 1
mon_allow_pool_size_one = true
mon_warn_on_pool_no_redundancy = false
mon_max_pg_per_osd = 1000
# The default of one second would be paid for each of the pools that the gateway creates.
paxos_propose_interval = 0.02
paxos_min_wait = 0.01
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 2
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
# With its cache a gateway tells its peers of each new bucket and waits half a minute for those that
# were killed; here a gateway is killed and comes back within one test.
rgw_cache_enabled = false
[mon]
mon_data = {directory}/mon
mon_cluster_log_file = {directory}/log/cluster.log
[osd]
osd_data = {directory}/osd
osd_objectstore = memstore
memstore_device_bytes = 2147483648
osd_mon_report_interval = 1
osd_op_queue = wpq
osd_class_update_on_start = false
[client.rgw.a]
rgw_data = {directory}/rgw
# Without tcp_nodelay each read waits 40 ms for Nagle's algorithm.
rgw_frontends = beast endpoint=127.0.0.1:{port} tcp_nodelay=1
rgw_dns_name = localhost
rgw_run_sync_thread = false
rgw_enable_usage_log = false
"""


class CephFailed(RuntimeError):
    """The server did not start or did not come back; the message holds the end of its logs."""


class CephServer:
    """A single-node Ceph with S3 gateway that lives as long as its ``with`` block.

    Start it from a thread that outlives the block: the kernel ends the daemons with the thread
    that started them, so that even a killed test run leaves none behind.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory.resolve()
        self.access_key = f"access{uuid.uuid4().hex[:12]}"
        self.secret_key = uuid.uuid4().hex
        self.port = 0
        self._monitor = ""
        self._gateway: subprocess.Popen[bytes] | None = None
        self._daemons: list[subprocess.Popen[bytes]] = []
        self._processes = ExitStack()

    def __enter__(self) -> CephServer:
        missing = [program for program in PROGRAMS if shutil.which(program) is None]
        if missing:
            raise CephFailed(
                f"{', '.join(missing)} not found; "
                "apt-get install --no-install-recommends radosgw ceph-mon ceph-osd ceph-common"
            )
        # A port that was free may be taken before the daemon binds it: then all starts anew.
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._start()
                return self
            except (CephFailed, subprocess.SubprocessError) as problem:
                logs = self._last_log_lines()
                # A daemon may end so fast that its own complaint is lost.
                port_was_taken = "in use" in logs or self._a_daemon_ended()
                self._processes.close()
                if attempt == ATTEMPTS or not port_was_taken:
                    raise CephFailed(f"{problem}\n{logs}") from problem
            except BaseException:
                self._processes.close()
                raise
        raise AssertionError("unreachable")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._processes.close()
        self._gateway = None

    @property
    def endpoint(self) -> str:
        """Host and port of the S3 gateway."""
        return f"127.0.0.1:{self.port}"

    def settings(self, bucket: str) -> S3Settings:
        """Return what a client needs to use ``bucket`` (which need not exist yet)."""
        return S3Settings(
            endpoint=self.endpoint,
            access_key=self.access_key,
            secret_key=self.secret_key,
            bucket=bucket,
            secure=False,
            region="us-east-1",
        )

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let the gateway accept connections but answer nothing until the block ends."""
        gateway = self._running_gateway()
        gateway.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            gateway.send_signal(signal.SIGCONT)

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Take the gateway away until the block ends; it comes back on the same port."""
        _end(self._running_gateway())
        self._gateway = None
        try:
            yield
        finally:
            self._start_gateway()

    def read_raw(self, key: str) -> bytes:
        """Return what the storage below the gateway holds of the one version under ``key``."""
        return self._rados("get", self._raw_name(key), "/dev/stdout")

    def overwrite(self, key: str, content: bytes) -> None:
        """Replace it there, as somebody can who rules the disks; the gateway notices nothing."""
        self._rados("put", self._raw_name(key), "/dev/stdin", given=content)

    def _raw_name(self, key: str) -> str:
        names = self._rados("ls").decode().splitlines()
        # A version is <bucket>__:<version>_<key>; without version it is the pointer to the newest.
        (name,) = [name for name in names if name.endswith(f"_{key}") and "__:" in name]
        return name

    def _rados(self, *command: str, given: bytes = b"") -> bytes:
        return subprocess.run(
            ["rados", "-p", "default.rgw.buckets.data", *command],
            input=given,
            capture_output=True,
            env=self._environment(),
            timeout=START_SECONDS,
            check=True,
        ).stdout

    def process_ids(self) -> list[int]:
        """Return the ids of the daemons that belong to this server and still run."""
        return [int(name.read_text()) for name in self.directory.glob("*.pid")]

    def _running_gateway(self) -> subprocess.Popen[bytes]:
        if self._gateway is None:
            raise CephFailed("The gateway is not running.")
        return self._gateway

    def _start(self) -> None:
        shutil.rmtree(self.directory, ignore_errors=True)
        self._daemons.clear()
        for name in ("mon", "osd", "run", "log", "rgw"):
            (self.directory / name).mkdir(parents=True)
        first, second, self.port = _free_ports(3)
        self._monitor = f"[v2:127.0.0.1:{first},v1:127.0.0.1:{second}]"
        fsid = str(uuid.uuid4())
        self._configuration.write_text(
            CONFIGURATION.format(
                fsid=fsid, monitor=self._monitor, directory=self.directory, port=self.port
            )
        )
        self._create_keyring()
        self._start_monitor(fsid)
        self._start_osd()
        self._create_account_and_start_gateway()

    @property
    def _configuration(self) -> Path:
        return self.directory / "ceph.conf"

    @property
    def _keyring(self) -> Path:
        return self.directory / "keyring"

    def _create_keyring(self) -> None:
        self._run("ceph-authtool", "--create-keyring", str(self._keyring))
        for name, capabilities in CAPABILITIES.items():
            pairs = [part for pair in capabilities.items() for part in ("--cap", *pair)]
            self._run("ceph-authtool", str(self._keyring), "-n", name, "--gen-key", *pairs)

    def _start_monitor(self, fsid: str) -> None:
        monmap = str(self.directory / "monmap")
        self._run("monmaptool", "--create", "--fsid", fsid, "--addv", "a", self._monitor, monmap)
        keyring = str(self._keyring)
        self._run("ceph-mon", "--mkfs", "-i", "a", "--monmap", monmap, "--keyring", keyring)
        self._start_daemon("mon", "ceph-mon", "-i", "a", "-f")

    def _start_osd(self) -> None:
        osd = str(uuid.uuid4())
        self._run("ceph", "--connect-timeout", "20", "osd", "new", osd)
        self._run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd)
        self._start_daemon("osd", "ceph-osd", "-i", "0", "-f")

    def _create_account_and_start_gateway(self) -> None:
        account = ["--uid=siegel", "--display-name=Brief und Siegel"]
        keys = [f"--access-key={self.access_key}", f"--secret-key={self.secret_key}"]
        self._start_gateway(wait=False)
        answer = self._run("radosgw-admin", "user", "create", *account, *keys)
        if json.loads(answer)["user_id"] != "siegel":
            raise CephFailed(f"The account was not created: {answer}")
        self._wait_until(self._gateway_answers, "The S3 gateway did not answer")

    def _start_gateway(self, *, wait: bool = True) -> None:
        self._gateway = self._start_daemon("rgw", "radosgw", "-n", "client.rgw.a", "-f")
        if wait:
            self._wait_until(self._gateway_answers, "The S3 gateway did not come back")

    def _gateway_answers(self) -> bool:
        # A gateway without port takes seconds to end itself; what it says comes at once.
        if self._running_gateway().poll() is not None or "in use" in self._last_log_lines(
            "rgw.out"
        ):
            raise CephFailed("The S3 gateway ended during its start.")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=1)
        try:
            connection.request("GET", "/")
            answer = connection.getresponse()
            # Without that header another server has taken the port.
            return answer.status < 500 and answer.getheader("x-amz-request-id") is not None
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _a_daemon_ended(self) -> bool:
        return any(daemon.poll() is not None for daemon in self._daemons)

    def _run(self, *command: str) -> str:
        """Run one short command of Ceph against this server; return what it printed."""
        with (self.directory / "log" / "commands.err").open("ab") as errors:
            finished = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=self._environment(),
                timeout=START_SECONDS,
                check=True,
            )
        return finished.stdout.decode()

    def _start_daemon(self, name: str, *command: str) -> subprocess.Popen[bytes]:
        with (self.directory / "log" / f"{name}.out").open("ab") as output:
            process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=self._environment(),
                cwd=self.directory,
                # Ctrl-C in the terminal ends the tests, which then end the daemons in order.
                start_new_session=True,
            )
        self._daemons.append(process)
        note = self.directory / f"{name}.pid"
        note.write_text(str(process.pid))
        self._processes.callback(note.unlink, missing_ok=True)
        self._processes.callback(_end, process)
        return process

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "CEPH_CONF": str(self._configuration), "CEPH_ARGS": ""}

    def _wait_until(self, reached: Callable[[], bool], failure: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not reached():
            if time.monotonic() > deadline:
                raise CephFailed(f"{failure} within {START_SECONDS:.0f} seconds.")
            time.sleep(POLL_SECONDS)

    def _last_log_lines(self, logs: str = "*") -> str:
        lines = []
        # Beside its logs, a daemon that crashed leaves a directory of what it knew.
        for log in sorted(filter(Path.is_file, (self.directory / "log").glob(logs))):
            text = log.read_text(errors="replace")
            lines += [f"{log.name}: {line}" for line in text.splitlines()[-8:]]
        return "\n".join(lines)


def _free_ports(count: int) -> list[int]:
    """Return loopback ports that are free now, all different."""
    with ExitStack() as sockets:
        held = [sockets.enter_context(socket.socket()) for _number in range(count)]
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in held]


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a daemon and wait for it. What it holds is thrown away, so it gets no time to tidy up."""
    if process.poll() is None:
        process.kill()
    process.wait(timeout=STOP_SECONDS)
