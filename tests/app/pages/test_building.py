"""The pages of the builder without JavaScript: every change is a form that posts and redirects."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.building.document_tree import Element, element_id, find_place, places
from forms.building.field_types import FIELD_TYPES, new_field, offered_types
from forms.building.models import FormDraft, FormTrial
from forms.building.preview import preview_page
from forms.building.properties import LABELS, properties_of
from forms.building.starting import empty_form
from forms.models import Form
from tenants.context import Scope
from tests.app.pages.conftest import Office
from tests.support.form_documents import identity
from tests.support.web import Visitor

Html = str


class Workbench:
    """A Tenant-Admin at the builder of one form."""

    def __init__(self, app: Flask, office: Office) -> None:
        self.visitor = Visitor(app, office.administrator)
        self.office = office
        self.form_id = ""

    def create(self, title: str, base: str = "empty") -> Workbench:
        """Make a new form and go to its builder."""
        self.get("/baukasten/neu")
        answer = self.visitor.post(
            f"{self.office.path}/baukasten/neu",
            {"title": title, "data_class": "K3", "base": base},
        )
        assert answer.status_code == 302, answer.get_data(as_text=True)
        found = re.search(r"/baukasten/([0-9a-f-]{36})/", answer.location)
        assert found is not None
        self.form_id = found[1]
        self.show()
        return self

    def get(self, path: str, status: int = 200) -> Html:
        answer = self.visitor.get(f"{self.office.path}{path}")
        assert answer.status_code == status, answer.get_data(as_text=True)[:3000]
        return answer.get_data(as_text=True)

    def show(self, element: str = "") -> Html:
        return self.get(f"/baukasten/{self.form_id}/?element={element}")

    def post(self, path: str, status: int = 302, **fields: object) -> Html:
        fields.setdefault("revision", self.draft().revision)
        address = f"{self.office.path}/baukasten/{self.form_id}/{path}"
        answer = self.visitor.post(address, fields)
        assert answer.status_code == status, answer.get_data(as_text=True)[:3000]
        return answer.get_data(as_text=True)

    def draft(self) -> FormDraft:
        def read(session: Session) -> FormDraft:
            draft = session.scalars(
                select(FormDraft).where(FormDraft.form_id == self.form_id)
            ).one()
            assert draft.document
            return draft

        return self.office.installation.in_scope(Scope(tenant_id=self.office.tenant.id), read)

    def document(self) -> Element:
        return self.draft().document

    def first(self, list_name: str) -> Element:
        return next(
            place.element for place in places(self.document()) if place.list_name == list_name
        )

    def named(self, label: str) -> Element:
        return next(
            place.element
            for place in places(self.document())
            if label in (place.element.get("label"), place.element.get("title"))
        )

    def add(self, kind: str, label: str, to: Element, **fields: object) -> Element:
        self.post("hinzufuegen", element=to["id"], kind=kind, label=label, **fields)
        return self.named(label)

    def change(
        self, element: Element, name: str, value: str, was: str = "", **more: object
    ) -> None:
        self.post("aendern", element=element["id"], **{name: value, f"was:{name}": was, **more})


@pytest.fixture
def bench(app: Flask, office: Office) -> Callable[..., Workbench]:
    def make(title: str, base: str = "empty") -> Workbench:
        return Workbench(app, office).create(title, base)

    return make


def test_a_new_form_stands_in_the_list(bench: Callable[..., Workbench]) -> None:
    one = bench("Protokoll der Liste")
    page = one.get("/baukasten/")
    assert "Protokoll der Liste" in page
    assert "in Arbeit" in page
    assert "Protokoll der Liste" not in one.get("/vordrucke/"), "nobody can fill in a draft"


def test_what_a_new_form_lacks_is_said_and_kept(app: Flask, office: Office) -> None:
    visitor = Visitor(app, office.administrator)
    visitor.get(f"{office.path}/baukasten/neu")
    answer = visitor.post(f"{office.path}/baukasten/neu", {"title": "Nur Titel", "base": "empty"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Wählen Sie eine Schutzklasse." in page
    assert 'value="Nur Titel"' in page


def test_fields_are_added_changed_moved_copied_and_removed(bench: Callable[..., Workbench]) -> None:
    one = bench("Rundgang")
    section = one.first("sections")
    name = one.add("text", "Name", section)
    count = one.add("integer", "Zahl der Kinder", name)
    assert count["key"] == "zahl_der_kinder"
    one.change(count, "minimum", "1", **{"maximum": "8", "was:maximum": ""})
    one.change(count, "help", "Ohne die eigenen.")
    one.change(count, "required", "true")
    stored = find_place(one.document(), str(count["id"])).element
    assert (stored["minimum"], stored["maximum"], stored["required"]) == (1, 8, True)
    one.post("element", element=count["id"], action="up")
    fields = one.first("sections")["fields"]
    assert isinstance(fields, list)
    assert [field["label"] for field in fields] == ["Zahl der Kinder", "Name"]
    one.post("element", element=name["id"], action="copy")
    one.post("element", element=count["id"], action="remove")
    fields = one.first("sections")["fields"]
    assert isinstance(fields, list)
    assert [field["key"] for field in fields] == ["name", "name_2"]
    one.post("rueckgaengig")
    assert one.named("Zahl der Kinder")["minimum"] == 1
    one.post("wiederholen")
    assert "Zahl der Kinder" not in str(one.document())
    second = one.add("page", "Zweite Seite", name)
    target = second["sections"]
    assert isinstance(target, list)
    one.post("element", element=name["id"], action="move", target=target[0]["id"])
    assert find_place(one.document(), str(name["id"])).ancestors[1]["title"] == "Zweite Seite"


def test_a_wrong_entry_stays_on_the_page_with_its_reason(bench: Callable[..., Workbench]) -> None:
    one = bench("Falsches")
    count = one.add("integer", "Kinder", one.first("sections"))
    page = one.post("aendern", 422, element=count["id"], minimum="viele", **{"was:minimum": ""})
    assert "„viele“ ist keine Zahl." in page
    assert 'value="viele"' in page
    assert "minimum" not in find_place(one.document(), str(count["id"])).element


def test_what_was_typed_for_a_removed_element_is_read_back(
    bench: Callable[..., Workbench],
) -> None:
    one = bench("Gelöschtes")
    section = one.first("sections")
    field = one.add("text", "Ort", section)
    group = one.add("repeat", "Kosten", section)
    for element in (field, group):
        one.post("element", element=element["id"], action="remove")
    page = one.post(
        "aendern", 409, element=field["id"], help="Wo es <b>war</b>", label="Ort",
        **{"was:help": "", "was:label": "Ort"},
    )  # fmt: skip
    assert "jemand hat es inzwischen gelöscht" in page
    assert "Hilfetext: „Wo es &lt;b&gt;war&lt;/b&gt;“" in page
    assert "Beschriftung: „Ort“" not in page, "only what was typed"
    page = one.post("hinzufuegen", 409, element=group["id"], kind="money", label="Betrag je Tag")
    assert "Beschriftung: „Betrag je Tag“" in page


def test_two_people_get_a_conflict_with_both_values(
    app: Flask, office: Office, bench: Callable[..., Workbench]
) -> None:
    one = bench("Zwei Leute")
    field = one.add("text", "Ort", one.first("sections"))
    base = one.draft().revision
    one.change(field, "help", "Von der einen")
    page = one.post(
        "aendern",
        409,
        element=field["id"],
        revision=base,
        help="Von der anderen",
        **{"was:help": ""},
    )
    assert "Von der einen" in page
    assert "Von der anderen" in page
    assert "Zwei Personen haben dasselbe geändert" in page
    operation = re.search(r'name="operation" value="([^"]+)"', page)
    assert operation is not None
    from html import unescape

    one.post("konflikt", operation=unescape(operation[1]), selected=field["id"])
    assert find_place(one.document(), str(field["id"])).element["help"] == "Von der anderen"


def test_options_are_entered_in_lines_and_changed_one_by_one(
    bench: Callable[..., Workbench],
) -> None:
    one = bench("Auswahl")
    field = one.add("radio", "Anlass", one.first("sections"))
    one.post("hinzufuegen", element=field["id"], list="options", label="Erstprüfung\nRegelbesuch\n")
    options = one.named("Anlass")["options"]
    assert isinstance(options, list)
    assert [option["value"] for option in options][2:] == ["erstpruefung", "regelbesuch"]
    one.post("element", element=options[0]["id"], action="remove", selected=field["id"])
    one.change(options[1], "label", "Beschwerde", str(options[1]["label"]))
    labels = [option["label"] for option in one.named("Anlass")["options"]]  # type: ignore[union-attr]
    assert labels == ["Beschwerde", "Erstprüfung", "Regelbesuch"]
    page = one.show(element_id(field))
    assert "Regelbesuch" in page


def test_a_condition_is_built_from_rows(bench: Callable[..., Workbench]) -> None:
    one = bench("Bedingt")
    section = one.first("sections")
    count = one.add("integer", "Kinder", section)
    reason = one.add("text", "Begründung", count)
    page = one.get(f"/baukasten/{one.form_id}/bedingung?element={reason['id']}&property=visible")
    assert "ohne Bedingung" in page
    rows = {"element": reason["id"], "property": "visible", "mode": "all"}
    page = one.post("bedingung", 200, **rows, **{"0.operand": "kinder", "action": "refresh"})
    assert "größer als" in page
    filled = {"0.operand": "kinder", "0.operator": "gt", "0.value": "5"}
    page = one.post("bedingung", 200, **rows, **filled, action="add")
    assert 'name="1.operand"' in page
    page = one.post("bedingung", 422, **rows, **filled | {"0.value": "fünf"}, action="save")
    assert "„fünf“ passt hier nicht" in page
    assert 'value="fünf"' in page
    one.post("bedingung", **rows, **filled, action="save")
    assert one.named("Begründung")["visible"] == "kinder > 5"
    assert "wenn „Kinder“ größer als 5" in one.show(element_id(reason))


def test_an_expression_stays_text_where_rows_cannot_say_it(bench: Callable[..., Workbench]) -> None:
    one = bench("Ausdruck")
    count = one.add("integer", "Kinder", one.first("sections"))
    common = {"element": count["id"], "property": "visible", "way": "text"}
    page = one.post("bedingung", 422, **common, source="kinder >", action="save")
    assert "nicht lesbar" in page
    one.post("bedingung", **common, source="kinder * 2 > 5", action="save")
    page = one.get(f"/baukasten/{one.form_id}/bedingung?element={count['id']}&property=visible")
    assert "nicht in Zeilen zeigen" in page
    assert "wenn („Kinder“ mal 2) ist größer als 5" in page


def test_rules_of_validity_have_a_message(bench: Callable[..., Workbench]) -> None:
    one = bench("Prüfregel")
    count = one.add("integer", "Kinder", one.first("sections"))
    common = {
        "element": count["id"], "property": "valid", "mode": "all",
        "0.operand": "kinder", "0.operator": "lteq", "0.value": "5", "action": "save",
    }  # fmt: skip
    assert "welche Meldung" in one.post("bedingung", 422, **common)
    one.post("bedingung", **common, message="Höchstens fünf.", level="warning")
    assert one.named("Kinder")["valid"] == [
        {"rule": "kinder <= 5", "message": "Höchstens fünf.", "level": "warning"}
    ]
    one.post("bedingung", **common | {"0.value": "6"}, message="Höchstens sechs.", nummer="0")
    assert one.named("Kinder")["valid"] == [{"rule": "kinder <= 6", "message": "Höchstens sechs."}]


def test_the_table_changes_many_fields_at_once(bench: Callable[..., Workbench]) -> None:
    one = bench("Tabelle")
    section = one.first("sections")
    first, second = one.add("text", "Eins", section), one.add("text", "Zwei", section)
    one.change(second, "visible", "leer(eins)")
    page = one.get(f"/baukasten/{one.form_id}/tabelle")
    assert "Eins" in page
    was = {
        f"was:{field['id']}.{name}": str(field.get(name, ""))
        for field in (first, second)
        for name in ("label", "key", "required", "data_class")
    }
    typed = {
        f"{first['id']}.label": "Erstens", f"{first['id']}.key": "erstens",
        f"{second['id']}.label": "Zwei", f"{second['id']}.key": "zwei",
        f"{second['id']}.required": "true", f"{second['id']}.data_class": "K4",
        f"{first['id']}.data_class": "",
    }  # fmt: skip
    one.post("tabelle", **was, **typed)
    assert one.named("Erstens")["key"] == "erstens"
    changed = one.named("Zwei")
    assert (changed["required"], changed["data_class"], changed["visible"]) == (
        True, "K4", "leer(erstens)",
    )  # fmt: skip


def test_findings_lead_to_their_element(bench: Callable[..., Workbench]) -> None:
    one = bench("Mit Fehlern")
    field = one.add("text", "Ort", one.first("sections"))
    one.change(field, "visible", "nirgends == 'x'")
    page = one.get(f"/baukasten/{one.form_id}/befunde")
    assert "„nirgends“ gibt es in diesem Vordruck nicht" in page
    assert f"element={field['id']}" in page


def test_a_package_brings_its_trials(bench: Callable[..., Workbench]) -> None:
    one = bench("Unser Satz", "package:fachleistungsstunde")
    page = one.get(f"/baukasten/{one.form_id}/probelaeufe?lauf=1")
    assert "4 von 4 bestanden" in page
    satz = next(p.element for p in places(one.document()) if p.element.get("key") == "fls_satz")
    one.change(satz, "value", "1", str(satz["value"]))
    page = one.get(f"/baukasten/{one.form_id}/probelaeufe?lauf=1")
    assert "0 von 4 bestanden" in page
    assert "64.95" in page


def test_a_trial_takes_no_files_and_says_so(bench: Callable[..., Workbench]) -> None:
    one = bench("Probe mit Dateien")
    one.add("file", "Belege", one.first("sections"))
    page = one.get(f"/baukasten/{one.form_id}/probelauf")
    assert "In einem Probelauf werden keine Dateien hochgeladen." in page
    assert 'type="file"' not in page
    assert 'type="file"' in one.show()


def test_a_trial_is_filled_in_and_kept(bench: Callable[..., Workbench], office: Office) -> None:
    one = bench("Zur Probe")
    section = one.first("sections")
    count = one.add("integer", "Kinder", section)
    one.add("calculated", "Plätze frei", count)
    total = one.named("Plätze frei")
    one.change(total, "value", "5 - kinder", "0", **{"result": "integer", "was:result": "decimal"})
    address = f"/baukasten/{one.form_id}/probelauf"
    assert "Kinder" in one.get(address)
    page = one.post("probelauf", 200, kinder="3", __action="refresh")
    assert ">2<" in page
    one.post("probelauf", 422, kinder="3", __action="keep", description="")
    one.post("probelauf", kinder="3", __action="keep", description="Drei Kinder")

    def read(session: Session) -> FormTrial:
        return session.scalars(select(FormTrial).where(FormTrial.form_id == one.form_id)).one()

    kept = office.installation.in_scope(Scope(tenant_id=office.tenant.id), read)
    assert (kept.answers, kept.expected) == ({"kinder": 3}, {"plaetze_frei": "2"})
    assert "1 von 1 bestanden" in one.get(f"/baukasten/{one.form_id}/probelaeufe?lauf=1")
    one.get(f"/baukasten/{one.form_id}/probelauf/{kept.id}")
    one.post(f"probelauf/{kept.id}/loeschen")
    assert "Noch kein Probelauf" in one.get(f"/baukasten/{one.form_id}/probelaeufe")


def test_a_published_form_is_continued_in_a_draft(app: Flask, office: Office) -> None:
    one = Workbench(app, office)
    one.form_id = office.version.form_id
    one.get(f"/baukasten/{one.form_id}/", 404)
    assert "Neue Fassung beginnen" in one.get("/baukasten/")
    one.visitor.post(f"{office.path}/baukasten/{one.form_id}/entwurf")
    page = one.show()
    assert "Nachname" in page
    findings = one.get(f"/baukasten/{one.form_id}/befunde")
    assert "wird in keiner Vorlage gedruckt" in findings
    assert one.draft().base_version_id == office.version.id
    assert identity("form antrag") == one.document()["id"]


@pytest.mark.parametrize("package", ["fachleistungsstunde", "hilfebericht", "verwendungsnachweis",
    "kooperationsvereinbarung-kindertagespflege", "sachbericht-fachberatung",
    "zielvereinbarung-kindertagespflege"])  # fmt: skip
def test_every_element_of_the_shipped_forms_can_be_edited(
    bench: Callable[..., Workbench], package: str
) -> None:
    one = bench(f"Alles {package}", f"package:{package}")
    seen: set[object] = set()
    for place in places(one.document()):
        kind = (place.list_name, place.element.get("type"))
        if kind in seen or place.list_name not in ("", "pages", "sections", "fields"):
            continue
        seen.add(kind)
        page = one.show(element_id(place.element))
        assert "noch nicht vollständig" not in page, kind
        assert 'id="eigenschaften"' in page


def test_others_do_not_even_see_the_room(app: Flask, office: Office) -> None:
    for person in (office.specialist, office.manager):
        visitor = Visitor(app, person)
        assert visitor.get(f"{office.path}/baukasten/").status_code == 404
        assert "Baukasten" not in visitor.get(f"{office.path}/vordrucke/").get_data(as_text=True)


def test_the_title_of_an_unpublished_form_follows(
    bench: Callable[..., Workbench], office: Office
) -> None:
    one = bench("Alter Titel")
    root = one.document()
    one.change(root, "title", "Neuer Titel", "Alter Titel")

    def read(session: Session) -> str:
        return session.scalars(select(Form.title).where(Form.id == one.form_id)).one()

    assert office.installation.in_scope(Scope(tenant_id=office.tenant.id), read) == "Neuer Titel"


def test_every_type_and_property_has_a_german_word_and_can_be_drawn() -> None:
    """A type that somebody adds to the meta-schema needs an entry; else it goes by its name."""
    document = empty_form("X", "x", "K3")
    section = next(p.element for p in places(document) if p.list_name == "sections")
    page = next(p.element for p in places(document) if p.list_name == "pages")
    for kind in offered_types(in_group=False):
        assert kind in FIELD_TYPES
        assert [one.name for one in properties_of(kind) if one.name not in LABELS] == [], kind
        section["fields"] = [new_field(document, section, kind, "Probe")]
        (drawn,) = preview_page(document, page).sections[0].fields
        # A group without fields is a note until it has one.
        assert drawn.type == ("info" if kind == "repeat" else kind)


def test_texts_are_translated_in_a_table(app: Flask, office: Office) -> None:
    bench = Workbench(app, office).create("Umfrage")
    assert "Sprache hinzufügen" in bench.get(f"/baukasten/{bench.form_id}/uebersetzungen")
    bench.post("uebersetzungen", neue_sprache="tr", hinzufuegen="1")
    body = bench.get(f"/baukasten/{bench.form_id}/uebersetzungen?sprache=tr")
    names = re.findall(r'name="was:([^"]+)" value=""', body)
    title = element_id(bench.draft().document) + ".title"
    assert title in names
    fields = {f"was:{name}": "" for name in names} | {title: "Anket", "sprache": "tr"}
    bench.post("uebersetzungen", **fields)
    document = bench.draft().document
    assert document["languages"] == ["tr"]
    assert document["translations"] == {"tr": {"title": "Anket"}}
    assert 'value="Anket"' in bench.get(f"/baukasten/{bench.form_id}/uebersetzungen?sprache=tr")
    bench.post("uebersetzungen", **{f"was:{title}": "Anket", title: " ", "sprache": "tr"})
    assert "translations" not in bench.draft().document


@pytest.mark.parametrize("language", ["", "de", "xx", "tr"])
def test_a_language_that_is_not_offered_takes_no_texts(
    app: Flask, office: Office, language: str
) -> None:
    bench = Workbench(app, office).create("Umfrage")
    bench.post("uebersetzungen", status=422, sprache=language)
    if language != "tr":
        bench.post("uebersetzungen", status=422, neue_sprache=language, hinzufuegen="1")


def test_two_who_translate_the_same_text_see_the_conflict(app: Flask, office: Office) -> None:
    bench = Workbench(app, office).create("Umfrage")
    bench.post("uebersetzungen", neue_sprache="tr", hinzufuegen="1")
    before = bench.draft().revision
    title = element_id(bench.draft().document) + ".title"
    bench.post("uebersetzungen", **{f"was:{title}": "", title: "Anket", "sprache": "tr"})
    body = bench.post(
        "uebersetzungen", status=409, revision=before,
        **{f"was:{title}": "", title: "Soru formu", "sprache": "tr"},
    )  # fmt: skip
    assert 'value="Soru formu"' in body


def test_what_an_import_noted_stands_beside_its_element_for_builders_alone(
    bench: Callable[..., Workbench],
) -> None:
    one = bench("Aus FIM")
    noted = one.add("text", "Betrag", one.first("sections"))
    plain = one.add("text", "Zweck", noted)

    def leave_notes(session: Session) -> None:
        draft = session.scalars(select(FormDraft).where(FormDraft.form_id == one.form_id)).one()
        document = copy.deepcopy(draft.document)
        find_place(document, str(noted["id"])).element.update(
            provenance={"source": "FIM", "id": "F60000022", "version": "1.1"},
            annotations=["Regel R7 1.0: Nur <b>Werktage</b>.", "Codeliste: urn:x"],
        )
        draft.document = document

    one.office.installation.in_scope(Scope(tenant_id=one.office.tenant.id), leave_notes)
    page = one.show(str(noted["id"]))
    assert "Übernommen aus FIM: F60000022, Version 1.1" in page
    assert "Regel R7 1.0: Nur &lt;b&gt;Werktage&lt;/b&gt;." in page
    assert "Codeliste: urn:x" in page
    assert "Herkunft und Anmerkungen" not in one.show(str(plain["id"]))
    preview = one.get(f"/baukasten/{one.form_id}/?element={plain['id']}")
    assert "Werktage" not in preview


def test_what_may_be_submitted_only_once_is_chosen_read_aloud_and_undone(
    bench: Callable[..., Workbench],
) -> None:
    one = bench("Einmal")
    one.add("text", "Angebot", one.first("sections"))
    case = one.add("text", "Aktenzeichen", one.first("sections"))
    name = str(case["key"])
    root = element_id(one.document())
    assert "Regel hinzufügen" in one.show(root)
    page = one.get(f"/baukasten/{one.form_id}/nur-einmal")
    assert f'<option value="{name}"' in page and 'value="true" checked' not in page
    page = one.post("nur-einmal", 422, action="save", field="")
    assert "Wählen Sie ein Feld" in page
    # One more field, before anything is saved.
    page = one.post("nur-einmal", 200, action="refresh", field=name, message="Nur einer.")
    assert 'id="feld-2"' in page and "Nur einer." in page
    assert "unique" not in one.document()
    wanted = {"field": [name, "angebot"], "per_period": "true", "within": "tenant"}
    one.post("nur-einmal", action="save", **wanted)
    rule = {"fields": [name, "angebot"], "per_period": True, "within": "tenant"}
    assert one.document()["unique"] == [rule]
    shown = one.show(root)
    assert (
        "„Aktenzeichen“ und „Angebot“ zusammen dürfen im ganzen Amt je Zeitraum nur einmal" in shown
    )
    one.post("nur-einmal", action="save", nummer="0", field=name)
    assert one.document()["unique"] == [{"fields": [name]}]
    one.post("rueckgaengig")
    assert one.document()["unique"] == [rule]
    one.post("nur-einmal", action="remove", nummer="0")
    assert "unique" not in one.document()
    one.post("rueckgaengig")
    assert one.document()["unique"] == [rule]
    # A field that goes leaves a finding behind, and can be put right on the page.
    one.post("element", element=element_id(case), action="remove")
    assert "gibt es nicht oder lässt sich nicht vergleichen" in one.show(root)
    assert f'<option value="{name}" selected' in one.get(
        f"/baukasten/{one.form_id}/nur-einmal?nummer=0"
    )
