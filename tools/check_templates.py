"""Checks the templates of letters and pages without a browser or a database.

``python -m tools.check_templates`` holds every shipped package's DOCX template against its form,
as an upload would, and every page template against the application: it must compile and lead
only to pages that exist. Prints one line per check; the exit status is 1 when one failed.
"""

from __future__ import annotations

import logging
import secrets
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from jinja2 import Environment, TemplateSyntaxError, nodes

from app.factory import create_app
from document_templates.clauses.content import ContentUnreadable
from document_templates.clauses.shipped import package_clauses
from document_templates.template_check import check_document
from forms.definition import DefinitionError
from forms.packages import Package, PackageUnreadable, list_packages
from tenants.logs import quieten_libraries
from tenants.settings import load_settings

PAGES = Path(__file__).resolve().parent.parent / "app" / "templates"
# Functions of a page that take the name of another page first.
LINKING = frozenset({"url_for", "page_url", "platform_url"})

Faults = list[str]


def check_package(package: Package) -> Faults:
    """Return what is wrong with a package's template: unsafe, unreadable, unknown to its form."""
    if not package.template_bytes:
        return []
    try:
        clauses = package_clauses(package)
        report = check_document(package.template_bytes, package.form_document, clauses)
    except DefinitionError as error:
        return list(error.findings)
    except ContentUnreadable as error:
        return [str(error)]
    return [finding.as_text() for finding in report.findings if finding.level == "error"]


def check_packages() -> Iterator[tuple[str, Faults]]:
    """Yield every shipped package with what is wrong in its template."""
    try:
        packages = list_packages()
    except PackageUnreadable as error:
        yield "Mitgelieferte Pakete", [str(error)]
        return
    if not packages:
        yield "Mitgelieferte Pakete", ["Es ist kein einziges da."]
    for package in packages:
        yield f"Vorlage des Pakets {package.name}", check_package(package)


def check_pages(
    environment: Environment, endpoints: frozenset[str], directory: Path = PAGES
) -> Iterator[tuple[str, Faults]]:
    """Yield every page template below ``directory`` with what is wrong in it.

    ``environment`` is the one that will draw them: its filters and its other templates count.
    """
    known = frozenset(environment.list_templates())
    for path in sorted(directory.rglob("*.html")):
        name = path.relative_to(directory).as_posix()
        source = path.read_text(encoding="utf-8")
        try:
            tree = environment.parse(source, name)
            environment.compile(tree, name)
        except TemplateSyntaxError as error:
            yield f"Seite {name}", [f"Zeile {error.lineno}: {error.message}"]
            continue
        yield f"Seite {name}", [*_unknown_links(tree, endpoints), *_missing_files(tree, known)]


def _unknown_links(tree: nodes.Template, endpoints: frozenset[str]) -> Faults:
    faults = []
    for call in tree.find_all(nodes.Call):
        if not (isinstance(call.node, nodes.Name) and call.node.name in LINKING and call.args):
            continue
        target = call.args[0]
        if isinstance(target, nodes.Const) and target.value not in endpoints:
            faults.append(f"Zeile {call.lineno}: Die Seite „{target.value}“ gibt es nicht.")
    return faults


def _missing_files(tree: nodes.Template, known: frozenset[str]) -> Faults:
    faults = []
    for node in tree.find_all((nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)):
        named = dict(node.iter_fields()).get("template")
        if isinstance(named, nodes.Const) and named.value not in known:
            faults.append(f"Zeile {node.lineno}: Die Vorlage „{named.value}“ gibt es nicht.")
    return faults


@contextmanager
def unconnected_application() -> Iterator[Flask]:
    """Give the application as it is, connected to nothing."""
    with tempfile.TemporaryDirectory() as directory:
        settings = load_settings(
            {
                "SIEGEL_DATABASE_URL": "postgresql+psycopg://siegel_app@127.0.0.1:1/siegel",
                "SIEGEL_REDIS_URL": "redis://127.0.0.1:1",
                "SIEGEL_SECRET_KEY": secrets.token_hex(32),
                "SIEGEL_DATA_DIRECTORY": directory,
            }
        )
        app = create_app(settings)
        try:
            yield app
        finally:
            app.extensions["siegel"].engine.dispose()


def check_application() -> Iterator[tuple[str, Faults]]:
    """Yield every page template of the application with what is wrong in it."""
    with unconnected_application() as app:
        endpoints = frozenset(rule.endpoint for rule in app.url_map.iter_rules())
        yield from check_pages(app.jinja_env, endpoints)


def main(say: Callable[[str], None] = print) -> int:
    """Run every check; 0 when none failed. Of the pages only those with faults are named."""
    quieten_libraries()
    logging.getLogger("flask_appbuilder").setLevel(logging.ERROR)
    failed = 0
    for name, faults in check_packages():
        failed += bool(faults)
        say(f"{'✗' if faults else '✓'} {name}")
        _say_faults(faults, say)
    pages = list(check_application())
    faulty = [(name, faults) for name, faults in pages if faults]
    for name, faults in faulty:
        failed += 1
        say(f"✗ {name}")
        _say_faults(faults, say)
    if not faulty:
        say(f"✓ {len(pages)} Seitenvorlagen: übersetzbar, jeder Verweis führt zu einer Seite")
    return 1 if failed else 0


def _say_faults(faults: Faults, say: Callable[[str], None]) -> None:
    for fault in faults:
        say(f"  {fault}")


if __name__ == "__main__":
    sys.exit(main())
