"""Everything known of an XLSForm before the form is put together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from forms.exchange.originals import Original
from forms.exchange.report import ExchangeReport
from forms.exchange.xlsform_choices import ChoiceList
from forms.exchange.xlsform_outline import Item
from forms.exchange.xpath_reading import Question


@dataclass(slots=True)
class Survey:
    """Everything known of the workbook before the form is put together."""

    form_id: str
    items: list[Item]
    lists: dict[str, ChoiceList]
    originals: dict[str, Original]
    languages: dict[str, str]
    """Tags of the languages besides German, by the headings of the columns."""
    report: ExchangeReport
    types: dict[int, str] = field(default_factory=dict)
    """Field type by row number; a refused question has none."""
    questions: dict[str, Question] = field(default_factory=dict)
    """All questions by name; of several with one name the first, which rules mean."""
    own: dict[int, Question] = field(default_factory=dict)
    """Each question by row number, also those whose name another has."""
    keys: dict[int, str] = field(default_factory=dict)
    """Key by row number."""

    def original_of(self, item: Item) -> Original | None:
        """Return what our own export kept of the row."""
        return self.originals.get(item.cells.get("siegel_id", ""))


def every_item(items: list[Item]) -> Iterator[Item]:
    """Yield all rows of the outline in their order."""
    for item in items:
        yield item
        yield from every_item(item.children)
