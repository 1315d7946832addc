"""What `account create` refuses before it asks for a password."""

import os
import re
import sqlite3

import pytest

from cli.program import EMAIL, PASSWORD, Op, make_account


def create(folder, url, *flags):
    """Ask for an account on a computer where no password will ever be typed."""
    op = Op(folder)
    named = ("--name", "Home", "--email", EMAIL, *flags)
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
    done = create(tmp_path, (tmp_path / "vault.db").as_uri())
    assert done.error == "a new password can be asked for on a terminal only"


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
    "a long name": ("x" * 255, EMAIL),
    "a line break": ("Ho\nme", EMAIL),
    "no e-mail": ("Home", "ana"),
    "a long e-mail": ("Home", "a" * 250 + "@x.yz"),
}


@pytest.mark.parametrize(("name", "email"), LIMITS.values(), ids=LIMITS)
def test_limits(tmp_path, name, email):
    """Names and addresses beyond the limits are refused in one line, and nothing is made."""
    done = Op(tmp_path).run(
        *("account", "create", "--url", (tmp_path / "v.db").as_uri(), "--name", name),
        *("--email", email, "--password-stdin", "--kit", "kit.txt"),
        given=PASSWORD,
    )
    assert done.code == 1
    assert "internal error" not in done.error
    assert not (tmp_path / "v.db").exists()
