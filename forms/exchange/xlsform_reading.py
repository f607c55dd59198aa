"""Reads an XLSForm (XLSX): its questions become a form, and a report says what did not fit."""

from __future__ import annotations

from forms.elements import MAXIMUM_NESTING
from forms.exchange.naming import Keys, derived_id
from forms.exchange.originals import read_originals
from forms.exchange.report import ExchangeReport, ImportedForm, ImportRefused, Object
from forms.exchange.settling import settled
from forms.exchange.workbook import Sheet, read_workbook
from forms.exchange.xlsform_choices import read_choices
from forms.exchange.xlsform_fields import field_type
from forms.exchange.xlsform_languages import carried_languages
from forms.exchange.xlsform_leftovers import (
    refuse_group_leftovers,
    refuse_leftovers,
    refuse_settings,
    refuse_sheets,
    refuse_unused_lists,
)
from forms.exchange.xlsform_outline import (
    Item,
    canonical_column,
    choose_language,
    read_outline,
)
from forms.exchange.xlsform_pages import PageBuilder
from forms.exchange.xlsform_survey import Survey, every_item
from forms.exchange.xpath_reading import Kind, Question
from tenants.language import _

SOURCE = "XLSForm"
DATA_CLASS = "K3"
"""What an imported form counts as until somebody decides: it may ask for personal data."""

_KINDS: dict[str, Kind] = {
    "text": "text", "long_text": "text", "email": "text", "iban": "text",
    "integer": "number", "decimal": "number", "money": "number", "percent": "number",
    "hours": "number", "scale": "number", "telephone": "text", "postcode": "text",
    "date": "date", "yes_no": "yes_no", "declaration": "yes_no",
    "radio": "choice", "select": "choice", "checkboxes": "choices", "calculated": "number",
}  # fmt: skip
_SHEET_ID = "form"


def read_xlsform(data: bytes) -> ImportedForm:
    """Return the form that an XLSForm workbook defines.

    Raises `ImportRefused` for a hostile or unreadable workbook and when nothing of it can be
    used. Ids are derived from form_id and name, so that the next import can be compared.
    """
    workbook = read_workbook(data)
    sheets = workbook.read
    if "survey" not in sheets:
        raise ImportRefused(_("Die Arbeitsmappe hat kein Blatt „survey“; sie ist kein XLSForm."))
    report = ExchangeReport()
    settings = _settings(sheets)
    language, others = choose_language(sheets, settings.get("default_language", ""))
    languages = carried_languages(language, others, report)
    items = read_outline(sheets["survey"], language, report)
    originals = read_originals(sheets.get("siegel", Sheet()))
    title = settings.get("title") or settings.get("form_title") or settings.get("id_string", "")
    title = title or _("Vordruck ohne Titel")
    form_key = settings.get("id_string") or settings.get("form_id") or title
    survey = Survey(
        derived_id(form_key), items,
        read_choices(sheets.get("choices", Sheet()), language, languages, report),
        originals, languages, report,
    )  # fmt: skip
    refuse_sheets(workbook.others, report)
    if _SHEET_ID not in originals:
        refuse_settings(settings, report)
        refuse_unused_lists(survey.lists, every_item(survey.items), report)
    _name_questions(survey)
    pages = PageBuilder(survey, title).pages()
    document = _document(survey, title[:200], form_key, settings, pages)
    return ImportedForm(settled(document, report), report, SOURCE)


def _settings(sheets: dict[str, Sheet]) -> dict[str, str]:
    rows = sheets.get("settings", Sheet()).rows
    if not rows:
        return {}
    cells: dict[str, str] = {}
    for header, text in rows[0].cells.items():
        column, _language = canonical_column(header)
        cells[column] = text
    for alias, name in (("set_form_title", "title"), ("form_title", "title"),
                        ("form_id", "id_string"), ("set_form_id", "id_string")):  # fmt: skip
        if alias in cells:
            cells.setdefault(name, cells[alias])
    return cells


def _document(
    survey: Survey, title: str, form_key: str, settings: dict[str, str], pages: list[Object]
) -> Object:
    original = survey.originals.get(_SHEET_ID)
    document: Object = {
        "schema_version": 1,
        "id": survey.form_id,
        "key": Keys().take(form_key, "vordruck"),
        "title": title,
        "language": "de-DE",
        "data_class": DATA_CLASS,
    }
    if original is not None:
        document |= {name: value for name, value in original.element.items() if name != "pages"}
        document |= {"title": title}
        if "data_class" not in original.element:
            del document["data_class"]
        if original.cells.get("form_id") != settings.get("id_string"):
            document |= {"id": survey.form_id, "key": Keys().take(form_key, "vordruck")}
    if survey.languages:
        former = document.get("languages")
        tags = former if isinstance(former, list) else []
        document["languages"] = [*dict.fromkeys([*tags, *survey.languages.values()])]
    return document | {"pages": [dict(page) for page in pages]}


def _name_questions(survey: Survey) -> None:
    top = Keys()
    _name(survey, survey.items, top, ())


def _name(survey: Survey, items: list[Item], keys: Keys, groups: tuple[str, ...]) -> None:
    """Give keys to questions, in the order of the sheet; groups share the room they stand in."""
    for item in items:
        if item.type == "group":
            original = survey.original_of(item)
            if original is not None and original.element.get("type") == "matrix":
                _register(survey, item, "matrix", _key(survey, item, keys), groups)
            else:
                _refuse_group_leftovers(survey, item)
                _name(survey, item.children, keys, groups)
        elif item.type == "repeat":
            if len(groups) >= MAXIMUM_NESTING:
                survey.report.refuse_depth(item.name)
                continue
            key = _key(survey, item, keys)
            _refuse_group_leftovers(survey, item)
            _register(survey, item, "repeat", key, groups)
            _name(survey, item.children, Keys(), (*groups, key))
        else:
            _name_question(survey, item, keys, groups)


def _name_question(survey: Survey, item: Item, keys: Keys, groups: tuple[str, ...]) -> None:
    original = survey.original_of(item)
    try:
        type_ = field_type(item, survey.lists)
    except ValueError as error:
        survey.report.refuse(item.name, item.type, str(error))
        survey.questions.setdefault(item.name, Question("", "none"))
        return
    if (
        original is not None
        and original.cells.get("type") == item.cells.get("type")
        and (original.cells.get("appearance", "") == item.cells.get("appearance", ""))
    ):
        type_ = str(original.element.get("type", type_))
    _register(survey, item, type_, _key(survey, item, keys), groups)
    refuse_leftovers(item, type_, survey.report)


def _refuse_group_leftovers(survey: Survey, item: Item) -> None:
    original = survey.original_of(item)
    refuse_group_leftovers(item, original.cells if original is not None else {}, survey.report)


def _key(survey: Survey, item: Item, keys: Keys) -> str:
    original = survey.original_of(item)
    if original is not None and original.cells.get("name") == item.cells.get("name"):
        key = str(original.element.get("key", ""))
        if key and keys.reserve(key):
            return key
    return keys.take(item.name)


def _register(survey: Survey, item: Item, type_: str, key: str, groups: tuple[str, ...]) -> None:
    survey.types[item.row.number] = type_
    survey.keys[item.row.number] = key
    kind: Kind = "repeat" if type_ == "repeat" else _KINDS.get(type_, "none")
    yes_no = None
    if type_ == "yes_no" and item.argument in survey.lists:
        yes_no = survey.lists[item.argument].yes_no
    elif type_ == "declaration":
        yes_no = ("OK", "")
    yes, no = yes_no or ("yes", "no")
    question = survey.own[item.row.number] = Question(key, kind, groups, yes, no)
    if item.name in survey.questions:
        survey.report.refuse(
            item.name, "name",
            _("Diesen Namen haben mehrere Fragen; Regeln meinen die erste."),
        )  # fmt: skip
        return
    survey.questions[item.name] = question
