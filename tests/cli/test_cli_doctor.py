"""`strongroom doctor`: what it finds, what it repairs, and that it always reports."""

import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from cli.people import bring_in, by_email, owner
from cli.program import Op
from strongroom.cli.doctor.account import EXPIRY_MS, expiring_tokens, fix, old_tokens, rotations
from strongroom.cli.doctor.files import databases, local_files
from strongroom.cli.doctor.findings import Verdict, look
from strongroom.errors import NotFoundError
from strongroom.ids import parse_id
from support.clocks import SetClock
from support.homes import make_home

CHECKS = ["rotation", "keys", "roles", "old tokens", "tokens", "files", "database", "onepassword"]


@pytest.fixture
def ana(tmp_path):
    """An owner, signed in."""
    return owner(tmp_path)


@pytest.fixture
def later(tmp_path):
    """An account whose clock a test moves."""
    clock = SetClock()
    made = make_home(tmp_path, clock=clock)
    yield made, clock
    made.close()


def report(op, *flags, code=1):
    """The findings by check; stderr stays empty whatever is found."""
    done = op.run("doctor", "--format", "json", *flags)
    assert (done.code, done.err) == (code, "")
    assert done.json["ok"] == (code == 0)
    return {one["check"]: one for one in done.json["findings"]}


def test_nothing_wrong(ana):
    """Where nothing is wrong every check says OK, and the program ends with 0."""
    found = report(ana, code=0)
    assert list(found) == CHECKS
    assert {one["state"] for one in found.values()} == {"OK"}
    versions = ana("doctor", "--format", "json").json["versions"]
    assert versions["python"] == ".".join(str(part) for part in sys.version_info[:3])
    assert "unknown" not in versions.values()
    header, *lines = ana("doctor").out.splitlines()
    assert header.split() == ["CHECK", "STATE", "DETAIL"]
    assert lines[-1].startswith("Versions: strongroom ")


def test_signed_out(ana, tmp_path):
    """Without a session the account is passed over; with --fix that is a failure."""
    out = ana.with_(OP_SESSION="")
    assert report(out, code=0)["account"]["state"] == "SKIPPED"
    assert report(out, "--fix")["account"]["state"] == "FAILED"
    (tmp_path / "new").mkdir()
    found = report(Op(tmp_path / "new"), code=0)
    assert [found[one]["state"] for one in ("account", "files")] == ["SKIPPED", "SKIPPED"]
    assert not (tmp_path / "new/home").exists()


def test_due_rotation(ana, tmp_path):
    """A key that somebody who left may hold is found by who may renew it, and renewed."""
    ben = bring_in(ana, tmp_path, "ben")
    bring_in(ana, tmp_path, "cleo")
    ben("vault", "create", "crew", "--allow-admins-to-manage=false")
    words = ("--permissions", "allow_viewing")
    ben("vault", "user", "grant", "--vault", "crew", "--user", "cleo@example.org", *words)
    ana("user", "suspend", "cleo@example.org")
    found = report(ben)["rotation"]
    assert found["state"] == "PROBLEM"
    assert '"crew"' in found["detail"]
    assert "strongroom doctor --fix" in found["hint"]
    done = ben("doctor", "--fix", "--format", "json").json
    [fixed] = done["fixed"]
    assert (fixed["kind"], fixed["name"], fixed["fixed"]) == ("vault", "crew", True)
    assert report(ben, code=0)["rotation"]["state"] == "OK"


def test_unusable_keys(ana, tmp_path):
    """Somebody to whose key nothing can be sealed is named, before a rotation shuts it out."""
    bring_in(ana, tmp_path, "ben")
    ben = by_email(ana, "user", "list")["ben@example.org"]["id"]
    (database,) = tmp_path.rglob("*.db")
    with closing(sqlite3.connect(database)) as file, file:
        file.execute(
            "UPDATE keysets SET enc_pk = zeroblob(1216) WHERE principal = ?", (parse_id(ben),)
        )
    found = report(ana)["keys"]
    assert found["state"] == "PROBLEM"
    assert f"nothing can be sealed to the key of {ben}" in found["detail"]
    ana("user", "delete", ben)
    assert report(ana, code=0)["keys"]["state"] == "OK"


def test_what_cannot_be_fixed(ana, tmp_path):
    """--fix leaves to its managers what the caller may not renew, and still says it is wrong."""
    ben = bring_in(ana, tmp_path, "ben")
    bring_in(ana, tmp_path, "cleo")
    ben("vault", "create", "crew", "--allow-admins-to-manage=false")
    words = ("--permissions", "allow_viewing")
    for email in ("ana@example.org", "cleo@example.org"):
        ben("vault", "user", "grant", "--vault", "crew", "--user", email, *words)
    ana("user", "suspend", "cleo@example.org")
    done = ana.run("doctor", "--fix")
    assert done.code == 1
    assert "Left to somebody who may manage it: vault" in done.out


def test_expiring_tokens(later):
    """A token is found from 14 days before its end on; without end, or revoked, never."""
    home, clock = later
    engine = home.owner()
    vault = home.run(engine.vaults.create("v"))["id"]
    home.token(vault)
    assert list(expiring_tokens(engine, clock.now)) == []
    ends = clock.now + EXPIRY_MS + 1000
    home.run(engine.service_accounts.create("ending", {vault: 32}, expires_ms=ends))
    assert list(expiring_tokens(engine, ends - EXPIRY_MS - 1)) == []
    [soon] = expiring_tokens(engine, ends - EXPIRY_MS)
    assert "ends at" in soon.detail
    [over] = expiring_tokens(engine, ends)
    assert "ended at" in over.detail
    assert soon.is_wrong
    assert over.is_wrong
    home.run(engine.service_accounts.revoke("ending"))
    assert list(expiring_tokens(engine, ends)) == []


def test_old_tokens(later):
    """An old token is a note until its end, then a problem, and --fix ends its keys."""
    home, clock = later
    engine = home.owner()
    vault = home.run(engine.vaults.create("v"))["id"]
    home.token(vault)
    ends = clock.now + 1000
    home.run(engine.service_accounts.rotate("robot", old_ends_ms=ends))
    [note] = old_tokens(engine, ends - 1)
    assert (note.state, note.is_wrong) == (Verdict.NOTE, False)
    [problem] = old_tokens(engine, ends)
    assert problem.state is Verdict.PROBLEM
    clock.now = ends
    kinds = {one["kind"]: one["fixed"] for one in fix(engine)}
    assert kinds == {"serviceAccount": True, "vault": True}
    assert list(old_tokens(engine, ends)) == []
    assert list(rotations(engine)) == []


def test_local_files(ana, tmp_path):
    """A folder or file that is open to others, or a link, is found and named."""
    home = tmp_path / "home"
    assert list(local_files(home)) == []
    [device] = home.glob("device-*")
    device.chmod(0o640)
    (home / "link").symlink_to(device)
    home.chmod(0o750)
    found = list(local_files(home))
    assert [one.state for one in found] == [Verdict.PROBLEM] * 3
    assert [one.detail.split()[0] for one in found] == [str(home), str(device), str(home / "link")]
    # Such a home is refused by every command, and `doctor` reports all the same.
    findings = report(ana)
    assert findings["account"]["state"] == "FAILED"
    assert findings["files"]["state"] == "PROBLEM"
    assert findings["database"]["state"] == "FAILED"
    assert findings["onepassword"]["state"] == "OK"


def test_state_folder(ana, tmp_path):
    """The folder in which a token's programs remember is looked at like the others."""
    token = ana("service-account", "create", "ci", "--can-create-vaults", "--raw").out.strip()
    state = tmp_path / "state"
    robot = ana.with_(OP_SERVICE_ACCOUNT_TOKEN=token, STRONGROOM_STATE=str(state))
    robot("vault", "list")
    assert report(robot, code=0)["files"]["state"] == "OK"
    state.chmod(0o755)
    found = report(robot)["files"]
    assert (found["state"], str(state) in found["detail"]) == ("PROBLEM", True)


MODES = {
    "private": (0o600, 0o700, []),
    "shared with a group": (0o660, 0o700, [Verdict.NOTE]),
    "readable by everybody": (0o644, 0o700, [Verdict.PROBLEM]),
    "in a group's folder": (0o600, 0o770, [Verdict.NOTE]),
    "in everybody's folder": (0o600, 0o777, [Verdict.PROBLEM]),
    "in everybody's folder with the sticky bit": (0o600, 0o1777, []),
}


@pytest.mark.parametrize(("file", "folder", "expected"), MODES.values(), ids=MODES)
def test_database_modes(tmp_path, file, folder, expected):
    """A database that everybody may read, write or replace is a problem; a group's is a note."""
    place = tmp_path / "place"
    place.mkdir()
    (place / "v.db").touch()
    (place / "v.db").chmod(file)
    place.chmod(folder)
    assert [one.state for one in databases([place / "v.db"])] == expected


def test_database_sides(tmp_path):
    """What SQLite keeps beside a database counts as the database."""
    for end in ("", "-wal"):
        (tmp_path / f"v.db{end}").touch()
        (tmp_path / f"v.db{end}").chmod(0o644 if end else 0o600)
    [found] = databases([tmp_path / "v.db"])
    assert "v.db-wal is open to every user" in found.detail


def test_sides_of_others(tmp_path):
    """A side file that the database's owner cannot write is named, with its owner and the cure."""
    if os.getuid() != 0:
        pytest.skip("needs root to give files to others")
    path, wal, shm = (tmp_path / f"v.db{end}" for end in ("", "-wal", "-shm"))
    for one, user, mode in ((path, 2001, 0o600), (wal, 2002, 0o600), (shm, 2002, 0o602)):
        one.touch()
        os.chown(one, user, user)
        one.chmod(mode)
    found = [one for one in databases([path]) if "belongs to" in one.detail]
    assert [one.state for one in found] == [Verdict.PROBLEM]
    assert found[0].detail == (
        f"{wal} belongs to user 2002, and the database's owner, user 2001, cannot write it"
    )
    assert "stop the programs of user 2002" in found[0].hint
    wal.chmod(0o660)
    os.chown(wal, 2002, 2001)
    assert not [one for one in databases([path]) if "belongs to" in one.detail]


def test_missing_database(ana, tmp_path):
    """A database that is gone is found, and the other checks are done."""
    (tmp_path / "vault.db").unlink()
    found = report(ana)
    assert found["account"]["state"] == "FAILED"
    assert "there is no database" in found["database"]["detail"]
    assert found["files"]["state"] == "OK"


def test_official_package(ana, tmp_path):
    """The official package in the same interpreter is found by its name."""
    folder = tmp_path / "other"
    (folder / "onepassword_sdk-0.4.0.dist-info").mkdir(parents=True)
    metadata = "Metadata-Version: 2.1\nName: onepassword-sdk\nVersion: 0.4.0\n"
    (folder / "onepassword_sdk-0.4.0.dist-info/METADATA").write_text(metadata)
    found = report(ana.with_(PYTHONPATH=str(folder)))["onepassword"]
    assert found["state"] == "PROBLEM"
    assert "onepassword-sdk 0.4.0 is installed here too" in found["detail"]


def test_another_package(ana, tmp_path):
    """A folder `onepassword` that comes before ours on the path is found."""
    (tmp_path / "other/onepassword").mkdir(parents=True)
    (tmp_path / "other/onepassword/__init__.py").write_text("raise SystemExit\n")
    found = report(ana.with_(PYTHONPATH=str(tmp_path / "other")))["onepassword"]
    assert str(tmp_path / "other/onepassword") in found["detail"]


def test_a_check_that_breaks():
    """A check that fails, even by a fault of ours, is a finding and shows no value."""

    def refused():
        message = "there is no such thing"
        raise NotFoundError(message, hint="look again")

    def broken():
        message = "Tr0ub4dor"
        raise ValueError(message)

    [one] = look("x", refused)
    assert (one.state, one.detail, one.hint) == (
        Verdict.FAILED,
        "there is no such thing",
        "look again",
    )
    [two] = look("x", broken)
    assert two.state is Verdict.FAILED
    assert "ValueError" in two.detail
    assert "Tr0ub4dor" not in two.detail


def test_token(ana):
    """With a token no local file is looked at for accounts, and the database is the token's."""
    ana("vault", "create", "dev")
    token = ana("service-account", "create", "ci", "--vault", "dev", "--raw").out.strip()
    robot = ana.with_(OP_SESSION="", OP_SERVICE_ACCOUNT_TOKEN=token)
    found = report(robot, code=0)
    assert found["database"]["state"] == "OK"
    Path(ana.folder / "vault.db").chmod(0o644)
    assert report(robot)["database"]["state"] == "PROBLEM"


def test_tokens_of_others(ana):
    """A service account is told of the end of its own token, and of nobody else's."""
    ana("vault", "create", "dev")
    create = ("service-account", "create", "--vault", "dev", "--raw")
    token = ana(*create, "lasting").out.strip()
    ending = ana(*create, "ending", "--expires-in", "1d").out.strip()
    robot = ana.with_(OP_SESSION="", OP_SERVICE_ACCOUNT_TOKEN=token)
    assert report(robot, code=0)["tokens"]["state"] == "OK"
    robot = ana.with_(OP_SESSION="", OP_SERVICE_ACCOUNT_TOKEN=ending)
    assert report(robot)["tokens"]["state"] == "PROBLEM"
    assert report(ana)["tokens"]["state"] == "PROBLEM"
