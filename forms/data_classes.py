"""The classes of data K0 to K5: their order, the class of a field, and what does not fit.

K0 public, K1 within the administration, K2 trade secrets, K3 of persons, K4 Sozialdaten,
K5 especially protected.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from forms.definition_names import all_fields
from forms.elements import Field, Page
from tenants.language import _

DATA_CLASSES = ("K0", "K1", "K2", "K3", "K4", "K5")
"""From the least to the most protected."""


def effective_class(field: Field, form_class: str) -> str:
    """Return the class of ``field``: its own, else that of the form, empty if neither says."""
    return field.data_class or form_class


def is_above(data_class: str, other: str) -> bool:
    """Say whether ``data_class`` needs more protection than ``other``; "" is below all."""
    return _rank(data_class) > _rank(other)


def class_findings(pages: Iterable[Page], form_class: str) -> Iterator[str]:
    """Yield a German finding for each field that is classed above its form.

    Who handles the form by its class would protect such a field too little.
    """
    for field in all_fields(pages):
        if form_class and is_above(effective_class(field, form_class), form_class):
            yield _("Feld „{label}“ ist {field}, der Vordruck ist als {form} eingestuft.").format(
                label=field.label, field=field.data_class, form=form_class
            )


def _rank(data_class: str) -> int:
    return DATA_CLASSES.index(data_class) if data_class in DATA_CLASSES else -1
