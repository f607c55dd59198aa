"""The secrets of an embedded installation: made on the first start, kept with mode 0600."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from tenants.keys import create_master_key_file

SECRET_KEY_BYTES = 48


@dataclass(frozen=True)
class EmbeddedSecrets:
    """What signs sessions and tokens, and where the key lies that wraps the tenants' keys."""

    secret_key: str
    master_key_file: Path


def load_secrets(directory: Path) -> EmbeddedSecrets:
    """Return the secrets below ``directory`` (mode 0700), creating those that are missing.

    Raises MasterKeyUnusable when the master key is damaged or open to others.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory.chmod(0o700)
    master_key_file = directory / "master.key"
    create_master_key_file(master_key_file)
    return EmbeddedSecrets(_load_secret_key(directory / "secret.key"), master_key_file)


def _load_secret_key(path: Path) -> str:
    if path.exists():
        stored = path.read_text(encoding="ascii").strip()
        if stored:
            return stored
        # An interrupted first start; nothing was signed with an empty key.
        path.unlink()
    secret_key = secrets.token_urlsafe(SECRET_KEY_BYTES)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secret_key + "\n")
    return secret_key
