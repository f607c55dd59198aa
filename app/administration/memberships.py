"""Who has which role in the tenant."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from flask_appbuilder.models.sqla.filters import FilterEqualFunction
from flask_wtf import FlaskForm
from sqlalchemy import func, or_, select
from wtforms import DateField, EmailField, SelectChoice, SelectField
from wtforms.validators import InputRequired, Length, Optional

from app import database
from app.accounts import find_account
from app.administration.base import AdministrationView, ChangeRefused
from app.administration.formats import day_text, role_text
from app.administration.people import PeopleInterface, person_label
from tenants.context import current_tenant_id
from tenants.language import _
from tenants.models import TENANT_ROLES, TenantMembership

_ADMIN = "tenant_admin"


class RoleForm(FlaskForm):
    """The role of a person and how long it lasts."""

    role = SelectField(
        _("Rolle"),
        choices=[SelectChoice(value, label) for value, label in TENANT_ROLES.items()],
        validators=[InputRequired(_("Wählen Sie die Rolle."))],
    )
    valid_until = DateField(
        _("Gültig bis"),
        description=_(
            "Letzter Tag, zum Beispiel einer Vertretung. Leer gilt die Rolle unbefristet."
        ),
        validators=[Optional()],
    )

    @classmethod
    def refresh(cls, obj: TenantMembership | None = None) -> RoleForm:
        """Return the form, filled from ``obj`` or from what was posted."""
        return cls(obj=obj)


class NewRoleForm(RoleForm):
    """A person, by its e-mail address, and its role."""

    email = EmailField(
        _("E-Mail-Adresse"),
        description=_("Die Adresse, mit der sich die Person anmeldet."),
        validators=[InputRequired(_("Geben Sie die E-Mail-Adresse an.")), Length(max=320)],
    )


class MembershipView(AdministrationView[TenantMembership]):
    """Who has which role in the tenant."""

    route_base = "/verwaltung/personen"
    subject_kind = "membership"
    datamodel = PeopleInterface(TenantMembership)
    # A person sees its own ties to other tenants too; here only this tenant's belong.
    base_filters: ClassVar[list[list[object]]] = [
        ["tenant_id", FilterEqualFunction, current_tenant_id]
    ]
    add_form = NewRoleForm
    edit_form = RoleForm
    list_title = _("Personen und Rollen")
    show_title = _("Rolle einer Person")
    add_title = _("Rolle vergeben")
    edit_title = _("Rolle ändern")
    list_columns: ClassVar[list[str]] = ["account_id", "role", "valid_until"]
    show_columns: ClassVar[list[str]] = ["account_id", "role", "valid_until"]
    add_columns: ClassVar[list[str]] = ["email", "role", "valid_until"]
    edit_columns: ClassVar[list[str]] = ["role", "valid_until"]
    search_columns: ClassVar[list[str]] = ["role"]
    order_columns: ClassVar[list[str]] = ["role", "valid_until"]
    label_columns: ClassVar[dict[str, str]] = {
        "account_id": _("Person"),
        "role": _("Rolle"),
        "valid_until": _("Gültig bis"),
    }
    formatters_columns: ClassVar[dict[str, object]] = {
        "account_id": person_label,
        "role": role_text,
        "valid_until": day_text,
    }

    def apply_form(self, item: TenantMembership, form: FlaskForm) -> None:
        """Find the person by its address and give it the role."""
        if isinstance(form, NewRoleForm):
            account = find_account(database.session(), form.email.data or "")
            if account is None:
                raise ChangeRefused(
                    _(
                        "Unter dieser Adresse hat niemand ein Konto. Prüfen Sie die Schreibweise;"
                        " ein neues Konto richtet der Plattformbetreiber ein."
                    ),
                    "email",
                )
            item.tenant_id = current_tenant_id()
            item.account_id = account.id
        elif item.role == _ADMIN and _ends(form):
            _keep_one_admin(item)
        self._refuse_double(item, form.role.data)
        item.role = form.role.data
        item.valid_until = form.valid_until.data

    def check_deletion(self, item: TenantMembership) -> None:
        """Keep somebody who can administer the tenant."""
        if item.role == _ADMIN:
            _keep_one_admin(item)

    @staticmethod
    def _refuse_double(item: TenantMembership, role: str) -> None:
        query = select(TenantMembership.id).where(
            TenantMembership.tenant_id == current_tenant_id(),
            TenantMembership.account_id == item.account_id,
            TenantMembership.role == role,
        )
        if item.id is not None:
            query = query.where(TenantMembership.id != item.id)
        with database.session.no_autoflush:
            double = database.session.scalars(query).first()
        if double is not None:
            raise ChangeRefused(
                _("Die Person hat diese Rolle schon. Ändern Sie den vorhandenen Eintrag."), "role"
            )


def _ends(form: FlaskForm) -> bool:
    return form.role.data != _ADMIN or (
        form.valid_until.data is not None and form.valid_until.data < date.today()
    )


def _keep_one_admin(item: TenantMembership) -> None:
    others = database.session.scalar(
        select(func.count())
        .select_from(TenantMembership)
        .where(
            TenantMembership.tenant_id == current_tenant_id(),
            TenantMembership.role == _ADMIN,
            TenantMembership.id != item.id,
            or_(
                TenantMembership.valid_until.is_(None),
                TenantMembership.valid_until >= date.today(),
            ),
        )
    )
    if not others:
        raise ChangeRefused(
            _(
                "Das ist die letzte Person, die diesen Mandanten verwaltet. Geben Sie die Rolle"
                " Tenant-Admin erst einer anderen Person."
            ),
            "role",
        )
