"""`op document` end to end."""

import json
import os
import pty
import socket
import stat
import subprocess
import sys

import pytest

from cli.program import SECONDS_MAX, Op

BINARY = bytes(range(256)) * 5000 + b"\0end"
MIB = 1024 * 1024


def raw(op, *arguments, given=None, stdin=None):
    """Run a command whose input and output are bytes; return its exit code, output and errors."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "strongroom.cli.main", *arguments],
        env=op.environment,
        cwd=op.folder,
        capture_output=True,
        check=False,
        timeout=SECONDS_MAX,
        **({"stdin": stdin or subprocess.DEVNULL} if given is None else {"input": given}),
    )
    return done.returncode, done.stdout, done.stderr.decode()


def content(op, name, *flags):
    """Return the content of a document."""
    code, out, err = raw(op, "document", "get", name, *flags)
    assert (code, err) == (0, "")
    return out


def make(op, title, data=b"content", *flags):
    """Make a document from standard input; return its JSON."""
    code, out, err = raw(
        op,
        *("document", "create", "-", "--vault", "dev", "--title", title, "--format", "json"),
        *flags,
        given=data,
    )
    assert (code, err) == (0, ""), err
    return json.loads(out)


def test_create_and_get_from_a_path(op):
    """A file becomes a document titled after it, and comes back byte for byte."""
    (op.folder / "scan.bin").write_bytes(BINARY)
    made = op("document", "create", "scan.bin", "--vault", "dev", "--format", "json").json
    assert list(made) == ["uuid", "createdAt", "updatedAt", "vaultUuid"]
    assert content(op, "scan.bin") == content(op, made["uuid"]) == BINARY
    shown = op("item", "get", "scan.bin", "--format", "json").json
    assert (shown["category"], shown["files"][0]["name"]) == ("DOCUMENT", "scan.bin")
    assert shown["files"][0]["size"] == len(BINARY)
    assert shown["files"][0]["content_path"].endswith("/content")
    assert "Files:" in op("item", "get", "scan.bin").out


def test_create_shows_what_was_made(op):
    """Without JSON a new document is shown with title, file, size and vault."""
    (op.folder / "shown.txt").write_text("abc")
    out = op("document", "create", "shown.txt", "--vault", "dev", "--title", "Shown").out
    assert [line.split(":")[0] for line in out.splitlines()] == [
        *("ID", "Title", "File", "Vault", "Created")
    ]
    assert "shown.txt (3 bytes)" in out


NAMES = {"nothing": [], "dash": ["-"], "empty text": [""], "path": ["/dev/stdin"]}


@pytest.mark.parametrize("named", NAMES.values(), ids=NAMES.keys())
def test_create_from_standard_input(op, named):
    """Without a file, or with one of the names of standard input, its bytes are stored."""
    title = f"piped {named}"
    code, _, err = raw(
        op, "document", "create", *named, "--vault", "dev", "--title", title, given=BINARY
    )
    assert (code, err) == (0, "")
    assert content(op, title) == BINARY


def test_create_from_a_socket(op):
    """A socket on standard input is read to its end."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(b"from a socket")
        ours.shutdown(socket.SHUT_WR)
        code, _, err = raw(
            op, "document", "create", "", "--vault", "dev", "--title", "socket", stdin=theirs
        )
    assert (code, err) == (0, "")
    assert content(op, "socket") == b"from a socket"


def test_create_from_a_redirected_file(op):
    """A file on standard input is read from where it stands."""
    path = op.folder / "redirected"
    path.write_bytes(b"skipped" + BINARY)
    with path.open("rb") as file:
        os.lseek(file.fileno(), 7, os.SEEK_SET)
        code, _, err = raw(
            op, "document", "create", "--vault", "dev", "--title", "redirected", stdin=file
        )
    assert (code, err) == (0, "")
    assert content(op, "redirected") == BINARY


SIZES = {"empty": 0, "one chunk": MIB, "a byte more": MIB + 1}


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES.keys())
def test_sizes(op, size):
    """Files at the edges of a chunk come back as they were."""
    data = os.urandom(size)
    made = make(op, f"size {size}", data)
    assert content(op, made["uuid"]) == data


def test_nothing_on_standard_input(op):
    """Where nobody gives anything, nothing is made: neither from nothing nor an empty pipe."""
    for given in (None, b""):
        code, out, err = raw(op, "document", "create", "--vault", "dev", given=given)
        assert (code, out) == (1, b"")
        assert "expected the document on stdin but none found" in err
    assert make(op, "meant to be empty", b"")["uuid"]


def test_missing_file(op):
    """A path that leads nowhere is named with the reason."""
    assert op.run("document", "create", "nowhere.txt", "--vault", "dev").error == (
        "nowhere.txt cannot be read: no such file or directory"
    )
    assert "is a directory" in op.run("document", "create", ".", "--vault", "dev").error


def test_file_name_and_tags(op):
    """Title, name of the file and tags are what the flags say."""
    made = make(op, "Titled", b"x", "--file-name", "named.txt", "--tags", "a, b")
    shown = op("item", "get", made["uuid"], "--format", "json").json
    assert (shown["title"], shown["tags"]) == ("Titled", ["a", "b"])
    assert shown["files"][0]["name"] == "named.txt"


def test_get_into_a_file(op):
    """A file gets the content with 0600, and is replaced only by force, by one of that mode."""
    make(op, "into a file", BINARY)
    path = op.folder / "out.bin"
    assert op("document", "get", "into a file", "--out-file", "out.bin").out == f"{path}\n"
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (BINARY, 0o600)
    path.write_bytes(b"precious")
    path.chmod(0o640)
    assert "exists already" in op.run("document", "get", "into a file", "--output", path).error
    assert path.read_bytes() == b"precious"
    op("document", "get", "into a file", "--output", path, "--force")
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (BINARY, 0o600)
    path.unlink()
    op("document", "get", "into a file", "-o", path, "--file-mode", "0644")
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert [one for one in op.folder.iterdir() if one.name.startswith(".out.bin")] == []


def test_get_ignores_json(op):
    """The content is written as it is, whatever format is asked for."""
    make(op, "raw", b"no newline")
    assert content(op, "raw", "--format", "json") == b"no newline"


def on_terminal(op, *arguments):
    """Run a command whose standard output and error are a terminal; return exit code and output."""
    leader, follower = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "strongroom.cli.main", *arguments],
        env=op.environment,
        cwd=op.folder,
        stdin=subprocess.DEVNULL,
        stdout=follower,
        stderr=follower,
    )
    os.close(follower)
    shown = b""
    try:
        while part := os.read(leader, 65536):
            shown += part
    except OSError:  # the end of a terminal
        pass
    os.close(leader)
    return child.wait(SECONDS_MAX), shown


@pytest.mark.parametrize(
    "data", [b"\0", b"\xff", b"x" * MIB + b"\xff"], ids=["NUL", "no text", "late"]
)
def test_binary_on_a_terminal(op, data):
    """A terminal gets no binary content."""
    made = make(op, "binary", data)
    code, shown = on_terminal(op, "document", "get", made["uuid"])
    assert code == 1
    assert b"the file is binary, so it is not written to a terminal" in shown
    assert data[-1:] not in shown


def test_text_on_a_terminal(op):
    """A terminal gets a text, also one whose characters are cut by the parts in which it comes."""
    text = "x" * (MIB - 1) + "grüße"
    make(op, "text", text[3:].encode())
    code, shown = on_terminal(op, "document", "get", "text")
    assert (code, shown) == (0, text[3:].encode())


def test_progress(op):
    """A long transfer is shown on a terminal and gone at its end; elsewhere nothing is."""
    path = op.folder / "long.bin"
    path.write_bytes(bytes(17 * MIB))
    code, shown = on_terminal(op, "document", "create", "long.bin", "--vault", "dev")
    assert code == 0
    assert b"storing long.bin [" in shown
    assert b"of 17 MiB" in shown
    op("document", "get", "long.bin", "--out-file", "copy.bin")
    assert (op.folder / "copy.bin").read_bytes() == path.read_bytes()


def test_edit(op):
    """An edit replaces the content, the title, the name and the tags that it names."""
    made = make(op, "before", b"1", "--tags", "t", "--file-name", "one.txt")["uuid"]
    (op.folder / "two.txt").write_bytes(b"2")
    assert op("document", "edit", made, "two.txt").out == ""
    assert content(op, made) == b"2"
    op("document", "edit", made, "--title", "after", "--tags=", given="")
    shown = op("item", "get", made, "--format", "json").json
    assert (shown["title"], "tags" in shown, shown["files"][0]["name"]) == (
        *("after", False),
        "two.txt",
    )
    assert content(op, "after") == b"2"
    assert raw(op, "document", "edit", "after", "--file-name", "three.txt")[0] == 0
    shown = op("item", "get", made, "--format", "json").json
    assert (shown["files"][0]["name"], content(op, made)) == ("three.txt", b"2")
    code, _, err = raw(op, "document", "edit", made, "--title", "both", given=b"3")
    assert (code, err) == (0, "")
    assert content(op, "both") == b"3"


def test_edit_without_anything(op):
    """An edit that says nothing changes nothing; an empty file has to be meant."""
    made = make(op, "unchanged", b"kept")["uuid"]
    for given in (None, b""):
        code, _, err = raw(op, "document", "edit", made, given=given)
        assert code == 1
        assert "expected the document on stdin but none found" in err
    assert content(op, made) == b"kept"
    assert raw(op, "document", "edit", made, "-", given=b"")[0] == 0
    assert content(op, made) == b""


def test_other_items(op):
    """An item of another category is no document, also where a document has its title."""
    assert op.run("document", "get", "db").error == (
        '"db" isn\'t a document. Specify the document with its UUID or title.'
    )
    op("item", "create", "--vault", "dev", "--category", "login", "--title", "same")
    make(op, "same", b"of the document")
    assert content(op, "same") == b"of the document"


def test_list(op):
    """Documents are listed with their sizes, and nothing else is."""
    made = make(op, "listed", b"x" * 2048)["uuid"]
    rows = {row["id"]: row for row in op("document", "ls", "--format", "json").json}
    row = rows[made]
    assert row["title"] == "listed"
    assert row["overview.ainfo"] == "2.0 KB"
    assert row["vault"]["name"] == "dev"
    assert {"version", "created_at", "updated_at"} <= set(row)
    assert "db" not in {one["title"] for one in rows.values()}
    table = op("document", "list", "--vault", "dev").out.splitlines()
    assert table[0].split() == ["ID", "TITLE", "VAULT", "EDITED"]
    assert any(line.startswith(made) for line in table)


def test_delete_and_archive(op):
    """A deleted document is gone; an archived one is found by its ID or when asked for."""
    gone, kept = make(op, "gone")["uuid"], make(op, "put away")["uuid"]
    assert op("document", "delete", "gone").out == ""
    assert op.run("document", "get", gone).code == 1
    op("document", "rm", "-", "--archive", given=f"{kept}\n")
    assert op.run("document", "get", "put away").code == 1
    assert content(op, "put away", "--include-archive") == content(op, kept) == b"content"
    listed = op("document", "list", "--format", "json").json
    assert kept not in [row["id"] for row in listed]
    me = op("whoami", "--format", "json").json["user_uuid"]
    assert {row["last_edited_by"] for row in listed} <= {me}
    listed = op("document", "list", "--include-archive", "--format", "json").json
    assert kept in [row["id"] for row in listed]
    assert op.run("document", "delete", "db").code == 1
    assert op("item", "get", "db").out


def test_a_service_account(op, reader):
    """A service account reads documents, has to name a vault for new ones, and may not make any."""
    made = make(op, "for the robot", b"yes")["uuid"]
    assert content(reader, made) == b"yes"
    assert (
        raw(reader, "document", "create", "-", given=b"x")[2]
        .splitlines()[0]
        .endswith("a vault must be named when a service account calls document create")
    )
    code, _, err = raw(reader, "document", "create", "-", "--vault", "dev", given=b"x")
    assert code == 1
    assert 'you may not create items in the vault "dev"' in err
    code, _, err = raw(reader, "document", "edit", made, "-", given=b"x")
    assert code == 1
    assert "you may not change" in err
    assert content(op, made) == b"yes"


def test_signed_out(tmp_path):
    """Without a session nothing is read from standard input that never ends."""
    done = Op(tmp_path).run("document", "get", "x")
    assert done.error.startswith("You are not currently signed in")
