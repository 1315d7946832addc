"""Setting up an existing account on a computer that has never seen it."""

import json
import os
import re

import pytest

from cli.program import PASSWORD, Op, make_account, sign_in
from strongroom.crypto.secret_keys import format_secret_key, parse_secret_key
from strongroom.home.kit import KIT_BYTES_MAX


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with an account, its Kit, and a vault."""
    folder = tmp_path_factory.mktemp("kit")
    sign_in(make_account(folder)[0])("vault", "create", "dev")
    return folder


def other_computer(made, tmp_path):
    """Return the program with an empty home."""
    return Op(made, STRONGROOM_HOME=str(tmp_path / "other"))


def test_account_from_its_kit(made, tmp_path):
    """The Kit and the password open the account on a computer that has never seen it."""
    op = other_computer(made, tmp_path)
    assert op("account", "list").out == ""
    op("account", "add", "--kit", "kit.txt", given=PASSWORD)
    assert "dev" in sign_in(op)("vault", "list").out


def test_account_with_a_wrong_password(made, tmp_path):
    """A wrong password sets nothing up and is not repeated."""
    op = other_computer(made, tmp_path)
    done = op.run("account", "add", "--kit", "kit.txt", given="not the password")
    assert "not the password" not in done.err
    assert "wrong" in done.error
    assert op("account", "list").out == ""


def typing_error(text):
    line = next(line for line in text.splitlines() if "SR1-" in line)
    last = line[-1]
    return text.replace(line, line[:-1] + ("2" if last != "2" else "3"))


def other_pin(text):
    line = next(line for line in text.splitlines() if line.startswith("Root pin"))
    letter = line[20]
    return text.replace(line, line[:20] + ("A" if letter != "A" else "B") + line[21:])


FAULTS = {
    "a typing error in the Secret Key": (typing_error, "typing error"),
    "another root pin": (other_pin, "not the one in the Emergency Kit"),
    "a line missing": (lambda text: text.replace("User ID", "Used Id"), "not an Emergency Kit"),
    "something else": (lambda _: "a letter to Ana", "not an Emergency Kit"),
}


@pytest.mark.parametrize(("change", "reason"), FAULTS.values(), ids=FAULTS)
def test_faults_of_a_kit(made, tmp_path, change, reason):
    """A damaged Kit is refused by name, and nothing is set up."""
    kit = tmp_path / "damaged.txt"
    kit.write_text(change((made / "kit.txt").read_text()))
    op = other_computer(made, tmp_path)
    assert reason in op.run("account", "add", "--kit", str(kit), given=PASSWORD).error
    assert op("account", "list").out == ""


def test_padded_kit(made, tmp_path):
    """A sheet that somebody wrote much on is still one; past the limit it is none."""
    text = (made / "kit.txt").read_text() + "\n"
    kit = tmp_path / "padded.txt"
    kit.write_text(text + "x" * (KIT_BYTES_MAX - len(text)))
    op = other_computer(made, tmp_path)
    op("account", "add", "--kit", str(kit), given=PASSWORD)
    kit.write_text(text + "x" * (KIT_BYTES_MAX - len(text) + 1))
    done = op.run("account", "add", "--kit", str(kit), given=PASSWORD)
    assert f"has more than {KIT_BYTES_MAX} bytes" in done.error


@pytest.mark.parametrize("kind", ["device", "folder", "pipe"])
def test_kit_that_is_no_file(made, tmp_path, kind):
    """What is no regular file is refused at once, and nothing is read from it."""
    path = {"device": "/dev/zero", "folder": str(tmp_path), "pipe": str(tmp_path / "pipe")}[kind]
    if kind == "pipe":
        os.mkfifo(path)
    done = other_computer(made, tmp_path).run("account", "add", "--kit", path, given=PASSWORD)
    assert done.error == f"{path} is not a regular file"


def test_missing_kit(made, tmp_path):
    """A Kit that is not there is named."""
    op = other_computer(made, tmp_path)
    assert "nowhere.txt" in op.run("account", "add", "--kit", "nowhere.txt", given="").error


def facts(made):
    """Return what a Kit says to a person: address, e-mail address, Secret Key."""
    lines = (made / "kit.txt").read_text().splitlines()
    values = {line[:15].rstrip(): line[15:] for line in lines}
    return values["Address"], values["E-mail"], values["Secret Key"]


def described(made, **changes):
    """Return the flags that describe the account without its Kit."""
    address, email, _ = facts(made)
    flags = {"--address": address, "--email": email} | changes
    return [word for pair in flags.items() for word in pair]


def test_account_without_its_kit(made, tmp_path):
    """Address, e-mail address and Secret Key are enough; then it is as if it came from the Kit."""
    op = other_computer(made, tmp_path)
    key = op.with_(OP_SECRET_KEY=facts(made)[2])
    added = key(
        "account", "add", *described(made, **{"--email": "ANA@example.org"}), given=PASSWORD
    )
    assert added.out == ""
    assert "dev" in sign_in(op)("vault", "list").out
    op("account", "kit", str(tmp_path / "again.txt"))
    again = (tmp_path / "again.txt").read_text().splitlines()
    kit = (made / "kit.txt").read_text().splitlines()
    changed = [line[:15].rstrip() for line, old in zip(again, kit, strict=True) if line != old]
    # What nobody said: the name of the account is that of the file.
    assert changed == ["Account name", "E-mail"]


def test_sign_in_at_once(made, tmp_path):
    """With --signin and --raw it prints the session token only, and reads one password."""
    op = other_computer(made, tmp_path)
    flags = ("--secret-key", facts(made)[2].lower(), "--shorthand", "work", "--signin")
    token = op("account", "add", *described(made), *flags, "--raw", given=f"{PASSWORD}\n").out
    assert re.fullmatch(r"[\w-]{43}\n", token)
    signed_in = op.with_(OP_SESSION=token.strip())
    assert "Account:             work" in signed_in("whoami").out
    line, *comments = op(
        "account", "add", "--kit", "kit.txt", "--signin", given=PASSWORD
    ).out.splitlines()
    assert re.fullmatch(r'export OP_SESSION_[a-z2-7]{26}="[\w-]{43}"', line)
    assert all(comment.startswith("#") for comment in comments)


NO_TEXTS = {
    "e-mail": ({"--email": "ana\udcff@example.org"}, "an e-mail address must have an @"),
    "name": ({"--name": "x\udcff"}, "1 to 254 printable characters"),
    "name of two lines": ({"--name": "x\ny"}, "1 to 254 printable characters"),
    "long name": ({"--name": "x" * 255}, "1 to 254 printable characters"),
}


@pytest.mark.parametrize(("changes", "reason"), NO_TEXTS.values(), ids=NO_TEXTS)
def test_account_of_no_text(made, tmp_path, changes, reason):
    """What is no text is refused as such, and nothing is set up."""
    op = other_computer(made, tmp_path).with_(OP_SECRET_KEY=facts(made)[2])
    done = op.run("account", "add", *described(made, **changes), given=PASSWORD)
    assert reason in done.error
    assert op("account", "list").out == ""


@pytest.mark.parametrize("stem", ["x y", "two\nlines"])
def test_name_of_the_file(made, tmp_path, stem):
    """An account is called like its file where that can be a name; else one has to be given."""
    op = other_computer(made, tmp_path).with_(OP_SECRET_KEY=facts(made)[2])
    address = (tmp_path / stem).as_uri()
    (tmp_path / stem).symlink_to(made / "vault.db")
    flags = described(made, **{"--address": address})
    done = op.run("account", "add", *flags, given=PASSWORD)
    if stem.isprintable():
        assert (done.code, done.err) == (0, "")
        return
    assert "1 to 254 printable characters" in done.error
    assert "--name" in done.err
    op("account", "add", *flags, "--name", "two", given=PASSWORD)


def other_key(text):
    """Return a Secret Key of the same account that is not the right one."""
    hint, secret = parse_secret_key(text)
    letter = "2" if secret[0] != "2" else "3"
    return format_secret_key(account_id=hint.lower(), secret=letter + secret[1:])


def of_another_account(text):
    hint, secret = parse_secret_key(text)
    letter = "a" if hint[0] != "A" else "b"
    return format_secret_key(account_id=letter + hint[1:].lower(), secret=secret)


UNDESCRIBED = {
    "nobody": ({"--email": "eve@example.org"}, str, "no account of eve@example.org"),
    "another account": ({}, of_another_account, "no account of ana@example.org"),
    "another Secret Key": ({}, other_key, "the password or the Secret Key is wrong"),
    "a typing error": ({}, lambda text: text[:-1], "the Secret Key has 36"),
    "no Secret Key": ({}, lambda _: "", "the Secret Key is missing"),
    "no database": ({"--address": "file:///nowhere/v.db"}, str, "nowhere"),
    "a server": ({"--address": "acme.example.org"}, str, "address"),
}


@pytest.mark.parametrize(("changes", "key", "reason"), UNDESCRIBED.values(), ids=UNDESCRIBED)
def test_faults_of_a_description(made, tmp_path, changes, key, reason):
    """What fits no account is refused, sets nothing up, and no secret is repeated."""
    op = other_computer(made, tmp_path).with_(OP_SECRET_KEY=key(facts(made)[2]))
    done = op.run("account", "add", *described(made, **changes), given=PASSWORD)
    assert reason in done.error
    assert facts(made)[2] not in done.err
    assert PASSWORD not in done.err
    assert op("account", "list").out == ""


@pytest.mark.parametrize(
    "flags", [[], ["--email", "ana@example.org"], ["--address", "file:///v.db"]]
)
def test_too_little_is_said(made, tmp_path, flags):
    """Without a Kit both addresses are needed, and the hint names all ways."""
    done = other_computer(made, tmp_path).run("account", "add", *flags, given=PASSWORD)
    assert "from its Emergency Kit, or from" in done.error
    for way in ("--kit", "--address", "OP_SECRET_KEY"):
        assert way in done.err


OTHER_ACCOUNTS = {
    "address": (["--address", "file:///elsewhere.db"], "its address is file://"),
    "e-mail address": (["--email", "ben@example.org"], "its e-mail address is ana@"),
}


@pytest.mark.parametrize(("flags", "reason"), OTHER_ACCOUNTS.values(), ids=OTHER_ACCOUNTS)
def test_kit_of_another_account(made, tmp_path, flags, reason):
    """A Kit that is not of the account that the flags describe is refused."""
    op = other_computer(made, tmp_path)
    done = op.run("account", "add", "--kit", "kit.txt", *flags, given=PASSWORD)
    assert reason in done.error
    assert op("account", "list").out == ""


def test_kit_and_secret_key(made, tmp_path):
    """A Secret Key beside the Kit has to be the same, and neither is repeated."""
    op, key = other_computer(made, tmp_path), facts(made)[2]
    kit = ("account", "add", "--kit", "kit.txt", *described(made))
    done = op.run(*kit, "--secret-key", other_key(key), given=PASSWORD)
    assert "another Secret Key" in done.error
    assert key not in done.err
    op(*kit, "--secret-key", key, given=PASSWORD)


def test_description_of_a_known_account(made, tmp_path):
    """Where the account is known already its pin here stays, and another account is refused."""
    op = other_computer(made, tmp_path).with_(OP_SECRET_KEY=facts(made)[2])
    op("account", "add", "--kit", "kit.txt", given=PASSWORD)
    [path] = (tmp_path / "other").glob("device-*")
    before = path.read_text()
    op("account", "add", *described(made), given=PASSWORD)
    assert path.read_text() == before
    device = json.loads(before)
    device["root"][1] = "A" * len(device["root"][1])
    path.write_text(json.dumps(device))
    done = op.run("account", "add", *described(made), given=PASSWORD)
    assert "not the one that this computer knows" in done.error


def test_which_account_of_a_file(made, tmp_path):
    """Of two accounts of one person in one file it is the one to which the Secret Key belongs."""
    op, address = other_computer(made, tmp_path), facts(made)[0]
    op(
        *("account", "create", "--add", "--url", address, "--name", "Second"),
        *("--email", facts(made)[1], "--password-stdin", "--kit", str(tmp_path / "second.txt")),
        given=PASSWORD,
    )
    kits = ((made / "kit.txt").read_text(), (tmp_path / "second.txt").read_text())
    ids = [re.search(r"Account ID     (\S+)", kit)[1] for kit in kits]
    keys = [re.search(r"SR1-\S+", kit)[0] for kit in kits]
    for key, account in zip(keys, ids, strict=True):
        third = op.with_(STRONGROOM_HOME=str(tmp_path / account), OP_SECRET_KEY=key)
        added = third("account", "add", *described(made), "--format", "json", given=PASSWORD).json
        assert added["account_uuid"] == account
