"""Clauses in the slots of a template: their words, their numbers, and what is refused."""

from __future__ import annotations

import io
import re

import docx
import pytest
from docx.document import Document
from hypothesis import given, settings
from hypothesis import strategies as st

from document_templates.checked_templates import CheckedTemplate, check_upload
from document_templates.clauses.choosing import Choice, Clauses, choose_clauses, trial_choices
from document_templates.clauses.content import ClauseContent, Variant
from document_templates.clauses.resolving import resolve_clauses
from document_templates.cleaning import CleanedDocx, clean_docx
from document_templates.compiling import compile_template
from document_templates.findings import FillingFailed
from document_templates.pictures import blank_png
from document_templates.placeholders import SYSTEM_PLACEHOLDERS
from forms.conditions import Conditions
from forms.definition import parse_definition
from forms.evaluation import evaluate
from forms.expressions.nodes import Json
from tests.support.docx_files import docx_of, member, saved, text_of
from tests.support.form_documents import field, form, page, section
from tools.library.page import new_document

NBSP = "\u00a0"


def _split(path: str) -> tuple[str, str]:
    group, _dot, name = path.partition(".")
    return group, name


def clause(
    *texts: str, heading: str = "", kind: str = "fixed", condition: str = "", **by_condition: str
) -> ClauseContent:
    """Return a clause; each text is a variant that stands if the choice of the form is its key."""
    variants = [Variant(key, key, f'recht == "{key}"', text) for key, text in by_condition.items()]
    variants.append(Variant("grundfassung", "Grundfassung", "", "\n\n".join(texts)))
    return ClauseContent(kind, heading, condition, tuple(variants))


DEFINITION = parse_definition(
    form(
        page(
            "seite",
            section(
                "a",
                field("text", "name"),
                field("yes_no", "haftung"),
                field("text", "recht"),
            ),
        )
    )
)
LIBRARY = {
    "datenschutz": clause(
        "Es gilt die DSGVO für {{ name }}.",
        "Geheimnisse bleiben **gewahrt**.",
        heading="Datenschutz",
        kdg="Es gilt das KDG für {{ name }}.\n\nGeheimnisse bleiben gewahrt.",
    ),
    "haftung": clause("Jede Partei haftet selbst.", heading="Haftung", condition="haftung"),
    "schluss": clause(
        "[§ datenschutz Abs. 2] gilt über das Ende hinaus.", heading="Schlussbestimmungen"
    ),
}


def _check(*paragraphs: str, library: dict[str, ClauseContent] | None = None) -> CheckedTemplate:
    return check_upload(docx_of(*paragraphs), DEFINITION, LIBRARY if library is None else library)


def _errors(checked: CheckedTemplate) -> list[str]:
    return [one.as_text() for one in checked.findings if one.level == "error"]


SYSTEM: dict[str, object] = {
    group: {name: "" for other, name in map(_split, SYSTEM_PLACEHOLDERS) if other == group}
    for group, _name in map(_split, SYSTEM_PLACEHOLDERS)
}


def _filled(cleaned: CleanedDocx, choice: Choice, **answers: object) -> bytes:
    compiled = compile_template(cleaned)
    context = {"name": "", **SYSTEM, **answers, "baustein": choice}
    return compiled.fill(context, dict.fromkeys(compiled.picture_names, blank_png()))


def _choice(clauses: Clauses, land: str = "HE", **answers: Json) -> Choice:
    evaluation = evaluate(DEFINITION, answers, stage="draft")
    return choose_clauses(clauses, Conditions(DEFINITION, evaluation, land).hold, frozenset())


def _references(document: bytes) -> list[str]:
    """Return what stands in the references of a document."""
    xml = member(document, "word/document.xml").decode()
    return re.findall(r'"_Verweis_\d+_\w+"/>.*?<w:t[^>]*>([^<]*)</w:t>', xml)


SLOTS = (
    "Vertrag",
    "{{ baustein.datenschutz }}",
    "{{ baustein.haftung }}",
    "{{ baustein.schluss }}",
)


def test_a_slot_becomes_the_clause_in_its_chosen_variant() -> None:
    checked = _check(*SLOTS)
    assert _errors(checked) == []
    assert list(checked.clauses) == ["datenschutz", "haftung", "schluss"]
    church = _choice(checked.clauses, recht="kdg", haftung=True)
    text = text_of(_filled(checked.cleaned, church, name="A & B <c>"))
    assert "Es gilt das KDG für A & B <c>." in text
    assert "DSGVO" not in text
    assert "Haftung" in text
    other = text_of(_filled(checked.cleaned, _choice(checked.clauses), name="Kim"))
    assert "Es gilt die DSGVO für Kim." in other
    assert "Haftung" not in other


def test_references_name_the_section_that_the_clause_has_in_this_document() -> None:
    checked = _check(SLOTS[2], SLOTS[1], SLOTS[3])
    assert _errors(checked) == []
    for haftung, expected in ((True, f"§{NBSP}2"), (False, f"§{NBSP}1")):
        filled = _filled(checked.cleaned, _choice(checked.clauses, haftung=haftung))
        assert _references(filled) == [expected]
        assert f"{NBSP}Abs.{NBSP}2" in member(filled, "word/document.xml").decode()


def _with_styles(*paragraphs: tuple[str, str]) -> bytes:
    document: Document = new_document("Vertrag", "16497F")
    for text, style in paragraphs:
        document.add_paragraph(text, style=style)
    return saved(document)


def test_the_sections_of_the_template_count_with_those_of_its_clauses() -> None:
    data = _with_styles(
        ("Gegenstand", "Paragraf"),
        ("{%p if haftung %}", "Normal"),
        ("Nur manchmal", "Paragraf"),
        ("{%p endif %}", "Normal"),
        ("{{ baustein.datenschutz }}", "Normal"),
        ("{{ baustein.schluss }}", "Normal"),
    )
    checked = check_upload(data, DEFINITION, LIBRARY)
    assert _errors(checked) == []
    choice = next(trial_choices(checked.clauses))
    for haftung, number in ((True, 3), (False, 2)):
        filled = _filled(checked.cleaned, choice, haftung=haftung)
        assert _references(filled) == [f"§{NBSP}{number}"]
    styles = member(checked.cleaned.data, "word/styles.xml").decode()
    assert styles.count('w:val="Paragraf"') == styles.count('w:val="Absatz"') == 1


def test_what_comes_out_is_clean_and_the_same_each_time() -> None:
    first, second = _check(*SLOTS), _check(*SLOTS)
    assert first.cleaned.data == second.cleaned.data
    cleaned = clean_docx(first.cleaned.data)
    assert [one for one in cleaned.findings if one.level == "error"] == []
    assert docx.Document(io.BytesIO(first.cleaned.data)).paragraphs


def test_a_template_without_slots_is_left_alone() -> None:
    checked = _check("{{ name }}")
    assert checked.cleaned is checked.source
    assert not checked.clauses


@pytest.mark.parametrize(
    ("paragraphs", "reason"),
    [
        (["{{ baustein.datenschuz }}"], "Meinten Sie „datenschutz“"),
        (["Siehe {{ baustein.datenschutz }}"], "allein in seinem Absatz"),
        (["{%p if baustein.datenschutz %}", "x", "{%p endif %}"], "allein in seinem Absatz"),
        (["{{ baustein.haftung }}", "{{ baustein.haftung }}"], "steht zweimal"),
        (["{{ baustein.schluss }}"], "in der Vorlage fehlt"),
        (["{{ baustein('datenschutz') }}"], "Aufrufe mit Klammern"),
    ],
)
def test_misplaced_slots_are_told_with_their_paragraph(paragraphs: list[str], reason: str) -> None:
    errors = _errors(_check(*paragraphs))
    assert any(reason in one for one in errors), errors
    assert any("Text, Absatz" in one for one in errors)


def test_slots_in_tables_heads_and_loops_are_refused() -> None:
    data = docx_of("x", rows=[["{{ baustein.haftung }}"]], header="{{ baustein.haftung }}")
    errors = _errors(check_upload(data, DEFINITION, LIBRARY))
    assert any("nicht in Tabellen" in one for one in errors)
    assert any("Kopf, Fuß" in one for one in errors)
    looped = _check("{%p for x in name %}", "{{ baustein.haftung }}", "{%p endfor %}")
    assert any("Schleife" in one for one in _errors(looped))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"datenschutz": clause("x", kind="optional", heading="D")}, "entfallen kann"),
        ({"datenschutz": clause("x", condition="haftung", heading="D")}, "entfallen kann"),
        ({"datenschutz": clause("x", "y")}, "keine Überschrift"),
        ({"datenschutz": clause("nur einer", heading="D")}, "einen Absatz, den"),
        ({"haftung": clause("x", condition="haftug")}, "„haftug“ gibt es in diesem Vordruck nicht"),
        ({"haftung": clause("x", condition="name > 3")}, "Bedingung „name > 3“"),
        ({"haftung": clause("{{ nam }}")}, "Unbekannter Platzhalter „nam“"),
    ],
)
def test_clauses_that_do_not_fit_form_or_each_other_are_errors(
    changes: dict[str, ClauseContent], reason: str
) -> None:
    errors = _errors(_check(*SLOTS, library=LIBRARY | changes))
    assert any(reason in one for one in errors), errors


def test_fields_that_decide_are_no_unused_fields() -> None:
    warnings = [one.message for one in _check(*SLOTS).findings if one.level == "warning"]
    assert not any("haftung" in one or "recht" in one for one in warnings)


def test_a_reference_to_what_falls_away_after_all_stops_the_document() -> None:
    checked = _check(
        "{%p if haftung %}", "{{ baustein.datenschutz }}", "{%p endif %}", "{{ baustein.schluss }}"
    )
    assert any("hier entfällt" in one for one in _errors(checked))
    with pytest.raises(FillingFailed, match="datenschutz"):
        _filled(checked.cleaned, next(trial_choices(checked.clauses)), haftung=None)


def test_the_land_of_the_office_chooses_a_variant() -> None:
    library = {
        "zuzahlung": ClauseContent(
            "fixed",
            "Zuzahlung",
            "",
            (
                Variant("nw", "NRW", 'mandant.land == "NW"', "Zuzahlungen sind untersagt."),
                Variant("andere", "Übrige Länder", "", "Über Zuzahlungen wird informiert."),
            ),
        )
    }
    checked = _check("{{ baustein.zuzahlung }}", library=library)
    assert _errors(checked) == []
    for land, variant in (("NW", "nw"), ("BY", "andere")):
        assert _choice(checked.clauses, land) == {"zuzahlung": variant}


_KEYS = st.sampled_from(["a", "b", "c", "d", "e"])


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.tuples(_KEYS, st.booleans()), unique_by=lambda one: one[0], min_size=1),
    st.data(),
)
def test_numbers_of_references_equal_a_count_by_hand(
    slots: list[tuple[str, bool]], data: st.DataObject
) -> None:
    """Whatever falls away: a reference names the place of its target among the § that stand."""
    certain = [key for key, falls in slots if not falls]
    library = {
        key: clause(
            f"Siehe [§ {certain[0]}]." if certain else "Text.",
            heading=key.upper(),
            condition="haftung" if falls else "",
        )
        for key, falls in slots
    }
    written = clean_docx(docx_of(*(f"{{{{ baustein.{key} }}}}" for key, _falls in slots)))
    resolved = resolve_clauses(written, library)
    assert resolved.findings == ()
    haftung = data.draw(st.booleans())
    standing = [key for key, falls in slots if haftung or not falls]
    choice = {key: "grundfassung" if key in standing else None for key, _falls in slots}
    found = _references(_filled(resolved.cleaned, choice))
    expected = f"§{NBSP}{standing.index(certain[0]) + 1}" if certain else ""
    assert found == [expected] * (len(standing) if certain else 0)
