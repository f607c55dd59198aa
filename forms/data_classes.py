"""The classes of data K0 to K5: their order, and the class of a field.

K0 public, K1 within the administration, K2 trade secrets, K3 of persons, K4 Sozialdaten,
K5 especially protected.
"""

from __future__ import annotations

from forms.elements import Field

DATA_CLASSES = ("K0", "K1", "K2", "K3", "K4", "K5")
"""From the least to the most protected."""


def effective_class(field: Field, form_class: str) -> str:
    """Return the class of ``field``: its own, else that of the form, empty if neither says."""
    return field.data_class or form_class


def is_above(data_class: str, other: str) -> bool:
    """Say whether ``data_class`` needs more protection than ``other``; "" is below all."""
    return _rank(data_class) > _rank(other)


def _rank(data_class: str) -> int:
    return DATA_CLASSES.index(data_class) if data_class in DATA_CLASSES else -1
