"""`?attribute=…` of references: what is told of a field besides its value."""

import pytest

from cli.program import SECRET

TOLD = {
    "type": ("op://dev/db/password?attribute=type", "CONCEALED"),
    "type of a text": ("op://dev/db/Admin/pin?attr=type", "STRING"),
    "type of a one-time password": ("op://dev/db/totp?attr=type", "OTP"),
    "type of the notes": ("op://dev/db/notesPlain?attr=type", "STRING"),
    "id": ("op://dev/db/PASSWORD?attr=id", "password"),
    "title": ("op://dev/db/PIN?attr=title", "pin"),
    "purpose": ("op://dev/db/username?attribute=purpose", "USERNAME"),
    "purpose of the password": ("op://dev/db/password?attr=purpose", "PASSWORD"),
    "purpose of the notes": ("op://dev/db/notesPlain?attr=purpose", "NOTES"),
    "no purpose": ("op://dev/db/totp?attr=purpose", ""),
    "value": ("op://dev/db/password?attr=value", SECRET),
}


@pytest.mark.parametrize(("reference", "text"), TOLD.values(), ids=TOLD)
def test_told(op, reader, reference, text):
    """A field tells its type, id, title and purpose, by either credential, in a template too."""
    for program in (op, reader):
        assert program("read", reference).out == f"{text}\n"
        assert program("read", "--force", reference).out == f"{text}\n"
    assert op("inject", given=f"[{reference}]").out == f"[{text}]\n"


def test_json_agrees(op):
    """What a reference tells is what the JSON of the item says."""
    for field in op("item", "get", "db", "--format", "json").json["fields"]:
        for attribute, key in {"type": "type", "id": "id", "title": "label"}.items():
            told = op("read", "-n", f"{field['reference']}?attribute={attribute}").out
            assert told == field[key]
        purpose = op("read", "-n", f"{field['reference']}?attribute=purpose").out
        assert purpose == field.get("purpose", "")


@pytest.mark.parametrize("attribute", ["content", "size", "name"])
def test_fields_have_no_content(op, attribute):
    """What only files have is refused, with what fields have."""
    done = op.run("read", f"op://dev/db/password?attribute={attribute}")
    assert done.error.endswith(f"the reference names a field, which has no {attribute}")
    assert "hint: a field has attribute=value, otp, type, id, purpose and title" in done.err


def test_files_in_templates(op):
    """A template can have the content of a text file, and what is told of a file."""
    (op.folder / "note.txt").write_text("harbour\n")
    made = op(
        *("item", "create", "--vault", "dev", "--category", "login", "--title", "files"),
        *("note\\.txt[file]=note.txt", "--format", "json"),
    ).json
    reference = "op://dev/files/note.txt"
    asked = [
        "",
        "?attr=content",
        "?attr=value",
        "?attr=size",
        "?attr=id",
        "?attr=type",
        "?attr=name",
    ]
    file_id = made["files"][0]["id"]
    told = ["harbour\n"] * 3 + ["8", file_id, "text/plain", "note.txt"]
    template = "|".join(f"{reference}{query}" for query in asked)
    assert op("inject", given=template).out == "|".join(told) + "\n"
    done = op.run("inject", given=f"{reference}?attr=purpose")
    assert done.error.endswith("the reference names a file, which has no purpose")
    assert "a file has attribute=content" in done.err
    (op.folder / "note.bin").write_bytes(b"\0")
    op("item", "edit", "files", "note\\.bin[file]=note.bin")
    assert "not text" in op.run("inject", given="op://dev/files/note.bin").error


def test_sdk_knows_none(op, reader):
    """The SDK refuses what only the command line knows, also when both ask in one process."""
    from strongroom.client.runtime import drive
    from strongroom.clock import system_clock
    from strongroom.errors import InvalidReferenceError
    from strongroom.opening.credentials import CredentialSource
    from strongroom.opening.engines import open_engine
    from strongroom.references import parse_command_reference

    reference = "op://dev/db/username?attr=type"
    with open_engine(CredentialSource(reader.environment, system_clock)) as engine:
        found = drive(engine.secrets.resolve_all([reference], parse=parse_command_reference))
        assert found[reference].secret == "STRING"
        with pytest.raises(InvalidReferenceError, match="query parameter key"):
            drive(engine.secrets.resolve(reference))
        long = reference.replace("attr", "attribute")
        drive(engine.secrets.resolve_all([long], parse=parse_command_reference))
        with pytest.raises(InvalidReferenceError, match="query parameter value"):
            drive(engine.secrets.resolve(long))
