"""Flask-AppBuilder's model view, made safe for threads and tenants."""

from __future__ import annotations

import copy
from typing import ClassVar

from flask import g, has_request_context
from flask_appbuilder import ModelView
from flask_appbuilder.models.base import Filters
from werkzeug.exceptions import NotFound

LARGEST_PAGE = 100


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


class AdministrationView(RequestLocalFilters, ModelView):
    """Base of the administration pages.

    Routes are a white list: no bulk action, no single action and no download, which
    Flask-AppBuilder runs without looking at the view's filters.
    """

    include_route_methods: ClassVar[set[str]] = {"list", "show", "add", "edit", "delete"}
    page_size = 50
    needs_tenant = True

    def _list(self, **arguments: object) -> object:
        self._check_place()
        return super()._list(**arguments)

    def _show(self, pk: str) -> object:
        self._check_place()
        return super()._show(pk)

    def _add(self) -> object:
        self._check_place()
        return super()._add()

    def _edit(self, pk: str) -> object:
        self._check_place()
        return super()._edit(pk)

    def _delete(self, pk: str) -> None:
        self._check_place()
        super()._delete(pk)

    def _check_place(self) -> None:
        """Answer 404 where the page does not belong: within, or outside of, a tenant."""
        if self.needs_tenant != (g.tenant is not None):
            raise NotFound

    def _get_list_widget(self, **arguments: object) -> object:
        wanted = arguments.get("page_size")
        if isinstance(wanted, int):
            arguments["page_size"] = max(1, min(wanted, LARGEST_PAGE))
        return super()._get_list_widget(**arguments)

    def update_redirect(self) -> None:
        """Keep no history of addresses in the cookie: they would carry search terms."""

    def get_redirect(self) -> str:
        """Return to the list, since there is no history."""
        address: str = self.get_default_url()
        return address
