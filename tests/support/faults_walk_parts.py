"""The parts of a walk through the whole file: which changes, which files, and what is told."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from strongroom.client.account import joining as joining_rules
from strongroom.client.account.joining import open_link
from strongroom.client.runtime import InlineRuntime, drive
from strongroom.crypto.invites import join_mac, parse_invite_link
from strongroom.crypto.public.hashes import sha256
from strongroom.errors import StrongroomError
from strongroom.ids import parse_id
from strongroom.permissions import REVEAL_ITEM_PASSWORD
from strongroom.secret import Secret
from strongroom.store.sqlite.store import SqliteStore
from strongroom.transport.embedded import EmbeddedTransport
from strongroom.wiring.accounts import unlock
from support.faults_device import FaultDevice
from support.faults_keeper import Change, Keeper, Values
from support.faults_oracle import CRASH, REFUSED, RIGHT, WRONG
from support.faults_readers import failure
from support.faults_walk import Walk
from support.faults_world import START_MS, World
from support.homes import PASSWORD
from support.loose import loosen

FULL = os.environ.get("STRONGROOM_FAULTS") == "full"
SEED = 20_240_607
# Enough for every column of every table to be among a kind's changes.
CHANGES_SAMPLED = 106
# Of each column of the log: its rows are alike, and one check reads all of them.
LOG_CHANGES_MOST = 150
MUTANT_CHANGES_MOST = 300
# Every n-th change is followed by every question, wherever the change was made.
ALL_EVERY = 50 if FULL else 12
PAGE_FAULTS_SAMPLED = 40
PAGE_FAULTS = 1_000 if FULL else PAGE_FAULTS_SAMPLED


# -- parts -------------------------------------------------------------------------


def assert_clean(kind: str, result: Walk) -> None:
    print(f"{kind}: {result.report()}")
    assert result.changes
    assert not result.findings, f"{kind}: {result.report()}"


def chosen(changes: Iterable[Change], rng: random.Random) -> list[Change]:
    """Return all changes in the full form, else a sample with something of every column."""
    groups: dict[tuple[str, ...], list[Change]] = defaultdict(list)
    for change in changes:
        (table, _), values = change.rows[0]
        groups[(table, *sorted(values or ()))].append(change)
    if FULL:
        return [
            change
            for (table, *_), group in groups.items()
            for change in (sampled(group, rng, LOG_CHANGES_MOST) if table == "audit" else group)
        ]
    ordered = sorted(groups.values(), key=lambda _: rng.random())
    most = -(-CHANGES_SAMPLED // len(ordered))
    few = [change for group in ordered for change in sampled(group, rng, most)]
    return few[:CHANGES_SAMPLED]


def sampled(group: list[Change], rng: random.Random, most: int) -> list[Change]:
    return rng.sample(group, min(most, len(group)))


def tells(kind: str, change: Change, keeper: Keeper) -> bool:
    """Tell whether a change is of those that the kind's mutant falls for."""
    what = change.what
    if kind in ("a flipped bit", "a cut value"):
        (table, rowid), _ = change.rows[0]
        row = keeper.rows[table][rowid]
        column = "body" if kind == "a flipped bit" else "details"
        return what.startswith(f"revisions.{column}") and is_newest(row, keeper)
    if kind == "a missing row":
        return what.startswith("access_records")
    if kind in ("a value of another type", "values of one row swapped"):
        return what.startswith(("heads", "access_records"))
    return all(table in ("revisions", "objects") for (table, _), _ in change.rows)


def is_newest(revision: Values, keeper: Keeper) -> bool:
    where = {"container": revision["container"], "id": revision["object"]}
    _, found = keeper.find("objects", **where)
    return bool(found["version"] == revision["version"] and found["tag"] != bytes(16))


JOINING_TABLES = ("roots", "root_signatures", "heads", "invites")


def joining(world: World, keeper: Keeper) -> str:
    """Return what becomes of the first step of somebody who was invited."""
    link = parse_invite_link(world.links["dora"].expose())
    transport = EmbeddedTransport(
        SqliteStore.open(world.path),
        url=world.home.url,
        account=b"",
        principal=b"",
        runtime=InlineRuntime(),
        clock=lambda: START_MS,
    )
    try:
        opened = drive(open_link(transport, link))
        pin, _ = joining_rules._verified(link, opened)  # what `answer_link` begins with
        key = bytes(32)
        facts = {"account": opened.account, "user": bytes(16), "email": opened.email}
        join_mac(link.secret, **facts, enc_pk=key, sign_pk=key)
    except Exception as error:  # noqa: BLE001  (sorted by `failure`)
        found = failure(error)
        return REFUSED if found.kind == "error" else f"{CRASH} {found.value}"
    finally:
        transport.close()
    true = {row["version"]: sha256(row["body"]) for row in keeper.rows["roots"].values()}
    same = opened.account == parse_id(world.home.account.account_id)
    return RIGHT if true.get(pin.version) == pin.hash and same else WRONG


def withheld(keeper: Keeper) -> Iterator[Change]:
    """The keeper clears REVEAL in its own table of permissions; the signed record keeps it."""
    rows = keeper.rows["accessors"]
    for container in sorted({row["container"] for row in rows.values()}):
        cleared = tuple(
            (("accessors", rowid), {"permissions": row["permissions"] & ~REVEAL_ITEM_PASSWORD})
            for rowid, row in rows.items()
            if row["container"] == container
        )
        yield Change("withheld", f"details of a container with {len(cleared)} rows", cleared)


def damaged_files(pristine: Path, folder: Path, faults: int) -> Iterable[tuple[str, Path]]:
    rng = random.Random(SEED)
    raw = pristine.read_bytes()
    used = [place for place in range(0, len(raw), 7) if raw[place]]
    places = [*range(0, 100, 9), *rng.sample(used, faults)]
    for number, place in enumerate(places):
        path = folder / f"{number}.db"
        flipped = bytes((raw[place] ^ (1 << rng.randrange(8)),))
        path.write_bytes(raw[:place] + flipped + raw[place + 1 :])
        yield f"byte {place}", path
        for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
            (folder / name).unlink(missing_ok=True)


USER_CHANGES = {
    "another salt": {"salt": bytes(16)},
    "a short salt": {"salt": b""},
    "t below the floor": {"t": 2},
    "t above the ceiling": {"t": 17},
    "a negative t": {"t": -3},
    "m below the floor": {"m": 1024},
    "m above the ceiling": {"m": 1 << 21},
    "no lanes": {"lanes": 0},
    "too many lanes": {"lanes": 17},
    "other lanes": {"lanes": 1},
    "another keyset": {"keyset": 2},
    "a negative keyset": {"keyset": -1},
    "a huge keyset": {"keyset": 1 << 62},
    "no seed": {"seed": b""},
    "half a seed": {"seed": lambda old: old[: len(old) // 2]},
    "another seed": {"seed": lambda old: old[:-1] + bytes((old[-1] ^ 1,))},
    "a newer envelope": {"seed": lambda old: old[:3] + b"\x02" + old[4:]},
    "a salt of text": {"salt": "x"},
    "a salt of nothing": {"salt": None},
    "a t of text": {"t": "x"},
    "a seed of text": {"seed": "x"},
    "a seed of nothing": {"seed": None},
    "another e-mail": {"email": "mallory@example.org"},
    "another auth key": {"auth_pk": bytes(32)},
}


def user_changes() -> dict[str, dict[str, object]]:
    """Return what is done to the row; in the full form every seeded bit of salt and seed too."""
    made: dict[str, dict[str, object]] = dict(USER_CHANGES)
    rng = random.Random(SEED)
    for column, size in (("salt", 16), ("seed", 77)) if FULL else ():
        for place in range(size):
            bit = 1 << rng.randrange(8)

            def flip(old: bytes, place: int = place, bit: int = bit) -> bytes:
                return old[:place] + bytes((old[place] ^ bit,)) + old[place + 1 :]

            made[f"a bit of byte {place} of the {column}"] = {column: flip}
    return made


def unlock_walk(world: World, pristine: Path) -> list[str]:
    account = world.home.account
    path = pristine.with_name("users.db")
    shutil.copy(pristine, path)
    db = sqlite3.connect(path, isolation_level=None)
    loosen(db)
    who = (parse_id(account.user_id),)
    others = db.execute("SELECT salt, seed, auth_pk FROM users WHERE id <> ?", who).fetchall()
    swapped = dict(zip(("salt", "seed", "auth_pk"), others[0], strict=True))
    device = FaultDevice(f"file://{path}", account)
    findings = []
    changes = user_changes() | {
        f"the {name} of another user": {name: value} for name, value in swapped.items()
    }
    for what, values in changes.items():
        for column, new in values.items():
            (old,) = db.execute(f"SELECT {column} FROM users WHERE id = ?", who).fetchone()
            value = new(old) if callable(new) else new
            db.execute(f"UPDATE users SET {column} = ? WHERE id = ?", (value, *who))
            try:
                seed = unlock(device, Secret(PASSWORD)).seed
                if seed != account.seed:
                    findings.append(f"{what}: a wrong seed")
            except StrongroomError as error:
                if type(error) is StrongroomError:
                    findings.append(f"{what}: {error!r}")
            except Exception as error:  # noqa: BLE001  (that is the finding)
                findings.append(f"{what}: {type(error).__name__}: {error}")
            db.execute(f"UPDATE users SET {column} = ? WHERE id = ?", (old, *who))
    db.close()
    return findings
