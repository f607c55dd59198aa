"""Forms and their versions, for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import database
from app.api.operations import Bearer, Call, Operation, Parameter, Result
from app.api.paging import PAGING, cursor_of, read_cursor
from app.api.problems import Fault, Problem, answer_pointer, pointer_of
from forms.building.drafting import FormKeyTaken, create_form
from forms.building.structure import StructureBroken
from forms.constraints import Message
from forms.definition import DefinitionError, FormDefinition, parse_definition
from forms.definition_data_schema import data_schema
from forms.evaluation import Evaluation, evaluate, flatten
from forms.evaluation_document import visible_in_order
from forms.expressions.nodes import Json
from forms.models import Form, FormVersion
from forms.procedure.viewing import readable_evaluation, readable_form
from forms.publishing import FormInUse, FormUnknown, definition_of, find_form
from forms.readable_document import readable_document
from forms.tenant_surroundings import current_surroundings
from forms.versions.models import VersionValidity
from tenants.database import now
from tenants.language import _

KEY = Parameter(
    name="key",
    description=_("Schlüssel des Vordrucks."),
    schema={"type": "string"},
    where="path",
)
NUMBER = Parameter(
    name="number",
    description=_("Nummer der Fassung."),
    schema={"type": "integer", "minimum": 1},
    where="path",
)


def may_know(bearer: Bearer, form: FormInUse) -> bool:
    """Say whether a form may be known: the office knows all, a Träger what it may begin."""
    if bearer.organisation_id is None or form.current is None:
        return True
    return may_begin(bearer, form.current.form_version)


def may_begin(bearer: Bearer, version: FormVersion) -> bool:
    """Say whether the first step of a form is the bearer's."""
    role = definition_of(version).procedure.role_of(0)
    return not role or role in bearer.viewer.roles


def known_form(session: Session, call: Call, key: str) -> FormInUse:
    """Return a form that the bearer may know. Raises `Problem` 404."""
    try:
        form = find_form(session, key)
    except FormUnknown:
        raise Problem(404) from None
    if not may_know(call.bearer, form):
        raise Problem(404)
    return form


def known_version(session: Session, call: Call) -> VersionValidity:
    """Return the version that the path names. Raises `Problem` 404."""
    form = known_form(session, call, call.path["key"])
    number = call.path["number"]
    for validity in form.versions:
        if str(validity.form_version.number) == number:
            return validity
    raise Problem(404)


def list_forms(call: Call) -> Result:
    """List the published forms by key."""
    session = database.session()
    size = call.number("limit")
    query = select(Form.key).where(Form.state == "published").order_by(Form.key)
    if call.text("cursor"):
        (after,) = read_cursor(call.text("cursor"), 1)
        query = query.where(Form.key > after)
    keys = list(session.scalars(query.limit(size + 1)))
    forms = [find_form(session, key) for key in keys[:size]]
    items: list[Json] = [_form(one) for one in forms if may_know(call.bearer, one)]
    return Result(
        {"items": items, "next_cursor": cursor_of(keys[size - 1]) if len(keys) > size else None}
    )


def show_form(call: Call) -> Result:
    """Show one form with all its versions."""
    return Result(_form(known_form(database.session(), call, call.path["key"])))


def show_version(call: Call) -> Result:
    """Show a version with its definition."""
    validity = known_version(database.session(), call)
    version = validity.form_version
    return Result(
        {
            "form": version.form.key,
            "validity": _validity(validity),
            "published_at": version.published_at.isoformat(),
            "content_sha256": version.content_sha256,
            "definition": readable_document(
                version.definition,
                call.bearer.viewer,
                is_office=call.bearer.organisation_id is None,
            ),
            "answers_schema": data_schema(
                readable_form(definition_of(version), call.bearer.viewer)
            ),
        }
    )


def evaluate_answers(call: Call) -> Result:
    """Evaluate answers as if they were submitted now, without keeping anything."""
    session = database.session()
    validity = known_version(session, call)
    definition = definition_of(validity.form_version)
    answers = call.body["answers"]
    if not isinstance(answers, dict):
        raise TypeError("answers are an object, says the schema")
    evaluation = evaluate(
        definition,
        answers,
        stage="submission",
        surroundings=current_surroundings(session, definition.rate_keys),
    )
    form = readable_form(definition, call.bearer.viewer)
    unknown = [_unknown(key) for key in answers if key not in form.fields]
    return Result(evaluation_document(form, readable_evaluation(evaluation, form), unknown))


def _unknown(key: str) -> Fault:
    text = _("Die Angabe „{key}“ gibt es in diesem Formular nicht.")
    return Fault(pointer_of(["answers", key]), text.format(key=key))


def evaluation_document(
    form: FormDefinition, evaluation: Evaluation, unknown: Sequence[Fault] = ()
) -> dict[str, Json]:
    """Return what an evaluation says, cut to ``form``; ``unknown`` are answers to no field."""
    errors = [*unknown, *(fault_of(one) for one in evaluation.errors)]
    values: Mapping[str, object] = flatten(evaluation.values)
    return {
        "values": {path: _json(value) for path, value in values.items()},
        "visible": list(visible_in_order(form, evaluation)),
        "errors": [one.document() for one in errors],
        "warnings": [fault_of(one).document() for one in evaluation.warnings],
    }


def _json(value: object) -> Json:
    if isinstance(value, list):
        return [str(one) for one in value]
    if value is None or isinstance(value, str | int | bool):
        return value
    raise TypeError(f"not flattened: {value!r}")


def begin_draft(call: Call) -> Result:
    """Take a form over into the builder; nobody can fill it in until it is published there."""
    session = database.session()
    document = call.body["definition"]
    if not isinstance(document, dict):
        raise TypeError("a definition is an object, says the schema")
    try:
        parse_definition(document)
        draft = create_form(session, document)
    except DefinitionError as error:
        faults = [Fault("/definition", finding) for finding in error.findings]
        raise Problem(422, _("Das ist kein brauchbarer Vordruck."), faults) from None
    except StructureBroken as error:
        raise Problem(422, str(error)) from None
    except FormKeyTaken as error:
        raise Problem(409, str(error)) from None
    return Result(
        {"form_id": draft.form_id, "key": str(document["key"]), "revision": draft.revision}
    )


def fault_of(message: Message) -> Fault:
    """Return what a message says and where."""
    return Fault(answer_pointer(message.path), message.text)


def _form(form: FormInUse) -> dict[str, Json]:
    return {
        "key": form.form.key,
        "title": form.form.title,
        "description": form.form.description,
        "data_class": form.form.data_class,
        "current": _validity(form.current) if form.current else None,
        "announced": _validity(form.announced) if form.announced else None,
        "versions": [_validity(one) for one in form.versions],
    }


def _validity(row: VersionValidity) -> dict[str, Json]:
    validity = row.validity
    return {
        "number": row.form_version.number,
        "name": row.name,
        "state": validity.state(now()),
        "binding_from": row.binding_from.isoformat(),
        "deprecated_on": row.deprecated_on.isoformat() if row.deprecated_on else None,
        "last_day": validity.last_day.isoformat() if validity.last_day else None,
        "closes_at": row.closes_at.isoformat() if row.closes_at else None,
    }


_FORMS = _("Vordrucke")

FORM_OPERATIONS = (
    Operation(
        name="listForms", method="GET", path="/forms", scope="forms:read", tag=_FORMS,
        summary=_("Vordrucke auflisten"), work=list_forms, answer="FormPage", parameters=PAGING,
        description=_("Eine Seite kann weniger Einträge haben als „limit“ und doch nicht die"
                      " letzte sein: Es zählt „next_cursor“."),
    ),
    Operation(
        name="getForm", method="GET", path="/forms/{key}", scope="forms:read", tag=_FORMS,
        summary=_("Vordruck mit seinen Fassungen lesen"), work=show_form, answer="Form",
        parameters=(KEY,),
    ),
    Operation(
        name="getFormVersion", method="GET", path="/forms/{key}/versions/{number}",
        scope="forms:read", tag=_FORMS, summary=_("Fassung mit ihrem Aufbau lesen"),
        work=show_version, answer="Version", parameters=(KEY, NUMBER),
    ),
    Operation(
        name="createFormDraft", method="POST", path="/form-drafts", scope="forms:write",
        tag=_FORMS, summary=_("Vordruck als Entwurf in den Baukasten übernehmen"),
        work=begin_draft, status=201, answer="Draft", body="DraftEntry", is_kept=True,
        description=_("Veröffentlicht wird der Entwurf im Baukasten, von Personen."),
    ),
    Operation(
        name="evaluateAnswers", method="POST", path="/forms/{key}/versions/{number}/evaluation",
        scope="forms:read", tag=_FORMS, summary=_("Angaben auswerten, ohne sie zu speichern"),
        description=_("Rechnet und prüft wie beim Einreichen. Nichts davon wird gespeichert."),
        work=evaluate_answers, answer="Evaluation", body="EvaluationEntry",
        parameters=(KEY, NUMBER),
    ),
)  # fmt: skip
