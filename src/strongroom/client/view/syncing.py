"""Reading a view: all of it, what differs from the one before, or only own changes.

Rules:

1. A view is complete or is not made: pages of two heads or two stamps are thrown away.
2. By stamp first, which is one small request; by difference if anybody else changed something.
3. What is held is left out of an answer, so it is held only as long as its evidence is: whoever
   lets go of records (`Directory.trimmed`) or meets a restored file holds nothing.
4. Containers of an unchanged head are kept as they are, verified ones as verified ones. Under
   another head every one is verified anew.

Source: specs/formats.md section 13 ("Sync").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from strongroom.client.view.containers import Container, KeysetSource
from strongroom.client.view.directory import Directory
from strongroom.client.view.marks import Marks
from strongroom.client.view.objects import is_gone
from strongroom.client.view.view import View, ViewChangedError, belongs
from strongroom.ids import ContainerId, PrincipalId, Stamp
from strongroom.limits import PAGE_CONTAINERS_MAX
from strongroom.transport.protocol import Transport
from strongroom.wire.messages import (
    CommitAnswer,
    ContainerState,
    Known,
    SyncRequest,
)


class ViewReader:
    """Reads views for one principal."""

    def __init__(
        self, transport: Transport, marks: Marks, principal: PrincipalId, keysets: KeysetSource
    ) -> None:
        self._transport = transport
        self._marks = marks
        self._principal = principal
        self._keysets = keysets

    async def read(self, begun: View, *, is_stale: bool = False) -> View:
        """Return the view of now.

        Args:
            begun: The view of before.
            is_stale: Whether it is certain that somebody else changed something.

        Raises:
            ViewChangedError: The account changed between two pages.
            IntegrityError: And its kinds: an answer is not to be trusted.
        """
        directory = begun.directory.trimmed()
        if begun.stamp and directory is begun.directory and not is_stale:
            view = await self._by_stamp(begun)
            if view is not None:
                return view
        return await self._by_difference(begun, directory)

    async def _by_stamp(self, begun: View) -> View | None:
        """Read what was changed here alone; `None` if anybody else changed something."""
        request = SyncRequest(
            root_version=begun.directory.root_version,
            known=Known(head_rev=begun.directory.head.rev),
            remembered=self._remembered(begun.changed),
            stamp=begun.stamp,
            changed=tuple(sorted(begun.changed)),
        )
        answer = await self._transport.call(request)
        if not answer.same or answer.stamp != begun.stamp:
            return None
        directory = begun.directory.advanced(answer.roots, answer.head, self._marks)
        if directory is not begun.directory:
            return None
        directory.add(answer.evidence)
        held = {key: one for key, one in begun.containers.items() if key not in begun.changed}
        return self._view(directory, held, answer.containers, answer.stamp, begun.containers)

    async def _by_difference(self, begun: View, directory: Directory) -> View:
        """Read all pages of what is not held.

        Args:
            directory: That of the view, or the lighter one, with which nothing is held.
        """
        held = dict(begun.containers) if directory is begun.directory else {}
        states: list[ContainerState] = []
        after = stamp = b""
        while True:
            beyond = [key for key in self._marks.containers if key > after]
            request = SyncRequest(
                root_version=directory.root_version,
                known=directory.known(),
                remembered=self._remembered(beyond),
                held={key: one.digest for key, one in held.items() if key > after},
                after=after,
            )
            answer = await self._transport.call(request)
            if after and not (directory.is_at(answer.head) and answer.stamp == stamp):
                raise ViewChangedError
            before = directory
            directory = directory.advanced(answer.roots, answer.head, self._marks)
            if directory.is_restart_of(before):
                # What was named as known or held is forgotten, so all of it has to come again.
                held = {}
                continue
            directory.add(answer.evidence)
            states += answer.containers
            for left in (*answer.left, *(changed.id for changed in answer.containers)):
                held.pop(left, None)
            after, stamp = answer.next, answer.stamp
            if not after:
                break
        if directory is not begun.directory:
            held = {key: self._anew(one) for key, one in held.items()}
        return self._view(directory, held, states, stamp, begun.containers)

    def _anew(self, container: Container) -> Container:
        """Return an unchanged container, to be verified under another head."""
        return Container(container.state, self._keysets, before=container)

    def _remembered(self, containers: Iterable[ContainerId]) -> dict[ContainerId, int]:
        marks = self._marks.containers
        return {key: marks[key].access_rev for key in containers if key in marks}

    def _view(
        self,
        directory: Directory,
        held: dict[ContainerId, Container],
        states: Iterable[ContainerState],
        stamp: Stamp,
        opened: Mapping[ContainerId, Container],
    ) -> View:
        """Put held and read containers together, in the order of their ids."""
        containers = dict(held)
        for read in states:
            directory.add_record(read.record)
            containers[read.id] = Container(read, self._keysets, before=opened.get(read.id))
        mine = {
            key: container
            for key, container in sorted(containers.items())
            if belongs(container, self._principal)
            and not is_gone(directory, container, self._marks)
        }
        return View(directory, mine, stamp)


def after_commit(view: View, changed: Iterable[ContainerId], answer: CommitAnswer) -> View:
    """Return what a client holds after a commit of its own that changed some containers.

    It goes on from the stamp after the commit, if nobody else changed anything in between.
    """
    if view.stamp == answer.after:
        return view  # read anew meanwhile
    everything = view.changed.union(changed)
    if answer.before != view.stamp or len(everything) > PAGE_CONTAINERS_MAX:
        return view.stampless()
    return msgspec.structs.replace(view, stamp=answer.after, changed=everything)
