"""Pages of lists: an opaque cursor names the last row that was given out."""

from __future__ import annotations

import base64
import binascii
import json

from app.api.operations import Parameter
from app.api.problems import Problem
from app.api.schemas import LARGEST_PAGE, USUAL_PAGE
from tenants.language import _

PAGING = (
    Parameter(
        name="limit",
        description=_("Einträge einer Seite, 1 bis {n}.").format(n=LARGEST_PAGE),
        schema={"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": USUAL_PAGE},
    ),
    Parameter(
        name="cursor",
        description=_("„next_cursor“ der vorigen Seite."),
        schema={"type": "string", "minLength": 1, "maxLength": 400},
    ),
)


def cursor_of(*place: str) -> str:
    """Return the cursor that leads on behind ``place``."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def read_cursor(text: str, size: int) -> tuple[str, ...]:
    """Return the ``size`` parts of a place. Raises `Problem` for a cursor that is none of ours."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        place = json.loads(data)
    except (binascii.Error, ValueError, RecursionError):
        place = None
    if (
        not isinstance(place, list)
        or len(place) != size
        or not all(isinstance(part, str) and "\0" not in part for part in place)
    ):
        raise Problem(400, _("„cursor“ ist kein Wert, den eine vorige Seite genannt hat."))
    return tuple(place)
