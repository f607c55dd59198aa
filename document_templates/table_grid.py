"""Columns of a table that a document gets only while it is filled ({%tc, merged cells).

The semantics are docxtpl's: the grid grows to the widest row and shrinks to it, the width of
the table stays. Most templates never need it; that is found out once, when compiling.
"""

from __future__ import annotations

import re

from lxml import etree

from document_templates.ooxml import CELL, ROW, TABLE, elements, remove_element, w

_GRID = w("tblGrid")
_COLUMN = w("gridCol")
_SPAN = w("gridSpan")
_WIDTH = w("w")

_TABLE = re.compile(r"<w:tbl[ >].*?</w:tbl>", re.DOTALL)
_ROWS = re.compile(r"\{%.*?%\}|<w:tr[ >].*?</w:tr>", re.DOTALL)
_CELLS = re.compile(r"<w:tc[ >].*?</w:tc>", re.DOTALL)
_WORD = re.compile(r"\{%\s*(\w+)")
_FIXED_SPAN = re.compile(r'<w:gridSpan[^>]*w:val="(\d+)"')


def grid_may_change(source: str) -> bool:
    """Tell whether filling this source can change the number of columns of a table.

    It cannot if every table has a row outside all blocks that fills the grid, no row has
    more cells than the grid has columns, and no cell comes or goes within a row.
    """
    if source.count("<w:tbl>") + source.count("<w:tbl ") == 0:
        return False
    if _has_nested_tables(source):
        return "{%" in source
    return any(not _is_stable(match.group()) for match in _TABLE.finditer(source))


def _has_nested_tables(source: str) -> bool:
    depth = 0
    for match in re.finditer(r"<w:tbl[ >]|</w:tbl>", source):
        depth += -1 if match.group().startswith("</") else 1
        if depth > 1:
            return True
    return False


def _is_stable(table: str) -> bool:
    columns = len(re.findall(r"<w:gridCol[ />]", table))
    depth = 0
    filled = False
    for match in _ROWS.finditer(table):
        token = match.group()
        if token.startswith("{%"):
            word = _WORD.match(token)
            if word and word.group(1) in ("for", "if"):
                depth += 1
            elif word and word.group(1).startswith("end"):
                depth -= 1
            continue
        if "{%" in _CELLS.sub("", token):
            return False
        cells = _CELLS.findall(token)
        if len(cells) > columns or any('<w:gridSpan w:val="{{' in cell for cell in cells):
            return False
        spans = [_FIXED_SPAN.search(cell) for cell in cells]
        width = sum(int(span.group(1)) if span else 1 for span in spans)
        if width > columns:
            return False
        filled = filled or (depth == 0 and width == columns)
    return filled


def fit_grids(xml: str) -> str:
    """Return rendered XML with each table's grid fitted to its rows; empty tables are gone."""
    root = etree.fromstring(xml.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    for table in list(elements(root, TABLE)):
        rows = list(elements(table, ROW))
        grid = table.find(_GRID)
        if not rows:
            # Word calls a document with a table without rows damaged.
            remove_element(table)
        elif grid is not None:
            _widen(grid, max(len(row.findall(CELL)) for row in rows))
            _narrow(grid, max(_width_of(row) for row in rows))
    return etree.tostring(root, encoding="unicode")


def _widen(grid: etree._Element, cells: int) -> None:
    columns = grid.findall(_COLUMN)
    missing = cells - len(columns)
    if missing <= 0:
        return
    width = sum(_number(column) for column in columns)
    if width <= 0:
        return
    average = width / len(columns)
    new_average = width / cells
    for column in columns:
        column.set(_WIDTH, str(int(_number(column) * new_average / average)))
    for _number_of_column in range(missing):
        etree.SubElement(grid, _COLUMN, {_WIDTH: str(int(new_average))})


def _narrow(grid: etree._Element, cells: int) -> None:
    columns = grid.findall(_COLUMN)
    extra = len(columns) - cells
    if extra <= 0:
        return
    removed = 0.0
    for column in columns[-extra:]:
        removed += _number(column)
        grid.remove(column)
    left = grid.findall(_COLUMN)
    share = int(removed / len(left)) if left else 0
    for column in left:
        column.set(_WIDTH, str(int(_number(column) + share)))


def _number(column: etree._Element) -> float:
    try:
        return float(column.get(_WIDTH, "0"))
    except ValueError:
        return 0.0


def _width_of(row: etree._Element) -> int:
    total = 0
    for cell in row.findall(CELL):
        span = cell.find(f"{w('tcPr')}/{_SPAN}")
        text = span.get(w("val"), "1") if span is not None else "1"
        total += int(text) if text.isdigit() else 1
    return total
