"""Puts the pages of an imported XLSForm together: groups become pages and sections."""

from __future__ import annotations

from functools import partial

from forms.exchange.expression_kinds import result_of
from forms.exchange.expression_source import expression_source
from forms.exchange.naming import Keys, derived_id
from forms.exchange.originals import merged, options_of
from forms.exchange.report import Object
from forms.exchange.xlsform_constraints import constraint_settings
from forms.exchange.xlsform_fields import plain_field, texts_of, with_labels
from forms.exchange.xlsform_languages import add_translations
from forms.exchange.xlsform_outline import Item
from forms.exchange.xlsform_survey import Survey, every_item
from forms.exchange.xpath import XPathRefused
from forms.exchange.xpath_reading import Place, Question, expression_from_xpath
from forms.expressions.nodes import Json, Logic, Node
from tenants.language import _

_NOWHERE = Question("", "none")
_TRUE = ("yes", "true", "true()", "ja", "1", "required")
_FALSE = ("no", "false", "false()", "nein", "0", "")
CARD_COLUMNS = 5
"""A group with more questions than this is shown as cards, not as a table."""


class PageBuilder:
    """Walks over the outline once, in its order, and collects pages with sections and fields."""

    def __init__(self, survey: Survey, title: str) -> None:
        self._survey = survey
        self._title = title
        self._pages: list[Object] = []
        self._fields: list[Json] | None = None
        """Where the next question goes; None until a section is open."""
        self._page_keys, self._section_keys = Keys(), Keys()
        self._named: set[tuple[str, ...]] = set()
        """Paths of names that questions have; of the same names only the first has that id."""
        self._labels: dict[str, str] = {}
        for item in every_item(survey.items):
            self._labels.setdefault(item.name, item.label)

    def pages(self) -> list[Object]:
        """Return the pages of the form."""
        open_page = False
        for item in self._survey.items:
            if self._is_group(item):
                self._open_page(item)
                self._walk(item.children, ())
                open_page = False
            else:
                if not open_page:
                    self._open_page(None)
                    open_page = True
                self._walk([item], ())
        return self._pages

    def _is_group(self, item: Item) -> bool:
        return item.type == "group" and self._survey.types.get(item.row.number) != "matrix"

    def _walk(self, items: list[Item], conditions: tuple[Node, ...]) -> None:
        for item in items:
            if self._is_group(item):
                inner = (*conditions, *self._condition(item, _NOWHERE))
                self._open_section(item, inner)
                self._walk(item.children, inner)
                self._fields = None
            else:
                if self._fields is None:
                    self._open_section(None, conditions)
                made = self._element(item)
                if made is not None and self._fields is not None:
                    self._fields.append(made)

    def _open_page(self, item: Item | None) -> None:
        title = self._title if item is None else self._texts_of(item)[0]
        key = self._own_key(item, self._page_keys) or self._page_keys.take(
            "angaben" if item is None else item.name, "seite"
        )
        page: Object = {
            "id": derived_id(self._survey.form_id, "page", key),
            "key": key,
            "title": title,
        }
        if item is not None:
            intro = self._texts_of(item)[1]
            if intro:
                page["intro"] = intro
            self._add_visible(page, self._condition(item, _NOWHERE))
            page = self._with_original(item, page)
            self._survey.report.carry(item.name, "page", key)
        page["sections"] = []
        self._pages.append(page)
        self._fields = None

    def _open_section(self, item: Item | None, conditions: tuple[Node, ...]) -> None:
        page = self._pages[-1]
        sections = page["sections"]
        if not isinstance(sections, list):
            return
        name = item.name if item is not None else str(page["key"])
        key = self._own_key(item, self._section_keys) or self._section_keys.take(name, "abschnitt")
        section: Object = {"id": derived_id(self._survey.form_id, "section", key), "key": key}
        self._add_visible(section, conditions)
        if item is not None:
            if item.cells.get("label"):
                section["title"] = self._texts_of(item)[0]
            self._refuse_hint(item)
            section = self._with_original(item, section)
            self._survey.report.carry(item.name, "section", key)
        fields: list[Json] = []
        section["fields"] = fields
        sections.append(section)
        self._fields = fields

    def _refuse_hint(self, item: Item) -> None:
        if item.cells.get("hint") or item.cells.get("guidance_hint"):
            self._survey.report.refuse(
                item.name, "hint",
                _("Abschnitte haben keinen Hinweis. Nehmen Sie einen Hinweistext (note)."),
            )  # fmt: skip

    def _own_key(self, item: Item | None, keys: Keys) -> str:
        """Return the key an exported page or section had, unless it was renamed."""
        original = self._survey.original_of(item) if item is not None else None
        if item is None or original is None or original.cells.get("name") != item.name:
            return ""
        key = str(original.element.get("key", ""))
        return key if keys.reserve(key) else ""

    def _with_original(self, item: Item, fresh: Object) -> Object:
        original = self._survey.original_of(item)
        made = fresh
        if original is not None:
            cells = {
                name: text for name, text in item.cells.items() if not name.startswith("siegel_")
            }
            made = merged(original, cells, fresh)
        add_translations(made, item.row, self._survey.languages, partial(self._shown, item))
        return made

    def _texts_of(self, item: Item) -> tuple[str, str]:
        """Return label and help of a group, without answers in them."""
        label, help_ = texts_of(item, self._survey.report)
        return self._shown(item, label), self._shown(item, help_)

    def _shown(self, item: Item, text: str) -> str:
        return with_labels(text, self._labels, item, self._survey.report)

    def _element(self, item: Item) -> Object | None:
        type_ = self._survey.types.get(item.row.number)
        if type_ is None:
            return None
        question = self._survey.own[item.row.number]
        fresh: Object = {"id": self._field_id(item, question), "key": question.key}
        if type_ == "matrix":
            return self._matrix(item, fresh)
        if type_ == "repeat":
            return self._repeat(item, question, fresh)
        fresh |= plain_field(item, type_, self._survey.lists, self._survey.report, str(fresh["id"]))
        for name in ("label", "help", "text"):
            text = fresh.get(name)
            if isinstance(text, str):
                fresh[name] = self._shown(item, text)
        if not self._add_rules(item, type_, question, fresh):
            return None
        made = self._with_original(item, fresh)
        if "options" in fresh and made.get("type") == fresh["type"] and "codelist" not in made:
            made["options"] = options_of(made.get("options"), fresh["options"])
        self._survey.report.carry(item.name, str(made["type"]), str(made["key"]))
        return made

    def _field_id(self, item: Item, question: Question) -> str:
        path = (*question.groups, "field", item.name)
        if path in self._named:
            path = (*path, question.key)
        self._named.add(path)
        return derived_id(self._survey.form_id, *path)

    def _matrix(self, item: Item, fresh: Object) -> Object:
        original = self._survey.original_of(item)
        made = self._with_original(item, fresh | {"label": item.label[:500]})
        if original and tuple(child.name for child in item.children) != original.children:
            self._survey.report.refuse(
                item.name, "matrix",
                _("Zeilen und Spalten der Matrix bleiben, wie sie waren. Ändern Sie sie im "
                  "Baukasten."),
            )  # fmt: skip
        self._survey.report.carry(item.name, "matrix", str(made["key"]))
        return made

    def _repeat(self, item: Item, question: Question, fresh: Object) -> Object | None:
        label, help_ = self._texts_of(item)
        fresh |= {"type": "repeat", "label": label}
        if help_:
            fresh["help"] = help_
        self._add_visible(fresh, self._condition(item, question))
        columns = list(self._columns(item.children, ()))
        plain = len(columns) <= CARD_COLUMNS and not any(
            column["type"] in ("long_text", "repeat", "info", "declaration") for column in columns
        )
        fresh |= {"display": "table" if plain else "cards", "item_label": label}
        self._add_count(item, fresh)
        if not columns:
            self._survey.report.refuse(
                item.name, "repeat", _("Keine ihrer Fragen ließ sich übernehmen.")
            )
            return None
        made = self._with_original(item, fresh)
        made["fields"] = [dict(column) for column in columns]
        kept = {str(column["key"]) for column in columns}
        totals = made.get("totals")
        if isinstance(totals, list):
            made["totals"] = [key for key in totals if key in kept]
        self._survey.report.carry(item.name, "repeat", str(made["key"]))
        return made

    def _columns(self, items: list[Item], conditions: tuple[Node, ...]) -> list[Object]:
        """Return the questions of a repeat; groups in it dissolve, their conditions stay."""
        columns: list[Object] = []
        for item in items:
            if item.type == "group":
                question = self._first_question(item)
                inner = self._condition(item, question) if question else ()
                self._refuse_hint(item)
                self._survey.report.refuse(
                    item.name, "group",
                    _("In einer Wiederholgruppe gibt es keine Abschnitte; die Fragen stehen ohne "
                      "die Überschrift „{label}“ untereinander.").format(label=item.label),
                )  # fmt: skip
                columns += self._columns(item.children, (*conditions, *inner))
                continue
            made = self._element(item)
            if made is not None:
                if conditions:
                    question = self._survey.own[item.row.number]
                    self._add_visible(made, (*conditions, *self._condition(item, question)))
                columns.append(made)
        return columns

    def _first_question(self, item: Item) -> Question | None:
        for child in item.children:
            found = (
                self._first_question(child)
                if child.type == "group"
                else self._survey.own.get(child.row.number)
            )
            if found is not None and found.key:
                return found
        return None

    def _add_count(self, item: Item, field: Object) -> None:
        count = item.cells.get("repeat_count", "")
        if count.isdecimal() and 1 <= int(count[:4]) <= 500:
            field |= {"minimum": int(count), "maximum": int(count)}
        elif count:
            self._survey.report.refuse(
                item.name, "repeat_count",
                _("Die Zahl der Zeilen lässt sich nicht ausrechnen („{count}“).").format(
                    count=count[:80]
                ),
            )  # fmt: skip

    def _condition(self, item: Item, own: Question) -> tuple[Node, ...]:
        source = item.cells.get("relevant", "")
        node = self._expression(item, "relevant", source, own) if source else None
        return () if node is None else (node,)

    def _add_visible(self, element: Object, conditions: tuple[Node, ...]) -> None:
        if len(conditions) == 1:
            element["visible"] = expression_source(conditions[0])
        elif conditions:
            element["visible"] = expression_source(Logic("and", conditions))

    def _add_rules(self, item: Item, type_: str, own: Question, field: Object) -> bool:
        """Add the rules of a question; say whether it still is one."""
        self._add_visible(field, self._condition(item, own))
        if type_ == "calculated":
            return self._add_calculation(item, own, field)
        if type_ == "info":
            return True
        self._add_required(item, own, field)
        constraint = item.cells.get("constraint", "")
        if constraint and not self._is_unchanged(item, "constraint", "constraint_message"):
            message = item.cells.get("constraint_message", "")
            place = Place(own, self._survey.questions)
            try:
                field |= constraint_settings(constraint, message, type_, place)
            except (XPathRefused, RecursionError) as error:
                self._refuse(item, "constraint", constraint, str(error))
        return True

    def _add_required(self, item: Item, own: Question, field: Object) -> None:
        text = item.cells.get("required", "").strip()
        if text.lower() in _TRUE:
            field["required"] = True
        elif text.lower() not in _FALSE:
            node = self._expression(item, "required", text, own)
            if node is not None:
                field["required"] = expression_source(node)

    def _add_calculation(self, item: Item, own: Question, field: Object) -> bool:
        source = item.cells.get("calculation", "")
        node = self._expression(item, "calculation", source, own) if source else None
        if node is None:
            if self._survey.original_of(item):
                return True
            if not source:
                self._refuse(item, "calculation", "", _("Die Rechnung fehlt."))
            return False
        field |= {
            "value": expression_source(node),
            "result": result_of(node, self._survey.questions.values()),
        }
        return True

    def _expression(self, item: Item, column: str, source: str, own: Question) -> Node | None:
        if self._is_unchanged(item, column):
            return None
        try:
            return expression_from_xpath(source, Place(own, self._survey.questions))
        except XPathRefused as error:
            self._refuse(item, column, source, str(error))
            return None

    def _is_unchanged(self, item: Item, *columns: str) -> bool:
        """Say whether the cells read as our own export wrote them: then its element counts."""
        original = self._survey.original_of(item)
        return original is not None and all(
            original.cells.get(column, "") == item.cells.get(column, "") for column in columns
        )

    def _refuse(self, item: Item, column: str, source: str, reason: str) -> None:
        shown = f" ({source[:120]})" if source else ""
        self._survey.report.refuse(item.name, column, f"{reason}{shown}")
