"""``text``, ``long_text`` and ``email``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from forms.document_settings import Object, number, place_of, text
from forms.elements import MAXIMUM_TEXT, Field, Scalar, TextField
from forms.expressions.nodes import Json
from forms.fields.kind import Common, EntryError, FieldKind, Reading, single, wrong_type
from forms.fields.pattern import MAXIMUM_MATCHED, PatternError, check_pattern, matches
from forms.fields.privacy import privacy_warnings
from tenants.language import _

_LINE_BREAKS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
# XML 1.0 (and so DOCX) knows none of these, PostgreSQL's JSON no NUL and no lone surrogate.
_UNPRINTABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
# Embeddings and overrides make a text read other than it is stored, in a sealed document too
# (UTS 39, CVE-2021-42574). Isolates stay: Arabic and Persian need them beside Latin letters.
_REORDERING = re.compile("[\u202a-\u202e]")
_INVISIBLE = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})
_BLANK_SIGNS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_BLANKS = re.compile(r"\s+")

_EMAIL_LOCAL = re.compile(r"[^\s@<>()\[\]\\,;:\"]{1,64}")
_EMAIL_LABEL = re.compile(r"[^\W_]([\w-]{0,61}[^\W_])?")


def clean_text(text: str) -> str:
    """Return ``text`` in NFC, with line breaks as ``\\n`` and without control characters.

    Characters that turn the order of reading around are left out as well.
    """
    text = _LINE_BREAKS.sub("\n", unicodedata.normalize("NFC", text))
    return _REORDERING.sub("", _UNPRINTABLE.sub("", text))


def answered_text(text: str) -> str | None:
    """Return ``text`` cleaned and stripped, None when nobody could see anything of it."""
    cleaned = clean_text(text).strip()
    seen = any(
        unicodedata.category(character) not in _INVISIBLE and character not in _BLANK_SIGNS
        for character in cleaned
    )
    return cleaned if seen else None


class TextKind(FieldKind):
    """Plain text; a single line unless the field is a ``long_text``."""

    def element(self, document: Object, common: Common, reading: Reading) -> Field:
        pattern = text(document, "pattern")
        if pattern:
            try:
                check_pattern(pattern)
            except PatternError as error:
                reading.findings.append(f"{place_of(document)}: {error}")
                pattern = ""
        return TextField(
            **common,
            max_length=number(document, "max_length") or MAXIMUM_TEXT,
            pattern=pattern,
            pattern_message=text(document, "pattern_message"),
            autocomplete=text(document, "autocomplete"),
            rows=number(document, "rows") or 5,
            privacy_check=document.get("privacy_check") is True,
        )

    def parse(self, field: Field, posted: Sequence[str]) -> Scalar:
        typed = answered_text(single(field, posted))
        if typed is not None and field.type != "long_text":
            typed = _BLANKS.sub(" ", typed)
        return typed

    def load(self, field: Field, stored: Json) -> Scalar:
        if not isinstance(stored, str):
            raise wrong_type(field, _("ein Text"))
        return answered_text(stored)

    def dump(self, field: Field, value: Scalar) -> Json:
        return str(value)

    def display(self, field: Field, value: Scalar) -> str:
        return str(value)

    def check(self, field: Field, value: Scalar) -> list[str]:
        written = str(value)
        limit = field.max_length if isinstance(field, TextField) else MAXIMUM_TEXT
        if len(written) > limit:
            return [
                _("„{label}“ darf höchstens {limit} Zeichen haben, es sind {count}.").format(
                    label=field.label, limit=limit, count=len(written)
                )
            ]
        if isinstance(field, TextField) and field.pattern:
            return self._check_pattern(field, written)
        return []

    def warnings(self, field: Field, value: Scalar) -> list[str]:
        if not isinstance(field, TextField) or not field.privacy_check:
            return []
        return privacy_warnings(field.label, str(value))

    def _check_pattern(self, field: TextField, written: str) -> list[str]:
        if len(written) <= MAXIMUM_MATCHED and matches(field.pattern, written):
            return []
        return [
            field.pattern_message
            or _("„{label}“ hat nicht die verlangte Form.").format(label=field.label)
        ]


class EmailKind(TextKind):
    """An e-mail address (RFC 5321 lengths; quoted local parts are refused on purpose)."""

    input_mode = "email"

    def element(self, document: Object, common: Common, reading: Reading) -> Field:
        return TextField(**common, autocomplete=text(document, "autocomplete"))

    def parse(self, field: Field, posted: Sequence[str]) -> Scalar:
        typed = super().parse(field, posted)
        return None if typed is None else self._read(field, str(typed))

    def load(self, field: Field, stored: Json) -> Scalar:
        typed = super().load(field, stored)
        return None if typed is None else self._read(field, str(typed))

    def masked(self, field: Field, value: Scalar) -> str:
        return f"{str(value)[0]}•••@•••"

    def _read(self, field: Field, typed: str) -> str:
        local, _at, domain = typed.rpartition("@")
        labels = domain.split(".")
        if (
            len(typed) > 254
            or not _EMAIL_LOCAL.fullmatch(local)
            or local.startswith(".")
            or local.endswith(".")
            or ".." in local
            or len(labels) < 2
            or labels[-1].isdigit()
            or not all(_EMAIL_LABEL.fullmatch(label) for label in labels)
        ):
            raise EntryError(
                _(
                    "Bitte geben Sie bei „{label}“ eine E-Mail-Adresse wie name@beispiel.de an."
                ).format(label=field.label)
            )
        return f"{local}@{domain.lower()}"
