"""What a new version of a form changes, element by element, told by their ids.

Whatever is renamed or moved stays the same element; what has another id is another element.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from forms.building.sentences import spoken_rules
from forms.expressions.nodes import Json
from forms.versions.changes import Change, FormDiff, Grade, Step
from forms.versions.judging import WIDENINGS, is_expected_only, with_step
from forms.versions.order import moved_keys
from forms.versions.outline import ENTRIES, Element, Outline, outline_of
from forms.versions.properties import changed_properties, form_changes
from forms.versions.renaming import follow_renames
from forms.versions.words import subject, type_name
from tenants.language import _

NOT_ANSWERED = frozenset({"info"})


def compare_forms(old: Mapping[str, Json], new: Mapping[str, Json]) -> FormDiff:
    """Return every change from the form document ``old`` to ``new``.

    Both must keep to the shape of the meta-schema; whether rules and names fit is not asked.
    """
    followed = follow_renames(old, new)
    comparison = _Comparison(outline_of(followed), outline_of(new))
    return FormDiff(tuple(_in_words(comparison.changes(), followed, new)))


def _in_words(
    changes: Iterator[Change], old: Mapping[str, Json], new: Mapping[str, Json]
) -> Iterator[Change]:
    """Yield the changes with their rules read aloud; rules that sound alike stay as written."""
    before, after = spoken_rules(dict(old)), spoken_rules(dict(new))
    for change in changes:
        place = change.element_id, change.kind.removeprefix("page_")
        said, says = before.get(place, ""), after.get(place, "")
        if (change.old or change.new) and said != says:
            yield replace(change, old=said, new=says)
        else:
            yield change


@dataclass(frozen=True, slots=True)
class _Comparison:
    old: Outline
    new: Outline

    def changes(self) -> Iterator[Change]:
        yield from form_changes(self.old.form, self.new.form)
        moved = self._moved_in_order()
        for key, element in self.new.elements.items():
            before = self.old.elements.get(key)
            if before is None or before.container != element.container:
                yield from self._added(element)
            else:
                yield from self._changed(before, element, moved)
        for key, element in self.old.elements.items():
            after = self.new.elements.get(key)
            if after is None or after.container != element.container:
                yield from self._removed(element)
        yield from self._reordered()

    # ---- added and removed

    def _added(self, element: Element) -> Iterator[Change]:
        if _is_part(element) and _owner_key(element) not in self.old.elements:
            return
        grade = Grade.COMPATIBLE
        text = _("Neu: {subject}").format(subject=subject(element))
        if element.is_field and element.type not in NOT_ANSWERED | {"calculated"}:
            required = element.own.get("required")
            is_free = not required or is_expected_only(required)
            grade = Grade.COMPATIBLE if is_free else Grade.NEEDS_DEFAULT
            duty = _("freiwillig")
            if not is_free:
                duty = _("Pflicht") if required is True else _("Pflicht unter einer Bedingung")
            text = _("{text} ({duty})").format(text=text, duty=duty)
        if element.container in ("rows", "columns") and _asks_cells(element.field):
            grade = Grade.NEEDS_DEFAULT
        yield _change("added", element, text, *with_step(grade, Step.MINOR))

    def _removed(self, element: Element) -> Iterator[Change]:
        if _is_part(element) and _owner_key(element) not in self.new.elements:
            return
        loses = element.is_field or element.container in ENTRIES
        harmless = not loses or element.type in NOT_ANSWERED
        grade = Grade.COMPATIBLE if harmless else Grade.DESTRUCTIVE
        text = _("Entfällt: {subject}").format(subject=subject(element))
        place = self.new.elements.get(element.page_id, element)
        yield _change(
            "removed", element, text, *with_step(grade, Step.MINOR), title=place.page_title
        )

    # ---- still there

    def _changed(self, before: Element, after: Element, moved: frozenset[str]) -> Iterator[Change]:
        if before.type != after.type:
            grade = (
                Grade.COMPATIBLE if (before.type, after.type) in WIDENINGS else Grade.DESTRUCTIVE
            )
            yield _change(
                "type",
                after,
                _("{subject} ist jetzt „{new}“ statt „{old}“").format(
                    subject=subject(after), new=type_name(after), old=type_name(before)
                ),
                *with_step(grade, Step.MINOR),
            )
        yield from self._moved(before, after, moved)
        yield from changed_properties(before, after)

    def _moved(self, before: Element, after: Element, moved: frozenset[str]) -> Iterator[Change]:
        old_parent, new_parent = _owner_key(before), _owner_key(after)
        if old_parent == new_parent:
            if after.key in moved:
                text = _("{subject} steht an anderer Stelle").format(subject=subject(after))
                yield _change("moved", after, text, Grade.COMPATIBLE, Step.PATCH)
            return
        grade = Grade.COMPATIBLE
        if _group_key(before) != _group_key(after):
            grade = Grade.DESTRUCTIVE
        text = _("{subject} steht jetzt {place}").format(
            subject=subject(after), place=_place(before, after)
        )
        yield _change("moved", after, text, *with_step(grade, Step.PATCH))

    # ---- order

    def _common_orders(self) -> Iterator[tuple[str, str, list[str], list[str]]]:
        """Yield each list with those keys, in both orders, that stayed in it."""
        for (parent, name), after in self.new.order.items():
            before = self.old.order.get((parent, name), [])
            stayed = set(before) & set(after)
            yield (
                parent,
                name,
                [key for key in before if key in stayed],
                [key for key in after if key in stayed],
            )

    def _moved_in_order(self) -> frozenset[str]:
        return frozenset(
            key
            for _parent, name, before, after in self._common_orders()
            if name not in ENTRIES and before != after
            for key in moved_keys(before, after)
        )

    def _reordered(self) -> Iterator[Change]:
        for parent, name, before, after in self._common_orders():
            if name in ENTRIES and before != after:
                element = self.new.elements[parent]
                text = _("Andere Reihenfolge bei {subject}").format(subject=subject(element))
                yield _change("order", element, text, Grade.COMPATIBLE, Step.PATCH)


def _change(
    kind: str, element: Element, text: str, grade: Grade, step: Step, *, title: str = ""
) -> Change:
    return Change(
        kind=f"page_{kind}" if element.container == "pages" else kind,
        grade=grade,
        step=step,
        element_id=element.field.id,
        page_id=element.page_id,
        page_title=title or element.page_title,
        text=text,
    )


def _asks_cells(matrix: Element) -> bool:
    return bool(matrix.own.get("required")) or bool(matrix.own.get("row_rules"))


def _is_part(element: Element) -> bool:
    """Say whether the element comes and goes with what it stands in."""
    return element.container in ENTRIES | {"sections"} or element.group is not None


def _owner_key(element: Element) -> str:
    return element.parent.key if element.parent is not None else ""


def _group_key(element: Element) -> str:
    return element.group.key if element.group is not None else ""


def _place(before: Element, after: Element) -> str:
    if after.group is not None:
        return _("in der Gruppe „{group}“").format(group=after.group.text("label"))
    if before.page_id != after.page_id:
        return _("auf der Seite „{new}“ statt „{old}“").format(
            new=after.page_title, old=before.page_title
        )
    title = after.parent.text("title") if after.parent is not None else ""
    if not title:
        return _("in einem Abschnitt ohne Überschrift")
    return _("im Abschnitt „{title}“").format(title=title)
