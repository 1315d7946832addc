"""What `account create` refuses before it asks for a password."""

import os
import re
import sqlite3

import pytest

from cli.program import EMAIL, PASSWORD, Op, make_account, sign_in


def create(folder, url, *flags, name="Home"):
    """Ask for an account on a computer where no password will ever be typed."""
    op = Op(folder)
    named = ("--name", name, "--email", EMAIL, *flags)
    # Without --password-stdin a password could only come from a terminal, and there is none.
    return op.run("account", "create", "--url", url, *named)


def test_missing_folder(tmp_path):
    """A folder that is not there is refused before the password, with a hint."""
    done = create(tmp_path, (tmp_path / "none" / "v.db").as_uri())
    assert done.error == f"the folder {tmp_path / 'none'} does not exist"
    assert "hint: create it first" in done.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_closed_folder(tmp_path):
    """A folder that this user cannot write is refused before the password."""
    (tmp_path / "closed").mkdir(mode=0o500)
    done = create(tmp_path, (tmp_path / "closed" / "v.db").as_uri())
    assert "cannot be written" in done.error


def make_other_database(path):
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t (x)")
    connection.close()


FOREIGN = {
    "text": lambda path: path.write_text("a letter"),
    "another program's database": make_other_database,
}


@pytest.mark.parametrize("make", FOREIGN.values(), ids=FOREIGN)
def test_foreign_file(tmp_path, make):
    """A file of somebody else is refused before the password, and stays as it was."""
    path = tmp_path / "v.db"
    make(path)
    before = path.read_bytes()
    done = create(tmp_path, path.as_uri())
    assert "is not a Strongroom database" in done.error
    assert path.read_bytes() == before


def test_folder_as_database(tmp_path):
    """A folder, or a device, is no database."""
    assert "not a regular file" in create(tmp_path, tmp_path.as_uri()).error
    assert "not a regular file" in create(tmp_path, "file:///dev/null").error


@pytest.mark.parametrize("content", [None, b""], ids=["ours", "empty"])
def test_usable_file(tmp_path, content):
    """A database of ours, and an empty file, get as far as the password."""
    if content is None:
        make_account(tmp_path)
    else:
        (tmp_path / "vault.db").write_bytes(content)
    flags = ["--add"] if content is None else []
    done = create(tmp_path, (tmp_path / "vault.db").as_uri(), *flags, name="Other")
    assert done.error == "a new password can be asked for on a terminal only"


def test_second_account_in_a_file(tmp_path):
    """A file that holds an account takes another one only with --add; nothing is asked before."""
    op, _ = make_account(tmp_path)
    url = (tmp_path / "vault.db").as_uri()
    done = create(tmp_path, url, name="Other")
    assert done.error == f"{tmp_path / 'vault.db'} holds an account already"
    assert "--add" in done.err
    assert "strongroom account add --kit FILE" in done.err
    given = ("--email", EMAIL, "--password-stdin", "--kit", "other.txt")
    op("account", "create", "--url", url, "--name", "Other", *given, "--add", given=PASSWORD)
    assert len(op("account", "list", "--format", "json").json) == 2


@pytest.mark.parametrize("name", ["Home", "hOME"])
def test_name_that_is_taken(tmp_path, name):
    """Two accounts on a computer cannot have one name: nobody could say which one is meant."""
    make_account(tmp_path)
    done = create(tmp_path, (tmp_path / "other.db").as_uri(), name=name)
    assert done.error == 'this computer has an account with the name "Home" already'
    assert "--name" in done.err
    assert not (tmp_path / "other.db").exists()


NAMES = {"said": (["--user-name", "Ana B."], "Ana B."), "not said": ([], "ana")}


@pytest.mark.parametrize(("flags", "name"), NAMES.values(), ids=NAMES)
def test_name_of_the_person(tmp_path, flags, name):
    """The name of the account is not the person's, which is said, or begins the e-mail address."""
    op = Op(tmp_path)
    op(
        *("account", "create", "--url", (tmp_path / "v.db").as_uri(), "--name", "Home"),
        *("--email", EMAIL, "--password-stdin", "--kit", "kit.txt", *flags),
        given=PASSWORD,
    )
    assert sign_in(op)("user", "get", "--me", "--format", "json").json["name"] == name
    assert op("account", "list").out.splitlines()[1].endswith("Home")


def test_kit_place(tmp_path):
    """A Kit that cannot be made is refused before the password."""
    url = (tmp_path / "v.db").as_uri()
    assert "does not exist" in create(tmp_path, url, "--kit", "none/kit.txt").error
    assert "exists already" in create(tmp_path, url, "--kit", str(tmp_path)).error
    assert "cannot be the database" in create(tmp_path, url, "--kit", "v.db").error
    assert not (tmp_path / "v.db").exists()


def test_open_home(tmp_path):
    """A home that is open to others is refused before an account depends on it."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home").chmod(0o755)
    done = create(tmp_path, (tmp_path / "v.db").as_uri())
    assert "open to other users" in done.error


SPELLINGS = {
    "a blank": ("file://{}/my vault.db", "/my%20vault.db"),
    "a letter beyond ASCII": ("file://{}/tür.db", "/t%C3%BCr.db"),
    "a bare percent sign": ("file://{}/100%.db", "/100%25.db"),
    "too much encoded": ("file://{}%2Fv.db", "/v.db"),
    "a bare path": ("{}/v.db", "/v.db"),
    "a relative path": ("./v.db", "/v.db"),
}


@pytest.mark.parametrize(("url", "ending"), SPELLINGS.values(), ids=SPELLINGS)
def test_spelling(tmp_path, url, ending):
    """An address that is only spelled wrongly is told the right spelling, which works."""
    done = create(tmp_path, url.format(tmp_path))
    meant = re.search(r"hint: write it as (file://\S+)", done.err)[1]
    assert meant == f"file://{tmp_path}{ending}"
    assert create(tmp_path, meant).error == "a new password can be asked for on a terminal only"


@pytest.mark.parametrize("url", ["https://vault.example.org", "ftp://x/y", "file://host/v.db", ""])
def test_other_addresses(tmp_path, url):
    """What is no address of a file is refused without a guess."""
    done = create(tmp_path, url)
    assert done.error
    assert "write it as" not in done.err


LIMITS = {
    "no name": ("", EMAIL),
    "no person": ("Home", EMAIL, "--user-name", ""),
    "a long person": ("Home", EMAIL, "--user-name", "x" * 255),
    "a long name": ("x" * 255, EMAIL),
    "a line break": ("Ho\nme", EMAIL),
    "no e-mail": ("Home", "ana"),
    "a long e-mail": ("Home", "a" * 250 + "@x.yz"),
}


@pytest.mark.parametrize("given", LIMITS.values(), ids=LIMITS)
def test_limits(tmp_path, given):
    """Names and addresses beyond the limits are refused in one line, and nothing is made."""
    name, email, *flags = given
    done = Op(tmp_path).run(
        *("account", "create", "--url", (tmp_path / "v.db").as_uri(), "--name", name),
        *("--email", email, "--password-stdin", "--kit", "kit.txt", *flags),
        given=PASSWORD,
    )
    assert done.code == 1
    assert "internal error" not in done.error
    assert not (tmp_path / "v.db").exists()
