"""The old version in the keys of the new one, so that a rule that only follows a rename is equal.

The builder rewrites the rules when a key changes. Compared as texts they would all seem changed.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping

from forms.building.document_tree import element_id, places
from forms.building.references import renamed_properties
from forms.expressions.nodes import Json


def follow_renames(old: Mapping[str, Json], new: Mapping[str, Json]) -> dict[str, Json]:
    """Return a copy of ``old`` whose rules name everything as ``new`` does, with its own keys.

    Choices are left out: a rule compares with their values as texts.
    """
    document = copy.deepcopy(dict(old))
    renames = _renames(document, new)
    if not renames:
        return document
    kept = {identity: key for identity, (key, _new) in renames.items()}
    # Over names that nobody has, so that two keys may also change places.
    for number, identity in enumerate(renames):
        _rename(document, identity, f"umbenannt_{number}_")
    for identity, (_old, key) in renames.items():
        _rename(document, identity, key)
    for place in places(document):
        identity = element_id(place.element)
        if identity in kept:
            place.element["key"] = kept[identity]
    return document


def _renames(old: dict[str, Json], new: Mapping[str, Json]) -> dict[str, tuple[str, str]]:
    keys = dict(_keys(dict(new)))
    return {
        identity: (key, keys[identity])
        for identity, key in _keys(old)
        if identity in keys and keys[identity] != key
    }


def _keys(document: dict[str, Json]) -> Iterator[tuple[str, str]]:
    for place in places(document):
        key = place.element.get("key")
        if isinstance(key, str) and place.parent is not None:
            yield element_id(place.element), key


def _rename(document: dict[str, Json], identity: str, key: str) -> None:
    changes = list(renamed_properties(document, identity, key))
    elements = {element_id(place.element): place.element for place in places(document)}
    for changed, name, value in changes:
        elements[changed][name] = value
