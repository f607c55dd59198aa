"""Every field type in every state, as the view objects that the forms package makes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from forms.views import (
    ErrorLink,
    FieldView,
    HeadingView,
    MatrixCellView,
    MatrixRowView,
    MatrixView,
    OptionView,
    PageView,
    RepeatView,
    RowView,
    SectionView,
)


def options(
    path: str, *labels: str, chosen: str = "", help_text: str = ""
) -> tuple[OptionView, ...]:
    """Return options of ``path``; the label's first word in lower case is the value."""
    return tuple(
        OptionView(
            html_id=f"{path}-{number}",
            value=label.split()[0].lower(),
            label=label,
            help=help_text if number == 1 else "",
            checked=label == chosen,
        )
        for number, label in enumerate(labels, 1)
    )


def line(
    path: str,
    label: str,
    kind: str = "text",
    *,
    entry: str = "",
    unit: str = "",
    mode: str = "",
    **rest: object,
) -> FieldView:
    """Return a field of one line."""
    view = FieldView(
        path=path,
        html_id=path.replace("[", "_").replace("]", "").replace(".", "_"),
        type=kind,
        label=label,
        required=True,
        entry=entry,
        display=f"{entry} {unit}".strip(),
        unit=unit,
        input_mode=mode,
    )
    return replace(view, **rest)  # type: ignore[arg-type]


SIMPLE: dict[str, FieldView] = {
    "text": line("name", "Name der Einrichtung", entry="Haus Morgenlicht"),
    "long_text": line(
        "bericht",
        "Was wurde im Berichtsjahr erreicht?",
        "long_text",
        entry="Zwei Kurse nach dem QHB wurden abgeschlossen.\nEin dritter läuft.",
        help="Nennen Sie Ziele, Maßnahmen und Ergebnisse. Keine Namen von Kindern oder Eltern.",
        max_length=2000,
    ),
    "integer": line(
        "kinder", "Betreute Kinder", "integer", entry="42", unit="Kinder", mode="numeric"
    ),
    "decimal": line(
        "stunden",
        "Netto-Jahresarbeitszeit",
        "decimal",
        entry="1.583,40",
        unit="Stunden",
        mode="decimal",
    ),
    "money": line(
        "zuschuss",
        "Bewilligter Zuschuss",
        "money",
        entry="48.500,00",
        unit="€",
        mode="decimal",
        help="Laut Bescheid, ohne Eigenmittel.",
    ),
    "date": line(
        "beginn",
        "Beginn der Maßnahme",
        "date",
        entry="01.03.2026",
        help="Zum Beispiel 31.12.2026",
        mode="numeric",
    ),
    "email": line(
        "email",
        "E-Mail für Rückfragen",
        "email",
        entry="kontakt@morgenlicht.example",
        mode="email",
        autocomplete="email",
    ),
    "iban": line("iban", "IBAN des Trägers", "iban", entry="DE02 1203 0000 0000 2020 51"),
    "select": replace(
        line("rechtsform", "Rechtsform", "select"),
        options=options("rechtsform", "gGmbH", "Verein", "Stiftung", chosen="gGmbH"),
        display="gGmbH",
    ),
    "radio": replace(
        line("hilfeart", "Um welche Hilfe geht es?", "radio"),
        options=options(
            "hilfeart",
            "Erziehungsbeistand",
            "Sozialpädagogische Familienhilfe",
            "Betreuungshilfe",
            chosen="Betreuungshilfe",
            help_text="Hilfe nach § 30 SGB VIII",
        ),
        display="Betreuungshilfe",
    ),
    "yes_no": replace(
        line("anerkannt", "Ist der Träger nach § 75 SGB VIII anerkannt?", "yes_no"),
        options=options("anerkannt", "Ja", "Nein", chosen="Ja"),
        display="Ja",
    ),
    "checkboxes": replace(
        line("themen", "Worüber wurde gesprochen?", "checkboxes", required=False),
        options=options("themen", "Vertretung", "Inklusion", "Eingewöhnung", chosen="Inklusion"),
        display="Inklusion",
        marker_name="themen.__present",
    ),
    "declaration": replace(
        line("erklaerung", "Erklärung des Trägers", "declaration"),
        options=options("erklaerung", "Ich erkläre das.", chosen="Ich erkläre das."),
        paragraphs=("Die Angaben sind vollständig und aus den Büchern belegt.",),
        display="Ja",
        marker_name="erklaerung.__present",
    ),
    "calculated": line(
        "satz",
        "Satz je Fachleistungsstunde",
        "calculated",
        entry="64,95 €",
        help="Gesamtkosten geteilt durch Netto-Jahresarbeitszeit, kaufmännisch gerundet.",
    ),
    "info": replace(
        line("hinweis", "Was zu den Sachkosten gehört", "info"),
        paragraphs=(
            "Miete, Fahrtkosten, Fortbildung und Verwaltung.",
            "Investitionen gehören nicht dazu.",
        ),
    ),
}


def emptied(view: FieldView) -> FieldView:
    """Return ``view`` as nobody has answered it yet."""
    return replace(
        view,
        entry="",
        display="",
        options=tuple(replace(option, checked=False) for option in view.options),
    )


def with_error(view: FieldView) -> FieldView:
    """Return ``view`` with an error and a warning."""
    return replace(
        emptied(view),
        errors=(f"Bitte geben Sie „{view.label}“ an.",),
        warnings=("Im Vorjahr stand hier ein anderer Wert.",),
    )


def _row(group: str, index: int, of: int, cells: tuple[FieldView, ...], item: str) -> RowView:
    path = f"{group}[{index}]"
    return RowView(
        index=index,
        id=f"5a0c7c1e-0000-4000-8000-00000000000{index}",
        path=path,
        html_id=f"{group}_{index}",
        title=f"{item} {index + 1}",
        full_title=f"{item} {index + 1}",
        id_name=f"{path}._id",
        fields=cells,
        remove_name=f"{path}.__remove",
        up_name=f"{path}.__up",
        down_name=f"{path}.__down",
        can_move_up=index > 0,
        can_move_down=index < of - 1,
    )


def table_repeat(
    rows: int = 3, *, state: Callable[[FieldView], FieldView] | None = None
) -> FieldView:
    """Return a repeat group shown as a table with a column sum."""
    change = state or (lambda view: view)
    posts = (
        ("Pädagogische Fachkräfte", "58.900,00"),
        ("Leitungsanteil", "7.450,00"),
        ("Verwaltung", "6.050,00"),
        *[("", "")] * max(rows - 3, 0),
    )
    made = tuple(
        _row(
            "kosten",
            index,
            rows,
            (
                change(line(f"kosten[{index}].bezeichnung", "Bezeichnung", entry=posts[index][0])),
                change(
                    line(
                        f"kosten[{index}].betrag",
                        "Betrag im Jahr",
                        "money",
                        entry=posts[index][1],
                        unit="€",
                        mode="decimal",
                    )
                ),
                line(f"kosten[{index}].anteil", "Anteil", "calculated", entry="33,3 %"),
            ),
            "Position",
        )
        for index in range(rows)
    )
    return FieldView(
        path="kosten",
        html_id="f-kosten",
        type="repeat",
        label="Personalkosten",
        help="Jede Position einzeln, Arbeitgeberbrutto.",
        marker_name="kosten.__present",
        repeat=RepeatView(
            display="table",
            item_label="Position",
            headings=(
                HeadingView(key="bezeichnung", label="Bezeichnung", type="text", required=True),
                HeadingView(
                    key="betrag",
                    label="Betrag im Jahr",
                    type="money",
                    unit="€",
                    required=True,
                    total="72.400,00 €",
                ),
                HeadingView(key="anteil", label="Anteil", type="calculated"),
            ),
            rows=made,
            has_totals=bool(rows),
            minimum=1,
            maximum=20,
            can_add=True,
            add_name="kosten.__add",
            add_label="Weitere Position hinzufügen",
            full_text="",
        ),
    )


def card_repeat(
    rows: int = 2, *, state: Callable[[FieldView], FieldView] | None = None
) -> FieldView:
    """Return a repeat group shown as cards."""
    change = state or (lambda view: view)
    made = tuple(
        _row(
            "partner",
            index,
            rows,
            (
                change(
                    line(
                        f"partner[{index}].name",
                        "Name des Partners",
                        entry=("Kinderhaus am Ring e. V.", "Lernwerk gGmbH")[index],
                    )
                ),
                change(
                    replace(
                        line(f"partner[{index}].art", "Art", "radio"),
                        options=options(
                            f"partner-{index}-art",
                            "Fachdienst",
                            "Bildungsträger",
                            chosen="Fachdienst",
                        ),
                        html_id=f"partner_{index}_art",
                        display="Fachdienst",
                    )
                ),
            ),
            "Partner",
        )
        for index in range(rows)
    )
    return FieldView(
        path="partner",
        html_id="partner",
        type="repeat",
        label="Beteiligte Partner",
        marker_name="partner.__present",
        repeat=RepeatView(
            display="cards",
            item_label="Partner",
            headings=(HeadingView(key="name", label="Name"), HeadingView(key="art", label="Art")),
            rows=made,
            has_totals=False,
            minimum=0,
            maximum=2,
            can_add=rows < 2,
            add_name="partner.__add",
            add_label="Partner hinzufügen",
            full_text="" if rows < 2 else "Mehr Einträge sind hier nicht vorgesehen: höchstens 2.",
        ),
    )


def matrix(*, filled: bool = True, errors: bool = False, empty: bool = False) -> FieldView:
    """Return a matrix of tasks and partners."""
    columns = (
        HeadingView(key="jugendamt", label="Jugendamt"),
        HeadingView(key="kinderhaus", label="Kinderhaus am Ring e. V."),
        HeadingView(key="lernwerk", label="Lernwerk gGmbH"),
    )
    tasks = ("Akquise neuer Tagespflegepersonen", "Qualifizierung", "Vermittlung an Eltern")
    legend = tuple(
        OptionView(html_id=f"m-{value}", value=value, label=label)
        for value, label in (("F", "federführend"), ("M", "mitwirkend"), ("I", "wird informiert"))
    )

    def cell(row: int, column: int) -> MatrixCellView:
        path = f"aufgaben.zeile{row}.{columns[column].key}"
        chosen = "FMI"[(row + column) % 3] if filled else ""
        return MatrixCellView(
            path=path,
            html_id=path.replace(".", "_"),
            label=f"{tasks[row]}, {columns[column].label}",
            column_key=columns[column].key,
            column_label=columns[column].label,
            options=tuple(
                replace(option, html_id=f"{path}-{option.value}", checked=option.value == chosen)
                for option in legend
            ),
            display=dict(F="federführend", M="mitwirkend", I="wird informiert").get(chosen, ""),
        )

    return FieldView(
        path="aufgaben",
        html_id="aufgaben",
        type="matrix",
        label="Wer macht was?",
        help="Je Aufgabe ist genau ein Partner federführend.",
        marker_name="aufgaben.__present",
        matrix=MatrixView(
            columns=() if empty else columns,
            rows=()
            if empty
            else tuple(
                MatrixRowView(
                    key=f"zeile{row}",
                    path=f"aufgaben.zeile{row}",
                    html_id=f"aufgaben_zeile{row}",
                    label=task,
                    cells=tuple(cell(row, column) for column in range(3)),
                    errors=("Genau ein Partner muss federführend sein.",)
                    if errors and row == 1
                    else (),
                )
                for row, task in enumerate(tasks)
            ),
            legend=legend,
            empty_text="Tragen Sie zuerst die beteiligten Partner ein." if empty else "",
        ),
    )


def page(title: str, *fields: FieldView, intro: str = "", number: int = 2) -> PageView:
    """Return a page with ``fields`` in one section, with links for all their errors."""
    links = tuple(
        ErrorLink(path=field.path, html_id=field.html_id, text=error)
        for field in fields
        for error in field.errors
    )
    return PageView(
        key="seite",
        title=title,
        intro=(intro,) if intro else (),
        number=number,
        count=5,
        previous_key="traeger",
        next_key="sachkosten",
        sections=(
            SectionView(key="abschnitt", html_id="abschnitt", title="Angaben", fields=fields),
        ),
        errors=links,
        warnings=tuple(
            ErrorLink(path=field.path, html_id=field.html_id, text=warning)
            for field in fields
            for warning in field.warnings
        ),
    )
