"""Clients with one protection taken out, which a walk through the file must catch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from strongroom.client.view import directory, names, objects
from strongroom.client.view.directory import Directory
from strongroom.client.view.session import Session
from strongroom.errors import IntegrityError, StrongroomError
from strongroom.trust.access import AccessVerifier
from strongroom.trust.revisions import RevisionVerifier
from strongroom.wire.access import parse_access
from strongroom.wire.entries import parse_entry
from strongroom.wire.revisions import parse_revision


@contextmanager
def trust_accepts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A client that checks no signature, record, path, mark or title."""
    with monkeypatch.context() as patch:
        patch.setattr(
            RevisionVerifier,
            "verify",
            lambda _self, _asked, signed, **_: parse_revision(signed.body),
        )
        patch.setattr(
            AccessVerifier, "verify", lambda _self, signed, **_: parse_access(signed.body)
        )
        patch.setattr(Directory, "walk", lambda *_, **__: [])
        patch.setattr(directory, "verify_entry", lambda _h, _r, body, _p: parse_entry(body))
        patch.setattr(names, "check_title", lambda *_, **__: None)
        patch.setattr(objects, "check_record_in_force", lambda *_, **__: None)
        yield


@contextmanager
def broken_seals_open_empty(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A client that takes what it cannot open for an empty document."""
    genuine = objects.open_envelope

    def lenient(*args: object, **keywords: object) -> bytes:
        try:
            return genuine(*args, **keywords)  # type: ignore[arg-type]
        except IntegrityError:
            return b"{}"

    with monkeypatch.context() as patch:
        patch.setattr(RevisionVerifier, "verify", lambda _s, _a, b, **_: parse_revision(b.body))
        patch.setattr(objects, "open_envelope", lenient)
        yield


@contextmanager
def lookups_are_bare(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A client that takes records from its table without asking whether they are there."""
    with monkeypatch.context() as patch:
        patch.setattr(Directory, "record", lambda self, record_hash: self._records[record_hash])
        yield


@contextmanager
def errors_lose_their_type(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A client whose sync raises what Python raises."""
    genuine = Session.sync

    async def untyped(self: Session) -> None:
        try:
            await genuine(self)
        except StrongroomError as error:
            raise ValueError(error.message) from None

    with monkeypatch.context() as patch:
        patch.setattr(Session, "sync", untyped)
        yield


Mutant = Callable[[pytest.MonkeyPatch], AbstractContextManager[None]]
# kind -> the broken client, and a finding that it must cause (a sound client has none)
MUTANTS: dict[str, tuple[Mutant, str]] = {
    "a flipped bit": (trust_accepts, "WRONG"),
    "a cut value": (broken_seals_open_empty, "WRONG get"),
    "a value of another type": (errors_lose_their_type, "CRASH ValueError"),
    "values of two rows swapped": (trust_accepts, "WRONG"),
    "values of one row swapped": (errors_lose_their_type, "CRASH ValueError"),
    "the content of another row": (trust_accepts, "WRONG"),
    "a missing row": (lookups_are_bare, "CRASH KeyError"),
    "an older state": (trust_accepts, "WRONG"),
}
