"""The tree against an independent implementation of RFC 6962: roots, inclusion, consistency."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from afteraction.ledger import merkle

ENTRIES = [f'{{"kind":"x","key":"{number}"}}'.encode() for number in range(601)]
LEAVES = merkle.leaf_hashes(ENTRIES)
NODE = merkle.nodes_of(LEAVES)


@pytest.fixture(scope="module")
def oracle():
    tree = InmemoryTree(algorithm="sha256")
    tree.append_entries(ENTRIES)
    return tree


@pytest.mark.parametrize("size", [0, 1, 2, 3, 255, 256, 257, 511, 512, 513, 600])
def test_root_equals_oracle(oracle, size):
    expected = hashlib.sha256(b"").digest() if size == 0 else oracle.get_root(size)
    assert merkle.root(NODE, size) == expected


@settings(max_examples=200, deadline=None)
@given(size=st.integers(0, 600))
def test_root_equals_oracle_at_any_size(oracle, size):
    expected = hashlib.sha256(b"").digest() if size == 0 else oracle.get_root(size)
    assert merkle.root(NODE, size) == expected


@settings(max_examples=300, deadline=None)
@given(data=st.data(), size=st.integers(1, 600))
def test_inclusion_path_equals_oracle(oracle, data, size):
    index = data.draw(st.integers(0, size - 1))
    path = merkle.inclusion_path(NODE, index, size)
    assert path == oracle.prove_inclusion(index + 1, size).path[1:]
    root = oracle.get_root(size)
    assert merkle.includes(LEAVES[index], index, size, path, root)
    assert not merkle.includes(LEAVES[(index + 1) % 601], index, size, path, root)
    assert not merkle.includes(LEAVES[index], index, size, [*path, root], root)
    if path:
        assert not merkle.includes(LEAVES[index], index, size, path[:-1], root)
        assert not merkle.includes(LEAVES[index], index, size, path, LEAVES[index])


@settings(max_examples=300, deadline=None)
@given(data=st.data(), new=st.integers(1, 600))
def test_consistency_path_holds_between_roots_of_the_oracle(oracle, data, new):
    old = data.draw(st.integers(1, new))
    path = merkle.consistency_path(NODE, old, new)
    old_root, new_root = oracle.get_root(old), oracle.get_root(new)
    assert merkle.extends(old, old_root, new, new_root, path)
    oracle.prove_consistency(old, new).verify(merkle.root(NODE, old), merkle.root(NODE, new))
    if old < new:
        assert not merkle.extends(old, new_root, new, new_root, path)
        assert not merkle.extends(old, old_root, new, old_root, path)
        assert not merkle.extends(old, old_root, new, new_root, path[:-1])


def test_empty_tree_is_a_prefix_of_every_tree():
    assert merkle.extends(0, merkle.EMPTY_ROOT, 5, merkle.root(NODE, 5), [])
    assert not merkle.extends(0, LEAVES[0], 5, merkle.root(NODE, 5), [])


@pytest.mark.parametrize(("index", "size"), [(-1, 5), (5, 5), (0, 0)])
def test_inclusion_outside_the_tree_is_refused(index, size):
    with pytest.raises(ValueError, match="expected"):
        merkle.inclusion_path(NODE, index, size)


@pytest.mark.parametrize(("old", "new"), [(0, 5), (6, 5)])
def test_consistency_of_impossible_sizes_is_refused(old, new):
    with pytest.raises(ValueError, match="expected"):
        merkle.consistency_path(NODE, old, new)
