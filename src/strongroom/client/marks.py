"""What a client has seen and will not see rolled back.

Source: specs/formats.md sections 4, 6, 8 and 14. Kept in memory always, and in
the state file where there is one.
"""

from __future__ import annotations

import msgspec

from strongroom.trust.access import AccessMark
from strongroom.trust.directory import HeadMark, Pin
from strongroom.trust.revisions import ObjectMark
from strongroom.wire.signed import SignedRoot


class ContainerMark(msgspec.Struct, frozen=True):
    """The newest access record of a container that was accepted.

    `directory_rev` is the head rev under which it was seen.
    """

    access_rev: int
    hash: bytes
    epoch: int
    directory_rev: int

    def as_access_mark(self) -> AccessMark:
        """Return the part that the verification of records wants."""
        return AccessMark(self.access_rev, self.hash, self.directory_rev)


class Marks(msgspec.Struct):
    """Everything that one client remembers; `objects` and `records` live in memory only.

    `records` holds the hash of every access record that was seen in force, by
    container and access rev: a revision that names another one under such a
    number was written under a forged record (threats T9). `moves` counts the
    changes: an answer that was read before a move may look older than the marks.
    `roots` are the root documents behind the pin, for who has to put them back
    after a restore (section 15).
    """

    pin: Pin
    head: HeadMark
    containers: dict[bytes, ContainerMark] = msgspec.field(default_factory=dict)
    objects: dict[tuple[bytes, bytes], ObjectMark] = msgspec.field(default_factory=dict)
    records: dict[tuple[bytes, int], bytes] = msgspec.field(default_factory=dict)
    roots: list[SignedRoot] = msgspec.field(default_factory=list)
    moves: int = 0

    def accept_head(self, mark: HeadMark) -> None:
        """Move the head's mark; a higher generation forgets containers and objects (section 15)."""
        if mark.generation > self.head.generation:
            self.containers.clear()
            self.objects.clear()
            self.records.clear()
        self.head = mark
        self.moves += 1

    def accept_object(self, key: tuple[bytes, bytes], mark: ObjectMark) -> None:
        """Move an object's mark, never back: two tasks may finish in another order."""
        known = self.objects.get(key)
        if known is None or known.version <= mark.version:
            self.objects[key] = mark
            self.moves += 1
