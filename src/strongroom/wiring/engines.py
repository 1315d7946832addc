"""Where credentials become engines."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from strongroom.client.engine import Engine
from strongroom.client.view.marks import Marks
from strongroom.client.view.session import Session
from strongroom.clock import Clock, system_clock
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.digests import NO_HASH, Hash
from strongroom.crypto.public.principals import PrincipalKind
from strongroom.crypto.tokens import Token, parse_token
from strongroom.ids import AccountId, PrincipalId
from strongroom.runtime import Runtime
from strongroom.transport.watched import WatchedTransport
from strongroom.trust.directory import HeadMark, Pin
from strongroom.wiring.schemes import ServiceAccountKey, open_transport

if TYPE_CHECKING:
    from collections.abc import Callable

    from strongroom.client.account.restoring import Confirm
    from strongroom.home.files import Folder
    from strongroom.home.keeping import StateKeeper


async def open_token(
    token: str,
    *,
    runtime: Runtime,
    clock: Clock = system_clock,
    url_override: str | None = None,
    state_folder: Folder | None = None,
    tell: Callable[[str], None] | None = None,
) -> Engine:
    """Return the engine of a service-account token, connected.

    Args:
        url_override: Another address of the same home (`STRONGROOM_URL`); the
            token's pin still holds.
        state_folder: Where what is seen is kept for later processes
            (`STRONGROOM_STATE`), so that these refuse what is older; without
            one no local file is read or written.
        tell: Gets a line about each call of the service.

    Raises:
        InvalidTokenError: And its kinds; nothing was opened or sent.
        LocalFileError: The state folder is not private, or what is in it is damaged.
        StrongroomError: The home was not reached, or refuses the token.
    """
    parsed = parse_token(token, now=clock())
    url, account, principal = url_override or parsed.url, parsed.account, parsed.principal
    marks, keeper = await _remembered(parsed, state_folder, runtime=runtime, clock=clock)
    keyset, kind = Keyset(parsed.seed), PrincipalKind.SERVICE_ACCOUNT
    key = ServiceAccountKey(keyset.sign_request, parsed.srv)
    transport = await open_transport(
        url,
        account=account,
        principal=principal,
        runtime=runtime,
        clock=clock,
        fp=keyset.fingerprint(principal, kind),
        service_account=key,
    )
    session = Session(
        account=account,
        principal=principal,
        kind=kind,
        keyset=keyset,
        marks=marks,
        transport=transport if tell is None else WatchedTransport(transport, tell),
        runtime=runtime,
        clock=clock,
        expires_ms=parsed.expires_ms,
    )
    session.keeper = keeper
    return await _connected(Engine(session))


async def _remembered(
    token: Token, state_folder: Folder | None, *, runtime: Runtime, clock: Clock
) -> tuple[Marks, StateKeeper | None]:
    """Return what is known of the account, and what keeps it for later processes."""
    pin, head = Pin(token.root_version, token.root_hash), HeadMark(token.generation, token.rev)
    marks = Marks(pin=pin, head=head)
    if state_folder is None:
        return marks, None
    from strongroom.home.keeping import StateKeeper  # few programs have a folder
    from strongroom.home.state import token_state

    seed = token.seed
    state = token_state(state_folder, account=token.account, principal=token.principal, seed=seed)
    marks = await runtime.call(partial(state.open, seed, marks))
    return marks, StateKeeper(state, marks, seed=seed, clock=clock)


async def open_account(
    *,
    url: str,
    account: AccountId,
    user: PrincipalId,
    seed: bytes,
    marks: Marks,
    runtime: Runtime,
    clock: Clock = system_clock,
    tell: Callable[[str], None] | None = None,
) -> Engine:
    """Return the engine of an unlocked user account, connected.

    Args:
        tell: As for `open_token`.

    Raises:
        StrongroomError: The home was not reached, or is not to be trusted.
    """
    transport = await open_transport(
        url, account=account, principal=user, runtime=runtime, clock=clock
    )
    engine = Engine(
        Session(
            account=account,
            principal=user,
            kind=PrincipalKind.USER,
            keyset=Keyset(seed),
            marks=marks,
            transport=transport if tell is None else WatchedTransport(transport, tell),
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
    account: AccountId,
    user: PrincipalId,
    seed: bytes,
    seen: Marks,
    runtime: Runtime,
    clock: Clock = system_clock,
    head: Hash = NO_HASH,
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

    transport = await open_transport(
        url, account=account, principal=user, runtime=runtime, clock=clock
    )
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


async def _connected(engine: Engine) -> Engine:
    try:
        await engine.connect()
    except BaseException:
        engine.close()
        raise
    return engine
