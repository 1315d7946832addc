"""Rules taken out, one at a time: the review must find each of them missing."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from strongroom.client.view import objects
from strongroom.client.view.directory import Directory
from strongroom.crypto import invites
from strongroom.crypto.invites import InviteKeys
from strongroom.crypto.public import signatures
from strongroom.errors import UnauthorizedError
from strongroom.permissions import ALL_BITS
from strongroom.service import authority, authorize
from strongroom.service.authorize import Standing
from strongroom.service.directory import entries
from strongroom.service.objects import records
from strongroom.service.objects.revisions import RevisionWriter
from strongroom.service.people import people
from strongroom.trust import access, directory, memberships, revisions, signers, states
from strongroom.trust.access import AccessVerifier
from strongroom.trust.revisions import RevisionVerifier
from strongroom.wire import entries as wire_entries
from strongroom.wire.access import AccessRecord, ContainerKind
from strongroom.wire.entries import Entry
from strongroom.wire.roots import RootDocument
from support.adversary_sweep import Case

Patch = Callable[[pytest.MonkeyPatch], None]


class Mutant(NamedTuple):
    """A rule that is missing: how it is taken out, and which cases meet it."""

    family: str
    patch: Patch
    where: Callable[[Case], bool] = lambda _: True


def everywhere(module: Any, name: str, mutant: Any) -> Patch:
    """Return a patch of a function wherever it was imported to."""
    genuine = getattr(module, name)

    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        for key, found in list(sys.modules.items()):
            if key.startswith("strongroom.") and found.__dict__.get(name) is genuine:
                monkeypatch.setattr(found, name, mutant)

    return patch


def method(owner: type, name: str, mutant: Any) -> Patch:
    """Return a patch of a method."""
    return lambda monkeypatch: monkeypatch.setattr(owner, name, mutant)


def nothing(*_: object, **__: object) -> None:
    """Ask nothing."""


async def nothing_later(*_: object, **__: object) -> None:
    """Ask nothing, where the answer is waited for."""


async def _true_later(*_: object, **__: object) -> bool:
    return True


async def _any_caller(session: Any, caller: Any) -> Entry:
    entry = await authorize.find_entry(session, caller.account, caller.principal)
    if entry is None:
        message = "this account or token is not valid here"
        raise UnauthorizedError(message)
    return entry


def _keyset_alone(evidence: Any, signer: bytes, fp: bytes, _rev: int, *, what: str) -> Any:
    entry = evidence.entry(signer)
    keyset = entry.keyset(fp) if entry is not None else None
    if keyset is None:
        raise signers.damaged(what, layer="signer")
    return keyset


async def _any_access(_session: Any, _caller: Any, container: bytes, **_: int) -> Standing:
    return Standing(container, ContainerKind.VAULT, 0, 1, {container: ALL_BITS})


def _newest_root(evidence: Any, _rev: int) -> Any:
    return evidence.roots()[-1]


def _last_signer(verifier: AccessVerifier, record: AccessRecord, rev: int, **_: int) -> bool:
    evidence = verifier._evidence
    root = signers.root_in_force(evidence, rev)
    return memberships.could_sign_at(record, evidence.entry(record.signer), root, rev)


class _AnyContainer:
    """Equals whatever it is compared with."""

    def __eq__(self, _other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0


def _has(*words: str) -> Callable[[Case], bool]:
    return lambda case: all(any(word in axis for axis in case.axes) for word in words)


def _by(*roles: str) -> Callable[[Case], bool]:
    return lambda case: case.role in roles


_walk = Directory.walk

# By the rule that is missing.
MUTANTS: dict[str, Mutant] = {
    # What readers ask of a record or a revision.
    "a group's record is dated by its entry": Mutant(
        "records",
        everywhere(memberships, "acts_for_group", lambda *_: True),
        _has("of then", "through"),
    ),
    "who signed a group's record could sign it still": Mutant(
        "memberships", everywhere(memberships, "could_sign_at", lambda *_: True), _has("itself")
    ),
    "so could who signed what it rests on": Mutant(
        "memberships", method(AccessVerifier, "_holds_at", _last_signer), _has("an accomplice")
    ),
    "a group's managers end with its epoch": Mutant(
        "memberships", everywhere(memberships, "reaches", lambda *_: True), _by("left as manager")
    ),
    "generations never fall": Mutant(
        "revisions", everywhere(signers, "check_generations", nothing), _has("generation before")
    ),
    "no generation is above the head's": Mutant(
        "records", everywhere(signers, "check_dated", nothing), _has("another generation")
    ),
    "a record has an authority": Mutant(
        "records", method(AccessVerifier, "_check_authority", nothing), _has("vault")
    ),
    "a step has an authority": Mutant(
        "records", method(AccessVerifier, "_may_manage", lambda *_: True), _by("maker")
    ),
    "a root document is in force at its time": Mutant(
        "records", everywhere(signers, "root_in_force", _newest_root), _has("by the root document")
    ),
    "a signer was active and had its keys": Mutant(
        "revisions", everywhere(signers, "check_signer", _keyset_alone), _by("removed editor")
    ),
    "nobody signs in a gap": Mutant(
        "revisions",
        method(Entry, "was_active_at", lambda e, rev: e.is_active or rev < e.state_rev),
        _by("returned manager"),
    ),
    "no record is older than the one that was seen": Mutant(
        "replays", everywhere(access, "_check_mark", nothing)
    ),
    "no step names an older head": Mutant(
        "chains",
        method(Directory, "walk", lambda self, **facts: _walk(self, **(facts | {"seen_rev": 0}))),
        _has("quiet"),
    ),
    "an account has one container of names": Mutant(
        "creations", method(Directory, "names_container", lambda _: _AnyContainer()), _has("names")
    ),
    "an author has the right": Mutant(
        "revisions", method(RevisionVerifier, "_check_permission", nothing), _has("vault")
    ),
    "no version is older than the one that was seen": Mutant(
        "revisions", everywhere(revisions, "_check_mark", nothing), _has("again")
    ),
    # What clients ask before they seal something.
    "nobody seals under a record whose signer is gone": Mutant(
        "writers", method(AccessVerifier, "check_writable", nothing), lambda case: case.near
    ),
    "a group has the keys of its entry": Mutant(
        "invites", everywhere(objects, "_check_group_keys", nothing), _has("the groups of then")
    ),
    "a higher role counts under the owners' key": Mutant(
        "invites",
        method(InviteKeys, "for_role", lambda keys, _: keys.administrators),
        _by("administrator", "demoted owner"),
    ),
    "who answers an invite holds its link": Mutant(
        "invites", everywhere(invites, "check_join_mac", nothing), _by("administrator")
    ),
    # What readers ask of the directory.
    "an owner signs root documents": Mutant(
        "roots", everywhere(directory, "_check_owner_signature", nothing)
    ),
    "an entry is signed for": Mutant(
        "entries", everywhere(signatures, "verify", nothing), _has("in the owner's name")
    ),
    "an entry follows the one before": Mutant(
        "entries", everywhere(directory, "check_entry_follows", nothing), _by("administrator")
    ),
    "states move as they may": Mutant(
        "entries", everywhere(states, "follows", lambda *_: True), _by("administrator")
    ),
    "a user has one keyset": Mutant(
        "entries", everywhere(wire_entries, "_is_single", lambda _: True), _by("administrator")
    ),
    "who is listed is active under its keys": Mutant(
        "entries", method(RootDocument, "listed", lambda *_: frozenset()), _by("administrator")
    ),
    # What the service asks.
    "a caller is active": Mutant("operations", everywhere(authorize, "authenticate", _any_caller)),
    "a caller is listed": Mutant("operations", everywhere(people, "need_listed", nothing_later)),
    "a caller has a row": Mutant("operations", everywhere(authorize, "authorize", _any_access)),
    "a signer may change a container": Mutant(
        "records", everywhere(records, "_check_authority", nothing_later), _has("vault", "now")
    ),
    "members give tokens nothing": Mutant(
        "records", everywhere(records, "_check_gives_to_token", nothing), _has("a token given more")
    ),
    "nobody leaves without a new key": Mutant(
        "records", everywhere(records, "_check_rotation", nothing), _has("another dropped")
    ),
    "keys are sealed to who is active": Mutant(
        "records", everywhere(records, "_check_accessor", nothing_later), _has("somebody removed")
    ),
    "a maker may make such a container": Mutant(
        "creations", everywhere(records, "_check_may_create", nothing)
    ),
    "a writer has the right": Mutant(
        "revisions",
        method(RevisionWriter, "_check_permission", nothing_later),
        _has("vault", "now"),
    ),
    "a writer names the newest record": Mutant(
        "revisions", method(RevisionWriter, "_check_place", nothing), _has("vault", "then")
    ),
    "a writer is a member of its group": Mutant(
        "revisions", everywhere(authority, "is_current_member", _true_later), _has("keepers of now")
    ),
    "a changed entry is the next one": Mutant(
        "entries", everywhere(entries, "check_changed_entry", nothing), _by("administrator")
    ),
}
