"""`strongroom account join`: the link is a secret, and nothing is used up for nothing."""

import os
import stat
import subprocess
import sys

import pytest

from cli.people import answer, computer, invite, owner
from cli.program import ERROR_LINE, PASSWORD, sign_in, type_in

BEN = "ben@example.org"


@pytest.fixture
def ana(tmp_path):
    """An owner, signed in."""
    return owner(tmp_path)


@pytest.fixture
def ben(tmp_path):
    """A computer without any account."""
    return computer(tmp_path, "ben")


def join(op, link, *flags):
    """Answer an invite; the link is piped in."""
    given = f"{link}\n{PASSWORD}\n"
    return op.run("account", "join", "--password-stdin", *flags, given=given)


def test_join(ana, ben, tmp_path):
    """It leaves a Kit and a device file, both private, and says what has to happen next."""
    link = invite(ana, BEN)
    done = join(ben, link, "--name", "Work", "--kit", "kit.txt")
    assert (done.code, done.err) == (0, "")
    assert "must confirm you before you can sign in" in done.out
    assert link not in done.out
    assert PASSWORD not in done.out
    kit = tmp_path / "ben/kit.txt"
    assert stat.S_IMODE(kit.stat().st_mode) == 0o600
    assert "Account name   Work\n" in kit.read_text()
    assert BEN in ben("account", "list").out
    # The Kit sets the account up elsewhere, once it is confirmed.
    ana("user", "confirm", BEN)
    other = computer(tmp_path, "other")
    other("account", "add", "--kit", str(kit), given=PASSWORD)
    assert sign_in(other)("vault", "list").out


def test_json(ana, ben):
    """JSON has what a script needs to bring the person in, and no secret."""
    link = invite(ana, BEN)
    row = answer(ben, link)
    assert set(row) == {
        *("url", "email", "user_uuid", "account_uuid", "name", "kit", "fingerprint", "state")
    }
    assert (row["email"], row["name"], row["state"]) == (BEN, "vault", "PENDING")


def test_before_confirmation(ana, ben):
    """Whoever is not confirmed yet is told so, with what to do, and no session is started."""
    answer(ben, invite(ana, BEN))
    done = ben.run("signin", "--raw", given=PASSWORD)
    assert done.error == f"{BEN} is not confirmed in this account yet, or was suspended"
    assert "op user reactivate" in done.err
    assert f"hint: an owner or administrator runs: op user confirm {BEN}" in done.err
    assert [path.name for path in (ben.folder / "home").glob("session-*")] == []
    ana("user", "confirm", BEN)
    assert sign_in(ben)("whoami").out


def test_places_of_the_link(ana, tmp_path):
    """The link comes from -, from nothing, or from the command line, which others can see."""
    for word, before in (("ben", ["-"]), ("cleo", [""]), ("dora", [])):
        op = computer(tmp_path, word)
        link = invite(ana, f"{word}@example.org")
        given = f"{link}\n{PASSWORD}\n"
        op("account", "join", *before, "--password-stdin", given=given)
    op, link = computer(tmp_path, "emil"), invite(ana, "emil@example.org")
    op("account", "join", link, "--password-stdin", given=PASSWORD)


def test_on_a_terminal(ana, ben):
    """A terminal is asked for the link and twice for a password, unseen."""
    link = invite(ana, BEN)
    lines = [(b"link: ", link), (b"characters): ", PASSWORD), (b"again: ", PASSWORD)]
    code, out, err, shown = type_in(ben, lines, "account", "join")
    assert (code, err) == (0, "")
    for secret in (link, PASSWORD):
        assert secret not in out + shown


def test_different_passwords_use_nothing_up(ana, ben):
    """After two different passwords, or a short one, the same link still works."""
    link = invite(ana, BEN)
    lines = [(b"link: ", link), (b"characters): ", PASSWORD), (b"again: ", f"{PASSWORD}!")]
    assert type_in(ben, lines, "account", "join")[0] == 1
    short = ben.run("account", "join", "--password-stdin", given=f"{link}\nshort\n")
    assert short.code == 1
    assert "short\n" not in short.err
    assert join(ben, link).code == 0


def test_no_password_can_be_asked_for(ana, ben):
    """A link from a pipe and no terminal: refused, with the way to pipe both."""
    link = invite(ana, BEN)
    done = subprocess.run(
        [sys.executable, "-m", "strongroom.cli.main", "account", "join"],
        env=ben.environment,
        cwd=ben.folder,
        input=f"{link}\n".encode(),
        capture_output=True,
        check=False,
        timeout=60,
        start_new_session=True,  # away from the terminal of whoever runs the tests
    )
    message = ERROR_LINE.fullmatch(done.stderr.decode().splitlines()[0])[1]
    assert message == "a new password can be asked for on a terminal only"
    assert b"--password-stdin" in done.stderr
    assert join(ben, link).code == 0


BAD_LINKS = {
    "nothing": "",
    "no link": "Tr0ub4dor&3",
    "cut": "file:///tmp/v.db/join#Tr0ub4dor",
    "another scheme": "ftp://x/join#Tr0ub4dor",
}


@pytest.mark.parametrize("link", BAD_LINKS.values(), ids=BAD_LINKS)
def test_bad_links(ben, link):
    """What is no whole link is refused, and never repeated: it may be a secret."""
    done = join(ben, link)
    assert done.code == 1
    assert "internal error" not in done.error
    assert "Tr0ub4dor" not in done.err
    assert ben("account", "list").out == ""


def test_a_link_is_good_once(ana, ben, tmp_path):
    """Who comes second with a link is refused."""
    link = invite(ana, BEN)
    answer(ben, link)
    assert "no open invite" in join(computer(tmp_path, "cleo"), link).error


def test_no_password_line(ana, ben):
    """A link alone with --password-stdin is refused, and stays good."""
    link = invite(ana, BEN)
    done = ben.run("account", "join", "--password-stdin", given=f"{link}\n")
    assert done.error == "expected the password on stdin but none found"
    assert join(ben, link).code == 0


def test_places_are_checked_first(ana, ben):
    """A Kit that cannot be made, an empty name, an open home: refused before the link is used."""
    link = invite(ana, BEN)
    (ben.folder / "precious.txt").write_text("precious")
    assert "exists already" in join(ben, link, "--kit", "precious.txt").error
    assert "printable characters" in join(ben, link, "--name", " ").error
    (ben.folder / "home").mkdir(mode=0o755)
    assert "open to other users" in join(ben, link).error
    (ben.folder / "home").chmod(0o700)
    assert join(ben, link).code == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_closed_folder(ana, ben):
    """A folder in which no Kit can be made is refused before the link is used."""
    link = invite(ana, BEN)
    ben.folder.chmod(0o500)
    done = join(ben, link)
    ben.folder.chmod(0o700)
    assert "cannot be written" in done.error


def test_two_people_in_one_folder(ana, tmp_path):
    """Kits of two people of one account do not meet under one name."""
    for word in ("ben", "cleo"):
        op = ana.with_(STRONGROOM_HOME=str(tmp_path / f"home-{word}"), OP_SESSION="")
        answer(op, invite(ana, f"{word}@example.org"))
    assert len(list(tmp_path.glob("strongroom-emergency-kit-*"))) == 2
