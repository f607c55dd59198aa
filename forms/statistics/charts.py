"""Charts as SVG, drawn on the server: bars with their values, readable in black and white.

A chart repeats the table beside it and never says more. Colours and patterns come from classes and
from patterns inside the picture; there is no style in it, so a strict content policy holds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from textwrap import wrap

from forms.german import format_decimal, format_integer
from forms.statistics.tables import DOT, ResultTable, Shown
from tenants.language import _

WIDTH = 720
BAR = 26
GAP = 14
LINE = 28
HEIGHT = 260
LETTER = 14
"""Room for a letter at the size that narrow screens show it in (``evaluations.css``)."""
LETTERS = 40
"""Letters of a line: so many capitals have room at that size."""
MOST_LINES = 5
MOST_SERIES = 6
MOST_TIME_LABELS = 3
PATTERNS = (
    "",
    '<path d="M0 8 8 0" class="chart-line"/>',
    '<circle cx="4" cy="4" r="1.6" class="chart-dot"/>',
    '<path d="M0 4H8" class="chart-line"/>',
    '<path d="M0 0 8 8M0 8 8 0" class="chart-line"/>',
    '<path d="M4 0V8" class="chart-line"/>',
)


@dataclass(frozen=True, slots=True)
class Series:
    """Values under one name; None is hidden."""

    name: str
    values: tuple[Decimal | None, ...]


def chart(table: ResultTable, *, identity: str, is_series: bool = False) -> str:
    """Return the chart of ``table``, empty when there is nothing to draw.

    ``identity`` makes the ids of this picture unique in its page. ``is_series`` draws time from
    left to right. A cross table of more than six columns is not drawn: nobody can tell them apart.
    """
    pick = _picker(table)
    if table.columns and table.cells and len(table.columns) <= MOST_SERIES:
        series = [
            Series(name, tuple(pick(row[place]) for row in table.cells))
            for place, name in enumerate(table.columns)
        ]
    elif not table.columns:
        series = [Series("", tuple(pick(one) for one in table.row_totals))]
    else:
        return ""
    highest = max((value for one in series for value in one.values if value), default=Decimal(0))
    if highest <= 0:
        return ""
    if is_series and not table.columns:
        return _columns(table, series[0], highest, identity)
    return _bars(table, series, highest, identity)


def _picker(table: ResultTable) -> Callable[[Shown], Decimal | None]:
    def pick(cell: Shown) -> Decimal | None:
        if table.measure:
            return cell.total if cell.submissions is None or cell.total is not None else Decimal(0)
        return None if cell.submissions is None else Decimal(cell.submissions)

    return pick


def number_text(value: Decimal | None, *, with_places: bool = False) -> str:
    """Return a value as a German reads it, a dot for a hidden one.

    ``with_places`` writes two places even where they are zero, as in a column of amounts.
    """
    if value is None:
        return DOT
    if value == value.to_integral_value() and not with_places:
        return format_integer(int(value))
    return format_decimal(value, 2)


def has_places(table: ResultTable) -> bool:
    """Say whether any sum of the table has places: then all are written with them."""
    every = [table.total, *table.row_totals, *table.column_totals]
    every += [cell for row in table.cells for cell in row]
    return any(
        cell.total is not None and cell.total != cell.total.to_integral_value() for cell in every
    )


def _bars(table: ResultTable, series: Sequence[Series], highest: Decimal, identity: str) -> str:
    with_places = has_places(table)
    texts = [
        [number_text(value, with_places=with_places) for value in one.values] for one in series
    ]
    room = WIDTH - LETTER * (1 + max(len(text) for values in texts for text in values))
    height = GAP
    parts: list[str] = []
    for place, label in enumerate(table.rows):
        words, height = _label(label, 0, height)
        parts.append(words)
        for number, one in enumerate(series):
            value = one.values[place]
            width = float(room * max(value, Decimal(0)) / highest) if value else 0.0
            parts.append(
                _bar(0, height, max(width, 0.0), BAR - 4, number, identity)
                + f'<text x="{width + 8:.1f}" y="{height + 19}" class="chart-value">'
                f"{texts[number][place]}</text>"
            )
            height += BAR
        height += GAP
    if len(series) > 1:
        legend, height = _legend(series, height, identity)
        parts.append(legend)
    return _picture(table, "".join(parts), height, identity, len(series))


def _columns(table: ResultTable, series: Series, highest: Decimal, identity: str) -> str:
    top, bottom = 36, HEIGHT - 40
    with_places = has_places(table)
    step = (WIDTH - 20) / max(len(table.rows), 1)
    every = -(-len(table.rows) // MOST_TIME_LABELS)
    texts = [number_text(value, with_places=with_places) for value in series.values]
    has_room = max(map(len, texts)) * LETTER < step
    parts = [f'<path d="M10 {bottom}H{WIDTH - 10}" class="chart-axis"/>']
    for place, (label, value, text) in enumerate(
        zip(table.rows, series.values, texts, strict=True)
    ):
        left = 10 + place * step
        tall = float((bottom - top) * max(value, Decimal(0)) / highest) if value else 0.0
        parts.append(_bar(left + step * 0.12, bottom - tall, step * 0.76, tall, 0, identity))
        if has_room:
            parts.append(
                f'<text x="{left + step / 2:.1f}" y="{bottom - tall - 6:.1f}"'
                ' class="chart-value chart-value--middle">'
                f"{text}</text>"
            )
        if place % every == 0:
            parts.append(_time_label(label, left + step / 2, bottom + 24))
    return _picture(table, "".join(parts), HEIGHT, identity, 1)


def _bar(x: float, y: float, width: float, height: float, number: int, identity: str) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    bar = f'<rect {place} class="chart-bar chart-bar--{number + 1}"/>'
    if number:
        bar += f'<rect {place} fill="url(#{identity}-muster-{number})"/>'
    return bar


def _legend(series: Sequence[Series], height: float, identity: str) -> tuple[str, int]:
    parts = []
    y = int(height) + 8
    for number, one in enumerate(series):
        parts.append(_bar(0, y + 4, 22, 16, number, identity))
        words, y = _label(one.name, 32, y)
        parts.append(words)
    return "".join(parts), y + 8


def _picture(table: ResultTable, drawing: str, height: float, identity: str, count: int) -> str:
    patterns = "".join(
        f'<pattern id="{identity}-muster-{number}" width="8" height="8"'
        f' patternUnits="userSpaceOnUse">{PATTERNS[number]}</pattern>'
        for number in range(1, count)
    )
    title = table.measure or table.counted
    about = _("nach {rows}").format(rows=table.row_heading)
    if table.columns:
        about = _("nach {rows} und {columns}").format(
            rows=table.row_heading, columns=table.column_heading
        )
    hint = _("Alle Werte stehen in der Tabelle darunter.")
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {height:g}" role="img"'
        f' aria-labelledby="{identity}-titel {identity}-text" focusable="false">'
        f'<title id="{identity}-titel">{escape(title)} {escape(about)}</title>'
        f'<desc id="{identity}-text">{escape(hint)}</desc>'
        f"<defs>{patterns}</defs>{drawing}</svg>"
    )


def _label(label: str, x: int, y: float) -> tuple[str, int]:
    """Return a label of up to `MOST_LINES` lines below ``y``, and where it ends."""
    lines = wrap(label, LETTERS - x // LETTER, max_lines=MOST_LINES, placeholder=" …") or [""]
    texts = (
        f'<text x="{x}" y="{y + place * LINE + 21:g}" class="chart-label">{escape(line)}</text>'
        for place, line in enumerate(lines)
    )
    return "".join(texts), int(y) + len(lines) * LINE + 4


def _time_label(label: str, middle: float, y: int) -> str:
    """Return the label of a column, wholly inside the picture at its edges too."""
    half = len(label) * LETTER / 2
    x, anchor = middle, "chart-value--middle"
    if middle < half:
        x, anchor = 0, "chart-value--start"
    elif middle > WIDTH - half:
        x, anchor = WIDTH, "chart-value--end"
    return f'<text x="{x:.1f}" y="{y}" class="chart-label {anchor}">{escape(label)}</text>'
