"""The meta-schema of forms is published where everybody can fetch it."""

from __future__ import annotations

from flask import Flask
from jsonschema import Draft202012Validator

from forms.packages import list_packages


def test_the_published_schema_accepts_the_shipped_forms(app: Flask) -> None:
    answer = app.test_client().get("/hilfe/form-1.schema.json")
    assert answer.status_code == 200
    assert answer.mimetype == "application/schema+json"
    schema = answer.get_json()
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for package in list_packages():
        assert not list(validator.iter_errors(package.form_document)), package.name
    assert list(validator.iter_errors({"schema_version": 1, "title": "leer"}))
