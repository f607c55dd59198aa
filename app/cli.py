"""The command ``siegel``, for operators and scripts.

Each command imports what it needs when it is called: those that need neither database nor web
load nothing of either, so that they answer at once and work on any machine.
"""

from __future__ import annotations

import click

from app.commands.demo import demo
from app.commands.documents import template, verify
from app.commands.erasures import erasures
from app.commands.forms import form
from app.commands.german import speak_german
from app.commands.operation import dispatcher, doctor, health, migrate, run, web, worker
from app.commands.people import account, organisation
from app.commands.seals import seal
from app.commands.signing_services import signing_service
from app.commands.tenants import tenant
from app.commands.trust import trust
from tenants.logs import quieten_libraries

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(context_settings=CONTEXT)
@click.version_option(
    package_name="brief-und-siegel",
    prog_name="siegel",
    message="%(prog)s, Version %(version)s",
    help="Zeigt die Version.",
)
def siegel() -> None:
    """Brief & Siegel: Vordrucke, Vereinbarungen und gesiegelte Dokumente."""


for command in (
    run, web, worker, dispatcher, migrate, health, doctor, demo, template, form, verify,
    tenant, account, organisation, trust, seal, signing_service, erasures,
):  # fmt: skip
    siegel.add_command(command)


def main() -> None:
    """Run the command line, in German."""
    speak_german(siegel)
    quieten_libraries()
    siegel(prog_name="siegel")
