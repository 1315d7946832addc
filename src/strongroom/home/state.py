"""The state file: what this user's programs have seen, so that nothing is rolled back.

Source: specs/formats.md section 14. Sealed under the user's local key; two
processes may write, so what is on disk and what is in memory are merged by
maximum under the folder's lock. The marks of objects stand in files of their
own (`objects`), which are read when something in them is asked for.

Rules of the merge (sections 4, 6 and 15):

1. Pin: the higher version. Root documents: the longer chain. Head: the higher
   (generation, rev); a hash is kept where only numbers were known.
2. Heads: all of both, and of these the newest 10,000. No generation forgets
   them: they tell whether a backup that is restored is one that there was.
3. Containers: the higher access_rev, and the higher directory rev; but the
   marks of an older generation are forgotten. Objects: as containers.
4. Equal numbers with different hashes: `fork`. Heads are exempt: after a
   restore others may have written on before it was accepted.
"""

from __future__ import annotations

import struct
from typing import Annotated, Final

import msgspec

from strongroom.base64url import decode_base64url, encode_base64url
from strongroom.client.view.marks import HEADS_MAX, ContainerMark, Marks
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.digests import NO_HASH, Hash
from strongroom.crypto.public.hashes import HASH_BYTES
from strongroom.errors import ForkError
from strongroom.home.files import Folder
from strongroom.home.objects import ObjectsFiles, remove_objects
from strongroom.home.paths import owner_text, state_name
from strongroom.home.sealed import SealedFile
from strongroom.ids import AccountId, ContainerId, PrincipalId, format_id, parse_id
from strongroom.limits import INTEGER_MAX
from strongroom.trust.directory import HeadMark, Pin
from strongroom.wire.signed import SignedRoot

_KIND: Final = "state"
_HEAD: Final = struct.Struct(f"<Q{HASH_BYTES}s")

Count = Annotated[int, msgspec.Meta(ge=0, le=INTEGER_MAX)]


class _Record(msgspec.Struct, forbid_unknown_fields=True):
    """The plaintext: hashes in base64url, containers by id.

    `heads` are 40 bytes each, rev and hash, ascending by rev: one text for
    all, because ten thousand would take ten times as long to read.
    """

    v: Annotated[int, msgspec.Meta(ge=1, le=1)]
    root: tuple[Count, str]
    head: tuple[Count, Count, str]
    containers: dict[str, tuple[Count, str, Count, Count]]
    # Root documents from the first on: body, and signatures by signer.
    roots: list[tuple[str, list[tuple[str, str]]]] = []
    heads: str = ""


class StateFile(msgspec.Struct, frozen=True):
    """What is kept for one user, or for one token (`token_state`).

    `key_id` is that of the local key of a token, and empty for users.
    """

    folder: Folder
    account: AccountId
    user: PrincipalId
    key_id: bytes = b""

    def load(self, seed: bytes) -> Marks | None:
        """Return what was remembered, without objects, or `None` if nothing ever was.

        Raises:
            LocalFileError: Damaged; the hint names the command to start afresh.
        """
        return self._file.load(Keyset(seed).local_key, _parse)

    def open(self, seed: bytes, start: Marks) -> Marks:
        """Return what a client starts from: what was remembered, and `start`.

        Raises:
            ForkError: The two have seen two truths.
            LocalFileError: As `load`.
        """
        known = self.load(seed)
        marks = start if known is None else merge_marks(known, start)
        marks.remembered = self._objects(seed)
        return marks

    def merge(self, marks: Marks, *, seed: bytes) -> Marks:
        """Merge marks with those on disk, store what is news, and return what is known then.

        Raises:
            ForkError: Disk and memory have seen two truths.
            LocalFileError: Damaged, or the disk refused.
        """
        with self.folder.locked():
            known = self.load(seed)
            merged = merge_marks(marks if known is None else known, marks)
            if merged != known:
                self._file.store(Keyset(seed).local_key, _format(merged))
            # Whoever has not seen the newest generation knows no objects of it.
            if marks.news and marks.head.generation == merged.head.generation:
                self._objects(seed).merge(marks.news, generation=merged.head.generation)
        return merged

    def remove(self) -> bool:
        """Forget everything; return whether there was anything."""
        had_objects = remove_objects(self.folder, self._owner)
        return self.folder.remove(self._file.name) or had_objects

    def _objects(self, seed: bytes) -> ObjectsFiles:
        return ObjectsFiles(
            self.folder, account=self.account, user=self.user, seed=seed, owner=self._owner
        )

    @property
    def _file(self) -> SealedFile:
        name = state_name(self._owner)
        return SealedFile(self.folder, name, _KIND, self.account, self.user)

    @property
    def _owner(self) -> str:
        return owner_text(account=self.account, user=self.user, key_id=self.key_id)


def token_state(
    folder: Folder, *, account: AccountId, principal: PrincipalId, seed: bytes
) -> StateFile:
    """Return what is kept for one token.

    A rotation gives a service account another token, with another local key:
    each has files of its own, so that both work while they overlap.
    """
    return StateFile(folder, account, principal, Keyset(seed).local_key.id)


def merge_marks(one: Marks, other: Marks) -> Marks:
    """Return the newer of each mark of a state file (module docstring).

    Raises:
        ForkError: Equal numbers, different hashes.
    """
    old, new = sorted((one, other), key=lambda marks: marks.head.generation)
    containers = {} if old.head.generation < new.head.generation else dict(old.containers)
    for container, mark in new.containers.items():
        known = containers.get(container)
        containers[container] = mark if known is None else _newer_container(known, mark)
    return Marks(
        pin=_newer_pin(old.pin, new.pin),
        head=_newer_head(old.head, new.head),
        containers=containers,
        roots=max(one.roots, other.roots, key=len),
        heads=_newest_heads(one.heads | other.heads),
    )


def _newest_heads(heads: dict[Hash, int]) -> dict[Hash, int]:
    rows = sorted((rev, digest) for digest, rev in heads.items())
    return {digest: rev for rev, digest in rows[-HEADS_MAX:]}


def _newer_pin(one: Pin, other: Pin) -> Pin:
    if one.version == other.version and one.hash != other.hash:
        raise _fork("two root documents under one version")
    return max(one, other, key=lambda pin: pin.version)


def _newer_head(one: HeadMark, other: HeadMark) -> HeadMark:
    if (one.generation, one.rev) == (other.generation, other.rev):
        if one.hash and other.hash and one.hash != other.hash:
            raise _fork("two directory heads under one number")
        return one if one.hash else other
    return max(one, other, key=lambda head: (head.generation, head.rev))


def _newer_container(one: ContainerMark, other: ContainerMark) -> ContainerMark:
    if one.access_rev == other.access_rev and one.hash != other.hash:
        raise _fork("two access records with the same number")
    newer = max(one, other, key=lambda mark: mark.access_rev)
    seen_at = max(one.directory_rev, other.directory_rev)
    return msgspec.structs.replace(newer, directory_rev=seen_at)


def _fork(what: str) -> ForkError:
    message = f"this computer has seen {what}: somebody shows different clients different states"
    hint = "two databases claim to be the same account; its owners have to find out which is right"
    return ForkError(message, hint=hint)


def _format(marks: Marks) -> bytes:
    containers = {
        format_id(container): (
            mark.access_rev,
            encode_base64url(mark.hash),
            mark.epoch,
            mark.directory_rev,
        )
        for container, mark in sorted(marks.containers.items())
    }
    record = _Record(
        v=1,
        root=(marks.pin.version, encode_base64url(marks.pin.hash)),
        head=(marks.head.generation, marks.head.rev, encode_base64url(marks.head.hash)),
        containers=containers,
        roots=[_format_root(root) for root in marks.roots],
        heads=encode_base64url(b"".join(_HEAD.pack(rev, h) for h, rev in marks.heads.items())),
    )
    return msgspec.json.encode(record)


def _parse(plain: bytes) -> Marks:
    record = msgspec.json.decode(plain, type=_Record)
    generation, rev, head_hash = record.head
    return Marks(
        pin=Pin(record.root[0], _hash(record.root[1])),
        head=HeadMark(generation, rev, _hash(head_hash) if head_hash else NO_HASH),
        containers={
            parse_id(container, ContainerId): ContainerMark(
                access_rev=access_rev, hash=_hash(text), epoch=epoch, directory_rev=directory_rev
            )
            for container, (access_rev, text, epoch, directory_rev) in record.containers.items()
        },
        roots=[_parse_root(body, signatures) for body, signatures in record.roots],
        heads=_parse_heads(record.heads),
    )


def _parse_heads(text: str) -> dict[Hash, int]:
    packed = decode_base64url(text)
    if len(packed) % _HEAD.size:
        message = "not whole heads"
        raise ValueError(message)
    return {digest: rev for rev, digest in _HEAD.iter_unpack(packed)}


def _format_root(root: SignedRoot) -> tuple[str, list[tuple[str, str]]]:
    signatures = [(format_id(who), encode_base64url(sig)) for who, sig in root.signatures]
    return encode_base64url(root.body), signatures


def _parse_root(body: str, signatures: list[tuple[str, str]]) -> SignedRoot:
    rows = tuple((parse_id(who, PrincipalId), decode_base64url(sig)) for who, sig in signatures)
    return SignedRoot(decode_base64url(body), rows)


def _hash(text: str) -> Hash:
    raw = decode_base64url(text)
    if len(raw) != HASH_BYTES:
        message = "not a hash"
        raise ValueError(message)
    return Hash(raw)
