"""Where credentials become engines: the one place that chooses a transport.

The facade, the command line and the tests all come through here.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from strongroom.addresses import parse_file_address
from strongroom.client.engine import Engine
from strongroom.client.runtime import InlineRuntime
from strongroom.client.view.marks import Marks
from strongroom.client.view.session import Session
from strongroom.clock import Clock, system_clock
from strongroom.coroutines import drive
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.costs import KdfParameters
from strongroom.crypto.public.principals import PrincipalKind
from strongroom.crypto.tokens import parse_token
from strongroom.errors import StoreBusyError
from strongroom.ids import format_id
from strongroom.runtime import Runtime
from strongroom.secret import Secret, veil
from strongroom.store.sqlite.store import SqliteStore
from strongroom.transport.embedded import EmbeddedTransport
from strongroom.trust.directory import HeadMark, Pin

if TYPE_CHECKING:
    from collections.abc import Callable

    from strongroom.client.account.joining import Joined
    from strongroom.client.account.restoring import Confirm
    from strongroom.client.account.unlocking import Unlocked
    from strongroom.home.files import Folder


class DeviceFacts(Protocol):
    """What a device knows of an account (the device file has it)."""

    @property
    def url(self) -> str:
        """Address of the home."""

    @property
    def account_id(self) -> bytes:
        """The account."""

    @property
    def user_id(self) -> bytes:
        """The user."""

    @property
    def secret_key(self) -> Secret[str]:
        """The 26 characters."""

    @property
    def kdf(self) -> KdfParameters | None:
        """The derivation parameters that this device has seen, if it has."""


class NewAccount(msgspec.Struct, frozen=True, kw_only=True):
    """A new account: what its owner has to keep."""

    url: str
    account_name: str
    email: str
    account_id: str
    user_id: str
    secret_key: Secret[str]
    pin: Pin
    kdf: KdfParameters
    seed: bytes

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return f"NewAccount(account_id={self.account_id!r})"


async def open_token(
    token: str,
    *,
    runtime: Runtime,
    clock: Clock = system_clock,
    url_override: str | None = None,
    state_folder: Folder | None = None,
) -> Engine:
    """Return the engine of a service-account token, connected.

    Args:
        url_override: Another address of the same home (`STRONGROOM_URL`); the
            token's pin still holds.
        state_folder: Where what is seen is kept for later processes
            (`STRONGROOM_STATE`), so that these refuse what is older; without
            one no local file is read or written.

    Raises:
        InvalidTokenError: And its kinds; nothing was opened or sent.
        LocalFileError: The state folder is not private, or what is in it is damaged.
        StrongroomError: The home was not reached, or refuses the token.
    """
    parsed = parse_token(token, now=clock())
    url = url_override or parsed.url
    marks = Marks(
        pin=Pin(parsed.root_version, parsed.root_hash),
        head=HeadMark(parsed.generation, parsed.rev),
    )
    keeper = None
    if state_folder is not None:
        from strongroom.home.keeping import StateKeeper
        from strongroom.home.state import token_state

        seed, owner = parsed.seed, {"account": parsed.account, "principal": parsed.principal}
        state = token_state(state_folder, **owner, seed=seed)
        marks = await runtime.call(partial(state.open, seed, marks))
        keeper = StateKeeper(state, marks, seed=seed, clock=clock)
    keyset = Keyset(parsed.seed)
    fp = keyset.fingerprint(parsed.principal, PrincipalKind.SERVICE_ACCOUNT)
    transport = await _transport(url, parsed.account, parsed.principal, runtime, clock, fp=fp)
    session = Session(
        account=parsed.account,
        principal=parsed.principal,
        kind=PrincipalKind.SERVICE_ACCOUNT,
        keyset=keyset,
        marks=marks,
        transport=transport,
        runtime=runtime,
        clock=clock,
        expires_ms=parsed.expires_ms,
    )
    session.keeper = keeper
    return await _connected(Engine(session))


async def open_account(
    *,
    url: str,
    account: bytes,
    user: bytes,
    seed: bytes,
    marks: Marks,
    runtime: Runtime,
    clock: Clock = system_clock,
) -> Engine:
    """Return the engine of an unlocked user account, connected.

    Raises:
        StrongroomError: The home was not reached, or is not to be trusted.
    """
    engine = Engine(
        Session(
            account=account,
            principal=user,
            kind=PrincipalKind.USER,
            keyset=Keyset(seed),
            marks=marks,
            transport=await _transport(url, account, user, runtime, clock),
            runtime=runtime,
            clock=clock,
        )
    )
    await _connected(engine)
    try:
        await engine.ensure_personal()
    except BaseException:
        engine.close()
        raise
    return engine


async def accept_restored(
    *,
    url: str,
    account: bytes,
    user: bytes,
    seed: bytes,
    seen: Marks,
    runtime: Runtime,
    clock: Clock = system_clock,
    head: bytes = b"",
    confirm: Confirm | None = None,
) -> Engine:
    """Accept a restored file as its owner; return the engine that works on it.

    Args:
        seen: What this owner has seen before the restore.
        head: Hash of the only head that is accepted, as the owner has looked at it.
        confirm: Asked about a head that is neither remembered nor named; it may
            wait for somebody to answer, so it is for programs without an event loop.

    Raises:
        ForbiddenError: The user is not an owner, or an unknown head was signed
            by somebody who has no role any more.
        IntegrityError: The head is not the named one, or unknown and not confirmed.
        StrongroomError: The home was not reached, or is not to be trusted.
    """
    from strongroom.client.account.restoring import accept_restored, common_pin

    transport = await _transport(url, account, user, runtime, clock)
    try:
        session = Session(
            account=account,
            principal=user,
            kind=PrincipalKind.USER,
            keyset=Keyset(seed),
            # Nothing but a root document is certain on the way to the new generation.
            marks=Marks(pin=await common_pin(transport, seen), head=HeadMark(0, 0)),
            transport=transport,
            runtime=runtime,
            clock=clock,
        )
        await accept_restored(session, seen, head=head, confirm=confirm)
    except BaseException:
        transport.close()
        raise
    return Engine(session)


def create_account(
    *,
    url: str,
    name: str,
    email: str,
    password: Secret[str] | None,
    clock: Clock = system_clock,
    account: bytes | None = None,
) -> NewAccount:
    """Make an account on a file, which is made if it is not there; its id is random if not given.

    Blocks for one key derivation, unless there is no password; then nobody can
    ever unlock the account, and it is used with the seed that is returned.

    Raises:
        InputError: A wrong address or password; nothing was made.
        StoreError: The file cannot be used.
    """
    from strongroom.client.account.making import make_account

    path = parse_file_address(url)
    new = make_account(name=name, email=email, password=password, now=clock(), account=account)
    store = SqliteStore.create(path)
    transport = EmbeddedTransport(
        store,
        url=url,
        account=new.account,
        principal=new.user,
        runtime=InlineRuntime(),
        clock=clock,
    )
    try:
        drive(transport.call(new.request))
    finally:
        transport.close()
    return NewAccount(
        url=url,
        account_name=name,
        email=email,
        account_id=format_id(new.account),
        user_id=format_id(new.user),
        secret_key=new.secret_key,
        pin=new.pin,
        kdf=new.kdf,
        seed=new.keyset.expose_seed(),  # the caller is unlocked by having made it
    )


def join_account(
    link: str, ask_password: Callable[[str], Secret[str]], *, clock: Clock = system_clock
) -> Joined:
    """Answer an invite: make keys, and leave them for an administrator to confirm.

    Blocks for one key derivation.

    Args:
        ask_password: Gives the new password for an e-mail address, once the link was found good.

    Raises:
        InputError: Not an invite link.
        NotFoundError: The invite was answered or withdrawn.
        ExpiredError: It has expired.
        IntegrityError: The account is not the one of the link, or not to be trusted.
    """
    from strongroom.client.account.joining import answer_link, open_link
    from strongroom.crypto.invites import parse_invite_link
    from strongroom.crypto.unlock import check_new_password

    parsed, runtime = parse_invite_link(link), InlineRuntime()
    transport = drive(_transport(parsed.url, b"", b"", runtime, clock))
    try:
        opened = drive(open_link(transport, parsed))
        password = ask_password(opened.email)
        check_new_password(password.expose())  # to refuse before any work
        joined, request = answer_link(parsed, opened, password)
        drive(transport.call(request))
    finally:
        transport.close()
    return joined


def unlock(device: DeviceFacts, password: Secret[str], *, clock: Clock = system_clock) -> Unlocked:
    """Open a user's seed with password and Secret Key.

    Blocks for one key derivation.

    Returns:
        `client.unlocking.Unlocked`: seed, pin and head mark.

    Raises:
        UnauthorizedError: Wrong password or Secret Key, or no such account.
        KdfRefusedError: Derivation parameters outside the limits.
        KdfDowngradeError: Weaker ones than this device remembers.
        ConflictError: Password or Secret Key were changed at the same time.
    """
    from strongroom.client.account.unlocking import derive, open_seed
    from strongroom.wire.messages import CostsRequest, SeedRequest

    runtime = InlineRuntime()
    account, user = device.account_id, device.user_id
    transport = drive(_transport(device.url, account, user, runtime, clock))
    try:
        costs = drive(transport.call(CostsRequest(account, user)))
        derived = derive(
            costs,
            account=account,
            user=user,
            secret_key=device.secret_key,
            password=password,
            remembered=device.kdf,
        )
        sealed = drive(transport.call(SeedRequest()))
    finally:
        transport.close()
    return open_seed(derived, sealed, account=account, user=user)


async def _connected(engine: Engine) -> Engine:
    try:
        await engine.connect()
    except BaseException:
        engine.close()
        raise
    return engine


async def _transport(
    url: str,
    account: bytes,
    principal: bytes,
    runtime: Runtime,
    clock: Clock,
    *,
    fp: bytes = b"",
) -> EmbeddedTransport:
    path = parse_file_address(url)
    try:
        store = SqliteStore.open(path, wait_seconds=0)
    except StoreBusyError:
        # Another process recovers or closes the file just now: wait where that stops nobody.
        store = await runtime.call(partial(SqliteStore.open, path))
    return EmbeddedTransport(
        store, url=url, account=account, principal=principal, runtime=runtime, clock=clock, fp=fp
    )


def back_up(url: str, target: Path, *, replace: bool = False) -> None:
    """Write a consistent copy of an account's database, while others use it.

    Args:
        replace: Whether a file of that name may be replaced.

    Raises:
        InputError: A wrong address, or the database itself.
        LocalFileError: The copy cannot be made there.
        StoreError: The database cannot be read.
    """
    from strongroom.store.sqlite.backup import backup

    backup(parse_file_address(url), target, replace=replace)


def restore(url: str, source: Path, *, account: bytes = b"", force: bool = False) -> None:
    """Replace an account's database by a backup, while others use it.

    Args:
        account: The account that the backup must hold, if one is known.
        force: Whether accounts may be missing from the backup.

    Raises:
        InputError: A wrong address, or the backup does not hold the account.
        LocalFileError: The database cannot be made there.
        StoreError: Backup or database cannot be used; nothing was changed.
    """
    from strongroom.store.sqlite.backup import restore as restore_file

    restore_file(source, parse_file_address(url), account=account, force=force)
