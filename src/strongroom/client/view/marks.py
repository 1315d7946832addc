"""What a client has seen and will not see rolled back.

Source: specs/formats.md sections 4, 6, 8, 14 and 15. Kept in memory always, and
in the local files of section 14 where there are any.
"""

from __future__ import annotations

from typing import Final, Protocol

import msgspec

from strongroom.crypto.public.digests import Hash
from strongroom.errors import ForkError
from strongroom.ids import ContainerId, ObjectId
from strongroom.runtime import Runtime
from strongroom.trust.access import AccessMark
from strongroom.trust.directory import HeadMark, Pin
from strongroom.trust.revisions import ObjectMark
from strongroom.wire.signed import SignedRoot

# Ten thousand changes of people and keys are years of a large account, and 400 kB of a state file
# that every command reads. A backup from before is accepted by looking at it (section 15).
HEADS_MAX: Final = 10_000


class ContainerMark(msgspec.Struct, frozen=True):
    """The newest access record of a container that was accepted.

    `directory_rev` is the head rev under which it was seen.
    """

    access_rev: int
    hash: Hash
    epoch: int
    directory_rev: int

    def as_access_mark(self) -> AccessMark:
        """Return the part that the verification of records wants."""
        return AccessMark(self.access_rev, self.hash, self.directory_rev)


class Remembered(Protocol):
    """The marks of objects that earlier processes left, read when they are asked for."""

    def find(
        self, container: ContainerId, object_id: ObjectId, *, generation: int
    ) -> ObjectMark | None:
        """Return an object's mark of this generation, if there is one.

        Raises:
            LocalFileError: What was left is damaged, or cannot be read.
        """


class Keeper(Protocol):
    """Stores marks for later processes, where a client has a place for them."""

    async def keep(self, runtime: Runtime) -> None:
        """Store what was seen, if something moved and it is time to.

        Raises:
            ForkError: Another process has seen another truth.
            LocalFileError: It cannot be stored.
        """

    def close(self) -> None:
        """Store what was seen, if something moved.

        Raises:
            ForkError: As `keep`.
            LocalFileError: As `keep`.
        """


class Marks(msgspec.Struct):
    """Everything that one client remembers; `records` live in memory only.

    `records` holds the hash of every access record that was seen in force, by
    container and access rev: a revision that names another one under such a
    number was written under a forged record (threats T9). `moves` counts the
    changes: an answer that was read before a move may look older than the marks.
    `loads` counts what was taken from earlier processes, likewise.
    `roots` are the root documents behind the pin, for who has to put them back
    after a restore, and `heads` the revs of the newest heads by hash, for who
    has to tell whether a restored file is one that there was (section 15).
    `objects` are the marks that this process met; where earlier ones left some,
    `remembered` finds them, and `news` are those that have to be stored.
    """

    pin: Pin
    head: HeadMark
    containers: dict[ContainerId, ContainerMark] = msgspec.field(default_factory=dict)
    objects: dict[tuple[ContainerId, ObjectId], ObjectMark] = msgspec.field(default_factory=dict)
    records: dict[tuple[ContainerId, int], Hash] = msgspec.field(default_factory=dict)
    roots: list[SignedRoot] = msgspec.field(default_factory=list)
    moves: int = 0
    loads: int = 0
    heads: dict[Hash, int] = msgspec.field(default_factory=dict)
    news: dict[tuple[ContainerId, ObjectId], ObjectMark] = msgspec.field(default_factory=dict)
    remembered: Remembered | None = None

    def accept_head(self, mark: HeadMark) -> None:
        """Move the head's mark; a higher generation forgets containers and objects (section 15).

        It forgets no heads: a backup from before is what a restore brings, and
        whether its head is one that there was does not depend on the generation.
        """
        if mark.generation > self.head.generation:
            self.containers.clear()
            self.objects.clear()
            self.records.clear()
            self.news.clear()
        self.head = mark
        self.moves += 1
        if mark.hash and mark.hash not in self.heads:
            self.heads[mark.hash] = mark.rev
            if len(self.heads) > HEADS_MAX:
                del self.heads[min(self.heads, key=self.heads.__getitem__)]

    def has_seen(self, head_hash: Hash) -> bool:
        """Tell whether a head, by its hash, is one that is remembered."""
        return head_hash in self.heads or (bool(head_hash) and head_hash == self.head.hash)

    def object_mark(self, container: ContainerId, object_id: ObjectId) -> ObjectMark | None:
        """Return the newest revision of an object that was seen, here or by an earlier process.

        Raises:
            LocalFileError: What earlier processes left is damaged, or cannot be read.
        """
        key = (container, object_id)
        mark = self.objects.get(key)
        if mark is None and self.remembered is not None:
            mark = self.remembered.find(*key, generation=self.head.generation)
            if mark is not None:
                self.objects[key] = mark
                self.loads += 1
        return mark

    def accept_object(self, key: tuple[ContainerId, ObjectId], mark: ObjectMark) -> None:
        """Move an object's mark, never back: two tasks may finish in another order.

        Raises:
            ForkError: Two states under one version.
            LocalFileError: As `object_mark`.
        """
        known = self.object_mark(*key)
        newer = mark if known is None else newer_object(known, mark)
        if newer != known:
            self.objects[key] = newer
            self.moves += 1
            if self.remembered is not None:
                self.news[key] = newer

    def copy(self) -> Marks:
        """Return the marks as they are now, for who stores them while others go on."""
        return msgspec.structs.replace(
            self,
            containers=dict(self.containers),
            heads=dict(self.heads),
            news=dict(self.news),
            roots=list(self.roots),
            objects={},
            records={},
            remembered=None,
        )

    def forget_news(self, stored: Marks) -> None:
        """Drop the news that `stored` held, which a file has now."""
        for key, mark in stored.news.items():
            if self.news.get(key) == mark:
                del self.news[key]


def newer_object(one: ObjectMark, other: ObjectMark) -> ObjectMark:
    """Return the higher version, and of what the container was known to have the higher, too.

    Raises:
        ForkError: Two states under one version.
    """
    if one.version == other.version and one.hash and other.hash and one.hash != other.hash:
        message = "this computer has seen two states of an object with the same version"
        hint = (
            "two databases claim to be the same account; its owners have to find out which is right"
        )
        raise ForkError(message, layer="mark", hint=hint)
    newer = max(one, other, key=lambda mark: (mark.version, bool(mark.hash)))
    access_rev = max(one.access_rev, other.access_rev)
    return msgspec.structs.replace(newer, access_rev=access_rev)
