"""Roles as data: what each may do, named as Flask-AppBuilder names permissions.

A role comes from a membership in the current tenant or organisation, never from the account.
"""

from __future__ import annotations

from typing import Final

from tenants.models import ORGANISATION_ROLES, TENANT_ROLES

PLATFORM_OPERATOR: Final = "plattformbetreiber"

ROLE_NAMES: Final = {
    **TENANT_ROLES,
    **ORGANISATION_ROLES,
    PLATFORM_OPERATOR: "Plattformbetreiber",
}

# Who works on cases, and who coordinates that work: they differ by whom tasks are handed on to.
_SPECIALIST: Final = frozenset(
    {
        ("can_read", "Dashboard"),
        ("can_list", "Signings"),
        ("can_request", "Signings"),
        ("can_read", "Forms"),
        ("can_fill", "Submissions"),
        ("can_list", "Submissions"),
        ("can_review", "Submissions"),
        ("can_list", "Documents"),
        ("can_retain", "Documents"),
        ("can_list", "Clauses"),
        ("can_list", "Reports"),
        ("can_request", "Reports"),
        ("can_read", "Evaluations"),
        ("can_edit", "Evaluations"),
        ("can_read", "Surveys"),
        ("can_edit", "Surveys"),
        ("can_capture", "Surveys"),
        ("can_release", "Surveys"),
        ("can_edit", "BulkRuns"),
    }
)

# role → (permission, view) pairs
ROLE_PERMISSIONS: Final[dict[str, frozenset[tuple[str, str]]]] = {
    "tenant_admin": frozenset(
        {
            ("can_read", "Dashboard"),
            ("can_list", "Signings"),
            ("can_edit", "Signatories"),
            ("can_read", "Forms"),
            ("can_edit", "Forms"),
            ("can_fill", "Submissions"),
            ("can_list", "Templates"),
            ("can_edit", "Templates"),
            ("can_list", "Clauses"),
            ("can_edit", "Clauses"),
            ("can_list", "Rates"),
            ("can_edit", "Rates"),
            ("can_list", "Registers"),
            ("can_edit", "Registers"),
            ("can_list", "MembershipView"),
            ("can_show", "MembershipView"),
            ("can_add", "MembershipView"),
            ("can_edit", "MembershipView"),
            ("can_delete", "MembershipView"),
            ("can_list", "CooperationView"),
            ("can_show", "CooperationView"),
            ("can_add", "CooperationView"),
            ("can_edit", "CooperationView"),
            ("can_list", "TenantSettingsView"),
            ("can_show", "TenantSettingsView"),
            ("can_edit", "TenantSettingsView"),
            ("can_list", "Interfaces"),
            ("can_list", "Integrity"),
            ("can_list", "Retention"),
            ("can_edit", "Retention"),
            ("can_edit", "Webhooks"),
            ("can_list", "AuditView"),
            ("can_show", "AuditView"),
            ("can_read", "Evaluations"),
            ("can_read", "Surveys"),
            ("can_edit", "Surveys"),
            ("can_edit", "BulkRuns"),
        }
    ),
    "fachkraft": _SPECIALIST,
    # Sees figures of groups, never a submission or a name.
    "planung": frozenset(
        {
            ("can_read", "Dashboard"),
            ("can_read", "Evaluations"),
            ("can_read", "Surveys"),
            ("can_edit", "Surveys"),
            ("can_capture", "Surveys"),
        }
    ),
    "koordination": _SPECIALIST,
    # No documents: they hold everything, and not all of it is for those who reckon and pay.
    "wjh": frozenset(
        {
            ("can_read", "Dashboard"),
            ("can_list", "Signings"),
            ("can_read", "Forms"),
            ("can_fill", "Submissions"),
            ("can_list", "Submissions"),
            ("can_review", "Submissions"),
        }
    ),
    "traeger_leitung": frozenset(
        {
            ("can_read", "Dashboard"),
            ("can_list", "Signings"),
            ("can_edit", "Signatories"),
            ("can_read", "Forms"),
            ("can_fill", "Submissions"),
            ("can_list", "Submissions"),
            ("can_list", "Documents"),
            ("can_list", "Reports"),
            ("can_answer", "Reports"),
            ("can_list", "Interfaces"),
        }
    ),
    "traeger_fachkraft": frozenset(
        {
            ("can_read", "Dashboard"),
            ("can_list", "Signings"),
            ("can_read", "Forms"),
            ("can_fill", "Submissions"),
            ("can_list", "Submissions"),
            ("can_list", "Documents"),
        }
    ),
    PLATFORM_OPERATOR: frozenset(
        {
            ("can_list", "PlatformTenantView"),
            ("can_show", "PlatformTenantView"),
        }
    ),
}


def roles_with(permission: str, view: str) -> frozenset[str]:
    """Return the roles that have a permission."""
    return frozenset(
        role for role, pairs in ROLE_PERMISSIONS.items() if (permission, view) in pairs
    )
