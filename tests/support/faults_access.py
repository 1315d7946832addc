"""What the tests of forged access records ask of clients and service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from strongroom.client.engine import Engine
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.errors import StrongroomError
from strongroom.ids import format_id, parse_id
from strongroom.wire.access import Authority, ContainerKind
from strongroom.wire.messages import CommitRequest, RecordChange
from support.faults_exmember import Loot
from support.faults_forgers import Forger, Stage
from support.homes import login
from support.keeper import keeper_of

FORGED = "forged-value"
KNOWN_KEY = SymmetricKey(bytes(range(32)))
Rule = tuple[str, str | None]
AUTHORITY: Rule = ("ForbiddenError", "authority")

SIGNER: Rule = ("ForbiddenError", "signer")
BELIEVED: Rule = ("believed", None)


def judged(engine: Engine, container: bytes, kind: int = ContainerKind.VAULT) -> Rule:
    """Return how a reader takes a container's current record."""
    try:
        engine.session.need_container(container, kind)
    except StrongroomError as error:
        return type(error).__name__, error.layer
    return BELIEVED


def written(stage: Stage, engine: Engine) -> str:
    """Return what comes of an honest write: stored, or the kind of the error."""
    try:
        draft = login("new", field="secret")
        stage.crowd.home.run(engine.items.create(format_id(stage.vault), draft))
    except StrongroomError as error:
        return type(error).__name__
    return "stored"


def refused_by_service(stage: Stage, forger: Forger, change: RecordChange) -> None:
    """An honest service refuses the same thing as a request."""
    keeper = keeper_of(stage.crowd.home)
    try:
        with pytest.raises(StrongroomError):
            keeper.rehearse(CommitRequest(records=(change,)), forger.principal)
    finally:
        keeper.close()


# -- every kind of authority, for every forger (T5) --------------------------------------------


def by_root(stage: Stage) -> dict[str, Any]:
    root, body = stage.file.root()
    return {
        "authority": Authority.ROOT,
        "authority_rev": root.version,
        "authority_hash": sha256(body),
    }


def by_old_root(stage: Stage) -> dict[str, Any]:
    ((version, body),) = stage.file.all(
        "SELECT version, body FROM roots ORDER BY version DESC LIMIT 1 OFFSET 1"
    )
    return {"authority": Authority.ROOT, "authority_rev": version, "authority_hash": sha256(body)}


def through(stage: Stage, group: str, record_of: str) -> dict[str, Any]:
    record = stage.file.record(stage.groups[record_of])
    return {"via": stage.groups[group], "group_hash": record.hash}


CREATOR = {"authority": Authority.CREATOR, "authority_rev": 0, "authority_hash": b""}
CLAIMS: dict[str, Callable[[Stage], dict[str, Any]]] = {
    "by its own row": lambda _: {},
    "as the creator": lambda _: CREATOR,
    "as one who is listed": by_root,
    "as one who was listed": by_old_root,
    "by the owner's row": lambda s: {"via": parse_id(s.crowd.id_of("Ana"))},
    "by a group": lambda s: through(s, "Administrators", "Administrators"),
    "by its own group": lambda s: through(s, "crew", "crew"),
    "by another group's record": lambda s: through(s, "Administrators", "crew"),
    "by a group without a record": lambda s: {"via": s.groups["Administrators"]},
    "by a record of another vault": lambda s: {
        "authority_rev": s.file.record(s.other).parsed.access_rev,
        "authority_hash": s.file.record(s.other).hash,
    },
    "by a record that is not there": lambda _: {"authority_hash": bytes(32)},
    "by itself, under the number to come": lambda s: {
        "authority_rev": s.file.record(s.vault).parsed.access_rev + 1
    },
}
FORGERS = ("Eve", "Gus", "Hal", "Ivy", "Joe", "Robot", "Fay", "Kim")


CHANGES: dict[str, Callable[[Stage, Forger], dict[str, Any]]] = {
    "another one dropped": lambda s, _: {
        "accessors": tuple(
            row
            for row in s.file.record(s.vault).parsed.accessors
            if row.principal != parse_id(s.crowd.id_of("Dan"))
        )
    },
    "everybody's bits raised": lambda s, _: {
        "accessors": tuple(
            msgspec.structs.replace(row, permissions=row.permissions | 2)
            for row in s.file.record(s.vault).parsed.accessors
        )
    },
    "a number left out": lambda s, _: {"access_rev": s.file.record(s.vault).parsed.access_rev + 2},
    "another record before it": lambda s, _: {"previous": s.file.records(s.vault)[0].hash},
    "another creator": lambda _, f: {"creator": f.principal},
    "another subtype": lambda *_: {"subtype": 3},
    "another account": lambda *_: {"account": bytes(16)},
    "a directory to come": lambda s, _: {"directory_rev": s.file.head()[0].rev + 1},
    "the owner as signer": lambda s, _: {
        "signer": parse_id(s.crowd.id_of("Ana")),
        "signer_fp": s.file.entry(parse_id(s.crowd.id_of("Ana")))[0].current.fp,
        "via": parse_id(s.crowd.id_of("Ana")),
    },
    "a group as signer": lambda s, _: {
        "signer": s.groups["crew"],
        "signer_fp": s.file.entry(s.groups["crew"])[0].current.fp,
    },
}


def opened_with_known_key(stage: Stage) -> list[str]:
    loot = Loot(keys={KNOWN_KEY})
    return [FORGED for _ in loot.opened(stage.crowd.path)]
