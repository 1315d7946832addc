"""Accepting a restored file: who has seen newer refuses it until an owner says that it is meant."""

import pytest

from strongroom.client.change.change import Change
from strongroom.client.change.roles import members_without_role
from strongroom.client.runtime import InlineRuntime, drive
from strongroom.client.view.directory import Directory
from strongroom.client.view.marks import Marks
from strongroom.errors import (
    ForbiddenError,
    ForkError,
    IntegrityError,
    RollbackError,
    StrongroomError,
    UnauthorizedError,
)
from strongroom.ids import format_id, parse_id
from strongroom.limits import RESTORE_REV_STEP
from strongroom.permissions import READ_ITEMS as READ
from strongroom.trust.directory import HeadMark, Pin
from strongroom.wiring import backups
from strongroom.wiring.engines import accept_restored
from support.homes import login, make_home

REFERENCE = "op://vault/item/password"


@pytest.fixture
def home(tmp_path):
    """An account with one item, its backup beside it."""
    made = make_home(tmp_path)
    owner = made.owner()
    vault = made.run(owner.vaults.create("vault"))["id"]
    made.run(owner.items.create(vault, login("item", password="kept")))
    made.vault, made.backup = vault, tmp_path / "backup.db"
    backups.back_up(made.url, made.backup, replace=False)
    yield made
    made.close()


def restore(home):
    backups.restore(home.url, home.backup, account=parse_id(home.account.account_id), force=False)


def accept(home, seen, *, user=None, seed=None, **options):
    engine = drive(
        accept_restored(
            url=home.url,
            account=parse_id(home.account.account_id),
            user=user or parse_id(home.account.user_id),
            seed=seed or home.account.seed,
            seen=seen,
            runtime=InlineRuntime(),
            **options,
        )
    )
    home.opened.append(engine)
    return engine


def read(home, engine):
    return home.run(engine.secrets.resolve(REFERENCE))


def test_refused_until_accepted(home):
    """Who has seen the directory move refuses the backup; after the owner's word all go on."""
    owner, token = home.owner(), home.token(home.vault)
    robot = home.by_token(token)
    assert read(home, owner) == read(home, robot) == "kept"
    restore(home)
    with pytest.raises(RollbackError):
        home.run(owner.vaults.list())
    accepted = accept(home, owner.marks)
    assert read(home, accepted) == read(home, owner) == "kept"
    with pytest.raises(UnauthorizedError):
        read(home, robot)  # its service account was made after the backup
    with pytest.raises(UnauthorizedError):
        home.by_token(token)


def test_a_token_of_before_goes_on(home):
    """A token that is in the backup works again, in a running process and in a new one."""
    token = home.token(home.vault)
    home.backup.unlink()
    backups.back_up(home.url, home.backup, replace=False)
    robot, owner = home.by_token(token), home.owner()
    home.run(owner.items.create(home.vault, login("later", password="gone")))
    home.run(owner.groups.create("Ops"))
    assert read(home, robot) == "kept"
    restore(home)
    with pytest.raises(RollbackError):
        read(home, home.owner(owner.marks))
    accept(home, owner.marks)
    assert read(home, robot) == read(home, home.by_token(token)) == "kept"


def test_no_rev_is_used_twice(home):
    """The accepted head is a million revs ahead of every head that this owner has seen."""
    owner = home.owner()
    home.run(owner.groups.create("Ops"))
    seen = owner.marks.head
    restore(home)
    accepted = accept(home, owner.marks)
    assert accepted.marks.head.generation == seen.generation + 1
    assert accepted.marks.head.rev == seen.rev + RESTORE_REV_STEP


def test_lost_root_documents_are_put_back(home):
    """Root documents that the file has lost are under the new one; their people are not."""
    owner = home.owner()
    ben = home.invite("ben@example.org", role="owner", by=owner)
    before = owner.marks.pin
    assert before.version == 1
    by_ben = home.open_as(ben)
    home.run(by_ben.vaults.list())
    restore(home)
    accepted = accept(home, owner.marks)
    assert accepted.marks.pin.version == before.version + 1
    assert [row.body for row in accepted.marks.roots][: before.version + 1] == [
        row.body for row in owner.marks.roots
    ]
    users = home.run(accepted.users.list())
    assert [user["email"] for user in users] == ["ana@example.org"]
    with pytest.raises(UnauthorizedError):
        home.run(by_ben.vaults.list())
    # A client that starts from the newer pin finds its way.
    pinned = home.owner(Marks(pin=before, head=HeadMark(0, 1)))
    assert read(home, pinned) == "kept"


def test_only_owners(home):
    """Somebody who is not an owner accepts nothing."""
    owner = home.owner()
    ben = home.invite("ben@example.org", by=owner)
    home.backup.unlink()
    backups.back_up(home.url, home.backup, replace=False)
    marks = home.open_as(ben).marks
    home.run(owner.groups.create("Ops"))
    restore(home)
    with pytest.raises(ForbiddenError):
        accept(home, marks, user=ben.user, seed=ben.seed)


def test_another_account_s_truth(home, tmp_path):
    """A file whose root documents are not those of the owner's pin is not accepted."""
    owner = home.owner()
    restore(home)
    false = Marks(pin=Pin(0, bytes(32)), head=owner.marks.head)
    with pytest.raises(ForkError):
        accept(home, false)


# -- heads that are remembered, and others ---------------------------------------------------


def forgetful(marks):
    """Return the marks of an owner's computer that was not there when the backup was made."""
    containers = dict(marks.containers)
    return Marks(pin=marks.pin, head=marks.head, roots=marks.roots, containers=containers)


def shown_to(answers, *, answer=True):
    """Return an owner's way to confirm, which notes what it was shown."""

    def confirm(file):
        answers.append(file)
        return answer

    return confirm


def test_a_remembered_head_asks_nothing(home):
    """A backup of a moment that this owner's computer has seen is accepted without a question."""
    owner = home.owner()
    home.run(owner.groups.create("Ops"))
    restore(home)
    asked = []
    accept(home, owner.marks, confirm=shown_to(asked))
    assert asked == []


def test_an_unknown_head_is_shown(home):
    """Other heads are shown with all entries, what changed since the newest known one, and asked.

    Entries are the whole directory: none can be hidden behind the others.
    """
    early = home.owner()
    ben = home.invite("ben@example.org", by=home.owner())
    home.backup.unlink()
    backups.back_up(home.url, home.backup, replace=False)
    backed_up = home.owner().marks.head
    owner = home.owner()
    home.run(owner.groups.create("Ops"))
    seen = forgetful(owner.marks)
    seen.heads = dict(early.marks.heads)
    restore(home)
    asked = []
    accept(home, seen, confirm=shown_to(asked))
    [file] = asked
    assert (file.head.rev, file.hash) == (backed_up.rev, backed_up.hash)
    assert (file.seen, file.seen_before) == (owner.marks.head, early.marks.head.rev)
    assert not file.contradicts
    entries = {row.entry.principal: row for row in file.principals}
    assert len(entries) == file.head.count
    assert entries[ben.user].email == "ben@example.org"
    assert entries[ben.user].entry.entry_rev > file.seen_before
    assert entries[file.head.signer].entry.entry_rev <= file.seen_before


def test_an_unknown_head_is_not_confirmed(home):
    """Without a yes nothing is written, whether nobody was asked or somebody said no."""
    owner = home.owner()
    home.run(owner.groups.create("Ops"))
    restore(home)
    before = home.path.read_bytes()
    for confirm in (None, shown_to([], answer=False)):
        with pytest.raises(IntegrityError) as refused:
            accept(home, forgetful(owner.marks), confirm=confirm)
        assert (refused.value.code, refused.value.layer) == ("integrity", "mark")
    assert home.path.read_bytes() == before


def test_a_head_that_is_named(home):
    """A head that was looked at before is named by its hash; then no other one is accepted."""
    owner = home.owner()
    backed_up = owner.marks.head
    home.run(owner.groups.create("Ops"))
    restore(home)
    for seen in (owner.marks, forgetful(owner.marks)):
        with pytest.raises(IntegrityError, match="is not the one that --head names"):
            accept(home, seen, head=owner.marks.head.hash)
    accepted = accept(home, forgetful(owner.marks), head=backed_up.hash)
    assert accepted.marks.head.generation == 1
    # From now on it is known: a second restore of the same backup needs no question.
    restore(home)
    accept(home, accepted.marks)


def test_another_head_under_a_known_number(home):
    """It is said when this computer has seen another directory under the number of the file's."""
    home.run(home.owner().groups.create("Ops"))
    other = home.owner().marks
    restore(home)
    owner = home.owner()
    home.run(owner.groups.create("Others"))
    assert owner.marks.head.rev == other.head.rev
    seen = forgetful(other)
    asked = []
    accept(home, seen, confirm=shown_to(asked))
    assert asked[0].contradicts


def test_access_that_was_never_seen(home):
    """Access in a file that is newer than what the owner has seen is named; older is not."""
    owner = home.owner()
    read(home, owner)
    early = forgetful(owner.marks)
    ben = format_id(home.invite("ben@example.org", by=owner).user)
    home.run(owner.access.grant(home.vault, {ben: READ}))
    asked = []
    accept(home, early, confirm=shown_to(asked))
    assert asked[0].newer_access[parse_id(home.vault)] == "vault"
    late = forgetful(owner.marks)
    restore(home)
    accept(home, late, confirm=shown_to(asked))
    assert parse_id(home.vault) not in asked[1].newer_access


def test_a_backup_from_before_an_accepted_restore(home):
    """The next generation forgets no heads: the same backup can be restored once more."""
    owner = home.owner()
    home.run(owner.groups.create("Ops"))
    restore(home)
    first = accept(home, owner.marks)
    home.run(first.groups.create("More"))
    restore(home)
    second = accept(home, first.marks)
    assert second.marks.head.generation == 2
    assert second.marks.head.rev == first.marks.head.rev + RESTORE_REV_STEP
    assert read(home, second) == "kept"


def by_an_administrator(home, owner):
    """Let an administrator sign the newest head of a backup, and lose the role; return her."""
    ivy = home.invite("ivy@example.org", role="administrator", by=owner)
    home.invite("joe@example.org", by=home.open_as(ivy))
    home.run(owner.session.sync())
    home.backup.unlink()
    backups.back_up(home.url, home.backup, replace=False)
    home.run(owner.groups.remove("Administrators", format_id(ivy.user)))
    return ivy


def test_a_remembered_head_of_a_former_administrator(home):
    """What somebody signed while she might is good as long as it is remembered, and no longer."""
    owner = home.owner()
    by_an_administrator(home, owner)
    restore(home)
    with pytest.raises(ForbiddenError) as refused:
        accept(home, forgetful(owner.marks), confirm=lambda _file: True)
    assert refused.value.layer == "signer"
    accepted = accept(home, owner.marks)
    emails = {user["email"]: user["role"] for user in home.run(accepted.users.list())}
    # She is in the file, and has the role that she has in the newest root document: none.
    assert emails["ivy@example.org"] == "member"


def test_members_without_role(home):
    """Who is in a role's group by the file and has no role by the document is told, and can go."""
    owner = home.owner()
    ivy = by_an_administrator(home, owner)
    restore(home)
    accepted = accept(home, owner.marks)
    group = accepted.session.directory.root.administrators_group
    assert members_without_role(accepted.session) == [(group, ivy.user)]
    home.run(accepted.groups.remove("Administrators", format_id(ivy.user)))
    assert members_without_role(accepted.session) == []
    members = home.run(accepted.groups.members("Administrators"))
    assert format_id(ivy.user) not in {row["id"] for row in members}


def test_root_documents_that_nobody_has(home):
    """A pin whose documents are neither here nor in the file is never undercut."""
    owner = home.owner()
    home.invite("ben@example.org", role="owner", by=owner)
    home.run(owner.session.sync())
    restore(home)
    seen = owner.marks
    seen.roots = seen.roots[:-1]
    with pytest.raises(RollbackError, match="newest root document"):
        accept(home, seen)


# -- afterwards ------------------------------------------------------------------------------


def test_write_after_acceptance(home):
    """After it everybody writes on, and a running client sees what was written."""
    owner = home.owner()
    read(home, owner)
    home.run(owner.groups.create("Ops"))
    restore(home)
    accepted = accept(home, owner.marks)
    home.run(accepted.items.create(home.vault, login("two", password="new")))
    assert home.run(owner.secrets.resolve("op://vault/two/password")) == "new"
    assert all(due.done for due in home.run(accepted.access.settle()))
    assert home.run(accepted.access.due()) == []


def test_mutant_without_forgetting(home, monkeypatch):
    """If a higher generation did not ask anew, a running client would stay stuck: seen here."""
    robot = home.by_token(home.token(home.vault))
    home.backup.unlink()
    backups.back_up(home.url, home.backup, replace=False)
    owner = home.owner()
    assert read(home, robot) == "kept"
    home.run(owner.groups.create("Ops"))
    restore(home)
    accept(home, owner.marks)
    monkeypatch.setattr(Directory, "is_restart_of", lambda _self, _before: False)
    with pytest.raises(StrongroomError):
        read(home, robot)


def test_a_revocation_is_remembered_at_once(home):
    """An older file that is put back right after a revocation does not undo it in a new process."""
    owner = home.owner()
    ben = format_id(home.invite("ben@example.org", by=owner).user)
    home.run(owner.access.grant(home.vault, {ben: READ}))
    home.backup.unlink()
    backups.back_up(home.url, home.backup, replace=False)
    home.run(owner.access.revoke(home.vault, ben))
    restore(home)
    seen = Marks(pin=owner.marks.pin, head=owner.marks.head, containers=owner.marks.containers)
    with pytest.raises(RollbackError):
        home.run(home.owner(seen).access.list(home.vault))


def test_mutant_without_remembering(home, monkeypatch):
    """If what was stored were not looked at again, the older record would pass: seen here."""
    monkeypatch.setattr(Change, "remember", lambda _self: None)
    with pytest.raises(pytest.fail.Exception):
        test_a_revocation_is_remembered_at_once(home)
