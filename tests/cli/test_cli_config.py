"""The home by --config and OP_CONFIG_DIR, and the file from which programs learn of accounts."""

import json
import re

import pytest

from cli.program import EMAIL, PASSWORD, SECRET, Op, make_account, sign_in


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with an account, its Kit, and an item."""
    folder = tmp_path_factory.mktemp("config")
    op = sign_in(make_account(folder)[0])
    op("vault", "create", "dev")
    item = ("--vault", "dev", "--category", "login", "--title", "db", "password=-")
    op("item", "create", *item, given=SECRET)
    return folder


def elsewhere(made, folder, **variables):
    """Return the program as a user whose home directory is empty, without a home chosen."""
    op = Op(made)
    for name in ("STRONGROOM_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        op.environment.pop(name, None)
    return op.with_(HOME=str(folder), **variables)


def add(op, *flags):
    return op("account", "add", "--kit", "kit.txt", *flags, given=PASSWORD)


def names(op, *flags):
    return [row.get("shorthand") for row in op("account", "list", *flags, "--format=json").json]


def test_own_folder_by_variable(made, tmp_path):
    """A script that isolates itself by OP_CONFIG_DIR has its own accounts, and leaves no others."""
    op = elsewhere(made, tmp_path, OP_CONFIG_DIR=str(tmp_path / "c"))
    add(op)
    signed_in = sign_in(op)
    # The second one goes the long way, the first one the quick one.
    for arguments in (
        ["read", "op://dev/db/password"],
        ["--cache=false", "read", "op://dev/db/password"],
    ):
        assert signed_in(*arguments).out == f"{SECRET}\n"
    assert [path.name for path in tmp_path.iterdir()] == ["c"]
    assert "signed in" in elsewhere(made, tmp_path).run("read", "op://dev/db/password").error


def test_own_folder_by_flag(made, tmp_path):
    """--config goes before both variables, wherever it stands."""
    op = Op(made, OP_CONFIG_DIR=str(tmp_path / "c"), STRONGROOM_HOME=str(tmp_path / "s"))
    flag = ("--config", str(tmp_path / "f"))
    add(op, *flag)
    assert names(op, *flag) == ["Home"]
    assert op(*flag, "account", "list").out.count("\n") == 2
    assert names(op) == []
    assert [path.name for path in tmp_path.iterdir()] == ["f"]
    token = op("signin", "--raw", *flag, given=PASSWORD).out.strip()
    assert op.with_(OP_SESSION=token)("read", "op://dev/db/password", *flag).out == f"{SECRET}\n"


def test_folder_that_is_open_to_others(made, tmp_path):
    """A folder that is not private is refused, and the error says what to do."""
    (tmp_path / "c").mkdir(mode=0o755)
    op = Op(made)
    done = op.run("account", "list", "--config", str(tmp_path / "c"))
    assert done.error == f"the folder {tmp_path / 'c'} is open to other users"
    assert f"chmod 700 {tmp_path / 'c'}" in done.err


def test_listing_for_programs(made, tmp_path):
    """With the default home the accounts are listed where programs look, without a secret."""
    op = elsewhere(made, tmp_path)
    add(op, "--name", "First")
    path = tmp_path / ".config/op/config"
    listed = json.loads(path.read_text())
    [account] = listed["accounts"]
    assert (listed["latest_signin"], account["shorthand"]) == ("First", "First")
    assert account["email"] == EMAIL
    assert not re.search(r"SR1-|[Ss]ecret", path.read_text())
    assert names(op) == ["First"]
    add(op, "--name", "Second")
    assert json.loads(path.read_text())["accounts"][0]["shorthand"] == "Second"
    op("account", "forget", "second")
    assert not path.exists()


def test_latest_sign_in(tmp_path):
    """The listing says whose the last sign-in was, also where nobody had to be asked."""
    op = elsewhere(tmp_path, tmp_path, OP_CONFIG_DIR=str(tmp_path / "c"))
    for name in ("One", "Two"):
        op(
            *("account", "create", "--url", (tmp_path / f"{name}.db").as_uri(), "--name", name),
            *("--email", EMAIL, "--password-stdin", "--kit", f"{name}.txt"),
            given=PASSWORD,
        )

    def latest():
        return json.loads((tmp_path / "c/config").read_text())["latest_signin"]

    assert latest() == "Two"
    token = op("signin", "--raw", "--account", "One", given=PASSWORD).out.strip()
    assert latest() == "One"
    op("signin", "--raw", "--account", "Two", given=PASSWORD)
    assert latest() == "Two"
    op("signin", "--raw", "--session", token)
    assert latest() == "One"
    op("signout", "--all", "--forget")
    assert op("account", "list").out == ""
    assert not (tmp_path / "c/config").exists()


def test_file_of_another_program(made, tmp_path):
    """The file of `op` itself stays as it is, nothing is said, and accounts are not named by it."""
    path = tmp_path / ".config/op/config"
    path.parent.mkdir(parents=True, mode=0o700)
    path.write_text('{"latest_signin": "acme"}')
    path.chmod(0o600)
    op = elsewhere(made, tmp_path)
    add(op)
    assert names(op) == [None]
    done = op.run("doctor")
    assert f"{path} is another program's" in done.out
    op("account", "forget", "--all")
    assert path.read_text() == '{"latest_signin": "acme"}'


def test_own_home_is_not_named(made, tmp_path):
    """With STRONGROOM_HOME programs that look for the listing find none, and are not sent there."""
    op = elsewhere(made, tmp_path, STRONGROOM_HOME=str(tmp_path / "s"))
    add(op)
    assert names(op) == [None]
    assert json.loads((tmp_path / "s/config").read_text())["latest_signin"] == "Home"
    assert [path.name for path in tmp_path.iterdir()] == ["s"]
    assert names(op.with_(OP_CONFIG_DIR=str(tmp_path / "s"))) == ["Home"]


def test_forget_what_is_not_named(made, tmp_path):
    """No account goes unnamed; --account and OP_ACCOUNT name one, --all names all."""
    op = elsewhere(made, tmp_path)
    add(op)
    assert op.run("account", "forget").error == "say which account to forget"
    assert "use --all" in op.run("account", "forget", "Home", "--all").error
    assert names(op) == ["Home"]
    op("account", "forget", "--account", "home")
    assert names(op) == []
    add(op)
    op("account", "forget", "--all")
    assert names(op) == []
    assert op("account", "forget", "--all").out == ""
