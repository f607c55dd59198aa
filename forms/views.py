"""View objects: what a page, the review and the receipt copy draw, decided completely.

A template loops over these objects and prints them; it decides nothing. Only relevant
(visible) elements appear. All texts are plain text in German and still have to be escaped
by whatever writes markup.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionView:
    """One choice of a radio, select, checkboxes, yes_no or declaration field, or matrix cell."""

    html_id: str
    value: str
    label: str
    help: str = ""
    checked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRecordedView:
    """The input beside a field for the reason why it was not recorded.

    With ``reasons`` one of them is chosen, else the reason is written.
    """

    html_id: str
    name: str
    reason: str = ""
    reasons: tuple[OptionView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixCellView:
    """One cell of a matrix. ``path`` is the name of its input element."""

    path: str
    html_id: str
    label: str
    """Row and column label together, for screen readers."""
    column_key: str
    column_label: str
    options: tuple[OptionView, ...]
    display: str
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixRowView:
    """One row of a matrix; ``errors`` are those of the whole row (row rules)."""

    key: str
    path: str
    html_id: str
    label: str
    cells: tuple[MatrixCellView, ...]
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadingView:
    """The heading of a column of a matrix or of a repeat group shown as a table."""

    key: str
    label: str
    type: str = ""
    unit: str = ""
    required: bool = False
    total: str = ""
    """The displayed column sum, empty where the form asks for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixView:
    """The grid of a matrix; without columns (their repeat group is empty) ``columns`` is empty."""

    columns: tuple[HeadingView, ...]
    rows: tuple[MatrixRowView, ...]
    legend: tuple[OptionView, ...]
    empty_text: str
    """What to say instead of the grid while there are no columns, else empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    """One row of a repeat group; the ``*_name`` are names of input or button elements."""

    index: int
    id: str
    path: str
    html_id: str
    title: str
    """„Einsatz 3“."""
    full_title: str
    """With the rows around it, for who does not see where it stands: „Fall 2, Einsatz 3“."""
    id_name: str
    """Name of the hidden input that carries ``id``. It must be posted with the row."""
    fields: tuple[FieldView, ...]
    remove_name: str
    up_name: str
    down_name: str
    can_move_up: bool
    can_move_down: bool
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatView:
    """The rows of a repeat group. Headings stand in the order of each row's fields."""

    display: str
    """``cards`` or ``table``."""
    item_label: str
    headings: tuple[HeadingView, ...]
    rows: tuple[RowView, ...]
    has_totals: bool
    minimum: int
    maximum: int
    can_add: bool
    add_name: str
    add_label: str
    full_text: str
    """Why no row can be added, empty while one can."""
    outer_title: str = ""
    """The rows in which the group stands: „Fall 2“."""
    level: int = 1
    """How deep the group stands in others, from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileView:
    """An uploaded file of a field; ``url_id`` leads to its content, empty while nobody gets it."""

    id: str
    name: str
    size: str
    state: str
    state_text: str
    url_id: str
    rescan_id: str = ""
    """By which another scan is asked for, empty while that is of no use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesView:
    """The files of a field, and the input for more; ``drop_name`` takes one away by its id."""

    files: tuple[FileView, ...]
    upload_name: str
    drop_name: str
    accept: str
    """The attribute ``accept`` of the input: endings of names, a help and no check."""
    limits_text: str
    maximum_bytes: int
    can_add: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PickView:
    """How an entry of a list is chosen: from the options of its field, or by searching.

    ``candidates`` are what was found for the text that was typed, ``more`` how many further
    ones there are; each is chosen by an input named ``pick_name``.
    """

    is_searched: bool = False
    pick_name: str = ""
    candidates: tuple[OptionView, ...] = ()
    more: int = 0
    empty_text: str = ""
    """Why nothing can be chosen, empty while something can."""
    details: tuple[tuple[str, str], ...] = ()
    """Label and text of what the chosen entry says in its columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldView:
    """One field as it stands on a page.

    ``type`` is the field type of the definition. ``path`` is the name of the input element.
    ``marker_name``, where not empty, is the name of a hidden input with value ``1`` that has to
    be written beside the field: only by it the server can tell an unticked box from a field
    that was not on the page.
    """

    path: str
    html_id: str
    type: str
    label: str
    help: str = ""
    required: bool = False
    expected: bool = False
    """Whether a missing answer is asked for with a warning."""
    entry: str = ""
    """What the input element holds: the raw text after an unreadable entry."""
    display: str = ""
    """Formatted for reading, empty when unanswered."""
    options: tuple[OptionView, ...] = ()
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    paragraphs: tuple[str, ...] = ()
    """Text of an info or declaration field."""
    unit: str = ""
    autocomplete: str = ""
    input_mode: str = ""
    """``numeric``, ``decimal``, ``email``, ``tel`` or empty, for the attribute ``inputmode``."""
    max_length: int | None = None
    text_rows: int = 5
    data_class: str = ""
    marker_name: str = ""
    masked: bool = False
    """Whether the viewer sees the answer masked; then there is no input, and it stays."""
    searched: bool = False
    """Whether one of the many options is found by typing its label."""
    pick: PickView | None = None
    parts: tuple[FieldView, ...] = ()
    """The inputs of a field that asks for several things together."""
    is_part: bool = False
    """Whether it is one of them; the legend above says whether an answer is needed."""
    not_recorded: NotRecordedView | None = None
    files: FilesView | None = None
    read_only: bool = False
    """The answer is shown as text: somebody else gives it, or it is not asked about now."""
    origin: str = ""
    """Where a prefilled answer comes from, in German."""
    repeat: RepeatView | None = None
    matrix: MatrixView | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionView:
    """A section with its relevant fields; ``title`` may be empty."""

    key: str
    html_id: str
    title: str
    fields: tuple[FieldView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorLink:
    """One line of the error summary: ``text`` links to ``#html_id``."""

    path: str
    html_id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageView:
    """A page of the form. ``number`` of ``count`` counts relevant pages from 1."""

    key: str
    title: str
    intro: tuple[str, ...]
    number: int
    count: int
    previous_key: str | None
    next_key: str | None
    sections: tuple[SectionView, ...]
    errors: tuple[ErrorLink, ...] = ()
    warnings: tuple[ErrorLink, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewTable:
    """A repeat group or matrix in the review; ``footer`` is empty or one cell per heading."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    footer: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRow:
    """A row of a repeat group that has groups of its own."""

    title: str
    full_title: str
    entries: tuple[ReviewEntry, ...]
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewEntry:
    """One answer of the review: ``display`` is „nicht angegeben“ when ``answered`` is false."""

    path: str
    html_id: str
    label: str
    display: str
    answered: bool
    errors: tuple[str, ...] = ()
    paragraphs: tuple[str, ...] = ()
    """The text that is declared, for a declaration."""
    table: ReviewTable | None = None
    rows: tuple[ReviewRow, ...] = ()
    """The rows of a group with groups in it, instead of a table."""
    totals: tuple[tuple[str, str], ...] = ()
    """What is summed over ``rows``, and the sum."""
    context: str = ""
    """The rows in which the entry stands: „Fall 2“."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewSection:
    """A section of the review."""

    key: str
    title: str
    entries: tuple[ReviewEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPage:
    """A page of the review; ``complete`` says that nothing on it blocks submitting."""

    key: str
    title: str
    complete: bool
    sections: tuple[ReviewSection, ...]
