"""Flask-AppBuilder's model view, made safe for threads and tenants."""

from __future__ import annotations

import copy
import uuid
from typing import ClassVar, Generic, TypeVar

from flask import Blueprint, flash, g, has_request_context, redirect, request
from flask_appbuilder import AppBuilder, ModelView, expose
from flask_appbuilder.exceptions import DatabaseException
from flask_appbuilder.models.base import Filters
from flask_appbuilder.security.decorators import has_access
from flask_appbuilder.widgets import RenderTemplateWidget
from flask_login import current_user
from flask_wtf import FlaskForm
from sqlalchemy.exc import DataError, IntegrityError
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from app import database
from app.security.login import ask_to_sign_in
from app.security.manager import allowed
from tenants.audit import record
from tenants.context import current_tenant_id
from tenants.database import Base
from tenants.language import _

LARGEST_PAGE = 100
_PLACE_ARGUMENTS = ("page_", "psize_")
Page = Response | str | tuple[str, int]
Row = TypeVar("Row", bound=Base)


class ChangeRefused(ValueError):
    """The change cannot be made; the message is German and names the way out."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class RequestLocalFilters:
    """Keeps a view's search filters in the request.

    Flask-AppBuilder keeps them on the view, which all threads share: one person's search
    terms would show on another's page.
    """

    _prototype: Filters | None = None

    @property
    def _filters(self) -> Filters | None:
        prototype = self.__dict__.get("_filters_prototype")
        if prototype is None or not has_request_context():
            return prototype
        store: dict[int, Filters] = g.setdefault("administration_filters", {})
        return store.setdefault(id(self), copy.copy(prototype))

    @_filters.setter
    def _filters(self, value: Filters) -> None:
        self.__dict__["_filters_prototype"] = value


class AdministrationView(RequestLocalFilters, ModelView, Generic[Row]):
    """Base of the administration pages.

    Routes are a white list: no bulk action, no single action and no download, which
    Flask-AppBuilder runs without looking at the view's filters. Forms are saved here and not
    by Flask-AppBuilder, which forgets what was typed when the database refuses it.
    """

    include_route_methods: ClassVar[set[str]] = {"list", "show", "add", "edit", "delete"}
    page_size = 50
    needs_tenant = True
    subject_kind = ""

    def _init_forms(self) -> None:
        # Flask-AppBuilder makes forms of all columns also for pages that do not exist.
        for page in {"add", "edit"} - self.include_route_methods:
            setattr(self, f"{page}_form", FlaskForm)
        super()._init_forms()

    def create_blueprint(
        self, appbuilder: AppBuilder, endpoint: str | None = None, static_folder: str | None = None
    ) -> Blueprint:
        """Return the view's blueprint, with its door before every page."""
        blueprint: Blueprint = super().create_blueprint(appbuilder, endpoint, static_folder)
        blueprint.before_request(self._guard)
        return blueprint

    def _guard(self) -> Page | None:
        """Answer 404 for a page in the wrong place or not meant for the person."""
        if self.needs_tenant != (g.tenant is not None):
            raise NotFound
        if not current_user.is_authenticated:
            return ask_to_sign_in()
        method = (request.endpoint or "").rpartition(".")[2]
        if not allowed(f"can_{method}", self.class_permission_name):
            raise NotFound
        for name, value in request.args.items():
            if name.startswith(_PLACE_ARGUMENTS) and not (value.isdecimal() and len(value) < 7):
                raise NotFound
        return None

    @expose("/add", methods=["GET", "POST"])
    @has_access
    def add(self) -> Page:
        """Show the form for a new record, or save it."""
        form = self.add_form.refresh()
        if request.method == "POST" and form.validate():
            item = self.datamodel.obj()
            if self._save(item, form, "added"):
                flash(_("Der Eintrag ist gespeichert."), "success")
                return redirect(self.get_redirect())
        widgets = self._get_add_widget(form=form)
        return self._form_page(self.add_template, self.add_title, widgets)

    @expose("/edit/<pk>", methods=["GET", "POST"])
    @has_access
    def edit(self, pk: str) -> Page:
        """Show the form of a record, or save its changes."""
        item = self._find(pk)
        form = self.edit_form.refresh(obj=item)
        if request.method == "POST" and form.validate() and self._save(item, form, "changed"):
            flash(_("Die Änderung ist gespeichert."), "success")
            return redirect(self.get_redirect())
        widgets = self._get_edit_widget(form=form)
        return self._form_page(self.edit_template, self.edit_title, widgets)

    @expose("/delete/<pk>", methods=["POST"])
    @has_access
    def delete(self, pk: str) -> Page:
        """Delete a record for good."""
        item = self._find(pk)
        try:
            self.check_deletion(item)
            self._record("deleted", item)
            database.session.delete(item)
            database.session.commit()
        except ChangeRefused as refused:
            database.session.rollback()
            flash(str(refused), "danger")
        except IntegrityError:
            database.session.rollback()
            flash(_("Der Eintrag wird noch gebraucht und bleibt deshalb stehen."), "danger")
        else:
            flash(_("Der Eintrag ist gelöscht."), "success")
        return redirect(self.get_redirect())

    def apply_form(self, item: Row, form: FlaskForm) -> None:
        """Write what was typed into ``item``. Raises `ChangeRefused`."""
        form.populate_obj(item)

    def check_deletion(self, item: Row) -> None:
        """Raise `ChangeRefused` when ``item`` must stay."""

    def _save(self, item: Row, form: FlaskForm, act: str) -> bool:
        """Save in one transaction with its audit entry; say whether that worked."""
        try:
            self.apply_form(item, form)
            database.session.add(item)
            database.session.flush()
            self._record(act, item)
            database.session.commit()
        except ChangeRefused as refused:
            database.session.rollback()
            self._show_refusal(form, refused.field, str(refused))
        except IntegrityError:
            database.session.rollback()
            self._show_refusal(form, "", _("Diesen Eintrag gibt es schon."))
        else:
            return True
        return False

    def _record(self, act: str, item: Row) -> None:
        if self.subject_kind:
            key = self._serialize_pk_if_composite(self.datamodel.get_pk_value(item))
            record(database.session(), f"{self.subject_kind}.{act}", self.subject_kind, str(key))

    @staticmethod
    def _show_refusal(form: FlaskForm, name: str, message: str) -> None:
        shown = [field for field in form if field.type not in ("CSRFTokenField", "HiddenField")]
        field = next((one for one in shown if one.name == name), shown[0])
        field.errors = [*field.errors, message]

    def _form_page(
        self, template: str, title: str, widgets: dict[str, RenderTemplateWidget]
    ) -> Page:
        for widget in widgets.values():
            widget.template_args["route_base"] = self.route_base
        page = self.render_template(template, title=title, widgets=widgets, related_views=[])
        return (page, 422) if request.method == "POST" else page

    def _find(self, pk: str) -> Row:
        item: Row | None = self.datamodel.get(
            self._deserialize_pk_if_composite(pk), self._base_filters
        )
        if item is None:
            raise NotFound
        return item

    def _serialize_pk_if_composite(self, pk: object) -> object:
        """Return the key for an address: the tenant stands in the path and nowhere else."""
        return pk[-1] if isinstance(pk, list) else pk

    def _deserialize_pk_if_composite(self, pk: str) -> object:
        """Return the key of the row; no address can name another tenant's."""
        try:
            key = str(uuid.UUID(pk))
        except ValueError:
            raise NotFound from None
        return [current_tenant_id(), key] if self.datamodel.is_pk_composite() else key

    def _list(self, **arguments: object) -> object:
        try:
            return super()._list(**arguments)
        except IndexError:
            # The address names a kind of filter that the column does not have.
            raise NotFound from None

    def _get_list_widget(self, **arguments: object) -> object:
        wanted = arguments.get("page_size")
        if isinstance(wanted, int):
            arguments["page_size"] = max(1, min(wanted, LARGEST_PAGE))
        if arguments.get("order_column") not in self.order_columns:
            arguments["order_column"], arguments["order_direction"] = "", ""
        try:
            return super()._get_list_widget(**arguments)
        except (DatabaseException, DataError):
            # A search term that does not fit its column finds nothing.
            database.session.rollback()
            raise NotFound from None

    def update_redirect(self) -> None:
        """Keep no history of addresses in the cookie: they would carry search terms."""

    def get_redirect(self) -> str:
        """Return to the list, since there is no history."""
        address: str = self.get_default_url()
        return address
