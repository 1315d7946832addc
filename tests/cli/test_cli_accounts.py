"""Accounts, sessions and state: child processes, real files, a real database."""

import json
import re
import stat
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from cli.program import EMAIL, PASSWORD, SECONDS_MAX, Op, make_account, sign_in, type_in
from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.home.files import Folder
from strongroom.home.session import IDLE_MS_MAX


def test_account_create(tmp_path):
    """A new account leaves a Kit and a device file, both private, and says where and what for."""
    op, created = make_account(tmp_path)
    kit = tmp_path / "kit.txt"
    assert str(kit) in created.out
    assert "Keep the Emergency Kit" in created.out
    assert stat.S_IMODE(kit.stat().st_mode) == 0o600
    [key] = re.findall(r"SR1-[0-9A-Z-]+", kit.read_text())
    assert key not in created.out
    assert PASSWORD not in kit.read_text()
    [account] = op("account", "list", "--format", "json").json
    assert account["email"] == EMAIL
    assert set(account) == {"url", "email", "user_uuid", "account_uuid"}


def test_account_create_keeps_existing_kit(tmp_path):
    """Where a Kit would overwrite a file, no account is made."""
    (tmp_path / "kit.txt").write_text("precious")
    done = Op(tmp_path).run(
        *("account", "create", "--url", (tmp_path / "v.db").as_uri(), "--name", "Home"),
        *("--email", EMAIL, "--password-stdin", "--kit", "kit.txt"),
        given=PASSWORD,
    )
    assert "exists already" in done.error
    assert not (tmp_path / "v.db").exists()


REFUSED_ACCOUNTS = {
    "short password": (["--password-stdin"], "short"),
    "no password": (["--password-stdin"], ""),
    "no terminal": ([], PASSWORD),
}


@pytest.mark.parametrize(("flags", "given"), REFUSED_ACCOUNTS.values(), ids=REFUSED_ACCOUNTS)
def test_account_create_refuses_password(tmp_path, flags, given):
    """A password that cannot be one makes no account, and is not repeated."""
    done = Op(tmp_path).run(
        *("account", "create", "--url", (tmp_path / "v.db").as_uri(), "--name", "Home"),
        *("--email", EMAIL, *flags),
        given=given,
    )
    assert done.error
    assert not given or given not in done.err
    assert not (tmp_path / "v.db").exists()


def test_account_create_on_a_server_address(tmp_path):
    """An address that this release cannot use is a typed refusal."""
    done = Op(tmp_path).run(
        *("account", "create", "--url", "https://vault.example.org", "--name", "Home"),
        *("--email", EMAIL, "--password-stdin"),
        given=PASSWORD,
    )
    assert "internal error" not in done.error


def test_account_kit_again(tmp_path):
    """A lost Kit can be written again where the account is set up, into a new file only."""
    op, _ = make_account(tmp_path)
    op("account", "kit", "again.txt")
    assert (tmp_path / "again.txt").read_text() == (tmp_path / "kit.txt").read_text()
    assert "exists already" in op.run("account", "kit", "again.txt").error


def test_no_account(tmp_path):
    """On an empty computer lists are empty and everything else says how to begin."""
    op = Op(tmp_path)
    assert op("account", "list").out == ""
    assert op("account", "list", "--format", "json").json == []
    assert op.run("signin", given=PASSWORD).error == "no account is set up on this computer"
    nobody = op.run("whoami")
    assert nobody.error == "account is not signed in"
    assert "\nhint: no account is set up on this computer: run `strongroom" in nobody.err
    assert "hint: no account is set up" in op.run("vault", "list").err
    assert op("signout").out == ""
    assert not (tmp_path / "home").exists()


def test_signed_out(tmp_path):
    """Without a session commands are refused with the text that clients know."""
    op, _ = make_account(tmp_path)
    refused = op.run("vault", "list")
    assert refused.code == 1
    assert refused.error == (
        "You are not currently signed in. Please run `op signin --help` for instructions"
    )
    assert "\nhint: run `eval $(op signin)` in this shell; " in refused.err
    assert op.run("read", "op://dev/db/password").error == refused.error
    assert op.run("whoami").error == "account is not signed in"
    assert op.run("account", "get").code == 1


def test_signin_forms(tmp_path):
    """`signin` prints a line for eval, the bare token with --raw, and asks only once."""
    op, _ = make_account(tmp_path)
    line, *comments = op("signin", given=PASSWORD).out.splitlines()
    name, token = re.fullmatch(r'export (OP_SESSION_[a-z2-7]{26})="([\w-]{43})"', line).groups()
    assert all(comment.startswith("#") for comment in comments)
    signed_in = op.with_(**{name: token})
    assert signed_in("whoami", "--format=json").json["email"] == EMAIL
    # Standard input is a pipe that never ends here: asking would hang.
    assert signed_in("signin", "--raw").out == f"{token}\n"
    assert signed_in("signin", "-f").out == f"{line}\n"


def test_wrong_password(tmp_path):
    """A wrong password starts no session and is not repeated."""
    op, _ = make_account(tmp_path)
    done = op.run("signin", "--raw", given="wrong password")
    assert done.error
    assert "wrong password" not in done.err
    assert op.run("whoami").code == 1


def test_session_by_flag_and_variables(op):
    """A session is taken from --session, OP_SESSION_<user id> or OP_SESSION."""
    token = op.environment["OP_SESSION"]
    user = op("whoami", "--format", "json").json["user_uuid"]
    bare = op.with_(OP_SESSION="")
    shown = bare("--session", token, "whoami").out
    assert shown.splitlines()[-1].split() == ["Account:", "Home"]
    assert bare.with_(**{f"OP_SESSION_{user}": token})("whoami").out
    assert bare.with_(**{f"OP_SESSION_{user.upper()}": token})("whoami").out
    assert bare.run("--session", "A" * 43, "whoami").error == "account is not signed in"


def test_signout(tmp_path):
    """After `signout` the token opens nothing, and the other terminal's goes on."""
    op, _ = make_account(tmp_path)
    first, second = sign_in(op), sign_in(op)
    assert first("signout").out == ""
    assert first.run("vault", "list").code == 1
    assert second("vault", "list").out
    second("signout", "--all")
    assert second.run("vault", "list").code == 1


@pytest.mark.parametrize("token", ["garbage", "A" * 43])
def test_signout_of_a_foreign_session(tmp_path, token):
    """A session that fits nothing is signed out already; nobody else's is ended."""
    op, _ = make_account(tmp_path)
    other = sign_in(op)
    for foreign in (["--session", token, "signout"], ["signout", "--session", token]):
        assert "Signed out already" in op(*foreign).out
    assert "Signed out already" in op.with_(OP_SESSION=token)("signout").out
    assert op.run("signout", "--forget", "--session", token).code == 1
    assert other("vault", "list").out
    assert other("account", "list").out


def test_signout_without_a_session(tmp_path):
    """Without any session every session of the account ends."""
    op, _ = make_account(tmp_path)
    first, second = sign_in(op), sign_in(op)
    assert op("signout").out == ""
    assert first.run("vault", "list").code == second.run("vault", "list").code == 1


def test_signout_of_another_account(tmp_path):
    """A session of one account is not ended in the name of another."""
    sessions = {}
    op = Op(tmp_path)
    for name in ("one", "two"):
        op(
            *("account", "create", "--url", (tmp_path / "v.db").as_uri(), "--name", name, "--add"),
            *("--email", f"{name}@example.org", "--password-stdin", "--kit", f"{name}.txt"),
            given=PASSWORD,
        )
        sessions[name] = op("signin", "--raw", "--account", name, given=PASSWORD).out.strip()
    one = op.with_(OP_SESSION=sessions["one"])
    assert "Signed out already" in one("signout", "--account", "two").out
    assert one("vault", "list").out
    assert op.with_(OP_SESSION=sessions["two"])("vault", "list").out


def test_session_expires(tmp_path):
    """A session that was not used for thirty minutes is over; the next sign-in clears it away."""
    op = sign_in(make_account(tmp_path)[0])
    path = last_used(op, ago_ms=IDLE_MS_MAX)
    assert op.run("vault", "list").error == "session expired, sign in to create a new session"
    sign_in(op)
    assert not path.exists()


def test_clock_of_tests(tmp_path):
    """The clock of tests counts for no session."""
    op = sign_in(make_account(tmp_path)[0])
    past = op.with_(STRONGROOM_TEST_CLOCK="2020-01-01T00:00:00Z")
    last_used(op, ago_ms=0)
    assert past("vault", "list").out
    last_used(op, ago_ms=IDLE_MS_MAX)
    assert "session expired" in past.run("vault", "list").error


def test_parallel_commands_stay_signed_in(tmp_path):
    """Commands that wait while another one uses an older session all succeed."""
    op = sign_in(make_account(tmp_path)[0])
    last_used(op, ago_ms=IDLE_MS_MAX // 2)
    with ThreadPoolExecutor(8) as threads:
        with Folder(tmp_path / "home").locked():
            runs = [threads.submit(op.run, "vault", "list") for _ in range(8)]
            time.sleep(4)  # until all stand before the lock
            last_used(op, ago_ms=0)
        assert [run.result().err for run in runs] == [""] * 8


def test_clock_that_was_corrected(tmp_path):
    """A session whose last use lies a second in the future is good, and stays."""
    op = sign_in(make_account(tmp_path)[0])
    path = last_used(op, ago_ms=-1000 - SECONDS_MAX * 1000)
    assert op("vault", "list").out
    assert path.exists()


def last_used(op, *, ago_ms):
    """Write another time of the last use into a session's file; return the file."""
    key_id = SymmetricKey.parse(op.environment["OP_SESSION"]).id.hex()
    [path] = (op.folder / "home").glob(f"session-*{key_id}.json")
    record = json.loads(path.read_text())
    path.write_text(json.dumps(record | {"usedAt": int(time.time() * 1000) - ago_ms}))
    return path


def test_several_accounts(tmp_path):
    """A session says whose it is; --account and OP_ACCOUNT choose; the latest sign-in is meant."""
    homes = {}
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        op = Op(tmp_path)
        op(
            *("account", "create", "--url", (tmp_path / name / "v.db").as_uri(), "--name", name),
            *("--email", f"{name}@example.org", "--password-stdin", "--kit", f"{name}.txt"),
            given=PASSWORD,
        )
        homes[name] = op("signin", "--raw", "--account", name, given=PASSWORD).out.strip()
    assert len(op("account", "ls", "--format", "json").json) == 2
    for name, token in homes.items():
        mine = op.with_(OP_SESSION=token)
        assert mine("whoami", "--format", "json").json["email"] == f"{name}@example.org"
    # The session of one account does not open the other.
    assert op.with_(OP_SESSION=homes["one"]).run("--account", "two", "vault", "list").code == 1
    assert op.with_(OP_ACCOUNT="three").run("vault", "list").error == (
        "no account found for filter three"
    )


def test_forget(tmp_path):
    """A forgotten account leaves nothing on this computer, and its database as it was."""
    op = sign_in(make_account(tmp_path)[0])
    op("signout", "--forget")
    assert op("account", "list").out == ""
    assert [path.name for path in (tmp_path / "home").iterdir()] == [".lock"]
    assert (tmp_path / "vault.db").exists()


def test_damaged_state(tmp_path):
    """A damaged state file stops every command and names the one that starts afresh."""
    op = sign_in(make_account(tmp_path)[0])
    [path] = (tmp_path / "home").glob("state-*")
    path.write_bytes(path.read_bytes()[:-1])
    done = op.run("vault", "list")
    assert "damaged" in done.error
    assert "strongroom account reset-state" in done.err
    op("account", "reset-state")
    op("vault", "list")
    assert path.exists()


def test_state_refuses_an_older_database(tmp_path):
    """A database that was put back to an earlier state is noticed from one command to the next."""
    op = sign_in(make_account(tmp_path)[0])
    op("vault", "create", "dev")
    database = tmp_path / "vault.db"
    before = database.read_bytes()
    op("service-account", "create", "ci", "--vault", "dev")
    database.write_bytes(before)
    assert "older" in op.run("vault", "list").error
    # The same files without the state: nothing is noticed, so the state was what noticed.
    op("account", "reset-state")
    op("vault", "list")


def test_passwords_on_a_terminal(tmp_path):
    """A terminal is asked twice for a new password, unseen; no prompt enters a stream."""
    op = Op(tmp_path)
    arguments = ["account", "create", "--url", (tmp_path / "v.db").as_uri(), "--name", "Home"]
    arguments += ["--email", EMAIL, "--kit", "kit.txt"]
    twice = [(b"characters): ", PASSWORD), (b"again: ", PASSWORD)]
    code, out, err, shown = type_in(op, twice, *arguments)
    assert (code, err) == (0, "")
    assert PASSWORD not in out + shown
    code, token, err, _ = type_in(op, [(b"v.db: ", PASSWORD)], "signin", "--raw")
    assert (code, err) == (0, "")
    assert op.with_(OP_SESSION=token.strip())("whoami").out
    assert op.with_(OP_SESSION=f"{token.strip()}\\n")("whoami").out


def test_passwords_that_differ(tmp_path):
    """Two different passwords make no account."""
    arguments = ["account", "create", "--url", (tmp_path / "v.db").as_uri(), "--name", "Home"]
    twice = [(b"characters): ", PASSWORD), (b"again: ", f"{PASSWORD}!")]
    code, out, err, _ = type_in(Op(tmp_path), twice, *arguments, "--email", EMAIL)
    assert (code, out) == (1, "")
    assert "differ" in err
    assert not (tmp_path / "v.db").exists()
