"""A signed-in person in front of the web application, without a server."""

from __future__ import annotations

import re
from collections.abc import Mapping

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.installation import PASSWORD, Person

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Visitor:
    """Fetches pages and sends forms with the token that the last page carried."""

    def __init__(self, app: Flask, person: Person | None = None) -> None:
        self.client: FlaskClient = app.test_client()
        self._token = ""
        if person is not None:
            self.sign_in(person.email)

    def sign_in(self, email: str, password: str = PASSWORD) -> TestResponse:
        """Sign in as a person."""
        self.get("/anmelden")
        return self.post("/anmelden", {"username": email, "password": password})

    def get(self, path: str, **options: object) -> TestResponse:
        """Fetch a page."""
        return self._remember(self.client.get(path, **options))  # type: ignore[arg-type]

    def post(
        self, path: str, fields: Mapping[str, object] | None = None, **options: object
    ) -> TestResponse:
        """Send a form."""
        data = {"csrf_token": self._token, **(fields or {})}
        return self._remember(self.client.post(path, data=data, **options))  # type: ignore[arg-type]

    def _remember(self, response: TestResponse) -> TestResponse:
        if response.mimetype == "text/html":
            found = _TOKEN.search(response.get_data(as_text=True))
            if found:
                self._token = found.group(1)
        return response
