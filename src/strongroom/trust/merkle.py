"""The Merkle tree over directory entries.

Source: RFC 9162 section 2.1 (leaf `H(0x00 | body)`, node `H(0x01 | l | r)`).
A level with an odd number of nodes lifts its last node unchanged, which is the
same tree as the RFC's split at the largest power of two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from strongroom.crypto.hashes import sha256
from strongroom.errors import IntegrityError


def hash_leaf(body: bytes) -> bytes:
    """Return the hash of an entry's body."""
    return sha256(b"\x00" + body)


def hash_node(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return sha256(b"\x01" + left + right)


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes (at least one)."""
    level = list(leaves)
    while len(level) > 1:
        level = parents(level)
    return level[0]


def parents(level: Sequence[bytes]) -> list[bytes]:
    """Return the level above."""
    pairs = [hash_node(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
    return pairs + list(level[len(level) & ~1 :])


def fold_path(leaf: bytes, *, index: int, count: int, path: Sequence[bytes]) -> bytes:
    """Return the root that a leaf and its path lead to.

    Raises:
        IntegrityError: The path has another length than this place in a tree
            of this size needs (layer `path`).
    """
    if index >= count:
        raise _false_path()
    node, rest = leaf, iter(path)
    last = count - 1
    while last:
        if index % 2:
            node = hash_node(_next(rest), node)
        elif index < last:
            node = hash_node(node, _next(rest))
        index //= 2
        last //= 2
    if next(rest, None) is not None:
        raise _false_path()
    return node


def append_leaf(last_leaf: bytes, *, count: int, path: Sequence[bytes], leaf: bytes) -> bytes:
    """Return the root after one more leaf.

    Args:
        last_leaf: Hash of the last of the `count` leaves that are there.
        path: Its path, already verified against the old root.
        leaf: Hash of the new leaf.
    """
    # The path of the last leaf names the roots of the full subtrees that make
    # up the tree: first those inside the smallest, then the larger ones.
    inside = (count & -count).bit_length() - 1
    smallest = last_leaf
    for sibling in path[:inside]:
        smallest = hash_node(sibling, smallest)
    node = leaf
    size, left = count, [smallest, *path[inside:]]
    # Full subtrees of the new tree merge as in a binary counter, from the right.
    while size % 2:
        node = hash_node(left.pop(0), node)
        size //= 2
    for subtree in left:
        node = hash_node(subtree, node)
    return node


def _next(rest: Iterator[bytes]) -> bytes:
    node = next(rest, None)
    if node is None:
        raise _false_path()
    return node


def _false_path() -> IntegrityError:
    return IntegrityError("a directory entry does not belong to the directory", layer="path")
