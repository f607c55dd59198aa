"""The page of settings names every environment variable that the product reads, and its default."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from tenants.settings import load_settings
from tests.support.documentation import ROOT, code_in, read_page, table_after

ROWS = {
    code_in(row[0]): row[1]
    for row in table_after(read_page("betrieb/einstellungen.md"), "Variable")
}
PACKAGES = ("app", "tenants", "forms", "document_templates", "workers")


class Recorder(Mapping[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self, **given: str) -> None:
        self.given = given
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return self.given[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.given)

    def __len__(self) -> int:
        return len(self.given)


REQUIRED = {
    "SIEGEL_DATABASE_URL": "postgresql+psycopg://siegel_app@localhost/siegel",
    "SIEGEL_REDIS_URL": "redis://localhost:6379/0",
    "SIEGEL_SECRET_KEY": "geheim",
}
S3 = {
    "SIEGEL_STORAGE": "s3",
    "SIEGEL_S3_ENDPOINT": "s3.example.org",
    "SIEGEL_S3_ACCESS_KEY": "zugang",
    "SIEGEL_S3_SECRET_KEY": "geheim",
    "SIEGEL_S3_BUCKET": "siegel",
}


def test_every_setting_is_explained_and_no_other() -> None:
    environment = Recorder(**REQUIRED, **S3)
    load_settings(environment)
    named_in_code = {
        name
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for name in re.findall(r'"(SIEGEL_[A-Z0-9_]+)"', path.read_text(encoding="utf-8"))
    }
    assert environment.asked <= set(ROWS)
    assert set(ROWS) == environment.asked | named_in_code


def test_the_required_settings_are_marked() -> None:
    marked = {name for name, default in ROWS.items() if "Pflicht" in default}
    assert marked == {*REQUIRED, *S3} - {"SIEGEL_STORAGE"}


def test_the_defaults_are_those_of_the_code() -> None:
    settings = load_settings(REQUIRED)
    for name, value in (
        ("SIEGEL_PUBLIC_URL", settings.public_url),
        ("SIEGEL_TRUSTED_PROXIES", settings.trusted_proxies),
        ("SIEGEL_WEB_WORKERS", settings.web_workers),
        ("SIEGEL_TENANT_WINDOW", settings.tenant_window),
        ("SIEGEL_BULK_WINDOW", settings.bulk_window),
        ("SIEGEL_BULK_RECIPIENTS", settings.bulk_recipients),
        ("SIEGEL_BULK_RUNS", settings.bulk_runs),
        ("SIEGEL_BULK_RUN_DAYS", settings.bulk_run_days),
        ("SIEGEL_CONVERSION_SECONDS", settings.conversion_seconds),
        ("SIEGEL_CONVERSION_DOCUMENTS", settings.conversion_documents),
        ("SIEGEL_CONVERSION_MEGABYTES", settings.conversion_megabytes),
        ("SIEGEL_LEASE_SECONDS", settings.lease_seconds),
        ("SIEGEL_RECLAIM_SECONDS", settings.reclaim_seconds),
        ("SIEGEL_UPLOAD_MEGABYTES", settings.upload_megabytes),
        ("SIEGEL_UPLOAD_FILES", settings.upload_files),
        ("SIEGEL_DATA_DIRECTORY", settings.data_directory.name),
    ):
        assert ROWS[name] == f"`{value}`", name
    s3 = load_settings({**REQUIRED, **S3}).s3
    assert s3 is not None
    assert ROWS["SIEGEL_S3_REGION"] == f"`{s3.region}`"
    assert ROWS["SIEGEL_S3_SECURE"] == f"`{str(s3.secure).lower()}`"
