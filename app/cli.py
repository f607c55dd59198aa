"""The command ``siegel``, for operators and scripts.

Commands that need neither database nor web import nothing of either, so that they answer at
once and work on any machine.
"""

from __future__ import annotations

import sys

import click
from flask.cli import AppGroup, ScriptInfo

from app.commands.demo import demo
from app.commands.documents import template, verify
from app.commands.forms import form
from app.commands.operation import dispatcher, doctor, health, migrate, run, web, worker
from app.commands.tenants import tenant
from tenants.keys import MasterKeyUnusable
from tenants.settings import SettingMissing

CONTEXT = {"help_option_names": ["-h", "--help"]}


@click.group(cls=AppGroup, context_settings=CONTEXT)
@click.version_option(package_name="brief-und-siegel", prog_name="siegel")
def siegel() -> None:
    """Brief & Siegel: Vordrucke, Vereinbarungen und gesiegelte Dokumente."""


for command in (
    run, web, worker, dispatcher, migrate, health, doctor, demo, template, form, verify, tenant,
):  # fmt: skip
    siegel.add_command(command)


def main() -> None:
    """Run the command line; a missing setting is told in German and ends with 1."""
    try:
        siegel(obj=ScriptInfo())
    except (SettingMissing, MasterKeyUnusable) as error:
        click.echo(str(error), err=True)
        sys.exit(1)
