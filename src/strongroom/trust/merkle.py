"""The Merkle tree over directory entries.

Source: RFC 9162 section 2.1 (leaf `H(0x00 | body)`, node `H(0x01 | l | r)`).
A level with an odd number of nodes lifts its last node unchanged, which is the
same tree as the RFC's split at the largest power of two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from strongroom.crypto.public.digests import Hash
from strongroom.crypto.public.hashes import sha256
from strongroom.errors import IntegrityError


def hash_leaf(body: bytes) -> Hash:
    """Return the hash of an entry's body."""
    return sha256(b"\x00" + body)


def hash_node(left: Hash, right: Hash) -> Hash:
    """Return the hash of an inner node."""
    return sha256(b"\x01" + left + right)


def tree_root(leaves: Sequence[Hash]) -> Hash:
    """Return the root over leaf hashes (at least one)."""
    level = list(leaves)
    while len(level) > 1:
        level = parents(level)
    return level[0]


def parents(level: Sequence[Hash]) -> list[Hash]:
    """Return the level above."""
    pairs = [hash_node(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
    return pairs + list(level[len(level) & ~1 :])


def fold_path(leaf: Hash, *, index: int, count: int, path: Sequence[Hash]) -> Hash:
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


class PartialTree:
    """The part of a tree that verified paths show, to change leaves in it and to add some.

    Whoever signs a head computes its root with this, from paths that were
    verified under the head before (specs/formats.md section 4).
    """

    def __init__(self, count: int) -> None:
        """Start with a tree of `count` leaves, of which nothing is known yet."""
        self.count = count
        self._nodes: dict[tuple[int, int], Hash] = {}
        self._changed: set[int] = set()

    def show(self, leaf: Hash, *, index: int, path: Sequence[Hash]) -> None:
        """Take in a leaf and its path, both verified already."""
        node, position, width, height = leaf, index, self.count, 0
        rest = iter(path)
        self._nodes[height, position] = node
        while width > 1:
            sibling = position ^ 1
            if sibling < width:
                other = self._nodes[height, sibling] = _next(rest)
                node = hash_node(other, node) if position % 2 else hash_node(node, other)
            position, width, height = position // 2, (width + 1) // 2, height + 1
            self._nodes[height, position] = node

    def replace(self, leaf: Hash, *, index: int) -> None:
        """Put another leaf at a place that was shown."""
        self._nodes[0, index] = leaf
        self._changed.add(index)

    def append(self, leaf: Hash) -> int:
        """Add a leaf at the end, whose last leaf was shown; return its index."""
        index = self.count
        self.count += 1
        self.replace(leaf, index=index)
        return index

    def root(self) -> Hash:
        """Return the root after all changes.

        Raises:
            IntegrityError: A node that is needed was never shown (layer `path`).
        """
        width, height, positions = self.count, 0, set(self._changed)
        while width > 1:
            positions = {position // 2 for position in positions}
            for position in positions:
                self._nodes[height + 1, position] = self._parent(
                    height=height, position=position, width=width
                )
            width, height = (width + 1) // 2, height + 1
        return self._need(height=height, position=0)

    def _parent(self, *, height: int, position: int, width: int) -> Hash:
        left = self._need(height=height, position=2 * position)
        if 2 * position + 1 >= width:
            return left
        return hash_node(left, self._need(height=height, position=2 * position + 1))

    def _need(self, *, height: int, position: int) -> Hash:
        node = self._nodes.get((height, position))
        if node is None:
            raise _false_path()
        return node


def _next(rest: Iterator[Hash]) -> Hash:
    node = next(rest, None)
    if node is None:
        raise _false_path()
    return node


def _false_path() -> IntegrityError:
    return IntegrityError("a directory entry is not part of the directory", layer="path")
