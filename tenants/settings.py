"""Typed settings, for web and workers alike: the only reader of environment variables.

``docs/betrieb/einstellungen.md`` explains every variable to operators.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tenants.keys import MasterKey
from tenants.mail import MailServer, read_mail_server
from tenants.storage.local import LocalObjectStore
from tenants.storage.objects import ObjectStore
from tenants.storage.s3 import S3ObjectStore, S3Settings


class SettingMissing(RuntimeError):
    """A setting is missing or unusable; the message says in German which and how to set it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that differs between two installations. Times are seconds."""

    database_url: str
    dispatcher_url: str
    owner_url: str
    redis_url: str
    secret_key: str
    public_url: str
    data_directory: Path
    s3: S3Settings | None
    master_key_file: Path | None
    master_key_value: str
    web_workers: int
    trusted_proxies: int
    tenant_window: int
    bulk_window: int
    bulk_recipients: int
    bulk_runs: int
    bulk_run_days: int
    export_rows: int
    lease_seconds: int
    reclaim_seconds: int
    conversion_seconds: int
    conversion_documents: int
    conversion_megabytes: int
    clamd: str
    accepts_unscanned: bool
    allows_private_receivers: bool
    upload_megabytes: int
    upload_files: int
    integrity_megabytes: int
    metrics_token: str
    timestamp_url: str
    mail_server: MailServer | None
    revocation_hosts: frozenset[str]
    token_library: str
    signing_hosts: frozenset[str]

    @property
    def secure_cookies(self) -> bool:
        """Whether people reach the product by TLS, so that cookies may insist on it."""
        return self.public_url.startswith("https://")

    def master_key(self) -> MasterKey:
        """Return the master key. Raises `SettingMissing` when none is configured."""
        if self.master_key_value:
            return MasterKey.from_text(self.master_key_value)
        if self.master_key_file is not None:
            return MasterKey.from_file(self.master_key_file)
        raise SettingMissing(
            "Es ist kein Hauptschlüssel eingestellt. Setzen Sie SIEGEL_MASTER_KEY_FILE"
            " oder SIEGEL_MASTER_KEY."
        )

    def object_store(self) -> ObjectStore:
        """Open the object storage that the settings name."""
        if self.s3 is not None:
            return S3ObjectStore(self.s3)
        return LocalObjectStore(self.data_directory / "objects")


def _required(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "")
    if not value:
        raise SettingMissing(f"Die Einstellung {name} fehlt. Setzen Sie sie in der Umgebung.")
    return value


def _number(environment: Mapping[str, str], name: str, default: int) -> int:
    value = environment.get(name, "")
    if not value:
        return default
    if not value.isdigit():
        raise SettingMissing(f"Die Einstellung {name} muss eine ganze Zahl sein, nicht „{value}“.")
    return int(value)


def _s3_settings(environment: Mapping[str, str]) -> S3Settings | None:
    storage = environment.get("SIEGEL_STORAGE", "local")
    if storage == "local":
        return None
    if storage != "s3":
        raise SettingMissing(f"SIEGEL_STORAGE kennt „local“ und „s3“, nicht „{storage}“.")
    return S3Settings(
        endpoint=_required(environment, "SIEGEL_S3_ENDPOINT"),
        access_key=_required(environment, "SIEGEL_S3_ACCESS_KEY"),
        secret_key=_required(environment, "SIEGEL_S3_SECRET_KEY"),
        bucket=_required(environment, "SIEGEL_S3_BUCKET"),
        secure=environment.get("SIEGEL_S3_SECURE", "true") != "false",
        region=environment.get("SIEGEL_S3_REGION", "us-east-1"),
    )


def _scanner_address(environment: Mapping[str, str]) -> str:
    address = environment.get("SIEGEL_CLAMD", "")
    host, _colon, port = address.rpartition(":")
    if address and not address.startswith("/") and not (host and port.isdecimal()):
        raise SettingMissing(
            f"SIEGEL_CLAMD muss „host:port“ oder der Pfad eines Sockets sein, nicht „{address}“."
        )
    return address


def _allows_private_receivers(environment: Mapping[str, str]) -> bool:
    policy = environment.get("SIEGEL_WEBHOOK_RECEIVERS", "public")
    if policy not in ("public", "private"):
        raise SettingMissing(
            f"SIEGEL_WEBHOOK_RECEIVERS kennt „public“ und „private“, nicht „{policy}“."
        )
    return policy == "private"


def _timestamp_url(environment: Mapping[str, str]) -> str:
    url = environment.get("SIEGEL_TIMESTAMP_URL", "")
    if url and not url.startswith(("https://", "http://")):
        raise SettingMissing(
            f"SIEGEL_TIMESTAMP_URL muss mit https:// oder http:// beginnen, nicht „{url}“."
        )
    return url


def _mail_server(environment: Mapping[str, str]) -> MailServer | None:
    url = environment.get("SIEGEL_SMTP_URL", "")
    if not url:
        return None
    try:
        return read_mail_server(
            url,
            environment.get("SIEGEL_MAIL_FROM", ""),
            environment.get("SIEGEL_SMTP_USER", ""),
            environment.get("SIEGEL_SMTP_PASSWORD", ""),
        )
    except ValueError as error:
        raise SettingMissing(str(error)) from error


def _hosts(environment: Mapping[str, str], setting: str) -> frozenset[str]:
    listed = environment.get(setting, "")
    hosts = frozenset(one.strip().lower() for one in listed.split(",") if one.strip())
    for one in hosts:
        if not re.fullmatch(r"[a-z0-9.-]+(:[0-9]{1,5})?", one):
            raise SettingMissing(
                f"{setting} nennt Namen von Rechnern, getrennt durch Kommas, auf Wunsch mit Port,"
                f" nicht „{one}“."
            )
    return hosts


def _accepts_unscanned(environment: Mapping[str, str]) -> bool:
    policy = environment.get("SIEGEL_UPLOAD_UNSCANNED", "quarantine")
    if policy not in ("quarantine", "accept"):
        raise SettingMissing(
            f"SIEGEL_UPLOAD_UNSCANNED kennt „quarantine“ und „accept“, nicht „{policy}“."
        )
    return policy == "accept"


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from ``environment``, by default that of the process.

    Raises `SettingMissing`.
    """
    env = os.environ if environment is None else environment
    key_file = env.get("SIEGEL_MASTER_KEY_FILE", "")
    return Settings(
        database_url=_required(env, "SIEGEL_DATABASE_URL"),
        dispatcher_url=env.get("SIEGEL_DATABASE_DISPATCHER_URL", ""),
        owner_url=env.get("SIEGEL_DATABASE_OWNER_URL", ""),
        redis_url=_required(env, "SIEGEL_REDIS_URL"),
        secret_key=_required(env, "SIEGEL_SECRET_KEY"),
        public_url=env.get("SIEGEL_PUBLIC_URL", "http://localhost:8000").rstrip("/"),
        data_directory=Path(env.get("SIEGEL_DATA_DIRECTORY", "var")).resolve(),
        s3=_s3_settings(env),
        master_key_file=Path(key_file) if key_file else None,
        master_key_value=env.get("SIEGEL_MASTER_KEY", ""),
        web_workers=_number(env, "SIEGEL_WEB_WORKERS", 2),
        trusted_proxies=_number(env, "SIEGEL_TRUSTED_PROXIES", 0),
        tenant_window=_number(env, "SIEGEL_TENANT_WINDOW", 4),
        bulk_window=_number(env, "SIEGEL_BULK_WINDOW", 3),
        bulk_recipients=_number(env, "SIEGEL_BULK_RECIPIENTS", 10_000),
        bulk_runs=_number(env, "SIEGEL_BULK_RUNS", 3),
        bulk_run_days=max(1, _number(env, "SIEGEL_BULK_RUN_DAYS", 90)),
        export_rows=_number(env, "SIEGEL_EXPORT_ROWS", 100_000),
        lease_seconds=_number(env, "SIEGEL_LEASE_SECONDS", 120),
        reclaim_seconds=_number(env, "SIEGEL_RECLAIM_SECONDS", 180),
        conversion_seconds=_number(env, "SIEGEL_CONVERSION_SECONDS", 60),
        conversion_documents=_number(env, "SIEGEL_CONVERSION_DOCUMENTS", 300),
        conversion_megabytes=_number(env, "SIEGEL_CONVERSION_MEGABYTES", 600),
        clamd=_scanner_address(env),
        accepts_unscanned=_accepts_unscanned(env),
        allows_private_receivers=_allows_private_receivers(env),
        upload_megabytes=_number(env, "SIEGEL_UPLOAD_MEGABYTES", 10),
        upload_files=_number(env, "SIEGEL_UPLOAD_FILES", 10),
        integrity_megabytes=max(1, _number(env, "SIEGEL_INTEGRITY_MEGABYTES", 20)),
        timestamp_url=_timestamp_url(env),
        mail_server=_mail_server(env),
        revocation_hosts=_hosts(env, "SIEGEL_REVOCATION_HOSTS"),
        token_library=env.get("SIEGEL_PKCS11_LIBRARY", ""),
        signing_hosts=_hosts(env, "SIEGEL_SIGNING_HOSTS"),
        metrics_token=env.get("SIEGEL_METRICS_TOKEN", ""),
    )
