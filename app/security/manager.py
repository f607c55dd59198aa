"""Flask-AppBuilder's security manager, made fit for many tenants.

It carries accounts, permissions and login. Roles come from the membership in the current
tenant; the permission set of a request is computed once; none of the built-in views that
list the accounts of everybody is registered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import g, has_request_context
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_appbuilder.security.sqla.models import Role, User

from app.security.login import LoginView, throttle_login
from app.security.roles import ROLE_PERMISSIONS

if TYPE_CHECKING:
    from flask import Flask
    from flask_login import LoginManager


class TenantSecurityManager(SecurityManager):
    """Knows people by the role they have where they are."""

    authdbview = LoginView

    def create_login_manager(self, app: Flask) -> LoginManager:
        """Return Flask-Login's manager with our login page and bound sessions."""
        manager = super().create_login_manager(app)
        manager.login_view = "LoginView.login"
        manager.session_protection = "strong"
        return manager

    def register_views(self) -> None:
        """Register the login page alone: no user, role or statistics list of the platform."""
        self.auth_view = self.authdbview()
        self.appbuilder.add_view_no_menu(self.auth_view)
        throttle_login(self.limiter)

    def get_user_roles(self, user: User) -> list[Role]:
        """Return the roles of the current capacity; an account has none of its own."""
        return [Role(name=name) for name in sorted(_current_roles())]

    def _has_view_access(self, user: User, permission_name: str, view_name: str) -> bool:
        return allowed(permission_name, view_name)

    def is_item_public(self, permission_name: str, view_name: str) -> bool:
        """Nothing is public through Flask-AppBuilder; public pages are plain routes."""
        return False

    def _get_user_permission_view_menus(
        self, user: User | None, permission_name: str, view_menus_name: list[str]
    ) -> set[str]:
        # The pages have a navigation of their own; Flask-AppBuilder's menu stays empty.
        return set()


def _current_roles() -> frozenset[str]:
    if not has_request_context():
        return frozenset()
    roles: frozenset[str] = g.get("roles", frozenset())
    return roles


def allowed(permission_name: str, view_name: str) -> bool:
    """Say whether the person may do this, in the tenant and capacity of the request."""
    return any(
        (permission_name, view_name) in ROLE_PERMISSIONS.get(role, frozenset())
        for role in _current_roles()
    )
