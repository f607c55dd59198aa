"""Reads a Datenschema of FIM (XDatenfelder 2 or 3): groups become pages, sections and repeats."""

from __future__ import annotations

from collections.abc import Iterator

from forms.elements import MAXIMUM_NESTING
from forms.exchange.naming import Keys, derived_id
from forms.exchange.report import ExchangeReport, ImportedForm, Object
from forms.exchange.settling import settled
from forms.exchange.xdatenfelder_fields import (
    FieldRefused,
    described,
    fim_field,
    label_of,
    note,
    refuse_rules,
    refuse_unread,
)
from forms.exchange.xdatenfelder_xml import (
    UNBOUNDED,
    FimElement,
    FimField,
    FimGroup,
    FimStructure,
    read_schema,
)
from forms.expressions.nodes import Json
from tenants.language import _

DATA_CLASS = "K3"
MOST_COLUMNS = 60
MOST_ROWS = 500
CARD_COLUMNS = 5


def read_xdatenfelder(data: bytes) -> ImportedForm:
    """Return the form that a Datenschema describes, with FIM ids and versions as provenance.

    Rules become annotations and are never executed. Raises `ImportRefused` for hostile XML, for
    other files, and when nothing of it can be used.
    """
    version, schema = read_schema(data)
    builder = _SchemaBuilder(schema)
    document = settled(builder.document(), builder.report)
    return ImportedForm(document, builder.report, f"XDatenfelder {version}")


class _SchemaBuilder:
    def __init__(self, schema: FimGroup) -> None:
        self._schema = schema
        self._identity = derived_id("FIM", schema.id or schema.name)
        self._keys, self._page_keys, self._section_keys = Keys(), Keys(), Keys()
        self._pages: list[Json] = []
        self._sections: list[Json] = []
        self._fields: list[Json] | None = None
        self._pages_closed = True
        """Whether the last page belongs to a group, so that loose fields need a new one."""
        self.report = ExchangeReport()

    def document(self) -> Object:
        """Return the form, before its checks."""
        schema = self._schema
        refuse_rules(schema.rules, self.report)
        for number, structure in enumerate(schema.structures):
            element = structure.element
            path = (self._identity, str(number))
            if isinstance(element, FimGroup) and not _repeats(structure):
                self._open_page(element, path)
                self._describe_group(structure, self._sections_owner())
                self._walk(element, path, _is_needed(structure, element))
                self._fields = None
                self._pages_closed = True
            else:
                if self._pages_closed:
                    self._open_page(None, path)
                    self._pages_closed = False
                self._add(structure, path, needed=True)
        refuse_unread(_every_element(schema), self.report)
        document: Object = {
            "schema_version": 1,
            "id": self._identity,
            "key": Keys().take(schema.name or schema.id, "vordruck"),
            "title": label_of(schema)[:200],
            "language": "de-DE",
            "data_class": DATA_CLASS,
        }
        if schema.help:
            document["description"] = schema.help[:1000]
        return document | described(schema) | {"pages": self._pages}

    def _sections_owner(self) -> Object:
        page = self._pages[-1]
        return page if isinstance(page, dict) else {}

    def _open_page(self, group: FimGroup | None, path: tuple[str, ...]) -> None:
        title = label_of(group) if group else _("Angaben")
        key = self._page_keys.take(group.name if group else "angaben", "seite")
        page: Object = {"id": derived_id(*path, "page"), "key": key, "title": title}
        if group is not None:
            page |= described(group)
            if group.help:
                page["intro"] = group.help
            refuse_rules(group.rules, self.report)
            self.report.carry(group.id, "page", key)
        self._sections = []
        page["sections"] = self._sections
        self._pages.append(page)
        self._fields = None

    def _open_section(self, group: FimGroup | None, path: tuple[str, ...]) -> Object:
        page = self._sections_owner()
        name = group.name if group else str(page.get("key", "abschnitt"))
        key = self._section_keys.take(name, "abschnitt")
        section: Object = {
            "id": derived_id(*path, "section", str(len(self._sections))), "key": key,
        }  # fmt: skip
        if group is not None:
            section |= {"title": label_of(group)} | described(group)
            refuse_rules(group.rules, self.report)
            self.report.carry(group.id, "section", key)
        self._fields = []
        section["fields"] = self._fields
        self._sections.append(section)
        return section

    def _walk(self, group: FimGroup, path: tuple[str, ...], needed: bool) -> None:
        for number, structure in enumerate(group.structures):
            inner = (*path, str(number))
            element = structure.element
            if isinstance(element, FimGroup) and not _repeats(structure):
                section = self._open_section(element, inner)
                self._describe_group(structure, section)
                self._walk(element, inner, needed and _is_needed(structure, element))
                self._fields = None
            else:
                self._add(structure, inner, needed=needed)

    def _add(self, structure: FimStructure, path: tuple[str, ...], *, needed: bool) -> None:
        if self._fields is None:
            self._open_section(None, path)
        made = self._made(structure, path, self._keys, needed=needed, depth=0)
        if made is not None and self._fields is not None:
            self._fields.append(made)

    def _made(
        self, structure: FimStructure, path: tuple[str, ...], keys: Keys, *, needed: bool,
        depth: int,
    ) -> Object | None:  # fmt: skip
        """Return the field or repeat group for a structure, None when it was refused."""
        element = structure.element
        if structure.most < 0:
            self.report.refuse(element.id, "anzahl", _("Die Anzahl 0:0 lässt keine Angabe zu."))
            return None
        if _repeats(structure) or isinstance(element, FimGroup):
            return self._repeat(structure, path, keys, needed=needed, depth=depth)
        return self._field(element, structure, path, keys, needed=needed, depth=depth)

    def _field(
        self, field: FimField, structure: FimStructure, path: tuple[str, ...], keys: Keys, *,
        needed: bool, depth: int,
    ) -> Object | None:  # fmt: skip
        identity = derived_id(*path, field.id)
        try:
            made = fim_field(field, identity, "x", self.report)
        except FieldRefused as error:
            self.report.refuse(field.id or field.name, field.data_type or "datenfeld", str(error))
            return None
        key = keys.take(field.name or field.label)
        made["key"] = key
        if structure.legal_basis:
            note(made, _("Handlungsgrundlage: {text}").format(text=structure.legal_basis))
        shortest = made.pop("shortest", None)
        if shortest is not None:
            name = f"zeile.{key}" if depth else key
            made["valid"] = [{
                "rule": f"laenge({name}) >= {shortest}",
                "message": _("Bitte mindestens {n} Zeichen angeben.").format(n=shortest),
            }]  # fmt: skip
        if needed and structure.least > 0 and made["type"] != "info":
            made["required"] = True
        self.report.carry(field.id or field.name, str(made["type"]), key)
        return made

    def _repeat(
        self, structure: FimStructure, path: tuple[str, ...], keys: Keys, *, needed: bool,
        depth: int,
    ) -> Object | None:  # fmt: skip
        element = structure.element
        if depth >= MAXIMUM_NESTING:
            self.report.refuse_depth(element.id or element.name)
            return None
        key = keys.take(element.name or element.label, "gruppe")
        columns = self._columns(structure, path, depth)
        if not columns:
            self.report.refuse(element.id, "repeat", _("Keines ihrer Felder ließ sich übernehmen."))
            return None
        plain = len(columns) <= CARD_COLUMNS and all(
            column["type"] not in ("long_text", "repeat", "info") for column in columns
        )
        made: Object = {
            "id": derived_id(*path, element.id, "repeat"), "key": key, "type": "repeat",
            "label": label_of(element), "display": "table" if plain else "cards",
            "item_label": label_of(element), "fields": [dict(column) for column in columns],
        }  # fmt: skip
        if isinstance(element, FimGroup):
            made |= described(element)
            refuse_rules(element.rules, self.report)
            if element.help:
                made["help"] = element.help
            self._describe_group(structure, made)
        if needed and structure.least > 0:
            made |= {"required": True, "minimum": min(structure.least, MOST_ROWS)}
        if structure.most != UNBOUNDED:
            made["maximum"] = min(structure.most, MOST_ROWS)
        if max(structure.least, structure.most) > MOST_ROWS:
            self.report.refuse(
                element.id or element.name, "anzahl",
                _("Mehr als {limit} Einträge hat keine Wiederholgruppe.").format(limit=MOST_ROWS),
            )  # fmt: skip
        self.report.carry(element.id or element.name, "repeat", key)
        return made

    def _columns(self, structure: FimStructure, path: tuple[str, ...], depth: int) -> list[Object]:
        keys = Keys()
        element = structure.element
        if isinstance(element, FimField):
            single = FimStructure(1, 1, element, structure.legal_basis)
            made = self._made(single, (*path, "0"), keys, needed=True, depth=depth + 1)
            return [] if made is None else [made]
        columns: list[Object] = []
        for inner, inner_path, needed in _flat(element, path, not element.is_choice):
            if len(columns) >= MOST_COLUMNS:
                self.report.refuse(
                    inner.element.id, "column",
                    _("Mehr als {limit} Felder hat keine Wiederholgruppe.").format(
                        limit=MOST_COLUMNS
                    ),
                )  # fmt: skip
                continue
            made = self._made(inner, inner_path, keys, needed=needed, depth=depth + 1)
            if made is not None:
                columns.append(made)
        return columns

    def _describe_group(self, structure: FimStructure, owner: Object) -> None:
        element = structure.element
        if structure.legal_basis:
            note(owner, _("Handlungsgrundlage: {text}").format(text=structure.legal_basis))
        if isinstance(element, FimGroup) and element.is_choice:
            self.report.refuse(
                element.id, "auswahlgruppe",
                _("Dass nur eine der Angaben gemacht werden darf, prüft der Vordruck nicht."),
            )  # fmt: skip
            note(owner, _("Auswahlgruppe: Nur eine der Angaben ist zu machen."))
        elif structure.least == 0 and not _repeats(structure):
            note(owner, _("Die Gruppe ist freiwillig (0:1); darum ist keine Angabe darin Pflicht."))


def _every_element(group: FimGroup) -> Iterator[FimElement]:
    yield group
    for structure in group.structures:
        if isinstance(structure.element, FimGroup):
            yield from _every_element(structure.element)
        else:
            yield structure.element


def _flat(
    group: FimGroup, path: tuple[str, ...], needed: bool
) -> list[tuple[FimStructure, tuple[str, ...], bool]]:
    """Return what stands in a repeated group; groups in it that do not repeat dissolve."""
    found: list[tuple[FimStructure, tuple[str, ...], bool]] = []
    for number, structure in enumerate(group.structures):
        inner = (*path, str(number))
        element = structure.element
        if isinstance(element, FimGroup) and not _repeats(structure):
            found += _flat(element, inner, needed and _is_needed(structure, element))
        else:
            found.append((structure, inner, needed))
    return found


def _repeats(structure: FimStructure) -> bool:
    return structure.most == UNBOUNDED or structure.most > 1


def _is_needed(structure: FimStructure, group: FimGroup) -> bool:
    """Say whether what is required in the group is required of everybody."""
    return structure.least > 0 and not group.is_choice
