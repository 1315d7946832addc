"""A user's own password and Secret Key: sealing the seed under new ones.

Source: specs/formats.md sections 2 and 11. Changing them is two steps, because a
device has to keep a new Secret Key before the account depends on it: `prepare`
verifies and seals, `store` makes it so.
"""

from __future__ import annotations

from functools import partial

import msgspec

from strongroom.client.account.unlocking import Derived, UserKeys, derive, open_seed, seal_user_row
from strongroom.client.view.session import Session
from strongroom.crypto.public.costs import KDF_SALT_BYTES, KdfParameters
from strongroom.crypto.public.principals import PrincipalKind
from strongroom.crypto.public.randomness import make_bytes
from strongroom.crypto.secret_keys import make_secret_key
from strongroom.crypto.unlock import check_new_password
from strongroom.errors import ForbiddenError, IntegrityError
from strongroom.secret import Secret, veil
from strongroom.trust.directory import HeadMark
from strongroom.wire.messages import (
    CostsAnswer,
    CostsRequest,
    CredentialsRequest,
    SeedAnswer,
    SeedRequest,
    UserRow,
)


class Held(msgspec.Struct, frozen=True):
    """What a person has now: password, Secret Key, and the costs that the device remembers."""

    password: Secret[str]
    secret_key: Secret[str]
    kdf: KdfParameters | None = None


class NewCredentials(msgspec.Struct, frozen=True):
    """A change that is sealed and not yet stored.

    Attributes:
        secret_key: The Secret Key that opens the account once it is stored.
        kdf: What unlocking will take then, for the device to remember.
        request: What the service stores.
    """

    secret_key: Secret[str]
    kdf: KdfParameters
    request: CredentialsRequest

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return "NewCredentials([secret])"


class Credentials:
    """What opens the account of the person at work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def change_password(self, held: Held, new_password: Secret[str]) -> KdfParameters:
        """Seal the seed under a new password and store it; the Secret Key stays.

        Returns:
            What unlocking takes from now on.

        Raises:
            InvalidPasswordError: The new password cannot be one, or is too short.
            UnauthorizedError: The present password or Secret Key is wrong; never said which.
            ConflictError: Another device changed one of them at the same time.
        """
        prepared = await self.prepare(held, new_password=new_password)
        await self.store(prepared)
        return prepared.kdf

    async def prepare(
        self, held: Held, *, new_password: Secret[str] | None = None
    ) -> NewCredentials:
        """Verify what a person has and seal the seed anew; nothing is stored yet.

        Args:
            new_password: Without it, a new Secret Key is made and the password stays.

        Raises:
            ForbiddenError: This is a service account.
            InvalidPasswordError: The new password cannot be one, or is too short.
            UnauthorizedError: The present password or Secret Key is wrong; never said which.
            KdfRefusedError: And `KdfDowngradeError`, as for unlocking.
            ConflictError: Another device changed one of them at the same time.
        """
        session = self._session
        if session.kind != PrincipalKind.USER:
            message = "a service account has no password and no Secret Key"
            raise ForbiddenError(
                message,
                hint="its token is its only secret: `op service-account rotate` replaces it",
            )
        if new_password is not None:
            check_new_password(new_password.expose())  # to refuse before any work
        # A new device starts from the pin that is sealed here, so it is to be the newest.
        await session.sync()
        question = CostsRequest(account=session.account, user=session.principal)
        costs = await session.transport.call(question)
        derived = await session.runtime.call(partial(self._derive, costs, held))
        sealed = await session.transport.call(SeedRequest())
        self._check_held(derived, sealed)
        return await session.runtime.call(
            partial(self._seal, derived.kdf, sealed.keyset, held, new_password=new_password)
        )

    async def store(self, prepared: NewCredentials) -> None:
        """Make prepared credentials the ones that open the account, and no others.

        Raises:
            ConflictError: Another device changed one of them meanwhile.
        """
        await self._session.transport.call(prepared.request)

    def _seal(
        self, before: KdfParameters, keyset: int, held: Held, *, new_password: Secret[str] | None
    ) -> NewCredentials:
        """Derive for what replaces the one that is held, and seal."""
        session, marks = self._session, self._session.marks
        kdf = KdfParameters(make_bytes(KDF_SALT_BYTES), lanes=before.lanes).raised(before)
        secret_key = held.secret_key if new_password else Secret(make_secret_key())
        new = seal_user_row(
            UserKeys(
                account=session.account,
                user=session.principal,
                seed=session.keyset.expose_seed(),  # this is where it is sealed
                keyset=keyset,
                pin=marks.pin,
                head=HeadMark(marks.head.generation, marks.head.rev),
            ),
            email="",  # it stays, and is not sent
            password=new_password or held.password,
            secret_key=secret_key,
            kdf=kdf,
        )
        request = _request(before.salt, new, renews_secret_key=new_password is None)
        return NewCredentials(secret_key, kdf, request)

    def _derive(self, costs: CostsAnswer, held: Held) -> Derived:
        return derive(
            costs,
            account=self._session.account,
            user=self._session.principal,
            secret_key=held.secret_key,
            password=held.password,
            remembered=held.kdf,
        )

    def _check_held(self, derived: Derived, sealed: SeedAnswer) -> None:
        session = self._session
        unlocked = open_seed(derived, sealed, account=session.account, user=session.principal)
        if unlocked.seed != session.keyset.expose_seed():  # only compared
            message = "the password and the Secret Key open keys that are not the ones in use"
            raise IntegrityError(message, hint="sign in again and repeat")


def _request(replaces: bytes, new: UserRow, *, renews_secret_key: bool) -> CredentialsRequest:
    return CredentialsRequest(
        replaces=replaces,
        salt=new.salt,
        t=new.t,
        m=new.m,
        lanes=new.lanes,
        keyset=new.keyset,
        seed=new.seed,
        auth_pk=new.auth_pk,
        renews_secret_key=renews_secret_key,
    )
