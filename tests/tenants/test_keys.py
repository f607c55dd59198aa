"""Envelope encryption: what is encrypted for one place opens there and nowhere else."""

from __future__ import annotations

import base64
import os
import stat
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import assume, given
from hypothesis import strategies as st

from tenants.keys import (
    DecryptionFailed,
    MasterKey,
    MasterKeyUnusable,
    TenantKey,
    create_master_key_file,
)

HERNE = uuid.UUID("8f0e6c1e-6a3a-4a3e-9f0b-0a6c1b2d3e4f")
HILDEN = uuid.UUID("3f2b8c1e-7d55-4b43-9d0a-52f1c6a7e901")
KEY = TenantKey(HERNE, bytes(range(32)))
PLACE = {"table": "submission", "column": "answers", "row": "1"}

places = st.fixed_dictionaries({name: st.text(max_size=20) for name in PLACE})


@given(st.binary(max_size=5000), places)
def test_what_was_encrypted_comes_back(plaintext: bytes, place: dict[str, str]) -> None:
    ciphertext = KEY.encrypt(plaintext, **place)

    assert KEY.decrypt(ciphertext, **place) == plaintext
    assert len(ciphertext) == len(plaintext) + 29
    if len(plaintext) >= 8:
        assert plaintext not in ciphertext


@given(places, places)
def test_no_other_place_opens_it(place: dict[str, str], other: dict[str, str]) -> None:
    assume(place != other)
    ciphertext = KEY.encrypt(b"Diagnose F90.0", **place)

    with pytest.raises(DecryptionFailed, match="gehört nicht an diese Stelle"):
        KEY.decrypt(ciphertext, **other)


@pytest.mark.parametrize(
    "other",
    [
        {"table": "submissions", "column": "nswers", "row": "1"},
        {"table": "submission", "column": "answers|1", "row": ""},
        {"table": "answers", "column": "submission", "row": "1"},
        {"table": "submission", "column": "answers", "row": "2"},
    ],
)
def test_shifted_and_swapped_places_do_not_open_it(other: dict[str, str]) -> None:
    with pytest.raises(DecryptionFailed):
        KEY.decrypt(KEY.encrypt(b"x", **PLACE), **other)


def test_the_same_key_under_another_tenant_does_not_open_it() -> None:
    with pytest.raises(DecryptionFailed):
        TenantKey(HILDEN, bytes(range(32))).decrypt(KEY.encrypt(b"x", **PLACE), **PLACE)


def test_another_key_does_not_open_it() -> None:
    with pytest.raises(DecryptionFailed):
        TenantKey.generate(HERNE).decrypt(KEY.encrypt(b"x", **PLACE), **PLACE)


@given(st.data())
def test_each_changed_bit_is_noticed(data: st.DataObject) -> None:
    ciphertext = bytearray(KEY.encrypt(b"sealed", **PLACE))
    bit = data.draw(st.integers(0, len(ciphertext) * 8 - 1))
    ciphertext[bit // 8] ^= 1 << bit % 8

    with pytest.raises(DecryptionFailed):
        KEY.decrypt(bytes(ciphertext), **PLACE)


@given(st.binary(max_size=60))
def test_foreign_bytes_are_refused(ciphertext: bytes) -> None:
    with pytest.raises(DecryptionFailed):
        KEY.decrypt(ciphertext, **PLACE)


def test_equal_values_look_different() -> None:
    assert len({KEY.encrypt(b"yes", **PLACE) for _number in range(50)}) == 50


def test_the_stored_form_is_what_the_documentation_says() -> None:
    """Version byte, nonce, AES-256-GCM over the length-prefixed place: readable without us."""
    ciphertext = KEY.encrypt(b"readable in thirty years", **PLACE)

    parts = [str(HERNE).encode(), b"submission", b"answers", b"1"]
    place = b"\x01" + b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    opened = AESGCM(bytes(range(32))).decrypt(ciphertext[1:13], ciphertext[13:], place)
    assert ciphertext[:1] == b"\x01"
    assert opened == b"readable in thirty years"


def test_a_wrapped_key_opens_for_its_tenant_and_master_key_only() -> None:
    master = MasterKey(os.urandom(32))
    wrapped = master.wrap(KEY)
    ciphertext = KEY.encrypt(b"x", **PLACE)

    assert master.unwrap(wrapped, str(HERNE)).decrypt(ciphertext, **PLACE) == b"x"
    assert bytes(range(32)) not in wrapped
    assert master.wrap(KEY) != wrapped
    with pytest.raises(DecryptionFailed):
        master.unwrap(wrapped, HILDEN)
    with pytest.raises(DecryptionFailed, match="anderen Hauptschlüssel"):
        MasterKey(os.urandom(32)).unwrap(wrapped, HERNE)
    for damaged in (b"", wrapped[:-1], wrapped[:-1] + bytes([wrapped[-1] ^ 1]), b"\x02" + wrapped):
        with pytest.raises(DecryptionFailed):
            master.unwrap(damaged, HERNE)


def test_a_new_master_key_takes_over() -> None:
    old, new = MasterKey(os.urandom(32)), MasterKey(os.urandom(32))
    ciphertext = KEY.encrypt(b"x", **PLACE)

    rewrapped = new.wrap(old.unwrap(old.wrap(KEY), HERNE))

    assert new.unwrap(rewrapped, HERNE).decrypt(ciphertext, **PLACE) == b"x"


def test_keys_do_not_show_themselves() -> None:
    secret = os.urandom(32)
    shown = f"{TenantKey(HERNE, secret)!r} {MasterKey(secret)!r} {MasterKey(secret)}"

    assert secret.hex() not in shown
    assert base64.b64encode(secret).decode() not in shown
    assert str(HERNE) in shown


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_key_has_thirty_two_bytes(size: int) -> None:
    with pytest.raises(MasterKeyUnusable, match=f"{size} statt 32 Bytes"):
        MasterKey.from_text(base64.b64encode(bytes(size)).decode())
    with pytest.raises(ValueError, match="32 bytes"):
        TenantKey(HERNE, bytes(size))


@pytest.mark.parametrize("text", ["geheim!", "ä" * 44, "A" * 43])
def test_a_malformed_master_key_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(MasterKeyUnusable) as refusal:
        MasterKey.from_text(text)

    assert text not in str(refusal.value)


def test_the_master_key_file_is_made_once_and_for_the_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "master.key"
    loose = os.umask(0)
    try:
        first = create_master_key_file(path)
    finally:
        os.umask(loose)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]
    content = path.read_text()
    assert create_master_key_file(path).fingerprint == first.fingerprint
    assert path.read_text() == content
    assert MasterKey.from_text(content).fingerprint == first.fingerprint
    assert MasterKey.from_file(path).fingerprint == first.fingerprint


def test_processes_that_start_together_get_one_master_key(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from tenants.keys import create_master_key_file\n"
        "sys.stdin.readline()\n"
        "print(create_master_key_file(Path(sys.argv[1])).fingerprint.hex())\n"
    )
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path / "master.key")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        for _number in range(4)
    ]
    for starter in starters:
        assert starter.stdin is not None
        starter.stdin.write("go\n")
        starter.stdin.flush()
    seen = {starter.communicate(timeout=60)[0] for starter in starters}

    assert len(seen) == 1
    assert len(seen.pop().strip()) == 16
    assert [path.name for path in tmp_path.iterdir()] == ["master.key"]


@pytest.mark.parametrize(("mode", "allowed"), [(0o600, True), (0o440, True), (0o644, False)])
def test_a_file_that_everybody_reads_is_refused(tmp_path: Path, mode: int, allowed: bool) -> None:
    path = tmp_path / "master.key"
    create_master_key_file(path)
    path.chmod(mode)

    if allowed:
        MasterKey.from_file(path)
    else:
        with pytest.raises(MasterKeyUnusable, match="chmod 600"):
            MasterKey.from_file(path)


def test_a_damaged_file_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    path.write_text("not a key")
    path.chmod(0o600)

    with pytest.raises(MasterKeyUnusable):
        create_master_key_file(path)

    assert path.read_text() == "not a key"


def test_a_missing_or_impossible_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MasterKeyUnusable, match="nicht lesbar"):
        MasterKey.from_file(tmp_path / "missing.key")
    (tmp_path / "file").write_text("")
    with pytest.raises(MasterKeyUnusable, match="lässt sich nicht anlegen"):
        create_master_key_file(tmp_path / "file" / "master.key")
