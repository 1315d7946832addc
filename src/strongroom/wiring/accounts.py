"""Accounts before anybody is signed in: making one, joining one, unlocking.

All block, for a key derivation at most once each; a program with an event loop calls them in a
thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from strongroom.addresses import parse_file_address
from strongroom.client.runtime import InlineRuntime
from strongroom.clock import Clock, system_clock
from strongroom.coroutines import drive
from strongroom.crypto.public.costs import KdfParameters
from strongroom.ids import NO_ACCOUNT, NO_PRINCIPAL, AccountId, PrincipalId, format_id
from strongroom.secret import Secret, veil
from strongroom.store.sqlite.store import SqliteStore
from strongroom.trust.directory import Pin
from strongroom.wiring.schemes import make_home, open_transport

if TYPE_CHECKING:
    from collections.abc import Callable

    from strongroom.client.account.joining import Joined
    from strongroom.client.account.unlocking import Unlocked


class DeviceFacts(Protocol):
    """What a device knows of an account (the device file has it)."""

    @property
    def url(self) -> str:
        """Address of the home."""

    @property
    def account_id(self) -> AccountId:
        """The account."""

    @property
    def user_id(self) -> PrincipalId:
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


def create_account(
    *,
    url: str,
    name: str,
    email: str,
    password: Secret[str] | None,
    user_name: str | None = None,
    clock: Clock = system_clock,
    account: AccountId | None = None,
) -> NewAccount:
    """Make an account on a file, which is made if it is not there; its id is random if not given.

    Blocks for one key derivation, unless there is no password; then nobody can
    ever unlock the account, and it is used with the seed that is returned.

    Args:
        name: What the computer of its owner calls the account; 1 to 254 characters.
        user_name: The owner's own name; by default what stands before the @ of the address.

    Raises:
        InputError: A wrong address, name or password; nothing was made.
        StoreError: The file cannot be used.
    """
    from strongroom.client.account.making import make_account
    from strongroom.client.people.profiles import check_email, check_name

    parse_file_address(url)  # what is wrong is refused before the work
    check_name(name)
    owner = check_email(email).rpartition("@")[0] if user_name is None else user_name
    new = make_account(name=owner, email=email, password=password, now=clock(), account=account)
    transport = make_home(
        url, account=new.account, principal=new.user, runtime=InlineRuntime(), clock=clock
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
    transport = drive(
        open_transport(
            parsed.url, account=NO_ACCOUNT, principal=NO_PRINCIPAL, runtime=runtime, clock=clock
        )
    )
    try:
        opened = drive(open_link(transport, parsed))
        password = ask_password(opened.email)
        check_new_password(password.expose())  # to refuse before any work
        joined, request = answer_link(parsed, opened, password)
        drive(transport.call(request))
    finally:
        transport.close()
    return joined


def find_user(url: str, *, email: str, hint: str) -> tuple[AccountId, PrincipalId] | None:
    """Return the account and the user that somebody means who has no Kit at hand, or `None`.

    The file is asked, and may lie: both ids go into the derivation of what opens the sealed
    keys, so password and Secret Key open nothing under ids that are not theirs.

    Args:
        hint: The part of the Secret Key that names its account.

    Raises:
        InputError: Not an address that this release serves, or no e-mail address.
        StoreError: The file cannot be used.
    """
    from strongroom.client.people.profiles import check_email
    from strongroom.service.people.people import find_by_email

    check_email(email)
    store = SqliteStore.open(parse_file_address(url))
    try:
        found = store.read(lambda transaction: find_by_email(transaction, email))
    finally:
        store.close()
    fitting = (one for one in found if format_id(one[0])[: len(hint)].upper() == hint)
    return next(fitting, None)


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
    transport = drive(
        open_transport(device.url, account=account, principal=user, runtime=runtime, clock=clock)
    )
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
