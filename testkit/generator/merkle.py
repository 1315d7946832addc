"""The Merkle tree of RFC 9162 over entry bodies (section 4 of specs/formats.md)."""

from generator.crypto import sha256


def leaf_hash(body: bytes) -> bytes:
    """`H(0x00 | body)`."""
    return sha256(b"\0" + body)


def node_hash(left: bytes, right: bytes) -> bytes:
    """`H(0x01 | l | r)`."""
    return sha256(b"\1" + left + right)


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def tree_root(leaves: list[bytes]) -> bytes:
    """The root over leaf hashes."""
    if len(leaves) == 1:
        return leaves[0]
    middle = _split(len(leaves))
    return node_hash(tree_root(leaves[:middle]), tree_root(leaves[middle:]))


def tree_path(leaves: list[bytes], index: int) -> list[bytes]:
    """The siblings of one leaf, lowest first."""
    if len(leaves) == 1:
        return []
    middle = _split(len(leaves))
    if index < middle:
        return [*tree_path(leaves[:middle], index), tree_root(leaves[middle:])]
    return [*tree_path(leaves[middle:], index - middle), tree_root(leaves[:middle])]


def root_from_path(leaf: bytes, *, index: int, count: int, path: list[bytes]) -> bytes | None:
    """The root that a path proves, or None when its length is not the leaf's."""
    if index >= count:
        return None
    if count == 1:
        return leaf if not path else None
    if not path:
        return None
    middle = _split(count)
    if index < middle:
        left = root_from_path(leaf, index=index, count=middle, path=path[:-1])
        return None if left is None else node_hash(left, path[-1])
    right = root_from_path(leaf, index=index - middle, count=count - middle, path=path[:-1])
    return None if right is None else node_hash(path[-1], right)
