"""Sessions: two halves, thirty minutes, one error."""

import errno
import fcntl
import json
import os
import time

import pytest

from strongroom.clock import system_clock
from strongroom.errors import LocalFileError, SignedOutError
from strongroom.home.files import Folder
from strongroom.home.session import (
    IDLE_MS_MAX,
    end_session,
    end_sessions,
    is_live,
    open_session,
    session_owner,
    start_session,
)
from strongroom.secret import Secret
from support.children import fork
from support.clocks import SetClock

ACCOUNT, USER, OTHER = b"a" * 16, b"u" * 16, b"o" * 16
SEED = b"\xfe\xed" * 16
NOW = 1_800_000_000_000


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path / "home")


@pytest.fixture
def token(folder):
    return start_session(folder, account=ACCOUNT, user=USER, seed=SEED, clock=SetClock(NOW))


def _user_of(folder, token):
    return open_session(folder, token, clock=system_clock).user.hex()


def session_files(folder):
    return [name for name in folder.names() if name.startswith("session-")]


def test_round_trip(folder, token):
    """The printed token opens the session that it was printed for."""
    session = open_session(folder, token, clock=SetClock(NOW + 1))
    assert (session.account, session.user, session.seed) == (ACCOUNT, USER, SEED)
    assert session_owner(folder, token) == (ACCOUNT, USER)


def test_token_is_32_bytes_of_base64url(token):
    """What `op signin --raw` prints is 43 characters that need no quoting."""
    assert len(token.expose()) == 43
    assert set(token.expose()) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    )


def test_disk_alone_opens_nothing(folder, token):
    """Neither the seed nor the token stands on the disk."""
    [name] = session_files(folder)
    content = (folder.path / name).read_bytes()
    assert token.expose().encode() not in content
    assert SEED not in content
    assert SEED.hex().encode() not in content


def test_seed_does_not_print(folder, token):
    """A printed session shows no seed."""
    assert repr(SEED)[2:-1] not in repr(open_session(folder, token, clock=SetClock(NOW)))


@pytest.mark.parametrize(
    ("idle", "live"),
    [
        (0, True),
        (IDLE_MS_MAX - 1, True),
        (IDLE_MS_MAX, False),
        (-1, True),
        (-IDLE_MS_MAX, True),
        (-IDLE_MS_MAX - 1, False),
    ],
    ids=[
        "just used",
        "a moment before",
        "exactly thirty minutes",
        "a clock that was corrected",
        "a clock set back by thirty minutes",
        "a clock set back by more",
    ],
)
def test_idle(folder, token, idle, live):
    """Thirty minutes without use end a session; a clock set back by as much does not."""
    assert is_live(NOW, now=NOW + idle) is live
    if live:
        assert open_session(folder, token, clock=SetClock(NOW + idle)).seed == SEED
    else:
        with pytest.raises(SignedOutError, match="session expired"):
            open_session(folder, token, clock=SetClock(NOW + idle))


@pytest.mark.parametrize("wrong", [IDLE_MS_MAX, -IDLE_MS_MAX - 1], ids=["ahead", "behind"])
def test_wrong_clock_ends_no_session(folder, token, wrong):
    """What a wrong clock refuses opens again as soon as the clock is right."""
    with pytest.raises(SignedOutError):
        open_session(folder, token, clock=SetClock(NOW + wrong))
    assert open_session(folder, token, clock=SetClock(NOW)).seed == SEED


def test_clock_set_back_does_not_shorten(folder, token):
    """Uses by a clock that is behind leave the last use where it was."""
    open_session(folder, token, clock=SetClock(NOW - IDLE_MS_MAX))
    open_session(folder, token, clock=SetClock(NOW + IDLE_MS_MAX - 1))


def test_hint_names_the_clock(folder, token):
    """Who is refused because the clock is far behind reads that it may be the clock."""
    with pytest.raises(SignedOutError) as caught:
        open_session(folder, token, clock=SetClock(NOW - IDLE_MS_MAX - 1))
    assert "clock" in str(caught.value.hint)


def test_time_is_read_under_the_lock(folder, token):
    """No other command uses a session between the reading of the clock and the check."""

    def clock():
        with (folder.path / ".lock").open("rb") as lock, pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return NOW

    open_session(folder, token, clock=clock)
    start_session(folder, account=ACCOUNT, user=USER, seed=SEED, clock=clock)


def test_parallel_uses(folder):
    """Processes that wait while another one uses an older session all open it, and it stays."""
    long_ago = SetClock(int(time.time() * 1000) - IDLE_MS_MAX // 2)
    token = start_session(folder, account=ACCOUNT, user=USER, seed=SEED, clock=long_ago)
    with folder.locked():
        answers = [fork(lambda: _user_of(folder, token)) for _ in range(8)]
        time.sleep(0.5)  # until all stand before the lock
        damage(folder, usedAt=system_clock())
    assert [answer() for answer in answers] == [USER.hex()] * 8
    assert len(session_files(folder)) == 1


def test_use_refreshes(folder, token):
    """Each use starts the thirty minutes anew."""
    moment = NOW
    for _ in range(4):
        moment += IDLE_MS_MAX - 1
        open_session(folder, token, clock=SetClock(moment))
    with pytest.raises(SignedOutError):
        open_session(folder, token, clock=SetClock(moment + IDLE_MS_MAX))


def test_signout(folder, token):
    """A session that was ended opens nothing any more."""
    assert end_session(folder, token) is True
    assert end_session(folder, token) is False
    with pytest.raises(SignedOutError):
        open_session(folder, token, clock=SetClock(NOW))


def test_several_terminals(folder, token):
    """A second sign-in leaves the first one alone; ending all ends both."""
    second = start_session(folder, account=ACCOUNT, user=USER, seed=SEED, clock=SetClock(NOW))
    foreign = start_session(folder, account=ACCOUNT, user=OTHER, seed=SEED, clock=SetClock(NOW))
    assert open_session(folder, token, clock=SetClock(NOW)).user == USER
    end_sessions(folder, account=ACCOUNT, user=USER)
    for ended in (token, second):
        with pytest.raises(SignedOutError):
            open_session(folder, ended, clock=SetClock(NOW))
    assert open_session(folder, foreign, clock=SetClock(NOW)).user == OTHER


def test_start_removes_expired(folder, token):
    """A new session clears away what has expired."""
    later = SetClock(NOW + IDLE_MS_MAX)
    start_session(folder, account=ACCOUNT, user=USER, seed=SEED, clock=later)
    assert len(session_files(folder)) == 1


def test_start_keeps_what_is_not_expired(folder, token):
    """A new session leaves one alone that is a moment younger, or lies in the future."""
    for moment in (NOW + IDLE_MS_MAX - 1, NOW - IDLE_MS_MAX - 1):
        start_session(folder, account=ACCOUNT, user=USER, seed=SEED, clock=SetClock(moment))
    assert open_session(folder, token, clock=SetClock(NOW)).seed == SEED


WRONG_TOKENS = {
    "empty": "",
    "another session's": "A" * 43,
    "too short": "AAAA",
    "not base64": "!" * 43,
    "not ASCII": "é" * 43,
    "with padding": "A" * 43 + "=",
}


@pytest.mark.parametrize("wrong", WRONG_TOKENS.values(), ids=WRONG_TOKENS.keys())
def test_wrong_token(folder, token, wrong):
    """Whatever does not fit is one error, which does not repeat it."""
    with pytest.raises(SignedOutError, match="not currently signed in") as caught:
        open_session(folder, Secret(wrong), clock=SetClock(NOW))
    assert session_owner(folder, Secret(wrong)) is None
    assert not wrong or wrong not in str(caught.value)


def damage(folder, **changes):
    [name] = session_files(folder)
    record = json.loads(folder.load(name))
    folder.store(name, json.dumps(record | changes).encode())


def test_cross_wired(folder, token):
    """A session file renamed to another user's does not open as theirs."""
    damage(folder, user="n5xw633pn5xw633pn5xw633pn4")
    with pytest.raises(SignedOutError):
        open_session(folder, token, clock=SetClock(NOW))


@pytest.mark.parametrize(
    "changes",
    [{"v": 2}, {"usedAt": -1}, {"sealed": "AAAA"}, {"sealed": "!"}, {"user": "x"}, {"more": 1}],
    ids=lambda changes: next(iter(changes)),
)
def test_damaged(folder, token, changes):
    """A damaged session is no session: signing in again heals it."""
    damage(folder, **changes)
    with pytest.raises(SignedOutError):
        open_session(folder, token, clock=SetClock(NOW))


def refuse_syncs(patch, number=errno.ENOSPC):
    def refuse(_descriptor):
        raise OSError(number, "refused")

    patch.setattr(os, "fsync", refuse)


@pytest.mark.parametrize("sync", [1, 2], ids=["its own", "the folder's"])
def test_a_session_that_cannot_be_kept(folder, token, monkeypatch, sync):
    """A sign-in that fails leaves no session that nobody can use; the others go on."""
    genuine, seen = os.fsync, []

    def fsync(descriptor):
        seen.append(descriptor)
        if len(seen) == sync:
            raise OSError(errno.EIO, "refused")
        genuine(descriptor)

    before = session_files(folder)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        with pytest.raises(LocalFileError):
            start_session(folder, account=ACCOUNT, user=OTHER, seed=SEED, clock=SetClock(NOW))
    assert session_files(folder) == before
    assert open_session(folder, token, clock=SetClock(NOW + 1)).seed == SEED


def test_use_on_a_full_disk(folder, token, monkeypatch):
    """A use that cannot be noted is a use all the same; the session only ends earlier."""
    with monkeypatch.context() as patch:
        refuse_syncs(patch)
        assert open_session(folder, token, clock=SetClock(NOW + 60_000)).seed == SEED
    assert open_session(folder, token, clock=SetClock(NOW + IDLE_MS_MAX - 1)).seed == SEED
    with pytest.raises(SignedOutError):
        open_session(folder, token, clock=SetClock(NOW + 3 * IDLE_MS_MAX))
