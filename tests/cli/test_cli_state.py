"""What whole commands remember of items, between one process and the next."""

import shutil
import stat

import pytest

from cli.people import owner
from cli.program import Op
from strongroom.errors import ForkError, LocalFileError, NotFoundError
from strongroom.opening.credentials import remembering

REFERENCE = "op://dev/item/password"


@pytest.fixture
def op(tmp_path):
    """A signed-in owner with the item `item` in the vault `dev`."""
    op = owner(tmp_path)
    op("vault", "create", "dev")
    op("item", "create", "--vault", "dev", "--category", "login", "--title", "item", "password=one")
    return op


@pytest.fixture
def robot(op, tmp_path):
    """A service account's program, with a state folder."""
    token = op("service-account", "create", "ci", "--vault", "dev", "--raw").out.strip()
    (tmp_path / "ci").mkdir()
    state = {"OP_SERVICE_ACCOUNT_TOKEN": token, "STRONGROOM_STATE": str(tmp_path / "state")}
    return Op(tmp_path / "ci", **state)


def put_back(tmp_path, change):
    """Make a change, then put the database back as it was, as whoever holds the file can."""
    database, kept = tmp_path / "vault.db", tmp_path / "kept.db"
    shutil.copy(database, kept)
    change()
    shutil.copy(kept, database)


def test_a_person(op, tmp_path):
    """An item that `op` has changed or read is shown in no older version by a later `op`."""
    put_back(tmp_path, lambda: op("item", "edit", "item", "password=two"))
    assert "older than this client has already seen" in op.run("read", REFERENCE).error
    assert "older" in op.run("item", "get", "item").error
    # The same file without the memory: nothing else would have noticed.
    op("account", "reset-state")
    assert op("read", REFERENCE).out == "one\n"


def test_a_token(op, robot, tmp_path):
    """A token's programs remember where a state folder is given, and only there."""
    fresh = robot.with_(STRONGROOM_STATE="")
    assert fresh("read", REFERENCE).out == "one\n"
    assert not (tmp_path / "state").exists()

    def change():
        op("item", "edit", "item", "password=two")
        assert robot("read", REFERENCE).out == "two\n"

    put_back(tmp_path, change)
    assert "older" in robot.run("read", REFERENCE).error
    assert fresh("read", REFERENCE).out == "one\n"
    folder = tmp_path / "state"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(one.stat().st_mode) for one in folder.iterdir()} == {0o600}
    # No local file of a person came into being.
    assert not (tmp_path / "ci" / "home").exists()


def test_a_token_starts_afresh(op, robot, tmp_path):
    """A damaged file of a token is named with the command to start afresh, which works for it."""
    assert robot("read", REFERENCE).out == "one\n"
    for path in (tmp_path / "state").glob("objects-*"):
        path.write_bytes(path.read_bytes()[:-1])
    refused = robot.run("read", REFERENCE)
    assert "damaged" in refused.error
    assert "strongroom account reset-state" in refused.err
    robot("account", "reset-state")
    assert [one.name for one in (tmp_path / "state").iterdir()] == [".lock"]
    assert robot("read", REFERENCE).out == "one\n"
    # What the person remembers is another's, and was left alone.
    assert list((tmp_path / "home").glob("objects-*"))
    assert op("read", REFERENCE).out == "one\n"


def test_damaged_objects(op, tmp_path):
    """A damaged objects file of a person stops what needs it and names the way out."""
    op("read", REFERENCE)
    for path in (tmp_path / "home").glob("objects-*"):
        path.write_bytes(b"")
    refused = op.run("read", REFERENCE)
    assert "damaged" in refused.error
    assert "strongroom account reset-state" in refused.err
    op("account", "reset-state")
    assert op("read", REFERENCE).out == "one\n"


def test_forget(op, tmp_path):
    """An account that is forgotten leaves no objects file behind."""
    op("read", REFERENCE)
    assert list((tmp_path / "home").glob("objects-*"))
    op("signout", "--forget")
    assert [path.name for path in (tmp_path / "home").iterdir()] == [".lock"]


def test_relative_folder(robot):
    """A state folder that depends on where a program starts is refused."""
    refused = robot.with_(STRONGROOM_STATE="state").run("read", REFERENCE)
    assert refused.error == "the state folder is not an absolute path"


def test_after_an_accepted_restore(op, tmp_path):
    """What was newer before an accepted restore is not missed afterwards."""
    op("backup", "first.db")
    op("item", "edit", "item", "password=two")
    op("restore", "first.db")
    assert "older" in op.run("read", REFERENCE).error
    op("restore", "accept", given="correct horse battery\n")
    assert op("read", REFERENCE).out == "one\n"
    op("item", "edit", "item", "password=three")
    assert op("read", REFERENCE).out == "three\n"


def refuse():
    raise LocalFileError("state could not be written", hint="free space")


def test_done_and_not_remembered():
    """Where what was seen cannot be kept, it is said that the work itself was done."""
    done = []
    with pytest.raises(LocalFileError) as caught, remembering(refuse):
        done.append(True)
    assert done
    assert caught.value.message == (
        "the account did what was asked, but this computer could not remember it: "
        "state could not be written"
    )
    assert caught.value.hint == "do not repeat a change; free space"


def test_neither_done_nor_remembered():
    """Where the work failed, too, its own error is told."""
    with pytest.raises(NotFoundError), remembering(refuse):
        raise NotFoundError("nothing")


def test_two_truths_are_always_told():
    """That somebody shows two states is told, whether the work failed or not."""

    def fork():
        raise ForkError("two states")

    with pytest.raises(ForkError), remembering(fork):
        raise NotFoundError("nothing")
    with pytest.raises(ForkError), remembering(fork):
        pass
