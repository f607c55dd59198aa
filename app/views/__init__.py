"""The pages, one module per room of the packages below."""

from __future__ import annotations

from flask import Blueprint

from app.views.answering import answering
from app.views.archive_offers import archive_offers
from app.views.building import building
from app.views.bulk_runs import bulk_runs
from app.views.clauses import clauses
from app.views.declaration import declaration
from app.views.document_retention import document_retention
from app.views.documents import documents
from app.views.erasure import erasure
from app.views.evaluations import evaluations
from app.views.exports import exports
from app.views.file_verification import file_verification
from app.views.filling import filling
from app.views.form_export import form_export
from app.views.form_import import form_import
from app.views.form_prints import form_prints
from app.views.form_versions import form_versions
from app.views.forms import forms
from app.views.frames import frames
from app.views.integrity import integrity, platform_integrity
from app.views.interfaces import interfaces
from app.views.new_version import new_version
from app.views.notices import notices
from app.views.picking import picking
from app.views.procedure import procedure
from app.views.question_results import question_results
from app.views.rates import rates
from app.views.registers import registers
from app.views.releases import releases
from app.views.reports import reports
from app.views.retention import retention
from app.views.returns import returns
from app.views.signings import signings
from app.views.start import start
from app.views.submission_table import submission_table
from app.views.submissions import submissions
from app.views.surveys import surveys
from app.views.template_clauses import template_clauses
from app.views.template_comparing import template_comparing
from app.views.template_preview import template_preview
from app.views.template_starting import template_starting
from app.views.templates import templates
from app.views.tenant import tenant
from app.views.theme import theme
from app.views.uploads import uploads
from app.views.verification import verification
from app.views.version_readers import version_readers
from app.views.version_readings import version_readings
from app.views.webhooks import webhooks


def all_blueprints() -> tuple[Blueprint, ...]:
    """Return every room of pages."""
    return (
        start,
        tenant,
        theme,
        forms,
        building,
        form_import,
        form_export,
        form_prints,
        filling,
        notices,
        picking,
        uploads,
        new_version,
        declaration,
        releases,
        form_versions,
        version_readers,
        version_readings,
        submissions,
        submission_table,
        procedure,
        reports,
        returns,
        exports,
        evaluations,
        question_results,
        surveys,
        documents,
        signings,
        bulk_runs,
        templates,
        template_starting,
        frames,
        template_preview,
        template_comparing,
        template_clauses,
        clauses,
        rates,
        registers,
        verification,
        file_verification,
        answering,
        interfaces,
        webhooks,
        integrity,
        archive_offers,
        retention,
        erasure,
        document_retention,
        platform_integrity,
    )
