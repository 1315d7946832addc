"""The session of a manual sign-in: half on disk, half in the shell's environment.

Source: specs/formats.md section 14. `op signin --raw` prints 32 random bytes
in base64url; the user's keyset seed lies sealed under them on disk. Either
half alone opens nothing.

Rules:

1. A session ends after 30 minutes without use; each use starts them anew.
2. `signout` removes the file.
3. Whatever does not fit (a wrong, old or foreign token) is one error:
   signed out.
4. The time of the last use stands beside the envelope, not in it: who holds
   both halves holds the seed anyway, so the 30 minutes bind honest programs.
5. The time is read under the folder's lock: between an earlier reading and the
   lock another command may have used the session, which would then have been
   used in the future.
6. A clock can be set back: by up to 30 minutes that is no silence, and the
   session was just used. Beyond that it is refused. A use never removes a
   session, so that it opens again when the clock is right; a sign-in removes
   those that have been silent for too long, none that was used in the future.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated, Final

import msgspec

from strongroom.base64url import decode_base64url, encode_base64url
from strongroom.clock import Clock
from strongroom.crypto.sealing import Purpose, open_envelope, seal
from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.errors import IntegrityError, InvalidIdError, LocalFileError, SignedOutError
from strongroom.errors.places import signed_out
from strongroom.home.files import Folder
from strongroom.home.paths import SESSION_PREFIX, owner_text, session_name
from strongroom.ids import AccountId, PrincipalId, format_id, parse_id
from strongroom.limits import INTEGER_MAX
from strongroom.secret import Secret, veil

IDLE_MS_MAX: Final = 30 * 60 * 1000
# Writing at every command would cost an fsync each; half a minute less is no harm.
_REFRESH_MS: Final = 30 * 1000
_KIND: Final = "session"


class UserSession(msgspec.Struct, frozen=True):
    """An opened session: whose it is, and the seed of their keyset."""

    account: AccountId
    user: PrincipalId
    seed: bytes

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return f"UserSession(user={format_id(self.user)!r})"


class _Record(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """The file as it stands on disk."""

    v: Annotated[int, msgspec.Meta(ge=1, le=1)]
    account: str
    user: str
    used_at: Annotated[int, msgspec.Meta(ge=0, le=INTEGER_MAX)]
    sealed: str


def start_session(
    folder: Folder, *, account: AccountId, user: PrincipalId, seed: bytes, clock: Clock
) -> Secret[str]:
    """Seal a seed under a fresh session key; return the key as text.

    Expired sessions of any account are removed on the way.

    Raises:
        LocalFileError: The disk refused; there is no new session, and the others go on.
    """
    key = SymmetricKey.make()
    sealed = seal(key, Purpose.LOCAL, (account, user, _KIND), seed)
    with folder.locked():
        now = clock()
        record = _Record(1, format_id(account), format_id(user), now, encode_base64url(sealed))
        _remove_expired(folder, now)
        name = session_name(account=account, user=user, key_id=key.id)
        try:
            folder.store(name, msgspec.json.encode(record))
        except LocalFileError:
            # It may stand there although its folder could not be synced, and nobody has its key.
            with suppress(LocalFileError):
                folder.remove(name)
            raise
    return Secret(key.expose_text())


def open_session(folder: Folder, token: Secret[str], *, clock: Clock) -> UserSession:
    """Open the session of a token and count this as a use.

    Raises:
        SignedOutError: No such session, expired, or a token that does not fit.
    """
    key = _parse_token(token)
    with folder.locked():
        name = _find_session(folder, key)
        record = _load_record(folder, name) if name is not None else None
        if name is None or record is None:
            raise signed_out()
        now = clock()
        if not is_live(record.used_at, now=now):
            # The file stays until the next sign-in: if the clock is wrong, it may be put right.
            message = "session expired, sign in to create a new session"
            raise SignedOutError(message, hint=_hint(used_at=record.used_at, now=now))
        session = _open(record, key)
        if now - record.used_at >= _REFRESH_MS:
            fresh = msgspec.structs.replace(record, used_at=now)
            # On a full disk a session is used all the same; it ends earlier then, never later.
            with suppress(LocalFileError):
                folder.store(name, msgspec.json.encode(fresh))
    return session


def session_owner(folder: Folder, token: Secret[str]) -> tuple[AccountId, PrincipalId] | None:
    """Return the (account, user) whose session a token names, or `None`; nothing is opened."""
    try:
        name = _find_session(folder, _parse_token(token))
        record = _load_record(folder, name) if name is not None else None
        return (
            None
            if record is None
            else (parse_id(record.account, AccountId), parse_id(record.user, PrincipalId))
        )
    except (SignedOutError, InvalidIdError):
        return None


def end_session(folder: Folder, token: Secret[str]) -> bool:
    """Remove the session of a token; return whether there was one."""
    try:
        name = _find_session(folder, _parse_token(token))
    except SignedOutError:
        return False
    return name is not None and folder.remove(name)


def end_sessions(folder: Folder, *, account: AccountId, user: PrincipalId) -> None:
    """Remove every session of a user."""
    prefix = SESSION_PREFIX + owner_text(account=account, user=user)
    for name in folder.names():
        if name.startswith(prefix):
            folder.remove(name)


def is_live(used_at: int, *, now: int) -> bool:
    """Exactly 30 minutes of silence are too long; a clock may have been set back by as much."""
    return -IDLE_MS_MAX <= now - used_at < IDLE_MS_MAX


def _hint(*, used_at: int, now: int) -> str:
    if now < used_at:
        return "the last use is in the future: check the computer's clock, or run `op signin`"
    return "run `op signin`"


def _parse_token(token: Secret[str]) -> SymmetricKey:
    try:
        # Exposed to be decoded into the key that it spells.
        return SymmetricKey.parse(token.expose())
    except ValueError:
        raise signed_out() from None


def _find_session(folder: Folder, key: SymmetricKey) -> str | None:
    ending = f"-{key.id.hex()}.json"
    for name in folder.names():
        if name.startswith(SESSION_PREFIX) and name.endswith(ending):
            return name
    return None


def _load_record(folder: Folder, name: str) -> _Record | None:
    try:
        return msgspec.json.decode(folder.load(name) or b"", type=_Record)
    except (msgspec.DecodeError, UnicodeDecodeError):
        # A damaged session is no session: signing in again heals it.
        return None


def _open(record: _Record, key: SymmetricKey) -> UserSession:
    try:
        account, user = parse_id(record.account, AccountId), parse_id(record.user, PrincipalId)
        sealed = decode_base64url(record.sealed)
        context = (account, user, _KIND)
        seed = open_envelope(key, Purpose.LOCAL, context, sealed, what="the session file")
    except (ValueError, InvalidIdError, IntegrityError):
        raise signed_out() from None
    return UserSession(account, user, seed)


def _remove_expired(folder: Folder, now: int) -> None:
    for name in folder.names():
        if name.startswith(SESSION_PREFIX):
            record = _load_record(folder, name)
            # One that was used in the future is kept: a clock was wrong, not the session.
            if record is None or now - record.used_at >= IDLE_MS_MAX:
                folder.remove(name)
