"""Merkle trees: the values of the specification's makers, and proofs that hold for nothing else."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from document_templates.archive.merkle import (
    inclusion_proof,
    leaf_hash,
    proves_inclusion,
    root_hash,
)

# The test data of the certificate-transparency reference implementation.
ENTRIES = [
    bytes.fromhex(one)
    for one in (
        "", "00", "10", "2021", "3031", "40414243",
        "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = st.lists(st.binary(max_size=4), min_size=1, max_size=40).map(
    lambda entries: [leaf_hash(one) for one in entries]
)


def test_the_roots_are_those_of_the_reference() -> None:
    leaves = [leaf_hash(one) for one in ENTRIES]
    assert [root_hash(leaves[: size + 1]).hex() for size in range(8)] == ROOTS
    assert root_hash([]) == hashlib.sha256(b"").digest()


@given(LEAVES, st.data())
def test_every_entry_is_proved(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    proof = inclusion_proof(leaves, index)
    assert proves_inclusion(leaves[index], index, len(leaves), proof, root_hash(leaves))
    assert len(proof) <= max(1, (len(leaves) - 1).bit_length())


@given(LEAVES, st.data())
def test_nothing_else_is_proved(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    proof, root = inclusion_proof(leaves, index), root_hash(leaves)
    assert not proves_inclusion(leaf_hash(b"another"), index, len(leaves), proof, root)
    assert not proves_inclusion(leaves[index], index, len(leaves), [*proof, root], root)
    if proof:
        assert not proves_inclusion(leaves[index], index, len(leaves), proof[:-1], root)
        place = data.draw(st.integers(0, len(proof) - 1))
        broken = [*proof]
        broken[place] = bytes([broken[place][0] ^ 1]) + broken[place][1:]
        assert not proves_inclusion(leaves[index], index, len(leaves), broken, root)
    assert not proves_inclusion(leaves[index], len(leaves), len(leaves), proof, root)


def test_there_is_no_proof_of_what_is_not_there() -> None:
    with pytest.raises(IndexError):
        inclusion_proof([leaf_hash(b"a")], 1)
