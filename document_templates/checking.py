"""Check a cleaned template against the form whose answers it prints.

Everything is said in the words of someone who writes letters in Word: which tag, in which
paragraph, what is wrong, what to write instead.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice

from jinja2 import TemplateSyntaxError, nodes

from document_templates.alternative_texts import missing_alternatives
from document_templates.block_structure import BlockStructure, error, lost_texts
from document_templates.cleaning import CleanedDocx
from document_templates.compiling import compile_template
from document_templates.environment import LOOP_NAMES, ClosedEnvironment
from document_templates.filters import FILTERS
from document_templates.findings import Finding, TemplateRefused, has_errors
from document_templates.forbidden_constructs import forbidden_constructs
from document_templates.ooxml import parse_xml
from document_templates.package_parts import open_cleaned
from document_templates.pictures import QR_PICTURE, named_pictures
from document_templates.placeholders import (
    KnownPlaceholders,
    Use,
    path_of,
    uses_in,
)
from document_templates.syntax_messages import syntax_message
from document_templates.tag_mending import MAX_TAGS
from document_templates.tag_places import merging_findings, writing_findings
from document_templates.tags import (
    MAX_TAG_LENGTH,
    Tag,
    loose_braces,
    read_property_tags,
    read_tags,
)
from document_templates.unused_fields import unused_fields
from tenants.language import _

_PARSER = ClosedEnvironment()
_LOOP = "loop"
_MAX_FINDINGS = 100
_ROW_NAMES = ("zeile", "eintrag", "teil", "einzelnes", "stueck", "element")
"""Names for the variable of a suggested loop; loops stand in each other five deep at most."""


@dataclass(slots=True)
class TemplateUses:
    """What a template names: every use with its place in `uses`, loops in `loops`."""

    uses: list[Use] = field(default_factory=list)
    loops: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)
    pictures: frozenset[str] = frozenset()

    @property
    def paths(self) -> frozenset[str]:
        """The paths of all placeholders that the template names."""
        return frozenset(use.path for use in self.uses) | self.loops


def check_template(
    cleaned: CleanedDocx,
    placeholder_paths: Iterable[str] | None,
    *,
    choices: frozenset[str] = frozenset(),
    asked: frozenset[str] = frozenset(),
) -> list[Finding]:
    """Return what is wrong with a cleaned template; no error means it can be published.

    ``placeholder_paths`` are the paths of the form (``kosten[].betrag``); the system groups
    are always known. With `None` only syntax, structure and the sandbox's rules are checked.
    ``choices`` are the paths of its clauses, ``asked`` the fields of the form that decide about
    those.
    """
    known = None if placeholder_paths is None else KnownPlaceholders(placeholder_paths, choices)
    template = read_uses(cleaned, known)
    findings = list(template.findings)
    if not has_errors(findings):
        try:
            compile_template(cleaned)
        except TemplateRefused as refusal:
            findings.extend(refusal.findings)
    if known is not None:
        findings.extend(unused_fields(known, template.paths | asked))
    return _shortened(findings)


def used_placeholders(cleaned: CleanedDocx) -> frozenset[str]:
    """Return the paths that a template names, and the names of its pictures' sources."""
    template = read_uses(cleaned, None)
    return template.paths | ({"pruefung.url"} if QR_PICTURE in template.pictures else frozenset())


def read_uses(cleaned: CleanedDocx, known: KnownPlaceholders | None) -> TemplateUses:
    """Read every tag of every part, with findings about each."""
    package = open_cleaned(cleaned.data)
    template = TemplateUses(pictures=frozenset(picture.name for picture in named_pictures(package)))
    names = package.text_parts()
    names += [name for name, kind in package.kinds.items() if kind == "core-properties"]
    count = 0
    for name in names:
        root = parse_xml(package.parts[name], name)
        template.findings.extend(loose_braces(root, name))
        is_text = package.kinds[name] != "core-properties"
        found = read_tags(root, name) if is_text else read_property_tags(root, name)
        tags = list(islice(found, MAX_TAGS + 1))
        count += len(tags)
        if count > MAX_TAGS:
            message = _("Die Vorlage hat mehr als {count} Platzhalter.").format(count=MAX_TAGS)
            template.findings.append(Finding("error", message))
            break
        template.findings.extend(lost_texts(tags))
        _PartReader(template, known).read(tags)
        if is_text:
            template.findings.extend(missing_alternatives(package, name, root))
    return template


def _shortened(findings: list[Finding]) -> list[Finding]:
    distinct = list(dict.fromkeys(findings))
    if len(distinct) <= _MAX_FINDINGS:
        return distinct
    distinct.sort(key=lambda finding: ("error", "warning", "notice").index(finding.level))
    rest = len(distinct) - _MAX_FINDINGS
    return [
        *distinct[:_MAX_FINDINGS],
        Finding(
            "error" if distinct[_MAX_FINDINGS].level == "error" else "notice",
            _("Es gibt {count} weitere Hinweise.").format(count=rest),
        ),
    ]


class _PartReader:
    """Reads the tags of one part in order and knows which loop each of them stands in."""

    def __init__(self, template: TemplateUses, known: KnownPlaceholders | None) -> None:
        self._template = template
        self._known = known
        self._structure = BlockStructure()
        self._scopes: list[dict[str, str]] = [{}]
        self._blocks: list[str] = []

    def read(self, tags: list[Tag]) -> None:
        for tag in tags:
            self._structure.take(tag)
            if tag.kind == "comment":
                continue
            if len(tag.text) > MAX_TAG_LENGTH:
                message = _("Der Platzhalter ist länger als {count} Zeichen.")
                self._tell(tag, message.format(count=MAX_TAG_LENGTH))
                continue
            self._read_tag(tag)
        self._template.findings.extend(self._structure.finish())

    def _read_tag(self, tag: Tag) -> None:
        self._template.findings.extend(merging_findings(tag, self._blocks))
        if tag.kind == "print" or tag.word in ("colspan", "cellbg"):
            self._expression(tag, tag.body)
        elif tag.word == "if":
            self._blocks.append("if")
            self._expression(tag, tag.body)
        elif tag.word == "elif":
            self._expression(tag, tag.body)
        elif tag.word == "for":
            self._blocks.append("for")
            self._loop(tag)
        elif (
            tag.word in ("endfor", "endif")
            and self._blocks
            and self._blocks.pop() == "for"
            and len(self._scopes) > 1
        ):
            self._scopes.pop()

    def _tell(self, tag: Tag, message: str, suggestion: str = "") -> None:
        self._template.findings.append(error(tag, message, suggestion))

    def _parse(self, tag: Tag, source: str) -> nodes.Template | None:
        try:
            tree = _PARSER.parse(source)
        except (TemplateSyntaxError, RecursionError) as problem:
            self._tell(
                tag,
                _("{tag}: {reason}").format(tag=tag.text[:80], reason=syntax_message(problem)),
                self._spelling_hint(tag),
            )
            return None
        for construct in forbidden_constructs(tree):
            self._tell(tag, f"{tag.text[:80]}: {construct.message}", _filter_hint(tree))
        return tree

    def _spelling_hint(self, tag: Tag) -> str:
        words = tag.body.split()
        if tag.kind == "print" and len(words) > 1 and all(word.isidentifier() for word in words):
            return _("Namen haben keine Leerzeichen: {example}.").format(
                example="{{ " + "_".join(words) + " }}"
            )
        return ""

    def _expression(self, tag: Tag, body: str) -> None:
        tree = self._parse(tag, "{{ " + body + " }}")
        if tree is not None:
            self._template.findings.extend(writing_findings(tag, tree))
            self._take_uses(tag, tree, printed=tag.kind == "print")

    def _take_uses(self, tag: Tag, tree: nodes.Node, *, printed: bool) -> None:
        colour = "colour" if tag.word == "cellbg" else ""
        for use in uses_in(tree, self._scopes[-1], colour):
            if use.path.partition(".")[0] == _LOOP:
                self._check_loop_name(tag, use)
                continue
            self._template.uses.append(use)
            if self._known is not None and not use.guarded:
                whole = isinstance(tree, nodes.Template) and _prints_only(tree)
                self._check_use(tag, use, printed=printed and whole and not use.filter)

    def _check_loop_name(self, tag: Tag, use: Use) -> None:
        if "for" not in self._blocks or use.path.partition(".")[2] not in LOOP_NAMES:
            self._tell(
                tag,
                _("„{name}“ gibt es hier nicht.").format(name=use.written),
                _("In Schleifen gibt es loop.index, loop.first und loop.last."),
            )

    def _check_use(self, tag: Tag, use: Use, *, printed: bool) -> None:
        known = self._known
        if known is None:
            return
        kind = known.kind(use.path)
        if any(name.startswith("_") for name in use.path.split(".")):
            return  # That such a name is forbidden is told already.
        if kind is None:
            self._unknown(tag, use)
        elif printed and kind == "table":
            self._tell(
                tag,
                _("„{name}“ ist eine Tabelle und lässt sich nicht als Ganzes ausgeben.").format(
                    name=use.written
                ),
                _("Schreiben Sie {example} in eine eigene Tabellenzeile.").format(
                    example=self._loop_over(use.written)
                ),
            )
        elif printed and kind == "group":
            self._tell(
                tag,
                _("„{name}“ ist eine Gruppe; nennen Sie ein Feld daraus.").format(name=use.written),
            )

    def _unknown(self, tag: Tag, use: Use) -> None:
        known = self._known
        if known is None:
            return
        parent, _dot, last = use.path.rpartition(".")
        if known.kind(f"{parent}[]") and known.kind(f"{parent}[].{last}"):
            self._tell(
                tag,
                _("„{name}“ steht in einer Tabelle und gibt es mehrmals.").format(name=use.written),
                _("Schreiben Sie es in eine Schleife: {example}.").format(
                    example=self._loop_over(use.written.rpartition(".")[0])
                ),
            )
            return
        closest = known.closest(use.path)
        suggestion = (
            self._meant(self._as_written(closest))
            if closest
            else _("Welche es gibt, sagt die Liste der Platzhalter dieses Vordrucks.")
        )
        self._tell(tag, _("Unbekannter Platzhalter „{name}“.").format(name=use.written), suggestion)

    def _meant(self, written: str) -> str:
        table, inner, name = written.rpartition("[].")
        if not inner or "[]" in table:
            return _("Meinten Sie „{name}“?").format(name=written)
        return _("Meinten Sie „{name}“ in einer Schleife {example}?").format(
            name=name, example=self._loop_over(table)
        )

    def _loop_over(self, table: str) -> str:
        """Return the tag of a loop over ``table`` whose variable is still free here."""
        variable = next(name for name in _ROW_NAMES if name not in self._scopes[-1])
        return "{%tr for " + variable + " in " + table + " %}"

    def _as_written(self, path: str) -> str:
        """Return a path as the author would write it inside the current loops."""
        nearest = sorted(self._scopes[-1].items(), key=lambda entry: -len(entry[1]))
        for variable, base in nearest:
            if path == base or path.startswith(base + "."):
                return variable + path[len(base) :]
        return path

    def _loop(self, tag: Tag) -> None:
        scope = dict(self._scopes[-1])
        self._scopes.append(scope)
        tree = self._parse(tag, "{% for " + tag.body + " %}{% endfor %}")
        loop = next(tree.find_all(nodes.For), None) if tree is not None else None
        if loop is None or not isinstance(loop.target, nodes.Name):
            return
        self._take_uses(tag, loop.iter, printed=False)
        named = path_of(loop.iter, self._scopes[-2])
        path = named[0] if named else "?"
        self._template.loops.add(path)
        scope[loop.target.name] = path + "[]"
        if loop.target.name == _LOOP or loop.target.name in FILTERS:
            self._tell(tag, _("„{name}“ ist kein möglicher Name.").format(name=loop.target.name))
        if loop.test is not None:
            self._take_uses(tag, loop.test, printed=False)
        known = self._known
        if known and named and known.kind(path) is not None and not known.is_table(path):
            self._tell(tag, _("„{name}“ ist keine Tabelle und keine Liste.").format(name=named[1]))


def _prints_only(tree: nodes.Template) -> bool:
    """Tell whether a print tag names just one value, without any filter or operator."""
    output = next(tree.find_all(nodes.Output), None)
    return output is not None and any(
        isinstance(node, (nodes.Name, nodes.Getattr, nodes.Getitem)) for node in output.nodes
    )


def _filter_hint(tree: nodes.Node) -> str:
    for node in tree.find_all(nodes.Filter):
        if node.name not in FILTERS:
            close = difflib.get_close_matches(node.name, FILTERS, 1, 0.6)
            if close:
                return _("Meinten Sie „{name}“?").format(name=close[0])
            return _("Es gibt: {names}.").format(names=", ".join(FILTERS))
    return ""
