"""What Tenant-Admins and operators administer."""

from __future__ import annotations

from typing import ClassVar

from flask_appbuilder.models.sqla.filters import FilterEqualFunction
from flask_appbuilder.models.sqla.interface import SQLAInterface

from app.administration.base import AdministrationView
from tenants.audit import AuditEntry
from tenants.context import current_tenant_id
from tenants.models import Cooperation, Tenant, TenantMembership


class MembershipView(AdministrationView):
    """Who has which role in the tenant."""

    route_base = "/verwaltung/personen"
    datamodel = SQLAInterface(TenantMembership)
    list_title = "Personen und Rollen"
    show_title = "Rolle einer Person"
    add_title = "Rolle vergeben"
    edit_title = "Rolle ändern"
    list_columns: ClassVar[list[str]] = ["account_id", "role", "valid_until"]
    show_columns: ClassVar[list[str]] = ["account_id", "role", "valid_until"]
    add_columns: ClassVar[list[str]] = ["account_id", "role", "valid_until"]
    edit_columns: ClassVar[list[str]] = ["role", "valid_until"]
    search_columns: ClassVar[list[str]] = ["role"]
    label_columns: ClassVar[dict[str, str]] = {
        "account_id": "Konto",
        "role": "Rolle",
        "valid_until": "Gültig bis",
    }


class CooperationView(AdministrationView):
    """With which organisations the tenant works."""

    route_base = "/verwaltung/traeger"
    include_route_methods: ClassVar[set[str]] = {"list", "show", "edit"}
    datamodel = SQLAInterface(Cooperation)
    list_title = "Träger"
    show_title = "Zusammenarbeit"
    edit_title = "Zusammenarbeit ändern"
    list_columns: ClassVar[list[str]] = ["organisation.name", "valid_from", "valid_until"]
    show_columns: ClassVar[list[str]] = ["organisation.name", "valid_from", "valid_until"]
    edit_columns: ClassVar[list[str]] = ["valid_from", "valid_until"]
    search_columns: ClassVar[list[str]] = ["valid_from"]
    label_columns: ClassVar[dict[str, str]] = {
        "organisation.name": "Träger",
        "valid_from": "Zusammenarbeit seit",
        "valid_until": "Zusammenarbeit bis",
    }


class AuditView(AdministrationView):
    """What was done in the tenant; for reading alone."""

    route_base = "/verwaltung/protokoll"
    include_route_methods: ClassVar[set[str]] = {"list", "show"}
    datamodel = SQLAInterface(AuditEntry)
    base_order = ("at", "desc")
    list_title = "Protokoll"
    show_title = "Eintrag im Protokoll"
    list_columns: ClassVar[list[str]] = ["at", "account_id", "action", "subject_kind", "subject_id"]
    show_columns: ClassVar[list[str]] = ["at", "account_id", "action", "subject_kind", "subject_id"]
    search_columns: ClassVar[list[str]] = ["action", "subject_kind"]
    label_columns: ClassVar[dict[str, str]] = {
        "at": "Zeitpunkt",
        "account_id": "Konto",
        "action": "Vorgang",
        "subject_kind": "Gegenstand",
        "subject_id": "Kennung",
    }


class TenantSettingsView(AdministrationView):
    """Name, address and committee of the own tenant."""

    route_base = "/verwaltung/mandant"
    include_route_methods: ClassVar[set[str]] = {"list", "show", "edit"}
    datamodel = SQLAInterface(Tenant)
    # Names of tenants are public, so the database shows all; here only the own one belongs.
    base_filters: ClassVar[list[list[object]]] = [["id", FilterEqualFunction, current_tenant_id]]
    list_title = "Mandant"
    show_title = "Mandant"
    edit_title = "Mandant ändern"
    list_columns: ClassVar[list[str]] = ["name", "office", "land", "ags"]
    show_columns: ClassVar[list[str]] = [
        "name",
        "office",
        "kind",
        "land",
        "ags",
        "committee",
        "street",
        "city",
        "telephone",
        "email",
        "website",
    ]
    edit_columns: ClassVar[list[str]] = [
        "name",
        "office",
        "committee",
        "street",
        "city",
        "telephone",
        "email",
        "website",
    ]
    search_columns: ClassVar[list[str]] = ["name"]
    label_columns: ClassVar[dict[str, str]] = {
        "name": "Name",
        "office": "Amt",
        "kind": "Art",
        "land": "Land",
        "ags": "Amtlicher Gemeindeschlüssel",
        "committee": "Gremium",
        "street": "Straße",
        "city": "PLZ und Ort",
        "telephone": "Telefon",
        "email": "E-Mail",
        "website": "Internet",
    }


class PlatformTenantView(AdministrationView):
    """All tenants of the platform, for its operators: names and addresses, no content."""

    route_base = "/betrieb/mandanten"
    include_route_methods: ClassVar[set[str]] = {"list", "show"}
    needs_tenant = False
    datamodel = SQLAInterface(Tenant)
    list_title = "Mandanten"
    show_title = "Mandant"
    list_columns: ClassVar[list[str]] = ["slug", "name", "kind", "land"]
    show_columns: ClassVar[list[str]] = ["slug", "name", "office", "kind", "land", "ags"]
    search_columns: ClassVar[list[str]] = ["slug", "land"]
    label_columns: ClassVar[dict[str, str]] = {
        "slug": "Kürzel",
        "name": "Name",
        "office": "Amt",
        "kind": "Art",
        "land": "Land",
        "ags": "Amtlicher Gemeindeschlüssel",
    }
