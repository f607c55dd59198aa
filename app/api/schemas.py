"""JSON Schemas (2020-12) of what the API takes and answers; OpenAPI 3.1 holds them as they are."""

from __future__ import annotations

from typing import Final

from forms.attachments.states import ATTACHMENT_STATES
from forms.expressions.nodes import Json
from forms.procedure.models import INQUIRY_KINDS
from forms.procedure.states import SUBMISSION_STATES
from forms.procedure.working import MAXIMUM_REMARK, WORK_LABELS
from tenants.language import _

Schema = dict[str, Json]

LARGEST_PAGE: Final = 200
USUAL_PAGE: Final = 50


def ref(name: str) -> Schema:
    """Return the reference to a schema of `SCHEMAS`."""
    return {"$ref": f"#/components/schemas/{name}"}


def strict_object(properties: Schema, *, optional: tuple[str, ...] = ()) -> Schema:
    """Return the schema of an object with these members and no other."""
    required: list[Json] = [name for name in properties if name not in optional]
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def text(description: str = "", **limits: Json) -> Schema:
    """Return the schema of a text."""
    described: Schema = {"description": description} if description else {}
    return {"type": "string", **described, **limits}


def or_null(schema: Schema) -> Schema:
    """Return ``schema``, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def page_of(name: str) -> Schema:
    """Return the schema of a page of a list."""
    return strict_object(
        {
            "items": {"type": "array", "items": ref(name)},
            "next_cursor": or_null(
                text(_("Für „cursor“ der nächsten Seite; null auf der letzten"))
            ),
        }
    )


DAY: Final[Schema] = {"type": "string", "format": "date"}
MOMENT: Final[Schema] = {"type": "string", "format": "date-time"}
IDENTIFIER: Final[Schema] = {"type": "string", "format": "uuid"}
COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
STATES: Final[list[Json]] = list(SUBMISSION_STATES)

ANSWERS: Final[Schema] = {
    "type": "object",
    "description": _(
        "Antworten nach Schlüssel des Feldes, wie im JSON-Schema der Fassung. Beträge und"
        " Dezimalzahlen sind Texte („12.50“), Zeilen tragen ihre Kennung in „_id“."
    ),
    "additionalProperties": True,
    "maxProperties": 1000,
}
MESSAGE: Final[Schema] = strict_object(
    {
        "pointer": text(_("JSON-Pointer in die Antworten: /answers/kosten/0/betrag")),
        "detail": text(_("Was dort nicht stimmt")),
    }
)

SUBMISSION: Final[Schema] = {
    "id": IDENTIFIER,
    "form": text(),
    "version": {"type": "integer", "minimum": 1},
    "state": {"type": "string", "enum": STATES},
    "number": or_null(text(_("Nummer der Einreichung, null für einen Entwurf"))),
    "period": text(),
    "organisation_id": or_null(IDENTIFIER),
    "submitted_at": or_null(MOMENT),
    "revision": COUNT,
    "continues": or_null(
        IDENTIFIER | {"description": _("Die Einreichung, an der dieser Entwurf weiterarbeitet")}
    ),
    "purpose": {
        "type": "string",
        "enum": ["", *WORK_LABELS],
        "description": _("Wozu ein Entwurf eine Einreichung fortsetzt"),
    },
}
FILE: Final[Schema] = {
    "id": IDENTIFIER,
    "field": text(_("Pfad des Feldes: nachweis oder kosten[0].beleg")),
    "name": text(),
    "size": or_null(COUNT | {"description": _("In Byte")}),
    "sha256": text(pattern="^[0-9a-f]{64}$"),
    "state": {"type": "string", "enum": [*ATTACHMENT_STATES, "erased"]},
}
FIELD_PATH: Final = r"^[a-z][a-z0-9_]*(\[[0-9]{1,4}\]\.[a-z][a-z0-9_]*)*$"

SCHEMAS: Final[dict[str, Schema]] = {
    "Problem": {
        "type": "object",
        "description": _("Fehler nach RFC 9457"),
        "properties": {
            "type": text(),
            "title": text(),
            "status": {"type": "integer"},
            "detail": text(),
            "reference": text(_("Kennzeichen für Rückfragen an die Betreiberin")),
            "errors": {
                "type": "array",
                "items": MESSAGE,
            },
        },
        "required": ["type", "title", "status", "detail"],
    },
    "Validity": strict_object(
        {
            "number": {"type": "integer", "minimum": 1},
            "name": text(_("Wie die Fassung genannt wird, zum Beispiel 1.2.0")),
            "state": {
                "type": "string",
                "enum": ["announced", "in_use", "deprecated", "ended", "closed", "locked"],
            },
            "binding_from": DAY,
            "deprecated_on": or_null(DAY),
            "last_day": or_null(DAY),
            "closes_at": or_null(MOMENT),
        }
    ),
    "Form": strict_object(
        {
            "key": text(),
            "title": text(),
            "description": text(),
            "data_class": {"type": "string", "pattern": "^(K[0-5])?$"},
            "current": or_null(ref("Validity")),
            "announced": or_null(ref("Validity")),
            "versions": {"type": "array", "items": ref("Validity")},
        }
    ),
    "FormPage": page_of("Form"),
    "Version": strict_object(
        {
            "form": text(),
            "validity": ref("Validity"),
            "published_at": MOMENT,
            "content_sha256": text(pattern="^[0-9a-f]{64}$"),
            "answers_schema": {
                "type": "object",
                "description": _("JSON-Schema (2020-12) der Antworten auf diese Fassung"),
            },
            "definition": {
                "type": "object",
                "description": _(
                    "Der Vordruck, wie ihn die Referenz des Formats beschreibt; ohne das, was Ihr"
                    " Token nicht sehen darf"
                ),
            },
        }
    ),
    "SubmissionEntry": strict_object(
        {
            "form": text(_("Schlüssel des Vordrucks"), minLength=1, maxLength=80),
            "period": text(_("Wofür, zum Beispiel 2026"), maxLength=20),
        },
        optional=("period",),
    ),
    "AnswersEntry": strict_object({"answers": ANSWERS}),
    "SubmitEntry": strict_object(
        {
            "confirm_warnings": {"type": "boolean", "default": False},
            "remark": text(_("Text zur Antwort auf eine Rückfrage"), maxLength=MAXIMUM_REMARK),
            "clauses": {
                "type": "array",
                "items": text(minLength=1, maxLength=80),
                "maxItems": 100,
                "uniqueItems": True,
                "description": _(
                    "Schlüssel der freiwilligen Bausteine, die das Dokument haben soll; ohne diese"
                    " Angabe bleibt, was gewählt ist"
                ),
            },
        },
        optional=("confirm_warnings", "remark", "clauses"),
    ),
    "ClauseList": strict_object(
        {
            "items": {
                "type": "array",
                "items": strict_object(
                    {
                        "key": text(),
                        "title": text(),
                        "text": {"type": "array", "items": text(_("Ein Absatz"))},
                        "is_chosen": {"type": "boolean"},
                    }
                ),
            }
        }
    ),
    "DraftAnswers": strict_object({"revision": COUNT, "answers": ANSWERS}),
    "Submission": strict_object(SUBMISSION),
    "SubmissionPage": page_of("Submission"),
    "SubmissionDetail": strict_object(
        SUBMISSION
        | {
            "answers": ANSWERS,
            "masked": {
                "type": "object",
                "description": _("Verkürzt gezeigte Antworten nach Schlüssel"),
                "additionalProperties": {"type": "string"},
            },
        }
    ),
    "File": strict_object(FILE),
    "FileList": strict_object({"items": {"type": "array", "items": ref("File")}}),
    "FileEntry": strict_object(
        {
            "field": text(
                _("Pfad des Feldes, Zeilen von 0 an: nachweis oder kosten[0].beleg"),
                pattern=FIELD_PATH,
                maxLength=300,
            ),
            "file": {"type": "string", "contentMediaType": "application/octet-stream"},
        }
    ),
    "InquiryList": strict_object(
        {
            "items": {
                "type": "array",
                "items": strict_object(
                    {
                        "id": IDENTIFIER,
                        "submission": IDENTIFIER,
                        "form": text(),
                        "kind": {"type": "string", "enum": [*INQUIRY_KINDS]},
                        "text": text(),
                        "asked_at": MOMENT,
                        "due_on": DAY,
                        "fields": {
                            "type": "array",
                            "items": strict_object({"key": text(), "label": text()}),
                        },
                        "is_ours": {
                            "type": "boolean",
                            "description": _("Ob Ihre Seite sie zu beantworten hat"),
                        },
                    }
                ),
            }
        }
    ),
    "DraftEntry": strict_object(
        {
            "definition": {
                "type": "object",
                "description": _("Der Vordruck, wie ihn die Referenz des Formats beschreibt"),
            }
        }
    ),
    "Draft": strict_object({"form_id": IDENTIFIER, "key": text(), "revision": COUNT}),
    "EvaluationList": strict_object(
        {
            "items": {
                "type": "array",
                "items": strict_object({"id": IDENTIFIER, "title": text(), "form": text()}),
            }
        }
    ),
    "ResultList": strict_object(
        {
            "items": {
                "type": "array",
                "items": strict_object(
                    {
                        "id": IDENTIFIER,
                        "taken_at": MOMENT,
                        "versions": {"type": "array", "items": {"type": "integer"}},
                        "is_outdated": {"type": "boolean"},
                        "table": ref("Table"),
                    }
                ),
            }
        }
    ),
    "Cell": {
        "type": "array",
        "prefixItems": [
            or_null(COUNT),
            or_null(text(_("Summe als Dezimalzahl"))),
            or_null(text(_("Mittelwert als Dezimalzahl"))),
        ],
        "minItems": 3,
        "maxItems": 3,
    },
    "Table": strict_object(
        {
            "row_heading": text(),
            "column_heading": text(),
            "measure": text(),
            "rows": {"type": "array", "items": text()},
            "columns": {"type": "array", "items": text()},
            "cells": {"type": "array", "items": {"type": "array", "items": ref("Cell")}},
            "row_totals": {"type": "array", "items": ref("Cell")},
            "column_totals": {"type": "array", "items": ref("Cell")},
            "total": ref("Cell"),
            "is_withheld": {"type": "boolean"},
            "threshold": COUNT,
        }
    ),
    "EvaluationEntry": strict_object({"answers": ANSWERS}),
    "Evaluation": strict_object(
        {
            "values": {
                "type": "object",
                "description": _("Werte nach Pfad, auch die berechneten"),
            },
            "visible": {"type": "array", "items": text()},
            "errors": {"type": "array", "items": MESSAGE},
            "warnings": {"type": "array", "items": MESSAGE},
        }
    ),
}
