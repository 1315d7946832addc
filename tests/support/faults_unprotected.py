"""Clients without one protection, for the forgeries that are consistent up to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from strongroom.client.view import containers, directory, objects
from strongroom.crypto.grants import GrantContext
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.trust.access import AccessVerifier
from strongroom.trust.directory import check_entry
from strongroom.trust.revisions import RevisionVerifier
from strongroom.wire.entries import Entry, parse_entry
from strongroom.wire.heads import Head
from strongroom.wire.roots import RootDocument

Patch = Callable[[pytest.MonkeyPatch], None]


class _EqualToAll(bytes):
    """A hash that equals every other one."""

    __hash__ = bytes.__hash__

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False


def turned_off(target: str) -> Patch:
    return lambda patch: patch.setattr(target, lambda *_, **__: None)


def without_path(patch: pytest.MonkeyPatch) -> None:
    def lenient(head: Head, root: RootDocument, body: bytes, _path: object) -> Entry:
        entry = parse_entry(body)
        check_entry(head, root, entry)
        return entry

    patch.setattr(directory, "verify_entry", lenient)


def without_authority(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(AccessVerifier, "_check_authority", lambda *_, **__: None)
    patch.setattr(AccessVerifier, "_may_manage", lambda *_, **__: True)


def without_hashes(patch: pytest.MonkeyPatch) -> None:
    """Take out the comparison of envelopes with the signed hashes."""
    patch.setattr("strongroom.trust.revisions.sha256", _EqualToAll)


def without_binding(patch: pytest.MonkeyPatch) -> None:
    without_hashes(patch)
    genuine = objects._open  # the one place that binds

    def loose(
        container: Any, revision: Any, purpose: Any, *, bound: bytes, envelope: bytes, what: str
    ) -> bytes:
        del bound
        return genuine(container, revision, purpose, bound=b"", envelope=envelope, what=what)

    patch.setattr(objects, "_open", loose)


def without_key_hash(patch: pytest.MonkeyPatch) -> None:
    from strongroom.crypto import grants

    def lenient(sealed: bytes, keyset: Keyset, context: GrantContext, **_: bytes) -> SymmetricKey:
        return SymmetricKey(grants._SUITE.decrypt(sealed, keyset.enc_key, info=context.info))

    patch.setattr(containers, "open_key", lenient)


def without_link_hash(patch: pytest.MonkeyPatch) -> None:
    genuine = containers.open_epoch_link

    def lenient(link: bytes, newer: bytes, **facts: Any) -> bytes:
        return genuine(link, newer, **(facts | {"link_hash": sha256(link)}))

    patch.setattr(containers, "open_epoch_link", lenient)


def without_head_signature(patch: pytest.MonkeyPatch) -> None:
    from strongroom.trust import directory as trusted

    genuine = trusted.verify

    def lenient(*parts: Any, what: str) -> None:
        if what != "the directory head":
            genuine(*parts, what=what)

    patch.setattr(trusted, "verify", lenient)


def without_permission(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(RevisionVerifier, "_check_permission", lambda *_, **__: None)


def without_membership(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        AccessVerifier,
        "membership",
        lambda self, _member, signed, *_: self.verify_by_hash(signed.group_hash),
    )
