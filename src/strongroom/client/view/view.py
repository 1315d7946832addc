"""What a client knows at one moment: a directory and the containers under it.

A view is replaced whole by a sync. Whoever works with one keeps it to the end,
whatever other tasks of the program do meanwhile.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import msgspec

from strongroom.client.view.containers import Container
from strongroom.client.view.directory import Directory
from strongroom.errors import ConflictError, IntegrityError, RotationDueError
from strongroom.ids import NO_STAMP, ContainerId, PrincipalId, Stamp
from strongroom.wire.access import ContainerKind
from strongroom.wire.messages import LookupAnswer, Query

T = TypeVar("T")

# A change elsewhere between sync and request costs one more round; more than this is no accident.
ATTEMPTS_MAX: Final = 12


class ViewChangedError(Exception):
    """An answer speaks of something newer than the view; never leaves the engine."""


class View(msgspec.Struct, frozen=True):
    """A directory, the containers that may be opened, and the groups among them.

    It is all that there is under a `stamp` of the account, but for what this client
    has `changed` itself since; without a stamp nothing says so.
    """

    directory: Directory
    containers: dict[ContainerId, Container]
    stamp: Stamp = NO_STAMP
    changed: frozenset[ContainerId] = frozenset()

    @property
    def groups(self) -> dict[ContainerId, Container]:
        """The groups in which the principal has a row."""
        return {
            key: found
            for key, found in self.containers.items()
            if found.record.kind == ContainerKind.GROUP
        }

    def covers(self, answer: LookupAnswer, queries: list[Query]) -> bool:
        """Tell whether a look-up's answer speaks of this very view.

        The head, the access records, and the own objects (which hold the
        titles) of all containers that were asked must be those that are held.
        """
        if answer.head_rev != self.directory.head.rev:
            return False
        for container in {query.container for query in queries}:
            held = self.containers.get(container)
            told = answer.access_revs.get(container), answer.object_versions.get(container)
            if held is None or told != (held.record.access_rev, held.object_version):
                return False
        return True

    def facts(self) -> dict[bytes, tuple[int, int]]:
        """Return what tells two views apart: head rev, access revs, versions of own objects."""
        facts: dict[bytes, tuple[int, int]] = {
            key: (row.record.access_rev, row.object_version) for key, row in self.containers.items()
        }
        return facts | {b"head": (self.directory.head.generation, self.directory.head.rev)}

    def is_older_than(self, other: View) -> bool:
        """Tell whether anything in it is older than in another view."""
        if not other.directory.is_read or self.directory.is_restart_of(other.directory):
            return False
        theirs = other.facts()
        return any(
            own < theirs[key] if key == b"head" else not _reaches(own, theirs[key])
            for key, own in self.facts().items()
            if key in theirs
        )

    def stampless(self) -> View:
        """Return the view where nobody knows what else has changed."""
        return msgspec.structs.replace(self, stamp=b"", changed=frozenset())

    def without(self, container: ContainerId) -> View:
        """Return the view after a container was deleted."""
        rest = {key: row for key, row in self.containers.items() if key != container}
        return msgspec.structs.replace(self, containers=rest)

    def with_container(self, container: Container) -> View:
        """Return the view with one more container."""
        return msgspec.structs.replace(self, containers=self.containers | {container.id: container})


def _reaches(own: tuple[int, int], theirs: tuple[int, int]) -> bool:
    return own[0] >= theirs[0] and own[1] >= theirs[1]


def belongs(container: Container, principal: PrincipalId) -> bool:
    """Tell whether a container is one that this principal's client accepts.

    A personal vault made by or shared with somebody else poses as one's own
    (specs/formats.md section 7).
    """
    record = container.record
    if not record.is_personal:
        return True
    return record.creator == principal and {row.principal for row in record.accessors} == {
        principal
    }


def contradictory() -> IntegrityError:
    """Return the error for a home whose answers do not fit each other."""
    message = "the answers of the account's home contradict each other"
    return IntegrityError(message, hint="the database may be damaged; restore a backup")


def outrun() -> ConflictError:
    """Return the error for a directory that moved on between a sync and an answer."""
    message = "the directory was changed at the same time"
    return ConflictError(message, hint="try again")


def kept_changing() -> ConflictError:
    """Return the error for an account that never stood still."""
    message = "the account kept changing while it was used"
    return ConflictError(message, hint="try again")


async def retrying(
    attempt: Callable[[], Awaitable[T]],
    *,
    meanwhile: Callable[[int], Awaitable[None]] | None = None,
    on: type[Exception] | tuple[type[Exception], ...] = ConflictError,
    keeps_reason: bool = False,
) -> T:
    """Do something that a change by somebody else undoes; after such a change do it again.

    The rule for all of the engine: whoever can build its request anew from a
    newer view tries again, ATTEMPTS_MAX times at most, and waits a little longer
    each time. A change that only the caller can judge (an item that it has read, a
    version that it names) is not tried again; nor is a rotation that is due,
    since no further attempt signs it.

    Args:
        attempt: All that depends on the view; it is begun from its start each time.
        meanwhile: What is done between two attempts, told how many came before
            these: `Reader.back_off`, or `Reader.catch_up` where the attempt
            does not read anew itself.
        on: The errors that say that somebody was faster.
        keeps_reason: Whether the last such error is raised as it is; else it is
            said that the account kept changing.

    Raises:
        ConflictError: Somebody else was faster at every attempt.
    """
    for attempts in range(ATTEMPTS_MAX):
        try:
            return await attempt()
        except RotationDueError:
            raise
        except on:
            if attempts + 1 == ATTEMPTS_MAX:
                if keeps_reason:
                    raise
                break
        if meanwhile is not None:
            await meanwhile(attempts)
    raise kept_changing()
