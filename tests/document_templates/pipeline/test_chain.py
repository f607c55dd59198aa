"""The hash chain: any change, removal or exchange of entries shows, and where."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from document_templates.chain import canonical_json, chain_hash, first_break
from document_templates.models import FIRST_HASH

Entry = dict[str, str | int]
Chain = list[tuple[Entry, str]]

ENTRIES = st.lists(
    st.dictionaries(
        st.sampled_from(["document", "pdf", "version", "sealed"]),
        st.text(max_size=8) | st.integers(-9, 9),
        min_size=1,
    ),
    min_size=1,
    max_size=8,
)


def chain_of(entries: list[Entry]) -> Chain:
    """Return the entries numbered, as a register numbers them, with their hashes."""
    chain: Chain = []
    previous = FIRST_HASH
    for position, entry in enumerate(entries, start=1):
        numbered = {**entry, "position": position}
        previous = chain_hash(previous, numbered)
        chain.append((numbered, previous))
    return chain


def test_the_hash_is_what_the_documentation_says() -> None:
    text = '{"pdf":"ü","position":1}'.encode()
    assert canonical_json({"position": 1, "pdf": "ü"}) == text
    expected = hashlib.sha256(b"0" * 64 + text).hexdigest()
    assert chain_hash("0" * 64, {"position": 1, "pdf": "ü"}) == expected


@given(ENTRIES)
def test_an_untouched_chain_has_no_break(entries: list[Entry]) -> None:
    assert first_break(FIRST_HASH, chain_of(entries)) == -1


@given(ENTRIES, st.data())
def test_a_changed_entry_breaks_where_it_stands(entries: list[Entry], data: st.DataObject) -> None:
    chain = chain_of(entries)
    place = data.draw(st.integers(0, len(chain) - 1))
    key = data.draw(st.sampled_from(sorted(chain[place][0])))
    old = chain[place][0][key]
    new = data.draw(st.text(max_size=8).filter(lambda text: text != old))
    chain[place] = ({**chain[place][0], key: new}, chain[place][1])

    assert first_break(FIRST_HASH, chain) == place


@given(ENTRIES, st.data())
def test_a_changed_entry_with_its_hash_made_anew_breaks_behind_it(
    entries: list[Entry], data: st.DataObject
) -> None:
    chain = chain_of(entries)
    place = data.draw(st.integers(0, len(chain) - 1))
    previous = chain[place - 1][1] if place else FIRST_HASH
    forged = {**chain[place][0], "pdf": "forged"}
    changed = forged != chain[place][0]
    chain[place] = (forged, chain_hash(previous, forged))

    behind = place + 1
    expected = behind if changed and behind < len(chain) else -1
    assert first_break(FIRST_HASH, chain) == expected


@given(ENTRIES.filter(lambda entries: len(entries) > 1), st.data())
def test_a_removed_or_exchanged_entry_shows(entries: list[Entry], data: st.DataObject) -> None:
    chain = chain_of(entries)
    place = data.draw(st.integers(0, len(chain) - 2))
    removed = [*chain[:place], *chain[place + 1 :]]
    exchanged = list(chain)
    exchanged[place], exchanged[place + 1] = exchanged[place + 1], exchanged[place]

    assert first_break(FIRST_HASH, removed) == place
    assert first_break(FIRST_HASH, exchanged) == place


def test_numbers_that_json_does_not_know_are_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        canonical_json(float("nan"))
