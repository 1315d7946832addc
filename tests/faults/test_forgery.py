"""A member with the file in hand and the product's own code forges what it may not write.

The forger holds the token of a read-only service account; its process stores
whatever it likes. Honest readers refuse (T2, T3, T4, T5). Beside each refusal
stands its mutant: the same reader without that one check falls for it.
"""

from __future__ import annotations

import copy
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from strongroom.client.change import holders
from strongroom.client.engine import Engine
from strongroom.client.items.history import ItemHistory
from strongroom.client.view import names
from strongroom.client.view.marks import Marks
from strongroom.client.view.objects import Draft, Opened, Verified, open_verified
from strongroom.crypto.grants import GrantContext, open_key
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.principals import PrincipalKind
from strongroom.errors import ForbiddenError, IntegrityError, ResolveError, StrongroomError
from strongroom.ids import parse_id
from strongroom.permissions import REVEAL_ITEM_PASSWORD
from strongroom.service.objects.revisions import RevisionWriter
from strongroom.trust.access import AccessVerifier
from strongroom.trust.revisions import RevisionVerifier
from strongroom.wire.access import Authority, parse_access
from strongroom.wire.messages import LookupRequest, Query
from strongroom.wire.revisions import Revision, parse_revision
from support.faults_forger import revive, take_over, unchecked, write
from support.homes import Home, login, make_home

FORGED = "forged-value"


@dataclass
class Scene:
    """An account with an owner, a read-only forger and a read-only honest reader."""

    home: Home
    vault: str
    items: dict[str, str]
    forger_token: str
    forger: Engine
    reader_token: str
    marks: Marks

    def fresh(self) -> Engine:
        """An honest reader that has seen nothing yet."""
        return self.home.by_token(self.reader_token)

    def owner(self) -> Engine:
        """The owner, who has seen everything before the forgery."""
        return self.home.owner(copy.deepcopy(self.marks))


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Items in every state; all of them were written by the owner."""
    home = make_home(tmp_path)
    owner = home.owner()
    vault = str(home.run(owner.vaults.create("vault"))["id"])
    items = {}
    for title in ("item", "sibling", "archived", "deleted"):
        made = home.run(owner.items.create(vault, login(title, field=f"{title}-1")))
        items[title] = made["id"]
        made["fields"][0]["value"] = f"{title}-2"
        home.run(owner.items.put(made))
    home.run(owner.items.archive(vault, items["archived"]))
    home.run(owner.items.delete(vault, items["deleted"]))
    forger_token, reader_token = home.token(vault, "read_items"), home.token(vault, "read_items")
    owner = home.owner()
    home.run(owner.items.get_all(vault, list(items.values())))
    forger = home.by_token(forger_token)
    yield Scene(home, vault, items, forger_token, forger, reader_token, owner.marks)
    home.close()


def outcome(read: Callable[[], object]) -> object:
    try:
        return read()
    except StrongroomError as error:
        return type(error)


def field_of(engine: Engine, scene: Scene, item: str) -> object:
    """Return what an honest reader sees: by id, by name, as an item."""

    def read(reference: str) -> object:
        return outcome(lambda: scene.home.run(engine.secrets.resolve(reference)))

    def get() -> object:
        return scene.home.run(engine.items.get(scene.vault, scene.items[item]))["fields"][0][
            "value"
        ]

    by_id = read(f"op://{scene.vault}/{scene.items[item]}/field")
    return {by_id, read(f"op://vault/{item}/field"), outcome(get)}


# -- revisions (T2) ----------------------------------------------------------------


def add(scene: Scene) -> str:
    item = parse_id("e" * 25 + "a")
    scene.items["added"] = "e" * 25 + "a"
    overview = {"title": "added", "category": "Login", "tags": [], "websites": []}
    fields = login(field=FORGED)["fields"]
    write(
        scene.forger, scene.vault, Draft(object=item, overview=overview, details={"fields": fields})
    )
    return "added"


def change(scene: Scene, title: str) -> str:
    revive(scene.forger, scene.vault, scene.items[title], login(title, field=FORGED))
    return title


FORGERIES: dict[str, Callable[[Scene], str]] = {
    "an added item": add,
    "a changed item": lambda scene: change(scene, "item"),
    "a revived archived item": lambda scene: change(scene, "archived"),
    "a revived deleted item": lambda scene: change(scene, "deleted"),
}


@pytest.mark.parametrize("forgery", FORGERIES)
@pytest.mark.parametrize("who", ["fresh", "owner"])
def test_a_read_only_members_revision_is_refused(scene: Scene, forgery: str, who: str) -> None:
    """What a read-only member writes past the service is refused by every honest reader (T2)."""
    item = FORGERIES[forgery](scene)
    assert field_of(getattr(scene, who)(), scene, item) == {ForbiddenError}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_reader_without_the_permission_check_believes_it(
    scene: Scene, forgery: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MUTANT: a reader that does not ask whether the author could write shows the forged value."""
    item = FORGERIES[forgery](scene)
    monkeypatch.setattr(RevisionVerifier, "_check_permission", lambda *_, **__: None)
    assert field_of(scene.fresh(), scene, item) == {FORGED}


def sign_as_owner(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write a change that names the owner as its author, signed with the forger's key."""
    session = scene.forger._session
    scene.home.run(session.sync())
    session.need_container(parse_id(scene.vault)).key()  # held, as its row stays the forger's
    owner = parse_id(scene.home.account.user_id)
    entry = session.directory.need_entry(owner)
    with monkeypatch.context() as patch:
        patch.setattr(RevisionWriter, "_check_stored", lambda *_, **__: None)
        patch.setattr(session, "principal", owner)
        patch.setattr(session, "fp", entry.current.fp)
        change(scene, "item")


def test_a_revision_in_anothers_name_is_refused(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A revision that names the owner as author but that the owner did not sign is refused (T2)."""
    sign_as_owner(scene, monkeypatch)
    assert field_of(scene.fresh(), scene, "item") == {IntegrityError}


def test_a_reader_without_signatures_believes_anothers_name(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MUTANT: a reader that checks no signature of revisions shows the forged value."""
    sign_as_owner(scene, monkeypatch)
    monkeypatch.setattr("strongroom.trust.revisions.verify", lambda *_, **__: None)
    assert field_of(scene.fresh(), scene, "item") == {FORGED}


# -- access records (T5) -----------------------------------------------------------


@pytest.mark.parametrize("authority", Authority, ids=lambda kind: kind.name.lower())
@pytest.mark.parametrize("who", ["fresh", "owner"])
def test_a_record_without_authority_is_refused(
    scene: Scene, authority: Authority, who: str
) -> None:
    """A member who gives itself MANAGE is refused whatever authority it claims (T5)."""
    take_over(scene.forger, scene.vault, authority)
    assert field_of(getattr(scene, who)(), scene, "item") == {ForbiddenError}


@pytest.mark.parametrize("authority", Authority, ids=lambda kind: kind.name.lower())
def test_nobody_writes_under_a_record_without_authority(scene: Scene, authority: Authority) -> None:
    """An honest writer seals nothing under a record that nobody could sign (T5)."""
    take_over(scene.forger, scene.vault, authority)
    before = count_revisions(scene)
    with pytest.raises(ForbiddenError):
        scene.home.run(scene.owner().items.create(scene.vault, login("new", field="secret")))
    assert count_revisions(scene) == before


@pytest.mark.parametrize("authority", Authority, ids=lambda kind: kind.name.lower())
def test_a_reader_without_the_authority_check_believes_the_record(
    scene: Scene, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MUTANT: without the check of authority the forger's record and its items are believed."""
    take_over(scene.forger, scene.vault, authority)
    monkeypatch.setattr(AccessVerifier, "_check_authority", lambda *_, **__: None)
    monkeypatch.setattr(AccessVerifier, "check_writable", lambda *_, **__: None)
    scene.forger = scene.home.by_token(scene.forger_token)
    change(scene, "item")
    assert field_of(scene.fresh(), scene, "item") == {FORGED}


def test_a_remembering_reader_without_the_walk_believes_the_record(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MUTANT: whoever remembers an earlier record needs the walk's own check of authority too."""
    take_over(scene.forger, scene.vault, Authority.MANAGER)
    monkeypatch.setattr(AccessVerifier, "_check_authority", lambda *_, **__: None)
    assert field_of(scene.owner(), scene, "item") == {ForbiddenError}
    monkeypatch.setattr(AccessVerifier, "_may_manage", lambda *_, **__: True)
    assert field_of(scene.owner(), scene, "item") == {"item-2"}


# -- names (T3) --------------------------------------------------------------------


@pytest.fixture
def swapped_names(scene: Scene) -> Scene:
    """The keeper answers the name of one item with its sibling."""
    item, sibling = parse_id(scene.items["item"]), parse_id(scene.items["sibling"])
    with sqlite3.connect(scene.home.path) as db:
        tags = dict(db.execute("SELECT id, tag FROM objects"))
        for one, other in ((item, sibling), (sibling, item)):
            db.execute("UPDATE objects SET tag = ? WHERE id = ?", (tags[other], one))
    db.close()
    return scene


def test_a_name_answered_with_a_sibling_is_refused(swapped_names: Scene) -> None:
    """A keeper who answers an item's name with another item of the vault is found out (T3)."""
    reader = swapped_names.fresh()
    with pytest.raises(IntegrityError):
        swapped_names.home.run(reader.secrets.resolve("op://vault/item/field"))
    with pytest.raises(IntegrityError):
        swapped_names.home.run(reader.items.find("item"))


def test_a_reader_that_trusts_names_gets_the_sibling(
    swapped_names: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MUTANT: without the comparison of titles the sibling's value is the answer."""
    monkeypatch.setattr(names, "check_title", lambda *_, **__: None)
    reader = swapped_names.fresh()
    value = swapped_names.home.run(reader.secrets.resolve("op://vault/item/field"))
    assert value == "sibling-2"


# -- public keys (T4) --------------------------------------------------------------


@pytest.fixture
def mallory(scene: Scene) -> Keyset:
    """A keyset whose public key the keeper shows as that of the administrators group."""
    keyset = Keyset.make()
    group = administrators(scene)
    with sqlite3.connect(scene.home.path) as db:
        changed = db.execute(
            "UPDATE keysets SET enc_pk = ? WHERE principal = ?", (keyset.enc_pk, group)
        )
        assert changed.rowcount == 1
    db.close()
    return keyset


def administrators(scene: Scene) -> bytes:
    return scene.forger._session.directory.root.administrators_group


def sealed_rows(scene: Scene) -> int:
    return count(scene, "accessors")


def count_revisions(scene: Scene) -> int:
    return count(scene, "revisions")


def count(scene: Scene, table: str) -> int:
    db = sqlite3.connect(scene.home.path)
    (number,) = db.execute(f"SELECT count(*) FROM {table}").fetchone()
    db.close()
    return int(number)


@pytest.mark.usefixtures("mallory")
def test_nothing_is_sealed_to_a_swapped_key(scene: Scene) -> None:
    """A vault is not made while the administrators' public key is a false one (T4)."""
    before = sealed_rows(scene)
    with pytest.raises(IntegrityError):
        scene.home.run(scene.home.owner().vaults.create("new"))
    assert sealed_rows(scene) == before


def test_a_writer_without_the_key_check_seals_to_the_thief(
    scene: Scene, mallory: Keyset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MUTANT: without the check against the entry, the thief opens the new vault's key."""
    monkeypatch.setattr(holders, "check_encryption_key", lambda *_, **__: None)
    # Its maker may read it back through the group's row, which is no longer its own.
    outcome(lambda: scene.home.run(scene.home.owner().vaults.create("new")))
    group = administrators(scene)
    db = sqlite3.connect(scene.home.path)
    (vault,) = db.execute("SELECT id FROM containers ORDER BY rowid DESC LIMIT 1").fetchone()
    fp, sealed = db.execute(
        "SELECT fp, sealed FROM accessors WHERE principal = ? AND container = ?", (group, vault)
    ).fetchone()
    (body,) = db.execute("SELECT body FROM access_records WHERE container = ?", (vault,)).fetchone()
    db.close()
    record = parse_access(body)
    row = record.row(group)
    assert row is not None
    assert row.kind == PrincipalKind.GROUP
    context = GrantContext(
        account=record.account,
        kind=record.kind,
        container=vault,
        epoch=record.epoch,
        accessor=group,
        fp=fp,
    )
    key = open_key(sealed, mallory, context, sealed_hash=row.sealed_hash, key_id=record.key_id)
    assert len(key.expose_key()) == 32


# -- what an honest writer signs after being lied to -------------------------------


async def archive(scene: Scene, owner: Engine) -> None:
    await owner.items.archive(scene.vault, scene.items["item"])


async def put_title(scene: Scene, owner: Engine) -> None:
    item = await owner.items.get(scene.vault, scene.items["item"])
    await owner.items.put(item | {"title": "renamed"})


WRITES = {"archive": archive, "put": put_title}


def withhold(scene: Scene, *, withheld: bool) -> None:
    """Let the keeper withhold details from everybody, or give them again."""
    bit = REVEAL_ITEM_PASSWORD
    bits = f"permissions & ~{bit}" if withheld else f"permissions | {bit}"
    with sqlite3.connect(scene.home.path) as db:
        db.execute(f"UPDATE accessors SET permissions = {bits}")
    db.close()


@pytest.mark.parametrize("verb", WRITES)
def test_content_that_was_withheld_is_not_overwritten(scene: Scene, verb: str) -> None:
    """A keeper who withholds details does not make an honest writer sign empty ones (T1)."""
    withhold(scene, withheld=True)
    outcome(lambda: scene.home.run(WRITES[verb](scene, scene.owner())))
    withhold(scene, withheld=False)
    item = scene.home.run(scene.home.owner().items.get(scene.vault, scene.items["item"]))
    assert [field["value"] for field in item["fields"]] == ["item-2"]


@pytest.mark.parametrize("verb", WRITES)
def test_the_check_of_content_sees_an_emptied_item(
    scene: Scene, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MUTANT: a client that opens every document as an empty one signs an item without fields."""
    with monkeypatch.context() as patch:
        patch.setattr("strongroom.client.view.objects.open_details", lambda *_, **__: {})
        scene.home.run(WRITES[verb](scene, scene.owner()))
    item = scene.home.run(scene.home.owner().items.get(scene.vault, scene.items["item"]))
    assert [field["value"] for field in item["fields"]] != ["item-2"]


def recovered(scene: Scene) -> object:
    """Recover the deleted item while the keeper gives its first version for its last."""
    item = parse_id(scene.items["deleted"])
    with sqlite3.connect(scene.home.path) as db:
        where = "object = ? AND version = 1"
        first = db.execute(
            f"SELECT body, signature, overview, details FROM revisions WHERE {where}", (item,)
        ).fetchone()
        db.execute(
            "UPDATE revisions SET body = ?, signature = ?, overview = ?, details = ?"
            " WHERE object = ? AND version = 2",
            (*first, item),
        )
    db.close()
    owner = scene.owner()

    def recover() -> object:
        item = scene.home.run(owner.items.recover(scene.vault, scene.items["deleted"]))
        return item["fields"][0]["value"]

    return outcome(recover)


def test_recovering_never_brings_another_version_back(scene: Scene) -> None:
    """A keeper who gives an older version for the last one does not get it signed anew (T6)."""
    assert recovered(scene) != "deleted-1"


def test_the_check_of_recovery_sees_an_older_version(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MUTANT: a client that takes any version for the one it asked for recovers the older one."""

    async def careless(self: ItemHistory, vault: bytes, deleted: list[Revision]) -> list[Opened]:
        container = self._session.containers[vault]
        queries = [
            Query(container=vault, object=one.object, version=one.version - 1) for one in deleted
        ]
        found = []
        for query in queries:
            request = LookupRequest(queries=(query,))
            answer = await self._session.transport.call(request)
            stored = answer.results[0][0]
            found.append(open_verified(container, Verified(parse_revision(stored.body), stored)))
        return found

    monkeypatch.setattr(ItemHistory, "_before", careless)
    assert recovered(scene) == "deleted-1"


def test_the_forger_is_stopped_by_an_honest_service_first(scene: Scene) -> None:
    """With the service's checks in place none of these forgeries is stored at all (T2, T5)."""
    with pytest.raises(ForbiddenError):
        scene.home.run(scene.forger.items.create(scene.vault, login("x", field=FORGED)))
    assert outcome(lambda: scene.home.run(scene.fresh().secrets.resolve("op://vault/x/f"))) is (
        ResolveError
    )
    with unchecked():
        scene.home.run(scene.forger.items.create(scene.vault, login("x", field=FORGED)))
    with pytest.raises(ForbiddenError):
        scene.home.run(scene.fresh().secrets.resolve("op://vault/x/f"))
