"""Administration pages by Flask-AppBuilder: for Tenant-Admins and the platform's operators.

Its views are used with four remedies: request state stays in the request, routes are a white
list, pages are capped, and related rows come through the guarded session alone.
"""

from __future__ import annotations

from flask_appbuilder import AppBuilder
from flask_appbuilder.views import IndexView

from app.administration.views import (
    AuditView,
    CooperationView,
    MembershipView,
    PlatformTenantView,
    TenantSettingsView,
)


class NoIndexView(IndexView):
    """Flask-AppBuilder's index, moved out of the way: the start page is our own."""

    route_base = "/verwaltung"
    default_view = "index"


def add_administration(builder: AppBuilder) -> None:
    """Register the administration views."""
    for view in (
        MembershipView,
        CooperationView,
        TenantSettingsView,
        AuditView,
        PlatformTenantView,
    ):
        builder.add_view_no_menu(view)
