"""Setting up an existing account on a computer that has never seen it."""

import os

import pytest

from cli.program import PASSWORD, Op, make_account, sign_in
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
