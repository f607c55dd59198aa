"""The quick look at the content of a page tells the same as the reader that knows everything."""

from __future__ import annotations

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from document_templates import marked_content
from document_templates.content_scanning import UnusualContent, unmarked_instructions
from document_templates.marked_content import has_unmarked_content, mark_lines

TAG = "/P <</MCID 0>> BDC"
STRINGS = st.sampled_from(["(a)", r"(a\) S)", "(EMC)", "((in) S)", "<0045>", "<45 4>", "()"])
NUMBERS = st.sampled_from(["0", "-1.5", ".5", "+3", "12."])
NAMES = st.sampled_from(["/F1", "/List#20Bullet", "/Artifact", "/P", "/A#72tifact", "/"])
DRAWN = st.one_of(
    st.sampled_from(["0 0 m", "1 1 l", "0 0 5 5 re", "S", "f*", "W* n", "n", "q", "Q", "BT", "ET"]),
    st.builds("{} Tj".format, STRINGS),
    st.builds("[{} {} {}] TJ".format, STRINGS, NUMBERS, STRINGS),
    st.builds("{} {} Tf".format, NAMES, NUMBERS),
    st.just("/Im1 Do"),
    st.just("BI /W 1 /H 1 /BPC 8 /CS /G ID x EI"),
    st.just("% S\n"),
)
BEGUN = st.one_of(
    st.builds("{} <</MCID 0>>BDC".format, NAMES),
    st.builds("{} BMC".format, NAMES),
    st.builds("{} <</Lang (de) /MCID 1>> BDC".format, NAMES),
    st.builds("{} <</Deep <</MCID 1>> >> BDC".format, NAMES),
    st.builds("{} /Listed BDC".format, NAMES),
)
CONTENTS = st.lists(st.one_of(DRAWN, BEGUN, st.just("EMC")), max_size=25).map("\n".join)


def page_with(content: str) -> pikepdf.Page:
    document = pikepdf.new()
    page = document.add_blank_page()
    listed = pikepdf.Dictionary(Listed=pikepdf.Dictionary(MCID=3))
    page.obj.Resources = pikepdf.Dictionary(Properties=listed)
    page.obj.Contents = document.make_stream(content.encode())
    KEPT.append(document)
    del KEPT[:-5]
    return page


KEPT: list[pikepdf.Pdf] = []
"""A page lives as long as its document."""


def read_thoroughly(page: pikepdf.Page) -> bool:
    """Tell what `has_unmarked_content` tells, from every instruction."""
    return any(
        operator in marked_content.DRAWING and not marked
        for operator, marked, _instruction in marked_content._read(page, True)
    )


@given(CONTENTS)
def test_both_ways_of_reading_agree(content: str) -> None:
    page = page_with(content)
    assert has_unmarked_content(page) is read_thoroughly(page)


@given(CONTENTS)
def test_marking_lines_takes_out_no_instruction_and_leaves_no_line_unmarked(content: str) -> None:
    page = page_with(content)
    before = [str(one.operator) for one in pikepdf.parse_content_stream(page)]
    marked = mark_lines(page)
    if marked is not None:
        page.obj.Contents = KEPT[-1].make_stream(marked)
    after = [str(one.operator) for one in pikepdf.parse_content_stream(page)]
    assert [one for one in after if one not in ("BMC", "EMC")] == [
        one for one in before if one not in ("BMC", "EMC")
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("0 0 m 1 1 l S", "/Artifact BMC 0 0 m 1 1 l S EMC"),
        (f"{TAG} (S) Tj EMC 0 0 1 1 re f", f"{TAG} (S) Tj EMC /Artifact BMC 0 0 1 1 re f EMC"),
    ],
)
def test_lines_are_marked_where_they_stand(content: str, expected: str) -> None:
    marked = mark_lines(page_with(content))
    assert marked is not None
    assert marked.decode().split() == expected.split()


@pytest.mark.parametrize(
    "content",
    ["q 0 0 5 5 re W* n Q", "0 0 m", f"{TAG} 0 0 1 1 re f EMC", "BI /W 1 /H 1 ID x EI", "(a) Tj"],
)
def test_content_without_lines_to_mark_stays_as_it_is(content: str) -> None:
    assert mark_lines(page_with(content)) is None


@pytest.mark.parametrize(
    "content",
    ["BI /W 1 ID x EI", "/P /Listed BDC EMC", "/P <</D <<>> >> BDC EMC", "((a)) Tj", "% x", "]"],
)
def test_what_is_not_of_the_usual_shape_is_left_to_the_other_reader(content: str) -> None:
    with pytest.raises(UnusualContent):
        list(unmarked_instructions(content.encode()))


def test_what_libreoffice_writes_is_of_the_usual_shape() -> None:
    content = (
        b"/List#20Bullet<</MCID 2>>BDC\nq 0 0 0 rg\nBT\n"
        b"90.1 680.8 Td /F4 9.5 Tf[<01>-2<0203>]TJ\nET\nQ\nEMC\n"
    )
    assert list(unmarked_instructions(content)) == []


def test_endless_content_is_read_in_proportion_to_its_length() -> None:
    # With quantifiers that give back this would take the age of the world.
    hostile = b"[" + b"(a) 1 " * 200_000
    with pytest.raises(UnusualContent):
        list(unmarked_instructions(hostile))
