"""The objects files: which revisions of objects this user's programs have checked.

Source: specs/formats.md sections 8 and 14. With them an older revision is
refused in a new process, too.

Rules:

1. A container's objects have a file of their own, so that reading one vault
   costs one file, whatever else there is; the containers' own objects share
   one, because whoever looks for a container by its name opens all of them.
2. A row is 64 bytes: object, version, H(body), and the access_rev that the
   container was known to have when the object was last seen (section 8, the
   last but one of the reader's checks). The newest stand last.
3. Merged by maximum under the folder's lock; two hashes under one version are
   a `fork`.
4. Each file names its generation. Those of an older one say nothing any more
   (section 15), and whoever has not seen the newer one yet changes nothing.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Final

import msgspec

from strongroom.base64url import decode_base64url, encode_base64url
from strongroom.client.view.marks import newer_object
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.digests import Hash
from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.home.files import Folder
from strongroom.home.paths import objects_name
from strongroom.home.sealed import SealedFile
from strongroom.ids import (
    NO_CONTAINER,
    AccountId,
    ContainerId,
    ObjectId,
    PrincipalId,
    format_id,
    parse_id,
)
from strongroom.limits import CONTAINERS_PER_PRINCIPAL_MAX, INTEGER_MAX
from strongroom.trust.revisions import ObjectMark

# A third of a megabyte on disk, read in a millisecond: what a command may cost that reads one item.
OBJECTS_MAX: Final = 4_096
# One own object for each container.
OWN_OBJECTS_MAX: Final = CONTAINERS_PER_PRINCIPAL_MAX

_KIND: Final = "objects"
_ROW: Final = struct.Struct("<16sQ32sQ")
# The containers' own objects stand under this in place of a container.
_OWN: Final = NO_CONTAINER

News = Mapping[tuple[ContainerId, ObjectId], ObjectMark]


class _Record(msgspec.Struct, forbid_unknown_fields=True):
    """The plaintext of a file; `container` is empty in the one of the own objects."""

    v: Annotated[int, msgspec.Meta(ge=1, le=1)]
    generation: Annotated[int, msgspec.Meta(ge=0, le=INTEGER_MAX)]
    objects: str
    container: str = ""


class _Rows(msgspec.Struct, frozen=True):
    """What a file holds: rows, one after the other."""

    generation: int
    packed: bytes

    def find(self, object_id: ObjectId) -> ObjectMark | None:
        """Return an object's mark; nothing is unpacked for it but its row."""
        offset = self.packed.find(object_id)
        while offset % _ROW.size and offset >= 0:
            offset = self.packed.find(object_id, offset + 1)
        return None if offset < 0 else _mark(*_ROW.unpack_from(self.packed, offset))[1]

    def marks(self) -> dict[ObjectId, ObjectMark]:
        """Return all marks, the newest last."""
        return dict(_mark(*row) for row in _ROW.iter_unpack(self.packed))


class ObjectsFiles:
    """All objects files of one user, a service account being one here, too.

    Implements `client.marks.Remembered`: a file is read once, when something in
    it is asked for.
    """

    def __init__(
        self, folder: Folder, *, account: AccountId, user: PrincipalId, seed: bytes, owner: str
    ) -> None:
        """Take what seals the files, and the part of their names that says whose they are."""
        self._folder = folder
        self._account = account
        self._user = user
        self._seed = seed
        self._owner = owner
        self._read: dict[ContainerId, _Rows | None] = {}

    def find(
        self, container: ContainerId, object_id: ObjectId, *, generation: int
    ) -> ObjectMark | None:
        """Return an object's mark of this generation, if there is one.

        Raises:
            LocalFileError: The file is damaged; the hint names the command to start afresh.
        """
        group = _group(container, object_id)
        if group not in self._read:
            self._read[group] = self._load(group)
        rows = self._read[group]
        if rows is None or rows.generation != generation:
            return None
        return rows.find(object_id)

    def merge(self, news: News, *, generation: int) -> None:
        """Merge marks into the files that have them; whoever calls holds the folder's lock.

        Raises:
            ForkError: Disk and memory have seen two states under one version; of
                the files before that one the news are stored.
            LocalFileError: A file is damaged, or the disk refused.
        """
        by_group: dict[ContainerId, dict[ObjectId, ObjectMark]] = {}
        for (container, object_id), mark in news.items():
            by_group.setdefault(_group(container, object_id), {})[object_id] = mark
        for group, marks in by_group.items():
            self._merge_group(group, marks, generation)

    def _merge_group(
        self, group: ContainerId, news: dict[ObjectId, ObjectMark], generation: int
    ) -> None:
        known = self._load(group)
        if known is not None and known.generation > generation:
            return
        current = known is not None and known.generation == generation
        marks = known.marks() if known is not None and current else {}
        changed = not current
        for object_id, mark in news.items():
            # Taken out and put back, it stands among the newest.
            before = marks.pop(object_id, None)
            marks[object_id] = mark if before is None else newer_object(before, mark)
            changed = changed or marks[object_id] != before
        most = OBJECTS_MAX if group else OWN_OBJECTS_MAX
        rows = _Rows(generation, _pack(list(marks.items())[-most:]))
        if changed:
            self._file(group).store(self._key, _format(group, rows))
        self._read[group] = rows

    @cached_property
    def _key(self) -> SymmetricKey:
        return Keyset(self._seed).local_key

    def _file(self, group: ContainerId) -> SealedFile:
        name = objects_name(self._owner, group)
        return SealedFile(self._folder, name, _KIND, self._account, self._user)

    def _load(self, group: ContainerId) -> _Rows | None:
        return self._file(group).load(self._key, lambda plain: _parse(group, plain))


def _group(container: ContainerId, object_id: ObjectId) -> ContainerId:
    own: bytes = container  # not converted: it is asked of every mark
    return _OWN if object_id == own else container


def _mark(
    object_id: ObjectId, version: int, digest: Hash, access_rev: int
) -> tuple[ObjectId, ObjectMark]:
    return object_id, ObjectMark(version, digest, access_rev)


def _pack(marks: list[tuple[ObjectId, ObjectMark]]) -> bytes:
    return b"".join(
        _ROW.pack(object_id, mark.version, mark.hash, mark.access_rev) for object_id, mark in marks
    )


def _format(group: ContainerId, rows: _Rows) -> bytes:
    record = _Record(
        v=1,
        generation=rows.generation,
        objects=encode_base64url(rows.packed),
        container=format_id(group) if group else "",
    )
    return msgspec.json.encode(record)


def _parse(group: ContainerId, plain: bytes) -> _Rows:
    record = msgspec.json.decode(plain, type=_Record)
    packed = decode_base64url(record.objects)
    named = parse_id(record.container, ContainerId) if record.container else _OWN
    if named != group or len(packed) % _ROW.size:
        message = "not the file of this container"
        raise ValueError(message)
    return _Rows(record.generation, packed)


def remove_objects(folder: Folder, owner: str) -> bool:
    """Remove every objects file of an `owner_text`; return whether there was one."""
    own = objects_name(owner, _OWN)
    found = [name for name in folder.names() if name == own or name.startswith(f"{own}-")]
    for name in found:
        folder.remove(name)
    return bool(found)
