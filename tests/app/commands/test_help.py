"""The command line speaks German and starts at once."""

from __future__ import annotations

import inspect
import subprocess
import sys
from types import ModuleType

import click
import click.core
import click.decorators
import click.exceptions
import click.formatting
import click.parser
import click.types
import pytest

from app.cli import siegel as command_tree
from app.commands.german import COUNTED_WORDS, WORDS
from app.commands.tenants import KINDS
from tenants.models import TENANT_KINDS
from tests.app.commands.conftest import Command

HEAVY = ("flask", "flask_appbuilder", "sqlalchemy", "psycopg", "redis", "rq", "minio", "alembic")
ENGLISH = (
    "Usage", "Options:", "Commands:", "Error", "Missing", "Invalid", "No such", "Try ", " help ",
    "Show ", "Got ", "requires", "[required]", "[default", "is not", "OPTIONS", "COMMAND", "ARGS",
)  # fmt: skip


def every_command(
    command: click.Command = command_tree, path: tuple[str, ...] = ()
) -> list[tuple[str, ...]]:
    inner = command.commands if isinstance(command, click.Group) else {}
    return [path] + [
        deeper for name, one in inner.items() for deeper in every_command(one, (*path, name))
    ]


@pytest.mark.parametrize("path", every_command(), ids=" ".join)
def test_every_help_is_german(siegel: Command, path: tuple[str, ...]) -> None:
    result = siegel(*path, "--help")
    assert result.returncode == 0
    assert result.stdout.startswith("Aufruf: siegel")
    assert "Zeigt diese Hilfe." in result.stdout
    assert [word for word in ENGLISH if word in result.stdout] == []


def test_the_help_names_every_command(siegel: Command) -> None:
    listing = siegel("--help").stdout
    for name in ("run", "demo", "template", "form", "verify", "tenant", "doctor", "health",
                 "migrate", "web", "worker", "dispatcher"):  # fmt: skip
        assert f"\n  {name} " in listing


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("siegle",), "Den Befehl „siegle“ gibt es nicht."),
        (("template", "chekc"), "Den Befehl „chekc“ gibt es nicht."),
        (("template", "check"), "Es fehlt die Angabe 'DATEI.docx'."),
        (("template", "check", "--form"), "Die Option „--form“ braucht einen Wert."),
        (("template", "check", "a.docx", "b.docx"), "Diese Angabe ist zu viel: b.docx"),
        (("template", "check", "a.docx", "b", "c"), "Diese Angaben sind zu viel: b c"),
        (("template", "check", "--json=ja", "a.docx"), "Die Option „--json“ nimmt keinen Wert."),
        (("template", "render", "a.docx", "b.json"), "Es fehlt die Option '-o' / '--output'."),
        (
            ("template", "render", "a.docx", "b.json", "-o", "c.odt"),
            "Das Ziel muss auf .docx oder .pdf enden.",
        ),
        (("verify", "--jsn", "a.pdf"), "Die Option „--jsn“ gibt es nicht."),
        (("form", "evaluate", "a.json"), "Es fehlt die Angabe 'DATEN.json'."),
        (("run", "--port", "x"), "Falscher Wert für '--port': „x“ ist keine ganze Zahl."),
        (("health", "web"), "„web“ gehört nicht zu 'worker', 'dispatcher'."),
        (("tenant", "create", "musterstadt"), "Es fehlt die Option '--name'."),
        (
            ("tenant", "create", "musterstadt", "--name", "M", "--pattern", "x"),
            "--pattern braucht die Form ART=MUSTER.",
        ),
    ],
)
def test_wrong_usage_is_told_in_german_and_ends_with_2(
    siegel: Command, arguments: tuple[str, ...], expected: str
) -> None:
    result = siegel(*arguments)
    assert result.returncode == 2
    assert result.stdout == ""
    assert expected in result.stderr
    assert [word for word in ENGLISH if word in result.stderr] == []


def test_the_version_is_told(siegel: Command) -> None:
    assert siegel("--version").stdout.startswith("siegel, Version 0.")


@pytest.mark.parametrize("word", [*WORDS, *COUNTED_WORDS])
def test_every_translated_word_is_still_one_of_clicks(word: str) -> None:
    modules: tuple[ModuleType, ...] = (
        click.core, click.decorators, click.exceptions, click.formatting, click.parser, click.types,
    )  # fmt: skip
    source = "".join(inspect.getsource(module) for module in modules)
    assert word.replace("\n", "\\n").replace("\t", "\\t") in source


def test_the_kinds_of_tenants_are_those_of_the_model() -> None:
    assert tuple(TENANT_KINDS) == KINDS


@pytest.mark.parametrize(
    "modules",
    [
        "app.cli",
        "app.cli, document_templates.template_check, forms.definition",
        "app.cli, forms.definition, forms.evaluation_document",
        "app.cli, document_templates.conversion",
        "app.cli, app.verifying",
    ],
)
def test_pure_commands_load_neither_web_nor_database(modules: str) -> None:
    program = f"import sys, {modules}; print(*sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = set(result.stdout.split())
    assert "app.cli" in loaded
    assert sorted(loaded & set(HEAVY)) == []
