"""The state file: what this user's programs have seen, so that nothing is rolled back.

Source: specs/formats.md section 14. Sealed under the user's local key; two
processes may write, so what is on disk and what is in memory are merged by
maximum under the folder's lock.

Rules of the merge (sections 4, 6 and 15):

1. Pin: the higher version, with its root documents. Head: the higher
   (generation, rev); a hash is kept where only numbers were known.
2. Containers: the higher access_rev, and the higher directory rev; but the
   marks of an older generation are forgotten.
3. Equal numbers with different hashes: `fork`.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from strongroom.base64url import decode_base64url, encode_base64url
from strongroom.client.marks import ContainerMark, Marks
from strongroom.crypto.hashes import HASH_BYTES
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.sealing import Purpose, open_envelope, seal
from strongroom.errors import ForkError, IntegrityError, InvalidIdError, LocalFileError
from strongroom.home.files import Folder
from strongroom.home.paths import state_name
from strongroom.ids import format_id, parse_id
from strongroom.limits import INTEGER_MAX
from strongroom.trust.directory import HeadMark, Pin
from strongroom.wire.signed import SignedRoot

_KIND: Final = "state"

Count = Annotated[int, msgspec.Meta(ge=0, le=INTEGER_MAX)]


class _Record(msgspec.Struct, forbid_unknown_fields=True):
    """The plaintext: hashes in base64url, containers by id."""

    v: Annotated[int, msgspec.Meta(ge=1, le=1)]
    root: tuple[Count, str]
    head: tuple[Count, Count, str]
    containers: dict[str, tuple[Count, str, Count, Count]]
    # Root documents from the first on: body, and signatures by signer.
    roots: list[tuple[str, list[tuple[str, str]]]] = []


class StateFile(msgspec.Struct, frozen=True):
    """The state file of one user."""

    folder: Folder
    account: bytes
    user: bytes

    def load(self, seed: bytes) -> Marks | None:
        """Return what was remembered, or `None` if nothing ever was.

        Raises:
            LocalFileError: Damaged; the hint names the command to start afresh.
        """
        sealed = self.folder.load(self._name)
        if sealed is None:
            return None
        try:
            plain = open_envelope(
                Keyset(seed).local_key, Purpose.LOCAL, self._context, sealed, what="the state file"
            )
            return _parse(plain)
        except (ValueError, IntegrityError, InvalidIdError):
            message = f"the state file {self.folder.path / self._name} is damaged"
            hint = (
                "`strongroom account reset-state` starts afresh; "
                "until the next sync an older state of the account would then pass unnoticed"
            )
            raise LocalFileError(message, hint=hint) from None

    def merge(self, marks: Marks, *, seed: bytes) -> Marks:
        """Merge marks with those on disk, store the result if it is news, and return it.

        Raises:
            ForkError: Disk and memory have seen two truths.
            LocalFileError: Damaged, or the disk refused.
        """
        with self.folder.locked():
            known = self.load(seed)
            merged = marks if known is None else merge_marks(known, marks)
            if known is None or _format(merged) != _format(known):
                key = Keyset(seed).local_key
                sealed = seal(key, Purpose.LOCAL, self._context, _format(merged))
                self.folder.store(self._name, sealed)
        return merged

    def remove(self) -> bool:
        """Forget everything; return whether there was anything."""
        return self.folder.remove(self._name)

    @property
    def _name(self) -> str:
        return state_name(account=self.account, user=self.user)

    @property
    def _context(self) -> tuple[bytes, bytes, str]:
        return (self.account, self.user, _KIND)


def merge_marks(one: Marks, other: Marks) -> Marks:
    """Return the newer of each mark (module docstring).

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
        roots=max(one, other, key=lambda marks: (marks.pin.version, len(marks.roots))).roots,
    )


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
        raise _fork("two access records under one number")
    newer = max(one, other, key=lambda mark: mark.access_rev)
    seen_at = max(one.directory_rev, other.directory_rev)
    return msgspec.structs.replace(newer, directory_rev=seen_at)


def _fork(what: str) -> ForkError:
    message = f"this computer has seen {what}: somebody shows different clients different states"
    return ForkError(
        message, hint="two databases answer for one account; ask the account's owner which is right"
    )


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
    )
    return msgspec.json.encode(record)


def _parse(plain: bytes) -> Marks:
    record = msgspec.json.decode(plain, type=_Record)
    generation, rev, head_hash = record.head
    return Marks(
        pin=Pin(record.root[0], _hash(record.root[1])),
        head=HeadMark(generation, rev, _hash(head_hash) if head_hash else b""),
        containers={
            parse_id(container): ContainerMark(
                access_rev=access_rev, hash=_hash(text), epoch=epoch, directory_rev=directory_rev
            )
            for container, (access_rev, text, epoch, directory_rev) in record.containers.items()
        },
        roots=[_parse_root(body, signatures) for body, signatures in record.roots],
    )


def _format_root(root: SignedRoot) -> tuple[str, list[tuple[str, str]]]:
    signatures = [(format_id(who), encode_base64url(sig)) for who, sig in root.signatures]
    return encode_base64url(root.body), signatures


def _parse_root(body: str, signatures: list[tuple[str, str]]) -> SignedRoot:
    rows = tuple((parse_id(who), decode_base64url(sig)) for who, sig in signatures)
    return SignedRoot(decode_base64url(body), rows)


def _hash(text: str) -> bytes:
    raw = decode_base64url(text)
    if len(raw) != HASH_BYTES:
        message = "not a hash"
        raise ValueError(message)
    return raw
