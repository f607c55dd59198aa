"""Administration pages by Flask-AppBuilder: for Tenant-Admins and the platform's operators.

Its views are used with four remedies: request state stays in the request, routes are a white
list, pages are capped, and related rows come through the guarded session alone.
"""

from __future__ import annotations

from flask import url_for
from flask_appbuilder import AppBuilder

from app.administration.memberships import MembershipView
from app.administration.views import (
    AuditView,
    CooperationView,
    PlatformTenantView,
    TenantSettingsView,
)


class SiegelBuilder(AppBuilder):
    """Flask-AppBuilder without the pages it adds by itself.

    No index, no "back", no language switch, no menu API: each would be a route that we do
    not use and an attacker might.
    """

    def _add_admin_views(self) -> None:
        self.sm.register_views()

    @property
    def get_url_for_index(self) -> str:
        """The first page within the tenant, or the person's start page."""
        return str(url_for("start.index"))


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
