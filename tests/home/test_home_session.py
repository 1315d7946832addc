"""Sessions: two halves, thirty minutes, one error."""

import json

import pytest

from strongroom.errors import SignedOutError
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

ACCOUNT, USER, OTHER = b"a" * 16, b"u" * 16, b"o" * 16
SEED = b"\xfe\xed" * 16
NOW = 1_800_000_000_000


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path / "home")


@pytest.fixture
def token(folder):
    return start_session(folder, account=ACCOUNT, user=USER, seed=SEED, now=NOW)


def session_files(folder):
    return [name for name in folder.names() if name.startswith("session-")]


def test_round_trip(folder, token):
    """The printed token opens the session that it was printed for."""
    session = open_session(folder, token, now=NOW + 1)
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
    assert repr(SEED)[2:-1] not in repr(open_session(folder, token, now=NOW))


@pytest.mark.parametrize(
    ("idle", "live"),
    [(0, True), (IDLE_MS_MAX - 1, True), (IDLE_MS_MAX, False), (-1, False)],
    ids=["just used", "a moment before", "exactly thirty minutes", "clock went back"],
)
def test_idle(idle, live):
    """Exactly thirty minutes without use end a session, and so does a clock that goes back."""
    assert is_live(NOW, now=NOW + idle) is live


def test_expiry(folder, token):
    """An expired session is refused and its file removed."""
    with pytest.raises(SignedOutError, match="session expired"):
        open_session(folder, token, now=NOW + IDLE_MS_MAX)
    assert session_files(folder) == []


def test_use_refreshes(folder, token):
    """Each use starts the thirty minutes anew."""
    moment = NOW
    for _ in range(4):
        moment += IDLE_MS_MAX - 1
        open_session(folder, token, now=moment)
    with pytest.raises(SignedOutError):
        open_session(folder, token, now=moment + IDLE_MS_MAX)


def test_signout(folder, token):
    """A session that was ended opens nothing any more."""
    assert end_session(folder, token) is True
    assert end_session(folder, token) is False
    with pytest.raises(SignedOutError):
        open_session(folder, token, now=NOW)


def test_several_terminals(folder, token):
    """A second sign-in leaves the first one alone; ending all ends both."""
    second = start_session(folder, account=ACCOUNT, user=USER, seed=SEED, now=NOW)
    foreign = start_session(folder, account=ACCOUNT, user=OTHER, seed=SEED, now=NOW)
    assert open_session(folder, token, now=NOW).user == USER
    end_sessions(folder, account=ACCOUNT, user=USER)
    for ended in (token, second):
        with pytest.raises(SignedOutError):
            open_session(folder, ended, now=NOW)
    assert open_session(folder, foreign, now=NOW).user == OTHER


def test_start_removes_expired(folder, token):
    """A new session clears away what has expired."""
    start_session(folder, account=ACCOUNT, user=USER, seed=SEED, now=NOW + IDLE_MS_MAX)
    assert len(session_files(folder)) == 1


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
        open_session(folder, Secret(wrong), now=NOW)
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
        open_session(folder, token, now=NOW)


@pytest.mark.parametrize(
    "changes",
    [{"v": 2}, {"usedAt": -1}, {"sealed": "AAAA"}, {"sealed": "!"}, {"user": "x"}, {"more": 1}],
    ids=lambda changes: next(iter(changes)),
)
def test_damaged(folder, token, changes):
    """A damaged session is no session: signing in again heals it."""
    damage(folder, **changes)
    with pytest.raises(SignedOutError):
        open_session(folder, token, now=NOW)
