"""Typed settings. This module is the only reader of environment variables.

``docs/betrieb/einstellungen.md`` explains every variable to operators.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tenants.keys import MasterKey
from tenants.storage import ObjectStore, S3Settings, open_local_store, open_s3_store


class SettingMissing(RuntimeError):
    """A setting is missing or unusable; the message says in German which and how to set it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that differs between two installations."""

    database_url: str
    dispatcher_url: str
    owner_url: str
    redis_url: str
    secret_key: str
    public_url: str
    data_directory: Path
    storage: str
    s3: S3Settings | None
    master_key_file: Path | None
    master_key_value: str
    web_workers: int
    secure_cookies: bool
    proxies: int

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
            return open_s3_store(self.s3)
        return open_local_store(self.data_directory / "objects")


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


def _s3_settings(environment: Mapping[str, str]) -> S3Settings:
    return S3Settings(
        endpoint=_required(environment, "SIEGEL_S3_ENDPOINT"),
        access_key=_required(environment, "SIEGEL_S3_ACCESS_KEY"),
        secret_key=_required(environment, "SIEGEL_S3_SECRET_KEY"),
        bucket=_required(environment, "SIEGEL_S3_BUCKET"),
        secure=environment.get("SIEGEL_S3_SECURE", "true") != "false",
        region=environment.get("SIEGEL_S3_REGION", "us-east-1"),
    )


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from ``environment``, by default that of the process.

    Raises `SettingMissing`.
    """
    env = os.environ if environment is None else environment
    storage = env.get("SIEGEL_STORAGE", "local")
    if storage not in ("local", "s3"):
        raise SettingMissing(
            f"SIEGEL_STORAGE kennt „local“ und „s3“, nicht „{storage}“."
        )
    key_file = env.get("SIEGEL_MASTER_KEY_FILE", "")
    public_url = env.get("SIEGEL_PUBLIC_URL", "http://localhost:8000").rstrip("/")
    return Settings(
        database_url=_required(env, "SIEGEL_DATABASE_URL"),
        dispatcher_url=env.get("SIEGEL_DATABASE_DISPATCHER_URL", ""),
        owner_url=env.get("SIEGEL_DATABASE_OWNER_URL", ""),
        redis_url=_required(env, "SIEGEL_REDIS_URL"),
        secret_key=_required(env, "SIEGEL_SECRET_KEY"),
        public_url=public_url,
        data_directory=Path(env.get("SIEGEL_DATA_DIRECTORY", "var")).resolve(),
        storage=storage,
        s3=_s3_settings(env) if storage == "s3" else None,
        master_key_file=Path(key_file) if key_file else None,
        master_key_value=env.get("SIEGEL_MASTER_KEY", ""),
        web_workers=_number(env, "SIEGEL_WEB_WORKERS", 2),
        secure_cookies=public_url.startswith("https://"),
        proxies=_number(env, "SIEGEL_TRUSTED_PROXIES", 0),
    )
