"""What every command needs: reading files, German endings, the installation it speaks to.

Importing this module loads neither web nor database, so that the pure commands start at once.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from forms.packages import JsonObject
    from tenants.settings import Settings

LARGEST_FILE_BYTES = 100 * 1024**2
DATA_DIRECTORY = Path("var")
# One of these shows that the environment describes an installation.
_DESCRIBING = "SIEGEL_DATABASE_URL"

FILE = click.Path(path_type=Path)
FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)
DATA_OPTION = click.option(
    "--data",
    default=DATA_DIRECTORY,
    show_default=True,
    type=click.Path(path_type=Path),
    metavar="VERZEICHNIS",
    help="Daten der eingebetteten Installation",
)


def fail(message: str) -> NoReturn:
    """Say what is wrong on standard error and end the command with status 1."""
    click.echo(message, err=True)
    sys.exit(1)


def read_file(path: Path) -> bytes:
    """Return the content of ``path``; ends the command with a German message otherwise."""
    try:
        with path.open("rb") as stream:
            content = stream.read(LARGEST_FILE_BYTES + 1)
    except FileNotFoundError:
        fail(f"Die Datei „{path}“ gibt es nicht.")
    except IsADirectoryError:
        fail(f"„{path}“ ist ein Verzeichnis, keine Datei.")
    except PermissionError:
        fail(f"Die Datei „{path}“ darf nicht gelesen werden. Prüfen Sie ihre Rechte.")
    except (OSError, ValueError) as error:
        fail(f"Die Datei „{path}“ lässt sich nicht lesen: {error}.")
    if len(content) > LARGEST_FILE_BYTES:
        fail(f"Die Datei „{path}“ ist größer als {LARGEST_FILE_BYTES // 1024**2} MB.")
    return content


def read_json(path: Path) -> JsonObject:
    """Return the JSON object in ``path``; ends the command with a German message otherwise."""
    content = read_file(path)
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        fail(f"Die Datei „{path}“ ist nicht in UTF-8 geschrieben (Byte {error.start}).")
    except json.JSONDecodeError as error:
        fail(
            f"Die Datei „{path}“ ist kein JSON: Zeile {error.lineno}, Spalte {error.colno}"
            " ist nicht lesbar."
        )
    except (ValueError, RecursionError):
        fail(f"Die Datei „{path}“ ist kein lesbares JSON: zu tief oder mit zu großen Zahlen.")
    if not isinstance(document, dict):
        fail(f"Die Datei „{path}“ enthält kein JSON-Objekt ({{…}}).")
    return document


def write_file(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path``; ends the command with a German message otherwise."""
    try:
        path.write_bytes(content)
    except OSError as error:
        fail(f"Die Datei „{path}“ lässt sich nicht schreiben: {os.strerror(error.errno or 0)}.")


def print_json(document: object) -> None:
    """Print ``document`` as JSON that people can read too."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))


def installation_environment(data_directory: Path) -> Mapping[str, str]:
    """Return the environment of the installation that a command speaks to.

    That of the process when it describes one, else that of the embedded stack that runs on
    ``data_directory``, else that of the process as it is.
    """
    if os.environ.get(_DESCRIBING):
        return os.environ
    from app.embedded.stack import read_running_environment

    running = read_running_environment(data_directory.resolve())
    return {**os.environ, **running} if running else os.environ


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Return the settings of ``environment``; ends the command in German when one is missing."""
    from tenants.settings import SettingMissing, load_settings

    try:
        return load_settings(environment)
    except SettingMissing as error:
        fail(f"{error}\nOder starten Sie die eingebettete Installation mit „siegel run“.")
