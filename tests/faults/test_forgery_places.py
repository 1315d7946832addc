"""Containers that pose as others: second names, a vault for a token, a false deletion.

Each needs only what its maker may do, or the keeper's help besides; beside each
stands its mutant.
"""

from __future__ import annotations

import pytest

from strongroom.client.change.change import Change, commit
from strongroom.client.change.records import Identity
from strongroom.client.engine import Engine
from strongroom.client.people.profiles import new_profile
from strongroom.client.view.directory import Directory
from strongroom.errors import ForbiddenError, StrongroomError
from strongroom.ids import format_id, parse_id
from strongroom.permissions import ALL_BITS
from strongroom.service.objects import records
from strongroom.trust.revisions import RevisionVerifier
from strongroom.wire.access import ContainerKind
from strongroom.wire.revisions import State
from support.faults_forgers import Stage
from support.faults_people import READER
from support.homes import login

# -- the account's names (T4) ------------------------------------------------------------------


def second_names(stage: Stage) -> bytes:
    """Let the founder make a second container of names, in which Cleo is called Ana."""
    session, run = stage.crowd.open("Ana").session, stage.crowd.home.run
    identity = Identity.make(ContainerKind.ACCOUNT, session.principal)
    cleo = parse_id(stage.crowd.id_of("Cleo"))
    team = stage.groups["Team Members"]

    async def build() -> Change:
        change = await Change.begin(session, principals=[session.principal, team])
        names = change.add_container(identity, {session.principal: ALL_BITS, team: READER})
        change.write(names, new_profile(cleo, "Ana"))
        return change

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "_check_may_create", lambda *_, **__: None)
        run(commit(session, build))
    return identity.container(session.account)


def cleo_is_called(stage: Stage, engine: Engine) -> str:
    return str(stage.crowd.home.run(engine.users.find(stage.crowd.id_of("Cleo")))["name"])


def test_a_second_container_of_names(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The founder and the keeper together choose nobody's name (T4).

    An honest service makes no such container. MUTANT: readers who take another
    container than the founding document's call Cleo what the founder likes.
    """
    run = stage.crowd.home.run
    before = cleo_is_called(stage, stage.fresh("Dan"))
    false = second_names(stage)
    for reader in (stage.fresh("Dan"), stage.remembering("Dan")):
        assert cleo_is_called(stage, reader) == before
        assert false in reader.session.containers
        with pytest.raises(StrongroomError) as refused:
            reader.session.need_container(false, ContainerKind.ACCOUNT)
        assert (refused.value.code, refused.value.layer) == ("integrity", "context")
    owner = stage.crowd.open("Ana").session
    identity = Identity.make(ContainerKind.ACCOUNT, owner.principal)

    async def build() -> Change:
        change = await Change.begin(owner, principals=[owner.principal])
        change.add_container(identity, {owner.principal: ALL_BITS})
        return change

    with pytest.raises(ForbiddenError, match="may not create accounts"):
        run(commit(owner, build))
    monkeypatch.setattr(Directory, "names_container", lambda _: false)
    assert cleo_is_called(stage, stage.fresh("Dan")) == "Ana" != before


# -- what a token is given (T3) ----------------------------------------------------------------


def resolved(stage: Stage) -> str:
    robot = stage.crowd.open("Robot")
    try:
        return str(stage.crowd.home.run(robot.secrets.resolve("op://vault/item/field")))
    except StrongroomError as error:
        return error.code


@pytest.mark.parametrize("way", ["a new vault", "a grant", "more rights"])
def test_a_member_gives_a_token_nothing(
    stage: Stage, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody but owners and administrators says which vaults a token's names are looked for in.

    MUTANT: a service that lets a member grant lets it break every name of the token.
    """
    run, robot = stage.crowd.home.run, stage.forgers["Robot"].principal
    dan = stage.crowd.open("Dan")

    def give() -> None:
        if way == "more rights":
            ana = stage.crowd.open("Ana")
            manage = {stage.crowd.id_of("Dan"): ALL_BITS}
            run(ana.access.grant(format_id(stage.vault), manage, replace=True))
            vault = format_id(stage.vault)
        else:
            vault = run(dan.vaults.create("vault", allow_admins_access=way != "a grant"))["id"]
            run(dan.items.create(vault, login("item", field="false")))
        bits = ALL_BITS if way == "more rights" else READER
        run(dan.access.grant(vault, {format_id(robot): bits}))

    genuine = resolved(stage)
    with pytest.raises(ForbiddenError, match="only owners and administrators can give"):
        give()
    assert resolved(stage) == genuine
    monkeypatch.setattr(records, "_check_gives_to_token", lambda *_, **__: None)
    give()
    assert resolved(stage) == (genuine if way == "more rights" else "unresolved")


# -- deletions (T7) ----------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["Eve", "Robot", "Joe"])
def test_a_false_deletion(stage: Stage, who: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever may not delete a vault makes it vanish for nobody, not even with the keeper.

    MUTANT: readers who do not ask who deleted it hide it.
    """
    forger, record = stage.forgers[who], stage.file.record(stage.vault)
    stored = forger.revision(stage.file, record, stage.vault, state=State.DELETED)
    stage.file.put_revision(stored)
    run = stage.crowd.home.run
    for engine in (stage.fresh(), stage.remembering()):
        assert format_id(stage.vault) in {row["id"] for row in run(engine.vaults.list())}
    monkeypatch.setattr(RevisionVerifier, "_check_permission", lambda *_, **__: None)
    engine = stage.fresh()
    assert format_id(stage.vault) not in {row["id"] for row in run(engine.vaults.list())}


def test_a_true_deletion(stage: Stage) -> None:
    """A manager's deletion hides a vault, whatever the keeper's columns say."""
    run = stage.crowd.home.run
    run(stage.crowd.open("Ana").vaults.delete(format_id(stage.vault)))
    stage.file.run("UPDATE containers SET deleted_ms = 0 WHERE id = ?", stage.vault)
    for engine in (stage.fresh(), stage.remembering()):
        assert format_id(stage.vault) not in {row["id"] for row in run(engine.vaults.list())}


def test_a_deletion_under_a_false_record(stage: Stage) -> None:
    """A deletion under a record that its maker signed without the right to hides nothing."""
    eve, before = stage.forgers["Eve"], stage.file.record(stage.vault)
    change = eve.record(stage.file, before, accessors=before.parsed.accessors)
    stage.file.put_record(change)
    record = stage.file.record(stage.vault)
    stage.file.put_revision(eve.revision(stage.file, record, stage.vault, state=State.DELETED))
    run = stage.crowd.home.run
    assert format_id(stage.vault) in {row["id"] for row in run(stage.fresh().vaults.list())}
