"""The way to an S3 store: its settings, and a ``minio`` client that gives up in time."""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass, field

import urllib3
from minio import Minio
from minio.helpers import DictType, ObjectWriteResult

from tenants.language import _

_ENDPOINT = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


@dataclass(frozen=True, slots=True)
class S3Settings:
    """How to reach one bucket of one S3 store."""

    endpoint: str
    """Host and port without scheme, as ``s3.example.org:9000``."""
    access_key: str
    secret_key: str = field(repr=False)
    bucket: str
    secure: bool = True
    region: str = "us-east-1"
    connect_seconds: float = 2.0
    read_seconds: float = 5.0
    """How long the store may be silent before a call fails with StoreUnavailable."""

    def __post_init__(self) -> None:
        """Raise ValueError with a German message that names the setting that cannot work."""
        if not _ENDPOINT.fullmatch(self.endpoint):
            raise ValueError(
                _(
                    "Der Endpunkt „{endpoint}“ muss „name“ oder „name:port“ ohne https:// sein."
                ).format(endpoint=self.endpoint)
            )
        if not _BUCKET.fullmatch(self.bucket):
            raise ValueError(
                _(
                    "Der Bucket „{bucket}“ muss 3 bis 63 Zeichen haben: Kleinbuchstaben a–z, "
                    "Ziffern, Punkt und Bindestrich."
                ).format(bucket=self.bucket)
            )
        if not self.access_key:
            raise ValueError(_("Der Zugangsschlüssel des Objektspeichers fehlt."))
        if not self.secret_key:
            raise ValueError(_("Das Geheimnis des Objektspeichers fehlt."))
        if self.connect_seconds <= 0 or self.read_seconds <= 0:
            raise ValueError(_("Die Wartezeit auf den Objektspeicher muss größer als null sein."))


class ConditionalMinio(Minio):
    """The client, and the one request that it does not offer."""

    def put_once(self, bucket: str, key: str, data: bytes, headers: DictType) -> ObjectWriteResult:
        """Put in one request that succeeds only where the key is free.

        minio 7.2 offers no way to send If-None-Match with put_object: it turns a header that it
        does not know into metadata. Its own ``_put_object`` is the smallest step below that, and
        signs the header. The contract tests fail if a later version changes it.
        """
        return self._put_object(bucket, key, data, {**headers, "If-None-Match": "*"})


def connect(settings: S3Settings) -> ConditionalMinio:
    """Return a client. It opens no connection yet; every later call ends in a few seconds."""
    # Only what changes nothing is sent twice: a write whose answer was lost may have succeeded.
    retries = urllib3.Retry(
        total=3,
        connect=2,
        read=1,
        redirect=0,
        status=1,
        backoff_factor=0.1,
        allowed_methods={"GET", "HEAD", "DELETE"},
        status_forcelist={500, 502, 503, 504},
    )
    timeout = urllib3.Timeout(connect=settings.connect_seconds, read=settings.read_seconds)
    # The system's certificates, so that an authority's own root certificate is known.
    context = ssl.create_default_context() if settings.secure else None
    http = urllib3.PoolManager(maxsize=16, timeout=timeout, retries=retries, ssl_context=context)
    return ConditionalMinio(
        settings.endpoint,
        access_key=settings.access_key,
        secret_key=settings.secret_key,
        secure=settings.secure,
        region=settings.region,
        http_client=http,
    )
