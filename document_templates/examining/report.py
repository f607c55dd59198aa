"""What the examining process says of a PDF, as plain data that crosses the border as JSON. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime


class ReportUnreadable(ValueError):
    """The answer of the examining process is not one: it died over the file."""


@dataclass(frozen=True, slots=True)
class SignatureFinding:
    """One signature, seal or time stamp, as the file itself shows it."""

    signer: str
    issuer: str
    fingerprint: str
    signed_at: datetime | None
    is_timestamp: bool
    accepted: bool
    intact: bool
    trusted: bool
    covers_whole_file: bool
    changes_permitted: bool
    """Whether what was added later, if anything, is permitted by the signature."""
    only_archived: bool
    """Whether nothing was added later but time stamps and what validates signatures."""
    level: str
    """The PAdES baseline, such as ``PAdES B-B`` (ETSI EN 319 142-1); empty for what is none."""
    message: str


@dataclass(frozen=True, slots=True)
class FileFinding:
    """A file: its hashes, and what every signature in it is worth.

    ``revisions`` are the SHA-256 of all states that the file had, the whole file last: what was
    appended later leaves what was before readable.
    """

    sha256: str
    revisions: tuple[str, ...]
    signatures: tuple[SignatureFinding, ...]
    refusal: str = ""
    """Why the file is not examined, in German; empty if it is."""


def dump_finding(finding: FileFinding) -> bytes:
    """Return a finding as JSON."""
    return json.dumps(asdict(finding), default=datetime.isoformat).encode()


def load_finding(data: bytes) -> FileFinding:
    """Return the finding of its JSON. Raises `ReportUnreadable`."""
    try:
        read = json.loads(data)
        return FileFinding(
            sha256=str(read["sha256"]),
            revisions=tuple(str(one) for one in read["revisions"]),
            signatures=tuple(_signature(one) for one in read["signatures"]),
            refusal=str(read["refusal"]),
        )
    except (ValueError, KeyError, TypeError) as problem:
        raise ReportUnreadable from problem


def _signature(read: Mapping[str, object]) -> SignatureFinding:
    signed_at = read["signed_at"]
    return SignatureFinding(
        signer=str(read["signer"]),
        issuer=str(read["issuer"]),
        fingerprint=str(read["fingerprint"]),
        signed_at=datetime.fromisoformat(signed_at) if isinstance(signed_at, str) else None,
        is_timestamp=bool(read["is_timestamp"]),
        accepted=bool(read["accepted"]),
        intact=bool(read["intact"]),
        trusted=bool(read["trusted"]),
        covers_whole_file=bool(read["covers_whole_file"]),
        changes_permitted=bool(read["changes_permitted"]),
        only_archived=bool(read["only_archived"]),
        level=str(read["level"]),
        message=str(read["message"]),
    )
