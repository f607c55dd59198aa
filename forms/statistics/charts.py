"""Charts as SVG, drawn on the server: bars with their values, readable in black and white.

A chart repeats the table beside it and never says more. Colours and patterns come from classes and
from patterns inside the picture; there is no style in it, so a strict content policy holds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape

from forms.german import format_decimal, format_integer
from forms.statistics.tables import DOT, ResultTable, Shown
from tenants.language import _

WIDTH = 720
LABEL_WIDTH = 220
VALUE_WIDTH = 110
BAR = 22
GAP = 10
HEIGHT = 260
LONGEST_LABEL = 30
MOST_SERIES = 6
MOST_TIME_LABELS = 6
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
    room = WIDTH - LABEL_WIDTH - VALUE_WIDTH
    with_places = has_places(table)
    height = GAP
    parts: list[str] = []
    for place, label in enumerate(table.rows):
        middle = height + len(series) * BAR / 2 + 5
        parts.append(
            f'<text x="{LABEL_WIDTH - 10}" y="{middle:g}" class="chart-label chart-label--end">'
            f"{escape(_short(label))}</text>"
        )
        for number, one in enumerate(series):
            value = one.values[place]
            width = float(room * max(value, Decimal(0)) / highest) if value else 0.0
            parts.append(
                _bar(LABEL_WIDTH, height, max(width, 0.0), BAR - 4, number, identity)
                + f'<text x="{LABEL_WIDTH + width + 6:.1f}" y="{height + 14}" class="chart-value">'
                f"{number_text(value, with_places=with_places)}</text>"
            )
            height += BAR
        height += GAP
    if len(series) > 1:
        legend, height = _legend(series, height, identity)
        parts.append(legend)
    return _picture(table, "".join(parts), height, identity, len(series))


def _columns(table: ResultTable, series: Series, highest: Decimal, identity: str) -> str:
    top, bottom = 24, HEIGHT - 40
    with_places = has_places(table)
    step = (WIDTH - 20) / max(len(table.rows), 1)
    every = -(-len(table.rows) // MOST_TIME_LABELS)
    parts = [f'<path d="M10 {bottom}H{WIDTH - 10}" class="chart-axis"/>']
    for place, (label, value) in enumerate(zip(table.rows, series.values, strict=True)):
        left = 10 + place * step
        tall = float((bottom - top) * max(value, Decimal(0)) / highest) if value else 0.0
        parts.append(_bar(left + step * 0.12, bottom - tall, step * 0.76, tall, 0, identity))
        if len(table.rows) <= 24:
            parts.append(
                f'<text x="{left + step / 2:.1f}" y="{bottom - tall - 6:.1f}"'
                ' class="chart-value chart-value--middle">'
                f"{number_text(value, with_places=with_places)}</text>"
            )
        if place % every == 0:
            parts.append(
                f'<text x="{left + step / 2:.1f}" y="{bottom + 22}"'
                f' class="chart-label chart-value--middle">{escape(_short(label, 16))}</text>'
            )
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
        x = LABEL_WIDTH + (number % 2) * 250
        parts.append(
            _bar(x, y, 18, 14, number, identity)
            + f'<text x="{x + 26}" y="{y + 12}" class="chart-label">'
            f"{escape(_short(one.name))}</text>"
        )
        if number % 2 or number == len(series) - 1:
            y += 24
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


def _short(label: str, limit: int = LONGEST_LABEL) -> str:
    return label if len(label) <= limit else f"{label[: limit - 1]}…"
