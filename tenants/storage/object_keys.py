"""The names of stored objects: always led by their tenant, in an alphabet every store keeps.

Lower case only, because some file systems do not tell ``A`` from ``a``; no umlauts, because
stores and file systems disagree about their encoding. Names for people live in the database.
"""

from __future__ import annotations

import re
from uuid import UUID

from tenants.language import _
from tenants.storage.objects import StorageError

MAXIMUM_PART_LENGTH = 120
MAXIMUM_KEY_LENGTH = 700
TENANT_ROOT = "tenant"
CASES = "cases"
"""What stands behind the tenant in the keys of files that are encrypted with a case's key."""
PROBE_ROOT = "probe"

_PART = re.compile(r"[a-z0-9][a-z0-9._-]*")


class InvalidObjectKey(StorageError, ValueError):
    """A key that no store may take."""


def tenant_prefix(tenant_id: UUID | str) -> str:
    """Return what each key of the tenant begins with, slash included.

    Raises InvalidObjectKey when ``tenant_id`` is no UUID.
    """
    try:
        canonical = UUID(str(tenant_id))
    except ValueError as problem:
        raise InvalidObjectKey(
            _("„{tenant}“ ist keine Mandanten-Kennung (UUID).").format(tenant=tenant_id)
        ) from problem
    return f"{TENANT_ROOT}/{canonical}/"


def tenant_key(tenant_id: UUID | str, *parts: UUID | str) -> str:
    """Return the key ``tenant/<uuid>/<part>/…``.

    Each part begins with a lower-case letter or digit and goes on with those, dot, hyphen and
    underscore, at most 120 characters; a part with a slash counts as several. The whole key has
    at most 700 characters. Raises InvalidObjectKey otherwise, or when there is no part.
    """
    if not parts:
        raise InvalidObjectKey(_("Ein Objektschlüssel braucht mehr als den Mandanten."))
    key = tenant_prefix(tenant_id) + "/".join(str(part) for part in parts)
    check_key(key)
    return key


def case_of(key: str) -> tuple[str, str] | None:
    """Return tenant and case of a file that is encrypted with the case's key, else None."""
    parts = key.split("/")
    if len(parts) < 5 or parts[0] != TENANT_ROOT or parts[2] != CASES:
        return None
    return parts[1], parts[3]


def check_key(key: str) -> None:
    """Raise InvalidObjectKey unless ``key`` is one that `tenant_key` or a probe builds."""
    if len(key) > MAXIMUM_KEY_LENGTH:
        raise InvalidObjectKey(
            _("Der Objektschlüssel ist länger als {maximum} Zeichen.").format(
                maximum=MAXIMUM_KEY_LENGTH
            )
        )
    root, *rest = key.split("/")
    for part in rest:
        if len(part) > MAXIMUM_PART_LENGTH or not _PART.fullmatch(part):
            raise InvalidObjectKey(
                _(
                    "Der Teil „{part}“ des Objektschlüssels ist nicht erlaubt. Erlaubt sind "
                    "Kleinbuchstaben a–z, Ziffern, Punkt, Bindestrich und Unterstrich, höchstens "
                    "{maximum} Zeichen, am Anfang ein Buchstabe oder eine Ziffer."
                ).format(part=part, maximum=MAXIMUM_PART_LENGTH)
            )
    if root == PROBE_ROOT and len(rest) == 1:
        return
    if root != TENANT_ROOT or len(rest) < 2 or not _is_canonical_uuid(rest[0]):
        raise InvalidObjectKey(
            _("Der Objektschlüssel „{key}“ beginnt nicht mit einem Mandanten.").format(key=key)
        )


def _is_canonical_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
