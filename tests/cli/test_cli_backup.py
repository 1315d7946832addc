"""`strongroom backup` and `strongroom restore` as whole commands."""

import stat

import click
import pytest

from cli.program import Op, make_account, sign_in
from strongroom.cli.app import run
from strongroom.cli.backups.backup import restore


@pytest.fixture
def op(tmp_path):
    """A signed-in owner with the vault `dev`."""
    op = sign_in(make_account(tmp_path)[0])
    op("vault", "create", "dev")
    return op


def titles(op):
    return [row["name"] for row in op("vault", "list", "--format", "json").json]


def test_backup_and_restore(op, tmp_path):
    """What was written after the backup is gone; a backup of that moment brings it back."""
    done = op("backup", "first.db")
    assert done.out == f"{tmp_path / 'first.db'}\n"
    assert stat.S_IMODE((tmp_path / "first.db").stat().st_mode) == 0o600
    op("vault", "edit", "dev", "--name", "later")
    op("service-account", "create", "robot", "--vault", "later", "--raw")
    op("backup", "second.db")
    restored = op("restore", "first.db")
    first, *further = restored.out.splitlines()
    assert first == f"Restored {(tmp_path / 'vault.db').as_uri()}"
    assert further[-1] == "  strongroom restore accept"
    # This computer has seen the newer state, so it refuses the older one, as everybody does; the
    # hint says what an owner runs who has meant it, and what it is otherwise.
    refused = op.run("vault", "list")
    assert "older" in refused.error
    assert "`strongroom restore accept`" in refused.err
    assert "somebody has put an older database in its place" in refused.err
    op("restore", "second.db")
    assert set(titles(op)) == {"later", "Private"}


def test_json(op, tmp_path):
    """JSON names the files and the address."""
    url = (tmp_path / "vault.db").as_uri()
    told = op("backup", "copy.db", "--format", "json").json
    size = (tmp_path / "copy.db").stat().st_size
    assert told == {"file": str(tmp_path / "copy.db"), "bytes": size, "url": url}
    told = op("restore", "copy.db", "--format=json").json
    assert told == {"file": str(tmp_path / "copy.db"), "url": url}


def test_backup_does_not_overwrite(op, tmp_path):
    """An existing file is replaced with --force only."""
    (tmp_path / "copy.db").write_text("precious")
    assert "exists already" in op.run("backup", "copy.db").error
    assert (tmp_path / "copy.db").read_text() == "precious"
    op("backup", "copy.db", "-f")
    op("restore", "copy.db")


def test_no_session_is_needed(op):
    """Whoever has the file backs it up: no password opens anything here."""
    signed_out = op.with_(OP_SESSION="")
    signed_out("backup", "copy.db")
    signed_out("restore", "copy.db")
    assert set(titles(op)) == {"dev", "Private"}


def test_named_database(op, tmp_path):
    """--url names the database, as an address or as a path, without any account."""
    stranger = Op(tmp_path / "nobody")
    stranger.folder.mkdir()
    for number, url in enumerate(((tmp_path / "vault.db").as_uri(), "../vault.db")):
        stranger("backup", f"{number}.db", "--url", url)
        stranger("restore", f"{number}.db", "--url", url)
    assert "no account is set up" in stranger.run("backup", "copy.db").error
    assert "no account is set up" in stranger.run("restore", "0.db").error
    assert "file://" in stranger.run("backup", "copy.db", "--url", "file://host/x.db").error
    assert "no database" in stranger.run("backup", "copy.db", "--url", "none.db").error


def test_token(op, tmp_path):
    """A token names its database too, and STRONGROOM_URL another place of it."""
    token = op("service-account", "create", "robot", "--vault", "dev", "--raw").out.strip()
    robot = Op(tmp_path, OP_SERVICE_ACCOUNT_TOKEN=token, STRONGROOM_HOME=str(tmp_path / "no"))
    robot("backup", "copy.db")
    moved = robot.with_(STRONGROOM_URL=(tmp_path / "moved.db").as_uri())
    moved("restore", "copy.db")
    moved("vault", "get", "dev")


def test_a_missing_database_is_made(op, tmp_path):
    """After the loss of the file the backup takes its place, and nothing else is needed."""
    op("backup", "copy.db")
    (tmp_path / "vault.db").unlink()
    op("restore", "copy.db")
    assert set(titles(op)) == {"dev", "Private"}


def test_backup_of_another_account(op, tmp_path):
    """A backup of another account is refused, unless that is wanted."""
    other = tmp_path / "other"
    other.mkdir()
    make_account(other)[0]("backup", str(tmp_path / "other.db"))
    before = (tmp_path / "vault.db").read_bytes()
    assert "does not hold the account" in op.run("restore", "other.db").error
    assert (tmp_path / "vault.db").read_bytes() == before
    op("restore", "other.db", "--force")


def test_what_is_no_backup(op, tmp_path):
    """A file that is no backup changes nothing, even by force."""
    (tmp_path / "notes.txt").write_text("dear diary\n" * 100)
    assert "not a database" in op.run("restore", "--force", "notes.txt").error
    assert "there is no backup at" in op.run("restore", "none.db").error
    assert "is the database itself" in op.run("restore", "vault.db").error
    assert set(titles(op)) == {"dev", "Private"}


@pytest.mark.parametrize("words", [("restore", "--help"), ("help", "restore"), ("restore", "-h")])
def test_help(op, words):
    """The help says what happens to clients afterwards, and what an owner does about it."""
    text = " ".join(op(*words).out.split())
    assert "FILE | COMMAND" in text
    assert "then fail with `rollback`" in text
    assert "strongroom restore accept" in text
    assert "--force" in text
    assert "from-file" not in text


def test_without_a_file(op):
    """Without a file it fails, so that a script whose variable is empty does not go on."""
    done = op.run("restore")
    assert done.error == "missing argument 'FILE'"
    assert "FILE | COMMAND" in done.err


def test_flags_stand_anywhere(op, tmp_path):
    """Flags may stand before the file and behind it."""
    op("backup", "--force", "copy.db")
    op("restore", "--format", "json", "copy.db")
    op("--account", "Home", "restore", "copy.db", "--force")
    op("restore", "--force", "--url", "vault.db", "copy.db")
    assert "too many arguments" in op.run("restore", "copy.db", "more.db").error


def test_file_called_like_a_command(op, tmp_path):
    """A file that is called like a command is given with its folder."""
    op("backup", "./accept")
    op("restore", "./accept")
    assert set(titles(op)) == {"dev", "Private"}


@pytest.mark.parametrize(
    "words", [("accept",), ("--account", "Home", "accept"), ("accept", "--format", "json")]
)
def test_room_for_commands(words, monkeypatch):
    """The noun may have commands of its own, which win over files of their name."""
    called = []
    other = click.Command("other", callback=lambda: called.append("other"))
    for global_flag in ("--account", "--format"):
        other.params.append(click.Option([global_flag], expose_value=False))
    monkeypatch.setitem(restore.commands, "accept", other)
    assert run(["restore", *words], environment={}) == 0
    assert called == ["other"]
