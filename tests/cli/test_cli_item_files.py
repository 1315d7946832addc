"""Files of items: assignments, JSON, references."""

import os
from base64 import urlsafe_b64encode
from hashlib import sha256

import pytest

from cli.test_cli_documents import raw

BINARY = b"\x89PNG\0" + bytes(range(256))


@pytest.fixture(scope="module")
def paths(op):
    """Files to attach."""
    (op.folder / "scan.png").write_bytes(BINARY)
    (op.folder / "notes.txt").write_text("grüße\n")
    return op.folder


def create(op, title, *statements):
    """Make an item with some statements; return its JSON."""
    return op(
        *("item", "create", "--vault", "dev", "--category", "login", "--title", title),
        *(*statements, "--format", "json"),
    ).json


def edit(op, item, *statements):
    """Change an item; return its JSON."""
    return op("item", "edit", item["id"], *statements, "--format", "json").json


def read(op, item, end):
    """Return what `op read` writes."""
    code, out, err = raw(op, "read", f"op://dev/{item['id']}/{end}")
    assert (code, err) == (0, "")
    return out


def named(item):
    """Return the files of an item by name."""
    return {file["name"]: file for file in item.get("files", ())}


def test_attach(op, paths):
    """A file assignment attaches, under the name of the field or the file's own."""
    made = create(op, "attach", "Papers.picture[file]=scan.png", "[file]=notes.txt", "pin=1")
    files = named(made)
    assert set(files) == {"picture", "notes.txt"}
    assert files["picture"]["size"] == len(BINARY)
    section = files["picture"]["section"]["id"]
    assert [one["label"] for one in made["sections"] if one["id"] == section] == ["Papers"]
    assert read(op, made, "Papers/picture") == read(op, made, files["picture"]["id"]) == BINARY
    assert read(op, made, "notes.txt") == "grüße\n".encode()
    assert {field["label"] for field in made["fields"]} >= {"pin"}


def test_attach_later_and_remove(op, paths):
    """An edit adds a file, replaces one of the same name, and removes one with its section."""
    made = create(op, "later", "pin=1")
    added = edit(op, made, "Papers.a[file]=notes.txt", "b[file]=notes.txt")
    assert set(named(added)) == {"a", "b"}
    replaced = edit(op, added, "Papers.a[file]=scan.png")
    assert read(op, replaced, "a") == BINARY
    assert len(replaced["files"]) == 2
    removed = edit(op, replaced, "Papers.a[delete]", "pin=2")
    assert set(named(removed)) == {"b"}
    assert "Papers" not in [one.get("label") for one in removed.get("sections", ())]
    bare = edit(op, removed, "b[delete]")
    assert "files" not in bare
    assert op.run("item", "edit", made["id"], "b[delete]").error == (
        "the 1st assignment deletes a field that does not exist"
    )


def test_other_changes_keep_files(op, paths):
    """A change of anything else, also by a template, keeps the files."""
    made = create(op, "kept", "a[file]=scan.png")
    assert named(edit(op, made, "pin=1")).keys() == {"a"}
    template = op("item", "get", made["id"], "--format", "json").out
    edited = op("item", "edit", made["id"], "--format", "json", given=template).json
    assert read(op, edited, "a") == BINARY


def test_dry_run(op, paths):
    """A dry run shows the file and stores nothing."""
    made = create(op, "dry", "pin=1")
    shown = edit(op, made, "a[file]=scan.png", "--dry-run")
    assert shown["files"] == [{"name": "a", "size": len(BINARY)}]
    assert "files" not in op("item", "get", made["id"], "--format", "json").json


REFUSED = {
    "no path": ("a[file]=", "the 2nd assignment attaches a file but names none"),
    "no value": ("a[file]", "the 2nd assignment attaches a file but names none"),
    "standard input": ("a[file]=-", "the 2nd assignment attaches a file but names none"),
    "no such file": (
        "a[file]=tr0ub4dor",
        "the 2nd assignment names a file that cannot be read: no such file or directory",
    ),
}


@pytest.mark.parametrize(("statement", "text"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(op, statement, text):
    """A file assignment without a file is refused by its place, and repeats nothing."""
    flags = ("--vault", "dev", "--category", "login", "--title", "refused")
    done = op.run("item", "create", *flags, "pin=1", statement)
    assert done.error == text
    assert "tr0ub4dor" not in done.err


def test_read_attributes(op, paths):
    """Attributes of a file are told with a newline; its content is written as it is."""
    made = create(op, "attributes", "scan\\.png[file]=scan.png")
    reference = f"op://dev/{made['id']}/scan.png"
    file = made["files"][0]
    told = {"name": "scan.png", "size": str(len(BINARY)), "id": file["id"], "type": "image/png"}
    for attribute, text in told.items():
        for key in ("attribute", "attr"):
            assert op("read", f"{reference}?{key}={attribute}").out == f"{text}\n"
    for query in ("?attribute=content", "?attribute=value", ""):
        assert raw(op, "read", f"{reference}{query}")[1] == BINARY
        assert raw(op, "read", "--force", f"{reference}{query}")[1] == BINARY
    assert "no size" in op.run("read", "op://dev/db/username?attribute=size").error
    assert op.run("read", f"{reference}?attribute=otp").code == 1


def test_hashes_are_not_shown(op, paths):
    """No form of an item shows the hash of a file's content, and no reference reads it."""
    digest = sha256(BINARY)
    made = create(op, "hashed", "picture[file]=scan.png")
    assert set(made["files"][0]) <= {"id", "name", "size", "section", "content_path"}
    hashes = (digest.hexdigest(), urlsafe_b64encode(digest.digest()).decode().rstrip("="))
    for form in ((), ("--reveal",), ("--format", "json"), ("--format", "json", "--reveal")):
        shown = op("item", "get", made["id"], *form).out
        assert "picture" in shown
        assert not any(text in shown for text in hashes)
    assert op.run("read", f"op://dev/{made['id']}/picture?attribute=hash").code == 1


def test_read_into_a_file(op, paths):
    """`op read -o` writes the bytes of a file, and nothing is left of one that fails."""
    made = create(op, "to a file", "a[file]=scan.png")
    reference = f"op://dev/{made['id']}/a"
    path = op.folder / "read.bin"
    assert op("read", reference, "-o", "read.bin").out == f"{path}\n"
    assert path.read_bytes() == BINARY
    assert "exists already" in op.run("read", reference, "-o", "read.bin").error
    assert op.run("read", f"{reference}x", "-o", "none.bin").code == 1
    assert not (op.folder / "none.bin").exists()


def test_a_pipe(op, paths):
    """What is no regular file, such as a named pipe, is read first and attached."""
    pipe = op.folder / "pipe"
    os.mkfifo(pipe)
    pid = os.fork()
    if pid == 0:
        pipe.write_bytes(b"through a pipe")
        os._exit(0)
    made = create(op, "piped", "a[file]=pipe")
    os.waitpid(pid, 0)
    assert read(op, made, "a") == b"through a pipe"
