"""click's own words in German: headings of the help, and what is said about a wrong call.

click asks gettext for its words, and gettext asks the environment for the language. Operators
run the product with ``LANG=C`` too, so the words stand here instead of in a catalogue file.
"""

from __future__ import annotations

from typing import Final

import click
import click.core
import click.decorators
import click.exceptions
import click.formatting
import click.parser
import click.types

_MODULES = (
    click.core, click.decorators, click.exceptions, click.formatting, click.parser, click.types,
)  # fmt: skip

WORDS: Final = {
    "(dynamic)": "(wird ermittelt)",
    "Aborted!": "Abgebrochen.",
    "Argument {name!r} takes {nargs} values.": "„{name}“ braucht {nargs} Werte.",
    "Choose from:\n\t{choices}": "Möglich sind:\n\t{choices}",
    "Commands": "Befehle",
    "Error: {message}": "Fehler: {message}",
    "Invalid value for {param_hint}: {message}": "Falscher Wert für {param_hint}: {message}",
    "Invalid value: {message}": "Falscher Wert: {message}",
    "Missing argument": "Es fehlt die Angabe",
    "Missing command.": "Es fehlt der Befehl.",
    "Missing option": "Es fehlt die Option",
    "Missing parameter": "Es fehlt die Angabe",
    "Missing parameter: {param_name}": "Es fehlt die Angabe {param_name}",
    "Missing {param_type}": "Es fehlt {param_type}",
    "No such command {name!r}.": "Den Befehl „{name}“ gibt es nicht.",
    "No such option {name!r}.": "Die Option „{name}“ gibt es nicht.",
    "Option {name!r} does not take a value.": "Die Option „{name}“ nimmt keinen Wert.",
    "Options": "Optionen",
    "Show this message and exit.": "Zeigt diese Hilfe.",
    "Try '{command} {option}' for help.": "Hilfe gibt „{command} {option}“.",
    "Usage:": "Aufruf:",
    "default: {default}": "Vorgabe: {default}",
    "env var: {var}": "Umgebungsvariable: {var}",
    "required": "nötig",
    "directory": "Das Verzeichnis",
    "file": "Die Datei",
    "path": "Der Pfad",
    "{name} {filename!r} does not exist.": "{name} „{filename}“ gibt es nicht.",
    "{name} {filename!r} is a directory.": "{name} „{filename}“ ist ein Verzeichnis.",
    "{name} {filename!r} is a file.": "{name} „{filename}“ ist eine Datei.",
    "{name} {filename!r} is not readable.": "{name} „{filename}“ ist nicht lesbar.",
    "{name} {filename!r} is not writable.": "{name} „{filename}“ ist nicht beschreibbar.",
    "{value!r} is not a valid {number_type}.": "„{value}“ ist keine ganze Zahl.",
    "{value} is not in the range {range}.": "{value} liegt nicht im Bereich {range}.",
}
COUNTED_WORDS: Final = {
    "(Did you mean one of: {possibilities}?)": (
        "Meinten Sie {possibility}?",
        "Meinten Sie eines von {possibilities}?",
    ),
    "Got unexpected extra arguments ({args})": (
        "Diese Angabe ist zu viel: {args}",
        "Diese Angaben sind zu viel: {args}",
    ),
    "Option {name!r} requires {nargs} arguments.": (
        "Die Option „{name}“ braucht einen Wert.",
        "Die Option „{name}“ braucht {nargs} Werte.",
    ),
    "{value!r} is not one of {choices}.": (
        "„{value}“ geht nicht, möglich ist nur {choices}.",
        "„{value}“ gehört nicht zu {choices}.",
    ),
}


def speak_german(command: click.Command) -> None:
    """Make click say its own words in German in this process, in the help of ``command`` too."""
    for module in _MODULES:
        for name, replacement in (("_", _word), ("ngettext", _counted_word)):
            if hasattr(module, name):
                setattr(module, name, replacement)
    _name_placeholders(command)


def _name_placeholders(command: click.Command) -> None:
    command.options_metavar = "[OPTIONEN]"
    if isinstance(command, click.Group):
        command.subcommand_metavar = "BEFEHL [ANGABEN]…"
        for inner in command.commands.values():
            _name_placeholders(inner)


def _word(text: str) -> str:
    return WORDS.get(text, text)


def _counted_word(singular: str, plural: str, count: int) -> str:
    return COUNTED_WORDS.get(plural, (singular, plural))[count != 1]
