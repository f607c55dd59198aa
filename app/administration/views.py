"""What Tenant-Admins and operators administer besides the roles of people."""

from __future__ import annotations

from typing import ClassVar

from flask_appbuilder.models.sqla.filters import FilterEqualFunction
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    IntegerField,
    StringField,
    TelField,
    URLField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from app.administration.base import AdministrationView, ChangeRefused
from app.administration.formats import (
    action_text,
    day_text,
    kind_text,
    moment_text,
    subject_text,
    yes_no_text,
)
from app.administration.people import PeopleInterface, person_label
from forms.statistics.suppression import HIGHEST_THRESHOLD, LOWEST_THRESHOLD
from tenants.audit import AuditEntry
from tenants.context import current_tenant_id
from tenants.language import _
from tenants.models import Cooperation, Tenant


class CooperationForm(FlaskForm):
    """From when to when an organisation works with the tenant."""

    valid_from = DateField(
        _("Zusammenarbeit seit"), validators=[InputRequired(_("Geben Sie den ersten Tag an."))]
    )
    valid_until = DateField(
        _("Zusammenarbeit bis"),
        description=_("Letzter Tag. Leer gilt die Zusammenarbeit unbefristet."),
        validators=[Optional()],
    )

    @classmethod
    def refresh(cls, obj: Cooperation | None = None) -> CooperationForm:
        """Return the form, filled from ``obj`` or from what was posted."""
        return cls(obj=obj)


class CooperationView(AdministrationView[Cooperation]):
    """With which organisations the tenant works."""

    route_base = "/verwaltung/traeger"
    include_route_methods: ClassVar[set[str]] = {"list", "show", "edit"}
    subject_kind = "cooperation"
    datamodel = SQLAInterface(Cooperation)
    # Who also belongs to an organisation sees its other partners; here only this tenant's.
    base_filters: ClassVar[list[list[object]]] = [
        ["tenant_id", FilterEqualFunction, current_tenant_id]
    ]
    edit_form = CooperationForm
    list_title = _("Träger")
    show_title = _("Zusammenarbeit")
    edit_title = _("Zusammenarbeit ändern")
    list_columns: ClassVar[list[str]] = ["organisation.name", "valid_from", "valid_until"]
    show_columns: ClassVar[list[str]] = ["organisation.name", "valid_from", "valid_until"]
    edit_columns: ClassVar[list[str]] = ["valid_from", "valid_until"]
    search_columns: ClassVar[list[str]] = ["valid_from"]
    order_columns: ClassVar[list[str]] = ["valid_from", "valid_until"]
    label_columns: ClassVar[dict[str, str]] = {
        "organisation.name": _("Träger"),
        "valid_from": _("Zusammenarbeit seit"),
        "valid_until": _("Zusammenarbeit bis"),
    }
    formatters_columns: ClassVar[dict[str, object]] = {
        "valid_from": day_text,
        "valid_until": day_text,
    }

    def apply_form(self, item: Cooperation, form: FlaskForm) -> None:
        """Take the dates, which must be in order."""
        until = form.valid_until.data
        if until is not None and until < form.valid_from.data:
            raise ChangeRefused(
                _("Das Ende liegt vor dem Anfang. Prüfen Sie beide Tage."), "valid_until"
            )
        super().apply_form(item, form)


class AuditView(AdministrationView[AuditEntry]):
    """What was done in the tenant; for reading alone."""

    route_base = "/verwaltung/protokoll"
    include_route_methods: ClassVar[set[str]] = {"list", "show"}
    datamodel = PeopleInterface(AuditEntry)
    base_order = ("at", "desc")
    list_title = _("Protokoll")
    show_title = _("Eintrag im Protokoll")
    list_columns: ClassVar[list[str]] = ["at", "account_id", "action", "subject_kind", "subject_id"]
    show_columns: ClassVar[list[str]] = ["at", "account_id", "action", "subject_kind", "subject_id"]
    search_columns: ClassVar[list[str]] = ["action", "subject_kind"]
    order_columns: ClassVar[list[str]] = ["at", "action", "subject_kind"]
    label_columns: ClassVar[dict[str, str]] = {
        "at": _("Zeitpunkt"),
        "account_id": _("Person"),
        "action": _("Vorgang"),
        "subject_kind": _("Gegenstand"),
        "subject_id": _("Kennung"),
    }
    formatters_columns: ClassVar[dict[str, object]] = {
        "at": moment_text,
        "subject_kind": subject_text,
        "account_id": person_label,
        "action": action_text,
    }


def _text(label: str, length: int = 200) -> StringField:
    return StringField(label, validators=[Length(max=length)])


class TenantForm(FlaskForm):
    """How the tenant is named and reached."""

    name = StringField(
        _("Name"),
        validators=[InputRequired(_("Geben Sie den Namen an.")), Length(max=200)],
    )
    office = _text(_("Amt"))
    committee = _text(_("Gremium"))
    street = _text(_("Straße"))
    city = _text(_("PLZ und Ort"))
    telephone = TelField(_("Telefon"), validators=[Length(max=60)])
    email = EmailField(_("E-Mail"), validators=[Length(max=200)])
    website = URLField(_("Internet"), validators=[Length(max=200)])
    four_eyes = BooleanField(_("Vordrucke veröffentlichen nur zwei Personen gemeinsam"))
    smallest_figure = IntegerField(
        _("Kleinste gezeigte Zahl in Auswertungen"),
        description=_(
            "Kleinere Zahlen werden nicht gezeigt, damit niemand erkannt wird: 3 bis 50."
        ),
        validators=[
            InputRequired(_("Geben Sie eine Zahl von 3 bis 50 an.")),
            NumberRange(LOWEST_THRESHOLD, HIGHEST_THRESHOLD, _("Möglich ist 3 bis 50.")),
        ],
    )

    @classmethod
    def refresh(cls, obj: Tenant | None = None) -> TenantForm:
        """Return the form, filled from ``obj`` or from what was posted."""
        return cls(obj=obj)


class TenantSettingsView(AdministrationView[Tenant]):
    """Name, address and committee of the own tenant."""

    route_base = "/verwaltung/mandant"
    include_route_methods: ClassVar[set[str]] = {"list", "show", "edit"}
    subject_kind = "tenant"
    datamodel = SQLAInterface(Tenant)
    # Names of tenants are public, so the database shows all; here only the own one belongs.
    base_filters: ClassVar[list[list[object]]] = [["id", FilterEqualFunction, current_tenant_id]]
    edit_form = TenantForm
    list_title = _("Mandant")
    show_title = _("Mandant")
    edit_title = _("Mandant ändern")
    list_columns: ClassVar[list[str]] = ["name", "office", "land", "ags"]
    edit_columns: ClassVar[list[str]] = [
        "name",
        "office",
        "committee",
        "street",
        "city",
        "telephone",
        "email",
        "website",
        "four_eyes",
        "smallest_figure",
    ]
    show_columns: ClassVar[list[str]] = ["name", "office", "kind", "land", "ags", *edit_columns[2:]]
    search_columns: ClassVar[list[str]] = ["name"]
    order_columns: ClassVar[list[str]] = ["name"]
    label_columns: ClassVar[dict[str, str]] = {
        "name": _("Name"),
        "office": _("Amt"),
        "kind": _("Art"),
        "land": _("Land"),
        "ags": _("Amtlicher Gemeindeschlüssel"),
        "committee": _("Gremium"),
        "street": _("Straße"),
        "city": _("PLZ und Ort"),
        "telephone": _("Telefon"),
        "email": _("E-Mail"),
        "website": _("Internet"),
        "four_eyes": _("Vordrucke veröffentlichen nur zwei Personen gemeinsam"),
        "smallest_figure": _("Kleinste gezeigte Zahl in Auswertungen"),
    }
    formatters_columns: ClassVar[dict[str, object]] = {
        "kind": kind_text,
        "four_eyes": yes_no_text,
    }


class PlatformTenantView(AdministrationView[Tenant]):
    """All tenants of the platform, for its operators: names and addresses, no content."""

    route_base = "/betrieb/mandanten"
    include_route_methods: ClassVar[set[str]] = {"list", "show"}
    needs_tenant = False
    datamodel = SQLAInterface(Tenant)
    list_title = _("Mandanten")
    show_title = _("Mandant")
    list_columns: ClassVar[list[str]] = ["slug", "name", "kind", "land"]
    show_columns: ClassVar[list[str]] = ["slug", "name", "office", "kind", "land", "ags"]
    search_columns: ClassVar[list[str]] = ["slug", "land"]
    order_columns: ClassVar[list[str]] = ["slug", "name", "land"]
    label_columns: ClassVar[dict[str, str]] = {
        "slug": _("Kürzel"),
        "name": _("Name"),
        "office": _("Amt"),
        "kind": _("Art"),
        "land": _("Land"),
        "ags": _("Amtlicher Gemeindeschlüssel"),
    }
    formatters_columns: ClassVar[dict[str, object]] = {"kind": kind_text}
