"""What an S3 server or the way to it reports, in the words of the store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from xml.etree.ElementTree import ParseError

from minio.error import MinioException, S3Error
from urllib3.exceptions import HTTPError

from tenants.language import _
from tenants.storage.objects import StorageError, StoreFull, StoreRefused, StoreUnavailable

FULL = {
    "EntityTooLarge",
    "InsufficientCapacity",
    "QuotaExceeded",
    "XMinioStorageFull",
}
TRANSIENT = {
    "ConditionalRequestConflict",
    "InternalError",
    "OperationAborted",
    "RequestTimeout",
    "ServiceUnavailable",
    "SlowDown",
}
MISSING = {"NoSuchKey", "NoSuchVersion"}


@contextmanager
def s3_failures(endpoint: str) -> Iterator[None]:
    """Turn errors of the client into StoreUnavailable, StoreFull or StoreRefused."""
    try:
        yield
    except S3Error as problem:
        raise explain(problem, endpoint) from problem
    except (MinioException, HTTPError, OSError, ParseError, UnicodeDecodeError) as problem:
        # The last two: a proxy that answers with a page of its own instead of S3.
        raise StoreUnavailable(
            _("Der Objektspeicher {endpoint} antwortet nicht: {reason}").format(
                endpoint=endpoint, reason=problem
            )
        ) from problem


def explain(problem: S3Error, endpoint: str) -> StorageError:
    """Return the error of the store that fits what the server said."""
    code = problem.code or ""
    if code in FULL or problem.response.status == 507:
        return StoreFull(
            _("Der Objektspeicher {endpoint} nimmt nichts mehr an ({code}): kein Platz.").format(
                endpoint=endpoint, code=code
            )
        )
    if code in TRANSIENT or problem.response.status >= 500:
        return StoreUnavailable(
            _("Der Objektspeicher {endpoint} ist gerade nicht bereit ({code}).").format(
                endpoint=endpoint, code=code
            )
        )
    return StoreRefused(
        _(
            "Der Objektspeicher {endpoint} lehnt ab ({code}). Bitte prüfen Sie Zugangsschlüssel, "
            "Geheimnis, Bucket und Rechte."
        ).format(endpoint=endpoint, code=code)
    )
