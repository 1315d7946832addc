"""The Merkle tree of the directory, against RFC 9162's own recursive definition."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.crypto.public.hashes import sha256
from strongroom.errors import IntegrityError
from strongroom.trust.merkle import PartialTree, fold_path, hash_leaf, hash_node, tree_root

LEAVES_MAX = 70
LEAVES = [hash_leaf(bytes([number])) for number in range(LEAVES_MAX + 1)]


def split(count):
    """Return the largest power of two below `count`."""
    return 1 << (count - 1).bit_length() - 1


def defined_root(leaves):
    """RFC 9162 section 2.1.1."""
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return hash_node(defined_root(leaves[:k]), defined_root(leaves[k:]))


def defined_path(leaves, index):
    """RFC 9162 section 2.1.3.1: the nodes beside the way from a leaf to the root."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if index < k:
        return [*defined_path(leaves[:k], index), defined_root(leaves[k:])]
    return [*defined_path(leaves[k:], index - k), defined_root(leaves[:k])]


def test_hashes_of_leaves_and_nodes():
    """Leaves and nodes are hashed apart, so that neither passes for the other."""
    assert hash_leaf(b"body") == sha256(b"\x00body")
    assert hash_node(b"l" * 32, b"r" * 32) == sha256(b"\x01" + b"l" * 32 + b"r" * 32)


@pytest.mark.parametrize("count", range(1, LEAVES_MAX + 1))
def test_every_tree(count):
    """In a tree of any size every leaf leads to the root, and one more leaf to the next root."""
    leaves = LEAVES[:count]
    root = defined_root(leaves)
    assert tree_root(leaves) == root
    for index, leaf in enumerate(leaves):
        path = defined_path(leaves, index)
        assert fold_path(leaf, index=index, count=count, path=path) == root
    tree = PartialTree(count)
    tree.show(leaves[-1], index=count - 1, path=defined_path(leaves, count - 1))
    assert tree.append(LEAVES[count]) == count
    assert tree.root() == defined_root(LEAVES[: count + 1])


@given(st.integers(1, LEAVES_MAX), st.integers(0, 5), st.data())
def test_several_changes(count, more, data):
    """Leaves replaced and added at once lead to the root of the whole changed tree."""
    leaves = LEAVES[:count]
    places = data.draw(st.sets(st.integers(0, count - 1)))
    tree = PartialTree(count)
    for index in places | {count - 1}:
        tree.show(leaves[index], index=index, path=defined_path(leaves, index))
    after = list(leaves)
    for index in places:
        after[index] = hash_leaf(b"changed" + bytes([index]))
        tree.replace(after[index], index=index)
    for number in range(more):
        after.append(hash_leaf(b"added" + bytes([number])))
        tree.append(after[-1])
    assert tree.root() == defined_root(after)


def test_nothing_shown():
    """A root is not made from nodes that nobody has shown."""
    tree = PartialTree(4)
    tree.replace(LEAVES[0], index=0)
    with pytest.raises(IntegrityError) as caught:
        tree.root()
    assert caught.value.layer == "path"


@given(st.integers(1, LEAVES_MAX), st.data())
def test_false_paths(count, data):
    """A path that is longer, shorter, changed or for another place does not lead to the root."""
    leaves = LEAVES[:count]
    index = data.draw(st.integers(0, count - 1))
    path = defined_path(leaves, index)
    with pytest.raises(IntegrityError):
        fold_path(leaves[index], index=index, count=count, path=[*path, bytes(32)])
    if path:
        with pytest.raises(IntegrityError):
            fold_path(leaves[index], index=index, count=count, path=path[:-1])
        place = data.draw(st.integers(0, len(path) - 1))
        changed = [*path[:place], bytes(32), *path[place + 1 :]]
        folded = fold_path(leaves[index], index=index, count=count, path=changed)
        assert folded != defined_root(leaves)


@pytest.mark.parametrize(("index", "count"), [(1, 1), (5, 5), (70, 3)])
def test_places_outside(index, count):
    """A place beyond the tree is refused."""
    with pytest.raises(IntegrityError) as caught:
        fold_path(LEAVES[0], index=index, count=count, path=[])
    assert caught.value.layer == "path"
