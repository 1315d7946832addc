"""`account password` and `account new-secret-key`, on real files."""

import json
import re
import stat
from io import BytesIO

import pytest

from cli.program import EMAIL, PASSWORD, Op, make_account, sign_in, type_in
from strongroom.cli.program.stdin import Input
from strongroom.errors import InputError

NEW = "a much better password"
SECRET_KEY = re.compile(r"SR1-[0-9A-Z-]+")
BOTH = f"{PASSWORD}\n{NEW}\n"


@pytest.fixture
def op(tmp_path):
    """A new account on a computer of its own, nobody signed in."""
    return make_account(tmp_path)[0]


def signs_in(op, password):
    return op.run("signin", "--raw", given=password).code == 0


def change(op, given=BOTH, *flags):
    return op("account", "password", "--password-stdin", *flags, given=given)


def renew(op, kit="new-kit.txt", password=PASSWORD):
    return op("account", "new-secret-key", "--kit", kit, given=password)


def other_computer(op, kit="kit.txt", password=PASSWORD):
    """Return the program on another computer, set up from a Kit."""
    other = op.with_(STRONGROOM_HOME=str(op.folder / "other"))
    other("account", "add", "--kit", kit, given=password)
    return other


def device_file(op):
    [path] = (op.folder / "home").glob("device-*.json")
    return path


def secret_key(op, kit):
    return SECRET_KEY.search((op.folder / kit).read_text())[0]


# -- password ----------------------------------------------------------------------


def test_password(op):
    """The new password signs in and the old one does not; neither is shown."""
    done = change(op)
    assert done.out == "The password was changed.\n"
    assert signs_in(op, NEW)
    assert not signs_in(op, PASSWORD)


def test_password_json(op):
    """As JSON the command names the account."""
    assert change(op, BOTH, "--format", "json").json["email"] == EMAIL


def test_password_keeps_sessions_and_kit(op):
    """A session that was open goes on, and the Emergency Kit stays good."""
    op = sign_in(op)
    change(op)
    assert op("vault", "list").out
    assert signs_in(other_computer(op, password=NEW), NEW)


def test_password_needs_no_session(op):
    """The present password is enough: it opens the same keys as a session does."""
    assert op.run("vault", "list").code == 1
    change(op)


REFUSED = {
    "a wrong present password": (f"not the password\n{NEW}\n", "wrong"),
    "a short new password": (f"{PASSWORD}\nshort\n", "at least 10 characters"),
    "no new password": (f"{PASSWORD}\n", "one per line"),
    "nothing": ("", "one per line"),
}


@pytest.mark.parametrize(("given", "reason"), REFUSED.values(), ids=REFUSED)
def test_password_refused(op, given, reason):
    """What cannot be is refused, nothing is repeated, and the old password stays good."""
    done = op.run("account", "password", "--password-stdin", given=given)
    assert reason in done.error
    assert not [line for line in given.split("\n") if line and line in done.err]
    assert signs_in(op, PASSWORD)


def test_lines_of_standard_input():
    """Each password is a line; one that is not UTF-8 is refused without being quoted."""
    source = Input(BytesIO(b"one\r\ntwo\nthree"))
    assert source.take_lines("them", count=2) == ["one", "two"]
    with pytest.raises(InputError, match="already used"):
        source.take_lines("more", count=1)
    assert Input(BytesIO(b"one")).take_lines("them", count=2) == ["one", ""]
    with pytest.raises(InputError, match="not UTF-8") as caught:
        Input(BytesIO(b"one\n\xffsecret\n")).take_lines("them", count=2)
    assert caught.value.__cause__ is None
    assert "secret" not in str(caught.value)


def test_password_is_not_taken_from_a_pipe_unasked(op):
    """Without a terminal the flag is needed, and standard input is left alone."""
    done = op.run("account", "password")
    assert done.error == "a new password can be asked for on a terminal only"
    assert "--password-stdin" in done.err


def test_password_on_a_terminal(op):
    """A terminal is asked for the present password, then for the new one twice, unseen."""
    lines = [(b"vault.db: ", PASSWORD), (b"characters): ", NEW), (b"again: ", NEW)]
    code, out, err, shown = type_in(op, lines, "account", "password")
    assert (code, err, out) == (0, "", "The password was changed.\n")
    assert PASSWORD not in shown
    assert NEW not in shown
    assert signs_in(op, NEW)


def test_wrong_password_on_a_terminal(op):
    """A wrong present password is told before a new one is asked for."""
    code, out, err, _ = type_in(op, [(b"vault.db: ", "not it")], "account", "password")
    assert (code, out) == (1, "")
    assert "wrong" in err


def test_passwords_that_differ(op):
    """Two different new passwords change nothing."""
    lines = [(b"vault.db: ", PASSWORD), (b"characters): ", NEW), (b"again: ", f"{NEW}!")]
    code, _, err, _ = type_in(op, lines, "account", "password")
    assert code == 1
    assert "differ" in err
    assert signs_in(op, PASSWORD)


# -- Secret Key --------------------------------------------------------------------


def test_new_secret_key(op):
    """The new Kit sets up a computer and the old one does not; the key is not shown."""
    done = renew(op)
    assert str(op.folder / "new-kit.txt") in done.out
    old, new = secret_key(op, "kit.txt"), secret_key(op, "new-kit.txt")
    assert old != new
    assert not SECRET_KEY.search(done.out)
    assert stat.S_IMODE((op.folder / "new-kit.txt").stat().st_mode) == 0o600
    assert signs_in(other_computer(op, "new-kit.txt"), PASSWORD)
    other = op.with_(STRONGROOM_HOME=str(op.folder / "third"))
    assert "wrong" in other.run("account", "add", "--kit", "kit.txt", given=PASSWORD).error


def test_this_computer_has_the_new_key(op):
    """The computer where it was changed signs in as before, with the new key alone."""
    renew(op)
    record = json.loads(device_file(op).read_text())
    assert record["secretKey"] == secret_key(op, "new-kit.txt")
    assert "pendingSecretKey" not in record
    assert signs_in(op, PASSWORD)


def test_new_secret_key_keeps_sessions(op):
    """A session that was open goes on."""
    op = sign_in(op)
    renew(op)
    assert op("vault", "list").out


def test_kit_without_a_name(op):
    """Without --kit every new Kit has a name of its own in the current folder."""
    kits = [
        op("account", "new-secret-key", "--format=json", given=PASSWORD).json["kit"] for _ in "ab"
    ]
    assert len({*kits}) == 2
    assert secret_key(op, kits[1]) in device_file(op).read_text()


NO_PLACES = {"a file": "kit.txt", "a missing folder": "none/kit.txt"}


@pytest.mark.parametrize("kit", NO_PLACES.values(), ids=NO_PLACES)
def test_no_place_for_a_kit(op, kit):
    """Where no Kit can be made the password is not even asked for, and nothing changes."""
    before = device_file(op).read_text()
    assert op.run("account", "new-secret-key", "--kit", kit).error
    assert device_file(op).read_text() == before


def test_wrong_password_for_a_new_secret_key(op):
    """With a wrong password there is no new Kit, and nothing changes."""
    done = op.run("account", "new-secret-key", "--kit", "new-kit.txt", given="not it")
    assert "wrong" in done.error
    assert not (op.folder / "new-kit.txt").exists()
    assert signs_in(op, PASSWORD)


def test_the_other_computer(op):
    """Another computer is told the same as for a wrong password, with a hint at the Kit."""
    other = other_computer(op)
    mistyped = other.run("signin", "--raw", given="not it")
    renew(op)
    refused = other.run("signin", "--raw", given=PASSWORD)
    assert refused.error == mistyped.error == "the password or the Secret Key is wrong"
    assert refused.err.splitlines()[1:] == mistyped.err.splitlines()[1:]
    assert "changed either on another computer" in refused.err
    assert "account add --kit" in refused.err
    assert signs_in(other_computer(op, "new-kit.txt"), PASSWORD)


# -- interrupted -------------------------------------------------------------------


def interrupt(op, *, committed):
    """Leave the computer as a kill before or after the commit leaves it."""
    path = device_file(op)
    before = json.loads(path.read_text())
    renew(op)
    if committed:
        path.write_text(json.dumps(before | {"pendingSecretKey": secret_key(op, "new-kit.txt")}))
    else:
        record = json.loads(path.read_text())
        path.write_text(json.dumps(record | {"pendingSecretKey": before["secretKey"]}))


@pytest.mark.parametrize("committed", [True, False], ids=["after", "before"])
def test_interrupted(op, committed):
    """After an interruption the next sign-in finds the right key, whatever session is open."""
    op = sign_in(op)
    interrupt(op, committed=committed)
    done = op.run("account", "kit", "again.txt")
    assert "interrupted" in done.error
    assert "op signin" in done.err
    op("signin", "--raw", given=PASSWORD)
    assert "pendingSecretKey" not in device_file(op).read_text()
    op("account", "kit", "again.txt")
    assert secret_key(op, "again.txt") == secret_key(op, "new-kit.txt")


@pytest.mark.parametrize("committed", [True, False], ids=["after", "before"])
def test_interrupted_and_done_again(op, committed):
    """A change that was interrupted can be made again; it is settled on the way."""
    interrupt(op, committed=committed)
    renew(op, "third-kit.txt")
    assert signs_in(op, PASSWORD)
    assert secret_key(op, "third-kit.txt") in device_file(op).read_text()


def test_wrong_password_while_interrupted(op):
    """A wrong password settles nothing: both keys are kept."""
    interrupt(op, committed=True)
    before = device_file(op).read_text()
    assert not signs_in(op, "not the password")
    assert device_file(op).read_text() == before
    assert signs_in(op, PASSWORD)


# -- costs and help ----------------------------------------------------------------


def test_costs_survive_the_kit(op):
    """Setting an account up again keeps the costs that the computer remembers."""
    path = device_file(op)
    record = json.loads(path.read_text())
    dearer = record["kdf"] | {"t": 4}
    path.write_text(json.dumps(record | {"kdf": dearer}))
    assert "weaker" in op.run("account", "add", "--kit", "kit.txt", given=PASSWORD).error
    assert json.loads(path.read_text())["kdf"] == dearer


@pytest.mark.parametrize("command", ["password", "new-secret-key"])
def test_no_account(tmp_path, command):
    """On an empty computer both commands say how to begin."""
    done = Op(tmp_path).run("account", command, "--help")
    assert "It does not change" in done.out
    flags = ["--password-stdin"] if command == "password" else []
    refused = Op(tmp_path).run("account", command, *flags, given=BOTH)
    assert refused.error == "no account is set up on this computer"


def test_help_says_what_stays(tmp_path):
    """The help says what a change does not do: end sessions, or help against stolen keys."""
    for command in ("password", "new-secret-key"):
        text = " ".join(Op(tmp_path)("account", command, "--help").out.split())
        assert "open sessions go on until they end" in text
        assert "It does not help against somebody who already took your keys" in text
